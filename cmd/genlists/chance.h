/*
 * chance.h - random bits, and shuffles, that are computed from a place.
 *
 * Nothing is remembered from one call to the next, so line 7,000,000 of a file
 * costs what line 1 costs.  A key is a seed and a purpose; keys that differ
 * in one bit have nothing in common.
 *
 *	uint64_t bits = chance_at(key, line);
 *	unsigned hour = draw(&bits, 24), minute = draw(&bits, 60);
 *
 *	struct shuffle s = shuffle_of(52, key);
 *	card = shuffled(&s, i);
 */
#ifndef SCRUB_CMD_GENLISTS_CHANCE_H
#define SCRUB_CMD_GENLISTS_CHANCE_H

#include <stdint.h>

static inline uint64_t
chance_scramble(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x7fb5d329728ea185);
	x = (x ^ x >> 27) * UINT64_C(0x81dadef4bc2dd44d);
	return x ^ x >> 33;
}

/* 64 random bits about `at`. */
static inline uint64_t
chance_at(uint64_t key, uint64_t at)
{
	return chance_scramble(
	    chance_scramble(key) + at * UINT64_C(0xd1342543de82ef95));
}

/* A number below n; what is left of the bits serves the next draw. */
static inline uint64_t
draw(uint64_t *bits, uint64_t n)
{
	unsigned __int128 product = (unsigned __int128)*bits * n;

	*bits = (uint64_t)product;
	return (uint64_t)(product >> 64);
}

/*
 * A shuffle of 0..n-1: steps that can each be undone, over the next power of
 * two, repeated until the result is below n.
 */
struct shuffle {
	uint64_t n, mask, factor[3], add;
	unsigned half;
};

static inline struct shuffle
shuffle_of(uint64_t n, uint64_t key)
{
	struct shuffle s = { .n = n, .mask = 1 };
	unsigned bits = 1;

	for (; s.mask < n; bits++)
		s.mask = s.mask << 1 | 1;
	s.half = (bits + 1) / 2;
	for (unsigned i = 0; i < 3; i++)
		s.factor[i] = chance_at(key, i) | 1;
	s.add = chance_at(key, 3);
	return s;
}

static inline uint64_t
shuffled(const struct shuffle *s, uint64_t i)
{
	do {
		i = (i + s->add) & s->mask;
		for (unsigned k = 0; k < 3; k++) {
			i = i * s->factor[k] & s->mask;
			i ^= i >> s->half;
		}
	} while (i >= s->n);
	return i;
}

#endif
