/*
 * parity_driver - the numbering-plan core on a stream, for parity.mjs.
 *
 * Reads "input<TAB>region" a line (the last tab separates; region ZZ: none)
 * and prints "status e164 type region ext national" tab-separated, with
 * letters as keypad digits; with the argument "plain" without.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/numplan.h"

static void
answer(struct span s, uint16_t region, bool vanity)
{
	char national[NUMPLAN_NATIONAL_MAX], ext[32], name[4];
	struct numplan_result r, again;

	if (!numplan_parse(&r, s, region, vanity)) {
		puts("invalid\t\t\t\t\t");
		return;
	}
	numplan_national(national, sizeof(national), r.key, r.type);
	numplan_ext_digits(ext, sizeof(ext), r.ext);
	region_name(name, r.region);
	if (!numplan_valid_key(&again, r.key) || again.type != r.type ||
	    again.region != r.region || again.cc_digits != r.cc_digits)
		puts("the key alone gives another answer");
	printf("ok\t+%llu\t%s\t%s\t%s\t%s\n", (unsigned long long)r.key,
	    number_type_name(r.type), name, ext, national);
}

int
main(int argc, char **argv)
{
	bool vanity = argc < 2 || strcmp(argv[1], "plain") != 0;
	char *line = NULL, *tab;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[--n] = '\0';
		if (!(tab = strrchr(line, '\t'))) {
			puts("no tab");
			continue;
		}
		answer(span_of(line, (size_t)(tab - line)),
		    region_code(span_str(tab + 1)), vanity);
	}
	free(line);
	return ferror(stdin) || fflush(stdout) != 0;
}
