#include "flow/campaign.h"

#include <stdio.h>
#include <string.h>

#include "text/columns.h"

enum { SAMPLE_ROWS = 200, CANDIDATES_MAX = 64 };

static int
find(unsigned *out, const char *given, struct csv_reader *r, struct err *err)
{
	const struct span *names;
	size_t n;

	names = csv_reader_names(r, &n);
	return column_find(out, span_str(given), names, n,
	    csv_reader_has_header(r), ERR_INPUT, err);
}

/* NAME, N, or A+B; a header that has a plus in it comes first. */
static int
phone_named(struct campaign_phone *out, const char *given, struct csv_reader *r,
    struct err *err)
{
	const char *plus = strchr(given, '+');
	struct span half[2];
	const struct span *names;
	struct err ignored;
	size_t n, i;

	out->parts = 1;
	if (!plus || find(&out->column[0], given, r, &ignored) == 0)
		return find(&out->column[0], given, r, err);
	names = csv_reader_names(r, &n);
	half[0] = span_of(given, (size_t)(plus - given));
	half[1] = span_str(plus + 1);
	out->parts = 2;
	for (i = 0; i < 2; i++)
		if (column_find(&out->column[i], half[i], names, n,
			csv_reader_has_header(r), ERR_INPUT, err) < 0)
			return -1;
	return 0;
}

/* Seven to fifteen digits and no letter: some country's number, perhaps. */
static bool
digits_of_a_number(struct span s)
{
	size_t i, digits = 0;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= '0' && c <= '9')
			digits++;
		else if ((c | 32) >= 'a' && (c | 32) <= 'z')
			return false;
	}
	return digits >= 7 && digits <= 15;
}

/* Do most of the cells of the sample that are not empty hold numbers? */
static int
holds_numbers(bool *out, struct csv_reader *r, unsigned column,
    const struct number_rules *rules, bool strict, struct err *err)
{
	struct csv_rows rows = { 0 };
	struct buf scratch = BUF_INIT(1 << 20);
	size_t i, filled = 0, good = 0;
	struct number_cell cell;
	int ret;

	ret = csv_reader_sample(r, &rows, &column, 1, SAMPLE_ROWS, err);
	for (i = 0; ret == 0 && i < rows.n; i++) {
		struct span s = rows.cell[i];

		if (rows.row[i].status != CSV_ROW_OK || s.n == 0)
			continue;
		filled++;
		s = decode_cell(csv_reader_decoder(r), s, &scratch);
		number_parse(&cell, s, rules);
		good += number_readable(&cell) ||
		    (!strict && digits_of_a_number(s));
	}
	*out = filled && 2 * good >= filled;
	csv_rows_release(&rows);
	buf_release(&scratch);
	return ret;
}

static int
several(struct csv_reader *r, const unsigned *column, size_t n, struct err *err)
{
	const struct span *names;
	char list[512], name[128];
	size_t i, k = 0, all;

	names = csv_reader_names(r, &all);
	for (i = 0; i < n && k < sizeof(list) - sizeof(name) - 16; i++) {
		column_list(name, sizeof(name), &names[column[i]], 1);
		k += (size_t)snprintf(list + k, sizeof(list) - k, "%s%u (%s)",
		    i ? ", " : "", column[i] + 1, name);
	}
	err_set(err, ERR_INPUT, "several columns may be the phone column: %s",
	    list);
	return err_hint(err,
	    "say which, with --column NAME; repeat it when "
	    "every one of them is to be judged");
}

static int
none(struct csv_reader *r, const struct scrub_options *o, struct err *err)
{
	const struct span *names;
	char list[256];
	unsigned c;
	size_t n;
	bool is;

	names = csv_reader_names(r, &n);
	column_list(list, sizeof(list), names, n);
	err_set(err, ERR_INPUT, "there is no phone column (columns: %s)", list);
	for (c = 0; c < n; c++) {
		struct err ignored;

		if (holds_numbers(&is, r, c, &o->rules, true, &ignored) == 0 &&
		    is)
			return err_hint(err,
			    "column %u holds numbers: "
			    "--column %u%s",
			    c + 1, c + 1,
			    csv_reader_has_header(r) ?
				"; --no-header when the first record is data" :
				"");
	}
	return err_hint(err, "name it with --column NAME or --column N%s",
	    csv_reader_has_header(r) ? "; --no-header when the first record "
				       "is data" :
				       "");
}

/* By header, confirmed by content; without a header, by content. */
static int
phone_detect(struct campaign_columns *out, struct csv_reader *r,
    const struct scrub_options *o, struct err *err)
{
	bool header = csv_reader_has_header(r), is;
	unsigned named[CANDIDATES_MAX], sure[CANDIDATES_MAX], c;
	const struct span *names;
	size_t n, nnamed = 0, nsure = 0, i;

	names = csv_reader_names(r, &n);
	for (c = 0; c < n && nnamed < CANDIDATES_MAX; c++)
		if (!header || column_is_phone(names[c]))
			named[nnamed++] = c;
	for (i = 0; i < nnamed; i++) {
		if (holds_numbers(&is, r, named[i], &o->rules, !header, err) <
		    0)
			return -1;
		if (is)
			sure[nsure++] = named[i];
	}
	/* A list with one phone column and nothing in it, or only rubbish,
	 * still has that column; the guards say the rest. */
	if (nsure == 0 && nnamed == 1 && header)
		sure[nsure++] = named[0];
	if (nsure == 0)
		return header && nnamed > 1 ? several(r, named, nnamed, err) :
					      none(r, o, err);
	if (nsure > 1)
		return several(r, sure, nsure, err);
	out->phone[0].column[0] = sure[0];
	out->phone[0].parts = 1;
	out->phones = 1;
	return 0;
}

int
campaign_columns(struct campaign_columns *out, struct csv_reader *r,
    const struct scrub_options *o, struct err *err)
{
	const struct {
		const char *given, *option;
		int *place;
	} other[] = {
		{ o->region_column, "--region-column", &out->region },
		{ o->person_column, "--person", &out->person },
		{ o->expires_column, "--consent-expires", &out->expires },
		{ o->granted_column, "--consent-granted", &out->granted },
	};
	unsigned column[4] = { 0 };
	size_t i, k;

	*out = (struct campaign_columns){ 0 };
	for (i = 0; i < o->columns; i++) {
		if (phone_named(&out->phone[i], o->column[i], r, err) < 0)
			return err_in(err, "--column %s", o->column[i]);
		out->phones++;
	}
	if (out->phones == 0 && phone_detect(out, r, o, err) < 0)
		return -1;
	for (i = 0; i < out->phones; i++)
		for (k = 0; k < out->phone[i].parts; k++)
			column_want(out->want, &out->wants,
			    out->phone[i].column[k]);
	for (i = 0; i < 4; i++) {
		if (!other[i].given)
			continue;
		if (find(&column[i], other[i].given, r, err) < 0)
			return err_in(err, "%s", other[i].option);
		column_want(out->want, &out->wants, column[i]);
	}
	for (i = 0; i < out->phones; i++)
		for (k = 0; k < out->phone[i].parts; k++)
			out->phone[i].cell[k] = column_place(out->want,
			    out->phone[i].column[k]);
	for (i = 0; i < 4; i++)
		*other[i].place = other[i].given ?
		    (int)column_place(out->want, column[i]) :
		    CAMPAIGN_NONE;
	return 0;
}

uint16_t
campaign_region(struct span s)
{
	unsigned cc = 0;
	size_t i;

	s = span_trim(s);
	if (s.n > 1 && s.p[0] == '+')
		s = span_of(s.p + 1, s.n - 1);
	if (s.n == 0 || s.n > 3 || s.p[0] < '0' || s.p[0] > '9')
		return region_code(s);
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return REGION_NONE;
		cc = cc * 10 + (unsigned)(s.p[i] - '0');
	}
	return region_of_calling_code(cc);
}

void
campaign_describe(char *out, size_t cap, const struct campaign_columns *c,
    struct csv_reader *r)
{
	const struct span *names;
	size_t n, i, k, at = 0;

	names = csv_reader_names(r, &n);
	out[0] = '\0';
	for (i = 0; i < c->phones; i++) {
		for (k = 0; k < c->phone[i].parts && at < cap - 1; k++) {
			unsigned column = c->phone[i].column[k];
			const char *sep = k ? "+" : i ? ", " : "";
			int got;

			if (csv_reader_has_header(r) && names[column].n)
				got = snprintf(out + at, cap - at, "%s%.*s",
				    sep, (int)names[column].n, names[column].p);
			else
				got = snprintf(out + at, cap - at, "%s%u", sep,
				    column + 1);
			at += got < 0 ? 0 : (size_t)got;
		}
	}
}
