/*
 * index_format.h - how an index lies in its file: scrub-index(5), as code.
 *
 *	the head, INDEX_PAGE bytes or a multiple of them:
 *	    front   INDEX_FRONT bytes in the open
 *	    body    sealed, filled up with zeros
 *	    tag     of the body and the front
 *	the pages: FACTS_PAGE_WORDS words, sealed, and a tag each
 *
 * Only the bytes are looked after here; nothing is read, written or opened.
 */
#ifndef SCRUB_STORE_INDEX_FORMAT_H
#define SCRUB_STORE_INDEX_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/facts_impl.h"
#include "store/index.h"

/* Words are written as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "an index is little-endian, and so must be what writes or reads it");

enum {
	INDEX_PAGE = FACTS_PAGE,
	INDEX_SEALED = FACTS_PAGE - CRYPT_TAG, /* bytes of words in a page */
	INDEX_FRONT = 80,
	INDEX_HEAD_MAX = 64 << 20,
};

_Static_assert(CRYPT_TAG == (int)FACTS_TAG, "a page has room for its tag");

/* The number of the head, where pages count from 0. */
#define INDEX_HEAD_NUMBER UINT64_MAX

/* What stands in the open. */
struct index_front {
	uint64_t generation;
	char key_id[KEYRING_ID_TEXT];
	unsigned char salt[CRYPT_SALT];
	uint64_t head;  /* bytes, a multiple of INDEX_PAGE */
	uint64_t pages; /* of facts */
};

/* One partition of the table; they lie in the file one behind the other. */
struct index_part {
	uint64_t homes;   /* pages that are anybody's home */
	uint64_t pages;   /* these, and what overflows */
	uint64_t entries; /* in them */
	uint64_t words;   /* that are taken */
};

/* A body, taken apart.  Texts of `about` point into the body. */
struct index_body {
	struct index_about about;
	struct index_part part[FACTS_PARTS];
	struct index_list *list;
	struct index_scope *scope;
	uint64_t *coverage; /* of all lists */
	uint64_t *code;     /* the dictionary: code 1 first */
	size_t codes;
};

void index_front_put(unsigned char out[INDEX_FRONT],
    const struct index_front *front);

/*
 * The first n bytes of a file of `size` bytes.  ERR_AUTH when they cannot be
 * the front of an index that is as long.
 */
int index_front_get(struct index_front *out, const unsigned char *p, size_t n,
    uint64_t size, struct err *err);

/*
 * Append the body, with a dictionary of `codes` facts, the first of which is
 * code 1; ERR_USAGE when it holds more than there is room for.
 */
int index_body_put(struct buf *b, const struct index_about *about,
    const struct index_part part[FACTS_PARTS], const uint64_t *code,
    size_t codes, struct err *err);

/*
 * Take a body of n bytes apart; index_body_release() after success.  ERR_AUTH
 * when it is none; then there is nothing to release.
 */
int index_body_get(struct index_body *out, const unsigned char *p, size_t n,
    struct err *err);
void index_body_release(struct index_body *b);

/* What page `number` is bound to, beside its number. */
enum { INDEX_BOUND = 16 };
void index_bind(unsigned char out[INDEX_BOUND], uint64_t generation,
    uint64_t number);

#endif
