/*
 * entry_change.h - add and remove entries by hand, and say what became of
 * each.
 *
 * Numbers are operands, or one a line on standard input for `-`.  Nothing is
 * changed unless every one can be read, or --skip-bad was given; then all of
 * it is one transaction.  Standard output has a line for each:
 *
 *	138****5678	new
 */
#ifndef SCRUB_CMD_ENTRY_CHANGE_H
#define SCRUB_CMD_ENTRY_CHANGE_H

#include "cmd.h"
#include "entry_options.h"

struct entry_change {
	const char *command; /* "scrub dnc add" */
	unsigned kind;       /* of register.h */
	bool remove;
	/* What it permits is asked about first: "lift the block of 2 numbers?";
	 * NULL: it only forbids. */
	const char *question, *question_end; /* before and behind the count */
	bool wildcards;  /* 0755* is understood, and asked about */
	bool person_too; /* with --person and numbers, both get one */
	bool link;       /* the first operand is a customer id */
};

/* The run of such a verb. */
int entry_change_run(const struct command *c, int argc, char **argv,
    struct err *err);

#endif
