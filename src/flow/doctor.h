/*
 * doctor.h - is the home in good health, and what is due?
 *
 * Looks, and changes nothing.  Each thing that was looked at is told once: ok,
 * warn (somebody should see to it) or bad (something is wrong).
 *
 * What is wrong with lists is told days ahead: when runs refuse a stale one, it
 * is too late to ask its supplier.
 */
#ifndef SCRUB_FLOW_DOCTOR_H
#define SCRUB_FLOW_DOCTOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/feed.h"
#include "flow/home.h"
#include "store/keyring.h"
#include "store/register.h"

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_BAD };

/* "ok", "warn", "bad". */
const char *doctor_state_name(enum doctor_state s);

struct doctor {
	const struct home *home;
	int64_t now;
	/* `what` is "disk", "consents"...; `text` one sentence. */
	void (*tell)(void *arg, enum doctor_state state, const char *what,
	    const char *text);
	void *arg;
};

/* What can be seen without a key: the folder, room on the disk, who holds the
 * lock, what a killed process left behind. */
void doctor_home(const struct doctor *d);

/*
 * The register, open for reading: everything in it is read and checked; then
 * what is due, and whether the clock makes sense.  -1 when it cannot be
 * looked at.
 */
int doctor_register(const struct doctor *d, struct register_db *db,
    struct err *err);

/*
 * The index in force and the lists of scrub.conf (`expected`): each is there,
 * every page is as it was written, and no list goes stale within `ahead`
 * seconds, by the stricter max-age of the two.
 */
void doctor_index(const struct doctor *d, const struct keyring *keys,
    const struct feed_list *expected, size_t n, int64_t ahead, size_t threads);

#endif
