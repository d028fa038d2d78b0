/*
 * csv_fast.c - splitting records that are well-formed, many bytes at a time.
 * The meaning is csv_step()'s.
 *
 * The lane takes down where fields and records end for some thousand bytes,
 * and then makes rows of that.  What is within quotes it tells by counting them;
 * that is right as long as a quote stands only where a field begins or ends, or
 * beside another.  A record where one does not is the slow lane's, and so is one
 * of which a cell is wanted that has a "" in it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "text/csv_lane.h"
#include "text/csv_simd.h"

/* --- The fast lane --- */

/* One bit a byte of 64 bytes. */
struct masks {
	uint64_t marks; /* delimiters and line ends */
	uint64_t ends;  /* line ends; LFs only, before masks_unquote() */
	uint64_t odd;   /* CRs and quotes; then, where the lane must stop */
};

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
	if (need * nwant > rows->cell_cap) {
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
		.length = n,
		.fields = (uint32_t)fields,
		.eol = (uint8_t)eol,
		.status = (uint8_t)status };
	if (status == CSV_ROW_TOO_LONG) {
		row->raw.n = s->dialect->max_record;
		row->eol = 0;
		row->fields = 0;
	}
	if (status != CSV_ROW_OK)
		cells_empty(s, start);
	s->rows->n++;
}

/* Take off blanks, or the quotes around a cell; few have any. */
static inline struct span
cell_settle(struct span s)
{
	if (s.n == 0 ||
	    ((unsigned char)s.p[0] > '"' && (unsigned char)s.p[s.n - 1] > ' '))
		return s;
	return s.p[0] == '"' ? span_of(s.p + 1, s.n - 2) : span_trim(s);
}

/* A record's end: its line end is the mark before *end. */
struct csv_stop {
	const char **end;
	uint64_t more; /* two for each line end within its quotes, and one when
	                  there may be a "" */
};

enum { CHUNKS = 64 }; /* that are looked at before rows are made of them */

/* Where the next mark and the next stop go to. */
struct fields_end {
	const char **mark;
	struct csv_stop *stop;
};

/*
 * What is behind each mark, of some records and the start of one more: those
 * from `first` on are not taken yet, nor are stops from `taken` on.  In front of
 * a record's first one stands where it begins, so that field k is from end[k - 1]
 * to the mark before end[k].
 */
struct fields {
	const char **end;
	struct csv_stop *stop;
	const char *start; /* of the first record */
	const char **first;
	const struct csv_stop *taken;
	struct fields_end to;
	size_t dropped; /* marks of the first row, which has too many */
	uint64_t more;  /* the next stop's */
	bool inside;    /* a quoted field */
};

/* Nothing is known yet but where a record starts. */
static void
fields_begin(struct fields *f, const char *start)
{
	f->start = start;
	f->first = f->end + 1;
	f->taken = f->stop;
	f->to = (struct fields_end){ f->first, f->stop };
	f->dropped = 0;
	f->more = 0;
	f->inside = false;
	f->end[0] = start;
}

/* All stops are taken: make room for more. */
static void
fields_shift(struct fields *f, size_t columns)
{
	size_t kept = (size_t)(f->to.mark - f->first);

	f->taken = f->stop;
	if (kept > columns) {
		f->dropped += kept - columns;
		kept = columns;
	}
	memmove(f->end + 1, f->first, kept * sizeof(*f->end));
	f->end[0] = f->start;
	f->first = f->end + 1;
	f->to = (struct fields_end){ f->first + kept, f->stop };
}

/*
 * Say of the stops from `stop` on, which are at `ends`, what is in front of
 * each: line ends within quotes, `inner`, and "", `doubled`.
 */
static void
stops_more(struct fields *f, struct csv_stop *stop, uint64_t ends,
    uint64_t inner, uint64_t doubled)
{
	uint64_t through;

	for (; ends; ends &= ends - 1) {
		through = ends ^ (ends - 1);
		f->more += 2 * (uint64_t)__builtin_popcountll(inner & through);
		f->more |= (doubled & through) != 0;
		(stop++)->more = f->more;
		f->more = 0;
		inner &= ~through;
		doubled &= ~through;
	}
	f->more += 2 * (uint64_t)__builtin_popcountll(inner);
	f->more |= doubled != 0;
}

/* The wanted cells of a row without "" in them. */
static inline void
cells_take(const struct csv_split *s, const char **ends, struct span *cell)
{
	for (size_t k = 0; k < s->nwant; k++) {
		const char **end = ends + s->want[k], *from = end[-1];

		cell[k] = cell_settle(
		    span_of(from, (size_t)(end[0] - 1 - from)));
	}
}

/* Has a wanted cell of the row that ends at `at` a "" in it? */
static bool
cells_doubled(const struct csv_split *s, const char **ends, const char *at)
{
	for (size_t k = 0; k < s->nwant; k++) {
		const char **end = ends + s->want[k], *from = end[-1];
		const char *to = end[0] - 1;

		to = to < at ? to : at;
		if (from < to && *from == '"' &&
		    memchr(from + 1, '"', (size_t)(to - from) - 2))
			return true;
	}
	return false;
}

/* Make rows of the next stops, as long as they are good ones. */
static void
rows_usual(struct csv_split *s, struct fields *f)
{
	const size_t columns = s->dialect->columns, nwant = s->nwant;
	const size_t most = s->dialect->max_record;
	struct csv_rows *rows = s->rows;
	struct csv_row *row = rows->row + rows->n;
	struct span *cell = rows->cell + rows->n * nwant;
	const struct csv_stop *stop = f->taken, *last = f->to.stop;
	const char *start = f->start, **ends = f->first;
	uint64_t line = s->line;

	for (; stop < last; stop++) {
		const char **next = stop->end, *behind = next[-1];
		const char *at = behind - 1;
		size_t n;

		/* a lone CR is a stop of its own */
		if (at > start && at[-1] == '\r')
			at--;
		n = (size_t)(at - start);
		if ((size_t)(next - ends) != columns || n > most ||
		    (stop->more & 1) ||
		    (columns == 1 && (n == 0 || (unsigned char)*start <= ' ')))
			break;
		next[-1] = at + 1;
		cells_take(s, ends, cell);
		next[-1] = behind;
		row->raw.p = start;
		row->raw.n = n;
		row->line = line;
		row->length = n;
		row->fields = (uint32_t)columns;
		row->eol = (uint8_t)(behind - at);
		row->status = CSV_ROW_OK;
		row++;
		cell += nwant;
		line += 1 + stop->more / 2;
		start = behind;
		ends = next;
	}
	rows->n = (size_t)(row - rows->row);
	f->taken = stop;
	f->first = ends;
	f->start = start;
	s->line = line;
}

/* The row of the next stop, whatever it is.  False when memory ran out. */
static bool
row_take(struct csv_split *s, struct fields *f)
{
	struct csv_stop stop = *f->taken++;
	const char **ends = f->first, *start = f->start;
	const char *behind = stop.end[-1], *at = behind - 1;
	size_t fields = (size_t)(stop.end - ends) + f->dropped;

	f->first = stop.end;
	f->start = at < s->end ? behind : s->end;
	f->dropped = 0;
	if (at > start && at[-1] == '\r')
		at--;
	if (fields == s->dialect->columns) {
		if ((stop.more & 1) && cells_doubled(s, ends, at))
			return csv_slow_record(s, start) != NULL;
		stop.end[-1] = at + 1;
		cells_take(s, ends, s->rows->cell + s->rows->n * s->nwant);
		stop.end[-1] = behind;
	}
	csv_row_add(s, start, at, (unsigned)(f->start - at), fields, false);
	s->line += 1 + stop.more / 2;
	return true;
}

/* Make rows of all stops. */
static bool
stops_take(struct csv_split *s, struct fields *f)
{
	if (!csv_rows_room(s->rows, (size_t)(f->to.stop - f->stop), s->nwant))
		return false;
	while (f->taken < f->to.stop) {
		if (!f->dropped)
			rows_usual(s, f);
		if (f->taken < f->to.stop && !row_take(s, f))
			return false;
	}
	fields_shift(f, s->dialect->columns);
	return true;
}

/* What may stand beside a quote around a field; or the other one of "". */
static inline bool
is_special(char c, char delimiter)
{
	return c == delimiter || c == '"' || c == '\n' || c == '\r';
}

/* Is a bit set for each quote that is odd, counted from the first one? */
static uint64_t
between_quotes(uint64_t quotes)
{
	for (unsigned i = 1; i < 64; i *= 2)
		quotes ^= quotes << i;
	return quotes;
}

/* What is within quotes. */
struct inside {
	uint64_t lines;   /* their ends */
	uint64_t doubled; /* the first of each "" */
};

/*
 * Of p[0..64), which may have quotes and CRs and begin inside quotes: leave the
 * marks that are outside, with lone CRs among them.  The text is plain as long
 * as each field that has quotes begins and ends with one: from the first that
 * does not, which m->odd says, the lane knows nothing.
 */
static struct inside
masks_unquote(struct masks *m, struct fields *f, uint64_t quotes, const char *p,
    const struct csv_split *s)
{
	const char delimiter = s->dialect->delimiter;
	size_t left = (size_t)(s->end - p);
	char next = left > 64 ? p[64] : '\n';
	uint64_t before = p == s->start || is_special(p[-1], delimiter);
	uint64_t special = m->marks | m->odd, behind = special >> 1, in, line;
	struct inside inside;

	quotes &= m->odd;
	line = m->ends >> 1 | (uint64_t)(left > 64 && next == '\n') << 63;
	line = m->ends | (m->odd & ~quotes & ~line);
	if (!quotes && !f->inside && line == m->ends) {
		m->odd = 0; /* CRLFs, no more */
		return (struct inside){ 0, 0 };
	}
	before |= special << 1;
	behind |= (uint64_t)is_special(next, delimiter)
	    << (left < 64 ? left - 1 : 63);
	in = between_quotes(quotes) ^ -(uint64_t)f->inside;
	f->inside = in >> 63;
	inside.lines = line & in;
	inside.doubled = quotes & ~in &
	    (quotes >> 1 | (uint64_t)(next == '"') << 63);
	m->odd = (quotes & in & ~before) | (quotes & ~in & ~behind);
	m->marks = (m->marks | line) & ~in;
	m->ends = line & ~in;
	if (m->odd) {
		m->marks &= (m->odd & -m->odd) - 1;
		m->ends &= m->marks;
	}
	return inside;
}

/* Write down which bits of a chunk are set, counted from `p`; returns how
 * many. */
static inline size_t
ends_usual(const char **to, const char *p, uint64_t bits)
{
	size_t n = 0;

	for (; bits; bits &= bits - 1)
		to[n++] = p + __builtin_ctzll(bits);
	return n;
}

/*
 * The lane itself, once for every machine and once for processors with AVX2,
 * which is asked for at run time.
 */
#ifdef __SSE2__

static inline uint64_t
mask_sse2(__m128i c, int i)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(c) << (16 * i);
}

static inline void
masks_usual(struct masks *m, const char *p, char delimiter)
{
	const __m128i d = _mm_set1_epi8(delimiter), q = _mm_set1_epi8('"');
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');

	*m = (struct masks){ 0 };
	for (int i = 0; i < 4; i++) {
		__m128i c = load16(p + 16 * i), ends = _mm_cmpeq_epi8(c, lf);

		m->marks |= mask_sse2(_mm_or_si128(ends, _mm_cmpeq_epi8(c, d)),
		    i);
		m->ends |= mask_sse2(ends, i);
		m->odd |= mask_sse2(_mm_or_si128(_mm_cmpeq_epi8(c, q),
					_mm_cmpeq_epi8(c, cr)),
		    i);
	}
}

static inline uint64_t
bytes_usual(const char *p, char byte)
{
	uint64_t mask = 0;

	for (int i = 0; i < 4; i++)
		mask |= mask_sse2(_mm_cmpeq_epi8(load16(p + 16 * i),
				      _mm_set1_epi8(byte)),
		    i);
	return mask;
}

#define LANE(name) name##_usual
#define LANE_TARGET
#include "text/csv_fast_lane.inc"

static inline AVX2 uint64_t
mask_avx2(__m256i low, __m256i high)
{
	return (uint64_t)(unsigned)_mm256_movemask_epi8(low) |
	    (uint64_t)(unsigned)_mm256_movemask_epi8(high) << 32;
}

static inline AVX2 void
masks_avx2(struct masks *m, const char *p, char delimiter)
{
	const __m256i d = _mm256_set1_epi8(delimiter);
	const __m256i q = _mm256_set1_epi8('"'), cr = _mm256_set1_epi8('\r');
	const __m256i lf = _mm256_set1_epi8('\n');
	__m256i a = load32(p), b = load32(p + 32);
	__m256i ends_a = _mm256_cmpeq_epi8(a, lf);
	__m256i ends_b = _mm256_cmpeq_epi8(b, lf);

	m->ends = mask_avx2(ends_a, ends_b);
	m->marks = mask_avx2(_mm256_or_si256(ends_a, _mm256_cmpeq_epi8(a, d)),
	    _mm256_or_si256(ends_b, _mm256_cmpeq_epi8(b, d)));
	m->odd = mask_avx2(_mm256_or_si256(_mm256_cmpeq_epi8(a, q),
			       _mm256_cmpeq_epi8(a, cr)),
	    _mm256_or_si256(_mm256_cmpeq_epi8(b, q), _mm256_cmpeq_epi8(b, cr)));
}

static inline AVX2 uint64_t
bytes_avx2(const char *p, char byte)
{
	const __m256i c = _mm256_set1_epi8(byte);

	return mask_avx2(_mm256_cmpeq_epi8(load32(p), c),
	    _mm256_cmpeq_epi8(load32(p + 32), c));
}

/*
 * A chunk rarely has more than eight: writing so many every time costs less
 * than a loop that ends where nobody foresees it.
 */
enum { AT_ONCE = 8 };

static inline AVX2 size_t
ends_avx2(const char **to, const char *p, uint64_t bits)
{
	size_t n = (size_t)__builtin_popcountll(bits);

	for (size_t i = 0; i < AT_ONCE; i++, bits = _blsr_u64(bits))
		to[i] = p + _tzcnt_u64(bits);
	for (size_t i = AT_ONCE; i < n; i++, bits = _blsr_u64(bits))
		to[i] = p + _tzcnt_u64(bits);
	return n;
}

#define LANE(name) name##_avx2
#define LANE_TARGET AVX2
#include "text/csv_fast_lane.inc"

static const char *
fill(struct fields *f, const char *p, const struct csv_split *s)
{
	return s->lane != CSV_LANE_USUAL && has_avx2() ? fill_avx2(f, p, s) :
							 fill_usual(f, p, s);
}

#else

static inline uint64_t
bytes_usual(const char *p, char byte)
{
	uint64_t mask = 0;

	for (int i = 0; i < 64; i++)
		mask |= (uint64_t)(p[i] == byte) << i;
	return mask;
}

static inline void
masks_usual(struct masks *m, const char *p, char delimiter)
{
	m->ends = bytes_usual(p, '\n');
	m->marks = m->ends | bytes_usual(p, delimiter);
	m->odd = bytes_usual(p, '"') | bytes_usual(p, '\r');
}

#define LANE(name) name##_usual
#define LANE_TARGET
#include "text/csv_fast_lane.inc"

static const char *
fill(struct fields *f, const char *p, const struct csv_split *s)
{
	return fill_usual(f, p, s);
}

#endif

/* In front of a row's marks, those of a row that has too many, those of the
 * chunks and the text's end. */
static bool
marks_room(struct csv_rows *rows, size_t columns)
{
	size_t need = 1 + columns + CHUNKS * 64 + 1;
	void *p;

	if (need <= rows->marks)
		return true;
	if (!(p = reallocarray(rows->ends, need, sizeof(*rows->ends))))
		return false;
	rows->ends = p;
	if (!(p = reallocarray(rows->stops, need, sizeof(*rows->stops))))
		return false;
	rows->stops = p;
	rows->marks = need;
	return true;
}

static bool
split_fast(struct csv_split *s, const char *p)
{
	struct fields f;

	if (!marks_room(s->rows, s->dialect->columns))
		return false;
	f.end = s->rows->ends;
	f.stop = s->rows->stops;
	fields_begin(&f, p);
	while (p < s->end) {
		p = fill(&f, p, s);
		if (!stops_take(s, &f))
			return false;
		if (!p) {
			if (!(p = csv_slow_record(s, f.start)))
				return false;
			fields_begin(&f, p);
		}
	}
	if (f.start >= s->end)
		return true;
	if (f.inside)
		return csv_slow_record(s, f.start) != NULL;
	/* the last one has no line end */
	*f.to.mark++ = s->end + 1;
	*f.to.stop++ = (struct csv_stop){ f.to.mark, f.more };
	return csv_rows_room(s->rows, 1, s->nwant) && row_take(s, &f);
}

/* A block that is only the start of an over-long record. */
static bool
split_too_long(struct csv_split *s, const struct csv_block *b)
{
	if (!csv_rows_room(s->rows, 1, s->nwant))
		return false;
	s->rows->row[0] = (struct csv_row){ .raw = { b->p, b->n },
		.status = CSV_ROW_TOO_LONG,
		.line = b->line,
		.length = b->too_long };
	cells_empty(s, b->p);
	s->rows->n = 1;
	return true;
}

static bool
split_slowly(struct csv_split *s, const char *p)
{
	while (p && p < s->end)
		p = csv_slow_record(s, p);
	return p != NULL;
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
	else if (lane >= CSV_LANE_WALK)
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
	free(rows->ends);
	free(rows->stops);
	buf_release(&rows->unescaped);
	csv_slow_release(rows);
	*rows = (struct csv_rows){ 0 };
}
