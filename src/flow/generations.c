#include "flow/generations.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char CURRENT[] = "current", NEXT[] = ".current.new";

enum { NAME_TEXT = 32, IDS_TEXT = 256, TRIES = 4 };

/* ---- names ---- */

static void
name_write(char out[NAME_TEXT], uint64_t id)
{
	snprintf(out, NAME_TEXT, "%08" PRIu64 ".idx", id);
}

/* Exactly as name_write() has it. */
static bool
name_read(uint64_t *id, const char *name)
{
	char again[NAME_TEXT];

	if (name[0] < '0' || name[0] > '9')
		return false;
	*id = strtoull(name, NULL, 10);
	name_write(again, *id);
	return *id > 0 && strcmp(name, again) == 0;
}

char *
generations_path(const struct generations *g, uint64_t id, struct err *err)
{
	char name[NAME_TEXT], *path;

	name_write(name, id);
	if (asprintf(&path, "%s/%s", g->dir, name) >= 0)
		return path;
	err_nomem(err);
	return NULL;
}

static char *
inside(const struct generations *g, const char *name, struct err *err)
{
	char *path;

	if (asprintf(&path, "%s/%s", g->dir, name) >= 0)
		return path;
	err_nomem(err);
	return NULL;
}

/* ---- looking ---- */

static int
id_add(struct generations *g, uint64_t id, struct err *err)
{
	uint64_t *p = reallocarray(g->id, g->n + 1, sizeof(*p));

	if (!p)
		return err_nomem(err);
	g->id = p;
	g->id[g->n++] = id;
	return 0;
}

static int
by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/*
 * Call fn for each name in the folder; one that is not there has none.
 */
static int
folder_walk(struct generations *g,
    int (*fn)(struct generations *, const char *name, struct err *),
    struct err *err)
{
	DIR *d = opendir(g->dir);
	struct dirent *e;
	int ret = 0;

	if (!d)
		return errno == ENOENT ? 0 : err_sys(err, "%s", g->dir);
	errno = 0;
	while (ret == 0 && (e = readdir(d))) {
		ret = fn(g, e->d_name, err);
		errno = 0;
	}
	if (ret == 0 && errno)
		ret = err_sys(err, "%s: cannot read", g->dir);
	closedir(d);
	return ret;
}

static int
name_see(struct generations *g, const char *name, struct err *err)
{
	uint64_t id;

	return name_read(&id, name) ? id_add(g, id, err) : 0;
}

static bool
is_there(const struct generations *g, uint64_t id)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->id[i] == id)
			return true;
	return false;
}

static int
current_read(struct generations *g, struct err *err)
{
	char name[NAME_TEXT], *path = inside(g, CURRENT, err);
	ssize_t n;

	if (!path)
		return -1;
	n = readlink(path, name, sizeof(name) - 1);
	if (n < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		free(path);
		return 0;
	}
	if (n < 0 && errno != EINVAL) { /* EINVAL: it is no link */
		err_sys(err, "%s: cannot read", path);
		free(path);
		return -1;
	}
	if (n > 0)
		name[n] = '\0';
	g->broken = n <= 0 || !name_read(&g->current, name) ||
	    !is_there(g, g->current);
	if (g->broken)
		g->current = 0;
	free(path);
	return 0;
}

static int
look(struct generations *g, const struct home *h, struct err *err)
{
	*g = (struct generations){ 0 };
	if (asprintf(&g->dir, "%s/index", h->dir) < 0) {
		g->dir = NULL;
		return err_nomem(err);
	}
	if (!(g->lock = inside(g, "lock", err)) ||
	    folder_walk(g, name_see, err) < 0 || current_read(g, err) < 0) {
		generations_close(g);
		return -1;
	}
	if (g->n > 1)
		qsort(g->id, g->n, sizeof(*g->id), by_id);
	return 0;
}

/* A refresh may have ended between the two looks, at the files and at the link:
 * what is broken is looked at again. */
int
generations_open(struct generations *g, const struct home *h, struct err *err)
{
	unsigned tries = TRIES;

	if (look(g, h, err) < 0)
		return -1;
	while (g->broken && --tries > 0) {
		generations_close(g);
		if (look(g, h, err) < 0)
			return -1;
	}
	return 0;
}

bool
generations_moved(const struct home *h, uint64_t id)
{
	char path[PATH_MAX], name[NAME_TEXT], was[NAME_TEXT];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/index/%s", h->dir, CURRENT);
	n = readlink(path, name, sizeof(name) - 1);
	if (n < 0)
		return id != 0 || (errno != ENOENT && errno != ENOTDIR);
	name[n] = '\0';
	name_write(was, id);
	return strcmp(name, was) != 0;
}

void
generations_close(struct generations *g)
{
	free(g->dir);
	free(g->lock);
	free(g->id);
	*g = (struct generations){ 0 };
}

int
generations_check(const struct generations *g, struct err *err)
{
	if (g->current)
		return 0;
	if (g->broken) {
		err_set(err, ERR_AUTH, "%s/current: leads to no generation",
		    g->dir);
		return err_hint(err,
		    "'scrub index rollback' takes one that is there; where none is, "
		    "'scrub refresh --force' makes one");
	}
	err_set(err, ERR_LIST, "%s: there is no index", g->dir);
	return err_hint(err, "'scrub refresh' makes it");
}

int
generations_make(const struct generations *g, struct err *err)
{
	if (mkdir(g->dir, 0700) < 0 && errno != EEXIST)
		return err_sys(err, "%s: cannot create", g->dir);
	return 0;
}

uint64_t
generations_next(const struct generations *g)
{
	return g->n ? g->id[g->n - 1] + 1 : 1;
}

/* ---- changing ---- */

static int
folder_sync(const struct generations *g, struct err *err)
{
	int fd, got, ret = 0;

	do
		fd = open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return err_sys(err, "%s: cannot open", g->dir);
	do
		got = fsync(fd);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno != EINVAL)
		ret = err_sys(err, "%s: cannot sync", g->dir);
	close(fd);
	return ret;
}

int
generations_use(struct generations *g, uint64_t id, struct err *err)
{
	char name[NAME_TEXT];
	char *next = inside(g, NEXT, err), *link = inside(g, CURRENT, err);
	int ret = -1;

	if (!next || !link)
		goto out;
	name_write(name, id);
	if (unlink(next) < 0 && errno != ENOENT)
		err_sys(err, "%s: cannot remove", next);
	else if (symlink(name, next) < 0)
		err_sys(err, "%s: cannot create", next);
	else if (rename(next, link) == 0)
		ret = folder_sync(g, err);
	else {
		err_sys(err, "%s: cannot replace", link);
		unlink(next);
	}
	if (ret == 0)
		g->current = id;
out:
	free(next);
	free(link);
	return ret;
}

static int
none_such(const struct generations *g, uint64_t id, struct err *err)
{
	char ids[IDS_TEXT] = "";
	size_t i, n = 0;

	for (i = 0; i < g->n && n + 24 < sizeof(ids); i++)
		n += (size_t)snprintf(ids + n, sizeof(ids) - n, "%s%" PRIu64,
		    i ? ", " : "", g->id[i]);
	if (id)
		err_set(err, ERR_USAGE, "there is no generation %" PRIu64, id);
	else
		err_set(err, ERR_USAGE,
		    "there is no generation before the one in force");
	return g->n ? err_hint(err, "there are %s", ids) :
		      err_hint(err, "'scrub refresh' makes the first one");
}

int
generations_back(const struct generations *g, uint64_t id, uint64_t *out,
    struct err *err)
{
	size_t i;

	for (i = g->n; i-- > 0;) {
		if (id ? g->id[i] == id :
			 !g->current || g->id[i] < g->current) {
			*out = g->id[i];
			return 0;
		}
	}
	return none_such(g, id, err);
}

/* What outfile.h and generations_use() leave behind when they are killed. */
static int
rest_remove(struct generations *g, const char *name, struct err *err)
{
	char *path;
	int ret = 0;

	if (name[0] != '.' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (!(path = inside(g, name, err)))
		return -1;
	if (unlink(path) < 0 && errno != ENOENT)
		ret = err_sys(err, "%s: cannot remove", path);
	free(path);
	return ret;
}

int
generations_prune(struct generations *g, size_t keep, struct err *err)
{
	size_t i, left = 0;
	char *path;

	if (folder_walk(g, rest_remove, err) < 0)
		return -1;
	for (i = 0; i < g->n; i++) {
		if (g->n - i <= keep || g->id[i] == g->current) {
			g->id[left++] = g->id[i];
			continue;
		}
		if (!(path = generations_path(g, g->id[i], err)))
			return -1;
		if (unlink(path) < 0 && errno != ENOENT) {
			err_sys(err, "%s: cannot remove", path);
			free(path);
			return -1;
		}
		free(path);
	}
	g->n = left;
	return 0;
}
