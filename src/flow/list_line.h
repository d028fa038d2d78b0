/*
 * list_line.h - what one line of a list says, as facts.
 *
 * What is not understood never helps a call: an entry that blocks lasts for
 * ever when its end cannot be read, and blocks whatever its number may mean;
 * a consent or a permission with a date that cannot be read is none; a call
 * whose time cannot be read was made just now.
 */
#ifndef SCRUB_FLOW_LIST_LINE_H
#define SCRUB_FLOW_LIST_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/list_columns.h"
#include "flow/lists.h"
#include "store/facts.h"
#include "text/csv_reader.h"
#include "text/decode.h"
#include "text/number_memo.h"

/*
 * Reasons repeat from line to line: what a text was found to mean is kept, by
 * a hash of it.
 */
enum { LIST_MEMO = 64, LIST_MEMO_TEXT = 31 };

struct list_memo {
	char text[LIST_MEMO_TEXT];
	uint8_t n; /* bytes of text; 0: free */
	uint8_t reason;
};

/* One thread's way to read lines of one list.  Zero it, set the first part,
 * list_reader_ready(). */
struct list_reader {
	const struct lists_options *o;
	const struct list_spec *spec;
	const struct list_columns *columns;
	const struct facts *table; /* for its seed */
	struct facts_appender *facts;
	struct decoder *decoder; /* this thread's own */
	uint8_t id;              /* of the list */
	bool withdrawals; /* a consent list of this run has withdrawn_at */
	char delimiter;
	struct number_rules rules; /* o->rules to begin with */
	struct buf scratch;        /* BUF_INIT */

	struct list_result result; /* what this thread has counted */
	const struct span *cell;   /* of the row at hand */
	bool plain; /* one number a line, whose region is always the same */
	uint32_t calls_since; /* policy_calls_since() */
	struct list_memo memo[LIST_MEMO];
	struct number_memo numbers;
};

/* Settle what does not change from line to line, once all else is set. */
void list_reader_ready(struct list_reader *r);

/*
 * Add the facts of one row to r->facts and count it in r->result.  *why is
 * NULL, or what makes the line unusable as it stands.  Fails with ERR_NOMEM.
 */
int list_line_load(struct list_reader *r, const struct csv_row *row,
    const struct span *cell, const char **why, struct err *err);

#endif
