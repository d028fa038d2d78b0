/* See csv_text.h. */
#include "text/csv_text.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "text/csv_lane.h"
#include "text/detect.h"

enum {
	SAMPLE = 256 * 1024,
	SAMPLE_MAX = 64 * 1024 * 1024, /* with a long preamble or header */
	RAW = 64 * 1024,               /* bytes converted at a time */
	PROBE = 4096,                  /* asked for where no more should be */
	STREAM_MIN = 16,               /* room that decode_stream() asks for */
	QUIET_MS = 200, /* a pipe that is silent so long is a slow one */
};

static bool
is_stream(const struct csv_text *t)
{
	return t->decoder.kind == DECODE_STREAM;
}

static bool
is_regular(const struct csv_text *t)
{
	return t->file.size >= 0;
}

static size_t
raw_left(const struct csv_text *t)
{
	return t->raw.n - t->raw_at;
}

bool
csv_text_whole(const struct csv_text *t)
{
	return t->file.eof && raw_left(t) == 0;
}

bool
csv_text_ended(const struct csv_text *t)
{
	return csv_text_whole(t) && t->at == t->sample.n;
}

static int
undecodable(const struct csv_text *t, uint64_t line, struct err *err)
{
	return err_set(err, t->blame,
	    "%s: line %" PRIu64 ": bytes that are not %s", t->file.name, line,
	    t->decoder.name);
}

/*
 * `n`, or less when the file is known to have less: most lists are small.  A
 * size may be wrong (a file that grows, or one in /proc), so a little more.
 */
static size_t
file_likely(const struct csv_text *t, size_t n)
{
	uint64_t size = (uint64_t)t->file.size, left = 0;

	if (!is_regular(t) || is_stream(t))
		return n;
	if (size > t->file.taken)
		left = size - t->file.taken;
	return left + PROBE < n ? (size_t)left + PROBE : n;
}

static ssize_t
file_read(struct csv_text *t, void *p, size_t n, struct err *err)
{
	return is_regular(t) ? infile_read(&t->file, p, n, err) :
			       infile_read_some(&t->file, p, n, err);
}

/* More bytes behind those in `raw`. */
static int
raw_more(struct csv_text *t, struct err *err)
{
	struct buf *raw = &t->raw;
	ssize_t got;

	if (t->raw_at > 0)
		memmove(raw->p, raw->p + t->raw_at, raw_left(t));
	raw->n -= t->raw_at;
	t->raw_at = 0;
	if (!buf_reserve(raw, RAW))
		return err_nomem(err);
	if ((got = file_read(t, raw->p + raw->n, RAW, err)) < 0)
		return -1;
	raw->n += (size_t)got;
	return 0;
}

enum { UNDECODABLE = -2 };

/* Convert into p[0..n), n at least STREAM_MIN; 0 at the end. */
static ssize_t
stream_read(struct csv_text *t, char *p, size_t n, struct err *err)
{
	for (;;) {
		struct span in = span_of(t->raw.p + t->raw_at, raw_left(t));
		ssize_t got = decode_stream(&t->decoder, &in, p, n,
		    t->file.eof);

		t->raw_at = t->raw.n - in.n;
		if (got < 0)
			return UNDECODABLE;
		if (got > 0 || t->file.eof)
			return got;
		if (raw_more(t, err) < 0)
			return -1;
	}
}

/* Text behind the sample: up to n bytes, 0 at the end. */
static ssize_t
text_read(struct csv_text *t, char *p, size_t n, struct err *err)
{
	if (is_stream(t))
		return stream_read(t, p, n, err);
	return file_read(t, p, n, err);
}

int
csv_text_fill(struct csv_text *t, struct buf *b, size_t n, uint64_t line,
    struct err *err)
{
	size_t from = b->n, take = t->sample.n - t->at;
	size_t min = is_stream(t) ? STREAM_MIN : 1;

	if (n > take)
		n = take + file_likely(t, n - take);
	if (!buf_reserve(b, n + STREAM_MIN + CSV_PAD))
		return err_nomem(err);
	if (take > n)
		take = n;
	memcpy(b->p + b->n, t->sample.p + t->at, take);
	b->n += take;
	t->at += take;
	while (b->n - from < n && (is_regular(t) || b->n == from)) {
		size_t want = n - (b->n - from);
		ssize_t got = text_read(t, b->p + b->n, want < min ? min : want,
		    err);

		if (got == UNDECODABLE && b->n == from)
			return undecodable(t, line + csv_lines(b->p, b->n),
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

bool
csv_text_pad(struct csv_text *t)
{
	if (!buf_reserve(&t->sample, CSV_PAD))
		return false;
	memset(t->sample.p + t->sample.n, 0, CSV_PAD);
	return true;
}

/* Is there something to read within `ms`?  When in doubt, yes. */
static bool
readable(const struct csv_text *t, int ms)
{
	struct pollfd p = { .fd = t->file.fd, .events = POLLIN };

	return poll(&p, 1, ms) != 0;
}

/* The file's first bytes; a slow pipe's rows are wanted when they come. */
static int
sample_raw(struct csv_text *t, size_t skip_lines, struct err *err)
{
	struct buf *raw = &t->raw;

	while (raw->n < SAMPLE && !t->file.eof) {
		size_t want = file_likely(t, SAMPLE - raw->n);
		ssize_t got;

		if (!is_regular(t) && raw->n > 0 &&
		    csv_lines(raw->p, raw->n) >= skip_lines + 2 &&
		    !readable(t, QUIET_MS))
			break;
		if (!buf_reserve(raw, want + CSV_PAD))
			return err_nomem(err);
		got = file_read(t, raw->p + raw->n, want, err);
		if (got < 0)
			return -1;
		raw->n += (size_t)got;
	}
	return 0;
}

/* Convert what sample_raw() read. */
static int
sample_text(struct csv_text *t, struct err *err)
{
	struct buf *text = &t->sample;
	struct span in = span_of(t->raw.p + t->raw_at, raw_left(t));

	if (!is_stream(t)) {
		*text = t->raw;
		t->raw = BUF_INIT(text->max);
		text->n = in.n;
		if (t->raw_at > 0)
			memmove(text->p, text->p + t->raw_at, in.n);
		t->raw_at = 0;
		return 0;
	}
	while (in.n > 0) {
		ssize_t got;

		if (!buf_reserve(text, RAW))
			return err_nomem(err);
		got = decode_stream(&t->decoder, &in, text->p + text->n, RAW,
		    false);
		/* Bad bytes are reported when their turn comes. */
		if (got <= 0)
			break;
		text->n += (size_t)got;
	}
	t->raw_at = t->raw.n - in.n;
	if (text->n == 0 && in.n > 0 && t->file.eof)
		return undecodable(t, 1, err);
	return 0;
}

/* More of it: returns 1, 0 at the end of the file, -1 on failure. */
static int
sample_more(struct csv_text *t, struct err *err)
{
	struct buf *text = &t->sample;
	ssize_t got;

	if (text->n >= SAMPLE_MAX) {
		err_set(err, t->blame, "%s: no record in its first %d MB",
		    t->file.name, SAMPLE_MAX >> 20);
		return -1;
	}
	if (!buf_reserve(text, SAMPLE))
		return err_nomem(err);
	got = text_read(t, text->p + text->n, SAMPLE, err);
	if (got == UNDECODABLE)
		return undecodable(t, 1 + csv_lines(text->p, text->n), err);
	if (got < 0)
		return -1;
	text->n += (size_t)got;
	return got > 0;
}

int
csv_text_reach(struct csv_text *t, size_t i, struct err *err)
{
	int got = 1;

	while (got > 0 &&
	    (i >= t->sample.n ||
		(t->sample.p[i] == '\r' && i + 1 == t->sample.n)))
		got = sample_more(t, err);
	return got < 0 ? -1 : 0;
}

/* --- Opening --- */

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
open_detected(struct csv_text *t, const struct detect_encoding *found,
    struct err *err)
{
	if (decoder_open(&t->decoder, found->name, err) < 0)
		return -1;
	t->decoder.guess = found->guess;
	if (!is_stream(t) && looks_wide(buf_span(&t->raw))) {
		err_set(err, t->blame,
		    "%s: has zero bytes, like UTF-16 without its mark",
		    t->file.name);
		return err_hint(err, "--encoding UTF-16LE");
	}
	return 0;
}

static int
open_named(struct csv_text *t, const char *name,
    const struct detect_encoding *found, struct err *err)
{
	if (decoder_open(&t->decoder, name, err) < 0)
		return -1;
	if (found->bom == 0 || is_stream(t) ||
	    strcmp(found->name, "UTF-8") == 0)
		return 0;
	err_set(err, t->blame,
	    "%s: has the byte-order mark of %s, which is not %s", t->file.name,
	    found->name, name);
	return err_hint(err, "leave the encoding to be found out");
}

/* Encoding and mark; the text goes to `sample`. */
static int
open_encoding(struct csv_text *t, const char *name, struct err *err)
{
	struct detect_encoding found;
	struct span mark = SPAN("\xEF\xBB\xBF");

	detect_encoding(&found, buf_span(&t->raw), t->file.eof);
	if ((name ? open_named(t, name, &found, err) :
		    open_detected(t, &found, err)) < 0)
		return -1;
	if (!is_stream(t) || !name)
		t->raw_at = found.bom;
	if (sample_text(t, err) < 0)
		return -1;
	/* Left by an encoding that was named. */
	if (is_stream(t) && span_starts(buf_span(&t->sample), mark)) {
		t->sample.n -= mark.n;
		memmove(t->sample.p, t->sample.p + mark.n, t->sample.n);
	}
	t->mark = found.bom > 0 || is_stream(t);
	return 0;
}

int
csv_text_open(struct csv_text *t, const char *path, const char *encoding,
    size_t skip_lines, struct err *err)
{
	t->file.fd = -1;
	t->raw.max = t->sample.max = SIZE_MAX / 2;
	if (infile_open(&t->file, path, err) < 0)
		return -1;
	if (sample_raw(t, skip_lines, err) < 0)
		return -1;
	return open_encoding(t, encoding, err);
}

void
csv_text_close(struct csv_text *t)
{
	infile_close(&t->file);
	decoder_close(&t->decoder);
	buf_release(&t->raw);
	buf_release(&t->sample);
}
