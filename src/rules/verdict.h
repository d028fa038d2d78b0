/*
 * verdict.h - the answer for a number or a row, and why.
 *
 * The reason codes are stable: reports, JSON and people's scripts use them.
 * Their order is the order of precedence: the headline of a row is the first
 * that fired, the others are listed beside it.
 */
#ifndef SCRUB_RULES_VERDICT_H
#define SCRUB_RULES_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/fact.h"

enum verdict_reason {
	VERDICT_NEVER_CALL,   /* emergency, short, special */
	VERDICT_MALFORMED,    /* the record cannot be split */
	VERDICT_EMPTY,        /* no number in it */
	VERDICT_INVALID,      /* no number of the plan */
	VERDICT_DAMAGED,      /* digits are lost or masked */
	VERDICT_AMBIGUOUS,    /* more than one reading, or local */
	VERDICT_WRONG_TYPE,   /* not of --types */
	VERDICT_WRONG_REGION, /* not of --regions */
	VERDICT_DNC,          /* internal do-not-call list */
	VERDICT_RISK,         /* malicious, litigator */
	VERDICT_LISTED,       /* an external list */
	VERDICT_UNCOVERED,    /* one that does not cover this area */
	VERDICT_CONSENT_MISSING,
	VERDICT_CONSENT_EXPIRED,
	VERDICT_CONSENT_WITHDRAWN,
	VERDICT_OVER_CAP,    /* called often enough */
	VERDICT_UNREACHABLE, /* a dead number */
	VERDICT_NOT_ALLOWED, /* not on the allow list, --allow-only */
	VERDICT_DUPLICATE,   /* kept before */
	VERDICT_REASONS,
	VERDICT_KEEP = VERDICT_REASONS,
};

/* Why the subject matched: told in the detail. */
enum verdict_match {
	MATCH_NUMBER,
	MATCH_PREFIX, /* a wildcard entry */
	MATCH_PERSON,
	MATCH_READING, /* one reading of a number that has several */
};

/* An entry of a list that fired. */
struct verdict_entry {
	struct fact fact;
	uint8_t match; /* enum verdict_match */
};

struct verdict {
	uint32_t fired;   /* bit 1 << enum verdict_reason */
	uint8_t priority; /* allow entry: its level; 0 none */
	uint8_t cap;      /* over_cap: which cap of the policy */
	uint8_t cap_match;
	uint8_t uncovered; /* uncovered: by which list */
	uint32_t calls;    /* over_cap: how many count against it */
	int64_t again;     /* over_cap: callable again; CLOCK_NEVER */
	int64_t consent;   /* consent_*: when it ended, was withdrawn, begins */
	struct verdict_entry dnc, listed, risk, dead;
};

static inline void
verdict_fire(struct verdict *v, enum verdict_reason r)
{
	v->fired |= UINT32_C(1) << r;
}

static inline bool
verdict_fired(const struct verdict *v, enum verdict_reason r)
{
	return v->fired >> r & 1;
}

/* The first reason that fired; VERDICT_KEEP when none did. */
static inline enum verdict_reason
verdict_headline(const struct verdict *v)
{
	return v->fired ? (enum verdict_reason)__builtin_ctz(v->fired) :
			  VERDICT_KEEP;
}

/*
 * Add what fired in `other`, another number of the same row; details of
 * reasons that had fired before stay.
 */
void verdict_join(struct verdict *v, const struct verdict *other);

/* "consent_expired"; "kept" for VERDICT_KEEP. */
const char *verdict_reason_name(enum verdict_reason r);

/* One sentence on a reason, for help and man pages. */
const char *verdict_reason_about(enum verdict_reason r);

/* "dnc;consent_missing": all but the headline, for the report's `also`. */
void verdict_also(struct buf *out, const struct verdict *v);

#endif
