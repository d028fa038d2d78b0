#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/interrupt.h"
#include "base/secret.h"
#include "store/register_impl.h"

enum {
	BUSY_MS = 5000,      /* how long a second writer waits */
	OPS_BETWEEN = 20000, /* SQLite's steps between looks for a signal */
};

int
db_altered(struct err *err, const char *what)
{
	err_set(err, ERR_AUTH, "the register is altered or damaged%s%s",
	    what ? ": " : "", what ? what : "");
	return err_hint(err,
	    "scrub doctor tells what is wrong; scrub restore brings back "
	    "a backup");
}

/* ---- the file ---- */

static int
on_progress(void *arg __attribute__((unused)))
{
	return interrupt_pending() != 0;
}

/*
 * secure_delete is off: what is deleted was sealed.  Foreign keys are declared
 * for register_verify() and not enforced: nothing is ever deleted that a row
 * refers to, a row that leads nowhere is missed by the counts, and an import is
 * faster by a tenth.
 */
static const char WRITER[] = "PRAGMA synchronous = FULL;"
			     "PRAGMA cell_size_check = ON;"
			     "PRAGMA secure_delete = OFF;"
			     "PRAGMA journal_size_limit = 67108864;"
			     "PRAGMA cache_size = -65536";
static const char READER[] = "PRAGMA query_only = ON;"
			     "PRAGMA cell_size_check = ON;"
			     "PRAGMA cache_size = -16384";

int
db_open_sql(sqlite3 **out, const char *path, enum register_mode mode,
    struct err *err)
{
	/* readers too write beside it: the index of the WAL */
	int rc = sqlite3_open_v2(path, out,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE,
	    NULL);
	int64_t ignored;

	if (rc != SQLITE_OK)
		return sql_error(*out, rc, err);
	sqlite3_extended_result_codes(*out, 1);
	sqlite3_busy_timeout(*out, BUSY_MS);
	sqlite3_progress_handler(*out, OPS_BETWEEN, on_progress, NULL);
	if (sql_exec(*out, mode == REGISTER_WRITE ? WRITER : READER, err) < 0)
		return -1;
	/* reads the file for the first time */
	return sql_int(*out, "PRAGMA application_id", 0, &ignored, err);
}

/* It must be a file of ours that nobody else may read. */
static int
check_file(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		if (errno != ENOENT)
			return err_sys(err, "%s", path);
		err_set(err, ERR_AUTH, "no register at %s", path);
		return err_hint(err, "scrub init makes one");
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_AUTH, "%s is no register", path);
	if (st.st_mode & 077) {
		err_set(err, ERR_AUTH, "others may read the register %s", path);
		return err_hint(err, "chmod 600 %s", path);
	}
	return 0;
}

static int
check_version(struct register_db *db, struct err *err)
{
	int64_t application, version;

	if (sql_int(db->sql, "PRAGMA application_id", 0, &application, err) <
		0 ||
	    sql_int(db->sql, "PRAGMA user_version", 0, &version, err) < 0)
		return -1;
	if (application != REGISTER_APPLICATION || version < 1)
		return err_set(err, ERR_AUTH, "it is no register");
	if (version > REGISTER_VERSION) {
		err_set(err, ERR_USAGE,
		    "the register is of version %lld, and this scrub knows "
		    "none after %d",
		    (long long)version, REGISTER_VERSION);
		return err_hint(err, "use the newer scrub that made it");
	}
	if (version < REGISTER_VERSION) {
		if (sql_exec(db->sql, "PRAGMA query_only = OFF", err) < 0 ||
		    schema_migrate(db->sql, register_migrations,
			REGISTER_VERSION, err) < 0 ||
		    (db->mode != REGISTER_WRITE &&
			sql_exec(db->sql, "PRAGMA query_only = ON", err) < 0))
			return -1;
	}
	return 0;
}

/* ---- the inner key ---- */

static const char INNER[] = "inner key of the register";

int
inner_seal(const struct crypt *c, unsigned char *out,
    const unsigned char key[CRYPT_KEY], struct err *err)
{
	return crypt_seal(c, out, key, CRYPT_KEY, INNER, sizeof(INNER), err);
}

int
inner_open(struct register_db *db, unsigned char key[CRYPT_KEY],
    struct err *err)
{
	return crypt_open(db->crypt, key, db->head.inner,
	    sizeof(db->head.inner), INNER, sizeof(INNER), err);
}

static int
inner_load(struct register_db *db, struct err *err)
{
	unsigned char *key = secret_alloc(CRYPT_KEY, err);
	int ret = -1;

	if (key && inner_open(db, key, err) == 0)
		ret = crypt_new(&db->inner, key, err);
	secret_free(key);
	return ret;
}

/* ---- the head ---- */

static const char SELECT_HEAD[] =
    "SELECT key_id, created_at, inner_key, subjects, prefixes, origins, facts,"
    " dnc, consents, withdrawals, allows, links, calls, call_last, runs, offers,"
    " audits, audit_mac, mac FROM head";

static const char UPDATE_HEAD[] =
    "UPDATE head SET key_id = ?1, created_at = ?2, inner_key = ?3,"
    " subjects = ?4, prefixes = ?5, origins = ?6, facts = ?7, dnc = ?8,"
    " consents = ?9, withdrawals = ?10, allows = ?11, links = ?12,"
    " calls = ?13, call_last = ?14, runs = ?15, offers = ?16, audits = ?17,"
    " audit_mac = ?18, mac = ?19";

enum { HEAD_COUNTS = 14 }; /* subjects ... audits */

/* The counts, in the order of their columns. */
static void
head_counts(struct head *h, uint64_t *count[HEAD_COUNTS])
{
	uint64_t *const all[HEAD_COUNTS] = { &h->subjects, &h->prefixes,
		&h->origins, &h->facts, &h->in_force[FACT_DNC],
		&h->in_force[FACT_CONSENT], &h->in_force[FACT_WITHDRAWN],
		&h->in_force[FACT_ALLOW], &h->in_force[REGISTER_LINK],
		&h->calls, &h->call_last, &h->runs, &h->offers, &h->audits };

	memcpy(count, all, sizeof(all));
}

static void
head_mac(struct register_db *db, unsigned char out[CRYPT_MAC])
{
	uint64_t *count[HEAD_COUNTS];
	struct buf *b = &db->bytes;
	struct head *h = &db->head;
	size_t i;

	buf_reset(b);
	buf_addc(b, 'H');
	mac_span(b, span_str(h->key_id));
	mac_u64(b, (uint64_t)h->created_at);
	buf_add(b, h->inner, sizeof(h->inner));
	head_counts(h, count);
	for (i = 0; i < HEAD_COUNTS; i++)
		mac_u64(b, *count[i]);
	buf_add(b, h->audit_mac, sizeof(h->audit_mac));
	crypt_mac(db->crypt, CRYPT_FACTS, NULL, b->p, b->n, out);
}

int
head_store(struct register_db *db, struct err *err)
{
	unsigned char mac[CRYPT_MAC];
	uint64_t *count[HEAD_COUNTS];
	struct head *h = &db->head;
	sqlite3_stmt *st = sql_use(db, UPDATE_HEAD, err);
	int i;

	if (!st)
		return -1;
	head_mac(db, mac);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	sql_bind_text(st, 1, span_str(h->key_id));
	sqlite3_bind_int64(st, 2, h->created_at);
	sql_bind_blob(st, 3, h->inner, sizeof(h->inner));
	head_counts(h, count);
	for (i = 0; i < HEAD_COUNTS; i++)
		sqlite3_bind_int64(st, 4 + i, (int64_t)*count[i]);
	sql_bind_blob(st, 18, h->audit_mac, sizeof(h->audit_mac));
	sql_bind_blob(st, 19, mac, sizeof(mac));
	return sql_run(st, err);
}

/* Take over the columns of the head; the mac comes out apart. */
static int
head_read(struct register_db *db, sqlite3_stmt *st,
    unsigned char mac[CRYPT_MAC], struct err *err)
{
	struct span id = sql_span(st, 0), inner = sql_span(st, 2),
		    end = sql_span(st, 17), seal = sql_span(st, 18);
	uint64_t *count[HEAD_COUNTS];
	struct head *h = &db->head;
	int i;

	if (id.n != sizeof(h->key_id) - 1 || inner.n != sizeof(h->inner) ||
	    end.n != sizeof(h->audit_mac) || seal.n != CRYPT_MAC)
		return db_altered(err, "its head is another");
	memcpy(h->key_id, id.p, id.n);
	h->key_id[id.n] = '\0';
	h->created_at = sqlite3_column_int64(st, 1);
	memcpy(h->inner, inner.p, inner.n);
	head_counts(h, count);
	for (i = 0; i < HEAD_COUNTS; i++)
		*count[i] = (uint64_t)sqlite3_column_int64(st, 3 + i);
	memcpy(h->audit_mac, end.p, end.n);
	memcpy(mac, seal.p, seal.n);
	return 0;
}

int
head_load(struct register_db *db, struct err *err)
{
	unsigned char want[CRYPT_MAC], mac[CRYPT_MAC];
	sqlite3_stmt *st = sql_use(db, SELECT_HEAD, err);
	int got;

	bucket_forget(db); /* it was of another moment */
	if (!st || (got = sql_step(st, err)) < 0)
		return -1;
	if (got == 0)
		return db_altered(err, "its head is missing");
	got = head_read(db, st, mac, err);
	sqlite3_reset(st);
	if (got < 0)
		return -1;
	/* another process may have rotated the key */
	if (keyring_crypt(db->keys, db->head.key_id, &db->crypt, err) < 0)
		return err_in(err, "the register is under another key");
	head_mac(db, want);
	if (!secret_equal(want, mac, sizeof(mac)))
		return db_altered(err, "its head is another");
	return 0;
}

/*
 * Ids are counted up and nothing is deleted, so the last id of a table says
 * how many rows it had: rows cut off at the end are found here already.
 */
static const char SELECT_LAST[] =
    "SELECT (SELECT max(id) FROM subject), (SELECT max(id) FROM origin),"
    " (SELECT max(id) FROM fact), (SELECT max(id) FROM run),"
    " (SELECT max(id) FROM offer), (SELECT max(seq) FROM audit)";

static int
check_last(struct register_db *db, struct err *err)
{
	const uint64_t want[] = { db->head.subjects, db->head.origins,
		db->head.facts, db->head.runs, db->head.offers,
		db->head.audits };
	sqlite3_stmt *st = sql_use(db, SELECT_LAST, err);
	bool same = true;
	int i;

	if (!st || sql_step(st, err) < 0)
		return -1;
	for (i = 0; i < 6; i++)
		same &= (uint64_t)sqlite3_column_int64(st, i) == want[i];
	sqlite3_reset(st);
	return same ? 0 : db_altered(err, "rows are missing or added");
}

/* ---- opening and closing ---- */

static int
db_load(struct register_db *db, struct err *err)
{
	if (check_file(db->path, err) < 0)
		return -1;
	if (db_open_sql(&db->sql, db->path, db->mode, err) < 0 ||
	    check_version(db, err) < 0 ||
	    (db->mode == REGISTER_WRITE &&
		sql_exec(db->sql, "PRAGMA journal_mode = WAL", err) < 0) ||
	    sql_exec(db->sql, "BEGIN", err) < 0 || head_load(db, err) < 0 ||
	    (db->mode != REGISTER_INSPECT && check_last(db, err) < 0) ||
	    inner_load(db, err) < 0)
		/* sql_error() names the file itself where it matters */
		return err->code == ERR_IO ? -1 : err_in(err, "%s", db->path);
	/* a reader keeps the moment it began with */
	return db->mode == REGISTER_WRITE ? sql_exec(db->sql, "COMMIT", err) :
					    0;
}

int
register_open(struct register_db **out, const char *path,
    const struct keyring *keys, enum register_mode mode, struct err *err)
{
	struct register_db *db = calloc(1, sizeof(*db));

	*out = NULL;
	if (!db)
		return err_nomem(err);
	db->keys = keys;
	db->mode = mode;
	db->bytes = BUF_INIT(1 << 20);
	db->detail = BUF_INIT(1 << 20);
	db->old = BUF_INIT(1 << 20);
	db->path = strdup(path);
	if (!db->path)
		err_nomem(err);
	if (!db->path || db_load(db, err) < 0) {
		register_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

void
register_close(struct register_db *db)
{
	size_t i;

	if (!db)
		return;
	register_rollback(db);
	for (i = 0; i < db->statements; i++)
		sqlite3_finalize(db->statement[i].st);
	for (i = 0; i < ORIGINS; i++)
		buf_release(&db->origin[i].bytes);
	sqlite3_close(db->sql);
	crypt_free(db->inner);
	buf_release(&db->bytes);
	buf_release(&db->detail);
	buf_release(&db->old);
	free(db->bucket.place);
	free(db->path);
	free(db);
}

int
register_refresh(struct register_db *db, struct err *err)
{
	assert(db->mode != REGISTER_WRITE);
	if (sql_exec(db->sql, "COMMIT; BEGIN", err) < 0)
		return -1;
	return head_load(db, err);
}

const char *
register_key_id(const struct register_db *db)
{
	return db->head.key_id;
}

uint64_t
register_person(const struct register_db *db, struct span id)
{
	return crypt_person(db->crypt, id.p, id.n);
}

/* ---- transactions ---- */

int
register_begin(struct register_db *db, int64_t now, struct err *err)
{
	if (db->mode != REGISTER_WRITE || db->in_transaction)
		return err_set(err, ERR_INTERNAL,
		    "no transaction can begin here");
	if (sql_exec(db->sql, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	db->in_transaction = true;
	db->failed = false;
	db->now = now;
	if (head_load(db, err) < 0) {
		register_rollback(db);
		return -1;
	}
	return 0;
}

int
db_writable(struct register_db *db, struct err *err)
{
	if (db->in_transaction && !db->failed)
		return 0;
	return err_set(err, ERR_INTERNAL, "no transaction to write in");
}

int
register_commit(struct register_db *db, struct err *err)
{
	if (db_writable(db, err) < 0 || bucket_flush(db, err) < 0 ||
	    head_store(db, err) < 0 || sql_exec(db->sql, "COMMIT", err) < 0) {
		db->failed = true;
		return -1;
	}
	db->in_transaction = false;
	origins_forget(db);
	return 0;
}

void
register_rollback(struct register_db *db)
{
	if (!db->in_transaction)
		return;
	sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	db->in_transaction = false;
	db->prefix_seen = 0;
	bucket_forget(db);
	origins_forget(db);
}

int
db_read_begin(struct register_db *db, bool *begun, struct err *err)
{
	*begun = false;
	if (db->mode != REGISTER_WRITE || db->in_transaction || db->reading)
		return 0;
	if (sql_exec(db->sql, "BEGIN", err) < 0)
		return -1;
	*begun = db->reading = true;
	return head_load(db, err);
}

void
db_read_end(struct register_db *db, bool begun)
{
	if (!begun)
		return;
	sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	db->reading = false;
}
