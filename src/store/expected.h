/*
 * expected.h - the numbers that a run will ask for, and of each what most have:
 * one fact that many share.
 *
 * A number has a slot of one word, in a line of eight that its hash tells or in
 * one behind it.  A line is filled from its front, and nothing is taken out of
 * it: the first line with a slot that is free ends every search.  Slots are
 * taken and written to by any thread at any time.
 *
 * A slot lies far from that of the next number, so its memory is asked for some
 * time before it is looked at:
 *
 *	hash = expected_hash(x, key);
 *	expected_ask(x, hash);
 *	... other numbers ...
 *	if (expected_has(x, hash, key)) ...
 */
#ifndef SCRUB_STORE_EXPECTED_H
#define SCRUB_STORE_EXPECTED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "store/line.h"

enum {
	EXPECTED_KEY_BITS = 50,
	EXPECTED_CODE_SHIFT = EXPECTED_KEY_BITS + 1,
	EXPECTED_CODES = 2048,
};

/* A slot is 0 while it is free; else it is a key, in the code's bits which fact
 * that many share is known of it (0: none), and some of these: */
#define EXPECTED_MET (UINT64_C(1) << 50)   /* it was looked up */
#define EXPECTED_MORE (UINT64_C(1) << 62)  /* more is known of it */
#define EXPECTED_AGAIN (UINT64_C(1) << 63) /* it was named more than once */

#define EXPECTED_KEY ((UINT64_C(1) << EXPECTED_KEY_BITS) - 1)
#define EXPECTED_CODE ((uint64_t)(EXPECTED_CODES - 1) << EXPECTED_CODE_SHIFT)

typedef _Atomic uint64_t expected_slot_t;

struct expected {
	expected_slot_t *slot; /* NULL: everything is expected */
	size_t lines;
	struct hash_mix mix; /* the table's */
};

/* Has this key a slot, when it is expected?  Persons and prefixes have none and
 * are always kept, and so are numbers of 16 digits or more. */
static inline bool
expected_matters(uint64_t key)
{
	return key <= EXPECTED_KEY;
}

/* Of a key that may have a slot; also where there are none. */
static inline uint64_t
expected_hash(const struct expected *x, uint64_t key)
{
	return hash_spread(&x->mix, key);
}

/* The line in which a search begins. */
static inline expected_slot_t *
expected_home(const struct expected *x, uint64_t hash)
{
	return x->slot + hash_reduce(hash, x->lines) * LINE_WORDS;
}

static inline void
expected_ask(const struct expected *x, uint64_t hash)
{
	__builtin_prefetch((void *)expected_home(x, hash), 1);
}

static inline uint64_t
expected_at(const expected_slot_t *slot)
{
	return atomic_load_explicit((expected_slot_t *)slot,
	    memory_order_relaxed);
}

#if defined(__SANITIZE_THREAD__) || !defined(__SSE2__)

/* One by one, with so many bits for each. */
static inline unsigned
expected_equal_each(const expected_slot_t *line, uint64_t key, uint64_t mask,
    unsigned bits)
{
	unsigned equal = 0;

	for (unsigned i = 0; i < LINE_WORDS; i++)
		equal |= (unsigned)((expected_at(line + i) & mask) == key)
		    << bits * i;
	return equal;
}

#endif

/*
 * Which slots of a line are the key's (0: free), slot i as bit 2i.  What others
 * write meanwhile are bits of slots that are taken, which the processor does
 * word by word; ThreadSanitizer cannot see that of a vector.
 */
static inline unsigned
expected_equal(const expected_slot_t *line, uint64_t key, uint64_t mask)
{
#if defined(__SANITIZE_THREAD__) || !defined(__SSE2__)
	return expected_equal_each(line, key, mask, 2);
#else
	return line_equal((const uint64_t *)(const void *)line, key, mask);
#endif
}

static inline expected_slot_t *
expected_first(const expected_slot_t *line, unsigned equal)
{
	return (expected_slot_t *)line + __builtin_ctz(equal) / 2;
}

#ifdef __SSE2__

/* The same, slot i as bit i. */
static inline AVX2 unsigned
expected_equal_avx2(const expected_slot_t *line, uint64_t key, uint64_t mask)
{
#ifdef __SANITIZE_THREAD__
	return expected_equal_each(line, key, mask, 1);
#else
	return line_equal_avx2((const uint64_t *)(const void *)line, key, mask);
#endif
}

static inline AVX2 expected_slot_t *
expected_first_avx2(const expected_slot_t *line, unsigned equal)
{
	return (expected_slot_t *)line + __builtin_ctz(equal);
}

#endif

/* Does a search go on behind this line? */
static inline bool
expected_full(const expected_slot_t *line)
{
	return expected_at(line + LINE_WORDS - 1) != 0;
}

static inline expected_slot_t *
expected_next(const struct expected *x, expected_slot_t *line)
{
	line += LINE_WORDS;
	return line == x->slot + x->lines * LINE_WORDS ? x->slot : line;
}

#define USUAL(name) name
#define USUAL_TARGET
#include "store/expected_usual.inc"
#undef USUAL
#undef USUAL_TARGET

#ifdef __SSE2__

#define USUAL(name) name##_avx2
#define USUAL_TARGET AVX2
#include "store/expected_usual.inc"
#undef USUAL
#undef USUAL_TARGET

#endif

#endif
