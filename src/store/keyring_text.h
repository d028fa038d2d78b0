/*
 * keyring_text.h - the bytes of a key file, and what they say.
 *
 *	scrub-key 1
 *	protection none
 *	current 6f1d0c7a55e2b913
 *	next 0b7a6d94c1f3e258          (while keys are rotated)
 *	keys HEX                       (32 bytes for each)
 *	check HEX                      (a mac over all lines before)
 *
 * Under a passphrase it is
 *
 *	protection argon2id13 SALT OPERATIONS BYTES
 *
 * and the bytes of `keys` are sealed.  A backup begins with "scrub-key-backup
 * 1" and has a line "origin plain" or "origin protected" behind its protection.
 *
 * There is one way to write a thing, with one blank between words: whatever is
 * written in another way is refused.  So each byte either means something, and
 * the check covers it, or makes the file unreadable.
 */
#ifndef SCRUB_STORE_KEYRING_TEXT_H
#define SCRUB_STORE_KEYRING_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/crypt.h"
#include "store/keyring.h"

enum {
	KEYRING_KEYS = 2,
	KEYRING_BYTES_MAX = KEYRING_KEYS * CRYPT_KEY + CRYPT_SEAL_EXTRA,
	KEYRING_FILE_MAX = 1024,

	/* What a file may ask of us before it has proved to be ours. */
	KEYRING_OPS_MAX = 16,
	KEYRING_MEMORY_MIN = 8 << 10,
	KEYRING_MEMORY_MAX = 512 << 20,
};

/* Holds keys: for secret memory only. */
struct keyring_text {
	bool backup;
	bool origin_protected; /* of a backup: the file it is a copy of */
	bool sealed;           /* under a passphrase, with the next three */
	unsigned char salt[CRYPT_SALT];
	uint64_t ops, memory;
	size_t keys; /* 1 or 2: with a next one */
	char id[KEYRING_KEYS][KEYRING_ID_TEXT];
	unsigned char bytes[KEYRING_BYTES_MAX];
	unsigned char check[CRYPT_MAC];
	size_t covered; /* how many bytes of the file the check is about */
};

/* How many bytes of t->bytes are in use. */
size_t keyring_text_bytes(const struct keyring_text *t);

/* Read the n bytes of a file.  ERR_AUTH for what is not written as above. */
int keyring_text_parse(struct keyring_text *t, const char *p, size_t n,
    struct err *err);

/*
 * Write all lines but the last, then, with t->check filled in, that.  `out` is
 * what there is of the file so far: return its new length.
 */
size_t keyring_text_body(const struct keyring_text *t,
    char out[KEYRING_FILE_MAX]);
size_t keyring_text_check(const struct keyring_text *t,
    char out[KEYRING_FILE_MAX], size_t n);

/* n bytes as 2n hexadecimal digits and a NUL. */
void keyring_hex(char *out, const unsigned char *p, size_t n);

#endif
