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
room_for(const struct facts *f, uint64_t n)
{
	uint64_t tight = n + n * 5 / 8 + (f->expected.slot ? 0 : EXTRA);

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

/* So many words more, of which this is the furthest. */
static void
taken(struct partition *p, uint64_t *w, uint64_t n)
{
	p->words += n;
	if (w > p->last)
		p->last = w;
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
		taken(p, w + 1, 2);
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
	const struct page *tail;

	if (!last)
		return 0;
	tail = p->page + p->homes;
	return last >= tail ? (size_t)(last - tail) + 1 : 0;
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
	uint64_t *home;

	for (w = from->page->word; w <= from->last; w = word_next(w)) {
		if (!word_is_key(*w))
			continue;
		if (tail_short(p))
			return false;
		home = home_of(p, word_hash(f, word_bare(*w)));
		put(p, home, walk_end(home), *w, w[1]);
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
	uint64_t room = room_for(f, words);

	/* not for a little more: it would all be moved */
	if (p->page && room <= partition_room(p) + partition_room(p) / 8)
		return 0;
	return partition_grow(f, p, room, err);
}

int
partition_copy(struct facts *f, struct partition *p, const uint64_t *w,
    size_t n, struct err *err)
{
	uint64_t *home;
	size_t i;

	for (i = 0; i < n; i += word_width(w[i])) {
		if (tail_short(p) &&
		    partition_grow(f, p, partition_room(p), err) < 0)
			return -1;
		home = home_of(p, word_hash(f, word_bare(w[i])));
		put(p, home, walk_end(home), w[i], w[i + 1]);
	}
	return 0;
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

	for (;; line += LINE_WORDS) {
		if (line_hits(line, at->key, at->mask))
			return NULL;
		if (!line_full(line))
			return line_free(line);
	}
}

/* An entry that is not a call: once, with its latest end. */
static void
place_entry(struct placing *at, const uint64_t *entry)
{
	uint64_t fact = entry_fact(at->f, entry), *w, old;

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
	put(at->p, at->home, w, *entry, fact_word(fact));
}

/* For comparing: by time, and at one second by list, whichever came first. */
static uint64_t
call_order(uint64_t fact)
{
	return fact << 32 | fact >> 32;
}

/* A call: of those of this key and answer the latest `calls_kept` stay. */
static void
place_call(struct placing *at, const uint64_t *entry)
{
	uint64_t fact = word_fact(entry[1]), *w, *oldest = NULL, old, first = 0;
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
	put(at->p, at->home, walk_end(at->home), word, fact_word(fact));
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
 * one that ends first gives way, which can only take consent away.  Both come with
 * serial 1, which the consent's code may be for.  The grant always stands before
 * its consent: whoever comes from it finds it.
 */
static void
place_consent(struct placing *at, const uint64_t *pair)
{
	uint64_t granted = word_fact(pair[1]) - SERIAL;
	uint64_t consent = entry_fact(at->f, pair + 2) - SERIAL;
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
	put_last(at, serial == 1 ? pair[2] : at->key, consent + add);
}

/* Is there room for this in any table?  Not for a call where none is kept. */
static inline bool
group_stays(const struct facts *f, const uint64_t *group)
{
	return word_width(*group) == 1 || word_kind(group[1]) != FACT_CALL ||
	    f->calls_kept > 0;
}

/* The group of a key of which nothing is known yet; `w` is where its walk
 * ends. */
static void
place_first(struct placing *at, uint64_t *w, const uint64_t *group)
{
	size_t width = word_width(*group);

	if (!group_stays(at->f, group))
		return;
	put(at->p, at->home, w, *group, group[1]);
	if (group_width(group) > width)
		put(at->p, at->home, walk_end(at->home), group[2], group[3]);
}

/* A group, whatever is known of its key. */
static void
place_group(struct placing *at, const uint64_t *group)
{
	unsigned kind;
	uint64_t *end;

	at->mask = word_mask(*group);
	at->key = *group & at->mask;
	if ((end = nothing_known(at))) {
		place_first(at, end, group);
		return;
	}
	kind = fact_kind_of(entry_fact(at->f, group));
	if (kind == FACT_GRANTED)
		place_consent(at, group);
	else if (kind == FACT_CALL)
		place_call(at, group);
	else
		place_entry(at, group);
}

/* ---- placing the usual ---- */

/* Where groups begin in a line of a table that have to be placed, by their own
 * place among those that wait. */
struct batch {
	const uint64_t *word;
	size_t n;
	uint64_t *home[GATHERED];
};

/* Entries are far apart in a partition: their memory is asked for all at
 * once. */
static void
homes_ask(const struct facts *f, const struct partition *p, struct batch *b,
    size_t from)
{
	for (size_t i = from; i < b->n; i += group_width(b->word + i)) {
		b->home[i] = home_of(p, word_hash(f, word_bare(b->word[i])));
		__builtin_prefetch(b->home[i], 1);
		__builtin_prefetch(b->home[i] + LINE_WORDS, 1);
	}
}

/* Is the key of *w in a line, which has no tag, and how many words are taken? */
struct look {
	unsigned known; /* not 0: it is */
	size_t taken;
};

static inline struct look
look_usual(const uint64_t *line, const uint64_t *w, uint64_t mask)
{
	/* behind the last one it ends */
	unsigned none = line_equal(line, 0, UINT64_MAX) | 1u << 16;

	return (struct look){ line_equal(line, *w & mask, mask),
		(size_t)__builtin_ctz(none) / 2 };
}

#define USUAL(name) name##_usual
#define USUAL_TARGET
#include "store/facts_place_usual.inc"
#undef USUAL
#undef USUAL_TARGET

#ifdef __SSE2__

static inline AVX2 struct look
look_avx2(const uint64_t *line, const uint64_t *w, uint64_t mask)
{
	const __m256i *v = (const __m256i *)(const void *)line;
	const __m256i m = _mm256_set1_epi64x((long long)mask);
	const __m256i k = _mm256_and_si256(_mm256_set1_epi64x((long long)*w),
	    m);
	const __m256i zero = _mm256_setzero_si256();
	__m256i known =
	    _mm256_or_si256(_mm256_cmpeq_epi64(_mm256_and_si256(v[0], m), k),
		_mm256_cmpeq_epi64(_mm256_and_si256(v[1], m), k));
	/* behind the last one it ends */
	unsigned none = words_avx2(_mm256_cmpeq_epi64(v[0], zero)) |
	    words_avx2(_mm256_cmpeq_epi64(v[1], zero)) << 4 | 1u << 8;

	return (struct look){ words_avx2(known), (size_t)__builtin_ctz(none) };
}

#define USUAL(name) name##_avx2
#define USUAL_TARGET AVX2
#include "store/facts_place_usual.inc"

#else

#define place_avx2 place_usual

#endif

/* ---- placing all ---- */

/* Make room for n words more, if need be. */
static int
room_make(struct facts *f, struct partition *p, size_t n, struct err *err)
{
	/* how much a table keeps that expects numbers is known less well */
	uint64_t more = p->words / (f->expected.slot ? 2 : 8) + 4 * n;

	if ((p->words + 2 * n >= partition_room(p) || crowded(p)) &&
	    partition_grow(f, p, room_for(f, p->words + more), err) < 0)
		return -1;
	return crowded_at_front(p) ?
	    partition_grow(f, p, partition_room(p) + partition_room(p) / 2,
		err) :
	    0;
}

int
partition_place(struct facts *f, struct partition *p, const uint64_t *word,
    size_t n, struct err *err)
{
	struct placing at = { .f = f, .p = p };
	struct batch b;
	size_t i = 0;

	if (n == 0)
		return 0;
	if (room_make(f, p, n, err) < 0)
		return -1;
	b.word = word;
	b.n = n;
	homes_ask(f, p, &b, 0);
	for (;;) {
		i = f->wide ? place_avx2(f, p, &b, i) :
			      place_usual(f, p, &b, i);
		if (i == n)
			return 0;
		if (tail_short(p)) {
			if (partition_grow(f, p, partition_room(p), err) < 0)
				return -1;
			homes_ask(f, p, &b, i);
		}
		at.home = b.home[i];
		place_group(&at, word + i);
		i += group_width(word + i);
	}
}
