/*
 * span.h - a run of bytes that belongs to someone else.
 *
 * A span never owns memory and is not NUL-terminated.  It is what parsers
 * hand around instead of copying: a row of a block, a cell of a row.  It is
 * valid as long as the bytes it points into; the function that fills one in
 * says how long that is.
 */
#ifndef SCRUB_BASE_SPAN_H
#define SCRUB_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

/* A span over a string literal. */
#define SPAN(lit) ((struct span){ (lit), sizeof(lit) - 1 })

static inline struct span
span_of(const char *p, size_t n)
{
	return (struct span){ p, n };
}

static inline struct span
span_str(const char *s)
{
	return (struct span){ s, strlen(s) };
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Equal but for the case of ASCII letters. */
bool span_eq_nocase(struct span a, struct span b);

/* A copy that ends with NUL, for free(); NULL: no memory. */
char *span_dup(struct span s);

/* Is it n bytes, all of them ASCII digits? */
bool span_is_digits(struct span s, size_t n);

static inline bool
span_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without the blanks and tabs at both ends. */
static inline struct span
span_trim(struct span s)
{
	while (s.n > 0 && span_is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && span_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static inline bool
span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

#endif
