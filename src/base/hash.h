/*
 * hash.h - XXH3 for tables in memory (the door to xxhash.h).
 *
 * Every table has its own random seed, so that no input can aim at its
 * buckets.  Not for anything that is stored or shown: phone numbers are few
 * enough to be counted through.
 */
#ifndef SCRUB_BASE_HASH_H
#define SCRUB_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"

static inline uint64_t
hash_u64(uint64_t key, uint64_t seed)
{
	return XXH3_64bits_withSeed(&key, sizeof(key), seed);
}

static inline uint64_t
hash_bytes(const void *p, size_t n, uint64_t seed)
{
	return XXH3_64bits_withSeed(p, n, seed);
}

/*
 * A hash that can be undone, for tables that keep it in place of the key: 0 is
 * its own, every other key has another.  Multiplying carries what differs
 * upwards, shifting brings it down again.
 */
struct hash_mix {
	uint64_t by[2], back[2]; /* odd; and their inverses modulo 2^64 */
};

/* Another one for each seed. */
void hash_mix_init(struct hash_mix *m, uint64_t seed);

static inline uint64_t
hash_mixed(const struct hash_mix *m, uint64_t key)
{
	key ^= key >> 32;
	key *= m->by[0];
	key ^= key >> 32;
	key *= m->by[1];
	return key ^ key >> 32;
}

/*
 * As much of it as tells a place in a table: keys that differ may be the same,
 * and only the upper half is mixed.
 */
static inline uint64_t
hash_spread(const struct hash_mix *m, uint64_t key)
{
	key *= m->by[0];
	key ^= key >> 32;
	return key * m->by[1];
}

/* The key again. */
static inline uint64_t
hash_unmixed(const struct hash_mix *m, uint64_t mixed)
{
	mixed ^= mixed >> 32;
	mixed *= m->back[1];
	mixed ^= mixed >> 32;
	mixed *= m->back[0];
	return mixed ^ mixed >> 32;
}

/* Map a hash to [0, n) keeping its order: the larger the hash, the larger
 * the result.  (Multiply and take the high word; no division.) */
static inline uint64_t
hash_reduce(uint64_t hash, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)hash * n) >> 64);
}

/* A seed from the system's random source. */
int hash_seed(uint64_t *seed, struct err *err);

#endif
