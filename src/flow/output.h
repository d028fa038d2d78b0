/*
 * output.h - where the results of a run go, and getting all of them there or
 * none.
 */
#ifndef SCRUB_FLOW_OUTPUT_H
#define SCRUB_FLOW_OUTPUT_H

#include <stddef.h>

#include "base/err.h"
#include "base/outfile.h"
#include "flow/scrub.h"

/* The two files of one input. */
struct output {
	char *clean_path;   /* "-": standard output; NULL: not wanted */
	char *rejects_path; /* NULL: not wanted */
	struct outfile clean, rejects;
};

/*
 * Work out the paths for every input: beside it, in --out-dir, or as named.
 * Fails with ERR_USAGE when two of them, or one and an input, a list or a feed, are
 * the same file, or one lies in a drop folder.  *out has o->inputs entries; output_release() frees it.
 */
int output_plan(struct output **out, const struct scrub_options *o,
    struct err *err);

/* Open the files of one input.  With --dry-run nothing is opened. */
int output_open(struct output *f, const struct scrub_options *o,
    struct err *err);

/* Write everything down: from here on nothing can run out of room. */
int output_finish(struct output *f, size_t n, struct err *err);

/* Put what is finished in place: reports first, clean files last. */
int output_publish(struct output *f, size_t n, struct err *err);

/* Free everything and remove what was not put in place. */
void output_release(struct output *f, size_t n);

#endif
