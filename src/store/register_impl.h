/*
 * register_impl.h - what the parts of the register share; nobody else's.
 *
 *   register.c         the handle: open, transactions, the head row
 *   register_schema.c  tables, migrations, a new register
 *   register_sql.c     statements and what SQLite's errors mean
 *   register_row.c     rows of subjects, origins and facts: macs and seals
 *   register_bucket.c  that a subject is not there
 *   register_facts.c   adding and removing
 *   register_import.c  the same by the million
 *   register_find.c    reading facts; register_each.c: all, with threads
 *   register_calls.c   calls and reservations
 *   register_runs.c    runs and what they offered
 *   register_audit.c   the chain
 *   register_since.c   what has changed since a moment
 *   register_stats.c, register_verify.c, register_rekey.c, register_backup.c
 *
 * How rows hold together.  A subject's seal is bound to its id, kind and
 * look-up, so none of the four can be exchanged, and to how many facts, links
 * to it and calls there are, so that none of them can be left out: whoever
 * reads those of a subject counts them (struct rows_seen).  That there is no
 * subject is proved by the mac of a bucket.  A fact's mac covers all of
 * its columns, its subject's id and its origin's id among them; an origin's
 * mac covers the origin.  The head's mac covers how many of each there are and
 * the end of the audit chain.
 *
 * Two keys.  `crypt` is the key that rotates.  `inner` is the register's own,
 * drawn when it was made and sealed under the first: what cannot be computed
 * anew in a rotation stands under it (digests of call ids, whom an audit record
 * or a run was about, and the audit chain).
 */
#ifndef SCRUB_STORE_REGISTER_IMPL_H
#define SCRUB_STORE_REGISTER_IMPL_H

#include <sqlite3.h>

#include "base/buf.h"
#include "store/crypt.h"
#include "store/register.h"

enum {
	REGISTER_APPLICATION = 0x73637262, /* "scrb" */
	ROW_MAC = 16, /* of CRYPT_MAC bytes; enough for a row */
	SQL_STATEMENTS = 64,
	ORIGINS = 64, /* that are remembered; a power of two */
	SEALED_MAX = REGISTER_TEXT_MAX + CRYPT_SEAL_EXTRA,
	WALK_THREADS_MAX = 64,
};

/* The one row of table head. */
struct head {
	char key_id[KEYRING_ID_TEXT];
	int64_t created_at;
	unsigned char inner[CRYPT_KEY + CRYPT_SEAL_EXTRA];
	uint64_t subjects, prefixes, origins, facts;
	uint64_t in_force[REGISTER_KINDS];
	uint64_t calls;     /* rows */
	uint64_t call_last; /* the highest id ever */
	uint64_t runs, offers;
	uint64_t audits;
	unsigned char audit_mac[CRYPT_MAC]; /* of the last record */
};

/* A row of table bucket, and what is in one: see register_bucket.c. */
struct bucket_row {
	uint64_t id, next;
	unsigned char sum[ROW_MAC];
};

struct bucket {
	bool loaded;
	bool changed; /* the row is to be written */
	uint32_t id;
	struct bucket_row row; /* its own, or the one before it */
	struct bucket_place {
		unsigned char lookup[CRYPT_LOOKUP], id[8];
	} * place; /* in order, as the mac has them */
	size_t n, max;
};

/* An origin that has a row already; see origin_id(). */
struct origin_slot {
	struct buf bytes;
	uint64_t id;
};

struct register_db {
	sqlite3 *sql;
	char *path;
	enum register_mode mode;
	const struct keyring *keys;
	const struct crypt *crypt; /* of the keyring */
	struct crypt *inner;
	struct head head;
	bool in_transaction;
	bool failed;  /* only a rollback helps */
	bool reading; /* between db_read_begin() and _end() */
	int64_t now;  /* of the transaction */
	struct statement {
		const char *text;
		sqlite3_stmt *st;
	} statement[SQL_STATEMENTS];
	size_t statements;
	struct origin_slot origin[ORIGINS];
	struct bucket bucket; /* the last that was looked at */
	uint64_t prefix_seen; /* subjects up to here are in prefix_lengths */
	uint64_t prefixes;    /* and how many they are */
	uint32_t prefix_lengths;
	struct buf bytes;  /* scratch for what macs are made of */
	struct buf detail; /* scratch for audit records */
	struct buf old;    /* scratch for texts of a fact to be superseded */
};

/* ---- register_sql.c ---- */

/*
 * Say what an SQLite result code means for a person; -1.  ERR_IO names the
 * register's file.
 */
int sql_error(sqlite3 *sql, int rc, struct err *err);

/* Run statements without results. */
int sql_exec(sqlite3 *sql, const char *text, struct err *err);

/* The single integer that a query gives; `none` when it gives no row. */
int sql_int(sqlite3 *sql, const char *text, int64_t none, int64_t *out,
    struct err *err);

/* The statement for `text` (a constant: it is known by its address), prepared
 * once, ready for binding.  It stays the handle's. */
sqlite3_stmt *sql_use(struct register_db *db, const char *text,
    struct err *err);

/* One for the caller alone to sqlite3_finalize(). */
sqlite3_stmt *sql_prepare(sqlite3 *sql, const char *text, struct err *err);

/* 1: a row; 0: the end, and the statement is reset; -1: failed, reset. */
int sql_step(sqlite3_stmt *st, struct err *err);

/* Run one that gives no rows; resets it. */
int sql_run(sqlite3_stmt *st, struct err *err);

/* NULL for 0, for what is not said. */
void sql_bind_some(sqlite3_stmt *st, int i, int64_t v);
void sql_bind_text(sqlite3_stmt *st, int i, struct span s);
void sql_bind_blob(sqlite3_stmt *st, int i, const void *p, size_t n);

/* Text or blob of a column; lives until the next step. */
struct span sql_span(sqlite3_stmt *st, int i);

/* The lowest byte first. */
void put_u64(unsigned char out[8], uint64_t v);

/* Append to what a mac is made of: 8 bytes, or a length and bytes. */
void mac_u64(struct buf *b, uint64_t v);
void mac_span(struct buf *b, struct span s);

/* ---- register_schema.c ---- */

/* Statements that lead from version `i` to i + 1, for i the index. */
extern const char *const register_migrations[];

/* Bring the tables from user_version up to `version`, in one transaction. */
int schema_migrate(sqlite3 *sql, const char *const *migration, int version,
    struct err *err);

/* Give a finished file its name, which nothing may have so far. */
int register_publish(const char *temp, const char *path, struct err *err);

/* Remove a database and what SQLite put beside it. */
void register_remove_files(const char *path);

/* ---- register.c ---- */

/* Open the file and set the pragmas; no key, no checks. */
int db_open_sql(sqlite3 **out, const char *path, enum register_mode mode,
    struct err *err);

/* Read and check the head row (under db->crypt), and write it. */
int head_load(struct register_db *db, struct err *err);
int head_store(struct register_db *db, struct err *err);

/* Seal or open db->inner, bound to its place. */
int inner_seal(const struct crypt *c, unsigned char *out,
    const unsigned char key[CRYPT_KEY], struct err *err);

int inner_open(struct register_db *db, unsigned char key[CRYPT_KEY],
    struct err *err);

/*
 * One moment to read from, with its head: a writer's handle that is not in a
 * transaction begins one, and ends it with db_read_end().
 */
int db_read_begin(struct register_db *db, bool *begun, struct err *err);
void db_read_end(struct register_db *db, bool begun);

/* 0 inside a sound transaction, else ERR_INTERNAL. */
int db_writable(struct register_db *db, struct err *err);

/* ERR_AUTH: "the register is altered or damaged: ..." */
int db_altered(struct err *err, const char *what);

/* ---- register_row.c ---- */

enum subject_kind { SUBJECT_NUMBER = 1, SUBJECT_PREFIX, SUBJECT_PERSON };

struct subject_row {
	uint64_t id;
	uint64_t key;
	unsigned char lookup[CRYPT_LOOKUP];
	struct span person; /* in `text`, or the caller's */
	uint64_t facts;     /* ever recorded of it */
	uint64_t links;     /* facts that name it as the number of a link */
	uint64_t calls;     /* rows that are there */
	char text[REGISTER_TEXT_MAX];
};

/* The key of what a caller names; 0 when it names nothing.  A customer id
 * counts before a key: callbacks are told both. */
uint64_t subject_key(const struct register_db *db,
    const struct register_subject *s);

/* The same for db->inner: what audit records and runs know. */
uint64_t subject_inner_key(const struct register_db *db,
    const struct register_subject *s);

/* Seal it, as it stands in a row with this id.  *n is the sealed length. */
int subject_seal(const struct crypt *c, const struct subject_row *s,
    unsigned char *out, size_t *n, struct err *err);

/*
 * Read and open "subject <out->id>" from columns at i.  The person's text goes
 * into out->text.  ERR_AUTH.
 */
#define SUBJECT_COLUMNS "s.kind, s.lookup, s.facts, s.links, s.calls, s.sealed"
int subject_read(const struct crypt *c, struct subject_row *out,
    sqlite3_stmt *st, int i, struct err *err);

/*
 * Find the subject with this key and look-up.  1: it is in *out; 0: there is
 * proof that there is none; *out is what would be added, with the id 0.
 */
int subject_find(struct register_db *db, uint64_t key, struct span person,
    const unsigned char lookup[CRYPT_LOOKUP], struct subject_row *out,
    struct err *err);

/* The subject in the row `id`, which must be there. */
int subject_load(struct register_db *db, uint64_t id, struct subject_row *out,
    struct err *err);

/* Write what subject_find() gave, its counts having changed; a new one is
 * added and gets its id. */
int subject_put(struct register_db *db, struct subject_row *s, struct err *err);

/* Rows of a subject, read in the order of their ids: none twice, none left
 * out. */
struct rows_seen {
	uint64_t n, last;
};
int rows_next(struct rows_seen *seen, uint64_t id, struct err *err);
int rows_end(const struct rows_seen *seen, uint64_t want, struct err *err);

/* The row id of an origin, adding it where it is new in this transaction. */
int origin_id(struct register_db *db, const struct register_origin *o,
    uint64_t *id, struct err *err);
void origins_forget(struct register_db *db);

/* Columns source ... mac of an origin row at column i, checked. */
#define ORIGIN_COLUMNS \
	"o.id, o.source, o.author, o.approved_by, o.input, o.input_sha256, " \
	"o.mac"
enum { ORIGIN_WIDTH = 7 };
int origin_read(const struct crypt *c, struct buf *bytes,
    struct register_origin *out, sqlite3_stmt *st, int i, struct err *err);
void origin_mac(const struct crypt *c, struct buf *bytes, uint64_t id,
    const struct register_origin *o, unsigned char out[ROW_MAC]);

/* A row of table fact. */
struct fact_row {
	uint64_t id, subject, origin, number;
	uint64_t supersedes, superseded_by;
	int64_t recorded_at, at, requested_at, effective_at, expires_at,
	    review_at;
	uint8_t kind, reason, channel;
	bool permanent, removed;
	struct span topic, campaign, evidence_sha256;
	struct span evidence, note, why; /* sealed */
};

static inline bool
fact_in_force(const struct fact_row *r)
{
	return !r->superseded_by && !r->removed;
}

#define FACT_COLUMNS \
	"f.id, f.subject, f.kind, f.origin, f.reason, f.channel, f.topic, " \
	"f.campaign, f.number, f.permanent, f.at, f.requested_at, " \
	"f.effective_at, f.expires_at, f.review_at, f.evidence, " \
	"f.evidence_sha256, f.note, f.why, f.removed, f.recorded_at, " \
	"f.supersedes, f.superseded_by, f.mac"
enum { FACT_WIDTH = 24 };

/* Read and check the row at columns 0...  `bytes` is scratch. */
int fact_read(const struct crypt *c, struct buf *bytes, struct fact_row *out,
    sqlite3_stmt *st, struct err *err);

/* The next of the rows of this subject, read as above. */
int fact_of(struct register_db *db, uint64_t subject, struct fact_row *out,
    sqlite3_stmt *st, struct rows_seen *seen, struct err *err);
void fact_mac(const struct crypt *c, struct buf *bytes,
    const struct fact_row *row, unsigned char out[ROW_MAC]);
/*
 * Insert it as a fact of `s`; a link's `number`, else NULL.  Both are counted
 * and, where they are new, added; row->subject and ->number are set.
 */
int fact_insert(struct register_db *db, struct fact_row *row,
    struct subject_row *s, struct subject_row *number, struct err *err);

/* Mark `row` as superseded by `by`. */
int fact_supersede(struct register_db *db, struct fact_row *row, uint64_t by,
    struct err *err);

/* Seal or open a text of the fact `id`: `which` is 'e'vidence, 'n'ote or
 * 'w'hy. */
int text_seal(const struct crypt *c, char which, uint64_t id, struct span s,
    unsigned char out[SEALED_MAX], struct err *err);
int text_open(const struct crypt *c, char which, uint64_t id,
    struct span sealed, char out[REGISTER_TEXT_MAX], struct span *text,
    struct err *err);

/* What of a row is as it is told: all but subject, number, texts and origin. */
void fact_tell(struct register_fact *out, const struct fact_row *r);

/* ---- register_bucket.c ---- */

/* Is this look-up there?  1; 0: proved that it is not; ERR_AUTH. */
int bucket_has(struct register_db *db, const unsigned char lookup[CRYPT_LOOKUP],
    struct err *err);

/* Take in a subject that was just found not to be there. */
int bucket_add(struct register_db *db, const unsigned char lookup[CRYPT_LOOKUP],
    uint64_t id, struct err *err);

/* Write what was added, before a commit; or forget it. */
int bucket_flush(struct register_db *db, struct err *err);
void bucket_forget(struct register_db *db);

/* Read and check one into db->bucket. */
int bucket_load(struct register_db *db, uint32_t bucket, struct err *err);

/* Make all of them anew, under `c`; check all, and count what is in them. */
int buckets_make(struct register_db *db, const struct crypt *c,
    struct err *err);
int buckets_check(struct register_db *db, uint64_t *subjects, struct err *err);

/* ---- register_facts.c ---- */

/* ERR_USAGE for an entry that makes no sense. */
int entry_check(const struct register_entry *e, struct err *err);

/*
 * Put one entry there: its subject's key and look-up and its origin's row are
 * known already.  *fact is the row that is now in force.
 */
int entry_put(struct register_db *db, const struct register_entry *e,
    uint64_t key, const unsigned char lookup[CRYPT_LOOKUP], uint64_t origin,
    enum register_outcome *outcome, uint64_t *fact, struct err *err);

/* ---- register_calls.c ---- */

/* Codes of column state; they never change. */
enum call_state {
	CALL_MADE,
	CALL_RESERVED,
	CALL_USED,     /* a reservation that a call was made on */
	CALL_RELEASED, /* one that was given back */
};

struct call_row {
	uint64_t id, subject, run;
	unsigned state;
	struct span digest, campaign;
	int64_t at, recorded_at;
	bool answered;
};

#define CALL_COLUMNS \
	"c.id, c.state, c.digest, c.subject, c.at, c.answered, c.campaign, " \
	"c.run, c.recorded_at, c.mac"
enum { CALL_WIDTH = 10 };

/* Read and check the row at columns 0...  `bytes` is scratch. */
int call_read(const struct crypt *c, struct buf *bytes, struct call_row *out,
    sqlite3_stmt *st, struct err *err);
void call_mac(const struct crypt *c, struct buf *bytes,
    const struct call_row *r, unsigned char out[ROW_MAC]);

/* Does the row count, for caps? */
static inline bool
call_counts(const struct call_row *r)
{
	return r->state == CALL_MADE || r->state == CALL_RESERVED;
}

/* As the callbacks have it. */
void call_tell(struct register_call *out, const struct call_row *r,
    const struct subject_row *s);

/* Record one call; `digest` tells it from others (see call_digest()). */
enum { CALL_DIGEST = 16 };
void call_digest(struct register_db *db, const struct register_call *call,
    uint64_t key, uint32_t nth, unsigned char out[CALL_DIGEST]);
int call_put(struct register_db *db, const struct register_call *call,
    uint64_t key, const unsigned char lookup[CRYPT_LOOKUP],
    const unsigned char *digest, enum register_outcome *outcome,
    struct err *err);

/* ---- register_audit.c ---- */

/*
 * Walk the records behind `seq`, whose mac begins with `begin` (seq 0: all).
 * *sound: every one of them is as it was written, the first follows that
 * record and the last is the one that the head knows.  fn() is told of each
 * before that is certain.
 */
int audit_since(struct register_db *db, uint64_t seq,
    const unsigned char begin[8], register_audit_fn *fn, void *arg, bool *sound,
    struct err *err);

/* ---- register_runs.c ---- */

#define SELECT_RUNS \
	"SELECT id, at, as_of, author, campaign, topic, inputs, rows, kept, " \
	"rejected, conf, mac FROM run ORDER BY id"
#define SELECT_OFFERS "SELECT id, run, numbers, mac FROM offer ORDER BY id"

/* Read and check rows of these. */
int run_read(const struct crypt *c, struct buf *bytes, struct register_run *r,
    sqlite3_stmt *st, struct err *err);
int offer_read(const struct crypt *c, struct buf *bytes, uint64_t *run,
    struct span *numbers, sqlite3_stmt *st, struct err *err);
void run_mac(const struct crypt *c, struct buf *b, const struct register_run *r,
    unsigned char out[ROW_MAC]);
void offer_mac(const struct crypt *c, struct buf *b, uint64_t id, uint64_t run,
    struct span numbers, unsigned char out[ROW_MAC]);

#endif
