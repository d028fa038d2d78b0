#include "entry_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd.h"
#include "confirm.h"
#include "flow/entry_export.h"
#include "flow/mask.h"
#include "terminal.h"

/* ---- import ---- */

/* leads.csv: leads.unusable.csv, beside it.  The caller's; NULL: no memory. */
static char *
rejects_path(const char *input)
{
	const char *slash = strrchr(input, '/'), *dot = strrchr(input, '.');
	size_t n = strlen(input);
	char *path;

	if (dot && dot > (slash ? slash + 1 : input))
		n = (size_t)(dot - input);
	if (asprintf(&path, "%.*s.unusable%s", (int)n, input, input + n) < 0)
		return NULL;
	return path;
}

struct shown {
	struct progress progress;
	const char *path;
};

static void
show_progress(void *arg, uint64_t done, int64_t size)
{
	struct shown *s = arg;

	progress_show(&s->progress, s->path, done, size, 0);
}

static void
summary_json(const struct entry_file *f, const struct entry_options *o,
    const struct entry_import_result *r)
{
	struct buf b = BUF_INIT(1 << 20);
	struct json j = { .out = &b };

	json_object(&j, NULL);
	json_str(&j, "schema", "scrub.import/1");
	json_str(&j, "kind", list_kind_name(f->kind));
	json_str(&j, "input", o->import.path);
	json_bool(&j, "dry_run", o->dry_run);
	json_u64(&j, "lines", r->lines);
	json_u64(&j, "new", r->fresh);
	json_u64(&j, "known", r->known);
	json_u64(&j, "changed", r->changed);
	json_u64(&j, "unusable", r->unusable);
	json_u64(&j, "blocking", r->blocking);
	json_u64(&j, "nothing", r->nothing);
	json_u64(&j, "blank", r->blank);
	json_u64(&j, "unreadable_dates", r->bad_dates);
	json_u64(&j, "wildcards", r->wildcards);
	json_str(&j, "rejects",
	    r->unusable && !(o->dry_run && !o->import.rejects) ?
		o->import.rejects :
		NULL);
	json_end(&j);
	buf_addc(&b, '\n');
	fwrite(b.p, 1, b.n, stdout);
	buf_release(&b);
}

static void
summary_line(const char *what, uint64_t n, const char *more)
{
	fprintf(stderr, "  %-10s %10" PRIu64 "%s%s\n", what, n,
	    *more ? "  " : "", more);
}

static void
summary_text(const struct entry_file *f, const struct entry_options *o,
    const struct entry_import_result *r)
{
	fprintf(stderr, "%s%s: %" PRIu64 " line%s of %s\n",
	    list_kind_name(f->kind), o->dry_run ? " (dry run)" : "", r->lines,
	    r->lines == 1 ? "" : "s",
	    strcmp(o->import.path, "-") == 0 ? "standard input" :
					       o->import.path);
	summary_line("new", r->fresh, "");
	summary_line("known", r->known, "");
	summary_line("changed", r->changed, "");
	summary_line("unusable", r->unusable,
	    r->unusable && o->import.rejects ? o->import.rejects : "");
	if (r->blocking && f->kind == LIST_DNC)
		summary_line("of those", r->blocking,
		    "block all the same, as far as they can be read");
	if (r->wildcards)
		summary_line("wildcards", r->wildcards,
		    "block every number that begins so");
	if (r->nothing)
		summary_line("nothing", r->nothing, "say neither yes nor no");
	if (r->bad_dates)
		summary_line("dates", r->bad_dates,
		    "cannot be read, and count against calling");
}

/* Delete what --keep says, and nothing without it. */
static int
calls_prune(struct register_db *db, const struct entry_options *o,
    struct err *err)
{
	uint64_t pruned;

	if (!o->keep || o->dry_run)
		return 0;
	if (register_begin(db, o->now, err) < 0 ||
	    register_calls_prune(db, o->keep_from, o->entry.origin.author,
		&pruned, err) < 0 ||
	    register_commit(db, err) < 0)
		return -1;
	if (!o->quiet)
		fprintf(stderr,
		    "  %-10s %10" PRIu64 "  are older than --keep\n", "deleted",
		    pruned);
	return 0;
}

static int
import_do(const struct entry_file *f, struct entry_options *o,
    const struct vault *v, struct err *err)
{
	struct entry_import_options *im = &o->import;
	struct shown shown = { .path = im->path };
	struct entry_import_result result;
	struct register_db *db;
	int ret;

	if (register_open(&db, v->home.db, v->keys, REGISTER_WRITE, err) < 0)
		return -1;
	im->kind = f->kind;
	im->rules = o->rules;
	im->zone = o->zone;
	im->now = o->now;
	im->entry = o->entry;
	if (!o->source)
		im->entry.origin.source = SOURCE_IMPORT;
	if (f->kind != LIST_CALLS)
		im->layout = NULL;
	im->dry_run = o->dry_run;
	im->progress = show_progress;
	im->progress_arg = &shown;
	progress_begin(&shown.progress, o->quiet ? WHEN_NEVER : WHEN_AUTO);
	ret = entry_import(db, im, &result, err);
	progress_end(&shown.progress);
	if (ret == 0) {
		if (!o->quiet)
			summary_text(f, o, &result);
		if (o->json)
			summary_json(f, o, &result);
		ret = f->kind == LIST_CALLS ? calls_prune(db, o, err) : 0;
	}
	register_close(db);
	return ret < 0 ? -1 : EXIT_DONE;
}

static int
one_operand(const struct entry_file *f, int argc, char **argv, int first,
    struct err *err)
{
	if (first == argc) {
		err_set(err, ERR_USAGE, "%s: a file is missing", f->command);
		return err_hint(err, "- is standard input");
	}
	if (first + 1 < argc)
		return err_set(err, ERR_USAGE, "%s: '%s' is too much",
		    f->command, argv[first + 1]);
	return 0;
}

int
entry_import_run(const struct command *c, int argc, char **argv,
    struct err *err)
{
	const struct entry_file *f = c->what;
	struct entry_options o;
	struct vault v = { 0 };
	char *rejects = NULL;
	int first, ret = -1;

	entry_options_begin(&o);
	if (option_parse(c->options, argc, argv, &o, &first, err) < 0 ||
	    one_operand(f, argc, argv, first, err) < 0)
		goto out;
	o.import.path = argv[first];
	if (strcmp(o.import.path, "-") != 0 && !o.import.rejects &&
	    !o.dry_run) {
		if (!(rejects = rejects_path(o.import.path))) {
			err_nomem(err);
			goto out;
		}
		o.import.rejects = rejects;
	}
	if (vault_open(&v, &o.vault, f->command, err) < 0 ||
	    home_guard(&v.home, o.import.rejects, err) < 0 ||
	    home_guard(&v.home, o.import.report, err) < 0 ||
	    entry_options_settle(&o, &v.home, false, err) < 0)
		goto out;
	if (f->question && !o.dry_run &&
	    (ret = confirm(o.yes, f->question, err)) < 1) {
		ret = ret < 0 ? -1 : EXIT_NO;
		goto out;
	}
	ret = import_do(f, &o, &v, err);
out:
	vault_close(&v);
	entry_options_release(&o);
	free(rejects);
	return ret;
}

/* ---- export ---- */

/* Who took what out, in the log before anything is out. */
static int
export_audit(struct register_db *db, const struct entry_file *f,
    const struct entry_options *o, const char *to, struct err *err)
{
	struct buf detail = BUF_INIT(64 << 10), name = BUF_INIT(64 << 10);
	struct json j = { .out = &detail };
	struct register_audit a = {
		.author = o->entry.origin.author,
		.action = SPAN("export"),
	};
	int ret;

	json_object(&j, NULL);
	json_str(&j, "kind", list_kind_name(f->kind));
	mask_name(&name, span_str(to));
	json_span(&j, "to", buf_span(&name));
	json_end(&j);
	a.detail = buf_span(&detail);
	ret = buf_check(&name, err) < 0 ? -1 : buf_check(&detail, err);
	if (ret == 0 &&
	    (register_begin(db, o->now, err) < 0 ||
		register_audit_add(db, &a, err) < 0 ||
		register_commit(db, err) < 0))
		ret = -1;
	buf_release(&detail);
	buf_release(&name);
	return ret;
}

static int
export_do(const struct entry_file *f, const struct entry_options *o,
    const struct vault *v, struct err *err)
{
	const char *to = o->out ? o->out : "-";
	struct register_db *db;
	struct outfile out = { 0 };
	uint64_t n;
	int ret = -1;

	if (strcmp(to, "-") == 0 && isatty(STDOUT_FILENO) && !o->reveal) {
		err_set(err, ERR_USAGE,
		    "an export shows numbers in full, and this is a terminal");
		return err_hint(err, "write it with -o FILE, or say --reveal");
	}
	if (register_open(&db, v->home.db, v->keys, REGISTER_WRITE, err) < 0)
		return -1;
	if (outfile_open(&out, to, err) == 0 &&
	    export_audit(db, f, o, to, err) == 0 &&
	    entry_export(db, f->kind, &out, &n, err) == 0 &&
	    outfile_finish(&out, err) == 0)
		ret = outfile_publish(&out, err);
	outfile_discard(&out);
	register_close(db);
	if (ret < 0)
		return -1;
	if (!o->quiet && strcmp(to, "-") != 0)
		fprintf(stderr, "%s: %" PRIu64 " entries in %s\n",
		    list_kind_name(f->kind), n, to);
	return EXIT_DONE;
}

int
entry_export_run(const struct command *c, int argc, char **argv,
    struct err *err)
{
	const struct entry_file *f = c->what;
	struct entry_options o;
	struct vault v = { 0 };
	int first, ret = -1;

	entry_options_begin(&o);
	if (option_parse(c->options, argc, argv, &o, &first, err) == 0) {
		if (first < argc)
			err_set(err, ERR_USAGE, "%s: '%s' is too much",
			    f->command, argv[first]);
		else if (vault_open(&v, &o.vault, f->command, err) == 0 &&
		    home_guard(&v.home, o.out, err) == 0 &&
		    entry_options_settle(&o, &v.home, false, err) == 0)
			ret = export_do(f, &o, &v, err);
	}
	vault_close(&v);
	entry_options_release(&o);
	return ret;
}
