/*
 * csv_reader.c - opening a list and cutting it into blocks.
 *
 * The front of the file is read into `sample`, where detection looks at it and
 * the preamble and the header are found; the records in it are handed out from
 * there, then from the file.  The size of the sample does not depend on the
 * size of a block, so that neither does what detection says.
 *
 * A block is read straight into its own memory, behind the start of a record
 * that the block before had to leave (`carry`).  Every byte is scanned once.
 */
#include "text/csv_reader.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "text/csv_lane.h"

enum {
	SAMPLE = 256 * 1024,
	SAMPLE_MAX = 64 * 1024 * 1024, /* with a long preamble or header */
	RAW = 64 * 1024,               /* bytes converted at a time */
	STREAM_MIN = 16,               /* room that decode_stream() asks for */
	QUIET_MS = 200, /* a pipe that is silent so long is a slow one */
};

static const char BOM[] = "\xEF\xBB\xBF";

struct csv_reader {
	struct infile file;
	struct decoder decoder;
	struct csv_dialect dialect;
	enum err_code blame;
	size_t block;

	struct buf raw; /* read, and not converted yet */
	size_t raw_at;
	struct buf sample; /* the file's first text, without its mark */
	size_t at;         /* how much of it has been handed out */

	struct buf preamble;
	size_t bom; /* bytes of mark in `preamble` */
	struct {
		size_t at; /* in `sample` */
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
	return err_set(err, r->blame, "%s: line %" PRIu64 ": %s", r->file.name,
	    line, what);
}

static int
unclosed(const struct csv_reader *r, uint64_t line, struct err *err)
{
	blame_line(r, line, err, "a quote opened here is never closed");
	return err_hint(err,
	    "close it, or write a quote inside a quoted field "
	    "as two");
}

static int
undecodable(const struct csv_reader *r, uint64_t line, struct err *err)
{
	return err_set(err, r->blame,
	    "%s: line %" PRIu64 ": bytes that are not %s", r->file.name, line,
	    r->decoder.name);
}

static int
empty_file(const struct csv_reader *r, struct err *err)
{
	return err_set(err, r->blame, "%s: there is no record in it",
	    r->file.name);
}

/* --- Text --- */

static bool
is_stream(const struct csv_reader *r)
{
	return r->decoder.kind == DECODE_STREAM;
}

static bool
is_regular(const struct csv_reader *r)
{
	return r->file.size >= 0;
}

static size_t
raw_left(const struct csv_reader *r)
{
	return r->raw.n - r->raw_at;
}

/* Nothing will follow what has been handed out. */
static bool
at_end(const struct csv_reader *r)
{
	return r->file.eof && raw_left(r) == 0 && r->at == r->sample.n;
}

static ssize_t
file_read(struct csv_reader *r, void *p, size_t n, struct err *err)
{
	return is_regular(r) ? infile_read(&r->file, p, n, err) :
			       infile_read_some(&r->file, p, n, err);
}

/* More bytes behind those in `raw`. */
static int
raw_more(struct csv_reader *r, struct err *err)
{
	struct buf *raw = &r->raw;
	ssize_t got;

	if (r->raw_at > 0)
		memmove(raw->p, raw->p + r->raw_at, raw_left(r));
	raw->n -= r->raw_at;
	r->raw_at = 0;
	if (!buf_reserve(raw, RAW))
		return err_nomem(err);
	if ((got = file_read(r, raw->p + raw->n, RAW, err)) < 0)
		return -1;
	raw->n += (size_t)got;
	return 0;
}

enum { UNDECODABLE = -2 };

/* Convert into p[0..n), n at least STREAM_MIN; 0 at the end. */
static ssize_t
stream_read(struct csv_reader *r, char *p, size_t n, struct err *err)
{
	for (;;) {
		struct span in = span_of(r->raw.p + r->raw_at, raw_left(r));
		ssize_t got = decode_stream(&r->decoder, &in, p, n,
		    r->file.eof);

		r->raw_at = r->raw.n - in.n;
		if (got < 0)
			return UNDECODABLE;
		if (got > 0 || r->file.eof)
			return got;
		if (raw_more(r, err) < 0)
			return -1;
	}
}

/* Text behind the sample: up to n bytes, 0 at the end. */
static ssize_t
text_read(struct csv_reader *r, char *p, size_t n, struct err *err)
{
	if (is_stream(r))
		return stream_read(r, p, n, err);
	return file_read(r, p, n, err);
}

/*
 * The next text, up to n bytes behind b's; `line` is that of b's first byte.
 * A regular file fills them all, a pipe what there is.  Returns 1, 0 at the
 * end, -1 on failure.
 */
static int
text_fill(struct csv_reader *r, struct buf *b, size_t n, uint64_t line,
    struct err *err)
{
	size_t from = b->n, take = r->sample.n - r->at;
	size_t min = is_stream(r) ? STREAM_MIN : 1;

	if (!buf_reserve(b, n + STREAM_MIN + CSV_PAD))
		return err_nomem(err);
	if (take > n)
		take = n;
	memcpy(b->p + b->n, r->sample.p + r->at, take);
	b->n += take;
	r->at += take;
	while (b->n - from < n && (is_regular(r) || b->n == from)) {
		size_t want = n - (b->n - from);
		ssize_t got = text_read(r, b->p + b->n, want < min ? min : want,
		    err);

		if (got == UNDECODABLE && b->n == from)
			return undecodable(r, line + csv_lines(b->p, b->n),
			    err);
		if (got == -1)
			return -1;
		if (got <= 0)
			break;
		b->n += (size_t)got;
	}
	return b->n > from;
}

/* --- The sample --- */

static bool
sample_pad(struct csv_reader *r)
{
	if (!buf_reserve(&r->sample, CSV_PAD))
		return false;
	memset(r->sample.p + r->sample.n, 0, CSV_PAD);
	return true;
}

/* Is there something to read within `ms`?  When in doubt, yes. */
static bool
readable(const struct csv_reader *r, int ms)
{
	struct pollfd p = { .fd = r->file.fd, .events = POLLIN };

	return poll(&p, 1, ms) != 0;
}

/*
 * The file's first bytes.  A slow pipe is not waited for longer than it takes
 * to have a header and a row: its rows are wanted when they come.
 */
static int
sample_raw(struct csv_reader *r, size_t skip_lines, struct err *err)
{
	struct buf *raw = &r->raw;

	while (raw->n < SAMPLE && !r->file.eof) {
		ssize_t got;

		if (!is_regular(r) && raw->n > 0 &&
		    csv_lines(raw->p, raw->n) >= skip_lines + 2 &&
		    !readable(r, QUIET_MS))
			break;
		if (!buf_reserve(raw, SAMPLE))
			return err_nomem(err);
		got = file_read(r, raw->p + raw->n, SAMPLE - raw->n, err);
		if (got < 0)
			return -1;
		raw->n += (size_t)got;
	}
	return 0;
}

/* Convert what sample_raw() read. */
static int
sample_text(struct csv_reader *r, struct err *err)
{
	struct buf *text = &r->sample;
	struct span in = span_of(r->raw.p + r->raw_at, raw_left(r));

	if (!is_stream(r)) {
		buf_add(text, in.p, in.n);
		buf_release(&r->raw);
		r->raw_at = 0;
		return buf_check(text, err);
	}
	while (in.n > 0) {
		ssize_t got;

		if (!buf_reserve(text, RAW))
			return err_nomem(err);
		got = decode_stream(&r->decoder, &in, text->p + text->n, RAW,
		    false);
		/* Bad bytes are reported when their turn comes. */
		if (got <= 0)
			break;
		text->n += (size_t)got;
	}
	r->raw_at = r->raw.n - in.n;
	if (text->n == 0 && in.n > 0 && r->file.eof)
		return undecodable(r, 1, err);
	return 0;
}

/* More of it: returns 1, 0 at the end of the file, -1 on failure. */
static int
sample_more(struct csv_reader *r, struct err *err)
{
	struct buf *text = &r->sample;
	ssize_t got;

	if (text->n >= SAMPLE_MAX) {
		err_set(err, r->blame, "%s: no record in its first %d MB",
		    r->file.name, SAMPLE_MAX >> 20);
		return -1;
	}
	if (!buf_reserve(text, SAMPLE))
		return err_nomem(err);
	got = text_read(r, text->p + text->n, SAMPLE, err);
	if (got == UNDECODABLE)
		return undecodable(r, 1 + csv_lines(text->p, text->n), err);
	if (got < 0)
		return -1;
	text->n += (size_t)got;
	return got > 0;
}

/* Have the byte at `i`, and the one behind a CR, if the file goes so far. */
static int
sample_reach(struct csv_reader *r, size_t i, struct err *err)
{
	int got = 1;

	while (got > 0 &&
	    (i >= r->sample.n ||
		(r->sample.p[i] == '\r' && i + 1 == r->sample.n)))
		got = sample_more(r, err);
	return got;
}

/* --- Opening: encoding --- */

/* Text in UTF-16 that has no mark is mostly ASCII and zero bytes. */
static bool
looks_wide(struct span s)
{
	size_t zeros = 0;

	for (size_t i = 0; i < s.n; i++)
		zeros += s.p[i] == 0;
	return zeros > 0 && zeros >= s.n / 8;
}

static int
open_detected(struct csv_reader *r, const struct detect_encoding *found,
    struct err *err)
{
	if (decoder_open(&r->decoder, found->name, err) < 0)
		return -1;
	r->decoder.guess = found->guess;
	if (!is_stream(r) && looks_wide(buf_span(&r->raw))) {
		err_set(err, r->blame,
		    "%s: zero bytes, as if in UTF-16 without "
		    "a byte-order mark",
		    r->file.name);
		return err_hint(err, "--encoding UTF-16LE");
	}
	return 0;
}

static int
open_named(struct csv_reader *r, const char *name,
    const struct detect_encoding *found, struct err *err)
{
	if (decoder_open(&r->decoder, name, err) < 0)
		return -1;
	if (found->bom == 0 || is_stream(r) ||
	    strcmp(found->name, "UTF-8") == 0)
		return 0;
	err_set(err, r->blame,
	    "%s: begins with the byte-order mark of %s, "
	    "which is not %s",
	    r->file.name, found->name, name);
	return err_hint(err, "leave the encoding to be found out");
}

/* Encoding and mark; the text goes to `sample`. */
static int
open_encoding(struct csv_reader *r, const char *name, struct err *err)
{
	struct detect_encoding found;
	struct span mark = { BOM, 3 };

	detect_encoding(&found, buf_span(&r->raw), r->file.eof);
	if ((name ? open_named(r, name, &found, err) :
		    open_detected(r, &found, err)) < 0)
		return -1;
	if (!is_stream(r) || !name)
		r->raw_at = found.bom;
	if (sample_text(r, err) < 0)
		return -1;
	/* Left by an encoding that was named. */
	if (is_stream(r) && span_starts(buf_span(&r->sample), mark)) {
		r->sample.n -= mark.n;
		memmove(r->sample.p, r->sample.p + mark.n, r->sample.n);
	}
	if (found.bom > 0 || is_stream(r)) {
		buf_addspan(&r->preamble, mark);
		r->bom = mark.n;
	}
	return buf_check(&r->preamble, err);
}

/* --- Opening: the preamble --- */

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
		if (sample_reach(r, i, err) < 0)
			return -1;
		if (i >= r->sample.n || r->sample.p[i] == '\n' ||
		    r->sample.p[i] == '\r')
			break;
	}
	*n = i - at;
	if (i < r->sample.n)
		i += r->sample.p[i] == '\r' && i + 1 < r->sample.n &&
			r->sample.p[i + 1] == '\n' ?
		    2 :
		    1;
	*next = i;
	return i > at;
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

		if ((got = sample_line(r, r->at, &n, &next, err)) <= 0)
			return got;
		s = span_of(r->sample.p + r->at, n);
		if (line == 1)
			*sep = sep_line(s);
		if (line > skip && !(line == 1 && *sep) && !is_blank_line(s))
			return 1;
		r->at = next;
	}
}

/* --- Opening: delimiter and header --- */

static int
find_delimiter(struct csv_reader *r, char *out, struct err *err)
{
	struct span text = span_of(r->sample.p + r->at, r->sample.n - r->at);
	struct buf scratch = BUF_INIT(SIZE_MAX / 2);
	int ret;

	/* Elsewhere a `|` may be the second half of a character. */
	if (r->decoder.kind == DECODE_CELLS)
		text = decode_cell(&r->decoder, text, &scratch);
	ret = buf_check(&scratch, err);
	if (ret == 0 &&
	    (ret = detect_delimiter(out, text, r->file.eof && raw_left(r) == 0,
		 err)) < 0) {
		err->code = r->blame;
		err_in(err, "%s", r->file.name);
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
	utf8_count(&count, buf_span(&r->sample), false);
	if (count.good + count.bad == 0 ||
	    !decode_unsafe_delimiter(&r->decoder, c))
		return 0;
	err_set(err, r->blame,
	    "%s: '%c' can be half of a character in %s, so "
	    "it cannot be told from the delimiter",
	    r->file.name, c, r->decoder.name);
	return err_hint(err, "convert it first: iconv -f %s -t UTF-8",
	    r->decoder.name);
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

/* Find the end of the first record, which begins at r->at. */
static int
find_first(struct csv_reader *r, struct err *err)
{
	enum csv_state state = CSV_AT_START, before;
	size_t i, quote_at = r->at;

	for (i = r->at;; i++) {
		if (sample_reach(r, i, err) < 0)
			return -1;
		if (i >= r->sample.n || i - r->at > r->dialect.max_record)
			break;
		if (state != CSV_IN_QUOTES &&
		    (r->sample.p[i] == '\n' || r->sample.p[i] == '\r'))
			break;
		before = state;
		state = csv_step(state, r->sample.p[i], r->dialect.delimiter);
		if (state == CSV_IN_QUOTES && before == CSV_AT_START)
			quote_at = i;
	}
	if (i >= r->sample.n && state == CSV_IN_QUOTES)
		return unclosed(r,
		    r->line + csv_lines(r->sample.p + r->at, quote_at - r->at),
		    err);
	r->first.at = r->at;
	r->first.n = i - r->at;
	if (r->first.n > r->dialect.max_record) {
		blame_line(r, r->line, err, "the first record is too long");
		return err_hint(err, "--max-record allows more than %zu bytes",
		    r->dialect.max_record);
	}
	if (i < r->sample.n)
		r->first.eol = r->sample.p[i] == '\r' && i + 1 < r->sample.n &&
			r->sample.p[i + 1] == '\n' ?
		    2 :
		    1;
	return 0;
}

static int
count_columns(struct csv_reader *r, struct err *err)
{
	const char *p = r->sample.p + r->first.at, *end = p + r->first.n;
	struct csv_field f;
	bool junk = false;
	size_t n = 0;

	for (;; p++, n++) {
		p = csv_field(&f, p, end, r->dialect.delimiter, &junk);
		if (p == end)
			break;
	}
	if (++n > CSV_COLUMNS_MAX)
		return err_set(err, r->blame,
		    "%s: line %" PRIu64 ": more than %d columns", r->file.name,
		    r->line, CSV_COLUMNS_MAX);
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
		struct span name = decode_cell(&r->decoder, rows->cell[k],
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
	struct csv_block block = { .p = r->sample.p + r->first.at,
		.n = r->first.n,
		.line = r->line };
	struct csv_rows rows = { 0 };
	size_t n = r->dialect.columns;
	unsigned *want = calloc(n, sizeof(*want));
	int ret = -1;

	r->names = calloc(n, sizeof(*r->names));
	if (!want || !r->names || !sample_pad(r)) {
		err_nomem(err);
		goto out;
	}
	block.p = r->sample.p + r->first.at; /* it may have moved */
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
	const char *p = r->sample.p + r->first.at + r->first.n;

	r->eol_n = r->first.eol;
	if (r->eol_n > 0)
		memcpy(r->eol, p, r->eol_n);
	else
		r->eol[r->eol_n++] = '\n';
}

static int
open_first(struct csv_reader *r, struct err *err)
{
	r->line = 1 + csv_lines(r->sample.p, r->at);
	if (find_first(r, err) < 0 || count_columns(r, err) < 0 ||
	    read_names(r, err) < 0)
		return -1;
	find_eol(r);
	return 0;
}

/* --- Opening --- */

static int
open_text(struct csv_reader *r, const struct csv_options *o, struct err *err)
{
	char sep = 0;
	int got;

	if (sample_raw(r, o->skip_lines, err) < 0 ||
	    open_encoding(r, o->encoding, err) < 0 ||
	    (got = take_preamble(r, o->skip_lines, &sep, err)) < 0)
		return -1;
	buf_add(&r->preamble, r->sample.p, r->at);
	if (buf_check(&r->preamble, err) < 0)
		return -1;
	r->first.at = r->at;
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
	if (!sample_pad(r))
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
	r->file.fd = -1;
	r->dialect.max_record = o->max_record ? o->max_record : CSV_MAX_RECORD;
	r->block = o->block ? o->block : CSV_BLOCK;
	r->blame = o->blame ? o->blame : ERR_INPUT;
	r->has_header = o->header == CSV_HEADER_YES;
	r->raw.max = r->sample.max = r->preamble.max = r->names_text.max =
	    r->carry.max = SIZE_MAX / 2;
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
	if (infile_open(&r->file, path, err) < 0 ||
	    open_text(r, options, err) < 0) {
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
	infile_close(&r->file);
	decoder_close(&r->decoder);
	buf_release(&r->raw);
	buf_release(&r->sample);
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
	return &r->decoder;
}

const struct infile *
csv_reader_file(const struct csv_reader *r)
{
	return &r->file;
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
	return span_of(r->sample.p + r->first.at, r->first.n);
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
	r->at = r->first.at;
	if (yes)
		r->at += r->first.n + r->first.eol;
	r->line = 1 + csv_lines(r->sample.p, r->at);
	r->offset = r->bom + r->at;
}

int
csv_reader_sample(struct csv_reader *r, struct csv_rows *rows,
    const unsigned *want, size_t nwant, size_t max, struct err *err)
{
	struct csv_scan scan = { .delimiter = r->dialect.delimiter };
	struct csv_block block = { .p = r->sample.p + r->at, .line = r->line };
	size_t n = r->sample.n - r->at;

	csv_scan(&scan, block.p, 0, n);
	block.n = scan.cut;
	if (r->file.eof && raw_left(r) == 0 && scan.state != CSV_IN_QUOTES)
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
	r->scan.cut = cut;
	csv_scan_shift(&r->scan);
	block->p = mem->p;
	block->n = cut;
	block->line = r->line;
	block->offset = r->offset;
	block->too_long = 0;
	block->last = r->carry.n == 0 && at_end(r);
	r->line += csv_lines(mem->p, cut);
	r->offset += cut;
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
		got = text_fill(r, carry, r->block, r->line + s.lines, err);
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
	block->last = carry->n == 0 && at_end(r);
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
		got = text_fill(r, mem, r->block, r->line, err);
		if (got < 0)
			return -1;
	}
	if (mem->n == 0)
		return 0;
	if (r->scan.state == CSV_IN_QUOTES)
		return unclosed(r,
		    r->line + csv_lines(mem->p, r->scan.quote_at), err);
	r->scan = (struct csv_scan){ .delimiter = r->dialect.delimiter };
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
