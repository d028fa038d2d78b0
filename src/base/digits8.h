/*
 * digits8.h - decimal digits: eight of them at a time, in one 64-bit word, and
 * a number as text.
 *
 * A word holds its first character in its lowest byte, whatever the machine.
 */
#ifndef SCRUB_BASE_DIGITS8_H
#define SCRUB_BASE_DIGITS8_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes from `p`. */
static inline uint64_t
digits8_load(const void *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	return w;
}

/* The first n characters (1 to 8) of `w`, with zeros put in front of them. */
static inline uint64_t
digits8_front(uint64_t w, unsigned n)
{
	return n == 8 ? w : w << 8 * (8 - n) | 0x3030303030303030 >> 8 * n;
}

/* What eight characters are worth, if they are digits; they are when each is
 * at most 9. */
static inline uint64_t
digits8_worth(uint64_t w)
{
	return w ^ 0x3030303030303030;
}

/* Is each of the eight at most 9?  The first that is not sets its high bit: up
 * to there nothing is carried. */
static inline bool
digits8_worth_all(uint64_t v)
{
	return ((v | (v + 0x7676767676767676)) & 0x8080808080808080) == 0;
}

/* The integer that eight digit values make: pairs, fours, all. */
static inline uint64_t
digits8_worth_value(uint64_t v)
{
	v = v * (10 << 8 | 1) >> 8 & 0x00ff00ff00ff00ff;
	v = v * (100 << 16 | 1) >> 16 & 0x0000ffff0000ffff;
	return v * (10000ull << 32 | 1) >> 32;
}

/* Are these eight characters digits? */
static inline bool
digits8_all(uint64_t w)
{
	return digits8_worth_all(digits8_worth(w));
}

/* The integer that eight digits, or digit values, make. */
static inline uint64_t
digits8_value(uint64_t w)
{
	return digits8_worth_value(w & 0x0f0f0f0f0f0f0f0f);
}

/* The other way round, of any length. */
enum { DIGITS_MAX = 20 }; /* UINT64_MAX has so many */

/* Write v in decimal, without a NUL; returns how many digits it has. */
static inline size_t
digits_text(char out[DIGITS_MAX], uint64_t v)
{
	char text[DIGITS_MAX];
	size_t at = DIGITS_MAX, i;

	while (v >= 100) {
		unsigned two = (unsigned)(v % 100);

		v /= 100;
		text[--at] = (char)('0' + two % 10);
		text[--at] = (char)('0' + two / 10);
	}
	if (v >= 10) {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	}
	text[--at] = (char)('0' + v);
	for (i = at; i < DIGITS_MAX; i++)
		out[i - at] = text[i];
	return DIGITS_MAX - at;
}

#endif
