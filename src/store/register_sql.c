#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/interrupt.h"
#include "store/register_impl.h"

/* Which file, and what the system says of it; else what SQLite says. */
static int
io_error(sqlite3 *sql, int rc, struct err *err)
{
	const char *file = sql ? sqlite3_db_filename(sql, "main") : NULL;
	int why = sql ? sqlite3_system_errno(sql) : 0;

	if (rc == SQLITE_FULL || why == ENOSPC || why == EDQUOT || why == EFBIG)
		err_set(err, ERR_IO, "no space left for the register");
	else
		err_set(err, ERR_IO, "cannot read or write the register: %s",
		    why ? strerror(why) : sqlite3_errstr(rc));
	return file && *file ? err_in(err, "%s", file) : -1;
}

int
sql_error(sqlite3 *sql, int rc, struct err *err)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err_set(err, ERR_LOCKED,
		    "another scrub is changing the register");
		return err_hint(err, "try again when it has ended");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return db_altered(err, NULL);
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_PROTOCOL:
		return rc == SQLITE_IOERR_NOMEM ? err_nomem(err) :
						  io_error(sql, rc, err);
	case SQLITE_NOMEM:
		return err_nomem(err);
	case SQLITE_INTERRUPT:
		if (interrupt_check(err) < 0)
			return -1;
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	case SQLITE_ERROR:
		/* our statements are sound: the tables are others */
		if (sql && strstr(sqlite3_errmsg(sql), "no such"))
			return db_altered(err, "a table or column is missing");
		break;
	default:
		break;
	}
	return err_set(err, ERR_INTERNAL, "the register: %s",
	    sql ? sqlite3_errmsg(sql) : sqlite3_errstr(rc));
}

int
sql_exec(sqlite3 *sql, const char *text, struct err *err)
{
	int rc = sqlite3_exec(sql, text, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sql_error(sql, rc, err);
}

sqlite3_stmt *
sql_prepare(sqlite3 *sql, const char *text, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v3(sql, text, -1, SQLITE_PREPARE_PERSISTENT,
	    &st, NULL);

	if (rc != SQLITE_OK)
		sql_error(sql, rc, err);
	return st;
}

int
sql_int(sqlite3 *sql, const char *text, int64_t none, int64_t *out,
    struct err *err)
{
	sqlite3_stmt *st = sql_prepare(sql, text, err);
	int got;

	if (!st)
		return -1;
	*out = none;
	got = sql_step(st, err);
	if (got > 0 && sqlite3_column_type(st, 0) != SQLITE_NULL)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return got < 0 ? -1 : 0;
}

sqlite3_stmt *
sql_use(struct register_db *db, const char *text, struct err *err)
{
	struct statement *s = db->statement;
	struct statement *end = s + db->statements;

	while (s < end && s->text != text)
		s++;
	if (s == end) {
		assert(db->statements < SQL_STATEMENTS);
		if (!(s->st = sql_prepare(db->sql, text, err)))
			return NULL;
		s->text = text;
		db->statements++;
	}
	sqlite3_reset(s->st);
	return s->st;
}

int
sql_step(sqlite3_stmt *st, struct err *err)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE) {
		sqlite3_reset(st);
		return 0;
	}
	sql_error(sqlite3_db_handle(st), rc, err);
	sqlite3_reset(st);
	return -1;
}

int
sql_run(sqlite3_stmt *st, struct err *err)
{
	int got = sql_step(st, err);

	if (got > 0)
		sqlite3_reset(st);
	return got < 0 ? -1 : 0;
}

void
sql_bind_some(sqlite3_stmt *st, int i, int64_t v)
{
	if (v)
		sqlite3_bind_int64(st, i, v);
	else
		sqlite3_bind_null(st, i);
}

void
sql_bind_text(sqlite3_stmt *st, int i, struct span s)
{
	if (s.n)
		sqlite3_bind_text64(st, i, s.p, s.n, SQLITE_STATIC,
		    SQLITE_UTF8);
	else
		sqlite3_bind_null(st, i);
}

void
sql_bind_blob(sqlite3_stmt *st, int i, const void *p, size_t n)
{
	if (n)
		sqlite3_bind_blob64(st, i, p, n, SQLITE_STATIC);
	else
		sqlite3_bind_null(st, i);
}

struct span
sql_span(sqlite3_stmt *st, int i)
{
	const char *p = sqlite3_column_blob(st, i);

	return p ? span_of(p, (size_t)sqlite3_column_bytes(st, i)) :
		   span_of("", 0);
}

void
put_u64(unsigned char out[8], uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++, v >>= 8)
		out[i] = (unsigned char)v;
}

void
mac_u64(struct buf *b, uint64_t v)
{
	unsigned char out[8];

	put_u64(out, v);
	buf_add(b, out, sizeof(out));
}

void
mac_span(struct buf *b, struct span s)
{
	unsigned char n[4] = { (unsigned char)s.n, (unsigned char)(s.n >> 8),
		(unsigned char)(s.n >> 16), (unsigned char)(s.n >> 24) };

	buf_add(b, n, sizeof(n));
	buf_addspan(b, s);
}
