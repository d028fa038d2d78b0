#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digits8.h"

enum { BUF_FIRST = 256 }; /* the first allocation: most texts fit */

/* The next capacity that holds `need` bytes: doubled, under the ceiling. */
static size_t
grown(const struct buf *b, size_t need)
{
	size_t cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap;

	while (cap < need && cap <= b->max / 2)
		cap *= 2;
	return cap < need ? need : cap;
}

bool
buf_grow(struct buf *b, size_t n)
{
	size_t cap;
	char *p;

	if (b->failed)
		return false;
	if (n > b->max || b->n > b->max - n || b->n + n == SIZE_MAX) {
		b->failed = true;
		return false;
	}
	cap = grown(b, b->n + n + 1);
	if (!(p = realloc(b->p, cap))) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void
buf_addu(struct buf *b, uint64_t v)
{
	char digits[DIGITS_MAX];
	size_t n = digits_text(digits, v);

	buf_add(b, digits, n);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if (!buf_reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

int
buf_check(const struct buf *b, struct err *err)
{
	if (!b->failed)
		return 0;
	return err_set(err, ERR_NOMEM,
	    "out of memory, or a text of more than %zu bytes", b->max);
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
}

void
buf_release(struct buf *b)
{
	if (!b)
		return;
	free(b->p);
	*b = BUF_INIT(b->max);
}
