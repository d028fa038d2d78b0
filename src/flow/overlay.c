#include "flow/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "flow/list_line.h"
#include "flow/pipeline.h"
#include "store/register_counts.h"

/* What an entry or a call says, in the terms of a run. */
struct said {
	struct fact fact;
	uint32_t granted; /* a consent: when; 0: not said */
	uint64_t key;     /* whose it is; 0: the person's */
	struct span person;
};

static const char *const list_names[OVERLAY_LISTS] = {
	[OVERLAY_INTERNAL] = "internal",
	[OVERLAY_CONSENT] = "consent",
	[OVERLAY_CALLS] = "calls",
	[OVERLAY_ALLOW] = "allow",
};

const char *
overlay_list_name(enum overlay_list l)
{
	return (unsigned)l < OVERLAY_LISTS ? list_names[l] : "";
}

/* ---- what an entry means ---- */

static bool
is_prefix(uint64_t key)
{
	return key >> 62 == 2;
}

/* A time of an entry, where 0 and CLOCK_NEVER are no end. */
static uint32_t
end_of(int64_t at)
{
	return at == 0 ? FACT_FOREVER : fact_time(at);
}

/* Limited to a topic or a campaign: is it this run's? */
static uint16_t
scope_of(const struct overlay *r, const struct register_entry *e,
    uint16_t unsaid)
{
	uint16_t topic = SCOPE_ANY, campaign = SCOPE_ANY;

	if (e->topic.n)
		topic = list_scope(e->topic, r->topic, SCOPE_TOPIC, unsaid);
	if (e->campaign.n)
		campaign = list_scope(e->campaign, r->campaign, SCOPE_CAMPAIGN,
		    unsaid);
	if (topic == SCOPE_ELSEWHERE || campaign == SCOPE_ELSEWHERE)
		return SCOPE_ELSEWHERE;
	return topic ? topic : campaign;
}

static bool
dnc_says(const struct overlay *r, const struct register_entry *e,
    struct said *out)
{
	if (e->effective_at > r->policy->as_of)
		return false;
	out->fact.kind = FACT_DNC;
	out->fact.n = (uint8_t)e->reason;
	out->fact.until = end_of(e->expires_at);
	out->fact.scope = scope_of(r, e, SCOPE_ANY);
	return true;
}

/*
 * Taking effect later than given: until then it is one that has not begun,
 * from then on one that was given when it was given, so that a withdrawal in
 * between counts.
 */
static bool
consent_says(const struct overlay *r, const struct register_entry *e,
    struct said *out)
{
	out->fact.kind = FACT_CONSENT;
	out->fact.until = end_of(e->expires_at);
	out->fact.scope = scope_of(r, e, SCOPE_ELSEWHERE);
	if (e->effective_at > r->policy->as_of)
		out->granted = fact_time(e->effective_at);
	else if (e->at)
		out->granted = fact_time(e->at);
	return true;
}

static bool
withdrawal_says(const struct overlay *r, const struct register_entry *e,
    struct said *out)
{
	out->fact.kind = FACT_WITHDRAWN;
	out->fact.until = e->at ? fact_time(e->at) : r->policy->now;
	out->fact.scope = scope_of(r, e, SCOPE_ANY);
	return true;
}

static bool
allow_says(const struct overlay *r, const struct register_entry *e,
    struct said *out)
{
	if (e->effective_at > r->policy->as_of)
		return false;
	out->fact.kind = FACT_ALLOW;
	out->fact.n = 1;
	out->fact.until = end_of(e->expires_at);
	out->fact.scope = scope_of(r, e, SCOPE_ELSEWHERE);
	return true;
}

/* Which of the four lists an entry belongs to; OVERLAY_LISTS: none. */
static enum overlay_list
list_of(unsigned kind)
{
	switch (kind) {
	case FACT_DNC:
		return OVERLAY_INTERNAL;
	case FACT_CONSENT:
	case FACT_WITHDRAWN:
		return OVERLAY_CONSENT;
	case FACT_ALLOW:
		return OVERLAY_ALLOW;
	default:
		return OVERLAY_LISTS;
	}
}

/* False: nothing that concerns this run. */
static bool
entry_says(const struct overlay *r, const struct register_fact *f,
    struct said *out)
{
	const struct register_entry *e = &f->entry;
	bool linked = f->via && e->subject.person.n;
	bool permits = e->kind == FACT_CONSENT || e->kind == FACT_ALLOW;

	if (permits && (linked || is_prefix(e->subject.key)))
		return false;
	*out = (struct said){
		.fact = { .list = (uint8_t)(r->list + list_of(e->kind)),
		    .channel = (uint8_t)e->channel },
		.key = linked           ? f->via :
		    e->subject.person.n ? 0 :
					  e->subject.key,
		.person = e->subject.person,
	};
	switch (e->kind) {
	case FACT_DNC:
		return dnc_says(r, e, out);
	case FACT_CONSENT:
		return consent_says(r, e, out);
	case FACT_WITHDRAWN:
		return withdrawal_says(r, e, out);
	case FACT_ALLOW:
		return allow_says(r, e, out);
	default:
		return false;
	}
}

bool
overlay_booking_counts(const struct policy *p, int64_t at)
{
	size_t i;

	for (i = 0; i < p->caps; i++) {
		const struct cap *c = &p->cap[i];

		if (c->window == CAP_ROLLING ? at - p->as_of < c->seconds :
					       at < c->next)
			return true;
	}
	return false;
}

static bool
call_says(const struct overlay *r, const struct register_call *c,
    struct said *out, uint64_t *later)
{
	const struct policy *p = r->policy;
	uint32_t at = fact_time(c->at);

	if (at > p->now && c->kind == REGISTER_CALL_RESERVED &&
	    overlay_booking_counts(p, c->at))
		at = p->now;
	if (at > p->now) {
		++*later;
		return false;
	}
	*out = (struct said){
		.fact = { .list = (uint8_t)(r->list + OVERLAY_CALLS),
		    .kind = FACT_CALL,
		    .until = at,
		    .n = c->kind == REGISTER_CALL_MADE && !c->answered &&
			    policy_asks_answered(p) ?
			CALL_UNANSWERED :
			CALL_COUNTS },
		.key = c->subject.person.n ? 0 : c->subject.key,
		.person = c->subject.person,
	};
	return true;
}

/* ---- everything into a table ---- */

/* One thread of loading. */
struct loader {
	const struct overlay *r;
	const struct facts *table;
	struct facts_appender *appender;
	struct overlay_result result[OVERLAY_LISTS];
};

static int
said_add(struct loader *l, const struct said *s, struct err *err)
{
	uint64_t key = s->key;

	if (!key && !l->r->persons)
		return 0; /* nobody will ask */
	if (!key)
		key = subject_person(s->person, facts_seed(l->table));
	else if (is_prefix(key))
		return facts_add_prefix(l->appender, key & ~(UINT64_C(1) << 63),
		    &s->fact, err);
	if (s->granted)
		return facts_add_consent(l->appender, key, &s->fact, s->granted,
		    err);
	return facts_add(l->appender, key, &s->fact, err);
}

/* Count an entry once, not again for every number it is linked to. */
static void
entry_count(struct loader *l, const struct register_fact *f)
{
	const struct register_entry *e = &f->entry;
	struct overlay_result *r = &l->result[list_of(e->kind)];

	if (f->via)
		return;
	r->wildcards += is_prefix(e->subject.key);
	r->ended += e->kind != FACT_WITHDRAWN &&
	    end_of(e->expires_at) != FACT_FOREVER &&
	    end_of(e->expires_at) <= l->r->policy->now;
}

static int
entry_load(void *arg, const struct register_fact *f, struct err *err)
{
	struct loader *l = arg;
	struct said said;

	if (list_of(f->entry.kind) == OVERLAY_LISTS)
		return 0; /* a link; what it links comes by itself */
	entry_count(l, f);
	if (!entry_says(l->r, f, &said))
		return 0;
	l->result[list_of(f->entry.kind)].facts++;
	return said_add(l, &said, err);
}

static int
call_load(void *arg, const struct register_call *c, struct err *err)
{
	struct loader *l = arg;
	struct overlay_result *r = &l->result[OVERLAY_CALLS];
	struct said said;

	if (!call_says(l->r, c, &said, &r->later))
		return 0;
	r->facts++;
	return said_add(l, &said, err);
}

static void
result_add(struct overlay_result *to, const struct overlay_result *from)
{
	to->ended += from->ended;
	to->wildcards += from->wildcards;
	to->later += from->later;
	to->facts += from->facts;
}

/* The moment before which no call counts; CLOCK_NEVER when none does. */
static int64_t
calls_since(const struct overlay *r)
{
	return fact_utc(policy_calls_since(r->policy));
}

static uint64_t
entries_in_force(const struct register_counts *c)
{
	return c->in_force[FACT_DNC] + c->in_force[FACT_CONSENT] +
	    c->in_force[FACT_WITHDRAWN] + c->in_force[FACT_ALLOW];
}

void
overlay_count(const struct register_db *db, uint64_t n[OVERLAY_LISTS])
{
	struct register_counts c;

	register_counts(db, &c);
	n[OVERLAY_INTERNAL] = c.in_force[FACT_DNC];
	n[OVERLAY_CONSENT] = c.in_force[FACT_CONSENT] +
	    c.in_force[FACT_WITHDRAWN];
	n[OVERLAY_CALLS] = c.calls;
	n[OVERLAY_ALLOW] = c.in_force[FACT_ALLOW];
}

int
overlay_load(const struct overlay *r, struct facts *table,
    struct facts_appender *const *appender, size_t threads,
    struct overlay_result result[OVERLAY_LISTS], struct err *err)
{
	struct loader loader[PIPELINE_THREADS_MAX] = { 0 };
	void *arg[PIPELINE_THREADS_MAX];
	struct register_counts n;
	size_t i, k;

	for (i = 0; i < threads; i++) {
		loader[i] = (struct loader){ .r = r,
			.table = table,
			.appender = appender[i] };
		arg[i] = &loader[i];
	}
	register_counts(r->db, &n);
	/* in words: most entries have no end, and need one; a consent and when
	 * it was given are two facts */
	if (facts_reserve(table,
		facts_appended_words(appender[0]) + entries_in_force(&n) +
		    3 * n.in_force[FACT_CONSENT] + n.in_force[FACT_WITHDRAWN] +
		    (calls_since(r) == CLOCK_NEVER ? 0 : 2 * n.calls),
		err) < 0 ||
	    register_each(r->db, threads, entry_load, arg, err) < 0 ||
	    (calls_since(r) != CLOCK_NEVER &&
		register_each_call(r->db, calls_since(r), threads, call_load,
		    arg, err) < 0))
		return -1;
	for (i = 0; i < threads; i++)
		for (k = 0; k < OVERLAY_LISTS; k++)
			result_add(&result[k], &loader[i].result[k]);
	return 0;
}

/* ---- one subject into a table ---- */

/* Prefixes of a number stand in the table by themselves. */
static int
entry_load_own(void *arg, const struct register_fact *f, struct err *err)
{
	return f->via && is_prefix(f->entry.subject.key) ?
	    0 :
	    entry_load(arg, f, err);
}

int
overlay_load_one(const struct overlay *r, struct facts *table,
    struct facts_appender *appender, const struct register_subject *s,
    struct err *err)
{
	struct loader l = { .r = r, .table = table, .appender = appender };

	if (register_find(r->db, s, entry_load_own, &l, err) < 0)
		return -1;
	if (calls_since(r) == CLOCK_NEVER)
		return 0;
	return register_find_calls(r->db, s, calls_since(r), call_load, &l,
	    err);
}

/* ---- one subject at a time ---- */

/* One look-up: `from` is where its subject's facts begin. */
struct finder {
	const struct overlay *r;
	struct facts_found *found;
	size_t from;
};

static int
found_add(struct facts_found *found, const struct fact *f, struct err *err)
{
	uint64_t fact = fact_pack(f);

	return facts_found_add(found, &fact, 1, err);
}

/* The next serial that no consent of this subject has; 0: there is none. */
static uint8_t
serial_free(const struct finder *d)
{
	struct fact f;
	unsigned last = 0;
	size_t i;

	for (i = d->from; i < d->found->n; i++) {
		fact_unpack(&f, d->found->fact[i]);
		if (f.kind == FACT_CONSENT && f.n > last)
			last = f.n;
	}
	return last + 1 < FACT_SERIALS_MAX ? (uint8_t)(last + 1) : 0;
}

/* As facts_add_consent().  Where serials have run out it was given before
 * anything else happened: then every withdrawal counts. */
static int
consent_add(struct finder *d, const struct said *s, struct err *err)
{
	struct fact f = s->fact;
	bool future = s->granted > d->r->policy->now;

	f.n = serial_free(d);
	if (!f.n)
		return future ? 0 : found_add(d->found, &f, err);
	if (found_add(d->found, &f, err) < 0)
		return -1;
	f.kind = FACT_GRANTED;
	f.until = s->granted;
	return found_add(d->found, &f, err);
}

static int
entry_found(void *arg, const struct register_fact *f, struct err *err)
{
	struct finder *d = arg;
	struct said said;

	/* prefixes of a number are asked for by themselves */
	if ((f->via && is_prefix(f->entry.subject.key)) ||
	    !entry_says(d->r, f, &said))
		return 0;
	return said.granted ? consent_add(d, &said, err) :
			      found_add(d->found, &said.fact, err);
}

static int
call_found(void *arg, const struct register_call *c, struct err *err)
{
	struct finder *d = arg;
	uint64_t later = 0;
	struct said said;

	if (!call_says(d->r, c, &said, &later))
		return 0;
	if (found_add(d->found, &said.fact, err) < 0)
		return -1;
	facts_calls_trim(d->found->fact, d->from, &d->found->n,
	    policy_calls_needed(d->r->policy));
	return 0;
}

static int
subject_find(const struct overlay *r, const struct register_subject *s,
    struct facts_found *found, size_t from, struct err *err)
{
	struct finder d = { r, found, from };

	if (register_find(r->db, s, entry_found, &d, err) < 0)
		return -1;
	if (calls_since(r) == CLOCK_NEVER)
		return 0;
	return register_find_calls(r->db, s, calls_since(r), call_found, &d,
	    err);
}

int
overlay_find(const struct overlay *r, uint64_t key, struct facts_found *found,
    size_t from, struct err *err)
{
	return subject_find(r, &(struct register_subject){ .key = key }, found,
	    from, err);
}

int
overlay_find_person(const struct overlay *r, struct span id,
    struct facts_found *found, size_t from, struct err *err)
{
	return subject_find(r, &(struct register_subject){ .person = id },
	    found, from, err);
}

int
overlay_prefixes(const struct overlay *r, uint32_t *out, struct err *err)
{
	return register_prefix_lengths(r->db, out, err);
}

/*
 * Measured with three million entries on two cores: an entry loads in 1.1 us
 * (2.3 on one); looking a number up costs 18, and reading one that was touched
 * since an index was made 15.
 */
enum { LOOKUP_COST = 10, TOUCHED_COST = 8 };

enum overlay_way
overlay_choose(const struct register_db *db, uint64_t rows,
    const uint64_t *touched)
{
	struct register_counts n;
	uint64_t all;

	register_counts(db, &n);
	all = entries_in_force(&n) + n.calls;
	if (touched && *touched <= all / TOUCHED_COST &&
	    *touched / LOOKUP_COST <= rows / TOUCHED_COST)
		return OVERLAY_INDEX;
	return rows < all / LOOKUP_COST ? OVERLAY_LOOK_UP : OVERLAY_LOAD;
}

static int
record_at(void *arg, const struct register_audit *a, struct err *err)
{
	(void)err;
	*(int64_t *)arg = a->at;
	return 0;
}

int
overlay_changed(struct register_db *db, int64_t *at, struct err *err)
{
	struct register_counts n;

	*at = -1;
	register_counts(db, &n);
	return register_audit_list(db, n.audit, NULL, record_at, at, err);
}
