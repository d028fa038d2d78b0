#include "store/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/outfile.h"
#include "base/secret.h"
#include "store/keyring_text.h"

enum { PHRASE_MAX = 1024 };

/* libsodium's "moderate": 256 MiB, and some 0.7 s to try a passphrase. */
enum { OPS = 3, MEMORY = 256 << 20 };

/* What the file is wrapped under. */
struct wrap {
	struct crypt *crypt; /* NULL: nothing */
	unsigned char salt[CRYPT_SALT];
	uint64_t ops, memory;
};

struct key {
	char id[KEYRING_ID_TEXT];
	struct crypt *crypt;
	unsigned char *master; /* CRYPT_KEY bytes of secret memory */
};

struct keyring {
	char *path;
	struct wrap wrap;
	size_t keys;
	struct key key[KEYRING_KEYS]; /* in force, next */
	bool origin_protected;        /* read from a backup of such a file */
	uint64_t ops, memory;         /* for wraps to come */
};

static const char ID_OF[] = "scrub key id";
static const char WRAPPED[] = "scrub key file";

/* ---- keys and wraps ---- */

static void
key_release(struct key *key)
{
	crypt_free(key->crypt);
	secret_free(key->master);
	*key = (struct key){ 0 };
}

/* A key from its bytes; from new random ones for NULL. */
static int
key_init(struct key *key, const unsigned char *master, struct err *err)
{
	unsigned char id[CRYPT_MAC];

	if (!(key->master = secret_alloc(CRYPT_KEY, err)))
		return -1;
	if (master)
		memcpy(key->master, master, CRYPT_KEY);
	else if (secret_random(key->master, CRYPT_KEY, err) < 0)
		return -1;
	if (crypt_new(&key->crypt, key->master, err) < 0)
		return -1;
	crypt_mac(key->crypt, CRYPT_KEYFILE, NULL, ID_OF, sizeof(ID_OF), id);
	keyring_hex(key->id, id, KEYRING_ID);
	return 0;
}

/* With salt and costs filled in. */
static int
wrap_derive(struct wrap *w, const void *phrase, size_t n, struct err *err)
{
	unsigned char *key = secret_alloc(CRYPT_KEY, err);
	int ret = -1;

	if (!key)
		return -1;
	if (crypt_passphrase_key(key, phrase, n, w->salt, w->ops, w->memory,
		err) == 0)
		ret = crypt_new(&w->crypt, key, err);
	secret_free(key);
	return ret;
}

/* A new wrap, with a salt of its own. */
static int
wrap_init(struct wrap *w, const struct keyring *k, const void *phrase, size_t n,
    struct err *err)
{
	*w = (struct wrap){ .ops = k->ops, .memory = k->memory };
	if (secret_random(w->salt, CRYPT_SALT, err) < 0)
		return -1;
	return wrap_derive(w, phrase, n, err);
}

/* ---- files ---- */

/* Nobody else may look in: `st` belongs to us and has no bits of others. */
static int
owner_check(const struct stat *st, const char *path, const char *mode,
    struct err *err)
{
	if (st->st_uid != geteuid()) {
		err_set(err, ERR_AUTH, "%s: belongs to another user", path);
		return err_hint(err, "run scrub as its owner");
	}
	if (st->st_mode & 077) {
		err_set(err, ERR_AUTH, "%s: others can get at it", path);
		return err_hint(err, "chmod %s %s", mode, path);
	}
	return 0;
}

static int
folder_check(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
	char *folder = n ? strndup(path, n) : strdup(".");
	struct stat st;
	int ret;

	if (!folder)
		return err_nomem(err);
	if (stat(folder, &st) == 0)
		ret = owner_check(&st, folder, "700", err);
	else if (errno == ENOENT)
		ret = err_set(err, ERR_AUTH, "no key at %s", path);
	else
		ret = err_sys(err, "%s", folder);
	free(folder);
	return ret;
}

/* A link is refused: what it leads to lies in a folder nobody looked at. */
static int
key_open(const char *path, struct err *err)
{
	struct stat st;
	int fd;

	if (folder_check(path, err) < 0)
		return -1;
	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	if (fd < 0 && errno == ENOENT) {
		err_set(err, ERR_AUTH, "no key at %s", path);
		return err_hint(err,
		    "'scrub init' makes one, 'scrub key restore' brings one "
		    "back");
	}
	if (fd < 0 && errno == ELOOP)
		return err_set(err, ERR_AUTH, "%s: is a link", path);
	if (fd < 0)
		return err_sys(err, "%s", path);
	if (fstat(fd, &st) < 0)
		err_sys(err, "%s", path);
	else if (!S_ISREG(st.st_mode))
		err_set(err, ERR_AUTH, "%s: is no regular file", path);
	else if (owner_check(&st, path, "600", err) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A copy that may lie anywhere: it is sealed. */
static int
backup_open(const char *path, struct err *err)
{
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return err_sys(err, "%s", path);
	return fd;
}

/* All of it into p; more than KEYRING_FILE_MAX is no key file. */
static int
file_read(int fd, char *p, size_t *n, struct err *err)
{
	ssize_t got;

	*n = 0;
	while (*n <= KEYRING_FILE_MAX) {
		got = read(fd, p + *n, KEYRING_FILE_MAX + 1 - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "cannot read");
		if (got == 0)
			return 0;
		*n += (size_t)got;
	}
	return err_set(err, ERR_AUTH, "is no key file");
}

/* The n bytes at p appear at `path` as a whole, and stay in no buffer. */
static int
file_write(const char *path, const char *p, size_t n, struct err *err)
{
	struct outfile o;
	int ret = -1;

	if (outfile_open(&o, path, err) < 0)
		return -1;
	if (outfile_write(&o, p, n, err) == 0 && outfile_finish(&o, err) == 0)
		ret = outfile_publish(&o, err);
	secret_wipe(o.buf, n);
	outfile_discard(&o);
	return ret;
}

/* ---- a key file from a ring ---- */

/* The keys of the ring into t->bytes, sealed where there is a wrap. */
static int
keys_put(const struct keyring *k, const struct wrap *w, struct keyring_text *t,
    struct err *err)
{
	unsigned char *plain = secret_alloc(KEYRING_BYTES_MAX, err);
	size_t i;
	int ret = 0;

	if (!plain)
		return -1;
	for (i = 0; i < k->keys; i++) {
		memcpy(plain + i * CRYPT_KEY, k->key[i].master, CRYPT_KEY);
		memcpy(t->id[i], k->key[i].id, KEYRING_ID_TEXT);
	}
	if (w->crypt)
		ret = crypt_seal(w->crypt, t->bytes, plain, i * CRYPT_KEY,
		    WRAPPED, sizeof(WRAPPED), err);
	else
		memcpy(t->bytes, plain, i * CRYPT_KEY);
	secret_free(plain);
	return ret;
}

static int
ring_compose(const struct keyring *k, const struct wrap *w,
    struct keyring_text *t, char out[KEYRING_FILE_MAX], size_t *n,
    struct err *err)
{
	t->sealed = w->crypt != NULL;
	memcpy(t->salt, w->salt, CRYPT_SALT);
	t->ops = w->ops;
	t->memory = w->memory;
	t->keys = k->keys;
	if (keys_put(k, w, t, err) < 0)
		return -1;
	*n = keyring_text_body(t, out);
	crypt_mac(k->key[0].crypt, CRYPT_KEYFILE, NULL, out, *n, t->check);
	*n = keyring_text_check(t, out, *n);
	return 0;
}

static int
ring_store(const struct keyring *k, const struct wrap *w, const char *path,
    bool backup, struct err *err)
{
	struct keyring_text *t = secret_alloc(sizeof(*t), err);
	char *out = t ? secret_alloc(KEYRING_FILE_MAX, err) : NULL;
	size_t n;
	int ret = -1;

	if (out) {
		t->backup = backup;
		t->origin_protected = keyring_protected(k);
		if (ring_compose(k, w, t, out, &n, err) == 0)
			ret = file_write(path, out, n, err);
	}
	secret_free(out);
	secret_free(t);
	return ret;
}

/* ---- a ring from a key file ---- */

/* The keys of t->bytes, opened where they are sealed, and in their order. */
static int
keys_take(struct keyring *k, const struct keyring_text *t, struct err *err)
{
	unsigned char *plain = secret_alloc(KEYRING_BYTES_MAX, err);
	int ret = 0;

	if (!plain)
		return -1;
	if (!t->sealed)
		memcpy(plain, t->bytes, t->keys * CRYPT_KEY);
	else if ((ret = crypt_open(k->wrap.crypt, plain, t->bytes,
		      keyring_text_bytes(t), WRAPPED, sizeof(WRAPPED), err)) <
	    0)
		err_set(err, ERR_AUTH,
		    "wrong passphrase, or the file was altered");
	for (; ret == 0 && k->keys < t->keys; k->keys++)
		ret = key_init(&k->key[k->keys], plain + k->keys * CRYPT_KEY,
		    err);
	secret_free(plain);
	return ret;
}

/* Are these the bytes that were written with these keys? */
static int
ring_check(const struct keyring *k, const struct keyring_text *t, const char *p,
    struct err *err)
{
	unsigned char check[CRYPT_MAC];
	size_t i;

	crypt_mac(k->key[0].crypt, CRYPT_KEYFILE, NULL, p, t->covered, check);
	if (!secret_equal(check, t->check, CRYPT_MAC))
		return err_set(err, ERR_AUTH, "was altered");
	for (i = 0; i < k->keys; i++)
		if (strcmp(k->key[i].id, t->id[i]) != 0)
			return err_set(err, ERR_AUTH, "was altered");
	return 0;
}

static int
ring_unwrap(struct keyring *k, const struct keyring_text *t,
    const struct keyring_asker *asker, struct err *err)
{
	char *phrase;
	int n, ret = -1;

	if (!asker)
		return err_set(err, ERR_AUTH, "is protected by a passphrase");
	if (!(phrase = secret_alloc(PHRASE_MAX, err)))
		return -1;
	memcpy(k->wrap.salt, t->salt, CRYPT_SALT);
	k->wrap.ops = t->ops;
	k->wrap.memory = t->memory;
	n = asker->ask(asker->arg, phrase, PHRASE_MAX, err);
	if (n >= 0)
		ret = wrap_derive(&k->wrap, phrase, (size_t)n, err);
	secret_free(phrase);
	return ret;
}

static int
ring_load(struct keyring *k, const struct keyring_text *t, const char *p,
    const struct keyring_asker *asker, struct err *err)
{
	k->origin_protected = t->origin_protected;
	if (t->sealed && ring_unwrap(k, t, asker, err) < 0)
		return -1;
	if (keys_take(k, t, err) < 0)
		return -1;
	return ring_check(k, t, p, err);
}

/* The file behind fd, as text and as what it says; secret memory, both. */
static int
text_read(int fd, struct keyring_text **t, char **p, struct err *err)
{
	size_t n;

	if (!(*t = secret_alloc(sizeof(**t), err)) ||
	    !(*p = secret_alloc(KEYRING_FILE_MAX + 1, err)))
		return -1;
	if (file_read(fd, *p, &n, err) < 0)
		return -1;
	return keyring_text_parse(*t, *p, n, err);
}

static struct keyring *
ring_new(const char *path, struct err *err)
{
	struct keyring *k = calloc(1, sizeof(*k));

	if (!k || !(k->path = strdup(path))) {
		free(k);
		err_nomem(err);
		return NULL;
	}
	k->ops = OPS;
	k->memory = MEMORY;
	return k;
}

/* Read from fd, which is closed, what lies or is to lie at `path`. */
static int
ring_read(struct keyring **out, int fd, const char *path, bool backup,
    const struct keyring_asker *asker, struct err *err)
{
	struct keyring *k = ring_new(path, err);
	struct keyring_text *t = NULL;
	char *p = NULL;
	int ret = -1;

	if (k && text_read(fd, &t, &p, err) == 0) {
		if (t->backup != backup)
			err_set(err, ERR_AUTH, "%s",
			    backup ?
				"is no backup of a key" :
				"is a backup, 'scrub key restore' reads it");
		else
			ret = ring_load(k, t, p, asker, err);
	}
	close(fd);
	secret_free(t);
	secret_free(p);
	if (ret == 0) {
		*out = k;
		k = NULL;
	}
	keyring_close(k);
	return ret;
}

/* ---- what others call ---- */

int
keyring_create(const char *path, struct err *err)
{
	struct keyring *k = ring_new(path, err);
	struct stat st;
	int ret = -1;

	if (!k)
		return -1;
	if (folder_check(path, err) < 0)
		goto out;
	if (lstat(path, &st) == 0) {
		err_set(err, ERR_USAGE, "%s: there is a key already", path);
		goto out;
	}
	if (errno != ENOENT) {
		err_sys(err, "%s", path);
		goto out;
	}
	if (key_init(&k->key[0], NULL, err) < 0)
		goto out;
	k->keys = 1;
	ret = ring_store(k, &k->wrap, path, false, err);
out:
	keyring_close(k);
	return ret;
}

int
keyring_open(struct keyring **out, const char *path,
    const struct keyring_asker *asker, struct err *err)
{
	int fd = key_open(path, err);

	*out = NULL;
	if (fd < 0)
		return -1;
	if (ring_read(out, fd, path, false, asker, err) < 0)
		return err_in(err, "%s", path);
	return 0;
}

void
keyring_close(struct keyring *k)
{
	size_t i;

	if (!k)
		return;
	for (i = 0; i < KEYRING_KEYS; i++)
		key_release(&k->key[i]);
	crypt_free(k->wrap.crypt);
	free(k->path);
	free(k);
}

int
keyring_crypt(const struct keyring *k, const char *id, const struct crypt **out,
    struct err *err)
{
	size_t i;

	for (i = 0; i < k->keys; i++) {
		if (!id || strcmp(k->key[i].id, id) == 0) {
			*out = k->key[i].crypt;
			return 0;
		}
	}
	return err_set(err, ERR_AUTH, "%s: does not have the key %s", k->path,
	    id);
}

const char *
keyring_current(const struct keyring *k)
{
	return k->key[0].id;
}

const char *
keyring_next(const struct keyring *k)
{
	return k->keys > 1 ? k->key[1].id : NULL;
}

bool
keyring_protected(const struct keyring *k)
{
	return k->wrap.crypt != NULL;
}

void
keyring_set_cost(struct keyring *k, uint64_t ops, uint64_t memory)
{
	k->ops = ops;
	k->memory = memory;
}

int
keyring_add_next(struct keyring *k, struct err *err)
{
	if (k->keys > 1)
		return 0;
	key_release(&k->key[1]); /* what was in force before */
	if (key_init(&k->key[1], NULL, err) < 0)
		return -1;
	k->keys = 2;
	if (ring_store(k, &k->wrap, k->path, false, err) < 0) {
		k->keys = 1;
		return -1;
	}
	return 0;
}

static void
keys_swap(struct keyring *k)
{
	struct key first = k->key[0];

	k->key[0] = k->key[1];
	k->key[1] = first;
}

int
keyring_take_next(struct keyring *k, struct err *err)
{
	if (k->keys < 2)
		return err_set(err, ERR_INTERNAL, "%s: there is no next key",
		    k->path);
	keys_swap(k);
	k->keys = 1;
	if (ring_store(k, &k->wrap, k->path, false, err) < 0) {
		keys_swap(k);
		k->keys = 2;
		return -1;
	}
	return 0;
}

int
keyring_protect(struct keyring *k, const void *phrase, size_t n,
    struct err *err)
{
	struct wrap w = { 0 };

	if ((phrase && wrap_init(&w, k, phrase, n, err) < 0) ||
	    ring_store(k, &w, k->path, false, err) < 0) {
		crypt_free(w.crypt);
		return -1;
	}
	crypt_free(k->wrap.crypt);
	k->wrap = w;
	return 0;
}

int
keyring_backup(const struct keyring *k, const char *path, const void *phrase,
    size_t n, struct err *err)
{
	struct wrap w;
	struct stat st;
	int ret = -1;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		err_set(err, ERR_USAGE, "%s: is there already", path);
		return err_hint(err, "it may be the only copy of another key");
	}
	if (wrap_init(&w, k, phrase, n, err) == 0)
		ret = ring_store(k, &w, path, true, err);
	crypt_free(w.crypt);
	return ret;
}

/* ---- restoring ---- */

struct phrase {
	const void *p;
	size_t n;
};

static int
phrase_ask(void *arg, char *out, size_t cap, struct err *err)
{
	const struct phrase *phrase = arg;

	if (phrase->n > cap)
		return err_set(err, ERR_AUTH, "wrong passphrase");
	memcpy(out, phrase->p, phrase->n);
	return (int)phrase->n;
}

/* Does the text name the keys of the ring, and no others? */
static bool
same_keys(const struct keyring *k, const struct keyring_text *t)
{
	size_t i;

	for (i = 0; i < k->keys; i++)
		if (strcmp(k->key[i].id, t->id[i]) != 0)
			return false;
	return k->keys == t->keys;
}

/*
 * May the ring take the place of what lies at its path?  Nothing is lost when
 * that names the same keys, readable or not.
 */
static int
place_check(const struct keyring *k, struct err *err)
{
	struct keyring_text *t = NULL;
	char *p = NULL;
	struct stat st;
	bool same;
	int fd;

	if (lstat(k->path, &st) < 0 && errno == ENOENT)
		return 0;
	if ((fd = key_open(k->path, err)) < 0)
		return -1;
	same = text_read(fd, &t, &p, err) == 0 && same_keys(k, t);
	close(fd);
	secret_free(t);
	secret_free(p);
	if (same)
		return 0;
	err_set(err, ERR_USAGE, "%s: is another key than the backup's",
	    k->path);
	return err_hint(err, "move it away first, if it is of no use");
}

int
keyring_restore(const char *backup, const char *path, const void *phrase,
    size_t n, bool pretend, struct err *err)
{
	static const struct wrap none;
	struct phrase known = { phrase, n };
	struct keyring_asker asker = { phrase_ask, &known };
	struct keyring *k;
	int fd = backup_open(backup, err), ret = -1;

	if (fd < 0)
		return -1;
	if (ring_read(&k, fd, path, true, &asker, err) < 0)
		return err_in(err, "%s", backup);
	if (place_check(k, err) < 0)
		goto out;
	if (pretend)
		ret = 0;
	else if (folder_check(path, err) == 0)
		ret = ring_store(k, k->origin_protected ? &k->wrap : &none,
		    path, false, err);
out:
	keyring_close(k);
	return ret;
}
