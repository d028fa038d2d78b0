#include "flow/screen.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "text/decode.h"

enum {
	BATCH = 64, /* rows read ahead, so that memory is there in time */
	SCRATCH_MAX = 1 << 26,
	UNKNOWN_DETAIL = 0, /* place of glance.unknown in detail[] */
};

/* ---- arrays that grow ---- */

static int
room(void **array, size_t *cap, size_t n, size_t size, struct err *err)
{
	size_t more = *cap ? *cap : 1024;
	void *p;

	if (n <= *cap)
		return 0;
	while (more < n)
		more *= 2;
	if (!(p = reallocarray(*array, more, size)))
		return err_nomem(err);
	*array = p;
	*cap = more;
	return 0;
}

/* Room for whatever `rows` more rows may hold, so that nobody need ask. */
static int
batch_room(struct screened *b, size_t rows, size_t phones, struct err *err)
{
	size_t n = rows * phones * NUMBER_MAX;

	return room((void **)&b->judged, &b->judged_cap, b->judged_n + n,
		   sizeof(*b->judged), err) < 0 ||
		room((void **)&b->detail, &b->detail_cap, b->detail_n + n,
		    sizeof(*b->detail), err) < 0 ||
		room((void **)&b->cell, &b->cell_cap, b->cell_n + rows * phones,
		    sizeof(*b->cell), err) < 0 ?
	    -1 :
	    0;
}

static struct judged *
judged_add(struct screened *b)
{
	struct judged *j = &b->judged[b->judged_n++];

	*j = (struct judged){ .detail = SCREEN_NONE, .cell = SCREEN_NONE };
	return j;
}

/* An empty verdict, where verdict_keep() will look for it. */
static struct verdict *
verdict_begin(struct screened *b)
{
	static const struct verdict empty; /* copied faster than cleared */
	struct verdict *v = &b->detail[b->detail_n];

	*v = empty;
	return v;
}

/* Keep what fired for `j`; a kept number needs no more than its priority. */
static void
verdict_keep(struct screened *b, struct judged *j, const struct verdict *v)
{
	j->priority = v->priority;
	j->fired = v->fired;
	if (v->fired)
		j->detail = (uint32_t)b->detail_n;
	b->detail_n += v->fired != 0;
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

/* As it stands in the list; of two columns, the number's own. */
static struct span
phone_cell(const struct screen *s, size_t row, const struct campaign_phone *p)
{
	return row_cell(s, row, p->cell[p->parts - 1]);
}

/* Parse a cell that the memo does not know. */
static void
phone_parse(struct screen *s, size_t row, const struct campaign_phone *p,
    size_t at)
{
	struct number_cell *c = &s->parsed[at];

	number_parse(c, phone_text(s, row, p), &s->rules);
	s->batch.key[at] = c->count ? c->number[0].key : 0;
	s->one_reading[at] = false;
}

/* The same of one that it may know.  Plain digits are the same in every
 * encoding. */
static bool
phone_known(struct screen *s, size_t row, const struct campaign_phone *p,
    size_t at)
{
	struct number_cell *c = &s->parsed[at];

	if (p->parts != 1 ||
	    !number_memo_parse(&s->memo, c, phone_cell(s, row, p), &s->rules,
		&s->one_reading[at]))
		return false;
	s->batch.key[at] = c->number[0].key;
	s->traits[at] = (struct number_traits){ c->flags, c->number[0].region,
		c->number[0].type };
	return true;
}

/* Parse a row's numbers. */
static void
row_parse(struct screen *s, size_t row, size_t at)
{
	const struct campaign_phone *p = s->columns->phone;
	size_t i;

	rules_settle(s, row);
	for (i = 0; i < s->columns->phones; i++, p++, at++)
		if (!phone_known(s, row, p, at))
			phone_parse(s, row, p, at);
}

static bool
row_ok(const struct screen *s, size_t row)
{
	return s->at->rows.row[row].status == CSV_ROW_OK;
}

/* The same of n rows with one phone column, that stands by itself. */
static void
lone_parse(struct screen *s, size_t from, size_t n)
{
	const size_t wants = s->columns->wants;
	const struct span *cell = s->at->rows.cell + from * wants +
	    s->columns->phone[0].cell[0];
	uint16_t other[BATCH];
	size_t others = number_memo_run(&s->memo, cell, wants, n, s->batch.key,
	    s->traits, other);

	memset(s->one_reading, true, n * sizeof(*s->one_reading));
	/* in a malformed row it is empty */
	for (size_t i = 0; i < others; i++)
		row_parse(s, from + other[i], other[i]);
}

static void
batch_parse(struct screen *s, size_t from, size_t n)
{
	size_t phones = s->columns->phones, i;

	if (s->lone_cell) {
		lone_parse(s, from, n);
		return;
	}
	memset(s->batch.key, 0, n * phones * sizeof(*s->batch.key));
	memset(s->one_reading, 0, n * phones * sizeof(*s->one_reading));
	for (i = 0; i < n; i++)
		if (row_ok(s, from + i))
			row_parse(s, from + i, i * phones);
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

/* The next of judged[], without what fires. */
static struct judged *
number_add(struct screened *b, const struct number *n, unsigned phone)
{
	struct judged *j = judged_add(b);

	j->key = n->key;
	j->region = n->region;
	j->type = n->type;
	j->phone = (uint8_t)phone;
	return j;
}

/* The number of a cell that has no other reading. */
static const struct number *
lone_number(struct screen *s, size_t at)
{
	struct number *n = &s->parsed[at].number[0];

	*n = (struct number){ .key = s->batch.key[at],
		.region = s->traits[at].region,
		.type = s->traits[at].type };
	return n;
}

/* Judge number k of a cell. */
static int
number_judge(struct screen *s, size_t row, size_t at, size_t k, unsigned phone,
    const struct policy_consent *own, struct err *err)
{
	const bool lone = s->one_reading[at];
	const struct number *n = lone ? lone_number(s, at) :
					&s->parsed[at].number[k];
	struct judged *j = number_add(s->at, n, phone);
	struct verdict *v = verdict_begin(s->at);

	if (judge_number(&s->judge, n, k == 0 ? &s->batch : NULL, at, lone,
		row_person(s, row), own, v, err) < 0)
		return -1;
	verdict_keep(s->at, j, v);
	return 0;
}

/*
 * The same of one that is known to be the only one, by nothing but its own
 * facts: most numbers are such.  False: nothing fires, there is no priority,
 * and it was not added.
 */
static inline bool
lone_judge(struct screen *s, size_t at, unsigned phone)
{
	struct policy_facts known = judge_found(&s->judge, &s->batch, at);
	const struct number *n;
	struct judged *j;
	struct verdict *v;

	switch (policy_glance(&s->glance, known.fact, known.n)) {
	case POLICY_UNKNOWN:
		if (!s->glance.unknown.fired)
			return false;
		j = number_add(s->at, lone_number(s, at), phone);
		j->fired = s->glance.unknown.fired;
		j->detail = UNKNOWN_DETAIL;
		return true;
	case POLICY_LOOK:
		v = verdict_begin(s->at);
		n = lone_number(s, at);
		policy_judge(s->judge.policy, n, &known, 1, NULL, v);
		if (!v->fired && !v->priority)
			return false;
		verdict_keep(s->at, number_add(s->at, n, phone), v);
		return true;
	case POLICY_CALL:
	default:
		return false;
	}
}

static int
unreadable_judge(struct screen *s, size_t row, size_t at, unsigned phone,
    struct err *err)
{
	const struct number_cell *c = &s->parsed[at];
	struct verdict *v = verdict_begin(s->at);
	struct screen_cell *cell;
	struct judged *j;

	if (judge_unreadable(&s->judge, c, row_person(s, row), v, err) < 0)
		return -1;
	j = judged_add(s->at);
	j->phone = (uint8_t)phone;
	j->cell = (uint32_t)s->at->cell_n;
	cell = &s->at->cell[s->at->cell_n++];
	*cell = (struct screen_cell){ *c,
		phone_cell(s, row, &s->columns->phone[phone]), s->region_note };
	if (!cell->note && s->rules.region == REGION_NONE)
		cell->note = "no country code, and no --region";
	verdict_keep(s->at, j, v);
	return 0;
}

static void
flags_count(struct screened *b, uint32_t flags)
{
	for (; flags; flags &= flags - 1)
		b->flag[__builtin_ctz(flags)]++;
}

/* A cell with one number, and no other reading of it. */
static int
plain_judge(struct screen *s, size_t row, size_t at, unsigned phone,
    const struct policy_consent *own, struct err *err)
{
	s->at->numbers++;
	flags_count(s->at, s->traits[at].notes);
	if (!s->by_facts)
		return number_judge(s, row, at, 0, phone, own, err);
	if (!lone_judge(s, at, phone))
		number_add(s->at, lone_number(s, at), phone);
	return 0;
}

static int
cell_judge(struct screen *s, size_t row, size_t at, unsigned phone,
    const struct policy_consent *own, struct err *err)
{
	const struct number_cell *c = &s->parsed[at];
	size_t k;

	if (s->one_reading[at])
		return plain_judge(s, row, at, phone, own, err);
	if (c->status == NUMBER_EMPTY)
		return 0;
	s->at->numbers++;
	s->at->unreadable += !number_readable(c) && c->status != NUMBER_SERVICE;
	flags_count(s->at, c->flags);
	if (!number_readable(c))
		return unreadable_judge(s, row, at, phone, err);
	for (k = 0; k < c->count; k++)
		if (number_judge(s, row, at, k, phone, own, err) < 0)
			return -1;
	return 0;
}

/* What plain[] says of number `at` of the batch, the only one of its row, which
 * is kept if nobody has it; there is room in alone[]. */
static inline uint64_t
plain_number(struct screen *s, size_t at)
{
	uint64_t key = s->batch.key[at];

	if (!s->batch.once[at])
		return hash_mixed(&s->mix, key);
	if (s->tells_alone)
		s->at->alone[s->at->alone_n++] = key;
	return NUMSET_NOBODY;
}

/* Is it kept as it stands, for all that is known of the row alone?  Its cells
 * are in the batch from `at` on. */
static void
plain_settle(struct screen *s, size_t row, size_t at)
{
	const struct screen_row *r = &s->at->row[row];
	const struct judged *j = &s->at->judged[r->first];

	s->at->plain[row] = s->tells_plain && r->n == 1 && !j->fired &&
		!j->priority ?
	    plain_number(s, at + j->phone) :
	    0;
}

/* Judge every number of a row; with none at all, that. */
static int
cells_judge(struct screen *s, size_t row, size_t at, struct err *err)
{
	const size_t first = s->at->judged_n;
	struct policy_consent consent;
	bool own = own_consent(s, row, &consent);
	unsigned i;

	rules_settle(s, row);
	for (i = 0; i < s->columns->phones; i++)
		if (cell_judge(s, row, at + i, i, own ? &consent : NULL, err) <
		    0)
			return -1;
	return s->at->judged_n == first ? unreadable_judge(s, row, at, 0, err) :
					  0;
}

static int
row_judge(struct screen *s, size_t row, size_t at, struct err *err)
{
	const size_t first = s->at->judged_n;
	int ret = 0;

	if (s->lone_number && s->one_reading[at])
		ret = plain_judge(s, row, at, 0, NULL, err);
	else if (row_ok(s, row))
		ret = cells_judge(s, row, at, err);
	s->at->row[row] = (struct screen_row){ (uint32_t)first,
		(uint32_t)(s->at->judged_n - first) };
	return ret;
}

/* The same of n rows of a usual list: of most plain[] tells all there is, where
 * it is asked to. */
static int
usual_judge(struct screen *s, size_t from, size_t n, struct err *err)
{
	const bool tells_plain = s->tells_plain;
	struct screened *b = s->at;
	size_t at, row = from;

	for (at = 0; at < n; at++, row++) {
		if (!s->one_reading[at]) {
			if (row_judge(s, row, at, err) < 0)
				return -1;
			plain_settle(s, row, at);
			continue;
		}
		b->numbers++;
		if (s->traits[at].notes)
			flags_count(b, s->traits[at].notes);
		if (!lone_judge(s, at, 0)) {
			if (tells_plain) {
				b->plain[row] = plain_number(s, at);
				continue;
			}
			number_add(b, lone_number(s, at), 0);
		}
		b->plain[row] = 0;
		b->row[row] = (struct screen_row){ (uint32_t)b->judged_n - 1,
			1 };
	}
	return 0;
}

/* Judge n rows. */
static int
batch_judge(struct screen *s, size_t from, size_t n, struct err *err)
{
	const size_t phones = s->columns->phones;
	size_t i;

	batch_parse(s, from, n);
	if (judge_find(&s->judge, &s->batch, n * phones, err) < 0)
		return -1;
	if (s->lone_number && s->by_facts)
		return usual_judge(s, from, n, err);
	for (i = 0; i < n; i++) {
		if (row_judge(s, from + i, i * phones, err) < 0)
			return -1;
		plain_settle(s, from + i, i * phones);
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
	size_t from, n;

	s->at = b;
	b->alone_n = b->judged_n = b->detail_n = b->cell_n = 0;
	b->numbers = b->unreadable = b->bad_consent_dates = 0;
	memset(b->flag, 0, sizeof(b->flag));
	if (csv_split(&b->rows, &b->block, s->dialect, s->columns->want,
		s->columns->wants, err) < 0 ||
	    room((void **)&b->plain, &b->plain_cap, b->rows.n,
		sizeof(*b->plain), err) < 0 ||
	    (s->tells_alone &&
		room((void **)&b->alone, &b->alone_cap, b->rows.n,
		    sizeof(*b->alone), err) < 0) ||
	    room((void **)&b->row, &b->row_cap, b->rows.n, sizeof(*b->row),
		err) < 0 ||
	    room((void **)&b->detail, &b->detail_cap, 1, sizeof(*b->detail),
		err) < 0)
		return -1;
	b->detail[b->detail_n++] = s->glance.unknown; /* UNKNOWN_DETAIL */
	for (from = 0; from < b->rows.n; from += n) {
		n = b->rows.n - from < BATCH ? b->rows.n - from : BATCH;
		if (batch_room(b, n, s->columns->phones, err) < 0 ||
		    batch_judge(s, from, n, err) < 0)
			return -1;
	}
	return texts_check(s, err);
}

void
screen_plain(struct screen *s, const struct numset *kept, bool asks_once)
{
	assert(kept->slot);
	s->batch.asks_once = asks_once;
	s->tells_alone = asks_once && s->o->record && !s->o->dry_run;
	s->tells_plain = true;
	s->mix = kept->mix;
}

/* ---- what will be looked up ---- */

/* There is room. */
static inline void
number_expect(struct screen *s, uint64_t key)
{
	s->expected[s->expected_n++] = key;
}

/* A number that is not looked up in its turn, with all others, is named twice:
 * it does not come once (facts_not_once()). */
static void
beside_expect(struct screen *s, uint64_t key)
{
	number_expect(s, key);
	number_expect(s, key);
}

/* The other number that the same digits may mean. */
static void
reading_expect(struct screen *s, const struct number *n)
{
	uint64_t other = number_other_reading(n);

	if (other)
		beside_expect(s, other);
}

/* The numbers of a cell; of one that cannot be read, what it may mean. */
static void
cell_expect(struct screen *s, size_t row, const struct campaign_phone *p)
{
	struct number_cell *c = &s->parsed[0];

	number_parse(c, phone_text(s, row, p), &s->rules);
	for (size_t i = 0; i < c->count; i++) {
		beside_expect(s, c->number[i].key);
		reading_expect(s, &c->number[i]);
	}
}

/* The usual cell; false: it is another. */
static inline bool
plain_expect(struct screen *s, size_t row, const struct campaign_phone *p)
{
	struct number_plain n;

	if (p->parts != 1 || s->memo.region != s->rules.region ||
	    !number_memo_spelled(&s->memo, row_cell(s, row, p->cell[0]), &n))
		return false;
	number_expect(s, n.key);
	if (!n.one_reading)
		reading_expect(s,
		    &(struct number){ .key = n.key, .region = n.region });
	return true;
}

static void
row_expect(struct screen *s, size_t row)
{
	const struct campaign_columns *c = s->columns;

	rules_settle(s, row);
	for (size_t i = 0; i < c->phones; i++)
		if (!plain_expect(s, row, &c->phone[i]))
			cell_expect(s, row, &c->phone[i]);
}

/* The same of n rows that have one phone column, that stands by itself. */
static void
lone_expect(struct screen *s, size_t from, size_t n)
{
	const size_t wants = s->columns->wants;
	const struct span *cell = s->at->rows.cell + from * wants +
	    s->columns->phone[0].cell[0];
	uint16_t other[NUMBER_MEMO_RUN];
	size_t others = number_memo_run(&s->memo, cell, wants, n, s->expected,
	    NULL, other);

	s->expected_n = n; /* the key of another cell is 0 */
	for (size_t i = 0; i < others; i++)
		if (row_ok(s, from + other[i]))
			row_expect(s, from + other[i]);
}

static void
rows_expect(struct screen *s, size_t from, size_t n)
{
	s->expected_n = 0;
	if (s->lone_cell) {
		lone_expect(s, from, n);
		return;
	}
	for (size_t row = from; row < from + n; row++)
		if (row_ok(s, row))
			row_expect(s, row);
}

int
screen_expect(struct screen *s, struct screened *b, struct facts *f,
    struct err *err)
{
	/* what a row may have, with another reading of each, all twice; and
	 * what it does not have */
	const size_t most = 4 * NUMBER_MAX * s->columns->phones + 1;
	size_t from, n;

	s->at = b;
	if (csv_split(&b->rows, &b->block, s->dialect, s->columns->want,
		s->columns->wants, err) < 0 ||
	    room((void **)&s->expected, &s->expected_cap,
		NUMBER_MEMO_RUN * most, sizeof(*s->expected), err) < 0)
		return -1;
	for (from = 0; from < b->rows.n; from += n) {
		n = b->rows.n - from;
		if (n > NUMBER_MEMO_RUN)
			n = NUMBER_MEMO_RUN;
		rows_expect(s, from, n);
		if (facts_expect(f, s->expected, s->expected_n, err) < 0)
			return -1;
	}
	return texts_check(s, err);
}

/*
 * Most lists have one phone column and no terms of their own for a row: then
 * there is less to ask of each.
 */
static void
shape_settle(struct screen *s)
{
	const struct campaign_columns *c = s->columns;
	bool own = c->granted != CAMPAIGN_NONE || c->expires != CAMPAIGN_NONE;

	s->lone_number = c->phones == 1 && !own;
	s->lone_cell = c->phones == 1 && c->phone[0].parts == 1 &&
	    c->region == CAMPAIGN_NONE;
	s->by_facts = !own && c->person == CAMPAIGN_NONE &&
	    judge_by_facts(&s->judge);
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
	judge_init(&s->judge, &o->policy, lists);
	shape_settle(s);
	policy_glance_init(&s->glance, &o->policy);
	s->parsed = calloc(n, sizeof(*s->parsed));
	s->one_reading = calloc(n, sizeof(*s->one_reading));
	s->traits = calloc(n, sizeof(*s->traits));
	if (!s->parsed || !s->one_reading || !s->traits)
		return err_nomem(err);
	if (judge_batch_init(&s->batch, n, err) < 0)
		return -1;
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
	free(s->expected);
	free(s->traits);
	judge_batch_release(&s->batch);
	*s = (struct screen){ 0 };
}

void
screened_release(struct screened *b)
{
	csv_block_release(&b->block);
	csv_rows_release(&b->rows);
	free(b->plain);
	free(b->alone);
	free(b->row);
	free(b->judged);
	free(b->detail);
	free(b->cell);
	*b = (struct screened){ 0 };
}
