#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"

Test(secret, memory_is_zeroed_and_aligned)
{
	static const size_t sizes[] = { 0, 1, 31, 32, 64, 65, 1000, 8192 };
	struct err err;
	size_t i, k;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned char *p = secret_alloc(sizes[i], &err);

		cr_assert(p != NULL);
		cr_expect(eq(u64, (uintptr_t)p % 64, 0), "%zu bytes", sizes[i]);
		for (k = 0; k < sizes[i] && p[k] == 0; k++)
			;
		cr_expect(k == sizes[i], "%zu bytes: byte %zu", sizes[i], k);
		secret_free(p);
	}
}

Test(secret, a_size_beyond_all_memory_is_an_error)
{
	struct err err = { 0 };

	cr_expect(secret_alloc(SIZE_MAX, &err) == NULL);
	cr_expect(eq(int, err.code, ERR_NOMEM));
	cr_expect(secret_alloc(SIZE_MAX / 2, &err) == NULL);
	cr_expect(eq(int, err.code, ERR_NOMEM));
}

Test(secret, freeing_nothing_is_fine)
{
	secret_free(NULL);
}

/* The fence is asked for by the kernel, which does not die of it. */
Test(secret, a_byte_past_its_end_cannot_be_read)
{
	struct err err;
	unsigned char *p = secret_alloc(64, &err);
	int ends[2];

	cr_assert(p != NULL);
	cr_assert(pipe(ends) == 0);
	cr_expect(eq(long, write(ends[1], p + 63, 1), 1));
	cr_expect(eq(long, write(ends[1], p + 64, 1), -1));
	cr_expect(eq(int, errno, EFAULT));
	secret_free(p);
}

Test(secret, wiped_bytes_are_gone)
{
	char phrase[] = "correct horse";

	secret_wipe(phrase, sizeof(phrase));
	for (size_t i = 0; i < sizeof(phrase); i++)
		cr_expect(eq(chr, phrase[i], 0));
}

Test(secret, equal_means_every_byte)
{
	unsigned char a[32], b[32];

	for (size_t i = 0; i < 32; i++)
		a[i] = b[i] = (unsigned char)(i * 7);
	cr_expect(secret_equal(a, b, 32));
	for (size_t i = 0; i < 32; i++) {
		b[i] ^= 0x80;
		cr_expect(not(secret_equal(a, b, 32)), "byte %zu", i);
		cr_expect(secret_equal(a, b, i), "up to byte %zu", i);
		b[i] ^= 0x80;
	}
}

Test(secret, random_bytes_differ_and_fill_what_they_should)
{
	unsigned char a[64] = { 0 }, b[64] = { 0 };
	struct err err;

	cr_assert(secret_random(a, 48, &err) == 0);
	cr_assert(secret_random(b, 48, &err) == 0);
	cr_expect(memcmp(a, b, 48) != 0);
	for (size_t i = 48; i < 64; i++)
		cr_expect(eq(int, a[i], 0), "byte %zu is beyond", i);
}
