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
#include <stddef.h>
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
	struct facts_found listed, compiled; /* see judge_find() */
	size_t ahead; /* so many of `found` are of a batch: judge_find() */
};

struct lists;

/* Judge by what was loaded of `lists`, which outlive it, and by *policy. */
void judge_init(struct judge *j, const struct policy *policy,
    const struct lists *lists);

/*
 * Does nothing bear on a number without a person but its own facts: no prefix,
 * no register, no list that covers some areas only?
 */
bool judge_by_facts(const struct judge *j);

/*
 * Numbers whose facts are found together, so that the memory of all of them is
 * on its way at once.  judge_batch_init(), judge_batch_release().
 */
struct judge_batch {
	uint64_t *key;   /* the caller fills it in; 0: none */
	uint32_t *first; /* of each in judge.found; one more than numbers */
	bool *once; /* it was named to the table of lists, and by one cell: */
	bool asks_once; /* the caller wants to know; else it says no */
	/* The same as first[], of what the table and the index say, apart. */
	uint32_t *listed, *compiled;
};

/* Room for n.  On failure, too, *b is to be released.  ERR_NOMEM. */
int judge_batch_init(struct judge_batch *b, size_t n, struct err *err);
void judge_batch_release(struct judge_batch *b);

/* Find what is known of the first n numbers of *b themselves, ahead of judging
 * them.  Fails as facts_find(), indexed_find(), overlay_find(). */
int judge_find(struct judge *j, struct judge_batch *b, size_t n,
    struct err *err);

/* What judge_find() found for number `at`; valid until anything else is looked
 * up. */
static inline struct policy_facts
judge_found(const struct judge *j, const struct judge_batch *b, size_t at)
{
	size_t n = b->first[at + 1] - b->first[at];

	return (struct policy_facts){ n ? j->found.fact + b->first[at] : NULL,
		n, MATCH_NUMBER };
}

/*
 * Judge a number of a row whose person is `person` (empty: none), adding to
 * *v.  It is number `at` of the batch that was found last; NULL: it is none of
 * it.  `one_reading`: it is known that number_other_reading() finds none.
 * `own`: as policy_judge().
 */
int judge_number(struct judge *j, const struct number *n,
    const struct judge_batch *batch, size_t at, bool one_reading,
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
