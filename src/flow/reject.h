/*
 * reject.h - the rejection report: why a row was held back, in a line that a
 * person understands and a program can sort.
 *
 *	row,line,reason,number,detail,also,<the original row>
 *
 * The columns use the campaign's own delimiter and are plain ASCII, so that
 * they fit any encoding; the original row follows byte for byte, so that a
 * mended row can be fed back.
 */
#ifndef SCRUB_FLOW_REJECT_H
#define SCRUB_FLOW_REJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digits8.h"
#include "flow/lists.h"
#include "rules/policy.h"
#include "rules/verdict.h"
#include "text/csv_reader.h"
#include "text/number.h"

/* A reason as it stands in a line, between its delimiters. */
struct reject_reason {
	char text[31];
	uint8_t n;
};

/* A number that grows by little from row to row: the last one's text, of which
 * then only the last two digits are others. */
struct reject_count {
	uint64_t base; /* without these; 0: none */
	size_t n;
	char text[DIGITS_MAX];
};

/* What does not change from row to row, or little.  reject_init(). */
struct reject_context {
	const struct policy *policy;
	const struct lists *lists;
	const struct csv_dialect *dialect;
	struct span eol;
	struct reject_reason reason[VERDICT_REASONS];
	bool plain; /* dates and row numbers need no quotes */
	struct reject_count row, line;
};

struct reject {
	uint64_t row; /* from 1, header not counted */
	const struct csv_row *csv;
	const struct verdict *verdict;  /* of the whole row */
	const struct number *number;    /* the one it is about; NULL */
	const struct number_cell *cell; /* what its cell holds; NULL */
	struct span text;               /* the cell, where there is no number */
	uint64_t first_row;             /* duplicate: where it was kept; 0 */
	const char *first_file;         /* and in which file; NULL: this one */
	bool reading_listed; /* unreadable, and a reading is on dnc */
	const char *note;    /* more on an unreadable number; NULL */
};

/* All of them outlive the context. */
void reject_init(struct reject_context *c, const struct policy *policy,
    const struct lists *lists, const struct csv_dialect *dialect,
    struct span eol);

/* The report's own column names, and the campaign's header after them. */
void reject_header(struct buf *out, const struct reject_context *c,
    struct span header);

/*
 * The detail of one reason that fired, for a number that stands in no list.
 * (Only c->policy and c->lists are used, and not r->csv.)
 */
void reject_detail(struct buf *out, const struct reject_context *c,
    const struct reject *r, enum verdict_reason reason);

/* Append the line of one row. */
void reject_add(struct buf *out, struct reject_context *c,
    const struct reject *r);

#endif
