#include "cmd.h"
#include "entry_change.h"
#include "verb.h"

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
static const struct option_table link_table = OPTION_TABLE(link_specs);

static const struct command verb_link = {
	.name = "link",
	.usage = "scrub person link [OPTION]... ID [NUMBER...|-]",
	.about = "say that numbers are of one person",
	.options = &link_table,
	.run = entry_change_run,
	.what =
	    &(const struct entry_change){
		.command = "scrub person link",
		.kind = REGISTER_LINK,
		.link = true,
	    },
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
static const struct option_table unlink_table = OPTION_TABLE(unlink_specs);

static const struct command verb_unlink = {
	.name = "unlink",
	.usage = "scrub person unlink [OPTION]... ID [NUMBER...|-]",
	.about = "say that numbers are not, or no more",
	.options = &unlink_table,
	.run = entry_change_run,
	.what =
	    &(const struct entry_change){
		.command = "scrub person unlink",
		.kind = REGISTER_LINK,
		.link = true,
		.remove = true,
		.question = "unlink",
		.question_end = " from this person",
	    },
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
