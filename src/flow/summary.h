/*
 * summary.h - what a run did, in figures that add up.
 */
#ifndef SCRUB_FLOW_SUMMARY_H
#define SCRUB_FLOW_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/lists.h"
#include "rules/verdict.h"

enum { SUMMARY_FLAGS = 32 };

/* One campaign list. */
struct summary_file {
	char *input;   /* as it was named; "-" */
	char *clean;   /* where the kept rows are; "-"; NULL: nowhere */
	char *rejects; /* NULL: nowhere */
	char *columns; /* the phone columns: "phone", "3" */
	uint64_t rows; /* records read, header not counted */
	uint64_t kept, rejected; /* counted where they are written */
	uint64_t blank;          /* lines with nothing in them */
	uint64_t bytes;          /* read */
};

struct summary {
	struct summary_file *file;
	size_t files;
	const struct lists *lists;

	uint64_t rows, kept, rejected, blank, bytes;
	uint64_t headline[VERDICT_REASONS]; /* rejected rows by reason */
	uint64_t fired[VERDICT_REASONS];    /* rows in which it fired */
	uint64_t blanked[VERDICT_REASONS];  /* numbers taken out of kept rows */
	uint64_t numbers;                   /* cells that were not empty */
	uint64_t unreadable;          /* of those, cells without a number */
	uint64_t flag[SUMMARY_FLAGS]; /* cells by bit of enum number_flag */
	uint64_t bad_consent_dates;   /* in the campaign's own columns */
	uint64_t priority;            /* kept rows with an allow entry */

	int64_t as_of;
	const char *zone;
	const struct policy *policy;
	bool dry_run;
	uint64_t run;        /* its id in the register; 0: not recorded */
	uint64_t reserved;   /* calls booked there */
	double seconds;      /* whole run */
	double load_seconds; /* of that, loading lists */
};

/*
 * rows in = kept + rejected, in every file and in all; reasons add up to
 * rejected.  Fails with ERR_INTERNAL, naming the figures.
 */
int summary_reconcile(const struct summary *s, struct err *err);

/* For people: a table.  `colour`: ANSI bold for what matters. */
void summary_text(struct buf *out, const struct summary *s, bool colour);

/* For programs: {"schema": "scrub.run/1", ...}. */
void summary_json(struct buf *out, const struct summary *s,
    const char *version);

void summary_release(struct summary *s);

#endif
