/*
 * bench_ids - do two clean files keep the same rows?
 *
 *	bench_ids A.csv B.csv
 *	bench_ids A.csv		how many rows are there?
 *
 * Compares the first cells of all records, whole numbers, as sets: writers of
 * CSV differ in what they quote, so bytes say nothing.  Prints nothing when
 * they are the same; otherwise how many there are and how many stand in one
 * of them only, and returns 1.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_MAX = 1 << 30 };

struct ids {
	uint8_t *bits;
	uint64_t n, twice;
};

_Noreturn static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench_ids: %s: %s\n", what, why);
	exit(2);
}

static void
ids_add(struct ids *ids, uint64_t id)
{
	uint8_t bit = (uint8_t)(1u << (id & 7));

	ids->n++;
	ids->twice += (ids->bits[id >> 3] & bit) != 0;
	ids->bits[id >> 3] |= bit;
}

/* Read the first cell, pass over the rest; false at the end of the file. */
static bool
record(FILE *f, uint64_t *id, bool *digits)
{
	bool quotes = false, first = true;
	int c;

	*id = 0;
	*digits = false;
	while ((c = getc_unlocked(f)) != EOF) {
		if (c == '"')
			quotes = !quotes;
		else if (c == '\n' && !quotes)
			return true;
		else if (c == ',' && !quotes)
			first = false;
		else if (first && c >= '0' && c <= '9' && *id < ID_MAX) {
			*id = *id * 10 + (uint64_t)(c - '0');
			*digits = true;
		}
	}
	return *digits;
}

static void
ids_read(struct ids *ids, const char *path)
{
	FILE *f = fopen(path, "r");
	uint64_t id;
	bool digits;

	if (!f)
		die(path, strerror(errno));
	if (!(ids->bits = calloc(ID_MAX / 8, 1)))
		die(path, "memory");
	record(f, &id, &digits); /* the header */
	while (record(f, &id, &digits)) {
		if (!digits || id >= ID_MAX)
			die(path, "a row without an id");
		ids_add(ids, id);
	}
	if (ferror(f))
		die(path, strerror(errno));
	fclose(f);
}

int
main(int argc, char **argv)
{
	struct ids a = { 0 }, b = { 0 };
	uint64_t only_a = 0, only_b = 0;

	if (argc != 2 && argc != 3)
		die("usage", "bench_ids A.csv [B.csv]");
	ids_read(&a, argv[1]);
	if (argc == 2) {
		printf("%llu\n", (unsigned long long)a.n);
		return 0;
	}
	ids_read(&b, argv[2]);
	for (size_t i = 0; i < ID_MAX / 8; i++) {
		only_a += (unsigned)__builtin_popcount(a.bits[i] & ~b.bits[i]);
		only_b += (unsigned)__builtin_popcount(b.bits[i] & ~a.bits[i]);
	}
	if (only_a + only_b + a.twice + b.twice == 0)
		return 0;
	printf("%llu rows and %llu; only in the one %llu, in the other %llu; "
	       "twice %llu and %llu\n",
	    (unsigned long long)a.n, (unsigned long long)b.n,
	    (unsigned long long)only_a, (unsigned long long)only_b,
	    (unsigned long long)a.twice, (unsigned long long)b.twice);
	return 1;
}
