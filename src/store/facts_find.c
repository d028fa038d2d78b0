#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/facts_impl.h"

enum { TOGETHER = 64 }; /* keys whose memory is asked for at once */

/* ---- homes ---- */

/* Ask for the memory of a home, and of what lies behind it. */
static inline void
home_ask(facts_home_t home)
{
	__builtin_prefetch(home);
	__builtin_prefetch(home + LINE_WORDS);
}

static inline facts_home_t
home_of_hash(const struct facts *f, uint64_t hash)
{
	return home_of(&f->part[partition_of(hash)], hash);
}

/* Has a number, when it is looked up here, a slot? */
static inline bool
has_slot(const struct facts *f, uint64_t key)
{
	return f->expected.slot && expected_matters(key);
}

/* In this table a number's facts begin there. */
static inline bool
in_slot(const struct facts *f, uint64_t key)
{
	return f->filled && expected_matters(key);
}

/* Where a search for a slot begins, as a home. */
static inline facts_home_t
slot_home(const struct facts *f, uint64_t hash)
{
	return (facts_home_t)(const void *)expected_home(&f->expected, hash);
}

/* Where a key is looked for: among slots, or in the table itself. */
static inline facts_home_t
home_of_key(const struct facts *f, uint64_t key, bool slot)
{
	uint64_t hash = word_hash(f, subject_word(f, key));

	return slot ? slot_home(f, hash) : home_of_hash(f, hash);
}

facts_home_t
facts_home(const struct facts *f, uint64_t key)
{
	return home_of_key(f, key, in_slot(f, key));
}

/* ---- what is found ---- */

/* Room for all facts that a line may have. */
static inline bool
found_has_room(const struct facts_found *found)
{
	return found->cap - found->n >= LINE_WORDS;
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

int
facts_found_add(struct facts_found *found, const uint64_t *fact, size_t n,
    struct err *err)
{
	while (found->cap - found->n < n)
		if (found_grow(found, err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++) /* few */
		found->fact[found->n++] = fact[i];
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

/* Some keys, and where their facts begin. */
struct lookup {
	const uint64_t *key;
	size_t n;
	facts_home_t home[TOGETHER];
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

/* The number in a slot was met.  Was it named once, and is this the first time?
 * -1: it was, but is not. */
static inline int
slot_meet(expected_slot_t *slot, uint64_t was, struct err *err)
{
	if (was & EXPECTED_AGAIN)
		return 0;
	was = atomic_fetch_or_explicit(slot, EXPECTED_MET,
	    memory_order_relaxed);
	return was & EXPECTED_MET ? expected_not(err) : 1;
}

#define expected_from_usual expected_from

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
	    hits & ((1u << (LINE_WORDS - FACTS_TAG / 8)) - 1) :
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
#define slots_read_avx2 slots_read_usual

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
		line += LINE_WORDS;
		if (word_begins_page(line) && facts_page_open(f, line, err) < 0)
			return -1;
	}
	if (found->n > from)
		return 1;
	return facts_expects(f, key) ? 0 : expected_not(err);
}

/* ---- a number that has a slot ---- */

/* What the table itself has of it, from a line on. */
static int
find_more(const struct facts *f, uint64_t key, facts_home_t line,
    struct facts_found *found, struct err *err)
{
	size_t n;

	while ((n = find_from_usual(f, key, line, found, found->n)) == NO_ROOM)
		if (found_grow(found, err) < 0)
			return -1;
	found->n = n;
	return 0;
}

/* Of what is behind `from`, drop what says the same as the fact there, which
 * has no end, with one. */
static void
ends_drop(struct facts_found *found, size_t from)
{
	size_t to = from + 1;

	for (size_t i = to; i < found->n; i++)
		if (found->fact[i] >> 32 != found->fact[from] >> 32)
			found->fact[to++] = found->fact[i];
	found->n = to;
}

/* Give scopes of facts from `from` on as this run has them. */
static void __attribute__((noinline))
scopes_put(const struct facts *f, struct facts_found *found, size_t from)
{
	for (; from < found->n; from++)
		found->fact[from] = scope_mapped(f, found->fact[from]);
}

/* What a slot tells, and what the table has besides, where it says so: its home
 * there is `line`. */
static inline int
find_told(const struct facts *f, uint64_t key, uint64_t slot, facts_home_t line,
    struct facts_found *found, struct err *err)
{
	size_t from = found->n;
	unsigned code = word_code(slot & EXPECTED_CODE);

	if (code) {
		if (!found_has_room(found) && found_grow(found, err) < 0)
			return -1;
		found->fact[found->n++] = f->dict.fact[code];
	}
	if (slot & EXPECTED_MORE) {
		if (find_more(f, key, line, found, err) < 0)
			return -1;
		if (code)
			ends_drop(found, from);
	}
	if (f->scopes)
		scopes_put(f, found, from);
	return 0;
}

static int
find_in_slot(const struct facts *f, uint64_t key, facts_home_t home,
    struct facts_found *found, struct err *err)
{
	size_t from = found->n;
	expected_slot_t *slot = expected_from(&f->expected,
	    (expected_slot_t *)(uintptr_t)home, key);

	if (!slot)
		return expected_not(err);
	if (find_told(f, key, expected_at(slot),
		home_of_hash(f, word_hash(f, key)), found, err) < 0)
		return -1;
	return found->n > from;
}

/* Most look-ups are of a number in a table that is open, and find nothing: what
 * else there is has functions of its own, so that little is kept here. */
int
facts_find(const struct facts *f, uint64_t key, facts_home_t home,
    struct facts_found *found, struct err *err)
{
	size_t n = found->n;

	if (in_slot(f, key))
		return find_in_slot(f, key, home, found, err);
	if (key >= WORD_PREFIX || f->sealed || f->scopes || f->expected.slot)
		return find_any(f, key, home, found, err);
	return find_more(f, key, home, found, err) < 0 ? -1 : found->n > n;
}

/* ---- many keys ---- */

/* Each lies far from the others, and the processor fetches several at a time only
 * when it is asked for them in close succession. */
static void
homes_ask(struct lookup *l, const struct facts *f)
{
	for (size_t i = 0; i < l->n; i++) {
		l->home[i] = l->key[i] ? home_of_key(f, l->key[i], false) :
					 NULL;
		home_ask(l->home[i]);
	}
}

/* In the order of keys, whatever they are: those that have slots were named. */
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
			return 0;
		first[i] = (uint32_t)found->n;
		if (l->key[i] &&
		    facts_find(f, l->key[i], l->home[i], found, err) < 0)
			return -1;
		i++;
	}
}

/* ---- many keys that have slots ---- */

/* Where searches begin; of what has no slot, where facts do. */
static void
slots_ask(struct lookup *l, const struct facts *f)
{
	for (size_t i = 0; i < l->n; i++) {
		uint64_t key = l->key[i];

		if (!key)
			continue;
		l->home[i] = home_of_key(f, key, has_slot(f, key));
		__builtin_prefetch(l->home[i], 1);
	}
}

/* What slots say of their numbers; 0: a number has none. */
static int
slots_read(const struct facts *f, struct lookup *l, bool *once,
    uint64_t said[TOGETHER], struct err *err)
{
	slots_ask(l, f);
	return f->wide ? slots_read_avx2(f, l, once, said, err) :
			 slots_read_usual(f, l, once, said, err);
}

/* Have the memory on its way of those of whom more is known. */
static void
more_ask(const struct facts *f, struct lookup *l, const uint64_t said[TOGETHER])
{
	for (size_t i = 0; i < l->n; i++)
		if (said[i] & EXPECTED_MORE) {
			l->home[i] = home_of_hash(f, word_hash(f, l->key[i]));
			home_ask(l->home[i]);
		}
}

/* In a table that fills slots, what begins there. */
static int
slots_find(const struct facts *f, struct lookup *l, uint32_t *first,
    const uint64_t said[TOGETHER], struct facts_found *found, struct err *err)
{
	more_ask(f, l, said);
	for (size_t i = 0; i < l->n; i++) {
		uint64_t key = l->key[i];

		first[i] = (uint32_t)found->n;
		if (said[i] ?
			find_told(f, key, said[i], l->home[i], found, err) < 0 :
			key && facts_find(f, key, l->home[i], found, err) < 0)
			return -1;
	}
	return 0;
}

static int
lookup(const struct facts *f, struct lookup *l, uint32_t *first, bool *once,
    struct facts_found *found, struct err *err)
{
	uint64_t said[TOGETHER];

	if (f->expected.slot && slots_read(f, l, once, said, err) < 0)
		return -1;
	if (f->filled)
		return slots_find(f, l, first, said, found, err);
	homes_ask(l, f);
	return lookup_end(f, l, first, found, err);
}

/* Of a table that expects everything. */
static void
once_none(bool *once, size_t n)
{
	if (once)
		memset(once, 0, n * sizeof(*once));
}

int
facts_find_all(const struct facts *f, const uint64_t *key, size_t n,
    uint32_t *first, bool *once, struct facts_found *found, struct err *err)
{
	struct lookup l;
	size_t i;

	if (!f->expected.slot)
		once_none(once, n);
	for (i = 0; i < n; i += l.n) {
		l.key = key + i;
		l.n = n - i < TOGETHER ? n - i : TOGETHER;
		if (lookup(f, &l, first + i, once ? once + i : NULL, found,
			err) < 0)
			return -1;
	}
	first[n] = (uint32_t)found->n;
	return 0;
}

int
facts_once(const struct facts *f, const uint64_t *key, size_t n, bool *once,
    struct err *err)
{
	uint64_t said[TOGETHER];
	struct lookup l;

	if (!f->expected.slot) {
		once_none(once, n);
		return 0;
	}
	for (size_t i = 0; i < n; i += l.n) {
		l.key = key + i;
		l.n = n - i < TOGETHER ? n - i : TOGETHER;
		if (slots_read(f, &l, once + i, said, err) < 0)
			return -1;
	}
	return 0;
}

int
facts_not_once(const struct facts *f, uint64_t key, struct err *err)
{
	expected_slot_t *slot;

	if (!has_slot(f, key))
		return 0;
	slot = expected_find(&f->expected, word_hash(f, key), key);
	return slot && (expected_at(slot) & EXPECTED_AGAIN) ? 0 :
							      expected_not(err);
}
