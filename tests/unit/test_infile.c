#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/infile.h"
#include "base/interrupt.h"

/* Each test runs in a process of its own, and in a folder of its own. */
static char folder[PATH_MAX];

static void
enter(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/scrub-infile.XXXXXX",
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
put(const char *path, const char *p, size_t n)
{
	FILE *f = fopen(path, "w");

	cr_assert(f && fwrite(p, 1, n, f) == n && fclose(f) == 0);
}

/* Make `fd` the reading end of a pipe; returns the writing end. */
static int
pipe_as(int fd)
{
	int ends[2];

	cr_assert(pipe(ends) == 0 && dup2(ends[0], fd) == fd);
	close(ends[0]);
	return ends[1];
}

TestSuite(infile, .init = enter, .fini = leave);

Test(infile, a_file_is_read_to_its_end)
{
	struct infile f;
	struct err err;
	char p[8];

	put("a.csv", "phone\n1\n", 8);
	cr_assert(eq(int, infile_open(&f, "a.csv", &err), 0));
	cr_expect(eq(i64, f.size, 8));
	cr_expect(eq(str, f.name, "a.csv"));
	cr_expect(eq(int, (int)infile_read(&f, p, 5, &err), 5));
	cr_expect(eq(int, memcmp(p, "phone", 5), 0));
	cr_expect(not(f.eof));
	cr_expect(eq(int, (int)infile_read(&f, p, 8, &err), 3));
	cr_expect(eq(int, memcmp(p, "\n1\n", 3), 0));
	cr_expect(f.eof);
	cr_expect(eq(int, (int)infile_read(&f, p, 8, &err), 0));
	cr_expect(eq(u64, f.taken, 8));
	infile_close(&f);
}

Test(infile, an_empty_file_is_at_its_end)
{
	struct infile f;
	struct err err;
	char c;

	put("a.csv", "", 0);
	cr_assert(eq(int, infile_open(&f, "a.csv", &err), 0));
	cr_expect(eq(i64, f.size, 0));
	cr_expect(eq(int, (int)infile_read(&f, &c, 1, &err), 0));
	cr_expect(f.eof);
	infile_close(&f);
}

Test(infile, a_missing_file_is_named)
{
	struct infile f;
	struct err err;

	cr_assert(eq(int, infile_open(&f, "campaign.csv", &err), -1));
	cr_expect(eq(int, err.code, ERR_IO));
	cr_expect(eq(str, err.text, "campaign.csv: No such file or directory"));
	cr_expect(eq(int, f.fd, -1));
	infile_close(&f);
}

Test(infile, a_folder_is_refused)
{
	struct infile f;
	struct err err;

	cr_assert(eq(int, infile_open(&f, ".", &err), -1));
	cr_expect(eq(int, err.code, ERR_IO));
	cr_expect(eq(str, err.text, ".: is a directory"));
}

Test(infile, a_pipe_has_no_size_and_fills_the_whole_buffer)
{
	struct infile f;
	struct err err;
	char p[64];
	int end = pipe_as(STDIN_FILENO);

	if (fork() == 0) {
		for (int i = 0; i < 10; i++)
			if (write(end, "01234", 5) != 5 || usleep(1000) < 0)
				_exit(1);
		_exit(0);
	}
	close(end);
	cr_assert(eq(int, infile_open(&f, "-", &err), 0));
	cr_expect(f.is_stdin);
	cr_expect(eq(i64, f.size, -1));
	cr_expect(eq(str, f.name, "standard input"));
	cr_expect(eq(int, (int)infile_read(&f, p, 48, &err), 48));
	cr_expect(eq(int, memcmp(p + 43, "34012", 5), 0));
	cr_expect(eq(int, (int)infile_read(&f, p, 48, &err), 2));
	infile_close(&f);
	wait(NULL);
}

Test(infile, read_some_does_not_wait_for_the_whole)
{
	struct infile f;
	struct err err;
	char p[64];
	int end = pipe_as(STDIN_FILENO);

	cr_assert(eq(int, infile_open(&f, "-", &err), 0));
	cr_assert(eq(int, (int)write(end, "abc", 3), 3));
	cr_expect(eq(int, (int)infile_read_some(&f, p, 64, &err), 3));
	close(end);
	cr_expect(eq(int, (int)infile_read_some(&f, p, 64, &err), 0));
	cr_expect(f.eof);
	infile_close(&f);
}

Test(infile, a_pipe_that_does_not_block_is_waited_for)
{
	struct infile f;
	struct err err;
	char p[4];
	int end = pipe_as(STDIN_FILENO);

	cr_assert(fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) == 0);
	if (fork() == 0) {
		usleep(20000);
		_exit(write(end, "late", 4) != 4);
	}
	close(end);
	cr_assert(eq(int, infile_open(&f, "-", &err), 0));
	cr_expect(eq(int, (int)infile_read(&f, p, 4, &err), 4));
	infile_close(&f);
	wait(NULL);
}

Test(infile, standard_input_stays_open_and_may_be_half_read)
{
	struct infile f;
	struct err err;
	char p[8];
	int fd;

	put("a.csv", "headerrows", 10);
	fd = open("a.csv", O_RDONLY);
	cr_assert(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	cr_assert(eq(int, (int)read(STDIN_FILENO, p, 6), 6));
	cr_assert(eq(int, infile_open(&f, "-", &err), 0));
	cr_expect(eq(i64, f.size, 4));
	cr_expect(eq(int, (int)infile_read(&f, p, 8, &err), 4));
	infile_close(&f);
	cr_expect(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	close(fd);
}

Test(infile, a_file_cut_short_while_read_is_an_end)
{
	struct infile f;
	struct err err;
	char p[100];

	memset(p, 'x', sizeof(p));
	put("a.csv", p, 100);
	cr_assert(eq(int, infile_open(&f, "a.csv", &err), 0));
	cr_expect(eq(int, (int)infile_read(&f, p, 10, &err), 10));
	cr_assert(truncate("a.csv", 30) == 0);
	cr_expect(eq(int, (int)infile_read(&f, p, 90, &err), 20));
	cr_expect(lt(u64, f.taken, (uint64_t)f.size));
	infile_close(&f);
}

Test(infile, an_unreadable_file_is_named_when_reading)
{
	struct infile f;
	struct err err;
	char c;

	put("a.csv", "x", 1);
	cr_assert(eq(int, infile_open(&f, "a.csv", &err), 0));
	close(f.fd);
	cr_assert(eq(int, (int)infile_read(&f, &c, 1, &err), -1));
	cr_expect(eq(int, err.code, ERR_IO));
	cr_expect(eq(str, err.text, "a.csv: cannot read: Bad file descriptor"));
	infile_close(&f);
}

Test(infile, a_signal_ends_a_read_that_waits)
{
	struct infile f;
	struct err err;
	char c;
	int end = pipe_as(STDIN_FILENO);
	pid_t self = getpid();

	interrupt_catch();
	cr_assert(eq(int, infile_open(&f, "-", &err), 0));
	if (fork() == 0) {
		usleep(50000);
		_exit(kill(self, SIGTERM));
	}
	cr_expect(eq(int, (int)infile_read(&f, &c, 1, &err), -1));
	cr_expect(eq(int, err.code, ERR_INTERRUPTED));
	cr_expect(eq(int, interrupt_pending(), SIGTERM));
	infile_close(&f);
	close(end);
	wait(NULL);
}

Test(infile, after_a_signal_nothing_more_is_read)
{
	struct infile f;
	struct err err;
	char c;

	put("a.csv", "x", 1);
	interrupt_catch();
	cr_assert(eq(int, infile_open(&f, "a.csv", &err), 0));
	raise(SIGINT);
	raise(SIGTERM);
	cr_expect(eq(int, (int)infile_read(&f, &c, 1, &err), -1));
	cr_expect(eq(int, err.code, ERR_INTERRUPTED));
	cr_expect(eq(int, interrupt_pending(), SIGINT), "the first one counts");
	infile_close(&f);
}

Test(infile, a_signal_that_was_ignored_stays_so)
{
	struct err err;

	signal(SIGHUP, SIG_IGN);
	interrupt_catch();
	raise(SIGHUP);
	cr_expect(eq(int, interrupt_check(&err), 0));
}

Test(infile, die_dies_by_the_signal)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		interrupt_catch();
		interrupt_die(SIGTERM);
		_exit(0);
	}
	cr_assert(waitpid(child, &status, 0) == child);
	cr_assert(ne(int, WIFSIGNALED(status), 0));
	cr_expect(eq(int, WTERMSIG(status), SIGTERM));
}

Test(infile, is_knows_the_file_by_any_name)
{
	struct infile f;
	struct err err;

	put("a.csv", "x", 1);
	put("b.csv", "x", 1);
	cr_assert(link("a.csv", "hard.csv") == 0);
	cr_assert(symlink("a.csv", "soft.csv") == 0);
	cr_assert(eq(int, infile_open(&f, "a.csv", &err), 0));
	cr_expect(infile_is(&f, "./a.csv"));
	cr_expect(infile_is(&f, "hard.csv"));
	cr_expect(infile_is(&f, "soft.csv"));
	cr_expect(not(infile_is(&f, "b.csv")));
	cr_expect(not(infile_is(&f, "missing.csv")));
	infile_close(&f);
}

Test(infile, is_allows_a_device_to_be_both)
{
	struct infile f;
	struct err err;

	cr_assert(eq(int, infile_open(&f, "/dev/null", &err), 0));
	cr_expect(not(infile_is(&f, "/dev/null")));
	infile_close(&f);
}

Test(infile, is_knows_standard_output)
{
	struct infile f;
	struct err err;
	bool same;
	int fd, saved = dup(STDOUT_FILENO);

	put("a.csv", "x", 1);
	cr_assert(eq(int, infile_open(&f, "a.csv", &err), 0));
	fd = open("a.csv", O_WRONLY | O_APPEND);
	dup2(fd, STDOUT_FILENO);
	same = infile_is(&f, "-");
	dup2(saved, STDOUT_FILENO);
	cr_expect(same);
	close(fd);
	close(saved);
	infile_close(&f);
}

Test(infile, close_is_safe_twice_zeroed_and_for_null)
{
	struct infile f, zero = { 0 };
	struct err err;

	put("a.csv", "x", 1);
	cr_assert(eq(int, infile_open(&f, "a.csv", &err), 0));
	infile_close(&f);
	infile_close(&f);
	infile_close(&zero);
	infile_close(NULL);
	cr_expect(fcntl(STDIN_FILENO, F_GETFD) >= 0);
}
