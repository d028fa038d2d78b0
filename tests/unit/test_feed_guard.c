#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "rules/feed_guard.h"

/* A case is a sound feed but for what it names. */
#pragma GCC diagnostic ignored "-Woverride-init"

enum { DAY = 86400 };

static const struct feed_limits limits = { .max_shrink = 10,
	.max_bad = 1,
	.max_age = 31 * DAY };

/* A feed of 100 lines, a day old, that nothing is wrong with. */
#define NOW INT64_C(86400000)
#define FINE \
	.list = "national", .owner = "", .file = "feed.txt", .now = NOW, \
	.oldest = NOW - DAY, .newest = NOW - DAY, .read = true, .lines = 100, \
	.entries = 100, .quarantine = "q"

static const struct feed_before before = { .there = true,
	.as_of = NOW - 2 * DAY,
	.entries = 100,
	.sequence = 7 };
static const struct feed_before nothing = { 0 };

/* The first guard that fires, in f[0]; FEED_FINE for none. */
static enum feed_guard
first(const struct feed_limits *l, const struct feed_now *now,
    const struct feed_before *b, unsigned but, struct feed_finding *f)
{
	f[0] = (struct feed_finding){ .guard = FEED_FINE };
	return feed_guard_check(l, now, b, but, f) ? f[0].guard : FEED_FINE;
}

static enum feed_guard
check(const struct feed_now *now, const struct feed_before *b,
    struct feed_finding *f)
{
	return first(&limits, now, b, 0, f);
}

Test(feed_guard, a_sound_feed_passes)
{
	struct feed_finding f[FEED_GUARDS];
	struct feed_now now = { FINE };

	cr_expect(eq(int, check(&now, &before, f), FEED_FINE));
	cr_expect(eq(int, check(&now, &nothing, f), FEED_FINE));
	cr_expect(eq(str, f->text, ""));
}

Test(feed_guard, each_guard_fires_and_names_figure_and_mend)
{
	static const struct {
		enum feed_guard guard;
		struct feed_now now;
		const char *figure;
	} cases[] = {
		{ FEED_MISSING, { FINE, .missing = true }, "feed.txt" },
		{ FEED_DATES, { FINE, .oldest = NOW - 2 * DAY - 1 }, "1972-" },
		{ FEED_DATES,
		    { FINE, .oldest = NOW - DAY - 1, .by_name = true },
		    "1972-" },
		{ FEED_OLDER,
		    { FINE, .oldest = NOW - 3 * DAY, .newest = NOW - 3 * DAY },
		    "1972-" },
		{ FEED_MISSING, { FINE, .missing = true, .irregular = true },
		    "neither" },
		{ FEED_FUTURE,
		    { FINE, .oldest = NOW + 2 * DAY, .newest = NOW + 2 * DAY,
			.newest_file = "new.txt" },
		    "new.txt is of 1972-" },
		{ FEED_STALE, { FINE, .now = NOW + 30 * DAY + 1 },
		    "31.0 days" },
		{ FEED_REPLAY, { FINE, .sequenced = true, .replayed = 5 },
		    "change list 5" },
		{ FEED_GAP, { FINE, .sequenced = true, .first = 2, .last = 8 },
		    "change list 1 " },
		{ FEED_GAP,
		    { FINE, .sequenced = true, .first = 1, .last = 8,
			.gap_after = 3 },
		    "change list 4 " },
		{ FEED_GAP, { FINE, .sequenced = true, .first = 1, .last = 5 },
		    "change list 6 " },
		{ FEED_GAP, { FINE, .sequenced = true, .base = 6 },
		    "change list 7 " },
		{ FEED_GROWING, { FINE, .growing = true }, "line 100" },
		{ FEED_LAYOUT, { FINE, .layout_bad = "3 fields" }, "3 fields" },
		{ FEED_TRUNCATED, { FINE, .cut = "no line end" },
		    "no line end" },
		{ FEED_EMPTY, { FINE, .lines = 0, .entries = 0 }, "0 lines" },
		{ FEED_UNREADABLE,
		    { FINE, .unusable = 2, .first_bad = 9, .why = "masked" },
		    "2 of 100" },
		{ FEED_SHRUNK, { FINE, .entries = 89 }, "11.0 %" },
	};
	struct feed_finding f[FEED_GUARDS];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum feed_guard g = check(&cases[i].now, &before, f);

		cr_expect(g == cases[i].guard, "case %zu: %s: %s", i,
		    feed_guard_name(g), f->text);
		cr_expect(strstr(f->text, cases[i].figure) != NULL,
		    "case %zu: %s", i, f->text);
		cr_expect(strstr(f->hint, "scrub refresh --list national") !=
			NULL,
		    "case %zu: %s", i, f->hint);
	}
}

Test(feed_guard, the_limit_itself_is_allowed)
{
	struct feed_finding f[FEED_GUARDS];
	struct feed_now shrunk = { FINE, .entries = 90 };
	struct feed_now bad = { FINE, .unusable = 1 };
	struct feed_now stale = { FINE, .now = NOW + 30 * DAY };
	struct feed_now future = { FINE, .newest = NOW + DAY, .oldest = NOW };
	struct feed_now dates = { FINE, .oldest = NOW - 2 * DAY };
	struct feed_now older = { FINE, .oldest = NOW - 2 * DAY,
		.newest = NOW - 2 * DAY };

	cr_expect(eq(int, check(&shrunk, &before, f), FEED_FINE));
	cr_expect(eq(int, check(&bad, &before, f), FEED_FINE));
	cr_expect(eq(int, check(&stale, &before, f), FEED_FINE));
	cr_expect(eq(int, check(&future, &before, f), FEED_FINE));
	cr_expect(eq(int, check(&dates, &before, f), FEED_FINE));
	cr_expect(eq(int, check(&older, &before, f), FEED_FINE));
}

Test(feed_guard, an_age_is_told_in_the_unit_of_its_limit)
{
	enum { HOUR = 3600 };
	static const struct {
		int64_t seconds, limit;
		const char *text;
	} cases[] = {
		{ 12 * HOUR, 12 * HOUR, "12.0 hours" },
		{ 12 * HOUR + 1, 12 * HOUR, "12.1 hours" },
		{ 12 * HOUR - 1, 12 * HOUR, "11.9 hours" },
		{ 40 * HOUR, 36 * HOUR, "40.0 hours" },
		{ 31 * DAY, 31 * DAY, "31.0 days" },
		{ 31 * DAY + 1, 31 * DAY, "31.1 days" },
		{ 12 * HOUR, DAY, "0.5 days" },
		{ 0, DAY, "0.0 days" },
	};
	char text[FEED_AGE_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		feed_age_text(text, cases[i].seconds, cases[i].limit);
		cr_expect(strcmp(text, cases[i].text) == 0,
		    "case %zu: %s, not %s", i, text, cases[i].text);
	}
}

Test(feed_guard, settings_move_the_limits)
{
	struct feed_limits l = limits;
	struct feed_finding f[FEED_GUARDS];
	struct feed_now now = { FINE };
	struct feed_now empty = { FINE, .lines = 0, .entries = 0 };

	l.min_count = 101;
	cr_expect(eq(int, first(&l, &now, &before, 0, f), FEED_FEW));
	l.min_count = 100;
	cr_expect(eq(int, first(&l, &now, &before, 0, f), FEED_FINE));
	l.min_count = 0;
	l.empty_ok = true;
	cr_expect(eq(int, first(&l, &empty, &nothing, 0, f), FEED_FINE));
	/* an empty list that was full has shrunk, all the same */
	cr_expect(eq(int, first(&l, &empty, &before, 0, f), FEED_SHRUNK));
	l.max_age = 0;
	now.now += 1000 * DAY;
	cr_expect(eq(int, first(&l, &now, &before, 0, f), FEED_FINE));
}

Test(feed_guard, what_needs_reading_waits_for_it)
{
	struct feed_finding f[FEED_GUARDS];
	struct feed_now now = { FINE, .lines = 0, .entries = 0 };

	now.read = false;
	cr_expect(eq(int, check(&now, &before, f), FEED_FINE));
}

/* The guards that fire, as bits. */
static unsigned
fired(const struct feed_now *now)
{
	struct feed_finding f[FEED_GUARDS];
	size_t i, n = feed_guard_check(&limits, now, &before, 0, f);
	unsigned bits = 0;

	for (i = 0; i < n; i++)
		bits |= 1u << f[i].guard;
	return bits;
}

Test(feed_guard, all_that_is_wrong_is_told_at_once)
{
	static const struct {
		struct feed_now now;
		unsigned want;
	} cases[] = {
		{ { FINE, .oldest = NOW - 40 * DAY, .newest = NOW - 35 * DAY,
		      .unusable = 60, .entries = 40 },
		    1u << FEED_DATES | 1u << FEED_OLDER | 1u << FEED_STALE |
			1u << FEED_UNREADABLE | 1u << FEED_SHRUNK },
		{ { FINE, .sequenced = true, .replayed = 3, .first = 1,
		      .last = 8, .gap_after = 4 },
		    1u << FEED_REPLAY | 1u << FEED_GAP },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect(fired(&cases[i].now) == cases[i].want,
		    "case %zu: %#x", i, fired(&cases[i].now));
}

Test(feed_guard, what_follows_from_a_worse_one_is_not_told)
{
	static const struct {
		struct feed_now now;
		enum feed_guard want;
	} cases[] = {
		{ { FINE, .missing = true, .oldest = 0 }, FEED_MISSING },
		{ { FINE, .sequenced = true, .replayed = 3, .last = 8,
		      .first = 1, .entries = 1 },
		    FEED_REPLAY },
		{ { FINE, .growing = true, .cut = "", .entries = 1 },
		    FEED_GROWING },
		{ { FINE, .layout_bad = "", .lines = 0, .entries = 0 },
		    FEED_LAYOUT },
		{ { FINE, .cut = "", .entries = 1 }, FEED_TRUNCATED },
		{ { FINE, .lines = 0, .entries = 0 }, FEED_EMPTY },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cr_expect(fired(&cases[i].now) == 1u << cases[i].want,
		    "case %zu: %#x", i, fired(&cases[i].now));
		cr_expect(feed_guard_ends(cases[i].want));
	}
	cr_expect(not(feed_guard_ends(FEED_STALE)));
	cr_expect(not(feed_guard_ends(FEED_SHRUNK)));
}

Test(feed_guard, an_accepted_guard_lets_the_next_one_speak)
{
	struct feed_finding f[FEED_GUARDS];
	struct feed_now now = { FINE, .oldest = NOW - 3 * DAY,
		.newest = NOW - 3 * DAY, .entries = 50 };

	cr_expect(eq(int, check(&now, &before, f), FEED_OLDER));
	cr_expect(eq(int, first(&limits, &now, &before, 1u << FEED_OLDER, f),
	    FEED_SHRUNK));
	cr_expect(eq(int,
	    first(&limits, &now, &before, 1u << FEED_OLDER | 1u << FEED_SHRUNK,
		f),
	    FEED_FINE));
}

Test(feed_guard, names_are_read_back)
{
	enum feed_guard g;
	unsigned i;

	for (i = FEED_FINE + 1; i < FEED_GUARDS; i++) {
		const char *name = feed_guard_name((enum feed_guard)i);

		cr_expect(feed_guard_parse(&g, span_str(name)) && g == i,
		    "name: %s", name);
	}
	cr_expect(not(feed_guard_parse(&g, SPAN(""))));
	cr_expect(feed_guard_acceptable(FEED_SHRUNK));
	cr_expect(not(feed_guard_acceptable(FEED_TRUNCATED)));
}

Test(feed_guard, a_share_is_lost_of_what_was_there)
{
	cr_expect(eq(dbl, feed_shrink(200, 150), 25.0));
	cr_expect(eq(dbl, feed_shrink(100, 100), 0.0));
	cr_expect(eq(dbl, feed_shrink(0, 0), 0.0));
	cr_expect(eq(dbl, feed_shrink(100, 0), 100.0));
	cr_expect(eq(dbl, feed_shrink(1, 100), 0.0));
}
