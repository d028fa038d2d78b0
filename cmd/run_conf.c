/*
 * run_conf.c - which scrub.conf a run reads, and taking what it says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "refresh_conf.h"
#include "run_options.h"
#include "text/conf.h"

static const char *const sections[] = { "", "lists", "policy", "consent",
	"numbers", "reading", "maps", "writing", "guards", "run" };

struct conf_context {
	struct run_options *r;
	const char *path;
};

static int
conf_take(void *arg, const char *section, const char *key, const char *value,
    int line, struct err *err)
{
	struct conf_context *c = arg;
	size_t i;

	if (refresh_conf_section(section))
		return 0; /* for scrub refresh */
	for (i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		if (strcmp(section, sections[i]) == 0)
			break;
	if (i == sizeof(sections) / sizeof(*sections)) {
		err_set(err, ERR_USAGE,
		    "%s: line %d: there is no section "
		    "[%s]",
		    c->path, line, section);
		return err_hint(err,
		    "sections are lists, policy, consent, "
		    "numbers, reading, maps, writing, guards, run");
	}
	if (key &&
	    option_from_conf(&run_option_table, key, value, c->r, err) < 0)
		return err_in(err, "%s: line %d", c->path, line);
	return 0;
}

static int
conf_load(struct run_options *r, const char *file, struct err *err)
{
	struct conf_context c = { r, file };
	const char *slash = strrchr(file, '/');
	int ret;

	r->conf_dir = slash ?
	    run_options_keep(r,
		strndup(file, slash == file ? 1 : (size_t)(slash - file)),
		err) :
	    ".";
	if (!r->conf_dir)
		return -1;
	r->o.conf = run_options_keep(r, strdup(file), err);
	if (!r->o.conf)
		return -1;
	ret = conf_read(file, conf_take, &c, err);
	r->conf_dir = NULL;
	if (ret < 0 && err->code == ERR_IO)
		err->code = ERR_USAGE;
	return ret;
}

static char *
conf_xdg(struct run_options *r, struct err *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *found = NULL;

	if (xdg && *xdg) {
		if (asprintf(&found, "%s/scrub/scrub.conf", xdg) < 0)
			found = NULL;
	} else if (asprintf(&found, "%s/.config/scrub/scrub.conf",
		       home ? home : "") < 0) {
		found = NULL;
	}
	return run_options_keep(r, found, err);
}

/* Even as a link that leads nowhere: then reading it fails, as it should. */
static bool
is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* The one that was named must be there; the usual places may be empty. */
int
run_conf_read(struct run_options *r, const char *named, const char *home,
    struct err *err)
{
	const char *env = getenv("SCRUB_CONF");
	char *xdg;

	if (named)
		return conf_load(r, named, err);
	if (env && *env) {
		if (conf_load(r, env, err) < 0)
			return err_in(err, "$SCRUB_CONF");
		return 0;
	}
	if (is_there("scrub.conf"))
		return conf_load(r, "scrub.conf", err);
	if (home && is_there(home))
		return conf_load(r, home, err);
	if (!(xdg = conf_xdg(r, err)))
		return -1;
	return is_there(xdg) ? conf_load(r, xdg, err) : 0;
}
