#include "base/lockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"

enum { HOLDER_MAX = 128, LOOK_AGAIN_MS = 20 };

static int
lock_open(const char *path, struct err *err)
{
	int fd;

	do
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return err_sys(err, "%s: cannot open", path);
	return fd;
}

/* 1: taken; 0: somebody holds it. */
static int
lock_try(int fd, const char *path, struct err *err)
{
	int got;

	do
		got = flock(fd, LOCK_EX | LOCK_NB);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		return 1;
	if (errno == EWOULDBLOCK)
		return 0;
	return err_sys(err, "%s: cannot lock", path);
}

/*
 * "process 123: scrub key rotate", as its holder wrote it, and when.  What
 * cannot be read makes the message shorter, no more.
 */
static int
holder_tell(int fd, struct err *err)
{
	char who[HOLDER_MAX], since[CLOCK_TEXT_MAX];
	ssize_t n = pread(fd, who, sizeof(who) - 1, 0);
	struct stat st;

	if (n > 0 && fstat(fd, &st) == 0) {
		who[n] = '\0';
		who[strcspn(who, "\n")] = '\0';
		clock_text(since, st.st_mtime);
		err_set(err, ERR_LOCKED,
		    "another scrub holds the register (%s, since %s)", who,
		    since);
	} else {
		err_set(err, ERR_LOCKED, "another scrub holds the register");
	}
	return err_hint(err, "try again when it has ended");
}

static int
holder_wait(int fd, const char *path, unsigned wait_ms, struct err *err)
{
	const struct timespec nap = { 0, LOOK_AGAIN_MS * 1000000L };
	unsigned waited = 0;
	int got;

	while ((got = lock_try(fd, path, err)) == 0) {
		if (waited >= wait_ms)
			return holder_tell(fd, err);
		nanosleep(&nap, NULL);
		waited += LOOK_AGAIN_MS;
		if (interrupt_check(err) < 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

static int
holder_write(int fd, const char *path, const char *command, struct err *err)
{
	char who[HOLDER_MAX];
	ssize_t put;
	int n;

	n = snprintf(who, sizeof(who), "process %jd: %s\n", (intmax_t)getpid(),
	    command);
	if (n >= (int)sizeof(who))
		n = sizeof(who) - 1;
	if (ftruncate(fd, 0) < 0)
		return err_sys(err, "%s: cannot write", path);
	do
		put = pwrite(fd, who, (size_t)n, 0);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return err_sys(err, "%s: cannot write", path);
	return 0;
}

int
lockfile_take(struct lockfile *l, const char *path, const char *command,
    unsigned wait_ms, struct err *err)
{
	int fd = lock_open(path, err);

	*l = (struct lockfile){ 0 };
	if (fd < 0)
		return -1;
	if (holder_wait(fd, path, wait_ms, err) < 0 ||
	    holder_write(fd, path, command, err) < 0) {
		close(fd);
		return -1;
	}
	*l = (struct lockfile){ .held = true, .fd = fd };
	return 0;
}

void
lockfile_release(struct lockfile *l)
{
	if (!l->held)
		return;
	close(l->fd); /* lets go */
	*l = (struct lockfile){ 0 };
}
