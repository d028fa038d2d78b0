/*
 * entry_list.h - show what the register holds: entries, and figures about
 * them.  Numbers and customer ids are masked (mask.h) but with --reveal, of
 * which the audit log has a record.
 */
#ifndef SCRUB_CMD_ENTRY_LIST_H
#define SCRUB_CMD_ENTRY_LIST_H

#include "cmd.h"
#include "entry_options.h"

struct entry_list {
	const char *command; /* "scrub dnc list" */
	unsigned kind;       /* of register.h */
	bool expiring; /* only what ends between now and --within, --before */
};

/* One line an entry; for a line's fields see entry_list.c. */
int entry_list_run(const struct command *c, int argc, char **argv,
    struct err *err);

/* Counts of entries by reason, source and age. */
int entry_stats_run(const struct command *c, int argc, char **argv,
    struct err *err);

#endif
