#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "flow/mask.h"
#include "store/fact.h"

Test(mask, numbers_keep_their_ends_and_lose_their_middle)
{
	static const struct {
		uint64_t key;
		const char *want;
	} cases[] = {
		{ 8613812345678, "138****5678" },
		{ 861060000010, "106****010" },
		{ 12025550143, "+1202****143" },
		{ 6561234567, "+6561****67" },
		{ 442079460958, "+44207****958" },
		{ 390612345678, "+39061****678" },
		{ 4915112345678, "+49151****5678" },
	};
	char out[MASK_MAX];
	size_t i, k, hidden;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		mask_number(out, cases[i].key);
		for (hidden = 0, k = 0; out[k]; k++)
			hidden += out[k] == '*';
		cr_expect(hidden >= 4, "%s hides too little", out);
		cr_expect_str_eq(out, cases[i].want);
	}
}

Test(mask, short_numbers_hide_four_digits_too)
{
	char out[MASK_MAX];

	mask_number(out, 2901234); /* Saint Helena: 290 1234 */
	cr_expect_str_eq(out, "+290****");
	mask_number(out, 29012345);
	cr_expect_str_eq(out, "+290****5");
}

Test(mask, prefixes_show_an_area_and_no_more)
{
	char out[MASK_MAX];

	mask_number(out, subject_prefix(86755));
	cr_expect_str_eq(out, "+86755*");
	mask_number(out, subject_prefix(8613800138));
	cr_expect_str_eq(out, "+8613800****");
}

Test(mask, nothing_hides_nothing)
{
	char out[MASK_MAX];

	mask_nothing(out, 8613812345678);
	cr_expect_str_eq(out, "+8613812345678");
	mask_nothing(out, subject_prefix(86755));
	cr_expect_str_eq(out, "+86755*");
}

Test(mask, customer_ids_show_a_third_at_most)
{
	char out[MASK_MAX];

	mask_person(out, SPAN("C-1001"));
	cr_expect_str_eq(out, "…01");
	mask_person(out, SPAN("ab"));
	cr_expect_str_eq(out, "…");
	mask_person(out, SPAN("0123456789abcdef"));
	cr_expect_str_eq(out, "…cdef");
	mask_person(out, SPAN("客户")); /* six bytes: two would cut one */
	cr_expect_str_eq(out, "…");
}

Test(mask, text_that_may_be_a_number_shows_its_end)
{
	char out[MASK_MAX];

	mask_text(out, SPAN("138 0000 00043"));
	cr_expect_str_eq(out, "…43");
	mask_text(out, SPAN("n/a"));
	cr_expect_str_eq(out, "n/a");
	mask_text(out, SPAN("a very long text without a number"));
	cr_expect_str_eq(out, "a very long text wit");
	mask_text(out, SPAN("一二三四五六七八"));
	cr_expect_str_eq(out, "一二三四五六");
}

Test(mask, names_of_files_lose_what_may_be_a_number)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "13912345678.csv", "****.csv" },
		{ "a/+8613912345678 b.csv", "a/+**** b.csv" },
		{ "1234567", "****" },
		{ "123456", "123456" },
		{ "2026-03-01.csv", "2026-03-01.csv" },
		{ "x1234567y12345678", "x****y****" },
		{ "１３９12345678.csv", "****.csv" },
		{ "１２３４５６\xef\xbc", "１２３４５６\xef\xbc" },
		{ "名单.csv", "名单.csv" },
		{ "", "" },
	};
	struct buf b = BUF_INIT(1000);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_reset(&b);
		mask_name(&b, span_str(cases[i].name));
		buf_addc(&b, '\0');
		cr_expect_str_eq(b.p, cases[i].want);
	}
	buf_release(&b);
}
