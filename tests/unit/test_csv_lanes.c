#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text/csv_lane.h"

/* A small generator of its own: the same bytes in every run. */
static unsigned
draw(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)((*state >> 33) % below);
}

/*
 * A copy `skew` bytes into memory that ends with the padding: a sanitizer sees
 * whoever reads behind that.  The padding is full of what must not be found.
 */
static char *
padded(char **mem, const char *text, size_t n, size_t skew)
{
	*mem = malloc(skew + n + CSV_PAD);
	memset(*mem, ',', skew + n + CSV_PAD);
	memcpy(*mem + skew, text, n);
	memcpy(*mem + skew + n, "\n\",\r\n", 5);
	return *mem + skew;
}

/* ---- csv_split_first ---- */

/* Records of all kinds, all of them whole. */
static size_t
messy(char *out, size_t cap, uint64_t *state)
{
	static const char *const fields[] = { "", "1", "13800000001", "a b",
		" x ", "\t", "x\"", "\"q\"", "\"a,b\"", "\"line\nend\"",
		"\"cr\r\nlf\"", "\"lone\rcr\"", "\"say \"\"hi\"\"\"", "\"\"",
		"\"\"\"\"", "5\" disk", " \"blank\" ", "\"junk\"x",
		"\"junk\" \"y\"", "\xE4\xB8\xAD",
		"a long field that goes on for quite a while, it seems, and "
		"then for some more" };
	static const char *const ends[] = { "\n", "\n", "\n", "\r\n", "\r\n",
		"\r", "\n\n", "\r\r", "\r\n\r\n", " \n", "\n  \n", "\n\t\r\n" };
	struct buf record = BUF_INIT(1 << 16);
	unsigned records = draw(state, 30);
	size_t n = 0;

	for (; records > 0; records--) {
		unsigned k, count = draw(state, 9) ? 3 : 1 + draw(state, 6);

		buf_reset(&record);
		for (k = 0; k < count; k++) {
			if (k > 0)
				buf_addc(&record, ',');
			buf_adds(&record,
			    fields[draw(state,
				draw(state, 3) ?
				    5 :
				    sizeof(fields) / sizeof(*fields))]);
		}
		buf_adds(&record,
		    ends[draw(state, sizeof(ends) / sizeof(*ends))]);
		if (n + record.n > cap)
			break;
		memcpy(out + n, record.p, record.n);
		n += record.n;
	}
	buf_release(&record);
	if (n > 0 && draw(state, 4) == 0)
		n--; /* no line end, or half of one */
	return n;
}

static void
same_row(const struct csv_rows *a, size_t i, const struct csv_rows *b, size_t k,
    size_t nwant, uint64_t seed)
{
	const struct csv_row *r = &a->row[i], *s = &b->row[k];

	cr_expect(r->raw.p == s->raw.p && r->raw.n == s->raw.n &&
		r->eol == s->eol && r->status == s->status &&
		r->fields == s->fields && r->line == s->line &&
		r->length == s->length,
	    "row %zu, seed %" PRIu64 ", lines %" PRIu64 " and %" PRIu64, i,
	    seed, r->line, s->line);
	for (size_t c = 0; c < nwant; c++)
		cr_expect(span_eq(a->cell[i * nwant + c],
			      b->cell[k * nwant + c]),
		    "cell %zu of row %zu, seed %" PRIu64, c, i, seed);
}

Test(csv_lanes, records_split_one_by_one_are_those_split_together)
{
	static const unsigned want[] = { 0, 2 };
	static char text[8000];
	uint64_t state = 4;
	struct err err;

	for (uint64_t seed = 0; seed < 3000; seed++) {
		struct csv_dialect d = { ',', 3, seed % 3 ? 1000 : 40 };
		struct csv_rows all = { 0 }, one = { 0 };
		size_t n = messy(text, sizeof(text), &state), row = 0;
		struct csv_block block = { .n = n, .line = 1 + seed % 7 };
		struct csv_block rest;
		uint64_t blank = 0;
		char *mem;

		block.p = padded(&mem, text, n, seed % 16);
		cr_assert(csv_split(&all, &block, &d, want, 2, &err) == 0);
		for (rest = block; rest.n > 0;) {
			const char *before = rest.p;

			cr_assert(csv_split_first(&one, &rest, &d, want, 2,
				      &err) == 0);
			cr_assert(rest.p > before &&
			    rest.p + rest.n == block.p + block.n);
			cr_assert(one.n + one.blank == 1);
			blank += one.blank;
			if (one.n == 0)
				continue;
			cr_assert(row < all.n, "seed %" PRIu64, seed);
			same_row(&all, row++, &one, 0, 2, seed);
		}
		cr_expect(row == all.n, "seed %" PRIu64, seed);
		cr_expect(blank == all.blank, "seed %" PRIu64, seed);
		cr_expect(rest.line == block.line + csv_lines(block.p, n),
		    "seed %" PRIu64, seed);
		csv_rows_release(&all);
		csv_rows_release(&one);
		free(mem);
	}
}

/* Pieces of text that come in runs: what is in quotes and what is not goes on
 * over many chunks, and some records have very many fields. */
static size_t
runs(char *out, size_t cap, uint64_t *state)
{
	static const char *const pieces[] = { ",", "x", "\"", "\"\"", "\n",
		"\r\n", "\r", "\",\"", "\"\n\"", "\"\r\n\"", "a,b,c\n",
		"\"a\",\"b\",\"c\"\r\n", "\"a \"\"b\"\"\",1,\"c\nd\"\n", " ",
		"\"a\nb\",,\n", ",,\n" };
	size_t n = 0, kinds = sizeof(pieces) / sizeof(*pieces);

	while (n < cap) {
		const char *piece = pieces[draw(state, (unsigned)kinds)];
		unsigned long_run = draw(state, 40) == 0 ? 5000 : 60;

		for (unsigned i = draw(state, long_run); i > 0; i--) {
			if (n + strlen(piece) > cap)
				return n;
			memcpy(out + n, piece, strlen(piece));
			n += strlen(piece);
		}
	}
	return n;
}

Test(csv_lanes, the_fast_lane_splits_as_the_walk_does)
{
	static const unsigned want[] = { 0, 1, 3 };
	static char text[40000];
	uint64_t state = 8, good = 0;
	struct err err;

	for (uint64_t seed = 0; seed < 1500; seed++) {
		unsigned columns = seed % 5 ? 3 : 1 + draw(&state, 4);
		size_t nwant = columns > 3 ? 3 : columns < 2 ? columns : 2;
		struct csv_dialect d = { ',', columns, seed % 3 ? 9000 : 40 };
		struct csv_scan scan = { .delimiter = ',' };
		size_t n = runs(text, draw(&state, sizeof(text)), &state);
		struct csv_block block = { .line = 1 };
		struct csv_rows walk = { 0 }, fast = { 0 };
		char *mem;

		csv_scan(&scan, text, 0, n);
		if (scan.state == CSV_IN_QUOTES)
			n = scan.cut; /* whole records only */
		block.n = n;
		block.p = padded(&mem, text, n, seed % 16);
		cr_assert(csv_split_lane(&walk, &block, &d, want, nwant,
			      CSV_LANE_WALK, &err) == 0);
		for (int lane = CSV_LANE_AUTO; lane <= CSV_LANE_USUAL; lane++) {
			cr_assert(csv_split_lane(&fast, &block, &d, want, nwant,
				      (enum csv_lane)lane, &err) == 0);
			cr_assert(fast.n == walk.n && fast.blank == walk.blank,
			    "lane %d, seed %" PRIu64, lane, seed);
			for (size_t i = 0; i < walk.n; i++) {
				same_row(&fast, i, &walk, i, nwant, seed);
				good += walk.row[i].status == CSV_ROW_OK;
			}
		}
		csv_rows_release(&walk);
		csv_rows_release(&fast);
		free(mem);
	}
	cr_expect(good > 100000, "%" PRIu64 " good rows", good);
}

/* ---- csv_lines ---- */

static uint64_t
lines_plainly(const char *p, size_t n)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n' ||
		    (p[i] == '\r' && (i + 1 == n || p[i + 1] != '\n'));
	return lines;
}

static void
compare_lines(const char *text, size_t n)
{
	char *own = malloc(n ? n : 1); /* without padding: it needs none */

	memcpy(own, text, n);
	cr_expect(csv_lines(own, n) == lines_plainly(own, n), "%zu bytes", n);
	free(own);
}

Test(csv_lanes, lines_are_those_that_a_walk_counts)
{
	uint64_t state = 6;
	char text[200];

	for (size_t n = 0; n <= sizeof(text); n++)
		for (int i = 0; i < 20; i++) {
			for (size_t k = 0; k < n; k++)
				text[k] = "\n\r,x\""[draw(&state, 5)];
			compare_lines(text, n);
		}
}

/* Counts that no byte, and no 16 bits, can hold. */
Test(csv_lanes, many_lines_are_counted_in_full)
{
	size_t n = 300000;
	char *text = malloc(n);

	memset(text, '\n', n);
	for (size_t k = 0; k < 40; k++)
		compare_lines(text, n - k);
	for (size_t k = 4080 - 20; k < 4080 + 20; k++)
		compare_lines(text, k);
	memset(text, '\r', n);
	compare_lines(text, n);
	for (size_t k = 1; k < n; k += 2)
		text[k] = '\n';
	compare_lines(text, n);
	compare_lines(text + 1, n - 1);
	free(text);
}
