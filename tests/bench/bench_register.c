/*
 * bench_register - what the register costs, on a disk of your choice.
 *
 *	bench_register FOLDER [DNC [CONSENTS]]
 *
 * Imports DNC entries (5,000,000) and consents (1,000,000) for random numbers,
 * imports the entries again, reads everything as a run does, adds one opt-out
 * and finds it through a fresh handle, and leaves nothing behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/register.h"

enum { NOW = 1790000000, THREADS = 2 };

static struct err err;
static uint64_t seed = 1;

static void
check(int got)
{
	if (got >= 0)
		return;
	fprintf(stderr, "bench_register: %s\n", err.text);
	exit(1);
}

/* Numbers of China, each once: an odd step through ten thousand million. */
static uint64_t
draw(void)
{
	seed = (seed + 6180339887u) % 10000000000u;
	return 8610000000000u + seed;
}

static void
tell(const char *what, double begun, uint64_t n)
{
	double took = clock_monotonic() - begun;
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	printf("%-28s %8.2f s %9.0f a second, at most %ld MB\n", what, took,
	    (double)n / took, use.ru_maxrss / 1024);
	fflush(stdout);
}

static void
told(void *arg, uint64_t line, enum register_outcome outcome)
{
	(void)line;
	(void)outcome;
	++*(uint64_t *)arg;
}

static void
import(struct register_db *db, unsigned kind, uint64_t n, const char *what)
{
	struct register_import_result result;
	struct register_import *im;
	struct register_entry e = {
		.kind = kind,
		.origin = { .source = SOURCE_IMPORT,
		    .author = SPAN("bench"),
		    .input = SPAN("bench.csv") },
	};
	double begun = clock_monotonic();
	uint64_t i, heard = 0;

	check(register_begin(db, NOW, &err));
	check(register_import_new(&im, db, "import", &e.origin, told, &heard,
	    &err));
	for (i = 0; i < n; i++) {
		e.subject.key = draw();
		if (kind == FACT_DNC) {
			e.reason = REASON_REQUEST;
			e.requested_at = NOW - (int64_t)(i % 100000000);
		} else {
			e.topic = SPAN("loans");
			e.at = NOW - (int64_t)(i % 10000000);
			e.expires_at = e.at + 31536000;
			e.evidence = SPAN("form 2026/17");
			e.note = SPAN("given on the phone");
		}
		check(register_import_add(im, i, &e, &err));
	}
	check(register_import_end(im, &result, &err));
	register_import_free(im);
	check(register_commit(db, &err));
	tell(what, begun, n);
	if (heard != n)
		printf("  heard of %ju only\n", (uintmax_t)heard);
}

static int
count(void *arg, const struct register_fact *f, struct err *e)
{
	(void)e;
	*(uint64_t *)arg += f->entry.subject.key > 0;
	return 0;
}

/* A fresh handle each time, as the next program has one. */
static void
opt_out(const char *path, const struct keyring *keys)
{
	struct register_entry e = {
		.kind = FACT_DNC,
		.subject = { .key = 8613800138000u },
		.reason = REASON_REQUEST,
		.origin = { .source = SOURCE_CALL, .author = SPAN("bench") },
	};
	enum register_outcome outcome;
	struct register_db *db;
	double best = 1e9, most = 0, begun, took;
	uint64_t n = 0;
	int i;

	for (i = 0; i < 50; i++) {
		e.subject.key++;
		begun = clock_monotonic();
		check(register_open(&db, path, keys, REGISTER_WRITE, &err));
		check(register_begin(db, NOW, &err));
		check(register_add(db, &e, &outcome, &err));
		check(register_commit(db, &err));
		register_close(db);
		check(register_open(&db, path, keys, REGISTER_READ, &err));
		check(register_find(db, &e.subject, count, &n, &err));
		took = clock_monotonic() - begun;
		register_close(db);
		best = took < best ? took : best;
		most = took > most ? took : most;
	}
	printf("%-28s %8.2f ms at best, %.2f at most\n",
	    "add, commit, open, find", best * 1e3, most * 1e3);
}

static void
find_many(struct register_db *db, const char *what)
{
	struct register_subject s = { 0 };
	double begun = clock_monotonic();
	uint64_t n = 0, i;

	for (i = 0; i < 100000; i++) {
		s.key = draw();
		check(register_find(db, &s, count, &n, &err));
	}
	tell(what, begun, 100000);
	printf("  %ju found\n", (uintmax_t)n);
}

int
main(int argc, char **argv)
{
	uint64_t dnc = argc > 2 ? strtoull(argv[2], NULL, 10) : 5000000;
	uint64_t consents = argc > 3 ? strtoull(argv[3], NULL, 10) : 1000000;
	char key[4096], path[4096];
	uint64_t seen[THREADS] = { 0 };
	void *const arg[THREADS] = { &seen[0], &seen[1] };
	struct keyring *keys;
	struct register_db *db;
	double begun;

	if (argc < 2) {
		fprintf(stderr,
		    "usage: bench_register FOLDER [DNC [CONSENTS]]\n");
		return 2;
	}
	snprintf(key, sizeof(key), "%s/key", argv[1]);
	snprintf(path, sizeof(path), "%s/register", argv[1]);
	check(keyring_create(key, &err));
	check(keyring_open(&keys, key, NULL, &err));
	check(register_create(path, keys, NOW, &err));
	check(register_open(&db, path, keys, REGISTER_WRITE, &err));
	import(db, FACT_DNC, dnc, "import dnc");
	import(db, FACT_CONSENT, consents, "import consents");
	seed = 1;
	import(db, FACT_DNC, dnc, "import dnc again");
	register_close(db);
	begun = clock_monotonic();
	check(register_open(&db, path, keys, REGISTER_READ, &err));
	check(register_each(db, THREADS, count, arg, &err));
	tell("read all, two threads", begun, seen[0] + seen[1]);
	seed = 1;
	find_many(db, "find 100,000");
	seed = 2;
	find_many(db, "find 100,000 more");
	register_close(db);
	opt_out(path, keys);
	keyring_close(keys);
	unlink(path);
	unlink(key);
	return 0;
}
