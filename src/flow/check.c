#include "flow/check.h"

#include "flow/reject.h"

static struct lists_options
lists_of_check(const struct check *c)
{
	struct lists_options from = c->o->lists;

	from.policy = &c->policy;
	from.lookup = true;
	from.rows = 1;
	from.persons = true;
	return from;
}

int
check_open(struct check *c, const struct scrub_options *o, struct err *err)
{
	struct lists_options from;

	*c = (struct check){ .o = o, .policy = o->policy };
	from = lists_of_check(c);
	if (from.specs == 0 && !from.db && !from.index) {
		err_set(err, ERR_LIST, "there is no list to check against");
		return err_hint(err,
		    "give --dnc FILE, or make a register with 'scrub init'");
	}
	if (lists_load(&c->lists, &from, err) < 0)
		return -1;
	judge_init(&c->judge, &c->policy, &c->lists);
	return 0;
}

int
check_use_index(struct check *c, struct index *ix, struct err *err)
{
	struct lists_options from = lists_of_check(c);
	int ret;

	from.index = ix;
	ret = lists_use_index(&c->lists, &from, err);
	judge_release(&c->judge);
	judge_init(&c->judge, &c->policy, &c->lists);
	return ret;
}

int
check_refresh(struct check *c, int64_t as_of, struct err *err)
{
	c->policy.as_of = as_of;
	policy_prepare(&c->policy);
	return c->judge.reg ? register_refresh(c->judge.reg->db, err) : 0;
}

void
check_use(struct check *c, struct register_db *db)
{
	c->lists.reg.db = db;
}

void
check_close(struct check *c)
{
	judge_release(&c->judge);
	lists_release(&c->lists);
	*c = (struct check){ 0 };
}

int
check_text(struct check *c, struct span text, struct span person,
    struct check_answer *out, struct err *err)
{
	enum verdict_reason first = VERDICT_REASONS + 1;
	struct verdict v;
	size_t i;

	*out = (struct check_answer){ .text = text };
	number_parse(&out->cell, text, &c->o->rules);
	if (!number_readable(&out->cell))
		return judge_unreadable(&c->judge, &out->cell, person,
		    &out->verdict, err);
	for (i = 0; i < out->cell.count; i++) {
		const struct number *n = &out->cell.number[i];

		v = (struct verdict){ 0 };
		if (judge_number(&c->judge, n, NULL, 0, false, person, NULL, &v,
			err) < 0)
			return -1;
		if (verdict_headline(&v) < first) {
			/* the details of the worst one are told */
			first = verdict_headline(&v);
			out->number = n;
			verdict_join(&v, &out->verdict);
			out->verdict = v;
		} else {
			verdict_join(&out->verdict, &v);
		}
	}
	return 0;
}

void
check_reasons(struct buf *out, const struct check_answer *a)
{
	enum verdict_reason first = verdict_headline(&a->verdict);

	if (first == VERDICT_KEEP) {
		buf_adds(out, "ok");
		return;
	}
	buf_adds(out, verdict_reason_name(first));
	if (a->verdict.fired & (a->verdict.fired - 1)) {
		buf_addc(out, ';');
		verdict_also(out, &a->verdict);
	}
}

void
check_detail(struct buf *out, const struct check *c,
    const struct check_answer *a, enum verdict_reason reason, bool full)
{
	const struct reject_context context = { .policy = &c->policy,
		.lists = &c->lists };
	struct number_cell cell = a->cell;
	const struct reject reject = { .verdict = &a->verdict,
		.number = a->number,
		.cell = a->number ? NULL : &cell,
		.text = a->text,
		.note = !a->number && c->o->rules.region == REGION_NONE ?
		    "no country code, and no --region" :
		    NULL };

	if (!full)
		cell.count = 0;
	reject_detail(out, &context, &reject, reason);
}
