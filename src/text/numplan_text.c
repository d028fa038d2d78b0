#include "text/numplan_text.h"

#include <string.h>

/* The text as code points, and where each one starts in the bytes. */
struct text {
	size_t n;
	uint32_t c[NUMPLAN_TEXT_MAX + 1];
	uint32_t at[NUMPLAN_TEXT_MAX + 2];
};

/* A run of digits at the end of a text, with # behind it or not. */
struct tail {
	size_t start, digits;
	bool hash;
};

/* The zero of every script's decimal digits (Unicode 17, category Nd). */
static const uint32_t zeros[] = { 0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6,
	0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
	0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
	0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0,
	0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0,
	0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0,
	0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0,
	0x11de0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0,
	0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0,
	0x1e5f1, 0x1e950, 0x1fbf0 };

int
numplan_text_digit(uint32_t c)
{
	size_t lo = 0, hi = sizeof(zeros) / sizeof(*zeros);

	if (c < 0x660)
		return c - '0' < 10 ? (int)(c - '0') : -1;
	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (zeros[mid] <= c)
			lo = mid;
		else
			hi = mid;
	}
	return c - zeros[lo] < 10 ? (int)(c - zeros[lo]) : -1;
}

static bool
is_digit(uint32_t c)
{
	return numplan_text_digit(c) >= 0;
}

static bool
is_alpha(uint32_t c)
{
	return (c | 32) - 'a' < 26;
}

static bool
is_plus(uint32_t c)
{
	return c == '+' || c == 0xff0b;
}

/* What may stand between digits; x is a carrier code's place, any case. */
static bool
is_punctuation(uint32_t c)
{
	if (c < 0x80)
		return c != 0 && strchr("-xX ().[]/~*", (int)c) != NULL;
	switch (c) {
	case 0xa0:
	case 0xad:
	case 0x200b:
	case 0x2053:
	case 0x2060:
	case 0x2212:
	case 0x223c:
	case 0x3000:
	case 0x30fc:
	case 0xff08:
	case 0xff09:
	case 0xff3b:
	case 0xff3d:
	case 0xff5e:
		return true;
	default:
		return (c >= 0x2010 && c <= 0x2015) ||
		    (c >= 0xff0d && c <= 0xff0f);
	}
}

/* Length of the UTF-8 sequence at p and its value; 0: not well-formed. */
static size_t
sequence(const unsigned char *p, size_t n, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0xc2 ? 0 :
	    p[0] < 0xe0          ? 2 :
	    p[0] < 0xf0          ? 3 :
	    p[0] < 0xf5          ? 4 :
				   0;

	if (len == 0 || len > n)
		return 0;
	*c = p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	if (*c < least[len] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
		return 0;
	return len;
}

uint32_t
numplan_text_next(struct span s, size_t *at)
{
	const unsigned char *p = (const unsigned char *)s.p + *at;
	uint32_t c = 0xfffd;
	size_t len;

	if (*p < 0x80) {
		++*at;
		return *p;
	}
	if ((len = sequence(p, s.n - *at, &c)) == 0) {
		c = 0xfffd;
		len = 1;
	}
	*at += len;
	return c;
}

/* False when the text is too long to be read. */
static bool
decode(struct text *t, struct span s)
{
	size_t at = 0, units = 0;

	t->n = 0;
	while (at < s.n) {
		size_t from = at;
		uint32_t c = numplan_text_next(s, &at);

		units += c > 0xffff ? 2 : 1;
		if (units > NUMPLAN_TEXT_MAX)
			return false;
		t->c[t->n] = c;
		t->at[t->n++] = (uint32_t)from;
	}
	t->at[t->n] = (uint32_t)at;
	return true;
}

/* Does `word` stand at c[i]? */
static bool
literal_at(const uint32_t *c, size_t n, size_t i, const char *word)
{
	for (; *word; word++, i++) {
		if (i >= n || c[i] != (unsigned char)*word)
			return false;
	}
	return true;
}

/* Where `word` first stands in the text; n when it does not. */
static size_t
literal_find(const uint32_t *c, size_t n, const char *word)
{
	size_t i = 0;

	while (i < n && !literal_at(c, n, i, word))
		i++;
	return i;
}

/* Move [from, to) of the text to its start. */
static void
keep(struct text *t, size_t from, size_t to)
{
	memmove(t->c, t->c + from, (to - from) * sizeof(*t->c));
	memmove(t->at, t->at + from, (to - from + 1) * sizeof(*t->at));
	t->n = to - from;
}

/* ---- what part of the text is the number ------------------------------- */

/* RFC 3966 global-number-digits: + and digits with visual separators. */
static bool
context_is_number(const uint32_t *c, size_t n)
{
	bool digit = false;

	if (c[0] != '+')
		return false;
	for (size_t i = 1; i < n; i++) {
		if (is_digit(c[i]))
			digit = true;
		else if (c[i] == 0 || c[i] > 0x7f || !strchr("-.()", (int)c[i]))
			return false;
	}
	return digit;
}

/* RFC 3966 domainname; the last label starts with a letter. */
static bool
context_is_domain(const uint32_t *c, size_t n)
{
	size_t label = 0;

	if (n > 1 && c[n - 1] == '.')
		n--;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && c[i] != '.') {
			if (!is_alpha(c[i]) && !is_digit(c[i]) && c[i] != '-')
				return false;
			continue;
		}
		if (i == label || c[label] == '-' || c[i - 1] == '-')
			return false;
		if (i == n)
			break;
		label = i + 1;
	}
	return is_alpha(c[label]);
}

/*
 * A number with ";phone-context=": the context, if it is the start of a
 * number, and what stands between "tel:" and it.
 */
static bool
take_context(struct text *t, size_t at)
{
	static const char name[] = ";phone-context=";
	size_t from = at + sizeof(name) - 1, to = from;
	size_t tel = literal_find(t->c, t->n, "tel:");
	struct text out;

	while (to < t->n && t->c[to] != ';')
		to++;
	if (to == from ||
	    (!context_is_number(t->c + from, to - from) &&
		!context_is_domain(t->c + from, to - from)))
		return false;
	tel = tel < t->n ? tel + 4 : 0;
	if (tel > at)
		return false; /* the context would be inside the number */
	out.n = 0;
	if (t->c[from] == '+') {
		out.n = to - from;
		memcpy(out.c, t->c + from, out.n * sizeof(*out.c));
		memcpy(out.at, t->at + from, out.n * sizeof(*out.at));
	}
	memcpy(out.c + out.n, t->c + tel, (at - tel) * sizeof(*out.c));
	memcpy(out.at + out.n, t->at + tel, (at - tel + 1) * sizeof(*out.at));
	out.n += at - tel;
	*t = out;
	return true;
}

/* From the first digit or plus to the last digit, letter or #. */
static void
take_possible(struct text *t)
{
	const uint32_t *c = t->c;
	size_t from = 0, to = t->n;

	while (from < to && !is_digit(c[from]) && !is_plus(c[from]))
		from++;
	while (to > from && !is_digit(c[to - 1]) && !is_alpha(c[to - 1]) &&
	    c[to - 1] != '#')
		to--;
	/* "530-583-6985 / x302": what follows is a second number. */
	for (size_t i = from; i < to; i++) {
		size_t x = i + 1;

		if (c[i] != '/' && c[i] != '\\')
			continue;
		while (x < to && c[x] == ' ')
			x++;
		if (x < to && c[x] == 'x')
			to = i;
	}
	keep(t, from, to);
}

static bool
take_number(struct text *t)
{
	size_t at = literal_find(t->c, t->n, ";phone-context=");

	if (at < t->n) {
		if (!take_context(t, at))
			return false;
	} else {
		take_possible(t);
	}
	at = literal_find(t->c, t->n, ";isub=");
	if (at > 0 && at < t->n)
		t->n = at;
	return true;
}

/* ---- extensions ---------------------------------------------------------- */

static struct tail
tail_of(const uint32_t *c, size_t n)
{
	struct tail t = { .hash = n > 0 && c[n - 1] == '#' };
	size_t end = n - t.hash;

	t.start = end;
	while (t.start > 0 && is_digit(c[t.start - 1]))
		t.start--;
	t.digits = end - t.start;
	return t;
}

/* One case for the letters of extension labels: é stays, Х and ｘ fold. */
static uint32_t
fold(uint32_t c)
{
	if (c - 'A' < 26)
		return c | 32;
	if (c == 0xd3)
		return 0xf3;
	if (c - 0xff21 < 26 || c - 0x410 < 32)
		return c + 32;
	/* Old Slavonic shapes, whose capitals are those of д and о. */
	return c == 0x1c81 ? 0x434 : c == 0x1c82 ? 0x43e : c;
}

static bool
in(uint32_t c, const char *ascii)
{
	return c == 0xa0 ? strchr(ascii, ' ') != NULL :
			   c != 0 && c < 0x80 && strchr(ascii, (int)c) != NULL;
}

/* Step over what `want` says, letter by letter; i when it does not stand. */
static size_t
word(const uint32_t *c, size_t n, size_t i, const uint32_t *want)
{
	size_t at = i;

	for (; *want; want++, at++) {
		if (at >= n || fold(c[at]) != *want)
			return i;
	}
	return at;
}

#define WORD(...) ((const uint32_t[]){ __VA_ARGS__, 0 })

/* ext, xt, extn, extension, extensio, extensión: full-width for the short. */
static size_t
long_label(const uint32_t *c, size_t n, size_t i)
{
	size_t at, more;

	if ((at = word(c, n, i, WORD(0x434, 0x43e, 0x431))) > i)
		return at;
	if ((at = word(c, n, i, WORD('a', 'n', 'e', 'x', 'o'))) > i)
		return at;
	at = word(c, n, i, WORD(0xff45));
	if ((more = word(c, n, at, WORD(0xff58, 0xff54))) > at)
		return word(c, n, more, WORD(0xff4e));
	at = word(c, n, i, WORD('e'));
	if ((more = word(c, n, at, WORD('x', 't'))) == at)
		return i;
	at = more;
	if ((more = word(c, n, at, WORD('e', 'n', 's', 'i', 'o'))) > at)
		at = word(c, n, more, WORD(0x301));
	else
		at = word(c, n, at, WORD('e', 'n', 's', 'i', 0xf3));
	return word(c, n, at, WORD('n'));
}

static size_t
short_label(const uint32_t *c, size_t n, size_t i)
{
	size_t at;

	if (i >= n)
		return i;
	if (in(c[i], "xX#~") || fold(c[i]) == 0xff58 || c[i] == 0xff03 ||
	    c[i] == 0xff5e)
		return i + 1;
	if ((at = word(c, n, i, WORD('i', 'n', 't'))) > i)
		return at;
	return word(c, n, i, WORD(0xff49, 0xff4e, 0xff54));
}

/* Between label and digits: one : or full stop, then blanks and dashes. */
static size_t
after_label(const uint32_t *c, size_t n, size_t i)
{
	if (i < n && (c[i] == ':' || c[i] == '.' || c[i] == 0xff0e))
		i++;
	while (i < n && in(c[i], " \t,-"))
		i++;
	return i;
}

static size_t
skip(const uint32_t *c, size_t n, size_t i, const char *set)
{
	while (i < n && in(c[i], set))
		i++;
	return i;
}

/*
 * Is [i, n) an extension, from its label to the end?  The six forms of
 * libphonenumber's pattern, each with the longest extension it may have.
 * No part of one can be taken by the part before it, so each is read once.
 */
static bool
extension_at(const uint32_t *c, size_t n, size_t i, const struct tail *t)
{
	size_t at, to;

	if (word(c, n, i, WORD(';', 'e', 'x', 't', '=')) == t->start &&
	    t->start == i + 5 && t->digits <= 20 && !t->hash)
		return true;
	at = skip(c, n, i, " \t,");
	to = long_label(c, n, at);
	if (to > at && t->digits <= 20 && after_label(c, n, to) == t->start)
		return true;
	to = short_label(c, n, at);
	if (to > at && t->digits <= 9 && after_label(c, n, to) == t->start)
		return true;
	at = i;
	while (at < n && (c[at] == '-' || c[at] == ' '))
		at++;
	if (at > i && at == t->start && t->hash && t->digits <= 6)
		return true;
	at = skip(c, n, i, " \t");
	to = at < n && c[at] == ';'                        ? at + 1 :
	    at + 1 < n && c[at] == ',' && c[at + 1] == ',' ? at + 2 :
							     at;
	if (to > at && t->digits <= 15 && after_label(c, n, to) == t->start)
		return true;
	for (to = at; to < n && c[to] == ',';)
		to++;
	return to > at && t->digits <= 9 && after_label(c, n, to) == t->start;
}

/* Where an extension starts that is not before `from`; n when none does. */
static size_t
extension_from(const uint32_t *c, size_t n, size_t from, const struct tail *t)
{
	if (t->digits == 0)
		return n;
	while (from < t->start &&
	    (is_digit(c[from]) || !extension_at(c, n, from, t)))
		from++;
	return from < t->start ? from : n;
}

/*
 * Does the text look like a number: two digits, or plus signs, three digits
 * with punctuation around them, anything of the kind and letters, and perhaps
 * an extension?
 */
static bool
viable(const uint32_t *c, size_t n)
{
	struct tail t = tail_of(c, n);
	size_t i = 0, digits = 0, from;

	if (n == 2 && t.digits == 2 && !t.hash)
		return true;
	while (i < n && is_plus(c[i]))
		i++;
	for (; i < n && digits < 3; i++) {
		if (is_digit(c[i]))
			digits++;
		else if (!is_punctuation(c[i]))
			return false;
	}
	if (digits < 3)
		return false;
	from = i;
	while (
	    i < n && (is_digit(c[i]) || is_punctuation(c[i]) || is_alpha(c[i])))
		i++;
	return i == n || extension_from(c, n, from, &t) <= i;
}

/*
 * Take the extension off, if what is left still looks like a number.  False
 * when its digits are spread over context and number: it cannot be a span.
 */
static bool
take_extension(struct text *t, struct numplan_digits *out, struct span s)
{
	struct tail tail = tail_of(t->c, t->n);
	size_t at = extension_from(t->c, t->n, 0, &tail);
	uint32_t from, to;

	if (at == t->n || !viable(t->c, at))
		return true;
	from = t->at[tail.start];
	to = t->at[tail.start + tail.digits];
	for (size_t i = tail.start; i < tail.start + tail.digits; i++) {
		if (t->at[i] >= t->at[i + 1] || t->at[i + 1] > to)
			return false;
	}
	out->ext = span_of(s.p + from, to - from);
	t->n = at;
	return true;
}

/* ---- digits -------------------------------------------------------------- */

static int
keypad(uint32_t c)
{
	static const char keys[] = "22233344455566677778889999";

	return keys[(c | 32) - 'a'] - '0';
}

/* Write the digits down; false when there are too many for any number. */
static bool
take_digits(const struct text *t, struct numplan_digits *out, bool vanity)
{
	size_t i = 0, letters = 0;

	for (size_t k = 0; k < t->n; k++)
		letters += is_alpha(t->c[k]);
	if (letters > 0 && !vanity)
		return false;
	while (i < t->n && is_plus(t->c[i]))
		i++;
	out->plus = i > 0;
	for (; i < t->n; i++) {
		int d = numplan_text_digit(t->c[i]);

		if (d < 0 && letters >= 3 && is_alpha(t->c[i]))
			d = keypad(t->c[i]);
		if (d < 0)
			continue;
		if (out->n == NUMPLAN_DIGITS_MAX)
			return false;
		out->d[out->n++] = (uint8_t)d;
	}
	return true;
}

bool
numplan_text_read(struct numplan_digits *out, struct span s, bool vanity)
{
	struct text t;

	memset(out, 0, sizeof(*out));
	if (!decode(&t, s) || !take_number(&t) || !viable(t.c, t.n))
		return false;
	return take_extension(&t, out, s) && take_digits(&t, out, vanity);
}
