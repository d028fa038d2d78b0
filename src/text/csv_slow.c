/*
 * csv_slow.c - records that the fast lane leaves (the door to libcsv).
 *
 * csv_field() walks over the fields and finds out where the record ends and
 * whether it is sound.  A wanted cell that is plainly quoted is a span between
 * its quotes; a record with a "" in a wanted cell goes to libcsv.
 *
 * libcsv agrees with csv_reader.h on sound records only: without CSV_STRICT it
 * lets `"a"x` swallow the line end, with it it refuses a quote in the middle of
 * an unquoted field.  So it is lenient here, and never sees junk.
 */
#include <csv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/csv_lane.h"

/* --- Walking over fields --- */

static const char *
skip_blanks(const char *p, const char *end, char delimiter)
{
	while (p < end && csv_blank(*p, delimiter))
		p++;
	return p;
}

static bool
at_field_end(const char *p, const char *end, char delimiter)
{
	return p == end || *p == delimiter || *p == '\n' || *p == '\r';
}

/* From the opening quote at `p` to behind the closing one. */
static const char *
skip_quoted(struct csv_field *f, const char *p, const char *end)
{
	for (p++; p < end; p += 2) {
		if (!(p = memchr(p, '"', (size_t)(end - p))))
			break;
		if (p + 1 == end || p[1] != '"')
			return p + 1;
		f->escaped = true;
	}
	f->open = true;
	return end;
}

const char *
csv_field(struct csv_field *out, const char *p, const char *end, char delimiter,
    bool *junk)
{
	const char *start = skip_blanks(p, end, delimiter), *stop = start;

	*out = (struct csv_field){ 0 };
	if (start < end && *start == '"' && !*junk) {
		out->quoted = true;
		stop = skip_quoted(out, start, end);
		out->raw = span_of(start, (size_t)(stop - start));
		stop = skip_blanks(stop, end, delimiter);
		if (at_field_end(stop, end, delimiter))
			return stop;
		*junk = true;
	}
	stop = csv_text_end(stop, end, delimiter);
	out->raw = span_trim(span_of(start, (size_t)(stop - start)));
	return stop;
}

/* --- libcsv --- */

struct slow {
	struct csv_parser parser;
	struct csv_split *split; /* the record that is being parsed */
	struct span *cell;
	size_t field;
	size_t k; /* the next of split->want */
};

static int
is_end(unsigned char c)
{
	return c == '\n' || c == '\r';
}

static struct slow *
slow_get(struct csv_split *s)
{
	struct slow *slow = s->rows->slow;

	if (!slow) {
		if (!(slow = calloc(1, sizeof(*slow))))
			return NULL;
		if (csv_init(&slow->parser, 0) != 0) {
			free(slow);
			return NULL;
		}
		csv_set_term_func(&slow->parser, is_end);
		s->rows->slow = slow;
	}
	slow->split = s;
	csv_set_delim(&slow->parser, (unsigned char)s->dialect->delimiter);
	return slow;
}

void
csv_slow_release(struct csv_rows *rows)
{
	struct slow *slow = rows->slow;

	if (slow)
		csv_free(&slow->parser);
	free(slow);
	rows->slow = NULL;
}

static void
on_field(void *text, size_t n, void *data)
{
	struct slow *slow = data;
	struct csv_split *s = slow->split;
	struct buf *out = &s->rows->unescaped;

	if (slow->k < s->nwant && s->want[slow->k] == slow->field) {
		slow->cell[slow->k++] = span_of(out->p + out->n, n);
		buf_add(out, text, n);
	}
	slow->field++;
}

static void
on_record(int c, void *data)
{
	(void)c;
	(void)data;
}

/*
 * Split the sound record `raw` by libcsv: its wanted cells, copied.  Sets
 * *fields.  False when memory ran out.
 */
static bool
libcsv_record(struct csv_split *s, struct span raw, struct span *cell,
    size_t *fields)
{
	struct slow *slow = slow_get(s);
	struct buf *out = &s->rows->unescaped;

	/* All of a block's cells fit in its size: `out` never moves again. */
	if (!slow || !buf_reserve(out, (size_t)(s->end - raw.p) + 1))
		return false;
	slow->cell = cell;
	slow->field = slow->k = 0;
	if (csv_parse(&slow->parser, raw.p, raw.n, on_field, on_record, slow) !=
		raw.n ||
	    csv_fini(&slow->parser, on_field, on_record, slow) != 0)
		return false;
	if (slow->field > 0) /* it gives a blank line no field at all */
		*fields = slow->field;
	return true;
}

/* --- The lane --- */

/* What the walk over a record found. */
struct record {
	const char *at; /* its end */
	size_t fields;
	bool junk;
	bool quotes;  /* has a quoted field */
	bool escaped; /* a wanted cell has a "" */
};

static void
walk(struct record *r, const struct csv_split *s, const char *start,
    struct span *cell)
{
	const char delimiter = s->dialect->delimiter;
	const char *p = start;
	struct csv_field f;
	size_t k = 0;

	*r = (struct record){ 0 };
	for (;;) {
		p = csv_field(&f, p, s->end, delimiter, &r->junk);
		r->quotes |= f.quoted;
		if (k < s->nwant && s->want[k] == r->fields) {
			r->escaped |= f.escaped;
			cell[k++] = f.open ? f.raw : csv_field_text(&f);
		}
		r->fields++;
		if (p == s->end || *p != delimiter)
			break;
		p++;
	}
	r->at = p;
}

const char *
csv_slow_record(struct csv_split *s, const char *start)
{
	struct csv_rows *rows = s->rows;
	struct record r;
	struct span *cell;
	unsigned eol;

	if (!csv_rows_room(rows, 1, s->nwant))
		return NULL;
	cell = rows->cell + rows->n * s->nwant;
	walk(&r, s, start, cell);
	if (!r.junk && (r.escaped || s->lane == CSV_LANE_LIBCSV) &&
	    (size_t)(r.at - start) <= s->dialect->max_record &&
	    !libcsv_record(s, span_of(start, (size_t)(r.at - start)), cell,
		&r.fields))
		return NULL;
	eol = csv_eol(r.at, s->end);
	csv_row_add(s, start, r.at, eol, r.fields, r.junk);
	s->line += r.quotes ? csv_lines(start, (size_t)(r.at - start) + eol) :
			      eol > 0;
	return r.at + eol;
}

/* --- Rows --- */

bool
csv_row_cell(struct span *out, const struct csv_row *row, unsigned column,
    const struct csv_dialect *dialect)
{
	const char *p = row->raw.p, *end = p + row->raw.n;
	struct csv_field f;
	bool junk = false;

	if (row->status != CSV_ROW_OK || column >= row->fields)
		return false;
	for (unsigned k = 0;; k++) {
		p = csv_field(&f, p, end, dialect->delimiter, &junk);
		if (k == column)
			break;
		if (p == end)
			return false;
		p++;
	}
	*out = f.raw;
	return true;
}

void
csv_row_why(char *out, size_t cap, const struct csv_row *row,
    const struct csv_dialect *dialect)
{
	switch ((enum csv_row_status)row->status) {
	case CSV_ROW_OK:
		snprintf(out, cap, "%s", "");
		break;
	case CSV_ROW_RAGGED:
		snprintf(out, cap, "%u field%s where the header has %u",
		    row->fields, row->fields == 1 ? "" : "s", dialect->columns);
		break;
	case CSV_ROW_JUNK:
		snprintf(out, cap, "text after a closing quote");
		break;
	case CSV_ROW_TOO_LONG:
		snprintf(out, cap,
		    "%" PRIu64 " bytes where a record may have %zu",
		    csv_row_length(row), dialect->max_record);
		break;
	}
}
