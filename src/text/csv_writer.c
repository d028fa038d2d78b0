/* See csv_writer.h. */
#include "text/csv_writer.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/digits8.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_special(char c, char delimiter)
{
	return c == delimiter || c == '"' || c == '\r' || c == '\n';
}

#ifdef __SSE2__
static bool
any_special(__m128i text, char delimiter)
{
	__m128i is = _mm_cmpeq_epi8(text, _mm_set1_epi8(delimiter));

	is = _mm_or_si128(is, _mm_cmpeq_epi8(text, _mm_set1_epi8('"')));
	is = _mm_or_si128(is, _mm_cmpeq_epi8(text, _mm_set1_epi8('\r')));
	is = _mm_or_si128(is, _mm_cmpeq_epi8(text, _mm_set1_epi8('\n')));
	return _mm_movemask_epi8(is) != 0;
}
#endif

/* Eight bytes or sixteen at a time; the last may be looked at twice. */
static bool
has_special(struct span s, char delimiter)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= s.n; i += 16)
		if (any_special(_mm_loadu_si128((const void *)(s.p + i)),
			delimiter))
			return true;
	if (i < s.n && s.n >= 16)
		return any_special(_mm_loadu_si128(
				       (const void *)(s.p + s.n - 16)),
		    delimiter);
	if (s.n >= 8)
		return any_special(_mm_set_epi64x((int64_t)digits8_load(
						      s.p + s.n - 8),
				       (int64_t)digits8_load(s.p)),
		    delimiter);
#endif
	for (; i < s.n; i++)
		if (is_special(s.p[i], delimiter))
			return true;
	return false;
}

static bool
needs_quotes(struct span s, char delimiter)
{
	return s.n > 0 &&
	    (is_blank(s.p[0]) || is_blank(s.p[s.n - 1]) ||
		has_special(s, delimiter));
}

static char *
quoted_put(char *at, struct span s)
{
	*at++ = '"';
	while (s.n > 0) {
		const char *quote = memchr(s.p, '"', s.n);
		size_t n = quote ? (size_t)(quote - s.p) + 1 : s.n;

		memcpy(at, s.p, n);
		at += n;
		if (quote)
			*at++ = '"';
		s = span_of(s.p + n, s.n - n);
	}
	*at++ = '"';
	return at;
}

char *
csv_put_cell(char *at, struct span s, char delimiter)
{
	if (needs_quotes(s, delimiter))
		return quoted_put(at, s);
	if (s.n > 0)
		memcpy(at, s.p, s.n);
	return at + s.n;
}

void
csv_add_cell(struct buf *out, struct span s, char delimiter)
{
	if (!needs_quotes(s, delimiter))
		buf_addspan(out, s);
	else if (buf_reserve(out, CSV_CELL_ROOM(s.n)))
		out->n = (size_t)(quoted_put(out->p + out->n, s) - out->p);
}
