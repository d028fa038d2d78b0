#include "base/outfile.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/interrupt.h"

#ifndef RWF_DONTCACHE /* of Linux 6.14, and headers may be older */
#define RWF_DONTCACHE 0x80
#endif

/* Buffers are whole pages, so that full ones write no page twice. */
enum {
	OUTFILE_BUF = 256 << 10,
	UNCACHED_BUF = 512 << 10, /* each write is one for the disk */
	WRITE_BEHIND = 8 << 20,   /* bytes the system may keep to itself */
	LINKS_MAX = 40,           /* as many as the kernel follows */
};

/*
 * Is there a descriptor to close?  Standard output, which has no path, is
 * cmd's to close; it is not known by its number, as 1 is what any file gets
 * when we were started with standard output closed.
 */
static bool
fd_is_ours(const struct outfile *o)
{
	return o->path && o->fd >= 0;
}

/* The bytes of `path` up to and including its last slash. */
static size_t
folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/*
 * The path that the symbolic link at `path` stands for, read from its folder;
 * one step.  NULL with errno when it cannot be had.
 */
static char *
link_step(const char *path)
{
	char to[PATH_MAX];
	ssize_t n = readlink(path, to, sizeof(to));
	char *next;

	if (n < 0)
		return NULL;
	if (n == sizeof(to)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	if (asprintf(&next, "%.*s%.*s",
		(int)(n > 0 && to[0] == '/' ? 0 : folder_len(path)), path,
		(int)n, to) < 0) {
		errno = ENOMEM;
		return NULL;
	}
	return next;
}

static void
free_keeping_errno(void *p)
{
	int why = errno;

	free(p);
	errno = why;
}

/*
 * Where a file has to be created for `path` to show it: `path` itself, or the
 * end of a chain of links that leads nowhere yet (realpath(3) refuses those).
 */
static char *
link_end(const char *path)
{
	char *at = strdup(path), *next;
	struct stat st;

	for (int i = 0; at && i < LINKS_MAX; i++) {
		bool found = lstat(at, &st) == 0;

		if (found ? !S_ISLNK(st.st_mode) : errno == ENOENT)
			return at;
		next = found ? link_step(at) : NULL;
		free_keeping_errno(at);
		at = next;
	}
	if (at) {
		free(at);
		errno = ELOOP;
	}
	return NULL;
}

char *
outfile_target(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : link_end(path);
}

/* What the folder of `path` is. */
static bool
folder_stat(const char *path, struct stat *st)
{
	char *dir = strndup(path, folder_len(path));
	bool found = dir && stat(*dir ? dir : ".", st) == 0;

	free(dir);
	return found;
}

static bool
stat_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool
outfile_same(const char *a, const char *b)
{
	struct stat sa, sb;
	char *to;
	bool same;

	if (stat(a, &sa) == 0 && stat(b, &sb) == 0)
		return S_ISREG(sa.st_mode) && stat_same(&sa, &sb);
	if (!(to = link_end(a)))
		return false; /* it cannot be opened either */
	same = strcmp(to + folder_len(to), b + folder_len(b)) == 0 &&
	    folder_stat(to, &sa) && folder_stat(b, &sb) && stat_same(&sa, &sb);
	free(to);
	return same;
}

bool
outfile_within(const char *path, const char *folder)
{
	char *to = outfile_target(path);
	struct stat of, in;
	bool within = to && folder_stat(to, &of) && stat(folder, &in) == 0 &&
	    stat_same(&of, &in);

	free(to);
	return within;
}

/* Fill in path and direct.  A failure of ours says "cannot create". */
static int
target_find(struct outfile *o, const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		if (errno != ENOENT)
			return err_sys(err, "%s: cannot create", o->name);
		o->path = link_end(path);
	} else if (S_ISDIR(st.st_mode)) {
		return err_set(err, ERR_IO, "%s: is a directory", o->name);
	} else if (S_ISREG(st.st_mode)) {
		o->path = realpath(path, NULL);
	} else {
		o->direct = true;
		o->path = strdup(path);
	}
	if (!o->path)
		return err_sys(err, "%s: cannot create", o->name);
	if (o->path[folder_len(o->path)] == '\0')
		return err_set(err, ERR_IO, "%s: not the name of a file",
		    o->name);
	return 0;
}

/* ".NAME.XXXXXX" beside the target; a very long NAME is cut to fit. */
static char *
temp_name(const char *path)
{
	size_t folder = folder_len(path);
	char *temp;

	if (asprintf(&temp, "%.*s.%.*s.XXXXXX", (int)folder, path, NAME_MAX - 8,
		path + folder) < 0)
		return NULL;
	return temp;
}

static int
temp_create(struct outfile *o, struct err *err)
{
	char *temp = temp_name(o->path);

	if (!temp) {
		err_nomem(err);
		return err_in(err, "%s", o->name);
	}
	if ((o->fd = mkostemp(temp, O_CLOEXEC)) < 0) {
		err_sys(err, "%s: cannot create", o->name);
		free(temp);
		return -1;
	}
	o->temp = temp;
	return 0;
}

/* Opening a named pipe waits for its reader, and can be interrupted there. */
static int
direct_open(struct outfile *o, struct err *err)
{
	do {
		o->fd = open(o->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		if (o->fd < 0 && errno == EINTR && interrupt_pending())
			return interrupt_check(err);
	} while (o->fd < 0 && errno == EINTR);
	if (o->fd < 0)
		return err_sys(err, "%s: cannot open", o->name);
	return 0;
}

/* Everything but the file itself comes first: nothing to remove when the
 * memory is not there. */
static int
target_open(struct outfile *o, const char *path, struct err *err)
{
	bool is_stdout = strcmp(path, "-") == 0;

	o->name = strdup(is_stdout ? "standard output" : path);
	if (!o->name)
		goto nomem;
	if (is_stdout)
		o->direct = true;
	else if (target_find(o, path, err) < 0)
		return -1;
	if (o->direct)
		o->uncached = false; /* and its reader waits for a buffer */
	o->room = o->uncached ? UNCACHED_BUF : OUTFILE_BUF;
	if (!(o->buf = malloc(o->room)))
		goto nomem;
	if (!is_stdout)
		return o->direct ? direct_open(o, err) : temp_create(o, err);
	o->fd = STDOUT_FILENO;
	return 0;
nomem:
	err_nomem(err);
	return err_in(err, "%s", path);
}

static int
open_as(struct outfile *o, const char *path, bool uncached, struct err *err)
{
	*o = (struct outfile){ .fd = -1, .uncached = uncached };
	if (target_open(o, path, err) < 0) {
		outfile_discard(o);
		return -1;
	}
	o->state = OUTFILE_OPEN;
	return 0;
}

int
outfile_open(struct outfile *o, const char *path, struct err *err)
{
	return open_as(o, path, false, err);
}

/* The kernels that had the flag first could drop a page before it was on the
 * disk; 6.16 has that mended. */
static bool
uncached_is_sound(void)
{
	struct utsname u;
	unsigned major, minor;

	return uname(&u) == 0 &&
	    sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	    (major > 6 || (major == 6 && minor >= 16));
}

int
outfile_open_uncached(struct outfile *o, const char *path, struct err *err)
{
	return open_as(o, path, uncached_is_sound(), err);
}

/* After a write(2) that took nothing: 0 to try again. */
static int
write_again(struct outfile *o, struct err *err)
{
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };

	if (errno == EINTR)
		return interrupt_check(err);
	if (errno == EAGAIN && (poll(&p, 1, -1) >= 0 || errno == EINTR))
		return interrupt_check(err);
	err_sys(err, "%s: cannot write", o->name);
	if (errno == EPIPE)
		err->code = ERR_PIPE;
	return -1;
}

/*
 * Have the system begin to write what it was given: the disk works while we
 * do, and the sync at the end finds little left.  What goes wrong there, the
 * sync tells.  A write past the cache begins that by itself.
 */
static void
write_behind(struct outfile *o)
{
	if (!o->temp || o->uncached || o->given - o->behind < WRITE_BEHIND)
		return;
	sync_file_range(o->fd, (off_t)o->behind, (off_t)(o->given - o->behind),
	    SYNC_FILE_RANGE_WRITE);
	o->behind = o->given;
}

/*
 * As write(2), but that whole buffers go past the page cache where that is
 * wanted and granted.  A refusal (of an older kernel, tmpfs, some network file
 * systems) wrote nothing, and holds for the file.
 */
static ssize_t
write_some(struct outfile *o, const char *p, size_t n)
{
	struct iovec all = { .iov_base = (char *)p, .iov_len = n };
	ssize_t put;

	if (!o->uncached || n < o->room)
		return write(o->fd, p, n);
	put = pwritev2(o->fd, &all, 1, -1, RWF_DONTCACHE);
	if (put >= 0 ||
	    (errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS))
		return put;
	o->uncached = false;
	return write(o->fd, p, n);
}

/* All n bytes to the system, or the file has failed for good. */
static int
write_all(struct outfile *o, const char *p, size_t n, struct err *err)
{
	while (n > 0) {
		ssize_t put = write_some(o, p, n);

		if (put == 0) { /* never for n > 0; do not go round for ever */
			errno = EIO;
			put = -1;
		}
		if (put > 0) {
			p += put;
			n -= (size_t)put;
			o->given += (uint64_t)put;
		}
		/* A signal makes a write short before it makes one fail. */
		if (n > 0 &&
		    (put < 0 ? write_again(o, err) : interrupt_check(err)) <
			0) {
			o->failed = true;
			return -1;
		}
	}
	write_behind(o);
	return 0;
}

/* A file that lost bytes once must not be finished by a later call. */
static int
failed_check(const struct outfile *o, struct err *err)
{
	assert(o->state == OUTFILE_OPEN);
	if (!o->failed)
		return 0;
	return err_set(err, ERR_IO, "%s: an earlier write failed", o->name);
}

int
outfile_flush(struct outfile *o, struct err *err)
{
	size_t n = o->n;

	if (failed_check(o, err) < 0)
		return -1;
	o->n = 0;
	return write_all(o, o->buf, n, err);
}

static void
buffer_add(struct outfile *o, const char *p, size_t n)
{
	if (n > 0)
		memcpy(o->buf + o->n, p, n);
	o->n += n;
}

/*
 * What is given is cut where a buffer is full, so that writes begin and end
 * with pages.
 */
int
outfile_write(struct outfile *o, const void *from, size_t n, struct err *err)
{
	const char *p = from;
	size_t k = o->room - o->n;

	if (failed_check(o, err) < 0)
		return -1;
	o->written += n;
	if (o->n > 0 && n >= k) {
		buffer_add(o, p, k);
		if (outfile_flush(o, err) < 0)
			return -1;
		p += k;
		n -= k;
	}
	if (n >= o->room) { /* the buffer is empty: not by way of it */
		k = n - n % o->room;
		if (write_all(o, p, k, err) < 0)
			return -1;
		p += k;
		n -= k;
	}
	buffer_add(o, p, n);
	return 0;
}

/* fsync(2), through signals: a step that was begun is finished. */
static int
sync_fd(int fd)
{
	int got;

	do
		got = fsync(fd);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Close, and hear of errors that a network file system kept until now. */
static int
close_checked(struct outfile *o, struct err *err)
{
	int fd = o->fd;

	o->fd = -1; /* whatever close says, the descriptor is gone */
	if (close(fd) < 0 && errno != EINTR)
		return err_sys(err, "%s: cannot write", o->name);
	return 0;
}

int
outfile_finish(struct outfile *o, struct err *err)
{
	if (outfile_flush(o, err) < 0)
		return -1;
	if (o->temp && sync_fd(o->fd) < 0) {
		o->failed = true;
		return err_sys(err, "%s: cannot write", o->name);
	}
	o->state = OUTFILE_FINISHED;
	if (fd_is_ours(o) && close_checked(o, err) < 0) {
		o->failed = true;
		return -1;
	}
	return 0;
}

/* The folder of the target, to be synced; -1 with errno. */
static int
folder_open(const struct outfile *o)
{
	size_t n = folder_len(o->path);
	char *folder = n ? strndup(o->path, n) : strdup(".");
	int fd;

	if (!folder)
		return -1;
	do /* interrupted: on a network file system, this too may wait */
		fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	free_keeping_errno(folder);
	return fd;
}

static bool
folder_same(const struct outfile *a, const struct outfile *b)
{
	size_t n = folder_len(a->path);

	return n == folder_len(b->path) && memcmp(a->path, b->path, n) == 0;
}

/*
 * Some file systems cannot sync a folder and say EINVAL; there the rename is
 * as lasting as it gets.
 */
static int
folder_sync(const struct outfile *o, int fd, struct err *err)
{
	if (sync_fd(fd) < 0 && errno != EINVAL)
		return err_sys(err,
		    "%s: in place, but its folder cannot be synced", o->name);
	return 0;
}

static int
rename_in_place(struct outfile *o, struct err *err)
{
	assert(o->state == OUTFILE_FINISHED && !o->failed);
	if (rename(o->temp, o->path) < 0)
		return err_sys(err, "%s: cannot put in place", o->name);
	free(o->temp);
	o->temp = NULL;
	o->state = OUTFILE_CLOSED;
	return 0;
}

/*
 * Publish o[0..n), which lie in one folder.  It is opened first: nothing but
 * the sync itself can fail once the new files stand.
 */
static int
folder_publish(struct outfile *const *o, size_t n, struct err *err)
{
	int fd = folder_open(o[0]), ret = 0;

	/* A folder we may write but not read cannot be opened, nor synced. */
	if (fd < 0 && errno != EACCES)
		return err_sys(err, "%s: cannot open its folder", o[0]->name);
	for (size_t i = 0; i < n && ret == 0; i++)
		ret = rename_in_place(o[i], err);
	if (ret == 0 && fd >= 0)
		ret = folder_sync(o[0], fd, err);
	if (fd >= 0)
		close(fd);
	return ret;
}

int
outfile_publish_all(struct outfile *const *o, size_t n, struct err *err)
{
	size_t i, k;

	for (i = 0; i < n; i = k) {
		k = i + 1;
		if (o[i]->direct) {
			assert(o[i]->state == OUTFILE_FINISHED);
			o[i]->state = OUTFILE_CLOSED;
			continue;
		}
		while (k < n && !o[k]->direct && folder_same(o[i], o[k]))
			k++;
		if (folder_publish(o + i, k - i, err) < 0)
			return -1;
	}
	return 0;
}

int
outfile_publish(struct outfile *o, struct err *err)
{
	return outfile_publish_all(&o, 1, err);
}

void
outfile_discard(struct outfile *o)
{
	if (!o)
		return;
	if (fd_is_ours(o))
		close(o->fd);
	if (o->temp)
		unlink(o->temp);
	free(o->temp);
	free(o->path);
	free(o->name);
	free(o->buf);
	*o = (struct outfile){ 0 };
}
