/*
 * generations.h - the index files of a home, and which of them is in force.
 *
 *	HOME/index/00000007.idx    generation 7
 *	HOME/index/current         a link to the one in force
 *	HOME/index/lock            held by a refresh (lockfile.h)
 *
 * A generation is written, complete, under its own name; the link is replaced
 * by rename afterwards.  So whoever is killed at whatever moment, `current`
 * leads to a whole index, and a reader that has one open keeps it.
 */
#ifndef SCRUB_FLOW_GENERATIONS_H
#define SCRUB_FLOW_GENERATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/home.h"

/* Zeroed: none. */
struct generations {
	char *dir;
	char *lock;
	uint64_t *id; /* oldest first */
	size_t n;
	uint64_t current; /* 0: none is in force */
	bool broken;      /* `current` leads to none of them */
};

/* Look; a home without an index has none, and no folder for them. */
int generations_open(struct generations *g, const struct home *h,
    struct err *err);
void generations_close(struct generations *g);

/* Is one in force?  ERR_LIST when there is none, ERR_AUTH for a link that leads
 * nowhere. */
int generations_check(const struct generations *g, struct err *err);

/*
 * Is another one in force than `id` (0: none), or can that not be told?  One
 * system call, so that it may be asked before every answer.
 */
bool generations_moved(const struct home *h, uint64_t id);

/* Make the folder (0700) if it is not there. */
int generations_make(const struct generations *g, struct err *err);

/* The number a new one gets: larger than any there is. */
uint64_t generations_next(const struct generations *g);

/* The path of a generation, the caller's to free; NULL with ERR_NOMEM. */
char *generations_path(const struct generations *g, uint64_t id,
    struct err *err);

/* Put a generation that is there in force; durable when it returns. */
int generations_use(struct generations *g, uint64_t id, struct err *err);

/*
 * The one to go back to: `id`, or for 0 the last before the one in force.
 * ERR_USAGE when there is none; the text lists those there are.
 */
int generations_back(const struct generations *g, uint64_t id, uint64_t *out,
    struct err *err);

/*
 * Remove what a killed refresh left behind, and generations but for the last
 * `keep` and the one in force.  With the lock held.
 */
int generations_prune(struct generations *g, size_t keep, struct err *err);

#endif
