/*
 * value.h - values of options that several options share.  All fail with
 * ERR_USAGE and say what would do.
 */
#ifndef SCRUB_CMD_VALUE_H
#define SCRUB_CMD_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "text/number.h"

/* A number from min to max; a per cent sign may follow. */
int value_number(double *out, const char *value, double min, double max,
    struct err *err);

/* A whole number from min to max. */
int value_count(size_t *out, const char *value, size_t min, size_t max,
    struct err *err);

/* Bytes, or with K or M behind: 4096, 64K, 1M. */
int value_size(size_t *out, const char *value, struct err *err);

/* How long: 12h, 90d, 6w, in seconds; 0 when it says no such thing. */
int64_t value_span(const char *value);

/* A moment, UTC; a day's first.  "now" is the present. */
int value_time(int64_t *out, const char *value, struct zone *zone,
    struct err *err);

/* Two letters of ISO 3166. */
int value_region(uint16_t *out, const char *value, struct err *err);

/* The area code of local numbers, into rules->area. */
int value_area(struct number_rules *rules, const char *value, struct err *err);

#endif
