/*
 * terminal.h - progress and colour, for a person at a terminal only.
 */
#ifndef SCRUB_CMD_TERMINAL_H
#define SCRUB_CMD_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum terminal_when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

int terminal_when_parse(enum terminal_when *out, const char *value,
    struct err *err);

/* Colour on standard error? NO_COLOR and a dumb terminal say no. */
bool terminal_colour(enum terminal_when when);

/*
 * A line on standard error that says how far things are; it waits a second
 * before it first appears, and erases itself.
 */
struct progress {
	bool on;
	bool shown;
	double begun, last;
	char what[48]; /* the file at hand, and when it was begun */
	double what_begun;
};

void progress_begin(struct progress *p, enum terminal_when when);

/* `done` of `size` bytes of `what` (size -1: not known); rows 0: none yet. */
void progress_show(struct progress *p, const char *what, uint64_t done,
    int64_t size, uint64_t rows);

void progress_end(struct progress *p);

#endif
