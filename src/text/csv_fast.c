/*
 * csv_fast.c - splitting records that are well-formed, many bytes at a time.
 * The meaning is csv_step()'s.
 *
 * Of each 64 bytes of a record the lane keeps one word that says where fields
 * end.  Counting their bits tells how many fields there are, and the wanted
 * ones are found by selecting the k-th bit; nothing is done for a field that
 * nobody wants.  Chunks begin with the record, so that which branches are taken
 * depends on how long records are, and not on where in 64 bytes they begin.
 * Most lists have records of two chunks, of which one cell in the first is
 * wanted; these have a loop of their own.
 *
 * A record where a quote or a CR stands where it does not in well-formed ones
 * is the slow lane's, and so is one of which a cell is wanted that has a "" in
 * it.
 */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "text/csv_chunk.h"
#include "text/csv_lane.h"

/* --- Rows --- */

bool
csv_rows_room(struct csv_rows *rows, size_t more, size_t nwant)
{
	size_t need = rows->n + more, cap = rows->cap ? rows->cap : 256;
	void *p;

	while (cap < need)
		cap *= 2;
	if (cap > rows->cap) {
		if (!(p = reallocarray(rows->row, cap, sizeof(*rows->row))))
			return false;
		rows->row = p;
		rows->cap = cap;
	}
	if (rows->cap * nwant > rows->cell_cap) {
		cap = rows->cap * nwant;
		if (!(p = reallocarray(rows->cell, cap, sizeof(*rows->cell))))
			return false;
		rows->cell = p;
		rows->cell_cap = cap;
	}
	return true;
}

static bool
only_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p == end;
}

static enum csv_row_status
row_status(const struct csv_split *s, size_t length, size_t fields, bool junk)
{
	if (length > s->dialect->max_record)
		return CSV_ROW_TOO_LONG;
	if (junk)
		return CSV_ROW_JUNK;
	return fields == s->dialect->columns ? CSV_ROW_OK : CSV_ROW_RAGGED;
}

static void
cells_empty(struct csv_split *s, const char *at)
{
	struct span *cell = s->rows->cell + s->rows->n * s->nwant;

	for (size_t k = 0; k < s->nwant; k++)
		cell[k] = span_of(at, 0);
}

/* Make the row one that is too long: of its bytes there are so many. */
static void
row_cut(struct csv_row *row, size_t n, uint64_t length)
{
	row->raw.n = n;
	row->eol = 0;
	row->status = CSV_ROW_TOO_LONG;
	row->fields = (uint32_t)length;
	row->upper = (uint16_t)(length >> 32);
}

void
csv_row_add(struct csv_split *s, const char *start, const char *at,
    unsigned eol, size_t fields, bool junk)
{
	struct csv_row *row = s->rows->row + s->rows->n;
	size_t n = (size_t)(at - start);
	enum csv_row_status status = row_status(s, n, fields, junk);

	if (fields == 1 && status != CSV_ROW_TOO_LONG &&
	    only_blanks(start, at)) {
		s->rows->blank++;
		return;
	}
	*row = (struct csv_row){ .raw = { start, n },
		.line = s->line,
		.fields = (uint32_t)fields,
		.eol = (uint8_t)eol,
		.status = (uint8_t)status };
	if (status == CSV_ROW_TOO_LONG)
		row_cut(row, s->dialect->max_record, n);
	if (status != CSV_ROW_OK)
		cells_empty(s, start);
	s->rows->n++;
}

/* --- The fast lane --- */

/* Is there nothing to be taken off the cell? */
static inline bool
cell_bare(struct span s)
{
	return s.n == 0 ||
	    ((unsigned char)s.p[0] > '"' && (unsigned char)s.p[s.n - 1] > ' ');
}

/*
 * Take off blanks, or the quotes around a cell, or the CR behind the last one;
 * few have any.
 */
static inline struct span
cell_settle(struct span s)
{
	if (cell_bare(s))
		return s;
	s.n -= s.p[s.n - 1] == '\r';
	return s.n > 0 && s.p[0] == '"' ? span_of(s.p + 1, s.n - 2) :
					  span_trim(s);
}

/* A record whose fields' ends are in rows->word. */
struct record {
	const char *lf;  /* where it ends; NULL: it is not for the lane */
	uint32_t fields; /* and RECORD_DOUBLED */
	uint32_t lines;  /* that end within its quotes */
};

/* There is a "" in it.  It is more fields than a text may have bytes that the
 * lane is asked to split. */
enum { RECORD_DOUBLED = 1 << 30 };

static const struct record record_none = { .fields = RECORD_DOUBLED };

/* A record that ends in its second chunk. */
struct pair {
	uint64_t first, second; /* where fields end */
	uint64_t lf;            /* of the second chunk; its end is the first */
};

/*
 * What all good rows of a split have in common: eight bytes, copied at once,
 * since a store for each of the small ones is felt.
 */
static inline void
row_begin(struct csv_row *row, const struct csv_split *s)
{
	enum { COMMON = sizeof(*row) - offsetof(struct csv_row, fields) };

	memcpy(&row->fields, &s->like.fields, COMMON);
}

/* Is the only lone CR the last byte of the chunk at `p`, and not alone? */
static inline bool
cr_ends_chunk(uint64_t lone, const char *p)
{
	return lone == (uint64_t)1 << 63 && p[CHUNK] == '\n';
}

static bool
cells_doubled(const struct span *cell, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (memchr(cell[k].p, '"', cell[k].n))
			return true;
	return false;
}

#define LANE(name) name##_usual
#define LANE_TARGET
#include "text/csv_fast_lane.inc"

#ifdef __SSE2__

#define LANE(name) name##_avx2
#define LANE_TARGET AVX2
#include "text/csv_fast_lane.inc"

static const char *
rows_good(struct csv_split *s, const char *p, const char *end,
    struct record *stop)
{
	return s->lane != CSV_LANE_USUAL && has_avx2() ?
	    rows_good_avx2(s, p, end, stop) :
	    rows_good_usual(s, p, end, stop);
}

#else

static const char *
rows_good(struct csv_split *s, const char *p, const char *end,
    struct record *stop)
{
	return rows_good_usual(s, p, end, stop);
}

#endif

/*
 * The row of the record at `start`, whatever it is.  Returns where the next one
 * starts, NULL when memory ran out.
 */
static const char *
row_take(struct csv_split *s, const char *start, const struct record *r)
{
	uint32_t fields = r->fields & ~(uint32_t)RECORD_DOUBLED;
	const char *at = r->lf;
	struct span *cell;

	if (!csv_rows_room(s->rows, 1, s->nwant))
		return NULL;
	if (!at)
		return csv_slow_record(s, start);
	at -= at > start && at[-1] == '\r';
	if (fields == s->dialect->columns) {
		cell = s->rows->cell + s->rows->n * s->nwant;
		cells_take_usual(s, start, cell);
		if ((r->fields & RECORD_DOUBLED) &&
		    cells_doubled(cell, s->nwant))
			return csv_slow_record(s, start);
	}
	csv_row_add(s, start, at, (unsigned)(r->lf + 1 - at), fields, false);
	s->line += 1 + r->lines;
	return r->lf + 1;
}

/* Words for a record as long as all of the text. */
static bool
words_room(struct csv_split *s)
{
	size_t need = (size_t)(s->end - s->start) / CHUNK + 1;
	void *p;

	if (need <= s->rows->words)
		return true;
	p = reallocarray(s->rows->word, need, sizeof(*s->rows->word));
	if (!p)
		return false;
	s->rows->word = p;
	s->rows->words = need;
	return true;
}

static bool
split_slowly(struct csv_split *s, const char *p)
{
	while (p && p < s->end)
		p = csv_slow_record(s, p);
	return p != NULL;
}

static bool
split_fast(struct csv_split *s, const char *p)
{
	const char *lf = memrchr(p, '\n', (size_t)(s->end - p));
	const char *end = lf ? lf + 1 : p;
	struct record stop;

	if (!words_room(s) || !csv_rows_room(s->rows, 1, s->nwant))
		return false;
	while (p && p < end) {
		p = rows_good(s, p, end, &stop);
		if (p < end)
			p = row_take(s, p, &stop);
	}
	return split_slowly(s, p);
}

/* A block that is only the start of an over-long record. */
static bool
split_too_long(struct csv_split *s, const struct csv_block *b)
{
	if (!csv_rows_room(s->rows, 1, s->nwant))
		return false;
	s->rows->row[0] = (struct csv_row){ .raw.p = b->p, .line = b->line };
	row_cut(&s->rows->row[0], b->n, b->too_long);
	cells_empty(s, b->p);
	s->rows->n = 1;
	return true;
}

/* Begin a split: the row counts and what is to be unescaped. */
static void
split_begin(struct csv_split *s, const struct csv_block *b)
{
	for (size_t k = 0; k < s->nwant; k++)
		assert(s->want[k] < s->dialect->columns);
	s->rows->n = 0;
	s->rows->blank = 0;
	s->rows->unescaped.max = SIZE_MAX / 2;
	buf_reset(&s->rows->unescaped);
	s->line = b->line;
	s->delimiter = s->dialect->delimiter;
	s->columns = s->dialect->columns;
	s->nth = s->nwant == 1 ? (uint64_t)1 << s->want[0] % 64 : 0;
	s->like = (struct csv_row){ .fields = s->dialect->columns, .eol = 1 };
	s->start = b->p;
	s->end = b->p ? b->p + b->n : NULL;
}

int
csv_split_first(struct csv_rows *rows, struct csv_block *block,
    const struct csv_dialect *dialect, const unsigned *want, size_t nwant,
    struct err *err)
{
	struct csv_split s = { .rows = rows,
		.dialect = dialect,
		.want = want,
		.nwant = nwant,
		.lane = CSV_LANE_WALK,
		.err = err };
	const char *next;

	assert(block->n > 0 && !block->too_long);
	split_begin(&s, block);
	if (!(next = csv_slow_record(&s, block->p)))
		return err_nomem(err);
	block->n -= (size_t)(next - block->p);
	block->p = (char *)next;
	block->line = s.line;
	return 0;
}

int
csv_split_lane(struct csv_rows *rows, const struct csv_block *block,
    const struct csv_dialect *dialect, const unsigned *want, size_t nwant,
    enum csv_lane lane, struct err *err)
{
	struct csv_split s = { .rows = rows,
		.dialect = dialect,
		.want = want,
		.nwant = nwant,
		.lane = lane,
		.err = err };
	bool ok;

	split_begin(&s, block);
	if (!block->p || block->n == 0)
		return 0;
	if (block->too_long)
		ok = split_too_long(&s, block);
	else if (lane >= CSV_LANE_WALK || block->n >= RECORD_DOUBLED)
		ok = split_slowly(&s, block->p);
	else
		ok = split_fast(&s, block->p);
	return ok ? 0 : err_nomem(err);
}

int
csv_split(struct csv_rows *rows, const struct csv_block *block,
    const struct csv_dialect *dialect, const unsigned *want, size_t nwant,
    struct err *err)
{
	return csv_split_lane(rows, block, dialect, want, nwant, CSV_LANE_AUTO,
	    err);
}

void
csv_rows_release(struct csv_rows *rows)
{
	if (!rows)
		return;
	free(rows->row);
	free(rows->cell);
	free(rows->word);
	buf_release(&rows->unescaped);
	csv_slow_release(rows);
	*rows = (struct csv_rows){ 0 };
}
