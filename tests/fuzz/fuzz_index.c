/*
 * fuzz_index.c - an index says what the table says that it was made of, and its
 * head has one spelling.
 *
 * The first byte tells what the rest is:
 *
 *	h  the head of a file, front and opened body: it is refused, or what it
 *	   says, written again, is the same bytes
 *	f  facts, eight bytes each, behind a byte to alter and how: written and
 *	   read back, opened on touch, sieved and all at once, every key has the
 *	   same facts; with the byte altered it has them still or there is an error
 */
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "fuzz.h"
#include "store/index.h"
#include "store/index_format.h"

enum { FACT_BYTES = 8, KEYS = 256, ALTER_BYTES = 4 };

/* ---- heads ---- */

static void
front_try(const uint8_t *p, size_t n)
{
	unsigned char again[INDEX_FRONT];
	struct index_front front;
	struct err err = { 0 };
	uint64_t size = 0;

	/* of as many bytes as it says, as a rule */
	for (int i = 7; n >= INDEX_FRONT && i >= 0; i--)
		size = size << 8 | (uint8_t)(p[56 + i] + p[64 + i]);
	if (index_front_get(&front, p, n, size * INDEX_PAGE, &err) < 0) {
		assert(err.code == ERR_AUTH && err.text[0]);
		return;
	}
	index_front_put(again, &front);
	assert(memcmp(p, again, INDEX_FRONT) == 0);
}

static void
body_try(const uint8_t *p, size_t n)
{
	struct buf b = BUF_INIT(INDEX_HEAD_MAX);
	struct index_body body;
	struct err err = { 0 };

	if (index_body_get(&body, p, n, &err) < 0) {
		assert(err.code == ERR_AUTH && err.text[0]);
		return;
	}
	assert(index_body_put(&b, &body.about, body.part, body.code, body.codes,
		   &err) == 0);
	assert(b.n <= n && memcmp(b.p, p, b.n) == 0);
	for (size_t i = b.n; i < n; i++)
		assert(p[i] == 0);
	buf_release(&b);
	index_body_release(&body);
}

/* ---- facts ---- */

static struct keyring *keys;
static char folder[80], path[100];

static void
end(void)
{
	keyring_close(keys);
	unlink(path);
	rmdir(folder);
}

/* A key and a folder for all inputs. */
static void
begin(void)
{
	struct err err;

	folder_make(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/key", folder);
	if (keyring_create(path, &err) < 0 ||
	    keyring_open(&keys, path, NULL, &err) < 0)
		abort();
	unlink(path);
	snprintf(path, sizeof(path), "%s/index", folder);
	atexit(end);
}

static uint64_t
key_of(uint8_t c)
{
	switch (c % 8) {
	case 0:
		return UINT64_C(3) << 62 | c;
	case 1:
		return subject_prefix(100 + c);
	case 2: /* too long to be known by its digits */
		return UINT64_C(8100000000000000000) + c;
	default:
		return 1000 + c;
	}
}

static void
fact_add(struct facts_appender *a, const uint8_t *p)
{
	struct fact f = { .list = p[1] % 4,
		.scope = p[2] % 4,
		.channel = p[3] % 4,
		.kind = (uint8_t)(1 + p[4] % (FACT_KINDS - 1)),
		.until = p[5] > 191 ? FACT_FOREVER :
				      (uint32_t)p[5] << 8 | p[6] };
	uint64_t key = key_of(p[0]);
	struct err err;
	int ret;

	if (f.kind == FACT_CONSENT || f.kind == FACT_GRANTED) {
		f.kind = FACT_CONSENT;
		ret = facts_add_consent(a, key, &f, p[7], &err);
	} else {
		f.n = p[7] % 64;
		ret = key >> 62 == 2 ?
		    facts_add_prefix(a, 100 + p[0], &f, &err) :
		    facts_add(a, key, &f, &err);
	}
	assert(ret == 0);
}

static struct facts *
table(const uint8_t *p, size_t n)
{
	struct facts_appender *a;
	struct facts *f;
	struct err err;

	if (facts_new(&f, n > 0 ? p[0] % 8 : 0, &err) < 0 ||
	    facts_appender_new(&a, f, &err) < 0)
		abort();
	for (; n >= FACT_BYTES; p += FACT_BYTES, n -= FACT_BYTES)
		fact_add(a, p);
	if (facts_build(f, &err) < 0)
		abort();
	return f;
}

static int
u64_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* -1: no answer, which is allowed when something was altered. */
static int
find(const struct facts *f, uint64_t key, struct facts_found *found,
    struct err *err)
{
	int got;

	found->n = 0;
	got = facts_find(f, key, facts_home(f, key), found, err);
	if (found->n > 0)
		qsort(found->fact, found->n, sizeof(uint64_t), u64_compare);
	return got;
}

static void
compare(const struct facts *want, const struct facts *got, bool altered)
{
	struct facts_found x = { 0 }, y = { 0 };
	struct err err = { 0 };

	for (int c = 0; c < KEYS; c++) {
		uint64_t key = key_of((uint8_t)c);

		if (find(got, key, &y, &err) < 0) {
			assert(altered && err.code == ERR_AUTH);
			continue;
		}
		find(want, key, &x, &err);
		assert(x.n == y.n);
		assert(x.n == 0 ||
		    memcmp(x.fact, y.fact, x.n * sizeof(*x.fact)) == 0);
	}
	facts_found_release(&x);
	facts_found_release(&y);
}

/* Two threads that come to the same pages. */
struct comparing {
	const struct facts *want, *got;
	bool altered;
};

static void *
compare_thread(void *arg)
{
	const struct comparing *c = arg;

	compare(c->want, c->got, c->altered);
	return NULL;
}

static void
compare_twice(const struct facts *want, const struct facts *got, bool altered)
{
	struct comparing c = { want, got, altered };
	pthread_t other;

	if (pthread_create(&other, NULL, compare_thread, &c) != 0)
		abort();
	compare(want, got, altered);
	pthread_join(other, NULL);
}

/* All of it by way of a table that expects everybody, at a moment at which
 * nothing has become simpler; -1 as index_sieve(). */
static int
sieve(struct index *ix, const struct facts *want, struct err *err)
{
	struct index_wanted wanted = { .now = FACT_FOREVER, .hold_all = true };
	struct facts *own, *sieved;
	int ret;

	if (facts_new_like(&own, 0, index_facts(ix), err) < 0 ||
	    facts_expecting(own, KEYS, 1, err) < 0)
		abort();
	for (int c = 0; c < KEYS; c++)
		if (facts_expect(own, &(uint64_t){ key_of((uint8_t)c) }, 1,
			err) < 0)
			abort();
	facts_lend_slots(own);
	if (facts_build(own, err) < 0)
		abort();
	wanted.facts = own;
	ret = index_sieve(&sieved, ix, &wanted, 1, err);
	if (ret == 0)
		compare(want, sieved, false);
	index_sieved_free(sieved);
	facts_free(own);
	return ret;
}

/* Open what was written; when it was altered, somewhere there is an error. */
static void
read_back(const struct facts *f, bool altered)
{
	struct index *ix;
	struct err err = { 0 };
	int ret = index_open(&ix, path, keys, &err);

	if (ret == 0) {
		compare_twice(f, index_facts(ix), altered);
		ret = sieve(ix, f, &err);
		assert(ret == index_open_all(ix, 1, &err));
		if (ret == 0)
			compare(f, index_facts(ix), false);
		index_close(ix);
	}
	assert(altered == (ret < 0));
	assert(ret == 0 || err.code == ERR_AUTH);
	if (!altered)
		assert(index_verify(path, keys, 1, NULL, &err) == 0);
}

static void
byte_alter(const uint8_t *how)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	off_t at = (off_t)(how[0] | how[1] << 8 | how[2] << 16);
	unsigned char c;

	if (fd < 0)
		abort();
	at %= lseek(fd, 0, SEEK_END);
	if (pread(fd, &c, 1, at) != 1)
		abort();
	c ^= how[3] ? how[3] : 1;
	if (pwrite(fd, &c, 1, at) != 1)
		abort();
	close(fd);
}

static void
facts_try(const uint8_t *p, size_t n)
{
	static const struct index_list lists[4] = { { .name = "a" } };
	static const struct index_scope scopes[3];
	const struct index_about about = { .generation = 1,
		.list = lists,
		.lists = 4,
		.scope = scopes,
		.scopes = 3 };
	struct facts *f;
	struct err err;

	if (n < ALTER_BYTES)
		return;
	if (!keys)
		begin();
	f = table(p + ALTER_BYTES, n - ALTER_BYTES);
	if (index_write(path, f, &about, keys, 1, &err) < 0)
		abort();
	read_back(f, false);
	byte_alter(p);
	read_back(f, true);
	facts_free(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0]) {
	case 'h':
		front_try(data + 1, size - 1);
		if (size > 1 + INDEX_FRONT)
			body_try(data + 1 + INDEX_FRONT,
			    size - 1 - INDEX_FRONT);
		break;
	case 'f':
		facts_try(data + 1, size - 1);
		break;
	default:
		break;
	}
	return 0;
}
