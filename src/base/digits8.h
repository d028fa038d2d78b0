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

/* Are these eight characters digits? */
static inline bool
digits8_all(uint64_t w)
{
	return ((w & 0xf0f0f0f0f0f0f0f0) |
		   ((w + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4) ==
	    0x3333333333333333;
}

/* The integer that eight digits, or digit values, make: three
 * multiplications. */
static inline uint64_t
digits8_value(uint64_t w)
{
	w &= 0x0f0f0f0f0f0f0f0f;
	w = w * 10 + (w >> 8);
	return ((w & 0x000000ff000000ff) * 0x000f424000000064 +
		   (w >> 16 & 0x000000ff000000ff) * 0x0000271000000001) >>
	    32;
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
