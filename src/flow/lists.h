/*
 * lists.h - load lists given as files into one table of facts.
 *
 * A list is read as CSV: delimiter and encoding are detected, a header is
 * recognised, its columns are found by name (columns.h) or by --map.  What a
 * line says becomes facts about its number, or its person where it has no
 * number.
 *
 * Lists fail closed.  One that is missing, empty, has no number column or
 * more than `max_bad` per cent of unusable lines ends the run.  A do-not-call
 * line that cannot be read still blocks every number it may mean; a date that
 * cannot be read is "for ever" on a do-not-call list, no consent on a consent
 * list, and "just now" in a call log.
 */
#ifndef SCRUB_FLOW_LISTS_H
#define SCRUB_FLOW_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "flow/indexed.h"
#include "flow/overlay.h"
#include "rules/policy.h"
#include "store/facts.h"
#include "text/columns.h"
#include "text/number.h"

enum list_kind {
	LIST_DNC,
	LIST_LISTED,
	LIST_CONSENT,
	LIST_CALLS,
	LIST_ALLOW,
	LIST_KINDS
};

/* "dnc", "listed", "consent", "calls", "allow". */
const char *list_kind_name(enum list_kind k);

/* A list as it was asked for. */
struct list_spec {
	enum list_kind kind;
	const char *name; /* its kind's name; NAME of --listed NAME=FILE */
	const char *path; /* "-": standard input */
};

/* --map LIST.FIELD=COLUMN, --date-format LIST.FIELD=FORMAT */
struct list_setting {
	const char *list;
	enum column_field field;
	const char *value;
};

/* --list-header LIST=yes|no */
struct list_header {
	const char *list;
	bool yes;
};

struct lists;

struct lists_options {
	const struct list_spec *spec;
	size_t specs;
	const struct list_setting *map;
	size_t maps;
	const struct list_setting *date_format;
	size_t date_formats;
	const struct list_header *header;
	size_t headers;
	struct register_db *db; /* beside the lists: a register; NULL: none */
	const char *db_path;
	bool lookup; /* leave it where it is: every number is looked up */
	struct index *index; /* sealed lists; NULL: none */
	uint64_t rows;       /* about so many numbers will be asked for; a pipe
	                        has UINT64_MAX */
	bool empty_ok;
	bool outcomes;       /* of calls are read even when no cap asks */
	bool persons;        /* rows of this run name a person: --person */
	bool one_moment;     /* only policy->now will be asked for: a consent
	                        that ends later may be told as one that has no
	                        end, which takes half the room */
	bool by_cells;       /* split every line into cells, as if there were no
	                        lane (list_lane.h): for tests to compare */
	double max_bad;      /* per cent of a list's lines */
	const char *rejects; /* write unusable lines there; NULL: don't */
	const char *topic;   /* of this run; NULL: not said */
	const char *campaign;
	size_t max_record;
	size_t block;   /* bytes read at a time; 0: the usual */
	size_t threads; /* that load; 0: one */
	struct number_rules rules;
	const struct policy *policy;
	void (*progress)(void *arg, const char *list, uint64_t done,
	    int64_t size);
	void *progress_arg;
	/* Name the numbers that will be looked up to l->facts, before anything
	 * is loaded; NULL: any may be. */
	int (*expect)(void *arg, const struct lists *l, struct err *err);
	void *expect_arg;
};

/* What became of one list.  Of those out of the register: its entries, and
 * when it was last written to; unless it was loaded, nobody knows of what
 * ended, wildcards and so on. */
struct list_result {
	enum list_kind kind;
	bool in_register;
	bool in_index;   /* of the register's: as far as it was compiled */
	bool looked_up;  /* entry by entry */
	uint64_t recent; /* subjects that are read beside the index */
	char *name, *path;
	int64_t changed_at; /* the file's modification time; -1: a pipe */
	uint64_t lines;     /* records, header not counted */
	uint64_t blank;     /* lines with nothing in them */
	uint64_t unusable;  /* lines that could not be used as they stand */
	uint64_t blocking;  /* of those, lines that block all the same */
	uint64_t bad_dates; /* dates that were read the strict way */
	uint64_t wildcards;
	uint64_t ended; /* entries that have ended at as_of */
	uint64_t later; /* calls later than as_of: they do not count */
	uint64_t facts;
	uint64_t rows;      /* rows of the run it held back; the run counts */
	uint64_t first_bad; /* line of the first unusable one */
	char why[96];       /* and what was wrong with it */
};

struct lists {
	struct facts *facts;
	struct list_result *list; /* the list id of a fact is its index */
	size_t n;
	struct overlay reg;     /* db NULL: none, or it need not be asked */
	struct recent recent;   /* whom the index does not speak for */
	struct indexed indexed; /* facts NULL: no index */
};

/*
 * Load all lists and build the table.  On success the caller hands *out to
 * lists_release().  Fails with ERR_LIST for what is wrong with a list,
 * ERR_USAGE for a setting that names no list or column, ERR_IO, ERR_NOMEM.
 */
int lists_load(struct lists *out, const struct lists_options *options,
    struct err *err);

/*
 * Put o->index (NULL: none) in the place of the index that *l was loaded with,
 * which may be closed afterwards, after a failure too.  Everything else stays;
 * `o` is what lists_load() had but for the index.
 */
int lists_use_index(struct lists *l, const struct lists_options *o,
    struct err *err);

void lists_release(struct lists *l);

#endif
