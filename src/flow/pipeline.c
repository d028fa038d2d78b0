#include "flow/pipeline.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/interrupt.h"

struct state;

struct thread {
	struct state *s;
	void *tools;
	pthread_t id;
};

/*
 * Blocks have places: 0 is the first that is read.  Those from `committed` to
 * before `read` are in somebody's hands or in the queue.
 */
struct state {
	const struct pipeline *p;
	void *shared;
	struct thread *thread;
	size_t threads; /* that run */
	size_t blocks;

	pthread_mutex_t lock;            /* for what follows */
	pthread_cond_t change;           /* one may read, or all is over */
	void *idle[PIPELINE_BLOCKS_MAX]; /* the last used is the first taken:
	                                    some of it is still in the cache */
	size_t idles;
	void *queue[PIPELINE_BLOCKS_MAX]; /* worked on; by place % blocks */
	uint64_t read, committed;
	bool reading, committing; /* somebody is */
	bool ended;               /* nothing more to read, for any reason */
	uint64_t failed;          /* first place that did; UINT64_MAX: none */
	struct err err;           /* of it */
};

/*
 * A signal broke off our reading, or whatever we did: the others', too, must
 * not wait for a reader that has stalled.
 */
static void
interrupt_all(const struct state *s)
{
	size_t i;

	for (i = 0; i < s->threads; i++)
		if (!pthread_equal(s->thread[i].id, pthread_self()))
			pthread_kill(s->thread[i].id, interrupt_pending());
}

/* ---- with the lock held ---- */

static bool
may_read(const struct state *s)
{
	return !s->ended && !s->reading && s->idles > 0;
}

static bool
may_commit(const struct state *s)
{
	return !s->committing && s->committed < s->failed &&
	    s->queue[s->committed % s->blocks];
}

/* Blocks before this one have their turn, and may fail yet. */
static void
fail(struct state *s, uint64_t place, const struct err *err)
{
	if (err->code == ERR_INTERRUPTED)
		interrupt_all(s);
	if (place < s->failed) {
		s->failed = place;
		s->err = *err;
	}
	s->ended = true;
	pthread_cond_broadcast(&s->change);
}

/* Whoever waits, waits for this: commits are seen to by those who make them
 * possible. */
static void
call_reader(struct state *s)
{
	if (may_read(s))
		pthread_cond_signal(&s->change);
}

/* ---- the steps: called and left with the lock held ---- */

/* Returns 1 with the block's place, 0 at the end or when it failed. */
static int
block_read(struct state *s, void *block, uint64_t *place)
{
	struct err err = { 0 };
	int got;

	s->reading = true;
	pthread_mutex_unlock(&s->lock);
	interrupt_let();
	got = s->p->read(s->shared, block, &err);
	interrupt_hold();
	pthread_mutex_lock(&s->lock);
	s->reading = false;
	*place = s->read;
	if (got > 0) {
		s->read++;
		call_reader(s);
		return 1;
	}
	if (got < 0)
		fail(s, *place, &err);
	s->ended = true;
	pthread_cond_broadcast(&s->change);
	return 0;
}

static void
block_work(struct state *s, void *tools)
{
	void *block = s->idle[--s->idles];
	struct err err = { 0 };
	uint64_t place;
	int ret;

	if (!block_read(s, block, &place))
		return;
	pthread_mutex_unlock(&s->lock);
	ret = s->p->work(s->shared, tools, block, &err);
	pthread_mutex_lock(&s->lock);
	if (ret < 0)
		fail(s, place, &err);
	else
		s->queue[place % s->blocks] = block;
}

static void
block_commit(struct state *s)
{
	size_t i = s->committed % s->blocks;
	void *block = s->queue[i];
	struct err err = { 0 };
	int ret;

	s->committing = true;
	pthread_mutex_unlock(&s->lock);
	interrupt_let();
	ret = s->p->commit(s->shared, block, &err);
	interrupt_hold();
	pthread_mutex_lock(&s->lock);
	s->committing = false;
	if (ret < 0) {
		fail(s, s->committed, &err);
		return;
	}
	s->queue[i] = NULL;
	s->committed++;
	s->idle[s->idles++] = block;
	call_reader(s);
}

/*
 * Committing comes first: nobody may begin to read, which can take for ever,
 * while something is ready that nobody else is going to commit.
 */
static void *
thread_main(void *arg)
{
	struct thread *t = arg;
	struct state *s = t->s;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		if (may_commit(s))
			block_commit(s);
		else if (may_read(s))
			block_work(s, t->tools);
		else if (s->ended)
			break; /* who works or commits sees to the rest */
		else
			pthread_cond_wait(&s->change, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

int
pipeline_run(const struct pipeline *p, void *shared,
    const struct pipeline_crew *crew, struct err *err)
{
	struct state s = {
		.p = p,
		.shared = shared,
		.blocks = crew->blocks,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER,
		.failed = UINT64_MAX,
	};
	struct thread thread[PIPELINE_THREADS_MAX];
	size_t i;

	interrupt_hold(); /* and so in the threads that are begun */
	s.thread = thread;
	for (i = 0; i < crew->threads; i++)
		thread[i] = (struct thread){ .s = &s,
			.tools = (char *)crew->tools + i * crew->tools_size,
			.id = pthread_self() };
	for (; s.idles < crew->blocks; s.idles++)
		s.idle[s.idles] = (char *)crew->block +
		    s.idles * crew->block_size;
	/* nobody can read, or be interrupted, before all are known */
	pthread_mutex_lock(&s.lock);
	for (s.threads = 1; s.threads < crew->threads; s.threads++)
		if (pthread_create(&thread[s.threads].id, NULL, thread_main,
			&thread[s.threads]) != 0)
			break;
	pthread_mutex_unlock(&s.lock);
	thread_main(&thread[0]);
	for (i = 1; i < s.threads; i++)
		pthread_join(thread[i].id, NULL);
	interrupt_let();
	if (s.failed == UINT64_MAX)
		return interrupt_check(err);
	*err = s.err;
	return -1;
}

size_t
pipeline_threads(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < 1                   ? 1 :
	    n > PIPELINE_THREADS_USUAL ? PIPELINE_THREADS_USUAL :
					 (size_t)n;
}

size_t
pipeline_blocks(size_t threads)
{
	return threads < 2                    ? 1 :
	    threads > PIPELINE_BLOCKS_MAX / 2 ? PIPELINE_BLOCKS_MAX :
						2 * threads;
}
