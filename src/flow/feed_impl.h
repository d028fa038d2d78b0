/*
 * feed_impl.h - what the files of feed_read share.
 */
#ifndef SCRUB_FLOW_FEED_IMPL_H
#define SCRUB_FLOW_FEED_IMPL_H

#include "base/buf.h"
#include "flow/feed.h"

/* One line of the quarantine file: file,line,reason,record. */
void feed_quarantine_add(struct buf *b, const char *path, uint64_t line,
    const char *why, struct span record);

/* The Canadian registry's XML. */
int feed_xml_read(const struct feed_options *o, const struct feed_file *file,
    struct feed_result *out, struct err *err);

#endif
