#include "flow/lists.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/infile.h"
#include "base/interrupt.h"
#include "base/outfile.h"
#include "flow/campaign.h"
#include "text/csv_reader.h"
#include "text/csv_writer.h"

enum {
	NUMBER_COLUMNS_MAX = 8, /* of one list */
	SAMPLE_ROWS = 200,
};

/* The columns a kind of list has a use for. */
#define F(field) (1u << COLUMN_##field)
static const struct kind {
	const char *name;
	unsigned fields;  /* decide something, or are told in reports */
	unsigned known;   /* may be there and be named, but decide nothing */
	unsigned needed;
} kinds[LIST_KINDS] = {
	[LIST_DNC] = { "dnc",
	    F(NUMBER) | F(REGION) | F(PERSON) | F(REASON) | F(EXPIRES_AT) | F(TOPIC) |
	    F(CHANNEL) | F(CAMPAIGN), F(ADDED_AT) | F(SOURCE), 0 },
	[LIST_LISTED] = { "listed",
	    F(NUMBER) | F(REGION) | F(PERSON) | F(REASON) | F(EXPIRES_AT) | F(TOPIC) |
	    F(CHANNEL) | F(CAMPAIGN), F(ADDED_AT) | F(SOURCE), 0 },
	[LIST_CONSENT] = { "consent",
	    F(NUMBER) | F(REGION) | F(PERSON) | F(GRANTED_AT) | F(EXPIRES_AT) |
	    F(WITHDRAWN_AT) | F(PURPOSE) | F(TOPIC) | F(CHANNEL),
	    F(ADDED_AT) | F(SOURCE) | F(REASON), 0 },
	[LIST_CALLS] = { "calls", F(NUMBER) | F(REGION) | F(PERSON) | F(CALLED_AT),
	    F(CAMPAIGN) | F(OUTCOME) | F(CHANNEL) | F(REASON),
	    F(CALLED_AT) },
	[LIST_ALLOW] = { "allow",
	    F(NUMBER) | F(REGION) | F(PERSON) | F(EXPIRES_AT) | F(TOPIC) | F(CHANNEL),
	    F(ADDED_AT) | F(SOURCE) | F(REASON), 0 },
};
#undef F

const char *
list_kind_name(enum list_kind k)
{
	return kinds[k].name;
}

/*
 * Reasons repeat from line to line: what a text was found to mean is kept, by
 * a hash of it.
 */
enum { MEMO = 64, MEMO_TEXT = 31 };

struct memo {
	char text[MEMO_TEXT];
	uint8_t n; /* bytes of text; 0: free */
	uint8_t reason;
};

/* One list while it is read. */
struct loader {
	const struct lists_options *o;
	const struct list_spec *spec;
	struct list_result *result;
	struct facts *facts;
	uint8_t id;
	bool withdrawals; /* a consent list of this run has withdrawn_at */

	struct csv_reader *reader;
	struct csv_block block;
	struct csv_rows rows;
	struct buf scratch;
	struct number_rules rules; /* the row's own region, where it has one */
	struct memo memo[MEMO];
	struct outfile *rejects;

	/* Columns: -1 where the list has none; else an index into want. */
	unsigned number[NUMBER_COLUMNS_MAX];
	size_t numbers;
	bool joined; /* registry layout: number[0] is the area code of [1] */
	int field[COLUMN_FIELDS];
	unsigned want[COLUMN_FIELDS + NUMBER_COLUMNS_MAX];
	size_t wants;

	const struct span *cell; /* of the row at hand */
};

/* ---- finding the columns ---- */

static const char *
setting_of(const struct list_setting *s, size_t n, const char *list,
    enum column_field field)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i].field == field && strcmp(s[i].list, list) == 0)
			value = s[i].value;
	return value;
}

/* A cell as UTF-8. */
static struct span
text_of(struct loader *l, struct span cell)
{
	return decode_cell(csv_reader_decoder(l->reader), cell, &l->scratch);
}

/* Is it, or may it mean, a number? */
static bool
looks_like_number(struct loader *l, struct span text)
{
	struct number_cell cell;
	uint64_t prefix[2];

	if (number_wildcard(prefix, text, &l->rules) > 0)
		return true;
	number_parse(&cell, text, &l->rules);
	return number_readable(&cell) || cell.status == NUMBER_LOCAL ||
	    cell.status == NUMBER_AMBIGUOUS || cell.count > 0;
}

static bool
all_digits(struct span s, size_t n)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n == n;
}

/* AAA,NNNNNNN: the layout of the North American registries. */
static bool
registry_layout(const struct span *names, size_t n)
{
	return n == 2 && all_digits(names[0], 3) && all_digits(names[1], 7);
}

/* Is it a number as it stands? */
static bool
is_number(struct loader *l, struct span text)
{
	struct number_cell cell;

	number_parse(&cell, text, &l->rules);
	return number_readable(&cell);
}

/* Columns of which most cells in the sample are numbers. */
static int
columns_by_content(struct loader *l, size_t ncolumns,
    bool (*test)(struct loader *, struct span), unsigned *out, size_t *n,
    struct err *err)
{
	unsigned column;
	size_t i;

	*n = 0;
	for (column = 0; column < ncolumns; column++) {
		size_t good = 0, filled = 0;

		if (csv_reader_sample(l->reader, &l->rows, &column, 1,
		    SAMPLE_ROWS, err) < 0)
			return -1;
		for (i = 0; i < l->rows.n; i++) {
			struct span cell = l->rows.cell[i];

			if (l->rows.row[i].status != CSV_ROW_OK || cell.n == 0)
				continue;
			filled++;
			good += test(l, text_of(l, cell));
		}
		if (filled && 2 * good > filled && *n < NUMBER_COLUMNS_MAX)
			out[(*n)++] = column;
	}
	return 0;
}

static int
several_columns(struct loader *l, enum column_field field,
    const struct span *names, unsigned a, unsigned b, struct err *err)
{
	err_set(err, ERR_LIST, "columns %u (%.*s) and %u (%.*s) may both be "
	    "its %s", a + 1, (int)names[a].n, names[a].p, b + 1,
	    (int)names[b].n, names[b].p, column_field_name(field));
	return err_hint(err, "say which: --map %s.%s=COLUMN", l->spec->name,
	    column_field_name(field));
}

/* By header name: the columns that mean `field` exactly, or else loosely. */
static size_t
columns_by_name(const struct span *names, size_t n, enum column_field field,
    unsigned *out)
{
	size_t i, found = 0;
	int level;

	for (level = 2; level > 0 && found == 0; level--)
		for (i = 0; i < n && found < NUMBER_COLUMNS_MAX; i++)
			if (column_means(names[i], field) == level)
				out[found++] = (unsigned)i;
	return found;
}

static int
field_find(struct loader *l, enum column_field field,
    const struct span *names, size_t n, struct err *err)
{
	const char *given = setting_of(l->o->map, l->o->maps, l->spec->name,
	    field);
	unsigned found[NUMBER_COLUMNS_MAX];
	size_t count;

	l->field[field] = -1;
	if (given) {
		if (column_find(&found[0], span_str(given), names, n,
		    csv_reader_has_header(l->reader), ERR_LIST, err) < 0)
			return err_in(err, "--map %s.%s", l->spec->name,
			    column_field_name(field));
		l->field[field] = (int)found[0];
		return 0;
	}
	if (!csv_reader_has_header(l->reader))
		return 0;
	count = columns_by_name(names, n, field, found);
	if (count > 1)
		return several_columns(l, field, names, found[0], found[1],
		    err);
	if (count == 1)
		l->field[field] = (int)found[0];
	return 0;
}

static int
no_number_column(const struct loader *l, const struct span *names, size_t n,
    struct err *err)
{
	char list[256];

	column_list(list, sizeof(list), names, n);
	err_set(err, ERR_LIST, "it has no number column (columns: %s)", list);
	return err_hint(err, "name it: --map %s.number=COLUMN%s",
	    l->spec->name, l->o->rules.region == REGION_NONE ?
	    "; numbers without a country code need --region CC" : "");
}

/*
 * The header's number columns.  On a list that blocks every column of phone
 * numbers is meant; elsewhere the one with the exact name is.
 */
static size_t
number_columns_by_name(const struct loader *l, const struct span *names,
    size_t n, unsigned *out)
{
	size_t i, found = 0;

	if (l->spec->kind != LIST_DNC && l->spec->kind != LIST_LISTED)
		return columns_by_name(names, n, COLUMN_NUMBER, out);
	for (i = 0; i < n && found < NUMBER_COLUMNS_MAX; i++)
		if (column_is_phone(names[i]) ||
		    column_means(names[i], COLUMN_NUMBER) == 2)
			out[found++] = (unsigned)i;
	return found;
}

/* By --map, by name, by content; settles whether there is a header. */
static int
number_columns_find(struct loader *l, const struct span *names, size_t n,
    struct err *err)
{
	const char *given = setting_of(l->o->map, l->o->maps, l->spec->name,
	    COLUMN_NUMBER);
	bool blocks = l->spec->kind == LIST_DNC ||
	    l->spec->kind == LIST_LISTED;
	unsigned person[NUMBER_COLUMNS_MAX];
	bool header = true, said = false;
	size_t i;

	for (i = 0; i < l->o->headers; i++) {
		if (strcmp(l->o->header[i].list, l->spec->name) == 0) {
			said = true;
			header = l->o->header[i].yes;
		}
	}
	if (given) {
		if (column_find(&l->number[0], span_str(given), names, n,
		    !said || header, ERR_LIST, err) < 0)
			return err_in(err, "--map %s.number", l->spec->name);
		l->numbers = 1;
	} else if ((!said || header) && (l->numbers =
	    number_columns_by_name(l, names, n, l->number)) > 0) {
		/* found by name */
	} else if (registry_layout(names, n) && (!said || !header)) {
		l->number[0] = 0;
		l->number[1] = 1;
		l->numbers = 2;
		l->joined = true;
	} else if ((!said || header) &&
	    (columns_by_name(names, n, COLUMN_PERSON, person) > 0 ||
	    setting_of(l->o->map, l->o->maps, l->spec->name, COLUMN_PERSON))) {
		l->numbers = 0; /* a list of persons */
	} else {
		/* As if the first record were data: then it is one that
		 * counts, and a list of one line is recognised too. */
		csv_reader_set_header(l->reader, false);
		if (columns_by_content(l, n, is_number, l->number,
		    &l->numbers, err) < 0 || (l->numbers == 0 &&
		    columns_by_content(l, n, looks_like_number, l->number,
		    &l->numbers, err) < 0))
			return -1;
		if (l->numbers == 0)
			return no_number_column(l, names, n, err);
		if (l->numbers > 1)
			return several_columns(l, COLUMN_NUMBER, names,
			    l->number[0], l->number[1], err);
	}
	if (!said)
		header = !l->joined && (l->numbers == 0 ||
		    !looks_like_number(l, names[l->number[0]]));
	csv_reader_set_header(l->reader, header);
	/* Every number of a do-not-call line is meant; a consent or a call
	 * is about one. */
	if (!blocks && l->numbers > 1 && !l->joined)
		return several_columns(l, COLUMN_NUMBER, names, l->number[0],
		    l->number[1], err);
	return 0;
}

/* Make `column` one of those csv_split is asked for. */
static void
want(struct loader *l, unsigned column)
{
	size_t i, k;

	for (i = 0; i < l->wants && l->want[i] < column; i++)
		;
	if (i < l->wants && l->want[i] == column)
		return;
	for (k = l->wants++; k > i; k--)
		l->want[k] = l->want[k - 1];
	l->want[i] = column;
}

static unsigned
want_index(const struct loader *l, unsigned column)
{
	unsigned i = 0;

	while (l->want[i] != column)
		i++;
	return i;
}

/* Everything about columns, from the header and the settings. */
static int
columns_settle(struct loader *l, struct err *err)
{
	const struct kind *kind = &kinds[l->spec->kind];
	const struct span *names;
	unsigned f;
	size_t n, i;

	names = csv_reader_names(l->reader, &n);
	if (number_columns_find(l, names, n, err) < 0)
		return -1;
	for (f = 0; f < COLUMN_FIELDS; f++) {
		l->field[f] = -1;
		if (f == COLUMN_NUMBER ||
		    !((kind->fields | kind->known) >> f & 1))
			continue;
		/* a "country" may be where a person lives: only when told */
		if ((kind->known >> f & 1 || f == COLUMN_REGION) &&
		    !setting_of(l->o->map, l->o->maps, l->spec->name,
		    (enum column_field)f))
			continue;
		if (field_find(l, (enum column_field)f, names, n, err) < 0)
			return -1;
		if (kind->known >> f & 1)
			l->field[f] = -1;
		if (kind->needed >> f & 1 && l->field[f] < 0) {
			char list[256];

			column_list(list, sizeof(list), names, n);
			err_set(err, ERR_LIST, "it has no %s column "
			    "(columns: %s)",
			    column_field_name((enum column_field)f), list);
			return err_hint(err, "name it: --map %s.%s=COLUMN",
			    l->spec->name,
			    column_field_name((enum column_field)f));
		}
	}
	for (i = 0; i < l->numbers; i++)
		want(l, l->number[i]);
	for (f = 0; f < COLUMN_FIELDS; f++)
		if (l->field[f] >= 0)
			want(l, (unsigned)l->field[f]);
	for (i = 0; i < l->numbers; i++)
		l->number[i] = want_index(l, l->number[i]);
	for (f = 0; f < COLUMN_FIELDS; f++)
		if (l->field[f] >= 0)
			l->field[f] = (int)want_index(l,
			    (unsigned)l->field[f]);
	return 0;
}

/* ---- reading lines ---- */

/* What one line says, but for the number. */
struct line {
	struct fact fact;
	uint32_t granted;   /* consent: when; 0: not said */
	bool consent;       /* the line gives one */
	bool withdrawn;
	uint32_t withdrawn_at;
	bool unusable;      /* counted, and written to --list-rejects */
	const char *why;
};

static struct span
cell_of(const struct loader *l, enum column_field f)
{
	return l->field[f] < 0 ? span_of("", 0) : l->cell[l->field[f]];
}

/* A date cell: 1 read, 0 empty, -1 not readable. */
static int
date_of(struct loader *l, enum column_field f, struct clock_time *out)
{
	struct span s = cell_of(l, f);

	if (s.n == 0)
		return 0;
	return clock_parse(out, text_of(l, s), setting_of(l->o->date_format,
	    l->o->date_formats, l->spec->name, f), l->o->policy->zone) ? 1 :
	    -1;
}

static uint8_t
reason_of(struct loader *l)
{
	struct span s = text_of(l, cell_of(l, COLUMN_REASON));
	struct memo *m;

	if (s.n == 0)
		return REASON_NONE;
	if (s.n > MEMO_TEXT)
		return (uint8_t)fact_reason_parse(s);
	m = &l->memo[hash_bytes(s.p, s.n, 0) % MEMO];
	if (m->n != s.n || memcmp(m->text, s.p, s.n) != 0) {
		m->reason = (uint8_t)fact_reason_parse(s);
		memcpy(m->text, s.p, s.n);
		m->n = (uint8_t)s.n;
	}
	return m->reason;
}

/* Does a topic, purpose or campaign cell mean this run? */
static uint16_t
scope_of(struct loader *l, enum column_field f, const char *run,
    uint16_t same, uint16_t unsaid)
{
	struct span s = span_trim(text_of(l, cell_of(l, f)));

	if (s.n == 0)
		return SCOPE_ANY;
	if (!run)
		return unsaid;
	return span_eq_nocase(s, span_str(run)) ? same : SCOPE_ELSEWHERE;
}

/*
 * When an entry ends.  One that cannot be read lasts for ever; a day counts to
 * its end.
 */
static uint32_t
end_of(struct loader *l, uint32_t unreadable)
{
	struct clock_time t;

	switch (date_of(l, COLUMN_EXPIRES_AT, &t)) {
	case 1:
		return fact_time(t.to);
	case 0:
		return FACT_FOREVER;
	default:
		l->result->bad_dates++;
		return unreadable;
	}
}

/*
 * Lists that block: what is not understood blocks more, never less.  An entry
 * limited to a topic also holds in a run that does not say its topic.
 */
static void
line_blocking(struct loader *l, struct line *line)
{
	struct fact *f = &line->fact;
	enum fact_channel channel;
	uint16_t topic, campaign;

	f->kind = l->spec->kind == LIST_DNC ? FACT_DNC : FACT_LISTED;
	f->until = end_of(l, FACT_FOREVER);
	f->n = reason_of(l);
	if (fact_channel_parse(&channel, text_of(l,
	    cell_of(l, COLUMN_CHANNEL))))
		f->channel = (uint8_t)channel;
	topic = scope_of(l, COLUMN_TOPIC, l->o->topic, SCOPE_TOPIC, SCOPE_ANY);
	campaign = scope_of(l, COLUMN_CAMPAIGN, l->o->campaign,
	    SCOPE_CAMPAIGN, SCOPE_ANY);
	f->scope = topic == SCOPE_ELSEWHERE || campaign == SCOPE_ELSEWHERE ?
	    SCOPE_ELSEWHERE : topic ? topic : campaign;
}

/* Lists that permit: what is not understood permits nothing. */
static void
line_allow(struct loader *l, struct line *line)
{
	struct fact *f = &line->fact;
	enum fact_channel channel;

	f->kind = FACT_ALLOW;
	f->n = 1;
	f->until = end_of(l, 0);
	f->scope = scope_of(l, COLUMN_TOPIC, l->o->topic, SCOPE_TOPIC,
	    SCOPE_ELSEWHERE);
	f->channel = CHANNEL_OTHER;
	if (fact_channel_parse(&channel, text_of(l,
	    cell_of(l, COLUMN_CHANNEL))))
		f->channel = (uint8_t)channel;
	if (f->until == 0) {
		line->unusable = true;
		line->why = "unreadable date";
	}
}

/*
 * When consent was withdrawn, for comparing with other moments.  A day
 * without a time: consent ends with its first moment, and a consent given in
 * the course of it is taken back too.
 */
static uint32_t
withdrawal_of(const struct loader *l, const struct clock_time *t)
{
	int64_t as_of = l->o->policy->as_of;

	if (!t->whole_day || t->from > as_of)
		return fact_time(t->from);
	return fact_time(t->to - 1 < as_of ? t->to - 1 : as_of);
}

static void
line_consent(struct loader *l, struct line *line)
{
	struct fact *f = &line->fact;
	struct clock_time granted, withdrawn;
	enum fact_channel channel = CHANNEL_ANY;
	enum column_field purpose = l->field[COLUMN_PURPOSE] >= 0 ?
	    COLUMN_PURPOSE : COLUMN_TOPIC;
	bool channel_read;
	int got;

	f->kind = FACT_CONSENT;
	line->consent = true;
	channel_read = fact_channel_parse(&channel, text_of(l,
	    cell_of(l, COLUMN_CHANNEL)));
	f->channel = (uint8_t)channel;
	f->until = end_of(l, 0);
	got = date_of(l, COLUMN_GRANTED_AT, &granted);
	if (got > 0)
		line->granted = fact_time(granted.from);
	if (got < 0 || f->until == 0) {
		l->result->bad_dates += got < 0;
		line->consent = false; /* no date, no consent */
		line->unusable = true;
		line->why = "unreadable date";
	}
	got = date_of(l, COLUMN_WITHDRAWN_AT, &withdrawn);
	if (got != 0) {
		line->withdrawn = true;
		if (got < 0) {
			l->result->bad_dates++;
			line->withdrawn_at = l->o->policy->now;
			line->unusable = true;
			line->why = "unreadable date";
		} else {
			line->withdrawn_at = withdrawal_of(l, &withdrawn);
		}
		if (line->withdrawn_at < f->until)
			f->until = line->withdrawn_at;
		if (line->withdrawn_at <= l->o->policy->now)
			line->consent = false;
	}
	/* Said for another purpose, or for one while this run says none: a
	 * withdrawal still counts in the latter, a consent in neither. */
	f->scope = scope_of(l, purpose, l->o->topic, SCOPE_TOPIC,
	    line->withdrawn ? SCOPE_ANY : SCOPE_ELSEWHERE);
	if (!channel_read)
		line->consent = false;
}

/* A call whose time cannot be read was made just now. */
static void
line_call(struct loader *l, struct line *line)
{
	struct clock_time t;

	line->fact.kind = FACT_CALL;
	if (date_of(l, COLUMN_CALLED_AT, &t) > 0) {
		/* a day without a time: as late as it can have been */
		line->fact.until = fact_time(!t.whole_day ? t.from :
		    t.to - 1 < l->o->policy->as_of || t.from >
		    l->o->policy->as_of ? t.to - 1 : l->o->policy->as_of);
		return;
	}
	l->result->bad_dates++;
	line->fact.until = l->o->policy->now;
	line->unusable = true;
	line->why = "unreadable date";
}

static void
line_read(struct loader *l, struct line *line)
{
	*line = (struct line){ .fact.list = l->id };
	switch (l->spec->kind) {
	case LIST_DNC:
	case LIST_LISTED:
		line_blocking(l, line);
		break;
	case LIST_CONSENT:
		line_consent(l, line);
		break;
	case LIST_CALLS:
		line_call(l, line);
		break;
	case LIST_ALLOW:
	case LIST_KINDS:
		line_allow(l, line);
		break;
	}
}

/* ---- facts ---- */

static int
fact_add(struct loader *l, uint64_t key, const struct fact *f,
    struct err *err)
{
	l->result->facts++;
	return facts_add(l->facts, key, f, err);
}

/* What a line says of `key`, the number or the person it names. */
static int
line_add(struct loader *l, const struct line *line, uint64_t key,
    struct err *err)
{
	const struct fact *f = &line->fact;
	const struct policy *p = l->o->policy;
	struct fact taken;

	if (f->kind == FACT_CALL && (f->until > p->now ||
	    f->until < policy_calls_since(p)))
		return 0; /* no cap looks there */
	if (f->kind != FACT_CONSENT)
		return fact_add(l, key, f, err);
	if (line->withdrawn) {
		taken = *f;
		taken.kind = FACT_WITHDRAWN;
		taken.until = line->withdrawn_at;
		if (fact_add(l, key, &taken, err) < 0)
			return -1;
	}
	if (!line->consent)
		return 0;
	/* When it was given matters only where it may have been taken back,
	 * or has not begun. */
	if (!l->withdrawals && line->granted <= p->now)
		return fact_add(l, key, f, err);
	l->result->facts++;
	return facts_add_consent(l->facts, key, f, line->granted, err);
}

static bool
may_guess(const struct loader *l)
{
	return l->spec->kind == LIST_DNC || l->spec->kind == LIST_LISTED ||
	    l->spec->kind == LIST_CALLS;
}

static void
line_bad(struct line *line, const char *why)
{
	line->unusable = true;
	line->why = why;
}

/* Facts for every number in a cell.  Returns how many, -1 on failure. */
static int
cell_add(struct loader *l, struct line *line, struct span text,
    struct err *err)
{
	struct number_cell cell;
	uint64_t prefix[2];
	size_t i, n;

	number_parse(&cell, text, &l->rules);
	if (!number_readable(&cell) && cell.status != NUMBER_EMPTY &&
	    may_guess(l) && l->spec->kind != LIST_CALLS &&
	    (n = number_wildcard(prefix, text, &l->rules)) > 0) {
		for (i = 0; i < n; i++)
			if (facts_add_prefix(l->facts, prefix[i], &line->fact,
			    err) < 0)
				return -1;
		l->result->facts += n;
		l->result->wildcards++;
		return 1;
	}
	if (!number_readable(&cell)) {
		if (cell.status == NUMBER_EMPTY)
			return 0;
		if (cell.status == NUMBER_SERVICE && may_guess(l))
			return 1; /* nobody calls those: nothing to add */
		line_bad(line, number_status_name(
		    (enum number_status)cell.status));
		if (!may_guess(l) && !line->withdrawn)
			return 0;
		line->consent = false;
	}
	for (i = 0; i < cell.count; i++)
		if (line_add(l, line, cell.number[i].key, err) < 0)
			return -1;
	return cell.count;
}

/* AAA,NNNNNNN, and two columns joined by --map. */
static struct span
joined_cell(struct loader *l, char *out, size_t cap)
{
	struct span a = l->cell[l->number[0]], b = l->cell[l->number[1]];
	int n = snprintf(out, cap, "%.*s%.*s", (int)a.n, a.p, (int)b.n, b.p);

	return span_of(out, n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1);
}

/* Returns how many subjects the line named, -1 on failure. */
static int
subjects_add(struct loader *l, struct line *line, struct err *err)
{
	struct span person = span_trim(cell_of(l, COLUMN_PERSON));
	struct span region = cell_of(l, COLUMN_REGION);
	char joined[64];
	int named = 0, got;
	size_t i;

	if (l->field[COLUMN_REGION] >= 0)
		l->rules.region = region.n ? campaign_region(text_of(l,
		    region)) : l->o->rules.region;

	if (l->joined) {
		named = cell_add(l, line, joined_cell(l, joined,
		    sizeof(joined)), err);
	} else {
		for (i = 0; i < l->numbers; i++) {
			got = cell_add(l, line, text_of(l,
			    l->cell[l->number[i]]), err);
			if (got < 0)
				return -1;
			named += got;
		}
	}
	if (named < 0 || person.n == 0)
		return named;
	/* Consent and permission belong to the number where there is one:
	 * they do not spread to the person's other numbers.  Refusals do. */
	if (named > 0 && l->spec->kind == LIST_ALLOW)
		return named;
	if (named > 0 && l->spec->kind == LIST_CONSENT)
		line->consent = false;
	if (line_add(l, line, subject_person(person, facts_seed(l->facts)),
	    err) < 0)
		return -1;
	return named + 1;
}

/*
 * A record that cannot be split.  On a list that blocks, anything in it that
 * reads as a number is blocked all the same.
 */
static int
malformed_add(struct loader *l, struct line *line, const struct csv_row *row,
    struct err *err)
{
	char delimiter = csv_reader_dialect(l->reader)->delimiter;
	struct span rest = row->raw;
	int named = 0, got;

	*line = (struct line){ .fact = { .list = l->id,
	    .until = FACT_FOREVER,
	    .kind = l->spec->kind == LIST_DNC ? FACT_DNC : FACT_LISTED } };
	if (l->spec->kind == LIST_DNC || l->spec->kind == LIST_LISTED) {
		while (rest.n > 0) {
			const char *end = memchr(rest.p, delimiter, rest.n);
			size_t n = end ? (size_t)(end - rest.p) : rest.n;

			got = cell_add(l, line, text_of(l,
			    span_of(rest.p, n)), err);
			if (got < 0)
				return -1;
			named += got;
			n += end != NULL;
			rest = span_of(rest.p + n, rest.n - n);
		}
	}
	line_bad(line, "malformed record");
	return named;
}

/* ---- the loop ---- */

static int
reject_line(struct loader *l, const struct line *line,
    const struct csv_row *row, struct err *err)
{
	struct buf b = BUF_INIT(SIZE_MAX);
	int ret;

	if (l->result->unusable++ == 0) {
		l->result->first_bad = row->line;
		snprintf(l->result->why, sizeof(l->result->why), "%s",
		    line->why);
	}
	if (!l->rejects)
		return 0;
	csv_add_cell(&b, span_str(l->spec->name), ',');
	buf_addc(&b, ',');
	csv_add_cell(&b, span_str(l->spec->path), ',');
	buf_addf(&b, ",%" PRIu64 ",%s,", row->line, line->why);
	csv_add_cell(&b, row->raw, ',');
	buf_addc(&b, '\n');
	ret = buf_check(&b, err);
	if (ret == 0)
		ret = outfile_write(l->rejects, b.p, b.n, err);
	buf_release(&b);
	return ret;
}

static int
row_load(struct loader *l, const struct csv_row *row, struct err *err)
{
	struct line line;
	int named;

	l->result->lines++;
	if (row->status == CSV_ROW_OK) {
		line_read(l, &line);
		named = subjects_add(l, &line, err);
		if (named == 0 && !line.unusable)
			line_bad(&line, "no number");
	} else {
		named = malformed_add(l, &line, row, err);
	}
	if (named < 0)
		return -1;
	if (!line.unusable && line.fact.kind != FACT_CALL &&
	    line.fact.until != FACT_FOREVER &&
	    line.fact.until <= l->o->policy->now)
		l->result->ended++;
	if (!line.unusable)
		return 0;
	if (named > 0 && may_guess(l))
		l->result->blocking++;
	return reject_line(l, &line, row, err);
}

static int
rows_load(struct loader *l, struct err *err)
{
	const struct infile *file = csv_reader_file(l->reader);
	size_t i;
	int got;

	while ((got = csv_reader_next(l->reader, &l->block, err)) > 0) {
		if (interrupt_check(err) < 0 ||
		    csv_split(&l->rows, &l->block,
		    csv_reader_dialect(l->reader), l->want, l->wants,
		    err) < 0)
			return -1;
		l->result->blank += l->rows.blank;
		for (i = 0; i < l->rows.n; i++) {
			l->cell = l->rows.cell + i * l->wants;
			if (row_load(l, &l->rows.row[i], err) < 0)
				return -1;
		}
		if (l->o->progress)
			l->o->progress(l->o->progress_arg, l->spec->name,
			    file->taken, file->size);
	}
	return got;
}

/* Enough of it usable? */
static int
result_check(const struct loader *l, struct err *err)
{
	const struct list_result *r = l->result;

	if (r->lines == 0 && !l->o->empty_ok) {
		err_set(err, ERR_LIST, "it is empty");
		return err_hint(err, "an empty list may be a failed export; "
		    "say --empty-ok when it is meant");
	}
	if ((double)r->unusable * 100 > l->o->max_bad * (double)r->lines) {
		err_set(err, ERR_LIST, "%" PRIu64 " of %" PRIu64 " lines "
		    "cannot be used, over --max-bad %g %%; the first is line "
		    "%" PRIu64 ": %s", r->unusable, r->lines, l->o->max_bad,
		    r->first_bad, r->why);
		return err_hint(err, "%s%s", l->rejects ? "they are in " :
		    "--list-rejects FILE writes them out",
		    l->rejects ? l->o->rejects : "");
	}
	return 0;
}

static int
loader_run(struct loader *l, struct err *err)
{
	struct csv_options csv = {
		.max_record = l->o->max_record,
		.block = l->o->block,
		.blame = ERR_LIST,
		.empty_ok = true, /* result_check() has its own say */
	};
	struct stat st;

	if (csv_reader_open(&l->reader, l->spec->path, &csv, err) < 0) {
		if (err->code == ERR_IO || err->code == ERR_INPUT)
			err->code = ERR_LIST;
		return -1;
	}
	if (fstat(csv_reader_file(l->reader)->fd, &st) == 0 &&
	    S_ISREG(st.st_mode))
		l->result->changed_at = st.st_mtime;
	if (csv_reader_dialect(l->reader)->columns > 0) {
		if (columns_settle(l, err) < 0)
			return err_in(err, "%s", l->spec->path);
		if (rows_load(l, err) < 0)
			return -1;
	}
	return result_check(l, err) < 0 ? err_in(err, "%s", l->spec->path) :
	    0;
}

static void
loader_release(struct loader *l)
{
	csv_reader_close(l->reader);
	csv_block_release(&l->block);
	csv_rows_release(&l->rows);
	buf_release(&l->scratch);
}

/* ---- all lists ---- */

/* Does any consent list name a column of withdrawals?  Looked at before
 * loading, since it decides what every consent has to carry. */
static bool
has_withdrawals(const struct lists_options *o, const struct list_spec *spec)
{
	struct csv_options csv = { .max_record = o->max_record,
		.blame = ERR_LIST };
	struct csv_reader *r;
	const struct span *names;
	struct err ignored;
	bool found = true;
	size_t i, n;

	if (spec->kind != LIST_CONSENT)
		return false;
	if (setting_of(o->map, o->maps, spec->name, COLUMN_WITHDRAWN_AT) ||
	    strcmp(spec->path, "-") == 0)
		return true;
	/* What cannot be opened is reported when it is loaded. */
	if (csv_reader_open(&r, spec->path, &csv, &ignored) < 0)
		return true;
	if (csv_reader_file(r)->size >= 0) {
		names = csv_reader_names(r, &n);
		for (found = false, i = 0; i < n; i++)
			found |= column_means(names[i],
			    COLUMN_WITHDRAWN_AT) > 0;
	}
	csv_reader_close(r);
	return found;
}

/* Is there such a list, and has it the field (COLUMN_FIELDS: none asked)? */
static int
setting_check(const struct lists_options *o, const char *option,
    const char *list, unsigned field, struct err *err)
{
	size_t i;

	for (i = 0; i < o->specs; i++) {
		const struct kind *k = &kinds[o->spec[i].kind];

		if (strcmp(o->spec[i].name, list) != 0)
			continue;
		if (field < COLUMN_FIELDS &&
		    !((k->fields | k->known) >> field & 1))
			return err_set(err, ERR_USAGE, "%s: a %s list has no "
			    "field %s", option, k->name,
			    column_field_name((enum column_field)field));
		return 0;
	}
	return err_set(err, ERR_USAGE, "%s: there is no list '%s' in this run",
	    option, list);
}

static int
options_check(const struct lists_options *o, struct err *err)
{
	size_t i;

	if (o->specs > FACT_LISTS_MAX)
		return err_set(err, ERR_USAGE, "%zu lists are more than %d",
		    o->specs, FACT_LISTS_MAX);
	for (i = 0; i < o->maps; i++)
		if (setting_check(o, "--map", o->map[i].list, o->map[i].field,
		    err) < 0)
			return -1;
	for (i = 0; i < o->date_formats; i++)
		if (setting_check(o, "--date-format", o->date_format[i].list,
		    o->date_format[i].field, err) < 0)
			return -1;
	for (i = 0; i < o->headers; i++)
		if (setting_check(o, "--list-header", o->header[i].list,
		    COLUMN_FIELDS, err) < 0)
			return -1;
	return 0;
}

static int
load_one(struct lists *out, size_t id, const struct lists_options *o,
    bool withdrawals, struct outfile *rejects, struct err *err)
{
	struct loader l = {
		.o = o,
		.spec = &o->spec[id],
		.result = &out->list[id],
		.facts = out->facts,
		.id = (uint8_t)id,
		.rules = o->rules,
		.withdrawals = withdrawals,
		.rejects = rejects->state == OUTFILE_OPEN ? rejects : NULL,
		.scratch = BUF_INIT(1 << 20),
	};
	int ret;

	l.result->kind = l.spec->kind;
	l.result->changed_at = -1;
	l.result->name = strdup(l.spec->name);
	l.result->path = strdup(l.spec->path);
	out->n = id + 1;
	if (!l.result->name || !l.result->path)
		return err_nomem(err);
	ret = loader_run(&l, err);
	loader_release(&l);
	return ret < 0 ? err_in(err, "list %s", l.spec->name) : 0;
}

int
lists_load(struct lists *out, const struct lists_options *o, struct err *err)
{
	static const char head[] = "list,file,line,reason,record\n";
	struct outfile rejects = { 0 };
	bool withdrawals = false;
	struct err second;
	int ret = -1;
	size_t i;

	*out = (struct lists){ 0 };
	if (options_check(o, err) < 0 || facts_new(&out->facts, err) < 0)
		return -1;
	if (!(out->list = calloc(o->specs + 1, sizeof(*out->list)))) {
		err_nomem(err);
		goto out;
	}
	if (o->rejects && (outfile_open(&rejects, o->rejects, err) < 0 ||
	    outfile_write(&rejects, head, sizeof(head) - 1, err) < 0))
		goto out;
	for (i = 0; i < o->specs; i++)
		withdrawals |= has_withdrawals(o, &o->spec[i]);
	for (i = 0; i < o->specs; i++)
		if (load_one(out, i, o, withdrawals, &rejects, err) < 0)
			goto out;
	ret = facts_build(out->facts, policy_calls_needed(o->policy), err);
out:
	/* The unusable lines are wanted most when they ended the run. */
	if (rejects.state == OUTFILE_OPEN && (ret == 0 ||
	    err->code == ERR_LIST) &&
	    (outfile_finish(&rejects, ret == 0 ? err : &second) < 0 ||
	    outfile_publish(&rejects, ret == 0 ? err : &second) < 0))
		ret = -1;
	outfile_discard(&rejects);
	if (ret < 0)
		lists_release(out);
	return ret;
}

void
lists_release(struct lists *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free(l->list[i].name);
		free(l->list[i].path);
	}
	free(l->list);
	facts_free(l->facts);
	*l = (struct lists){ 0 };
}
