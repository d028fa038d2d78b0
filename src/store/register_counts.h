/*
 * register_counts.h - how much there is in a register, out of its head row: at
 * no cost, however large it is.
 */
#ifndef SCRUB_STORE_REGISTER_COUNTS_H
#define SCRUB_STORE_REGISTER_COUNTS_H

#include "store/register.h"

struct register_counts {
	uint64_t in_force[REGISTER_KINDS]; /* entries, ended ones included */
	uint64_t calls;                    /* rows: made, reserved, used */
	uint64_t audit;                    /* records: the seq of the last */
};

/* As of the handle's moment. */
void register_counts(const struct register_db *db, struct register_counts *out);

#endif
