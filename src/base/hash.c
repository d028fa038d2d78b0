#include "base/hash.h"

#include <errno.h>
#include <sys/random.h>

/* Each round makes twice as many of the lowest bits right; three are, as odd
 * squares are 1 modulo 8. */
static uint64_t
inverse(uint64_t odd)
{
	uint64_t x = odd;

	for (int right = 3; right < 64; right *= 2)
		x *= 2 - odd * x;
	return x;
}

void
hash_mix_init(struct hash_mix *m, uint64_t seed)
{
	for (uint64_t i = 0; i < 2; i++) {
		m->by[i] = hash_u64(i, seed) | 1;
		m->back[i] = inverse(m->by[i]);
	}
}

int
hash_seed(uint64_t *seed, struct err *err)
{
	ssize_t got;

	/* Up to 256 bytes come whole or not at all: getrandom(2). */
	do
		got = getrandom(seed, sizeof(*seed), 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(err, "cannot get random bytes");
	if (got != (ssize_t)sizeof(*seed))
		return err_set(err, ERR_IO, "cannot get random bytes");
	return 0;
}
