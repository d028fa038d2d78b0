#include "rules/feed_guard.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"

enum { HOUR = 3600, DAY = 86400 };

static const char *const names[FEED_GUARDS] = {
	[FEED_FINE] = "",
	[FEED_MISSING] = "missing",
	[FEED_DATES] = "dates",
	[FEED_OLDER] = "older",
	[FEED_FUTURE] = "future",
	[FEED_STALE] = "stale",
	[FEED_REPLAY] = "replay",
	[FEED_GAP] = "gap",
	[FEED_GROWING] = "growing",
	[FEED_LAYOUT] = "layout",
	[FEED_TRUNCATED] = "truncated",
	[FEED_EMPTY] = "empty",
	[FEED_UNREADABLE] = "unreadable",
	[FEED_FEW] = "few",
	[FEED_SHRUNK] = "shrunk",
};

const char *
feed_guard_name(enum feed_guard g)
{
	return (unsigned)g < FEED_GUARDS ? names[g] : "";
}

bool
feed_guard_parse(enum feed_guard *out, struct span name)
{
	unsigned i;

	for (i = FEED_FINE + 1; i < FEED_GUARDS; i++) {
		if (!span_eq(name, span_str(names[i])))
			continue;
		*out = (enum feed_guard)i;
		return true;
	}
	return false;
}

bool
feed_guard_acceptable(enum feed_guard g)
{
	return g == FEED_DATES || g == FEED_OLDER || g == FEED_SHRUNK;
}

double
feed_shrink(uint64_t before, uint64_t after)
{
	if (after >= before)
		return 0;
	return 100 * (double)(before - after) / (double)before;
}

/* ---- what is told ---- */

__attribute__((format(printf, 2, 3))) static void
text(struct feed_finding *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out->text, sizeof(out->text), fmt, ap);
	va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void
hint(struct feed_finding *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out->hint, sizeof(out->hint), fmt, ap);
	va_end(ap);
}

/* Somebody has to bring a better file. */
static void
hint_again(struct feed_finding *out, const struct feed_now *n, const char *what)
{
	bool owner = n->owner && *n->owner;

	hint(out, "%s%s%s, then: scrub refresh --list %s", what,
	    owner ? " from " : "", owner ? n->owner : "", n->list);
}

static void
hint_accept(struct feed_finding *out, const struct feed_now *n)
{
	bool owner = n->owner && *n->owner;

	hint(out, "%s%s%sif it is meant: scrub refresh --list %s --accept %s",
	    owner ? "ask " : "", owner ? n->owner : "", owner ? "; " : "",
	    n->list, names[out->guard]);
}

const char *
feed_age_text(char out[FEED_AGE_TEXT], int64_t seconds, int64_t limit)
{
	bool days = limit % DAY == 0;
	int64_t tenth = (days ? DAY : HOUR) / 10;
	int64_t n = seconds / tenth + (seconds > limit && seconds % tenth > 0);

	snprintf(out, FEED_AGE_TEXT, "%" PRId64 ".%" PRId64 " %s", n / 10,
	    n % 10, days ? "days" : "hours");
	return out;
}

/* "2026-03-01T00:00:00Z" to "2026-03-01". */
static const char *
day_text(char out[CLOCK_TEXT_MAX], int64_t utc)
{
	clock_text(out, utc);
	out[10] = '\0';
	return out;
}

/* ---- the guards ---- */

typedef bool guard_fn(const struct feed_limits *, const struct feed_now *,
    const struct feed_before *, struct feed_finding *);

static bool
missing(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	(void)l;
	(void)b;
	if (!n->missing)
		return false;
	text(out,
	    n->irregular ? "%s: neither a file nor a folder" :
			   "%s: there is no complete file (0 found)",
	    n->file);
	hint_again(out, n, n->irregular ? "bring a file" : "bring it");
	return true;
}

static bool
dates(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];

	(void)l;
	(void)b;
	if (n->sequenced || n->newest - n->oldest <= (n->by_name ? 0 : DAY))
		return false;
	text(out, "its feeds are of different dates, from %s to %s",
	    day_text(from, n->oldest), day_text(to, n->newest));
	hint_accept(out, n);
	return true;
}

static bool
older(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	char now[CLOCK_TEXT_MAX], then[CLOCK_TEXT_MAX];

	(void)l;
	if (!b->there || n->newest >= b->as_of)
		return false;
	clock_text(now, n->newest);
	clock_text(then, b->as_of);
	text(out,
	    "its feeds are of %s, older than what the present generation "
	    "holds (%s)",
	    now, then);
	hint_accept(out, n);
	return true;
}

static bool
future(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	char date[CLOCK_TEXT_MAX], now[CLOCK_TEXT_MAX];

	(void)l;
	(void)b;
	if (n->newest - n->now <= FEED_AHEAD)
		return false;
	clock_text(date, n->newest);
	clock_text(now, n->now);
	text(out, "%s is of %s, more than a day after %s", n->newest_file, date,
	    now);
	hint(out,
	    "see to the date in its name, or when it was changed, and to the "
	    "clock; then: scrub refresh --list %s",
	    n->list);
	return true;
}

static bool
stale(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	char age[FEED_AGE_TEXT], limit[FEED_AGE_TEXT];

	(void)b;
	if (l->max_age == 0 || n->now - n->oldest <= l->max_age)
		return false;
	text(out, "%s is %s old, over max-age (%s)", n->file,
	    feed_age_text(age, n->now - n->oldest, l->max_age),
	    feed_age_text(limit, l->max_age, l->max_age));
	hint_again(out, n, "fetch a new one");
	return true;
}

static bool
replay(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	(void)l;
	if (!n->replayed)
		return false;
	(void)b;
	text(out, "%s: change list %" PRIu64 " %s", n->file, n->replayed,
	    n->altered ? "was applied already, and is another now" :
			 "comes twice");
	hint_again(out, n, "remove it, or bring the right one");
	return true;
}

static bool
gap(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	uint64_t after;

	(void)l;
	if (!n->sequenced)
		return false;
	if (n->last && n->first != n->base + 1)
		after = n->base;
	else if (n->gap_after)
		after = n->gap_after;
	else if ((n->last ? n->last : n->base) < b->sequence)
		after = n->last ? n->last : n->base;
	else
		return false;
	text(out, "change list %" PRIu64 " is missing", after + 1);
	hint_again(out, n, "bring it, and keep all since base-sequence");
	return true;
}

static bool
growing(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	(void)l;
	(void)b;
	if (!n->growing)
		return false;
	text(out, "%s changed while it was read, at line %" PRIu64, n->file,
	    n->lines);
	hint(out,
	    "write it under another name and rename it when it is whole; "
	    "then: scrub refresh --list %s",
	    n->list);
	return true;
}

static bool
layout(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	(void)l;
	(void)b;
	if (!n->layout_bad)
		return false;
	text(out, "%s: %s", n->file, n->layout_bad);
	hint(out,
	    "see layout and map.FIELD of [list \"%s\"] in scrub.conf; then: "
	    "scrub refresh --list %s",
	    n->list, n->list);
	return true;
}

static bool
truncated(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	(void)l;
	(void)b;
	if (!n->cut)
		return false;
	text(out, "%s is cut off %s", n->file, n->cut);
	hint_again(out, n, "fetch it again");
	return true;
}

static bool
empty(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	(void)b;
	if (l->empty_ok || n->lines > 0 || n->sequenced)
		return false;
	text(out, "%s is empty (0 lines)", n->file);
	hint(out,
	    "an empty list may be a failed export; where it is meant: "
	    "empty-ok = yes in [list \"%s\"] of scrub.conf, then: "
	    "scrub refresh --list %s",
	    n->list, n->list);
	return true;
}

static bool
unreadable(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	char first[160] = "";

	(void)b;
	if ((double)n->unusable * 100 <= l->max_bad * (double)n->lines)
		return false;
	if (n->first_bad)
		snprintf(first, sizeof(first),
		    "; the first is line %" PRIu64 ": %s", n->first_bad,
		    n->why ? n->why : "");
	text(out,
	    "%" PRIu64 " of %" PRIu64 " lines cannot be used, over max-bad "
	    "(%g %%)%s",
	    n->unusable, n->lines, l->max_bad, first);
	hint(out,
	    "they are in %s; mend the feed, or region and map.FIELD of "
	    "[list \"%s\"], then: scrub refresh --list %s",
	    n->quarantine, n->list, n->list);
	return true;
}

static bool
few(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	(void)b;
	if (n->entries >= l->min_count)
		return false;
	text(out, "%" PRIu64 " entries are fewer than min-count (%" PRIu64 ")",
	    n->entries, l->min_count);
	hint_again(out, n, "fetch a whole one");
	return true;
}

static bool
shrunk(const struct feed_limits *l, const struct feed_now *n,
    const struct feed_before *b, struct feed_finding *out)
{
	double lost = feed_shrink(b->entries, n->entries);

	if (!b->there || lost <= l->max_shrink)
		return false;
	text(out,
	    "%" PRIu64 " entries are %.1f %% fewer than before (%" PRIu64
	    "), over max-shrink (%g %%)",
	    n->entries, lost, b->entries, l->max_shrink);
	hint_accept(out, n);
	return true;
}

/*
 * Guards come in steps: where one fires that ends the asking, those of its own
 * step still speak.
 */
static const struct guard {
	guard_fn *fires;
	bool read; /* only once the feeds were read */
	bool ends;
	unsigned step;
} guards[FEED_GUARDS] = {
	[FEED_MISSING] = { missing, false, true, 0 },
	[FEED_DATES] = { dates, false, false, 1 },
	[FEED_OLDER] = { older, false, false, 1 },
	[FEED_FUTURE] = { future, false, false, 1 },
	[FEED_STALE] = { stale, false, false, 1 },
	[FEED_REPLAY] = { replay, false, true, 1 },
	[FEED_GAP] = { gap, false, true, 1 },
	[FEED_GROWING] = { growing, true, true, 2 },
	[FEED_LAYOUT] = { layout, true, true, 3 },
	[FEED_TRUNCATED] = { truncated, true, true, 4 },
	[FEED_EMPTY] = { empty, true, true, 5 },
	[FEED_UNREADABLE] = { unreadable, true, false, 6 },
	[FEED_FEW] = { few, true, false, 6 },
	[FEED_SHRUNK] = { shrunk, true, false, 6 },
};

bool
feed_guard_ends(enum feed_guard g)
{
	return (unsigned)g < FEED_GUARDS && guards[g].ends;
}

size_t
feed_guard_check(const struct feed_limits *limits, const struct feed_now *now,
    const struct feed_before *before, unsigned but,
    struct feed_finding out[FEED_GUARDS])
{
	unsigned i, last = UINT_MAX;
	size_t n = 0;

	for (i = FEED_FINE + 1; i < FEED_GUARDS && guards[i].step <= last;
	     i++) {
		if ((guards[i].read && !now->read) || but >> i & 1)
			continue;
		out[n] = (struct feed_finding){ .guard = (enum feed_guard)i };
		if (!guards[i].fires(limits, now, before, &out[n]))
			continue;
		n++;
		if (guards[i].ends)
			last = guards[i].step;
	}
	return n;
}
