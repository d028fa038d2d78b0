#include "flow/list_lane.h"

#include <string.h>

/* Bytes to look at first: where lines are refused, little is read in vain. */
enum { PIECE_FIRST = 512 };

/* ---- which lists ---- */

/* The column of the file, when nothing special is asked of it. */
static int
column_of(const struct list_reader *r, enum column_field f)
{
	int place = r->columns->field[f];

	return place < 0 ? -1 : (int)r->columns->want[place];
}

static int
time_column(const struct list_reader *r, enum column_field f)
{
	return r->columns->date_format[f] ? -1 : column_of(r, f);
}

static void
empty_add(struct list_lane *l, enum column_field f)
{
	int column = column_of(l->r, f);

	if (column >= 0)
		l->empty[l->empties++] = (unsigned)column;
}

/* A limit that an entry may have: in the lane there is none. */
static void
limits_add(struct list_lane *l)
{
	empty_add(l, COLUMN_CHANNEL);
	empty_add(l, COLUMN_TOPIC);
	empty_add(l, COLUMN_PURPOSE);
	empty_add(l, COLUMN_CAMPAIGN);
}

/* What the lane can make of this kind of list. */
static bool
kind_ready(struct list_lane *l)
{
	const struct list_reader *r = l->r;
	bool ends = r->columns->field[COLUMN_EXPIRES_AT] >= 0;

	l->expires = time_column(r, COLUMN_EXPIRES_AT);
	if (ends && l->expires < 0)
		return false;
	switch (r->spec->kind) {
	case LIST_DNC:
	case LIST_LISTED:
		l->fact.kind = r->spec->kind == LIST_DNC ? FACT_DNC :
							   FACT_LISTED;
		l->reason = column_of(r, COLUMN_REASON);
		limits_add(l);
		return true;
	case LIST_CONSENT:
		l->fact.kind = FACT_CONSENT;
		l->granted = time_column(r, COLUMN_GRANTED_AT);
		limits_add(l);
		empty_add(l, COLUMN_WITHDRAWN_AT);
		return l->granted >= 0 && r->columns->field[COLUMN_STATUS] < 0;
	case LIST_CALLS:
		l->fact.kind = FACT_CALL;
		l->called = time_column(r, COLUMN_CALLED_AT);
		return l->called >= 0 && !r->asks_answered;
	default:
		return false;
	}
}

void
list_lane_ready(struct list_lane *l, struct list_reader *r,
    const struct csv_dialect *dialect)
{
	*l = (struct list_lane){
		.r = r,
		.dialect = dialect,
		.number = (int)r->columns->want[r->columns->number[0]],
		.reason = -1,
		.granted = -1,
		.called = -1,
		.fact = { .list = r->id, .until = FACT_FOREVER },
	};
	l->on = r->plain && !r->sink && kind_ready(l);
}

/* ---- a line ---- */

/* One line, and the marks of its fields' ends. */
struct line {
	const char *base; /* of the marks */
	const char *start, *end;
	const uint32_t *mark;
	unsigned last; /* column */
};

static inline struct span
cell_at(const struct line *t, unsigned column)
{
	const char *from = column ? t->base + t->mark[column - 1] + 1 :
				    t->start;
	const char *to = column == t->last ? t->end : t->base + t->mark[column];

	return span_of(from, (size_t)(to - from));
}

/* False: it has blanks around it. */
static inline bool
reason_read(struct list_lane *l, struct span s, uint8_t *out)
{
	struct reason_memo_slot *slot;

	*out = REASON_NONE;
	if (s.n == 0)
		return true;
	if (s.n > REASON_MEMO_TEXT || (unsigned char)s.p[0] <= ' ' ||
	    (unsigned char)s.p[s.n - 1] <= ' ')
		return false;
	slot = reason_memo_at(&l->r->reasons, s);
	*out = slot->n ? slot->reason : list_line_reason(l->r, s);
	return true;
}

/* A fact time; FACT_FOREVER where nothing is said. */
static inline bool
end_read(struct list_lane *l, const struct line *t, int column, uint32_t *out)
{
	struct span s;
	int64_t utc;

	*out = FACT_FOREVER;
	if (column < 0)
		return true;
	s = cell_at(t, (unsigned)column);
	if (s.n == 0)
		return true;
	if (!clock_memo_read(&l->days, s, &utc))
		return false;
	*out = fact_time(utc);
	return true;
}

/* When something was: it has to be said. */
static inline bool
moment_read(struct list_lane *l, const struct line *t, int column,
    uint32_t *out)
{
	int64_t utc;

	if (!clock_memo_read(&l->days, cell_at(t, (unsigned)column), &utc))
		return false;
	*out = fact_time(utc);
	return true;
}

/* What a line comes to. */
enum said {
	SAID_FACT,
	SAID_GRANTED, /* a consent, and when it was given */
	SAID_NOTHING, /* a call that no cap looks at */
	SAID_LATER,   /* one that has not been made yet */
	SAID_OTHER,   /* not for the lane */
};

static inline enum said
blocking_read(struct list_lane *l, const struct line *t, struct fact *f)
{
	if (!end_read(l, t, l->expires, &f->until))
		return SAID_OTHER;
	return l->reason < 0 ||
		reason_read(l, cell_at(t, (unsigned)l->reason), &f->n) ?
	    SAID_FACT :
	    SAID_OTHER;
}

/* When it was given is kept where it matters: it may have been taken back, or
 * has not begun. */
static inline enum said
consent_read(struct list_lane *l, const struct line *t, struct fact *f,
    uint32_t *granted)
{
	if (!moment_read(l, t, l->granted, granted) ||
	    !end_read(l, t, l->expires, &f->until) || f->until == 0)
		return SAID_OTHER;
	return *granted > 0 &&
		(l->r->withdrawals || *granted > l->r->o->policy->now) ?
	    SAID_GRANTED :
	    SAID_FACT;
}

static inline enum said
call_read(struct list_lane *l, const struct line *t, struct fact *f)
{
	if (!moment_read(l, t, l->called, &f->until))
		return SAID_OTHER;
	if (f->until > l->r->o->policy->now)
		return SAID_LATER;
	return f->until < l->r->calls_since ? SAID_NOTHING : SAID_FACT;
}

static inline enum said
line_read(struct list_lane *l, const struct line *t, struct fact *f,
    uint32_t *granted)
{
	for (size_t i = 0; i < l->empties; i++)
		if (cell_at(t, l->empty[i]).n > 0)
			return SAID_OTHER;
	switch (l->fact.kind) {
	case FACT_CONSENT:
		return consent_read(l, t, f, granted);
	case FACT_CALL:
		return call_read(l, t, f);
	default:
		return blocking_read(l, t, f);
	}
}

/* The fact of a line, counted as list_line_load() counts it. */
static inline int
line_add(struct list_lane *l, uint64_t key, const struct fact *f,
    enum said said, uint32_t granted, struct err *err)
{
	struct list_reader *r = l->r;

	r->result.lines++;
	r->result.later += said == SAID_LATER;
	if (said != SAID_FACT && said != SAID_GRANTED)
		return 0;
	r->result.facts += said == SAID_GRANTED ? 2 : 1;
	r->result.ended += f->kind != FACT_CALL && f->until != FACT_FOREVER &&
	    f->until <= r->o->policy->now;
	return said == SAID_GRANTED ?
	    facts_add_consent(r->facts, key, f, granted, err) :
	    facts_add(r->facts, key, f, err);
}

/* 1 when it was taken, 0 when it is not for the lane. */
static inline int
line_take(struct list_lane *l, const struct line *t, struct err *err)
{
	struct number_plain number;
	struct fact f = l->fact;
	uint32_t granted = 0;
	enum said said;

	if (!number_memo_read(&l->r->numbers, cell_at(t, (unsigned)l->number),
		&number) ||
	    (!number.one_reading && l->fact.kind != FACT_CONSENT))
		return 0;
	said = line_read(l, t, &f, &granted);
	if (said == SAID_OTHER)
		return 0;
	return line_add(l, number.key, &f, said, granted, err) < 0 ? -1 : 1;
}

/* ---- lines ---- */

/* Are the first marks the ends of one line's fields? */
static inline bool
line_begin(struct line *t, const struct list_lane *l, const uint32_t *mark)
{
	unsigned i;

	for (i = 0; i < t->last; i++)
		if (t->base[mark[i]] == '\n')
			return false;
	t->mark = mark;
	t->end = t->base + mark[t->last];
	if (*t->end != '\n')
		return false;
	if (t->end > t->start && t->end[-1] == '\r')
		t->end--;
	return (size_t)(t->end - t->start) <= l->dialect->max_record;
}

/* The lines taken from one piece of a block. */
struct piece {
	size_t n; /* bytes */
	uint64_t lines;
	bool refused; /* the line behind them is not for the lane */
};

static int
piece_take(struct list_lane *l, const char *p, size_t n, struct piece *out,
    struct err *err)
{
	struct line t = { .base = p,
		.start = p,
		.last = l->dialect->columns - 1 };
	size_t seen, marks;
	const uint32_t *mark = l->mark, *end;
	int got = 1;

	marks = csv_marks(l->mark, p, n, l->dialect->delimiter, &seen);
	*out = (struct piece){ 0 };
	for (end = mark + marks; (size_t)(end - mark) > t.last;) {
		if (!line_begin(&t, l, mark) ||
		    (got = line_take(l, &t, err)) <= 0)
			break;
		t.start = p + mark[t.last] + 1;
		mark += t.last + 1;
		out->lines++;
	}
	out->n = (size_t)(t.start - p);
	out->refused = seen < n || (size_t)(end - mark) > t.last;
	return got;
}

int
list_lane_take(struct list_lane *l, struct csv_block *rest, struct err *err)
{
	size_t most = PIECE_FIRST, n;
	struct piece piece;
	bool all;

	if (!l->on || rest->too_long)
		return 0;
	while (rest->n > 0) {
		n = rest->n < most ? rest->n : most;
		all = n == rest->n;
		if (piece_take(l, rest->p, n, &piece, err) < 0)
			return -1;
		rest->p += piece.n;
		rest->n -= piece.n;
		rest->line += piece.lines;
		/* or a last line without an end, or a very long one */
		if (piece.refused ||
		    (piece.n == 0 && (all || most == LIST_LANE_PIECE)))
			return 0;
		most = most < LIST_LANE_PIECE ? 2 * most : most;
	}
	return 0;
}
