#include "base/json.h"

#include <assert.h>

/*
 * The length of the UTF-8 character at p, 0 when there is none: overlong
 * forms, surrogates and what lies past U+10FFFF are not characters
 * (RFC 3629, section 4).
 */
static size_t
utf8_len(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xBF; /* bounds of the second byte */
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	switch (p[0]) {
	case 0xE0:
		low = 0xA0;
		break;
	case 0xED:
		high = 0x9F;
		break;
	case 0xF0:
		low = 0x90;
		break;
	case 0xF4:
		high = 0x8F;
		break;
	}
	if (n < len || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return len;
}

static bool
must_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7F;
}

static void
escape(struct buf *b, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	const char *at = c ? strchr(from, c) : NULL;

	if (at) {
		buf_addc(b, '\\');
		buf_addc(b, to[at - from]);
	} else {
		buf_addf(b, "\\u%04x", (unsigned)c);
	}
}

static void
quoted(struct buf *b, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len;

	buf_addc(b, '"');
	for (size_t i = 0; i < n; i += len) {
		len = utf8_len(p + i, n - i);
		if (len == 0) {
			buf_adds(b, "\xEF\xBF\xBD"); /* U+FFFD */
			len = 1;
		} else if (must_escape(p[i])) {
			escape(b, p[i]);
		} else {
			buf_add(b, p + i, len);
		}
	}
	buf_addc(b, '"');
}

/* What stands before every value: comma, key, colon. */
static void
lead(struct json *j, const char *key)
{
	bool in_object = j->depth > 0 && j->close[j->depth - 1] == '}';

	assert(in_object == (key != NULL));
	if (j->more[j->depth])
		buf_addc(j->out, ',');
	j->more[j->depth] = true;
	if (key) {
		quoted(j->out, key, strlen(key));
		buf_addc(j->out, ':');
	}
}

static void
begin(struct json *j, const char *key, char open, char close)
{
	assert(j->depth < JSON_DEPTH);
	lead(j, key);
	buf_addc(j->out, open);
	j->close[j->depth++] = close;
	j->more[j->depth] = false;
}

void
json_object(struct json *j, const char *key)
{
	begin(j, key, '{', '}');
}

void
json_array(struct json *j, const char *key)
{
	begin(j, key, '[', ']');
}

void
json_end(struct json *j)
{
	assert(j->depth > 0);
	buf_addc(j->out, j->close[--j->depth]);
}

void
json_str(struct json *j, const char *key, const char *s)
{
	if (s)
		json_span(j, key, span_str(s));
	else
		json_null(j, key);
}

void
json_span(struct json *j, const char *key, struct span s)
{
	lead(j, key);
	quoted(j->out, s.p, s.n);
}

void
json_u64(struct json *j, const char *key, uint64_t v)
{
	lead(j, key);
	buf_addu(j->out, v);
}

void
json_i64(struct json *j, const char *key, int64_t v)
{
	lead(j, key);
	if (v < 0)
		buf_addc(j->out, '-');
	buf_addu(j->out, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

/* By hand: printf writes the decimal point of the user's locale. */
void
json_real(struct json *j, const char *key, double v)
{
	double size = v < 0 ? -v : v;
	uint64_t thousandths;

	if (!(size < 1e15)) { /* too large for three decimals, or no number */
		json_null(j, key);
		return;
	}
	thousandths = (uint64_t)(size * 1000 + 0.5);
	lead(j, key);
	if (v < 0 && thousandths > 0)
		buf_addc(j->out, '-');
	buf_addu(j->out, thousandths / 1000);
	buf_addf(j->out, ".%03u", (unsigned)(thousandths % 1000));
}

void
json_bool(struct json *j, const char *key, bool v)
{
	lead(j, key);
	buf_adds(j->out, v ? "true" : "false");
}

void
json_null(struct json *j, const char *key)
{
	lead(j, key);
	buf_adds(j->out, "null");
}
