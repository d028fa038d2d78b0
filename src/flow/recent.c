#include "flow/recent.h"

#include <stdlib.h>
#include <string.h>

int
recent_look(struct recent *x, const struct overlay *r, const struct index *ix,
    struct err *err)
{
	const struct index_about *a = index_about(ix);
	struct register_mark mark;
	int got;

	*x = (struct recent){ .seed = a->seed };
	if ((got = compiled_read(&x->compiled, a, err)) <= 0)
		return got;
	if (x->compiled.many || r->policy->as_of < x->compiled.settled)
		return 0;
	compiled_mark(&mark, a);
	if (register_since(&x->since, r->db, &mark, err) < 0)
		return -1;
	x->usable = x->since.known;
	x->rows = x->since.rows + x->compiled.n;
	x->calls_from = fact_time(x->since.pruned);
	return 0;
}

/* ---- those that were touched ---- */

static int
subject_keep(struct recent *x, const struct register_subject *s,
    struct err *err)
{
	size_t cap = x->cap ? 2 * x->cap : 64;
	struct register_subject *more;
	char *text = NULL;

	if (x->n == x->cap) {
		if (!(more = reallocarray(x->subject, cap, sizeof(*more))))
			return err_nomem(err);
		x->subject = more;
		x->cap = cap;
	}
	if (s->person.n && !(text = span_dup(s->person)))
		return err_nomem(err);
	x->subject[x->n++] = (struct register_subject){ s->key,
		span_of(text, s->person.n) };
	return 0;
}

static int
subject_take(void *arg, const struct register_subject *s, struct err *err)
{
	struct recent *x = arg;
	uint64_t key = s->person.n ? subject_person(s->person, x->seed) :
				     s->key;
	uint32_t first;

	if (numset_add(&x->touched, key, 1, &first, err) < 0)
		return -1;
	return subject_keep(x, s, err);
}

int
recent_find(struct recent *x, const struct overlay *r, struct err *err)
{
	if (register_touched(r->db, &x->since, x->compiled.entry, x->compiled.n,
		subject_take, x, err) < 0)
		return -1;
	x->usable = x->since.known;
	return 0;
}

int
recent_choose(struct recent *x, const struct overlay *r, const struct index *ix,
    uint64_t rows, enum overlay_way *way, struct err *err)
{
	if (ix && recent_look(x, r, ix, err) < 0)
		return -1;
	*way = overlay_choose(r->db, rows, x->usable ? &x->rows : NULL);
	if (*way != OVERLAY_INDEX)
		return 0;
	if (recent_find(x, r, err) < 0)
		return -1;
	if (!x->usable)
		*way = overlay_choose(r->db, rows, NULL);
	return 0;
}

int
recent_load(const struct recent *x, const struct overlay *r,
    struct facts *table, struct facts_appender *appender, struct err *err)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (overlay_load_one(r, table, appender, &x->subject[i], err) <
		    0)
			return -1;
	return 0;
}

bool
recent_has(const struct recent *x, uint64_t key)
{
	return x->n > 0 && numset_find(&x->touched, key) > 0;
}

void
recent_release(struct recent *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		free((char *)x->subject[i].person.p);
	free(x->subject);
	numset_release(&x->touched);
	register_since_release(&x->since);
	compiled_release(&x->compiled);
	*x = (struct recent){ 0 };
}
