#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "rules/policy.h"

enum { FACTS_MAX = 16 };

/* 2026-03-01T12:00:00Z, a Sunday. */
#define NOON INT64_C(1772366400)
#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

struct world {
	struct policy policy;
	struct number number;
	uint64_t fact[FACTS_MAX];
	size_t n;
	uint64_t person[FACTS_MAX];
	size_t persons;
};

static struct world
world_make(void)
{
	struct world w = { .policy = { .as_of = NOON,
			       .channel = CHANNEL_VOICE },
		.number = { .key = 8613800000001,
		    .type = NUMBER_MOBILE,
		    .region = 'C' << 8 | 'N' } };
	struct err err;

	cr_assert(zone_open(&w.policy.zone, "UTC", &err) == 0);
	policy_prepare(&w.policy);
	return w;
}

static struct fact
fact(unsigned kind, int64_t until)
{
	return (
	    struct fact){ .kind = (uint8_t)kind, .until = fact_time(until) };
}

static void
know(struct world *w, struct fact f)
{
	cr_assert(w->n < FACTS_MAX);
	w->fact[w->n++] = fact_pack(&f);
}

static void
consent(struct world *w, unsigned serial, int64_t granted, int64_t until)
{
	struct fact f = fact(FACT_CONSENT, until);

	f.n = (uint8_t)serial;
	know(w, f);
	if (!serial)
		return;
	f = fact(FACT_GRANTED, granted);
	f.n = (uint8_t)serial;
	know(w, f);
}

static void
cap(struct world *w, const char *text)
{
	struct err err;

	cr_assert(cap_parse(&w->policy.cap[w->policy.caps++], span_str(text),
		      &err) == 0);
	policy_prepare(&w->policy);
}

static struct verdict
judge_own(struct world *w, const struct policy_consent *own)
{
	struct policy_facts subject[2] = {
		{ w->fact, w->n, MATCH_NUMBER },
		{ w->person, w->persons, MATCH_PERSON },
	};
	struct verdict v = { 0 };

	policy_judge(&w->policy, &w->number, subject, 2, own, &v);
	return v;
}

static struct verdict
judge(struct world *w)
{
	return judge_own(w, NULL);
}

/* The world's verdict as a word, releasing it. */
static const char *
verdict_of(struct world *w)
{
	struct verdict v = judge(w);

	zone_close(w->policy.zone);
	return verdict_reason_name(verdict_headline(&v));
}

#define EXPECT(w, word) cr_expect(eq(str, (char *)verdict_of(&(w)), word))

Test(policy, keeps_a_number_of_which_nothing_is_known)
{
	struct world w = world_make();

	EXPECT(w, "kept");
}

Test(policy, an_entry_blocks_until_it_ends)
{
	struct world w = world_make();

	know(&w, fact(FACT_DNC, NOON + 1));
	EXPECT(w, "dnc");
	w = world_make();
	know(&w, fact(FACT_DNC, NOON));
	EXPECT(w, "kept");
	w = world_make();
	know(&w, fact(FACT_DNC, CLOCK_NEVER));
	EXPECT(w, "dnc");
}

Test(policy, an_entry_holds_for_its_channel_and_scope)
{
	struct world w = world_make();
	struct fact f = fact(FACT_DNC, CLOCK_NEVER);

	f.channel = CHANNEL_SMS;
	know(&w, f);
	f.channel = CHANNEL_ANY;
	f.scope = SCOPE_ELSEWHERE;
	know(&w, f);
	EXPECT(w, "kept");
	w = world_make();
	f.scope = SCOPE_TOPIC;
	f.channel = CHANNEL_VOICE;
	know(&w, f);
	EXPECT(w, "dnc");
	w = world_make();
	f.scope = SCOPE_CAMPAIGN;
	know(&w, f);
	EXPECT(w, "dnc");
}

Test(policy, an_allow_entry_never_lifts_an_opt_out)
{
	struct world w = world_make();
	struct fact f = fact(FACT_ALLOW, CLOCK_NEVER);
	struct verdict v;

	f.n = 1;
	know(&w, f);
	know(&w, fact(FACT_DNC, CLOCK_NEVER));
	know(&w, fact(FACT_LISTED, CLOCK_NEVER));
	v = judge(&w);
	cr_expect(eq(int, v.priority, 1));
	cr_expect(verdict_fired(&v, VERDICT_DNC));
	cr_expect(verdict_fired(&v, VERDICT_LISTED));
	zone_close(w.policy.zone);
}

Test(policy, reasons_of_entries_tell_risk_and_dead_numbers)
{
	struct world w = world_make();
	struct fact f = fact(FACT_LISTED, CLOCK_NEVER);
	struct verdict v;

	f.n = REASON_LEGAL;
	know(&w, f);
	f.n = REASON_DEAD_NUMBER;
	know(&w, f);
	v = judge(&w);
	cr_expect(eq(int, (int)verdict_headline(&v), VERDICT_RISK));
	cr_expect(verdict_fired(&v, VERDICT_LISTED));
	cr_expect(verdict_fired(&v, VERDICT_UNREACHABLE));
	zone_close(w.policy.zone);
}

Test(policy, consent_counts_from_its_grant_to_its_end)
{
	static const struct {
		int64_t granted, until;
		const char *verdict;
	} cases[] = {
		{ NOON - DAY, NOON + DAY, "kept" },
		{ NOON, NOON + 1, "kept" },
		{ NOON - DAY, CLOCK_NEVER, "kept" },
		{ NOON - DAY, NOON, "consent_expired" },
		{ NOON + 1, NOON + DAY, "consent_missing" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w = world_make();

		w.policy.consent_required = true;
		consent(&w, 1, cases[i].granted, cases[i].until);
		cr_expect(eq(str, (char *)verdict_of(&w),
			      (char *)cases[i].verdict),
		    "case %zu", i);
	}
}

Test(policy, without_consent_there_is_none)
{
	struct world w = world_make();

	w.policy.consent_required = true;
	EXPECT(w, "consent_missing");
}

Test(policy, a_withdrawal_ends_every_consent_given_before_it)
{
	struct world w = world_make();

	w.policy.consent_required = true;
	consent(&w, 1, NOON - 10 * DAY, CLOCK_NEVER);
	consent(&w, 0, 0, CLOCK_NEVER);
	know(&w, fact(FACT_WITHDRAWN, NOON - DAY));
	EXPECT(w, "consent_withdrawn");
}

Test(policy, a_consent_given_after_a_withdrawal_counts)
{
	struct world w = world_make();

	w.policy.consent_required = true;
	consent(&w, 1, NOON - 10 * DAY, CLOCK_NEVER);
	know(&w, fact(FACT_WITHDRAWN, NOON - 5 * DAY));
	consent(&w, 2, NOON - 2 * DAY, CLOCK_NEVER);
	EXPECT(w, "kept");
}

/* The newer consent has run out; the older one was taken back. */
Test(policy, a_newer_consent_does_not_revive_an_older_one)
{
	struct world w = world_make();

	w.policy.consent_required = true;
	consent(&w, 1, NOON - 10 * DAY, CLOCK_NEVER);
	know(&w, fact(FACT_WITHDRAWN, NOON - 5 * DAY));
	consent(&w, 2, NOON - 2 * DAY, NOON - DAY);
	EXPECT(w, "consent_withdrawn");
}

Test(policy, a_withdrawal_at_the_moment_of_the_grant_wins)
{
	struct world w = world_make();

	w.policy.consent_required = true;
	consent(&w, 1, NOON - DAY, CLOCK_NEVER);
	know(&w, fact(FACT_WITHDRAWN, NOON - DAY));
	EXPECT(w, "consent_withdrawn");
}

Test(policy, a_withdrawal_yet_to_come_takes_nothing_away)
{
	struct world w = world_make();

	w.policy.consent_required = true;
	consent(&w, 1, NOON - DAY, CLOCK_NEVER);
	know(&w, fact(FACT_WITHDRAWN, NOON + DAY));
	EXPECT(w, "kept");
}

Test(policy, a_withdrawal_counts_where_consent_is_not_required)
{
	struct world w = world_make();

	know(&w, fact(FACT_WITHDRAWN, NOON - DAY));
	EXPECT(w, "consent_withdrawn");
}

Test(policy, consent_for_another_purpose_or_channel_is_none)
{
	struct world w = world_make();
	struct fact f = fact(FACT_CONSENT, CLOCK_NEVER);

	w.policy.consent_required = true;
	f.scope = SCOPE_ELSEWHERE;
	know(&w, f);
	f.scope = SCOPE_ANY;
	f.channel = CHANNEL_SMS;
	know(&w, f);
	EXPECT(w, "consent_missing");
}

Test(policy, consent_in_the_row_itself_counts_beside_the_list)
{
	struct policy_consent own = { true, 0, FACT_FOREVER };
	struct world w = world_make();
	struct verdict v;

	w.policy.consent_required = true;
	v = judge_own(&w, &own);
	cr_expect(eq(int, (int)verdict_headline(&v), VERDICT_KEEP));
	know(&w, fact(FACT_WITHDRAWN, NOON - DAY));
	v = judge_own(&w, &own);
	cr_expect(
	    eq(int, (int)verdict_headline(&v), VERDICT_CONSENT_WITHDRAWN));
	own.granted = fact_time(NOON - HOUR);
	v = judge_own(&w, &own);
	cr_expect(eq(int, (int)verdict_headline(&v), VERDICT_KEEP));
	zone_close(w.policy.zone);
}

Test(policy, caps_are_read_or_refused)
{
	static const struct {
		const char *text;
		unsigned calls;
		enum cap_window window;
		int64_t seconds;
	} good[] = {
		{ "2/24h", 2, CAP_ROLLING, 24 * HOUR },
		{ "3/7d", 3, CAP_ROLLING, 7 * DAY },
		{ "1/30m", 1, CAP_ROLLING, HOUR / 2 },
		{ "0/day", 0, CAP_DAY, 0 },
		{ "5/week", 5, CAP_WEEK, 0 },
		{ "10/month", 10, CAP_MONTH, 0 },
		{ "3/Total", 3, CAP_TOTAL, 0 },
		{ "1000/1d", 1000, CAP_ROLLING, DAY },
		{ "2/24h answered", 2, CAP_ROLLING, 24 * HOUR },
		{ "2/day  Answered", 2, CAP_DAY, 0 },
	};
	static const char *const bad[] = { "", "2", "2/", "/24h", "2/24", "2/h",
		"2/0h", "-1/24h", "2/24x", "2/24hh", "1001/1d", "2/ 24h",
		"2/99999999999h", "answered", "2/dayanswered", " answered",
		"2/24h answer", "2/24h unanswered" };
	struct cap c;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		cr_expect(cap_parse(&c, span_str(good[i].text), &err) == 0 &&
			c.calls == good[i].calls &&
			c.window == good[i].window &&
			c.seconds == good[i].seconds,
		    "%s", good[i].text);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect(cap_parse(&c, span_str(bad[i]), &err) == -1 &&
			err.code == ERR_USAGE,
		    "'%s'", bad[i]);
}

Test(policy, a_rolling_cap_opens_when_the_call_leaves_the_window)
{
	struct world w = world_make();
	struct verdict v;

	cap(&w, "2/24h");
	know(&w, fact(FACT_CALL, NOON - 2 * HOUR));
	know(&w, fact(FACT_CALL, NOON - 20 * HOUR));
	know(&w, fact(FACT_CALL, NOON - 5 * HOUR));
	v = judge(&w);
	cr_expect(eq(int, (int)verdict_headline(&v), VERDICT_OVER_CAP));
	cr_expect(eq(u32, v.calls, 3));
	/* one of the two latest must be gone: the one five hours ago */
	cr_expect(eq(i64, v.again, NOON + 19 * HOUR));
	zone_close(w.policy.zone);
}

/* Days later than February 2136 are one and the same to a fact. */
Test(policy, nobody_knows_when_a_call_of_a_very_late_day_leaves_the_window)
{
	struct world w = world_make();
	const int64_t late = 5364662400; /* 2140-01-01 */
	struct verdict v;

	w.policy.as_of = late;
	cap(&w, "2/24h");
	know(&w, fact(FACT_CALL, late - HOUR));
	know(&w, fact(FACT_CALL, late - 2 * HOUR));
	v = judge(&w);
	cr_expect(eq(int, (int)verdict_headline(&v), VERDICT_OVER_CAP));
	cr_expect(eq(i64, v.again, CLOCK_NEVER));
	zone_close(w.policy.zone);
}

Test(policy, a_cap_of_answered_calls_leaves_out_those_nobody_answered)
{
	struct world w = world_make();
	struct fact f = fact(FACT_CALL, NOON - HOUR);
	struct verdict v;

	cap(&w, "2/24h answered");
	f.n = CALL_UNANSWERED;
	know(&w, f);
	know(&w, f);
	know(&w, fact(FACT_CALL, NOON - 2 * HOUR));
	EXPECT(w, "kept");
	w = world_make();
	cap(&w, "2/24h answered");
	know(&w, f);
	know(&w, fact(FACT_CALL, NOON - 2 * HOUR));
	know(&w, fact(FACT_CALL, NOON - 3 * HOUR));
	v = judge(&w);
	cr_expect(eq(u32, v.calls, 2));
	cr_expect(eq(i64, v.again, NOON + 21 * HOUR));
	zone_close(w.policy.zone);
	w = world_make();
	cap(&w, "2/24h");
	know(&w, f);
	know(&w, fact(FACT_CALL, NOON - 2 * HOUR));
	EXPECT(w, "over_cap");
}

Test(policy, calls_at_the_edges_of_a_rolling_window)
{
	struct world w = world_make();

	cap(&w, "1/24h");
	know(&w, fact(FACT_CALL, NOON - DAY)); /* just out of it */
	know(&w, fact(FACT_CALL, NOON + 1));   /* yet to come */
	EXPECT(w, "kept");
	w = world_make();
	cap(&w, "1/24h");
	know(&w, fact(FACT_CALL, NOON - DAY + 1));
	EXPECT(w, "over_cap");
	w = world_make();
	cap(&w, "1/24h");
	know(&w, fact(FACT_CALL, NOON));
	EXPECT(w, "over_cap");
}

Test(policy, calendar_caps_open_with_the_next_day_week_month)
{
	static const struct {
		const char *cap;
		int64_t call, again; /* relative to midnight of that Sunday */
	} cases[] = {
		{ "1/day", 0, DAY },
		{ "1/week", -6 * DAY, DAY }, /* Monday to Sunday */
		{ "1/month", 0, 31 * DAY },  /* the 1st of April */
		{ "1/total", -3000 * DAY, -1 },
	};
	const int64_t midnight = NOON - 12 * HOUR;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w = world_make();
		struct verdict v;

		cap(&w, cases[i].cap);
		know(&w, fact(FACT_CALL, midnight + cases[i].call));
		v = judge(&w);
		cr_expect(eq(int, (int)verdict_headline(&v), VERDICT_OVER_CAP),
		    "%s", cases[i].cap);
		cr_expect(eq(i64, v.again,
			      cases[i].again < 0 ? CLOCK_NEVER :
						   midnight + cases[i].again),
		    "%s", cases[i].cap);
		w.n = 0;
		know(&w, fact(FACT_CALL, midnight + cases[i].call - 1));
		v = judge(&w);
		if (cases[i].again > 0)
			cr_expect(eq(int, (int)verdict_headline(&v),
				      VERDICT_KEEP),
			    "%s, a second before", cases[i].cap);
		zone_close(w.policy.zone);
	}
}

Test(policy, of_several_caps_the_one_that_opens_last_is_told)
{
	struct world w = world_make();
	struct verdict v;

	cr_expect(eq(ptr, (void *)policy_first_cap(&w.policy), NULL));
	cr_expect(eq(u32, policy_calls_since(&w.policy), FACT_FOREVER));
	cap(&w, "1/2h");
	cap(&w, "1/7d");
	know(&w, fact(FACT_CALL, NOON - HOUR));
	v = judge(&w);
	cr_expect(eq(int, v.cap, 1));
	cr_expect(eq(i64, v.again, NOON - HOUR + 7 * DAY));
	cr_expect(eq(uint, policy_calls_needed(&w.policy), 1));
	cr_expect(eq(u32, policy_calls_since(&w.policy),
	    fact_time(NOON - 7 * DAY + 1)));
	cr_expect(eq(str, (char *)policy_first_cap(&w.policy)->text, "1/7d"));
	zone_close(w.policy.zone);
}

Test(policy, calls_to_the_person_count_for_all_his_numbers)
{
	struct world w = world_make();
	struct fact f = fact(FACT_CALL, NOON - HOUR);
	struct verdict v;

	cap(&w, "2/24h");
	know(&w, f);
	w.person[w.persons++] = fact_pack(&f);
	f.until -= 60;
	w.person[w.persons++] = fact_pack(&f);
	v = judge(&w);
	cr_expect(verdict_fired(&v, VERDICT_OVER_CAP));
	cr_expect(eq(int, v.cap_match, MATCH_PERSON));
	zone_close(w.policy.zone);
}

Test(policy, types_and_regions_are_those_asked_for)
{
	static const struct {
		uint32_t types;
		enum number_type type;
		const char *verdict;
	} cases[] = {
		{ 0, NUMBER_PREMIUM_RATE, "kept" },
		{ 1u << NUMBER_MOBILE, NUMBER_MOBILE, "kept" },
		{ 1u << NUMBER_MOBILE, NUMBER_FIXED_LINE, "wrong_type" },
		{ 1u << NUMBER_MOBILE, NUMBER_FIXED_LINE_OR_MOBILE, "kept" },
		{ 1u << NUMBER_VOIP, NUMBER_FIXED_LINE_OR_MOBILE,
		    "wrong_type" },
	};
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		w = world_make();
		w.policy.types = cases[i].types;
		w.number.type = cases[i].type;
		cr_expect(eq(str, (char *)verdict_of(&w),
			      (char *)cases[i].verdict),
		    "case %zu", i);
	}
	w = world_make();
	w.policy.region[0] = 'H' << 8 | 'K';
	w.policy.regions = 1;
	EXPECT(w, "wrong_region");
}

Test(policy, an_allow_only_run_keeps_only_who_is_allowed)
{
	struct world w = world_make();
	struct fact f = fact(FACT_ALLOW, CLOCK_NEVER);

	w.policy.allow_only = true;
	EXPECT(w, "not_allowed");
	w = world_make();
	w.policy.allow_only = true;
	f.n = 1;
	know(&w, f);
	EXPECT(w, "kept");
	w = world_make();
	w.policy.allow_only = true;
	f.until = fact_time(NOON);
	know(&w, f);
	EXPECT(w, "not_allowed");
}
