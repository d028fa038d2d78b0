#include <stdio.h>

#include "author.h"
#include "base/clock.h"
#include "base/secret.h"
#include "cmd.h"
#include "confirm.h"
#include "flow/generations.h"
#include "store/register.h"
#include "vault.h"
#include "verb.h"

/* ---- options ---- */

struct key_options {
	struct vault_options vault;
	struct passphrase_from fresh; /* --new-passphrase-... */
	bool dry_run, yes;
};

static int
take_new_file(void *ctx, const char *value, struct err *err)
{
	return passphrase_take_file(&((struct key_options *)ctx)->fresh, value,
	    err);
}

static int
take_new_fd(void *ctx, const char *value, struct err *err)
{
	return passphrase_take_fd(&((struct key_options *)ctx)->fresh, value,
	    err);
}

static int
take_dry_run(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct key_options *)ctx)->dry_run = true;
	return 0;
}

static int
take_yes(void *ctx, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	((struct key_options *)ctx)->yes = true;
	return 0;
}

#define NEW_PASSPHRASE \
	{ "new-passphrase-file", 0, "FILE", NULL, \
		OPTION_FILE | OPTION_ONLY_CLI, "Options", \
		"read the new passphrase from the first line of FILE", \
		take_new_file }, \
	{ \
		"new-passphrase-fd", 0, "N", NULL, OPTION_ONLY_CLI, "Options", \
		    "read it from descriptor N", take_new_fd \
	}
#define DRY_RUN \
	{ \
		"dry-run", 'n', NULL, NULL, OPTION_ONLY_CLI, "Options", \
		    "say what would be done", take_dry_run \
	}
#define YES \
	{ \
		"yes", 'y', NULL, NULL, OPTION_ONLY_CLI, "Options", \
		    "do not ask", take_yes \
	}

static const struct option_spec show_specs[] = {
	VAULT_OPTIONS("Options"),
	VERB_HELP("Options"),
};

static const struct option_spec rotate_specs[] = {
	VAULT_OPTIONS("Options"),
	VAULT_BY("Options"),
	DRY_RUN,
	YES,
	VERB_HELP("Options"),
};

static const struct option_spec protect_specs[] = {
	VAULT_OPTIONS("Options"),
	NEW_PASSPHRASE,
	DRY_RUN,
	YES,
	VERB_HELP("Options"),
};

static const struct option_spec unprotect_specs[] = {
	VAULT_OPTIONS("Options"),
	DRY_RUN,
	YES,
	VERB_HELP("Options"),
};

static const struct option_spec backup_specs[] = {
	VAULT_OPTIONS("Options"),
	NEW_PASSPHRASE,
	VERB_HELP("Options"),
};

static const struct option_spec restore_specs[] = {
	VAULT_OPTIONS("Options"),
	DRY_RUN,
	YES,
	VERB_HELP("Options"),
};

static const struct option_table show_table = OPTION_TABLE(show_specs);
static const struct option_table rotate_table = OPTION_TABLE(rotate_specs);
static const struct option_table protect_table = OPTION_TABLE(protect_specs);
static const struct option_table unprotect_table = OPTION_TABLE(
    unprotect_specs);
static const struct option_table backup_table = OPTION_TABLE(backup_specs);
static const struct option_table restore_table = OPTION_TABLE(restore_specs);

/* Options, and the one operand of a verb that has one. */
static int
take_all(const struct option_table *t, int argc, char **argv,
    struct key_options *o, const char **operand, struct err *err)
{
	int first;

	if (option_parse(t, argc, argv, o, &first, err) < 0)
		return -1;
	if (operand) {
		if (first == argc)
			return err_set(err, ERR_USAGE,
			    "key %s: a file is missing", argv[0]);
		*operand = argv[first++];
	}
	if (first < argc)
		return err_set(err, ERR_USAGE, "key %s: '%s' is too much",
		    argv[0], argv[first]);
	return 0;
}

/* 1: do it; 0: not, *status is why; -1. */
static int
may(const struct key_options *o, const char *question, const char *would,
    int *status, struct err *err)
{
	int ret;

	if (o->dry_run) {
		printf("would %s\n", would);
		*status = EXIT_DONE;
		return 0;
	}
	ret = confirm(o->yes, question, err);
	*status = ret < 0 ? -1 : EXIT_NO;
	return ret;
}

/*
 * A passphrase to be set: --new-passphrase-...; else, since a key that is not
 * protected has none to be opened with, --passphrase-...; else the terminal.
 * In secret memory, the caller's.
 */
static char *
new_phrase(const struct key_options *o, const struct vault *v, const char *what,
    size_t *n, struct err *err)
{
	static const struct passphrase_from terminal;
	const struct passphrase_from *from = &o->fresh;
	char *phrase = secret_alloc(PASSPHRASE_MAX, err);
	int got;

	if (!phrase)
		return NULL;
	if (!from->file && !from->has_fd)
		from = keyring_protected(v->keys) ? &terminal :
						    &o->vault.phrase;
	got = passphrase_read(from, what, true, phrase, PASSPHRASE_MAX, err);
	if (got < 0) {
		secret_free(phrase);
		return NULL;
	}
	*n = (size_t)got;
	return phrase;
}

/* ---- show ---- */

static int
show_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct key_options o = { 0 };
	struct vault v = { 0 };
	int ret = -1;

	if (take_all(c->options, argc, argv, &o, NULL, err) < 0)
		return -1;
	if (vault_open(&v, &o.vault, NULL, err) == 0) {
		printf("current\t%s\n", keyring_current(v.keys));
		if (keyring_next(v.keys))
			printf("next\t%s\n", keyring_next(v.keys));
		printf("protected\t%s\n",
		    keyring_protected(v.keys) ? "yes" : "no");
		ret = EXIT_DONE;
	}
	vault_close(&v);
	return ret;
}

static const struct command verb_show = {
	.name = "show",
	.usage = "scrub key show [OPTION]...",
	.about = "print the ids of the keys, and whether they are protected",
	.options = &show_table,
	.run = show_run,
};

/* ---- rotate ---- */

/*
 * The file has both keys before the register is under the new one, and until
 * it is: ended anywhere, the next rotation goes on from there.
 */
static int
rotate(struct vault *v, const struct key_options *o, struct err *err)
{
	char login[AUTHOR_MAX];
	struct register_db *db;
	int ret = -1;

	if (keyring_add_next(v->keys, err) < 0 ||
	    register_open(&db, v->home.db, v->keys, REGISTER_WRITE, err) < 0)
		return -1;
	if (register_rekey(db, keyring_next(v->keys), clock_now(),
		span_str(author_name(login, o->vault.by)), err) == 0)
		ret = 0;
	register_close(db);
	return ret < 0 ? -1 : keyring_take_next(v->keys, err);
}

/* An index is sealed under the key it was made with. */
static void
index_hint(const struct vault *v)
{
	struct generations g;
	struct err ignored;

	if (generations_open(&g, &v->home, &ignored) < 0)
		return;
	if (g.n > 0)
		fputs("scrub: hint: the index is under the old key: "
		      "'scrub refresh --force' makes it anew\n",
		    stderr);
	generations_close(&g);
}

static int
rotate_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct key_options o = { 0 };
	struct vault v = { 0 };
	int ret = -1;

	if (take_all(c->options, argc, argv, &o, NULL, err) < 0)
		return -1;
	if (vault_open(&v, &o.vault, "scrub key rotate", err) == 0 &&
	    may(&o, "seal everything anew, under a new key?",
		"seal everything anew, under a new key", &ret, err) > 0) {
		ret = rotate(&v, &o, err);
		if (ret == 0) {
			printf("current\t%s\n", keyring_current(v.keys));
			fputs("scrub: hint: back up the new key; backups "
			      "made until now need the old one\n",
			    stderr);
			index_hint(&v);
			ret = EXIT_DONE;
		}
	}
	vault_close(&v);
	return ret;
}

static const struct command verb_rotate = {
	.name = "rotate",
	.usage = "scrub key rotate [OPTION]...",
	.about = "replace the key by a new one, and seal everything under it",
	.options = &rotate_table,
	.run = rotate_run,
};

/* ---- protect and unprotect ---- */

static int
protect_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct key_options o = { 0 };
	struct vault v = { 0 };
	char *phrase = NULL;
	size_t n;
	int ret = -1;

	if (take_all(c->options, argc, argv, &o, NULL, err) < 0)
		return -1;
	if (vault_open(&v, &o.vault, "scrub key protect", err) == 0 &&
	    may(&o, "protect the key by a new passphrase?",
		"protect the key by a new passphrase", &ret, err) > 0) {
		phrase = new_phrase(&o, &v, "new passphrase of the key", &n,
		    err);
		ret = phrase ? keyring_protect(v.keys, phrase, n, err) : -1;
		if (ret == 0)
			ret = EXIT_DONE;
	}
	secret_free(phrase);
	vault_close(&v);
	return ret;
}

static const struct command verb_protect = {
	.name = "protect",
	.usage = "scrub key protect [OPTION]...",
	.about = "ask for a passphrase from now on, or for another one",
	.options = &protect_table,
	.run = protect_run,
};

static int
unprotect_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct key_options o = { 0 };
	struct vault v = { 0 };
	int ret = -1;

	if (take_all(c->options, argc, argv, &o, NULL, err) < 0)
		return -1;
	if (vault_open(&v, &o.vault, "scrub key unprotect", err) == 0 &&
	    may(&o, "store the key without a passphrase?",
		"store the key without a passphrase", &ret, err) > 0)
		ret = keyring_protect(v.keys, NULL, 0, err) < 0 ? -1 :
								  EXIT_DONE;
	vault_close(&v);
	return ret;
}

static const struct command verb_unprotect = {
	.name = "unprotect",
	.usage = "scrub key unprotect [OPTION]...",
	.about = "store the key without a passphrase",
	.options = &unprotect_table,
	.run = unprotect_run,
};

/* ---- backup and restore ---- */

static int
backup_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct key_options o = { 0 };
	struct vault v = { 0 };
	const char *file = NULL;
	char *phrase = NULL;
	size_t n;
	int ret = -1;

	if (take_all(c->options, argc, argv, &o, &file, err) < 0)
		return -1;
	if (vault_open(&v, &o.vault, NULL, err) == 0 &&
	    home_guard(&v.home, file, err) == 0 &&
	    (phrase = new_phrase(&o, &v, "passphrase of the backup", &n, err)))
		ret = keyring_backup(v.keys, file, phrase, n, err) < 0 ?
		    -1 :
		    EXIT_DONE;
	secret_free(phrase);
	vault_close(&v);
	return ret;
}

static const struct command verb_backup = {
	.name = "backup",
	.usage = "scrub key backup [OPTION]... FILE",
	.about = "write a copy of the key, under a passphrase of its own",
	.options = &backup_table,
	.run = backup_run,
};

static int
restore(struct vault *v, const struct key_options *o, const char *file,
    struct err *err)
{
	char *phrase = secret_alloc(PASSPHRASE_MAX, err);
	unsigned made;
	int n, ret = -1;

	if (!phrase)
		return -1;
	n = passphrase_read(&o->vault.phrase, "passphrase of the backup", false,
	    phrase, PASSPHRASE_MAX, err);
	if (n >= 0 &&
	    (o->dry_run ||
		home_create(&v->home, HOME_DIR, "scrub key restore", &v->lock,
		    &made, err) == 0))
		ret = keyring_restore(file, v->home.key, phrase, (size_t)n,
		    o->dry_run, err);
	secret_free(phrase);
	return ret;
}

static int
restore_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct key_options o = { 0 };
	struct vault v = { 0 };
	const char *file = NULL;
	int ret = -1;

	if (take_all(c->options, argc, argv, &o, &file, err) < 0)
		return -1;
	if (vault_find(&v, &o.vault, err) < 0)
		goto out;
	if (!o.dry_run &&
	    (ret = confirm(o.yes, "put the key of the backup in place?", err)) <
		1) {
		ret = ret < 0 ? -1 : EXIT_NO;
		goto out;
	}
	if ((ret = restore(&v, &o, file, err)) < 0)
		goto out;
	printf("%s%s\n", o.dry_run ? "would write " : "", v.home.key);
	ret = EXIT_DONE;
out:
	vault_close(&v);
	return ret;
}

static const struct command verb_restore = {
	.name = "restore",
	.usage = "scrub key restore [OPTION]... FILE",
	.about = "bring back the key from a backup",
	.options = &restore_table,
	.run = restore_run,
};

static const struct command *const verbs[] = {
	&verb_show,
	&verb_rotate,
	&verb_protect,
	&verb_unprotect,
	&verb_backup,
	&verb_restore,
};

const struct command command_key = {
	.name = "key",
	.usage = "scrub key VERB [OPTION]...",
	.about = "show, replace, protect, copy and restore the key of a home",
	.verbs = verbs,
	.nverbs = sizeof(verbs) / sizeof(*verbs),
};
