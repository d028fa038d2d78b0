/*
 * numplan.h - the world's numbering plans, and what they say of some digits.
 *
 * The core reads one number as libphonenumber does: international prefix,
 * country code, national prefix, carrier codes, leading zeros, extension;
 * then validity, type and region.  Cells of lists go through number.h first,
 * which knows what spreadsheets and people do to numbers.
 *
 * Nothing here allocates or keeps state.
 */
#ifndef SCRUB_TEXT_NUMPLAN_H
#define SCRUB_TEXT_NUMPLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* The order is fixed: facts and indexes may store it. */
enum number_type {
	NUMBER_UNKNOWN,
	NUMBER_MOBILE,
	NUMBER_FIXED_LINE,
	NUMBER_FIXED_LINE_OR_MOBILE,
	NUMBER_TOLL_FREE,
	NUMBER_PREMIUM_RATE,
	NUMBER_SHARED_COST,
	NUMBER_VOIP,
	NUMBER_PERSONAL_NUMBER,
	NUMBER_PAGER,
	NUMBER_UAN,
	NUMBER_VOICEMAIL,
	NUMBER_TYPES
};

/* libphonenumber's name: "MOBILE", "FIXED_LINE_OR_MOBILE". */
const char *number_type_name(enum number_type type);

/*
 * A region is its two ISO 3166-1 letters in one integer, 'C' << 8 | 'N'; a
 * non-geographic country code has REGION_WORLD, which prints as "001".
 */
enum { REGION_NONE = 0, REGION_WORLD = 1 };

/* The code for "CN" or "cn"; REGION_NONE when the plan has no such region. */
uint16_t region_code(struct span name);

/* The region's main one for a calling code: 86 gives CN; else REGION_NONE. */
uint16_t region_of_calling_code(unsigned cc);

/* The calling code of a region, 0 for REGION_NONE. */
unsigned region_calling_code(uint16_t region);

/* Write "CN", "001" or "" and a NUL. */
void region_name(char out[4], uint16_t region);

/* What the core made of some digits. */
struct numplan_result {
	uint64_t key;      /* E.164 digits; 0 when nothing could be parsed */
	uint16_t region;   /* region of a valid number */
	uint8_t type;      /* enum number_type */
	uint8_t cc_digits; /* how many of the key's digits are country code */
	bool valid;
	struct span ext; /* extension, digits inside the input; .n 0: none */
};

/*
 * Read `s`, a single number as text (UTF-8), as libphonenumber parses and
 * validates it with default region `region`.  *out is always filled in and
 * out->valid returned.  `vanity`: letters stand for keypad digits.
 */
bool numplan_parse(struct numplan_result *out, struct span s, uint16_t region,
    bool vanity);

/*
 * How many of the first characters of `s`, digits with or without a plus in
 * front, decide what numplan_parse() makes of it: every text of the same
 * length that begins with those is valid, of the same region and type, and its
 * key is the same but for the digits behind those, which it ends in.  0 when
 * the number is not valid, or where that is not so easily told.
 */
unsigned numplan_looked(struct span s, uint16_t region);

/* Is this string of E.164 digits a valid number?  For repairs and splits. */
bool numplan_valid_key(struct numplan_result *out, uint64_t key);

/*
 * Write the number's national form and a NUL: the digits of libphonenumber's
 * NATIONAL format, that is with the trunk prefix where the country's plan has
 * one ("01062345678", "13812345678", "2025550143", "02079460958").  The type
 * does not matter.  Returns the length, 0 when `key` has no country code or
 * `cap` is below NUMPLAN_NATIONAL_MAX.
 */
enum { NUMPLAN_NATIONAL_MAX = 24 };
size_t numplan_national(char *out, size_t cap, uint64_t key, uint8_t type);

/*
 * Write an extension as ASCII digits and a NUL, as many as fit; in the input
 * they may be of another script.  Returns the length.
 */
size_t numplan_ext_digits(char *out, size_t cap, struct span ext);

/*
 * The time zones a number may be in, by libphonenumber's prefixes: of a fixed
 * line those of its area, of others those of the whole calling code, which
 * may be many.  A time is right for the number when it is in all of them.
 * Writes IANA names, which are static, and returns how many; 0 when nothing
 * is known, as for non-geographic codes: then no time is known to be right.
 */
enum { NUMPLAN_ZONES_MAX = 64 };
size_t numplan_zones(const char *out[NUMPLAN_ZONES_MAX], uint64_t key,
    uint8_t type);

/* "google-libphonenumber 3.2.47 (8.13.55)" or the like. */
const char *numplan_version(void);

#endif
