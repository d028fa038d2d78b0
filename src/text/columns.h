/*
 * columns.h - which column holds what, from a header people wrote.
 *
 * Names are compared folded: ASCII lower case, without blanks, `_`, `-`, `.`
 * and brackets, full-width letters as ASCII; so "Phone Number", "phone_number"
 * and "PHONE-NUMBER" are one.  The synonyms, English and Chinese, are one table
 * in columns.c.
 */
#ifndef SCRUB_TEXT_COLUMNS_H
#define SCRUB_TEXT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum column_field {
	COLUMN_NUMBER,
	COLUMN_PERSON,
	COLUMN_REASON,
	COLUMN_ADDED_AT,
	COLUMN_EXPIRES_AT,
	COLUMN_TOPIC,
	COLUMN_CHANNEL,
	COLUMN_GRANTED_AT,
	COLUMN_WITHDRAWN_AT,
	COLUMN_PURPOSE,
	COLUMN_SOURCE,
	COLUMN_CALLED_AT,
	COLUMN_CAMPAIGN,
	COLUMN_OUTCOME,
	COLUMN_REGION,
	COLUMN_STATUS, /* of a consent: active, revoked */
	COLUMN_FIELDS
};

/* "number", "granted_at": as in --map LIST.FIELD=COLUMN. */
const char *column_field_name(enum column_field f);
bool column_field_parse(enum column_field *out, struct span name);

/*
 * Does this header name mean this field in a list of facts?  0 no, 1 loosely
 * ("customer mobile no."), 2 exactly a synonym ("phone", "手机号").
 */
int column_means(struct span name, enum column_field field);

/*
 * Does a campaign's header name look like a phone column to be called?  As
 * column_means(COLUMN_NUMBER), and no fax, no "phone type", no "phone id".
 */
int column_is_phone(struct span name);

/*
 * Find one column by what a person gave: a header name (exactly as it stands,
 * else folded, when only one folds to it) or a number from 1.  Fails with
 * `code`; the text lists the columns there are.
 */
int column_find(unsigned *out, struct span given, const struct span *names,
    size_t n, bool has_header, enum err_code code, struct err *err);

/*
 * Columns that are wanted of every row, in rising order, as csv_split() takes
 * them: add one (unless it is there), and find its place among them.
 */
void column_want(unsigned *want, size_t *n, unsigned column);
unsigned column_place(const unsigned *want, unsigned column);

/* "id, name, phone": for messages, cut after a dozen. */
void column_list(char *out, size_t cap, const struct span *names, size_t n);

#endif
