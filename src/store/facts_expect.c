/*
 * facts_expect.c - a table that keeps only what will be asked for.
 *
 * A number has one bit, told by the first bits of its hash.  It is set when
 * the number is named; entries of numbers whose bit is not set are dropped
 * before they are placed.  With 16 to 32 bits a number, some 3 to 6 in a
 * hundred of the others have a bit that is set, and keep a place that nobody
 * asks for.
 */
#include <assert.h>
#include <string.h>

#include "base/pages.h"
#include "store/facts_impl.h"

enum {
	BITS_EACH = 16,  /* a number, at least */
	BITS_LEAST = 15, /* 2^15 of them: a page */
	BITS_MOST = 48,
	BATCH = 64,
};

int
facts_expecting(struct facts *f, uint64_t numbers, struct err *err)
{
	struct expected *x = &f->expected;
	unsigned bits = BITS_LEAST;

	assert(!x->bits);
	while (bits < BITS_MOST && UINT64_C(1) << bits < numbers * BITS_EACH)
		bits++;
	x->bytes = (size_t)1 << bits >> 3;
	x->shift = 64 - bits;
	x->bits = pages_map(x->bytes, err);
	return x->bits ? 0 : -1;
}

/* The hashes of numbers; returns how many of the keys are some. */
static size_t
hashes_of(const struct facts *f, const uint64_t *key, size_t n, uint64_t *hash)
{
	size_t taken = 0;

	for (size_t i = 0; i < n; i++) {
		hash[taken] = word_hash(f, key[i]);
		taken += key[i] && expected_matters(key[i]);
	}
	return taken;
}

void
facts_expect(struct facts *f, const uint64_t *key, size_t n)
{
	uint64_t hash[BATCH];
	size_t batch, some, i;

	if (!f->expected.bits)
		return;
	for (; n > 0; key += batch, n -= batch) {
		batch = n < BATCH ? n : BATCH;
		some = hashes_of(f, key, batch, hash);
		for (i = 0; i < some; i++)
			__builtin_prefetch((void *)expected_word(&f->expected,
					       hash[i]),
			    1);
		for (i = 0; i < some; i++)
			expected_set(&f->expected, hash[i]);
	}
}

bool
facts_expects(const struct facts *f, uint64_t key)
{
	return !f->expected.bits || !expected_matters(key) ||
	    expected_has(&f->expected, word_hash(f, key));
}

/* Bits are far apart, too: their memory is asked for all at once. */
size_t
expected_only(const struct facts *f, uint64_t *w, size_t n)
{
	const struct expected *x = &f->expected;
	uint64_t hash[GATHERED], *to = w;
	size_t i, k, width;

	for (i = 0, k = 0; i < n; i += group_width(w + i), k++) {
		hash[k] = word_hash(f, word_bare(w[i]));
		__builtin_prefetch((void *)expected_word(x, hash[k]));
	}
	for (i = 0, k = 0; i < n; i += width, k++) {
		width = group_width(w + i);
		if (expected_matters(word_bare(w[i])) &&
		    !expected_has(x, hash[k]))
			continue;
		memmove(to, w + i, width * sizeof(*w));
		to += width;
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
