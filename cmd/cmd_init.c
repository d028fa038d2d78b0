#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cmd.h"
#include "store/register.h"
#include "vault.h"
#include "verb.h"

struct init_options {
	struct vault_options vault;
	bool quiet;
};

static int
take_quiet(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct init_options *)ctx)->quiet = true;
	return 0;
}

static const struct option_spec specs[] = {
	VAULT_OPTIONS("Options"),
	{ "quiet", 'q', NULL, NULL, 0, "Options",
	    "say nothing but what went wrong", take_quiet },
	VERB_HELP("Options"),
};

static const struct option_table table = OPTION_TABLE(specs);

/* The key is only opened, and its passphrase asked for, when it is needed. */
static int
register_make(struct vault *v, const struct vault_options *o, bool *made,
    struct err *err)
{
	struct stat st;

	*made = false;
	if (lstat(v->home.db, &st) == 0)
		return 0;
	if (errno != ENOENT)
		return err_sys(err, "%s", v->home.db);
	if (vault_unlock(v, o, err) < 0 ||
	    register_create(v->home.db, v->keys, clock_now(), err) < 0)
		return -1;
	*made = true;
	return 0;
}

static void
tell(const struct home *h, unsigned made, bool made_db)
{
	if (made & HOME_DIR)
		puts(h->dir);
	if (made & HOME_KEY)
		puts(h->key);
	if (made_db)
		puts(h->db);
	if (made & HOME_CONF)
		puts(h->conf);
	if (!made && !made_db)
		fprintf(stderr, "scrub: %s: is a home already\n", h->dir);
	if (made & HOME_KEY)
		fputs("scrub: hint: nothing opens the register without its "
		      "key: 'scrub key backup FILE' makes a copy to keep "
		      "elsewhere\n",
		    stderr);
}

static int
init_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct init_options o = { 0 };
	struct vault v = { 0 };
	unsigned made;
	bool made_db;
	int first, ret = -1;

	if (option_parse(c->options, argc, argv, &o, &first, err) < 0)
		return -1;
	if (first < argc)
		return err_set(err, ERR_USAGE, "init: '%s' is too much",
		    argv[first]);
	if (vault_find(&v, &o.vault, err) == 0 &&
	    home_create(&v.home, HOME_ALL, "scrub init", &v.lock, &made, err) ==
		0 &&
	    register_make(&v, &o.vault, &made_db, err) == 0) {
		if (!o.quiet)
			tell(&v.home, made, made_db);
		ret = EXIT_DONE;
	}
	vault_close(&v);
	return ret;
}

const struct command command_init = {
	.name = "init",
	.usage = "scrub init [OPTION]...",
	.about = "make a home: the key, the register and scrub.conf",
	.options = &table,
	.run = init_run,
};
