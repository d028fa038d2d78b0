#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/infile.h"

enum { CHUNK = 64 << 10 };

static int
flush(struct err *err)
{
	if (fflush(stdout) == 0)
		return 0;
	return errno == EPIPE ?
	    err_set(err, ERR_PIPE, "standard output is closed") :
	    err_sys(err, "standard output: cannot write");
}

/* Whole lines of `b` are handed on and taken out of it. */
static int
lines_take(struct buf *b, bool end,
    int (*line)(void *arg, struct span s, struct err *err), void *arg,
    struct err *err)
{
	size_t at = 0, n;
	const char *nl;

	while (at < b->n) {
		nl = memchr(b->p + at, '\n', b->n - at);
		if (!nl && !end)
			break;
		n = nl ? (size_t)(nl - b->p) - at : b->n - at;
		if (line(arg,
			span_of(b->p + at,
			    n - (n > 0 && b->p[at + n - 1] == '\r')),
			err) < 0 ||
		    flush(err) < 0)
			return -1;
		at += n + (nl != NULL);
	}
	memmove(b->p, b->p + at, b->n - at);
	b->n -= at;
	return 0;
}

int
lines_read(int (*line)(void *arg, struct span s, struct err *err), void *arg,
    struct err *err)
{
	struct buf b = BUF_INIT(LINES_MAX + CHUNK);
	struct infile f;
	ssize_t n = 1;
	int ret = -1;

	if (infile_open(&f, "-", err) < 0)
		return -1;
	while (n > 0) {
		if (!buf_reserve(&b, CHUNK)) {
			err_set(err, ERR_USAGE,
			    "standard input: a line is longer than %d bytes",
			    LINES_MAX);
			goto out;
		}
		if ((n = infile_read_some(&f, b.p + b.n, CHUNK, err)) < 0)
			goto out;
		b.n += (size_t)n;
		if (lines_take(&b, n == 0, line, arg, err) < 0)
			goto out;
	}
	ret = 0;
out:
	infile_close(&f);
	buf_release(&b);
	return ret;
}
