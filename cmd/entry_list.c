#include "entry_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/json.h"
#include "cmd.h"
#include "flow/mask.h"

enum { FLUSH = 64 << 10 };

struct listing {
	const struct entry_list *l;
	const struct entry_options *o;
	struct buf out;
	struct json json;
	uint64_t n;
};

/* ---- one entry ---- */

/* What has become of it. */
static const char *
state_of(const struct listing *s, const struct register_fact *f)
{
	const struct register_entry *e = &f->entry;

	if (f->removed)
		return "removal";
	if (f->superseded_by)
		return "superseded";
	if (e->expires_at && e->expires_at <= s->o->now)
		return "ended";
	return e->effective_at > s->o->now ? "later" : "in force";
}

static void
subject_put(struct buf *out, const struct listing *s,
    const struct register_entry *e)
{
	char text[MASK_MAX];

	if (e->subject.person.n && s->o->reveal) {
		buf_addspan(out, e->subject.person);
		return;
	}
	if (e->subject.person.n)
		mask_person(text, e->subject.person);
	else if (s->o->reveal)
		mask_nothing(text, e->subject.key);
	else
		mask_number(text, e->subject.key);
	buf_adds(out, text);
}

/* A field of a line: without tabs and line ends, - for nothing. */
static void
field_put(struct buf *out, struct span s)
{
	size_t i;

	buf_addc(out, '\t');
	if (s.n == 0)
		buf_addc(out, '-');
	for (i = 0; i < s.n; i++)
		buf_addc(out, (unsigned char)s.p[i] < 0x20 ? ' ' : s.p[i]);
}

static void
time_put(struct buf *out, int64_t t)
{
	char text[CLOCK_TEXT_MAX] = "";

	if (t != 0 && t != CLOCK_NEVER)
		clock_text(text, t);
	field_put(out, span_str(text));
}

/*
 * number, kind, reason, topic, campaign, channel, from, until, review, source,
 * author, recorded, state.  `from` is when a consent was given or withdrawn,
 * else when the entry begins to count.
 */
static void
entry_line(struct listing *s, const struct register_fact *f)
{
	const struct register_entry *e = &f->entry;
	struct buf *b = &s->out;

	subject_put(b, s, e);
	field_put(b, span_str(register_kind_name(e->kind)));
	field_put(b, span_str(fact_reason_name(e->reason)));
	field_put(b, e->topic);
	field_put(b, e->campaign);
	field_put(b,
	    e->channel ? span_str(fact_channel_name(e->channel)) :
			 span_of("", 0));
	time_put(b, e->at ? e->at : e->effective_at);
	time_put(b, e->expires_at);
	time_put(b, e->review_at);
	field_put(b, span_str(register_source_name(e->origin.source)));
	field_put(b, e->origin.author);
	time_put(b, f->recorded_at);
	field_put(b, span_str(state_of(s, f)));
	buf_addc(b, '\n');
}

static void
json_time(struct json *j, const char *key, int64_t t)
{
	char text[CLOCK_TEXT_MAX];

	if (t == 0 || t == CLOCK_NEVER) {
		json_null(j, key);
		return;
	}
	clock_text(text, t);
	json_str(j, key, text);
}

static void
json_some(struct json *j, const char *key, struct span s)
{
	if (s.n)
		json_span(j, key, s);
	else
		json_null(j, key);
}

static void
entry_json(struct listing *s, const struct register_fact *f)
{
	const struct register_entry *e = &f->entry;
	struct json *j = &s->json;
	struct buf subject = BUF_INIT(2 * REGISTER_TEXT_MAX);

	subject_put(&subject, s, e);
	json_object(j, NULL);
	json_u64(j, "id", f->id);
	json_span(j, e->subject.person.n ? "person" : "number",
	    buf_span(&subject));
	json_str(j, "kind", register_kind_name(e->kind));
	json_str(j, "state", state_of(s, f));
	json_some(j, "reason", span_str(fact_reason_name(e->reason)));
	json_some(j, "topic", e->topic);
	json_some(j, "campaign", e->campaign);
	json_str(j, "channel", fact_channel_name(e->channel));
	json_bool(j, "permanent", e->permanent);
	json_time(j, "at", e->at);
	json_time(j, "requested_at", e->requested_at);
	json_time(j, "effective_at", e->effective_at);
	json_time(j, "expires_at", e->expires_at);
	json_time(j, "review_at", e->review_at);
	json_some(j, "source",
	    span_str(register_source_name(e->origin.source)));
	json_span(j, "author", e->origin.author);
	json_some(j, "approved_by", e->origin.approved_by);
	json_some(j, "input", e->origin.input);
	json_some(j, "evidence", e->evidence);
	if (s->o->reveal) { /* notes name people */
		json_some(j, "note", e->note);
		json_some(j, "why", f->why);
	}
	json_time(j, "recorded_at", f->recorded_at);
	if (f->supersedes)
		json_u64(j, "supersedes", f->supersedes);
	if (f->superseded_by)
		json_u64(j, "superseded_by", f->superseded_by);
	json_end(j);
	buf_release(&subject);
}

static int
flush(struct listing *s, struct err *err)
{
	if (buf_check(&s->out, err) < 0)
		return -1;
	fwrite(s->out.p, 1, s->out.n, stdout);
	buf_reset(&s->out);
	return ferror(stdout) ?
	    err_set(err, ERR_PIPE, "standard output is closed") :
	    0;
}

static int
entry_show(void *arg, const struct register_fact *f, struct err *err)
{
	struct listing *s = arg;

	if (interrupt_check(err) < 0)
		return -1;
	s->n++;
	if (s->o->json)
		entry_json(s, f);
	else
		entry_line(s, f);
	return s->out.n < FLUSH ? 0 : flush(s, err);
}

/* ---- list ---- */

/* Before anything is shown, and by a handle that may write. */
static int
reveal_audit(struct register_db *db, const struct listing *s, struct err *err)
{
	char detail[128];
	struct register_audit a = {
		.author = s->o->entry.origin.author,
		.action = SPAN("reveal"),
	};

	snprintf(detail, sizeof(detail), "{\"list\":\"%s%s\"}",
	    register_kind_name(s->l->kind), s->o->history ? " history" : "");
	a.detail = span_str(detail);
	if (register_begin(db, s->o->now, err) < 0 ||
	    register_audit_add(db, &a, err) < 0)
		return -1;
	return register_commit(db, err);
}

static int
list_do(struct listing *s, const struct vault *v, struct err *err)
{
	struct register_filter filter = {
		.kind = s->l->kind,
		.reason = s->o->entry.reason,
		.expires_from = s->l->expiring ? s->o->now : 0,
		.expires_to = s->o->to,
		.review_to = s->o->review_to,
		.history = s->o->history,
	};
	struct register_db *db;
	int ret;

	if (register_open(&db, v->home.db, v->keys,
		s->o->reveal ? REGISTER_WRITE : REGISTER_READ, err) < 0)
		return -1;
	if (s->o->json) {
		s->json = (struct json){ .out = &s->out };
		json_object(&s->json, NULL);
		json_str(&s->json, "schema", "scrub.entries/1");
		json_array(&s->json, "entries");
	}
	ret = s->o->reveal ? reveal_audit(db, s, err) : 0;
	if (ret == 0)
		ret = register_list(db, &filter, entry_show, s, err);
	if (ret == 0 && s->o->json) {
		json_end(&s->json);
		json_u64(&s->json, "count", s->n);
		json_end(&s->json);
		buf_addc(&s->out, '\n');
	}
	if (ret == 0)
		ret = flush(s, err);
	register_close(db);
	if (ret == 0 && !s->o->quiet && !s->o->json)
		fprintf(stderr, "scrub: %" PRIu64 " %s\n", s->n,
		    s->n == 1 ? "entry" : "entries");
	return ret < 0 ? -1 : EXIT_DONE;
}

static int
no_operand(const struct entry_list *l, int argc, char **argv, int first,
    struct err *err)
{
	return first < argc ? err_set(err, ERR_USAGE, "%s: '%s' is too much",
				  l->command, argv[first]) :
			      0;
}

int
entry_list_run(const struct command *c, int argc, char **argv, struct err *err)
{
	const struct entry_list *l = c->what;
	struct entry_options o;
	struct vault v = { 0 };
	struct listing s = { .l = l, .o = &o, .out = BUF_INIT(1 << 20) };
	int first, ret = -1;

	entry_options_begin(&o);
	if (option_parse(c->options, argc, argv, &o, &first, err) == 0 &&
	    no_operand(l, argc, argv, first, err) == 0) {
		if (l->expiring && !o.within && !o.before)
			o.within = "30d";
		if (vault_open(&v, &o.vault, o.reveal ? l->command : NULL,
			err) == 0 &&
		    entry_options_settle(&o, &v.home, false, err) == 0)
			ret = list_do(&s, &v, err);
	}
	buf_release(&s.out);
	vault_close(&v);
	entry_options_release(&o);
	return ret;
}

/* ---- stats ---- */

static const char *const ages[REGISTER_AGES] = { "7 days", "31 days",
	"366 days", "longer" };

static void
count_line(const char *what, uint64_t n)
{
	printf("%-12s %10" PRIu64 "\n", what, n);
}

static void
stats_text(unsigned kind, const struct register_stats *s)
{
	unsigned i;

	count_line("in force", s->in_force[kind] - s->ended[kind]);
	count_line("ended", s->ended[kind]);
	if (kind == FACT_DNC)
		count_line("permanent", s->permanent);
	puts("\nby reason");
	for (i = 0; i < FACT_REASONS; i++)
		if (s->reason[kind][i])
			count_line(i ? fact_reason_name((enum fact_reason)i) :
				       "-",
			    s->reason[kind][i]);
	puts("\nby source");
	for (i = 0; i < REGISTER_SOURCES; i++)
		if (s->source[kind][i])
			count_line(i ?
				register_source_name((enum register_source)i) :
				"-",
			    s->source[kind][i]);
	puts("\nrecorded within");
	for (i = 0; i < REGISTER_AGES; i++)
		count_line(ages[i], s->age[kind][i]);
}

static void
stats_json(unsigned kind, const struct register_stats *s)
{
	struct buf b = BUF_INIT(1 << 16);
	struct json j = { .out = &b };
	unsigned i;

	json_object(&j, NULL);
	json_str(&j, "schema", "scrub.stats/1");
	json_str(&j, "kind", register_kind_name(kind));
	json_u64(&j, "in_force", s->in_force[kind] - s->ended[kind]);
	json_u64(&j, "ended", s->ended[kind]);
	json_u64(&j, "permanent", s->permanent);
	json_object(&j, "reason");
	for (i = 0; i < FACT_REASONS; i++)
		json_u64(&j, i ? fact_reason_name((enum fact_reason)i) : "none",
		    s->reason[kind][i]);
	json_end(&j);
	json_object(&j, "source");
	for (i = 0; i < REGISTER_SOURCES; i++)
		json_u64(&j,
		    i ? register_source_name((enum register_source)i) : "none",
		    s->source[kind][i]);
	json_end(&j);
	json_object(&j, "recorded_within");
	for (i = 0; i < REGISTER_AGES; i++)
		json_u64(&j, ages[i], s->age[kind][i]);
	json_end(&j);
	json_end(&j);
	buf_addc(&b, '\n');
	fwrite(b.p, 1, b.n, stdout);
	buf_release(&b);
}

int
entry_stats_run(const struct command *c, int argc, char **argv, struct err *err)
{
	const struct entry_list *l = c->what;
	struct entry_options o;
	struct vault v = { 0 };
	struct register_db *db = NULL;
	struct register_stats stats;
	int first, ret = -1;

	entry_options_begin(&o);
	if (option_parse(c->options, argc, argv, &o, &first, err) == 0 &&
	    no_operand(l, argc, argv, first, err) == 0 &&
	    vault_open(&v, &o.vault, NULL, err) == 0 &&
	    register_open(&db, v.home.db, v.keys, REGISTER_READ, err) == 0 &&
	    register_stats(db, clock_now(), &stats, err) == 0) {
		if (o.json)
			stats_json(l->kind, &stats);
		else
			stats_text(l->kind, &stats);
		ret = EXIT_DONE;
	}
	register_close(db);
	vault_close(&v);
	entry_options_release(&o);
	return ret;
}
