/*
 * refresh_list.c - one list of a refresh: what its feeds are, whether they may
 * replace what the present generation holds, and reading them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow/refresh_impl.h"
#include "text/numplan.h"

/* Raised when the same bytes come to mean other facts. */
enum { READING = 1 };

/* ---- refusing ---- */

/* The guards that fire of what is known, but for some. */
static int
ask(struct plan *p, const struct feed_now *now, unsigned but,
    struct refresh_report *report, struct err *err)
{
	struct feed_finding f[FEED_GUARDS];
	size_t i, n;

	n = feed_guard_check(&p->list->limits, now, &p->was, but, f);
	for (i = 0; i < n; i++) {
		if (refusal_add(report, p->list->name, &f[i], err) < 0)
			return -1;
		p->fired |= 1u << f[i].guard;
		p->ended |= feed_guard_ends(f[i].guard);
	}
	return 0;
}

static int
guard(struct plan *p, const struct refresh_options *o,
    struct refresh_report *report, struct err *err)
{
	return ask(p, &p->now, o->accepted | p->fired, report, err);
}

/* Each feed that is not there. */
static int
missing_tell(struct plan *p, const struct feed_files *files,
    struct refresh_report *report, struct err *err)
{
	size_t i;

	for (i = 0; i < files->missings; i++) {
		p->now.file = files->missing[i].path;
		p->now.irregular = files->missing[i].irregular;
		if (ask(p, &p->now, 0, report, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- settings ---- */

static void
setting_text(struct buf *b, const struct list_setting *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		buf_addf(b, "%d=%s\n", (int)s[i].field, s[i].value);
}

/* Everything that decides which facts a file gives. */
static int
settings_digest(struct plan *p, const struct refresh_options *o,
    const struct crypt *crypt, struct err *err)
{
	const struct feed_list *l = p->list;
	struct buf b = BUF_INIT(1 << 16);
	int ret;

	buf_addf(&b, "%d %d %d %d %" PRIu64 " %u %s %c %d %d\n", READING,
	    (int)l->kind, (int)l->layout, l->base ? (int)l->base_layout : -1,
	    l->base_sequence, l->rules.region, l->rules.area,
	    l->delimiter ? l->delimiter : '-', l->header_said, l->header);
	buf_addf(&b, "%s\n%s\n%s\n%s\n%s\n", l->encoding ? l->encoding : "",
	    l->action ? l->action : "", l->sequence ? l->sequence : "",
	    zone_name(o->zone), numplan_version());
	if (l->keep)
		buf_addf(&b, "keep %" PRId64 "\n", l->keep);
	setting_text(&b, l->map, l->maps);
	buf_addc(&b, '\n');
	setting_text(&b, l->date_format, l->date_formats);
	ret = buf_check(&b, err);
	if (ret == 0)
		crypt_mac(crypt, CRYPT_FACTS, NULL, b.p, b.n, p->settings);
	buf_release(&b);
	return ret;
}

/* ---- looking ---- */

static bool
is_changes(const struct plan *p)
{
	return p->list->layout == FEED_CHANGES;
}

/* The i-th file of the list: its base first. */
static const struct feed_file *
file_at(const struct plan *p, size_t i)
{
	return i < p->base.n ? &p->base.file[i] : &p->files.file[i - p->base.n];
}

static size_t
file_count(const struct plan *p)
{
	return p->base.n + p->files.n;
}

/* Change lists that the base includes are no matter any more. */
static void
included_drop(struct plan *p)
{
	size_t i, left = 0;

	for (i = 0; i < p->files.n; i++) {
		struct feed_file *f = &p->files.file[i];

		if (f->number && f->number <= p->list->base_sequence)
			free(f->path);
		else
			p->files.file[left++] = *f;
	}
	p->files.n = left;
}

/* Numbers in the names of change lists. */
static void
numbers_see(struct plan *p)
{
	size_t i;

	for (i = 0; i < p->files.n; i++) {
		const struct feed_file *f = &p->files.file[i];

		if (p->now.last && f->number == p->now.last) {
			p->now.replayed = f->number;
			p->now.file = f->path;
		} else if (p->now.last && f->number != p->now.last + 1 &&
		    !p->now.gap_after) {
			p->now.gap_after = p->now.last;
		}
		if (!p->now.first)
			p->now.first = f->number;
		p->now.last = f->number;
	}
}

static void
dates_see(struct plan *p)
{
	struct feed_now *n = &p->now;
	const struct feed_file *f;
	size_t i;

	n->by_name = true;
	for (i = 0; i < file_count(p); i++) {
		f = file_at(p, i);
		n->by_name &= f->dated_by_name;
		if (i == 0 || f->date < n->oldest) {
			n->oldest = f->date;
			n->file = f->path;
		}
		if (i == 0 || f->date > n->newest) {
			n->newest = f->date;
			n->newest_file = f->path;
		}
	}
	if (is_changes(p)) /* its last change says how old it is */
		n->oldest = n->newest;
}

/* Feeds that are not there: only what is there, and is no file, stays. */
static void
absent_forget(struct feed_files *files)
{
	size_t i, left = 0;

	for (i = 0; i < files->missings; i++) {
		if (files->missing[i].irregular)
			files->missing[left++] = files->missing[i];
		else
			free(files->missing[i].path);
	}
	files->missings = left;
}

static int
feeds_find(struct plan *p, const struct refresh_options *o, struct err *err)
{
	const struct feed_list *l = p->list;

	/* what is on its way just now is so whatever moment is planned for */
	if (feed_find(&p->files, l->feed, l->feeds, is_changes(p), o->zone,
		o->clock(), err) < 0)
		return -1;
	if (is_changes(p) && l->base) {
		if (feed_find(&p->base, &l->base, 1, false, o->zone, o->clock(),
			err) < 0)
			return -1;
		/* with a base, there may be no change list yet */
		absent_forget(&p->files);
	}
	p->now.missing = p->base.missings + p->files.missings > 0;
	if (p->now.missing)
		return 0;
	dates_see(p);
	if (!is_changes(p))
		return 0;
	p->now.base = l->base_sequence;
	if (!l->sequence) { /* else reading tells */
		p->now.sequenced = true;
		included_drop(p);
		numbers_see(p);
	}
	return 0;
}

static int
digests_take(struct plan *p, struct err *err)
{
	unsigned char digest[CRYPT_SHA256];
	size_t i;

	for (i = 0; i < file_count(p); i++) {
		if (crypt_file_sha256(digest, file_at(p, i)->path, err) < 0 ||
		    state_add(&p->after, file_at(p, i), digest, err) < 0)
			return -1;
	}
	return 0;
}

/* The same files, untouched since? */
static bool
files_same(const struct plan *p)
{
	size_t i;

	if (!p->old || p->before.n != file_count(p))
		return false;
	for (i = 0; i < p->before.n; i++)
		if (!feed_file_same(&p->before.file[i].file, file_at(p, i)))
			return false;
	return true;
}

/* Other files, or touched ones, that hold the same bytes? */
static bool
bytes_same(const struct plan *p)
{
	size_t i;

	if (p->before.n != p->after.n)
		return false;
	for (i = 0; i < p->after.n; i++)
		if (memcmp(p->before.file[i].digest, p->after.file[i].digest,
			CRYPT_SHA256) != 0)
			return false;
	return true;
}

/* A change list that was applied and is another now. */
static void
altered_see(struct plan *p)
{
	size_t i, k;

	/* with another base, all is applied anew */
	if (!is_changes(p) || p->list->sequence || !p->before.n ||
	    !p->after.n ||
	    (p->base.n &&
		memcmp(p->before.file[0].digest, p->after.file[0].digest,
		    CRYPT_SHA256) != 0))
		return;
	for (i = p->base.n; i < p->after.n; i++) {
		for (k = p->base.n; k < p->before.n; k++) {
			if (p->after.file[i].file.number !=
				p->before.file[k].file.number ||
			    memcmp(p->after.file[i].digest,
				p->before.file[k].digest, CRYPT_SHA256) == 0)
				continue;
			p->now.replayed = p->after.file[i].file.number;
			p->now.altered = true;
			p->now.file = p->after.file[i].file.path;
			return;
		}
	}
}

/* What an index says of a list that conf alone decides. */
static bool
attributes_same(const struct plan *p)
{
	const struct feed_list *l = p->list;
	const struct index_list *old = p->old;

	return strcmp(old->owner, l->owner ? l->owner : "") == 0 &&
	    old->max_age == (l->limits.max_age ? l->limits.max_age : -1) &&
	    old->covers == l->coverages &&
	    (l->coverages == 0 ||
		memcmp(old->coverage, l->coverage,
		    l->coverages * sizeof(*l->coverage)) == 0);
}

/*
 * Would reading them now give no other facts than it gave then, or none that
 * the index lacks?  What was read for a later moment holds days and calls that
 * were yet to come as "now"; and it may have lost calls that are to be kept.
 */
static bool
holds(const struct plan *p, const struct refresh_options *o)
{
	const struct index_list *old = p->old;

	return memcmp(old->settings, p->settings, CRYPT_SHA256) == 0 &&
	    old->read_at <= o->now &&
	    (old->calls_since < 0 || p->calls_since >= old->calls_since);
}

/* --list means others: it stays as it is. */
static int
left_alone(struct plan *p, const struct refresh_options *o, struct err *err)
{
	if (!p->old) {
		err_set(err, ERR_USAGE,
		    "list %s was never read, so that the others alone make no "
		    "index",
		    p->list->name);
		return err_hint(err, "scrub refresh, without --list");
	}
	if (p->old->read_at > o->now) {
		err_set(err, ERR_USAGE,
		    "list %s was read for a later moment than this, and cannot "
		    "be left as it is",
		    p->list->name);
		return err_hint(err, "scrub refresh, without --list");
	}
	p->take = true;
	p->entries = p->before.entries;
	return 0;
}

/* What was read then is what would be read now. */
static void
take_over(struct plan *p)
{
	struct feed_now *n = &p->now;

	p->entries = p->before.entries;
	if (p->list->sequence) {
		n->last = p->old->sequence;
		n->first = n->last ? n->base + 1 : 0;
	}
	n->read = true;
	n->lines = p->old->lines;
	n->unusable = p->old->unusable;
	n->entries = p->entries;
}

/* That of a feed which was refused, and has been mended since. */
static int
quarantine_forget(const struct plan *p, struct err *err)
{
	if (p->old->unusable || unlink(p->quarantine) == 0 || errno == ENOENT)
		return 0;
	return err_sys(err, "%s: cannot remove", p->quarantine);
}

int
plan_look(struct plan *p, const struct refresh_options *o,
    const struct index_list *old, const struct crypt *crypt,
    struct refresh_report *report, struct err *err)
{
	const struct feed_list *l = p->list;

	p->old = old;
	p->calls_since = l->keep ? o->now - l->keep : -1;
	p->now = (struct feed_now){ .list = p->list->name,
		.owner = p->list->owner,
		.now = o->now };
	if (old && state_read(&p->before, old->state, err) < 0)
		return -1;
	if (old)
		p->was = (struct feed_before){ .there = true,
			.as_of = old->as_of,
			.entries = p->before.entries,
			.sequence = old->sequence };
	if (asprintf(&p->quarantine, "%s/%s.unusable.csv", o->home->dir,
		p->list->name) < 0) {
		p->quarantine = NULL;
		return err_nomem(err);
	}
	p->now.quarantine = p->quarantine;
	if (settings_digest(p, o, crypt, err) < 0)
		return -1;
	if (p->only_others)
		return left_alone(p, o, err);
	if (feeds_find(p, o, err) < 0)
		return -1;
	if (p->now.missing)
		return missing_tell(p, &p->base, report, err) < 0 ||
			missing_tell(p, &p->files, report, err) < 0 ?
		    -1 :
		    0;
	p->take = !o->force && files_same(p) && holds(p, o);
	if (!p->take) {
		p->touched = true;
		if (digests_take(p, err) < 0)
			return -1;
		altered_see(p);
		p->take = !o->force && old && bytes_same(p) && holds(p, o);
	} else if (!attributes_same(p)) {
		p->touched = true;
	}
	if (p->take)
		take_over(p);
	if (guard(p, o, report, err) < 0)
		return -1;
	return p->take && !o->dry_run ? quarantine_forget(p, err) : 0;
}

int
plan_reread(struct plan *p, const struct refresh_options *o,
    const struct crypt *crypt, struct refresh_report *report, struct err *err)
{
	const struct index_list *old = p->old;

	if (p->only_others) {
		plan_release(p);
		p->only_others = false;
		if (plan_look(p, o, old, crypt, report, err) < 0)
			return -1;
	}
	p->take = false;
	p->touched = true;
	return p->after.n ? 0 : digests_take(p, err);
}

/* ---- reading ---- */

/*
 * The guards that are about one file, which was read after `lines` others of
 * its list.  Of a list of changes only the base may not be empty.
 */
static int
file_judge(struct plan *p, const struct feed_file *f, uint64_t lines, bool base,
    struct refresh_report *report, struct err *err)
{
	const unsigned ours = 1u << FEED_GROWING | 1u << FEED_LAYOUT |
	    1u << FEED_TRUNCATED | 1u << FEED_EMPTY;
	struct feed_result *r = &p->result;
	struct feed_now now = p->now;
	int ret;

	now.read = true;
	now.file = f->path;
	now.lines = r->lines - lines;
	now.growing = r->growing;
	now.layout_bad = r->layout_bad[0] ? r->layout_bad : NULL;
	now.cut = r->cut[0] ? r->cut : NULL;
	now.sequenced = is_changes(p) && !base;
	ret = ask(p, &now, ~ours, report, err);
	/* the next file begins anew */
	r->growing = false;
	r->layout_bad[0] = r->cut[0] = '\0';
	return ret;
}

/* A change list without a number has no place among the others. */
static bool
number_there(struct plan *p, const struct feed_file *f)
{
	if (f->number || p->list->sequence)
		return true;
	snprintf(p->result.layout_bad, sizeof(p->result.layout_bad),
	    "its name has no number, and map.sequence names no column");
	return false;
}

static int
changes_read(struct plan *p, const struct feed_options *o, struct changes *c,
    struct refresh_report *report, struct err *err)
{
	const struct feed_sink sink = { changes_add, { c } };
	struct feed_options options = *o;
	size_t i;

	options.sink = &sink;
	for (i = 0; i < p->files.n; i++) {
		const struct feed_file *f = &p->files.file[i];
		uint64_t lines = p->result.lines;

		if (number_there(p, f) &&
		    feed_read(&options, f, FEED_CHANGES, &p->result, err) < 0)
			return -1;
		if (file_judge(p, f, lines, false, report, err) < 0)
			return -1;
	}
	if (p->list->sequence) {
		p->now.sequenced = true;
		p->now.first = p->result.first;
		p->now.last = p->result.last;
		p->now.gap_after = p->result.gap_after;
		p->now.replayed = p->result.replayed;
	}
	return 0;
}

static uint64_t
usable(const struct feed_result *r)
{
	return r->lines - r->unusable;
}

/* What is changed, but for what changes are about. */
static int
base_read(struct plan *p, const struct feed_options *o, struct taker *taker,
    const struct changes *c, struct refresh_report *report, struct err *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < o->threads; i++)
		taker[i].except = c;
	for (i = 0; i < p->base.n && ret == 0; i++) {
		uint64_t lines = p->result.lines;

		ret = feed_read(o, &p->base.file[i], p->list->base_layout,
		    &p->result, err);
		if (ret == 0)
			ret = file_judge(p, &p->base.file[i], lines, true,
			    report, err);
	}
	for (i = 0; i < o->threads; i++)
		taker[i].except = NULL;
	return ret;
}

static int
changed_read(struct plan *p, const struct feed_options *o, struct taker *taker,
    struct refresh_report *report, struct err *err)
{
	struct changes c = { .seed = taker->seed, .scopes = taker->scopes };
	uint64_t added, changes, left_out = 0;
	size_t i;
	int ret = -1;

	if (changes_read(p, o, &c, report, err) < 0)
		goto out;
	changes = usable(&p->result);
	if (base_read(p, o, taker, &c, report, err) < 0)
		goto out;
	p->entries = usable(&p->result) - changes;
	for (i = 0; i < o->threads; i++)
		left_out += taker[i].left_out;
	if (changes_take(&c, taker, &added, err) < 0)
		goto out;
	p->entries = (p->entries > left_out ? p->entries - left_out : 0) +
	    added;
	ret = 0;
out:
	changes_release(&c);
	return ret;
}

static int
plain_read(struct plan *p, const struct feed_options *o,
    struct refresh_report *report, struct err *err)
{
	size_t i;

	for (i = 0; i < p->files.n; i++) {
		const struct feed_file *f = &p->files.file[i];
		uint64_t lines = p->result.lines;

		if (feed_read(o, f, p->list->layout, &p->result, err) < 0 ||
		    file_judge(p, f, lines, false, report, err) < 0)
			return -1;
	}
	p->entries = usable(&p->result);
	return 0;
}

/* Of the list as a whole; figures of half of one mean nothing. */
static int
list_judge(struct plan *p, const struct refresh_options *o,
    struct refresh_report *report, struct err *err)
{
	struct feed_now *n = &p->now;

	if (p->ended)
		return 0;
	n->read = true;
	n->lines = p->result.lines;
	n->unusable = p->result.unusable;
	n->first_bad = p->result.first_bad;
	n->why = p->result.why;
	n->entries = p->entries;
	return guard(p, o, report, err);
}

/* What cannot be used stands in the quarantine, whatever comes of it; an old
 * one goes when all can be used. */
static int
quarantine_end(struct plan *p, struct outfile *q, int ret, struct err *err)
{
	struct err second;

	if (p->result.unusable && q->state == OUTFILE_OPEN) {
		if (outfile_finish(q, &second) < 0 ||
		    outfile_publish(q, &second) < 0) {
			if (ret == 0)
				*err = second;
			ret = -1;
		}
	} else if (q->state == OUTFILE_OPEN && ret == 0 &&
	    unlink(p->quarantine) < 0 && errno != ENOENT) {
		ret = err_sys(err, "%s: cannot remove", p->quarantine);
	}
	outfile_discard(q);
	return ret;
}

int
plan_read(struct plan *p, const struct refresh_options *o, struct taker *taker,
    struct refresh_report *report, struct err *err)
{
	struct outfile q = { 0 };
	struct feed_sink sink = { .add = taker_add };
	struct feed_options feed = {
		.list = p->list,
		.zone = o->zone,
		.now = o->now,
		.threads = o->threads,
		.sink = &sink,
		.progress = o->progress,
		.progress_arg = o->progress_arg,
	};
	size_t i;
	int ret;

	for (i = 0; i < o->threads; i++) {
		sink.arg[i] = &taker[i];
		taker[i].too_old = 0;
		taker[i].calls_from = p->calls_since < 0 ?
		    0 :
		    fact_time(p->calls_since);
	}
	if (!o->dry_run) {
		if (outfile_open(&q, p->quarantine, err) < 0 ||
		    outfile_write(&q, feed_quarantine_head,
			strlen(feed_quarantine_head), err) < 0) {
			outfile_discard(&q);
			return -1;
		}
		feed.quarantine = &q;
	}
	ret = is_changes(p) ? changed_read(p, &feed, taker, report, err) :
			      plain_read(p, &feed, report, err);
	for (i = 0; i < o->threads; i++) {
		p->too_old += taker[i].too_old;
		taker[i].calls_from = 0;
	}
	if (ret == 0)
		ret = list_judge(p, o, report, err);
	return quarantine_end(p, &q, ret, err);
}

/* ---- the directory ---- */

/* That of its file where it is one; of several a mixture, to be told apart by
 * people.  What decides is the state, which has them all. */
static void
source_digest(const struct plan *p, struct index_list *out)
{
	size_t i, k;

	for (i = 0; i < p->after.n; i++) {
		out->source_size += (uint64_t)p->after.file[i].file.size;
		for (k = 0; k < CRYPT_SHA256; k++)
			out->digest[k] = (unsigned char)(out->digest[k] * 31 +
			    p->after.file[i].digest[k]);
	}
	out->source_mtime_ns = p->after.n == 1 ?
	    p->after.file[0].file.mtime_ns :
	    -1;
}

static int
state_text(struct plan *p, struct state *s, struct err *err)
{
	struct buf b = BUF_INIT(INDEX_TEXT_MAX);
	int ret;

	s->entries = p->entries;
	state_write(&b, s);
	ret = buf_check(&b, err);
	if (ret == 0)
		p->state = b.p; /* now the plan's */
	else
		buf_release(&b);
	return ret;
}

static void
read_describe(struct plan *p, const struct refresh_options *o,
    struct index_list *out)
{
	const struct feed_result *r = &p->result;

	*out = (struct index_list){
		.kind = (uint8_t)p->list->kind,
		.read_at = o->now,
		.sequence = p->now.last ? p->now.last : p->list->base_sequence,
		.lines = r->lines,
		.blank = r->blank,
		.unusable = r->unusable,
		.bad_dates = r->bad_dates,
		.wildcards = r->wildcards,
		.facts = r->facts - p->too_old,
		.calls_since = p->calls_since,
		.too_old = p->too_old,
	};
}

int
plan_describe(struct plan *p, const struct refresh_options *o,
    struct index_list *out, struct err *err)
{
	const struct feed_list *l = p->list;

	if (p->take)
		*out = *p->old;
	else
		read_describe(p, o, out);
	memcpy(out->settings, p->settings, CRYPT_SHA256);
	out->name = l->name;
	out->path = l->base ? l->base : l->feed[0];
	if (!p->only_others) {
		out->owner = l->owner ? l->owner : "";
		out->max_age = l->limits.max_age ? l->limits.max_age : -1;
		out->coverage = l->coverage;
		out->covers = l->coverages;
		out->as_of = p->now.newest;
	}
	if (p->only_others) {
		memcpy(out->settings, p->old->settings, CRYPT_SHA256);
		out->state = p->old->state;
		return 0;
	}
	if (p->after.n) {
		memset(out->digest, 0, sizeof(out->digest));
		out->source_size = 0;
		source_digest(p, out);
		if (state_text(p, &p->after, err) < 0)
			return -1;
		out->state = p->state;
	}
	return 0;
}

void
plan_release(struct plan *p)
{
	state_release(&p->before);
	state_release(&p->after);
	feed_files_release(&p->base);
	feed_files_release(&p->files);
	free(p->quarantine);
	free(p->state);
	*p = (struct plan){ .list = p->list };
}
