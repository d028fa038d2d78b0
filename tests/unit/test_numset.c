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

/* The same in runs of any length, that zeros and what is there already end. */
Test(numset, a_run_adds_what_adding_one_by_one_does)
{
	enum { N = 60000, KEYS = 40000, BATCH = 64 };
	struct numset one = { 0 }, runs = { 0 };
	struct err err;
	uint64_t key[BATCH], mixed[BATCH], r = 1, wrong = 0, ended[3] = { 0 };
	uint32_t row = UINT32_MAX - N / 6, first, want;

	cr_assert(numset_reserve(&runs, 0, &err) == 0);
	for (size_t done = 0; done < N; done += BATCH) {
		size_t i = 0, n = 1 + (r >> 40) % BATCH;

		for (size_t k = 0; k < n; k++) {
			r = r * 6364136223846793005 + 1442695040888963407;
			key[k] = (1 + (r >> 33) % KEYS) * 1000003;
			if ((r >> 20) % 16 == 0)
				key[k] = 0;
			mixed[k] = numset_mixed(&runs, key[k]);
			wrong += numset_key(&runs, mixed[k]) != key[k];
		}
		while (i < n) {
			int got = numset_add_run(&runs, mixed + i, n - i, row,
			    &first, &err);

			cr_assert(got >= 0 && (size_t)got <= n - i);
			for (int k = 0; k < got; k++) {
				cr_assert(numset_add(&one, key[i++], row, &want,
					      &err) == 0);
				wrong += want != 0;
				row += row < UINT32_MAX;
			}
			if (i == n) {
				wrong += first != 0;
				ended[0]++;
			} else if (key[i] == 0) {
				wrong += first != 0;
				ended[1]++;
			} else {
				wrong += first == 0 ||
				    first != numset_find(&one, key[i]);
				ended[2]++;
			}
			i++;
		}
	}
	cr_expect(eq(u64, wrong, 0));
	cr_expect(ended[0] > 100 && ended[1] > 100 && ended[2] > 100);
	cr_expect(eq(u32, row, UINT32_MAX), "no row behind the last there is");
	cr_expect(eq(sz, runs.n, one.n));
	for (uint64_t i = 1; i <= KEYS; i++)
		wrong += numset_find(&runs, i * 1000003) !=
		    numset_find(&one, i * 1000003);
	cr_expect(eq(u64, wrong, 0));
	numset_release(&one);
	numset_release(&runs);
}

Test(numset, what_no_other_row_has_takes_no_place)
{
	enum { N = 1000 };
	struct numset s = { 0 };
	uint64_t mixed[N], wrong = 0;
	uint32_t first;
	struct err err;

	cr_assert(numset_reserve(&s, 0, &err) == 0);
	cr_expect(hash_unmixed(&s.mix, NUMSET_NOBODY) >> 63 == 1,
	    "it is no number's");
	for (uint64_t i = 0; i < N; i++)
		mixed[i] = i % 3 ? NUMSET_NOBODY : numset_mixed(&s, 1 + i);
	cr_expect(numset_add_run(&s, mixed, N, 1, &first, &err) == N);
	cr_expect(eq(sz, s.n, (N + 2) / 3));
	for (uint64_t i = 0; i < N; i++)
		wrong += numset_find(&s, 1 + i) !=
		    (i % 3 ? 0 : (uint32_t)i + 1);
	cr_expect(eq(u64, wrong, 0));
	/* up to one that is there */
	mixed[0] = mixed[1] = NUMSET_NOBODY;
	mixed[2] = numset_mixed(&s, 4);
	cr_expect(numset_add_run(&s, mixed, 3, N + 1, &first, &err) == 2);
	cr_expect(eq(u32, first, 4));
	numset_release(&s);
}

Test(numset, gives_back_every_number_once)
{
	enum { N = 50000 };
	static bool seen[N + 1];
	static uint64_t alone[N];
	struct numset s = { 0 };
	struct err err;
	uint64_t key, n = 0, wrong = 0, run;
	bool turn = false;
	uint32_t first;
	size_t at = 0;

	cr_expect(eq(int, numset_next(&s, &at, &key), 0));
	for (uint64_t i = 1; i <= N; i += run) {
		run = 1 + i * 7 % 500;
		if (run > N + 1 - i)
			run = N + 1 - i;
		for (uint64_t k = 0; k < run; k++)
			alone[k] = 8613800000000 + i + k;
		/* by turns; the first are only remembered */
		if ((turn = !turn)) {
			cr_assert(numset_remember(&s, alone, run, &err) == 0);
			cr_assert(eq(u32, numset_find(&s, alone[0]), 0));
			continue;
		}
		for (uint64_t k = 0; k < run; k++)
			cr_assert(
			    numset_add(&s, alone[k], 1, &first, &err) == 0);
	}
	cr_expect(s.n > N / 4 && s.alone_n > N / 4);
	at = 0;
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
static void
tail_fill(bool runs)
{
	enum { N = 10000 };
	struct numset s = { 0 };
	struct err err;
	uint32_t i, first = 0;
	uint64_t wrong = 0;

	cr_assert(numset_reserve(&s, 2 * N, &err) == 0);
	for (i = 1; i <= N; i++) {
		uint64_t mixed = UINT64_MAX - (i % 2 ? i : 3 * N - i);

		if (runs)
			wrong += numset_add_run(&s, &mixed, 1, i, &first,
				     &err) != 1;
		else
			wrong += numset_add(&s, hash_unmixed(&s.mix, mixed), i,
				     &first, &err) != 0;
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

Test(numset, more_keys_than_the_tail_holds)
{
	tail_fill(false);
	tail_fill(true);
}
