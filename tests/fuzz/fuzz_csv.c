/*
 * fuzz_csv.c - what holds for any bytes that are read as CSV.
 *
 *   - blocks of any size give the same rows, or the same failure;
 *   - the fast lane, the walk and libcsv give the same rows, and so do
 *     records that are split one by one;
 *   - rows come in the order of their lines, and do not overlap;
 *   - csv_row_cell() finds what the cell says;
 *   - a decoded cell is UTF-8.
 *
 * Input: a byte of options, one for max_record, then the file.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "text/csv_lane.h"
#include "text/csv_reader.h"

static void
dump(struct buf *out, const void *p, size_t n)
{
	buf_add(out, &n, sizeof(n));
	buf_add(out, p, n);
}

static void
dump_rows(struct buf *out, const struct csv_rows *rows, size_t nwant)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct csv_row *r = &rows->row[i];

		buf_addf(out, "%d %d %u %llu %llu:", r->status, r->eol,
		    r->fields, (unsigned long long)r->line,
		    (unsigned long long)csv_row_length(r));
		dump(out, r->raw.p, r->raw.n);
		for (size_t k = 0; k < nwant; k++)
			dump(out, rows->cell[i * nwant + k].p,
			    rows->cell[i * nwant + k].n);
	}
}

static void
same(const struct buf *a, const struct buf *b, const char *what)
{
	must(!a->failed && !b->failed, "memory");
	must(span_eq(buf_span(a), buf_span(b)), what);
}

/* Does the cell's place in the row say what the cell says? */
static void
check_place(const struct csv_row *row, unsigned column,
    const struct csv_dialect *d, struct span cell)
{
	struct span at;
	size_t k = 0;

	must(csv_row_cell(&at, row, column, d), "a good row has the cell");
	must(at.p >= row->raw.p && at.p + at.n <= row->raw.p + row->raw.n,
	    "the cell lies in its row");
	if (at.n == 0 || at.p[0] != '"') {
		must(span_eq(at, cell), "an unquoted cell is its own text");
		return;
	}
	must(at.n >= 2 && at.p[at.n - 1] == '"', "a quoted cell is closed");
	for (size_t i = 1; i + 1 < at.n; i++, k++) {
		i += at.p[i] == '"';
		must(k < cell.n && cell.p[k] == at.p[i], "unescaped");
	}
	must(k == cell.n, "unescaped to the end");
}

static void
check_rows(const struct csv_rows *rows, const struct csv_block *block,
    const struct csv_dialect *d, size_t nwant)
{
	const char *end = block->p;
	uint64_t line = block->line;

	for (size_t i = 0; i < rows->n; i++) {
		const struct csv_row *r = &rows->row[i];

		must(r->raw.p >= end, "rows do not overlap");
		must(r->line >= line, "lines rise");
		end = r->raw.p + r->raw.n + r->eol;
		line = r->line + 1;
		must(end <= block->p + block->n, "rows lie in the block");
		if (r->status != CSV_ROW_OK)
			continue;
		must(r->fields == d->columns, "as many fields as columns");
		for (size_t k = 0; k < nwant; k++)
			check_place(r, (unsigned)k, d,
			    rows->cell[i * nwant + k]);
	}
}

static void
check_lanes(const struct csv_rows *rows, const struct csv_block *block,
    const struct csv_dialect *d, const unsigned *want, size_t nwant)
{
	struct buf a = BUF_INIT(SIZE_MAX / 2), b = a;
	struct csv_rows other = { 0 };
	struct err err;

	dump_rows(&a, rows, nwant);
	for (int lane = CSV_LANE_USUAL; lane <= CSV_LANE_LIBCSV; lane++) {
		must(csv_split_lane(&other, block, d, want, nwant,
			 (enum csv_lane)lane, &err) == 0,
		    "split");
		buf_reset(&b);
		dump_rows(&b, &other, nwant);
		same(&a, &b,
		    lane == CSV_LANE_USUAL    ? "the usual lane is AVX2's" :
			lane == CSV_LANE_WALK ? "the walk is the fast lane" :
						"libcsv is the fast lane");
		must(other.blank == rows->blank, "as many blank lines");
	}
	csv_rows_release(&other);
	buf_release(&a);
	buf_release(&b);
}

/* Record by record. */
static void
check_firsts(const struct csv_rows *rows, const struct csv_block *block,
    const struct csv_dialect *d, const unsigned *want, size_t nwant)
{
	struct buf a = BUF_INIT(SIZE_MAX / 2), b = a;
	struct csv_block rest = *block;
	struct csv_rows one = { 0 };
	uint64_t blank = 0;
	struct err err;

	dump_rows(&a, rows, nwant);
	while (rest.n > 0) {
		must(csv_split_first(&one, &rest, d, want, nwant, &err) == 0,
		    "split");
		must(one.n + one.blank == 1, "one record at a time");
		dump_rows(&b, &one, nwant);
		blank += one.blank;
	}
	same(&a, &b, "one by one is all together");
	must(blank == rows->blank, "as many blank lines one by one");
	must(rest.line == block->line + csv_lines(block->p, block->n),
	    "the lines of all records are all lines");
	csv_rows_release(&one);
	buf_release(&a);
	buf_release(&b);
}

static void
check_decoding(struct csv_reader *r, const struct csv_rows *rows, size_t nwant)
{
	struct buf scratch = BUF_INIT(SIZE_MAX / 2);

	for (size_t i = 0; i < rows->n * nwant; i++)
		must(utf8_valid(decode_cell(csv_reader_decoder(r),
				    rows->cell[i], &scratch),
			 false),
		    "decoded");
	buf_release(&scratch);
}

/* Everything that a reader with blocks of `o->block` gives. */
static void
read_all(struct buf *out, const char *path, const struct csv_options *o,
    bool check)
{
	enum { WANT = 4 };
	static const unsigned want[WANT] = { 0, 1, 2, 3 };
	struct csv_block block = { 0 };
	struct csv_rows rows = { 0 };
	struct csv_reader *r;
	struct err err = { 0 };
	uint64_t blank = 0;
	size_t n;
	int got;

	if (csv_reader_open(&r, path, o, &err) < 0) {
		buf_adds(out, err.text);
		return;
	}
	dump(out, csv_reader_preamble(r).p, csv_reader_preamble(r).n);
	dump(out, csv_reader_header_raw(r).p, csv_reader_header_raw(r).n);
	n = csv_reader_dialect(r)->columns;
	n = n < WANT ? n : WANT;
	while ((got = csv_reader_next(r, &block, &err)) > 0) {
		must(csv_split(&rows, &block, csv_reader_dialect(r), want, n,
			 &err) == 0,
		    "split");
		dump_rows(out, &rows, n);
		blank += rows.blank;
		if (!check)
			continue;
		check_rows(&rows, &block, csv_reader_dialect(r), n);
		if (!block.too_long) {
			check_lanes(&rows, &block, csv_reader_dialect(r), want,
			    n);
			check_firsts(&rows, &block, csv_reader_dialect(r), want,
			    n);
		}
		check_decoding(r, &rows, n);
	}
	if (got < 0)
		buf_adds(out, err.text);
	buf_addu(out, blank);
	csv_rows_release(&rows);
	csv_block_release(&block);
	csv_reader_close(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char delimiters[] = { 0, ',', ';', '\t', '|', 0, ',', 0 };
	static const size_t blocks[] = { 1, 2, 7, 64, 4096 };
	struct csv_options o = { 0 };
	struct buf whole = BUF_INIT(SIZE_MAX / 2), parts = whole;
	char path[64];
	int fd;

	if (size < 2)
		return 0;
	o.delimiter = delimiters[data[0] & 7];
	o.header = data[0] & 8 ? CSV_HEADER_NO : CSV_HEADER_YES;
	o.skip_lines = data[0] >> 6;
	o.empty_ok = data[0] & 16;
	o.max_record = data[1] < 128 ? 0 : data[1] - 127;
	if ((fd = memfd_create("csv", MFD_CLOEXEC)) < 0)
		return 0;
	must(write(fd, data + 2, size - 2) == (ssize_t)(size - 2), "written");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_all(&whole, path, &o, true);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
		o.block = blocks[i];
		buf_reset(&parts);
		read_all(&parts, path, &o, false);
		same(&whole, &parts, "blocks of any size");
	}
	close(fd);
	buf_release(&whole);
	buf_release(&parts);
	return 0;
}
