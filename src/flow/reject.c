#include "flow/reject.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/digits8.h"
#include "text/csv_writer.h"

enum {
	DETAIL_MAX = 512,
	/* and what a number or a time may take behind its end */
	DETAIL_ROOM = DETAIL_MAX + CLOCK_TEXT_MAX,
	/* of a line, without the cell and the row: two numbers, why, the
	 * number, what and what else, and the delimiters */
	FRONT_MAX = 2 * DIGITS_MAX + sizeof(struct reject_reason) +
	    NUMBER_TEXT_MAX + 2 * CSV_CELL_ROOM(DETAIL_ROOM) + 6,
};

_Static_assert((int)DIGITS_MAX <= (int)CLOCK_TEXT_MAX, "a number has room");

/* Reasons whose details are words, numbers and times, which mostly need no
 * quotes. */
enum {
	PLAIN_REASONS = 1 << VERDICT_CONSENT_MISSING |
	    1 << VERDICT_CONSENT_EXPIRED | 1 << VERDICT_CONSENT_WITHDRAWN |
	    1 << VERDICT_DUPLICATE,
};

/* A detail is composed in place, where there is DETAIL_ROOM: short, ASCII, cut
 * rather than wrong. */
struct detail {
	char *text;
	size_t n;
};

/* So much more was put at its end. */
static inline void
said(struct detail *d, size_t n)
{
	d->n += n;
	if (d->n > DETAIL_MAX - 1)
		d->n = DETAIL_MAX - 1;
}

static inline void
say_n(struct detail *d, const char *s, size_t n)
{
	size_t room = DETAIL_MAX - 1 - d->n;

	if (n <= room) {
		memcpy(d->text + d->n, s, n);
		d->n += n;
	} else {
		memcpy(d->text + d->n, s, room);
		d->n += room;
	}
}

/* What is said mostly stands here in so many words, whose length is known. */
static inline void
say(struct detail *d, const char *s)
{
	say_n(d, s, strlen(s));
}

/* A name that was given on the command line may hold anything. */
static void
say_name(struct detail *d, const char *name)
{
	for (; *name && d->n < DETAIL_MAX - 1; name++)
		d->text[d->n++] = (unsigned char)*name >= 0x80 || *name < ' ' ?
		    '?' :
		    *name;
}

static void
say_u64(struct detail *d, uint64_t v)
{
	said(d, digits_text(d->text + d->n, v));
}

static void
say_time(struct detail *d, int64_t utc)
{
	said(d, clock_text(d->text + d->n, utc));
}

static void
say_match(struct detail *d, unsigned match)
{
	if (match == MATCH_PREFIX)
		say(d, ", by prefix");
	else if (match == MATCH_PERSON)
		say(d, ", by person");
	else if (match == MATCH_READING)
		say(d, ", in one reading");
}

/* "list national, reason request, until 2026-05-01T00:00:00Z, by person" */
static void
say_entry(struct detail *d, const struct reject_context *c,
    const struct verdict_entry *e)
{
	say(d, "list ");
	say_name(d, c->lists->list[e->fact.list].name);
	if (e->fact.n != REASON_NONE) {
		say(d, ", reason ");
		say(d, fact_reason_name((enum fact_reason)e->fact.n));
	}
	if (e->fact.channel != CHANNEL_ANY) {
		say(d, ", channel ");
		say(d, fact_channel_name((enum fact_channel)e->fact.channel));
	}
	if (e->fact.until != FACT_FOREVER) {
		say(d, ", until ");
		say_time(d, fact_utc(e->fact.until));
	}
	say_match(d, e->match);
}

static void
say_cap(struct detail *d, const struct reject_context *c,
    const struct verdict *v)
{
	say_u64(d, v->calls);
	say(d, v->calls == 1 ? " call, cap " : " calls, cap ");
	say_name(d, c->policy->cap[v->cap].text);
	if (v->again == CLOCK_NEVER) {
		say(d, ", not callable again");
	} else {
		say(d, ", callable again ");
		say_time(d, v->again);
	}
	say_match(d, v->cap_match);
}

/* Why, as far as it is known; suggestions come in words. */
static void
say_flags(struct detail *d, uint32_t flags)
{
	for (; flags; flags &= flags - 1) {
		const char *name = number_flag_name(flags & -flags);

		if (!name)
			continue;
		say(d, d->n ? ", " : "");
		say(d, name);
	}
}

/* What an unreadable cell may have meant: a hint, never used. */
static void
say_readings(struct detail *d, const struct number_cell *cell)
{
	char text[NUMBER_TEXT_MAX];
	size_t i;

	for (i = 0; i < cell->count; i++) {
		number_e164(text, cell->number[i].key);
		say(d, i ? " or " : d->n ? ", perhaps " : "perhaps ");
		say(d, text);
	}
}

static void
say_unreadable(struct detail *d, const struct reject *r)
{
	if (r->cell && r->cell->status == NUMBER_LOCAL)
		say(d, "no area code");
	if (r->note) {
		say(d, d->n ? ", " : "");
		say(d, r->note);
	}
	if (!r->cell)
		return;
	say_flags(d, r->cell->flags & ~(uint32_t)NUMBER_SUGGEST);
	say_readings(d, r->cell);
	if (r->reading_listed)
		say(d, ", which is on the do-not-call list");
}

static void
say_consent(struct detail *d, enum verdict_reason reason,
    const struct verdict *v)
{
	if (reason == VERDICT_CONSENT_EXPIRED)
		say(d, "expired ");
	else if (reason == VERDICT_CONSENT_WITHDRAWN)
		say(d, "withdrawn ");
	else if (v->consent)
		say(d, "begins ");
	else
		return;
	say_time(d, v->consent);
}

static void
say_duplicate(struct detail *d, const struct reject *r)
{
	if (!r->first_row)
		return;
	say(d, "of row ");
	say_u64(d, r->first_row);
	if (r->first_file) {
		say(d, " of ");
		say_name(d, r->first_file);
	}
}

static void
detail_compose(struct detail *d, const struct reject_context *c,
    const struct reject *r, enum verdict_reason reason)
{
	char region[4];

	d->n = 0;
	switch (reason) {
	case VERDICT_NEVER_CALL:
		say(d, "service number");
		break;
	case VERDICT_MALFORMED:
		csv_row_why(d->text, DETAIL_MAX, r->csv, c->dialect);
		d->n = strlen(d->text);
		if (r->csv->status == CSV_ROW_TOO_LONG)
			say(d, ", cut in this report");
		break;
	case VERDICT_INVALID:
	case VERDICT_DAMAGED:
	case VERDICT_AMBIGUOUS:
		say_unreadable(d, r);
		break;
	case VERDICT_WRONG_TYPE:
		say(d, number_type_name((enum number_type)r->number->type));
		break;
	case VERDICT_WRONG_REGION:
		region_name(region, r->number->region);
		say(d, region);
		break;
	case VERDICT_DNC:
		say_entry(d, c, &r->verdict->dnc);
		break;
	case VERDICT_RISK:
		say_entry(d, c, &r->verdict->risk);
		break;
	case VERDICT_LISTED:
		say_entry(d, c, &r->verdict->listed);
		break;
	case VERDICT_UNCOVERED:
		say(d, "by list ");
		say_name(d, c->lists->list[r->verdict->uncovered].name);
		break;
	case VERDICT_UNREACHABLE:
		say_entry(d, c, &r->verdict->dead);
		break;
	case VERDICT_CONSENT_MISSING:
	case VERDICT_CONSENT_EXPIRED:
	case VERDICT_CONSENT_WITHDRAWN:
		say_consent(d, reason, r->verdict);
		break;
	case VERDICT_OVER_CAP:
		say_cap(d, c, r->verdict);
		break;
	case VERDICT_DUPLICATE:
		say_duplicate(d, r);
		break;
	case VERDICT_EMPTY:
	case VERDICT_NOT_ALLOWED:
	case VERDICT_REASONS:
		break;
	}
}

void
reject_detail(struct buf *out, const struct reject_context *c,
    const struct reject *r, enum verdict_reason reason)
{
	char text[DETAIL_ROOM];
	struct detail d = { .text = text };

	detail_compose(&d, c, r, reason);
	buf_add(out, d.text, d.n);
}

void
reject_init(struct reject_context *c, const struct policy *policy,
    const struct lists *lists, const struct csv_dialect *dialect,
    struct span eol)
{
	int i;

	*c = (struct reject_context){ .policy = policy,
		.lists = lists,
		.dialect = dialect,
		.eol = eol,
		.plain = strchr(",;|\t", dialect->delimiter) != NULL };
	for (i = 0; i < VERDICT_REASONS; i++)
		c->reason[i].n = (uint8_t)snprintf(c->reason[i].text,
		    sizeof(c->reason[i].text), "%c%s%c", dialect->delimiter,
		    verdict_reason_name((enum verdict_reason)i),
		    dialect->delimiter);
}

void
reject_header(struct buf *out, const struct reject_context *c,
    struct span header)
{
	static const char *const names[] = { "row", "line", "reason", "number",
		"detail", "also" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		buf_adds(out, names[i]);
		buf_addc(out, c->dialect->delimiter);
	}
	if (header.p) {
		buf_addspan(out, header);
	} else {
		for (i = 1; i <= c->dialect->columns; i++) {
			if (i > 1)
				buf_addc(out, c->dialect->delimiter);
			buf_adds(out, "column");
			buf_addu(out, i);
		}
	}
	buf_addspan(out, c->eol);
}

/*
 * Read by the book, where a quote opens at any field's start, does this record
 * end inside one?  (Behind a misplaced quote we take the rest of a line as it
 * is; other readers do not.)
 */
static bool
leaves_quote_open(struct span raw, char delimiter)
{
	bool open = false, start = true;
	size_t i;

	for (i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == '"' && (open || start))
			open = !open; /* a doubled one closes and opens */
		start = !open &&
		    (c == delimiter ||
			(c == '"' && i + 1 < raw.n && raw.p[i + 1] == '"'));
	}
	return open;
}

/* A number, and something behind it: DIGITS_MAX bytes in all. */
static inline char *
count_put(char *at, struct reject_count *c, uint64_t v)
{
	uint64_t last = v - c->base;

	if (last >= 100 || v < 100) {
		c->n = digits_text(c->text, v);
		c->base = v - v % 100;
		memcpy(at, c->text, sizeof(c->text));
		return at + c->n;
	}
	memcpy(at, c->text, sizeof(c->text));
	at += c->n;
	at[-2] = (char)('0' + last / 10);
	at[-1] = (char)('0' + last % 10);
	return at;
}

/* The row, the line, why: where there is room for FRONT_MAX. */
static inline char *
front_put(char *at, struct reject_context *c, const struct reject *r,
    const struct reject_reason *why)
{
	at = count_put(at, &c->row, r->row);
	*at++ = c->dialect->delimiter;
	at = count_put(at, &c->line, r->csv->line);
	memcpy(at, why->text, sizeof(why->text));
	return at + why->n;
}

static __attribute__((noinline)) char *
detail_quoted(char *at, const struct reject_context *c, const struct reject *r,
    enum verdict_reason reason)
{
	char text[DETAIL_ROOM];
	struct detail d = { .text = text };

	detail_compose(&d, c, r, reason);
	return csv_put_cell(at, span_of(d.text, d.n), c->dialect->delimiter);
}

static inline char *
detail_put(char *at, const struct reject_context *c, const struct reject *r,
    enum verdict_reason reason)
{
	struct detail d = { .text = at };

	if (reason == VERDICT_CONSENT_MISSING && !r->verdict->consent)
		return at; /* mostly */
	if (!c->plain || !(PLAIN_REASONS >> reason & 1) || r->first_file)
		return detail_quoted(at, c, r, reason);
	detail_compose(&d, c, r, reason);
	return at + d.n;
}

static char *
also_put(char *at, const struct verdict *v, char delimiter)
{
	char text[DETAIL_MAX];
	struct buf also = { .p = text,
		.cap = sizeof(text),
		.max = sizeof(text) };

	verdict_also(&also, v);
	return csv_put_cell(at, buf_span(&also), delimiter);
}

/* The original row, to the end of the line. */
static void
row_add(struct buf *out, const struct reject_context *c,
    const struct csv_row *row)
{
	char delimiter = c->dialect->delimiter;
	bool whole = row->status != CSV_ROW_TOO_LONG;

	if (row->status == CSV_ROW_OK && row->eol) {
		buf_add(out, row->raw.p, row->raw.n + row->eol);
		return;
	}
	/* What would swallow the next line of the report goes in as one cell. */
	if (!whole ||
	    (row->status != CSV_ROW_OK &&
		leaves_quote_open(row->raw, delimiter)))
		csv_add_cell(out, row->raw, delimiter);
	else
		buf_addspan(out, row->raw);
	if (whole && row->eol)
		buf_add(out, row->raw.p + row->raw.n, row->eol);
	else
		buf_addspan(out, c->eol);
}

void
reject_add(struct buf *out, struct reject_context *c, const struct reject *r)
{
	enum verdict_reason reason = verdict_headline(r->verdict);
	char delimiter = c->dialect->delimiter;
	char *at;

	if (!buf_reserve(out, FRONT_MAX + CSV_CELL_ROOM(r->text.n)))
		return;
	at = front_put(out->p + out->n, c, r, &c->reason[reason]);
	if (r->number)
		at += number_e164(at, r->number->key);
	else
		at = csv_put_cell(at, r->text, delimiter);
	*at++ = delimiter;
	at = detail_put(at, c, r, reason);
	*at++ = delimiter;
	if (r->verdict->fired & (r->verdict->fired - 1))
		at = also_put(at, r->verdict, delimiter);
	*at++ = delimiter;
	out->n = (size_t)(at - out->p);
	row_add(out, c, r->csv);
}
