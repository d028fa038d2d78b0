#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "flow/summary.h"

Test(summary, totals_that_add_up_pass)
{
	struct summary_file f = { .input = (char *)"a.csv",
		.rows = 3,
		.kept = 2,
		.rejected = 1 };
	struct summary s = { .file = &f,
		.files = 1,
		.rows = 3,
		.kept = 2,
		.rejected = 1 };
	struct err err;

	s.headline[VERDICT_DNC] = 1;
	cr_expect(eq(int, summary_reconcile(&s, &err), 0));
}

/* Promise 3: a mismatch is a failure, in a file, in all, or by reason. */
Test(summary, any_row_that_is_unaccounted_for_is_a_failure)
{
	struct summary_file f = { .input = (char *)"a.csv",
		.rows = 3,
		.kept = 1,
		.rejected = 1 };
	struct summary s = { .file = &f,
		.files = 1,
		.rows = 3,
		.kept = 2,
		.rejected = 1 };
	struct err err;

	s.headline[VERDICT_DNC] = 1;
	cr_expect(eq(int, summary_reconcile(&s, &err), -1));
	cr_expect(eq(int, (int)err.code, ERR_INTERNAL));
	f.kept = 2;
	s.kept = 1;
	cr_expect(eq(int, summary_reconcile(&s, &err), -1));
	s.kept = 2;
	s.headline[VERDICT_DNC] = 0;
	cr_expect(eq(int, summary_reconcile(&s, &err), -1));
	s.headline[VERDICT_EMPTY] = 1;
	cr_expect(eq(int, summary_reconcile(&s, &err), 0));
}
