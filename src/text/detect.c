/* See detect.h. */
#include "text/detect.h"

#include <stdio.h>
#include <string.h>

#include "text/csv_lane.h"
#include "text/decode.h"

/* --- Encoding --- */

static const struct {
	const char *mark;
	size_t n;
	const char *name;
} MARKS[] = {
	{ "\xEF\xBB\xBF", 3, "UTF-8" },
	{ "\xFF\xFE\0\0", 4, "UTF-32LE" }, /* before UTF-16LE, its start */
	{ "\0\0\xFE\xFF", 4, "UTF-32BE" },
	{ "\xFF\xFE", 2, "UTF-16LE" },
	{ "\xFE\xFF", 2, "UTF-16BE" },
};

/*
 * A UTF-8 list may hold a few broken characters (cells cut at a count of
 * bytes), and then it is no less UTF-8: text in GB18030 hits upon a UTF-8
 * character only now and then.
 */
enum { GOOD_FOR_A_BAD = 20 };

void
detect_encoding(struct detect_encoding *out, struct span sample, bool whole)
{
	struct utf8_count count;
	bool utf8;

	*out = (struct detect_encoding){ 0 };
	for (size_t i = 0; i < sizeof(MARKS) / sizeof(*MARKS); i++)
		if (span_starts(sample, span_of(MARKS[i].mark, MARKS[i].n))) {
			snprintf(out->name, sizeof(out->name), "%s",
			    MARKS[i].name);
			out->bom = MARKS[i].n;
			return;
		}
	utf8_count(&count, sample, !whole);
	utf8 = count.bad * GOOD_FOR_A_BAD <= count.good;
	snprintf(out->name, sizeof(out->name), "%s",
	    utf8 ? "UTF-8" : "GB18030");
	out->guess = true;
}

/* --- Newline --- */

enum detect_newline
detect_newline(struct span s)
{
	bool quoted = false;
	char before = '\n'; /* the last byte that is not a blank */

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (quoted) {
			quoted = c != '"'; /* "" closes and opens again */
			before = quoted ? c : '\n';
		} else if (c == '\n') {
			return NEWLINE_LF;
		} else if (c == '\r') {
			return i + 1 < s.n && s.p[i + 1] == '\n' ?
			    NEWLINE_CRLF :
			    NEWLINE_CR;
		} else if (c == '"') {
			quoted = strchr("\n,;\t|", before) != NULL;
		} else if (c != ' ') {
			before = c;
		}
	}
	return NEWLINE_LF;
}

/* --- Delimiter --- */

static const char CANDIDATES[] = { ',', ';', '\t', '|' };

enum {
	CANDIDATES_N = sizeof(CANDIDATES),
	RECORDS_MAX = 100,
	NEARLY = 100, /* per mille of records that make no difference */
};

/* How the sample looks when `delimiter` cuts it. */
struct cut {
	char delimiter;
	size_t fields; /* of the first record */
	size_t rows;   /* records after it */
	size_t same;   /* of them, with as many fields and no odd quote */
	size_t single; /* of them, not cut at all */
	bool odd;      /* the first record has one */
};

/* The record in progress. */
struct record {
	size_t fields;
	bool text; /* has more than blanks */
	bool odd;  /* a quote that does not enclose a field: rarely right */
};

static void
record_end(struct cut *cut, struct record *r)
{
	if (r->text || r->fields > 1) {
		if (!cut->fields) {
			cut->fields = r->fields;
			cut->odd = r->odd;
		} else {
			cut->rows++;
			cut->single += r->fields == 1;
			cut->same += r->fields == cut->fields && !r->odd;
		}
	}
	*r = (struct record){ .fields = 1 };
}

static void
cut_sample(struct cut *cut, struct span s, bool whole)
{
	enum csv_state state = CSV_AT_START;
	struct record r = { .fields = 1 };
	size_t i;

	for (i = 0; i < s.n && cut->rows < RECORDS_MAX; i++) {
		char c = s.p[i];
		bool ends = state != CSV_IN_QUOTES && (c == '\n' || c == '\r');

		r.odd |= state == CSV_IN_TEXT && c == '"';
		state = csv_step(state, c, cut->delimiter);
		if (state == CSV_AT_START && c == cut->delimiter)
			r.fields++;
		r.text |= c != ' ' && c != '\t' && !ends;
		r.odd |= state == CSV_IN_JUNK;
		if (ends)
			record_end(cut, &r);
	}
	/* What is cut off counts only when there is nothing else. */
	if (i == s.n && (whole || !cut->fields)) {
		r.odd |= state == CSV_IN_QUOTES;
		record_end(cut, &r);
	}
}

static size_t
quality(const struct cut *c)
{
	if (c->odd)
		return 0;
	return c->rows ? c->same * 1000 / c->rows : 1000;
}

/*
 * The best of the cuts that make more than one column, NULL when there is
 * none.  *rival is one that explains the sample as well, or NULL: about as
 * many rows agree with the header, and it does not make half as many columns.
 */
static const struct cut *
best_cut(const struct cut *cuts, const struct cut **rival)
{
	const struct cut *best = NULL, *next = NULL;
	size_t top = 0;

	for (int i = 0; i < CANDIDATES_N; i++)
		if (cuts[i].fields > 1 && quality(&cuts[i]) > top)
			top = quality(&cuts[i]);
	for (int i = 0; i < CANDIDATES_N; i++) {
		const struct cut *c = &cuts[i];

		if (c->fields < 2 || quality(c) + NEARLY < top)
			continue;
		if (!best || c->fields > best->fields) {
			next = best;
			best = c;
		} else if (!next || c->fields > next->fields) {
			next = c;
		}
	}
	*rival = next && best->fields - 1 < 2 * (next->fields - 1) ? next :
								     NULL;
	return best;
}

/*
 * "Phone (mobile, home)" over a list of one column: the header would be cut
 * and not one row.  Then a delimiter that cuts neither is right, if any.
 */
static const struct cut *
uncut(const struct cut *cuts, const struct cut *best)
{
	if (best->rows < 2 || best->single < best->rows)
		return best;
	for (int i = 0; i < CANDIDATES_N; i++)
		if (cuts[i].fields == 1 && cuts[i].same == cuts[i].rows)
			return &cuts[i];
	return best;
}

static const char *
delimiter_name(char c)
{
	switch (c) {
	case ',':
		return "a comma";
	case ';':
		return "a semicolon";
	case '\t':
		return "a tab";
	default:
		return "'|'";
	}
}

/* What separates, in the line at *s; steps over it. */
struct separators {
	size_t wide; /* full-width commas and semicolons */
	size_t ascii;
};

static struct separators
line_separators(struct span *s)
{
	struct separators found = { 0 };
	size_t i = 0;

	for (; i < s->n && s->p[i] != '\n' && s->p[i] != '\r'; i++) {
		struct span at = span_of(s->p + i, s->n - i);

		found.wide += span_starts(at, SPAN("\xEF\xBC\x8C")) ||
		    span_starts(at, SPAN("\xEF\xBC\x9B"));
		found.ascii += memchr(CANDIDATES, at.p[0], CANDIDATES_N) != 0;
	}
	while (i < s->n && (s->p[i] == '\n' || s->p[i] == '\r'))
		i++;
	*s = span_of(s->p + i, s->n - i);
	return found;
}

/*
 * Is the header, which no candidate cuts, cut by full-width commas?  A list of
 * one column may well have a comma in its name; then no row has a separator.
 */
static bool
wide_header(struct span s)
{
	size_t rows = 0;

	if (line_separators(&s).wide == 0)
		return false;
	for (; s.n > 0 && rows < RECORDS_MAX; rows++) {
		struct separators found = line_separators(&s);

		if (found.wide || found.ascii)
			return true;
	}
	return rows == 0;
}

int
detect_delimiter(char *out, struct span sample, bool whole, struct err *err)
{
	struct cut cuts[CANDIDATES_N] = { 0 };
	const struct cut *best, *rival;

	for (int i = 0; i < CANDIDATES_N; i++) {
		cuts[i].delimiter = CANDIDATES[i];
		cut_sample(&cuts[i], sample, whole);
	}
	best = best_cut(cuts, &rival);
	if (!best && wide_header(sample)) {
		err_set(err, ERR_INPUT,
		    "the header is cut by full-width commas or semicolons");
		return err_hint(err,
		    "write ASCII ones: "
		    "sed 's/\xEF\xBC\x8C/,/g; s/\xEF\xBC\x9B/;/g'");
	}
	if (best && uncut(cuts, best) != best) {
		*out = uncut(cuts, best)->delimiter;
		return 0;
	}
	if (rival) {
		err_set(err, ERR_INPUT, "the delimiter may be %s or %s",
		    delimiter_name(best->delimiter),
		    delimiter_name(rival->delimiter));
		return err_hint(err, "say which with --delimiter");
	}
	*out = best ? best->delimiter : ',';
	return 0;
}
