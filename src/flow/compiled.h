/*
 * compiled.h - what an index remembers of the register that was compiled into
 * it, so that a run can tell what its facts are worth (recent.h).
 *
 * How far the register was stands in the index's marks.  The rest is text in
 * the sealed directory, the state of list `internal`:
 *
 *	settled TIME
 *	begins ENTRY ENTRY ENTRY
 */
#ifndef SCRUB_FLOW_COMPILED_H
#define SCRUB_FLOW_COMPILED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/index.h"
#include "store/register_since.h"

enum { COMPILED_NAMES_MAX = 40000 };

struct compiled {
	/* From then on nothing had begun or been made that an earlier run
	 * should not see; INT64_MIN: ever */
	int64_t settled;
	/* Entries that say another thing at another time: they begin after the
	 * index was made.  `many`: more than can be named. */
	uint64_t *entry;
	size_t n;
	bool many;
};

/* Name one more; take over those of another; free. */
int compiled_name(struct compiled *c, uint64_t entry, struct err *err);
int compiled_join(struct compiled *to, const struct compiled *from,
    struct err *err);
void compiled_release(struct compiled *c);

/* As text with an end, and back.  1: it is there; 0: there is no register in
 * this index; ERR_AUTH when it cannot be read. */
void compiled_write(struct buf *out, const struct compiled *c);
int compiled_read(struct compiled *out, const struct index_about *about,
    struct err *err);

/* The marks, into an index and out of one. */
void compiled_set_mark(struct index_about *about,
    const struct register_mark *mark);
void compiled_mark(struct register_mark *out, const struct index_about *about);

#endif
