#include "flow/list_line.h"

#include <stdio.h>
#include <string.h>

#include "flow/call_layout.h"
#include "flow/campaign.h"

static struct span
text_of(struct list_reader *r, struct span cell)
{
	return decode_cell(r->decoder, cell, &r->scratch);
}

static void
line_bad(struct list_line *line, const char *why)
{
	line->unusable = true;
	line->why = why;
}

static struct span
cell_of(const struct list_reader *r, enum column_field f)
{
	int place = r->columns->field[f];

	return place < 0 ? span_of("", 0) : r->cell[place];
}

/* A date cell: 1 read, 0 empty, -1 not readable. */
static int
date_of(struct list_reader *r, enum column_field f, struct clock_time *out)
{
	const char *format = r->columns->date_format[f];
	struct span s = cell_of(r, f), text;

	if (s.n == 0)
		return 0;
	/* what reads as a date is ASCII, and that in every encoding */
	if (clock_parse(out, s, format, r->o->policy->zone))
		return 1;
	text = text_of(r, s);
	return text.p != s.p &&
		clock_parse(out, text, format, r->o->policy->zone) ?
	    1 :
	    -1;
}

/* What date_of() said. */
static void
time_set(struct list_time *out, int got, const struct clock_time *t)
{
	*out = (struct list_time){ got < 0 ? LIST_UNREAD : LIST_UNSAID, 0, 0 };
	if (got > 0)
		*out = (struct list_time){ t->whole_day ? LIST_DAY :
							  LIST_MOMENT,
			t->from, t->to };
}

/* Could it be a field without quotes? */
static bool
is_plain(struct span cell)
{
	return !memchr(cell.p, '"', cell.n) && !memchr(cell.p, '\n', cell.n) &&
	    !memchr(cell.p, '\r', cell.n);
}

uint8_t
list_line_reason(struct list_reader *r, struct span cell)
{
	struct reason_memo_slot *slot;
	uint8_t reason;

	if (cell.n == 0)
		return REASON_NONE;
	if (cell.n > REASON_MEMO_TEXT)
		return (uint8_t)fact_reason_parse(text_of(r, cell));
	slot = reason_memo_at(&r->reasons, cell);
	if (slot->n > 0)
		return slot->reason;
	reason = (uint8_t)fact_reason_parse(text_of(r, cell));
	if (is_plain(cell)) {
		slot->reason = reason;
		slot->n = (uint8_t)cell.n;
	}
	return reason;
}

/* Cut the first of several names off a cell: "loans; insurance". */
static struct span
name_cut(struct span *rest)
{
	static const char *const marks[] = { ";", ",", "/", "|", "、", "，",
		"；", "\n" };
	struct span all = *rest;
	size_t i, k;

	for (i = 0; i < all.n; i++) {
		for (k = 0; k < sizeof(marks) / sizeof(*marks); k++) {
			size_t n = strlen(marks[k]);

			if (all.n - i < n ||
			    memcmp(all.p + i, marks[k], n) != 0)
				continue;
			*rest = span_of(all.p + i + n, all.n - i - n);
			return span_trim(span_of(all.p, i));
		}
	}
	*rest = span_of("", 0);
	return span_trim(all);
}

/* Names that mean no limit. */
static bool
means_all(struct span s)
{
	static const char *const words[] = { "all", "any", "*", "-", "全部",
		"所有", "不限" };
	size_t i;

	if (s.n == 0)
		return true;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (span_eq_nocase(s, span_str(words[i])))
			return true;
	return false;
}

uint16_t
list_scope(struct span s, const char *run, uint16_t same, uint16_t unsaid)
{
	struct span name;

	if (means_all(s))
		return SCOPE_ANY;
	if (!run)
		return unsaid;
	if (span_eq_nocase(s, span_str(run)))
		return same; /* a name may have a comma in it */
	while (s.n > 0) {
		name = name_cut(&s);
		if (name.n && means_all(name))
			return SCOPE_ANY;
		if (span_eq_nocase(name, span_str(run)))
			return same;
	}
	return SCOPE_ELSEWHERE;
}

static uint16_t
scope_of(struct list_reader *r, enum column_field f, const char *run,
    uint16_t same, uint16_t unsaid)
{
	struct span s = cell_of(r, f);

	/* most lists have no such column */
	return s.n == 0 ?
	    SCOPE_ANY :
	    list_scope(span_trim(text_of(r, s)), run, same, unsaid);
}

/* Of an entry that permits: it must mean this run in both. */
static uint16_t
scope_permitting(struct list_reader *r, enum column_field topic)
{
	uint16_t campaign = scope_of(r, COLUMN_CAMPAIGN, r->o->campaign,
	    SCOPE_CAMPAIGN, SCOPE_ELSEWHERE);

	if (campaign == SCOPE_ELSEWHERE)
		return campaign;
	return scope_of(r, topic, r->o->topic, SCOPE_TOPIC, SCOPE_ELSEWHERE);
}

/* Of one that forbids: it must not mean another run in either.  What is not
 * said on our side does not help. */
static uint16_t
scope_forbidding(struct list_reader *r, enum column_field topic)
{
	uint16_t about = scope_of(r, topic, r->o->topic, SCOPE_TOPIC,
	    SCOPE_ANY);
	uint16_t campaign = scope_of(r, COLUMN_CAMPAIGN, r->o->campaign,
	    SCOPE_CAMPAIGN, SCOPE_ANY);

	if (about == SCOPE_ELSEWHERE || campaign == SCOPE_ELSEWHERE)
		return SCOPE_ELSEWHERE;
	return about ? about : campaign;
}

/*
 * When an entry ends.  One that cannot be read lasts for ever; a day counts to
 * its end.
 */
static uint32_t
end_of(struct list_reader *r, uint32_t unreadable)
{
	struct clock_time t;

	switch (date_of(r, COLUMN_EXPIRES_AT, &t)) {
	case 1:
		return fact_time(t.to);
	case 0:
		return FACT_FOREVER;
	default:
		r->result.bad_dates++;
		return unreadable;
	}
}

/* The channel of an entry; `unread` when it is none that is known. */
static uint8_t
channel_of(struct list_reader *r, enum fact_channel unread)
{
	struct span s = cell_of(r, COLUMN_CHANNEL);
	enum fact_channel channel = CHANNEL_ANY;

	if (s.n && !fact_channel_parse(&channel, text_of(r, s)))
		channel = unread;
	return (uint8_t)channel;
}

/*
 * Lists that block: what is not understood blocks more, never less.  An entry
 * limited to a topic also holds in a run that does not say its topic.
 */
static void
line_blocking(struct list_reader *r, struct list_line *line)
{
	struct fact *f = &line->fact;

	f->kind = r->spec->kind == LIST_DNC ? FACT_DNC : FACT_LISTED;
	f->until = end_of(r, FACT_FOREVER);
	f->n = list_line_reason(r, cell_of(r, COLUMN_REASON));
	f->channel = channel_of(r, CHANNEL_ANY);
	f->scope = scope_forbidding(r, COLUMN_TOPIC);
}

/* Lists that permit: what is not understood permits nothing. */
static void
line_allow(struct list_reader *r, struct list_line *line)
{
	struct fact *f = &line->fact;

	f->kind = FACT_ALLOW;
	f->n = 1;
	f->until = end_of(r, 0);
	f->scope = scope_permitting(r, COLUMN_TOPIC);
	f->channel = channel_of(r, CHANNEL_OTHER);
	if (f->until == 0)
		line_bad(line, "unreadable date");
}

int
list_yes_no(struct span s)
{
	static const char *const yes[] = { "yes", "y", "true", "t", "1", "on",
		"active", "granted", "given", "valid", "consented", "opt-in",
		"optin", "opted in", "opted-in", "subscribed", "是", "同意",
		"有效", "已授权", "已同意" };
	static const char *const no[] = { "no", "n", "false", "f", "0", "off",
		"revoked", "withdrawn", "opt-out", "optout", "opted out",
		"opted-out", "unsubscribed", "refused", "denied", "disputed",
		"否", "不同意", "拒绝", "已撤回", "撤回", "已退订", "退订" };
	size_t i;

	s = span_trim(s);
	for (i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		if (span_eq_nocase(s, span_str(yes[i])))
			return 1;
	for (i = 0; i < sizeof(no) / sizeof(*no); i++)
		if (span_eq_nocase(s, span_str(no[i])))
			return 0;
	return -1;
}

/*
 * A column of withdrawals may say yes or no instead of when: 1 that it was
 * withdrawn, 0 that it was not, -1 neither.
 */
static int
withdrawal_said(struct span s)
{
	static const char *const yes[] = { "yes", "y", "true", "t", "1", "是",
		"已撤回", "撤回", "已退订", "退订" };
	static const char *const no[] = { "no", "n", "false", "f", "0", "否",
		"未撤回", "未退订" };
	size_t i;

	s = span_trim(s);
	for (i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		if (span_eq_nocase(s, span_str(yes[i])))
			return 1;
	for (i = 0; i < sizeof(no) / sizeof(*no); i++)
		if (span_eq_nocase(s, span_str(no[i])))
			return 0;
	return -1;
}

/*
 * When consent was withdrawn, for comparing with other moments.  A day
 * without a time: consent ends with its first moment, and a consent given in
 * the course of it is taken back too.  A date that cannot be read: now.
 */
static void
line_withdrawal(struct list_reader *r, struct list_line *line)
{
	int64_t as_of = r->o->policy->as_of;
	struct clock_time t;
	int got = date_of(r, COLUMN_WITHDRAWN_AT, &t);
	int said = -1;

	if (got < 0)
		said = withdrawal_said(
		    text_of(r, cell_of(r, COLUMN_WITHDRAWN_AT)));
	if (got == 0 || said == 0)
		return;
	line->withdrawn = true;
	time_set(&line->withdrawn_at, said > 0 ? 0 : got, &t);
	if (got < 0) {
		if (said < 0) {
			r->result.bad_dates++;
			line_bad(line, "unreadable date");
		}
		line->taken.until = r->o->policy->now;
	} else if (!t.whole_day || t.from > as_of) {
		line->taken.until = fact_time(t.from);
	} else {
		line->taken.until = fact_time(
		    t.to - 1 < as_of ? t.to - 1 : as_of);
	}
}

/*
 * A status column, where a list has one: only a word for yes is a consent; one
 * for no takes back what was given before, and an unknown one gives nothing.
 */
static bool
status_consents(struct list_reader *r, struct list_line *line)
{
	int said = 1;

	if (r->columns->field[COLUMN_STATUS] >= 0)
		said = list_yes_no(text_of(r, cell_of(r, COLUMN_STATUS)));
	if (said == 0) {
		line->withdrawn = true;
		line->taken.until = r->o->policy->now;
	}
	return said > 0;
}

enum column_field
list_purpose(const struct list_columns *c)
{
	return c->field[COLUMN_PURPOSE] >= 0 ? COLUMN_PURPOSE : COLUMN_TOPIC;
}

/*
 * When consent was given.  A yes is one without a date; a no takes back what
 * was given before.
 */
static void
line_granted(struct list_reader *r, struct list_line *line)
{
	struct clock_time t;
	int got = date_of(r, COLUMN_GRANTED_AT, &t), said = 1;

	if (got < 0)
		said = list_yes_no(text_of(r, cell_of(r, COLUMN_GRANTED_AT)));
	time_set(&line->granted, got < 0 && said > 0 ? 0 : got, &t);
	if (said > 0)
		return;
	line->consent = false;
	if (said == 0) {
		line->withdrawn = true;
		line->taken.until = r->o->policy->now;
	} else {
		r->result.bad_dates++;
		line_bad(line, "unreadable date");
	}
}

/*
 * A line may hold a consent and the date of its withdrawal; which of the two
 * was later the policy sees.  In a run that says no topic, one limited to a
 * purpose counts as a withdrawal, not as a consent.
 */
static void
line_consent(struct list_reader *r, struct list_line *line)
{
	enum column_field purpose = list_purpose(r->columns);
	struct fact *f = &line->fact;

	f->kind = FACT_CONSENT;
	f->until = end_of(r, 0);
	f->scope = scope_permitting(r, purpose);
	f->channel = channel_of(r, CHANNEL_OTHER);
	line->taken = *f;
	line->taken.kind = FACT_WITHDRAWN;
	line->taken.scope = scope_forbidding(r, purpose);
	line->taken.channel = channel_of(r, CHANNEL_ANY);
	line->consent = status_consents(r, line);
	line_granted(r, line);
	if (f->until == 0) {
		line->consent = false;
		line_bad(line, "unreadable date");
	}
	line_withdrawal(r, line);
}

/* A call whose time cannot be read was made just now. */
static void
line_call(struct list_reader *r, struct list_line *line)
{
	int64_t as_of = r->o->policy->as_of;
	struct clock_time t;

	line->fact.kind = FACT_CALL;
	if (r->asks_answered &&
	    call_unanswered(text_of(r, cell_of(r, COLUMN_OUTCOME))))
		line->fact.n = CALL_UNANSWERED;
	if (date_of(r, COLUMN_CALLED_AT, &t) > 0) {
		/* a day without a time: as late as it can have been */
		line->fact.until = fact_time(!t.whole_day  ? t.from :
			t.to - 1 < as_of || t.from > as_of ? t.to - 1 :
							     as_of);
		return;
	}
	r->result.bad_dates++;
	line->fact.until = r->o->policy->now;
	line_bad(line, "unreadable date");
}

static void
line_read(struct list_reader *r, struct list_line *line)
{
	*line = (struct list_line){ .fact.list = r->id };
	switch (r->spec->kind) {
	case LIST_DNC:
	case LIST_LISTED:
		line_blocking(r, line);
		break;
	case LIST_CONSENT:
		line_consent(r, line);
		break;
	case LIST_CALLS:
		line_call(r, line);
		break;
	case LIST_ALLOW:
	case LIST_KINDS:
		line_allow(r, line);
		break;
	}
}

/* ---- facts ---- */

static int
fact_add(struct list_reader *r, uint64_t key, const struct fact *f,
    struct err *err)
{
	r->result.facts++;
	return facts_add(r->facts, key, f, err);
}

/*
 * A consent that holds from before anything else, with the end that the table
 * needs.  (One with a grant keeps its own: where a subject has too many of
 * those, the end decides which of them stay.)
 */
static int
consent_add(struct list_reader *r, uint64_t key, struct fact f, struct err *err)
{
	if (r->o->one_moment && f.until > r->o->policy->now)
		f.until = FACT_FOREVER;
	return fact_add(r, key, &f, err);
}

/* What a line says of `key`, the number or the person it names. */
static int
line_add(struct list_reader *r, const struct list_line *line, uint64_t key,
    struct err *err)
{
	const struct fact *f = &line->fact;
	const struct policy *p = r->o->policy;
	uint32_t granted;

	if (r->sink)
		return r->sink->add(r->sink->arg, line, key, span_of("", 0),
		    err);
	if (f->kind == FACT_CALL && f->until > p->now) {
		r->result.later++; /* not made yet, or a wrong clock: told */
		return 0;
	}
	if (f->kind == FACT_CALL && f->until < r->calls_since)
		return 0; /* no cap looks there */
	if (f->kind != FACT_CONSENT)
		return fact_add(r, key, f, err);
	if (line->withdrawn && fact_add(r, key, &line->taken, err) < 0)
		return -1;
	if (!line->consent)
		return 0;
	/* When it was given matters only where it may have been taken back,
	 * or has not begun. */
	granted = fact_time(line->granted.from);
	if (granted == 0 || (!r->withdrawals && granted <= p->now))
		return consent_add(r, key, *f, err);
	r->result.facts += 2;
	return facts_add_consent(r->facts, key, f, granted, err);
}

static int
prefix_add(struct list_reader *r, const struct list_line *line, uint64_t digits,
    struct err *err)
{
	if (r->sink)
		return line_add(r, line, subject_prefix(digits), err);
	r->result.facts++;
	return facts_add_prefix(r->facts, digits, &line->fact, err);
}

static int
person_add(struct list_reader *r, const struct list_line *line,
    struct span person, struct err *err)
{
	if (r->sink)
		return r->sink->add(r->sink->arg, line, 0, person, err);
	return line_add(r, line, subject_person(person, facts_seed(r->table)),
	    err);
}

static bool
may_guess(const struct list_reader *r)
{
	return r->spec->kind == LIST_DNC || r->spec->kind == LIST_LISTED ||
	    r->spec->kind == LIST_CALLS;
}

/* Facts for a wildcard.  Returns 1, 0 when it is none, -1 on failure. */
static int
wildcard_add(struct list_reader *r, const struct list_line *line,
    struct span text, struct err *err)
{
	uint64_t prefix[2];
	size_t i, n;

	if (!may_guess(r) || r->spec->kind == LIST_CALLS)
		return 0;
	n = number_wildcard(prefix, text, &r->rules);
	for (i = 0; i < n; i++)
		if (prefix_add(r, line, prefix[i], err) < 0)
			return -1;
	r->result.wildcards += n > 0;
	return n > 0;
}

static int cells_add(struct list_reader *, struct list_line *, struct span,
    struct err *);

/* Facts for every number in a cell.  Returns how many, -1 on failure. */
static int
cell_add(struct list_reader *r, struct list_line *line, struct span text,
    struct err *err)
{
	struct number_cell cell;
	size_t i;
	int got;

	number_parse(&cell, text, &r->rules);
	if (!number_readable(&cell) && cell.status != NUMBER_EMPTY &&
	    (got = wildcard_add(r, line, text, err)) != 0)
		return got;
	if (!number_readable(&cell)) {
		if (cell.status == NUMBER_EMPTY)
			return 0;
		line_bad(line,
		    number_status_name((enum number_status)cell.status));
		if (!may_guess(r) && !line->withdrawn)
			return 0;
		line->consent = false;
	}
	if (!number_readable(&cell) && cell.count == NUMBER_MAX)
		return cells_add(r, line, text, err);
	/* "13800000000~09" may mean all between */
	if (may_guess(r) && cell.count > 1 && memchr(text.p, '~', text.n))
		line_bad(line, "a range");
	for (i = 0; i < cell.count; i++) {
		uint64_t other = may_guess(r) ?
		    number_other_reading(&cell.number[i]) :
		    0;

		if (line_add(r, line, cell.number[i].key, err) < 0 ||
		    (other && line_add(r, line, other, err) < 0))
			return -1;
	}
	return cell.count;
}

/* A cell with more numbers than a cell may have: one after the other. */
static int
cells_add(struct list_reader *r, struct list_line *line, struct span text,
    struct err *err)
{
	struct span rest = text, part;
	int named = 0, got;

	while (rest.n > 0) {
		part = name_cut(&rest);
		if (part.n == text.n)
			break; /* nothing to cut */
		got = cell_add(r, line, part, err);
		if (got < 0)
			return -1;
		named += got;
	}
	return named;
}

/* AAA,NNNNNNN, and two columns joined by --map. */
static struct span
joined_cell(struct list_reader *r, char *out, size_t cap)
{
	struct span a = r->cell[r->columns->number[0]],
		    b = r->cell[r->columns->number[1]];
	int n = snprintf(out, cap, "%.*s%.*s", (int)a.n, a.p, (int)b.n, b.p);

	return span_of(out, n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1);
}

/* The number of a line that has one in a usual spelling.  Returns how many were
 * named, 0 when there is more to it, -1 on failure. */
static int
plain_add(struct list_reader *r, const struct list_line *line, struct err *err)
{
	struct number_plain n;

	if (!r->plain ||
	    !number_memo_spelled(&r->numbers, r->cell[r->columns->number[0]],
		&n) ||
	    (may_guess(r) && !n.one_reading))
		return 0;
	return line_add(r, line, n.key, err) < 0 ? -1 : 1;
}

/* Returns how many subjects the line named, -1 on failure. */
static int
subjects_add(struct list_reader *r, struct list_line *line, struct err *err)
{
	struct span person = span_trim(cell_of(r, COLUMN_PERSON));
	struct span region = cell_of(r, COLUMN_REGION);
	char joined[64];
	int named = 0, got;
	size_t i;

	if (r->columns->field[COLUMN_REGION] >= 0)
		r->rules.region = region.n ?
		    campaign_region(text_of(r, region)) :
		    r->o->rules.region;

	if (r->columns->joined) {
		named = cell_add(r, line,
		    joined_cell(r, joined, sizeof(joined)), err);
	} else {
		for (i = 0; i < r->columns->numbers; i++) {
			got = cell_add(r, line,
			    text_of(r, r->cell[r->columns->number[i]]), err);
			if (got < 0)
				return -1;
			named += got;
		}
	}
	if (named < 0 || person.n == 0 || !r->o->persons)
		return named;
	/* Consent and permission belong to the number where there is one:
	 * they do not spread to the person's other numbers.  Refusals do. */
	if (named > 0 && r->spec->kind == LIST_ALLOW)
		return named;
	if (named > 0 && r->spec->kind == LIST_CONSENT)
		line->consent = false;
	if (person_add(r, line, person, err) < 0)
		return -1;
	return named + 1;
}

/* Without a quote at its ends: there may be only one of the two. */
static struct span
quotes_off(struct span s)
{
	s = span_trim(s);
	if (s.n > 0 && s.p[0] == '"')
		s = span_of(s.p + 1, s.n - 1);
	if (s.n > 0 && s.p[s.n - 1] == '"')
		s.n--;
	return s;
}

/*
 * What stands between two delimiters of a record that cannot be split; it may
 * hold the ends of lines that a quote has swallowed.  Numbers are found
 * anywhere in it, but a wildcard only by itself: look between quotes and line
 * ends, too.  Returns how many were named, -1 on failure.
 */
static int
piece_add(struct list_reader *r, struct list_line *line, struct span text,
    struct err *err)
{
	struct span all = quotes_off(text);
	int named = cell_add(r, line, all, err), got;
	size_t i, from = 0;

	for (i = 0; named >= 0 && i <= all.n; i++) {
		if (i < all.n && all.p[i] != '"' && all.p[i] != '\n' &&
		    all.p[i] != '\r')
			continue;
		if (i - from < all.n) {
			got = wildcard_add(r, line,
			    span_of(all.p + from, i - from), err);
			named = got < 0 ? -1 : named + got;
		}
		from = i + 1;
	}
	return named;
}

/*
 * A record that cannot be split: whatever reads as a number in it is blocked,
 * has its consent withdrawn, or was called just now.  (A list of consents that
 * knows no withdrawals, and an allow list, can only fail to permit.)
 */
static int
malformed_add(struct list_reader *r, struct list_line *line,
    const struct csv_row *row, struct err *err)
{
	uint32_t now = r->o->policy->now;
	struct span rest = row->raw;
	int named = 0, got;

	*line = (struct list_line){ .fact = { .list = r->id,
					.until = FACT_FOREVER } };
	r->rules.region = r->o->rules.region; /* not the last line's */
	switch (r->spec->kind) {
	case LIST_DNC:
		line->fact.kind = FACT_DNC;
		break;
	case LIST_LISTED:
		line->fact.kind = FACT_LISTED;
		break;
	case LIST_CALLS:
		line->fact.kind = FACT_CALL;
		line->fact.until = now;
		break;
	case LIST_CONSENT:
		line->fact.kind = FACT_CONSENT;
		line->withdrawn = r->columns->field[COLUMN_WITHDRAWN_AT] >= 0;
		line->taken = (struct fact){ .list = r->id,
			.kind = FACT_WITHDRAWN,
			.until = now };
		break;
	default:
		break;
	}
	while (rest.n > 0 && (may_guess(r) || line->withdrawn)) {
		const char *end = memchr(rest.p, r->delimiter, rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;

		got = piece_add(r, line, text_of(r, span_of(rest.p, n)), err);
		if (got < 0)
			return -1;
		named += got;
		n += end != NULL;
		rest = span_of(rest.p + n, rest.n - n);
	}
	line_bad(line, "malformed record");
	return named;
}

struct span
list_line_text(struct list_reader *r, enum column_field f)
{
	return span_trim(text_of(r, cell_of(r, f)));
}

struct span
list_line_scope(struct list_reader *r, enum column_field f)
{
	struct span s = list_line_text(r, f);

	return means_all(s) ? span_of("", 0) : s;
}

void
list_reader_ready(struct list_reader *r)
{
	r->plain = r->columns->numbers == 1 && !r->columns->joined &&
	    r->columns->field[COLUMN_REGION] < 0 &&
	    !(r->o->persons && r->columns->field[COLUMN_PERSON] >= 0);
	r->calls_since = policy_calls_since(r->o->policy);
	r->asks_answered = r->o->outcomes || policy_asks_answered(r->o->policy);
	number_memo_init(&r->numbers, r->rules.region);
}

int
list_line_load(struct list_reader *r, const struct csv_row *row,
    const struct span *cell, const char **why, struct err *err)
{
	struct list_line line;
	int named;

	r->cell = cell;
	r->result.lines++;
	if (row->status == CSV_ROW_OK) {
		line_read(r, &line);
		named = plain_add(r, &line, err);
		if (named == 0)
			named = subjects_add(r, &line, err);
		if (named == 0 && !line.unusable)
			line_bad(&line, "no number");
	} else {
		named = malformed_add(r, &line, row, err);
	}
	if (named < 0)
		return -1;
	*why = line.unusable ? line.why : NULL;
	if (line.unusable)
		r->result.blocking += named > 0 && may_guess(r);
	else if (line.fact.kind != FACT_CALL &&
	    line.fact.until != FACT_FOREVER &&
	    line.fact.until <= r->o->policy->now)
		r->result.ended++;
	r->result.unusable += line.unusable;
	return 0;
}
