#include "flow/judge.h"

#include <stdlib.h>

#include "flow/lists.h"

enum { SUBJECTS = 3 }; /* a number, its prefixes, its person */

/* ---- what is known ---- */

/* Of a number or a prefix. */
static int
key_facts(struct judge *j, uint64_t key, struct err *err)
{
	size_t from = j->found.n;

	if (j->has_facts &&
	    facts_find(j->facts, key, facts_home(j->facts, key), &j->found,
		err) < 0)
		return -1;
	if (j->indexed &&
	    indexed_find(j->indexed, key, &j->found, from, err) < 0)
		return -1;
	return j->reg ? overlay_find(j->reg, key, &j->found, from, err) : 0;
}

/* Of the numbers that `key` begins like. */
static int
prefix_facts(struct judge *j, uint64_t key, struct err *err)
{
	uint32_t lengths = j->prefix_lengths, more = 0;
	unsigned length;
	uint64_t v;

	if (j->reg && overlay_prefixes(j->reg, &more, err) < 0)
		return -1;
	lengths |= more;
	if (!lengths)
		return 0;
	length = subject_digits(key);
	for (v = key; v; v /= 10, length--) {
		uint64_t subject = subject_prefix(v);

		if (lengths >> length & 1 && key_facts(j, subject, err) < 0)
			return -1;
	}
	return 0;
}

static int
person_facts(struct judge *j, struct span id, struct err *err)
{
	size_t from = j->found.n;
	uint64_t key = subject_person(id, facts_seed(j->facts));

	if (facts_find(j->facts, key, facts_home(j->facts, key), &j->found,
		err) < 0)
		return -1;
	if (j->indexed &&
	    indexed_find_person(j->indexed, id, &j->found, from, err) < 0)
		return -1;
	return j->reg ? overlay_find_person(j->reg, id, &j->found, from, err) :
			0;
}

/*
 * Of the number (key 0: none), of its prefixes, of the person.  Returns how
 * many of the three there are to look at, the number always; -1 on failure.
 */
static int
subjects_find(struct judge *j, uint64_t key, const struct judge_batch *batch,
    size_t at, struct span person, struct policy_facts subject[SUBJECTS],
    struct err *err)
{
	size_t own, prefixes, persons;

	j->found.n = j->ahead;
	/* beside others in a cell, or as another reading of one */
	if (key && !batch &&
	    (facts_not_once(j->facts, key, err) < 0 ||
		key_facts(j, key, err) < 0))
		return -1;
	own = j->found.n;
	if (key && (j->prefix_lengths || j->reg) &&
	    prefix_facts(j, key, err) < 0)
		return -1;
	prefixes = j->found.n - own;
	if (person.n > 0 && person_facts(j, person, err) < 0)
		return -1;
	persons = j->found.n - own - prefixes;
	/* only now does nothing move any more */
	subject[0] = batch ? judge_found(j, batch, at) :
			     (struct policy_facts){ j->found.fact + j->ahead,
				     own - j->ahead, MATCH_NUMBER };
	if (prefixes + persons == 0)
		return 1;
	subject[1] = (struct policy_facts){ j->found.fact + own, prefixes,
		MATCH_PREFIX };
	subject[2] = (struct policy_facts){ subject[1].fact + prefixes, persons,
		MATCH_PERSON };
	return persons ? SUBJECTS : 2;
}

/* What the number and its prefixes say is said of one reading. */
static void
match_reading(struct policy_facts *subject, int n)
{
	subject[0].match = MATCH_READING;
	if (n > 1)
		subject[1].match = MATCH_READING;
}

/* ---- what follows ---- */

/* What lists say of the other number that the same digits may mean. */
static int
other_judge(struct judge *j, const struct number *n, struct verdict *v,
    struct err *err)
{
	uint64_t other = number_other_reading(n);
	struct policy_facts subject[SUBJECTS];
	uint8_t priority = v->priority;
	int known;

	if (!other)
		return 0;
	/* the person was asked already */
	if ((known = subjects_find(j, other, NULL, 0, span_of("", 0), subject,
		 err)) < 0)
		return -1;
	match_reading(subject, known);
	policy_judge_entries(j->policy, subject, (size_t)known, v);
	v->priority = priority; /* permission is for what it was given for */
	return 0;
}

static void
coverage_judge(const struct judge *j, uint64_t key, struct verdict *v)
{
	uint8_t list = j->indexed ? indexed_uncovered(j->indexed, key) :
				    INDEXED_NOT;

	if (list == INDEXED_NOT)
		return;
	verdict_fire(v, VERDICT_UNCOVERED);
	v->uncovered = list;
}

/* Of each of the first n numbers, what the table of lists and what the index say,
 * apart. */
static int
tables_find(struct judge *j, struct judge_batch *b, size_t n, struct err *err)
{
	const bool sieved = j->indexed && j->indexed->sieved;
	bool *once = b->asks_once ? b->once : NULL;

	j->listed.n = j->compiled.n = 0;
	if (j->has_facts) {
		if (facts_find_all(j->facts, b->key, n, b->listed,
			sieved ? NULL : once, &j->listed, err) < 0)
			return -1;
	} else if (once && !sieved &&
	    facts_once(j->facts, b->key, n, once, err) < 0) {
		return -1;
	}
	return j->indexed ?
	    facts_find_all(j->indexed->facts, b->key, n, b->compiled,
		sieved ? once : NULL, &j->compiled, err) :
	    0;
}

/* Both, and what the register says, of number i. */
static int
number_find(struct judge *j, const struct judge_batch *b, size_t i,
    struct err *err)
{
	const size_t from = j->found.n;
	const uint32_t *own = b->listed + i, *more = b->compiled + i;

	if (own[1] > own[0] &&
	    facts_found_add(&j->found, j->listed.fact + own[0], own[1] - own[0],
		err) < 0)
		return -1;
	if (more[1] > more[0] &&
	    indexed_add(j->indexed, b->key[i], j->compiled.fact + more[0],
		more[1] - more[0], &j->found, from, err) < 0)
		return -1;
	return j->reg && b->key[i] ?
	    overlay_find(j->reg, b->key[i], &j->found, from, err) :
	    0;
}

int
judge_find(struct judge *j, struct judge_batch *b, size_t n, struct err *err)
{
	j->found.n = 0;
	if (j->has_facts && !j->indexed && !j->reg) { /* most runs */
		if (facts_find_all(j->facts, b->key, n, b->first,
			b->asks_once ? b->once : NULL, &j->found, err) < 0)
			return -1;
	} else {
		if (tables_find(j, b, n, err) < 0)
			return -1;
		for (size_t i = 0; i < n; i++) {
			b->first[i] = (uint32_t)j->found.n;
			if (number_find(j, b, i, err) < 0)
				return -1;
		}
		b->first[n] = (uint32_t)j->found.n;
	}
	j->ahead = j->found.n;
	return 0;
}

int
judge_number(struct judge *j, const struct number *n,
    const struct judge_batch *batch, size_t at, bool one_reading,
    struct span person, const struct policy_consent *own, struct verdict *v,
    struct err *err)
{
	struct policy_facts subject[SUBJECTS];
	int known = subjects_find(j, n->key, batch, at, person, subject, err);

	if (known < 0)
		return -1;
	policy_judge(j->policy, n, subject, (size_t)known, own, v);
	coverage_judge(j, n->key, v);
	return one_reading ? 0 : other_judge(j, n, v, err);
}

static enum verdict_reason
status_reason(enum number_status status)
{
	switch (status) {
	case NUMBER_EMPTY:
		return VERDICT_EMPTY;
	case NUMBER_DAMAGED:
		return VERDICT_DAMAGED;
	case NUMBER_LOCAL:
	case NUMBER_AMBIGUOUS:
		return VERDICT_AMBIGUOUS;
	case NUMBER_SERVICE:
		return VERDICT_NEVER_CALL;
	default:
		return VERDICT_INVALID;
	}
}

int
judge_unreadable(struct judge *j, const struct number_cell *c,
    struct span person, struct verdict *v, struct err *err)
{
	struct policy_facts subject[SUBJECTS];
	size_t i;
	int known;

	verdict_fire(v, status_reason((enum number_status)c->status));
	for (i = 0; i < c->count || i == 0; i++) {
		uint64_t key = i < c->count ? c->number[i].key : 0;

		if ((known = subjects_find(j, key, NULL, 0, person, subject,
			 err)) < 0)
			return -1;
		match_reading(subject, known);
		policy_judge_entries(j->policy, subject, (size_t)known, v);
	}
	v->priority = 0;
	return 0;
}

void
judge_init(struct judge *j, const struct policy *policy,
    const struct lists *lists)
{
	*j = (struct judge){ .policy = policy,
		.facts = lists->facts,
		.reg = lists->reg.db ? &lists->reg : NULL,
		.indexed = lists->indexed.facts ? &lists->indexed : NULL,
		.has_facts = facts_added(lists->facts) > 0,
		.prefix_lengths = facts_prefix_lengths(lists->facts) };
	if (j->indexed)
		j->prefix_lengths |= facts_prefix_lengths(j->indexed->facts);
}

bool
judge_by_facts(const struct judge *j)
{
	return !j->prefix_lengths && !j->reg &&
	    !(j->indexed && j->indexed->covers);
}

int
judge_batch_init(struct judge_batch *b, size_t n, struct err *err)
{
	*b = (struct judge_batch){
		.key = calloc(n, sizeof(*b->key)),
		.first = calloc(n + 1, sizeof(*b->first)),
		.once = calloc(n, sizeof(*b->once)),
		.listed = calloc(n + 1, sizeof(*b->listed)),
		.compiled = calloc(n + 1, sizeof(*b->compiled)),
	};
	return b->key && b->first && b->once && b->listed && b->compiled ?
	    0 :
	    err_nomem(err);
}

void
judge_batch_release(struct judge_batch *b)
{
	free(b->key);
	free(b->first);
	free(b->once);
	free(b->listed);
	free(b->compiled);
	*b = (struct judge_batch){ 0 };
}

void
judge_release(struct judge *j)
{
	facts_found_release(&j->found);
	facts_found_release(&j->listed);
	facts_found_release(&j->compiled);
}
