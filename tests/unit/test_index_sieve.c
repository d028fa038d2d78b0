#include "test_index.h"

#include <inttypes.h>

#include "store/facts_impl.h"

/* index_sieve(): of an index, what a run will ask for. */
TestSuite(index_sieve, .init = index_enter, .fini = index_leave);

enum {
	NUMBERS = 4000,
	NOW = 1000,
	SINCE = 400, /* calls before it count for nothing */
	MOMENTS = 2000,
};

#define FIRST UINT64_C(8613800000000)
#define PERSON (UINT64_C(3) << 62 | 12345)
#define DIGITS UINT64_C(86138)
#define LONG UINT64_C(8101234567890123456) /* known by a hash */

static uint64_t
number(size_t i)
{
	return FIRST + i * 7;
}

/* Every other one is named to the table. */
static bool
is_named(size_t i)
{
	return i % 2 == 0;
}

/* ---- tables ---- */

static void
add(struct facts_appender *a, uint64_t key, unsigned kind, uint32_t until)
{
	struct fact f = { .kind = (uint8_t)kind,
		.until = until,
		.list = (uint8_t)(until & 1) };
	struct err err;

	int ret = key >> 62 == 2 ?
	    facts_add_prefix(a, key & ~(UINT64_C(1) << 63), &f, &err) :
	    facts_add(a, key, &f, &err);

	cr_assert(ret == 0, "%s", err.text);
}

static void
consent_add(struct facts_appender *a, uint64_t key, uint32_t granted,
    uint32_t until)
{
	struct fact f = { .kind = FACT_CONSENT,
		.until = until,
		.list = (uint8_t)(granted & 1) };
	struct err err;

	cr_assert(facts_add_consent(a, key, &f, granted, &err) == 0, "%s",
	    err.text);
}

/* What there is beside facts of a thousand kinds. */
enum extra {
	NOTHING,
	FUTURE_CONSENTS = 1,
	NUMBERS_WITHDRAW = 2,
	PERSON_WITHDRAWS = 4,
	PREFIX_WITHDRAWS = 8,
	LONG_WITHDRAWS = 16,
};

/* Facts about numbers; some have none, and some a dozen. */
static struct facts *
table(unsigned seed, unsigned extra)
{
	struct facts_appender *a;
	struct facts *f;
	struct err err;

	srand(seed);
	cr_assert(facts_new(&f, 3, &err) == 0 &&
	    facts_appender_new(&a, f, &err) == 0);
	for (size_t i = 0; i < 3 * NUMBERS; i++) {
		uint64_t key = number((size_t)rand() % NUMBERS);
		uint32_t at = 1 + (uint32_t)rand() % MOMENTS;
		uint32_t past = 1 + at % NOW;

		switch (rand() % 6) {
		case 0:
			add(a, key, FACT_DNC, rand() % 2 ? FACT_FOREVER : at);
			break;
		case 1:
			add(a, key, FACT_CALL, past);
			break;
		case 2:
			add(a, key, FACT_CONSENT, at);
			break;
		case 3:
			if (extra & NUMBERS_WITHDRAW && rand() % 8 == 0)
				add(a, key, FACT_WITHDRAWN, at);
			break;
		default:
			consent_add(a, key,
			    extra & FUTURE_CONSENTS && i % 16 == 0 ? at : past,
			    rand() % 3 ? at + (uint32_t)rand() % MOMENTS :
					 FACT_FOREVER);
		}
	}
	for (uint64_t i = 0; i < 3; i++) {
		uint64_t key = i == 0 ? PERSON :
		    i == 1            ? subject_prefix(DIGITS) :
					LONG;

		add(a, key, FACT_CALL, SINCE - 1);
		consent_add(a, key, NOW / 2, NOW * 2);
		if (extra & (unsigned)PERSON_WITHDRAWS << i)
			add(a, key, FACT_WITHDRAWN, NOW / 3);
	}
	cr_assert(facts_build(f, &err) == 0);
	return f;
}

/* A run's own table: it expects what is named, and knows of one withdrawal. */
static struct facts *
own_table(const struct facts *like, uint64_t withdrawn)
{
	struct facts_appender *a;
	struct facts *f;
	struct err err;

	cr_assert(facts_new_like(&f, 3, like, &err) == 0 &&
	    facts_expecting(f, NUMBERS / 2, 1, &err) == 0);
	for (size_t i = 0; i < NUMBERS; i++)
		if (is_named(i))
			cr_assert(facts_expect(f, &(uint64_t){ number(i) }, 1,
				      &err) == 0);
	facts_lend_slots(f);
	cr_assert(facts_appender_new(&a, f, &err) == 0);
	if (withdrawn)
		add(a, withdrawn, FACT_WITHDRAWN, NOW / 3);
	cr_assert(facts_build(f, &err) == 0);
	return f;
}

/* ---- what has to come of it ---- */

static struct fact
unpacked(uint64_t v)
{
	struct fact f;

	fact_unpack(&f, v);
	return f;
}

/* Is there anything that a moment of consent is compared with? */
static bool
has_moments(const struct facts_found *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct fact f = unpacked(x->fact[i]);

		if (f.kind == FACT_WITHDRAWN ||
		    (f.kind == FACT_GRANTED && f.until > NOW))
			return true;
	}
	return false;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* A number's facts as a run needs them, with the moments of consents or
 * without. */
static void
settle(struct facts_found *x, bool moments)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++) {
		struct fact f = unpacked(x->fact[i]);

		if ((f.kind == FACT_CALL && f.until < SINCE) ||
		    (f.kind == FACT_GRANTED && !moments))
			continue;
		if (f.kind == FACT_CONSENT && f.until > NOW)
			f.until = FACT_FOREVER;
		if (f.kind == FACT_CONSENT && !moments)
			f.n = 0;
		x->fact[n++] = fact_pack(&f);
	}
	x->n = n;
	if (n > 0)
		qsort(x->fact, n, sizeof(*x->fact), by_value);
}

/* A consent that many share may have a serial that nothing else has. */
static void
serials_drop(struct facts_found *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (fact_kind_of(x->fact[i]) == FACT_GRANTED)
			return;
	for (size_t i = 0; i < x->n; i++) {
		struct fact f = unpacked(x->fact[i]);

		if (f.kind == FACT_CONSENT && f.until == FACT_FOREVER &&
		    f.n == 1)
			f.n = 0;
		x->fact[i] = fact_pack(&f);
	}
	if (x->n > 0)
		qsort(x->fact, x->n, sizeof(*x->fact), by_value);
}

/* What a fact says twice, or with an end and without, it may say once. */
static void
ends_settle(struct facts_found *x)
{
	size_t to = 0;

	if (x->n > 0)
		qsort(x->fact, x->n, sizeof(*x->fact), by_value);
	for (size_t i = 0; i < x->n; i++) {
		const uint64_t *v = x->fact + i;
		bool again = i + 1 < x->n && v[0] == v[1];

		for (size_t k = i + 1;
		     k < x->n && v[0] >> 32 == x->fact[k] >> 32; k++)
			again |= (uint32_t)x->fact[k] == FACT_FOREVER;
		if (!again)
			x->fact[to++] = v[0];
	}
	x->n = to;
}

static bool
alike(const struct facts_found *x, const struct facts_found *y)
{
	return x->n == y->n &&
	    (x->n == 0 || memcmp(x->fact, y->fact, x->n * 8) == 0);
}

/* What was sieved, against the table that the index was made of. */
struct checking {
	const struct facts *all, *sieved;
	bool all_moments;
	uint64_t withdrawn; /* elsewhere; 0: nobody */
	size_t wrong;
	size_t with, without; /* numbers whose consents have moments, or not */
	size_t unknown;       /* numbers that end the run */
};

static void
number_check(struct checking *c, size_t i)
{
	struct facts_found x = { 0 }, y = { 0 }, z = { 0 };
	uint64_t key = number(i);
	struct err err = { 0 };
	int got = index_sorted(c->sieved, key, &y, &err);
	bool moments;

	cr_assert(index_sorted(c->all, key, &x, &err) >= 0 &&
	    index_sorted(c->all, key, &z, &err) >= 0);
	moments = c->all_moments || key == c->withdrawn || has_moments(&x);
	settle(&x, true);
	settle(&z, false);
	if (got > 0)
		serials_drop(&y);
	ends_settle(&x);
	ends_settle(&y);
	ends_settle(&z);
	if (got < 0) {
		c->unknown++;
		c->wrong += is_named(i) || err.code != ERR_INPUT;
	} else if (!alike(&x, &z)) {
		/* others may keep them, too: there are more than bits */
		c->wrong += !alike(&x, &y) && (moments || !alike(&z, &y));
		c->with += alike(&x, &y);
		c->without += alike(&z, &y);
	} else {
		c->wrong += !alike(&x, &y);
	}
	facts_found_release(&x);
	facts_found_release(&y);
	facts_found_release(&z);
}

/* Of a subject that need not be named, everything is as it was. */
static bool
is_untouched(const struct checking *c, uint64_t key)
{
	struct facts_found x = { 0 }, y = { 0 };
	struct err err;
	bool same = index_sorted(c->all, key, &x, &err) == 1 &&
	    index_sorted(c->sieved, key, &y, &err) == 1 && alike(&x, &y);

	facts_found_release(&x);
	facts_found_release(&y);
	return same;
}

static void
check_all(struct checking *c, const char *what)
{
	for (size_t i = 0; i < NUMBERS; i++)
		number_check(c, i);
	cr_expect(eq(sz, c->wrong, 0), "%s", what);
	/* a few numbers have the bit of another */
	cr_expect(c->unknown > NUMBERS / 3, "%s: %zu", what, c->unknown);
	cr_expect(is_untouched(c, PERSON), "%s: a person", what);
	cr_expect(is_untouched(c, subject_prefix(DIGITS)), "%s: a prefix",
	    what);
	cr_expect(is_untouched(c, LONG), "%s: a long number", what);
	cr_expect(eq(u32, facts_prefix_lengths(c->sieved),
	    facts_prefix_lengths(c->all)));
}

/* Sieve an index of `all`, and hold it against that. */
static void
sieve_check(struct checking *c, bool hold_all, size_t threads, const char *what)
{
	struct index_wanted wanted = { .now = NOW,
		.calls_since = SINCE,
		.hold_all = hold_all };
	struct facts *sieved, *own;
	struct index *ix;
	struct err err;

	index_put("index", c->all, 1);
	cr_assert(index_open(&ix, "index", index_keys, &err) == 0);
	own = own_table(index_facts(ix), c->withdrawn);
	wanted.facts = own;
	cr_assert(index_sieve(&sieved, ix, &wanted, threads, &err) == 0, "%s",
	    err.text);
	index_close(ix); /* what was taken out of it stands by itself */
	c->sieved = sieved;
	check_all(c, what);
	index_sieved_free(sieved);
	facts_free(own);
}

Test(index_sieve, it_keeps_what_a_run_needs, .timeout = 120)
{
	static const struct {
		unsigned extra;
		bool hold_all, all_moments;
		uint64_t own;
		const char *what;
	} tests[] = {
		{ NOTHING, false, false, 0, "nothing is taken back" },
		{ FUTURE_CONSENTS, false, false, 0, "some have not begun" },
		{ NUMBERS_WITHDRAW, false, false, 0, "numbers take back" },
		{ PERSON_WITHDRAWS, false, true, 0, "a person takes back" },
		{ PREFIX_WITHDRAWS, false, true, 0, "a prefix takes back" },
		{ LONG_WITHDRAWS, false, true, 0, "a long number takes back" },
		{ FUTURE_CONSENTS | NUMBERS_WITHDRAW, false, false, FIRST + 28,
		    "the run knows more" },
		{ NOTHING, false, true, PERSON, "the run knows a person" },
		{ NOTHING, true, true, 0, "somebody else may know" },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		struct facts *f = table((unsigned)i + 1, tests[i].extra);

		for (size_t threads = 1; threads < 4; threads += 2) {
			struct checking c = { .all = f,
				.all_moments = tests[i].all_moments,
				.withdrawn = tests[i].own };

			sieve_check(&c, tests[i].hold_all, threads,
			    tests[i].what);
			/* and drops most of what it does not */
			cr_expect(tests[i].all_moments ? c.without == 0 :
							 c.without > 4 * c.with,
			    "%s: %zu with, %zu without", tests[i].what, c.with,
			    c.without);
		}
		facts_free(f);
	}
}

/* Facts of one number fill so many pages that its consent is placed before
 * its withdrawal is come to. */
Test(index_sieve, what_comes_late_counts, .timeout = 120)
{
	enum { MANY = 12000 };
	struct facts_appender *a;
	struct checking c = { .all_moments = true };
	struct facts *f;
	struct err err;

	cr_assert(facts_new(&f, 3, &err) == 0 &&
	    facts_appender_new(&a, f, &err) == 0);
	for (size_t i = 0; i < NUMBERS; i++)
		consent_add(a, number(i), NOW / 2, NOW * 2);
	consent_add(a, PERSON, 1, 2);
	consent_add(a, subject_prefix(DIGITS), 1, 2);
	consent_add(a, LONG, 1, 2);
	for (unsigned i = 0; i < MANY; i++) {
		struct fact dnc = { .kind = FACT_DNC,
			.until = 1 + i,
			.scope = (uint16_t)(i % 1000),
			.n = (uint8_t)(i / 1000) };

		cr_assert(facts_add(a, number(2), &dnc, &err) == 0);
	}
	add(a, number(2), FACT_WITHDRAWN, NOW / 3);
	cr_assert(facts_build(f, &err) == 0);
	c.all = f;
	sieve_check(&c, false, 2, "late");
	facts_free(f);
}

/* Would what lies there be in a core dump? */
static bool
is_dumped(const void *p)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	char line[512], rest;
	bool here = false, dumped = true, seen = false;
	uintptr_t from, to;

	cr_assert(smaps != NULL);
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR "%c", &from, &to,
			&rest) == 3) {
			here = (uintptr_t)p >= from && (uintptr_t)p < to;
		} else if (here && strncmp(line, "VmFlags:", 8) == 0) {
			dumped = strstr(line, " dd") == NULL;
			seen = true;
		}
	}
	fclose(smaps);
	cr_assert(seen);
	return dumped;
}

/* How many slots tell anything of their numbers. */
static size_t
slots_telling(const struct facts *own)
{
	const struct expected *x = facts_expected(own);
	size_t n = 0;

	for (size_t i = 0; i < x->lines * LINE_WORDS; i++)
		n += (expected_at(x->slot + i) &
			 (EXPECTED_CODE | EXPECTED_MORE)) != 0;
	return n;
}

Test(index_sieve, what_it_keeps_is_in_no_core_dump_and_wiped_at_the_end)
{
	struct index_wanted wanted = { .now = NOW, .calls_since = SINCE };
	struct facts *f = table(1, NOTHING), *own, *sieved;
	struct index *ix;
	struct err err;

	index_put("index", f, 1);
	cr_assert(index_open(&ix, "index", index_keys, &err) == 0);
	own = own_table(index_facts(ix), 0);
	wanted.facts = own;
	cr_expect(is_dumped(own->expected.slot), "numbers alone may be");
	cr_expect(eq(sz, slots_telling(own), 0));
	cr_assert(index_sieve(&sieved, ix, &wanted, 2, &err) == 0);
	for (size_t i = 0; i < FACTS_PARTS; i++)
		cr_expect(eq(int, is_dumped(sieved->part[i].page), false));
	cr_expect(eq(int, is_dumped(own->expected.slot), false));
	cr_expect(slots_telling(own) > NUMBERS / 4);
	index_sieved_free(sieved);
	cr_expect(eq(sz, slots_telling(own), 0));
	cr_expect(facts_expects(own, number(0)), "and is named still");
	index_close(ix);
	facts_free(own);
	facts_free(f);
}

Test(index_sieve, of_an_empty_index_nothing_is_known)
{
	struct index_wanted wanted = { .now = NOW };
	struct facts *f, *own, *sieved;
	struct facts_found found = { 0 };
	size_t unknown = 0;
	struct index *ix;
	struct err err;

	cr_assert(facts_new(&f, 3, &err) == 0 && facts_build(f, &err) == 0);
	index_put("index", f, 1);
	cr_assert(index_open(&ix, "index", index_keys, &err) == 0);
	own = own_table(index_facts(ix), 0);
	wanted.facts = own;
	cr_assert(index_sieve(&sieved, ix, &wanted, 2, &err) == 0);
	cr_expect(eq(int, index_sorted(sieved, number(0), &found, &err), 0));
	cr_expect(eq(int, index_sorted(sieved, PERSON, &found, &err), 0));
	for (size_t i = 1; i < 200; i += 2)
		unknown += index_sorted(sieved, number(i), &found, &err) < 0 &&
		    err.code == ERR_INPUT;
	cr_expect(unknown > 60, "%zu", unknown);
	facts_found_release(&found);
	index_sieved_free(sieved);
	index_close(ix);
	facts_free(own);
	facts_free(f);
}
