/*
 * csv_reader.c - finding a list's header and cutting it into blocks.
 *
 * The preamble and the header are found in csv_text's sample.  A block is read
 * straight into its own memory, behind the start of a record that the block
 * before had to leave (`carry`).  Every byte is scanned once.
 */
#include "text/csv_reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text/csv_lane.h"
#include "text/csv_text.h"

struct csv_reader {
	struct csv_text text;
	struct csv_dialect dialect;
	size_t block;

	struct buf preamble;
	size_t bom; /* bytes of mark in `preamble` */
	struct {
		size_t at; /* in the sample */
		size_t n;
		size_t eol;
	} first; /* the first record */
	bool has_header;
	char eol[2];
	size_t eol_n;
	struct buf names_text;
	struct span *names;

	uint64_t line; /* of the next block's first byte */
	uint64_t offset;
	struct buf carry; /* the record that the last block left */
	size_t scanned;   /* bytes of it that `scan` has seen */
	struct csv_scan scan;
};

/* --- Messages --- */

/* "leads.csv: line 12: ..." */
static int
blame_line(const struct csv_reader *r, uint64_t line, struct err *err,
    const char *what)
{
	return err_set(err, r->text.blame, "%s: line %" PRIu64 ": %s",
	    r->text.file.name, line, what);
}

static int
unclosed(const struct csv_reader *r, uint64_t line, struct err *err)
{
	blame_line(r, line, err, "a quote opened here is never closed");
	return err_hint(err,
	    "close it; a quote inside a quoted field is written as two");
}

static int
empty_file(const struct csv_reader *r, struct err *err)
{
	return err_set(err, r->text.blame, "%s: there is no record in it",
	    r->text.file.name);
}

/* --- Opening: the preamble --- */

/* Bytes of the line end at `i`. */
static size_t
sample_eol(const struct csv_reader *r, size_t i)
{
	const struct buf *text = &r->text.sample;

	return csv_eol(text->p + i, text->p + text->n);
}

/*
 * The line at `at`: *n bytes and *next, where the one after it starts.
 * Returns 1, 0 when nothing is left, -1 on failure.
 */
static int
sample_line(struct csv_reader *r, size_t at, size_t *n, size_t *next,
    struct err *err)
{
	size_t i = at;

	for (;; i++) {
		if (csv_text_reach(&r->text, i, err) < 0)
			return -1;
		if (i >= r->text.sample.n || r->text.sample.p[i] == '\n' ||
		    r->text.sample.p[i] == '\r')
			break;
	}
	*n = i - at;
	*next = i + sample_eol(r, i);
	return *next > at;
}

/* `sep=;`, which Excel writes and reads: the delimiter, or 0. */
static char
sep_line(struct span line)
{
	char c;

	if (line.n != 5 || !span_eq_nocase(span_of(line.p, 4), SPAN("sep=")))
		return 0;
	c = line.p[4];
	return c && strchr(",;\t|:^~!#", c) ? c : 0;
}

static bool
is_blank_line(struct span s)
{
	return span_trim(s).n == 0;
}

/*
 * A `sep=` line, the lines to skip (it is one of them), and blank lines.
 * Returns 1 when there is text behind it, 0 when not.
 */
static int
take_preamble(struct csv_reader *r, size_t skip, char *sep, struct err *err)
{
	size_t n, next;
	int got;

	for (uint64_t line = 1;; line++) {
		struct span s;

		if ((got = sample_line(r, r->text.at, &n, &next, err)) <= 0)
			return got;
		s = span_of(r->text.sample.p + r->text.at, n);
		if (line == 1)
			*sep = sep_line(s);
		if (line > skip && !(line == 1 && *sep) && !is_blank_line(s))
			return 1;
		r->text.at = next;
	}
}

/* --- Opening: delimiter and header --- */

static int
find_delimiter(struct csv_reader *r, char *out, struct err *err)
{
	struct span text = span_of(r->text.sample.p + r->text.at,
	    r->text.sample.n - r->text.at);
	struct buf scratch = BUF_INIT(SIZE_MAX / 2);
	int ret;

	/* Elsewhere a `|` may be the second half of a character. */
	if (r->text.decoder.kind == DECODE_CELLS)
		text = decode_cell(&r->text.decoder, text, &scratch);
	ret = buf_check(&scratch, err);
	if (ret == 0) {
		ret = detect_delimiter(out, text, csv_text_whole(&r->text),
		    err);
		if (ret < 0) {
			err->code = r->text.blame;
			err_in(err, "%s", r->text.file.name);
		}
	}
	buf_release(&scratch);
	return ret;
}

static int
check_delimiter(struct csv_reader *r, char c, struct err *err)
{
	struct utf8_count count;

	if (c == '"' || c == '\n' || c == '\r')
		return err_set(err, ERR_USAGE,
		    "a quote or a line end cannot be the delimiter");
	utf8_count(&count, buf_span(&r->text.sample), false);
	if (count.good + count.bad == 0 ||
	    !decode_unsafe_delimiter(&r->text.decoder, c))
		return 0;
	err_set(err, r->text.blame,
	    "%s: the delimiter '%c' can also be half of a character in %s",
	    r->text.file.name, c, r->text.decoder.name);
	return err_hint(err, "convert it first: iconv -f %s -t UTF-8",
	    r->text.decoder.name);
}

static int
open_delimiter(struct csv_reader *r, char given, char sep, struct err *err)
{
	char c = given ? given : sep;

	if (!c && find_delimiter(r, &c, err) < 0)
		return -1;
	r->dialect.delimiter = c;
	r->scan.delimiter = c;
	return check_delimiter(r, c, err);
}

/*
 * The first record begins at text.at: *n bytes.  *open, when a quote in it is
 * not closed: bytes before that.
 */
static int
first_length(struct csv_reader *r, size_t *n, size_t *open, struct err *err)
{
	const struct buf *text = &r->text.sample;
	enum csv_state state = CSV_AT_START, before;
	size_t start = r->text.at, i;

	for (i = start; i - start <= r->dialect.max_record; i++) {
		if (csv_text_reach(&r->text, i, err) < 0)
			return -1;
		if (i >= text->n)
			break;
		if (state != CSV_IN_QUOTES && sample_eol(r, i) > 0)
			break;
		before = state;
		state = csv_step(state, text->p[i], r->dialect.delimiter);
		if (state == CSV_IN_QUOTES && before == CSV_AT_START)
			*open = i - start;
	}
	*n = i - start;
	if (state != CSV_IN_QUOTES)
		*open = SIZE_MAX;
	return 0;
}

static int
find_first(struct csv_reader *r, struct err *err)
{
	size_t at = r->text.at, n, open = 0;

	if (first_length(r, &n, &open, err) < 0)
		return -1;
	if (open != SIZE_MAX)
		return unclosed(r,
		    r->line + csv_lines(r->text.sample.p + at, open), err);
	if (n > r->dialect.max_record) {
		blame_line(r, r->line, err, "the first record is too long");
		return err_hint(err, "--max-record allows more than %zu bytes",
		    r->dialect.max_record);
	}
	r->first.at = at;
	r->first.n = n;
	r->first.eol = sample_eol(r, at + n);
	return 0;
}

static int
count_columns(struct csv_reader *r, struct err *err)
{
	const char *p = r->text.sample.p + r->first.at, *end = p + r->first.n;
	struct csv_field f;
	bool junk = false;
	size_t n = 0;

	for (;; p++, n++) {
		p = csv_field(&f, p, end, r->dialect.delimiter, &junk);
		if (p == end)
			break;
	}
	if (++n > CSV_COLUMNS_MAX)
		return err_set(err, r->text.blame,
		    "%s: line %" PRIu64 ": more than %d columns",
		    r->text.file.name, r->line, CSV_COLUMNS_MAX);
	if (junk && r->has_header)
		return blame_line(r, r->line, err,
		    "the header has text after a closing quote");
	r->dialect.columns = (unsigned)n;
	return 0;
}

/* One name after the other into names_text, which has room for all. */
static int
decode_names(struct csv_reader *r, const struct csv_rows *rows, struct err *err)
{
	struct buf scratch = BUF_INIT(SIZE_MAX / 2), *out = &r->names_text;
	size_t n = r->dialect.columns;
	int ret = 0;

	/* A byte never becomes more than four; U+FFFD is three. */
	buf_reserve(out, r->first.n * 4 + 1);
	for (size_t k = 0; k < n && rows->n > 0 && ret == 0; k++) {
		struct span name = decode_cell(&r->text.decoder, rows->cell[k],
		    &scratch);

		ret = buf_check(&scratch, err);
		name = span_trim(name);
		r->names[k] = span_of(out->p + out->n, name.n);
		buf_addspan(out, name);
	}
	buf_release(&scratch);
	return ret < 0 ? -1 : buf_check(out, err);
}

static int
read_names(struct csv_reader *r, struct err *err)
{
	struct csv_block block = { .n = r->first.n, .line = r->line };
	struct csv_rows rows = { 0 };
	size_t n = r->dialect.columns;
	unsigned *want = calloc(n, sizeof(*want));
	int ret = -1;

	r->names = calloc(n, sizeof(*r->names));
	if (!want || !r->names || !csv_text_pad(&r->text)) {
		err_nomem(err);
		goto out;
	}
	block.p = r->text.sample.p + r->first.at;
	for (size_t k = 0; k < n; k++) {
		want[k] = (unsigned)k;
		r->names[k] = span_of("", 0);
	}
	if (csv_split(&rows, &block, &r->dialect, want, n, err) < 0)
		goto out;
	ret = decode_names(r, &rows, err);
out:
	free(want);
	csv_rows_release(&rows);
	return ret;
}

/* The line end to write where the file shows none of its own. */
static void
find_eol(struct csv_reader *r)
{
	const char *p = r->text.sample.p + r->first.at + r->first.n;

	r->eol_n = r->first.eol;
	if (r->eol_n > 0)
		memcpy(r->eol, p, r->eol_n);
	else
		r->eol[r->eol_n++] = '\n';
}

static int
open_first(struct csv_reader *r, struct err *err)
{
	r->line = 1 + csv_lines(r->text.sample.p, r->text.at);
	if (find_first(r, err) < 0 || count_columns(r, err) < 0 ||
	    read_names(r, err) < 0)
		return -1;
	find_eol(r);
	return 0;
}

/* --- Opening --- */

static int
open_front(struct csv_reader *r, const struct csv_options *o, struct err *err)
{
	char sep = 0;
	int got;

	if ((got = take_preamble(r, o->skip_lines, &sep, err)) < 0)
		return -1;
	if (r->text.mark) {
		buf_addspan(&r->preamble, SPAN("\xEF\xBB\xBF"));
		r->bom = 3;
	}
	buf_add(&r->preamble, r->text.sample.p, r->text.at);
	if (buf_check(&r->preamble, err) < 0)
		return -1;
	r->first.at = r->text.at;
	if (got == 0) {
		r->has_header = false;
		r->dialect.delimiter = o->delimiter ? o->delimiter : ',';
		r->eol[r->eol_n++] = '\n';
		if (!o->empty_ok)
			return empty_file(r, err);
	} else if (open_delimiter(r, o->delimiter, sep, err) < 0 ||
	    open_first(r, err) < 0) {
		return -1;
	}
	if (!csv_text_pad(&r->text))
		return err_nomem(err);
	csv_reader_set_header(r, r->has_header);
	return 0;
}

static struct csv_reader *
reader_new(const struct csv_options *o)
{
	struct csv_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->dialect.max_record = o->max_record ? o->max_record : CSV_MAX_RECORD;
	r->block = o->block ? o->block : CSV_BLOCK;
	r->text.blame = o->blame ? o->blame : ERR_INPUT;
	r->has_header = o->header == CSV_HEADER_YES;
	r->preamble.max = r->names_text.max = r->carry.max = SIZE_MAX / 2;
	return r;
}

int
csv_reader_open(struct csv_reader **out, const char *path,
    const struct csv_options *options, struct err *err)
{
	struct csv_reader *r = reader_new(options);

	*out = NULL;
	if (!r)
		return err_nomem(err);
	if (csv_text_open(&r->text, path, options->encoding,
		options->skip_lines, err) < 0 ||
	    open_front(r, options, err) < 0) {
		csv_reader_close(r);
		return -1;
	}
	*out = r;
	return 0;
}

void
csv_reader_close(struct csv_reader *r)
{
	if (!r)
		return;
	csv_text_close(&r->text);
	buf_release(&r->preamble);
	buf_release(&r->names_text);
	buf_release(&r->carry);
	free(r->names);
	free(r);
}

/* --- What was found --- */

const struct csv_dialect *
csv_reader_dialect(const struct csv_reader *r)
{
	return &r->dialect;
}

struct decoder *
csv_reader_decoder(struct csv_reader *r)
{
	return &r->text.decoder;
}

const struct infile *
csv_reader_file(const struct csv_reader *r)
{
	return &r->text.file;
}

struct span
csv_reader_preamble(const struct csv_reader *r)
{
	return buf_span(&r->preamble);
}

size_t
csv_reader_bom(const struct csv_reader *r)
{
	return r->bom;
}

struct span
csv_reader_header_raw(const struct csv_reader *r)
{
	if (!r->has_header)
		return span_of("", 0);
	return span_of(r->text.sample.p + r->first.at, r->first.n);
}

struct span
csv_reader_eol(const struct csv_reader *r)
{
	return span_of(r->eol, r->eol_n);
}

const struct span *
csv_reader_names(const struct csv_reader *r, size_t *n)
{
	*n = r->dialect.columns;
	return r->names;
}

bool
csv_reader_has_header(const struct csv_reader *r)
{
	return r->has_header;
}

void
csv_reader_set_header(struct csv_reader *r, bool yes)
{
	r->has_header = yes;
	r->text.at = r->first.at;
	if (yes)
		r->text.at += r->first.n + r->first.eol;
	r->line = 1 + csv_lines(r->text.sample.p, r->text.at);
	r->offset = r->bom + r->text.at;
}

int
csv_reader_sample(struct csv_reader *r, struct csv_rows *rows,
    const unsigned *want, size_t nwant, size_t max, struct err *err)
{
	struct csv_scan scan = { .delimiter = r->dialect.delimiter };
	struct csv_block block = { .p = r->text.sample.p + r->text.at,
		.line = r->line };
	size_t n = r->text.sample.n - r->text.at;

	csv_scan(&scan, block.p, 0, n);
	block.n = scan.cut;
	if (csv_text_whole(&r->text) && scan.state != CSV_IN_QUOTES)
		block.n = n;
	if (csv_split(rows, &block, &r->dialect, want, nwant, err) < 0)
		return -1;
	if (rows->n > max)
		rows->n = max;
	return 0;
}

/* --- Blocks --- */

/* Hand out the first `cut` bytes of the block's memory, carry the rest. */
static int
give_block(struct csv_reader *r, struct csv_block *block, size_t cut,
    struct err *err)
{
	struct buf *mem = &block->mem;

	memset(mem->p + mem->n, 0, CSV_PAD);
	buf_reset(&r->carry);
	buf_add(&r->carry, mem->p + cut, mem->n - cut);
	if (buf_check(&r->carry, err) < 0)
		return -1;
	r->scanned = r->carry.n;
	block->p = mem->p;
	block->n = cut;
	block->line = r->line;
	block->offset = r->offset;
	block->too_long = 0;
	block->last = r->carry.n == 0 && csv_text_ended(&r->text);
	r->line += r->scan.cut_lines;
	r->offset += cut;
	csv_scan_shift(&r->scan);
	return 1;
}

/* The rest of a record of which only the start is kept. */
struct skip {
	enum csv_state state;
	char before;
	bool cr; /* ended by a CR; an LF may follow */
	bool done;
	uint64_t length;
	uint64_t bytes; /* with its line end */
	uint64_t lines;
	uint64_t quote_line; /* lines before the open quote */
};

/* Go on over the bytes.  Returns how many of them are the record's. */
static size_t
skip_over(struct skip *s, const char *p, size_t n, char delimiter)
{
	for (size_t i = 0; i < n; i++) {
		enum csv_state state = s->state;
		char c = p[i];

		if (s->cr) {
			s->done = true;
			s->bytes += c == '\n';
			return i + (c == '\n');
		}
		s->bytes++;
		s->lines += c == '\r' || (c == '\n' && s->before != '\r');
		s->before = c;
		if (state != CSV_IN_QUOTES && c == '\n') {
			s->done = true;
			return i + 1;
		}
		if (state != CSV_IN_QUOTES && c == '\r') {
			s->cr = true;
			continue;
		}
		s->length++;
		s->state = csv_step(state, c, delimiter);
		if (s->state == CSV_IN_QUOTES && state == CSV_AT_START)
			s->quote_line = s->lines;
	}
	return n;
}

/*
 * The block's memory holds the start of a record that is too long: keep
 * max_record bytes of it and find its end.
 */
static int
give_too_long(struct csv_reader *r, struct csv_block *block, struct err *err)
{
	struct buf *mem = &block->mem, *carry = &r->carry;
	const struct csv_scan *scan = &r->scan;
	struct skip s = { .state = scan->state,
		.cr = scan->cr,
		.before = mem->p[mem->n - 1],
		.length = mem->n - scan->cr,
		.bytes = mem->n,
		.lines = csv_lines(mem->p, mem->n) };
	size_t took;
	int got;

	s.quote_line = csv_lines(mem->p, scan->quote_at);
	mem->n = r->dialect.max_record;
	do {
		buf_reset(carry);
		got = csv_text_fill(&r->text, carry, r->block,
		    r->line + s.lines, err);
		if (got < 0)
			return -1;
		took = skip_over(&s, carry->p, carry->n, r->dialect.delimiter);
	} while (got > 0 && !s.done);
	if (!s.done && s.state == CSV_IN_QUOTES)
		return unclosed(r, r->line + s.quote_line, err);
	carry->n -= took;
	memmove(carry->p, carry->p + took, carry->n);
	r->scanned = 0;
	r->scan = (struct csv_scan){ .delimiter = r->dialect.delimiter };
	memset(mem->p + mem->n, 0, CSV_PAD);
	block->p = mem->p;
	block->n = mem->n;
	block->line = r->line;
	block->offset = r->offset;
	block->too_long = s.length;
	block->last = carry->n == 0 && csv_text_ended(&r->text);
	r->line += s.lines;
	r->offset += s.bytes;
	return 1;
}

int
csv_reader_next(struct csv_reader *r, struct csv_block *block, struct err *err)
{
	struct buf *mem = &block->mem;
	int got = 1;

	mem->max = SIZE_MAX / 2;
	buf_reset(mem);
	buf_addspan(mem, buf_span(&r->carry));
	if (!buf_reserve(mem, CSV_PAD))
		return err_nomem(err);
	for (;;) {
		csv_scan(&r->scan, mem->p, r->scanned, mem->n);
		r->scanned = mem->n;
		if (r->scan.cut > 0)
			return give_block(r, block, r->scan.cut, err);
		if (got == 0)
			break;
		if (mem->n > r->dialect.max_record + r->scan.cr)
			return give_too_long(r, block, err);
		got = csv_text_fill(&r->text, mem, r->block, r->line, err);
		if (got < 0)
			return -1;
	}
	if (mem->n == 0)
		return 0;
	if (r->scan.state == CSV_IN_QUOTES)
		return unclosed(r,
		    r->line + csv_lines(mem->p, r->scan.quote_at), err);
	r->scan = (struct csv_scan){ .delimiter = r->dialect.delimiter,
		.lines = r->scan.lines,
		.cut = mem->n,
		.cut_lines = r->scan.lines };
	return give_block(r, block, mem->n, err);
}

void
csv_block_release(struct csv_block *b)
{
	if (!b)
		return;
	buf_release(&b->mem);
	*b = (struct csv_block){ 0 };
}
