#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "author.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/outfile.h"
#include "cmd.h"
#include "flow/record.h"
#include "lines.h"
#include "store/register.h"
#include "text/conf.h"
#include "text/csv_writer.h"
#include "text/number.h"
#include "value.h"
#include "vault.h"
#include "verb.h"

enum { OUT_MAX = 1 << 20, FLUSH = 64 << 10 };

enum audit_form { FORM_TEXT, FORM_CSV, FORM_JSON };

struct audit_options {
	struct vault_options vault;
	struct number_rules rules;
	const char *since, *action, *author, *person; /* filters */
	const char *out;
	enum audit_form form;
};

/* ---- options ---- */

#define TEXT_OPTION(fn, place) \
	static int fn(void *ctx, const char *value, struct err *err) \
	{ \
		(void)err; \
		((struct audit_options *)ctx)->place = value; \
		return 0; \
	}

TEXT_OPTION(take_since, since)
TEXT_OPTION(take_action, action)
TEXT_OPTION(take_author, author)
TEXT_OPTION(take_person, person)
TEXT_OPTION(take_out, out)

static int
take_region(void *ctx, const char *value, struct err *err)
{
	struct audit_options *o = ctx;

	return value_region(&o->rules.region, value, err);
}

static int
take_json(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct audit_options *)ctx)->form = FORM_JSON;
	return 0;
}

static int
take_format(void *ctx, const char *value, struct err *err)
{
	struct audit_options *o = ctx;

	if (strcmp(value, "csv") == 0)
		o->form = FORM_CSV;
	else if (strcmp(value, "json") == 0)
		o->form = FORM_JSON;
	else
		return err_set(err, ERR_USAGE, "'%s' is neither csv nor json",
		    value);
	return 0;
}

#define FILTERS \
	{ "since", 0, "TIME", NULL, OPTION_ONLY_CLI, "Filters", \
		"records from then on: a day, a time, or so long ago: 30d", \
		take_since }, \
	    { "action", 0, "NAME", NULL, OPTION_ONLY_CLI, "Filters", \
		    "this action, or those that begin with it and a dot: " \
		    "dnc, dnc.add, run", \
		    take_action }, \
	{ \
		"author", 0, "NAME", NULL, OPTION_ONLY_CLI, "Filters", \
		    "what this person did", take_author \
	}

static const struct option_spec list_specs[] = {
	FILTERS,
	{ "person", 0, "ID", NULL, OPTION_ONLY_CLI, "Filters",
	    "about the person with this customer id", take_person },
	{ "region", 'r', "CC", NULL, OPTION_ONLY_CLI, "Filters",
	    "region of a number without a country code (scrub.conf's)",
	    take_region },
	{ "json", 0, NULL, NULL, OPTION_ONLY_CLI, "Options",
	    "one JSON document a line", take_json },
	VAULT_OPTIONS("Options"),
	VERB_HELP("Options"),
};

static const struct option_spec verify_specs[] = {
	VAULT_OPTIONS("Options"),
	VERB_HELP("Options"),
};

static const struct option_spec export_specs[] = {
	FILTERS,
	{ "format", 0, "FORMAT", "csv|json", OPTION_ONLY_CLI, "Options",
	    "csv (default), or json: one document a line", take_format },
	{ "out", 'o', "FILE", NULL, OPTION_FILE | OPTION_ONLY_CLI, "Options",
	    "write there, complete or not at all (standard output)", take_out },
	VAULT_BY("Options"),
	VAULT_OPTIONS("Options"),
	VERB_HELP("Options"),
};

static const struct option_table list_table = OPTION_TABLE(list_specs);
static const struct option_table verify_table = OPTION_TABLE(verify_specs);
static const struct option_table export_table = OPTION_TABLE(export_specs);

/* ---- records ---- */

struct telling {
	const struct audit_options *o;
	struct register_db *db;
	int64_t since;
	struct outfile file;
	struct buf out;
	bool to_stdout;
};

static int
out_flush(struct telling *t, struct err *err)
{
	if (buf_check(&t->out, err) < 0)
		return -1;
	if (t->out.n == 0)
		return 0;
	if (t->to_stdout)
		fwrite(t->out.p, 1, t->out.n, stdout);
	else if (outfile_write(&t->file, t->out.p, t->out.n, err) < 0)
		return -1;
	buf_reset(&t->out);
	return 0;
}

static bool
action_wanted(struct span action, const char *want)
{
	struct span s;

	if (!want)
		return true;
	s = span_str(want);
	return span_starts(action, s) &&
	    (action.n == s.n || action.p[s.n] == '.');
}

static void
add_json(struct buf *out, const struct register_audit *a, const char *at)
{
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_u64(&j, "seq", a->seq);
	json_str(&j, "at", at);
	json_span(&j, "author", a->author);
	json_span(&j, "action", a->action);
	json_bool(&j, "about_subject", a->has_target);
	json_span(&j, "detail", a->detail);
	json_end(&j);
	buf_addc(out, '\n');
}

static int
record_tell(void *arg, const struct register_audit *a, struct err *err)
{
	struct telling *t = arg;
	const struct audit_options *o = t->o;
	char sep = o->form == FORM_CSV ? ',' : '\t';
	char at[CLOCK_TEXT_MAX];

	if (a->at < t->since || !action_wanted(a->action, o->action) ||
	    (o->author && !span_eq(a->author, span_str(o->author))))
		return 0;
	clock_text(at, a->at);
	if (o->form == FORM_JSON) {
		add_json(&t->out, a, at);
	} else {
		buf_addf(&t->out, "%" PRIu64 "%c%s%c", a->seq, sep, at, sep);
		csv_add_cell(&t->out, a->author, sep);
		buf_addc(&t->out, sep);
		csv_add_cell(&t->out, a->action, sep);
		buf_addf(&t->out, "%c%s%c", sep,
		    a->has_target ? "about a subject" : "", sep);
		if (o->form == FORM_CSV)
			csv_add_cell(&t->out, a->detail, sep);
		else
			buf_addspan(&t->out, a->detail);
		buf_addc(&t->out, '\n');
	}
	return t->out.n < FLUSH ? 0 : out_flush(t, err);
}

static int
since_read(struct telling *t, struct err *err)
{
	struct clock_time from;
	struct zone *zone;
	int64_t ago;
	int ret = 0;

	if (!t->o->since)
		return 0;
	ago = value_span(t->o->since);
	if (ago > 0) {
		t->since = clock_now() - ago;
		return 0;
	}
	if (zone_open(&zone, NULL, err) < 0)
		return -1;
	if (clock_parse(&from, span_str(t->o->since), NULL, zone))
		t->since = from.from;
	else
		ret = err_set(err, ERR_USAGE, "--since: '%s' is no time",
		    t->o->since);
	zone_close(zone);
	return ret;
}

/* ---- list ---- */

/* How scrub.conf says numbers are read, where the command line does not. */
static int
conf_take(void *arg, const char *section, const char *key, const char *value,
    int line, struct err *err)
{
	struct number_rules *rules = arg;

	(void)section;
	(void)line;
	if (key && strcmp(key, "region") == 0 && rules->region == REGION_NONE)
		return value_region(&rules->region, value, err);
	if (key && strcmp(key, "area") == 0)
		return value_area(rules, value, err);
	return 0;
}

static int
rules_settle(struct audit_options *o, const struct home *home, struct err *err)
{
	if (access(home->conf, F_OK) < 0)
		return 0;
	if (conf_read(home->conf, conf_take, &o->rules, err) < 0)
		return err_in(err, "%s", home->conf);
	return 0;
}

static int
number_list(void *arg, struct span s, struct err *err)
{
	struct register_subject subject = { 0 };
	struct telling *t = arg;
	struct number_cell cell;

	number_parse(&cell, s, &t->o->rules);
	if (!number_readable(&cell) || cell.count != 1) {
		err_set(err, ERR_INPUT, "that is not one number: %s",
		    number_status_name((enum number_status)cell.status));
		return err_hint(err,
		    "a number without a country code needs --region CC");
	}
	subject.key = cell.number[0].key;
	return register_audit_list(t->db, 1, &subject, record_tell, t, err) <
		0 ?
	    -1 :
	    out_flush(t, err);
}

static int
all_list(struct telling *t, struct err *err)
{
	const struct register_subject person = {
		.person = span_str(t->o->person ? t->o->person : "")
	};

	return register_audit_list(t->db, 1, t->o->person ? &person : NULL,
		   record_tell, t, err) < 0 ?
	    -1 :
	    out_flush(t, err);
}

static int
open_for(struct vault *v, const struct audit_options *o,
    enum register_mode mode, struct register_db **db, struct err *err)
{
	if (vault_open(v, &o->vault, NULL, err) < 0)
		return -1;
	return register_open(db, v->home.db, v->keys, mode, err);
}

static int
list_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct audit_options o = { 0 };
	struct telling t = { .o = &o,
		.out = BUF_INIT(OUT_MAX),
		.to_stdout = true };
	struct vault v = { 0 };
	int first, ret = -1;

	if (option_parse(c->options, argc, argv, &o, &first, err) < 0)
		return -1;
	if (since_read(&t, err) < 0 ||
	    open_for(&v, &o, REGISTER_READ, &t.db, err) < 0 ||
	    rules_settle(&o, &v.home, err) < 0)
		goto out;
	for (ret = first == argc ? all_list(&t, err) : 0;
	     ret == 0 && first < argc; first++)
		ret = strcmp(argv[first], "-") == 0 ?
		    lines_read(number_list, &t, err) :
		    number_list(&t, span_str(argv[first]), err);
out:
	register_close(t.db);
	vault_close(&v);
	buf_release(&t.out);
	return ret < 0 ? -1 : EXIT_DONE;
}

/* ---- verify ---- */

static int
no_operand(int argc, int first, char **argv, struct err *err)
{
	return first == argc ?
	    0 :
	    err_set(err, ERR_USAGE, "'%s' is too much", argv[first]);
}

static int
verify_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct register_audit_result result;
	struct audit_options o = { 0 };
	struct register_db *db = NULL;
	struct vault v = { 0 };
	int first, ret = -1;

	if (option_parse(c->options, argc, argv, &o, &first, err) < 0 ||
	    no_operand(argc, first, argv, err) < 0)
		return -1;
	if (open_for(&v, &o, REGISTER_INSPECT, &db, err) < 0 ||
	    register_audit_verify(db, &result, err) < 0)
		goto out;
	if (result.bad) {
		printf("record %" PRIu64 ": %s\n", result.bad, result.what);
		ret = EXIT_NO;
	} else {
		printf("%" PRIu64 " records, none missing, altered or out of "
		       "order\n",
		    result.records);
		ret = EXIT_DONE;
	}
out:
	register_close(db);
	vault_close(&v);
	return ret;
}

/* ---- export ---- */

static int
export_write(struct telling *t, struct err *err)
{
	static const char head[] = "seq,at,author,action,about,detail\n";

	if (!t->to_stdout && outfile_open(&t->file, t->o->out, err) < 0)
		return -1;
	if (t->o->form == FORM_CSV)
		buf_adds(&t->out, head);
	if (all_list(t, err) < 0)
		return -1;
	return t->to_stdout                   ? 0 :
	    outfile_finish(&t->file, err) < 0 ? -1 :
						outfile_publish(&t->file, err);
}

static int
export_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct audit_options o = { .form = FORM_CSV };
	struct telling t = { .o = &o, .out = BUF_INIT(OUT_MAX) };
	struct vault v = { 0 };
	struct record r = { .now = clock_now };
	char name[AUTHOR_MAX];
	int first, ret = -1;

	if (option_parse(c->options, argc, argv, &o, &first, err) < 0 ||
	    no_operand(argc, first, argv, err) < 0)
		return -1;
	t.to_stdout = !o.out || strcmp(o.out, "-") == 0;
	if (since_read(&t, err) < 0 ||
	    vault_open(&v, &o.vault, NULL, err) < 0 ||
	    home_guard(&v.home, o.out, err) < 0)
		goto out;
	r.db = v.home.db;
	r.lock = v.home.lock;
	r.keys = v.keys;
	r.author = author_name(name, o.vault.by);
	/* who takes the log out is in it, before it is */
	if (record_file(&r, "audit.export", o.out ? o.out : "-", err) == 0 &&
	    register_open(&t.db, v.home.db, v.keys, REGISTER_READ, err) == 0)
		ret = export_write(&t, err);
out:
	register_close(t.db);
	vault_close(&v);
	outfile_discard(&t.file);
	buf_release(&t.out);
	return ret < 0 ? -1 : EXIT_DONE;
}

static const struct command list = {
	.name = "list",
	.usage = "scrub audit list [OPTION]... [NUMBER...|-]",
	.about = "list what was done, or what was done about a number",
	.options = &list_table,
	.run = list_run,
};
static const struct command verify = {
	.name = "verify",
	.usage = "scrub audit verify [OPTION]...",
	.about = "see that no record is missing, altered or out of order",
	.options = &verify_table,
	.run = verify_run,
};
static const struct command export = {
	.name = "export",
	.usage = "scrub audit export [OPTION]...",
	.about = "write the log out, which is itself put on record",
	.options = &export_table,
	.run = export_run,
};
static const struct command *const verbs[] = { &list, &verify, &export };

const struct command command_audit = {
	.name = "audit",
	.usage = "scrub audit VERB [OPTION]...",
	.about = "who did what: list, verify and export the audit log",
	.verbs = verbs,
	.nverbs = sizeof(verbs) / sizeof(*verbs),
};
