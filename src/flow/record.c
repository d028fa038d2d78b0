#include "flow/record.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/lockfile.h"
#include "flow/mask.h"

enum {
	LOCK_WAIT_MS = 60000,  /* an import of millions takes that long */
	AUDIT_WAIT_MS = 10000, /* somebody waits for an answer */
	OFFERS = 8192,         /* handed over at once */
	MORE = 24,             /* bytes of " and N more" */
};

/* "a.csv, b.csv and 3 more": as many names as a text may hold. */
static void
inputs_text(struct buf *out, const struct summary *s)
{
	size_t i;

	for (i = 0; i < s->files; i++) {
		struct span name = span_str(s->file[i].input);

		if (out->n + name.n + 2 + MORE > REGISTER_TEXT_MAX)
			break;
		buf_adds(out, i ? ", " : "");
		mask_name(out, name);
	}
	if (i < s->files)
		buf_addf(out, "%s%zu more", i ? " and " : "", s->files - i);
}

/*
 * The settings that decide verdicts, spelt out for their digest: whether two
 * runs were held to the same rules.
 */
static void
settings_text(struct buf *b, const struct scrub_options *o)
{
	const struct policy *p = &o->policy;
	size_t i;

	buf_addf(b, "consent %d allow %d channel %d types %" PRIu32,
	    p->consent_required, p->allow_only, (int)p->channel, p->types);
	for (i = 0; i < p->regions; i++)
		buf_addf(b, " region %d", (int)p->region[i]);
	for (i = 0; i < p->caps; i++)
		buf_addf(b, " cap %s", p->cap[i].text);
	buf_addf(b, " tz %s home %d area %s vanity %d multi %d dedupe %d",
	    zone_name(p->zone), (int)o->rules.region, o->rules.area,
	    o->rules.vanity, (int)o->multi, o->dedupe);
	for (i = 0; i < o->lists.specs; i++)
		buf_addf(b, "\nlist %s %s", o->lists.spec[i].name,
		    o->lists.spec[i].path);
}

/* Under the key, as everything in the register that others could guess. */
static int
settings_digest(const struct record *r, unsigned char out[REGISTER_SHA256],
    struct err *err)
{
	struct buf b = BUF_INIT(1 << 20);
	const struct crypt *crypt;
	int ret = -1;

	settings_text(&b, r->o);
	if (buf_check(&b, err) == 0 &&
	    keyring_crypt(r->keys, NULL, &crypt, err) == 0) {
		crypt_mac(crypt, CRYPT_AUDIT, NULL, b.p, b.n, out);
		ret = 0;
	}
	buf_release(&b);
	return ret;
}

static int
run_add(const struct record *r, struct register_db *db, struct summary *s,
    struct err *err)
{
	const struct lists_options *o = &r->o->lists;
	struct buf inputs = BUF_INIT(2 * REGISTER_TEXT_MAX);
	struct register_run run = {
		.as_of = s->as_of,
		.author = span_str(r->author),
		.campaign = span_str(o->campaign ? o->campaign : ""),
		.topic = span_str(o->topic ? o->topic : ""),
		.rows = s->rows,
		.kept = s->kept,
		.rejected = s->rejected,
	};
	int ret = -1;

	inputs_text(&inputs, s);
	run.inputs = buf_span(&inputs);
	if (buf_check(&inputs, err) == 0 &&
	    settings_digest(r, run.conf, err) == 0 &&
	    register_run_add(db, &run, err) == 0) {
		s->run = run.id;
		ret = 0;
	}
	buf_release(&inputs);
	return ret;
}

static int
numbers_offer(struct register_db *db, const struct summary *s,
    const struct numset *kept, struct err *err)
{
	uint64_t number[OFFERS];
	size_t at = 0, n = 0;

	while (numset_next(kept, &at, &number[n])) {
		if (++n < OFFERS)
			continue;
		if (register_run_offer(db, s->run, number, n, err) < 0)
			return -1;
		n = 0;
	}
	return n ? register_run_offer(db, s->run, number, n, err) : 0;
}

static int
calls_reserve(const struct record *r, struct register_db *db, struct summary *s,
    const struct numset *kept, struct err *err)
{
	const char *campaign = r->o->lists.campaign;
	const struct register_origin origin = {
		.author = span_str(r->author),
	};
	struct register_call call = {
		.kind = REGISTER_CALL_RESERVED,
		.at = s->as_of,
		.campaign = span_str(campaign ? campaign : ""),
		.run = s->run,
	};
	struct register_import_result result;
	struct register_import *im;
	uint64_t line = 0;
	size_t at = 0;
	int ret = -1;

	if (register_import_new(&im, db, "calls.reserve", &origin, NULL, NULL,
		err) < 0)
		return -1;
	while (numset_next(kept, &at, &call.subject.key))
		if (register_import_call(im, ++line, &call, err) < 0)
			goto out;
	if (register_import_end(im, &result, err) < 0)
		goto out;
	s->reserved = line;
	ret = 0;
out:
	register_import_free(im);
	return ret;
}

static int
transaction(const struct record *r, struct summary *s,
    const struct numset *kept, struct err *err)
{
	struct register_db *db;
	int ret = -1;

	if (register_open(&db, r->db, r->keys, REGISTER_WRITE, err) < 0)
		return -1;
	if (register_begin(db, r->now(), err) == 0 &&
	    run_add(r, db, s, err) == 0 &&
	    numbers_offer(db, s, kept, err) == 0 &&
	    (!r->reserve || calls_reserve(r, db, s, kept, err) == 0))
		ret = register_commit(db, err);
	register_close(db);
	return ret;
}

int
record_run(void *record, struct summary *s, const struct numset *kept,
    struct err *err)
{
	const struct record *r = record;
	struct lockfile lock = { 0 };
	int ret = -1;

	if (!r->lock ||
	    lockfile_take(&lock, r->lock, "scrub run", LOCK_WAIT_MS, err) == 0)
		ret = transaction(r, s, kept, err);
	lockfile_release(&lock);
	return ret;
}

static int
audit_transaction(const struct record *r, const struct register_audit *audit,
    size_t n, struct err *err)
{
	struct register_db *db;
	int ret = -1;
	size_t i;

	if (register_open(&db, r->db, r->keys, REGISTER_WRITE, err) < 0)
		return -1;
	if (register_begin(db, r->now(), err) < 0)
		goto out;
	for (i = 0; i < n; i++)
		if (register_audit_add(db, &audit[i], err) < 0)
			goto out;
	ret = register_commit(db, err);
out:
	register_close(db);
	return ret;
}

int
record_audit(const struct record *r, const struct register_audit *audit,
    size_t n, struct err *err)
{
	struct lockfile lock = { 0 };
	int ret = -1;

	if (!r->lock ||
	    lockfile_take(&lock, r->lock, "scrub", AUDIT_WAIT_MS, err) == 0)
		ret = audit_transaction(r, audit, n, err);
	lockfile_release(&lock);
	return ret < 0 ? err_in(err, "it cannot be put on record") : 0;
}

int
record_file(const struct record *r, const char *action, const char *file,
    struct err *err)
{
	struct buf detail = BUF_INIT(1 << 16), name = BUF_INIT(1 << 16);
	struct json j = { .out = &detail };
	struct register_audit a = { .author = span_str(r->author),
		.action = span_str(action) };
	int ret;

	json_object(&j, NULL);
	mask_name(&name, span_str(file));
	json_span(&j, "file", buf_span(&name));
	json_end(&j);
	a.detail = buf_span(&detail);
	ret = buf_check(&name, err) < 0 || buf_check(&detail, err) < 0 ?
	    -1 :
	    record_audit(r, &a, 1, err);
	buf_release(&detail);
	buf_release(&name);
	return ret;
}
