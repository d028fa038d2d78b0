#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/secret.h"
#include "store/register_impl.h"

void
call_mac(const struct crypt *c, struct buf *b, const struct call_row *r,
    unsigned char out[ROW_MAC])
{
	unsigned char mac[CRYPT_MAC];

	buf_reset(b);
	buf_addc(b, 'C');
	buf_addc(b, (char)r->state);
	buf_addc(b, (char)r->answered);
	mac_u64(b, r->id);
	mac_u64(b, r->subject);
	mac_u64(b, r->run);
	mac_u64(b, (uint64_t)r->at);
	mac_u64(b, (uint64_t)r->recorded_at);
	mac_span(b, r->digest);
	mac_span(b, r->campaign);
	crypt_mac(c, CRYPT_FACTS, NULL, b->p, b->n, mac);
	memcpy(out, mac, ROW_MAC);
}

int
call_read(const struct crypt *c, struct buf *bytes, struct call_row *r,
    sqlite3_stmt *st, struct err *err)
{
	struct span mac = sql_span(st, 9);
	unsigned char want[ROW_MAC];

	r->id = (uint64_t)sqlite3_column_int64(st, 0);
	r->state = (unsigned)sqlite3_column_int(st, 1);
	r->digest = sql_span(st, 2);
	r->subject = (uint64_t)sqlite3_column_int64(st, 3);
	r->at = sqlite3_column_int64(st, 4);
	r->answered = sqlite3_column_int(st, 5) != 0;
	r->campaign = sql_span(st, 6);
	r->run = (uint64_t)sqlite3_column_int64(st, 7);
	r->recorded_at = sqlite3_column_int64(st, 8);
	call_mac(c, bytes, r, want);
	if (buf_check(bytes, err) < 0)
		return -1;
	if (mac.n != ROW_MAC || !secret_equal(mac.p, want, ROW_MAC))
		return db_altered(err, "a call");
	return 0;
}

/* ---- recording ---- */

void
call_digest(struct register_db *db, const struct register_call *call,
    uint64_t key, uint32_t nth, unsigned char out[CALL_DIGEST])
{
	unsigned char mac[CRYPT_MAC];
	struct buf *b = &db->bytes;

	buf_reset(b);
	if (call->id.n) {
		buf_addc(b, 'i');
		mac_span(b, call->id);
	} else {
		/* a customer id has another key after a rotation: its inner
		 * one stays */
		buf_addc(b, 'n');
		mac_u64(b,
		    call->subject.person.n ?
			subject_inner_key(db, &call->subject) :
			key);
		mac_u64(b, (uint64_t)call->at);
		mac_u64(b, nth);
	}
	crypt_mac(db->inner, CRYPT_LOOKUPS, NULL, b->p, b->n, mac);
	memcpy(out, mac, CALL_DIGEST);
}

static const char INSERT_CALL[] =
    "INSERT INTO call (id, state, digest, subject, at, answered, campaign, run,"
    " recorded_at, mac) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

static int
call_insert(struct register_db *db, struct call_row *r, struct subject_row *s,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(db, INSERT_CALL, err);
	unsigned char mac[ROW_MAC];

	s->calls++;
	if (!st || subject_put(db, s, err) < 0)
		return -1;
	r->subject = s->id;
	call_mac(db->crypt, &db->bytes, r, mac);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)r->id);
	sqlite3_bind_int64(st, 2, r->state);
	sql_bind_blob(st, 3, r->digest.p, r->digest.n);
	sqlite3_bind_int64(st, 4, (int64_t)r->subject);
	sqlite3_bind_int64(st, 5, r->at);
	sql_bind_some(st, 6, r->answered);
	sql_bind_text(st, 7, r->campaign);
	sql_bind_some(st, 8, (int64_t)r->run);
	sqlite3_bind_int64(st, 9, r->recorded_at);
	sql_bind_blob(st, 10, mac, sizeof(mac));
	if (sql_run(st, err) < 0)
		return -1;
	db->head.calls++;
	db->head.call_last = r->id;
	return 0;
}

static const char
    SET_STATE[] = "UPDATE call SET state = ?2, mac = ?3 WHERE id = ?1";

static int
call_set_state(struct register_db *db, struct call_row *r, enum call_state to,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SET_STATE, err);
	unsigned char mac[ROW_MAC];

	if (!st)
		return -1;
	r->state = to;
	call_mac(db->crypt, &db->bytes, r, mac);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)r->id);
	sqlite3_bind_int64(st, 2, to);
	sql_bind_blob(st, 3, mac, sizeof(mac));
	return sql_run(st, err);
}

static const char
    SELECT_CALLS[] = "SELECT " CALL_COLUMNS
		     " FROM call c WHERE c.subject = ?1 ORDER BY c.id";

/* The next of the rows of this subject. */
static int
call_of(struct register_db *db, const struct subject_row *s, struct call_row *r,
    sqlite3_stmt *st, struct rows_seen *seen, struct err *err)
{
	if (call_read(db->crypt, &db->bytes, r, st, err) < 0)
		return -1;
	return r->subject == s->id ? rows_next(seen, r->id, err) :
				     db_altered(err, "a call");
}

/* May a call made at `at` be the one that r was booked for? */
static bool
is_booked(const struct call_row *r, const struct register_call *call)
{
	if (r->state != CALL_RESERVED || r->at > call->at)
		return false;
	return call->run ? r->run == call->run :
			   span_eq(r->campaign, call->campaign);
}

/* A call was made: the oldest reservation for it is used up. */
static int
reservation_use(struct register_db *db, const struct register_call *call,
    const struct subject_row *s, struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SELECT_CALLS, err);
	struct rows_seen seen = { 0 };
	struct call_row r;
	bool found = false;
	int got;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)s->id);
	while (!found && (got = sql_step(st, err)) > 0) {
		if (call_of(db, s, &r, st, &seen, err) < 0) {
			sqlite3_reset(st);
			return -1;
		}
		found = is_booked(&r, call);
	}
	if (found)
		got = call_set_state(db, &r, CALL_USED, err);
	else if (got == 0)
		got = rows_end(&seen, s->calls, err);
	sqlite3_reset(st);
	return got;
}

static const char SELECT_DIGEST[] = "SELECT 1 FROM call WHERE digest = ?1";

static const char SELECT_BOOKED[] =
    "SELECT 1 FROM call WHERE subject = ?1 AND run = ?2 AND state = 1";

/* Is this call, or this reservation, recorded already? */
static int
call_known(struct register_db *db, const struct register_call *call,
    uint64_t subject, const unsigned char *digest, struct err *err)
{
	bool made = call->kind == REGISTER_CALL_MADE;
	sqlite3_stmt *st = sql_use(db, made ? SELECT_DIGEST : SELECT_BOOKED,
	    err);
	int got;

	if (!st)
		return -1;
	if (made) {
		sqlite3_bind_blob(st, 1, digest, CALL_DIGEST, SQLITE_STATIC);
	} else {
		sqlite3_bind_int64(st, 1, (int64_t)subject);
		sqlite3_bind_int64(st, 2, (int64_t)call->run);
	}
	got = sql_step(st, err);
	sqlite3_reset(st);
	return got;
}

int
call_put(struct register_db *db, const struct register_call *call, uint64_t key,
    const unsigned char lookup[CRYPT_LOOKUP], const unsigned char *digest,
    enum register_outcome *outcome, struct err *err)
{
	bool made = call->kind == REGISTER_CALL_MADE;
	struct subject_row s;
	struct call_row r = {
		.id = db->head.call_last + 1,
		.state = made ? CALL_MADE : CALL_RESERVED,
		.digest = span_of((const char *)digest, made ? CALL_DIGEST : 0),
		.at = call->at,
		.answered = made && call->answered,
		.campaign = call->campaign,
		.run = call->run,
		.recorded_at = db->now,
	};
	int got;

	if (subject_find(db, key, call->subject.person, lookup, &s, err) < 0 ||
	    (got = call_known(db, call, s.id, digest, err)) < 0)
		return -1;
	*outcome = got ? REGISTER_KNOWN : REGISTER_NEW;
	if (got)
		return 0;
	if (made && s.id && reservation_use(db, call, &s, err) < 0)
		return -1;
	return call_insert(db, &r, &s, err);
}

/* ---- reading ---- */

void
call_tell(struct register_call *out, const struct call_row *r,
    const struct subject_row *s)
{
	*out = (struct register_call){
		.kind = r->state == CALL_MADE ? REGISTER_CALL_MADE :
						REGISTER_CALL_RESERVED,
		.subject = { .key = s->key, .person = s->person },
		.at = r->at,
		.answered = r->answered,
		.campaign = r->campaign,
		.run = r->run,
	};
}

static int
calls_of(struct register_db *db, const struct register_subject *subject,
    int64_t since, register_call_fn *fn, void *arg, struct err *err)
{
	unsigned char lookup[CRYPT_LOOKUP];
	uint64_t key = subject_key(db, subject);
	struct rows_seen seen = { 0 };
	struct register_call call;
	struct subject_row s;
	struct call_row r;
	sqlite3_stmt *st;
	int got;

	crypt_lookup(db->crypt, key, lookup);
	got = subject_find(db, key, subject->person, lookup, &s, err);
	if (got <= 0)
		return got;
	if (!(st = sql_use(db, SELECT_CALLS, err)))
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)s.id);
	got = 0;
	while (got == 0 && (got = sql_step(st, err)) > 0) {
		if ((got = call_of(db, &s, &r, st, &seen, err)) < 0)
			break;
		if (!call_counts(&r) || r.at < since)
			continue;
		call_tell(&call, &r, &s);
		got = fn(arg, &call, err);
	}
	sqlite3_reset(st);
	return got ? got : rows_end(&seen, s.calls, err);
}

int
register_find_calls(struct register_db *db,
    const struct register_subject *subject, int64_t since, register_call_fn *fn,
    void *arg, struct err *err)
{
	bool begun;
	int got = -1;

	if (db_read_begin(db, &begun, err) == 0)
		got = calls_of(db, subject, since, fn, arg, err);
	db_read_end(db, begun);
	return got;
}

/* ---- reservations given back, calls forgotten ---- */

static int
count_audit(struct register_db *db, struct span author, const char *action,
    const char *of, uint64_t which, uint64_t n, struct err *err)
{
	struct register_audit a = { .author = author,
		.action = span_str(action) };
	struct json j = { .out = &db->detail };

	buf_reset(&db->detail);
	json_object(&j, NULL);
	json_u64(&j, of, which);
	json_u64(&j, "calls", n);
	json_end(&j);
	if (buf_check(&db->detail, err) < 0)
		return -1;
	a.detail = buf_span(&db->detail);
	return register_audit_add(db, &a, err);
}

static const char
    SELECT_RESERVED[] = "SELECT " CALL_COLUMNS
			" FROM call c WHERE c.run = ?1 AND c.state = 1"
			" ORDER BY c.id LIMIT 1";

int
register_release(struct register_db *db, uint64_t run, struct span author,
    uint64_t *released, struct err *err)
{
	struct call_row r;
	sqlite3_stmt *st;
	int got;

	*released = 0;
	if (db_writable(db, err) < 0)
		return -1;
	if (run < 1 || run > db->head.runs)
		return err_set(err, ERR_USAGE, "there is no run %" PRIu64, run);
	db->failed = true; /* until all is well */
	for (;;) {
		if (!(st = sql_use(db, SELECT_RESERVED, err)))
			return -1;
		sqlite3_bind_int64(st, 1, (int64_t)run);
		if ((got = sql_step(st, err)) <= 0)
			break;
		/* its texts live until the statement is reset */
		if (call_read(db->crypt, &db->bytes, &r, st, err) < 0 ||
		    call_set_state(db, &r, CALL_RELEASED, err) < 0)
			return -1;
		++*released;
	}
	if (got < 0)
		return -1;
	db->failed = false;
	return count_audit(db, author, "calls.release", "run", run, *released,
	    err);
}

static const char SELECT_OLD[] = "SELECT " CALL_COLUMNS
				 " FROM call c WHERE c.at < ?1"
				 " ORDER BY c.subject, c.id";
static const char PRUNE[] = "DELETE FROM call WHERE at < ?1";

/* `n` calls of this subject will go. */
static int
old_take(struct register_db *db, uint64_t subject, uint64_t n, struct err *err)
{
	struct subject_row s;

	if (n == 0)
		return 0;
	if (subject_load(db, subject, &s, err) < 0)
		return -1;
	if (s.calls < n)
		return db_altered(err, "calls are added");
	s.calls -= n;
	return subject_put(db, &s, err);
}

/* Take the calls that will go from the counts of their subjects. */
static int
old_count(struct register_db *db, int64_t before, struct err *err)
{
	sqlite3_stmt *st = sql_prepare(db->sql, SELECT_OLD, err);
	uint64_t subject = 0, n = 0;
	struct call_row r;
	int got = -1;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, before);
	while ((got = sql_step(st, err)) > 0) {
		got = call_read(db->crypt, &db->bytes, &r, st, err);
		if (got == 0 && r.subject != subject) {
			got = old_take(db, subject, n, err);
			subject = r.subject;
			n = 0;
		}
		if (got < 0)
			break;
		n++;
	}
	sqlite3_finalize(st);
	return got < 0 ? -1 : old_take(db, subject, n, err);
}

int
register_calls_prune(struct register_db *db, int64_t before, struct span author,
    uint64_t *pruned, struct err *err)
{
	sqlite3_stmt *st;

	if (db_writable(db, err) < 0)
		return -1;
	db->failed = true; /* until all is well */
	if (old_count(db, before, err) < 0 || !(st = sql_use(db, PRUNE, err)))
		return -1;
	sqlite3_bind_int64(st, 1, before);
	if (sql_run(st, err) < 0)
		return -1;
	*pruned = (uint64_t)sqlite3_changes64(db->sql);
	db->head.calls -= *pruned;
	db->failed = false;
	return count_audit(db, author, "calls.prune", "before",
	    before > 0 ? (uint64_t)before : 0, *pruned, err);
}
