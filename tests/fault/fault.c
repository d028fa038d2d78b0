#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ATTEMPTS_MAX = 5000, /* a job with more calls is too large a test */
	SECONDS_MAX = 60,    /* an attempt that takes longer hangs */
	STATUS_KILLED = 99,  /* how a process ends at its n-th call */
	WHY_MAX = 2048,
};

/* What the process of an attempt leaves for us; in shared memory. */
struct attempt {
	struct fault_outcome out;
	atomic_uint calls;
	bool returned;
	int fds_before, fds_after;
};

/*
 * The wrappers have no argument to hand state through.  `armed` is set around
 * the job alone, in the process of the attempt.
 */
static struct attempt *attempt;
static atomic_bool armed;
static unsigned passed, failed;

/* ---- deciding ---- */

/* The n-th call: note what it was. */
static void
hit(const char *call)
{
	snprintf(attempt->out.call, sizeof(attempt->out.call), "%s", call);
	if (attempt->out.mode == FAULT_KILLED)
		_exit(STATUS_KILLED);
}

/* Is this call to fail?  Sets errno to `why` when it is. */
static bool
fails(const char *call, int why)
{
	enum fault_mode mode;
	unsigned n;

	if (!atomic_load(&armed))
		return false;
	mode = attempt->out.mode;
	if (mode == FAULT_NONE || mode == FAULT_GENTLY)
		return false;
	n = atomic_fetch_add(&attempt->calls, 1) + 1;
	if (n == attempt->out.n)
		hit(call);
	else if (mode != FAULT_FOR_GOOD || n < attempt->out.n ||
	    strcmp(call, attempt->out.call) != 0)
		return false;
	errno = why;
	return true;
}

/* Every third call that may be interrupted is. */
static bool
interrupted(void)
{
	if (!atomic_load(&armed) || attempt->out.mode != FAULT_GENTLY)
		return false;
	if (atomic_fetch_add(&attempt->calls, 1) % 3 != 2)
		return false;
	errno = EINTR;
	return true;
}

/* Now and then, what older systems do not know is refused. */
static bool
refused(void)
{
	if (!atomic_load(&armed) || attempt->out.mode != FAULT_GENTLY ||
	    atomic_load(&attempt->calls) % 2)
		return false;
	errno = EOPNOTSUPP;
	return true;
}

/* How much of n bytes a read or write does: all, or gently a part of it. */
static size_t
part(size_t n)
{
	size_t most;

	if (!atomic_load(&armed) || attempt->out.mode != FAULT_GENTLY)
		return n;
	most = 1 + (size_t)atomic_load(&attempt->calls) * 7919 % 1000;
	return n < most ? n : most;
}

/* ---- the wrappers ---- */

/* `fail` is what NAME returns when it fails; `why` its errno. */
#define WRAP(type, NAME, params, args, fail, why) \
	type __real_##NAME params; \
	type __wrap_##NAME params; \
	type __wrap_##NAME params \
	{ \
		if (fails(#NAME, why)) \
			return fail; \
		return __real_##NAME args; \
	}

WRAP(int, mkostemp, (char *temp, int flags), (temp, flags), -1, EMFILE)
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL,
    EMFILE)
WRAP(int, fdatasync, (int fd), (fd), -1, EIO)
WRAP(int, rename, (const char *from, const char *to), (from, to), -1, EIO)
WRAP(int, ftruncate, (int fd, off_t n), (fd, n), -1, ENOSPC)
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, ENOSPC)
WRAP(int, stat, (const char *path, struct stat *st), (path, st), -1, EIO)
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), -1, EIO)
WRAP(int, lstat, (const char *path, struct stat *st), (path, st), -1, EIO)
WRAP(off_t, lseek, (int fd, off_t at, int from), (fd, at, from), -1, ESPIPE)
WRAP(ssize_t, readlink, (const char *path, char *p, size_t n), (path, p, n), -1,
    EIO)
WRAP(int, symlink, (const char *to, const char *path), (to, path), -1, ENOSPC)
WRAP(DIR *, opendir, (const char *path), (path), NULL, EMFILE)
WRAP(char *, realpath, (const char *path, char *out), (path, out), NULL, EIO)
WRAP(int, flock, (int fd, int how), (fd, how), -1, ENOLCK)
WRAP(int, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms), -1, ENOMEM)
WRAP(int, posix_fadvise, (int fd, off_t at, off_t n, int advice),
    (fd, at, n, advice), EINVAL, EINVAL)
WRAP(void *, malloc, (size_t n), (n), NULL, ENOMEM)
WRAP(void *, calloc, (size_t n, size_t size), (n, size), NULL, ENOMEM)
WRAP(void *, realloc, (void *p, size_t n), (p, n), NULL, ENOMEM)
WRAP(void *, aligned_alloc, (size_t to, size_t n), (to, n), NULL, ENOMEM)
WRAP(int, posix_memalign, (void **p, size_t to, size_t n), (p, to, n), ENOMEM,
    ENOMEM)
WRAP(char *, strdup, (const char *s), (s), NULL, ENOMEM)
WRAP(char *, strndup, (const char *s, size_t n), (s, n), NULL, ENOMEM)
WRAP(int, vasprintf, (char **p, const char *fmt, va_list ap), (p, fmt, ap), -1,
    ENOMEM)
WRAP(void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t at),
    (p, n, prot, flags, fd, at), MAP_FAILED, ENOMEM)
WRAP(int, mlock, (const void *p, size_t n), (p, n), -1, ENOMEM)
WRAP(locale_t, newlocale, (int mask, const char *name, locale_t base),
    (mask, name, base), (locale_t)0, ENOMEM)
WRAP(ssize_t, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags), -1,
    ENOSYS)
WRAP(int, setenv, (const char *name, const char *value, int over),
    (name, value, over), -1, ENOMEM)
WRAP(int, pthread_create,
    (pthread_t * out, const pthread_attr_t *attr, void *(*run)(void *),
	void *arg),
    (out, attr, run, arg), EAGAIN, EAGAIN)

/* Those that transfer bytes, and can do less than asked. */
#define WRAP_PART(NAME, params, args, why) \
	ssize_t __real_##NAME params; \
	ssize_t __wrap_##NAME params; \
	ssize_t __wrap_##NAME params \
	{ \
		if (fails(#NAME, why) || interrupted()) \
			return -1; \
		n = part(n); \
		return __real_##NAME args; \
	}

WRAP_PART(read, (int fd, void *p, size_t n), (fd, p, n), EIO)
WRAP_PART(pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at), EIO)
WRAP_PART(write, (int fd, const void *p, size_t n), (fd, p, n), ENOSPC)
WRAP_PART(pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at),
    ENOSPC)

ssize_t __real_pwritev2(int fd, const struct iovec *v, int count, off_t at,
    int flags);
ssize_t __wrap_pwritev2(int fd, const struct iovec *v, int count, off_t at,
    int flags);

ssize_t
__wrap_pwritev2(int fd, const struct iovec *v, int count, off_t at, int flags)
{
	struct iovec some = *v;

	if (fails("pwritev2", ENOSPC) || interrupted() || refused())
		return -1;
	some.iov_len = part(some.iov_len);
	if (some.iov_len < v->iov_len)
		return __real_pwritev2(fd, &some, 1, at, flags);
	return __real_pwritev2(fd, v, count, at, flags);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int
__wrap_fsync(int fd)
{
	if (fails("fsync", EIO) || interrupted())
		return -1;
	return __real_fsync(fd);
}

/* Closing tells of lost bytes, where bytes could be written. */
static bool
can_write(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

/* close(2) closes even when it reports an error. */
int __real_close(int fd);
int __wrap_close(int fd);

int
__wrap_close(int fd)
{
	bool bad = can_write(fd) && fails("close", EIO);
	int ret = __real_close(fd);

	if (!bad)
		return ret;
	errno = EIO;
	return -1;
}

/* The mode is there only with the flags that need it. */
static mode_t
mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	if (fails("open", EMFILE) || interrupted())
		return -1;
	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return __real_open(path, flags, mode);
}

int __real_openat(int folder, const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);

int
__wrap_openat(int folder, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	if (fails("openat", EMFILE) || interrupted())
		return -1;
	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return __real_openat(folder, path, flags, mode);
}

void *__real_mremap(void *p, size_t n, size_t to, int flags, ...);
void *__wrap_mremap(void *p, size_t n, size_t to, int flags, ...);

void *
__wrap_mremap(void *p, size_t n, size_t to, int flags, ...)
{
	va_list ap;
	void *at = NULL;

	if (fails("mremap", ENOMEM))
		return MAP_FAILED;
	va_start(ap, flags);
	if (flags & MREMAP_FIXED)
		at = va_arg(ap, void *);
	va_end(ap);
	return __real_mremap(p, n, to, flags, at);
}

int __wrap_asprintf(char **p, const char *fmt, ...);

int
__wrap_asprintf(char **p, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (fails("asprintf", ENOMEM))
		return -1;
	va_start(ap, fmt);
	n = __real_vasprintf(p, fmt, ap);
	va_end(ap);
	return n;
}

int __wrap___asprintf_chk(char **p, int flag, const char *fmt, ...);

int
__wrap___asprintf_chk(char **p, int flag, const char *fmt, ...)
{
	va_list ap;
	int n;

	(void)flag;
	if (fails("asprintf", ENOMEM))
		return -1;
	va_start(ap, fmt);
	n = __real_vasprintf(p, fmt, ap);
	va_end(ap);
	return n;
}

int __wrap___vasprintf_chk(char **p, int flag, const char *fmt, va_list ap);

int
__wrap___vasprintf_chk(char **p, int flag, const char *fmt, va_list ap)
{
	(void)flag;
	if (fails("vasprintf", ENOMEM))
		return -1;
	return __real_vasprintf(p, fmt, ap);
}

/* ---- folders and files ---- */

/* The harness itself cannot go on. */
static void
give_up(const char *what)
{
	perror(what);
	exit(2);
}

void
fault_put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		give_up(path);
}

bool
fault_has(const char *path, const char *text)
{
	FILE *f = fopen(path, "r");
	size_t i = 0;
	int c;

	if (!f)
		return false;
	while ((c = getc(f)) != EOF && text[i] && c == (unsigned char)text[i])
		i++;
	fclose(f);
	return c == EOF && text[i] == '\0';
}

static unsigned
names_in(const char *folder)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	if (!d)
		give_up(folder);
	for (struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

unsigned
fault_names(void)
{
	return names_in(".");
}

bool
fault_named(const struct fault_outcome *o, const char *name)
{
	return strstr(o->err.text, name) != NULL;
}

static void
command(const char *verb, const char *folder)
{
	char line[512];

	snprintf(line, sizeof(line), "%s '%s'", verb, folder);
	if (system(line) != 0)
		give_up(line);
}

/* Make a folder of our own and go there; the way back is in `back`. */
static void
folder_enter(char *folder, size_t n, int *back)
{
	const char *tmp = getenv("TMPDIR");

	*back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(folder, n, "%s/scrub-fault.XXXXXX", tmp ? tmp : "/tmp");
	if (*back < 0 || !mkdtemp(folder) || chdir(folder) < 0)
		give_up(folder);
}

static void
folder_leave(const char *folder, int back)
{
	if (fchdir(back) < 0)
		give_up("fchdir");
	close(back);
	command("rm -rf", folder);
}

/* ---- one attempt ---- */

static void
child(const struct fault_test *t)
{
	struct err err = { 0 };
	int ret;

	alarm(SECONDS_MAX);
	attempt->fds_before = (int)names_in("/proc/self/fd");
	atomic_store(&armed, true);
	ret = t->job(t->arg, &err);
	atomic_store(&armed, false);
	attempt->fds_after = (int)names_in("/proc/self/fd");
	attempt->out.succeeded = ret == 0;
	attempt->out.err = err;
	attempt->returned = true;
	exit(0); /* and not _exit: leaks are looked for now */
}

/* Did the job not hear that bytes were lost? */
static bool
missed(const struct fault_test *t)
{
	static const char *const serious[] = { "write", "pwrite", "pwritev2",
		"fsync", "fdatasync", "ftruncate", "close", "rename" };
	const char *call = attempt->out.call;

	if (t->tolerated && strcmp(call, t->tolerated) == 0)
		return false;
	for (size_t i = 0; i < sizeof(serious) / sizeof(serious[0]); i++)
		if (strcmp(call, serious[i]) == 0)
			return true;
	return false;
}

/* What can be told without looking at the folder. */
static const char *
ending_check(const struct fault_test *t, int status)
{
	const struct fault_outcome *o = &attempt->out;

	if (o->killed)
		return NULL;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGALRM ? "it hangs" : "it crashes";
	if (!attempt->returned)
		return "it exits by itself";
	if (WEXITSTATUS(status) != 0)
		return "a sanitizer reports (memory leaked?)";
	if (attempt->fds_after != attempt->fds_before)
		return "a descriptor was left open";
	if (o->succeeded)
		return missed(t) ? "success in spite of it" : NULL;
	if (!o->call[0])
		return "it fails though nothing was made to fail";
	if (o->err.code == ERR_NONE || !o->err.text[0])
		return "it fails without saying why";
	return NULL;
}

static const char *
mode_text(enum fault_mode mode)
{
	static const char *const text[] = { "undisturbed", "failing once",
		"failing for good", "killed", "gently" };

	return text[mode];
}

/* Do the job once; false and `why` when something is wrong. */
static bool
attempt_run(const struct fault_test *t, enum fault_mode mode, unsigned n,
    char why[WHY_MAX])
{
	const char *wrong;
	int status;
	pid_t pid;

	memset(attempt, 0, sizeof(*attempt));
	attempt->out.mode = mode;
	attempt->out.n = n;
	command("find . -mindepth 1 -delete; true", ".");
	if (t->prepare)
		t->prepare(t->arg);
	fflush(NULL); /* or the child writes it a second time */
	if ((pid = fork()) < 0)
		give_up("fork");
	if (pid == 0)
		child(t);
	if (waitpid(pid, &status, 0) < 0)
		give_up("waitpid");
	attempt->out.killed = WIFEXITED(status) && !attempt->returned &&
	    WEXITSTATUS(status) == STATUS_KILLED;
	wrong = ending_check(t, status);
	if (!wrong)
		wrong = t->check(t->arg, &attempt->out);
	if (wrong)
		snprintf(why, WHY_MAX, "%s, call %u (%s): %s [%s]",
		    mode_text(mode), n, attempt->out.call, wrong,
		    attempt->out.err.text);
	return !wrong;
}

/* n = 1, 2, 3... until there is no n-th call; their number in *calls. */
static bool
each_call(const struct fault_test *t, enum fault_mode mode, unsigned *calls,
    char why[WHY_MAX])
{
	for (unsigned n = 1; n <= ATTEMPTS_MAX; n++) {
		if (!attempt_run(t, mode, n, why))
			return false;
		if (!attempt->out.call[0]) {
			*calls = n - 1;
			return true;
		}
	}
	snprintf(why, WHY_MAX, "more than %d calls", ATTEMPTS_MAX);
	return false;
}

/* A job that makes no call tests nothing: it is not linked with --wrap. */
static bool
all_modes(const struct fault_test *t, unsigned *calls, char why[WHY_MAX])
{
	if (!attempt_run(t, FAULT_NONE, 0, why) ||
	    !attempt_run(t, FAULT_GENTLY, 0, why) ||
	    !each_call(t, FAULT_ONCE, calls, why) ||
	    !each_call(t, FAULT_FOR_GOOD, calls, why) ||
	    !each_call(t, FAULT_KILLED, calls, why))
		return false;
	if (*calls == 0)
		snprintf(why, WHY_MAX, "no call was seen");
	return *calls > 0;
}

void
fault_run(const struct fault_test *t)
{
	char folder[256], why[WHY_MAX] = "";
	unsigned calls = 0;
	int back;

	attempt = mmap(NULL, sizeof(*attempt), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (attempt == MAP_FAILED)
		give_up("mmap");
	folder_enter(folder, sizeof(folder), &back);
	if (all_modes(t, &calls, why)) {
		printf("ok - %s, %u calls\n", t->name, calls);
		passed++;
	} else {
		printf("not ok - %s\n    %s\n", t->name, why);
		failed++;
	}
	folder_leave(folder, back);
	munmap(attempt, sizeof(*attempt));
}

int
fault_done(void)
{
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
