/*
 * register.h - the system of record: facts that people manage, in SQLite.
 *
 * The register knows do-not-call entries, consents, withdrawals, allow
 * entries, links between persons and numbers, calls, runs, and who did what.
 * Nothing that was once recorded is edited or deleted (calls that no cap needs
 * any more excepted): a change writes a new fact that supersedes the old one,
 * and so does a removal.
 *
 * What any SQLite tool shows: dates, reasons, sources, authors, topics, counts
 * (the views `entries` and `audit_log` are made for reading).  What it does
 * not: numbers, customer ids, notes and evidence, which are sealed (crypt.h).
 * A subject is found by a keyed hash of its key.
 *
 * What an edit with such a tool does: every row carries a mac or is sealed, so
 * a row that was changed is ERR_AUTH when it is read.  A row that is missing is
 * ERR_AUTH as well: a subject knows how many rows there are of it, and that
 * there is no such subject is proved, not assumed (register_bucket.c); so
 * what register_find() and the like do not tell was never recorded.  All rows
 * are counted when everything is read (register_each(), register_verify()),
 * and the last ones when the register is opened; only register_list() and
 * figures take what is there.  Putting back older rows or the whole older file
 * cannot be noticed from within.
 *
 * Handles.  REGISTER_READ sees one moment: what was committed when it was
 * opened, until register_refresh().  REGISTER_WRITE changes things, between
 * register_begin() and register_commit(); all or nothing, with their audit
 * records.  A handle serves one thread.  Any number of processes may read
 * while one writes; a second writer waits a little, then fails with
 * ERR_LOCKED.
 *
 *	struct register_db *db;
 *	struct register_entry e = {
 *		.kind = FACT_DNC,
 *		.subject = { .key = number.key },
 *		.reason = REASON_REQUEST,
 *		.origin = { .source = SOURCE_CALL, .author = SPAN("amy") },
 *	};
 *	enum register_outcome was;
 *
 *	if (register_open(&db, path, keyring, REGISTER_WRITE, err) < 0)
 *		return -1;
 *	if (register_begin(db, now, err) < 0 ||
 *	    register_add(db, &e, &was, err) < 0 ||
 *	    register_commit(db, err) < 0)
 *		ret = -1;
 *	register_close(db);     // rolls back what was not committed
 *
 * Errors, where nothing else is said: ERR_AUTH (another key; altered or
 * damaged), ERR_LOCKED, ERR_IO (disk full and the like), ERR_NOMEM,
 * ERR_INTERNAL.  After a failure inside a transaction it must be rolled back;
 * register_commit() then refuses.
 *
 * Times are UTC seconds since 1970; 0 is "not said", and for an end that, as
 * well as CLOCK_NEVER, means "no end".  Texts are UTF-8; an empty span is "not
 * said".  Texts handed in need only live during the call, texts handed to a
 * callback only during the callback.  A callback returns 0 to go on; any
 * other value stops the walk and is returned (-1: it has filled in *err).  It
 * must not call the function that called it.
 */
#ifndef SCRUB_STORE_REGISTER_H
#define SCRUB_STORE_REGISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "store/fact.h"
#include "store/keyring.h"

struct register_db;

/* REGISTER_INSPECT: as READ, but opens a register whose rows are too few or too
 * many, for register_verify() and register_audit_verify() to say which. */
enum register_mode { REGISTER_READ, REGISTER_WRITE, REGISTER_INSPECT };

enum {
	REGISTER_VERSION = 1, /* of the tables */
	REGISTER_SHA256 = 32,
	REGISTER_TEXT_MAX = 4096, /* bytes of a text; longer is ERR_USAGE */
};

/* ---- the file ---- */

/*
 * Make a new register (mode 0600) under the key in force.  Refuses to replace
 * one (ERR_USAGE).  It appears complete or not at all.
 */
int register_create(const char *path, const struct keyring *keys, int64_t now,
    struct err *err);

/*
 * Open one, bringing the tables of an older version up to date.  The key that
 * it was made under must be one of `keys`, which must outlive *out.  ERR_AUTH:
 * there is none ("no register at ..."), it is no register, others may read
 * the file, its key is another, it was altered.  ERR_USAGE: it is of a newer
 * version than this program knows.
 */
int register_open(struct register_db **out, const char *path,
    const struct keyring *keys, enum register_mode mode, struct err *err);

/* Roll back, close, wipe; NULL is fine. */
void register_close(struct register_db *db);

/* A reader: see what has been committed by now.  (For scrub check, which
 * stays open.)  Without a change since, it costs microseconds. */
int register_refresh(struct register_db *db, struct err *err);

/* Id (hex) of the key it is under. */
const char *register_key_id(const struct register_db *db);

/* The person key (fact.h) of a customer id in this register. */
uint64_t register_person(const struct register_db *db, struct span id);

/*
 * One transaction.  `now` is when everything in it is recorded.  A reader
 * handle fails with ERR_INTERNAL.
 */
int register_begin(struct register_db *db, int64_t now, struct err *err);
int register_commit(struct register_db *db, struct err *err);
void register_rollback(struct register_db *db); /* without one: nothing */

/* ---- what is recorded ---- */

/* Where an entry comes from. */
enum register_source {
	SOURCE_NONE,
	SOURCE_CALL,
	SOURCE_EMAIL,
	SOURCE_WEB,
	SOURCE_SMS,
	SOURCE_AGENT,
	SOURCE_CRM,
	SOURCE_IMPORT,
	REGISTER_SOURCES
};

/* "call", "email", "web", ...; "" for SOURCE_NONE. */
const char *register_source_name(enum register_source s);

/* Exactly such a name, whatever the case.  False when it is none. */
bool register_source_parse(enum register_source *out, struct span s);

/* "dnc", "consent", "withdrawn", "allow", "link", for register kinds. */
const char *register_kind_name(unsigned kind);

/*
 * Kinds of facts: FACT_DNC, FACT_CONSENT, FACT_WITHDRAWN and FACT_ALLOW of
 * fact.h, and links.  A withdrawal is an entry of its own, so that it can be
 * wider than what was given, and known where no consent is.
 */
enum { REGISTER_LINK = FACT_KINDS, REGISTER_KINDS };

/* Whom a fact concerns: a number's or a prefix's key, or a customer id.  One
 * that came out of a callback may go in again. */
struct register_subject {
	uint64_t key;       /* of a person: set coming out, ignored going in */
	struct span person; /* "": it is a number or a prefix */
};

/* Who says so, and how we know.  Repeated from entry to entry at no cost. */
struct register_origin {
	enum register_source source;
	struct span author;                /* required */
	struct span approved_by;           /* a second person */
	struct span input;                 /* file of an import */
	const unsigned char *input_sha256; /* NULL: none */
};

/*
 * One entry.  Entries of a subject are the same when these agree:
 *   dnc          reason, topic, campaign, channel (each ground for a block
 *                stands by itself)
 *   consent      topic, campaign, channel, `at` (when it was given) and
 *                effective_at
 *   withdrawn    topic, campaign, channel and `at`
 *   allow        topic, campaign, channel and effective_at
 *   link         the number
 * Adding one that is there already never shortens, weakens or erases it: of
 * ends the later stays, of a block's beginnings the earlier; permanent stays
 * permanent; what is not said stays as it was.  To
 * have less than that, remove it and add it anew.
 */
struct register_entry {
	unsigned kind;
	struct register_subject subject;
	uint64_t number; /* REGISTER_LINK: number of the person `subject` */
	enum fact_reason reason;
	enum fact_channel channel;
	struct span topic; /* or a consent's purpose */
	struct span campaign;
	struct span evidence; /* a path or a reference; sealed */
	const unsigned char *evidence_sha256; /* NULL: none */
	struct span note;                     /* sealed */
	bool permanent;       /* dnc: lifting it takes two people */
	int64_t at;           /* consent: given; withdrawn: withdrawn */
	int64_t requested_at; /* when it was asked for */
	int64_t effective_at; /* counts from then on */
	int64_t expires_at;   /* comes out as CLOCK_NEVER where there is none */
	int64_t review_at;
	struct register_origin origin;
};

enum register_outcome {
	REGISTER_NEW,
	REGISTER_KNOWN,   /* nothing changed */
	REGISTER_CHANGED, /* superseded the entry that was there */
	REGISTER_REMOVED,
	REGISTER_NOT_THERE, /* nothing to remove */
	REGISTER_REFUSED,   /* permanent: no reason, or no second person */
	REGISTER_OUTCOMES
};

/* "new", "known", "changed", "removed", "not there", "refused". */
const char *register_outcome_name(enum register_outcome o);

/*
 * Add one entry and its audit record ("dnc.add", ...).  ERR_USAGE for an entry
 * that makes no sense: no subject, no author, an unknown kind, a text that is
 * too long.
 */
int register_add(struct register_db *db, const struct register_entry *e,
    enum register_outcome *outcome, struct err *err);

/*
 * Remove: of `e`, kind and subject, and number, topic, campaign, channel and
 * reason where given, tell which entries in force are meant (none of them:
 * all of that kind); a fact with e's note, evidence, review date and
 * origin supersedes each.  `why` is the reason for removing.
 *
 * A permanent block, and a link of a person who has one, goes only with `why`
 * and an origin.approved_by that is not origin.author; else *outcome is REGISTER_REFUSED and nothing is removed.
 * The attempt is in the audit log in any case, once committed.
 */
int register_remove(struct register_db *db, const struct register_entry *e,
    struct span why, enum register_outcome *outcome, struct err *err);

/* ---- calls ---- */

enum register_call_kind {
	REGISTER_CALL_MADE,
	REGISTER_CALL_RESERVED, /* booked for a run, not used so far */
};

/*
 * A call.  `id` is the dialler's, unique in all logs (put the dialler's name
 * in front if it is not).  Without one a call is known by its subject and time;
 * of several such in one import the second is another call, and so on.
 */
struct register_call {
	enum register_call_kind kind;
	struct register_subject subject;
	struct span id; /* not shown again: a keyed hash is kept */
	int64_t at;
	bool answered;
	struct span campaign;
	uint64_t run; /* 0: none; REGISTER_CALL_RESERVED: the run */
};

/*
 * Give back what run `run` reserved and did not use.  (A call that is
 * imported uses up a reservation of its subject, made for the same run or,
 * where the log knows no runs, for the same campaign.)
 * ERR_USAGE, and nothing is written, when there is no such run.
 */
int register_release(struct register_db *db, uint64_t run, struct span author,
    uint64_t *released, struct err *err);

/* Delete calls made before `before`: no cap looks there. */
int register_calls_prune(struct register_db *db, int64_t before,
    struct span author, uint64_t *pruned, struct err *err);

/* ---- imports ---- */

/*
 * Many entries or calls in the transaction that was begun:
 *
 *	register_import_new(&im, db, "dnc.import", &origin, told, arg, err);
 *	while (...)
 *		register_import_add(im, line, &entry, err);
 *	register_import_end(im, &result, err);
 *	register_import_free(im);
 *
 * They are worked on by the hundred thousand, ordered for the disk;
 * told(arg, line, outcome) is called for each in the order they were handed
 * in, some time later, at the latest from register_import_end().  There
 * is one audit record for all, named `action`, written at the end.  The disk
 * must have room for twice what comes in.  A failure
 * must be followed by register_rollback().
 */
struct register_import;

struct register_import_result {
	uint64_t entries;
	uint64_t outcome[REGISTER_OUTCOMES];
};

int register_import_new(struct register_import **out, struct register_db *db,
    const char *action, const struct register_origin *origin,
    void (*told)(void *arg, uint64_t line, enum register_outcome outcome),
    void *arg, struct err *err);
int register_import_add(struct register_import *im, uint64_t line,
    const struct register_entry *e, struct err *err);
int register_import_call(struct register_import *im, uint64_t line,
    const struct register_call *call, struct err *err);
int register_import_end(struct register_import *im,
    struct register_import_result *result, struct err *err);
void register_import_free(struct register_import *im);

/* ---- reading facts ---- */

struct register_fact {
	uint64_t id;
	struct register_entry entry; /* with the subject opened */
	int64_t recorded_at;
	bool removed;           /* takes away, adds nothing */
	struct span why;        /* removed: the reason; sealed */
	uint64_t supersedes;    /* 0: none */
	uint64_t superseded_by; /* 0: none, so it is in force or a removal */
	uint64_t via; /* found for this number: by link or as its prefix */
};

typedef int register_fact_fn(void *arg, const struct register_fact *f,
    struct err *err);

/*
 * Every entry in force of a subject; of a number also those of prefixes of it
 * and of persons linked to it (via: the number; consents and
 * permissions among them are the person's, and the caller's to judge).  An
 * entry that has ended or not begun is in force all the same.  Returns 0 also
 * when there is nothing.
 */
int register_find(struct register_db *db,
    const struct register_subject *subject, register_fact_fn *fn, void *arg,
    struct err *err);

/* Everything ever recorded of exactly this subject, oldest first. */
int register_history(struct register_db *db,
    const struct register_subject *subject, register_fact_fn *fn, void *arg,
    struct err *err);

/* Which facts register_list() walks, in the order they were recorded. */
struct register_filter {
	unsigned kind;                    /* FACT_NONE: all */
	enum fact_reason reason;          /* REASON_NONE: all */
	int64_t expires_from, expires_to; /* ends in [from, to); 0, 0: all */
	int64_t review_to;                /* review is due before; 0: all */
	bool history;                     /* superseded and removed ones too */
};

int register_list(struct register_db *db, const struct register_filter *f,
    register_fact_fn *fn, void *arg, struct err *err);

/*
 * Everything in force, for a run, opened and checked by up to `threads`
 * threads: fn(arg[i], ...) is called by thread i alone, with arg[0..threads).
 * In no order.  Notes, evidence and authors are left out (empty).  Facts of
 * persons come once as the person's and once for each linked number (via).
 * Rows that are missing are ERR_AUTH.
 */
int register_each(struct register_db *db, size_t threads, register_fact_fn *fn,
    void *const *arg, struct err *err);

/* Calls made, and reservations that are open, at or after `since`. */
typedef int register_call_fn(void *arg, const struct register_call *c,
    struct err *err);

int register_each_call(struct register_db *db, int64_t since, size_t threads,
    register_call_fn *fn, void *const *arg, struct err *err);
int register_find_calls(struct register_db *db,
    const struct register_subject *subject, int64_t since, register_call_fn *fn,
    void *arg, struct err *err);

/* The lengths of prefixes there are entries about: bit 3 is 3 digits. */
int register_prefix_lengths(struct register_db *db, uint32_t *out,
    struct err *err);

/* ---- figures ---- */

enum { REGISTER_AGES = 4 }; /* recorded up to 7, 31, 366 days ago; longer */

struct register_stats {
	uint64_t subjects;
	uint64_t facts; /* ever */
	uint64_t audit; /* records */
	uint64_t in_force[REGISTER_KINDS];
	uint64_t ended[REGISTER_KINDS]; /* of those, by `now` */
	uint64_t permanent;
	uint64_t reason[REGISTER_KINDS][FACT_REASONS];
	uint64_t source[REGISTER_KINDS][REGISTER_SOURCES];
	uint64_t age[REGISTER_KINDS][REGISTER_AGES];
	uint64_t calls, answered, reserved;
};

int register_stats(struct register_db *db, int64_t now,
    struct register_stats *out, struct err *err);

/* Calls by UTC day, earliest first: `day` is where it begins. */
typedef int register_day_fn(void *arg, int64_t day, uint64_t calls,
    uint64_t answered, uint64_t reserved, struct err *err);
int register_calls_by_day(struct register_db *db, register_day_fn *fn,
    void *arg, struct err *err);

/* ---- runs ---- */

struct register_run {
	uint64_t id; /* set by register_run_add() */
	int64_t at;  /* likewise: when it was recorded */
	int64_t as_of;
	struct span author, campaign, topic;
	struct span inputs; /* file names, as told */
	uint64_t rows, kept, rejected;
	unsigned char conf[REGISTER_SHA256]; /* digest of its settings */
};

/* Record a run, and audit it ("run"). */
int register_run_add(struct register_db *db, struct register_run *run,
    struct err *err);

/*
 * Note that these numbers were kept by run `run`, for `scrub why`: 8 bytes
 * each.  Any number of times; register_import_call() is what reserves.
 */
int register_run_offer(struct register_db *db, uint64_t run,
    const uint64_t *numbers, size_t n, struct err *err);

/* All runs, oldest first; with `subject` (not NULL) only those that kept it. */
typedef int register_run_fn(void *arg, const struct register_run *run,
    struct err *err);
int register_runs(struct register_db *db,
    const struct register_subject *subject, register_run_fn *fn, void *arg,
    struct err *err);

/* ---- audit ---- */

/*
 * A record.  Adding, removing, importing, releasing, pruning, runs, rotation
 * and migration write their own; reveals, exports, reads and refused attempts
 * are the caller's to add.  `detail` is JSON without full numbers.
 */
struct register_audit {
	uint64_t seq; /* from 1 */
	int64_t at;   /* register_begin()'s */
	struct span author;
	struct span action;              /* "dnc.add", "reveal", ... */
	struct register_subject subject; /* going in; key 0, person "": none */
	bool has_target;                 /* coming out: it had a subject */
	struct span detail;
};

int register_audit_add(struct register_db *db, const struct register_audit *a,
    struct err *err);

/*
 * Walk the records from `first` on; with `subject` (not NULL) only those about
 * it.  Nothing is checked: that is register_audit_verify()'s.
 */
typedef int register_audit_fn(void *arg, const struct register_audit *a,
    struct err *err);
int register_audit_list(struct register_db *db, uint64_t first,
    const struct register_subject *subject, register_audit_fn *fn, void *arg,
    struct err *err);

struct register_audit_result {
	uint64_t records; /* that are there */
	uint64_t bad;     /* seq of the first bad one; 0: all is well */
	char what[64];    /* "altered or out of order", "missing", ... */
};

/* Check the chain from its beginning to the head.  A bad one is a result. */
int register_audit_verify(struct register_db *db,
    struct register_audit_result *out, struct err *err);

/* ---- keeping it ---- */

/*
 * Look at everything: SQLite's integrity check, every mac and seal, the
 * counts, the audit chain.  found(arg, sentence) is told each kind of thing
 * that is wrong; returns how many there were, 0 when all is well, -1 when it
 * could not be looked at.
 */
int register_verify(struct register_db *db,
    void (*found)(void *arg, const char *what), void *arg, struct err *err);

/*
 * Put everything under the key `id` of the keyring it was opened with: new
 * look-ups, seals and macs, in a transaction of its own.  Until its commit the
 * old key holds, from then on the new one; a handle that was open before must
 * be refreshed or opened anew, with a keyring that has the new key.  With that key already: nothing to do.  The
 * audit chain stays as it is, under a key that the register keeps sealed.
 */
int register_rekey(struct register_db *db, const char *id, int64_t now,
    struct span author, struct err *err);

/*
 * A sealed copy into `path` (mode 0600; complete or not at all) while others
 * read and write.  It has been opened again and verified when this returns 0.
 * `path` may be on another disk; a temporary copy stands beside it meanwhile.
 */
int register_backup(struct register_db *db, const char *path, struct err *err);

/*
 * Make a register at `path`, which must not exist (ERR_USAGE), out of a
 * backup; it is verified first.  ERR_AUTH: the backup was altered, cut short,
 * or is under a key that `keys` does not have.
 */
int register_restore(const char *backup, const char *path,
    const struct keyring *keys, struct err *err);

#endif
