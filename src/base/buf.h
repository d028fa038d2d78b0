/*
 * buf.h - a growing run of bytes with a ceiling.
 *
 * Appending never fails in the middle of a sentence: a buffer that ran out of
 * memory, or over its ceiling, remembers it, ignores what follows, and says so
 * when buf_check() asks.  So a row can be composed with a list of plain calls
 * and checked once.
 *
 *	struct buf b = BUF_INIT(1 << 20);
 *	buf_adds(&b, "row ");
 *	buf_addu(&b, row);
 *	if (buf_check(&b, err) < 0) ...
 *	buf_release(&b);
 */
#ifndef SCRUB_BASE_BUF_H
#define SCRUB_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/span.h"

struct buf {
	char *p;
	size_t n;   /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* ceiling */
	bool failed;
};

#define BUF_INIT(ceiling) ((struct buf){ .max = (ceiling) })

/* For buf_reserve(), when there is not enough room. */
bool buf_grow(struct buf *b, size_t n);

/* Make room for n more bytes; false (and failed) when there is none. */
static inline bool
buf_reserve(struct buf *b, size_t n)
{
	/* One byte more than asked: vsnprintf ends with a NUL. */
	if (!b->failed && n < b->cap - b->n && b->n + n <= b->max)
		return true;
	return buf_grow(b, n);
}

static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !buf_reserve(b, n))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static inline void
buf_addc(struct buf *b, char c)
{
	if (buf_reserve(b, 1))
		b->p[b->n++] = c;
}

static inline void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void
buf_addspan(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.n);
}

void buf_addu(struct buf *b, uint64_t v); /* decimal */
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* 0, or -1 with ERR_NOMEM when anything above was lost. */
int buf_check(const struct buf *b, struct err *err);

static inline struct span
buf_span(const struct buf *b)
{
	return (struct span){ b->p, b->n };
}

/* Empty it, keep its memory; and remember a failure: what was lost is lost. */
void buf_reset(struct buf *b);

void buf_release(struct buf *b);

#endif
