#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "text/csv_lane.h"
#include "text/csv_writer.h"

Test(csv_writer, only_a_cell_that_needs_quotes_gets_them)
{
	static const struct {
		const char *in, *out;
		char delimiter;
	} cells[] = {
		{ "", "", ',' },
		{ "abc", "abc", ',' },
		{ "a b", "a b", ',' },
		{ "a;b", "a;b", ',' },
		{ "a;b", "\"a;b\"", ';' },
		{ "a,b", "\"a,b\"", ',' },
		{ "a\tb", "a\tb", ',' },
		{ "a\tb", "\"a\tb\"", '\t' },
		{ "say \"hi\"", "\"say \"\"hi\"\"\"", ',' },
		{ "\"", "\"\"\"\"", ',' },
		{ "a\nb", "\"a\nb\"", ',' },
		{ "a\rb", "\"a\rb\"", ',' },
		{ " a", "\" a\"", ',' },
		{ "a\t", "\"a\t\"", ',' },
		{ " ", "\" \"", ',' },
	};

	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
		struct buf out = BUF_INIT(1000);

		csv_add_cell(&out, span_str(cells[i].in), cells[i].delimiter);
		cr_expect(span_eq(buf_span(&out), span_str(cells[i].out)),
		    "input: %s, output: %.*s", cells[i].in, (int)out.n, out.p);
		buf_release(&out);
	}
}

/* All strings of a few bytes: what is written is what is read. */
Test(csv_writer, every_cell_is_read_back)
{
	static const char bytes[] = "\",\n\r \tx";
	enum { BASE = sizeof(bytes) - 1, ALL = BASE * BASE * BASE * BASE };
	struct csv_dialect d = { ',', 3, 1000 };
	struct csv_rows rows = { 0 };
	struct err err;

	for (int i = 0; i < ALL; i++) {
		struct buf out = BUF_INIT(1000);
		struct csv_block block = { .line = 1 };
		char text[4];
		size_t n = 0;

		for (int v = i; v > 0; v /= BASE)
			text[n++] = bytes[v % BASE];
		buf_adds(&out, "a,");
		csv_add_cell(&out, span_of(text, n), ',');
		buf_adds(&out, ",b\n");
		block.n = out.n;
		cr_assert(buf_reserve(&out, CSV_PAD));
		memset(out.p + out.n, 0, CSV_PAD);
		block.p = out.p;
		cr_assert(csv_split(&rows, &block, &d, &(unsigned){ 1 }, 1,
			      &err) == 0);
		cr_assert(eq(sz, rows.n, 1));
		cr_assert(rows.row[0].status == CSV_ROW_OK);
		cr_assert(span_eq(rows.cell[0], span_of(text, n)), "case %d",
		    i);
		buf_release(&out);
	}
	csv_rows_release(&rows);
}

/* As the header says it, byte by byte. */
static size_t
cell_by_hand(char *out, struct span s, char delimiter)
{
	const char *blanks = " \t";
	bool quotes = s.n > 0 &&
	    (strchr(blanks, s.p[0]) || strchr(blanks, s.p[s.n - 1]));
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		quotes |= s.p[i] == delimiter || strchr("\"\r\n", s.p[i]);
	if (quotes)
		out[n++] = '"';
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			out[n++] = '"';
		out[n++] = s.p[i];
	}
	if (quotes)
		out[n++] = '"';
	return n;
}

/* One special byte at each place of a cell of each length, and a few. */
Test(csv_writer, a_long_cell_is_written_as_a_short_one)
{
	static const char special[] = "\",;\n\r \t\x80";
	enum { LONGEST = 70 };
	uint64_t r = 1;

	for (int i = 0; i < 200000; i++) {
		char in[LONGEST], want[CSV_CELL_ROOM(LONGEST)];
		char got[CSV_CELL_ROOM(LONGEST)];
		char delimiter = i & 1 ? ',' : ';';
		struct buf out = BUF_INIT(1000);
		size_t n, n_want;

		r = r * 6364136223846793005 + 1442695040888963407;
		n = (r >> 40) % (LONGEST + 1);
		memset(in, 'x', sizeof(in));
		for (unsigned k = 0; n > 0 && k < (r >> 60) % 3; k++)
			in[(r >> (20 + 8 * k)) %
			    n] = special[(r >> (50 - 4 * k)) % 8];
		n_want = cell_by_hand(want, span_of(in, n), delimiter);
		csv_add_cell(&out, span_of(in, n), delimiter);
		cr_assert(span_eq(buf_span(&out), span_of(want, n_want)),
		    "%.*s: %.*s", (int)n, in, (int)out.n, out.p);
		cr_assert(csv_put_cell(got, span_of(in, n), delimiter) ==
			got + n_want &&
		    memcmp(got, want, n_want) == 0);
		buf_release(&out);
	}
}
