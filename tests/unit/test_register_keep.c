#include <signal.h>
#include <time.h>

#include "test_register.h"

/* Keys, backups, and several at once. */

TestSuite(register_keep, .init = setup, .fini = teardown);

enum { MANY = 2000 };

/* A register with a bit of everything. */
static void
fill(void)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct register_run run = { .author = SPAN("amy") };
	struct register_import_result r;
	struct register_import *im;
	struct register_call call = { .subject = { .key = NUMBER },
		.id = SPAN("1"),
		.at = NOW };
	uint64_t number = NUMBER;
	size_t i;

	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "dnc.import", &e.origin, NULL, NULL,
	    &err));
	for (i = 0; i < MANY; i++) {
		e.subject.key = NUMBER + i;
		e.note = SPAN("noted");
		OK(register_import_add(im, i, &e, &err));
	}
	OK(register_import_end(im, &r, &err));
	register_import_free(im);
	OK(register_import_new(&im, db, "calls.import", &e.origin, NULL, NULL,
	    &err));
	OK(register_import_call(im, 1, &call, &err));
	OK(register_import_end(im, &r, &err));
	register_import_free(im);
	OK(register_run_add(db, &run, &err));
	OK(register_run_offer(db, run.id, &number, 1, &err));
	OK(register_commit(db, &err));
	e = entry(REGISTER_LINK, 0);
	e.subject.person = SPAN("C-17");
	e.number = NUMBER;
	add(&e);
	e = entry(FACT_CONSENT, NUMBER);
	add(&e);
	take_away(&e, "why not");
}

/* Is everything of fill() there, and sound? */
static void
check_filled(void)
{
	struct register_subject person = { .person = SPAN("C-17") };
	struct tale t = { 0 };

	cr_expect(eq(str, verify(), ""));
	cr_assert(eq(sz, find(NUMBER, &t), 2));
	cr_expect(eq(str, t.fact[0].note, "noted"));
	cr_expect(eq(str, t.fact[1].person, "C-17"));
	cr_expect(eq(sz, find(NUMBER + MANY - 1, &t), 1));
	cr_expect(eq(u64, count_all(), MANY + 1));
	cr_assert(eq(sz, history(NUMBER, &t), 3));
	cr_expect(eq(str, t.fact[2].why, "why not"));
	t.n = 0;
	OK(register_find(db, &person, tell, &t, &err));
	cr_expect(eq(sz, t.n, 1));
}

static void
open_keys(void)
{
	keyring_close(keys);
	keys = NULL;
	OK(keyring_open(&keys, key_path, NULL, &err));
}

Test(register_keep, a_rotation_puts_everything_under_the_next_key)
{
	struct register_call call = { .subject = { .key = NUMBER },
		.id = SPAN("1"),
		.at = NOW };
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct register_origin origin = { .author = SPAN("amy") };
	struct register_import_result r;
	struct register_import *im;
	char old[KEYRING_ID_TEXT], next[KEYRING_ID_TEXT];

	fill();
	OK(keyring_add_next(keys, &err));
	snprintf(old, sizeof(old), "%s", keyring_current(keys));
	snprintf(next, sizeof(next), "%s", keyring_next(keys));
	cr_expect(eq(str, (char *)register_key_id(db), old));
	OK(register_rekey(db, next, NOW, SPAN("amy"), &err));
	cr_expect(eq(str, (char *)register_key_id(db), next));
	check_filled();
	OK(register_rekey(db, next, NOW, SPAN("amy"), &err)); /* nothing */
	/* a crash here leaves both keys in the file: all is well */
	reopen(REGISTER_READ);
	check_filled();
	register_close(db);
	OK(keyring_take_next(keys, &err));
	open_keys();
	OK(register_open(&db, path, keys, REGISTER_WRITE, &err));
	check_filled();
	/* what was known is still known */
	e.note = SPAN("noted");
	cr_expect(add(&e) == REGISTER_KNOWN);
	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "calls.import", &origin, NULL, NULL,
	    &err));
	OK(register_import_call(im, 1, &call, &err));
	OK(register_import_end(im, &r, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
	cr_expect(eq(u64, r.outcome[REGISTER_KNOWN], 1));
}

Test(register_keep, a_rotation_does_not_make_an_altered_row_sound)
{
	struct tale t;

	fill();
	OK(keyring_add_next(keys, &err));
	tamper("UPDATE fact SET reason = 2 WHERE id = 7");
	cr_expect(
	    register_rekey(db, keyring_next(keys), NOW, SPAN("amy"), &err) < 0);
	cr_expect(err.code == ERR_AUTH);
	cr_expect(eq(sz, find(NUMBER, &t), 2)); /* the old key holds */
	reopen(REGISTER_READ);
	cr_expect(eq(sz, find(NUMBER, &t), 2));
}

Test(register_keep, a_killed_rotation_leaves_one_key_or_the_other)
{
	char *next;
	int i, status, moved = 0;
	pid_t pid;

	fill();
	OK(keyring_add_next(keys, &err));
	open_keys();
	next = strdup(keyring_next(keys));
	register_close(db);
	db = NULL;
	for (i = 0; i < 12; i++) {
		struct timespec wait = { .tv_nsec = 3000000 * i };

		pid = fork();
		cr_assert(pid >= 0);
		if (pid == 0) {
			if (register_open(&db, path, keys, REGISTER_WRITE,
				&err) == 0)
				register_rekey(db, next, NOW, SPAN("amy"),
				    &err);
			_exit(0);
		}
		nanosleep(&wait, NULL);
		kill(pid, SIGKILL);
		cr_assert(waitpid(pid, &status, 0) == pid);
		OK(register_open(&db, path, keys, REGISTER_READ, &err));
		moved += strcmp(register_key_id(db), next) == 0;
		check_filled();
		register_close(db);
		db = NULL;
	}
	OK(register_open(&db, path, keys, REGISTER_WRITE, &err));
	OK(register_rekey(db, next, NOW, SPAN("amy"), &err));
	check_filled();
	free(next);
}

/* ---- backups ---- */

static int
restore(const char *from)
{
	char backup[256], to[256];

	snprintf(backup, sizeof(backup), "%s/%s", dir, from);
	snprintf(to, sizeof(to), "%s/restored", dir);
	return register_restore(backup, to, keys, &err);
}

static void
backup(void)
{
	char to[256];

	snprintf(to, sizeof(to), "%s/backup", dir);
	OK(register_backup(db, to, &err));
}

Test(register_keep, a_backup_taken_in_use_can_be_restored)
{
	struct register_entry e = entry(FACT_DNC, NUMBER - 1);
	struct register_db *writer = db;
	enum register_outcome was;
	struct tale t;
	struct stat st;
	char name[256];

	fill();
	OK(register_begin(writer, NOW, &err));
	OK(register_add(writer, &e, &was, &err)); /* not committed */
	OK(register_open(&db, path, keys, REGISTER_READ, &err));
	backup();
	register_close(db);
	db = writer;
	OK(register_commit(db, &err));
	snprintf(name, sizeof(name), "%s/backup", dir);
	cr_assert(zero(int, stat(name, &st)));
	cr_expect(eq(uint, st.st_mode & 0777, 0600));
	sh("test $(ls | grep -c backup) = 1"); /* and nothing beside it */
	OK(restore("backup"));
	register_close(db);
	db = NULL;
	snprintf(name, sizeof(name), "%s/restored", dir);
	OK(register_open(&db, name, keys, REGISTER_WRITE, &err));
	check_filled();
	cr_expect(eq(sz, find(NUMBER - 1, &t), 0));
	cr_expect(restore("backup") < 0); /* it is there */
	cr_expect(err.code == ERR_USAGE);
}

Test(register_keep, a_log_without_its_register_is_in_the_way)
{
	static const char *const ends[] = { "-wal", "-shm", "-journal" };
	size_t i;

	fill();
	backup();
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		sh("echo old >restored%s", ends[i]);
		cr_expect(restore("backup") < 0, "%s", ends[i]);
		cr_expect(err.code == ERR_USAGE, "%s", err.text);
		sh("test $(cat restored%s) = old && rm restored%s", ends[i],
		    ends[i]);
	}
	OK(restore("backup"));
}

Test(register_keep, a_backup_that_was_altered_is_refused)
{
	static const char *const change[] = {
		"head -c -1 backup >b",
		"head -c 47 backup >b",
		"head -c 48 backup >b",
		/* whole pieces of 65576 bytes, without the last */
		"head -c $((48 + 65576)) backup >b",
		"cat backup >b; printf x >>b",
		/* two pieces exchanged */
		"{ head -c 48 backup; tail -c +$((49 + 65576)) backup |"
		" head -c 65576; tail -c +49 backup | head -c 65576;"
		" tail -c +$((49 + 2 * 65576)) backup; } >b",
		"{ head -c 20 backup; printf f0f0; tail -c +25 backup; } >b",
		"{ head -c 40 backup; printf xxxx; tail -c +45 backup; } >b",
		"{ head -c 9999 backup; printf xxxx; tail -c +10004 backup; }"
		" >b",
		": >b",
		"echo not a backup, but a text that is long enough for one >b",
	};
	size_t i;

	fill();
	backup();
	for (i = 0; i < sizeof(change) / sizeof(*change); i++) {
		sh("%s", change[i]);
		cr_expect(restore("b") < 0, "%s", change[i]);
		cr_expect(err.code == ERR_AUTH, "%s: %s", change[i], err.text);
	}
	sh("! ls | grep restored");
	OK(restore("backup"));
}

/* ---- several at once ---- */

enum { WRITERS = 2, READERS = 10, EACH = 40 };

/* A process of its own adds one at a time; an exit status for the parent. */
static int
writer(uint64_t first)
{
	struct register_entry e = entry(FACT_DNC, 0);
	enum register_outcome was;
	struct register_db *mine;
	uint64_t i;

	if (register_open(&mine, path, keys, REGISTER_WRITE, &err) < 0)
		return 1;
	for (i = 0; i < EACH; i++) {
		e.subject.key = first + i;
		if (register_begin(mine, NOW, &err) < 0)
			return 2;
		if (register_add(mine, &e, &was, &err) < 0 ||
		    was != REGISTER_NEW || register_commit(mine, &err) < 0)
			return 3;
	}
	register_close(mine);
	return 0;
}

/* Entries only ever become more, and what is read adds up. */
static int
reader(void)
{
	uint64_t n[2], before = 0;
	void *const arg[2] = { &n[0], &n[1] };
	struct register_db *mine;
	int i;

	if (register_open(&mine, path, keys, REGISTER_READ, &err) < 0)
		return 4;
	for (i = 0; i < 30; i++) {
		n[0] = n[1] = 0;
		if (register_each(mine, 2, count, arg, &err) < 0)
			return 5;
		if (n[0] + n[1] < before)
			return 6;
		before = n[0] + n[1];
		if (register_refresh(mine, &err) < 0)
			return 7;
	}
	register_close(mine);
	return 0;
}

Test(register_keep, two_writers_and_ten_readers_at_once, .timeout = 120)
{
	struct register_stats s;
	int i, status;

	register_close(db);
	db = NULL;
	for (i = 0; i < WRITERS + READERS; i++) {
		pid_t pid = fork();

		cr_assert(pid >= 0);
		if (pid > 0)
			continue;
		status = i < WRITERS ? writer(NUMBER + (uint64_t)i * EACH) :
				       reader();
		if (status)
			fprintf(stderr, "%s\n", err.text);
		_exit(status);
	}
	for (i = 0; i < WRITERS + READERS; i++) {
		cr_assert(wait(&status) > 0);
		cr_expect(zero(int, status));
	}
	OK(register_open(&db, path, keys, REGISTER_READ, &err));
	OK(register_stats(db, NOW, &s, &err));
	cr_expect(eq(u64, s.in_force[FACT_DNC], WRITERS * EACH));
	cr_expect(eq(u64, s.audit, WRITERS * EACH));
	cr_expect(eq(str, verify(), ""));
}

Test(register_keep, a_second_writer_is_told, .timeout = 60)
{
	struct register_db *second;

	OK(register_open(&second, path, keys, REGISTER_WRITE, &err));
	OK(register_begin(db, NOW, &err));
	cr_expect(register_begin(second, NOW, &err) < 0); /* after 5 s */
	cr_expect(err.code == ERR_LOCKED);
	register_rollback(db);
	OK(register_begin(second, NOW, &err));
	register_close(second);
}

Test(register_keep, a_killed_import_leaves_the_old_register, .timeout = 60)
{
	struct register_entry e = entry(FACT_DNC, 0);
	struct register_import_result r;
	struct register_import *im;
	int i, k, status;
	pid_t pid;

	fill();
	register_close(db);
	for (i = 0; i < 10; i++) {
		struct timespec wait = { .tv_nsec = 2000000 * i };

		pid = fork();
		cr_assert(pid >= 0);
		if (pid == 0) {
			/* the commit never comes */
			OK(register_open(&db, path, keys, REGISTER_WRITE,
			    &err));
			OK(register_begin(db, NOW, &err));
			OK(register_import_new(&im, db, "dnc.import", &e.origin,
			    NULL, NULL, &err));
			for (k = 0; k < 20000; k++) {
				e.subject.key = 8610000000000u + (uint64_t)k;
				OK(register_import_add(im, 1, &e, &err));
			}
			OK(register_import_end(im, &r, &err));
			pause();
			_exit(0);
		}
		nanosleep(&wait, NULL);
		kill(pid, SIGKILL);
		cr_assert(waitpid(pid, &status, 0) == pid);
		OK(register_open(&db, path, keys, REGISTER_READ, &err));
		check_filled();
		register_close(db);
	}
	db = NULL;
}
