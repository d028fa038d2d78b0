#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/infile.h"
#include "base/interrupt.h"
#include "cmd.h"
#include "text/number.h"

enum { LINE_MAX_BYTES = 1 << 20, CHUNK = 64 << 10 };

struct number_options {
	struct number_rules rules;
	bool help;
};

static int
take_region(void *ctx, const char *value, struct err *err)
{
	struct number_options *o = ctx;

	o->rules.region = region_code(span_str(value));
	if (o->rules.region != REGION_NONE)
		return 0;
	err_set(err, ERR_USAGE, "'%s' is no region", value);
	return err_hint(err, "use two letters as in ISO 3166: CN, US, GB");
}

static int
take_area(void *ctx, const char *value, struct err *err)
{
	struct number_options *o = ctx;
	size_t n = strlen(value);

	if (strspn(value, "0123456789") != n || n >= sizeof(o->rules.area))
		return err_set(err, ERR_USAGE, "'%s' is no area code", value);
	memcpy(o->rules.area, value, n + 1);
	return 0;
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
	{ "area", 0, "CODE", NULL, 0, "Options",
	    "area code of local numbers", take_area },
	{ "vanity", 0, NULL, NULL, 0, "Options",
	    "letters are keypad digits: 1-800-FLOWERS", take_vanity },
	{ "help", 'h', NULL, NULL, OPTION_ONLY_CLI, "Options",
	    "show this", take_help },
};

static const struct option_table table = {
	specs, sizeof(specs) / sizeof(*specs)
};

/* Flags, and what an unreadable cell may have meant: suggest:+86... */
static void
print_flags(uint32_t flags, const struct number_cell *c)
{
	const char *sep = "";
	char text[NUMBER_TEXT_MAX];
	size_t i;

	for (; flags; flags &= flags - 1) {
		const char *name = number_flag_name(flags & -flags);

		if (!name)
			continue;
		printf("%s%s", sep, name);
		sep = ",";
	}
	for (i = 0; i < c->count && !number_readable(c); i++) {
		number_e164(text, c->number[i].key);
		printf("%ssuggest:%s", sep, text);
		sep = ",";
	}
	if (!*sep)
		putchar('-');
}

/* status, E.164, type, region, extension, flags: tabs between, - for none. */
static void
print_number(struct span s, const struct number_rules *rules)
{
	struct number_cell c;
	char text[NUMBER_TEXT_MAX], region[4];
	bool readable;
	size_t i;

	number_parse(&c, s, rules);
	readable = number_readable(&c);
	printf("%s\t", number_status_name((enum number_status)c.status));
	for (i = 0; i < c.count && readable; i++) {
		number_e164(text, c.number[i].key);
		printf("%s%s", i ? ";" : "", text);
	}
	if (!readable) {
		printf("-\t-\t-\t-\t");
	} else {
		region_name(region, c.number[0].region);
		printf("\t%s\t%s\t%s\t", number_type_name(
		    (enum number_type)c.number[0].type),
		    *region ? region : "-",
		    c.number[0].ext[0] ? c.number[0].ext : "-");
	}
	print_flags(c.flags & ~(uint32_t)NUMBER_SUGGEST, &c);
	putchar('\n');
}

/* Whole lines of `b` are printed and taken out of it. */
static void
print_lines(struct buf *b, const struct number_rules *rules, bool end)
{
	size_t at = 0, n;
	const char *nl;

	while (at < b->n) {
		nl = memchr(b->p + at, '\n', b->n - at);
		if (!nl && !end)
			break;
		n = nl ? (size_t)(nl - b->p) - at : b->n - at;
		print_number(span_of(b->p + at, n - (n > 0 &&
		    b->p[at + n - 1] == '\r')), rules);
		at += n + (nl != NULL);
	}
	memmove(b->p, b->p + at, b->n - at);
	b->n -= at;
}

static int
print_stdin(const struct number_rules *rules, struct err *err)
{
	struct buf b = BUF_INIT(LINE_MAX_BYTES + CHUNK);
	struct infile f;
	ssize_t n = -1;

	if (infile_open(&f, "-", err) < 0)
		return -1;
	while (buf_reserve(&b, CHUNK) &&
	    (n = infile_read_some(&f, b.p + b.n, CHUNK, err)) > 0) {
		b.n += (size_t)n;
		print_lines(&b, rules, false);
		if (fflush(stdout) != 0)
			break;
	}
	if (b.failed) {
		n = err_set(err, ERR_USAGE, "standard input: a line is longer "
		    "than %d bytes", LINE_MAX_BYTES);
	} else if (n == 0) {
		print_lines(&b, rules, true);
	}
	infile_close(&f);
	buf_release(&b);
	return n < 0 ? -1 : 0;
}

static int
number_run(int argc, char **argv, struct err *err)
{
	struct number_options o = { 0 };
	int i, first;

	if (option_parse(&table, argc, argv, &o, &first, err) < 0)
		return -1;
	if (o.help) {
		command_usage(stdout, &command_number);
		return EXIT_DONE;
	}
	if (first == argc && isatty(STDIN_FILENO)) {
		err_set(err, ERR_USAGE, "there is no number to read");
		return err_hint(err, "scrub number NUMBER..., or - for one a "
		    "line from standard input");
	}
	if (first == argc)
		return print_stdin(&o.rules, err) < 0 ? -1 : EXIT_DONE;
	for (i = first; i < argc; i++) {
		if (strcmp(argv[i], "-") != 0)
			print_number(span_str(argv[i]), &o.rules);
		else if (print_stdin(&o.rules, err) < 0)
			return -1;
	}
	return EXIT_DONE;
}

static void
number_help(FILE *out)
{
	fputs("\nPrints one line a number, tabs between, - for what there is "
	    "not:\nstatus, E.164 (several joined by ;), type, region, "
	    "extension, flags.\n", out);
}

const struct command command_number = {
	.name = "number",
	.usage = "scrub number [OPTION]... [NUMBER...|-]",
	.about = "say what a number is, as a run would read it",
	.options = &table,
	.run = number_run,
	.help = number_help,
};
