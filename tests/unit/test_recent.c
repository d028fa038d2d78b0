#include "flow/recent.h"
#include "flow/refresh.h"
#include "test_register.h"

/*
 * When an index may speak for the register, and what it remembers of how it was
 * made.  That the facts are the right ones is test_overlay.c's.
 */

static struct home home;
static struct policy policy;
static struct overlay overlay;
static struct index *ix;
static struct recent recent;

static int64_t
now(void)
{
	return NOW;
}

static void
begin(void)
{
	const struct home_env env = { 0 };

	setup();
	OK(home_find(&home, dir, &env, &err));
	free(home.db);
	home.db = strdup(path);
	policy = (struct policy){ .as_of = NOW };
	OK(zone_open(&policy.zone, "UTC", &err));
	policy_prepare(&policy);
	overlay = (struct overlay){ .policy = &policy };
}

static void
end(void)
{
	recent_release(&recent);
	index_close(ix);
	home_release(&home);
	zone_close(policy.zone);
	teardown();
}

TestSuite(recent, .init = begin, .fini = end);

static void
refresh(void)
{
	const struct refresh_options o = { .home = &home,
		.keys = keys,
		.keep = 1,
		.zone = policy.zone,
		.now = NOW,
		.clock = now,
		.threads = 2,
		.author = "amy" };
	struct refresh_report report;

	OK(refresh_run(&o, &report, &err));
	refresh_report_release(&report);
	index_close(ix);
	OK(refresh_open_index(&home, keys, NULL, 0, NOW, &ix, &err));
}

static bool
usable(int64_t as_of)
{
	recent_release(&recent);
	reopen(REGISTER_READ);
	overlay.db = db;
	policy.as_of = as_of;
	policy_prepare(&policy);
	OK(recent_look(&recent, &overlay, ix, &err));
	return recent.usable;
}

static void
add_call(int64_t at)
{
	const struct register_origin origin = { .author = SPAN("amy") };
	const struct register_call call = { .subject = { .key = NUMBER },
		.at = at };
	struct register_import_result result;
	struct register_import *im;

	reopen(REGISTER_WRITE);
	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "calls.import", &origin, NULL, NULL,
	    &err));
	OK(register_import_call(im, 1, &call, &err));
	OK(register_import_end(im, &result, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
}

Test(recent, it_speaks_from_when_the_last_thing_in_it_had_happened)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);

	add(&e);
	refresh();
	cr_expect(usable(NOW - 1000 * DAY)); /* nothing had a time */
	e = entry(FACT_CONSENT, NUMBER);
	e.effective_at = NOW - 9 * DAY;
	reopen(REGISTER_WRITE);
	add(&e);
	refresh();
	cr_expect(usable(NOW - 9 * DAY));
	cr_expect(not(usable(NOW - 9 * DAY - 1)));
	add_call(NOW - DAY);
	add_call(NOW + DAY); /* has not happened */
	refresh();
	cr_expect(usable(NOW - DAY));
	cr_expect(not(usable(NOW - DAY - 1)));
	cr_expect(usable(NOW + 9 * DAY));
}

Test(recent, what_begins_later_is_read_beside_it)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);

	add(&e);
	e.subject.key++;
	e.effective_at = NOW + DAY;
	add(&e);
	refresh();
	cr_assert(usable(NOW));
	OK(recent_find(&recent, &overlay, &err));
	cr_expect(recent.usable);
	cr_expect(recent_has(&recent, NUMBER + 1));
	cr_expect(not(recent_has(&recent, NUMBER)));
}

Test(recent, an_index_that_takes_the_register_over_remembers_all_of_it)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);

	e.effective_at = NOW + DAY;
	add(&e);
	refresh();
	cr_assert(usable(NOW));
	cr_expect(eq(sz, recent.compiled.n, 1));
	unlink("feed");
	/* a change that moves nothing, and a list that is new */
	sh("printf '+14162234567\\n' > feed; touch -d @%lld feed",
	    (long long)NOW);
	{
		const char *feed;
		char *name;
		struct feed_list list = { .name = "national",
			.kind = LIST_LISTED,
			.layout = FEED_LINES,
			.feeds = 1 };
		const struct refresh_options o = { .home = &home,
			.keys = keys,
			.list = &list,
			.lists = 1,
			.keep = 1,
			.zone = policy.zone,
			.now = NOW + 2 * DAY,
			.clock = now,
			.threads = 2,
			.author = "amy" };
		struct refresh_report report;

		cr_assert(asprintf(&name, "%s/feed", dir) > 0);
		feed = name;
		list.feed = &feed;
		OK(refresh_run(&o, &report, &err));
		cr_expect(eq(int, report.line[0].what, REFRESH_TAKEN));
		refresh_report_release(&report);
		free(name);
	}
	index_close(ix);
	OK(refresh_open_index(&home, keys, NULL, 0, NOW, &ix, &err));
	cr_assert(usable(NOW + 3 * DAY));
	cr_expect(eq(sz, recent.compiled.n, 1));
}

/* ---- compiled.h ---- */

Test(recent, what_is_written_is_read)
{
	struct compiled c = { .settled = -7 }, back;
	struct index_list list = { .name = "internal", .in_register = true };
	struct index_about about = { .list = &list, .lists = 1 };
	struct buf b = BUF_INIT(1 << 20);
	uint64_t i;

	for (i = 1; i <= 100; i++)
		OK(compiled_name(&c, i * i, &err));
	compiled_write(&b, &c);
	list.state = b.p;
	cr_expect(eq(int, compiled_read(&back, &about, &err), 1));
	cr_expect(eq(i64, back.settled, -7));
	cr_assert(eq(sz, back.n, 100));
	for (i = 1; i <= 100; i++)
		cr_expect(eq(u64, back.entry[i - 1], i * i));
	compiled_release(&back);
	for (i = 0; i < COMPILED_NAMES_MAX; i++)
		OK(compiled_name(&c, 1, &err));
	buf_reset(&b);
	compiled_write(&b, &c);
	list.state = b.p;
	cr_expect(eq(int, compiled_read(&back, &about, &err), 1));
	cr_expect(back.many);
	compiled_release(&back);
	compiled_release(&c);
	buf_release(&b);
	list.in_register = false;
	cr_expect(eq(int, compiled_read(&back, &about, &err), 0));
}

Test(recent, what_cannot_be_read_is_no_index)
{
	static const char *const state[] = { "", "settled", "settled 1",
		"settled x\nbegins\n", "settled 1\nbegins",
		"settled 1\nbegins 1", "settled 1\nbegins x\n",
		"settled 1\nbegins 1 many\n",
		"settled 1\nbegins 99999999999999999999999\n" };
	struct index_list list = { .name = "internal", .in_register = true };
	const struct index_about about = { .list = &list, .lists = 1 };
	struct compiled c;
	size_t i;

	for (i = 0; i < sizeof(state) / sizeof(*state); i++) {
		list.state = state[i];
		cr_expect(eq(int, compiled_read(&c, &about, &err), -1), "%s",
		    state[i]);
		cr_expect(eq(int, err.code, ERR_AUTH));
	}
}
