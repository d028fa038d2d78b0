#include "flow/rewrite.h"

#include <inttypes.h>

#include "text/csv_writer.h"

/* A number as --format wants it; in a cell that changes, E.164 at least. */
static void
number_add(struct rewrite *w, struct buf *out, const struct judged *j)
{
	struct number n = { .key = j->key,
		.region = j->region,
		.type = j->type };
	char text[NUMBER_TEXT_MAX];
	size_t n_text;

	/* without its country a foreign number is somebody else's */
	if (w->o->format == FORMAT_NATIONAL &&
	    region_calling_code(n.region) != 0 &&
	    region_calling_code(n.region) ==
		region_calling_code(w->o->rules.region))
		n_text = number_national(text, &n);
	else
		n_text = number_e164(text, n.key);
	buf_add(out, text, n_text);
}

/* What stands in a phone cell after judging: the survivors, or nothing. */
static void
survivors_add(struct rewrite *w, struct buf *out, unsigned phone)
{
	struct buf *list = &w->scratch;
	size_t i;

	buf_reset(list);
	for (i = 0; i < w->nj; i++) {
		const struct judged *j = &w->judged[i];

		if (j->phone != phone || j->fired)
			continue;
		if (list->n)
			buf_addc(list, ';');
		number_add(w, list, j);
	}
	csv_add_cell(out, buf_span(list), w->dialect->delimiter);
}

/* Has anything in this phone cell been refused, or is it to be reformatted? */
static bool
cell_changes(const struct rewrite *w, unsigned phone)
{
	bool any = false;
	size_t i;

	for (i = 0; i < w->nj; i++) {
		if (w->judged[i].phone != phone)
			continue;
		any = true;
		if (w->judged[i].fired)
			return true;
	}
	return any && w->o->format != FORMAT_KEEP;
}

/* Which phone column, if any, holds `column`; its last part gets the text. */
static bool
column_change(const struct rewrite *w, unsigned column, unsigned *phone,
    bool *last)
{
	unsigned i, k;

	for (i = 0; i < w->columns->phones; i++) {
		const struct campaign_phone *p = &w->columns->phone[i];

		for (k = 0; k < p->parts; k++) {
			if (p->column[k] != column || !cell_changes(w, i))
				continue;
			*phone = i;
			*last = k + 1 == p->parts;
			return true;
		}
	}
	return false;
}

/* One added column's value for one surviving number. */
static void
added_value(struct buf *out, enum scrub_add add, const struct judged *j)
{
	char text[NUMBER_TEXT_MAX];
	size_t n;

	if (add == ADD_E164) {
		n = number_e164(text, j->key);
		buf_add(out, text, n);
	} else if (add == ADD_REGION) {
		region_name(text, j->region);
		buf_adds(out, text);
	} else {
		buf_adds(out, number_type_name((enum number_type)j->type));
	}
}

static void
columns_add(struct rewrite *w, struct buf *out)
{
	const struct scrub_options *o = w->o;
	size_t a, i;

	for (a = 0; a < o->adds; a++) {
		struct buf *list = &w->scratch;
		unsigned priority = 0;

		buf_reset(list);
		for (i = 0; i < w->nj; i++) {
			const struct judged *j = &w->judged[i];

			if (j->fired)
				continue;
			if (j->priority > priority)
				priority = j->priority;
			if (o->add[a] == ADD_PRIORITY)
				continue;
			if (list->n)
				buf_addc(list, ';');
			added_value(list, o->add[a], j);
		}
		if (o->add[a] == ADD_PRIORITY)
			buf_addu(list, priority);
		buf_addc(out, w->dialect->delimiter);
		csv_add_cell(out, buf_span(list), w->dialect->delimiter);
	}
}

int
rewrite_row(struct rewrite *w, const struct csv_row *row,
    const struct judged *judged, size_t n, struct err *err)
{
	const char *from = row->raw.p, *end = row->raw.p + row->raw.n;
	struct span cell;
	unsigned column, phone = 0;
	bool last = false;

	w->judged = judged;
	w->nj = n;
	buf_reset(&w->line);
	for (column = 0; column < w->dialect->columns; column++) {
		if (!column_change(w, column, &phone, &last))
			continue;
		if (!csv_row_cell(&cell, row, column, w->dialect))
			return err_set(err, ERR_INTERNAL,
			    "line %" PRIu64
			    ": a phone cell is not where it was",
			    row->line);
		buf_add(&w->line, from, (size_t)(cell.p - from));
		if (last)
			survivors_add(w, &w->line, phone);
		from = cell.p + cell.n;
	}
	buf_add(&w->line, from, (size_t)(end - from));
	columns_add(w, &w->line);
	buf_add(&w->line, end, row->eol);
	return buf_check(&w->scratch, err) < 0 ? -1 : buf_check(&w->line, err);
}

void
rewrite_init(struct rewrite *w, const struct scrub_options *o,
    const struct campaign_columns *columns, const struct csv_dialect *dialect)
{
	rewrite_release(w);
	*w = (struct rewrite){ .o = o,
		.columns = columns,
		.dialect = dialect,
		.scratch = BUF_INIT(SIZE_MAX),
		.line = BUF_INIT(SIZE_MAX) };
}

void
rewrite_release(struct rewrite *w)
{
	buf_release(&w->scratch);
	buf_release(&w->line);
	*w = (struct rewrite){ 0 };
}
