/*
 * csv_scan.c - where records end, how many lines there are.
 *
 * Only the last record end of a block matters.  In text whose quotes all stand
 * where a field begins or ends it is the last LF with an even number of them in
 * front, and 64 bytes are looked at at once for what they are counted by and
 * for what is not so.  From there on the scan goes from quote to quote for a
 * while, as it does on machines without AVX2.  The meaning is csv_step()'s.
 */
#include <string.h>

#include "text/csv_chunk.h"
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

/* Go on over p[from..to), from one quote to the next. */
static void
scan_exactly(struct csv_scan *s, const char *p, size_t from, size_t to)
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

/* --- Where records end: many bytes at a time --- */

/* Ends of lines in p[from..to), p being where the text begins. */
static uint64_t
lines_between(const char *p, size_t from, size_t to)
{
	bool half = from > 0 && from < to && p[from - 1] == '\r' &&
	    p[from] == '\n';

	return csv_lines(p + from, to - from) - half;
}

#ifdef __SSE2__

/* Chunks of p[from..to), the next one at `at`. */
struct chunks {
	struct csv_scan *s;
	const char *p;
	size_t from, at, to;
	struct quoting quoting;
};

/*
 * Chunks with quotes, as long as one is within quotes at its end.  False where
 * one is not for this scan.
 */
static inline AVX2 bool
chunks_quoted(struct chunks *c)
{
	const char delimiter = c->s->delimiter;
	const char *p = c->p + c->at, *end = c->p + c->to;
	struct quoting q = c->quoting, next = q;
	uint64_t lines = 0;
	bool bad;

	if (c->at > c->from)
		next.begins = p[-1] == delimiter || p[-1] == '\n';
	do {
		struct chunk chunk;

		q = next;
		chunk_all_avx2(&chunk, p, delimiter);
		bad = chunk_lone_crs(&chunk) |
		    quoting_step(&next, &chunk, parity_avx2(chunk.quote)).bad;
		if (bad)
			break;
		q = next;
		lines += (uint64_t)__builtin_popcountll(chunk.lf);
		p += CHUNK;
	} while ((q.inside | q.closed) && end - p >= CHUNK);
	c->at = (size_t)(p - c->p);
	c->s->lines += lines;
	c->quoting = q;
	return !bad;
}

/*
 * The last record end, and the last quote that opened a field when it may still
 * be open: looked for from the last chunk backwards.  All quotes in between are
 * where they may be, so counting them is right that way, too.
 */
static AVX2 void
chunks_ends(const struct chunks *c)
{
	uint64_t inside = c->quoting.inside, closed, in, ends, open;
	/* a quote that closes a field may yet turn out to be half of a "" */
	bool want_open = inside | c->quoting.closed;
	struct chunk chunk;
	size_t at = c->at;

	while (at > c->from) {
		at -= CHUNK;
		chunk_all_avx2(&chunk, c->p + at, c->s->delimiter);
		in = parity_avx2(chunk.quote);
		inside ^= -(in >> 63);
		in ^= inside;
		closed = at > c->from ? !inside && c->p[at - 1] == '"' :
					c->s->state == CSV_AT_QUOTE;
		open = chunk.quote & in;
		open &= ~((chunk.quote & ~in) << 1 | closed);
		if (want_open && open) {
			c->s->quote_at = at + 63 -
			    (size_t)__builtin_clzll(open);
			want_open = false;
		}
		ends = chunk.lf & ~in;
		if (ends) {
			c->s->cut = at + 64 - (size_t)__builtin_clzll(ends);
			return;
		}
	}
}

/* The eight sums of a byte each in each part of `sum`, added up. */
static inline AVX2 uint64_t
sum_avx2(__m256i sum)
{
	sum = _mm256_sad_epu8(sum, _mm256_setzero_si256());
	return (uint64_t)_mm256_extract_epi64(sum, 0) +
	    (uint64_t)_mm256_extract_epi64(sum, 1) +
	    (uint64_t)_mm256_extract_epi64(sum, 2) +
	    (uint64_t)_mm256_extract_epi64(sum, 3);
}

/*
 * Go on over chunks, most of them without quotes: so many that a byte can count
 * the LFs.  False: the next one is not for this scan.
 */
static AVX2 bool
chunks_scan(struct chunks *c)
{
	const __m256i lf = _mm256_set1_epi8('\n');
	const char *p = c->p + c->at;
	size_t left = (c->to - c->at) / CHUNK;
	const char *end = p + CHUNK * (left < 127 ? left : 127);
	__m256i sum = _mm256_setzero_si256();
	struct chunk chunk;
	bool ok = true;

	while (p < end) {
		__m256i a = load32(p), b = load32(p + 32);
		__m256i lf_a = _mm256_cmpeq_epi8(a, lf);
		__m256i lf_b = _mm256_cmpeq_epi8(b, lf);

		if (any_avx2(odd_avx2(a), odd_avx2(b))) {
			chunk.lf = mask_avx2(lf_a, lf_b);
			if (!chunk_crlf_avx2(&chunk, p)) {
				c->at = (size_t)(p - c->p);
				if (!(ok = chunks_quoted(c)))
					break;
				p = c->p + c->at;
				continue;
			}
		}
		sum = _mm256_sub_epi8(_mm256_sub_epi8(sum, lf_a), lf_b);
		p += CHUNK;
	}
	c->s->lines += sum_avx2(sum);
	if (ok)
		c->at = (size_t)(p - c->p);
	return ok;
}

/* The state behind the chunks, of which the first one was at `from`. */
static enum csv_state
chunks_state(const struct chunks *c, size_t from)
{
	const char delimiter = c->s->delimiter, *p = c->p;
	size_t i = c->at;

	if (c->quoting.inside)
		return CSV_IN_QUOTES;
	if (c->quoting.closed)
		return CSV_AT_QUOTE;
	while (i > from && csv_blank(p[i - 1], delimiter))
		i--;
	if (i == from)
		return c->s->state;
	return p[i - 1] == delimiter || p[i - 1] == '\n' ? CSV_AT_START :
							   CSV_IN_TEXT;
}

/* Go on from `from`, as far as chunks are such that counting quotes is right.
 * Returns where that is. */
static AVX2 size_t
scan_chunks(struct csv_scan *s, const char *p, size_t from, size_t to)
{
	struct chunks c = { s, p, from, from, to, { 0 } };
	bool more = true;

	if (s->cr || (from > 0 && p[from - 1] == '\r') ||
	    s->state == CSV_AT_CLOSE || s->state == CSV_IN_JUNK)
		return from;
	c.quoting.inside = -(uint64_t)(s->state == CSV_IN_QUOTES);
	c.quoting.closed = s->state == CSV_AT_QUOTE;
	c.quoting.begins = s->state == CSV_AT_START;
	if (c.quoting.inside | c.quoting.closed)
		more = to - from >= CHUNK && chunks_quoted(&c);
	while (more && to - c.at >= CHUNK)
		more = chunks_scan(&c);
	chunks_ends(&c);
	s->state = chunks_state(&c, from);
	return c.at;
}

#endif

enum { EXACTLY = 256 }; /* bytes, before many at a time are tried again */

void
csv_scan(struct csv_scan *s, const char *p, size_t from, size_t to)
{
	size_t i = from, cut = s->cut, end;

	while (i < to) {
		end = to;
#ifdef __SSE2__
		if (!s->usual && has_avx2()) {
			i = scan_chunks(s, p, i, to);
			end = to - i < EXACTLY ? to : i + EXACTLY;
		}
#endif
		scan_exactly(s, p, i, end);
		s->lines += lines_between(p, i, end);
		i = end;
	}
	if (s->cut != cut)
		s->cut_lines = s->lines - lines_between(p, s->cut, to);
}

void
csv_scan_shift(struct csv_scan *s)
{
	s->quote_at -= s->quote_at < s->cut ? s->quote_at : s->cut;
	s->lines -= s->cut_lines;
	s->cut = s->cut_lines = 0;
}

/* --- How many lines --- */

#ifdef __SSE2__

/*
 * LFs in p[0..n), n a multiple of 64, and whether there is a CR: each byte of a
 * sum counts up to 255.
 */
static uint64_t
count_lf(const char *p, size_t n, bool *cr)
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
