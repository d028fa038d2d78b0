/*
 * numset.h - which numbers were kept already, and in which row first.
 *
 * Linear probing over 12-byte slots (mixed key and row), kept in order, so that
 * a look-up for a new number ends early and the table can be made larger in
 * place: it grows by a quarter when it is nine tenths full, with
 * mremap and two sweeps, no second copy.  That is 13.4 to 16.7 bytes a number
 * at any time (DESIGN has 8 a slot; the row is what lets a report say
 * "duplicate of row 12").
 *
 * Numbers of which it is known that nobody will look for them are no more than
 * remembered, in 8 bytes.
 *
 * Zero a struct numset to begin.
 */
#ifndef SCRUB_STORE_NUMSET_H
#define SCRUB_STORE_NUMSET_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"

struct numset {
	unsigned char *slot; /* `slots` homes and a tail for what overflows */
	unsigned char *end;  /* of them; the slot there stays free */
	size_t bytes;        /* mapped */
	size_t slots;
	size_t tail;
	size_t n;
	size_t full; /* with so many it grows */
	struct hash_mix mix;
	uint64_t *alone; /* keys that are only remembered */
	size_t alone_n, alone_cap;
};

enum { NUMSET_SLOT = 12 }; /* mixed key 8, row 4; 0: free */

/* In place of a mixed key, for numset_add_run(): a number that no other row
 * has.  No mixed key is this: see numset_mixed(). */
#define NUMSET_NOBODY UINT64_MAX

/* For the functions below.  Where a mixed key has its home, what stands in a
 * slot, and to put something there. */
static inline unsigned char *
numset_home(const struct numset *s, uint64_t mixed)
{
	return s->slot + hash_reduce(mixed, s->slots) * NUMSET_SLOT;
}

static inline uint64_t
numset_at(const unsigned char *slot)
{
	uint64_t mixed;

	memcpy(&mixed, slot, sizeof(mixed));
	return mixed;
}

static inline void
numset_put(unsigned char *slot, uint64_t mixed, uint32_t row)
{
	memcpy(slot, &mixed, sizeof(mixed));
	memcpy(slot + 8, &row, sizeof(row));
}

/*
 * Where a mixed key is, or where it belongs: slots are in the order of what
 * they hold, so the search ends at the first one that is larger, or free.
 */
static inline unsigned char *
numset_search(const struct numset *s, uint64_t mixed)
{
	unsigned char *slot = numset_home(s, mixed);

	while (numset_at(slot) - 1 < mixed - 1)
		slot += NUMSET_SLOT;
	return slot;
}

/* For numset_add().  Make room for one more at all; and put a key before those
 * that stand where it belongs. */
int numset_grow(struct numset *s, struct err *err);
int numset_insert(struct numset *s, unsigned char *slot, uint64_t mixed,
    uint32_t row, struct err *err);

/*
 * A key as the set keeps it, and back: never 0.  It does not change while the
 * set grows, so that it can be worked out anywhere, once it was reserved.
 */
static inline uint64_t
numset_mixed(const struct numset *s, uint64_t key)
{
	return hash_mixed(&s->mix, key);
}

static inline uint64_t
numset_key(const struct numset *s, uint64_t mixed)
{
	return hash_unmixed(&s->mix, mixed);
}

/* Have the home of a mixed key on its way into the cache, a few dozen keys
 * before it is looked for. */
static inline void
numset_ask(const struct numset *s, uint64_t mixed)
{
	__builtin_prefetch(numset_home(s, mixed));
}

/* The row given with `key` when it was added; 0 when it was not. */
uint32_t numset_find(const struct numset *s, uint64_t key);

/*
 * Add the mixed keys of rows that follow one another, the first of which is
 * `row` (those behind UINT32_MAX are that row), up to one that is 0 or is there
 * already; NUMSET_NOBODY counts as added.  Returns how many were added; *first is 0, or the row that the one
 * behind them was added with.  -1: ERR_NOMEM.
 */
int numset_add_run(struct numset *s, const uint64_t *mixed, size_t n,
    uint32_t row, uint32_t *first, struct err *err);

/* As numset_add(), below, with what numset_mixed() made of the key. */
static inline int
numset_add_mixed(struct numset *s, uint64_t mixed, uint32_t row,
    uint32_t *first, struct err *err)
{
	uint64_t there;
	unsigned char *slot;

	assert(mixed != 0);
	*first = 0;
	if (s->n >= s->full && numset_grow(s, err) < 0)
		return -1;
	slot = numset_search(s, mixed);
	there = numset_at(slot);
	if (there == mixed) {
		memcpy(first, slot + 8, sizeof(*first));
		return 0;
	}
	if (there != 0 || slot == s->end)
		return numset_insert(s, slot, mixed, row, err);
	numset_put(slot, mixed, row);
	s->n++;
	return 0;
}

/*
 * Add `key` (never 0), with a row from 1, unless it is there: *first is 0, or
 * the row it was added with.
 */
static inline int
numset_add(struct numset *s, uint64_t key, uint32_t row, uint32_t *first,
    struct err *err)
{
	if (!s->slot && numset_grow(s, err) < 0)
		return -1;
	return numset_add_mixed(s, hash_mixed(&s->mix, key), row, first, err);
}

/* There will be about n keys (or 0: nobody knows): make room for them. */
int numset_reserve(struct numset *s, size_t n, struct err *err);

/* Remember n keys that nobody looks for, each of them once, and none that is
 * added: only a walk will come to them.  ERR_NOMEM. */
int numset_remember(struct numset *s, const uint64_t *key, size_t n,
    struct err *err);

/*
 * Walk the set: begin with *at 0 and go on while it is true; *key is the next.
 * Nothing may be added meanwhile.
 */
bool numset_next(const struct numset *s, size_t *at, uint64_t *key);

void numset_release(struct numset *s);

#endif
