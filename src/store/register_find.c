#include <stdlib.h>
#include <string.h>

#include "store/register_impl.h"

/* Texts of one fact, opened. */
struct opened {
	char note[REGISTER_TEXT_MAX], why[REGISTER_TEXT_MAX],
	    evidence[REGISTER_TEXT_MAX];
};

/*
 * Everything of the fact row `r`, which the statement stands on (its origin
 * behind it): whose it is, the number of a link, notes and origin.
 */
static int
fact_open(struct register_db *db, const struct fact_row *r, sqlite3_stmt *st,
    const struct subject_row *s, struct opened *texts,
    struct register_fact *out, struct err *err)
{
	struct subject_row number;
	struct register_entry *e = &out->entry;

	fact_tell(out, r);
	e->subject.key = s->key;
	e->subject.person = s->person;
	if (r->evidence_sha256.n == REGISTER_SHA256)
		e->evidence_sha256 = (const unsigned char *)
					 r->evidence_sha256.p;
	if (text_open(db->crypt, 'n', r->id, r->note, texts->note, &e->note,
		err) < 0 ||
	    text_open(db->crypt, 'e', r->id, r->evidence, texts->evidence,
		&e->evidence, err) < 0 ||
	    text_open(db->crypt, 'w', r->id, r->why, texts->why, &out->why,
		err) < 0 ||
	    origin_read(db->crypt, &db->bytes, &e->origin, st, FACT_WIDTH,
		err) < 0)
		return -1;
	if (r->number) {
		if (subject_load(db, r->number, &number, err) < 0)
			return -1;
		e->number = number.key;
	}
	return 0;
}

/* ---- of one subject ---- */

static const char SELECT_OF[] =
    "SELECT " FACT_COLUMNS ", " ORIGIN_COLUMNS
    " FROM fact f JOIN origin o ON o.id = f.origin WHERE f.subject = ?1"
    " ORDER BY f.id";

/* The facts of a subject that was found, all or those in force. */
static int
facts_of(struct register_db *db, const struct subject_row *s, uint64_t via,
    bool all, register_fact_fn *fn, void *arg, struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SELECT_OF, err);
	struct rows_seen seen = { 0 };
	struct register_fact f;
	struct opened texts;
	struct fact_row r;
	int got = 0;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)s->id);
	while (got == 0 && (got = sql_step(st, err)) > 0) {
		if ((got = fact_of(db, s->id, &r, st, &seen, err)) < 0)
			break;
		if (!all && !fact_in_force(&r))
			continue;
		if ((got = fact_open(db, &r, st, s, &texts, &f, err)) < 0)
			break;
		f.via = via;
		got = fn(arg, &f, err);
	}
	sqlite3_reset(st);
	return got ? got : rows_end(&seen, s->facts, err);
}

/* Find what a caller names.  1: it is there. */
static int
named_find(struct register_db *db, const struct register_subject *subject,
    struct subject_row *out, struct err *err)
{
	unsigned char lookup[CRYPT_LOOKUP];
	uint64_t key = subject_key(db, subject);

	crypt_lookup(db->crypt, key, lookup);
	return subject_find(db, key, subject->person, lookup, out, err);
}

int
register_history(struct register_db *db, const struct register_subject *subject,
    register_fact_fn *fn, void *arg, struct err *err)
{
	struct subject_row s;
	bool begun;
	int got = -1;

	if (db_read_begin(db, &begun, err) == 0 &&
	    (got = named_find(db, subject, &s, err)) > 0)
		got = facts_of(db, &s, 0, true, fn, arg, err);
	db_read_end(db, begun);
	return got;
}

/* ---- prefixes ---- */

static const char
    SELECT_PREFIXES[] = "SELECT s.id, " SUBJECT_COLUMNS " FROM subject s"
			" WHERE s.kind = 2 AND s.id > ?1 ORDER BY s.id";

static int
prefixes_load(struct register_db *db, struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SELECT_PREFIXES, err);
	struct subject_row s;
	int got;

	if (!st)
		return -1;
	if (db->prefix_seen == 0) {
		db->prefix_lengths = 0;
		db->prefixes = 0;
	}
	/* only those that have come since we looked */
	sqlite3_bind_int64(st, 1, (int64_t)db->prefix_seen);
	while ((got = sql_step(st, err)) > 0) {
		s.id = (uint64_t)sqlite3_column_int64(st, 0);
		if (subject_read(db->crypt, &s, st, 1, err) < 0) {
			sqlite3_reset(st);
			return -1;
		}
		db->prefix_lengths |= UINT32_C(1)
		    << (subject_digits(s.key & ~(UINT64_C(1) << 63)) & 31);
		db->prefix_seen = s.id;
		db->prefixes++;
	}
	if (got == 0 && db->prefixes != db->head.prefixes)
		return db_altered(err, "prefixes are missing or added");
	return got;
}

int
register_prefix_lengths(struct register_db *db, uint32_t *out, struct err *err)
{
	bool begun;
	int ret = -1;

	if (db_read_begin(db, &begun, err) == 0)
		ret = prefixes_load(db, err);
	if (ret < 0)
		db->prefix_seen = 0;
	*out = db->prefix_lengths;
	db_read_end(db, begun);
	return ret;
}

static int
prefixes_find(struct register_db *db, uint64_t number, register_fact_fn *fn,
    void *arg, struct err *err)
{
	struct register_subject prefix = { 0 };
	struct subject_row s;
	uint64_t head = number;
	uint32_t lengths;
	unsigned n;
	int got;

	if (register_prefix_lengths(db, &lengths, err) < 0)
		return -1;
	for (n = subject_digits(number); lengths && n > 0; n--, head /= 10) {
		if (n > 31 || !(lengths >> n & 1))
			continue;
		prefix.key = subject_prefix(head);
		if ((got = named_find(db, &prefix, &s, err)) > 0)
			got = facts_of(db, &s, number, false, fn, arg, err);
		if (got != 0)
			return got;
	}
	return 0;
}

/* ---- linked persons ---- */

static const char SELECT_LINKS[] = "SELECT " FACT_COLUMNS
				   " FROM fact f WHERE f.number = ?1"
				   " ORDER BY f.id";

/* The rows of the persons that a number is linked to. */
static int
links_find(struct register_db *db, const struct subject_row *number,
    uint64_t **person, size_t *n, struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SELECT_LINKS, err);
	struct rows_seen seen = { 0 };
	struct fact_row r;
	uint64_t *more;
	int got;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)number->id);
	while ((got = sql_step(st, err)) > 0) {
		if ((got = fact_read(db->crypt, &db->bytes, &r, st, err)) < 0 ||
		    (got = rows_next(&seen, r.id, err)) < 0)
			break;
		if (r.number != number->id) {
			got = db_altered(err, "an entry");
			break;
		}
		if (!fact_in_force(&r))
			continue;
		if (!(more = reallocarray(*person, *n + 1, sizeof(*more)))) {
			got = err_nomem(err);
			break;
		}
		*person = more;
		more[(*n)++] = r.subject;
	}
	sqlite3_reset(st);
	return got ? got : rows_end(&seen, number->links, err);
}

static int
persons_find(struct register_db *db, const struct subject_row *number,
    register_fact_fn *fn, void *arg, struct err *err)
{
	struct subject_row s;
	uint64_t *person = NULL;
	size_t i, n = 0;
	int got = links_find(db, number, &person, &n, err);

	for (i = 0; got == 0 && i < n; i++) {
		got = subject_load(db, person[i], &s, err);
		if (got == 0)
			got = facts_of(db, &s, number->key, false, fn, arg,
			    err);
	}
	free(person);
	return got;
}

int
register_find(struct register_db *db, const struct register_subject *subject,
    register_fact_fn *fn, void *arg, struct err *err)
{
	struct subject_row s;
	bool begun;
	int got = -1;

	if (db_read_begin(db, &begun, err) < 0)
		goto out;
	if ((got = named_find(db, subject, &s, err)) > 0) {
		got = facts_of(db, &s, 0, false, fn, arg, err);
		if (got == 0 && subject_is_number(s.key))
			got = persons_find(db, &s, fn, arg, err);
	}
	if (got == 0 && subject_is_number(s.key))
		got = prefixes_find(db, s.key, fn, arg, err);
out:
	db_read_end(db, begun);
	return got;
}

/* ---- lists ---- */

#define SELECT_LIST \
	"SELECT " FACT_COLUMNS ", " ORIGIN_COLUMNS ", " SUBJECT_COLUMNS \
	" FROM fact f" \
	" JOIN origin o ON o.id = f.origin" \
	" JOIN subject s ON s.id = f.subject"

static const char LIST[] = SELECT_LIST " ORDER BY f.id";
/* by the index fact_end */
static const char LIST_ENDING[] = SELECT_LIST
    " WHERE f.expires_at >= ?1 AND f.expires_at < ?2"
    " AND f.expires_at IS NOT NULL AND f.superseded_by IS NULL ORDER BY f.id";

static bool
filter_takes(const struct register_filter *want, const struct fact_row *r)
{
	if (want->kind && r->kind != want->kind)
		return false;
	if (want->reason && r->reason != want->reason)
		return false;
	if (want->expires_to &&
	    (!r->expires_at || r->expires_at < want->expires_from ||
		r->expires_at >= want->expires_to))
		return false;
	if (want->review_to &&
	    (!r->review_at || r->review_at >= want->review_to))
		return false;
	return want->history || fact_in_force(r);
}

static int
list_row(struct register_db *db, const struct register_filter *want,
    sqlite3_stmt *st, register_fact_fn *fn, void *arg, struct err *err)
{
	struct register_fact f;
	struct subject_row s;
	struct opened texts;
	struct fact_row r;

	if (fact_read(db->crypt, &db->bytes, &r, st, err) < 0)
		return -1;
	if (!filter_takes(want, &r))
		return 0;
	s.id = r.subject;
	if (subject_read(db->crypt, &s, st, FACT_WIDTH + ORIGIN_WIDTH, err) <
		0 ||
	    fact_open(db, &r, st, &s, &texts, &f, err) < 0)
		return -1;
	return fn(arg, &f, err);
}

int
register_list(struct register_db *db, const struct register_filter *want,
    register_fact_fn *fn, void *arg, struct err *err)
{
	bool ending = want->expires_to && !want->history, begun;
	sqlite3_stmt *st = NULL;
	int got = -1;

	if (db_read_begin(db, &begun, err) < 0 ||
	    !(st = sql_prepare(db->sql, ending ? LIST_ENDING : LIST, err)))
		goto out;
	if (ending) {
		sqlite3_bind_int64(st, 1, want->expires_from);
		sqlite3_bind_int64(st, 2, want->expires_to);
	}
	got = 0;
	while (got == 0 && (got = sql_step(st, err)) > 0)
		got = list_row(db, want, st, fn, arg, err);
out:
	sqlite3_finalize(st);
	db_read_end(db, begun);
	return got;
}
