/*
 * numplan_zone_tables.h - the layout of the generated time zone tables.
 *
 * Prefixes are E.164 digits as integers, sorted; row i has the list
 * numplan_zone_lists[i].  The zones of list k are the numbers
 * numplan_zone_members[firsts[k]] to [firsts[k + 1]], exclusive; the name of
 * zone z starts at numplan_zone_names + numplan_zone_starts[z].
 */
#ifndef SCRUB_TEXT_NUMPLAN_ZONE_TABLES_H
#define SCRUB_TEXT_NUMPLAN_ZONE_TABLES_H

#include <stdint.h>

extern const uint16_t numplan_zone_rows;
extern const uint32_t numplan_zone_prefixes[];
extern const uint16_t numplan_zone_lists[];
extern const uint16_t numplan_zone_firsts[];
extern const uint16_t numplan_zone_members[];
extern const uint16_t numplan_zone_starts[];
extern const char numplan_zone_names[];

#endif
