#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

enum {
	SMALL_PAGE = 4096,
	HUGE_PAGE = 2 << 20,
	HUGE_FROM = 16 << 20, /* bytes from which huge pages pay */
};

/* Have it there.  What the system cannot do now it does on touch. */
static void
pages_touch(void *p, size_t bytes)
{
	if (bytes >= HUGE_FROM)
		madvise(p, bytes, MADV_HUGEPAGE);
#ifdef MADV_POPULATE_WRITE
	madvise(p, bytes, MADV_POPULATE_WRITE);
#endif
}

static size_t
whole_pages(size_t bytes)
{
	return (bytes + SMALL_PAGE - 1) & ~(size_t)(SMALL_PAGE - 1);
}

void *
pages_map(size_t bytes, struct err *err)
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
	pages_touch(p, bytes);
	return p;
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
	pages_touch(q, whole_pages(bytes));
	return q;
}

void
pages_unmap(void *p, size_t bytes)
{
	if (p)
		munmap(p, whole_pages(bytes));
}
