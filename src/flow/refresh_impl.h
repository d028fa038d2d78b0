/*
 * refresh_impl.h - what the files of refresh share.
 */
#ifndef SCRUB_FLOW_REFRESH_IMPL_H
#define SCRUB_FLOW_REFRESH_IMPL_H

#include <pthread.h>

#include "base/buf.h"
#include "flow/compiled.h"
#include "flow/feed.h"
#include "flow/overlay.h"
#include "flow/refresh.h"
#include "store/facts.h"
#include "store/index.h"
#include "store/numset.h"
#include "store/register.h"

/*
 * So many calls of a subject are kept as the largest cap that can be written
 * counts: no run asks for more.
 */
enum { REFRESH_CALLS_KEPT = POLICY_CAP_CALLS_MAX };

/* ---- refresh_state.c: a list's feeds as they were read, in the index ---- */

struct state_file {
	struct feed_file file;
	unsigned char digest[CRYPT_SHA256];
};

struct state {
	uint64_t entries;
	struct state_file *file; /* the base first, then feeds */
	size_t n;
};

int state_read(struct state *s, const char *text, struct err *err);
void state_write(struct buf *out, const struct state *s);
int state_add(struct state *s, const struct feed_file *file,
    const unsigned char digest[CRYPT_SHA256], struct err *err);
void state_release(struct state *s);

/* ---- refresh_take.c: facts into the new table ---- */

/* Topics and campaigns of the index that is made.  Zero it, scopes_init(). */
struct scopes {
	pthread_mutex_t lock;
	struct index_scope *scope;
	size_t n;
};

int scopes_init(struct scopes *s, const struct index_about *from,
    struct err *err);
void scopes_release(struct scopes *s);
int scopes_id(struct scopes *s, struct span topic, struct span campaign,
    uint16_t *out, struct err *err);

/* What change lists say of each number: the last word counts. */
struct change {
	uint64_t key;
	struct feed_fact fact; /* without texts: scope is set */
};

struct changes {
	struct numset place; /* key to place in change[], from 1 */
	struct change *change;
	size_t n, cap;
	uint64_t seed; /* for persons */
	struct scopes *scopes;
};

int changes_add(void *changes, const struct feed_fact *f, struct err *err);
void changes_release(struct changes *c);

/* One thread that adds facts of one list. */
struct taker {
	struct facts_appender *appender; /* NULL: nothing is kept */
	struct scopes *scopes;
	const struct changes *except; /* leave out what these are about */
	uint64_t seed;
	uint64_t left_out;
	uint32_t calls_from; /* fact time; earlier calls are not kept */
	uint64_t too_old;    /* of these */
	uint8_t list;
	/* the last scope, which is mostly the next one */
	char *topic, *campaign;
	uint16_t scope;
};

int taker_add(void *taker, const struct feed_fact *f, struct err *err);
int changes_take(const struct changes *c, struct taker *t, uint64_t *added,
    struct err *err);

/* ---- refresh_list.c: one list ---- */

struct plan {
	const struct feed_list *list;
	const struct index_list *old; /* in the present generation; NULL */
	struct state before, after;
	struct feed_files base, files;
	struct feed_now now;
	struct feed_before was;
	unsigned char settings[CRYPT_SHA256];
	int64_t calls_since; /* as in index_list: of what would be read now */
	uint64_t too_old;
	bool only_others; /* --list means others */
	bool take;        /* over, unread */
	bool touched;     /* something is to be noted in a new generation */
	bool ended;       /* a guard fired that makes reading it pointless */
	unsigned fired;   /* guards, as bits: each speaks once */
	struct feed_result result;
	uint64_t entries;
	char *quarantine; /* path */
	char *state;      /* for the index */
};

/*
 * Look at its feeds, decide, and ask the guards that need no reading.  Those
 * that fire, here and below, go into *report, and are no failure.
 */
int plan_look(struct plan *p, const struct refresh_options *o,
    const struct index_list *old, const struct crypt *crypt,
    struct refresh_report *report, struct err *err);

/* It would be taken over, but has to be read all the same. */
int plan_reread(struct plan *p, const struct refresh_options *o,
    const struct crypt *crypt, struct refresh_report *report, struct err *err);

/* Read it into the table of taker[0..threads), and ask the others. */
int plan_read(struct plan *p, const struct refresh_options *o,
    struct taker *taker, struct refresh_report *report, struct err *err);

/* Its entry in the new directory, by a plan that was read or taken over. */
int plan_describe(struct plan *p, const struct refresh_options *o,
    struct index_list *out, struct err *err);

void plan_release(struct plan *p);

/* Add what `f` says of a list to *report. */
int refusal_add(struct refresh_report *report, const char *list,
    const struct feed_finding *f, struct err *err);

/* ---- refresh_log.c: refresh.log, and the register's audit log ---- */

int refresh_log_done(const struct refresh_options *o,
    const struct refresh_report *r, struct err *err);
int refresh_log_refused(const struct refresh_options *o,
    const struct refresh_report *r, const struct err *why, struct err *err);
int refresh_log_rollback(const struct refresh_options *o, uint64_t from,
    uint64_t to, struct err *err);

/* Has the home a register? */
bool refresh_has_register(const struct home *h);

/* ---- refresh_register.c ---- */

/* The register's four lists, ids from t->list on; into taker[0..threads).
 * *out is the caller's to release, in any case. */
int register_compile(struct register_db *db, struct taker *taker,
    size_t threads, int64_t now, struct compiled *out, struct err *err);

/* Has anything changed that the index holds, or may it have? */
int register_moved(struct register_db *db, const struct index_about *about,
    bool *moved, struct err *err);

#endif
