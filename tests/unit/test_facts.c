#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/facts_impl.h"

/* Two threads' worth of appenders, used in turn. */
static struct facts_appender *appender[2];

static struct facts *
facts_make(unsigned calls)
{
	struct facts *f;
	struct err err;

	cr_assert(facts_new(&f, calls, &err) == 0);
	cr_assert(facts_appender_new(&appender[0], f, &err) == 0);
	cr_assert(facts_appender_new(&appender[1], f, &err) == 0);
	return f;
}

static struct facts_appender *
next_appender(void)
{
	static unsigned turn;

	return appender[turn++ % 2];
}

static void
add(struct facts *f __attribute__((unused)), uint64_t key, unsigned kind,
    uint32_t until)
{
	struct fact fact = { .kind = (uint8_t)kind, .until = until };
	struct err err;

	cr_assert(facts_add(next_appender(), key, &fact, &err) == 0);
}

static void
build(struct facts *f)
{
	struct err err;

	cr_assert(facts_build(f, &err) == 0);
}

/* The facts of a key, in *found. */
static size_t
find(struct facts *f, uint64_t key, struct facts_found *found)
{
	struct err err;

	found->n = 0;
	cr_assert(facts_find(f, key, facts_home(f, key), found, &err) >= 0);
	return found->n;
}

static int
has(const struct facts_found *found, unsigned kind, uint32_t until)
{
	struct fact f;
	size_t i;

	for (i = 0; i < found->n; i++) {
		fact_unpack(&f, found->fact[i]);
		if (f.kind == kind && f.until == until)
			return 1;
	}
	return 0;
}

Test(facts, an_empty_table_knows_nothing)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };

	build(f);
	cr_expect(eq(sz, find(f, 8613800000001, &found), 0));
	cr_expect(eq(u64, facts_count(f), 0));
	facts_free(f);
	facts_found_release(&found);
}

/* More than one page and one chunk a partition, so that entries spill. */
Test(facts, every_fact_of_many_is_found_and_no_other)
{
	enum { N = 300000 };
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	uint64_t i, missing = 0, extra = 0;

	for (i = 1; i <= N; i++) {
		add(f, i * 7, FACT_DNC, (uint32_t)i);
		if (i % 3 == 0)
			add(f, i * 7, FACT_CONSENT, FACT_FOREVER);
	}
	build(f);
	cr_expect(eq(u64, facts_count(f), N + N / 3));
	for (i = 1; i <= N; i++) {
		find(f, i * 7, &found);
		missing += found.n != 1 + (i % 3 == 0) ||
		    !has(&found, FACT_DNC, (uint32_t)i);
		extra += find(f, i * 7 + 1 + i % 6, &found) != 0;
	}
	cr_expect(eq(u64, missing, 0));
	cr_expect(eq(u64, extra, 0));
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, the_same_entry_is_kept_once_with_its_later_end)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };

	add(f, 1, FACT_DNC, 100);
	add(f, 1, FACT_DNC, 300);
	add(f, 1, FACT_DNC, 200);
	build(f);
	cr_expect(eq(sz, find(f, 1, &found), 1));
	cr_expect(has(&found, FACT_DNC, 300));
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, withdrawals_at_two_moments_are_two)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };

	add(f, 1, FACT_WITHDRAWN, 100);
	add(f, 1, FACT_WITHDRAWN, 300);
	add(f, 1, FACT_WITHDRAWN, 100);
	build(f);
	cr_expect(eq(sz, find(f, 1, &found), 2));
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, of_calls_only_the_latest_needed_stay)
{
	struct facts *f = facts_make(3);
	struct facts_found found = { 0 };
	uint32_t i;

	for (i = 0; i < 100; i++)
		add(f, 1, FACT_CALL, (i * 37) % 101);
	add(f, 2, FACT_CALL, 5);
	add(f, 2, FACT_CALL, 5);
	build(f);
	/* 0, 37, 74 ... mod 101: all but one of 0..100 occur; 64 does not */
	cr_expect(eq(sz, find(f, 1, &found), 3));
	cr_expect(has(&found, FACT_CALL, 100) && has(&found, FACT_CALL, 99) &&
	    has(&found, FACT_CALL, 98));
	cr_expect(eq(sz, find(f, 2, &found), 2),
	    "two calls in the same second are two");
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, of_calls_at_one_second_the_same_one_stays_in_any_order)
{
	for (unsigned first = 0; first < 3; first++) {
		struct facts *f = facts_make(1);
		struct facts_found found = { 0 };
		struct fact fact = { .kind = FACT_CALL, .until = 5 };
		struct err err;

		for (unsigned i = 0; i < 3; i++) {
			fact.list = (uint8_t)((first + i) % 3);
			cr_assert(
			    facts_add(next_appender(), 1, &fact, &err) == 0);
		}
		build(f);
		cr_expect(eq(sz, find(f, 1, &found), 1));
		fact_unpack(&fact, found.fact[0]);
		cr_expect(fact.list == 2, "list %u", fact.list);
		facts_free(f);
		facts_found_release(&found);
	}
}

/* Some of these keys live near the end of their partition, and what is known
 * of them overflows far behind the last home. */
Test(facts, many_facts_of_one_key_find_room)
{
	enum { KEYS = 200, EACH = 700 };
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	uint64_t i, k, missing = 0;

	for (k = 1; k <= KEYS; k++)
		for (i = 1; i <= EACH; i++)
			add(f, k, FACT_WITHDRAWN, (uint32_t)i);
	build(f);
	for (k = 1; k <= KEYS; k++)
		missing += find(f, k, &found) != EACH ||
		    !has(&found, FACT_WITHDRAWN, 1) ||
		    !has(&found, FACT_WITHDRAWN, EACH);
	cr_expect(eq(u64, missing, 0));
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, room_that_was_reserved_changes_nothing_else)
{
	enum { N = 50000 };
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	struct err err;
	uint64_t i, missing = 0;

	cr_assert(facts_reserve(f, N / 10, &err) == 0);
	for (i = 1; i <= N; i++) {
		add(f, i, FACT_DNC, FACT_FOREVER);
		if (i == N / 2)
			cr_assert(facts_reserve(f, 10 * N, &err) == 0);
	}
	cr_assert(facts_reserve(f, 1, &err) == 0);
	build(f);
	for (i = 1; i <= N; i++)
		missing += find(f, i, &found) != 1;
	cr_expect(eq(u64, missing, 0));
	cr_expect(eq(u64, facts_count(f), N));
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, the_tag_of_a_page_is_no_entry)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	uint64_t key = 0, hash;
	struct page *page;
	uint32_t first[2];
	struct err err;

	do
		hash = word_hash(f, ++key);
	while (home_line(hash, 1) != FACTS_PAGE_LINES - 1);
	add(f, key, FACT_DNC, 1);
	build(f);
	page = f->part[partition_of(hash)].page;
	memcpy(page->tag, &key, sizeof(key));
	memcpy(page->tag + sizeof(key), &key, sizeof(key));
	cr_expect(eq(sz, find(f, key, &found), 1));
	for (int wide = 0; wide <= has_avx2(); wide++) {
		f->wide = wide;
		found.n = 0;
		cr_assert(
		    facts_find_all(f, &key, 1, first, NULL, &found, &err) == 0);
		cr_expect(eq(sz, found.n, 1));
		cr_expect(first[0] == 0 && first[1] == 1);
	}
	facts_free(f);
	facts_found_release(&found);
}

/* As when another table hands on what it has, in the order of homes. */
Test(facts, what_comes_for_the_front_alone_finds_room_there)
{
	enum { N = 40000, RESERVED = 1600000, PART = 3 };
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	uint64_t *key = calloc(N, sizeof(*key)), next = 0, missing = 0;
	struct err err;

	cr_assert(facts_reserve(f, RESERVED, &err) == 0);
	for (size_t i = 0; i < N; i++) {
		uint64_t hash;

		do
			hash = word_hash(f, ++next);
		while (partition_of(hash) != PART || home_line(hash, 4) >= 64);
		add(f, key[i] = next, FACT_DNC, 1);
	}
	build(f);
	cr_expect(f->part[PART].far < 10000, "walks of %td words",
	    f->part[PART].far);
	for (size_t i = 0; i < N; i++)
		missing += find(f, key[i], &found) != 1;
	cr_expect(eq(u64, missing, 0));
	free(key);
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, calls_that_nobody_answered_are_kept_apart)
{
	struct facts *f = facts_make(2);
	struct facts_found found = { 0 };
	struct fact missed = { .kind = FACT_CALL, .n = CALL_UNANSWERED };
	struct err err;

	add(f, 7, FACT_CALL, 100);
	add(f, 7, FACT_CALL, 200);
	for (missed.until = 300; missed.until < 310; missed.until++)
		cr_assert(facts_add(next_appender(), 7, &missed, &err) == 0);
	build(f);
	cr_expect(eq(sz, find(f, 7, &found), 4));
	cr_expect(has(&found, FACT_CALL, 100) && has(&found, FACT_CALL, 200),
	    "missed calls push no answered ones out");
	cr_expect(has(&found, FACT_CALL, 308) && has(&found, FACT_CALL, 309));
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, no_cap_no_calls)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };

	add(f, 1, FACT_CALL, 5);
	build(f);
	cr_expect(eq(sz, find(f, 1, &found), 0));
	facts_free(f);
	facts_found_release(&found);
}

static void
consent(struct facts *f __attribute__((unused)), uint64_t key, uint32_t granted,
    uint32_t until)
{
	struct fact fact = { .kind = FACT_CONSENT, .until = until };
	struct err err;

	cr_assert(
	    facts_add_consent(next_appender(), key, &fact, granted, &err) == 0);
}

/* The end of the consent that was given at `granted`. */
static uint32_t
consent_end(const struct facts_found *found, uint32_t granted)
{
	struct fact g, c;
	size_t i, k;

	for (i = 0; i < found->n; i++) {
		fact_unpack(&g, found->fact[i]);
		if (g.kind != FACT_GRANTED || g.until != granted)
			continue;
		for (k = 0; k < found->n; k++) {
			fact_unpack(&c, found->fact[k]);
			if (c.kind == FACT_CONSENT && c.n == g.n)
				return c.until;
		}
	}
	return 0;
}

Test(facts, a_consent_keeps_the_moment_it_was_given)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };

	consent(f, 1, 10, 500);
	consent(f, 1, 20, 400);
	consent(f, 1, 10, 600);
	consent(f, 1, 20, 300);
	build(f);
	cr_expect(eq(sz, find(f, 1, &found), 4), "two pairs");
	cr_expect(eq(u32, consent_end(&found, 10), 600));
	cr_expect(eq(u32, consent_end(&found, 20), 400));
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, of_too_many_consents_those_that_end_first_go)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	uint32_t i, lost = 0;

	for (i = 1; i <= 100; i++)
		consent(f, 1, i, 1000 + i);
	build(f);
	find(f, 1, &found);
	cr_expect(eq(sz, found.n, 2 * (FACT_SERIALS_MAX - 1)));
	for (i = 100; i > 100 - (FACT_SERIALS_MAX - 1); i--)
		lost += consent_end(&found, i) != 1000 + i;
	cr_expect(eq(u32, lost, 0));
	facts_free(f);
	facts_found_release(&found);
}

/* The same, taken over by another table. */
static struct facts *
taken(const struct facts *from)
{
	const uint8_t list[256] = { 0 };
	struct facts_appender *a;
	struct facts *f;
	struct err err;

	cr_assert(facts_new_like(&f, 0, from, &err) == 0);
	cr_assert(facts_appender_new(&a, f, &err) == 0);
	for (unsigned part = 0; part < FACTS_PARTS; part++)
		cr_assert(facts_take(a, from, part, list, NULL, &err) == 0);
	build(f);
	return f;
}

/* The first of them is one word, and what takes its place may be two. */
Test(facts, of_too_many_consents_without_an_end_those_given_first_go)
{
	struct facts *f = facts_make(0), *g;
	struct facts_found found = { 0 };
	uint32_t i, lost = 0;

	for (i = 1; i <= 100; i++)
		consent(f, 1, i, FACT_FOREVER);
	build(f);
	g = taken(f);
	cr_expect(eq(u64, facts_count(f), 2 * (FACT_SERIALS_MAX - 1)));
	for (i = 100; i > 100 - (FACT_SERIALS_MAX - 1); i--) {
		find(f, 1, &found);
		lost += consent_end(&found, i) != FACT_FOREVER;
		find(g, 1, &found);
		lost += consent_end(&found, i) != FACT_FOREVER;
	}
	cr_expect(eq(u32, lost, 0));
	cr_expect(eq(sz, found.n, 2 * (FACT_SERIALS_MAX - 1)));
	facts_free(f);
	facts_free(g);
	facts_found_release(&found);
}

/* It stands behind all others, and its grant where the first one's was. */
Test(facts, a_consent_that_took_a_place_is_taken_over_with_its_grant)
{
	struct fact fact = { .kind = FACT_CONSENT, .until = FACT_FOREVER };
	struct facts *f = facts_make(0), *g;
	struct facts_found found = { 0 };
	size_t of_channel = 0;
	struct err err;

	for (uint32_t i = 1; i < FACT_SERIALS_MAX; i++)
		cr_assert(
		    facts_add_consent(appender[0], 1, &fact, i, &err) == 0);
	fact.channel = CHANNEL_SMS;
	cr_assert(facts_add_consent(appender[0], 1, &fact, 500, &err) == 0);
	build(f);
	g = taken(f);
	cr_expect(eq(sz, find(g, 1, &found), 2 * (FACT_SERIALS_MAX - 1)));
	cr_expect(eq(u32, consent_end(&found, 500), FACT_FOREVER));
	cr_expect(eq(u32, consent_end(&found, 1), 0));
	for (size_t i = 0; i < found.n; i++) {
		fact_unpack(&fact, found.fact[i]);
		of_channel += fact.channel == CHANNEL_SMS;
	}
	cr_expect(eq(sz, of_channel, 2), "the grant and its consent");
	facts_free(f);
	facts_free(g);
	facts_found_release(&found);
}

Test(facts, prefixes_are_found_by_their_lengths)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	struct fact fact = { .kind = FACT_DNC, .until = FACT_FOREVER };
	struct err err;

	cr_assert(facts_add_prefix(next_appender(), 86755, &fact, &err) == 0);
	build(f);
	cr_expect(eq(u32, facts_prefix_lengths(f), 1u << 5));
	cr_expect(eq(sz, find(f, subject_prefix(86755), &found), 1));
	cr_expect(eq(sz, find(f, 86755, &found), 0));
	facts_free(f);
	facts_found_release(&found);
}

/* ---- tables that are told what they will be asked for ---- */

static int
refused(struct facts *f, uint64_t key, struct facts_found *found)
{
	struct err err = { 0 };

	found->n = 0;
	return facts_find(f, key, facts_home(f, key), found, &err) == -1 &&
	    err.code == ERR_INPUT && found->n == 0;
}

Test(facts, of_numbers_only_those_that_were_named_are_kept)
{
	enum { N = 200000, STEP = 50 };
	struct facts *f = facts_make(2);
	struct facts_found found = { 0 };
	struct err err;
	uint64_t i, wrong = 0, kept = 0, named[N / STEP];

	for (i = 1; i <= N / STEP; i++)
		named[i - 1] = 8613800000000 + i * STEP;
	cr_assert(facts_expecting(f, N / STEP, 1, &err) == 0);
	cr_assert(facts_expect(f, named, N / STEP, &err) == 0);
	for (i = 1; i <= N; i++) {
		uint64_t key = 8613800000000 + i;

		add(f, key, FACT_DNC, FACT_FOREVER);
		add(f, key, FACT_CALL, (uint32_t)i);
		if (i % 1000 == 0)
			cr_assert(facts_reserve(f, 2 * N, &err) == 0);
	}
	build(f);
	cr_expect(eq(u64, facts_added(f), 2 * N));
	for (i = 1; i <= N; i++) {
		uint64_t key = 8613800000000 + i;

		kept += facts_expects(f, key);
		if (!facts_expects(f, key))
			wrong += i % STEP == 0 || !refused(f, key, &found);
		else
			wrong += find(f, key, &found) != 2 ||
			    !has(&found, FACT_DNC, FACT_FOREVER) ||
			    !has(&found, FACT_CALL, (uint32_t)i);
	}
	cr_expect(eq(u64, wrong, 0));
	cr_expect(eq(u64, facts_count(f), 2 * kept));
	cr_expect(eq(u64, kept, N / STEP));
	facts_free(f);
	facts_found_release(&found);
}

/* Facts in the order in which they come, and those that are dropped. */
struct many {
	struct facts_appender *a;
	const struct expected *x;
	struct facts_named named;
	uint64_t dropped;
};

static void
many_add(struct many *m, bool expecting, uint64_t key, uint64_t fact)
{
	size_t n = m->named.n;
	struct err err;

	m->named.key[n] = key;
	m->named.hash[n] = expected_hash(m->x, key);
	m->named.fact[n] = fact;
	m->named.slot[n] = expecting ?
	    expected_find(m->x, m->named.hash[n], key) :
	    NULL;
	if (expecting && !m->named.slot[n])
		m->dropped++;
	else
		m->named.n++;
	if (m->named.n < FACTS_NAMED)
		return;
	cr_assert(facts_add_named(m->a, &m->named, &err) == 0);
	facts_drop(m->a, m->dropped);
	m->named.n = m->dropped = 0;
}

/* Some have a fact that many share, some one of their own; and there are more
 * that many share than the dictionary takes. */
Test(facts, numbers_that_are_known_to_be_expected_are_added_many_at_a_time)
{
	enum { N = 60000, STEP = 10 };
	struct err err;

	for (int expecting = 0; expecting < 2; expecting++) {
		struct facts *f = facts_make(4);
		struct facts_found found = { 0 };
		struct many m = { .a = next_appender(),
			.x = facts_expected(f) };
		uint64_t wrong = 0, kept = 0;

		if (expecting)
			cr_assert(facts_expecting(f, N / STEP, 1, &err) == 0);
		for (uint64_t i = STEP; expecting && i <= N; i += STEP)
			cr_assert(
			    facts_expect(f, &(uint64_t){ 8613800000000 + i }, 1,
				&err) == 0);
		for (uint64_t i = 1; i <= N; i++) {
			struct fact call = { .kind = FACT_CALL,
				.until = (uint32_t)i };
			struct fact dnc = { .kind = FACT_DNC,
				.until = FACT_FOREVER,
				.list = (uint8_t)(i % 200),
				.n = (uint8_t)(i % 61) };

			many_add(&m, expecting, 8613800000000 + i,
			    fact_pack(&dnc));
			many_add(&m, expecting, 8613800000000 + i,
			    fact_pack(&call));
		}
		cr_assert(facts_add_named(m.a, &m.named, &err) == 0);
		facts_drop(m.a, m.dropped);
		build(f);
		cr_expect(eq(u64, facts_added(f), 2 * N));
		for (uint64_t i = 1; i <= N; i++) {
			uint64_t key = 8613800000000 + i;
			struct fact dnc;

			kept += facts_expects(f, key);
			if (!facts_expects(f, key)) {
				wrong += i % STEP == 0;
				continue;
			}
			wrong += find(f, key, &found) != 2 ||
			    !has(&found, FACT_CALL, (uint32_t)i);
			for (size_t k = 0; k < found.n; k++) {
				fact_unpack(&dnc, found.fact[k]);
				wrong += dnc.kind == FACT_DNC &&
				    (dnc.until != FACT_FOREVER ||
					dnc.list != i % 200 || dnc.n != i % 61);
			}
		}
		cr_expect(eq(u64, wrong, 0));
		cr_expect(eq(u64, facts_count(f), 2 * kept));
		cr_expect(eq(u64, kept, expecting ? N / STEP : N));
		facts_free(f);
		facts_found_release(&found);
	}
}

/* What is said of some keys this way and of some that way, in turn. */
Test(facts, what_is_not_known_to_be_expected_is_asked_for_among_what_is)
{
	enum { N = 20000, STEP = 10 };
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	struct facts_appender *a = next_appender();
	struct fact dnc = { .kind = FACT_DNC, .until = FACT_FOREVER };
	struct facts_named one = { .n = 1 };
	uint64_t wrong = 0, kept = 0;
	struct err err;

	cr_assert(facts_expecting(f, N / STEP, 1, &err) == 0);
	for (uint64_t i = STEP; i <= N; i += STEP)
		cr_assert(facts_expect(f, &(uint64_t){ i }, 1, &err) == 0);
	for (uint64_t i = 1; i <= N; i++) {
		if (i % STEP) {
			cr_assert(facts_add(a, i, &dnc, &err) == 0);
			continue;
		}
		one.key[0] = i;
		one.hash[0] = expected_hash(facts_expected(f), i);
		one.slot[0] = expected_find(facts_expected(f), one.hash[0], i);
		one.fact[0] = fact_pack(&dnc);
		cr_assert(facts_add_named(a, &one, &err) == 0);
	}
	build(f);
	cr_expect(eq(u64, facts_added(f), N));
	for (uint64_t i = 1; i <= N; i++) {
		kept += facts_expects(f, i);
		wrong += facts_expects(f, i) ?
		    find(f, i, &found) != 1 :
		    i % STEP == 0 || !refused(f, i, &found);
	}
	cr_expect(eq(u64, wrong, 0));
	cr_expect(eq(u64, facts_count(f), kept));
	cr_expect(eq(u64, kept, N / STEP));
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, room_is_reserved_for_what_is_kept_only)
{
	enum { N = 400000 };
	struct facts *f = facts_make(0);
	uint64_t named = 5, room = 0;
	struct err err;

	cr_assert(facts_expecting(f, 1, 1, &err) == 0);
	cr_assert(facts_expect(f, &named, 1, &err) == 0);
	for (uint64_t i = 1; i <= N; i++) {
		add(f, i, FACT_DNC, FACT_FOREVER);
		if (i % 10000 == 0)
			cr_assert(facts_reserve(f, 100 * N, &err) == 0);
	}
	build(f);
	for (size_t i = 0; i < FACTS_PARTS; i++)
		room += f->part[i].mapped;
	cr_expect(room < 1 << 20, "%ju bytes", (uintmax_t)room);
	facts_free(f);
}

Test(facts, prefixes_and_persons_are_always_kept)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	struct fact fact = { .kind = FACT_DNC, .until = FACT_FOREVER };
	const uint64_t person = subject_person(span_str("id"), facts_seed(f));
	const uint64_t longest = UINT64_C(8100000000000000001);
	static const struct facts_scopes scopes;
	struct err err;

	cr_assert(facts_expecting(f, 0, 1, &err) == 0);
	cr_assert(facts_add_prefix(next_appender(), 86755, &fact, &err) == 0);
	add(f, person, FACT_DNC, FACT_FOREVER);
	add(f, longest, FACT_DNC, FACT_FOREVER);
	add(f, 8675500000001, FACT_DNC, FACT_FOREVER);
	build(f);
	cr_expect(eq(sz, find(f, subject_prefix(86755), &found), 1));
	cr_expect(eq(sz, find(f, subject_prefix(86756), &found), 0));
	cr_expect(eq(sz, find(f, person, &found), 1));
	cr_expect(eq(sz, find(f, longest, &found), 1));
	cr_expect(refused(f, 8675500000001, &found));
	cr_expect(eq(u64, facts_count(f), 3));
	facts_map_scopes(f, &scopes); /* look-ups go another way then */
	cr_expect(refused(f, 8675500000001, &found));
	cr_expect(eq(sz, find(f, subject_prefix(86756), &found), 0));
	cr_expect(eq(sz, find(f, longest, &found), 1));
	facts_free(f);
	facts_found_release(&found);
}

Test(facts, a_consent_is_kept_with_its_grant_or_dropped_with_it)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	uint64_t i, named[50], wrong = 0;
	struct err err;

	for (i = 0; i < 50; i++)
		named[i] = 2 * i + 1;
	cr_assert(facts_expecting(f, 50, 1, &err) == 0);
	cr_assert(facts_expect(f, named, 50, &err) == 0);
	for (i = 1; i <= 100; i++) {
		consent(f, i, 10, 500);
		consent(f, i, 20, FACT_FOREVER);
	}
	build(f);
	for (i = 1; i <= 100; i++) {
		if (!facts_expects(f, i))
			wrong += i % 2 || !refused(f, i, &found);
		else
			wrong += find(f, i, &found) != 4 ||
			    consent_end(&found, 10) != 500 ||
			    consent_end(&found, 20) != FACT_FOREVER;
	}
	cr_expect(eq(u64, wrong, 0));
	cr_expect(facts_count(f) < 300);
	facts_free(f);
	facts_found_release(&found);
}

enum { NAMING = 4, NAMED = 30000 };

struct naming {
	struct facts *f;
	uint64_t from;
	pthread_t id;
};

static void *
thread_name(void *arg)
{
	const struct naming *t = arg;
	uint64_t key[100];
	struct err err;

	for (uint64_t i = t->from; i < NAMED; i += 100 * NAMING) {
		for (uint64_t k = 0; k < 100; k++)
			key[k] = i + k * NAMING; /* 0 among them */
		cr_assert(facts_expect(t->f, key, 100, &err) == 0);
	}
	return NULL;
}

/* Many to a line, so that they meet; and more than there is room for at
 * first. */
Test(facts, what_several_threads_name_at_once_is_all_expected)
{
	struct facts *f = facts_make(0);
	struct naming t[NAMING];
	uint64_t missing = 0;
	struct err err;

	cr_assert(facts_expecting(f, 10, 1, &err) == 0);
	for (unsigned i = 0; i < NAMING; i++) {
		t[i] = (struct naming){ .f = f, .from = i };
		pthread_create(&t[i].id, NULL, thread_name, &t[i]);
	}
	for (unsigned i = 0; i < NAMING; i++)
		pthread_join(t[i].id, NULL);
	for (uint64_t i = 1; i < NAMED; i++)
		missing += !facts_expects(f, i);
	cr_expect(eq(u64, missing, 0));
	facts_free(f);
}

/* The same numbers, in another order each. */
static void *
thread_name_all(void *arg)
{
	const struct naming *t = arg;
	uint64_t key[64];
	struct err err;

	for (uint64_t i = 0; i < NAMED; i += 64) {
		for (uint64_t k = 0; k < 64; k++)
			key[k] = 1 + ((i + k) * 7 + t->from * 1000) % NAMED;
		cr_assert(facts_expect(t->f, key, 64, &err) == 0);
	}
	return NULL;
}

Test(facts, a_number_that_several_threads_name_has_one_slot)
{
	for (unsigned round = 0; round < 20; round++) {
		struct facts *f = facts_make(0);
		struct naming t[NAMING];
		uint64_t slots = 0, again = 0;
		struct err err;

		cr_assert(
		    facts_expecting(f, round % 2 ? 10 : NAMED, 1, &err) == 0);
		for (unsigned i = 0; i < NAMING; i++) {
			t[i] = (struct naming){ .f = f, .from = i };
			pthread_create(&t[i].id, NULL, thread_name_all, &t[i]);
		}
		for (unsigned i = 0; i < NAMING; i++)
			pthread_join(t[i].id, NULL);
		for (size_t i = 0; i < f->expected.lines * LINE_WORDS; i++) {
			uint64_t word = expected_at(f->expected.slot + i);

			slots += word != 0;
			again += word >> 63;
		}
		cr_expect(eq(u64, slots, NAMED));
		cr_expect(eq(u64, again, NAMED));
		cr_expect(eq(u64, f->named, NAMED));
		facts_free(f);
	}
}

/* Of each number all is found, whichever part of it is in its slot; with an end
 * and without one is without one, whichever came first. */
Test(facts, what_a_slot_has_no_room_for_is_found_with_what_it_has)
{
	enum { N = 3000 };
	struct facts *f = facts_make(4);
	struct facts_found found = { 0 };
	uint64_t key[N], wrong = 0, held = 0;
	struct err err;

	for (uint64_t i = 0; i < N; i++)
		key[i] = 1000 + i;
	cr_assert(facts_expecting(f, N, 1, &err) == 0);
	cr_assert(facts_expect(f, key, N, &err) == 0);
	for (uint64_t i = 0; i < N; i++) {
		if (i & 1)
			add(f, key[i], FACT_DNC, FACT_FOREVER);
		if (i & 2)
			add(f, key[i], FACT_CONSENT, FACT_FOREVER);
		if (i & 4)
			add(f, key[i], FACT_CALL, 5000);
		if (i & 8)
			add(f, key[i], FACT_DNC, 77);
		if (i & 16)
			add(f, key[i], FACT_DNC, FACT_FOREVER);
	}
	build(f);
	for (uint64_t i = 0; i < N; i++) {
		bool dnc = (i & 17) != 0, consent = (i & 2) != 0;
		bool call = (i & 4) != 0, ends = (i & 8) != 0 && !dnc;

		wrong += find(f, key[i], &found) !=
			(size_t)(dnc + consent + call + ends) ||
		    has(&found, FACT_DNC, FACT_FOREVER) != dnc ||
		    has(&found, FACT_DNC, 77) != ends ||
		    has(&found, FACT_CONSENT, FACT_FOREVER) != consent ||
		    has(&found, FACT_CALL, 5000) != call;
		held += dnc || consent;
	}
	cr_expect(eq(u64, wrong, 0));
	cr_expect(eq(u64, f->held, held), "all slots are used");
	facts_free(f);
	facts_found_release(&found);
}

/* With what is known of them, or without. */
static int
facts_come(struct facts *f, bool with, const uint64_t *key, size_t n,
    bool *once, struct err *err)
{
	struct facts_found found = { 0 };
	uint32_t first[16];
	int ret = with ? facts_find_all(f, key, n, first, once, &found, err) :
			 facts_once(f, key, n, once, err);

	facts_found_release(&found);
	return ret;
}

/* Once, twice, in two calls, and what has no slot; also where no fact is asked
 * for. */
Test(facts, a_number_that_was_named_once_may_come_once)
{
	static const uint64_t long_one = UINT64_C(1) << EXPECTED_KEY_BITS;
	const uint64_t named[] = { 7, 8, 9, 8, 0, 10, 12 };
	const uint64_t again[] = { 9 };
	const uint64_t asked[] = { 10, 8, 0, 9, 8, long_one, 7 };
	const bool want[] = { true, false, false, false, false, false, true };
	enum { N = sizeof(asked) / sizeof(*asked) };

	for (int facts = 0; facts < 2; facts++) {
		struct facts *f = facts_make(0);
		bool once[N];
		struct err err = { 0 };

		cr_assert(facts_expecting(f, 4, 1, &err) == 0);
		cr_assert(facts_expect(f, named, 7, &err) == 0);
		cr_assert(facts_expect(f, again, 1, &err) == 0);
		build(f);
		cr_assert(facts_come(f, facts, asked, N, once, &err) == 0);
		cr_expect(memcmp(once, want, sizeof(once)) == 0);
		for (size_t i = 0; i < N; i++) {
			int got = facts_come(f, facts, asked + i, 1, once,
			    &err);

			cr_expect(eq(int, got, want[i] ? -1 : 0));
			cr_expect(
			    want[i] == (got < 0 && err.code == ERR_INPUT));
			cr_expect(got < 0 || once[0] == false);
			/* whoever does not ask may come as often as he likes */
			cr_expect(
			    facts_come(f, 1, asked + i, 1, NULL, &err) == 0);
		}
		cr_expect(facts_once(f, &(uint64_t){ 11 }, 1, once, &err) < 0);
		/* whoever may come several times was named so often */
		cr_expect(facts_not_once(f, 8, &err) == 0);
		cr_expect(facts_not_once(f, 9, &err) == 0);
		cr_expect(facts_not_once(f, long_one, &err) == 0);
		cr_expect(facts_not_once(f, 7, &err) < 0);
		cr_expect(facts_not_once(f, 12, &err) < 0);
		cr_expect(facts_not_once(f, 11, &err) < 0);
		facts_free(f);
	}
}

Test(facts, a_table_that_expects_everything_knows_of_nobody_that_he_comes_once)
{
	struct facts *f = facts_make(0);
	struct facts_found found = { 0 };
	const uint64_t key[] = { 1, 2 };
	bool once[] = { true, true };
	uint32_t first[3];
	struct err err;

	add(f, 1, FACT_DNC, FACT_FOREVER);
	build(f);
	cr_assert(facts_find_all(f, key, 2, first, once, &found, &err) == 0);
	cr_expect(once[0] + once[1] == 0 && found.n == 1);
	once[0] = once[1] = true;
	cr_assert(facts_once(f, key, 2, once, &err) == 0);
	cr_expect(once[0] + once[1] == 0);
	facts_free(f);
	facts_found_release(&found);
}
