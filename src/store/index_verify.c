#include <string.h>

#include "base/secret.h"
#include "store/index_impl.h"
#include "store/index_team.h"

enum { READ = 16 }; /* pages that are read at once */

/* One partition while it is looked through. */
struct looking {
	const struct index *ix;
	size_t part;
	uint64_t first;   /* number of its first page */
	uint64_t slot;    /* the one at hand, counted from its first */
	uint64_t run;     /* where the run of taken slots began */
	uint64_t entries; /* seen */
};

static int
broken(const struct looking *l, const char *what, struct err *err)
{
	return err_set(err, ERR_AUTH, "%s: page %ju: %s", l->ix->path,
	    (uintmax_t)(l->first + l->slot / FACTS_PER_PAGE + 1), what);
}

/* Would a look-up come to this entry, and does it mean something? */
static int
entry_check(const struct looking *l, const struct entry *e, struct err *err)
{
	const struct index_about *about = &l->ix->body.about;
	uint64_t hash = hash_u64(e->key, about->seed);
	uint64_t slots = l->ix->body.part[l->part].homes * FACTS_PER_PAGE;
	uint64_t home = home_slot(hash, (size_t)slots);
	struct fact f;

	if (partition_of(hash) != l->part || home > l->slot || home < l->run)
		return broken(l, "an entry where no look-up finds it", err);
	fact_unpack(&f, e->fact);
	if (f.list >= about->lists)
		return broken(l, "an entry of a list that is not told", err);
	if (f.scope > about->scopes)
		return broken(l, "an entry of a scope that is not told", err);
	if (f.kind == FACT_NONE || f.kind >= FACT_KINDS)
		return broken(l, "an entry of no known kind", err);
	return 0;
}

static int
page_check(struct looking *l, const struct entry *e, struct err *err)
{
	for (size_t i = 0; i < FACTS_PER_PAGE; i++, e++, l->slot++) {
		if (!e->key) {
			if (e->fact)
				return broken(l, "a free slot that is not",
				    err);
			l->run = l->slot + 1;
			continue;
		}
		if (entry_check(l, e, err) < 0)
			return -1;
		l->entries++;
	}
	return 0;
}

/* n pages from `number` on, opened in place. */
static int
pages_check(struct looking *l, unsigned char *buffer, uint64_t number, size_t n,
    struct err *err)
{
	const struct index *ix = l->ix;

	if (index_pread(ix, buffer, n * INDEX_PAGE,
		ix->front.head + number * INDEX_PAGE, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++, buffer += INDEX_PAGE)
		if (index_page_open(ix, buffer, buffer, number + i, err) < 0 ||
		    page_check(l, (const struct entry *)(void *)buffer, err) <
			0)
			return -1;
	return 0;
}

static int
part_check(void *shared, unsigned char *buffer, uint64_t part, struct err *err)
{
	const struct index *ix = shared;
	struct looking l = { .ix = ix, .part = (size_t)part };
	uint64_t pages = ix->body.part[part].pages, done, n;

	for (uint64_t i = 0; i < part; i++)
		l.first += ix->body.part[i].pages;
	for (done = 0; done < pages; done += n) {
		n = pages - done < READ ? pages - done : READ;
		if (pages_check(&l, buffer, l.first + done, (size_t)n, err) < 0)
			return -1;
	}
	l.slot--;
	if (l.run != l.slot + 1)
		return broken(&l,
		    "it does not hold together: no free slot at the end", err);
	if (l.entries != ix->body.part[part].entries)
		return broken(&l, "fewer or more entries than were counted",
		    err);
	return 0;
}

int
index_verify(const char *path, const struct keyring *keys, size_t threads,
    struct index_about *about, struct err *err)
{
	const struct index_team team = { .pieces = FACTS_PARTS,
		.buffer = READ * INDEX_PAGE,
		.work = part_check };
	struct index *ix;
	int ret;

	if (index_open(&ix, path, keys, err) < 0)
		return -1;
	ret = index_team_run(&team, ix, threads, err);
	if (ret == 0 && about) {
		*about = ix->body.about;
		about->list = NULL;
		about->scope = NULL;
	}
	index_close(ix);
	return ret;
}
