#include "text/conf.h"

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/infile.h"

enum {
	CONF_MAX = 1 << 20,
	CONF_LINE_MAX = 190, /* inih cuts lines at 200 */
};

struct reading {
	conf_entry *entry;
	void *arg;
	struct err *err;
	const char *text; /* what is left of the file */
	int line;
	bool failed;
};

/* inih asks for lines; counting them here tells where an entry stands. */
static char *
next_line(char *out, int size, void *stream)
{
	struct reading *r = stream;
	int n = 0;

	if (!*r->text)
		return NULL;
	r->line++;
	while (n < size - 1 && *r->text) {
		out[n++] = *r->text++;
		if (out[n - 1] == '\n')
			break;
	}
	out[n] = '\0';
	return out;
}

static int
on_entry(void *user, const char *section, const char *key, const char *value)
{
	struct reading *r = user;

	if (r->failed)
		return 1;
	if (r->entry(r->arg, section, key, value, r->line, r->err) < 0)
		r->failed = true;
	return 1;
}

/* The name in a [section] line; false when `line` is none. */
static bool
section_name(char *out, size_t cap, const char *line)
{
	size_t n;

	line += strspn(line, " \t");
	if (*line != '[')
		return false;
	n = strcspn(line + 1, "]\n");
	if (line[1 + n] != ']')
		return false;
	snprintf(out, cap, "%.*s", (int)n, line + 1);
	return true;
}

/* What inih does not tell of: lines it would cut, sections without keys. */
static int
lines_check(const char *path, const char *text, struct reading *r)
{
	char section[64];
	int line;

	for (line = 1; *text; line++) {
		size_t n = strcspn(text, "\n");

		if (n > CONF_LINE_MAX)
			return err_set(r->err, ERR_USAGE,
			    "%s: line %d is longer than %d bytes", path, line,
			    CONF_LINE_MAX);
		if (section_name(section, sizeof(section), text) &&
		    r->entry(r->arg, section, NULL, NULL, line, r->err) < 0)
			return -1;
		text += n + (text[n] == '\n');
	}
	return 0;
}

static int
whole_file(struct buf *out, const char *path, struct err *err)
{
	struct infile f;
	ssize_t n = -1;

	if (infile_open(&f, path, err) < 0)
		return -1;
	while (buf_reserve(out, 4096) &&
	    (n = infile_read(&f, out->p + out->n, 4096, err)) > 0)
		out->n += (size_t)n;
	infile_close(&f);
	buf_addc(out, '\0');
	return n < 0 && !out->failed ? -1 : buf_check(out, err);
}

int
conf_read(const char *path, conf_entry *entry, void *arg, struct err *err)
{
	struct buf text = BUF_INIT(CONF_MAX);
	struct reading r = { .entry = entry, .arg = arg, .err = err };
	int bad, ret = -1;

	if (whole_file(&text, path, err) < 0)
		goto out;
	if (lines_check(path, text.p, &r) < 0)
		goto out;
	r.text = text.p;
	bad = ini_parse_stream(next_line, &r, on_entry, &r);
	if (r.failed) {
		ret = -1;
	} else if (bad < 0) {
		err_nomem(err);
	} else if (bad > 0) {
		err_set(err, ERR_USAGE,
		    "%s: line %d: neither 'key = value' "
		    "nor a [section]",
		    path, bad);
	} else {
		ret = 0;
	}
out:
	buf_release(&text);
	return ret;
}
