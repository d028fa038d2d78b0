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

/*
 * The other way round: the eight digit values of v, which is below 10^8.  Each
 * step halves all parts at once: from x = 100 f + r it makes f and, a part
 * further up, r, which is x shifted up less f times what it is there too much.
 */
static inline uint64_t
digits8_split(uint32_t v)
{
	uint64_t w, front;

	front = v / 10000;
	w = ((uint64_t)v << 32) - front * ((UINT64_C(10000) << 32) - 1);
	front = (w * 10486 >> 20) & 0x0000007f0000007f; /* w / 100 */
	w = (w << 16) - front * ((100 << 16) - 1);
	front = (w * 103 >> 10) & 0x000f000f000f000f; /* w / 10 */
	return (w << 8) - front * ((10 << 8) - 1);
}

/* Write eight characters of `w`; and v, below 10^8, with zeros in front. */
static inline void
digits8_store(char out[8], uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	memcpy(out, &w, sizeof(w));
}

static inline void
digits8_full(char out[8], uint32_t v)
{
	digits8_store(out, digits8_split(v) | 0x3030303030303030);
}

/* Without them, and something behind it: eight bytes in all.  Returns how many
 * digits it has. */
static inline size_t
digits8_short(char out[8], uint32_t v)
{
	uint64_t w = digits8_split(v);
	unsigned zeros = (unsigned)__builtin_ctzll(w | UINT64_C(1) << 56) / 8;

	digits8_store(out, (w | 0x3030303030303030) >> 8 * zeros);
	return 8 - zeros;
}

/* A number of any length. */
enum { DIGITS_MAX = 20 }; /* UINT64_MAX has so many */

/* Write v in decimal, without a NUL; returns how many digits it has.  All of
 * `out` may be written to. */
static inline size_t
digits_text(char out[DIGITS_MAX], uint64_t v)
{
	const uint64_t E8 = 100000000, E16 = E8 * E8;
	size_t n;

	if (v < E8)
		return digits8_short(out, (uint32_t)v);
	if (v < E16) {
		n = digits8_short(out, (uint32_t)(v / E8));
	} else {
		n = digits8_short(out, (uint32_t)(v / E16));
		digits8_full(out + n, (uint32_t)(v / E8 % E8));
		n += 8;
	}
	digits8_full(out + n, (uint32_t)(v % E8));
	return n + 8;
}

#endif
