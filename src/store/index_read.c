#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/secret.h"
#include "store/index_format.h"
#include "store/index_impl.h"
#include "store/index_team.h"

enum {
	HUGE = 2 << 20,
	PIECE = HUGE / INDEX_PAGE, /* pages a thread takes: its own huge page */
	READ = 16, /* pages read at once: they are still near when opened */
};

/* ---- reading ---- */

int
index_pread(const struct index *ix, void *p, size_t n, uint64_t at,
    struct err *err)
{
	unsigned char *to = p;

	while (n > 0) {
		ssize_t got = pread(ix->fd, to, n, (off_t)at);

		if (got < 0 && errno == EINTR) {
			if (interrupt_check(err) < 0)
				return -1;
			continue;
		}
		if (got < 0)
			return err_sys(err, "%s: cannot read", ix->path);
		if (got == 0)
			return err_set(err, ERR_AUTH,
			    "%s: was cut short while it was read", ix->path);
		to += got;
		n -= (size_t)got;
		at += (uint64_t)got;
	}
	return 0;
}

int
index_page_open(const struct index *ix, void *out, const unsigned char *sealed,
    uint64_t number, struct err *err)
{
	unsigned char bound[INDEX_BOUND];

	index_bind(bound, ix->front.generation, number);
	if (crypt_page_open(out, sealed, INDEX_SEALED, sealed + INDEX_SEALED,
		number, bound, sizeof(bound), ix->key))
		return 0;
	err_set(err, ERR_AUTH,
	    "%s: page %ju of %ju was altered, or belongs elsewhere", ix->path,
	    (uintmax_t)number + 1, (uintmax_t)ix->front.pages);
	return err_hint(err, "'scrub refresh --force' builds the index anew");
}

int
index_page_broken(const struct index *ix, uint64_t number, struct err *err)
{
	return err_set(err, ERR_AUTH, "%s: page %ju does not hold together",
	    ix->path, (uintmax_t)number + 1);
}

uint64_t
index_part_first(const struct index *ix, uint64_t part)
{
	assert(part < FACTS_PARTS);
	return (uint64_t)(ix->facts.part[part].page - ix->page);
}

/* ---- the head ---- */

static int
file_open(struct index *ix, const char *path, uint64_t *size, struct err *err)
{
	struct stat st;

	if (!(ix->path = strdup(path)))
		return err_nomem(err);
	do
		ix->fd = open(path,
		    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while (ix->fd < 0 && errno == EINTR);
	if (ix->fd < 0 && errno == ENOENT) {
		err_set(err, ERR_LIST, "%s: there is no such index", path);
		return err_hint(err, "'scrub refresh' builds it");
	}
	if (ix->fd < 0 || fstat(ix->fd, &st) < 0)
		return err_sys(err, "%s: cannot open", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_AUTH, "%s: not a regular file", path);
	*size = (uint64_t)st.st_size;
	return 0;
}

static int
front_read(struct index *ix, uint64_t size, struct err *err)
{
	unsigned char p[INDEX_FRONT];
	size_t n = size < sizeof(p) ? (size_t)size : sizeof(p);

	if (index_pread(ix, p, n, 0, err) < 0)
		return -1;
	if (index_front_get(&ix->front, p, n, size, err) < 0)
		return err_in(err, "%s", ix->path);
	return 0;
}

static int
key_derive(struct index *ix, const struct keyring *keys, struct err *err)
{
	const struct crypt *c;

	if (keyring_crypt(keys, ix->front.key_id, &c, err) < 0) {
		err_in(err, "%s", ix->path);
		return err_hint(err,
		    "the index was sealed under a key that is not, or no "
		    "longer, ours; 'scrub refresh --force' builds it anew");
	}
	if (!(ix->key = secret_alloc(CRYPT_KEY, err)))
		return -1;
	crypt_index_key(c, ix->front.generation, ix->front.salt, ix->key);
	return 0;
}

static int
head_open(struct index *ix, struct err *err)
{
	size_t n = (size_t)ix->front.head - INDEX_FRONT - CRYPT_TAG;
	unsigned char *p = ix->head;

	if (!crypt_page_open(p + INDEX_FRONT, p + INDEX_FRONT, n,
		p + INDEX_FRONT + n, INDEX_HEAD_NUMBER, p, INDEX_FRONT,
		ix->key)) {
		err_set(err, ERR_AUTH, "%s: its head was altered", ix->path);
		return err_hint(err,
		    "'scrub refresh --force' builds the index anew");
	}
	if (index_body_get(&ix->body, p + INDEX_FRONT, n, err) < 0)
		return err_in(err, "%s", ix->path);
	if (ix->body.about.pages != ix->front.pages)
		return err_set(err, ERR_AUTH,
		    "%s: its directory does not hold together", ix->path);
	return 0;
}

static int
head_read(struct index *ix, const struct keyring *keys, struct err *err)
{
	struct index_about *a = &ix->body.about;

	if (key_derive(ix, keys, err) < 0)
		return -1;
	/* read again with the front: that is what its tag is over */
	if (!(ix->head = secret_alloc((size_t)ix->front.head, err)) ||
	    index_pread(ix, ix->head, (size_t)ix->front.head, 0, err) < 0 ||
	    head_open(ix, err) < 0)
		return -1;
	a->generation = ix->front.generation;
	a->bytes = ix->front.head + ix->front.pages * INDEX_PAGE;
	memcpy(a->key_id, ix->front.key_id, sizeof(a->key_id));
	return 0;
}

/* ---- the table ---- */

int
index_hide(void *p, size_t bytes, struct err *err)
{
	return madvise(p, bytes, MADV_DONTDUMP) < 0 ?
	    err_sys(err, "cannot keep facts out of core dumps") :
	    0;
}

/*
 * Memory for all pages, none of which exists before it is touched.  Small
 * pages, as long as they are opened one at a time: a huge one would be there
 * whole.
 */
static int
pages_reserve(struct index *ix, struct err *err)
{
	size_t bytes = (size_t)ix->front.pages * INDEX_PAGE;
	size_t skip;

	ix->mapped = bytes + HUGE;
	ix->map = mmap(NULL, ix->mapped, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ix->map == MAP_FAILED) {
		ix->map = NULL;
		return err_nomem(err);
	}
	skip = (HUGE - ((uintptr_t)ix->map & (HUGE - 1))) & (HUGE - 1);
	ix->page = (struct page *)(void *)((char *)ix->map + skip);
	if (index_hide(ix->map, ix->mapped, err) < 0)
		return err_in(err, "%s", ix->path);
	madvise(ix->map, ix->mapped, MADV_NOHUGEPAGE);
	ix->is_open = calloc((size_t)ix->front.pages, 1);
	return ix->is_open ? 0 : err_nomem(err);
}

/* A partition's last word is free: no walk goes beyond it. */
static int
part_end_check(const struct index *ix, uint64_t number, struct err *err)
{
	const uint64_t *last = &ix->page[number].word[FACTS_PAGE_WORDS - 1];

	for (size_t i = 0; i < FACTS_PARTS; i++)
		if (ix->facts.part[i].end == last && *last)
			return index_page_broken(ix, number, err);
	return 0;
}

/* Which of the locks guards a page. */
static pthread_mutex_t *
lock_of(struct index *ix, size_t number)
{
	return &ix->lock[number % INDEX_LOCKS];
}

static int
page_read(struct index *ix, size_t number, struct err *err)
{
	unsigned char sealed[INDEX_PAGE];

	if (index_pread(ix, sealed, sizeof(sealed),
		ix->front.head + number * INDEX_PAGE, err) < 0 ||
	    index_page_open(ix, ix->page[number].word, sealed, number, err) <
		0 ||
	    part_end_check(ix, number, err) < 0)
		return -1;
	atomic_store_explicit(&ix->is_open[number], 1, memory_order_release);
	return 0;
}

/* A look-up came to a page that was not open when it looked. */
static int
page_touch(void *arg, size_t number, struct err *err)
{
	struct index *ix = arg;
	int ret = 0;

	assert(number < ix->front.pages);
	pthread_mutex_lock(lock_of(ix, number));
	if (!atomic_load_explicit(&ix->is_open[number], memory_order_acquire))
		ret = page_read(ix, number, err);
	pthread_mutex_unlock(lock_of(ix, number));
	return ret;
}

static void
table_lay(struct index *ix)
{
	struct facts *f = &ix->facts;
	struct page *page = ix->page;

	facts_seed_set(f, ix->body.about.seed);
	f->calls_kept = ix->body.about.calls_kept;
	f->prefix_lengths = ix->body.about.prefix_lengths;
	f->added = ix->body.about.facts;
	f->dict.n = (unsigned)ix->body.codes;
	if (ix->body.codes > 0)
		memcpy(f->dict.fact + 1, ix->body.code,
		    ix->body.codes * sizeof(*ix->body.code));
	for (size_t i = 0; i < FACTS_PARTS; i++) {
		const struct index_part *from = &ix->body.part[i];
		struct partition *p = &f->part[i];

		p->page = page;
		p->homes = (size_t)from->homes;
		p->mapped = (size_t)from->pages * FACTS_PAGE;
		p->count = from->entries;
		p->words = from->words;
		page += from->pages;
		p->end = &page[-1].word[FACTS_PAGE_WORDS - 1];
		p->last = p->end - 1; /* it may be: the end is free */
	}
	ix->sealed = (struct facts_sealed){ .page = ix->page,
		.is_open = ix->is_open,
		.open = page_touch,
		.arg = ix };
	f->sealed = &ix->sealed;
}

static int
index_load(struct index *ix, const char *path, const struct keyring *keys,
    struct err *err)
{
	uint64_t size = 0;

	if (file_open(ix, path, &size, err) < 0 ||
	    front_read(ix, size, err) < 0 || head_read(ix, keys, err) < 0 ||
	    pages_reserve(ix, err) < 0)
		return -1;
	/* one page here, one there: nothing is gained by reading ahead */
	posix_fadvise(ix->fd, 0, 0, POSIX_FADV_RANDOM);
	table_lay(ix);
	return 0;
}

int
index_open(struct index **out, const char *path, const struct keyring *keys,
    struct err *err)
{
	struct index *ix = calloc(1, sizeof(*ix));

	*out = NULL;
	if (!ix)
		return err_nomem(err);
	ix->fd = -1;
	for (size_t i = 0; i < INDEX_LOCKS; i++)
		pthread_mutex_init(&ix->lock[i], NULL);
	if (index_load(ix, path, keys, err) < 0) {
		index_close(ix);
		return -1;
	}
	*out = ix;
	return 0;
}

static void
pages_wipe(struct index *ix, uint64_t first, uint64_t n)
{
	for (uint64_t i = first; i < first + n; i++)
		if (ix->is_open[i])
			secret_wipe(&ix->page[i], sizeof(ix->page[i]));
}

void
index_close(struct index *ix)
{
	if (!ix)
		return;
	if (ix->is_open)
		pages_wipe(ix, 0, ix->front.pages);
	if (ix->map)
		munmap(ix->map, ix->mapped);
	free((void *)ix->is_open);
	index_body_release(&ix->body);
	secret_free(ix->head);
	secret_free(ix->key);
	if (ix->fd >= 0)
		close(ix->fd);
	for (size_t i = 0; i < INDEX_LOCKS; i++)
		pthread_mutex_destroy(&ix->lock[i]);
	free(ix->path);
	free(ix);
}

/* ---- all of it ---- */

/*
 * Read n pages to where they belong and open them there.  What a look-up opened
 * before is closed first, so that no page counts as open that a failure leaves
 * sealed.
 */
static int
pages_open(struct index *ix, uint64_t first, size_t n, struct err *err)
{
	unsigned char *p = (unsigned char *)&ix->page[first];
	size_t i;

	for (i = 0; i < n; i++)
		atomic_store(&ix->is_open[first + i], 0);
	if (index_pread(ix, p, n * INDEX_PAGE,
		ix->front.head + first * INDEX_PAGE, err) < 0)
		return -1;
	for (i = 0; i < n; i++, p += INDEX_PAGE) {
		if (index_page_open(ix, p, p, first + i, err) < 0 ||
		    part_end_check(ix, first + i, err) < 0)
			return -1;
		atomic_store_explicit(&ix->is_open[first + i], 1,
		    memory_order_release);
	}
	return 0;
}

static int
range_open(struct index *ix, uint64_t at, uint64_t end, struct err *err)
{
	uint64_t n;

	for (; at < end; at += n) {
		n = end - at < READ ? end - at : READ;
		if (pages_open(ix, at, (size_t)n, err) < 0)
			return -1;
	}
	return 0;
}

static int
piece_open(void *shared, unsigned char *buffer, uint64_t piece, struct err *err)
{
	struct index *ix = shared;
	uint64_t at = piece * PIECE, end = at + PIECE;

	(void)buffer;
	return range_open(ix, at, end < ix->front.pages ? end : ix->front.pages,
	    err);
}

int
index_open_all(struct index *ix, size_t threads, struct err *err)
{
	const struct index_team team = {
		.pieces = (ix->front.pages + PIECE - 1) / PIECE,
		.work = piece_open,
	};

	size_t bytes = (size_t)ix->front.pages * INDEX_PAGE;

	if (!ix->facts.sealed)
		return 0;
	if (bytes >= HUGE)
		madvise(ix->page, bytes, MADV_HUGEPAGE);
	posix_fadvise(ix->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (index_team_run(&team, ix, threads, err) < 0)
		return -1;
	ix->facts.sealed = NULL;
	return 0;
}

int
index_part_open(struct index *ix, unsigned part, struct err *err)
{
	uint64_t first = index_part_first(ix, part);

	if (!ix->facts.sealed)
		return 0;
	return range_open(ix, first, first + ix->body.part[part].pages, err);
}

void
index_part_drop(struct index *ix, unsigned part)
{
	uint64_t first = index_part_first(ix, part),
		 n = ix->body.part[part].pages;

	if (!ix->facts.sealed)
		return;
	pages_wipe(ix, first, n);
	for (uint64_t i = first; i < first + n; i++)
		atomic_store(&ix->is_open[i], 0);
	madvise(&ix->page[first], (size_t)n * INDEX_PAGE, MADV_DONTNEED);
}

/* What share of the file is not in memory, of a few pages here and there. */
static double
share_cold(const struct index *ix)
{
	enum { LOOKS = 16 };
	unsigned char p[INDEX_PAGE];
	struct iovec to = { p, sizeof(p) };
	int cold = 0;

	for (uint64_t i = 0; i < LOOKS; i++) {
		uint64_t page = ix->front.pages / LOOKS * i;

		cold += preadv2(ix->fd, &to, 1,
			    (off_t)(ix->front.head + page * INDEX_PAGE),
			    RWF_NOWAIT) < 0 &&
		    errno == EAGAIN;
	}
	return (double)cold / LOOKS;
}

/*
 * n look-ups that fall anywhere touch 1 - e^(-n/p) of p pages.  To touch one,
 * or to have it opened among all of them, takes 8 and 7 microseconds of a
 * thread (bench_index), which is decrypting; and where they have to come from a
 * disk, about 100 and 4 more.
 */
bool
index_all_pays(const struct index *ix, uint64_t lookups)
{
	double x = (double)lookups / (double)ix->front.pages;
	double cold, touched;

	if (x < 0.01)
		return false;
	/* Pade's, within 1 % up to 2; there all but a few are touched */
	touched = x < 4 ? x / (1 + x / 2 + x * x / 12) : 1;
	cold = share_cold(ix);
	return touched * (8 + 100 * cold) > 7 + 4 * cold;
}

/* ---- asking ---- */

const struct index_list *
index_list_find(const struct index_about *about, const char *name,
    bool in_register)
{
	size_t i;

	for (i = 0; i < about->lists; i++)
		if (about->list[i].in_register == in_register &&
		    strcmp(about->list[i].name, name) == 0)
			return &about->list[i];
	return NULL;
}

const struct index_about *
index_about(const struct index *ix)
{
	return &ix->body.about;
}

struct facts *
index_facts(struct index *ix)
{
	return &ix->facts;
}

void
index_room(const struct index *ix, struct index_room *out)
{
	*out = (struct index_room){ .head = ix->front.head,
		.entries = ix->body.about.facts };
	for (size_t i = 0; i < FACTS_PARTS; i++) {
		out->words += ix->body.part[i].homes * FACTS_PAGE_WORDS;
		out->taken += ix->body.part[i].words;
	}
	for (uint64_t i = 0; i < ix->front.pages; i++)
		out->opened += ix->is_open[i];
}
