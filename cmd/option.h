/*
 * option.h - one table of options feeds the parser, scrub.conf, --help, the man
 * page and the completions.
 */
#ifndef SCRUB_CMD_OPTION_H
#define SCRUB_CMD_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

enum option_flags {
	OPTION_REPEAT = 1, /* may be given more than once */
	OPTION_FILE = 2,   /* its value is a path (the shell completes it) */
	OPTION_NAMED = 4,  /* NAME=FILE: the path is behind the = */
	OPTION_DIR = 8,
	OPTION_ONLY_CLI = 16, /* has no place in scrub.conf */
};

struct option_spec {
	const char *name;   /* --name, and the key in scrub.conf */
	char letter;        /* -x, or 0 */
	const char *arg;    /* what its value is called; NULL: it has none */
	const char *values; /* the values there are: "any|all"; or NULL */
	unsigned flags;
	const char *group; /* heading in --help */
	const char *about; /* one sentence, lower case */
	/* Take it.  `value` is "" for an option without one. */
	int (*take)(void *ctx, const char *value, struct err *err);
};

struct option_table {
	const struct option_spec *option;
	size_t n;
};

/* The table of an array of specs. */
#define OPTION_TABLE(specs) \
	{ \
		(specs), sizeof(specs) / sizeof(*(specs)) \
	}

/*
 * Parse argv[1..argc) with getopt_long; options and operands may be mixed, and
 * `--` ends options.  Operands are moved to the front of argv + *first.
 * `before` is called for each option instead of take when it is not NULL and
 * returns 1 to have it skipped.  Fails with ERR_USAGE.
 */
int option_parse(const struct option_table *t, int argc, char **argv, void *ctx,
    int *first, struct err *err);

/* The value of the last --name in argv, without taking anything; NULL. */
const char *option_peek(int argc, char **argv, const char *name);

/* Take one `key = value` of scrub.conf.  ERR_USAGE for what there is not. */
int option_from_conf(const struct option_table *t, const char *key,
    const char *value, void *ctx, struct err *err);

/* The OPTIONS part of --help. */
void option_help(FILE *out, const struct option_table *t);

/* Shared by all tables: yes, no, true, false, on, off, 1, 0.  -1: neither. */
int option_bool(const char *value);

#endif
