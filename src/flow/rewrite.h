/*
 * rewrite.h - a kept row that does not stay as it stands: numbers that were
 * refused are taken out of its cells, others get another form, columns are
 * added.
 */
#ifndef SCRUB_FLOW_REWRITE_H
#define SCRUB_FLOW_REWRITE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/campaign.h"
#include "flow/screen.h"
#include "flow/scrub.h"
#include "text/csv_reader.h"

/* What it takes.  Zero it; rewrite_init(), rewrite_release(). */
struct rewrite {
	const struct scrub_options *o;
	const struct campaign_columns *columns;
	const struct csv_dialect *dialect;
	struct buf line; /* the row */
	/* for its own use */
	const struct judged *judged;
	size_t nj;
	struct buf scratch;
};

/* For a file's rows, and again for the next file's.  All of them outlive it. */
void rewrite_init(struct rewrite *w, const struct scrub_options *o,
    const struct campaign_columns *columns, const struct csv_dialect *dialect);

/*
 * Put the row of these n judged numbers into w->line, line end and all.  Fails
 * with ERR_NOMEM.
 */
int rewrite_row(struct rewrite *w, const struct csv_row *row,
    const struct judged *judged, size_t n, struct err *err);

void rewrite_release(struct rewrite *w);

#endif
