#include "flow/indexed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/list_line.h"
#include "flow/lists.h"

enum { HOUR = 3600, DAY = 86400 };

size_t
indexed_lists(const struct index *ix)
{
	const struct index_about *a = index_about(ix);
	size_t i, n = 0;

	for (i = 0; i < a->lists; i++)
		n += !a->list[i].in_register;
	return n;
}

/* ---- how far back calls reach ---- */

/* The longest that a cap's window can be.  A day may have 25 hours. */
static int64_t
window_length(const struct cap *c)
{
	switch (c->window) {
	case CAP_DAY:
		return DAY + HOUR;
	case CAP_WEEK:
		return 7 * DAY + HOUR;
	case CAP_MONTH:
		return 31 * DAY + HOUR;
	case CAP_ROLLING:
	case CAP_TOTAL:
		break;
	}
	return c->seconds;
}

static int
too_short(const struct index_about *a, const struct index_list *l,
    const struct policy *p, const struct cap *cap, struct err *err)
{
	int64_t late = a->created > p->as_of ? a->created - p->as_of : 0;
	char back[CLOCK_TEXT_MAX], since[CLOCK_TEXT_MAX], days[32] = "";

	clock_text(back, fact_utc(cap->first));
	clock_text(since, l->calls_since);
	if (cap->window == CAP_TOTAL)
		snprintf(back, sizeof(back), "the first call");
	else
		snprintf(days, sizeof(days), "keep = %" PRId64 "d, or ",
		    (window_length(cap) + late + DAY - 1) / DAY);
	err_set(err, ERR_LIST,
	    "list %s: keep: cap %s looks back to %s, and the index has its "
	    "calls since %s (%" PRIu64 " earlier ones were left out)",
	    l->name, cap->text, back, since, l->too_old);
	return err_hint(err,
	    "%skeep = all in [list \"%s\"] of scrub.conf, then: "
	    "scrub refresh --list %s",
	    days, l->name, l->name);
}

int
indexed_reaches(const struct index *ix, const struct policy *p, struct err *err)
{
	const struct index_about *a = index_about(ix);
	const struct cap *cap = policy_first_cap(p);
	size_t i;

	for (i = 0; cap && i < a->lists; i++)
		if (a->list[i].calls_since >= 0 &&
		    cap->first < fact_time(a->list[i].calls_since))
			return too_short(a, &a->list[i], p, cap, err);
	return 0;
}

/* ---- getting ready ---- */

/* As list_line.c has it for a line of a list. */
static uint16_t
scope_of(const struct index_scope *s, const char *topic, const char *campaign,
    uint16_t unsaid)
{
	uint16_t about = SCOPE_ANY, within = SCOPE_ANY;

	if (*s->topic)
		about = list_scope(span_str(s->topic), topic, SCOPE_TOPIC,
		    unsaid);
	if (*s->campaign)
		within = list_scope(span_str(s->campaign), campaign,
		    SCOPE_CAMPAIGN, unsaid);
	if (about == SCOPE_ELSEWHERE || within == SCOPE_ELSEWHERE)
		return SCOPE_ELSEWHERE;
	return about ? about : within;
}

static void
scopes_map(struct facts_scopes *map, const struct index_about *a,
    const char *topic, const char *campaign)
{
	size_t i;

	*map = (struct facts_scopes){ .forbid = { SCOPE_ANY } };
	for (i = 0; i < a->scopes; i++) {
		map->forbid[i + 1] = scope_of(&a->scope[i], topic, campaign,
		    SCOPE_ANY);
		map->permit[i + 1] = scope_of(&a->scope[i], topic, campaign,
		    SCOPE_ELSEWHERE);
	}
}

/* Where there are none, facts are found as they are, which is quicker. */
static void
scopes_set(struct indexed *x, const struct index *ix)
{
	facts_map_scopes(x->facts,
	    index_about(ix)->scopes > 0 ? &x->scopes : NULL);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int
cover_add(struct indexed *x, const struct index_list *l, uint8_t id,
    struct err *err)
{
	struct indexed_cover *c = &x->cover[x->covers];
	size_t i;

	*c = (struct indexed_cover){ .n = l->covers, .list = id };
	if (!(c->prefix = reallocarray(NULL, l->covers, sizeof(*c->prefix))))
		return err_nomem(err);
	x->covers++;
	memcpy(c->prefix, l->coverage, l->covers * sizeof(*c->prefix));
	qsort(c->prefix, c->n, sizeof(*c->prefix), by_value);
	for (i = 0; i < c->n; i++)
		c->lengths |= UINT32_C(1) << subject_digits(c->prefix[i]);
	return 0;
}

/* The register's lists, where the index speaks for them. */
static void
register_lists(struct indexed *x, const struct index_about *a, uint8_t first)
{
	const struct index_list *l;
	unsigned i;

	for (i = 0; i < OVERLAY_LISTS; i++) {
		l = index_list_find(a, overlay_list_name((enum overlay_list)i),
		    true);
		if (l)
			x->list[l - a->list] = (uint8_t)(first + i);
	}
}

static int
feed_lists(struct indexed *x, const struct index_about *a, uint8_t first,
    struct err *err)
{
	size_t i;

	for (i = 0; i < a->lists; i++) {
		const struct index_list *l = &a->list[i];

		x->in_register[i] = l->in_register;
		if (l->in_register)
			continue;
		x->list[i] = first;
		/* of a consent or a call log nobody expects every area */
		if (l->covers > 0 &&
		    (l->kind == LIST_DNC || l->kind == LIST_LISTED) &&
		    cover_add(x, l, first, err) < 0)
			return -1;
		first++;
	}
	return 0;
}

int
indexed_open(struct indexed *out, struct index *ix, uint8_t first,
    const struct overlay *r, const struct recent *recent, struct err *err)
{
	const struct index_about *a = index_about(ix);

	*out = (struct indexed){ 0 };
	if (indexed_reaches(ix, r->policy, err) < 0)
		return -1;
	*out = (struct indexed){ .facts = index_facts(ix),
		.recent = recent,
		.policy = r->policy,
		.asks_answered = policy_asks_answered(r->policy),
		.calls_needed = policy_calls_needed(r->policy),
		.created = fact_time(a->created) };
	memset(out->list, INDEXED_NOT, sizeof(out->list));
	if (!(out->cover = calloc(a->lists + 1, sizeof(*out->cover))))
		return err_nomem(err);
	if (feed_lists(out, a, first, err) < 0) {
		indexed_release(out);
		return -1;
	}
	if (recent)
		register_lists(out, a, r->list);
	scopes_map(&out->scopes, a, r->topic, r->campaign);
	scopes_set(out, ix);
	return 0;
}

int
indexed_sieve(struct indexed *x, struct index *ix, const struct facts *own,
    const struct overlay *r, size_t threads, struct err *err)
{
	const struct index_wanted wanted = { .facts = own,
		.now = x->policy->now,
		.calls_since = x->policy->calls_since,
		.hold_all = r->db != NULL };

	if (index_sieve(&x->sieved, ix, &wanted, threads, err) < 0)
		return -1;
	facts_map_scopes(x->facts, NULL);
	x->facts = x->sieved;
	scopes_set(x, ix);
	return 0;
}

void
indexed_release(struct indexed *x)
{
	size_t i;

	if (x->facts)
		facts_map_scopes(x->facts, NULL);
	index_sieved_free(x->sieved);
	for (i = 0; i < x->covers; i++)
		free(x->cover[i].prefix);
	free(x->cover);
	*x = (struct indexed){ 0 };
}

/* ---- looking up ---- */

static bool
has_serial(const struct fact *f)
{
	return f->kind == FACT_CONSENT || f->kind == FACT_GRANTED;
}

/* A feed's: what was known when the index was made is no matter of the
 * future. */
static void
feed_settle(const struct indexed *x, struct fact *f)
{
	if ((f->kind == FACT_WITHDRAWN || f->kind == FACT_CALL) &&
	    f->until > x->policy->now && f->until <= x->created)
		f->until = x->policy->now;
}

/* A call of the register, as overlay.c has it.  False: it was forgotten. */
static bool
call_settle(const struct indexed *x, struct fact *f)
{
	const struct policy *p = x->policy;

	if (f->until < x->recent->calls_from)
		return false;
	if (f->until > p->now && f->n == CALL_BOOKED &&
	    overlay_booking_counts(p, fact_utc(f->until)))
		f->until = p->now;
	if (f->n == CALL_BOOKED)
		f->n = CALL_COUNTS;
	return true;
}

/* As this run has it.  False: it is none of its facts. */
static bool
fact_settle(const struct indexed *x, struct fact *f, bool touched)
{
	bool own = x->in_register[f->list];

	f->list = x->list[f->list];
	if (f->list == INDEXED_NOT || (own && touched))
		return false;
	if (!own)
		feed_settle(x, f);
	else if (f->kind == FACT_CALL && !call_settle(x, f))
		return false;
	/* one that has not been made yet must not stand for one that was */
	if (f->kind == FACT_CALL && f->until > x->policy->now)
		return false;
	if (f->kind == FACT_CALL && !x->asks_answered)
		f->n = CALL_COUNTS;
	return true;
}

/* The last serial that a consent of this subject has. */
static unsigned
serial_last(const struct facts_found *found, size_t from, size_t to)
{
	unsigned last = 0;
	struct fact f;

	for (; from < to; from++) {
		fact_unpack(&f, found->fact[from]);
		if (has_serial(&f) && f.n > last)
			last = f.n;
	}
	return last;
}

static bool
is_touched(const struct indexed *x, uint64_t key)
{
	return x->recent && recent_has(x->recent, key);
}

/*
 * What was found from `at` on: leave out what is none of the run's, give lists
 * its ids and consents serials that no other has.  A consent for which there is
 * none left is left out, which can only take consent away.
 */
static void
found_settle(const struct indexed *x, uint64_t key, struct facts_found *found,
    size_t from, size_t at)
{
	bool touched = is_touched(x, key);
	unsigned last = serial_last(found, from, at);
	size_t to = at, i;
	struct fact f;

	for (i = at; i < found->n; i++) {
		fact_unpack(&f, found->fact[i]);
		if (!fact_settle(x, &f, touched))
			continue;
		if (has_serial(&f) && f.n) {
			if (f.n + last >= FACT_SERIALS_MAX)
				continue;
			f.n = (uint8_t)(f.n + last);
		}
		found->fact[to++] = fact_pack(&f);
		if (f.kind == FACT_CALL)
			facts_calls_trim(found->fact, from, &to,
			    x->calls_needed);
	}
	found->n = to;
}

int
indexed_find(const struct indexed *x, uint64_t key, struct facts_found *found,
    size_t from, struct err *err)
{
	size_t at = found->n;

	if (facts_find(x->facts, key, facts_home(x->facts, key), found, err) <
	    0)
		return -1;
	if (found->n > at)
		found_settle(x, key, found, from, at);
	return 0;
}

int
indexed_find_person(const struct indexed *x, struct span id,
    struct facts_found *found, size_t from, struct err *err)
{
	return indexed_find(x, subject_person(id, facts_seed(x->facts)), found,
	    from, err);
}

/* Is it one to which found_settle() does nothing but give its list the
 * id it has in this run? */
static inline bool
is_plain(uint64_t fact)
{
	switch (fact_kind_of(fact)) {
	case FACT_DNC:
	case FACT_LISTED:
	case FACT_ALLOW:
		return true;
	case FACT_CONSENT:
		return fact >> 58 == 0; /* no serial */
	default:
		return false;
	}
}

static int
plain_add(const struct indexed *x, uint64_t key, uint64_t fact,
    struct facts_found *found, struct err *err)
{
	uint8_t id = fact_list_of(fact), list = x->list[id];

	if (list == INDEXED_NOT || (x->in_register[id] && is_touched(x, key)))
		return 0;
	fact = fact_of_list(fact, list);
	return facts_found_add(found, &fact, 1, err);
}

int
indexed_add(const struct indexed *x, uint64_t key, const uint64_t *fact,
    size_t n, struct facts_found *found, size_t from, struct err *err)
{
	size_t at = found->n;

	if (n == 1 && is_plain(*fact)) /* most */
		return plain_add(x, key, *fact, found, err);
	if (facts_found_add(found, fact, n, err) < 0)
		return -1;
	found_settle(x, key, found, from, at);
	return 0;
}

static bool
covers(const struct indexed_cover *c, uint64_t key)
{
	unsigned length = subject_digits(key);

	for (; key; key /= 10, length--)
		if (c->lengths >> length & 1 &&
		    bsearch(&key, c->prefix, c->n, sizeof(key), by_value))
			return true;
	return false;
}

uint8_t
indexed_uncovered(const struct indexed *x, uint64_t key)
{
	size_t i;

	for (i = 0; i < x->covers; i++)
		if (!covers(&x->cover[i], key))
			return x->cover[i].list;
	return INDEXED_NOT;
}
