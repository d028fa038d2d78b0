#include "flow/mask.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/fact.h"
#include "text/number.h"

enum {
	HIDDEN = 4,       /* digits, at least */
	HEAD = 3,         /* digits shown in front of them, at most */
	TAIL = 4,         /* and behind */
	PREFIX_SHOWN = 7, /* of a prefix: an area, not a handful of people */
	CHINA = 86,
	DIGITS = 7, /* what may be a number */
	TEXT_SHOWN = 20,
};

static uint64_t
digits_of(uint64_t key)
{
	return key & ~(UINT64_C(3) << 62);
}

/* How many of these digits are the country code; 0: there is no telling. */
static size_t
calling_code(const char *digits, size_t n, unsigned *code)
{
	size_t i;

	*code = 0;
	for (i = 0; i < 3 && i < n; i++) {
		*code = *code * 10 + (unsigned)(digits[i] - '0');
		if (region_of_calling_code(*code) != REGION_NONE)
			return i + 1;
	}
	return 0;
}

static void
mask_prefix(char out[MASK_MAX], uint64_t key)
{
	char digits[24];
	int i, n = snprintf(digits, sizeof(digits), "%" PRIu64, digits_of(key));

	for (i = PREFIX_SHOWN; i < n; i++)
		digits[i] = '*';
	snprintf(out, MASK_MAX, "+%s*", digits);
}

void
mask_number(char out[MASK_MAX], uint64_t key)
{
	char digits[24];
	size_t n, cc, own, shown, tail, head;
	unsigned code;

	if (!subject_is_number(key)) {
		mask_prefix(out, key);
		return;
	}
	n = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, key);
	cc = calling_code(digits, n, &code);
	own = n - cc;
	shown = own > HIDDEN ? own - HIDDEN : 0;
	tail = (shown + 1) / 2 < TAIL ? (shown + 1) / 2 : TAIL;
	head = shown - tail < HEAD ? shown - tail : HEAD;
	memset(digits + cc + head, '*', own - head - tail);
	snprintf(out, MASK_MAX, "%s%s", code == CHINA ? "" : "+",
	    code == CHINA ? digits + cc : digits);
}

void
mask_nothing(char out[MASK_MAX], uint64_t key)
{
	snprintf(out, MASK_MAX, "+%" PRIu64 "%s", digits_of(key),
	    subject_is_number(key) ? "" : "*");
}

static bool
amid_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The last bytes of `s`, not beginning amid a character. */
static struct span
end_of(struct span s, size_t bytes)
{
	size_t n = s.n < bytes ? s.n : bytes;

	while (n > 0 && amid_character(s.p[s.n - n]))
		n--;
	return span_of(s.p + s.n - n, n);
}

void
mask_person(char out[MASK_MAX], struct span id)
{
	/* never more than a third of it */
	struct span end = end_of(id, id.n / 3 < TAIL ? id.n / 3 : TAIL);

	snprintf(out, MASK_MAX, "\xe2\x80\xa6%.*s", (int)end.n, end.p);
}

void
mask_text(char out[MASK_MAX], struct span s)
{
	size_t digits = 0, i, n = s.n;
	struct span end;

	for (i = 0; i < s.n; i++)
		digits += (s.p[i] >= '0' && s.p[i] <= '9') ||
		    (unsigned char)s.p[i] == 0xef; /* full-width ones */
	if (digits >= DIGITS) {
		end = end_of(s, 2);
		snprintf(out, MASK_MAX, "\xe2\x80\xa6%.*s", (int)end.n, end.p);
		return;
	}
	if (n > TEXT_SHOWN) {
		n = TEXT_SHOWN;
		while (n > 0 && amid_character(s.p[n]))
			n--;
	}
	for (i = 0; i < n; i++)
		out[i] = (unsigned char)s.p[i] < 0x20 ? ' ' : s.p[i];
	out[n] = '\0';
}

/* Bytes of the digit that `s` begins with, full-width ones too; else 0. */
static size_t
digit_at(const char *s, const char *end)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] >= '0' && p[0] <= '9')
		return 1;
	return end - s >= 3 && p[0] == 0xef && p[1] == 0xbc && p[2] >= 0x90 &&
		p[2] <= 0x99 ?
	    3 :
	    0;
}

void
mask_name(struct buf *out, struct span name)
{
	const char *p = name.p, *end = p + name.n, *from;
	size_t bytes, digits;

	while (p < end) {
		from = p;
		for (digits = 0; p < end && (bytes = digit_at(p, end));
		     digits++)
			p += bytes;
		if (digits == 0)
			p++;
		if (digits >= DIGITS)
			buf_adds(out, "****");
		else
			buf_add(out, from, (size_t)(p - from));
	}
}
