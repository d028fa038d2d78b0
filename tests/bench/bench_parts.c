/*
 * bench_parts - what the parts cost that a run spends its time in.
 *
 *	bench_parts
 *
 * Prints "part<TAB>case<TAB>value<TAB>unit", best of several rounds on one
 * thread: bytes a second of the CSV lanes, nanoseconds of a look-up in facts
 * and numset.
 *
 * The text of the lanes is larger than the caches and cut into blocks of the
 * size the program reads, so it comes from memory as after a read(2).
 * Look-ups are made as flow/screen.c makes them: homes asked for 64 keys
 * ahead; and one by one, which shows what that saves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/facts.h"
#include "store/numset.h"
#include "text/csv_lane.h"

enum {
	ROUNDS = 5,
	TEXT = 32 << 20,
	ROW_MAX = 256,
	PHONE = 2, /* the column that is asked for */
	COLUMNS = 9,
	BATCH = 64,
};

_Noreturn static void
die(const struct err *err)
{
	fprintf(stderr, "bench_parts: %s\n", err->text);
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
report(const char *part, const char *what, double value, const char *unit)
{
	printf("%s\t%s\t%.2f\t%s\n", part, what, value, unit);
	fflush(stdout);
}

/* Results go here, so that no work can be left out. */
static volatile uint64_t sink;

/* --- Lanes --- */

/* Which rows of ten need quotes. */
struct sample {
	const char *name;
	unsigned quoted;
	bool every_cell;
};

static const struct sample samples[] = {
	{ "no quotes", 0, false },
	{ "every tenth row has quotes", 1, false },
	{ "every row has quotes", 10, false },
	{ "every cell is quoted", 10, true },
};

static size_t
put_row(char *out, const struct sample *sample, unsigned row)
{
	const char *note = row % 3 ? "" : "call in the evening";
	unsigned phone = row * 2654435761u % 100000000, house = row % 997;
	int n;

	if (sample->every_cell)
		n = snprintf(out, ROW_MAX,
		    "\"%u\",\"Wang Wei\",\"138%08u\",\"Xiamen\","
		    "\"Renmin Road %u\",\"gold\",\"27.69\",\"%s\","
		    "\"2026-02-08 14:52:51\"\n",
		    row, phone, house, note);
	else if (row % 10 < sample->quoted)
		n = snprintf(out, ROW_MAX,
		    "%u,Wang Wei,138%08u,Xiamen,\"Flat 7, Renmin Road %u\","
		    "gold,27.69,%s,2026-02-08 14:52:51\n",
		    row, phone, house, note);
	else
		n = snprintf(out, ROW_MAX,
		    "%u,Wang Wei,138%08u,Xiamen,Renmin Road %u,"
		    "gold,27.69,%s,2026-02-08 14:52:51\n",
		    row, phone, house, note);
	return (size_t)n;
}

/* Rows that fill `text`; blocks of whole rows in it. */
static size_t
make_blocks(char *text, const struct sample *sample, struct csv_block *blocks)
{
	size_t at = 0, from = 0, n = 0;

	for (unsigned row = 1; at + ROW_MAX + CSV_PAD < TEXT; row++) {
		at += put_row(text + at, sample, row);
		if (at - from < CSV_BLOCK - ROW_MAX)
			continue;
		blocks[n++] = (struct csv_block){ .p = text + from,
			.n = at - from,
			.line = 1 };
		from = at;
	}
	return n;
}

static double
time_split(const struct csv_block *blocks, size_t n, enum csv_lane lane,
    struct csv_rows *rows)
{
	static const struct csv_dialect dialect = { ',', COLUMNS,
		CSV_MAX_RECORD };
	static const unsigned want[] = { PHONE };
	struct err err = { 0 };
	double begun = now();

	for (size_t i = 0; i < n; i++) {
		if (csv_split_lane(rows, &blocks[i], &dialect, want, 1, lane,
			&err) < 0)
			die(&err);
		sink += rows->n + rows->cell[rows->n - 1].n;
	}
	return now() - begun;
}

static double
time_scan(const struct csv_block *blocks, size_t n)
{
	double begun = now();

	for (size_t i = 0; i < n; i++) {
		struct csv_scan scan = { .delimiter = ',' };

		csv_scan(&scan, blocks[i].p, 0, blocks[i].n);
		sink += scan.cut;
	}
	return now() - begun;
}

static void
bench_lanes(void)
{
	static const struct {
		enum csv_lane lane;
		const char *name;
	} lanes[] = {
		{ CSV_LANE_AUTO, "csv_split" },
		{ CSV_LANE_USUAL, "csv_split, any machine" },
		{ CSV_LANE_WALK, "csv_split, walk" },
		{ CSV_LANE_LIBCSV, "csv_split, libcsv" },
	};
	enum { LANES = sizeof(lanes) / sizeof(*lanes) };
	static struct csv_block blocks[TEXT / CSV_BLOCK * 2];
	char *text = malloc(TEXT);
	struct csv_rows rows = { 0 };

	if (!text)
		exit(1);
	for (size_t s = 0; s < sizeof(samples) / sizeof(*samples); s++) {
		size_t n = make_blocks(text, &samples[s], blocks);
		double best[LANES + 1] = { 0 }, bytes = 0;

		for (size_t i = 0; i < n; i++)
			bytes += (double)blocks[i].n;
		for (int round = 0; round < ROUNDS; round++) {
			for (int l = 0; l <= LANES; l++) {
				double t = l < LANES ?
				    time_split(blocks, n, lanes[l].lane,
					&rows) :
				    time_scan(blocks, n);

				if (round == 0 || t < best[l])
					best[l] = t;
			}
		}
		for (int l = 0; l < LANES; l++)
			report(lanes[l].name, samples[s].name,
			    bytes / best[l] / 1e9, "GB/s");
		report("csv_scan", samples[s].name, bytes / best[LANES] / 1e9,
		    "GB/s");
	}
	csv_rows_release(&rows);
	free(text);
}

/* --- Look-ups --- */

/* The i-th of many numbers that look like those of a list: all differ. */
static uint64_t
key_at(uint64_t i)
{
	return UINT64_C(8613000000000) +
	    i * UINT64_C(5915587277) % UINT64_C(7000000000);
}

static const uint64_t table_sizes[] = { 100000, 10000000 };
enum { PROBES = 1 << 19 };

/*
 * Keys to ask for: of the first `n`, in another order than they were added;
 * or such as come behind them, which are in no table.
 */
static void
make_probes(uint64_t *keys, uint64_t n, bool hit)
{
	for (uint64_t i = 0; i < PROBES; i++) {
		uint64_t at = i * UINT64_C(0x9e3779b97f4a7c15) >> 20;

		keys[i] = key_at(hit ? at % n : n + i);
	}
}

static struct facts *
make_facts(uint64_t n)
{
	struct fact fact = { .until = FACT_FOREVER, .kind = FACT_DNC };
	struct facts_appender *a;
	struct facts *f;
	struct err err = { 0 };

	if (facts_new(&f, 0, &err) < 0 || facts_reserve(f, n, &err) < 0 ||
	    facts_appender_new(&a, f, &err) < 0)
		die(&err);
	for (uint64_t i = 0; i < n; i++) {
		if (facts_add(a, key_at(i), &fact, &err) < 0)
			die(&err);
	}
	if (facts_build(f, &err) < 0)
		die(&err);
	return f;
}

static double
time_facts(const struct facts *f, const uint64_t *keys, bool ahead,
    struct facts_found *found)
{
	uint32_t first[BATCH + 1];
	struct err err = { 0 };
	double begun = now();

	for (size_t at = 0; at < PROBES; at += BATCH) {
		found->n = 0;
		if (ahead &&
		    facts_find_all(f, keys + at, BATCH, first, NULL, found,
			&err) < 0)
			die(&err);
		for (size_t i = 0; i < BATCH && !ahead; i++)
			if (facts_find(f, keys[at + i],
				facts_home(f, keys[at + i]), found, &err) < 0)
				die(&err);
		sink += found->n;
	}
	return (now() - begun) / PROBES * 1e9;
}

static void
make_set(struct numset *set, uint64_t n)
{
	struct err err = { 0 };
	uint32_t first;

	for (uint64_t i = 0; i < n; i++) {
		if (numset_add(set, key_at(i), 1, &first, &err) < 0)
			die(&err);
	}
}

static double
time_set(const struct numset *set, const uint64_t *keys, bool ahead)
{
	double begun = now();

	for (size_t at = 0; at < PROBES; at += BATCH) {
		for (size_t i = 0; i < BATCH && ahead; i++)
			numset_ask(set, numset_mixed(set, keys[at + i]));
		for (size_t i = 0; i < BATCH; i++)
			sink += numset_find(set, keys[at + i]);
	}
	return (now() - begun) / PROBES * 1e9;
}

/* Four ways to ask each table: hit or miss, with homes asked for or not. */
static void
bench_probes(const struct facts *f, const struct numset *set, uint64_t n,
    uint64_t *keys)
{
	struct facts_found found = { 0 };

	for (int way = 0; way < 4; way++) {
		bool hit = way & 1, ahead = way < 2;
		double best[2] = { 0 };
		char what[96];

		make_probes(keys, n, hit);
		for (int round = 0; round < ROUNDS; round++) {
			double t[2] = { time_facts(f, keys, ahead, &found),
				time_set(set, keys, ahead) };

			for (int i = 0; i < 2; i++)
				if (round == 0 || t[i] < best[i])
					best[i] = t[i];
		}
		snprintf(what, sizeof(what), "%s of %llu numbers, %s",
		    hit ? "one" : "none", (unsigned long long)n,
		    ahead ? "64 ahead" : "one by one");
		report("facts_find", what, best[0], "ns");
		report("numset_find", what, best[1], "ns");
	}
	facts_found_release(&found);
}

static void
bench_tables(void)
{
	uint64_t *keys = malloc(PROBES * sizeof(*keys));

	if (!keys)
		exit(1);
	for (size_t i = 0; i < sizeof(table_sizes) / sizeof(*table_sizes);
	     i++) {
		uint64_t n = table_sizes[i];
		struct numset set = { 0 };
		struct facts *f;
		double begun = now();
		char what[64];

		snprintf(what, sizeof(what), "%llu numbers",
		    (unsigned long long)n);
		f = make_facts(n);
		report("facts_add and build", what,
		    (now() - begun) / (double)n * 1e9, "ns");
		begun = now();
		make_set(&set, n);
		report("numset_add", what, (now() - begun) / (double)n * 1e9,
		    "ns");
		report("numset", what, (double)set.bytes / (double)n,
		    "bytes a number");
		bench_probes(f, &set, n, keys);
		numset_release(&set);
		facts_free(f);
	}
	free(keys);
}

int
main(void)
{
	bench_lanes();
	bench_tables();
	return fflush(stdout) != 0;
}
