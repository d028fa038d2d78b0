#include "flow/doctor.h"
#include "test_register.h"

static struct home home;

/* The last that was told of each thing. */
struct report {
	size_t n;
	struct {
		char what[16];
		enum doctor_state state;
		char text[256];
	} line[32];
};

static void
begin(void)
{
	setup();
	home.dir = dir;
	home.key = key_path;
	home.db = path;
	OK(asprintf(&home.conf, "%s/scrub.conf", dir) < 0);
	OK(asprintf(&home.lock, "%s/lock", dir) < 0);
}

static void
end(void)
{
	free(home.conf);
	free(home.lock);
	teardown();
}

TestSuite(doctor, .init = begin, .fini = end);

static void
note(void *arg, enum doctor_state state, const char *what, const char *text)
{
	struct report *r = arg;

	cr_assert(r->n < 32);
	snprintf(r->line[r->n].what, sizeof(r->line[0].what), "%s", what);
	snprintf(r->line[r->n].text, sizeof(r->line[0].text), "%s", text);
	r->line[r->n++].state = state;
}

static int
state_of(const struct report *r, const char *what)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (strcmp(r->line[i].what, what) == 0)
			return (int)r->line[i].state;
	cr_fatal("nothing is told of %s", what);
	return -1;
}

static void
look(struct report *r, int64_t now)
{
	const struct doctor d = { &home, now, note, r };

	r->n = 0;
	reopen(REGISTER_READ);
	doctor_home(&d);
	OK(doctor_register(&d, db, &err));
}

static void
audit(const char *action, int64_t at)
{
	const struct register_audit a = { .author = SPAN("amy"),
		.action = span_str(action) };

	reopen(REGISTER_WRITE);
	OK(register_begin(db, at, &err));
	OK(register_audit_add(db, &a, &err));
	OK(register_commit(db, &err));
}

Test(doctor, a_sound_home_is_ok_but_for_a_backup)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct report r;
	size_t i;

	add(&e);
	look(&r, NOW);
	for (i = 0; i < r.n; i++)
		cr_expect(eq(int, r.line[i].state,
			      strcmp(r.line[i].what, "backup") == 0 ?
				  DOCTOR_WARN :
				  DOCTOR_OK),
		    "%s: %s", r.line[i].what, r.line[i].text);
}

Test(doctor, an_altered_entry_is_bad)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	const struct doctor d = { &home, NOW, note, NULL };
	struct report r = { 0 };
	struct doctor to = d;

	add(&e);
	register_close(db);
	db = NULL;
	tamper("update fact set expires_at = 1");
	reopen(REGISTER_READ);
	to.arg = &r;
	/* what comes after it may not be had */
	(void)doctor_register(&to, db, &err);
	cr_expect(eq(int, state_of(&r, "register"), DOCTOR_BAD));
}

Test(doctor, what_is_due_is_a_warning)
{
	struct register_entry e = entry(FACT_CONSENT, NUMBER);
	struct report r;

	e.at = NOW;
	e.expires_at = NOW + 40 * DAY;
	e.review_at = NOW + 40 * DAY;
	add(&e);
	look(&r, NOW);
	cr_expect(eq(int, state_of(&r, "consents"), DOCTOR_OK));
	cr_expect(eq(int, state_of(&r, "reviews"), DOCTOR_OK));
	look(&r, NOW + 11 * DAY);
	cr_expect(eq(int, state_of(&r, "consents"), DOCTOR_WARN));
	look(&r, NOW + 40 * DAY);
	cr_expect(eq(int, state_of(&r, "reviews"), DOCTOR_WARN));
}

Test(doctor, a_clock_behind_the_last_record_is_bad)
{
	struct report r;

	audit("reveal", NOW);
	look(&r, NOW - 60);
	cr_expect(eq(int, state_of(&r, "clock"), DOCTOR_OK));
	look(&r, NOW - DAY);
	cr_expect(eq(int, state_of(&r, "clock"), DOCTOR_BAD));
}

Test(doctor, a_backup_is_to_be_made_every_week)
{
	struct report r;

	audit("backup", NOW);
	look(&r, NOW + 7 * DAY);
	cr_expect(eq(int, state_of(&r, "backup"), DOCTOR_OK));
	look(&r, NOW + 7 * DAY + 1);
	cr_expect(eq(int, state_of(&r, "backup"), DOCTOR_WARN));
}

Test(doctor, a_writer_and_leftovers_are_told)
{
	struct lockfile lock = { 0 };
	struct report r;

	look(&r, NOW);
	cr_expect(eq(int, state_of(&r, "lock"), DOCTOR_OK));
	cr_expect(eq(int, state_of(&r, "leftovers"), DOCTOR_OK));
	sh("touch register.AbCdEf");
	OK(lockfile_take(&lock, home.lock, "scrub test", 0, &err));
	look(&r, NOW);
	lockfile_release(&lock);
	cr_expect(eq(int, state_of(&r, "lock"), DOCTOR_WARN));
	cr_expect(eq(int, state_of(&r, "leftovers"), DOCTOR_WARN));
}
