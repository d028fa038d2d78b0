#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/home.h"
#include "store/keyring.h"

static char folder[] = "/tmp/scrub-home.XXXXXX";

static void
enter(void)
{
	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
	umask(022);
}

static void
leave(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	cr_expect(chdir("/") == 0 && system(command) == 0);
}

TestSuite(home, .init = enter, .fini = leave);

Test(home, is_where_the_nearest_word_says)
{
	static const struct {
		const char *flag;
		struct home_env env;
		const char *dir; /* NULL: nothing says where */
	} cases[] = {
		{ "f", { "s", "/x", "/h", true }, "f" },
		{ NULL, { "s", "/x", "/h", true }, "s" },
		{ "", { "s", "/x", "/h", true }, "s" },
		{ NULL, { NULL, "/x", "/h", true }, "/var/lib/scrub" },
		{ NULL, { "", "/x", "/h", true }, "/var/lib/scrub" },
		{ NULL, { NULL, "/x", "/h", false }, "/x/scrub" },
		{ NULL, { NULL, NULL, "/h", false }, "/h/.local/share/scrub" },
		{ NULL, { NULL, "", "/h", false }, "/h/.local/share/scrub" },
		/* XDG: "All paths must be absolute"; others are ignored. */
		{ NULL, { NULL, "x", "/h", false }, "/h/.local/share/scrub" },
		{ NULL, { NULL, NULL, NULL, false }, NULL },
		{ NULL, { NULL, NULL, "", false }, NULL },
		{ "f//", { 0 }, "f" },
		{ "/", { 0 }, "/" },
	};
	struct home h;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int ret = home_find(&h, cases[i].flag, &cases[i].env, &err);

		if (!cases[i].dir) {
			cr_expect(ret == -1 && err.code == ERR_USAGE, "%zu", i);
			cr_expect(h.dir == NULL, "%zu", i);
			continue;
		}
		cr_assert(ret == 0, "%zu", i);
		cr_expect(strcmp(h.dir, cases[i].dir) == 0, "%zu: %s", i,
		    h.dir);
		home_release(&h);
		home_release(&h);
	}
}

static struct home
home_at(const char *dir)
{
	const struct home_env none = { 0 };
	struct home h;
	struct err err;

	cr_assert(home_find(&h, dir, &none, &err) == 0);
	return h;
}

static int
create(const struct home *h, unsigned parts, unsigned *made, struct err *err)
{
	struct lockfile lock = { 0 };
	int ret;

	*err = (struct err){ 0 };
	ret = home_create(h, parts, "scrub init", &lock, made, err);
	lockfile_release(&lock);
	return ret;
}

static int
mode(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? (int)(st.st_mode & 07777) : -1;
}

static void
put(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0 && write(fd, "mine\n", 5) == 5);
	close(fd);
}

Test(home, names_the_files_in_it)
{
	struct home h = home_at("a/b");

	cr_expect(eq(str, h.key, "a/b/scrub.key"));
	cr_expect(eq(str, h.db, "a/b/register.db"));
	cr_expect(eq(str, h.conf, "a/b/scrub.conf"));
	cr_expect(eq(str, h.lock, "a/b/lock"));
	home_release(&h);
}

Test(home, is_made_with_the_folders_above_it)
{
	struct home h = home_at("a/b/c");
	struct keyring *k;
	struct err err;
	unsigned made;

	cr_expect(eq(int, home_exists(&h, &err), 0));
	cr_expect(eq(int, home_check(&h, &err), -1));
	cr_expect(eq(int, err.code, ERR_USAGE));
	cr_expect(strstr(err.hint, "scrub init") != NULL);

	cr_assert(create(&h, HOME_ALL, &made, &err) == 0, "%s", err.text);
	cr_expect(eq(uint, made, HOME_DIR | HOME_KEY | HOME_CONF));
	cr_expect(eq(int, mode("a"), 0700));
	cr_expect(eq(int, mode("a/b"), 0700));
	cr_expect(eq(int, mode("a/b/c"), 0700));
	cr_expect(eq(int, mode("a/b/c/scrub.key"), 0600));
	cr_expect(eq(int, mode("a/b/c/scrub.conf"), 0600));
	cr_expect(eq(int, mode("a/b/c/lock"), 0600));
	cr_expect(eq(int, mode("a/b/c/register.db"), -1));
	cr_expect(eq(int, home_exists(&h, &err), 1));
	cr_expect(eq(int, home_check(&h, &err), 0));
	cr_assert(keyring_open(&k, h.key, NULL, &err) == 0);
	keyring_close(k);
	home_release(&h);
}

Test(home, an_existing_one_is_left_as_it_is)
{
	struct home h = home_at("home");
	struct stat before, after;
	struct err err;
	unsigned made;

	cr_assert(create(&h, HOME_ALL, &made, &err) == 0);
	put("home/scrub.conf");
	cr_assert(stat("home/scrub.key", &before) == 0);
	cr_assert(create(&h, HOME_ALL, &made, &err) == 0);
	cr_expect(eq(uint, made, 0));
	cr_assert(stat("home/scrub.key", &after) == 0);
	cr_expect(eq(ulong, before.st_ino, after.st_ino));
	cr_assert(stat("home/scrub.conf", &after) == 0);
	cr_expect(eq(long, after.st_size, 5));
	home_release(&h);
}

Test(home, half_of_one_is_completed)
{
	struct home h = home_at("home");
	struct err err;
	unsigned made;

	cr_assert(create(&h, HOME_DIR, &made, &err) == 0);
	cr_expect(eq(uint, made, HOME_DIR));
	cr_expect(eq(int, home_exists(&h, &err), 0), "a folder is no home");
	cr_assert(create(&h, HOME_ALL, &made, &err) == 0);
	cr_expect(eq(uint, made, HOME_KEY | HOME_CONF));
	cr_assert(unlink("home/scrub.conf") == 0);
	cr_assert(create(&h, HOME_ALL, &made, &err) == 0);
	cr_expect(eq(uint, made, HOME_CONF));
	home_release(&h);
}

/* A new key opens nothing of it, and would hide that the old one is gone. */
Test(home, no_key_is_made_beside_a_register)
{
	struct home h = home_at("home");
	struct err err;
	unsigned made;

	cr_assert(create(&h, HOME_DIR, &made, &err) == 0);
	put("home/register.db");
	cr_expect(eq(int, home_exists(&h, &err), 1));
	cr_expect(eq(int, create(&h, HOME_ALL, &made, &err), -1));
	cr_expect(eq(int, err.code, ERR_AUTH));
	cr_expect(strstr(err.hint, "restore") != NULL);
	cr_expect(eq(int, mode("home/scrub.key"), -1));
	home_release(&h);
}

Test(home, what_others_can_get_at_is_refused)
{
	static const int bad[] = { 0710, 0701, 0740, 0704, 0755, 0777 };
	struct home h = home_at("home");
	struct err err;
	unsigned made;
	char hint[32];
	size_t i;

	cr_assert(mkdir("home", 0700) == 0);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cr_assert(chmod("home", (mode_t)bad[i]) == 0);
		err = (struct err){ 0 };
		cr_expect(home_check(&h, &err) == -1 && err.code == ERR_AUTH,
		    "%o", bad[i]);
		snprintf(hint, sizeof(hint), "chmod 700 %s", h.dir);
		cr_expect(eq(str, err.hint, hint));
		cr_expect(create(&h, HOME_ALL, &made, &err) == -1, "%o",
		    bad[i]);
		cr_expect(mode("home/scrub.key") == -1, "%o", bad[i]);
	}
	home_release(&h);
}

Test(home, another_users_folder_is_refused)
{
	struct home h = home_at("home");
	struct err err = { 0 };

	if (geteuid() != 0)
		cr_skip_test("only root can give a folder away");
	cr_assert(mkdir("home", 0700) == 0);
	cr_assert(chown("home", 1, (gid_t)-1) == 0);
	cr_expect(eq(int, home_check(&h, &err), -1));
	cr_expect(eq(int, err.code, ERR_AUTH));
	home_release(&h);
}

Test(home, a_file_in_its_place_is_an_error)
{
	struct home h = home_at("home"), below = home_at("home/x");
	struct err err;
	unsigned made;

	put("home");
	cr_expect(eq(int, create(&h, HOME_ALL, &made, &err), -1));
	cr_expect(eq(int, err.code, ERR_USAGE));
	cr_expect(eq(int, home_exists(&h, &err), 0));
	cr_expect(eq(int, create(&below, HOME_ALL, &made, &err), -1));
	cr_expect(eq(int, err.code, ERR_IO));
	home_release(&h);
	home_release(&below);
}

Test(home, is_made_by_one_at_a_time)
{
	struct lockfile lock;
	struct home h = home_at("home");
	struct err err;
	unsigned made;

	cr_assert(create(&h, HOME_DIR, &made, &err) == 0);
	cr_assert(lockfile_take(&lock, h.lock, "scrub init", 0, &err) == 0);
	cr_expect(eq(int, create(&h, HOME_ALL, &made, &err), -1));
	cr_expect(eq(int, err.code, ERR_LOCKED));
	cr_expect(eq(int, mode("home/scrub.key"), -1));
	lockfile_release(&lock);
	home_release(&h);
}
