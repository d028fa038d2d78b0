#include <string.h>

#include "cmd.h"

/* How the shells complete a value. */
static bool
is_file(const struct option_spec *s)
{
	return s->flags & OPTION_FILE;
}

static void
words(FILE *out, const char *values)
{
	for (; *values; values++)
		fputc(*values == '|' ? ' ' : *values, out);
}

/*
 * Call fn for each command, and for each verb with its command's name in front:
 * "key rotate".
 */
static void
each(FILE *out,
    void (*fn)(FILE *out, const char *name, const struct command *c))
{
	char name[64];
	size_t i, k;

	for (i = 0; i < ncommands; i++) {
		const struct command *c = commands[i];

		fn(out, c->name, c);
		for (k = 0; k < c->nverbs; k++) {
			snprintf(name, sizeof(name), "%s %s", c->name,
			    c->verbs[k]->name);
			fn(out, name, c->verbs[k]);
		}
	}
}

/* The names of commands or verbs, blanks between. */
static void
names(FILE *out, const struct command *const *c, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? " " : "", c[i]->name);
}

/* In a pattern of `case`: a name with a blank is quoted. */
static void
pattern(FILE *out, const char *name)
{
	fprintf(out, strchr(name, ' ') ? "'%s'" : "%s", name);
}

/* ---- bash ---- */

static void
bash_word(FILE *out, const char *name, const struct command *c)
{
	(void)c;
	if (strchr(name, ' '))
		fprintf(out, "\t'%s') cmd='%s' ;;\n", name, name);
}

static void
bash_values(FILE *out, const char *name, const struct command *c)
{
	size_t k;

	for (k = 0; c->options && k < c->options->n; k++) {
		const struct option_spec *s = &c->options->option[k];

		if (!s->arg || (!s->values && !is_file(s)))
			continue;
		fputc('\t', out);
		if (s->letter)
			fprintf(out, "'%s -%c'|", name, s->letter);
		fprintf(out, "'%s --%s') ", name, s->name);
		if (s->values) {
			fputs("COMPREPLY=($(compgen -W '", out);
			words(out, s->values);
			fputs("' -- \"$cur\"))", out);
		} else {
			fprintf(out,
			    "COMPREPLY=($(compgen -%c -- \"${cur#*=}\"))",
			    s->flags & OPTION_DIR ? 'd' : 'f');
		}
		fputs("; return ;;\n", out);
	}
}

static void
bash_options(FILE *out, const char *name, const struct command *c)
{
	size_t k;

	if (!c->options)
		return;
	fputs("\t\t", out);
	pattern(out, name);
	fputs(") COMPREPLY=($(compgen -W '", out);
	for (k = 0; k < c->options->n; k++)
		fprintf(out, "%s--%s", k ? " " : "",
		    c->options->option[k].name);
	fputs("' -- \"$cur\")) ;;\n", out);
}

static void
bash_verbs(FILE *out, const char *name, const struct command *c)
{
	if (!c->nverbs)
		return;
	fprintf(out, "\t%s) COMPREPLY=($(compgen -W '", name);
	names(out, c->verbs, c->nverbs);
	fputs("' -- \"$cur\")); return ;;\n", out);
}

static void
bash(FILE *out)
{
	size_t i;

	fputs("# bash completion of scrub(1)\n_scrub() {\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
	      "prev=${COMP_WORDS[COMP_CWORD-1]} cmd=run\n"
	      "\tcase ${COMP_WORDS[1]-} in\n",
	    out);
	for (i = 0; i < ncommands; i++)
		fprintf(out, "\t%s) cmd=%s ;;\n", commands[i]->name,
		    commands[i]->name);
	fputs("\tesac\n\tcase \"$cmd ${COMP_WORDS[2]-}\" in\n", out);
	each(out, bash_word);
	fputs("\tesac\n\tcase \"$cmd $prev\" in\n", out);
	each(out, bash_values);
	fputs("\tesac\n\tif [[ $cur == -* ]]; then\n\t\tcase $cmd in\n", out);
	each(out, bash_options);
	fputs("\t\tesac\n\t\treturn\n\tfi\n"
	      "\tif [[ $COMP_CWORD -eq 2 ]]; then\n\tcase $cmd in\n",
	    out);
	each(out, bash_verbs);
	fputs("\tesac\n\tfi\n"
	      "\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	      "\tif [[ $COMP_CWORD -eq 1 ]]; then\n"
	      "\t\tCOMPREPLY+=($(compgen -W '",
	    out);
	names(out, commands, ncommands);
	fputs("' -- \"$cur\"))\n\tfi\n}\n"
	      "complete -o filenames -F _scrub scrub\n",
	    out);
}

/* ---- zsh ---- */

/* Inside '...' of an _arguments specification. */
static void
zsh_text(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", out);
		else if (strchr("[]:\\", *s))
			fprintf(out, "\\%c", *s);
		else
			fputc(*s, out);
	}
}

static void
zsh_option(FILE *out, const struct option_spec *s)
{
	fputs("\t\t'", out);
	if (s->flags & OPTION_REPEAT)
		fputc('*', out);
	fprintf(out, "--%s%s[", s->name, s->arg ? "=" : "");
	zsh_text(out, s->about);
	fputc(']', out);
	if (s->arg) {
		fputc(':', out);
		zsh_text(out, s->arg);
		fputc(':', out);
		if (s->values) {
			fputc('(', out);
			words(out, s->values);
			fputc(')', out);
		} else if (s->flags & OPTION_DIR) {
			fputs("_files -/", out);
		} else if (is_file(s)) {
			fputs("_files", out);
		}
	}
	fputs("' \\\n", out);
}

static void
zsh_word(FILE *out, const char *name, const struct command *c)
{
	(void)c;
	if (strchr(name, ' '))
		fprintf(out,
		    "\t'%s') cmd='%s'; shift words; (( CURRENT-- )) ;;\n", name,
		    name);
}

static void
zsh_command(FILE *out, const char *name, const struct command *c)
{
	size_t k;

	fputc('\t', out);
	pattern(out, name);
	fputs(") _arguments \\\n", out);
	for (k = 0; c->options && k < c->options->n; k++)
		zsh_option(out, &c->options->option[k]);
	if (c->nverbs) {
		fputs("\t\t'1:verb:(", out);
		names(out, c->verbs, c->nverbs);
		fputs(")' ;;\n", out);
	} else {
		fputs("\t\t'*:argument:_files' ;;\n", out);
	}
}

static void
zsh(FILE *out)
{
	size_t i;

	fputs("#compdef scrub\n# zsh completion of scrub(1)\n_scrub() {\n"
	      "\tlocal cmd=run\n\tcase ${words[2]} in\n",
	    out);
	for (i = 0; i < ncommands; i++)
		fprintf(out, "\t%s) cmd=%s; shift words; (( CURRENT-- )) ;;\n",
		    commands[i]->name, commands[i]->name);
	fputs("\tesac\n\tcase \"$cmd ${words[2]}\" in\n", out);
	each(out, zsh_word);
	fputs("\tesac\n\tcase $cmd in\n", out);
	each(out, zsh_command);
	fputs("\tesac\n}\n_scrub \"$@\"\n", out);
}

/* ---- fish ---- */

static void
fish_text(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			fputc('\\', out);
		fputc(*s, out);
	}
}

/* Begin a line that counts for a command, or for one of its verbs. */
static void
fish_where(FILE *out, const char *name)
{
	const char *verb = strchr(name, ' ');
	size_t i;

	if (strcmp(name, command_run.name) == 0) {
		fputs("complete -c scrub -n 'not __fish_seen_subcommand_from",
		    out);
		for (i = 0; i < ncommands; i++)
			if (commands[i] != &command_run)
				fprintf(out, " %s", commands[i]->name);
		fputc('\'', out);
		return;
	}
	fprintf(out, "complete -c scrub -n '__fish_seen_subcommand_from %.*s",
	    (int)strcspn(name, " "), name);
	if (verb)
		fprintf(out, "; and __fish_seen_subcommand_from%s", verb);
	fputc('\'', out);
}

static void
fish_option(FILE *out, const char *name, const struct option_spec *s)
{
	fish_where(out, name);
	fprintf(out, " -l %s", s->name);
	if (s->letter)
		fprintf(out, " -s %c", s->letter);
	if (s->arg)
		fputs(is_file(s) ? " -r -F" : " -x", out);
	if (s->values) {
		fputs(" -a '", out);
		words(out, s->values);
		fputc('\'', out);
	}
	fputs(" -d '", out);
	fish_text(out, s->about);
	fputs("'\n", out);
}

/* A verb is offered until one was said. */
static void
fish_verbs(FILE *out, const struct command *c)
{
	size_t k;

	for (k = 0; k < c->nverbs; k++) {
		fprintf(out,
		    "complete -c scrub -f -n '__fish_seen_subcommand_from %s; "
		    "and not __fish_seen_subcommand_from ",
		    c->name);
		names(out, c->verbs, c->nverbs);
		fprintf(out, "' -a %s -d '", c->verbs[k]->name);
		fish_text(out, c->verbs[k]->about);
		fputs("'\n", out);
	}
}

static void
fish_command(FILE *out, const char *name, const struct command *c)
{
	size_t k;

	if (!strchr(name, ' ')) {
		fprintf(out,
		    "complete -c scrub -n __fish_use_subcommand -a %s -d '",
		    name);
		fish_text(out, c->about);
		fputs("'\n", out);
	}
	fish_verbs(out, c);
	for (k = 0; c->options && k < c->options->n; k++)
		fish_option(out, name, &c->options->option[k]);
}

static void
fish(FILE *out)
{
	fputs("# fish completion of scrub(1)\n", out);
	each(out, fish_command);
}

static int
completion_run(const struct command *c, int argc, char **argv, struct err *err)
{
	const char *shell = argc == 2 ? argv[1] : "";

	if (strcmp(shell, "bash") == 0)
		bash(stdout);
	else if (strcmp(shell, "zsh") == 0)
		zsh(stdout);
	else if (strcmp(shell, "fish") == 0)
		fish(stdout);
	else if (strcmp(shell, "--help") == 0)
		command_usage(stdout, c);
	else
		return err_set(err, ERR_USAGE,
		    "say one shell: bash, zsh or "
		    "fish");
	return EXIT_DONE;
}

const struct command command_completion = {
	.name = "completion",
	.usage = "scrub completion bash|zsh|fish",
	.about = "print the completion script of a shell",
	.run = completion_run,
};
