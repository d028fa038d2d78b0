#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "flow/call_layout.h"

Test(call_layout, layouts_are_found_by_name)
{
	static const char *const names[CALL_LAYOUTS] = { "generic", "asterisk",
		"freeswitch", "vicidial" };
	size_t i;

	for (i = 0; i < CALL_LAYOUTS; i++) {
		const struct call_layout *l = call_layout_find(names[i]);

		cr_assert_not_null(l, "%s", names[i]);
		cr_expect_str_eq(l->name, names[i]);
		cr_expect_eq(l, call_layout((enum call_layout_name)i));
	}
	cr_expect_null(call_layout_find("avaya"));
	cr_expect_null(call_layout_find(""));
}

/* Every column a layout names is among those it says there are. */
Test(call_layout, columns_are_within_a_record)
{
	size_t i;

	for (i = LAYOUT_ASTERISK; i < CALL_LAYOUTS; i++) {
		const struct call_layout *l = call_layout(
		    (enum call_layout_name)i);

		cr_expect(l->number && l->number <= l->columns, "%s", l->name);
		cr_expect(l->called_at && l->called_at <= l->columns, "%s",
		    l->name);
		cr_expect(l->outcome <= l->columns, "%s", l->name);
		cr_expect(l->answered <= l->columns, "%s", l->name);
		cr_expect_eq(l->outcome == 0, l->answered != 0, "%s", l->name);
	}
}

Test(call_layout, a_header_is_known_by_the_name_over_the_number)
{
	const struct span vicidial[] = { SPAN("call_date"),
		SPAN("phone_number_dialed"), SPAN("status") };
	const struct span call[] = { SPAN("2026-11-02 09:00:00"),
		SPAN("13812345680"), SPAN("NA") };
	const struct span freeswitch[] = { SPAN("caller_id_name"),
		SPAN("caller_id_number"), SPAN("destination_number") };
	const struct span extension[] = { SPAN("Amy"), SPAN("1001"),
		SPAN("204") };
	const struct call_layout *v = call_layout(LAYOUT_VICIDIAL),
				 *f = call_layout(LAYOUT_FREESWITCH);

	cr_expect(call_layout_header(v, vicidial, 3));
	cr_expect(not(call_layout_header(v, call, 3)));
	cr_expect(call_layout_header(f, freeswitch, 3));
	cr_expect(not(call_layout_header(f, extension, 3)));
	/* too few columns, and a layout without places */
	cr_expect(not(call_layout_header(f, freeswitch, 2)));
	cr_expect(not(
	    call_layout_header(call_layout(LAYOUT_GENERIC), freeswitch, 3)));
}

Test(call_layout, ids_are_known_by_name)
{
	cr_expect(call_layout_is_id(SPAN("uniqueid")));
	cr_expect(call_layout_is_id(SPAN(" UUID ")));
	cr_expect(call_layout_is_id(SPAN("Call SID")));
	cr_expect(call_layout_is_id(SPAN("通话id")));
	cr_expect(not(call_layout_is_id(SPAN("lead_id"))));
	cr_expect(not(call_layout_is_id(SPAN(""))));
}

/* What is not known to be unanswered was answered: it must count. */
Test(call_layout, calls_are_answered_unless_their_log_says_no)
{
	static const struct {
		enum call_layout_name layout;
		const char *outcome, *at;
		bool answered;
	} cases[] = {
		{ LAYOUT_ASTERISK, "ANSWERED", "", true },
		{ LAYOUT_ASTERISK, "NO ANSWER", "", false },
		{ LAYOUT_ASTERISK, "BUSY", "", false },
		{ LAYOUT_ASTERISK, "FAILED", "", false },
		{ LAYOUT_ASTERISK, "CONGESTION", "", false },
		{ LAYOUT_ASTERISK, "no answer ", "", false },
		{ LAYOUT_FREESWITCH, "", "2026-11-01 10:00:05", true },
		{ LAYOUT_FREESWITCH, "", "", false },
		{ LAYOUT_FREESWITCH, "NORMAL_CLEARING", " ", false },
		{ LAYOUT_VICIDIAL, "SALE", "", true },
		{ LAYOUT_VICIDIAL, "DROP", "", true },
		{ LAYOUT_VICIDIAL, "OURS", "", true },
		{ LAYOUT_VICIDIAL, "NA", "", false },
		{ LAYOUT_VICIDIAL, "AB", "", false },
		{ LAYOUT_VICIDIAL, "ADC", "", false },
		{ LAYOUT_GENERIC, "", "", true },
		{ LAYOUT_GENERIC, "sale", "", true },
		{ LAYOUT_GENERIC, "NA", "", true },
		{ LAYOUT_GENERIC, "no", "", false },
		{ LAYOUT_GENERIC, "yes", "", true },
		{ LAYOUT_GENERIC, "无人接听", "", false },
		{ LAYOUT_GENERIC, "已接通", "", true },
		{ LAYOUT_GENERIC, "未接通", "", false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect_eq(call_layout_answered(call_layout(cases[i].layout),
				 span_str(cases[i].outcome),
				 span_str(cases[i].at)),
		    cases[i].answered, "%s: '%s' '%s'",
		    call_layout(cases[i].layout)->name, cases[i].outcome,
		    cases[i].at);
}
