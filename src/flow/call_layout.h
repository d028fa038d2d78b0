/*
 * call_layout.h - how diallers write their call logs.
 *
 *   asterisk    cdr-csv/Master.csv: no header, 16 columns or more
 *   freeswitch  cdr_csv with the default template, 11 columns or more
 *   vicidial    Export Calls Report
 *   generic     any log with a header, by the names of its columns
 *
 * The first three are read by place; a header, where there is one, is known
 * by the name over the number.  Which calls were answered each dialler says in
 * its own way.  What nobody knows the meaning of counts as answered: it must
 * not let a cap through.
 *
 * Master.csv also has incoming and internal calls; their numbers, extensions
 * mostly, are lines that cannot be used.
 */
#ifndef SCRUB_FLOW_CALL_LAYOUT_H
#define SCRUB_FLOW_CALL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum call_layout_name {
	LAYOUT_GENERIC,
	LAYOUT_ASTERISK,
	LAYOUT_FREESWITCH,
	LAYOUT_VICIDIAL,
	CALL_LAYOUTS
};

/* Columns are numbered from 1; 0: the layout has none. */
struct call_layout {
	const char *name;
	unsigned number, called_at, id, campaign, person;
	unsigned outcome;  /* how it ended */
	unsigned answered; /* or: when it was answered, empty if it was not */
	unsigned columns;  /* as many there are at least */
};

/* "asterisk", ...; NULL when there is none of that name. */
const struct call_layout *call_layout_find(const char *name);

const struct call_layout *call_layout(enum call_layout_name l);

/* Does a record of a layout by place look like its header? */
bool call_layout_header(const struct call_layout *l, const struct span *cell,
    size_t n);

/* Names of a column with the dialler's own id of the call (generic). */
bool call_layout_is_id(struct span name);

/* Does this word, of whatever log, say that nobody answered?  One that nobody
 * knows does not. */
bool call_unanswered(struct span outcome);

/* Was the call answered, by how it ended and, where there is such a column,
 * when it was answered? */
bool call_layout_answered(const struct call_layout *l, struct span outcome,
    struct span answered);

#endif
