/*
 * fault_outfile.c - whatever fails while a file is written, the old one stands.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/infile.h"
#include "base/outfile.h"
#include "fault.h"

/* More than the buffers of outfile hold, so that writes happen early too; the
 * last piece of write_text() alone is more than two of them. */
enum { TEXT_LEN = 1300000 };

static char text[TEXT_LEN + 1];

static void
text_make(void)
{
	for (size_t i = 0; i < TEXT_LEN; i++)
		text[i] = i % 64 == 63 ? '\n' : (char)('a' + i * i % 26);
}

/* ---- one file ---- */

typedef int open_function(struct outfile *o, const char *path, struct err *err);

static int
write_text(const char *path, open_function *open, struct err *err)
{
	struct outfile o;
	int ret = -1;

	if (open(&o, path, err) < 0)
		return -1;
	/* Two pieces for the buffer, one that goes past it. */
	if (outfile_write(&o, text, 1000, err) == 0 &&
	    outfile_write(&o, text + 1000, 200000, err) == 0 &&
	    outfile_write(&o, text + 201000, TEXT_LEN - 201000, err) == 0 &&
	    outfile_finish(&o, err) == 0 && outfile_publish(&o, err) == 0)
		ret = 0;
	outfile_discard(&o);
	return ret;
}

/*
 * `old` is what stood there before, NULL for nothing.  The new file stands
 * after success, and after the one failure that comes too late to undo.
 */
static const char *
target_check(const char *path, const char *old, const struct fault_outcome *o)
{
	bool is_new = fault_has(path, text);
	bool is_old = old ? fault_has(path, old) : access(path, F_OK) < 0;

	if (o->killed)
		return is_old || is_new ? NULL : "neither old nor new";
	if (o->succeeded)
		return is_new ? NULL : "success, but the file is not there";
	if (!fault_named(o, path))
		return "the error does not name the file";
	if (strstr(o->err.text, "in place, but"))
		return is_new ? NULL : "said to be in place, and is not";
	return is_old ? NULL : "the old file is gone";
}

/* How many names there may be: a killed process leaves its temporary. */
static const char *
names_check(unsigned most, const struct fault_outcome *o)
{
	if (fault_names() > most + (o->killed ? 1 : 0))
		return "something was left behind";
	return NULL;
}

static int
write_new(void *arg, struct err *err)
{
	(void)arg;
	return write_text("new.csv", outfile_open, err);
}

static int
write_uncached(void *arg, struct err *err)
{
	(void)arg;
	return write_text("new.csv", outfile_open_uncached, err);
}

static const char *
check_new(void *arg, const struct fault_outcome *o)
{
	const char *wrong = target_check("new.csv", NULL, o);

	(void)arg;
	return wrong ? wrong :
		       names_check(access("new.csv", F_OK) == 0 ? 1 : 0, o);
}

static void
prepare_old(void *arg)
{
	(void)arg;
	fault_put("old.csv", "old\n");
}

static int
write_old(void *arg, struct err *err)
{
	(void)arg;
	return write_text("old.csv", outfile_open, err);
}

static const char *
check_old(void *arg, const struct fault_outcome *o)
{
	const char *wrong = target_check("old.csv", "old\n", o);

	(void)arg;
	return wrong ? wrong : names_check(1, o);
}

/* ---- through links: one that leads somewhere, one that does not yet ---- */

static void
prepare_links(void *arg)
{
	(void)arg;
	fault_put("old.csv", "old\n");
	if (symlink("old.csv", "link.csv") < 0 ||
	    symlink("new.csv", "loose.csv") < 0)
		abort();
}

static int
write_link(void *arg, struct err *err)
{
	return write_text(arg, outfile_open, err);
}

static const char *
check_link(void *arg, const struct fault_outcome *o)
{
	bool loose = strcmp(arg, "loose.csv") == 0;
	const char *wrong = target_check(arg, loose ? NULL : "old\n", o);
	struct stat st;

	if (wrong)
		return wrong;
	if (lstat(arg, &st) < 0 || !S_ISLNK(st.st_mode))
		return "the link is no link any more";
	return names_check(access("new.csv", F_OK) == 0 ? 4 : 3, o);
}

/* ---- a report and the file that proves it ---- */

static void
prepare_pair(void *arg)
{
	(void)arg;
	fault_put("clean.csv", "old clean\n");
	fault_put("report.csv", "old report\n");
}

static int
pair_write(struct outfile *clean, struct outfile *report, struct err *err)
{
	if (outfile_write(clean, text, TEXT_LEN, err) < 0 ||
	    outfile_write(report, text, TEXT_LEN, err) < 0)
		return -1;
	if (outfile_finish(clean, err) < 0 || outfile_finish(report, err) < 0)
		return -1;
	return outfile_publish_all((struct outfile *[]){ report, clean }, 2,
	    err);
}

static int
write_pair(void *arg, struct err *err)
{
	struct outfile clean, report;
	int ret;

	(void)arg;
	if (outfile_open_uncached(&clean, "clean.csv", err) < 0)
		return -1;
	if (outfile_open_uncached(&report, "report.csv", err) < 0) {
		outfile_discard(&clean);
		return -1;
	}
	ret = pair_write(&clean, &report, err);
	outfile_discard(&clean);
	outfile_discard(&report);
	return ret;
}

/* A new clean file proves the new report: never the one without the other. */
static const char *
check_pair(void *arg, const struct fault_outcome *o)
{
	bool clean = fault_has("clean.csv", text);
	bool report = fault_has("report.csv", text);

	(void)arg;
	if (!clean && !fault_has("clean.csv", "old clean\n"))
		return "the clean file is neither old nor new";
	if (!report && !fault_has("report.csv", "old report\n"))
		return "the report is neither old nor new";
	if (clean && !report)
		return "a new clean file beside an old report";
	if (o->succeeded && !clean)
		return "success, but the clean file is old";
	if (!o->succeeded && !o->killed && clean &&
	    !strstr(o->err.text, "in place, but"))
		return "failed, but the clean file is new";
	if (!o->succeeded && !o->killed && !fault_named(o, "clean.csv") &&
	    !fault_named(o, "report.csv"))
		return "the error names no file";
	if (fault_names() > 2u + (o->killed ? 2 : 0))
		return "something was left behind";
	return NULL;
}

/* ---- reading ---- */

static void
prepare_in(void *arg)
{
	(void)arg;
	fault_put("in.csv", text);
}

/* Copy a file, as a whole run does in the end. */
static int
copy(struct infile *in, struct outfile *out, struct err *err)
{
	char p[5000];
	ssize_t n;

	while ((n = infile_read(in, p, sizeof(p), err)) > 0)
		if (outfile_write(out, p, (size_t)n, err) < 0)
			return -1;
	if (n < 0 || outfile_finish(out, err) < 0)
		return -1;
	return outfile_publish(out, err);
}

static int
copy_file(void *arg, struct err *err)
{
	struct infile in;
	struct outfile out;
	int ret = -1;

	(void)arg;
	if (infile_open(&in, "in.csv", err) < 0)
		return -1;
	if (outfile_open(&out, "out.csv", err) == 0) {
		ret = copy(&in, &out, err);
		outfile_discard(&out);
	}
	infile_close(&in);
	return ret;
}

static const char *
check_copy(void *arg, const struct fault_outcome *o)
{
	bool there = access("out.csv", F_OK) == 0;

	(void)arg;
	if (!fault_has("in.csv", text))
		return "the input was altered";
	if (there && !fault_has("out.csv", text))
		return "a part of a file was published";
	if (o->succeeded != there && !o->killed &&
	    !strstr(o->err.text, "in place, but"))
		return "success and the file do not agree";
	if (!o->succeeded && !o->killed && !fault_named(o, "in.csv") &&
	    !fault_named(o, "out.csv"))
		return "the error names no file";
	return names_check(there ? 2 : 1, o);
}

/* ---- what else base asks the system for ---- */

static int
seed_and_zone(void *arg, struct err *err)
{
	struct zone *z;
	uint64_t seed;

	(void)arg;
	if (hash_seed(&seed, err) < 0 || zone_open(&z, "CST-8", err) < 0)
		return -1;
	zone_close(z);
	return 0;
}

static const char *
check_nothing(void *arg, const struct fault_outcome *o)
{
	(void)arg;
	return names_check(0, o);
}

static const struct fault_test tests[] = {
	{ .name = "a new file", .job = write_new, .check = check_new },
	{ .name = "a new file past the cache",
	    .job = write_uncached,
	    .check = check_new },
	{ .name = "over an old file",
	    .prepare = prepare_old,
	    .job = write_old,
	    .check = check_old },
	{ .name = "through a link",
	    .prepare = prepare_links,
	    .job = write_link,
	    .check = check_link,
	    .arg = "link.csv" },
	{ .name = "through a link to nothing",
	    .prepare = prepare_links,
	    .job = write_link,
	    .check = check_link,
	    .arg = "loose.csv" },
	{ .name = "a report and its clean file",
	    .prepare = prepare_pair,
	    .job = write_pair,
	    .check = check_pair },
	{ .name = "a copy",
	    .prepare = prepare_in,
	    .job = copy_file,
	    .check = check_copy },
	{ .name = "a seed and a zone",
	    .job = seed_and_zone,
	    .check = check_nothing },
};

int
main(void)
{
	text_make();
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		fault_run(&tests[i]);
	return fault_done();
}
