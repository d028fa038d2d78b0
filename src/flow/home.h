/*
 * home.h - the folder in which scrub keeps what it knows.
 *
 *	scrub.key    the key (keyring.h)
 *	register.db  facts, sealed
 *	scrub.conf   settings
 *	lock         held by whoever writes (lockfile.h)
 *
 * The folder is 0700, everything in it 0600, and all of it belongs to the user
 * who runs scrub; anything else is refused.
 */
#ifndef SCRUB_FLOW_HOME_H
#define SCRUB_FLOW_HOME_H

#include <stdbool.h>

#include "base/err.h"
#include "base/lockfile.h"

/* Paths, owned; zeroed: none. */
struct home {
	char *dir;
	char *key;
	char *db; /* the register */
	char *conf;
	char *lock;
};

/* What of the environment says where a home is; NULL or "": not set. */
struct home_env {
	const char *scrub_home;    /* $SCRUB_HOME */
	const char *xdg_data_home; /* $XDG_DATA_HOME */
	const char *user_home;     /* $HOME */
	bool root;                 /* effective user 0 */
};

/*
 * Where the home is, there or not: `flag` (--home, or NULL), else $SCRUB_HOME,
 * else /var/lib/scrub for root, else $XDG_DATA_HOME/scrub, else
 * $HOME/.local/share/scrub.  ERR_USAGE when nothing says where.
 */
int home_find(struct home *h, const char *flag, const struct home_env *env,
    struct err *err);
void home_release(struct home *h);

/*
 * 1: there is a home; 0: nothing that belongs to one is there; -1 when that
 * cannot be told.  Half a home (a key without a register, say) is a home: what
 * is missing is found when it is opened.
 */
int home_exists(const struct home *h, struct err *err);

/*
 * See that there is a home and that nobody else can look into it.  ERR_USAGE
 * when there is none, ERR_AUTH for wrong permissions; with a hint each.
 */
int home_check(const struct home *h, struct err *err);

/*
 * See that writing `path` (NULL, "-": nothing) would not write over a file of
 * the home, by whatever name, be it there or not.  ERR_USAGE.  Whoever writes a
 * file that somebody named asks this first.
 */
int home_guard(const struct home *h, const char *path, struct err *err);

enum home_part {
	HOME_DIR = 1, /* and the folders above it */
	HOME_KEY = 2,
	HOME_CONF = 4,
	HOME_ALL = 7, /* the register is register_create()'s */
};

/*
 * Make what is missing of these parts; what is there is left as it is.  `made`
 * says what was missing.  Takes the lock first (as `command`), and holds it
 * from then on: the caller releases it, after a failure too.
 *
 * Fails as home_check(); with ERR_LOCKED; and with ERR_AUTH rather than make a
 * key beside a register, which no new key opens.  What was made stays, and a
 * second call goes on from there.
 */
int home_create(const struct home *h, unsigned parts, const char *command,
    struct lockfile *lock, unsigned *made, struct err *err);

#endif
