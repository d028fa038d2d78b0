#include "flow/scrub.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "flow/campaign.h"
#include "flow/output.h"
#include "flow/reject.h"
#include "store/numset.h"
#include "text/columns.h"
#include "text/csv_writer.h"

enum {
	BATCH = 128, /* rows read ahead, so that memory is there in time */
	NUMBERS_MAX = SCRUB_PHONES_MAX * NUMBER_MAX, /* of one row */
	SUBJECTS = 3, /* a number, its prefixes, its person */
	GUARD_NUMBERS = 200, /* enough to tell a wrong column */
	LINE_MAX_TEXT = 1 << 26,
};

static const char *const add_names[SCRUB_ADDS] = {
	[ADD_E164] = "e164",
	[ADD_REGION] = "region",
	[ADD_TYPE] = "type",
	[ADD_PRIORITY] = "priority",
};

const char *
scrub_add_name(enum scrub_add a)
{
	return (unsigned)a < SCRUB_ADDS ? add_names[a] : "";
}

/* One number of the row at hand. */
struct judged {
	const struct number *number;
	unsigned phone;   /* which phone column */
	struct verdict verdict;
	uint32_t first;   /* duplicate: ordinal of the row that was kept */
};

/* One cell of the row at hand. */
struct cell {
	struct number_cell parsed;
	struct span text; /* UTF-8 */
	size_t home;      /* of its first number in the table of facts */
};

/* A whole run, file after file. */
struct run {
	const struct scrub_options *o;
	struct lists *lists;
	struct summary *summary;
	struct numset kept;
	uint32_t ordinal; /* of the last row, over all files */
	uint32_t *first_ordinal; /* of each file: of its row 0 */

	/* the file at hand */
	size_t index;
	struct summary_file *file;
	struct output *output;
	struct csv_reader *reader;
	struct campaign_columns columns;
	struct reject_context reject;
	struct csv_block block;
	struct csv_rows rows;
	uint64_t row;
	bool holding;     /* output waits for the guard: see guard_streaming */
	struct buf held;
	uint64_t numbers, unreadable;

	/* the batch and the row at hand */
	struct cell *cell; /* BATCH * phones */
	struct number_rules rules;
	const char *region_note;
	struct judged judged[NUMBERS_MAX];
	size_t nj;
	struct facts_found found;
	struct buf text, scratch, line;
};

/* ---- judging a row ---- */

static struct span
row_cell(const struct run *r, size_t row, unsigned k)
{
	return r->rows.cell[row * r->columns.wants + k];
}

static struct span
row_text(struct run *r, size_t row, int k)
{
	return decode_cell(csv_reader_decoder(r->reader),
	    row_cell(r, row, (unsigned)k), &r->scratch);
}

/* The rules for this row: its own region where it names one. */
static void
rules_settle(struct run *r, size_t row)
{
	struct span s;

	if (r->columns.region == CAMPAIGN_NONE)
		return;
	r->region_note = NULL;
	r->rules.region = r->o->rules.region;
	s = row_text(r, row, r->columns.region);
	if (s.n == 0)
		return;
	r->rules.region = campaign_region(s);
	if (r->rules.region == REGION_NONE)
		r->region_note = "its region is not known";
}

/* The text of a phone cell; two columns are put together without a gap. */
static struct span
phone_text(struct run *r, size_t row, const struct campaign_phone *p)
{
	struct span a, b;

	if (p->parts == 1)
		return decode_cell(csv_reader_decoder(r->reader),
		    row_cell(r, row, p->cell[0]), &r->text);
	b = span_trim(row_cell(r, row, p->cell[1]));
	if (b.n == 0)
		return b;
	a = span_trim(row_cell(r, row, p->cell[0]));
	buf_reset(&r->scratch);
	buf_addspan(&r->scratch, a);
	buf_addspan(&r->scratch, b);
	return decode_cell(csv_reader_decoder(r->reader),
	    buf_span(&r->scratch), &r->text);
}

/* Parse a row's numbers, and ask for the memory their look-ups will need. */
static void
row_parse(struct run *r, size_t row, struct cell *cell)
{
	const struct facts *facts = r->lists->facts;
	size_t i;

	rules_settle(r, row);
	for (i = 0; i < r->columns.phones; i++, cell++) {
		cell->text = phone_text(r, row, &r->columns.phone[i]);
		number_parse(&cell->parsed, cell->text, &r->rules);
		if (cell->text.p == r->text.p || cell->text.p == r->scratch.p)
			cell->text = row_cell(r, row, r->columns.phone[i].
			    cell[r->columns.phone[i].parts - 1]);
		if (cell->parsed.count == 0)
			continue;
		cell->home = facts_home(facts, cell->parsed.number[0].key);
		facts_prefetch(facts, cell->home);
		numset_prefetch(&r->kept, cell->parsed.number[0].key);
	}
}

/* Everything known of the number: its own facts, then its prefixes'. */
static int
facts_of(struct run *r, uint64_t key, size_t home, size_t *own,
    struct err *err)
{
	const struct facts *facts = r->lists->facts;
	uint32_t lengths = facts_prefix_lengths(facts);
	uint64_t prefix;
	unsigned length = 0;

	r->found.n = 0;
	if (facts_find(facts, key, home, &r->found, err) < 0)
		return -1;
	*own = r->found.n;
	if (!lengths)
		return 0;
	for (prefix = key; prefix; prefix /= 10)
		length++;
	for (prefix = key; prefix; prefix /= 10, length--) {
		uint64_t subject = subject_prefix(prefix);

		if (lengths >> length & 1 && facts_find(facts, subject,
		    facts_home(facts, subject), &r->found, err) < 0)
			return -1;
	}
	return 0;
}

static int
person_facts(struct run *r, size_t row, struct err *err)
{
	const struct facts *facts = r->lists->facts;
	struct span id;
	uint64_t key;

	if (r->columns.person == CAMPAIGN_NONE)
		return 0;
	id = span_trim(row_cell(r, row, (unsigned)r->columns.person));
	if (id.n == 0)
		return 0;
	key = subject_person(id, facts_seed(facts));
	return facts_find(facts, key, facts_home(facts, key), &r->found, err);
}

/* Consent in the row's own columns.  What cannot be read is none. */
static bool
own_consent(struct run *r, size_t row, struct policy_consent *out)
{
	const struct scrub_options *o = r->o;
	struct clock_time t;
	struct span granted = { 0 }, expires = { 0 };

	*out = (struct policy_consent){ .until = FACT_FOREVER };
	if (r->columns.granted == CAMPAIGN_NONE &&
	    r->columns.expires == CAMPAIGN_NONE)
		return false;
	if (r->columns.granted != CAMPAIGN_NONE) {
		granted = span_trim(row_text(r, row, r->columns.granted));
		if (granted.n == 0)
			return true;
		if (!clock_parse(&t, granted, o->granted_format,
		    o->policy.zone)) {
			r->summary->bad_consent_dates++;
			return true;
		}
		out->granted = fact_time(t.from);
	}
	if (r->columns.expires != CAMPAIGN_NONE) {
		expires = span_trim(row_text(r, row, r->columns.expires));
		/* Without a date of its own, "until when" alone says whether
		 * there is a consent at all. */
		if (expires.n == 0) {
			out->given = r->columns.granted != CAMPAIGN_NONE;
			return true;
		}
		if (!clock_parse(&t, expires, o->expires_format,
		    o->policy.zone)) {
			r->summary->bad_consent_dates++;
			return true;
		}
		out->until = fact_time(t.to);
	}
	out->given = true;
	return true;
}

/* Judge one number against everything that is known. */
static int
number_judge(struct run *r, size_t row, const struct number *n, size_t home,
    const struct policy_consent *own, struct verdict *v, struct err *err)
{
	struct policy_facts subject[SUBJECTS] = {
		{ .match = MATCH_NUMBER },
		{ .match = MATCH_PREFIX },
		{ .match = MATCH_PERSON },
	};
	size_t prefixes;

	if (facts_of(r, n->key, home, &subject[0].n, err) < 0)
		return -1;
	prefixes = r->found.n;
	if (person_facts(r, row, err) < 0)
		return -1;
	subject[0].fact = r->found.fact;
	subject[1].fact = r->found.fact + subject[0].n;
	subject[1].n = prefixes - subject[0].n;
	subject[2].fact = r->found.fact + prefixes;
	subject[2].n = r->found.n - prefixes;
	policy_judge(&r->o->policy, n, subject, SUBJECTS, own, v);
	return 0;
}

static enum verdict_reason
status_reason(enum number_status s)
{
	switch (s) {
	case NUMBER_EMPTY:
		return VERDICT_EMPTY;
	case NUMBER_DAMAGED:
		return VERDICT_DAMAGED;
	case NUMBER_LOCAL:
	case NUMBER_AMBIGUOUS:
		return VERDICT_AMBIGUOUS;
	case NUMBER_SERVICE:
		return VERDICT_NEVER_CALL;
	default:
		return VERDICT_INVALID;
	}
}

/*
 * A cell without a number that can be called.  If any of its readings is on a
 * list, the report says so.
 */
static int
unreadable_judge(struct run *r, size_t row, const struct cell *c,
    struct judged *j, struct err *err)
{
	const uint32_t listed = 1u << VERDICT_DNC | 1u << VERDICT_LISTED |
	    1u << VERDICT_RISK;
	struct verdict v;
	size_t i;

	verdict_fire(&j->verdict,
	    status_reason((enum number_status)c->parsed.status));
	for (i = 0; i < c->parsed.count; i++) {
		const struct number *n = &c->parsed.number[i];

		v = (struct verdict){ 0 };
		if (number_judge(r, row, n, facts_home(r->lists->facts,
		    n->key), NULL, &v, err) < 0)
			return -1;
		if (!(v.fired & listed))
			continue;
		j->verdict.fired |= v.fired & listed;
		j->verdict.dnc = v.dnc;
		j->verdict.listed = v.listed;
		j->verdict.risk = v.risk;
		j->verdict.dnc.match = j->verdict.listed.match =
		    j->verdict.risk.match = MATCH_READING;
	}
	return 0;
}

static void
duplicate_judge(struct run *r, struct judged *j)
{
	if (!r->o->dedupe || j->verdict.fired)
		return;
	j->first = numset_find(&r->kept, j->number->key);
	if (j->first)
		verdict_fire(&j->verdict, VERDICT_DUPLICATE);
}

static void
cell_count(struct run *r, const struct number_cell *c)
{
	uint32_t flags;

	r->numbers++;
	r->unreadable += !number_readable(c) && c->status != NUMBER_SERVICE;
	for (flags = c->flags; flags; flags &= flags - 1)
		r->summary->flag[__builtin_ctz(flags)]++;
}

/* Judge every number of the row into r->judged. */
static int
row_judge(struct run *r, size_t row, const struct cell *cell, struct err *err)
{
	struct policy_consent consent;
	bool own = own_consent(r, row, &consent);
	size_t i, k;

	r->nj = 0;
	for (i = 0; i < r->columns.phones; i++, cell++) {
		const struct number_cell *c = &cell->parsed;

		if (c->status == NUMBER_EMPTY)
			continue;
		cell_count(r, c);
		if (!number_readable(c)) {
			struct judged *j = &r->judged[r->nj++];

			*j = (struct judged){ .phone = (unsigned)i };
			if (unreadable_judge(r, row, cell, j, err) < 0)
				return -1;
			continue;
		}
		for (k = 0; k < c->count; k++) {
			struct judged *j = &r->judged[r->nj++];

			*j = (struct judged){ .phone = (unsigned)i,
				.number = &c->number[k] };
			if (number_judge(r, row, j->number, k == 0 ?
			    cell->home : facts_home(r->lists->facts,
			    j->number->key), own ? &consent : NULL,
			    &j->verdict, err) < 0)
				return -1;
			duplicate_judge(r, j);
		}
	}
	return 0;
}

/* ---- writing rows ---- */

static int
clean_write(struct run *r, const void *p, size_t n, struct err *err)
{
	if (r->o->dry_run)
		return 0;
	if (r->holding) {
		buf_add(&r->held, p, n);
		return buf_check(&r->held, err);
	}
	return outfile_write(&r->output->clean, p, n, err);
}

/* A number as --format wants it; in a cell that changes, E.164 at least. */
static void
number_add(struct run *r, struct buf *out, const struct number *n)
{
	char text[NUMBER_TEXT_MAX];

	if (r->o->format == FORMAT_NATIONAL)
		buf_add(out, text, number_national(text, n));
	else
		buf_add(out, text, number_e164(text, n->key));
}

/* What stands in a phone cell after judging: the survivors, or nothing. */
static void
survivors_add(struct run *r, struct buf *out, unsigned phone)
{
	struct buf *list = &r->scratch;
	size_t i;

	buf_reset(list);
	for (i = 0; i < r->nj; i++) {
		const struct judged *j = &r->judged[i];

		if (j->phone != phone || j->verdict.fired || !j->number)
			continue;
		if (list->n)
			buf_addc(list, ';');
		number_add(r, list, j->number);
	}
	csv_add_cell(out, buf_span(list), r->reject.dialect->delimiter);
}

/* Has anything in this phone cell been refused, or is it to be reformatted? */
static bool
cell_changes(const struct run *r, unsigned phone)
{
	bool any = false;
	size_t i;

	for (i = 0; i < r->nj; i++) {
		if (r->judged[i].phone != phone)
			continue;
		any = true;
		if (r->judged[i].verdict.fired)
			return true;
	}
	return any && r->o->format != FORMAT_KEEP;
}

/* Which phone column, if any, holds `column`; its last part gets the text. */
static bool
column_change(const struct run *r, unsigned column, unsigned *phone,
    bool *last)
{
	unsigned i, k;

	for (i = 0; i < r->columns.phones; i++) {
		const struct campaign_phone *p = &r->columns.phone[i];

		for (k = 0; k < p->parts; k++) {
			if (p->column[k] != column || !cell_changes(r, i))
				continue;
			*phone = i;
			*last = k + 1 == p->parts;
			return true;
		}
	}
	return false;
}

static void
columns_add(struct run *r, struct buf *out)
{
	const struct scrub_options *o = r->o;
	char region[4];
	size_t a, i;

	for (a = 0; a < o->adds; a++) {
		struct buf *list = &r->scratch;
		unsigned priority = 0;

		buf_reset(list);
		for (i = 0; i < r->nj; i++) {
			const struct judged *j = &r->judged[i];

			if (j->verdict.fired || !j->number)
				continue;
			if (j->verdict.priority > priority)
				priority = j->verdict.priority;
			if (o->add[a] == ADD_PRIORITY)
				continue;
			if (list->n)
				buf_addc(list, ';');
			if (o->add[a] == ADD_E164) {
				char text[NUMBER_TEXT_MAX];

				buf_add(list, text, number_e164(text,
				    j->number->key));
			} else if (o->add[a] == ADD_REGION) {
				region_name(region, j->number->region);
				buf_adds(list, region);
			} else {
				buf_adds(list, number_type_name(
				    (enum number_type)j->number->type));
			}
		}
		if (o->add[a] == ADD_PRIORITY)
			buf_addu(list, priority);
		buf_addc(out, r->reject.dialect->delimiter);
		csv_add_cell(out, buf_span(list),
		    r->reject.dialect->delimiter);
	}
}

/* The row with its changed cells, and the added columns. */
static int
row_rewrite(struct run *r, const struct csv_row *row, struct err *err)
{
	const char *from = row->raw.p, *end = row->raw.p + row->raw.n;
	struct span cell;
	unsigned column, phone = 0;
	bool last = false;

	buf_reset(&r->line);
	for (column = 0; column < r->reject.dialect->columns; column++) {
		if (!column_change(r, column, &phone, &last))
			continue;
		if (!csv_row_cell(&cell, row, column, r->reject.dialect))
			return err_set(err, ERR_INTERNAL, "line %" PRIu64
			    ": a phone cell is not where it was", row->line);
		buf_add(&r->line, from, (size_t)(cell.p - from));
		if (last)
			survivors_add(r, &r->line, phone);
		from = cell.p + cell.n;
	}
	buf_add(&r->line, from, (size_t)(end - from));
	columns_add(r, &r->line);
	buf_add(&r->line, end, row->eol);
	if (buf_check(&r->line, err) < 0)
		return -1;
	return clean_write(r, r->line.p, r->line.n, err);
}

static int
row_keep(struct run *r, const struct csv_row *row, struct err *err)
{
	bool change = r->o->format != FORMAT_KEEP || r->o->adds > 0;
	bool priority = false;
	size_t i;

	for (i = 0; i < r->nj; i++) {
		const struct judged *j = &r->judged[i];

		if (j->verdict.fired) {
			r->summary->blanked[verdict_headline(&j->verdict)]++;
			change = true;
			continue;
		}
		priority |= j->verdict.priority > 0;
		if (r->o->dedupe &&
		    (r->nj == 1 || !numset_find(&r->kept, j->number->key)) &&
		    numset_add(&r->kept, j->number->key, r->ordinal, err) < 0)
			return -1;
	}
	r->summary->priority += priority;
	r->file->kept++;
	if (change)
		return row_rewrite(r, row, err);
	return clean_write(r, row->raw.p, row->raw.n + row->eol, err);
}

/* Which file, and which row in it, an ordinal means. */
static void
first_find(const struct run *r, uint32_t ordinal, struct reject *out)
{
	size_t i = r->index;

	while (i > 0 && r->first_ordinal[i] >= ordinal)
		i--;
	out->first_row = ordinal - r->first_ordinal[i];
	out->first_file = i == r->index ? NULL : r->file[(ptrdiff_t)i -
	    (ptrdiff_t)r->index].input;
}

/* The number that says best why: the one whose reason comes first. */
static const struct judged *
row_headline(const struct run *r, struct verdict *all)
{
	const struct judged *best = NULL;
	size_t i;

	*all = (struct verdict){ 0 };
	for (i = 0; i < r->nj; i++) {
		const struct judged *j = &r->judged[i];

		if (j->verdict.fired && (!best ||
		    verdict_headline(&j->verdict) <
		    verdict_headline(&best->verdict)))
			best = j;
	}
	if (best)
		*all = best->verdict;
	for (i = 0; i < r->nj; i++)
		verdict_join(all, &r->judged[i].verdict);
	if (!best)
		verdict_fire(all, VERDICT_EMPTY);
	return best;
}

static void
reject_count(struct run *r, const struct verdict *v)
{
	uint32_t fired;

	r->summary->headline[verdict_headline(v)]++;
	for (fired = v->fired; fired; fired &= fired - 1)
		r->summary->fired[__builtin_ctz(fired)]++;
	if (verdict_fired(v, VERDICT_DNC))
		r->lists->list[v->dnc.fact.list].rows++;
	if (verdict_fired(v, VERDICT_LISTED))
		r->lists->list[v->listed.fact.list].rows++;
}

static int
row_reject(struct run *r, const struct csv_row *row, const struct cell *cell,
    const struct verdict *v, const struct judged *why, struct err *err)
{
	struct reject reject = { .row = r->row, .csv = row, .verdict = v };

	reject_count(r, v);
	r->file->rejected++;
	if (r->o->dry_run || !r->output->rejects_path)
		return 0;
	if (why) {
		reject.number = why->number;
		reject.cell = &cell[why->phone].parsed;
		reject.text = cell[why->phone].text;
		reject.reading_listed = !why->number &&
		    verdict_fired(&why->verdict, VERDICT_DNC);
		if (why->first)
			first_find(r, why->first, &reject);
		if (!why->number)
			reject.note = r->region_note ? r->region_note :
			    r->rules.region == REGION_NONE ?
			    "no country code, and no --region" : NULL;
	}
	buf_reset(&r->line);
	reject_add(&r->line, &r->reject, &reject);
	if (buf_check(&r->line, err) < 0)
		return -1;
	return outfile_write(&r->output->rejects, r->line.p, r->line.n, err);
}

/* One row, from its parsed cells to one of the two files. */
static int
row_screen(struct run *r, size_t i, const struct cell *cell, struct err *err)
{
	const struct csv_row *row = &r->rows.row[i];
	const struct judged *why;
	struct verdict all;
	size_t k, good = 0;

	r->row++;
	r->ordinal += r->ordinal < UINT32_MAX;
	if (row->status != CSV_ROW_OK) {
		all = (struct verdict){ 0 };
		verdict_fire(&all, VERDICT_MALFORMED);
		return row_reject(r, row, cell, &all, NULL, err);
	}
	rules_settle(r, i);
	if (row_judge(r, i, cell, err) < 0)
		return -1;
	for (k = 0; k < r->nj; k++)
		good += r->judged[k].verdict.fired == 0;
	if (good > 0 && (r->o->multi == MULTI_ANY || good == r->nj))
		return row_keep(r, row, err);
	why = row_headline(r, &all);
	return row_reject(r, row, cell, &all, why, err);
}

/* ---- a file ---- */

/*
 * So many unreadable numbers are no numbers: the column is wrong, or the
 * region is.
 */
static int
guard_check(const struct run *r, struct err *err)
{
	double share;

	if (r->numbers == 0)
		return 0;
	share = 100.0 * (double)r->unreadable / (double)r->numbers;
	if (share <= r->o->max_reject)
		return 0;
	err_set(err, ERR_INPUT, "%s: %.1f %% of the numbers in column %s "
	    "cannot be read, over --max-reject %g %%",
	    csv_reader_file(r->reader)->name, share, r->file->columns,
	    r->o->max_reject);
	return err_hint(err, "%s", r->o->rules.region == REGION_NONE &&
	    r->columns.region == CAMPAIGN_NONE ?
	    "numbers without a country code need --region CC; or the column "
	    "is another: --column NAME" :
	    "it may be the wrong column (--column NAME) or the wrong region "
	    "(--region CC); else raise --max-reject");
}

/*
 * What has gone down a pipe cannot be taken back.  So output to one waits
 * until enough numbers were seen to know that the column is right.
 */
static int
guard_streaming(struct run *r, bool end, struct err *err)
{
	if (!r->holding || (!end && r->numbers < GUARD_NUMBERS &&
	    r->held.n < CSV_BLOCK))
		return 0;
	if (guard_check(r, err) < 0)
		return -1;
	r->holding = false;
	return clean_write(r, r->held.p, r->held.n, err);
}

static int
batch_screen(struct run *r, size_t from, size_t to, struct err *err)
{
	size_t phones = r->columns.phones, i;

	for (i = from; i < to; i++)
		if (r->rows.row[i].status == CSV_ROW_OK)
			row_parse(r, i, r->cell + (i - from) * phones);
	for (i = from; i < to; i++)
		if (row_screen(r, i, r->cell + (i - from) * phones, err) < 0)
			return -1;
	return 0;
}

static int
block_screen(struct run *r, struct err *err)
{
	size_t from, to;

	if (csv_split(&r->rows, &r->block, r->reject.dialect, r->columns.want,
	    r->columns.wants, err) < 0)
		return -1;
	r->file->rows += r->rows.n;
	r->file->blank += r->rows.blank;
	for (from = 0; from < r->rows.n; from = to) {
		to = r->rows.n - from < BATCH ? r->rows.n : from + BATCH;
		if (batch_screen(r, from, to, err) < 0)
			return -1;
	}
	return guard_streaming(r, false, err);
}

static void
run_progress(struct run *r)
{
	const struct infile *f = csv_reader_file(r->reader);

	if (r->o->progress)
		r->o->progress(r->o->progress_arg, f->name, f->taken, f->size,
		    r->row);
}

static int
blocks_screen(struct run *r, struct err *err)
{
	bool pipe = csv_reader_file(r->reader)->size < 0;
	int got;

	while ((got = csv_reader_next(r->reader, &r->block, err)) > 0) {
		if (interrupt_check(err) < 0 || block_screen(r, err) < 0)
			return -1;
		/* what came through a pipe goes on through it at once */
		if (pipe && r->output->clean.direct && !r->holding &&
		    outfile_flush(&r->output->clean, err) < 0)
			return -1;
		run_progress(r);
	}
	if (got < 0)
		return -1;
	return guard_streaming(r, true, err);
}

/* Byte-order mark, preamble and headers. */
static int
heads_write(struct run *r, struct err *err)
{
	struct span preamble = csv_reader_preamble(r->reader);
	struct span header = csv_reader_header_raw(r->reader);
	struct span eol = csv_reader_eol(r->reader);
	size_t a;

	buf_reset(&r->line);
	if (csv_reader_has_header(r->reader)) {
		buf_addspan(&r->line, preamble);
		buf_addspan(&r->line, header);
		for (a = 0; a < r->o->adds; a++) {
			buf_addc(&r->line, r->reject.dialect->delimiter);
			buf_adds(&r->line, scrub_add_name(r->o->add[a]));
		}
		buf_addspan(&r->line, eol);
	} else {
		header = span_of(NULL, 0);
		buf_addspan(&r->line, preamble);
	}
	if (buf_check(&r->line, err) < 0 ||
	    clean_write(r, r->line.p, r->line.n, err) < 0)
		return -1;
	if (r->o->dry_run || !r->output->rejects_path)
		return 0;
	buf_reset(&r->line);
	buf_add(&r->line, preamble.p, csv_reader_bom(r->reader));
	reject_header(&r->line, &r->reject, header);
	if (buf_check(&r->line, err) < 0)
		return -1;
	return outfile_write(&r->output->rejects, r->line.p, r->line.n, err);
}

static int
file_names(struct run *r, struct err *err)
{
	struct summary_file *f = r->file;
	char columns[256];

	campaign_describe(columns, sizeof(columns), &r->columns, r->reader);
	f->columns = strdup(columns);
	if (!r->o->dry_run) {
		f->clean = strdup(r->output->clean_path);
		if (r->output->rejects_path)
			f->rejects = strdup(r->output->rejects_path);
	}
	return f->columns && (r->o->dry_run || (f->clean &&
	    (f->rejects || !r->output->rejects_path))) ? 0 : err_nomem(err);
}

static int
file_screen(struct run *r, struct err *err)
{
	const struct scrub_options *o = r->o;

	if (csv_reader_open(&r->reader, o->input[r->index], &o->csv, err) < 0)
		return -1;
	r->row = r->numbers = r->unreadable = 0;
	r->first_ordinal[r->index] = r->ordinal;
	r->rules = o->rules;
	if (campaign_columns(&r->columns, r->reader, o, err) < 0)
		return err_in(err, "%s", csv_reader_file(r->reader)->name);
	r->reject = (struct reject_context){ &o->policy, r->lists,
		csv_reader_dialect(r->reader), csv_reader_eol(r->reader) };
	free(r->cell);
	r->cell = calloc(BATCH * r->columns.phones, sizeof(*r->cell));
	if (!r->cell)
		return err_nomem(err);
	if (file_names(r, err) < 0 || output_open(r->output, o, err) < 0)
		return -1;
	r->holding = r->output->clean.direct;
	buf_reset(&r->held);
	if (heads_write(r, err) < 0 || blocks_screen(r, err) < 0 ||
	    guard_check(r, err) < 0)
		return -1;
	r->file->bytes = csv_reader_file(r->reader)->taken;
	r->summary->numbers += r->numbers;
	r->summary->unreadable += r->unreadable;
	return 0;
}

static void
summary_total(struct summary *s)
{
	size_t i;

	for (i = 0; i < s->files; i++) {
		s->rows += s->file[i].rows;
		s->kept += s->file[i].kept;
		s->rejected += s->file[i].rejected;
		s->blank += s->file[i].blank;
		s->bytes += s->file[i].bytes;
	}
}

static int
run_files(struct run *r, struct output *output, struct err *err)
{
	const struct scrub_options *o = r->o;

	for (r->index = 0; r->index < o->inputs; r->index++) {
		r->file = &r->summary->file[r->index];
		r->output = &output[r->index];
		r->summary->files = r->index + 1;
		if (!(r->file->input = strdup(o->input[r->index])))
			return err_nomem(err);
		if (file_screen(r, err) < 0)
			return -1;
		csv_reader_close(r->reader);
		r->reader = NULL;
	}
	summary_total(r->summary);
	if (summary_reconcile(r->summary, err) < 0)
		return -1;
	return output_publish(output, o->inputs, err);
}

static void
run_release(struct run *r)
{
	csv_reader_close(r->reader);
	csv_block_release(&r->block);
	csv_rows_release(&r->rows);
	numset_release(&r->kept);
	facts_found_release(&r->found);
	buf_release(&r->text);
	buf_release(&r->scratch);
	buf_release(&r->line);
	buf_release(&r->held);
	free(r->cell);
	free(r->first_ordinal);
}

static int
options_check(const struct scrub_options *o, struct err *err)
{
	if (o->lists.specs == 0 && !o->no_lists) {
		err_set(err, ERR_LIST, "there is no list to screen against");
		return err_hint(err, "give --dnc FILE, or say --no-lists when "
		    "only numbers and duplicates are to be checked");
	}
	if (o->lists.specs > 0 && o->no_lists)
		return err_set(err, ERR_USAGE,
		    "--no-lists does not go with lists");
	return 0;
}

int
scrub_run(const struct scrub_options *o, struct lists *lists,
    struct summary *summary, struct err *err)
{
	struct run r = {
		.o = o,
		.lists = lists,
		.summary = summary,
		.text = BUF_INIT(LINE_MAX_TEXT),
		.scratch = BUF_INIT(LINE_MAX_TEXT),
		.line = BUF_INIT(SIZE_MAX),
		.held = BUF_INIT(SIZE_MAX),
	};
	struct output *output = NULL;
	double begun = o->clock();
	int ret = -1;

	*lists = (struct lists){ 0 };
	*summary = (struct summary){ .lists = lists, .policy = &o->policy,
		.as_of = o->policy.as_of, .zone = zone_name(o->policy.zone),
		.dry_run = o->dry_run };
	if (options_check(o, err) < 0 || output_plan(&output, o, err) < 0)
		return -1;
	summary->file = calloc(o->inputs, sizeof(*summary->file));
	r.first_ordinal = calloc(o->inputs, sizeof(*r.first_ordinal));
	if (!summary->file || !r.first_ordinal)
		err_nomem(err);
	else if (lists_load(lists, &o->lists, err) == 0) {
		summary->load_seconds = o->clock() - begun;
		ret = run_files(&r, output, err);
		summary->seconds = o->clock() - begun;
	}
	output_release(output, o->inputs);
	run_release(&r);
	if (ret < 0) {
		summary_release(summary);
		lists_release(lists);
	}
	return ret;
}
