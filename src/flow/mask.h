/*
 * mask.h - numbers and customer ids for a screen that others can see.
 *
 * Four digits of a number are hidden at least, more of a longer one, so that
 * who knows the number recognises it and nobody else can call it:
 *
 *	8613812345678   138****5678     (China without its country code)
 *	12025550143     +1202****143
 *	6561234567      +6561****67
 *	86755 and all   +86755*
 *
 * Files and --reveal show everything; who asked for that is in the audit log.
 */
#ifndef SCRUB_FLOW_MASK_H
#define SCRUB_FLOW_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "store/register.h"

enum { MASK_MAX = 32 };

/* A number's key, or a prefix's (subject_prefix()). */
void mask_number(char out[MASK_MAX], uint64_t key);

/* A customer id: its end, after as many dots as fit; "…01". */
void mask_person(char out[MASK_MAX], struct span id);

/*
 * A cell that may hold a number which cannot be read: "…43" of one with
 * digits enough; else the text, cut after twenty bytes.
 */
void mask_text(char out[MASK_MAX], struct span text);

/*
 * The name of a file, added to `out`: seven digits or more in a row, which may
 * be a number, are "****" (so is a date without dashes).
 */
void mask_name(struct buf *out, struct span name);

/* All of it: "+8613812345678", "+86755*". */
void mask_nothing(char out[MASK_MAX], uint64_t key);

#endif
