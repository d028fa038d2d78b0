#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "store/numset.h"

Test(numset, remembers_the_first_row_of_every_number)
{
	enum { N = 200000 };
	struct numset s = { 0 };
	struct err err;
	uint32_t first;
	uint64_t i, wrong = 0;

	cr_expect(eq(u32, numset_find(&s, 8613800000001), 0));
	for (i = 1; i <= N; i++) {
		wrong += numset_find(&s, i * 1000003) != 0;
		cr_assert(numset_add(&s, i * 1000003, (uint32_t)i, &first,
			      &err) == 0);
		wrong += first != 0;
	}
	cr_assert(numset_add(&s, 7 * 1000003, N + 1, &first, &err) == 0);
	cr_expect(eq(u32, first, 7), "there already: told, not replaced");
	for (i = 1; i <= N; i++) {
		wrong += numset_find(&s, i * 1000003) != i;
		wrong += numset_find(&s, i * 1000003 + 1) != 0;
	}
	cr_expect(eq(u64, wrong, 0));
	numset_release(&s);
	numset_release(&s);
}

/* Many keys twice and in no order, found out ahead or not, in a set that grows
 * meanwhile: the first row of each, and the slots in order. */
Test(numset, adding_ahead_is_adding)
{
	enum { N = 60000, KEYS = 20000, BATCH = 64 };
	static uint32_t want[KEYS + 1];
	struct numset s = { 0 };
	struct err err;
	uint64_t keys[BATCH], mixed[BATCH], r = 1, wrong = 0, n = 0;
	uint32_t row = 1, first;

	cr_assert(numset_reserve(&s, 0, &err) == 0);
	while (row <= N) {
		for (int i = 0; i < BATCH; i++) {
			r = r * 6364136223846793005 + 1442695040888963407;
			keys[i] = 1 + (r >> 33) % KEYS;
			mixed[i] = numset_mixed(&s, keys[i] * 1000003);
		}
		for (int i = 0; i < BATCH; i++, row++) {
			int got = i % 3 ?
			    numset_add_mixed(&s, mixed[i], row, &first, &err) :
			    numset_add(&s, keys[i] * 1000003, row, &first,
				&err);

			cr_assert(got == 0);
			wrong += first != want[keys[i]];
			if (!want[keys[i]]) {
				want[keys[i]] = row;
				n++;
			}
		}
	}
	cr_expect(eq(u64, wrong, 0));
	cr_expect(eq(u64, s.n, n));
	for (uint64_t i = 1; i <= KEYS; i++)
		wrong += numset_find(&s, i * 1000003) != want[i];
	cr_expect(eq(u64, wrong, 0));
	for (const unsigned char *slot = s.slot, *last = NULL; slot < s.end;
	     slot += NUMSET_SLOT) {
		if (numset_at(slot) == 0)
			continue;
		wrong += last && numset_at(last) >= numset_at(slot);
		wrong += numset_home(&s, numset_at(slot)) > slot;
		last = slot;
	}
	cr_expect(eq(u64, wrong, 0), "in order, none before its home");
	cr_expect(eq(u64, numset_at(s.end), 0));
	numset_release(&s);
}

Test(numset, gives_back_every_number_once)
{
	enum { N = 5000 };
	static bool seen[N + 1];
	struct numset s = { 0 };
	struct err err;
	uint64_t key, n = 0, wrong = 0;
	uint32_t first;
	size_t at = 0;

	for (uint64_t i = 1; i <= N; i++)
		cr_assert(
		    numset_add(&s, 8613800000000 + i, 1, &first, &err) == 0);
	while (numset_next(&s, &at, &key)) {
		uint64_t i = key - 8613800000000;

		n++;
		if (i < 1 || i > N || seen[i])
			wrong++;
		else
			seen[i] = true;
	}
	cr_expect(eq(u64, n, N));
	cr_expect(eq(u64, wrong, 0));
	numset_release(&s);
}

/* The promise of the header, and of the run: 16.7 bytes a number at most,
 * once there are enough of them to matter. */
Test(numset, needs_at_most_17_bytes_a_number)
{
	struct numset s = { 0 };
	struct err err;
	uint64_t i, over = 0;
	uint32_t first;

	for (i = 1; i <= 500000; i++) {
		cr_assert(numset_add(&s, i, (uint32_t)i, &first, &err) == 0);
		over += i > 100000 && s.bytes > i * 17 + (64 << 10);
	}
	cr_expect(eq(u64, over, 0));
	numset_release(&s);
}

Test(numset, room_that_was_reserved_changes_nothing_else)
{
	enum { N = 30000 };
	struct numset s = { 0 };
	struct err err;
	uint64_t i, wrong = 0;
	uint32_t first;

	cr_assert(numset_reserve(&s, N / 10, &err) == 0);
	for (i = 1; i <= N; i++) {
		cr_assert(numset_add(&s, i, (uint32_t)i, &first, &err) == 0);
		if (i == N / 2)
			cr_assert(numset_reserve(&s, 5 * N, &err) == 0);
	}
	cr_assert(numset_reserve(&s, 1, &err) == 0);
	for (i = 1; i <= N; i++)
		wrong += numset_find(&s, i) != i;
	cr_expect(eq(u64, wrong, 0));
	numset_release(&s);
}

/* Keys that all have the last home, in both orders: the tail grows. */
Test(numset, more_keys_than_the_tail_holds)
{
	enum { N = 10000 };
	struct numset s = { 0 };
	struct err err;
	uint32_t i, first;
	uint64_t wrong = 0;

	cr_assert(numset_reserve(&s, 2 * N, &err) == 0);
	for (i = 1; i <= N; i++) {
		uint64_t mixed = UINT64_MAX - (i % 2 ? i : 3 * N - i);

		cr_assert(numset_add(&s, hash_unmixed(&s.mix, mixed), i, &first,
			      &err) == 0);
		wrong += first != 0;
	}
	for (i = 1; i <= N; i++)
		wrong += numset_find(&s,
			     hash_unmixed(&s.mix,
				 UINT64_MAX - (i % 2 ? i : 3 * N - i))) != i;
	cr_expect(eq(u64, wrong, 0));
	cr_expect(eq(sz, s.n, N));
	cr_expect(ge(sz, s.tail, N - 1));
	numset_release(&s);
}
