/*
 * policy.h - what a run requires, caps and allows; and the judge.
 *
 * Pure: facts, policy and time go in, a verdict comes out.  All rules are
 * looked at, so that a report can list every reason; none can switch another
 * off.  The order of precedence is that of enum verdict_reason.
 *
 *   - A do-not-call entry blocks until it ends, for the run's topic and
 *     channel or for all.
 *   - A consent counts from when it was given until it expires, unless it was
 *     withdrawn at or after that moment.  A withdrawal counts even where
 *     consent is not required: somebody said no.
 *   - A cap counts the calls of its window; with as many as it allows, the
 *     number is over it.
 *   - An allow entry gives priority, and is asked for with --allow-only; it
 *     lifts nothing.
 */
#ifndef SCRUB_RULES_POLICY_H
#define SCRUB_RULES_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "rules/verdict.h"
#include "store/fact.h"
#include "text/number.h"

enum {
	POLICY_CAPS_MAX = 16,
	POLICY_CAP_CALLS_MAX = 1000,
	POLICY_REGIONS_MAX = 32,
};

/*
 * Scopes of facts in a run on files.  What a list says of topics, purposes and
 * campaigns comes down to: does it concern this run?
 */
enum {
	SCOPE_ANY,       /* no limit */
	SCOPE_TOPIC,     /* limited to the run's --topic */
	SCOPE_CAMPAIGN,  /* limited to the run's --campaign */
	SCOPE_ELSEWHERE, /* limited to another */
};

enum cap_window {
	CAP_ROLLING,
	CAP_DAY,
	CAP_WEEK,
	CAP_MONTH,
	CAP_TOTAL,
};

/* At most `calls` calls in a window. */
struct cap {
	unsigned calls;
	enum cap_window window;
	int64_t seconds; /* CAP_ROLLING */
	bool answered;   /* only calls that somebody may have answered count */
	char text[24];   /* as it was given: "2/24h" */
	/* set by policy_prepare(): */
	uint32_t first; /* fact time of the earliest call that counts */
	int64_t next;   /* calendar windows: when the next one begins */
};

struct policy {
	int64_t as_of;     /* the moment calls are planned for, UTC */
	struct zone *zone; /* of calendar windows */
	bool consent_required;
	bool allow_only;
	enum fact_channel channel;
	uint32_t types; /* bits 1 << enum number_type; 0: any */
	uint16_t region[POLICY_REGIONS_MAX]; /* numbers' own regions */
	size_t regions;                      /* 0: any */
	struct cap cap[POLICY_CAPS_MAX];
	size_t caps;
	/* policy_prepare() */
	uint32_t now;         /* as_of as fact time */
	uint32_t calls_since; /* policy_calls_since() */
	unsigned calls_few;   /* the fewest calls that any cap stops at */
};

/*
 * Read a cap: N/24h, N/7d, N/30m (rolling), N/day, N/week, N/month (calendar,
 * weeks begin on Monday), N/total; with " answered" behind it, calls that nobody
 * answered do not count.  Fails with ERR_USAGE.
 */
int cap_parse(struct cap *out, struct span s, struct err *err);

/* Work out the windows for as_of, and what caps need: before judging, and again
 * when as_of or a cap has changed. */
void policy_prepare(struct policy *p);

/* The most calls any cap needs to know of one subject. */
unsigned policy_calls_needed(const struct policy *p);

/* Does any cap ask whether calls were answered? */
bool policy_asks_answered(const struct policy *p);

/* The cap that looks back furthest; NULL when there is none. */
const struct cap *policy_first_cap(const struct policy *p);

/* The fact time before which no call counts for any cap; FACT_FOREVER when
 * there is no cap. */
uint32_t policy_calls_since(const struct policy *p);

/* Facts about one subject. */
struct policy_facts {
	const uint64_t *fact; /* packed */
	size_t n;
	enum verdict_match match;
};

/* Consent that stands in the campaign list itself. */
struct policy_consent {
	bool given;       /* there is one that could be read */
	uint32_t granted; /* fact times */
	uint32_t until;
};

/*
 * What lists say of the subjects, adding to *v: of a cell that cannot be read,
 * the rest of the rules has nothing to go by.
 */
void policy_judge_entries(const struct policy *p,
    const struct policy_facts *subject, size_t n, struct verdict *v);

/*
 * Judge one number, adding to *v what fires: by its type and region, by the
 * facts of every subject[0..n) it stands for (the number, prefixes of it, the
 * person), by `own`, NULL when the list has no consent columns.
 */
void policy_judge(const struct policy *p, const struct number *number,
    const struct policy_facts *subject, size_t n,
    const struct policy_consent *own, struct verdict *v);

/* ---- facts in their packed form ---- */

/* For this run, not for another topic or channel. */
static inline bool
policy_concerns(const struct policy *p, uint64_t fact)
{
	unsigned scope = (unsigned)(fact >> 40 & 0x3ff);
	unsigned channel = (unsigned)(fact >> 50 & 15);

	return scope != SCOPE_ELSEWHERE &&
	    (channel == CHANNEL_ANY || channel == p->channel);
}

/* Not at its end yet. */
static inline bool
policy_lasts(const struct policy *p, uint32_t until)
{
	return until == FACT_FOREVER || until > p->now;
}

/* ---- at a glance ---- */

/*
 * What can be told of a number at a glance, in a run that does not limit types
 * and regions and on a list without consent columns: of most numbers nothing is
 * known, or a single fact.
 *
 *	policy_glance_init(&g, policy);
 *	switch (policy_glance(&g, fact, n)) {
 */
struct policy_glance {
	const struct policy *policy;
	bool any_number;        /* types and regions are not limited */
	struct verdict unknown; /* policy_judge() of a number without facts */
	unsigned idle_kinds;    /* one fact of such a kind alone says nothing */
	bool consent_suffices;  /* a consent in force alone says: call */
};

enum policy_seen {
	POLICY_UNKNOWN, /* policy_judge() would say what `unknown` says */
	POLICY_CALL,    /* it would fire nothing, and give no priority */
	POLICY_LOOK,    /* ask it */
};

/* Once *p is what it is to be in the run, and prepared. */
void policy_glance_init(struct policy_glance *g, const struct policy *p);

/* These n facts are all that is known of a number itself, its prefixes and its
 * person. */
static inline enum policy_seen
policy_glance(const struct policy_glance *g, const uint64_t *fact, size_t n)
{
	if (!g->any_number)
		return POLICY_LOOK;
	if (n == 0)
		return POLICY_UNKNOWN;
	if (n > 1)
		return POLICY_LOOK;
	if (g->idle_kinds >> fact_kind_of(fact[0]) & 1)
		return POLICY_UNKNOWN;
	return fact_kind_of(fact[0]) == FACT_CONSENT && g->consent_suffices &&
		policy_concerns(g->policy, fact[0]) &&
		policy_lasts(g->policy, (uint32_t)fact[0]) ?
	    POLICY_CALL :
	    POLICY_LOOK;
}

#endif
