/*
 * author.h - who does something, for the register.
 */
#ifndef SCRUB_CMD_AUTHOR_H
#define SCRUB_CMD_AUTHOR_H

enum { AUTHOR_MAX = 64 };

/* --by's value, else the login name, which is written to `out`. */
const char *author_name(char out[AUTHOR_MAX], const char *by);

#endif
