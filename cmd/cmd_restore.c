#include <stdio.h>

#include "author.h"
#include "base/clock.h"
#include "cmd.h"
#include "flow/record.h"
#include "store/register.h"
#include "vault.h"
#include "verb.h"

struct restore_options {
	struct vault_options vault;
	bool quiet;
};

static int
take_quiet(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct restore_options *)ctx)->quiet = true;
	return 0;
}

static const struct option_spec specs[] = {
	VAULT_BY("Options"),
	{ "quiet", 'q', NULL, NULL, OPTION_ONLY_CLI, "Options",
	    "say nothing but what went wrong", take_quiet },
	VAULT_OPTIONS("Options"),
	VERB_HELP("Options"),
};

static const struct option_table table = OPTION_TABLE(specs);

/* The register says that it was put back. */
static int
restore(const struct vault *v, const char *file, const char *by,
    struct err *err)
{
	char name[AUTHOR_MAX];
	const struct record r = { .db = v->home.db,
		.keys = v->keys,
		.author = author_name(name, by),
		.now = clock_now };

	return register_restore(file, v->home.db, v->keys, err) < 0 ?
	    -1 :
	    record_file(&r, "restore", file, err);
}

static int
restore_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct restore_options o = { 0 };
	struct vault v = { 0 };
	int first, ret = -1;

	if (option_parse(c->options, argc, argv, &o, &first, err) < 0)
		return -1;
	if (argc - first != 1) {
		err_set(err, ERR_USAGE, "it takes the name of one file");
		return err_hint(err, "%s", c->usage);
	}
	if (vault_open(&v, &o.vault, "scrub restore", err) == 0 &&
	    restore(&v, argv[first], o.vault.by, err) == 0) {
		if (!o.quiet)
			puts(v.home.db);
		ret = EXIT_DONE;
	}
	vault_close(&v);
	return ret;
}

const struct command command_restore = {
	.name = "restore",
	.usage = "scrub restore [OPTION]... FILE",
	.about = "put a register back that 'scrub backup' copied",
	.options = &table,
	.run = restore_run,
};
