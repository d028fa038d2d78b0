/*
 * feed_read.c - one file of a feed, line by line, to a sink.
 *
 * All layouts but XML are CSV of some kind, and a line means what it means in
 * a list that a run is given (list_line.h); only that what a run would settle
 * for itself (is this my topic?) is left as the line says it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "flow/feed_impl.h"
#include "flow/list_columns.h"
#include "flow/list_line.h"
#include "text/csv_reader.h"
#include "text/csv_writer.h"

enum { TEXT_MAX = 64 << 10, AREA = 3, LOCAL = 7 };

const char feed_quarantine_head[] = "file,line,reason,record\n";

static const char *const layout_names[FEED_LAYOUTS] = {
	[FEED_LINES] = "lines",
	[FEED_CSV] = "csv",
	[FEED_REGISTRY] = "registry",
	[FEED_CHANGES] = "changes",
	[FEED_DNCL_XML] = "dncl-xml",
};

const char *
feed_layout_name(enum feed_layout l)
{
	return (unsigned)l < FEED_LAYOUTS ? layout_names[l] : "";
}

bool
feed_layout_parse(enum feed_layout *out, struct span name)
{
	unsigned i;

	for (i = 0; i < FEED_LAYOUTS; i++) {
		if (!span_eq(name, span_str(layout_names[i])))
			continue;
		*out = (enum feed_layout)i;
		return true;
	}
	return false;
}

void
feed_quarantine_add(struct buf *b, const char *path, uint64_t line,
    const char *why, struct span record)
{
	csv_add_cell(b, span_str(path), ',');
	buf_addf(b, ",%" PRIu64 ",", line);
	csv_add_cell(b, span_str(why), ',');
	buf_addc(b, ',');
	csv_add_cell(b, record, ',');
	buf_addc(b, '\n');
}

/* The numbers of change lists, where a column says them. */
struct order {
	uint64_t first, last, gap_after, replayed;
};

/* A block, and what is left of it once its facts have been handed on. */
struct block {
	struct csv_block csv;
	struct buf quarantine;
	uint64_t first_bad;
	char why[96];
	uint64_t taken;
	struct order order;
};

/* One thread at work. */
struct worker {
	struct list_reader lines;
	struct list_sink sink;
	struct decoder decoder;
	struct csv_rows rows;
	struct buf topic; /* of the line at hand */
	uint64_t facts;
	struct order *order; /* of the block at hand */
	const struct feed_reader *r;
	void *arg; /* the sink's */
};

struct feed_reader {
	const struct feed_options *o;
	const struct feed_file *file;
	enum feed_layout layout;
	struct feed_result *out;
	struct policy policy;
	struct lists_options lists;
	struct list_spec spec;
	struct csv_reader *csv;
	struct list_columns columns;
	int action, sequence; /* places of a change list's; -1: none */
	struct worker *worker;
	size_t workers;
	struct block *block;
	size_t blocks;
	struct order order;
};

/* ---- what a line says ---- */

static int
fact_hand(struct worker *w, struct feed_fact *f, struct err *err)
{
	w->facts++;
	return w->r->o->sink->add(w->arg, f, err);
}

/* Of a consent that may be withdrawn in the same line, both. */
static int
consent_hand(struct worker *w, const struct list_line *line,
    struct feed_fact *f, struct err *err)
{
	f->fact = line->taken;
	if (line->withdrawn && fact_hand(w, f, err) < 0)
		return -1;
	if (!line->consent)
		return 0;
	f->fact = line->fact;
	f->granted = fact_time(line->granted.from);
	return fact_hand(w, f, err);
}

/* A list_sink: what the line at hand says of one subject. */
static int
line_take(void *arg, const struct list_line *line, uint64_t key,
    struct span person, struct err *err)
{
	struct worker *w = arg;
	struct feed_fact f = { .key = key,
		.person = person,
		.fact = line->fact };
	enum column_field topic = COLUMN_TOPIC;

	if (line->fact.kind == FACT_CONSENT)
		topic = list_purpose(w->lines.columns);
	buf_reset(&w->topic);
	buf_addspan(&w->topic, list_line_scope(&w->lines, topic));
	f.topic = buf_span(&w->topic);
	if (line->fact.kind != FACT_CALL)
		f.campaign = list_line_scope(&w->lines, COLUMN_CAMPAIGN);
	else
		f.topic = span_of("", 0);
	f.fact.scope = 0;
	if (line->fact.kind == FACT_CONSENT)
		return consent_hand(w, line, &f, err);
	return fact_hand(w, &f, err);
}

/* AAA,NNNNNNN.  1: taken; 0: there is more to it; -1. */
static int
registry_plain(struct worker *w, const struct csv_row *row,
    const struct span *cell, struct err *err)
{
	const struct list_columns *c = w->lines.columns;
	struct number_plain n;
	struct feed_fact f = { .fact = { .until = FACT_FOREVER } };
	char text[AREA + LOCAL];

	if (row->status != CSV_ROW_OK ||
	    !span_is_digits(cell[c->number[0]], AREA) ||
	    !span_is_digits(cell[c->number[1]], LOCAL))
		return 0;
	memcpy(text, cell[c->number[0]].p, AREA);
	memcpy(text + AREA, cell[c->number[1]].p, LOCAL);
	if (!number_memo_read(&w->lines.numbers, span_of(text, sizeof(text)),
		&n) ||
	    !n.one_reading)
		return 0;
	f.fact.kind = w->r->spec.kind == LIST_DNC ? FACT_DNC : FACT_LISTED;
	f.key = n.key;
	w->lines.result.lines++;
	return fact_hand(w, &f, err) < 0 ? -1 : 1;
}

/* ---- change lists ---- */

enum action { ACTION_ADD, ACTION_REMOVE, ACTION_UNKNOWN };

static enum action
action_of(struct span s)
{
	static const char *const add[] = { "a", "add", "added", "+", "i",
		"insert", "新增", "添加" };
	static const char *const del[] = { "d", "del", "delete", "deleted", "-",
		"r", "remove", "removed", "删除" };
	size_t i;

	for (i = 0; i < sizeof(add) / sizeof(*add); i++)
		if (span_eq_nocase(s, span_str(add[i])))
			return ACTION_ADD;
	for (i = 0; i < sizeof(del) / sizeof(*del); i++)
		if (span_eq_nocase(s, span_str(del[i])))
			return ACTION_REMOVE;
	return ACTION_UNKNOWN;
}

/*
 * A number comes off a list only when there is no doubt which: not for one of
 * several readings, which may be somebody else's.
 */
static int
change_remove(struct worker *w, const struct span *cell, const char **why,
    struct err *err)
{
	const struct list_columns *c = w->lines.columns;
	struct number_cell n;
	struct feed_fact f = { .remove = true };
	struct span text = decode_cell(w->lines.decoder, cell[c->number[0]],
	    &w->lines.scratch);
	char joined[64];

	if (c->joined) {
		int len = snprintf(joined, sizeof(joined), "%.*s%.*s",
		    (int)cell[c->number[0]].n, cell[c->number[0]].p,
		    (int)cell[c->number[1]].n, cell[c->number[1]].p);

		text = span_of(joined,
		    len < (int)sizeof(joined) ? (size_t)len : 0);
	}
	number_parse(&n, text, &w->lines.rules);
	w->lines.result.lines++;
	if (!number_readable(&n) || n.count != 1 ||
	    c->numbers > (c->joined ? 2 : 1)) {
		*why = "not one number to remove";
		return 0;
	}
	f.key = n.number[0].key;
	return fact_hand(w, &f, err);
}

static void
order_see(struct order *o, uint64_t n)
{
	if (o->last == 0)
		o->first = n;
	else if (n < o->last && !o->replayed)
		o->replayed = n;
	else if (n > o->last + 1 && !o->gap_after)
		o->gap_after = o->last;
	if (n > o->last)
		o->last = n;
}

static bool
sequence_of(uint64_t *out, struct span s)
{
	char text[20];

	if (s.n == 0 || s.n >= sizeof(text) || !span_is_digits(s, s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	*out = strtoull(text, NULL, 10);
	return *out > 0;
}

static int
change_take(struct worker *w, const struct csv_row *row,
    const struct span *cell, const char **why, struct err *err)
{
	const struct feed_reader *r = w->r;
	enum action action = ACTION_UNKNOWN;
	uint64_t n;

	*why = NULL;
	if (row->status == CSV_ROW_OK) {
		action = action_of(span_trim(cell[r->action]));
		if (r->sequence >= 0) {
			if (!sequence_of(&n, span_trim(cell[r->sequence]))) {
				*why = "unreadable sequence";
			} else if (n <= r->o->list->base_sequence) {
				w->lines.result.lines++;
				return 0; /* the base has it */
			} else {
				order_see(w->order, n);
			}
		}
	}
	if (action == ACTION_REMOVE && !*why)
		return change_remove(w, cell, why, err);
	/* What is not understood adds: nobody is freed by it. */
	if (list_line_load(&w->lines, row, cell, why, err) < 0)
		return -1;
	if (!*why && action == ACTION_UNKNOWN) {
		w->lines.result.unusable++;
		*why = "unknown action";
	}
	return 0;
}

/* ---- the stages of the pipeline ---- */

static int
block_read(void *shared, void *block, struct err *err)
{
	struct feed_reader *r = shared;
	struct block *b = block;
	int got;

	if (interrupt_check(err) < 0)
		return -1;
	got = csv_reader_next(r->csv, &b->csv, err);
	b->taken = csv_reader_file(r->csv)->taken;
	return got;
}

static int
row_take(struct worker *w, const struct csv_row *row, const struct span *cell,
    const char **why, struct err *err)
{
	uint64_t unusable = w->lines.result.unusable;
	int got;

	*why = NULL;
	w->lines.cell = cell;
	if (w->r->layout == FEED_CHANGES) {
		if (change_take(w, row, cell, why, err) < 0)
			return -1;
	} else {
		got = w->r->layout == FEED_REGISTRY ?
		    registry_plain(w, row, cell, err) :
		    0;
		if (got < 0)
			return -1;
		if (got > 0)
			return 0;
		if (list_line_load(&w->lines, row, cell, why, err) < 0)
			return -1;
		if (!*why && w->r->layout == FEED_REGISTRY &&
		    !(span_is_digits(cell[0], AREA) &&
			span_is_digits(cell[1], LOCAL)))
			*why = "not AAA,NNNNNNN";
	}
	if (*why && unusable == w->lines.result.unusable)
		w->lines.result.unusable++;
	return 0;
}

static int
block_work(void *shared, void *tools, void *block, struct err *err)
{
	struct feed_reader *r = shared;
	struct worker *w = tools;
	struct block *b = block;
	const char *why;
	size_t i;

	buf_reset(&b->quarantine);
	b->first_bad = 0;
	b->order = (struct order){ 0 };
	w->order = &b->order;
	if (csv_split(&w->rows, &b->csv, csv_reader_dialect(r->csv),
		r->columns.want, r->columns.wants, err) < 0)
		return -1;
	for (i = 0; i < w->rows.n; i++) {
		const struct csv_row *row = &w->rows.row[i];

		if (row_take(w, row, w->rows.cell + i * r->columns.wants, &why,
			err) < 0)
			return -1;
		if (!why)
			continue;
		if (!b->first_bad) {
			b->first_bad = row->line;
			snprintf(b->why, sizeof(b->why), "%s", why);
		}
		if (r->o->quarantine)
			feed_quarantine_add(&b->quarantine, r->file->path,
			    row->line, why, row->raw);
	}
	w->lines.result.blank += w->rows.blank;
	if (buf_check(&w->lines.scratch, err) < 0 ||
	    buf_check(&w->topic, err) < 0)
		return -1;
	return buf_check(&b->quarantine, err);
}

/* The order of a block behind that of the blocks before it. */
static void
order_join(struct order *to, const struct order *from)
{
	if (from->last == 0)
		return;
	order_see(to, from->first);
	if (!to->gap_after)
		to->gap_after = from->gap_after;
	if (!to->replayed)
		to->replayed = from->replayed;
	if (from->last > to->last)
		to->last = from->last;
}

static int
block_commit(void *shared, void *block, struct err *err)
{
	struct feed_reader *r = shared;
	struct block *b = block;

	order_join(&r->order, &b->order);
	if (b->first_bad && !r->out->first_bad) {
		r->out->first_bad = b->first_bad;
		memcpy(r->out->why, b->why, sizeof(b->why));
	}
	if (b->quarantine.n &&
	    outfile_write(r->o->quarantine, b->quarantine.p, b->quarantine.n,
		err) < 0)
		return -1;
	if (r->o->progress)
		r->o->progress(r->o->progress_arg, r->file->path, b->taken,
		    r->file->size);
	return 0;
}

static const struct pipeline stages = { block_read, block_work, block_commit };

/* ---- columns ---- */

static int
layout_bad(struct feed_reader *r, const char *why)
{
	if (!r->out->layout_bad[0])
		snprintf(r->out->layout_bad, sizeof(r->out->layout_bad),
		    "%.240s", why);
	return 0;
}

/* A file without columns of its own: one of numbers, or area code and rest.
 * 1: so it is; 0: not. */
static int
fixed_columns(struct feed_reader *r)
{
	unsigned want = r->layout == FEED_REGISTRY ? 2 : 1, i;
	struct list_columns *c = &r->columns;
	char why[96];

	csv_reader_set_header(r->csv,
	    r->o->list->header_said && r->o->list->header);
	if (csv_reader_dialect(r->csv)->columns != want) {
		snprintf(why, sizeof(why),
		    "its first line has %u fields, not %u",
		    csv_reader_dialect(r->csv)->columns, want);
		return layout_bad(r, why);
	}
	for (i = 0; i < COLUMN_FIELDS; i++)
		c->field[i] = -1;
	for (i = 0; i < want; i++) {
		c->number[i] = i;
		c->want[i] = i;
	}
	c->numbers = c->wants = want;
	c->joined = want == 2;
	return 1;
}

/* The column of a change list that conf or its name tells; -1: none. */
static int
extra_column(struct feed_reader *r, const char *given,
    const char *const *names_of, unsigned *out, struct err *err)
{
	const struct span *names;
	size_t n, i, k;

	names = csv_reader_names(r->csv, &n);
	if (given)
		return column_find(out, span_str(given), names, n,
			   csv_reader_has_header(r->csv), ERR_LIST, err) < 0 ?
		    -1 :
		    1;
	for (i = 0; csv_reader_has_header(r->csv) && i < n; i++) {
		for (k = 0; names_of[k]; k++) {
			if (!span_eq_nocase(names[i], span_str(names_of[k])))
				continue;
			*out = (unsigned)i;
			return 1;
		}
	}
	return 0;
}

/* 1: found, 0: it has none, -1. */
static int
change_columns(struct feed_reader *r, struct err *err)
{
	static const char *const action_names[] = { "action", "change",
		"change_type", "op", "operation", "type", "操作", NULL };
	static const char *const none[] = { NULL };
	unsigned column[2];
	int place[2], got;
	size_t n = 0;

	r->action = r->sequence = -1;
	got = extra_column(r, r->o->list->action, action_names, &column[n],
	    err);
	if (got <= 0)
		return got < 0 ? -1 :
				 layout_bad(r,
				     "it has no action column (add, delete): "
				     "map.action names it");
	n++;
	if (r->o->list->sequence) {
		if (extra_column(r, r->o->list->sequence, none, &column[n],
			err) < 0)
			return -1;
		n++;
	}
	list_columns_also(&r->columns, column, n, place);
	r->action = place[0];
	if (n > 1)
		r->sequence = place[1];
	return 1;
}

/* 1: read on; 0: it is not of its layout; -1: a failure. */
static int
columns_settle(struct feed_reader *r, struct err *err)
{
	int got;

	if (r->layout == FEED_LINES || r->layout == FEED_REGISTRY)
		return fixed_columns(r);
	if (list_columns_find(&r->columns, r->csv, &r->spec, &r->lists, err) <
	    0)
		got = -1;
	else
		got = r->layout == FEED_CHANGES ? change_columns(r, err) : 1;
	if (got < 0 && err->code == ERR_LIST)
		return layout_bad(r, err->text);
	return got;
}

/* ---- a file ---- */

static int
worker_init(struct worker *w, struct feed_reader *r, void *arg, struct err *err)
{
	w->topic = BUF_INIT(TEXT_MAX);
	w->sink = (struct list_sink){ line_take, w };
	w->r = r;
	w->arg = arg;
	w->lines = (struct list_reader){
		.o = &r->lists,
		.spec = &r->spec,
		.columns = &r->columns,
		.sink = &w->sink,
		.decoder = &w->decoder,
		.withdrawals = true,
		.delimiter = csv_reader_dialect(r->csv)->delimiter,
		.rules = r->lists.rules,
		.scratch = BUF_INIT(1 << 20),
	};
	list_reader_ready(&w->lines);
	return decoder_copy(&w->decoder, csv_reader_decoder(r->csv), err);
}

static void
worker_release(struct worker *w)
{
	decoder_close(&w->decoder);
	csv_rows_release(&w->rows);
	buf_release(&w->topic);
	buf_release(&w->lines.scratch);
}

static void
block_release(struct block *b)
{
	csv_block_release(&b->csv);
	buf_release(&b->quarantine);
}

static void
result_add(struct feed_result *to, const struct worker *w)
{
	const struct list_result *from = &w->lines.result;

	to->lines += from->lines;
	to->blank += from->blank;
	to->unusable += from->unusable;
	to->bad_dates += from->bad_dates;
	to->wildcards += from->wildcards;
	to->facts += w->facts;
}

/* Is it that a quote is never closed?  "PATH: line 7: a quote..." */
static bool
quote_open(struct feed_reader *r, const struct err *err)
{
	const char *path = r->file->path;
	size_t n = strlen(path);

	if (err->code != ERR_LIST || strncmp(err->text, path, n) != 0 ||
	    strncmp(err->text + n, ": line ", 7) != 0)
		return false;
	snprintf(r->out->cut, sizeof(r->out->cut), "at %.200s",
	    err->text + n + 2);
	return true;
}

static int
rows_read(struct feed_reader *r, struct err *err)
{
	size_t threads = r->layout == FEED_CHANGES || !r->o->threads ?
	    1 :
	    r->o->threads;
	struct pipeline_crew crew = { .threads = threads,
		.tools_size = sizeof(*r->worker),
		.blocks = pipeline_blocks(threads),
		.block_size = sizeof(*r->block) };
	size_t i;
	int ret;

	crew.tools = r->worker = calloc(crew.threads, crew.tools_size);
	crew.block = r->block = calloc(crew.blocks, crew.block_size);
	if (!r->worker || !r->block)
		return err_nomem(err);
	r->workers = crew.threads;
	r->blocks = crew.blocks;
	for (i = 0; i < r->workers; i++)
		if (worker_init(&r->worker[i], r, r->o->sink->arg[i], err) < 0)
			return -1;
	for (i = 0; i < r->blocks; i++)
		r->block[i].quarantine = BUF_INIT(SIZE_MAX);
	ret = pipeline_run(&stages, r, &crew, err);
	for (i = 0; i < r->workers; i++)
		result_add(r->out, &r->worker[i]);
	return ret < 0 && quote_open(r, err) ? 0 : ret;
}

/* The numbers of one file behind those of the files before it. */
static void
order_file(struct feed_result *out, const struct order *file)
{
	if (file->last == 0)
		return;
	if (!out->replayed)
		out->replayed = file->first <= out->last ? file->first :
							   file->replayed;
	if (!out->gap_after)
		out->gap_after = out->last && file->first > out->last + 1 ?
		    out->last :
		    file->gap_after;
	if (!out->first)
		out->first = file->first;
	if (file->last > out->last)
		out->last = file->last;
}

static int
csv_read(struct feed_reader *r, struct err *err)
{
	const struct feed_list *l = r->o->list;
	struct csv_options csv = {
		.delimiter = l->delimiter,
		.encoding = l->encoding,
		.blame = ERR_LIST,
		.empty_ok = true,
	};
	int got;

	/* one number a line: nothing is to be detected in it */
	if (!csv.delimiter &&
	    (r->layout == FEED_LINES || r->layout == FEED_REGISTRY))
		csv.delimiter = ',';
	if (csv_reader_open(&r->csv, r->file->path, &csv, err) < 0) {
		if (err->code != ERR_LIST)
			return -1;
		return layout_bad(r, err->text);
	}
	if (csv_reader_dialect(r->csv)->columns == 0)
		return 0; /* empty */
	if ((got = columns_settle(r, err)) <= 0)
		return got;
	if (rows_read(r, err) < 0)
		return -1;
	order_file(r->out, &r->order);
	return 0;
}

/* The last two bytes, where there are two; 0 where the file has become shorter
 * meanwhile, which growth_check() finds. */
static int
end_read(int fd, char end[2])
{
	struct stat st;
	ssize_t n = 0, got;

	if (fstat(fd, &st) < 0)
		return -1;
	while (st.st_size >= 2 && n < 2) {
		got = pread(fd, end + n, (size_t)(2 - n), st.st_size - 2 + n);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got == 0)
			return 0;
		n += got > 0 ? got : 0;
	}
	return n == 2;
}

/* Does the file end with a line end, as layouts of lines promise?  (UTF-16 has
 * it in its last two bytes.) */
static int
end_check(const struct feed_file *file, uint64_t lines, struct feed_result *out,
    struct err *err)
{
	char end[2];
	int fd, got;

	do
		fd = open(file->path, O_RDONLY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0 && errno == ENOENT)
		return 0; /* gone meanwhile: growth_check() tells */
	if (fd < 0)
		return err_sys(err, "%s: cannot open", file->path);
	got = end_read(fd, end);
	if (got < 0)
		err_sys(err, "%s: cannot read", file->path);
	close(fd);
	if (got > 0 && end[1] != '\n' && end[1] != '\r' &&
	    !(end[1] == '\0' && end[0] == '\n'))
		snprintf(out->cut, sizeof(out->cut),
		    "after line %" PRIu64 ": its last line has no line end",
		    lines);
	return got < 0 ? -1 : 0;
}

/* Is the file still what it was when it was found? */
static void
growth_check(const struct feed_file *file, struct feed_result *out)
{
	struct stat st;

	if (stat(file->path, &st) < 0 || st.st_size != file->size ||
	    (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec !=
		file->mtime_ns ||
	    (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec !=
		file->ctime_ns)
		out->growing = true;
}

static void
reader_init(struct feed_reader *r)
{
	const struct feed_list *l = r->o->list;

	r->policy = (struct policy){ .as_of = r->o->now, .zone = r->o->zone };
	policy_prepare(&r->policy);
	r->spec = (struct list_spec){ l->kind, l->name, r->file->path };
	r->lists = (struct lists_options){
		.outcomes = true, /* some run may ask */
		.spec = &r->spec,
		.specs = 1,
		.map = l->map,
		.maps = l->maps,
		.date_format = l->date_format,
		.date_formats = l->date_formats,
		.persons = true,
		.rules = l->rules,
		.policy = &r->policy,
	};
}

int
feed_read(const struct feed_options *o, const struct feed_file *file,
    enum feed_layout layout, struct feed_result *out, struct err *err)
{
	struct feed_reader r = { .o = o,
		.file = file,
		.layout = layout,
		.out = out };
	uint64_t lines = out->lines;
	struct list_header header = { o->list->name, o->list->header };
	size_t i;
	int ret;

	if (layout == FEED_DNCL_XML) {
		ret = feed_xml_read(o, file, out, err);
	} else {
		reader_init(&r);
		if (o->list->header_said) {
			r.lists.header = &header;
			r.lists.headers = 1;
		}
		ret = csv_read(&r, err);
		for (i = 0; i < r.workers; i++)
			worker_release(&r.worker[i]);
		for (i = 0; i < r.blocks; i++)
			block_release(&r.block[i]);
		free(r.worker);
		free(r.block);
		csv_reader_close(r.csv);
		if (ret == 0 && layout != FEED_CSV)
			ret = end_check(file, out->lines - lines, out, err);
	}
	if (ret == 0)
		growth_check(file, out);
	return ret;
}
