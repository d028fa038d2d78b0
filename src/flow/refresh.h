/*
 * refresh.h - compile the register and all feeds into the next index.
 *
 * What cron runs at night.  Every feed is looked at and held against the
 * guards (feed_guard.h); one that fires refuses the refresh as a whole, and
 * the present generation stays in force.  The other feeds and lists are looked
 * at all the same, so that one night tells all there is to mend.  Lists whose feeds are what they were
 * are taken over from it without being read.  When nothing has changed at
 * all, no new generation is made.
 *
 * A refresh is killed without harm at any moment (generations.h).  Two at once
 * are one too many: the second fails with ERR_LOCKED.  The lock is one of its
 * own, so that an opt-out can be entered while a long refresh runs; the
 * register's is taken for a moment at the end, for the audit record.
 *
 * Change lists are applied to their base anew whenever one comes: all of them
 * since base-sequence have to be kept.
 */
#ifndef SCRUB_FLOW_REFRESH_H
#define SCRUB_FLOW_REFRESH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/feed.h"
#include "flow/home.h"
#include "rules/feed_guard.h"
#include "store/index.h"
#include "store/keyring.h"

struct refresh_options {
	const struct home *home;
	const struct keyring *keys;
	const struct feed_list *list;
	size_t lists;
	const char *const *only; /* --list: no others are looked at */
	size_t onlys;
	unsigned accepted; /* guards that are meant, of lists that are read */
	bool dry_run;
	bool force; /* read everything, and make a generation in any case */
	size_t keep;
	struct zone *zone;
	int64_t now;  /* ages, dates and `keep` are judged as of then */
	bool planned; /* it was said, and need not be the present */
	int64_t (*clock)(void);
	size_t threads;
	const char *author;
	void (*progress)(void *arg, const char *file, uint64_t done,
	    int64_t size);
	void *progress_arg;
};

enum refresh_what {
	REFRESH_TAKEN,    /* over from the present generation, unread */
	REFRESH_READ,     /* from its feeds */
	REFRESH_COMPILED, /* from the register */
	REFRESH_DROPPED,  /* scrub.conf does not have it any more */
};

/* "unchanged", "read", "compiled", "dropped". */
const char *refresh_what_name(enum refresh_what w);

struct refresh_line {
	char *name;
	enum refresh_what what;
	uint64_t entries, before, unusable;
	uint64_t too_old; /* calls of a list with `keep` that were left out */
	int64_t as_of;    /* -1: not known */
	bool counted;     /* a dry run: facts that come and go */
	uint64_t added, removed, facts;
};

/* A guard that fired. */
struct refresh_refusal {
	char *list;
	struct feed_finding finding;
};

struct refresh_report {
	struct refresh_line *line;
	size_t n;
	uint64_t before, generation;     /* 0: none */
	bool changed;                    /* a new one was made, or would be */
	struct refresh_refusal *refusal; /* when it was refused: every reason */
	size_t refusals;
};

/* A refusal as an error: ERR_LIST, with what mends it.  Always -1. */
int refresh_refusal_err(const struct refresh_refusal *r, struct err *err);

/*
 * Do it.  *out is the caller's to release, after a failure too.  A guard is
 * ERR_LIST, and *err is the first of out->refusal[]; an altered present generation is ERR_AUTH (o->force builds without
 * it); and ERR_LOCKED, ERR_USAGE, ERR_IO, ERR_NOMEM, ERR_INTERRUPTED.
 */
int refresh_run(const struct refresh_options *o, struct refresh_report *out,
    struct err *err);
void refresh_report_release(struct refresh_report *r);

/*
 * Put generation `id` (0: the one before) in force again; *was is what was in
 * force until now.  It is verified first.
 */
int refresh_rollback(const struct refresh_options *o, uint64_t id,
    uint64_t *was, uint64_t *now, struct err *err);

/*
 * For runs: open the index in force and see that it may be relied on.  Every
 * list of scrub.conf (there may be 0) must be in it, and none older at `as_of`
 * than its max-age allows, as scrub.conf has it now and as it had it when the list
 * was refreshed: ERR_LIST else, naming list, rule, figure
 * and what mends it.  ERR_LIST also when there is no index, ERR_AUTH for an
 * altered one.  A refresh may end meanwhile: it is the old generation, or the new
 * one.
 */
int refresh_open_index(const struct home *home, const struct keyring *keys,
    const struct feed_list *expected, size_t n, int64_t as_of,
    struct index **out, struct err *err);

/* The last of these: no list is too old at `as_of`.  For who keeps one open. */
int refresh_fresh(const struct index *ix, int64_t as_of, struct err *err);

/* When a list of the index becomes stale; CLOCK_NEVER when it does not. */
int64_t refresh_stale_at(const struct index_list *l);

/* A list of the index with the stricter max-age: its own, and that which
 * scrub.conf has by now. */
struct index_list refresh_stricter(const struct index_list *l,
    const struct feed_list *conf);

/* What gets a list of the index a newer date: err's hint.  Always -1. */
int refresh_stale_hint(const struct index_list *l, struct err *err);

#endif
