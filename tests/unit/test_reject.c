#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

#include "flow/reject.h"

/* One list, one cap, and a row of three columns with what follows it. */
static struct list_result list = { .name = (char *)"national" };
static const struct lists lists = { .list = &list, .n = 1 };
static const struct policy policy = { .cap = { { .text = "2/24h" } } };
static const struct csv_dialect commas = { ',', 3, 1000 };
static const struct csv_dialect semicolons = { ';', 3, 1000 };
static const struct csv_row row = { .raw = { "7,\"a,b\",c\nnext", 9 },
	.eol = 1,
	.line = 12 };
static const struct number number = { .key = 8613812345678 };

static void
expect_line(const struct csv_dialect *d, const struct reject *r,
    const char *want)
{
	struct reject_context c;
	struct buf out = BUF_INIT(10000);
	struct err err;

	reject_init(&c, &policy, &lists, d, span_str("\r\n"));
	buf_adds(&out, "before,");
	reject_add(&out, &c, r);
	cr_assert(buf_check(&out, &err) == 0);
	cr_expect(span_eq(buf_span(&out), span_str(want)), "%.*s, not %s",
	    (int)out.n, out.p, want);
	buf_release(&out);
}

Test(reject, a_line_says_where_why_and_what)
{
	struct verdict v = { .fired = 1u << VERDICT_CONSENT_EXPIRED,
		.consent = 1760792659 };
	struct reject r = { .row = 11,
		.csv = &row,
		.verdict = &v,
		.number = &number };

	expect_line(&commas, &r,
	    "before,11,12,consent_expired,+8613812345678,"
	    "expired 2025-10-18T13:04:19Z,,7,\"a,b\",c\n");
	v.fired |= 1u << VERDICT_OVER_CAP | 1u << VERDICT_DNC;
	v.dnc = (struct verdict_entry){
		{ .until = FACT_FOREVER, .n = REASON_REQUEST }, MATCH_PERSON
	};
	expect_line(&commas, &r,
	    "before,11,12,dnc,+8613812345678,"
	    "\"list national, reason request, by person\","
	    "consent_expired;over_cap,7,\"a,b\",c\n");
	expect_line(&semicolons, &r,
	    "before,11;12;dnc;+8613812345678;"
	    "list national, reason request, by person;"
	    "\"consent_expired;over_cap\";7,\"a,b\",c\n");
	v = (struct verdict){ .fired = 1u << VERDICT_OVER_CAP,
		.calls = 1,
		.again = CLOCK_NEVER };
	expect_line(&commas, &r,
	    "before,11,12,over_cap,+8613812345678,"
	    "\"1 call, cap 2/24h, not callable again\",,7,\"a,b\",c\n");
}

/* Rows and lines as they come: one after the other, far ahead, and from the
 * front again in the next file. */
Test(reject, numbers_of_rows_and_lines_are_those_of_the_row)
{
	const struct verdict v = { .fired = 1u << VERDICT_NOT_ALLOWED };
	struct reject_context c;
	struct buf out = BUF_INIT(10000);
	uint64_t n = 0, random = 1;
	char want[100];

	reject_init(&c, &policy, &lists, &commas, span_str("\n"));
	for (int i = 0; i < 20000; i++) {
		struct csv_row at = { .raw = { "a,b,c", 5 }, .eol = 0 };
		struct reject r = { .row = n, .csv = &at, .verdict = &v };

		random = random * 6364136223846793005 + 1442695040888963407;
		at.line = n + (random >> 33) % 150;
		buf_reset(&out);
		reject_add(&out, &c, &r);
		snprintf(want, sizeof(want), "%ju,%ju,not_allowed,,,,a,b,c\n",
		    (uintmax_t)n, (uintmax_t)at.line);
		cr_assert(span_eq(buf_span(&out), span_str(want)),
		    "%.*s, not %s", (int)out.n, out.p, want);
		n = random >> 60 ? n + (random >> 50) % 40 : random >> 24;
		n = random >> 55 == 7 ? random >> 50 & 63 : n;
	}
	buf_release(&out);
}

/* A letter, a digit or a blank may separate fields: then a date is quoted. */
Test(reject, a_detail_is_quoted_where_it_holds_the_delimiter)
{
	static const char delimiters[] = ",;|\t:-TZ p0";
	struct verdict v = { .fired = 1u << VERDICT_CONSENT_EXPIRED,
		.consent = 1760792659 };
	struct reject r = { .row = 31, .csv = &row, .verdict = &v };
	char want[200];

	for (const char *d = delimiters; *d; d++) {
		struct csv_dialect dialect = { *d, 3, 1000 };
		const char *quote = strchr("expired 2025-10-18T13:04:19Z", *d) ?
		    "\"" :
		    "";

		snprintf(want, sizeof(want),
		    "before,31%c12%cconsent_expired%c%c%s"
		    "expired 2025-10-18T13:04:19Z%s%c%c7,\"a,b\",c\n",
		    *d, *d, *d, *d, quote, quote, *d, *d);
		expect_line(&dialect, &r, want);
	}
}

Test(reject, the_last_row_gets_the_line_end_it_lacks)
{
	const struct verdict v = { .fired = 1u << VERDICT_EMPTY };
	const struct csv_row last = { .raw = { "x,y,z", 5 }, .line = 1 };
	const struct reject r = { .row = 1,
		.csv = &last,
		.verdict = &v,
		.text = { "\"?\"", 3 } };

	expect_line(&commas, &r, "before,1,1,empty,\"\"\"?\"\"\",,,x,y,z\r\n");
}

Test(reject, a_row_that_leaves_a_quote_open_goes_in_as_one_cell)
{
	const struct verdict v = { .fired = 1u << VERDICT_MALFORMED };
	const struct csv_row bad = { .raw = { "a,\"b\n", 4 },
		.eol = 1,
		.status = CSV_ROW_RAGGED,
		.fields = 2,
		.line = 3 };
	const struct reject r = { .row = 2, .csv = &bad, .verdict = &v };

	expect_line(&commas, &r,
	    "before,2,3,malformed,,2 fields where the header has 3,,"
	    "\"a,\"\"b\"\n");
}

/* A detail has 511 bytes, in ASCII, whatever a file is called. */
Test(reject, a_long_name_is_cut_and_a_strange_one_made_plain)
{
	const struct verdict v = { .fired = 1u << VERDICT_DUPLICATE };
	static const char front[] = "before,11,12,duplicate,+8613812345678,";
	char name[700] = "\xc3\xa9\t\"e\".csv";
	struct buf want = BUF_INIT(1000);
	const struct reject r = { .row = 11,
		.csv = &row,
		.verdict = &v,
		.number = &number,
		.first_row = UINT32_MAX,
		.first_file = name };

	expect_line(&commas, &r,
	    "before,11,12,duplicate,+8613812345678,"
	    "\"of row 4294967295 of ???\"\"e\"\".csv\",,7,\"a,b\",c\n");

	memset(name, 'f', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	buf_adds(&want, front);
	buf_adds(&want, "of row 4294967295 of ");
	while (want.n < strlen(front) + 511)
		buf_addc(&want, 'f');
	buf_adds(&want, ",,7,\"a,b\",c\n");
	buf_addc(&want, '\0');
	expect_line(&commas, &r, want.p);
	buf_release(&want);
}
