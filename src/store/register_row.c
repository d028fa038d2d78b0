#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/secret.h"
#include "store/register_impl.h"

/* ---- subjects ---- */

static uint64_t
key_under(const struct crypt *c, const struct register_subject *s)
{
	return s->person.n ? crypt_person(c, s->person.p, s->person.n) : s->key;
}

uint64_t
subject_key(const struct register_db *db, const struct register_subject *s)
{
	return key_under(db->crypt, s);
}

uint64_t
subject_inner_key(const struct register_db *db,
    const struct register_subject *s)
{
	/* a person's key alone says nothing under another key */
	return s->key >> 62 == 3 && !s->person.n ? 0 : key_under(db->inner, s);
}

static unsigned
kind_of(uint64_t key)
{
	return subject_is_number(key) ? SUBJECT_NUMBER :
	    key >> 62 == 2            ? SUBJECT_PREFIX :
					SUBJECT_PERSON;
}

static uint64_t
get_u64(const unsigned char in[8])
{
	uint64_t v = 0;
	int i;

	for (i = 7; i >= 0; i--)
		v = v << 8 | in[i];
	return v;
}

/* What a subject's seal is bound to. */
enum { SUBJECT_BIND = 2 + 4 * 8 + CRYPT_LOOKUP };

static void
subject_bind(unsigned char out[SUBJECT_BIND], const struct subject_row *s,
    unsigned kind)
{
	out[0] = 'S';
	out[1] = (unsigned char)kind;
	put_u64(out + 2, s->id);
	put_u64(out + 10, s->facts);
	put_u64(out + 18, s->links);
	put_u64(out + 26, s->calls);
	memcpy(out + 34, s->lookup, CRYPT_LOOKUP);
}

int
subject_seal(const struct crypt *c, const struct subject_row *s,
    unsigned char *out, size_t *n, struct err *err)
{
	unsigned char bind[SUBJECT_BIND], key[8];
	unsigned kind = kind_of(s->key);

	subject_bind(bind, s, kind);
	if (kind == SUBJECT_PERSON) {
		*n = s->person.n + CRYPT_SEAL_EXTRA;
		return crypt_seal(c, out, s->person.p, s->person.n, bind,
		    sizeof(bind), err);
	}
	put_u64(key, s->key);
	*n = sizeof(key) + CRYPT_SEAL_EXTRA;
	return crypt_seal(c, out, key, sizeof(key), bind, sizeof(bind), err);
}

/* Open the seal of a row whose other columns are in *out. */
static int
subject_open(const struct crypt *c, struct subject_row *out, unsigned kind,
    struct span sealed, struct err *err)
{
	unsigned char bind[SUBJECT_BIND];
	size_t n = sealed.n - CRYPT_SEAL_EXTRA;

	if (sealed.n < CRYPT_SEAL_EXTRA || n > sizeof(out->text) ||
	    (kind != SUBJECT_PERSON && n != 8))
		return db_altered(err, "a sealed subject");
	subject_bind(bind, out, kind);
	if (crypt_open(c, out->text, (const unsigned char *)sealed.p, sealed.n,
		bind, sizeof(bind), err) < 0)
		return db_altered(err, "a sealed subject");
	if (kind == SUBJECT_PERSON) {
		out->person = span_of(out->text, n);
		out->key = crypt_person(c, out->text, n);
	} else {
		out->person = span_of("", 0);
		out->key = get_u64((const unsigned char *)out->text);
	}
	return 0;
}

int
subject_read(const struct crypt *c, struct subject_row *out, sqlite3_stmt *st,
    int i, struct err *err)
{
	struct span lookup = sql_span(st, i + 1);

	if (lookup.n != CRYPT_LOOKUP)
		return db_altered(err, "a look-up");
	memcpy(out->lookup, lookup.p, lookup.n);
	out->facts = (uint64_t)sqlite3_column_int64(st, i + 2);
	out->links = (uint64_t)sqlite3_column_int64(st, i + 3);
	out->calls = (uint64_t)sqlite3_column_int64(st, i + 4);
	return subject_open(c, out, (unsigned)sqlite3_column_int(st, i),
	    sql_span(st, i + 5), err);
}

static const char SELECT_BY_LOOKUP[] = "SELECT s.id, " SUBJECT_COLUMNS
				       " FROM subject s WHERE s.lookup = ?1";

/* 1: it is in *out. */
static int
subject_select(struct register_db *db, uint64_t key,
    const unsigned char lookup[CRYPT_LOOKUP], struct subject_row *out,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SELECT_BY_LOOKUP, err);
	int got;

	if (!st)
		return -1;
	sqlite3_bind_blob(st, 1, lookup, CRYPT_LOOKUP, SQLITE_STATIC);
	if ((got = sql_step(st, err)) <= 0)
		return got;
	out->id = (uint64_t)sqlite3_column_int64(st, 0);
	got = subject_read(db->crypt, out, st, 1, err);
	sqlite3_reset(st);
	if (got < 0)
		return -1;
	if (out->key != key || memcmp(out->lookup, lookup, CRYPT_LOOKUP) != 0)
		return db_altered(err, "a subject stands for another");
	return 1;
}

int
subject_find(struct register_db *db, uint64_t key, struct span person,
    const unsigned char lookup[CRYPT_LOOKUP], struct subject_row *out,
    struct err *err)
{
	/* in a transaction the bucket is needed in any case */
	int got = db->in_transaction ? bucket_has(db, lookup, err) : 1;

	if (got > 0 && (got = subject_select(db, key, lookup, out, err)) == 0 &&
	    (got = bucket_has(db, lookup, err)) > 0)
		return db_altered(err, "a subject is missing");
	if (got != 0)
		return got;
	out->id = 0;
	out->key = key;
	out->person = person;
	out->facts = out->links = out->calls = 0;
	memcpy(out->lookup, lookup, CRYPT_LOOKUP);
	return 0;
}

static const char SELECT_BY_ID[] = "SELECT " SUBJECT_COLUMNS
				   " FROM subject s WHERE s.id = ?1";

int
subject_load(struct register_db *db, uint64_t id, struct subject_row *out,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SELECT_BY_ID, err);
	int got;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)id);
	if ((got = sql_step(st, err)) < 0)
		return -1;
	if (got == 0)
		return db_altered(err, "a subject is missing");
	out->id = id;
	got = subject_read(db->crypt, out, st, 0, err);
	sqlite3_reset(st);
	return got;
}

static const char INSERT_SUBJECT[] =
    "INSERT INTO subject (id, facts, links, calls, sealed, kind, lookup)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

static const char UPDATE_SUBJECT[] =
    "UPDATE subject SET facts = ?2, links = ?3, calls = ?4, sealed = ?5"
    " WHERE id = ?1";

int
subject_put(struct register_db *db, struct subject_row *s, struct err *err)
{
	bool is_new = s->id == 0;
	sqlite3_stmt *st = sql_use(db, is_new ? INSERT_SUBJECT : UPDATE_SUBJECT,
	    err);
	unsigned char sealed[SEALED_MAX];
	unsigned kind = kind_of(s->key);
	size_t n;

	/* its bucket as it was before, lest damage is sealed in */
	if (!st || (is_new && bucket_has(db, s->lookup, err) != 0))
		return -1;
	if (is_new)
		s->id = db->head.subjects + 1;
	if (subject_seal(db->crypt, s, sealed, &n, err) < 0)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)s->id);
	sqlite3_bind_int64(st, 2, (int64_t)s->facts);
	sqlite3_bind_int64(st, 3, (int64_t)s->links);
	sqlite3_bind_int64(st, 4, (int64_t)s->calls);
	sql_bind_blob(st, 5, sealed, n);
	if (is_new) {
		sqlite3_bind_int(st, 6, (int)kind);
		sql_bind_blob(st, 7, s->lookup, CRYPT_LOOKUP);
	}
	if (sql_run(st, err) < 0)
		return -1;
	if (!is_new)
		return 0;
	db->head.subjects++;
	db->head.prefixes += kind == SUBJECT_PREFIX;
	return bucket_add(db, s->lookup, s->id, err);
}

int
rows_next(struct rows_seen *seen, uint64_t id, struct err *err)
{
	if (id <= seen->last)
		return db_altered(err, "a row is told twice");
	seen->last = id;
	seen->n++;
	return 0;
}

int
rows_end(const struct rows_seen *seen, uint64_t want, struct err *err)
{
	return seen->n == want ?
	    0 :
	    db_altered(err, "rows of a subject are missing or added");
}

/* ---- origins ---- */

static struct span
digest_span(const unsigned char *digest)
{
	return digest ? span_of((const char *)digest, REGISTER_SHA256) :
			span_of("", 0);
}

static void
origin_bytes(struct buf *b, const struct register_origin *o)
{
	mac_u64(b, o->source);
	mac_span(b, o->author);
	mac_span(b, o->approved_by);
	mac_span(b, o->input);
	mac_span(b, digest_span(o->input_sha256));
}

void
origin_mac(const struct crypt *c, struct buf *bytes, uint64_t id,
    const struct register_origin *o, unsigned char out[ROW_MAC])
{
	unsigned char mac[CRYPT_MAC];

	buf_reset(bytes);
	buf_addc(bytes, 'O');
	mac_u64(bytes, id);
	origin_bytes(bytes, o);
	crypt_mac(c, CRYPT_FACTS, NULL, bytes->p, bytes->n, mac);
	memcpy(out, mac, ROW_MAC);
}

static const char INSERT_ORIGIN[] =
    "INSERT INTO origin (id, source, author, approved_by, input, input_sha256,"
    " mac) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

static int
origin_add(struct register_db *db, const struct register_origin *o, uint64_t id,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(db, INSERT_ORIGIN, err);
	struct span digest = digest_span(o->input_sha256);
	unsigned char mac[ROW_MAC];

	if (!st)
		return -1;
	origin_mac(db->crypt, &db->bytes, id, o, mac);
	sqlite3_bind_int64(st, 1, (int64_t)id);
	sqlite3_bind_int(st, 2, (int)o->source);
	sqlite3_bind_text64(st, 3, o->author.p, o->author.n, SQLITE_STATIC,
	    SQLITE_UTF8);
	sql_bind_text(st, 4, o->approved_by);
	sql_bind_text(st, 5, o->input);
	sql_bind_blob(st, 6, digest.p, digest.n);
	sql_bind_blob(st, 7, mac, sizeof(mac));
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	return sql_run(st, err);
}

int
origin_id(struct register_db *db, const struct register_origin *o, uint64_t *id,
    struct err *err)
{
	struct origin_slot *slot;

	buf_reset(&db->bytes);
	origin_bytes(&db->bytes, o);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	slot = &db->origin[hash_bytes(db->bytes.p, db->bytes.n, 0) % ORIGINS];
	if (slot->id && span_eq(buf_span(&slot->bytes), buf_span(&db->bytes))) {
		*id = slot->id;
		return 0;
	}
	slot->id = 0;
	slot->bytes.max = db->bytes.max;
	buf_reset(&slot->bytes);
	buf_add(&slot->bytes, db->bytes.p, db->bytes.n);
	if (buf_check(&slot->bytes, err) < 0 ||
	    origin_add(db, o, db->head.origins + 1, err) < 0)
		return -1;
	*id = slot->id = ++db->head.origins;
	return 0;
}

void
origins_forget(struct register_db *db)
{
	size_t i;

	for (i = 0; i < ORIGINS; i++)
		db->origin[i].id = 0;
}

/* A digest of a row; *ok is cleared when it has another length. */
static const unsigned char *
digest_of(struct span s, bool *ok)
{
	if (s.n && s.n != REGISTER_SHA256)
		*ok = false;
	return s.n == REGISTER_SHA256 ? (const unsigned char *)s.p : NULL;
}

int
origin_read(const struct crypt *c, struct buf *bytes,
    struct register_origin *out, sqlite3_stmt *st, int i, struct err *err)
{
	uint64_t id = (uint64_t)sqlite3_column_int64(st, i);
	struct span mac = sql_span(st, i + 6);
	unsigned char want[ROW_MAC];
	bool ok = true;

	out->source = (enum register_source)sqlite3_column_int(st, i + 1);
	out->author = sql_span(st, i + 2);
	out->approved_by = sql_span(st, i + 3);
	out->input = sql_span(st, i + 4);
	out->input_sha256 = digest_of(sql_span(st, i + 5), &ok);
	origin_mac(c, bytes, id, out, want);
	if (!ok || mac.n != ROW_MAC || !secret_equal(mac.p, want, ROW_MAC))
		return db_altered(err, "who an entry comes from");
	return 0;
}

/* ---- facts ---- */

void
fact_mac(const struct crypt *c, struct buf *b, const struct fact_row *r,
    unsigned char out[ROW_MAC])
{
	unsigned char mac[CRYPT_MAC];
	const uint64_t number[] = { r->id, r->subject, r->origin, r->number,
		r->supersedes, r->superseded_by, (uint64_t)r->recorded_at,
		(uint64_t)r->at, (uint64_t)r->requested_at,
		(uint64_t)r->effective_at, (uint64_t)r->expires_at,
		(uint64_t)r->review_at };
	const struct span text[] = { r->topic, r->campaign, r->evidence,
		r->evidence_sha256, r->note, r->why };
	size_t i;

	buf_reset(b);
	buf_addc(b, 'F');
	buf_addc(b, (char)r->kind);
	buf_addc(b, (char)r->reason);
	buf_addc(b, (char)r->channel);
	buf_addc(b, (char)(r->permanent | r->removed << 1));
	for (i = 0; i < sizeof(number) / sizeof(*number); i++)
		mac_u64(b, number[i]);
	for (i = 0; i < sizeof(text) / sizeof(*text); i++)
		mac_span(b, text[i]);
	crypt_mac(c, CRYPT_FACTS, NULL, b->p, b->n, mac);
	memcpy(out, mac, ROW_MAC);
}

int
fact_read(const struct crypt *c, struct buf *bytes, struct fact_row *r,
    sqlite3_stmt *st, struct err *err)
{
	struct span mac = sql_span(st, 23);
	unsigned char want[ROW_MAC];

	r->id = (uint64_t)sqlite3_column_int64(st, 0);
	r->subject = (uint64_t)sqlite3_column_int64(st, 1);
	r->kind = (uint8_t)sqlite3_column_int(st, 2);
	r->origin = (uint64_t)sqlite3_column_int64(st, 3);
	r->reason = (uint8_t)sqlite3_column_int(st, 4);
	r->channel = (uint8_t)sqlite3_column_int(st, 5);
	r->topic = sql_span(st, 6);
	r->campaign = sql_span(st, 7);
	r->number = (uint64_t)sqlite3_column_int64(st, 8);
	r->permanent = sqlite3_column_int(st, 9) != 0;
	r->at = sqlite3_column_int64(st, 10);
	r->requested_at = sqlite3_column_int64(st, 11);
	r->effective_at = sqlite3_column_int64(st, 12);
	r->expires_at = sqlite3_column_int64(st, 13);
	r->review_at = sqlite3_column_int64(st, 14);
	r->evidence = sql_span(st, 15);
	r->evidence_sha256 = sql_span(st, 16);
	r->note = sql_span(st, 17);
	r->why = sql_span(st, 18);
	r->removed = sqlite3_column_int(st, 19) != 0;
	r->recorded_at = sqlite3_column_int64(st, 20);
	r->supersedes = (uint64_t)sqlite3_column_int64(st, 21);
	r->superseded_by = (uint64_t)sqlite3_column_int64(st, 22);
	fact_mac(c, bytes, r, want);
	if (buf_check(bytes, err) < 0)
		return -1;
	if (mac.n != ROW_MAC || !secret_equal(mac.p, want, ROW_MAC))
		return db_altered(err, "an entry");
	if (r->kind >= REGISTER_KINDS || r->reason >= FACT_REASONS ||
	    r->channel >= FACT_CHANNELS)
		return err_set(err, ERR_INTERNAL,
		    "an entry of the register has an unknown code");
	return 0;
}

int
fact_of(struct register_db *db, uint64_t subject, struct fact_row *r,
    sqlite3_stmt *st, struct rows_seen *seen, struct err *err)
{
	if (fact_read(db->crypt, &db->bytes, r, st, err) < 0)
		return -1;
	return r->subject == subject ? rows_next(seen, r->id, err) :
				       db_altered(err, "an entry");
}

static const char INSERT_FACT[] =
    "INSERT INTO fact (id, subject, kind, origin, reason, channel, topic,"
    " campaign, number, permanent, at, requested_at, effective_at, expires_at,"
    " review_at, evidence, evidence_sha256, note, why, removed, recorded_at,"
    " supersedes, superseded_by, mac) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
    " ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,"
    " NULL, ?23)";

/* One more of `s`, and one more that names `number`. */
static int
facts_count(struct register_db *db, struct subject_row *s,
    struct subject_row *number, struct err *err)
{
	s->facts++;
	if (subject_put(db, s, err) < 0)
		return -1;
	if (!number)
		return 0;
	number->links++;
	return subject_put(db, number, err);
}

int
fact_insert(struct register_db *db, struct fact_row *r, struct subject_row *s,
    struct subject_row *number, struct err *err)
{
	sqlite3_stmt *st = sql_use(db, INSERT_FACT, err);
	unsigned char mac[ROW_MAC];

	if (!st || facts_count(db, s, number, err) < 0)
		return -1;
	r->subject = s->id;
	r->number = number ? number->id : 0;
	assert(r->id == db->head.facts + 1 && !r->superseded_by);
	fact_mac(db->crypt, &db->bytes, r, mac);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)r->id);
	sqlite3_bind_int64(st, 2, (int64_t)r->subject);
	sqlite3_bind_int(st, 3, r->kind);
	sqlite3_bind_int64(st, 4, (int64_t)r->origin);
	sql_bind_some(st, 5, r->reason);
	sql_bind_some(st, 6, r->channel);
	sql_bind_text(st, 7, r->topic);
	sql_bind_text(st, 8, r->campaign);
	sql_bind_some(st, 9, (int64_t)r->number);
	sql_bind_some(st, 10, r->permanent);
	sql_bind_some(st, 11, r->at);
	sql_bind_some(st, 12, r->requested_at);
	sql_bind_some(st, 13, r->effective_at);
	sql_bind_some(st, 14, r->expires_at);
	sql_bind_some(st, 15, r->review_at);
	sql_bind_blob(st, 16, r->evidence.p, r->evidence.n);
	sql_bind_blob(st, 17, r->evidence_sha256.p, r->evidence_sha256.n);
	sql_bind_blob(st, 18, r->note.p, r->note.n);
	sql_bind_blob(st, 19, r->why.p, r->why.n);
	sql_bind_some(st, 20, r->removed);
	sqlite3_bind_int64(st, 21, r->recorded_at);
	sql_bind_some(st, 22, (int64_t)r->supersedes);
	sql_bind_blob(st, 23, mac, sizeof(mac));
	if (sql_run(st, err) < 0)
		return -1;
	db->head.facts++;
	if (!r->removed)
		db->head.in_force[r->kind]++;
	return 0;
}

static const char
    SUPERSEDE[] = "UPDATE fact SET superseded_by = ?2, mac = ?3 WHERE id = ?1";

int
fact_supersede(struct register_db *db, struct fact_row *r, uint64_t by,
    struct err *err)
{
	sqlite3_stmt *st = sql_use(db, SUPERSEDE, err);
	unsigned char mac[ROW_MAC];

	if (!st)
		return -1;
	r->superseded_by = by;
	fact_mac(db->crypt, &db->bytes, r, mac);
	if (buf_check(&db->bytes, err) < 0)
		return -1;
	sqlite3_bind_int64(st, 1, (int64_t)r->id);
	sqlite3_bind_int64(st, 2, (int64_t)by);
	sql_bind_blob(st, 3, mac, sizeof(mac));
	db->head.in_force[r->kind]--;
	return sql_run(st, err);
}

/* ---- sealed texts ---- */

static void
text_bind(unsigned char out[9], char which, uint64_t id)
{
	out[0] = (unsigned char)which;
	put_u64(out + 1, id);
}

int
text_seal(const struct crypt *c, char which, uint64_t id, struct span s,
    unsigned char out[SEALED_MAX], struct err *err)
{
	unsigned char bind[9];

	assert(s.n <= REGISTER_TEXT_MAX);
	text_bind(bind, which, id);
	return crypt_seal(c, out, s.p, s.n, bind, sizeof(bind), err);
}

int
text_open(const struct crypt *c, char which, uint64_t id, struct span sealed,
    char out[REGISTER_TEXT_MAX], struct span *text, struct err *err)
{
	unsigned char bind[9];

	*text = span_of("", 0);
	if (sealed.n == 0)
		return 0;
	text_bind(bind, which, id);
	if (sealed.n > SEALED_MAX ||
	    crypt_open(c, out, (const unsigned char *)sealed.p, sealed.n, bind,
		sizeof(bind), err) < 0)
		return db_altered(err, "a sealed note");
	*text = span_of(out, sealed.n - CRYPT_SEAL_EXTRA);
	return 0;
}

void
fact_tell(struct register_fact *out, const struct fact_row *r)
{
	*out = (struct register_fact){
		.id = r->id,
		.entry = {
			.kind = r->kind,
			.reason = (enum fact_reason)r->reason,
			.channel = (enum fact_channel)r->channel,
			.topic = r->topic,
			.campaign = r->campaign,
			.permanent = r->permanent,
			.at = r->at,
			.requested_at = r->requested_at,
			.effective_at = r->effective_at,
			.expires_at = r->expires_at ? r->expires_at :
						      CLOCK_NEVER,
			.review_at = r->review_at,
		},
		.recorded_at = r->recorded_at,
		.removed = r->removed,
		.supersedes = r->supersedes,
		.superseded_by = r->superseded_by,
	};
}
