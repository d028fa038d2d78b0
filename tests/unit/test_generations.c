#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/generations.h"

static char folder[] = "/tmp/scrub-generations.XXXXXX";
static struct home home = { .dir = folder };
static struct err err;

#define OK(call) cr_assert(zero(int, (call)), "%s", err.text)

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

TestSuite(generations, .init = enter, .fini = leave);

static void
sh(const char *command)
{
	cr_assert(zero(int, system(command)), "%s", command);
}

static void
expect_ids(const struct generations *g, const uint64_t *id, size_t n)
{
	size_t i;

	cr_assert(eq(sz, g->n, n));
	for (i = 0; i < n; i++)
		cr_expect(eq(u64, g->id[i], id[i]));
}

Test(generations, a_home_without_an_index_has_none)
{
	struct generations g;

	OK(generations_open(&g, &home, &err));
	cr_expect(eq(sz, g.n, 0));
	cr_expect(eq(u64, g.current, 0));
	cr_expect(eq(u64, generations_next(&g), 1));
	cr_expect(lt(int, generations_check(&g, &err), 0));
	cr_expect(eq(int, err.code, ERR_LIST));
	generations_close(&g);
	generations_close(&g);
}

Test(generations, other_files_are_none)
{
	static const uint64_t want[] = { 2, 10, 123456789 };
	struct generations g;

	sh("mkdir index && cd index && touch 00000010.idx 00000002.idx "
	   "123456789.idx 2.idx 00000000.idx 00000003.idx.bak -- "
	   "-0000004.idx lock");
	OK(generations_open(&g, &home, &err));
	expect_ids(&g, want, 3);
	cr_expect(eq(u64, generations_next(&g), 123456790));
	generations_close(&g);
}

Test(generations, the_link_says_which_is_in_force)
{
	struct generations g;
	struct stat st;

	OK(generations_open(&g, &home, &err));
	OK(generations_make(&g, &err));
	OK(generations_make(&g, &err));
	cr_assert(zero(int, stat("index", &st)));
	cr_expect(eq(int, st.st_mode & 0777, 0700));
	sh("touch index/00000001.idx index/00000002.idx");
	cr_expect(not(generations_moved(&home, 0)));
	OK(generations_use(&g, 1, &err));
	cr_expect(generations_moved(&home, 0));
	cr_expect(not(generations_moved(&home, 1)));
	OK(generations_use(&g, 2, &err));
	cr_expect(generations_moved(&home, 1));
	cr_expect(not(generations_moved(&home, 2)));
	generations_close(&g);
	OK(generations_open(&g, &home, &err));
	cr_expect(eq(u64, g.current, 2));
	OK(generations_check(&g, &err));
	generations_close(&g);
}

Test(generations, a_link_that_leads_nowhere_is_an_error)
{
	static const char *const links[] = { "00000009.idx", "../scrub.key",
		"1.idx", "x" };
	struct generations g;
	char command[128];
	size_t i;

	sh("mkdir index && touch index/00000001.idx");
	for (i = 0; i < sizeof(links) / sizeof(*links); i++) {
		snprintf(command, sizeof(command), "ln -sfn %s index/current",
		    links[i]);
		sh(command);
		OK(generations_open(&g, &home, &err));
		cr_expect(eq(u64, g.current, 0));
		cr_expect(generations_check(&g, &err) < 0 &&
			err.code == ERR_AUTH,
		    "link: %s", links[i]);
		generations_close(&g);
	}
	sh("rm index/current && echo 00000001.idx >index/current");
	OK(generations_open(&g, &home, &err));
	cr_expect(lt(int, generations_check(&g, &err), 0));
	generations_close(&g);
}

Test(generations, one_goes_back_to_the_last_before_or_to_one_that_is_there)
{
	struct generations g;
	uint64_t id;

	sh("mkdir index && cd index && touch 00000003.idx 00000005.idx "
	   "00000006.idx && ln -s 00000006.idx current");
	OK(generations_open(&g, &home, &err));
	OK(generations_back(&g, 0, &id, &err));
	cr_expect(eq(u64, id, 5));
	OK(generations_back(&g, 3, &id, &err));
	cr_expect(eq(u64, id, 3));
	cr_expect(lt(int, generations_back(&g, 4, &id, &err), 0));
	cr_expect(eq(int, err.code, ERR_USAGE));
	cr_expect(strstr(err.hint, "3, 5, 6") != NULL, "%s", err.hint);
	OK(generations_use(&g, 3, &err));
	cr_expect(lt(int, generations_back(&g, 0, &id, &err), 0));
	generations_close(&g);
}

Test(generations, pruning_keeps_the_last_and_the_one_in_force)
{
	static const uint64_t want[] = { 1, 3, 4 };
	struct generations g;

	sh("mkdir index && cd index && touch 00000001.idx 00000002.idx "
	   "00000003.idx 00000004.idx .00000005.idx.abcdef lock && "
	   "ln -s 00000001.idx current && ln -s x .current.new");
	OK(generations_open(&g, &home, &err));
	OK(generations_prune(&g, 2, &err));
	expect_ids(&g, want, 3);
	generations_close(&g);
	OK(generations_open(&g, &home, &err));
	expect_ids(&g, want, 3);
	cr_expect(eq(u64, g.current, 1));
	generations_close(&g);
	sh("test ! -e index/.00000005.idx.abcdef && "
	   "test ! -L index/.current.new && test -e index/lock");
}
