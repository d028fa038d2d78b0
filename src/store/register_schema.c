#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "store/register_impl.h"

/*
 * Times are integers (UTC seconds), reasons and the like the codes of fact.h
 * and register.h: a row of five million must be small.  The views spell
 * them out.
 */
static const char VERSION_1[] =
    "CREATE TABLE head ("
    " one INTEGER PRIMARY KEY CHECK (one = 1),"
    " key_id TEXT NOT NULL,"
    " created_at INTEGER NOT NULL,"
    " inner_key BLOB NOT NULL,"
    " subjects INTEGER NOT NULL, prefixes INTEGER NOT NULL,"
    " origins INTEGER NOT NULL,"
    " facts INTEGER NOT NULL,"
    " dnc INTEGER NOT NULL, consents INTEGER NOT NULL,"
    " withdrawals INTEGER NOT NULL, allows INTEGER NOT NULL,"
    " links INTEGER NOT NULL,"
    " calls INTEGER NOT NULL, call_last INTEGER NOT NULL,"
    " runs INTEGER NOT NULL, offers INTEGER NOT NULL,"
    " audits INTEGER NOT NULL, audit_mac BLOB NOT NULL,"
    " mac BLOB NOT NULL) STRICT;"

    "CREATE TABLE subject ("
    " id INTEGER PRIMARY KEY,"
    " kind INTEGER NOT NULL," /* enum subject_kind */
    " lookup BLOB NOT NULL,"
    /* how many rows there are of it: ever, ever naming it, now */
    " facts INTEGER NOT NULL, links INTEGER NOT NULL,"
    " calls INTEGER NOT NULL,"
    " sealed BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX subject_lookup ON subject (lookup);"
    "CREATE INDEX subject_prefix ON subject (id) WHERE kind = 2;"

    "CREATE TABLE bucket ("
    " id INTEGER PRIMARY KEY," /* the first 16 bits of the look-ups */
    " next INTEGER NOT NULL,"  /* that has a row; 65536: none */
    " sum BLOB NOT NULL,"      /* a mac over the subjects in it */
    " mac BLOB NOT NULL) STRICT;"

    "CREATE TABLE origin ("
    " id INTEGER PRIMARY KEY,"
    " source INTEGER NOT NULL," /* enum register_source */
    " author TEXT NOT NULL, approved_by TEXT,"
    " input TEXT, input_sha256 BLOB,"
    " mac BLOB NOT NULL) STRICT;"

    "CREATE TABLE fact ("
    " id INTEGER PRIMARY KEY,"
    " subject INTEGER NOT NULL REFERENCES subject (id),"
    " kind INTEGER NOT NULL," /* enum fact_kind, REGISTER_LINK */
    " origin INTEGER NOT NULL REFERENCES origin (id),"
    " reason INTEGER, channel INTEGER, topic TEXT, campaign TEXT,"
    " number INTEGER REFERENCES subject (id)," /* of a link */
    " permanent INTEGER,"
    " at INTEGER, requested_at INTEGER, effective_at INTEGER,"
    " expires_at INTEGER, review_at INTEGER,"
    " evidence BLOB, evidence_sha256 BLOB," /* the path is sealed */
    " note BLOB, why BLOB,"                 /* sealed */
    " removed INTEGER,"
    " recorded_at INTEGER NOT NULL,"
    " supersedes INTEGER, superseded_by INTEGER,"
    " mac BLOB NOT NULL) STRICT;"
    "CREATE INDEX fact_subject ON fact (subject);"
    "CREATE INDEX fact_number ON fact (number) WHERE number IS NOT NULL;"
    "CREATE INDEX fact_end ON fact (expires_at)"
    " WHERE expires_at IS NOT NULL AND superseded_by IS NULL;"

    "CREATE TABLE call ("
    " id INTEGER PRIMARY KEY,"
    " state INTEGER NOT NULL," /* enum call_state */
    " digest BLOB,"
    " subject INTEGER NOT NULL REFERENCES subject (id),"
    " at INTEGER NOT NULL,"
    " answered INTEGER, campaign TEXT, run INTEGER,"
    " recorded_at INTEGER NOT NULL,"
    " mac BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX call_digest ON call (digest)"
    " WHERE digest IS NOT NULL;"
    "CREATE INDEX call_subject ON call (subject);"
    "CREATE INDEX call_reserved ON call (run) WHERE state = 1;"
    "CREATE INDEX call_released ON call (run) WHERE state = 3;"

    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL, as_of INTEGER NOT NULL,"
    " author TEXT NOT NULL, campaign TEXT, topic TEXT, inputs TEXT,"
    " rows INTEGER NOT NULL, kept INTEGER NOT NULL,"
    " rejected INTEGER NOT NULL, conf BLOB NOT NULL,"
    " mac BLOB NOT NULL) STRICT;"
    "CREATE TABLE offer ("
    " id INTEGER PRIMARY KEY,"
    " run INTEGER NOT NULL REFERENCES run (id),"
    " numbers BLOB NOT NULL," /* 8 bytes of each look-up, in order */
    " mac BLOB NOT NULL) STRICT;"

    "CREATE TABLE audit ("
    " seq INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " author TEXT NOT NULL, action TEXT NOT NULL,"
    " target BLOB, detail TEXT,"
    " mac BLOB NOT NULL) STRICT;"
    "CREATE INDEX audit_target ON audit (target) WHERE target IS NOT NULL;"

    "CREATE VIEW entries AS SELECT f.id, f.subject,"
    " CASE f.kind WHEN 1 THEN 'dnc' WHEN 3 THEN 'consent'"
    "  WHEN 5 THEN 'withdrawn' WHEN 7 THEN 'allow' WHEN 8 THEN 'link'"
    "  END AS kind,"
    " CASE f.reason WHEN 1 THEN 'request' WHEN 2 THEN 'complaint'"
    "  WHEN 3 THEN 'behaviour' WHEN 4 THEN 'malicious'"
    "  WHEN 5 THEN 'policy' WHEN 6 THEN 'legal'"
    "  WHEN 7 THEN 'dead-number' WHEN 8 THEN 'other' END AS reason,"
    " CASE o.source WHEN 1 THEN 'call' WHEN 2 THEN 'email'"
    "  WHEN 3 THEN 'web' WHEN 4 THEN 'sms' WHEN 5 THEN 'agent'"
    "  WHEN 6 THEN 'crm' WHEN 7 THEN 'import' END AS source,"
    " o.author, o.approved_by, f.topic, f.campaign,"
    " CASE f.channel WHEN 1 THEN 'voice' WHEN 2 THEN 'sms'"
    "  WHEN 3 THEN 'email' WHEN 4 THEN 'other' END AS channel,"
    " coalesce(f.permanent, 0) AS permanent,"
    " datetime(f.at, 'unixepoch') AS at,"
    " datetime(f.requested_at, 'unixepoch') AS requested_at,"
    " datetime(f.effective_at, 'unixepoch') AS effective_at,"
    " datetime(f.expires_at, 'unixepoch') AS expires_at,"
    " datetime(f.review_at, 'unixepoch') AS review_at,"
    " lower(hex(f.evidence_sha256)) AS evidence_sha256,"
    " datetime(f.recorded_at, 'unixepoch') AS recorded_at,"
    " CASE WHEN f.superseded_by IS NOT NULL THEN 'superseded'"
    "  WHEN f.removed THEN 'removal' ELSE 'in force' END AS state,"
    " f.supersedes, f.superseded_by"
    " FROM fact f JOIN origin o ON o.id = f.origin;"

    "CREATE VIEW audit_log AS SELECT seq,"
    " datetime(at, 'unixepoch') AS at, author, action, detail,"
    " lower(hex(target)) AS target FROM audit;";

const char *const register_migrations[] = { VERSION_1 };

_Static_assert(sizeof(register_migrations) / sizeof(*register_migrations) ==
	REGISTER_VERSION,
    "a migration for each version");

/* The views spell out these codes. */
_Static_assert(FACT_DNC == 1 && FACT_CONSENT == 3 && FACT_WITHDRAWN == 5 &&
	FACT_ALLOW == 7 && REGISTER_LINK == 8 && REASON_OTHER == 8 &&
	SOURCE_IMPORT == 7 && CHANNEL_OTHER == 4,
    "codes that stand in registers never change");

int
schema_migrate(sqlite3 *sql, const char *const *migration, int version,
    struct err *err)
{
	char pragma[64];
	int64_t at;

	if (sql_exec(sql, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (sql_int(sql, "PRAGMA user_version", 0, &at, err) < 0)
		goto fail;
	for (; at < version; at++) {
		if (sql_exec(sql, migration[at], err) < 0) {
			err_in(err, "version %d to %d", (int)at, (int)at + 1);
			goto fail;
		}
	}
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", (int)at);
	if (sql_exec(sql, pragma, err) < 0 || sql_exec(sql, "COMMIT", err) < 0)
		goto fail;
	return 0;
fail:
	sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* ---- a new one ---- */

static const char INSERT_HEAD[] =
    "INSERT INTO head (one, key_id, created_at, inner_key, subjects, prefixes,"
    " origins, facts, dnc, consents, withdrawals, allows, links, calls, call_last,"
    " runs, offers, audits, audit_mac, mac)"
    " VALUES (1, ?1, ?2, ?3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,"
    " x'', x'')";

static int
head_new(struct register_db *db, int64_t now, struct err *err)
{
	struct head *h = &db->head;
	unsigned char *key = secret_alloc(CRYPT_KEY, err);
	sqlite3_stmt *st;
	int ret = -1;

	if (!key)
		return -1;
	snprintf(h->key_id, sizeof(h->key_id), "%s", keyring_current(db->keys));
	h->created_at = now;
	if (secret_random(key, CRYPT_KEY, err) < 0 ||
	    inner_seal(db->crypt, h->inner, key, err) < 0)
		goto out;
	if (!(st = sql_use(db, INSERT_HEAD, err)))
		goto out;
	sql_bind_text(st, 1, span_str(h->key_id));
	sqlite3_bind_int64(st, 2, now);
	sql_bind_blob(st, 3, h->inner, sizeof(h->inner));
	if (sql_run(st, err) < 0 || buckets_make(db, db->crypt, err) < 0 ||
	    head_store(db, err) < 0)
		goto out;
	ret = 0;
out:
	secret_free(key);
	return ret;
}

static int
create_tables(const char *path, const struct keyring *keys, int64_t now,
    struct err *err)
{
	struct register_db db = { .keys = keys, .mode = REGISTER_WRITE };
	char pragma[64];
	int ret = -1;

	db.bytes = BUF_INIT(1 << 20);
	if (keyring_crypt(keys, NULL, &db.crypt, err) < 0 ||
	    db_open_sql(&db.sql, path, REGISTER_WRITE, err) < 0)
		goto out;
	snprintf(pragma, sizeof(pragma), "PRAGMA application_id = %d",
	    REGISTER_APPLICATION);
	/* readers then do not wait for a writer; the file remembers it */
	if (sql_exec(db.sql, "PRAGMA journal_mode = WAL", err) < 0 ||
	    sql_exec(db.sql, pragma, err) < 0 ||
	    schema_migrate(db.sql, register_migrations, REGISTER_VERSION, err) <
		0 ||
	    head_new(&db, now, err) < 0)
		goto out;
	ret = 0;
out:
	while (db.statements > 0)
		sqlite3_finalize(db.statement[--db.statements].st);
	/* the last to close puts everything into the one file */
	if (sqlite3_close(db.sql) != SQLITE_OK && ret == 0)
		ret = err_set(err, ERR_INTERNAL, "the register stays open");
	buf_release(&db.bytes);
	free(db.bucket.place);
	return ret;
}

int
register_publish(const char *temp, const char *path, struct err *err)
{
	char *copy = strdup(path);
	int fd = -1, ret = -1;

	if (!copy)
		return err_nomem(err);
	if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) < 0) {
		err_sys(err, "%s", path);
		goto out;
	}
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0) {
		err_sys(err, "%s: cannot sync its folder", path);
		goto out;
	}
	ret = 0;
out:
	if (fd >= 0)
		close(fd);
	free(copy);
	return ret;
}

int
register_create(const char *path, const struct keyring *keys, int64_t now,
    struct err *err)
{
	char *temp = NULL;
	int fd, ret = -1;

	if (access(path, F_OK) == 0)
		return err_set(err, ERR_USAGE, "%s is there already", path);
	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return err_nomem(err);
	/* SQLite's own files take their mode from this one: 0600 */
	if ((fd = mkostemp(temp, O_CLOEXEC)) < 0) {
		err_sys(err, "%s", path);
		free(temp);
		return -1;
	}
	close(fd);
	if (create_tables(temp, keys, now, err) < 0)
		err_in(err, "%s", path);
	else
		ret = register_publish(temp, path, err);
	if (ret < 0)
		register_remove_files(temp);
	free(temp);
	return ret;
}

void
register_remove_files(const char *path)
{
	static const char *const tail[] = { "", "-wal", "-shm", "-journal" };
	char *name;
	size_t i;

	for (i = 0; i < sizeof(tail) / sizeof(*tail); i++) {
		if (asprintf(&name, "%s%s", path, tail[i]) < 0)
			continue;
		unlink(name);
		free(name);
	}
}
