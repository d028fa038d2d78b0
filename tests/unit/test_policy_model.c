#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>

#include "test_verdict.h"

/*
 * The rules once more, one after the other and with no thought of speed:
 * policy_judge() must say the same of whatever is known.
 */

enum { SUBJECTS = 3, FACTS_MAX = 6, ROUNDS = 100000 };

struct subject {
	struct fact fact[FACTS_MAX];
	size_t n;
	enum verdict_match match;
};

struct scene {
	struct policy policy;
	struct number number;
	struct subject subject[SUBJECTS];
	size_t subjects;
	struct policy_consent own;
	bool has_own;
};

static struct zone *utc;

static void
begin(void)
{
	struct err err;

	cr_assert(zone_open(&utc, "UTC", &err) == 0);
}

static void
end(void)
{
	zone_close(utc);
}

TestSuite(policy_model, .init = begin, .fini = end);

static struct scene
draw_scene(uint64_t *state)
{
	static const uint8_t types[] = { NUMBER_MOBILE, NUMBER_FIXED_LINE,
		NUMBER_FIXED_LINE_OR_MOBILE, NUMBER_VOIP };
	static const unsigned facts[] = { 0, 0, 1, 1, 2, 3, FACTS_MAX };
	struct scene s = { .policy = draw_policy(state, utc),
		.subjects = 1 + draw(state, SUBJECTS),
		.has_own = draw(state, 4) == 0 };

	s.number = (struct number){ .key = 8613812345678,
		.type = types[draw(state, 4)],
		.region = region_code(span_str(draw(state, 2) ? "CN" : "US")) };
	for (size_t i = 0; i < s.subjects; i++) {
		s.subject[i].match = (enum verdict_match)i;
		s.subject[i].n = facts[draw(state, 7)];
		for (size_t k = 0; k < s.subject[i].n; k++)
			s.subject[i].fact[k] = draw_fact(state);
	}
	s.own = (struct policy_consent){ .given = draw(state, 2),
		.granted = draw(state, 2) ? 0 : draw_time(state),
		.until = draw_time(state) };
	return s;
}

/* ---- the rules ---- */

static bool
concerns(const struct scene *s, const struct fact *f)
{
	return f->scope != SCOPE_ELSEWHERE &&
	    (f->channel == CHANNEL_ANY || f->channel == s->policy.channel);
}

static bool
over(const struct scene *s, uint32_t until)
{
	return until != FACT_FOREVER && until <= s->policy.now;
}

/* Of two entries that fire, the one that is told: it lasts longer. */
static bool
told_before(const struct fact *a, const struct fact *b)
{
	if (a->until != b->until)
		return a->until > b->until;
	return fact_pack(a) < fact_pack(b);
}

static void
model_entry(const struct scene *s, unsigned kind, uint32_t reasons,
    enum verdict_reason fires, struct verdict_entry *entry, struct verdict *v)
{
	for (size_t i = 0; i < s->subjects; i++) {
		for (size_t k = 0; k < s->subject[i].n; k++) {
			const struct fact *f = &s->subject[i].fact[k];

			if (!(kind >> f->kind & 1) || !(reasons >> f->n & 1) ||
			    !concerns(s, f) || over(s, f->until))
				continue;
			if (verdict_fired(v, fires) &&
			    !told_before(f, &entry->fact))
				continue;
			verdict_fire(v, fires);
			*entry = (struct verdict_entry){ *f,
				(uint8_t)s->subject[i].match };
		}
	}
}

static void
model_entries(const struct scene *s, struct verdict *v)
{
	const unsigned dnc = 1u << FACT_DNC, listed = 1u << FACT_LISTED;

	model_entry(s, dnc, UINT32_MAX, VERDICT_DNC, &v->dnc, v);
	model_entry(s, listed, UINT32_MAX, VERDICT_LISTED, &v->listed, v);
	model_entry(s, dnc | listed,
	    1u << REASON_MALICIOUS | 1u << REASON_LEGAL, VERDICT_RISK, &v->risk,
	    v);
	model_entry(s, dnc | listed, 1u << REASON_DEAD_NUMBER,
	    VERDICT_UNREACHABLE, &v->dead, v);
}

static void
model_priority(const struct scene *s, struct verdict *v)
{
	for (size_t i = 0; i < s->subjects; i++) {
		for (size_t k = 0; k < s->subject[i].n; k++) {
			const struct fact *f = &s->subject[i].fact[k];

			if (f->kind == FACT_ALLOW && concerns(s, f) &&
			    !over(s, f->until) && f->n > v->priority)
				v->priority = f->n;
		}
	}
	if (s->policy.allow_only && v->priority == 0)
		verdict_fire(v, VERDICT_NOT_ALLOWED);
}

static int
later_first(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x < y) - (x > y);
}

/* The calls of a subject that a cap may count, the latest first. */
static size_t
calls_of(const struct scene *s, const struct subject *subject,
    const struct cap *cap, uint32_t call[FACTS_MAX])
{
	size_t n = 0;

	for (size_t k = 0; k < subject->n; k++) {
		const struct fact *f = &subject->fact[k];

		if (f->kind == FACT_CALL && f->until <= s->policy.now &&
		    !(cap->answered && f->n == CALL_UNANSWERED))
			call[n++] = f->until;
	}
	qsort(call, n, sizeof(*call), later_first);
	return n;
}

static void
model_cap(const struct scene *s, const struct subject *subject, size_t c,
    struct verdict *v)
{
	const struct cap *cap = &s->policy.cap[c];
	uint32_t call[FACTS_MAX];
	size_t n = calls_of(s, subject, cap, call), counted = 0;
	int64_t again = cap->next;

	while (counted < n && call[counted] >= cap->first)
		counted++;
	if (counted < cap->calls)
		return;
	if (cap->calls == 0)
		again = CLOCK_NEVER;
	else if (cap->window == CAP_ROLLING)
		again = fact_utc(call[cap->calls - 1]) + cap->seconds;
	if (verdict_fired(v, VERDICT_OVER_CAP) && again <= v->again)
		return;
	verdict_fire(v, VERDICT_OVER_CAP);
	v->cap = (uint8_t)c;
	v->cap_match = (uint8_t)subject->match;
	v->calls = (uint32_t)counted;
	v->again = again;
}

static void
model_caps(const struct scene *s, struct verdict *v)
{
	for (size_t i = 0; i < s->subjects; i++)
		for (size_t c = 0; c < s->policy.caps; c++)
			if (s->subject[i].match != MATCH_PREFIX)
				model_cap(s, &s->subject[i], c, v);
}

/* When consent was taken back last; false: never. */
static bool
withdrawn(const struct scene *s, uint32_t *at)
{
	bool any = false;

	*at = 0;
	for (size_t i = 0; i < s->subjects; i++) {
		for (size_t k = 0; k < s->subject[i].n; k++) {
			const struct fact *f = &s->subject[i].fact[k];

			if (f->kind != FACT_WITHDRAWN || !concerns(s, f) ||
			    f->until > s->policy.now)
				continue;
			any = true;
			if (f->until > *at)
				*at = f->until;
		}
	}
	return any;
}

/* All consents there are, and what is to be said of them. */
struct consents {
	bool valid, ended, future;
	uint32_t ended_at, future_at;
};

static void
model_consent(const struct scene *s, uint32_t granted, uint32_t until,
    struct consents *c)
{
	uint32_t taken;

	if (granted > s->policy.now) {
		if (!c->future || granted < c->future_at)
			c->future_at = granted;
		c->future = true;
	} else if (over(s, until)) {
		if (!c->ended || until > c->ended_at)
			c->ended_at = until;
		c->ended = true;
	} else if (!withdrawn(s, &taken) || taken < granted) {
		c->valid = true;
	}
}

static uint32_t
granted_with(const struct subject *subject, unsigned serial)
{
	for (size_t k = 0; serial && k < subject->n; k++)
		if (subject->fact[k].kind == FACT_GRANTED &&
		    subject->fact[k].n == serial)
			return subject->fact[k].until;
	return 0;
}

static void
model_consents(const struct scene *s, struct verdict *v)
{
	struct consents c = { 0 };
	uint32_t taken;

	for (size_t i = 0; i < s->subjects; i++) {
		for (size_t k = 0; k < s->subject[i].n; k++) {
			const struct fact *f = &s->subject[i].fact[k];

			if (f->kind == FACT_CONSENT && concerns(s, f))
				model_consent(s,
				    granted_with(&s->subject[i], f->n),
				    f->until, &c);
		}
	}
	if (s->has_own && s->own.given)
		model_consent(s, s->own.granted, s->own.until, &c);
	if (c.valid)
		return;
	if (withdrawn(s, &taken)) {
		verdict_fire(v, VERDICT_CONSENT_WITHDRAWN);
		v->consent = fact_utc(taken);
	} else if (s->policy.consent_required && c.ended) {
		verdict_fire(v, VERDICT_CONSENT_EXPIRED);
		v->consent = fact_utc(c.ended_at);
	} else if (s->policy.consent_required) {
		verdict_fire(v, VERDICT_CONSENT_MISSING);
		v->consent = c.future ? fact_utc(c.future_at) : 0;
	}
}

static void
model_kind(const struct scene *s, struct verdict *v)
{
	const struct policy *p = &s->policy;
	uint32_t types = 1u << s->number.type;

	if (s->number.type == NUMBER_FIXED_LINE_OR_MOBILE)
		types |= 1u << NUMBER_FIXED_LINE | 1u << NUMBER_MOBILE;
	if (p->types && !(p->types & types))
		verdict_fire(v, VERDICT_WRONG_TYPE);
	if (p->regions && p->region[0] != s->number.region)
		verdict_fire(v, VERDICT_WRONG_REGION);
}

static struct verdict
model(const struct scene *s)
{
	struct verdict v = { 0 };

	model_kind(s, &v);
	model_entries(s, &v);
	model_caps(s, &v);
	model_consents(s, &v);
	model_priority(s, &v);
	return v;
}

/* ---- the two compared ---- */

static struct verdict
judge(const struct scene *s)
{
	uint64_t packed[SUBJECTS][FACTS_MAX];
	struct policy_facts subject[SUBJECTS];
	struct verdict v = { 0 };

	for (size_t i = 0; i < s->subjects; i++) {
		for (size_t k = 0; k < s->subject[i].n; k++)
			packed[i][k] = fact_pack(&s->subject[i].fact[k]);
		subject[i] = (struct policy_facts){ packed[i], s->subject[i].n,
			s->subject[i].match };
	}
	policy_judge(&s->policy, &s->number, subject, s->subjects,
	    s->has_own ? &s->own : NULL, &v);
	return v;
}

Test(policy_model, a_verdict_is_what_the_rules_say)
{
	unsigned fired[VERDICT_REASONS] = { 0 }, kept = 0;
	uint64_t state = 1;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct scene s = draw_scene(&state);
		struct verdict v = judge(&s), want = model(&s);

		cr_assert(verdict_same(&v, &want),
		    "round %u: fired %x, not %x; priority %u, not %u", round,
		    v.fired, want.fired, v.priority, want.priority);
		kept += v.fired == 0;
		for (unsigned r = 0; r < VERDICT_REASONS; r++)
			fired[r] += want.fired >> r & 1;
	}
	/* all rules had their turn */
	cr_expect(kept > ROUNDS / 50);
	for (unsigned r = VERDICT_WRONG_TYPE; r < VERDICT_DUPLICATE; r++)
		cr_expect(r == VERDICT_UNCOVERED || fired[r] > ROUNDS / 200,
		    "%s: %u", verdict_reason_name((enum verdict_reason)r),
		    fired[r]);
}

Test(policy_model, a_glance_sees_what_a_look_would_find)
{
	unsigned seen[POLICY_LOOK + 1] = { 0 };
	uint64_t state = 2;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct scene s = draw_scene(&state);
		uint64_t packed[FACTS_MAX];
		struct policy_glance g;
		struct verdict v;
		enum policy_seen saw;

		s.subjects = 1;
		s.has_own = false;
		for (size_t k = 0; k < s.subject[0].n; k++)
			packed[k] = fact_pack(&s.subject[0].fact[k]);
		policy_glance_init(&g, &s.policy);
		saw = policy_glance(&g, packed, s.subject[0].n);
		seen[saw]++;
		v = model(&s);
		if (saw == POLICY_UNKNOWN)
			cr_assert(verdict_same(&v, &g.unknown), "round %u",
			    round);
		if (saw == POLICY_CALL)
			cr_assert(v.fired == 0 && v.priority == 0, "round %u",
			    round);
	}
	for (unsigned i = 0; i <= POLICY_LOOK; i++)
		cr_expect(seen[i] > ROUNDS / 200, "%u: %u", i, seen[i]);
}
