/* test_register.h - a register in a folder of its own, for its tests. */
#ifndef TEST_REGISTER_H
#define TEST_REGISTER_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/register.h"

#define NOW INT64_C(1790000000)
#define DAY INT64_C(86400)
#define NUMBER UINT64_C(8613812345678)

static char dir[200], key_path[256], path[256];
static struct keyring *keys;
static struct register_db *db;
static struct err err;

#define OK(call) cr_assert(zero(int, (call)), "%s", err.text)

/* Run a command in the register's folder. */
static inline void sh(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

static inline void
sh(const char *fmt, ...)
{
	char command[512], in[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	snprintf(in, sizeof(in), "cd '%s' && %s", dir, command);
	cr_assert(zero(int, system(in)), "%s", in);
}

static inline void
setup(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/test_register.XXXXXX",
	    tmp ? tmp : "/tmp");
	cr_assert(mkdtemp(dir) != NULL);
	snprintf(key_path, sizeof(key_path), "%s/key", dir);
	snprintf(path, sizeof(path), "%s/register", dir);
	OK(keyring_create(key_path, &err));
	OK(keyring_open(&keys, key_path, NULL, &err));
	OK(register_create(path, keys, NOW, &err));
	OK(register_open(&db, path, keys, REGISTER_WRITE, &err));
}

static inline void
teardown(void)
{
	register_close(db);
	keyring_close(keys);
	sh("rm -rf '%s'", dir);
}

/* Close and open again. */
static inline void
reopen(enum register_mode mode)
{
	register_close(db);
	db = NULL;
	OK(register_open(&db, path, keys, mode, &err));
}

/* Run SQL as anybody with the sqlite3 tool could. */
static inline void
tamper(const char *sql)
{
	sqlite3 *raw;
	char *why = NULL;

	cr_assert(sqlite3_open(path, &raw) == SQLITE_OK);
	sqlite3_exec(raw, sql, NULL, NULL, &why);
	cr_assert(why == NULL, "%s: %s", sql, why);
	sqlite3_close(raw);
}

static inline struct register_entry
entry(unsigned kind, uint64_t key)
{
	return (struct register_entry){
		.kind = kind,
		.subject = { .key = key },
		.reason = kind == FACT_DNC ? REASON_REQUEST : REASON_NONE,
		.origin = { .source = SOURCE_CALL, .author = SPAN("amy") },
	};
}

/* Add in a transaction of its own. */
static inline enum register_outcome
add(const struct register_entry *e)
{
	enum register_outcome was;

	OK(register_begin(db, NOW, &err));
	OK(register_add(db, e, &was, &err));
	OK(register_commit(db, &err));
	return was;
}

static inline enum register_outcome
take_away(const struct register_entry *e, const char *why)
{
	enum register_outcome was;

	OK(register_begin(db, NOW + DAY, &err));
	OK(register_remove(db, e, span_str(why), &was, &err));
	OK(register_commit(db, &err));
	return was;
}

/* What a walk has told: a copy of each fact, texts as strings. */
struct told {
	struct register_fact fact;
	char person[64], topic[64], campaign[64], note[128], why[128],
	    evidence[64], author[64], approved_by[64];
};

struct tale {
	size_t n;
	struct told fact[32];
};

static inline void
copy_span(char *out, size_t cap, struct span s)
{
	snprintf(out, cap, "%.*s", (int)s.n, s.p);
}

static inline int
tell(void *arg, const struct register_fact *f, struct err *e)
{
	struct tale *t = arg;
	struct told *to;

	(void)e;
	cr_assert(t->n < 32);
	to = &t->fact[t->n++];
	to->fact = *f;
	copy_span(to->person, sizeof(to->person), f->entry.subject.person);
	copy_span(to->topic, sizeof(to->topic), f->entry.topic);
	copy_span(to->campaign, sizeof(to->campaign), f->entry.campaign);
	copy_span(to->note, sizeof(to->note), f->entry.note);
	copy_span(to->why, sizeof(to->why), f->why);
	copy_span(to->evidence, sizeof(to->evidence), f->entry.evidence);
	copy_span(to->author, sizeof(to->author), f->entry.origin.author);
	copy_span(to->approved_by, sizeof(to->approved_by),
	    f->entry.origin.approved_by);
	return 0;
}

static inline size_t
find(uint64_t key, struct tale *t)
{
	struct register_subject s = { .key = key };

	t->n = 0;
	OK(register_find(db, &s, tell, t, &err));
	return t->n;
}

static inline size_t
history(uint64_t key, struct tale *t)
{
	struct register_subject s = { .key = key };

	t->n = 0;
	OK(register_history(db, &s, tell, t, &err));
	return t->n;
}

static inline int
count(void *arg, const struct register_fact *f, struct err *e)
{
	(void)f;
	(void)e;
	++*(uint64_t *)arg;
	return 0;
}

/* How many facts a run would load, with two threads. */
static inline uint64_t
count_all(void)
{
	uint64_t n[2] = { 0 };
	void *const arg[2] = { &n[0], &n[1] };

	OK(register_each(db, 2, count, arg, &err));
	return n[0] + n[1];
}

static inline void
print_found(void *arg, const char *what)
{
	snprintf(arg, 256, "%s", what);
}

/* What register_verify() says: "" when all is well. */
static inline char *
verify(void)
{
	static char what[256];
	int got;

	what[0] = '\0';
	got = register_verify(db, print_found, what, &err);
	cr_assert(got >= 0, "%s", err.text);
	cr_assert(eq(int, got == 0, what[0] == '\0'));
	return what;
}

#endif
