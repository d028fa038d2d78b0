#include "flow/output.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "flow/feed.h"

static bool
is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "leads" and ".csv" of "dir/leads.csv"; ".csv" where there is none. */
static void
name_split(const char *path, int *stem, const char **ext)
{
	static const char *const known[] = { ".csv", ".tsv", ".txt", ".tab",
		".psv", ".dat" };
	const char *base = base_of(path), *dot = strrchr(base, '.');
	size_t i;

	*stem = (int)strlen(base);
	*ext = ".csv";
	for (i = 0; dot && dot > base && i < sizeof(known) / sizeof(*known);
	     i++) {
		if (strcasecmp(dot, known[i]) == 0) {
			*stem = (int)(dot - base);
			*ext = dot;
		}
	}
}

/*
 * "leads.csv" → DIR/leads.WHAT.csv, where DIR is --out-dir, or the folder of
 * `beside`.
 */
static char *
path_make(const struct scrub_options *o, const char *beside, const char *input,
    const char *what)
{
	const char *ext, *name = is_stdin(input) ? "stdin" : input;
	int stem, dir = (int)(base_of(beside) - beside);
	char *path;
	int n;

	name_split(name, &stem, &ext);
	if (o->out_dir)
		n = asprintf(&path, "%s/%.*s.%s%s", o->out_dir, stem,
		    base_of(name), what, ext);
	else
		n = asprintf(&path, "%.*s%.*s.%s%s", dir, beside, stem,
		    base_of(name), what, ext);
	return n < 0 ? NULL : path;
}

/* Standard input, or a pipe under a name: <(zcat leads.csv.gz). */
static bool
is_stream(const char *input)
{
	struct stat st;

	return is_stdin(input) ||
	    (stat(input, &st) == 0 && !S_ISREG(st.st_mode) &&
		!S_ISDIR(st.st_mode));
}

/* A filter in a pipe leaves no files behind that nobody asked for. */
static int
plan_one(struct output *f, const struct scrub_options *o, const char *input,
    struct err *err)
{
	bool stream = is_stream(input) && !o->out_dir;

	if (o->out)
		f->clean_path = strdup(o->out);
	else if (stream)
		f->clean_path = strdup("-");
	else
		f->clean_path = path_make(o, input, input, "clean");
	if (!f->clean_path)
		return err_nomem(err);
	if (o->rejects)
		f->rejects_path = strdup(o->rejects);
	else if (stream)
		return 0;
	else
		f->rejects_path = path_make(o,
		    is_stdin(f->clean_path) ? input : f->clean_path, input,
		    "rejected");
	return f->rejects_path ? 0 : err_nomem(err);
}

static int
clash(const char *a, const char *what, const char *b, struct err *err)
{
	if (!a || !b || is_stdin(b) || !outfile_same(a, b))
		return 0;
	err_set(err, ERR_USAGE, "%s would be written over %s %s", a, what, b);
	return err_hint(err,
	    "give another name with -o, --rejects or "
	    "--out-dir");
}

/* A feed, or a file that would be taken for one. */
static int
clash_feed(const char *path, const struct feed_list *l, const char *feed,
    struct err *err)
{
	if (!feed || (!outfile_same(path, feed) && !outfile_within(path, feed)))
		return 0;
	err_set(err, ERR_USAGE,
	    "%s would be written over a feed of list %s, %s", path, l->name,
	    feed);
	return err_hint(err,
	    "give another name with -o, --rejects or --out-dir");
}

static int
clash_feeds(const char *path, const struct scrub_options *o, struct err *err)
{
	const struct feed_list *l;
	size_t k;

	for (l = o->fed; l < o->fed + o->feds; l++) {
		if (clash_feed(path, l, l->base, err) < 0)
			return -1;
		for (k = 0; k < l->feeds; k++)
			if (clash_feed(path, l, l->feed[k], err) < 0)
				return -1;
	}
	return 0;
}

static int
clash_any(const char *path, const struct scrub_options *o, struct err *err)
{
	size_t i;

	if (!path || is_stdin(path))
		return 0;
	if (o->home && home_guard(o->home, path, err) < 0)
		return -1;
	for (i = 0; i < o->inputs; i++)
		if (clash(path, "the input", o->input[i], err) < 0)
			return -1;
	for (i = 0; i < o->lists.specs; i++)
		if (clash(path, "the list", o->lists.spec[i].path, err) < 0)
			return -1;
	if (clash(path, "the settings in", o->conf, err) < 0 ||
	    clash_feeds(path, o, err) < 0)
		return -1;
	return clash(path, "the same file as --list-rejects", o->lists.rejects,
	    err);
}

static int
plan_check(struct output *f, const struct scrub_options *o, struct err *err)
{
	size_t i, k;

	if (o->lists.rejects &&
	    clash_any(o->lists.rejects,
		&(struct scrub_options){ .input = o->input,
		    .inputs = o->inputs,
		    .lists.spec = o->lists.spec,
		    .lists.specs = o->lists.specs,
		    .home = o->home,
		    .fed = o->fed,
		    .feds = o->feds,
		    .conf = o->conf },
		err) < 0)
		return -1;
	for (i = 0; i < o->inputs; i++) {
		if (clash_any(f[i].clean_path, o, err) < 0 ||
		    clash_any(f[i].rejects_path, o, err) < 0 ||
		    clash(f[i].rejects_path, "the clean file", f[i].clean_path,
			err) < 0)
			return -1;
		for (k = 0; k < i; k++)
			if (clash(f[i].clean_path, "the clean file",
				f[k].clean_path, err) < 0 ||
			    clash(f[i].rejects_path, "the report",
				f[k].rejects_path, err) < 0)
				return -1;
	}
	return 0;
}

int
output_plan(struct output **out, const struct scrub_options *o, struct err *err)
{
	struct output *f;
	size_t i;

	*out = NULL;
	if (o->inputs > 1 && (o->out || o->rejects)) {
		err_set(err, ERR_USAGE,
		    "%s names one file, and there are %zu "
		    "inputs",
		    o->out ? "-o" : "--rejects", o->inputs);
		return err_hint(err, "leave it out, or use --out-dir DIR");
	}
	if (!(f = calloc(o->inputs + 1, sizeof(*f))))
		return err_nomem(err);
	for (i = 0; i < o->inputs; i++)
		if (plan_one(&f[i], o, o->input[i], err) < 0)
			goto fail;
	if (plan_check(f, o, err) < 0)
		goto fail;
	*out = f;
	return 0;
fail:
	output_release(f, o->inputs);
	return -1;
}

int
output_open(struct output *f, const struct scrub_options *o, struct err *err)
{
	if (o->dry_run)
		return 0;
	if (f->rejects_path &&
	    outfile_open_uncached(&f->rejects, f->rejects_path, err) < 0)
		return -1;
	return outfile_open_uncached(&f->clean, f->clean_path, err);
}

int
output_finish(struct output *f, size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((f[i].rejects.state == OUTFILE_OPEN &&
			outfile_finish(&f[i].rejects, err) < 0) ||
		    (f[i].clean.state == OUTFILE_OPEN &&
			outfile_finish(&f[i].clean, err) < 0))
			return -1;
	return 0;
}

int
output_publish(struct output *f, size_t n, struct err *err)
{
	struct outfile **all = calloc(2 * n, sizeof(*all));
	size_t files = 0, i;
	int ret;

	if (!all)
		return err_nomem(err);
	/* reports first: a clean file stands only beside its own */
	for (i = 0; i < n; i++)
		if (f[i].rejects.state == OUTFILE_FINISHED)
			all[files++] = &f[i].rejects;
	for (i = 0; i < n; i++)
		if (f[i].clean.state == OUTFILE_FINISHED)
			all[files++] = &f[i].clean;
	ret = outfile_publish_all(all, files, err);
	free(all);
	return ret;
}

void
output_release(struct output *f, size_t n)
{
	size_t i;

	for (i = 0; f && i < n; i++) {
		outfile_discard(&f[i].clean);
		outfile_discard(&f[i].rejects);
		free(f[i].clean_path);
		free(f[i].rejects_path);
	}
	free(f);
}
