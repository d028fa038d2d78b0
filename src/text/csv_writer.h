/*
 * csv_writer.h - write one CSV cell so that every reader reads it back.
 */
#ifndef SCRUB_TEXT_CSV_WRITER_H
#define SCRUB_TEXT_CSV_WRITER_H

#include "base/buf.h"
#include "base/span.h"

/*
 * Append `s` as a cell: quoted when it holds the delimiter, a quote, CR or
 * LF, or has blanks at an end; else as it is.
 */
void csv_add_cell(struct buf *out, struct span s, char delimiter);

/* The same at `at`, where there is CSV_CELL_ROOM(s.n); returns its end. */
char *csv_put_cell(char *at, struct span s, char delimiter);

/* The most bytes that a text of n becomes: every one a quote. */
#define CSV_CELL_ROOM(n) (2 * (n) + 2)

#endif
