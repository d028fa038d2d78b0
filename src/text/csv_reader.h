/*
 * csv_reader.h - a list as a stream of records.
 *
 * Two steps, so that they can run in different threads:
 *
 *   csv_reader_next()  reads the file and cuts it into blocks that end at a
 *                      record boundary; it knows encodings, the preamble, the
 *                      header and where lines are.
 *   csv_split()        splits a block into rows and the wanted cells.  Rows
 *                      and cells are spans of the block; nothing is copied
 *                      but a quoted cell that has to be unescaped.
 *
 * What a record is (both lanes of csv_split give the same answer):
 *   - a record ends at LF, CRLF or a lone CR outside quotes;
 *   - a quote opens a quoted field only at the field's start (blanks may
 *     stand before it); inside, "" is a quote and everything else is text;
 *   - a quote in the middle of an unquoted field is text;
 *   - after the closing quote only blanks may come before the delimiter or
 *     the end: anything else makes the record malformed, and all that follows
 *     counts as unquoted, so that the damage ends with the line;
 *   - blanks and tabs around an unquoted field are not part of it (a tab
 *     that is the delimiter is one);
 *   - a line with nothing but blanks is no record; it is counted;
 *   - a record whose count of fields is not the header's, or that is longer
 *     than max_record, is malformed.
 * A quote still open at the end of the file is a failure that names the line
 * where it opened.
 *
 *	struct csv_reader *r;
 *	struct csv_block block = { 0 };
 *	struct csv_rows rows = { 0 };
 *
 *	if (csv_reader_open(&r, "leads.csv", &options, err) < 0) ...
 *	dialect = csv_reader_dialect(r);
 *	while ((got = csv_reader_next(r, &block, err)) > 0) {
 *		csv_split(&rows, &block, dialect, want, nwant, err);
 *		for (i = 0; i < rows.n; i++)
 *			... rows.row[i] ... rows.cell[i * nwant + k] ...
 *	}
 */
#ifndef SCRUB_TEXT_CSV_READER_H
#define SCRUB_TEXT_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/infile.h"
#include "base/span.h"
#include "text/decode.h"
#include "text/detect.h"

enum {
	CSV_COLUMNS_MAX = 4096,
	CSV_MAX_RECORD = 1 << 20, /* default ceiling of a record, bytes */
	CSV_BLOCK = 512 << 10,    /* default bytes read at a time */
};

struct csv_options {
	char delimiter;       /* 0: detect */
	const char *encoding; /* iconv name; NULL: detect */
	size_t skip_lines;    /* lines of preamble, kept aside; counts `sep=` */
	size_t max_record;    /* bytes; 0: CSV_MAX_RECORD */
	size_t block;         /* bytes; 0: CSV_BLOCK.  Any value gives the same
	                         rows; tests use 1 */
	enum csv_header {
		CSV_HEADER_YES, /* the first record is one */
		CSV_HEADER_NO,
	} header;
	bool empty_ok;       /* a file without a record opens, with no column
	                         and no header */
	enum err_code blame; /* ERR_INPUT or ERR_LIST: for what is wrong in
	                         the file's text; 0: ERR_INPUT */
};

/* What csv_split needs to know of the file. */
struct csv_dialect {
	char delimiter;
	unsigned columns; /* fields of every good record */
	size_t max_record;
};

/* Bytes of whole records.  Zero it before first use; reuse it as it is. */
struct csv_block {
	char *p; /* the records; always followed by 64 readable bytes */
	size_t n;
	uint64_t line;     /* line number of its first byte, from 1 */
	uint64_t offset;   /* bytes of (converted) input before it */
	uint64_t too_long; /* 0; or the block is the start of one record that
	                      has so many bytes, more than max_record */
	bool last;         /* the file is known to end with it: a pipe's end may
	                    show only with the next call */
	struct buf mem;
};

enum csv_row_status {
	CSV_ROW_OK,
	CSV_ROW_RAGGED,   /* another count of fields than the header */
	CSV_ROW_JUNK,     /* text after a closing quote */
	CSV_ROW_TOO_LONG, /* over max_record: raw holds only its start */
};

struct csv_row {
	struct span raw; /* the record without its line end */
	uint64_t line;   /* where it begins */
	uint32_t fields; /* how many it has; when too long, csv_row_length() */
	uint8_t eol;     /* bytes of line end after raw: 0, 1 or 2; 0 when
	                     too long */
	uint8_t status;  /* enum csv_row_status */
	uint16_t upper;  /* 0; when too long, csv_row_length() */
};

/* Bytes of the record, those that raw does not hold, too. */
static inline uint64_t
csv_row_length(const struct csv_row *row)
{
	return row->status == CSV_ROW_TOO_LONG ?
	    (uint64_t)row->upper << 32 | row->fields :
	    row->raw.n;
}

/* The rows of one block.  Zero it before first use; reuse it. */
struct csv_rows {
	struct csv_row *row;
	size_t n;
	struct span *cell; /* n * nwant; those of malformed rows are empty */
	uint64_t blank;    /* lines with nothing in them */
	size_t cap;
	size_t cell_cap;
	struct buf unescaped; /* cells that had to be unescaped */
	uint64_t *word;       /* csv_fast's: where a record's fields end */
	size_t words;         /* room for so many */
	void *slow;           /* csv_slow's parser */
};

struct csv_reader;

/*
 * Open `path` ("-": standard input), detect what options leave open, take
 * the preamble and the header.  Fails with ERR_IO; with options->blame when
 * the text cannot be read as CSV (empty file, ambiguous delimiter, unclosed
 * quote in the header, a delimiter that the encoding hides); ERR_USAGE for an
 * encoding iconv does not know.
 */
int csv_reader_open(struct csv_reader **out, const char *path,
    const struct csv_options *options, struct err *err);
void csv_reader_close(struct csv_reader *r);

const struct csv_dialect *csv_reader_dialect(const struct csv_reader *r);

/* To decode cells; belongs to the reader. */
struct decoder *csv_reader_decoder(struct csv_reader *r);

const struct infile *csv_reader_file(const struct csv_reader *r);

/*
 * The front of the file, to be written again: byte-order mark (a UTF-8 one
 * when the input was converted), `sep=` line, preamble and blank lines; all as
 * they were.
 */
struct span csv_reader_preamble(const struct csv_reader *r);
size_t csv_reader_bom(const struct csv_reader *r); /* its share, bytes */

/* The header record as it was, and the line end it had (or the file's). */
struct span csv_reader_header_raw(const struct csv_reader *r);
struct span csv_reader_eol(const struct csv_reader *r);

/*
 * The header's cells, decoded to UTF-8, trimmed, unescaped; without a header,
 * the first record's.  *n is the dialect's columns.  Valid until close.
 */
const struct span *csv_reader_names(const struct csv_reader *r, size_t *n);
bool csv_reader_has_header(const struct csv_reader *r);

/*
 * The records of the sample that detection looked at (the first 256 KiB; of a
 * slow pipe, what had come), header not counted: for finding columns by
 * content.  Like csv_split over the first bytes; at most `max` rows; valid
 * until the first csv_reader_next().
 */
int csv_reader_sample(struct csv_reader *r, struct csv_rows *rows,
    const unsigned *want, size_t nwant, size_t max, struct err *err);

/*
 * Say that the first record is (or is not) a header after all: for lists,
 * where that is known only after looking at it.  Before the first
 * csv_reader_next() only.
 */
void csv_reader_set_header(struct csv_reader *r, bool yes);

/*
 * The next block of whole records, from the first after the header on.
 * Returns 1, 0 at the end, -1 on failure (an unclosed quote: the line where it
 * opened).  Memory in *block is reused; with several blocks in flight, give
 * each call its own.
 */
int csv_reader_next(struct csv_reader *r, struct csv_block *block,
    struct err *err);

void csv_block_release(struct csv_block *b);

/*
 * Split a block.  want[0..nwant) are column indexes in rising order; cell
 * k of row i is rows->cell[i * nwant + k], trimmed and unescaped but not
 * decoded.  Everything points into the block or *rows and is valid until
 * either is reused.  Fails with ERR_NOMEM only.
 */
int csv_split(struct csv_rows *rows, const struct csv_block *block,
    const struct csv_dialect *dialect, const unsigned *want, size_t nwant,
    struct err *err);

/*
 * Split the first record only, and take it off the block: p, n and line move
 * on.  The block's memory belongs to another one (a copy of a struct csv_block
 * of csv_reader_next() will do); it has a record and is not one too long.
 */
int csv_split_first(struct csv_rows *rows, struct csv_block *rest,
    const struct csv_dialect *dialect, const unsigned *want, size_t nwant,
    struct err *err);

void csv_rows_release(struct csv_rows *rows);

/*
 * Where cell `column` of a good row stands in its raw bytes, quotes
 * included: for rewriting it.  False when it has none.
 */
bool csv_row_cell(struct span *out, const struct csv_row *row, unsigned column,
    const struct csv_dialect *dialect);

/* "5 fields where the header has 7" and the like; "" for CSV_ROW_OK. */
void csv_row_why(char *out, size_t cap, const struct csv_row *row,
    const struct csv_dialect *dialect);

#endif
