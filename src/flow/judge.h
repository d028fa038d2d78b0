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

/* Zero it, set the first three; judge_release(). */
struct judge {
	const struct policy *policy;
	const struct facts *facts;
	const struct overlay *reg;     /* to look up in, too; NULL */
	const struct indexed *indexed; /* so is this; NULL */
	struct facts_found found;      /* for its own use */
};

/*
 * Where the facts of a number's `key` begin in the table, for judge_number().
 * Ask early: what memory the look-ups will need is on its way then.
 */
facts_home_t judge_home(const struct judge *j, uint64_t key);

/*
 * Judge a number whose facts begin at `home` (facts_home()), of a row whose
 * person is `person` (empty: none), adding to *v.  `one_reading`: it is known
 * that number_other_reading() finds none.  `own`: as policy_judge().
 */
int judge_number(struct judge *j, const struct number *n, facts_home_t home,
    bool one_reading, struct span person, const struct policy_consent *own,
    struct verdict *v, struct err *err);

/*
 * A cell without a number that can be called.  What lists say of any of its
 * readings, or of the person, is told beside the reason.
 */
int judge_unreadable(struct judge *j, const struct number_cell *c,
    struct span person, struct verdict *v, struct err *err);

void judge_release(struct judge *j);

#endif
