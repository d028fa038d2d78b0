/*
 * clock.h - dates and times: what lists write, what facts hold.
 *
 * Times are UTC seconds since 1970 (int64_t).  A time without a zone is local
 * time in `struct zone`; a date without a time is that whole day there.
 * What cannot be read exactly is refused, never guessed: 03/04/2026 has two
 * readings and needs a format.
 *
 * Where clocks change, a local time can be missing or come twice.  Both are
 * read with the offset that was in force before the change: of two readings
 * the earlier one, and a missing 02:30 as the instant half an hour after the
 * clocks jumped.
 *
 *	struct zone *z;
 *	struct clock_time t;
 *
 *	if (zone_open(&z, "Europe/Berlin", err) < 0)
 *		return -1;
 *	if (clock_parse(&t, cell, NULL, z) && t.to <= now) ...
 *	zone_close(z);
 */
#ifndef SCRUB_BASE_CLOCK_H
#define SCRUB_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define CLOCK_NEVER INT64_MAX /* no end */

/*
 * A time zone.  The rules are the C library's (tzset), which has one zone a
 * process: opening one sets TZ, and what another zone has not remembered by
 * then it will get wrong.  Open one, before threads start, and keep it; threads
 * may share it.  Offsets are remembered by day, so that converting a time
 * costs a table look-up but on days of change.
 */
struct zone;

/*
 * `name` is an IANA name, "UTC", a POSIX TZ string, or NULL for the system's
 * local time (TZ, else /etc/localtime).  Fails with ERR_USAGE when the system
 * does not know it: the C library alone would silently take UTC.
 */
int zone_open(struct zone **out, const char *name, struct err *err);
void zone_close(struct zone *z);

/* What `--tz` said, or "local time". */
const char *zone_name(const struct zone *z);

/* A broken-down local date and time. */
struct clock_date {
	int year, month, day;     /* month and day from 1 */
	int hour, minute, second; /* 0 for a date without a time */
};

/* Days since 1970-01-01 of a proleptic Gregorian date, and back. */
int64_t clock_days(int year, int month, int day);
void clock_civil(int64_t days, int *year, int *month, int *day);

/*
 * Local time to UTC and back.  Day, hour, minute and second may run over
 * (day 32, hour 24), the month may not.  A UTC time outside the years 1900 to
 * 9999, CLOCK_NEVER included, counts as the end of that range.
 */
int64_t zone_utc(struct zone *z, const struct clock_date *d);
void zone_local(struct zone *z, int64_t utc, struct clock_date *d);

/* Where the day, the week (Monday) or the month that holds `utc` begins, and
 * where the next one does (`next` 1), the last one did (-1), and so on. */
int64_t zone_day(struct zone *z, int64_t utc, int next);
int64_t zone_week(struct zone *z, int64_t utc, int next);
int64_t zone_month(struct zone *z, int64_t utc, int next);

/* A time as it was written: a whole day has from < to, an instant has not. */
struct clock_time {
	int64_t from; /* the instant, or where the day begins */
	int64_t to;   /* the same instant, or where the next day begins */
	bool whole_day;
};

/*
 * Read an ISO 8601 date or date and time: 2026-03-01, 20260301,
 * 2026-03-01T08:00[:00[.5]][Z|+08:00|+0800|+08], 20260301T080000, a blank for
 * the T, and 2026/3/1 [8:00[:00]].  Years 1900 to 9999; blanks around it are
 * no matter, anything else after it is.  24:00 ends its day, second 60 is the
 * one after 59, fractions are dropped.
 *
 * With `format`, exactly that strptime(3) format, no other, in at most 64
 * bytes and with English names.  It must name the day and may name the time,
 * by Y y m b B h d e D F, H k I l M S p T R r, c x X, z (a zone: +0800), a A
 * (the weekday; not compared), or be %s alone (seconds since 1970).
 *
 * False when it is none; *out is then as it was.
 */
bool clock_parse(struct clock_time *out, struct span s, const char *format,
    struct zone *z);

/* Can clock_parse() use this format?  One it cannot use reads nothing. */
bool clock_format_ok(const char *format);

enum { CLOCK_TEXT_MAX = 32 };

/* "2026-03-01T08:00:00Z"; CLOCK_NEVER is "never".  Returns its length. */
size_t clock_text(char out[CLOCK_TEXT_MAX], int64_t utc);

/* Now, UTC seconds; for cmd/ alone, which passes it in. */
int64_t clock_now(void);

/* A clock that only goes forward, seconds, for rates. */
double clock_monotonic(void);

#endif
