/*
 * list_lane.h - the lines that most lists are made of, in one go.
 *
 * A number as the numbering plan has it, a word for a reason, a time in the
 * usual form, and nothing in the columns that would limit what the line says:
 * such a line becomes a fact without being split into cells first.  It becomes
 * exactly the fact that list_line_load() makes of it, and is counted in the
 * same places.  The lane stops at any other line, which is list_line_load()'s.
 */
#ifndef SCRUB_FLOW_LIST_LANE_H
#define SCRUB_FLOW_LIST_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock_memo.h"
#include "base/err.h"
#include "flow/list_line.h"
#include "store/expected.h"
#include "text/csv_reader.h"

/* What the lane finds in a column. */
enum list_lane_what {
	LANE_NUMBER,
	LANE_REASON,
	LANE_AT,    /* when something was: it has to be said */
	LANE_UNTIL, /* when it ends, if it does */
	LANE_EMPTY, /* nothing may be there */
	LANE_SKIP,  /* what does not matter, in some columns side by side */
};

struct list_lane_step {
	enum list_lane_what what;
	unsigned columns; /* LANE_SKIP: how many */
};

/* What stands between fields and lines, and what makes a line unusual. */
enum list_lane_mark {
	LANE_DELIMITER,
	LANE_LF,
	LANE_CR,
	LANE_QUOTE,
	LANE_MARKS
};

/* What numbers look like, most of the time. */
struct list_lane_form {
	struct number_memo_form number;
	char least[16];  /* what their last eight digits are at least, and
	                   everything; what ends them is just this */
	uint64_t missed; /* the last line that was not so, counted from 0 */
	uint64_t misses; /* how many were not */
	bool off;        /* too many */
};

enum {
	LANE_WINDOW = 32, /* bytes that are looked at together */
	/* a line has no more bytes behind some of its windows, or what is in
	 * front of its number */
	LANE_SPARE = 128,
	/* a step for each field and the number, and what lies between */
	LIST_LANE_STEPS = 2 * (COLUMN_FIELDS + 1),
};

struct list_lane {
	struct list_reader *r;
	bool on;    /* false: no line of this list is for the lane */
	bool usual; /* number and fields stand side by side, in usual order */
	bool wide;  /* AVX2 may be used */
	char delimiter;
	char mark[LANE_MARKS][LANE_WINDOW];
	size_t most; /* bytes: a longer line may be refused */
	struct list_lane_form form;
	struct list_lane_step step[LIST_LANE_STEPS];
	unsigned steps;
	unsigned head; /* columns in front of the number, when `usual` */
	unsigned tail; /* columns behind the last step: they do not matter; the
	                  reason is one of them when `usual` */
	bool reasons;  /* there is a column of them */
	uint32_t soon; /* where in a window a delimiter may end a number: none
	                   does in the last column */
	uint8_t kind;  /* enum fact_kind */
	uint64_t fact; /* what is the same in all of them, packed */
	/* fact times: */
	uint32_t now;
	uint32_t ended;    /* what ends by then has ended */
	uint32_t past;     /* no cap asks for calls before */
	uint32_t given;    /* a consent given by then needs no grant */
	uint32_t outlasts; /* ... and no end, if it ends later than that */
	const struct expected *expected; /* the table's */
	struct clock_memo times;
};

/* Ready *l for what `r`, which is ready, reads. */
void list_lane_ready(struct list_lane *l, struct list_reader *r,
    const struct csv_dialect *dialect);

/*
 * Take the lines from the front of `rest`, up to the first that is not for the
 * lane: p, n and line move on.  *rest is a copy: its memory is another's.
 * Fails with ERR_NOMEM.
 */
int list_lane_take(struct list_lane *l, struct csv_block *rest,
    struct err *err);

#endif
