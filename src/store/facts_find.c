#include <stdbool.h>
#include <stdlib.h>

#include "store/facts_impl.h"

enum { TOGETHER = 64 }; /* keys whose memory is asked for at once */

/* ---- homes ---- */

/* Ask for the memory of a home, and of what lies behind it. */
static inline void
home_ask(facts_home_t home)
{
	__builtin_prefetch(home);
	__builtin_prefetch(home + FACTS_LINE_WORDS);
}

static inline facts_home_t
home_of_hash(const struct facts *f, uint64_t hash)
{
	return home_of(&f->part[partition_of(hash)], hash);
}

/* Whether it is expected may be asked, too. */
facts_home_t
facts_home(const struct facts *f, uint64_t key)
{
	uint64_t hash = word_hash(f, subject_word(f, key));

	if (f->expected.bits)
		expected_ask(&f->expected, expected_bit(&f->expected, hash));
	return home_of_hash(f, hash);
}

void
facts_homes(const struct facts *f, const uint64_t *key, size_t n,
    facts_home_t *home)
{
	for (size_t i = 0; i < n; i++) {
		home[i] = key[i] ? facts_home(f, key[i]) : NULL;
		home_ask(home[i]);
	}
}

/* ---- what is found ---- */

/* Room for all facts that a line may have. */
static inline bool
found_has_room(const struct facts_found *found)
{
	return found->cap - found->n >= FACTS_LINE_WORDS;
}

static int
found_grow(struct facts_found *found, struct err *err)
{
	size_t cap = 2 * found->cap + 64;
	uint64_t *p = reallocarray(found->fact, cap, sizeof(*p));

	if (!p)
		return err_nomem(err);
	found->fact = p;
	found->cap = cap;
	return 0;
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

/* ---- numbers in a table that is open ---- */

/* Some keys, their hashes, and where their facts begin. */
struct lookup {
	const uint64_t *key;
	size_t n;
	uint64_t hash[TOGETHER];
	facts_home_t home[TOGETHER];
	/* Hashes of those of which nothing is known: what is there was not
	 * dropped; what is not may have been. */
	uint64_t absent[TOGETHER + 1];
	size_t absents;
};

/* Which words of a line are a number's; and the first of them. */
static inline unsigned
hits_usual(const uint64_t *line, uint64_t key)
{
	return line_hits(line, key, ~WORD_CODE);
}

static inline const uint64_t *
hit_usual(const uint64_t *line, unsigned hits)
{
	return line_hit(line, hits);
}

#define NO_ROOM SIZE_MAX

#define USUAL(name) name##_usual
#define USUAL_TARGET
#include "store/facts_find_usual.inc"
#undef USUAL
#undef USUAL_TARGET

#ifdef __SSE2__

static inline AVX2 unsigned
hits_avx2(const uint64_t *line, uint64_t key)
{
	const __m256i *v = (const __m256i *)(const void *)line;
	const __m256i m = _mm256_set1_epi64x((long long)~WORD_CODE);
	const __m256i k = _mm256_set1_epi64x((long long)key);
	__m256i a = _mm256_cmpeq_epi64(_mm256_and_si256(v[0], m), k);
	__m256i b = _mm256_cmpeq_epi64(_mm256_and_si256(v[1], m), k);
	__m256i any = _mm256_or_si256(a, b);
	unsigned hits;

	if (_mm256_testz_si256(any, any)) /* mostly */
		return 0;
	hits = words_avx2(a) | words_avx2(b) << 4;
	return line_has_tag(line) ?
	    hits & ((1u << (FACTS_LINE_WORDS - FACTS_TAG / 8)) - 1) :
	    hits;
}

static inline AVX2 const uint64_t *
hit_avx2(const uint64_t *line, unsigned hits)
{
	return line + __builtin_ctz(hits);
}

#define USUAL(name) name##_avx2
#define USUAL_TARGET AVX2
#include "store/facts_find_usual.inc"

#else

#define find_avx2 find_usual

#endif

/* ---- one key ---- */

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

/* In pages that may be sealed, with scopes that may be mapped. */
static int __attribute__((noinline)) find_any(const struct facts *f,
    uint64_t key, facts_home_t home, struct facts_found *found, struct err *err)
{
	uint64_t word = subject_word(f, key), mask = word_mask(word);
	const uint64_t *line = home;
	size_t from = found->n;
	unsigned hits;

	if (facts_page_open(f, line, err) < 0)
		return -1;
	for (;;) {
		hits = line_hits(line, word, mask);
		if (hits && !found_has_room(found) &&
		    found_grow(found, err) < 0)
			return -1;
		for (; hits; hits &= hits - 1)
			found->fact[found->n++] = scope_mapped(f,
			    entry_fact(f, line_hit(line, hits)));
		if (!line_full(line))
			break;
		line += FACTS_LINE_WORDS;
		if (word_begins_page(line) && facts_page_open(f, line, err) < 0)
			return -1;
	}
	if (found->n > from)
		return 1;
	return facts_expects(f, key) ? 0 : expected_not(err);
}

/* Most look-ups are of a number in a table that is open, and find nothing: what
 * else there is has functions of its own, so that little is kept here. */
int
facts_find(const struct facts *f, uint64_t key, facts_home_t home,
    struct facts_found *found, struct err *err)
{
	size_t n;

	if (key >= WORD_PREFIX || f->sealed || f->scopes)
		return find_any(f, key, home, found, err);
	while ((n = find_from_usual(f, key, home, found, found->n)) == NO_ROOM)
		if (found_grow(found, err) < 0)
			return -1;
	if (n > found->n) {
		found->n = n;
		return 1;
	}
	return !f->expected.bits || expected_number(f, key) ? 0 :
							      expected_not(err);
}

/* ---- many keys ---- */

static void
lookup_begin(struct lookup *l, const struct facts *f)
{
	l->absents = 0;
	for (size_t i = 0; i < l->n; i++) {
		if (!l->key[i])
			continue;
		l->hash[i] = word_hash(f, subject_word(f, l->key[i]));
		l->home[i] = home_of_hash(f, l->hash[i]);
		home_ask(l->home[i]);
	}
}

/* Were all of these expected?  Bits are far apart, as homes are. */
static int
absent_check(const struct facts *f, const struct lookup *l, struct err *err)
{
	const struct expected *x = &f->expected;
	bool all = true;

	if (!x->bits)
		return 0;
	for (size_t i = 0; i < l->absents; i++)
		expected_ask(x, expected_bit(x, l->absent[i]));
	for (size_t i = 0; i < l->absents; i++)
		all &= expected_has(x, expected_bit(x, l->absent[i]));
	return all ? 0 : expected_not(err);
}

/* The same in the order of keys, whatever they are. */
static int
lookup_end(const struct facts *f, struct lookup *l, uint32_t *first,
    struct facts_found *found, struct err *err)
{
	const bool usual = !f->sealed && !f->scopes;
	size_t i = 0;

	for (;;) {
		if (usual)
			i = f->wide ? find_avx2(f, l, i, first, found) :
				      find_usual(f, l, i, first, found);
		if (i == l->n)
			return absent_check(f, l, err);
		first[i] = (uint32_t)found->n;
		if (l->key[i] &&
		    facts_find(f, l->key[i], l->home[i], found, err) < 0)
			return -1;
		i++;
	}
}

int
facts_find_all(const struct facts *f, const uint64_t *key, size_t n,
    uint32_t *first, struct facts_found *found, struct err *err)
{
	struct lookup l;
	size_t i;

	for (i = 0; i < n; i += l.n) {
		l.key = key + i;
		l.n = n - i < TOGETHER ? n - i : TOGETHER;
		lookup_begin(&l, f);
		if (lookup_end(f, &l, first + i, found, err) < 0)
			return -1;
	}
	first[n] = (uint32_t)found->n;
	return 0;
}
