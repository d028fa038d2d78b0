/*
 * csv_lane.h - what the halves of the CSV reader share; for text/csv_*.c,
 * text/detect.c and their tests only.
 *
 * The rules of csv_reader.h are written down once, as a state machine that
 * takes one byte at a time: csv_step().  Everything faster (the scan for
 * record ends, the fast lane, the walk over quoted fields) must agree with it,
 * and tests hold it to that.
 */
#ifndef SCRUB_TEXT_CSV_LANE_H
#define SCRUB_TEXT_CSV_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "text/csv_reader.h"

/* Bytes that may be read (not used) behind a block. */
enum { CSV_PAD = 64 };

enum csv_state {
	CSV_AT_START, /* nothing but blanks of this field so far */
	CSV_IN_TEXT,
	CSV_IN_QUOTES,
	CSV_AT_QUOTE, /* behind a quote in a quoted field: its end, or "" */
	CSV_AT_CLOSE, /* blanks behind a closed field */
	CSV_IN_JUNK,  /* junk behind a closed field: until the line ends */
};

/* A blank, where `delimiter` separates fields: a tab may be that. */
static inline bool
csv_blank(char c, char delimiter)
{
	return (c == ' ' || c == '\t') && c != delimiter;
}

/*
 * The state behind `c`.  CR and LF end the record in every state but
 * CSV_IN_QUOTES, and give CSV_AT_START then.
 */
static inline enum csv_state
csv_step(enum csv_state state, char c, char delimiter)
{
	if (state == CSV_IN_QUOTES)
		return c == '"' ? CSV_AT_QUOTE : CSV_IN_QUOTES;
	if (c == '\n' || c == '\r')
		return CSV_AT_START;
	if (state == CSV_IN_JUNK)
		return CSV_IN_JUNK;
	if (c == delimiter)
		return CSV_AT_START;
	if (c == '"' && (state == CSV_AT_START || state == CSV_AT_QUOTE))
		return CSV_IN_QUOTES;
	if (csv_blank(c, delimiter))
		return state == CSV_AT_QUOTE ? CSV_AT_CLOSE : state;
	return state == CSV_AT_QUOTE || state == CSV_AT_CLOSE ? CSV_IN_JUNK :
								CSV_IN_TEXT;
}

/* Bytes of the line end at `p`: 0 when there is none. */
static inline unsigned
csv_eol(const char *p, const char *end)
{
	if (p == end || (*p != '\n' && *p != '\r'))
		return 0;
	return *p == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1;
}

/*
 * Where records end, found while the bytes come in.  Offsets count from the
 * start of the buffer that is scanned, which is the start of a record.
 */
struct csv_scan {
	char delimiter;
	bool usual; /* without instructions that not every machine has */
	enum csv_state state;
	bool cr;            /* the last byte was a CR that ends a record: an LF
	                       may belong to it, so it is not in `cut` yet */
	size_t cut;         /* behind the last record end; 0: none yet */
	size_t quote_at;    /* where the quoted field began, when in one */
	uint64_t lines;     /* ends of lines so far; a CRLF is one, at its CR */
	uint64_t cut_lines; /* those in front of `cut` */
};

/* Go on over p[from..to).  The same in one call or in many. */
void csv_scan(struct csv_scan *s, const char *p, size_t from, size_t to);

/* The buffer's first `cut` bytes are gone. */
void csv_scan_shift(struct csv_scan *s);

/* Line ends (LF, CRLF, lone CR) in the bytes. */
uint64_t csv_lines(const char *p, size_t n);

/*
 * One field of a record, from `p` (behind a delimiter, or the record's start).
 * *junk is the record's: set when text follows a closing quote, and then no
 * quote means anything until the line ends.
 */
struct csv_field {
	struct span raw; /* without blanks around it, quotes included */
	bool quoted;
	bool escaped; /* has "" inside */
	bool open;    /* the quote is not closed before `end` */
};

/* Returns where the field ends: at a delimiter, CR, LF, or `end`. */
const char *csv_field(struct csv_field *out, const char *p, const char *end,
    char delimiter, bool *junk);

/* To the first delimiter, CR or LF of p[0..end), or `end`. */
const char *csv_text_end(const char *p, const char *end, char delimiter);

/* What a field says, when it is not escaped. */
static inline struct span
csv_field_text(const struct csv_field *f)
{
	if (!f->quoted)
		return f->raw;
	return span_of(f->raw.p + 1, f->raw.n - 2);
}

/* Which lane to take; the tests force it. */
enum csv_lane {
	CSV_LANE_AUTO,   /* what csv_split() does */
	CSV_LANE_USUAL,  /* that, but for instructions not every machine has */
	CSV_LANE_WALK,   /* every record by csv_field() */
	CSV_LANE_LIBCSV, /* every record that is not junk by libcsv */
};

int csv_split_lane(struct csv_rows *rows, const struct csv_block *block,
    const struct csv_dialect *dialect, const unsigned *want, size_t nwant,
    enum csv_lane lane, struct err *err);

/* A split in progress. */
struct csv_split {
	struct csv_rows *rows;
	const struct csv_dialect *dialect;
	const unsigned *want;
	size_t nwant;
	enum csv_lane lane;
	const char *start, *end;
	uint64_t line; /* of the record that is being split */

	/* for the fast lane: */
	char delimiter;
	uint64_t columns;
	uint64_t nth;        /* 1 << want[0], where it is the only one */
	struct csv_row like; /* what good rows share: from `fields` on */

	struct err *err;
};

/* Room for more rows; the next one's cells are rows->cell + n * nwant. */
bool csv_rows_room(struct csv_rows *rows, size_t more, size_t nwant);

/*
 * Add the row that ends at `at`, its cells being written already; nothing when
 * it is a blank line.  `eol` bytes of line end follow.
 */
void csv_row_add(struct csv_split *s, const char *start, const char *at,
    unsigned eol, size_t fields, bool junk);

/*
 * The slow lane: split the record at `start`, add it, count its lines.
 * Returns where the next one starts, NULL with ERR_NOMEM.
 */
const char *csv_slow_record(struct csv_split *s, const char *start);

/* Free rows->slow. */
void csv_slow_release(struct csv_rows *rows);

#endif
