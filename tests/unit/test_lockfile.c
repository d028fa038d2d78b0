#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/lockfile.h"

static char folder[] = "/tmp/scrub-lockfile.XXXXXX";

static void
enter(void)
{
	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
}

static void
leave(void)
{
	unlink("lock");
	cr_expect(chdir("/") == 0 && rmdir(folder) == 0);
}

TestSuite(lockfile, .init = enter, .fini = leave);

static void
nap(int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* A process that holds the lock for `ms`, or until it is killed for -1. */
static pid_t
hold(int ms)
{
	struct lockfile l;
	struct err err;
	int ready[2];
	pid_t pid;
	char c;

	cr_assert(pipe(ready) == 0);
	if ((pid = fork()) == 0) {
		if (lockfile_take(&l, "lock", "scrub dnc import", 0, &err) < 0)
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		while (ms < 0)
			pause();
		nap(ms);
		lockfile_release(&l);
		_exit(0);
	}
	cr_assert(pid > 0 && read(ready[0], &c, 1) == 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

Test(lockfile, a_lock_is_a_file_of_ours_that_says_who_holds_it)
{
	struct lockfile l;
	struct err err;
	struct stat st;
	char text[100] = "", want[100];
	FILE *f;

	umask(0);
	cr_assert(lockfile_take(&l, "lock", "scrub init", 0, &err) == 0);
	cr_assert(stat("lock", &st) == 0);
	cr_expect(eq(int, (int)(st.st_mode & 07777), 0600));
	f = fopen("lock", "r");
	cr_assert(f != NULL);
	cr_assert(fgets(text, sizeof(text), f) != NULL);
	fclose(f);
	snprintf(want, sizeof(want), "process %d: scrub init\n", getpid());
	cr_expect(eq(str, text, want));
	lockfile_release(&l);
	lockfile_release(&l);
}

Test(lockfile, a_second_holder_is_told_who_the_first_is)
{
	struct lockfile l;
	struct err err = { 0 };
	pid_t pid = hold(-1);
	char want[100];

	cr_expect(lockfile_take(&l, "lock", "scrub init", 0, &err) == -1);
	cr_expect(eq(int, err.code, ERR_LOCKED));
	snprintf(want, sizeof(want),
	    "another scrub holds the register (process %d: scrub dnc import, "
	    "since 20",
	    (int)pid);
	cr_expect(strstr(err.text, want) == err.text, "%s", err.text);
	cr_expect(err.hint[0] != '\0');
	cr_expect(not(l.held));
	lockfile_release(&l);

	/* The failed attempt took nothing from the first. */
	cr_expect(lockfile_take(&l, "lock", "scrub init", 0, &err) == -1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

Test(lockfile, a_dead_holder_keeps_nobody_out)
{
	struct lockfile l;
	struct err err;
	pid_t pid = hold(-1);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	cr_expect(lockfile_take(&l, "lock", "scrub init", 0, &err) == 0);
	lockfile_release(&l);
}

Test(lockfile, waiting_sees_the_holder_end)
{
	struct lockfile l;
	struct err err = { 0 };
	pid_t pid = hold(150);

	cr_expect(lockfile_take(&l, "lock", "scrub init", 20, &err) == -1);
	cr_expect(eq(int, err.code, ERR_LOCKED));
	cr_expect(lockfile_take(&l, "lock", "scrub init", 20000, &err) == 0);
	lockfile_release(&l);
	waitpid(pid, NULL, 0);
}

Test(lockfile, a_long_command_is_cut)
{
	char command[500];
	struct lockfile l;
	struct err err;
	struct stat st;

	memset(command, 'x', sizeof(command) - 1);
	command[sizeof(command) - 1] = '\0';
	cr_assert(lockfile_take(&l, "lock", command, 0, &err) == 0);
	cr_assert(stat("lock", &st) == 0);
	cr_expect(st.st_size > 50 && st.st_size < 500);
	lockfile_release(&l);
}

Test(lockfile, what_cannot_be_made_or_is_a_link_is_an_error)
{
	struct lockfile l;
	struct err err = { 0 };

	cr_expect(lockfile_take(&l, "no/lock", "scrub", 0, &err) == -1);
	cr_expect(eq(int, err.code, ERR_IO));
	cr_assert(symlink("/dev/null", "lock") == 0);
	cr_expect(lockfile_take(&l, "lock", "scrub", 0, &err) == -1);
	cr_expect(eq(int, err.code, ERR_IO));
}
