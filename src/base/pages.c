#include "base/pages.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

enum {
	SMALL_PAGE = 4096,
	HUGE_PAGE = 2 << 20,
	HUGE_FROM = 16 << 20, /* bytes from which huge pages pay */
	TOUCHERS = 8,
};

/* A piece of memory that one thread has there. */
struct piece {
	unsigned char *p;
	size_t bytes;
	pthread_t thread;
};

/* Have it there.  What the system cannot do now it does on touch. */
static void *
piece_touch(void *arg)
{
#ifdef MADV_POPULATE_WRITE
	struct piece *piece = arg;

	madvise(piece->p, piece->bytes, MADV_POPULATE_WRITE);
#else
	(void)arg;
#endif
	return NULL;
}

/* By threads that no signal goes to; where one cannot be had, our own does its
 * piece, too. */
static void
pieces_touch(struct piece *piece, size_t n)
{
	bool begun[TOUCHERS] = { false };
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (size_t i = 1; i < n; i++)
		begun[i] = pthread_create(&piece[i].thread, NULL, piece_touch,
			       &piece[i]) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	for (size_t i = 0; i < n; i++)
		if (!begun[i])
			piece_touch(&piece[i]);
	for (size_t i = 1; i < n; i++)
		if (begun[i])
			pthread_join(piece[i].thread, NULL);
}

static void
pages_touch(unsigned char *p, size_t bytes, size_t threads)
{
	struct piece piece[TOUCHERS];
	size_t huge = bytes / HUGE_PAGE, n = threads, i;

	if (bytes < HUGE_FROM || n == 0)
		n = 1;
	if (n > TOUCHERS)
		n = TOUCHERS;
	if (bytes >= HUGE_FROM)
		madvise(p, bytes, MADV_HUGEPAGE);
	for (i = 0; i < n; i++) {
		size_t from = huge * i / n * HUGE_PAGE;
		size_t to = i + 1 < n ? huge * (i + 1) / n * HUGE_PAGE : bytes;

		piece[i] = (struct piece){ .p = p + from, .bytes = to - from };
	}
	pieces_touch(piece, n);
}

static size_t
whole_pages(size_t bytes)
{
	return (bytes + SMALL_PAGE - 1) & ~(size_t)(SMALL_PAGE - 1);
}

void *
pages_map_by(size_t bytes, size_t threads, struct err *err)
{
	/* huge pages begin at multiples of their size */
	size_t spare = bytes >= HUGE_FROM ? HUGE_PAGE - SMALL_PAGE : 0, skip;
	unsigned char *p;

	bytes = whole_pages(bytes);
	p = mmap(NULL, bytes + spare, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		err_nomem(err);
		return NULL;
	}
	if (spare) {
		skip = (HUGE_PAGE - ((uintptr_t)p & (HUGE_PAGE - 1))) &
		    (HUGE_PAGE - 1);
		if (skip)
			munmap(p, skip);
		if (skip < spare)
			munmap(p + skip + bytes, spare - skip);
		p += skip;
	}
	pages_touch(p, bytes, threads);
	return p;
}

void *
pages_map(size_t bytes, struct err *err)
{
	return pages_map_by(bytes, 1, err);
}

void *
pages_grow(void *p, size_t old, size_t bytes, struct err *err)
{
	void *q = mremap(p, whole_pages(old), whole_pages(bytes),
	    MREMAP_MAYMOVE);

	if (q == MAP_FAILED) {
		err_nomem(err);
		return NULL;
	}
	pages_touch(q, whole_pages(bytes), 1);
	return q;
}

void
pages_unmap(void *p, size_t bytes)
{
	if (p)
		munmap(p, whole_pages(bytes));
}
