#include "rules/policy.h"

#include <limits.h>
#include <stdio.h>

/* ---- caps ---- */

static const struct cap_word {
	const char *word;
	enum cap_window window;
} cap_words[] = {
	{ "day", CAP_DAY },
	{ "week", CAP_WEEK },
	{ "month", CAP_MONTH },
	{ "total", CAP_TOTAL },
};

/* Digits at the front of *s as a number up to max; false when there are none
 * or it is more. */
static bool
take_number(struct span *s, uint64_t max, uint64_t *out)
{
	size_t i;

	*out = 0;
	for (i = 0; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
		*out = *out * 10 + (uint64_t)(s->p[i] - '0');
		if (*out > max)
			return false;
	}
	s->p += i;
	s->n -= i;
	return i > 0;
}

static int64_t
unit_seconds(struct span s)
{
	if (s.n != 1)
		return 0;
	switch (s.p[0]) {
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 7 * 86400;
	default:
		return 0;
	}
}

static bool
window_parse(struct cap *c, struct span s)
{
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(cap_words) / sizeof(*cap_words); i++) {
		if (span_eq_nocase(s, span_str(cap_words[i].word))) {
			c->window = cap_words[i].window;
			return true;
		}
	}
	c->window = CAP_ROLLING;
	if (!take_number(&s, 1000000, &n) || n == 0)
		return false;
	c->seconds = (int64_t)n * unit_seconds(s);
	return c->seconds > 0;
}

/* Take "answered" off the end, and the blanks in front of it. */
static bool
take_answered(struct span *s)
{
	struct span word = span_str("answered");
	struct span front;

	if (s->n <= word.n ||
	    !span_eq_nocase(span_of(s->p + s->n - word.n, word.n), word))
		return false;
	front = span_of(s->p, s->n - word.n);
	if (span_trim(front).n == front.n)
		return false; /* one word */
	*s = span_trim(front);
	return true;
}

int
cap_parse(struct cap *out, struct span s, struct err *err)
{
	struct span rest = s = span_trim(s);
	uint64_t calls;

	*out = (struct cap){ .answered = take_answered(&rest) };
	if (s.n >= sizeof(out->text) ||
	    !take_number(&rest, POLICY_CAP_CALLS_MAX, &calls) || rest.n == 0 ||
	    rest.p[0] != '/' ||
	    !window_parse(out, span_of(rest.p + 1, rest.n - 1))) {
		err_set(err, ERR_USAGE, "'%.*s' is not a cap", (int)s.n, s.p);
		return err_hint(err,
		    "write calls/window, as in 2/24h, 3/7d, "
		    "2/day, 5/week, 10/month or 3/total, with at most %d "
		    "calls; '2/day answered' counts answered calls",
		    POLICY_CAP_CALLS_MAX);
	}
	out->calls = (unsigned)calls;
	snprintf(out->text, sizeof(out->text), "%.*s", (int)s.n, s.p);
	return 0;
}

static void
cap_prepare(struct cap *c, const struct policy *p)
{
	c->next = CLOCK_NEVER;
	switch (c->window) {
	case CAP_ROLLING:
		/* a call exactly one window ago no longer counts */
		c->first = fact_time(p->as_of - c->seconds + 1);
		break;
	case CAP_DAY:
		c->first = fact_time(zone_day(p->zone, p->as_of, 0));
		c->next = zone_day(p->zone, p->as_of, 1);
		break;
	case CAP_WEEK:
		c->first = fact_time(zone_week(p->zone, p->as_of, 0));
		c->next = zone_week(p->zone, p->as_of, 1);
		break;
	case CAP_MONTH:
		c->first = fact_time(zone_month(p->zone, p->as_of, 0));
		c->next = zone_month(p->zone, p->as_of, 1);
		break;
	case CAP_TOTAL:
		c->first = 0;
		break;
	}
}

void
policy_prepare(struct policy *p)
{
	size_t i;

	p->now = fact_time(p->as_of);
	p->calls_few = UINT_MAX;
	for (i = 0; i < p->caps; i++) {
		cap_prepare(&p->cap[i], p);
		if (p->cap[i].calls < p->calls_few)
			p->calls_few = p->cap[i].calls;
	}
	p->calls_since = policy_calls_since(p);
}

unsigned
policy_calls_needed(const struct policy *p)
{
	unsigned most = 0;
	size_t i;

	for (i = 0; i < p->caps; i++)
		if (p->cap[i].calls > most)
			most = p->cap[i].calls;
	return most;
}

bool
policy_asks_answered(const struct policy *p)
{
	for (size_t i = 0; i < p->caps; i++)
		if (p->cap[i].answered)
			return true;
	return false;
}

const struct cap *
policy_first_cap(const struct policy *p)
{
	const struct cap *first = NULL;
	size_t i;

	for (i = 0; i < p->caps; i++)
		if (!first || p->cap[i].first < first->first)
			first = &p->cap[i];
	return first;
}

uint32_t
policy_calls_since(const struct policy *p)
{
	const struct cap *first = policy_first_cap(p);

	return first ? first->first : FACT_FOREVER;
}

/* ---- rules ---- */

/* A fact is asked about in its packed form: most are not looked at further. */

static inline uint32_t
until_of(uint64_t fact)
{
	return (uint32_t)fact;
}

static void
fire_entry(struct verdict *v, enum verdict_reason r,
    struct verdict_entry *entry, const struct fact *f, enum verdict_match match)
{
	/* of several, the one that lasts longest; whatever their order */
	if (verdict_fired(v, r) &&
	    (entry->fact.until > f->until ||
		(entry->fact.until == f->until &&
		    fact_pack(&entry->fact) <= fact_pack(f))))
		return;
	verdict_fire(v, r);
	entry->fact = *f;
	entry->match = (uint8_t)match;
}

/* Kinds of facts, as bits. */
enum {
	KINDS_ENTRY = 1 << FACT_DNC | 1 << FACT_LISTED | 1 << FACT_ALLOW,
	KINDS_WITHDRAWN = 1 << FACT_WITHDRAWN,
};

/* Rules 3, 4, 5 and 9: an entry of a list that concerns the run, and lasts. */
static void
judge_entry(const struct fact *f, enum verdict_match match, struct verdict *v)
{
	switch (f->kind) {
	case FACT_DNC:
		fire_entry(v, VERDICT_DNC, &v->dnc, f, match);
		break;
	case FACT_LISTED:
		fire_entry(v, VERDICT_LISTED, &v->listed, f, match);
		break;
	case FACT_ALLOW:
		if (f->n > v->priority)
			v->priority = f->n;
		return;
	default: /* KINDS_ENTRY has no other */
		return;
	}
	if (f->n == REASON_MALICIOUS || f->n == REASON_LEGAL)
		fire_entry(v, VERDICT_RISK, &v->risk, f, match);
	if (f->n == REASON_DEAD_NUMBER)
		fire_entry(v, VERDICT_UNREACHABLE, &v->dead, f, match);
}

/* What the facts say of consent, over all subjects. */
struct consent_state {
	bool valid;
	bool withdrawn, expired, future;
	uint32_t withdrawn_at, expired_at, future_at;
};

static inline bool
is_withdrawal(const struct policy *p, uint64_t fact)
{
	return fact_kind_of(fact) == FACT_WITHDRAWN &&
	    policy_concerns(p, fact) && until_of(fact) <= p->now;
}

/* Was a consent given at `granted` taken back since? */
static bool
withdrawn_since(const struct policy *p, const struct policy_facts *subject,
    size_t n, uint32_t granted)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < subject[i].n; k++)
			if (is_withdrawal(p, subject[i].fact[k]) &&
			    until_of(subject[i].fact[k]) >= granted)
				return true;
	return false;
}

/* When the consent with this serial was given. */
static uint32_t
granted_at(const struct policy_facts *s, unsigned serial)
{
	size_t k;

	for (k = 0; serial && k < s->n; k++)
		if (fact_kind_of(s->fact[k]) == FACT_GRANTED &&
		    s->fact[k] >> 58 == serial)
			return until_of(s->fact[k]);
	return 0;
}

static void
consent_weigh(const struct policy *p, const struct policy_facts *subject,
    size_t n, uint32_t granted, uint32_t until, struct consent_state *state)
{
	if (granted > p->now) {
		if (!state->future || granted < state->future_at)
			state->future_at = granted;
		state->future = true;
	} else if (!policy_lasts(p, until)) {
		if (!state->expired || until > state->expired_at)
			state->expired_at = until;
		state->expired = true;
	} else if (!withdrawn_since(p, subject, n, granted)) {
		state->valid = true;
	}
}

static void
consent_read(const struct policy *p, const struct policy_facts *subject,
    size_t n, struct consent_state *state)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < subject[i].n; k++) {
			uint64_t f = subject[i].fact[k];

			if (fact_kind_of(f) == FACT_CONSENT &&
			    policy_concerns(p, f)) {
				unsigned serial = (unsigned)(f >> 58);

				consent_weigh(p, subject, n,
				    granted_at(&subject[i], serial),
				    until_of(f), state);
				if (state->valid)
					return; /* nothing takes it away */
			} else if (is_withdrawal(p, f)) {
				state->withdrawn = true;
				if (until_of(f) > state->withdrawn_at)
					state->withdrawn_at = until_of(f);
			}
		}
	}
}

/* Rule 6. */
static void
judge_consent(const struct policy *p, const struct policy_facts *subject,
    size_t n, const struct policy_consent *own, struct verdict *v)
{
	struct consent_state s = { 0 };

	consent_read(p, subject, n, &s);
	if (own && own->given)
		consent_weigh(p, subject, n, own->granted, own->until, &s);
	if (s.valid || (!p->consent_required && !s.withdrawn))
		return;
	if (s.withdrawn) {
		verdict_fire(v, VERDICT_CONSENT_WITHDRAWN);
		v->consent = fact_utc(s.withdrawn_at);
	} else if (s.expired) {
		verdict_fire(v, VERDICT_CONSENT_EXPIRED);
		v->consent = fact_utc(s.expired_at);
	} else {
		verdict_fire(v, VERDICT_CONSENT_MISSING);
		v->consent = s.future ? fact_utc(s.future_at) : 0;
	}
}

/* Is this fact a call that the cap looks at, made by now? */
static inline bool
cap_counts(const struct policy *p, const struct cap *cap, uint64_t fact)
{
	return fact_kind_of(fact) == FACT_CALL && (uint32_t)fact <= p->now &&
	    !(cap->answered && fact >> 58 == CALL_UNANSWERED);
}

/*
 * When a rolling cap lets the next call through: as soon as the call that is
 * `cap->calls` calls back leaves the window.  Calls are few (calls_needed), so
 * it is found by counting the later ones.
 */
static int64_t
rolling_again(const struct policy *p, const struct cap *cap,
    const struct policy_facts *s)
{
	size_t i, k;

	for (i = 0; i < s->n; i++) {
		uint32_t at = (uint32_t)s->fact[i];
		unsigned later = 0, same = 0;

		if (!cap_counts(p, cap, s->fact[i]))
			continue;
		for (k = 0; k < s->n; k++) {
			uint32_t other = (uint32_t)s->fact[k];

			if (!cap_counts(p, cap, s->fact[k]))
				continue;
			later += other > at;
			same += other == at;
		}
		if (later < cap->calls && later + same >= cap->calls)
			return at == FACT_FOREVER ? /* later than it can say */
			    CLOCK_NEVER :
			    fact_utc(at) + cap->seconds;
	}
	return CLOCK_NEVER;
}

static void
subject_caps(const struct policy *p, const struct policy_facts *s,
    struct verdict *v)
{
	size_t c, k;

	for (c = 0; c < p->caps; c++) {
		const struct cap *cap = &p->cap[c];
		unsigned calls = 0;
		int64_t again;

		for (k = 0; k < s->n; k++)
			calls += cap_counts(p, cap, s->fact[k]) &&
			    (uint32_t)s->fact[k] >= cap->first;
		if (calls < cap->calls)
			continue;
		if (cap->calls == 0)
			again = CLOCK_NEVER;
		else if (cap->window == CAP_ROLLING)
			again = rolling_again(p, cap, s);
		else
			again = cap->next;
		if (verdict_fired(v, VERDICT_OVER_CAP) && v->again >= again)
			continue;
		verdict_fire(v, VERDICT_OVER_CAP);
		v->cap = (uint8_t)c;
		v->cap_match = (uint8_t)s->match;
		v->calls = calls;
		v->again = again;
	}
}

/* Rule 7: calls of the number by themselves, calls of the person. */
static void
judge_caps(const struct policy *p, const struct policy_facts *subject, size_t n,
    struct verdict *v)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (subject[i].match != MATCH_PREFIX)
			subject_caps(p, &subject[i], v);
}

/* A number that may be either satisfies both. */
static bool
type_wanted(uint32_t types, unsigned type)
{
	const uint32_t either = 1u << NUMBER_MOBILE | 1u << NUMBER_FIXED_LINE;

	if (types >> type & 1)
		return true;
	return type == NUMBER_FIXED_LINE_OR_MOBILE && (types & either);
}

static bool
region_wanted(const struct policy *p, uint16_t region)
{
	size_t i;

	for (i = 0; i < p->regions; i++)
		if (p->region[i] == region)
			return true;
	return false;
}

void
policy_judge_entries(const struct policy *p, const struct policy_facts *subject,
    size_t n, struct verdict *v)
{
	struct fact f;
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < subject[i].n; k++) {
			uint64_t fact = subject[i].fact[k];

			if (!(KINDS_ENTRY >> fact_kind_of(fact) & 1) ||
			    !policy_concerns(p, fact) ||
			    !policy_lasts(p, until_of(fact)))
				continue;
			fact_unpack(&f, fact);
			judge_entry(&f, subject[i].match, v);
		}
	}
}

/* Whether a call may count for some cap: since then, and not later than now. */
static inline bool
is_recent(const struct policy *p, uint64_t fact)
{
	return fact_kind_of(fact) == FACT_CALL &&
	    until_of(fact) - p->calls_since <= p->now - p->calls_since;
}

void
policy_judge(const struct policy *p, const struct number *number,
    const struct policy_facts *subject, size_t n,
    const struct policy_consent *own, struct verdict *v)
{
	unsigned kinds = 0, calls = 0;
	size_t i, k;

	/* one look at all facts, so that of most rules none need be had */
	for (i = 0; i < n; i++) {
		for (k = 0; k < subject[i].n; k++) {
			kinds |= 1u << fact_kind_of(subject[i].fact[k]);
			calls += is_recent(p, subject[i].fact[k]);
		}
	}
	if (p->types && !type_wanted(p->types, number->type))
		verdict_fire(v, VERDICT_WRONG_TYPE);
	if (p->regions && !region_wanted(p, number->region))
		verdict_fire(v, VERDICT_WRONG_REGION);
	if (kinds & KINDS_ENTRY)
		policy_judge_entries(p, subject, n, v);
	if (calls >= p->calls_few)
		judge_caps(p, subject, n, v);
	if (p->consent_required || kinds & KINDS_WITHDRAWN)
		judge_consent(p, subject, n, own, v);
	if (p->allow_only && v->priority == 0)
		verdict_fire(v, VERDICT_NOT_ALLOWED);
}

void
policy_glance_init(struct policy_glance *g, const struct policy *p)
{
	const struct policy_facts nothing = { NULL, 0, MATCH_NUMBER };
	const struct number number = { 0 };

	*g = (struct policy_glance){ .policy = p,
		.any_number = !p->types && !p->regions,
		.idle_kinds = 1u << FACT_GRANTED };
	policy_judge(p, &number, &nothing, 1, NULL, &g->unknown);
	if (!p->consent_required)
		g->idle_kinds |= 1u << FACT_CONSENT;
	if (p->calls_few > 1)
		g->idle_kinds |= 1u << FACT_CALL;
	g->consent_suffices = g->unknown.fired == 1u << VERDICT_CONSENT_MISSING;
}
