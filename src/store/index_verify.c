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
	uint64_t place;   /* the word at hand, counted from its first */
	uint64_t run;     /* where the run of taken words began */
	uint64_t entries; /* seen */
	uint64_t words;   /* taken */
};

static int
broken(const struct looking *l, const char *what, struct err *err)
{
	return err_set(err, ERR_AUTH, "%s: page %ju: %s", l->ix->path,
	    (uintmax_t)(l->first + l->place / FACTS_PAGE_WORDS + 1), what);
}

/* Would a look-up come to this entry? */
static bool
key_found(const struct looking *l, uint64_t word)
{
	uint64_t hash = word_hash(&l->ix->facts, word_bare(word));
	size_t line = home_line(hash, (size_t)l->ix->body.part[l->part].homes);
	uint64_t home = line / FACTS_PAGE_LINES * FACTS_PAGE_WORDS +
	    line % FACTS_PAGE_LINES * LINE_WORDS;

	return partition_of(hash) == l->part && home <= l->place &&
	    home >= l->run;
}

static int
fact_check(const struct looking *l, uint64_t v, struct err *err)
{
	const struct index_about *about = &l->ix->body.about;
	struct fact f;

	fact_unpack(&f, v);
	if (f.list >= about->lists)
		return broken(l, "an entry of a list that is not told", err);
	if (f.scope > about->scopes)
		return broken(l, "an entry of a scope that is not told", err);
	if (f.kind == FACT_NONE || f.kind >= FACT_KINDS)
		return broken(l, "an entry of no known kind", err);
	return 0;
}

/* The entry whose key is at `w`; the facts of the dictionary were looked at
 * when it was read. */
static int
entry_check(const struct looking *l, const uint64_t *w, struct err *err)
{
	unsigned code = word_code(*w);

	if (!key_found(l, *w))
		return broken(l, "an entry where no look-up finds it", err);
	if (code)
		return code <= l->ix->facts.dict.n ?
		    0 :
		    broken(l, "an entry with a code that is not told", err);
	/* the last of a page? (these lie in a buffer) */
	if ((l->place + 1) % FACTS_PAGE_WORDS == 0 || w[1] >> 63 == 0)
		return broken(l, "an entry without its fact", err);
	return fact_check(l, word_fact(w[1]), err);
}

static int
page_check(struct looking *l, const uint64_t *w, struct err *err)
{
	uint64_t end = l->place + FACTS_PAGE_WORDS, width;

	for (; l->place < end; w += width, l->place += width) {
		width = 1;
		if (!*w) {
			l->run = l->place + 1;
			continue;
		}
		/* where a line has room, what follows in it is free */
		if (l->run == l->place &&
		    l->place % FACTS_PAGE_WORDS % LINE_WORDS != 0)
			return broken(l, "a word behind a free one", err);
		if (word_is_key(*w)) {
			if (entry_check(l, w, err) < 0)
				return -1;
			width = word_width(*w);
			l->entries++;
		} else if (*w != WORD_FILLER) {
			return broken(l, "a fact without its key", err);
		}
		l->words += width;
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
		    page_check(l, (const uint64_t *)(void *)buffer, err) < 0)
			return -1;
	return 0;
}

static int
part_check(void *shared, unsigned char *buffer, uint64_t part, struct err *err)
{
	const struct index *ix = shared;
	struct looking l = { .ix = ix,
		.part = (size_t)part,
		.first = index_part_first(ix, part) };
	uint64_t pages = ix->body.part[part].pages, done, n;

	for (done = 0; done < pages; done += n) {
		n = pages - done < READ ? pages - done : READ;
		if (pages_check(&l, buffer, l.first + done, (size_t)n, err) < 0)
			return -1;
	}
	l.place--;
	if (l.run != l.place + 1)
		return broken(&l,
		    "it does not hold together: no free word at the end", err);
	if (l.entries != ix->body.part[part].entries ||
	    l.words != ix->body.part[part].words)
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
