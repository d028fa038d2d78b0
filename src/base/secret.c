#include "base/secret.h"

#include <sodium.h>
#include <string.h>

/*
 * sodium_malloc() puts the last byte before a guard page, so that only sizes
 * that are multiples of an alignment give aligned memory.  64 is what the
 * state of BLAKE2b asks for.
 */
enum { ALIGNMENT = 64 };

/* May be called again and again, and by several threads at once. */
static int
sodium_ready(struct err *err)
{
	if (sodium_init() < 0)
		return err_set(err, ERR_INTERNAL, "libsodium does not start");
	return 0;
}

void *
secret_alloc(size_t n, struct err *err)
{
	void *p;

	if (sodium_ready(err) < 0)
		return NULL;
	if (n > SIZE_MAX - ALIGNMENT ||
	    !(p = sodium_malloc((n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT))) {
		err_nomem(err);
		return NULL;
	}
	memset(p, 0, n);
	return p;
}

void
secret_free(void *p)
{
	sodium_free(p);
}

void
secret_wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}

bool
secret_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

int
secret_random(void *p, size_t n, struct err *err)
{
	if (sodium_ready(err) < 0)
		return -1;
	randombytes_buf(p, n);
	return 0;
}
