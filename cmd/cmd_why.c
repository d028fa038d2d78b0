#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "author.h"
#include "base/clock.h"
#include "base/json.h"
#include "cmd.h"
#include "flow/mask.h"
#include "flow/record.h"
#include "flow/why.h"
#include "lines.h"
#include "run_options.h"

enum { OUT_MAX = 64 << 20 };

struct asking {
	const struct run_options *r;
	struct check check;
	struct record record;
	struct buf out;
};

/* ---- for people ---- */

static void
add_time(struct buf *b, const char *label, int64_t utc)
{
	char text[CLOCK_TEXT_MAX];

	if (utc == 0 || utc == CLOCK_NEVER)
		return;
	clock_text(text, utc);
	buf_addf(b, "%s%s", label, text);
}

static void
add_text(struct buf *b, const char *label, struct span s)
{
	if (s.n)
		buf_addf(b, "%s%.*s", label, (int)s.n, s.p);
}

static void
add_number(struct buf *b, uint64_t key, bool reveal)
{
	char text[MASK_MAX];

	if (reveal)
		mask_nothing(text, key);
	else
		mask_number(text, key);
	buf_adds(b, text);
}

static void
add_subject(struct buf *b, const struct register_subject *s, bool reveal)
{
	char text[MASK_MAX];

	if (!s->person.n) {
		add_number(b, s->key, reveal);
	} else if (reveal) {
		buf_addf(b, "person %.*s", (int)s->person.n, s->person.p);
	} else {
		mask_person(text, s->person);
		buf_addf(b, "person %s", text);
	}
}

static void
fact_state(struct buf *b, const struct why *w, size_t i)
{
	const struct register_fact *by = why_superseding(w, i);

	if (!w->fact[i].superseded_by && !w->fact[i].removed) {
		buf_adds(b, "      in force");
	} else if (by) {
		buf_addf(b, "      %s %" PRIu64,
		    by->removed ? "removed by" : "superseded by", by->id);
		add_time(b, ", ", by->recorded_at);
		add_text(b, ", by ", by->entry.origin.author);
	} else {
		return;
	}
	buf_addc(b, '\n');
}

static void
fact_text(struct buf *b, const struct why *w, size_t i, bool reveal)
{
	const struct register_fact *f = &w->fact[i];
	const struct register_entry *e = &f->entry;

	buf_addf(b, "  %5" PRIu64 "  ", f->id);
	add_time(b, "", f->recorded_at);
	buf_addf(b, "  %s%s", f->removed ? "removal of " : "",
	    register_kind_name(e->kind));
	if (e->reason)
		buf_addf(b, ", %s", fact_reason_name(e->reason));
	if (e->channel)
		buf_addf(b, ", channel %s", fact_channel_name(e->channel));
	if (e->permanent)
		buf_adds(b, ", permanent");
	add_text(b, ", by ", e->origin.author);
	add_text(b, " and ", e->origin.approved_by);
	if (e->origin.source)
		buf_addf(b, ", from %s",
		    register_source_name(e->origin.source));
	buf_addc(b, '\n');
	fact_state(b, w, i);
	buf_adds(b, "      about ");
	add_subject(b, &e->subject, reveal);
	if (e->number) {
		buf_adds(b, ", linked to ");
		add_number(b, e->number, reveal);
	}
	add_text(b, ", topic ", e->topic);
	add_text(b, ", campaign ", e->campaign);
	add_time(b, ", at ", e->at);
	add_time(b, ", requested ", e->requested_at);
	add_time(b, ", from ", e->effective_at);
	add_time(b, ", until ", e->expires_at);
	add_time(b, ", review due ", e->review_at);
	add_text(b, ", evidence ", e->evidence);
	add_text(b, ", imported from ", e->origin.input);
	buf_addc(b, '\n');
	if ((e->note.n || f->why.n) && !reveal)
		buf_adds(b, "      with a note, which --reveal shows\n");
	if (reveal && e->note.n)
		buf_addf(b, "      note: %.*s\n", (int)e->note.n, e->note.p);
	if (reveal && f->why.n)
		buf_addf(b, "      why: %.*s\n", (int)f->why.n, f->why.p);
}

static void
rules_text(struct asking *a, const struct why *w)
{
	struct buf *b = &a->out;
	size_t i;

	buf_adds(b, "rules\n");
	for (i = 0; i < w->rules; i++) {
		const struct why_rule *r = &w->rule[i];
		size_t from;

		buf_addf(b, "  %-18s %s", verdict_reason_name(r->reason),
		    r->fired     ? "NO" :
			r->asked ? "ok" :
				   "not asked");
		if (r->fired) {
			buf_adds(b, "  ");
			from = b->n;
			check_detail(b, &a->check, &w->answer, r->reason,
			    a->r->reveal);
			if (b->n == from)
				buf_adds(b, verdict_reason_about(r->reason));
		}
		buf_addc(b, '\n');
	}
	for (i = 0; i < w->caps; i++) {
		const struct why_cap *c = &w->cap[i];

		buf_addf(b, "  cap %-14s %u of %u, ", c->cap->text, c->calls,
		    c->cap->calls);
		if (c->again == CLOCK_NEVER)
			buf_adds(b, "not callable again");
		else
			add_time(b, "callable again ", c->again);
		buf_adds(b, c->again ? "\n" : "callable\n");
	}
}

static void
runs_text(struct buf *b, const struct why *w)
{
	size_t i;

	for (i = 0; i < w->runs; i++) {
		const struct register_run *r = &w->run[i];

		buf_addf(b, "  %5" PRIu64 "  ", r->id);
		add_time(b, "", r->at);
		add_text(b, ", by ", r->author);
		add_text(b, ", campaign ", r->campaign);
		add_text(b, ", topic ", r->topic);
		add_text(b, ", of ", r->inputs);
		buf_addc(b, '\n');
	}
}

static void
why_text(struct asking *a, const struct why *w)
{
	struct buf *b = &a->out;
	size_t i;

	add_subject(b, &w->subject, a->r->reveal);
	if (w->answer.number) {
		buf_adds(b, ": ");
		check_reasons(b, &w->answer);
	}
	add_time(b, ", as of ", a->check.policy.as_of);
	buf_addc(b, '\n');
	if (w->answer.number)
		rules_text(a, w);
	buf_adds(b, w->facts ? "facts\n" : "facts: none\n");
	for (i = 0; i < w->facts; i++)
		fact_text(b, w, i, a->r->reveal);
	buf_adds(b, w->runs ? "offered in runs\n" : "offered in runs: none\n");
	runs_text(b, w);
}

/* ---- for programs ---- */

static void
json_time(struct json *j, const char *key, int64_t utc)
{
	char text[CLOCK_TEXT_MAX];

	clock_text(text, utc);
	if (utc == 0 || utc == CLOCK_NEVER)
		json_null(j, key);
	else
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
json_subject(struct json *j, const char *key, const struct register_subject *s,
    bool reveal)
{
	struct buf b = BUF_INIT(2 * REGISTER_TEXT_MAX);

	add_subject(&b, s, reveal);
	json_span(j, key, buf_span(&b));
	buf_release(&b);
}

static void
fact_json(struct json *j, const struct why *w, size_t i, bool reveal)
{
	const struct register_fact *f = &w->fact[i];
	const struct register_entry *e = &f->entry;
	const struct register_subject number = { .key = e->number };

	json_object(j, NULL);
	json_u64(j, "id", f->id);
	json_str(j, "kind", register_kind_name(e->kind));
	json_bool(j, "removal", f->removed);
	json_bool(j, "in_force", !f->superseded_by && !f->removed);
	json_u64(j, "superseded_by", f->superseded_by);
	json_subject(j, "subject", &e->subject, reveal);
	if (e->number)
		json_subject(j, "number", &number, reveal);
	json_time(j, "recorded_at", f->recorded_at);
	json_str(j, "reason", fact_reason_name(e->reason));
	json_str(j, "channel", fact_channel_name(e->channel));
	json_some(j, "topic", e->topic);
	json_some(j, "campaign", e->campaign);
	json_bool(j, "permanent", e->permanent);
	json_time(j, "at", e->at);
	json_time(j, "requested_at", e->requested_at);
	json_time(j, "effective_at", e->effective_at);
	json_time(j, "expires_at", e->expires_at);
	json_time(j, "review_at", e->review_at);
	json_str(j, "source", register_source_name(e->origin.source));
	json_some(j, "author", e->origin.author);
	json_some(j, "approved_by", e->origin.approved_by);
	json_some(j, "input", e->origin.input);
	json_some(j, "evidence", e->evidence);
	if (reveal) {
		json_some(j, "note", e->note);
		json_some(j, "why", f->why);
	}
	json_end(j);
}

static void
rules_json(struct asking *a, struct json *j, const struct why *w)
{
	struct buf detail = BUF_INIT(4096);
	size_t i;

	json_array(j, "rules");
	for (i = 0; i < w->rules; i++) {
		const struct why_rule *r = &w->rule[i];

		buf_reset(&detail);
		if (r->fired)
			check_detail(&detail, &a->check, &w->answer, r->reason,
			    a->r->reveal);
		json_object(j, NULL);
		json_str(j, "rule", verdict_reason_name(r->reason));
		json_bool(j, "asked", r->asked);
		json_bool(j, "fired", r->fired);
		json_span(j, "detail", buf_span(&detail));
		json_end(j);
	}
	json_end(j);
	json_array(j, "caps");
	for (i = 0; i < w->caps; i++) {
		json_object(j, NULL);
		json_str(j, "cap", w->cap[i].cap->text);
		json_u64(j, "calls", w->cap[i].calls);
		json_bool(j, "callable", w->cap[i].again == 0);
		json_time(j, "callable_again", w->cap[i].again);
		json_end(j);
	}
	json_end(j);
	buf_release(&detail);
}

static void
runs_json(struct json *j, const struct why *w)
{
	size_t i;

	json_array(j, "runs");
	for (i = 0; i < w->runs; i++) {
		const struct register_run *r = &w->run[i];

		json_object(j, NULL);
		json_u64(j, "run", r->id);
		json_time(j, "at", r->at);
		json_time(j, "as_of", r->as_of);
		json_some(j, "author", r->author);
		json_some(j, "campaign", r->campaign);
		json_some(j, "topic", r->topic);
		json_some(j, "inputs", r->inputs);
		json_end(j);
	}
	json_end(j);
}

static void
why_json(struct asking *a, const struct why *w)
{
	struct json j = { .out = &a->out };
	size_t i;

	json_object(&j, NULL);
	json_str(&j, "schema", "scrub.why/1");
	json_subject(&j, "subject", &w->subject, a->r->reveal);
	json_time(&j, "as_of", a->check.policy.as_of);
	if (w->answer.number) {
		json_bool(&j, "ok", w->answer.verdict.fired == 0);
		rules_json(a, &j, w);
	}
	json_array(&j, "facts");
	for (i = 0; i < w->facts; i++)
		fact_json(&j, w, i, a->r->reveal);
	json_end(&j);
	runs_json(&j, w);
	json_end(&j);
	buf_addc(&a->out, '\n');
}

/* ---- asking ---- */

/* That somebody looked, and whether they saw it all. */
static int
why_audit(const struct asking *a, const struct why *w, struct err *err)
{
	const struct span author = span_str(a->record.author);
	const struct register_audit audit[] = {
		{ .author = author,
		    .action = SPAN("why"),
		    .subject = w->subject },
		{ .author = author,
		    .action = SPAN("reveal"),
		    .subject = w->subject },
	};

	if (!a->record.db)
		return 0;
	return record_audit(&a->record, audit, a->r->reveal ? 2 : 1, err);
}

static int
why_show(struct asking *a, const struct why *w, struct err *err)
{
	if (why_audit(a, w, err) < 0)
		return -1;
	buf_reset(&a->out);
	if (a->r->json)
		why_json(a, w);
	else
		why_text(a, w);
	if (buf_check(&a->out, err) < 0)
		return -1;
	fwrite(a->out.p, 1, a->out.n, stdout);
	return 0;
}

static int
number_ask(void *arg, struct span s, struct err *err)
{
	struct asking *a = arg;
	struct why w;
	int ret = -1;

	if (check_refresh(&a->check, a->check.policy.as_of, err) < 0)
		return -1;
	if (why_number(&w, &a->check, s, err) == 0)
		ret = why_show(a, &w, err);
	why_release(&w);
	return ret;
}

static int
person_ask(struct asking *a, struct err *err)
{
	struct why w;
	int ret = -1;

	if (!a->record.db)
		return err_set(err, ERR_USAGE,
		    "--person: there is no register that knows persons");
	if (why_person(&w, &a->check, span_str(a->r->about_person), err) == 0)
		ret = why_show(a, &w, err);
	why_release(&w);
	return ret;
}

static int
ask_all(struct asking *a, int n, char **number, struct err *err)
{
	int i;

	if (a->r->about_person)
		return person_ask(a, err);
	if (n == 0 && isatty(STDIN_FILENO)) {
		err_set(err, ERR_USAGE, "there is no number to ask about");
		return err_hint(err,
		    "scrub why NUMBER, --person ID, or - for numbers on "
		    "standard input");
	}
	if (n == 0)
		return lines_read(number_ask, a, err);
	for (i = 0; i < n; i++)
		if ((strcmp(number[i], "-") == 0 ?
			    lines_read(number_ask, a, err) :
			    number_ask(a, span_str(number[i]), err)) < 0)
			return -1;
	return 0;
}

static int
asking_run(const struct run_options *r, int n, char **number, struct err *err)
{
	struct asking a = { .r = r, .out = BUF_INIT(OUT_MAX) };
	char author[AUTHOR_MAX];
	int ret = -1;

	if (r->o.lists.db)
		a.record = (struct record){ .db = r->home.home.db,
			.lock = r->home.home.lock,
			.keys = r->home.keys,
			.author = author_name(author, r->vault.by),
			.now = clock_now };
	if (check_open(&a.check, &r->o, err) == 0 &&
	    ask_all(&a, n, number, err) == 0)
		ret = EXIT_DONE;
	check_close(&a.check);
	buf_release(&a.out);
	return ret;
}

static int
why_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct run_options r;
	int first, ret = -1;

	if (run_options_read(&r, c->options, argc, argv, &first, err) == 0) {
		if (r.help) {
			command_usage(stdout, c);
			ret = EXIT_DONE;
		} else if (run_options_settle(&r, err) == 0) {
			ret = asking_run(&r, argc - first, argv + first, err);
		}
	}
	run_options_release(&r);
	return ret;
}

const struct command command_why = {
	.name = "why",
	.usage = "scrub why [OPTION]... [NUMBER...|-]",
	.about = "tell everything that is known of a number or a person, and "
		 "how each rule comes out",
	.options = &why_option_table,
	.run = why_run,
};
