/*
 * secret.h - memory for keys and what they open, and randomness for keys.
 *
 * Secret memory is locked (not swapped out where the system allows it), kept
 * out of core dumps, fenced by guard pages, and wiped when it is freed.
 */
#ifndef SCRUB_BASE_SECRET_H
#define SCRUB_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Zeroed; NULL with *err (ERR_NOMEM, ERR_INTERNAL) on failure. */
void *secret_alloc(size_t n, struct err *err);

/* Wipe and free; NULL is fine. */
void secret_free(void *p);

/* Wipe memory that is not secret_alloc()'s: a stack buffer, a passphrase. */
void secret_wipe(void *p, size_t n);

/* Compare without telling by time where they differ. */
bool secret_equal(const void *a, const void *b, size_t n);

/* n bytes nobody can guess. */
int secret_random(void *p, size_t n, struct err *err);

#endif
