#include <stdio.h>
#include <sys/stat.h>

#include "author.h"
#include "base/clock.h"
#include "cmd.h"
#include "flow/record.h"
#include "store/register.h"
#include "vault.h"
#include "verb.h"

struct backup_options {
	struct vault_options vault;
	bool quiet;
};

static int
take_quiet(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct backup_options *)ctx)->quiet = true;
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

/* Its record is in the register before, and so in the copy. */
static int
backup(const struct vault *v, const char *file, const char *by, struct err *err)
{
	struct register_db *db = NULL;
	char name[AUTHOR_MAX];
	const struct record r = { .db = v->home.db,
		.lock = v->home.lock,
		.keys = v->keys,
		.author = author_name(name, by),
		.now = clock_now };
	struct stat st;
	int ret = -1;

	if (home_guard(&v->home, file, err) < 0)
		return -1;
	if (lstat(file, &st) == 0 && S_ISREG(st.st_mode)) {
		err_set(err, ERR_USAGE, "%s: is there already", file);
		return err_hint(err, "give another name, or move it away");
	}
	if (record_file(&r, "backup", file, err) == 0 &&
	    register_open(&db, v->home.db, v->keys, REGISTER_READ, err) == 0)
		ret = register_backup(db, file, err);
	register_close(db);
	return ret;
}

static int
backup_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct backup_options o = { 0 };
	struct vault v = { 0 };
	int first, ret = -1;

	if (option_parse(c->options, argc, argv, &o, &first, err) < 0)
		return -1;
	if (argc - first != 1) {
		err_set(err, ERR_USAGE, "it takes the name of one file");
		return err_hint(err, "%s", c->usage);
	}
	if (vault_open(&v, &o.vault, NULL, err) == 0 &&
	    backup(&v, argv[first], o.vault.by, err) == 0) {
		if (!o.quiet)
			fputs("scrub: hint: it opens with the key alone, which "
			      "is not in it: keep 'scrub key backup FILE' "
			      "apart from it\n",
			    stderr);
		ret = EXIT_DONE;
	}
	vault_close(&v);
	return ret;
}

const struct command command_backup = {
	.name = "backup",
	.usage = "scrub backup [OPTION]... FILE",
	.about = "make a sealed copy of the register, while it is in use",
	.options = &table,
	.run = backup_run,
};
