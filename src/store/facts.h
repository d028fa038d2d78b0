/*
 * facts.h - everything known of every subject: an open-addressing multimap
 * from subject key to facts.
 *
 * An entry is one word of eight bytes or two: the key, which also says by a
 * code which of the facts that many share it is (do not call, no end); or the key
 * and behind it the fact.  Words lie in pages of 4096 bytes: 510 words and 16
 * bytes that the sealed index uses for its tag.  Keys are divided by the first
 * bits of a hash under a seed among partitions, which are tables of their own.  An
 * entry's home is the rest of the hash scaled to the partition's lines of 64
 * bytes; it lies in the first free word or words from there on, which may be in
 * the next page.  A look-up reads lines from the home on until one has room.
 *
 * Every thread adds through an appender of its own, which gathers entries by
 * partition and places a hundred at a time: one lock for all of them, and their
 * memory asked for together.  So adding costs no more than a few misses that
 * overlap, and there is never a second copy of the facts.  A partition that
 * is crowded is laid out anew in a larger one, the others stay as they are;
 * with facts_reserve() that is rare.  A word needs 11 to 12 bytes, more while
 * they are few.
 *
 * What belongs together is settled when it is placed:
 *   - the same entry twice is one; of two that differ only in their end, the
 *     later end stays;
 *   - of a subject's calls only the latest `calls_kept` stay, and of those that
 *     nobody answered as many (a cap counts calls, whichever list they come
 *     from; two at the same second are two);
 *   - a consent and the moment it was given (facts_add_consent) get a serial
 *     of their own, so that a later withdrawal can be held against it.
 *
 *	struct facts *f;
 *
 *	facts_new(&f, calls_kept, err);
 *	facts_appender_new(&a, f, err);
 *	facts_add(a, number.key, &fact, err);
 *	facts_build(f, err);
 *	facts_find(f, number.key, facts_home(f, number.key), &found, err);
 *
 * Where it is known beforehand which numbers will be looked up, the table can
 * be told (facts_expecting): then facts of others are counted and dropped, which
 * costs a hash and a look at one line of memory, and the first fact of a number
 * that many share is kept where the number stands.
 *
 * A table may also come out of a sealed index (index.h), whose pages are opened
 * when a look-up touches them.  Nothing can be added to such a table.
 */
#ifndef SCRUB_STORE_FACTS_H
#define SCRUB_STORE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/expected.h"
#include "store/fact.h"

enum {
	FACTS_PAGE = 4096,
	FACTS_PAGE_WORDS = 510, /* the rest is the seal's tag */
};

struct facts;

/* `calls_kept`: the most calls of one subject that anybody will ask for. */
int facts_new(struct facts **out, unsigned calls_kept, struct err *err);

/* As facts_new(), with the seed of another table: what is taken over from it
 * then keeps its persons. */
int facts_new_like(struct facts **out, unsigned calls_kept,
    const struct facts *other, struct err *err);

void facts_free(struct facts *f);

/* The seed of this table, for subject_person(). */
uint64_t facts_seed(const struct facts *f);

/*
 * Of numbers, only those that facts_expect() names will be looked up: about so
 * many, which is what room is made for, by so many threads (pages_map_by()).
 * Before anything is added.
 */
int facts_expecting(struct facts *f, uint64_t numbers, size_t threads,
    struct err *err);

/*
 * What is added to this table, which expects numbers, lies in it alone: their
 * slots are left to another one (index_sieve()).  When all are named, before
 * anything is added.
 */
void facts_lend_slots(struct facts *f);

/*
 * These n will be looked up (0: none).  By any thread, any number of times, but
 * all of them before the first facts_add() of any thread: other readings of the
 * same digits, too.  Prefixes, persons and numbers of 16 digits and more need
 * not be named: what is known of them is always kept.  ERR_NOMEM.
 */
int facts_expect(struct facts *f, const uint64_t *key, size_t n,
    struct err *err);

/*
 * May this key be looked up?  True for what was named, and always for what need
 * not be, and for a table that was not told to expect anything.
 */
bool facts_expects(const struct facts *f, uint64_t key);

/* The same for whoever asks of many numbers.  Belongs to `f`. */
const struct expected *facts_expected(const struct facts *f);

/*
 * There will be facts of about so many words (facts_appended_words()): make room
 * for them at once.  May be called by any thread at any time before
 * facts_build(), and again when more is known.  A table that expects numbers
 * does nothing: how much of them it keeps nobody knows.
 */
int facts_reserve(struct facts *f, uint64_t words, struct err *err);

/*
 * One thread's way to add facts, before facts_build().  It belongs to `f`,
 * which frees it.  Not to be called by two threads at once.
 */
struct facts_appender;

int facts_appender_new(struct facts_appender **out, struct facts *f,
    struct err *err);

/* Add one fact. */
int facts_add(struct facts_appender *a, uint64_t key, const struct fact *fact,
    struct err *err);

/*
 * The same of several numbers of less than 16 digits: with the expected_hash()
 * of each, its slot (expected_find()) in a table that expects numbers, else
 * NULL, and its fact packed.
 */
enum { FACTS_NAMED = 64 };

struct facts_named {
	size_t n;
	uint64_t key[FACTS_NAMED];
	uint64_t hash[FACTS_NAMED];
	expected_slot_t *slot[FACTS_NAMED];
	uint64_t fact[FACTS_NAMED];
};

int facts_add_named(struct facts_appender *a, const struct facts_named *named,
    struct err *err);

/* So many facts of other numbers were not added: they count as if they were. */
void facts_drop(struct facts_appender *a, uint64_t facts);

/* Add a fact about every number that begins with `digits` (subject_prefix). */
int facts_add_prefix(struct facts_appender *a, uint64_t digits,
    const struct fact *fact, struct err *err);

/* Add a consent given at `granted` (fact time) that lasts until fact->until. */
int facts_add_consent(struct facts_appender *a, uint64_t key,
    const struct fact *fact, uint32_t granted, struct err *err);

/*
 * Add what another built table with the same seed, which expects everything,
 * says in some of its lists.
 * `list` says which id a list has here; FACTS_NOT_TAKEN: none of its facts.
 * `scope`, when not NULL, which id a scope has here.  One call does one of
 * FACTS_PARTS parts, so that several threads can share the work.
 *
 * It holds what was worth keeping there: of a subject's calls the latest of
 * all lists together.  So lists of calls are taken over together or not at
 * all, from a table that kept no fewer calls than this one keeps.
 */
enum {
	FACTS_PARTS = 16,
	FACTS_NOT_TAKEN = 255,
};

int facts_take(struct facts_appender *a, const struct facts *from,
    unsigned part, const uint8_t list[256],
    const uint16_t scope[FACT_SCOPES_MAX + 1], struct err *err);

/* How many it has added, and how many words they take if all of them stay. */
uint64_t facts_appended(const struct facts_appender *a);
uint64_t facts_appended_words(const struct facts_appender *a);

/*
 * Place what appenders still hold, when all threads are done; facts_find() may
 * be called from then on, facts_add() not.  What a look-up finds does not
 * depend on the order of adding or on threads; the order of facts in it may.
 */
int facts_build(struct facts *f, struct err *err);

/* How many were added, how many entries the built table holds, and in how many
 * words.  A table that expects numbers may hold none of what was added, and yet
 * has to be asked: facts_find() tells who was not expected.  It may count twice
 * what it was told with an end and without one. */
uint64_t facts_added(const struct facts *f);
uint64_t facts_count(const struct facts *f);
uint64_t facts_words(const struct facts *f);

/* The lengths of the prefixes there are facts about: bit 3 is 3 digits. */
uint32_t facts_prefix_lengths(const struct facts *f);

/* A growing array of packed facts that facts_find() fills. */
struct facts_found {
	uint64_t *fact;
	size_t n, cap;
};

/* Append n.  ERR_NOMEM. */
int facts_found_add(struct facts_found *found, const uint64_t *fact, size_t n,
    struct err *err);

void facts_found_release(struct facts_found *found);

/*
 * The last of fact[from, *n) is a call that was just put behind facts of its
 * subject: where there are now more than `kept` calls of its sort (same n), the
 * earliest of them goes.
 */
void facts_calls_trim(uint64_t *fact, size_t from, size_t *n, unsigned kept);

/* Where the facts of `key` begin, for facts_find(). */
typedef const uint64_t *facts_home_t;

facts_home_t facts_home(const struct facts *f, uint64_t key);

/*
 * Append the facts of `key` (whose home is `home`) to *found.  Returns 1 when
 * there were any, 0 when nothing is known, -1 when the answer could not be had
 * (ERR_NOMEM; of an index also ERR_AUTH and ERR_IO; ERR_INPUT when the table
 * does not expect the key, so that its facts may have been dropped).
 */
int facts_find(const struct facts *f, uint64_t key, facts_home_t home,
    struct facts_found *found, struct err *err);

/*
 * What facts_find() would append for each of n keys (0: none), one after the
 * other, with the memory of all on its way at once: a third of the work.  Where
 * the facts of key[i] begin is first[i], and first[n] where the last ones end.
 * Fails as it does for the first key for which it would.
 *
 * Where `once` is not NULL, once[i] says whether the table was told to expect
 * this number, and was so once only.  Such a number may come here once, in
 * whichever of the tables that share its slot: if it comes again, that fails
 * with ERR_INPUT.
 */
int facts_find_all(const struct facts *f, const uint64_t *key, size_t n,
    uint32_t *first, bool *once, struct facts_found *found, struct err *err);

/* The same of n keys whose facts are looked up elsewhere.  Fails where
 * facts_find_all() would, for keys that it does not expect. */
int facts_once(const struct facts *f, const uint64_t *key, size_t n, bool *once,
    struct err *err);

/*
 * To be asked of a number that may come several times: 0, or -1 with ERR_INPUT
 * when the table was told to expect it once only, or not at all.
 */
int facts_not_once(const struct facts *f, uint64_t key, struct err *err);

/*
 * Scopes of an index are ids of its dictionary; a policy asks whether a fact
 * concerns this run.  With a map, facts_find() gives forbid[scope], or
 * permit[scope] for a consent, its grant and an allow entry, in place of the
 * scope.  `map` is not copied; NULL: as they are.  Before look-ups begin.
 */
struct facts_scopes {
	uint16_t forbid[FACT_SCOPES_MAX + 1];
	uint16_t permit[FACT_SCOPES_MAX + 1];
};

void facts_map_scopes(struct facts *f, const struct facts_scopes *map);

#endif
