#include "store/numset.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/pages.h"

enum {
	FIRST = 4096, /* slots to begin with */
	TAIL = 4096,  /* slots behind the last home, at the start */
};

uint32_t
numset_find(const struct numset *s, uint64_t key)
{
	const unsigned char *slot;
	uint64_t mixed;
	uint32_t row = 0;

	if (!s->slot)
		return 0;
	mixed = hash_mixed(&s->mix, key);
	slot = numset_search(s, mixed);
	if (numset_at(slot) == mixed)
		memcpy(&row, slot + 8, sizeof(row));
	return row;
}

/* Map room for `slots` homes and `tail` more, keeping what is there. */
static int
resize(struct numset *s, size_t slots, size_t tail, struct err *err)
{
	/* one slot more, always free, ends every search */
	size_t bytes = (slots + tail + 1) * NUMSET_SLOT;
	void *p = s->slot ? pages_grow(s->slot, s->bytes, bytes, err) :
			    pages_map(bytes, err);

	if (!p)
		return -1;
	s->slot = p;
	s->end = s->slot + (slots + tail) * NUMSET_SLOT;
	s->bytes = bytes;
	s->slots = slots;
	s->tail = tail;
	s->full = slots - slots / 10;
	return 0;
}

/* Take what is in one slot to another, which is free. */
static void
slot_move(unsigned char *to, unsigned char *from)
{
	if (to == from)
		return;
	memcpy(to, from, NUMSET_SLOT);
	numset_put(from, 0, 0);
}

/*
 * Spread the entries, which are in order, over the larger table: first push
 * them together at its end, then lay each at its new home or behind the one
 * before it.  The reading place stays ahead of the writing place, since
 * there is always room for all that are left.
 */
static void
spread(struct numset *s, unsigned char *old_end)
{
	unsigned char *from = s->end, *to = s->slot, *at;

	for (at = old_end; at > s->slot;) {
		at -= NUMSET_SLOT;
		if (numset_at(at) == 0)
			continue;
		from -= NUMSET_SLOT;
		slot_move(from, at);
	}
	for (at = from; at < s->end; at += NUMSET_SLOT) {
		unsigned char *home = numset_home(s, numset_at(at));

		if (to < home)
			to = home;
		assert(to <= at);
		slot_move(to, at);
		to += NUMSET_SLOT;
	}
}

static int
grow(struct numset *s, size_t slots, size_t tail, struct err *err)
{
	size_t old = s->slot ? s->slots + s->tail : 0;
	uint64_t seed;

	/* until it is no number that would be mixed to NUMSET_NOBODY */
	while (!s->slot && hash_unmixed(&s->mix, NUMSET_NOBODY) >> 63 == 0) {
		if (hash_seed(&seed, err) < 0)
			return -1;
		hash_mix_init(&s->mix, seed);
	}
	if (resize(s, slots, tail, err) < 0)
		return -1;
	spread(s, s->slot + old * NUMSET_SLOT);
	return 0;
}

int
numset_grow(struct numset *s, struct err *err)
{
	if (!s->slot)
		return grow(s, FIRST, TAIL, err);
	return grow(s, s->slots + s->slots / 4, s->tail, err);
}

/* The next free slot. */
static inline unsigned char *
slot_free(unsigned char *slot)
{
	while (numset_at(slot) != 0)
		slot += NUMSET_SLOT;
	return slot;
}

int
numset_insert(struct numset *s, unsigned char *slot, uint64_t mixed,
    uint32_t row, struct err *err)
{
	unsigned char *free_at;

	while ((free_at = slot_free(slot)) >= s->end) {
		if (grow(s, s->slots, 2 * s->tail, err) < 0)
			return -1;
		slot = numset_search(s, mixed);
	}
	memmove(slot + NUMSET_SLOT, slot, (size_t)(free_at - slot));
	numset_put(slot, mixed, row);
	s->n++;
	return 0;
}

/* The n-th row behind one. */
static uint32_t
row_after(uint32_t row, size_t n)
{
	return n < UINT32_MAX - row ? row + (uint32_t)n : UINT32_MAX;
}

/* As many as can be added without making the set larger. */
static size_t
run_add(struct numset *s, const uint64_t *mixed, size_t n, uint32_t row)
{
	const struct numset at = *s; /* writing a slot does not change this */
	size_t i, added = 0;

	for (i = 0; i < n && mixed[i]; i++, row += row < UINT32_MAX) {
		unsigned char *slot, *free_at;

		if (mixed[i] == NUMSET_NOBODY)
			continue;
		slot = numset_search(&at, mixed[i]);
		if (numset_at(slot) == mixed[i])
			break;
		if ((free_at = slot_free(slot)) == at.end)
			break;
		if (free_at != slot)
			memmove(slot + NUMSET_SLOT, slot,
			    (size_t)(free_at - slot));
		numset_put(slot, mixed[i], row);
		added++;
	}
	s->n += added;
	return i;
}

int
numset_add_run(struct numset *s, const uint64_t *mixed, size_t n, uint32_t row,
    uint32_t *first, struct err *err)
{
	size_t i = 0;

	*first = 0;
	while (s->n + n > s->full)
		if (numset_grow(s, err) < 0)
			return -1;
	for (;;) {
		i += run_add(s, mixed + i, n - i, row_after(row, i));
		if (i == n || !mixed[i])
			return (int)i;
		/* it is there, or would be the last slot's */
		if (numset_add_mixed(s, mixed[i], row_after(row, i), first,
			err) < 0)
			return -1;
		if (*first)
			return (int)i;
		i++;
	}
}

int
numset_reserve(struct numset *s, size_t n, struct err *err)
{
	size_t slots = n + n / 6 + FIRST;

	/* not for a little more: everything would be moved */
	if (slots <= s->slots + s->slots / 4)
		return 0;
	return grow(s, slots, s->slot ? s->tail : TAIL, err);
}

int
numset_remember(struct numset *s, const uint64_t *key, size_t n,
    struct err *err)
{
	size_t cap = s->alone_cap ? s->alone_cap : FIRST;
	uint64_t *p;

	while (cap - s->alone_n < n)
		cap *= 2;
	if (cap > s->alone_cap) {
		if (!(p = reallocarray(s->alone, cap, sizeof(*p))))
			return err_nomem(err);
		s->alone = p;
		s->alone_cap = cap;
	}
	if (n > 0)
		memcpy(s->alone + s->alone_n, key, n * sizeof(*key));
	s->alone_n += n;
	return 0;
}

bool
numset_next(const struct numset *s, size_t *at, uint64_t *key)
{
	size_t slots = s->slots + s->tail;

	while (*at < slots) {
		const unsigned char *slot = s->slot + (*at)++ * NUMSET_SLOT;

		if ((*key = hash_unmixed(&s->mix, numset_at(slot))) != 0)
			return true;
	}
	if (*at - slots == s->alone_n)
		return false;
	*key = s->alone[(*at)++ - slots];
	return true;
}

void
numset_release(struct numset *s)
{
	pages_unmap(s->slot, s->bytes);
	free(s->alone);
	*s = (struct numset){ 0 };
}
