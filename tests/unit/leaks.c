/*
 * leaks.c - leaks are looked for in the processes that tests run in, one each.
 *
 * The one that begins them runs nothing of ours, and Criterion now and then
 * loses there what it noted of a test's time limit.
 */
#include <stdlib.h>

/* LeakSanitizer asks at the end of every process. */
int __lsan_is_turned_off(void); /* NOLINT: its name for it */

int
__lsan_is_turned_off(void) /* NOLINT */
{
	return getenv("BXFI_MAP") == NULL; /* Criterion's for those processes */
}
