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
 * Zero a struct numset to begin.
 */
#ifndef SCRUB_STORE_NUMSET_H
#define SCRUB_STORE_NUMSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"

struct numset {
	unsigned char *slot; /* `slots` homes and a tail for what overflows */
	size_t bytes;        /* mapped */
	size_t slots;
	size_t tail;
	size_t n;
	struct hash_mix mix;
};

/* Bring a key's home into the cache. */
void numset_prefetch(const struct numset *s, uint64_t key);

/* The row given with `key` when it was added; 0 when it was not. */
uint32_t numset_find(const struct numset *s, uint64_t key);

/*
 * Add `key` (never 0), with a row from 1, unless it is there: *first is 0, or
 * the row it was added with.
 */
int numset_add(struct numset *s, uint64_t key, uint32_t row, uint32_t *first,
    struct err *err);

/* There will be about n keys: make room for them. */
int numset_reserve(struct numset *s, size_t n, struct err *err);

/*
 * Walk the set: begin with *at 0 and go on while it is true; *key is the next.
 * Nothing may be added meanwhile.
 */
bool numset_next(const struct numset *s, size_t *at, uint64_t *key);

void numset_release(struct numset *s);

#endif
