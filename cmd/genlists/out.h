/*
 * out.h - a file that is written line by line, and what stands in lines.
 *
 * What cannot be written ends the program.
 *
 *	out_open(&o, folder, "calls.csv");
 *	text(&o, "number,called_at");
 *	line_end(&o);
 *	out_close(&o);
 */
#ifndef SCRUB_CMD_GENLISTS_OUT_H
#define SCRUB_CMD_GENLISTS_OUT_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAY = 86400, BUFFER = 1 << 20, LINE_MAX_BYTES = 8192 };

_Noreturn static inline void
die(const char *what)
{
	fprintf(stderr, "genlists: %s: %s\n", what, strerror(errno));
	exit(1);
}

struct out {
	int fd;
	size_t n;
	char buf[BUFFER + LINE_MAX_BYTES];
	char name[4096];
};

static inline void
out_open(struct out *o, const char *folder, const char *name)
{
	snprintf(o->name, sizeof(o->name), "%s/%s", folder, name);
	o->n = 0;
	o->fd = open(o->name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (o->fd < 0)
		die(o->name);
}

static inline void
out_flush(struct out *o)
{
	for (size_t at = 0; at < o->n;) {
		ssize_t wrote = write(o->fd, o->buf + at, o->n - at);

		if (wrote < 0)
			die(o->name);
		at += (size_t)wrote;
	}
	o->n = 0;
}

static inline void
out_close(struct out *o)
{
	out_flush(o);
	if (close(o->fd) < 0)
		die(o->name);
}

static inline void
put(struct out *o, char c)
{
	o->buf[o->n++] = c;
}

static inline void
text(struct out *o, const char *s)
{
	size_t n = strlen(s);

	memcpy(o->buf + o->n, s, n);
	o->n += n;
}

/* `v` with at least `width` digits. */
static inline void
decimal(struct out *o, uint64_t v, unsigned width)
{
	char digits[20];
	unsigned n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while ((v /= 10) || n < width);
	while (n)
		put(o, digits[--n]);
}

/* One line is complete. */
static inline void
line_end(struct out *o)
{
	put(o, '\n');
	if (o->n >= BUFFER)
		out_flush(o);
}

/* Days since 1970 as year, month and day (years from 2000 to 2099). */
static inline void
date(struct out *o, int64_t days)
{
	static const unsigned before[] = { 0, 31, 60, 91, 121, 152, 182, 213,
		244, 274, 305, 335, 366 };
	unsigned day = (unsigned)(days - 10957); /* since 2000-01-01 */
	unsigned year = day / 1461 * 4, month = 1, leap;

	day %= 1461;
	if (day >= 366) {
		year += 1 + (day - 366) / 365;
		day = (day - 366) % 365;
	}
	leap = year % 4 == 0;
	if (!leap && day >= 59)
		day++; /* as if there were a 29 February */
	while (day >= before[month])
		month++;
	decimal(o, 2000 + year, 4);
	put(o, '-');
	decimal(o, month, 2);
	put(o, '-');
	decimal(o, day - before[month - 1] + 1, 2);
}

static inline void
timestamp(struct out *o, int64_t t, char between, const char *zone)
{
	unsigned second = (unsigned)(t % DAY);

	date(o, t / DAY);
	put(o, between);
	decimal(o, second / 3600, 2);
	put(o, ':');
	decimal(o, second / 60 % 60, 2);
	put(o, ':');
	decimal(o, second % 60, 2);
	text(o, zone);
}

#endif
