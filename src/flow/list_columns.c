#include "flow/list_columns.h"

#include <string.h>

enum { SAMPLE_ROWS = 200 };

/* The columns a kind of list has a use for. */
#define F(field) (1u << COLUMN_##field)
static const struct kind {
	const char *name;
	unsigned fields; /* decide something, or are told in reports */
	unsigned known;  /* may be there and be named, but decide nothing */
	unsigned needed;
} kinds[LIST_KINDS] = {
	[LIST_DNC] = { "dnc",
	    F(NUMBER) | F(REGION) | F(PERSON) | F(REASON) | F(EXPIRES_AT) |
		F(TOPIC) | F(CHANNEL) | F(CAMPAIGN),
	    F(ADDED_AT) | F(SOURCE), 0 },
	[LIST_LISTED] = { "listed",
	    F(NUMBER) | F(REGION) | F(PERSON) | F(REASON) | F(EXPIRES_AT) |
		F(TOPIC) | F(CHANNEL) | F(CAMPAIGN),
	    F(ADDED_AT) | F(SOURCE), 0 },
	[LIST_CONSENT] = { "consent",
	    F(NUMBER) | F(REGION) | F(PERSON) | F(GRANTED_AT) | F(EXPIRES_AT) |
		F(WITHDRAWN_AT) | F(STATUS) | F(PURPOSE) | F(TOPIC) |
		F(CHANNEL) | F(CAMPAIGN),
	    F(ADDED_AT) | F(SOURCE) | F(REASON), 0 },
	[LIST_CALLS] = { "calls",
	    F(NUMBER) | F(REGION) | F(PERSON) | F(CALLED_AT),
	    F(CAMPAIGN) | F(OUTCOME) | F(CHANNEL) | F(REASON), F(CALLED_AT) },
	[LIST_ALLOW] = { "allow",
	    F(NUMBER) | F(REGION) | F(PERSON) | F(EXPIRES_AT) | F(TOPIC) |
		F(CHANNEL) | F(CAMPAIGN),
	    F(ADDED_AT) | F(SOURCE) | F(REASON), 0 },
};
#undef F

const char *
list_kind_name(enum list_kind k)
{
	return kinds[k].name;
}

bool
list_has_field(enum list_kind kind, enum column_field field)
{
	return (kinds[kind].fields | kinds[kind].known) >> field & 1;
}

bool
list_uses_field(enum list_kind kind, enum column_field field)
{
	return kinds[kind].fields >> field & 1;
}

/* What finding works on. */
struct finder {
	struct list_columns *out;
	struct csv_reader *reader;
	const struct list_spec *spec;
	const struct lists_options *o;
	struct csv_rows rows;
	struct buf scratch;
};

const char *
list_setting(const struct list_setting *s, size_t n, const char *list,
    enum column_field field)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i].field == field && strcmp(s[i].list, list) == 0)
			value = s[i].value;
	return value;
}

static struct span
text_of(struct finder *l, struct span cell)
{
	return decode_cell(csv_reader_decoder(l->reader), cell, &l->scratch);
}

/* Is it, or may it mean, a number? */
static bool
looks_like_number(struct finder *l, struct span text)
{
	struct number_cell cell;
	uint64_t prefix[2];

	if (number_wildcard(prefix, text, &l->o->rules) > 0)
		return true;
	number_parse(&cell, text, &l->o->rules);
	return number_readable(&cell) || cell.status == NUMBER_LOCAL ||
	    cell.status == NUMBER_AMBIGUOUS || cell.count > 0;
}

/* AAA,NNNNNNN: the layout of the North American registries. */
static bool
registry_layout(const struct span *names, size_t n)
{
	return n == 2 && span_is_digits(names[0], 3) &&
	    span_is_digits(names[1], 7);
}

/* Is it a number as it stands? */
static bool
is_number(struct finder *l, struct span text)
{
	struct number_cell cell;

	number_parse(&cell, text, &l->o->rules);
	return number_readable(&cell);
}

/* Columns of which most cells in the sample are numbers. */
static int
columns_by_content(struct finder *l, size_t ncolumns,
    bool (*test)(struct finder *, struct span), unsigned *out, size_t *n,
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
		if (filled && 2 * good > filled && *n < LIST_NUMBERS_MAX)
			out[(*n)++] = column;
	}
	return 0;
}

static int
several_columns(struct finder *l, enum column_field field,
    const struct span *names, unsigned a, unsigned b, struct err *err)
{
	char first[128], second[128];

	column_list(first, sizeof(first), &names[a], 1);
	column_list(second, sizeof(second), &names[b], 1);
	err_set(err, ERR_LIST,
	    "columns %u (%s) and %u (%s) may both be its "
	    "%s",
	    a + 1, first, b + 1, second, column_field_name(field));
	return err_hint(err, "say which: --map %s.%s=COLUMN", l->spec->name,
	    column_field_name(field));
}

static bool
permits(enum list_kind kind)
{
	return kind == LIST_CONSENT || kind == LIST_ALLOW;
}

/* Exactly one column of this very name? */
static bool
column_named(const struct span *names, size_t n, const char *name,
    unsigned *out)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++) {
		if (!span_eq_nocase(names[i], span_str(name)))
			continue;
		*out = (unsigned)i;
		found++;
	}
	return found == 1;
}

/* By header name: the columns that mean `field` exactly, or else loosely. */
static size_t
columns_by_name(const struct span *names, size_t n, enum column_field field,
    unsigned *out)
{
	size_t i, found = 0;
	int level;

	/* "note" may mean a reason, but not beside a "reason" */
	if (field != COLUMN_NUMBER &&
	    column_named(names, n, column_field_name(field), &out[0]))
		return 1;
	for (level = 2; level > 0 && found == 0; level--)
		for (i = 0; i < n && found < LIST_NUMBERS_MAX; i++)
			if (column_means(names[i], field) == level)
				out[found++] = (unsigned)i;
	return found;
}

/*
 * The campaign of a consent or permission mostly says where it comes from;
 * only under this name does it say where it ends.
 */
static size_t
campaign_only(const struct span *names, size_t n, unsigned *out)
{
	return column_named(names, n, "campaign_only", out);
}

static int
field_find(struct finder *l, enum column_field field, const struct span *names,
    size_t n, struct err *err)
{
	struct list_columns *out = l->out;
	const char *given = list_setting(l->o->map, l->o->maps, l->spec->name,
	    field);
	unsigned found[LIST_NUMBERS_MAX];
	size_t count;

	out->field[field] = -1;
	if (given) {
		if (column_find(&found[0], span_str(given), names, n,
			csv_reader_has_header(l->reader), ERR_LIST, err) < 0)
			return err_in(err, "--map %s.%s", l->spec->name,
			    column_field_name(field));
		out->field[field] = (int)found[0];
		return 0;
	}
	if (!csv_reader_has_header(l->reader))
		return 0;
	count = field == COLUMN_CAMPAIGN && permits(l->spec->kind) ?
	    campaign_only(names, n, found) :
	    columns_by_name(names, n, field, found);
	/* "marital status" is no consent's */
	if (count && field == COLUMN_STATUS &&
	    column_means(names[found[0]], field) < 2)
		return 0;
	if (count > 1)
		return several_columns(l, field, names, found[0], found[1],
		    err);
	if (count == 1)
		out->field[field] = (int)found[0];
	return 0;
}

static int
no_number_column(const struct finder *l, const struct span *names, size_t n,
    struct err *err)
{
	char list[256];

	column_list(list, sizeof(list), names, n);
	err_set(err, ERR_LIST, "it has no number column (columns: %s)", list);
	return err_hint(err, "name it: --map %s.number=COLUMN%s", l->spec->name,
	    l->o->rules.region == REGION_NONE ?
		"; numbers without a country code need --region CC" :
		"");
}

/*
 * The header's number columns.  On a list that blocks every column of phone
 * numbers is meant; elsewhere the one with the exact name is.
 */
static size_t
number_columns_by_name(const struct finder *l, const struct span *names,
    size_t n, unsigned out[LIST_NUMBERS_MAX])
{
	size_t i, found = 0;

	if (l->spec->kind != LIST_DNC && l->spec->kind != LIST_LISTED)
		return columns_by_name(names, n, COLUMN_NUMBER, out);
	for (i = 0; i < n; i++) {
		if (!column_is_phone(names[i]) &&
		    column_means(names[i], COLUMN_NUMBER) < 2)
			continue;
		if (found < LIST_NUMBERS_MAX)
			out[found] = (unsigned)i;
		found++;
	}
	return found;
}

/* By --map, by name, by content; settles whether there is a header. */
static int
number_columns_find(struct finder *l, const struct span *names, size_t n,
    struct err *err)
{
	struct list_columns *out = l->out;
	const char *given = list_setting(l->o->map, l->o->maps, l->spec->name,
	    COLUMN_NUMBER);
	bool blocks = l->spec->kind == LIST_DNC || l->spec->kind == LIST_LISTED;
	unsigned person[LIST_NUMBERS_MAX];
	bool header = true, said = false;
	size_t i;

	for (i = 0; i < l->o->headers; i++) {
		if (strcmp(l->o->header[i].list, l->spec->name) == 0) {
			said = true;
			header = l->o->header[i].yes;
		}
	}
	if (given) {
		if (column_find(&out->number[0], span_str(given), names, n,
			!said || header, ERR_LIST, err) < 0)
			return err_in(err, "--map %s.number", l->spec->name);
		out->numbers = 1;
	} else if ((!said || header) &&
	    (out->numbers = number_columns_by_name(l, names, n, out->number)) >
		0) {
		/* found by name */
	} else if (registry_layout(names, n) && (!said || !header)) {
		out->number[0] = 0;
		out->number[1] = 1;
		out->numbers = 2;
		out->joined = true;
	} else if ((!said || header) &&
	    (columns_by_name(names, n, COLUMN_PERSON, person) > 0 ||
		list_setting(l->o->map, l->o->maps, l->spec->name,
		    COLUMN_PERSON))) {
		/* a list of persons: of no use to rows that name none */
		if (!l->o->persons) {
			err_set(err, ERR_LIST,
			    "it is keyed by person, and nothing says who the "
			    "rows are");
			return err_hint(err,
			    "--person COLUMN names the campaign's column of "
			    "customer ids; --map %s.number=COLUMN a number "
			    "column of the list",
			    l->spec->name);
		}
		out->numbers = 0;
	} else {
		/* As if the first record were data: then it is one that
		 * counts, and a list of one line is recognised too. */
		csv_reader_set_header(l->reader, false);
		if (columns_by_content(l, n, is_number, out->number,
			&out->numbers, err) < 0 ||
		    (out->numbers == 0 &&
			columns_by_content(l, n, looks_like_number, out->number,
			    &out->numbers, err) < 0))
			return -1;
		if (out->numbers == 0)
			return no_number_column(l, names, n, err);
		if (out->numbers > 1)
			return several_columns(l, COLUMN_NUMBER, names,
			    out->number[0], out->number[1], err);
	}
	if (!said)
		header = !out->joined &&
		    (out->numbers == 0 ||
			!looks_like_number(l, names[out->number[0]]));
	if (out->numbers > LIST_NUMBERS_MAX)
		return err_set(err, ERR_LIST,
		    "it has %zu number columns, more than %d", out->numbers,
		    LIST_NUMBERS_MAX);
	csv_reader_set_header(l->reader, header);
	/* Every number of a do-not-call line is meant; a consent or a call
	 * is about one. */
	if (!blocks && out->numbers > 1 && !out->joined)
		return several_columns(l, COLUMN_NUMBER, names, out->number[0],
		    out->number[1], err);
	return 0;
}

static int
needed_missing(const struct finder *l, const struct span *names, size_t n,
    enum column_field f, struct err *err)
{
	char list[256];

	column_list(list, sizeof(list), names, n);
	err_set(err, ERR_LIST, "it has no %s column (columns: %s)",
	    column_field_name(f), list);
	return err_hint(err, "name it: --map %s.%s=COLUMN", l->spec->name,
	    column_field_name(f));
}

/* How calls ended matters where a cap counts answered ones, or may. */
static bool
outcome_asked(const struct finder *l, unsigned field)
{
	return field == COLUMN_OUTCOME && l->spec->kind == LIST_CALLS &&
	    (l->o->outcomes || policy_asks_answered(l->o->policy));
}

/* Everything about columns, from the header and the settings. */
static int
columns_settle(struct finder *l, struct err *err)
{
	struct list_columns *out = l->out;
	const struct kind *kind = &kinds[l->spec->kind];
	const struct span *names;
	bool known;
	unsigned f;
	size_t n, i;

	names = csv_reader_names(l->reader, &n);
	if (number_columns_find(l, names, n, err) < 0)
		return -1;
	for (f = 0; f < COLUMN_FIELDS; f++) {
		out->field[f] = -1;
		out->date_format[f] = list_setting(l->o->date_format,
		    l->o->date_formats, l->spec->name, (enum column_field)f);
		if (f == COLUMN_NUMBER ||
		    !((kind->fields | kind->known) >> f & 1))
			continue;
		known = kind->known >> f & 1 && !outcome_asked(l, f);
		/* a "country" may be where a person lives: only when told */
		if ((known || f == COLUMN_REGION) &&
		    !list_setting(l->o->map, l->o->maps, l->spec->name,
			(enum column_field)f))
			continue;
		if (field_find(l, (enum column_field)f, names, n, err) < 0)
			return -1;
		if (known)
			out->field[f] = -1;
		if (kind->needed >> f & 1 && out->field[f] < 0)
			return needed_missing(l, names, n, (enum column_field)f,
			    err);
	}
	for (i = 0; i < out->numbers; i++)
		column_want(out->want, &out->wants, out->number[i]);
	for (f = 0; f < COLUMN_FIELDS; f++)
		if (out->field[f] >= 0)
			column_want(out->want, &out->wants,
			    (unsigned)out->field[f]);
	for (i = 0; i < out->numbers; i++)
		out->number[i] = column_place(out->want, out->number[i]);
	for (f = 0; f < COLUMN_FIELDS; f++)
		if (out->field[f] >= 0)
			out->field[f] = (int)column_place(out->want,
			    (unsigned)out->field[f]);
	return 0;
}

int
list_columns_find(struct list_columns *out, struct csv_reader *r,
    const struct list_spec *spec, const struct lists_options *o,
    struct err *err)
{
	struct finder l = { .out = out,
		.reader = r,
		.spec = spec,
		.o = o,
		.scratch = BUF_INIT(1 << 20) };
	int ret;

	*out = (struct list_columns){ 0 };
	ret = columns_settle(&l, err);
	if (ret == 0)
		ret = buf_check(&l.scratch, err);
	csv_rows_release(&l.rows);
	buf_release(&l.scratch);
	return ret;
}

void
list_columns_also(struct list_columns *c, const unsigned *column, size_t n,
    int *place)
{
	unsigned was[COLUMN_FIELDS + LIST_NUMBERS_MAX + LIST_ALSO_MAX];
	size_t i;

	memcpy(was, c->want, sizeof(was));
	for (i = 0; i < n; i++)
		column_want(c->want, &c->wants, column[i]);
	for (i = 0; i < n; i++)
		place[i] = (int)column_place(c->want, column[i]);
	for (i = 0; i < c->numbers; i++)
		c->number[i] = column_place(c->want, was[c->number[i]]);
	for (i = 0; i < COLUMN_FIELDS; i++)
		if (c->field[i] >= 0)
			c->field[i] = (int)column_place(c->want,
			    was[c->field[i]]);
}
