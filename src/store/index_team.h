/*
 * index_team.h - pieces of an index, worked on by several threads.
 *
 * Each thread takes the next piece, works on it and, where there is a commit,
 * waits until all pieces before it have been committed.  The error that is
 * reported is that of the first piece that fails.  When threads cannot be had,
 * fewer do the work.
 */
#ifndef SCRUB_STORE_INDEX_TEAM_H
#define SCRUB_STORE_INDEX_TEAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { INDEX_THREADS_MAX = 64 };

struct index_team {
	uint64_t pieces;
	size_t buffer; /* bytes of secret memory for each thread; 0: none */
	int (*work)(void *shared, unsigned char *buffer, uint64_t piece,
	    struct err *err);
	int (*commit)(void *shared, unsigned char *buffer, uint64_t piece,
	    struct err *err); /* in order; NULL: there is nothing to do */
};

int index_team_run(const struct index_team *t, void *shared, size_t threads,
    struct err *err);

#endif
