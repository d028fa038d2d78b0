/*
 * fault_index.c - whatever fails while an index is written, the old one stands;
 * whatever fails while one is read, there is no answer rather than a wrong one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "store/index.h"

enum { FACTS = 40, THREADS = 2 };

#define FIRST UINT64_C(8613800000000)

/* A helper of ours that must not fail. */
static void
must(int got, const struct err *err)
{
	if (got >= 0)
		return;
	fprintf(stderr, "fault_index: %s\n", err->text);
	abort();
}

static int
table(struct facts **out, struct err *err)
{
	struct fact fact = { .kind = FACT_DNC, .until = FACT_FOREVER };
	struct facts_appender *a;
	int ret;

	if (facts_new(out, 0, err) < 0)
		return -1;
	ret = facts_appender_new(&a, *out, err);
	for (uint64_t i = 0; i < FACTS && ret == 0; i++)
		ret = facts_add(a, FIRST + i, &fact, err);
	if (ret == 0)
		ret = facts_build(*out, err);
	if (ret < 0)
		facts_free(*out);
	return ret;
}

static int
generation_write(uint64_t generation, struct err *err)
{
	static const struct index_list list = { .name = "internal" };
	const struct index_about about = { .generation = generation,
		.list = &list,
		.lists = 1 };
	struct keyring *keys;
	struct facts *f;
	int ret = -1;

	if (keyring_open(&keys, "key", NULL, err) < 0)
		return -1;
	if (table(&f, err) == 0) {
		ret = index_write("index", f, &about, keys, THREADS, err);
		facts_free(f);
	}
	keyring_close(keys);
	return ret;
}

static void
prepare_key(void *arg)
{
	struct err err;

	(void)arg;
	must(keyring_create("key", &err), &err);
}

static void
prepare_index(void *arg)
{
	struct err err;

	prepare_key(arg);
	must(generation_write(1, &err), &err);
}

/* ---- writing ---- */

static int
write_second(void *arg, struct err *err)
{
	(void)arg;
	return generation_write(2, err);
}

/* The generation that stands, whole; 0: none at all. */
static uint64_t
generation_found(void)
{
	struct index_about about;
	struct keyring *keys;
	struct err err;

	if (access("index", F_OK) < 0)
		return 0;
	must(keyring_open(&keys, "key", NULL, &err), &err);
	must(index_verify("index", keys, 1, &about, &err), &err);
	keyring_close(keys);
	return about.generation;
}

static const char *
check_written(void *arg, const struct fault_outcome *o)
{
	uint64_t old = arg ? 1 : 0, now = generation_found();

	if (now != old && now != 2)
		return "neither the old nor the new index";
	if (o->succeeded && now != 2)
		return "success, but the old index stands";
	if (!o->succeeded && !o->killed && now != old &&
	    !strstr(o->err.text, "in place, but"))
		return "a failure, but the new index stands";
	if (fault_names() > 1u + (now > 0) + o->killed)
		return "something was left behind";
	return NULL;
}

/* ---- reading ---- */

/* Every answer that is had is the right one. */
static int
ask_all(const struct facts *f, struct err *err)
{
	struct facts_found found = { 0 };
	int got = 0;

	for (uint64_t i = 0; i < 2 * FACTS && got >= 0; i++) {
		found.n = 0;
		got = facts_find(f, FIRST + i, facts_home(f, FIRST + i), &found,
		    err);
		if (got >= 0 && found.n != (i < FACTS))
			abort();
	}
	facts_found_release(&found);
	return got < 0 ? -1 : 0;
}

static int
read_index(void *arg, struct err *err)
{
	struct keyring *keys;
	struct index *ix;
	int ret;

	if (keyring_open(&keys, "key", NULL, err) < 0)
		return -1;
	ret = index_open(&ix, "index", keys, err);
	keyring_close(keys);
	if (ret < 0)
		return -1;
	if (arg) {
		ret = index_open_all(ix, THREADS, err);
		/* a failure leaves it as good as it was */
		if (ret < 0) {
			struct err second;

			ask_all(index_facts(ix), &second);
		}
	}
	if (ret == 0)
		ret = ask_all(index_facts(ix), err);
	index_close(ix);
	return ret;
}

/* A run's own table, that expects all that is asked for. */
static int
own_table(struct facts **out, struct index *ix, struct err *err)
{
	int ret = facts_new_like(out, 0, index_facts(ix), err);

	if (ret < 0)
		return -1;
	if ((ret = facts_expecting(*out, 2 * FACTS, 1, err)) == 0) {
		for (uint64_t i = 0; i < 2 * FACTS && ret == 0; i++)
			ret = facts_expect(*out, &(uint64_t){ FIRST + i }, 1,
			    err);
		facts_lend_slots(*out);
		if (ret == 0)
			ret = facts_build(*out, err);
	}
	if (ret < 0)
		facts_free(*out);
	return ret;
}

static int
sieve_index(void *arg, struct err *err)
{
	struct index_wanted wanted = { 0 };
	struct facts *own, *sieved;
	struct keyring *keys;
	struct index *ix;
	int ret;

	(void)arg;
	if (keyring_open(&keys, "key", NULL, err) < 0)
		return -1;
	ret = index_open(&ix, "index", keys, err);
	keyring_close(keys);
	if (ret < 0)
		return -1;
	if ((ret = own_table(&own, ix, err)) == 0) {
		wanted.facts = own;
		ret = index_sieve(&sieved, ix, &wanted, THREADS, err);
		if (ret == 0)
			ret = ask_all(sieved, err);
		index_sieved_free(sieved);
		facts_free(own);
	}
	index_close(ix);
	return ret;
}

static int
verify(void *arg, struct err *err)
{
	struct keyring *keys;
	int ret;

	(void)arg;
	if (keyring_open(&keys, "key", NULL, err) < 0)
		return -1;
	ret = index_verify("index", keys, THREADS, NULL, err);
	keyring_close(keys);
	return ret;
}

static const char *
check_read(void *arg, const struct fault_outcome *o)
{
	(void)arg;
	(void)o;
	if (generation_found() != 1)
		return "the index is not what it was";
	return fault_names() == 2 ? NULL : "something was left behind";
}

int
main(void)
{
	static char yes[] = "yes";
	static const struct fault_test tests[] = {
		{ .name = "the first index",
		    .prepare = prepare_key,
		    .job = write_second,
		    .check = check_written },
		{ .name = "an index over the one before",
		    .prepare = prepare_index,
		    .job = write_second,
		    .check = check_written,
		    .arg = yes },
		{ .name = "look-ups that open pages",
		    .prepare = prepare_index,
		    .job = read_index,
		    .check = check_read },
		{ .name = "all pages opened at once",
		    .prepare = prepare_index,
		    .job = read_index,
		    .check = check_read,
		    .arg = yes },
		{ .name = "what is expected of all pages",
		    .prepare = prepare_index,
		    .job = sieve_index,
		    .check = check_read },
		{ .name = "an index verified",
		    .prepare = prepare_index,
		    .job = verify,
		    .check = check_read },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		fault_run(&tests[i]);
	return fault_done();
}
