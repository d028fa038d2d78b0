#include "test_register.h"

TestSuite(register, .init = setup, .fini = teardown);

Test(register, an_entry_comes_back_as_it_was_given)
{
	static const unsigned char digest[REGISTER_SHA256] = { 1, 2, 3 };
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct tale t;

	e.reason = REASON_COMPLAINT;
	e.channel = CHANNEL_SMS;
	e.topic = SPAN("loans");
	e.campaign = SPAN("spring");
	e.evidence = SPAN("mail 17");
	e.evidence_sha256 = digest;
	e.note = SPAN("was angry");
	e.permanent = true;
	e.requested_at = NOW - 5;
	e.effective_at = NOW + 5;
	e.expires_at = NOW + DAY;
	e.review_at = NOW + 2 * DAY;
	e.origin.approved_by = SPAN("bob");
	cr_expect(add(&e) == REGISTER_NEW);
	cr_assert(find(NUMBER, &t) == 1);
	cr_expect(eq(u64, t.fact[0].fact.entry.subject.key, NUMBER));
	cr_expect(eq(uint, t.fact[0].fact.entry.kind, FACT_DNC));
	cr_expect(t.fact[0].fact.entry.reason == REASON_COMPLAINT);
	cr_expect(t.fact[0].fact.entry.channel == CHANNEL_SMS);
	cr_expect(eq(str, t.fact[0].topic, "loans"));
	cr_expect(eq(str, t.fact[0].campaign, "spring"));
	cr_expect(eq(str, t.fact[0].evidence, "mail 17"));
	cr_expect(eq(str, t.fact[0].note, "was angry"));
	cr_expect(t.fact[0].fact.entry.permanent);
	cr_expect(eq(i64, t.fact[0].fact.entry.requested_at, NOW - 5));
	cr_expect(eq(i64, t.fact[0].fact.entry.effective_at, NOW + 5));
	cr_expect(eq(i64, t.fact[0].fact.entry.expires_at, NOW + DAY));
	cr_expect(eq(i64, t.fact[0].fact.entry.review_at, NOW + 2 * DAY));
	cr_expect(eq(i64, t.fact[0].fact.recorded_at, NOW));
	cr_expect(t.fact[0].fact.entry.origin.source == SOURCE_CALL);
	cr_expect(eq(str, t.fact[0].author, "amy"));
	cr_expect(eq(str, t.fact[0].approved_by, "bob"));
	cr_expect(find(NUMBER + 1, &t) == 0);
}

Test(register, no_end_comes_out_as_never)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct tale t;

	add(&e);
	find(NUMBER, &t);
	cr_expect(eq(i64, t.fact[0].fact.entry.expires_at, CLOCK_NEVER));
	e.expires_at = CLOCK_NEVER;
	cr_expect(add(&e) == REGISTER_KNOWN);
}

Test(register, adding_again_changes_nothing_and_says_so)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct tale t;

	e.note = SPAN("hello");
	e.evidence = SPAN("letter");
	cr_expect(add(&e) == REGISTER_NEW);
	cr_expect(add(&e) == REGISTER_KNOWN);
	e.note = e.evidence = span_of("", 0);
	e.origin.author = SPAN("bob"); /* who repeats it is no news */
	cr_expect(add(&e) == REGISTER_KNOWN);
	cr_expect(history(NUMBER, &t) == 1);
}

Test(register, a_change_supersedes_and_keeps_what_was_not_said_again)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct tale t;

	e.note = SPAN("first");
	e.evidence = SPAN("letter");
	e.expires_at = NOW + DAY;
	add(&e);
	e.note = e.evidence = span_of("", 0);
	e.expires_at = 0;
	cr_expect(add(&e) == REGISTER_CHANGED);
	cr_assert(find(NUMBER, &t) == 1);
	cr_expect(eq(i64, t.fact[0].fact.entry.expires_at, CLOCK_NEVER));
	cr_expect(eq(str, t.fact[0].note, "first"));
	cr_expect(eq(str, t.fact[0].evidence, "letter"));
	cr_expect(eq(u64, t.fact[0].fact.supersedes, 1));
	cr_assert(history(NUMBER, &t) == 2);
	cr_expect(eq(u64, t.fact[0].fact.superseded_by, 2));
	e.note = SPAN("second");
	cr_expect(add(&e) == REGISTER_CHANGED);
	find(NUMBER, &t);
	cr_expect(eq(str, t.fact[0].note, "second"));
	cr_expect(eq(str, verify(), ""));
}

Test(register, a_block_is_never_shortened_by_adding)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct tale t;

	e.permanent = true;
	add(&e);
	e.permanent = false;
	e.expires_at = NOW + DAY;
	e.effective_at = NOW + 9;
	cr_expect(add(&e) == REGISTER_KNOWN);
	find(NUMBER, &t);
	cr_expect(t.fact[0].fact.entry.permanent);
	cr_expect(eq(i64, t.fact[0].fact.entry.expires_at, CLOCK_NEVER));
	cr_expect(eq(i64, t.fact[0].fact.entry.effective_at, 0));
}

Test(register, what_makes_entries_the_same)
{
	static const struct same {
		unsigned kind;
		const char *field;
		enum register_outcome was;
	} cases[] = {
		{ FACT_DNC, "reason", REGISTER_NEW },
		{ FACT_DNC, "topic", REGISTER_NEW },
		{ FACT_DNC, "campaign", REGISTER_NEW },
		{ FACT_DNC, "channel", REGISTER_NEW },
		{ FACT_DNC, "review", REGISTER_CHANGED },
		{ FACT_CONSENT, "at", REGISTER_NEW },
		{ FACT_CONSENT, "effective", REGISTER_NEW },
		{ FACT_CONSENT, "expires", REGISTER_KNOWN }, /* earlier */
		{ FACT_WITHDRAWN, "at", REGISTER_NEW },
		{ FACT_WITHDRAWN, "topic", REGISTER_NEW },
		{ FACT_ALLOW, "effective", REGISTER_NEW },
		{ FACT_ALLOW, "campaign", REGISTER_NEW },
	};
	struct register_entry e;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *f = cases[i].field;

		e = entry(cases[i].kind, NUMBER + i);
		add(&e);
		if (strcmp(f, "reason") == 0)
			e.reason = REASON_LEGAL;
		else if (strcmp(f, "topic") == 0)
			e.topic = SPAN("x");
		else if (strcmp(f, "campaign") == 0)
			e.campaign = SPAN("x");
		else if (strcmp(f, "channel") == 0)
			e.channel = CHANNEL_VOICE;
		else if (strcmp(f, "review") == 0)
			e.review_at = NOW;
		else if (strcmp(f, "at") == 0)
			e.at = NOW;
		else if (strcmp(f, "effective") == 0)
			e.effective_at = NOW;
		else
			e.expires_at = NOW;
		cr_expect(add(&e) == cases[i].was, "%s of kind %u", f,
		    cases[i].kind);
	}
}

Test(register, removing_keeps_the_history_and_its_reason)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct tale t;

	add(&e);
	e.origin.author = SPAN("bob");
	e.reason = REASON_NONE;
	cr_expect(take_away(&e, "asked to be called") == REGISTER_REMOVED);
	cr_expect(find(NUMBER, &t) == 0);
	cr_assert(history(NUMBER, &t) == 2);
	cr_expect(eq(u64, t.fact[0].fact.superseded_by, 2));
	cr_expect(t.fact[1].fact.removed);
	cr_expect(eq(str, t.fact[1].why, "asked to be called"));
	cr_expect(eq(str, t.fact[1].author, "bob"));
	cr_expect(eq(i64, t.fact[1].fact.recorded_at, NOW + DAY));
	cr_expect(t.fact[1].fact.entry.reason == REASON_REQUEST);
	cr_expect(take_away(&e, "again") == REGISTER_NOT_THERE);
	cr_expect(eq(u64, count_all(), 0));
	e = entry(FACT_DNC, NUMBER);
	cr_expect(add(&e) == REGISTER_NEW);
	cr_expect(find(NUMBER, &t) == 1);
	cr_expect(eq(str, verify(), ""));
}

Test(register, removing_takes_what_is_meant)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct tale t;

	add(&e);
	e.topic = SPAN("loans");
	add(&e);
	e.reason = REASON_LEGAL;
	add(&e);
	e = entry(FACT_ALLOW, NUMBER);
	add(&e);
	e = entry(FACT_DNC, NUMBER);
	e.reason = REASON_LEGAL;
	cr_expect(take_away(&e, "") == REGISTER_REMOVED);
	cr_expect(find(NUMBER, &t) == 3);
	e.reason = REASON_NONE;
	e.topic = SPAN("cards");
	cr_expect(take_away(&e, "") == REGISTER_NOT_THERE);
	e.topic = span_of("", 0);
	cr_expect(take_away(&e, "") == REGISTER_REMOVED);
	cr_assert(find(NUMBER, &t) == 1);
	cr_expect(eq(uint, t.fact[0].fact.entry.kind, FACT_ALLOW));
}

Test(register, a_permanent_block_takes_a_reason_and_two_people)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct tale t;

	e.permanent = true;
	add(&e);
	cr_expect(take_away(&e, "no second") == REGISTER_REFUSED);
	e.origin.approved_by = SPAN(" AMY ");
	cr_expect(take_away(&e, "herself") == REGISTER_REFUSED);
	e.origin.approved_by = SPAN("  ");
	cr_expect(take_away(&e, "nobody") == REGISTER_REFUSED);
	e.origin.approved_by = SPAN("bob");
	cr_expect(take_away(&e, "") == REGISTER_REFUSED);
	cr_expect(take_away(&e, "  ") == REGISTER_REFUSED);
	cr_expect(find(NUMBER, &t) == 1);
	cr_expect(take_away(&e, "court order") == REGISTER_REMOVED);
	cr_expect(find(NUMBER, &t) == 0);
	cr_assert(history(NUMBER, &t) == 2);
	cr_expect(eq(str, t.fact[1].approved_by, "bob"));
}

Test(register, entries_of_a_person_hold_for_linked_numbers)
{
	struct register_entry link = entry(REGISTER_LINK, 0), e;
	struct tale t;

	link.subject.person = SPAN("C-17");
	link.number = NUMBER;
	cr_expect(add(&link) == REGISTER_NEW);
	cr_expect(add(&link) == REGISTER_KNOWN);
	e = entry(FACT_DNC, 0);
	e.subject.person = SPAN("C-17");
	add(&e);
	cr_assert(find(NUMBER, &t) == 2); /* the person's link and block */
	cr_expect(eq(str, t.fact[1].person, "C-17"));
	cr_expect(eq(u64, t.fact[0].fact.entry.number, NUMBER));
	cr_expect(eq(u64, t.fact[1].fact.via, NUMBER));
	/* link, block, and the block again for the number */
	cr_expect(eq(u64, count_all(), 3));
	cr_expect(find(NUMBER + 1, &t) == 0);
	link.number = NUMBER + 1;
	cr_expect(take_away(&link, "") == REGISTER_NOT_THERE);
	link.number = 0; /* all of them */
	cr_expect(take_away(&link, "") == REGISTER_REMOVED);
	cr_expect(find(NUMBER, &t) == 0);
	cr_expect(eq(u64, count_all(), 1));
}

Test(register, a_prefix_holds_for_its_numbers)
{
	struct register_entry e = entry(FACT_DNC, subject_prefix(86755));
	uint32_t lengths;
	struct tale t;

	cr_expect(find(8675512345678u, &t) == 0);
	add(&e);
	cr_assert(find(8675512345678u, &t) == 1);
	cr_expect(eq(u64, t.fact[0].fact.via, 8675512345678u));
	cr_expect(find(8675612345678u, &t) == 0);
	OK(register_prefix_lengths(db, &lengths, &err));
	cr_expect(eq(u32, lengths, 1 << 5));
	reopen(REGISTER_READ);
	cr_expect(find(8675512345678u, &t) == 1);
}

Test(register, nonsense_is_refused_without_harm)
{
	struct register_entry e[8];
	enum register_outcome was;
	struct tale t;
	size_t i;

	for (i = 0; i < 8; i++)
		e[i] = entry(FACT_DNC, NUMBER);
	e[0].kind = FACT_CALL;
	e[1].subject.key = 0;
	e[2].subject.person = SPAN("C-17");
	e[3].origin.author = span_of("", 0);
	e[4].kind = REGISTER_LINK;
	e[5].number = NUMBER;
	e[6].topic = span_of(calloc(1, 5000), 5000);
	e[7].subject.key = register_person(db, SPAN("C-17"));
	OK(register_begin(db, NOW, &err));
	for (i = 0; i < 8; i++) {
		cr_expect(register_add(db, &e[i], &was, &err) < 0, "%zu", i);
		cr_expect(err.code == ERR_USAGE, "%zu", i);
	}
	e[5].number = 0;
	OK(register_add(db, &e[5], &was, &err));
	OK(register_commit(db, &err));
	cr_expect(find(NUMBER, &t) == 1);
	free((char *)e[6].topic.p);
}

Test(register, what_is_rolled_back_never_was)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	enum register_outcome was;
	struct tale t;

	cr_expect(register_add(db, &e, &was, &err) < 0);
	cr_expect(err.code == ERR_INTERNAL);
	OK(register_begin(db, NOW, &err));
	OK(register_add(db, &e, &was, &err));
	cr_expect(find(NUMBER, &t) == 1);
	register_rollback(db);
	cr_expect(find(NUMBER, &t) == 0);
	e.subject.key++;
	cr_expect(add(&e) == REGISTER_NEW);
	cr_expect(eq(str, verify(), ""));
}

Test(register, a_reader_keeps_its_moment_until_it_asks_for_another)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct register_db *writer = db, *reader;
	struct tale t;

	OK(register_open(&reader, path, keys, REGISTER_READ, &err));
	add(&e);
	db = reader;
	cr_expect(find(NUMBER, &t) == 0);
	cr_expect(eq(u64, count_all(), 0));
	OK(register_refresh(db, &err));
	cr_expect(find(NUMBER, &t) == 1);
	cr_expect(eq(u64, count_all(), 1));
	cr_expect(register_begin(db, NOW, &err) < 0);
	register_close(reader);
	db = writer;
}

Test(register, lists_filter)
{
	struct register_filter all = { 0 },
			       ending = { .kind = FACT_CONSENT,
				       .expires_from = NOW,
				       .expires_to = NOW + DAY },
			       legal = { .reason = REASON_LEGAL },
			       review = { .review_to = NOW + 1 },
			       ever = { .history = true };
	struct register_entry e = entry(FACT_CONSENT, NUMBER);
	struct tale t = { 0 };

	e.expires_at = NOW - 1;
	add(&e);
	e.subject.key++;
	e.expires_at = NOW;
	add(&e);
	e.subject.key++;
	e.expires_at = NOW + DAY;
	add(&e);
	e = entry(FACT_DNC, NUMBER);
	e.reason = REASON_LEGAL;
	e.review_at = NOW;
	add(&e);
	take_away(&e, "");
	add(&e);
	OK(register_list(db, &ending, tell, &t, &err));
	cr_assert(eq(sz, t.n, 1));
	cr_expect(eq(u64, t.fact[0].fact.entry.subject.key, NUMBER + 1));
	t.n = 0;
	OK(register_list(db, &legal, tell, &t, &err));
	cr_expect(eq(sz, t.n, 1));
	t.n = 0;
	OK(register_list(db, &review, tell, &t, &err));
	cr_expect(eq(sz, t.n, 1));
	t.n = 0;
	OK(register_list(db, &all, tell, &t, &err));
	cr_expect(eq(sz, t.n, 4));
	t.n = 0;
	OK(register_list(db, &ever, tell, &t, &err));
	cr_expect(eq(sz, t.n, 6));
}

static int
look_and_stop(void *arg, const struct register_fact *f, struct err *e)
{
	(void)e;
	cr_expect(find(f->entry.subject.key, arg) == 1);
	return 7;
}

Test(register, a_callback_may_stop_a_walk_and_look_up_others)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct register_filter all = { 0 };
	struct tale t = { 0 };

	add(&e);
	e.subject.key++;
	add(&e);
	cr_expect(eq(int, register_list(db, &all, look_and_stop, &t, &err), 7));
	cr_expect(find(NUMBER, &t) == 1);
}

Test(register, figures_add_up)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct register_stats s;

	e.expires_at = NOW;
	add(&e);
	e.subject.key++;
	e.expires_at = 0;
	e.permanent = true;
	e.reason = REASON_LEGAL;
	add(&e);
	e = entry(FACT_ALLOW, NUMBER);
	add(&e);
	OK(register_stats(db, NOW + 8 * DAY, &s, &err));
	cr_expect(eq(u64, s.subjects, 2));
	cr_expect(eq(u64, s.facts, 3));
	cr_expect(eq(u64, s.audit, 3));
	cr_expect(eq(u64, s.in_force[FACT_DNC], 2));
	cr_expect(eq(u64, s.ended[FACT_DNC], 1));
	cr_expect(eq(u64, s.permanent, 1));
	cr_expect(eq(u64, s.reason[FACT_DNC][REASON_LEGAL], 1));
	cr_expect(eq(u64, s.source[FACT_ALLOW][SOURCE_CALL], 1));
	cr_expect(eq(u64, s.age[FACT_DNC][0], 0));
	cr_expect(eq(u64, s.age[FACT_DNC][1], 2));
}

/* ---- imports ---- */

struct heard {
	uint64_t n;
	enum register_outcome outcome[1000];
};

static void
hear(void *arg, uint64_t line, enum register_outcome outcome)
{
	struct heard *h = arg;

	cr_expect(eq(u64, line, h->n + 2), "lines come in order");
	h->outcome[h->n++ % 1000] = outcome;
}

/* Import n numbers from `first` on, as lines 2, 3, ... */
static void
import(uint64_t first, uint64_t n, struct heard *h,
    struct register_import_result *result)
{
	struct register_entry e = entry(FACT_DNC, first);
	struct register_import *im;
	uint64_t i;

	h->n = 0;
	e.note = SPAN("from a list");
	e.evidence = SPAN("tape-8613812345678");
	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "dnc.import", &e.origin, hear, h,
	    &err));
	for (i = 0; i < n; i++) {
		e.subject.key = first + i * 7919 % 10007;
		OK(register_import_add(im, i + 2, &e, &err));
	}
	OK(register_import_end(im, result, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
}

Test(register, an_import_tells_line_by_line)
{
	struct register_import_result r;
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct heard h;
	struct tale t;

	add(&e);
	import(NUMBER, 10, &h, &r);
	cr_expect(eq(u64, h.n, 10));
	cr_expect(h.outcome[0] == REGISTER_CHANGED); /* the note */
	cr_expect(h.outcome[1] == REGISTER_NEW);
	cr_expect(eq(u64, r.entries, 10));
	cr_expect(eq(u64, r.outcome[REGISTER_NEW], 9));
	cr_expect(eq(u64, r.outcome[REGISTER_CHANGED], 1));
	cr_assert(find(NUMBER + 7919, &t) == 1);
	cr_expect(eq(str, t.fact[0].note, "from a list"));
	import(NUMBER, 10, &h, &r);
	cr_expect(eq(u64, r.outcome[REGISTER_KNOWN], 10));
	cr_expect(eq(str, verify(), ""));
}

Test(register, the_same_number_twice_in_an_import_is_one_entry)
{
	struct register_import_result r;
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct register_import *im;
	struct heard h = { 0 };

	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "dnc.import", &e.origin, hear, &h,
	    &err));
	e.expires_at = NOW;
	OK(register_import_add(im, 2, &e, &err));
	OK(register_import_add(im, 3, &e, &err));
	e.expires_at = 0;
	OK(register_import_add(im, 4, &e, &err));
	OK(register_import_end(im, &r, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
	cr_expect(h.outcome[0] == REGISTER_NEW);
	cr_expect(h.outcome[1] == REGISTER_KNOWN);
	cr_expect(h.outcome[2] == REGISTER_CHANGED);
	cr_expect(eq(u64, count_all(), 1));
}

Test(register, a_failed_import_leaves_nothing)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct register_import *im;
	struct heard h = { 0 };

	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "dnc.import", &e.origin, hear, &h,
	    &err));
	OK(register_import_add(im, 2, &e, &err));
	register_import_free(im);
	register_rollback(db);
	cr_expect(eq(u64, count_all(), 0));
	cr_expect(eq(str, verify(), ""));
}

/* Does a file hold this text? */
static bool
holds(const char *file, const char *text, size_t n)
{
	FILE *f = fopen(file, "r");
	char *p;
	long size;
	bool found;

	if (!f)
		return false;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	p = malloc((size_t)size + 1);
	cr_assert(fread(p, 1, (size_t)size, f) == (size_t)size);
	fclose(f);
	found = memmem(p, (size_t)size, text, n) != NULL;
	free(p);
	return found;
}

Test(register, no_number_and_no_note_stands_in_its_files)
{
	struct register_import_result r;
	struct heard *h = malloc(sizeof(*h));
	char wal[300], text[32];
	uint64_t key = NUMBER;
	struct register_entry e = entry(FACT_DNC, 0);

	import(NUMBER, 10000, h, &r);
	e.subject.person = SPAN("customer-4711");
	add(&e);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	cr_expect(holds(wal, "dnc.import", 10)); /* it would be found */
	/* the digits that all of them begin with, or the bytes of a key */
	snprintf(text, sizeof(text), "%.8s", "8613812345678");
	cr_expect(holds(path, text, 8) == false);
	cr_expect(holds(wal, text, 8) == false);
	cr_expect(holds(path, text + 2, 6) == false);
	cr_expect(holds(wal, text + 2, 6) == false);
	cr_expect(holds(wal, (char *)&key, 8) == false);
	cr_expect(holds(wal, "from a list", 11) == false);
	cr_expect(holds(wal, "customer-4711", 13) == false);
	register_close(db);
	db = NULL;
	cr_expect(holds(path, "dnc.import", 10));
	cr_expect(holds(path, text, 8) == false);
	cr_expect(holds(path, text + 2, 6) == false);
	cr_expect(holds(path, (char *)&key, 8) == false);
	cr_expect(holds(path, "from a list", 11) == false);
	cr_expect(holds(path, "customer-4711", 13) == false);
	free(h);
}

Test(register, files_are_the_owners_alone)
{
	static const char *const tail[] = { "", "-wal", "-shm" };
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct stat st;
	char name[300];
	size_t i;

	umask(0);
	add(&e);
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, tail[i]);
		cr_assert(stat(name, &st) == 0);
		cr_expect(eq(uint, st.st_mode & 0777, 0600), "%s", name);
	}
}
