#include <criterion/criterion.h>
#include <criterion/new/assert.h>

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

Test(hash, seeds_differ)
{
	uint64_t a = 0, b = 0;
	struct err err;

	cr_assert(eq(int, hash_seed(&a, &err), 0));
	cr_assert(eq(int, hash_seed(&b, &err), 0));
	cr_expect(ne(u64, a, b));
}
