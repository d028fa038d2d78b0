#include "store/facts.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/pages.h"
#include "store/facts_impl.h"

enum {
	BUFFERED = 128,   /* entries a thread gathers before it places them */
	EXTRA = 96 << 10, /* slots a partition may have beyond the tight ones */
	SPARE = 1 << 20,  /* and those that make walks short, at most */
	TAIL_PAGES = 2,
};

/* What one thread has gathered for one partition, and the hashes of its
 * keys. */
struct gathered {
	size_t n;
	struct entry entry[BUFFERED];
	uint64_t hash[BUFFERED];
};

struct facts_appender {
	struct facts_appender *next;
	struct facts *facts;
	uint64_t added;
	uint32_t prefix_lengths;
	struct gathered part[FACTS_PARTS];
};

static int
facts_new_seeded(struct facts **out, unsigned calls_kept, uint64_t seed,
    struct err *err)
{
	struct facts *f;

	*out = NULL;
	if (!(f = calloc(1, sizeof(*f))))
		return err_nomem(err);
	f->seed = seed;
	f->calls_kept = calls_kept;
	for (size_t i = 0; i < FACTS_PARTS; i++)
		pthread_mutex_init(&f->part[i].lock, NULL);
	*out = f;
	return 0;
}

int
facts_new(struct facts **out, unsigned calls_kept, struct err *err)
{
	uint64_t seed;

	*out = NULL;
	if (hash_seed(&seed, err) < 0)
		return -1;
	return facts_new_seeded(out, calls_kept, seed, err);
}

int
facts_new_like(struct facts **out, unsigned calls_kept,
    const struct facts *other, struct err *err)
{
	return facts_new_seeded(out, calls_kept, other->seed, err);
}

int
facts_appender_new(struct facts_appender **out, struct facts *f,
    struct err *err)
{
	struct facts_appender *a;

	*out = NULL;
	if (!(a = calloc(1, sizeof(*a))))
		return err_nomem(err);
	a->facts = f;
	a->next = f->appenders;
	f->appenders = a;
	*out = a;
	return 0;
}

static void
appenders_free(struct facts *f)
{
	struct facts_appender *a;

	while ((a = f->appenders)) {
		f->appenders = a->next;
		free(a);
	}
}

void
facts_free(struct facts *f)
{
	if (!f)
		return;
	appenders_free(f);
	for (size_t i = 0; i < FACTS_PARTS; i++) {
		pages_unmap(f->part[i].page, f->part[i].mapped);
		pthread_mutex_destroy(&f->part[i].lock);
	}
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
	uint64_t count = 0;

	for (size_t i = 0; i < FACTS_PARTS; i++)
		count += f->part[i].count;
	return count;
}

uint32_t
facts_prefix_lengths(const struct facts *f)
{
	return f->prefix_lengths;
}

/* ---- room ---- */

/*
 * Slots for n entries of a partition: twice as many while that is little
 * memory, else three quarters full.  A look-up walks to the first free slot:
 * through two lines of memory then, but through five when 83 % are taken.
 */
static size_t
slots_for(uint64_t n)
{
	uint64_t spare = n / 5 < SPARE ? n / 5 : SPARE;
	uint64_t tight = n + n / 5 + spare + EXTRA;

	return (size_t)(2 * n < tight ? 2 * n : tight);
}

/* Is it time for more? */
static bool
crowded(const struct partition *p)
{
	uint64_t percent = p->slots <= 2 * EXTRA ? 70 : 85;

	return p->count * 100 >= p->slots * percent;
}

/* How many pages lie behind the one with the last home, as far as used. */
static size_t
tail_pages(const struct partition *p)
{
	const struct page *last = (const struct page *)(const void *)p->last;

	return p->last && last > p->page + p->slots / FACTS_PER_PAGE ?
	    (size_t)(last - (p->page + p->slots / FACTS_PER_PAGE)) + 1 :
	    0;
}

/* Is there little left behind the furthest entry? */
static inline bool
tail_short(const struct partition *p)
{
	return p->end - p->last < 8;
}

/*
 * Give a partition as many slots, or more, and place its entries anew.  Both
 * tables are walked from front to back, for the order of homes stays; and
 * what overflows at the end can only become less.
 */
static int
partition_grow(struct facts *f, struct partition *p, size_t slots,
    struct err *err)
{
	size_t homes = (slots > p->slots ? slots : p->slots) / FACTS_PER_PAGE +
	    1;
	size_t pages = homes + tail_pages(p) + TAIL_PAGES;
	struct partition old = *p;
	struct entry *e, *to;

	if (!(p->page = pages_map(pages * FACTS_PAGE, err))) {
		p->page = old.page;
		return -1;
	}
	p->slots = homes * FACTS_PER_PAGE;
	p->mapped = pages * FACTS_PAGE;
	p->last = p->page->entry;
	p->end = &p->page[pages - 1].entry[FACTS_PER_PAGE - 1];
	for (e = old.page ? old.page->entry : NULL; e && e < old.end;
	     e = entry_next(e)) {
		if (!e->key)
			continue;
		to = home_of(p, hash_u64(e->key, f->seed));
		while (to->key)
			to = entry_next(to);
		*to = *e;
		if (to > p->last)
			p->last = to;
	}
	pages_unmap(old.page, old.mapped);
	return 0;
}

int
facts_reserve(struct facts *f, uint64_t n, struct err *err)
{
	/* partitions differ by chance: by some roots of n */
	size_t slots = slots_for(n / FACTS_PARTS + n / FACTS_PARTS / 64 + 64);
	int ret = 0;

	for (size_t i = 0; i < FACTS_PARTS && ret == 0; i++) {
		struct partition *p = &f->part[i];

		pthread_mutex_lock(&p->lock);
		/* not for a little more: it would all be moved */
		if (slots > p->slots + p->slots / 8)
			ret = partition_grow(f, p, slots, err);
		pthread_mutex_unlock(&p->lock);
	}
	return ret;
}

/* ---- placing ---- */

/* Where entries of one key are placed. */
struct placing {
	struct partition *p;
	struct entry *home;
	uint64_t key;
	unsigned calls_kept;
};

static void
place(struct placing *at, struct entry *e, uint64_t fact)
{
	e->key = at->key;
	e->fact = fact;
	at->p->count++;
	if (e > at->p->last)
		at->p->last = e;
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
place_entry(struct placing *at, uint64_t fact)
{
	struct entry *e;

	for (e = at->home; e->key; e = entry_next(e)) {
		if (e->key != at->key || !same_but_end(e->fact, fact))
			continue;
		if (fact_kind_of(fact) != FACT_WITHDRAWN) {
			e->fact = later_end(e->fact, fact);
			return;
		}
		/* withdrawals at two moments are two: a consent given
		 * between them is held against the later one only */
		if (e->fact == fact)
			return;
	}
	place(at, e, fact);
}

/* Calls of whatever list; those that nobody answered are counted apart. */
static bool
same_call(uint64_t a, uint64_t b)
{
	return fact_kind_of(a) == FACT_CALL && (a ^ b) >> 58 == 0;
}

/* For comparing: by time, and at one second by list, whichever came first. */
static uint64_t
call_order(uint64_t fact)
{
	return fact << 32 | fact >> 32;
}

/* A call: of those of this key and answer the latest `calls_kept` stay. */
static void
place_call(struct placing *at, uint64_t fact)
{
	struct entry *e, *oldest = NULL;
	unsigned n = 0;

	for (e = at->home; e->key; e = entry_next(e)) {
		if (e->key != at->key || !same_call(e->fact, fact))
			continue;
		n++;
		if (!oldest || call_order(e->fact) < call_order(oldest->fact))
			oldest = e;
	}
	if (n < at->calls_kept)
		place(at, e, fact);
	else if (oldest && call_order(oldest->fact) < call_order(fact))
		oldest->fact = fact;
}

#define SERIAL (UINT64_C(1) << 58) /* one more in a fact's n */

/* The consent and its grant with one serial, among a key's entries. */
struct consent_pair {
	struct entry *granted, *consent;
};

static struct consent_pair
pair_find(const struct placing *at, uint64_t serial)
{
	struct consent_pair p = { NULL, NULL };
	struct entry *e;

	for (e = at->home; e->key; e = entry_next(e)) {
		if (e->key != at->key || e->fact / SERIAL != serial)
			continue;
		if (fact_kind_of(e->fact) == FACT_GRANTED)
			p.granted = e;
		else if (fact_kind_of(e->fact) == FACT_CONSENT)
			p.consent = e;
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
place_consent(struct placing *at, uint64_t granted, uint64_t consent)
{
	struct consent_pair p, out = { NULL, NULL };
	struct entry *e = at->home;
	uint64_t serial;

	for (serial = 1; serial < FACT_SERIALS_MAX; serial++) {
		p = pair_find(at, serial);
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
	while (e->key)
		e = entry_next(e);
	place(at, e, granted + serial * SERIAL);
	while (e->key)
		e = entry_next(e);
	place(at, e, consent + serial * SERIAL);
}

static void
homes_find(const struct partition *p, const struct gathered *g,
    struct entry **home)
{
	for (size_t i = 0; i < g->n; i++) {
		home[i] = home_of(p, g->hash[i]);
		__builtin_prefetch(home[i], 1);
		if ((uintptr_t)home[i] & 32) /* the walk may go on there */
			__builtin_prefetch((char *)home[i] + 32, 1);
	}
}

/*
 * Place what a thread has gathered for a partition.  Entries are far apart in
 * it: their memory is asked for all at once, then they are placed.
 */
static int
gathered_place(struct facts *f, struct partition *p, struct gathered *g,
    struct err *err)
{
	struct entry *home[BUFFERED];
	struct placing at = { .p = p, .calls_kept = f->calls_kept };
	size_t i;

	if ((p->count + g->n >= p->slots || crowded(p)) &&
	    partition_grow(f, p,
		slots_for(p->count + p->count / 16 + 2 * BUFFERED), err) < 0)
		return -1;
	homes_find(p, g, home);
	for (i = 0; i < g->n; i++) {
		uint64_t fact = g->entry[i].fact;

		if (tail_short(p)) {
			if (partition_grow(f, p, p->slots, err) < 0)
				return -1;
			homes_find(p, g, home);
		}
		at.home = home[i];
		at.key = g->entry[i].key;
		if (fact_kind_of(fact) == FACT_GRANTED)
			place_consent(&at, fact, g->entry[++i].fact);
		else if (fact_kind_of(fact) == FACT_CALL)
			place_call(&at, fact);
		else
			place_entry(&at, fact);
	}
	g->n = 0;
	return 0;
}

static int
flush(struct facts *f, size_t part, struct gathered *g, struct err *err)
{
	struct partition *p = &f->part[part];
	int ret;

	pthread_mutex_lock(&p->lock);
	ret = gathered_place(f, p, g, err);
	pthread_mutex_unlock(&p->lock);
	return ret;
}

/* Room for n entries of a key, side by side. */
static inline struct entry *
gather(struct facts_appender *a, uint64_t key, size_t n, struct err *err)
{
	uint64_t hash = hash_u64(key, a->facts->seed);
	size_t part = partition_of(hash), i;
	struct gathered *g = &a->part[part];

	assert(key != 0);
	if (g->n + n > BUFFERED && flush(a->facts, part, g, err) < 0)
		return NULL;
	for (i = 0; i < n; i++)
		g->hash[g->n + i] = hash;
	g->n += n;
	a->added += n;
	return &g->entry[g->n - n];
}

int
facts_add_packed(struct facts_appender *a, uint64_t key, uint64_t fact,
    struct err *err)
{
	struct entry *e = gather(a, key, 1, err);

	if (!e)
		return -1;
	e->key = key;
	e->fact = fact;
	return 0;
}

int
facts_add(struct facts_appender *a, uint64_t key, const struct fact *fact,
    struct err *err)
{
	return facts_add_packed(a, key, fact_pack(fact), err);
}

int
facts_add_prefix(struct facts_appender *a, uint64_t digits,
    const struct fact *fact, struct err *err)
{
	unsigned length = subject_digits(digits);

	assert(length > 0 && length < 20);
	a->prefix_lengths |= UINT32_C(1) << length;
	return facts_add(a, subject_prefix(digits), fact, err);
}

int
facts_add_consent(struct facts_appender *a, uint64_t key,
    const struct fact *fact, uint32_t granted, struct err *err)
{
	struct entry *e = gather(a, key, 2, err);
	struct fact given = *fact;

	assert(fact->kind == FACT_CONSENT);
	if (!e)
		return -1;
	given.kind = FACT_GRANTED;
	given.until = granted;
	e[0].key = e[1].key = key;
	e[0].fact = fact_pack(&given);
	e[1].fact = fact_pack(fact);
	return 0;
}

uint64_t
facts_appender_seed(const struct facts_appender *a)
{
	return a->facts->seed;
}

uint64_t
facts_appended(const struct facts_appender *a)
{
	return a->added;
}

int
facts_build(struct facts *f, struct err *err)
{
	struct facts_appender *a;
	size_t i;

	for (a = f->appenders; a; a = a->next) {
		for (i = 0; i < FACTS_PARTS; i++)
			if (a->part[i].n > 0 &&
			    flush(f, i, &a->part[i], err) < 0)
				return -1;
		f->added += a->added;
		f->prefix_lengths |= a->prefix_lengths;
	}
	appenders_free(f);
	/* look-ups need not ask whether there is a table */
	for (i = 0; i < FACTS_PARTS; i++)
		if (!f->part[i].page &&
		    partition_grow(f, &f->part[i], 0, err) < 0)
			return -1;
	return 0;
}

/* ---- looking up ---- */

facts_home_t
facts_home(const struct facts *f, uint64_t key)
{
	uint64_t hash = hash_u64(key, f->seed);

	return home_of(&f->part[partition_of(hash)], hash);
}

void
facts_homes(const struct facts *f, const uint64_t *key, size_t n,
    facts_home_t *home)
{
	size_t i;

	for (i = 0; i < n; i++) {
		home[i] = key[i] ? facts_home(f, key[i]) : NULL;
		/* a walk goes through two lines or three */
		__builtin_prefetch(home[i]);
		__builtin_prefetch((const char *)home[i] + 63);
		__builtin_prefetch((const char *)home[i] + 127);
	}
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

void
facts_map_scopes(struct facts *f, const struct facts_scopes *map)
{
	f->scopes = map;
}

static uint64_t
scope_mapped(const struct facts *f, uint64_t v)
{
	struct fact fact;
	bool permits;

	if (!f->scopes)
		return v;
	fact_unpack(&fact, v);
	permits = fact.kind == FACT_CONSENT || fact.kind == FACT_GRANTED ||
	    fact.kind == FACT_ALLOW;
	fact.scope = (permits ? f->scopes->permit :
				f->scopes->forbid)[fact.scope];
	return fact_pack(&fact);
}

/* As facts_find(), in a table whose pages may not have been opened yet. */
static int
find_sealed(const struct facts *f, uint64_t key, struct entry *e,
    struct facts_found *found, struct err *err)
{
	int any = 0;

	if (facts_page_open(f, e, err) < 0)
		return -1;
	while (e->key) {
		if (e->key == key) {
			if (found_add(found, scope_mapped(f, e->fact), err) < 0)
				return -1;
			any = 1;
		}
		e = entry_next(e);
		if (entry_begins_page(e) && facts_page_open(f, e, err) < 0)
			return -1;
	}
	return any;
}

int
facts_find(const struct facts *f, uint64_t key, facts_home_t home,
    struct facts_found *found, struct err *err)
{
	struct entry *e;
	int any = 0;

	if (f->sealed)
		return find_sealed(f, key, home, found, err);
	for (e = home; e->key; e = entry_next(e)) {
		if (e->key != key)
			continue;
		if (found_add(found, scope_mapped(f, e->fact), err) < 0)
			return -1;
		any = 1;
	}
	return any;
}

void
facts_calls_trim(uint64_t *fact, size_t from, size_t *n, unsigned kept)
{
	uint64_t last = fact[*n - 1];
	size_t i, calls = 0, first = *n - 1;

	for (i = from; i < *n; i++) {
		if (!same_call(fact[i], last))
			continue;
		calls++;
		if ((uint32_t)fact[i] < (uint32_t)fact[first])
			first = i;
	}
	if (calls > kept)
		fact[first] = fact[--*n];
}

void
facts_found_release(struct facts_found *found)
{
	free(found->fact);
	*found = (struct facts_found){ 0 };
}
