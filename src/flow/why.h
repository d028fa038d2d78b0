/*
 * why.h - everything that is known of one number or person, and what follows.
 *
 * Every fact ever recorded of it, of the prefixes it begins with and of the
 * persons it is linked to; every rule of the policy and how it came out; every
 * cap with its calls; the runs it was offered in.
 *
 *	struct why w;
 *
 *	if (why_number(&w, &check, &number, err) == 0)
 *		...
 *	why_release(&w);
 */
#ifndef SCRUB_FLOW_WHY_H
#define SCRUB_FLOW_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/check.h"
#include "store/register.h"

/* One reason of the policy. */
struct why_rule {
	enum verdict_reason reason;
	bool asked; /* the policy has it; false: e.g. no cap is set */
	bool fired;
};

struct why_cap {
	const struct cap *cap;
	unsigned calls; /* that count now, no more than any cap allows */
	int64_t again;  /* 0: now; CLOCK_NEVER */
};

struct why {
	struct register_subject subject; /* what was asked for */
	const struct check *check;
	struct check_answer answer; /* a person alone: nothing in it */

	struct why_rule rule[VERDICT_REASONS];
	size_t rules;
	struct why_cap cap[POLICY_CAPS_MAX];
	size_t caps;

	/* what the register knows; texts are copies */
	struct register_fact *fact; /* subject by subject, oldest first */
	size_t facts;
	struct register_run *run;
	size_t runs;

	/* for its own use */
	char **kept;
	size_t keeps;
	struct register_subject *other; /* prefixes, linked persons */
	size_t others;
};

/*
 * Ask about `text`, which must hold one number (ERR_INPUT), or about a person.
 * `check` is open; without a register (check->judge.reg NULL) there are rules
 * only.  The texts handed in must live as long as *w.  On failure, too, *w is
 * to be released.
 */
int why_number(struct why *w, struct check *check, struct span text,
    struct err *err);
int why_person(struct why *w, struct check *check, struct span id,
    struct err *err);

void why_release(struct why *w);

/* The fact that superseded w->fact[i]; NULL: it is in force, or a removal. */
const struct register_fact *why_superseding(const struct why *w, size_t i);

#endif
