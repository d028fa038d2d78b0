/*
 * index_impl.h - an open index, for index_read.c, index_sieve.c and
 * index_verify.c.
 */
#ifndef SCRUB_STORE_INDEX_IMPL_H
#define SCRUB_STORE_INDEX_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/facts_impl.h"
#include "store/index.h"
#include "store/index_format.h"

enum { INDEX_LOCKS = 64 };

struct index {
	int fd;
	char *path; /* for messages */
	struct index_front front;
	unsigned char *key;  /* of its pages; secret memory */
	unsigned char *head; /* opened; secret memory; body points into it */
	struct index_body body;

	void *map; /* memory for all pages, not there before it is touched */
	size_t mapped;
	struct page *page;                 /* the first, in `map` */
	_Atomic unsigned char *is_open;    /* one a page */
	pthread_mutex_t lock[INDEX_LOCKS]; /* each for every 64th page */
	struct facts_sealed sealed;
	struct facts facts;
};

/* All n bytes at `at`; ERR_AUTH when they are not there any more. */
int index_pread(const struct index *ix, void *p, size_t n, uint64_t at,
    struct err *err);

/* Open a page of INDEX_PAGE bytes into INDEX_SEALED; `out` may be `sealed`. */
int index_page_open(const struct index *ix, void *out,
    const unsigned char *sealed, uint64_t number, struct err *err);

/* For a page that opened and yet is none of such a table.  Returns -1. */
int index_page_broken(const struct index *ix, uint64_t number, struct err *err);

/* Keep facts out of core dumps. */
int index_hide(void *p, size_t bytes, struct err *err);

/* The number of a part's first page. */
uint64_t index_part_first(const struct index *ix, uint64_t part);

#endif
