#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* A UTC time by the C library, which has its own arithmetic. */
static int64_t
utc(int year, int month, int day, int hour, int minute, int second)
{
	struct tm tm = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute,
		.tm_sec = second };

	return timegm(&tm);
}

static struct zone *
opened(const char *name)
{
	struct zone *z;
	struct err err;

	cr_assert(eq(int, zone_open(&z, name, &err), 0), "%s", err.text);
	return z;
}

/* Machines without tzdata have no named zones: such a test is skipped. */
static struct zone *
opened_named(const char *name)
{
	if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) < 0)
		cr_skip("no tzdata here");
	return opened(name);
}

/* ---- the calendar ---- */

Test(clock, days_of_known_dates)
{
	cr_expect(eq(i64, clock_days(1970, 1, 1), 0));
	cr_expect(eq(i64, clock_days(1969, 12, 31), -1));
	cr_expect(eq(i64, clock_days(2000, 3, 1), 11017));
	cr_expect(eq(i64, clock_days(2000, 2, 29), 11016));
	cr_expect(eq(i64, clock_days(0, 3, 1), -719468));
}

Test(clock, every_day_from_1600_to_2400_agrees_both_ways)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	int64_t days = clock_days(1600, 1, 1);
	int y, m, d;

	cr_assert(eq(i64, days * 86400, utc(1600, 1, 1, 0, 0, 0)));
	for (int year = 1600; year < 2400; year++)
		for (int month = 1; month <= 12; month++) {
			int last = length[month - 1];

			if (month == 2 && year % 4 == 0 &&
			    (year % 100 != 0 || year % 400 == 0))
				last++;
			for (int day = 1; day <= last; day++, days++) {
				clock_civil(days, &y, &m, &d);
				cr_assert(y == year && m == month && d == day &&
					clock_days(y, m, d) == days,
				    "%d-%d-%d", year, month, day);
			}
		}
}

/* ---- reading, in UTC ---- */

struct instant {
	const char *in;
	int y, m, d, h, mi, s;
};

static const struct instant instants[] = {
	{ "2026-03-01T08:00", 2026, 3, 1, 8, 0, 0 },
	{ "2026-03-01T08:00:07", 2026, 3, 1, 8, 0, 7 },
	{ "2026-03-01t08:00:07", 2026, 3, 1, 8, 0, 7 },
	{ "2026-03-01 08:00:07", 2026, 3, 1, 8, 0, 7 },
	{ "2026-03-01 \t 08:00:07", 2026, 3, 1, 8, 0, 7 },
	{ "  2026-03-01 8:00\t", 2026, 3, 1, 8, 0, 0 },
	{ "2026-03-01T08:00:07.9999999999", 2026, 3, 1, 8, 0, 7 },
	{ "2026-03-01T08:00:07,5", 2026, 3, 1, 8, 0, 7 },
	{ "2026/3/1 8:00", 2026, 3, 1, 8, 0, 0 },
	{ "2026/03/01 08:00:59", 2026, 3, 1, 8, 0, 59 },
	{ "2026-03-01T08:00Z", 2026, 3, 1, 8, 0, 0 },
	{ "2026-03-01T08:00:00z", 2026, 3, 1, 8, 0, 0 },
	{ "2026-03-01T08:00:00.123Z", 2026, 3, 1, 8, 0, 0 },
	{ "2026-03-01T08:00:00+08:00", 2026, 3, 1, 0, 0, 0 },
	{ "2026-03-01T08:00:00+0800", 2026, 3, 1, 0, 0, 0 },
	{ "2026-03-01T08:00:00+08", 2026, 3, 1, 0, 0, 0 },
	{ "2026-03-01 08:00:00 +0800", 2026, 3, 1, 0, 0, 0 },
	{ "2026-03-01T07:00:00+08:00", 2026, 2, 28, 23, 0, 0 },
	{ "2026-03-01T08:00:00-03:30", 2026, 3, 1, 11, 30, 0 },
	{ "2026-03-01T08:00:00-00:00", 2026, 3, 1, 8, 0, 0 },
	{ "20260301T080007", 2026, 3, 1, 8, 0, 7 },
	{ "20260301T0800", 2026, 3, 1, 8, 0, 0 },
	{ "20260301T080007Z", 2026, 3, 1, 8, 0, 7 },
	{ "20260301T080007.25+0800", 2026, 3, 1, 0, 0, 7 },
	{ "20260301 08:00", 2026, 3, 1, 8, 0, 0 },
	{ "20260301 8:00", 2026, 3, 1, 8, 0, 0 },
	{ "2026-12-31T24:00", 2027, 1, 1, 0, 0, 0 },
	{ "2026-12-31T24:00:00.000Z", 2027, 1, 1, 0, 0, 0 },
	{ "2016-12-31T23:59:60Z", 2017, 1, 1, 0, 0, 0 },
	{ "2028-02-29T00:00", 2028, 2, 29, 0, 0, 0 },
	{ "2000-02-29T00:00", 2000, 2, 29, 0, 0, 0 },
	{ "1900-01-01T00:00", 1900, 1, 1, 0, 0, 0 },
	{ "9999-12-31T23:59:59", 9999, 12, 31, 23, 59, 59 },
};

Test(clock, instants_are_read)
{
	struct zone *z = opened("UTC");
	struct clock_time t;

	for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
		const struct instant *c = &instants[i];
		int64_t want = utc(c->y, c->m, c->d, c->h, c->mi, c->s);

		cr_expect(clock_parse(&t, span_str(c->in), NULL, z),
		    "input: %s", c->in);
		cr_expect(eq(i64, t.from, want), "input: %s", c->in);
		cr_expect(eq(i64, t.to, want), "input: %s", c->in);
		cr_expect(not(t.whole_day), "input: %s", c->in);
	}
	zone_close(z);
}

Test(clock, a_date_is_its_whole_day)
{
	static const char *const in[] = { "2026-03-01", "20260301", "2026/3/1",
		"2026/03/01", " 2026-03-01 ", "2026-3-1" };
	struct zone *z = opened("UTC");
	struct clock_time t;

	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		cr_expect(clock_parse(&t, span_str(in[i]), NULL, z),
		    "input: %s", in[i]);
		cr_expect(eq(i64, t.from, utc(2026, 3, 1, 0, 0, 0)));
		cr_expect(eq(i64, t.to, utc(2026, 3, 2, 0, 0, 0)));
		cr_expect(t.whole_day);
	}
	zone_close(z);
}

static const char *const refused[] = {
	"",
	" ",
	"\t",
	"never",
	"-",
	"0",
	"2026",
	"2026-03",
	"2026-03-",
	/* two readings, or none */
	"03/04/2026",
	"1/2/26",
	"26-03-01",
	"2026.03.01",
	"2026-03/01",
	"2026/03-01",
	"202603",
	"202603011",
	"20260301080000",
	"1772323200",
	"2026-003-01",
	"2026-03-001",
	"02026-03-01",
	"+2026-03-01",
	/* no such day */
	"2026-00-01",
	"2026-13-01",
	"2026-01-00",
	"2026-01-32",
	"2026-04-31",
	"2026-02-29",
	"2100-02-29",
	"1900-02-29",
	"20260229",
	"2026/2/30",
	"1899-12-31",
	"10000-01-01",
	"0000-01-01",
	/* no such time */
	"2026-03-01T25:00",
	"2026-03-01T24:01",
	"2026-03-01T24:00:01",
	"2026-03-01T24:00:00.5",
	"2026-03-01T08:60",
	"2026-03-01T08:00:61",
	"2026-03-01T08:5",
	"2026-03-01T08:00:5",
	"2026-03-01T08",
	"2026-03-01T",
	"2026-03-01T08:",
	"2026-03-01T08:00:",
	"2026-03-01T08:00:00.",
	"2026-03-01T080000",
	"2026-03-01T-8:00",
	"2026-03-01T008:00",
	"20260301T08000",
	"20260301T0860",
	"20260301T2500",
	"2026-03-0108:00",
	"2026-03-01T 08:00",
	/* no such zone */
	"2026-03-01Z",
	"2026-03-01+08:00",
	"2026-03-01T08:00+8",
	"2026-03-01T08:00+080",
	"2026-03-01T08:00+08:",
	"2026-03-01T08:00+08:0",
	"2026-03-01T08:00+24:00",
	"2026-03-01T08:00+08:60",
	"2026-03-01T08:00+08000",
	"2026-03-01T08:00 CET",
	"2026-03-01T08:00ZZ",
	"2026-03-01T08:00Z+01",
	/* junk after it */
	"2026-03-01x",
	"2026-03-01,",
	"2026-03-01 x",
	"2026-03-01T08:00x",
	"2026-03-01T08:00:00.5x",
	"2026-03-01T08:00Zx",
	"20260301x",
	"2026-03-01\n",
	"2026-03-01T08:00:00Z 1",
	"2026-03-01-",
	"2026-03-01T08:00 PM",
	"\xEF\xBC\x92"
	"026-03-01",
};

Test(clock, what_cannot_be_read_exactly_is_refused)
{
	const struct clock_time before = { 1, 2, true };
	struct zone *z = opened("UTC");
	struct clock_time t = before;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect(not(clock_parse(&t, span_str(refused[i]), NULL, z)),
		    "input: %s", refused[i]);
	cr_expect(not(clock_parse(&t, SPAN("2026-03-01\0"), NULL, z)));
	cr_expect(not(clock_parse(&t, SPAN("2026-03-01\0x"), NULL, z)));
	cr_expect(not(clock_parse(&t, (struct span){ 0 }, NULL, z)));
	cr_expect(t.from == 1 && t.to == 2 && t.whole_day, "left as it was");
	zone_close(z);
}

/* A span has no NUL: each is copied to memory that ends where it ends. */
Test(clock, nothing_is_read_past_the_end)
{
	struct zone *z = opened("UTC");
	struct clock_time t;

	for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
		size_t n = strlen(instants[i].in);

		for (size_t cut = 1; cut <= n; cut++) {
			char *p = malloc(cut);

			memcpy(p, instants[i].in, cut);
			clock_parse(&t, span_of(p, cut), NULL, z);
			clock_parse(&t, span_of(p, cut), "%Y-%m-%d", z);
			clock_parse(&t, span_of(p, cut), "%s", z);
			free(p);
		}
	}
	zone_close(z);
}

/* ---- reading with a format ---- */

Test(clock, formats_give_instants)
{
	static const struct {
		const char *format, *in;
		int y, m, d, h, mi, s;
	} cases[] = {
		{ "%d/%m/%Y %H:%M", "03/04/2026 08:30", 2026, 4, 3, 8, 30, 0 },
		{ "%m/%d/%Y %H:%M", "03/04/2026 08:30", 2026, 3, 4, 8, 30, 0 },
		{ "%Y%m%d%H%M%S", "20260301080007", 2026, 3, 1, 8, 0, 7 },
		{ "%m/%d/%y %I:%M %p", "3/4/26 12:05 AM", 2026, 3, 4, 0, 5, 0 },
		{ "%m/%d/%Y %r", "03/04/2026 01:05:09 PM", 2026, 3, 4, 13, 5,
		    9 },
		{ "%F %T", "2026-03-01 23:59:60", 2026, 3, 2, 0, 0, 0 },
		{ "%FT%T%z", "2026-03-01T08:00:00+0800", 2026, 3, 1, 0, 0, 0 },
		{ "%F %R %z", "2026-03-01 08:00 -03:30", 2026, 3, 1, 11, 30,
		    0 },
		{ "%FT%T%z", "2026-03-01T08:00:00Z", 2026, 3, 1, 8, 0, 0 },
		{ "%a, %d %b %Y %T", "Sun, 01 Mar 2026 08:00:00", 2026, 3, 1, 8,
		    0, 0 },
		{ "%s", "1772352000", 2026, 3, 1, 8, 0, 0 },
		{ "%s", " 0 ", 1970, 1, 1, 0, 0, 0 },
		{ "%s", "-86400", 1969, 12, 31, 0, 0, 0 },
	};
	struct zone *z = opened("UTC");
	struct clock_time t;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect(clock_format_ok(cases[i].format));
		cr_expect(clock_parse(&t, span_str(cases[i].in),
			      cases[i].format, z),
		    "input: %s", cases[i].in);
		cr_expect(eq(i64, t.from,
			      utc(cases[i].y, cases[i].m, cases[i].d,
				  cases[i].h, cases[i].mi, cases[i].s)),
		    "input: %s", cases[i].in);
		cr_expect(t.from == t.to && !t.whole_day);
	}
	zone_close(z);
}

Test(clock, a_format_without_a_time_gives_a_day)
{
	static const struct {
		const char *format, *in;
	} cases[] = {
		{ "%d/%m/%Y", "01/03/2026" },
		{ "%d.%m.%y", "1.3.26" },
		{ "%Y\xE5\xB9\xB4%m\xE6\x9C\x88%d\xE6\x97\xA5",
		    "2026\xE5\xB9\xB4"
		    "3\xE6\x9C\x88"
		    "1\xE6\x97\xA5" },
		{ "%e %B %Y", "1 march 2026" },
		{ "%D", "03/01/26" },
		{ "100%% %F", "100% 2026-03-01" },
	};
	struct zone *z = opened("UTC");
	struct clock_time t;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect(clock_parse(&t, span_str(cases[i].in),
			      cases[i].format, z),
		    "input: %s", cases[i].in);
		cr_expect(eq(i64, t.from, utc(2026, 3, 1, 0, 0, 0)));
		cr_expect(eq(i64, t.to, utc(2026, 3, 2, 0, 0, 0)));
		cr_expect(t.whole_day);
	}
	cr_expect(clock_parse(&t, SPAN("2026-03-01 +0800"), "%F %z", z));
	cr_expect(eq(i64, t.from, utc(2026, 2, 28, 16, 0, 0)));
	cr_expect(eq(i64, t.to, utc(2026, 3, 1, 16, 0, 0)));
	cr_expect(t.whole_day);
	zone_close(z);
}

Test(clock, with_a_format_no_other_form_is_read)
{
	static const struct {
		const char *format, *in;
	} cases[] = {
		{ "%d/%m/%Y", "2026-03-01" },
		{ "%d/%m/%Y", "31/04/2026" },
		{ "%d/%m/%Y", "29/02/2026" },
		{ "%d/%m/%Y", "01/03/26" },
		{ "%d/%m/%Y", "01/03/2026 08:00" },
		{ "%d/%m/%Y", "01/03/2026x" },
		{ "%d/%m/%Y", "01/03" },
		{ "%d/%m/%Y", "" },
		{ "%F %T", "2026-03-01 08:00:61" },
		{ "%F %T", "2026-03-01 24:00:00" },
		{ "%F %T%z", "2026-03-01 08:00:00" },
		{ "%s", "12x" },
		{ "%s", "-" },
		{ "%s", "1772352000000" },        /* milliseconds */
		{ "%s", "99999999999999999999" }, /* wraps in strptime */
		{ "%s", "253402300800" },         /* 10000-01-01 */
		{ "%s", "2026-03-01" },
	};
	struct zone *z = opened("UTC");
	struct clock_time t;
	char *wide;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect(not(clock_parse(&t, span_str(cases[i].in),
			      cases[i].format, z)),
		    "input: %s", cases[i].in);
	cr_expect(not(clock_parse(&t, SPAN("2026-03-01\0"), "%F", z)));
	cr_expect(clock_parse(&t, SPAN("253402300799"), "%s", z));
	/* 64 bytes are read, 65 are not; blanks around it do not count. */
	cr_assert(asprintf(&wide, "  %54s2026-03-01  ", "") > 0);
	cr_expect(clock_parse(&t, span_str(wide), "%F", z));
	wide[2] = 'x';
	cr_expect(clock_parse(&t, span_str(wide), "x%n%F", z));
	wide[1] = 'x';
	cr_expect(not(clock_parse(&t, span_str(wide), "xx%n%F", z)));
	free(wide);
	zone_close(z);
}

Test(clock, formats_that_cannot_name_a_day_are_refused)
{
	static const char *const bad[] = { "", "x", "%", "%Y", "%Y-%m", "%m/%d",
		"%H:%M", "%d/%m/%Y %M", "%F %I:%M", "%F %H:%M %p", "%F %p",
		"%F %Z", "%G-%V-%u", "%Y-%j", "%EY-%m-%d", "%F%", "%s ",
		"%F %s", "%Q" };
	static const char *const good[] = { "%F", "%d/%m/%Y", "%s",
		"%-d.%-m.%Y", "%F %I:%M %p", "%c", "%x %X", "%Y %b %e %k:%M" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect(not(clock_format_ok(bad[i])), "format: %s", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect(clock_format_ok(good[i]), "format: %s", good[i]);
}

/* ---- zones ---- */

Test(clock, zones_that_are_known)
{
	static const char *const good[] = { "UTC", "UTC0", "CST-8", "<+08>-8",
		"EST+5", "<-0330>3:30", "IST-05:30:00",
		"CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT4,M3.2.0/2,M11.1.0/2" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		zone_close(opened(good[i]));
}

Test(clock, zones_that_are_not_known)
{
	static const char *const bad[] = { "", "Asia/Shangai", "CET1CEST2",
		"Mars", "../../etc/passwd", "Europe/../Europe/Berlin",
		"/usr/share/zoneinfo/Europe/Berlin", ":Europe/Berlin",
		"right/Europe/Berlin", "tzdata.zi", "zone.tab", "Europe",
		"CS-8", "CST", "CST-25", "CST-8x", "<+08-8", "<8>-8", "+08",
		"CST-8:", "CST-8:60", "CST-8CDT", "CST-8CDT,",
		"CST-8CDT,M3.5.0", "CST-8CDT,M3.5.0,x", " UTC", "utc " };
	struct zone *z = NULL;
	struct err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_expect(eq(int, zone_open(&z, bad[i], &err), -1), "zone: %s",
		    bad[i]);
		cr_expect(eq(int, err.code, ERR_USAGE), "zone: %s", bad[i]);
		cr_expect(ne(chr, err.hint[0], '\0'));
		cr_expect(z == NULL);
	}
	zone_open(&z, "Asia/Shangai", &err);
	cr_expect(eq(str, err.text, "unknown time zone 'Asia/Shangai'"));
}

Test(clock, the_systems_zone_is_checked_as_well)
{
	struct zone *z;
	struct err err;

	setenv("TZ", "CST-8", 1);
	z = opened(NULL);
	cr_expect(eq(str, (char *)zone_name(z), "local time"));
	cr_expect(eq(i64, zone_day(z, utc(2026, 3, 1, 20, 0, 0), 0),
	    utc(2026, 3, 1, 16, 0, 0)));
	zone_close(z);
	setenv("TZ", "Asia/Shangai", 1);
	cr_expect(eq(int, zone_open(&z, NULL, &err), -1));
	cr_expect(eq(int, err.code, ERR_USAGE));
	setenv("TZ", "", 1);
	zone_close(opened(NULL));
	unsetenv("TZ");
	zone_close(opened(NULL));
}

Test(clock, a_name_is_kept)
{
	struct zone *z = opened("CST-8");

	cr_expect(eq(str, (char *)zone_name(z), "CST-8"));
	zone_close(z);
	zone_close(NULL);
}

/* China has had no summer time since 1991: always eight hours ahead. */
Test(clock, local_time_in_shanghai)
{
	struct zone *z = opened_named("Asia/Shanghai");
	struct clock_time t;
	struct clock_date d;

	cr_assert(clock_parse(&t, SPAN("2026-03-01"), NULL, z));
	cr_expect(eq(i64, t.from, utc(2026, 2, 28, 16, 0, 0)));
	cr_expect(eq(i64, t.to, utc(2026, 3, 1, 16, 0, 0)));
	cr_assert(clock_parse(&t, SPAN("2026-03-01 08:00"), NULL, z));
	cr_expect(eq(i64, t.from, utc(2026, 3, 1, 0, 0, 0)));
	cr_assert(clock_parse(&t, SPAN("2026-03-01 08:00Z"), NULL, z));
	cr_expect(eq(i64, t.from, utc(2026, 3, 1, 8, 0, 0)));
	cr_assert(clock_parse(&t, SPAN("9999-12-31"), NULL, z));
	cr_expect(eq(i64, t.from, utc(9999, 12, 30, 16, 0, 0)));
	cr_assert(clock_parse(&t, SPAN("1772352000"), "%s", z));
	cr_expect(eq(i64, t.from, 1772352000));
	cr_assert(clock_parse(&t, SPAN("01/03/26 08:00"), "%d/%m/%y %R", z));
	cr_expect(eq(i64, t.from, utc(2026, 3, 1, 0, 0, 0)));
	zone_local(z, utc(2026, 2, 28, 23, 4, 5), &d);
	cr_expect(d.year == 2026 && d.month == 3 && d.day == 1);
	cr_expect(d.hour == 7 && d.minute == 4 && d.second == 5);
	zone_close(z);
}

struct change {
	const char *zone, *in;
	int y, m, d, h, mi, s; /* UTC */
};

/*
 * Berlin 2026: +1, from 29 March 02:00 +2, from 25 October 03:00 +1 again.
 * New York 2026: -5, from 8 March 02:00 -4, from 1 November 02:00 -5 again.
 */
static const struct change changes[] = {
	{ "Europe/Berlin", "2026-03-29 01:59:59", 2026, 3, 29, 0, 59, 59 },
	/* missing: read as +1, so an hour later on the clock */
	{ "Europe/Berlin", "2026-03-29 02:00:00", 2026, 3, 29, 1, 0, 0 },
	{ "Europe/Berlin", "2026-03-29 02:30:00", 2026, 3, 29, 1, 30, 0 },
	{ "Europe/Berlin", "2026-03-29 03:00:00", 2026, 3, 29, 1, 0, 0 },
	{ "Europe/Berlin", "2026-03-29 03:30:00", 2026, 3, 29, 1, 30, 0 },
	{ "Europe/Berlin", "2026-10-25 01:59:59", 2026, 10, 24, 23, 59, 59 },
	/* twice: the first, summer time */
	{ "Europe/Berlin", "2026-10-25 02:00:00", 2026, 10, 25, 0, 0, 0 },
	{ "Europe/Berlin", "2026-10-25 02:59:59", 2026, 10, 25, 0, 59, 59 },
	{ "Europe/Berlin", "2026-10-25 03:00:00", 2026, 10, 25, 2, 0, 0 },
	{ "Europe/Berlin", "2026-10-25 02:30:00+01:00", 2026, 10, 25, 1, 30,
	    0 },
	{ "America/New_York", "2026-03-08 01:59:59", 2026, 3, 8, 6, 59, 59 },
	{ "America/New_York", "2026-03-08 02:30:00", 2026, 3, 8, 7, 30, 0 },
	{ "America/New_York", "2026-03-08 03:30:00", 2026, 3, 8, 7, 30, 0 },
	{ "America/New_York", "2026-11-01 01:30:00", 2026, 11, 1, 5, 30, 0 },
	{ "America/New_York", "2026-11-01 02:00:00", 2026, 11, 1, 7, 0, 0 },
	/* Samoa went from -10 to +14 and had no 30 December 2011 */
	{ "Pacific/Apia", "2011-12-29 23:59:59", 2011, 12, 30, 9, 59, 59 },
	{ "Pacific/Apia", "2011-12-30 12:00:00", 2011, 12, 30, 22, 0, 0 },
	{ "Pacific/Apia", "2011-12-31 00:00:00", 2011, 12, 30, 10, 0, 0 },
	/* half an hour of summer time: +10:30, +11 */
	{ "Australia/Lord_Howe", "2026-04-05 01:45:00", 2026, 4, 4, 14, 45, 0 },
	{ "Australia/Lord_Howe", "2026-10-04 02:15:00", 2026, 10, 3, 15, 45,
	    0 },
};

Test(clock, missing_and_repeated_times_take_the_offset_before)
{
	struct zone *z = NULL;
	const char *last = "";
	struct clock_time t;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *c = &changes[i];

		if (strcmp(c->zone, last) != 0) {
			zone_close(z);
			z = opened_named(last = c->zone);
		}
		cr_expect(clock_parse(&t, span_str(c->in), NULL, z));
		cr_expect(eq(i64, t.from,
			      utc(c->y, c->m, c->d, c->h, c->mi, c->s)),
		    "%s %s", c->zone, c->in);
	}
	zone_close(z);
}

Test(clock, days_of_change_have_23_and_25_hours)
{
	struct zone *z = opened_named("Europe/Berlin");
	struct clock_time t;

	cr_assert(clock_parse(&t, SPAN("2026-03-29"), NULL, z));
	cr_expect(eq(i64, t.from, utc(2026, 3, 28, 23, 0, 0)));
	cr_expect(eq(i64, t.to - t.from, 23 * 3600));
	cr_assert(clock_parse(&t, SPAN("2026-10-25"), NULL, z));
	cr_expect(eq(i64, t.from, utc(2026, 10, 24, 22, 0, 0)));
	cr_expect(eq(i64, t.to - t.from, 25 * 3600));
	cr_expect(eq(i64, zone_day(z, t.to - 1, 0), t.from));
	cr_expect(eq(i64, zone_day(z, t.from, 0), t.from));
	cr_expect(eq(i64, zone_day(z, t.from, 1), t.to));
	cr_expect(eq(i64, zone_day(z, t.to - 1, 1), t.to));
	zone_close(z);
}

/* Havana changes at midnight: 8 March 2026 begins at 01:00. */
Test(clock, a_day_without_a_midnight_begins_when_the_clocks_jump)
{
	struct zone *z = opened_named("America/Havana");
	struct clock_time t;

	cr_assert(clock_parse(&t, SPAN("2026-03-08"), NULL, z));
	cr_expect(eq(i64, t.from, utc(2026, 3, 8, 5, 0, 0)));
	cr_expect(eq(i64, t.to, utc(2026, 3, 9, 4, 0, 0)));
	cr_expect(eq(i64, zone_day(z, t.from, 0), t.from));
	cr_expect(eq(i64, zone_day(z, t.from - 1, 1), t.from));
	zone_close(z);
}

/*
 * The property behind the tables: whatever order days are asked in, every
 * UTC time of the years of most changes comes back from its local time,
 * except the second pass of a repeated hour, which gives the first.
 */
Test(clock, local_times_lead_back_to_their_instant)
{
	static const char *const zones[] = { "UTC", "Asia/Shanghai",
		"Europe/Berlin", "America/New_York", "America/Havana",
		"Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu",
		"Africa/Casablanca" };

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct zone *z = opened_named(zones[i]);

		for (int64_t k = 0; k < 40000; k++) {
			/* a step of its own length, through 2005 to 2040 */
			int64_t t = utc(2005, 1, 1, 0, 0, 0) +
			    k * 7919 * 140 % (35LL * 366 * 86400);
			struct clock_date d;
			struct tm tm;
			time_t c = t;
			int64_t back;

			zone_local(z, t, &d);
			localtime_r(&c, &tm);
			cr_assert(d.year == tm.tm_year + 1900 &&
				d.month == tm.tm_mon + 1 &&
				d.day == tm.tm_mday && d.hour == tm.tm_hour &&
				d.minute == tm.tm_min && d.second == tm.tm_sec,
			    "%s %lld", zones[i], (long long)t);
			back = zone_utc(z, &d);
			if (back == t)
				continue;
			/* Then an earlier instant with the same clock. */
			c = back;
			localtime_r(&c, &tm);
			cr_assert(back < t && t - back <= 7200 &&
				d.hour == tm.tm_hour && d.minute == tm.tm_min,
			    "%s %lld", zones[i], (long long)t);
		}
		zone_close(z);
	}
}

/* 2026-03-01 is a Sunday. */
Test(clock, weeks_begin_on_monday_and_months_on_the_first)
{
	struct zone *z = opened("CST-8");
	int64_t t = utc(2026, 3, 1, 15, 59, 59); /* the last second of it */
	int64_t h = 8 * 3600;

	cr_expect(eq(i64, zone_day(z, t, 0), utc(2026, 3, 1, 0, 0, 0) - h));
	cr_expect(eq(i64, zone_day(z, t, 1), utc(2026, 3, 2, 0, 0, 0) - h));
	cr_expect(eq(i64, zone_week(z, t, 0), utc(2026, 2, 23, 0, 0, 0) - h));
	cr_expect(eq(i64, zone_week(z, t, 1), utc(2026, 3, 2, 0, 0, 0) - h));
	cr_expect(
	    eq(i64, zone_week(z, t + 1, 0), utc(2026, 3, 2, 0, 0, 0) - h));
	cr_expect(eq(i64, zone_month(z, t, 0), utc(2026, 3, 1, 0, 0, 0) - h));
	cr_expect(eq(i64, zone_month(z, t, 1), utc(2026, 4, 1, 0, 0, 0) - h));
	cr_expect(eq(i64, zone_month(z, t, -3), utc(2025, 12, 1, 0, 0, 0) - h));
	cr_expect(eq(i64, zone_month(z, t, 10), utc(2027, 1, 1, 0, 0, 0) - h));
	cr_expect(eq(i64, zone_week(z, utc(1969, 12, 30, 0, 0, 0), 0),
	    utc(1969, 12, 29, 0, 0, 0) - h));
	zone_close(z);
}

Test(clock, fields_may_run_over)
{
	struct zone *z = opened("UTC");
	struct clock_date d = { 2026, 2, 29, 24, 60, 61 };

	cr_expect(eq(i64, zone_utc(z, &d), utc(2026, 3, 2, 1, 1, 1)));
	zone_close(z);
}

Test(clock, times_beyond_the_calendar_do_no_harm)
{
	struct zone *z = opened("UTC");
	struct clock_date d;

	zone_local(z, CLOCK_NEVER, &d);
	cr_expect(ge(int, d.year, 9999));
	zone_local(z, INT64_MIN, &d);
	cr_expect(le(int, d.year, 1900));
	zone_month(z, CLOCK_NEVER, 1);
	zone_week(z, INT64_MIN, -1);
	zone_day(z, CLOCK_NEVER, 1);
	zone_close(z);
}

/* ---- writing ---- */

Test(clock, text_is_iso_utc)
{
	char s[CLOCK_TEXT_MAX];

	clock_text(s, utc(2026, 3, 1, 8, 9, 7));
	cr_expect(eq(str, s, "2026-03-01T08:09:07Z"));
	clock_text(s, -1);
	cr_expect(eq(str, s, "1969-12-31T23:59:59Z"));
	clock_text(s, CLOCK_NEVER);
	cr_expect(eq(str, s, "never"));
	clock_text(s, INT64_MIN);
	clock_text(s, INT64_MAX - 1);
}

Test(clock, text_can_be_read_back)
{
	struct zone *z = opened("CST-8");
	char s[CLOCK_TEXT_MAX];
	struct clock_time t;

	for (int64_t at = -2000000000; at < 200000000000; at += 987654321) {
		clock_text(s, at);
		cr_assert(clock_parse(&t, span_str(s), NULL, z));
		cr_assert(eq(i64, t.from, at));
	}
	zone_close(z);
}

Test(clock, now_and_the_monotonic_clock_go_forward)
{
	double a = clock_monotonic();

	cr_expect(gt(i64, clock_now(), utc(2025, 1, 1, 0, 0, 0)));
	cr_expect(ge(dbl, clock_monotonic(), a));
}
