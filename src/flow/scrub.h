/*
 * scrub.h - the main job: campaign lists in, clean lists and reports out.
 *
 * Nothing is put in place unless everything went well: lists load first, all
 * inputs are judged, totals are reconciled; then reports are renamed into
 * place and the clean files last.
 */
#ifndef SCRUB_FLOW_SCRUB_H
#define SCRUB_FLOW_SCRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/home.h"
#include "flow/lists.h"
#include "flow/summary.h"
#include "rules/policy.h"
#include "store/numset.h"
#include "text/csv_reader.h"
#include "text/number.h"

enum {
	SCRUB_PHONES_MAX = 16, /* phone columns of one list */
};

enum scrub_multi {
	MULTI_ANY, /* keep a row when a number survives; blank the others */
	MULTI_ALL, /* keep a row when all do */
};

enum scrub_format {
	FORMAT_KEEP,
	FORMAT_E164,
	FORMAT_NATIONAL,
};

/* Columns that can be added to the clean file, in the order asked for. */
enum scrub_add { ADD_E164, ADD_REGION, ADD_TYPE, ADD_PRIORITY, SCRUB_ADDS };

const char *scrub_add_name(enum scrub_add a);

struct scrub_options {
	const char *const *input; /* paths; "-" once at most */
	size_t inputs;
	struct csv_options csv;

	const char *const *column; /* --column: NAME, N or A+B; none: detect */
	size_t columns;
	const char *region_column; /* NULL: none; so for those below */
	const char *person_column;
	const char *expires_column;
	const char *granted_column;
	const char *expires_format; /* strptime formats; NULL: ISO 8601 */
	const char *granted_format;

	struct number_rules rules;
	struct policy policy;
	struct lists_options lists;
	bool no_lists; /* run without any list */
	enum scrub_multi multi;
	bool dedupe;
	enum scrub_format format;
	enum scrub_add add[SCRUB_ADDS];
	size_t adds;

	const char *out;         /* -o; NULL: beside the input */
	const char *rejects;     /* NULL: beside the clean file */
	const char *out_dir;     /* NULL: where the input is */
	const char *conf;        /* the scrub.conf in force; NULL: none */
	const struct home *home; /* is not written into; NULL: there is none */
	/* nor over feeds, and into drop folders, of these lists */
	const struct feed_list *fed;
	size_t feds;
	bool dry_run;
	double max_reject; /* per cent of unreadable numbers */
	size_t threads;    /* that work on blocks; 0: one */
	size_t passes;     /* 1, 2: how often inputs are read; 0: as pays */

	/*
	 * Write the run down where runs are recorded, before anything is put
	 * in place; when that fails, nothing is.  `kept` holds the numbers of
	 * kept rows.  NULL: nowhere.
	 */
	int (*record)(void *arg, struct summary *s, const struct numset *kept,
	    struct err *err);
	void *record_arg;

	double (*clock)(void); /* seconds, for rates */
	void (*progress)(void *arg, const char *what, uint64_t done,
	    int64_t size, uint64_t rows);
	void *progress_arg;
};

/*
 * Do it.  `lists` and `summary` are filled in and must be released by the
 * caller, lists after summary; on failure both are empty.  Fails with the
 * err_code that tells the exit status (err.h).
 */
int scrub_run(const struct scrub_options *options, struct lists *lists,
    struct summary *summary, struct err *err);

#endif
