/*
 * clock_memo.h - the usual form of a time, YYYY-MM-DDTHH:MM:SSZ, in a few
 * nanoseconds: what a day is, is remembered.
 *
 * It says what clock_parse() would, or that it does not know.  One struct
 * clock_memo serves one thread; zero it to begin.
 */
#ifndef SCRUB_BASE_CLOCK_MEMO_H
#define SCRUB_BASE_CLOCK_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digits8.h"
#include "base/span.h"

enum { CLOCK_MEMO_DAYS = 2048 };

/* As differences from 1970-01-01: zeros, which is what a place begins with, say
 * of that day what it is, and of no other text anything. */
struct clock_memo_day {
	uint64_t front; /* "2026-01-" */
	uint16_t back;  /* "30" */
	int32_t day;    /* days since then */
};

struct clock_memo {
	struct clock_memo_day day[CLOCK_MEMO_DAYS];
};

static inline uint64_t
clock_memo_front(const char *text)
{
	return digits8_load(text) ^ 0x2d31302d30373931; /* "1970-01-" */
}

static inline uint16_t
clock_memo_back(const char *text)
{
	uint16_t back, first;

	memcpy(&back, text + 8, sizeof(back));
	memcpy(&first, "01", sizeof(first));
	return back ^ first;
}

/* Find out about the date that `text`, of 20 bytes, begins with; for
 * clock_memo_read().  False: it is none. */
bool clock_memo_fill(struct clock_memo_day *d, const char *text);

/* The days of four years in a row each have a place of their own. */
static inline size_t
clock_memo_place(const char *text)
{
	unsigned year = text[3] & 3;
	unsigned month = (text[5] & 1) * 10u + (text[6] & 15u);
	unsigned day = (text[8] & 3) * 10u + (text[9] & 15u);

	return ((year * 12 + month) * 32 + day) % CLOCK_MEMO_DAYS;
}

/* UTC seconds since 1970.  False: use clock_parse(). */
static inline bool
clock_memo_read(struct clock_memo *m, struct span s, int64_t *utc)
{
	struct clock_memo_day *d;
	uint64_t front, time;
	unsigned hour, minute, second;
	uint16_t back;

	if (s.n != 20 || s.p[10] != 'T' || s.p[19] != 'Z')
		return false;
	/* HH:MM:SS, with zeros for the colons */
	time = digits8_load(s.p + 11) ^ 0x00000a00000a0000;
	if (!digits8_all(time) || (time & 0x00000f00000f0000))
		return false;
	front = clock_memo_front(s.p);
	back = clock_memo_back(s.p);
	d = &m->day[clock_memo_place(s.p)];
	if ((d->front != front || d->back != back) && !clock_memo_fill(d, s.p))
		return false;
	/* each byte and the one behind it as a number of two digits */
	time &= 0x0f0f0f0f0f0f0f0f;
	time = time * 10 + (time >> 8);
	hour = time & 0xff;
	minute = time >> 24 & 0xff;
	second = time >> 48 & 0xff;
	*utc = d->day * INT64_C(86400) + hour * 3600 + minute * 60 + second;
	return hour < 24 && minute < 60 && second < 60;
}

#endif
