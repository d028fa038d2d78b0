#include "test_register.h"

#include "store/register_impl.h"

/*
 * What somebody with the sqlite3 tool may do, and what it comes to.
 */

#define SECOND (NUMBER + 1)

static void
setup_three(void)
{
	struct register_entry e = entry(FACT_DNC, NUMBER);

	setup();
	e.note = SPAN("a note");
	add(&e); /* fact 1 */
	e.subject.key = SECOND;
	e.expires_at = NOW + DAY;
	add(&e); /* fact 2 */
	e = entry(FACT_CONSENT, SECOND);
	add(&e);                           /* fact 3 */
	take_away(&e, "changed her mind"); /* fact 4 */
	register_close(db);
	db = NULL;
}

TestSuite(register_tamper, .init = setup_three, .fini = teardown);

static int
ignore(void *arg, const struct register_fact *f, struct err *e)
{
	(void)arg;
	(void)f;
	(void)e;
	return 0;
}

enum { AT_OPEN = 1, AT_FIND = 2, AT_EACH = 4, AT_VERIFY = 8 };

/* Where the register as it is now is found to be altered. */
static unsigned
found_altered(void)
{
	struct register_subject s = { .key = SECOND };
	void *const arg[1] = { NULL };
	char what[256] = "";
	unsigned where = 0;

	if (register_open(&db, path, keys, REGISTER_READ, &err) < 0)
		where |= err.code == ERR_AUTH ? AT_OPEN : 0;
	else
		register_close(db);
	if (register_open(&db, path, keys, REGISTER_INSPECT, &err) < 0) {
		db = NULL;
		return where;
	}
	if (register_find(db, &s, ignore, NULL, &err) < 0)
		where |= err.code == ERR_AUTH ? AT_FIND : 0;
	if (register_each(db, 1, ignore, arg, &err) < 0)
		where |= err.code == ERR_AUTH ? AT_EACH : 0;
	if (register_verify(db, print_found, what, &err) > 0)
		where |= AT_VERIFY;
	register_close(db);
	db = NULL;
	return where;
}

Test(register_tamper, an_untouched_one_is_sound)
{
	cr_expect(eq(uint, found_altered(), 0));
	tamper("UPDATE fact SET reason = reason");
	cr_expect(eq(uint, found_altered(), 0));
}

Test(register_tamper, every_edit_is_found)
{
	static const struct edit {
		const char *sql;
		unsigned where;
	} cases[] = {
		{ "UPDATE fact SET reason = 2 WHERE id = 2", 14 },
		{ "UPDATE fact SET kind = 7 WHERE id = 2", 14 },
		{ "UPDATE fact SET channel = 2 WHERE id = 2", 14 },
		{ "UPDATE fact SET topic = 'x' WHERE id = 2", 14 },
		{ "UPDATE fact SET campaign = 'x' WHERE id = 2", 14 },
		{ "UPDATE fact SET expires_at = 1 WHERE id = 2", 14 },
		{ "UPDATE fact SET expires_at = NULL WHERE id = 2", 14 },
		{ "UPDATE fact SET effective_at = 9 WHERE id = 2", 14 },
		{ "UPDATE fact SET recorded_at = 9 WHERE id = 2", 14 },
		{ "UPDATE fact SET permanent = 1 WHERE id = 2", 14 },
		{ "UPDATE fact SET evidence = x'00' WHERE id = 2", 14 },
		{ "UPDATE fact SET origin = 1 WHERE id = 2", 14 },
		{ "UPDATE fact SET removed = 1 WHERE id = 2", 14 },
		{ "UPDATE fact SET superseded_by = 4 WHERE id = 2", 14 },
		{ "UPDATE fact SET superseded_by = NULL WHERE id = 3", 14 },
		{ "UPDATE fact SET note = NULL WHERE id = 2", 14 },
		{ "UPDATE fact SET note = (SELECT note FROM fact WHERE id = 1)"
		  " WHERE id = 2",
		    14 },
		{ "UPDATE fact SET why = NULL WHERE id = 4", 14 },
		{ "UPDATE fact SET mac = (SELECT mac FROM fact WHERE id = 1)"
		  " WHERE id = 2",
		    14 },
		/* moved to another, or gone: its own subject counts them */
		{ "UPDATE fact SET subject = 1 WHERE id = 2", 14 },
		{ "DELETE FROM fact WHERE id = 2", 14 },
		/* the last one is missed at once (a removal: no run reads it) */
		{ "DELETE FROM fact WHERE id = 4", 11 },
		{ "INSERT INTO fact SELECT 5, subject, kind, origin, reason,"
		  " channel, topic, campaign, number, permanent, at,"
		  " requested_at, effective_at, expires_at, review_at,"
		  " evidence, evidence_sha256, note, why, removed,"
		  " recorded_at, supersedes, superseded_by, mac FROM fact"
		  " WHERE id = 1",
		    13 },
		{ "UPDATE subject SET sealed = (SELECT sealed FROM subject"
		  " WHERE id = 1) WHERE id = 2",
		    14 },
		{ "UPDATE subject SET kind = 3 WHERE id = 2", 14 },
		{ "UPDATE subject SET facts = 2 WHERE id = 2", 14 },
		{ "UPDATE subject SET facts = 2 WHERE id = 2;"
		  "DELETE FROM fact WHERE id = 2",
		    14 },
		{ "UPDATE subject SET links = 1 WHERE id = 2", 14 },
		{ "UPDATE subject SET calls = 1 WHERE id = 2", 14 },
		/* it is not found, and its bucket knows that it should be */
		{ "UPDATE subject SET lookup = zeroblob(16) WHERE id = 2", 14 },
		{ "UPDATE subject SET id = 9 WHERE id = 2", 15 },
		{ "DELETE FROM subject WHERE id = 2", 15 },
		{ "DELETE FROM subject WHERE id = 2; DELETE FROM bucket", 15 },
		{ "DELETE FROM subject WHERE id = 2;"
		  "DELETE FROM bucket WHERE id > 0",
		    15 },
		{ "DELETE FROM bucket", 8 },
		{ "DELETE FROM bucket WHERE id = 0", 8 },
		{ "DELETE FROM bucket WHERE id > 0", 8 },
		{ "UPDATE bucket SET next = 65536", 8 },
		{ "UPDATE bucket SET sum = zeroblob(16)", 8 },
		/* who said so is no matter for a run */
		{ "UPDATE origin SET author = 'bob'", 10 },
		{ "UPDATE origin SET source = 2", 10 },
		{ "UPDATE audit SET detail = '{}' WHERE seq = 2", 8 },
		{ "UPDATE audit SET target = zeroblob(16) WHERE seq = 2", 8 },
		{ "DELETE FROM audit WHERE seq = 4", 9 },
		/* whose head is another cannot even be looked at */
		{ "UPDATE head SET facts = 3", AT_OPEN },
		{ "UPDATE head SET dnc = 1", AT_OPEN },
		{ "UPDATE head SET audits = 3", AT_OPEN },
		{ "UPDATE head SET audit_mac = zeroblob(32)", AT_OPEN },
		{ "UPDATE head SET inner_key = zeroblob(72)", AT_OPEN },
		{ "UPDATE head SET key_id = '0123456789abcdef'", AT_OPEN },
		{ "DELETE FROM head", AT_OPEN },
		{ "DROP TABLE head", AT_OPEN },
		{ "DROP TABLE origin", 11 },
	};
	size_t i;

	sh("cp -p register other");
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sh("rm -f register* && cp -p other register");
		tamper(cases[i].sql);
		cr_expect(eq(uint, found_altered(), cases[i].where), "%s",
		    cases[i].sql);
	}
}

Test(register_tamper, swapped_numbers_are_found)
{
	struct register_subject s = { .key = NUMBER };

	tamper("CREATE TABLE t AS SELECT id, lookup FROM subject;"
	       "UPDATE subject SET lookup = x'00'"
	       " WHERE id = 1;"
	       "UPDATE subject SET lookup = (SELECT lookup FROM t WHERE id = 1)"
	       " WHERE id = 2;"
	       "UPDATE subject SET lookup = (SELECT lookup FROM t WHERE id = 2)"
	       " WHERE id = 1; DROP TABLE t");
	OK(register_open(&db, path, keys, REGISTER_READ, &err));
	cr_expect(register_find(db, &s, ignore, NULL, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
}

/* ---- what is not there ---- */

#define PERSON SPAN("C-17")
#define LINKED (NUMBER + 2)
#define MANY 3000

/*
 * What a look-up says of a number: how many entries, -1 when it fails, as it
 * must, with ERR_AUTH.
 */
static int
look_up(uint64_t key)
{
	struct register_subject s = { .key = key };
	uint64_t n = 0;

	if (register_find(db, &s, count, &n, &err) == 0)
		return (int)n;
	cr_expect(err.code == ERR_AUTH, "%s", err.text);
	return -1;
}

static int
look_up_calls_fn(void *arg, const struct register_call *c, struct err *e)
{
	(void)c;
	(void)e;
	++*(int *)arg;
	return 0;
}

static int
look_up_calls(uint64_t key)
{
	struct register_subject s = { .key = key };
	int n = 0;

	if (register_find_calls(db, &s, 0, look_up_calls_fn, &n, &err) == 0)
		return n;
	cr_expect(err.code == ERR_AUTH, "%s", err.text);
	return -1;
}

/* A person who is blocked and a number of theirs, a prefix, a call. */
static void
add_others(void)
{
	struct register_origin by = { .author = SPAN("amy") };
	struct register_call call = { .subject = { .key = SECOND },
		.at = NOW,
		.id = SPAN("1") };
	struct register_entry e = entry(FACT_DNC, 0);
	struct register_import_result result;
	struct register_import *im;

	OK(register_open(&db, path, keys, REGISTER_WRITE, &err));
	e.subject.person = PERSON;
	add(&e); /* fact 5 of subject 3 */
	e = entry(REGISTER_LINK, 0);
	e.subject.person = PERSON;
	e.number = LINKED;
	add(&e); /* fact 6; the number is subject 4 */
	e = entry(FACT_DNC, subject_prefix(86139));
	add(&e); /* fact 7 of subject 5 */
	e = entry(FACT_DNC, NUMBER + 3);
	add(&e); /* so that none of these is the last */
	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "calls", &by, NULL, NULL, &err));
	OK(register_import_call(im, 1, &call, &err));
	call.at++;
	call.id = SPAN("2");
	OK(register_import_call(im, 2, &call, &err));
	OK(register_import_end(im, &result, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
	register_close(db);
	db = NULL;
}

Test(register_tamper, what_was_cut_out_is_missed)
{
	static const uint64_t under = UINT64_C(8613912345678);
	static const struct cut_out {
		const char *sql;
		uint64_t key;
	} cases[] = {
		{ "DELETE FROM fact WHERE id = 5", LINKED },
		{ "DELETE FROM fact WHERE id = 6", LINKED },
		{ "UPDATE fact SET number = NULL WHERE id = 6", LINKED },
		{ "UPDATE fact SET number = 1 WHERE id = 6", LINKED },
		{ "UPDATE fact SET number = 1 WHERE id = 6", NUMBER },
		{ "DELETE FROM subject WHERE id = 3", LINKED },
		{ "DELETE FROM subject WHERE id = 4", LINKED },
		{ "DELETE FROM fact WHERE id = 7", under },
		{ "DELETE FROM subject WHERE id = 5", under },
		{ "UPDATE subject SET kind = 1 WHERE id = 5", under },
	};
	size_t i;

	add_others();
	OK(register_open(&db, path, keys, REGISTER_READ, &err));
	cr_expect(eq(int, look_up(NUMBER), 1));
	cr_expect(eq(int, look_up(LINKED), 2)); /* the block and the link */
	cr_expect(eq(int, look_up(under), 1));
	cr_expect(eq(int, look_up(NUMBER + 9), 0));
	cr_expect(eq(int, look_up_calls(SECOND), 2));
	register_close(db);
	db = NULL;
	sh("cp -p register other");
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sh("rm -f register* && cp -p other register");
		tamper(cases[i].sql);
		OK(register_open(&db, path, keys, REGISTER_READ, &err));
		cr_expect(eq(int, look_up(cases[i].key), -1), "%s",
		    cases[i].sql);
		register_close(db);
		db = NULL;
	}
	sh("rm -f register* && cp -p other register");
	tamper("DELETE FROM call WHERE id = 1");
	OK(register_open(&db, path, keys, REGISTER_WRITE, &err));
	cr_expect(eq(int, look_up_calls(SECOND), -1));
	cr_expect(eq(int, look_up(SECOND), 1));
}

Test(register_tamper, a_missing_entry_is_not_added_or_removed_over)
{
	struct register_subject s = { .key = SECOND };
	struct register_entry e = entry(FACT_ALLOW, SECOND);
	enum register_outcome was;
	uint64_t n = 0;

	tamper("DELETE FROM fact WHERE id = 2");
	OK(register_open(&db, path, keys, REGISTER_WRITE, &err));
	cr_expect(register_history(db, &s, count, &n, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
	OK(register_begin(db, NOW, &err));
	cr_expect(register_add(db, &e, &was, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
	register_rollback(db);
	OK(register_begin(db, NOW, &err));
	cr_expect(register_remove(db, &e, SPAN("no"), &was, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
	register_rollback(db);
	/* a new key would make it look sound */
	OK(keyring_add_next(keys, &err));
	cr_expect(
	    register_rekey(db, keyring_next(keys), NOW, SPAN("amy"), &err) < 0);
	cr_expect(err.code == ERR_AUTH);
}

Test(register_tamper, a_missing_subject_is_not_added_again)
{
	struct register_entry e = entry(FACT_ALLOW, NUMBER);
	enum register_outcome was;

	tamper("DELETE FROM subject WHERE id = 1");
	OK(register_open(&db, path, keys, REGISTER_WRITE, &err));
	OK(register_begin(db, NOW, &err));
	cr_expect(register_add(db, &e, &was, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
}

/* ---- damage ---- */

static void
import_many(void)
{
	struct register_entry e = entry(FACT_DNC, 0);
	struct register_import_result result;
	struct register_import *im;
	uint64_t i;

	OK(register_open(&db, path, keys, REGISTER_WRITE, &err));
	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "import", &e.origin, NULL, NULL, &err));
	for (i = 0; i < MANY; i++) {
		e.subject.key = NUMBER + i;
		OK(register_import_add(im, i, &e, &err));
	}
	OK(register_import_end(im, &result, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
	cr_expect(eq(str, verify(), ""));
	register_close(db);
	db = NULL;
}

/* Overwrite `n` bytes anywhere behind the first page. */
static void
damage(unsigned *seed, int n)
{
	struct stat st;
	int fd = open(path, O_RDWR);
	unsigned char byte;
	off_t at;

	cr_assert(fd >= 0);
	OK(fstat(fd, &st));
	while (n-- > 0) {
		at = 4096 + (off_t)rand_r(seed) % (st.st_size - 4096);
		byte = (unsigned char)rand_r(seed);
		cr_assert(pwrite(fd, &byte, 1, at) == 1);
	}
	close(fd);
}

Test(register_tamper, damage_never_hides_a_blocked_number, .timeout = 300)
{
	unsigned seed = 20260914;
	int round, i, found, refused = 0;

	import_many();
	sh("cp -p register other");
	for (round = 0; round < 60; round++) {
		sh("rm -f register* && cp -p other register");
		damage(&seed, 1 << round % 10);
		if (register_open(&db, path, keys, REGISTER_READ, &err) < 0) {
			cr_expect(err.code == ERR_AUTH, "%s", err.text);
			db = NULL;
			continue;
		}
		for (i = 0; i < MANY; i += 7) {
			found = look_up(NUMBER + (uint64_t)i);
			refused += found < 0;
			cr_assert(found != 0, "round %d: number %d", round, i);
		}
		register_close(db);
		db = NULL;
	}
	cr_expect(refused > 0);
}

/* ---- the audit log ---- */

Test(register_tamper, the_audit_log_says_where_it_was_altered)
{
	static const struct cut {
		const char *sql;
		uint64_t bad;
		const char *what;
	} cases[] = {
		{ "UPDATE audit SET author = 'bob' WHERE seq = 2", 2,
		    "altered" },
		{ "UPDATE audit SET at = at + 1 WHERE seq = 3", 3, "altered" },
		{ "UPDATE audit SET action = 'x' WHERE seq = 1", 1, "altered" },
		{ "DELETE FROM audit WHERE seq = 1", 1, "missing" },
		{ "DELETE FROM audit WHERE seq = 2", 2, "missing" },
		{ "DELETE FROM audit WHERE seq = 4", 4, "cut off" },
		{ "DELETE FROM audit WHERE seq > 2", 3, "cut off" },
		{ "DELETE FROM audit", 1, "cut off" },
		{ "UPDATE audit SET seq = 9 WHERE seq = 2;"
		  "UPDATE audit SET seq = 2 WHERE seq = 3;"
		  "UPDATE audit SET seq = 3 WHERE seq = 9",
		    2, "out of order" },
		{ "INSERT INTO audit SELECT 5, at, author, action, target,"
		  " detail, mac FROM audit WHERE seq = 4",
		    5, "added" },
	};
	struct register_audit_result r;
	size_t i;

	sh("cp -p register other");
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sh("rm -f register* && cp -p other register");
		tamper(cases[i].sql);
		OK(register_open(&db, path, keys, REGISTER_INSPECT, &err));
		OK(register_audit_verify(db, &r, &err));
		cr_expect(eq(u64, r.bad, cases[i].bad), "%s", cases[i].sql);
		cr_expect(strstr(r.what, cases[i].what) != NULL, "%s: %s",
		    cases[i].sql, r.what);
		register_close(db);
		db = NULL;
	}
}

struct trail {
	size_t n;
	char action[16][32], detail[16][200];
};

static int
follow(void *arg, const struct register_audit *a, struct err *e)
{
	struct trail *t = arg;

	(void)e;
	cr_assert(t->n < 16);
	copy_span(t->action[t->n], 32, a->action);
	copy_span(t->detail[t->n++], 200, a->detail);
	return 0;
}

Test(register_tamper, every_change_has_its_record)
{
	struct register_subject s = { .key = SECOND },
				person = { .person = SPAN("C-17") };
	struct register_audit a = { .author = SPAN("amy"),
		.action = SPAN("reveal"),
		.subject = person };
	struct register_audit_result r;
	struct register_entry e = entry(FACT_DNC, NUMBER);
	struct trail t = { 0 };

	OK(register_open(&db, path, keys, REGISTER_WRITE, &err));
	OK(register_audit_list(db, 0, NULL, follow, &t, &err));
	cr_assert(eq(sz, t.n, 4));
	cr_expect(eq(str, t.action[0], "dnc.add"));
	cr_expect(eq(str, t.action[2], "consent.add"));
	cr_expect(eq(str, t.action[3], "consent.remove"));
	cr_expect(strstr(t.detail[3], "\"removed\"") != NULL);
	cr_expect(strstr(t.detail[0], "86138") == NULL);
	t.n = 0;
	OK(register_audit_list(db, 0, &s, follow, &t, &err));
	cr_expect(eq(sz, t.n, 3));
	/* an attempt that is refused, and one that the caller notes */
	e.permanent = true;
	add(&e);
	take_away(&e, "");
	OK(register_begin(db, NOW, &err));
	OK(register_audit_add(db, &a, &err));
	a.author = span_of("", 0);
	cr_expect(register_audit_add(db, &a, &err) < 0);
	OK(register_commit(db, &err));
	t.n = 0;
	OK(register_audit_list(db, 6, NULL, follow, &t, &err));
	cr_assert(eq(sz, t.n, 2));
	cr_expect(strstr(t.detail[0], "\"refused\"") != NULL);
	cr_expect(eq(str, t.action[1], "reveal"));
	t.n = 0;
	OK(register_audit_list(db, 0, &person, follow, &t, &err));
	cr_expect(eq(sz, t.n, 1));
	OK(register_audit_verify(db, &r, &err));
	cr_expect(eq(u64, r.records, 7));
	cr_expect(eq(u64, r.bad, 0));
}

/* ---- what cannot be opened ---- */

Test(register_tamper, what_is_no_register_of_ours_is_refused)
{
	static const struct refused {
		const char *change; /* SQL, or sh in the register's folder */
		enum err_code code;
		const char *text;
	} cases[] = {
		{ "PRAGMA user_version = 99", ERR_USAGE, "version 99" },
		{ "PRAGMA application_id = 1", ERR_AUTH, "no register" },
		{ "chmod 640 register", ERR_AUTH, "others may read" },
		{ "rm register", ERR_AUTH, "no register at" },
		{ "rm register; touch register; chmod 600 register", ERR_AUTH,
		    "no register" },
		{ "rm register; mkdir register", ERR_AUTH, "is no register" },
		{ "rm register; head -c 20000 /dev/urandom >register;"
		  "chmod 600 register",
		    ERR_AUTH, "damaged" },
		{ "head -c 50000 register >r && mv r register;"
		  "chmod 600 register",
		    ERR_AUTH, "damaged" },
	};
	size_t i;

	sh("cp -p register other");
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (strncmp(cases[i].change, "PRAGMA", 6) == 0)
			tamper(cases[i].change);
		else
			sh("%s", cases[i].change);
		cr_expect(register_open(&db, path, keys, REGISTER_READ, &err) <
			0,
		    "%s", cases[i].change);
		cr_expect(err.code == cases[i].code, "%s: %s", cases[i].change,
		    err.text);
		cr_expect(strstr(err.text, cases[i].text) != NULL, "%s: %s",
		    cases[i].change, err.text);
		sh("rm -rf register* && cp -p other register");
	}
	OK(register_open(&db, path, keys, REGISTER_READ, &err));
}

Test(register_tamper, another_key_opens_nothing)
{
	char key[256];
	struct keyring *strange;

	snprintf(key, sizeof(key), "%s/key2", dir);
	OK(keyring_create(key, &err));
	OK(keyring_open(&strange, key, NULL, &err));
	cr_expect(register_open(&db, path, strange, REGISTER_READ, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
	cr_expect(strstr(err.text, "another key") != NULL, "%s", err.text);
	keyring_close(strange);
}

Test(register_tamper, a_register_is_not_replaced)
{
	cr_expect(register_create(path, keys, NOW, &err) < 0);
	cr_expect(err.code == ERR_USAGE);
	OK(register_open(&db, path, keys, REGISTER_READ, &err));
}

/* ---- migrations ---- */

Test(register_tamper, migrations_lead_from_each_version_to_the_last)
{
	static const char *const step[] = {
		"CREATE TABLE a (x); INSERT INTO a VALUES (1)",
		"ALTER TABLE a ADD COLUMN y DEFAULT 2",
		"UPDATE a SET x = x + y",
	};
	static const char *const broken[] = { step[0], "UPDATE nothing", NULL };
	sqlite3 *sql;
	int64_t x, version;
	int from;

	for (from = 0; from <= 3; from++) {
		cr_assert(sqlite3_open(":memory:", &sql) == SQLITE_OK);
		if (from > 0)
			OK(schema_migrate(sql, step, from, &err));
		OK(schema_migrate(sql, step, 3, &err));
		OK(schema_migrate(sql, step, 3, &err)); /* nothing to do */
		OK(sql_int(sql, "SELECT x FROM a", 0, &x, &err));
		OK(sql_int(sql, "PRAGMA user_version", 0, &version, &err));
		cr_expect(eq(i64, x, 3), "from %d", from);
		cr_expect(eq(i64, version, 3));
		sqlite3_close(sql);
	}
	cr_assert(sqlite3_open(":memory:", &sql) == SQLITE_OK);
	cr_expect(schema_migrate(sql, broken, 2, &err) < 0);
	OK(sql_int(sql, "PRAGMA user_version", 7, &version, &err));
	cr_expect(eq(i64, version, 0), "all or nothing");
	OK(sql_int(sql, "SELECT count(*) FROM sqlite_schema", 7, &x, &err));
	cr_expect(eq(i64, x, 0));
	sqlite3_close(sql);
}
