/*
 * feed_xml.c - the XML edition of the Canadian do-not-call list:
 *
 *	<list type='full' level='ac' val='416' />
 *	<ac val='416'><ph val='1234567' /><ph val='1234568' /></ac>
 *
 * inside any other elements, or none.  Only elements and their attributes mean
 * something there, so this scanner knows no more of XML: no entities, no
 * CDATA, no document types.  What it does not know, and text between
 * elements, is not of the layout.  Whatever is open at the end of the file was
 * cut off.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/infile.h"
#include "base/interrupt.h"
#include "flow/feed_impl.h"
#include "text/number_memo.h"

enum {
	CHUNK = 1 << 20,
	TAG_MAX = 512, /* bytes between < and > */
	DEPTH = 16,
	NAME_MAX_XML = 32,
	AREA = 3,
	LOCAL = 7,
};

struct xml {
	const struct feed_options *o;
	const struct feed_file *file;
	struct feed_result *out;
	struct infile in;
	struct number_memo numbers;
	struct buf quarantine;
	uint64_t line;
	char tag[TAG_MAX];
	size_t tag_n;
	bool in_tag, in_comment;
	char open[DEPTH][NAME_MAX_XML];
	size_t depth;
	char area[AREA]; /* of the <ac> we are in */
	bool in_area;
	size_t area_depth;
};

/* Not of the layout: reading ends.  Always 1. */
static int
bad(struct xml *x, const char *why)
{
	snprintf(x->out->layout_bad, sizeof(x->out->layout_bad),
	    "line %llu: %s", (unsigned long long)x->line, why);
	return 1;
}

static int
unusable(struct xml *x, const char *why)
{
	x->out->unusable++;
	if (!x->out->first_bad) {
		x->out->first_bad = x->line;
		snprintf(x->out->why, sizeof(x->out->why), "%s", why);
	}
	if (x->o->quarantine)
		feed_quarantine_add(&x->quarantine, x->file->path, x->line, why,
		    span_of(x->tag, x->tag_n));
	return 0;
}

/* ---- tags ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct span
blanks_skip(struct span s)
{
	while (s.n && is_blank(*s.p))
		s = span_of(s.p + 1, s.n - 1);
	return s;
}

static struct span
name_take(struct span *s)
{
	size_t n = 0;

	while (n < s->n && !is_blank(s->p[n]) && s->p[n] != '=' &&
	    s->p[n] != '/' && s->p[n] != '\'' && s->p[n] != '"')
		n++;
	*s = span_of(s->p + n, s->n - n);
	return span_of(s->p - n, n);
}

/* name='value' or name="value".  False when it is none. */
static bool
attribute_take(struct span *s, struct span *name, struct span *value)
{
	const char *end;

	*name = name_take(s);
	*s = blanks_skip(*s);
	if (name->n == 0 || s->n == 0 || *s->p != '=')
		return false;
	*s = blanks_skip(span_of(s->p + 1, s->n - 1));
	if (s->n < 2 || (*s->p != '\'' && *s->p != '"') ||
	    !(end = memchr(s->p + 1, *s->p, s->n - 1)))
		return false;
	*value = span_of(s->p + 1, (size_t)(end - s->p) - 1);
	*s = blanks_skip(span_of(end + 1, s->n - value->n - 2));
	return true;
}

/* The attributes: *val and *type where they are.  False: not well formed. */
static bool
attributes(struct span s, struct span *val, struct span *type)
{
	struct span name, value;

	*val = *type = span_of("", 0);
	for (s = blanks_skip(s); s.n;) {
		if (!attribute_take(&s, &name, &value))
			return false;
		if (span_eq(name, SPAN("val")))
			*val = value;
		else if (span_eq(name, SPAN("type")))
			*type = value;
	}
	return true;
}

/* <ph val='1234567' />: -1, or 0. */
static int
number_take(struct xml *x, struct span val, struct err *err)
{
	struct feed_fact f = { .fact = { .until = FACT_FOREVER } };
	char text[AREA + LOCAL];
	struct number_cell cell;
	struct number_plain n;

	x->out->lines++;
	if (!span_is_digits(val, LOCAL))
		return unusable(x, "not seven digits");
	memcpy(text, x->area, AREA);
	memcpy(text + AREA, val.p, LOCAL);
	f.fact.kind = x->o->list->kind == LIST_DNC ? FACT_DNC : FACT_LISTED;
	if (number_memo_read(&x->numbers, span_of(text, sizeof(text)), &n)) {
		f.key = n.key;
	} else {
		number_parse(&cell, span_of(text, sizeof(text)),
		    &x->o->list->rules);
		if (!number_readable(&cell) || cell.count != 1)
			return unusable(x,
			    number_status_name(
				(enum number_status)cell.status));
		f.key = cell.number[0].key;
	}
	x->out->facts++;
	return x->o->sink->add(x->o->sink->arg[0], &f, err);
}

/* An element begins.  1: not of the layout; 0; -1. */
static int
element_begin(struct xml *x, struct span name, struct span rest, bool closed,
    struct err *err)
{
	struct span val, type;

	if (!attributes(rest, &val, &type))
		return bad(x, "an attribute that is none");
	if (span_eq(name, SPAN("list")) && type.n &&
	    !span_eq(type, SPAN("full")))
		return bad(x, "it is no full list");
	if (span_eq(name, SPAN("ph"))) {
		if (!x->in_area)
			return bad(x, "<ph> outside of <ac>");
		if (number_take(x, val, err) < 0)
			return -1;
	} else if (span_eq(name, SPAN("ac"))) {
		if (x->in_area || !span_is_digits(val, AREA))
			return bad(x, "<ac> is no area code of its own");
		memcpy(x->area, val.p, AREA);
		x->in_area = !closed;
		x->area_depth = x->depth;
	}
	if (closed)
		return 0;
	if (x->depth == DEPTH || name.n >= NAME_MAX_XML)
		return bad(x, "elements too deep, or with too long a name");
	memcpy(x->open[x->depth], name.p, name.n);
	x->open[x->depth++][name.n] = '\0';
	return 0;
}

static int
element_end(struct xml *x, struct span name)
{
	if (x->depth == 0 || !span_eq(name, span_str(x->open[x->depth - 1])))
		return bad(x, "an element ends that has not begun");
	x->depth--;
	if (x->in_area && x->depth == x->area_depth)
		x->in_area = false;
	return 0;
}

static int
tag_take(struct xml *x, struct err *err)
{
	struct span s = span_of(x->tag, x->tag_n), name;
	bool closed;

	if (s.n && *s.p == '?')
		return s.n > 1 && s.p[s.n - 1] == '?' ?
		    0 :
		    bad(x, "a declaration that does not end");
	if (s.n && *s.p == '/') {
		s = span_of(s.p + 1, s.n - 1);
		name = name_take(&s);
		return blanks_skip(s).n || !name.n ?
		    bad(x, "a tag that is none") :
		    element_end(x, name);
	}
	closed = s.n && s.p[s.n - 1] == '/';
	if (closed)
		s.n--;
	name = name_take(&s);
	if (name.n == 0 || *name.p == '!')
		return bad(x, "a tag that is none");
	return element_begin(x, name, s, closed, err);
}

/* ---- bytes ---- */

static bool
comment_ends(const struct xml *x)
{
	return x->tag_n >= 5 && memcmp(x->tag + x->tag_n - 2, "--", 2) == 0;
}

/* A comment is as long as it likes: only its last bytes are kept. */
static void
comment_trim(struct xml *x)
{
	if (x->tag_n < TAG_MAX - 1)
		return;
	memmove(x->tag + 5, x->tag + x->tag_n - 2, 2);
	x->tag_n = 7;
}

static int
byte_take(struct xml *x, char c, struct err *err)
{
	x->line += c == '\n';
	if (!x->in_tag) {
		if (c == '<') {
			x->in_tag = true;
			x->tag_n = 0;
			return 0;
		}
		return is_blank(c) ? 0 : bad(x, "text between the elements");
	}
	if (c == '>' && (!x->in_comment || comment_ends(x))) {
		x->in_tag = false;
		if (!x->in_comment)
			return tag_take(x, err);
		x->in_comment = false;
		return 0;
	}
	if (x->in_comment)
		comment_trim(x);
	else if (x->tag_n == TAG_MAX || c == '<')
		return bad(x, "a tag that does not end");
	x->tag[x->tag_n++] = c;
	x->in_comment |= x->tag_n == 3 && memcmp(x->tag, "!--", 3) == 0;
	return 0;
}

static int
chunk_take(struct xml *x, const char *p, size_t n, struct err *err)
{
	size_t i;
	int got;

	for (i = 0; i < n; i++)
		if ((got = byte_take(x, p[i], err)) != 0)
			return got;
	return 0;
}

static int
quarantine_flush(struct xml *x, struct err *err)
{
	int ret = buf_check(&x->quarantine, err);

	if (ret == 0 && x->quarantine.n)
		ret = outfile_write(x->o->quarantine, x->quarantine.p,
		    x->quarantine.n, err);
	buf_reset(&x->quarantine);
	return ret;
}

static int
file_take(struct xml *x, char *p, struct err *err)
{
	ssize_t n;
	size_t skip;
	int got = 0;
	bool first = true;

	while ((n = infile_read(&x->in, p, CHUNK, err)) > 0) {
		skip = first && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ?
		    3 :
		    0;
		first = false;
		if (interrupt_check(err) < 0 ||
		    (got = chunk_take(x, p + skip, (size_t)n - skip, err)) <
			0 ||
		    quarantine_flush(x, err) < 0)
			return -1;
		if (got)
			return 0;
		if (x->o->progress)
			x->o->progress(x->o->progress_arg, x->file->path,
			    x->in.taken, x->in.size);
	}
	if (n < 0)
		return -1;
	if (x->in_tag || x->depth)
		snprintf(x->out->cut, sizeof(x->out->cut),
		    "at line %" PRIu64 ": <%.32s is open", x->line,
		    x->in_tag ? "" : x->open[x->depth - 1]);
	return 0;
}

int
feed_xml_read(const struct feed_options *o, const struct feed_file *file,
    struct feed_result *out, struct err *err)
{
	struct xml *x = calloc(1, sizeof(*x));
	char *p = malloc(CHUNK);
	int ret = -1;

	if (!x || !p) {
		err_nomem(err);
		goto out;
	}
	x->o = o;
	x->file = file;
	x->out = out;
	x->line = 1;
	x->quarantine = BUF_INIT(SIZE_MAX);
	number_memo_init(&x->numbers, o->list->rules.region);
	if (infile_open(&x->in, file->path, err) < 0)
		goto out;
	ret = file_take(x, p, err);
	infile_close(&x->in);
out:
	if (x)
		buf_release(&x->quarantine);
	free(x);
	free(p);
	return ret;
}
