#include "run_options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "flow/pipeline.h"
#include "value.h"

/* Repeated options that the command line replaces instead of adding to. */
enum {
	REPLACE_COLUMN = 1,
	REPLACE_TYPES = 2,
	REPLACE_ADD = 4,
	REPLACE_REGIONS = 8
};

/* ---- keeping strings ---- */

char *
run_options_keep(struct run_options *r, char *s, struct err *err)
{
	char **grown = reallocarray(r->kept.s, r->kept.n + 1, sizeof(*grown));

	if (!s || !grown) {
		free(s);
		if (grown)
			r->kept.s = grown;
		err_nomem(err);
		return NULL;
	}
	r->kept.s = grown;
	return r->kept.s[r->kept.n++] = s;
}

static char *
copy(struct run_options *r, const char *s, struct err *err)
{
	return run_options_keep(r, strdup(s), err);
}

static char *
copy_n(struct run_options *r, const char *s, size_t n, struct err *err)
{
	return run_options_keep(r, strndup(s, n), err);
}

/* A path in scrub.conf is relative to where that file is. */
static char *
path(struct run_options *r, const char *s, struct err *err)
{
	char *joined;

	if (!r->conf_dir || s[0] == '/' || strcmp(s, "-") == 0)
		return copy(r, s, err);
	if (asprintf(&joined, "%s/%s", r->conf_dir, s) < 0)
		joined = NULL;
	return run_options_keep(r, joined, err);
}

/* One more element for an array in *r. */
#define GROW(array, n, err) \
	grow((void **)&(array), (n), sizeof(*(array)), (err))

static int
grow(void **array, size_t n, size_t size, struct err *err)
{
	void *p = reallocarray(*array, n + 1, size);

	if (!p)
		return err_nomem(err);
	*array = p;
	memset((char *)p + n * size, 0, size);
	return 0;
}

/* The first time the command line names them, those of scrub.conf go. */
static bool
begins(struct run_options *r, unsigned char what)
{
	if (r->conf_dir || r->replaced & what)
		return false;
	r->replaced |= what;
	return true;
}

/* Call `each` for every part of a list with commas. */
static int
comma_list(struct run_options *r, const char *value,
    int (*each)(struct run_options *, struct span, struct err *),
    struct err *err)
{
	const char *p = value;

	for (;;) {
		size_t n = strcspn(p, ",");
		struct span part = span_trim(span_of(p, n));

		if (part.n == 0)
			return err_set(err, ERR_USAGE,
			    "'%s' has an empty "
			    "part",
			    value);
		if (each(r, part, err) < 0)
			return -1;
		if (!p[n])
			return 0;
		p += n + 1;
	}
}

/* ---- lists ---- */

static int
list_add(struct run_options *r, enum list_kind kind, const char *name,
    const char *file, struct err *err)
{
	size_t n = r->o.lists.specs;

	if (GROW(r->spec, n, err) < 0)
		return -1;
	r->spec[n] = (struct list_spec){ kind, name, path(r, file, err) };
	if (!r->spec[n].path)
		return -1;
	r->o.lists.specs++;
	return 0;
}

#define LIST_OPTION(fn, kind) \
	static int fn(void *ctx, const char *value, struct err *err) \
	{ \
		return list_add(ctx, kind, list_kind_name(kind), value, err); \
	}

LIST_OPTION(take_dnc, LIST_DNC)
LIST_OPTION(take_consent, LIST_CONSENT)
LIST_OPTION(take_calls, LIST_CALLS)
LIST_OPTION(take_allow, LIST_ALLOW)

static int
list_name_check(struct span name, struct err *err)
{
	size_t i;
	unsigned k;

	for (i = 0; i < name.n; i++)
		if (!isalnum((unsigned char)name.p[i]) &&
		    !memchr("_-", name.p[i], 2))
			break;
	if (name.n == 0 || name.n > 32 || i < name.n)
		return err_set(err, ERR_USAGE,
		    "'%.*s' is no list name: "
		    "letters, digits, - and _, up to 32",
		    (int)name.n, name.p);
	for (k = 0; k < LIST_KINDS; k++)
		if (span_eq(name,
			span_str(list_kind_name((enum list_kind)k))) ||
		    span_eq(name, SPAN("campaign")))
			return err_set(err, ERR_USAGE,
			    "a list cannot be "
			    "called '%.*s'",
			    (int)name.n, name.p);
	return 0;
}

static int
take_listed(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;
	const char *eq = strchr(value, '=');
	char *name;

	if (!eq || !eq[1])
		return err_set(err, ERR_USAGE, "'%s' is not NAME=FILE", value);
	if (list_name_check(span_of(value, (size_t)(eq - value)), err) < 0 ||
	    !(name = copy_n(r, value, (size_t)(eq - value), err)))
		return -1;
	return list_add(r, LIST_LISTED, name, eq + 1, err);
}

/* LIST.FIELD=VALUE */
static int
setting_add(struct run_options *r, struct list_setting **array, size_t *n,
    const char *value, struct err *err)
{
	const char *eq = strchr(value, '='), *dot;
	struct list_setting s;

	dot = eq ? memchr(value, '.', (size_t)(eq - value)) : NULL;
	if (!dot || dot == value || !eq[1]) {
		err_set(err, ERR_USAGE, "'%s' is not LIST.FIELD=VALUE", value);
		return err_hint(err,
		    "as in dnc.number=phone, or "
		    "calls.called_at=3");
	}
	if (!column_field_parse(&s.field,
		span_of(dot + 1, (size_t)(eq - dot - 1)))) {
		char list[256];
		size_t k = 0;
		int f;

		for (f = 0; f < COLUMN_FIELDS; f++)
			k += (size_t)snprintf(list + k, sizeof(list) - k,
			    "%s%s", f ? ", " : "",
			    column_field_name((enum column_field)f));
		err_set(err, ERR_USAGE, "'%.*s' is no field",
		    (int)(eq - dot - 1), dot + 1);
		return err_hint(err, "fields are %s", list);
	}
	if (!(s.list = copy_n(r, value, (size_t)(dot - value), err)) ||
	    !(s.value = copy(r, eq + 1, err)) || GROW(*array, *n, err) < 0)
		return -1;
	(*array)[(*n)++] = s;
	return 0;
}

static int
take_map(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	return setting_add(r, &r->map, &r->o.lists.maps, value, err);
}

/* campaign.expires_at and campaign.granted_at: the list's own columns. */
static int
take_date_format(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;
	struct list_setting *s;

	if (setting_add(r, &r->format, &r->o.lists.date_formats, value, err) <
	    0)
		return -1;
	s = &r->format[r->o.lists.date_formats - 1];
	if (!clock_format_ok(s->value)) {
		err_set(err, ERR_USAGE, "'%s' cannot tell a date exactly",
		    s->value);
		return err_hint(err,
		    "it needs a year, a month and a day, and "
		    "an hour where it has minutes, as in %%d/%%m/%%Y %%H:%%M");
	}
	if (strcmp(s->list, "campaign") != 0)
		return 0;
	if (s->field == COLUMN_EXPIRES_AT)
		r->o.expires_format = s->value;
	else if (s->field == COLUMN_GRANTED_AT)
		r->o.granted_format = s->value;
	else
		return err_set(err, ERR_USAGE,
		    "a campaign has dates in "
		    "campaign.expires_at and campaign.granted_at only");
	r->o.lists.date_formats--;
	return 0;
}

static int
take_list_header(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;
	const char *eq = strchr(value, '=');
	int on = eq && eq[1] ? option_bool(eq + 1) : -1;
	size_t n = r->o.lists.headers;

	if (on < 0)
		return err_set(err, ERR_USAGE,
		    "'%s' is not LIST=yes or "
		    "LIST=no",
		    value);
	if (GROW(r->header, n, err) < 0)
		return -1;
	r->header[n].list = copy_n(r, value, (size_t)(eq - value), err);
	r->header[n].yes = on;
	r->o.lists.headers++;
	return r->header[n].list ? 0 : -1;
}

static int
take_max_bad(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	return value_number(&r->o.lists.max_bad, value, 0, 100, err);
}

/* Options that set one thing of struct run_options. */
#define FLAG_OPTION(fn, statement) \
	static int fn(void *ctx, const char *value, struct err *err) \
	{ \
		struct run_options *r = ctx; \
		(void)value; \
		(void)err; \
		statement; \
		return 0; \
	}
#define TEXT_OPTION(fn, place) \
	static int fn(void *ctx, const char *value, struct err *err) \
	{ \
		struct run_options *r = ctx; \
		return (r->place = copy(r, value, err)) ? 0 : -1; \
	}
#define PATH_OPTION(fn, place) \
	static int fn(void *ctx, const char *value, struct err *err) \
	{ \
		struct run_options *r = ctx; \
		return (r->place = path(r, value, err)) ? 0 : -1; \
	}

FLAG_OPTION(take_empty_ok, r->o.lists.empty_ok = true)
PATH_OPTION(take_list_rejects, o.lists.rejects)
FLAG_OPTION(take_no_lists, r->o.no_lists = true)

/* ---- the register ---- */

FLAG_OPTION(take_no_register, r->no_register = true)
FLAG_OPTION(take_reserve, r->reserve = true)
TEXT_OPTION(take_about_person, about_person)

/* ---- policy ---- */

FLAG_OPTION(take_require_consent, r->o.policy.consent_required = true;
	    r->consent_said = true)
FLAG_OPTION(take_no_require_consent, r->o.policy.consent_required = false;
	    r->consent_said = true)
FLAG_OPTION(take_allow_only, r->o.policy.allow_only = true)
TEXT_OPTION(take_person, o.person_column)
TEXT_OPTION(take_expires, o.expires_column)
TEXT_OPTION(take_granted, o.granted_column)
TEXT_OPTION(take_as_of, as_of)
TEXT_OPTION(take_tz, tz)

/* Trimmed, as the scopes of entries are. */
static int
take_scope(struct run_options *r, const char **out, const char *value,
    struct err *err)
{
	struct span s = span_trim(span_str(value));

	*out = run_options_keep(r, strndup(s.p, s.n), err);
	return *out ? 0 : -1;
}

static int
take_topic(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	return take_scope(r, &r->o.lists.topic, value, err);
}

static int
take_campaign(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	return take_scope(r, &r->o.lists.campaign, value, err);
}

static int
cap_each(struct run_options *r, struct span part, struct err *err)
{
	struct policy *p = &r->o.policy;

	if (p->caps == POLICY_CAPS_MAX)
		return err_set(err, ERR_USAGE, "more than %d caps",
		    POLICY_CAPS_MAX);
	return cap_parse(&p->cap[p->caps++], part, err);
}

static int
take_cap(void *ctx, const char *value, struct err *err)
{
	return comma_list(ctx, value, cap_each, err);
}

static int
take_channel(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	if (strcmp(value, "voice") == 0)
		r->o.policy.channel = CHANNEL_VOICE;
	else if (strcmp(value, "sms") == 0)
		r->o.policy.channel = CHANNEL_SMS;
	else if (strcmp(value, "email") == 0)
		r->o.policy.channel = CHANNEL_EMAIL;
	else
		return err_set(err, ERR_USAGE,
		    "'%s' is none of voice, sms, email", value);
	return 0;
}

/* ---- numbers ---- */

static int
take_region(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	return value_region(&r->o.rules.region, value, err);
}

TEXT_OPTION(take_region_column, o.region_column)

static int
regions_each(struct run_options *r, struct span part, struct err *err)
{
	struct policy *p = &r->o.policy;
	char name[8];

	if (p->regions == POLICY_REGIONS_MAX)
		return err_set(err, ERR_USAGE, "more than %d regions",
		    POLICY_REGIONS_MAX);
	snprintf(name, sizeof(name), "%.*s", (int)part.n, part.p);
	return value_region(&p->region[p->regions++], name, err);
}

static int
take_regions(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	if (begins(r, REPLACE_REGIONS))
		r->o.policy.regions = 0;
	return comma_list(r, value, regions_each, err);
}

static int
take_column(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	if (begins(r, REPLACE_COLUMN))
		r->column.n = 0;
	if (r->column.n == SCRUB_PHONES_MAX)
		return err_set(err, ERR_USAGE, "more than %d phone columns",
		    SCRUB_PHONES_MAX);
	if (GROW(r->column.s, r->column.n, err) < 0)
		return -1;
	r->column.s[r->column.n] = copy(r, value, err);
	return r->column.s[r->column.n++] ? 0 : -1;
}

static int
take_multi(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	if (strcmp(value, "any") == 0)
		r->o.multi = MULTI_ANY;
	else if (strcmp(value, "all") == 0)
		r->o.multi = MULTI_ALL;
	else
		return err_set(err, ERR_USAGE, "'%s' is neither any nor all",
		    value);
	return 0;
}

/* "fixed" for FIXED_LINE; else libphonenumber's name, - for _. */
static bool
type_is(struct span s, enum number_type t)
{
	const char *name = number_type_name(t);
	size_t i;

	if (t == NUMBER_FIXED_LINE && span_eq_nocase(s, SPAN("fixed")))
		return true;
	if (t == NUMBER_PREMIUM_RATE && span_eq_nocase(s, SPAN("premium")))
		return true;
	if (t == NUMBER_PERSONAL_NUMBER && span_eq_nocase(s, SPAN("personal")))
		return true;
	for (i = 0; i < s.n && name[i]; i++)
		if (toupper((unsigned char)(s.p[i] == '-' ? '_' : s.p[i])) !=
		    name[i])
			return false;
	return i == s.n && !name[i];
}

static int
types_each(struct run_options *r, struct span part, struct err *err)
{
	int t;

	for (t = 0; t < NUMBER_TYPES; t++) {
		if (type_is(part, (enum number_type)t)) {
			r->o.policy.types |= UINT32_C(1) << t;
			return 0;
		}
	}
	err_set(err, ERR_USAGE, "'%.*s' is no type of number", (int)part.n,
	    part.p);
	return err_hint(err,
	    "types are mobile, fixed, toll-free, premium, "
	    "shared-cost, voip, personal, pager, uan, voicemail, unknown");
}

static int
take_types(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	if (begins(r, REPLACE_TYPES))
		r->o.policy.types = 0;
	return comma_list(r, value, types_each, err);
}

static int
take_area(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	return value_area(&r->o.rules, value, err);
}

FLAG_OPTION(take_vanity, r->o.rules.vanity = true)
FLAG_OPTION(take_no_dedupe, r->o.dedupe = false)

/* ---- reading ---- */

static int
take_delimiter(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;
	unsigned code = 0;
	char c = value[0], *end = NULL;

	if (strcmp(value, "\\t") == 0 || strcasecmp(value, "tab") == 0) {
		c = '\t';
	} else if (strncasecmp(value, "\\x", 2) == 0 && value[2]) {
		code = (unsigned)strtoul(value + 2, &end, 16);
		c = (char)code;
	}
	if ((end ? *end || strlen(value) > 4 : value[1] && c != '\t') || !c ||
	    (unsigned char)c >= 0x80 || isalnum((unsigned char)c) ||
	    strchr("\"\r\n+ ", c)) {
		err_set(err, ERR_USAGE, "'%s' cannot be a delimiter", value);
		return err_hint(err,
		    "use one ASCII character that is no "
		    "letter, digit, blank, plus or quote; \\t or \\xNN");
	}
	r->o.csv.delimiter = c;
	return 0;
}

TEXT_OPTION(take_encoding, o.csv.encoding)
FLAG_OPTION(take_no_header, r->o.csv.header = CSV_HEADER_NO)

static int
take_skip_lines(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	return value_count(&r->o.csv.skip_lines, value, 0, 1000000, err);
}

static int
take_max_record(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	if (value_size(&r->o.csv.max_record, value, err) < 0)
		return -1;
	r->o.lists.max_record = r->o.csv.max_record;
	return 0;
}

static int
take_block(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	if (value_size(&r->o.csv.block, value, err) < 0)
		return -1;
	r->o.lists.block = r->o.csv.block;
	return 0;
}

/* ---- writing ---- */

PATH_OPTION(take_out, o.out)
PATH_OPTION(take_rejects, o.rejects)
PATH_OPTION(take_out_dir, o.out_dir)

static int
take_format(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	if (strcmp(value, "keep") == 0)
		r->o.format = FORMAT_KEEP;
	else if (strcmp(value, "e164") == 0)
		r->o.format = FORMAT_E164;
	else if (strcmp(value, "national") == 0)
		r->o.format = FORMAT_NATIONAL;
	else
		return err_set(err, ERR_USAGE,
		    "'%s' is none of keep, e164, national", value);
	return 0;
}

static int
add_each(struct run_options *r, struct span part, struct err *err)
{
	size_t a, i;

	for (a = 0; a < SCRUB_ADDS; a++)
		if (span_eq_nocase(part,
			span_str(scrub_add_name((enum scrub_add)a))))
			break;
	if (a == SCRUB_ADDS)
		return err_set(err, ERR_USAGE,
		    "'%.*s' is none of e164, "
		    "region, type, priority",
		    (int)part.n, part.p);
	for (i = 0; i < r->o.adds; i++)
		if (r->o.add[i] == (enum scrub_add)a)
			return 0;
	r->o.add[r->o.adds++] = (enum scrub_add)a;
	return 0;
}

static int
take_add_columns(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	if (begins(r, REPLACE_ADD))
		r->o.adds = 0;
	return comma_list(r, value, add_each, err);
}

FLAG_OPTION(take_json, r->json = true)
FLAG_OPTION(take_reveal, r->reveal = true)
FLAG_OPTION(take_quiet, r->quiet = true)
FLAG_OPTION(take_dry_run, r->o.dry_run = true)
FLAG_OPTION(take_help, r->help = true)

static int
take_color(void *ctx, const char *value, struct err *err)
{
	return terminal_when_parse(&((struct run_options *)ctx)->colour, value,
	    err);
}

static int
take_progress(void *ctx, const char *value, struct err *err)
{
	return terminal_when_parse(&((struct run_options *)ctx)->progress,
	    value, err);
}

static int
take_max_reject(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	return value_number(&r->o.max_reject, value, 0, 100, err);
}

static int
take_threads(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	return value_count(&r->o.threads, value, 1, PIPELINE_THREADS_MAX, err);
}

static int
take_passes(void *ctx, const char *value, struct err *err)
{
	struct run_options *r = ctx;

	if (strcmp(value, "auto") == 0)
		r->o.passes = 0;
	else if (strcmp(value, "1") == 0)
		r->o.passes = 1;
	else if (strcmp(value, "2") == 0)
		r->o.passes = 2;
	else
		return err_set(err, ERR_USAGE, "'%s' is none of auto, 1, 2",
		    value);
	return 0;
}

/* Read before everything else, by option_peek(). */
static int
take_conf(void *ctx, const char *value, struct err *err)
{
	(void)ctx;
	(void)value;
	(void)err;
	return 0;
}

#define LISTS "Lists (- is standard input, for one of them)"
#define REGISTER "Register"
#define POLICY "Policy"
#define NUMBERS "Numbers"
#define READING "Reading the campaign"
#define WRITING "Writing"
#define ANSWER "Answer"
#define GUARDS "Guards and settings"

/* Options that a run, a check and a why have alike. */
#define LIST_OPTIONS \
	{ "dnc", 0, "FILE", NULL, OPTION_REPEAT | OPTION_FILE, LISTS, \
		"internal do-not-call list", take_dnc }, \
	    { "listed", 0, "NAME=FILE", NULL, \
		    OPTION_REPEAT | OPTION_FILE | OPTION_NAMED, LISTS, \
		    "an external list of numbers not to call, " \
		    "under a name of yours", \
		    take_listed }, \
	    { "consent", 0, "FILE", NULL, OPTION_REPEAT | OPTION_FILE, LISTS, \
		    "consents, with when they were given and expire", \
		    take_consent }, \
	    { "calls", 0, "FILE", NULL, OPTION_REPEAT | OPTION_FILE, LISTS, \
		    "calls made, for --cap", take_calls }, \
	    { "allow", 0, "FILE", NULL, OPTION_REPEAT | OPTION_FILE, LISTS, \
		    "allow list: priority, and --allow-only", take_allow }, \
	    { "map", 0, "LIST.FIELD=COLUMN", NULL, OPTION_REPEAT, LISTS, \
		    "where a list has a field: a header name or a number from 1", \
		    take_map }, \
	    { "date-format", 0, "LIST.FIELD=FORMAT", NULL, OPTION_REPEAT, \
		    LISTS, \
		    "how a list writes a date, as for strptime(3); LIST may be " \
		    "campaign", \
		    take_date_format }, \
	    { "list-header", 0, "LIST=yes|no", NULL, OPTION_REPEAT, LISTS, \
		    "say whether a list has a header row", take_list_header }, \
	    { "empty-ok", 0, NULL, NULL, 0, LISTS, "lists may be empty", \
		    take_empty_ok }, \
	    { "max-bad", 0, "PCT", NULL, 0, LISTS, \
		    "per cent of a list's lines that may be unusable (1)", \
		    take_max_bad }, \
	{ \
		"list-rejects", 0, "FILE", NULL, OPTION_FILE, LISTS, \
		    "write unusable lines of lists there", take_list_rejects \
	}

#define HOME_OPTIONS \
	VAULT_OPTIONS(REGISTER), \
	{ \
		"no-register", 0, NULL, NULL, OPTION_ONLY_CLI, REGISTER, \
		    "leave the register out", take_no_register \
	}

#define RULE_OPTIONS \
	{ "require-consent", 0, NULL, NULL, 0, POLICY, \
		"reject numbers without consent (the default as soon as consents " \
		"are given)", \
		take_require_consent }, \
	    { "no-require-consent", 0, NULL, NULL, 0, POLICY, \
		    "do not, although consents are given", \
		    take_no_require_consent }, \
	    { "cap", 0, "N/WINDOW", NULL, OPTION_REPEAT, POLICY, \
		    "at most N calls in 24h, 7d, 30m (rolling), day, week, month " \
		    "(calendar) or total", \
		    take_cap }, \
	    { "allow-only", 0, NULL, NULL, 0, POLICY, \
		    "keep only numbers on an allow list", take_allow_only }, \
	    { "topic", 0, "T", NULL, 0, POLICY, \
		    "what the campaign is about: for entries limited to a topic, " \
		    "consents to a purpose", \
		    take_topic }, \
	    { "campaign", 0, "C", NULL, 0, POLICY, \
		    "the campaign's name: for entries limited to a campaign", \
		    take_campaign }, \
	{ \
		"channel", 0, "CHANNEL", "voice|sms|email", 0, POLICY, \
		    "how people will be contacted: voice (default), sms, email", \
		    take_channel \
	}

#define TIME_OPTIONS \
	{ "as-of", 0, "TIME", NULL, 0, POLICY, \
		"when the calls are planned (now)", take_as_of }, \
	{ \
		"tz", 0, "ZONE", NULL, 0, POLICY, \
		    "time zone of dates without one and of calendar caps (the " \
		    "system's)", \
		    take_tz \
	}

#define REGION_OPTION \
	{ \
		"region", 'r', "CC", NULL, 0, NUMBERS, \
		    "region of numbers without a country code: CN, US", \
		    take_region \
	}

#define REGIONS_OPTION \
	{ \
		"regions", 0, "CC,...", NULL, OPTION_REPEAT, NUMBERS, \
		    "keep only numbers of these regions", take_regions \
	}

#define TYPES_OPTION \
	{ \
		"types", 0, "TYPE,...", \
		    "mobile|fixed|toll-free|premium|shared-cost|voip|personal|pager|" \
		    "uan|voicemail|unknown", \
		    OPTION_REPEAT, NUMBERS, \
		    "keep only numbers of these types: mobile, fixed, toll-free, ...", \
		    take_types \
	}

#define CELL_OPTIONS \
	{ "area", 0, "CODE", NULL, 0, NUMBERS, "area code of local numbers", \
		take_area }, \
	{ \
		"vanity", 0, NULL, NULL, 0, NUMBERS, \
		    "letters are keypad digits: 1-800-FLOWERS", take_vanity \
	}

#define CONF_OPTIONS \
	{ "threads", 0, "N", NULL, 0, GUARDS, \
		"how many threads work (as many as there are processors, up to " \
		"8); changes no result", \
		take_threads }, \
	    { "conf", 0, "FILE", NULL, OPTION_FILE | OPTION_ONLY_CLI, GUARDS, \
		    "read settings there instead of $SCRUB_CONF, ./scrub.conf, the home's " \
		    "or $XDG_CONFIG_HOME/scrub/scrub.conf", \
		    take_conf }, \
	{ \
		"help", 'h', NULL, NULL, OPTION_ONLY_CLI, GUARDS, "show this", \
		    take_help \
	}

static const struct option_spec run_option_specs[] = {
	LIST_OPTIONS,
	{ "no-lists", 0, NULL, NULL, 0, LISTS,
	    "run without any list: numbers and duplicates only",
	    take_no_lists },

	HOME_OPTIONS,
	{ "reserve", 0, NULL, NULL, 0, REGISTER,
	    "book one call for each number that is kept, so that other runs "
	    "count it for their caps",
	    take_reserve },
	VAULT_BY(REGISTER),

	RULE_OPTIONS,
	{ "person", 0, "COLUMN", NULL, 0, POLICY,
	    "the campaign's column of customer ids", take_person },
	{ "consent-expires", 0, "COLUMN", NULL, 0, POLICY,
	    "the campaign's own column of when consent expires", take_expires },
	{ "consent-granted", 0, "COLUMN", NULL, 0, POLICY,
	    "the campaign's own column of when consent was given",
	    take_granted },
	TIME_OPTIONS,

	REGION_OPTION,
	{ "region-column", 0, "COLUMN", NULL, 0, NUMBERS,
	    "column with each row's region or calling code",
	    take_region_column },
	REGIONS_OPTION,
	{ "column", 'c', "COLUMN", NULL, OPTION_REPEAT, NUMBERS,
	    "phone column: NAME, N from 1, or A+B for two that are joined",
	    take_column },
	{ "multi", 0, "any|all", "any|all", 0, NUMBERS,
	    "with several numbers in a row: keep it when any (default) or "
	    "only when all may be called",
	    take_multi },
	TYPES_OPTION,
	CELL_OPTIONS,
	{ "no-dedupe", 0, NULL, NULL, 0, NUMBERS, "keep duplicates",
	    take_no_dedupe },

	{ "delimiter", 'd', "C", NULL, 0, READING,
	    "what separates fields: a character, \\t or \\xNN (detected)",
	    take_delimiter },
	{ "encoding", 0, "E", NULL, 0, READING,
	    "any encoding iconv knows (detected)", take_encoding },
	{ "no-header", 0, NULL, NULL, 0, READING, "the first record is data",
	    take_no_header },
	{ "skip-lines", 0, "N", NULL, 0, READING,
	    "lines before the header, kept in the clean file",
	    take_skip_lines },
	{ "max-record", 0, "BYTES", NULL, 0, READING, "longest record (1M)",
	    take_max_record },
	{ "block", 0, "BYTES", NULL, 0, READING,
	    "how much is read at a time (512K); changes no result",
	    take_block },
	{ "passes", 0, "N", "auto|1|2", 0, READING,
	    "how often INPUT is read (auto): 2 keeps of the lists in memory only "
	    "what concerns it; changes no result",
	    take_passes },

	{ "out", 'o', "FILE", NULL, OPTION_FILE, WRITING,
	    "the clean file; - is standard output (INPUT.clean.csv)",
	    take_out },
	{ "rejects", 0, "FILE", NULL, OPTION_FILE, WRITING,
	    "the rejection report (INPUT.rejected.csv)", take_rejects },
	{ "out-dir", 0, "DIR", NULL, OPTION_FILE | OPTION_DIR, WRITING,
	    "put both there", take_out_dir },
	{ "format", 0, "FORMAT", "keep|e164|national", 0, WRITING,
	    "numbers in the clean file: keep (default), e164, national",
	    take_format },
	{ "add-columns", 0, "NAME,...", "e164|region|type|priority",
	    OPTION_REPEAT, WRITING,
	    "add columns to the clean file: e164, region, type, priority",
	    take_add_columns },
	{ "json", 0, NULL, NULL, 0, WRITING,
	    "summary as JSON, on standard output (on standard error when "
	    "the clean list goes there)",
	    take_json },
	{ "quiet", 'q', NULL, NULL, 0, WRITING, "no summary", take_quiet },
	{ "dry-run", 'n', NULL, NULL, 0, WRITING,
	    "judge and count, write nothing", take_dry_run },
	{ "color", 0, "WHEN", "auto|always|never", 0, WRITING,
	    "colour in the summary: auto, always, never", take_color },
	{ "progress", 0, "WHEN", "auto|always|never", 0, WRITING,
	    "progress on standard error: auto, always, never", take_progress },

	{ "max-reject", 0, "PCT", NULL, 0, GUARDS,
	    "per cent of numbers that may be unreadable (50): beyond, it is "
	    "probably the wrong column",
	    take_max_reject },
	CONF_OPTIONS,
};

static const struct option_spec check_option_specs[] = {
	LIST_OPTIONS,
	HOME_OPTIONS,
	RULE_OPTIONS,
	TIME_OPTIONS,
	REGION_OPTION,
	REGIONS_OPTION,
	TYPES_OPTION,
	CELL_OPTIONS,
	{ "json", 0, NULL, NULL, OPTION_ONLY_CLI, ANSWER,
	    "answer in JSON, one document a line", take_json },
	{ "reveal", 0, NULL, NULL, OPTION_ONLY_CLI, ANSWER,
	    "show numbers in full", take_reveal },
	CONF_OPTIONS,
};

static const struct option_spec why_option_specs[] = {
	{ "person", 0, "ID", NULL, OPTION_ONLY_CLI, ANSWER,
	    "about the person with this customer id", take_about_person },
	{ "json", 0, NULL, NULL, OPTION_ONLY_CLI, ANSWER,
	    "answer in JSON, one document a line", take_json },
	{ "reveal", 0, NULL, NULL, OPTION_ONLY_CLI, ANSWER,
	    "show numbers in full", take_reveal },
	VAULT_BY(ANSWER),
	LIST_OPTIONS,
	HOME_OPTIONS,
	RULE_OPTIONS,
	TIME_OPTIONS,
	REGION_OPTION,
	REGIONS_OPTION,
	TYPES_OPTION,
	CELL_OPTIONS,
	CONF_OPTIONS,
};

const struct option_table run_option_table = OPTION_TABLE(run_option_specs);

const struct option_table check_option_table = OPTION_TABLE(check_option_specs);

const struct option_table why_option_table = OPTION_TABLE(why_option_specs);
