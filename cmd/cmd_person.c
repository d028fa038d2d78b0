#include "cmd.h"
#include "entry_change.h"
#include "verb.h"

#define TABLE(specs) \
	{ \
		(specs), sizeof(specs) / sizeof(*(specs)) \
	}

/* ---- link ---- */

static const struct option_spec link_specs[] = {
	ENTRY_NUMBERS,
	ENTRY_SAID,
	ENTRY_WHO,
	ENTRY_YES,
	ENTRY_JSON,
	ENTRY_REVEAL,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table link_table = TABLE(link_specs);

static int
link_run(int argc, char **argv, struct err *err)
{
	static const struct entry_change what = {
		.command = "scrub person link",
		.table = &link_table,
		.kind = REGISTER_LINK,
		.link = true,
	};

	return entry_change_run(&what, argc, argv, err);
}

static const struct command verb_link = {
	.name = "link",
	.usage = "scrub person link [OPTION]... ID [NUMBER...|-]",
	.about = "say that numbers are of one person",
	.options = &link_table,
	.run = link_run,
};

/* ---- unlink ---- */

static const struct option_spec unlink_specs[] = {
	ENTRY_NUMBERS,
	ENTRY_REASON("TEXT", NULL, "why it is removed"),
	ENTRY_SAID,
	ENTRY_WHO,
	ENTRY_YES,
	ENTRY_JSON,
	ENTRY_REVEAL,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table unlink_table = TABLE(unlink_specs);

static int
unlink_run(int argc, char **argv, struct err *err)
{
	static const struct entry_change what = {
		.command = "scrub person unlink",
		.table = &unlink_table,
		.kind = REGISTER_LINK,
		.link = true,
		.remove = true,
		.question = "unlink",
		.question_end = " from this person",
	};

	return entry_change_run(&what, argc, argv, err);
}

static const struct command verb_unlink = {
	.name = "unlink",
	.usage = "scrub person unlink [OPTION]... ID [NUMBER...|-]",
	.about = "say that numbers are not, or no more",
	.options = &unlink_table,
	.run = unlink_run,
};

static const struct command *const verbs[] = {
	&verb_link,
	&verb_unlink,
};

const struct command command_person = {
	.name = "person",
	.usage = "scrub person VERB [OPTION]...",
	.about = "which numbers are of which customer id",
	.verbs = verbs,
	.nverbs = sizeof(verbs) / sizeof(*verbs),
};
