#include <assert.h>
#include <stdio.h>

#include "base/outfile.h"
#include "base/secret.h"
#include "store/index.h"
#include "store/index_format.h"
#include "store/index_team.h"

enum {
	PIECE = 256, /* pages that are sealed and written at once: 1 MiB */
};

/* An index while it is written. */
struct writing {
	const struct facts *f;
	struct index_about about;
	struct index_front front;
	struct index_part part[FACTS_PARTS];
	unsigned char *key; /* secret memory */
	struct outfile out;
};

/* ---- the head ---- */

/*
 * How much of a partition goes to the file: all homes, what overflows, and a
 * free word at the very end, at which a reader's walk ends.
 */
static struct index_part
part_of(const struct partition *p)
{
	const char *behind = (const char *)word_next(p->last);
	size_t used = (size_t)(behind - (const char *)p->page) / FACTS_PAGE + 1;

	return (struct index_part){ .homes = p->homes,
		.pages = used > p->homes ? used : p->homes,
		.entries = p->count,
		.words = p->words };
}

static void
about_fill(struct writing *w, const struct index_about *about)
{
	const struct facts *f = w->f;

	w->about = *about;
	w->about.seed = f->seed;
	w->about.calls_kept = f->calls_kept;
	w->about.prefix_lengths = f->prefix_lengths;
	w->about.facts = 0;
	for (size_t i = 0; i < FACTS_PARTS; i++) {
		w->part[i] = part_of(&f->part[i]);
		w->front.pages += w->part[i].pages;
		w->about.facts += w->part[i].entries;
	}
}

/* The key of this file alone, and what tells a reader how to come by it. */
static int
key_make(struct writing *w, const struct keyring *keys, struct err *err)
{
	const struct crypt *c;

	w->front.generation = w->about.generation;
	snprintf(w->front.key_id, sizeof(w->front.key_id), "%s",
	    keyring_current(keys));
	if (!(w->key = secret_alloc(CRYPT_KEY, err)) ||
	    keyring_crypt(keys, NULL, &c, err) < 0 ||
	    secret_random(w->front.salt, sizeof(w->front.salt), err) < 0)
		return -1;
	crypt_index_key(c, w->front.generation, w->front.salt, w->key);
	return 0;
}

/* Room for the front, then the body, then zeros and a tag up to a page's end. */
static int
head_seal(struct writing *w, struct buf *b, struct err *err)
{
	static const unsigned char zeros[INDEX_PAGE];
	unsigned char *p;
	size_t n;

	buf_add(b, zeros, INDEX_FRONT);
	if (index_body_put(b, &w->about, w->part, w->f->dict.fact + 1,
		w->f->dict.n, err) < 0)
		return -1;
	n = (b->n + CRYPT_TAG) % INDEX_PAGE;
	buf_add(b, zeros, CRYPT_TAG);
	buf_add(b, zeros, n > 0 ? INDEX_PAGE - n : 0);
	if (buf_check(b, err) < 0)
		return -1;
	p = (unsigned char *)b->p;
	w->front.head = b->n;
	index_front_put(p, &w->front);
	n = b->n - INDEX_FRONT - CRYPT_TAG;
	crypt_page_seal(p + INDEX_FRONT, p + b->n - CRYPT_TAG, p + INDEX_FRONT,
	    n, INDEX_HEAD_NUMBER, p, INDEX_FRONT, w->key);
	return 0;
}

static int
head_write(struct writing *w, struct err *err)
{
	struct buf b = BUF_INIT(INDEX_HEAD_MAX);
	int ret = head_seal(w, &b, err);

	if (ret == 0)
		ret = outfile_write(&w->out, b.p, b.n, err);
	if (b.p)
		secret_wipe(b.p, b.cap);
	buf_release(&b);
	return ret;
}

/* ---- the pages ---- */

/* The n-th page of all partitions. */
static const struct page *
page_at(const struct writing *w, uint64_t n)
{
	size_t i = 0;

	while (n >= w->part[i].pages)
		n -= w->part[i++].pages;
	return &w->f->part[i].page[n];
}

static size_t
piece_pages(const struct writing *w, uint64_t piece)
{
	uint64_t rest = w->front.pages - piece * PIECE;

	return rest < PIECE ? (size_t)rest : PIECE;
}

static int
piece_seal(void *shared, unsigned char *buffer, uint64_t piece, struct err *err)
{
	const struct writing *w = shared;
	size_t n = piece_pages(w, piece);
	unsigned char bound[INDEX_BOUND];

	(void)err;
	for (size_t i = 0; i < n; i++, buffer += INDEX_PAGE) {
		uint64_t number = piece * PIECE + i;

		index_bind(bound, w->front.generation, number);
		crypt_page_seal(buffer, buffer + INDEX_SEALED,
		    page_at(w, number)->word, INDEX_SEALED, number, bound,
		    sizeof(bound), w->key);
	}
	return 0;
}

static int
piece_write(void *shared, unsigned char *buffer, uint64_t piece,
    struct err *err)
{
	struct writing *w = shared;

	return outfile_write(&w->out, buffer,
	    piece_pages(w, piece) * INDEX_PAGE, err);
}

static int
pages_write(struct writing *w, size_t threads, struct err *err)
{
	const struct index_team team = {
		.pieces = (w->front.pages + PIECE - 1) / PIECE,
		.buffer = piece_pages(w, 0) * INDEX_PAGE,
		.work = piece_seal,
		.commit = piece_write,
	};

	return index_team_run(&team, w, threads, err);
}

int
index_write(const char *path, const struct facts *f,
    const struct index_about *about, const struct keyring *keys, size_t threads,
    struct err *err)
{
	struct writing w = { .f = f };
	int ret = -1;

	assert(!f->sealed && about->generation > 0);
	about_fill(&w, about);
	if (outfile_open(&w.out, path, err) < 0)
		return -1;
	if (key_make(&w, keys, err) == 0 && head_write(&w, err) == 0 &&
	    pages_write(&w, threads, err) == 0 &&
	    outfile_finish(&w.out, err) == 0 &&
	    outfile_publish(&w.out, err) == 0)
		ret = 0;
	outfile_discard(&w.out);
	secret_free(w.key);
	return ret;
}
