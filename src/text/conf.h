/*
 * conf.h - read scrub.conf (the door to inih).
 *
 *	; comment
 *	[policy]
 *	cap = 2/24h
 *	cap = 3/7d
 *
 * Keys are the long options without their dashes; sections only put them in
 * order.  A key may come more than once where its option may.
 */
#ifndef SCRUB_TEXT_CONF_H
#define SCRUB_TEXT_CONF_H

#include "base/err.h"

/*
 * One `key = value` of the file, in order; before all of them, every [section]
 * with neither (NULL).  `line` is its line number.
 * Returns 0, or -1 with *err filled in, which ends the reading.
 */
typedef int conf_entry(void *arg, const char *section, const char *key,
    const char *value, int line, struct err *err);

/*
 * Read `path` and hand every entry to `entry`.  Fails with ERR_USAGE, naming
 * file and line, for what is no entry, no section or too long a line; with
 * ERR_IO when the file cannot be read.
 */
int conf_read(const char *path, conf_entry *entry, void *arg, struct err *err);

#endif
