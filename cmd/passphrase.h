/*
 * passphrase.h - where a passphrase comes from: a file, a descriptor, or the
 * person at the terminal; never the command line or the environment.
 */
#ifndef SCRUB_CMD_PASSPHRASE_H
#define SCRUB_CMD_PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { PASSPHRASE_MAX = 1024 };

/* Zeroed: the terminal. */
struct passphrase_from {
	const char *file; /* --passphrase-file: its first line */
	bool has_fd;
	int fd; /* --passphrase-fd: its next line */
};

/* The values of such options.  ERR_USAGE. */
int passphrase_take_file(struct passphrase_from *from, const char *value,
    struct err *err);
int passphrase_take_fd(struct passphrase_from *from, const char *value,
    struct err *err);

/*
 * Read a passphrase into `out`, secret memory of `cap` bytes (no more than
 * PASSPHRASE_MAX are used).  At a terminal `what` is asked for ("passphrase of
 * the key"), and asked for again when it is new.  Returns how many bytes it
 * has, or -1: ERR_AUTH when there is none to be had, ERR_USAGE for an empty
 * one or two that differ.
 */
int passphrase_read(const struct passphrase_from *from, const char *what,
    bool is_new, char *out, size_t cap, struct err *err);

/* For keyring_open(): struct keyring_asker with a struct passphrase_from. */
int passphrase_ask(void *from, char *out, size_t cap, struct err *err);

#endif
