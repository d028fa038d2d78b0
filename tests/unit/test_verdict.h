/*
 * test_verdict.h - policies and facts by chance, and verdicts compared.
 *
 * The same in every run: `state` of draw() begins as the test says.
 */
#ifndef TEST_VERDICT_H
#define TEST_VERDICT_H

#include <criterion/criterion.h>

#include <stddef.h>

#include "rules/policy.h"

/* 2026-03-01T12:00:00Z, a Sunday. */
#define NOON INT64_C(1772366400)
#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

static inline unsigned
draw(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)((*state >> 33) % below);
}

/* Moments are few, so that facts fall on the same one, and on now. */
static inline uint32_t
draw_time(uint64_t *state)
{
	return draw(state, 4) == 0 ?
	    FACT_FOREVER :
	    fact_time(NOON + (int64_t)draw(state, 9) * 6 * HOUR - DAY);
}

static inline struct fact
draw_fact(uint64_t *state)
{
	static const uint8_t kinds[] = { FACT_DNC, FACT_LISTED, FACT_CONSENT,
		FACT_CONSENT, FACT_GRANTED, FACT_WITHDRAWN, FACT_CALL,
		FACT_CALL, FACT_ALLOW };
	struct fact f = { .kind = kinds[draw(state, sizeof(kinds))],
		.list = (uint8_t)draw(state, 3),
		.until = draw_time(state) };

	if (draw(state, 4) == 0)
		f.scope = (uint16_t)draw(state, SCOPE_ELSEWHERE + 1);
	if (draw(state, 4) == 0)
		f.channel = (uint8_t)draw(state, FACT_CHANNELS);
	if (f.kind == FACT_DNC || f.kind == FACT_LISTED)
		f.n = (uint8_t)draw(state, FACT_REASONS);
	else if (f.kind == FACT_CALL)
		f.n = (uint8_t)draw(state, 2);
	else if (f.kind == FACT_GRANTED)
		f.n = (uint8_t)(1 + draw(state, 2));
	else if (f.kind == FACT_CONSENT || f.kind == FACT_ALLOW)
		f.n = (uint8_t)draw(state, 3);
	if (f.kind == FACT_CALL && f.until == FACT_FOREVER)
		f.until = fact_time(NOON);
	return f;
}

/* A policy in `zone`, prepared. */
static inline struct policy
draw_policy(uint64_t *state, struct zone *zone)
{
	static const char *const caps[] = { "1/6h", "2/24h", "3/7d", "1/day",
		"2/week", "2/24h answered", "1/day answered", "3/total",
		"0/day", "5/month" };
	struct policy p = { .as_of = NOON,
		.zone = zone,
		.consent_required = draw(state, 2),
		.allow_only = draw(state, 6) == 0,
		.channel = (enum fact_channel)(1 + draw(state, 2)) };
	struct err err;

	if (draw(state, 4) == 0)
		p.types = 1u << NUMBER_FIXED_LINE |
		    (draw(state, 2) ? 1u << NUMBER_VOIP : 0);
	if (draw(state, 4) == 0)
		p.region[p.regions++] = region_code(span_str("US"));
	while (draw(state, 2) && p.caps < 3) {
		const char *text = caps[draw(state, 10)];

		cr_assert(cap_parse(&p.cap[p.caps], span_str(text), &err) == 0);
		p.caps++;
	}
	policy_prepare(&p);
	return p;
}

static inline bool
entry_same(const struct verdict_entry *a, const struct verdict_entry *b)
{
	return fact_pack(&a->fact) == fact_pack(&b->fact) &&
	    a->match == b->match;
}

/* Do they say the same?  What did not fire has no detail. */
static inline bool
verdict_same(const struct verdict *a, const struct verdict *b)
{
	const uint32_t consent = 1u << VERDICT_CONSENT_MISSING |
	    1u << VERDICT_CONSENT_EXPIRED | 1u << VERDICT_CONSENT_WITHDRAWN;

	if (a->fired != b->fired || a->priority != b->priority)
		return false;
	if (verdict_fired(a, VERDICT_DNC) && !entry_same(&a->dnc, &b->dnc))
		return false;
	if (verdict_fired(a, VERDICT_LISTED) &&
	    !entry_same(&a->listed, &b->listed))
		return false;
	if (verdict_fired(a, VERDICT_RISK) && !entry_same(&a->risk, &b->risk))
		return false;
	if (verdict_fired(a, VERDICT_UNREACHABLE) &&
	    !entry_same(&a->dead, &b->dead))
		return false;
	if (verdict_fired(a, VERDICT_OVER_CAP) &&
	    (a->cap != b->cap || a->cap_match != b->cap_match ||
		a->calls != b->calls || a->again != b->again))
		return false;
	return !(a->fired & consent) || a->consent == b->consent;
}

#endif
