/*
 * number_triage.h - layer 1 of number.h: what a cell is, before any plan.
 *
 * Private to number*.c.  A cell is folded once into one byte a code point:
 * digits of any script to ASCII, full-width forms to ASCII, and everything
 * else to a few classes.  All later steps work on the folded bytes, so that
 * no rule has to know how many ways there are to write a dash.
 */
#ifndef SCRUB_TEXT_NUMBER_TRIAGE_H
#define SCRUB_TEXT_NUMBER_TRIAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* A cell of digits and everyday separators, which are left out. */
enum { ORDINARY_MAX = 64 };

struct ordinary {
	unsigned digits;
	unsigned n; /* digits and pluses */
	char text[ORDINARY_MAX];
};

/*
 * Read the cell, if it is made of nothing else and in no shape that could be a
 * date, an address, a float or a mask.  Then the plan's reading, when it is
 * valid and the digits are 15 at most, is what number_parse() answers.
 */
bool ordinary_read(struct ordinary *out, struct span s);

/* Folded bytes that are not ASCII text; they stay clear of \t and \n. */
enum fold {
	FOLD_INVISIBLE = 1, /* zero-width, direction marks, selectors */
	FOLD_ODD,           /* a separator libphonenumber does not know */
	FOLD_LETTER,        /* any letter outside ASCII */
	FOLD_MASK,          /* a glyph that stands for a hidden digit */
	FOLD_SYMBOL,        /* pictures, arrows, marks: never meaning */
	FOLD_LIST,          /* a comma or semicolon of CJK text */
};

/*
 * What folded bytes may mean, for tests that look for one that is seldom there:
 * a text has no mask when fold_kinds() of it has not KIND_MASK.
 */
enum fold_kind {
	KIND_DIGIT = 1 << 0,
	KIND_ASCII_LETTER = 1 << 1,
	KIND_OTHER_LETTER = 1 << 2,
	KIND_LETTER = KIND_ASCII_LETTER | KIND_OTHER_LETTER,
	KIND_EXPONENT = 1 << 3, /* e E */
	KIND_MASK = 1 << 4,     /* hides a digit */
	KIND_FILLER = 1 << 5,   /* in a row does, too: _ . - */
	KIND_POINT = 1 << 6,    /* . , */
	KIND_COLON = 1 << 7,
	KIND_AT = 1 << 8,
	KIND_PERCENT = 1 << 9,
	KIND_DIVIDER = 1 << 10,   /* may stand between two numbers */
	KIND_SEPARATOR = 1 << 11, /* within one, and the plan knows it */
	KIND_JOINT = 1 << 12,     /* within one, perhaps */
	KIND_SPACER = 1 << 13,    /* between two in a row: a blank, + ( */
	KIND_FRONT = 1 << 14,     /* no part of a cell at its front */
	KIND_BACK = 1 << 15,      /* ... at its back */
};

extern const uint16_t fold_kind[256];

static inline unsigned
fold_kind_of(char c)
{
	return fold_kind[(unsigned char)c];
}

/* What kinds there are among the n bytes at p. */
static inline unsigned
fold_kinds(const char *p, int n)
{
	unsigned kinds = 0;

	for (int i = 0; i < n; i++)
		kinds |= fold_kind_of(p[i]);
	return kinds;
}

enum { FOLD_MAX = 255 };

struct folded {
	int n;
	bool cut;       /* the cell was longer than FOLD_MAX code points */
	unsigned kinds; /* of the bytes, perhaps of some that were cut off */
	char c[FOLD_MAX + 1];      /* NUL-terminated */
	uint32_t cp[FOLD_MAX + 1]; /* the code points they came from */
};

void folded_read(struct folded *f, struct span s);

/* Drop the first `from` bytes and everything from `to` on. */
void folded_slice(struct folded *f, int from, int to);

/* Take off blanks, quotes, an Excel ="...", bullets, closing punctuation. */
void folded_unwrap(struct folded *f);

/* Does the UTF-8 word `w` stand at `at`, ASCII case ignored?  Its length. */
int folded_word(const struct folded *f, int at, const char *w);

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_ascii_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
is_letter(char c)
{
	return c == FOLD_LETTER || is_ascii_letter(c);
}

/* Digits among the n bytes at p. */
int digits_in(const char *p, int n);

/* What a whole cell may be instead of text with numbers in it. */
enum cell_shape {
	SHAPE_TEXT,        /* go on: it may hold numbers */
	SHAPE_LOST,        /* an error value or ##### of a spreadsheet */
	SHAPE_PERCENT,     /* a percentage: the factor is anyone's guess */
	SHAPE_OTHER,       /* a date, time, e-mail, citizen id, address */
	SHAPE_SCIENTIFIC,  /* 1.38E+10: ask scientific_read() */
	SHAPE_FLOAT,       /* digits with a tail of .0: ask float_tail() */
	SHAPE_DECIMAL,     /* 138123456.78: a quantity */
	SHAPE_MASKED,      /* 138****5678 */
	SHAPE_TAIL_MASKED, /* 1381234567*: one digit, or a footnote */
	SHAPE_GAPPED,      /* 138----5678: masked, unless it reads */
};

enum cell_shape folded_shape(const struct folded *f);

/* A number in scientific notation. */
struct scientific {
	char digits[FOLD_MAX + 1]; /* those of the integer that are there */
	int n;
	int missing; /* low digits lost: 0 when the value is exact */
	bool plus;
};

/* False when the value is no whole number of at most 20 digits. */
bool scientific_read(struct scientific *out, const struct folded *f);

/* Where the ".0" tail of a SHAPE_FLOAT begins. */
int float_tail(const struct folded *f);

/*
 * The first letter that is glued to the first digits, as in wxid_138...:
 * true when it makes them part of an identifier, false for known labels
 * (Tel2025550143) and letters of other scripts.
 */
bool folded_is_identifier(const struct folded *f);

/* Is the text before the first digit a label of something else (QQ, ID)? */
bool folded_is_labelled_id(const struct folded *f);

/*
 * Write the text with letters that look like digits replaced (O for 0, l for
 * 1), where they touch digits.  False when there is no such letter or when
 * other letters are left among the digits.
 */
bool folded_ocr(char *out, const struct folded *f);

/* Does a single letter stand between two digits? */
bool folded_letter_inside(const struct folded *f);

/* Chinese numerals only, as digits to `out`; 0 when it is not that. */
int folded_numerals(char *out, const struct folded *f);

/* Words that matter between digits. */
enum word { WORD_TEXT, WORD_LIST, WORD_EXT, WORD_EXT_PLAIN };

/* The meaning of the letters at `at`; *len is how many bytes they take. */
enum word folded_word_kind(const struct folded *f, int at, int *len);

#endif
