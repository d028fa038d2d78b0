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

const struct expected *
facts_expected(const struct facts *f)
{
	return &f->expected;
}

/* The bits of those keys that have one; returns how many these are. */
static size_t
bits_of(const struct facts *f, const uint64_t *key, size_t n, uint64_t *bit)
{
	size_t some = 0;

	for (size_t i = 0; i < n; i++) {
		bit[some] = expected_bit(&f->expected, word_hash(f, key[i]));
		some += key[i] && expected_matters(key[i]);
	}
	return some;
}

/* Written only when need be: a line that others read too stays theirs. */
static inline void
bit_set(const struct expected *x, uint64_t bit)
{
	if (!expected_has(x, bit))
		atomic_fetch_or_explicit(&x->bits[bit / 64],
		    UINT64_C(1) << bit % 64, memory_order_relaxed);
}

void
facts_expect(struct facts *f, const uint64_t *key, size_t n)
{
	const struct expected *x = &f->expected;
	uint64_t bit[BATCH];
	size_t batch, some, i;

	if (!x->bits)
		return;
	for (; n > 0; key += batch, n -= batch) {
		batch = n < BATCH ? n : BATCH;
		some = bits_of(f, key, batch, bit);
		for (i = 0; i < some; i++)
			__builtin_prefetch((void *)&x->bits[bit[i] / 64], 1);
		for (i = 0; i < some; i++)
			bit_set(x, bit[i]);
	}
}

bool
facts_expects(const struct facts *f, uint64_t key)
{
	return !f->expected.bits || !expected_matters(key) ||
	    expected_number(f, key);
}

/* Bits are far apart, too: their memory is asked for all at once. */
size_t
expected_only(const struct facts *f, uint64_t *w, size_t n)
{
	const struct expected *x = &f->expected;
	uint64_t bit[GATHERED], *to = w;
	size_t i, k, width;

	for (i = 0, k = 0; i < n; i += group_width(w + i), k++) {
		bit[k] = expected_bit(x, word_hash(f, word_bare(w[i])));
		expected_ask(x, bit[k]);
	}
	for (i = 0, k = 0; i < n; i += width, k++) {
		width = group_width(w + i);
		if ((w[i] & (WORD_PERSON | WORD_PREFIX)) == 0 &&
		    !expected_has(x, bit[k]))
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
