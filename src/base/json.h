/*
 * json.h - write one JSON document into a buffer.
 *
 * Commas and quoting are taken care of; nesting is the caller's.  Strings
 * are UTF-8; bytes that are not are written as U+FFFD.
 *
 *	struct json j = { .out = &b };
 *	json_object(&j, NULL);
 *	json_str(&j, "schema", "scrub.run/1");
 *	json_u64(&j, "rows", rows);
 *	json_end(&j);
 */
#ifndef SCRUB_BASE_JSON_H
#define SCRUB_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { JSON_DEPTH = 16 };

struct json {
	struct buf *out;
	unsigned depth;
	char close[JSON_DEPTH];    /* '}' or ']' */
	bool more[JSON_DEPTH + 1]; /* a comma is due */
};

/* `key` is NULL at the top and inside arrays. */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j);

void json_str(struct json *j, const char *key, const char *s); /* NULL: null */
void json_span(struct json *j, const char *key, struct span s);
void json_u64(struct json *j, const char *key, uint64_t v);
void json_i64(struct json *j, const char *key, int64_t v);
void json_real(struct json *j, const char *key, double v); /* 3 decimals */
void json_bool(struct json *j, const char *key, bool v);
void json_null(struct json *j, const char *key);

#endif
