#include "flow/refresh.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lockfile.h"
#include "flow/generations.h"
#include "flow/refresh_impl.h"

/* Bytes of a line, about: too little room costs time, too much memory. */
enum { LINE_SHORT = 12, LINE_CSV = 48 };

/* A refresh at work. */
struct refresh {
	const struct refresh_options *o;
	struct refresh_report *report;
	struct generations gens;
	struct lockfile lock;
	const struct crypt *crypt;
	struct index *present; /* NULL: none, or it is not to be looked at */
	struct register_db *db;
	bool compile; /* the register; else it is taken over */
	struct plan *plan;
	size_t plans;
	struct facts *facts;
	struct facts_appender *appender[PIPELINE_THREADS_MAX];
	struct taker taker[PIPELINE_THREADS_MAX];
	struct scopes scopes;
	struct compiled compiled;
	struct buf state;        /* of the register's first list */
	struct index_list *list; /* the new directory */
	size_t lists;
};

const char *
refresh_what_name(enum refresh_what w)
{
	static const char *const names[] = {
		[REFRESH_TAKEN] = "unchanged",
		[REFRESH_READ] = "read",
		[REFRESH_COMPILED] = "compiled",
		[REFRESH_DROPPED] = "dropped",
	};

	return names[w];
}

void
refresh_report_release(struct refresh_report *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		free(r->line[i].name);
	free(r->line);
	for (i = 0; i < r->refusals; i++)
		free(r->refusal[i].list);
	free(r->refusal);
	*r = (struct refresh_report){ 0 };
}

/* ---- refusing ---- */

/* Behind the others of its list: some are found by looking, some by reading. */
int
refusal_add(struct refresh_report *report, const char *list,
    const struct feed_finding *f, struct err *err)
{
	size_t at, n = report->refusals + 1;
	struct refresh_refusal *p = reallocarray(report->refusal, n,
	    sizeof(*p));
	char *name;

	if (!p)
		return err_nomem(err);
	report->refusal = p;
	if (!(name = strdup(list)))
		return err_nomem(err);
	for (at = report->refusals; at > 0; at--)
		if (strcmp(p[at - 1].list, list) == 0)
			break;
	if (at == 0)
		at = report->refusals;
	memmove(p + at + 1, p + at, (report->refusals++ - at) * sizeof(*p));
	p[at] = (struct refresh_refusal){ name, *f };
	return 0;
}

int
refresh_refusal_err(const struct refresh_refusal *r, struct err *err)
{
	err_set(err, ERR_LIST, "list %s: %s: %s", r->list,
	    feed_guard_name(r->finding.guard), r->finding.text);
	return err_hint(err, "%s", r->finding.hint);
}

/* Has any guard fired?  Then the first one is the error. */
static int
refused(const struct refresh *r, struct err *err)
{
	return r->report->refusals ?
	    refresh_refusal_err(&r->report->refusal[0], err) :
	    0;
}

/* ---- what is there ---- */

static const struct index_list *
list_of(const struct index *ix, const char *name, size_t *at)
{
	const struct index_about *a = ix ? index_about(ix) : NULL;
	size_t i;

	for (i = 0; a && i < a->lists; i++) {
		if (strcmp(a->list[i].name, name) != 0)
			continue;
		if (at)
			*at = i;
		return &a->list[i];
	}
	return NULL;
}

static int
present_open(struct refresh *r, struct err *err)
{
	char *path;
	int ret;

	r->report->before = r->gens.current;
	if (r->o->force)
		return 0;
	if (r->gens.broken)
		return generations_check(&r->gens, err);
	if (!r->gens.current)
		return 0;
	if (!(path = generations_path(&r->gens, r->gens.current, err)))
		return -1;
	ret = index_open(&r->present, path, r->o->keys, err);
	free(path);
	if (ret < 0 && err->code == ERR_AUTH && !err->hint[0])
		err_hint(err,
		    "'scrub index rollback' goes back to the one before; "
		    "'scrub refresh --force' reads everything anew");
	return ret;
}

/* What a killed refresh left of its quarantine files. */
static void
rests_remove(const struct home *h)
{
	DIR *d = opendir(h->dir);
	struct dirent *e;
	char *path;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] != '.' ||
		    !strstr(e->d_name, ".unusable.csv.") ||
		    asprintf(&path, "%s/%s", h->dir, e->d_name) < 0)
			continue;
		unlink(path); /* what stays is found the next time */
		free(path);
	}
	if (d)
		closedir(d);
}

static int
begin(struct refresh *r, struct err *err)
{
	const struct refresh_options *o = r->o;

	if (keyring_crypt(o->keys, NULL, &r->crypt, err) < 0 ||
	    generations_open(&r->gens, o->home, err) < 0)
		return -1;
	if (!o->dry_run) {
		if (generations_make(&r->gens, err) < 0 ||
		    lockfile_take(&r->lock, r->gens.lock, "scrub refresh", 0,
			err) < 0)
			return -1;
		/* another may have ended in between */
		generations_close(&r->gens);
		if (generations_open(&r->gens, o->home, err) < 0 ||
		    generations_prune(&r->gens, SIZE_MAX, err) < 0)
			return -1;
		rests_remove(o->home);
	}
	if (present_open(r, err) < 0)
		return -1;
	if (!refresh_has_register(o->home))
		return 0;
	return register_open(&r->db, o->home->db, o->keys, REGISTER_READ, err);
}

/* ---- deciding ---- */

static bool
is_only_others(const struct refresh_options *o, const char *name)
{
	size_t i;

	for (i = 0; i < o->onlys; i++)
		if (strcmp(o->only[i], name) == 0)
			return false;
	return o->onlys > 0;
}

static int
only_check(const struct refresh_options *o, struct err *err)
{
	size_t i, k;

	for (i = 0; i < o->onlys; i++) {
		for (k = 0; k < o->lists; k++)
			if (strcmp(o->only[i], o->list[k].name) == 0)
				break;
		if (k == o->lists) {
			err_set(err, ERR_USAGE, "there is no list '%s'",
			    o->only[i]);
			return err_hint(err,
			    "[list \"%s\"] in scrub.conf would make one",
			    o->only[i]);
		}
	}
	return 0;
}

static int
plans_look(struct refresh *r, struct err *err)
{
	const struct refresh_options *o = r->o;
	size_t i;

	if (only_check(o, err) < 0)
		return -1;
	r->plan = calloc(o->lists + 1, sizeof(*r->plan));
	if (!r->plan)
		return err_nomem(err);
	r->plans = o->lists;
	for (i = 0; i < o->lists; i++) {
		r->plan[i].list = &o->list[i];
		r->plan[i].only_others = is_only_others(o, o->list[i].name);
	}
	for (i = 0; i < o->lists; i++)
		if (plan_look(&r->plan[i], o,
			list_of(r->present, o->list[i].name, NULL), r->crypt,
			r->report, err) < 0)
			return -1;
	return 0;
}

static bool
reads_calls(const struct refresh *r)
{
	size_t i;

	for (i = 0; i < r->plans; i++)
		if (r->plan[i].list->kind == LIST_CALLS && !r->plan[i].take)
			return true;
	return false;
}

/*
 * The register's lists are compiled when it has moved.  Of calls an index has
 * the latest of all lists together, so that these are all read or none.
 */
static int
register_look(struct refresh *r, struct err *err)
{
	const struct index_about *a = r->present ? index_about(r->present) :
						   NULL;
	const char *first = overlay_list_name(OVERLAY_INTERNAL);
	size_t i;

	r->compile = r->db && !list_of(r->present, first, NULL);
	if (r->db && !r->compile &&
	    register_moved(r->db, a, &r->compile, err) < 0)
		return -1;
	r->compile |= r->db && reads_calls(r);
	if (!r->compile && !reads_calls(r))
		return 0;
	for (i = 0; i < r->plans; i++)
		if (r->plan[i].list->kind == LIST_CALLS && r->plan[i].take &&
		    plan_reread(&r->plan[i], r->o, r->crypt, r->report, err) <
			0)
			return -1;
	return 0;
}

static bool
is_configured(const struct refresh *r, const struct index_list *l)
{
	size_t i;

	if (l->in_register)
		return r->db != NULL;
	for (i = 0; i < r->plans; i++)
		if (strcmp(r->plan[i].list->name, l->name) == 0)
			return true;
	return false;
}

static bool
anything_new(const struct refresh *r)
{
	const struct index_about *a;
	size_t i;

	if (!r->present || r->compile)
		return true;
	for (i = 0; i < r->plans; i++)
		if (r->plan[i].touched)
			return true;
	a = index_about(r->present);
	for (i = 0; i < a->lists; i++)
		if (!is_configured(r, &a->list[i]))
			return true;
	return false;
}

/* ---- the report ---- */

static struct refresh_line *
line_add(struct refresh *r, const char *name, struct err *err)
{
	struct refresh_report *to = r->report;
	struct refresh_line *p = reallocarray(to->line, to->n + 1, sizeof(*p));

	if (!p) {
		err_nomem(err);
		return NULL;
	}
	to->line = p;
	p[to->n] = (struct refresh_line){ .name = strdup(name), .as_of = -1 };
	if (!p[to->n].name) {
		err_nomem(err);
		return NULL;
	}
	return &p[to->n++];
}

static int
register_report(struct refresh *r, struct err *err)
{
	uint64_t n[OVERLAY_LISTS];
	struct refresh_line *line;
	unsigned i;

	overlay_count(r->db, n);
	for (i = 0; i < OVERLAY_LISTS; i++) {
		const char *name = overlay_list_name((enum overlay_list)i);
		const struct index_list *old = list_of(r->present, name, NULL);

		if (!(line = line_add(r, name, err)))
			return -1;
		line->what = r->compile ? REFRESH_COMPILED : REFRESH_TAKEN;
		line->entries = n[i];
		line->before = old ? old->lines : 0;
	}
	return 0;
}

static int
plan_report(struct refresh *r, const struct plan *p, struct err *err)
{
	struct refresh_line *line = line_add(r, p->list->name, err);

	if (!line)
		return -1;
	line->what = p->take ? REFRESH_TAKEN : REFRESH_READ;
	line->entries = p->entries;
	line->before = p->was.entries;
	line->unusable = p->take ? p->old->unusable : p->result.unusable;
	line->too_old = p->take ? p->old->too_old : p->too_old;
	line->as_of = p->only_others ? p->old->as_of : p->now.newest;
	return 0;
}

static int
dropped_report(struct refresh *r, struct err *err)
{
	const struct index_about *a = r->present ? index_about(r->present) :
						   NULL;
	struct refresh_line *line;
	size_t i;

	for (i = 0; a && i < a->lists; i++) {
		if (is_configured(r, &a->list[i]))
			continue;
		if (!(line = line_add(r, a->list[i].name, err)))
			return -1;
		line->what = REFRESH_DROPPED;
		line->before = a->list[i].lines;
	}
	return 0;
}

static int
report(struct refresh *r, struct err *err)
{
	size_t i;

	if (r->db && register_report(r, err) < 0)
		return -1;
	for (i = 0; i < r->plans; i++)
		if (plan_report(r, &r->plan[i], err) < 0)
			return -1;
	return dropped_report(r, err);
}

/* ---- tables ---- */

static int
table_new(struct refresh *r, struct facts **out, struct err *err)
{
	if (r->present)
		return facts_new_like(out, REFRESH_CALLS_KEPT,
		    index_facts(r->present), err);
	return facts_new(out, REFRESH_CALLS_KEPT, err);
}

static int
takers_ready(struct refresh *r, struct facts *table, struct err *err)
{
	size_t i;

	for (i = 0; i < r->o->threads; i++) {
		if (facts_appender_new(&r->appender[i], table, err) < 0)
			return -1;
		r->taker[i].appender = r->appender[i];
		r->taker[i].scopes = &r->scopes;
		r->taker[i].seed = facts_seed(table);
	}
	return 0;
}

static void
takers_list(struct refresh *r, size_t id)
{
	size_t i;

	for (i = 0; i < r->o->threads; i++) {
		r->taker[i].list = (uint8_t)id;
		r->taker[i].left_out = 0;
	}
}

/* Parts of facts_take() shared among threads. */
struct taking {
	const struct refresh *r;
	const struct facts *from;
	const uint8_t *map;
	size_t thread;
	int ret;
	struct err err;
};

static void *
take_parts(void *arg)
{
	struct taking *t = arg;
	unsigned part;

	for (part = (unsigned)t->thread; part < FACTS_PARTS && t->ret == 0;
	     part += (unsigned)t->r->o->threads)
		t->ret = facts_take(t->r->appender[t->thread], t->from, part,
		    t->map, NULL, &t->err);
	return NULL;
}

/* Take lists over; their scopes are the same. */
static int
facts_take_all(struct refresh *r, const struct facts *from,
    const uint8_t map[256], struct err *err)
{
	struct taking t[PIPELINE_THREADS_MAX];
	pthread_t thread[PIPELINE_THREADS_MAX];
	bool began[PIPELINE_THREADS_MAX] = { false };
	size_t i;
	int ret = 0;

	for (i = 0; i < r->o->threads; i++) {
		t[i] = (struct taking){ .r = r,
			.from = from,
			.map = map,
			.thread = i };
		began[i] = i > 0 &&
		    pthread_create(&thread[i], NULL, take_parts, &t[i]) == 0;
	}
	for (i = 0; i < r->o->threads; i++)
		if (!began[i])
			take_parts(&t[i]);
	for (i = 0; i < r->o->threads; i++) {
		if (began[i])
			pthread_join(thread[i], NULL);
		if (t[i].ret < 0 && ret == 0) {
			*err = t[i].err;
			ret = -1;
		}
	}
	return ret;
}

/* ---- what would change ---- */

/*
 * One table with only list 0, of what `a` and `b` (NULL: nothing) have of the
 * lists that their maps name; how many facts it has.  Its seed is theirs.  Room
 * is made first: facts come in the order of their places, and would crowd at
 * the front of a table that has yet to grow.
 */
static int
union_count(struct refresh *r, const struct facts *a, const uint8_t amap[256],
    const struct facts *b, const uint8_t bmap[256], uint64_t *n,
    struct err *err)
{
	struct facts *table = NULL;
	int ret = -1;

	if (facts_new_like(&table, REFRESH_CALLS_KEPT, a, err) == 0 &&
	    facts_reserve(table, facts_words(a) + (b ? facts_words(b) : 0),
		err) == 0 &&
	    takers_ready(r, table, err) == 0 &&
	    facts_take_all(r, a, amap, err) == 0 &&
	    (!b || facts_take_all(r, b, bmap, err) == 0) &&
	    facts_build(table, err) == 0) {
		*n = facts_count(table);
		ret = 0;
	}
	facts_free(table);
	return ret;
}

/* Facts that come and go, of a list that has been read into `new` as 0. */
static int
difference(struct refresh *r, const struct plan *p, const struct facts *new,
    struct refresh_line *line, struct err *err)
{
	const struct facts *old = r->present ? index_facts(r->present) : NULL;
	uint8_t newmap[256], oldmap[256];
	uint64_t was = 0, is, both;
	size_t at;

	memset(newmap, FACTS_NOT_TAKEN, sizeof(newmap));
	memset(oldmap, FACTS_NOT_TAKEN, sizeof(oldmap));
	newmap[0] = 0;
	if (old && list_of(r->present, p->list->name, &at))
		oldmap[at] = 0;
	else
		old = NULL;
	if ((old && union_count(r, old, oldmap, NULL, NULL, &was, err) < 0) ||
	    union_count(r, new, newmap, NULL, NULL, &is, err) < 0 ||
	    union_count(r, new, newmap, old, oldmap, &both, err) < 0)
		return -1;
	line->counted = true;
	line->facts = is;
	line->added = both - was;
	line->removed = both - is;
	return 0;
}

static int
pretend_one(struct refresh *r, size_t i, struct refresh_line *line,
    struct err *err)
{
	struct plan *p = &r->plan[i];
	struct facts *table = NULL;
	int ret = -1;

	if (table_new(r, &table, err) < 0)
		return -1;
	if (takers_ready(r, table, err) < 0)
		goto out;
	takers_list(r, 0);
	if (plan_read(p, r->o, r->taker, r->report, err) < 0 ||
	    facts_build(table, err) < 0)
		goto out;
	line->entries = p->entries;
	line->unusable = p->result.unusable;
	line->too_old = p->too_old;
	ret = r->report->refusals ? 0 : difference(r, p, table, line, err);
out:
	facts_free(table);
	return ret;
}

static int
pretend(struct refresh *r, struct err *err)
{
	size_t i, before = r->db ? OVERLAY_LISTS : 0;

	if (r->present && index_open_all(r->present, r->o->threads, err) < 0)
		return -1;
	if (report(r, err) < 0)
		return -1;
	for (i = 0; i < r->plans; i++)
		if (!r->plan[i].take &&
		    pretend_one(r, i, &r->report->line[before + i], err) < 0)
			return -1;
	return refused(r, err);
}

/* It is refused already: the others are read for their guards alone. */
static int
examine(struct refresh *r, struct err *err)
{
	size_t i;

	for (i = 0; i < r->o->threads; i++)
		r->taker[i].scopes = &r->scopes;
	for (i = 0; i < r->plans; i++)
		if (!r->plan[i].take && !r->plan[i].ended &&
		    plan_read(&r->plan[i], r->o, r->taker, r->report, err) < 0)
			return -1;
	return refused(r, err);
}

/* ---- building ---- */

/* About how many words n facts of the present generation take. */
static uint64_t
words_taken(const struct refresh *r, uint64_t n)
{
	const struct facts *f = index_facts(r->present);

	return (uint64_t)((double)n * (double)facts_words(f) /
	    ((double)facts_count(f) + 1));
}

/*
 * Room for all of it: what is taken over comes in the order of its places.  How
 * much of a list of calls is kept nobody knows; room that stays empty would be
 * written.
 */
static int
room_reserve(struct refresh *r, struct err *err)
{
	const struct index_about *a = r->present ? index_about(r->present) :
						   NULL;
	uint64_t n = 0;
	size_t i, k;

	/* of the register's most are one word, but calls and those with an end
	 * two, a consent and when it was given four */
	for (i = 0; a && !r->compile && i < a->lists; i++)
		if (a->list[i].in_register)
			n += 2 * a->list[i].lines;
	for (i = 0; i < r->plans; i++) {
		const struct plan *p = &r->plan[i];
		unsigned line = p->list->layout == FEED_LINES ||
			p->list->layout == FEED_REGISTRY ?
		    LINE_SHORT :
		    LINE_CSV;

		if (p->take)
			n += words_taken(r, p->old->facts);
		for (k = 0; !p->take && !p->list->keep && k < p->files.n; k++)
			n += (uint64_t)p->files.file[k].size / line;
		for (k = 0; !p->take && k < p->base.n; k++)
			n += (uint64_t)p->base.file[k].size / LINE_SHORT;
	}
	return facts_reserve(r->facts, n, err);
}

/* What a run has to know of how it was compiled: now, or when it was. */
static int
register_state(struct refresh *r, const char **out, struct err *err)
{
	const struct index_list *old;

	if (!r->compile &&
	    (old = index_list_find(index_about(r->present),
		 overlay_list_name(OVERLAY_INTERNAL), true))) {
		*out = old->state;
		return 0;
	}
	r->state = BUF_INIT(INDEX_TEXT_MAX);
	compiled_write(&r->state, &r->compiled);
	*out = r->state.p;
	return buf_check(&r->state, err);
}

static int
register_describe(struct refresh *r, struct err *err)
{
	static const enum list_kind kind[OVERLAY_LISTS] = {
		[OVERLAY_INTERNAL] = LIST_DNC,
		[OVERLAY_CONSENT] = LIST_CONSENT,
		[OVERLAY_CALLS] = LIST_CALLS,
		[OVERLAY_ALLOW] = LIST_ALLOW,
	};
	uint64_t n[OVERLAY_LISTS];
	int64_t changed;
	unsigned i;

	overlay_count(r->db, n);
	if (overlay_changed(r->db, &changed, err) < 0)
		return -1;
	for (i = 0; i < OVERLAY_LISTS; i++)
		r->list[r->lists++] = (struct index_list){
			.name = overlay_list_name((enum overlay_list)i),
			.path = r->o->home->db,
			.kind = (uint8_t)kind[i],
			.in_register = true,
			.source_mtime_ns = -1,
			.as_of = changed,
			.read_at = r->o->now,
			.max_age = -1,
			.calls_since = -1,
			.lines = n[i],
		};
	return register_state(r,
	    &r->list[r->lists - OVERLAY_LISTS + OVERLAY_INTERNAL].state, err);
}

/* Lists are numbered as in the report: the register's, then conf's. */
static int
facts_fill(struct refresh *r, struct err *err)
{
	uint8_t map[256];
	bool taken = false;
	size_t i, id = 0, at;

	memset(map, FACTS_NOT_TAKEN, sizeof(map));
	if (r->db) {
		takers_list(r, id);
		if (r->compile &&
		    register_compile(r->db, r->taker, r->o->threads, r->o->now,
			&r->compiled, err) < 0)
			return err_in(err, "the register");
		for (i = 0; i < OVERLAY_LISTS; i++, id++) {
			const char *name = overlay_list_name(
			    (enum overlay_list)i);

			if (r->compile || !list_of(r->present, name, &at))
				continue;
			map[at] = (uint8_t)id;
			taken = true;
		}
	}
	for (i = 0; i < r->plans; i++, id++) {
		takers_list(r, id);
		if (!r->plan[i].take) {
			if (plan_read(&r->plan[i], r->o, r->taker, r->report,
				err) < 0)
				return -1;
		} else if (list_of(r->present, r->plan[i].list->name, &at)) {
			map[at] = (uint8_t)id;
			taken = true;
		}
	}
	if (refused(r, err) < 0)
		return -1;
	if (!taken)
		return 0;
	if (index_open_all(r->present, r->o->threads, err) < 0)
		return -1;
	return facts_take_all(r, index_facts(r->present), map, err);
}

static int
directory_fill(struct refresh *r, struct err *err)
{
	size_t i;

	r->list = calloc(r->plans + OVERLAY_LISTS, sizeof(*r->list));
	if (!r->list)
		return err_nomem(err);
	if (r->db && register_describe(r, err) < 0)
		return -1;
	for (i = 0; i < r->plans; i++)
		if (plan_describe(&r->plan[i], r->o, &r->list[r->lists++],
			err) < 0)
			return -1;
	return 0;
}

static int
publish(struct refresh *r, struct err *err)
{
	struct index_about about = {
		.generation = generations_next(&r->gens),
		.created = r->o->now,
		.list = r->list,
		.lists = r->lists,
		.scope = r->scopes.scope,
		.scopes = r->scopes.n,
	};
	struct register_mark mark = { 0 };
	char *path = generations_path(&r->gens, about.generation, err);
	int ret = -1;

	if (!path)
		return -1;
	if (r->db)
		register_mark(r->db, &mark);
	compiled_set_mark(&about, &mark);
	if (index_write(path, r->facts, &about, r->o->keys, r->o->threads,
		err) == 0 &&
	    generations_use(&r->gens, about.generation, err) == 0) {
		r->report->generation = about.generation;
		ret = 0;
	}
	free(path);
	return ret;
}

static int
build(struct refresh *r, struct err *err)
{
	if (table_new(r, &r->facts, err) < 0 || room_reserve(r, err) < 0 ||
	    takers_ready(r, r->facts, err) < 0 || facts_fill(r, err) < 0 ||
	    facts_build(r->facts, err) < 0 || directory_fill(r, err) < 0 ||
	    publish(r, err) < 0)
		return -1;
	generations_close(&r->gens);
	if (generations_open(&r->gens, r->o->home, err) < 0 ||
	    generations_prune(&r->gens, r->o->keep, err) < 0)
		return -1;
	return report(r, err);
}

/* One that was killed may have put its generation in force, and left one too
 * many. */
static int
unchanged(struct refresh *r, struct err *err)
{
	if (!r->o->dry_run && generations_prune(&r->gens, r->o->keep, err) < 0)
		return -1;
	return report(r, err);
}

static int
refresh(struct refresh *r, struct err *err)
{
	if (begin(r, err) < 0 || plans_look(r, err) < 0 ||
	    register_look(r, err) < 0)
		return -1;
	r->report->changed = r->o->force || anything_new(r);
	if (!r->report->changed && !r->report->refusals)
		return unchanged(r, err);
	if (scopes_init(&r->scopes, r->present ? index_about(r->present) : NULL,
		err) < 0)
		return -1;
	if (r->report->refusals)
		return examine(r, err);
	return r->o->dry_run ? pretend(r, err) : build(r, err);
}

static void
end(struct refresh *r)
{
	size_t i;

	for (i = 0; i < r->plans; i++)
		plan_release(&r->plan[i]);
	free(r->plan);
	for (i = 0; i < PIPELINE_THREADS_MAX; i++) {
		free(r->taker[i].topic);
		free(r->taker[i].campaign);
	}
	facts_free(r->facts);
	compiled_release(&r->compiled);
	buf_release(&r->state);
	free(r->list);
	scopes_release(&r->scopes);
	register_close(r->db);
	index_close(r->present);
	generations_close(&r->gens);
	lockfile_release(&r->lock);
}

int
refresh_run(const struct refresh_options *o, struct refresh_report *out,
    struct err *err)
{
	struct refresh *r = calloc(1, sizeof(*r));
	struct err second;
	int ret;

	*out = (struct refresh_report){ 0 };
	if (!r)
		return err_nomem(err);
	r->o = o;
	r->report = out;
	ret = refresh(r, err);
	if (r->lock.held) { /* no dry run, and nobody else's */
		if (ret == 0)
			ret = refresh_log_done(o, out, err);
		else if (out->refusals || err->code == ERR_LIST ||
		    err->code == ERR_AUTH)
			(void)refresh_log_refused(o, out, err, &second);
	}
	end(r);
	free(r);
	return ret;
}
