#include "test_index.h"

/* facts_take(): what one table hands on to the next. */
TestSuite(index_take, .init = index_enter, .fini = index_leave);

enum { FACTS = 30000 };

/* A table like `from` (of `ix`, part by part; NULL: as it is), which takes over
 * what the maps say. */
static struct facts *
taken(struct index *ix, const struct facts *from, const uint8_t list[256],
    const uint16_t *scope)
{
	struct facts_appender *a[2];
	struct facts *f;
	struct err err;

	cr_assert(facts_new_like(&f, 3, from, &err) == 0);
	for (size_t i = 0; i < 2; i++)
		cr_assert(facts_appender_new(&a[i], f, &err) == 0);
	for (unsigned part = 0; part < FACTS_PARTS; part++) {
		if (ix)
			cr_assert(index_part_open(ix, part, &err) == 0);
		cr_assert(facts_take(a[part % 2], from, part, list, scope,
			      &err) == 0,
		    "%s", err.text);
		if (ix)
			index_part_drop(ix, part);
	}
	cr_assert(facts_build(f, &err) == 0);
	return f;
}

static void
same_lists(uint8_t list[256])
{
	for (size_t i = 0; i < 256; i++)
		list[i] = (uint8_t)i;
}

/* The same facts, whatever serials consents have. */
static size_t
differences(const struct facts *a, const struct facts *b)
{
	struct facts_found x = { 0 }, y = { 0 };
	size_t differ = 0;
	struct err err;

	for (size_t i = 0; i < FACTS; i++) {
		uint64_t key = index_key(1, i);

		cr_assert(index_sorted(a, key, &x, &err) >= 0);
		cr_assert(index_sorted(b, key, &y, &err) >= 0);
		differ += x.n != y.n ||
		    memcmp(x.fact, y.fact, x.n * sizeof(*x.fact)) != 0;
	}
	facts_found_release(&x);
	facts_found_release(&y);
	return differ;
}

Test(index_take, everything_from_memory_on_touch_part_by_part_and_all_open)
{
	struct facts *f = index_table(1, FACTS), *g;
	struct index_room room;
	struct index *ix;
	uint8_t list[256];
	struct err err;

	same_lists(list);
	index_put("index", f, 1);
	cr_assert(index_open(&ix, "index", index_keys, &err) == 0);
	for (int i = 0; i < 4; i++) {
		if (i == 3)
			cr_assert(index_open_all(ix, 2, &err) == 0);
		g = taken(i == 2 ? ix : NULL, i == 0 ? f : index_facts(ix),
		    list, NULL);
		cr_expect(eq(u64, facts_count(g), facts_count(f)));
		cr_expect(
		    eq(u32, facts_prefix_lengths(g), facts_prefix_lengths(f)));
		cr_expect(eq(u64, facts_seed(g), facts_seed(f)));
		cr_expect(eq(sz, differences(f, g), 0), "way %d", i);
		index_room(ix, &room);
		cr_expect(eq(u64, room.opened,
		    i == 0 || i == 2 ? 0 : index_about(ix)->pages));
		facts_free(g);
	}
	index_close(ix);
	facts_free(f);
}

Test(index_take, lists_and_scopes_get_the_numbers_they_have_here)
{
	struct facts *f = index_table(1, FACTS), *g;
	uint16_t scope[FACT_SCOPES_MAX + 1] = { 0, 40, 50 };
	struct facts_found x = { 0 }, y = { 0 };
	size_t wrong = 0, seen = 0;
	uint8_t list[256];
	struct err err;

	memset(list, FACTS_NOT_TAKEN, sizeof(list));
	list[1] = 9;
	g = taken(NULL, f, list, scope);
	for (size_t i = 0; i < FACTS; i++) {
		uint64_t key = index_key(1, i);
		size_t want = 0;

		cr_assert(index_sorted(f, key, &x, &err) >= 0);
		cr_assert(index_sorted(g, key, &y, &err) >= 0);
		for (size_t k = 0; k < x.n; k++) {
			struct fact fact;

			fact_unpack(&fact, x.fact[k]);
			want += fact.list == 1;
		}
		wrong += y.n != want;
		seen += y.n;
		for (size_t k = 0; k < y.n; k++) {
			struct fact fact;

			fact_unpack(&fact, y.fact[k]);
			wrong += fact.list != 9 ||
			    (fact.scope != 0 && fact.scope != 40 &&
				fact.scope != 50);
		}
	}
	cr_expect(eq(sz, wrong, 0));
	cr_expect(seen > FACTS / 4);
	facts_found_release(&x);
	facts_found_release(&y);
	facts_free(g);
	facts_free(f);
}

Test(index_take, an_altered_page_ends_it)
{
	struct facts *f = index_table(1, FACTS), *g;
	struct facts_appender *a;
	struct index *ix;
	uint8_t list[256];
	struct err err;
	int fd, ret = 0;

	same_lists(list);
	index_put("index", f, 1);
	fd = open("index", O_WRONLY);
	cr_assert(pwrite(fd, "\1\2\3\4", 4, 4096 + 4096 * 5) == 4);
	close(fd);
	cr_assert(index_open(&ix, "index", index_keys, &err) == 0);
	cr_assert(facts_new_like(&g, 3, index_facts(ix), &err) == 0);
	cr_assert(facts_appender_new(&a, g, &err) == 0);
	for (unsigned part = 0; part < FACTS_PARTS && ret == 0; part++)
		ret = facts_take(a, index_facts(ix), part, list, NULL, &err);
	cr_expect(eq(int, ret, -1));
	cr_expect(eq(int, (int)err.code, ERR_AUTH));
	cr_expect(strstr(err.text, "page 6 of") != NULL, "%s", err.text);
	facts_free(g);
	index_close(ix);
	facts_free(f);
}
