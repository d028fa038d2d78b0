#include "cmd.h"
#include "entry_change.h"
#include "entry_file.h"
#include "entry_list.h"
#include "verb.h"

/* ---- add ---- */

static const struct option_spec add_specs[] = {
	ENTRY_NUMBERS,
	ENTRY_PERSON,
	ENTRY_REASON("REASON", ENTRY_REASONS,
	    "why: request, complaint, behaviour, malicious, policy, legal, dead-number, other"),
	ENTRY_SCOPE("only for"),
	ENTRY_SAID,
	ENTRY_WHO,
	ENTRY_REQUESTED,
	ENTRY_EFFECTIVE,
	ENTRY_ENDS,
	ENTRY_ZONE,
	ENTRY_YES,
	ENTRY_JSON,
	ENTRY_REVEAL,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table add_table = OPTION_TABLE(add_specs);

static const struct command verb_add = {
	.name = "add",
	.usage = "scrub allow add [OPTION]... [NUMBER...|-]",
	.about = "put numbers on the allow list",
	.options = &add_table,
	.run = entry_change_run,
	.what =
	    &(const struct entry_change){
		.command = "scrub allow add",
		.kind = FACT_ALLOW,
		.question = "put",
		.question_end = " on the allow list",
	    },
};

/* ---- remove ---- */

static const struct option_spec remove_specs[] = {
	ENTRY_NUMBERS,
	ENTRY_PERSON,
	ENTRY_REASON("TEXT", NULL, "why it is removed"),
	ENTRY_SCOPE("only entries limited to"),
	ENTRY_SAID,
	ENTRY_WHO,
	ENTRY_YES,
	ENTRY_JSON,
	ENTRY_REVEAL,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table remove_table = OPTION_TABLE(remove_specs);

static const struct command verb_remove = {
	.name = "remove",
	.usage = "scrub allow remove [OPTION]... [NUMBER...|-]",
	.about = "take numbers off the allow list",
	.options = &remove_table,
	.run = entry_change_run,
	.what =
	    &(const struct entry_change){
		.command = "scrub allow remove",
		.kind = FACT_ALLOW,
		.remove = true,
		.person_too = true,
	    },
};

/* ---- import ---- */

static const struct option_spec import_specs[] = {
	ENTRY_READ_NUMBERS,
	ENTRY_FILE,
	ENTRY_REASON("REASON", ENTRY_REASONS,
	    "of lines that say none: request, complaint, behaviour, malicious, policy, legal, dead-number, other"),
	ENTRY_SCOPE("of lines that say none:"),
	ENTRY_SAID,
	ENTRY_WHO,
	ENTRY_REQUESTED,
	ENTRY_ENDS,
	ENTRY_ZONE,
	ENTRY_EFFECTIVE,
	ENTRY_YES,
	ENTRY_JSON,
	ENTRY_QUIET,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table import_table = OPTION_TABLE(import_specs);

static const struct command verb_import = {
	.name = "import",
	.usage = "scrub allow import [OPTION]... FILE|-",
	.about = "put a list of numbers on the allow list",
	.options = &import_table,
	.run = entry_import_run,
	.what =
	    &(const struct entry_file){
		.command = "scrub allow import",
		.kind = LIST_ALLOW,
		.question = "put the numbers of this file on the allow list?",
	    },
};

/* ---- export ---- */

static const struct option_spec export_specs[] = {
	VAULT_BY("Entry"),
	ENTRY_OUT,
	ENTRY_REVEAL,
	ENTRY_QUIET,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table export_table = OPTION_TABLE(export_specs);

static const struct command verb_export = {
	.name = "export",
	.usage = "scrub allow export [OPTION]...",
	.about = "write the allow list as CSV, with numbers in full",
	.options = &export_table,
	.run = entry_export_run,
	.what =
	    &(const struct entry_file){
		.command = "scrub allow export",
		.kind = LIST_ALLOW,
	    },
};

/* ---- list ---- */

static const struct option_spec list_specs[] = {
	ENTRY_REASON("REASON", ENTRY_REASONS, "only entries with this reason"),
	ENTRY_OPTION("expires-before", 0, "TIME", NULL, 0, "Entry",
	    "only entries that end before then, or in so long: 30d",
	    expires_before),
	ENTRY_OPTION("review-due", 0, "TIME", NULL, 0, "Entry",
	    "only entries to be looked at by then, or in so long", review_due),
	ENTRY_OPTION("history", 0, NULL, NULL, 0, "Entry",
	    "superseded and removed ones too", history),
	VAULT_BY("Entry"),
	ENTRY_ZONE,
	ENTRY_JSON,
	ENTRY_REVEAL,
	ENTRY_QUIET,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table list_table = OPTION_TABLE(list_specs);

static const struct command verb_show = {
	.name = "list",
	.usage = "scrub allow list [OPTION]...",
	.about = "show the allow list",
	.options = &list_table,
	.run = entry_list_run,
	.what =
	    &(const struct entry_list){
		.command = "scrub allow list",
		.kind = FACT_ALLOW,
	    },
};

static const struct command *const verbs[] = {
	&verb_add,
	&verb_remove,
	&verb_import,
	&verb_export,
	&verb_show,
};

const struct command command_allow = {
	.name = "allow",
	.usage = "scrub allow VERB [OPTION]...",
	.about = "the allow list: who has priority, or alone may be called",
	.verbs = verbs,
	.nverbs = sizeof(verbs) / sizeof(*verbs),
};
