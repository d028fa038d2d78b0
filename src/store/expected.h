/*
 * expected.h - will a number be asked for?  For whoever adds much of which
 * little stays: facts_add_named() spares what nobody asks for the rest.
 *
 * A number has one bit of many, far from that of the next one, so its memory is
 * asked for some time before it is looked at:
 *
 *	hash = expected_hash(x, key);
 *	expected_ask(x, expected_bit(x, hash));
 *	... other numbers ...
 *	if (expected_has(x, expected_bit(x, hash))) ...
 */
#ifndef SCRUB_STORE_EXPECTED_H
#define SCRUB_STORE_EXPECTED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/* One bit for each beginning of a hash. */
struct expected {
	_Atomic uint64_t *bits; /* NULL: everything is expected */
	size_t bytes;
	unsigned shift;      /* of a hash: what remains is a bit's number */
	struct hash_mix mix; /* the table's */
};

enum { EXPECTED_KEY_BITS = 50 };

/* Has this key a bit?  Persons and prefixes have none and are always kept, and
 * so are numbers of 16 digits or more. */
static inline bool
expected_matters(uint64_t key)
{
	return key < UINT64_C(1) << EXPECTED_KEY_BITS;
}

/* Of a key that has one; also where there are no bits. */
static inline uint64_t
expected_hash(const struct expected *x, uint64_t key)
{
	return hash_spread(&x->mix, key);
}

static inline uint64_t
expected_bit(const struct expected *x, uint64_t hash)
{
	return hash >> x->shift;
}

static inline void
expected_ask(const struct expected *x, uint64_t bit)
{
	__builtin_prefetch((void *)&x->bits[bit / 64]);
}

static inline bool
expected_has(const struct expected *x, uint64_t bit)
{
	return atomic_load_explicit(&x->bits[bit / 64], memory_order_relaxed) >>
	    bit % 64 &
	    1;
}

#endif
