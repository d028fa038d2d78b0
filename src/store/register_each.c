#include <pthread.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/secret.h"
#include "store/register_impl.h"

/*
 * Reading everything: SQLite's part and ours (a mac and a seal a row) cost about
 * the same, so each thread has a connection and a range of ids of its own.  All
 * connections must see the same moment.  SQLite does not promise that to two
 * of them, so each compares the head it sees with ours before anything is
 * told; if somebody has committed in between, one thread does it all.
 */

struct walker;
typedef int walk_row_fn(struct walker *w, struct err *err);

struct walker {
	const struct crypt *crypt;
	sqlite3 *sql;
	sqlite3_stmt *rows;
	sqlite3_stmt *number, *facts; /* what a link leads to */
	struct buf bytes;
	uint64_t from, to;             /* ids in (from, to] */
	uint64_t seen[REGISTER_KINDS]; /* in force; [0]: rows of calls */
	int64_t since;
	walk_row_fn *row;
	register_fact_fn *fact_fn;
	register_call_fn *call_fn;
	void *arg;
	int ret;
	struct err err;
};

/* ---- facts ---- */

static const char SELECT_FACTS[] = "SELECT " FACT_COLUMNS ", " SUBJECT_COLUMNS
				   " FROM fact f"
				   " JOIN subject s ON s.id = f.subject"
				   " WHERE f.id > ?1 AND f.id <= ?2";

static const char SELECT_NUMBER[] = "SELECT " SUBJECT_COLUMNS
				    " FROM subject s WHERE s.id = ?1";

static const char SELECT_PERSONS[] = "SELECT " FACT_COLUMNS
				     " FROM fact f WHERE f.subject = ?1"
				     " ORDER BY f.id";

static int
tell_fact(struct walker *w, const struct fact_row *r,
    const struct subject_row *s, uint64_t via, struct err *err)
{
	struct register_fact f;

	fact_tell(&f, r);
	f.entry.subject.key = s->key;
	f.entry.subject.person = s->person;
	f.via = via;
	return w->fact_fn(w->arg, &f, err);
}

/* A link: the facts of the person once more, for the number. */
static int
tell_linked(struct walker *w, const struct fact_row *link,
    const struct subject_row *person, struct err *err)
{
	struct rows_seen seen = { 0 };
	struct subject_row number;
	struct fact_row r;
	int got;

	sqlite3_reset(w->number);
	sqlite3_bind_int64(w->number, 1, (int64_t)link->number);
	if ((got = sql_step(w->number, err)) < 0)
		return -1;
	if (got == 0)
		return db_altered(err, "a subject is missing");
	number.id = link->number;
	if (subject_read(w->crypt, &number, w->number, 0, err) < 0)
		return -1;
	sqlite3_reset(w->number);
	sqlite3_reset(w->facts);
	sqlite3_bind_int64(w->facts, 1, (int64_t)link->subject);
	got = 0;
	while (got == 0 && (got = sql_step(w->facts, err)) > 0) {
		got = fact_read(w->crypt, &w->bytes, &r, w->facts, err);
		if (got == 0)
			got = rows_next(&seen, r.id, err);
		if (got == 0 && fact_in_force(&r) && r.kind != REGISTER_LINK)
			got = tell_fact(w, &r, person, number.key, err);
	}
	sqlite3_reset(w->facts);
	return got ? got : rows_end(&seen, person->facts, err);
}

static int
fact_row(struct walker *w, struct err *err)
{
	struct subject_row s;
	struct fact_row r;
	int got;

	if (fact_read(w->crypt, &w->bytes, &r, w->rows, err) < 0)
		return -1;
	if (!fact_in_force(&r))
		return 0;
	s.id = r.subject;
	if (subject_read(w->crypt, &s, w->rows, FACT_WIDTH, err) < 0)
		return -1;
	w->seen[r.kind]++;
	got = tell_fact(w, &r, &s, 0, err);
	return got == 0 && r.kind == REGISTER_LINK ?
	    tell_linked(w, &r, &s, err) :
	    got;
}

/* ---- calls ---- */

static const char SELECT_CALLS[] = "SELECT " CALL_COLUMNS ", " SUBJECT_COLUMNS
				   " FROM call c"
				   " JOIN subject s ON s.id = c.subject"
				   " WHERE c.id > ?1 AND c.id <= ?2";

static int
call_row(struct walker *w, struct err *err)
{
	struct register_call call;
	struct subject_row s;
	struct call_row r;

	if (call_read(w->crypt, &w->bytes, &r, w->rows, err) < 0)
		return -1;
	w->seen[0]++;
	if (!call_counts(&r) || r.at < w->since)
		return 0;
	s.id = r.subject;
	if (subject_read(w->crypt, &s, w->rows, CALL_WIDTH, err) < 0)
		return -1;
	call_tell(&call, &r, &s);
	return w->call_fn(w->arg, &call, err);
}

/* ---- threads ---- */

static void *
walk(void *arg)
{
	struct walker *w = arg;

	sqlite3_bind_int64(w->rows, 1, (int64_t)w->from);
	sqlite3_bind_int64(w->rows, 2, (int64_t)w->to);
	w->ret = 0;
	while (w->ret == 0 && (w->ret = sql_step(w->rows, &w->err)) > 0)
		w->ret = w->row(w, &w->err);
	sqlite3_reset(w->rows);
	return NULL;
}

static void *
walk_thread(void *arg)
{
	interrupt_hold();
	return walk(arg);
}

/* Does this connection see the moment that `db` sees? */
static int
same_moment(struct register_db *db, sqlite3 *sql, bool *same, struct err *err)
{
	sqlite3_stmt *st = sql_prepare(sql,
	    "SELECT audits, audit_mac FROM head", err);
	struct span mac;
	int got;

	if (!st)
		return -1;
	if ((got = sql_step(st, err)) > 0) {
		mac = sql_span(st, 1);
		*same = (uint64_t)sqlite3_column_int64(st, 0) ==
			db->head.audits &&
		    mac.n == CRYPT_MAC &&
		    secret_equal(mac.p, db->head.audit_mac, CRYPT_MAC);
	}
	sqlite3_finalize(st);
	return got < 0 ? -1 : 0;
}

static int
walker_open(struct walker *w, struct register_db *db, sqlite3 *sql,
    const char *select, struct err *err)
{
	w->crypt = db->crypt;
	w->bytes = BUF_INIT(1 << 20);
	w->rows = sql_prepare(sql, select, err);
	w->number = sql_prepare(sql, SELECT_NUMBER, err);
	w->facts = sql_prepare(sql, SELECT_PERSONS, err);
	return w->rows && w->number && w->facts ? 0 : -1;
}

static void
walker_close(struct walker *w)
{
	sqlite3_finalize(w->rows);
	sqlite3_finalize(w->number);
	sqlite3_finalize(w->facts);
	buf_release(&w->bytes);
	sqlite3_close(w->sql);
}

/*
 * A connection for each walker but the first, which has the handle's.  *n
 * becomes 1 where they cannot see the same moment.
 */
static int
walkers_open(struct walker *w, size_t *n, struct register_db *db,
    const char *select, struct err *err)
{
	bool same = true;
	size_t i, opened = *n;

	if (walker_open(&w[0], db, db->sql, select, err) < 0)
		return -1;
	for (i = 1; i < opened && same; i++) {
		if (db_open_sql(&w[i].sql, db->path, REGISTER_READ, err) < 0 ||
		    sql_exec(w[i].sql, "BEGIN", err) < 0 ||
		    same_moment(db, w[i].sql, &same, err) < 0 ||
		    walker_open(&w[i], db, w[i].sql, select, err) < 0)
			return -1;
	}
	if (!same)
		*n = 1;
	return 0;
}

/* Run them all; the first failure counts. */
static int
walkers_run(struct walker *w, size_t n, struct err *err)
{
	pthread_t thread[WALK_THREADS_MAX];
	size_t i, started = 1;
	int ret = 0;

	while (started < n &&
	    pthread_create(&thread[started], NULL, walk_thread, &w[started]) ==
		0)
		started++;
	walk(&w[0]);
	for (i = started; i < n; i++)
		walk(&w[i]); /* for want of a thread */
	for (i = 1; i < started; i++)
		pthread_join(thread[i], NULL);
	for (i = 0; i < n && ret == 0; i++) {
		ret = w[i].ret;
		if (ret < 0)
			*err = w[i].err;
	}
	return ret;
}

/*
 * Walk ids (0, last] with copies of `plan`, and add up in seen[] what they have
 * seen.
 */
static int
walk_all(struct register_db *db, struct walker *plan, const char *select,
    uint64_t last, size_t threads, void *const *arg, struct err *err)
{
	struct walker w[WALK_THREADS_MAX] = { 0 };
	size_t i, k,
	    n = threads < 1 || db->in_transaction ? 1 :
	    threads > WALK_THREADS_MAX            ? WALK_THREADS_MAX :
						    threads;
	size_t opened = n;
	int ret = -1;

	if (walkers_open(w, &n, db, select, err) < 0)
		goto out;
	for (i = 0; i < n; i++) {
		w[i].row = plan->row;
		w[i].fact_fn = plan->fact_fn;
		w[i].call_fn = plan->call_fn;
		w[i].since = plan->since;
		w[i].arg = arg[i];
		w[i].from = last / n * i;
		w[i].to = i + 1 < n ? last / n * (i + 1) : INT64_MAX;
	}
	ret = walkers_run(w, n, err);
	for (i = 0; i < n; i++)
		for (k = 0; k < REGISTER_KINDS; k++)
			plan->seen[k] += w[i].seen[k];
out:
	for (i = 0; i < opened; i++)
		walker_close(&w[i]);
	return ret;
}

int
register_each(struct register_db *db, size_t threads, register_fact_fn *fn,
    void *const *arg, struct err *err)
{
	struct walker plan = { .row = fact_row, .fact_fn = fn };
	bool begun;
	int ret = -1;

	if (db_read_begin(db, &begun, err) == 0)
		ret = walk_all(db, &plan, SELECT_FACTS, db->head.facts, threads,
		    arg, err);
	if (ret == 0 &&
	    memcmp(plan.seen, db->head.in_force, sizeof(plan.seen)) != 0)
		ret = db_altered(err, "entries are missing or added");
	db_read_end(db, begun);
	return ret;
}

int
register_each_call(struct register_db *db, int64_t since, size_t threads,
    register_call_fn *fn, void *const *arg, struct err *err)
{
	struct walker plan = { .row = call_row, .call_fn = fn, .since = since };
	bool begun;
	int ret = -1;

	if (db_read_begin(db, &begun, err) == 0)
		ret = walk_all(db, &plan, SELECT_CALLS, db->head.call_last,
		    threads, arg, err);
	if (ret == 0 && plan.seen[0] != db->head.calls)
		ret = db_altered(err, "calls are missing or added");
	db_read_end(db, begun);
	return ret;
}
