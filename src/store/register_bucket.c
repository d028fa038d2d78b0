#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "store/register_impl.h"

/*
 * That a subject is not there.  Look-ups are spread evenly by their first 16
 * bits over buckets; the row of a bucket has a mac (`sum`) over all that are
 * in it, so that one that is missing is noticed: at five million there are 76
 * to read.  A bucket without subjects has no row.  That it has none is proved
 * by the row before it, whose mac covers which one is next; bucket 0 always
 * has its row.
 */

enum { BUCKETS = 1 << 16 };

static uint32_t
bucket_of(const unsigned char lookup[CRYPT_LOOKUP])
{
	return (uint32_t)lookup[0] << 8 | lookup[1];
}

/* ---- macs ---- */

static void
list_mac(const struct crypt *c, const struct bucket *b, struct buf *bytes,
    unsigned char out[ROW_MAC])
{
	unsigned char mac[CRYPT_MAC];

	buf_reset(bytes);
	buf_addc(bytes, 'L');
	if (b->n)
		buf_add(bytes, b->place, b->n * sizeof(*b->place));
	crypt_mac(c, CRYPT_FACTS, NULL, bytes->p, bytes->n, mac);
	memcpy(out, mac, ROW_MAC);
}

static void
row_mac(const struct crypt *c, const struct bucket_row *r, struct buf *bytes,
    unsigned char out[ROW_MAC])
{
	unsigned char mac[CRYPT_MAC];

	buf_reset(bytes);
	buf_addc(bytes, 'B');
	mac_u64(bytes, r->id);
	mac_u64(bytes, r->next);
	buf_add(bytes, r->sum, sizeof(r->sum));
	crypt_mac(c, CRYPT_FACTS, NULL, bytes->p, bytes->n, mac);
	memcpy(out, mac, ROW_MAC);
}

/* ---- rows ---- */

static const char SELECT_ROW[] = "SELECT id, next, sum, mac FROM bucket"
				 " WHERE id <= ?1 ORDER BY id DESC LIMIT 1";

static int
row_read(struct register_db *db, sqlite3_stmt *st, struct bucket_row *r,
    struct err *err)
{
	struct span sum = sql_span(st, 2), mac = sql_span(st, 3);
	unsigned char want[ROW_MAC];

	r->id = (uint64_t)sqlite3_column_int64(st, 0);
	r->next = (uint64_t)sqlite3_column_int64(st, 1);
	if (sum.n != ROW_MAC || mac.n != ROW_MAC)
		return db_altered(err, "a bucket of look-ups");
	memcpy(r->sum, sum.p, ROW_MAC);
	row_mac(db->crypt, r, &db->bytes, want);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	if (!secret_equal(mac.p, want, ROW_MAC))
		return db_altered(err, "a bucket of look-ups");
	return 0;
}

/* The row of this bucket or, where it has none, of the one before it. */
static int
row_find(struct register_db *db, uint32_t bucket, struct bucket_row *r,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SELECT_ROW, err);
	int got;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, bucket);
	if ((got = sql_step(st, err)) < 0)
		return -1;
	if (got == 0)
		return db_altered(err, "a bucket of look-ups is missing");
	got = row_read(db, st, r, err);
	sqlite3_reset(st);
	if (got == 0 && (r->id > bucket || r->next <= bucket))
		return db_altered(err, "a bucket of look-ups is missing");
	return got;
}

static const char
    PUT_ROW[] = "INSERT OR REPLACE INTO bucket (id, next, sum, mac)"
		" VALUES (?1, ?2, ?3, ?4)";

static int
row_put(struct register_db *db, const struct crypt *c,
    const struct bucket_row *r, struct err *err)
{
	sqlite3_stmt *st = sql_use(db, PUT_ROW, err);
	unsigned char mac[ROW_MAC];

	if (!st)
		return -1;
	row_mac(c, r, &db->bytes, mac);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)r->id);
	sqlite3_bind_int64(st, 2, (int64_t)r->next);
	sql_bind_blob(st, 3, r->sum, sizeof(r->sum));
	sql_bind_blob(st, 4, mac, sizeof(mac));
	return sql_run(st, err);
}

/* ---- what is in one ---- */

static int
list_insert(struct bucket *b, size_t at,
    const unsigned char lookup[CRYPT_LOOKUP], uint64_t id, struct err *err)
{
	size_t max = b->max ? 2 * b->max : 128;
	struct bucket_place *more;

	if (b->n == b->max) {
		more = reallocarray(b->place, max, sizeof(*more));
		if (!more)
			return err_nomem(err);
		b->place = more;
		b->max = max;
	}
	memmove(b->place + at + 1, b->place + at,
	    (b->n - at) * sizeof(*b->place));
	memcpy(b->place[at].lookup, lookup, CRYPT_LOOKUP);
	put_u64(b->place[at].id, id);
	b->n++;
	return 0;
}

static const char SELECT_LIST[] =
    "SELECT lookup, id FROM subject WHERE lookup >= ?1 AND lookup < ?2"
    " ORDER BY lookup";

/* Append the look-up that the statement stands on. */
static int
list_read(struct bucket *b, sqlite3_stmt *st, struct err *err)
{
	struct span lookup = sql_span(st, 0);

	if (lookup.n != CRYPT_LOOKUP)
		return db_altered(err, "a look-up");
	return list_insert(b, b->n, (const unsigned char *)lookup.p,
	    (uint64_t)sqlite3_column_int64(st, 1), err);
}

static int
list_load(struct register_db *db, uint32_t bucket, struct err *err)
{
	unsigned char from[2] = { (unsigned char)(bucket >> 8),
		(unsigned char)bucket };
	unsigned char to[CRYPT_LOOKUP + 1];
	sqlite3_stmt *st = sql_use(db, SELECT_LIST, err);
	struct bucket *b = &db->bucket;
	int got;

	if (!st)
		return -1;
	/* behind all that begin so */
	memset(to, 0xff, sizeof(to));
	memcpy(to, from, sizeof(from));
	b->n = 0;
	sqlite3_bind_blob(st, 1, from, sizeof(from), SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, to, sizeof(to), SQLITE_STATIC);
	while ((got = sql_step(st, err)) > 0)
		if ((got = list_read(b, st, err)) < 0)
			break;
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return got;
}

int
bucket_load(struct register_db *db, uint32_t bucket, struct err *err)
{
	struct bucket *b = &db->bucket;
	unsigned char sum[ROW_MAC];

	if (b->loaded && b->id == bucket)
		return 0;
	if (bucket_flush(db, err) < 0)
		return -1;
	b->loaded = false;
	if (row_find(db, bucket, &b->row, err) < 0 ||
	    list_load(db, bucket, err) < 0)
		return -1;
	list_mac(db->crypt, b, &db->bytes, sum);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	if (b->row.id == bucket ? !secret_equal(sum, b->row.sum, sizeof(sum)) :
				  b->n > 0)
		return db_altered(err, "subjects are missing or added");
	b->id = bucket;
	b->loaded = true;
	return 0;
}

/* Where in the list this look-up is or belongs.  True: it is there. */
static bool
list_find(const struct bucket *b, const unsigned char lookup[CRYPT_LOOKUP],
    size_t *at)
{
	size_t low = 0, high = b->n, middle;
	int order;

	while (low < high) {
		middle = (low + high) / 2;
		order = memcmp(b->place[middle].lookup, lookup, CRYPT_LOOKUP);
		if (order == 0) {
			*at = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*at = low;
	return false;
}

int
bucket_has(struct register_db *db, const unsigned char lookup[CRYPT_LOOKUP],
    struct err *err)
{
	size_t at;

	if (bucket_load(db, bucket_of(lookup), err) < 0)
		return -1;
	return list_find(&db->bucket, lookup, &at);
}

/* ---- changing one ---- */

int
bucket_add(struct register_db *db, const unsigned char lookup[CRYPT_LOOKUP],
    uint64_t id, struct err *err)
{
	struct bucket *b = &db->bucket;
	uint64_t next;
	size_t at;

	/* not from the file anew: the subject is in it already */
	if (!b->loaded || b->id != bucket_of(lookup) ||
	    list_find(b, lookup, &at))
		return err_set(err, ERR_INTERNAL,
		    "a subject is added that was not looked for");
	if (b->row.id != b->id) {
		/* the first of its bucket */
		next = b->row.next;
		b->row.next = b->id;
		if (row_put(db, db->crypt, &b->row, err) < 0)
			return -1;
		b->row.id = b->id;
		b->row.next = next;
	}
	b->changed = true;
	return list_insert(b, at, lookup, id, err);
}

int
bucket_flush(struct register_db *db, struct err *err)
{
	struct bucket *b = &db->bucket;

	if (!b->changed)
		return 0;
	b->changed = false;
	list_mac(db->crypt, b, &db->bytes, b->row.sum);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	return row_put(db, db->crypt, &b->row, err);
}

void
bucket_forget(struct register_db *db)
{
	db->bucket.loaded = db->bucket.changed = false;
}

/* ---- all of them ---- */

/* Write the row of what has been gathered. */
static int
gathered_put(struct register_db *db, const struct crypt *c, uint64_t next,
    struct err *err)
{
	struct bucket *b = &db->bucket;

	b->row.id = b->id;
	b->row.next = next;
	list_mac(c, b, &db->bytes, b->row.sum);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	b->n = 0;
	b->id = (uint32_t)next;
	return row_put(db, c, &b->row, err);
}

int
buckets_make(struct register_db *db, const struct crypt *c, struct err *err)
{
	struct bucket *b = &db->bucket;
	sqlite3_stmt *st;
	struct span lookup;
	uint32_t id;
	int got = 0;

	bucket_forget(db);
	b->id = 0;
	b->n = 0;
	if (sql_exec(db->sql, "DELETE FROM bucket", err) < 0 ||
	    !(st = sql_prepare(db->sql,
		  "SELECT lookup, id FROM subject ORDER BY lookup", err)))
		return -1;
	while (got == 0 && (got = sql_step(st, err)) > 0) {
		lookup = sql_span(st, 0);
		if (lookup.n != CRYPT_LOOKUP) {
			got = db_altered(err, "a look-up");
			break;
		}
		id = bucket_of((const unsigned char *)lookup.p);
		got = id == b->id ? 0 : gathered_put(db, c, id, err);
		if (got == 0)
			got = list_read(b, st, err);
	}
	sqlite3_finalize(st);
	return got < 0 ? -1 : gathered_put(db, c, BUCKETS, err);
}

int
buckets_check(struct register_db *db, uint64_t *subjects, struct err *err)
{
	uint64_t id = 0;

	*subjects = 0;
	if (bucket_flush(db, err) < 0)
		return -1;
	bucket_forget(db);
	do {
		if (bucket_load(db, (uint32_t)id, err) < 0)
			return -1;
		if (db->bucket.row.id != id)
			return db_altered(err,
			    "a bucket of look-ups is missing");
		*subjects += db->bucket.n;
		id = db->bucket.row.next;
	} while (id < BUCKETS);
	return 0;
}
