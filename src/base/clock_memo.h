/*
 * clock_memo.h - the usual form of a time, YYYY-MM-DDTHH:MM:SSZ, in a few
 * nanoseconds: what a month is, is remembered.
 *
 * It says what clock_parse() would, or that it does not know.  One struct
 * clock_memo serves one thread; zero it to begin.
 */
#ifndef SCRUB_BASE_CLOCK_MEMO_H
#define SCRUB_BASE_CLOCK_MEMO_H

#include <stdbool.h>
#include <stdint.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "base/digits8.h"
#include "base/span.h"

enum {
	CLOCK_MEMO_MONTHS = 512,
	CLOCK_MEMO_TEXT = 20, /* bytes of a time */
	CLOCK_MEMO_DAY = 86400,
};

/* All zero, it has no day: of what a place begins with nothing is said. */
struct clock_memo_month {
	uint64_t text;    /* "2026-01-" */
	int32_t before;   /* the day before it begins, days since 1970-01-01 */
	uint32_t seconds; /* that it has */
};

struct clock_memo {
	struct clock_memo_month month[CLOCK_MEMO_MONTHS];
};

/* Find out about the month that `text`, a time, begins with; for
 * clock_memo_at().  False: it is none. */
bool clock_memo_fill(struct clock_memo_month *m, const char *text);

/* The months of ten years in a row have places of their own: four bits of the
 * year, one and four of the month. */
static inline size_t
clock_memo_place(uint64_t text)
{
	return (text & 0x000f01000f000000) * 0x0000000200010010 >> 52;
}

/*
 * What stands behind the year, a character at a time: the least it may be, and
 * how much more.  No hour past 29 is among it; past 23, the caller looks.
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
	return true;
}

#ifdef __SSE2__
/* What each character is more than the least it may be; false: too much. */
static inline bool
clock_memo_digits(const char *p, __m128i *digit)
{
	__m128i over;

	*digit = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p),
	    _mm_loadu_si128((const __m128i *)(const void *)clock_memo_least));
	over = _mm_subs_epu8(*digit,
	    _mm_loadu_si128((const __m128i *)(const void *)clock_memo_more));
	return _mm_movemask_epi8(_mm_cmpeq_epi8(over, _mm_setzero_si128())) ==
	    0xffff;
}

static inline uint32_t
clock_memo_sum(__m128i v)
{
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0x4e));
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0xb1));
	return (uint32_t)_mm_cvtsi128_si32(v);
}

/* The same, all bytes at once.  Weights have 16 bits: of days and of tens of
 * hours they are a thirty-second. */
static inline bool
clock_memo_seconds(const char *p, uint32_t *out)
{
	const __m128i zero = _mm_setzero_si128();
	const __m128i days = _mm_setr_epi16(0, 0, 0, 0, 27000, 2700, 0, 1125);
	const __m128i times = _mm_setr_epi16(3600, 0, 600, 60, 0, 10, 1, 0);
	__m128i digit;

	if (!clock_memo_digits(p, &digit))
		return false;
	*out = clock_memo_sum(
	    _mm_add_epi32(_mm_slli_epi32(_mm_madd_epi16(_mm_unpacklo_epi8(digit,
							    zero),
					     days),
			      5),
		_mm_madd_epi16(_mm_unpackhi_epi8(digit, zero), times)));
	return true;
}

/* The same, in pairs first, where AVX2 may be used. */
static inline __attribute__((target("avx2"))) bool
clock_memo_seconds_wide(const char *p, uint32_t *out)
{
	const __m128i tens = _mm_setr_epi8(0, 0, 0, 0, 10, 1, 0, 1, 1, 0, 10, 1,
	    0, 10, 1, 0);
	const __m128i weights = _mm_setr_epi16(0, 0, 2700, 1125, 3600, 60, 1,
	    1);
	__m128i digit, v;

	if (!clock_memo_digits(p, &digit))
		return false;
	v = _mm_madd_epi16(_mm_maddubs_epi16(digit, tens), weights);
	*out = clock_memo_sum(_mm_sllv_epi32(v, _mm_setr_epi32(0, 5, 0, 0)));
	return true;
}
#else
static inline bool
clock_memo_seconds(const char *p, uint32_t *out)
{
	return clock_memo_seconds_each(p, out);
}
#endif

/* What clock_memo_seconds() has said of p + 4, as UTC seconds since 1970. */
static inline bool
clock_memo_since(struct clock_memo *m, const char *p, uint32_t seconds,
    int64_t *utc)
{
	uint64_t text = digits8_load(p);
	struct clock_memo_month *month = &m->month[clock_memo_place(text)];
	unsigned hour = (unsigned)(unsigned char)p[11] << 8 |
	    (unsigned char)p[12]; /* as text: up to "23" */

	if (hour > 0x3233 ||
	    (month->text != text && !clock_memo_fill(month, p)) ||
	    seconds - CLOCK_MEMO_DAY >= month->seconds)
		return false;
	*utc = month->before * (int64_t)CLOCK_MEMO_DAY + seconds;
	return true;
}

/* UTC seconds since 1970 of the 20 bytes at `p`.  False: use clock_parse(). */
static inline bool
clock_memo_at(struct clock_memo *m, const char *p, int64_t *utc)
{
	uint32_t seconds; /* since the day before the month */

	return clock_memo_seconds(p + 4, &seconds) &&
	    clock_memo_since(m, p, seconds, utc);
}

/* The same of a cell. */
static inline bool
clock_memo_read(struct clock_memo *m, struct span s, int64_t *utc)
{
	return s.n == CLOCK_MEMO_TEXT && clock_memo_at(m, s.p, utc);
}

#endif
