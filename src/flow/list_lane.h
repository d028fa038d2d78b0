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
#include "text/csv_reader.h"

enum {
	LIST_LANE_PIECE = 8 << 10, /* bytes looked at a time, at most */
};

/* Columns of the file, not places among the wanted cells; -1: none. */
struct list_lane {
	struct list_reader *r;
	const struct csv_dialect *dialect;
	bool on; /* false: no line of this list is for the lane */
	int number, reason, expires, granted, called;
	unsigned empty[COLUMN_FIELDS]; /* columns with nothing in them */
	size_t empties;
	struct fact fact; /* what is the same in all lines */
	struct clock_memo days;
	uint32_t mark[LIST_LANE_PIECE];
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
