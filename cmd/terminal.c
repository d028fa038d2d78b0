#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR = 20 };

int
terminal_when_parse(enum terminal_when *out, const char *value, struct err *err)
{
	if (strcmp(value, "auto") == 0)
		*out = WHEN_AUTO;
	else if (strcmp(value, "always") == 0)
		*out = WHEN_ALWAYS;
	else if (strcmp(value, "never") == 0)
		*out = WHEN_NEVER;
	else
		return err_set(err, ERR_USAGE,
		    "'%s' is none of auto, always, never", value);
	return 0;
}

bool
terminal_colour(enum terminal_when when)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != WHEN_AUTO)
		return when == WHEN_ALWAYS;
	return isatty(STDERR_FILENO) && !(no && *no) && term &&
	    strcmp(term, "dumb") != 0;
}

void
progress_begin(struct progress *p, enum terminal_when when)
{
	*p = (struct progress){ .on = when == WHEN_ALWAYS ||
		    (when == WHEN_AUTO && isatty(STDERR_FILENO)),
		.begun = clock_monotonic() };
}

/* "812 k", "3.1 M": rows a second, in three figures or so. */
static void
rate_text(char *out, size_t cap, double rate)
{
	if (rate >= 1e6)
		snprintf(out, cap, "%.1f M rows/s", rate / 1e6);
	else if (rate >= 1e3)
		snprintf(out, cap, "%.0f k rows/s", rate / 1e3);
	else
		snprintf(out, cap, "%.0f rows/s", rate);
}

/* Another file than last time?  Its rate and its end count from now on. */
static void
what_note(struct progress *p, const char *what, double now)
{
	const char *slash = strrchr(what, '/');

	if (slash && slash[1])
		what = slash + 1;
	if (strncmp(p->what, what, sizeof(p->what) - 1) == 0)
		return;
	snprintf(p->what, sizeof(p->what), "%s", what);
	p->what_begun = p->last ? p->last : p->begun;
	p->last = now;
}

void
progress_show(struct progress *p, const char *what, uint64_t done, int64_t size,
    uint64_t rows)
{
	double now, past, part;
	char bar[BAR + 1], rate[32] = "";
	int left;

	if (!p->on)
		return;
	now = clock_monotonic();
	what_note(p, what, now);
	if (now - p->begun < 1 || now - p->last < 0.1)
		return;
	past = now - p->what_begun;
	p->last = now;
	p->shown = true;
	if (rows)
		rate_text(rate, sizeof(rate), (double)rows / past);
	if (size <= 0) {
		fprintf(stderr, "\r\033[K%s  %.1f MB  %s", p->what,
		    (double)done / 1e6, rate);
		return;
	}
	part = (double)done / (double)size;
	part = part > 1 ? 1 : part;
	memset(bar, '.', BAR);
	memset(bar, '#', (size_t)(part * BAR));
	bar[BAR] = '\0';
	left = part > 0 ? (int)(past * (1 - part) / part) : 0;
	fprintf(stderr, "\r\033[K%s  [%s] %3.0f %%  %s%s%d:%02d left", p->what,
	    bar, part * 100, rate, *rate ? "  " : "", left / 60, left % 60);
}

void
progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
