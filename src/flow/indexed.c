#include "flow/indexed.h"

#include <stdlib.h>
#include <string.h>

#include "flow/list_line.h"
#include "flow/lists.h"

size_t
indexed_lists(const struct index *ix)
{
	const struct index_about *a = index_about(ix);
	size_t i, n = 0;

	for (i = 0; i < a->lists; i++)
		n += !a->list[i].in_register;
	return n;
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

int
indexed_open(struct indexed *out, struct index *ix, uint8_t first,
    const struct policy *policy, const char *topic, const char *campaign,
    struct err *err)
{
	const struct index_about *a = index_about(ix);
	size_t i;

	*out = (struct indexed){ .facts = index_facts(ix),
		.policy = policy,
		.created = fact_time(a->created) };
	memset(out->list, INDEXED_NOT, sizeof(out->list));
	if (!(out->cover = calloc(a->lists + 1, sizeof(*out->cover))))
		return err_nomem(err);
	for (i = 0; i < a->lists; i++) {
		const struct index_list *l = &a->list[i];

		if (l->in_register)
			continue;
		out->list[i] = first;
		/* of a consent or a call log nobody expects every area */
		if (l->covers > 0 &&
		    (l->kind == LIST_DNC || l->kind == LIST_LISTED) &&
		    cover_add(out, l, first, err) < 0) {
			indexed_release(out);
			return -1;
		}
		first++;
	}
	scopes_map(&out->scopes, a, topic, campaign);
	facts_map_scopes(out->facts, &out->scopes);
	return 0;
}

void
indexed_release(struct indexed *x)
{
	size_t i;

	if (x->facts)
		facts_map_scopes(x->facts, NULL);
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

/* What was known when the index was made is no matter of the future. */
static void
moment_settle(const struct indexed *x, struct fact *f)
{
	if ((f->kind == FACT_WITHDRAWN || f->kind == FACT_CALL) &&
	    f->until > x->policy->now && f->until <= x->created)
		f->until = x->policy->now;
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

/*
 * What was found from `at` on: leave the register's out, give lists the ids of
 * the run and consents serials that no other has.  A consent for which there is
 * none left is left out, which can only take consent away.
 */
static void
found_settle(const struct indexed *x, struct facts_found *found, size_t from,
    size_t at)
{
	unsigned last = serial_last(found, from, at);
	size_t to = at, i;
	struct fact f;

	for (i = at; i < found->n; i++) {
		fact_unpack(&f, found->fact[i]);
		f.list = x->list[f.list];
		if (f.list == INDEXED_NOT)
			continue;
		moment_settle(x, &f);
		if (has_serial(&f) && f.n) {
			if (f.n + last >= FACT_SERIALS_MAX)
				continue;
			f.n = (uint8_t)(f.n + last);
		}
		found->fact[to++] = fact_pack(&f);
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
	found_settle(x, found, from, at);
	return 0;
}

int
indexed_find_person(const struct indexed *x, struct span id,
    struct facts_found *found, size_t from, struct err *err)
{
	return indexed_find(x, subject_person(id, facts_seed(x->facts)), found,
	    from, err);
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
