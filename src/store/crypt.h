/*
 * crypt.h - what the register and its key file do with libsodium.
 *
 *   look-up   keyed BLAKE2b of a subject key: finds a number, shows nothing;
 *   seal      XChaCha20-Poly1305 with a random nonce: opens to what was put in
 *             only under the same key and for the same place (`bind`);
 *   mac       keyed BLAKE2b over bytes: proves that nobody changed them;
 *   page      XChaCha20-Poly1305 under the key of one index alone.
 *
 * Every purpose has a subkey of its own, derived from one master key with
 * libsodium's crypto_kdf (BLAKE2b).  Nothing here keeps state; a struct crypt
 * may be used by several threads at once.
 */
#ifndef SCRUB_STORE_CRYPT_H
#define SCRUB_STORE_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	CRYPT_KEY = 32,    /* a master key or subkey */
	CRYPT_LOOKUP = 16, /* a look-up hash */
	CRYPT_SHORT = 8,   /* a short one */
	CRYPT_MAC = 32,
	CRYPT_SEAL_EXTRA = 40, /* nonce 24 and tag 16 around what is sealed */
	CRYPT_SALT = 16,
	CRYPT_TAG = 16,
};

enum crypt_purpose {
	CRYPT_LOOKUPS = 1, /* subject key to look-up hash */
	CRYPT_SEALS,       /* numbers and notes */
	CRYPT_FACTS,       /* macs over rows of facts */
	CRYPT_AUDIT,       /* the audit chain */
	CRYPT_BACKUP,      /* sealed backups */
	CRYPT_KEYFILE,     /* the key file's own check */
	CRYPT_PERSONS,     /* customer ids to person keys */
	CRYPT_INDEXES,     /* to the keys of indexes */
	CRYPT_OFFERS,      /* number to short hash, for what runs kept */
	CRYPT_PURPOSES
};

/* The subkeys of one master key, in secret memory. */
struct crypt;

/* Derive all subkeys of `master`; the master key may be wiped afterwards. */
int crypt_new(struct crypt **out, const unsigned char master[CRYPT_KEY],
    struct err *err);
void crypt_free(struct crypt *c);

/* The look-up hash of a subject key (fact.h: a number or a person). */
void crypt_lookup(const struct crypt *c, uint64_t subject,
    unsigned char out[CRYPT_LOOKUP]);

/*
 * A short hash of a subject key (SipHash-2-4), in a twentieth of a look-up's
 * time: for millions at a time.  Two subjects in 2^64 share one.
 */
void crypt_short(const struct crypt *c, uint64_t subject,
    unsigned char out[CRYPT_SHORT]);

/* The person key (fact.h: top bits 11) of a customer id. */
uint64_t crypt_person(const struct crypt *c, const void *id, size_t n);

/*
 * Seal n bytes under CRYPT_SEALS; out has n + CRYPT_SEAL_EXTRA bytes.  `bind`
 * says where it belongs: it opens only there.  ERR_INTERNAL, if there is no
 * randomness.
 */
int crypt_seal(const struct crypt *c, unsigned char *out, const void *p,
    size_t n, const void *bind, size_t bound, struct err *err);

/*
 * Open n sealed bytes into out (n - CRYPT_SEAL_EXTRA bytes).  ERR_AUTH when
 * they are not what was sealed there under this key.
 */
int crypt_open(const struct crypt *c, void *out, const unsigned char *sealed,
    size_t n, const void *bind, size_t bound, struct err *err);

/* A mac of `n` bytes behind `before` (a link of a chain; NULL: none). */
void crypt_mac(const struct crypt *c, enum crypt_purpose purpose,
    const unsigned char before[CRYPT_MAC], const void *p, size_t n,
    unsigned char out[CRYPT_MAC]);

/* As crypt_mac(), over what is read piece by piece: _start, _add..., _end. */
struct crypt_stream;
int crypt_stream_new(struct crypt_stream **out, const struct crypt *c,
    enum crypt_purpose purpose, struct err *err);
void crypt_stream_add(struct crypt_stream *s, const void *p, size_t n);
void crypt_stream_end(struct crypt_stream *s, unsigned char out[CRYPT_MAC]);
void crypt_stream_free(struct crypt_stream *s);

/*
 * The key of one index: of its generation and of a salt that was drawn for it,
 * so that no two files are sealed under the same one, whatever their numbers.
 * `out` is wiped by the caller.
 */
void crypt_index_key(const struct crypt *c, uint64_t generation,
    const unsigned char salt[CRYPT_SALT], unsigned char out[CRYPT_KEY]);

/*
 * Seal the n bytes at `p` as page `number` under the key of an index, which
 * must not seal another page of that number.  `out` (n bytes) may be `p`.
 */
void crypt_page_seal(unsigned char *out, unsigned char tag[CRYPT_TAG],
    const void *p, size_t n, uint64_t number, const void *bind, size_t bound,
    const unsigned char key[CRYPT_KEY]);

/* And back; `out` may be `p`.  False, and n zeros, when it is not what was
 * sealed there. */
bool crypt_page_open(void *out, const unsigned char *p, size_t n,
    const unsigned char tag[CRYPT_TAG], uint64_t number, const void *bind,
    size_t bound, const unsigned char key[CRYPT_KEY]);

/*
 * A wrapping key from a passphrase: Argon2id13 with these costs (operations;
 * memory in bytes).  ERR_NOMEM.
 */
int crypt_passphrase_key(unsigned char out[CRYPT_KEY], const void *phrase,
    size_t n, const unsigned char salt[CRYPT_SALT], uint64_t ops,
    uint64_t memory, struct err *err);

/* SHA-256, for the digest of evidence and imported files. */
enum { CRYPT_SHA256 = 32 };
int crypt_file_sha256(unsigned char out[CRYPT_SHA256], const char *path,
    struct err *err);

#endif
