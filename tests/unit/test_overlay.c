#include "flow/indexed.h"
#include "flow/overlay.h"
#include "flow/recent.h"
#include "flow/refresh.h"
#include "test_register.h"

enum { FACTS_MAX = 64 };

static struct policy policy;
static struct overlay overlay;
static struct home home;

/* What is known of one subject, by either way. */
struct known {
	struct fact fact[FACTS_MAX];
	size_t n;
};

static int64_t
now(void)
{
	return NOW;
}

/* Make an index of the register as it is. */
static void
refresh(void)
{
	const struct refresh_options o = { .home = &home,
		.keys = keys,
		.keep = 50,
		.zone = policy.zone,
		.now = NOW,
		.clock = now,
		.threads = 2,
		.author = "amy" };
	struct refresh_report report;

	OK(refresh_run(&o, &report, &err));
	refresh_report_release(&report);
}

static void
begin(void)
{
	const struct home_env env = { 0 };

	setup();
	OK(home_find(&home, dir, &env, &err));
	free(home.db);
	home.db = strdup(path);
	policy = (struct policy){ .as_of = NOW, .channel = CHANNEL_VOICE };
	OK(zone_open(&policy.zone, "UTC", &err));
	policy_prepare(&policy);
	overlay = (struct overlay){ .policy = &policy,
		.persons = true,
		.list = 5 };
	refresh();
}

static void
end(void)
{
	home_release(&home);
	zone_close(policy.zone);
	teardown();
}

TestSuite(overlay, .init = begin, .fini = end);

static void
known_take(struct known *k, const struct facts_found *found)
{
	size_t i;

	k->n = found->n;
	cr_assert(k->n <= FACTS_MAX);
	for (i = 0; i < found->n; i++)
		fact_unpack(&k->fact[i], found->fact[i]);
}

/* By loading everything into a table. */
static void
load(struct known *k, uint64_t key, const char *person)
{
	struct overlay_result result[OVERLAY_LISTS] = { 0 };
	struct facts_appender *appender[2];
	struct facts_found found = { 0 };
	struct facts *table;

	reopen(REGISTER_READ);
	overlay.db = db;
	OK(facts_new(&table, policy_calls_needed(&policy), &err));
	OK(facts_appender_new(&appender[0], table, &err));
	OK(facts_appender_new(&appender[1], table, &err));
	OK(overlay_load(&overlay, table, appender, 2, result, &err));
	OK(facts_build(table, &err));
	if (person)
		key = subject_person(span_str(person), facts_seed(table));
	cr_assert(
	    facts_find(table, key, facts_home(table, key), &found, &err) >= 0);
	known_take(k, &found);
	facts_found_release(&found);
	facts_free(table);
}

/* By looking it up. */
static void
look_up(struct known *k, uint64_t key, const char *person)
{
	struct facts_found found = { 0 };

	reopen(REGISTER_READ);
	overlay.db = db;
	if (person)
		OK(overlay_find_person(&overlay, span_str(person), &found, 0,
		    &err));
	else
		OK(overlay_find(&overlay, key, &found, 0, &err));
	known_take(k, &found);
	facts_found_release(&found);
}

/* From an index, and what has come since. */
static void
from_index(struct known *k, struct index *ix, uint64_t key, const char *person)
{
	struct facts_found found = { 0 };
	struct facts_appender *appender;
	struct indexed indexed;
	struct recent recent;
	struct facts *table;
	uint64_t here = key;

	reopen(REGISTER_READ);
	overlay.db = db;
	OK(recent_look(&recent, &overlay, ix, &err));
	cr_assert(recent.usable);
	OK(recent_find(&recent, &overlay, &err));
	cr_assert(recent.usable);
	OK(facts_new(&table, policy_calls_needed(&policy), &err));
	OK(facts_appender_new(&appender, table, &err));
	OK(recent_load(&recent, &overlay, table, appender, &err));
	OK(facts_build(table, &err));
	OK(indexed_open(&indexed, ix, 9, &overlay, &recent, &err));
	if (person)
		here = subject_person(span_str(person), facts_seed(table));
	cr_assert(facts_find(table, here, facts_home(table, here), &found,
		      &err) >= 0);
	if (person)
		OK(indexed_find_person(&indexed, span_str(person), &found, 0,
		    &err));
	else
		OK(indexed_find(&indexed, key, &found, 0, &err));
	known_take(k, &found);
	facts_found_release(&found);
	indexed_release(&indexed);
	facts_free(table);
	recent_release(&recent);
}

/* One that knows everything. */
static void
new_index(struct known *k, uint64_t key, const char *person)
{
	struct index *ix;

	refresh();
	OK(refresh_open_index(&home, keys, NULL, 0, NOW, &ix, &err));
	from_index(k, ix, key, person);
	index_close(ix);
}

/* One that was made when the register was empty. */
static void
old_index(struct known *k, uint64_t key, const char *person)
{
	struct index *ix;
	char name[300];

	snprintf(name, sizeof(name), "%s/index/00000001.idx", dir);
	OK(index_open(&ix, name, keys, &err));
	from_index(k, ix, key, person);
	index_close(ix);
}

typedef void way(struct known *k, uint64_t key, const char *person);
static way *const ways[] = { load, look_up, new_index, old_index };
enum { WAYS = sizeof(ways) / sizeof(*ways) };

static size_t
kinds(const struct known *k, unsigned kind)
{
	size_t i, n = 0;

	for (i = 0; i < k->n; i++)
		n += k->fact[i].kind == kind;
	return n;
}

static const struct fact *
first(const struct known *k, unsigned kind)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (k->fact[i].kind == kind)
			return &k->fact[i];
	cr_fatal("there is no fact of kind %u", kind);
	return NULL;
}

static void
record(const struct register_entry *e)
{
	reopen(REGISTER_WRITE);
	add(e);
}

static void
record_call(enum register_call_kind kind, uint64_t key, int64_t at)
{
	const struct register_origin origin = { .author = SPAN("amy") };
	const struct register_call call = { .kind = kind,
		.subject = { .key = key },
		.at = at,
		.run = kind == REGISTER_CALL_RESERVED ? 1 : 0 };
	struct register_import_result result;
	struct register_import *im;

	reopen(REGISTER_WRITE);
	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "calls.import", &origin, NULL, NULL,
	    &err));
	OK(register_import_call(im, 1, &call, &err));
	OK(register_import_end(im, &result, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
}

static void
cap(const char *text)
{
	OK(cap_parse(&policy.cap[policy.caps++], span_str(text), &err));
	policy_prepare(&policy);
}

Test(overlay, a_block_stands_with_its_reason_in_the_internal_list)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct known k;
	size_t i;

	e.reason = REASON_LEGAL;
	e.channel = CHANNEL_SMS;
	e.expires_at = NOW + DAY;
	record(&e);
	for (i = 0; i < WAYS; i++) {
		ways[i](&k, NUMBER, NULL);
		cr_assert(eq(sz, k.n, 1));
		cr_expect(eq(int, k.fact[0].kind, FACT_DNC));
		cr_expect(eq(int, k.fact[0].n, REASON_LEGAL));
		cr_expect(eq(int, k.fact[0].channel, CHANNEL_SMS));
		cr_expect(eq(int, k.fact[0].list, 5));
		cr_expect(eq(i64, fact_utc(k.fact[0].until), NOW + DAY));
		ways[i](&k, NUMBER + 1, NULL);
		cr_expect(eq(sz, k.n, 0));
	}
}

Test(overlay, a_block_or_permission_that_begins_later_does_not_count_yet)
{
	static const unsigned kind[] = { FACT_DNC, FACT_ALLOW };
	struct register_entry e;
	struct known k;
	size_t i, w;

	for (i = 0; i < 2; i++) {
		e = entry(kind[i], NUMBER + i);
		e.effective_at = NOW + 1;
		record(&e);
		for (w = 0; w < WAYS; w++) {
			policy.as_of = NOW;
			policy_prepare(&policy);
			ways[w](&k, NUMBER + i, NULL);
			cr_expect(eq(sz, k.n, 0), "%zu", i);
			policy.as_of = NOW + 1;
			policy_prepare(&policy);
			ways[w](&k, NUMBER + i, NULL);
			cr_expect(eq(sz, k.n, 1), "%zu", i);
		}
	}
}

/* From when it takes effect on it is as old as it was given, so that a
 * withdrawal in between counts. */
Test(overlay, a_consent_counts_from_when_it_was_given)
{
	struct register_entry e = entry(FACT_CONSENT, NUMBER);
	struct known k;
	size_t w;

	e.at = NOW - 10 * DAY;
	e.effective_at = NOW + DAY;
	record(&e);
	for (w = 0; w < WAYS; w++) {
		policy.as_of = NOW;
		policy_prepare(&policy);
		ways[w](&k, NUMBER, NULL);
		cr_expect(eq(i64, fact_utc(first(&k, FACT_GRANTED)->until),
		    NOW + DAY));
		policy.as_of = NOW + DAY;
		policy_prepare(&policy);
		ways[w](&k, NUMBER, NULL);
		cr_expect(eq(i64, fact_utc(first(&k, FACT_GRANTED)->until),
		    NOW - 10 * DAY));
		cr_expect(eq(int, first(&k, FACT_GRANTED)->n,
		    first(&k, FACT_CONSENT)->n));
	}
}

Test(overlay, consents_have_serials_of_their_own)
{
	struct register_entry e = entry(FACT_CONSENT, NUMBER);
	struct known k;
	size_t w, i;
	uint64_t seen;

	for (i = 1; i <= 3; i++) {
		e.at = NOW - (int64_t)i * DAY;
		record(&e);
	}
	for (w = 0; w < WAYS; w++) {
		ways[w](&k, NUMBER, NULL);
		cr_expect(eq(sz, kinds(&k, FACT_CONSENT), 3));
		cr_expect(eq(sz, kinds(&k, FACT_GRANTED), 3));
		for (seen = 0, i = 0; i < k.n; i++)
			if (k.fact[i].kind == FACT_CONSENT)
				seen |= UINT64_C(1) << k.fact[i].n;
		cr_expect(eq(int, __builtin_popcountll(seen), 3));
		cr_expect(not(seen & 1));
	}
}

Test(overlay, a_withdrawal_without_a_time_is_one_now)
{
	struct register_entry e = entry(FACT_WITHDRAWN, NUMBER);
	struct known k;
	size_t w;

	record(&e);
	for (w = 0; w < WAYS; w++) {
		ways[w](&k, NUMBER, NULL);
		cr_expect(
		    eq(i64, fact_utc(first(&k, FACT_WITHDRAWN)->until), NOW));
	}
}

Test(overlay, scopes_come_down_to_this_run)
{
	static const struct {
		unsigned kind;
		const char *topic, *campaign;         /* of the entry */
		const char *run_topic, *run_campaign; /* of the run */
		int scope;
	} cases[] = {
		{ FACT_DNC, "", "", NULL, NULL, SCOPE_ANY },
		{ FACT_DNC, "all", "", "loans", NULL, SCOPE_ANY },
		{ FACT_DNC, "loans", "", "Loans", NULL, SCOPE_TOPIC },
		{ FACT_DNC, "loans", "", "cars", NULL, SCOPE_ELSEWHERE },
		{ FACT_DNC, "", "spring", NULL, "spring", SCOPE_CAMPAIGN },
		{ FACT_DNC, "loans", "spring", "loans", "autumn",
		    SCOPE_ELSEWHERE },
		/* unsaid, it does not help a call */
		{ FACT_DNC, "loans", "", NULL, NULL, SCOPE_ANY },
		{ FACT_WITHDRAWN, "loans", "", NULL, NULL, SCOPE_ANY },
		{ FACT_CONSENT, "loans", "", NULL, NULL, SCOPE_ELSEWHERE },
		{ FACT_ALLOW, "loans", "", NULL, NULL, SCOPE_ELSEWHERE },
		{ FACT_CONSENT, "", "spring", NULL, NULL, SCOPE_ELSEWHERE },
		{ FACT_CONSENT, "loans", "", "loans", NULL, SCOPE_TOPIC },
	};
	struct register_entry e;
	struct known k;
	size_t i, w;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		e = entry(cases[i].kind, NUMBER + i);
		e.topic = span_str(cases[i].topic);
		e.campaign = span_str(cases[i].campaign);
		e.at = e.kind == FACT_WITHDRAWN ? NOW : 0;
		record(&e);
		overlay.topic = cases[i].run_topic;
		overlay.campaign = cases[i].run_campaign;
		for (w = 0; w < WAYS; w++) {
			ways[w](&k, NUMBER + i, NULL);
			cr_expect(eq(int, first(&k, cases[i].kind)->scope,
				      cases[i].scope),
			    "case %zu, way %zu", i, w);
		}
	}
}

Test(overlay, a_linked_persons_refusals_hold_for_the_number_permissions_do_not)
{
	struct register_entry link = { .kind = REGISTER_LINK,
		.subject.person = SPAN("C1"),
		.number = NUMBER,
		.origin.author = SPAN("amy") };
	static const unsigned kind[] = { FACT_DNC, FACT_CONSENT, FACT_WITHDRAWN,
		FACT_ALLOW };
	struct register_entry e;
	struct known k;
	size_t i, w;

	record(&link);
	for (i = 0; i < 4; i++) {
		e = entry(kind[i], 0);
		e.subject.person = SPAN("C1");
		record(&e);
	}
	for (w = 0; w < WAYS; w++) {
		ways[w](&k, NUMBER, NULL);
		cr_expect(eq(sz, kinds(&k, FACT_DNC), 1));
		cr_expect(eq(sz, kinds(&k, FACT_WITHDRAWN), 1));
		cr_expect(eq(sz, kinds(&k, FACT_CONSENT), 0));
		cr_expect(eq(sz, kinds(&k, FACT_ALLOW), 0));
		ways[w](&k, 0, "C1");
		cr_expect(eq(sz, k.n, 4));
		ways[w](&k, 0, "C2");
		cr_expect(eq(sz, k.n, 0));
	}
}

Test(overlay, a_prefix_can_be_blocked_not_permitted)
{
	struct register_entry dnc = entry(FACT_DNC, subject_prefix(86755));
	struct register_entry consent = entry(FACT_CONSENT,
	    subject_prefix(86755));
	uint32_t lengths;
	struct known k;
	size_t w;

	record(&dnc);
	record(&consent);
	for (w = 0; w < WAYS; w++) {
		ways[w](&k, subject_prefix(86755), NULL);
		cr_expect(eq(sz, kinds(&k, FACT_DNC), 1));
		cr_expect(eq(sz, kinds(&k, FACT_CONSENT), 0));
		/* they are asked for by themselves */
		ways[w](&k, UINT64_C(8675526003032), NULL);
		cr_expect(eq(sz, k.n, 0));
	}
	OK(overlay_prefixes(&overlay, &lengths, &err));
	cr_expect(eq(u32, lengths, UINT32_C(1) << 5));
}

Test(overlay, calls_count_as_far_back_as_caps_look_and_no_more_of_them)
{
	struct known k;
	size_t w;

	record_call(REGISTER_CALL_MADE, NUMBER, NOW - 3 * DAY);
	record_call(REGISTER_CALL_MADE, NUMBER, NOW - 100);
	record_call(REGISTER_CALL_MADE, NUMBER, NOW - 200);
	record_call(REGISTER_CALL_MADE, NUMBER, NOW - 300);
	record_call(REGISTER_CALL_MADE, NUMBER, NOW + 5);
	for (w = 0; w < WAYS; w++) {
		policy.caps = 0;
		ways[w](&k, NUMBER, NULL);
		cr_expect(eq(sz, k.n, 0)); /* nobody asks */
		cap("2/24h");
		ways[w](&k, NUMBER, NULL);
		cr_assert(eq(sz, k.n, 2));
		cr_expect(eq(i64,
		    fact_utc(k.fact[0].until) + fact_utc(k.fact[1].until),
		    2 * NOW - 300)); /* the latest two */
		policy.caps = 0;
		cap("9/7d");
		ways[w](&k, NUMBER, NULL);
		cr_expect(eq(sz, k.n, 4));
	}
}

/* Made later in the day it shares the day's window, tomorrow's does not. */
Test(overlay, a_call_that_is_booked_for_later_counts_where_a_window_reaches)
{
	static const struct {
		const char *cap;
		int64_t ahead;
		size_t n;
	} cases[] = {
		{ "1/24h", 3600, 1 },
		{ "1/24h", DAY - 1, 1 },
		{ "1/24h", DAY, 0 },
		{ "1/total", 300 * DAY, 1 },
	};
	struct known k;
	size_t i, w;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		record_call(REGISTER_CALL_RESERVED, NUMBER + i,
		    NOW + cases[i].ahead);
		policy.caps = 0;
		cap(cases[i].cap);
		for (w = 0; w < WAYS; w++) {
			ways[w](&k, NUMBER + i, NULL);
			cr_expect(eq(sz, k.n, cases[i].n), "case %zu", i);
		}
	}
}

/* What has no answer must not push out what has one. */
Test(overlay, answered_calls_are_kept_apart_from_others)
{
	const struct register_origin origin = { .author = SPAN("amy") };
	struct register_import_result result;
	struct register_import *im;
	struct register_call call = { .subject = { .key = NUMBER } };
	struct known k;
	size_t w, i, answered;

	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "calls.import", &origin, NULL, NULL,
	    &err));
	for (i = 0; i < 6; i++) {
		call.at = NOW - 1000 + (int64_t)i * 100;
		call.answered = i < 3;
		OK(register_import_call(im, i + 1, &call, &err));
	}
	OK(register_import_end(im, &result, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
	cap("2/24h answered");
	for (w = 0; w < WAYS; w++) {
		ways[w](&k, NUMBER, NULL);
		for (answered = 0, i = 0; i < k.n; i++)
			answered += k.fact[i].n == CALL_COUNTS;
		cr_expect(eq(sz, answered, 2), "way %zu", w);
	}
}

Test(overlay, looking_up_pays_when_the_list_is_short)
{
	struct register_entry e;
	uint64_t i;

	OK(register_begin(db, NOW, &err));
	for (i = 0; i < 100; i++) {
		enum register_outcome was;

		e = entry(FACT_DNC, NUMBER + i);
		OK(register_add(db, &e, &was, &err));
	}
	OK(register_commit(db, &err));
	reopen(REGISTER_READ);
	cr_expect(eq(int, overlay_choose(db, 1, NULL), OVERLAY_LOOK_UP));
	cr_expect(eq(int, overlay_choose(db, 1000, NULL), OVERLAY_LOAD));
	cr_expect(eq(int, overlay_choose(db, UINT64_MAX, NULL), OVERLAY_LOAD));
	i = 10; /* changes: fewer than entries, more than a look-up or two */
	cr_expect(eq(int, overlay_choose(db, UINT64_MAX, &i), OVERLAY_INDEX));
	cr_expect(eq(int, overlay_choose(db, 1000, &i), OVERLAY_INDEX));
	cr_expect(eq(int, overlay_choose(db, 1, &i), OVERLAY_LOOK_UP));
	i = 90;
	cr_expect(eq(int, overlay_choose(db, 1000, &i), OVERLAY_LOAD));
}

Test(overlay, an_altered_entry_ends_a_look_up_and_a_load)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct overlay_result result[OVERLAY_LISTS] = { 0 };
	struct facts_appender *appender;
	struct facts_found found = { 0 };
	struct facts *table;

	record(&e);
	register_close(db);
	db = NULL;
	tamper("update fact set expires_at = 1");
	reopen(REGISTER_READ);
	overlay.db = db;
	cr_expect(eq(int, overlay_find(&overlay, NUMBER, &found, 0, &err), -1));
	cr_expect(eq(int, err.code, ERR_AUTH));
	OK(facts_new(&table, 0, &err));
	OK(facts_appender_new(&appender, table, &err));
	cr_expect(eq(int,
	    overlay_load(&overlay, table, &appender, 1, result, &err), -1));
	cr_expect(eq(int, err.code, ERR_AUTH));
	facts_free(table);
	facts_found_release(&found);
}
