/*
 * entry_lines.c - what a line of an import says, as entries of the register.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/entry_import_impl.h"

/* ---- texts and dates of a row ---- */

/* Keep a text where it stays until the next row; cut what is too long. */
static struct span
keep(struct importer *m, struct span s)
{
	size_t at = m->texts.n;

	s = span_trim(s);
	if (s.n > REGISTER_TEXT_MAX) {
		m->why = "a text is too long";
		s.n = REGISTER_TEXT_MAX;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	buf_addspan(&m->texts, s);
	return span_of(m->texts.p + at, s.n);
}

static struct span
also_text(struct importer *m, enum also f)
{
	if (m->also[f] < 0)
		return span_of("", 0);
	return span_trim(
	    decode_cell(&m->decoder, m->lines.cell[m->also[f]], &m->scratch));
}

/* A text cell: what it says, or `unsaid`. */
static struct span
also_keep(struct importer *m, enum also f, struct span unsaid)
{
	struct span s = also_text(m, f);

	return s.n ? keep(m, s) : unsaid;
}

/*
 * When something is asked for, takes effect or is due: a day counts from its
 * beginning.  False when it cannot be read.
 */
static bool
also_time(struct importer *m, enum also f, int64_t *out)
{
	struct span s = also_text(m, f);
	struct clock_time t;

	if (s.n == 0)
		return true;
	if (!clock_parse(&t, s, m->also_format[f], m->o->zone))
		return false;
	*out = t.from;
	return true;
}

static bool
hex_read(unsigned char out[REGISTER_SHA256], struct span s)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *d;
	size_t i;

	if (s.n != 2 * REGISTER_SHA256)
		return false;
	memset(out, 0, REGISTER_SHA256);
	for (i = 0; i < s.n; i++) {
		d = s.p[i] ? strchr(digits, s.p[i]) : NULL;
		if (!d)
			return false;
		out[i / 2] = (unsigned char)(out[i / 2] << 4 |
		    ((d - digits) > 15 ? (d - digits) - 6 : d - digits));
	}
	return true;
}

/*
 * A source column holds one of our own words or somebody's: theirs goes to the
 * evidence where there is none, since it is one.
 */
static void
source_read(struct importer *m, struct register_entry *e)
{
	struct span s = also_text(m, ALSO_SOURCE);

	if (m->also[ALSO_SOURCE] < 0)
		return;
	e->origin.source = SOURCE_NONE;
	if (s.n && !register_source_parse(&e->origin.source, s)) {
		e->origin.source = m->o->entry.origin.source;
		if (e->evidence.n == 0)
			e->evidence = keep(m, s);
	}
}

/* All of a row that has nothing to do with whom it is about. */
static void
row_read(struct importer *m)
{
	struct register_entry *e = &m->entry;
	struct list_reader *r = &m->lines;
	const struct register_entry *d = &m->o->entry;
	bool permits = m->o->kind == LIST_CONSENT || m->o->kind == LIST_ALLOW;
	struct span s;

	m->row_read = true;
	m->permits_nothing = false;
	buf_reset(&m->texts);
	*e = *d;
	e->origin = m->origin;
	s = keep(m, list_line_scope(r, list_purpose(&m->columns)));
	if (s.n)
		e->topic = s;
	s = m->o->kind == LIST_CALLS ?
	    also_keep(m, ALSO_CAMPAIGN, span_of("", 0)) :
	    keep(m, list_line_scope(r, COLUMN_CAMPAIGN));
	if (s.n)
		e->campaign = s;
	e->evidence = also_keep(m, ALSO_EVIDENCE, d->evidence);
	s = also_text(m, ALSO_EVIDENCE_SHA256);
	if (s.n) {
		e->evidence_sha256 = hex_read(m->evidence, s) ? m->evidence :
								NULL;
		if (!e->evidence_sha256)
			m->why = "unreadable digest";
	}
	e->note = also_keep(m, ALSO_NOTE, d->note);
	source_read(m, e);
	e->origin.author = also_keep(m, ALSO_AUTHOR, d->origin.author);
	e->origin.approved_by = also_keep(m, ALSO_APPROVED_BY,
	    d->origin.approved_by);
	if (permits && also_text(m, ALSO_REASON).n)
		e->reason = fact_reason_parse(also_text(m, ALSO_REASON));
	if (list_yes_no(also_text(m, ALSO_PERMANENT)) == 1)
		e->permanent = true;
	if (!also_time(m, ALSO_REQUESTED_AT, &e->requested_at) ||
	    !also_time(m, ALSO_REVIEW_AT, &e->review_at))
		m->why = "unreadable date";
	/* a block then counts at once, a permission not at all */
	if (!also_time(m, ALSO_EFFECTIVE_AT, &e->effective_at)) {
		m->why = "unreadable date";
		m->permits_nothing = permits;
	}
}

/* ---- what a line says, as entries ---- */

static int
entry_add(struct importer *m, const struct register_entry *e, struct err *err)
{
	m->pending[m->n - 1].entries++;
	return register_import_add(m->im, m->row, e, err);
}

static bool
has_cell(struct importer *m, enum column_field f)
{
	return m->malformed || list_line_text(&m->lines, f).n > 0;
}

/* What `line` says of end and channel, or else the options. */
static void
limits_set(struct importer *m, struct register_entry *e, const struct fact *f)
{
	if (has_cell(m, COLUMN_EXPIRES_AT))
		e->expires_at = f->until == FACT_FOREVER ? 0 :
							   fact_utc(f->until);
	if (has_cell(m, COLUMN_CHANNEL))
		e->channel = (enum fact_channel)f->channel;
}

/* Consents and withdrawals that a withdrawal now comes upon. */
struct standing {
	const struct register_entry *e;
	int64_t now;
	int64_t withdrawn; /* the latest of the same kind so far; 0: none */
	int64_t given;     /* the latest consent so far */
	int64_t later;     /* the latest that lies ahead; 0: none */
	struct buf links;  /* keys of a person's numbers */
	bool of_links;     /* it is those that are looked at */
};

static int
standing_look(void *arg, const struct register_fact *f, struct err *err)
{
	struct standing *s = arg;
	const struct register_entry *e = &f->entry;

	if (e->kind == REGISTER_LINK && !f->via) {
		buf_add(&s->links, (const char *)&e->number, sizeof(e->number));
		return buf_check(&s->links, err);
	}
	if (e->kind == FACT_CONSENT && e->at > s->now && e->at > s->later)
		s->later = e->at;
	if (e->kind == FACT_CONSENT && e->at <= s->now && e->at > s->given)
		s->given = e->at;
	if (e->kind == FACT_WITHDRAWN && !f->via && !s->of_links &&
	    e->at <= s->now && e->at > s->withdrawn &&
	    e->channel == s->e->channel && span_eq(e->topic, s->e->topic) &&
	    span_eq(e->campaign, s->e->campaign))
		s->withdrawn = e->at;
	return 0;
}

/* A person's withdrawal holds for the numbers linked to them. */
static int
standing_find(struct register_db *db, struct standing *s, struct err *err)
{
	struct register_subject number = { 0 };
	size_t at;

	if (register_find(db, &s->e->subject, standing_look, s, err) < 0)
		return -1;
	s->of_links = true;
	for (at = 0; at < s->links.n; at += sizeof(number.key)) {
		memcpy(&number.key, s->links.p + at, sizeof(number.key));
		if (register_find(db, &number, standing_look, s, err) < 0)
			return -1;
	}
	return 0;
}

int
entry_withdrawal_at(struct register_db *db, const struct register_entry *e,
    int64_t now, struct entry_moments *out, struct err *err)
{
	struct standing s = { .e = e, .now = now, .links = BUF_INIT(1 << 20) };
	int ret = standing_find(db, &s, err);

	*out = (struct entry_moments){ now, s.later };
	if (s.withdrawn && s.withdrawn >= s.given)
		out->at = s.withdrawn;
	buf_release(&s.links);
	return ret;
}

static uint64_t
subject_key_of(struct importer *m, const struct register_subject *s)
{
	return s->key ? s->key : register_person(m->db, s->person);
}

/*
 * As entry_withdrawal_at(), where entries of this file may still be on their
 * way: then an earlier withdrawal stands for this one only if it is later than
 * any consent of the file so far, and it is noted, for those that follow.
 */
static int
undated(struct importer *m, const struct register_entry *e,
    struct entry_moments *out, struct err *err)
{
	uint64_t key = subject_key_of(m, &e->subject);
	uint32_t already;

	if (entry_withdrawal_at(m->db, e, m->o->now, out, err) < 0)
		return -1;
	if (out->at < m->last_granted)
		out->at = m->o->now;
	if (out->at == m->o->now)
		return 0;
	if (out->at < m->standing_from)
		m->standing_from = out->at;
	return numset_add(&m->standing, key, 1, &already, err);
}

/*
 * When it was withdrawn.  Of a day that has passed its last second, so that a
 * consent given in its course is taken back too; of today no more than now.
 */
static int
withdrawn_at(struct importer *m, const struct list_time *t,
    const struct register_entry *e, struct entry_moments *out, struct err *err)
{
	*out = (struct entry_moments){ 0 };
	if (t->when == LIST_MOMENT ||
	    (t->when == LIST_DAY && t->from > m->o->now))
		out->at = t->from;
	else if (t->when == LIST_DAY && t->to - 1 < m->o->now)
		out->at = t->to - 1;
	else
		return undated(m, e, out, err);
	return 0;
}

static int
withdrawal_add(struct importer *m, const struct register_entry *row,
    const struct list_line *line, struct err *err)
{
	struct register_entry e = *row;
	struct entry_moments when;

	e.kind = FACT_WITHDRAWN;
	e.expires_at = 0;
	e.channel = has_cell(m, COLUMN_CHANNEL) ?
	    (enum fact_channel)line->taken.channel :
	    m->o->entry.channel;
	if (withdrawn_at(m, &line->withdrawn_at, &e, &when, err) < 0)
		return -1;
	e.at = when.at;
	if (entry_add(m, &e, err) < 0)
		return -1;
	e.at = when.later;
	return when.later ? entry_add(m, &e, err) : 0;
}

/* A consent after a withdrawal of this file that an earlier one stood for:
 * the file takes it back. */
static int
taken_back(struct importer *m, const struct register_entry *given,
    struct err *err)
{
	struct register_entry e = *given;

	if (e.at <= m->standing_from ||
	    !numset_find(&m->standing, subject_key_of(m, &e.subject)))
		return 0;
	e.kind = FACT_WITHDRAWN;
	e.expires_at = 0;
	e.at = m->o->now;
	return entry_add(m, &e, err);
}

static int
consent_add(struct importer *m, const struct register_entry *row,
    const struct list_line *line, struct err *err)
{
	struct register_entry e = *row;

	if (line->withdrawn && withdrawal_add(m, row, line, err) < 0)
		return -1;
	if (!line->consent || m->permits_nothing)
		return 0;
	e.kind = FACT_CONSENT;
	limits_set(m, &e, &line->fact);
	e.at = line->granted.when == LIST_UNSAID ? 0 : line->granted.from;
	if (e.at > m->last_granted)
		m->last_granted = e.at;
	if (entry_add(m, &e, err) < 0)
		return -1;
	return taken_back(m, &e, err);
}

/*
 * One id may stand for several numbers, and two diallers may come to use the
 * same: what is told apart here is told apart by a cap.
 */
static struct span
call_id(struct importer *m, const struct register_subject *s, char *out)
{
	struct span id = also_text(m, ALSO_ID);
	int n;

	if (m->malformed || id.n == 0)
		return span_of("", 0);
	n = snprintf(out, CALL_ID_MAX, "%" PRIu64 ":%.*s:%.*s", s->key,
	    (int)(s->person.n < 64 ? s->person.n : 64),
	    s->person.n ? s->person.p : "", (int)(id.n < 128 ? id.n : 128),
	    id.p);
	return span_of(out, n < CALL_ID_MAX ? (size_t)n : CALL_ID_MAX - 1);
}

static int
call_add(struct importer *m, const struct register_entry *row,
    const struct list_line *line, struct err *err)
{
	char id[CALL_ID_MAX];
	struct register_call c = {
		.kind = REGISTER_CALL_MADE,
		.subject = row->subject,
		.at = fact_utc(line->fact.until),
		.run = m->o->run,
		.campaign = row->campaign,
		.answered = true,
	};
	struct span s;

	c.id = call_id(m, &row->subject, id);
	if (!m->malformed) {
		/* two texts, one scratch */
		s = m->also[ALSO_ANSWERED_AT] < 0 ?
		    span_of("", 0) :
		    m->lines.cell[m->also[ALSO_ANSWERED_AT]];
		c.answered = call_layout_answered(m->o->layout,
		    also_text(m, ALSO_OUTCOME), s);
	}
	m->pending[m->n - 1].entries++;
	return register_import_call(m->im, m->row, &c, err);
}

int
entry_line_take(void *arg, const struct list_line *line, uint64_t key,
    struct span person, struct err *err)
{
	struct importer *m = arg;
	struct register_entry *e = &m->entry;

	if (!m->row_read)
		row_read(m);
	e->subject.key = key;
	e->subject.person = span_of("", 0);
	if (!key) {
		person = decode_cell(&m->decoder, person, &m->scratch);
		if (person.n > REGISTER_TEXT_MAX) {
			m->why = "too long a customer id";
			return 0;
		}
		e->subject.person = keep(m, person);
	}
	switch (m->o->kind) {
	case LIST_CALLS:
		return call_add(m, e, line, err);
	case LIST_CONSENT:
		return consent_add(m, e, line, err);
	case LIST_ALLOW:
		if (m->permits_nothing || line->fact.until == 0)
			return 0;
		e->kind = FACT_ALLOW;
		limits_set(m, e, &line->fact);
		return entry_add(m, e, err);
	default:
		e->kind = FACT_DNC;
		limits_set(m, e, &line->fact);
		if (line->fact.n)
			e->reason = (enum fact_reason)line->fact.n;
		return entry_add(m, e, err);
	}
}
