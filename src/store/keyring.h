/*
 * keyring.h - the key file of a home: which master keys there are.
 *
 * The file holds one key, or two while they are rotated: the one in force and
 * the next.  It may be wrapped under a passphrase.  Every byte of it is
 * covered by a check: a flipped bit is ERR_AUTH, never another key.  The file
 * must be a regular file of mode 0600 (or less) owned by the user in a folder
 * that is nobody else's to read or write; anything else is refused with
 * ERR_AUTH and a hint that names the chmod.
 */
#ifndef SCRUB_STORE_KEYRING_H
#define SCRUB_STORE_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/crypt.h"

enum { KEYRING_ID = 8, KEYRING_ID_TEXT = 2 * KEYRING_ID + 1 };

/*
 * Asks for the passphrase of a protected key file: fills at most `cap` bytes
 * of secret memory and returns how many, or -1 with *err.  Called once.
 */
struct keyring_asker {
	int (*ask)(void *arg, char *out, size_t cap, struct err *err);
	void *arg;
};

struct keyring;

/* Make a new key file with one new key.  Refuses to replace one (ERR_USAGE). */
int keyring_create(const char *path, struct err *err);

/*
 * Read and check a key file.  ERR_AUTH for a missing file ("no key at ..."),
 * wrong permissions, altered bytes, a wrong passphrase, an unknown version.
 */
int keyring_open(struct keyring **out, const char *path,
    const struct keyring_asker *asker, struct err *err);
void keyring_close(struct keyring *k);

/*
 * The subkeys of the key whose id is `id`; of the key in force for NULL.
 * ERR_AUTH when the file has no such key.  Lives as long as *k.
 */
int keyring_crypt(const struct keyring *k, const char *id,
    const struct crypt **out, struct err *err);

/* Ids (hex) of the key in force and, NULL if there is none, of the next. */
const char *keyring_current(const struct keyring *k);
const char *keyring_next(const struct keyring *k);
bool keyring_protected(const struct keyring *k);

/*
 * Rotation: add a next key (keeps one that is there already, after a crash);
 * then make the next the only one.  The file is replaced atomically.  (What
 * keyring_crypt() gave for the old one stays until another next is added.)
 */
int keyring_add_next(struct keyring *k, struct err *err);
int keyring_take_next(struct keyring *k, struct err *err);

/* Wrap the file under a passphrase; NULL, 0: store it unwrapped again. */
int keyring_protect(struct keyring *k, const void *phrase, size_t n,
    struct err *err);

/*
 * What it costs to try a passphrase: Argon2id operations, and bytes of memory,
 * for wraps made from now on.  For tests, which have many to try; the default
 * is libsodium's "moderate" (3 operations, 256 MiB, some 0.7 s).
 */
void keyring_set_cost(struct keyring *k, uint64_t ops, uint64_t memory);

/*
 * A copy of the key file's contents, wrapped under a passphrase of its own,
 * into `path` (mode 0600), which must not be there (ERR_USAGE).
 */
int keyring_backup(const struct keyring *k, const char *path,
    const void *phrase, size_t n, struct err *err);

/*
 * And back, into a home that has no key file, or one that names the same keys
 * and is of no use any more; another is never replaced (ERR_USAGE).  The copy
 * of a file that was protected is then protected by the backup's passphrase,
 * any other by none.  `pretend`: look whether it could be done.
 */
int keyring_restore(const char *backup, const char *path, const void *phrase,
    size_t n, bool pretend, struct err *err);

#endif
