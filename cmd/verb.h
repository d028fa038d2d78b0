/*
 * verb.h - commands that are several: `scrub key rotate`.
 *
 * A verb is a struct command of its own, with options and a page of --help of
 * its own.  It stands in the `verbs` of its command, which then has neither
 * options nor run; main, help and the completions do the rest.
 *
 *	static const struct option_spec rotate_specs[] = {
 *		{ "dry-run", 'n', NULL, NULL, 0, "Options", "...", take_dry },
 *		VERB_HELP("Options"),
 *	};
 *	static const struct command rotate = {
 *		.name = "rotate",
 *		.usage = "scrub key rotate [OPTION]...",
 *		.about = "replace the key by a new one",
 *		.options = &rotate_table,
 *		.run = rotate_run, // argv[0] is "rotate"
 *	};
 *	static const struct command *const verbs[] = { &show, &rotate };
 *
 *	const struct command command_key = {
 *		.name = "key",
 *		.usage = "scrub key VERB [OPTION]...",
 *		.about = "show, replace and protect the key of a home",
 *		.verbs = verbs,
 *		.nverbs = sizeof(verbs) / sizeof(*verbs),
 *	};
 */
#ifndef SCRUB_CMD_VERB_H
#define SCRUB_CMD_VERB_H

#include "cmd.h"

/*
 * Run a command, or the verb that argv[1] names.  Where the options have
 * VERB_HELP, --help is answered here, before run.  ERR_USAGE without a verb.
 */
int verb_run(const struct command *c, int argc, char **argv, struct err *err);

/* The verb of this name; NULL. */
const struct command *verb_find(const struct command *c, const char *name);

/* The verbs and what they do, for --help. */
void verb_list(FILE *out, const struct command *c);

/* The last row of a table of options. */
#define VERB_HELP(group) \
	{ \
		"help", 'h', NULL, NULL, OPTION_ONLY_CLI, (group), \
		    "show this", verb_take_help \
	}

/* Reached only by what looks like --help and is not: --hel, -nh. */
int verb_take_help(void *ctx, const char *value, struct err *err);

#endif
