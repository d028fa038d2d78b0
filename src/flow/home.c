#include "flow/home.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/outfile.h"
#include "store/keyring.h"

/* Every line of it is a comment: a new home changes nothing by itself. */
static const char CONF[] =
    "# scrub.conf - settings of scrub run; scrub.conf(5) explains them.\n"
    "# A line counts once the mark in front of it is taken away.\n"
    "\n"
    "# Region of numbers without a country code.\n"
    "#region = CN\n"
    "\n"
    "# Time zone of dates without one, and of days, weeks and months.\n"
    "#tz = Asia/Shanghai\n"
    "\n"
    "# Keep only numbers with a valid consent.\n"
    "#require-consent = yes\n"
    "\n"
    "# At most so many calls of a number, whatever the campaign.\n"
    "#cap = 2/24h\n"
    "#cap = 3/7d\n"
    "\n"
    "# Keep only numbers of these types, and of these regions.\n"
    "#types = mobile,fixed\n"
    "#regions = CN\n"
    "\n"
    "# The campaign's column of phone numbers, and of customer ids.\n"
    "#column = phone\n"
    "#person = customer_id\n"
    "\n"
    "# A list as a file; its path is relative to this folder.\n"
    "#listed = national=national.csv\n"
    "\n"
    "# Per cent of a campaign's numbers that may be unreadable.\n"
    "#max-reject = 50\n";

/* ---- where it is ---- */

static bool
is_set(const char *s)
{
	return s && *s;
}

/* A path of the environment that is not absolute is none (XDG says so). */
static int
dir_find(struct home *h, const char *flag, const struct home_env *env,
    struct err *err)
{
	int n;

	if (is_set(flag))
		n = asprintf(&h->dir, "%s", flag);
	else if (is_set(env->scrub_home))
		n = asprintf(&h->dir, "%s", env->scrub_home);
	else if (env->root)
		n = asprintf(&h->dir, "/var/lib/scrub");
	else if (env->xdg_data_home && env->xdg_data_home[0] == '/')
		n = asprintf(&h->dir, "%s/scrub", env->xdg_data_home);
	else if (is_set(env->user_home))
		n = asprintf(&h->dir, "%s/.local/share/scrub", env->user_home);
	else {
		err_set(err, ERR_USAGE, "nothing says where the home is");
		return err_hint(err, "--home DIR, or set SCRUB_HOME");
	}
	if (n < 0) {
		h->dir = NULL;
		return err_nomem(err);
	}
	while (n > 1 && h->dir[n - 1] == '/')
		h->dir[--n] = '\0';
	return 0;
}

static int
inside(char **out, const char *dir, const char *name, struct err *err)
{
	if (asprintf(out, "%s/%s", dir, name) >= 0)
		return 0;
	*out = NULL;
	return err_nomem(err);
}

int
home_find(struct home *h, const char *flag, const struct home_env *env,
    struct err *err)
{
	*h = (struct home){ 0 };
	if (dir_find(h, flag, env, err) < 0 ||
	    inside(&h->key, h->dir, "scrub.key", err) < 0 ||
	    inside(&h->db, h->dir, "register.db", err) < 0 ||
	    inside(&h->conf, h->dir, "scrub.conf", err) < 0 ||
	    inside(&h->lock, h->dir, "lock", err) < 0) {
		home_release(h);
		return -1;
	}
	return 0;
}

void
home_release(struct home *h)
{
	free(h->dir);
	free(h->key);
	free(h->db);
	free(h->conf);
	free(h->lock);
	*h = (struct home){ 0 };
}

/* ---- looking at it ---- */

/* 1: there; 0: not there; -1: cannot be told. */
static int
is_there(const char *path, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		return 1;
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	return err_sys(err, "%s", path);
}

int
home_exists(const struct home *h, struct err *err)
{
	int key = is_there(h->key, err);

	return key ? key : is_there(h->db, err);
}

int
home_check(const struct home *h, struct err *err)
{
	struct stat st;

	if (stat(h->dir, &st) < 0) {
		if (errno != ENOENT)
			return err_sys(err, "%s", h->dir);
		err_set(err, ERR_USAGE, "%s: there is no home", h->dir);
		return err_hint(err, "'scrub init' makes one");
	}
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_USAGE, "%s: is no folder", h->dir);
	if (st.st_uid != geteuid()) {
		err_set(err, ERR_AUTH, "%s: belongs to another user", h->dir);
		return err_hint(err, "run scrub as its owner");
	}
	if (st.st_mode & 077) {
		err_set(err, ERR_AUTH, "%s: others can get at it", h->dir);
		return err_hint(err, "chmod 700 %s", h->dir);
	}
	return 0;
}

/* ---- what is written elsewhere ---- */

/* Is `path` the register, or what SQLite keeps beside it? */
static int
is_register(const struct home *h, const char *path, struct err *err)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	bool same = false;
	char *name;
	size_t i;

	for (i = 0; !same && i < sizeof(ends) / sizeof(*ends); i++) {
		if (asprintf(&name, "%s%s", h->db, ends[i]) < 0)
			return err_nomem(err);
		same = outfile_same(path, name);
		free(name);
	}
	return same;
}

/* Is `path` `name` of the home, or in it: as `is` tells? */
static bool
is_of_home(const struct home *h, const char *path, const char *name,
    bool (*is)(const char *, const char *))
{
	char *own = NULL;
	bool ours = asprintf(&own, "%s/%s", h->dir, name) >= 0 && is(path, own);

	free(own);
	return ours;
}

int
home_guard(const struct home *h, const char *path, struct err *err)
{
	int ours;

	if (!path || strcmp(path, "-") == 0)
		return 0;
	ours = outfile_same(path, h->key) || outfile_same(path, h->conf) ||
	    outfile_same(path, h->lock) ||
	    is_of_home(h, path, "refresh.log", outfile_same) ||
	    is_of_home(h, path, "index", outfile_within);
	if (!ours)
		ours = is_register(h, path, err);
	if (ours <= 0)
		return ours;
	err_set(err, ERR_USAGE, "%s: is a file of the home", path);
	return err_hint(err, "give another name");
}

/* ---- making it ---- */

/* The folder and those above it; 1 when the last was made. */
static int
dir_make(const char *dir, struct err *err)
{
	char *path = strdup(dir), *slash;
	int ret = 0;

	if (!path)
		return err_nomem(err);
	for (slash = path; ret >= 0 && slash;) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(path, 0700) == 0)
			ret = 1;
		else if (errno == EEXIST)
			ret = 0;
		else
			ret = err_sys(err, "%s: cannot create", path);
		if (slash)
			*slash = '/';
	}
	free(path);
	return ret;
}

static int
conf_make(const struct home *h, struct err *err)
{
	struct outfile o;
	int ret = -1;

	if (outfile_open(&o, h->conf, err) < 0)
		return -1;
	if (outfile_write(&o, CONF, sizeof(CONF) - 1, err) == 0 &&
	    outfile_finish(&o, err) == 0)
		ret = outfile_publish(&o, err);
	outfile_discard(&o);
	return ret;
}

static int
key_make(const struct home *h, struct err *err)
{
	int db = is_there(h->db, err);

	if (db < 0)
		return -1;
	if (db) {
		err_set(err, ERR_AUTH, "%s: the key of this register is gone",
		    h->key);
		return err_hint(err,
		    "'scrub key restore' brings it back from a backup");
	}
	return keyring_create(h->key, err);
}

/* Make one file, if it is asked for and missing. */
static int
part_make(const struct home *h, unsigned parts, unsigned part, const char *path,
    int (*make)(const struct home *, struct err *), unsigned *made,
    struct err *err)
{
	int there;

	if (!(parts & part))
		return 0;
	if ((there = is_there(path, err)) != 0)
		return there < 0 ? -1 : 0;
	if (make(h, err) < 0)
		return -1;
	*made |= part;
	return 0;
}

int
home_create(const struct home *h, unsigned parts, const char *command,
    struct lockfile *lock, unsigned *made, struct err *err)
{
	int dir;

	*made = 0;
	if (parts & HOME_DIR) {
		if ((dir = dir_make(h->dir, err)) < 0)
			return -1;
		*made |= dir ? HOME_DIR : 0;
	}
	if (home_check(h, err) < 0 ||
	    lockfile_take(lock, h->lock, command, 0, err) < 0)
		return -1;
	if (part_make(h, parts, HOME_KEY, h->key, key_make, made, err) < 0)
		return -1;
	return part_make(h, parts, HOME_CONF, h->conf, conf_make, made, err);
}
