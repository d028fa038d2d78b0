/*
 * entry_file.h - import entries or calls from a file, and export entries.
 */
#ifndef SCRUB_CMD_ENTRY_FILE_H
#define SCRUB_CMD_ENTRY_FILE_H

#include "cmd.h"
#include "entry_options.h"
#include "flow/lists.h"

struct entry_file {
	const char *command; /* "scrub dnc import" */
	enum list_kind kind;
	/* What it permits is asked about first; NULL: it only forbids. */
	const char *question;
};

/* The runs of such verbs. */
int entry_import_run(const struct command *c, int argc, char **argv,
    struct err *err);
int entry_export_run(const struct command *c, int argc, char **argv,
    struct err *err);

#endif
