/*
 * csv_fast.c - finding record ends, and splitting records without a quote.
 *
 * Both look at many bytes at once and only stop where something stands that
 * matters.  The meaning is csv_step()'s.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "text/csv_lane.h"

/* --- Where records end --- */

/*
 * A record ends at `at`, which is CR or LF.  Returns the first byte behind;
 * when that is not there yet, an LF may still come.
 */
static size_t
scan_end(struct csv_scan *s, const char *p, size_t at, size_t to)
{
	s->state = CSV_AT_START;
	if (p[at] == '\r' && at + 1 == to) {
		s->cr = true;
		return to;
	}
	if (p[at] == '\r' && p[at + 1] == '\n')
		at++;
	s->cut = at + 1;
	return at + 1;
}

/* The last CR or LF of p[from..to); `to` when there is none. */
static size_t
last_end(const char *p, size_t from, size_t to)
{
	const char *lf, *cr;
	size_t low = from;

	if (to - from < 32) {
		for (size_t i = to; i > from; i--)
			if (p[i - 1] == '\n' || p[i - 1] == '\r')
				return i - 1;
		return to;
	}
	if ((lf = memrchr(p + from, '\n', to - from)))
		low = (size_t)(lf - p) + 1;
	if (low < to && (cr = memrchr(p + low, '\r', to - low)))
		return (size_t)(cr - p);
	return lf ? (size_t)(lf - p) : to;
}

/*
 * p[from..to) has no quote and begins outside quotes: only its last line end
 * counts, and whether a field has begun at its end.
 */
static void
scan_plain(struct csv_scan *s, const char *p, size_t from, size_t to)
{
	size_t at = last_end(p, from, to), i = to;

	if (at < to) {
		/* What is left of a CR that waits for its LF. */
		if (p[at] == '\r' && at + 1 == to) {
			size_t before = last_end(p, from, at);

			if (before < at)
				scan_end(s, p, before, to);
			scan_end(s, p, at, to);
			return;
		}
		from = scan_end(s, p, at, to);
	}
	while (i > from && csv_blank(p[i - 1], s->delimiter))
		i--;
	if (i > from)
		s->state = p[i - 1] == s->delimiter ? CSV_AT_START :
						      CSV_IN_TEXT;
}

static size_t
scan_outside(struct csv_scan *s, const char *p, size_t from, size_t to)
{
	const char *quote = memchr(p + from, '"', to - from);

	if (!quote) {
		scan_plain(s, p, from, to);
		return to;
	}
	to = (size_t)(quote - p);
	/* Not a line end: a CR in front of the quote is a lone one. */
	scan_plain(s, p, from, to);
	if (s->cr) {
		s->cr = false;
		s->cut = to;
	}
	if (s->state == CSV_AT_START) {
		s->state = CSV_IN_QUOTES;
		s->quote_at = to;
	}
	return to + 1;
}

/*
 * To behind the quote that closes the field.  Where every field is quoted the
 * next one begins at once: that is done here, 1.7 times as fast.
 */
static size_t
scan_quoted(struct csv_scan *s, const char *p, size_t from, size_t to)
{
	const char *quote;

	while ((quote = memchr(p + from, '"', to - from))) {
		size_t i = (size_t)(quote - p) + 1;

		if (i + 1 >= to || (p[i] != '"' && p[i + 1] != '"')) {
			s->state = CSV_AT_QUOTE;
			return i;
		}
		from = i + 1;
		if (p[i] == '"') /* a pair of them is text */
			continue;
		if (p[i] == '\n') {
			s->cut = i + 1;
		} else if (p[i] != s->delimiter) {
			s->state = CSV_AT_QUOTE;
			return i;
		}
		s->quote_at = i + 1;
		from = i + 2;
	}
	return to;
}

/* Behind a closing quote, and in junk: a byte at a time. */
static size_t
scan_slowly(struct csv_scan *s, const char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (p[i] == '\n' || p[i] == '\r')
			return scan_end(s, p, i, to);
		s->state = csv_step(s->state, p[i], s->delimiter);
		if (s->state != CSV_AT_CLOSE && s->state != CSV_IN_JUNK)
			return i + 1;
	}
	return to;
}

void
csv_scan(struct csv_scan *s, const char *p, size_t from, size_t to)
{
	size_t i = from;

	if (s->cr && i < to) {
		s->cr = false;
		if (p[i] == '\n')
			i++;
		s->cut = i;
	}
	while (i < to) {
		if (s->state == CSV_IN_QUOTES)
			i = scan_quoted(s, p, i, to);
		else if (s->state == CSV_AT_START || s->state == CSV_IN_TEXT)
			i = scan_outside(s, p, i, to);
		else
			i = scan_slowly(s, p, i, to);
	}
}

void
csv_scan_shift(struct csv_scan *s)
{
	s->quote_at -= s->quote_at < s->cut ? s->quote_at : s->cut;
	s->cut = 0;
}

/* --- How many lines --- */

#ifdef __SSE2__

static __m128i
load16(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/*
 * LFs in p[0..n), n a multiple of 16, and whether there is a CR: each byte of a
 * sum counts up to 255.
 */
static uint64_t
count_usual(const char *p, size_t n, bool *cr)
{
	const __m128i lf = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();
	const __m128i ret = _mm_set1_epi8('\r');
	__m128i any = zero;
	uint64_t lines = 0;

	while (n > 0) {
		size_t part = n < 255 * 16 ? n : 255 * 16;
		__m128i sum = zero;

		for (size_t i = 0; i < part; i += 16) {
			__m128i c = load16(p + i);

			sum = _mm_sub_epi8(sum, _mm_cmpeq_epi8(c, lf));
			any = _mm_or_si128(any, _mm_cmpeq_epi8(c, ret));
		}
		sum = _mm_sad_epu8(sum, zero);
		lines += (uint64_t)_mm_cvtsi128_si32(sum) +
		    (uint64_t)_mm_cvtsi128_si32(_mm_srli_si128(sum, 8));
		p += part;
		n -= part;
	}
	*cr = _mm_movemask_epi8(any) != 0;
	return lines;
}

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

/* The same, n a multiple of 32. */
static AVX2 uint64_t
count_avx2(const char *p, size_t n, bool *cr)
{
	const __m256i lf = _mm256_set1_epi8('\n');
	const __m256i ret = _mm256_set1_epi8('\r');
	__m256i any = _mm256_setzero_si256();
	uint64_t lines = 0;

	for (size_t i = 0; i < n; i += 32) {
		__m256i c = _mm256_loadu_si256(
		    (const __m256i *)(const void *)(p + i));

		lines += (unsigned)__builtin_popcount(
		    (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(c, lf)));
		any = _mm256_or_si256(any, _mm256_cmpeq_epi8(c, ret));
	}
	*cr = _mm256_movemask_epi8(any) != 0;
	return lines;
}

static uint64_t
count_lf(const char *p, size_t n, bool *cr)
{
	return has_avx2() ? count_avx2(p, n, cr) : count_usual(p, n, cr);
}

#else

static uint64_t
count_lf(const char *p, size_t n, bool *cr)
{
	uint64_t lines = 0;

	*cr = false;
	for (size_t i = 0; i < n; i++) {
		lines += p[i] == '\n';
		*cr |= p[i] == '\r';
	}
	return lines;
}

#endif

uint64_t
csv_lines(const char *p, size_t n)
{
	const char *end = p + n, *at;
	size_t most = n & ~(size_t)31, i;
	bool any; /* a CR */
	uint64_t lines = count_lf(p, most, &any);

	for (i = most; i < n; i++) {
		lines += p[i] == '\n';
		any |= p[i] == '\r';
	}
	/* a CR without an LF ends a line, too */
	for (at = any ? memchr(p, '\r', n) : NULL; at;
	     at = memchr(at + 1, '\r', (size_t)(end - at - 1)))
		lines += at + 1 == end || at[1] != '\n';
	return lines;
}

/* --- Where unquoted text ends --- */

const char *
csv_text_end(const char *p, const char *end, char delimiter)
{
#ifdef __SSE2__
	const __m128i d = _mm_set1_epi8(delimiter);
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');

	for (; end - p >= 16; p += 16) {
		__m128i c = load16(p);
		__m128i stop = _mm_or_si128(_mm_cmpeq_epi8(c, d),
		    _mm_or_si128(_mm_cmpeq_epi8(c, lf), _mm_cmpeq_epi8(c, cr)));
		int mask = _mm_movemask_epi8(stop);

		if (mask)
			return p + __builtin_ctz((unsigned)mask);
	}
#endif
	while (p < end && *p != delimiter && *p != '\n' && *p != '\r')
		p++;
	return p;
}

/* --- The quote-free lane --- */

/* One bit a byte of 64 bytes. */
struct masks {
	uint64_t delim;
	uint64_t stop; /* CR, LF, quote */
	uint64_t lf;
};

/* Of the CRs and quotes in `odd`, the first that is not the CR of a CRLF; 64:
 * there is none. */
static unsigned
first_odd(uint64_t odd, const char *p, const char *end)
{
	for (; odd; odd &= odd - 1) {
		unsigned i = (unsigned)__builtin_ctzll(odd);

		if (p[i] != '\r' || p + i + 1 >= end || p[i + 1] != '\n')
			return i;
	}
	return 64;
}

bool
csv_rows_room(struct csv_rows *rows, size_t nwant)
{
	size_t need = (rows->n + 1) * nwant, cap;
	void *p;

	if (rows->n >= rows->cap) {
		cap = rows->cap ? rows->cap * 2 : 256;
		if (!(p = reallocarray(rows->row, cap, sizeof(*rows->row))))
			return false;
		rows->row = p;
		rows->cap = cap;
	}
	if (need > rows->cell_cap) {
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
    unsigned eol, size_t fields, bool quoted, bool junk)
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
		.eol = (uint8_t)eol,
		.status = (uint8_t)status,
		.quoted = quoted,
		.fields = (unsigned)fields,
		.line = s->line,
		.length = n };
	if (status == CSV_ROW_TOO_LONG) {
		row->raw.n = s->dialect->max_record;
		row->eol = 0;
		row->fields = 0;
		row->quoted = false;
	}
	if (status != CSV_ROW_OK)
		cells_empty(s, start);
	s->rows->n++;
}

/* `p` without the blanks around it; they are rare. */
static inline struct span
trimmed(const char *p, const char *end)
{
	struct span s = { p, (size_t)(end - p) };

	if (s.n > 0 &&
	    ((unsigned char)p[0] <= ' ' || (unsigned char)end[-1] <= ' '))
		return span_trim(s);
	return s;
}

/*
 * The row in progress: where its fields end.  `ends` has room for one chunk
 * more than a good row needs; what does not fit is only counted.
 */
struct fields {
	const char **ends;
	size_t n;
	size_t more;
};

static inline void
fields_limit(struct fields *f, size_t columns)
{
	if (f->n > columns) {
		f->more += f->n - columns;
		f->n = columns;
	}
}

/*
 * The lane itself, once for every machine and once for processors with AVX2,
 * which is asked for at run time.
 */
#ifdef __SSE2__

static inline void
masks_sse2(struct masks *m, const char *p, char delimiter)
{
	const __m128i d = _mm_set1_epi8(delimiter), q = _mm_set1_epi8('"');
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');

	m->delim = m->stop = m->lf = 0;
	for (int i = 0; i < 4; i++) {
		__m128i c = load16(p + 16 * i), ends = _mm_cmpeq_epi8(c, lf);
		__m128i stop = _mm_or_si128(_mm_cmpeq_epi8(c, q),
		    _mm_or_si128(ends, _mm_cmpeq_epi8(c, cr)));

		m->delim |= (uint64_t)(unsigned)_mm_movemask_epi8(
				_mm_cmpeq_epi8(c, d))
		    << (16 * i);
		m->stop |= (uint64_t)(unsigned)_mm_movemask_epi8(stop)
		    << (16 * i);
		m->lf |= (uint64_t)(unsigned)_mm_movemask_epi8(ends)
		    << (16 * i);
	}
}

#define LANE(name) name##_usual
#define LANE_TARGET
#define LANE_MASKS masks_sse2
#include "text/csv_fast_lane.inc"

static inline AVX2 void
masks_avx2(struct masks *m, const char *p, char delimiter)
{
	const __m256i d = _mm256_set1_epi8(delimiter),
		      q = _mm256_set1_epi8('"');
	const __m256i lf = _mm256_set1_epi8('\n'), cr = _mm256_set1_epi8('\r');

	m->delim = m->stop = m->lf = 0;
	for (int i = 0; i < 2; i++) {
		__m256i c = _mm256_loadu_si256(
		    (const __m256i *)(const void *)(p + 32 * i));
		__m256i ends = _mm256_cmpeq_epi8(c, lf);
		__m256i stop = _mm256_or_si256(_mm256_cmpeq_epi8(c, q),
		    _mm256_or_si256(ends, _mm256_cmpeq_epi8(c, cr)));

		m->delim |= (uint64_t)(unsigned)_mm256_movemask_epi8(
				_mm256_cmpeq_epi8(c, d))
		    << (32 * i);
		m->stop |= (uint64_t)(unsigned)_mm256_movemask_epi8(stop)
		    << (32 * i);
		m->lf |= (uint64_t)(unsigned)_mm256_movemask_epi8(ends)
		    << (32 * i);
	}
}

#define LANE(name) name##_avx2
#define LANE_TARGET AVX2
#define LANE_MASKS masks_avx2
#include "text/csv_fast_lane.inc"

static bool
split_fast(struct csv_split *s, const char *p)
{
	return s->lane != CSV_LANE_USUAL && has_avx2() ? split_avx2(s, p) :
							 split_usual(s, p);
}

size_t
csv_marks_lane(uint32_t *at, const char *p, size_t n, char delimiter,
    size_t *seen, enum csv_lane lane)
{
	return lane != CSV_LANE_USUAL && has_avx2() ?
	    marks_avx2(at, p, n, delimiter, seen) :
	    marks_usual(at, p, n, delimiter, seen);
}

#else

static inline void
masks_portable(struct masks *m, const char *p, char delimiter)
{
	m->delim = m->stop = m->lf = 0;
	for (int i = 0; i < 64; i++) {
		m->lf |= (uint64_t)(p[i] == '\n') << i;
		m->delim |= (uint64_t)(p[i] == delimiter) << i;
		m->stop |= (uint64_t)(p[i] == '"' || p[i] == '\n' ||
			       p[i] == '\r')
		    << i;
	}
}

#define LANE(name) name##_usual
#define LANE_TARGET
#define LANE_MASKS masks_portable
#include "text/csv_fast_lane.inc"

static bool
split_fast(struct csv_split *s, const char *p)
{
	return split_usual(s, p);
}

size_t
csv_marks_lane(uint32_t *at, const char *p, size_t n, char delimiter,
    size_t *seen, enum csv_lane lane)
{
	(void)lane;
	return marks_usual(at, p, n, delimiter, seen);
}

#endif

size_t
csv_marks(uint32_t *at, const char *p, size_t n, char delimiter, size_t *seen)
{
	return csv_marks_lane(at, p, n, delimiter, seen, CSV_LANE_AUTO);
}

static bool
ends_room(struct csv_rows *rows, size_t columns)
{
	size_t need = columns + 64 + 1;
	void *p;

	if (need <= rows->ends_cap)
		return true;
	if (!(p = reallocarray(rows->ends, need, sizeof(*rows->ends))))
		return false;
	rows->ends = p;
	rows->ends_cap = need;
	return true;
}

/* A block that is only the start of an over-long record. */
static bool
split_too_long(struct csv_split *s, const struct csv_block *b)
{
	if (!csv_rows_room(s->rows, s->nwant))
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
		ok = ends_room(rows, dialect->columns) &&
		    split_fast(&s, block->p);
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
	buf_release(&rows->unescaped);
	csv_slow_release(rows);
	*rows = (struct csv_rows){ 0 };
}
