/*
 * number.h - turn one cell of a list into the numbers it holds.
 *
 * Lists hold what people typed: "(202) 555-0143", "+44 20 7946 0958 x12",
 * "2.02555E+09" after a trip through a spreadsheet, two numbers in one cell.
 * number_parse() maps every spelling of a subscriber to the same key, or says
 * why it cannot.  Nothing here allocates, blocks or fails: a bad number is an
 * answer about the data, counted and reported, never a program error.
 *
 * Four layers, each testable alone:
 *   1  number_triage.c  what the cell is: damage, masks, dates, wrappers,
 *                       several numbers
 *   2  numplan.h        the numbering plan: digits to number, or invalid
 *   3  number_repair.c  named repairs, tried only when the plain reading is
 *                       invalid, taken only when exactly one is valid
 *   4  number_flags     what a caller should know of a valid number
 *
 *	struct number_rules rules = { .region = region_code("CN") };
 *	struct number_cell cell;
 *
 *	number_parse(&cell, SPAN("0086 138-1234-5678"), &rules);
 *	if (number_readable(&cell))
 *		use(cell.number[0].key);        // 8613812345678
 */
#ifndef SCRUB_TEXT_NUMBER_H
#define SCRUB_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "text/numplan.h"

enum number_status {
	NUMBER_OK,
	NUMBER_REPAIRED,  /* valid after a named repair: see flags */
	NUMBER_MULTI,     /* several numbers, all valid: see count */
	NUMBER_EMPTY,     /* nothing but blanks */
	NUMBER_INVALID,   /* no number of the plan */
	NUMBER_DAMAGED,   /* was a number; digits are lost or masked */
	NUMBER_LOCAL,     /* a subscriber number without its area code */
	NUMBER_SERVICE,   /* emergency, short or special: never called */
	NUMBER_AMBIGUOUS, /* several readings: number[] holds them */
	NUMBER_STATUSES
};

/*
 * Flags are bits: repairs that were made, and what is worth knowing of a
 * valid number.  number_flag_name() gives the word used in reports.
 */
enum number_flag {
	/* repairs (layers 1 and 3); each is counted in the summary */
	NUMBER_SCI_EXACT = 1 << 0,     /* sci_exact: 1.3812345678E+10 */
	NUMBER_FLOAT_TAIL = 1 << 1,    /* float_tail: 13812345678.0 */
	NUMBER_DUP_CC = 1 << 2,        /* dup_cc: 86 written twice */
	NUMBER_NP_AFTER_IP = 1 << 3,   /* np_after_ip: 17951 0138... */
	NUMBER_ODD_SEPARATOR = 1 << 4, /* odd_separator: 138_1234_5678 */
	NUMBER_LEGACY_MX = 1 << 5,     /* legacy_mx: 044, 045, 01, +52 1 */
	NUMBER_SPLIT = 1 << 6,         /* split: several numbers in a cell */
	NUMBER_GLUED = 1 << 7,         /* glued: 22 digits, two mobiles */
	NUMBER_EXT_STYLE = 1 << 8,     /* ext_style: -802, (802), 转802 */
	NUMBER_AREA_ADDED = 1 << 9,    /* area_added: --area was put in front */
	NUMBER_NAME_TAIL = 1 << 10,    /* name_tail: words beside the number */
	NUMBER_LOST_ZERO = 1 << 11,    /* lost_zero: 6 1234 5678 of Rome */
	NUMBER_REPAIRS = (1 << 12) - 1,
	/* notes (layer 4) */
	NUMBER_IP_PREFIX = 1 << 16, /* ip_prefix: 17951 and the like */
	NUMBER_FOREIGN = 1 << 17,   /* foreign: another calling code */
	NUMBER_MVNO = 1 << 18,      /* mvno: a virtual operator's range */
	NUMBER_SATELLITE = 1 << 19, /* satellite */
	NUMBER_IOT = 1 << 20,       /* iot: machines (always invalid) */
	NUMBER_DUMMY = 1 << 21,     /* dummy?: 13800138000, 18888888888 */
	NUMBER_SUGGEST = 1 << 22,   /* suggest: tell a person number[0] */
	NUMBER_NOTES = 0x7f << 16,
};

enum {
	NUMBER_MAX = 8,
	NUMBER_EXT_MAX = 15,
	NUMBER_TEXT_MAX = 24,
	NUMBER_FLAGS_MAX = 256,
};

/* One subscriber's number. */
struct number {
	uint64_t key;    /* the E.164 digits as one integer; 0: none */
	uint16_t region; /* region_code(); REGION_NONE where it has none */
	uint8_t type;    /* enum number_type */
	char ext[NUMBER_EXT_MAX + 1]; /* "" when none */
};

/*
 * What one cell holds.  OK and REPAIRED: number[0].  MULTI: number[0..count).
 * Any other status: number[0..count) are readings that a person might mean,
 * often none.  They are never called, but a do-not-call entry that cannot be
 * read blocks them all.  NUMBER_SUGGEST marks those worth telling: the
 * number is whole and only its country was left out or misplaced.
 *
 * number_parse() does not clear what it has no use for: entries from count
 * on hold what was there before.
 */
struct number_cell {
	uint8_t status; /* enum number_status */
	uint8_t count;
	uint32_t flags; /* enum number_flag */
	struct number number[NUMBER_MAX];
};

/* How to read cells.  All zero: numbers must carry their country code. */
struct number_rules {
	uint16_t region; /* home region of numbers without a country code */
	bool vanity;     /* letters are keypad digits: 1-800-FLOWERS */
	char area[8];    /* put before local numbers: "010"; "" for none */
};

/*
 * Read the cell `s` (UTF-8, no NUL needed, surrounding blanks allowed).
 * *out is always filled in.
 */
void number_parse(struct number_cell *out, struct span s,
    const struct number_rules *rules);

/* True when the cell holds at least one number that can be judged. */
static inline bool
number_readable(const struct number_cell *c)
{
	return c->status <= NUMBER_MULTI;
}

/* "ok", "repaired", ... as printed by `scrub number`. */
const char *number_status_name(enum number_status status);

/* The word for one flag bit: "sci_exact"; NULL for a bit without a name. */
const char *number_flag_name(uint32_t bit);

/*
 * Write the flags as one column of a report: "ip_prefix,np_after_ip",
 * "ext=802", "suggest:+8613812345678"; the extension stands for ext_style.
 * Returns the length, 0 when there is nothing to say.
 */
size_t number_flags_text(char out[NUMBER_FLAGS_MAX],
    const struct number_cell *c);

/*
 * The key of the other number that the digits of `n` may mean when somebody
 * left out the plus: 4915112345678, in Germany, is a line in Leer or, with its
 * country code, a mobile.  0 when there is none.  A do-not-call entry for
 * either is held against both.
 */
uint64_t number_other_reading(const struct number *n);

/*
 * Write "+8613812345678" and a NUL to `out`; returns its length.  `key` must
 * be a number's key, not 0.
 */
size_t number_e164(char out[NUMBER_TEXT_MAX], uint64_t key);

/*
 * Write the number as it is dialled inside its own country, digits only:
 * "13812345678", "01062345678".  Returns its length.
 */
size_t number_national(char out[NUMBER_TEXT_MAX], const struct number *n);

/*
 * Read a block-list wildcard: "0755*", "+86 1380013*", "312XXXXXXX" (an area
 * code and a run of X to the end).  Writes the E.164 digit prefixes it may
 * mean to prefix[] (each as the integer of its digits; a country code never
 * starts with 0) and returns how many, 0 when `s` is no wildcard or names no
 * digits at all.
 */
size_t number_wildcard(uint64_t prefix[2], struct span s,
    const struct number_rules *rules);

#endif
