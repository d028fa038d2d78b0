#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/secret.h"
#include "store/register_impl.h"

/*
 * What a run kept: of each number a short hash (crypt_short()) under the inner
 * key, many to a row, in the order they came.  Two numbers in
 * 2^64 share one, so that "it was in that run" may be wrong once in ages.
 */
enum { OFFER = 65536 }; /* numbers in a row */

/* ---- rows ---- */

void
run_mac(const struct crypt *c, struct buf *b, const struct register_run *r,
    unsigned char out[ROW_MAC])
{
	unsigned char mac[CRYPT_MAC];

	buf_reset(b);
	buf_addc(b, 'R');
	mac_u64(b, r->id);
	mac_u64(b, (uint64_t)r->at);
	mac_u64(b, (uint64_t)r->as_of);
	mac_u64(b, r->rows);
	mac_u64(b, r->kept);
	mac_u64(b, r->rejected);
	mac_span(b, r->author);
	mac_span(b, r->campaign);
	mac_span(b, r->topic);
	mac_span(b, r->inputs);
	buf_add(b, r->conf, sizeof(r->conf));
	crypt_mac(c, CRYPT_FACTS, NULL, b->p, b->n, mac);
	memcpy(out, mac, ROW_MAC);
}

void
offer_mac(const struct crypt *c, struct buf *b, uint64_t id, uint64_t run,
    struct span numbers, unsigned char out[ROW_MAC])
{
	unsigned char mac[CRYPT_MAC];

	buf_reset(b);
	buf_addc(b, 'N');
	mac_u64(b, id);
	mac_u64(b, run);
	mac_span(b, numbers);
	crypt_mac(c, CRYPT_FACTS, NULL, b->p, b->n, mac);
	memcpy(out, mac, ROW_MAC);
}

int
run_read(const struct crypt *c, struct buf *bytes, struct register_run *r,
    sqlite3_stmt *st, struct err *err)
{
	struct span conf = sql_span(st, 10), mac = sql_span(st, 11);
	unsigned char want[ROW_MAC];

	*r = (struct register_run){
		.id = (uint64_t)sqlite3_column_int64(st, 0),
		.at = sqlite3_column_int64(st, 1),
		.as_of = sqlite3_column_int64(st, 2),
		.author = sql_span(st, 3),
		.campaign = sql_span(st, 4),
		.topic = sql_span(st, 5),
		.inputs = sql_span(st, 6),
		.rows = (uint64_t)sqlite3_column_int64(st, 7),
		.kept = (uint64_t)sqlite3_column_int64(st, 8),
		.rejected = (uint64_t)sqlite3_column_int64(st, 9),
	};
	if (conf.n == sizeof(r->conf))
		memcpy(r->conf, conf.p, conf.n);
	run_mac(c, bytes, r, want);
	if (buf_check(bytes, err) < 0)
		return -1;
	if (mac.n != ROW_MAC || !secret_equal(mac.p, want, ROW_MAC))
		return db_altered(err, "a run");
	return 0;
}

int
offer_read(const struct crypt *c, struct buf *bytes, uint64_t *run,
    struct span *numbers, sqlite3_stmt *st, struct err *err)
{
	struct span mac = sql_span(st, 3);
	unsigned char want[ROW_MAC];

	*run = (uint64_t)sqlite3_column_int64(st, 1);
	*numbers = sql_span(st, 2);
	offer_mac(c, bytes, (uint64_t)sqlite3_column_int64(st, 0), *run,
	    *numbers, want);
	if (buf_check(bytes, err) < 0)
		return -1;
	if (mac.n != ROW_MAC || !secret_equal(mac.p, want, ROW_MAC))
		return db_altered(err, "what a run kept");
	return 0;
}

/* ---- recording ---- */

static const char INSERT_RUN[] =
    "INSERT INTO run (id, at, as_of, author, campaign, topic, inputs, rows,"
    " kept, rejected, conf, mac) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
    " ?10, ?11, ?12)";

static int
run_insert(struct register_db *db, const struct register_run *r,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(db, INSERT_RUN, err);
	unsigned char mac[ROW_MAC];

	if (!st)
		return -1;
	run_mac(db->crypt, &db->bytes, r, mac);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)r->id);
	sqlite3_bind_int64(st, 2, r->at);
	sqlite3_bind_int64(st, 3, r->as_of);
	sql_bind_text(st, 4, r->author);
	sql_bind_text(st, 5, r->campaign);
	sql_bind_text(st, 6, r->topic);
	sql_bind_text(st, 7, r->inputs);
	sqlite3_bind_int64(st, 8, (int64_t)r->rows);
	sqlite3_bind_int64(st, 9, (int64_t)r->kept);
	sqlite3_bind_int64(st, 10, (int64_t)r->rejected);
	sql_bind_blob(st, 11, r->conf, sizeof(r->conf));
	sql_bind_blob(st, 12, mac, sizeof(mac));
	return sql_run(st, err);
}

int
register_run_add(struct register_db *db, struct register_run *run,
    struct err *err)
{
	struct register_audit a = { .author = run->author,
		.action = SPAN("run") };
	struct json j = { .out = &db->detail };

	if (db_writable(db, err) < 0)
		return -1;
	if (run->author.n == 0)
		return err_set(err, ERR_USAGE, "nobody is said to run");
	db->failed = true; /* until all is well */
	run->id = db->head.runs + 1;
	run->at = db->now;
	if (run_insert(db, run, err) < 0)
		return -1;
	db->head.runs++;
	db->failed = false;
	buf_reset(&db->detail);
	json_object(&j, NULL);
	json_u64(&j, "run", run->id);
	json_span(&j, "campaign", run->campaign);
	json_u64(&j, "rows", run->rows);
	json_u64(&j, "kept", run->kept);
	json_u64(&j, "rejected", run->rejected);
	json_end(&j);
	if (buf_check(&db->detail, err) < 0)
		return -1;
	a.detail = buf_span(&db->detail);
	return register_audit_add(db, &a, err);
}

static const char INSERT_OFFER[] =
    "INSERT INTO offer (id, run, numbers, mac) VALUES (?1, ?2, ?3, ?4)";

/* One row; `shorts` has room for them. */
static int
offer_add(struct register_db *db, uint64_t run, const uint64_t *number,
    size_t n, unsigned char *shorts, struct err *err)
{
	struct span all = span_of((char *)shorts, n * CRYPT_SHORT);
	sqlite3_stmt *st = sql_use(db, INSERT_OFFER, err);
	unsigned char mac[ROW_MAC];
	size_t i;

	if (!st)
		return -1;
	for (i = 0; i < n; i++)
		crypt_short(db->inner, number[i], shorts + i * CRYPT_SHORT);
	offer_mac(db->crypt, &db->bytes, db->head.offers + 1, run, all, mac);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)db->head.offers + 1);
	sqlite3_bind_int64(st, 2, (int64_t)run);
	sql_bind_blob(st, 3, all.p, all.n);
	sql_bind_blob(st, 4, mac, sizeof(mac));
	if (sql_run(st, err) < 0)
		return -1;
	db->head.offers++;
	return 0;
}

int
register_run_offer(struct register_db *db, uint64_t run,
    const uint64_t *numbers, size_t n, struct err *err)
{
	unsigned char *shorts;
	size_t part;

	if (db_writable(db, err) < 0)
		return -1;
	if (!(shorts = malloc((size_t)OFFER * CRYPT_SHORT)))
		return err_nomem(err);
	db->failed = true; /* until all is well */
	for (; n > 0; n -= part, numbers += part) {
		part = n < OFFER ? n : OFFER;
		if (offer_add(db, run, numbers, part, shorts, err) < 0)
			break;
	}
	free(shorts);
	db->failed = n > 0;
	return n > 0 ? -1 : 0;
}

/* ---- reading ---- */

static bool
offer_has(struct span numbers, const unsigned char wanted[CRYPT_SHORT])
{
	size_t i;

	for (i = 0; i + CRYPT_SHORT <= numbers.n; i += CRYPT_SHORT)
		if (memcmp(numbers.p + i, wanted, CRYPT_SHORT) == 0)
			return true;
	return false;
}

/*
 * Note which runs kept the number: bit r of *kept for run r.  All are looked
 * at, since their macs have to be.
 */
static int
offers_find(struct register_db *db, uint64_t key, unsigned char *kept,
    uint64_t runs, struct err *err)
{
	sqlite3_stmt *st = sql_prepare(db->sql, SELECT_OFFERS, err);
	unsigned char wanted[CRYPT_SHORT];
	struct span numbers;
	uint64_t run;
	int got = -1;

	crypt_short(db->inner, key, wanted);
	while (st && (got = sql_step(st, err)) > 0) {
		got = offer_read(db->crypt, &db->bytes, &run, &numbers, st,
		    err);
		if (got < 0)
			break;
		if (run <= runs && offer_has(numbers, wanted))
			kept[run / 8] |= (unsigned char)(1 << run % 8);
	}
	sqlite3_finalize(st);
	return got;
}

/* Walk the runs; with `kept` only those in it. */
static int
runs_walk(struct register_db *db, const unsigned char *kept,
    register_run_fn *fn, void *arg, struct err *err)
{
	sqlite3_stmt *st = sql_prepare(db->sql, SELECT_RUNS, err);
	struct register_run r;
	int got = st ? 0 : -1;

	while (got == 0 && (got = sql_step(st, err)) > 0) {
		got = run_read(db->crypt, &db->bytes, &r, st, err);
		if (got == 0 &&
		    (!kept ||
			(r.id <= db->head.runs &&
			    kept[r.id / 8] >> r.id % 8 & 1)))
			got = fn(arg, &r, err);
	}
	sqlite3_finalize(st);
	return got;
}

int
register_runs(struct register_db *db, const struct register_subject *subject,
    register_run_fn *fn, void *arg, struct err *err)
{
	unsigned char *kept = NULL;
	bool begun;
	int ret = -1;

	if (db_read_begin(db, &begun, err) < 0)
		goto out;
	if (subject) {
		if (!(kept = calloc(1, db->head.runs / 8 + 1))) {
			err_nomem(err);
			goto out;
		}
		if (offers_find(db, subject_inner_key(db, subject), kept,
			db->head.runs, err) < 0)
			goto out;
	}
	ret = runs_walk(db, kept, fn, arg, err);
out:
	free(kept);
	db_read_end(db, begun);
	return ret;
}
