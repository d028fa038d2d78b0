#include "rules/verdict.h"

static const struct reason_text {
	const char *name, *about;
} reasons[VERDICT_REASONS + 1] = {
	[VERDICT_NEVER_CALL] = { "never_call",
	    "an emergency, short or service number" },
	[VERDICT_MALFORMED] = { "malformed",
	    "the record cannot be split into the header's fields" },
	[VERDICT_EMPTY] = { "empty", "there is no number in the row" },
	[VERDICT_INVALID] = { "invalid", "not a number of any numbering plan" },
	[VERDICT_DAMAGED] = { "damaged",
	    "was a number once: digits are lost or masked" },
	[VERDICT_AMBIGUOUS] = { "ambiguous",
	    "has several readings, or no area code" },
	[VERDICT_WRONG_TYPE] = { "wrong_type", "not one of --types" },
	[VERDICT_WRONG_REGION] = { "wrong_region", "not one of --regions" },
	[VERDICT_DNC] = { "dnc", "on the internal do-not-call list" },
	[VERDICT_RISK] = { "risk", "listed as malicious or a litigator" },
	[VERDICT_LISTED] = { "listed", "on an external list" },
	[VERDICT_UNCOVERED] = { "uncovered",
	    "an external list does not cover this area" },
	[VERDICT_CONSENT_MISSING] = { "consent_missing",
	    "no consent for this number is known" },
	[VERDICT_CONSENT_EXPIRED] = { "consent_expired",
	    "consent was given and has ended" },
	[VERDICT_CONSENT_WITHDRAWN] = { "consent_withdrawn",
	    "consent was taken back" },
	[VERDICT_OVER_CAP] = { "over_cap", "called as often as a cap allows" },
	[VERDICT_UNREACHABLE] = { "unreachable", "listed as a dead number" },
	[VERDICT_NOT_ALLOWED] = { "not_allowed",
	    "not on the allow list of an allow-only run" },
	[VERDICT_DUPLICATE] = { "duplicate", "kept in an earlier row" },
	[VERDICT_KEEP] = { "kept", "nothing stands against the call" },
};

const char *
verdict_reason_name(enum verdict_reason r)
{
	return (unsigned)r <= VERDICT_REASONS ? reasons[r].name : "";
}

const char *
verdict_reason_about(enum verdict_reason r)
{
	return (unsigned)r <= VERDICT_REASONS ? reasons[r].about : "";
}

void
verdict_join(struct verdict *v, const struct verdict *other)
{
	uint32_t more = other->fired & ~v->fired;

	if (more >> VERDICT_DNC & 1)
		v->dnc = other->dnc;
	if (more >> VERDICT_LISTED & 1)
		v->listed = other->listed;
	if (more >> VERDICT_UNCOVERED & 1)
		v->uncovered = other->uncovered;
	if (more >> VERDICT_RISK & 1)
		v->risk = other->risk;
	if (more >> VERDICT_UNREACHABLE & 1)
		v->dead = other->dead;
	v->fired |= other->fired;
}

void
verdict_also(struct buf *out, const struct verdict *v)
{
	uint32_t rest = v->fired & (v->fired - 1); /* without the headline */
	const char *sep = "";

	for (; rest; rest &= rest - 1) {
		buf_adds(out, sep);
		buf_adds(out, reasons[__builtin_ctz(rest)].name);
		sep = ";";
	}
}
