/*
 * campaign.h - which columns of a campaign list matter, and how to read them.
 */
#ifndef SCRUB_FLOW_CAMPAIGN_H
#define SCRUB_FLOW_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "flow/scrub.h"
#include "text/csv_reader.h"

/* A phone column, or two that are joined: area code and number. */
struct campaign_phone {
	unsigned column[2];
	unsigned cell[2]; /* their places among the wanted cells */
	unsigned parts;   /* 1 or 2 */
};

enum { CAMPAIGN_NONE = -1 };

struct campaign_columns {
	struct campaign_phone phone[SCRUB_PHONES_MAX];
	size_t phones;
	/* places among the wanted cells, or CAMPAIGN_NONE */
	int region, person, expires, granted;
	unsigned want[2 * SCRUB_PHONES_MAX + 4];
	size_t wants;
};

/*
 * Find the columns of the list that `r` has open, as the options name them; the
 * phone column by header and content when none is named.  Fails with
 * ERR_INPUT: no such column, none that holds numbers, or several that do; the
 * text lists them.
 */
int campaign_columns(struct campaign_columns *out, struct csv_reader *r,
    const struct scrub_options *options, struct err *err);

/* A region cell: "CN", "cn", "86" or "+86"; REGION_NONE when it is none. */
uint16_t campaign_region(struct span s);

/* Into `out`: "phone" or "ddd+phone, mobile", for the summary. */
void campaign_describe(char *out, size_t cap, const struct campaign_columns *c,
    struct csv_reader *r);

#endif
