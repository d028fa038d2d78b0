/*
 * numplan_tables.h - the layout of the generated tables.
 *
 * A graph is a pool of nodes; a node has a cell for each digit.  A cell with
 * NUMPLAN_LEAF set is an answer, any other the index of the next node.  There
 * is a root for each length of number, so that a walk needs no end marks and
 * ends as soon as the answer is known, after three to five digits mostly.
 *
 * One walk from numplan_codes[].valid gives validity, type and region of a
 * national number: the leaf holds NUMPLAN_LEAF | region << 4 | type, with 0
 * for an invalid number.  It folds in what libphonenumber asks one after the
 * other: possible lengths, the general pattern, the types in their order,
 * leading digits and the regions of a shared calling code.
 *
 * Cells are wide enough for 32,768 nodes; the generator checks.
 */
#ifndef SCRUB_TEXT_NUMPLAN_TABLES_H
#define SCRUB_TEXT_NUMPLAN_TABLES_H

#include <stdint.h>

#define NUMPLAN_LEAF 0x8000

enum {
	NUMPLAN_LEN_MIN = 2, /* of a national number, as libphonenumber */
	NUMPLAN_LEN_MAX = 17,
	NUMPLAN_LENS = NUMPLAN_LEN_MAX - NUMPLAN_LEN_MIN + 1,
	NUMPLAN_NO_REGION = 255
};

/*
 * What a guard says of a number by its first two digits: the national prefix
 * that may be there, and whether it may be in international form.
 */
enum numplan_guard {
	NUMPLAN_BARE,      /* no national prefix */
	NUMPLAN_ONE_DIGIT, /* just the first digit */
	NUMPLAN_PREFIXED,  /* anything: run the machine */
	NUMPLAN_ABROAD = 4 /* perhaps an international prefix, the own code */
};

/*
 * What a prefix machine found: `insert` and the digits [from, to) take the
 * place of the first `end` digits.  strips[0] leaves the number alone.
 */
struct numplan_strip {
	char insert[4];
	uint8_t inserted;
	uint8_t from, to, end;
};

/* The national form: first, digits [from, to), second, digits from `rest`. */
struct numplan_format {
	char first[4];
	char second[4];
	uint8_t from, to, rest;
};

/* A country calling code; roots by length - NUMPLAN_LEN_MIN. */
struct numplan_code {
	uint16_t value;
	uint8_t main; /* index of its main region */
	uint8_t digits;
	uint16_t valid[NUMPLAN_LENS];
	uint16_t format[NUMPLAN_LENS]; /* leaf: index in numplan_formats */
};

/* A region, or the 001 of one non-geographic code. */
struct numplan_region {
	uint16_t name;          /* region_code() */
	uint8_t code;           /* index of its calling code */
	uint8_t max;            /* longest possible national number */
	uint16_t idd, national; /* roots in the strip pool */
	uint32_t usable; /* bit n: what a prefix leaves may have n digits */
	uint16_t general[NUMPLAN_LENS]; /* leaf 1: fits the general pattern */
	/* enum numplan_guard by two digits: four bits, the even pair low */
	uint8_t guard[50];
};

extern const char numplan_source[];
extern const uint16_t numplan_pool[][10];
extern const uint16_t numplan_strip_pool[][11]; /* [10]: at the end */
extern const struct numplan_strip numplan_strips[];
extern const struct numplan_format numplan_formats[];
extern const struct numplan_code numplan_codes[];
extern const struct numplan_region numplan_regions[];
extern const uint8_t numplan_code_by_digits[1000]; /* index + 1, 0: none */
extern const uint8_t numplan_region_by_letters[26 * 26];

#endif
