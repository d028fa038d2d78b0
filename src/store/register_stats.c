#include <string.h>

#include "store/register_impl.h"

/*
 * Figures only: SQLite counts, and no mac is looked at.  register_verify() is
 * what finds an edited row.
 */

enum { DAY = 86400 };

/* ---- entries ---- */

static const char COUNT[] =
    "SELECT f.kind, coalesce(f.reason, 0), o.source,"
    " CASE WHEN f.recorded_at > ?1 - 7 * 86400 THEN 0"
    "  WHEN f.recorded_at > ?1 - 31 * 86400 THEN 1"
    "  WHEN f.recorded_at > ?1 - 366 * 86400 THEN 2 ELSE 3 END AS age,"
    " count(*), coalesce(sum(f.expires_at <= ?1), 0),"
    " coalesce(sum(f.permanent), 0)"
    " FROM fact f JOIN origin o ON o.id = f.origin"
    " WHERE f.superseded_by IS NULL AND f.removed IS NULL"
    " GROUP BY 1, 2, 3, 4";

/* One group of entries; a code that is none we know counts for none. */
static void
count_group(struct register_stats *out, sqlite3_stmt *st)
{
	unsigned kind = (unsigned)sqlite3_column_int(st, 0);
	unsigned reason = (unsigned)sqlite3_column_int(st, 1);
	unsigned source = (unsigned)sqlite3_column_int(st, 2);
	unsigned age = (unsigned)sqlite3_column_int(st, 3);
	uint64_t n = (uint64_t)sqlite3_column_int64(st, 4);

	if (kind >= REGISTER_KINDS || reason >= FACT_REASONS ||
	    source >= REGISTER_SOURCES || age >= REGISTER_AGES)
		return;
	out->in_force[kind] += n;
	out->reason[kind][reason] += n;
	out->source[kind][source] += n;
	out->age[kind][age] += n;
	out->ended[kind] += (uint64_t)sqlite3_column_int64(st, 5);
	out->permanent += (uint64_t)sqlite3_column_int64(st, 6);
}

static const char COUNT_CALLS[] =
    "SELECT coalesce(sum(state = 0), 0),"
    " coalesce(sum(state = 0 AND answered), 0), coalesce(sum(state = 1), 0)"
    " FROM call";

static int
count_calls(struct register_db *db, struct register_stats *out, struct err *err)
{
	sqlite3_stmt *st = sql_prepare(db->sql, COUNT_CALLS, err);
	int got = -1;

	if (st && (got = sql_step(st, err)) > 0) {
		out->calls = (uint64_t)sqlite3_column_int64(st, 0);
		out->answered = (uint64_t)sqlite3_column_int64(st, 1);
		out->reserved = (uint64_t)sqlite3_column_int64(st, 2);
		got = 0;
	}
	sqlite3_finalize(st);
	return got;
}

int
register_stats(struct register_db *db, int64_t now, struct register_stats *out,
    struct err *err)
{
	sqlite3_stmt *st = NULL;
	bool begun;
	int ret = -1;

	*out = (struct register_stats){ 0 };
	if (db_read_begin(db, &begun, err) < 0 ||
	    !(st = sql_prepare(db->sql, COUNT, err)))
		goto out;
	sqlite3_bind_int64(st, 1, now);
	while ((ret = sql_step(st, err)) > 0)
		count_group(out, st);
	if (ret == 0)
		ret = count_calls(db, out, err);
	out->subjects = db->head.subjects;
	out->facts = db->head.facts;
	out->audit = db->head.audits;
out:
	sqlite3_finalize(st);
	db_read_end(db, begun);
	return ret;
}

/* ---- calls by day ---- */

static const char COUNT_DAYS[] =
    "SELECT at / 86400 - (at % 86400 < 0) AS day, sum(state = 0),"
    " coalesce(sum(state = 0 AND answered), 0), sum(state = 1)"
    " FROM call WHERE state IN (0, 1) GROUP BY 1 ORDER BY 1";

int
register_calls_by_day(struct register_db *db, register_day_fn *fn, void *arg,
    struct err *err)
{
	sqlite3_stmt *st = sql_prepare(db->sql, COUNT_DAYS, err);
	int got = st ? 0 : -1;

	while (got == 0 && (got = sql_step(st, err)) > 0)
		got = fn(arg, sqlite3_column_int64(st, 0) * DAY,
		    (uint64_t)sqlite3_column_int64(st, 1),
		    (uint64_t)sqlite3_column_int64(st, 2),
		    (uint64_t)sqlite3_column_int64(st, 3), err);
	sqlite3_finalize(st);
	return got;
}
