/*
 * judge.h - everything that is known of a number, and what follows from it.
 *
 * Facts come out of the table of lists and, where a register was not loaded
 * into it, out of the register (overlay.h).  A number stands for itself, for
 * the prefixes it begins with and for the person of its row.
 *
 * One struct judge serves one thread.
 */
#ifndef SCRUB_FLOW_JUDGE_H
#define SCRUB_FLOW_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/indexed.h"
#include "flow/overlay.h"
#include "rules/policy.h"
#include "store/facts.h"
#include "text/number.h"

/* judge_init(), judge_release(). */
struct judge {
	const struct policy *policy;
	const struct facts *facts;
	const struct overlay *reg;     /* to look up in, too; NULL */
	const struct indexed *indexed; /* so is this; NULL */
	/* for its own use */
	bool has_facts;          /* the table was given any */
	uint32_t prefix_lengths; /* of the table, and of the index */
	struct facts_found found;
};

struct lists;

/* Judge by what was loaded of `lists`, which outlive it, and by *policy. */
void judge_init(struct judge *j, const struct policy *policy,
    const struct lists *lists);

/* Where the facts of a number begin in the tables there are. */
struct judge_homes {
	facts_home_t *facts, *indexed;
};

/*
 * Find the homes of n numbers by their keys (0: none) ahead of
 * judge_number(), so that what memory the look-ups will need is on its way.
 * Both arrays of *out have room for n.
 */
void judge_homes(const struct judge *j, const uint64_t *key, size_t n,
    const struct judge_homes *out);

/*
 * Judge a number of a row whose person is `person` (empty: none), adding to
 * *v.  Its homes are those at `at` of *homes; NULL: they were not found ahead.
 * `one_reading`: it is known that number_other_reading() finds none.  `own`: as
 * policy_judge().
 */
int judge_number(struct judge *j, const struct number *n,
    const struct judge_homes *homes, size_t at, bool one_reading,
    struct span person, const struct policy_consent *own, struct verdict *v,
    struct err *err);

/*
 * A cell without a number that can be called.  What lists say of any of its
 * readings, or of the person, is told beside the reason.
 */
int judge_unreadable(struct judge *j, const struct number_cell *c,
    struct span person, struct verdict *v, struct err *err);

void judge_release(struct judge *j);

#endif
