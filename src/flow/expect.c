#include "flow/expect.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/interrupt.h"
#include "flow/campaign.h"
#include "flow/pipeline.h"
#include "flow/screen.h"
#include "text/csv_reader.h"

enum {
	LISTS_LEAST = 4 << 20, /* bytes: the table of shorter ones is small */
	ROW_LEAST = 16,        /* bytes: fewer than most rows have */
};

/* ---- is it worth it? ---- */

/* Of a file; false: it is none, and can be read once only.  What is not there
 * is told by whoever opens it. */
static bool
file_size(const char *path, uint64_t *bytes)
{
	struct stat st = { .st_mode = S_IFREG };

	if (strcmp(path, "-") == 0)
		return false;
	(void)stat(path, &st);
	*bytes = (uint64_t)st.st_size;
	return S_ISREG(st.st_mode);
}

/* Of all inputs; returns the first that is no file, NULL when all are. */
static const char *
inputs_size(const struct scrub_options *o, uint64_t *bytes)
{
	uint64_t one;

	*bytes = 0;
	for (size_t i = 0; i < o->inputs; i++) {
		if (!file_size(o->input[i], &one))
			return o->input[i];
		*bytes += one;
	}
	return NULL;
}

/*
 * Bytes of lists whose entries mostly concern others.  Consents are those of
 * the customers that campaigns are made of, and calls were made to them: there
 * is little to leave out.
 */
static uint64_t
lists_size(const struct lists_options *o)
{
	uint64_t bytes = 0, one;

	for (size_t i = 0; i < o->specs; i++)
		if (o->spec[i].kind != LIST_CONSENT &&
		    o->spec[i].kind != LIST_CALLS &&
		    file_size(o->spec[i].path, &one))
			bytes += one;
	return bytes;
}

/* Of an index of which all would be opened. */
static uint64_t
index_size(const struct index *ix, uint64_t rows)
{
	return ix && index_all_pays(ix, rows) ? index_about(ix)->bytes : 0;
}

int
expect_settle(bool *twice, const struct scrub_options *o, uint64_t rows,
    struct err *err)
{
	uint64_t inputs,
	    lists = lists_size(&o->lists) + index_size(o->lists.index, rows);
	const char *once = inputs_size(o, &inputs);

	if (o->passes == 2 && once) {
		err_set(err, ERR_USAGE, "%s: cannot be read twice: no file",
		    strcmp(once, "-") == 0 ? "standard input" : once);
		return err_hint(err, "leave out --passes, or say --passes 1");
	}
	/* reading a number costs about as much as placing an entry, and
	 * rows are longer than entries; and as having memory for as much of an
	 * index as is half as long as a row */
	*twice = !once &&
	    (o->passes == 2 ||
		(o->passes == 0 && lists >= LISTS_LEAST &&
		    lists >= inputs / 2));
	return 0;
}

/* ---- reading ---- */

/* The inputs while their numbers are read. */
struct reading {
	const struct scrub_options *o;
	struct facts *facts;
	uint64_t bytes; /* of all inputs */
	bool begun;     /* the table knows how many numbers to expect */
	struct csv_reader *reader;
	struct campaign_columns columns;
	struct pipeline_crew crew;
	struct screen *screen;
	struct screened *block;
};

/*
 * How many rows there will be, if it goes on as in the first block; a number in
 * each.  Blank lines are none; and shorter rows than most lists have promise no
 * more than those: a table can grow.
 */
static int
reading_begin(struct reading *r, const struct csv_block *b, struct err *err)
{
	const char *p = b->p, *end = b->p + b->n, *lf;
	double rows = 1, most = (double)b->n / ROW_LEAST;

	for (; (lf = memchr(p, '\n', (size_t)(end - p))); p = lf + 1)
		rows += lf - p > 1;
	if (rows > most)
		rows = most;
	r->begun = true;
	return facts_expecting(r->facts,
	    (uint64_t)(rows / (double)b->n * (double)r->bytes), r->crew.threads,
	    err);
}

static int
block_read(void *shared, void *block, struct err *err)
{
	struct reading *r = shared;
	struct csv_block *b = &((struct screened *)block)->block;
	int got;

	if (interrupt_check(err) < 0)
		return -1;
	got = csv_reader_next(r->reader, b, err);
	return got > 0 && !r->begun && reading_begin(r, b, err) < 0 ? -1 : got;
}

static int
block_work(void *shared, void *tools, void *block, struct err *err)
{
	struct reading *r = shared;

	return screen_expect(tools, block, r->facts, err);
}

static int
block_commit(void *shared, void *block, struct err *err)
{
	struct reading *r = shared;
	const struct csv_block *b = &((struct screened *)block)->block;
	const struct infile *file = csv_reader_file(r->reader);

	(void)err;
	if (r->o->progress)
		r->o->progress(r->o->progress_arg, file->name, b->offset + b->n,
		    file->size, 0);
	return 0;
}

static const struct pipeline stages = { block_read, block_work, block_commit };

static int
numbers_read(struct reading *r, const struct lists *lists, struct err *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < r->crew.threads && ret == 0; i++)
		ret = screen_init(&r->screen[i], r->o, lists, &r->columns,
		    r->reader, err);
	if (ret == 0)
		ret = pipeline_run(&stages, r, &r->crew, err);
	for (i = 0; i < r->crew.threads; i++)
		screen_release(&r->screen[i]);
	return ret;
}

/*
 * The columns that numbers are read from; those that only the second reading
 * needs have to be there, too.
 */
static int
columns_find(struct reading *r, struct err *err)
{
	struct scrub_options numbers = *r->o;

	numbers.person_column = NULL;
	numbers.expires_column = numbers.granted_column = NULL;
	return campaign_columns(&r->columns, r->reader, r->o, err) < 0 ?
	    -1 :
	    campaign_columns(&r->columns, r->reader, &numbers, err);
}

static int
input_read(struct reading *r, const char *path, const struct lists *lists,
    struct err *err)
{
	int ret = -1;

	if (csv_reader_open(&r->reader, path, &r->o->csv, err) < 0)
		return -1;
	if (columns_find(r, err) < 0)
		err_in(err, "%s", csv_reader_file(r->reader)->name);
	else
		ret = numbers_read(r, lists, err);
	csv_reader_close(r->reader);
	return ret;
}

/* Tools and blocks for as many threads as there are to be. */
static int
reading_ready(struct reading *r, struct err *err)
{
	size_t threads = r->o->threads ? r->o->threads : 1;
	size_t blocks = pipeline_blocks(threads);

	r->screen = calloc(threads, sizeof(*r->screen));
	r->block = calloc(blocks, sizeof(*r->block));
	r->crew = (struct pipeline_crew){ .threads = threads,
		.tools = r->screen,
		.tools_size = sizeof(*r->screen),
		.blocks = blocks,
		.block = r->block,
		.block_size = sizeof(*r->block) };
	return r->screen && r->block ? 0 : err_nomem(err);
}

static void
reading_release(struct reading *r)
{
	for (size_t i = 0; r->block && i < r->crew.blocks; i++)
		screened_release(&r->block[i]);
	free(r->block);
	free(r->screen);
}

int
expect_inputs(const struct scrub_options *o, const struct lists *lists,
    struct err *err)
{
	struct reading r = { .o = o, .facts = lists->facts };
	int ret = reading_ready(&r, err);

	inputs_size(o, &r.bytes);
	for (size_t i = 0; i < o->inputs && ret == 0; i++)
		ret = input_read(&r, o->input[i], lists, err);
	/* without a row nothing that lists say concerns anybody */
	if (ret == 0 && !r.begun)
		ret = facts_expecting(r.facts, 0, 1, err);
	reading_release(&r);
	return ret;
}
