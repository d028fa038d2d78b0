#include "flow/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "text/number.h"

/* 1234567 as "1,234,567". */
static const char *
grouped(char out[32], uint64_t v)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, v), i, k = 0;

	for (i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			out[k++] = ',';
		out[k++] = digits[i];
	}
	out[k] = '\0';
	return out;
}

static double
share(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void
line(struct buf *out, const char *label, uint64_t n, uint64_t whole,
    const char *about)
{
	char text[32];

	buf_addf(out, "    %-18s %13s  %5.1f %%  %s\n", label, grouped(text, n),
	    share(n, whole), about);
}

static const char *
bold(bool colour, bool on)
{
	return !colour ? "" : on ? "\033[1m" : "\033[0m";
}

static void
totals(struct buf *out, const struct summary *s, bool colour)
{
	char text[32];

	buf_addf(out, "  %s%-20s %13s%s", bold(colour, true), "rows in",
	    grouped(text, s->rows), bold(colour, false));
	if (s->files > 1)
		buf_addf(out, "           in %zu files", s->files);
	if (s->blank)
		buf_addf(out, "%s and %s blank line%s",
		    s->files > 1 ? "" : "          ", grouped(text, s->blank),
		    s->blank == 1 ? "" : "s");
	buf_addc(out, '\n');
	buf_addf(out, "  %s%-20s %13s%s  %5.1f %%\n", bold(colour, true),
	    "kept", grouped(text, s->kept), bold(colour, false),
	    share(s->kept, s->rows));
	buf_addf(out, "  %s%-20s %13s%s  %5.1f %%\n", bold(colour, true),
	    "rejected", grouped(text, s->rejected), bold(colour, false),
	    share(s->rejected, s->rows));
}

static void
reasons(struct buf *out, const struct summary *s)
{
	int i;

	for (i = 0; i < VERDICT_REASONS; i++)
		if (s->headline[i])
			line(out, verdict_reason_name((enum verdict_reason)i),
			    s->headline[i], s->rows,
			    verdict_reason_about((enum verdict_reason)i));
}

static void
blanked(struct buf *out, const struct summary *s)
{
	char text[32];
	bool any = false;
	int i;

	for (i = 0; i < VERDICT_REASONS; i++) {
		if (!s->blanked[i])
			continue;
		buf_addf(out, "%s%s %s",
		    any ? ", " :
			  "  numbers blanked in "
			  "kept rows: ",
		    verdict_reason_name((enum verdict_reason)i),
		    grouped(text, s->blanked[i]));
		any = true;
	}
	if (any)
		buf_addc(out, '\n');
}

static void
flags(struct buf *out, const struct summary *s, uint32_t mask,
    const char *title)
{
	char text[32];
	bool any = false;
	int i;

	for (i = 0; i < SUMMARY_FLAGS; i++) {
		const char *name = number_flag_name(UINT32_C(1) << i);

		if (!s->flag[i] || !(mask >> i & 1) || !name)
			continue;
		buf_addf(out, "%s%s %s", any ? ", " : title, name,
		    grouped(text, s->flag[i]));
		any = true;
	}
	if (any)
		buf_addc(out, '\n');
}

/* "3 days old": how long before as_of the file was written. */
static void
age(struct buf *out, int64_t seconds)
{
	if (seconds < 7200)
		buf_addf(out, "%d min old", (int)(seconds / 60));
	else if (seconds < 2 * 86400)
		buf_addf(out, "%d hours old", (int)(seconds / 3600));
	else
		buf_addf(out, "%" PRId64 " days old", seconds / 86400);
}

static void
list_notes(struct buf *out, const struct list_result *l)
{
	const struct {
		uint64_t n;
		const char *what;
	} notes[] = {
		{ l->ended, "ended" },
		{ l->wildcards, "wildcards" },
		{ l->unusable, "unusable" },
		{ l->blocking, "of them block all the same" },
		{ l->bad_dates, "unreadable dates" },
		{ l->later, "calls after the planned time" },
		{ l->blank, "blank" },
	};
	char text[32];
	size_t i;

	for (i = 0; i < sizeof(notes) / sizeof(*notes); i++)
		if (notes[i].n)
			buf_addf(out, ", %s %s", grouped(text, notes[i].n),
			    notes[i].what);
}

/* A register has four lists; those with nothing in them go without saying. */
static bool
worth_telling(const struct list_result *l)
{
	return !l->in_register || l->kind == LIST_DNC || l->lines > 0;
}

static void
lists(struct buf *out, const struct summary *s)
{
	char text[32];
	size_t i;

	if (s->lists->n)
		buf_adds(out, "  lists\n");
	for (i = 0; i < s->lists->n; i++) {
		const struct list_result *l = &s->lists->list[i];

		if (!worth_telling(l))
			continue;
		buf_addf(out, "    %-18s %13s  %s", l->name,
		    grouped(text, l->lines),
		    l->in_register ? "entries" : "lines");
		if (l->kind == LIST_DNC || l->kind == LIST_LISTED)
			buf_addf(out, ", %s rows held back",
			    grouped(text, l->rows));
		list_notes(out, l);
		if (l->changed_at >= 0 && l->changed_at <= s->as_of) {
			buf_adds(out, ", ");
			age(out, s->as_of - l->changed_at);
		}
		buf_addf(out, " (%s)\n", l->path);
	}
}

static void
files(struct buf *out, const struct summary *s)
{
	char text[32];
	size_t i;

	for (i = 0; i < s->files; i++) {
		const struct summary_file *f = &s->file[i];

		if (s->files > 1)
			buf_addf(out,
			    "  %s: %" PRIu64 " rows, %" PRIu64 " kept, %" PRIu64
			    " rejected\n",
			    f->input, f->rows, f->kept, f->rejected);
		if (f->clean)
			buf_addf(out, "  clean     %s\n",
			    strcmp(f->clean, "-") == 0 ? "standard output" :
							 f->clean);
		if (f->rejects)
			buf_addf(out, "  rejected  %s\n", f->rejects);
		else if (f->clean && f->rejected)
			buf_adds(out,
			    "  rejected  not written; --rejects FILE "
			    "keeps the reasons\n");
	}
	if (s->dry_run)
		buf_adds(out, "  dry run: nothing was written\n");
	if (s->run)
		buf_addf(out, "  recorded  as run %" PRIu64 "\n", s->run);
	if (s->reserved)
		buf_addf(out,
		    "  reserved  %s calls; 'scrub calls release %" PRIu64
		    "' gives back those that are not made\n",
		    grouped(text, s->reserved), s->run);
}

void
summary_text(struct buf *out, const struct summary *s, bool colour)
{
	char as_of[CLOCK_TEXT_MAX], rate[32];
	double seconds = s->seconds > 0 ? s->seconds : 1e-9;

	clock_text(as_of, s->as_of);
	buf_addf(out, "scrub: %s%s, as of %s\n",
	    s->files == 1 ? s->file[0].input : "several lists",
	    s->files == 1 && strcmp(s->file[0].input, "-") == 0 ?
		" (standard input)" :
		"",
	    as_of);
	totals(out, s, colour);
	reasons(out, s);
	blanked(out, s);
	flags(out, s, NUMBER_REPAIRS, "  repaired: ");
	flags(out, s, ~(uint32_t)NUMBER_REPAIRS, "  noted: ");
	if (s->bad_consent_dates)
		buf_addf(out,
		    "  consent dates in the list that cannot be "
		    "read: %" PRIu64 " (taken as no consent)\n",
		    s->bad_consent_dates);
	lists(out, s);
	buf_addf(out, "  %.2f s, %s rows/s\n", s->seconds,
	    grouped(rate, (uint64_t)((double)s->rows / seconds)));
	files(out, s);
}
