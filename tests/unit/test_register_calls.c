#include "test_register.h"

TestSuite(register_calls, .init = setup, .fini = teardown);

static struct register_call
made(const char *id, uint64_t key, int64_t at)
{
	return (struct register_call){
		.subject = { .key = key },
		.id = span_str(id),
		.at = at,
		.answered = true,
		.campaign = SPAN("spring"),
	};
}

static struct register_call
reserved(uint64_t run, uint64_t key)
{
	return (struct register_call){
		.kind = REGISTER_CALL_RESERVED,
		.subject = { .key = key },
		.at = NOW,
		.campaign = SPAN("spring"),
		.run = run,
	};
}

/* Import calls; returns how many were new. */
static uint64_t
import(const struct register_call *call, size_t n)
{
	struct register_origin origin = { .author = SPAN("dialler") };
	struct register_import_result r;
	struct register_import *im;
	size_t i;

	OK(register_begin(db, NOW, &err));
	OK(register_import_new(&im, db, "calls.import", &origin, NULL, NULL,
	    &err));
	for (i = 0; i < n; i++)
		OK(register_import_call(im, i + 2, &call[i], &err));
	OK(register_import_end(im, &r, &err));
	register_import_free(im);
	OK(register_commit(db, &err));
	cr_expect(eq(u64, r.entries, n));
	return r.outcome[REGISTER_NEW];
}

struct calls {
	size_t n, made, answered;
	int64_t last;
	char person[64];
};

static int
tell_call(void *arg, const struct register_call *c, struct err *e)
{
	struct calls *to = arg;

	(void)e;
	to->n++;
	to->made += c->kind == REGISTER_CALL_MADE;
	to->answered += c->answered;
	to->last = c->at;
	copy_span(to->person, sizeof(to->person), c->subject.person);
	return 0;
}

static struct calls
calls_of(uint64_t key, int64_t since)
{
	struct register_subject s = { .key = key };
	struct calls c = { 0 };

	OK(register_find_calls(db, &s, since, tell_call, &c, &err));
	return c;
}

static size_t
all_calls(int64_t since)
{
	struct calls c[2] = { 0 };
	void *const arg[2] = { &c[0], &c[1] };

	OK(register_each_call(db, since, 2, tell_call, arg, &err));
	return c[0].n + c[1].n;
}

Test(register_calls, a_call_id_counts_once)
{
	struct register_call c[] = { made("1", NUMBER, NOW),
		made("2", NUMBER, NOW), made("1", NUMBER, NOW),
		made("3", NUMBER + 1, NOW - DAY) };

	c[3].answered = false;
	cr_expect(eq(u64, import(c, 4), 3));
	cr_expect(eq(u64, import(c, 4), 0));
	cr_expect(eq(sz, calls_of(NUMBER, 0).n, 2));
	cr_expect(eq(sz, calls_of(NUMBER, 0).answered, 2));
	cr_expect(eq(sz, calls_of(NUMBER + 1, 0).answered, 0));
	cr_expect(eq(sz, calls_of(NUMBER + 2, 0).n, 0));
	cr_expect(eq(sz, all_calls(0), 3));
	cr_expect(eq(sz, all_calls(NOW), 2));
	cr_expect(eq(str, verify(), ""));
}

Test(register_calls, without_an_id_the_nth_of_a_moment_is_the_nth)
{
	struct register_call c[] = { made("", NUMBER, NOW),
		made("", NUMBER, NOW + 1), made("", NUMBER, NOW),
		made("", NUMBER + 1, NOW) };

	cr_expect(eq(u64, import(c, 4), 4));
	cr_expect(eq(u64, import(c, 4), 0)); /* the same file again */
	c[1].at = NOW;
	cr_expect(eq(u64, import(c, 4), 1)); /* a third at that moment */
}

Test(register_calls, a_persons_calls_are_the_persons)
{
	struct register_subject s = { .person = SPAN("C-17") };
	struct register_call c = made("1", 0, NOW);
	struct calls got = { 0 };

	c.subject.person = SPAN("C-17");
	import(&c, 1);
	OK(register_find_calls(db, &s, 0, tell_call, &got, &err));
	cr_expect(eq(sz, got.n, 1));
	cr_expect(eq(str, got.person, "C-17"));
}

Test(register_calls, a_reservation_counts_until_it_is_used_or_released)
{
	struct register_call book[] = { reserved(5, NUMBER),
		reserved(5, NUMBER + 1), reserved(5, NUMBER),
		reserved(6, NUMBER) };
	struct register_call call = made("1", NUMBER, NOW + 60);
	struct register_run run = { .author = SPAN("amy") };
	uint64_t n;
	int i;

	cr_expect(eq(u64, import(book, 4), 3)); /* one a run and number */
	cr_expect(eq(sz, calls_of(NUMBER, 0).n, 2));
	call.campaign = SPAN("autumn"); /* not what was booked */
	import(&call, 1);
	cr_expect(eq(sz, calls_of(NUMBER, 0).n, 3));
	call = made("2", NUMBER, NOW + 60);
	import(&call, 1);
	cr_expect(eq(sz, calls_of(NUMBER, 0).n, 3));
	cr_expect(eq(sz, calls_of(NUMBER, 0).made, 2));
	call = made("3", NUMBER + 1, NOW - 60); /* before it was booked */
	import(&call, 1);
	cr_expect(eq(sz, calls_of(NUMBER + 1, 0).n, 2));
	OK(register_begin(db, NOW, &err));
	cr_expect(eq(int, register_release(db, 5, SPAN("amy"), &n, &err), -1));
	cr_expect(eq(int, err.code, ERR_USAGE)); /* there is no such run yet */
	for (i = 0; i < 6; i++)
		OK(register_run_add(db, &run, &err));
	OK(register_release(db, 5, SPAN("amy"), &n, &err));
	OK(register_commit(db, &err));
	cr_expect(eq(u64, n, 1)); /* the other was used */
	cr_expect(eq(sz, calls_of(NUMBER + 1, 0).n, 1));
	cr_expect(eq(sz, calls_of(NUMBER, 0).n, 3)); /* two, and run 6's */
	cr_expect(eq(str, verify(), ""));
}

Test(register_calls, pruning_forgets_the_old)
{
	struct register_call c[] = { made("1", NUMBER, NOW - DAY),
		made("2", NUMBER, NOW) };
	uint64_t n;

	import(c, 2);
	OK(register_begin(db, NOW, &err));
	OK(register_calls_prune(db, NOW, SPAN("amy"), &n, &err));
	OK(register_commit(db, &err));
	cr_expect(eq(u64, n, 1));
	cr_expect(eq(sz, all_calls(0), 1));
	cr_expect(eq(i64, calls_of(NUMBER, 0).last, NOW));
	cr_expect(eq(sz, calls_of(NUMBER, 0).n, 1));
	cr_expect(eq(str, verify(), ""));
	reopen(REGISTER_READ);
}

Test(register_calls, an_edited_call_is_not_pruned)
{
	struct register_call c[] = { made("1", NUMBER, NOW),
		made("2", NUMBER, NOW) };
	uint64_t n;

	import(c, 2);
	tamper("UPDATE call SET at = 1 WHERE id = 1");
	OK(register_begin(db, NOW, &err));
	cr_expect(register_calls_prune(db, NOW, SPAN("amy"), &n, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
}

Test(register_calls, an_edited_call_is_found)
{
	struct register_call c[] = { made("1", NUMBER, NOW),
		made("2", NUMBER, NOW) };
	struct register_subject s = { .key = NUMBER };
	struct calls got = { 0 };
	void *const arg[1] = { &got };

	import(c, 2);
	tamper("UPDATE call SET at = at - 86400 WHERE id = 1");
	cr_expect(register_find_calls(db, &s, 0, tell_call, &got, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
	tamper("DELETE FROM call WHERE id = 1");
	cr_expect(register_find_calls(db, &s, 0, tell_call, &got, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
	cr_expect(register_each_call(db, 0, 1, tell_call, arg, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
	cr_expect(strstr(verify(), "calls are missing") != NULL);
}

struct days {
	size_t n;
	int64_t day[4];
	uint64_t calls[4], reserved[4];
};

static int
tell_day(void *arg, int64_t day, uint64_t calls, uint64_t answered,
    uint64_t booked, struct err *e)
{
	struct days *d = arg;

	(void)e;
	(void)answered;
	cr_assert(d->n < 4);
	d->day[d->n] = day;
	d->calls[d->n] = calls;
	d->reserved[d->n++] = booked;
	return 0;
}

Test(register_calls, days_are_counted)
{
	int64_t midnight = NOW / DAY * DAY;
	struct register_call c[] = { made("1", NUMBER, midnight),
		made("2", NUMBER, midnight - 1), made("3", NUMBER, midnight),
		reserved(1, NUMBER) };
	struct register_stats s;
	struct days d = { 0 };

	import(c, 4);
	OK(register_calls_by_day(db, tell_day, &d, &err));
	cr_assert(eq(sz, d.n, 2));
	cr_expect(eq(i64, d.day[0], midnight - DAY));
	cr_expect(eq(i64, d.day[1], midnight));
	cr_expect(eq(u64, d.calls[1], 2));
	cr_expect(eq(u64, d.reserved[1], 1));
	OK(register_stats(db, NOW, &s, &err));
	cr_expect(eq(u64, s.calls, 3));
	cr_expect(eq(u64, s.answered, 3));
	cr_expect(eq(u64, s.reserved, 1));
}

/* ---- runs ---- */

struct runs {
	size_t n;
	uint64_t last;
	char campaign[32];
};

static int
tell_run(void *arg, const struct register_run *r, struct err *e)
{
	struct runs *to = arg;

	(void)e;
	to->n++;
	to->last = r->id;
	copy_span(to->campaign, sizeof(to->campaign), r->campaign);
	return 0;
}

static uint64_t
run_with(uint64_t first, size_t n)
{
	struct register_run r = { .as_of = NOW,
		.author = SPAN("amy"),
		.campaign = SPAN("spring"),
		.rows = n,
		.kept = n };
	uint64_t *key = malloc(n * sizeof(*key));
	size_t i;

	for (i = 0; i < n; i++)
		key[i] = first + i;
	OK(register_begin(db, NOW, &err));
	OK(register_run_add(db, &r, &err));
	OK(register_run_offer(db, r.id, key, n, &err));
	OK(register_commit(db, &err));
	free(key);
	return r.id;
}

Test(register_calls, runs_know_whom_they_kept)
{
	struct register_subject first = { .key = NUMBER },
				second = { .key = NUMBER + 69999 },
				none = { .key = NUMBER - 1 };
	struct runs r = { 0 };

	cr_expect(eq(u64, run_with(NUMBER, 1), 1));
	cr_expect(eq(u64, run_with(NUMBER, 70000), 2)); /* two rows */
	OK(register_runs(db, NULL, tell_run, &r, &err));
	cr_expect(eq(sz, r.n, 2));
	r.n = 0;
	OK(register_runs(db, &first, tell_run, &r, &err));
	cr_expect(eq(sz, r.n, 2));
	r.n = 0;
	OK(register_runs(db, &second, tell_run, &r, &err));
	cr_expect(eq(sz, r.n, 1));
	cr_expect(eq(u64, r.last, 2));
	cr_expect(eq(str, r.campaign, "spring"));
	r.n = 0;
	OK(register_runs(db, &none, tell_run, &r, &err));
	cr_expect(eq(sz, r.n, 0));
	cr_expect(eq(str, verify(), ""));
	tamper("UPDATE run SET kept = 0 WHERE id = 1");
	cr_expect(register_runs(db, NULL, tell_run, &r, &err) < 0);
	cr_expect(err.code == ERR_AUTH);
	cr_expect(eq(str, verify(), "1 runs were altered"));
}
