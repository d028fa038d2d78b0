/*
 * cmd.h - the subcommands, and what they share.  Only cmd/ prints or exits.
 */
#ifndef SCRUB_CMD_CMD_H
#define SCRUB_CMD_CMD_H

#include <stdio.h>

#include "base/err.h"
#include "option.h"

#define SCRUB_VERSION "0.1.0"

/* The table of scrub(1); a test compares them. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NO = 3,
	EXIT_INPUT = 4,
	EXIT_LIST = 10,
	EXIT_LOCKED = 11,
	EXIT_KEY = 12,
};

struct command {
	const char *name;
	const char *usage; /* "scrub run [OPTION]... FILE..." */
	const char *about;
	const struct option_table *options;
	/* `c` is the command itself.  Returns an exit status, or -1 with *err
	 * filled in. */
	int (*run)(const struct command *c, int argc, char **argv,
	    struct err *err);
	const void *what; /* for a `run` that several share, which says what */
	void (*help)(FILE *out); /* what --help says after the options */
	/* verb.h: of a command that is several, instead of options and run */
	const struct command *const *verbs;
	size_t nverbs;
};

extern const struct command *const commands[];
extern const size_t ncommands;

extern const struct command command_run;
extern const struct command command_number;
extern const struct command command_check;
extern const struct command command_why;
extern const struct command command_audit;
extern const struct command command_doctor;
extern const struct command command_backup;
extern const struct command command_restore;
extern const struct command command_init;
extern const struct command command_key;
extern const struct command command_dnc;
extern const struct command command_consent;
extern const struct command command_allow;
extern const struct command command_person;
extern const struct command command_calls;
extern const struct command command_refresh;
extern const struct command command_index;
extern const struct command command_completion;
extern const struct command command_help;

/* The whole --help of a command. */
void command_usage(FILE *out, const struct command *c);

const struct command *command_find(const char *name);

/* Print an error and its hint.  Of what a command fails with, main does it. */
void command_tell(const struct err *err);

#endif
