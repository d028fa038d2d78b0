#include "test_register.h"

#include "store/register_since.h"

/*
 * What was touched since a mark; and what somebody with the sqlite3 tool, or an
 * older copy of the file, can make of the answer.
 */

#define SECOND (NUMBER + 1)
#define THIRD (NUMBER + 2)

static struct register_mark mark;

static void
begin(void)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);

	setup();
	add(&e);
	register_mark(db, &mark);
}

TestSuite(register_since, .init = begin, .fini = teardown);

enum { TOUCHED_MAX = 16 };

struct touched {
	uint64_t key[TOUCHED_MAX]; /* of a number; 0: of a person */
	char person[TOUCHED_MAX][8];
	size_t n;
};

static int
touched_add(void *arg, const struct register_subject *s, struct err *e)
{
	struct touched *t = arg;

	(void)e;
	cr_assert(t->n < TOUCHED_MAX);
	t->key[t->n] = s->person.n ? 0 : s->key;
	snprintf(t->person[t->n++], 8, "%.*s", (int)s->person.n, s->person.p);
	return 0;
}

static bool
has(const struct touched *t, uint64_t key, const char *person)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->key[i] == key && strcmp(t->person[i], person) == 0)
			return true;
	return false;
}

static struct register_since since;

/* What was touched, of an open register.  False: nobody knows. */
static bool
look(struct touched *t)
{
	bool known;

	*t = (struct touched){ .n = 0 };
	OK(register_since(&since, db, &mark, &err));
	if (since.known)
		OK(register_touched(db, &since, NULL, 0, touched_add, t, &err));
	known = since.known;
	register_since_release(&since);
	return known;
}

static void
audit(const char *action)
{
	const struct register_audit a = { .author = SPAN("amy"),
		.action = span_str(action) };

	OK(register_begin(db, NOW, &err));
	OK(register_audit_add(db, &a, &err));
	OK(register_commit(db, &err));
}

static void
call(enum register_call_kind kind, uint64_t key, int64_t at, uint64_t run)
{
	const struct register_origin origin = { .author = SPAN("amy") };
	const struct register_call c = { .kind = kind,
		.subject = { .key = key },
		.at = at,
		.run = run };
	struct register_import_result result;
	struct register_import *im;

	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db,
	    kind == REGISTER_CALL_MADE ? "calls.import" : "calls.reserve",
	    &origin, NULL, NULL, &err));
	OK(register_import_call(im, 1, &c, &err));
	OK(register_import_end(im, &result, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
}

static uint64_t
run_new(void)
{
	struct register_run run = { .author = SPAN("amy"), .as_of = NOW };

	OK(register_begin(db, NOW, &err));
	OK(register_run_add(db, &run, &err));
	OK(register_commit(db, &err));
	return run.id;
}

static void
link_to(const char *person, uint64_t number, bool away)
{
	struct register_entry e = { .kind = REGISTER_LINK,
		.subject.person = span_str(person),
		.number = number,
		.origin.author = SPAN("amy") };

	if (away)
		take_away(&e, "moved");
	else
		add(&e);
}

/* ---- what is touched ---- */

Test(register_since, what_changes_no_fact_touches_nobody)
{
	static const char *const harmless[] = { "why", "reveal", "export",
		"audit.export", "backup", "refresh", "refresh.refused",
		"index.rollback" };
	struct touched t;
	size_t i;

	cr_expect(look(&t));
	for (i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		audit(harmless[i]);
	run_new();
	OK(register_since(&since, db, &mark, &err));
	cr_expect(since.known);
	cr_expect(not(since.moved));
	cr_expect(eq(u64, since.rows, 0));
	register_since_release(&since);
	cr_expect(look(&t));
	cr_expect(eq(sz, t.n, 0));
}

Test(register_since, adding_changing_and_removing_touch_the_subject)
{
	struct register_entry e = entry(FACT_DNC, SECOND);
	struct touched t;

	add(&e);
	cr_expect(look(&t));
	cr_expect(eq(sz, t.n, 1));
	cr_expect(has(&t, SECOND, ""));
	register_mark(db, &mark);
	e.permanent = true;
	add(&e);
	cr_expect(look(&t));
	cr_expect(has(&t, SECOND, ""));
	register_mark(db, &mark);
	e = entry(FACT_DNC, NUMBER);
	take_away(&e, "mistake");
	cr_expect(look(&t));
	cr_expect(eq(sz, t.n, 1));
	cr_expect(has(&t, NUMBER, ""));
}

Test(register_since, a_person_touches_every_number_that_was_ever_theirs)
{
	struct register_entry e = entry(FACT_DNC, 0);
	struct touched t;

	link_to("C1", NUMBER, false);
	link_to("C1", SECOND, false);
	link_to("C1", SECOND, true);
	link_to("C2", THIRD, false);
	register_mark(db, &mark);
	e.subject.person = SPAN("C1");
	add(&e);
	cr_expect(look(&t));
	cr_expect(eq(sz, t.n, 3));
	cr_expect(has(&t, 0, "C1"));
	cr_expect(has(&t, NUMBER, ""));
	cr_expect(has(&t, SECOND, ""));
	register_mark(db, &mark);
	link_to("C2", THIRD, true);
	cr_expect(look(&t));
	cr_expect(eq(sz, t.n, 2));
	cr_expect(has(&t, 0, "C2"));
	cr_expect(has(&t, THIRD, ""));
}

Test(register_since, calls_made_booked_and_given_back_touch_their_number)
{
	uint64_t run = run_new();
	struct touched t;

	call(REGISTER_CALL_MADE, SECOND, NOW - 9, 0);
	call(REGISTER_CALL_RESERVED, THIRD, NOW, run);
	cr_expect(look(&t));
	cr_expect(eq(sz, t.n, 2));
	cr_expect(has(&t, SECOND, ""));
	cr_expect(has(&t, THIRD, ""));
	register_mark(db, &mark);
	OK(register_begin(db, NOW, &err));
	OK(register_release(db, run, SPAN("amy"), &run, &err));
	OK(register_commit(db, &err));
	cr_expect(look(&t));
	cr_expect(eq(sz, t.n, 1));
	cr_expect(has(&t, THIRD, ""));
}

Test(register_since, forgotten_calls_say_from_when_on_calls_are_there)
{
	struct touched t;
	uint64_t n;

	call(REGISTER_CALL_MADE, SECOND, NOW - 9 * DAY, 0);
	register_mark(db, &mark);
	call(REGISTER_CALL_MADE, THIRD, NOW - 9, 0);
	OK(register_begin(db, NOW, &err));
	OK(register_calls_prune(db, NOW - DAY, SPAN("amy"), &n, &err));
	OK(register_commit(db, &err));
	OK(register_since(&since, db, &mark, &err));
	cr_expect(eq(i64, since.pruned, NOW - DAY));
	register_since_release(&since);
	cr_expect(look(&t));
	cr_expect(eq(sz, t.n, 1));
	/* one that came and was forgotten since may as well have been cut out */
	call(REGISTER_CALL_MADE, SECOND, NOW - 9 * DAY, 0);
	OK(register_begin(db, NOW, &err));
	OK(register_calls_prune(db, NOW - DAY, SPAN("amy"), &n, &err));
	OK(register_commit(db, &err));
	cr_expect(not(look(&t)));
}

Test(register_since, named_entries_touch_their_subjects)
{
	const uint64_t first = 1;
	struct touched t = { .n = 0 };

	OK(register_since(&since, db, &mark, &err));
	OK(register_touched(db, &since, &first, 1, touched_add, &t, &err));
	cr_expect(since.known);
	cr_expect(has(&t, NUMBER, ""));
	register_since_release(&since);
}

/* ---- what nobody knows ---- */

Test(register_since, nothing_is_known_behind_a_record_of_an_unknown_kind)
{
	struct touched t;

	audit("facts.shuffle");
	cr_expect(not(look(&t)));
}

Test(register_since, an_older_register_that_was_put_back_is_another)
{
	struct register_entry e = entry(FACT_DNC, SECOND);
	struct touched t;
	int i;

	register_close(db);
	db = NULL;
	sh("cp register older");
	reopen(REGISTER_WRITE);
	add(&e);
	register_mark(db, &mark);
	register_close(db);
	db = NULL;
	sh("rm -f register-*; cp older register");
	reopen(REGISTER_WRITE);
	cr_expect(not(look(&t)));
	/* nor when it has grown as far again */
	for (i = 0; i < 4; i++) {
		e.subject.key = THIRD + (uint64_t)i;
		add(&e);
		cr_expect(not(look(&t)));
	}
}

Test(register_since, another_register_is_another)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct touched t;

	register_close(db);
	db = NULL;
	sh("rm -f register*");
	OK(register_create(path, keys, NOW, &err));
	reopen(REGISTER_WRITE);
	add(&e);
	add(&e);
	cr_expect(not(look(&t)));
}

/* ---- tampering ---- */

/* Does SECOND go unnoticed by a reader? */
static bool
unnoticed(void)
{
	struct touched t = { .n = 0 };
	bool hidden = false;

	if (register_open(&db, path, keys, REGISTER_READ, &err) < 0)
		return false;
	if (register_since(&since, db, &mark, &err) == 0) {
		if (since.known &&
		    register_touched(db, &since, NULL, 0, touched_add, &t,
			&err) == 0)
			hidden = since.known && !has(&t, SECOND, "");
		register_since_release(&since);
	}
	register_close(db);
	db = NULL;
	return hidden;
}

/* After the mark: entry 2 of SECOND, 3 of THIRD. */
Test(register_since, no_edit_hides_what_was_touched)
{
	static const char *const edit[] = {
		"DELETE FROM fact WHERE id = 2",
		"DELETE FROM fact WHERE id > 1",
		"DELETE FROM fact WHERE id = 2;"
		"INSERT INTO fact SELECT 2, subject, kind, origin, reason,"
		" channel, topic, campaign, number, permanent, at,"
		" requested_at, effective_at, expires_at, review_at, evidence,"
		" evidence_sha256, note, why, removed, recorded_at, supersedes,"
		" superseded_by, mac FROM fact WHERE id = 3",
		"DELETE FROM fact WHERE id = 2; UPDATE fact SET id = 2"
		" WHERE id = 3",
		"UPDATE fact SET subject = 1 WHERE id = 2",
		"UPDATE fact SET subject = 3 WHERE id = 2",
		"UPDATE subject SET sealed = (SELECT sealed FROM subject"
		" WHERE id = 3) WHERE id = 2",
		"DELETE FROM subject WHERE id = 2",
		"DELETE FROM audit WHERE seq = 2",
		"DELETE FROM audit WHERE seq > 1",
		"UPDATE audit SET action = 'run'",
		"UPDATE audit SET detail = '{}' WHERE seq > 1",
		"UPDATE head SET facts = 1",
		"UPDATE head SET audits = 1",
	};
	struct register_entry e = entry(FACT_DNC, SECOND);
	size_t i;

	add(&e);
	e.subject.key = THIRD;
	add(&e);
	register_close(db);
	db = NULL;
	sh("cp register whole");
	for (i = 0; i < sizeof(edit) / sizeof(*edit); i++) {
		tamper(edit[i]);
		cr_expect(not(unnoticed()), "%s", edit[i]);
		sh("rm -f register-*; cp whole register");
	}
}

/* After the mark: call 1 of SECOND, 2 of THIRD. */
Test(register_since, no_edit_hides_a_call)
{
	static const char *const edit[] = {
		"DELETE FROM call WHERE id = 1",
		"DELETE FROM call",
		"UPDATE call SET subject = 3 WHERE id = 1",
		"UPDATE call SET id = 9 WHERE id = 1",
		"DELETE FROM subject WHERE id = 2",
		"UPDATE head SET call_last = 0, calls = 0",
		"UPDATE audit SET action = 'run' WHERE seq > 1",
		"UPDATE head SET call_last = 0",
	};
	size_t i;

	call(REGISTER_CALL_MADE, SECOND, NOW - 9, 0);
	call(REGISTER_CALL_MADE, THIRD, NOW - 9, 0);
	register_close(db);
	db = NULL;
	sh("cp register whole");
	cr_expect(not(unnoticed()));
	for (i = 0; i < sizeof(edit) / sizeof(*edit); i++) {
		tamper(edit[i]);
		cr_expect(not(unnoticed()), "%s", edit[i]);
		sh("rm -f register-*; cp whole register");
	}
}
