#include "flow/screen.h"

#include <stdlib.h>
#include <string.h>

#include "text/decode.h"

enum {
	BATCH = 64, /* rows read ahead, so that memory is there in time */
	SCRATCH_MAX = 1 << 26,
};

/* ---- arrays that grow ---- */

static int
grow(void **array, size_t *cap, size_t size, struct err *err)
{
	size_t more = *cap ? 2 * *cap : 1024;
	void *p = reallocarray(*array, more, size);

	if (!p)
		return err_nomem(err);
	*array = p;
	*cap = more;
	return 0;
}

static struct judged *
judged_add(struct screen *s, struct err *err)
{
	struct judged *j;

	if (s->at->judged_n == s->at->judged_cap &&
	    grow((void **)&s->at->judged, &s->at->judged_cap,
		sizeof(*s->at->judged), err) < 0)
		return NULL;
	j = &s->at->judged[s->at->judged_n++];
	*j = (struct judged){ .detail = SCREEN_NONE, .cell = SCREEN_NONE };
	return j;
}

/* Keep what fired for `j`; a kept number needs no more than its priority. */
static int
verdict_keep(struct screen *s, struct judged *j, const struct verdict *v,
    struct err *err)
{
	j->priority = v->priority;
	j->fired = v->fired;
	if (!v->fired)
		return 0;
	if (s->at->detail_n == s->at->detail_cap &&
	    grow((void **)&s->at->detail, &s->at->detail_cap,
		sizeof(*s->at->detail), err) < 0)
		return -1;
	j->detail = (uint32_t)s->at->detail_n;
	s->at->detail[s->at->detail_n++] = *v;
	return 0;
}

/* ---- reading a row ---- */

static struct span
row_cell(const struct screen *s, size_t row, unsigned k)
{
	return s->at->rows.cell[row * s->columns->wants + k];
}

static struct span
row_text(struct screen *s, size_t row, int k)
{
	return decode_cell(&s->decoder, row_cell(s, row, (unsigned)k),
	    &s->scratch);
}

/* The rules for this row: its own region where it names one. */
static void
rules_settle(struct screen *s, size_t row)
{
	struct span region;

	if (s->columns->region == CAMPAIGN_NONE)
		return;
	s->region_note = NULL;
	s->rules.region = s->o->rules.region;
	region = row_text(s, row, s->columns->region);
	if (region.n == 0)
		return;
	s->rules.region = campaign_region(region);
	if (s->rules.region == REGION_NONE)
		s->region_note = "its region is not known";
}

/* The text of a phone cell; two columns are put together without a gap. */
static struct span
phone_text(struct screen *s, size_t row, const struct campaign_phone *p)
{
	struct span b;

	if (p->parts == 1)
		return decode_cell(&s->decoder, row_cell(s, row, p->cell[0]),
		    &s->scratch);
	b = row_cell(s, row, p->cell[1]);
	if (b.n == 0)
		return b;
	buf_reset(&s->joined);
	buf_addspan(&s->joined, row_cell(s, row, p->cell[0]));
	buf_addspan(&s->joined, b);
	return decode_cell(&s->decoder, buf_span(&s->joined), &s->scratch);
}

/* Parse a row's numbers. */
static void
row_parse(struct screen *s, size_t row, size_t at)
{
	const struct campaign_phone *p = s->columns->phone;
	size_t i;

	rules_settle(s, row);
	for (i = 0; i < s->columns->phones; i++, p++, at++) {
		s->text[at] = row_cell(s, row, p->cell[p->parts - 1]);
		/* plain digits are the same in every encoding */
		if (p->parts != 1 ||
		    !number_memo_parse(&s->memo, &s->parsed[at], s->text[at],
			&s->rules, &s->one_reading[at])) {
			number_parse(&s->parsed[at], phone_text(s, row, p),
			    &s->rules);
			s->one_reading[at] = false;
		}
		s->key[at] = s->parsed[at].count ? s->parsed[at].number[0].key :
						   0;
	}
}

/* Consent in the row's own columns.  What cannot be read is none. */
static bool
own_consent(struct screen *s, size_t row, struct policy_consent *out)
{
	const struct campaign_columns *c = s->columns;
	const struct scrub_options *o = s->o;
	struct span text;
	struct clock_time t;

	*out = (struct policy_consent){ .until = FACT_FOREVER };
	if (c->granted == CAMPAIGN_NONE && c->expires == CAMPAIGN_NONE)
		return false;
	if (c->granted != CAMPAIGN_NONE) {
		text = row_text(s, row, c->granted);
		if (text.n == 0)
			return true;
		if (!clock_parse(&t, text, o->granted_format, o->policy.zone)) {
			s->at->bad_consent_dates++;
			return true;
		}
		out->granted = fact_time(t.from);
	}
	if (c->expires != CAMPAIGN_NONE) {
		text = row_text(s, row, c->expires);
		/* Without a date of its own, "until when" alone says whether
		 * there is a consent at all. */
		if (text.n == 0) {
			out->given = c->granted != CAMPAIGN_NONE;
			return true;
		}
		if (!clock_parse(&t, text, o->expires_format, o->policy.zone)) {
			s->at->bad_consent_dates++;
			return true;
		}
		out->until = fact_time(t.to);
	}
	out->given = true;
	return true;
}

/* ---- judging ---- */

static struct span
row_person(const struct screen *s, size_t row)
{
	return s->columns->person == CAMPAIGN_NONE ?
	    span_of("", 0) :
	    row_cell(s, row, (unsigned)s->columns->person);
}

static int
number_judge(struct screen *s, size_t row, size_t at, size_t k, unsigned phone,
    const struct policy_consent *own, struct err *err)
{
	const struct number *n = &s->parsed[at].number[k];
	struct verdict v = { 0 };
	struct judged *j;

	if (judge_number(&s->judge, n, k == 0 ? &s->homes : NULL, at,
		k == 0 && s->one_reading[at], row_person(s, row), own, &v,
		err) < 0 ||
	    !(j = judged_add(s, err)))
		return -1;
	j->key = n->key;
	j->region = n->region;
	j->type = n->type;
	j->phone = (uint8_t)phone;
	return verdict_keep(s, j, &v, err);
}

static int
unreadable_judge(struct screen *s, size_t row, const struct number_cell *c,
    struct span text, unsigned phone, struct err *err)
{
	struct verdict v = { 0 };
	struct screen_cell *cell;
	struct judged *j;

	if (judge_unreadable(&s->judge, c, row_person(s, row), &v, err) < 0 ||
	    !(j = judged_add(s, err)))
		return -1;
	if (s->at->cell_n == s->at->cell_cap &&
	    grow((void **)&s->at->cell, &s->at->cell_cap, sizeof(*s->at->cell),
		err) < 0)
		return -1;
	j->phone = (uint8_t)phone;
	j->cell = (uint32_t)s->at->cell_n;
	cell = &s->at->cell[s->at->cell_n++];
	*cell = (struct screen_cell){ *c, text, s->region_note };
	if (!cell->note && s->rules.region == REGION_NONE)
		cell->note = "no country code, and no --region";
	return verdict_keep(s, j, &v, err);
}

static void
cell_count(struct screen *s, const struct number_cell *c)
{
	uint32_t flags;

	s->at->numbers++;
	s->at->unreadable += !number_readable(c) && c->status != NUMBER_SERVICE;
	for (flags = c->flags; flags; flags &= flags - 1)
		s->at->flag[__builtin_ctz(flags)]++;
}

static int
cell_judge(struct screen *s, size_t row, size_t at, unsigned phone,
    const struct policy_consent *own, struct err *err)
{
	const struct number_cell *c = &s->parsed[at];
	size_t k;

	if (c->status == NUMBER_EMPTY)
		return 0;
	cell_count(s, c);
	if (!number_readable(c))
		return unreadable_judge(s, row, c, s->text[at], phone, err);
	for (k = 0; k < c->count; k++)
		if (number_judge(s, row, at, k, phone, own, err) < 0)
			return -1;
	return 0;
}

/* Judge every number of a row; with none at all, that. */
static int
row_judge(struct screen *s, size_t row, size_t at, struct err *err)
{
	struct screen_row *r = &s->at->row[row];
	struct policy_consent consent;
	bool own = own_consent(s, row, &consent);
	unsigned i;

	rules_settle(s, row);
	for (i = 0; i < s->columns->phones; i++)
		if (cell_judge(s, row, at + i, i, own ? &consent : NULL, err) <
		    0)
			return -1;
	if (s->at->judged_n == r->first &&
	    unreadable_judge(s, row, &s->parsed[at], s->text[at], 0, err) < 0)
		return -1;
	r->n = (uint32_t)(s->at->judged_n - r->first);
	return 0;
}

static int
batch_judge(struct screen *s, size_t from, size_t to, struct err *err)
{
	size_t phones = s->columns->phones, i;

	memset(s->key, 0, (to - from) * phones * sizeof(*s->key));
	for (i = from; i < to; i++)
		if (s->at->rows.row[i].status == CSV_ROW_OK)
			row_parse(s, i, (i - from) * phones);
	judge_homes(&s->judge, s->key, (to - from) * phones, &s->homes);
	for (i = from; i < to; i++) {
		s->at->row[i] = (struct screen_row){ (uint32_t)s->at->judged_n,
			0 };
		if (s->at->rows.row[i].status == CSV_ROW_OK &&
		    row_judge(s, i, (i - from) * phones, err) < 0)
			return -1;
	}
	return 0;
}

/* A cell that there was no memory to decode is no empty one. */
static int
texts_check(const struct screen *s, struct err *err)
{
	return buf_check(&s->scratch, err) < 0 ? -1 :
						 buf_check(&s->joined, err);
}

int
screen_block(struct screen *s, struct screened *b, struct err *err)
{
	size_t from, to;

	s->at = b;
	b->judged_n = b->detail_n = b->cell_n = 0;
	b->numbers = b->unreadable = b->bad_consent_dates = 0;
	memset(b->flag, 0, sizeof(b->flag));
	if (csv_split(&b->rows, &b->block, s->dialect, s->columns->want,
		s->columns->wants, err) < 0)
		return -1;
	while (b->row_cap < b->rows.n)
		if (grow((void **)&b->row, &b->row_cap, sizeof(*b->row), err) <
		    0)
			return -1;
	for (from = 0; from < b->rows.n; from = to) {
		to = b->rows.n - from < BATCH ? b->rows.n : from + BATCH;
		if (batch_judge(s, from, to, err) < 0)
			return -1;
	}
	return texts_check(s, err);
}

/* ---- what will be looked up ---- */

static void
expected_flush(struct screen *s, struct facts *f)
{
	facts_expect(f, s->expected, s->expected_n);
	s->expected_n = 0;
}

static void
number_expect(struct screen *s, uint64_t key, struct facts *f)
{
	if (s->expected_n == SCREEN_EXPECTED)
		expected_flush(s, f);
	s->expected[s->expected_n++] = key;
}

/* And the other number that its digits may mean. */
static void
readings_expect(struct screen *s, const struct number *n, struct facts *f)
{
	uint64_t other = number_other_reading(n);

	number_expect(s, n->key, f);
	if (other)
		number_expect(s, other, f);
}

/* The numbers of a cell; of one that cannot be read, what it may mean. */
static void
cell_expect(struct screen *s, size_t row, const struct campaign_phone *p,
    struct facts *f)
{
	struct number_cell *c = &s->parsed[0];

	number_parse(c, phone_text(s, row, p), &s->rules);
	for (size_t i = 0; i < c->count; i++)
		readings_expect(s, &c->number[i], f);
}

/* The usual cell; false: it is another. */
static inline bool
plain_expect(struct screen *s, size_t row, const struct campaign_phone *p,
    struct facts *f)
{
	struct number_plain n;

	if (p->parts != 1 || s->memo.region != s->rules.region ||
	    !number_memo_spelled(&s->memo, row_cell(s, row, p->cell[0]), &n))
		return false;
	if (n.one_reading)
		number_expect(s, n.key, f);
	else
		readings_expect(s,
		    &(struct number){ .key = n.key, .region = n.region }, f);
	return true;
}

static void
row_expect(struct screen *s, size_t row, struct facts *f)
{
	const struct campaign_columns *c = s->columns;

	rules_settle(s, row);
	for (size_t i = 0; i < c->phones; i++)
		if (!plain_expect(s, row, &c->phone[i], f))
			cell_expect(s, row, &c->phone[i], f);
}

int
screen_expect(struct screen *s, struct screened *b, struct facts *f,
    struct err *err)
{
	size_t row;

	s->at = b;
	if (csv_split(&b->rows, &b->block, s->dialect, s->columns->want,
		s->columns->wants, err) < 0)
		return -1;
	for (row = 0; row < b->rows.n; row++)
		if (b->rows.row[row].status == CSV_ROW_OK)
			row_expect(s, row, f);
	expected_flush(s, f);
	return texts_check(s, err);
}

int
screen_init(struct screen *s, const struct scrub_options *o,
    const struct lists *lists, const struct campaign_columns *columns,
    struct csv_reader *r, struct err *err)
{
	size_t n = BATCH * columns->phones;

	*s = (struct screen){
		.o = o,
		.columns = columns,
		.dialect = csv_reader_dialect(r),
		.rules = o->rules,
		.scratch = BUF_INIT(SCRATCH_MAX),
		.joined = BUF_INIT(SCRATCH_MAX),
	};
	s->parsed = calloc(n, sizeof(*s->parsed));
	s->one_reading = calloc(n, sizeof(*s->one_reading));
	s->text = calloc(n, sizeof(*s->text));
	s->key = calloc(n, sizeof(*s->key));
	s->homes.facts = calloc(n, sizeof(*s->homes.facts));
	s->homes.indexed = calloc(n, sizeof(*s->homes.indexed));
	judge_init(&s->judge, &o->policy, lists);
	if (!s->parsed || !s->one_reading || !s->text || !s->key ||
	    !s->homes.facts || !s->homes.indexed)
		return err_nomem(err);
	number_memo_init(&s->memo, o->rules.region);
	return decoder_copy(&s->decoder, csv_reader_decoder(r), err);
}

void
screen_release(struct screen *s)
{
	decoder_close(&s->decoder);
	judge_release(&s->judge);
	buf_release(&s->scratch);
	buf_release(&s->joined);
	free(s->parsed);
	free(s->one_reading);
	free(s->text);
	free(s->key);
	free(s->homes.facts);
	free(s->homes.indexed);
	*s = (struct screen){ 0 };
}

void
screened_release(struct screened *b)
{
	csv_block_release(&b->block);
	csv_rows_release(&b->rows);
	free(b->row);
	free(b->judged);
	free(b->detail);
	free(b->cell);
	*b = (struct screened){ 0 };
}
