#include "store/register_since.h"

#include <stdlib.h>
#include <string.h>

#include "store/numset.h"
#include "store/register_impl.h"

static uint64_t
mac_begin(const unsigned char mac[CRYPT_MAC])
{
	uint64_t v = 0;
	int i;

	for (i = 7; i >= 0; i--)
		v = v << 8 | mac[i];
	return v;
}

void
register_mark(const struct register_db *db, struct register_mark *out)
{
	const struct head *h = &db->head;

	*out = (struct register_mark){ .audits = h->audits,
		.audit_end = h->audits ? mac_begin(h->audit_mac) : 0,
		.facts = h->facts,
		.calls = h->call_last };
}

/* ---- what the log tells ---- */

enum effect {
	NOTHING, /* on facts and calls */
	ROWS,    /* it stands in rows that were added */
	RELEASE,
	PRUNE,
	UNKNOWN
};

static enum effect
effect_of(struct span action)
{
	static const struct {
		const char *action;
		enum effect effect;
	} known[] = {
		{ "run", NOTHING },
		{ "why", NOTHING },
		{ "reveal", NOTHING },
		{ "export", NOTHING },
		{ "audit.export", NOTHING },
		{ "backup", NOTHING },
		{ "refresh", NOTHING },
		{ "refresh.refused", NOTHING },
		{ "index.rollback", NOTHING },
		{ "key.rotate", ROWS },
		{ "calls.reserve", ROWS },
		{ "calls.release", RELEASE },
		{ "calls.prune", PRUNE },
	};
	static const char *const adding[] = { ".add", ".remove", ".import" };
	size_t i, n;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (span_eq(action, span_str(known[i].action)))
			return known[i].effect;
	for (i = 0; i < sizeof(adding) / sizeof(*adding); i++) {
		n = strlen(adding[i]);
		if (action.n > n &&
		    memcmp(action.p + action.n - n, adding[i], n) == 0)
			return ROWS;
	}
	return UNKNOWN;
}

/* The whole number that a record's detail has under `name`. */
static bool
detail_number(struct span detail, const char *name, uint64_t *out)
{
	size_t n = strlen(name), i;
	const char *p;

	for (i = 0; i + n + 3 < detail.n; i++) {
		p = detail.p + i;
		if (p[0] != '"' || memcmp(p + 1, name, n) != 0 ||
		    p[n + 1] != '"' || p[n + 2] != ':')
			continue;
		for (i += n + 3, *out = 0; i < detail.n; i++) {
			if (detail.p[i] < '0' || detail.p[i] > '9')
				break;
			*out = *out * 10 + (uint64_t)(detail.p[i] - '0');
		}
		return detail.p[i - 1] >= '0' && detail.p[i - 1] <= '9';
	}
	return false;
}

static int
release_note(struct register_since *s, struct span detail, struct err *err)
{
	uint64_t run, calls, *more;

	if (!detail_number(detail, "run", &run) ||
	    !detail_number(detail, "calls", &calls)) {
		s->known = false;
		return 0;
	}
	if (!(more = reallocarray(s->run, s->runs + 1, sizeof(*more))))
		return err_nomem(err);
	s->run = more;
	s->run[s->runs++] = run;
	s->rows += calls;
	return 0;
}

static int
record_note(void *arg, const struct register_audit *a, struct err *err)
{
	struct register_since *s = arg;
	enum effect effect = effect_of(a->action);
	uint64_t before;

	s->moved |= effect != NOTHING;
	switch (effect) {
	case RELEASE:
		return release_note(s, a->detail, err);
	case PRUNE:
		if (!detail_number(a->detail, "before", &before))
			s->known = false;
		else if ((int64_t)before > s->pruned)
			s->pruned = (int64_t)before;
		return 0;
	case UNKNOWN:
		s->known = false;
		return 0;
	default:
		return 0;
	}
}

int
register_since(struct register_since *out, struct register_db *db,
    const struct register_mark *mark, struct err *err)
{
	unsigned char begin[8];
	bool begun, sound = false;
	int ret = -1;

	*out = (struct register_since){ .mark = *mark,
		.known = true,
		.pruned = INT64_MIN };
	put_u64(begin, mark->audit_end);
	if (db_read_begin(db, &begun, err) == 0)
		ret = audit_since(db, mark->audits, begin, record_note, out,
		    &sound, err);
	out->known &= sound && mark->facts <= db->head.facts &&
	    mark->calls <= db->head.call_last;
	out->moved |= !out->known;
	if (out->known)
		out->rows += db->head.facts - mark->facts + db->head.call_last -
		    mark->calls;
	db_read_end(db, begun);
	if (ret < 0)
		register_since_release(out);
	return ret;
}

void
register_since_release(struct register_since *s)
{
	free(s->run);
	*s = (struct register_since){ 0 };
}

/* ---- whom it touched ---- */

struct touching {
	struct register_db *db;
	struct register_since *since;
	struct numset seen; /* rows of subjects */
	register_subject_fn *fn;
	void *arg;
};

static const char SELECT_OF[] = "SELECT " FACT_COLUMNS
				" FROM fact f WHERE f.subject = ?1"
				" ORDER BY f.id";

static int person_numbers(struct touching *t, const struct subject_row *person,
    struct err *err);

static int
subject_touch(struct touching *t, uint64_t id, struct err *err)
{
	struct register_subject named;
	struct subject_row s;
	uint32_t first;
	int got;

	if (numset_add(&t->seen, id, 1, &first, err) < 0)
		return -1;
	if (first)
		return 0;
	if (subject_load(t->db, id, &s, err) < 0)
		return -1;
	named = (struct register_subject){ s.key, s.person };
	got = t->fn(t->arg, &named, err);
	return got == 0 && s.person.n ? person_numbers(t, &s, err) : got;
}

/* All numbers that ever were linked to a person. */
static int
person_numbers(struct touching *t, const struct subject_row *person,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(t->db, SELECT_OF, err);
	struct rows_seen seen = { 0 };
	struct fact_row r;
	int got = 0;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)person->id);
	while (got == 0 && (got = sql_step(st, err)) > 0) {
		got = fact_of(t->db, person->id, &r, st, &seen, err);
		if (got == 0 && r.number)
			got = subject_touch(t, r.number, err);
	}
	sqlite3_reset(st);
	return got ? got : rows_end(&seen, person->facts, err);
}

static int
fact_touch(struct touching *t, const struct fact_row *r, struct err *err)
{
	int got = subject_touch(t, r->subject, err);

	return got == 0 && r->number ? subject_touch(t, r->number, err) : got;
}

static const char SELECT_FACTS[] = "SELECT " FACT_COLUMNS
				   " FROM fact f WHERE f.id > ?1"
				   " ORDER BY f.id";

/* Every entry that came since: their ids leave no gap. */
static int
facts_touch(struct touching *t, struct err *err)
{
	sqlite3_stmt *st = sql_prepare(t->db->sql, SELECT_FACTS, err);
	uint64_t last = t->since->mark.facts;
	struct fact_row r;
	int got = 0;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)last);
	while (got == 0 && (got = sql_step(st, err)) > 0) {
		got = fact_read(t->db->crypt, &t->db->bytes, &r, st, err);
		t->since->known &= got == 0 && r.id == ++last;
		if (got == 0)
			got = fact_touch(t, &r, err);
	}
	sqlite3_finalize(st);
	t->since->known &= last == t->db->head.facts;
	return got;
}

static const char SELECT_FACT[] = "SELECT " FACT_COLUMNS
				  " FROM fact f WHERE f.id = ?1";

static int
named_touch(struct touching *t, uint64_t id, struct err *err)
{
	sqlite3_stmt *st = sql_use(t->db, SELECT_FACT, err);
	struct fact_row r;
	int got;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)id);
	if ((got = sql_step(st, err)) < 0)
		return -1;
	if (got == 0)
		return db_altered(err, "an entry is missing");
	got = fact_read(t->db->crypt, &t->db->bytes, &r, st, err);
	sqlite3_reset(st);
	/* the numbers in *r outlive the statement */
	return got == 0 ? fact_touch(t, &r, err) : got;
}

static const char SELECT_CALLS[] = "SELECT " CALL_COLUMNS
				   " FROM call c WHERE c.id > ?1"
				   " ORDER BY c.id";
static const char SELECT_RELEASED[] = "SELECT " CALL_COLUMNS
				      " FROM call c WHERE c.run = ?1"
				      " AND c.state = 3";

/* The calls behind the id, or of the run, that `select` takes. */
static int
calls_touch(struct touching *t, const char *select, uint64_t which,
    uint64_t *rows, struct err *err)
{
	sqlite3_stmt *st = sql_prepare(t->db->sql, select, err);
	struct call_row r;
	int got = 0;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)which);
	while (got == 0 && (got = sql_step(st, err)) > 0) {
		got = call_read(t->db->crypt, &t->db->bytes, &r, st, err);
		++*rows;
		if (got == 0)
			got = subject_touch(t, r.subject, err);
	}
	sqlite3_finalize(st);
	return got;
}

/*
 * Calls that came since.  Some that are gone may have been forgotten in the
 * regular way; but they may also be missing.
 */
static int
new_calls_touch(struct touching *t, struct err *err)
{
	uint64_t first = t->since->mark.calls, rows = 0;

	if (calls_touch(t, SELECT_CALLS, first, &rows, err) < 0)
		return -1;
	t->since->known &= rows == t->db->head.call_last - first;
	return 0;
}

/* Reservations that were given back.  One that is hidden goes on counting. */
static int
released_touch(struct touching *t, struct err *err)
{
	uint64_t rows = 0;
	size_t i;

	for (i = 0; i < t->since->runs; i++)
		if (calls_touch(t, SELECT_RELEASED, t->since->run[i], &rows,
			err) < 0)
			return -1;
	return 0;
}

int
register_touched(struct register_db *db, struct register_since *since,
    const uint64_t *fact, size_t n, register_subject_fn *fn, void *arg,
    struct err *err)
{
	struct touching t = { .db = db, .since = since, .fn = fn, .arg = arg };
	size_t i;
	bool begun;
	int ret = db_read_begin(db, &begun, err);

	if (ret == 0)
		ret = facts_touch(&t, err);
	for (i = 0; ret == 0 && i < n; i++)
		ret = named_touch(&t, fact[i], err);
	if (ret == 0)
		ret = new_calls_touch(&t, err);
	if (ret == 0)
		ret = released_touch(&t, err);
	db_read_end(db, begun);
	numset_release(&t.seen);
	return ret;
}
