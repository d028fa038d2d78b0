#include "store/facts.h"

#include <assert.h>
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

struct facts {
	uint64_t seed;
	uint64_t added;
	uint64_t count;
	uint32_t prefix_lengths;

	struct partition part[PARTITIONS];
	struct slab *slabs;

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

static void
slabs_free(struct facts *f)
{
	struct slab *s;

	while ((s = f->slabs)) {
		f->slabs = s->next;
		munmap(s->p, SLAB);
		free(s);
	}
}

void
facts_free(struct facts *f)
{
	if (!f)
		return;
	slabs_free(f);
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
chunk_new(struct facts *f, struct err *err)
{
	struct slab *s = f->slabs;
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
		s->next = f->slabs;
		f->slabs = s;
	}
	c = (struct chunk *)(void *)(s->p + s->used);
	s->used += CHUNK;
	return c;
}

/* Room for n entries side by side in the partition of `hash`. */
static struct entry *
partition_room(struct facts *f, uint64_t hash, size_t n, struct err *err)
{
	struct partition *p = &f->part[hash >> 56];
	struct chunk *c = p->last;

	assert(!f->page);
	if (!c || CHUNK_ENTRIES - c->n < n) {
		if (!(c = chunk_new(f, err)))
			return NULL;
		if (p->last)
			p->last->next = c;
		else
			p->first = c;
		p->last = c;
	}
	c->n += n;
	f->added += n;
	return &c->entry[c->n - n];
}

int
facts_add(struct facts *f, uint64_t key, const struct fact *fact,
    struct err *err)
{
	struct entry *e;

	assert(key != 0);
	if (!(e = partition_room(f, hash_u64(key, f->seed), 1, err)))
		return -1;
	e->key = key;
	e->fact = fact_pack(fact);
	return 0;
}

int
facts_add_prefix(struct facts *f, uint64_t digits, const struct fact *fact,
    struct err *err)
{
	unsigned length = 0;
	uint64_t v;

	for (v = digits; v; v /= 10)
		length++;
	assert(length > 0 && length < 20);
	f->prefix_lengths |= UINT32_C(1) << length;
	return facts_add(f, subject_prefix(digits), fact, err);
}

int
facts_add_consent(struct facts *f, uint64_t key, const struct fact *fact,
    uint32_t granted, struct err *err)
{
	struct fact given = *fact;
	struct entry *e;

	assert(key != 0 && fact->kind == FACT_CONSENT);
	if (!(e = partition_room(f, hash_u64(key, f->seed), 2, err)))
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
		    FACTS_PER_PAGE) + 1;

		c->e = page->entry;
		c->end = page->entry + FACTS_PER_PAGE;
	}
}

static void
place(struct facts *f, struct cursor at, uint64_t key, uint64_t fact)
{
	while (at.e->key)
		cursor_next(&at);
	at.e->key = key;
	at.e->fact = fact;
	f->count++;
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
place_entry(struct facts *f, size_t home, uint64_t key, uint64_t fact)
{
	struct cursor c = cursor_at(f, home);

	for (; c.e->key; cursor_next(&c)) {
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
	place(f, c, key, fact);
}

/* A call: of those of this key the latest `kept` stay. */
static void
place_call(struct facts *f, size_t home, uint64_t key, uint64_t fact,
    unsigned kept)
{
	struct cursor c = cursor_at(f, home);
	struct entry *oldest = NULL;
	unsigned n = 0;

	for (; c.e->key; cursor_next(&c)) {
		if (c.e->key != key || fact_kind_of(c.e->fact) != FACT_CALL)
			continue;
		n++;
		if (!oldest || (uint32_t)c.e->fact < (uint32_t)oldest->fact)
			oldest = c.e;
	}
	if (n < kept)
		place(f, c, key, fact);
	else if (oldest && (uint32_t)oldest->fact < (uint32_t)fact)
		oldest->fact = fact;
}

/* The serial (n) is not part of what makes two consents the same. */
static bool
same_consent(uint64_t a, uint64_t b)
{
	return (a << 6 >> 38) == (b << 6 >> 38);
}

static struct entry *
entry_find(struct facts *f, size_t home, uint64_t key, uint64_t fact)
{
	struct cursor c = cursor_at(f, home);

	for (; c.e->key; cursor_next(&c))
		if (c.e->key == key && same_but_end(c.e->fact, fact))
			return c.e;
	return NULL;
}

/*
 * A consent with the moment it was given.  The same moment again only
 * lengthens it.  Serials run out after 63 consents of one subject: then the
 * one that ends first gives way, which can only take consent away.
 */
static void
place_consent(struct facts *f, size_t home, uint64_t key, uint64_t granted,
    uint64_t consent)
{
	const uint64_t serial_unit = UINT64_C(1) << 58;
	struct cursor c = cursor_at(f, home);
	struct entry *first_out = NULL, *e;
	uint64_t serial = 0;

	for (; c.e->key; cursor_next(&c)) {
		if (c.e->key != key)
			continue;
		if (fact_kind_of(c.e->fact) == FACT_CONSENT &&
		    c.e->fact / serial_unit > 0 &&
		    (!first_out || (uint32_t)c.e->fact <
		    (uint32_t)first_out->fact))
			first_out = c.e;
		if (fact_kind_of(c.e->fact) != FACT_GRANTED)
			continue;
		if (c.e->fact / serial_unit > serial)
			serial = c.e->fact / serial_unit;
		if (!same_consent(c.e->fact, granted) ||
		    (uint32_t)c.e->fact != (uint32_t)granted)
			continue;
		e = entry_find(f, home, key,
		    consent + (c.e->fact / serial_unit) * serial_unit);
		assert(e);
		if ((uint32_t)e->fact < (uint32_t)consent)
			e->fact += (uint32_t)consent - (uint32_t)e->fact;
		return;
	}
	if (++serial < FACT_SERIALS_MAX) {
		place(f, c, key, granted + serial * serial_unit);
		place(f, c, key, consent + serial * serial_unit);
		return;
	}
	assert(first_out);
	if ((uint32_t)first_out->fact >= (uint32_t)consent)
		return;
	serial = first_out->fact / serial_unit;
	for (c = cursor_at(f, home); c.e->key; cursor_next(&c))
		if (c.e->key == key && c.e->fact / serial_unit == serial &&
		    fact_kind_of(c.e->fact) == FACT_GRANTED)
			c.e->fact = granted + serial * serial_unit;
	first_out->fact = consent + serial * serial_unit;
}

static void
partition_place(struct facts *f, struct partition *p, unsigned calls_kept)
{
	struct chunk *c, *next;
	size_t i;

	for (c = p->first; c; c = next) {
		for (i = 0; i < c->n; i++) {
			const struct entry *e = &c->entry[i];
			size_t home = facts_home(f, e->key);

			switch (fact_kind_of(e->fact)) {
			case FACT_CALL:
				place_call(f, home, e->key, e->fact,
				    calls_kept);
				break;
			case FACT_GRANTED:
				place_consent(f, home, e->key, e->fact,
				    c->entry[i + 1].fact);
				i++;
				break;
			default:
				place_entry(f, home, e->key, e->fact);
			}
		}
		next = c->next;
		madvise(c, CHUNK, MADV_DONTNEED);
	}
	p->first = p->last = NULL;
}

/* Filled to 85 %: 18.9 bytes an entry. */
static size_t
pages_for(uint64_t entries)
{
	return (size_t)(entries + entries / 6) / FACTS_PER_PAGE + 1;
}

int
facts_build(struct facts *f, unsigned calls_kept, struct err *err)
{
	size_t pages = pages_for(f->added);
	/* However unlucky the hashes, everything fits behind the last home;
	 * pages that are never touched cost nothing. */
	size_t tail = (size_t)f->added / FACTS_PER_PAGE + 2;
	size_t i;

	assert(!f->page);
	f->mapped = (pages + tail) * FACTS_PAGE;
	if (!(f->page = pages_map(f->mapped, err)))
		return -1;
	madvise(f->page, pages * FACTS_PAGE, MADV_HUGEPAGE);
	f->slots = pages * FACTS_PER_PAGE;
	for (i = 0; i < PARTITIONS; i++)
		partition_place(f, &f->part[i], calls_kept);
	slabs_free(f);
	return 0;
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
