/*
 * entry_import_impl.h - what entry_import.c (the file), entry_columns.c
 * (its columns) and entry_lines.c (what a line says) share; nobody else's.
 */
#ifndef SCRUB_FLOW_ENTRY_IMPORT_IMPL_H
#define SCRUB_FLOW_ENTRY_IMPORT_IMPL_H

#include "base/outfile.h"
#include "flow/entry_import.h"
#include "flow/list_columns.h"
#include "flow/list_line.h"
#include "store/numset.h"
#include "text/csv_reader.h"

/* Fields that only the register has a use for. */
enum also {
	ALSO_REQUESTED_AT,
	ALSO_EFFECTIVE_AT,
	ALSO_REVIEW_AT,
	ALSO_PERMANENT,
	ALSO_REASON, /* of consents and permissions */
	ALSO_SOURCE,
	ALSO_AUTHOR,
	ALSO_APPROVED_BY,
	ALSO_EVIDENCE,
	ALSO_EVIDENCE_SHA256,
	ALSO_NOTE,
	/* calls */
	ALSO_ID,
	ALSO_OUTCOME,
	ALSO_ANSWERED_AT,
	ALSO_CAMPAIGN,
	ALSO_FIELDS
};

/* A line that was read, until all its entries have been told. */
struct pending {
	uint64_t line;
	uint32_t entries, told;
	bool closed; /* no more entries of it will come */
	bool unusable;
	uint8_t outcome; /* the weightiest so far */
	const char *why;
};

enum {
	TEXTS = 16, /* of a row, at most */
	TEXTS_BYTES = TEXTS * REGISTER_TEXT_MAX,
	CALL_ID_MAX = 256,
};

struct importer {
	const struct entry_import_options *o;
	struct entry_import_result *out;
	struct register_db *db;
	struct register_import *im;
	struct csv_reader *csv;
	struct list_columns columns;
	struct lists_options lists;
	struct list_spec spec;
	struct list_setting map[ENTRY_SETTINGS_MAX + 3]; /* of a layout: 3 */
	struct list_setting format[ENTRY_SETTINGS_MAX * 4];
	struct list_header header;
	struct policy policy;  /* for its times alone */
	int also[ALSO_FIELDS]; /* places; -1 */
	const char *also_given[ALSO_FIELDS];
	const char *also_format[ALSO_FIELDS];
	struct list_reader lines;
	struct decoder decoder;
	struct csv_block block;
	struct csv_rows rows;
	struct buf input; /* the file's own name, masked */
	unsigned char sha256[REGISTER_SHA256];

	/* the row at hand */
	uint64_t row;
	bool row_read;
	bool malformed;
	bool permits_nothing;          /* whatever else it says */
	struct register_origin origin; /* with the file */
	struct register_entry entry;
	unsigned char evidence[REGISTER_SHA256];
	struct buf texts; /* TEXTS_BYTES: what spans point into must not move */
	struct buf scratch;
	const char *why; /* what the register cannot take as it stands */

	/* lines whose entries are not all told: [first, n) */
	struct pending *pending;
	size_t first, n, cap;
	uint64_t pending_row; /* the row of pending[first] */

	/* withdrawals without a date that one in the register stands for */
	struct numset standing;
	int64_t standing_from; /* the earliest of them */
	int64_t last_granted;  /* the latest consent of this file */

	struct outfile rejects, report;
	struct buf told;   /* lines of the report to be written */
	struct buf record; /* a line of the rejects */
};

/*
 * Settle --map, --date-format, the layout and the header, find all columns, and
 * want them.  ERR_USAGE, ERR_INPUT, ERR_LIST.
 */
int entry_columns_settle(struct importer *m, struct err *err);

/* struct list_sink's add, with a struct importer. */
int entry_line_take(void *arg, const struct list_line *line, uint64_t key,
    struct span person, struct err *err);

#endif
