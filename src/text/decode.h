/*
 * decode.h - character encodings (the door to iconv).
 *
 * Most lists are UTF-8, or GB18030 from a Chinese spreadsheet.  Their bytes
 * pass through untouched; only the header and the cells that are judged are
 * ever decoded, one at a time.  An encoding that is not a superset of ASCII
 * (UTF-16 above all) is converted as a whole while it is read.
 */
#ifndef SCRUB_TEXT_DECODE_H
#define SCRUB_TEXT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum decode_kind {
	DECODE_UTF8,   /* cells are taken as they are */
	DECODE_CELLS,  /* ASCII superset: cells are decoded, bytes pass */
	DECODE_STREAM, /* everything is converted to UTF-8 on reading */
};

struct decoder {
	enum decode_kind kind;
	bool guess;    /* nobody named it: a cell that is not UTF-8 is tried
	                    as GB18030, and the other way round */
	char name[32]; /* "UTF-8", "GB18030", "UTF-16LE" */
	void *cd;      /* iconv_t; one user at a time */
};

/* For the iconv encoding `name`.  ERR_USAGE when iconv does not know it. */
int decoder_open(struct decoder *d, const char *name, struct err *err);
void decoder_close(struct decoder *d);

/* Another one of the same encoding, for another thread. */
int decoder_copy(struct decoder *d, const struct decoder *from,
    struct err *err);

/*
 * DECODE_STREAM: convert what fits of *in into out[0..cap), cap at least 16.
 * Moves *in on and returns the bytes written; the start of a character that
 * is not complete stays in *in, and is an error only at the `end`.  Returns -1
 * when *in begins with bytes that mean nothing (what came before them has
 * been given by an earlier call).
 */
ssize_t decode_stream(struct decoder *d, struct span *in, char *out, size_t cap,
    bool end);

/* Is this strictly valid UTF-8?  `cut`: the end may be amid a character. */
bool utf8_valid(struct span s, bool cut);

/* Characters beyond ASCII, and bytes that are part of none. */
struct utf8_count {
	size_t good;
	size_t bad;
};

void utf8_count(struct utf8_count *out, struct span s, bool cut);

/*
 * The cell as UTF-8: `s` itself when it needs no decoding, else `scratch`'s
 * bytes (reset first).  Bytes that cannot be decoded become U+FFFD.  When
 * memory runs out the text is cut; buf_check(scratch) tells.
 */
struct span decode_cell(struct decoder *d, struct span s, struct buf *scratch);

/*
 * Could `c` be the second half of a character in this encoding?  (In GB18030
 * and Big5 `|` can: it cannot be told from a delimiter.)
 */
bool decode_unsafe_delimiter(const struct decoder *d, char c);

#endif
