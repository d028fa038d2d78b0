/*
 * facts_impl.h - how a table of facts lies in memory; for facts*.c and
 * index*.c, which puts the same pages on disk.
 *
 * A word is 0 where nothing stands, or one of these:
 *
 *	a key    bit 63 is 0.  Of a number or a prefix: bit 62 is 0, then 11
 *	         bits of a code, then 51 bits, of which the first says that it
 *	         is a prefix, and its digits.  Of a person: bit 62 is 1, then
 *	         its hash; so do the few numbers that are too long for 50 bits.
 *	a fact   bit 63 is 1, the rest is the packed fact, but for the bit that
 *	         no kind uses.  It stands behind its key, in the same page.
 *	filler   bit 63 alone: where there was room for one word, and two had to
 *	         be placed.
 *
 * Code 0 and a person: the fact is in the word behind the key.  Other codes:
 * it is the dictionary's.  The word of a key with code 0 is its bare word, and
 * tells its place.
 */
#ifndef SCRUB_STORE_FACTS_IMPL_H
#define SCRUB_STORE_FACTS_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "store/expected.h"
#include "store/facts.h"
#include "store/line.h"

enum {
	FACTS_TAG = 16,
	FACTS_PAGE_LINES = FACTS_PAGE / LINE_BYTES,
	FACTS_CODES = 2048, /* code 0 is none */
	CODE_SHIFT = 51,
};

#define WORD_FILLER (UINT64_C(1) << 63)
#define WORD_PERSON (UINT64_C(1) << 62)
#define WORD_PREFIX (UINT64_C(1) << 50)
#define WORD_CODE ((uint64_t)(FACTS_CODES - 1) << CODE_SHIFT)

struct page {
	uint64_t word[FACTS_PAGE_WORDS];
	unsigned char tag[FACTS_TAG]; /* for the sealed index */
};

_Static_assert(sizeof(struct page) == FACTS_PAGE, "a page is 4096 bytes");
_Static_assert(FACT_KINDS <= 8, "bit 57 of a packed fact is always 0");

/* Facts that many entries share.  `lock` is for adding; a fact that has a code
 * stays what it is. */
struct facts_dict {
	pthread_mutex_t lock;
	unsigned n;                     /* codes 1 to n are taken */
	uint64_t fact[FACTS_CODES];     /* packed */
	uint16_t slot[2 * FACTS_CODES]; /* codes, by hash of their fact */
};

enum { PART_BITS = 4 };

_Static_assert(FACTS_PARTS == 1 << PART_BITS, "a part for each beginning");
_Static_assert(WORD_PREFIX == UINT64_C(1) << EXPECTED_KEY_BITS,
    "what is known by a hash has no slot");
_Static_assert((int)FACTS_CODES == (int)EXPECTED_CODES &&
	(int)CODE_SHIFT == (int)EXPECTED_CODE_SHIFT,
    "a slot has the code where a word has it");

/*
 * A partition: the keys whose hashes begin with the same bits.  What overflows
 * lies behind the pages with homes, and the very last word of the mapping is
 * always free, so that every walk ends.
 */
struct partition {
	pthread_mutex_t lock;
	struct page *page; /* NULL: nothing in it yet */
	size_t homes;      /* pages whose lines are homes */
	size_t mapped;     /* bytes, tail included */
	uint64_t *last;    /* the furthest word that is taken */
	uint64_t *end;     /* the last there is */
	uint64_t count;    /* entries */
	uint64_t words;    /* that are taken, fillers among them */
	ptrdiff_t far; /* words, from any home to an entry of it that lies in
	                      another page, at most */
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
	struct hash_mix mix; /* of the seed */
	bool wide;           /* AVX2 may be used */
	unsigned calls_kept;
	uint64_t added;
	uint32_t prefix_lengths;
	/* Numbers that are expected.  What is known of one begins in its slot
	 * where that is `filled` by this table; it may be by another. */
	struct expected expected;
	bool filled;
	pthread_rwlock_t naming; /* to be held while naming; to make room */
	_Atomic size_t named;    /* slots that are taken, or about to be */
	_Atomic uint64_t held;   /* entries in slots */
	const struct facts_sealed *sealed; /* NULL: all pages are open */
	const struct facts_scopes *scopes; /* NULL: as they are */
	struct facts_appender *appenders;
	struct facts_dict dict;
	struct partition part[FACTS_PARTS];
};

/* ---- words ---- */

static inline bool
word_is_key(uint64_t w)
{
	return w != 0 && w >> 63 == 0;
}

/*
 * The key that stands in the table for a subject: its own, but for a number or
 * prefix of 16 digits or more (Japan and Indonesia have 19), which is known by
 * a hash, like a person.  Of another seed than a person's, so that no customer
 * id is made to look like it.
 */
static inline uint64_t
facts_key(uint64_t key, uint64_t seed)
{
	if ((key & ~(UINT64_C(1) << 63)) < WORD_PREFIX || key >> 62 == 3)
		return key;
	return UINT64_C(3) << 62 | hash_u64(key, ~seed) >> 2;
}

/* The word of a facts_key(), with code 0. */
static inline uint64_t
key_word(uint64_t key)
{
	uint64_t digits = key & ~(UINT64_C(1) << 63);

	return key >> 62 == 2 ? WORD_PREFIX | digits : digits;
}

/* The word of any subject's key; nearly all are numbers of fewer digits. */
static inline uint64_t
subject_word(const struct facts *f, uint64_t key)
{
	return key < WORD_PREFIX ? key : key_word(facts_key(key, f->seed));
}

/* And back. */
static inline uint64_t
word_key(uint64_t w)
{
	if (w & WORD_PERSON)
		return w | UINT64_C(1) << 63;
	w &= ~WORD_CODE;
	return w & WORD_PREFIX ? subject_prefix(w ^ WORD_PREFIX) : w;
}

/* The bits by which a key is known from others. */
static inline uint64_t
word_mask(uint64_t w)
{
	return w & WORD_PERSON ? UINT64_MAX : ~WORD_CODE;
}

/* The code in the word of a key; 0: its fact is in the word behind it. */
static inline unsigned
word_code(uint64_t w)
{
	uint64_t code = w >> CODE_SHIFT;

	return code < FACTS_CODES ? (unsigned)code : 0; /* of a person: 0 */
}

/* The word of the key alone. */
static inline uint64_t
word_bare(uint64_t w)
{
	return w & word_mask(w);
}

/* How many words an entry takes. */
static inline unsigned
word_width(uint64_t w)
{
	return word_code(w) ? 1 : 2;
}

static inline uint64_t
fact_word(uint64_t fact)
{
	return WORD_FILLER | (fact & ((UINT64_C(1) << 57) - 1)) |
	    fact >> 58 << 57;
}

static inline uint64_t
word_fact(uint64_t w)
{
	return (w & ((UINT64_C(1) << 57) - 1)) | (w << 1) >> 58 << 58;
}

/* The kind of the fact in a word. */
static inline unsigned
word_kind(uint64_t w)
{
	return (unsigned)(w >> 54 & 7);
}

/* What the entry says whose key is at `w`. */
static inline uint64_t
entry_fact(const struct facts *f, const uint64_t *w)
{
	unsigned code = word_code(*w);

	return code ? f->dict.fact[code] : word_fact(w[1]);
}

/* ---- places ---- */

/* Does a word stand first in its page?  Pages lie on page boundaries. */
static inline bool
word_begins_page(const uint64_t *w)
{
	return ((uintptr_t)w & (FACTS_PAGE - 1)) == 0;
}

/* Is it the last before the tag? */
static inline bool
word_ends_page(const uint64_t *w)
{
	return ((uintptr_t)w & (FACTS_PAGE - 1)) ==
	    (FACTS_PAGE_WORDS - 1) * sizeof(*w);
}

/* Is this the line that ends with the tag? */
static inline bool
line_has_tag(const uint64_t *line)
{
	return ((uintptr_t)line & (FACTS_PAGE - 1)) == FACTS_PAGE - LINE_BYTES;
}

/* The word behind `w`, over the tag at the end of a page. */
static inline uint64_t *
word_next(const uint64_t *w)
{
	return (uint64_t *)w + 1 +
	    (word_ends_page(w) ? FACTS_TAG / sizeof(*w) : 0);
}

/* What tells the place of a key, given as its bare word. */
static inline uint64_t
word_hash(const struct facts *f, uint64_t bare)
{
	return hash_spread(&f->mix, bare);
}

static inline size_t
partition_of(uint64_t hash)
{
	return (size_t)(hash >> (64 - PART_BITS));
}

/* Which line of a partition is home. */
static inline size_t
home_line(uint64_t hash, size_t homes)
{
	return (size_t)hash_reduce(hash << PART_BITS, homes * FACTS_PAGE_LINES);
}

static inline uint64_t *
home_of(const struct partition *p, uint64_t hash)
{
	return (uint64_t *)(void *)((char *)p->page +
	    home_line(hash, p->homes) * LINE_BYTES);
}

/* How many words there are for homes. */
static inline size_t
partition_room(const struct partition *p)
{
	return p->homes * FACTS_PAGE_WORDS;
}

/* ---- lines ---- */

/* Which words of a line are the key's, as line_equal() has it, without the tag. */
static inline unsigned
line_hits(const uint64_t *line, uint64_t key, uint64_t mask)
{
	unsigned hits = line_equal(line, key, mask);

	return hits && line_has_tag(line) ?
	    hits & ((1u << 2 * (LINE_WORDS - FACTS_TAG / 8)) - 1) :
	    hits;
}

/* The word of the lowest bit of some hits. */
static inline const uint64_t *
line_hit(const uint64_t *line, unsigned hits)
{
	return line + __builtin_ctz(hits) / 2;
}

/* Does a walk go on behind this line? */
static inline bool
line_full(const uint64_t *line)
{
	return line[LINE_WORDS - 1 -
		   (line_has_tag(line) ? FACTS_TAG / 8 : 0)] != 0;
}

/* The first word that is free of a line that is not full. */
static inline uint64_t *
line_free(const uint64_t *line)
{
	return (uint64_t *)line_hit(line, line_equal(line, 0, UINT64_MAX));
}

/* From a home, the free word at which its walk ends. */
static inline uint64_t *
walk_end(const uint64_t *line)
{
	while (line_full(line))
		line += LINE_WORDS;
	return line_free(line);
}

/* The table's seed, and what follows from it.  Before anything is added. */
void facts_seed_set(struct facts *f, uint64_t seed);

/* The seed of the table it adds to. */
uint64_t facts_appender_seed(const struct facts_appender *a);

/* There may be prefixes of these lengths in what it adds. */
void facts_appender_prefixes(struct facts_appender *a, uint32_t lengths);

/* Make sure that the page of `w` is open. */
static inline int
facts_page_open(const struct facts *f, const uint64_t *w, struct err *err)
{
	const struct facts_sealed *s = f->sealed;
	size_t n;

	if (!s)
		return 0;
	n = (size_t)((const char *)w - (const char *)s->page) / FACTS_PAGE;
	if (atomic_load_explicit(&s->is_open[n], memory_order_acquire))
		return 0;
	return s->open(s->arg, n, err);
}

/* ---- facts_dict.c ---- */

/* Is this a fact that goes there? */
static inline bool
dict_takes(uint64_t fact)
{
	const unsigned kinds = 1u << FACT_DNC | 1u << FACT_LISTED |
	    1u << FACT_ALLOW | 1u << FACT_CONSENT;

	/* and of consents, so that serials do not use it up, the first */
	return (uint32_t)fact == FACT_FOREVER &&
	    (kinds >> fact_kind_of(fact) & 1) != 0 &&
	    (fact_kind_of(fact) != FACT_CONSENT || fact >> 58 <= 1);
}

/* The code of a fact, which is added if need be; 0: it is full. */
unsigned dict_code(struct facts_dict *d, uint64_t fact);

/* ---- facts_place.c ---- */

/* Calls of whatever list; those that nobody answered are counted apart. */
static inline bool
facts_same_call(uint64_t a, uint64_t b)
{
	return fact_kind_of(a) == FACT_CALL && (a ^ b) >> 58 == 0;
}

/*
 * What waits to be placed is words as they will stand in the table, in groups
 * that belong together: an entry, or a grant and its consent, both with serial
 * 1.
 */
enum {
	GATHERED = 127,
	GROUP_MOST = 4,
};

static inline size_t
group_width(const uint64_t *w)
{
	if (word_width(*w) == 1)
		return 1;
	return word_kind(w[1]) == FACT_GRANTED ? 2 + word_width(w[2]) : 2;
}

/* Place n words, GATHERED at most, in the partition, whose lock is held. */
int partition_place(struct facts *f, struct partition *p, const uint64_t *w,
    size_t n, struct err *err);

/* Place n words of entries no two of which are alike, as they stand in another
 * table with this seed and dictionary.  Nobody else may be at the partition. */
int partition_copy(struct facts *f, struct partition *p, const uint64_t *w,
    size_t n, struct err *err);

/* Make room for so many words, if that is more; for at least one. */
int partition_reserve(struct facts *f, struct partition *p, uint64_t words,
    struct err *err);

/* ---- facts_expect.c ---- */

void expected_release(struct expected *x);

/*
 * Of n words, GATHERED at most, have those that fit into slots put there, and
 * move the others that are expected to the front.  Returns how many these are;
 * *held is larger by so many entries as slots took.
 */
size_t expected_only(const struct facts *f, uint64_t *w, size_t n,
    uint64_t *held);

/*
 * A fact with this code (0: none) is known of the number in a slot.  True: the
 * slot tells that from now on, and *held is one more if it did not before;
 * false: the slot tells that the table has more.
 */
bool slot_take(expected_slot_t *slot, uint64_t code, uint64_t *held);

/* No slot tells anything of its number any more.  Nobody else is at them. */
void expected_clear(struct expected *x);

/* For a look-up of a number that was not named: its facts may have been
 * dropped.  Returns -1. */
int expected_not(struct err *err);

#endif
