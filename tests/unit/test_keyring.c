#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/keyring.h"

/* Argon2 at its cheapest: tests try thousands of passphrases. */
enum { OPS = 1, MEMORY = 8192 };

static char folder[] = "/tmp/scrub-keyring.XXXXXX";

static void
enter(void)
{
	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
}

static void
leave(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	cr_expect(chdir("/") == 0 && system(command) == 0);
}

TestSuite(keyring, .init = enter, .fini = leave);

static int
answer(void *arg, char *out, size_t cap, struct err *err)
{
	size_t n = strlen(arg);

	(void)err;
	cr_assert(n <= cap);
	memcpy(out, arg, n);
	return (int)n;
}

static char phrase[] = "correct horse";
static const struct keyring_asker right = { answer, phrase };

static struct keyring *
opened(const char *path, const struct keyring_asker *asker)
{
	struct keyring *k = NULL;
	struct err err;

	cr_assert(keyring_open(&k, path, asker, &err) == 0, "%s", err.text);
	return k;
}

static struct keyring *
created(const char *path)
{
	struct err err;

	cr_assert(keyring_create(path, &err) == 0, "%s", err.text);
	return opened(path, NULL);
}

/* A protected key file, open. */
static struct keyring *protected(const char *path)
{
	struct keyring *k = created(path);
	struct err err;

	keyring_set_cost(k, OPS, MEMORY);
	cr_assert(keyring_protect(k, phrase, strlen(phrase), &err) == 0);
	return k;
}

/* Why opening fails; ERR_NONE when it does not. */
static enum err_code
refusal(const char *path, const struct keyring_asker *asker, struct err *err)
{
	struct keyring *k;

	*err = (struct err){ 0 };
	if (keyring_open(&k, path, asker, err) == 0) {
		keyring_close(k);
		return ERR_NONE;
	}
	cr_expect(k == NULL);
	return err->code;
}

static size_t
slurp(const char *path, char *out, size_t cap)
{
	FILE *f = fopen(path, "r");
	size_t n;

	cr_assert(f != NULL);
	n = fread(out, 1, cap, f);
	fclose(f);
	return n;
}

static void
put(const char *path, const char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	close(fd);
}

/* What a key does with one number: tells keys apart. */
static void
mark(const struct keyring *k, const char *id, unsigned char out[CRYPT_LOOKUP])
{
	const struct crypt *c = NULL;
	struct err err;

	cr_assert(keyring_crypt(k, id, &c, &err) == 0, "%s", err.text);
	crypt_lookup(c, 8613800138000, out);
}

static bool
marks(const struct keyring *k, const char *id,
    const unsigned char want[CRYPT_LOOKUP])
{
	unsigned char got[CRYPT_LOOKUP];

	mark(k, id, got);
	return memcmp(got, want, CRYPT_LOOKUP) == 0;
}

static int
names(void)
{
	DIR *d = opendir(".");
	int n = -2;

	cr_assert(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* ---- making and opening ---- */

Test(keyring, a_new_file_holds_one_key_of_its_own)
{
	struct keyring *k = created("a"), *other = created("b");
	unsigned char was[CRYPT_LOOKUP];
	struct stat st;
	struct err err;

	cr_expect(eq(sz, strlen(keyring_current(k)), KEYRING_ID_TEXT - 1));
	cr_expect(keyring_next(k) == NULL);
	cr_expect(not(keyring_protected(k)));
	cr_expect(strcmp(keyring_current(k), keyring_current(other)) != 0);
	mark(k, NULL, was);
	cr_expect(marks(k, keyring_current(k), was));
	cr_expect(not(marks(other, NULL, was)));
	keyring_close(k);
	keyring_close(other);
	k = opened("a", NULL);
	cr_expect(marks(k, NULL, was), "the same key when it is read again");
	keyring_close(k);
	cr_assert(stat("a", &st) == 0);
	cr_expect(eq(int, (int)(st.st_mode & 07777), 0600));
	cr_expect(eq(int, keyring_create("a", &err), -1));
	cr_expect(eq(int, err.code, ERR_USAGE));
	k = opened("a", NULL);
	cr_expect(marks(k, NULL, was), "it was not replaced");
	keyring_close(k);
}

/*
 * A file made by another implementation of BLAKE2b (Python's hashlib), of the
 * key 00 01 02 ... 1f: id and check are macs under its subkey 6.
 */
Test(keyring, a_file_as_it_is_documented_opens)
{
	static const char text[] = "scrub-key 1\n"
				   "protection none\n"
				   "current 900d35445fd435f9\n"
				   "keys 000102030405060708090a0b0c0d0e0f"
				   "101112131415161718191a1b1c1d1e1f\n"
				   "check 06d5a49472ae3de7bfe39ca63dcdc7bf"
				   "643c0a039dc395a1078d6cd367c461b7\n";
	unsigned char master[CRYPT_KEY], want[CRYPT_LOOKUP];
	struct keyring *k;
	struct crypt *c;
	struct err err;

	put("key", text, sizeof(text) - 1);
	k = opened("key", NULL);
	cr_expect(eq(str, (char *)keyring_current(k), "900d35445fd435f9"));
	for (int i = 0; i < CRYPT_KEY; i++)
		master[i] = (unsigned char)i;
	cr_assert(crypt_new(&c, master, &err) == 0);
	crypt_lookup(c, 8613800138000, want);
	cr_expect(marks(k, NULL, want));
	crypt_free(c);
	keyring_close(k);
}

Test(keyring, no_file_is_no_key)
{
	struct err err;

	cr_expect(eq(int, refusal("key", NULL, &err), ERR_AUTH));
	cr_expect(eq(str, err.text, "no key at key"));
	cr_expect(strstr(err.hint, "scrub init") != NULL);
	cr_expect(eq(int, refusal("no/key", NULL, &err), ERR_AUTH));
}

Test(keyring, an_id_it_does_not_have_is_an_error)
{
	struct keyring *k = created("key");
	const struct crypt *c;
	struct err err = { 0 };

	cr_expect(keyring_crypt(k, "0123456789abcdef", &c, &err) == -1);
	cr_expect(eq(int, err.code, ERR_AUTH));
	keyring_close(k);
}

/* ---- whom it belongs to ---- */

Test(keyring, what_others_can_get_at_is_refused)
{
	static const mode_t bad[] = { 0640, 0604, 0620, 0602, 0610, 0666 };
	static const mode_t good[] = { 0600, 0400 };
	struct err err;
	size_t i;

	keyring_close(created("key"));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cr_assert(chmod("key", bad[i]) == 0);
		cr_expect(refusal("key", NULL, &err) == ERR_AUTH, "%o", bad[i]);
		cr_expect(eq(str, err.hint, "chmod 600 key"));
	}
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		cr_assert(chmod("key", good[i]) == 0);
		cr_expect(refusal("key", NULL, &err) == ERR_NONE, "%o",
		    good[i]);
	}
}

Test(keyring, a_folder_that_others_can_get_at_is_refused)
{
	char path[100];
	struct err err;

	keyring_close(created("key"));
	snprintf(path, sizeof(path), "%s/key", folder);
	cr_expect(eq(int, refusal(path, NULL, &err), ERR_NONE));
	cr_assert(chmod(folder, 0750) == 0);
	cr_expect(eq(int, refusal(path, NULL, &err), ERR_AUTH));
	snprintf(path, sizeof(path), "chmod 700 %s", folder);
	cr_expect(eq(str, err.hint, path));
	cr_expect(eq(int, refusal("key", NULL, &err), ERR_AUTH));
	cr_expect(eq(str, err.hint, "chmod 700 ."));
	cr_expect(eq(int, keyring_create("new", &err), -1));
	cr_expect(eq(int, err.code, ERR_AUTH));
	cr_expect(access("new", F_OK) < 0);
}

Test(keyring, another_users_file_is_refused)
{
	struct err err;

	if (geteuid() != 0)
		cr_skip_test("only root can give a file away");
	keyring_close(created("key"));
	cr_assert(chown("key", 1, (gid_t)-1) == 0);
	cr_expect(eq(int, refusal("key", NULL, &err), ERR_AUTH));
}

Test(keyring, links_folders_and_pipes_are_no_key_files)
{
	struct err err;

	keyring_close(created("key"));
	cr_assert(symlink("key", "link") == 0);
	cr_assert(mkdir("dir", 0700) == 0);
	cr_assert(mkfifo("pipe", 0600) == 0);
	cr_expect(eq(int, refusal("link", NULL, &err), ERR_AUTH));
	cr_expect(eq(int, refusal("dir", NULL, &err), ERR_AUTH));
	cr_expect(eq(int, refusal("pipe", NULL, &err), ERR_AUTH));
}

/* ---- altered files ---- */

/* Each bit of each byte, and what else a byte may become, one at a time. */
static void
each_byte(const char *path, const struct keyring_asker *asker)
{
	static const char other[] = { 0, '\n', ' ', '0', '9', 'f', 'A' };
	char text[1024];
	size_t n = slurp(path, text, sizeof(text)), i, k, tried = 0;
	struct err err;

	cr_assert(n > 100 && n < sizeof(text));
	for (i = 0; i < n; i++) {
		char was = text[i];

		for (k = 0; k < 8 + sizeof(other); k++) {
			text[i] = k < 8 ? (char)(was ^ 1 << k) : other[k - 8];
			if (text[i] == was)
				continue;
			put(path, text, n);
			tried++;
			cr_expect(refusal(path, asker, &err) == ERR_AUTH,
			    "byte %zu of %zu: %d to %d", i, n, was, text[i]);
		}
		text[i] = was;
	}
	cr_expect(tried > 8 * n);
	put(path, text, n);
	cr_expect(eq(int, refusal(path, asker, &err), ERR_NONE));
}

Test(keyring, every_altered_byte_is_noticed)
{
	keyring_close(created("key"));
	each_byte("key", NULL);
}

Test(keyring, every_altered_byte_of_a_protected_file_is_noticed)
{
	keyring_close(protected("key"));
	each_byte("key", &right);
}

Test(keyring, every_altered_byte_is_noticed_while_keys_are_rotated)
{
	struct keyring *k = created("key");
	struct err err;

	cr_assert(keyring_add_next(k, &err) == 0);
	keyring_close(k);
	each_byte("key", NULL);
}

Test(keyring, a_file_that_is_cut_or_goes_on_is_noticed)
{
	char text[1200];
	size_t n, i;
	struct err err;

	keyring_close(created("key"));
	n = slurp("key", text, sizeof(text));
	for (i = 0; i < n; i++) {
		put("key", text, i);
		cr_expect(refusal("key", NULL, &err) == ERR_AUTH,
		    "%zu of %zu bytes", i, n);
	}
	for (i = 0; i < 256; i++) {
		text[n] = (char)i;
		put("key", text, n + 1);
		cr_expect(refusal("key", NULL, &err) == ERR_AUTH,
		    "with %zu behind it", i);
	}
	memset(text + n, '\n', sizeof(text) - n);
	put("key", text, sizeof(text));
	cr_expect(refusal("key", NULL, &err) == ERR_AUTH, "much longer");
	memmove(text + 1, text, n);
	put("key", text, n + 1);
	cr_expect(refusal("key", NULL, &err) == ERR_AUTH, "a byte in front");
}

/* A file must not make us use all memory, or an hour, before it is refused. */
Test(keyring, a_file_cannot_ask_for_more_than_is_reasonable)
{
	static const char *const costs[] = {
		"1 1099511627776",
		"1 536870913",
		"17 8192",
		"4294967295 8192",
		"1 8191",
		"0 8192",
		"1 08192",
		"1 99999999999999999999",
	};
	static char never[] = "";
	const struct keyring_asker asked = { NULL, never };
	char text[1024], other[1200], *at;
	size_t i;
	struct err err;

	keyring_close(protected("key"));
	text[slurp("key", text, sizeof(text) - 1)] = '\0';
	at = strstr(text, " 1 8192\n");
	cr_assert(at != NULL);
	for (i = 0; i < sizeof(costs) / sizeof(*costs); i++) {
		snprintf(other, sizeof(other), "%.*s %s\n%s", (int)(at - text),
		    text, costs[i], at + 8);
		put("key", other, strlen(other));
		/* It is refused before anybody is asked. */
		cr_expect(refusal("key", &asked, &err) == ERR_AUTH, "%s",
		    costs[i]);
	}
}

Test(keyring, two_files_cannot_be_mixed)
{
	char one[1024], two[1024], mixed[1024];
	size_t n, m;
	char *keys;
	struct err err;

	keyring_close(created("one"));
	keyring_close(created("two"));
	n = slurp("one", one, sizeof(one) - 1);
	m = slurp("two", two, sizeof(two) - 1);
	one[n] = two[m] = '\0';
	cr_assert(eq(sz, n, m));
	keys = strstr(one, "keys ");
	cr_assert(keys != NULL);
	memcpy(mixed, one, (size_t)(keys - one));
	memcpy(mixed + (keys - one), two + (keys - one),
	    n - (size_t)(keys - one));
	put("one", mixed, n);
	cr_expect(eq(int, refusal("one", NULL, &err), ERR_AUTH));
}

/* ---- passphrases ---- */

Test(keyring, a_protected_file_opens_with_its_passphrase_alone)
{
	static char wrong[] = "correct horsf", shorter[] = "correct hors";
	const struct keyring_asker bad = { answer, wrong },
				   cut = { answer, shorter };
	struct keyring *k = created("key");
	unsigned char was[CRYPT_LOOKUP];
	struct err err;

	mark(k, NULL, was);
	keyring_set_cost(k, OPS, MEMORY);
	cr_assert(keyring_protect(k, phrase, strlen(phrase), &err) == 0);
	cr_expect(keyring_protected(k));
	keyring_close(k);

	cr_expect(eq(int, refusal("key", NULL, &err), ERR_AUTH));
	cr_expect(eq(int, refusal("key", &bad, &err), ERR_AUTH));
	cr_expect(eq(int, refusal("key", &cut, &err), ERR_AUTH));
	k = opened("key", &right);
	cr_expect(keyring_protected(k));
	cr_expect(marks(k, NULL, was));

	/* Another passphrase, then none. */
	keyring_set_cost(k, OPS, MEMORY);
	cr_assert(keyring_protect(k, wrong, strlen(wrong), &err) == 0);
	keyring_close(k);
	cr_expect(eq(int, refusal("key", &right, &err), ERR_AUTH));
	k = opened("key", &bad);
	cr_assert(keyring_protect(k, NULL, 0, &err) == 0);
	cr_expect(not(keyring_protected(k)));
	keyring_close(k);
	k = opened("key", NULL);
	cr_expect(marks(k, NULL, was));
	keyring_close(k);
}

static bool
contains_hex(const char *text, const char *hex, size_t n)
{
	for (size_t i = 0; i + 16 <= n; i++)
		if (memmem(text, strlen(text), hex + i, 16))
			return true;
	return false;
}

Test(keyring, a_protected_file_shows_nothing_of_the_key)
{
	struct keyring *k = created("key");
	char plain[1024], text[1024], *keys;
	struct err err;

	plain[slurp("key", plain, sizeof(plain) - 1)] = '\0';
	keys = strstr(plain, "keys ");
	cr_assert(keys != NULL);
	keyring_set_cost(k, OPS, MEMORY);
	cr_assert(keyring_protect(k, phrase, strlen(phrase), &err) == 0);
	text[slurp("key", text, sizeof(text) - 1)] = '\0';
	cr_expect(not(contains_hex(text, keys + 5, 64)));
	cr_expect(not(contains_hex(keyring_current(k), keys + 5, 64)));
	cr_expect(strstr(text, phrase) == NULL);
	keyring_close(k);
}

static int
no_answer(void *arg, char *out, size_t cap, struct err *err)
{
	(void)arg;
	(void)out;
	(void)cap;
	return err_set(err, ERR_INTERRUPTED, "interrupted");
}

Test(keyring, an_asker_that_fails_is_heard)
{
	const struct keyring_asker asker = { no_answer, NULL };
	struct err err;

	keyring_close(protected("key"));
	cr_expect(eq(int, refusal("key", &asker, &err), ERR_INTERRUPTED));
}

/* ---- rotation ---- */

static void
rotation(const struct keyring_asker *asker)
{
	struct keyring *k = opened("key", asker);
	unsigned char old[CRYPT_LOOKUP], new[CRYPT_LOOKUP];
	char first[KEYRING_ID_TEXT], second[KEYRING_ID_TEXT];
	const struct crypt *c;
	struct err err = { 0 };

	snprintf(first, sizeof(first), "%s", keyring_current(k));
	mark(k, NULL, old);
	cr_expect(keyring_take_next(k, &err) == -1, "there is none yet");
	cr_expect(eq(int, err.code, ERR_INTERNAL));
	cr_assert(keyring_add_next(k, &err) == 0);
	cr_assert(keyring_next(k) != NULL);
	snprintf(second, sizeof(second), "%s", keyring_next(k));
	cr_expect(strcmp(first, second) != 0);
	cr_expect(marks(k, NULL, old), "the old one is in force still");
	mark(k, second, new);
	cr_expect(memcmp(old, new, CRYPT_LOOKUP) != 0);

	/* As after a crash: both are there, and asking again adds none. */
	keyring_close(k);
	k = opened("key", asker);
	cr_expect(eq(str, (char *)keyring_current(k), first));
	cr_expect(eq(str, (char *)keyring_next(k), second));
	cr_assert(keyring_add_next(k, &err) == 0);
	cr_expect(eq(str, (char *)keyring_next(k), second));
	cr_expect(marks(k, first, old) && marks(k, second, new));

	cr_assert(keyring_take_next(k, &err) == 0);
	cr_expect(eq(str, (char *)keyring_current(k), second));
	cr_expect(keyring_next(k) == NULL);
	keyring_close(k);
	k = opened("key", asker);
	cr_expect(eq(str, (char *)keyring_current(k), second));
	cr_expect(keyring_next(k) == NULL);
	cr_expect(marks(k, NULL, new));
	cr_expect(keyring_crypt(k, first, &c, &err) == -1, "the old is gone");

	/* And once more in the same process. */
	cr_assert(keyring_add_next(k, &err) == 0);
	cr_assert(keyring_take_next(k, &err) == 0);
	cr_expect(strcmp(keyring_current(k), second) != 0);
	keyring_close(k);
	keyring_close(opened("key", asker));
	cr_expect(eq(int, names(), 1), "nothing is left behind");
}

Test(keyring, a_key_is_rotated_in_two_steps)
{
	keyring_close(created("key"));
	rotation(NULL);
}

Test(keyring, a_protected_key_stays_protected_when_it_is_rotated)
{
	struct err err;

	keyring_close(protected("key"));
	rotation(&right);
	cr_expect(eq(int, refusal("key", NULL, &err), ERR_AUTH));
}

/* ---- backups ---- */

static const char PHRASE2[] = "battery staple";

static void
back_up(struct keyring *k, const char *path)
{
	struct err err;

	keyring_set_cost(k, OPS, MEMORY);
	cr_assert(keyring_backup(k, path, PHRASE2, strlen(PHRASE2), &err) == 0,
	    "%s", err.text);
}

static int
restored(const char *from, const char *to, struct err *err)
{
	*err = (struct err){ 0 };
	return keyring_restore(from, to, PHRASE2, strlen(PHRASE2), false, err);
}

Test(keyring, a_backup_brings_the_key_back)
{
	struct keyring *k = created("key");
	unsigned char was[CRYPT_LOOKUP];
	struct stat st;
	struct err err;

	mark(k, NULL, was);
	back_up(k, "copy");
	cr_expect(keyring_backup(k, "copy", "x", 1, &err) == -1);
	cr_expect(eq(int, err.code, ERR_USAGE), "a backup is not replaced");
	keyring_close(k);
	cr_assert(stat("copy", &st) == 0);
	cr_expect(eq(int, (int)(st.st_mode & 07777), 0600));
	cr_assert(unlink("key") == 0);

	cr_expect(
	    keyring_restore("copy", "key", "wrong", 5, false, &err) == -1);
	cr_expect(eq(int, err.code, ERR_AUTH));
	cr_expect(keyring_restore("copy", "key", PHRASE2, strlen(PHRASE2), true,
		      &err) == 0);
	cr_expect(access("key", F_OK) < 0, "that was only pretended");
	cr_assert(restored("copy", "key", &err) == 0, "%s", err.text);
	k = opened("key", NULL);
	cr_expect(marks(k, NULL, was));
	keyring_close(k);
}

Test(keyring, the_copy_of_a_protected_key_stays_protected)
{
	static char second[] = "battery staple";
	const struct keyring_asker asker = { answer, second };
	struct keyring *k = protected("key");
	unsigned char was[CRYPT_LOOKUP];
	struct err err;

	mark(k, NULL, was);
	back_up(k, "copy");
	keyring_close(k);
	cr_assert(unlink("key") == 0);
	cr_assert(restored("copy", "key", &err) == 0);
	cr_expect(eq(int, refusal("key", &right, &err), ERR_AUTH));
	k = opened("key", &asker);
	cr_expect(marks(k, NULL, was));
	keyring_close(k);
}

Test(keyring, another_key_is_never_replaced)
{
	struct keyring *k = created("key"), *other = created("other");
	unsigned char was[CRYPT_LOOKUP];
	struct err err;

	back_up(k, "copy");
	mark(other, NULL, was);
	cr_expect(restored("copy", "other", &err) == -1);
	cr_expect(eq(int, err.code, ERR_USAGE));
	keyring_close(other);
	other = opened("other", NULL);
	cr_expect(marks(other, NULL, was));
	keyring_close(other);

	/* Nor one that has a key more than the copy. */
	cr_assert(keyring_add_next(k, &err) == 0);
	cr_expect(restored("copy", "key", &err) == -1);
	cr_expect(eq(int, err.code, ERR_USAGE));
	keyring_close(k);
	put("key", "scrub-key 1\n", 12);
	cr_expect(restored("copy", "key", &err) == -1, "whose is unknown");
}

Test(keyring, the_same_key_is_replaced_when_it_is_damaged)
{
	struct keyring *k = created("key");
	unsigned char was[CRYPT_LOOKUP];
	char text[1024], *keys;
	size_t n;
	struct err err;

	mark(k, NULL, was);
	back_up(k, "copy");
	keyring_close(k);
	n = slurp("key", text, sizeof(text) - 1);
	text[n] = '\0';
	keys = strstr(text, "keys ");
	cr_assert(keys != NULL);
	keys[10] = keys[10] == '0' ? '1' : '0';
	put("key", text, n);
	cr_expect(eq(int, refusal("key", NULL, &err), ERR_AUTH));
	cr_assert(restored("copy", "key", &err) == 0, "%s", err.text);
	k = opened("key", NULL);
	cr_expect(marks(k, NULL, was));
	keyring_close(k);
}

Test(keyring, a_backup_is_no_key_file_and_the_other_way_round)
{
	struct keyring *k = created("key");
	struct err err;

	back_up(k, "copy");
	keyring_close(k);
	cr_expect(eq(int, refusal("copy", &right, &err), ERR_AUTH));
	cr_expect(restored("key", "new", &err) == -1);
	cr_expect(eq(int, err.code, ERR_AUTH));
	cr_expect(restored("nothing", "new", &err) == -1);
	cr_expect(eq(int, err.code, ERR_IO));
	cr_expect(access("new", F_OK) < 0);
}

Test(keyring, every_altered_byte_of_a_backup_is_noticed)
{
	struct keyring *k = created("key");
	char text[1024];
	size_t n, i, bit;
	struct err err;

	back_up(k, "copy");
	keyring_close(k);
	cr_assert(unlink("key") == 0);
	n = slurp("copy", text, sizeof(text));
	for (i = 0; i < n; i++) {
		for (bit = 0; bit < 8; bit++) {
			text[i] ^= (char)(1 << bit);
			put("copy", text, n);
			cr_expect(restored("copy", "key", &err) == -1 &&
				err.code == ERR_AUTH,
			    "byte %zu, bit %zu", i, bit);
			text[i] ^= (char)(1 << bit);
		}
	}
	cr_expect(access("key", F_OK) < 0);
}
