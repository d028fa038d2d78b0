#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/outfile.h"
#include "flow/entry_export.h"
#include "flow/entry_import.h"

/* 2026-03-10T12:00:00Z */
#define NOW INT64_C(1773144000)
#define DAY INT64_C(86400)

static char folder[] = "/tmp/scrub-entry.XXXXXX";
static struct keyring *keys;
static struct register_db *db;
static struct zone *zone;

static void
enter(void)
{
	struct err err;

	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
	cr_assert(keyring_create("key", &err) == 0, "%s", err.text);
	cr_assert(keyring_open(&keys, "key", NULL, &err) == 0);
	cr_assert(register_create("db", keys, NOW, &err) == 0);
	cr_assert(register_open(&db, "db", keys, REGISTER_WRITE, &err) == 0);
	cr_assert(zone_open(&zone, "UTC", &err) == 0);
}

static void
leave(void)
{
	char command[100];

	register_close(db);
	keyring_close(keys);
	zone_close(zone);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	cr_expect(chdir("/") == 0 && system(command) == 0);
}

TestSuite(entry_import, .init = enter, .fini = leave);

static struct entry_import_options
options(enum list_kind kind)
{
	return (struct entry_import_options){
		.kind = kind,
		.path = "in.csv",
		.max_bad = 100,
		.rules = { .region = region_code(SPAN("CN")) },
		.zone = zone,
		.now = NOW,
		.entry.origin = { .source = SOURCE_IMPORT,
		    .author = SPAN("amy") },
		.layout = kind == LIST_CALLS ? call_layout(LAYOUT_GENERIC) :
					       NULL,
		.rejects = "out.csv",
	};
}

static void
write_file(const char *text)
{
	FILE *f = fopen("in.csv", "w");

	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static struct entry_import_result
import(const struct entry_import_options *o, const char *text)
{
	struct entry_import_result r;
	struct err err = { 0 };

	write_file(text);
	cr_assert(entry_import(db, o, &r, &err) == 0, "%s", err.text);
	return r;
}

/* What register_find() tells of a number. */
struct told {
	size_t n;
	struct register_entry e[8]; /* without texts */
	char topic[8][32], note[8][32];
};

static int
told(void *arg, const struct register_fact *f, struct err *err)
{
	struct told *t = arg;

	(void)err;
	cr_assert(t->n < 8);
	t->e[t->n] = f->entry;
	snprintf(t->topic[t->n], 32, "%.*s", (int)f->entry.topic.n,
	    f->entry.topic.p);
	snprintf(t->note[t->n++], 32, "%.*s", (int)f->entry.note.n,
	    f->entry.note.p);
	return 0;
}

static struct told
find(uint64_t key)
{
	const struct register_subject s = { .key = key };
	struct told t = { 0 };
	struct err err;

	cr_assert(register_find(db, &s, told, &t, &err) == 0, "%s", err.text);
	return t;
}

static struct told
find_person(const char *id)
{
	const struct register_subject s = { .person = span_str(id) };
	struct told t = { 0 };
	struct err err;

	cr_assert(register_find(db, &s, told, &t, &err) == 0, "%s", err.text);
	return t;
}

Test(entry_import, an_end_that_cannot_be_read_is_none)
{
	struct entry_import_options o = options(LIST_DNC);
	struct entry_import_result r;
	struct told t;

	o.entry.expires_at = NOW + DAY; /* of lines that say none */
	r = import(&o,
	    "phone,expires_at\n"
	    "13800000001,2026-04-01\n"
	    "13800000002,soon\n"
	    "13800000003,\n");
	cr_expect_eq(r.fresh, 3);
	cr_expect_eq(r.bad_dates, 1);
	t = find(8613800000001); /* a day counts to its end */
	cr_expect_eq(t.e[0].expires_at, INT64_C(1775088000)); /* April 2 */
	t = find(8613800000002);
	cr_expect_eq(t.e[0].expires_at, CLOCK_NEVER);
	t = find(8613800000003);
	cr_expect_eq(t.e[0].expires_at, NOW + DAY);
}

Test(entry_import, a_block_is_for_the_number_and_the_person)
{
	struct entry_import_options o = options(LIST_DNC);
	struct told t;

	import(&o,
	    "phone,customer id,topic,note,reason\n"
	    "13800000001,C-1,loans,said no,legal\n");
	t = find(8613800000001);
	cr_assert_eq(t.n, 1);
	cr_expect_eq(t.e[0].reason, REASON_LEGAL);
	cr_expect_str_eq(t.topic[0], "loans");
	cr_expect_str_eq(t.note[0], "said no");
	t = find_person("C-1");
	cr_expect_eq(t.n, 1);
}

Test(entry_import, a_consent_is_for_the_number_alone)
{
	struct entry_import_options o = options(LIST_CONSENT);
	struct told t;

	import(&o,
	    "phone,customer id,granted_at\n"
	    "13800000001,C-1,2026-01-01\n");
	t = find(8613800000001);
	cr_assert_eq(t.n, 1);
	cr_expect_eq(t.e[0].kind, FACT_CONSENT);
	cr_expect_eq(t.e[0].at, INT64_C(1767225600));
	cr_expect_eq(find_person("C-1").n, 0);
}

Test(entry_import, a_consent_with_a_date_nobody_can_read_is_none)
{
	struct entry_import_options o = options(LIST_CONSENT);
	struct entry_import_result r;

	o.empty_ok = true; /* none of it counts */
	r = import(&o,
	    "phone,granted_at,expires_at\n"
	    "13800000001,once,\n"
	    "13800000002,2026-01-01,later\n");
	cr_expect_eq(r.unusable, 2);
	cr_expect_eq(r.fresh, 0);
	cr_expect_eq(find(8613800000001).n, 0);
	cr_expect_eq(find(8613800000002).n, 0);
}

/* Of a day: its last second when it is over, not later than now when it is
 * today, its first when it is to come. */
Test(entry_import, a_withdrawal_takes_back_what_its_day_gave)
{
	static const struct {
		uint64_t key;
		int64_t at;
	} want[] = {
		{ 8613800000001, INT64_C(1772409599) }, /* March 1 */
		{ 8613800000002, NOW },
		{ 8613800000003, INT64_C(1773273600) }, /* March 12 */
		{ 8613800000004, INT64_C(1772352000) }, /* an instant */
		{ 8613800000005, NOW },                 /* not to be read */
		{ 8613800000006, NOW },                 /* a yes */
	};
	struct entry_import_options o = options(LIST_CONSENT);
	struct told t;
	size_t i, k;

	import(&o,
	    "phone,granted_at,withdrawn_at\n"
	    "13800000001,2026-01-01,2026-03-01\n"
	    "13800000002,2026-01-01,2026-03-10\n"
	    "13800000003,2026-01-01,2026-03-12\n"
	    "13800000004,2026-01-01,2026-03-01T08:00:00Z\n"
	    "13800000005,2026-01-01,when?\n"
	    "13800000006,2026-01-01,yes\n"
	    "13800000007,2026-01-01,no\n");
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		t = find(want[i].key);
		for (k = 0; k < t.n && t.e[k].kind != FACT_WITHDRAWN; k++)
			;
		cr_assert(k < t.n, "%zu", i);
		cr_expect(eq(i64, t.e[k].at, want[i].at), "%zu", i);
	}
	t = find(8613800000007);
	cr_assert_eq(t.n, 1);
	cr_expect_eq(t.e[0].kind, FACT_CONSENT);
}

Test(entry_import, a_withdrawal_without_a_date_is_known_the_next_day)
{
	static const char text[] = "phone,status\n13800000001,no\n";
	struct entry_import_options o = options(LIST_CONSENT);

	cr_expect_eq(import(&o, text).fresh, 1);
	o.now = NOW + DAY;
	cr_expect_eq(import(&o, text).known, 1);
	/* given again, and taken back again */
	import(&o, "phone,granted_at\n13800000001,2026-03-11T00:00:00Z\n");
	o.now = NOW + 2 * DAY;
	cr_expect_eq(import(&o, text).fresh, 1);
	cr_expect_eq(import(&o, text).known, 1);
}

/* Whichever of the two lines comes first. */
Test(entry_import, an_old_withdrawal_does_not_stand_for_a_newer_consent)
{
	static const char *const texts[] = {
		"phone,status,granted_at\n"
		"13800000001,yes,2026-03-11T00:00:00Z\n13800000001,no,\n",
		"phone,status,granted_at\n"
		"13800000001,no,\n13800000001,yes,2026-03-11T00:00:00Z\n",
	};
	struct entry_import_options o = options(LIST_CONSENT);
	struct told t;
	size_t i, k;
	int64_t last;

	import(&o, "phone,status\n13800000001,no\n");
	for (i = 0; i < 2; i++) {
		o.now += 2 * DAY;
		import(&o, texts[i]);
		t = find(8613800000001);
		for (last = 0, k = 0; k < t.n; k++)
			if (t.e[k].kind == FACT_WITHDRAWN && t.e[k].at > last)
				last = t.e[k].at;
		cr_expect(last >= INT64_C(1773187200), "file %zu", i);
	}
}

static bool
withdrawn_at(uint64_t key, int64_t at)
{
	struct told t = find(key);
	size_t k;

	for (k = 0; k < t.n; k++)
		if (t.e[k].kind == FACT_WITHDRAWN && t.e[k].at == at)
			return true;
	return false;
}

/* A clock was set back: all that is recorded so far is taken back, now and
 * when the consent's own moment comes. */
Test(entry_import, a_withdrawal_takes_back_a_consent_that_lies_ahead)
{
	static const char text[] = "phone,status\n13800000001,no\n";
	struct entry_import_options o = options(LIST_CONSENT);

	import(&o, text);
	import(&o, "phone,granted_at\n13800000001,2026-03-10T13:00:00Z\n");
	cr_expect_eq(import(&o, text).fresh, 1);
	cr_expect(withdrawn_at(8613800000001, NOW));
	cr_expect(withdrawn_at(8613800000001, NOW + 3600));
	cr_expect_eq(import(&o, text).known, 1);
}

/* What a person withdrew holds for linked numbers, so an earlier one does not
 * stand for it where one of them agreed since. */
Test(entry_import, a_person_takes_back_what_a_linked_number_gave)
{
	static const char text[] = "person,status\nC1,no\n";
	struct entry_import_options o = options(LIST_CONSENT);
	struct register_entry link = {
		.kind = REGISTER_LINK,
		.subject.person = SPAN("C1"),
		.number = 8613800000001,
		.origin.author = SPAN("amy"),
	};
	enum register_outcome outcome;
	struct err err = { 0 };

	cr_assert(register_begin(db, NOW, &err) == 0 &&
		register_add(db, &link, &outcome, &err) == 0 &&
		register_commit(db, &err) == 0,
	    "%s", err.text);
	import(&o, text);
	o.now = NOW + DAY;
	cr_expect_eq(import(&o, text).known, 1);
	import(&o, "phone,granted_at\n13800000001,2026-03-11T00:00:00Z\n");
	cr_expect_eq(import(&o, text).fresh, 1);
	cr_expect(withdrawn_at(8613800000001, NOW + DAY));
}

Test(entry_import, calls_are_one_by_their_id)
{
	struct entry_import_options o = options(LIST_CALLS);
	struct entry_import_result r;

	r = import(&o,
	    "phone,calldate,disposition,uniqueid\n"
	    "13800000001,2026-03-09 10:00:00,ANSWERED,1.1\n"
	    "13800000001,2026-03-09 10:00:00,ANSWERED,1.1\n"
	    "13800000001,2026-03-09 10:00:00,BUSY,1.2\n"
	    "13800000002,2026-03-09 10:00:00,ANSWERED,1.1\n");
	cr_expect_eq(r.fresh, 3);
	cr_expect_eq(r.known, 1);
}

Test(entry_import, too_many_bad_lines_import_nothing_and_are_written_out)
{
	struct entry_import_options o = options(LIST_DNC);
	struct entry_import_result r;
	struct err err = { 0 };
	char line[64] = "";
	FILE *f;

	o.max_bad = 10;
	write_file("phone;reason\r\n13800000001;legal\r\nnobody;\"a;b\"\r\n");
	cr_expect(entry_import(db, &o, &r, &err) < 0);
	cr_expect_eq(err.code, ERR_INPUT);
	cr_expect_eq(r.unusable, 1);
	cr_expect_eq(r.first_bad, 3);
	cr_expect_eq(find(8613800000001).n, 0);
	f = fopen("out.csv", "r");
	cr_assert_not_null(f);
	cr_assert_not_null(fgets(line, sizeof(line), f));
	cr_expect_str_eq(line, "row;line;problem;phone;reason\r\n");
	cr_assert_not_null(fgets(line, sizeof(line), f));
	cr_expect_str_eq(line, "2;3;invalid;nobody;\"a;b\"\r\n");
	fclose(f);
}

Test(entry_import, without_a_place_for_bad_lines_the_first_ends_it)
{
	struct entry_import_options o = options(LIST_DNC);
	struct entry_import_result r;
	struct err err = { 0 };

	o.rejects = NULL;
	write_file("phone\n13800000001\nnobody\n");
	cr_expect(entry_import(db, &o, &r, &err) < 0);
	cr_expect_eq(err.code, ERR_INPUT);
	cr_expect_eq(find(8613800000001).n, 0);
}

Test(entry_import, a_dry_run_leaves_nothing)
{
	struct entry_import_options o = options(LIST_DNC);

	o.dry_run = true;
	cr_expect_eq(import(&o, "phone\n13800000001\n").fresh, 1);
	cr_expect_eq(find(8613800000001).n, 0);
}

Test(entry_import, settings_name_fields_there_are)
{
	struct entry_import_options o = options(LIST_DNC);
	struct entry_import_result r;
	struct err err = { 0 };
	struct told t;

	o.map[0] = (struct entry_setting){ "note", "remark" };
	o.map[1] = (struct entry_setting){ "dnc.number", "1" };
	o.maps = 2;
	o.format[0] = (struct entry_setting){ NULL, "%d/%m/%Y" };
	o.formats = 1;
	import(&o, "a,remark,expires_at\n13800000001,x,02/04/2026\n");
	t = find(8613800000001);
	cr_expect_str_eq(t.note[0], "x");
	cr_expect_eq(t.e[0].expires_at, INT64_C(1775174400)); /* April 3 */
	o.map[0] = (struct entry_setting){ "granted_at", "remark" };
	cr_expect(entry_import(db, &o, &r, &err) < 0);
	cr_expect_eq(err.code, ERR_USAGE);
}

Test(entry_import, an_export_is_imported_as_what_it_was)
{
	struct entry_import_options o = options(LIST_DNC);
	struct outfile out;
	struct err err = { 0 };
	struct told t;
	uint64_t n;

	import(&o,
	    "phone,reason,source,author,note,permanent,review_at\n"
	    "13800000001,legal,email,bob,\"a, \"\"b\"\"\",yes,"
	    "2026-05-01T00:00:00Z\n");
	cr_assert(outfile_open(&out, "in.csv", &err) == 0);
	cr_assert(entry_export(db, LIST_DNC, &out, &n, &err) == 0);
	cr_assert(outfile_finish(&out, &err) == 0);
	cr_assert(outfile_publish(&out, &err) == 0);
	outfile_discard(&out);
	cr_expect_eq(n, 1);

	register_close(db);
	cr_assert(register_create("db2", keys, NOW, &err) == 0);
	cr_assert(register_open(&db, "db2", keys, REGISTER_WRITE, &err) == 0);
	cr_assert(entry_import(db, &o, &(struct entry_import_result){ 0 },
		      &err) == 0,
	    "%s", err.text);
	t = find(8613800000001);
	cr_assert_eq(t.n, 1);
	cr_expect_eq(t.e[0].reason, REASON_LEGAL);
	cr_expect_eq(t.e[0].origin.source, SOURCE_EMAIL);
	cr_expect_str_eq(t.note[0], "a, \"b\"");
	cr_expect(t.e[0].permanent);
	cr_expect_eq(t.e[0].review_at, INT64_C(1777593600));
}
