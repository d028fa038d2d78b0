/*
 * index.h - the sealed snapshot of all facts that a run reads: one file, one
 * generation.
 *
 * index_write() seals a built table (facts.h) and what is known of its lists
 * into a file that appears whole or not at all.  index_open() authenticates
 * the head of such a file and gives back the same table: its pages stay sealed
 * on disk until a look-up touches them, or until index_open_all() opens all of
 * them at once with several threads, after which look-ups cost what they cost
 * in memory.  index_all_pays() says which of the two is quicker.  A run that
 * knows beforehand whom it will ask about has index_sieve() instead of the
 * latter.
 *
 * "Nothing is known" is only said when nothing is: a page that is missing,
 * altered, in another's place or of another generation makes facts_find()
 * fail with ERR_AUTH, and so does every file that is not, byte for byte, what
 * was written.  What was opened is kept out of core dumps and wiped on close.
 * A file that is replaced while it is open stays the old one to its reader.
 *
 * An open index may be looked into by several threads at once.
 *
 *	if (index_open(&ix, path, keyring, err) < 0)
 *		return -1;
 *	if (index_all_pays(ix, rows) &&
 *	    index_open_all(ix, threads, err) < 0)
 *		...
 *	f = index_facts(ix);
 *	facts_find(f, key, facts_home(f, key), &found, err);
 *	index_close(ix);
 *
 * The file is described byte by byte in scrub-index(5).
 */
#ifndef SCRUB_STORE_INDEX_H
#define SCRUB_STORE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/crypt.h"
#include "store/fact.h"
#include "store/facts.h"
#include "store/keyring.h"

enum {
	INDEX_VERSION = 3,
	INDEX_LISTS_MAX = FACT_LISTS_MAX,   /* ids 0 to 254 */
	INDEX_SCOPES_MAX = FACT_SCOPES_MAX, /* ids 1 to 1023 */
	INDEX_COVERAGE_MAX = 1 << 16,       /* prefixes a list */
	INDEX_TEXT_MAX = 1 << 20,           /* bytes of one text */
	INDEX_MARKS = 4,
};

/*
 * One list.  Its id in facts is its place in the directory.  Texts are never
 * NULL in what index_about() gives; NULL given to index_write() is "".
 */
struct index_list {
	const char *name;  /* "national"; no two lists have the same */
	const char *owner; /* who answers for it */
	const char *path;  /* where it came from, as told */
	const char *state; /* refresh's own memory of its feeds; opaque */
	uint8_t kind;      /* enum list_kind of flow/lists.h; opaque */
	bool in_register;  /* compiled out of the register, not out of a feed */
	unsigned char digest[CRYPT_SHA256];   /* of its source */
	unsigned char settings[CRYPT_SHA256]; /* of how it was read */
	uint64_t source_size;                 /* bytes */
	int64_t source_mtime_ns;              /* -1: not known */
	int64_t as_of;     /* UTC: what the source says of its own date, or when
			  * it was last changed; -1: not known */
	int64_t read_at;   /* UTC: when it was read last */
	int64_t max_age;   /* seconds; -1: any */
	uint64_t sequence; /* the last change list taken in; 0: none */
	uint64_t lines, blank, unusable, blocking, bad_dates, wildcards;
	uint64_t facts; /* as struct list_result has them */
	/* A list of calls: from when on it has all of them, UTC, and how many
	 * earlier ones were left out.  -1: it has all there are. */
	int64_t calls_since;
	uint64_t too_old;
	/* Digits that numbers it covers begin with, country code first (86755
	 * is +86 755...); none: it covers everything. */
	const uint64_t *coverage;
	size_t covers;
};

/* A scope of facts; its id is its place in the dictionary and one more.  Scope
 * 0 has no limit.  "": of any topic, of any campaign. */
struct index_scope {
	const char *topic;
	const char *campaign;
};

/* The directory of an index. */
struct index_about {
	uint64_t generation; /* larger than any before it; never 0 */
	int64_t created;     /* UTC */
	const struct index_list *list;
	size_t lists;
	const struct index_scope *scope;
	size_t scopes;
	/* How far the register was compiled in (last fact, last call...): what
	 * a run overlays from there on is for flow to say. */
	uint64_t mark[INDEX_MARKS];
	/* Set by index_write() and index_open(): */
	uint64_t facts; /* entries in the table */
	uint64_t seed;  /* facts_seed() */
	uint32_t calls_kept;
	uint32_t prefix_lengths;
	uint64_t bytes; /* of the file */
	uint64_t pages; /* of facts */
	char key_id[KEYRING_ID_TEXT];
};

/* ---- writing ---- */

/*
 * Seal the built table `f`, which stays as it is, with what *about says of it,
 * under the key in force, into `path` (mode 0600), with `threads` threads; a
 * few MiB of memory for each.  The fields of *about that are marked so are
 * ignored.  Fails with ERR_USAGE for too many lists, scopes or too much text,
 * ERR_IO, ERR_NOMEM, ERR_INTERRUPTED; then what stood at `path` stands there
 * still, but for the one case of outfile_publish().
 */
int index_write(const char *path, const struct facts *f,
    const struct index_about *about, const struct keyring *keys, size_t threads,
    struct err *err);

/* ---- reading ---- */

struct index;

/*
 * Open and authenticate the head.  On success *out is the caller's to close.
 * Fails with ERR_LIST when there is no such file, ERR_AUTH when it is no
 * index, one of another version, sealed under a key that `keys` does not have,
 * altered, or too short or too long; ERR_IO, ERR_NOMEM.  Of an altered page it
 * does not know yet: see above.  `keys` is not needed any more afterwards.
 */
int index_open(struct index **out, const char *path, const struct keyring *keys,
    struct err *err);

/* Wipe and free; NULL is fine. */
void index_close(struct index *ix);

/* The directory, and the table; both live as long as the index. */
const struct index_about *index_about(const struct index *ix);
struct facts *index_facts(struct index *ix);

/* Its list of this name, out of the register or out of a feed; NULL. */
const struct index_list *index_list_find(const struct index_about *about,
    const char *name, bool in_register);

/*
 * Open all pages.  Before the first look-up, or at least not during one.
 * ERR_AUTH names the first page that is not what was written.
 */
int index_open_all(struct index *ix, size_t threads, struct err *err);

/* For so many look-ups, is that quicker? */
bool index_all_pays(const struct index *ix, uint64_t lookups);

/* What a run asks of an index, at one moment. */
struct index_wanted {
	/* Its own table, which is built, has the seed of the index
	 * (facts_new_like()), was told which numbers to expect, and lends its
	 * slots (facts_lend_slots()). */
	const struct facts *facts;
	uint32_t now;         /* fact time: nothing is asked of another */
	uint32_t calls_since; /* earlier calls count for nothing */
	bool hold_all;        /* consents may have been withdrawn by what
	                         neither this table nor the index knows */
};

/*
 * Make *out a table of its own of what the index says of the numbers that are
 * expected, and of all prefixes and persons.  Every page is opened, since
 * without nothing may be said to be unknown, but into a few KiB of each thread,
 * and forgotten again.  What is left fills the slots of wanted->facts, which
 * are kept out of core dumps, too, and told to forget it at the end.  A look-up
 * of a number that was not named fails, as facts_find() has it.
 *
 * What is left is what `wanted` needs: a consent that lasts has no end, and of
 * one that nothing takes back, at any time, it is not kept when it was given.
 *
 * *out goes to index_sieved_free(); wanted->facts must outlive it, the index
 * need not.  ERR_AUTH names a page as index_open_all() does.
 */
int index_sieve(struct facts **out, struct index *ix,
    const struct index_wanted *wanted, size_t threads, struct err *err);

/* Wipe and free; NULL is fine. */
void index_sieved_free(struct facts *f);

/*
 * Open one of FACTS_PARTS parts (facts_take()), in large reads; and wipe it and
 * give its memory back.  Parts may be opened by a thread each.  What is dropped
 * is opened again when it is touched; nobody may be looking at it.  So all of
 * an index passes through a sixteenth of its size:
 *
 *	index_part_open(ix, part, err)
 *	facts_take(a, index_facts(ix), part, list, scope, err)
 *	index_part_drop(ix, part)
 *
 * After index_open_all() both do nothing.
 */
int index_part_open(struct index *ix, unsigned part, struct err *err);
void index_part_drop(struct index *ix, unsigned part);

/* ---- looking after it ---- */

/* Where its pages lie and how full they are, for `scrub index info`. */
struct index_room {
	uint64_t head;  /* bytes before the first page */
	uint64_t words; /* that entries may begin at */
	uint64_t taken; /* of all */
	uint64_t entries;
	uint64_t opened; /* pages that look-ups have opened so far */
};

void index_room(const struct index *ix, struct index_room *out);

/*
 * Read a whole index and check all of it, in a few MiB of memory: every page
 * opens, every word means something, every entry lies where a look-up finds it,
 * belongs to a list and a scope of the directory, and there are as many as it
 * says.  `about`, when not
 * NULL, gets what it found of the directory's last fields and its generation
 * and date, without lists and scopes.  Fails as index_open(), with ERR_AUTH
 * for what does not hold.
 */
int index_verify(const char *path, const struct keyring *keys, size_t threads,
    struct index_about *about, struct err *err);

#endif
