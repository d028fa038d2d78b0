/*
 * fault_scrub.c - whatever fails in the course of a run, the files of an
 * earlier run stand, and no new clean file is without its whole report.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "fault.h"
#include "flow/scrub.h"

enum {
	CELL = 600000, /* more than the buffer of an output */
	TEXT_MAX = CELL + 1000,
};

/*
 * Ten rows: kept as they are, blanked in part, and held back for most reasons;
 * quotes, so that both lanes of the reader are walked.
 */
static const char in_csv[] = "phone,name\n"
			     "13800000001,Ann\n"
			     "13800000002,stopped\n"
			     "\"138 0000 0003\",\"Smith, \"\"C\"\"\"\n"
			     "+86 138-0000-0001,Ann again\n"
			     "13800,short\n"
			     ",nothing\n"
			     "13900000006 / 13800000002,one of two\n"
			     "15500000007,called\n"
			     "15600000008,never agreed\n"
			     "18000000009,one,too many\n";
static const char in_clean[] = "phone,name\n"
			       "13800000001,Ann\n"
			       "\"138 0000 0003\",\"Smith, \"\"C\"\"\"\n"
			       "+8613900000006,one of two\n";
static const char *const in_reasons[] = { "\n2,3,dnc,", "\n4,5,duplicate,",
	"\n5,6,invalid,", "\n6,7,empty,", "\n8,9,over_cap,",
	"\n9,10,consent_missing,", "\n10,11,malformed," };

/* A second list: one row is a duplicate of the first list's. */
static const char two_csv[] = "phone;name\r\n"
			      "13800000001;Ann\r\n"
			      "18100000011;Dan\r\n";
static const char two_clean[] = "phone;name\r\n"
				"18100000011;Dan\r\n";
static const char *const two_reasons[] = { "\r\n1;2;duplicate;" };

static const char dnc_csv[] = "number,reason,expires_at\n"
			      "13800000002,request,\n"
			      "0571*,,2030-01-01\n"
			      "nobody,,\n";
/* The same in GBK and with full-width digits: cells that have to be decoded. */
static const char dnc_gbk[] =
    "\xca\xd6\xbb\xfa\xba\xc5,reason,expires_at\n"
    /* 13800000002 */
    "\xa3\xb1\xa3\xb3\xa3\xb8\xa3\xb0\xa3\xb0\xa3\xb0\xa3\xb0\xa3\xb0"
    "\xa3\xb0\xa3\xb0\xa3\xb2,request,\n"
    "0571*,,2030-01-01\n"
    "nobody,,\n";
static const char consent_csv[] = "number,granted_at,withdrawn_at\n"
				  "13800000001,2025-01-01,\n"
				  "13800000002,2025-01-01,\n"
				  "13800000003,2025-01-01,2024-01-01\n"
				  "13800000003,2025-01-01,\n"
				  "13900000006,2025-01-01,\n"
				  "15500000007,2025-01-01,\n"
				  "18100000011,2025-01-01,\n";
static const char calls_csv[] = "number,called_at\n"
				"15500000007,2026-02-28T23:00:00Z\n";

static const char old_clean[] = "the old clean file\n";
static const char old_report[] = "the old report\n";

/* A third list, of two rows too long for any buffer: see long_make(). */
static char long_csv[2 * CELL + 2000], long_clean[CELL + 1000];
static const char *const long_reasons[] = { "\n2,3,dnc," };

/* One campaign list and what becomes of it. */
struct list {
	const char *input, *text;
	const char *clean, *kept;
	const char *report;
	const char *const *reason;
	size_t reasons;
	char reported[TEXT_MAX]; /* by an undisturbed run, which comes first */
};

static struct list lists[] = {
	{ .input = "in.csv",
	    .text = in_csv,
	    .clean = "in.clean.csv",
	    .kept = in_clean,
	    .report = "in.rejected.csv",
	    .reason = in_reasons,
	    .reasons = sizeof(in_reasons) / sizeof(in_reasons[0]) },
	{ .input = "two.csv",
	    .text = two_csv,
	    .clean = "two.clean.csv",
	    .kept = two_clean,
	    .report = "two.rejected.csv",
	    .reason = two_reasons,
	    .reasons = sizeof(two_reasons) / sizeof(two_reasons[0]) },
	{ .input = "long.csv",
	    .text = long_csv,
	    .clean = "long.clean.csv",
	    .kept = long_clean,
	    .report = "long.rejected.csv",
	    .reason = long_reasons,
	    .reasons = sizeof(long_reasons) / sizeof(long_reasons[0]) },
};

/* A row that is kept and one that is held back, each with a note of CELL. */
static void
long_make(void)
{
	static char note[CELL + 1];

	memset(note, 'n', CELL);
	snprintf(long_clean, sizeof(long_clean), "phone,note\n13800000001,%s\n",
	    note);
	snprintf(long_csv, sizeof(long_csv), "%s13800000002,%s\n", long_clean,
	    note);
}

static const char unusable[] = "unusable.csv"; /* --list-rejects */
static const char unusable_text[] = "list,file,line,reason,record\n"
				    "dnc,dnc.csv,4,invalid,\"nobody,,\"\n";

/* What a test varies. */
struct job {
	size_t inputs;
	struct list *list; /* so many of them */
	bool old;          /* files of an earlier run stand there */
	bool list_rejects;
	size_t threads; /* 0: one */
	size_t passes;  /* 0: one, for so short a list */
	bool encoded;   /* the do-not-call list is not in UTF-8 */
	struct zone *zone;
};

static void
prepare(void *arg)
{
	const struct job *job = arg;

	fault_put("dnc.csv", job->encoded ? dnc_gbk : dnc_csv);
	fault_put("consent.csv", consent_csv);
	fault_put("calls.csv", calls_csv);
	if (job->list_rejects && job->old)
		fault_put(unusable, old_report);
	for (size_t i = 0; i < job->inputs; i++) {
		fault_put(job->list[i].input, job->list[i].text);
		if (!job->old)
			continue;
		fault_put(job->list[i].clean, old_clean);
		fault_put(job->list[i].report, old_report);
	}
}

static double
no_clock(void)
{
	return 0;
}

static int
screen(void *arg, struct err *err)
{
	static const struct list_spec spec[] = {
		{ LIST_DNC, "dnc", "dnc.csv" },
		{ LIST_CONSENT, "consent", "consent.csv" },
		{ LIST_CALLS, "calls", "calls.csv" },
	};
	const struct job *job = arg;
	const char *input[] = { job->list[0].input,
		job->inputs > 1 ? job->list[1].input : NULL };
	struct scrub_options o = {
		.input = input,
		.inputs = job->inputs,
		.rules.region = region_code(span_str("CN")),
		.policy = { .as_of = 1772323200, /* 2026-03-01T00:00:00Z */
		    .zone = job->zone,
		    .consent_required = true,
		    .channel = CHANNEL_VOICE },
		.lists = { .spec = spec,
		    .specs = sizeof(spec) / sizeof(spec[0]),
		    .threads = job->threads,
		    .max_bad = 80, /* of three lines two may be bad */
		    .rejects = job->list_rejects ? unusable : NULL },
		.dedupe = true,
		.max_reject = 50,
		.threads = job->threads,
		.passes = job->passes,
		.csv.blame = ERR_INPUT,
		.clock = no_clock,
	};
	struct summary summary;
	struct lists loaded;

	if (cap_parse(&o.policy.cap[o.policy.caps++], SPAN("1/24h"), err) < 0)
		return -1;
	policy_prepare(&o.policy);
	o.lists.rules = o.rules;
	o.lists.policy = &o.policy;
	if (scrub_run(&o, &loaded, &summary, err) < 0)
		return -1;
	summary_release(&summary);
	lists_release(&loaded);
	return 0;
}

/* ---- looking at what it left ---- */

static void
file_read(char out[TEXT_MAX], const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(out, 1, TEXT_MAX - 1, f) : 0;

	out[n] = '\0';
	if (f)
		fclose(f);
}

/* The undisturbed run: a report that has every reason, for later. */
static const char *
report_learn(struct list *l)
{
	file_read(l->reported, l->report);
	for (size_t i = 0; i < l->reasons; i++)
		if (!strstr(l->reported, l->reason[i]))
			return "a reason is missing from the report";
	return NULL;
}

/* Is it as it was before the run? */
static bool
stands(const struct job *job, const char *path, const char *old)
{
	return job->old ? fault_has(path, old) : access(path, F_OK) < 0;
}

/*
 * The one failure that leaves new files: while they are put in place one after
 * the other.
 */
static bool
too_late(const struct fault_outcome *o)
{
	static const char *const texts[] = { "in place, but",
		"cannot put in place", "cannot open its folder" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (fault_named(o, texts[i]))
			return true;
	return o->killed;
}

static const char *
list_check(const struct job *job, const struct list *l,
    const struct fault_outcome *o)
{
	bool clean = fault_has(l->clean, l->kept);
	bool report = fault_has(l->report, l->reported);

	if (!fault_has(l->input, l->text))
		return "the input was altered";
	if (!clean && !stands(job, l->clean, old_clean))
		return "the clean file is neither old nor new";
	if (!report && !stands(job, l->report, old_report))
		return "the report is neither old nor new";
	if (clean && !report)
		return "a new clean file beside an old report";
	if (o->succeeded && !clean)
		return "success, but the clean file is old";
	if (!o->succeeded && (clean || report) && !too_late(o))
		return "it failed, and left new files";
	return NULL;
}

/* Files that are there in any case, and those that are there now. */
static unsigned
names_expected(const struct job *job)
{
	unsigned n = 3;

	n += job->list_rejects && access(unusable, F_OK) == 0;
	for (size_t i = 0; i < job->inputs; i++)
		n += 1u + (access(job->list[i].clean, F_OK) == 0) +
		    (access(job->list[i].report, F_OK) == 0);
	return n;
}

/* Something of which a person knows where to look. */
static bool
tells(const struct fault_outcome *o)
{
	static const char *const names[] = { ".csv", "memory", "random" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fault_named(o, names[i]))
			return true;
	return false;
}

static const char *
unusable_check(const struct job *job, const struct fault_outcome *o)
{
	bool there = access(unusable, F_OK) == 0;
	static char text[TEXT_MAX];

	if (!job->list_rejects)
		return there ? "unusable lines nobody asked for" : NULL;
	file_read(text, unusable);
	if (strcmp(text, unusable_text) == 0)
		return NULL; /* complete before the campaign is read */
	if (o->succeeded)
		return "the unusable line was not written down";
	/* What was found until a list ended the run is wanted most then. */
	if (fault_named(o, "list ") &&
	    strncmp(text, unusable_text, strlen(text)) == 0 &&
	    strchr(text, '\n'))
		return NULL;
	return stands(job, unusable, old_report) ?
	    NULL :
	    "a part of the unusable lines";
}

static const char *
check(void *arg, const struct fault_outcome *o)
{
	const struct job *job = arg;
	bool all_reports = true, any_clean = false;
	const char *wrong;

	for (size_t i = 0; i < job->inputs; i++) {
		if (o->mode == FAULT_NONE &&
		    (wrong = report_learn(&job->list[i])) != NULL)
			return wrong;
		if ((wrong = list_check(job, &job->list[i], o)) != NULL)
			return wrong;
		any_clean |= fault_has(job->list[i].clean, job->list[i].kept);
		all_reports &= fault_has(job->list[i].report,
		    job->list[i].reported);
	}
	/* clean files come last, all of them */
	if (any_clean && !all_reports)
		return "a new clean file before the last report";
	if ((wrong = unusable_check(job, o)) != NULL)
		return wrong;
	if (!o->killed && fault_names() != names_expected(job))
		return "something was left behind";
	if (!o->killed && !o->succeeded && !tells(o))
		return "the error names nothing";
	return NULL;
}

int
main(void)
{
	struct job job[] = {
		{ .inputs = 2,
		    .list = lists,
		    .old = true,
		    .list_rejects = true,
		    .passes = 2,
		    .encoded = true },
		{ .inputs = 1, .list = lists, .old = true, .threads = 3 },
		{ .inputs = 1, .list = lists, .old = true },
		{ .inputs = 1, .list = lists, .old = false },
		{ .inputs = 1, .list = lists, .old = true, .encoded = true },
		{ .inputs = 1, .list = &lists[2], .old = true },
	};
	const struct fault_test tests[] = {
		{ .name =
			"two inputs, read twice; a list in GBK with unusable lines",
		    .arg = &job[0] },
		{ .name = "three threads", .arg = &job[1] },
		{ .name = "a run over the files of an earlier one",
		    .arg = &job[2] },
		{ .name = "a first run", .arg = &job[3] },
		{ .name = "a list in GBK", .arg = &job[4] },
		{ .name = "outputs larger than a buffer", .arg = &job[5] },
	};
	size_t n = sizeof(tests) / sizeof(tests[0]);
	struct zone *zone;
	struct err err;

	long_make();
	/* Before anything fails: cmd opens it once, and fault_outfile.c has
	 * its own test of that. */
	if (zone_open(&zone, "UTC", &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
#ifdef __SANITIZE_ADDRESS__
	n = 2; /* a process takes ten times as long; these two cover the rest */
#endif
	for (size_t i = 0; i < n; i++) {
		struct fault_test t = tests[i];

		job[i].zone = zone;
		t.prepare = prepare;
		t.job = screen;
		t.check = check;
		fault_run(&t);
	}
	zone_close(zone);
	return fault_done();
}
