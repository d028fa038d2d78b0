#include "verb.h"

#include <stdbool.h>
#include <string.h>

int
verb_take_help(void *ctx, const char *value, struct err *err)
{
	(void)ctx;
	(void)value;
	return err_set(err, ERR_USAGE, "stands alone and is written out");
}

const struct command *
verb_find(const struct command *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nverbs; i++)
		if (strcmp(c->verbs[i]->name, name) == 0)
			return c->verbs[i];
	return NULL;
}

void
verb_list(FILE *out, const struct command *c)
{
	size_t i;

	fputs("\nverbs\n", out);
	for (i = 0; i < c->nverbs; i++)
		fprintf(out, "  %-12s %s\n", c->verbs[i]->name,
		    c->verbs[i]->about);
	fprintf(out, "\n'scrub %s VERB --help' lists a verb's options.\n",
	    c->name);
}

static bool
is_help(const char *arg)
{
	return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}

/* Is help asked for, and answered here? */
static bool
wants_help(const struct command *c, int argc, char **argv)
{
	const struct option_table *t = c->options;
	int i;

	if (!t || !t->n || t->option[t->n - 1].take != verb_take_help)
		return false;
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (is_help(argv[i]))
			return true;
	return false;
}

static int
no_verb(const struct command *c, const char *said, struct err *err)
{
	if (said)
		err_set(err, ERR_USAGE, "%s: there is no verb '%s'", c->name,
		    said);
	else
		err_set(err, ERR_USAGE, "%s: a verb is missing", c->name);
	return err_hint(err, "'scrub %s --help' lists them", c->name);
}

int
verb_run(const struct command *c, int argc, char **argv, struct err *err)
{
	const struct command *verb;

	if (!c->nverbs) {
		if (!wants_help(c, argc, argv))
			return c->run(c, argc, argv, err);
		command_usage(stdout, c);
		return EXIT_DONE;
	}
	if (argc > 1 && is_help(argv[1])) {
		command_usage(stdout, c);
		return EXIT_DONE;
	}
	if (argc < 2 || !(verb = verb_find(c, argv[1])))
		return no_verb(c, argc < 2 ? NULL : argv[1], err);
	return verb_run(verb, argc - 1, argv + 1, err);
}
