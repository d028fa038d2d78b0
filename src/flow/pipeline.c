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
	void *worker;
	pthread_t id;
};

struct state {
	const struct pipeline *p;
	void *shared;
	struct thread *thread;
	size_t threads; /* that run */

	pthread_mutex_t reading; /* held while a block is read */
	uint64_t blocks;         /* read so far */
	bool ended;              /* no more, for whatever reason */

	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t turn;
	uint64_t committed; /* blocks that had their turn */
	bool failed;
	struct err err;
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

/* Returns 1 with *seq the block's place, 0 at the end, -1. */
static int
take(struct state *s, void *worker, uint64_t *seq, struct err *err)
{
	int got = 0;

	pthread_mutex_lock(&s->reading);
	*seq = s->blocks;
	if (!s->ended) {
		interrupt_let();
		got = s->p->read(s->shared, worker, err);
		interrupt_hold();
		s->ended = got <= 0;
		s->blocks += got != 0; /* a failure has its turn, too */
	}
	pthread_mutex_unlock(&s->reading);
	if (got < 0 && err->code == ERR_INTERRUPTED)
		interrupt_all(s);
	return got;
}

/* Stop reading; those who wait for their turn see `failed`. */
static void
stop(struct state *s)
{
	pthread_mutex_lock(&s->reading);
	s->ended = true;
	pthread_mutex_unlock(&s->reading);
}

/*
 * Wait for the turn of block seq, then commit it, or note its failure.
 * Returns false when the thread has nothing more to do.
 */
static bool
finish(struct state *s, void *worker, uint64_t seq, int ret, struct err *err)
{
	bool go_on;

	pthread_mutex_lock(&s->lock);
	while (s->committed != seq)
		pthread_cond_wait(&s->turn, &s->lock);
	go_on = !s->failed;
	pthread_mutex_unlock(&s->lock);
	/* Nobody else's turn comes before this one is over. */
	if (go_on && ret == 0) {
		interrupt_let();
		ret = s->p->commit(s->shared, worker, err);
		interrupt_hold();
	}
	pthread_mutex_lock(&s->lock);
	if (go_on && ret < 0) {
		s->failed = true;
		s->err = *err;
		go_on = false;
	}
	s->committed++;
	pthread_cond_broadcast(&s->turn);
	pthread_mutex_unlock(&s->lock);
	if (!go_on)
		stop(s);
	return go_on;
}

static void *
thread_main(void *arg)
{
	struct thread *t = arg;
	struct state *s = t->s;
	struct err err = { 0 };
	uint64_t seq;
	int got, ret;

	do {
		got = take(s, t->worker, &seq, &err);
		if (got == 0)
			break;
		ret = got < 0 ? -1 : s->p->work(s->shared, t->worker, &err);
	} while (finish(s, t->worker, seq, ret, &err));
	return NULL;
}

int
pipeline_run(const struct pipeline *p, void *shared, void *const *worker,
    size_t n, struct err *err)
{
	struct state s = {
		.p = p,
		.shared = shared,
		.reading = PTHREAD_MUTEX_INITIALIZER,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.turn = PTHREAD_COND_INITIALIZER,
	};
	struct thread thread[PIPELINE_THREADS_MAX];
	size_t i;

	interrupt_hold(); /* and so in the threads that are begun */
	s.thread = thread;
	for (i = 0; i < n && i < PIPELINE_THREADS_MAX; i++)
		thread[i] = (struct thread){ .s = &s,
			.worker = worker[i],
			.id = pthread_self() };
	/* nobody can read, or be interrupted, before all are known */
	pthread_mutex_lock(&s.reading);
	for (s.threads = 1; s.threads < i; s.threads++)
		if (pthread_create(&thread[s.threads].id, NULL, thread_main,
			&thread[s.threads]) != 0)
			break;
	pthread_mutex_unlock(&s.reading);
	thread_main(&thread[0]);
	for (i = 1; i < s.threads; i++)
		pthread_join(thread[i].id, NULL);
	interrupt_let();
	if (!s.failed && interrupt_check(err) < 0)
		return -1;
	if (!s.failed)
		return 0;
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
