/*
 * number_memo.h - plain numbers as number_parse() reads them, in a few
 * nanoseconds.
 *
 * Most cells of most lists are a plus and digits, or digits alone, and what
 * such a number is depends on its first few digits: the plan's automaton is
 * done before it has seen them all.  The memo keeps, for digits that many
 * numbers begin with, what they begin.  It answers exactly as number_parse()
 * would, or says that it does not know.  "+86 138-1234-5678" is asked for as
 * the plain number it spells: which of its bytes are digits, it has in common
 * with all cells of its shape, and the memo keeps these, too.
 *
 * One struct number_memo serves one thread and one set of rules.
 *
 *	number_memo_init(memo, rules.region);
 *	if (!number_memo_read(memo, cell, &plain))
 *		number_parse(&parsed, cell, &rules);
 */
#ifndef SCRUB_TEXT_NUMBER_MEMO_H
#define SCRUB_TEXT_NUMBER_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digits8.h"
#include "base/span.h"
#include "text/number.h"

enum {
	NUMBER_MEMO_FRONTS = 4096, /* beginnings without the last 8 digits */
	NUMBER_MEMO_DEEPS =
	    4096, /* ... without the last 6, where they differ */
	NUMBER_MEMO_TAIL = 1000000, /* six digits */
	NUMBER_MEMO_CELL_MIN = 10,  /* characters of a cell with a shape */
	NUMBER_MEMO_LENGTHS = 23,   /* up to 32 */
	NUMBER_MEMO_SHAPES = 32,    /* for cells of one length */
};

/* What is known of numbers that begin so. */
enum number_memo_known {
	NUMBER_MEMO_NOT,     /* only number_parse() knows */
	NUMBER_MEMO_DEEPER,  /* look with two digits more */
	NUMBER_MEMO_PLAIN,   /* they are valid numbers */
	NUMBER_MEMO_READING, /* that, and there may be another reading */
};

struct number_memo_slot {
	uint64_t tag;   /* which digits, of how many; 0: free */
	uint64_t base;  /* the key without the digits that do not matter */
	uint32_t notes; /* enum number_flag, all but NUMBER_DUMMY */
	uint16_t region;
	uint8_t type;
	uint8_t known; /* enum number_memo_known */
	uint64_t room; /* makes two slots a line */
};

/* Added to the tag of digits that are not known to be numbers: it is no tag of
 * digits then. */
enum { NUMBER_MEMO_NONE = 0x80 };

/*
 * Cells that differ in nothing but their digits have one shape: what else is in
 * them, and where in them the digits are.
 *
 * The text of a cell is two halves of 16 bytes, as number_memo.c loads it.  The
 * digits go to the end of 16 bytes, with zeros in front of them.
 */
struct number_memo_shape {
	char rest[32]; /* the text without its digits; free: begins with 9 */
	char take[32]; /* from which bytes of its half each digit comes */
	uint64_t tag;  /* of the digits, without what is in front of eight */
	char room[56]; /* a shift finds it */
};

struct number_memo {
	uint16_t region;
	bool shapes; /* use them: there is AVX2 */
	struct number_memo_slot front[NUMBER_MEMO_FRONTS];
	struct number_memo_slot deep[NUMBER_MEMO_DEEPS];
	struct number_memo_shape
	    shape[NUMBER_MEMO_LENGTHS * NUMBER_MEMO_SHAPES];
};

/* What number_parse() would make of a cell: status NUMBER_OK, one number
 * without an extension, and notes that nobody has worked out yet. */
struct number_plain {
	uint64_t key;
	uint16_t region;
	uint8_t type;
	bool one_reading; /* number_other_reading() is 0 */
};

/* The same of one that has no other reading, but for its key, with its notes. */
struct number_traits {
	uint32_t notes;
	uint16_t region;
	uint8_t type;
};

/* Forget everything; numbers without a country code are of `region`. */
void number_memo_init(struct number_memo *m, uint16_t region);

/*
 * The place of a tag: beginnings that are written alike differ in their last
 * three digits, and then have places of their own.  Those digits are the tag's
 * upper bytes: multiplied by 0x1001 their values stand in its top twelve bits,
 * and the larger bits of the factor move them out.
 */
static inline size_t
number_memo_place(uint64_t tag)
{
	return tag * 0x9e3779b97f001001 >> 52;
}

/* The digits of a cell, without a plus: a tag of those in front of the last
 * eight, and the values of the last eight. */
struct number_memo_digits {
	uint64_t tag;
	uint64_t last;
};

/*
 * False: they are not for the memo.  Eight characters make a tag: what is in
 * front of the last eight, at its end; zeros; and in the first how many digits
 * there are, and a plus.
 */
static inline bool
number_memo_digits(struct number_memo_digits *d, struct span cell)
{
	bool plus;
	unsigned n;

	if (cell.n - 10 > 6)
		return false;
	plus = cell.p[0] == '+';
	n = (unsigned)cell.n - plus;
	/* 10 to 13, 15: at least two in front of the last eight, at most what a
	 * plan has; 14 may be a time: 20251118082310 */
	if (!(0xbc00 >> n & 1))
		return false;
	d->tag = digits8_load(cell.p + plus) << 8 * (16 - n) | (2 * n + plus);
	d->last = digits8_worth(digits8_load(cell.p + cell.n - 8));
	return digits8_worth_all(d->last);
}

/* Their slot, when it is there and says what they are; or NULL. */
static inline const struct number_memo_slot *
number_memo_slot(const struct number_memo *m,
    const struct number_memo_digits *d)
{
	const struct number_memo_slot *slot = m->front +
	    number_memo_place(d->tag);

	return slot->tag == d->tag ? slot : NULL;
}

enum { NUMBER_MEMO_NO_FORM = 9 }; /* no memo takes so few */

/*
 * What cells have in common that are as long as one, and have a plus if it has
 * one: how the tag is made of their first eight bytes.  It is what
 * number_memo_digits() says of the same cell, or no slot's tag.
 */
struct number_memo_form {
	unsigned n; /* bytes of a cell, 10 to 15; or NUMBER_MEMO_NO_FORM */
	unsigned shift;
	uint64_t sign;
};

/* False: there is none for cells like this.  *f is none then: what it says of a
 * cell is no slot's tag, and not for number_memo_look(). */
bool number_memo_form(struct number_memo_form *f, struct span cell);

static inline bool
number_memo_form_plus(const struct number_memo_form *f)
{
	return f->sign > UINT8_MAX;
}

/* The tag of a cell that may be of the form. */
static inline uint64_t
number_memo_form_tag(const struct number_memo_form *f, const char *p)
{
	return digits8_load(p) << f->shift ^ f->sign;
}

/* Its slot; NULL: it is not of the form, or has none. */
static inline const struct number_memo_slot *
number_memo_form_slot(const struct number_memo *m,
    const struct number_memo_form *f, const char *p)
{
	struct number_memo_digits d = { .tag = number_memo_form_tag(f, p) };

	return number_memo_slot(m, &d);
}

/* A slot, and the key of a number that begins so. */
struct number_memo_found {
	const struct number_memo_slot *slot; /* NULL: use number_parse() */
	uint64_t key;
};

/* Look with more digits, or find out what numbers are that begin so. */
struct number_memo_found number_memo_look(struct number_memo *m,
    struct number_memo_digits d, struct span cell);

static inline struct number_memo_found
number_memo_find(struct number_memo *m, struct number_memo_digits d,
    struct span cell)
{
	struct number_memo_found f = { number_memo_slot(m, &d), 0 };

	if (!f.slot)
		return number_memo_look(m, d, cell);
	f.key = f.slot->base + digits8_worth_value(d.last);
	return f;
}

/* Read `cell`.  False: use number_parse(). */
static inline bool
number_memo_read(struct number_memo *m, struct span cell,
    struct number_plain *out)
{
	struct number_memo_digits d;
	struct number_memo_found f;

	if (!number_memo_digits(&d, cell) ||
	    !(f = number_memo_find(m, d, cell)).slot)
		return false;
	out->key = f.key;
	out->region = f.slot->region;
	out->type = f.slot->type;
	out->one_reading = f.slot->known == NUMBER_MEMO_PLAIN;
	return true;
}

/* As number_memo_read(), of plain numbers and of those with separators. */
bool number_memo_spelled(struct number_memo *m, struct span cell,
    struct number_plain *out);

/*
 * As number_parse(), where the memo knows: false otherwise.  Separators may
 * stand in the cell, and `rules` are those of the memo.  *one_reading:
 * number[0] is known to have no other reading.
 */
bool number_memo_parse(struct number_memo *m, struct number_cell *out,
    struct span cell, const struct number_rules *rules, bool *one_reading);

enum { NUMBER_MEMO_RUN = 256 };

/*
 * Read n cells, NUMBER_MEMO_RUN at most, each `step` spans behind the one
 * before, as far as the memo knows them at once.  Of a cell that is one number
 * without another reading key[] and traits[] (NULL: not wanted) are what
 * number_memo_parse() says; of the others key[] is 0 and other[] says which
 * they are.  Returns how many others there are: they are for that function.
 */
size_t number_memo_run(const struct number_memo *m, const struct span *cell,
    size_t step, size_t n, uint64_t *key, struct number_traits *traits,
    uint16_t *other);

#endif
