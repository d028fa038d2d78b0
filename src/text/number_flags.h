/*
 * number_flags.h - layer 4 of number.h: facts about ranges, as data.
 *
 * Private to number*.c.  What the numbering plan does not say: ranges of
 * virtual operators, machines and satellites, numbers that stand in for a
 * missing one, short numbers that no campaign calls, and how long a number
 * is that is dialled without its area code.
 */
#ifndef SCRUB_TEXT_NUMBER_FLAGS_H
#define SCRUB_TEXT_NUMBER_FLAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "text/number.h"

/* The notes for a valid number, as seen from `region`. */
uint32_t number_notes(const struct numplan_result *r, uint16_t region);

/*
 * Does the number stand in for a missing one?  One whose last eight digits are
 * all the same may, and an operator's hotline that everybody knows; no other.
 */
#define NUMBER_HOTLINE 8613800138000ull
bool number_is_dummy(uint64_t key, uint16_t region);

/* National digits of a Chinese machine or data card. */
bool number_is_iot(const char *digits, int n);

/* Digits that reach an emergency, operator or information service. */
bool number_is_service(const char *digits, int n, uint16_t region);

/*
 * The key of the `i`-th way to complete a local number with an area code of
 * the region, to ask the plan whether it looks like one; 0 after the last.
 */
uint64_t number_local_probe(const char *digits, int n, uint16_t region, int i);

/* The length of an IP-dial prefix at the front of Chinese digits, or 0. */
int number_ip_prefix(const char *digits, int n);

#endif
