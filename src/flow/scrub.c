#include "flow/scrub.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/interrupt.h"
#include "flow/campaign.h"
#include "flow/expect.h"
#include "flow/output.h"
#include "flow/pipeline.h"
#include "flow/reject.h"
#include "flow/rewrite.h"
#include "flow/screen.h"
#include "store/numset.h"

enum {
	GUARD_NUMBERS = 200,    /* enough to tell a wrong column */
	GUARD_HELD = 1 << 20,   /* bytes that wait for them, at most */
	ROW_USUAL = 30,         /* bytes; fewer than most rows have */
	AHEAD = 64,             /* rows whose places in the set are asked for */
	REFUSED_MANY = 2 << 10, /* bytes of the report to pass on at once */
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

/* A whole run, file after file. */
struct run {
	const struct scrub_options *o;
	struct lists *lists;
	struct summary *summary;
	struct numset kept;
	bool few_kept;           /* of most numbers it is known that they come
	                            once */
	uint32_t ordinal;        /* of the last row, over all files */
	uint32_t *first_ordinal; /* of each file: of its row 0 */
	size_t threads;

	/* the file at hand */
	size_t index;
	struct summary_file *file;
	struct output *output;
	struct csv_reader *reader;
	struct campaign_columns columns;
	struct reject_context reject;
	struct rewrite rewrite;
	struct screen *screen;     /* one a thread */
	struct screened *screened; /* blocks in flight */
	size_t screeneds;
	uint64_t row;
	uint64_t blocks;
	bool holding; /* output waits for the guard: see guard_streaming */
	struct buf held;
	uint64_t numbers, unreadable;

	/* the block that is being committed */
	const struct screened *at;
	const char *from, *to; /* kept rows, side by side, not yet written */
	struct buf refused;    /* lines of the report, not yet written */

	/* the row at hand */
	struct judged *judged; /* its share; duplicates are noted in it */
	size_t nj;
	uint32_t first;       /* duplicate: ordinal of the row kept */
	struct number number; /* that it is rejected for */
	struct buf line;
};

/* ---- writing rows ---- */

static int
clean_write(struct run *r, const void *p, size_t n, struct err *err)
{
	if (r->o->dry_run || n == 0)
		return 0;
	if (r->holding) {
		buf_add(&r->held, p, n);
		return buf_check(&r->held, err);
	}
	return outfile_write(&r->output->clean, p, n, err);
}

static int
pending_write(struct run *r, struct err *err)
{
	const char *from = r->from;
	size_t n = (size_t)(r->to - from);

	r->from = r->to = NULL;
	return clean_write(r, from, n, err);
}

/* Rows as they are; what stands side by side is written at once. */
static inline int
span_copy(struct run *r, const char *from, const char *to, struct err *err)
{
	if (r->to != from) {
		if (pending_write(r, err) < 0)
			return -1;
		r->from = from;
	}
	r->to = to;
	return 0;
}

static inline const char *
row_end(const struct csv_row *row)
{
	return row->raw.p + row->raw.n + row->eol;
}

static int
row_copy(struct run *r, const struct csv_row *row, struct err *err)
{
	return span_copy(r, row->raw.p, row_end(row), err);
}

/* So many rows that follow one another: side by side, where there is no blank
 * line. */
static int
rows_copy(struct run *r, const struct csv_row *row, size_t n, struct err *err)
{
	if (r->at->rows.blank == 0)
		return span_copy(r, row->raw.p, row_end(row + n - 1), err);
	for (size_t i = 0; i < n; i++)
		if (row_copy(r, row + i, err) < 0)
			return -1;
	return 0;
}

static int
row_rewrite(struct run *r, const struct csv_row *row, struct err *err)
{
	if (rewrite_row(&r->rewrite, row, r->judged, r->nj, err) < 0 ||
	    pending_write(r, err) < 0)
		return -1;
	return clean_write(r, r->rewrite.line.p, r->rewrite.line.n, err);
}

static int
row_keep(struct run *r, const struct csv_row *row, struct err *err)
{
	bool change = r->o->format != FORMAT_KEEP || r->o->adds > 0;
	bool priority = false;
	uint32_t first;
	size_t i;

	for (i = 0; i < r->nj; i++) {
		const struct judged *j = &r->judged[i];

		if (j->fired) {
			r->summary->blanked[__builtin_ctz(j->fired)]++;
			change = true;
			continue;
		}
		priority |= j->priority > 0;
		/* a row's only number was noted when it was found to be no
		 * duplicate; of several, twice in one row is once */
		if ((r->o->dedupe ? r->nj > 1 : r->o->record != NULL) &&
		    numset_add(&r->kept, j->key, r->ordinal, &first, err) < 0)
			return -1;
	}
	r->summary->priority += priority;
	r->file->kept++;
	return change ? row_rewrite(r, row, err) : row_copy(r, row, err);
}

/* Which file, and which row in it, an ordinal means. */
static void
first_find(const struct run *r, uint32_t ordinal, struct reject *out)
{
	size_t i = r->index;

	while (i > 0 && r->first_ordinal[i] >= ordinal)
		i--;
	out->first_row = ordinal - r->first_ordinal[i];
	out->first_file = i == r->index ? NULL : r->summary->file[i].input;
}

/* What fired for one number. */
static struct verdict
verdict_of(const struct run *r, const struct judged *j)
{
	struct verdict v = { 0 };

	if (j->detail != SCREEN_NONE)
		v = r->at->detail[j->detail];
	v.fired = j->fired; /* a duplicate is found later */
	return v;
}

/* The number that says best why: the one whose reason comes first. */
static const struct judged *
row_headline(const struct run *r, struct verdict *all)
{
	const struct judged *best = NULL;
	struct verdict v;
	size_t i;

	for (i = 0; i < r->nj; i++) {
		const struct judged *j = &r->judged[i];

		if (j->fired &&
		    (!best ||
			__builtin_ctz(j->fired) < __builtin_ctz(best->fired)))
			best = j;
	}
	assert(best);
	*all = verdict_of(r, best);
	for (i = 0; i < r->nj; i++) {
		if (&r->judged[i] == best)
			continue;
		v = verdict_of(r, &r->judged[i]);
		verdict_join(all, &v);
	}
	return best;
}

static int
refused_write(struct run *r, struct err *err)
{
	if (buf_check(&r->refused, err) < 0 ||
	    (r->refused.n > 0 &&
		outfile_write(&r->output->rejects, r->refused.p, r->refused.n,
		    err) < 0))
		return -1;
	buf_reset(&r->refused);
	return 0;
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

/* What is told of a number, or of a cell that holds none. */
static inline void
reject_fill(struct run *r, struct reject *reject, const struct judged *why)
{
	const struct screen_cell *cell;

	if (why->cell == SCREEN_NONE) {
		r->number.key = why->key;
		r->number.region = why->region;
		r->number.type = why->type;
		reject->number = &r->number;
		if (why->fired >> VERDICT_DUPLICATE & 1)
			first_find(r, r->first, reject);
		return;
	}
	cell = &r->at->cell[why->cell];
	reject->cell = &cell->parsed;
	reject->text = cell->text;
	reject->note = cell->note;
	reject->reading_listed = cell->parsed.count > 0 &&
	    why->fired >> VERDICT_DNC & 1 &&
	    r->at->detail[why->detail].dnc.match == MATCH_READING;
}

static int
row_reject(struct run *r, const struct csv_row *row, const struct verdict *v,
    const struct judged *why, struct err *err)
{
	struct reject reject = { .row = r->row, .csv = row, .verdict = v };

	reject_count(r, v);
	r->file->rejected++;
	if (r->o->dry_run || !r->output->rejects_path)
		return 0;
	if (why)
		reject_fill(r, &reject, why);
	reject_add(&r->refused, &r->reject, &reject);
	return r->refused.n < REFUSED_MANY ? 0 : refused_write(r, err);
}

/* A row that cannot be split. */
static int
row_malformed(struct run *r, const struct csv_row *row, struct err *err)
{
	struct verdict all = { 0 };

	verdict_fire(&all, VERDICT_MALFORMED);
	return row_reject(r, row, &all, NULL, err);
}

/* One that has numbers, for which something fired. */
static int
row_refuse(struct run *r, const struct csv_row *row, struct err *err)
{
	struct verdict all;
	const struct judged *why = row_headline(r, &all);

	return row_reject(r, row, &all, why, err);
}

static inline void
duplicate_note(struct run *r, struct judged *j, uint32_t first)
{
	j->fired = UINT32_C(1) << VERDICT_DUPLICATE;
	r->first = first;
}

/*
 * Was this number kept before?  Returns the row, 0 for none, in *first.  A
 * row with one number is kept if not: then it is noted at once.
 */
static int
first_kept(struct run *r, uint64_t key, uint32_t *first, struct err *err)
{
	*first = 0;
	if (!r->o->dedupe)
		return 0;
	if (r->nj == 1)
		return numset_add(&r->kept, key, r->ordinal, first, err);
	*first = numset_find(&r->kept, key);
	return 0;
}

/* Duplicates are judged last, among what would be kept.  *good is how many
 * numbers are left. */
static int
duplicates_judge(struct run *r, size_t *good, struct err *err)
{
	uint32_t first;
	size_t i;

	*good = 0;
	for (i = 0; i < r->nj; i++) {
		struct judged *j = &r->judged[i];

		if (j->fired)
			continue;
		if (first_kept(r, j->key, &first, err) < 0)
			return -1;
		if (first)
			duplicate_note(r, j, first);
		else
			++*good;
	}
	return 0;
}

/* A row of any kind, from its judged numbers to one of the two files. */
static int
row_any(struct run *r, const struct csv_row *row, struct err *err)
{
	size_t good;

	if (duplicates_judge(r, &good, err) < 0)
		return -1;
	if (good > 0 && (r->o->multi == MULTI_ANY || good == r->nj))
		return row_keep(r, row, err);
	return row_refuse(r, row, err);
}

/* So many rows more. */
static inline void
rows_pass(struct run *r, uint32_t n)
{
	r->row += n;
	r->ordinal += n < UINT32_MAX - r->ordinal ? n : UINT32_MAX - r->ordinal;
}

/* One that plain[] tells of, whose number was kept in row `first`. */
static int
row_twice(struct run *r, const struct csv_row *row, uint64_t mixed,
    uint32_t first, struct err *err)
{
	struct judged j = { .key = numset_key(&r->kept, mixed),
		.cell = SCREEN_NONE };
	struct verdict v = { 0 };

	verdict_fire(&v, VERDICT_DUPLICATE);
	duplicate_note(r, &j, first);
	return row_reject(r, row, &v, &j, err);
}

/* One that it does not tell of.  Returns 1. */
static int
row_other(struct run *r, const struct screened *b, size_t i, struct err *err)
{
	const struct csv_row *row = &b->rows.row[i];
	int ret;

	rows_pass(r, 1);
	r->judged = b->judged + b->row[i].first;
	r->nj = b->row[i].n;
	if (row->status != CSV_ROW_OK)
		ret = row_malformed(r, row, err);
	else if (r->nj == 1 && r->judged->fired)
		ret = row_reject(r, row, &b->detail[r->judged->detail],
		    r->judged, err);
	else
		ret = row_any(r, row, err);
	return ret < 0 ? -1 : 1;
}

/* So many rows that follow one another are kept as they stand. */
static int
rows_keep(struct run *r, const struct csv_row *row, size_t n, struct err *err)
{
	rows_pass(r, (uint32_t)n);
	r->file->kept += n;
	return rows_copy(r, row, n, err);
}

/*
 * Of n rows of the block from the i-th on, of the first of which plain[] tells,
 * those that are kept, and one behind them that is a duplicate.  Returns how
 * many.
 */
static int
rows_plain(struct run *r, const struct screened *b, size_t i, size_t n,
    struct err *err)
{
	const struct csv_row *row = b->rows.row + i;
	uint32_t next = r->ordinal + (r->ordinal < UINT32_MAX), first;
	int kept = 0;

	while ((size_t)kept < n && b->plain[i + (size_t)kept] == NUMSET_NOBODY)
		kept++;
	if (kept > 0)
		return rows_keep(r, row, (size_t)kept, err) < 0 ? -1 : kept;
	kept = numset_add_run(&r->kept, b->plain + i, n, next, &first, err);
	if (kept < 0 || (kept > 0 && rows_keep(r, row, (size_t)kept, err) < 0))
		return -1;
	if (!first)
		return kept;
	rows_pass(r, 1);
	return row_twice(r, row + kept, b->plain[i + (size_t)kept], first,
		   err) < 0 ?
	    -1 :
	    kept + 1;
}

/* ---- guards ---- */

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
	err_set(err, ERR_INPUT,
	    "%s: %.1f %% of the numbers in column %s "
	    "cannot be read, over --max-reject %g %%",
	    csv_reader_file(r->reader)->name, share, r->file->columns,
	    r->o->max_reject);
	return err_hint(err, "%s",
	    r->o->rules.region == REGION_NONE &&
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
	if (!r->holding ||
	    (!end && r->numbers < GUARD_NUMBERS && r->held.n < GUARD_HELD))
		return 0;
	if (guard_check(r, err) < 0)
		return -1;
	r->holding = false;
	return clean_write(r, r->held.p, r->held.n, err);
}

/* ---- the stages of the pipeline ---- */

static int
block_read(void *shared, void *block, struct err *err)
{
	struct run *r = shared;
	struct screened *b = block;

	if (interrupt_check(err) < 0)
		return -1;
	return csv_reader_next(r->reader, &b->block, err);
}

static int
block_work(void *shared, void *tools, void *block, struct err *err)
{
	struct run *r = shared;

	if (screen_block(tools, block, err) == 0)
		return 0;
	return err->code == ERR_INPUT ?
	    err_in(err, "%s", csv_reader_file(r->reader)->name) :
	    -1;
}

static void
block_count(struct run *r, const struct screened *b)
{
	size_t i;

	r->file->rows += b->rows.n;
	r->file->blank += b->rows.blank;
	r->numbers += b->numbers;
	r->unreadable += b->unreadable;
	r->summary->bad_consent_dates += b->bad_consent_dates;
	for (i = 0; i < SUMMARY_FLAGS; i++)
		r->summary->flag[i] += b->flag[i];
}

/* The key of a row's first number, as the set keeps it; 0 where it is not asked
 * for. */
static inline uint64_t
row_mixed(const struct run *r, const struct screened *b, size_t i)
{
	const struct judged *j;

	if (b->plain[i])
		return b->plain[i] != NUMSET_NOBODY ? b->plain[i] : 0;
	j = &b->judged[b->row[i].first];
	return b->row[i].n && !j->fired ? numset_mixed(&r->kept, j->key) : 0;
}

/*
 * A batch of rows.  First the places of their numbers in the set are asked for,
 * all at once, so that they are on their way: as facts_find_all() does.
 */
static int
batch_commit(struct run *r, const struct screened *b, size_t from, size_t to,
    struct err *err)
{
	uint64_t mixed;
	size_t i;
	int n;

	for (i = from; i < to && r->o->dedupe; i++)
		if ((mixed = row_mixed(r, b, i)))
			numset_ask(&r->kept, mixed);
	for (i = from; i < to; i += (size_t)n) {
		n = b->plain[i] ? rows_plain(r, b, i, to - i, err) :
				  row_other(r, b, i, err);
		if (n < 0)
			return -1;
	}
	return 0;
}

/*
 * Room for the numbers that the rest of the file will add, if it goes on like
 * this: now and then, so that the set need not grow little by little.
 */
static int
kept_reserve(struct run *r, const struct screened *b, struct err *err)
{
	int64_t size = csv_reader_file(r->reader)->size;
	uint64_t done = b->block.offset + b->block.n;
	double rest;

	r->blocks++;
	if (!r->o->dedupe || r->few_kept || size <= 0 || done == 0 ||
	    (r->blocks & (r->blocks - 1)) != 0)
		return 0;
	rest = (double)size / (double)done - 1;
	if (rest <= 0)
		return 0;
	return numset_reserve(&r->kept,
	    r->kept.n + (size_t)(rest * (double)r->file->kept), err);
}

static int
block_commit(void *shared, void *block, struct err *err)
{
	struct run *r = shared;
	struct screened *b = block;
	const struct infile *file = csv_reader_file(r->reader);
	size_t i;

	r->at = b;
	block_count(r, b);
	if (numset_remember(&r->kept, b->alone, b->alone_n, err) < 0)
		return -1;
	for (i = 0; i < b->rows.n; i += AHEAD)
		if (batch_commit(r, b, i,
			b->rows.n - i < AHEAD ? b->rows.n : i + AHEAD, err) < 0)
			return -1;
	if (pending_write(r, err) < 0 || refused_write(r, err) < 0 ||
	    kept_reserve(r, b, err) < 0 || guard_streaming(r, false, err) < 0)
		return -1;
	/* what came through a pipe goes on through it at once */
	if (file->size < 0 && r->output->clean.direct && !r->holding &&
	    outfile_flush(&r->output->clean, err) < 0)
		return -1;
	if (r->o->progress)
		r->o->progress(r->o->progress_arg, file->name,
		    b->block.offset + b->block.n, file->size, r->row);
	return 0;
}

static const struct pipeline stages = { block_read, block_work, block_commit };

/* Is what is kept kept once, and as it stands? */
static bool
rows_stay(const struct scrub_options *o)
{
	return o->dedupe && o->format == FORMAT_KEEP && o->adds == 0;
}

static int
blocks_screen(struct run *r, struct err *err)
{
	const struct pipeline_crew crew = { .threads = r->threads,
		.tools = r->screen,
		.tools_size = sizeof(*r->screen),
		.blocks = r->screeneds,
		.block = r->screened,
		.block_size = sizeof(*r->screened) };
	size_t i;

	for (i = 0; i < r->threads; i++) {
		if (screen_init(&r->screen[i], r->o, r->lists, &r->columns,
			r->reader, err) < 0)
			return -1;
		if (rows_stay(r->o))
			screen_plain(&r->screen[i], &r->kept, r->few_kept);
	}
	if (pipeline_run(&stages, r, &crew, err) < 0)
		return -1;
	return guard_streaming(r, true, err);
}

/* ---- a file ---- */

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
	return f->columns &&
		(r->o->dry_run ||
		    (f->clean && (f->rejects || !r->output->rejects_path))) ?
	    0 :
	    err_nomem(err);
}

static int
file_screen(struct run *r, struct err *err)
{
	const struct scrub_options *o = r->o;
	size_t i;
	int ret;

	if (csv_reader_open(&r->reader, o->input[r->index], &o->csv, err) < 0)
		return -1;
	r->row = r->blocks = r->numbers = r->unreadable = 0;
	r->first_ordinal[r->index] = r->ordinal;
	if (campaign_columns(&r->columns, r->reader, o, err) < 0)
		return err_in(err, "%s", csv_reader_file(r->reader)->name);
	reject_init(&r->reject, &o->policy, r->lists,
	    csv_reader_dialect(r->reader), csv_reader_eol(r->reader));
	rewrite_init(&r->rewrite, o, &r->columns, r->reject.dialect);
	if (file_names(r, err) < 0 || output_open(r->output, o, err) < 0)
		return -1;
	r->holding = r->output->clean.direct;
	buf_reset(&r->held);
	if (heads_write(r, err) < 0 ||
	    (o->dedupe && numset_reserve(&r->kept, 0, err) < 0))
		return -1;
	ret = blocks_screen(r, err);
	for (i = 0; i < r->threads; i++)
		screen_release(&r->screen[i]);
	for (i = 0; i < r->screeneds; i++)
		screened_release(&r->screened[i]);
	if (ret < 0 || guard_check(r, err) < 0)
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
	if (summary_reconcile(r->summary, err) < 0 ||
	    output_finish(output, o->inputs, err) < 0)
		return -1;
	if (o->record && !o->dry_run &&
	    o->record(o->record_arg, r->summary, &r->kept, err) < 0)
		return err_in(err, "the run cannot be recorded");
	return output_publish(output, o->inputs, err);
}

static void
run_release(struct run *r)
{
	csv_reader_close(r->reader);
	numset_release(&r->kept);
	rewrite_release(&r->rewrite);
	buf_release(&r->line);
	buf_release(&r->held);
	buf_release(&r->refused);
	free(r->screen);
	free(r->screened);
	free(r->first_ordinal);
}

static int
options_check(const struct scrub_options *o, struct err *err)
{
	if (o->lists.specs == 0 && !o->lists.db && !o->lists.index &&
	    !o->no_lists) {
		err_set(err, ERR_LIST, "there is no list to screen against");
		return err_hint(err,
		    "give --dnc FILE, or make a register with 'scrub init'; "
		    "or say --no-lists when only numbers and duplicates are to "
		    "be checked");
	}
	if ((o->lists.specs > 0 || o->lists.db) && o->no_lists)
		return err_set(err, ERR_USAGE,
		    "--no-lists does not go with lists");
	return 0;
}

/* As far as it can be known: what comes through a pipe may be of any length. */
static uint64_t
input_bytes(const struct scrub_options *o)
{
	uint64_t bytes = 0;
	struct stat st;
	size_t i;

	for (i = 0; i < o->inputs; i++) {
		if (stat(o->input[i], &st) < 0 || !S_ISREG(st.st_mode))
			return UINT64_MAX;
		bytes += (uint64_t)st.st_size;
	}
	return bytes;
}

/* For lists_load(). */
static int
inputs_expect(void *arg, const struct lists *lists, struct err *err)
{
	return expect_inputs(arg, lists, err);
}

int
scrub_run(const struct scrub_options *o, struct lists *lists,
    struct summary *summary, struct err *err)
{
	struct lists_options from = o->lists;
	uint64_t bytes = input_bytes(o);
	struct run r = {
		.o = o,
		.lists = lists,
		.summary = summary,
		.threads = o->threads ? o->threads : 1,
		.line = BUF_INIT(SIZE_MAX),
		.held = BUF_INIT(SIZE_MAX),
		.refused = BUF_INIT(SIZE_MAX),
	};
	struct output *output = NULL;
	double begun = o->clock();
	bool twice;
	int ret = -1;

	from.one_moment = true;
	from.rows = bytes == UINT64_MAX ? bytes : bytes / ROW_USUAL;
	*lists = (struct lists){ 0 };
	*summary = (struct summary){ .lists = lists,
		.policy = &o->policy,
		.as_of = o->policy.as_of,
		.zone = zone_name(o->policy.zone),
		.dry_run = o->dry_run };
	if (options_check(o, err) < 0 ||
	    expect_settle(&twice, o, from.rows, err) < 0 ||
	    output_plan(&output, o, err) < 0)
		return -1;
	if (twice) {
		r.few_kept = rows_stay(o);
		from.expect = inputs_expect;
		from.expect_arg = (void *)o;
	}
	summary->file = calloc(o->inputs, sizeof(*summary->file));
	r.first_ordinal = calloc(o->inputs, sizeof(*r.first_ordinal));
	r.screen = calloc(r.threads, sizeof(*r.screen));
	r.screeneds = pipeline_blocks(r.threads);
	r.screened = calloc(r.screeneds, sizeof(*r.screened));
	if (!summary->file || !r.first_ordinal || !r.screen || !r.screened)
		err_nomem(err);
	else if (lists_load(lists, &from, err) == 0) {
		if (lists->reg.db) {
			r.threads = 1; /* as many as its handle serves */
			r.screeneds = 1;
		}
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
