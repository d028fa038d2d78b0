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

/* ---- bash ---- */

static void
bash_values(FILE *out, const struct option_spec *s)
{
	if (!s->arg || (!s->values && !is_file(s)))
		return;
	fputs("\t", out);
	if (s->letter)
		fprintf(out, "-%c|", s->letter);
	fprintf(out, "--%s) ", s->name);
	if (s->values) {
		fputs("COMPREPLY=($(compgen -W '", out);
		words(out, s->values);
		fputs("' -- \"$cur\"))", out);
	} else {
		fprintf(out, "COMPREPLY=($(compgen -%c -- \"${cur#*=}\"))",
		    s->flags & OPTION_DIR ? 'd' : 'f');
	}
	fputs("; return ;;\n", out);
}

static void
bash(FILE *out)
{
	const struct option_table *t;
	size_t i, k;

	fputs("# bash completion of scrub(1)\n_scrub() {\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
	      "prev=${COMP_WORDS[COMP_CWORD-1]} cmd=run\n"
	      "\tcase ${COMP_WORDS[1]-} in\n",
	    out);
	for (i = 0; i < ncommands; i++)
		fprintf(out, "\t%s) cmd=%s ;;\n", commands[i]->name,
		    commands[i]->name);
	fputs("\tesac\n\tcase $prev in\n", out);
	for (i = 0; i < ncommands; i++)
		for (t = commands[i]->options, k = 0;
		     t && k < t->n && commands[i] == &command_run; k++)
			bash_values(out, &t->option[k]);
	fputs("\tesac\n\tif [[ $cur == -* ]]; then\n\t\tcase $cmd in\n", out);
	for (i = 0; i < ncommands; i++) {
		if (!(t = commands[i]->options))
			continue;
		fprintf(out, "\t\t%s) COMPREPLY=($(compgen -W '",
		    commands[i]->name);
		for (k = 0; k < t->n; k++)
			fprintf(out, "%s--%s", k ? " " : "", t->option[k].name);
		fputs("' -- \"$cur\")) ;;\n", out);
	}
	fputs("\t\tesac\n\t\treturn\n\tfi\n"
	      "\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	      "\tif [[ $COMP_CWORD -eq 1 ]]; then\n"
	      "\t\tCOMPREPLY+=($(compgen -W '",
	    out);
	for (i = 0; i < ncommands; i++)
		fprintf(out, "%s%s", i ? " " : "", commands[i]->name);
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
zsh(FILE *out)
{
	size_t i, k;

	fputs("#compdef scrub\n# zsh completion of scrub(1)\n_scrub() {\n"
	      "\tlocal cmd=run\n\tcase ${words[2]} in\n",
	    out);
	for (i = 0; i < ncommands; i++)
		fprintf(out, "\t%s) cmd=%s; shift words; (( CURRENT-- )) ;;\n",
		    commands[i]->name, commands[i]->name);
	fputs("\tesac\n\tcase $cmd in\n", out);
	for (i = 0; i < ncommands; i++) {
		const struct option_table *t = commands[i]->options;

		fprintf(out, "\t%s) _arguments \\\n", commands[i]->name);
		for (k = 0; t && k < t->n; k++)
			zsh_option(out, &t->option[k]);
		fputs("\t\t'*:argument:_files' ;;\n", out);
	}
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

static void
fish_option(FILE *out, const struct command *c, const struct option_spec *s)
{
	if (c == &command_run)
		fputs("complete -c scrub -n 'not "
		      "__fish_seen_subcommand_from number completion help'",
		    out);
	else
		fprintf(out,
		    "complete -c scrub -n "
		    "'__fish_seen_subcommand_from %s'",
		    c->name);
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

static void
fish(FILE *out)
{
	size_t i, k;

	fputs("# fish completion of scrub(1)\n", out);
	for (i = 0; i < ncommands; i++) {
		const struct option_table *t = commands[i]->options;

		fprintf(out,
		    "complete -c scrub -n __fish_use_subcommand -a "
		    "%s -d '",
		    commands[i]->name);
		fish_text(out, commands[i]->about);
		fputs("'\n", out);
		for (k = 0; t && k < t->n; k++)
			fish_option(out, commands[i], &t->option[k]);
	}
}

static int
completion_run(int argc, char **argv, struct err *err)
{
	const char *shell = argc == 2 ? argv[1] : "";

	if (strcmp(shell, "bash") == 0)
		bash(stdout);
	else if (strcmp(shell, "zsh") == 0)
		zsh(stdout);
	else if (strcmp(shell, "fish") == 0)
		fish(stdout);
	else if (strcmp(shell, "--help") == 0)
		command_usage(stdout, &command_completion);
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
