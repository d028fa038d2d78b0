/*
 * infile.h - read a file, a pipe or standard input, in large pieces.
 *
 * "-" is standard input.  Reads are plain read(2), never a mapping: a file
 * that is cut short while it is read must be an error or an end, not a signal.
 * A read that is interrupted by SIGINT or SIGTERM fails with ERR_INTERRUPTED.
 */
#ifndef SCRUB_BASE_INFILE_H
#define SCRUB_BASE_INFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct infile {
	int fd; /* -1: closed */
	bool is_stdin;
	bool eof;
	int64_t size;   /* bytes of a regular file, from where we found it
			 * (standard input may be half read); -1: not known */
	uint64_t taken; /* bytes read so far */
	dev_t dev;      /* what it is, for infile_is() */
	ino_t ino;
	char *name; /* for messages: the path, or "standard input" */
};

/*
 * Open `path`.  On success the caller owns *f and closes it with
 * infile_close(); on failure *f is closed already.  A folder is refused.
 */
int infile_open(struct infile *f, const char *path, struct err *err);

/*
 * Fill `p` with up to n bytes; less than n only at the end of the file.
 * Returns the bytes read, 0 at the end, -1 on failure.
 */
ssize_t infile_read(struct infile *f, void *p, size_t n, struct err *err);

/*
 * As infile_read, but returns what one read(2) gave: for pipes, where a part
 * is better than waiting for the whole.
 */
ssize_t infile_read_some(struct infile *f, void *p, size_t n, struct err *err);

/*
 * Is `path` ("-": standard output) the same regular file as f?  For: output
 * over its own input.  A terminal or /dev/null may well be both.
 */
bool infile_is(const struct infile *f, const char *path);

void infile_close(struct infile *f);

#endif
