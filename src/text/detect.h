/*
 * detect.h - what a list is, from its first bytes: encoding, `sep=` line,
 * delimiter, newline.
 *
 * Detection looks at a sample, and says no rather than guess: a delimiter
 * that two candidates explain equally well, or a full-width one, is an error
 * with a hint.
 */
#ifndef SCRUB_TEXT_DETECT_H
#define SCRUB_TEXT_DETECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

enum detect_newline { NEWLINE_LF, NEWLINE_CRLF, NEWLINE_CR };

/* What the bytes are, before anything is decoded. */
struct detect_encoding {
	char name[32]; /* iconv name */
	size_t bom;    /* bytes of byte-order mark at the front */
	bool guess;    /* from the content, not from a mark */
};

/*
 * By byte-order mark (UTF-8, UTF-16LE/BE, UTF-32LE/BE), then UTF-8 (strict,
 * but for a broken character among many), then GB18030; bytes that are none of
 * them count as GB18030 too (its cells will not decode, and say so).  `whole`:
 * the sample is the whole file.
 */
void detect_encoding(struct detect_encoding *out, struct span sample,
    bool whole);

/*
 * The delimiter of the records in `sample` (decoded to UTF-8, without
 * byte-order mark and preamble; `whole`: nothing follows).  Looks outside
 * quotes at the first 100 records for that of , ; TAB | which cuts the header
 * and gives most rows as many fields as it.  A few ragged rows change nothing;
 * of two that fit about as well, the one that makes twice the columns is
 * taken.  A list of one column has no delimiter: ',' is given.
 *
 * Fails with ERR_INPUT, and a hint, when two explain the sample equally well
 * or when the header is cut by a full-width comma or semicolon.
 */
int detect_delimiter(char *out, struct span sample, bool whole,
    struct err *err);

/* Of the first line end outside quotes; LF when there is none. */
enum detect_newline detect_newline(struct span sample);

#endif
