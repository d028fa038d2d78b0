/*
 * err.h - why something could not go on, in one sentence for a person.
 *
 * A function that can fail takes `struct err *err` as its last argument,
 * returns -1 on failure and fills it in.  Callers add what only they know in
 * front with err_in().  Only cmd/ prints it, and turns the code into the exit
 * status of the table in scrub(1).
 *
 *	if (infile_open(&f, path, err) < 0)
 *		return err_in(err, "list %s", name);
 */
#ifndef SCRUB_BASE_ERR_H
#define SCRUB_BASE_ERR_H

enum err_code {
	ERR_NONE,
	ERR_IO,          /* a system call failed */
	ERR_NOMEM,       /* no memory, or a buffer's ceiling */
	ERR_INTERNAL,    /* our own bug: totals that do not reconcile */
	ERR_USAGE,       /* command line or scrub.conf */
	ERR_INPUT,       /* the campaign list is not acceptable */
	ERR_LIST,        /* a list is missing, empty, damaged, stale */
	ERR_LOCKED,      /* another scrub holds it */
	ERR_AUTH,        /* no key, wrong key, altered data */
	ERR_PIPE,        /* the reader of our output has gone */
	ERR_INTERRUPTED, /* SIGINT or SIGTERM */
};

enum { ERR_TEXT_MAX = 1024 };

struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX]; /* lower case, no full stop */
	char hint[ERR_TEXT_MAX]; /* what to do next; "" when not known */
};

/* Fill in code and text; no hint.  Always returns -1. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set, ERR_IO (ERR_NOMEM for ENOMEM), with strerror(errno) after it. */
int err_sys(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Put "text: " in front of what is there.  Always returns -1. */
int err_in(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Say what to do next.  Always returns -1. */
int err_hint(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

int err_nomem(struct err *err);

#endif
