#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "flow/pipeline.h"

enum { NEVER = -1, PATIENCE_MS = 5000, THREADS = 8, BLOCKS = 16 };

/* Blocks 0, 1, 2... up to `blocks`, and what is to go wrong. */
struct source {
	unsigned blocks;
	int read_fails, work_fails, commit_fails; /* at block; or NEVER */
	bool steady;                              /* work takes no time */
	atomic_uint next, worked, committed;
	unsigned disorder;
	atomic_int working, most; /* threads at work at once */
	atomic_int committing;

	/* A stage of block `at` waits until so many have got so far. */
	int slow_work, slow_commit;        /* at block; or NEVER */
	unsigned work_after, commit_after; /* so many were worked on */
	bool read_waits; /* until every block before has been committed */
	atomic_bool late;
};

struct tools {
	pthread_t owner;
	bool used, shared;
};

struct block {
	unsigned place;
};

static const size_t thread_counts[] = { 1, 2, 3, 8 };

enum { THREAD_COUNTS = sizeof(thread_counts) / sizeof(*thread_counts) };

static int
fail(struct err *err, const char *stage, unsigned block)
{
	return err_set(err, ERR_IO, "%s %u", stage, block);
}

/* What others are to do meanwhile; had they to wait for us, it would be never. */
static void
await(struct source *s, atomic_uint *count, unsigned n)
{
	int ms;

	for (ms = 0; ms < PATIENCE_MS && atomic_load(count) < n && !s->late;
	     ms++)
		usleep(1000);
	if (atomic_load(count) < n)
		s->late = true;
}

static int
do_read(void *shared, void *block, struct err *err)
{
	struct source *s = shared;
	struct block *b = block;

	if (s->next == s->blocks)
		return 0;
	b->place = s->next++;
	if (s->read_waits)
		await(s, &s->committed, b->place);
	return (int)b->place == s->read_fails ? fail(err, "read", b->place) : 1;
}

static int
do_work(void *shared, void *tools, void *block, struct err *err)
{
	struct source *s = shared;
	struct tools *t = tools;
	struct block *b = block;
	int now = atomic_fetch_add(&s->working, 1) + 1;
	int most = atomic_load(&s->most);

	while (
	    now > most && !atomic_compare_exchange_weak(&s->most, &most, now))
		;
	t->shared |= t->used && !pthread_equal(t->owner, pthread_self());
	t->owner = pthread_self();
	t->used = true;
	if ((int)b->place == s->slow_work)
		await(s, &s->worked, s->work_after);
	else if (!s->steady)
		usleep(b->place % 3 == 0 ? 2000 : 100); /* out of step */
	atomic_fetch_sub(&s->working, 1);
	s->worked++;
	return (int)b->place == s->work_fails ? fail(err, "work", b->place) : 0;
}

static int
do_commit(void *shared, void *block, struct err *err)
{
	struct source *s = shared;
	struct block *b = block;

	s->disorder += atomic_fetch_add(&s->committing, 1) != 0;
	if ((int)b->place == s->slow_commit)
		await(s, &s->worked, s->commit_after);
	s->disorder += b->place != s->committed;
	s->committing--;
	if ((int)b->place == s->commit_fails)
		return fail(err, "commit", b->place);
	s->committed++;
	return 0;
}

static const struct pipeline stages = { do_read, do_work, do_commit };

static int
run_stages(const struct pipeline *p, void *shared, size_t threads,
    size_t blocks, struct err *err)
{
	struct tools tools[THREADS] = { 0 };
	struct block block[BLOCKS];
	const struct pipeline_crew crew = { .threads = threads,
		.tools = tools,
		.tools_size = sizeof(*tools),
		.blocks = blocks,
		.block = block,
		.block_size = sizeof(*block) };
	size_t i;
	int ret;

	ret = pipeline_run(p, shared, &crew, err);
	for (i = 0; i < threads; i++)
		cr_expect(not(tools[i].shared), "tools are of one thread");
	return ret;
}

static int
run(struct source *s, size_t threads, struct err *err)
{
	return run_stages(&stages, s, threads, pipeline_blocks(threads), err);
}

static struct source
source(unsigned blocks)
{
	return (struct source){ .blocks = blocks,
		.read_fails = NEVER,
		.work_fails = NEVER,
		.commit_fails = NEVER,
		.slow_work = NEVER,
		.slow_commit = NEVER };
}

Test(pipeline, blocks_are_committed_once_each_and_in_order)
{
	struct err err;
	size_t i, blocks;

	for (i = 0; i < THREAD_COUNTS; i++) {
		size_t threads = thread_counts[i];

		for (blocks = 1; blocks <= BLOCKS; blocks++) {
			struct source s = source(60);

			cr_expect(eq(int,
			    run_stages(&stages, &s, threads, blocks, &err), 0));
			cr_expect(eq(uint, s.committed, 60));
			cr_expect(eq(uint, s.disorder, 0));
			if (threads == 8 && blocks > 1)
				cr_expect(atomic_load(&s.most) > 1,
				    "threads work at the same time");
		}
	}
}

Test(pipeline, a_file_of_nothing_commits_nothing)
{
	struct source s = source(0);
	struct err err;

	cr_expect(eq(int, run(&s, 4, &err), 0));
	cr_expect(eq(uint, s.committed, 0));
}

/* Fifty blocks, the first of which takes until all others are worked on that
 * there is room for. */
static struct source
slow_source(size_t threads)
{
	struct source s = source(50);

	s.steady = true;
	s.slow_work = 0;
	s.work_after = (unsigned)pipeline_blocks(threads) - 1;
	return s;
}

/* Nobody waited in vain for the others. */
static void
in_time(struct source *s, size_t threads)
{
	struct err err;

	cr_expect(eq(int, run(s, threads, &err), 0));
	cr_expect(not(s->late), "%zu threads", threads);
	cr_expect(eq(uint, s->committed, 50));
	cr_expect(eq(uint, s->disorder, 0));
}

/* The one that is at block 0 is not waited for, until all blocks are full. */
Test(pipeline, a_slow_block_keeps_nobody_from_working_on_the_others)
{
	for (size_t i = 0; i < THREAD_COUNTS; i++) {
		struct source s = slow_source(thread_counts[i]);

		in_time(&s, thread_counts[i]);
	}
}

/* Nor those who wait, since all blocks are full, when the first of several that
 * are committed in a row is free again. */
Test(pipeline, a_slow_commit_keeps_nobody_from_working)
{
	for (size_t i = 0; i < THREAD_COUNTS; i++) {
		struct source s = slow_source(thread_counts[i]);

		s.slow_commit = 2;
		s.commit_after = (unsigned)pipeline_blocks(thread_counts[i]) +
		    2;
		in_time(&s, thread_counts[i]);
	}
}

/* Memory is bounded: no more is read than there are blocks for. */
Test(pipeline, no_more_is_read_than_there_are_blocks)
{
	struct err err;
	size_t blocks;

	for (blocks = 1; blocks <= BLOCKS; blocks++) {
		struct source s = source(50);

		s.steady = true;
		s.commit_fails = 0;
		s.slow_commit = 0;
		s.commit_after = (unsigned)blocks;
		cr_expect(
		    eq(int, run_stages(&stages, &s, 3, blocks, &err), -1));
		cr_expect(not(s.late), "%zu blocks", blocks);
		cr_expect(eq(uint, s.next, (unsigned)blocks));
	}
}

/* A pipe may keep a reader for ever: also the only thread there is. */
Test(pipeline, what_was_read_is_committed_while_a_read_waits)
{
	struct err err;
	size_t i, blocks;

	for (i = 0; i < THREAD_COUNTS; i++) {
		for (blocks = 1; blocks <= BLOCKS; blocks *= 2) {
			struct source s = source(20);

			s.read_waits = true;
			cr_expect(eq(int,
			    run_stages(&stages, &s, thread_counts[i], blocks,
				&err),
			    0));
			cr_expect(not(s.late), "%zu threads, %zu blocks",
			    thread_counts[i], blocks);
			cr_expect(eq(uint, s.committed, 20));
		}
	}
}

/* Whatever the threads were at, what is told is what one would have met. */
Test(pipeline, the_first_error_in_order_is_the_one_that_is_told)
{
	struct err err;
	size_t threads;

	for (threads = 1; threads <= 8; threads++) {
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

/* Block 2 and all behind it are done with long before block 1 is. */
Test(pipeline, an_error_that_comes_later_may_be_the_first_in_order)
{
	struct source s = source(50);
	struct err err;

	s.steady = true;
	s.work_fails = 1;
	s.slow_work = 1;
	s.work_after = 3; /* 0, 2, 3 */
	s.commit_fails = 2;
	s.read_fails = 4;
	cr_expect(eq(int, run(&s, 2, &err), -1));
	cr_expect(not(s.late));
	cr_expect(eq(str, err.text, "work 1"));
	cr_expect(eq(uint, s.committed, 1));
}

static int
work_fails_twice(void *shared, void *tools, void *block, struct err *err)
{
	struct source *s = shared;
	struct block *b = block;

	(void)tools;
	if (b->place == 0)
		return 0;
	if (b->place == 1) {
		await(s, &s->next, 3);
	} else {
		await(s, &s->worked, 1);
		usleep(20000);
	}
	s->worked++;
	return fail(err, "work", b->place);
}

Test(pipeline, an_error_further_on_does_not_hide_it)
{
	static const struct pipeline p = { do_read, work_fails_twice,
		do_commit };
	struct source s = source(50);
	struct err err;

	cr_expect(eq(int, run_stages(&p, &s, 2, 4, &err), -1));
	cr_expect(not(s.late));
	cr_expect(eq(str, err.text, "work 1"));
	cr_expect(eq(uint, s.committed, 1));
}

/* ---- signals ---- */

/* The reading of block 3 and the commit of block 2: one of them waits for what
 * never comes, the other gets a signal. */
struct stall {
	unsigned next;
	unsigned committed;
	bool in_read; /* it is the reader who gets it */
	atomic_bool waiting;
	bool timed_out;
};

static int
stall(struct stall *s, bool signalled, struct err *err)
{
	int ms;

	if (signalled) {
		for (ms = 0; ms < PATIENCE_MS && !s->waiting; ms++)
			usleep(1000);
		usleep(100000); /* by then it does wait */
		raise(SIGTERM);
	} else {
		s->waiting = true;
		s->timed_out = poll(NULL, 0, PATIENCE_MS) == 0;
	}
	return interrupt_check(err);
}

static int
stall_read(void *shared, void *block, struct err *err)
{
	struct stall *s = shared;
	struct block *b = block;

	b->place = s->next++;
	return b->place < 3 ? 1 : stall(s, s->in_read, err);
}

static int
stall_work(void *shared, void *tools, void *block, struct err *err)
{
	(void)shared, (void)tools, (void)block, (void)err;
	return 0;
}

static int
stall_commit(void *shared, void *block, struct err *err)
{
	struct stall *s = shared;
	struct block *b = block;

	if (b->place == 2)
		return stall(s, !s->in_read, err);
	s->committed++;
	return 0;
}

static void
signal_test(bool in_read)
{
	static const struct pipeline p = { stall_read, stall_work,
		stall_commit };
	struct stall s = { .in_read = in_read };
	struct err err = { 0 };

	interrupt_catch();
	cr_expect(eq(int, run_stages(&p, &s, 3, 6, &err), -1));
	cr_expect(eq(int, err.code, ERR_INTERRUPTED));
	cr_expect(not(s.timed_out), "it reached the other, too");
	cr_expect(eq(uint, s.committed, 2));
}

Test(pipeline, a_signal_to_the_reader_reaches_who_commits)
{
	signal_test(true);
}

Test(pipeline, a_signal_to_who_commits_reaches_the_reader)
{
	signal_test(false);
}

static unsigned
threads_alive(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* Ended by the end of the file, and by an error with much in the queue. */
Test(pipeline, no_thread_is_left_behind)
{
	unsigned before = threads_alive();
	struct source s = source(50);
	struct err err;
	int ms;

	cr_expect(eq(int, run(&s, 8, &err), 0));
	s = source(50);
	s.steady = true;
	s.work_fails = 0;
	s.slow_work = 0;
	s.work_after = (unsigned)pipeline_blocks(8) - 1;
	cr_expect(eq(int, run(&s, 8, &err), -1));
	cr_expect(not(s.late));
	/* the system is rid of a joined one a moment later */
	for (ms = 0; ms < PATIENCE_MS && threads_alive() > before; ms++)
		usleep(1000);
	cr_expect(eq(uint, threads_alive(), before));
}

Test(pipeline, there_is_at_least_one_thread)
{
	size_t n = pipeline_threads();

	cr_expect(n >= 1 && n <= PIPELINE_THREADS_USUAL);
}

Test(pipeline, there_are_more_blocks_than_threads)
{
	size_t n;

	cr_expect(eq(sz, pipeline_blocks(1), 1));
	for (n = 2; n <= PIPELINE_THREADS_MAX; n++)
		cr_expect(pipeline_blocks(n) > n &&
		    pipeline_blocks(n) <= PIPELINE_BLOCKS_MAX);
}
