/*
 * index_sieve.c - of an index, what a run will ask for.
 *
 * Pages come in the order of hashes, and so do the slots of what is expected and
 * the homes in a table with the same seed: all three are gone through from front
 * to back, and stay in the cache.  Most of what is left goes into the slots.
 *
 * Pages are taken a piece at a time.  A piece is sieved, and placed when the one
 * behind it was sieved, too: by then it is known of nearly every key whether
 * there is anything that makes the moment matter at which its consent was given
 * (it is held).  Where that comes too late, or concerns more than one number, all
 * is done anew with every such moment kept.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "base/secret.h"
#include "store/index_impl.h"
#include "store/index_team.h"

enum {
	READ = 16, /* pages of a piece */
	PIECE = READ * INDEX_PAGE,
	HELD_BITS = 20, /* 2^20 of them for a partition */
	HELD = 1 << HELD_BITS >> 3,
	MEMO_BITS = 6,
};

/* The whole of it, for all threads. */
struct sieve {
	const struct index *ix;
	const struct index_wanted *wanted;
	struct facts *to;
	bool hold_all; /* every consent keeps the moment it was given */
	_Atomic bool must_hold_all;
};

/* What was left of a piece. */
struct left {
	uint64_t *word;
	size_t n;
	uint64_t pages; /* of the partition, up to its end */
};

/* Codes of facts that are new in the dictionary. */
struct memo {
	uint64_t fact;
	unsigned code;
};

/* One partition while it is gone through. */
struct sieving {
	struct sieve *all;
	struct facts *to;
	struct partition *part; /* of `to` */
	uint64_t first;         /* number of its first page in the index */
	uint64_t pages;
	uint64_t placed;   /* of them */
	uint64_t in_slots; /* entries */
	uint64_t *held;    /* bits, by the hashes of keys */
	struct memo memo[1 << MEMO_BITS];
};

/* ---- what is held ---- */

static inline uint64_t
held_bit(uint64_t hash)
{
	return hash << PART_BITS >> (64 - HELD_BITS);
}

static inline bool
is_held(const struct sieving *s, uint64_t hash)
{
	uint64_t bit = held_bit(hash);

	return s->held[bit / 64] >> bit % 64 & 1;
}

/*
 * Something that a moment of consent may have to be compared with: a
 * withdrawal, or a consent that has not begun.  Of persons and prefixes all is
 * kept, but what they take back is taken back of any number.
 */
static void
hold(struct sieving *s, uint64_t bare, unsigned kind)
{
	uint64_t hash, bit, home;

	if (bare >= WORD_PREFIX) {
		if (kind == FACT_WITHDRAWN)
			atomic_store(&s->all->must_hold_all, true);
		return;
	}
	hash = word_hash(s->to, bare);
	home = home_line(hash,
		   (size_t)s->all->ix->body.part[partition_of(hash)].homes) /
	    FACTS_PAGE_LINES;
	if (home < s->placed)
		atomic_store(&s->all->must_hold_all, true);
	bit = held_bit(hash);
	s->held[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* Is that what the fact in a word says? */
static inline bool
is_holding(const struct sieving *s, uint64_t word)
{
	unsigned kind = word_kind(word);

	return word > WORD_FILLER &&
	    (kind == FACT_WITHDRAWN ||
		(kind == FACT_GRANTED && (uint32_t)word > s->all->wanted->now));
}

/* What n words that a table holds have of it; facts stand behind keys. */
static void
words_hold(struct sieving *s, const uint64_t *w, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (is_holding(s, w[i]))
			hold(s, word_bare(w[i - 1]), word_kind(w[i]));
}

/* The same of what the run's own table has in this part. */
static void
own_hold(struct sieving *s, const struct partition *own)
{
	const struct page *page = own->page;

	for (; page->word <= own->last; page++)
		words_hold(s, page->word, FACTS_PAGE_WORDS);
}

/* ---- sieving ---- */

/* Which of 64 words are keys. */
static inline uint64_t
keys_of(const uint64_t *w)
{
	uint64_t keys = 0;

	for (unsigned i = 0; i < 64; i++)
		keys |= (uint64_t)word_is_key(w[i]) << i;
	return keys;
}

#define USUAL(name) name
#define USUAL_TARGET
#include "store/index_sieve_usual.inc"
#undef USUAL
#undef USUAL_TARGET

#ifdef __SSE2__

static inline AVX2 uint64_t
keys_of_avx2(const uint64_t *w)
{
	const __m256i *v = (const __m256i *)(const void *)w;
	uint64_t keys = 0;

	for (unsigned i = 0; i < 16; i++) /* words above 0 as signed ones */
		keys |= (uint64_t)words_avx2(
			    _mm256_cmpgt_epi64(v[i], _mm256_setzero_si256()))
		    << 4 * i;
	return keys;
}

#define USUAL(name) name##_avx2
#define USUAL_TARGET AVX2
#include "store/index_sieve_usual.inc"

#else

#define page_sieve_avx2 page_sieve

#endif

/* Could it be a page of a partition?  Its last word is free where all walks
 * end, and never a key whose fact is elsewhere. */
static bool
page_is_whole(const uint64_t *w, bool last)
{
	uint64_t word = w[FACTS_PAGE_WORDS - 1];

	return last ? word == 0 : !word_is_key(word) || word_code(word) != 0;
}

/* n pages, the first of which is number `at` of its partition; *out->word has
 * room for them. */
static int
piece_sieve(struct sieving *s, struct left *out, uint64_t at, size_t n,
    struct err *err)
{
	const struct index *ix = s->all->ix;
	uint64_t *w = out->word, *to = w;
	uint64_t number = s->first + at;

	if (index_pread(ix, w, n * INDEX_PAGE,
		ix->front.head + number * INDEX_PAGE, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++, w += INDEX_PAGE / sizeof(*w)) {
		if (index_page_open(ix, w, (unsigned char *)w, number + i,
			err) < 0)
			return -1;
		if (!page_is_whole(w, at + i + 1 == s->pages))
			return index_page_broken(ix, number + i, err);
		to = s->to->wide ? page_sieve_avx2(s->to, w, to) :
				   page_sieve(s->to, w, to);
	}
	out->n = (size_t)(to - out->word);
	out->pages = at + n;
	if (!s->all->hold_all)
		words_hold(s, out->word, out->n);
	return 0;
}

/* ---- at one moment ---- */

static uint64_t
code_of(struct sieving *s, uint64_t fact)
{
	struct memo *m = &s->memo[fact * UINT64_C(0x9e3779b97f4a7c15) >>
	    (64 - MEMO_BITS)];

	if (!dict_takes(fact))
		return 0;
	if (m->fact != fact)
		*m = (struct memo){ fact, dict_code(&s->to->dict, fact) };
	return m->code;
}

/* An entry as the run needs it, its fact behind it where it has no code: into
 * the slot of its number, or to `to`. */
static inline uint64_t *
entry_put(struct sieving *s, uint64_t *to, uint64_t hash, uint64_t key,
    uint64_t fact)
{
	expected_slot_t *slot = expected_find(&s->to->expected, hash,
	    word_bare(key));

	if (slot_take(slot, word_code(key), &s->in_slots))
		return to;
	*to++ = key;
	if (!word_code(key))
		*to++ = fact;
	return to;
}

/* A consent that lasts needs no end, and when nothing is to be compared with
 * the moment it was given, no serial: then it is one that many share. */
static uint64_t
consent_settle(const struct sieving *s, uint64_t fact, bool held)
{
	if ((uint32_t)fact > s->all->wanted->now)
		fact |= FACT_FOREVER;
	return held ? fact : fact << 6 >> 6;
}

/* A number's entry, with its fact behind it. */
static inline uint64_t *
entry_settle(struct sieving *s, uint64_t *to, uint64_t bare, uint64_t word)
{
	uint64_t hash = word_hash(s->to, bare), fact;
	unsigned kind = word_kind(word);
	bool held;

	if (kind == FACT_CALL && (uint32_t)word < s->all->wanted->calls_since)
		return to;
	if (kind == FACT_GRANTED || kind == FACT_CONSENT) {
		held = s->all->hold_all || is_held(s, hash);
		if (kind == FACT_CONSENT) {
			fact = consent_settle(s, word_fact(word), held);
			return entry_put(s, to, hash,
			    bare | code_of(s, fact) << CODE_SHIFT,
			    fact_word(fact));
		}
		if (!held)
			return to;
	}
	return entry_put(s, to, hash, bare, word);
}

/*
 * What is left of a piece, as the run needs it; returns how many words are not
 * in slots.  What has a code stays: a consent may have a serial that no grant
 * has any more.
 */
static size_t
words_settle(struct sieving *s, const struct left *l)
{
	const uint64_t *w = l->word, *end = w + l->n;
	uint64_t *to = l->word;

	while (w < end) {
		uint64_t word = *w++, bare = word_bare(word);

		if (bare >= WORD_PREFIX) {
			*to++ = word;
			if (!word_code(word))
				*to++ = *w++;
		} else if (word_code(word)) {
			to = entry_put(s, to, word_hash(s->to, bare), word, 0);
		} else {
			to = entry_settle(s, to, bare, *w++);
		}
	}
	return (size_t)(to - l->word);
}

/*
 * Room is made for as much as there will be in all pages, if they go on like
 * those up to here.
 */
static int
piece_place(struct sieving *s, const struct left *l, struct err *err)
{
	struct partition *p = s->part;
	const struct page *before = p->page;
	size_t n = words_settle(s, l);
	double all = (double)(p->words + n) * (double)s->pages;

	if (partition_reserve(s->to, p, (uint64_t)(all / (double)l->pages),
		err) < 0 ||
	    partition_copy(s->to, p, l->word, n, err) < 0)
		return -1;
	s->placed = l->pages;
	return p->page != before ? index_hide(p->page, p->mapped, err) : 0;
}

/* ---- all of it ---- */

static int
part_sieve(void *shared, unsigned char *buffer, uint64_t part, struct err *err)
{
	struct sieve *all = shared;
	struct sieving s = { .all = all,
		.to = all->to,
		.part = &all->to->part[part],
		.first = index_part_first(all->ix, part),
		.pages = all->ix->body.part[part].pages,
		.held = (uint64_t *)(void *)(buffer + 2 * PIECE) };
	struct left left[2] = { { .word = (uint64_t *)(void *)buffer },
		{ .word = (uint64_t *)(void *)(buffer + PIECE) } };
	uint64_t at, n, turn = 0;

	memset(s.held, 0, HELD);
	if (!all->hold_all)
		own_hold(&s, &all->wanted->facts->part[part]);
	for (at = 0; at < s.pages; at += n, turn++) {
		/* pages were opened for nothing; all will be again */
		if (atomic_load(&all->must_hold_all) && !all->hold_all)
			return 0;
		n = s.pages - at < READ ? s.pages - at : READ;
		if (piece_sieve(&s, &left[turn % 2], at, (size_t)n, err) < 0 ||
		    (turn > 0 &&
			piece_place(&s, &left[(turn - 1) % 2], err) < 0))
			return -1;
	}
	if (piece_place(&s, &left[(turn - 1) % 2], err) < 0)
		return -1;
	atomic_fetch_add(&all->to->held, s.in_slots);
	return 0;
}

/* All but its entries is as in the index; it expects what `like` does, and fills
 * its slots. */
static int
table_new(struct facts **out, const struct index *ix, const struct facts *like,
    struct err *err)
{
	struct facts *f;

	assert(like->expected.slot && !like->filled &&
	    like->seed == ix->facts.seed);
	if (facts_new_like(out, ix->facts.calls_kept, &ix->facts, err) < 0)
		return -1;
	f = *out;
	f->added = ix->facts.added;
	f->prefix_lengths = ix->facts.prefix_lengths;
	f->dict.n = ix->facts.dict.n;
	memcpy(f->dict.fact, ix->facts.dict.fact, sizeof(f->dict.fact));
	f->expected = like->expected;
	f->filled = true;
	if (index_hide((void *)f->expected.slot, f->expected.lines * LINE_BYTES,
		err) == 0)
		return 0;
	index_sieved_free(f);
	return -1;
}

static int
sieve_all(struct sieve *all, size_t threads, struct err *err)
{
	const struct index_team team = { .pieces = FACTS_PARTS,
		.buffer = 2 * PIECE + HELD,
		.work = part_sieve };

	if (table_new(&all->to, all->ix, all->wanted->facts, err) < 0)
		return -1;
	if (index_team_run(&team, all, threads, err) == 0)
		return 0;
	index_sieved_free(all->to);
	return -1;
}

int
index_sieve(struct facts **out, struct index *ix,
    const struct index_wanted *wanted, size_t threads, struct err *err)
{
	struct sieve all = { .ix = ix,
		.wanted = wanted,
		.hold_all = wanted->hold_all };

	*out = NULL;
	posix_fadvise(ix->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (sieve_all(&all, threads, err) < 0)
		return -1;
	if (atomic_load(&all.must_hold_all) && !all.hold_all) {
		index_sieved_free(all.to);
		all.hold_all = true;
		if (sieve_all(&all, threads, err) < 0)
			return -1;
	}
	*out = all.to;
	return 0;
}

void
index_sieved_free(struct facts *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < FACTS_PARTS; i++)
		if (f->part[i].page)
			secret_wipe(f->part[i].page, f->part[i].mapped);
	expected_clear(&f->expected);
	f->expected = (struct expected){ 0 }; /* another's */
	facts_free(f);
}
