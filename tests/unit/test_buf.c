#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/digits8.h"

/* Does it hold exactly this? */
static bool
holds(const struct buf *b, const char *want)
{
	return span_eq(buf_span(b), span_str(want));
}

Test(buf, pieces_stand_in_order)
{
	struct buf b = BUF_INIT(1 << 20);
	struct err err;

	buf_adds(&b, "row ");
	buf_addu(&b, 812);
	buf_addc(&b, ':');
	buf_addspan(&b, SPAN(" bad"));
	buf_add(&b, "\0!", 2);
	buf_addf(&b, "%s=%d", "n", -7);
	cr_assert(eq(int, buf_check(&b, &err), 0));
	cr_expect(span_eq(buf_span(&b), SPAN("row 812: bad\0!n=-7")));
	buf_release(&b);
}

Test(buf, whole_numbers_to_the_largest)
{
	struct buf b = BUF_INIT(100);

	buf_addu(&b, 0);
	buf_addc(&b, ' ');
	buf_addu(&b, 10);
	buf_addc(&b, ' ');
	buf_addu(&b, UINT64_MAX);
	cr_expect(holds(&b, "0 10 18446744073709551615"));
	buf_release(&b);
}

/* Every length, both ends of it, and what lies between. */
Test(buf, whole_numbers_as_printf_writes_them)
{
	uint64_t r = 1, power = 1;

	for (int i = 0; i < 200000; i++) {
		char want[32], got[DIGITS_MAX];
		uint64_t v;
		int n;

		r = r * 6364136223846793005 + 1442695040888963407;
		v = i % 3 ? r >> (r & 63) : power - (r & 1);
		if (i % 3 == 0)
			power = power > UINT64_MAX / 10 ? 1 : power * 10;
		n = snprintf(want, sizeof(want), "%" PRIu64, v);
		cr_assert(digits_text(got, v) == (size_t)n &&
			memcmp(got, want, (size_t)n) == 0,
		    "%s: %.*s", want, n, got);
	}
}

static bool
split_wrong(uint32_t v)
{
	uint64_t w = digits8_split(v);

	return digits8_value(w) != v || !digits8_all(w | 0x3030303030303030);
}

/* All halves of them: a step that is wrong is so for few. */
Test(buf, eight_digits_are_split_as_they_are_put_together)
{
	uint64_t wrong = 0;

	for (uint32_t v = 0; v < 100000000; v += v < 20000 ? 1 : 997)
		wrong += split_wrong(v);
	for (uint32_t v = 0; v < 10000; v++)
		wrong += split_wrong(v * 10000);
	cr_expect(eq(u64, wrong, 0));
}

Test(buf, grows_past_any_first_size)
{
	struct buf b = BUF_INIT(1 << 20);
	struct err err;

	for (int i = 0; i < 1 << 20; i++)
		buf_addc(&b, (char)i);
	cr_assert(eq(int, buf_check(&b, &err), 0));
	cr_assert(eq(sz, b.n, (size_t)1 << 20));
	for (int i = 0; i < 1 << 20; i++)
		cr_assert(b.p[i] == (char)i, "at %d", i);
	buf_release(&b);
}

Test(buf, the_ceiling_can_be_reached_but_not_passed)
{
	struct buf b = BUF_INIT(4);
	struct err err;

	buf_addf(&b, "%s", "abcd");
	cr_assert(eq(int, buf_check(&b, &err), 0));
	cr_expect(holds(&b, "abcd"));
	buf_addc(&b, 'e');
	cr_assert(eq(int, buf_check(&b, &err), -1));
	cr_expect(eq(int, err.code, ERR_NOMEM));
	cr_expect(holds(&b, "abcd"));
	buf_release(&b);
}

Test(buf, what_follows_a_failure_is_ignored)
{
	struct buf b = BUF_INIT(4);
	struct err err;

	buf_adds(&b, "ab");
	buf_adds(&b, "cde");
	buf_addc(&b, 'f');
	buf_addf(&b, "g");
	cr_expect(not(buf_reserve(&b, 0)));
	cr_expect(eq(int, buf_check(&b, &err), -1));
	cr_expect(holds(&b, "ab"));
	buf_release(&b);
}

Test(buf, an_impossible_size_fails)
{
	struct buf b = BUF_INIT(SIZE_MAX);

	buf_addc(&b, 'x');
	cr_expect(not(buf_reserve(&b, SIZE_MAX)));
	buf_reset(&b);
	buf_addc(&b, 'x');
	cr_expect(not(buf_reserve(&b, SIZE_MAX - 1)));
	buf_release(&b);
}

Test(buf, reset_keeps_the_memory_and_remembers_a_failure)
{
	struct buf b = BUF_INIT(1000);
	struct err err;
	char *p;

	buf_addf(&b, "%0500d", 1);
	p = b.p;
	buf_reset(&b);
	buf_adds(&b, "new");
	cr_expect(eq(ptr, b.p, p));
	cr_expect(holds(&b, "new"));
	buf_addf(&b, "%01000d", 1);
	cr_assert(eq(int, buf_check(&b, &err), -1));
	buf_reset(&b);
	cr_assert(eq(int, buf_check(&b, &err), -1));
	buf_release(&b);
}

Test(buf, release_is_safe_twice_and_for_null)
{
	struct buf b = BUF_INIT(10), zero = { 0 };

	buf_addc(&b, 'x');
	buf_release(&b);
	buf_release(&b);
	buf_release(&zero);
	buf_release(NULL);
	buf_addc(&b, 'y');
	cr_expect(holds(&b, "y"), "a released buffer keeps its ceiling");
	buf_release(&b);
}

Test(buf, nothing_can_be_added_without_memory_of_ones_own)
{
	struct buf b = BUF_INIT(10);
	struct err err;

	buf_add(&b, NULL, 0);
	buf_addspan(&b, (struct span){ 0 });
	buf_adds(&b, "");
	cr_expect(eq(int, buf_check(&b, &err), 0));
	cr_expect(eq(sz, b.n, 0));
	buf_release(&b);
}
