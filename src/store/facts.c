#include "store/facts.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/pages.h"
#include "store/facts_impl.h"

enum { MEMO_BITS = 6 };

/* What one thread has gathered for one partition: 1024 bytes.  There is always
 * room for one group more. */
struct gathered {
	uint32_t n;
	uint32_t unasked; /* not 0: some may not be expected */
	uint64_t word[GATHERED];
};

/* Codes of the facts that a thread has met. */
struct memo {
	uint64_t fact;
	uint64_t code;
};

struct facts_appender {
	struct facts_appender *next;
	struct facts *facts;
	uint64_t added; /* entries */
	uint64_t words; /* that were placed, or dropped then */
	uint64_t held;  /* entries that slots took */
	uint32_t prefix_lengths;
	struct memo memo[1 << MEMO_BITS];
	struct gathered part[FACTS_PARTS];
};

void
facts_seed_set(struct facts *f, uint64_t seed)
{
	f->seed = seed;
	hash_mix_init(&f->mix, seed);
	f->expected.mix = f->mix;
}

static int
facts_new_seeded(struct facts **out, unsigned calls_kept, uint64_t seed,
    struct err *err)
{
	struct facts *f;

	*out = NULL;
	if (!(f = calloc(1, sizeof(*f))))
		return err_nomem(err);
	facts_seed_set(f, seed);
	f->wide = has_avx2();
	f->calls_kept = calls_kept;
	for (size_t i = 0; i < FACTS_PARTS; i++)
		pthread_mutex_init(&f->part[i].lock, NULL);
	pthread_mutex_init(&f->dict.lock, NULL);
	pthread_rwlock_init(&f->naming, NULL);
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
	expected_release(&f->expected);
	pthread_rwlock_destroy(&f->naming);
	pthread_mutex_destroy(&f->dict.lock);
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
	uint64_t count = f->held;

	for (size_t i = 0; i < FACTS_PARTS; i++)
		count += f->part[i].count;
	return count;
}

uint64_t
facts_words(const struct facts *f)
{
	uint64_t words = f->held;

	for (size_t i = 0; i < FACTS_PARTS; i++)
		words += f->part[i].words;
	return words;
}

uint32_t
facts_prefix_lengths(const struct facts *f)
{
	return f->prefix_lengths;
}

int
facts_reserve(struct facts *f, uint64_t words, struct err *err)
{
	/* partitions differ by chance: by some roots of n */
	uint64_t n = words / FACTS_PARTS + words / FACTS_PARTS / 64 + 64;
	int ret = 0;

	if (f->expected.slot)
		return 0;

	for (size_t i = 0; i < FACTS_PARTS && ret == 0; i++) {
		struct partition *p = &f->part[i];

		pthread_mutex_lock(&p->lock);
		ret = partition_reserve(f, p, n, err);
		pthread_mutex_unlock(&p->lock);
	}
	return ret;
}

/* ---- adding ---- */

static inline struct memo *
memo_of(struct facts_appender *a, uint64_t fact)
{
	return &a->memo[fact * UINT64_C(0x9e3779b97f4a7c15) >>
	    (64 - MEMO_BITS)];
}

static uint64_t __attribute__((noinline))
code_find(struct facts_appender *a, struct memo *m, uint64_t fact)
{
	if (!dict_takes(fact))
		return 0;
	m->code = dict_code(&a->facts->dict, fact);
	m->fact = fact;
	return m->code;
}

/* The code of a fact; 0: it has none. */
static inline uint64_t
code_of(struct facts_appender *a, uint64_t fact)
{
	struct memo *m = memo_of(a, fact);

	return m->fact == fact ? m->code : code_find(a, m, fact);
}

static int
flush(struct facts_appender *a, struct gathered *g, struct err *err)
{
	struct facts *f = a->facts;
	struct partition *p = &f->part[g - a->part];
	size_t n = g->n;
	int ret;

	if (g->unasked && f->expected.slot)
		n = expected_only(f, g->word, n, &a->held);
	a->words += g->n;
	g->n = g->unasked = 0;
	pthread_mutex_lock(&p->lock);
	ret = partition_place(f, p, g->word, n, err);
	pthread_mutex_unlock(&p->lock);
	return ret;
}

/* Where the group of a key goes that is given as its bare word. */
static inline struct gathered *
gathered_of(struct facts_appender *a, uint64_t bare)
{
	return &a->part[partition_of(word_hash(a->facts, bare))];
}

/* A group of so many entries and words has been put behind what there is. */
static inline int
gather(struct facts_appender *a, struct gathered *g, unsigned entries,
    size_t words, struct err *err)
{
	a->added += entries;
	g->n += (uint32_t)words;
	return g->n <= GATHERED - GROUP_MOST ? 0 : flush(a, g, err);
}

/* An entry at `to`, with its fact behind it, or a code; its width. */
static size_t
entry_put(struct facts_appender *a, uint64_t *to, uint64_t bare, uint64_t fact)
{
	uint64_t code = bare & WORD_PERSON ? 0 : code_of(a, fact);

	to[0] = bare | code << CODE_SHIFT;
	to[1] = fact_word(fact);
	return code ? 1 : 2;
}

static inline bool
fact_is_some(uint64_t fact)
{
	return fact_kind_of(fact) != FACT_NONE &&
	    fact_kind_of(fact) < FACT_KINDS;
}

/* Any entry. */
static int
add_any(struct facts_appender *a, uint64_t key, uint64_t fact, struct err *err)
{
	uint64_t bare = subject_word(a->facts, key);
	struct gathered *g = gathered_of(a, bare);

	assert(key != 0 && fact_is_some(fact));
	g->unasked = true;
	return gather(a, g, 1, entry_put(a, g->word + g->n, bare, fact), err);
}

int
facts_add(struct facts_appender *a, uint64_t key, const struct fact *fact,
    struct err *err)
{
	return add_any(a, key, fact_pack(fact), err);
}

int
facts_add_named(struct facts_appender *a, const struct facts_named *named,
    struct err *err)
{
	uint64_t told = 0;

	for (size_t i = 0; i < named->n; i++) {
		struct gathered *g = &a->part[partition_of(named->hash[i])];
		uint64_t key = named->key[i], fact = named->fact[i], code;
		uint32_t n = g->n;

		code = (uint32_t)fact == FACT_FOREVER ? code_of(a, fact) : 0;
		if (named->slot[i] && a->facts->filled &&
		    slot_take(named->slot[i], code, &a->held)) {
			told++;
			continue;
		}
		g->word[n++] = key | code << CODE_SHIFT;
		if (!code)
			g->word[n++] = fact_word(fact);
		g->n = n;
		if (n > GATHERED - GROUP_MOST && flush(a, g, err) < 0)
			return -1;
	}
	a->added += named->n;
	a->words += told;
	return 0;
}

void
facts_drop(struct facts_appender *a, uint64_t facts)
{
	a->added += facts;
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
	uint64_t bare = subject_word(a->facts, key);
	struct gathered *g = gathered_of(a, bare);
	uint64_t *to = g->word + g->n;
	struct fact given = *fact, first = *fact;

	assert(key != 0 && fact->kind == FACT_CONSENT && fact->n == 0);
	g->unasked = true;
	given.kind = FACT_GRANTED;
	given.until = granted;
	given.n = first.n = 1; /* the serial they will have, as a rule */
	to[0] = bare;
	to[1] = fact_word(fact_pack(&given));
	return gather(a, g, 2,
	    2 + entry_put(a, to + 2, bare, fact_pack(&first)), err);
}

uint64_t
facts_appender_seed(const struct facts_appender *a)
{
	return a->facts->seed;
}

void
facts_appender_prefixes(struct facts_appender *a, uint32_t lengths)
{
	a->prefix_lengths |= lengths;
}

uint64_t
facts_appended_words(const struct facts_appender *a)
{
	uint64_t words = a->words;

	for (size_t i = 0; i < FACTS_PARTS; i++)
		words += a->part[i].n;
	return words;
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
			if (flush(a, &a->part[i], err) < 0)
				return -1;
		f->added += a->added;
		f->held += a->held;
		f->prefix_lengths |= a->prefix_lengths;
	}
	appenders_free(f);
	/* look-ups need not ask whether there is a table */
	for (i = 0; i < FACTS_PARTS; i++)
		if (!f->part[i].page &&
		    partition_reserve(f, &f->part[i], 1, err) < 0)
			return -1;
	return 0;
}
