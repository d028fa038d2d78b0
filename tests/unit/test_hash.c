#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

Test(hash, a_key_and_its_bytes_have_one_hash)
{
	uint64_t key = 8613800000000;

	cr_expect(eq(u64, hash_u64(key, 7), hash_bytes(&key, sizeof(key), 7)));
}

Test(hash, another_seed_or_key_gives_another_hash)
{
	cr_expect(ne(u64, hash_u64(1, 1), hash_u64(1, 2)));
	cr_expect(ne(u64, hash_u64(1, 1), hash_u64(2, 1)));
	cr_expect(ne(u64, hash_bytes("ab", 2, 1), hash_bytes("ab", 1, 1)));
}

Test(hash, reduce_stays_below_n)
{
	static const uint64_t n[] = { 1, 2, 3, 1000003, UINT64_MAX };

	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		cr_expect(eq(u64, hash_reduce(0, n[i]), 0));
		/* floor((2^64 - 1) * n / 2^64) is n - 1 for any n */
		cr_expect(eq(u64, hash_reduce(UINT64_MAX, n[i]), n[i] - 1));
	}
	cr_expect(eq(u64, hash_reduce(UINT64_C(1) << 63, 10), 5));
}

Test(hash, reduce_keeps_the_order)
{
	uint64_t last = 0;

	for (uint64_t h = 0; h < 1000; h++) {
		uint64_t at = hash_reduce(h * (UINT64_MAX / 1000), 77);

		cr_expect(ge(u64, at, last));
		last = at;
	}
	cr_expect(eq(u64, last, 76));
}

Test(hash, reduce_spreads_keys_in_a_row)
{
	unsigned in[16] = { 0 };

	for (uint64_t key = 0; key < 16000; key++)
		in[hash_reduce(hash_u64(8613800000000 + key, 42), 16)]++;
	/* 1000 each is expected, with a deviation of about 31 */
	for (int i = 0; i < 16; i++) {
		cr_expect(gt(uint, in[i], 800));
		cr_expect(lt(uint, in[i], 1200));
	}
}

Test(hash, a_mixed_key_is_unmixed_again)
{
	struct hash_mix m, other;
	uint64_t wrong = 0, same = 0;

	hash_mix_init(&m, 42);
	hash_mix_init(&other, 43);
	cr_expect(eq(u64, m.by[0] * m.back[0], 1));
	cr_expect(eq(u64, m.by[1] * m.back[1], 1));
	cr_expect(eq(u64, hash_mixed(&m, 0), 0), "no key but 0 is free");
	for (uint64_t i = 1; i < 100000; i++) {
		uint64_t key = i * 0x9e3779b97f4a7c15;

		wrong += hash_unmixed(&m, hash_mixed(&m, key)) != key;
		wrong += hash_unmixed(&m, hash_mixed(&m, i)) != i;
		same += hash_mixed(&m, i) == hash_mixed(&other, i);
	}
	cr_expect(eq(u64, wrong, 0));
	cr_expect(eq(u64, same, 0));
}

/* Numbers in a row, numbers that differ in their first digits only, and every
 * bit alone: a cell of 4096 has 16 of 65536 keys, with a deviation of 4. */
Test(hash, mixed_keys_are_spread)
{
	enum { CELLS = 4096, KEYS = 65536 };
	static unsigned in[CELLS];
	struct hash_mix m;

	for (uint64_t seed = 1; seed <= 20; seed++) {
		hash_mix_init(&m, seed);
		for (int way = 0; way < 3; way++) {
			double chi = 0;

			memset(in, 0, sizeof(in));
			for (uint64_t i = 0; i < KEYS; i++) {
				uint64_t key = way == 0 ? 8613800000000 + i :
				    way == 1            ? i * 100000000 + 7 :
							  i << 48 | i << 7;

				in[hash_reduce(hash_mixed(&m, key), CELLS)]++;
			}
			for (int i = 0; i < CELLS; i++)
				chi += (in[i] - 16.0) * (in[i] - 16.0) / 16;
			/* 4095 degrees of freedom: 91 is one deviation */
			cr_expect(lt(dbl, chi, 4095 + 8 * 91.0),
			    "seed %d way %d: %.0f", (int)seed, way, chi);
		}
	}
}

/* As scrub-index(5) has it: what an index was laid by has to be found again. */
Test(hash, a_place_is_told_as_it_is_described)
{
	const uint64_t seed = 42, key = 8613800000000;
	uint64_t a = hash_u64(0, seed) | 1, b = hash_u64(1, seed) | 1;
	struct hash_mix m;

	hash_mix_init(&m, seed);
	cr_expect(eq(u64, hash_spread(&m, key),
	    (key * a ^ key * a / (UINT64_C(1) << 32)) * b));
}

/* The same keys, and the same measure; what tells a bit by a place looks at
 * more of them. */
Test(hash, places_are_spread)
{
	enum { CELLS = 1 << 18, KEYS = CELLS };
	unsigned *in = calloc(CELLS, sizeof(*in));
	struct hash_mix m;

	for (uint64_t seed = 1; seed <= 20; seed++) {
		hash_mix_init(&m, seed);
		for (int way = 0; way < 3; way++) {
			double chi = 0;

			memset(in, 0, CELLS * sizeof(*in));
			for (uint64_t i = 0; i < KEYS; i++) {
				uint64_t key = way == 0 ? 8613800000000 + i :
				    way == 1            ? i * 100000000 + 7 :
							  i << 45 | i << 7;

				in[hash_reduce(hash_spread(&m, key), CELLS)]++;
			}
			for (int i = 0; i < CELLS; i++)
				chi += (in[i] - 1.0) * (in[i] - 1.0);
			/* as many degrees of freedom: 724 is one deviation,
			 * and eleven of them would do no harm */
			cr_expect(lt(dbl, chi, CELLS * 1.03),
			    "seed %d way %d: %.0f", (int)seed, way, chi);
		}
	}
	free(in);
}

Test(hash, seeds_differ)
{
	uint64_t a = 0, b = 0;
	struct err err;

	cr_assert(eq(int, hash_seed(&a, &err), 0));
	cr_assert(eq(int, hash_seed(&b, &err), 0));
	cr_expect(ne(u64, a, b));
}
