/*
 * interrupt.h - the one global: has SIGINT, SIGTERM or SIGHUP asked us to stop?
 *
 * interrupt_catch() installs handlers that only note the signal; long loops
 * and reads ask interrupt_pending() and fail with ERR_INTERRUPTED, so that
 * temporary files are removed on the ordinary way out.  main then dies by
 * the same signal with interrupt_die().  A signal that was ignored when we
 * started (nohup) stays ignored.  SIGPIPE and SIGXFSZ (a file over the limit of
 * ulimit -f) are ignored: a write tells.
 */
#ifndef SCRUB_BASE_INTERRUPT_H
#define SCRUB_BASE_INTERRUPT_H

#include "base/err.h"

void interrupt_catch(void);

/* The signal that came, or 0. */
int interrupt_pending(void);

/* 0, or -1 with ERR_INTERRUPTED. */
int interrupt_check(struct err *err);

/*
 * Threads.  A signal goes to any thread that does not hold it back, and only
 * that one's system call is broken off.  So threads hold signals back but
 * while they read or write.
 */
void interrupt_hold(void);
void interrupt_let(void);

/* Restore the default action of `sig` and raise it. */
void interrupt_die(int sig);

#endif
