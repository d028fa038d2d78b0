#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "author.h"
#include "base/clock.h"
#include "cmd.h"
#include "flow/generations.h"
#include "flow/lists.h"
#include "flow/pipeline.h"
#include "flow/refresh.h"
#include "store/index.h"
#include "vault.h"
#include "verb.h"

static const struct option_spec look_specs[] = {
	VAULT_OPTIONS("Options"),
	VERB_HELP("Options"),
};

static const struct option_spec rollback_specs[] = {
	VAULT_BY("Options"),
	VAULT_OPTIONS("Options"),
	VERB_HELP("Options"),
};

static const struct option_table look_table = OPTION_TABLE(look_specs);
static const struct option_table rollback_table = OPTION_TABLE(rollback_specs);

/* ---- what they share ---- */

/* An index looked into: the generation in force, or the one that was named. */
struct looking {
	struct vault_options o;
	struct vault vault;
	struct generations gens;
	uint64_t id; /* 0: none was named */
};

static int
generation_parse(uint64_t *out, const char *s, struct err *err)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 18 || s[n] || strtoull(s, NULL, 10) == 0) {
		err_set(err, ERR_USAGE, "'%s' is no generation", s);
		return err_hint(err, "'scrub index info' lists them");
	}
	*out = strtoull(s, NULL, 10);
	return 0;
}

static int
look(struct looking *l, const struct option_table *t, int argc, char **argv,
    struct err *err)
{
	int first;

	if (option_parse(t, argc, argv, &l->o, &first, err) < 0)
		return -1;
	if (argc - first > 1)
		return err_set(err, ERR_USAGE, "index %s: '%s' is too much",
		    argv[0], argv[first + 1]);
	if (first < argc && generation_parse(&l->id, argv[first], err) < 0)
		return -1;
	if (vault_open(&l->vault, &l->o, NULL, err) < 0)
		return -1;
	return generations_open(&l->gens, &l->vault.home, err);
}

static void
look_end(struct looking *l)
{
	generations_close(&l->gens);
	vault_close(&l->vault);
}

/* The path of what is to be looked into; the caller's to free. */
static char *
look_path(const struct looking *l, struct err *err)
{
	uint64_t id = l->id;

	if (id ? generations_back(&l->gens, id, &id, err) < 0 :
		 generations_check(&l->gens, err) < 0)
		return NULL;
	return generations_path(&l->gens, id ? id : l->gens.current, err);
}

/* ---- verify ---- */

static int
verify_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct looking l = { 0 };
	struct index_about about;
	char *path = NULL;
	int ret = -1;

	if (look(&l, c->options, argc, argv, err) == 0 &&
	    (path = look_path(&l, err)) &&
	    index_verify(path, l.vault.keys, pipeline_threads(), &about, err) ==
		0) {
		printf("ok\tgeneration %" PRIu64 "\t%" PRIu64 " facts\t%" PRIu64
		       " pages\n",
		    about.generation, about.facts, about.pages);
		ret = EXIT_DONE;
	}
	free(path);
	look_end(&l);
	return ret;
}

static const struct command verb_verify = {
	.name = "verify",
	.usage = "scrub index verify [OPTION]... [GENERATION]",
	.about = "read a whole index and check every byte of it",
	.options = &look_table,
	.run = verify_run,
};

/* ---- info ---- */

static void
list_print(const struct index_list *l, int64_t now)
{
	char at[CLOCK_TEXT_MAX] = "-", until[CLOCK_TEXT_MAX];
	int64_t stale = refresh_stale_at(l);

	if (l->as_of >= 0)
		clock_text(at, l->as_of);
	clock_text(until, stale);
	printf("list\t%s\t%s\t%" PRIu64 " lines\t%" PRIu64
	       " unusable\tof %s\t%s %s",
	    l->name,
	    l->kind < LIST_KINDS ? list_kind_name((enum list_kind)l->kind) :
				   "?",
	    l->lines, l->unusable, at, now > stale ? "stale since" : "until",
	    until);
	if (l->covers)
		printf("\tcovers %zu prefixes", l->covers);
	if (l->calls_since >= 0) {
		clock_text(at, l->calls_since);
		printf("\tcalls since %s, %" PRIu64 " older", at, l->too_old);
	}
	if (l->sequence)
		printf("\tchange list %" PRIu64, l->sequence);
	if (*l->owner)
		printf("\t%s", l->owner);
	putchar('\n');
}

static void
info_print(const struct looking *l, const char *path, const struct index *ix)
{
	const struct index_about *a = index_about(ix);
	struct index_room room;
	char created[CLOCK_TEXT_MAX];
	size_t i;

	index_room(ix, &room);
	clock_text(created, a->created);
	printf("generation\t%" PRIu64 "%s\ncreated\t%s\nfile\t%s\n",
	    a->generation,
	    a->generation == l->gens.current ? " (in force)" : "", created,
	    path);
	printf("bytes\t%" PRIu64 "\nfacts\t%" PRIu64 "\npages\t%" PRIu64
	       " (%.0f %% full)\nkey\t%s\nregister\tto record %" PRIu64 "\n",
	    a->bytes, a->facts, a->pages,
	    room.words ? 100.0 * (double)room.taken / (double)room.words : 0,
	    a->key_id, a->mark[0]);
	for (i = 0; i < a->lists; i++)
		list_print(&a->list[i], clock_now());
	fputs("generations", stdout);
	for (i = 0; i < l->gens.n; i++)
		printf("\t%" PRIu64, l->gens.id[i]);
	putchar('\n');
}

static int
info_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct looking l = { 0 };
	struct index *ix = NULL;
	char *path = NULL;
	int ret = -1;

	if (look(&l, c->options, argc, argv, err) == 0 &&
	    (path = look_path(&l, err)) &&
	    index_open(&ix, path, l.vault.keys, err) == 0) {
		info_print(&l, path, ix);
		ret = EXIT_DONE;
	}
	index_close(ix);
	free(path);
	look_end(&l);
	return ret;
}

static const struct command verb_info = {
	.name = "info",
	.usage = "scrub index info [OPTION]... [GENERATION]",
	.about = "print what an index holds, list by list",
	.options = &look_table,
	.run = info_run,
};

/* ---- rollback ---- */

static int
rollback_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct looking l = { 0 };
	struct refresh_options o = { .clock = clock_now };
	char login[AUTHOR_MAX];
	uint64_t was, now;
	int ret = -1;

	if (look(&l, c->options, argc, argv, err) < 0)
		goto out;
	o.home = &l.vault.home;
	o.keys = l.vault.keys;
	o.now = clock_now();
	o.threads = pipeline_threads();
	o.author = author_name(login, l.o.by);
	if (refresh_rollback(&o, l.id, &was, &now, err) == 0) {
		printf("generation %" PRIu64 " (was %" PRIu64 ")\n", now, was);
		ret = EXIT_DONE;
	}
out:
	look_end(&l);
	return ret;
}

static const struct command verb_rollback = {
	.name = "rollback",
	.usage = "scrub index rollback [OPTION]... [GENERATION]",
	.about = "put the generation before in force again, or the one named",
	.options = &rollback_table,
	.run = rollback_run,
};

static const struct command *const verbs[] = {
	&verb_verify,
	&verb_info,
	&verb_rollback,
};

const struct command command_index = {
	.name = "index",
	.usage = "scrub index VERB [OPTION]... [GENERATION]",
	.about = "check, describe and roll back the compiled index",
	.verbs = verbs,
	.nverbs = sizeof(verbs) / sizeof(*verbs),
};
