/*
 * list_columns.h - which columns of a list hold what.
 *
 * By --map; else by header name (columns.h); the number column, where no name
 * tells, by content.  A header is recognised by its number cell not being a
 * number, unless --list-header says.  Two columns that may mean the same are an
 * error; but on a list that blocks every column of phone numbers is meant.
 */
#ifndef SCRUB_FLOW_LIST_COLUMNS_H
#define SCRUB_FLOW_LIST_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "flow/lists.h"
#include "text/columns.h"
#include "text/csv_reader.h"

enum {
	LIST_NUMBERS_MAX = 64, /* number columns of one list */
	LIST_ALSO_MAX = 16,    /* columns that list_columns_also() adds */
};

struct list_columns {
	/* places among the wanted cells; -1 where the list has none */
	unsigned number[LIST_NUMBERS_MAX];
	size_t numbers;
	bool joined; /* registry layout: number[0] is the area code of [1] */
	int field[COLUMN_FIELDS];
	const char *date_format[COLUMN_FIELDS]; /* NULL: ISO 8601 */
	/* for csv_split() */
	unsigned want[COLUMN_FIELDS + LIST_NUMBERS_MAX + LIST_ALSO_MAX];
	size_t wants;
};

/*
 * Find them in the list that `r` has open, and settle whether it has a header.
 * Fails with ERR_LIST (no number column, several that may be one; the text
 * lists them) or ERR_NOMEM.
 */
int list_columns_find(struct list_columns *out, struct csv_reader *r,
    const struct list_spec *spec, const struct lists_options *options,
    struct err *err);

/*
 * Want these columns of every row too: place[i] is where column[i] stands among
 * the wanted cells, and all other places are set anew.
 */
void list_columns_also(struct list_columns *c, const unsigned *column, size_t n,
    int *place);

/* May --map and --date-format name this field of this kind of list? */
bool list_has_field(enum list_kind kind, enum column_field field);

/* Does this field decide anything in this kind of list? */
bool list_uses_field(enum list_kind kind, enum column_field field);

/* What the last LIST.FIELD setting says of this list and field; NULL. */
const char *list_setting(const struct list_setting *s, size_t n,
    const char *list, enum column_field field);

#endif
