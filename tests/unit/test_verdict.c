#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "rules/verdict.h"

static const char *
also(const struct verdict *v, char *out, size_t cap)
{
	struct buf b = { .p = out, .cap = cap, .max = cap };

	verdict_also(&b, v);
	buf_addc(&b, '\0');
	return out;
}

Test(verdict, the_headline_is_the_first_reason_in_order)
{
	struct verdict v = { 0 };
	char text[256];

	cr_expect(eq(int, (int)verdict_headline(&v), VERDICT_KEEP));
	cr_expect(eq(str, (char *)also(&v, text, sizeof(text)), ""));
	verdict_fire(&v, VERDICT_OVER_CAP);
	verdict_fire(&v, VERDICT_DNC);
	verdict_fire(&v, VERDICT_CONSENT_MISSING);
	cr_expect(eq(int, (int)verdict_headline(&v), VERDICT_DNC));
	cr_expect(eq(str, (char *)also(&v, text, sizeof(text)),
	    "consent_missing;over_cap"));
}

/* DESIGN, section 7. */
Test(verdict, the_order_of_precedence_stands)
{
	static const char *const order[] = { "never_call", "malformed", "empty",
		"invalid", "damaged", "ambiguous", "wrong_type", "wrong_region",
		"dnc", "risk", "listed", "uncovered", "consent_missing",
		"consent_expired", "consent_withdrawn", "over_cap",
		"unreachable", "not_allowed", "duplicate" };
	int i;

	cr_assert(eq(sz, sizeof(order) / sizeof(*order), VERDICT_REASONS));
	for (i = 0; i < VERDICT_REASONS; i++)
		cr_expect(
		    eq(str, (char *)verdict_reason_name((enum verdict_reason)i),
			(char *)order[i]));
}

Test(verdict, joining_keeps_what_was_there_and_adds_the_rest)
{
	struct verdict a = { 0 }, b = { 0 };

	a.dnc.fact.list = 1;
	verdict_fire(&a, VERDICT_DNC);
	b.dnc.fact.list = 2;
	b.listed.fact.list = 3;
	verdict_fire(&b, VERDICT_DNC);
	verdict_fire(&b, VERDICT_LISTED);
	verdict_join(&a, &b);
	cr_expect(eq(int, a.dnc.fact.list, 1));
	cr_expect(eq(int, a.listed.fact.list, 3));
	cr_expect(verdict_fired(&a, VERDICT_LISTED));
}
