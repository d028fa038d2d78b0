/*
 * feed_guard.h - may a list be replaced by what its feeds hold now?
 *
 * A list that is half there lets calls through that it should have held back,
 * and nobody notices.  So everything about a feed that looks like an accident
 * is a guard: it refuses the refresh, names the list and the figure, and says
 * what would mend it.  The table is in scrub-refresh(1).
 *
 * Pure: what is known of the feeds now, what the present generation holds, and
 * the list's settings go in; the guards that fire come out, so that whoever
 * mends a list hears of all that is wrong with it at once.
 */
#ifndef SCRUB_RULES_FEED_GUARD_H
#define SCRUB_RULES_FEED_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* In the order in which they are looked at. */
enum feed_guard {
	FEED_FINE,
	FEED_MISSING,    /* no such file, or no complete one in the folder; a
	                    pipe */
	FEED_DATES,      /* feeds of one list are of different days */
	FEED_OLDER,      /* than what the present generation was made of */
	FEED_FUTURE,     /* of a day that has yet to come */
	FEED_STALE,      /* older than max-age */
	FEED_REPLAY,     /* a change list came twice, or was altered since */
	FEED_GAP,        /* a change list between is not there */
	FEED_GROWING,    /* changed while it was read */
	FEED_LAYOUT,     /* not what the layout says it is */
	FEED_TRUNCATED,  /* ends before its end */
	FEED_EMPTY,      /* not a line */
	FEED_UNREADABLE, /* too many lines that cannot be used: max-bad */
	FEED_FEW,        /* fewer entries than min-count */
	FEED_SHRUNK,     /* lost more than max-shrink */
	FEED_GUARDS
};

/* How far ahead a feed's date may be: it may come from a zone where the day
 * begins earlier. */
enum { FEED_AHEAD = 86400 };

/* What the list's section of scrub.conf says. */
struct feed_limits {
	double max_shrink; /* per cent */
	double max_bad;    /* per cent of the lines */
	uint64_t min_count;
	int64_t max_age; /* seconds; 0: none */
	bool empty_ok;
};

/* What is known of a list's feeds.  The second half counts once `read`. */
struct feed_now {
	const char *list;
	const char *owner; /* who is asked for a better one; "": not said */
	const char *file;  /* the one at fault, or one of them */
	int64_t now;
	bool missing, irregular; /* irregular: it is no file */
	int64_t oldest, newest;  /* what days the feeds are of */
	const char *newest_file;
	bool by_name;   /* their names say so: then days must be equal; file
	                 times may differ by a day */
	bool sequenced; /* change lists: */
	uint64_t base;  /* what they change includes this number */
	uint64_t first, last; /* their numbers; 0, 0: there is none */
	uint64_t gap_after;   /* the next one is missing; 0: none is */
	uint64_t replayed;    /* came again; 0: none */
	bool altered;         /* ... with other lines than were applied */

	bool read;
	bool growing;
	const char *layout_bad; /* what is not as the layout says; NULL */
	const char *cut;        /* where, and what its end lacks; NULL */
	uint64_t lines, unusable;
	uint64_t first_bad; /* line of the first of these, and why */
	const char *why;
	uint64_t entries;       /* usable lines; after changes: what is left */
	const char *quarantine; /* where unusable lines stand */
};

/* What the present generation has of the list. */
struct feed_before {
	bool there;
	int64_t as_of; /* newest of its feeds */
	uint64_t entries;
	uint64_t sequence; /* last change list that was applied */
};

struct feed_finding {
	enum feed_guard guard;
	char text[512]; /* one sentence with the figure */
	char hint[512]; /* what would mend it */
};

/*
 * The guards that fire, in their order, but for those among `but` (bits 1 <<
 * guard); how many.  One after which figures mean nothing (of a feed that is
 * missing, cut off...) ends the asking: what would follow from it is not told.
 */
size_t feed_guard_check(const struct feed_limits *limits,
    const struct feed_now *now, const struct feed_before *before, unsigned but,
    struct feed_finding out[FEED_GUARDS]);

/* Is it one of those? */
bool feed_guard_ends(enum feed_guard g);

/* "shrunk", "gap", ...; "" for FEED_FINE. */
const char *feed_guard_name(enum feed_guard g);
bool feed_guard_parse(enum feed_guard *out, struct span name);

/*
 * May a person say, with --accept, that it is meant?  Only what is a matter of
 * judgement; a damaged feed has to be mended.
 */
bool feed_guard_acceptable(enum feed_guard g);

/*
 * "26.3 hours" or "31.2 days": so long in the unit of a limit.  What exceeds the
 * limit is rounded up, so that it reads so.
 */
enum { FEED_AGE_TEXT = 40 };
const char *feed_age_text(char out[FEED_AGE_TEXT], int64_t seconds,
    int64_t limit);

/* By how many per cent `after` is less than `before`; 0 when it is not. */
double feed_shrink(uint64_t before, uint64_t after);

#endif
