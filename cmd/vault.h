/*
 * vault.h - the home, its key and who works on it, as the options of a command
 * say.
 *
 * Every command that works on a home has VAULT_OPTIONS in its table, and a
 * context that begins with a struct vault_options:
 *
 *	struct key_options {
 *		struct vault_options vault; // first
 *		bool dry_run;
 *	};
 *	static const struct option_spec specs[] = {
 *		{ "dry-run", ... },
 *		VAULT_OPTIONS("Home"),
 *		VERB_HELP("Home"),
 *	};
 *
 *	struct vault v = { 0 };
 *	int ret = -1;
 *
 *	if (vault_open(&v, &o.vault, "scrub dnc add", err) == 0)
 *		ret = ...;
 *	vault_close(&v);
 */
#ifndef SCRUB_CMD_VAULT_H
#define SCRUB_CMD_VAULT_H

#include "base/err.h"
#include "base/lockfile.h"
#include "flow/home.h"
#include "option.h"
#include "passphrase.h"
#include "store/keyring.h"

struct vault_options {
	const char *home;
	struct passphrase_from phrase;
	const char *by; /* for author_name() */
};

/* Zero it to begin. */
struct vault {
	struct home home;
	struct keyring *keys;
	struct lockfile lock;
};

/* Where the home is; it need not be there.  Sets v->home alone. */
int vault_find(struct vault *v, const struct vault_options *o, struct err *err);

/*
 * Find the home, check it, and open its key, asking for the passphrase where
 * there is one.  `writer` is what the command is called; it then takes the
 * writer's lock first, for which it waits a second (ERR_LOCKED).  NULL: it
 * only reads, and holds no lock.
 */
int vault_open(struct vault *v, const struct vault_options *o,
    const char *writer, struct err *err);

/* The last step of vault_open() alone: the key of a home that was found. */
int vault_unlock(struct vault *v, const struct vault_options *o,
    struct err *err);

/* Lets go of everything; may be called twice, and after a failure. */
void vault_close(struct vault *v);

/* --home alone, and all three. */
#define VAULT_HOME(group) \
	{ \
		"home", 0, "DIR", NULL, OPTION_DIR | OPTION_ONLY_CLI, (group), \
		    "the home; else $SCRUB_HOME, else a folder " \
		    "of its own among the user's data", \
		    vault_take_home \
	}
#define VAULT_OPTIONS(group) \
	VAULT_HOME(group), \
	    { "passphrase-file", 0, "FILE", NULL, \
		    OPTION_FILE | OPTION_ONLY_CLI, (group), \
		    "read the key's passphrase from the first line of " \
		    "FILE", \
		    vault_take_file }, \
	{ \
		"passphrase-fd", 0, "N", NULL, OPTION_ONLY_CLI, (group), \
		    "read it from descriptor N", vault_take_fd \
	}

/* Of commands that the register remembers. */
#define VAULT_BY(group) \
	{ \
		"by", 0, "NAME", NULL, OPTION_ONLY_CLI, (group), \
		    "who does this (your login name)", vault_take_by \
	}

int vault_take_home(void *ctx, const char *value, struct err *err);
int vault_take_file(void *ctx, const char *value, struct err *err);
int vault_take_fd(void *ctx, const char *value, struct err *err);
int vault_take_by(void *ctx, const char *value, struct err *err);

#endif
