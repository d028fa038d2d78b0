/* See csv_writer.h. */
#include "text/csv_writer.h"

#include <stdbool.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
needs_quotes(struct span s, char delimiter)
{
	if (s.n == 0)
		return false;
	if (is_blank(s.p[0]) || is_blank(s.p[s.n - 1]))
		return true;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == delimiter || s.p[i] == '"' || s.p[i] == '\r' ||
		    s.p[i] == '\n')
			return true;
	return false;
}

void
csv_add_cell(struct buf *out, struct span s, char delimiter)
{
	if (!needs_quotes(s, delimiter)) {
		buf_addspan(out, s);
		return;
	}
	buf_addc(out, '"');
	while (s.n > 0) {
		const char *quote = memchr(s.p, '"', s.n);
		size_t n = quote ? (size_t)(quote - s.p) + 1 : s.n;

		buf_add(out, s.p, n);
		if (quote)
			buf_addc(out, '"');
		s = span_of(s.p + n, s.n - n);
	}
	buf_addc(out, '"');
}
