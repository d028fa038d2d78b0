#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "store/register_impl.h"

/*
 * The chain: a record's mac covers the record and the mac of the one before.
 * All of it stands under the inner key, so that a rotation leaves it as it is;
 * how many records there are and the last one's mac stand in the head,
 * under the key in force.
 */

static void
audit_mac(struct register_db *db, const struct register_audit *a,
    struct span target, const unsigned char *before,
    unsigned char out[CRYPT_MAC])
{
	struct buf *b = &db->bytes;

	buf_reset(b);
	mac_u64(b, a->seq);
	mac_u64(b, (uint64_t)a->at);
	mac_span(b, a->author);
	mac_span(b, a->action);
	mac_span(b, target);
	mac_span(b, a->detail);
	crypt_mac(db->inner, CRYPT_AUDIT, before, b->p, b->n, out);
}

/* Whom a record is about; false when about nobody. */
static bool
target_of(struct register_db *db, const struct register_subject *s,
    unsigned char out[CRYPT_LOOKUP])
{
	uint64_t key = subject_inner_key(db, s);

	if (key)
		crypt_lookup(db->inner, key, out);
	return key != 0;
}

static const char INSERT_AUDIT[] =
    "INSERT INTO audit (seq, at, author, action, target, detail, mac)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

int
register_audit_add(struct register_db *db, const struct register_audit *a,
    struct err *err)
{
	struct register_audit record = *a;
	unsigned char target[CRYPT_LOOKUP], mac[CRYPT_MAC];
	struct head *h = &db->head;
	bool about = target_of(db, &a->subject, target);
	struct span t = span_of((char *)target, about ? sizeof(target) : 0);
	sqlite3_stmt *st;

	if (db_writable(db, err) < 0)
		return -1;
	if (a->author.n == 0 || a->action.n == 0)
		return err_set(err, ERR_USAGE,
		    "nobody is said to have done it");
	if (a->subject.key && !about)
		return err_set(err, ERR_USAGE,
		    "a person is named by the customer id");
	db->failed = true; /* until all is well */
	if (!(st = sql_use(db, INSERT_AUDIT, err)))
		return -1;
	record.seq = h->audits + 1;
	record.at = db->now;
	audit_mac(db, &record, t, h->audits ? h->audit_mac : NULL, mac);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)record.seq);
	sqlite3_bind_int64(st, 2, record.at);
	sql_bind_text(st, 3, record.author);
	sql_bind_text(st, 4, record.action);
	sql_bind_blob(st, 5, t.p, t.n);
	sql_bind_text(st, 6, record.detail);
	sql_bind_blob(st, 7, mac, sizeof(mac));
	if (sql_run(st, err) < 0)
		return -1;
	h->audits = record.seq;
	memcpy(h->audit_mac, mac, sizeof(mac));
	db->failed = false;
	return 0;
}

/* ---- reading ---- */

static void
audit_read(struct register_audit *a, struct span *target, sqlite3_stmt *st)
{
	*a = (struct register_audit){
		.seq = (uint64_t)sqlite3_column_int64(st, 0),
		.at = sqlite3_column_int64(st, 1),
		.author = sql_span(st, 2),
		.action = sql_span(st, 3),
		.detail = sql_span(st, 5),
	};
	*target = sql_span(st, 4);
	a->has_target = target->n > 0;
}

#define AUDIT_COLUMNS "seq, at, author, action, target, detail, mac"

static const char SELECT_AUDIT[] = "SELECT " AUDIT_COLUMNS
				   " FROM audit WHERE seq >= ?1 ORDER BY seq";
static const char SELECT_ABOUT[] = "SELECT " AUDIT_COLUMNS
				   " FROM audit WHERE seq >= ?1"
				   " AND target = ?2 ORDER BY seq";

int
register_audit_list(struct register_db *db, uint64_t first,
    const struct register_subject *subject, register_audit_fn *fn, void *arg,
    struct err *err)
{
	unsigned char target[CRYPT_LOOKUP];
	struct register_audit a;
	struct span t;
	sqlite3_stmt *st = sql_prepare(db->sql,
	    subject ? SELECT_ABOUT : SELECT_AUDIT, err);
	int got = 0;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)first);
	if (subject && target_of(db, subject, target))
		sql_bind_blob(st, 2, target, sizeof(target));
	while (got == 0 && (got = sql_step(st, err)) > 0) {
		audit_read(&a, &t, st);
		got = fn(arg, &a, err);
	}
	sqlite3_finalize(st);
	return got;
}

/* ---- what follows a record ---- */

/* One link of the chain; `last` is the mac before it, and then its own. */
static bool
record_follows(struct register_db *db, const struct register_audit *a,
    struct span target, struct span mac, uint64_t seq,
    unsigned char last[CRYPT_MAC])
{
	unsigned char want[CRYPT_MAC];

	audit_mac(db, a, target, seq > 1 ? last : NULL, want);
	if (a->seq != seq || mac.n != CRYPT_MAC ||
	    !secret_equal(mac.p, want, CRYPT_MAC))
		return false;
	memcpy(last, want, CRYPT_MAC);
	return true;
}

/* The rest of audit_since(), from the record `seq` on that st stands before. */
static int
records_follow(struct register_db *db, sqlite3_stmt *st, uint64_t seq,
    unsigned char last[CRYPT_MAC], register_audit_fn *fn, void *arg,
    bool *sound, struct err *err)
{
	struct register_audit a;
	struct span target;
	int got;

	for (; (got = sql_step(st, err)) > 0; seq++) {
		audit_read(&a, &target, st);
		if (!record_follows(db, &a, target, sql_span(st, 6), seq, last))
			return buf_check(&db->bytes, err);
		if ((got = fn(arg, &a, err)) != 0)
			return got;
	}
	*sound = got == 0 && seq == db->head.audits + 1 &&
	    (seq == 1 || secret_equal(last, db->head.audit_mac, CRYPT_MAC));
	return got;
}

int
audit_since(struct register_db *db, uint64_t seq, const unsigned char begin[8],
    register_audit_fn *fn, void *arg, bool *sound, struct err *err)
{
	sqlite3_stmt *st = sql_prepare(db->sql, SELECT_AUDIT, err);
	unsigned char last[CRYPT_MAC] = { 0 };
	struct span mac;
	int got = 1;

	*sound = false;
	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)seq);
	if (seq > 0 && (got = sql_step(st, err)) > 0) {
		mac = sql_span(st, 6);
		got = (uint64_t)sqlite3_column_int64(st, 0) == seq &&
		    mac.n == CRYPT_MAC && secret_equal(mac.p, begin, 8);
		if (got)
			memcpy(last, mac.p, CRYPT_MAC);
	}
	if (got > 0)
		got = records_follow(db, st, seq + 1, last, fn, arg, sound,
		    err);
	sqlite3_finalize(st);
	return got;
}

/* ---- verifying ---- */

static void
found(struct register_audit_result *out, uint64_t seq, const char *what)
{
	out->bad = seq;
	snprintf(out->what, sizeof(out->what), "%s", what);
}

/* One record of the chain: `last` is the mac before it, and then its own. */
static void
verify_record(struct register_db *db, sqlite3_stmt *st,
    unsigned char last[CRYPT_MAC], struct register_audit_result *out)
{
	unsigned char want[CRYPT_MAC];
	struct register_audit a;
	struct span target, mac = sql_span(st, 6);

	audit_read(&a, &target, st);
	out->records++;
	if (out->bad)
		return;
	if (a.seq > db->head.audits) {
		found(out, a.seq, "added");
		return;
	}
	if (a.seq != out->records) {
		found(out, out->records, "missing");
		return;
	}
	audit_mac(db, &a, target, a.seq > 1 ? last : NULL, want);
	if (mac.n != CRYPT_MAC || !secret_equal(mac.p, want, CRYPT_MAC))
		found(out, a.seq, "altered or out of order");
	memcpy(last, want, CRYPT_MAC);
}

int
register_audit_verify(struct register_db *db, struct register_audit_result *out,
    struct err *err)
{
	unsigned char last[CRYPT_MAC] = { 0 };
	sqlite3_stmt *st = NULL;
	bool begun;
	int got = -1;

	*out = (struct register_audit_result){ 0 };
	if (db_read_begin(db, &begun, err) < 0)
		goto out;
	if (!(st = sql_prepare(db->sql, SELECT_AUDIT, err)))
		goto out;
	sqlite3_bind_int64(st, 1, INT64_MIN);
	while ((got = sql_step(st, err)) > 0)
		verify_record(db, st, last, out);
	if (got < 0 || (got = buf_check(&db->bytes, err)) < 0)
		goto out;
	if (!out->bad && out->records < db->head.audits)
		found(out, out->records + 1, "missing: the end was cut off");
	else if (!out->bad && out->records &&
	    !secret_equal(last, db->head.audit_mac, CRYPT_MAC))
		found(out, out->records, "another end than was written");
out:
	sqlite3_finalize(st);
	db_read_end(db, begun);
	return got;
}
