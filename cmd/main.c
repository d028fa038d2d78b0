/*
 * scrub - screen call-campaign lists.  See scrub(1).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "cmd.h"
#include "text/numplan.h"
#include "verb.h"

const struct command *const commands[] = {
	&command_run,
	&command_check,
	&command_why,
	&command_audit,
	&command_doctor,
	&command_backup,
	&command_restore,
	&command_number,
	&command_init,
	&command_key,
	&command_dnc,
	&command_consent,
	&command_allow,
	&command_person,
	&command_calls,
	&command_refresh,
	&command_index,
	&command_completion,
	&command_help,
};
const size_t ncommands = sizeof(commands) / sizeof(*commands);

const struct command *
command_find(const char *name)
{
	size_t i;

	for (i = 0; i < ncommands; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

void
command_usage(FILE *out, const struct command *c)
{
	fprintf(out, "usage: %s\n\n%s\n", c->usage, c->about);
	if (c->options && c->options->n)
		option_help(out, c->options);
	if (c->nverbs)
		verb_list(out, c);
	if (c->help)
		c->help(out);
}

static enum exit_status
status_of(const struct err *err)
{
	switch (err->code) {
	case ERR_USAGE:
		return EXIT_USAGE;
	case ERR_INPUT:
		return EXIT_INPUT;
	case ERR_LIST:
		return EXIT_LIST;
	case ERR_LOCKED:
		return EXIT_LOCKED;
	case ERR_AUTH:
		return EXIT_KEY;
	default:
		return EXIT_FAILED;
	}
}

void
command_tell(const struct err *err)
{
	fprintf(stderr, "scrub: %s\n", err->text);
	if (err->hint[0])
		fprintf(stderr, "scrub: hint: %s\n", err->hint);
}

static int
report(const struct err *err)
{
	if (err->code == ERR_INTERRUPTED && interrupt_pending())
		interrupt_die(interrupt_pending());
	if (err->code == ERR_PIPE)
		interrupt_die(SIGPIPE);
	command_tell(err);
	return status_of(err);
}

/* What was printed must have arrived. */
static int
close_stdout(int status)
{
	struct err err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE)
		err_set(&err, ERR_PIPE, "standard output is closed");
	else
		err_sys(&err, "standard output: cannot write");
	return report(&err);
}

static void
version_print(void)
{
	printf("scrub " SCRUB_VERSION "\nnumbering plan: %s\n",
	    numplan_version());
}

/*
 * A standard descriptor that was closed would be given to the next file that is
 * opened, the lock or the register, and what is printed would end up in there.
 * So something holds its place: what cannot be read, or written, as before.
 */
static int
descriptors_hold(void)
{
	static const int how[] = { O_WRONLY, O_RDONLY, O_WRONLY };
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", how[fd]) != fd)
			return -1;
	return 0;
}

int
main(int argc, char **argv)
{
	struct err err = { 0 };
	const struct command *c = argc > 1 ? command_find(argv[1]) : NULL;
	int status;

	if (descriptors_hold() < 0)
		return EXIT_FAILED;
	interrupt_catch();
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		version_print();
		return close_stdout(EXIT_DONE);
	}
	if (argc > 1 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		c = &command_help;
	if (c) { /* its options begin behind its name */
		argc--;
		argv++;
	} else {
		c = &command_run;
	}
	status = verb_run(c, argc, argv, &err);
	if (status < 0)
		return report(&err);
	return close_stdout(status);
}
