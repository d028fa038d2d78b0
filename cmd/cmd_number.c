#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/infile.h"
#include "base/interrupt.h"
#include "cmd.h"
#include "text/number.h"
#include "value.h"

enum { LINE_MAX_BYTES = 1 << 20, CHUNK = 64 << 10 };

struct number_options {
	struct number_rules rules;
	bool tsv;  /* lines are "number<TAB>region" */
	bool core; /* the numbering plan alone: no triage, no repairs */
	bool help;
};

static int
take_region(void *ctx, const char *value, struct err *err)
{
	struct number_options *o = ctx;

	return value_region(&o->rules.region, value, err);
}

static int
take_area(void *ctx, const char *value, struct err *err)
{
	struct number_options *o = ctx;

	return value_area(&o->rules, value, err);
}

static int
take_vanity(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct number_options *)ctx)->rules.vanity = true;
	return 0;
}

static int
take_tsv(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct number_options *)ctx)->tsv = true;
	return 0;
}

static int
take_core(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct number_options *)ctx)->core = true;
	return 0;
}

static int
take_help(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct number_options *)ctx)->help = true;
	return 0;
}

static const struct option_spec specs[] = {
	{ "region", 'r', "CC", NULL, 0, "Options",
	    "region of numbers without a country code: CN, US", take_region },
	{ "area", 0, "CODE", NULL, 0, "Options", "area code of local numbers",
	    take_area },
	{ "vanity", 0, NULL, NULL, 0, "Options",
	    "letters are keypad digits: 1-800-FLOWERS", take_vanity },
	{ "tsv", 0, NULL, NULL, 0, "Options",
	    "lines are a number, a tab and its region (ZZ: none); missing "
	    "fields are printed empty",
	    take_tsv },
	{ "core", 0, NULL, NULL, 0, "Options",
	    "the numbering plan alone, as libphonenumber has it: no triage, "
	    "no repairs",
	    take_core },
	{ "help", 'h', NULL, NULL, OPTION_ONLY_CLI, "Options", "show this",
	    take_help },
};

static const struct option_table table = OPTION_TABLE(specs);

/* Type, region and extension, a tab after each. */
static void
print_number(const struct number *n, const char *none)
{
	char region[4];

	region_name(region, n->region);
	printf("%s\t%s\t%s\t", number_type_name((enum number_type)n->type),
	    *region ? region : none, n->ext[0] ? n->ext : none);
}

/*
 * With --tsv, in the vocabulary of tables of cases: no number is an empty
 * field and the type -, and a cell with nothing in it is invalid.
 */
static void
print_cell(struct span s, const struct number_options *o)
{
	const char *none = o->tsv ? "" : "-";
	char text[NUMBER_TEXT_MAX], flags[NUMBER_FLAGS_MAX];
	enum number_status status;
	struct number_cell c;
	size_t i;

	number_parse(&c, s, &o->rules);
	status = (enum number_status)c.status;
	if (o->tsv && status == NUMBER_EMPTY)
		status = NUMBER_INVALID;
	printf("%s\t", number_status_name(status));
	if (number_readable(&c)) {
		for (i = 0; i < c.count; i++) {
			number_e164(text, c.number[i].key);
			printf("%s%s", i ? ";" : "", text);
		}
		putchar('\t');
		print_number(&c.number[0], none);
	} else {
		printf("%s\t-\t%s\t%s\t", none, none, none);
	}
	puts(number_flags_text(flags, &c) ? flags : none);
}

/* What the plan alone says of it: ok or invalid. */
static void
print_core(struct span s, const struct number_options *o)
{
	const char *none = o->tsv ? "" : "-";
	struct numplan_result r;
	struct number n = { 0 };
	char text[NUMBER_TEXT_MAX];

	if (!numplan_parse(&r, s, o->rules.region, o->rules.vanity)) {
		printf("invalid\t%s\t-\t%s\t%s\t%s\n", none, none, none, none);
		return;
	}
	number_e164(text, r.key);
	n = (struct number){ .key = r.key, .region = r.region, .type = r.type };
	numplan_ext_digits(n.ext, sizeof(n.ext), r.ext);
	printf("ok\t%s\t", text);
	print_number(&n, none);
	printf("%s\n", none);
}

static int
print_line(struct span s, const struct number_options *given, struct err *err)
{
	struct number_options o = *given;
	const char *tab = NULL;
	struct span region;

	if (o.tsv) {
		tab = memrchr(s.p, '\t', s.n);
		if (!tab)
			return err_set(err, ERR_USAGE,
			    "--tsv: a line has no "
			    "tab between number and region");
		region = span_trim(
		    span_of(tab + 1, (size_t)(s.p + s.n - tab - 1)));
		s.n = (size_t)(tab - s.p);
		o.rules.region = region_code(region);
		if (o.rules.region == REGION_NONE && region.n != 0 &&
		    !span_eq_nocase(region, SPAN("ZZ")))
			return err_set(err, ERR_USAGE,
			    "--tsv: '%.*s' is no "
			    "region",
			    (int)region.n, region.p);
	}
	if (o.core)
		print_core(s, &o);
	else
		print_cell(s, &o);
	return 0;
}

/* Whole lines of `b` are printed and taken out of it. */
static int
print_lines(struct buf *b, const struct number_options *o, bool end,
    struct err *err)
{
	size_t at = 0, n;
	const char *nl;

	while (at < b->n) {
		nl = memchr(b->p + at, '\n', b->n - at);
		if (!nl && !end)
			break;
		n = nl ? (size_t)(nl - b->p) - at : b->n - at;
		if (print_line(span_of(b->p + at,
				   n - (n > 0 && b->p[at + n - 1] == '\r')),
			o, err) < 0)
			return -1;
		at += n + (nl != NULL);
	}
	memmove(b->p, b->p + at, b->n - at);
	b->n -= at;
	return 0;
}

/* Line by line, each answered before more is waited for. */
static int
print_stdin(const struct number_options *o, struct err *err)
{
	struct buf b = BUF_INIT(LINE_MAX_BYTES + CHUNK);
	struct infile f;
	ssize_t n;
	int ret = -1;

	if (infile_open(&f, "-", err) < 0)
		return -1;
	for (;;) {
		if (!buf_reserve(&b, CHUNK)) {
			err_set(err, ERR_USAGE,
			    "standard input: a line is "
			    "longer than %d bytes",
			    LINE_MAX_BYTES);
			break;
		}
		n = infile_read_some(&f, b.p + b.n, CHUNK, err);
		if (n < 0)
			break;
		b.n += (size_t)n;
		if (print_lines(&b, o, n == 0, err) < 0)
			break;
		if (n == 0) {
			ret = 0;
			break;
		}
		if (fflush(stdout) != 0) {
			ret = errno == EPIPE ?
			    err_set(err, ERR_PIPE,
				"standard output is closed") :
			    err_sys(err, "standard output: cannot write");
			break;
		}
	}
	infile_close(&f);
	buf_release(&b);
	return ret;
}

static int
number_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct number_options o = { 0 };
	int i, first;

	if (option_parse(c->options, argc, argv, &o, &first, err) < 0)
		return -1;
	if (o.help) {
		command_usage(stdout, c);
		return EXIT_DONE;
	}
	if (first == argc && isatty(STDIN_FILENO)) {
		err_set(err, ERR_USAGE, "there is no number to read");
		return err_hint(err,
		    "scrub number NUMBER..., or - for one a "
		    "line from standard input");
	}
	if (first == argc)
		return print_stdin(&o, err) < 0 ? -1 : EXIT_DONE;
	for (i = first; i < argc; i++) {
		if (strcmp(argv[i], "-") == 0 ?
			print_stdin(&o, err) < 0 :
			print_line(span_str(argv[i]), &o, err) < 0)
			return -1;
	}
	return EXIT_DONE;
}

static void
number_help(FILE *out)
{
	fputs("\nPrints one line a number, tabs between, - for what there is "
	      "not:\nstatus, E.164 (several joined by ;), type, region, "
	      "extension, flags.\n",
	    out);
}

const struct command command_number = {
	.name = "number",
	.usage = "scrub number [OPTION]... [NUMBER...|-]",
	.about = "say what a number is, as a run would read it",
	.options = &table,
	.run = number_run,
	.help = number_help,
};
