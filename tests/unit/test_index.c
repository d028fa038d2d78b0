#include <pthread.h>

#include "test_index.h"

TestSuite(index, .init = index_enter, .fini = index_leave);

static struct index *
opened(const char *path)
{
	struct index *ix = NULL;
	struct err err;

	cr_assert(index_open(&ix, path, index_keys, &err) == 0, "%s", err.text);
	return ix;
}

Test(index, says_what_the_table_says_opened_on_touch_and_all_at_once)
{
	static const size_t sizes[] = { 0, 1, 2, 100, 5000, 300000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned seed = (unsigned)i + 1;
		struct facts *f = index_table(seed, sizes[i]);
		struct index *ix;
		struct err err;

		index_put("index", f, 1);
		ix = opened("index");
		cr_expect(eq(sz,
			      index_differences(f, index_facts(ix), seed,
				  sizes[i]),
			      0),
		    "on touch: %zu facts", sizes[i]);
		cr_assert(index_open_all(ix, 3, &err) == 0, "%s", err.text);
		cr_expect(eq(sz,
			      index_differences(f, index_facts(ix), seed,
				  sizes[i]),
			      0),
		    "all at once: %zu facts", sizes[i]);
		cr_expect(
		    eq(u64, facts_count(index_facts(ix)), facts_count(f)));
		cr_expect(eq(u64, facts_seed(index_facts(ix)), facts_seed(f)));
		cr_expect(eq(u32, facts_prefix_lengths(index_facts(ix)),
		    facts_prefix_lengths(f)));
		cr_expect(index_verify("index", index_keys, 2, NULL, &err) == 0,
		    "%s", err.text);
		index_close(ix);
		facts_free(f);
	}
}

Test(index, a_table_out_of_an_index_can_be_written_again)
{
	struct facts *f = index_table(1, 20000);
	struct index *ix, *again;
	struct err err;

	index_put("index", f, 1);
	ix = opened("index");
	cr_assert(index_open_all(ix, 1, &err) == 0);
	index_put("index", index_facts(ix), 2);
	again = opened("index");
	cr_expect(
	    eq(sz, index_differences(f, index_facts(again), 1, 20000), 0));
	/* and the old one stays what it was to whoever has it open */
	cr_expect(eq(sz, index_differences(f, index_facts(ix), 1, 20000), 0));
	cr_expect(eq(u64, index_about(ix)->generation, 1));
	cr_expect(eq(u64, index_about(again)->generation, 2));
	cr_expect(index_verify("index", index_keys, 1, NULL, &err) == 0, "%s",
	    err.text);
	index_close(ix);
	index_close(again);
	facts_free(f);
}

Test(index, its_directory_comes_back_as_it_was_given)
{
	struct facts *f = index_table(1, 50);
	const struct index_about *a;
	struct index *ix;
	struct stat st;

	index_put("index", f, 9);
	ix = opened("index");
	a = index_about(ix);
	cr_expect(eq(u64, a->generation, 9));
	cr_expect(eq(i64, a->created, 1750000000));
	cr_expect(eq(sz, a->lists, 2));
	cr_expect(eq(sz, a->scopes, 2));
	for (size_t i = 0; i < 4; i++)
		cr_expect(eq(u64, a->mark[i], 11 + i));
	cr_expect(eq(u32, a->calls_kept, 3));
	cr_expect(eq(u64, a->facts, facts_count(f)));
	cr_expect(
	    eq(str, (char *)a->key_id, (char *)keyring_current(index_keys)));
	cr_expect(eq(str, (char *)a->scope[0].topic, "loans"));
	cr_expect(eq(str, (char *)a->scope[1].topic, ""));
	cr_expect(eq(str, (char *)a->scope[1].campaign, "spring"));
	cr_assert(stat("index", &st) == 0);
	cr_expect(eq(u64, a->bytes, (uint64_t)st.st_size));
	cr_expect(eq(int, (int)(st.st_mode & 0777), 0600));
	index_close(ix);
	facts_free(f);
}

Test(index, its_lists_come_back_as_they_were_given)
{
	struct facts *f = index_table(1, 5);
	const struct index_list *l, *want = &index_plain.list[1];
	struct index *ix;

	index_put("index", f, 1);
	ix = opened("index");
	l = index_about(ix)->list;
	cr_expect(eq(str, (char *)l[0].name, "internal"));
	cr_expect(l[0].in_register && !l[1].in_register);
	cr_expect(eq(i64, l[0].as_of, -1));
	cr_expect(eq(str, (char *)l[0].path, "")); /* NULL was given */
	cr_expect(eq(sz, l[0].covers, 0));
	l++;
	cr_expect(eq(str, (char *)l->name, (char *)want->name));
	cr_expect(eq(str, (char *)l->owner, (char *)want->owner));
	cr_expect(eq(str, (char *)l->path, (char *)want->path));
	cr_expect(eq(str, (char *)l->state, (char *)want->state));
	cr_expect(eq(u8, l->kind, 2));
	cr_expect(memcmp(l->digest, want->digest, CRYPT_SHA256) == 0);
	cr_expect(memcmp(l->settings, want->settings, CRYPT_SHA256) == 0);
	cr_expect(eq(u64, l->source_size, 12345));
	cr_expect(eq(i64, l->source_mtime_ns, -7));
	cr_expect(eq(i64, l->as_of, 1700000000));
	cr_expect(eq(i64, l->read_at, 1700000100));
	cr_expect(eq(i64, l->max_age, 31 * 86400));
	cr_expect(eq(u64, l->sequence, 17));
	cr_expect(l->lines == 1 && l->blank == 2 && l->unusable == 3 &&
	    l->blocking == 4 && l->bad_dates == 5 && l->wildcards == 6 &&
	    l->facts == 7);
	cr_assert(eq(sz, l->covers, 2));
	cr_expect(eq(u64, l->coverage[0], 86755));
	cr_expect(eq(u64, l->coverage[1], 1212));
	index_close(ix);
	facts_free(f);
}

Test(index, a_directory_may_be_larger_than_a_page)
{
	enum { LISTS = INDEX_LISTS_MAX, SCOPES = INDEX_SCOPES_MAX };
	struct index_list *list = calloc(LISTS, sizeof(*list));
	struct index_scope *scope = calloc(SCOPES, sizeof(*scope));
	struct index_about about = index_plain;
	struct facts *f = index_table(1, 100);
	struct index *ix;
	struct err err;
	char text[300];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < LISTS; i++)
		list[i] = (struct index_list){ .name = text, .sequence = i };
	for (size_t i = 0; i < SCOPES; i++)
		scope[i] = (struct index_scope){ text + i % 300, text };
	about.list = list;
	about.lists = LISTS;
	about.scope = scope;
	about.scopes = SCOPES;
	cr_assert(index_write("index", f, &about, index_keys, 1, &err) == 0);
	ix = opened("index");
	cr_expect(
	    eq(u64, index_about(ix)->list[LISTS - 1].sequence, LISTS - 1));
	cr_expect(eq(sz, strlen(index_about(ix)->scope[SCOPES - 1].topic),
	    299 - (SCOPES - 1) % 300));
	cr_expect(eq(sz, index_differences(f, index_facts(ix), 1, 100), 0));
	index_close(ix);
	about.lists++;
	cr_expect(index_write("more", f, &about, index_keys, 1, &err) < 0);
	cr_expect(eq(int, (int)err.code, ERR_USAGE));
	about.lists--;
	about.scopes++;
	cr_expect(index_write("more", f, &about, index_keys, 1, &err) < 0);
	cr_expect(eq(int, (int)err.code, ERR_USAGE));
	cr_expect(access("more", F_OK) < 0);
	free(list);
	free(scope);
	facts_free(f);
}

Test(index, one_look_up_opens_one_page_or_two)
{
	struct facts *f = index_table(1, 300000);
	struct facts_found found = { 0 };
	struct index_room room;
	struct index *ix;
	struct err err;

	index_put("index", f, 1);
	ix = opened("index");
	index_room(ix, &room);
	cr_expect(eq(u64, room.opened, 0));
	cr_expect(eq(u64, room.entries, facts_count(f)));
	cr_expect(room.words > room.taken && room.taken > room.entries);
	cr_expect(
	    index_sorted(index_facts(ix), index_key(1, 7), &found, &err) == 1);
	index_room(ix, &room);
	cr_expect(room.opened == 1 || room.opened == 2);
	cr_expect(index_all_pays(ix, 10) == false);
	cr_expect(index_all_pays(ix, 300000));
	facts_found_release(&found);
	index_close(ix);
	facts_free(f);
}

/* ---- threads ---- */

enum { THREADS = 8, SHARED = 20000 };

struct asking {
	const struct facts *from, *want;
	size_t differ;
};

static void *
ask(void *arg)
{
	struct asking *a = arg;

	a->differ = index_differences(a->want, a->from, 1, SHARED);
	return NULL;
}

Test(index, threads_may_touch_the_same_pages)
{
	struct facts *f = index_table(1, SHARED);
	struct asking asking[THREADS];
	pthread_t id[THREADS];
	struct index *ix;

	index_put("index", f, 1);
	ix = opened("index");
	for (size_t i = 0; i < THREADS; i++) {
		asking[i] = (struct asking){ index_facts(ix), f, 1 };
		cr_assert(pthread_create(&id[i], NULL, ask, &asking[i]) == 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(id[i], NULL);
		cr_expect(eq(sz, asking[i].differ, 0));
	}
	index_close(ix);
	facts_free(f);
}

/* ---- scopes ---- */

Test(index, scopes_become_those_of_a_run)
{
	struct facts_scopes *map = calloc(1, sizeof(*map));
	struct fact dnc = { .kind = FACT_DNC, .scope = 2 };
	struct fact allow = { .kind = FACT_ALLOW, .scope = 2, .n = 5 };
	struct facts_found found = { 0 };
	struct facts_appender *a;
	struct facts *f;
	struct index *ix;
	struct err err;

	map->forbid[2] = 7;
	map->permit[2] = 8;
	cr_assert(facts_new(&f, 0, &err) == 0 &&
	    facts_appender_new(&a, f, &err) == 0 &&
	    facts_add(a, 1, &dnc, &err) == 0 &&
	    facts_add(a, 2, &allow, &err) == 0 && facts_build(f, &err) == 0);
	index_put("index", f, 1);
	ix = opened("index");
	facts_map_scopes(index_facts(ix), map);
	dnc.scope = 7;
	allow.scope = 8;
	for (int all = 0; all < 2; all++) {
		cr_expect(index_sorted(index_facts(ix), 1, &found, &err) == 1);
		cr_expect(eq(u64, found.fact[0], fact_pack(&dnc)));
		cr_expect(index_sorted(index_facts(ix), 2, &found, &err) == 1);
		cr_expect(eq(u64, found.fact[0], fact_pack(&allow)));
		cr_assert(index_open_all(ix, 1, &err) == 0);
	}
	facts_found_release(&found);
	index_close(ix);
	facts_free(f);
	free(map);
}
