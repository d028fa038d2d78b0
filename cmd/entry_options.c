#include "entry_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/infile.h"
#include "rules/policy.h"
#include "store/crypt.h"
#include "text/conf.h"
#include "value.h"

/* ---- taking ---- */

#define TEXT(name, place) \
	int entry_take_##name(void *ctx, const char *value, struct err *err) \
	{ \
		(void)err; \
		((struct entry_options *)ctx)->place = value; \
		return 0; \
	}
#define FLAG(name, place) \
	int entry_take_##name(void *ctx, const char *value, struct err *err) \
	{ \
		(void)value; \
		(void)err; \
		((struct entry_options *)ctx)->place = true; \
		return 0; \
	}

TEXT(tz, tz)
TEXT(person, person)
TEXT(reason, reason)
TEXT(only, only)
TEXT(source, source)
TEXT(approved_by, approved_by)
TEXT(evidence, evidence)
TEXT(note, note)
TEXT(note_file, note_file)
TEXT(topic, topic)
TEXT(campaign, campaign)
TEXT(channel, channel)
TEXT(at, at)
TEXT(requested, requested)
TEXT(effective, effective)
TEXT(expires, expires)
TEXT(review, review)
TEXT(out, out)
TEXT(within, within)
TEXT(before, before)
TEXT(expires_before, expires_before)
TEXT(review_due, review_due)
TEXT(rejects, import.rejects)
TEXT(report, import.report)
TEXT(keep, keep)
FLAG(vanity, rules.vanity)
FLAG(skip_bad, skip_bad)
FLAG(permanent, permanent)
FLAG(dry_run, dry_run)
FLAG(yes, yes)
FLAG(json, json)
FLAG(reveal, reveal)
FLAG(history, history)
FLAG(quiet, quiet)
FLAG(empty_ok, import.empty_ok)

int
entry_take_region(void *ctx, const char *value, struct err *err)
{
	return value_region(&((struct entry_options *)ctx)->rules.region, value,
	    err);
}

int
entry_take_area(void *ctx, const char *value, struct err *err)
{
	return value_area(&((struct entry_options *)ctx)->rules, value, err);
}

int
entry_take_max_bad(void *ctx, const char *value, struct err *err)
{
	return value_number(&((struct entry_options *)ctx)->import.max_bad,
	    value, 0, 100, err);
}

int
entry_take_list_header(void *ctx, const char *value, struct err *err)
{
	struct entry_options *o = ctx;
	int on = option_bool(value);

	if (on < 0)
		return err_set(err, ERR_USAGE, "'%s' is neither yes nor no",
		    value);
	o->import.header_said = true;
	o->import.header = on;
	return 0;
}

/* Split FIELD=VALUE in place: argv is ours to write to. */
static int
setting_split(struct entry_setting *s, size_t *n, const char *value,
    struct err *err)
{
	char *eq = strchr(value, '=');

	if (*n == ENTRY_SETTINGS_MAX)
		return err_set(err, ERR_USAGE, "more than %d of them",
		    ENTRY_SETTINGS_MAX);
	if (!eq || eq == value || !eq[1])
		return err_set(err, ERR_USAGE, "'%s' is not FIELD=VALUE",
		    value);
	*eq = '\0';
	s[(*n)++] = (struct entry_setting){ value, eq + 1 };
	return 0;
}

int
entry_take_map(void *ctx, const char *value, struct err *err)
{
	struct entry_options *o = ctx;

	return setting_split(o->import.map, &o->import.maps, value, err);
}

int
entry_take_date_format(void *ctx, const char *value, struct err *err)
{
	struct entry_options *o = ctx;
	struct entry_setting *s = &o->import.format[o->import.formats];

	if (value[0] != '%' &&
	    setting_split(o->import.format, &o->import.formats, value, err) < 0)
		return -1;
	if (value[0] == '%') {
		if (o->import.formats == ENTRY_SETTINGS_MAX)
			return err_set(err, ERR_USAGE, "more than %d of them",
			    ENTRY_SETTINGS_MAX);
		*s = (struct entry_setting){ NULL, value };
		o->import.formats++;
	}
	if (clock_format_ok(s->value))
		return 0;
	err_set(err, ERR_USAGE, "'%s' cannot tell a date exactly", s->value);
	return err_hint(err,
	    "it needs a year, a month and a day, and an hour where it has "
	    "minutes, as in %%d/%%m/%%Y %%H:%%M");
}

int
entry_take_layout(void *ctx, const char *value, struct err *err)
{
	struct entry_options *o = ctx;

	o->import.layout = call_layout_find(value);
	return o->import.layout ?
	    0 :
	    err_set(err, ERR_USAGE,
		"'%s' is none of generic, asterisk, freeswitch, vicidial",
		value);
}

int
entry_take_run(void *ctx, const char *value, struct err *err)
{
	struct entry_options *o = ctx;
	size_t run;

	if (value_count(&run, value, 1, 1000000000, err) < 0)
		return -1;
	o->import.run = run;
	return 0;
}

/* ---- the home's scrub.conf ---- */

/* How far a cap looks back, at most. */
static int
cap_need(struct entry_options *o, struct span text, struct err *err)
{
	static const int64_t
	    days[] = { [CAP_DAY] = 2, [CAP_WEEK] = 8, [CAP_MONTH] = 32 };
	struct cap cap;
	int64_t need;

	if (cap_parse(&cap, text, err) < 0)
		return -1;
	need = cap.window == CAP_TOTAL ? CLOCK_NEVER :
	    cap.window == CAP_ROLLING  ? cap.seconds :
					 days[cap.window] * 86400;
	if (need > o->caps_need)
		o->caps_need = need;
	return 0;
}

static int
caps_need(struct entry_options *o, const char *value, struct err *err)
{
	size_t n;

	for (;; value += n + 1) {
		n = strcspn(value, ",");
		if (cap_need(o, span_trim(span_of(value, n)), err) < 0)
			return -1;
		if (!value[n])
			return 0;
	}
}

/* What it says where the command line does not. */
static int
conf_take(void *arg, const char *section, const char *key, const char *value,
    int line, struct err *err)
{
	struct entry_options *o = arg;

	(void)section;
	(void)line;
	if (!key)
		return 0;
	if (strcmp(key, "region") == 0 && o->rules.region == REGION_NONE)
		return value_region(&o->rules.region, value, err);
	if (strcmp(key, "area") == 0 && !o->rules.area[0])
		return value_area(&o->rules, value, err);
	if (strcmp(key, "cap") == 0)
		return caps_need(o, value, err);
	if (strcmp(key, "vanity") == 0 && option_bool(value) == 1)
		o->rules.vanity = true;
	if (strcmp(key, "tz") == 0 && !o->tz) {
		snprintf(o->conf_tz, sizeof(o->conf_tz), "%s", value);
		o->tz = o->conf_tz;
	}
	return 0;
}

static int
conf_settle(struct entry_options *o, const struct home *home, struct err *err)
{
	struct stat st;

	if (lstat(home->conf, &st) < 0 && errno == ENOENT)
		return 0;
	if (conf_read(home->conf, conf_take, o, err) < 0)
		return err_in(err, "%s", home->conf);
	return 0;
}

/* ---- times ---- */

/*
 * --OPTION's time into *out, which stays as it is without one.  Of a day its
 * beginning, or where it ends something, its end; or so long from now on.
 */
static int
time_settle(const struct entry_options *o, const char *option,
    const char *value, bool ends, int64_t *out, struct err *err)
{
	struct clock_time t;
	int64_t seconds;

	if (!value)
		return 0;
	seconds = value_span(value);
	if (seconds > 0) {
		*out = o->now + seconds;
		return 0;
	}
	if (!clock_parse(&t, span_str(value), NULL, o->zone)) {
		err_set(err, ERR_USAGE, "--%s: '%s' is no time", option, value);
		return err_hint(err,
		    "write 2026-03-01, 2026-03-01T08:00, "
		    "2026-03-01T08:00:00Z, or 90d from now on");
	}
	*out = ends ? t.to : t.from;
	return 0;
}

/* An entry that never counts is a mistake, and would not be noticed. */
static int
end_check(const struct entry_options *o, struct err *err)
{
	int64_t end = o->entry.expires_at;

	if (!o->expires)
		return 0;
	if (end <= o->now)
		return err_set(err, ERR_USAGE,
		    "--expires: '%s' is past already", o->expires);
	if (end <= o->entry.effective_at || (o->at && end <= o->said_at.from))
		return err_set(err, ERR_USAGE,
		    "--expires: it would end at '%s', before it begins",
		    o->expires);
	return 0;
}

static int
times_settle(struct entry_options *o, struct err *err)
{
	struct register_entry *e = &o->entry;

	o->from = o->now;
	if (o->at && !clock_parse(&o->said_at, span_str(o->at), NULL, o->zone))
		return err_set(err, ERR_USAGE, "--at: '%s' is no time", o->at);
	if (o->within && o->before)
		return err_set(err, ERR_USAGE,
		    "--within and --before are two ways to say the same");
	if (o->within && value_span(o->within) <= 0)
		return err_set(err, ERR_USAGE,
		    "--within: '%s' is not so many days, as in 30d", o->within);
	if (o->keep && value_span(o->keep) <= 0)
		return err_set(err, ERR_USAGE,
		    "--keep: '%s' is not so many days, as in 400d", o->keep);
	if (o->keep && value_span(o->keep) < o->caps_need)
		return err_set(err, ERR_USAGE,
		    "--keep: a cap of scrub.conf looks back further than %s",
		    o->keep);
	o->keep_from = o->keep ? o->now - value_span(o->keep) : 0;
	return time_settle(o, "requested", o->requested, false,
		   &e->requested_at, err) < 0 ||
		time_settle(o, "effective", o->effective, false,
		    &e->effective_at, err) < 0 ||
		time_settle(o, "expires", o->expires, true, &e->expires_at,
		    err) < 0 ||
		time_settle(o, "review", o->review, false, &e->review_at, err) <
		    0 ||
		time_settle(o, "within", o->within, false, &o->to, err) < 0 ||
		time_settle(o, "before", o->before, false, &o->to, err) < 0 ||
		time_settle(o, "expires-before", o->expires_before, false,
		    &o->to, err) < 0 ||
		time_settle(o, "review-due", o->review_due, true, &o->review_to,
		    err) < 0 ?
	    -1 :
	    end_check(o, err);
}

/* ---- texts ---- */

static int
reason_settle(const char *option, const char *value, enum fact_reason *out,
    struct err *err)
{
	unsigned r;

	for (r = REASON_NONE + 1; value && r < FACT_REASONS; r++) {
		if (strcmp(value, fact_reason_name((enum fact_reason)r)) == 0) {
			*out = (enum fact_reason)r;
			return 0;
		}
	}
	if (!value)
		return 0;
	err_set(err, ERR_USAGE, "--%s: '%s' is no reason", option, value);
	return err_hint(err,
	    "reasons are request, complaint, behaviour, malicious, policy, "
	    "legal, dead-number, other");
}

/* A file that is there; else, when it cannot be meant as one, a reference. */
static int
evidence_settle(struct entry_options *o, struct err *err)
{
	struct stat st;

	if (!o->evidence)
		return 0;
	if (stat(o->evidence, &st) < 0 || !S_ISREG(st.st_mode)) {
		if (strchr(o->evidence, '/') && !strstr(o->evidence, "://"))
			return err_set(err, ERR_USAGE,
			    "--evidence: there is no file %s", o->evidence);
		o->entry.evidence = span_str(o->evidence);
		return 0;
	}
	if (!(o->evidence_path = realpath(o->evidence, NULL)))
		return err_sys(err, "%s", o->evidence);
	if (crypt_file_sha256(o->digest, o->evidence_path, err) < 0)
		return -1;
	o->entry.evidence = span_str(o->evidence_path);
	o->entry.evidence_sha256 = o->digest;
	return 0;
}

static int
note_read(struct entry_options *o, struct err *err)
{
	struct infile f;
	char text[REGISTER_TEXT_MAX + 1];
	ssize_t n;

	if (infile_open(&f, o->note_file, err) < 0)
		return -1;
	n = infile_read(&f, text, sizeof(text), err);
	infile_close(&f);
	if (n < 0)
		return -1;
	if (n > REGISTER_TEXT_MAX)
		return err_set(err, ERR_USAGE,
		    "--note-file: a note has no more than %d bytes",
		    REGISTER_TEXT_MAX);
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	buf_add(&o->note_text, text, (size_t)n);
	o->entry.note = buf_span(&o->note_text);
	return buf_check(&o->note_text, err);
}

static int
texts_settle(struct entry_options *o, struct err *err)
{
	struct register_entry *e = &o->entry;

	if (o->topic)
		e->topic = span_trim(span_str(o->topic));
	if (o->campaign)
		e->campaign = span_trim(span_str(o->campaign));
	if (o->channel &&
	    !fact_channel_parse(&e->channel, span_str(o->channel)))
		return err_set(err, ERR_USAGE,
		    "--channel: '%s' is none of voice, sms, email, other",
		    o->channel);
	if (o->source &&
	    !register_source_parse(&e->origin.source, span_str(o->source))) {
		err_set(err, ERR_USAGE, "--source: '%s' is no source",
		    o->source);
		return err_hint(err,
		    "sources are call, email, web, sms, agent, crm, import");
	}
	if (o->note && o->note_file)
		return err_set(err, ERR_USAGE,
		    "--note and --note-file both give the note");
	if (o->note)
		e->note = span_str(o->note);
	if (o->note_file && note_read(o, err) < 0)
		return -1;
	return evidence_settle(o, err);
}

static int
who_settle(struct entry_options *o, struct err *err)
{
	const char *by = author_name(o->author, o->vault.by);

	if (span_trim(span_str(by)).n == 0)
		return err_set(err, ERR_USAGE, "--by: nobody is named");
	o->entry.origin.author = span_trim(span_str(by));
	if (o->approved_by)
		o->entry.origin.approved_by = span_trim(
		    span_str(o->approved_by));
	return 0;
}

/* ---- together ---- */

void
entry_options_begin(struct entry_options *o)
{
	*o = (struct entry_options){ .note_text = BUF_INIT(REGISTER_TEXT_MAX) };
	o->import.max_bad = 1;
	o->import.layout = call_layout(LAYOUT_GENERIC);
}

int
entry_options_settle(struct entry_options *o, const struct home *home,
    bool reason_is_text, struct err *err)
{
	if (conf_settle(o, home, err) < 0)
		return -1;
	if (zone_open(&o->zone, o->tz, err) < 0)
		return err_in(err, "--tz");
	o->now = clock_now();
	o->entry.permanent = o->permanent;
	if (who_settle(o, err) < 0 || texts_settle(o, err) < 0 ||
	    times_settle(o, err) < 0 ||
	    reason_settle("only", o->only, &o->entry.reason, err) < 0)
		return -1;
	return reason_is_text ?
	    0 :
	    reason_settle("reason", o->reason, &o->entry.reason, err);
}

struct span
entry_why(const struct entry_options *o)
{
	return o->reason ? span_trim(span_str(o->reason)) : span_of("", 0);
}

void
entry_options_release(struct entry_options *o)
{
	zone_close(o->zone);
	free(o->evidence_path);
	buf_release(&o->note_text);
	*o = (struct entry_options){ 0 };
}
