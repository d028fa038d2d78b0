#include "cmd.h"
#include "entry_change.h"
#include "entry_file.h"
#include "entry_list.h"
#include "verb.h"

/* ---- grant ---- */

static const struct option_spec grant_specs[] = {
	ENTRY_NUMBERS,
	ENTRY_PERSON,
	ENTRY_OPTION("at", 0, "TIME", NULL, 0, "Entry",
	    "when consent was given (now)", at),
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
static const struct option_table grant_table = OPTION_TABLE(grant_specs);

static const struct command verb_grant = {
	.name = "grant",
	.usage = "scrub consent grant [OPTION]... [NUMBER...|-]",
	.about = "record that consent was given",
	.options = &grant_table,
	.run = entry_change_run,
	.what =
	    &(const struct entry_change){
		.command = "scrub consent grant",
		.kind = FACT_CONSENT,
		.question = "record consent of",
	    },
};

/* ---- withdraw ---- */

static const struct option_spec withdraw_specs[] = {
	ENTRY_NUMBERS,
	ENTRY_PERSON,
	ENTRY_OPTION("at", 0, "TIME", NULL, 0, "Entry",
	    "when consent was withdrawn (now)", at),
	ENTRY_REASON("REASON", ENTRY_REASONS,
	    "why: request, complaint, behaviour, malicious, policy, legal, dead-number, other"),
	ENTRY_SCOPE("only for"),
	ENTRY_SAID,
	ENTRY_WHO,
	ENTRY_REQUESTED,
	ENTRY_ZONE,
	ENTRY_YES,
	ENTRY_JSON,
	ENTRY_REVEAL,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table withdraw_table = OPTION_TABLE(withdraw_specs);

static const struct command verb_withdraw = {
	.name = "withdraw",
	.usage = "scrub consent withdraw [OPTION]... [NUMBER...|-]",
	.about = "record that consent was withdrawn, or never given",
	.options = &withdraw_table,
	.run = entry_change_run,
	.what =
	    &(const struct entry_change){
		.command = "scrub consent withdraw",
		.kind = FACT_WITHDRAWN,
		.person_too = true,
	    },
};

/* ---- import ---- */

static const struct option_spec import_specs[] = {
	ENTRY_READ_NUMBERS,
	ENTRY_FILE,
	ENTRY_SCOPE("of lines that say none:"),
	ENTRY_SAID,
	ENTRY_WHO,
	ENTRY_REQUESTED,
	ENTRY_ENDS,
	ENTRY_ZONE,
	ENTRY_YES,
	ENTRY_JSON,
	ENTRY_QUIET,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table import_table = OPTION_TABLE(import_specs);

static const struct command verb_import = {
	.name = "import",
	.usage = "scrub consent import [OPTION]... FILE|-",
	.about = "record the consents and withdrawals of a list",
	.options = &import_table,
	.run = entry_import_run,
	.what =
	    &(const struct entry_file){
		.command = "scrub consent import",
		.kind = LIST_CONSENT,
		.question =
		    "record the consents of this file, which permit calls?",
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
	.usage = "scrub consent export [OPTION]...",
	.about = "write consents and withdrawals as CSV, with numbers in full",
	.options = &export_table,
	.run = entry_export_run,
	.what =
	    &(const struct entry_file){
		.command = "scrub consent export",
		.kind = LIST_CONSENT,
	    },
};

/* ---- expiring ---- */

static const struct option_spec expiring_specs[] = {
	ENTRY_OPTION("within", 0, "TIME", NULL, 0, "Entry",
	    "in how long: 30d (the default)", within),
	ENTRY_OPTION("before", 0, "TIME", NULL, 0, "Entry", "before when",
	    before),
	VAULT_BY("Entry"),
	ENTRY_ZONE,
	ENTRY_JSON,
	ENTRY_REVEAL,
	ENTRY_QUIET,
	VAULT_OPTIONS("Home"),
	VERB_HELP("Home"),
};
static const struct option_table expiring_table = OPTION_TABLE(expiring_specs);

static const struct command verb_expiring = {
	.name = "expiring",
	.usage = "scrub consent expiring [OPTION]...",
	.about = "show the consents that end soon",
	.options = &expiring_table,
	.run = entry_list_run,
	.what =
	    &(const struct entry_list){
		.command = "scrub consent expiring",
		.kind = FACT_CONSENT,
		.expiring = true,
	    },
};

static const struct command *const verbs[] = {
	&verb_grant,
	&verb_withdraw,
	&verb_import,
	&verb_export,
	&verb_expiring,
};

const struct command command_consent = {
	.name = "consent",
	.usage = "scrub consent VERB [OPTION]...",
	.about = "consents: who agreed to be called, and who took it back",
	.verbs = verbs,
	.nverbs = sizeof(verbs) / sizeof(*verbs),
};
