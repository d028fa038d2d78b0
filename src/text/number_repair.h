/*
 * number_repair.h - layer 3 of number.h: named repairs of one stretch of
 * digits and separators.
 *
 * Private to number*.c.  A repair is tried only when the plan calls the plain
 * reading invalid, and made only when all repairs together leave exactly one
 * valid number.  Two or more are ambiguous, and the readings are reported.
 */
#ifndef SCRUB_TEXT_NUMBER_REPAIR_H
#define SCRUB_TEXT_NUMBER_REPAIR_H

#include <stdbool.h>

#include "text/number.h"

/*
 * Read the n folded bytes at p (number_triage.h), which hold no letters, as
 * one number or as several.  *out is filled in as number_parse() does.
 */
void number_read(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules);

/* The same of nothing but digits, fewer than FOLD_MAX, with a plus in front or
 * not.  `tried`: the plan has been asked, and calls them invalid. */
void number_read_bare(struct number_cell *out, const char *p, int n, bool tried,
    const struct number_rules *rules);

/* The plain reading alone: the plan's.  False, and count 0, when invalid. */
bool number_read_plain(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules);

/* The digits joined, whatever separates them. */
bool number_read_joined(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules);

/* Empty *out with this status. */
void number_settle(struct number_cell *out, enum number_status status);

/* Add a number, once; false when there is no room left for it. */
bool number_add(struct number_cell *out, const struct number *num);

/*
 * "79" after +86 10 6234 5678 may mean ...5679: the number whose last n
 * digits are replaced, when the plan has it.
 */
bool number_sibling(struct number *out, const struct number *first,
    const char *digits, int n);

/* Make the status of several numbers that were all read. */
void number_settle_multi(struct number_cell *out);

#endif
