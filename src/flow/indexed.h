/*
 * indexed.h - the sealed index as lists of a run.
 *
 * `scrub refresh` compiles feeds and the register into an index.  Lists of the
 * index stand behind those given as files: the facts found get ids of the run.
 * What came out of the register is taken from the index where that is asked for
 * (recent.h), but for subjects that the register has touched since: a change of
 * a minute ago holds.
 *
 * When an index is made, "today" is as late as that moment.  A run that is
 * planned for an earlier one takes withdrawals and calls of feeds in between
 * as made just now.  (What the register knows, it knows by the second.)
 *
 * Of a list of calls the index may hold only those since some moment (`keep` in
 * scrub.conf).  A run whose caps look back further is refused.
 *
 * After indexed_open() it may be used by several threads at once.
 */
#ifndef SCRUB_FLOW_INDEXED_H
#define SCRUB_FLOW_INDEXED_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "flow/recent.h"
#include "rules/policy.h"
#include "store/facts.h"
#include "store/index.h"

enum {
	INDEXED_IDS = 256,
	INDEXED_NOT = 255, /* read elsewhere */
};

/* A list that covers some area codes only. */
struct indexed_cover {
	uint64_t *prefix; /* sorted */
	size_t n;
	uint32_t lengths; /* of prefixes: bit 3 is 3 digits */
	uint8_t list;     /* the run's id */
};

struct indexed {
	struct facts *facts;  /* the index's, or: */
	struct facts *sieved; /* indexed_sieve(); NULL */
	uint8_t list[INDEXED_IDS];
	bool in_register[INDEXED_IDS];
	const struct recent *recent; /* NULL: not the register's lists */
	struct facts_scopes scopes;
	const struct policy *policy;
	bool asks_answered;    /* some cap */
	unsigned calls_needed; /* by the largest cap */
	uint32_t created;      /* fact time: when the index was made */
	struct indexed_cover *cover;
	size_t covers;
};

/* How many lists of it are not the register's. */
size_t indexed_lists(const struct index *ix);

/*
 * Does it have all calls that the caps of `p`, which is prepared, look at?
 * ERR_LIST, naming list, cap, both moments and what mends it.
 */
int indexed_reaches(const struct index *ix, const struct policy *p,
    struct err *err);

/*
 * Ready *out: the lists that are not the register's get the ids from `first`
 * on, in the order of the directory.  The register's get those of `r`, where
 * `recent` says whom they speak for; where it is NULL they are left out.  Of
 * `r` also come the run's policy, topic and campaign.  The index and *recent
 * must outlive *out, and it serves one run at a time.  Fails as
 * indexed_reaches(); ERR_NOMEM.
 */
int indexed_open(struct indexed *out, struct index *ix, uint8_t first,
    const struct overlay *r, const struct recent *recent, struct err *err);
void indexed_release(struct indexed *x);

/*
 * Keep of the index, which *x was opened with, only what this run will ask for,
 * given its own table, which is built and expects numbers (index_sieve()).
 * `r` is the register; where it will be asked, too, its db is not NULL.
 */
int indexed_sieve(struct indexed *x, struct index *ix, const struct facts *own,
    const struct overlay *r, size_t threads, struct err *err);

/*
 * Append what it knows of a number or prefix, or of a person's customer id, to
 * *found; what stands in *found from `from` on is of the same subject.  Fails
 * as facts_find().
 */
int indexed_find(const struct indexed *x, uint64_t key,
    struct facts_found *found, size_t from, struct err *err);
int indexed_find_person(const struct indexed *x, struct span id,
    struct facts_found *found, size_t from, struct err *err);

/*
 * The same of a number whose facts were found already, with those of others
 * (facts_find_all() of its facts): fact[0, n).  ERR_NOMEM.
 */
int indexed_add(const struct indexed *x, uint64_t key, const uint64_t *fact,
    size_t n, struct facts_found *found, size_t from, struct err *err);

/* The first list that does not cover this number; INDEXED_NOT: all do. */
uint8_t indexed_uncovered(const struct indexed *x, uint64_t key);

#endif
