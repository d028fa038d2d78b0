/*
 * fuzz_lists.c - what holds for any bytes that are loaded as a list.
 *
 *   - blocks of any size and any number of threads make the same of it;
 *   - so does the long way, for which every line is split into cells.
 *
 * The same are: the failure, the counts, and what is known of every number and
 * prefix that a piece of the text may mean.
 *
 * Input: a byte of options, one for the block and one for max_record, then the
 * file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/lists.h"
#include "fuzz.h"

enum { HEAD = 3, KNOWN_MAX = 4096 };

/* 2026-03-01T04:00:00Z */
static const int64_t AS_OF = 1772337600;

/* ---- the file ---- */

static char folder[80], path[100];
static struct zone *zone;

static void
end(void)
{
	unlink(path);
	rmdir(folder);
	zone_close(zone);
}

/* A folder and a zone for all inputs. */
static void
begin(void)
{
	struct err err;

	folder_make(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/list", folder);
	must(zone_open(&zone, "CST-8", &err) == 0, "a zone");
	atexit(end);
}

static void
file_write(const uint8_t *p, size_t n)
{
	FILE *f = fopen(path, "w");

	must(f && fwrite(p, 1, n, f) == n && fclose(f) == 0, "a file");
}

/* ---- what comes of it ---- */

struct outcome {
	struct lists lists;
	struct err err;
	bool failed;
};

static void
load(struct outcome *out, const struct lists_options *o)
{
	out->err = (struct err){ 0 };
	out->failed = lists_load(&out->lists, o, &out->err) < 0;
}

static void
outcome_release(struct outcome *o)
{
	if (!o->failed)
		lists_release(&o->lists);
}

static void
same_counts(const struct lists *a, const struct lists *b)
{
	const struct list_result *l = a->list, *m = b->list;

	must(l->lines == m->lines, "lines");
	must(l->blank == m->blank, "blank");
	must(l->unusable == m->unusable, "unusable");
	must(l->blocking == m->blocking, "blocking");
	must(l->bad_dates == m->bad_dates, "bad dates");
	must(l->wildcards == m->wildcards, "wildcards");
	must(l->ended == m->ended, "ended");
	must(l->later == m->later, "later");
	must(l->facts == m->facts, "facts");
	must(l->first_bad == m->first_bad, "the first bad line");
	must(strcmp(l->why, m->why) == 0, "what is wrong with it");
	must(facts_added(a->facts) == facts_added(b->facts), "facts added");
	must(facts_count(a->facts) == facts_count(b->facts), "facts kept");
	must(facts_prefix_lengths(a->facts) == facts_prefix_lengths(b->facts),
	    "prefixes");
}

/* A fact, and of a consent when it was given in place of its serial. */
struct known {
	uint64_t fact;
	uint32_t granted;
};

static int
known_order(const void *a, const void *b)
{
	const struct known *k = a, *l = b;

	if (k->fact != l->fact)
		return k->fact < l->fact ? -1 : 1;
	return (k->granted > l->granted) - (k->granted < l->granted);
}

static size_t
known_of(struct known *out, const struct facts *table, uint64_t key)
{
	struct facts_found found = { 0 };
	uint32_t granted[FACT_SERIALS_MAX] = { 0 };
	struct fact fact;
	struct err err;
	size_t n = 0, i;

	must(facts_find(table, key, facts_home(table, key), &found, &err) >= 0,
	    "a look-up");
	must(found.n <= KNOWN_MAX, "as many facts as there may be");
	for (i = 0; i < found.n; i++) {
		fact_unpack(&fact, found.fact[i]);
		if (fact.kind == FACT_GRANTED)
			granted[fact.n] = fact.until;
	}
	for (i = 0; i < found.n; i++) {
		fact_unpack(&fact, found.fact[i]);
		if (fact.kind == FACT_GRANTED)
			continue;
		out[n] = (struct known){ found.fact[i], 0 };
		if (fact.kind == FACT_CONSENT) {
			out[n].granted = granted[fact.n];
			fact.n = 0;
			out[n].fact = fact_pack(&fact);
		}
		n++;
	}
	facts_found_release(&found);
	qsort(out, n, sizeof(*out), known_order);
	return n;
}

static void
same_key(const struct facts *a, const struct facts *b, uint64_t key)
{
	static struct known want[KNOWN_MAX], got[KNOWN_MAX];
	size_t n = known_of(want, a, key);

	must(known_of(got, b, key) == n, "as many facts of a number");
	for (size_t i = 0; i < n; i++)
		must(known_order(&want[i], &got[i]) == 0,
		    "the facts of a number");
}

/* Every number that the text may mean, and what begins as it does. */
static void
same_text(const struct facts *a, const struct facts *b, struct span text,
    const struct number_rules *rules)
{
	struct number_cell cell;
	uint64_t prefix[2], other;
	size_t n, i;

	number_parse(&cell, text, rules);
	for (i = 0; i < cell.count; i++) {
		same_key(a, b, cell.number[i].key);
		if ((other = number_other_reading(&cell.number[i])))
			same_key(a, b, other);
	}
	n = number_wildcard(prefix, text, rules);
	for (i = 0; i < n; i++)
		same_key(a, b, subject_prefix(prefix[i]));
}

/* What stands between delimiters, quotes and line ends of whatever kind. */
static void
same_facts(const struct lists *a, const struct lists *b, struct span text,
    const struct number_rules *rules)
{
	static const char stops[] = ",;|\t\"\r\n";
	const char *p = text.p, *end = p + text.n, *from = p;

	for (; p <= end; p++)
		if (p == end || memchr(stops, *p, sizeof(stops) - 1)) {
			same_text(a->facts, b->facts,
			    span_of(from, (size_t)(p - from)), rules);
			from = p + 1;
		}
}

static void
same(const struct outcome *a, const struct outcome *b, struct span text,
    const struct number_rules *rules)
{
	must(a->failed == b->failed, "whether it can be loaded");
	if (a->failed) {
		must(a->err.code == b->err.code &&
			strcmp(a->err.text, b->err.text) == 0,
		    "the failure");
		return;
	}
	same_counts(&a->lists, &b->lists);
	same_facts(&a->lists, &b->lists, text, rules);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kinds[] = { "dnc", "listed", "consent",
		"calls", "allow" };
	static const char *const regions[] = { "CN", "CN", "US", "" };
	static const size_t blocks[] = { 1, 7, 64, 100, 1000, 4096 };
	struct policy policy = { .as_of = AS_OF };
	struct list_spec spec = { .path = path };
	struct lists_options o = { .spec = &spec,
		.specs = 1,
		.policy = &policy,
		.max_bad = 100,
		.topic = "loans" };
	struct outcome want, got;
	struct span text;
	struct err err;

	if (size < HEAD)
		return 0;
	if (!zone)
		begin();
	text = span_of((const char *)data + HEAD, size - HEAD);
	file_write(data + HEAD, text.n);
	spec.kind = (enum list_kind)(data[0] % LIST_KINDS);
	spec.name = kinds[spec.kind];
	policy.zone = zone;
	if (spec.kind == LIST_CALLS)
		must(cap_parse(&policy.cap[policy.caps++],
			 span_str(data[0] & 128 ? "2/7d answered" : "3/week"),
			 &err) == 0,
		    "a cap");
	policy_prepare(&policy);
	o.rules.region = region_code(span_str(regions[data[0] / 8 % 4]));
	o.one_moment = data[0] & 64;
	o.max_record = data[2] < 128 ? 0 : 32 + data[2];

	o.by_cells = true;
	load(&want, &o);
	o.by_cells = false;
	load(&got, &o);
	same(&want, &got, text, &o.rules);
	outcome_release(&got);
	o.block = blocks[data[1] % (sizeof(blocks) / sizeof(*blocks))];
	o.threads = 1 + data[1] / 64;
	load(&got, &o);
	same(&want, &got, text, &o.rules);
	outcome_release(&got);
	outcome_release(&want);
	return 0;
}
