/*
 * register_since.h - what has changed in a register since a moment.
 *
 * Whoever has copied the facts of a register (the sealed index) marks how far
 * it was, and later asks which subjects have been touched from there on: of all
 * others the copy still says what the register would.
 *
 *	register_mark(db, &mark);               // with the copy
 *	register_since(&since, db, &mark, err); // later
 *	if (since.known)
 *		register_touched(db, &since, ids, n, fn, arg, err);
 *	if (!since.known)                       // it may find out itself
 *		... read the register itself
 *	register_since_release(&since);
 *
 * It rests on what is sealed.  The audit log must lead, record by record and
 * mac by mac, from the marked one to the one that the head names: so it is the
 * same register, and no older copy of it.  Entries and calls are counted up and
 * an entry is only ever changed by a new one of the same subject, so what came
 * since are rows with higher ids; none of them may be missing.  What happens to
 * rows that are there (reservations given back, calls forgotten) is in the
 * log.  Where any of it does not hold, or a record is of a kind that this
 * program does not know, nothing is claimed to be known.
 */
#ifndef SCRUB_STORE_REGISTER_SINCE_H
#define SCRUB_STORE_REGISTER_SINCE_H

#include "store/register.h"

struct register_mark {
	uint64_t audits;    /* the last audit record */
	uint64_t audit_end; /* how its mac begins */
	uint64_t facts;     /* the last entry */
	uint64_t calls;     /* the last call */
};

/* As of the handle's moment. */
void register_mark(const struct register_db *db, struct register_mark *out);

struct register_since {
	struct register_mark mark;
	bool known;     /* what was touched can be told with certainty */
	bool moved;     /* anything but what changes no fact */
	uint64_t rows;  /* what _touched() has to read, about */
	int64_t pruned; /* calls made before that are gone; INT64_MIN: none */
	uint64_t *run;  /* that gave reservations back */
	size_t runs;
};

/* Zeroed *out, or the caller's to release.  ERR_AUTH is never for what only
 * makes it unknown. */
int register_since(struct register_since *out, struct register_db *db,
    const struct register_mark *mark, struct err *err);
void register_since_release(struct register_since *s);

typedef int register_subject_fn(void *arg, const struct register_subject *s,
    struct err *err);

/*
 * Tell each subject once that has been touched, or that one of the entries
 * fact[0..n) is about: of a link the number, too, and of a person every number
 * that is or was linked to them.  since->known may become false.
 */
int register_touched(struct register_db *db, struct register_since *since,
    const uint64_t *fact, size_t n, register_subject_fn *fn, void *arg,
    struct err *err);

#endif
