#include <stdio.h>
#include <string.h>

#include "author.h"
#include "base/clock.h"
#include "cmd.h"
#include "flow/record.h"
#include "flow/scrub.h"
#include "run_options.h"

static void
show_run(void *arg, const char *what, uint64_t done, int64_t size,
    uint64_t rows)
{
	progress_show(arg, what, done, size, rows);
}

static void
show_list(void *arg, const char *list, uint64_t done, int64_t size)
{
	progress_show(arg, list, done, size, 0);
}

/* JSON is the result when the clean list is not. */
static FILE *
json_stream(const struct summary *s)
{
	size_t i;

	for (i = 0; i < s->files; i++)
		if (s->file[i].clean && strcmp(s->file[i].clean, "-") == 0)
			return stderr;
	return stdout;
}

static int
summary_print(const struct run_options *r, const struct summary *s,
    struct err *err)
{
	struct buf b = BUF_INIT(64 << 20);
	FILE *out = stderr;
	int ret;

	if (r->json) {
		summary_json(&b, s, SCRUB_VERSION);
		out = json_stream(s);
	} else if (!r->quiet) {
		summary_text(&b, s, terminal_colour(r->colour));
	}
	ret = buf_check(&b, err);
	if (ret == 0 && b.n)
		fwrite(b.p, 1, b.n, out);
	buf_release(&b);
	return ret;
}

/* A run on a register is written down there. */
static void
record_prepare(struct run_options *r, struct record *record,
    char author[AUTHOR_MAX])
{
	*record = (struct record){
		.o = &r->o,
		.db = r->home.home.db,
		.lock = r->reserve ? NULL : r->home.home.lock,
		.keys = r->home.keys,
		.author = author_name(author, r->vault.by),
		.reserve = r->reserve,
		.now = clock_now,
	};
	r->o.record = record_run;
	r->o.record_arg = record;
}

static int
screen(struct run_options *r, struct err *err)
{
	struct record record;
	char author[AUTHOR_MAX];
	struct progress progress;
	struct summary summary;
	struct lists lists;
	int ret;

	progress_begin(&progress, r->quiet ? WHEN_NEVER : r->progress);
	r->o.clock = clock_monotonic;
	r->o.progress = show_run;
	r->o.progress_arg = &progress;
	r->o.lists.progress = show_list;
	r->o.lists.progress_arg = &progress;
	if (r->o.lists.db)
		record_prepare(r, &record, author);
	ret = scrub_run(&r->o, &lists, &summary, err);
	progress_end(&progress);
	if (ret < 0)
		return -1;
	ret = summary_print(r, &summary, err);
	summary_release(&summary);
	lists_release(&lists);
	return ret < 0 ? -1 : EXIT_DONE;
}

static int
run_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct run_options r;
	int first, ret = -1;

	if (run_options_read(&r, c->options, argc, argv, &first, err) == 0) {
		if (r.help) {
			command_usage(stdout, c);
			ret = EXIT_DONE;
		} else if (run_options_finish(&r, argv + first,
			       (size_t)(argc - first), err) == 0) {
			ret = screen(&r, err);
		}
	}
	run_options_release(&r);
	return ret;
}

const struct command command_run = {
	.name = "run",
	.usage = "scrub [run] [OPTION]... FILE...",
	.about = "screen campaign lists into clean lists and rejection reports",
	.options = &run_option_table,
	.run = run_run,
};
