#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "base/buf.h"
#include "text/detect.h"

#define TEXT(lit) lit, sizeof(lit) - 1

Test(detect, the_encoding_is_told_by_mark_then_by_content)
{
	static const struct {
		const char *text;
		size_t n;
		bool whole;
		const char *name;
		size_t bom;
		bool guess;
	} cases[] = {
		{ TEXT(""), true, "UTF-8", 0, true },
		{ TEXT("phone\n"), true, "UTF-8", 0, true },
		{ TEXT("\xEF\xBB\xBFphone"), true, "UTF-8", 3, false },
		{ TEXT("\xFF\xFEp\0"), true, "UTF-16LE", 2, false },
		{ TEXT("\xFE\xFF\0p"), true, "UTF-16BE", 2, false },
		{ TEXT("\xFF\xFE\0\0p\0\0\0"), true, "UTF-32LE", 4, false },
		{ TEXT("\0\0\xFE\xFF\0\0\0p"), true, "UTF-32BE", 4, false },
		/* U+624B U+673A in UTF-8 and GB18030. */
		{ TEXT("\xE6\x89\x8B\xE6\x9C\xBA"), true, "UTF-8", 0, true },
		{ TEXT("\xCA\xD6\xBB\xFA"), true, "GB18030", 0, true },
		/* The sample may end amid a character, the file not. */
		{ TEXT("\xE6\x89\x8B\xE6\x9C"), false, "UTF-8", 0, true },
		{ TEXT("\xE6\x89\x8B\xE6\x9C"), true, "GB18030", 0, true },
		/* Overlong, surrogate, past the end: not UTF-8. */
		{ TEXT("\xC0\x80"), true, "GB18030", 0, true },
		{ TEXT("\xED\xA0\x80"), true, "GB18030", 0, true },
		{ TEXT("\xF4\x90\x80\x80"), true, "GB18030", 0, true },
		{ TEXT("\xFF"), true, "GB18030", 0, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct detect_encoding got;

		detect_encoding(&got, span_of(cases[i].text, cases[i].n),
		    cases[i].whole);
		cr_expect_str_eq(got.name, cases[i].name, "case %zu", i);
		cr_expect_eq(got.bom, cases[i].bom, "case %zu", i);
		cr_expect_eq(got.guess, cases[i].guess, "case %zu", i);
	}
}

Test(detect, one_broken_character_among_many_leaves_utf8_utf8)
{
	struct buf text = BUF_INIT(10000);
	struct detect_encoding got;

	for (int i = 0; i < 40; i++)
		buf_adds(&text, "\xE6\x89\x8B");
	buf_adds(&text, "\xE6\x89,");
	detect_encoding(&got, buf_span(&text), true);
	cr_expect(eq(str, got.name, "UTF-8"));
	/* Twice as many broken ones as that allows. */
	for (int i = 0; i < 4; i++)
		buf_adds(&text, "\xE6\x89,");
	detect_encoding(&got, buf_span(&text), true);
	cr_expect(eq(str, got.name, "GB18030"));
	buf_release(&text);
}

Test(detect, the_newline_is_the_first_outside_quotes)
{
	static const struct {
		const char *text;
		enum detect_newline newline;
	} cases[] = {
		{ "a\nb\r\n", NEWLINE_LF },
		{ "a\r\nb\n", NEWLINE_CRLF },
		{ "a\rb\n", NEWLINE_CR },
		{ "a\r", NEWLINE_CR },
		{ "a", NEWLINE_LF },
		{ "", NEWLINE_LF },
		{ "\"a\nb\"\r\n", NEWLINE_CRLF },
		{ "x, \"a\"\"\nb\",c\r\n", NEWLINE_CRLF },
		{ "5\" disk\r\nb\n", NEWLINE_CRLF },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect_eq(detect_newline(span_str(cases[i].text)),
		    cases[i].newline, "text: %s", cases[i].text);
}

/* '?': refused. */
struct sample {
	const char *text;
	char delimiter;
};

static void
check_samples(const struct sample *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct err err = { 0 };
		char got = '?';
		int ret = detect_delimiter(&got, span_str(c[i].text), true,
		    &err);

		cr_expect_eq(got, c[i].delimiter, "'%c' for: %s", got,
		    c[i].text);
		cr_expect_eq(ret, c[i].delimiter == '?' ? -1 : 0);
		if (ret < 0) {
			cr_expect_eq(err.code, ERR_INPUT);
			cr_expect(err.hint[0] != '\0');
		}
	}
}

#define CHECK_SAMPLES(s) check_samples(s, sizeof(s) / sizeof(*(s)))

Test(detect, the_delimiter_cuts_all_rows_alike)
{
	static const struct sample samples[] = {
		{ "a,b\n1,2\n", ',' },
		{ "a;b\n1;2\n", ';' },
		{ "a\tb\n1\t2\n", '\t' },
		{ "a|b\n1|2\n", '|' },
		{ "a,b\r1,2\r", ',' },
		{ "id;price;n\n1;3000,00;x\n2;4000,50;y\n", ';' },
		{ "id,tags\n1,a;b;c\n2,d\n", ',' },
		{ "name;a,b;c\nx;1,2;3\ny;1;3\n", ';' },
		/* Twice the columns of the other. */
		{ "a;b,c;d\n1;2,3;4\n", ';' },
		/* Only outside quotes does it count. */
		{ "a,b\n\"1;2\",3\n", ',' },
		{ "\"a;b\",c\n\"1;2\",3\n", ',' },
		{ "a;\"b,c\"\n1;\"2,3\"\n", ';' },
		{ "a;\"b,c\"", ';' },
		{ "size 5\",n\n6\",1\n", ',' },
		{ "\"a, b\";\"c\"\n\"1, 2\";\"3\"\n", ';' },
		{ "a|b\n1|\"2|3,4\"\n", '|' },
		/* One row, or the header alone. */
		{ "a;b", ';' },
		{ "a,b,c\n1,2,3", ',' },
		{ "416,1234567\n", ',' },
	};

	CHECK_SAMPLES(samples);
}

Test(detect, a_list_of_one_column_gets_a_comma)
{
	static const struct sample samples[] = {
		{ "", ',' },
		{ "phone", ',' },
		{ "phone\n13800000001\n", ',' },
		{ "+1 (202) 555-0143\n+1 (202) 555-0144\n", ',' },
		{ "phone\n1;2\n3\n", ',' },
		/* The header alone would be cut. */
		{ "phone (mobile, home)\n138\n139\n", ';' },
		{ "phone (mobile; home)\n138\n139\n", ',' },
		{ "name,phone\n138\nx,139\n", ',' },
	};

	CHECK_SAMPLES(samples);
}

Test(detect, what_could_be_either_is_refused)
{
	static const struct sample samples[] = {
		{ "a,b;c\n1,2;3\n", '?' },
		{ "a,b;c", '?' },
		{ "last, first|phone\nDoe, Joe|1\nRoe, Jane|2\n", '?' },
	};

	CHECK_SAMPLES(samples);
}

Test(detect, full_width_commas_in_the_header_are_refused)
{
	static const struct sample samples[] = {
		{ "手机，姓名", '?' },
		{ "手机，姓名\n138，张\n", '?' },
		{ "手机；姓名\n138；张\n", '?' },
		{ "手机，姓名\n138,张\n", '?' },
		/* A comma in the name of the only column; in a real header. */
		{ "手机（必填，数字）\n138\n139\n", ',' },
		{ "手机（必填，数字）;姓名\n138;张\n", ';' },
		{ "手机\n138，139\n", ',' },
	};

	CHECK_SAMPLES(samples);
}

Test(detect, a_few_ragged_rows_change_nothing)
{
	struct buf text = BUF_INIT(100000);
	struct err err;
	char got;

	buf_adds(&text, "id;amount,net;name\n");
	for (int i = 0; i < 100; i++)
		buf_adds(&text, i % 20 == 3 ? "1;2;3;4;x\n" : "1;2,5;x\n");
	cr_assert(detect_delimiter(&got, buf_span(&text), true, &err) == 0);
	cr_expect_eq(got, ';');

	/* All of them ragged: still the header's. */
	buf_reset(&text);
	buf_adds(&text, "a;b;c\n1;2\n1;2\n1;2\n");
	cr_assert(detect_delimiter(&got, buf_span(&text), true, &err) == 0);
	cr_expect_eq(got, ';');
	buf_release(&text);
}

Test(detect, a_row_cut_off_by_the_samples_end_does_not_count)
{
	struct err err;
	char got;

	cr_assert(detect_delimiter(&got,
		      SPAN("a;b,c\n1;2,3\n1;2\n1;2\n1;2\n"
			   "1;\"a,"),
		      false, &err) == 0);
	cr_expect_eq(got, ';');
	/* Nothing but a part of the header. */
	cr_assert(detect_delimiter(&got, SPAN("a|b|"), false, &err) == 0);
	cr_expect_eq(got, '|');
}
