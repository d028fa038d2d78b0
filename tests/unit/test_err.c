#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"

Test(err, set_fills_code_and_text_and_drops_the_hint)
{
	struct err err = { .hint = "old" };

	cr_assert(eq(int,
	    err_set(&err, ERR_LIST, "%s is %d days old", "dnc", 9), -1));
	cr_expect(eq(int, err.code, ERR_LIST));
	cr_expect(eq(str, err.text, "dnc is 9 days old"));
	cr_expect(eq(str, err.hint, ""));
}

Test(err, sys_adds_the_reason_of_errno)
{
	struct err err;

	errno = ENOSPC;
	cr_assert(eq(int, err_sys(&err, "%s: cannot write", "a.csv"), -1));
	cr_expect(eq(int, err.code, ERR_IO));
	cr_expect(
	    eq(str, err.text, "a.csv: cannot write: No space left on device"));
}

Test(err, sys_out_of_memory_is_not_an_input_output_error)
{
	struct err err;

	errno = ENOMEM;
	err_sys(&err, "a.csv");
	cr_expect(eq(int, err.code, ERR_NOMEM));
}

Test(err, in_adds_in_front_and_keeps_code_and_hint)
{
	struct err err;

	err_set(&err, ERR_AUTH, "wrong key");
	err_hint(&err, "try --key");
	cr_assert(eq(int, err_in(&err, "row %d", 812), -1));
	err_in(&err, "list.csv");
	cr_expect(eq(int, err.code, ERR_AUTH));
	cr_expect(eq(str, err.text, "list.csv: row 812: wrong key"));
	cr_expect(eq(str, err.hint, "try --key"));
}

Test(err, texts_may_be_made_of_themselves)
{
	struct err err;

	err_set(&err, ERR_IO, "one");
	err_set(&err, ERR_INPUT, "(%s)", err.text);
	cr_expect(eq(str, err.text, "(one)"));
	err_in(&err, "<%s>", err.text);
	cr_expect(eq(str, err.text, "<(one)>: (one)"));
	err_hint(&err, "a");
	err_hint(&err, "%sb", err.hint);
	cr_expect(eq(str, err.hint, "ab"));
}

/* Each length around the limit, so that an off-by-one meets ASan. */
Test(err, a_long_text_is_cut_and_ends)
{
	char s[ERR_TEXT_MAX + 8];
	struct err err;

	for (size_t n = ERR_TEXT_MAX - 8; n < sizeof(s); n++) {
		memset(s, 'x', n);
		s[n] = '\0';
		err_set(&err, ERR_IO, "end");
		err_in(&err, "%s", s);
		cr_expect(eq(sz, strlen(err.text),
			      n + 5 < ERR_TEXT_MAX ? n + 5 : ERR_TEXT_MAX - 1),
		    "length %zu", n);
		errno = EIO;
		err_sys(&err, "%s", s);
		cr_expect(eq(sz, strlen(err.text), ERR_TEXT_MAX - 1));
		err_set(&err, ERR_IO, "%s", s);
		err_in(&err, "%s", "front");
		cr_expect(eq(int, strncmp(err.text, "front: xxx", 10), 0));
		err_hint(&err, "%s", s);
		cr_expect(lt(sz, strlen(err.hint), (size_t)ERR_TEXT_MAX));
	}
}
