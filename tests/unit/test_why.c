#include "flow/why.h"
#include "test_register.h"

static struct scrub_options options;
static struct check check;
static struct why why;

static void
begin(void)
{
	setup();
	options = (struct scrub_options){
		.policy = { .as_of = NOW, .channel = CHANNEL_VOICE },
	};
	OK(zone_open(&options.policy.zone, "UTC", &err));
	options.lists.policy = &options.policy;
	policy_prepare(&options.policy);
}

static void
end(void)
{
	why_release(&why);
	check_close(&check);
	zone_close(options.policy.zone);
	teardown();
}

TestSuite(why, .init = begin, .fini = end);

static void
ask(const char *number)
{
	reopen(REGISTER_READ);
	options.lists.db = db;
	options.lists.db_path = path;
	OK(check_open(&check, &options, &err));
	OK(why_number(&why, &check, span_str(number), &err));
}

static const struct why_rule *
rule(enum verdict_reason r)
{
	size_t i;

	for (i = 0; i < why.rules; i++)
		if (why.rule[i].reason == r)
			return &why.rule[i];
	cr_fatal("no rule %s", verdict_reason_name(r));
	return NULL;
}

Test(why, all_that_ever_was_is_told_and_who_ended_it)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	const struct register_fact *by;

	e.note = SPAN("on the phone");
	add(&e);
	e.origin.author = SPAN("bob");
	cr_assert(eq(int, take_away(&e, "a mistake"), REGISTER_REMOVED));
	ask("+8613812345678");
	cr_expect(eq(int, (int)why.answer.verdict.fired, 0));
	cr_assert(eq(sz, why.facts, 2));
	cr_expect(span_eq(why.fact[0].entry.note, SPAN("on the phone")));
	by = why_superseding(&why, 0);
	cr_assert(by != NULL);
	cr_expect(by->removed);
	cr_expect(span_eq(by->entry.origin.author, SPAN("bob")));
	cr_expect(span_eq(by->why, SPAN("a mistake")));
	cr_expect(why_superseding(&why, 1) == NULL);
}

Test(why, prefixes_and_linked_persons_are_told_too)
{
	struct register_entry prefix = entry(FACT_DNC, subject_prefix(86138));
	struct register_entry person = entry(FACT_DNC, 0);
	struct register_entry link = { .kind = REGISTER_LINK,
		.subject.person = SPAN("C1"),
		.number = NUMBER,
		.origin.author = SPAN("amy") };
	size_t i, persons = 0, prefixes = 0;

	person.subject.person = SPAN("C1");
	add(&prefix);
	add(&person);
	add(&link);
	ask("+8613812345678");
	for (i = 0; i < why.facts; i++) {
		persons += span_eq(why.fact[i].entry.subject.person,
		    SPAN("C1"));
		prefixes += why.fact[i].entry.subject.key ==
		    subject_prefix(86138);
	}
	cr_expect(eq(sz, persons, 2)); /* the link, and the block */
	cr_expect(eq(sz, prefixes, 1));
}

Test(why, rules_that_nobody_asked_for_are_told_apart)
{
	options.policy.types = 1u << NUMBER_FIXED_LINE;
	ask("+8613812345678");
	cr_expect(rule(VERDICT_WRONG_TYPE)->fired);
	cr_expect(not(rule(VERDICT_WRONG_REGION)->asked));
	cr_expect(rule(VERDICT_DNC)->asked);
	cr_expect(not(rule(VERDICT_DNC)->fired));
}

Test(why, each_cap_says_how_many_and_when_again)
{
	const struct register_origin origin = { .author = SPAN("amy") };
	const struct register_call call = { .subject = { .key = NUMBER },
		.at = NOW - 3600 };
	struct register_import_result result;
	struct register_import *im;

	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "calls.import", &origin, NULL, NULL,
	    &err));
	OK(register_import_call(im, 1, &call, &err));
	OK(register_import_end(im, &result, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
	OK(cap_parse(&options.policy.cap[0], SPAN("1/24h"), &err));
	OK(cap_parse(&options.policy.cap[1], SPAN("3/7d"), &err));
	options.policy.caps = 2;
	ask("+8613812345678");
	cr_assert(eq(sz, why.caps, 2));
	cr_expect(eq(u32, why.cap[0].calls, 1));
	cr_expect(eq(i64, why.cap[0].again, NOW - 3600 + DAY));
	cr_expect(eq(u32, why.cap[1].calls, 1));
	cr_expect(eq(i64, why.cap[1].again, 0));
}

Test(why, the_runs_that_offered_it_are_told)
{
	struct register_run run = { .author = SPAN("amy"),
		.campaign = SPAN("spring") };
	const uint64_t number = NUMBER;

	OK(register_begin(db, NOW, &err));
	OK(register_run_add(db, &run, &err));
	OK(register_run_offer(db, run.id, &number, 1, &err));
	run.campaign = SPAN("autumn");
	OK(register_run_add(db, &run, &err));
	OK(register_commit(db, &err));
	ask("+8613812345678");
	cr_assert(eq(sz, why.runs, 1));
	cr_expect(span_eq(why.run[0].campaign, SPAN("spring")));
}

Test(why, what_is_no_number_is_refused)
{
	options.lists.db = db;
	options.lists.db_path = path;
	OK(check_open(&check, &options, &err));
	cr_expect(eq(int, why_number(&why, &check, SPAN("12"), &err), -1));
	cr_expect(eq(int, err.code, ERR_INPUT));
}
