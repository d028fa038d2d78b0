#include "flow/entry_import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/interrupt.h"
#include "flow/entry_import_impl.h"
#include "flow/mask.h"
#include "store/crypt.h"

/* ---- what became of a line ---- */

/* new weighs more than changed, changed more than known */
static unsigned
weight(unsigned outcome)
{
	return outcome == REGISTER_NEW  ? 3 :
	    outcome == REGISTER_CHANGED ? 2 :
					  1;
}

static void
line_count(struct importer *m, const struct pending *p)
{
	const char *what = "nothing", *why = p->why ? p->why : "";

	m->out->lines++;
	if (p->unusable) {
		m->out->unusable++;
		m->out->blocking += p->entries > 0;
		what = "unusable";
	} else if (p->entries == 0) {
		m->out->nothing++;
	} else {
		what = register_outcome_name(p->outcome);
		m->out->fresh += p->outcome == REGISTER_NEW;
		m->out->changed += p->outcome == REGISTER_CHANGED;
		m->out->known += p->outcome == REGISTER_KNOWN;
	}
	if (m->report.state == OUTFILE_OPEN)
		buf_addf(&m->told, "%" PRIu64 ",%" PRIu64 ",%s,%s\n",
		    m->out->lines, p->line, what, why);
}

/* Count lines from the front that nothing more will be told of. */
static void
pending_settle(struct importer *m)
{
	while (m->first < m->n && m->pending[m->first].closed &&
	    m->pending[m->first].told == m->pending[m->first].entries) {
		line_count(m, &m->pending[m->first]);
		m->first++;
		m->pending_row++;
	}
}

static void
told(void *arg, uint64_t row, enum register_outcome outcome)
{
	struct importer *m = arg;
	struct pending *p = &m->pending[m->first + (row - m->pending_row)];

	p->told++;
	if (p->told == 1 || weight(outcome) > weight(p->outcome))
		p->outcome = (uint8_t)outcome;
	pending_settle(m);
}

static int
pending_push(struct importer *m, uint64_t line, struct err *err)
{
	struct pending *grown;

	if (m->first > 1024 && m->first > m->n / 2) {
		memmove(m->pending, m->pending + m->first,
		    (m->n - m->first) * sizeof(*m->pending));
		m->n -= m->first;
		m->first = 0;
	}
	if (m->n == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 4096;
		grown = reallocarray(m->pending, m->cap, sizeof(*grown));
		if (!grown)
			return err_nomem(err);
		m->pending = grown;
	}
	m->pending[m->n++] = (struct pending){ .line = line };
	return 0;
}

/* ---- lines that cannot be used ---- */

static void
rejects_header(struct importer *m)
{
	const struct csv_dialect *d = csv_reader_dialect(m->csv);
	struct span eol = csv_reader_eol(m->csv);
	struct buf *b = &m->record;
	unsigned i;

	buf_addspan(b,
	    span_of(csv_reader_preamble(m->csv).p, csv_reader_bom(m->csv)));
	buf_addf(b, "row%cline%cproblem", d->delimiter, d->delimiter);
	if (csv_reader_has_header(m->csv)) {
		buf_addc(b, d->delimiter);
		buf_addspan(b, csv_reader_header_raw(m->csv));
	} else {
		for (i = 1; i <= d->columns; i++)
			buf_addf(b, "%c%u", d->delimiter, i);
	}
	buf_addspan(b, eol);
}

static int
reject(struct importer *m, const struct csv_row *row, const char *why,
    struct err *err)
{
	char d = csv_reader_dialect(m->csv)->delimiter;
	struct buf *b = &m->record;

	if (!m->out->first_bad) {
		m->out->first_bad = row->line;
		snprintf(m->out->why, sizeof(m->out->why), "%s", why);
	}
	m->pending[m->n - 1].unusable = true;
	m->pending[m->n - 1].why = why;
	if (m->o->dry_run && !m->o->rejects)
		return 0;
	if (!m->o->rejects) {
		err_set(err, ERR_INPUT,
		    "%s: line %" PRIu64 " cannot be used: %s",
		    csv_reader_file(m->csv)->name, row->line, why);
		return err_hint(err,
		    "--rejects FILE says where to write such lines");
	}
	buf_reset(b);
	if (m->rejects.state != OUTFILE_OPEN) {
		if (outfile_open(&m->rejects, m->o->rejects, err) < 0)
			return -1;
		rejects_header(m);
	}
	buf_addf(b, "%" PRIu64 "%c%" PRIu64 "%c%s%c", m->row, d, row->line, d,
	    why, d);
	buf_addspan(b, row->raw);
	buf_addspan(b, csv_reader_eol(m->csv));
	if (buf_check(b, err) < 0 ||
	    outfile_write(&m->rejects, b->p, b->n, err) < 0)
		return -1;
	return 0;
}

/* ---- reading ---- */

static int
row_import(struct importer *m, const struct csv_row *row,
    const struct span *cell, struct err *err)
{
	const char *why;

	m->row++;
	m->row_read = false;
	m->malformed = row->status != CSV_ROW_OK;
	m->why = NULL;
	if (pending_push(m, row->line, err) < 0 ||
	    list_line_load(&m->lines, row, cell, &why, err) < 0)
		return -1;
	if (!why)
		why = m->why;
	if (why && reject(m, row, why, err) < 0)
		return -1;
	m->pending[m->n - 1].closed = true;
	pending_settle(m);
	return 0;
}

static int
report_write(struct importer *m, struct err *err)
{
	struct buf *b = &m->told;
	int ret = buf_check(b, err);

	if (ret == 0 && b->n && m->report.state == OUTFILE_OPEN)
		ret = outfile_write(&m->report, b->p, b->n, err);
	buf_reset(b);
	return ret;
}

static int
rows_import(struct importer *m, struct err *err)
{
	size_t i;
	int got;

	for (;;) {
		if (interrupt_check(err) < 0)
			return -1;
		got = csv_reader_next(m->csv, &m->block, err);
		if (got <= 0)
			return got;
		if (csv_split(&m->rows, &m->block, csv_reader_dialect(m->csv),
			m->columns.want, m->columns.wants, err) < 0)
			return -1;
		m->out->blank += m->rows.blank;
		for (i = 0; i < m->rows.n; i++)
			if (row_import(m, &m->rows.row[i],
				m->rows.cell + i * m->columns.wants, err) < 0)
				return -1;
		if (report_write(m, err) < 0 ||
		    buf_check(&m->lines.scratch, err) < 0 ||
		    buf_check(&m->texts, err) < 0 ||
		    buf_check(&m->scratch, err) < 0)
			return -1;
		if (m->o->progress)
			m->o->progress(m->o->progress_arg,
			    csv_reader_file(m->csv)->taken,
			    csv_reader_file(m->csv)->size);
	}
}

/* ---- the whole ---- */

static int
over_itself(const struct importer *m, const char *path, const char *option,
    struct err *err)
{
	if (!path || !infile_is(csv_reader_file(m->csv), path))
		return 0;
	return err_set(err, ERR_USAGE, "%s: it would be written over the input",
	    option);
}

static int
importer_open(struct importer *m, struct err *err)
{
	static const char head[] = "row,line,outcome,problem\n";
	struct csv_options csv = {
		.max_record = m->o->max_record,
		.block = m->o->block,
		.blame = ERR_INPUT,
		.empty_ok = true, /* figures_check() has its own say */
	};

	if (csv_reader_open(&m->csv, m->o->path, &csv, err) < 0)
		return -1;
	if (over_itself(m, m->o->rejects, "--rejects", err) < 0 ||
	    over_itself(m, m->o->report, "--report", err) < 0)
		return -1;
	if (!m->o->report)
		return 0;
	if (m->o->rejects && strcmp(m->o->rejects, m->o->report) == 0)
		return err_set(err, ERR_USAGE,
		    "--rejects and --report name the same file");
	if (outfile_open(&m->report, m->o->report, err) < 0)
		return -1;
	return outfile_write(&m->report, head, sizeof(head) - 1, err);
}

/* A file's digest says later what was imported; a pipe has none. */
static int
input_settle(struct importer *m, struct register_origin *origin,
    struct err *err)
{
	const char *slash = strrchr(m->o->path, '/');
	struct stat st;

	if (strcmp(m->o->path, "-") == 0)
		buf_adds(&m->input, "standard input");
	else
		mask_name(&m->input, span_str(slash ? slash + 1 : m->o->path));
	if (buf_check(&m->input, err) < 0)
		return -1;
	origin->input = buf_span(&m->input);
	if (origin->input.n > REGISTER_TEXT_MAX)
		origin->input.n = REGISTER_TEXT_MAX;
	if (stat(m->o->path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (crypt_file_sha256(m->sha256, m->o->path, err) < 0)
		return -1;
	origin->input_sha256 = m->sha256;
	return 0;
}

static int
reader_settle(struct importer *m, const struct list_sink *sink, struct err *err)
{
	m->lines = (struct list_reader){
		.o = &m->lists,
		.spec = &m->spec,
		.columns = &m->columns,
		.sink = sink,
		.decoder = &m->decoder,
		.delimiter = csv_reader_dialect(m->csv)->delimiter,
		.rules = m->o->rules,
		.scratch = BUF_INIT(1 << 22),
	};
	list_reader_ready(&m->lines);
	if (!buf_reserve(&m->texts, TEXTS_BYTES))
		return err_nomem(err);
	return decoder_copy(&m->decoder, csv_reader_decoder(m->csv), err);
}

/*
 * Without one consent in the register, consent is not asked for: a list of
 * which nothing was understood must not let everybody through.
 */
static int
consents_check(const struct importer *m, struct err *err)
{
	const struct entry_import_result *r = m->out;

	if (m->o->kind != LIST_CONSENT || m->o->empty_ok ||
	    r->fresh + r->known + r->changed + r->blocking > 0)
		return 0;
	err_set(err, ERR_INPUT,
	    "%s: none of its lines gives or withdraws consent",
	    csv_reader_file(m->csv)->name);
	return err_hint(err,
	    "--map status=COLUMN says which column does; say --empty-ok when "
	    "it is meant");
}

/* Enough of it usable? */
static int
figures_check(const struct importer *m, struct err *err)
{
	const struct entry_import_result *r = m->out;

	if (r->lines == 0 && !m->o->empty_ok) {
		err_set(err, ERR_INPUT, "%s: it is empty",
		    csv_reader_file(m->csv)->name);
		return err_hint(err,
		    "an empty file may be a failed export; say --empty-ok "
		    "when it is meant");
	}
	if ((double)r->unusable * 100 <= m->o->max_bad * (double)r->lines)
		return consents_check(m, err);
	err_set(err, ERR_INPUT,
	    "%s: %" PRIu64 " of %" PRIu64 " lines cannot be used, over "
	    "--max-bad %g %%; the first is line %" PRIu64 ": %s",
	    csv_reader_file(m->csv)->name, r->unusable, r->lines, m->o->max_bad,
	    r->first_bad, r->why);
	return err_hint(err, "%s%s%s",
	    m->rejects.state == OUTFILE_OPEN ? "they are in " :
					       "--rejects FILE writes them out",
	    m->rejects.state == OUTFILE_OPEN ? m->o->rejects : "",
	    m->o->rules.region == REGION_NONE ?
		"; numbers without a country code need --region CC" :
		"");
}

static int
import_run(struct importer *m, struct err *err)
{
	const struct list_sink sink = { entry_line_take, m };
	char action[32];

	if (csv_reader_dialect(m->csv)->columns == 0)
		return figures_check(m, err);
	if (entry_columns_settle(m, err) < 0)
		return err_in(err, "%s", csv_reader_file(m->csv)->name);
	if (reader_settle(m, &sink, err) < 0)
		return -1;
	snprintf(action, sizeof(action), "%s.import", m->spec.name);
	if (register_import_new(&m->im, m->db, action, &m->origin, told, m,
		err) < 0 ||
	    rows_import(m, err) < 0)
		return -1;
	if (register_import_end(m->im, &(struct register_import_result){ 0 },
		err) < 0 ||
	    report_write(m, err) < 0)
		return -1;
	m->out->bad_dates = m->lines.result.bad_dates;
	m->out->wildcards = m->lines.result.wildcards;
	return figures_check(m, err);
}

/* The unusable lines are wanted most when they ended the import. */
static int
rejects_publish(struct importer *m, int ret, struct err *err)
{
	struct err second = { 0 };
	struct err *to = ret == 0 ? err : &second;

	if (m->rejects.state == OUTFILE_OPEN &&
	    (ret == 0 || err->code == ERR_INPUT) &&
	    (outfile_finish(&m->rejects, to) < 0 ||
		outfile_publish(&m->rejects, to) < 0))
		ret = -1;
	return ret;
}

static int
import_all(struct importer *m, struct err *err)
{
	int ret;

	if (importer_open(m, err) < 0 ||
	    register_begin(m->db, m->o->now, err) < 0)
		return -1;
	ret = import_run(m, err);
	if (ret < 0 && err->code == ERR_LIST)
		err->code = ERR_INPUT;
	ret = rejects_publish(m, ret, err);
	register_import_free(m->im);
	if (ret == 0 && m->report.state == OUTFILE_OPEN)
		ret = outfile_finish(&m->report, err);
	if (ret < 0 || m->o->dry_run)
		register_rollback(m->db);
	else if (register_commit(m->db, err) < 0)
		return -1;
	if (ret == 0 && m->report.state == OUTFILE_FINISHED)
		ret = outfile_publish(&m->report, err);
	return ret;
}

static void
importer_release(struct importer *m)
{
	outfile_discard(&m->rejects);
	outfile_discard(&m->report);
	decoder_close(&m->decoder);
	csv_block_release(&m->block);
	csv_rows_release(&m->rows);
	csv_reader_close(m->csv);
	buf_release(&m->lines.scratch);
	buf_release(&m->texts);
	buf_release(&m->input);
	buf_release(&m->scratch);
	buf_release(&m->told);
	buf_release(&m->record);
	numset_release(&m->standing);
	free(m->pending);
}

int
entry_import(struct register_db *db, const struct entry_import_options *o,
    struct entry_import_result *out, struct err *err)
{
	struct importer *m = calloc(1, sizeof(*m));
	int ret;

	*out = (struct entry_import_result){ 0 };
	if (!m)
		return err_nomem(err);
	m->o = o;
	m->out = out;
	m->db = db;
	m->pending_row = 1;
	m->standing_from = CLOCK_NEVER;
	m->texts = BUF_INIT(TEXTS_BYTES);
	m->input = BUF_INIT(1 << 16);
	m->scratch = BUF_INIT(1 << 22);
	m->told = BUF_INIT(SIZE_MAX);
	m->record = BUF_INIT(SIZE_MAX);
	m->spec = (struct list_spec){ o->kind, list_kind_name(o->kind),
		o->path };
	m->policy = (struct policy){ .as_of = o->now, .zone = o->zone };
	policy_prepare(&m->policy);
	m->lists = (struct lists_options){ .spec = &m->spec,
		.specs = 1,
		.map = m->map,
		.date_format = m->format,
		.header = &m->header,
		.persons = true,
		.rules = o->rules,
		.policy = &m->policy };
	m->origin = o->entry.origin;
	ret = input_settle(m, &m->origin, err);
	if (ret == 0)
		ret = import_all(m, err);

	importer_release(m);
	free(m);
	return ret;
}
