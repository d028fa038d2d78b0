#include "flow/doctor.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/lockfile.h"
#include "flow/generations.h"
#include "flow/refresh.h"
#include "store/register_counts.h"

enum {
	DAY = 86400,
	SOON = 30 * DAY,       /* consents that end within */
	BACKUP_OLD = 7 * DAY,  /* a backup every week */
	CLOCK_SLACK = 300,     /* two machines' clocks may differ */
	ROOM_LEAST = 64 << 20, /* bytes; below, nothing can be written soon */
};

const char *
doctor_state_name(enum doctor_state s)
{
	static const char *const names[] = { "ok", "warn", "bad" };

	return names[s];
}

static void __attribute__((format(printf, 4, 5))) tell(const struct doctor *d,
    enum doctor_state state, const char *what, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->tell(d->arg, state, what, text);
}

/* ---- the folder ---- */

static void
folder_look(const struct doctor *d)
{
	struct err err;

	if (home_check(d->home, &err) < 0)
		tell(d, DOCTOR_BAD, "home", "%s", err.text);
	else
		tell(d, DOCTOR_OK, "home", "%s is yours alone", d->home->dir);
}

/* A rotation or a restore needs as much room again as the register has. */
static void
disk_look(const struct doctor *d)
{
	struct statvfs fs;
	struct stat st;
	uint64_t room, size;

	if (statvfs(d->home->dir, &fs) < 0)
		return; /* told by folder_look() */
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	size = stat(d->home->db, &st) == 0 ? (uint64_t)st.st_size : 0;
	tell(d,
	    room < ROOM_LEAST                ? DOCTOR_BAD :
		room < 2 * size + ROOM_LEAST ? DOCTOR_WARN :
					       DOCTOR_OK,
	    "disk", "%" PRIu64 " MB free, the register has %" PRIu64 " MB",
	    room >> 20, size >> 20);
}

static void
lock_look(const struct doctor *d)
{
	struct lockfile lock = { 0 };
	struct err err;

	if (lockfile_take(&lock, d->home->lock, "scrub doctor", 0, &err) == 0)
		tell(d, DOCTOR_OK, "lock", "nobody is writing");
	else
		tell(d, err.code == ERR_LOCKED ? DOCTOR_WARN : DOCTOR_BAD,
		    "lock", "%s", err.text);
	lockfile_release(&lock);
}

/* Temporary files have six letters behind a dot: register.db.XXXXXX,
 * .scrub.key.XXXXXX. */
static bool
is_leftover(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && strlen(dot) == 7 && strstr(name, "-wal") == NULL;
}

static void
leftovers_look(const struct doctor *d)
{
	const struct dirent *e;
	DIR *dir = opendir(d->home->dir);
	char first[256] = "";
	unsigned n = 0;

	if (!dir)
		return; /* told by folder_look() */
	while ((e = readdir(dir)))
		if (is_leftover(e->d_name) && n++ == 0)
			snprintf(first, sizeof(first), "%s", e->d_name);
	closedir(dir);
	if (n)
		tell(d, DOCTOR_WARN, "leftovers",
		    "%u temporary files that an ended process left behind, "
		    "such as %s",
		    n, first);
	else
		tell(d, DOCTOR_OK, "leftovers", "none");
}

void
doctor_home(const struct doctor *d)
{
	folder_look(d);
	disk_look(d);
	lock_look(d);
	leftovers_look(d);
}

/* ---- the register ---- */

static void
damage_tell(void *arg, const char *what)
{
	tell(arg, DOCTOR_BAD, "register", "%s", what);
}

static int
register_look(const struct doctor *d, struct register_db *db, struct err *err)
{
	struct register_counts n;
	int found;

	found = register_verify(db, damage_tell, (void *)d, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	register_counts(db, &n);
	tell(d, DOCTOR_OK, "register",
	    "every entry and every one of %" PRIu64
	    " audit records is as it was written",
	    n.audit);
	return 0;
}

static int
fact_count(void *arg, const struct register_fact *f, struct err *err)
{
	(void)f;
	(void)err;
	++*(uint64_t *)arg;
	return 0;
}

static int
due_look(const struct doctor *d, struct register_db *db, struct err *err)
{
	const struct register_filter ending = { .kind = FACT_CONSENT,
		.expires_from = d->now,
		.expires_to = d->now + SOON };
	const struct register_filter reviews = { .review_to = d->now + 1 };
	uint64_t n = 0;

	if (register_list(db, &ending, fact_count, &n, err) < 0)
		return -1;
	tell(d, n ? DOCTOR_WARN : DOCTOR_OK, "consents",
	    "%" PRIu64 " end within 30 days", n);
	n = 0;
	if (register_list(db, &reviews, fact_count, &n, err) < 0)
		return -1;
	tell(d, n ? DOCTOR_WARN : DOCTOR_OK, "reviews", "%" PRIu64 " are due",
	    n);
	return 0;
}

/* What the audit log tells of times. */
struct times {
	int64_t last, backup;
};

static int
time_note(void *arg, const struct register_audit *a, struct err *err)
{
	struct times *t = arg;

	(void)err;
	if (a->at > t->last)
		t->last = a->at;
	if (span_eq(a->action, SPAN("backup")))
		t->backup = a->at;
	return 0;
}

static int
times_look(const struct doctor *d, struct register_db *db, struct err *err)
{
	struct times t = { 0 };
	char last[CLOCK_TEXT_MAX];

	if (register_audit_list(db, 1, NULL, time_note, &t, err) < 0)
		return -1;
	clock_text(last, t.last);
	if (t.last > d->now + CLOCK_SLACK)
		tell(d, DOCTOR_BAD, "clock",
		    "this machine's clock is behind the last record, of %s",
		    last);
	else
		tell(d, DOCTOR_OK, "clock", "is ahead of the last record");
	clock_text(last, t.backup);
	if (t.backup == 0)
		tell(d, DOCTOR_WARN, "backup", "none was ever made");
	else
		tell(d,
		    d->now - t.backup > BACKUP_OLD ? DOCTOR_WARN : DOCTOR_OK,
		    "backup", "the last was made at %s", last);
	return 0;
}

int
doctor_register(const struct doctor *d, struct register_db *db, struct err *err)
{
	return register_look(d, db, err) < 0 || due_look(d, db, err) < 0 ?
	    -1 :
	    times_look(d, db, err);
}

/* ---- the index ---- */

/* A finding, and what mends it. */
static void
err_tell(const struct doctor *d, enum doctor_state state, const char *what,
    const struct err *err)
{
	tell(d, state, what, "%.500s%s%.500s", err->text,
	    err->hint[0] ? "; " : "", err->hint);
}

/* How long a list may be relied on. */
static void
age_look(const struct doctor *d, const struct index_list *l, int64_t ahead)
{
	int64_t at = refresh_stale_at(l);
	char of[CLOCK_TEXT_MAX] = "an unknown date", end[CLOCK_TEXT_MAX];
	char age[FEED_AGE_TEXT], limit[FEED_AGE_TEXT];
	struct err err = { 0 };

	if (l->as_of >= 0)
		clock_text(of, l->as_of);
	if (at == CLOCK_NEVER) {
		tell(d, DOCTOR_OK, "list", "%s is of %s, and has no max-age",
		    l->name, of);
		return;
	}
	clock_text(end, at);
	feed_age_text(age, d->now > at ? d->now - l->as_of : at - d->now,
	    l->max_age);
	feed_age_text(limit, l->max_age, l->max_age);
	if (d->now > at)
		err_set(&err, ERR_LIST,
		    "%s is stale since %s, so that runs are refused: it is of "
		    "%s, %s old, over max-age (%s)",
		    l->name, end, of, age, limit);
	else
		err_set(&err, ERR_LIST,
		    "%s goes stale at %s, in %s: it is of %s, max-age is %s",
		    l->name, end, age, of, limit);
	if (at - d->now <= ahead)
		refresh_stale_hint(l, &err);
	err_tell(d,
	    d->now > at              ? DOCTOR_BAD :
		at - d->now <= ahead ? DOCTOR_WARN :
				       DOCTOR_OK,
	    "list", &err);
}

static void
lists_look(const struct doctor *d, const struct index_about *a,
    const struct feed_list *expected, size_t n, int64_t ahead)
{
	const struct index_list *l;
	struct index_list both;
	size_t i, k;

	for (i = 0; i < n; i++)
		if (!index_list_find(a, expected[i].name, false))
			tell(d, DOCTOR_BAD, "list",
			    "%s is missing, so that runs are refused: "
			    "generation %" PRIu64 " of the index does not have "
			    "it; scrub refresh",
			    expected[i].name, a->generation);
	for (i = 0; i < a->lists; i++) {
		l = &a->list[i];
		for (k = 0; k < n; k++)
			if (strcmp(expected[k].name, l->name) == 0)
				break;
		both = k < n ? refresh_stricter(l, &expected[k]) : *l;
		if (!l->in_register)
			age_look(d, &both, ahead);
	}
}

/* 1: *ix is open and whole; 0: there is none, and none is wanted; -1. */
static int
index_look(const struct doctor *d, const struct keyring *keys, size_t lists,
    size_t threads, struct index **ix, struct err *err)
{
	struct generations g;
	char *path = NULL;
	int ret = -1;

	*ix = NULL;
	if (generations_open(&g, d->home, err) < 0)
		return -1;
	if (g.n == 0 && !g.broken && lists == 0)
		ret = 0;
	else if (generations_check(&g, err) == 0 &&
	    (path = generations_path(&g, g.current, err)) &&
	    index_verify(path, keys, threads, NULL, err) == 0 &&
	    index_open(ix, path, keys, err) == 0)
		ret = 1;
	else if (err->code == ERR_AUTH && !err->hint[0])
		err_hint(err,
		    "'scrub index rollback' goes back to the one before, "
		    "'scrub refresh --force' reads everything anew");
	free(path);
	generations_close(&g);
	return ret;
}

void
doctor_index(const struct doctor *d, const struct keyring *keys,
    const struct feed_list *expected, size_t n, int64_t ahead, size_t threads)
{
	const struct index_about *a;
	char made[CLOCK_TEXT_MAX];
	struct index *ix;
	struct err err;
	int there = index_look(d, keys, n, threads, &ix, &err);

	if (there < 0) {
		err_tell(d, DOCTOR_BAD, "index", &err);
	} else if (there == 0) {
		tell(d, DOCTOR_OK, "index",
		    "there is none, and scrub.conf names no list");
	} else {
		a = index_about(ix);
		clock_text(made, a->created);
		tell(d, DOCTOR_OK, "index",
		    "generation %" PRIu64 ", of %s: every page is as it was "
		    "written",
		    a->generation, made);
		lists_look(d, a, expected, n, ahead);
	}
	index_close(ix);
}
