/*
 * csv_scan.c - where records end, how many lines there are.
 *
 * Both look at many bytes at once and only stop where something stands that
 * matters.  The meaning is csv_step()'s.
 */
#include <string.h>

#include "text/csv_lane.h"
#include "text/csv_simd.h"

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

/*
 * LFs in p[0..n), n a multiple of 64, and whether there is a CR: each byte of a
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
		size_t part = n < 63 * 64 ? n : 63 * 64;
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

/* The same. */
static AVX2 uint64_t
count_avx2(const char *p, size_t n, bool *cr)
{
	const __m256i lf = _mm256_set1_epi8('\n'),
		      zero = _mm256_setzero_si256();
	const __m256i ret = _mm256_set1_epi8('\r');
	__m256i any = zero, sums = zero;

	while (n > 0) {
		size_t part = n < 127 * 64 ? n : 127 * 64;
		__m256i sum = zero;

		for (const char *end = p + part; p < end; p += 64) {
			__m256i a = load32(p), b = load32(p + 32);

			sum = _mm256_sub_epi8(sum, _mm256_cmpeq_epi8(a, lf));
			sum = _mm256_sub_epi8(sum, _mm256_cmpeq_epi8(b, lf));
			any = _mm256_or_si256(any, _mm256_cmpeq_epi8(a, ret));
			any = _mm256_or_si256(any, _mm256_cmpeq_epi8(b, ret));
		}
		sums = _mm256_add_epi64(sums, _mm256_sad_epu8(sum, zero));
		n -= part;
	}
	*cr = _mm256_movemask_epi8(any) != 0;
	return (uint64_t)_mm256_extract_epi64(sums, 0) +
	    (uint64_t)_mm256_extract_epi64(sums, 1) +
	    (uint64_t)_mm256_extract_epi64(sums, 2) +
	    (uint64_t)_mm256_extract_epi64(sums, 3);
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
	size_t most = n & ~(size_t)63, i;
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
