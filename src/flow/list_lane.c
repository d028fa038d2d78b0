#include "flow/list_lane.h"

#include <string.h>

#include "base/simd.h"

/* ---- which lists ---- */

/* What is to be done at the columns of a file; all the others are skipped. */
struct plan {
	unsigned column[COLUMN_FIELDS + 1];
	enum list_lane_what what[COLUMN_FIELDS + 1];
	size_t n;
};

/* The columns in rising order.  False: one of them is wanted twice. */
static bool
plan_add(struct plan *p, unsigned column, enum list_lane_what what)
{
	size_t i;

	for (i = p->n; i > 0 && p->column[i - 1] >= column; i--) {
		if (p->column[i - 1] == column)
			return false;
		p->column[i] = p->column[i - 1];
		p->what[i] = p->what[i - 1];
	}
	p->column[i] = column;
	p->what[i] = what;
	p->n++;
	return true;
}

/* A field, if the list has it, and nothing special is asked of it. */
static bool
field_add(struct plan *p, const struct list_reader *r, enum column_field f,
    enum list_lane_what what)
{
	int place = r->columns->field[f];

	if (place < 0)
		return true;
	return !r->columns->date_format[f] &&
	    plan_add(p, r->columns->want[place], what);
}

/* The limits that an entry may have: in the lane there are none. */
static bool
limits_add(struct plan *p, const struct list_reader *r)
{
	return field_add(p, r, COLUMN_CHANNEL, LANE_EMPTY) &&
	    field_add(p, r, COLUMN_TOPIC, LANE_EMPTY) &&
	    field_add(p, r, COLUMN_PURPOSE, LANE_EMPTY) &&
	    field_add(p, r, COLUMN_CAMPAIGN, LANE_EMPTY);
}

/* What the lane can make of this kind of list. */
static bool
plan_make(struct plan *p, const struct list_reader *r)
{
	const int *field = r->columns->field;

	if (!plan_add(p, r->columns->want[r->columns->number[0]], LANE_NUMBER))
		return false;
	switch (r->spec->kind) {
	case LIST_DNC:
	case LIST_LISTED:
		return field_add(p, r, COLUMN_REASON, LANE_REASON) &&
		    field_add(p, r, COLUMN_EXPIRES_AT, LANE_UNTIL) &&
		    limits_add(p, r);
	case LIST_CONSENT:
		return field[COLUMN_GRANTED_AT] >= 0 &&
		    field[COLUMN_STATUS] < 0 &&
		    field_add(p, r, COLUMN_GRANTED_AT, LANE_AT) &&
		    field_add(p, r, COLUMN_EXPIRES_AT, LANE_UNTIL) &&
		    field_add(p, r, COLUMN_WITHDRAWN_AT, LANE_EMPTY) &&
		    limits_add(p, r);
	case LIST_CALLS:
		return field[COLUMN_CALLED_AT] >= 0 && !r->asks_answered &&
		    field_add(p, r, COLUMN_CALLED_AT, LANE_AT);
	default:
		return false;
	}
}

static void
step_add(struct list_lane *l, enum list_lane_what what, unsigned columns)
{
	if (columns > 0)
		l->step[l->steps++] = (struct list_lane_step){ what, columns };
}

static void
steps_set(struct list_lane *l, const struct plan *p, unsigned columns)
{
	unsigned next = 0; /* column */

	for (size_t i = 0; i < p->n; i++) {
		step_add(l, LANE_SKIP, p->column[i] - next);
		step_add(l, p->what[i], 1);
		next = p->column[i] + 1;
		l->reasons |= p->what[i] == LANE_REASON;
	}
	l->tail = columns - next;
}

/* Are these the lane's last steps? */
static bool
steps_end_with(const struct list_lane *l, unsigned from,
    const enum list_lane_what *what, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (from + i >= l->steps || l->step[from + i].what != what[i])
			return false;
	return from + n == l->steps;
}

/* Most lists begin with a number, or have a column or two in front of it; and
 * what is asked of them stands right behind it. */
static void
usual_set(struct list_lane *l)
{
	static const enum list_lane_what consent[] = { LANE_NUMBER, LANE_AT,
		LANE_UNTIL };
	static const enum list_lane_what call[] = { LANE_NUMBER, LANE_AT };
	static const enum list_lane_what reason[] = { LANE_NUMBER,
		LANE_REASON };
	unsigned from = l->step[0].what == LANE_SKIP;

	l->head = from ? l->step[0].columns : 0;
	if (l->kind == FACT_CONSENT)
		l->usual = steps_end_with(l, from, consent, 3);
	else if (l->kind == FACT_CALL)
		l->usual = steps_end_with(l, from, call, 2);
	else if ((l->usual = steps_end_with(l, from, reason, 1 + l->reasons)))
		l->tail += l->reasons;
}

static enum fact_kind
fact_kind(enum list_kind kind)
{
	switch (kind) {
	case LIST_DNC:
		return FACT_DNC;
	case LIST_LISTED:
		return FACT_LISTED;
	case LIST_CONSENT:
		return FACT_CONSENT;
	default:
		return FACT_CALL;
	}
}

/*
 * When a consent was given is kept where it matters: it may have been taken
 * back, or has not begun.
 */
static void
times_set(struct list_lane *l)
{
	const struct lists_options *o = l->r->o;

	l->now = o->policy->now;
	l->ended = l->now < FACT_FOREVER ? l->now : FACT_FOREVER - 1;
	l->past = l->r->calls_since <= l->now ? l->r->calls_since : l->now + 1;
	l->given = l->r->withdrawals ? 0 : l->now;
	l->outlasts = o->one_moment ? l->now : FACT_FOREVER;
}

static void
marks_set(struct list_lane *l)
{
	static const char marks[LANE_MARKS] = { [LANE_LF] = '\n',
		[LANE_CR] = '\r',
		[LANE_QUOTE] = '"' };

	for (unsigned i = 0; i < LANE_MARKS; i++)
		memset(l->mark[i], marks[i], LANE_WINDOW);
	memset(l->mark[LANE_DELIMITER], l->delimiter, LANE_WINDOW);
	/* behind the last column the next delimiter is another line's */
	if (l->tail > 0 || l->step[l->steps - 1].what != LANE_NUMBER)
		l->soon = UINT32_MAX;
	memset(l->form.least, '0', 8);
	l->form.least[8] = l->soon ? l->delimiter : '\n';
	number_memo_form(&l->form.number, span_of("", 0));
}

void
list_lane_ready(struct list_lane *l, struct list_reader *r,
    const struct csv_dialect *dialect)
{
	struct plan plan = { .n = 0 };

	*l = (struct list_lane){
		.r = r,
		.delimiter = dialect->delimiter,
		.most = dialect->max_record - LANE_SPARE,
		.kind = (uint8_t)fact_kind(r->spec->kind),
		.wide = has_avx2(),
		.expected = facts_expected(r->table),
		.times.epoch = FACT_EPOCH,
	};
	l->fact = fact_pack(&(struct fact){ .list = r->id, .kind = l->kind });
	times_set(l);
	l->on = r->plain && !r->sink && dialect->max_record >= 2 * LANE_SPARE &&
	    plan_make(&plan, r);
	if (l->on) {
		steps_set(l, &plan, dialect->columns);
		usual_set(l);
		marks_set(l);
	}
}

/* ---- a line ---- */

struct line {
	uint64_t base;      /* of a number, less its last eight digits, */
	const char *last;   /* ... which are these */
	const char *reason; /* where one begins, when there is such a column */
	uint32_t at;        /* a call was made, a consent given */
	uint32_t until;     /* FACT_FOREVER where nothing is said */
};

/* Where a number ends (NULL: it is not for the lane), and its key without the
 * last eight digits. */
struct number_at {
	const char *end;
	uint64_t base;
};

/* Which bytes of a window are what, one bit each. */
struct window {
	uint32_t delimiters;
	uint32_t others; /* LFs, CRs and quotes */
};

/* What is remembered has no quote and no line end in it. */
static uint8_t
reason_at(struct list_lane *l, const char *p, const char *end)
{
	size_t n = (size_t)(end - p);
	const struct reason_memo_slot *slot;

	if (n == 0)
		return REASON_NONE;
	if (n <= 16 && (slot = reason_memo_short(&l->r->reasons, p, n)))
		return slot->reason;
	return list_line_reason(l->r, span_of(p, n));
}

/* A consent is of the number that is written; what blocks would be of every
 * number that may be meant. */
static inline bool
number_ready(enum fact_kind kind, bool one_reading)
{
	return kind == FACT_CONSENT || one_reading;
}

/* ---- lines whose facts wait ---- */

enum {
	WAITING = FACTS_NAMED,
	FORM_MISSES = 32, /* of few lines the form may miss so many */
};

/* Whether a number is expected is told by a slot far away: it is asked for at
 * once, and looked at when more of them have come. */
struct waiting {
	size_t n;
	uint64_t keys; /* the bits of all of them */
	uint64_t hash[WAITING];
	uint64_t key[WAITING];
	const char *reason[WAITING];
	uint32_t at[WAITING];
	uint32_t until[WAITING];
};

/* Its place among those that wait is taken with w->n. */
static inline void
wait_ask(const struct list_lane *l, struct waiting *w, uint64_t key)
{
	const struct expected *x = l->expected;
	uint64_t hash = expected_hash(x, key);

	w->keys |= key;
	w->key[w->n] = key;
	w->hash[w->n] = hash;
	if (x->slot)
		expected_ask(x, hash);
}

/* Those that are expected: their places, and their slots (NULL: they have
 * none). */
struct wanted {
	size_t n;
	uint8_t place[WAITING];
	expected_slot_t *slot[WAITING];
};

static inline void
wait_all(const struct waiting *w, struct wanted *out)
{
	for (out->n = 0; out->n < w->n; out->n++) {
		out->place[out->n] = (uint8_t)out->n;
		out->slot[out->n] = NULL;
	}
}

/* How many facts a consent makes: it may need a grant. */
static inline unsigned
consent_facts(const struct list_lane *l, uint32_t at)
{
	return at > l->given ? 2 : 1;
}

/* As facts_add_named(), where some of the keys are not for it. */
static int
facts_add_each(struct list_lane *l, const struct facts_named *named,
    struct err *err)
{
	struct fact f;

	for (size_t i = 0; i < named->n; i++) {
		fact_unpack(&f, named->fact[i]);
		if (facts_add(l->r->facts, named->key[i], &f, err) < 0)
			return -1;
	}
	return 0;
}

static int
grant_add(struct list_lane *l, uint64_t key, uint32_t at, uint32_t until,
    struct err *err)
{
	struct fact f;

	fact_unpack(&f, l->fact | until);
	return facts_add_consent(l->r->facts, key, &f, at, err);
}

/* ---- numbers of another form ---- */

/*
 * The number of the `line`-th, which is `cell`, is of another form.  Where two
 * in a row are, the next are taken to be like the second; where many are, all
 * are looked at as they are.
 */
static inline void
form_missed(struct list_lane *l, struct span cell, uint64_t line)
{
	struct list_lane_form *f = &l->form;
	bool again = f->missed + 1 == line;

	if (f->off)
		return;
	f->missed = line;
	f->off = ++f->misses > FORM_MISSES + line / 16;
	if (f->off)
		number_memo_form(&f->number, span_of("", 0));
	else if (again && number_memo_form(&f->number, cell))
		f->least[8] = cell.p[cell.n];
}

/* What there is to know of the digits of a number that is not known at once. */
static inline struct number_at
number_known(struct list_lane *l, enum fact_kind kind, struct span cell,
    struct number_memo_digits d)
{
	struct number_memo_found f = number_memo_look(&l->r->numbers, d, cell);

	if (!f.slot || !number_ready(kind, f.slot->known == NUMBER_MEMO_PLAIN))
		return (struct number_at){ 0 };
	return (struct number_at){ cell.p + cell.n,
		f.key - digits8_worth_value(d.last) };
}

/* The same of any. */
static inline struct number_at
number_find(struct list_lane *l, enum fact_kind kind, struct span cell)
{
	const struct number_memo_slot *slot;
	struct number_memo_digits d;

	if (!number_memo_digits(&d, cell))
		return (struct number_at){ 0 };
	if (!(slot = number_memo_slot(&l->r->numbers, &d)))
		return number_known(l, kind, cell, d);
	if (!number_ready(kind, slot->known == NUMBER_MEMO_PLAIN))
		return (struct number_at){ 0 };
	return (struct number_at){ cell.p + cell.n, slot->base };
}

/* ---- lines ---- */

#define LANE(name) name##_usual
#define LANE_TARGET
#define expected_has_usual expected_has
#define expected_find_usual expected_find

static inline bool
form_last_usual(const struct list_lane_form *f, const char *p)
{
	return digits8_all(digits8_load(p)) && p[8] == f->least[8];
}

static inline uint64_t
value_usual(const char *p)
{
	return digits8_value(digits8_load(p));
}

static inline bool
seconds_usual(const char *p, uint32_t *out)
{
	return clock_memo_seconds(p, out);
}

#ifdef __SSE2__

static inline uint32_t
bytes_usual(const char *p, const char *mark)
{
	const __m128i v = load16(mark);

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(load16(p), v)) |
	    (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(load16(p + 16), v))
	    << 16;
}

#else

static inline uint32_t
bytes_usual(const char *p, const char *mark)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < LANE_WINDOW; i++)
		bits |= (uint32_t)(p[i] == *mark) << i;
	return bits;
}

#endif

static inline struct window
window_usual(const struct list_lane *l, const char *p)
{
	return (struct window){ bytes_usual(p, l->mark[LANE_DELIMITER]),
		bytes_usual(p, l->mark[LANE_LF]) |
		    bytes_usual(p, l->mark[LANE_CR]) |
		    bytes_usual(p, l->mark[LANE_QUOTE]) };
}

#include "flow/list_lane_lines.inc"
#undef LANE
#undef LANE_TARGET

#ifdef __SSE2__

#define LANE(name) name##_wide
#define expected_has_wide expected_has_avx2
#define expected_find_wide expected_find_avx2
#define LANE_TARGET AVX2

static inline LANE_TARGET uint32_t
bytes_wide(const char *p, const char *mark)
{
	return (uint32_t)_mm256_movemask_epi8(
	    _mm256_cmpeq_epi8(load32(p), load32(mark)));
}

static inline LANE_TARGET struct window
window_wide(const struct list_lane *l, const char *p)
{
	return (struct window){ bytes_wide(p, l->mark[LANE_DELIMITER]),
		(uint32_t)_mm256_movemask_epi8(odd_or_lf_avx2(load32(p))) };
}

/* All at once. */
static inline LANE_TARGET bool
form_last_wide(const struct list_lane_form *f, const char *p)
{
	const __m128i more = _mm_setr_epi8(9, 9, 9, 9, 9, 9, 9, 9, 0, -1, -1,
	    -1, -1, -1, -1, -1);
	__m128i v = _mm_sub_epi8(load16(p), load16(f->least)),
		over = _mm_subs_epu8(v, more);

	return _mm_testz_si128(over, over);
}

/* Pairs, fours, all. */
static inline LANE_TARGET uint64_t
value_wide(const char *p)
{
	__m128i v = load8(p);

	v = _mm_and_si128(v, _mm_set_epi64x(0, 0x0f0f0f0f0f0f0f0f));
	v = _mm_maddubs_epi16(v, _mm_set1_epi16(1 << 8 | 10));
	v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 100));
	v = _mm_packus_epi32(v, v);
	v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 10000));
	return (uint32_t)_mm_cvtsi128_si32(v);
}

static inline LANE_TARGET bool
seconds_wide(const char *p, uint32_t *out)
{
	return clock_memo_seconds_wide(p, out);
}

#include "flow/list_lane_lines.inc"

#else

#define list_take_wide list_take_usual

#endif

int
list_lane_take(struct list_lane *l, struct csv_block *rest, struct err *err)
{
	if (!l->on || rest->too_long)
		return 0;
	return l->wide ? list_take_wide(l, rest, err) :
			 list_take_usual(l, rest, err);
}
