/*
 * entry_export.h - entries of the register as CSV, with their numbers in full.
 *
 * The columns are those that entry_import.h and the lists of a run read, so
 * that an export can be imported elsewhere or be given to a run.  Only what is
 * in force is written, in the order it was recorded; consents before
 * withdrawals.
 */
#ifndef SCRUB_FLOW_ENTRY_EXPORT_H
#define SCRUB_FLOW_ENTRY_EXPORT_H

#include <stdint.h>

#include "base/err.h"
#include "base/outfile.h"
#include "flow/lists.h"
#include "store/register.h"

/* Write the header and all entries of a kind (LIST_DNC, LIST_CONSENT with
 * withdrawals, LIST_ALLOW).  *n is how many. */
int entry_export(struct register_db *db, enum list_kind kind,
    struct outfile *out, uint64_t *n, struct err *err);

#endif
