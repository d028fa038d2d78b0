/*
 * test_index.h - a folder with a key, tables to put into an index, and what a
 * look-up finds, for test_index*.c.
 */
#ifndef SCRUB_TESTS_TEST_INDEX_H
#define SCRUB_TESTS_TEST_INDEX_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/index.h"

extern struct keyring *index_keys;

/* A folder of our own with a key file, to be in; and away with it. */
void index_enter(void);
void index_leave(void);

/* n facts of all kinds about numbers, persons and prefixes; the same for the
 * same seed.  Key number i is index_key(i). */
struct facts *index_table(unsigned seed, size_t n);
uint64_t index_key(unsigned seed, size_t i);

/* A directory for it: two lists, two scopes. */
extern const struct index_about index_plain;

/* Write it; the test ends when that fails. */
void index_put(const char *path, const struct facts *f, uint64_t generation);

/* What is found, sorted; -1 with *err. */
int index_sorted(const struct facts *f, uint64_t key, struct facts_found *out,
    struct err *err);

/* How many of the keys 0 to n-1 (and as many that are not there) are answered
 * otherwise by `b` than by `a`. */
size_t index_differences(const struct facts *a, const struct facts *b,
    unsigned seed, size_t n);

#endif
