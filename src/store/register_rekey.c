#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/secret.h"
#include "store/register_impl.h"

/*
 * From one key to another, row by row: what is read is checked under the old
 * key, so that a rotation never makes an altered row look sound.  A row is
 * written while the walk stands on it; its id, which the walk goes by, stays.
 */

struct rekey {
	struct register_db *db;
	const struct crypt *to;
};

typedef int rekey_row_fn(struct rekey *k, sqlite3_stmt *st, struct err *err);

/* Each row of a table; there must be `want`. */
static int
rekey_rows(struct rekey *k, const char *select, uint64_t want,
    rekey_row_fn *row, struct err *err)
{
	sqlite3_stmt *st = sql_prepare(k->db->sql, select, err);
	uint64_t rows = 0;
	int got = st ? 0 : -1;

	while (got == 0 && (got = sql_step(st, err)) > 0) {
		got = row(k, st, err);
		rows++;
	}
	sqlite3_finalize(st);
	if (got == 0 && rows != want)
		return db_altered(err, "rows are missing or added");
	return got;
}

/* ---- subjects: look-up and seal ---- */

static const char
    SET_SUBJECT[] = "UPDATE subject SET lookup = ?2, sealed = ?3 WHERE id = ?1";

static int
rekey_subject(struct rekey *k, sqlite3_stmt *st, struct err *err)
{
	sqlite3_stmt *set = sql_use(k->db, SET_SUBJECT, err);
	unsigned char sealed[SEALED_MAX];
	struct subject_row s;
	size_t n;

	s.id = (uint64_t)sqlite3_column_int64(st, 0);
	if (!set || subject_read(k->db->crypt, &s, st, 1, err) < 0)
		return -1;
	if (s.person.n)
		s.key = crypt_person(k->to, s.person.p, s.person.n);
	crypt_lookup(k->to, s.key, s.lookup);
	if (subject_seal(k->to, &s, sealed, &n, err) < 0)
		return -1;
	sqlite3_bind_int64(set, 1, (int64_t)s.id);
	sql_bind_blob(set, 2, s.lookup, sizeof(s.lookup));
	sql_bind_blob(set, 3, sealed, n);
	return sql_run(set, err);
}

/* The index is made anew at the end: every look-up is another. */
static int
rekey_subjects(struct rekey *k, struct err *err)
{
	if (sql_exec(k->db->sql, "DROP INDEX subject_lookup", err) < 0 ||
	    rekey_rows(k, "SELECT s.id, " SUBJECT_COLUMNS " FROM subject s",
		k->db->head.subjects, rekey_subject, err) < 0 ||
	    sql_exec(k->db->sql,
		"CREATE UNIQUE INDEX subject_lookup ON subject (lookup)",
		err) < 0)
		return -1;
	return buckets_make(k->db, k->to, err);
}

/* ---- rows with a mac ---- */

/* "UPDATE ... SET mac = ?2 WHERE id = ?1" */
static int
set_mac(struct register_db *db, const char *update, uint64_t id,
    const unsigned char mac[ROW_MAC], struct err *err)
{
	sqlite3_stmt *set = sql_use(db, update, err);

	if (!set || buf_check(&db->bytes, err) < 0)
		return -1;
	sqlite3_bind_int64(set, 1, (int64_t)id);
	sql_bind_blob(set, 2, mac, ROW_MAC);
	return sql_run(set, err);
}

static int
rekey_origin(struct rekey *k, sqlite3_stmt *st, struct err *err)
{
	static const char set[] = "UPDATE origin SET mac = ?2 WHERE id = ?1";
	uint64_t id = (uint64_t)sqlite3_column_int64(st, 0);
	struct buf *b = &k->db->bytes;
	unsigned char mac[ROW_MAC];
	struct register_origin o;

	if (origin_read(k->db->crypt, b, &o, st, 0, err) < 0)
		return -1;
	origin_mac(k->to, b, id, &o, mac);
	return set_mac(k->db, set, id, mac, err);
}

static int
rekey_call(struct rekey *k, sqlite3_stmt *st, struct err *err)
{
	static const char set[] = "UPDATE call SET mac = ?2 WHERE id = ?1";
	struct buf *b = &k->db->bytes;
	unsigned char mac[ROW_MAC];
	struct call_row r;

	if (call_read(k->db->crypt, b, &r, st, err) < 0)
		return -1;
	call_mac(k->to, b, &r, mac);
	return set_mac(k->db, set, r.id, mac, err);
}

static int
rekey_run(struct rekey *k, sqlite3_stmt *st, struct err *err)
{
	static const char set[] = "UPDATE run SET mac = ?2 WHERE id = ?1";
	struct buf *b = &k->db->bytes;
	unsigned char mac[ROW_MAC];
	struct register_run r;

	if (run_read(k->db->crypt, b, &r, st, err) < 0)
		return -1;
	run_mac(k->to, b, &r, mac);
	return set_mac(k->db, set, r.id, mac, err);
}

static int
rekey_offer(struct rekey *k, sqlite3_stmt *st, struct err *err)
{
	static const char set[] = "UPDATE offer SET mac = ?2 WHERE id = ?1";
	uint64_t run, id = (uint64_t)sqlite3_column_int64(st, 0);
	struct buf *b = &k->db->bytes;
	unsigned char mac[ROW_MAC];
	struct span numbers;

	if (offer_read(k->db->crypt, b, &run, &numbers, st, err) < 0)
		return -1;
	offer_mac(k->to, b, id, run, numbers, mac);
	return set_mac(k->db, set, id, mac, err);
}

/* ---- facts: sealed texts and a mac ---- */

static const char
    SET_FACT[] = "UPDATE fact SET note = ?2, why = ?3, evidence = ?4, mac = ?5"
		 " WHERE id = ?1";

/* Open a text under the old key and seal it under the new one. */
static int
rekey_text(struct rekey *k, char which, uint64_t id, struct span *text,
    unsigned char sealed[SEALED_MAX], struct err *err)
{
	char plain[REGISTER_TEXT_MAX];
	struct span s;
	int ret;

	if (text->n == 0)
		return 0;
	if (text_open(k->db->crypt, which, id, *text, plain, &s, err) < 0)
		return -1;
	ret = text_seal(k->to, which, id, s, sealed, err);
	*text = span_of((char *)sealed, s.n + CRYPT_SEAL_EXTRA);
	secret_wipe(plain, sizeof(plain));
	return ret;
}

static int
rekey_fact(struct rekey *k, sqlite3_stmt *st, struct err *err)
{
	unsigned char note[SEALED_MAX], why[SEALED_MAX], evidence[SEALED_MAX];
	unsigned char mac[ROW_MAC];
	struct buf *b = &k->db->bytes;
	sqlite3_stmt *set;
	struct fact_row r;

	if (fact_read(k->db->crypt, b, &r, st, err) < 0 ||
	    rekey_text(k, 'n', r.id, &r.note, note, err) < 0 ||
	    rekey_text(k, 'w', r.id, &r.why, why, err) < 0 ||
	    rekey_text(k, 'e', r.id, &r.evidence, evidence, err) < 0 ||
	    !(set = sql_use(k->db, SET_FACT, err)))
		return -1;
	fact_mac(k->to, b, &r, mac);
	if (buf_check(b, err) < 0)
		return -1;
	sqlite3_bind_int64(set, 1, (int64_t)r.id);
	sql_bind_blob(set, 2, r.note.p, r.note.n);
	sql_bind_blob(set, 3, r.why.p, r.why.n);
	sql_bind_blob(set, 4, r.evidence.p, r.evidence.n);
	sql_bind_blob(set, 5, mac, sizeof(mac));
	return sql_run(set, err);
}

/* ---- all of it ---- */

static int
rekey_tables(struct rekey *k, struct err *err)
{
	const struct head *h = &k->db->head;

	if (rekey_subjects(k, err) < 0 ||
	    rekey_rows(k, "SELECT " ORIGIN_COLUMNS " FROM origin o", h->origins,
		rekey_origin, err) < 0 ||
	    rekey_rows(k, "SELECT " FACT_COLUMNS " FROM fact f", h->facts,
		rekey_fact, err) < 0 ||
	    rekey_rows(k, "SELECT " CALL_COLUMNS " FROM call c", h->calls,
		rekey_call, err) < 0 ||
	    rekey_rows(k, SELECT_RUNS, h->runs, rekey_run, err) < 0)
		return -1;
	return rekey_rows(k, SELECT_OFFERS, h->offers, rekey_offer, err);
}

/* The head's part: whose key, and the inner key under it. */
static int
rekey_head(struct rekey *k, const char *id, struct err *err)
{
	struct head *h = &k->db->head;
	unsigned char *inner = secret_alloc(CRYPT_KEY, err);
	int ret = -1;

	if (inner && inner_open(k->db, inner, err) == 0)
		ret = inner_seal(k->to, h->inner, inner, err);
	secret_free(inner);
	snprintf(h->key_id, sizeof(h->key_id), "%s", id);
	k->db->crypt = k->to;
	return ret;
}

static int
rekey_audit(struct register_db *db, const char *from, struct span author,
    struct err *err)
{
	struct register_audit a = { .author = author,
		.action = SPAN("key.rotate") };
	struct json j = { .out = &db->detail };

	buf_reset(&db->detail);
	json_object(&j, NULL);
	json_str(&j, "from", from);
	json_str(&j, "to", db->head.key_id);
	json_end(&j);
	if (buf_check(&db->detail, err) < 0)
		return -1;
	a.detail = buf_span(&db->detail);
	return register_audit_add(db, &a, err);
}

int
register_rekey(struct register_db *db, const char *id, int64_t now,
    struct span author, struct err *err)
{
	struct rekey k = { .db = db };
	const struct crypt *old;
	char from[KEYRING_ID_TEXT];

	if (keyring_crypt(db->keys, id, &k.to, err) < 0 ||
	    register_begin(db, now, err) < 0)
		return -1;
	if (strcmp(db->head.key_id, id) == 0) {
		register_rollback(db);
		return 0;
	}
	old = db->crypt;
	memcpy(from, db->head.key_id, sizeof(from));
	if (rekey_tables(&k, err) == 0 && rekey_head(&k, id, err) == 0 &&
	    rekey_audit(db, from, author, err) == 0 &&
	    register_commit(db, err) == 0)
		return 0;
	register_rollback(db);
	db->crypt = old;
	return -1;
}
