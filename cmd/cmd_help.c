#include <string.h>

#include "cmd.h"
#include "verb.h"

static void
overview(FILE *out)
{
	size_t i;

	fputs("usage: scrub [run] [OPTION]... FILE...\n"
	      "       scrub COMMAND [OPTION]...\n\n"
	      "Screens campaign lists: keeps the rows whose numbers may be "
	      "called, and says\nwhy for every other one.\n\ncommands\n",
	    out);
	for (i = 0; i < ncommands; i++)
		fprintf(out, "  %-12s %s\n", commands[i]->name,
		    commands[i]->about);
	fputs("\n'scrub COMMAND --help' lists a command's options; "
	      "'scrub --version' the version.\n\nexit status\n"
	      "   0  done, output in place\n"
	      "   1  failed: input/output or internal; nothing put in place\n"
	      "   2  usage or configuration\n"
	      "   3  done, and the answer is no\n"
	      "   4  the input list is not acceptable\n"
	      "  10  a list is missing, stale, shrunken or uncovered\n"
	      "  11  another scrub holds the register\n"
	      "  12  no key, wrong key, or altered data\n",
	    out);
}

static int
help_run(const struct command *c, int argc, char **argv, struct err *err)
{
	if (argc < 2) {
		overview(stdout);
		return EXIT_DONE;
	}
	if (!(c = command_find(argv[1]))) {
		err_set(err, ERR_USAGE, "there is no command '%s'", argv[1]);
		return err_hint(err, "'scrub help' lists them");
	}
	if (argc > 2 && c->nverbs && !(c = verb_find(c, argv[2]))) {
		err_set(err, ERR_USAGE, "%s: there is no verb '%s'", argv[1],
		    argv[2]);
		return err_hint(err, "'scrub %s --help' lists them", argv[1]);
	}
	command_usage(stdout, c);
	return EXIT_DONE;
}

const struct command command_help = {
	.name = "help",
	.usage = "scrub help [COMMAND [VERB]]",
	.about = "say what there is, or how a command is used",
	.run = help_run,
};
