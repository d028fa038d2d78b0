#include "store/crypt.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/infile.h"
#include "base/secret.h"

enum {
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	CHUNK = 64 << 10,
};

_Static_assert(CRYPT_SEAL_EXTRA == (int)NONCE + (int)TAG, "a seal's size");
_Static_assert(CRYPT_TAG == (int)TAG, "a tag's size");
_Static_assert(CRYPT_KEY == crypto_kdf_KEYBYTES &&
	CRYPT_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES &&
	CRYPT_KEY == crypto_generichash_KEYBYTES,
    "one size for all keys");
_Static_assert(CRYPT_KEY >= crypto_shorthash_KEYBYTES &&
	CRYPT_SHORT == crypto_shorthash_BYTES,
    "the beginning of a key is one for short hashes");
_Static_assert(CRYPT_SALT == crypto_pwhash_SALTBYTES, "a salt's size");
_Static_assert(CRYPT_SHA256 == crypto_hash_sha256_BYTES, "a digest's size");

/* What crypto_kdf mixes into every subkey: eight bytes that say whose. */
static const char KDF_CONTEXT[crypto_kdf_CONTEXTBYTES] = "scrub/v1";

struct crypt {
	unsigned char key[CRYPT_PURPOSES][CRYPT_KEY];
};

struct crypt_stream {
	crypto_generichash_state state;
};

/* Numbers are hashed as eight bytes, the least first, on every machine. */
static void
put_u64(unsigned char out[8], uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++, v >>= 8)
		out[i] = (unsigned char)v;
}

int
crypt_new(struct crypt **out, const unsigned char master[CRYPT_KEY],
    struct err *err)
{
	struct crypt *c = secret_alloc(sizeof(*c), err);
	unsigned i;

	*out = NULL;
	if (!c)
		return -1;
	for (i = 1; i < CRYPT_PURPOSES; i++)
		crypto_kdf_derive_from_key(c->key[i], CRYPT_KEY, i, KDF_CONTEXT,
		    master);
	*out = c;
	return 0;
}

void
crypt_free(struct crypt *c)
{
	secret_free(c);
}

/* ---- look-ups ---- */

void
crypt_lookup(const struct crypt *c, uint64_t subject,
    unsigned char out[CRYPT_LOOKUP])
{
	unsigned char in[8];

	put_u64(in, subject);
	crypto_generichash(out, CRYPT_LOOKUP, in, sizeof(in),
	    c->key[CRYPT_LOOKUPS], CRYPT_KEY);
}

void
crypt_short(const struct crypt *c, uint64_t subject,
    unsigned char out[CRYPT_SHORT])
{
	unsigned char in[8];

	put_u64(in, subject);
	crypto_shorthash(out, in, sizeof(in), c->key[CRYPT_OFFERS]);
}

uint64_t
crypt_person(const struct crypt *c, const void *id, size_t n)
{
	unsigned char hash[CRYPT_LOOKUP];
	uint64_t v = 0;
	int i;

	crypto_generichash(hash, sizeof(hash), id, n, c->key[CRYPT_PERSONS],
	    CRYPT_KEY);
	for (i = 7; i >= 0; i--)
		v = v << 8 | hash[i];
	return v | UINT64_C(3) << 62;
}

/* ---- seals: nonce, what is sealed, tag ---- */

int
crypt_seal(const struct crypt *c, unsigned char *out, const void *p, size_t n,
    const void *bind, size_t bound, struct err *err)
{
	if (secret_random(out, NONCE, err) < 0)
		return -1;
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL, p, n,
	    bind, bound, NULL, out, c->key[CRYPT_SEALS]);
	return 0;
}

int
crypt_open(const struct crypt *c, void *out, const unsigned char *sealed,
    size_t n, const void *bind, size_t bound, struct err *err)
{
	if (n < CRYPT_SEAL_EXTRA ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL,
		sealed + NONCE, n - NONCE, bind, bound, sealed,
		c->key[CRYPT_SEALS]) < 0)
		return err_set(err, ERR_AUTH,
		    "what is sealed was altered, or sealed under another key");
	return 0;
}

/* ---- the index ---- */

void
crypt_index_key(const struct crypt *c, uint64_t generation,
    const unsigned char salt[CRYPT_SALT], unsigned char out[CRYPT_KEY])
{
	unsigned char in[8 + CRYPT_SALT];

	put_u64(in, generation);
	memcpy(in + 8, salt, CRYPT_SALT);
	crypto_generichash(out, CRYPT_KEY, in, sizeof(in),
	    c->key[CRYPT_INDEXES], CRYPT_KEY);
}

/* A key seals each number once, so that the number does for a nonce. */
static void
page_nonce(unsigned char nonce[NONCE], uint64_t number)
{
	memset(nonce, 0, NONCE);
	put_u64(nonce, number);
}

void
crypt_page_seal(unsigned char *out, unsigned char tag[CRYPT_TAG], const void *p,
    size_t n, uint64_t number, const void *bind, size_t bound,
    const unsigned char key[CRYPT_KEY])
{
	unsigned char nonce[NONCE];

	page_nonce(nonce, number);
	crypto_aead_xchacha20poly1305_ietf_encrypt_detached(out, tag, NULL, p,
	    n, bind, bound, NULL, nonce, key);
}

bool
crypt_page_open(void *out, const unsigned char *p, size_t n,
    const unsigned char tag[CRYPT_TAG], uint64_t number, const void *bind,
    size_t bound, const unsigned char key[CRYPT_KEY])
{
	unsigned char nonce[NONCE];

	page_nonce(nonce, number);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(out, NULL, p, n,
		tag, bind, bound, nonce, key) == 0)
		return true;
	memset(out, 0, n);
	return false;
}

/* ---- macs ---- */

/*
 * The first byte tells the beginning of a chain from a link of it, so that no
 * bytes behind nothing have the mac of fewer bytes behind a link.
 */
static void
mac_start(crypto_generichash_state *state, const struct crypt *c,
    enum crypt_purpose purpose, const unsigned char *before)
{
	unsigned char link = before != NULL;

	assert(purpose > 0 && purpose < CRYPT_PURPOSES);
	crypto_generichash_init(state, c->key[purpose], CRYPT_KEY, CRYPT_MAC);
	crypto_generichash_update(state, &link, 1);
	if (before)
		crypto_generichash_update(state, before, CRYPT_MAC);
}

void
crypt_mac(const struct crypt *c, enum crypt_purpose purpose,
    const unsigned char before[CRYPT_MAC], const void *p, size_t n,
    unsigned char out[CRYPT_MAC])
{
	crypto_generichash_state state;

	mac_start(&state, c, purpose, before);
	crypto_generichash_update(&state, p, n);
	crypto_generichash_final(&state, out, CRYPT_MAC);
	secret_wipe(&state, sizeof(state));
}

int
crypt_stream_new(struct crypt_stream **out, const struct crypt *c,
    enum crypt_purpose purpose, struct err *err)
{
	if (!(*out = secret_alloc(sizeof(**out), err)))
		return -1;
	mac_start(&(*out)->state, c, purpose, NULL);
	return 0;
}

void
crypt_stream_add(struct crypt_stream *s, const void *p, size_t n)
{
	crypto_generichash_update(&s->state, p, n);
}

void
crypt_stream_end(struct crypt_stream *s, unsigned char out[CRYPT_MAC])
{
	crypto_generichash_final(&s->state, out, CRYPT_MAC);
}

void
crypt_stream_free(struct crypt_stream *s)
{
	secret_free(s);
}

/* ---- passphrases and digests ---- */

int
crypt_passphrase_key(unsigned char out[CRYPT_KEY], const void *phrase, size_t n,
    const unsigned char salt[CRYPT_SALT], uint64_t ops, uint64_t memory,
    struct err *err)
{
	if (sodium_init() < 0)
		return err_set(err, ERR_INTERNAL, "libsodium does not start");
	if (crypto_pwhash(out, CRYPT_KEY, phrase, n, salt, ops, (size_t)memory,
		crypto_pwhash_ALG_ARGON2ID13) < 0)
		return err_set(err, ERR_NOMEM,
		    "a passphrase needs %ju MiB of memory to be tried",
		    (uintmax_t)(memory >> 20));
	return 0;
}

static int
digest(crypto_hash_sha256_state *state, struct infile *f, struct err *err)
{
	char *p = malloc(CHUNK);
	ssize_t n;

	if (!p)
		return err_nomem(err);
	while ((n = infile_read(f, p, CHUNK, err)) > 0)
		crypto_hash_sha256_update(state, (unsigned char *)p, (size_t)n);
	free(p);
	return n < 0 ? -1 : 0;
}

int
crypt_file_sha256(unsigned char out[CRYPT_SHA256], const char *path,
    struct err *err)
{
	crypto_hash_sha256_state state;
	struct infile f;
	int ret;

	if (infile_open(&f, path, err) < 0)
		return -1;
	crypto_hash_sha256_init(&state);
	ret = digest(&state, &f, err);
	crypto_hash_sha256_final(&state, out);
	infile_close(&f);
	return ret;
}
