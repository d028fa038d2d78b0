/*
 * entry_import.h - a file of entries or calls into the register.
 *
 * A file is read as the list of the same kind that a run is given (lists.h):
 * encoding, delimiter, columns, what each cell means and what an unreadable one
 * does are list_line.h's, so that a run on the register gives what a run on
 * the files gave.  Beside that, columns are taken that a run has no use for:
 * requested_at, effective_at, review_at, permanent, source, author,
 * approved_by, evidence, evidence_sha256 and note, as `export` writes them.
 *
 * All or nothing: one transaction, with one audit record.  A line that cannot
 * be used as it stands is written to `rejects`, byte for byte behind its row,
 * line and problem, so that it can be mended and imported again; one that
 * blocks is put in as far as it can be read, too.  More than `max_bad` per cent
 * of them, and nothing is imported; nor is a list of consents none of whose
 * lines gives or withdraws any, unless `empty_ok`.
 *
 * The file is read once, as a stream; memory does not grow with it.
 */
#ifndef SCRUB_FLOW_ENTRY_IMPORT_H
#define SCRUB_FLOW_ENTRY_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "flow/call_layout.h"
#include "flow/lists.h"
#include "store/register.h"
#include "text/number.h"

enum { ENTRY_SETTINGS_MAX = 32 };

/* --map FIELD=COLUMN; --date-format [FIELD=]FORMAT, without FIELD for all. */
struct entry_setting {
	const char *field; /* NULL: every field */
	const char *value;
};

struct entry_import_options {
	enum list_kind kind; /* all but LIST_LISTED */
	const char *path;    /* "-": standard input */
	struct entry_setting map[ENTRY_SETTINGS_MAX];
	size_t maps;
	struct entry_setting format[ENTRY_SETTINGS_MAX];
	size_t formats;
	bool header_said, header;
	bool empty_ok;
	double max_bad;           /* per cent of the lines */
	size_t max_record, block; /* bytes; 0: the usual */
	struct number_rules rules;
	struct zone *zone;
	int64_t now;
	/* what a line says where it says nothing: everything but kind, subject
	 * and `at`; origin.author is required */
	struct register_entry entry;
	/* LIST_CALLS */
	const struct call_layout *layout;
	uint64_t run;

	bool dry_run;        /* roll back at the end */
	const char *rejects; /* NULL: a line that would go there is a failure */
	const char *report;  /* what became of every line; NULL: not wanted */
	void (*progress)(void *arg, uint64_t done, int64_t size);
	void *progress_arg;
};

/* lines = fresh + known + changed + unusable + nothing. */
struct entry_import_result {
	uint64_t lines, blank;
	uint64_t fresh, known, changed;
	uint64_t unusable;
	uint64_t blocking;  /* of those, lines that were put in all the same */
	uint64_t nothing;   /* lines that say nothing: a status nobody knows */
	uint64_t bad_dates; /* read the strict way */
	uint64_t wildcards;
	uint64_t first_bad; /* line of the first unusable one, and why */
	char why[96];
};

/*
 * Import it: begins and ends a transaction of its own in `db`.  Fails with
 * ERR_INPUT for what is wrong with the file, ERR_USAGE for a setting that
 * names no field or column, and as register.h says; then nothing has changed,
 * but *out and `rejects` tell what was found.
 */
int entry_import(struct register_db *db, const struct entry_import_options *o,
    struct entry_import_result *out, struct err *err);

/* When something counts from, and once more from. */
struct entry_moments {
	int64_t at;
	int64_t later; /* 0: not once more */
};

/*
 * When a withdrawal without a date took place: it takes back all that has been
 * recorded so far.  What stands already stands for it (`at`), when it takes
 * back every consent given until now: so the same list can be imported every
 * day.  Else that is `now`.  A consent that lies ahead of `now`, since a clock
 * was set back, say, is taken back at its own moment (`later`).  `e` names
 * subject, topic, campaign and channel; of a person, the consents of linked
 * numbers count too.
 */
int entry_withdrawal_at(struct register_db *db, const struct register_entry *e,
    int64_t now, struct entry_moments *out, struct err *err);

#endif
