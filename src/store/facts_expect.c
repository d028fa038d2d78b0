/*
 * facts_expect.c - a table that keeps only what will be asked for.
 *
 * A number that is named gets a slot (expected.h); entries of others are dropped
 * before they are placed.  The first fact that many share and that is known of
 * a number goes into its slot: of most numbers nothing else is known.
 */
#include <assert.h>

#include "base/pages.h"
#include "store/facts_impl.h"

enum {
	LINES_LEAST = FACTS_PAGE / LINE_BYTES,
	BATCH = 64,
};

/* ---- room ---- */

/* One line in ten is full when four of seven slots are taken: memory that is fresh
 * costs more than to look at the next line. */
static size_t
lines_for(uint64_t numbers)
{
	uint64_t lines = numbers / LINE_WORDS * 7 / 4 + 1;

	return lines < LINES_LEAST ? LINES_LEAST : (size_t)lines;
}

/* So many slots may be taken: a search needs one that is free. */
static size_t
slots_most(const struct expected *x)
{
	return x->lines * (LINE_WORDS - 1);
}

static int
slots_map(struct expected *x, size_t lines, size_t threads, struct err *err)
{
	x->slot = pages_map_by(lines * LINE_BYTES, threads, err);
	x->lines = lines;
	return x->slot ? 0 : -1;
}

void
expected_release(struct expected *x)
{
	pages_unmap((void *)x->slot, x->lines * LINE_BYTES);
	x->slot = NULL;
}

int
facts_expecting(struct facts *f, uint64_t numbers, size_t threads,
    struct err *err)
{
	assert(!f->expected.slot);
	f->filled = true;
	return slots_map(&f->expected, lines_for(numbers), threads, err);
}

void
facts_lend_slots(struct facts *f)
{
	f->filled = false;
}

const struct expected *
facts_expected(const struct facts *f)
{
	return &f->expected;
}

/* ---- naming ---- */

#define USUAL(name) name
#define USUAL_TARGET
#include "store/facts_expect_usual.inc"
#undef USUAL
#undef USUAL_TARGET

#ifdef __SSE2__

#define USUAL(name) name##_avx2
#define USUAL_TARGET AVX2
#include "store/facts_expect_usual.inc"

#else

#define slots_name_avx2 slots_name

#endif

/* Room for more: all slots anew, in the order of hashes, here as there. */
static int
slots_grow(struct expected *x, size_t numbers, struct err *err)
{
	struct expected more = *x;

	if (slots_map(&more, lines_for(numbers), 1, err) < 0)
		return -1;
	for (size_t i = 0; i < x->lines * LINE_WORDS; i++) {
		uint64_t word = expected_at(x->slot + i);
		uint64_t hash = expected_hash(x, word & EXPECTED_KEY);

		if (word)
			slot_name(&more, expected_home(&more, hash), word);
	}
	expected_release(x);
	*x = more;
	return 0;
}

/* Hold the slots, with room for n more; on failure they are not held. */
static int
slots_hold(struct facts *f, size_t n, struct err *err)
{
	struct expected *x = &f->expected;
	size_t all;
	int ret;

	for (;;) {
		pthread_rwlock_rdlock(&f->naming);
		all = atomic_fetch_add(&f->named, n) + n;
		if (all <= slots_most(x))
			return 0;
		atomic_fetch_sub(&f->named, n);
		pthread_rwlock_unlock(&f->naming);
		pthread_rwlock_wrlock(&f->naming);
		ret = all > slots_most(x) ? slots_grow(x, 2 * all, err) : 0;
		pthread_rwlock_unlock(&f->naming);
		if (ret < 0)
			return -1;
	}
}

/* Those of n keys that have a slot, and where their searches begin; returns how
 * many these are. */
static size_t
homes_of(const struct expected *x, const uint64_t *key, size_t n,
    uint64_t *some, expected_slot_t **home)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		some[to] = key[i];
		home[to] = expected_home(x, expected_hash(x, key[i]));
		__builtin_prefetch((void *)home[to], 1);
		to += key[i] && expected_matters(key[i]);
	}
	return to;
}

int
facts_expect(struct facts *f, const uint64_t *key, size_t n, struct err *err)
{
	const struct expected *x = &f->expected;
	expected_slot_t *home[BATCH];
	uint64_t some[BATCH];
	size_t named = 0, batch, some_n, i;

	if (!f->filled || n == 0)
		return 0;
	if (slots_hold(f, n, err) < 0)
		return -1;
	for (i = 0; i < n; i += batch) {
		batch = n - i < BATCH ? n - i : BATCH;
		some_n = homes_of(x, key + i, batch, some, home);
		named += f->wide ? slots_name_avx2(x, home, some, some_n) :
				   slots_name(x, home, some, some_n);
	}
	atomic_fetch_sub(&f->named, n - named);
	pthread_rwlock_unlock(&f->naming);
	return 0;
}

bool
facts_expects(const struct facts *f, uint64_t key)
{
	const struct expected *x = &f->expected;

	return !x->slot || !expected_matters(key) ||
	    expected_find(x, expected_hash(x, key), key) != NULL;
}

/* ---- adding ---- */

bool
slot_take(expected_slot_t *slot, uint64_t code, uint64_t *held)
{
	uint64_t was = expected_at(slot);

	code <<= EXPECTED_CODE_SHIFT;
	while (code && (was & EXPECTED_CODE) == 0)
		if (atomic_compare_exchange_weak_explicit(slot, &was,
			was | code, memory_order_relaxed,
			memory_order_relaxed)) {
			++*held;
			return true;
		}
	if (code && (was & EXPECTED_CODE) == code)
		return true;
	if (!(was & EXPECTED_MORE))
		atomic_fetch_or_explicit(slot, EXPECTED_MORE,
		    memory_order_relaxed);
	return false;
}

void
expected_clear(struct expected *x)
{
	for (size_t i = 0; i < x->lines * LINE_WORDS; i++) {
		uint64_t word = expected_at(x->slot + i) &
		    ~(EXPECTED_CODE | EXPECTED_MORE);

		atomic_store_explicit(x->slot + i, word, memory_order_relaxed);
	}
}

/* Slots are far apart: their memory is asked for all at once. */
size_t
expected_only(const struct facts *f, uint64_t *w, size_t n, uint64_t *held)
{
	const struct expected *x = &f->expected;
	uint64_t hash[GATHERED], *to = w;
	size_t i, k, width;

	for (i = 0, k = 0; i < n; i += group_width(w + i), k++) {
		hash[k] = word_hash(f, word_bare(w[i]));
		expected_ask(x, hash[k]);
	}
	for (i = 0, k = 0; i < n; i += width, k++) {
		expected_slot_t *slot;

		width = group_width(w + i);
		if ((w[i] & (WORD_PERSON | WORD_PREFIX)) == 0 &&
		    (!(slot = expected_find(x, hash[k], word_bare(w[i]))) ||
			(f->filled && slot_take(slot, word_code(w[i]), held))))
			continue;
		for (size_t j = 0; j < width; j++)
			*to++ = w[i + j];
	}
	return (size_t)(to - w);
}

int
expected_not(struct err *err)
{
	err_set(err, ERR_INPUT,
	    "a number that was not there at first: the file was changed while "
	    "it was read");
	return err_hint(err, "run again when nobody writes to it");
}
