/*
 * fault_keyring.c - whatever fails while a key file is written, there is one,
 * whole: the old or the new; and a home is never more open than it should be.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "flow/home.h"
#include "store/keyring.h"

/* Argon2 at its cheapest. */
enum { OPS = 1, MEMORY = 8192 };

static const char phrase[] = "correct horse";

static int
answer(void *arg, char *out, size_t cap, struct err *err)
{
	(void)arg;
	(void)cap;
	(void)err;
	memcpy(out, phrase, sizeof(phrase) - 1);
	return sizeof(phrase) - 1;
}

static const struct keyring_asker asker = { answer, NULL };

/* Id of the key that was made before the job. */
static char first[KEYRING_ID_TEXT];

/* A helper of ours that must not fail. */
static struct keyring *
opened(void)
{
	struct keyring *k;
	struct err err;

	return keyring_open(&k, "key", &asker, &err) == 0 ? k : NULL;
}

static void
prepare_key(void *arg)
{
	struct keyring *k;
	struct err err;

	(void)arg;
	if (keyring_create("key", &err) < 0 || !(k = opened()))
		abort();
	memcpy(first, keyring_current(k), sizeof(first));
	keyring_close(k);
}

static void
prepare_next(void *arg)
{
	struct keyring *k;
	struct err err;

	prepare_key(arg);
	k = opened();
	if (!k || keyring_add_next(k, &err) < 0)
		abort();
	keyring_close(k);
}

static void
prepare_backup(void *arg)
{
	struct keyring *k;
	struct err err;

	prepare_key(arg);
	k = opened();
	if (!k)
		abort();
	keyring_set_cost(k, OPS, MEMORY);
	if (keyring_backup(k, "copy", phrase, sizeof(phrase) - 1, &err) < 0 ||
	    unlink("key") < 0)
		abort();
	keyring_close(k);
}

/* ---- jobs ---- */

static int
create(void *arg, struct err *err)
{
	(void)arg;
	return keyring_create("key", err);
}

/* Open, change, close. */
static int
change(int (*fn)(struct keyring *, struct err *), struct err *err)
{
	struct keyring *k;
	int ret;

	if (keyring_open(&k, "key", &asker, err) < 0)
		return -1;
	keyring_set_cost(k, OPS, MEMORY);
	ret = fn(k, err);
	keyring_close(k);
	return ret;
}

static int
add_next(void *arg, struct err *err)
{
	(void)arg;
	return change(keyring_add_next, err);
}

static int
take_next(void *arg, struct err *err)
{
	(void)arg;
	return change(keyring_take_next, err);
}

static int
wrap(struct keyring *k, struct err *err)
{
	return keyring_protect(k, phrase, sizeof(phrase) - 1, err);
}

static int
protect(void *arg, struct err *err)
{
	(void)arg;
	return change(wrap, err);
}

static int
copy(struct keyring *k, struct err *err)
{
	return keyring_backup(k, "copy", phrase, sizeof(phrase) - 1, err);
}

static int
backup(void *arg, struct err *err)
{
	(void)arg;
	return change(copy, err);
}

static int
restore(void *arg, struct err *err)
{
	(void)arg;
	return keyring_restore("copy", "key", phrase, sizeof(phrase) - 1, false,
	    err);
}

static int
make_home(void *arg, struct err *err)
{
	const struct home_env none = { 0 };
	struct lockfile lock = { 0 };
	struct home h;
	unsigned made;
	int ret;

	(void)arg;
	if (home_find(&h, "a/home", &none, err) < 0)
		return -1;
	ret = home_create(&h, HOME_ALL, "scrub init", &lock, &made, err);
	lockfile_release(&lock);
	home_release(&h);
	return ret;
}

/* ---- what must hold afterwards ---- */

static bool
in_place(const struct fault_outcome *o)
{
	return strstr(o->err.text, "in place, but") != NULL;
}

/* Names there may be: a killed process leaves its temporary. */
static const char *
names_check(unsigned most, const struct fault_outcome *o)
{
	return fault_names() > most + (o->killed ? 1 : 0) ?
	    "something was left behind" :
	    NULL;
}

static const char *
check_create(void *arg, const struct fault_outcome *o)
{
	struct keyring *k = opened();
	bool there = access("key", F_OK) == 0;

	(void)arg;
	keyring_close(k);
	if (there && !k)
		return "half a key";
	if (o->succeeded && !k)
		return "success, but there is no key";
	if (!o->succeeded && !o->killed && there && !in_place(o))
		return "failed, but there is a key";
	return names_check(there ? 1 : 0, o);
}

/*
 * Of the ring before and after a change: the key in force is the first or, once
 * take_next() is done, another; a key is never lost.
 */
static const char *
check_change(void *arg, const struct fault_outcome *o)
{
	struct keyring *k = opened();
	const char *wrong = NULL;
	bool same, two, sealed, done;

	if (!k)
		return "the key is gone";
	same = strcmp(keyring_current(k), first) == 0;
	two = keyring_next(k) != NULL;
	sealed = keyring_protected(k);
	keyring_close(k);
	if (strcmp(arg, "add") == 0) {
		done = two;
		wrong = same && !sealed ? NULL : "another key in force";
	} else if (strcmp(arg, "take") == 0) {
		done = !same;
		wrong = same == two && !sealed ? NULL : "a key is lost";
	} else {
		done = sealed;
		wrong = same && !two ? NULL : "another key";
	}
	if (wrong)
		return wrong;
	if (o->succeeded && !done)
		return "success, but nothing was done";
	if (!o->succeeded && !o->killed && done && !in_place(o))
		return "failed, but it was done";
	return names_check(1, o);
}

static const char *
check_copy(void *arg, const struct fault_outcome *o)
{
	bool key = access("key", F_OK) == 0, file = access("copy", F_OK) == 0;
	struct keyring *k = opened();
	struct err err;

	(void)arg;
	if (key && (!k || strcmp(keyring_current(k), first) != 0)) {
		keyring_close(k);
		return "another key, or half of it";
	}
	keyring_close(k);
	if (file &&
	    keyring_restore("copy", "key", phrase, sizeof(phrase) - 1, true,
		&err) < 0)
		return "half a copy";
	if (o->succeeded && (!key || !file))
		return "success, but nothing was done";
	return names_check((key ? 1 : 0) + (file ? 1 : 0), o);
}

static bool
mode_is(const char *path, unsigned mode)
{
	struct stat st;

	return stat(path, &st) < 0 || (st.st_mode & 0777) == mode;
}

static const char *
check_home(void *arg, const struct fault_outcome *o)
{
	struct keyring *k = NULL;
	struct err err;
	bool key = access("a/home/scrub.key", F_OK) == 0;

	(void)arg;
	if (!mode_is("a", 0700) || !mode_is("a/home", 0700) ||
	    !mode_is("a/home/scrub.key", 0600) ||
	    !mode_is("a/home/scrub.conf", 0600) ||
	    !mode_is("a/home/lock", 0600))
		return "others can get at it";
	if (key && keyring_open(&k, "a/home/scrub.key", NULL, &err) < 0)
		return "half a key";
	keyring_close(k);
	if (o->succeeded && (!key || access("a/home/scrub.conf", F_OK) < 0))
		return "success, but something is missing";

	/* A second attempt, with nothing failing, goes on from there. */
	if (make_home(NULL, &err) < 0)
		return "cannot be completed";
	return NULL;
}

static const struct fault_test tests[] = {
	{ .name = "a new key", .job = create, .check = check_create },
	{ .name = "a next key",
	    .prepare = prepare_key,
	    .job = add_next,
	    .check = check_change,
	    .arg = "add" },
	{ .name = "the next key in force",
	    .prepare = prepare_next,
	    .job = take_next,
	    .check = check_change,
	    .arg = "take" },
	{ .name = "a passphrase",
	    .prepare = prepare_key,
	    .job = protect,
	    .check = check_change,
	    .arg = "protect" },
	{ .name = "a backup of a key",
	    .prepare = prepare_key,
	    .job = backup,
	    .check = check_copy },
	{ .name = "a key restored",
	    .prepare = prepare_backup,
	    .job = restore,
	    .check = check_copy },
	/* Of closing the lock nothing can be lost. */
	{ .name = "a home",
	    .job = make_home,
	    .check = check_home,
	    .tolerated = "close" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		fault_run(&tests[i]);
	return fault_done();
}
