/*
 * expect.h - the numbers of a campaign, before its lists are read.
 *
 * Of twenty million do-not-call entries a campaign usually concerns some
 * thousand.  A campaign that is a file can be read twice: first for its numbers
 * alone, so that of the lists only what concerns them needs a place in memory
 * (facts_expect()), then for everything else.  A number that the first reading
 * has not met ends the run when the second one looks it up: what lists say of it
 * may have been dropped.
 */
#ifndef SCRUB_FLOW_EXPECT_H
#define SCRUB_FLOW_EXPECT_H

#include <stdbool.h>

#include "base/err.h"
#include "flow/lists.h"
#include "flow/scrub.h"

/*
 * Are the inputs to be read twice?  As o->passes says; where that is 0, when
 * all are files and the lists so long that it saves more than it costs; so is
 * an index, where it would be opened whole for about so many rows.  Fails with
 * ERR_USAGE when they are to be and cannot.
 */
int expect_settle(bool *twice, const struct scrub_options *o, uint64_t rows,
    struct err *err);

/*
 * Read the inputs and name their numbers to lists->facts, to which nothing
 * has been added.  Fails as the second reading of these files would.
 */
int expect_inputs(const struct scrub_options *o, const struct lists *lists,
    struct err *err);

#endif
