#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/span.h"

Test(span, equal_bytes_are_equal)
{
	cr_expect(span_eq(SPAN("abc"), SPAN("abc")));
	cr_expect(not(span_eq(SPAN("abc"), SPAN("abd"))));
	cr_expect(not(span_eq(SPAN("abc"), SPAN("ab"))));
	cr_expect(not(span_eq(SPAN("abc"), SPAN("ABC"))));
	cr_expect(span_eq(SPAN("a\0b"), SPAN("a\0b")));
	cr_expect(not(span_eq(SPAN("a\0b"), SPAN("a\0c"))));
}

Test(span, an_empty_span_needs_no_bytes)
{
	cr_expect(span_eq(span_of(NULL, 0), SPAN("")));
	cr_expect(span_eq_nocase(span_of(NULL, 0), SPAN("")));
	cr_expect(eq(sz, span_trim(span_of(NULL, 0)).n, 0));
}

Test(span, case_is_ignored_for_ascii_letters_only)
{
	cr_expect(span_eq_nocase(SPAN("Phone"), SPAN("pHONE")));
	cr_expect(not(span_eq_nocase(SPAN("phone"), SPAN("phones"))));
	/* @ and `, [ and { differ by the same bit as letters do */
	cr_expect(not(span_eq_nocase(SPAN("@["), SPAN("`{"))));
	cr_expect(not(span_eq_nocase(SPAN("\xc3\x84"), SPAN("\xc3\xa4"))));
}

Test(span, digits_are_so_many_and_nothing_else)
{
	cr_expect(span_is_digits(span_str("0195"), 4));
	cr_expect(span_is_digits(span_str(""), 0));
	cr_expect(not(span_is_digits(span_str("0195"), 3)));
	cr_expect(not(span_is_digits(span_str("0195"), 5)));
	cr_expect(not(span_is_digits(span_str("01/5"), 4)));
	cr_expect(not(span_is_digits(span_str("01:5"), 4)));
	cr_expect(not(span_is_digits(span_str(" 195"), 4)));
}

Test(span, trim_takes_blanks_and_tabs_from_both_ends)
{
	cr_expect(span_eq(span_trim(SPAN(" \t a b\t ")), SPAN("a b")));
	cr_expect(span_eq(span_trim(SPAN("a")), SPAN("a")));
	cr_expect(eq(sz, span_trim(SPAN(" \t ")).n, 0));
	cr_expect(span_eq(span_trim(SPAN("\na\n")), SPAN("\na\n")));
}

Test(span, starts_compares_the_front)
{
	cr_expect(span_starts(SPAN("tel:1"), SPAN("tel:")));
	cr_expect(span_starts(SPAN("tel"), SPAN("")));
	cr_expect(not(span_starts(SPAN("te"), SPAN("tel:"))));
	cr_expect(not(span_starts(SPAN("text"), SPAN("tel:"))));
}
