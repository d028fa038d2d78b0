#include "flow/lists.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/infile.h"
#include "base/interrupt.h"
#include "base/outfile.h"
#include "flow/list_columns.h"
#include "flow/list_lane.h"
#include "flow/list_line.h"
#include "flow/pipeline.h"
#include "text/csv_reader.h"
#include "text/csv_writer.h"

enum {
	LINE_USUAL = 64,   /* bytes, for a word of facts; more than most */
	REFUSED_MOST = 32, /* lines of a block refused by the lane, when it has
	                      not taken eight times as many */
};

/* A block of a list, and what is left of it once its facts are in the table. */
struct block {
	struct csv_block csv;
	uint64_t first_bad; /* its line; 0: none */
	const char *why;
	struct buf rejects; /* its unusable lines, for --list-rejects */
	uint64_t taken;     /* bytes of the file when it was read */
	uint64_t words;     /* of its facts */
};

/* One thread at work on a list. */
struct worker {
	struct list_reader lines;
	struct list_lane lane;
	struct decoder decoder;
	struct csv_rows rows;
};

/* All lists of a run while they are loaded. */
struct loading {
	const struct lists_options *o;
	struct lists *out;
	bool withdrawals; /* a consent list has withdrawn_at */
	bool sieves;      /* of the index, what is expected: said once, since it
	                may be in the cache a moment later */
	struct outfile rejects;
	size_t threads;
	enum overlay_way way; /* to the register's facts */
	uint64_t words;       /* of all blocks so far */
	uint64_t waiting;     /* bytes of the lists that are not yet begun */
	struct facts_appender *appender[PIPELINE_THREADS_MAX];
};

/* One list while it is loaded. */
struct loader {
	struct loading *all;
	const struct lists_options *o;
	const struct list_spec *spec;
	struct list_result *result;
	uint8_t id;
	struct csv_reader *reader;
	struct list_columns columns;
	struct outfile *rejects; /* NULL: not wanted */
	struct worker *worker;
	size_t workers;
	struct block *block;
	size_t blocks;
	uint64_t committed, words; /* blocks, and words of their facts */
};

/* ---- the stages of the pipeline ---- */

static int
block_read(void *shared, void *block, struct err *err)
{
	struct loader *l = shared;
	struct block *b = block;
	int got;

	if (interrupt_check(err) < 0)
		return -1;
	got = csv_reader_next(l->reader, &b->csv, err);
	b->taken = csv_reader_file(l->reader)->taken;
	return got;
}

static void
reject_add(const struct loader *l, struct block *b, const struct csv_row *row,
    const char *why)
{
	struct buf *to = &b->rejects;

	if (!b->first_bad) {
		b->first_bad = row->line;
		b->why = why;
	}
	if (!l->rejects)
		return;
	csv_add_cell(to, span_str(l->spec->name), ',');
	buf_addc(to, ',');
	csv_add_cell(to, span_str(l->spec->path), ',');
	buf_addf(to, ",%" PRIu64 ",%s,", row->line, why);
	csv_add_cell(to, row->raw, ',');
	buf_addc(to, '\n');
}

/* The rows that were split. */
static int
rows_take(struct loader *l, struct worker *w, struct block *b, struct err *err)
{
	const char *why;
	size_t i;

	for (i = 0; i < w->rows.n; i++) {
		if (list_line_load(&w->lines, &w->rows.row[i],
			w->rows.cell + i * l->columns.wants, &why, err) < 0)
			return -1;
		if (why)
			reject_add(l, b, &w->rows.row[i], why);
	}
	w->lines.result.blank += w->rows.blank;
	return 0;
}

/*
 * The lane takes what it can, line by line the rest goes the long way; all of
 * it, once the lane has refused many.
 */
static int
lines_take(struct loader *l, struct worker *w, struct block *b, struct err *err)
{
	const struct csv_dialect *dialect = csv_reader_dialect(l->reader);
	struct csv_block rest = b->csv;
	uint64_t refused = 0;

	while (w->lane.on && !rest.too_long) {
		if (list_lane_take(&w->lane, &rest, err) < 0)
			return -1;
		if (rest.n == 0)
			return 0;
		if (++refused > REFUSED_MOST &&
		    refused * 8 > rest.line - b->csv.line)
			break;
		if (csv_split_first(&w->rows, &rest, dialect, l->columns.want,
			l->columns.wants, err) < 0 ||
		    rows_take(l, w, b, err) < 0)
			return -1;
		if (rest.n == 0)
			return 0;
	}
	if (csv_split(&w->rows, &rest, dialect, l->columns.want,
		l->columns.wants, err) < 0)
		return -1;
	return rows_take(l, w, b, err);
}

static int
block_work(void *shared, void *tools, void *block, struct err *err)
{
	struct loader *l = shared;
	struct worker *w = tools;
	struct block *b = block;

	buf_reset(&b->rejects);
	b->first_bad = 0;
	b->words = facts_appended_words(w->lines.facts);
	if (lines_take(l, w, b, err) < 0)
		return -1;
	b->words = facts_appended_words(w->lines.facts) - b->words;
	return buf_check(&w->lines.scratch, err) < 0 ?
	    -1 :
	    buf_check(&b->rejects, err);
}

/*
 * From what the first blocks held, how much room the rest will need; of lists
 * that are not yet begun, a guess.  It spares most of the growing, and too much
 * room would be memory for nothing.
 */
static int
room_reserve(struct loader *l, const struct block *b, struct err *err)
{
	int64_t size = csv_reader_file(l->reader)->size;
	double rest;

	l->committed++;
	l->words += b->words;
	l->all->words += b->words;
	if (size <= 0 || b->taken == 0 ||
	    (l->committed & (l->committed - 1)) != 0)
		return 0;
	rest = (double)size / (double)b->taken - 1;
	if (rest <= 0)
		return 0;
	return facts_reserve(l->all->out->facts,
	    l->all->words + (uint64_t)(rest * (double)l->words) +
		l->all->waiting / LINE_USUAL,
	    err);
}

static int
block_commit(void *shared, void *block, struct err *err)
{
	struct loader *l = shared;
	struct block *b = block;

	if (b->first_bad && !l->result->first_bad) {
		l->result->first_bad = b->first_bad;
		snprintf(l->result->why, sizeof(l->result->why), "%s", b->why);
	}
	if (b->rejects.n &&
	    outfile_write(l->rejects, b->rejects.p, b->rejects.n, err) < 0)
		return -1;
	if (room_reserve(l, b, err) < 0)
		return -1;
	if (l->o->progress)
		l->o->progress(l->o->progress_arg, l->spec->name, b->taken,
		    csv_reader_file(l->reader)->size);
	return 0;
}

static const struct pipeline stages = { block_read, block_work, block_commit };

/* ---- one list ---- */

static int
worker_init(struct worker *w, const struct loader *l,
    struct facts_appender *appender, struct err *err)
{
	w->lines = (struct list_reader){
		.o = l->o,
		.spec = l->spec,
		.columns = &l->columns,
		.table = l->all->out->facts,
		.facts = appender,
		.decoder = &w->decoder,
		.id = l->id,
		.withdrawals = l->all->withdrawals,
		.delimiter = csv_reader_dialect(l->reader)->delimiter,
		.rules = l->o->rules,
		.scratch = BUF_INIT(1 << 20),
	};
	list_reader_ready(&w->lines);
	list_lane_ready(&w->lane, &w->lines, csv_reader_dialect(l->reader));
	w->lane.on &= !l->o->by_cells;
	return decoder_copy(&w->decoder, csv_reader_decoder(l->reader), err);
}

static void
worker_release(struct worker *w)
{
	decoder_close(&w->decoder);
	csv_rows_release(&w->rows);
	buf_release(&w->lines.scratch);
}

static void
block_release(struct block *b)
{
	csv_block_release(&b->csv);
	buf_release(&b->rejects);
}

static void
result_add(struct list_result *to, const struct list_result *from)
{
	to->lines += from->lines;
	to->blank += from->blank;
	to->unusable += from->unusable;
	to->blocking += from->blocking;
	to->bad_dates += from->bad_dates;
	to->wildcards += from->wildcards;
	to->ended += from->ended;
	to->later += from->later;
	to->facts += from->facts;
}

static int
rows_load(struct loader *l, struct err *err)
{
	struct pipeline_crew crew = { .threads = l->all->threads,
		.tools_size = sizeof(*l->worker),
		.blocks = pipeline_blocks(l->all->threads),
		.block_size = sizeof(*l->block) };
	size_t i;

	crew.tools = l->worker = calloc(crew.threads, crew.tools_size);
	crew.block = l->block = calloc(crew.blocks, crew.block_size);
	if (!l->worker || !l->block)
		return err_nomem(err);
	l->workers = crew.threads;
	l->blocks = crew.blocks;
	for (i = 0; i < l->workers; i++)
		if (worker_init(&l->worker[i], l, l->all->appender[i], err) < 0)
			return -1;
	for (i = 0; i < l->blocks; i++)
		l->block[i].rejects = BUF_INIT(SIZE_MAX);
	if (pipeline_run(&stages, l, &crew, err) < 0)
		return -1;
	for (i = 0; i < l->workers; i++)
		result_add(l->result, &l->worker[i].lines.result);
	return 0;
}

/* Enough of it usable? */
static int
result_check(const struct loader *l, struct err *err)
{
	const struct list_result *r = l->result;

	if (r->lines == 0 && !l->o->empty_ok) {
		err_set(err, ERR_LIST, "it is empty");
		return err_hint(err,
		    "an empty list may be a failed export; "
		    "say --empty-ok when it is meant");
	}
	if ((double)r->unusable * 100 > l->o->max_bad * (double)r->lines) {
		err_set(err, ERR_LIST,
		    "%" PRIu64 " of %" PRIu64 " lines "
		    "cannot be used, over --max-bad %g %%; the first is line "
		    "%" PRIu64 ": %s",
		    r->unusable, r->lines, l->o->max_bad, r->first_bad, r->why);
		return err_hint(err, "%s%s%s",
		    l->rejects ? "they are in " :
				 "--list-rejects FILE writes them out",
		    l->rejects ? l->o->rejects : "",
		    l->o->rules.region == REGION_NONE ?
			"; numbers without a "
			"country code need --region CC" :
			"");
	}
	return 0;
}

static int
loader_run(struct loader *l, struct err *err)
{
	struct csv_options csv = {
		.max_record = l->o->max_record,
		.block = l->o->block,
		.blame = ERR_LIST,
		.empty_ok = true, /* result_check() has its own say */
	};
	struct stat st;

	if (csv_reader_open(&l->reader, l->spec->path, &csv, err) < 0) {
		if (err->code == ERR_IO || err->code == ERR_INPUT)
			err->code = ERR_LIST;
		return -1;
	}
	if (fstat(csv_reader_file(l->reader)->fd, &st) == 0 &&
	    S_ISREG(st.st_mode))
		l->result->changed_at = st.st_mtime;
	if (csv_reader_dialect(l->reader)->columns > 0) {
		if (list_columns_find(&l->columns, l->reader, l->spec, l->o,
			err) < 0)
			return err_in(err, "%s", l->spec->path);
		if (rows_load(l, err) < 0)
			return -1;
	}
	return result_check(l, err) < 0 ? err_in(err, "%s", l->spec->path) : 0;
}

static void
loader_release(struct loader *l)
{
	size_t i;

	for (i = 0; i < l->workers; i++)
		worker_release(&l->worker[i]);
	for (i = 0; i < l->blocks; i++)
		block_release(&l->block[i]);
	free(l->worker);
	free(l->block);
	csv_reader_close(l->reader);
}

/* ---- all lists ---- */

/* Does any consent list name a column of withdrawals?  Looked at before
 * loading, since it decides what every consent has to carry. */
static bool
has_withdrawals(const struct lists_options *o, const struct list_spec *spec)
{
	struct csv_options csv = { .max_record = o->max_record,
		.blame = ERR_LIST };
	struct csv_reader *r;
	const struct span *names;
	struct err ignored;
	bool found = true;
	size_t i, n;

	if (spec->kind != LIST_CONSENT)
		return false;
	if (list_setting(o->map, o->maps, spec->name, COLUMN_WITHDRAWN_AT) ||
	    strcmp(spec->path, "-") == 0)
		return true;
	/* What cannot be opened is reported when it is loaded. */
	if (csv_reader_open(&r, spec->path, &csv, &ignored) < 0)
		return true;
	if (csv_reader_file(r)->size >= 0) {
		names = csv_reader_names(r, &n);
		for (found = false, i = 0; i < n; i++)
			found |= column_means(names[i], COLUMN_WITHDRAWN_AT) >
			    0;
	}
	csv_reader_close(r);
	return found;
}

/* Is there such a list, and has it the field (COLUMN_FIELDS: none asked)? */
static int
setting_check(const struct lists_options *o, const char *option,
    const char *list, unsigned field, struct err *err)
{
	size_t i;

	for (i = 0; i < o->specs; i++) {
		if (strcmp(o->spec[i].name, list) != 0)
			continue;
		if (field < COLUMN_FIELDS &&
		    !list_has_field(o->spec[i].kind, (enum column_field)field))
			return err_set(err, ERR_USAGE,
			    "%s: a %s list has no "
			    "field %s",
			    option, list_kind_name(o->spec[i].kind),
			    column_field_name((enum column_field)field));
		return 0;
	}
	return err_set(err, ERR_USAGE, "%s: there is no list '%s' in this run",
	    option, list);
}

/* With those of the register and of the index. */
static size_t
lists_of(const struct lists_options *o)
{
	return o->specs + OVERLAY_LISTS +
	    (o->index ? indexed_lists(o->index) : 0);
}

static int
options_check(const struct lists_options *o, struct err *err)
{
	size_t i;

	if (lists_of(o) > FACT_LISTS_MAX - 1)
		return err_set(err, ERR_USAGE, "%zu lists are more than %d",
		    lists_of(o), FACT_LISTS_MAX - 1);
	for (i = 0; i < o->maps; i++)
		if (setting_check(o, "--map", o->map[i].list, o->map[i].field,
			err) < 0)
			return -1;
	for (i = 0; i < o->date_formats; i++)
		if (setting_check(o, "--date-format", o->date_format[i].list,
			o->date_format[i].field, err) < 0)
			return -1;
	for (i = 0; i < o->headers; i++)
		if (setting_check(o, "--list-header", o->header[i].list,
			COLUMN_FIELDS, err) < 0)
			return -1;
	return 0;
}

/* Bytes of the lists from `from` on, as far as they can be known. */
static uint64_t
bytes_waiting(const struct lists_options *o, size_t from)
{
	uint64_t bytes = 0;
	struct stat st;

	for (; from < o->specs; from++)
		if (stat(o->spec[from].path, &st) == 0 && S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_size;
	return bytes;
}

static int
load_one(struct loading *all, size_t id, struct err *err)
{
	struct lists *out = all->out;
	struct loader l = {
		.all = all,
		.o = all->o,
		.spec = &all->o->spec[id],
		.result = &out->list[id],
		.id = (uint8_t)id,
		.rejects = all->rejects.state == OUTFILE_OPEN ? &all->rejects :
								NULL,
	};
	int ret;

	l.result->kind = l.spec->kind;
	l.result->changed_at = -1;
	l.result->name = strdup(l.spec->name);
	l.result->path = strdup(l.spec->path);
	out->n = id + 1;
	all->waiting = bytes_waiting(all->o, id + 1);
	if (!l.result->name || !l.result->path)
		return err_nomem(err);
	ret = loader_run(&l, err);
	loader_release(&l);
	return ret < 0 ? err_in(err, "list %s", l.spec->name) : 0;
}

/* ---- the register ---- */

static enum list_kind
kind_of(enum overlay_list l)
{
	static const enum list_kind kinds[OVERLAY_LISTS] = {
		[OVERLAY_INTERNAL] = LIST_DNC,
		[OVERLAY_CONSENT] = LIST_CONSENT,
		[OVERLAY_CALLS] = LIST_CALLS,
		[OVERLAY_ALLOW] = LIST_ALLOW,
	};

	return kinds[l];
}

/* What is known of a list of the register before anything is loaded. */
static int
register_list_begin(struct loading *all, enum overlay_list l, int64_t changed,
    struct err *err)
{
	struct list_result *r = &all->out->list[all->out->n++];
	uint64_t n[OVERLAY_LISTS];

	overlay_count(all->o->db, n);
	*r = (struct list_result){ .kind = kind_of(l),
		.in_register = true,
		.in_index = all->way == OVERLAY_INDEX,
		.looked_up = all->way == OVERLAY_LOOK_UP,
		.recent = all->out->recent.n,
		.changed_at = changed,
		.lines = n[l],
		.name = strdup(overlay_list_name(l)),
		.path = strdup(all->o->db_path) };
	return r->name && r->path ? 0 : err_nomem(err);
}

/* All of it into the table. */
static int
register_load_all(struct loading *all, struct list_result *list,
    struct err *err)
{
	struct overlay_result got[OVERLAY_LISTS] = { 0 };
	unsigned i;

	if (overlay_load(&all->out->reg, all->out->facts, all->appender,
		all->threads, got, err) < 0)
		return -1;
	for (i = 0; i < OVERLAY_LISTS; i++) {
		list[i].ended = got[i].ended;
		list[i].wildcards = got[i].wildcards;
		list[i].later = got[i].later;
		list[i].facts = got[i].facts;
	}
	return 0;
}

static int
register_load(struct loading *all, struct err *err)
{
	struct list_result *list = all->out->list + all->out->n;
	struct lists *out = all->out;
	int64_t changed;
	unsigned i;

	out->reg.db = all->o->db;
	all->way = OVERLAY_LOOK_UP;
	if (overlay_changed(all->o->db, &changed, err) < 0 ||
	    (!all->o->lookup &&
		recent_choose(&out->recent, &out->reg, all->o->index,
		    all->o->rows, &all->way, err) < 0))
		return -1;
	for (i = 0; i < OVERLAY_LISTS; i++)
		if (register_list_begin(all, i, changed, err) < 0)
			return -1;
	if (all->way == OVERLAY_LOOK_UP)
		return 0;
	if ((all->way == OVERLAY_INDEX ?
		    recent_load(&out->recent, &out->reg, out->facts,
			all->appender[0], err) :
		    register_load_all(all, list, err)) < 0)
		return -1;
	out->reg.db = NULL;
	return 0;
}

/* ---- the index ---- */

static int
index_list_begin(struct lists *out, const struct index_list *l, struct err *err)
{
	struct list_result *r = &out->list[out->n++];

	*r = (struct list_result){ .kind = (enum list_kind)l->kind,
		.in_index = true,
		.changed_at = l->as_of,
		.lines = l->lines,
		.blank = l->blank,
		.unusable = l->unusable,
		.blocking = l->blocking,
		.bad_dates = l->bad_dates,
		.wildcards = l->wildcards,
		.facts = l->facts,
		.name = strdup(l->name),
		.path = strdup(l->path) };
	return r->name && r->path ? 0 : err_nomem(err);
}

/*
 * Lists that `scrub refresh` has sealed.  Few numbers open the pages they
 * need; for many, all are opened at once, and when it is known which numbers,
 * only what concerns these is kept.
 */
static int
index_load(struct loading *all, struct err *err)
{
	const struct lists_options *o = all->o;
	const struct index_about *a = index_about(o->index);
	struct lists *out = all->out;
	uint8_t first = (uint8_t)out->n;
	size_t i;

	for (i = 0; i < a->lists; i++)
		if (!a->list[i].in_register &&
		    index_list_begin(out, &a->list[i], err) < 0)
			return -1;
	if (indexed_open(&out->indexed, o->index, first, &out->reg,
		all->way == OVERLAY_INDEX ? &out->recent : NULL, err) < 0)
		return -1;
	if (all->sieves)
		return indexed_sieve(&out->indexed, o->index, out->facts,
		    &out->reg, all->threads, err);
	return index_all_pays(o->index, o->rows) ?
	    index_open_all(o->index, all->threads, err) :
	    0;
}

/* Will of the index only be kept what concerns the numbers that are expected? */
static bool
index_is_sieved(const struct lists_options *o)
{
	return o->index && o->expect && index_all_pays(o->index, o->rows);
}

static int
load_all(struct loading *all, struct err *err)
{
	static const char head[] = "list,file,line,reason,record\n";
	const struct lists_options *o = all->o;
	size_t i;

	if ((all->sieves = index_is_sieved(o)))
		facts_lend_slots(all->out->facts);
	if (o->rejects &&
	    (outfile_open(&all->rejects, o->rejects, err) < 0 ||
		outfile_write(&all->rejects, head, sizeof(head) - 1, err) < 0))
		return -1;
	for (i = 0; i < all->threads; i++)
		if (facts_appender_new(&all->appender[i], all->out->facts,
			err) < 0)
			return -1;
	/* they may have some */
	all->withdrawals = o->db != NULL || o->index != NULL;
	for (i = 0; i < o->specs; i++)
		all->withdrawals |= has_withdrawals(o, &o->spec[i]);
	for (i = 0; i < o->specs; i++)
		if (load_one(all, i, err) < 0)
			return -1;
	all->out->reg = (struct overlay){ .policy = o->policy,
		.topic = o->topic,
		.campaign = o->campaign,
		.persons = o->persons,
		.list = (uint8_t)all->out->n };
	if (o->db && register_load(all, err) < 0)
		return err_in(err, "the register");
	if (facts_build(all->out->facts, err) < 0)
		return -1;
	return o->index && index_load(all, err) < 0 ? err_in(err, "the index") :
						      0;
}

/* The unusable lines are wanted most when they ended the run. */
static int
rejects_publish(struct outfile *rejects, int ret, struct err *err)
{
	struct err second = { 0 };
	struct err *to = ret == 0 ? err : &second;

	if (rejects->state == OUTFILE_OPEN &&
	    (ret == 0 || err->code == ERR_LIST) &&
	    (outfile_finish(rejects, to) < 0 ||
		outfile_publish(rejects, to) < 0))
		ret = -1;
	outfile_discard(rejects);
	return ret;
}

/* Where numbers are expected, the index will be asked which of them it has:
 * by their places in its table. */
static int
table_new(struct lists *out, const struct lists_options *o, struct err *err)
{
	unsigned calls = policy_calls_needed(o->policy);

	return o->expect && o->index ?
	    facts_new_like(&out->facts, calls, index_facts(o->index), err) :
	    facts_new(&out->facts, calls, err);
}

int
lists_load(struct lists *out, const struct lists_options *o, struct err *err)
{
	struct loading all = { .o = o,
		.out = out,
		.threads = o->threads ? o->threads : 1 };
	int ret = -1;

	*out = (struct lists){ 0 };
	if (options_check(o, err) < 0 || table_new(out, o, err) < 0)
		return -1;
	if (!(out->list = calloc(lists_of(o), sizeof(*out->list))))
		err_nomem(err);
	else if (!o->expect || o->expect(o->expect_arg, out, err) == 0)
		ret = load_all(&all, err);
	ret = rejects_publish(&all.rejects, ret, err);
	if (ret < 0)
		lists_release(out);
	return ret;
}

static void
list_release(struct list_result *r)
{
	free(r->name);
	free(r->path);
}

int
lists_use_index(struct lists *l, const struct lists_options *o, struct err *err)
{
	struct loading all = { .o = o,
		.out = l,
		.threads = o->threads ? o->threads : 1 };
	struct list_result *p;

	indexed_release(&l->indexed);
	while (l->n > 0 && l->list[l->n - 1].in_index)
		list_release(&l->list[--l->n]);
	if (!o->index)
		return 0;
	if (options_check(o, err) < 0)
		return -1;
	if (!(p = reallocarray(l->list, lists_of(o), sizeof(*p))))
		return err_nomem(err);
	l->list = p;
	return index_load(&all, err) < 0 ? err_in(err, "the index") : 0;
}

void
lists_release(struct lists *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		list_release(&l->list[i]);
	free(l->list);
	indexed_release(&l->indexed);
	recent_release(&l->recent);
	facts_free(l->facts);
	*l = (struct lists){ 0 };
}
