#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "text/conf.h"

/* What was read, as "section.key=value@line;". */
static int
note(void *arg, const char *section, const char *key, const char *value,
    int line, struct err *err)
{
	struct buf *b = arg;

	if (!key) {
		buf_addf(b, "[%s]@%d;", section, line);
		return 0;
	}
	if (strcmp(key, "bad") == 0)
		return err_set(err, ERR_USAGE, "no such key");
	buf_addf(b, "%s.%s=%s@%d;", section, key, value, line);
	return 0;
}

/* Reads `text` as a file; returns what conf_read() returned. */
static int
read_text(struct buf *out, const char *text, struct err *err)
{
	char path[] = "/tmp/scrub-conf-XXXXXX";
	int fd = mkstemp(path), ret;

	cr_assert(fd >= 0);
	cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	ret = conf_read(path, note, out, err);
	buf_addc(out, '\0');
	unlink(path);
	return ret;
}

Test(conf, entries_come_in_order_with_their_lines)
{
	struct buf b = BUF_INIT(4096);
	struct err err;

	cr_assert(eq(int,
	    read_text(&b,
		"; first\n[lists]\ndnc = a.csv\ndnc=b c.csv ; more\n\n"
		"[policy]\ncap = 2/24h\n",
		&err),
	    0));
	cr_expect(eq(str, b.p,
	    "[lists]@2;[policy]@6;lists.dnc=a.csv@3;lists.dnc=b c.csv@4;"
	    "policy.cap=2/24h@7;"));
	buf_release(&b);
}

Test(conf, a_refused_entry_ends_the_reading)
{
	struct buf b = BUF_INIT(4096);
	struct err err;

	cr_expect(eq(int, read_text(&b, "bad = 1\ngood = 2\n", &err), -1));
	cr_expect(eq(int, (int)err.code, ERR_USAGE));
	cr_expect(eq(str, b.p, ""));
	buf_release(&b);
}

Test(conf, what_is_no_entry_is_an_error_that_names_its_line)
{
	struct buf b = BUF_INIT(4096);
	struct err err;

	cr_expect(eq(int, read_text(&b, "a = 1\nwords\n", &err), -1));
	cr_expect(strstr(err.text, "line 2") != NULL, "%s", err.text);
	buf_release(&b);
}

/* inih would cut it, and take the rest for a line of its own. */
Test(conf, a_line_that_is_too_long_is_an_error)
{
	struct buf b = BUF_INIT(4096);
	struct err err;
	char text[400];

	snprintf(text, sizeof(text), "a = 1\nb = %0300d\n", 7);
	cr_expect(eq(int, read_text(&b, text, &err), -1));
	cr_expect(strstr(err.text, "line 2") != NULL, "%s", err.text);
	cr_expect(eq(str, b.p, ""));
	buf_release(&b);
}

Test(conf, a_missing_file_is_an_io_error)
{
	struct buf b = BUF_INIT(4096);
	struct err err;

	cr_expect(
	    eq(int, conf_read("/nonexistent/scrub.conf", note, &b, &err), -1));
	cr_expect(eq(int, (int)err.code, ERR_IO));
	buf_release(&b);
}
