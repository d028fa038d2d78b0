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
		csv_row_length(r) == csv_row_length(s),
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

/*
 * Records of about as many fields as the header has, most of them plain: of any
 * length, so that words and chunks end anywhere in them.
 */
static size_t
wide(char *out, size_t cap, unsigned columns, uint64_t *state)
{
	static const char *const odd[] = { "\"q\"", "\"a,b\"", "\"x\ny\"",
		"\"x\r\ny\"", "\"say \"\"hi\"\"\"", "\"\"", " pad ", "\t",
		"5\" disk", " \"late\"", "\"junk\"x", "a\rb", "\"\"\"\"",
		"\"o\rp\"", "\"unpaired\"\"" };
	static const char *const ends[] = { "\n", "\r\n", "\r", " \n", "\n\n" };
	static const unsigned rare[] = { 2, 8, 50, 400, 100000 };
	unsigned rarely = rare[draw(state, 5)], usual_end = draw(state, 2);
	unsigned longest = draw(state, 4) ? 12 : 200;
	size_t n = 0, most = columns + 2;

	for (;;) {
		unsigned count = columns;

		if (draw(state, rarely) == 0)
			count += draw(state, 5) - 2;
		if (n + most * (longest + 20) > cap)
			return n;
		for (unsigned k = 0; k < count && k < most; k++) {
			const char *field = "";

			if (k > 0)
				out[n++] = ',';
			if (draw(state, rarely) == 0)
				field = odd[draw(state,
				    sizeof(odd) / sizeof(*odd))];
			else if (draw(state, 5) > 0)
				for (unsigned i = draw(state, longest); i; i--)
					out[n++] = (char)('0' + i % 70);
			memcpy(out + n, field, strlen(field));
			n += strlen(field);
		}
		{
			const char *end = ends[draw(state, rarely) ?
				usual_end :
				draw(state, 5)];

			memcpy(out + n, end, strlen(end));
			n += strlen(end);
		}
	}
}

/* Some of the columns, in rising order. */
static size_t
some_columns(unsigned *want, unsigned columns, uint64_t *state)
{
	unsigned share = draw(state, 3) ? 1 + draw(state, columns) : 1;
	size_t n = 0;

	for (unsigned k = 0; k < columns; k++)
		if (draw(state, share) == 0)
			want[n++] = k;
	return n;
}

enum { LANES = CSV_LANE_USUAL - CSV_LANE_AUTO + 1 };

/* Every lane makes of n bytes, up to a quote that is not closed, the rows that
 * the walk makes; so many of them are good and bad. */
static void
lanes_agree(const char *text, size_t n, const struct csv_dialect *d,
    const unsigned *want, size_t nwant, uint64_t seed, uint64_t *good,
    uint64_t *bad)
{
	struct csv_scan scan = { .delimiter = ',' };
	struct csv_block block = { .line = 1 };
	struct csv_rows walk = { 0 }, fast = { 0 };
	struct err err;
	char *mem;

	csv_scan(&scan, text, 0, n);
	if (scan.state == CSV_IN_QUOTES)
		n = scan.cut;
	block.n = n;
	block.p = padded(&mem, text, n, seed % 64);
	cr_assert(csv_split_lane(&walk, &block, d, want, nwant, CSV_LANE_WALK,
		      &err) == 0);
	for (int lane = CSV_LANE_AUTO; lane <= CSV_LANE_USUAL; lane++) {
		cr_assert(csv_split_lane(&fast, &block, d, want, nwant,
			      (enum csv_lane)lane, &err) == 0);
		cr_assert(fast.n == walk.n && fast.blank == walk.blank,
		    "lane %d, seed %" PRIu64, lane, seed);
		for (size_t i = 0; i < walk.n; i++)
			same_row(&fast, i, &walk, i, nwant, seed);
	}
	for (size_t i = 0; i < walk.n; i++)
		if (walk.row[i].status == CSV_ROW_OK)
			++*good;
		else
			++*bad;
	csv_rows_release(&walk);
	csv_rows_release(&fast);
	free(mem);
}

Test(csv_lanes, any_wanted_columns_are_those_that_the_walk_finds)
{
	enum { COLUMNS = 200 };
	static char text[60000];
	unsigned want[COLUMNS];
	uint64_t state = 12, good = 0, bad = 0;

	for (uint64_t seed = 0; seed < 1500; seed++) {
		unsigned columns = draw(&state, 4) ? 1 + draw(&state, 12) :
						     1 + draw(&state, COLUMNS);
		struct csv_dialect d = { ',', columns,
			draw(&state, 4) ? 1 << 20 : 1 + draw(&state, 300) };
		size_t nwant = some_columns(want, columns, &state);
		size_t n = wide(text, sizeof(text), columns, &state);

		if (draw(&state, 3) == 0)
			n -= draw(&state, (unsigned)n / 2 + 1);
		lanes_agree(text, n, &d, want, nwant, seed, &good, &bad);
	}
	cr_expect(LANES * good > 100000, "%" PRIu64 " good rows", good);
	cr_expect(LANES * bad > 100000, "%" PRIu64 " bad rows", bad);
}

/* A field of `n` bytes or some more, odd once in `rarely` times. */
static size_t
field_of(char *out, size_t n, unsigned rarely, uint64_t *state)
{
	static const char *const odd[] = { "\"\"", "\"", "\n", "\r\n", "\r",
		",", " ", "\"x", "\"\"\"" };
	bool quoted = draw(state, 4) == 0;
	size_t at = 0, end = quoted ? n + 1 : n;
	size_t odd_at = draw(state, rarely) ? SIZE_MAX : draw(state, 60);

	if (quoted)
		out[at++] = '"';
	while (at < end) {
		const char *o = odd[draw(state, sizeof(odd) / sizeof(*odd))];

		if (quoted && draw(state, 20) == 0)
			o = ","; /* nothing odd */
		else if (at != odd_at)
			o = "7";
		memcpy(out + at, o, strlen(o));
		at += strlen(o);
	}
	if (quoted)
		out[at++] = '"';
	return at;
}

/* Most rows end in their second chunk, and one cell of the first is wanted. */
Test(csv_lanes, rows_of_two_chunks_are_those_of_the_walk)
{
	static char text[30000];
	uint64_t state = 21, good = 0, bad = 0;

	for (uint64_t seed = 0; seed < 4000; seed++) {
		struct csv_dialect d = { ',', 4, seed % 7 ? 1000 : 100 };
		unsigned want = draw(&state, 4), eol = draw(&state, 12);
		unsigned rarely = seed % 3 ? 100 : 8;
		size_t n = 0, rows = draw(&state, 100);

		for (size_t i = 0; i < rows; i++) {
			size_t columns = draw(&state, rarely) ? 4 :
								3 + 2 * (i % 2);

			for (size_t k = 0; k < columns; k++) {
				text[n] = ',';
				n += k > 0;
				n += field_of(text + n,
				    draw(&state, k < 2 ? 14 : 50), rarely,
				    &state);
			}
			text[n] = '\r';
			n += draw(&state, 12) < eol / 11 + eol / 10;
			text[n++] = '\n';
		}
		lanes_agree(text, n, &d, &want, 1, seed, &good, &bad);
	}
	cr_expect(good > 50000, "%" PRIu64 " good rows", good);
	cr_expect(bad > 10000, "%" PRIu64 " bad rows", bad);
}

/* ---- csv_scan ---- */

/* What csv_step() finds, a byte at a time. */
static void
scan_plainly(struct csv_scan *s, const char *p, size_t n)
{
	enum csv_state before;

	*s = (struct csv_scan){ .delimiter = s->delimiter };
	for (size_t i = 0; i < n; i++) {
		bool lf = p[i] == '\n', cr = p[i] == '\r';

		before = s->state;
		s->state = csv_step(before, p[i], s->delimiter);
		s->lines += cr || (lf && (i == 0 || p[i - 1] != '\r'));
		if (s->state == CSV_IN_QUOTES && before == CSV_AT_START)
			s->quote_at = i;
		if (s->cr) /* the LF of a CRLF, or what is behind a lone CR */
			s->cut = i + lf;
		s->cr = before != CSV_IN_QUOTES && cr;
		if (before != CSV_IN_QUOTES && lf)
			s->cut = i + 1;
		if (s->cut == i + 1)
			s->cut_lines = s->lines;
		else if (s->cut == i && i > 0)
			s->cut_lines = s->lines - (lf || cr);
	}
}

static void
same_scan(const struct csv_scan *a, const struct csv_scan *b, const char *what,
    uint64_t seed)
{
	cr_assert(a->state == b->state && a->cr == b->cr && a->cut == b->cut &&
		a->lines == b->lines && a->cut_lines == b->cut_lines,
	    "%s, seed %" PRIu64 ": state %d %d, cut %zu %zu, lines %" PRIu64
	    " %" PRIu64 ", in front of the cut %" PRIu64 " %" PRIu64,
	    what, seed, a->state, b->state, a->cut, b->cut, a->lines, b->lines,
	    a->cut_lines, b->cut_lines);
	cr_assert(a->state != CSV_IN_QUOTES || a->quote_at == b->quote_at,
	    "%s, seed %" PRIu64, what, seed);
}

Test(csv_lanes, a_scan_is_what_single_steps_find_however_it_is_cut)
{
	static char text[30000];
	uint64_t state = 15;

	for (uint64_t seed = 0; seed < 3000; seed++) {
		struct csv_scan steps = { .delimiter = seed % 5 ? ',' : '\t' };
		struct csv_scan whole = steps, usual = steps, parts = steps;
		size_t cap = draw(&state, draw(&state, 4) ? 3000 : 30000);
		size_t n = seed % 2 ? runs(text, cap, &state) :
				      wide(text, cap, 3, &state);
		unsigned piece = 1 + draw(&state, 400);

		scan_plainly(&steps, text, n);
		csv_scan(&whole, text, 0, n);
		same_scan(&whole, &steps, "whole", seed);
		usual.usual = true;
		csv_scan(&usual, text, 0, n);
		same_scan(&usual, &steps, "usual", seed);
		for (size_t at = 0, to; at < n; at = to) {
			to = at + 1 + draw(&state, piece);
			to = to < n ? to : n;
			csv_scan(&parts, text, at, to);
		}
		same_scan(&parts, &steps, "parts", seed);
	}
}

Test(csv_lanes, a_scan_goes_on_when_what_is_cut_off_is_gone)
{
	static char text[30000];
	uint64_t state = 16;

	for (uint64_t seed = 0; seed < 1500; seed++) {
		struct csv_scan scan = { .delimiter = ',' };
		struct csv_scan steps = scan;
		size_t n = wide(text, 3000 + draw(&state, 3000), 3, &state);
		unsigned piece = 1 + draw(&state, 1000);
		size_t gone = 0;
		uint64_t lines = 0;

		for (size_t at = 0, to; at < n; at = to) {
			to = at + 1 + draw(&state, piece);
			to = to < n ? to : n;
			csv_scan(&scan, text + gone, at - gone, to - gone);
			scan_plainly(&steps, text + gone, to - gone);
			same_scan(&scan, &steps, "the rest", seed);
			gone += scan.cut;
			lines += scan.cut_lines;
			csv_scan_shift(&scan);
		}
		scan_plainly(&steps, text, n);
		cr_expect(lines == steps.cut_lines, "seed %" PRIu64, seed);
	}
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
