/*
 * numplan_text.h - find the digits of a number in a piece of text.
 *
 * The exact reading, over code points: what libphonenumber does with the text
 * before it looks at digits.  It takes what looks like a number, a tel: URI
 * with phone-context and isub, an extension, digits of any script and letters
 * of a keypad.  numplan.c reads plain ASCII by itself and asks here for all
 * the rest.
 */
#ifndef SCRUB_TEXT_NUMPLAN_TEXT_H
#define SCRUB_TEXT_NUMPLAN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/*
 * Libphonenumber reads 250 UTF-16 units at most; no number of more than 63
 * digits becomes one, whatever prefixes it carries.  PAD bytes behind the
 * digits may be read as one word.
 */
enum { NUMPLAN_TEXT_MAX = 250, NUMPLAN_DIGITS_MAX = 63, NUMPLAN_PAD = 9 };

/* The digits of a number, as values 0 to 9. */
struct numplan_digits {
	uint8_t d[NUMPLAN_DIGITS_MAX + NUMPLAN_PAD];
	unsigned n;
	bool plus;       /* it started with + */
	struct span ext; /* as written, inside the text; .n 0: none */
};

/*
 * Read `s` (UTF-8; a byte that is not counts as a character that is in no
 * number).  False when it is not the text of a number.  With `vanity` three
 * letters or more stand for their keypad digits and fewer are dropped, as in
 * libphonenumber; without it a letter inside the number makes it none.
 * Letters in front of the first digit never matter, nor those of an
 * extension's label.
 */
bool numplan_text_read(struct numplan_digits *out, struct span s, bool vanity);

/* The value of a code point that is a decimal digit of a script, else -1. */
int numplan_text_digit(uint32_t c);

/*
 * Decode one code point at s[*at], *at < s.n, and step over it; bytes that
 * are not UTF-8 give U+FFFD, one at a time.
 */
uint32_t numplan_text_next(struct span s, size_t *at);

#endif
