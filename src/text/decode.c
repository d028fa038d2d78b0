/* See decode.h. */
#include "text/decode.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* --- UTF-8 --- */

/* Bytes of the character at `p`, 0 when it is none, -1 when it is cut off. */
static int
utf8_length(const unsigned char *p, size_t n)
{
	unsigned char c = p[0], low = 0x80, high = 0xBF;
	int need;

	if (c < 0x80)
		return 1;
	if (c < 0xC2 || c > 0xF4)
		return 0;
	need = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	/* Overlong forms, surrogates, and what is past U+10FFFF. */
	if (c == 0xE0)
		low = 0xA0;
	else if (c == 0xED)
		high = 0x9F;
	else if (c == 0xF0)
		low = 0x90;
	else if (c == 0xF4)
		high = 0x8F;
	for (int i = 1; i < need; i++) {
		if ((size_t)i == n)
			return -1;
		if (p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xBF;
	}
	return need;
}

static size_t
ascii_length(const char *p, size_t n)
{
	size_t i = 0;
	uint64_t word;

	for (; n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
	}
	while (i < n && (unsigned char)p[i] < 0x80)
		i++;
	return i;
}

void
utf8_count(struct utf8_count *out, struct span s, bool cut)
{
	*out = (struct utf8_count){ 0 };
	for (size_t i = 0;;) {
		int n;

		i += ascii_length(s.p + i, s.n - i);
		if (i == s.n)
			return;
		n = utf8_length((const unsigned char *)s.p + i, s.n - i);
		if (n < 0 && cut)
			return;
		if (n > 0) {
			out->good++;
			i += (size_t)n;
		} else {
			out->bad++;
			i++;
		}
	}
}

bool
utf8_valid(struct span s, bool cut)
{
	struct utf8_count count;

	if (ascii_length(s.p, s.n) == s.n)
		return true;
	utf8_count(&count, s, cut);
	return count.bad == 0;
}

/* --- What an encoding is like --- */

/*
 * Convert in[0..n), from a fresh state.  Returns the bytes written, -1 when it
 * cannot be done or does not fit.
 */
static ssize_t
convert_by(iconv_t cd, const char *in, size_t n, char *out, size_t cap)
{
	char *src = (char *)in, *dst = out; /* iconv does not write to it */
	size_t left = cap, got;

	iconv(cd, NULL, NULL, NULL, NULL);
	got = iconv(cd, &src, &n, &dst, &left);
	return got == (size_t)-1 || n > 0 ? -1 : (ssize_t)(cap - left);
}

static ssize_t
convert(const char *to, const char *from, const char *in, size_t n, char *out,
    size_t cap)
{
	iconv_t cd = iconv_open(to, from);
	ssize_t got;

	if (cd == (iconv_t)-1)
		return -1;
	got = convert_by(cd, in, n, out, cap);
	iconv_close(cd);
	return got;
}

/* `\` and `~` are other characters in Shift_JIS and mean nothing to us. */
static const char
    ASCII[] = "\t\n\r !\"#$%&'()*+,-./0123456789:;<=>?@"
	      "ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}";

static bool
same_ascii(const char *to, const char *from)
{
	char out[4 * sizeof(ASCII)];
	size_t n = sizeof(ASCII) - 1;

	return convert(to, from, ASCII, n, out, sizeof(out)) == (ssize_t)n &&
	    memcmp(out, ASCII, n) == 0;
}

/*
 * Is a byte under 0x80 that starts a character always ASCII?  Not so in
 * ISO-2022-JP, which shifts between alphabets and passes same_ascii().
 */
static bool
shifts(const char *name)
{
	static const char *const probes[] = { "\xC3\xA9", "\xD0\x96",
		"\xE3\x81\x82", "\xE4\xB8\xAD", "\xEA\xB0\x80" };
	char out[32];

	for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++)
		if (convert(name, "UTF-8", probes[i], strlen(probes[i]), out,
			sizeof(out)) > 0 &&
		    (unsigned char)out[0] < 0x80)
			return true;
	return false;
}

static enum decode_kind
kind_of(const char *name)
{
	if (span_eq_nocase(span_str(name), SPAN("UTF-8")) ||
	    span_eq_nocase(span_str(name), SPAN("UTF8")))
		return DECODE_UTF8;
	if (same_ascii("UTF-8", name) && same_ascii(name, "UTF-8") &&
	    !shifts(name))
		return DECODE_CELLS;
	return DECODE_STREAM;
}

int
decoder_open(struct decoder *d, const char *name, struct err *err)
{
	iconv_t cd = (iconv_t)-1;

	*d = (struct decoder){ 0 };
	/* A `/` is iconv's own: "//IGNORE" would drop bytes unseen. */
	if (name[0] && strlen(name) < sizeof(d->name) && !strchr(name, '/'))
		cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1) {
		err_set(err, ERR_USAGE, "unknown encoding '%s'", name);
		return err_hint(err, "`iconv -l` lists the names");
	}
	d->kind = kind_of(name);
	if (d->kind == DECODE_UTF8) {
		iconv_close(cd);
		snprintf(d->name, sizeof(d->name), "UTF-8");
		return 0;
	}
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->cd = cd;
	return 0;
}

int
decoder_copy(struct decoder *d, const struct decoder *from, struct err *err)
{
	if (decoder_open(d, from->name, err) < 0)
		return -1;
	/* what was opened for more than its name says, stays so */
	d->kind = from->kind;
	d->guess = from->guess;
	return 0;
}

void
decoder_close(struct decoder *d)
{
	if (!d)
		return;
	if (d->cd)
		iconv_close(d->cd);
	d->cd = NULL;
}

bool
decode_unsafe_delimiter(const struct decoder *d, char c)
{
	iconv_t cd;
	bool unsafe = false;

	if (d->kind != DECODE_CELLS || (unsigned char)c >= 0x80)
		return false;
	if ((cd = iconv_open("UTF-8", d->name)) == (iconv_t)-1)
		return true;
	for (int lead = 0x80; lead < 0x100 && !unsafe; lead++) {
		char in[2] = { (char)lead, c }, out[16];
		ssize_t n = convert_by(cd, in, 2, out, sizeof(out));

		unsafe = n > 0 && out[n - 1] != c;
	}
	iconv_close(cd);
	return unsafe;
}

/* --- Decoding --- */

ssize_t
decode_stream(struct decoder *d, struct span *in, char *out, size_t cap,
    bool end)
{
	char *src = (char *)in->p, *dst = out;
	size_t n = in->n, left = cap;
	int why = 0;

	if (n > 0 && iconv(d->cd, &src, &n, &dst, &left) == (size_t)-1)
		why = errno;
	*in = span_of(src, n);
	if (dst == out && (why == EILSEQ || (end && n > 0)))
		return -1;
	return dst - out;
}

/* Bytes iconv refuses become one U+FFFD each; *all tells of them. */
static void
decode_all(iconv_t cd, struct span s, struct buf *out, bool *all)
{
	char *src = (char *)s.p;
	size_t n = s.n;

	*all = true;
	iconv(cd, NULL, NULL, NULL, NULL);
	while (n > 0 && buf_reserve(out, n * 4 + 16)) {
		char *dst = out->p + out->n;
		size_t left = n * 4 + 16;
		size_t got = iconv(cd, &src, &n, &dst, &left);

		out->n = (size_t)(dst - out->p);
		if (got != (size_t)-1 || errno == E2BIG)
			continue;
		*all = false;
		buf_adds(out, REPLACEMENT);
		src++;
		n--;
	}
}

static void
repair_utf8(struct span s, struct buf *out)
{
	while (s.n > 0) {
		int n = utf8_length((const unsigned char *)s.p, s.n);

		if (n > 0)
			buf_add(out, s.p, (size_t)n);
		else
			buf_adds(out, REPLACEMENT);
		n = n > 0 ? n : 1;
		s = span_of(s.p + n, s.n - (size_t)n);
	}
}

struct span
decode_cell(struct decoder *d, struct span s, struct buf *scratch)
{
	bool utf8, all = false;

	if (ascii_length(s.p, s.n) == s.n)
		return s;
	utf8 = utf8_valid(s, false);
	if (utf8 && d->kind != DECODE_CELLS)
		return s;
	buf_reset(scratch);
	if (!d->cd && d->guess) {
		iconv_t cd = iconv_open("UTF-8", "GB18030");

		if (cd != (iconv_t)-1)
			d->cd = cd;
	}
	if (d->cd && d->kind != DECODE_STREAM) {
		decode_all(d->cd, s, scratch, &all);
		if (all || d->kind == DECODE_CELLS) {
			if (!all && utf8 && d->guess)
				return s;
			return buf_span(scratch);
		}
		buf_reset(scratch);
	}
	repair_utf8(s, scratch);
	return buf_span(scratch);
}
