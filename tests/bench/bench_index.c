/*
 * bench_index - what the sealed index costs, on a disk of your choice.
 *
 *	bench_index FOLDER [ENTRIES [THREADS]]
 *
 * Builds a table of ENTRIES (10,000,000) facts about numbers, seals it, opens
 * it in every way there is, and leaves nothing behind.  Look-ups are of
 * numbers of which half are in it; opened on touch, they fall on pages that
 * nobody has touched yet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/index.h"

enum { TOUCHES = 2000, LOOKUPS = 1000000, BATCH = 64, OPENS = 200 };

static struct err err;
static struct keyring *keys;
static size_t threads = 2;

static void
check(int got)
{
	if (got >= 0)
		return;
	fprintf(stderr, "bench_index: %s\n", err.text);
	exit(1);
}

/* Numbers of China, each once: an odd step through ten thousand million. */
static uint64_t
draw(uint64_t i)
{
	return 8610000000000u + i * 6180339887u % 10000000000u;
}

static long
resident_kb(void)
{
	long pages = 0, skip;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%ld %ld", &skip, &pages) != 2)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* n things since `begun`, of `bytes` bytes together (0: not told). */
static void
tell(const char *what, double begun, uint64_t n, uint64_t bytes)
{
	double took = clock_monotonic() - begun;

	printf("%-34s %9.3f s %10.0f ns each", what, took,
	    took * 1e9 / (double)n);
	if (bytes)
		printf(", %5.2f GB/s", (double)bytes / took / 1e9);
	printf(", %ld MB\n", resident_kb() / 1024);
	fflush(stdout);
}

static struct facts *
table(uint64_t n)
{
	struct fact fact = { .kind = FACT_LISTED, .until = FACT_FOREVER };
	struct facts_appender *a;
	struct facts *f;

	check(facts_new(&f, 0, &err));
	check(facts_reserve(f, n, &err));
	check(facts_appender_new(&a, f, &err));
	for (uint64_t i = 0; i < n; i++)
		check(facts_add(a, draw(i), &fact, &err));
	check(facts_build(f, &err));
	return f;
}

/* Look up n numbers, `from` and on, as a run does: many at a time. */
static uint64_t
look(const struct facts *f, uint64_t from, uint64_t n, uint64_t entries)
{
	struct facts_found found = { 0 };
	uint64_t key[BATCH], hits = 0;
	uint32_t first[BATCH + 1];
	size_t i;

	for (; n > 0; n -= BATCH < n ? BATCH : n) {
		size_t k = n < BATCH ? (size_t)n : BATCH;

		for (i = 0; i < k; i++, from++)
			key[i] = draw(from * 7919 % (2 * entries));
		found.n = 0;
		check(facts_find_all(f, key, k, first, NULL, &found, &err));
		hits += found.n;
	}
	facts_found_release(&found);
	return hits;
}

static void
bench_seal(const struct facts *f, size_t n)
{
	static const struct index_list list = { .name = "national" };
	struct index_about about = { .generation = 1,
		.list = &list,
		.lists = 1 };
	uint64_t bytes = facts_words(f) * 8;
	char what[40];
	double begun = clock_monotonic();

	check(index_write("index", f, &about, keys, n, &err));
	snprintf(what, sizeof(what), "seal and sync, threads: %zu", n);
	tell(what, begun, facts_count(f), bytes);
}

static void
bench_open(void)
{
	double begun = clock_monotonic();
	struct facts_found found = { 0 };
	struct index *ix;

	for (int i = 0; i < OPENS; i++) {
		const struct facts *f;
		uint64_t key = draw((uint64_t)i * 31);

		check(index_open(&ix, "index", keys, &err));
		f = index_facts(ix);
		found.n = 0;
		check(facts_find(f, key, facts_home(f, key), &found, &err));
		index_close(ix);
	}
	tell("open, one number, close", begun, OPENS, 0);
	facts_found_release(&found);
}

static void
bench_touch(uint64_t entries)
{
	struct index_room room;
	struct index *ix;
	double begun;

	check(index_open(&ix, "index", keys, &err));
	begun = clock_monotonic();
	look(index_facts(ix), 0, TOUCHES, entries);
	index_room(ix, &room);
	tell("look-ups that open a page", begun, room.opened, 0);
	begun = clock_monotonic();
	look(index_facts(ix), 0, TOUCHES, entries);
	tell("the same again", begun, TOUCHES, 0);
	begun = clock_monotonic();
	look(index_facts(ix), 0, LOOKUPS, entries);
	index_room(ix, &room);
	printf("%.0f %% of pages touched\n",
	    100.0 * (double)room.opened / (double)index_about(ix)->pages);
	tell("look-ups on touch", begun, LOOKUPS, 0);
	begun = clock_monotonic();
	look(index_facts(ix), 0, LOOKUPS, entries);
	tell("the same again", begun, LOOKUPS, 0);
	index_close(ix);
}

static void
bench_all(uint64_t entries, size_t n)
{
	struct index *ix;
	double begun;
	char what[40];

	check(index_open(&ix, "index", keys, &err));
	begun = clock_monotonic();
	check(index_open_all(ix, n, &err));
	snprintf(what, sizeof(what), "open all, threads: %zu", n);
	tell(what, begun, index_about(ix)->pages, index_about(ix)->bytes);
	begun = clock_monotonic();
	look(index_facts(ix), 0, LOOKUPS, entries);
	tell("look-ups", begun, LOOKUPS, 0);
	begun = clock_monotonic();
	index_close(ix);
	tell("wipe and close", begun, 1, 0);
}

int
main(int argc, char **argv)
{
	uint64_t entries = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000000;
	struct facts *f;
	double begun;

	if (argc > 3)
		threads = (size_t)strtoull(argv[3], NULL, 10);
	if (argc < 2 || chdir(argv[1]) < 0 || entries == 0) {
		fprintf(stderr,
		    "usage: bench_index FOLDER [ENTRIES [THREADS]]\n");
		return 2;
	}
	check(keyring_create("scrub.key", &err));
	check(keyring_open(&keys, "scrub.key", NULL, &err));
	begun = clock_monotonic();
	f = table(entries);
	tell("table of facts", begun, entries, 0);
	look(f, 0, LOOKUPS, entries);
	begun = clock_monotonic();
	look(f, 0, LOOKUPS, entries);
	tell("look-ups in it", begun, LOOKUPS, 0);
	bench_seal(f, 1);
	bench_seal(f, threads);
	facts_free(f);
	bench_open();
	bench_touch(entries);
	bench_all(entries, 1);
	bench_all(entries, threads);
	begun = clock_monotonic();
	check(index_verify("index", keys, threads, NULL, &err));
	tell("verify", begun, entries, entries * 8);
	keyring_close(keys);
	unlink("scrub.key");
	unlink("index");
	return 0;
}
