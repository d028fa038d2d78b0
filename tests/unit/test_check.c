#include "flow/check.h"
#include "test_register.h"

static struct scrub_options options;
static struct check check;

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
	check_close(&check);
	zone_close(options.policy.zone);
	teardown();
}

TestSuite(check, .init = begin, .fini = end);

static void
open_it(void)
{
	reopen(REGISTER_READ);
	options.lists.db = db;
	options.lists.db_path = path;
	OK(check_open(&check, &options, &err));
}

/* Reasons and detail, as "dnc;over_cap: list internal". */
static const char *
ask(const char *number, const char *person)
{
	static char text[512];
	struct buf b = BUF_INIT(512);
	struct check_answer a;

	OK(check_text(&check, span_str(number), span_str(person), &a, &err));
	check_reasons(&b, &a);
	buf_adds(&b, ": ");
	check_detail(&b, &check, &a, verdict_headline(&a.verdict), false);
	snprintf(text, sizeof(text), "%.*s", (int)b.n, b.p);
	buf_release(&b);
	return text;
}

Test(check, a_number_that_nothing_stands_against_is_ok)
{
	open_it();
	cr_expect(eq(str, (char *)ask("+8613812345678", ""), "ok: "));
}

Test(check, the_headline_comes_first_and_says_why)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);

	add(&e);
	options.policy.consent_required = true;
	open_it();
	cr_expect(eq(str, (char *)ask("+8613812345678", ""),
	    "dnc;consent_missing: list internal, reason request"));
}

Test(check, of_several_numbers_each_must_be_callable)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct check_answer a;

	add(&e);
	open_it();
	OK(check_text(&check, SPAN("+8613912345678; +8613812345678"),
	    span_of("", 0), &a, &err));
	cr_expect(verdict_fired(&a.verdict, VERDICT_DNC));
	cr_expect(eq(u64, a.number->key, NUMBER));
}

Test(check, what_is_no_number_has_an_answer_too)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "empty: " },
		{ "12", "invalid: no country code, and no --region" },
		{ "1.38E+10", "damaged: no country code, and no --region" },
	};
	size_t i;

	open_it();
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect(strncmp(ask(cases[i].text, ""), cases[i].want,
			      strcspn(cases[i].want, ":")) == 0,
		    "%s: %s", cases[i].text, ask(cases[i].text, ""));
}

Test(check, a_person_is_judged_with_the_number)
{
	struct register_entry e = entry(FACT_DNC, 0);

	e.subject.person = SPAN("C1");
	add(&e);
	open_it();
	cr_expect(eq(str, (char *)ask("+8613812345678", "C1"),
	    "dnc: list internal, reason request, by person"));
	cr_expect(eq(str, (char *)ask("+8613812345678", "C2"), "ok: "));
}

Test(check, a_change_holds_after_a_refresh)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct register_db *writer;
	enum register_outcome was;

	open_it();
	cr_expect(eq(str, (char *)ask("+8613812345678", ""), "ok: "));
	OK(register_open(&writer, path, keys, REGISTER_WRITE, &err));
	OK(register_begin(writer, NOW, &err));
	OK(register_add(writer, &e, &was, &err));
	OK(register_commit(writer, &err));
	register_close(writer);
	cr_expect(eq(str, (char *)ask("+8613812345678", ""), "ok: "));
	OK(check_refresh(&check, NOW, &err));
	cr_expect(eq(str, (char *)ask("+8613812345678", ""),
	    "dnc: list internal, reason request"));
}

Test(check, time_goes_on_while_it_is_open)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);

	e.expires_at = NOW + DAY;
	add(&e);
	open_it();
	OK(check_refresh(&check, NOW + DAY - 1, &err));
	cr_expect(strncmp(ask("+8613812345678", ""), "dnc: ", 5) == 0);
	OK(check_refresh(&check, NOW + DAY, &err));
	cr_expect(eq(str, (char *)ask("+8613812345678", ""), "ok: "));
}

Test(check, without_list_and_register_there_is_nothing_to_go_by)
{
	cr_expect(eq(int, check_open(&check, &options, &err), -1));
	cr_expect(eq(int, err.code, ERR_LIST));
}
