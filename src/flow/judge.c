#include "flow/judge.h"

enum { SUBJECTS = 3 }; /* a number, its prefixes, its person */

/* ---- what is known ---- */

/* Of a number or a prefix. */
static int
key_facts(struct judge *j, uint64_t key, facts_home_t home, struct err *err)
{
	size_t from = j->found.n;

	if (facts_find(j->facts, key, home, &j->found, err) < 0)
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
	uint32_t lengths = facts_prefix_lengths(j->facts), more = 0;
	unsigned length;
	uint64_t v;

	if (j->reg && overlay_prefixes(j->reg, &more, err) < 0)
		return -1;
	lengths |= more;
	if (j->indexed)
		lengths |= facts_prefix_lengths(j->indexed->facts);
	if (!lengths)
		return 0;
	length = subject_digits(key);
	for (v = key; v; v /= 10, length--) {
		uint64_t subject = subject_prefix(v);

		if (lengths >> length & 1 &&
		    key_facts(j, subject, facts_home(j->facts, subject), err) <
			0)
			return -1;
	}
	return 0;
}

static int
person_facts(struct judge *j, struct span id, struct err *err)
{
	size_t from = j->found.n;
	uint64_t key;

	if (id.n == 0)
		return 0;
	key = subject_person(id, facts_seed(j->facts));
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
subjects_find(struct judge *j, uint64_t key, facts_home_t home,
    struct span person, struct policy_facts subject[SUBJECTS], struct err *err)
{
	size_t own, prefixes;

	j->found.n = 0;
	if (key && key_facts(j, key, home, err) < 0)
		return -1;
	own = j->found.n;
	if (key && prefix_facts(j, key, err) < 0)
		return -1;
	prefixes = j->found.n;
	if (person_facts(j, person, err) < 0)
		return -1;
	subject[0] = (struct policy_facts){ j->found.fact, own, MATCH_NUMBER };
	subject[1] = (struct policy_facts){ j->found.fact + own, prefixes - own,
		MATCH_PREFIX };
	subject[2] = (struct policy_facts){ j->found.fact + prefixes,
		j->found.n - prefixes, MATCH_PERSON };
	return j->found.n > prefixes ? SUBJECTS : prefixes > own ? 2 : 1;
}

/* ---- what follows ---- */

/* What lists say of the other number that the same digits may mean. */
static int
other_judge(struct judge *j, const struct number *n, struct span person,
    struct verdict *v, struct err *err)
{
	uint64_t other = number_other_reading(n);
	struct policy_facts subject[SUBJECTS];
	uint8_t priority = v->priority;

	if (!other)
		return 0;
	if (subjects_find(j, other, facts_home(j->facts, other), person,
		subject, err) < 0)
		return -1;
	subject[0].match = subject[1].match = MATCH_READING;
	policy_judge_entries(j->policy, subject, 2, v);
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

facts_home_t
judge_home(const struct judge *j, uint64_t key)
{
	facts_home_t home = facts_home(j->facts, key);

	facts_prefetch(home);
	if (j->indexed)
		facts_prefetch(facts_home(j->indexed->facts, key));
	return home;
}

int
judge_number(struct judge *j, const struct number *n, facts_home_t home,
    bool one_reading, struct span person, const struct policy_consent *own,
    struct verdict *v, struct err *err)
{
	struct policy_facts subject[SUBJECTS];
	int known = subjects_find(j, n->key, home, person, subject, err);

	if (known < 0)
		return -1;
	policy_judge(j->policy, n, subject, (size_t)known, own, v);
	coverage_judge(j, n->key, v);
	return one_reading ? 0 : other_judge(j, n, person, v, err);
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

	verdict_fire(v, status_reason((enum number_status)c->status));
	for (i = 0; i < c->count || i == 0; i++) {
		uint64_t key = i < c->count ? c->number[i].key : 0;

		if (subjects_find(j, key,
			key ? facts_home(j->facts, key) : NULL, person, subject,
			err) < 0)
			return -1;
		subject[0].match = subject[1].match = MATCH_READING;
		policy_judge_entries(j->policy, subject, SUBJECTS, v);
	}
	v->priority = 0;
	return 0;
}

void
judge_release(struct judge *j)
{
	facts_found_release(&j->found);
}
