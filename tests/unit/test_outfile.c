#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/outfile.h"

/* Each test runs in a process of its own, and in a folder of its own. */
static char folder[PATH_MAX];

static void
enter(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/scrub-outfile.XXXXXX",
	    tmp ? tmp : "/tmp");
	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
}

static void
leave(void)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	cr_expect(chdir("/") == 0 && system(command) == 0);
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static bool
has(const char *path, const char *want)
{
	char got[256];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return false;
	n = fread(got, 1, sizeof(got), f);
	fclose(f);
	return n == strlen(want) && memcmp(got, want, n) == 0;
}

/* How many names the folder holds. */
static int
names(void)
{
	DIR *d = opendir(".");
	int n = -2; /* . and .. */

	cr_assert(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Open, write, finish and publish a small file. */
static int
whole(const char *path, const char *text, struct err *err)
{
	struct outfile o;
	int ret = 0;

	if (outfile_open(&o, path, err) < 0)
		return -1;
	if (outfile_write(&o, text, strlen(text), err) < 0 ||
	    outfile_finish(&o, err) < 0 || outfile_publish(&o, err) < 0)
		ret = -1;
	outfile_discard(&o);
	return ret;
}

TestSuite(outfile, .init = enter, .fini = leave);

Test(outfile, a_file_appears_whole_and_private)
{
	struct err err;
	struct stat st;

	umask(0);
	cr_assert(eq(int, whole("a.csv", "phone\n", &err), 0));
	cr_expect(has("a.csv", "phone\n"));
	cr_assert(stat("a.csv", &st) == 0);
	cr_expect(eq(uint, st.st_mode & 07777, 0600));
	cr_expect(eq(int, names(), 1));
}

Test(outfile, nothing_is_seen_under_its_name_before_publish)
{
	struct outfile o;
	struct err err;

	put("a.csv", "old");
	cr_assert(eq(int, outfile_open(&o, "a.csv", &err), 0));
	cr_expect(
	    eq(int, strncmp(o.temp + strlen(o.temp) - 13, ".a.csv.", 7), 0));
	cr_assert(eq(int, outfile_write(&o, "new", 3, &err), 0));
	cr_assert(eq(int, outfile_flush(&o, &err), 0));
	cr_expect(has("a.csv", "old"));
	cr_expect(has(o.temp, "new"));
	cr_assert(eq(int, outfile_finish(&o, &err), 0));
	cr_expect(has("a.csv", "old"));
	cr_assert(eq(int, outfile_publish(&o, &err), 0));
	cr_expect(has("a.csv", "new"));
	outfile_discard(&o);
	cr_expect(has("a.csv", "new"));
	cr_expect(eq(int, names(), 1));
}

Test(outfile, discard_removes_what_was_not_published)
{
	struct outfile o;
	struct err err;

	put("a.csv", "old");
	cr_assert(eq(int, outfile_open(&o, "a.csv", &err), 0));
	cr_expect(eq(int, names(), 2));
	outfile_discard(&o);
	cr_expect(eq(int, names(), 1));
	cr_assert(eq(int, outfile_open(&o, "a.csv", &err), 0));
	cr_assert(eq(int, outfile_finish(&o, &err), 0));
	outfile_discard(&o);
	outfile_discard(&o);
	outfile_discard(NULL);
	cr_expect(eq(int, names(), 1));
	cr_expect(has("a.csv", "old"));
}

typedef int open_function(struct outfile *o, const char *path, struct err *err);

/* The byte at `at` of every large file here. */
static char
byte_at(size_t at)
{
	return (char)(at * 31 >> 3);
}

/* Open `path` and write n pieces, of which each goes on where one ended. */
static int
pieces(struct outfile *o, const char *path, open_function *open,
    const size_t *size, size_t n, struct err *err)
{
	size_t total = 0, most = 0;
	int ret = open(o, path, err);
	char *p;

	for (size_t i = 0; i < n; i++)
		most = size[i] > most ? size[i] : most;
	p = malloc(most + 1);
	for (size_t i = 0; i < n && ret == 0; i++) {
		for (size_t k = 0; k < size[i]; k++)
			p[k] = byte_at(total + k);
		ret = outfile_write(o, p, size[i], err);
		total += size[i];
	}
	free(p);
	return ret < 0 ? ret : outfile_finish(o, err);
}

/* Does the file hold the bytes of pieces(), `want` of them and no more? */
static bool
has_bytes(const char *path, size_t want)
{
	FILE *f = fopen(path, "r");
	size_t at = 0;
	int c;

	if (!f)
		return false;
	while ((c = getc(f)) != EOF && (char)c == byte_at(at))
		at++;
	fclose(f);
	return c == EOF && at == want;
}

/* Pieces below, at and above the buffers' sizes, in many alignments. */
static const struct {
	size_t size[12], n;
} layout[] = {
	{ { 1, 262143, 262144, 262145, 0, 7, 600000, 262144, 3, 262141, 1 },
	    11 },
	{ { 1, 524287, 524288, 524289, 0, 7, 1200000, 524288, 3, 524285, 1 },
	    11 },
	{ { 0 }, 1 },
	{ { 524287 }, 1 },
	{ { 524288 }, 1 },
	{ { 524289 }, 1 },
	{ { 524288, 1 }, 2 },
	{ { 524287, 2 }, 2 },
	{ { 1, 1048575 }, 2 },
	{ { 1, 1048576 }, 2 },
	{ { 1, 1048577, 524286 }, 3 },
	{ { 4096, 2000000, 4096 }, 3 },
};

/* All layouts, opened so; each file comes out right. */
static void
layouts_check(open_function *open)
{
	for (size_t i = 0; i < sizeof(layout) / sizeof(*layout); i++) {
		size_t total = 0;
		struct outfile o;
		struct err err;

		for (size_t k = 0; k < layout[i].n; k++)
			total += layout[i].size[k];
		cr_assert(eq(int,
		    pieces(&o, "a.bin", open, layout[i].size, layout[i].n,
			&err),
		    0));
		cr_expect(eq(u64, o.written, total));
		cr_expect(eq(u64, o.given, total));
		cr_assert(eq(int, outfile_publish(&o, &err), 0));
		outfile_discard(&o);
		cr_expect(has_bytes("a.bin", total), "layout %zu", i);
	}
	cr_expect(eq(int, names(), 1));
}

Test(outfile, pieces_of_any_size_keep_their_order)
{
	layouts_check(outfile_open);
}

Test(outfile, pieces_of_any_size_keep_their_order_past_the_cache)
{
	layouts_check(outfile_open_uncached);
}

/* Rows end anywhere; what is written of them ends with a page. */
Test(outfile, no_page_is_written_twice)
{
	static char row[999999];
	static const size_t size[] = { 17, 300000, 1, 200001, 70000, 999999,
		5 };
	static open_function *const open[] = { outfile_open,
		outfile_open_uncached };
	struct outfile o;
	struct err err;

	for (size_t i = 0; i < 2; i++) {
		cr_assert(eq(int, open[i](&o, "a.bin", &err), 0));
		for (size_t k = 0; k < sizeof(size) / sizeof(*size); k++) {
			cr_assert(
			    eq(int, outfile_write(&o, row, size[k], &err), 0));
			cr_expect(eq(u64, o.given % 4096, 0), "piece %zu", k);
		}
		cr_expect(ge(u64, o.given, 1000000));
		outfile_discard(&o);
	}
}

/* From here on the system answers pwritev2(2) with `why`. */
static void
pwritev2_refuse(int why)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pwritev2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)why),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		cr_skip_test("this system does not filter calls");
}

/* Of filters that answer alike, the last that was put in place is heard. */
Test(outfile, a_system_that_refuses_to_write_past_the_cache_gets_plain_writes)
{
	static const int why[] = { EOPNOTSUPP, EINVAL, ENOSYS };
	static const size_t size[] = { 1000, 2000000 };
	struct outfile o;
	struct err err;

	for (size_t i = 0; i < sizeof(why) / sizeof(*why); i++) {
		pwritev2_refuse(why[i]);
		cr_assert(eq(int,
		    pieces(&o, "a.bin", outfile_open_uncached, size, 2, &err),
		    0));
		cr_expect(not(o.uncached), "asked once: %s", strerror(why[i]));
		cr_assert(eq(int, outfile_publish(&o, &err), 0));
		outfile_discard(&o);
		cr_expect(has_bytes("a.bin", 2001000), "%s", strerror(why[i]));
	}
	layouts_check(outfile_open_uncached);
}

Test(outfile, what_goes_wrong_past_the_cache_is_an_error)
{
	static const size_t size[] = { 1000, 2000000 };
	struct outfile o;
	struct err err;

	cr_assert(eq(int, outfile_open_uncached(&o, "a.bin", &err), 0));
	if (!o.uncached)
		cr_skip_test("this kernel is not asked to");
	outfile_discard(&o);
	put("a.bin", "old");
	pwritev2_refuse(ENOSPC);
	cr_expect(eq(int,
	    pieces(&o, "a.bin", outfile_open_uncached, size, 2, &err), -1));
	cr_expect(
	    eq(str, err.text, "a.bin: cannot write: No space left on device"));
	cr_expect(eq(int, outfile_finish(&o, &err), -1));
	outfile_discard(&o);
	cr_expect(has("a.bin", "old"));
	cr_expect(eq(int, names(), 1));
}

/* What is small stays cached, and costs no call that may be refused. */
Test(outfile, what_fits_in_one_buffer_is_written_as_any_other_file)
{
	static const size_t size[] = { 1, 500000 };
	struct outfile o;
	struct err err;

	pwritev2_refuse(EIO);
	cr_assert(eq(int,
	    pieces(&o, "a.bin", outfile_open_uncached, size, 2, &err), 0));
	cr_assert(eq(int, outfile_publish(&o, &err), 0));
	outfile_discard(&o);
	cr_expect(has_bytes("a.bin", 500001));
}

Test(outfile, a_pipe_is_never_written_past_the_cache)
{
	static char p[1 << 20];
	struct outfile o;
	struct err err;
	size_t total = 0;
	int fd, got;

	pwritev2_refuse(EIO);
	cr_assert(mkfifo("pipe", 0600) == 0);
	fd = open("pipe", O_RDONLY | O_NONBLOCK);
	if (fork() == 0) {
		got = outfile_open_uncached(&o, "pipe", &err);
		if (got == 0)
			got = outfile_write(&o, p, sizeof(p), &err);
		if (got == 0)
			got = outfile_finish(&o, &err);
		_exit(got ? 1 : 0);
	}
	usleep(20000);
	fcntl(fd, F_SETFL, 0);
	for (ssize_t n; (n = read(fd, p, 5000)) > 0; total += (size_t)n)
		;
	close(fd);
	wait(&got);
	cr_expect(eq(int, got, 0));
	cr_expect(eq(sz, total, sizeof(p)));
}

Test(outfile, several_are_published_together)
{
	struct outfile a, b;
	struct err err;

	cr_assert(eq(int, outfile_open(&a, "clean.csv", &err), 0));
	cr_assert(eq(int, outfile_open(&b, "rejected.csv", &err), 0));
	cr_assert(eq(int, outfile_finish(&a, &err), 0));
	cr_assert(eq(int, outfile_finish(&b, &err), 0));
	cr_expect(ne(int, access("clean.csv", F_OK), 0));
	cr_assert(eq(int, outfile_publish(&b, &err), 0));
	cr_assert(eq(int, outfile_publish(&a, &err), 0));
	outfile_discard(&a);
	outfile_discard(&b);
	cr_expect(eq(int, names(), 2));
}

Test(outfile, all_of_several_folders_are_published_in_one_go)
{
	static const char *const path[] = { "a.csv", "b.csv", "sub/c.csv",
		"/dev/null", "d.csv" };
	enum { N = sizeof(path) / sizeof(*path) };
	struct outfile file[N], *all[N];
	struct err err;
	size_t i;

	cr_assert(mkdir("sub", 0700) == 0);
	for (i = 0; i < N; i++) {
		all[i] = &file[i];
		cr_assert(eq(int, outfile_open(all[i], path[i], &err), 0));
		cr_assert(eq(int,
		    outfile_write(all[i], path[i], strlen(path[i]), &err), 0));
		cr_assert(eq(int, outfile_finish(all[i], &err), 0));
	}
	cr_expect(ne(int, access("a.csv", F_OK), 0));
	cr_assert(eq(int, outfile_publish_all(all, N, &err), 0), "%s",
	    err.text);
	for (i = 0; i < N; i++) {
		cr_expect(eq(int, (int)file[i].state, OUTFILE_CLOSED));
		outfile_discard(all[i]);
		if (strcmp(path[i], "/dev/null") != 0)
			cr_expect(has(path[i], path[i]), "%s", path[i]);
	}
}

/* The second of three cannot be put in place: the first stands, the third
 * does not. */
Test(outfile, publishing_several_ends_with_the_first_that_fails)
{
	static const char *const path[] = { "a.csv", "b.csv", "c.csv" };
	struct outfile file[3], *all[3];
	struct err err;
	size_t i;

	for (i = 0; i < 3; i++) {
		all[i] = &file[i];
		cr_assert(eq(int, outfile_open(all[i], path[i], &err), 0));
		cr_assert(eq(int, outfile_finish(all[i], &err), 0));
	}
	cr_assert(mkdir("b.csv", 0700) == 0);
	cr_expect(eq(int, outfile_publish_all(all, 3, &err), -1));
	for (i = 0; i < 3; i++)
		outfile_discard(all[i]);
	cr_expect(eq(int, access("a.csv", F_OK), 0));
	cr_expect(ne(int, access("c.csv", F_OK), 0));
	cr_expect(eq(int, names(), 2));
}

Test(outfile, a_link_is_followed_and_stays_a_link)
{
	struct err err;
	struct stat st;

	cr_assert(mkdir("store", 0700) == 0);
	put("store/a.csv", "old");
	cr_assert(symlink("store/a.csv", "a.csv") == 0);
	cr_assert(eq(int, whole("a.csv", "new", &err), 0));
	cr_expect(has("store/a.csv", "new"));
	cr_assert(lstat("a.csv", &st) == 0);
	cr_expect(eq(uint, st.st_mode & S_IFMT, S_IFLNK));
}

Test(outfile, a_link_that_leads_nowhere_yet_is_followed)
{
	struct err err;
	char to[PATH_MAX + 32];

	cr_assert(mkdir("store", 0700) == 0 && mkdir("links", 0700) == 0);
	snprintf(to, sizeof(to), "%s/links/second.csv", folder);
	cr_assert(symlink(to, "first.csv") == 0);
	cr_assert(symlink("../store/a.csv", "links/second.csv") == 0);
	cr_assert(eq(int, whole("first.csv", "new", &err), 0));
	cr_expect(has("store/a.csv", "new"));
	cr_expect(has("first.csv", "new"));
}

Test(outfile, what_cannot_be_a_target_is_refused_and_named)
{
	static const struct {
		const char *path, *want;
	} cases[] = {
		{ "dir", "dir: is a directory" },
		{ "dir/", "dir/: is a directory" },
		{ "to-dir", "to-dir: is a directory" },
		{ "new/", "new/: not the name of a file" },
		{ "", ": not the name of a file" },
		{ "none/a.csv",
		    "none/a.csv: cannot create: No such file or directory" },
		{ "file/a.csv", "file/a.csv: cannot create: Not a directory" },
		{ "loop",
		    "loop: cannot create: "
		    "Too many levels of symbolic links" },
	};
	struct outfile o;
	struct err err;

	cr_assert(mkdir("dir", 0700) == 0 && symlink("dir", "to-dir") == 0);
	cr_assert(symlink("loop", "loop") == 0);
	put("file", "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect(eq(int, outfile_open(&o, cases[i].path, &err), -1),
		    "path: %s", cases[i].path);
		cr_expect(eq(str, err.text, (char *)cases[i].want));
		cr_expect(eq(int, err.code, ERR_IO));
		cr_expect(eq(int, o.state, OUTFILE_CLOSED));
		outfile_discard(&o);
	}
	cr_expect(eq(int, names(), 4));
}

Test(outfile, the_longest_name_still_has_a_temporary)
{
	char name[NAME_MAX + 1];
	struct err err;

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	cr_assert(eq(int, whole(name, "x", &err), 0), "%s", err.text);
	cr_expect(has(name, "x"));
}

Test(outfile, a_failed_publish_leaves_the_temporary_to_discard)
{
	struct outfile o;
	struct err err;

	cr_assert(eq(int, outfile_open(&o, "a.csv", &err), 0));
	cr_assert(eq(int, outfile_finish(&o, &err), 0));
	cr_assert(mkdir("a.csv", 0700) == 0);
	cr_assert(eq(int, outfile_publish(&o, &err), -1));
	cr_expect(
	    eq(str, err.text, "a.csv: cannot put in place: Is a directory"));
	cr_expect(eq(int, names(), 2));
	outfile_discard(&o);
	cr_expect(eq(int, names(), 1));
}

Test(outfile, a_named_pipe_is_written_directly)
{
	struct err err;
	struct stat st;
	char p[8];
	int fd;

	cr_assert(mkfifo("pipe", 0600) == 0);
	/* Open for both, so that neither side waits for the other. */
	fd = open("pipe", O_RDWR);
	cr_assert(eq(int, whole("pipe", "row\n", &err), 0));
	cr_expect(eq(int, (int)read(fd, p, 8), 4));
	close(fd);
	cr_assert(lstat("pipe", &st) == 0);
	cr_expect(eq(uint, st.st_mode & S_IFMT, S_IFIFO));
	cr_expect(eq(int, names(), 1));
}

Test(outfile, a_full_device_is_an_error_that_names_it)
{
	struct err err;

	cr_assert(eq(int, whole("/dev/full", "x", &err), -1));
	cr_expect(eq(int, err.code, ERR_IO));
	cr_expect(eq(str, err.text,
	    "/dev/full: cannot write: No space left on device"));
	cr_assert(eq(int, whole("/dev/null", "x", &err), 0));
}

Test(outfile, a_file_that_lost_bytes_is_never_finished)
{
	struct outfile o;
	struct err err;

	cr_assert(eq(int, outfile_open(&o, "/dev/full", &err), 0));
	cr_assert(eq(int, outfile_write(&o, "x", 1, &err), 0));
	cr_assert(eq(int, outfile_flush(&o, &err), -1));
	cr_expect(eq(int, outfile_write(&o, "y", 1, &err), -1));
	cr_expect(eq(int, outfile_finish(&o, &err), -1));
	cr_expect(eq(str, err.text, "/dev/full: an earlier write failed"));
	outfile_discard(&o);
}

Test(outfile, a_file_over_the_limit_is_an_error_and_no_signal)
{
	struct rlimit limit = { 4096, 4096 };
	char p[8192] = "";
	struct outfile o;
	struct err err;

	put("a.csv", "old");
	interrupt_catch();
	cr_assert(eq(int, outfile_open(&o, "a.csv", &err), 0));
	cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	cr_assert(eq(int, outfile_write(&o, p, sizeof(p), &err), 0));
	cr_expect(eq(int, outfile_finish(&o, &err), -1));
	cr_expect(eq(str, err.text, "a.csv: cannot write: File too large"));
	outfile_discard(&o);
	cr_expect(has("a.csv", "old"));
	cr_expect(eq(int, names(), 1));
}

/* Standard output is put aside, so that Criterion keeps its own. */
static int
stdout_as(int fd)
{
	int saved = dup(STDOUT_FILENO);

	cr_assert(saved >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	close(fd);
	return saved;
}

Test(outfile, standard_output_is_flushed_and_stays_open)
{
	struct outfile o;
	struct err err;
	bool open_after;
	int got, saved;

	saved = stdout_as(open("out", O_WRONLY | O_CREAT, 0600));
	got = outfile_open(&o, "-", &err) < 0 ||
	    outfile_write(&o, "row\n", 4, &err) < 0 ||
	    outfile_finish(&o, &err) < 0 || outfile_publish(&o, &err) < 0;
	outfile_discard(&o);
	open_after = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
	dup2(saved, STDOUT_FILENO);
	cr_expect(eq(int, got, 0));
	cr_expect(open_after);
	cr_expect(has("out", "row\n"));
	cr_expect(eq(int, names(), 1));
}

Test(outfile, a_reader_that_has_gone_is_its_own_error)
{
	struct outfile o;
	struct err err;
	int ends[2], got, saved;

	interrupt_catch();
	cr_assert(pipe(ends) == 0);
	close(ends[0]);
	saved = stdout_as(ends[1]);
	got = outfile_open(&o, "-", &err);
	if (got == 0)
		got = outfile_write(&o, "x", 1, &err);
	if (got == 0)
		got = outfile_flush(&o, &err) == -1 ? 1 : 2;
	dup2(saved, STDOUT_FILENO);
	outfile_discard(&o);
	cr_expect(eq(int, got, 1));
	cr_expect(eq(int, err.code, ERR_PIPE));
	cr_expect(
	    eq(str, err.text, "standard output: cannot write: Broken pipe"));
}

Test(outfile, a_signal_ends_a_write_that_waits)
{
	static char p[1 << 20]; /* more than a pipe holds */
	struct outfile o;
	struct err err;
	int fd, got;
	pid_t self = getpid();

	interrupt_catch();
	cr_assert(mkfifo("pipe", 0600) == 0);
	fd = open("pipe", O_RDWR);
	cr_assert(eq(int, outfile_open(&o, "pipe", &err), 0));
	if (fork() == 0) {
		usleep(50000);
		_exit(kill(self, SIGINT));
	}
	got = outfile_write(&o, p, sizeof(p), &err);
	cr_expect(eq(int, got, -1));
	cr_expect(eq(int, err.code, ERR_INTERRUPTED));
	outfile_discard(&o);
	close(fd);
	wait(NULL);
}

Test(outfile, a_pipe_that_does_not_block_gets_everything)
{
	static char p[1 << 20];
	struct outfile o;
	struct err err;
	size_t total = 0;
	int fd, status;

	cr_assert(mkfifo("pipe", 0600) == 0);
	fd = open("pipe", O_RDONLY | O_NONBLOCK);
	if (fork() == 0) {
		cr_assert(eq(int, outfile_open(&o, "pipe", &err), 0));
		fcntl(o.fd, F_SETFL, O_NONBLOCK);
		if (outfile_write(&o, p, sizeof(p), &err) < 0 ||
		    outfile_finish(&o, &err) < 0)
			_exit(1);
		_exit(0);
	}
	usleep(20000);
	fcntl(fd, F_SETFL, 0);
	for (ssize_t n; (n = read(fd, p, 5000)) > 0; total += (size_t)n)
		;
	wait(&status);
	close(fd);
	cr_expect(eq(int, status, 0));
	cr_expect(eq(sz, total, sizeof(p)));
}

Test(outfile, discard_of_a_zeroed_struct_closes_nothing)
{
	struct outfile zero = { 0 };

	outfile_discard(&zero);
	cr_expect(fcntl(STDIN_FILENO, F_GETFD) >= 0);
}
