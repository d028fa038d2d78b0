/*
 * number_memo.h - plain numbers as number_parse() reads them, in a few
 * nanoseconds.
 *
 * Most cells of most lists are a plus and digits, or digits alone, and what
 * such a number is depends on its first few digits: the plan's automaton is
 * done before it has seen them all.  The memo keeps, for digits that many
 * numbers begin with, what they begin.  It answers exactly as number_parse()
 * would, or says that it does not know.  "+86 138-1234-5678" is asked for as
 * the plain number it spells.
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
};

/* What is known of numbers that begin so. */
enum number_memo_known {
	NUMBER_MEMO_NOT,     /* only number_parse() knows */
	NUMBER_MEMO_DEEPER,  /* look with two digits more */
	NUMBER_MEMO_PLAIN,   /* they are valid numbers */
	NUMBER_MEMO_READING, /* that, and there may be another reading */
};

struct number_memo_slot {
	uint64_t tag;  /* which digits, of how many; 0: free */
	uint64_t base; /* the key without the digits that do not matter */
	uint16_t region;
	uint8_t type;
	uint8_t cc_digits;
	uint8_t known; /* enum number_memo_known */
};

struct number_memo {
	uint16_t region;
	struct number_memo_slot front[NUMBER_MEMO_FRONTS];
	struct number_memo_slot deep[NUMBER_MEMO_DEEPS];
};

/* What number_parse() would make of a cell: status NUMBER_OK, one number
 * without an extension, and notes that nobody has worked out yet. */
struct number_plain {
	uint64_t key;
	uint16_t region;
	uint8_t type;
	uint8_t cc_digits; /* how many of the key's digits are country code */
	bool one_reading;  /* number_other_reading() is 0 */
};

/* Forget everything; numbers without a country code are of `region`. */
void number_memo_init(struct number_memo *m, uint16_t region);

/* Find out what `slot` is to say for `tag`, of `cell`; for number_memo_read().
 * False: `cell` is not all digits, or too few to tell. */
bool number_memo_fill(struct number_memo *m, struct number_memo_slot *slot,
    uint64_t tag, struct span cell);

/*
 * The place of a tag: beginnings that are written alike differ in their last
 * three digits, and then have places of their own.
 */
static inline size_t
number_memo_place(uint64_t tag)
{
	uint64_t last = (tag >> 40 & 15) << 8 | (tag >> 48 & 15) << 4 |
	    (tag >> 56 & 15);
	uint64_t rest = (tag & 0xffffffffff) * 0x9e3779b97f4a7c15 >> 52;

	return (last ^ rest) % NUMBER_MEMO_FRONTS;
}

/*
 * Read `cell`.  False: use number_parse().
 *
 * A tag is eight characters: a zero that makes room, zeros, the digits in front
 * of the last eight; how many there are and a plus are marked in the first.
 */
static inline bool
number_memo_read(struct number_memo *m, struct span cell,
    struct number_plain *out)
{
	bool plus = cell.n > 0 && cell.p[0] == '+';
	const char *p = cell.p + plus;
	size_t n = cell.n - plus;
	uint64_t last, tail, tag;
	struct number_memo_slot *slot;

	/* at least two in front of the last eight, at most what a plan has;
	 * 14 may be a time: 20251118082310 */
	if (n - 10 > 5 || n == 14)
		return false;
	tag = digits8_front(digits8_load(p), (unsigned)n - 8) ^ (n << 4 | plus);
	last = digits8_load(p + n - 8);
	if (!digits8_all(last))
		return false;
	slot = &m->front[number_memo_place(tag)];
	if (slot->tag != tag && !number_memo_fill(m, slot, tag, cell))
		return false;
	tail = digits8_value(last);
	if (slot->known == NUMBER_MEMO_DEEPER) {
		/* two digits more, where characters of digits are alike */
		tag ^= tail / NUMBER_MEMO_TAIL << 12 & 0xf000;
		tag ^= tail / NUMBER_MEMO_TAIL / 16 << 20;
		tail %= NUMBER_MEMO_TAIL;
		slot = &m->deep[tag * 0x9e3779b97f4a7c15 >> 52];
		if (slot->tag != tag && !number_memo_fill(m, slot, tag, cell))
			return false;
	}
	out->key = slot->base + tail;
	out->region = slot->region;
	out->type = slot->type;
	out->cc_digits = slot->cc_digits;
	out->one_reading = slot->known == NUMBER_MEMO_PLAIN;
	return slot->known >= NUMBER_MEMO_PLAIN;
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

#endif
