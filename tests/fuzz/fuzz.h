/*
 * fuzz.h - what fuzz targets share.
 */
#ifndef SCRUB_TESTS_FUZZ_H
#define SCRUB_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* End the process unless a property holds. */
static inline void
must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

/* Make a folder for files of all inputs: in memory, where that can be. */
static inline void
folder_make(char *out, size_t n)
{
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" :
							  getenv("TMPDIR");

	snprintf(out, n, "%.50s/scrub-fuzz.XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(out) != NULL, "a folder");
}

#endif
