/*
 * lines.h - standard input line by line, each answered before the next is
 * waited for: for a program at the other end of a pipe.
 */
#ifndef SCRUB_CMD_LINES_H
#define SCRUB_CMD_LINES_H

#include "base/err.h"
#include "base/span.h"

enum { LINES_MAX = 1 << 20 }; /* bytes of a line */

/*
 * Call `line` for each, without its end; what it prints is flushed after it.
 * Stops at -1.  ERR_USAGE for a line that is too long.
 */
int lines_read(int (*line)(void *arg, struct span s, struct err *err),
    void *arg, struct err *err);

#endif
