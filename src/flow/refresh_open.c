/*
 * refresh_open.c - the index in force, for runs; and going back to one before.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lockfile.h"
#include "flow/generations.h"
#include "flow/refresh_impl.h"

enum { TRIES = 4 };

int64_t
refresh_stale_at(const struct index_list *l)
{
	if (l->max_age < 0 || l->as_of < 0 || l->in_register)
		return CLOCK_NEVER;
	return l->as_of + l->max_age;
}

struct index_list
refresh_stricter(const struct index_list *l, const struct feed_list *conf)
{
	struct index_list both = *l;
	int64_t max_age = conf->limits.max_age;

	if (max_age && (both.max_age < 0 || max_age < both.max_age))
		both.max_age = max_age;
	return both;
}

int
refresh_stale_hint(const struct index_list *l, struct err *err)
{
	return err_hint(err, "%s%s%sthen: scrub refresh --list %s",
	    *l->owner ? "ask " : "fetch a new one, ", l->owner,
	    *l->owner ? " for a new one, " : "", l->name);
}

static int
fresh_check(const struct index_list *l, int64_t as_of, struct err *err)
{
	char since[CLOCK_TEXT_MAX], age[FEED_AGE_TEXT], limit[FEED_AGE_TEXT];

	if (as_of <= refresh_stale_at(l))
		return 0;
	clock_text(since, l->as_of);
	err_set(err, ERR_LIST,
	    "list %s: stale: it is of %s, %s before the planned time, over "
	    "max-age (%s)",
	    l->name, since, feed_age_text(age, as_of - l->as_of, l->max_age),
	    feed_age_text(limit, l->max_age, l->max_age));
	return refresh_stale_hint(l, err);
}

/* It is there, and no older than scrub.conf allows by now. */
static int
expected_check(const struct index_about *a, const struct feed_list *expected,
    int64_t as_of, struct err *err)
{
	const struct index_list *l = index_list_find(a, expected->name, false);
	struct index_list now;

	if (l) {
		now = refresh_stricter(l, expected);
		return fresh_check(&now, as_of, err);
	}
	err_set(err, ERR_LIST,
	    "list %s: missing: generation %" PRIu64 " of the index (%zu lists) "
	    "does not have it",
	    expected->name, a->generation, a->lists);
	return err_hint(err, "scrub refresh");
}

int
refresh_fresh(const struct index *ix, int64_t as_of, struct err *err)
{
	const struct index_about *a = index_about(ix);
	size_t i;

	for (i = 0; i < a->lists; i++)
		if (fresh_check(&a->list[i], as_of, err) < 0)
			return -1;
	return 0;
}

static int
lists_check(const struct index *ix, const struct feed_list *expected, size_t n,
    int64_t as_of, struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (expected_check(index_about(ix), &expected[i], as_of, err) <
		    0)
			return -1;
	return refresh_fresh(ix, as_of, err);
}

/* An older generation under the name of this one is as bad as an altered one. */
static int
generation_check(const struct index *ix, const char *path, uint64_t id,
    struct err *err)
{
	uint64_t has = index_about(ix)->generation;

	if (has == id)
		return 0;
	err_set(err, ERR_AUTH, "%s: it holds generation %" PRIu64, path, has);
	return err_hint(err, "'scrub refresh --force' builds the index anew");
}

/* *id: which one it was, after a failure too; 0 when there is none. */
static int
current_open(const struct home *home, const struct keyring *keys, uint64_t *id,
    struct index **out, struct err *err)
{
	struct generations g;
	char *path = NULL;
	int ret = -1;

	*id = 0;
	if (generations_open(&g, home, err) < 0)
		return -1;
	*id = g.current;
	if (generations_check(&g, err) == 0 &&
	    (path = generations_path(&g, g.current, err)) &&
	    index_open(out, path, keys, err) == 0)
		ret = generation_check(*out, path, g.current, err);
	free(path);
	generations_close(&g);
	return ret;
}

int
refresh_open_index(const struct home *home, const struct keyring *keys,
    const struct feed_list *expected, size_t n, int64_t as_of,
    struct index **out, struct err *err)
{
	unsigned tries = TRIES;
	uint64_t id;
	int ret;

	*out = NULL;
	/* a refresh may put the next one in force, and remove this one, between
	 * our reading the link and following it */
	do {
		ret = current_open(home, keys, &id, out, err);
	} while (ret < 0 && id && !*out && generations_moved(home, id) &&
	    --tries > 0);
	if (ret == 0)
		ret = lists_check(*out, expected, n, as_of, err);
	if (ret < 0) {
		index_close(*out);
		*out = NULL;
	}
	return ret;
}

int
refresh_rollback(const struct refresh_options *o, uint64_t id, uint64_t *was,
    uint64_t *now, struct err *err)
{
	struct lockfile lock = { 0 };
	struct generations g;
	char *path = NULL;
	int ret = -1;

	if (generations_open(&g, o->home, err) < 0)
		return -1;
	*was = g.current;
	if (generations_back(&g, id, now, err) == 0 &&
	    lockfile_take(&lock, g.lock, "scrub index rollback", 0, err) == 0 &&
	    (path = generations_path(&g, *now, err)) &&
	    index_verify(path, o->keys, o->threads, NULL, err) == 0 &&
	    generations_use(&g, *now, err) == 0)
		ret = refresh_log_rollback(o, *was, *now, err);
	lockfile_release(&lock);
	free(path);
	generations_close(&g);
	return ret;
}
