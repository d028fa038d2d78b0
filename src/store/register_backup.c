#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/infile.h"
#include "base/interrupt.h"
#include "base/outfile.h"
#include "base/secret.h"
#include "store/register_impl.h"

/*
 * A backup: a head of 48 bytes (what it is, the key's id, 16 random bytes that
 * are this backup's own), then pieces of the database, each 64 KiB and
 * sealed for its place in this backup.  The last is marked as such in what it
 * is bound to, and is shorter (it may be empty): a file that was cut at the
 * end of a piece is found.
 */
static const char MAGIC[16] = "scrub backup 1\n";

enum {
	ID_TEXT = 2 * KEYRING_ID,
	NAME = 16,
	HEAD = sizeof(MAGIC) + ID_TEXT + NAME,
	PIECE = 64 << 10,
	PIECE_SEALED = PIECE + CRYPT_SEAL_EXTRA,
	BIND = HEAD + 8 + 1,
	PAGES = 4096, /* between looks for a signal */
};

struct pieces {
	unsigned char bind[BIND]; /* the head; number; is it the last? */
	uint64_t n;
	unsigned char plain[PIECE + 1];
	unsigned char sealed[PIECE_SEALED + 1];
};

static void
pieces_next(struct pieces *p, bool last)
{
	int i;

	for (i = 0; i < 8; i++)
		p->bind[HEAD + i] = (unsigned char)(p->n >> 8 * i);
	p->bind[HEAD + 8] = last;
	p->n++;
}

/* ---- sealing ---- */

static int
seal_pieces(struct pieces *p, const struct crypt *c, struct infile *in,
    struct outfile *out, struct err *err)
{
	bool last = false;
	ssize_t n;

	while (!last) {
		if (interrupt_check(err) < 0 ||
		    (n = infile_read(in, p->plain, PIECE, err)) < 0)
			return -1;
		last = n < PIECE;
		pieces_next(p, last);
		if (crypt_seal(c, p->sealed, p->plain, (size_t)n, p->bind, BIND,
			err) < 0 ||
		    outfile_write(out, p->sealed, (size_t)n + CRYPT_SEAL_EXTRA,
			err) < 0)
			return -1;
	}
	return 0;
}

/* Seal the file `copy` into `out`. */
static int
backup_seal(struct register_db *db, const char *copy, struct outfile *out,
    struct err *err)
{
	struct pieces *p = calloc(1, sizeof(*p));
	struct infile in = { .fd = -1 };
	int ret = -1;

	if (!p)
		return err_nomem(err);
	memcpy(p->bind, MAGIC, sizeof(MAGIC));
	memcpy(p->bind + sizeof(MAGIC), db->head.key_id, ID_TEXT);
	if (secret_random(p->bind + sizeof(MAGIC) + ID_TEXT, NAME, err) < 0 ||
	    infile_open(&in, copy, err) < 0)
		goto out;
	if (outfile_write(out, p->bind, HEAD, err) == 0)
		ret = seal_pieces(p, db->crypt, &in, out, err);
	infile_close(&in);
out:
	free(p);
	return ret;
}

/* ---- opening ---- */

static int
not_sound(struct err *err)
{
	err_set(err, ERR_AUTH,
	    "the backup was altered, or cut short, or is none");
	return err_hint(err, "take another backup");
}

static int
open_pieces(struct pieces *p, const struct crypt *c, struct infile *in,
    struct outfile *out, struct err *err)
{
	bool last = false;
	ssize_t n;

	while (!last) {
		if (interrupt_check(err) < 0 ||
		    (n = infile_read(in, p->sealed, PIECE_SEALED, err)) < 0)
			return -1;
		last = n < PIECE_SEALED;
		pieces_next(p, last);
		if (n < CRYPT_SEAL_EXTRA ||
		    crypt_open(c, p->plain, p->sealed, (size_t)n, p->bind, BIND,
			err) < 0)
			return not_sound(err);
		if (outfile_write(out, p->plain, (size_t)n - CRYPT_SEAL_EXTRA,
			err) < 0)
			return -1;
	}
	return 0;
}

static int
open_head(struct pieces *p, const struct keyring *keys, const struct crypt **c,
    struct infile *in, struct err *err)
{
	char id[KEYRING_ID_TEXT];
	ssize_t n = infile_read(in, p->bind, HEAD, err);

	if (n < 0)
		return -1;
	if (n < HEAD || memcmp(p->bind, MAGIC, sizeof(MAGIC)) != 0)
		return not_sound(err);
	memcpy(id, p->bind + sizeof(MAGIC), ID_TEXT);
	id[ID_TEXT] = '\0';
	if (keyring_crypt(keys, id, c, err) < 0)
		return err_in(err, "the backup is under another key");
	return 0;
}

/* Open the backup at `path` into the file `copy`. */
static int
backup_open(const char *path, const struct keyring *keys, const char *copy,
    struct err *err)
{
	struct pieces *p = calloc(1, sizeof(*p));
	struct outfile out = { 0 };
	struct infile in = { .fd = -1 };
	const struct crypt *c;
	int ret = -1;

	if (!p)
		return err_nomem(err);
	if (infile_open(&in, path, err) < 0)
		goto out;
	if (open_head(p, keys, &c, &in, err) < 0 ||
	    outfile_open(&out, copy, err) < 0 ||
	    open_pieces(p, c, &in, &out, err) < 0 ||
	    outfile_finish(&out, err) < 0 || outfile_publish(&out, err) < 0)
		goto out;
	ret = 0;
out:
	outfile_discard(&out);
	infile_close(&in);
	secret_wipe(p, sizeof(*p));
	free(p);
	return ret;
}

static void
count_found(void *arg, const char *what)
{
	snprintf(arg, ERR_TEXT_MAX, "%s", what);
}

/* Is the register in this file sound? */
static int
copy_verify(const char *copy, const struct keyring *keys, struct err *err)
{
	char what[ERR_TEXT_MAX] = "";
	struct register_db *db;
	int got;

	if (register_open(&db, copy, keys, REGISTER_READ, err) < 0)
		return -1;
	got = register_verify(db, count_found, what, err);
	register_close(db);
	if (got > 0)
		return err_set(err, ERR_AUTH, "the backup is not sound: %.900s",
		    what);
	return got;
}

/* ---- the copy ---- */

/* A new file beside `path` for a copy; *out is the caller's to free. */
static int
copy_new(char **out, const char *path, struct err *err)
{
	int fd;

	if (asprintf(out, "%s.XXXXXX", path) < 0) {
		*out = NULL;
		return err_nomem(err);
	}
	if ((fd = mkostemp(*out, O_CLOEXEC)) < 0) {
		err_sys(err, "%s", path);
		free(*out);
		*out = NULL;
		return -1;
	}
	close(fd);
	return 0;
}

/* Copy the database page by page, as it is at one moment. */
static int
copy_pages(struct register_db *db, sqlite3 *to, struct err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", db->sql, "main");
	int rc = SQLITE_OK;

	if (!b)
		return sql_error(to, sqlite3_errcode(to), err);
	while (rc == SQLITE_OK && interrupt_pending() == 0)
		rc = sqlite3_backup_step(b, PAGES);
	sqlite3_backup_finish(b);
	if (rc == SQLITE_OK)
		return interrupt_check(err);
	return rc == SQLITE_DONE ? 0 : sql_error(to, rc, err);
}

static int
copy_make(struct register_db *db, const char *copy, struct err *err)
{
	sqlite3 *to = NULL;
	bool begun;
	int rc, ret = -1;

	if (db_read_begin(db, &begun, err) < 0)
		goto out;
	rc = sqlite3_open_v2(copy, &to, SQLITE_OPEN_READWRITE, NULL);
	if (rc != SQLITE_OK)
		sql_error(to, rc, err);
	else
		ret = copy_pages(db, to, err);
out:
	db_read_end(db, begun);
	rc = sqlite3_close(to);
	if (rc != SQLITE_OK && ret == 0)
		ret = sql_error(NULL, rc, err);
	return ret;
}

int
register_backup(struct register_db *db, const char *path, struct err *err)
{
	struct outfile out = { 0 };
	char *copy = NULL;
	int ret = -1;

	if (copy_new(&copy, path, err) < 0)
		return -1;
	if (copy_make(db, copy, err) < 0 || outfile_open(&out, path, err) < 0 ||
	    backup_seal(db, copy, &out, err) < 0 ||
	    outfile_finish(&out, err) < 0)
		goto out;
	/* what was written is read again, opened, and looked at */
	register_remove_files(copy);
	if (out.temp &&
	    (backup_open(out.temp, db->keys, copy, err) < 0 ||
		copy_verify(copy, db->keys, err) < 0))
		goto out;
	ret = outfile_publish(&out, err);
out:
	if (ret < 0)
		err_in(err, "%s", path);
	outfile_discard(&out);
	register_remove_files(copy);
	free(copy);
	return ret;
}

/*
 * SQLite would put what it finds in another register's log into this one.
 * ERR_USAGE when there is one: nobody but a person can say what it is worth.
 */
static int
no_log(const char *path, struct err *err)
{
	static const char *const ends[] = { "-wal", "-shm", "-journal" };
	struct buf name = BUF_INIT(SIZE_MAX);
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends) && ret == 0; i++) {
		buf_reset(&name);
		buf_addf(&name, "%s%s", path, ends[i]);
		if (buf_check(&name, err) < 0) {
			ret = -1;
		} else if (access(name.p, F_OK) == 0) {
			ret = err_set(err, ERR_USAGE,
			    "%s is left of a register that is gone", name.p);
			err_hint(err, "move it away first");
		}
	}
	buf_release(&name);
	return ret;
}

int
register_restore(const char *backup, const char *path,
    const struct keyring *keys, struct err *err)
{
	char *copy = NULL;
	int ret = -1;

	if (access(path, F_OK) == 0)
		return err_set(err, ERR_USAGE, "%s is there already", path);
	if (no_log(path, err) < 0)
		return -1;
	if (copy_new(&copy, path, err) < 0)
		return -1;
	if (backup_open(backup, keys, copy, err) < 0 ||
	    copy_verify(copy, keys, err) < 0)
		err_in(err, "%s", backup);
	else
		ret = register_publish(copy, path, err);
	register_remove_files(copy);
	free(copy);
	return ret;
}
