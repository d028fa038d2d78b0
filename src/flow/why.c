#include "flow/why.h"

#include <stdlib.h>
#include <string.h>

/* ---- keeping what callbacks lend ---- */

static int
grow(void **array, size_t n, size_t size, struct err *err)
{
	void *p;

	if (n & (n - 1)) /* sizes are powers of two: there is room */
		return 0;
	if (!(p = reallocarray(*array, n ? 2 * n : 1, size)))
		return err_nomem(err);
	*array = p;
	return 0;
}

/* A copy of `s` that lives as long as *w. */
static int
text_keep(struct why *w, struct span *s, struct err *err)
{
	char *copy;

	if (s->n == 0)
		return 0;
	if (grow((void **)&w->kept, w->keeps, sizeof(*w->kept), err) < 0)
		return -1;
	if (!(copy = malloc(s->n)))
		return err_nomem(err);
	memcpy(copy, s->p, s->n);
	w->kept[w->keeps++] = copy;
	s->p = copy;
	return 0;
}

static int
texts_keep(struct why *w, struct span *const *text, size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_keep(w, text[i], err) < 0)
			return -1;
	return 0;
}

static int
fact_keep(void *arg, const struct register_fact *f, struct err *err)
{
	struct why *w = arg;
	struct register_fact *to;
	struct register_entry *e;

	if (grow((void **)&w->fact, w->facts, sizeof(*w->fact), err) < 0)
		return -1;
	to = &w->fact[w->facts++];
	*to = *f;
	e = &to->entry;
	e->evidence_sha256 = e->origin.input_sha256 = NULL; /* not told */
	return texts_keep(w,
	    (struct span *const[]){ &e->subject.person, &e->topic, &e->campaign,
		&e->evidence, &e->note, &e->origin.author,
		&e->origin.approved_by, &e->origin.input, &to->why },
	    9, err);
}

static int
run_keep(void *arg, const struct register_run *r, struct err *err)
{
	struct why *w = arg;
	struct register_run *to;

	if (grow((void **)&w->run, w->runs, sizeof(*w->run), err) < 0)
		return -1;
	to = &w->run[w->runs++];
	*to = *r;
	return texts_keep(w,
	    (struct span *const[]){ &to->author, &to->campaign, &to->topic,
		&to->inputs },
	    4, err);
}

/* ---- what the register knows ---- */

static bool
subject_same(const struct register_subject *a, const struct register_subject *b)
{
	/* a person comes with a key of the register's own */
	if (a->person.n || b->person.n)
		return span_eq(a->person, b->person);
	return a->key == b->key;
}

/* Whom else a fact that was found for a number is about. */
static int
other_note(void *arg, const struct register_fact *f, struct err *err)
{
	const struct register_subject *s = &f->entry.subject;
	struct register_subject *to;
	struct why *w = arg;
	size_t i;

	for (i = 0; i < w->others; i++)
		if (subject_same(s, &w->other[i]))
			return 0;
	if (subject_same(s, &w->subject))
		return 0;
	if (grow((void **)&w->other, w->others, sizeof(*w->other), err) < 0)
		return -1;
	to = &w->other[w->others++];
	*to = (struct register_subject){ s->person.n ? 0 : s->key, s->person };
	return text_keep(w, &to->person, err);
}

static int
register_ask(struct why *w, struct register_db *db, struct err *err)
{
	size_t i;

	if (register_find(db, &w->subject, other_note, w, err) < 0 ||
	    register_history(db, &w->subject, fact_keep, w, err) < 0)
		return -1;
	for (i = 0; i < w->others; i++)
		if (register_history(db, &w->other[i], fact_keep, w, err) < 0)
			return -1;
	return register_runs(db, &w->subject, run_keep, w, err);
}

const struct register_fact *
why_superseding(const struct why *w, size_t i)
{
	size_t k;

	for (k = 0; k < w->facts; k++)
		if (w->fact[k].id == w->fact[i].superseded_by)
			return &w->fact[k];
	return NULL;
}

/* ---- what follows from it ---- */

static bool
rule_asked(const struct policy *p, enum verdict_reason r)
{
	switch (r) {
	case VERDICT_WRONG_TYPE:
		return p->types != 0;
	case VERDICT_WRONG_REGION:
		return p->regions > 0;
	case VERDICT_CONSENT_MISSING:
	case VERDICT_CONSENT_EXPIRED:
		return p->consent_required;
	case VERDICT_OVER_CAP:
		return p->caps > 0;
	case VERDICT_NOT_ALLOWED:
		return p->allow_only;
	default:
		return true;
	}
}

/* Reasons that rows have, and numbers do not. */
static bool
of_rows(enum verdict_reason r)
{
	return r == VERDICT_MALFORMED || r == VERDICT_EMPTY ||
	    r == VERDICT_DUPLICATE;
}

static void
rules_tell(struct why *w)
{
	int r;

	for (r = 0; r < VERDICT_REASONS; r++) {
		enum verdict_reason reason = (enum verdict_reason)r;
		bool fired = verdict_fired(&w->answer.verdict, reason);

		if (!of_rows(reason))
			w->rule[w->rules++] = (struct why_rule){ reason,
				fired || rule_asked(&w->check->policy, reason),
				fired };
	}
}

/* Under the one cap alone: when it lets a call through; and, as a cap of no
 * calls, how many count. */
static int
cap_tell(struct why *w, struct check *c, size_t i, struct err *err)
{
	struct policy one = c->policy;
	struct why_cap *out = &w->cap[w->caps++];
	struct verdict v = { 0 };
	int ret;

	*out = (struct why_cap){ .cap = &c->policy.cap[i] };
	one.cap[0] = one.cap[i];
	one.caps = 1;
	policy_prepare(&one);
	c->judge.policy = &one;
	ret = judge_number(&c->judge, w->answer.number, NULL, 0, false,
	    span_of("", 0), NULL, &v, err);
	if (ret == 0 && verdict_fired(&v, VERDICT_OVER_CAP))
		out->again = v.again;
	one.cap[0].calls = 0;
	policy_prepare(&one);
	v = (struct verdict){ 0 };
	if (ret == 0)
		ret = judge_number(&c->judge, w->answer.number, NULL, 0, false,
		    span_of("", 0), NULL, &v, err);
	out->calls = v.calls;
	c->judge.policy = &c->policy;
	return ret;
}

int
why_number(struct why *w, struct check *c, struct span text, struct err *err)
{
	size_t i;

	*w = (struct why){ .check = c };
	if (check_text(c, text, span_of("", 0), &w->answer, err) < 0)
		return -1;
	if (!w->answer.number || w->answer.cell.count != 1) {
		err_set(err, ERR_INPUT, "that is not one number: %s",
		    number_status_name(
			(enum number_status)w->answer.cell.status));
		return err_hint(err, "%s",
		    c->o->rules.region == REGION_NONE ?
			"a number without a country code needs --region CC" :
			"'scrub number' says how it is read");
	}
	w->subject.key = w->answer.number->key;
	rules_tell(w);
	for (i = 0; i < c->policy.caps; i++)
		if (cap_tell(w, c, i, err) < 0)
			return -1;
	return c->judge.reg ? register_ask(w, c->judge.reg->db, err) : 0;
}

int
why_person(struct why *w, struct check *c, struct span id, struct err *err)
{
	*w = (struct why){ .check = c, .subject.person = id };
	return c->judge.reg ? register_ask(w, c->judge.reg->db, err) : 0;
}

void
why_release(struct why *w)
{
	size_t i;

	for (i = 0; i < w->keeps; i++)
		free(w->kept[i]);
	free(w->kept);
	free(w->fact);
	free(w->run);
	free(w->other);
	*w = (struct why){ 0 };
}
