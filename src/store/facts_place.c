/*
 * facts_place.c - where entries go in a partition, and what becomes of those
 * that belong together.
 *
 * A walk begins at a line and fills it from its front, then the next one.  So
 * what is free of a line is its end: a line whose last word is free ends every
 * walk that comes to it.
 */
#include <assert.h>

#include "base/pages.h"
#include "store/facts_impl.h"

enum {
	EXTRA = 192
	    << 10, /* words a partition may have beyond the tight ones */
	TAIL_PAGES = 2,
	FAR = 8192, /* words between home and entry: that is no chance */
	/* A grant and its consent, the end of a page before each, its tag, and
	 * the last word of all. */
	PLACED_MOST = 16,
};

/* ---- room ---- */

/*
 * Room for n words: twice as many while that is little memory, else it is six
 * tenths full.  Where four of ten entries take two words, a look-up reads 1.3
 * lines then, and one in twelve more than two; 1.8, and one in five, where it
 * is seven tenths full.
 */
static uint64_t
room_for(uint64_t n)
{
	uint64_t tight = n + n * 5 / 8 + EXTRA;

	return 2 * n < tight ? 2 * n : tight;
}

/* Is it time for more? */
static bool
crowded(const struct partition *p)
{
	uint64_t room = partition_room(p);

	return p->words * 100 >= room * (room <= 2 * EXTRA ? 70 : 75);
}

/*
 * Has it no room where it is wanted?  What another table hands on comes in the
 * order of homes: the front would be crowded, and each walk longer than the one
 * before, while there is room enough in all.
 */
static bool
crowded_at_front(const struct partition *p)
{
	return p->far > FAR && p->words * 8 > partition_room(p);
}

/* Is there little left behind the furthest word? */
static inline bool
tail_short(const struct partition *p)
{
	return p->end - p->last < PLACED_MOST;
}

/* ---- words ---- */

static void
taken(struct partition *p, uint64_t *w, uint64_t n)
{
	p->words += n;
	if (w + n - 1 > p->last)
		p->last = w + n - 1;
}

/* The first pair of free words from `w` on, which is free; what lies before it
 * is filled, so that no walk ends there. */
static uint64_t *
pair_free(struct partition *p, uint64_t *w)
{
	while (word_ends_page(w) || w[1]) {
		*w = WORD_FILLER;
		taken(p, w, 1);
		do
			w = word_next(w);
		while (*w);
	}
	return w;
}

/* An entry: the word of its key, and of its fact when it has no code.  `w` is
 * where the walk from its home ends. */
static void
put(struct partition *p, const uint64_t *home, uint64_t *w, uint64_t key,
    uint64_t fact)
{
	p->count++;
	if (word_code(key)) {
		*w = key;
		taken(p, w, 1);
	} else {
		w = pair_free(p, w);
		w[0] = key;
		w[1] = fact;
		taken(p, w, 2);
	}
	if (w - home > p->far)
		p->far = w - home;
}

/* ---- growing ---- */

/* How many pages lie behind those with homes, as far as used. */
static size_t
tail_pages(const struct partition *p)
{
	const struct page *last = (const struct page *)(const void *)p->last;
	const struct page *tail = p->page + p->homes;

	return p->last && last >= tail ? (size_t)(last - tail) + 1 : 0;
}

static int
partition_map(struct partition *p, size_t homes, size_t tail, struct err *err)
{
	size_t pages = homes + tail;

	if (!(p->page = pages_map(pages * FACTS_PAGE, err)))
		return -1;
	p->homes = homes;
	p->mapped = pages * FACTS_PAGE;
	p->last = p->page->word;
	p->end = &p->page[pages - 1].word[FACTS_PAGE_WORDS - 1];
	p->count = p->words = 0;
	p->far = 0;
	return 0;
}

/* Place anew what another table holds; false when there is no room at the
 * end. */
static bool
entries_move(const struct facts *f, struct partition *p,
    const struct partition *from)
{
	const uint64_t *w;
	uint64_t *home, *to;

	for (w = from->page->word; w <= from->last; w = word_next(w)) {
		if (!word_is_key(*w))
			continue;
		if (tail_short(p))
			return false;
		home = home_of(p, hash_u64(word_key(*w), f->seed));
		for (to = home; *to;)
			to = word_next(to);
		put(p, home, to, *w, w[1]);
	}
	return true;
}

/*
 * Give a partition as many homes, or more, and place its entries anew.  Both
 * tables are walked from front to back, for homes are in the order of hashes;
 * and what overflows at the end becomes less, as a rule: there may be more
 * fillers than before.
 */
static int
partition_grow(struct facts *f, struct partition *p, uint64_t room,
    struct err *err)
{
	size_t homes = (size_t)(room / FACTS_PAGE_WORDS) + 1;
	size_t tail = tail_pages(p) * 3 / 2 + TAIL_PAGES;
	struct partition new = *p;

	if (homes < p->homes)
		homes = p->homes;
	if (partition_map(&new, homes, tail, err) < 0)
		return -1;
	while (p->page && !entries_move(f, &new, p)) {
		pages_unmap(new.page, new.mapped);
		tail *= 2;
		if (partition_map(&new, homes, tail, err) < 0)
			return -1;
	}
	pages_unmap(p->page, p->mapped);
	p->page = new.page;
	p->homes = new.homes;
	p->mapped = new.mapped;
	p->last = new.last;
	p->end = new.end;
	p->count = new.count;
	p->words = new.words;
	p->far = new.far;
	return 0;
}

int
partition_reserve(struct facts *f, struct partition *p, uint64_t words,
    struct err *err)
{
	uint64_t room = room_for(words);

	/* not for a little more: it would all be moved */
	if (p->page && room <= partition_room(p) + partition_room(p) / 8)
		return 0;
	return partition_grow(f, p, room, err);
}

/* ---- placing ---- */

/* Where entries of one key are placed. */
struct placing {
	const struct facts *f;
	struct partition *p;
	uint64_t *home;
	uint64_t key; /* its word, with code 0 */
	uint64_t mask;
};

/* From `w` on, the next entry of the key, or the free word at the end. */
static inline uint64_t *
walk(const struct placing *at, uint64_t *w)
{
	while (*w && (*w & at->mask) != at->key)
		w = word_next(w);
	return w;
}

/* Everything but the end, the same? */
static bool
same_but_end(uint64_t a, uint64_t b)
{
	return a >> 32 == b >> 32;
}

/* An entry that has its fact behind it says another thing of the same kind.
 * One with a code has no end: nothing is later. */
static void
fact_change(uint64_t *w, uint64_t fact)
{
	assert(word_code(*w) == 0);
	w[1] = fact_word(fact);
}

/* Where a walk ends that meets nothing of the key; NULL: it would. */
static inline uint64_t *
nothing_known(const struct placing *at)
{
	const uint64_t *line = at->home;

	for (;; line += FACTS_LINE_WORDS) {
		if (line_hits(line, at->key, at->mask))
			return NULL;
		if (!line_full(line))
			return line_free(line);
	}
}

/* An entry that is not a call: once, with its latest end. */
static void
place_entry(struct placing *at, uint64_t word, uint64_t fact)
{
	uint64_t *w = nothing_known(at), old;

	if (w) {
		put(at->p, at->home, w, word, fact_word(fact));
		return;
	}
	for (w = walk(at, at->home); *w; w = walk(at, word_next(w))) {
		old = entry_fact(at->f, w);
		if (!same_but_end(old, fact))
			continue;
		if (fact_kind_of(fact) != FACT_WITHDRAWN) {
			if ((uint32_t)fact > (uint32_t)old)
				fact_change(w, fact);
			return;
		}
		/* withdrawals at two moments are two: a consent given
		 * between them is held against the later one only */
		if (old == fact)
			return;
	}
	put(at->p, at->home, w, word, fact_word(fact));
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
	uint64_t *w, *oldest = NULL, old, first = 0;
	unsigned n = 0;

	for (w = walk(at, at->home); *w; w = walk(at, word_next(w))) {
		old = entry_fact(at->f, w);
		if (!facts_same_call(old, fact))
			continue;
		n++;
		if (!oldest || call_order(old) < call_order(first)) {
			oldest = w;
			first = old;
		}
	}
	if (n < at->f->calls_kept)
		put(at->p, at->home, w, at->key, fact_word(fact));
	else if (oldest && call_order(first) < call_order(fact))
		fact_change(oldest, fact);
}

#define SERIAL (UINT64_C(1) << 58) /* one more in a fact's n */

/* The consent and its grant with one serial, among a key's entries. */
struct consent_pair {
	uint64_t *granted, *consent; /* NULL: there is none */
	uint64_t granted_fact, consent_fact;
};

static struct consent_pair
pair_find(const struct placing *at, uint64_t serial)
{
	struct consent_pair p = { 0 };
	uint64_t *w, fact;

	for (w = walk(at, at->home); *w; w = walk(at, word_next(w))) {
		fact = entry_fact(at->f, w);
		if (fact / SERIAL != serial)
			continue;
		if (fact_kind_of(fact) == FACT_GRANTED) {
			p.granted = w;
			p.granted_fact = fact;
		} else if (fact_kind_of(fact) == FACT_CONSENT) {
			p.consent = w;
			p.consent_fact = fact;
		}
	}
	return p;
}

/* Does pair a give way to b: does it end first, or was it given first? */
static bool
gives_way(const struct consent_pair *a, uint64_t granted, uint64_t consent)
{
	uint32_t end = (uint32_t)a->consent_fact;

	return end != (uint32_t)consent ?
	    end < (uint32_t)consent :
	    (uint32_t)a->granted_fact < (uint32_t)granted;
}

/* Put one behind all others of its key. */
static void
put_last(struct placing *at, uint64_t word, uint64_t fact)
{
	uint64_t *w = at->home;

	while (*w)
		w = word_next(w);
	put(at->p, at->home, w, word, fact_word(fact));
}

/* A consent takes the place of one, whose word may be too little for it. */
static void
consent_replace(struct placing *at, uint64_t *w, uint64_t fact)
{
	if (word_code(*w) == 0) {
		fact_change(w, fact);
		return;
	}
	*w = WORD_FILLER;
	at->p->count--;
	put_last(at, at->key, fact);
}

/*
 * A consent with the moment it was given.  The same moment again only
 * lengthens it.  Serials run out after 63 consents of one subject: then the
 * one that ends first gives way, which can only take consent away.  `word` has
 * the code of the consent with serial 1.  The grant always stands before its
 * consent: whoever comes from it finds it.
 */
static void
place_consent(struct placing *at, uint64_t granted, uint64_t word,
    uint64_t consent)
{
	struct consent_pair p, out = { 0 };
	uint64_t serial, add;

	for (serial = 1; serial < FACT_SERIALS_MAX; serial++) {
		add = serial * SERIAL;
		p = pair_find(at, serial);
		if (!p.granted)
			break;
		if (p.granted_fact == granted + add &&
		    same_but_end(p.consent_fact, consent + add)) {
			if ((uint32_t)consent > (uint32_t)p.consent_fact)
				fact_change(p.consent, consent + add);
			return;
		}
		if (!out.granted ||
		    !gives_way(&out, p.granted_fact, p.consent_fact))
			out = p;
	}
	if (serial == FACT_SERIALS_MAX) {
		if (!gives_way(&out, granted, consent))
			return;
		add = out.granted_fact / SERIAL * SERIAL;
		fact_change(out.granted, granted + add);
		consent_replace(at, out.consent, consent + add);
		return;
	}
	put_last(at, at->key, granted + add);
	put_last(at, serial == 1 ? word : at->key, consent + add);
}

static void
homes_ask(const struct partition *p, const struct waiting *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *home = (const char *)home_of(p, w[i].hash);

		__builtin_prefetch(home, 1);
		__builtin_prefetch(home + FACTS_LINE, 1);
	}
}

/*
 * Entries are far apart in a partition: their memory is asked for all at once,
 * then they are placed.
 */
int
partition_place(struct facts *f, struct partition *p,
    const struct waiting *wait, size_t n, struct err *err)
{
	struct placing at = { .f = f, .p = p };
	size_t i;

	if ((p->words + 3 * n >= partition_room(p) || crowded(p)) &&
	    partition_grow(f, p, room_for(p->words + p->words / 8 + 4 * n),
		err) < 0)
		return -1;
	if (crowded_at_front(p) &&
	    partition_grow(f, p, partition_room(p) + partition_room(p) / 2,
		err) < 0)
		return -1;
	homes_ask(p, wait, n);
	for (i = 0; i < n; i++) {
		uint64_t word = wait[i].word, fact = wait[i].fact;

		if (tail_short(p) &&
		    partition_grow(f, p, partition_room(p), err) < 0)
			return -1;
		at.home = home_of(p, wait[i].hash);
		at.mask = word_mask(word);
		at.key = word & at.mask;
		if (fact_kind_of(fact) == FACT_GRANTED) {
			i++;
			place_consent(&at, fact, wait[i].word, wait[i].fact);
		} else if (fact_kind_of(fact) == FACT_CALL) {
			place_call(&at, fact);
		} else {
			place_entry(&at, word, fact);
		}
	}
	return 0;
}
