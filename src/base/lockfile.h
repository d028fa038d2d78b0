/*
 * lockfile.h - one writer at a time.
 *
 * The lock is flock(2) on a file that stays where it is: the system lets go of
 * it when its holder ends, however that comes about, so that a dead holder
 * keeps nobody out.  The file says who holds it, for the message to others, or
 * who did last.
 *
 *	struct lockfile lock = { 0 };
 *
 *	if (lockfile_take(&lock, home.lock, "scrub key rotate", 0, err) < 0)
 *		return -1;
 *	...
 *	lockfile_release(&lock);
 */
#ifndef SCRUB_BASE_LOCKFILE_H
#define SCRUB_BASE_LOCKFILE_H

#include <stdbool.h>

#include "base/err.h"

/* Zeroed: holds nothing. */
struct lockfile {
	bool held;
	int fd;
};

/*
 * Take the lock at `path`, which is made (mode 0600) when it is not there;
 * `command` is what others will be told.  Waits up to wait_ms for a holder to
 * end.  Fails with ERR_LOCKED when it did not, naming it; with ERR_INTERRUPTED
 * while waiting; and with ERR_IO.
 */
int lockfile_take(struct lockfile *l, const char *path, const char *command,
    unsigned wait_ms, struct err *err);

/* Zeroed or released: nothing. */
void lockfile_release(struct lockfile *l);

#endif
