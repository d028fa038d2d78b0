#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "store/register_impl.h"

struct verify {
	struct register_db *db;
	void (*found)(void *arg, const char *what);
	void *arg;
	int n; /* kinds of things found */
	uint64_t in_force[REGISTER_KINDS];
};

static void tell(struct verify *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
tell(struct verify *v, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->found(v->arg, text);
	v->n++;
}

/* ---- what SQLite can tell ---- */

/* Every row of the pragma's answer but "ok" is something that is wrong. */
static int
verify_pragma(struct verify *v, const char *pragma, const char *what,
    struct err *err)
{
	sqlite3_stmt *st = sql_prepare(v->db->sql, pragma, err);
	uint64_t bad = 0;
	int got = -1;

	while (st && (got = sql_step(st, err)) > 0)
		bad += !span_eq(sql_span(st, 0), SPAN("ok"));
	sqlite3_finalize(st);
	if (got < 0 && err->code != ERR_AUTH)
		return -1;
	if (bad || got < 0)
		tell(v, "the file is damaged: %ju %s", (uintmax_t)bad, what);
	return 0;
}

/* ---- rows ---- */

static int
check_subject(struct verify *v, sqlite3_stmt *st, struct err *err)
{
	const struct crypt *c = v->db->crypt;
	unsigned char lookup[CRYPT_LOOKUP];
	struct subject_row s;

	s.id = (uint64_t)sqlite3_column_int64(st, 0);
	if (subject_read(c, &s, st, 1, err) < 0)
		return -1;
	crypt_lookup(c, s.key, lookup);
	if (!secret_equal(lookup, s.lookup, sizeof(lookup)))
		return db_altered(err, "a look-up");
	return 0;
}

static int
check_origin(struct verify *v, sqlite3_stmt *st, struct err *err)
{
	struct register_origin o;

	return origin_read(v->db->crypt, &v->db->bytes, &o, st, 0, err);
}

static int
check_fact(struct verify *v, sqlite3_stmt *st, struct err *err)
{
	const struct crypt *c = v->db->crypt;
	char text[REGISTER_TEXT_MAX];
	struct fact_row r;
	struct span s;

	if (fact_read(c, &v->db->bytes, &r, st, err) < 0)
		return -1;
	if (fact_in_force(&r))
		v->in_force[r.kind]++;
	return text_open(c, 'n', r.id, r.note, text, &s, err) < 0 ||
		text_open(c, 'e', r.id, r.evidence, text, &s, err) < 0 ||
		text_open(c, 'w', r.id, r.why, text, &s, err) < 0 ?
	    -1 :
	    0;
}

static int
check_call(struct verify *v, sqlite3_stmt *st, struct err *err)
{
	struct call_row r;

	return call_read(v->db->crypt, &v->db->bytes, &r, st, err);
}

static int
check_run(struct verify *v, sqlite3_stmt *st, struct err *err)
{
	struct register_run r;

	return run_read(v->db->crypt, &v->db->bytes, &r, st, err);
}

static int
check_offer(struct verify *v, sqlite3_stmt *st, struct err *err)
{
	struct span numbers;
	uint64_t run;

	return offer_read(v->db->crypt, &v->db->bytes, &run, &numbers, st, err);
}

/* Look at every row of a table; there should be `want`. */
static int
verify_rows(struct verify *v, const char *select, const char *what,
    uint64_t want, int (*check)(struct verify *, sqlite3_stmt *, struct err *),
    struct err *err)
{
	sqlite3_stmt *st = sql_prepare(v->db->sql, select, err);
	uint64_t rows = 0, bad = 0;
	int got = -1;

	while (st && (got = sql_step(st, err)) > 0) {
		rows++;
		if (check(v, st, err) == 0)
			continue;
		if (err->code != ERR_AUTH) {
			got = -1;
			break;
		}
		bad++;
	}
	sqlite3_finalize(st);
	if (got < 0 && err->code != ERR_AUTH)
		return -1;
	if (got < 0) {
		tell(v, "%s cannot all be read", what);
		return 0;
	}
	if (bad)
		tell(v, "%ju %s were altered", (uintmax_t)bad, what);
	if (rows < want)
		tell(v, "%ju %s are missing", (uintmax_t)(want - rows), what);
	if (rows > want)
		tell(v, "%ju %s too many", (uintmax_t)(rows - want), what);
	return 0;
}

/* Do the subjects know how many rows there are of them? */
static const char MISCOUNTED[] =
    "SELECT count(*) FROM subject s"
    " WHERE facts != (SELECT count(*) FROM fact WHERE subject = s.id)"
    " OR links != (SELECT count(*) FROM fact WHERE number = s.id)"
    " OR calls != (SELECT count(*) FROM call WHERE subject = s.id)";

/* That what is missing would be noticed: counts and buckets. */
static int
verify_absence(struct verify *v, struct err *err)
{
	uint64_t subjects = 0;
	int64_t bad = 0;

	if (sql_int(v->db->sql, MISCOUNTED, 0, &bad, err) < 0) {
		if (err->code != ERR_AUTH)
			return -1;
		tell(v, "the entries of subjects cannot be counted");
	}
	if (bad)
		tell(v,
		    "%jd subjects have other entries or calls than they "
		    "should",
		    (intmax_t)bad);
	if (buckets_check(v->db, &subjects, err) < 0) {
		if (err->code != ERR_AUTH)
			return -1;
		tell(v, "the look-ups are altered or damaged");
	} else if (subjects != v->db->head.subjects)
		tell(v, "look-ups are missing or added");
	return 0;
}

static int
verify_tables(struct verify *v, struct err *err)
{
	const struct head *h = &v->db->head;

	if (verify_rows(v, "SELECT s.id, " SUBJECT_COLUMNS " FROM subject s",
		"subjects", h->subjects, check_subject, err) < 0 ||
	    verify_rows(v, "SELECT " ORIGIN_COLUMNS " FROM origin o", "origins",
		h->origins, check_origin, err) < 0 ||
	    verify_rows(v, "SELECT " FACT_COLUMNS " FROM fact f", "entries",
		h->facts, check_fact, err) < 0 ||
	    verify_rows(v, "SELECT " CALL_COLUMNS " FROM call c", "calls",
		h->calls, check_call, err) < 0 ||
	    verify_rows(v, SELECT_RUNS, "runs", h->runs, check_run, err) < 0 ||
	    verify_rows(v, SELECT_OFFERS, "lists of what runs kept", h->offers,
		check_offer, err) < 0)
		return -1;
	if (memcmp(v->in_force, h->in_force, sizeof(v->in_force)) != 0)
		tell(v, "other entries are in force than were put there");
	return 0;
}

/* ---- the audit log ---- */

static int
verify_audit(struct verify *v, struct err *err)
{
	struct register_audit_result r;

	if (register_audit_verify(v->db, &r, err) < 0) {
		if (err->code != ERR_AUTH)
			return -1;
		tell(v, "the audit log cannot be read");
	} else if (r.bad)
		tell(v, "the audit log is wrong from record %ju on: %s",
		    (uintmax_t)r.bad, r.what);
	return 0;
}

int
register_verify(struct register_db *db,
    void (*found)(void *arg, const char *what), void *arg, struct err *err)
{
	struct verify v = { .db = db, .found = found, .arg = arg };
	bool begun;
	int ret = -1;

	if (db_read_begin(db, &begun, err) < 0 ||
	    verify_pragma(&v, "PRAGMA integrity_check", "findings", err) < 0 ||
	    verify_pragma(&v, "PRAGMA foreign_key_check", "rows lead nowhere",
		err) < 0)
		goto out;
	if (verify_absence(&v, err) < 0 || verify_tables(&v, err) < 0 ||
	    verify_audit(&v, err) < 0)
		goto out;
	ret = v.n;
out:
	db_read_end(db, begun);
	return ret;
}
