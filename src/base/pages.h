/*
 * pages.h - memory for tables that are large and read at random.
 *
 * It is zeroed, lies on page boundaries, and what is large stands on huge
 * pages where the system grants them.  All of it is there at once: a page that
 * is read before it is written to would be faulted in twice, and the second
 * time every other thread is interrupted (a third of the time that two threads
 * took to load a list).
 */
#ifndef SCRUB_BASE_PAGES_H
#define SCRUB_BASE_PAGES_H

#include <stddef.h>

#include "base/err.h"

/* `bytes` of it; NULL with ERR_NOMEM. */
void *pages_map(size_t bytes, struct err *err);

/*
 * The same, made ready by so many threads (0: one) where it is large: what the
 * system has not used for some seconds it may have to get from a host of its
 * own, at 3 ms a MiB for each thread that asks.
 */
void *pages_map_by(size_t bytes, size_t threads, struct err *err);

/*
 * Make it larger, from `old` to `bytes`; it may be elsewhere then.  NULL with
 * ERR_NOMEM: it is as it was.
 */
void *pages_grow(void *p, size_t old, size_t bytes, struct err *err);

/* NULL is nothing. */
void pages_unmap(void *p, size_t bytes);

#endif
