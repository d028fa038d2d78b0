#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/facts_impl.h"

/*
 * Tables against a model of what facts.h promises: for each subject the list of
 * all that was added, judged at the end.  Subjects are chosen so that they
 * collide: at home near the end of one page of one partition.
 */
enum {
	ROUNDS = 1000,
	SUBJECTS = 24,
	OPS_MOST = 8000,
	MOMENTS = 100, /* at which consents are given */
	PART = 3,
	THREADS = 3,
};

/* One thing that is added: a fact, or with `pair` a consent given then. */
struct op {
	unsigned subject;
	bool pair;
	uint32_t granted;
	struct fact fact;
};

struct round {
	uint64_t random;
	struct facts *f;
	unsigned calls_kept;
	uint64_t key[SUBJECTS];
	bool gone[SUBJECTS]; /* dropped, since nobody was to ask for it */
	struct op op[OPS_MOST];
	size_t ops;
};

/* What is known: a fact; or when a consent was given, and the consent. */
struct item {
	uint64_t fact, consent;
};

static uint64_t
draw(struct round *r, uint64_t n)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (r->random * UINT64_C(0x2545f4914f6cdd1d) >> 16) % n;
}

/* ---- subjects ---- */

static uint64_t
key_draw(struct round *r)
{
	switch (draw(r, 8)) {
	case 0:
		return UINT64_C(3) << 62 | draw(r, UINT64_C(1) << 48);
	case 1:
		return subject_prefix(1 + draw(r, 999999));
	case 2:
		return UINT64_C(8100000000000000000) + draw(r, 1000000000000);
	case 3:
		return subject_prefix(
		    UINT64_C(620000000000000000) + draw(r, 1000000000000));
	case 4: /* the largest there is room for */
		return WORD_PREFIX - 1 - draw(r, 1000000);
	default:
		return 1 + draw(r, UINT64_C(99999999999999));
	}
}

/* In one partition, at home in the last lines of its first page. */
static void
subjects_draw(struct round *r)
{
	size_t lines = 1 + (size_t)draw(r, 8), line;
	uint64_t hash, key;

	for (size_t i = 0; i < SUBJECTS; i++) {
		do {
			key = key_draw(r);
			hash = word_hash(r->f, subject_word(r->f, key));
			line = home_line(hash, 1);
			for (size_t k = 0; k < i; k++)
				if (r->key[k] == key)
					line = 0;
		} while (partition_of(hash) != PART ||
		    line < FACTS_PAGE_LINES - lines);
		r->key[i] = key;
	}
}

/* ---- what is added ---- */

static struct fact
fact_draw(struct round *r, bool many)
{
	static const uint8_t kinds[] = { FACT_DNC, FACT_DNC, FACT_DNC,
		FACT_LISTED, FACT_CONSENT, FACT_WITHDRAWN, FACT_CALL, FACT_CALL,
		FACT_ALLOW };
	struct fact f = {
		.kind = kinds[draw(r, sizeof(kinds))],
		.until = draw(r, many ? 8 : 2) ? FACT_FOREVER :
						 5 + (uint32_t)draw(r, 4),
		.list = (uint8_t)draw(r, many ? 255 : 2),
		.scope = (uint16_t)draw(r, many ? FACT_SCOPES_MAX + 1 : 2),
		.channel = (uint8_t)draw(r, many ? FACT_CHANNELS : 2),
	};

	if (f.kind == FACT_DNC || f.kind == FACT_LISTED)
		f.n = (uint8_t)draw(r, many ? FACT_REASONS : 2);
	if (f.kind == FACT_CALL)
		f.n = (uint8_t)draw(r, 2);
	return f;
}

/* Each moment has a list and a scope of its own: of two consents none is as
 * good as the other. */
static struct op
consent_draw(struct round *r, bool ends)
{
	uint32_t moment = 1 + (uint32_t)draw(r, MOMENTS);

	return (struct op){ .pair = true,
		.granted = moment,
		.fact = { .kind = FACT_CONSENT,
		    .until = ends && draw(r, 3) ? 1000 + (uint32_t)draw(r, 5) :
						  FACT_FOREVER,
		    .list = (uint8_t)(moment % 3),
		    .scope = (uint16_t)(moment % 5) } };
}

/* Few facts or many, of all subjects or mostly of one, many consents or none,
 * from few dictionaries or from more than one holds. */
static void
ops_draw(struct round *r)
{
	bool many = draw(r, 80) == 0, ends = draw(r, 2);
	uint64_t consents = many || draw(r, 3) ? 5 : 60;
	uint64_t subjects = many || draw(r, 3) ? SUBJECTS : 1 + draw(r, 2);

	r->ops = (size_t)(many   ? OPS_MOST :
		draw(r, 40) == 0 ? draw(r, 1500) :
				   draw(r, 250));
	for (size_t i = 0; i < r->ops; i++) {
		struct op *op = &r->op[i];

		unsigned subject = (unsigned)draw(r, subjects);

		/* nobody consents for all of a prefix */
		if (draw(r, 100) < consents && r->key[subject] >> 62 != 2)
			*op = consent_draw(r, ends);
		else
			*op = (struct op){ .fact = fact_draw(r, many) };
		op->subject = subject;
	}
}

static void
op_do(struct round *r, struct facts_appender *a, const struct op *op)
{
	uint64_t key = r->key[op->subject];
	struct err err;
	int ret;

	if (op->pair)
		ret = facts_add_consent(a, key, &op->fact, op->granted, &err);
	else if (key >> 62 == 2)
		ret = facts_add_prefix(a, key & ~(UINT64_C(1) << 63), &op->fact,
		    &err);
	else
		ret = facts_add(a, key, &op->fact, &err);
	cr_assert(ret == 0);
}

struct adding {
	struct round *r;
	struct facts_appender *a;
	size_t from;
	pthread_t id;
};

static void *
thread_add(void *arg)
{
	const struct adding *t = arg;

	for (size_t i = t->from; i < t->r->ops; i += THREADS)
		op_do(t->r, t->a, &t->r->op[i]);
	return NULL;
}

/* Half of the tables are told whom they will be asked for: all at once, or with
 * some of them again. */
static void
expect_draw(struct round *r, struct facts *f)
{
	uint64_t key[SUBJECTS];
	struct err err;

	if (draw(r, 2))
		return;
	cr_assert(facts_expecting(f, draw(r, 10000), 1, &err) == 0);
	for (unsigned s = 0; s < SUBJECTS; s++)
		key[s] = draw(r, 2) ? r->key[s] : 0;
	cr_assert(facts_expect(f, key, SUBJECTS, &err) == 0);
	cr_assert(facts_expect(f, key, draw(r, SUBJECTS), &err) == 0);
	for (unsigned s = 0; s < SUBJECTS; s++)
		cr_assert(facts_expects(f, key[s] ? key[s] : UINT64_MAX));
}

/* Half of them are laid without the instructions that a processor may lack. */
static void
wide_draw(struct round *r, struct facts *f)
{
	f->wide = has_avx2() && draw(r, 2);
}

/* By several appenders, by a thread each or in turn, and room comes late. */
static void
ops_do(struct round *r)
{
	bool threads = draw(r, 16) == 0, reserve = draw(r, 4) == 0;
	struct adding t[THREADS];
	struct err err;

	for (size_t i = 0; i < THREADS; i++) {
		t[i] = (struct adding){ .r = r, .from = i };
		cr_assert(facts_appender_new(&t[i].a, r->f, &err) == 0);
		if (threads)
			pthread_create(&t[i].id, NULL, thread_add, &t[i]);
	}
	for (size_t i = 0; i < r->ops && !threads; i++) {
		op_do(r, t[draw(r, THREADS)].a, &r->op[i]);
		if (reserve && draw(r, r->ops) == 0)
			cr_assert(
			    facts_reserve(r->f, draw(r, 60000), &err) == 0);
	}
	for (size_t i = 0; i < THREADS && threads; i++)
		pthread_join(t[i].id, NULL);
	cr_assert(facts_build(r->f, &err) == 0);
}

/* ---- what is to be known ---- */

/* In the order that items are compared in, and for calls the later first. */
static int
item_compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	uint64_t ends[2] = { (uint32_t)x->consent, (uint32_t)y->consent };
	uint64_t p[2] = { x->fact >> 54, y->fact >> 54 };

	if (p[0] != p[1])
		return p[0] < p[1] ? -1 : 1;
	if (ends[0] != ends[1])
		return ends[0] > ends[1] ? -1 : 1;
	if ((uint32_t)x->fact != (uint32_t)y->fact)
		return (uint32_t)x->fact > (uint32_t)y->fact ? -1 : 1;
	if (x->fact != y->fact)
		return x->fact > y->fact ? -1 : 1;
	return x->consent == y->consent ? 0 : x->consent > y->consent ? -1 : 1;
}

static void
item_join(struct item *items, size_t *n, struct item add)
{
	unsigned kind = fact_kind_of(add.fact);
	size_t i;

	for (i = 0; i < *n && kind != FACT_CALL; i++) {
		struct item *it = &items[i];
		uint64_t *ends = kind == FACT_GRANTED ? &it->consent :
							&it->fact;
		uint64_t end = kind == FACT_GRANTED ? add.consent : add.fact;

		if (kind == FACT_GRANTED || kind == FACT_WITHDRAWN ?
			it->fact != add.fact :
			it->fact >> 32 != add.fact >> 32)
			continue;
		if (kind == FACT_GRANTED &&
		    it->consent >> 32 != add.consent >> 32)
			continue;
		if (end > *ends)
			*ends = end;
		return;
	}
	items[(*n)++] = add;
}

/* All of a subject, sorted: of calls the latest, of consents those that end
 * last. */
static size_t
expected(struct round *r, unsigned subject, struct item *items)
{
	size_t n = 0, kept = 0, of_sort = 0;

	for (size_t i = 0; i < r->ops; i++) {
		const struct op *op = &r->op[i];
		struct item add = { fact_pack(&op->fact), 0 };
		struct fact given = op->fact;

		if (op->subject != subject)
			continue;
		given.kind = FACT_GRANTED;
		given.until = op->granted;
		if (op->pair)
			add = (struct item){ fact_pack(&given), add.fact };
		item_join(items, &n, add);
	}
	if (n > 0)
		qsort(items, n, sizeof(*items), item_compare);
	for (size_t i = 0; i < n; i++) {
		unsigned kind = fact_kind_of(items[i].fact);

		if (i == 0 || items[i].fact >> 54 != items[i - 1].fact >> 54)
			of_sort = 0;
		of_sort++;
		if ((kind == FACT_CALL && of_sort > r->calls_kept) ||
		    (kind == FACT_GRANTED && of_sort >= FACT_SERIALS_MAX))
			continue;
		items[kept++] = items[i];
	}
	return kept;
}

/* ---- what is known ---- */

/* The consent of a grant; there must be one. */
static uint64_t
consent_of(const struct facts_found *found, uint64_t grant)
{
	uint64_t got = 0;
	size_t n = 0;

	for (size_t i = 0; i < found->n; i++) {
		uint64_t v = found->fact[i];

		if (v >> 58 != grant >> 58)
			continue;
		if (fact_kind_of(v) == FACT_CONSENT) {
			got = v;
			n++;
		} else if (fact_kind_of(v) == FACT_GRANTED && v != grant) {
			n = 2;
		}
	}
	cr_assert(n == 1, "a serial that %zu have", n);
	return got & ((UINT64_C(1) << 58) - 1);
}

static size_t
known(const struct facts *f, uint64_t key, struct facts_found *found,
    struct item *items)
{
	size_t n = 0;
	struct err err;
	int got;

	found->n = 0;
	got = facts_find(f, key, facts_home(f, key), found, &err);
	cr_assert(got == (found->n > 0));
	for (size_t i = 0; i < found->n; i++) {
		uint64_t v = found->fact[i];

		if (fact_kind_of(v) == FACT_GRANTED)
			items[n++] = (struct item){
				v & ((UINT64_C(1) << 58) - 1),
				consent_of(found, v),
			};
		else if (fact_kind_of(v) != FACT_CONSENT || v >> 58 == 0)
			items[n++] = (struct item){ v, 0 };
	}
	if (n > 0)
		qsort(items, n, sizeof(*items), item_compare);
	return n;
}

/* Words as facts_impl.h has them: counted, and no line with a hole. */
static void
words_check(const struct facts *f)
{
	for (size_t i = 0; i < FACTS_PARTS; i++) {
		const struct partition *p = &f->part[i];
		uint64_t keys = 0, words = 0, bad = 0;
		const uint64_t *w, *before = NULL;

		for (w = p->page->word; w <= p->end;
		     before = w, w = word_next(w)) {
			bool behind_long = before && word_is_key(*before) &&
			    word_width(*before) == 2 && !word_begins_page(w);

			bool begins = (uintptr_t)w % LINE_BYTES == 0;

			words += *w != 0;
			keys += word_is_key(*w);
			bad += *w && w > p->last;
			/* a hole in a line */
			bad += *w && !begins && !*before;
			/* a fact without its key, or a key without its fact */
			bad += behind_long !=
			    (*w >> 63 == 1 && *w != WORD_FILLER);
		}
		cr_assert(eq(u64, bad, 0));
		cr_assert(eq(u64, p->end[0], 0));
		cr_assert(eq(u64, keys, p->count));
		cr_assert(eq(u64, words, p->words));
	}
}

static bool
has_length(const struct facts *f, uint64_t prefix)
{
	unsigned n = subject_digits(prefix & ~(UINT64_C(1) << 63));

	return facts_prefix_lengths(f) >> n & 1;
}

/* Is somebody refused of whom facts may have been dropped? */
static bool
refused(const struct facts *f, uint64_t key, struct facts_found *found)
{
	struct err err = { 0 };

	found->n = 0;
	return facts_find(f, key, facts_home(f, key), found, &err) == -1 &&
	    err.code == ERR_INPUT && err.hint[0] && found->n == 0;
}

/* ---- many at once ---- */

enum { TOGETHER_MOST = 300 };

/* Subjects, their like, strangers, and none; with `all`, those that are refused,
 * too. */
static size_t
keys_draw(struct round *r, const struct facts *f, bool all, uint64_t *key)
{
	size_t n = draw(r, TOGETHER_MOST + 1);

	for (size_t i = 0; i < n; i++) {
		switch (draw(r, 8)) {
		case 0:
			key[i] = 0;
			break;
		case 1:
			key[i] = key_draw(r);
			break;
		default:
			key[i] = r->key[draw(r, SUBJECTS)] + !draw(r, 8);
			break;
		}
		if (!all && !facts_expects(f, key[i]))
			key[i] = 0;
	}
	return n;
}

/* One by one: 0, or -1 at the first that is refused. */
static int
find_each(const struct facts *f, const uint64_t *key, size_t n, uint32_t *first,
    struct facts_found *found, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		first[i] = (uint32_t)found->n;
		if (key[i] &&
		    facts_find(f, key[i], facts_home(f, key[i]), found, err) <
			0)
			return -1;
	}
	first[n] = (uint32_t)found->n;
	return 0;
}

static uint64_t
together_differ(struct round *r, const struct facts *f)
{
	static uint64_t key[TOGETHER_MOST];
	static uint32_t want_first[TOGETHER_MOST + 1],
	    got_first[TOGETHER_MOST + 1];
	struct facts_found want = { 0 }, got = { 0 };
	size_t n = keys_draw(r, f, draw(r, 4) == 0, key);
	struct err want_err = { 0 }, got_err = { 0 };
	int each = find_each(f, key, n, want_first, &want, &want_err);
	uint64_t differ = facts_find_all(f, key, n, got_first, NULL, &got,
			      &got_err) != each;

	if (each < 0)
		differ += got_err.code != want_err.code;
	else if (!differ)
		differ += got.n != want.n ||
		    memcmp(got_first, want_first,
			(n + 1) * sizeof(*got_first)) != 0 ||
		    (want.n > 0 &&
			memcmp(got.fact, want.fact,
			    want.n * sizeof(*want.fact)) != 0);
	facts_found_release(&want);
	facts_found_release(&got);
	return differ;
}

static uint64_t
differences(struct round *r, const struct facts *f)
{
	static struct item want[OPS_MOST], got[2 * OPS_MOST];
	struct facts_found found = { 0 };
	uint64_t differ = 0, entries = 0;

	for (unsigned s = 0; s < SUBJECTS; s++) {
		size_t n = expected(r, s, want);

		if (!facts_expects(f, r->key[s])) {
			differ += !refused(f, r->key[s], &found);
			r->gone[s] = true;
			continue;
		}
		if (r->gone[s])
			n = 0;
		differ += known(f, r->key[s], &found, got) != n ||
		    memcmp(want, got, n * sizeof(*want)) != 0;
		if (n > 0 && r->key[s] >> 62 == 2)
			differ += !has_length(f, r->key[s]);
		for (size_t i = 0; i < n; i++)
			entries += 1 + (want[i].consent != 0);
		/* and nothing is known of who is like it */
		if (!(r->key[s] & 1) && s > 0 &&
		    r->key[s] + 1 != r->key[s - 1] &&
		    facts_expects(f, r->key[s] + 1))
			differ += known(f, r->key[s] + 1, &found, got) != 0;
	}
	facts_found_release(&found);
	/* what was told with an end and without one may count twice there */
	return differ +
	    (f->filled ? facts_count(f) < entries : facts_count(f) != entries);
}

/* The same, taken over by another table. */
static struct facts *
taken(struct round *r)
{
	struct facts_appender *a;
	struct facts *f;
	uint8_t list[256];
	struct err err;

	for (size_t i = 0; i < 256; i++)
		list[i] = (uint8_t)i;
	cr_assert(facts_new_like(&f, r->calls_kept, r->f, &err) == 0);
	wide_draw(r, f);
	expect_draw(r, f);
	cr_assert(facts_appender_new(&a, f, &err) == 0);
	for (unsigned part = 0; part < FACTS_PARTS; part++)
		cr_assert(facts_take(a, r->f, part, list, NULL, &err) == 0,
		    "%s", err.text);
	cr_assert(facts_build(f, &err) == 0);
	return f;
}

/* Subjects whose facts were dropped. */
static unsigned
count_gone(const struct round *r)
{
	unsigned n = 0;

	for (unsigned s = 0; s < SUBJECTS; s++)
		n += r->gone[s];
	return n;
}

/* Returns how many facts the dictionary has. */
static unsigned
round_do(struct round *r, uint64_t seed)
{
	struct facts *copy;
	struct err err;
	unsigned codes;

	r->random = seed * UINT64_C(0x9e3779b97f4a7c15);
	r->calls_kept = (unsigned)draw(r, 5);
	cr_assert(facts_new(&r->f, r->calls_kept, &err) == 0);
	/* the same tables each time */
	facts_seed_set(r->f, draw(r, UINT64_MAX));
	wide_draw(r, r->f);
	subjects_draw(r);
	memset(r->gone, 0, sizeof(r->gone));
	expect_draw(r, r->f);
	ops_draw(r);
	ops_do(r);
	words_check(r->f);
	cr_assert(differences(r, r->f) == 0, "round %ju", (uintmax_t)seed);
	cr_assert(together_differ(r, r->f) == 0, "round %ju: together",
	    (uintmax_t)seed);
	if (!r->f->filled) {
		copy = taken(r);
		words_check(copy);
		cr_assert(differences(r, copy) == 0, "round %ju: taken over",
		    (uintmax_t)seed);
		facts_free(copy);
	}
	codes = r->f->dict.n;
	facts_free(r->f);
	return codes;
}

Test(facts_model, a_table_knows_what_it_was_told, .timeout = 120)
{
	struct round *r = calloc(1, sizeof(*r));
	uint64_t full = 0, gone = 0;

	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		full += round_do(r, seed) == FACTS_CODES - 1;
		gone += count_gone(r);
	}
	cr_expect(full > 4, "dictionaries were to overflow");
	cr_expect(gone > ROUNDS, "%ju subjects were dropped", (uintmax_t)gone);
	free(r);
}

Test(facts_model, every_fact_comes_back_out_of_its_word)
{
	for (uint64_t bit = 0; bit < 64; bit++) {
		uint64_t fact = UINT64_C(1) << bit | UINT64_C(1) << 54;

		if (bit == 57)
			continue;
		cr_expect(eq(u64, word_fact(fact_word(fact)), fact));
		cr_expect(fact_word(fact) >> 63 == 1 &&
		    fact_word(fact) != WORD_FILLER);
	}
}

Test(facts_model, every_key_comes_back_out_of_its_word)
{
	const uint64_t keys[] = { 1, WORD_PREFIX - 1, subject_prefix(1),
		subject_prefix(WORD_PREFIX - 1), UINT64_C(3) << 62,
		UINT64_MAX };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		uint64_t w = key_word(keys[i]);

		cr_expect(eq(u64, facts_key(keys[i], 7), keys[i]));
		cr_expect(eq(u64, word_key(w), keys[i]));
		cr_expect(word_is_key(w) && word_code(w) == 0);
		if (keys[i] >> 62 != 3)
			cr_expect(eq(u64, word_key(w | WORD_CODE), keys[i]));
	}
	/* those that are too long are somebody else, but always the same */
	cr_expect(facts_key(WORD_PREFIX, 7) >> 62 == 3);
	cr_expect(
	    eq(u64, facts_key(WORD_PREFIX, 7), facts_key(WORD_PREFIX, 7)));
	cr_expect(facts_key(WORD_PREFIX, 7) !=
	    facts_key(subject_prefix(WORD_PREFIX), 7));
}
