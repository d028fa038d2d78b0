#include "test_index.h"

#include "store/facts_impl.h"

/* A table that does not hold together, sealed by its own key: every page opens,
 * and it is found out all the same. */
TestSuite(index_verify, .init = index_enter, .fini = index_leave);

enum { FACTS = 1500, PART = 3 };

/* The first key of a partition that is long (with a fact behind it) or not. */
static uint64_t *
key_at(struct facts *f, bool is_long)
{
	uint64_t *w = f->part[PART].page->word;

	while (!word_is_key(*w) || (word_width(*w) == 2) != is_long)
		w = word_next(w);
	return w;
}

/* The first word of a partition that is free. */
static uint64_t *
free_at(struct facts *f)
{
	uint64_t *w = f->part[PART].page->word;

	while (*w)
		w = word_next(w);
	return w;
}

static bool
is_home(const struct facts *f, uint64_t word, const uint64_t *home)
{
	uint64_t hash = word_hash(f, word_bare(word));

	return partition_of(hash) == PART &&
	    home_of(&f->part[PART], hash) == home;
}

static void
nothing(struct facts *f)
{
	(void)f;
}

static void
key_elsewhere(struct facts *f)
{
	uint64_t *w = key_at(f, true), key = word_bare(*w);

	/* of the same partition, but at home further on: it is never found */
	while (partition_of(word_hash(f, key)) != PART ||
	    home_of(&f->part[PART], word_hash(f, key)) <= w)
		key++;
	*w = key;
}

static void
key_of_another_part(struct facts *f)
{
	uint64_t *w = key_at(f, true), key = word_bare(*w);

	while (partition_of(word_hash(f, key)) == PART)
		key++;
	*w = key;
}

/* A line that has room, and an entry behind it whose home it is. */
static void
gap_before(struct facts *f)
{
	struct partition *p = &f->part[PART];
	uint64_t *line = p->page->word, key = 1;

	while (line[0] || line[LINE_WORDS])
		line += 2 * LINE_WORDS;
	while (!is_home(f, key, line))
		key++;
	line[LINE_WORDS] = key | UINT64_C(1) << CODE_SHIFT;
	p->count++;
	p->words++;
}

/* Where it would be found, but for the free word before it. */
static void
hole_in_line(struct facts *f)
{
	struct partition *p = &f->part[PART];
	uint64_t *line = p->page->word;

	while (line[0])
		line += LINE_WORDS;
	line[2] = WORD_FILLER;
	p->words++;
}

static void
one_less(struct facts *f)
{
	f->part[PART].count++;
}

static void
word_less(struct facts *f)
{
	f->part[PART].words++;
}

static void
fact_without_key(struct facts *f)
{
	*free_at(f) = fact_word(UINT64_C(1) << 54);
	f->part[PART].words++;
}

/* Behind an entry that has a code. */
static void
fact_behind_code(struct facts *f)
{
	uint64_t *w = key_at(f, false);

	while (!word_is_key(*w) || word_width(*w) == 2 || w[1])
		w = word_next(w);
	w[1] = fact_word(UINT64_C(1) << 54);
	f->part[PART].words++;
}

static void
key_without_fact(struct facts *f)
{
	key_at(f, true)[1] = key_at(f, false)[0];
}

static void
filler_for_fact(struct facts *f)
{
	key_at(f, true)[1] = WORD_FILLER;
}

/* In a line, behind a fact whose key is in the line before it. */
static int
behind_fact(const uint64_t *line)
{
	return *line >> 63 && *line != WORD_FILLER;
}

/* The last word of a page is a key, and its fact would be on the next. */
static void
key_at_page_end(struct facts *f)
{
	struct partition *p = &f->part[PART];
	uint64_t *line = p->page->word + FACTS_PAGE_WORDS - 6, key = 1;

	for (int i = behind_fact(line); i < 6; i++) {
		while (!is_home(f, key, line))
			key++;
		p->words += line[i] == 0;
		line[i] = WORD_FILLER;
	}
	line[5] = key;
	p->words++;
	p->page[1].word[0] = fact_word(UINT64_C(1) << 54);
	p->count++;
}

static void
code_unknown(struct facts *f)
{
	*key_at(f, false) |= WORD_CODE;
}

static void
list_unknown(struct facts *f)
{
	key_at(f, true)[1] |= UINT64_C(0x80) << 32;
}

static void
list_of_code_unknown(struct facts *f)
{
	f->dict.fact[1] |= UINT64_C(0x80) << 32;
}

static void
scope_unknown(struct facts *f)
{
	key_at(f, true)[1] |= UINT64_C(0x200) << 40;
}

static void
kind_unknown(struct facts *f)
{
	key_at(f, true)[1] &= ~(UINT64_C(7) << 54);
}

/* The last word of the last page that is written. */
static uint64_t *
end_of(const struct facts *f)
{
	const struct partition *p = &f->part[PART];

	return &p->page[p->homes - 1].word[FACTS_PAGE_WORDS - 1];
}

static void
end_taken(struct facts *f)
{
	struct partition *p = &f->part[PART];
	uint64_t *last = end_of(f), *line = last - 5, *w, key = 1;
	uint64_t *first = line + behind_fact(line);

	/* nothing behind it, and no more than fillers before it in its line */
	for (w = first; w <= p->last; w = word_next(w)) {
		p->count -= word_is_key(*w);
		p->words -= *w != 0;
		*w = 0;
	}
	for (w = first; w < last; w++)
		*w = WORD_FILLER;
	p->last = last - 1;
	while (!is_home(f, key, line))
		key++;
	*last = key | UINT64_C(1) << CODE_SHIFT;
	p->words += (uint64_t)(last - first) + 1;
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
	{ "a free word on the way", gap_before, "no look-up" },
	{ "an entry too few", one_less, "fewer or more" },
	{ "a word too few", word_less, "fewer or more" },
	{ "a free word within a line", hole_in_line, "behind a free" },
	{ "a fact where none is", fact_without_key, "without its key" },
	{ "a second fact", fact_behind_code, "without its key" },
	{ "a key and no fact", key_without_fact, "without its fact" },
	{ "a filler for a fact", filler_for_fact, "kind" },
	{ "a key at the end of a page", key_at_page_end, "without its fact" },
	{ "a code there is none of", code_unknown, "code" },
	{ "a code of a list that is not told", list_of_code_unknown,
	    "directory" },
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
	key = word_key(*end_of(f));
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
