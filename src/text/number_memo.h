/*
 * number_memo.h - plain numbers as number_parse() reads them, in a few
 * nanoseconds.
 *
 * Most cells of most lists are a plus and digits, or digits alone, and what
 * such a number is depends on its first few digits: the plan's automaton is
 * done before it has seen them all.  The memo keeps, for digits that many
 * numbers begin with, what they begin.  It answers exactly as number_parse()
 * would, or says that it does not know.
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

#include "base/span.h"
#include "text/number.h"

enum { NUMBER_MEMO_SLOTS = 1024 };

struct number_memo_slot {
	uint64_t tag;  /* which digits, of how many; 0: free */
	uint64_t base; /* the key without the digits that do not matter */
	uint16_t region;
	uint8_t type;
	uint8_t cc_digits;
	uint8_t known; /* what is known of numbers that begin so */
};

struct number_memo {
	uint16_t region;
	struct number_memo_slot slot[NUMBER_MEMO_SLOTS];
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

/* Read `cell`.  False: use number_parse(). */
bool number_memo_read(struct number_memo *m, struct span cell,
    struct number_plain *out);

/*
 * As number_parse(), through the memo where it knows; `rules` are those of
 * the memo.  *one_reading: number[0] is known to have no other reading.
 */
void number_memo_parse(struct number_memo *m, struct number_cell *out,
    struct span cell, const struct number_rules *rules, bool *one_reading);

#endif
