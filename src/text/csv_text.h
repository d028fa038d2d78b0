/*
 * csv_text.h - the text of a list, as csv_reader.c takes it; private to it.
 *
 * The front of the file is read into `sample` at once, where its encoding is
 * found and where detection and the header are looked for.  Text is handed out
 * from there first, then from the file, converted where the encoding asks for
 * it.  The size of the sample does not depend on the size of a block, so that
 * neither does what detection says.
 *
 *	struct csv_text t = { .blame = ERR_INPUT };
 *
 *	if (csv_text_open(&t, "leads.csv", NULL, 0, err) < 0) ...
 *	... t.sample ...
 *	while ((got = csv_text_fill(&t, &buf, 4096, line, err)) > 0) ...
 *	csv_text_close(&t);
 */
#ifndef SCRUB_TEXT_CSV_TEXT_H
#define SCRUB_TEXT_CSV_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/infile.h"
#include "text/decode.h"

struct csv_text {
	struct infile file;
	struct decoder decoder;
	enum err_code blame; /* for what is wrong in the text */
	bool mark;           /* it began with a mark, or was converted */
	struct buf raw;      /* read, and not converted yet */
	size_t raw_at;
	struct buf sample; /* the first text, without its mark */
	size_t at;         /* how much of it has been handed out */
};

/*
 * Open the file, find its encoding (NULL: by itself) and read the sample.  A
 * slow pipe is not waited for longer than it takes to have a row behind
 * `skip_lines` lines and a header.  Closed by the caller even when this fails,
 * with csv_reader_open()'s codes.
 */
int csv_text_open(struct csv_text *t, const char *path, const char *encoding,
    size_t skip_lines, struct err *err);
void csv_text_close(struct csv_text *t);

/*
 * Let the sample reach to the byte at `i`, and to the one behind it when it is
 * a CR, if the file goes so far.  0, or -1 on failure.
 */
int csv_text_reach(struct csv_text *t, size_t i, struct err *err);

/* Make what is behind the sample readable, as csv_split() asks for. */
bool csv_text_pad(struct csv_text *t);

/*
 * The next text, up to n bytes (or a few more) behind b's; `line` is that of
 * b's first byte, for messages.  A regular file fills them all, a pipe what
 * there is.  Room for CSV_PAD more is left.  Returns 1, 0 at the end, -1 on
 * failure.
 */
int csv_text_fill(struct csv_text *t, struct buf *b, size_t n, uint64_t line,
    struct err *err);

/* Has the whole file been read into the sample? */
bool csv_text_whole(const struct csv_text *t);

/* Will nothing follow what has been handed out?  A pipe may not know yet. */
bool csv_text_ended(const struct csv_text *t);

#endif
