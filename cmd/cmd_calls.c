#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cmd.h"
#include "confirm.h"
#include "entry_file.h"
#include "value.h"
#include "verb.h"

/* ---- import ---- */

static const struct option_spec import_specs[] = {
	ENTRY_READ_NUMBERS,
	ENTRY_OPTION("layout", 0, "LAYOUT",
	    "generic|asterisk|freeswitch|vicidial", 0, "Reading",
	    "who wrote the log: generic (by the names of its columns; the default), asterisk, freeswitch, vicidial",
	    layout),
	ENTRY_FILE,
	ENTRY_OPTION("campaign", 0, "C", NULL, 0, "Entry",
	    "the campaign of calls that name none", campaign),
	ENTRY_OPTION("run", 0, "N", NULL, 0, "Entry",
	    "the run the calls were made for: they use up what it reserved",
	    run),
	ENTRY_OPTION("keep", 0, "TIME", NULL, 0, "Entry",
	    "afterwards delete calls older than that: 400d (keep all)", keep),
	VAULT_BY("Entry"),
	ENTRY_ZONE,
	ENTRY_DRY,
	ENTRY_JSON,
	ENTRY_QUIET,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table import_table = OPTION_TABLE(import_specs);

static const struct command verb_import = {
	.name = "import",
	.usage = "scrub calls import [OPTION]... FILE|-",
	.about = "record the calls of a dialler's log",
	.options = &import_table,
	.run = entry_import_run,
	.what =
	    &(const struct entry_file){
		.command = "scrub calls import",
		.kind = LIST_CALLS,
	    },
};

/* ---- stats ---- */

static const struct option_spec stats_specs[] = {
	ENTRY_JSON,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table stats_table = OPTION_TABLE(stats_specs);

struct stats {
	bool json;
	struct buf out;
	struct json j;
};

static void
day_text(char out[CLOCK_TEXT_MAX], int64_t day)
{
	clock_text(out, day);
	out[10] = '\0'; /* the date alone */
}

static int
day_show(void *arg, int64_t day, uint64_t calls, uint64_t answered,
    uint64_t reserved, struct err *err)
{
	struct stats *s = arg;
	char text[CLOCK_TEXT_MAX];

	day_text(text, day);
	if (s->json) {
		json_object(&s->j, NULL);
		json_str(&s->j, "day", text);
		json_u64(&s->j, "calls", calls);
		json_u64(&s->j, "answered", answered);
		json_u64(&s->j, "reserved", reserved);
		json_end(&s->j);
	} else {
		buf_addf(&s->out, "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
		    text, calls, answered, reserved);
	}
	return buf_check(&s->out, err);
}

static int
stats_show(struct stats *s, struct register_db *db, struct err *err)
{
	struct register_stats t;
	struct buf *b = &s->out;

	s->j = (struct json){ .out = b };
	if (s->json) {
		json_object(&s->j, NULL);
		json_str(&s->j, "schema", "scrub.calls/1");
		json_array(&s->j, "days");
	}
	if (register_calls_by_day(db, day_show, s, err) < 0 ||
	    register_stats(db, clock_now(), &t, err) < 0)
		return -1;
	if (s->json) {
		json_end(&s->j);
		json_u64(&s->j, "calls", t.calls);
		json_u64(&s->j, "answered", t.answered);
		json_u64(&s->j, "reserved", t.reserved);
		json_end(&s->j);
		buf_addc(b, '\n');
	} else {
		buf_addf(b, "total\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
		    t.calls, t.answered, t.reserved);
	}
	if (buf_check(b, err) < 0)
		return -1;
	fwrite(b->p, 1, b->n, stdout);
	return EXIT_DONE;
}

static int
stats_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct entry_options o;
	struct vault v = { 0 };
	struct register_db *db = NULL;
	struct stats s = { .out = BUF_INIT(SIZE_MAX) };
	int first, ret = -1;

	entry_options_begin(&o);
	if (option_parse(c->options, argc, argv, &o, &first, err) < 0)
		goto out;
	if (first < argc) {
		err_set(err, ERR_USAGE, "scrub calls stats: '%s' is too much",
		    argv[first]);
		goto out;
	}
	s.json = o.json;
	if (vault_open(&v, &o.vault, NULL, err) == 0 &&
	    register_open(&db, v.home.db, v.keys, REGISTER_READ, err) == 0)
		ret = stats_show(&s, db, err);
out:
	register_close(db);
	buf_release(&s.out);
	vault_close(&v);
	entry_options_release(&o);
	return ret;
}

static const struct command verb_stats = {
	.name = "stats",
	.usage = "scrub calls stats [OPTION]...",
	.about = "count calls by day",
	.options = &stats_table,
	.run = stats_run,
};

/* ---- release ---- */

static const struct option_spec release_specs[] = {
	VAULT_BY("Entry"),
	ENTRY_YES,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table release_table = OPTION_TABLE(release_specs);

static int
release(const struct entry_options *o, const struct vault *v, uint64_t run,
    struct err *err)
{
	struct register_db *db;
	uint64_t released;
	int ret = -1;

	if (register_open(&db, v->home.db, v->keys, REGISTER_WRITE, err) < 0)
		return -1;
	if (register_begin(db, o->now, err) == 0 &&
	    register_release(db, run, o->entry.origin.author, &released, err) ==
		0 &&
	    (o->dry_run || register_commit(db, err) == 0)) {
		printf("%" PRIu64 "\n", released);
		ret = EXIT_DONE;
	}
	register_close(db);
	return ret;
}

static int
release_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct entry_options o;
	struct vault v = { 0 };
	char question[96];
	size_t run;
	int first, ret = -1;

	entry_options_begin(&o);
	if (option_parse(c->options, argc, argv, &o, &first, err) < 0)
		goto out;
	if (first + 1 != argc) {
		err_set(err, ERR_USAGE,
		    "scrub calls release: name one run, by its number");
		goto out;
	}
	if (value_count(&run, argv[first], 1, 1000000000, err) < 0 ||
	    vault_open(&v, &o.vault, "scrub calls release", err) < 0 ||
	    entry_options_settle(&o, &v.home, false, err) < 0)
		goto out;
	snprintf(question, sizeof(question),
	    "give back the calls that run %zu reserved and did not make?", run);
	if (!o.dry_run && (ret = confirm(o.yes, question, err)) < 1) {
		ret = ret < 0 ? -1 : EXIT_NO;
		goto out;
	}
	ret = release(&o, &v, run, err);
out:
	vault_close(&v);
	entry_options_release(&o);
	return ret;
}

static const struct command verb_release = {
	.name = "release",
	.usage = "scrub calls release [OPTION]... RUN",
	.about = "give back the calls a run reserved and did not make",
	.options = &release_table,
	.run = release_run,
};

static const struct command *const verbs[] = {
	&verb_import,
	&verb_stats,
	&verb_release,
};

const struct command command_calls = {
	.name = "calls",
	.usage = "scrub calls VERB [OPTION]...",
	.about = "calls made, for the caps of all campaigns",
	.verbs = verbs,
	.nverbs = sizeof(verbs) / sizeof(*verbs),
};
