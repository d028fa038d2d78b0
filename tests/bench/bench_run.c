/*
 * bench_run - run a command and say what it cost.
 *
 *	bench_run [-l SECONDS] [-o STDOUT] RESULT COMMAND [ARGUMENT]...
 *
 * Writes "wall cpu peak" (seconds, seconds, MiB) to the file RESULT.  CPU time
 * is that of the command and all it waited for; the peak is that of the
 * largest process among them, not their sum.  It is a small program of its
 * own, and spawns without a copy of itself, because a child begins with its
 * parent's peak: a benchmark in a language with a large run-time would measure
 * that.
 *
 * The command's exit status is passed on; 124 after SECONDS, when everything
 * the command started is killed; 125 when it could not be run.  The kernel is
 * told to choose it first, should memory run out.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static volatile sig_atomic_t child, stopped_by;

static void
stop(int signo)
{
	stopped_by = signo;
	if (child > 0)
		kill(-(pid_t)child, SIGKILL);
}

static int
fail(const char *what, int error)
{
	fprintf(stderr, "bench_run: %s: %s\n", what, strerror(error));
	return 125;
}

static void
offer_to_oom_killer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, "1000", 4) < 0)
		fputs("bench_run: oom_score_adj was not taken\n", stderr);
	close(fd);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* A process group of its own, so that all of it can be stopped. */
static int
start(pid_t *pid, char **command, const char *out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int error;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&attr, 0);
	if (out)
		posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out,
		    O_WRONLY | O_CREAT | O_TRUNC, 0644);
	error = posix_spawnp(pid, command[0], &files, &attr, command, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

static int
status_of(int wait_status)
{
	if (stopped_by)
		return stopped_by == SIGALRM ? 124 : 128 + stopped_by;
	if (WIFSIGNALED(wait_status))
		return 128 + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

int
main(int argc, char **argv)
{
	static const int signals[] = { SIGALRM, SIGINT, SIGTERM, SIGHUP };
	const char *out = NULL, *result;
	struct rusage used;
	pid_t pid;
	double begun;
	FILE *f;
	int c, status;

	while ((c = getopt(argc, argv, "+l:o:")) != -1) {
		if (c == 'o')
			out = optarg;
		else if (c == 'l')
			alarm((unsigned)strtoul(optarg, NULL, 10));
		else
			return 125;
	}
	if (argc - optind < 2)
		return fail("arguments", EINVAL);
	result = argv[optind];
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], stop);
	offer_to_oom_killer();

	begun = now();
	if ((status = start(&pid, argv + optind + 1, out)))
		return fail(argv[optind + 1], status);
	child = pid;
	while (wait4(pid, &status, 0, &used) < 0) {
		if (errno != EINTR)
			return fail("wait4", errno);
	}
	begun = now() - begun;

	if (!(f = fopen(result, "w")))
		return fail(result, errno);
	fprintf(f, "%.4f %.4f %.1f\n", begun,
	    seconds(used.ru_utime) + seconds(used.ru_stime),
	    (double)used.ru_maxrss / 1024);
	if (fclose(f))
		return fail(result, errno);
	return status_of(status);
}
