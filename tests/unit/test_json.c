#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* What was written, NUL-terminated; the buffer is released. */
static char *
taken(struct buf *b)
{
	char *s;

	buf_addc(b, '\0');
	cr_assert(not(b->failed));
	s = strdup(b->p);
	buf_release(b);
	return s;
}

static void
expect_document(struct buf *b, const char *want)
{
	char *got = taken(b);

	cr_expect(eq(str, got, (char *)want));
	free(got);
}

/* The document that is just this string. */
static void
expect_string(struct span in, const char *want)
{
	struct buf b = BUF_INIT(1 << 16);
	struct json j = { .out = &b };

	json_span(&j, NULL, in);
	expect_document(&b, want);
}

Test(json, an_object_with_one_of_each)
{
	struct buf b = BUF_INIT(1 << 16);
	struct json j = { .out = &b };

	json_object(&j, NULL);
	json_str(&j, "schema", "scrub.run/1");
	json_str(&j, "none", NULL);
	json_span(&j, "part", span_of("abc", 2));
	json_u64(&j, "u", UINT64_MAX);
	json_i64(&j, "i", INT64_MIN);
	json_bool(&j, "yes", true);
	json_bool(&j, "no", false);
	json_null(&j, "null");
	json_end(&j);
	expect_document(&b,
	    "{\"schema\":\"scrub.run/1\",\"none\":null,"
	    "\"part\":\"ab\",\"u\":18446744073709551615,"
	    "\"i\":-9223372036854775808,\"yes\":true,\"no\":false,"
	    "\"null\":null}");
}

Test(json, commas_stand_between_and_only_between)
{
	struct buf b = BUF_INIT(1 << 16);
	struct json j = { .out = &b };

	json_object(&j, NULL);
	json_array(&j, "a");
	json_end(&j);
	json_array(&j, "b");
	json_u64(&j, NULL, 1);
	json_object(&j, NULL);
	json_end(&j);
	json_object(&j, NULL);
	json_u64(&j, "x", 2);
	json_end(&j);
	json_i64(&j, NULL, 3);
	json_end(&j);
	json_u64(&j, "c", 4);
	json_end(&j);
	expect_document(&b, "{\"a\":[],\"b\":[1,{},{\"x\":2},3],\"c\":4}");
}

Test(json, nests_as_deep_as_promised)
{
	struct buf b = BUF_INIT(1 << 16);
	struct json j = { .out = &b };
	char want[2 * JSON_DEPTH + 1] = "";

	for (int i = 0; i < JSON_DEPTH; i++)
		json_array(&j, NULL);
	for (int i = 0; i < JSON_DEPTH; i++)
		json_end(&j);
	memset(want, '[', JSON_DEPTH);
	memset(want + JSON_DEPTH, ']', JSON_DEPTH);
	expect_document(&b, want);
}

/* RFC 8259, section 7: quote, reverse solidus and controls are escaped. */
Test(json, strings_are_escaped)
{
	expect_string(SPAN(""), "\"\"");
	expect_string(SPAN("say \"hi\""), "\"say \\\"hi\\\"\"");
	expect_string(SPAN("a\\b/c"), "\"a\\\\b/c\"");
	expect_string(SPAN("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
	expect_string(SPAN("a\0b"), "\"a\\u0000b\"");
	expect_string(SPAN("\x01\x1f\x7f"), "\"\\u0001\\u001f\\u007f\"");
}

Test(json, keys_are_escaped_too)
{
	struct buf b = BUF_INIT(1 << 16);
	struct json j = { .out = &b };

	json_object(&j, NULL);
	json_null(&j, "a\"\xff");
	json_end(&j);
	expect_document(&b, "{\"a\\\"\xEF\xBF\xBD\":null}");
}

Test(json, utf8_passes)
{
	static const char *const good[] = {
		"\xC2\x80", "\xDF\xBF",                 /* two bytes */
		"\xE0\xA0\x80", "\xED\x9F\xBF",         /* to U+D7FF */
		"\xEE\x80\x80", "\xEF\xBF\xBF",         /* from U+E000 */
		"\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", /* to U+10FFFF */
		"\xE5\x8F\xB7\xE7\xA0\x81",             /* two characters */
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char want[16];

		snprintf(want, sizeof(want), "\"%s\"", good[i]);
		expect_string(span_str(good[i]), want);
	}
}

/* Every byte that is part of no character is one U+FFFD. */
Test(json, what_is_not_utf8_is_replaced)
{
#define R "\xEF\xBF\xBD"
	expect_string(SPAN("\x80"), "\"" R "\"");
	expect_string(SPAN("\xFF\xFE"), "\"" R R "\"");
	expect_string(SPAN("\xC0\xAF"), "\"" R R "\""); /* overlong / */
	expect_string(SPAN("\xC1\xBF"), "\"" R R "\"");
	expect_string(SPAN("\xE0\x9F\xBF"), "\"" R R R "\"");
	expect_string(SPAN("\xF0\x8F\xBF\xBF"), "\"" R R R R "\"");
	expect_string(SPAN("\xED\xA0\x80"), "\"" R R R "\""); /* surrogate */
	expect_string(SPAN("\xF4\x90\x80\x80"), "\"" R R R R "\"");
	expect_string(SPAN("\xF5\x80\x80\x80"), "\"" R R R R "\"");
	expect_string(SPAN("a\xC3"), "\"a" R "\""); /* cut off */
	expect_string(SPAN("\xE5\x8F"), "\"" R R "\"");
	expect_string(SPAN("\xF0\x90\x80"), "\"" R R R "\"");
	expect_string(SPAN("\xC3z"), "\"" R "z\"");
	expect_string(SPAN("\xE5\x8Fz"), "\"" R R "z\"");
	expect_string(SPAN("\xE5\"x"), "\"" R "\\\"x\"");
#undef R
}

Test(json, a_cut_character_is_not_read_past_its_span)
{
	/* The byte after the span would complete the character. */
	expect_string(span_of("\xC3\xA4", 1), "\"\xEF\xBF\xBD\"");
}

Test(json, reals_have_three_decimals_and_a_point)
{
	static const struct {
		double v;
		const char *want;
	} cases[] = {
		{ 0, "0.000" },
		{ 1, "1.000" },
		{ 0.5, "0.500" },
		{ 12.3456, "12.346" },
		{ 0.9996, "1.000" },
		{ -2.25, "-2.250" },
		{ -0.0001, "0.000" },
		{ 1e12, "1000000000000.000" },
		{ 1e300, "null" },
		{ HUGE_VAL, "null" },
		{ -HUGE_VAL, "null" },
		{ (double)NAN, "null" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = BUF_INIT(100);
		struct json j = { .out = &b };

		json_real(&j, NULL, cases[i].v);
		expect_document(&b, cases[i].want);
	}
}
