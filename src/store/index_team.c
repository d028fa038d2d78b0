#include "store/index_team.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/interrupt.h"
#include "base/secret.h"

struct state {
	const struct index_team *t;
	void *shared;
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t turn;
	uint64_t next;      /* the piece to be taken next */
	uint64_t committed; /* pieces whose turn is over */
	uint64_t failed;    /* the first piece that failed; pieces: none */
	struct err err;     /* and why */
};

struct thread {
	struct state *s;
	unsigned char *buffer;
	pthread_t id;
};

static bool
piece_next(struct state *s, uint64_t *piece)
{
	bool more;

	pthread_mutex_lock(&s->lock);
	*piece = s->next;
	more = s->next < s->t->pieces && s->failed == s->t->pieces;
	s->next += more;
	pthread_mutex_unlock(&s->lock);
	return more;
}

/* Called with the lock held. */
static void
failure_note(struct state *s, uint64_t piece, const struct err *err)
{
	if (piece < s->failed) {
		s->failed = piece;
		s->err = *err;
	}
}

/* A piece was worked on, with `ret`: wait for its turn, commit it. */
static void
piece_finish(struct state *s, unsigned char *buffer, uint64_t piece, int ret,
    struct err *err)
{
	bool wanted;

	pthread_mutex_lock(&s->lock);
	while (s->t->commit && s->committed != piece)
		pthread_cond_wait(&s->turn, &s->lock);
	wanted = ret == 0 && s->t->commit && s->failed > piece;
	pthread_mutex_unlock(&s->lock);
	if (wanted)
		ret = s->t->commit(s->shared, buffer, piece, err);
	pthread_mutex_lock(&s->lock);
	if (ret < 0)
		failure_note(s, piece, err);
	s->committed++;
	pthread_cond_broadcast(&s->turn);
	pthread_mutex_unlock(&s->lock);
}

static void *
thread_main(void *arg)
{
	struct thread *t = arg;
	struct state *s = t->s;
	struct err err = { 0 };
	uint64_t piece;
	int ret;

	while (piece_next(s, &piece)) {
		ret = interrupt_check(&err);
		if (ret == 0)
			ret = s->t->work(s->shared, t->buffer, piece, &err);
		piece_finish(s, t->buffer, piece, ret, &err);
	}
	return NULL;
}

/* One buffer a thread; how many there were memory for. */
static size_t
buffers_alloc(struct thread *thread, size_t threads, struct state *s,
    struct err *err)
{
	size_t n;

	for (n = 0; n < threads; n++) {
		thread[n] = (struct thread){ .s = s };
		if (s->t->buffer > 0 &&
		    !(thread[n].buffer = secret_alloc(s->t->buffer, err)))
			break;
	}
	return n;
}

static void
threads_run(struct thread *thread, size_t n)
{
	size_t started;

	interrupt_hold(); /* signals are for our own thread */
	for (started = 1; started < n; started++)
		if (pthread_create(&thread[started].id, NULL, thread_main,
			&thread[started]) != 0)
			break;
	interrupt_let();
	thread_main(&thread[0]);
	for (size_t i = 1; i < started; i++)
		pthread_join(thread[i].id, NULL);
}

int
index_team_run(const struct index_team *t, void *shared, size_t threads,
    struct err *err)
{
	struct state s = { .t = t,
		.shared = shared,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.turn = PTHREAD_COND_INITIALIZER,
		.failed = t->pieces };
	struct thread thread[INDEX_THREADS_MAX];
	size_t n = threads < 1          ? 1 :
	    threads > INDEX_THREADS_MAX ? INDEX_THREADS_MAX :
					  threads;

	if (n > t->pieces)
		n = t->pieces > 0 ? (size_t)t->pieces : 1;
	if ((n = buffers_alloc(thread, n, &s, err)) == 0)
		return -1;
	threads_run(thread, n);
	for (size_t i = 0; i < n; i++)
		secret_free(thread[i].buffer);
	if (s.failed == t->pieces)
		return 0;
	*err = s.err;
	return -1;
}
