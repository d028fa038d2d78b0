#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/clock_memo.h"

enum { DAY = 86400 };

/* A small generator of its own: the same times in every run. */
static unsigned
draw(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)((*state >> 33) % below);
}

/* Seconds since the epoch, as far as 32 bits say them. */
static uint32_t
in_reach(int64_t since)
{
	if (since < 0)
		return 0;
	return since < UINT32_MAX ? (uint32_t)since : UINT32_MAX;
}

/*
 * What the memo says is what clock_parse() says.  The text is handed over in
 * memory of its own size, so that a sanitizer sees whoever reads behind it.
 * Returns whether the memo said something.
 */
static bool
agrees(struct clock_memo *m, const char *text, size_t n)
{
	char *own = malloc(n ? n : 1);
	struct clock_time t;
	uint32_t since = 1;
	bool says;

	memcpy(own, text, n);
	says = clock_memo_read(m, span_of(own, n), &since);
	/* without a zone: what has none would crash, and is not for a memo */
	if (says) {
		cr_expect(clock_parse(&t, span_of(own, n), NULL, NULL),
		    "no time: %.*s", (int)n, text);
		cr_expect(t.whole_day == false && t.from == t.to &&
			since == in_reach(t.from - m->epoch),
		    "%.*s is %" PRId64 ", not %" PRIu32 " since %" PRId64,
		    (int)n, text, t.from, since, m->epoch);
	}
	free(own);
	return says;
}

static bool
agrees_text(struct clock_memo *m, const char *text)
{
	return agrees(m, text, strlen(text));
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

Test(clock_memo, knows_every_day_of_any_year_and_no_other)
{
	static const int years[] = { 1900, 1969, 1970, 1971, 1972, 1999, 2000,
		2001, 2024, 2025, 2026, 2027, 2028, 2096, 2099, 2100, 2400,
		9999 };
	struct clock_memo *m = calloc(1, sizeof(*m));
	char text[32];

	for (size_t y = 0; y < sizeof(years) / sizeof(*years); y++)
		for (int month = 0; month <= 19; month++)
			for (int day = 0; day <= 39; day++) {
				bool exists = month >= 1 && month <= 12 &&
				    day >= 1 &&
				    day <= month_days(years[y], month);

				snprintf(text, sizeof(text),
				    "%04d-%02d-%02dT%02d:%02d:%02dZ", years[y],
				    month, day, day % 24, month * 3, day);
				cr_expect(agrees_text(m, text) == exists,
				    "first: %s", text);
				cr_expect(agrees_text(m, text) == exists,
				    "again: %s", text);
			}
	free(m);
}

Test(clock_memo, knows_every_second_of_a_day_and_no_other)
{
	struct clock_memo *m = calloc(1, sizeof(*m));
	char text[32];
	uint32_t utc;

	for (unsigned t = 0; t < 1000000; t++) {
		unsigned h = t / 10000, min = t / 100 % 100, s = t % 100;
		bool exists = h < 24 && min < 60 && s < 60, says;

		/* a tenth of them, and all at the edges */
		if (t % 10 != h % 10 && exists && s > 0 && s < 59)
			continue;
		snprintf(text, sizeof(text), "2026-03-01T%02u:%02u:%02uZ", h,
		    min, s);
		says = clock_memo_read(m, span_str(text), &utc);
		cr_assert(says == exists, "%s", text);
		if (says)
			cr_assert(utc ==
				clock_days(2026, 3, 1) * DAY + h * 3600 +
				    min * 60 + s,
			    "%s", text);
	}
	free(m);
}

/* Years that are ten apart have places in common. */
Test(clock_memo, months_that_share_a_place_do_not_mix)
{
	struct clock_memo *m = calloc(1, sizeof(*m));
	uint64_t state = 3;
	char text[32];

	for (int i = 0; i < 200000; i++) {
		int month = 1 + (int)draw(&state, 3);
		int day = 28 + (int)draw(&state, 4);
		int year = 1900 + 10 * (int)draw(&state, 40) +
		    (int)draw(&state, 2);

		snprintf(text, sizeof(text), "%04d-%02d-%02dT23:59:59Z", year,
		    month, day);
		cr_assert(agrees_text(m, text) ==
			(day <= month_days(year, month)),
		    "%s", text);
	}
	free(m);
}

Test(clock_memo, months_of_ten_years_in_a_row_have_places_of_their_own)
{
	static unsigned char used[CLOCK_MEMO_MONTHS];
	char text[32];

	for (int year = 2023; year < 2033; year++)
		for (int month = 1; month <= 12; month++) {
			snprintf(text, sizeof(text), "%04d-%02d-", year, month);
			cr_expect(used[clock_memo_place(
				      digits8_load(text))]++ == 0,
			    "%s", text);
		}
}

/* All bytes at once, with and without AVX2, or one after the other: in the usual places, and where
 * one or two of them are any others. */
Test(clock_memo, all_ways_through_the_characters_say_the_same)
{
	uint64_t state = 7;
	size_t good = 0;

	for (int i = 0; i < 1000000; i++) {
		uint32_t at_once = 1, each = 2;
		bool says;
		char text[20];

		snprintf(text, sizeof(text), "-%02u-%02uT%02u:%02u:%02uZ",
		    draw(&state, 20), draw(&state, 40), draw(&state, 30),
		    draw(&state, 60), draw(&state, 60));
		for (unsigned k = draw(&state, 3); k > 0; k--)
			text[draw(&state, 16)] = (char)draw(&state, 256);
		says = clock_memo_seconds(text, &at_once);
		cr_assert(says == clock_memo_seconds_each(text, &each), "%.16s",
		    text);
		cr_assert(says == false || at_once == each, "%.16s", text);
		good += says;
#ifdef __SSE2__
		if (!__builtin_cpu_supports("avx2"))
			continue;
		at_once = 1;
		cr_assert(says == clock_memo_seconds_wide(text, &at_once),
		    "%.16s", text);
		cr_assert(says == false || at_once == each, "%.16s", text);
#endif
	}
	cr_expect(good > 250000);
}

/* The epoch begins with a month, or in the middle of one; and the months where
 * 32 bits end may be unknown, others not. */
Test(clock_memo, times_out_of_reach_are_the_first_or_the_last)
{
	static const int64_t epochs[] = { 0, 946684800, 946684800 + 10 * DAY,
		946684800 + 10 * DAY + 1 };
	struct clock_memo *m = calloc(1, sizeof(*m));
	char text[32];

	for (size_t e = 0; e < sizeof(epochs) / sizeof(*epochs); e++) {
		int64_t ends = epochs[e] + UINT32_MAX;

		*m = (struct clock_memo){ .epoch = epochs[e] };
		for (int64_t off = -70 * DAY; off <= 70 * DAY; off += DAY / 4)
			for (int64_t near = -1; near <= 1; near++) {
				clock_text(text, epochs[e] + off + near);
				cr_expect(agrees_text(m, text) ||
					llabs(off) < 32 * DAY,
				    "epoch %zu: %s", e, text);
				clock_text(text, ends + off + near);
				cr_expect(agrees_text(m, text) ||
					llabs(off) < 32 * DAY,
				    "end %zu: %s", e, text);
			}
		cr_expect(agrees_text(m, "1900-01-01T00:00:00Z"));
		cr_expect(agrees_text(m, "9999-12-31T23:59:59Z"));
		cr_expect(agrees_text(m, "9999-11-31T23:59:59Z") == false);
	}
	free(m);
}

/* Each byte of a time it knows as any other, with and without other days
 * having been asked for in between. */
Test(clock_memo, takes_no_other_character_for_one_it_knows)
{
	static const char *const known[] = { "2026-01-30T08:15:42Z",
		"2000-02-29T23:59:59Z", "1969-12-31T00:00:00Z",
		"1970-01-01T00:00:00Z", "2099-10-19T19:05:09Z" };
	struct clock_memo *m = calloc(1, sizeof(*m));
	char text[32];

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		for (size_t at = 0; at < 20; at++)
			for (int c = 0; c < 256; c++) {
				cr_assert(agrees_text(m, known[i]));
				memcpy(text, known[i], 21);
				text[at] = (char)c;
				agrees(m, text, 20);
			}
	free(m);
}

Test(clock_memo, what_is_written_otherwise_is_read_alike_or_not_at_all)
{
	static const char letters[] = "0123456789-/:TtZz .+ \t";
	struct clock_memo *m = calloc(1, sizeof(*m));
	uint64_t state = 5;
	char text[40];

	for (int i = 0; i < 300000; i++) {
		size_t n = (size_t)snprintf(text, sizeof(text),
		    "20%02u-%02u-%02uT%02u:%02u:%02uZ", 24 + draw(&state, 4),
		    1 + draw(&state, 12), 1 + draw(&state, 31),
		    draw(&state, 25), draw(&state, 61), draw(&state, 61));
		unsigned changes = draw(&state, 5);

		for (; changes > 0; changes--)
			text[draw(&state, (unsigned)n)] = letters[draw(&state,
			    sizeof(letters) - 1)];
		/* one byte more or less, now and then */
		if (draw(&state, 10) == 0)
			n--;
		else if (draw(&state, 10) == 0)
			text[n++] = letters[draw(&state, sizeof(letters) - 1)];
		agrees(m, text, n);
	}
	free(m);
}

Test(clock_memo, leaves_everything_else_to_clock_parse)
{
	static const char *const cells[] = { "", "Z", "2026-03-01",
		"2026-03-01T08:00:00", "2026-03-01T08:00:00.5Z",
		"2026-03-01T08:00:00+00:00", "2026-03-01T24:00:00Z",
		"2026-03-01T23:59:60Z", "2026-03-01T23:60:00Z",
		"2026-03-01t08:00:00Z", "2026-03-01T08:00:00z",
		"2026-03-01 08:00:00Z", "2026-02-29T08:00:00Z",
		"2026-00-01T08:00:00Z", "2026-01-00T08:00:00Z",
		"1899-12-31T08:00:00Z", "0000-00-00T00:00:00Z",
		"2026-03-01T08:00:00Z ", " 2026-03-01T08:00:00Z",
		"2026-03-01T08-00-00Z", "2026-03-01T08:00:0:Z",
		"20260301T08:00:00ZZZ" };
	struct clock_memo *m = calloc(1, sizeof(*m));

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++)
			cr_expect(agrees_text(m, cells[i]) == false, "cell: %s",
			    cells[i]);
	free(m);
}

/* Nothing has been asked yet: the places hold zeros, and so may a cell. */
Test(clock_memo, what_nobody_has_asked_for_is_no_date)
{
	struct clock_memo *m = calloc(1, sizeof(*m));
	char text[] = "1970-01-01T00:00:00Z";

	cr_expect(agrees(m, text, 20));
	for (size_t n = 1; n <= 10; n++) {
		memset(text, '\0', n);
		cr_expect(agrees(m, text, 20) == false, "%zu bytes of zero", n);
	}
	for (int c = 0; c < 256; c++) {
		memset(text, c, 10);
		cr_expect(agrees(m, text, 20) == false, "ten times %02x",
		    (unsigned)c);
	}
	free(m);
}
