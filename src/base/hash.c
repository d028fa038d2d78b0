#include "base/hash.h"

#include <errno.h>
#include <sys/random.h>

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
