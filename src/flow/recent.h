/*
 * recent.h - whom an index does not speak for any more.
 *
 * An index holds what the register said when it was made.  Of every subject
 * that the register has not touched since, and of which no entry begins in
 * between, it still says what the register would, at any planned time from
 * when the last thing in it had happened.  Those that were touched are few:
 * their facts come out of the register, before a run begins, and what the index
 * has of them does not count.
 *
 *	recent_choose(&x, &overlay, index, rows, &way, err);
 *	if (way == OVERLAY_INDEX)
 *		recent_load(&x, &overlay, table, appender, err);
 *
 * After that it only answers, any number of threads.
 */
#ifndef SCRUB_FLOW_RECENT_H
#define SCRUB_FLOW_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/compiled.h"
#include "flow/overlay.h"
#include "store/index.h"
#include "store/numset.h"
#include "store/register_since.h"

struct recent {
	bool usable;         /* the index may speak for the others */
	uint64_t rows;       /* to read, about */
	uint32_t calls_from; /* calls before were forgotten */
	struct compiled compiled;
	struct register_since since;
	struct numset touched; /* keys; of persons by the index's seed */
	uint64_t seed;
	struct register_subject *subject; /* the same */
	size_t n, cap;
};

/* May it, for this run?  On failure, too, recent_release() is due. */
int recent_look(struct recent *x, const struct overlay *r,
    const struct index *ix, struct err *err);

/* Find those that were touched; it may turn out that it may not. */
int recent_find(struct recent *x, const struct overlay *r, struct err *err);

/*
 * Both, where it is the quickest way for so many numbers; else which is.  `ix`
 * may be NULL.
 */
int recent_choose(struct recent *x, const struct overlay *r,
    const struct index *ix, uint64_t rows, enum overlay_way *way,
    struct err *err);

/* Add what the register says of them to the table of `appender`. */
int recent_load(const struct recent *x, const struct overlay *r,
    struct facts *table, struct facts_appender *appender, struct err *err);

/* Was it touched?  `key` as in the index. */
bool recent_has(const struct recent *x, uint64_t key);

void recent_release(struct recent *x);

#endif
