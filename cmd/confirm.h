/*
 * confirm.h - ask before something is changed.
 */
#ifndef SCRUB_CMD_CONFIRM_H
#define SCRUB_CMD_CONFIRM_H

#include <stdbool.h>

#include "base/err.h"

/*
 * May it be done?  1 when `yes` (--yes) was given or the person at the terminal
 * says y; 0 when they say anything else, which is told on standard error.  -1
 * (ERR_USAGE) when standard input is no terminal, so that nobody can be asked.
 */
int confirm(bool yes, const char *question, struct err *err);

#endif
