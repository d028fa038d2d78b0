/*
 * outfile.h - write a file that appears complete or not at all.
 *
 * Bytes go to a temporary file beside the target, mode 0600, through a large
 * buffer.  outfile_finish() writes the rest, fsyncs and closes it;
 * outfile_publish() renames it over the target and fsyncs the folder.  A
 * caller with several files finishes all of them, then publishes them in order
 * with the one that proves the others last.  outfile_discard() removes what
 * was written; until publish, nothing of it can be seen under its own name.
 *
 * A target that exists and is no regular file (a pipe, /dev/null), and
 * standard output ("-"), are written directly; publish then does nothing.
 * finish closes them too, but for standard output, which is cmd's to close.
 *
 * A large file that nobody here reads again is better kept out of the page
 * cache: filling that costs as much as writing, and pushes out what others
 * need.  outfile_open_uncached() asks the system for it (RWF_DONTCACHE, Linux
 * 6.16); where it does not grant that, and for what fits in one buffer, the
 * file is written as any other.
 *
 * The temporary of leads.csv is .leads.csv.XXXXXX; only a killed process leaves
 * one behind.  A link is followed, and what it points to replaced.
 *
 *	struct outfile o;
 *
 *	if (outfile_open(&o, "leads.clean.csv", err) < 0)
 *		return -1;
 *	if (outfile_write(&o, p, n, err) < 0 || outfile_finish(&o, err) < 0 ||
 *	    outfile_publish(&o, err) < 0)
 *		ret = -1;
 *	outfile_discard(&o);    // removes what was not published; always safe
 */
#ifndef SCRUB_BASE_OUTFILE_H
#define SCRUB_BASE_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum outfile_state {
	OUTFILE_CLOSED, /* zeroed, published or discarded */
	OUTFILE_OPEN,
	OUTFILE_FINISHED,
};

struct outfile {
	enum outfile_state state;
	int fd;
	bool direct;   /* no temporary: a pipe, a device, standard output */
	bool uncached; /* wanted, and not refused yet */
	bool failed;   /* bytes were lost: finish refuses */
	char *path;    /* target, symbolic links followed */
	char *temp;    /* temporary beside it; NULL when direct */
	char *name;    /* for messages */
	char *buf;
	size_t n, room;   /* bytes in buf, and how many it takes */
	uint64_t written; /* bytes given to outfile_write */
	uint64_t given;   /* bytes given to the system, */
	uint64_t behind;  /* ... and of those, told to write */
};

/*
 * Will writing `a` write over `b`?  Files that exist are compared as what they
 * are, so that links do not hide them; others by their names and what their
 * folders are.  What is no regular file is never written over.
 */
bool outfile_same(const char *a, const char *b);

/* Will writing `path` leave a file in this folder, itself or by links?  Where that
 * cannot be known: no. */
bool outfile_within(const char *path, const char *folder);

/*
 * The file that opening `path` would write: what links lead to, whether it is
 * there or not.  The caller frees it; NULL when it cannot be known.
 */
char *outfile_target(const char *path);

/* Open; on failure *o is zeroed and nothing is left behind. */
int outfile_open(struct outfile *o, const char *path, struct err *err);

/* The same for a result that is large and goes elsewhere. */
int outfile_open_uncached(struct outfile *o, const char *path, struct err *err);

/*
 * Append n bytes.  Fails with ERR_IO (ENOSPC and the like, naming the file)
 * or ERR_PIPE when the reader of a pipe has gone.
 */
int outfile_write(struct outfile *o, const void *from, size_t n,
    struct err *err);

/* Hand buffered bytes to the system (a streaming consumer waits for them). */
int outfile_flush(struct outfile *o, struct err *err);

/* After a failed write this fails too: what lost bytes is never published. */
int outfile_finish(struct outfile *o, struct err *err);

/*
 * On failure the old file stands, with one exception: when syncing the folder
 * fails, the new file is in place, whole, and the error says so.  (File
 * systems that cannot sync folders, and folders we may not read, are no error.)
 */
int outfile_publish(struct outfile *o, struct err *err);

/*
 * The same for several, in this order.  Neighbours that lie in one folder are
 * all in place before it is synced, once; should the power fail in between,
 * file systems with a journal keep the order.
 */
int outfile_publish_all(struct outfile *const *o, size_t n, struct err *err);

/* Remove what was not published and free everything.  Zeroed: nothing. */
void outfile_discard(struct outfile *o);

#endif
