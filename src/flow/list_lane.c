#include "flow/list_lane.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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
step_add(struct list_lane *l, size_t *n, enum list_lane_what what,
    unsigned columns)
{
	if (columns == 0)
		return;
	l->last = &l->step[*n];
	l->step[(*n)++] = (struct list_lane_step){ what, columns };
}

static void
steps_set(struct list_lane *l, const struct plan *p, unsigned columns)
{
	unsigned next = 0; /* column */
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		step_add(l, &n, LANE_SKIP, p->column[i] - next);
		step_add(l, &n, p->what[i], 1);
		next = p->column[i] + 1;
	}
	step_add(l, &n, LANE_SKIP, columns - next);
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
	l->given = l->r->withdrawals ? 0 : l->now;
	l->outlasts = o->one_moment ? l->now : FACT_FOREVER;
}

void
list_lane_ready(struct list_lane *l, struct list_reader *r,
    const struct csv_dialect *dialect)
{
	struct plan plan = { .n = 0 };

	*l = (struct list_lane){
		.r = r,
		.delimiter = dialect->delimiter,
		.max_record = dialect->max_record,
		.kind = (uint8_t)fact_kind(r->spec->kind),
	};
	memset(l->delimiters, l->delimiter, sizeof(l->delimiters));
	l->fact = fact_pack(&(struct fact){ .list = r->id, .kind = l->kind });
	times_set(l);
	l->on = r->plain && !r->sink && plan_make(&plan, r);
	if (l->on)
		steps_set(l, &plan, dialect->columns);
}

/* ---- a line ---- */

#ifdef __SSE2__
static inline __m128i
load16(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i
same(__m128i v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}
#endif

/*
 * The first delimiter, LF, CR or quote from `p` on: there is one.  The bytes
 * behind it may be read.
 */
static inline const char *
field_end(const struct list_lane *l, const char *p)
{
#ifdef __SSE2__
	for (;; p += 16) {
		__m128i v = load16(p);
		unsigned hits = (unsigned)_mm_movemask_epi8(
		    _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v,
						  load16(l->delimiters)),
				     same(v, '"')),
			_mm_or_si128(same(v, '\n'), same(v, '\r'))));

		if (hits)
			return p + (unsigned)__builtin_ctz(hits);
	}
#else
	while (*p != l->delimiter && *p != '\n' && *p != '\r' && *p != '"')
		p++;
	return p;
#endif
}

/*
 * The same, as a rule: a delimiter that comes soon, and what is in front of it
 * has yet to be looked at.
 */
static inline const char *
field_end_soon(const struct list_lane *l, const char *p)
{
#ifdef __SSE2__
	unsigned hits = (unsigned)_mm_movemask_epi8(
	    _mm_cmpeq_epi8(load16(p), load16(l->delimiters)));

	if (hits)
		return p + (unsigned)__builtin_ctz(hits);
#endif
	return field_end(l, p);
}

/* Returns where the last of so many fields ends; NULL: the line ends before, or
 * has a quote. */
static inline const char *
fields_end(const struct list_lane *l, const char *p, unsigned fields)
{
	for (;;) {
		p = field_end(l, p);
		if (--fields == 0)
			return p;
		if (*p++ != l->delimiter)
			return NULL;
	}
}

/* What a line says. */
struct line {
	struct number_plain number;
	uint32_t at;    /* a call was made, a consent given */
	uint32_t until; /* FACT_FOREVER where nothing is said */
	uint8_t reason;
};

/* Returns the end of the time, or NULL. */
static inline const char *
time_read(struct list_lane *l, const char *p, uint32_t *out)
{
	uint64_t since;
	int64_t utc;

	if (!clock_memo_at(&l->times, p, &utc))
		return NULL;
	since = (uint64_t)(utc - FACT_EPOCH);
	*out = since < FACT_FOREVER ? (uint32_t)since : fact_time(utc);
	return p + CLOCK_MEMO_TEXT;
}

static inline const char *
until_read(struct list_lane *l, const char *p, uint32_t *out)
{
	const char *end = time_read(l, p, out);

	if (end || (*p != l->delimiter && *p != '\n' && *p != '\r'))
		return end;
	*out = FACT_FOREVER;
	return p;
}

/*
 * Blanks around a reason mean nothing: it is the same without them.  What is
 * remembered has no quote and no line end in it.
 */
static inline const char *
reason_read(struct list_lane *l, const char *p, uint8_t *out)
{
	const char *end = field_end_soon(l, p);
	size_t n = (size_t)(end - p);
	const struct reason_memo_slot *slot;

	*out = REASON_NONE;
	if (n == 0)
		return end;
	if (n <= 16 && (slot = reason_memo_short(&l->r->reasons, p, n))) {
		*out = slot->reason;
		return end;
	}
	end = field_end(l, p);
	*out = list_line_reason(l->r, span_of(p, (size_t)(end - p)));
	return end;
}

static inline const char *
number_read(struct list_lane *l, const char *p, struct number_plain *out)
{
	const char *end = field_end_soon(l, p);

	return number_memo_read(&l->r->numbers, span_of(p, (size_t)(end - p)),
		   out) ?
	    end :
	    NULL;
}

/* Returns where the field at `p` ends, or fields, if it is as it should be: that
 * has to be seen there.  `kind` is the lane's. */
static inline __attribute__((always_inline)) const char *
step_take(struct list_lane *l, enum fact_kind kind,
    const struct list_lane_step *s, const char *p, struct line *out)
{
	if (s->what == LANE_NUMBER)
		return number_read(l, p, &out->number);
	if (kind != FACT_DNC && s->what == LANE_AT)
		return time_read(l, p, &out->at);
	if (kind == FACT_DNC && s->what == LANE_REASON)
		return reason_read(l, p, &out->reason);
	if (kind != FACT_CALL && s->what == LANE_UNTIL)
		return until_read(l, p, &out->until);
	if (s->what == LANE_SKIP)
		return fields_end(l, p, s->columns);
	return p; /* LANE_EMPTY */
}

/*
 * Returns where the LF of the line stands, NULL when it is not for the lane.
 * There is an LF in front of the end of the block, and no step goes past one.
 */
static inline __attribute__((always_inline)) const char *
line_read(struct list_lane *l, enum fact_kind kind, const char *p,
    struct line *out)
{
	const struct list_lane_step *s = l->step;
	const char *start = p;

	*out = (struct line){ .until = FACT_FOREVER };
	for (;; s++) {
		if (!(p = step_take(l, kind, s, p, out)))
			return NULL;
		if (s == l->last)
			break;
		if (*p++ != l->delimiter)
			return NULL;
	}
	if ((size_t)(p - start) > l->max_record)
		return NULL;
	if (*p == '\r')
		p++;
	return *p == '\n' ? p : NULL;
}

/* ---- its fact, counted as list_line_load() counts it ---- */

static inline int
fact_add(struct list_lane *l, const struct line *t, uint64_t said,
    struct err *err)
{
	l->r->result.facts++;
	return facts_add_packed(l->r->facts, t->number.key, l->fact | said,
	    err);
}

static inline int
consent_add(struct list_lane *l, const struct line *t, struct err *err)
{
	struct fact f;

	l->r->result.ended += t->until <= l->ended;
	if (t->at <= l->given)
		return fact_add(l, t,
		    t->until > l->outlasts ? FACT_FOREVER : t->until, err);
	fact_unpack(&f, l->fact | t->until);
	l->r->result.facts += 2;
	return facts_add_consent(l->r->facts, t->number.key, &f, t->at, err);
}

static inline int
call_add(struct list_lane *l, const struct line *t, struct err *err)
{
	if (t->at > l->now)
		l->r->result.later++;
	else if (t->at >= l->r->calls_since)
		return fact_add(l, t, t->at, err);
	return 0;
}

static inline int
blocking_add(struct list_lane *l, const struct line *t, struct err *err)
{
	l->r->result.ended += t->until <= l->ended;
	return fact_add(l, t, (uint64_t)t->reason << 58 | t->until, err);
}

/* Is what the line says for the lane, too?  An end in the year 2000 or before
 * may be one that cannot be read. */
static inline bool
line_ready(enum fact_kind kind, const struct line *t)
{
	return kind == FACT_CONSENT ? t->until > 0 : t->number.one_reading;
}

static inline __attribute__((always_inline)) int
line_add(struct list_lane *l, enum fact_kind kind, const struct line *t,
    struct err *err)
{
	return kind == FACT_CONSENT ? consent_add(l, t, err) :
	    kind == FACT_CALL       ? call_add(l, t, err) :
				      blocking_add(l, t, err);
}

/* ---- lines ---- */

/* `kind` is the lane's, FACT_DNC for FACT_LISTED, and known when this is
 * compiled: what lists of other kinds have is left out. */
static inline __attribute__((always_inline)) int
lines_take(struct list_lane *l, enum fact_kind kind, struct csv_block *rest,
    struct err *err)
{
	const char *p = rest->p, *lf, *end;
	uint64_t lines = 0;
	struct line line;
	int ret = 0;

	/* the last line may have no end: it is not for the lane */
	lf = memrchr(p, '\n', rest->n);
	for (end = lf ? lf + 1 : p; p < end; p = lf + 1) {
		lf = line_read(l, kind, p, &line);
		if (!lf || !line_ready(kind, &line))
			break;
		lines++;
		if ((ret = line_add(l, kind, &line, err)) < 0)
			break;
	}
	l->r->result.lines += lines;
	rest->line += lines;
	rest->n -= (size_t)(p - rest->p);
	rest->p += p - rest->p;
	return ret;
}

int
list_lane_take(struct list_lane *l, struct csv_block *rest, struct err *err)
{
	if (!l->on || rest->too_long)
		return 0;
	switch (l->kind) {
	case FACT_CONSENT:
		return lines_take(l, FACT_CONSENT, rest, err);
	case FACT_CALL:
		return lines_take(l, FACT_CALL, rest, err);
	default:
		return lines_take(l, FACT_DNC, rest, err);
	}
}
