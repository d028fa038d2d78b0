#include "refresh_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flow/list_columns.h"
#include "flow/overlay.h"
#include "option.h"
#include "text/columns.h"
#include "text/conf.h"
#include "value.h"

enum { NAME_LONGEST = 32, FEEDS_MAX = 256, LISTS_MAX = 250 };

static const char PREFIX[] = "list \"";

/* What is settled once a section is known whole. */
struct refresh_conf_list {
	int line;           /* of its section */
	const char **cover; /* coverage as it is written */
	int *cover_line;
	size_t covers;
	bool kind, layout, region, shrink, keep; /* said */
	bool base_layout;
};

/* A section's setting being taken. */
struct setting {
	struct refresh_conf *c;
	struct feed_list *l;
	struct refresh_conf_list *more;
	const char *value;
	int line;
};

bool
refresh_conf_section(const char *section)
{
	return strcmp(section, "refresh") == 0 ||
	    strncmp(section, PREFIX, sizeof(PREFIX) - 1) == 0;
}

/* ---- memory ---- */

/* Takes over `p`; NULL with ERR_NOMEM when there is none. */
static char *
keep(struct refresh_conf *c, char *p, struct err *err)
{
	char **kept = reallocarray(c->kept, c->nkept + 1, sizeof(*kept));

	if (kept)
		c->kept = kept;
	if (!p || !kept) {
		free(p);
		err_nomem(err);
		return NULL;
	}
	kept[c->nkept++] = p;
	return p;
}

static const char *
keep_text(struct refresh_conf *c, const char *s, struct err *err)
{
	return keep(c, strdup(s), err);
}

/* A path, from the folder of scrub.conf on. */
static const char *
keep_path(struct refresh_conf *c, const char *s, struct err *err)
{
	char *path;

	if (*s == '/')
		return keep_text(c, s, err);
	if (asprintf(&path, "%s/%s", c->dir, s) < 0)
		path = NULL;
	return keep(c, path, err);
}

void
refresh_conf_release(struct refresh_conf *c)
{
	size_t i;

	for (i = 0; i < c->lists; i++) {
		free(c->list[i].feed);
		free(c->more[i].cover);
		free(c->more[i].cover_line);
	}
	for (i = 0; i < c->nkept; i++)
		free(c->kept[i]);
	free(c->kept);
	free(c->list);
	free(c->more);
	free(c->path);
	free(c->dir);
	*c = (struct refresh_conf){ 0 };
}

/* ---- values ---- */

static int
yes_no(bool *out, const char *value, struct err *err)
{
	int b = option_bool(value);

	if (b < 0)
		return err_set(err, ERR_USAGE, "'%s' is neither yes nor no",
		    value);
	*out = b;
	return 0;
}

/* 31d, 12h, 4w; or the word for no limit, which is 0. */
static int
age(int64_t *out, const char *value, const char *none, struct err *err)
{
	char *end;
	unsigned long n;
	int64_t unit;

	if (strcmp(value, none) == 0) {
		*out = 0;
		return 0;
	}
	n = strtoul(value, &end, 10);
	unit = strcmp(end, "h") == 0 ? 3600 :
	    strcmp(end, "d") == 0    ? 86400 :
	    strcmp(end, "w") == 0    ? 7 * 86400 :
				       0;
	if (*value < '0' || *value > '9' || !unit || n == 0 || n > 100000) {
		err_set(err, ERR_USAGE, "'%s' is no age", value);
		return err_hint(err, "write 31d, 12h, 4w or %s", none);
	}
	*out = (int64_t)n * unit;
	return 0;
}

static int
whole_number(uint64_t *out, const char *value, struct err *err)
{
	size_t n;

	if (value_count(&n, value, 0, 1000000000000, err) < 0)
		return -1;
	*out = n;
	return 0;
}

static int
list_kind(enum list_kind *out, const char *value, struct err *err)
{
	unsigned k;

	for (k = 0; k < LIST_KINDS; k++) {
		if (strcmp(value, list_kind_name((enum list_kind)k)) != 0)
			continue;
		*out = (enum list_kind)k;
		return 0;
	}
	err_set(err, ERR_USAGE, "'%s' is no kind of list", value);
	return err_hint(err, "kinds are dnc, listed, consent, calls, allow");
}

static int
layout(enum feed_layout *out, const char *value, struct err *err)
{
	if (feed_layout_parse(out, span_str(value)))
		return 0;
	err_set(err, ERR_USAGE, "'%s' is no layout", value);
	return err_hint(err,
	    "layouts are lines, csv, registry, changes, dncl-xml");
}

/* ---- settings ---- */

static int
take_feed(struct setting *s, struct err *err)
{
	const char **p = reallocarray(s->l->feed, s->l->feeds + 1, sizeof(*p));

	if (!p)
		return err_nomem(err);
	s->l->feed = p;
	if (s->l->feeds == FEEDS_MAX)
		return err_set(err, ERR_USAGE, "more than %d feeds", FEEDS_MAX);
	if (!*s->value)
		return err_set(err, ERR_USAGE, "it names no file or folder");
	if (!(p[s->l->feeds] = keep_path(s->c, s->value, err)))
		return -1;
	s->l->feeds++;
	return 0;
}

static int
take_layout(struct setting *s, struct err *err)
{
	s->more->layout = true;
	return layout(&s->l->layout, s->value, err);
}

static int
take_kind(struct setting *s, struct err *err)
{
	s->more->kind = true;
	return list_kind(&s->l->kind, s->value, err);
}

static int
take_region(struct setting *s, struct err *err)
{
	s->more->region = true;
	return value_region(&s->l->rules.region, s->value, err);
}

static int
take_area(struct setting *s, struct err *err)
{
	return value_area(&s->l->rules, s->value, err);
}

static int
take_max_age(struct setting *s, struct err *err)
{
	return age(&s->l->limits.max_age, s->value, "never", err);
}

static int
take_keep(struct setting *s, struct err *err)
{
	s->more->keep = true;
	return age(&s->l->keep, s->value, "all", err);
}

static int
take_max_shrink(struct setting *s, struct err *err)
{
	s->more->shrink = true;
	return value_number(&s->l->limits.max_shrink, s->value, 0, 100, err);
}

static int
take_max_bad(struct setting *s, struct err *err)
{
	return value_number(&s->l->limits.max_bad, s->value, 0, 100, err);
}

static int
take_min_count(struct setting *s, struct err *err)
{
	return whole_number(&s->l->limits.min_count, s->value, err);
}

static int
take_empty_ok(struct setting *s, struct err *err)
{
	return yes_no(&s->l->limits.empty_ok, s->value, err);
}

static int
take_owner(struct setting *s, struct err *err)
{
	return (s->l->owner = keep_text(s->c, s->value, err)) ? 0 : -1;
}

static int
take_encoding(struct setting *s, struct err *err)
{
	return (s->l->encoding = keep_text(s->c, s->value, err)) ? 0 : -1;
}

/* In words, too: behind a blank, inih takes a semicolon for a comment. */
static int
take_delimiter(struct setting *s, struct err *err)
{
	static const struct {
		const char *word;
		char c;
	} words[] = { { "comma", ',' }, { "semicolon", ';' }, { "tab", '\t' },
		{ "pipe", '|' }, { ",", ',' }, { ";", ';' }, { "|", '|' } };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(s->value, words[i].word) != 0)
			continue;
		s->l->delimiter = words[i].c;
		return 0;
	}
	err_set(err, ERR_USAGE, "'%s' is no delimiter", s->value);
	return err_hint(err, "write comma, semicolon, tab or pipe");
}

static int
take_header(struct setting *s, struct err *err)
{
	s->l->header_said = true;
	return yes_no(&s->l->header, s->value, err);
}

static int
take_coverage(struct setting *s, struct err *err)
{
	struct refresh_conf_list *m = s->more;
	const char **cover = reallocarray(m->cover, m->covers + 1,
	    sizeof(*cover));
	int *line = reallocarray(m->cover_line, m->covers + 1, sizeof(*line));

	if (cover)
		m->cover = cover;
	if (line)
		m->cover_line = line;
	if (!cover || !line)
		return err_nomem(err);
	line[m->covers] = s->line;
	if (!(cover[m->covers] = keep_text(s->c, s->value, err)))
		return -1;
	m->covers++;
	return 0;
}

static int
take_base(struct setting *s, struct err *err)
{
	return (s->l->base = keep_path(s->c, s->value, err)) ? 0 : -1;
}

static int
take_base_layout(struct setting *s, struct err *err)
{
	s->more->base_layout = true;
	if (layout(&s->l->base_layout, s->value, err) < 0)
		return -1;
	return s->l->base_layout != FEED_CHANGES ?
	    0 :
	    err_set(err, ERR_USAGE, "change lists change no change list");
}

static int
take_base_sequence(struct setting *s, struct err *err)
{
	return whole_number(&s->l->base_sequence, s->value, err);
}

static const struct key {
	const char *name;
	int (*take)(struct setting *s, struct err *err);
} keys[] = {
	{ "feed", take_feed },
	{ "layout", take_layout },
	{ "kind", take_kind },
	{ "region", take_region },
	{ "area", take_area },
	{ "max-age", take_max_age },
	{ "keep", take_keep },
	{ "max-shrink", take_max_shrink },
	{ "max-bad", take_max_bad },
	{ "min-count", take_min_count },
	{ "empty-ok", take_empty_ok },
	{ "owner", take_owner },
	{ "encoding", take_encoding },
	{ "delimiter", take_delimiter },
	{ "header", take_header },
	{ "coverage", take_coverage },
	{ "base", take_base },
	{ "base-layout", take_base_layout },
	{ "base-sequence", take_base_sequence },
};

/* map.FIELD and date-format.FIELD. */
static int
take_field(struct setting *s, struct list_setting *to, size_t *n,
    const char *field, struct err *err)
{
	enum column_field f;

	if (!column_field_parse(&f, span_str(field)))
		return err_set(err, ERR_USAGE, "there is no field %s", field);
	if (*n == FEED_MAPS_MAX)
		return err_set(err, ERR_USAGE, "more than %d of them",
		    FEED_MAPS_MAX);
	to[*n] = (struct list_setting){ s->l->name, f,
		keep_text(s->c, s->value, err) };
	if (!to[*n].value)
		return -1;
	++*n;
	return 0;
}

static int
take_map(struct setting *s, const char *field, struct err *err)
{
	const char **to = strcmp(field, "action") == 0 ? &s->l->action :
	    strcmp(field, "sequence") == 0             ? &s->l->sequence :
							 NULL;

	if (!to)
		return take_field(s, s->l->map, &s->l->maps, field, err);
	return (*to = keep_text(s->c, s->value, err)) ? 0 : -1;
}

static int
unknown_key(struct err *err)
{
	err_set(err, ERR_USAGE, "a list has no such setting");
	return err_hint(err,
	    "settings are feed, layout, kind, region, area, max-age, "
	    "keep, max-shrink, max-bad, min-count, empty-ok, owner, encoding, "
	    "delimiter, header, coverage, base, base-layout, base-sequence, "
	    "map.FIELD, date-format.FIELD");
}

static int
take(struct setting *s, const char *key, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(key, keys[i].name) == 0)
			return keys[i].take(s, err);
	if (strncmp(key, "map.", 4) == 0)
		return take_map(s, key + 4, err);
	if (strncmp(key, "date-format.", 12) == 0)
		return take_field(s, s->l->date_format, &s->l->date_formats,
		    key + 12, err);
	return unknown_key(err);
}

/* ---- sections ---- */

/* The NAME in [list "NAME"]. */
static int
section_name(char out[NAME_LONGEST + 1], const char *section, struct err *err)
{
	const char *name = section + sizeof(PREFIX) - 1;
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");
	unsigned i;

	if (strncmp(section, PREFIX, sizeof(PREFIX) - 1) != 0 || n == 0 ||
	    n > NAME_LONGEST || strcmp(name + n, "\"") != 0) {
		err_set(err, ERR_USAGE, "[%s] names no list", section);
		return err_hint(err,
		    "write [list \"NAME\"], with at most %d of a-z, 0-9, - "
		    "and _",
		    NAME_LONGEST);
	}
	snprintf(out, NAME_LONGEST + 1, "%.*s", (int)n, name);
	for (i = 0; i < OVERLAY_LISTS; i++)
		if (strcmp(out, overlay_list_name((enum overlay_list)i)) == 0)
			return err_set(err, ERR_USAGE,
			    "'%s' is a list of the register's own", out);
	return 0;
}

static int
list_add(struct refresh_conf *c, const char *name, int line, struct err *err)
{
	struct feed_list *list = reallocarray(c->list, c->lists + 1,
	    sizeof(*list));
	struct refresh_conf_list *more;

	if (!list)
		return err_nomem(err);
	c->list = list;
	more = reallocarray(c->more, c->lists + 1, sizeof(*more));
	if (!more)
		return err_nomem(err);
	c->more = more;
	if (c->lists == LISTS_MAX)
		return err_set(err, ERR_USAGE, "more than %d lists", LISTS_MAX);
	list[c->lists] = (struct feed_list){
		.kind = LIST_LISTED,
		.layout = FEED_CSV,
		.base_layout = FEED_CSV,
		.limits = { .max_shrink = 10,
		    .max_bad = 1,
		    .max_age = 31 * INT64_C(86400) },
		.name = keep_text(c, name, err),
	};
	more[c->lists] = (struct refresh_conf_list){ .line = line };
	if (!list[c->lists].name)
		return -1;
	c->lists++;
	return 0;
}

static int
section_begin(struct refresh_conf *c, const char *section, int line,
    struct err *err)
{
	char name[NAME_LONGEST + 1];
	size_t i;

	/* [lists] is of runs */
	if (strncmp(section, "list", 4) != 0 || strcmp(section, "lists") == 0)
		return 0;
	if (section_name(name, section, err) < 0)
		return -1;
	for (i = 0; i < c->lists; i++)
		if (strcmp(c->list[i].name, name) == 0)
			return err_set(err, ERR_USAGE,
			    "list '%s' stands in line %d already", name,
			    c->more[i].line);
	return list_add(c, name, line, err);
}

static int
list_take(struct refresh_conf *c, const char *section, const char *key,
    const char *value, int line, struct err *err)
{
	char name[NAME_LONGEST + 1];
	struct setting s = { .c = c, .value = value, .line = line };
	size_t i;

	if (section_name(name, section, err) < 0)
		return -1;
	for (i = 0; i < c->lists; i++) {
		if (strcmp(c->list[i].name, name) != 0)
			continue;
		s.l = &c->list[i];
		s.more = &c->more[i];
		return take(&s, key, err) < 0 ? err_in(err, "%s", key) : 0;
	}
	return err_set(err, ERR_INTERNAL, "a section that has not begun");
}

static int
shared_take(struct refresh_conf *c, const char *key, const char *value,
    struct err *err)
{
	if (strcmp(key, "tz") == 0)
		return (c->tz = keep_text(c, value, err)) ? 0 : -1;
	if (strcmp(key, "region") == 0)
		return value_region(&c->rules.region, value, err);
	if (strcmp(key, "area") == 0)
		return value_area(&c->rules, value, err);
	return 0;
}

static int
refresh_take(struct refresh_conf *c, const char *key, const char *value,
    struct err *err)
{
	if (strcmp(key, "keep-generations") == 0)
		return value_count(&c->keep, value, 1, 1000, err) < 0 ?
		    err_in(err, "%s", key) :
		    0;
	err_set(err, ERR_USAGE, "there is no setting '%s'", key);
	return err_hint(err, "the one of [refresh] is keep-generations");
}

static int
conf_take(void *arg, const char *section, const char *key, const char *value,
    int line, struct err *err)
{
	struct refresh_conf *c = arg;
	int ret;

	if (!key)
		ret = section_begin(c, section, line, err);
	else if (strcmp(section, "refresh") == 0)
		ret = refresh_take(c, key, value, err);
	else if (refresh_conf_section(section))
		ret = list_take(c, section, key, value, line, err);
	else
		ret = shared_take(c, key, value, err);
	return ret < 0 ? err_in(err, "%s: line %d", c->path, line) : 0;
}

/* ---- what goes together ---- */

/* One prefix of a coverage: +1416, or an area code of the list's region. */
static int
cover_one(struct feed_list *l, struct span s, struct err *err)
{
	bool plus = s.n && *s.p == '+';
	unsigned cc = plus ? 0 : region_calling_code(l->rules.region);
	char text[24];
	size_t i, n;

	/* +86 0755 is +86 755 */
	if (plus || (s.n > 1 && *s.p == '0'))
		s = span_of(s.p + 1, s.n - 1);
	for (i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		;
	if (s.n == 0 || s.n > 15 || i < s.n || *s.p == '0')
		return err_set(err, ERR_USAGE,
		    "'%.*s' is no area code or prefix", (int)s.n, s.p);
	if (!plus && !cc) {
		err_set(err, ERR_USAGE, "'%.*s' is of no country", (int)s.n,
		    s.p);
		return err_hint(err,
		    "write it with a plus and country code, or say region");
	}
	if (l->coverages == FEED_COVERAGE_MAX)
		return err_set(err, ERR_USAGE, "more than %d prefixes",
		    FEED_COVERAGE_MAX);
	n = plus ? 0 : (size_t)snprintf(text, sizeof(text), "%u", cc);
	memcpy(text + n, s.p, s.n);
	text[n + s.n] = '\0';
	l->coverage[l->coverages++] = strtoull(text, NULL, 10);
	return 0;
}

static int
coverage_settle(struct feed_list *l, const struct refresh_conf_list *m,
    int *line, struct err *err)
{
	size_t i;

	for (i = 0; i < m->covers; i++) {
		const char *p = m->cover[i];

		*line = m->cover_line[i];
		while (*p) {
			size_t skip = strspn(p, ", \t");
			size_t n = strcspn(p + skip, ", \t");

			if (n && cover_one(l, span_of(p + skip, n), err) < 0)
				return err_in(err, "coverage");
			p += skip + n;
		}
	}
	return 0;
}

static int
kind_settle(const struct feed_list *l, const struct refresh_conf_list *m,
    struct err *err)
{
	bool blocks = l->kind == LIST_DNC || l->kind == LIST_LISTED;
	size_t i;

	if (!blocks &&
	    (l->layout == FEED_REGISTRY || l->layout == FEED_DNCL_XML ||
		l->layout == FEED_CHANGES))
		return err_set(err, ERR_USAGE,
		    "layout %s is for kinds dnc and listed",
		    feed_layout_name(l->layout));
	if (l->kind == LIST_CALLS && l->layout == FEED_LINES)
		return err_set(err, ERR_USAGE,
		    "kind calls needs dates: layout csv");
	if (l->kind != LIST_CALLS && m->keep)
		return err_set(err, ERR_USAGE, "keep is for kind calls");
	for (i = 0; i < l->maps; i++)
		if (!list_has_field(l->kind, l->map[i].field))
			return err_set(err, ERR_USAGE,
			    "a %s list has no field %s",
			    list_kind_name(l->kind),
			    column_field_name(l->map[i].field));
	return 0;
}

static int
changes_settle(const struct feed_list *l, const struct refresh_conf_list *m,
    struct err *err)
{
	if (l->layout == FEED_CHANGES)
		return 0;
	if (l->base || m->base_layout || l->base_sequence || l->action ||
	    l->sequence)
		return err_set(err, ERR_USAGE,
		    "base, base-layout, base-sequence, map.action and "
		    "map.sequence are for layout changes");
	return 0;
}

/* Whose numbers those are that say no country: the registries' layouts tell. */
static void
region_settle(const struct refresh_conf *c, struct feed_list *l,
    const struct refresh_conf_list *m)
{
	bool north = l->layout == FEED_REGISTRY ||
	    (l->base && l->base_layout == FEED_REGISTRY);

	if (m->region)
		return;
	if (north)
		l->rules.region = region_code(SPAN("US"));
	else if (l->layout == FEED_DNCL_XML)
		l->rules.region = region_code(SPAN("CA"));
	else
		l->rules = c->rules;
}

static int
list_settle(const struct refresh_conf *c, struct feed_list *l,
    const struct refresh_conf_list *m, int *line, struct err *err)
{
	*line = m->line;
	if (l->feeds == 0) {
		err_set(err, ERR_USAGE, "list '%s' has no feed", l->name);
		return err_hint(err, "feed = FILE or FOLDER");
	}
	if (l->kind == LIST_CALLS && !m->shrink)
		l->limits.max_shrink = 100; /* logs begin anew */
	region_settle(c, l, m);
	if (kind_settle(l, m, err) < 0 || changes_settle(l, m, err) < 0)
		return err_in(err, "list '%s'", l->name);
	return coverage_settle(l, m, line, err);
}

/* ---- which file ---- */

static int
file_read(struct refresh_conf *c, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	size_t i;
	int line;

	c->path = strdup(path);
	c->dir = !slash   ? strdup(".") :
	    slash == path ? strdup("/") :
			    strndup(path, (size_t)(slash - path));
	if (!c->path || !c->dir)
		return err_nomem(err);
	if (conf_read(path, conf_take, c, err) < 0) {
		if (err->code == ERR_IO)
			err->code = ERR_USAGE;
		return -1;
	}
	for (i = 0; i < c->lists; i++)
		if (list_settle(c, &c->list[i], &c->more[i], &line, err) < 0)
			return err_in(err, "%s: line %d", c->path, line);
	return 0;
}

int
refresh_conf_read(struct refresh_conf *c, const char *named, const char *home,
    struct err *err)
{
	const char *env = getenv("SCRUB_CONF");
	struct stat st;

	*c = (struct refresh_conf){ .keep = REFRESH_KEEP };
	if (named)
		return file_read(c, named, err);
	if (env && *env)
		return file_read(c, env, err) < 0 ? err_in(err, "$SCRUB_CONF") :
						    0;
	return lstat(home, &st) == 0 ? file_read(c, home, err) : 0;
}
