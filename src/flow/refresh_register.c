/*
 * refresh_register.c - what the register says, as facts of an index.
 *
 * As overlay.h has it for a run; but an index is made before anybody knows for
 * what moment, topic and campaign it will be asked.  So:
 *
 *   - topics and campaigns stay what they are, as scopes;
 *   - a block that begins later blocks already; a consent or permission that
 *     begins later is left out.  The index names such entries (compiled.h), and
 *     a run asks the register for those whom they are about;
 *   - a call that is booked says so; for what it counts is the run's to say.
 */
#include "flow/refresh_impl.h"
#include "store/register_since.h"

struct compiling {
	struct taker *taker;
	uint8_t list; /* id of the first of the register's */
	int64_t now;
	struct compiled about; /* what this thread has seen */
};

static uint32_t
end_of(int64_t at)
{
	return at == 0 ? FACT_FOREVER : fact_time(at);
}

/* False: it says nothing that an index holds. */
static bool
entry_says(const struct register_fact *f, int64_t now, struct feed_fact *out,
    enum overlay_list *list)
{
	const struct register_entry *e = &f->entry;
	bool linked = f->via && e->subject.person.n;
	bool permits = e->kind == FACT_CONSENT || e->kind == FACT_ALLOW;

	if (permits &&
	    (linked || e->subject.key >> 62 == 2 || e->effective_at > now))
		return false;
	*out = (struct feed_fact){
		.fact = { .kind = (uint8_t)e->kind,
		    .channel = (uint8_t)e->channel,
		    .until = end_of(e->expires_at) },
		.key = linked           ? f->via :
		    e->subject.person.n ? 0 :
					  e->subject.key,
		.person = e->subject.person,
		.topic = e->topic,
		.campaign = e->campaign,
	};
	switch (e->kind) {
	case FACT_DNC:
		*list = OVERLAY_INTERNAL;
		out->fact.n = (uint8_t)e->reason;
		return true;
	case FACT_CONSENT:
		*list = OVERLAY_CONSENT;
		out->granted = e->at ? fact_time(e->at) : 0;
		return true;
	case FACT_WITHDRAWN:
		*list = OVERLAY_CONSENT;
		out->fact.until = fact_time(e->at ? e->at : now);
		return true;
	case FACT_ALLOW:
		*list = OVERLAY_ALLOW;
		out->fact.n = 1;
		return true;
	default:
		return false; /* a link; what it links comes by itself */
	}
}

/* What it says will be another thing later, or was another before. */
static int
entry_moment(struct compiling *c, const struct register_fact *f,
    struct err *err)
{
	const struct register_entry *e = &f->entry;

	if (f->via || e->kind == REGISTER_LINK)
		return 0; /* it comes by itself, too */
	if (e->effective_at > c->now ||
	    (e->kind == FACT_WITHDRAWN && e->at == 0))
		return compiled_name(&c->about, f->id, err);
	if (e->effective_at > c->about.settled)
		c->about.settled = e->effective_at;
	return 0;
}

static int
entry_take(void *arg, const struct register_fact *f, struct err *err)
{
	struct compiling *c = arg;
	struct feed_fact fact;
	enum overlay_list list;

	if (entry_moment(c, f, err) < 0)
		return -1;
	if (!entry_says(f, c->now, &fact, &list))
		return 0;
	c->taker->list = (uint8_t)(c->list + list);
	return taker_add(c->taker, &fact, err);
}

static int
call_take(void *arg, const struct register_call *call, struct err *err)
{
	struct compiling *c = arg;
	struct feed_fact f = {
		.fact = { .kind = FACT_CALL,
		    .until = fact_time(call->at),
		    .n = call->kind == REGISTER_CALL_RESERVED ? CALL_BOOKED :
			call->answered                        ? CALL_COUNTS :
								CALL_UNANSWERED },
		.key = call->subject.person.n ? 0 : call->subject.key,
		.person = call->subject.person,
	};

	if (call->at <= c->now && call->at > c->about.settled)
		c->about.settled = call->at;
	c->taker->list = (uint8_t)(c->list + OVERLAY_CALLS);
	return taker_add(c->taker, &f, err);
}

int
register_compile(struct register_db *db, struct taker *taker, size_t threads,
    int64_t now, struct compiled *out, struct err *err)
{
	struct compiling c[PIPELINE_THREADS_MAX];
	void *arg[PIPELINE_THREADS_MAX] = { NULL };
	size_t i;
	int ret;

	for (i = 0; i < threads; i++) {
		c[i] = (struct compiling){ .taker = &taker[i],
			.list = taker[i].list,
			.now = now,
			.about = { .settled = INT64_MIN } };
		arg[i] = &c[i];
	}
	*out = (struct compiled){ .settled = INT64_MIN };
	ret = register_each(db, threads, entry_take, arg, err);
	if (ret == 0)
		ret = register_each_call(db, 0, threads, call_take, arg, err);
	for (i = 0; i < threads; i++) {
		if (ret == 0)
			ret = compiled_join(out, &c[i].about, err);
		compiled_release(&c[i].about);
	}
	return ret;
}

int
register_moved(struct register_db *db, const struct index_about *about,
    bool *moved, struct err *err)
{
	struct register_mark mark;
	struct register_since since;

	compiled_mark(&mark, about);
	if (register_since(&since, db, &mark, err) < 0)
		return -1;
	*moved = since.moved;
	register_since_release(&since);
	return 0;
}
