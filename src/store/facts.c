#include "store/facts.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/hash.h"

struct entry {
	uint64_t key; /* 0: a free slot */
	uint64_t fact;
};

struct page {
	struct entry entry[FACTS_PER_PAGE];
	unsigned char tag[16]; /* for the sealed index */
};

_Static_assert(sizeof(struct page) == FACTS_PAGE, "a page is 4096 bytes");

/*
 * Loading.  A partition is a chain of chunks; chunks are cut from slabs, and
 * handed back to the system one by one when their partition is placed.
 */
enum {
	PARTITIONS = 256,
	CHUNK = 64 << 10,
	CHUNK_ENTRIES = CHUNK / sizeof(struct entry) - 1,
	SLAB = 8 << 20,
	BUILD_THREADS_MAX = 16,
	BUILD_SMALL = 1 << 16, /* facts that are not worth a thread */
};

struct chunk {
	struct chunk *next;
	size_t n;
	struct entry entry[CHUNK_ENTRIES];
};

_Static_assert(sizeof(struct chunk) == CHUNK, "a chunk is whole pages");

struct partition {
	struct chunk *first, *last;
};

struct slab {
	struct slab *next;
	unsigned char *p;
	size_t used;
};

struct facts_appender {
	struct facts_appender *next;
	struct facts *facts;
	uint64_t seed;
	uint64_t added;
	uint32_t prefix_lengths;
	struct partition part[PARTITIONS];
	struct slab *slabs;
};

struct facts {
	uint64_t seed;
	uint64_t added;
	uint64_t count;
	uint32_t prefix_lengths;
	struct facts_appender *appenders;

	struct page *page; /* NULL until built */
	size_t slots;      /* homes; what overflows lies in the tail */
	size_t mapped;     /* bytes, tail included */
};

int
facts_new(struct facts **out, struct err *err)
{
	struct facts *f;

	*out = NULL;
	if (!(f = calloc(1, sizeof(*f))))
		return err_nomem(err);
	if (hash_seed(&f->seed, err) < 0) {
		free(f);
		return -1;
	}
	*out = f;
	return 0;
}

int
facts_appender_new(struct facts_appender **out, struct facts *f,
    struct err *err)
{
	struct facts_appender *a;

	assert(!f->page);
	*out = NULL;
	if (!(a = calloc(1, sizeof(*a))))
		return err_nomem(err);
	a->facts = f;
	a->seed = f->seed;
	a->next = f->appenders;
	f->appenders = a;
	*out = a;
	return 0;
}

static void
appenders_free(struct facts *f)
{
	struct facts_appender *a;
	struct slab *s;

	while ((a = f->appenders)) {
		f->appenders = a->next;
		while ((s = a->slabs)) {
			a->slabs = s->next;
			munmap(s->p, SLAB);
			free(s);
		}
		free(a);
	}
}

void
facts_free(struct facts *f)
{
	if (!f)
		return;
	appenders_free(f);
	if (f->page)
		munmap(f->page, f->mapped);
	free(f);
}

uint64_t
facts_seed(const struct facts *f)
{
	return f->seed;
}

uint64_t
facts_added(const struct facts *f)
{
	return f->added;
}

uint64_t
facts_count(const struct facts *f)
{
	return f->count;
}

uint32_t
facts_prefix_lengths(const struct facts *f)
{
	return f->prefix_lengths;
}

static void *
pages_map(size_t bytes, struct err *err)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		err_nomem(err);
		return NULL;
	}
	return p;
}

static struct chunk *
chunk_new(struct facts_appender *a, struct err *err)
{
	struct slab *s = a->slabs;
	struct chunk *c;

	if (!s || s->used == SLAB) {
		if (!(s = calloc(1, sizeof(*s)))) {
			err_nomem(err);
			return NULL;
		}
		if (!(s->p = pages_map(SLAB, err))) {
			free(s);
			return NULL;
		}
		/* a huge page gives back its memory only as a whole, and
		 * chunks go one by one */
		madvise(s->p, SLAB, MADV_NOHUGEPAGE);
		s->next = a->slabs;
		a->slabs = s;
	}
	c = (struct chunk *)(void *)(s->p + s->used);
	s->used += CHUNK;
	return c;
}

/* Room for n entries side by side in the partition of `hash`. */
static struct entry *
partition_room(struct facts_appender *a, uint64_t hash, size_t n,
    struct err *err)
{
	struct partition *p = &a->part[hash >> 56];
	struct chunk *c = p->last;

	if (!c || CHUNK_ENTRIES - c->n < n) {
		if (!(c = chunk_new(a, err)))
			return NULL;
		if (p->last)
			p->last->next = c;
		else
			p->first = c;
		p->last = c;
	}
	c->n += n;
	a->added += n;
	return &c->entry[c->n - n];
}

int
facts_add(struct facts_appender *a, uint64_t key, const struct fact *fact,
    struct err *err)
{
	struct entry *e;

	assert(key != 0);
	if (!(e = partition_room(a, hash_u64(key, a->seed), 1, err)))
		return -1;
	e->key = key;
	e->fact = fact_pack(fact);
	return 0;
}

int
facts_add_prefix(struct facts_appender *a, uint64_t digits,
    const struct fact *fact, struct err *err)
{
	unsigned length = 0;
	uint64_t v;

	for (v = digits; v; v /= 10)
		length++;
	assert(length > 0 && length < 20);
	a->prefix_lengths |= UINT32_C(1) << length;
	return facts_add(a, subject_prefix(digits), fact, err);
}

int
facts_add_consent(struct facts_appender *a, uint64_t key,
    const struct fact *fact, uint32_t granted, struct err *err)
{
	struct fact given = *fact;
	struct entry *e;

	assert(key != 0 && fact->kind == FACT_CONSENT);
	if (!(e = partition_room(a, hash_u64(key, a->seed), 2, err)))
		return -1;
	given.kind = FACT_GRANTED;
	given.until = granted;
	e[0].key = e[1].key = key;
	e[0].fact = fact_pack(&given);
	e[1].fact = fact_pack(fact);
	return 0;
}

/* ---- the table ---- */

/* A place in the table that steps over the tags at the ends of pages. */
struct cursor {
	struct entry *e, *end;
};

static inline struct cursor
cursor_at(const struct facts *f, size_t slot)
{
	struct page *page = f->page + slot / FACTS_PER_PAGE;

	return (struct cursor){ page->entry + slot % FACTS_PER_PAGE,
		page->entry + FACTS_PER_PAGE };
}

static inline void
cursor_next(struct cursor *c)
{
	if (++c->e == c->end) {
		struct page *page = (struct page *)(void *)(c->end -
					FACTS_PER_PAGE) +
		    1;

		c->e = page->entry;
		c->end = page->entry + FACTS_PER_PAGE;
	}
}

/*
 * Building.  A thread places whole partitions.  A partition's homes are a
 * stretch of the table of its own; what does not fit between its home and
 * the stretch's end is put aside, and placed when all threads are done.
 */
struct aside {
	uint64_t key, fact, granted;
};

struct builder {
	struct facts *f;
	unsigned calls_kept;
	struct entry *limit; /* first entry behind the stretch */
	uint64_t count;
	struct aside *aside;
	size_t asides, aside_cap;
	bool failed; /* no memory */
};

/*
 * Walk from a key's home to the first free slot.  False at the end of the
 * stretch: then nothing may be placed, for there may be more of the key behind.
 */
static inline bool
walk(const struct builder *b, struct cursor *c)
{
	return c->e != b->limit;
}

static void
put_aside(struct builder *b, uint64_t key, uint64_t granted, uint64_t fact)
{
	if (b->asides == b->aside_cap) {
		size_t cap = b->aside_cap ? 2 * b->aside_cap : 256;
		struct aside *p = reallocarray(b->aside, cap, sizeof(*p));

		if (!p) {
			b->failed = true;
			return;
		}
		b->aside = p;
		b->aside_cap = cap;
	}
	b->aside[b->asides++] = (struct aside){ key, fact, granted };
}

static void
place(struct builder *b, struct cursor at, uint64_t key, uint64_t fact)
{
	at.e->key = key;
	at.e->fact = fact;
	b->count++;
}

static uint64_t
later_end(uint64_t a, uint64_t b)
{
	return (uint32_t)a > (uint32_t)b ? a : b;
}

/* Everything but the end, the same? */
static bool
same_but_end(uint64_t a, uint64_t b)
{
	return a >> 32 == b >> 32;
}

/* An entry that is not a call: once, with its latest end. */
static void
place_entry(struct builder *b, size_t home, uint64_t key, uint64_t fact)
{
	struct cursor c = cursor_at(b->f, home);

	for (; walk(b, &c) && c.e->key; cursor_next(&c)) {
		if (c.e->key != key || !same_but_end(c.e->fact, fact))
			continue;
		if (fact_kind_of(fact) != FACT_WITHDRAWN) {
			c.e->fact = later_end(c.e->fact, fact);
			return;
		}
		/* withdrawals at two moments are two: a consent given
		 * between them is held against the later one only */
		if (c.e->fact == fact)
			return;
	}
	if (walk(b, &c))
		place(b, c, key, fact);
	else
		put_aside(b, key, 0, fact);
}

/* A call: of those of this key the latest `calls_kept` stay. */
static void
place_call(struct builder *b, size_t home, uint64_t key, uint64_t fact)
{
	struct cursor c = cursor_at(b->f, home);
	struct entry *oldest = NULL;
	unsigned n = 0;

	for (; walk(b, &c) && c.e->key; cursor_next(&c)) {
		if (c.e->key != key || fact_kind_of(c.e->fact) != FACT_CALL)
			continue;
		n++;
		if (!oldest || (uint32_t)c.e->fact < (uint32_t)oldest->fact)
			oldest = c.e;
	}
	if (n >= b->calls_kept) {
		if (oldest && (uint32_t)oldest->fact < (uint32_t)fact)
			oldest->fact = fact;
	} else if (walk(b, &c)) {
		place(b, c, key, fact);
	} else {
		put_aside(b, key, 0, fact);
	}
}

#define SERIAL (UINT64_C(1) << 58) /* one more in a fact's n */

/* The consent and its grant with one serial, among a key's entries. */
struct consent_pair {
	struct entry *granted, *consent;
};

static struct consent_pair
pair_find(struct builder *b, size_t home, uint64_t key, uint64_t serial)
{
	struct cursor c = cursor_at(b->f, home);
	struct consent_pair p = { NULL, NULL };

	for (; walk(b, &c) && c.e->key; cursor_next(&c)) {
		if (c.e->key != key || c.e->fact / SERIAL != serial)
			continue;
		if (fact_kind_of(c.e->fact) == FACT_GRANTED)
			p.granted = c.e;
		else if (fact_kind_of(c.e->fact) == FACT_CONSENT)
			p.consent = c.e;
	}
	return p;
}

/* Does pair a give way to b: does it end first, or was it given first? */
static bool
gives_way(const struct consent_pair *a, uint64_t granted, uint64_t consent)
{
	uint32_t end = (uint32_t)a->consent->fact;

	return end != (uint32_t)consent ?
	    end < (uint32_t)consent :
	    (uint32_t)a->granted->fact < (uint32_t)granted;
}

/*
 * A consent with the moment it was given.  The same moment again only
 * lengthens it.  Serials run out after 63 consents of one subject: then the
 * one that ends first gives way, which can only take consent away.
 */
static void
place_consent(struct builder *b, size_t home, uint64_t key, uint64_t granted,
    uint64_t consent)
{
	struct consent_pair p, out = { NULL, NULL };
	struct cursor c = cursor_at(b->f, home), at;
	uint64_t serial;

	for (serial = 1; serial < FACT_SERIALS_MAX; serial++) {
		p = pair_find(b, home, key, serial);
		if (!p.granted)
			break;
		if (p.granted->fact == granted + serial * SERIAL &&
		    same_but_end(p.consent->fact, consent + serial * SERIAL)) {
			p.consent->fact = later_end(p.consent->fact,
			    consent + serial * SERIAL);
			return;
		}
		if (!out.granted ||
		    gives_way(&out, p.granted->fact, p.consent->fact) == false)
			out = p;
	}
	if (serial == FACT_SERIALS_MAX) {
		if (!gives_way(&out, granted, consent))
			return;
		serial = out.granted->fact / SERIAL;
		out.granted->fact = granted + serial * SERIAL;
		out.consent->fact = consent + serial * SERIAL;
		return;
	}
	/* two free slots, or neither */
	while (walk(b, &c) && c.e->key)
		cursor_next(&c);
	at = c;
	if (walk(b, &c))
		cursor_next(&c);
	while (walk(b, &c) && c.e->key)
		cursor_next(&c);
	if (!walk(b, &c)) {
		put_aside(b, key, granted, consent);
		return;
	}
	place(b, at, key, granted + serial * SERIAL);
	place(b, c, key, consent + serial * SERIAL);
}

static void
place_fact(struct builder *b, uint64_t key, uint64_t granted, uint64_t fact)
{
	size_t home = facts_home(b->f, key);

	if (granted)
		place_consent(b, home, key, granted, fact);
	else if (fact_kind_of(fact) == FACT_CALL)
		place_call(b, home, key, fact);
	else
		place_entry(b, home, key, fact);
}

/* Empty a partition of one appender into the table. */
static void
partition_place(struct builder *b, struct partition *p)
{
	struct chunk *c, *next;
	size_t i;

	for (c = p->first; c; c = next) {
		for (i = 0; i < c->n; i++) {
			const struct entry *e = &c->entry[i];
			bool pair = fact_kind_of(e->fact) == FACT_GRANTED;

			place_fact(b, e->key, pair ? e->fact : 0, e[pair].fact);
			i += pair;
		}
		next = c->next;
		madvise(c, CHUNK, MADV_DONTNEED);
	}
	p->first = p->last = NULL;
}

/* The first slot that is the home of a hash of partition `part`; the last one
 * of the partition before may be it, too, and is put aside then. */
static size_t
partition_slot(const struct facts *f, size_t part)
{
	return part >= PARTITIONS ?
	    f->slots :
	    (size_t)hash_reduce((uint64_t)part << 56, f->slots);
}

/* One thread of the building: every threads-th partition from `from` on. */
struct build_thread {
	struct builder builder;
	size_t from, step;
	pthread_t id;
	bool started;
};

static void *
build_main(void *arg)
{
	struct build_thread *t = arg;
	struct facts *f = t->builder.f;
	struct facts_appender *a;
	size_t part;

	for (part = t->from; part < PARTITIONS; part += t->step) {
		t->builder.limit = cursor_at(f, partition_slot(f, part + 1)).e;
		for (a = f->appenders; a; a = a->next)
			partition_place(&t->builder, &a->part[part]);
	}
	return NULL;
}

/* Filled to 85 %: 18.9 bytes an entry. */
static size_t
pages_for(uint64_t entries)
{
	return (size_t)(entries + entries / 6) / FACTS_PER_PAGE + 1;
}

static int
table_map(struct facts *f, struct err *err)
{
	size_t pages = pages_for(f->added);
	/* However unlucky the hashes, everything fits behind the last home;
	 * pages that are never touched cost nothing. */
	size_t tail = (size_t)f->added / FACTS_PER_PAGE + 2;

	f->mapped = (pages + tail) * FACTS_PAGE;
	if (!(f->page = pages_map(f->mapped, err)))
		return -1;
	madvise(f->page, pages * FACTS_PAGE, MADV_HUGEPAGE);
	f->slots = pages * FACTS_PER_PAGE;
	return 0;
}

int
facts_build(struct facts *f, unsigned calls_kept, size_t threads,
    struct err *err)
{
	struct build_thread thread[BUILD_THREADS_MAX] = { 0 };
	struct facts_appender *a;
	struct builder last;
	bool failed = false;
	size_t i, k;

	assert(!f->page);
	for (a = f->appenders; a; a = a->next) {
		f->added += a->added;
		f->prefix_lengths |= a->prefix_lengths;
	}
	if (table_map(f, err) < 0)
		return -1;
	if (threads > BUILD_THREADS_MAX)
		threads = BUILD_THREADS_MAX;
	if (threads == 0 || f->added < BUILD_SMALL)
		threads = 1;
	for (i = 0; i < threads; i++) {
		thread[i].builder = (struct builder){ .f = f,
			.calls_kept = calls_kept };
		thread[i].from = i;
		thread[i].step = threads;
		thread[i].started = i > 0 &&
		    pthread_create(&thread[i].id, NULL, build_main,
			&thread[i]) == 0;
	}
	for (i = 0; i < threads; i++)
		if (!thread[i].started)
			build_main(&thread[i]);
	/* the last has the whole table before it, and nobody beside it */
	last = (struct builder){ .f = f, .calls_kept = calls_kept };
	for (i = 0; i < threads; i++) {
		struct builder *b = &thread[i].builder;

		if (thread[i].started)
			pthread_join(thread[i].id, NULL);
		failed |= b->failed;
		f->count += b->count;
	}
	for (i = 0; i < threads; i++) {
		struct builder *b = &thread[i].builder;

		for (k = 0; k < b->asides && !failed; k++)
			place_fact(&last, b->aside[k].key, b->aside[k].granted,
			    b->aside[k].fact);
		free(b->aside);
	}
	f->count += last.count;
	appenders_free(f);
	return failed ? err_nomem(err) : 0;
}

size_t
facts_home(const struct facts *f, uint64_t key)
{
	return (size_t)hash_reduce(hash_u64(key, f->seed), f->slots);
}

void
facts_prefetch(const struct facts *f, size_t home)
{
	__builtin_prefetch(cursor_at(f, home).e);
}

static int
found_add(struct facts_found *found, uint64_t fact, struct err *err)
{
	size_t cap = found->cap ? 2 * found->cap : 64;
	uint64_t *p;

	if (found->n == found->cap) {
		if (!(p = reallocarray(found->fact, cap, sizeof(*p))))
			return err_nomem(err);
		found->fact = p;
		found->cap = cap;
	}
	found->fact[found->n++] = fact;
	return 0;
}

int
facts_find(const struct facts *f, uint64_t key, size_t home,
    struct facts_found *found, struct err *err)
{
	struct cursor c = cursor_at(f, home);
	int any = 0;

	for (; c.e->key; cursor_next(&c)) {
		if (c.e->key != key)
			continue;
		if (found_add(found, c.e->fact, err) < 0)
			return -1;
		any = 1;
	}
	return any;
}

void
facts_found_release(struct facts_found *found)
{
	free(found->fact);
	*found = (struct facts_found){ 0 };
}
