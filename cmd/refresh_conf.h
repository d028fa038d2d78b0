/*
 * refresh_conf.h - the lists of a home: the sections [list "NAME"] of its
 * scrub.conf, and [refresh].
 *
 *	[refresh]
 *	keep-generations = 3
 *
 *	[list "national"]
 *	feed = /var/spool/dnc
 *	layout = registry
 *	max-age = 31d
 *
 * They belong to the home, as the index does that is made of them: so they are
 * read from --conf, else $SCRUB_CONF, else the home's scrub.conf.  Of its other
 * sections only tz, region and area are taken, which lists share with runs.
 */
#ifndef SCRUB_CMD_REFRESH_CONF_H
#define SCRUB_CMD_REFRESH_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/feed.h"

enum { REFRESH_KEEP = 3 };

/* Zero it to begin. */
struct refresh_conf {
	struct feed_list *list;
	size_t lists;
	size_t keep;
	const char *tz; /* NULL: not said */
	struct number_rules rules;
	/* its own */
	struct refresh_conf_list *more;
	char **kept;
	size_t nkept;
	char *path, *dir;
};

/*
 * Read it.  A home without a scrub.conf has no lists.  Fails with ERR_USAGE,
 * naming file, line and reason.  The caller releases *c, after a failure too.
 */
int refresh_conf_read(struct refresh_conf *c, const char *named,
    const char *home, struct err *err);
void refresh_conf_release(struct refresh_conf *c);

/* Is it a section of lists: [list "NAME"], [refresh]?  Runs pass over them. */
bool refresh_conf_section(const char *section);

#endif
