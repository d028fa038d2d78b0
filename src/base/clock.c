#include "base/clock.h"

#include <assert.h>
#include <limits.h>
#include <locale.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digits8.h"

enum {
	HOUR = 3600,
	DAY = 24 * HOUR,
	YEAR_MIN = 1900,
	YEAR_MAX = 9999,
	DAY_FIRST = -25600, /* before 1900-01-01, as days since 1970 */
	DAY_END = 2933000,  /* after 9999-12-31 */
	DAYS = DAY_END - DAY_FIRST,
	FORMATTED_MAX = 64, /* longest cell handed to strptime */
};

/* What is remembered of a day; 0, what calloc gives: nothing yet. */
enum {
	OFFSET_CHANGES = 1,        /* more than one offset: ask each time */
	OFFSET_ZERO = INT_MAX / 2, /* else this plus the offset in seconds */
};

/*
 * One offset for each local day and for each UTC day.  The tables span all
 * years we read (12 MB each), but only the pages that are touched exist.
 * Atomic, so that threads may share a zone: they would store the same value.
 */
struct zone {
	char *name;
	locale_t plain; /* %b means the English names whatever the user's */
	_Atomic int *by_local;
	_Atomic int *by_utc;
};

/* ---- the calendar ---- */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return (a < 0 ? a - (b - 1) : a) / b;
}

/*
 * A year is counted from its first of March, so that the leap day is the last
 * one; 400 such years have 146097 days.  Day 0 of that count is 0000-03-01,
 * 719468 days before 1970.
 */
int64_t
clock_days(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 +
	    day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void
clock_civil(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153; /* March is 0 */

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool
date_exists(int year, int month, int day)
{
	static const signed char length[] = { 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };

	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12)
		return false;
	return day >= 1 &&
	    day <= length[month - 1] + (month == 2 && is_leap(year));
}

/* ---- the zone ---- */

/* A compiled zone file, and not one of the texts that lie beside them. */
static bool
is_zone_file(const char *folder, const char *name)
{
	char path[512], magic[4] = "";
	FILE *f;
	int n = snprintf(path, sizeof(path), "%s%s%s", folder,
	    *folder ? "/" : "", name);

	if (n < 0 || (size_t)n >= sizeof(path) || !(f = fopen(path, "re")))
		return false;
	n = fread(magic, 1, sizeof(magic), f) == sizeof(magic) &&
	    memcmp(magic, "TZif", sizeof(magic)) == 0;
	fclose(f);
	return n;
}

/* "right/" zones count leap seconds, which our arithmetic does not. */
static bool
is_zone_name(const char *name)
{
	const char *folder = getenv("TZDIR"); /* where tzset looks, too */

	if (!*name || *name == '/' || strstr(name, "..") ||
	    strncmp(name, "right/", 6) == 0)
		return false;
	return is_zone_file(folder && *folder ? folder : "/usr/share/zoneinfo",
	    name);
}

/* The abbreviation that starts a POSIX TZ string: its end, or NULL. */
static const char *
tz_abbreviation(const char *s)
{
	size_t n;

	if (*s == '<') {
		n = strspn(s + 1,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789+-");
		return n >= 3 && s[n + 1] == '>' ? s + n + 2 : NULL;
	}
	n = strspn(s,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz");
	return n >= 3 ? s + n : NULL;
}

/* The [+-]hh[:mm[:ss]] after it, hh to 24: its end, or NULL. */
static const char *
tz_offset(const char *s)
{
	int most = 24;

	s += *s == '+' || *s == '-';
	for (;;) {
		int v = 0, n = 0;

		for (; n < 2 && *s >= '0' && *s <= '9'; n++)
			v = v * 10 + *s++ - '0';
		if (n == 0 || v > most)
			return NULL;
		if (*s != ':')
			return s;
		most = 59;
		s++;
	}
}

/*
 * "CST-8", "<+08>-8", "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX, Environment
 * Variables).  Summer time has to bring its rules: without them the C
 * library would take those of New York.
 */
static bool
is_tz_string(const char *s)
{
	if (!(s = tz_abbreviation(s)) || !(s = tz_offset(s)))
		return false;
	if (!*s)
		return true;
	if (!(s = tz_abbreviation(s)))
		return false;
	if (*s != ',' && !(s = tz_offset(s)))
		return false;
	return *s == ',' && strchr(s + 1, ',') &&
	    strspn(s, ",MJ0123456789./:+-") == strlen(s);
}

/* What the environment says is as easily mistyped as an option. */
static bool
is_system_zone(const char *tz)
{
	if (!tz || !*tz)
		return true;
	tz += *tz == ':';
	return is_zone_name(tz) || is_tz_string(tz) || strcmp(tz, "UTC") == 0 ||
	    (*tz == '/' && is_zone_file("", tz));
}

static int
zone_set(const char *name, struct err *err)
{
	const char *tz = name ? name : getenv("TZ");
	bool utc = name && strcmp(name, "UTC") == 0;

	if (name ? !utc && !is_zone_name(name) && !is_tz_string(name) :
		   !is_system_zone(tz)) {
		err_set(err, ERR_USAGE, "unknown time zone '%s'", tz);
		return err_hint(err,
		    "a zone is UTC, a name like Asia/Shanghai"
		    " (tzdata must be installed), or a TZ string like CST-8");
	}
	/* "UTC" would need a file, "UTC0" does not. */
	if (name && setenv("TZ", utc ? "UTC0" : name, 1) < 0)
		return err_nomem(err);
	tzset();
	return 0;
}

int
zone_open(struct zone **out, const char *name, struct err *err)
{
	struct zone *z = calloc(1, sizeof(*z));

	*out = NULL;
	if (!z)
		return err_nomem(err);
	z->name = strdup(name ? name : "local time");
	z->by_local = calloc(DAYS, sizeof(*z->by_local));
	z->by_utc = calloc(DAYS, sizeof(*z->by_utc));
	z->plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!z->name || !z->by_local || !z->by_utc || !z->plain) {
		zone_close(z);
		return err_nomem(err);
	}
	if (zone_set(name, err) < 0) {
		zone_close(z);
		return -1;
	}
	*out = z;
	return 0;
}

void
zone_close(struct zone *z)
{
	if (!z)
		return;
	if (z->plain)
		freelocale(z->plain);
	free(z->by_utc);
	free(z->by_local);
	free(z->name);
	free(z);
}

const char *
zone_name(const struct zone *z)
{
	return z->name;
}

/* ---- offsets: seconds that local time is ahead of UTC ---- */

static int
offset_at(int64_t utc)
{
	time_t t = (time_t)utc;
	struct tm tm;

	/* It fails only for years past an int, and callers stay below. */
	if (!localtime_r(&t, &tm))
		return 0;
	return (int)tm.tm_gmtoff;
}

/*
 * What to remember of the 24 hours from `start`: `offset`, if it is in force
 * from six hours before to six hours after, so that no change is near enough
 * to give a local time of this day a second reading.  (No zone changes twice
 * within six hours.)
 */
static int
offset_span(int64_t start, int offset)
{
	for (int h = -6; h <= 30; h += 6)
		if (offset_at(start + h * HOUR) != offset)
			return OFFSET_CHANGES;
	return OFFSET_ZERO + offset;
}

/* The one offset of a local or UTC day; false when it has more. */
static bool
day_offset(_Atomic int *table, int64_t day, bool local, int *offset)
{
	_Atomic int *slot;
	int v;

	if (day < DAY_FIRST || day >= DAY_END)
		return false;
	slot = &table[day - DAY_FIRST];
	v = atomic_load_explicit(slot, memory_order_relaxed);
	if (!v) {
		v = offset_at(day * DAY + DAY / 2);
		v = offset_span(day * DAY - (local ? v : 0), v);
		atomic_store_explicit(slot, v, memory_order_relaxed);
	}
	*offset = v - OFFSET_ZERO;
	return v != OFFSET_CHANGES;
}

/*
 * Near a change: read the local time with the offset from before and with
 * that from after it.  A repeated time is right with both, a skipped one with
 * neither; both take the one from before (clock.h states the rule).
 */
static int64_t
utc_near_change(int64_t local)
{
	int before = offset_at(local - DAY);
	int after = offset_at(local + DAY);

	if (offset_at(local - before) != before &&
	    offset_at(local - after) == after)
		return local - after;
	return local - before;
}

/* `local`: seconds since 1970-01-01T00:00 as the wall clock counts. */
static int64_t
utc_of(struct zone *z, int64_t local)
{
	int offset;

	if (!day_offset(z->by_local, floor_div(local, DAY), true, &offset))
		return utc_near_change(local);
	return local - offset;
}

/* Beyond the years 1900 to 9999 lies nothing: CLOCK_NEVER, damaged facts. */
static int64_t
clamp(int64_t utc)
{
	const int64_t first = (int64_t)DAY_FIRST * DAY;
	const int64_t last = (int64_t)DAY_END * DAY - 1;

	return utc < first ? first : utc > last ? last : utc;
}

static int64_t
local_of(struct zone *z, int64_t utc)
{
	int offset;

	utc = clamp(utc);
	if (!day_offset(z->by_utc, floor_div(utc, DAY), false, &offset))
		offset = offset_at(utc);
	return utc + offset;
}

int64_t
zone_utc(struct zone *z, const struct clock_date *d)
{
	assert(d->month >= 1 && d->month <= 12);
	return utc_of(z,
	    clock_days(d->year, d->month, d->day) * DAY +
		(int64_t)d->hour * HOUR + (int64_t)d->minute * 60 + d->second);
}

void
zone_local(struct zone *z, int64_t utc, struct clock_date *d)
{
	int64_t local = local_of(z, utc);
	int64_t days = floor_div(local, DAY);
	int rest = (int)(local - days * DAY);

	clock_civil(days, &d->year, &d->month, &d->day);
	d->hour = rest / HOUR;
	d->minute = rest / 60 % 60;
	d->second = rest % 60;
}

int64_t
zone_day(struct zone *z, int64_t utc, int next)
{
	return utc_of(z, (floor_div(local_of(z, utc), DAY) + next) * DAY);
}

int64_t
zone_week(struct zone *z, int64_t utc, int next)
{
	int64_t days = floor_div(local_of(z, utc), DAY);

	/* 1969-12-29, three days before day 0, was a Monday. */
	return utc_of(z, ((floor_div(days + 3, 7) + next) * 7 - 3) * DAY);
}

int64_t
zone_month(struct zone *z, int64_t utc, int next)
{
	int year, month, day;
	int64_t months;

	clock_civil(floor_div(local_of(z, utc), DAY), &year, &month, &day);
	months = (int64_t)year * 12 + month - 1 + next;
	return utc_of(z,
	    clock_days((int)floor_div(months, 12),
		(int)(months - floor_div(months, 12) * 12) + 1, 1) *
		DAY);
}

/* ---- reading: the forms that need no format ---- */

/* Where reading stands; nothing is read past end. */
struct scan {
	const char *p, *end;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
peek(const struct scan *s)
{
	return s->p < s->end ? *s->p : '\0';
}

static bool
take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static size_t
take_blanks(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
	return (size_t)(s->p - from);
}

/* `least` to `most` digits, and no digit after them: how many, or 0. */
static int
take_digits(struct scan *s, int least, int most, int *v)
{
	int n = 0;

	for (*v = 0; n < most && s->p < s->end && is_digit(*s->p); n++)
		*v = *v * 10 + *s->p++ - '0';
	return n < least || is_digit(peek(s)) ? 0 : n;
}

/* 20260301 (basic true), or 2026-3-1, 2026/03/01. */
static bool
take_date(struct scan *s, struct clock_date *d, bool *basic)
{
	int v, n = take_digits(s, 4, 8, &v);
	char mark;

	*basic = n == 8;
	if (n == 8) {
		d->year = v / 10000;
		d->month = v / 100 % 100;
		d->day = v % 100;
	} else {
		mark = peek(s);
		d->year = v;
		if (n != 4 || (mark != '-' && mark != '/') || !take(s, mark) ||
		    !take_digits(s, 1, 2, &d->month) || !take(s, mark) ||
		    !take_digits(s, 1, 2, &d->day))
			return false;
	}
	return date_exists(d->year, d->month, d->day);
}

/* 24:00:00 ends the day; a leap second counts as the one after it. */
static bool
time_exists(const struct clock_date *d)
{
	if (d->hour == 24)
		return d->minute == 0 && d->second == 0;
	return d->hour < 24 && d->minute < 60 && d->second <= 60;
}

/* Digits of any number after a point or comma; not kept. */
static bool
take_fraction(struct scan *s, const struct clock_date *d)
{
	const char *from;

	if (!take(s, '.') && !take(s, ','))
		return true;
	for (from = s->p; is_digit(peek(s)); s->p++)
		if (d->hour == 24 && *s->p != '0')
			return false;
	return s->p > from;
}

/* 080000 or 0800, as goes with 20260301. */
static bool
take_basic_time(struct scan *s, struct clock_date *d)
{
	int v, n = take_digits(s, 4, 6, &v);

	if (n != 4 && n != 6)
		return false;
	if (n == 4)
		v *= 100;
	d->hour = v / 10000;
	d->minute = v / 100 % 100;
	d->second = v % 100;
	return time_exists(d) && (n == 4 || take_fraction(s, d));
}

/* 8:00, 08:00:00, 08:00:00.5 */
static bool
take_time(struct scan *s, struct clock_date *d)
{
	if (!take_digits(s, 1, 2, &d->hour) || !take(s, ':') ||
	    !take_digits(s, 2, 2, &d->minute))
		return false;
	if (!take(s, ':'))
		return time_exists(d);
	return take_digits(s, 2, 2, &d->second) && time_exists(d) &&
	    take_fraction(s, d);
}

/* Z, +08, +0800, +08:00: seconds ahead of UTC. */
static bool
take_offset(struct scan *s, int *offset)
{
	bool west = peek(s) == '-';
	int v, n, minutes = 0;

	*offset = 0;
	if (take(s, 'Z') || take(s, 'z'))
		return true;
	if (!take(s, '+') && !take(s, '-'))
		return false;
	n = take_digits(s, 2, 4, &v);
	if (n == 4) {
		minutes = v % 100;
		v /= 100;
	} else if (n != 2 ||
	    (take(s, ':') && !take_digits(s, 2, 2, &minutes))) {
		return false;
	}
	*offset = (west ? -1 : 1) * (v * HOUR + minutes * 60);
	return v < 24 && minutes < 60;
}

static void
time_set(struct clock_time *out, int64_t utc)
{
	*out = (struct clock_time){ .from = utc, .to = utc };
}

static void
day_set(struct clock_time *out, struct zone *z, int64_t days)
{
	out->from = utc_of(z, days * DAY);
	out->to = utc_of(z, (days + 1) * DAY);
	out->whole_day = true;
}

/* Two digits of a word, as a number. */
static inline int
two(uint64_t w, unsigned at)
{
	return (int)((w >> 8 * at & 15) * 10 + (w >> 8 * (at + 1) & 15));
}

/*
 * The usual form, YYYY-MM-DDTHH:MM:SSZ, eight characters at a time; logs are
 * full of it.  What stands between digits is turned into '0' first.  False
 * when it is not that, or no ordinary time: parse_iso() has the last word.
 */
static bool
parse_usual(struct clock_time *out, struct span s)
{
	uint64_t a, b, c;
	int year, month, day, hour, minute, second;

	if (s.n != 20)
		return false;
	a = digits8_load(s.p) ^ 0x1d00001d00000000;      /* YYYY-MM- */
	b = digits8_load(s.p + 8) ^ 0x00000a0000640000;  /* DDTHH:MM */
	c = digits8_load(s.p + 12) ^ 0x6a00000a00000a00; /* H:MM:SSZ */
	if (!digits8_all(a) || !digits8_all(b) || !digits8_all(c) ||
	    (a & 0x0f00000f00000000) || (b & 0x00000f00000f0000) ||
	    (c & 0x0f00000f00000f00))
		return false;
	year = two(a, 0) * 100 + two(a, 2);
	month = two(a, 5);
	day = two(b, 0);
	hour = two(b, 3);
	minute = two(b, 6);
	second = two(c, 5);
	if (!date_exists(year, month, day) || hour > 23 || minute > 59 ||
	    second > 59)
		return false;
	time_set(out,
	    clock_days(year, month, day) * DAY + hour * HOUR + minute * 60 +
		second);
	return true;
}

static bool
parse_iso(struct clock_time *out, struct scan s, struct zone *z)
{
	struct clock_date d = { 0 };
	int64_t days, local;
	bool basic;
	int offset;

	if (!take_date(&s, &d, &basic))
		return false;
	days = clock_days(d.year, d.month, d.day);
	if (s.p == s.end) {
		day_set(out, z, days);
		return true;
	}
	if (!take(&s, 'T') && !take(&s, 't') && !take_blanks(&s))
		return false;
	if (!(basic && s.end - s.p >= 4 && s.p[2] != ':' && s.p[1] != ':' ?
		    take_basic_time(&s, &d) :
		    take_time(&s, &d)))
		return false;
	local = days * DAY + d.hour * HOUR + d.minute * 60 + d.second;
	if (s.p == s.end) {
		time_set(out, utc_of(z, local));
		return true;
	}
	take_blanks(&s);
	if (!take_offset(&s, &offset) || s.p != s.end)
		return false;
	time_set(out, local - offset);
	return true;
}

/* ---- reading with a format ---- */

/* What the conversions of a format give. */
struct format {
	bool year, month, day, hour, time, half, noon, offset, bad;
};

static void
format_add(struct format *f, char c)
{
	switch (c) {
	case 'Y':
	case 'y':
		f->year = true;
		break;
	case 'm':
	case 'b':
	case 'B':
	case 'h':
		f->month = true;
		break;
	case 'd':
	case 'e':
		f->day = true;
		break;
	case 'D':
	case 'F':
	case 'x':
		f->year = f->month = f->day = true;
		break;
	case 'c':
		f->year = f->month = f->day = f->hour = f->time = true;
		break;
	case 'H':
	case 'k':
	case 'R':
	case 'T':
	case 'X':
	case 'r':
		f->hour = f->time = true;
		break;
	case 'I':
	case 'l':
		f->hour = f->time = f->half = true;
		break;
	case 'p':
		f->time = f->noon = true;
		break;
	case 'M':
	case 'S':
		f->time = true;
		break;
	case 'z':
		f->offset = true;
		break;
	case 'a':
	case 'A':
	case 'n':
	case 't':
	case '%':
		break;
	default:
		f->bad = true;
	}
}

/* Does it name one day, and the hour if it names a time at all? */
static bool
format_scan(struct format *f, const char *s)
{
	*f = (struct format){ 0 };
	while ((s = strchr(s, '%'))) {
		s += 1 + strspn(s + 1, "_-0^#");
		format_add(f, *s);
		if (f->bad)
			return false;
		s++;
	}
	return f->year && f->month && f->day && f->hour == f->time &&
	    f->half == f->noon;
}

bool
clock_format_ok(const char *format)
{
	struct format f;

	return strcmp(format, "%s") == 0 || format_scan(&f, format);
}

/* Seconds since 1970, within the years we know. */
static bool
parse_seconds(struct clock_time *out, struct scan s)
{
	bool before = take(&s, '-');
	const char *from = s.p;
	int64_t v = 0;

	while (is_digit(peek(&s)) && s.p - from < 12)
		v = v * 10 + *s.p++ - '0';
	if (s.p == from || s.p != s.end)
		return false;
	if (before)
		v = -v;
	if (v < clock_days(YEAR_MIN, 1, 1) * DAY ||
	    v >= clock_days(YEAR_MAX + 1, 1, 1) * DAY)
		return false;
	time_set(out, v);
	return true;
}

/* strptime takes any day up to 31 and any second up to 61. */
static bool
tm_exists(const struct tm *tm)
{
	return date_exists(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday) &&
	    tm->tm_sec <= 60;
}

static bool
parse_format(struct clock_time *out, struct scan s, const char *format,
    struct zone *z)
{
	size_t n = (size_t)(s.end - s.p);
	struct tm tm = { 0 };
	char text[FORMATTED_MAX + 1];
	struct format f;
	int64_t days, local;
	const char *end;

	if (n == 0 || n > FORMATTED_MAX || memchr(s.p, '\0', n) ||
	    !format_scan(&f, format))
		return false;
	memcpy(text, s.p, n);
	text[n] = '\0';
	end = strptime_l(text, format, &tm, z->plain);
	if (!end || *end || !tm_exists(&tm))
		return false;
	days = clock_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	local = days * DAY + tm.tm_hour * HOUR + tm.tm_min * 60 + tm.tm_sec;
	if (!f.time && !f.offset)
		day_set(out, z, days);
	else
		time_set(out,
		    f.offset ? local - tm.tm_gmtoff : utc_of(z, local));
	if (!f.time && f.offset) { /* that day, as the clocks there have it */
		out->to = out->from + DAY;
		out->whole_day = true;
	}
	return true;
}

bool
clock_parse(struct clock_time *out, struct span text, const char *format,
    struct zone *z)
{
	struct scan s = { text.p, text.p + text.n };

	if (text.n == 0)
		return false;
	if (!format && parse_usual(out, text))
		return true;
	take_blanks(&s);
	while (s.end > s.p && (s.end[-1] == ' ' || s.end[-1] == '\t'))
		s.end--;
	if (!format)
		return parse_iso(out, s, z);
	if (strcmp(format, "%s") == 0)
		return parse_seconds(out, s);
	return parse_format(out, s, format, z);
}

/* ---- writing, and now ---- */

size_t
clock_text(char out[CLOCK_TEXT_MAX], int64_t utc)
{
	static const char form[CLOCK_TEXT_MAX] = "YYYY-MM-DDThh:mm:ssZ";
	char date[8], time[8];
	int year, month, day;
	int64_t days;
	uint32_t rest;

	if (utc == CLOCK_NEVER)
		return (size_t)snprintf(out, CLOCK_TEXT_MAX, "never");
	utc = clamp(utc);
	days = floor_div(utc, DAY);
	rest = (uint32_t)(utc - days * DAY);
	clock_civil(days, &year, &month, &day);
	digits8_full(date, (uint32_t)(year * 10000 + month * 100 + day));
	digits8_full(time,
	    rest / 3600 * 10000 + rest / 60 % 60 * 100 + rest % 60);
	memcpy(out, form, sizeof(form));
	memcpy(out, date, 4);
	memcpy(out + 5, date + 4, 2);
	memcpy(out + 8, date + 6, 2);
	memcpy(out + 11, time + 2, 2);
	memcpy(out + 14, time + 4, 2);
	memcpy(out + 17, time + 6, 2);
	return strlen(form);
}

int64_t
clock_now(void)
{
	return (int64_t)time(NULL);
}

double
clock_monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
