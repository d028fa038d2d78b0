/*
 * refresh_register.c - what the register says, as facts of an index.
 *
 * As overlay.h has it for a run; but an index is made before anybody knows for
 * what moment, topic and campaign it will be asked.  So:
 *
 *   - topics and campaigns stay what they are, as scopes;
 *   - a block that begins later blocks already; a consent or permission that
 *     begins later is left out.  A run that overlays what begins after the
 *     index was made (index_about.created) gets the exact answer, any other
 *     the strict one;
 *   - calls that are booked for later are left out: a run overlays them.
 */
#include "flow/refresh_impl.h"
#include "store/register_counts.h"

struct compiling {
	struct taker *taker;
	uint8_t list; /* id of the first of the register's */
	int64_t now;
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

static int
entry_take(void *arg, const struct register_fact *f, struct err *err)
{
	struct compiling *c = arg;
	struct feed_fact fact;
	enum overlay_list list;

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
		.fact = { .kind = FACT_CALL, .until = fact_time(call->at) },
		.key = call->subject.person.n ? 0 : call->subject.key,
		.person = call->subject.person,
	};

	if (call->at > c->now)
		return 0;
	c->taker->list = (uint8_t)(c->list + OVERLAY_CALLS);
	return taker_add(c->taker, &f, err);
}

int
register_compile(struct register_db *db, struct taker *taker, size_t threads,
    int64_t now, struct err *err)
{
	struct compiling c[PIPELINE_THREADS_MAX];
	void *arg[PIPELINE_THREADS_MAX];
	size_t i;

	for (i = 0; i < threads; i++) {
		c[i] = (struct compiling){ &taker[i], taker[i].list, now };
		arg[i] = &c[i];
	}
	if (register_each(db, threads, entry_take, arg, err) < 0)
		return -1;
	return register_each_call(db, 0, threads, call_take, arg, err);
}

/* Any record but of what changes no fact. */
static int
record_see(void *arg, const struct register_audit *a, struct err *err)
{
	static const char *const harmless[] = { "refresh", "refresh.refused",
		"index.rollback", "run", "why", "reveal", "export",
		"audit.export", "backup" };
	size_t i;

	(void)err;
	for (i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (span_eq(a->action, span_str(harmless[i])))
			return 0;
	*(bool *)arg = true;
	return 0;
}

int
register_moved(struct register_db *db, uint64_t seq, bool *moved,
    struct err *err)
{
	struct register_counts n;

	*moved = false;
	register_counts(db, &n);
	if (n.audit < seq) {
		*moved = true; /* an older register was put back */
		return 0;
	}
	return register_audit_list(db, seq + 1, NULL, record_see, moved, err);
}
