#include "base/infile.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"

/* Opening a named pipe waits for its writer, and can be interrupted there. */
static int
fd_open(const char *path, struct err *err)
{
	int fd;

	do {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 && errno == EINTR && interrupt_pending())
			return interrupt_check(err);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return err_sys(err, "%s", path);
	return fd;
}

/* Bytes ahead of us; the shell may have read some of standard input. */
static int64_t
size_left(int fd, const struct stat *st)
{
	off_t at;

	if (!S_ISREG(st->st_mode))
		return -1;
	at = lseek(fd, 0, SEEK_CUR);
	if (at <= 0)
		return st->st_size;
	return at < st->st_size ? st->st_size - at : 0;
}

static int
identify(struct infile *f, struct err *err)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return err_sys(err, "%s", f->name);
	if (S_ISDIR(st.st_mode))
		return err_set(err, ERR_IO, "%s: is a directory", f->name);
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->size = size_left(f->fd, &st);
	if (f->size >= 0) /* advice only: a failure costs speed */
		(void)posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

int
infile_open(struct infile *f, const char *path, struct err *err)
{
	*f = (struct infile){ .fd = -1, .size = -1 };
	f->is_stdin = strcmp(path, "-") == 0;
	if (!(f->name = strdup(f->is_stdin ? "standard input" : path))) {
		err_nomem(err);
		return err_in(err, "%s", path);
	}
	f->fd = f->is_stdin ? STDIN_FILENO : fd_open(path, err);
	if (f->fd < 0 || identify(f, err) < 0) {
		infile_close(f);
		return -1;
	}
	return 0;
}

/* After a read(2) that gave nothing: 0 to try again. */
static int
read_again(struct infile *f, struct err *err)
{
	struct pollfd p = { .fd = f->fd, .events = POLLIN };

	if (errno == EINTR)
		return interrupt_check(err);
	if (errno != EAGAIN)
		return err_sys(err, "%s: cannot read", f->name);
	/* Standard input can be non-blocking by someone else's doing. */
	if (poll(&p, 1, -1) < 0 && errno != EINTR)
		return err_sys(err, "%s: cannot read", f->name);
	return interrupt_check(err);
}

/*
 * Wait for a pipe or a terminal, looking up now and then: a signal that came
 * to another thread, or just before the wait, must not be missed.
 */
static int
pipe_wait(struct infile *f, struct err *err)
{
	enum { LOOK_UP_MS = 200 };
	struct pollfd p = { .fd = f->fd, .events = POLLIN };
	int got;

	while ((got = poll(&p, 1, LOOK_UP_MS)) <= 0) {
		if (got < 0 && errno != EINTR)
			return err_sys(err, "%s: cannot read", f->name);
		if (interrupt_check(err) < 0)
			return -1;
	}
	return 0;
}

ssize_t
infile_read_some(struct infile *f, void *p, size_t n, struct err *err)
{
	ssize_t got;

	assert(f->fd >= 0);
	if (f->eof || n == 0)
		return 0;
	if (interrupt_check(err) < 0 || (f->size < 0 && pipe_wait(f, err) < 0))
		return -1;
	while ((got = read(f->fd, p, n)) < 0)
		if (read_again(f, err) < 0)
			return -1;
	f->eof = got == 0;
	f->taken += (uint64_t)got;
	return got;
}

ssize_t
infile_read(struct infile *f, void *p, size_t n, struct err *err)
{
	size_t have = 0;

	while (have < n && !f->eof) {
		ssize_t got = infile_read_some(f, (char *)p + have, n - have,
		    err);

		if (got < 0)
			return -1;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

bool
infile_is(const struct infile *f, const char *path)
{
	struct stat st;
	int got;

	got = strcmp(path, "-") == 0 ? fstat(STDOUT_FILENO, &st) :
				       stat(path, &st);
	return got == 0 && S_ISREG(st.st_mode) && st.st_dev == f->dev &&
	    st.st_ino == f->ino;
}

void
infile_close(struct infile *f)
{
	if (!f)
		return;
	/* A zeroed struct has no name: its fd 0 is not ours to close. */
	if (f->name && f->fd >= 0 && !f->is_stdin)
		close(f->fd);
	free(f->name);
	*f = (struct infile){ .fd = -1, .size = -1 };
}
