/*
 * fault_refresh.c - whatever fails while a refresh is made, or wherever it is
 * killed: the old generation is in force or the new one, whole, and the next
 * refresh goes on from there and leaves nothing behind.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "fault.h"
#include "flow/generations.h"
#include "flow/refresh.h"
#include "store/facts.h"

#define NOW INT64_C(1790000000)
#define DAY INT64_C(86400)
#define FIRST UINT64_C(14162234567)

static const char *const feeds[] = { "national", "state" };

static const char old_feed[] = "+14162234567\n";
/* One number more, and a line that cannot be used. */
static const char new_feed[] = "+14162234567\n+14162234568\nnobody\n";
static const char state_feed[] = "+14162234569\n";

enum { LISTS = 2, NUMBERS = 3, KEEP = 2 };

static const struct feed_list lists[LISTS] = {
	{ .name = "national",
	    .kind = LIST_LISTED,
	    .layout = FEED_LINES,
	    .feed = (const char **)&feeds[0],
	    .feeds = 1,
	    .limits = { .max_shrink = 10, .max_bad = 50 } },
	{ .name = "state",
	    .kind = LIST_LISTED,
	    .layout = FEED_LINES,
	    .feed = (const char **)&feeds[1],
	    .feeds = 1,
	    .limits = { .max_shrink = 10 } },
};

static struct zone *zone;

/* A helper of ours that must not fail. */
static void
must(int got, const struct err *err)
{
	if (got >= 0)
		return;
	fprintf(stderr, "fault_refresh: %s\n", err->text);
	abort();
}

static int64_t
now(void)
{
	return NOW;
}

static int
home_get(struct home *home, struct err *err)
{
	const struct home_env env = { 0 };

	return home_find(home, "h", &env, err);
}

static int
refresh(struct refresh_report *report, struct err *err)
{
	struct home home = { 0 };
	struct keyring *keys = NULL;
	struct refresh_options o = {
		.home = &home,
		.list = lists,
		.lists = LISTS,
		.keep = KEEP,
		.zone = zone,
		.now = NOW,
		.clock = now,
		.threads = 1,
		.author = "test",
	};
	int ret = -1;

	*report = (struct refresh_report){ 0 };
	if (home_get(&home, err) == 0 &&
	    keyring_open(&keys, home.key, NULL, err) == 0) {
		o.keys = keys;
		ret = refresh_run(&o, report, err);
	}
	keyring_close(keys);
	home_release(&home);
	return ret;
}

/* ---- before and during ---- */

/* A feed written a day before NOW. */
static void
feed_put(const char *path, const char *text)
{
	const struct timespec t[2] = { { NOW - DAY, 0 }, { NOW - DAY, 0 } };

	fault_put(path, text);
	if (utimensat(AT_FDCWD, path, t, 0) < 0)
		abort();
}

static void
prepare_first(void *arg)
{
	struct home home = { 0 };
	struct err err;

	(void)arg;
	if (mkdir("h", 0700) < 0)
		abort();
	must(home_get(&home, &err), &err);
	must(keyring_create(home.key, &err), &err);
	home_release(&home);
	feed_put("national", new_feed);
	feed_put("state", state_feed);
}

static void
prepare_next(void *arg)
{
	struct refresh_report report;
	struct err err;

	prepare_first(arg);
	feed_put("national", old_feed);
	must(refresh(&report, &err), &err);
	refresh_report_release(&report);
	feed_put("national", new_feed);
}

static int
job(void *arg, struct err *err)
{
	struct refresh_report report;
	int ret = refresh(&report, err);

	(void)arg;
	refresh_report_release(&report);
	return ret;
}

/* ---- after ---- */

/* Which of the numbers are listed, as bits; the index is verified first. */
static unsigned
listed(const struct home *home, const struct generations *g)
{
	struct facts_found found = { 0 };
	struct index *ix = NULL;
	struct keyring *keys;
	struct facts *f;
	unsigned bits = 0;
	struct err err;
	char *path;

	must(keyring_open(&keys, home->key, NULL, &err), &err);
	path = generations_path(g, g->current, &err);
	must(path ? 0 : -1, &err);
	must(index_verify(path, keys, 1, NULL, &err), &err);
	must(index_open(&ix, path, keys, &err), &err);
	f = index_facts(ix);
	for (uint64_t i = 0; i < NUMBERS; i++) {
		found.n = 0;
		must(facts_find(f, FIRST + i, facts_home(f, FIRST + i), &found,
			 &err),
		    &err);
		bits |= (found.n > 0) << i;
	}
	facts_found_release(&found);
	index_close(ix);
	keyring_close(keys);
	free(path);
	return bits;
}

/* The same of what is in force; 0: nothing is. */
static unsigned
in_force(void)
{
	struct generations g;
	struct home home = { 0 };
	unsigned bits = 0;
	struct err err;

	must(home_get(&home, &err), &err);
	must(generations_open(&g, &home, &err), &err);
	if (g.broken)
		abort();
	if (g.current)
		bits = listed(&home, &g);
	generations_close(&g);
	home_release(&home);
	return bits;
}

static bool
leftovers(void)
{
	return system("test -z \"$(find h -name '.?*')\"") != 0;
}

/* The next refresh, that nothing disturbs. */
static const char *
goes_on(void)
{
	struct refresh_report report;
	struct err err;
	bool taken;

	must(refresh(&report, &err), &err);
	taken = report.n == LISTS && report.line[1].what == REFRESH_TAKEN;
	refresh_report_release(&report);
	if (in_force() != 7)
		return "the next refresh does not make the new index";
	if (leftovers())
		return "the next refresh leaves something behind";
	must(refresh(&report, &err), &err);
	if (report.changed)
		return "and the one after it finds something new";
	refresh_report_release(&report);
	return taken ? NULL : "the list that stayed was read again";
}

static const char *
check(void *arg, const struct fault_outcome *o)
{
	const unsigned old = arg ? 5 : 0, new = 7;
	unsigned is = in_force();
	const char *wrong;

	if (is != old && is != new)
		return "neither the old nor the new generation";
	if (o->succeeded && is != new)
		return "success, but the old generation is in force";
	if (!o->killed && leftovers())
		return "something was left behind";
	if (!o->killed && !o->succeeded && o->err.code != ERR_IO &&
	    o->err.code != ERR_NOMEM && o->err.code != ERR_LIST)
		return "a failure with another exit status than 1 or 10";
	if (!o->killed && o->n % 8 != 0)
		return NULL; /* a refresh more takes longest */
	wrong = goes_on();
	/* of a first one that failed there is nothing to take over */
	return wrong && !arg && is == 0 && strstr(wrong, "read again") ? NULL :
									 wrong;
}

int
main(void)
{
	static char yes[] = "yes";
	/* the close that may fail is the lock's; fault_index.c has the others */
	static const struct fault_test tests[] = {
		{ .name = "a refresh over the generation before",
		    .prepare = prepare_next,
		    .job = job,
		    .check = check,
		    .arg = yes,
		    .tolerated = "close" },
		{ .name = "the first refresh",
		    .prepare = prepare_first,
		    .job = job,
		    .check = check,
		    .tolerated = "close" },
	};
	size_t n = sizeof(tests) / sizeof(*tests);
	struct err err;

	/* before anything fails: cmd opens it once */
	must(zone_open(&zone, "UTC", &err), &err);
#ifdef __SANITIZE_ADDRESS__
	n = 1; /* a process takes ten times as long */
#endif
	for (size_t i = 0; i < n; i++)
		fault_run(&tests[i]);
	zone_close(zone);
	return fault_done();
}
