/*
 * overlay.h - what the register says, as facts of a run.
 *
 * An entry means what a line of a list file would mean (list_line.h): scopes
 * come down to this run's topic and campaign, and what is not understood never
 * helps a call.  Beside that:
 *
 *   - a block that begins after the planned time does not count yet; a
 *     consent counts from when it was given, and not before it takes effect;
 *   - what stands against a person holds for the numbers linked to them;
 *     their consents and permissions do not;
 *   - a prefix can be blocked, never permitted;
 *   - a call that is booked for later counts already where a cap's window
 *     reaches that far: its number is spoken for.
 *
 * There are three ways to the facts, which give the same verdicts.  _load()
 * puts everything into the table, with threads; _find() looks one subject up
 * when it is asked for, which is what a short campaign list against millions of
 * entries needs; and where an index holds the register's facts, _load_one() is
 * all that is needed for those that have changed since (recent.h).
 * overlay_choose() says which is quickest.
 *
 * What it says stands in the lists `internal`, `consent`, `calls`, `allow`.
 */
#ifndef SCRUB_FLOW_OVERLAY_H
#define SCRUB_FLOW_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "rules/policy.h"
#include "store/facts.h"
#include "store/register.h"

enum overlay_list {
	OVERLAY_INTERNAL,
	OVERLAY_CONSENT,
	OVERLAY_CALLS,
	OVERLAY_ALLOW,
	OVERLAY_LISTS
};

enum overlay_way { OVERLAY_LOAD, OVERLAY_LOOK_UP, OVERLAY_INDEX };

/* A register as a run sees it: the moment of its handle. */
struct overlay {
	struct register_db *db; /* REGISTER_READ; NULL: no register */
	const struct policy *policy;
	const char *topic, *campaign; /* of the run; NULL: not said */
	bool persons;                 /* rows of the run name a person */
	uint8_t list;                 /* id of the first of its lists */
};

/* What became of one of its lists. */
struct overlay_result {
	uint64_t ended, wildcards, later, facts;
};

/* How many entries its lists have, ended ones included. */
void overlay_count(const struct register_db *db, uint64_t n[OVERLAY_LISTS]);

/* "internal", "consent", "calls", "allow". */
const char *overlay_list_name(enum overlay_list l);

/*
 * Add everything to the table that `appender` belongs to, with a thread for
 * each appender.  ERR_AUTH when the register is altered.
 */
int overlay_load(const struct overlay *r, struct facts *table,
    struct facts_appender *const *appender, size_t threads,
    struct overlay_result result[OVERLAY_LISTS], struct err *err);

/*
 * Add what is known of one subject, without the calls and entries of prefixes
 * and linked persons that are subjects of their own.
 */
int overlay_load_one(const struct overlay *r, struct facts *table,
    struct facts_appender *appender, const struct register_subject *s,
    struct err *err);

/*
 * Append what is known of a number or a prefix (subject_prefix()), or of a
 * customer id.  What stands in *found from `from` on is of the same subject.
 */
int overlay_find(const struct overlay *r, uint64_t key,
    struct facts_found *found, size_t from, struct err *err);
int overlay_find_person(const struct overlay *r, struct span id,
    struct facts_found *found, size_t from, struct err *err);

/* The lengths of prefixes there are entries about (facts_prefix_lengths()). */
int overlay_prefixes(const struct overlay *r, uint32_t *out, struct err *err);

/* Would a call that is booked for `at`, later than planned, stand in one
 * window with one that is made as planned? */
bool overlay_booking_counts(const struct policy *p, int64_t at);

/*
 * Which way is the quickest for so many numbers; `touched`, when not NULL: there
 * is an index, and so many rows of the register came since.
 */
enum overlay_way overlay_choose(const struct register_db *db, uint64_t rows,
    const uint64_t *touched);

/* When it was last written to; -1: never. */
int overlay_changed(struct register_db *db, int64_t *at, struct err *err);

#endif
