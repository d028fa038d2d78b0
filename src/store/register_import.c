#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/json.h"
#include "store/register_impl.h"

/*
 * Entries are gathered by the chunk and put there in the order of their
 * look-ups, so that those that share a page of the look-up index follow each
 * other: five million in random order touch a page each.  A chunk is as large
 * as memory allows: the larger, the more entries share a page.
 */
enum {
	CHUNK = 400000,         /* entries */
	TEXTS = 24 << 20,       /* bytes of their texts */
	TEXTS_OF_ONE = 8 << 12, /* at most, of one entry */
	CACHE_KIB = 81920,      /* SQLite's page cache meanwhile */
	NO_TEXTS = UINT32_MAX,
};

/* One entry or call, kept small. */
struct item {
	unsigned char lookup[CRYPT_LOOKUP];
	uint64_t key;
	uint64_t number; /* of a link; the run of a call */
	uint64_t line;
	int64_t at, requested_at, effective_at, expires_at, review_at;
	uint32_t origin;
	uint32_t texts; /* where its texts begin; NO_TEXTS */
	uint8_t kind, reason, channel, permanent;
};

/* What is sorted: the begin of the look-up, and the number of the item; calls
 * of one subject by time too, so that the same moment comes together. */
struct place {
	uint64_t lookup;
	int64_t at;
	uint32_t item;
	uint8_t outcome; /* of item [i], not of the item named */
};

struct register_import {
	struct register_db *db;
	char *action;
	char *author, *input;
	unsigned char sha256[REGISTER_SHA256];
	bool has_sha256, calls;
	void (*told)(void *arg, uint64_t line, enum register_outcome outcome);
	void *arg;
	struct item *item;
	struct place *place;
	size_t n;
	struct buf texts;
	struct register_import_result result;
	uint64_t first_fact;
	/* the last call without an id, and how many like it came before */
	uint64_t same_key;
	int64_t same_at;
	uint32_t nth;
};

int
register_import_new(struct register_import **out, struct register_db *db,
    const char *action, const struct register_origin *origin,
    void (*told)(void *arg, uint64_t line, enum register_outcome outcome),
    void *arg, struct err *err)
{
	struct register_import *im;
	char pragma[64];

	*out = NULL;
	if (db_writable(db, err) < 0)
		return -1;
	if (origin->author.n == 0)
		return err_set(err, ERR_USAGE, "nobody is said to import");
	if (!(im = calloc(1, sizeof(*im))))
		return err_nomem(err);
	im->db = db;
	im->told = told;
	im->arg = arg;
	im->first_fact = db->head.facts + 1;
	im->texts = BUF_INIT(TEXTS);
	im->action = strdup(action);
	im->author = span_dup(origin->author);
	im->input = span_dup(origin->input);
	if (origin->input_sha256) {
		im->has_sha256 = true;
		memcpy(im->sha256, origin->input_sha256, REGISTER_SHA256);
	}
	im->item = malloc(CHUNK * sizeof(*im->item));
	im->place = malloc(CHUNK * sizeof(*im->place));
	if (!im->action || !im->author || !im->input || !im->item ||
	    !im->place) {
		register_import_free(im);
		return err_nomem(err);
	}
	snprintf(pragma, sizeof(pragma), "PRAGMA cache_size = -%d", CACHE_KIB);
	if (sql_exec(db->sql, pragma, err) < 0) {
		register_import_free(im);
		return -1;
	}
	*out = im;
	return 0;
}

void
register_import_free(struct register_import *im)
{
	if (!im)
		return;
	free(im->action);
	free(im->author);
	free(im->input);
	free(im->item);
	free(im->place);
	buf_release(&im->texts);
	free(im);
}

/* ---- texts: each a length and bytes, one behind the other ---- */

static void
texts_add(struct register_import *im, const struct span *text, size_t n)
{
	uint16_t length;
	size_t i;

	for (i = 0; i < n; i++) {
		length = (uint16_t)text[i].n;
		buf_add(&im->texts, &length, sizeof(length));
		buf_addspan(&im->texts, text[i]);
	}
}

static void
texts_get(const struct register_import *im, uint32_t at, struct span *text,
    size_t n)
{
	const char *p = im->texts.p + at;
	uint16_t length;
	size_t i;

	for (i = 0; i < n; i++) {
		text[i] = span_of("", 0);
		if (at == NO_TEXTS)
			continue;
		memcpy(&length, p, sizeof(length));
		text[i] = span_of(p + sizeof(length), length);
		p += sizeof(length) + length;
	}
}

enum { ENTRY_TEXTS = 6 };

static void
item_texts(struct register_import *im, struct item *it,
    const struct register_entry *e)
{
	const struct span text[ENTRY_TEXTS] = { e->subject.person, e->topic,
		e->campaign, e->evidence, e->note,
		e->evidence_sha256 ?
		    span_of((const char *)e->evidence_sha256, REGISTER_SHA256) :
		    span_of("", 0) };
	size_t i, n = 0;

	for (i = 0; i < ENTRY_TEXTS; i++)
		n += text[i].n;
	it->texts = n ? (uint32_t)im->texts.n : NO_TEXTS;
	if (n)
		texts_add(im, text, ENTRY_TEXTS);
}

static void
item_entry(const struct register_import *im, const struct item *it,
    struct register_entry *e)
{
	struct span text[ENTRY_TEXTS];

	texts_get(im, it->texts, text, ENTRY_TEXTS);
	*e = (struct register_entry){
		.kind = it->kind,
		.subject = { .key = text[0].n ? 0 : it->key,
		    .person = text[0] },
		.number = it->number,
		.reason = (enum fact_reason)it->reason,
		.channel = (enum fact_channel)it->channel,
		.topic = text[1],
		.campaign = text[2],
		.evidence = text[3],
		.evidence_sha256 = text[5].n ?
		    (const unsigned char *)text[5].p :
		    NULL,
		.note = text[4],
		.permanent = it->permanent,
		.at = it->at,
		.requested_at = it->requested_at,
		.effective_at = it->effective_at,
		.expires_at = it->expires_at,
		.review_at = it->review_at,
	};
}

enum { CALL_TEXTS = 3 };

static void
item_call(const struct register_import *im, const struct item *it,
    struct register_call *call)
{
	struct span text[CALL_TEXTS];

	texts_get(im, it->texts, text, CALL_TEXTS);
	*call = (struct register_call){
		.kind = (enum register_call_kind)it->kind,
		.subject = { .key = text[0].n ? 0 : it->key,
		    .person = text[0] },
		.id = text[2],
		.at = it->at,
		.answered = it->permanent,
		.campaign = text[1],
		.run = it->number,
	};
}

/* ---- a chunk ---- */

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->lookup != y->lookup)
		return x->lookup < y->lookup ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

static uint64_t
lookup_begin(const unsigned char lookup[CRYPT_LOOKUP])
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | lookup[i];
	return v;
}

/* Calls without an id: the n-th with the same subject and time. */
static int
item_put_call(struct register_import *im, const struct item *it,
    enum register_outcome *outcome, struct err *err)
{
	unsigned char digest[CALL_DIGEST];
	struct register_call call;

	item_call(im, it, &call);
	if (call.id.n == 0) {
		im->nth = im->same_key == it->key && im->same_at == it->at ?
		    im->nth + 1 :
		    0;
		im->same_key = it->key;
		im->same_at = it->at;
	}
	call_digest(im->db, &call, it->key, im->nth, digest);
	return call_put(im->db, &call, it->key, it->lookup, digest, outcome,
	    err);
}

static int
item_put(struct register_import *im, const struct item *it,
    enum register_outcome *outcome, struct err *err)
{
	struct register_entry e;
	uint64_t fact;

	if (im->calls)
		return item_put_call(im, it, outcome, err);
	item_entry(im, it, &e);
	return entry_put(im->db, &e, it->key, it->lookup, it->origin, outcome,
	    &fact, err);
}

/* Put everything there that has been gathered, and tell what became of it. */
static int
chunk_put(struct register_import *im, struct err *err)
{
	enum register_outcome outcome = REGISTER_NEW;
	size_t i;

	if (buf_check(&im->texts, err) < 0)
		return -1;
	for (i = 0; i < im->n; i++)
		im->place[i] = (struct place){
			.lookup = lookup_begin(im->item[i].lookup),
			.at = im->calls ? im->item[i].at : 0,
			.item = (uint32_t)i,
		};
	qsort(im->place, im->n, sizeof(*im->place), compare_places);
	for (i = 0; i < im->n; i++) {
		if (i % 4096 == 0 && interrupt_check(err) < 0)
			return -1;
		if (item_put(im, &im->item[im->place[i].item], &outcome, err) <
		    0)
			return -1;
		im->place[im->place[i].item].outcome = (uint8_t)outcome;
		im->result.outcome[outcome]++;
	}
	for (i = 0; im->told && i < im->n; i++)
		im->told(im->arg, im->item[i].line,
		    (enum register_outcome)im->place[i].outcome);
	im->result.entries += im->n;
	im->n = 0;
	buf_reset(&im->texts);
	return 0;
}

/* Room for one more. */
static int
chunk_room(struct register_import *im, bool calls, struct err *err)
{
	if (db_writable(im->db, err) < 0)
		return -1;
	if (im->result.entries + im->n > 0 && im->calls != calls)
		return err_set(err, ERR_INTERNAL,
		    "an import is of entries or of calls");
	im->calls = calls;
	if (im->n < CHUNK && im->texts.n + TEXTS_OF_ONE < TEXTS)
		return 0;
	im->db->failed = true; /* until all is well */
	if (chunk_put(im, err) < 0)
		return -1;
	im->db->failed = false;
	return 0;
}

int
register_import_add(struct register_import *im, uint64_t line,
    const struct register_entry *e, struct err *err)
{
	struct item *it;
	uint64_t origin;

	if (entry_check(e, err) < 0 || chunk_room(im, false, err) < 0)
		return -1;
	if (e->kind == REGISTER_LINK && !e->number)
		return err_set(err, ERR_USAGE, "a link without a number");
	if (origin_id(im->db, &e->origin, &origin, err) < 0) {
		im->db->failed = true;
		return -1;
	}
	it = &im->item[im->n++];
	*it = (struct item){
		.key = subject_key(im->db, &e->subject),
		.number = e->number,
		.line = line,
		.at = e->at,
		.requested_at = e->requested_at,
		.effective_at = e->effective_at,
		.expires_at = e->expires_at,
		.review_at = e->review_at,
		.origin = (uint32_t)origin,
		.kind = (uint8_t)e->kind,
		.reason = (uint8_t)e->reason,
		.channel = (uint8_t)e->channel,
		.permanent = e->permanent,
	};
	crypt_lookup(im->db->crypt, it->key, it->lookup);
	item_texts(im, it, e);
	return 0;
}

int
register_import_call(struct register_import *im, uint64_t line,
    const struct register_call *call, struct err *err)
{
	const struct span text[CALL_TEXTS] = { call->subject.person,
		call->campaign, call->id };
	uint64_t key = subject_key(im->db, &call->subject);
	struct item *it;

	if (!key || text[0].n > REGISTER_TEXT_MAX ||
	    text[1].n > REGISTER_TEXT_MAX || text[2].n > REGISTER_TEXT_MAX ||
	    (call->kind == REGISTER_CALL_RESERVED && !call->run))
		return err_set(err, ERR_USAGE, "a call that makes no sense");
	if (chunk_room(im, true, err) < 0)
		return -1;
	it = &im->item[im->n++];
	*it = (struct item){
		.key = key,
		.number = call->run,
		.line = line,
		.at = call->at,
		.texts = NO_TEXTS,
		.kind = (uint8_t)call->kind,
		.permanent = call->answered,
	};
	crypt_lookup(im->db->crypt, key, it->lookup);
	if (text[0].n || text[1].n || text[2].n) {
		it->texts = (uint32_t)im->texts.n;
		texts_add(im, text, CALL_TEXTS);
	}
	return 0;
}

/* ---- the end ---- */

static void
hex(char out[2 * REGISTER_SHA256 + 1], const unsigned char *digest)
{
	int i;

	for (i = 0; i < REGISTER_SHA256; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static int
import_audit(struct register_import *im, struct err *err)
{
	struct register_audit a = { .author = span_str(im->author),
		.action = span_str(im->action) };
	const struct register_import_result *r = &im->result;
	struct buf *b = &im->db->detail;
	struct json j = { .out = b };
	char digest[2 * REGISTER_SHA256 + 1];

	buf_reset(b);
	json_object(&j, NULL);
	if (*im->input)
		json_str(&j, "input", im->input);
	if (im->has_sha256) {
		hex(digest, im->sha256);
		json_str(&j, "sha256", digest);
	}
	json_u64(&j, "entries", r->entries);
	json_u64(&j, "new", r->outcome[REGISTER_NEW]);
	json_u64(&j, "known", r->outcome[REGISTER_KNOWN]);
	json_u64(&j, "changed", r->outcome[REGISTER_CHANGED]);
	if (im->db->head.facts >= im->first_fact) {
		json_u64(&j, "first_fact", im->first_fact);
		json_u64(&j, "last_fact", im->db->head.facts);
	}
	json_end(&j);
	if (buf_check(b, err) < 0)
		return -1;
	a.detail = buf_span(b);
	return register_audit_add(im->db, &a, err);
}

int
register_import_end(struct register_import *im,
    struct register_import_result *result, struct err *err)
{
	if (db_writable(im->db, err) < 0)
		return -1;
	im->db->failed = true; /* until all is well */
	if (chunk_put(im, err) < 0)
		return -1;
	im->db->failed = false;
	*result = im->result;
	return import_audit(im, err);
}
