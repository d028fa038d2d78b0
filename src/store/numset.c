#include "store/numset.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/hash.h"
#include "base/pages.h"

enum {
	SLOT = 12,    /* mixed key 8, row 4; 0: free */
	FIRST = 4096, /* slots to begin with */
	TAIL = 4096,  /* slots behind the last home, at the start */
};

static inline uint64_t
mixed_at(const struct numset *s, size_t i)
{
	uint64_t mixed;

	memcpy(&mixed, s->slot + i * SLOT, sizeof(mixed));
	return mixed;
}

static inline void
slot_set(struct numset *s, size_t i, uint64_t mixed, uint32_t row)
{
	memcpy(s->slot + i * SLOT, &mixed, sizeof(mixed));
	memcpy(s->slot + i * SLOT + 8, &row, sizeof(row));
}

static inline size_t
home_of(const struct numset *s, uint64_t mixed)
{
	return (size_t)hash_reduce(mixed, s->slots);
}

void
numset_prefetch(const struct numset *s, uint64_t key)
{
	if (s->slot)
		__builtin_prefetch(
		    s->slot + home_of(s, hash_mixed(&s->mix, key)) * SLOT);
}

/*
 * Where a key is, or where it belongs: slots are in the order of what they
 * hold, so the search ends at the first one that is larger.
 */
static inline size_t
search(const struct numset *s, uint64_t mixed, bool *found)
{
	size_t i = home_of(s, mixed);
	uint64_t there;

	while ((there = mixed_at(s, i)) != 0 && there < mixed)
		i++;
	*found = there == mixed;
	return i;
}

uint32_t
numset_find(const struct numset *s, uint64_t key)
{
	bool found;
	uint32_t row = 0;
	size_t i;

	if (!s->slot)
		return 0;
	i = search(s, hash_mixed(&s->mix, key), &found);
	if (found)
		memcpy(&row, s->slot + i * SLOT + 8, sizeof(row));
	return row;
}

/* Map room for `slots` homes and `tail` more, keeping what is there. */
static int
resize(struct numset *s, size_t slots, size_t tail, struct err *err)
{
	/* one slot more, always free, ends every search */
	size_t bytes = (slots + tail + 1) * SLOT;
	void *p = s->slot ? pages_grow(s->slot, s->bytes, bytes, err) :
			    pages_map(bytes, err);

	if (!p)
		return -1;
	s->slot = p;
	s->bytes = bytes;
	s->slots = slots;
	s->tail = tail;
	return 0;
}

/*
 * Spread the entries, which are in order, over the larger table: first push
 * them together at its end, then lay each at its new home or behind the one
 * before it.  The reading place stays ahead of the writing place, since
 * there is always room for all that are left.
 */
static void
spread(struct numset *s, size_t old_end)
{
	size_t end = s->slots + s->tail;
	size_t from = end, to = 0, i;

	for (i = old_end; i-- > 0;) {
		if (mixed_at(s, i) == 0)
			continue;
		from--;
		if (from != i) {
			memcpy(s->slot + from * SLOT, s->slot + i * SLOT, SLOT);
			slot_set(s, i, 0, 0);
		}
	}
	for (i = from; i < end; i++) {
		size_t home = home_of(s, mixed_at(s, i));

		if (to < home)
			to = home;
		assert(to <= i);
		if (to != i) {
			memcpy(s->slot + to * SLOT, s->slot + i * SLOT, SLOT);
			slot_set(s, i, 0, 0);
		}
		to++;
	}
}

static int
grow(struct numset *s, size_t slots, size_t tail, struct err *err)
{
	size_t old_end = s->slot ? s->slots + s->tail : 0;
	uint64_t seed;

	if (!s->slot) {
		if (hash_seed(&seed, err) < 0)
			return -1;
		hash_mix_init(&s->mix, seed);
	}
	if (resize(s, slots, tail, err) < 0)
		return -1;
	spread(s, old_end);
	return 0;
}

int
numset_add(struct numset *s, uint64_t key, uint32_t row, uint32_t *first,
    struct err *err)
{
	uint64_t mixed;
	bool found;
	size_t i, free_at;

	assert(key != 0);
	*first = 0;
	if (!s->slot && grow(s, FIRST, TAIL, err) < 0)
		return -1;
	if (s->n >= s->slots - s->slots / 10 &&
	    grow(s, s->slots + s->slots / 4, s->tail, err) < 0)
		return -1;
	mixed = hash_mixed(&s->mix, key);
	for (;;) {
		i = search(s, mixed, &found);
		if (found) {
			memcpy(first, s->slot + i * SLOT + 8, sizeof(*first));
			return 0;
		}
		for (free_at = i; mixed_at(s, free_at) != 0; free_at++)
			;
		if (free_at < s->slots + s->tail)
			break;
		if (grow(s, s->slots, 2 * s->tail, err) < 0)
			return -1;
	}
	if (free_at > i)
		memmove(s->slot + (i + 1) * SLOT, s->slot + i * SLOT,
		    (free_at - i) * SLOT);
	slot_set(s, i, mixed, row);
	s->n++;
	return 0;
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

bool
numset_next(const struct numset *s, size_t *at, uint64_t *key)
{
	while (s->slot && *at < s->slots + s->tail)
		if ((*key = hash_unmixed(&s->mix, mixed_at(s, (*at)++))) != 0)
			return true;
	return false;
}

void
numset_release(struct numset *s)
{
	pages_unmap(s->slot, s->bytes);
	*s = (struct numset){ 0 };
}
