/*
 * run_options.h - the options of `scrub run`, from scrub.conf and the command
 * line, into struct scrub_options.
 */
#ifndef SCRUB_CMD_RUN_OPTIONS_H
#define SCRUB_CMD_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/scrub.h"
#include "option.h"
#include "terminal.h"

/* A growing array of strings, owned. */
struct strings {
	char **s;
	size_t n;
};

struct run_options {
	struct scrub_options o; /* complete after run_options_finish() */

	bool json, quiet, help;
	enum terminal_when colour, progress;

	/* as given; finish makes of them what o points to */
	struct list_spec *spec;
	struct list_setting *map, *format;
	struct list_header *header;
	struct strings column;
	char *as_of, *tz;
	bool consent_said; /* --require-consent or its opposite was given */

	/* while options are taken */
	const char
	    *conf_dir; /* of the scrub.conf at hand; NULL: command line */
	unsigned char replaced; /* lists of columns etc. begun anew by the
	                           command line: enum in run_options.c */
	struct strings kept;    /* everything the above points to */
};

extern const struct option_table run_option_table;

/*
 * Read scrub.conf (--conf, else $SCRUB_CONF, else ./scrub.conf, else the XDG
 * place), then argv.  *first is where operands begin.  ERR_USAGE.
 */
int run_options_read(struct run_options *r, int argc, char **argv, int *first,
    struct err *err);

/* Settle what depends on several options: time zone, time, consent. */
int run_options_finish(struct run_options *r, char **input, size_t inputs,
    struct err *err);

void run_options_release(struct run_options *r);

/*
 * Between the two files: own the string `s` (from malloc; NULL fails) until
 * release; and read scrub.conf, `named` being --conf's value or NULL.
 */
char *run_options_keep(struct run_options *r, char *s, struct err *err);
int run_conf_read(struct run_options *r, const char *named, struct err *err);

#endif
