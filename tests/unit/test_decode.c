#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "text/decode.h"

Test(decode, an_encoding_is_utf8_a_superset_of_ascii_or_a_stream)
{
	static const struct {
		const char *name;
		enum decode_kind kind;
	} cases[] = {
		{ "UTF-8", DECODE_UTF8 },
		{ "utf8", DECODE_UTF8 },
		{ "GB18030", DECODE_CELLS },
		{ "GBK", DECODE_CELLS },
		{ "BIG5", DECODE_CELLS },
		{ "ISO-8859-1", DECODE_CELLS },
		{ "CP1252", DECODE_CELLS },
		{ "EUC-KR", DECODE_CELLS },
		{ "SHIFT_JIS", DECODE_CELLS },
		{ "UTF-16", DECODE_STREAM },
		{ "UTF-16LE", DECODE_STREAM },
		{ "UTF-32BE", DECODE_STREAM },
		{ "UTF-7", DECODE_STREAM },
		{ "IBM037", DECODE_STREAM },
		/* ASCII passes unchanged, but other text is written with it. */
		{ "ISO-2022-JP", DECODE_STREAM },
		{ "ISO-2022-KR", DECODE_STREAM },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct decoder d;
		struct err err;

		cr_assert_eq(decoder_open(&d, cases[i].name, &err), 0, "%s",
		    cases[i].name);
		cr_expect_eq(d.kind, cases[i].kind, "%s", cases[i].name);
		decoder_close(&d);
		decoder_close(&d);
	}
}

Test(decode, an_unknown_encoding_is_a_usage_error)
{
	static const char *const names[] = { "", "no-such-encoding",
		"UTF-8//IGNORE",
		"a-name-that-is-far-too-long-for-an-encoding" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct decoder d;
		struct err err = { 0 };

		cr_expect_eq(decoder_open(&d, names[i], &err), -1, "%s",
		    names[i]);
		cr_expect_eq(err.code, ERR_USAGE);
		decoder_close(&d);
	}
}

Test(decode, strict_utf8_has_no_overlong_forms_and_no_surrogates)
{
	static const struct {
		const char *text;
		bool valid, cut;
	} cases[] = {
		{ "", true, true },
		{ "plain text of more than a word", true, true },
		{ "\x7F", true, true },
		{ "\xC2\x80", true, true },
		{ "\xDF\xBF", true, true },
		{ "\xE0\xA0\x80", true, true },
		{ "\xED\x9F\xBF", true, true },
		{ "\xEE\x80\x80", true, true },
		{ "\xF0\x90\x80\x80", true, true },
		{ "\xF4\x8F\xBF\xBF", true, true },
		{ "\x80", false, false },
		{ "\xC1\xBF", false, false },
		{ "\xE0\x9F\xBF", false, false },
		{ "\xED\xA0\x80", false, false },
		{ "\xF0\x8F\xBF\xBF", false, false },
		{ "\xF4\x90\x80\x80", false, false },
		{ "\xF5\x80\x80\x80", false, false },
		{ "\xC2"
		  "a",
		    false, false },
		{ "eight bytes first, then \xFF", false, false },
		/* Amid a character: fine only where more may come. */
		{ "\xE6\x89", false, true },
		{ "a\xF0\x90\x80", false, true },
		{ "\xE6\x89"
		  "a",
		    false, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct span s = span_str(cases[i].text);

		cr_expect_eq(utf8_valid(s, false), cases[i].valid, "case %zu",
		    i);
		cr_expect_eq(utf8_valid(s, true), cases[i].cut, "case %zu", i);
	}
}

/* U+624B U+673A */
#define UTF8_TEXT "\xE6\x89\x8B\xE6\x9C\xBA"
#define GBK_TEXT "\xCA\xD6\xBB\xFA"

Test(decode, a_cell_comes_out_as_utf8)
{
	static const struct {
		const char *encoding;
		bool guess;
		const char *in, *out;
	} cases[] = {
		{ "UTF-8", false, "123", "123" },
		{ "UTF-8", false, UTF8_TEXT, UTF8_TEXT },
		{ "UTF-8", false,
		    "a\xFF"
		    "b\xE6\x89",
		    "a\xEF\xBF\xBD"
		    "b"
		    "\xEF\xBF\xBD\xEF\xBF\xBD" },
		{ "UTF-8", true, UTF8_TEXT, UTF8_TEXT },
		{ "UTF-8", true, GBK_TEXT, UTF8_TEXT },
		{ "UTF-8", true, "\xFF", "\xEF\xBF\xBD" },
		{ "GB18030", true, GBK_TEXT "1", UTF8_TEXT "1" },
		{ "GB18030", false, GBK_TEXT, UTF8_TEXT },
		{ "GB18030", false,
		    "a\xFF"
		    "b",
		    "a\xEF\xBF\xBD"
		    "b" },
		{ "GB18030", false, GBK_TEXT "\xCA", UTF8_TEXT "\xEF\xBF\xBD" },
		/* Full-width digits. */
		{ "GB18030", false, "\xA3\xB1\xA3\xB2",
		    "\xEF\xBC\x91"
		    "\xEF\xBC\x92" },
		{ "ISO-8859-1", false, "M\xFCller", "M\xC3\xBCller" },
		{ "UTF-16", false, UTF8_TEXT, UTF8_TEXT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf scratch = BUF_INIT(1000);
		struct decoder d;
		struct err err;
		struct span got;

		cr_assert(decoder_open(&d, cases[i].encoding, &err) == 0);
		d.guess = cases[i].guess;
		/* Twice: no state is left behind. */
		for (int k = 0; k < 2; k++) {
			got = decode_cell(&d, span_str(cases[i].in), &scratch);
			cr_expect(span_eq(got, span_str(cases[i].out)),
			    "case %zu: %.*s", i, (int)got.n, got.p);
		}
		decoder_close(&d);
		buf_release(&scratch);
	}
}

Test(decode, ascii_is_not_copied)
{
	struct buf scratch = BUF_INIT(1000);
	struct decoder d;
	struct err err;
	const char *cell = "13800000001";

	cr_assert(decoder_open(&d, "GB18030", &err) == 0);
	cr_expect(decode_cell(&d, span_str(cell), &scratch).p == cell);
	decoder_close(&d);
	buf_release(&scratch);
}

Test(decode, a_stream_is_converted_in_pieces)
{
	static const char text[] = "a\0\x4B\x62\x3D\xD8\x00\xDEz";
	struct decoder d;
	struct err err;
	struct span in = span_of(text, sizeof(text)); /* z and the NUL */
	char out[64];
	ssize_t got;

	cr_assert(decoder_open(&d, "UTF-16LE", &err) == 0);
	/* Up to the middle of a pair of surrogates. */
	in.n = 6;
	got = decode_stream(&d, &in, out, sizeof(out), false);
	cr_expect(span_eq(span_of(out, (size_t)got), SPAN("a\xE6\x89\x8B")));
	cr_expect(eq(sz, in.n, 2));
	cr_expect(
	    eq(int, (int)decode_stream(&d, &in, out, sizeof(out), true), -1));
	in.n = 6;
	got = decode_stream(&d, &in, out, sizeof(out), true);
	cr_expect(
	    span_eq(span_of(out, (size_t)got), SPAN("\xF0\x9F\x98\x80z")));
	cr_expect(eq(sz, in.n, 0));
	decoder_close(&d);
}

Test(decode, a_bar_can_hide_in_a_character_and_a_comma_cannot)
{
	static const struct {
		const char *encoding;
		char delimiter;
		bool unsafe;
	} cases[] = {
		{ "GB18030", '|', true },
		{ "GBK", '|', true },
		{ "BIG5", '|', true },
		{ "SHIFT_JIS", '|', true },
		{ "GB18030", ',', false },
		{ "GB18030", ';', false },
		{ "GB18030", '\t', false },
		{ "BIG5", ',', false },
		{ "GB2312", '|', false },
		{ "UTF-8", '|', false },
		{ "UTF-16", '|', false },
		{ "ISO-8859-1", '|', false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct decoder d;
		struct err err;

		cr_assert(decoder_open(&d, cases[i].encoding, &err) == 0);
		cr_expect_eq(decode_unsafe_delimiter(&d, cases[i].delimiter),
		    cases[i].unsafe, "%s %c", cases[i].encoding,
		    cases[i].delimiter);
		decoder_close(&d);
	}
}
