#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdint.h>
#include <string.h>

#include "base/pages.h"

/* From LARGE on, memory lies where huge pages can. */
enum { PAGE = 4096, HUGE = 2 << 20, LARGE = 16 << 20 };

static bool
all_are(const unsigned char *p, size_t from, size_t to, unsigned char c)
{
	for (; from < to; from++)
		if (p[from] != c)
			return false;
	return true;
}

Test(pages, are_zeroed_and_aligned_and_can_be_written_to_the_end)
{
	static const size_t sizes[] = { 1, PAGE - 1, PAGE, PAGE + 1,
		(2 * HUGE) + (3 * PAGE), LARGE - PAGE, LARGE - 1, LARGE,
		LARGE + 1, LARGE + (3 * PAGE) };
	struct err err;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (size_t round = 0; round < 12; round++) {
			unsigned char *p = round < 3 ?
			    pages_map(sizes[i], &err) :
			    pages_map_by(sizes[i], (round - 3) * round, &err);

			cr_assert(p != NULL);
			cr_expect(0 ==
				(uintptr_t)p %
				    (sizes[i] >= LARGE ? HUGE : PAGE),
			    "%zu bytes", sizes[i]);
			cr_expect(all_are(p, 0, sizes[i], 0), "%zu bytes",
			    sizes[i]);
			memset(p, 1, sizes[i]);
			pages_unmap(p, sizes[i]);
		}
}

Test(pages, that_grow_keep_what_they_hold_and_end_in_zeros)
{
	static const size_t sizes[] = { 100, PAGE, 3 * PAGE + 7, HUGE, 3 * HUGE,
		9 * HUGE + 1 };
	struct err err;
	size_t n = sizes[0];
	unsigned char *p = pages_map(n, &err), *q;

	cr_assert(p != NULL);
	memset(p, 1, n);
	for (size_t i = 1; i < sizeof(sizes) / sizeof(*sizes); i++) {
		q = pages_grow(p, n, sizes[i], &err);
		cr_assert(q != NULL);
		cr_expect(all_are(q, 0, n, 1), "%zu bytes", sizes[i]);
		cr_expect(all_are(q, n, sizes[i], 0), "%zu bytes", sizes[i]);
		p = q;
		n = sizes[i];
		memset(p, 1, n);
	}
	pages_unmap(p, n);
}

Test(pages, too_many_are_an_error_and_leave_what_there_was)
{
	struct err err = { 0 };
	unsigned char *p;

	cr_expect(pages_map(SIZE_MAX / 2, &err) == NULL);
	cr_expect(eq(int, (int)err.code, (int)ERR_NOMEM));
	p = pages_map(PAGE, &err);
	cr_assert(p != NULL);
	memset(p, 1, PAGE);
	err.code = 0;
	cr_expect(pages_grow(p, PAGE, SIZE_MAX / 2, &err) == NULL);
	cr_expect(eq(int, (int)err.code, (int)ERR_NOMEM));
	cr_expect(all_are(p, 0, PAGE, 1));
	pages_unmap(p, PAGE);
	pages_unmap(NULL, PAGE);
}
