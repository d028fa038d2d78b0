#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "author.h"
#include "base/clock.h"
#include "base/json.h"
#include "cmd.h"
#include "flow/pipeline.h"
#include "flow/refresh.h"
#include "refresh_conf.h"
#include "terminal.h"
#include "value.h"
#include "vault.h"
#include "verb.h"

enum { ONLY_MAX = 250, DAY_TEXT = 10 };

struct refresh_command {
	struct vault_options vault; /* first */
	const char *conf;
	const char *only[ONLY_MAX];
	size_t onlys;
	unsigned accepted;
	size_t keep; /* 0: conf says */
	size_t threads;
	const char *as_of;
	bool dry_run, force, quiet, json;
	enum terminal_when progress;
};

/* ---- options ---- */

static int
take_list(void *ctx, const char *value, struct err *err)
{
	struct refresh_command *c = ctx;

	if (c->onlys == ONLY_MAX)
		return err_set(err, ERR_USAGE, "more than %d lists", ONLY_MAX);
	c->only[c->onlys++] = value;
	return 0;
}

static int
take_accept(void *ctx, const char *value, struct err *err)
{
	enum feed_guard g;

	if (!feed_guard_parse(&g, span_str(value)) ||
	    !feed_guard_acceptable(g)) {
		err_set(err, ERR_USAGE, "'%s' cannot be accepted", value);
		return err_hint(err,
		    "these can be meant: dates, older, shrunk");
	}
	((struct refresh_command *)ctx)->accepted |= 1u << g;
	return 0;
}

static int
take_dry_run(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct refresh_command *)ctx)->dry_run = true;
	return 0;
}

static int
take_force(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct refresh_command *)ctx)->force = true;
	return 0;
}

static int
take_keep(void *ctx, const char *value, struct err *err)
{
	return value_count(&((struct refresh_command *)ctx)->keep, value, 1,
	    1000, err);
}

static int
take_threads(void *ctx, const char *value, struct err *err)
{
	return value_count(&((struct refresh_command *)ctx)->threads, value, 1,
	    PIPELINE_THREADS_MAX, err);
}

static int
take_conf(void *ctx, const char *value, struct err *err)
{
	(void)err;
	((struct refresh_command *)ctx)->conf = value;
	return 0;
}

static int
take_as_of(void *ctx, const char *value, struct err *err)
{
	(void)err;
	((struct refresh_command *)ctx)->as_of = value;
	return 0;
}

static int
take_quiet(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct refresh_command *)ctx)->quiet = true;
	return 0;
}

static int
take_json(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct refresh_command *)ctx)->json = true;
	return 0;
}

static int
take_progress(void *ctx, const char *value, struct err *err)
{
	return terminal_when_parse(&((struct refresh_command *)ctx)->progress,
	    value, err);
}

#define OPTIONS "Options"

static const struct option_spec specs[] = {
	{ "list", 'l', "NAME", NULL, OPTION_REPEAT | OPTION_ONLY_CLI, OPTIONS,
	    "refresh this list; the others stay as they are", take_list },
	{ "dry-run", 'n', NULL, NULL, OPTION_ONLY_CLI, OPTIONS,
	    "say what would change, and change nothing", take_dry_run },
	{ "as-of", 0, "TIME", NULL, OPTION_ONLY_CLI, OPTIONS,
	    "judge ages and dates, and keep calls, as of then (now)",
	    take_as_of },
	{ "accept", 0, "GUARD", "dates|older|shrunk",
	    OPTION_REPEAT | OPTION_ONLY_CLI, OPTIONS,
	    "it is meant: this guard need not fire", take_accept },
	{ "force", 'f', NULL, NULL, OPTION_ONLY_CLI, OPTIONS,
	    "read everything anew, whatever the present generation holds",
	    take_force },
	{ "keep-generations", 0, "N", NULL, OPTION_ONLY_CLI, OPTIONS,
	    "keep so many for 'scrub index rollback' (3)", take_keep },
	{ "conf", 0, "FILE", NULL, OPTION_FILE | OPTION_ONLY_CLI, OPTIONS,
	    "the scrub.conf with the lists; else $SCRUB_CONF, else the home's",
	    take_conf },
	{ "threads", 0, "N", NULL, OPTION_ONLY_CLI, OPTIONS,
	    "work with N threads (one for each processor, at most 8)",
	    take_threads },
	VAULT_BY(OPTIONS),
	{ "json", 0, NULL, NULL, OPTION_ONLY_CLI, OPTIONS,
	    "print what was done as JSON", take_json },
	{ "quiet", 'q', NULL, NULL, OPTION_ONLY_CLI, OPTIONS,
	    "print nothing when all is well", take_quiet },
	{ "progress", 0, "WHEN", "auto|always|never", OPTION_ONLY_CLI, OPTIONS,
	    "show progress on a terminal", take_progress },
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};

static const struct option_table table = OPTION_TABLE(specs);

/* ---- what is told ---- */

static const char *
day_text(char out[CLOCK_TEXT_MAX], int64_t at)
{
	clock_text(out, at);
	out[DAY_TEXT] = '\0';
	return out;
}

static void
line_print(const struct refresh_line *l)
{
	char day[CLOCK_TEXT_MAX];

	printf("%s\t%s", l->name, refresh_what_name(l->what));
	if (l->what == REFRESH_DROPPED) {
		putchar('\n');
		return;
	}
	printf("\t%" PRIu64 " entries", l->entries);
	if (l->what == REFRESH_READ)
		printf("\t%" PRIu64 " before", l->before);
	if (l->counted)
		printf("\t+%" PRIu64 " -%" PRIu64 " (%.1f %%)", l->added,
		    l->removed,
		    100.0 * (double)(l->added + l->removed) /
			(double)(l->facts + l->removed ? l->facts + l->removed :
							 1));
	if (l->unusable)
		printf("\t%" PRIu64 " unusable", l->unusable);
	if (l->too_old)
		printf("\t%" PRIu64 " older than keep", l->too_old);
	if (l->as_of >= 0)
		printf("\tof %s", day_text(day, l->as_of));
	putchar('\n');
}

static void
report_print(const struct refresh_report *r, bool dry_run)
{
	size_t i;

	if (!r->changed)
		printf("unchanged\tgeneration %" PRIu64 "\n", r->before);
	else if (dry_run)
		printf("would make a new generation\n");
	else
		printf("generation %" PRIu64 "\n", r->generation);
	for (i = 0; i < r->n; i++)
		line_print(&r->line[i]);
}

static void
line_json(struct json *j, const struct refresh_line *l)
{
	json_object(j, NULL);
	json_str(j, "list", l->name);
	json_str(j, "what", refresh_what_name(l->what));
	json_u64(j, "entries", l->entries);
	json_u64(j, "before", l->before);
	json_u64(j, "unusable", l->unusable);
	json_u64(j, "too_old", l->too_old);
	if (l->as_of >= 0)
		json_i64(j, "as_of", l->as_of);
	if (l->counted) {
		json_u64(j, "added", l->added);
		json_u64(j, "removed", l->removed);
	}
	json_end(j);
}

static void
refusal_json(struct json *j, const struct refresh_refusal *r)
{
	json_object(j, NULL);
	json_str(j, "list", r->list);
	json_str(j, "guard", feed_guard_name(r->finding.guard));
	json_str(j, "why", r->finding.text);
	json_str(j, "hint", r->finding.hint);
	json_end(j);
}

static int
report_json(const struct refresh_report *r, const struct refresh_options *o,
    struct err *err)
{
	struct buf b = BUF_INIT(16 << 20);
	struct json j = { .out = &b };
	size_t i;
	int ret;

	json_object(&j, NULL);
	json_str(&j, "schema", "scrub.refresh/1");
	json_bool(&j, "dry_run", o->dry_run);
	if (o->planned)
		json_i64(&j, "as_of", o->now);
	json_bool(&j, "changed", r->changed && !r->refusals);
	json_u64(&j, "before", r->before);
	json_u64(&j, "generation", r->generation);
	json_array(&j, "lists");
	for (i = 0; i < r->n && !r->refusals; i++)
		line_json(&j, &r->line[i]);
	json_end(&j);
	json_array(&j, "refused");
	for (i = 0; i < r->refusals; i++)
		refusal_json(&j, &r->refusal[i]);
	json_end(&j);
	json_end(&j);
	buf_addc(&b, '\n');
	ret = buf_check(&b, err);
	if (ret == 0)
		fwrite(b.p, 1, b.n, stdout);
	buf_release(&b);
	return ret;
}

/* All reasons but the last, which is left in *err for main. */
static void
refusals_print(const struct refresh_report *r, struct err *err)
{
	struct err why;
	size_t i;

	for (i = 0; i < r->refusals; i++) {
		refresh_refusal_err(&r->refusal[i], &why);
		if (i + 1 == r->refusals && err->code == ERR_LIST)
			*err = why;
		else
			command_tell(&why);
	}
}

/* ---- doing it ---- */

static void
show(void *progress, const char *file, uint64_t done, int64_t size)
{
	progress_show(progress, file, done, size, 0);
}

/* An index knows no times before 2000 or after 2136. */
static int
moment(int64_t *out, const char *as_of, struct zone *zone, struct err *err)
{
	uint32_t at;

	if (value_time(out, as_of ? as_of : "now", zone, err) < 0)
		return err_in(err, "--as-of");
	at = fact_time(*out);
	if (at > 0 && at < FACT_FOREVER)
		return 0;
	err_set(err, ERR_USAGE, "--as-of: '%s' is not from 2000 to 2136",
	    as_of ? as_of : "now");
	return err_hint(err, "give the moment that runs are planned for");
}

static int
run(struct refresh_command *c, struct vault *v, const struct refresh_conf *conf,
    struct err *err)
{
	char login[AUTHOR_MAX];
	struct progress progress;
	struct refresh_report report;
	struct err second;
	struct refresh_options o = {
		.home = &v->home,
		.keys = v->keys,
		.list = conf->list,
		.lists = conf->lists,
		.only = c->only,
		.onlys = c->onlys,
		.accepted = c->accepted,
		.dry_run = c->dry_run,
		.force = c->force,
		.keep = c->keep ? c->keep : conf->keep,
		.planned = c->as_of != NULL,
		.clock = clock_now,
		.threads = c->threads ? c->threads : pipeline_threads(),
		.author = author_name(login, c->vault.by),
		.progress = show,
		.progress_arg = &progress,
	};
	int ret;

	if (zone_open(&o.zone, conf->tz, err) < 0)
		return err_in(err, "tz");
	if (moment(&o.now, c->as_of, o.zone, err) < 0) {
		zone_close(o.zone);
		return -1;
	}
	progress_begin(&progress, c->progress);
	ret = refresh_run(&o, &report, err);
	progress_end(&progress);
	if (c->json && (ret == 0 || report.refusals))
		ret = report_json(&report, &o, ret == 0 ? err : &second) < 0 ?
		    -1 :
		    ret;
	else if (ret == 0 && !c->quiet)
		report_print(&report, c->dry_run);
	if (ret < 0)
		refusals_print(&report, err);
	refresh_report_release(&report);
	zone_close(o.zone);
	return ret < 0 ? -1 : EXIT_DONE;
}

static int
refresh_run_command(const struct command *command, int argc, char **argv,
    struct err *err)
{
	struct refresh_command *c = calloc(1, sizeof(*c));
	struct refresh_conf conf = { 0 };
	struct vault v = { 0 };
	int first, ret = -1;

	if (!c)
		return err_nomem(err);
	if (option_parse(command->options, argc, argv, c, &first, err) < 0)
		goto out;
	if (first < argc) {
		err_set(err, ERR_USAGE, "'%s' is too much", argv[first]);
		err_hint(err, "feeds are named in scrub.conf");
		goto out;
	}
	if (vault_open(&v, &c->vault, NULL, err) == 0 &&
	    refresh_conf_read(&conf, c->conf, v.home.conf, err) == 0)
		ret = run(c, &v, &conf, err);
out:
	refresh_conf_release(&conf);
	vault_close(&v);
	free(c);
	return ret;
}

const struct command command_refresh = {
	.name = "refresh",
	.usage = "scrub refresh [OPTION]...",
	.about = "compile the register and all feeds into the next index",
	.options = &table,
	.run = refresh_run_command,
};
