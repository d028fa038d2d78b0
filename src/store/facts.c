#include "store/facts.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/pages.h"
#include "store/facts_impl.h"

enum {
	BUFFERED = 128, /* entries a thread gathers before it places them */
	MEMO = 64,
	LATEST = 1024, /* words by which the share is told that stays */
	WISH_LEAST = 4096,
};

/* What one thread has gathered for one partition. */
struct gathered {
	size_t n;
	struct waiting wait[BUFFERED];
};

/* Codes of the facts that a thread has met. */
struct memo {
	uint64_t fact;
	unsigned code;
};

struct facts_appender {
	struct facts_appender *next;
	struct facts *facts;
	uint64_t added, words;
	uint32_t prefix_lengths;
	struct memo memo[MEMO];
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
	pthread_mutex_init(&f->dict.lock, NULL);
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
	pages_unmap((void *)f->expected.bits, f->expected.bytes);
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
	uint64_t count = 0;

	for (size_t i = 0; i < FACTS_PARTS; i++)
		count += f->part[i].count;
	return count;
}

uint64_t
facts_words(const struct facts *f)
{
	uint64_t words = 0;

	for (size_t i = 0; i < FACTS_PARTS; i++)
		words += f->part[i].words;
	return words;
}

uint32_t
facts_prefix_lengths(const struct facts *f)
{
	return f->prefix_lengths;
}

/*
 * Of n words, those that have come included, how many will be there?  As many
 * of the rest as of the latest, since lists differ; but not more at once than
 * four times what is there, since parts of one list differ, too.
 */
static uint64_t
wish_kept(const struct partition *p, uint64_t n)
{
	const struct share *s = &p->share;
	uint64_t most = 4 * p->words + WISH_LEAST, rest = 0;

	if (n > p->words + s->dropped)
		rest = n - p->words - s->dropped;
	n = p->words + rest * s->stayed / (s->came + 1);
	return n < most ? n : most;
}

int
facts_reserve(struct facts *f, uint64_t words, struct err *err)
{
	/* partitions differ by chance: by some roots of n */
	uint64_t n = words / FACTS_PARTS + words / FACTS_PARTS / 64 + 64;
	int ret = 0;

	for (size_t i = 0; i < FACTS_PARTS && ret == 0; i++) {
		struct partition *p = &f->part[i];

		pthread_mutex_lock(&p->lock);
		ret = partition_reserve(f, p,
		    f->expected.bits ? wish_kept(p, n) : n, err);
		pthread_mutex_unlock(&p->lock);
	}
	return ret;
}

/* ---- adding ---- */

/* The code of a fact; 0: it has none. */
static inline unsigned
code_of(struct facts_appender *a, uint64_t fact)
{
	struct memo *m =
	    &a->memo[hash_reduce(fact * UINT64_C(0x9e3779b97f4a7c15), MEMO)];

	if (m->fact == fact)
		return m->code;
	if (!dict_takes(fact))
		return 0;
	m->code = dict_code(&a->facts->dict, fact);
	m->fact = fact;
	return m->code;
}

/* The word of an entry: of its key, with the fact's code. */
static inline uint64_t
entry_word(struct facts_appender *a, uint64_t key, uint64_t fact)
{
	uint64_t word = key_word(key);

	return word & WORD_PERSON ?
	    word :
	    word | (uint64_t)code_of(a, fact) << CODE_SHIFT;
}

static uint64_t
waiting_words(const struct gathered *g)
{
	uint64_t words = 0;

	for (size_t i = 0; i < g->n; i++)
		words += word_width(g->wait[i].word);
	return words;
}

/* So many words came, so many of them stay. */
static void
share_note(struct share *s, uint64_t came, uint64_t stay)
{
	s->dropped += came - stay;
	s->came += came;
	s->stayed += stay;
	if (s->came > LATEST) {
		s->came /= 2;
		s->stayed /= 2;
	}
}

static int
flush(struct facts *f, size_t part, struct gathered *g, struct err *err)
{
	struct partition *p = &f->part[part];
	uint64_t came = 0;
	int ret;

	if (f->expected.bits) {
		came = waiting_words(g);
		g->n = expected_only(f, g->wait, g->n);
	}
	pthread_mutex_lock(&p->lock);
	if (f->expected.bits)
		share_note(&p->share, came, waiting_words(g));
	ret = g->n ? partition_place(f, p, g->wait, g->n, err) : 0;
	pthread_mutex_unlock(&p->lock);
	if (ret == 0)
		g->n = 0;
	return ret;
}

/* Room for n entries of a facts_key(), side by side. */
static inline struct waiting *
gather(struct facts_appender *a, uint64_t key, size_t n, struct err *err)
{
	uint64_t hash = hash_u64(key, a->facts->seed);
	size_t part = partition_of(hash), i;
	struct gathered *g = &a->part[part];

	assert(key != 0);
	if (g->n + n > BUFFERED && flush(a->facts, part, g, err) < 0)
		return NULL;
	for (i = 0; i < n; i++)
		g->wait[g->n + i].hash = hash;
	g->n += n;
	a->added += n;
	return &g->wait[g->n - n];
}

int
facts_add_packed(struct facts_appender *a, uint64_t key, uint64_t fact,
    struct err *err)
{
	struct waiting *w;

	assert(
	    fact_kind_of(fact) != FACT_NONE && fact_kind_of(fact) < FACT_KINDS);
	key = facts_key(key, a->facts->seed);
	if (!(w = gather(a, key, 1, err)))
		return -1;
	w->word = entry_word(a, key, fact);
	w->fact = fact;
	a->words += word_width(w->word);
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
	struct waiting *w;
	struct fact given = *fact, first = *fact;

	assert(fact->kind == FACT_CONSENT && fact->n == 0);
	key = facts_key(key, a->facts->seed);
	if (!(w = gather(a, key, 2, err)))
		return -1;
	given.kind = FACT_GRANTED;
	given.until = granted;
	first.n = 1; /* the serial it will have, as a rule */
	w[0].word = key_word(key);
	w[0].fact = fact_pack(&given);
	w[1].word = entry_word(a, key, fact_pack(&first));
	w[1].fact = fact_pack(fact);
	a->words += word_width(w[0].word) + word_width(w[1].word);
	return 0;
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
	return a->words;
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
		    partition_reserve(f, &f->part[i], 1, err) < 0)
			return -1;
	return 0;
}

/* ---- looking up ---- */

facts_home_t
facts_home(const struct facts *f, uint64_t key)
{
	uint64_t hash = hash_u64(facts_key(key, f->seed), f->seed);

	if (f->expected.bits)
		__builtin_prefetch((void *)expected_word(&f->expected, hash));
	return home_of(&f->part[partition_of(hash)], hash);
}

void
facts_homes(const struct facts *f, const uint64_t *key, size_t n,
    facts_home_t *home)
{
	size_t i;

	for (i = 0; i < n; i++) {
		home[i] = key[i] ? facts_home(f, key[i]) : NULL;
		__builtin_prefetch(home[i]);
		__builtin_prefetch((const char *)home[i] + FACTS_LINE);
		__builtin_prefetch((const char *)home[i] + 2 * FACTS_LINE);
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

int
facts_find(const struct facts *f, uint64_t key, facts_home_t home,
    struct facts_found *found, struct err *err)
{
	uint64_t word = key_word(facts_key(key, f->seed));
	uint64_t mask = word_mask(word), fact;
	const uint64_t *line = home;
	unsigned hits;
	int any = 0;

	if (facts_page_open(f, line, err) < 0)
		return -1;
	for (;;) {
		hits = line_hits(line, word, mask);
		for (; hits; hits &= hits - 1) {
			fact = entry_fact(f, line + __builtin_ctz(hits));
			if (found_add(found, scope_mapped(f, fact), err) < 0)
				return -1;
			any = 1;
		}
		if (!line_full(line))
			break;
		line += FACTS_LINE_WORDS;
		if (word_begins_page(line) && facts_page_open(f, line, err) < 0)
			return -1;
	}
	/* what is there was not dropped */
	return any || facts_expects(f, key) ? any : expected_not(err);
}

void
facts_calls_trim(uint64_t *fact, size_t from, size_t *n, unsigned kept)
{
	uint64_t last = fact[*n - 1];
	size_t i, calls = 0, first = *n - 1;

	for (i = from; i < *n; i++) {
		if (!facts_same_call(fact[i], last))
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
