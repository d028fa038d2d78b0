#include "test_index.h"

#include "store/facts_impl.h"

/* A table that does not hold together, sealed by its own key: every page opens,
 * and it is found out all the same. */
TestSuite(index_verify, .init = index_enter, .fini = index_leave);

enum { FACTS = 1500, PART = 3 };

/* The first entry of a partition that is taken, or that is free. */
static struct entry *
slot(struct facts *f, bool taken)
{
	struct entry *e = f->part[PART].page->entry;

	while ((e->key != 0) != taken)
		e = entry_next(e);
	return e;
}

static void
nothing(struct facts *f)
{
	(void)f;
}

static void
key_elsewhere(struct facts *f)
{
	struct entry *e = slot(f, true);

	/* of the same partition, but at home further on: it is never found */
	while (partition_of(hash_u64(e->key, f->seed)) != PART ||
	    home_of(&f->part[PART], hash_u64(e->key, f->seed)) <= e)
		e->key++;
}

static void
key_of_another_part(struct facts *f)
{
	struct entry *e = slot(f, true);

	while (partition_of(hash_u64(e->key, f->seed)) == PART)
		e->key++;
}

static void
gap_before(struct facts *f)
{
	struct entry *e = f->part[PART].page->entry;

	/* the first that overflowed loses what stood at its home */
	while (
	    !e->key || home_of(&f->part[PART], hash_u64(e->key, f->seed)) == e)
		e = entry_next(e);
	*home_of(&f->part[PART],
	    hash_u64(e->key, f->seed)) = (struct entry){ 0 };
	f->part[PART].count--;
}

static void
one_less(struct facts *f)
{
	f->part[PART].count++;
}

static void
fact_without_key(struct facts *f)
{
	slot(f, false)->fact = 1;
}

static void
list_unknown(struct facts *f)
{
	slot(f, true)->fact |= UINT64_C(0x80) << 32;
}

static void
scope_unknown(struct facts *f)
{
	slot(f, true)->fact |= UINT64_C(0x200) << 40;
}

static void
kind_unknown(struct facts *f)
{
	slot(f, true)->fact |= UINT64_C(15) << 54;
}

/* The last slot of the last page that is written. */
static void
end_taken(struct facts *f)
{
	struct partition *p = &f->part[PART];
	struct entry *last = &p->page[p->slots / FACTS_PER_PAGE - 1]
				  .entry[FACTS_PER_PAGE - 1];
	uint64_t key = 1;

	/* nothing there, or behind it */
	for (struct entry *e = last; e <= p->last; e = entry_next(e)) {
		p->count -= e->key != 0;
		*e = (struct entry){ 0 };
	}
	if (p->last >= last)
		p->last = last - 1;
	while (partition_of(hash_u64(key, f->seed)) != PART ||
	    home_of(p, hash_u64(key, f->seed)) != last)
		key++;
	*last = (struct entry){ key, UINT64_C(1) << 54 };
	p->count++;
}

static const struct {
	const char *what;
	void (*spoil)(struct facts *f);
	const char *says; /* NULL: it is in order */
} cases[] = {
	{ "as it was", nothing, NULL },
	{ "a key whose home is further on", key_elsewhere, "no look-up" },
	{ "a key of another partition", key_of_another_part, "no look-up" },
	{ "a free slot on the way", gap_before, "no look-up" },
	{ "an entry too few", one_less, "fewer or more" },
	{ "a free slot with a fact", fact_without_key, "free slot" },
	{ "a list that is not told", list_unknown, "list" },
	{ "a scope that is not told", scope_unknown, "scope" },
	{ "a kind there is none of", kind_unknown, "kind" },
	{ "a walk without an end", end_taken, "hold together" },
};

Test(index_verify, what_does_not_hold_together_is_found)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct facts *f = index_table(1, FACTS);
		struct err err = { 0 };
		int ret;

		cases[i].spoil(f);
		index_put("index", f, 1);
		ret = index_verify("index", index_keys, 1, NULL, &err);
		cr_expect(eq(int, ret, cases[i].says ? -1 : 0), "%s",
		    cases[i].what);
		cr_expect(cases[i].says == NULL ||
			(err.code == ERR_AUTH &&
			    strstr(err.text, cases[i].says)),
		    "%s: %s", cases[i].what, err.text);
		facts_free(f);
	}
}

/* What a run would not survive is found when it is opened, too. */
Test(index_verify, a_walk_without_an_end_is_not_begun)
{
	struct facts *f = index_table(1, FACTS);
	struct facts_found found = { 0 };
	struct index *ix;
	struct err err;
	uint64_t key;

	end_taken(f);
	key = f->part[PART]
		  .page[f->part[PART].slots / FACTS_PER_PAGE - 1]
		  .entry[FACTS_PER_PAGE - 1]
		  .key;
	index_put("index", f, 1);
	cr_assert(index_open(&ix, "index", index_keys, &err) == 0);
	cr_expect(index_sorted(index_facts(ix), key, &found, &err) < 0);
	cr_expect(eq(int, (int)err.code, ERR_AUTH));
	cr_expect(index_open_all(ix, 1, &err) < 0);
	cr_expect(eq(int, (int)err.code, ERR_AUTH));
	facts_found_release(&found);
	index_close(ix);
	facts_free(f);
}
