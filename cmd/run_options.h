/*
 * run_options.h - the options of `scrub run`, and of the commands that judge as
 * a run does, from scrub.conf and the command line, into struct scrub_options.
 *
 *	struct run_options r;
 *
 *	if (run_options_read(&r, &run_option_table, argc, argv, &first, err) ==
 *	        0 &&
 *	    run_options_finish(&r, argv + first, argc - first, err) == 0)
 *		ret = scrub_run(&r.o, ...);
 *	run_options_release(&r);
 */
#ifndef SCRUB_CMD_RUN_OPTIONS_H
#define SCRUB_CMD_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/scrub.h"
#include "option.h"
#include "refresh_conf.h"
#include "terminal.h"
#include "vault.h"

/* A growing array of strings, owned. */
struct strings {
	char **s;
	size_t n;
};

struct run_options {
	struct vault_options vault; /* first: vault.h */
	struct scrub_options o;     /* complete after run_options_finish() */

	bool json, quiet, help;
	bool reveal; /* check, why */
	bool no_register, reserve;
	const char *conf_named; /* --conf */
	char *about_person;     /* why: --person ID */

	/* The home, where there is one; opened when its register is in force:
	 * o.lists.db is its snapshot; with `reserve` its lock is held from
	 * before that. */
	struct vault home;
	struct refresh_conf feeds; /* the lists of the home */
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
extern const struct option_table check_option_table;
extern const struct option_table why_option_table;

/*
 * Read scrub.conf (--conf, else $SCRUB_CONF, else ./scrub.conf, else that of
 * the home, else the XDG place), which is scrub run's whatever the command,
 * then argv by table `t`.  *first is where operands begin.  ERR_USAGE.
 */
int run_options_read(struct run_options *r, const struct option_table *t,
    int argc, char **argv, int *first, struct err *err);

/*
 * Open the register, and settle what depends on several options: time zone,
 * time, consent.  A home that is named (--home, $SCRUB_HOME) must be there;
 * that in the usual place is used when it is.
 */
int run_options_settle(struct run_options *r, struct err *err);

/* The same for a run, which has inputs. */
int run_options_finish(struct run_options *r, char **input, size_t inputs,
    struct err *err);

/*
 * Is consent required?  It is when options say so or, where they say nothing,
 * when there are consents: of the register as of its handle's moment.
 */
bool run_options_consent(const struct run_options *r);

/*
 * Open the sealed index: where the settings name lists that are refreshed, or
 * there is one; else, and without a register, *out is NULL.  Every list that is
 * named must be in it, and none may be too old at `as_of`.
 */
int run_options_index(const struct run_options *r, int64_t as_of,
    struct index **out, struct err *err);

void run_options_release(struct run_options *r);

/*
 * Between these files: own the string `s` (from malloc; NULL fails) until
 * release; and read scrub.conf, `named` being --conf's value or NULL, `home` the
 * path of the home's or NULL.
 */
char *run_options_keep(struct run_options *r, char *s, struct err *err);
int run_conf_read(struct run_options *r, const char *named, const char *home,
    struct err *err);

#endif
