#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow/refresh.h"
#include "store/facts.h"

#define NOW INT64_C(1790000000)
#define DAY INT64_C(86400)

static char folder[] = "/tmp/scrub-refresh.XXXXXX";
static struct home home;
static struct keyring *keys;
static struct zone *zone;
static struct err err;

#define OK(call) cr_assert(zero(int, (call)), "%s", err.text)

static const char *feed_path = "feed";
static struct feed_list list = {
	.name = "national",
	.kind = LIST_LISTED,
	.layout = FEED_LINES,
	.feed = &feed_path,
	.feeds = 1,
	.limits = { .max_shrink = 10, .max_bad = 1, .max_age = 31 * DAY },
};

static void
enter(void)
{
	const struct home_env env = { 0 };

	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
	cr_assert(zero(int, mkdir("h", 0700)));
	OK(home_find(&home, "h", &env, &err));
	OK(keyring_create(home.key, &err));
	OK(keyring_open(&keys, home.key, NULL, &err));
	OK(zone_open(&zone, "UTC", &err));
}

static void
leave(void)
{
	char command[100];

	zone_close(zone);
	keyring_close(keys);
	home_release(&home);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	cr_expect(chdir("/") == 0 && system(command) == 0);
}

TestSuite(refresh, .init = enter, .fini = leave);

static int64_t
now(void)
{
	return NOW;
}

/* A feed written a day before NOW. */
static void
put(const char *text)
{
	const struct timespec t[2] = { { NOW - DAY, 0 }, { NOW - DAY, 0 } };
	FILE *f = fopen(feed_path, "w");

	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
	cr_assert(zero(int, utimensat(AT_FDCWD, feed_path, t, 0)));
}

static int
refresh_at(int64_t at, enum refresh_what *what, bool *changed)
{
	const struct refresh_options o = {
		.home = &home,
		.keys = keys,
		.list = &list,
		.lists = 1,
		.keep = 1,
		.zone = zone,
		.now = at,
		.clock = now,
		.threads = 2,
		.author = "test",
	};
	struct refresh_report report;
	int ret = refresh_run(&o, &report, &err);

	*changed = report.changed;
	if (ret == 0)
		*what = report.line[0].what;
	refresh_report_release(&report);
	return ret;
}

static int
refresh(bool *changed)
{
	enum refresh_what what;

	return refresh_at(NOW, &what, changed);
}

static int
open_at(int64_t as_of, const char *expected, struct index **ix)
{
	struct feed_list named = { .name = expected };

	return refresh_open_index(&home, keys, &named, expected != NULL, as_of,
	    ix, &err);
}

static bool
is_listed(struct index *ix, uint64_t key)
{
	struct facts *f = index_facts(ix);
	struct facts_found found = { 0 };
	int got = facts_find(f, key, facts_home(f, key), &found, &err);

	cr_assert(ge(int, got, 0), "%s", err.text);
	facts_found_release(&found);
	return got > 0;
}

Test(refresh, a_run_without_an_index_is_refused)
{
	struct index *ix;

	cr_expect(lt(int, open_at(NOW, NULL, &ix), 0));
	cr_expect(eq(int, err.code, ERR_LIST));
	cr_expect(eq(ptr, ix, NULL));
}

Test(refresh, freshness_is_judged_at_the_planned_time)
{
	int64_t last = NOW - DAY + 31 * DAY;
	struct index *ix;
	bool changed;

	put("+14162234567\n");
	OK(refresh(&changed));
	OK(open_at(last, "national", &ix));
	cr_expect(is_listed(ix, 14162234567));
	cr_expect(not(is_listed(ix, 14162234568)));
	index_close(ix);
	cr_expect(lt(int, open_at(last + 1, "national", &ix), 0));
	cr_expect(eq(int, err.code, ERR_LIST));
	cr_expect(strstr(err.text, "list national: stale") != NULL, "%s",
	    err.text);
	cr_expect(strstr(err.hint, "scrub refresh --list national") != NULL,
	    "%s", err.hint);
}

Test(refresh, a_list_that_is_expected_must_be_there)
{
	struct index *ix;
	bool changed;

	put("+14162234567\n");
	OK(refresh(&changed));
	cr_expect(lt(int, open_at(NOW, "state", &ix), 0));
	cr_expect(eq(int, err.code, ERR_LIST));
}

Test(refresh, a_reader_keeps_its_generation_across_a_swap)
{
	struct index *ix, *next;
	bool changed;

	put("+14162234567\n");
	OK(refresh(&changed));
	OK(open_at(NOW, NULL, &ix));
	put("+14162234568\n");
	OK(refresh(&changed));
	cr_expect(changed);
	/* its file is gone (keep 1), and it reads on */
	cr_expect(is_listed(ix, 14162234567));
	cr_expect(not(is_listed(ix, 14162234568)));
	OK(open_at(NOW, NULL, &next));
	cr_expect(not(is_listed(next, 14162234567)));
	cr_expect(is_listed(next, 14162234568));
	index_close(ix);
	index_close(next);
}

Test(refresh, nothing_new_makes_no_generation)
{
	bool changed;

	put("+14162234567\n");
	OK(refresh(&changed));
	cr_expect(changed);
	OK(refresh(&changed));
	cr_expect(not(changed));
}

Test(refresh, another_key_opens_nothing)
{
	struct keyring *other = NULL;
	struct index *ix;
	bool changed;

	put("+14162234567\n");
	OK(refresh(&changed));
	cr_assert(zero(int, mkdir("o", 0700)));
	OK(keyring_create("o/key", &err));
	OK(keyring_open(&other, "o/key", NULL, &err));
	cr_expect(lt(int,
	    refresh_open_index(&home, other, NULL, 0, NOW, &ix, &err), 0));
	cr_expect(eq(int, err.code, ERR_AUTH));
	keyring_close(other);
}

/* What was "now" when it was read would be a time to come. */
Test(refresh, what_was_read_for_a_later_moment_is_read_again)
{
	enum refresh_what what;
	struct index *ix;
	bool changed;

	put("+14162234567\n");
	OK(refresh_at(NOW + DAY, &what, &changed));
	cr_expect(eq(int, what, REFRESH_READ));
	OK(refresh_at(NOW + 2 * DAY, &what, &changed));
	cr_expect(eq(int, what, REFRESH_TAKEN));
	cr_expect(not(changed));
	OK(refresh_at(NOW + DAY - 1, &what, &changed));
	cr_expect(eq(int, what, REFRESH_READ));
	cr_expect(changed);
	OK(open_at(NOW + DAY, "national", &ix));
	cr_expect(eq(i64, index_about(ix)->created, NOW + DAY - 1));
	index_close(ix);
}

/* Of calls those that are `keep` old, to the second, and younger. */
Test(refresh, an_index_says_since_when_it_has_calls)
{
	static const char *const fields = "number,called_at\n";
	struct feed_list national = list;
	enum refresh_what what;
	struct index *ix;
	bool changed;
	char text[200], old[CLOCK_TEXT_MAX], edge[CLOCK_TEXT_MAX];

	list.kind = LIST_CALLS;
	list.layout = FEED_CSV;
	list.keep = 7 * DAY;
	clock_text(edge, NOW - 7 * DAY);
	clock_text(old, NOW - 7 * DAY - 1);
	snprintf(text, sizeof(text),
	    "%s+14162234567,%s\n+14162234568,%s\n+14162234569,soon\n", fields,
	    edge, old);
	put(text);
	list.limits.max_bad = 50;
	OK(refresh_at(NOW, &what, &changed));
	OK(open_at(NOW, "national", &ix));
	cr_expect(is_listed(ix, 14162234567));
	cr_expect(not(is_listed(ix, 14162234568)));
	cr_expect(is_listed(ix, 14162234569));
	cr_expect(eq(i64, index_about(ix)->list[0].calls_since, NOW - 7 * DAY));
	cr_expect(eq(u64, index_about(ix)->list[0].too_old, 1));
	cr_expect(eq(u64, index_about(ix)->list[0].facts, 2));
	cr_expect(eq(u64, index_about(ix)->list[0].lines, 3));
	index_close(ix);
	/* taken over, it has what it had; of more it is read */
	OK(refresh_at(NOW + DAY, &what, &changed));
	cr_expect(eq(int, what, REFRESH_TAKEN));
	list.keep = 0;
	OK(refresh_at(NOW + DAY, &what, &changed));
	cr_expect(eq(int, what, REFRESH_READ));
	OK(open_at(NOW + DAY, "national", &ix));
	cr_expect(is_listed(ix, 14162234568));
	cr_expect(eq(i64, index_about(ix)->list[0].calls_since, -1));
	index_close(ix);
	list = national;
}
