/*
 * facts_impl.h - how a table of facts lies in memory; for facts*.c and
 * index*.c, which puts the same pages on disk.
 */
#ifndef SCRUB_STORE_FACTS_IMPL_H
#define SCRUB_STORE_FACTS_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "store/facts.h"

enum { FACTS_TAG = 16 };

struct entry {
	uint64_t key; /* 0: a free slot */
	uint64_t fact;
};

struct page {
	struct entry entry[FACTS_PER_PAGE];
	unsigned char tag[FACTS_TAG]; /* for the sealed index */
};

_Static_assert(sizeof(struct page) == FACTS_PAGE, "a page is 4096 bytes");

enum { PART_BITS = 4 };

_Static_assert(FACTS_PARTS == 1 << PART_BITS, "a part for each beginning");

/*
 * A partition: the keys whose hashes begin with the same bits.  Homes are
 * `slots` many; what overflows lies behind them, and the very last entry of the
 * mapping is always free, so that every walk ends.
 */
struct partition {
	pthread_mutex_t lock;
	struct page *page; /* NULL: nothing in it yet */
	size_t slots;
	size_t mapped;      /* bytes, tail included */
	struct entry *last; /* the furthest that is taken */
	struct entry *end;  /* the last there is */
	uint64_t count;
};

/*
 * Pages that are opened when they are touched.  `page` is the first of them
 * all, partition after partition.  open() opens the n-th and sets its state; it
 * may be called by several threads at once, for the same page too.
 */
struct facts_sealed {
	struct page *page;
	_Atomic unsigned char *is_open;
	int (*open)(void *arg, size_t n, struct err *err);
	void *arg;
};

struct facts {
	uint64_t seed;
	unsigned calls_kept;
	uint64_t added;
	uint32_t prefix_lengths;
	const struct facts_sealed *sealed; /* NULL: all pages are open */
	const struct facts_scopes *scopes; /* NULL: as they are */
	struct facts_appender *appenders;
	struct partition part[FACTS_PARTS];
};

/* Does an entry stand first in its page?  Pages lie on page boundaries. */
static inline bool
entry_begins_page(const struct entry *e)
{
	return ((uintptr_t)e & (FACTS_PAGE - 1)) == 0;
}

/* The entry behind `e`, over the tag at the end of a page. */
static inline struct entry *
entry_next(struct entry *e)
{
	e++;
	return e +
	    (((uintptr_t)e & (FACTS_PAGE - 1)) == FACTS_PER_PAGE * sizeof(*e));
}

static inline size_t
partition_of(uint64_t hash)
{
	return (size_t)(hash >> (64 - PART_BITS));
}

static inline size_t
home_slot(uint64_t hash, size_t slots)
{
	return (size_t)hash_reduce(hash << PART_BITS, slots);
}

static inline struct entry *
home_of(const struct partition *p, uint64_t hash)
{
	size_t slot = home_slot(hash, p->slots);

	return &p->page[slot / FACTS_PER_PAGE].entry[slot % FACTS_PER_PAGE];
}

/* The seed of the table it adds to. */
uint64_t facts_appender_seed(const struct facts_appender *a);

/* Make sure that the page of `e` is open. */
static inline int
facts_page_open(const struct facts *f, const struct entry *e, struct err *err)
{
	const struct facts_sealed *s = f->sealed;
	size_t n;

	if (!s)
		return 0;
	n = (size_t)((const char *)e - (const char *)s->page) / FACTS_PAGE;
	if (atomic_load_explicit(&s->is_open[n], memory_order_acquire))
		return 0;
	return s->open(s->arg, n, err);
}

#endif
