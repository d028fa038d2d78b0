/*
 * entry_options.h - the options of dnc, consent, allow, person and calls.
 *
 * Each verb's table is put together from the groups below, all of which fill
 * in one struct entry_options; it begins with the home's (vault.h).
 *
 *	static const struct option_spec add_specs[] = {
 *		ENTRY_NUMBERS,
 *		ENTRY_REASON("REASON", ENTRY_REASONS, "why ..."),
 *		ENTRY_FACTS,
 *		ENTRY_CHANGE,
 *		VAULT_OPTIONS("Home"),
 *		VERB_HELP("Home"),
 *	};
 *
 *	struct entry_options o;
 *
 *	entry_options_begin(&o);
 *	if (option_parse(&table, argc, argv, &o, &first, err) < 0 ||
 *	    vault_open(&v, &o.vault, "scrub dnc add", err) < 0 ||
 *	    entry_options_settle(&o, &v.home, err) < 0)
 *		ret = -1;
 *	entry_options_release(&o);
 */
#ifndef SCRUB_CMD_ENTRY_OPTIONS_H
#define SCRUB_CMD_ENTRY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "author.h"
#include "base/buf.h"
#include "base/clock.h"
#include "flow/entry_import.h"
#include "store/register.h"
#include "vault.h"

struct entry_options {
	struct vault_options vault; /* first */

	/* as given */
	const char *tz, *person, *reason, *source, *approved_by;
	const char *evidence, *note, *note_file, *topic, *campaign, *channel;
	const char *at, *requested, *effective, *expires, *review;
	const char *within, *before, *expires_before, *review_due, *keep;
	const char *only;
	bool permanent, skip_bad, dry_run, yes, json, reveal, history, quiet;
	const char *out;
	struct number_rules rules;
	struct entry_import_options import; /* what is about the file alone */

	/* settled */
	struct zone *zone;
	int64_t now;
	char author[AUTHOR_MAX];
	char conf_tz[64];
	struct register_entry entry; /* what the options say of an entry */
	struct clock_time said_at;   /* --at; from 0: not said */
	unsigned char digest[REGISTER_SHA256];
	char *evidence_path;
	struct buf note_text;
	int64_t from, to; /* --within, --before, --expires-before */
	int64_t review_to;
	int64_t keep_from; /* --keep */
	int64_t caps_need; /* seconds that the caps of scrub.conf look back */
};

void entry_options_begin(struct entry_options *o);
void entry_options_release(struct entry_options *o);

/*
 * Read region, tz, area and vanity of the home's scrub.conf, where the options
 * leave them open, and work out times, texts and names.  `reason_is_text`:
 * --reason is why something is removed, in anybody's words.  ERR_USAGE.
 */
int entry_options_settle(struct entry_options *o, const struct home *home,
    bool reason_is_text, struct err *err);

/* What is said of why and who, for register_remove(). */
struct span entry_why(const struct entry_options *o);

/* ---- the groups; `take` functions are all here ---- */

#define TAKE(name) \
	int entry_take_##name(void *ctx, const char *value, struct err *err)
TAKE(region);
TAKE(area);
TAKE(vanity);
TAKE(tz);
TAKE(person);
TAKE(skip_bad);
TAKE(reason);
TAKE(only);
TAKE(source);
TAKE(approved_by);
TAKE(evidence);
TAKE(note);
TAKE(note_file);
TAKE(topic);
TAKE(campaign);
TAKE(channel);
TAKE(at);
TAKE(requested);
TAKE(effective);
TAKE(expires);
TAKE(review);
TAKE(permanent);
TAKE(dry_run);
TAKE(yes);
TAKE(json);
TAKE(reveal);
TAKE(history);
TAKE(quiet);
TAKE(out);
TAKE(within);
TAKE(before);
TAKE(expires_before);
TAKE(review_due);
TAKE(map);
TAKE(date_format);
TAKE(list_header);
TAKE(empty_ok);
TAKE(max_bad);
TAKE(rejects);
TAKE(report);
TAKE(layout);
TAKE(run);
TAKE(keep);
#undef TAKE

#define ENTRY_OPTION(name, letter, arg, values, flags, group, about, take) \
	{ \
		name, letter, arg, values, (flags) | OPTION_ONLY_CLI, group, \
		    about, entry_take_##take \
	}

#define ENTRY_REASONS \
	"request|complaint|behaviour|malicious|policy|legal|dead-number|other"

#define ENTRY_READ_NUMBERS \
	ENTRY_OPTION("region", 'r', "CC", NULL, 0, "Numbers", \
	    "region of numbers without a country code (scrub.conf's)", \
	    region), \
	    ENTRY_OPTION("area", 0, "CODE", NULL, 0, "Numbers", \
		"area code of local numbers (scrub.conf's)", area), \
	    ENTRY_OPTION("vanity", 0, NULL, NULL, 0, "Numbers", \
		"letters are keypad digits: 1-800-FLOWERS", vanity)

#define ENTRY_NUMBERS \
	ENTRY_READ_NUMBERS, \
	    ENTRY_OPTION("skip-bad", 0, NULL, NULL, 0, "Numbers", \
		"go on without numbers that cannot be read", skip_bad)

#define ENTRY_PERSON \
	ENTRY_OPTION("person", 0, "ID", NULL, 0, "Numbers", \
	    "a customer id: the entry is about that person", person)

#define ENTRY_REASON(arg, values, about) \
	ENTRY_OPTION("reason", 0, arg, values, 0, "Entry", about, reason)

#define ENTRY_SCOPE(about) \
	ENTRY_OPTION("topic", 0, "T", NULL, 0, "Entry", \
	    about " this topic or purpose", topic), \
	    ENTRY_OPTION("campaign", 0, "C", NULL, 0, "Entry", \
		about " this campaign", campaign), \
	    ENTRY_OPTION("channel", 0, "CHANNEL", "voice|sms|email|other", 0, \
		"Entry", about " this channel: voice, sms, email, other", \
		channel)

#define ENTRY_SAID \
	ENTRY_OPTION("source", 0, "SOURCE", \
	    "call|email|web|sms|agent|crm|import", 0, "Entry", \
	    "how we know: call, email, web, sms, agent, crm, import", source), \
	    ENTRY_OPTION("evidence", 0, "FILE", NULL, OPTION_FILE, "Entry", \
		"a file that proves it, whose SHA-256 is kept; or a " \
		"reference", \
		evidence), \
	    ENTRY_OPTION("note", 0, "TEXT", NULL, 0, "Entry", \
		"a note; it is sealed", note), \
	    ENTRY_OPTION("note-file", 0, "FILE", NULL, OPTION_FILE, "Entry", \
		"read the note from FILE, or - for standard input", note_file)

#define ENTRY_WHO \
	VAULT_BY("Entry"), \
	    ENTRY_OPTION("approved-by", 0, "NAME", NULL, 0, "Entry", \
		"who approved it", approved_by)

#define ENTRY_REQUESTED \
	ENTRY_OPTION("requested", 0, "TIME", NULL, 0, "Entry", \
	    "when it was asked for", requested)
#define ENTRY_EFFECTIVE \
	ENTRY_OPTION("effective", 0, "TIME", NULL, 0, "Entry", \
	    "it counts from then on (now)", effective)
#define ENTRY_ENDS \
	ENTRY_OPTION("expires", 0, "TIME", NULL, 0, "Entry", \
	    "until when it counts, or how long: 90d (for ever)", expires), \
	    ENTRY_OPTION("review", 0, "TIME", NULL, 0, "Entry", \
		"when somebody is to look at it again, or in how long: 90d", \
		review)
#define ENTRY_ZONE \
	ENTRY_OPTION("tz", 0, "ZONE", NULL, 0, "Entry", \
	    "time zone of times without one (scrub.conf's, else the system's)", \
	    tz)

#define ENTRY_DRY \
	ENTRY_OPTION("dry-run", 'n', NULL, NULL, 0, "Output", \
	    "say what would be done, do nothing", dry_run)
#define ENTRY_YES \
	ENTRY_DRY, \
	    ENTRY_OPTION("yes", 'y', NULL, NULL, 0, "Output", "do not ask", \
		yes)
#define ENTRY_JSON \
	ENTRY_OPTION("json", 0, NULL, NULL, 0, "Output", \
	    "one JSON document instead of lines", json)
#define ENTRY_REVEAL \
	ENTRY_OPTION("reveal", 0, NULL, NULL, 0, "Output", \
	    "show numbers and customer ids in full; the audit log has it", \
	    reveal)
#define ENTRY_QUIET \
	ENTRY_OPTION("quiet", 'q', NULL, NULL, 0, "Output", "no summary", quiet)

/* ---- files ---- */

#define ENTRY_FILE \
	ENTRY_OPTION("map", 0, "FIELD=COLUMN", NULL, OPTION_REPEAT, "Reading", \
	    "where a field is: a header name or a number from 1", map), \
	    ENTRY_OPTION("date-format", 0, "[FIELD=]FORMAT", NULL, \
		OPTION_REPEAT, "Reading", \
		"how dates are written, as for strptime(3)", date_format), \
	    ENTRY_OPTION("list-header", 0, "yes|no", "yes|no", 0, "Reading", \
		"say whether there is a header row (detected)", list_header), \
	    ENTRY_OPTION("empty-ok", 0, NULL, NULL, 0, "Reading", \
		"the file may be empty", empty_ok), \
	    ENTRY_OPTION("max-bad", 0, "PCT", NULL, 0, "Reading", \
		"per cent of lines that may be unusable (1)", max_bad), \
	    ENTRY_OPTION("rejects", 0, "FILE", NULL, OPTION_FILE, "Reading", \
		"where lines that cannot be used are written " \
		"(INPUT.unusable.csv)", \
		rejects), \
	    ENTRY_OPTION("report", 0, "FILE", NULL, OPTION_FILE, "Reading", \
		"write down what became of every line", report)

#define ENTRY_OUT \
	ENTRY_OPTION("out", 'o', "FILE", NULL, OPTION_FILE, "Output", \
	    "where to write; - is standard output (-)", out)

#endif
