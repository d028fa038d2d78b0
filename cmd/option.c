#include "option.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	OPTIONS_MAX = 128,
	LONG_BASE = 256, /* getopt values of options: LONG_BASE + index */
	HELP_COLUMN = 30,
	HELP_WIDTH = 79,
};

static const struct option_spec *
by_letter(const struct option_table *t, int letter)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->option[i].letter && t->option[i].letter == letter)
			return &t->option[i];
	return NULL;
}

/* How far apart two names are: for "did you mean". */
static size_t
distance(const char *a, const char *b)
{
	size_t row[64], la = strlen(a), lb = strlen(b), i, k;

	if (la >= 64 || lb >= 64)
		return 64;
	for (k = 0; k <= lb; k++)
		row[k] = k;
	for (i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (k = 1; k <= lb; k++) {
			size_t change = diagonal + (a[i - 1] != b[k - 1]);

			diagonal = row[k];
			if (row[k] + 1 < change)
				change = row[k] + 1;
			if (row[k - 1] + 1 < change)
				change = row[k - 1] + 1;
			row[k] = change;
		}
	}
	return row[lb];
}

static void
suggest(const struct option_table *t, const char *name, const char *dashes,
    struct err *err)
{
	const char *best = NULL;
	size_t i, d, least = strlen(name) / 3 + 2;

	for (i = 0; i < t->n; i++) {
		d = distance(name, t->option[i].name);
		if (d < least) {
			least = d;
			best = t->option[i].name;
		}
	}
	if (best)
		err_hint(err, "did you mean %s%s?", dashes, best);
}

static int
take(const struct option_spec *s, void *ctx, const char *value, struct err *err)
{
	if (s->arg && !*value)
		return err_set(err, ERR_USAGE, "--%s needs a value: %s",
		    s->name, s->arg);
	if (s->take(ctx, value, err) < 0)
		return err_in(err, "--%s", s->name);
	return 0;
}

static int
unknown(const struct option_table *t, char **argv, int at, struct err *err)
{
	const char *arg = argv[at];
	char name[64];

	if (strncmp(arg, "--", 2) != 0)
		return err_set(err, ERR_USAGE, "there is no option -%c",
		    optopt ? optopt : '?');
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(arg + 2, "="),
	    arg + 2);
	if (optopt >= LONG_BASE && optopt < LONG_BASE + (int)t->n)
		return err_set(err, ERR_USAGE, "--%s takes no value", name);
	err_set(err, ERR_USAGE, "there is no option --%s", name);
	suggest(t, name, "--", err);
	return -1;
}

static int
missing(const struct option_table *t, struct err *err)
{
	const struct option_spec *s = optopt >= LONG_BASE ?
	    &t->option[optopt - LONG_BASE] :
	    by_letter(t, optopt);

	return err_set(err, ERR_USAGE, "--%s needs a value: %s", s->name,
	    s->arg);
}

int
option_parse(const struct option_table *t, int argc, char **argv, void *ctx,
    int *first, struct err *err)
{
	struct option longs[OPTIONS_MAX + 1] = { { 0 } };
	char shorts[2 * OPTIONS_MAX + 2] = ":";
	size_t i, k = 1;
	int c, at;

	for (i = 0; i < t->n && i < OPTIONS_MAX; i++) {
		const struct option_spec *s = &t->option[i];

		longs[i] = (struct option){ s->name,
			s->arg ? required_argument : no_argument, NULL,
			LONG_BASE + (int)i };
		if (s->letter) {
			shorts[k++] = s->letter;
			if (s->arg)
				shorts[k++] = ':';
		}
	}
	opterr = 0;
	optind = 0; /* GNU: begin anew */
	for (at = 1; (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1;
	     at = optind) {
		const struct option_spec *s;

		if (c == ':')
			return missing(t, err);
		if (c == '?')
			return unknown(t, argv, optind > 1 ? optind - 1 : at,
			    err);
		s = c >= LONG_BASE ? &t->option[c - LONG_BASE] :
				     by_letter(t, c);
		if (take(s, ctx, optarg ? optarg : "", err) < 0)
			return -1;
	}
	*first = optind;
	return 0;
}

const char *
option_peek(int argc, char **argv, const char *name)
{
	size_t n = strlen(name);
	const char *found = NULL;
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "--", 2) != 0 ||
		    strncmp(argv[i] + 2, name, n) != 0)
			continue;
		if (argv[i][2 + n] == '=')
			found = argv[i] + 3 + n;
		else if (!argv[i][2 + n] && i + 1 < argc)
			found = argv[++i];
	}
	return found;
}

int
option_bool(const char *value)
{
	static const char *const yes[] = { "yes", "true", "on", "1", "" };
	static const char *const no[] = { "no", "false", "off", "0" };
	size_t i;

	for (i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		if (strcasecmp(value, yes[i]) == 0)
			return 1;
	for (i = 0; i < sizeof(no) / sizeof(*no); i++)
		if (strcasecmp(value, no[i]) == 0)
			return 0;
	return -1;
}

int
option_from_conf(const struct option_table *t, const char *key,
    const char *value, void *ctx, struct err *err)
{
	size_t i;
	int on;

	for (i = 0; i < t->n; i++) {
		const struct option_spec *s = &t->option[i];

		if (strcmp(s->name, key) != 0)
			continue;
		if (s->flags & OPTION_ONLY_CLI)
			return err_set(err, ERR_USAGE,
			    "'%s' belongs on the "
			    "command line",
			    key);
		if (s->arg)
			return take(s, ctx, value, err);
		if ((on = option_bool(value)) < 0)
			return err_set(err, ERR_USAGE,
			    "'%s' is yes or no, "
			    "not '%s'",
			    key, value);
		return on ? take(s, ctx, "", err) : 0;
	}
	err_set(err, ERR_USAGE, "there is no key '%s'", key);
	suggest(t, key, "", err);
	return -1;
}

/* Print `text` from the column where the cursor stands, folded. */
static void
fold(FILE *out, const char *text, size_t at)
{
	while (*text) {
		size_t word = strcspn(text, " ");

		if (at + word > HELP_WIDTH && at > HELP_COLUMN) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			at = HELP_COLUMN;
		}
		fprintf(out, "%.*s", (int)word, text);
		at += word;
		text += word;
		if (*text == ' ') {
			text++;
			if (*text && at < HELP_WIDTH)
				fputc(' ', out);
			at++;
		}
	}
	fputc('\n', out);
}

void
option_help(FILE *out, const struct option_table *t)
{
	const char *group = NULL;
	char head[80];
	size_t i;
	int n;

	for (i = 0; i < t->n; i++) {
		const struct option_spec *s = &t->option[i];

		if (!group || strcmp(group, s->group) != 0)
			fprintf(out, "\n%s\n", s->group);
		group = s->group;
		n = s->letter ?
		    snprintf(head, sizeof(head), "  -%c, --%s", s->letter,
			s->name) :
		    snprintf(head, sizeof(head), "      --%s", s->name);
		if (s->arg)
			n += snprintf(head + n, sizeof(head) - (size_t)n, " %s",
			    s->arg);
		fputs(head, out);
		if (n > HELP_COLUMN - 2)
			fprintf(out, "\n%*s", HELP_COLUMN, "");
		else
			fprintf(out, "%*s", HELP_COLUMN - n, "");
		fold(out, s->about, HELP_COLUMN);
	}
}
