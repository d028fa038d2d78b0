/*
 * clock_memo.h - the usual form of a time, YYYY-MM-DDTHH:MM:SSZ, in a few
 * nanoseconds: what a month is, is remembered.
 *
 * It says what clock_parse() would, or that it does not know: in seconds since
 * an epoch, UINT32_MAX when they are more than that, 0 before the epoch.  One
 * struct clock_memo serves one thread; zero it and set `epoch` to begin.
 */
#ifndef SCRUB_BASE_CLOCK_MEMO_H
#define SCRUB_BASE_CLOCK_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digits8.h"
#include "base/simd.h"
#include "base/span.h"

enum {
	CLOCK_MEMO_MONTHS = 512,
	CLOCK_MEMO_TEXT = 20, /* bytes of a time */
	CLOCK_MEMO_DAY = 86400,
};

/* All zero, it has no day: of what a place begins with nothing is said. */
struct clock_memo_month {
	uint64_t text;    /* "2026-01-" */
	uint32_t seconds; /* that it has; 0: it is out of reach */
	uint32_t before;  /* when the day before it begins, round the clock; out
	                     of reach how many seconds it has, one more when
	                     it is past 32 bits */
};

struct clock_memo {
	int64_t epoch; /* UTC seconds since 1970 */
	struct clock_memo_month month[CLOCK_MEMO_MONTHS];
};

/* Find out about the month that `text`, a time, begins with; for
 * clock_memo_at().  False: it is none, or only in part in reach. */
bool clock_memo_fill(const struct clock_memo *m, struct clock_memo_month *month,
    const char *text);

/* The months of ten years in a row have places of their own: four bits of the
 * year, one and four of the month. */
static inline size_t
clock_memo_place(uint64_t text)
{
	return (text & 0x000f01000f000000) * 0x0000000200010010 >> 52;
}

/*
 * What stands behind the year, a character at a time: the least it may be, and
 * how much more.  No hour past 29 is among it; past 23 is looked for besides.
 */
static const char clock_memo_least[17] = "-00-00T00:00:00Z";
static const unsigned char clock_memo_more[16] = { 0, 1, 9, 0, 3, 9, 0, 2, 9, 0,
	5, 9, 0, 5, 9, 0 };

/*
 * The day of the month and the time of day as seconds, of the 16 bytes behind
 * the year.  False: they are not of the form.
 */
static inline bool
clock_memo_seconds_each(const char *p, uint32_t *out)
{
	static const uint32_t weight[16] = { 0, 0, 0, 0, 864000, 86400, 0,
		36000, 3600, 0, 600, 60, 0, 10, 1, 0 };
	unsigned char digit;

	*out = 0;
	for (int i = 0; i < 16; i++) {
		digit = (unsigned char)(p[i] - clock_memo_least[i]);
		if (digit > clock_memo_more[i])
			return false;
		*out += digit * weight[i];
	}
	return p[7] != '2' || p[8] <= '3';
}

#ifdef __SSE2__
/* What each character is more than the least it may be; returns where that is
 * too much. */
static inline __m128i
clock_memo_digits(const char *p, __m128i *digit)
{
	*digit = _mm_sub_epi8(load16(p), load16(clock_memo_least));
	return _mm_subs_epu8(*digit, load16((const char *)clock_memo_more));
}

/* The same, all bytes at once.  Weights have 16 bits: of days and of tens of
 * hours they are a thirty-second. */
static inline bool
clock_memo_seconds(const char *p, uint32_t *out)
{
	const __m128i zero = _mm_setzero_si128();
	const __m128i days = _mm_setr_epi16(0, 0, 0, 0, 27000, 2700, 0, 1125);
	const __m128i times = _mm_setr_epi16(3600, 0, 600, 60, 0, 10, 1, 0);
	__m128i digit, v = clock_memo_digits(p, &digit);

	if (_mm_movemask_epi8(_mm_cmpeq_epi8(v, zero)) != 0xffff ||
	    (p[7] == '2' && p[8] > '3'))
		return false;
	v = _mm_add_epi32(_mm_slli_epi32(_mm_madd_epi16(_mm_unpacklo_epi8(digit,
							    zero),
					     days),
			      5),
	    _mm_madd_epi16(_mm_unpackhi_epi8(digit, zero), times));
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0x4e));
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0xb1));
	*out = (uint32_t)_mm_cvtsi128_si32(v);
	return true;
}

/*
 * The same where AVX2 may be used: hour, day, minute and second as numbers
 * first; of those the hour alone may still be too much.  Then hours and days
 * make units of two minutes, minutes and seconds make seconds.
 */
static inline AVX2 bool
clock_memo_seconds_wide(const char *p, uint32_t *out)
{
	const __m128i places = _mm_setr_epi8(7, 8, 4, 5, 10, 11, 13, 14, -1, -1,
	    -1, -1, -1, -1, -1, -1);
	const __m128i most = _mm_setr_epi16(23, 99, 99, 99, 0, 0, 0, 0);
	__m128i digit, over = clock_memo_digits(p, &digit), v;

	v = _mm_maddubs_epi16(_mm_shuffle_epi8(digit, places),
	    _mm_set1_epi16(1 << 8 | 10));
	over = _mm_or_si128(over, _mm_subs_epu16(v, most));
	if (!_mm_testz_si128(over, over))
		return false;
	v = _mm_madd_epi16(v, _mm_setr_epi16(30, 720, 60, 1, 0, 0, 0, 0));
	v = _mm_packus_epi32(v, v);
	v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 120));
	*out = (uint32_t)_mm_cvtsi128_si32(v);
	return true;
}
#else
static inline bool
clock_memo_seconds(const char *p, uint32_t *out)
{
	return clock_memo_seconds_each(p, out);
}
#endif

/* Such a second of a month that is out of reach: 0 or UINT32_MAX; -1: it has no
 * such second. */
int64_t clock_memo_far(const struct clock_memo_month *month, uint32_t seconds);

/* What clock_memo_seconds() has said of p + 4, as seconds since the epoch. */
static inline bool
clock_memo_since(struct clock_memo *m, const char *p, uint32_t seconds,
    uint32_t *out)
{
	uint64_t text = digits8_load(p);
	struct clock_memo_month *month = &m->month[clock_memo_place(text)];
	int64_t far;

	if (month->text != text && !clock_memo_fill(m, month, p))
		return false;
	*out = month->before + seconds;
	if (seconds - CLOCK_MEMO_DAY < month->seconds)
		return true;
	far = clock_memo_far(month, seconds);
	*out = (uint32_t)far;
	return far >= 0;
}

/* Seconds since the epoch of the 20 bytes at `p`.  False: use clock_parse(). */
static inline bool
clock_memo_at(struct clock_memo *m, const char *p, uint32_t *out)
{
	uint32_t seconds; /* since the day before the month */

	return clock_memo_seconds(p + 4, &seconds) &&
	    clock_memo_since(m, p, seconds, out);
}

/* The same of a cell. */
static inline bool
clock_memo_read(struct clock_memo *m, struct span s, uint32_t *out)
{
	return s.n == CLOCK_MEMO_TEXT && clock_memo_at(m, s.p, out);
}

#endif
