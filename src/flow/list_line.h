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
#include "flow/reason_memo.h"
#include "store/facts.h"
#include "text/csv_reader.h"
#include "text/decode.h"
#include "text/number_memo.h"

/* When something was, as a line says it. */
enum list_when {
	LIST_UNSAID, /* nothing there, or a yes without a date */
	LIST_UNREAD, /* a date that cannot be read */
	LIST_MOMENT, /* .from */
	LIST_DAY,    /* from .from until before .to */
};

struct list_time {
	enum list_when when;
	int64_t from, to;
};

/*
 * What one line says, but for whom.  `fact` is as a run takes it; its scope
 * and what is drawn from `as_of` mean that run alone.
 */
struct list_line {
	struct fact fact;
	bool consent; /* the line gives one */
	struct list_time granted;
	bool withdrawn; /* or takes one back: */
	struct list_time withdrawn_at;
	struct fact taken; /* ... as a fact */
	bool unusable;     /* counted, and written to --list-rejects */
	const char *why;
};

/*
 * Where lines go that are not to become facts in a table: `key` is a number's
 * or a prefix's, or 0, and then it is about `person`.
 */
struct list_sink {
	int (*add)(void *arg, const struct list_line *line, uint64_t key,
	    struct span person, struct err *err);
	void *arg;
};

/* One thread's way to read lines of one list.  Zero it, set the first part,
 * list_reader_ready(). */
struct list_reader {
	const struct lists_options *o;
	const struct list_spec *spec;
	const struct list_columns *columns;
	const struct list_sink *sink; /* NULL: facts are added to: */
	const struct facts *table;    /* for its seed */
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
	uint32_t calls_since;       /* policy_calls_since() */
	bool asks_answered;         /* policy_asks_answered() */
	struct reason_memo reasons; /* without quotes or line ends in them */
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

/* The reason (enum fact_reason) that a cell of the reason column says. */
uint8_t list_line_reason(struct list_reader *r, struct span cell);

/*
 * Does `s`, the topic, purpose or campaign of an entry (one name or several),
 * mean a run that says `run` (NULL: nothing)?  SCOPE_ANY where it names no
 * limit, `same` when it means this run, SCOPE_ELSEWHERE when it means another,
 * `unsaid` when the run does not say.
 */
uint16_t list_scope(struct span s, const char *run, uint16_t same,
    uint16_t unsaid);

/*
 * For sinks: the decoded, trimmed text of a field of the row at hand; "" where
 * there is none or, of a topic, purpose or campaign, where it means no limit.
 * Valid until the next one is asked for.
 */
struct span list_line_text(struct list_reader *r, enum column_field f);
struct span list_line_scope(struct list_reader *r, enum column_field f);

/* The field with a consent's purpose. */
enum column_field list_purpose(const struct list_columns *c);

/* A word for yes or no, as status columns have them: 1, 0; -1: neither. */
int list_yes_no(struct span s);

#endif
