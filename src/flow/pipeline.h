/*
 * pipeline.h - work on the blocks of a file in several threads, and take the
 * results in the order of the file.
 *
 * There are more blocks than threads, so that nobody waits while there is
 * something to do.  Every thread does the same in a loop:
 *
 *	if the block whose turn it is has been worked on, commit it
 *	    (one thread at a time);
 *	else, if there is a free block, read it and work on it
 *	    (one thread at a time reads, all work at once);
 *	else wait.
 *
 * A block that was worked on and whose turn it is not waits in a queue, and its
 * thread goes on to another.  So any number of threads gives the same result,
 * no more is in memory than the blocks there are, and the error that is
 * reported is the one a single thread would have met first.  A read that waits
 * for its input (a pipe's) keeps one thread; what was read before is worked on
 * and committed by the others, or was before that one read.
 */
#ifndef SCRUB_FLOW_PIPELINE_H
#define SCRUB_FLOW_PIPELINE_H

#include <stddef.h>

#include "base/err.h"

enum {
	PIPELINE_THREADS_MAX = 64,
	PIPELINE_THREADS_USUAL = 8, /* more only wait for their turn */
	PIPELINE_BLOCKS_MAX = 2 * PIPELINE_THREADS_MAX,
};

struct pipeline {
	/* Fill in the block: 1, 0 at the end, -1. */
	int (*read)(void *shared, void *block, struct err *err);
	/* Work on it with the tools of a thread.  0 or -1; must not touch what
	 * is shared. */
	int (*work)(void *shared, void *tools, void *block, struct err *err);
	/* Take the block's results.  0 or -1. */
	int (*commit)(void *shared, void *block, struct err *err);
};

/* What it is run with, two arrays: of the tools each thread uses alone, the
 * caller's being the first; and of blocks, each used by one thread after
 * another. */
struct pipeline_crew {
	size_t threads;
	void *tools;
	size_t tools_size; /* bytes of one thread's */
	size_t blocks;
	void *block;
	size_t block_size;
};

/*
 * Run it.  Returns 0, or -1 with the first error in the order of blocks.  When
 * threads cannot be had, fewer do the work.
 */
int pipeline_run(const struct pipeline *p, void *shared,
    const struct pipeline_crew *crew, struct err *err);

/* How many threads to use where nobody says: one for each processor that is
 * ours, 1 to PIPELINE_THREADS_USUAL. */
size_t pipeline_threads(void);

/* How many blocks so many threads keep busy: one for one thread, else two a
 * thread.  PIPELINE_BLOCKS_MAX at most. */
size_t pipeline_blocks(size_t threads);

#endif
