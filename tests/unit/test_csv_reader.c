#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text/csv_lane.h"
#include "text/csv_reader.h"

static const char DATA[] = "../shared/data/";

/* --- A list, shown as text --- */

/* A file of our own; the caller unlinks it. */
static void
write_temp(char path[32], struct span text)
{
	int fd;

	snprintf(path, 32, "/tmp/test_csv.XXXXXX");
	fd = mkstemp(path);
	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, text.p, text.n), (ssize_t)text.n);
	close(fd);
}

static void
show_bytes(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n')
			buf_adds(out, "\\n");
		else if (s.p[i] == '\r')
			buf_adds(out, "\\r");
		else if (s.p[i] == '\t')
			buf_adds(out, "\\t");
		else
			buf_addc(out, s.p[i]);
	}
}

static const char *const STATUS[] = { "", "ragged ", "junk ", "long " };

/* "3:[a][b]" of a good row, "3:ragged 5:raw" of another. */
static void
show_row(struct buf *out, const struct csv_rows *rows, size_t i, size_t ncells)
{
	const struct csv_row *row = &rows->row[i];

	buf_addf(out, "%" PRIu64 ":", row->line);
	if (row->status != CSV_ROW_OK) {
		buf_addf(out, "%s%u:", STATUS[row->status],
		    row->status == CSV_ROW_TOO_LONG ? 0 : row->fields);
		show_bytes(out, row->raw);
		if (csv_row_length(row) != row->raw.n)
			buf_addf(out, "(%" PRIu64 ")", csv_row_length(row));
	}
	for (size_t k = 0; k < ncells && row->status == CSV_ROW_OK; k++) {
		buf_addc(out, '[');
		show_bytes(out, rows->cell[i * ncells + k]);
		buf_addc(out, ']');
	}
	buf_addc(out, '\n');
}

/* What a row is beside its cells; the rows of a file must add up to it. */
static void
show_details(struct buf *out, const struct csv_row *row)
{
	buf_addf(out, "eol %d length %" PRIu64 " raw ", row->eol,
	    csv_row_length(row));
	show_bytes(out, row->raw);
	buf_addc(out, '\n');
}

struct shown {
	struct buf text;
	uint64_t rows, blank, blocks;
	bool failed;
	struct err err;
};

static void
shown_release(struct shown *s)
{
	buf_release(&s->text);
}

/*
 * All rows of the file with all of their cells.  `bytes`, when given, gets the
 * file put together again from preamble, header and rows.
 */
static void
show_file(struct shown *out, const char *path, const struct csv_options *o,
    bool details, struct buf *bytes)
{
	struct csv_reader *r;
	struct csv_block block = { 0 };
	struct csv_rows rows = { 0 };
	unsigned *want;
	size_t n;
	int got;

	*out = (struct shown){ .text = BUF_INIT(1 << 28) };
	buf_adds(&out->text, "");
	if (csv_reader_open(&r, path, o, &out->err) < 0) {
		out->failed = true;
		buf_addf(&out->text, "failed: %s\n",
		    out->err.text + strlen(path) + 2);
		return;
	}
	n = csv_reader_dialect(r)->columns;
	want = calloc(n + 1, sizeof(*want));
	for (size_t k = 0; k < n; k++)
		want[k] = (unsigned)k;
	if (bytes) {
		buf_addspan(bytes, csv_reader_preamble(r));
		buf_addspan(bytes, csv_reader_header_raw(r));
		if (csv_reader_has_header(r))
			buf_addspan(bytes, csv_reader_eol(r));
	}
	while ((got = csv_reader_next(r, &block, &out->err)) > 0) {
		out->blocks++;
		cr_assert_eq(csv_split(&rows, &block, csv_reader_dialect(r),
				 want, n, &out->err),
		    0);
		out->rows += rows.n;
		out->blank += rows.blank;
		for (size_t i = 0; i < rows.n; i++) {
			show_row(&out->text, &rows, i, n);
			if (details)
				show_details(&out->text, &rows.row[i]);
			if (bytes)
				buf_add(bytes, rows.row[i].raw.p,
				    rows.row[i].raw.n + rows.row[i].eol);
		}
	}
	if (got < 0) {
		out->failed = true;
		buf_addf(&out->text, "failed: %s\n",
		    out->err.text + strlen(path) + 2);
	}
	csv_rows_release(&rows);
	csv_block_release(&block);
	csv_reader_close(r);
	free(want);
}

static void
show(struct shown *out, struct span text, const struct csv_options *o)
{
	char path[32];

	write_temp(path, text);
	show_file(out, path, o, false, NULL);
	unlink(path);
}

static bool
says(const struct shown *s, const char *want)
{
	return span_eq(buf_span(&s->text), span_str(want));
}

/* --- The rules of csv_reader.h --- */

struct rule {
	const char *text;
	const char *rows;
	char delimiter;
};

static void
check_rules(const struct rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct rule *c = &rules[i];
		struct csv_options o = { .delimiter = c->delimiter };
		struct shown s;

		show(&s, span_str(c->text), &o);
		cr_expect(says(&s, c->rows), "input: %s\nwant:\n%s\ngot:\n%.*s",
		    c->text, c->rows, (int)s.text.n, s.text.p ? s.text.p : "");
		shown_release(&s);
	}
}

#define CHECK_RULES(rules) check_rules(rules, sizeof(rules) / sizeof(*(rules)))

Test(csv_reader, a_record_ends_at_lf_crlf_or_lone_cr)
{
	static const struct rule rules[] = {
		{ "a,b\n1,2\n3,4\n", "2:[1][2]\n3:[3][4]\n", 0 },
		{ "a,b\r\n1,2\r\n3,4\r\n", "2:[1][2]\n3:[3][4]\n", 0 },
		{ "a,b\r1,2\r3,4\r", "2:[1][2]\n3:[3][4]\n", 0 },
		{ "a,b\n1,2\r3,4\r\n5,6", "2:[1][2]\n3:[3][4]\n4:[5][6]\n", 0 },
		{ "a,b\n\"1\",2\r\"3\",4\r\n", "2:[1][2]\n3:[3][4]\n", 0 },
	};

	CHECK_RULES(rules);
}

Test(csv_reader, the_last_record_needs_no_line_end)
{
	static const struct rule rules[] = {
		{ "a,b\n1,2", "2:[1][2]\n", 0 },
		{ "a,b\n1,", "2:[1][]\n", 0 },
		{ "a,b\n1,\"2\"", "2:[1][2]\n", 0 },
		{ "a,b", "", 0 },
	};

	CHECK_RULES(rules);
}

Test(csv_reader, a_quote_opens_a_field_only_at_its_start)
{
	static const struct rule rules[] = {
		{ "a,b\n1,\"x,y\"\n", "2:[1][x,y]\n", 0 },
		{ "a,b\n1,  \"x,y\"  \n", "2:[1][x,y]\n", 0 },
		{ "a,b\n1,\t\"x,y\"\t\n", "2:[1][x,y]\n", 0 },
		{ "a,b\n1,5\" disk\n2,3\"\n", "2:[1][5\" disk]\n3:[2][3\"]\n",
		    0 },
		{ "a,b\n1,x\"\"y\n", "2:[1][x\"\"y]\n", 0 },
		{ "a,b\n\"\",\"\"\n", "2:[][]\n", 0 },
	};

	CHECK_RULES(rules);
}

Test(csv_reader, inside_quotes_all_is_text_and_two_quotes_are_one)
{
	static const struct rule rules[] = {
		{ "a,b\n\"1\n2\",\"3\r\n4\r5\"\n6,7\n",
		    "2:[1\\n2][3\\r\\n4\\r5]\n6:[6][7]\n", 0 },
		{ "a,b\n\"\"\"\",\"\"\"x\"\"\"\n", "2:[\"][\"x\"]\n", 0 },
		{ "a,b\n\" x \",\"\t\"\n", "2:[ x ][\\t]\n", 0 },
		{ "a,b\n\"x \"\" y\" , \"\"\"\" \n", "2:[x \" y][\"]\n", 0 },
	};

	CHECK_RULES(rules);
}

Test(csv_reader, text_behind_a_closing_quote_spoils_the_record_only)
{
	static const struct rule rules[] = {
		{ "a,b\n\"1\"x,2\n3,4\n", "2:junk 2:\"1\"x,2\n3:[3][4]\n", 0 },
		{ "a,b\n\"1\" \"2\",2\n3,4\n",
		    "2:junk 2:\"1\" \"2\",2\n3:[3][4]\n", 0 },
		/* What follows is unquoted: the line's end is the record's. */
		{ "a,b\n\"1\"x,\"2\n3,4\n", "2:junk 2:\"1\"x,\"2\n3:[3][4]\n",
		    0 },
		{ "a;b\n\"v \\\"e\\\"\";2\n3;4\n",
		    "2:junk 2:\"v \\\"e\\\"\";2\n3:[3][4]\n", 0 },
	};

	CHECK_RULES(rules);
}

Test(csv_reader, blanks_around_unquoted_fields_are_not_theirs)
{
	static const struct rule rules[] = {
		{ "a, b\n 1 ,\t2 \n", "2:[1][2]\n", 0 },
		{ "a\tb\tc\n\t 2 \t\n", "2:[][2][]\n", 0 },
		{ "a\tb\n\"1\"\t\" 2\"\n", "2:[1][ 2]\n", 0 },
	};

	CHECK_RULES(rules);
}

Test(csv_reader, blank_lines_are_counted_and_no_records)
{
	struct shown s;

	show(&s, SPAN("a,b\n\n1,2\n  \n\t\r\n3,4\n\n"),
	    &(struct csv_options){ 0 });
	cr_expect(says(&s, "3:[1][2]\n6:[3][4]\n"));
	cr_expect(eq(u64, s.blank, 4));
	shown_release(&s);

	show(&s, SPAN("a\tb\n\t\n \n"), &(struct csv_options){ 0 });
	cr_expect(says(&s, "2:[][]\n"), "a tab that separates is no blank");
	cr_expect(eq(u64, s.blank, 1));
	shown_release(&s);

	show(&s, SPAN("a\n\"\"\n\n1\n"), &(struct csv_options){ 0 });
	cr_expect(says(&s, "2:[]\n4:[1]\n"), "an empty quoted field is a row");
	cr_expect(eq(u64, s.blank, 1));
	shown_release(&s);
}

Test(csv_reader, another_count_of_fields_is_ragged)
{
	static const struct rule rules[] = {
		{ "a,b\n1\n1,2,3\n,\n",
		    "2:ragged 1:1\n3:ragged 3:1,2,3\n"
		    "4:[][]\n",
		    ',' },
		{ "a,b\n\"1\"\n1,\"2\",3\n",
		    "2:ragged 1:\"1\"\n"
		    "3:ragged 3:1,\"2\",3\n",
		    ',' },
	};

	CHECK_RULES(rules);
}

Test(csv_reader, an_over_long_record_is_cut_and_reading_goes_on)
{
	struct csv_options o = { .max_record = 8 };
	struct shown s;

	show(&s, SPAN("a,b\n1234,678\n1234,6789\n1,2\n\"123\n456\",7\n3,4\n"),
	    &o);
	cr_expect(says(&s,
		      "2:[1234][678]\n3:long 0:1234,678(9)\n4:[1][2]\n"
		      "5:long 0:\"123\\n456(11)\n7:[3][4]\n"),
	    "%.*s", (int)s.text.n, s.text.p);
	shown_release(&s);
}

Test(csv_reader, a_quote_open_at_the_end_names_its_line)
{
	static const struct rule rules[] = {
		{ "a,b\n1,2\n3,\"4\n5,6\n",
		    "2:[1][2]\nfailed: line 3: a quote opened here is never "
		    "closed\n",
		    0 },
		{ "a,b\n1,2\n\"x\ny\",\"4\"\"\n5,6\n",
		    "2:[1][2]\nfailed: line 4: a quote opened here is never "
		    "closed\n",
		    0 },
		{ "a,\"b\n1,2\n",
		    "failed: line 1: a quote opened here is never closed\n",
		    0 },
	};

	CHECK_RULES(rules);
}

Test(csv_reader, a_runaway_quote_is_found_behind_many_lines)
{
	struct buf text = BUF_INIT(1 << 24);
	struct csv_options o = { .max_record = 1000, .block = 4096 };
	struct shown s;

	buf_adds(&text, "a,b\n1,2\n3,\"4\n");
	for (int i = 0; i < 100000; i++)
		buf_addf(&text, "%d,x\n", i);
	show(&s, buf_span(&text), &o);
	cr_expect(says(&s,
		      "2:[1][2]\nfailed: line 3: a quote opened here is "
		      "never closed\n"),
	    "%.*s", (int)s.text.n, s.text.p);
	cr_expect(s.err.code == ERR_INPUT);
	cr_expect(s.err.hint[0] != '\0');
	shown_release(&s);
	buf_release(&text);
}

Test(csv_reader, an_over_long_record_takes_bounded_memory)
{
	struct buf text = BUF_INIT(1 << 24);
	struct csv_options o = { .max_record = 1000, .block = 4096 };
	struct csv_block block = { 0 };
	struct csv_rows rows = { 0 };
	struct csv_reader *r;
	struct err err;
	char path[32];
	uint64_t lines = 0;

	buf_adds(&text, "a,b\n3,\"");
	for (int i = 0; i < 300000; i++)
		buf_adds(&text, "\r\nxx");
	buf_adds(&text, "\"\r\n5,6\r\n");
	write_temp(path, buf_span(&text));
	cr_assert(csv_reader_open(&r, path, &o, &err) == 0);
	while (csv_reader_next(r, &block, &err) > 0) {
		cr_assert(csv_split(&rows, &block, csv_reader_dialect(r),
			      &(unsigned){ 1 }, 1, &err) == 0);
		for (size_t i = 0; i < rows.n; i++, lines++)
			if (lines == 0) {
				cr_expect(
				    rows.row[i].status == CSV_ROW_TOO_LONG);
				cr_expect(eq(u64, csv_row_length(&rows.row[i]),
				    4 + 300000 * 4));
				cr_expect(eq(sz, rows.row[i].raw.n, 1000));
			} else {
				cr_expect(eq(u64, rows.row[i].line, 300003));
				cr_expect(span_eq(rows.cell[i], SPAN("6")));
			}
	}
	cr_expect(eq(u64, lines, 2));
	cr_expect(lt(sz, block.mem.cap, 16384));
	unlink(path);
	csv_reader_close(r);
	csv_rows_release(&rows);
	csv_block_release(&block);
	buf_release(&text);
}

/* --- The front of a file --- */

struct front {
	const char *text;
	size_t n;
	const char *preamble, *header, *eol, *names;
	const char *rows;
	struct csv_options o;
};

#define TEXT(lit) lit, sizeof(lit) - 1

static void
show_names(struct buf *out, const struct csv_reader *r)
{
	size_t n;
	const struct span *names = csv_reader_names(r, &n);

	for (size_t i = 0; i < n; i++) {
		buf_addc(out, '[');
		show_bytes(out, names[i]);
		buf_addc(out, ']');
	}
}

Test(csv_reader, the_front_of_a_file_is_kept)
{
	static const struct front fronts[] = {
		{ TEXT("phone,name\n1,2\n"), "", "phone,name", "\n",
		    "[phone][name]", "2:[1][2]\n", { 0 } },
		{ TEXT("\xEF\xBB\xBFphone,name\r\n1,2\r\n"), "\xEF\xBB\xBF",
		    "phone,name", "\r\n", "[phone][name]", "2:[1][2]\n",
		    { 0 } },
		{ TEXT("sep=;\r\nphone;a,b\r\n1;2\r\n"), "sep=;\r\n",
		    "phone;a,b", "\r\n", "[phone][a,b]", "3:[1][2]\n", { 0 } },
		{ TEXT("\xEF\xBB\xBFSEP=|\nphone|a,b\n1|2\n"),
		    "\xEF\xBB\xBFSEP=|\n", "phone|a,b", "\n", "[phone][a,b]",
		    "3:[1][2]\n", { 0 } },
		{ TEXT("sep=;\na,b\n1,2\n"), "sep=;\n", "a,b", "\n", "[a][b]",
		    "3:[1][2]\n", { .delimiter = ',' } },
		{ TEXT("\n  \r\nphone\n1\n"), "\n  \r\n", "phone", "\n",
		    "[phone]", "4:[1]\n", { 0 } },
		{ TEXT("Report of \"May\n\nx\ra,b\r1,2\r"),
		    "Report of \"May\n\nx\r", "a,b", "\r", "[a][b]",
		    "5:[1][2]\n", { .skip_lines = 3 } },
		{ TEXT(" \"a \"\"x\"\"\" , b \n1,2\n"), "",
		    " \"a \"\"x\"\"\" , b ", "\n", "[a \"x\"][b]", "2:[1][2]\n",
		    { 0 } },
		{ TEXT("a,,a\n1,2,3\n"), "", "a,,a", "\n", "[a][][a]",
		    "2:[1][2][3]\n", { 0 } },
		{ TEXT("1,2\r\n3,4\r\n"), "", "", "\r\n", "[1][2]",
		    "1:[1][2]\n2:[3][4]\n", { .header = CSV_HEADER_NO } },
		{ TEXT("phone"), "", "phone", "\n", "[phone]", "", { 0 } },
	};

	for (size_t i = 0; i < sizeof(fronts) / sizeof(*fronts); i++) {
		const struct front *c = &fronts[i];
		struct buf names = BUF_INIT(1000), bytes = BUF_INIT(1000);
		struct csv_reader *r;
		struct shown s;
		struct err err;
		char path[32];

		write_temp(path, span_of(c->text, c->n));
		cr_assert_eq(csv_reader_open(&r, path, &c->o, &err), 0, "%s",
		    err.text);
		cr_expect(span_eq(csv_reader_preamble(r),
			      span_str(c->preamble)),
		    "preamble of: %s", c->text);
		cr_expect(span_eq(csv_reader_header_raw(r),
			      span_str(c->header)),
		    "header of: %s", c->text);
		cr_expect(span_eq(csv_reader_eol(r), span_str(c->eol)),
		    "line end of: %s", c->text);
		show_names(&names, r);
		cr_expect(span_eq(buf_span(&names), span_str(c->names)),
		    "names of: %s\n%.*s", c->text, (int)names.n, names.p);
		csv_reader_close(r);
		show_file(&s, path, &c->o, false, &bytes);
		cr_expect(says(&s, c->rows), "rows of: %s\n%.*s", c->text,
		    (int)s.text.n, s.text.p);
		if (strcmp(c->text, "phone") != 0)
			cr_expect(span_eq(buf_span(&bytes),
				      span_of(c->text, c->n)),
			    "bytes of: %s", c->text);
		unlink(path);
		shown_release(&s);
		buf_release(&bytes);
		buf_release(&names);
	}
}

Test(csv_reader, what_cannot_be_read_is_refused_with_the_callers_code)
{
	static const struct {
		const char *text;
		size_t n;
		const char *why; /* part of it */
		const char *hint;
		struct csv_options o;
		enum err_code code;
	} cases[] = {
		{ TEXT(""), "no record", "", { .blame = ERR_LIST }, ERR_LIST },
		{ TEXT("\n \n"), "no record", "", { 0 }, ERR_INPUT },
		{ TEXT("a,b;c\n1,2;3\n"), "a comma or a semicolon",
		    "--delimiter", { .blame = ERR_LIST }, ERR_LIST },
		{ TEXT("\xE5\x8F\xB7\xEF\xBC\x8C\xE5\x90\x8D\n1\n"), "", "",
		    { 0 }, ERR_NONE },
		{ TEXT("\xE5\x8F\xB7\xEF\xBC\x8C\xE5\x90\x8D\n1,2\n"),
		    "full-width", "sed", { 0 }, ERR_INPUT },
		{ TEXT("\"a\"b,c\n1,2\n"), "header", "", { 0 }, ERR_INPUT },
		{ TEXT("abcdefghi\n1\n"), "too long", "--max-record",
		    { .max_record = 8 }, ERR_INPUT },
		{ TEXT("a,b\n1,2\n"), "unknown encoding", "iconv",
		    { .encoding = "no-such" }, ERR_USAGE },
		{ TEXT("a,b\n1,2\n"), "delimiter", "", { .delimiter = '"' },
		    ERR_USAGE },
		{ TEXT("\xFF\xFE"
		       "a\0,\0"),
		    "byte-order mark", "", { .encoding = "GB18030" },
		    ERR_INPUT },
		{ TEXT("a\0,\0b\0\n\0"
		       "1\0,\0"
		       "2\0\n\0"),
		    "UTF-16", "--encoding", { .blame = ERR_LIST }, ERR_LIST },
		/* GB18030 for U+4E2D, U+6587, and `|` as a second half. */
		{ TEXT("a|b\n\xD6\xD0\xCE\xC4|2\n"), "GB18030", "iconv", { 0 },
		    ERR_INPUT },
		{ TEXT("a|b\n1|2\n"), "", "", { .encoding = "GB18030" },
		    ERR_NONE },
		{ TEXT("\xFE\xFF\0a\0\n\xD8\0\0b\0\n"),
		    "line 2: bytes that "
		    "are not UTF-16BE",
		    "", { 0 }, ERR_INPUT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct shown s;

		show(&s, span_of(cases[i].text, cases[i].n), &cases[i].o);
		cr_expect_eq(s.failed, cases[i].code != ERR_NONE, "case %zu",
		    i);
		if (s.failed) {
			cr_expect_eq(s.err.code, cases[i].code, "case %zu: %s",
			    i, s.err.text);
			cr_expect(strstr(s.err.text, cases[i].why) != NULL,
			    "case %zu: %s", i, s.err.text);
			cr_expect(strstr(s.err.hint, cases[i].hint) != NULL,
			    "case %zu: %s", i, s.err.hint);
		}
		shown_release(&s);
	}
}

Test(csv_reader, an_empty_list_may_be_a_reader_of_nothing)
{
	struct csv_options o = { .empty_ok = true };
	struct shown s;

	show(&s, SPAN("\xEF\xBB\xBF\n"), &o);
	cr_expect(not(s.failed));
	cr_expect(says(&s, ""));
	shown_release(&s);
}

Test(csv_reader, a_missing_file_is_an_io_error)
{
	struct csv_reader *r;
	struct err err;

	cr_expect(eq(int,
	    csv_reader_open(&r, "/nonexistent/list.csv",
		&(struct csv_options){ .blame = ERR_LIST }, &err),
	    -1));
	cr_expect(err.code == ERR_IO);
	cr_expect(r == NULL);
}

Test(csv_reader, the_first_record_can_be_declared_a_row)
{
	struct csv_reader *r;
	struct csv_block block = { 0 };
	struct csv_rows rows = { 0 };
	struct err err;
	char path[32];
	unsigned want = 1;

	write_temp(path, SPAN("sep=,\n416,1234567\n416,1234568\n"));
	cr_assert(
	    csv_reader_open(&r, path, &(struct csv_options){ 0 }, &err) == 0);
	cr_assert(csv_reader_sample(r, &rows, &want, 1, 9, &err) == 0);
	cr_expect(eq(sz, rows.n, 1));
	csv_reader_set_header(r, false);
	cr_expect(eq(sz, csv_reader_header_raw(r).n, 0));
	cr_assert(csv_reader_sample(r, &rows, &want, 1, 9, &err) == 0);
	cr_assert(eq(sz, rows.n, 2));
	cr_expect(eq(u64, rows.row[0].line, 2));
	cr_expect(span_eq(rows.cell[0], SPAN("1234567")));
	cr_assert(csv_reader_next(r, &block, &err) == 1);
	cr_assert(csv_split(&rows, &block, csv_reader_dialect(r), &want, 1,
		      &err) == 0);
	cr_assert(eq(sz, rows.n, 2));
	cr_expect(eq(u64, rows.row[1].line, 3));
	cr_expect(eq(u64, block.offset, 6));
	cr_expect(block.last);
	cr_expect(eq(int, csv_reader_next(r, &block, &err), 0));
	csv_rows_release(&rows);
	csv_block_release(&block);
	csv_reader_close(r);
	unlink(path);
}

Test(csv_reader, the_sample_stops_at_as_many_rows_as_asked)
{
	struct csv_reader *r;
	struct csv_rows rows = { 0 };
	struct err err;
	char path[32];

	write_temp(path, SPAN("a\n1\n\n2\n3\n"));
	cr_assert(
	    csv_reader_open(&r, path, &(struct csv_options){ 0 }, &err) == 0);
	cr_assert(
	    csv_reader_sample(r, &rows, &(unsigned){ 0 }, 1, 2, &err) == 0);
	cr_assert(eq(sz, rows.n, 2));
	cr_expect(span_eq(rows.cell[1], SPAN("2")));
	csv_rows_release(&rows);
	csv_reader_close(r);
	unlink(path);
}

Test(csv_reader, wide_text_is_converted_with_or_without_a_mark)
{
	static const struct {
		const char *text;
		size_t n;
		const char *encoding;
	} cases[] = {
		{ TEXT("\xFF\xFE"
		       "a\0,\0b\0\n\0"
		       "1\0,\0-N\n\0"),
		    NULL },
		{ TEXT("\xFF\xFE"
		       "a\0,\0b\0\n\0"
		       "1\0,\0-N\n\0"),
		    "UTF-16" },
		{ TEXT("\xFF\xFE"
		       "a\0,\0b\0\n\0"
		       "1\0,\0-N\n\0"),
		    "UTF-16LE" },
		{ TEXT("a\0,\0b\0\n\0"
		       "1\0,\0-N\n\0"),
		    "UTF-16LE" },
		{ TEXT("\xFE\xFF\0a\0,\0b\0\n\0"
		       "1\0,N-\0\n"),
		    NULL },
		{ TEXT("\0\0\xFE\xFF\0\0\0a\0\0\0,\0\0\0b\0\0\0\n\0\0\0"
		       "1\0\0\0,\0\0N-\0\0\0\n"),
		    NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct csv_options o = { .encoding = cases[i].encoding };
		struct buf bytes = BUF_INIT(1000);
		struct shown s;
		char path[32];

		for (o.block = 1; o.block < 100; o.block += 17) {
			buf_reset(&bytes);
			write_temp(path, span_of(cases[i].text, cases[i].n));
			show_file(&s, path, &o, false, &bytes);
			unlink(path);
			cr_expect(says(&s, "2:[1][\xE4\xB8\xAD]\n"),
			    "case %zu: %.*s", i, (int)s.text.n, s.text.p);
			cr_expect(span_eq(buf_span(&bytes),
				      SPAN("\xEF\xBB\xBF"
					   "a,b\n1,\xE4\xB8\xAD\n")),
			    "case %zu", i);
			shown_release(&s);
		}
		buf_release(&bytes);
	}
}

/* --- The same rows from blocks of any size --- */

struct random {
	uint64_t state;
};

static unsigned
pick(struct random *r, unsigned n)
{
	r->state = r->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(r->state >> 33) % n;
}

/* Rows of all that can go wrong; three columns, now and then. */
static void
messy(struct buf *out, uint64_t seed, size_t rows, bool close)
{
	static const char *const fields[] = {
		"", "1", "13800000001", "a b", " x ", "\"q\"", "\"a,b\"",
		"\"line\nend\"", "\"cr\r\nlf\"", "\"lone\rcr\"",
		"\"say \"\"hi\"\"\"", "\"\"", "\"\"\"\"", "5\" disk",
		" \"blank\" ", "\"junk\"x", "\"junk\" \"y\"", "\t", "x\"",
		"\xE4\xB8\xAD",
		"a long field that goes on for quite a while, it seems",
		"\"a long quoted field,\nwith \"\"all\"\" that it can have\"",
		"0123456789012345678901234567890123456789012345678901234567890123456789"
	};
	static const char *const ends[] = { "\n", "\n", "\n", "\r\n", "\r\n",
		"\r", "\n\n", "\r\r", "\r\n\r\n", " \n", "\n  \n", "\n\t\r\n" };
	struct random r = { seed };

	buf_adds(out, "a,b,c\n");
	for (size_t i = 0; i < rows; i++) {
		unsigned n = pick(&r, 9) ? 3 : 1 + pick(&r, 6);

		for (unsigned k = 0; k < n; k++) {
			if (k > 0)
				buf_addc(out, ',');
			buf_adds(out,
			    fields[pick(&r,
				pick(&r, 3) ?
				    5 :
				    sizeof(fields) / sizeof(*fields))]);
		}
		buf_adds(out, ends[pick(&r, sizeof(ends) / sizeof(*ends))]);
	}
	if (!close)
		buf_adds(out, "1,\"2\n3,4,5\n");
}

static void
compare_blocks(const char *path, struct csv_options *o, const char *what,
    uint64_t seed)
{
	static const size_t sizes[] = { 1, 2, 7, 63, 64, 65, 4096 };
	struct shown all, s;

	o->block = 1 << 20;
	show_file(&all, path, o, true, NULL);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		o->block = sizes[i];
		show_file(&s, path, o, true, NULL);
		cr_expect(span_eq(buf_span(&s.text), buf_span(&all.text)),
		    "blocks of %zu, %s, seed %" PRIu64, sizes[i], what, seed);
		cr_expect(eq(u64, s.rows, all.rows));
		cr_expect(eq(u64, s.blank, all.blank));
		cr_expect(sizes[i] > 7 || s.blocks > all.blocks);
		shown_release(&s);
	}
	shown_release(&all);
}

Test(csv_reader, any_block_size_gives_the_same_rows)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct buf text = BUF_INIT(1 << 24);
		struct csv_options o = { .delimiter = ',',
			.max_record = seed % 3 ? 0 : 24 + seed };
		char path[32];

		messy(&text, seed, 1 + seed * 4, seed % 4);
		if (seed % 5 == 0)
			text.n--; /* no line end, or half of one */
		write_temp(path, buf_span(&text));
		compare_blocks(path, &o, "messy", seed);
		unlink(path);
		buf_release(&text);
	}
}

/* Rows that stay as they are: all bytes are some row's, or a blank line's. */
Test(csv_reader, no_byte_is_lost)
{
	struct buf text = BUF_INIT(1 << 24), bytes = BUF_INIT(1 << 24);
	struct csv_options o = { .delimiter = ',' };
	struct shown s;
	char path[32];

	buf_adds(&text, "a,b,c\r\n");
	for (int i = 0; i < 30000; i++)
		buf_addf(&text, "%d,\"x\r\n%d\"%s,y\n", i, i, i % 7 ? "" : "?");
	write_temp(path, buf_span(&text));
	show_file(&s, path, &o, false, &bytes);
	cr_expect(span_eq(buf_span(&bytes), buf_span(&text)));
	cr_expect(eq(u64, s.rows, 30000));
	unlink(path);
	shown_release(&s);
	buf_release(&text);
	buf_release(&bytes);
}

/* --- The lanes agree with the rules, written down a second time --- */

/*
 * A reader that goes byte by byte and has no lanes: the rows of `text` as
 * show_row() would show them.
 */
struct plain {
	struct buf *out;
	struct buf row;    /* "[a][b]" so far */
	const char *start; /* of the record */
	uint64_t line;     /* of the record's start */
	unsigned fields;
	bool junk, text;
	uint64_t blank;
};

static void
plain_row(struct plain *p, const char *end, const struct csv_dialect *d)
{
	size_t n = (size_t)(end - p->start), keep = n;
	const char *status = NULL;

	if (n > d->max_record) {
		status = "long ";
		keep = d->max_record;
		p->fields = 0;
	} else if (p->fields == 1 && !p->text) {
		p->blank++;
		return;
	} else if (p->junk) {
		status = "junk ";
	} else if (p->fields != d->columns) {
		status = "ragged ";
	}
	buf_addf(p->out, "%" PRIu64 ":", p->line);
	if (status) {
		buf_addf(p->out, "%s%u:", status, p->fields);
		show_bytes(p->out, span_of(p->start, keep));
		if (keep != n)
			buf_addf(p->out, "(%zu)", n);
	} else {
		buf_addspan(p->out, buf_span(&p->row));
	}
	buf_addc(p->out, '\n');
}

static const char *
plain_field(struct plain *p, const char *at, const char *end, char delimiter)
{
	struct buf cell = BUF_INIT(1 << 24);
	bool quoted = false;

	while (at < end && (*at == ' ' || *at == '\t') && *at != delimiter)
		at++;
	if (at < end && *at == '"' && !p->junk) {
		quoted = p->text = true;
		for (at++; at < end; at++) {
			if (*at == '"' && (at + 1 == end || at[1] != '"')) {
				at++;
				break;
			}
			at += *at == '"';
			buf_addc(&cell, *at);
		}
		while (
		    at < end && (*at == ' ' || *at == '\t') && *at != delimiter)
			at++;
		p->junk = at < end && *at != delimiter && *at != '\n' &&
		    *at != '\r';
	}
	for (; at < end && *at != delimiter && *at != '\n' && *at != '\r'; at++)
		if (!quoted) {
			buf_addc(&cell, *at);
			p->text |= *at != ' ' && *at != '\t';
		}
	while (!quoted && cell.n > 0 &&
	    (cell.p[cell.n - 1] == ' ' || cell.p[cell.n - 1] == '\t'))
		cell.n--;
	buf_addc(&p->row, '[');
	show_bytes(&p->row, buf_span(&cell));
	buf_addc(&p->row, ']');
	p->fields++;
	buf_release(&cell);
	return at;
}

static uint64_t
plain_lines(const char *p, const char *end)
{
	uint64_t n = 0;

	for (; p < end; p++) {
		n += *p == '\n' || *p == '\r';
		p += *p == '\r' && p + 1 < end && p[1] == '\n';
	}
	return n;
}

static uint64_t
plain_rows(struct buf *out, struct span s, const struct csv_dialect *d)
{
	struct plain p = { .out = out, .row = BUF_INIT(1 << 24), .line = 1 };
	const char *at = s.p, *end = s.p + s.n;

	while (at < end) {
		p.start = at;
		p.fields = 0;
		p.junk = p.text = false;
		buf_reset(&p.row);
		while ((at = plain_field(&p, at, end, d->delimiter)) < end &&
		    *at == d->delimiter)
			at++;
		plain_row(&p, at, d);
		if (at < end)
			at += *at == '\r' && at + 1 < end && at[1] == '\n' ? 2 :
									     1;
		p.line += plain_lines(p.start, at);
	}
	buf_release(&p.row);
	return p.blank;
}

static void
compare_lanes(struct span text, const struct csv_dialect *d, uint64_t seed)
{
	static const char *const names[] = { "auto", "usual", "walk",
		"libcsv" };
	struct buf want = BUF_INIT(1 << 24), got = BUF_INIT(1 << 24);
	struct csv_rows rows = { 0 };
	struct csv_block block = { .n = text.n, .line = 1 };
	unsigned columns[8];
	struct err err;
	uint64_t blank = plain_rows(&want, text, d);

	block.p = calloc(1, text.n + CSV_PAD);
	memcpy(block.p, text.p, text.n);
	for (unsigned k = 0; k < 8; k++)
		columns[k] = k;
	for (int lane = CSV_LANE_AUTO; lane <= CSV_LANE_LIBCSV; lane++) {
		buf_reset(&got);
		cr_assert(csv_split_lane(&rows, &block, d, columns, d->columns,
			      (enum csv_lane)lane, &err) == 0);
		for (size_t i = 0; i < rows.n; i++)
			show_row(&got, &rows, i, d->columns);
		cr_expect(span_eq(buf_span(&want), buf_span(&got)),
		    "lane %s, seed %" PRIu64 "\nwant:\n%.*s\ngot:\n%.*s",
		    names[lane], seed, (int)want.n, want.p, (int)got.n, got.p);
		cr_expect(eq(u64, rows.blank, blank));
	}
	free(block.p);
	csv_rows_release(&rows);
	buf_release(&want);
	buf_release(&got);
}

Test(csv_reader, all_lanes_keep_the_rules)
{
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct buf text = BUF_INIT(1 << 24);
		struct csv_dialect d = { ',', 3, seed % 3 ? 1000 : 40 };

		messy(&text, seed, seed, true);
		compare_lanes(buf_span(&text), &d, seed);
		buf_release(&text);
	}
}

/* Short texts of nothing but what matters reach every corner. */
Test(csv_reader, all_lanes_keep_the_rules_on_any_short_text)
{
	static const char bytes[] = "\",\n\r \tx;";
	struct random r = { 7 };

	for (uint64_t i = 0; i < 30000; i++) {
		struct csv_dialect d = { ",\t;"[i % 3], 1 + pick(&r, 3),
			i % 5 ? 100 : 3 };
		struct csv_scan scan = { .delimiter = d.delimiter };
		char text[24];
		size_t n = pick(&r, sizeof(text));

		for (size_t k = 0; k < n; k++)
			text[k] = bytes[pick(&r, sizeof(bytes) - 1)];
		csv_scan(&scan, text, 0, n);
		/* Only whole records come in a block. */
		if (scan.state == CSV_IN_QUOTES)
			n = scan.cut;
		compare_lanes(span_of(text, n), &d, i);
	}
}

Test(csv_reader, the_scan_finds_the_ends_that_a_single_step_finds)
{
	static const char bytes[] = "\",\n\r \txx";
	struct random r = { 11 };

	for (int i = 0; i < 50000; i++) {
		struct csv_scan whole = { .delimiter = ',' }, parts = whole;
		enum csv_state state = CSV_AT_START, before;
		size_t n = pick(&r, 80), cut = 0, quote_at = 0;
		char text[80];

		for (size_t k = 0; k < n; k++)
			text[k] = bytes[pick(&r, sizeof(bytes) - 1)];
		for (size_t k = 0; k < n; k++) {
			before = state;
			state = csv_step(state, text[k], ',');
			if (state == CSV_IN_QUOTES && before == CSV_AT_START)
				quote_at = k;
			/* A CR counts when what follows it is known. */
			if (before != CSV_IN_QUOTES &&
			    (text[k] == '\n' || (text[k] == '\r' && k + 1 < n)))
				cut = k + 1;
		}
		csv_scan(&whole, text, 0, n);
		for (size_t k = 0; k < n;) {
			size_t to = k + 1 + pick(&r, 9);

			to = to > n ? n : to;
			csv_scan(&parts, text, k, to);
			k = to;
		}
		cr_assert_eq(whole.state, parts.state);
		cr_assert_eq(whole.state, state);
		cr_assert_eq(whole.cr, parts.cr);
		cr_assert_eq(whole.cut, cut);
		cr_assert_eq(parts.cut, cut);
		if (state == CSV_IN_QUOTES)
			cr_assert(whole.quote_at == quote_at &&
			    parts.quote_at == quote_at);
	}
}

Test(csv_reader, lines_are_counted_by_lf_crlf_and_lone_cr)
{
	struct random r = { 3 };
	char text[2000];

	for (int i = 0; i < 2000; i++) {
		size_t n = pick(&r, sizeof(text)), want = 0;

		for (size_t k = 0; k < n; k++)
			text[k] = "\n\rab"[pick(&r, 4)];
		want = plain_lines(text, text + n);
		cr_assert_eq(csv_lines(text, n), want);
	}
	memset(text, '\n', sizeof(text));
	cr_expect(eq(u64, csv_lines(text, sizeof(text)), sizeof(text)));
}

/* --- Cells --- */

Test(csv_reader, a_cells_place_in_its_row_includes_quotes)
{
	struct csv_dialect d = { ',', 3, 1000 };
	struct csv_row row = { .raw = SPAN(" 1 , \"a \"\"b\"\",\" ,"),
		.fields = 3 };
	struct span at;

	cr_assert(csv_row_cell(&at, &row, 0, &d));
	cr_expect(span_eq(at, SPAN("1")));
	cr_assert(csv_row_cell(&at, &row, 1, &d));
	cr_expect(span_eq(at, SPAN("\"a \"\"b\"\",\"")));
	cr_assert(csv_row_cell(&at, &row, 2, &d));
	cr_expect(eq(sz, at.n, 0));
	cr_expect(at.p == row.raw.p + row.raw.n);
	cr_expect(not(csv_row_cell(&at, &row, 3, &d)));
	row.status = CSV_ROW_JUNK;
	cr_expect(not(csv_row_cell(&at, &row, 0, &d)));
}

Test(csv_reader, only_wanted_cells_are_given)
{
	struct csv_dialect d = { ',', 4, 1000 };
	char text[200] = "a,b,c,d\n\"a\",\"b\"\"b\",c,\"d\"\"\"\n";
	struct csv_block block = { .p = text, .n = strlen(text), .line = 1 };
	struct csv_rows rows = { 0 };
	unsigned want[] = { 1, 3 };
	struct err err;

	cr_assert(csv_split(&rows, &block, &d, want, 2, &err) == 0);
	cr_assert(eq(sz, rows.n, 2));
	cr_expect(span_eq(rows.cell[0], SPAN("b")));
	cr_expect(span_eq(rows.cell[1], SPAN("d")));
	cr_expect(span_eq(rows.cell[2], SPAN("b\"b")));
	cr_expect(span_eq(rows.cell[3], SPAN("d\"")));
	cr_assert(csv_split(&rows, &block, &d, NULL, 0, &err) == 0);
	cr_expect(eq(sz, rows.n, 2));
	csv_rows_release(&rows);
	csv_rows_release(&rows);
}

Test(csv_reader, what_is_wrong_with_a_row_is_said)
{
	struct csv_dialect d = { ',', 7, 1000 };
	struct csv_row row = { .status = CSV_ROW_RAGGED, .fields = 5 };
	char why[100];

	csv_row_why(why, sizeof(why), &row, &d);
	cr_expect(eq(str, why, "5 fields where the header has 7"));
	row.fields = 1;
	csv_row_why(why, sizeof(why), &row, &d);
	cr_expect(eq(str, why, "1 field where the header has 7"));
	row.status = CSV_ROW_JUNK;
	csv_row_why(why, sizeof(why), &row, &d);
	cr_expect(eq(str, why, "text after a closing quote"));
	row.status = CSV_ROW_TOO_LONG;
	row.fields = 1001;
	csv_row_why(why, sizeof(why), &row, &d);
	cr_expect(eq(str, why, "1001 bytes where a record may have 1000"));
	row.upper = 2;
	csv_row_why(why, sizeof(why), &row, &d);
	cr_expect(
	    eq(str, why, "8589935593 bytes where a record may have 1000"));
	row.status = CSV_ROW_OK;
	csv_row_why(why, sizeof(why), &row, &d);
	cr_expect(eq(str, why, ""));
}

/* --- Pipes --- */

struct feeder {
	int fd;
	const char *const *parts;
	int go[2]; /* a byte for each part that may be written */
};

static void *
feed(void *data)
{
	struct feeder *f = data;
	char c;

	for (size_t i = 0; f->parts[i]; i++) {
		if (i > 0 && read(f->go[0], &c, 1) != 1)
			break;
		if (write(f->fd, f->parts[i], strlen(f->parts[i])) < 0)
			break;
	}
	close(f->fd);
	return NULL;
}

/* The writer goes on only when what it wrote has come out. */
Test(csv_reader, a_slow_pipes_rows_come_out_as_they_come_in, .timeout = 20)
{
	static const char *const parts[] = { "phone\n1\n2", "3\n4\n", "5,",
		"x\n6", NULL };
	char path[] = "/tmp/test_fifo.XXXXXX";
	struct feeder f = { .parts = parts };
	struct csv_block block = { 0 };
	struct csv_rows rows = { 0 };
	struct buf out = BUF_INIT(1000);
	struct csv_reader *r;
	struct err err;
	pthread_t thread;
	int fd[2];

	cr_assert(pipe(fd) == 0 && pipe(f.go) == 0);
	f.fd = fd[1];
	cr_assert(pthread_create(&thread, NULL, feed, &f) == 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	cr_assert(csv_reader_open(&r, path,
		      &(struct csv_options){ .delimiter = ',' }, &err) == 0);
	for (int i = 0; csv_reader_next(r, &block, &err) > 0; i++) {
		cr_assert(csv_split(&rows, &block, csv_reader_dialect(r),
			      &(unsigned){ 0 }, 1, &err) == 0);
		for (size_t k = 0; k < rows.n; k++)
			show_row(&out, &rows, k, 1);
		buf_adds(&out, "-\n");
		/* The third part ends no row: the fourth is let in too. */
		cr_assert(write(f.go[1], "..", i == 1 ? 2 : 1) > 0);
	}
	pthread_join(thread, NULL);
	cr_expect(span_eq(buf_span(&out),
		      SPAN("2:[1]\n-\n3:[23]\n4:[4]\n-\n"
			   "5:ragged 2:5,x\n-\n6:[6]\n-\n")),
	    "%.*s", (int)out.n, out.p);
	csv_reader_close(r);
	csv_rows_release(&rows);
	csv_block_release(&block);
	buf_release(&out);
	close(fd[0]);
	close(f.go[0]);
	close(f.go[1]);
}

/* --- Files from elsewhere --- */

/* The cells of the suite's JSON, in order: its second, fourth... string. */
static void
json_values(struct buf *out, struct span s)
{
	bool key = true;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '"')
			continue;
		if (!key)
			buf_addc(out, '[');
		for (i++; i < s.n && s.p[i] != '"'; i++) {
			char c = s.p[i];

			if (c == '\\' && i + 1 < s.n) {
				c = s.p[++i];
				c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
			}
			if (!key)
				show_bytes(out, span_of(&c, 1));
		}
		if (!key)
			buf_addc(out, ']');
		key = !key;
	}
}

static void
read_file(struct buf *out, const char *path)
{
	FILE *f = fopen(path, "rb");
	char part[4096];
	size_t n;

	cr_assert(f != NULL, "%s", path);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(out, part, n);
	fclose(f);
}

/* show_file()'s text without the line numbers and ends. */
static void
cells_only(struct buf *out, struct span s)
{
	size_t start = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\n')
			continue;
		while (start < i && s.p[start] != '[')
			start++;
		buf_add(out, s.p + start, i - start);
		start = i + 1;
	}
}

Test(csv_reader, the_csv_spectrum_is_read_as_it_expects)
{
	static const char *const files[] = { "comma_in_quotes",
		"escaped_quotes", "json", "newlines_crlf",
		"quotes_and_newlines", "utf8" };

	if (access(DATA, R_OK) != 0)
		cr_skip("no %s", DATA);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct buf json = BUF_INIT(10000), want = BUF_INIT(10000);
		struct buf got = BUF_INIT(10000);
		struct shown s;
		char path[200];

		snprintf(path, sizeof(path), "%scsv/%s.expected.json", DATA,
		    files[i]);
		read_file(&json, path);
		json_values(&want, buf_span(&json));
		snprintf(path, sizeof(path), "%scsv/%s.csv", DATA, files[i]);
		show_file(&s, path, &(struct csv_options){ 0 }, false, NULL);
		cells_only(&got, buf_span(&s.text));
		/* The suite's file has LF in it where its JSON has CRLF. */
		if (strcmp(files[i], "newlines_crlf") == 0)
			cr_expect(span_eq(buf_span(&got),
			    SPAN("[1][2][3]"
				 "[Once upon \\na time][5][6][7][8][9]")));
		else
			cr_expect(span_eq(buf_span(&got), buf_span(&want)),
			    "%s: %.*s", files[i], (int)got.n, got.p);
		shown_release(&s);
		buf_release(&json);
		buf_release(&want);
		buf_release(&got);
	}
}

Test(csv_reader, real_files_are_understood)
{
	static const struct {
		const char *path;
		char delimiter;
		unsigned columns;
		uint64_t rows;
		const char *malformed;
		enum csv_header header;
		const char *encoding;
	} files[] = {
		{ "csv/european.csv", ';', 5, 5, "3 6 7 ", 0, "UTF-8" },
		{ "csv/mac_newlines.csv", ',', 3, 2, "", 0, "UTF-8" },
		{ "csv/no_final_newline.csv", ',', 2, 3, "", 0, "UTF-8" },
		{ "csv/pipe_quoted.csv", '|', 3, 3, "", CSV_HEADER_NO,
		    "UTF-8" },
		{ "csv/blank_rows.csv", ',', 3, 3, "", 0, "UTF-8" },
		{ "csv/blank_headers.csv", ',', 3, 2, "", 0, "UTF-8" },
		{ "csv/timestamps.csv", ',', 2, 4, "", 0, "UTF-8" },
		{ "encoding/bom_utf8.csv", ',', 3, 2, "", 0, "UTF-8" },
		{ "encoding/bom_utf16le.csv", ',', 3, 2, "", 0, "UTF-16LE" },
		{ "encoding/bom_utf16be.csv", ',', 3, 2, "", 0, "UTF-16BE" },
		{ "encoding/gbk_hospitals.csv", ',', 13, 120, "", 0,
		    "GB18030" },
		{ "lists/us_legislators.csv", ',', 28, 537, "", 0, "UTF-8" },
		{ "lists/fr_schools.csv", ';', 69, 300, "", 0, "UTF-8" },
		{ "lists/uk_public_toilets.csv", ',', 32, 15, "", 0, "UTF-8" },
		{ "lists/salesforce_accounts.csv", ',', 7, 100, "", 0,
		    "UTF-8" },
		{ "dnc/dncl_flat.txt", ',', 2, 3, "", CSV_HEADER_NO, "UTF-8" },
		{ "dnc/ftc_reported_calls.csv", ',', 8, 3, "", 0, "UTF-8" },
		{ "calls/freeswitch_cdr.csv", ',', 13, 50, "", 0, "UTF-8" },
		{ "facts/cn_area_codes.csv", ',', 2, 324, "", 0, "UTF-8" },
		{ "facts/nanp_area_codes.csv", ',', 2, 409, "", 0, "UTF-8" },
		{ "facts/example_numbers.csv", ',', 4, 289, "", 0, "UTF-8" },
	};

	if (access(DATA, R_OK) != 0)
		cr_skip("no %s", DATA);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct csv_options o = { .header = files[i].header };
		struct buf bad = BUF_INIT(1000);
		struct csv_block block = { 0 };
		struct csv_rows rows = { 0 };
		struct csv_reader *r;
		struct err err;
		uint64_t n = 0;
		char path[200];

		snprintf(path, sizeof(path), "%s%s", DATA, files[i].path);
		cr_assert(csv_reader_open(&r, path, &o, &err) == 0, "%s",
		    err.text);
		cr_expect_eq(csv_reader_dialect(r)->delimiter,
		    files[i].delimiter, "%s", path);
		cr_expect_eq(csv_reader_dialect(r)->columns, files[i].columns,
		    "%s", path);
		cr_expect_str_eq(csv_reader_decoder(r)->name, files[i].encoding,
		    "%s", path);
		while (csv_reader_next(r, &block, &err) > 0) {
			cr_assert(
			    csv_split(&rows, &block, csv_reader_dialect(r),
				NULL, 0, &err) == 0);
			for (size_t k = 0; k < rows.n; k++)
				if (rows.row[k].status != CSV_ROW_OK)
					buf_addf(&bad, "%" PRIu64 " ",
					    rows.row[k].line);
			n += rows.n;
		}
		cr_expect_eq(n, files[i].rows, "%s", path);
		cr_expect(span_eq(buf_span(&bad), span_str(files[i].malformed)),
		    "%s: %.*s", path, (int)bad.n, bad.p);
		csv_rows_release(&rows);
		csv_block_release(&block);
		csv_reader_close(r);
		buf_release(&bad);
	}
}
