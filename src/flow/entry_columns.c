/*
 * entry_columns.c - which columns of an import hold what: those that a list
 * has, by list_columns.h; beside them those that only the register has.
 */
#include <stdio.h>
#include <string.h>

#include "flow/entry_import_impl.h"

static const char *const also_names[ALSO_FIELDS] = {
	[ALSO_REQUESTED_AT] = "requested_at",
	[ALSO_EFFECTIVE_AT] = "effective_at",
	[ALSO_REVIEW_AT] = "review_at",
	[ALSO_PERMANENT] = "permanent",
	[ALSO_REASON] = "reason",
	[ALSO_SOURCE] = "source",
	[ALSO_AUTHOR] = "author",
	[ALSO_APPROVED_BY] = "approved_by",
	[ALSO_EVIDENCE] = "evidence",
	[ALSO_EVIDENCE_SHA256] = "evidence_sha256",
	[ALSO_NOTE] = "note",
	[ALSO_ID] = "id",
	[ALSO_OUTCOME] = "outcome",
	[ALSO_ANSWERED_AT] = "answered_at",
	[ALSO_CAMPAIGN] = "campaign",
};

/* ---- settings ---- */

static bool
is_date(enum column_field f)
{
	return f == COLUMN_EXPIRES_AT || f == COLUMN_GRANTED_AT ||
	    f == COLUMN_WITHDRAWN_AT || f == COLUMN_CALLED_AT;
}

/* "dnc.number" for "number" too: messages about lists say it so. */
static const char *
field_name(const struct importer *m, const char *field)
{
	size_t n = strlen(m->spec.name);

	return strncmp(field, m->spec.name, n) == 0 && field[n] == '.' ?
	    field + n + 1 :
	    field;
}

static bool
also_has(const struct importer *m, enum also f)
{
	bool call = f >= ALSO_ID;

	if (f == ALSO_REASON || f == ALSO_PERMANENT)
		return f == ALSO_PERMANENT ?
		    m->o->kind == LIST_DNC :
		    m->o->kind == LIST_CONSENT || m->o->kind == LIST_ALLOW;
	return call == (m->o->kind == LIST_CALLS);
}

static int
also_find(const struct importer *m, const char *field, enum also *out)
{
	unsigned f;

	/* a list's own word for it */
	if (strcmp(field, column_field_name(COLUMN_ADDED_AT)) == 0)
		field = also_names[ALSO_REQUESTED_AT];
	for (f = 0; f < ALSO_FIELDS; f++) {
		if (also_has(m, f) && strcmp(also_names[f], field) == 0) {
			*out = f;
			return 1;
		}
	}
	return 0;
}

static int
no_field(const struct importer *m, const char *option, const char *field,
    struct err *err)
{
	char list[512];
	size_t k = 0;
	unsigned f;

	for (f = 0; f < COLUMN_FIELDS; f++)
		if (list_uses_field(m->o->kind, (enum column_field)f))
			k += (size_t)snprintf(list + k, sizeof(list) - k,
			    "%s%s", k ? ", " : "",
			    column_field_name((enum column_field)f));
	for (f = 0; f < ALSO_FIELDS; f++)
		if (also_has(m, f) && k < sizeof(list))
			k += (size_t)snprintf(list + k, sizeof(list) - k,
			    ", %s", also_names[f]);
	err_set(err, ERR_USAGE, "%s: there is no field '%s' here", option,
	    field);
	return err_hint(err, "fields are %s", list);
}

static int
maps_settle(struct importer *m, struct err *err)
{
	enum column_field f;
	enum also a;
	size_t i;

	for (i = 0; i < m->o->maps; i++) {
		const char *name = field_name(m, m->o->map[i].field);

		if (also_find(m, name, &a))
			m->also_given[a] = m->o->map[i].value;
		else if (column_field_parse(&f, span_str(name)) &&
		    list_uses_field(m->o->kind, f))
			m->map[m->lists.maps++] = (struct list_setting){
				m->spec.name, f, m->o->map[i].value
			};
		else
			return no_field(m, "--map", name, err);
	}
	return 0;
}

/* One format for every field of the list that is a date. */
static void
format_all(struct importer *m, const char *format)
{
	unsigned f;

	for (f = 0; f < COLUMN_FIELDS; f++)
		if (is_date(f))
			m->format[m->lists.date_formats++] =
			    (struct list_setting){ m->spec.name, f, format };
	for (f = 0; f < ALSO_FIELDS; f++)
		m->also_format[f] = format;
}

static int
formats_settle(struct importer *m, struct err *err)
{
	enum column_field f;
	enum also a;
	size_t i;

	for (i = 0; i < m->o->formats; i++) {
		const struct entry_setting *s = &m->o->format[i];
		const char *name = s->field ? field_name(m, s->field) : NULL;

		if (!name)
			format_all(m, s->value);
		else if (also_find(m, name, &a))
			m->also_format[a] = s->value;
		else if (column_field_parse(&f, span_str(name)) && is_date(f))
			m->format[m->lists.date_formats++] =
			    (struct list_setting){ m->spec.name, f, s->value };
		else
			return no_field(m, "--date-format", name, err);
	}
	return 0;
}

/* Places of a layout are settings that nobody has to give. */
static int
layout_settle(struct importer *m, const struct span *names, size_t n,
    struct err *err)
{
	static const char *const places[] = { "0", "1", "2", "3", "4", "5", "6",
		"7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17" };
	const struct call_layout *l = m->o->layout;

	if (!l || !l->number)
		return 0;
	if (n < l->columns)
		return err_set(err, ERR_INPUT,
		    "it has %zu columns, and a log of %s has %u or more", n,
		    l->name, l->columns);
	m->map[m->lists.maps++] = (struct list_setting){ m->spec.name,
		COLUMN_NUMBER, places[l->number] };
	m->map[m->lists.maps++] = (struct list_setting){ m->spec.name,
		COLUMN_CALLED_AT, places[l->called_at] };
	if (l->person)
		m->map[m->lists.maps++] = (struct list_setting){ m->spec.name,
			COLUMN_PERSON, places[l->person] };
	if (l->id && l->id <= n)
		m->also_given[ALSO_ID] = places[l->id];
	if (l->outcome)
		m->also_given[ALSO_OUTCOME] = places[l->outcome];
	if (l->answered)
		m->also_given[ALSO_ANSWERED_AT] = places[l->answered];
	if (l->campaign)
		m->also_given[ALSO_CAMPAIGN] = places[l->campaign];
	m->header = (struct list_header){ m->spec.name,
		m->o->header_said ? m->o->header :
				    call_layout_header(l, names, n) };
	m->lists.headers = 1;
	return 0;
}

/* ---- columns ---- */

/* Is it one that the list itself has a use for? */
static bool
is_wanted(const struct importer *m, unsigned column)
{
	size_t i;

	for (i = 0; i < m->columns.wants; i++)
		if (m->columns.want[i] == column)
			return true;
	return false;
}

/* Does this header name mean that field? */
static bool
also_means(struct span name, enum also f)
{
	if (span_eq_nocase(name, span_str(also_names[f])))
		return true;
	switch (f) {
	case ALSO_REQUESTED_AT:
		return column_means(name, COLUMN_ADDED_AT) == 2 &&
		    !span_eq_nocase(name,
			span_str(also_names[ALSO_EFFECTIVE_AT]));
	case ALSO_SOURCE:
		return column_means(name, COLUMN_SOURCE) == 2;
	case ALSO_OUTCOME:
		return column_means(name, COLUMN_OUTCOME) == 2;
	case ALSO_CAMPAIGN:
		return column_means(name, COLUMN_CAMPAIGN) == 2;
	case ALSO_ID:
		return call_layout_is_id(name);
	default:
		return false;
	}
}

/* The column of a field: by --map, by its own name, by a synonym; -1: none. */
static int
also_column(struct importer *m, enum also f, const struct span *names, size_t n,
    int *column, struct err *err)
{
	unsigned found;
	size_t i;

	*column = -1;
	if (m->also_given[f]) {
		if (column_find(&found, span_str(m->also_given[f]), names, n,
			csv_reader_has_header(m->csv), ERR_INPUT, err) < 0)
			return err_in(err, "--map %s", also_names[f]);
		*column = (int)found;
		return 0;
	}
	if (!csv_reader_has_header(m->csv) ||
	    (m->o->layout && m->o->layout->number))
		return 0;
	for (i = 0; i < n; i++) {
		if (is_wanted(m, (unsigned)i) || !also_means(names[i], f))
			continue;
		if (*column < 0 ||
		    span_eq_nocase(names[i], span_str(also_names[f])))
			*column = (int)i;
	}
	return 0;
}

static int
also_settle(struct importer *m, const struct span *names, size_t n,
    struct err *err)
{
	unsigned column[ALSO_FIELDS], f;
	int place[ALSO_FIELDS], at;
	enum also field[ALSO_FIELDS];
	size_t i, k = 0;

	for (f = 0; f < ALSO_FIELDS; f++) {
		m->also[f] = -1;
		if (!also_has(m, f))
			continue;
		if (also_column(m, f, names, n, &at, err) < 0)
			return -1;
		if (at < 0)
			continue;
		field[k] = f;
		column[k++] = (unsigned)at;
	}
	list_columns_also(&m->columns, column, k, place);
	for (i = 0; i < k; i++)
		m->also[field[i]] = place[i];
	return 0;
}

int
entry_columns_settle(struct importer *m, struct err *err)
{
	const struct span *names;
	size_t n;

	names = csv_reader_names(m->csv, &n);
	if (m->o->header_said) {
		m->header = (struct list_header){ m->spec.name, m->o->header };
		m->lists.headers = 1;
	}
	if (maps_settle(m, err) < 0 || formats_settle(m, err) < 0 ||
	    layout_settle(m, names, n, err) < 0 ||
	    list_columns_find(&m->columns, m->csv, &m->spec, &m->lists, err) <
		0)
		return -1;
	return also_settle(m, names, n, err);
}
