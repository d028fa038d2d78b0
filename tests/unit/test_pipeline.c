#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdatomic.h>
#include <unistd.h>

#include "flow/pipeline.h"

/* Blocks 0, 1, 2... up to `blocks`, and what is to go wrong. */
struct source {
	unsigned blocks, next;
	int read_fails, work_fails, commit_fails; /* at block; -1: never */
	unsigned committed;
	unsigned disorder;
	atomic_int working, most; /* threads at work at once */
};

struct worker {
	unsigned block;
};

static int
fail(struct err *err, const char *stage, unsigned block)
{
	return err_set(err, ERR_IO, "%s %u", stage, block);
}

static int
do_read(void *shared, void *worker, struct err *err)
{
	struct source *s = shared;
	struct worker *w = worker;

	if (s->next == s->blocks)
		return 0;
	w->block = s->next++;
	return (int)w->block == s->read_fails ? fail(err, "read", w->block) : 1;
}

static int
do_work(void *shared, void *worker, struct err *err)
{
	struct source *s = shared;
	struct worker *w = worker;
	int now = atomic_fetch_add(&s->working, 1) + 1;
	int most = atomic_load(&s->most);

	while (
	    now > most && !atomic_compare_exchange_weak(&s->most, &most, now))
		;
	usleep(w->block % 3 == 0 ? 2000 : 100); /* out of step */
	atomic_fetch_sub(&s->working, 1);
	return (int)w->block == s->work_fails ? fail(err, "work", w->block) : 0;
}

static int
do_commit(void *shared, void *worker, struct err *err)
{
	struct source *s = shared;
	struct worker *w = worker;

	if ((int)w->block == s->commit_fails)
		return fail(err, "commit", w->block);
	s->disorder += w->block != s->committed;
	s->committed++;
	return 0;
}

static const struct pipeline stages = { do_read, do_work, do_commit };

static int
run(struct source *s, size_t threads, struct err *err)
{
	struct worker w[8];
	void *worker[8];
	size_t i;

	for (i = 0; i < 8; i++)
		worker[i] = &w[i];
	return pipeline_run(&stages, s, worker, threads, err);
}

static struct source
source(unsigned blocks)
{
	return (struct source){ .blocks = blocks,
		.read_fails = -1,
		.work_fails = -1,
		.commit_fails = -1 };
}

Test(pipeline, blocks_are_committed_once_each_and_in_order)
{
	static const size_t threads[] = { 1, 2, 3, 8 };
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(threads) / sizeof(*threads); i++) {
		struct source s = source(100);

		cr_expect(eq(int, run(&s, threads[i], &err), 0));
		cr_expect(eq(uint, s.committed, 100));
		cr_expect(eq(uint, s.disorder, 0));
		if (threads[i] == 8)
			cr_expect(atomic_load(&s.most) > 1,
			    "threads work at the same time");
	}
}

Test(pipeline, a_file_of_nothing_commits_nothing)
{
	struct source s = source(0);
	struct err err;

	cr_expect(eq(int, run(&s, 4, &err), 0));
	cr_expect(eq(uint, s.committed, 0));
}

/* Whatever the threads were at, what is told is what one would have met. */
Test(pipeline, the_first_error_in_order_is_the_one_that_is_told)
{
	struct err err;
	size_t threads;

	for (threads = 1; threads <= 8; threads *= 2) {
		struct source s = source(50);

		s.read_fails = 12;
		s.work_fails = 9;
		s.commit_fails = 11;
		cr_expect(eq(int, run(&s, threads, &err), -1));
		cr_expect(eq(str, err.text, "work 9"));
		cr_expect(eq(uint, s.committed, 9));

		s = source(50);
		s.read_fails = 10;
		s.work_fails = 11;
		cr_expect(eq(int, run(&s, threads, &err), -1));
		cr_expect(eq(str, err.text, "read 10"));
		cr_expect(eq(uint, s.committed, 10));

		s = source(50);
		s.commit_fails = 0;
		cr_expect(eq(int, run(&s, threads, &err), -1));
		cr_expect(eq(str, err.text, "commit 0"));
		cr_expect(eq(uint, s.committed, 0));
	}
}

Test(pipeline, there_is_at_least_one_thread)
{
	size_t n = pipeline_threads();

	cr_expect(n >= 1 && n <= PIPELINE_THREADS_USUAL);
}
