#include "confirm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"

int
confirm(bool yes, const char *question, struct err *err)
{
	char answer[16] = "";

	if (yes)
		return 1;
	if (!isatty(STDIN_FILENO)) {
		err_set(err, ERR_USAGE, "nobody is there to confirm: %s",
		    question);
		return err_hint(err, "--yes answers that question");
	}
	fprintf(stderr, "%s [y/N] ", question);
	if (!fgets(answer, sizeof(answer), stdin) && interrupt_check(err) < 0)
		return -1;
	if (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0)
		return 1;
	fputs("scrub: nothing was changed\n", stderr);
	return 0;
}
