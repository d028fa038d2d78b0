#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "store/register_impl.h"

/* ---- names ---- */

static const char *const source_names[REGISTER_SOURCES] = {
	[SOURCE_NONE] = "",
	[SOURCE_CALL] = "call",
	[SOURCE_EMAIL] = "email",
	[SOURCE_WEB] = "web",
	[SOURCE_SMS] = "sms",
	[SOURCE_AGENT] = "agent",
	[SOURCE_CRM] = "crm",
	[SOURCE_IMPORT] = "import",
};

static const char *const kind_names[REGISTER_KINDS] = {
	[FACT_DNC] = "dnc",
	[FACT_CONSENT] = "consent",
	[FACT_WITHDRAWN] = "withdrawn",
	[FACT_ALLOW] = "allow",
	[REGISTER_LINK] = "link",
};

static const char *const outcome_names[REGISTER_OUTCOMES] = {
	[REGISTER_NEW] = "new",
	[REGISTER_KNOWN] = "known",
	[REGISTER_CHANGED] = "changed",
	[REGISTER_REMOVED] = "removed",
	[REGISTER_NOT_THERE] = "not there",
	[REGISTER_REFUSED] = "refused",
};

const char *
register_source_name(enum register_source s)
{
	return (unsigned)s < REGISTER_SOURCES ? source_names[s] : "";
}

bool
register_source_parse(enum register_source *out, struct span s)
{
	unsigned i;

	for (i = SOURCE_NONE + 1; i < REGISTER_SOURCES; i++) {
		if (span_eq_nocase(s, span_str(source_names[i]))) {
			*out = (enum register_source)i;
			return true;
		}
	}
	return false;
}

const char *
register_kind_name(unsigned kind)
{
	return kind < REGISTER_KINDS && kind_names[kind] ? kind_names[kind] :
							   "";
}

const char *
register_outcome_name(enum register_outcome o)
{
	return (unsigned)o < REGISTER_OUTCOMES ? outcome_names[o] : "";
}

/* ---- does it make sense? ---- */

static bool
texts_fit(const struct register_entry *e)
{
	const struct span text[] = { e->subject.person, e->topic, e->campaign,
		e->evidence, e->note, e->origin.author, e->origin.approved_by,
		e->origin.input };
	size_t i;

	for (i = 0; i < sizeof(text) / sizeof(*text); i++)
		if (text[i].n > REGISTER_TEXT_MAX)
			return false;
	return true;
}

int
entry_check(const struct register_entry *e, struct err *err)
{
	if (!*register_kind_name(e->kind) ||
	    (unsigned)e->reason >= FACT_REASONS ||
	    (unsigned)e->channel >= FACT_CHANNELS ||
	    (unsigned)e->origin.source >= REGISTER_SOURCES)
		return err_set(err, ERR_USAGE, "an entry of an unknown kind");
	if (e->subject.person.n ? e->subject.key && e->subject.key >> 62 != 3 :
				  !e->subject.key || e->subject.key >> 62 == 3)
		return err_set(err, ERR_USAGE,
		    "an entry is about a number or about a customer id");
	if (e->kind == REGISTER_LINK ?
		(!e->subject.person.n || !subject_is_number(e->number)) :
		e->number != 0)
		return err_set(err, ERR_USAGE,
		    "a link is between a customer id and a number");
	if (e->origin.author.n == 0) {
		err_set(err, ERR_USAGE, "nobody is said to have made an entry");
		return err_hint(err, "name the author with --by");
	}
	if (!texts_fit(e))
		return err_set(err, ERR_USAGE, "a text has more than %d bytes",
		    REGISTER_TEXT_MAX);
	return 0;
}

static int64_t
end_of(const struct register_entry *e)
{
	return e->expires_at == CLOCK_NEVER ? 0 : e->expires_at;
}

/* ---- adding ---- */

static bool
same_entry(const struct fact_row *r, const struct register_entry *e,
    uint64_t number)
{
	if (r->number != number || r->channel != e->channel ||
	    !span_eq(r->topic, e->topic) || !span_eq(r->campaign, e->campaign))
		return false;
	switch (r->kind) {
	case FACT_DNC:
		return r->reason == e->reason;
	case FACT_CONSENT:
		return r->at == e->at && r->effective_at == e->effective_at;
	case FACT_WITHDRAWN:
		return r->at == e->at;
	case FACT_ALLOW:
		return r->effective_at == e->effective_at;
	default:
		return true;
	}
}

/* What `e` alone says. */
static void
row_of(struct fact_row *r, const struct register_entry *e)
{
	*r = (struct fact_row){
		.kind = (uint8_t)e->kind,
		.reason = (uint8_t)e->reason,
		.channel = (uint8_t)e->channel,
		.topic = e->topic,
		.campaign = e->campaign,
		.permanent = e->permanent,
		.at = e->at,
		.requested_at = e->requested_at,
		.effective_at = e->effective_at,
		.expires_at = end_of(e),
		.review_at = e->review_at,
		.evidence_sha256 = e->evidence_sha256 ?
		    span_of((const char *)e->evidence_sha256, REGISTER_SHA256) :
		    span_of("", 0),
	};
}

/*
 * Put what is in force into what comes: of ends the later (0 is none), of a
 * block's beginnings the earlier (0 is at once), and where nothing is said
 * what was said before.
 */
static void
row_merge(struct fact_row *r, const struct fact_row *old)
{
	if (old->expires_at == 0 ||
	    (r->expires_at != 0 && old->expires_at > r->expires_at))
		r->expires_at = old->expires_at;
	if (r->kind == FACT_DNC && old->effective_at < r->effective_at)
		r->effective_at = old->effective_at;
	if (r->reason == REASON_NONE)
		r->reason = old->reason;
	r->permanent |= old->permanent;
	if (!r->requested_at)
		r->requested_at = old->requested_at;
	if (!r->review_at)
		r->review_at = old->review_at;
	if (!r->evidence_sha256.n)
		r->evidence_sha256 = old->evidence_sha256;
}

/* Is a text, where one is said, another than that sealed in the old row? */
static int
text_differs(struct register_db *db, char which, const struct fact_row *old,
    struct span sealed, struct span said, struct err *err)
{
	char text[REGISTER_TEXT_MAX];
	struct span known;

	if (said.n == 0)
		return 0;
	if (text_open(db->crypt, which, old->id, sealed, text, &known, err) < 0)
		return -1;
	return !span_eq(said, known);
}

/* Do `e` and the merged row say anything that the old does not? */
static int
says_more(struct register_db *db, const struct register_entry *e,
    const struct fact_row *r, const struct fact_row *old, struct err *err)
{
	int got;

	if (r->expires_at != old->expires_at ||
	    r->effective_at != old->effective_at || r->reason != old->reason ||
	    r->permanent != old->permanent ||
	    r->requested_at != old->requested_at ||
	    r->review_at != old->review_at ||
	    !span_eq(r->evidence_sha256, old->evidence_sha256))
		return 1;
	got = text_differs(db, 'n', old, old->note, e->note, err);
	return got ?
	    got :
	    text_differs(db, 'e', old, old->evidence, e->evidence, err);
}

/* All, in force or not: what is left out is decided behind the macs. */
static const char SELECT_ALL[] = "SELECT " FACT_COLUMNS
				 " FROM fact f WHERE f.subject = ?1"
				 " ORDER BY f.id";

/* The next entry in force of this kind.  1: there is one; 0: no more. */
static int
in_force_next(struct register_db *db, sqlite3_stmt *st,
    const struct subject_row *s, unsigned kind, struct rows_seen *seen,
    struct fact_row *out, struct err *err)
{
	int got;

	while ((got = sql_step(st, err)) > 0) {
		if (fact_of(db, s->id, out, st, seen, err) < 0)
			return -1;
		if (out->kind == kind && fact_in_force(out))
			return 1;
	}
	return got < 0 ? -1 : rows_end(seen, s->facts, err);
}

/* Find the entry in force that `e` is the same as.  1: the statement stands on
 * it and its texts live; 0: there is none. */
static int
same_find(struct register_db *db, const struct register_entry *e,
    const struct subject_row *s, uint64_t number, struct fact_row *out,
    sqlite3_stmt **stp, struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SELECT_ALL, err);
	struct rows_seen seen = { 0 };
	int got;

	if (!(*stp = st))
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)s->id);
	while ((got = in_force_next(db, st, s, e->kind, &seen, out, err)) > 0)
		if (same_entry(out, e, number))
			return 1;
	sqlite3_reset(st);
	return got;
}

/* Copy a text into `b`, which has room, and let the span point there. */
static void
keep(struct buf *b, struct span *s)
{
	size_t at = b->n;

	buf_addspan(b, *s);
	*s = span_of(b->p + at, s->n);
}

/*
 * Texts of the old row live only until other statements run: they move to
 * db->old.
 */
static int
old_keep(struct register_db *db, struct fact_row *old, struct err *err)
{
	struct span *text[] = { &old->topic, &old->campaign, &old->evidence,
		&old->evidence_sha256, &old->note, &old->why };
	size_t i;

	buf_reset(&db->old);
	if (!buf_reserve(&db->old, 6 * SEALED_MAX))
		return err_nomem(err);
	for (i = 0; i < sizeof(text) / sizeof(*text); i++)
		keep(&db->old, text[i]);
	return 0;
}

/*
 * Seal what is said for the row `id`; where nothing is said, what is sealed
 * in the row `from` (0: none).
 */
static int
text_put(struct register_db *db, char which, uint64_t id, struct span said,
    uint64_t from, struct span *text, unsigned char sealed[SEALED_MAX],
    struct err *err)
{
	char plain[REGISTER_TEXT_MAX];

	if (!said.n && from &&
	    text_open(db->crypt, which, from, *text, plain, &said, err) < 0)
		return -1;
	*text = span_of((char *)sealed, said.n ? said.n + CRYPT_SEAL_EXTRA : 0);
	return said.n ? text_seal(db->crypt, which, id, said, sealed, err) : 0;
}

/* Insert r for `e`; it supersedes *old where there is one. */
static int
row_put(struct register_db *db, struct fact_row *r,
    const struct register_entry *e, struct fact_row *old, struct subject_row *s,
    struct subject_row *number, struct err *err)
{
	unsigned char note[SEALED_MAX], evidence[SEALED_MAX];
	uint64_t from = old ? old->id : 0;

	r->id = db->head.facts + 1;
	r->recorded_at = db->now;
	r->supersedes = from;
	if (old) {
		r->note = old->note;
		r->evidence = old->evidence;
	}
	if (text_put(db, 'n', r->id, e->note, from, &r->note, note, err) < 0 ||
	    text_put(db, 'e', r->id, e->evidence, from, &r->evidence, evidence,
		err) < 0 ||
	    fact_insert(db, r, s, number, err) < 0)
		return -1;
	return old ? fact_supersede(db, old, r->id, err) : 0;
}

/* The subject of the number that a link names, there or not. */
static int
number_find(struct register_db *db, uint64_t number, struct subject_row *out,
    struct err *err)
{
	unsigned char lookup[CRYPT_LOOKUP];

	crypt_lookup(db->crypt, number, lookup);
	return subject_find(db, number, span_of("", 0), lookup, out, err);
}

int
entry_put(struct register_db *db, const struct register_entry *e, uint64_t key,
    const unsigned char lookup[CRYPT_LOOKUP], uint64_t origin,
    enum register_outcome *outcome, uint64_t *fact, struct err *err)
{
	bool link = e->kind == REGISTER_LINK;
	struct subject_row s, n, *number = NULL;
	sqlite3_stmt *st = NULL;
	struct fact_row r, old;
	int got;

	if (subject_find(db, key, e->subject.person, lookup, &s, err) < 0 ||
	    (link && number_find(db, e->number, &n, err) < 0))
		return -1;
	if (link)
		number = &n;
	row_of(&r, e);
	r.origin = origin;
	got = s.id ?
	    same_find(db, e, &s, number ? number->id : 0, &old, &st, err) :
	    0;
	if (got < 0)
		return -1;
	if (got == 0) {
		*outcome = REGISTER_NEW;
		*fact = db->head.facts + 1;
		return row_put(db, &r, e, NULL, &s, number, err);
	}
	row_merge(&r, &old);
	*fact = old.id;
	*outcome = REGISTER_KNOWN;
	if ((got = says_more(db, e, &r, &old, err)) > 0) {
		*outcome = REGISTER_CHANGED;
		*fact = db->head.facts + 1;
		got = old_keep(db, &old, err);
		if (r.evidence_sha256.n && !e->evidence_sha256)
			r.evidence_sha256 = old.evidence_sha256;
		sqlite3_reset(st);
		if (got == 0)
			got = row_put(db, &r, e, &old, &s, number, err);
	}
	sqlite3_reset(st);
	return got;
}

/* ---- one by hand ---- */

/* The audit record of one change: what and how it came out, nobody's name. */
static int
change_audit(struct register_db *db, const struct register_entry *e,
    const char *verb, enum register_outcome outcome, uint64_t fact,
    struct err *err)
{
	struct register_audit a = { .author = e->origin.author,
		.subject = e->subject };
	struct buf *b = &db->detail;
	struct json j = { .out = b };
	size_t n;

	buf_reset(b);
	buf_addf(b, "%s.%s", register_kind_name(e->kind), verb);
	n = b->n;
	json_object(&j, NULL);
	json_str(&j, "outcome", register_outcome_name(outcome));
	if (fact)
		json_u64(&j, "fact", fact);
	if (e->reason)
		json_str(&j, "reason", fact_reason_name(e->reason));
	if (e->origin.source)
		json_str(&j, "source", register_source_name(e->origin.source));
	if (e->topic.n)
		json_span(&j, "topic", e->topic);
	if (e->campaign.n)
		json_span(&j, "campaign", e->campaign);
	if (e->channel)
		json_str(&j, "channel", fact_channel_name(e->channel));
	if (e->permanent)
		json_bool(&j, "permanent", true);
	if (e->origin.approved_by.n)
		json_span(&j, "approved_by", e->origin.approved_by);
	json_end(&j);
	if (buf_check(b, err) < 0)
		return -1;
	a.action = span_of(b->p, n);
	a.detail = span_of(b->p + n, b->n - n);
	return register_audit_add(db, &a, err);
}

int
register_add(struct register_db *db, const struct register_entry *e,
    enum register_outcome *outcome, struct err *err)
{
	unsigned char lookup[CRYPT_LOOKUP];
	uint64_t key, origin, fact;

	if (entry_check(e, err) < 0 || db_writable(db, err) < 0)
		return -1;
	if (e->kind == REGISTER_LINK && !e->number)
		return err_set(err, ERR_USAGE, "a link without a number");
	db->failed = true; /* until all is well */
	key = subject_key(db, &e->subject);
	crypt_lookup(db->crypt, key, lookup);
	if (origin_id(db, &e->origin, &origin, err) < 0 ||
	    entry_put(db, e, key, lookup, origin, outcome, &fact, err) < 0)
		return -1;
	db->failed = false;
	return change_audit(db, e, "add", *outcome, fact, err);
}

/* ---- removing ---- */

/* The entries that are meant. */
struct meant {
	uint64_t *id;
	size_t n;
	bool permanent; /* one of them is, or blocks through it */
};

static bool
is_meant(const struct fact_row *r, const struct register_entry *e,
    uint64_t number)
{
	return (!number || r->number == number) &&
	    (!e->topic.n || span_eq(r->topic, e->topic)) &&
	    (!e->campaign.n || span_eq(r->campaign, e->campaign)) &&
	    (!e->channel || r->channel == e->channel) &&
	    (!e->reason || r->reason == e->reason);
}

static int
meant_find(struct register_db *db, const struct register_entry *e,
    const struct subject_row *s, uint64_t number, struct meant *out,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SELECT_ALL, err);
	struct rows_seen seen = { 0 };
	struct fact_row r;
	uint64_t *more;
	int got;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)s->id);
	while ((got = in_force_next(db, st, s, e->kind, &seen, &r, err)) > 0) {
		if (!is_meant(&r, e, number))
			continue;
		more = reallocarray(out->id, out->n + 1, sizeof(*more));
		if (!more) {
			got = err_nomem(err);
			break;
		}
		out->id = more;
		out->id[out->n++] = r.id;
		out->permanent |= r.permanent;
	}
	sqlite3_reset(st);
	return got;
}

/* A link that goes takes the person's blocks off its number. */
static int
link_permanent(struct register_db *db, const struct subject_row *person,
    bool *permanent, struct err *err)
{
	const struct register_entry blocks = { .kind = FACT_DNC };
	struct meant m = { 0 };
	int ret = meant_find(db, &blocks, person, 0, &m, err);

	*permanent |= m.permanent;
	free(m.id);
	return ret;
}

static const char SELECT_FACT[] = "SELECT " FACT_COLUMNS
				  " FROM fact f WHERE f.id = ?1";

static int
fact_load(struct register_db *db, uint64_t id, struct fact_row *out,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SELECT_FACT, err);
	int got;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)id);
	if ((got = sql_step(st, err)) < 0)
		return -1;
	if (got == 0)
		return db_altered(err, "an entry is missing");
	if ((got = fact_read(db->crypt, &db->bytes, out, st, err)) == 0)
		got = old_keep(db, out, err);
	sqlite3_reset(st);
	return got;
}

/* Write the removal of one entry: what it was, and why and by whom it goes. */
static int
remove_one(struct register_db *db, const struct register_entry *e,
    struct subject_row *s, struct span why, uint64_t id, uint64_t origin,
    struct err *err)
{
	struct subject_row number;
	unsigned char note[SEALED_MAX], evidence[SEALED_MAX],
	    reason[SEALED_MAX];
	struct fact_row old, r;

	if (fact_load(db, id, &old, err) < 0 ||
	    (old.number && subject_load(db, old.number, &number, err) < 0))
		return -1;
	row_of(&r, e);
	r.id = db->head.facts + 1;
	r.reason = old.reason;
	r.channel = old.channel;
	r.topic = old.topic;
	r.campaign = old.campaign;
	r.permanent = old.permanent;
	r.origin = origin;
	r.removed = true;
	r.recorded_at = db->now;
	r.supersedes = old.id;
	if (text_put(db, 'n', r.id, e->note, 0, &r.note, note, err) < 0 ||
	    text_put(db, 'e', r.id, e->evidence, 0, &r.evidence, evidence,
		err) < 0 ||
	    text_put(db, 'w', r.id, why, 0, &r.why, reason, err) < 0 ||
	    fact_insert(db, &r, s, old.number ? &number : NULL, err) < 0)
		return -1;
	return fact_supersede(db, &old, r.id, err);
}

static bool
may_lift(const struct register_entry *e, struct span why)
{
	struct span by = span_trim(e->origin.approved_by);

	return span_trim(why).n && by.n &&
	    !span_eq_nocase(by, span_trim(e->origin.author));
}

static int
remove_all(struct register_db *db, const struct register_entry *e,
    struct subject_row *s, struct span why, struct meant *m,
    enum register_outcome *outcome, struct err *err)
{
	uint64_t origin;
	size_t i;

	if (m->n == 0) {
		*outcome = REGISTER_NOT_THERE;
		return 0;
	}
	if (m->permanent && !may_lift(e, why)) {
		*outcome = REGISTER_REFUSED;
		return 0;
	}
	*outcome = REGISTER_REMOVED;
	if (origin_id(db, &e->origin, &origin, err) < 0)
		return -1;
	for (i = 0; i < m->n; i++)
		if (remove_one(db, e, s, why, m->id[i], origin, err) < 0)
			return -1;
	return 0;
}

int
register_remove(struct register_db *db, const struct register_entry *e,
    struct span why, enum register_outcome *outcome, struct err *err)
{
	unsigned char lookup[CRYPT_LOOKUP];
	struct subject_row s, number = { .id = 0 };
	struct meant m = { 0 };
	uint64_t key, first;
	int got, ret = -1;

	if (entry_check(e, err) < 0 || db_writable(db, err) < 0)
		return -1;
	if (why.n > REGISTER_TEXT_MAX)
		return err_set(err, ERR_USAGE, "the reason is too long");
	db->failed = true; /* until all is well */
	first = db->head.facts + 1;
	key = subject_key(db, &e->subject);
	crypt_lookup(db->crypt, key, lookup);
	got = subject_find(db, key, e->subject.person, lookup, &s, err);
	if (got > 0 && e->number)
		got = number_find(db, e->number, &number, err);
	if (got < 0 ||
	    (got > 0 && meant_find(db, e, &s, number.id, &m, err) < 0) ||
	    (m.n && e->kind == REGISTER_LINK &&
		link_permanent(db, &s, &m.permanent, err) < 0) ||
	    remove_all(db, e, &s, why, &m, outcome, err) < 0)
		goto out;
	db->failed = false;
	ret = change_audit(db, e, "remove", *outcome,
	    *outcome == REGISTER_REMOVED ? first : 0, err);
out:
	free(m.id);
	return ret;
}
