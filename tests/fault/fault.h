/*
 * fault.h - make the 1st, 2nd, 3rd... system call or allocation of a job fail.
 *
 * A program of fault tests is linked with -Wl,--wrap for the names in
 * wrap.list, so that calls from our own objects (and from no library) come
 * past here.  fault_run() does a job again and again, each time in a fresh
 * folder and in a process of its own:
 *
 *	once     its n-th call fails, n from 1 until it makes no n-th call
 *	for good its n-th call fails, and each later one of that function: a
 *	         disk that is full stays full
 *	killed   the process ends where it would have made its n-th call
 *	gently   nothing fails, but reads and writes are short and interrupted,
 *	         and what a system need not grant is refused now and then
 *
 * After each attempt check() looks at the folder.  The harness itself sees to
 * the rest: no crash, no descriptor left open, no report of a sanitizer (the
 * process ends by exit(), so that leaks are looked for), an error with a text
 * when the job fails, success when nothing was made to fail, and no success
 * when a write, fsync, close or rename was.  (Only a close of what can be
 * written is made to fail: any other loses nothing.)
 *
 *	static const struct fault_test test = { .name = "a new file",
 *		.prepare = lay_out, .job = write_it, .check = look };
 *
 *	int
 *	main(void)
 *	{
 *		fault_run(&test);
 *		return fault_done();
 *	}
 */
#ifndef SCRUB_TESTS_FAULT_H
#define SCRUB_TESTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum fault_mode {
	FAULT_NONE, /* nothing happens: how the job ought to end */
	FAULT_ONCE,
	FAULT_FOR_GOOD,
	FAULT_KILLED,
	FAULT_GENTLY,
};

/* How an attempt ended. */
struct fault_outcome {
	enum fault_mode mode;
	char call[32];  /* the function that was hit; "" when n was past all */
	unsigned n;     /* which call that was */
	bool succeeded; /* the job returned 0 */
	bool killed;    /* it was ended before it returned */
	struct err err; /* when it did neither */
};

struct fault_test {
	const char *name;

	/* Put files into the empty working directory.  May be NULL. */
	void (*prepare)(void *arg);

	/* What is tested: 0, or -1 and err, all memory freed again. */
	int (*job)(void *arg, struct err *err);

	/* What is wrong with the working directory, in words; NULL: nothing. */
	const char *(*check)(void *arg, const struct fault_outcome *o);

	void *arg;

	/* Of the calls that must not fail unnoticed, one that may. */
	const char *tolerated;
};

/* Run one test and print its line ("ok - NAME" or "not ok - NAME: why"). */
void fault_run(const struct fault_test *t);

/* Print how many passed and failed; returns main's exit status. */
int fault_done(void);

/* Helpers for prepare and check.  A failure of their own ends the program. */

/* Make a file with this text. */
void fault_put(const char *path, const char *text);

/* Is `path` a file with exactly this text? */
bool fault_has(const char *path, const char *text);

/* How many names the working directory holds. */
unsigned fault_names(void);

/* Does err name this file? */
bool fault_named(const struct fault_outcome *o, const char *name);

#endif
