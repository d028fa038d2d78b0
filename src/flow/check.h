/*
 * check.h - may this number be called now?  One at a time, as a run would
 * judge it: same lists, register and policy, but no duplicates.
 *
 * A check may stay open for hours (a dialler asks before every call): with
 * check_refresh() it sees what the register has learnt meanwhile, and a later
 * time of day; with check_use_index() lists that were refreshed.
 */
#ifndef SCRUB_FLOW_CHECK_H
#define SCRUB_FLOW_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/judge.h"
#include "flow/lists.h"
#include "flow/scrub.h"

struct check {
	const struct scrub_options *o;
	struct policy policy; /* o->policy at the moment of asking */
	struct lists lists;
	struct judge judge;
};

/*
 * Load o's lists; a register (o->lists.db) is left where it is.  On success
 * check_close() is due.  Fails as lists_load(), and with ERR_LIST when there
 * is neither list nor register.
 */
int check_open(struct check *c, const struct scrub_options *o, struct err *err);

/* See what the register has by now, and judge as of `as_of`. */
int check_refresh(struct check *c, int64_t as_of, struct err *err);

/*
 * Go on with another generation of the index (NULL: none); the one before may be
 * closed, after a failure too.  Fails as lists_load().
 */
int check_use_index(struct check *c, struct index *ix, struct err *err);

/* Go on with another handle of the same register, of which there was one. */
void check_use(struct check *c, struct register_db *db);

void check_close(struct check *c);

struct check_answer {
	struct number_cell cell;
	struct span text;
	const struct number *number; /* of `cell`, that it is about; NULL: the
	                                text holds none */
	struct verdict verdict;      /* of all its numbers: none fired: ok */
};

/*
 * Judge `text`; of several numbers in it each must be callable.  `person` is a
 * customer id, or empty.
 */
int check_text(struct check *c, struct span text, struct span person,
    struct check_answer *out, struct err *err);

/* "ok", or the reasons that fired, the headline first: "dnc;over_cap". */
void check_reasons(struct buf *out, const struct check_answer *a);

/* What a reason that fired comes from, as in a rejection report; `full`: with
 * numbers that an unreadable text may mean. */
void check_detail(struct buf *out, const struct check *c,
    const struct check_answer *a, enum verdict_reason reason, bool full);

#endif
