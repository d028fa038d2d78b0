/*
 * pipeline.h - work on the blocks of a file in several threads, and take the
 * results in the order of the file.
 *
 * Every thread does the same in a loop: take the next block (one thread at a
 * time), work on it (all at once), wait until every block before it has been
 * committed, commit it.  So any number of threads gives the same result, as
 * many blocks are in memory as there are threads, and the error that is
 * reported is the one a single thread would have met first.
 */
#ifndef SCRUB_FLOW_PIPELINE_H
#define SCRUB_FLOW_PIPELINE_H

#include <stddef.h>

#include "base/err.h"

enum {
	PIPELINE_THREADS_MAX = 64,
	PIPELINE_THREADS_USUAL = 8, /* more only wait for their turn */
};

struct pipeline {
	/* Fill in the worker's block: 1, 0 at the end, -1. */
	int (*read)(void *shared, void *worker, struct err *err);
	/* Work on it.  0 or -1; must not touch what is shared. */
	int (*work)(void *shared, void *worker, struct err *err);
	/* Take the worker's results.  0 or -1. */
	int (*commit)(void *shared, void *worker, struct err *err);
};

/*
 * Run it with n workers, worker[i] being handed to the functions by the i-th
 * thread; the caller's own thread is the first.  Returns 0, or -1 with the
 * first error in the order of blocks.  When threads cannot be had, fewer do
 * the work.
 */
int pipeline_run(const struct pipeline *p, void *shared, void *const *worker,
    size_t n, struct err *err);

/* How many threads to use where nobody says: one for each processor that is
 * ours, 1 to PIPELINE_THREADS_USUAL. */
size_t pipeline_threads(void);

#endif
