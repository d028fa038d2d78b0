/*
 * record.h - write a run down in the register.
 *
 * Who ran what as of when under which settings, what came of it, and which
 * numbers were kept (for `scrub why`); with `reserve`, one call at the planned
 * time for each of them, so that the next run counts it for its caps.  One
 * transaction: all of that is recorded or nothing.
 *
 * Two runs that reserve must not both take the last call a cap leaves: such a
 * run holds the writer's lock from before its snapshot to the end, and hands
 * in no `lock`.  Any other run takes it for this moment alone, and waits for
 * it.
 */
#ifndef SCRUB_FLOW_RECORD_H
#define SCRUB_FLOW_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/scrub.h"
#include "flow/summary.h"
#include "store/keyring.h"
#include "store/numset.h"
#include "store/register.h"

struct record {
	const struct scrub_options *o; /* of the run */
	const char *db;                /* the register's path */
	const char *lock;              /* NULL: the caller holds it */
	const struct keyring *keys;
	const char *author;
	bool reserve;
	int64_t (*now)(void);
};

/*
 * For struct scrub_options: `record` is a struct record.  Sets s->run and
 * s->reserved.  ERR_LOCKED when another keeps the register for long.
 */
int record_run(void *record, struct summary *s, const struct numset *kept,
    struct err *err);

/*
 * Write records into the audit log, in a transaction of their own: for what is
 * read or shown, before it is.  r->o and r->reserve are not used.
 */
int record_audit(const struct record *r, const struct register_audit *audit,
    size_t n, struct err *err);

/* One record of an action with a file: {"file": ...}, as mask_name() has it. */
int record_file(const struct record *r, const char *action, const char *file,
    struct err *err);

#endif
