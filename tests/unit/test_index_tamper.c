#include <sys/types.h>

#include "test_index.h"

/* Whatever is done to the file: ERR_AUTH, and never another answer. */
TestSuite(index_tamper, .init = index_enter, .fini = index_leave);

enum { PAGE = 4096, FACTS = 1500 };

static off_t
size_of(const char *path)
{
	struct stat st;

	cr_assert(stat(path, &st) == 0);
	return st.st_size;
}

static unsigned char
byte_flip(int fd, off_t at, unsigned char bits)
{
	unsigned char c;

	cr_assert(pread(fd, &c, 1, at) == 1);
	c ^= bits;
	cr_assert(pwrite(fd, &c, 1, at) == 1);
	return c;
}

/* What sieving all its pages fails with. */
static enum err_code
sieve_fails(struct index *ix)
{
	struct index_wanted wanted = { 0 };
	struct facts *own, *sieved;
	struct err err = { 0 };

	cr_assert(facts_new_like(&own, 0, index_facts(ix), &err) == 0 &&
	    facts_expecting(own, 1, 1, &err) == 0);
	facts_lend_slots(own);
	cr_assert(facts_build(own, &err) == 0);
	wanted.facts = own;
	if (index_sieve(&sieved, ix, &wanted, 1, &err) == 0)
		index_sieved_free(sieved);
	facts_free(own);
	return err.code;
}

/* What opening the index, or else all its pages, fails with, whichever way. */
static enum err_code
open_fails(const char *path)
{
	struct err err = { 0 }, all = { 0 };
	enum err_code sieved;
	struct index *ix;

	if (index_open(&ix, path, index_keys, &err) < 0)
		return err.code;
	sieved = sieve_fails(ix);
	index_open_all(ix, 1, &all);
	index_close(ix);
	cr_expect(eq(int, (int)sieved, (int)all.code));
	return sieved;
}

/*
 * With one byte of a page altered: the keys of `f` that the page answers fail,
 * all others are answered as ever.  Returns how many fail, SIZE_MAX when one is
 * answered otherwise.
 */
static size_t
keys_fail(const struct facts *f)
{
	struct facts_found x = { 0 }, y = { 0 };
	size_t failed = 0;
	struct index *ix;
	struct err err;

	cr_assert(index_open(&ix, "index", index_keys, &err) == 0);
	for (size_t i = 0; i < FACTS && failed < SIZE_MAX; i++) {
		uint64_t key = index_key(1, i);
		int want = index_sorted(f, key, &x, &err);
		int got = index_sorted(index_facts(ix), key, &y, &err);

		if (got < 0 && err.code == ERR_AUTH)
			failed++;
		else if (got != want || x.n != y.n ||
		    memcmp(x.fact, y.fact, x.n * sizeof(*x.fact)) != 0)
			failed = SIZE_MAX;
	}
	facts_found_release(&x);
	facts_found_release(&y);
	index_close(ix);
	return failed;
}

/* A key whose look-up begins in each page, 0 where there is none. */
static void
keys_of_pages(uint64_t *key, size_t pages)
{
	struct index *ix;
	struct err err;
	size_t base = SIZE_MAX, at;

	cr_assert(index_open(&ix, "index", index_keys, &err) == 0);
	for (size_t i = 0; i < FACTS; i++) {
		at = (size_t)facts_home(index_facts(ix), index_key(1, i)) /
		    PAGE;
		if (at < base)
			base = at;
	}
	for (size_t i = 0; i < FACTS; i++) {
		at = (size_t)facts_home(index_facts(ix), index_key(1, i)) /
			PAGE -
		    base;
		if (at < pages)
			key[at] = index_key(1, i);
	}
	index_close(ix);
}

/* Sixteen partitions, a page or two each; 1500 facts leave none out. */
Test(index_tamper, every_byte_counts, .timeout = 300)
{
	struct facts *f = index_table(1, FACTS);
	struct facts_found found = { 0 };
	uint64_t key[64] = { 0 };
	size_t wrong = 0, tried = 0, pages;
	struct index *ix;
	struct err err;
	off_t size, i;
	int fd;

	index_put("index", f, 1);
	size = size_of("index");
	pages = (size_t)size / PAGE - 1;
	cr_assert(pages <= 64);
	keys_of_pages(key, pages);
	fd = open("index", O_RDWR);
	for (i = 0; i < PAGE; i++) {
		byte_flip(fd, i, (unsigned char)(1 << i % 8));
		wrong += index_open(&ix, "index", index_keys, &err) == 0 ||
		    err.code != ERR_AUTH;
		byte_flip(fd, i, (unsigned char)(1 << i % 8));
	}
	cr_expect(eq(sz, wrong, 0), "in the head");
	cr_assert(index_open(&ix, "index", index_keys, &err) == 0);
	for (i = PAGE; i < size; i++) {
		uint64_t k = key[i / PAGE - 1];

		byte_flip(fd, i, (unsigned char)(1 << i % 8));
		if (k) {
			tried++;
			wrong += index_sorted(index_facts(ix), k, &found,
				     &err) >= 0 ||
			    err.code != ERR_AUTH;
		}
		if (i % 509 == 0 || !k)
			wrong += open_fails("index") != ERR_AUTH;
		if (i % 1021 == 0) {
			size_t n = keys_fail(f);

			wrong += n == SIZE_MAX || (k && n == 0);
			wrong += index_verify("index", index_keys, 1, NULL,
				     &err) == 0 ||
			    err.code != ERR_AUTH;
		}
		byte_flip(fd, i, (unsigned char)(1 << i % 8));
	}
	cr_expect(eq(sz, wrong, 0), "in the pages");
	cr_expect(tried >= 16 * PAGE);
	cr_expect(eq(int, (int)open_fails("index"), ERR_NONE));
	index_close(ix);
	close(fd);
	facts_found_release(&found);
	facts_free(f);
}

Test(index_tamper, every_length_but_its_own_is_refused, .timeout = 300)
{
	struct facts *f = index_table(1, FACTS);
	unsigned char more[2 * PAGE] = { 0 };
	size_t wrong = 0;
	off_t size, i;
	int fd;

	index_put("index", f, 1);
	size = size_of("index");
	fd = open("index", O_RDWR);
	for (i = 1; i <= (off_t)sizeof(more); i += i < 20 ? 1 : 511) {
		cr_assert(pwrite(fd, more, (size_t)i, size) == i);
		wrong += open_fails("index") != ERR_AUTH;
		cr_assert(ftruncate(fd, size) == 0);
	}
	cr_expect(eq(sz, wrong, 0), "too long");
	cr_expect(eq(int, (int)open_fails("index"), ERR_NONE));
	for (i = size - 1; i >= 0; i--) {
		cr_assert(ftruncate(fd, i) == 0);
		wrong += open_fails("index") != ERR_AUTH;
	}
	cr_expect(eq(sz, wrong, 0), "too short");
	close(fd);
	facts_free(f);
}

/* While it is open: no signal, no wrong answer. */
Test(index_tamper, a_file_cut_short_under_its_reader_is_an_error)
{
	struct facts *f = index_table(1, FACTS);
	struct facts_found found = { 0 };
	struct index *ix;
	size_t wrong = 0;
	struct err err;

	index_put("index", f, 1);
	cr_assert(index_open(&ix, "index", index_keys, &err) == 0);
	cr_assert(truncate("index", PAGE + 100) == 0);
	for (size_t i = 0; i < FACTS; i++)
		wrong += index_sorted(index_facts(ix), index_key(1, i), &found,
			     &err) >= 0 ||
		    err.code != ERR_AUTH;
	cr_expect(eq(sz, wrong, 0));
	cr_expect(index_open_all(ix, 1, &err) < 0);
	cr_expect(eq(int, (int)err.code, ERR_AUTH));
	index_close(ix);
	facts_found_release(&found);
	facts_free(f);
}

static void
page_get(const char *path, off_t n, unsigned char out[PAGE])
{
	int fd = open(path, O_RDONLY);

	cr_assert(pread(fd, out, PAGE, n * PAGE) == PAGE);
	close(fd);
}

static void
page_put(const char *path, off_t n, const unsigned char in[PAGE])
{
	int fd = open(path, O_WRONLY);

	cr_assert(pwrite(fd, in, PAGE, n * PAGE) == PAGE);
	close(fd);
}

Test(index_tamper, pages_in_each_others_places_are_refused)
{
	struct facts *f = index_table(1, FACTS);
	unsigned char a[PAGE], b[PAGE];
	off_t pages, i;
	size_t n;

	index_put("index", f, 1);
	pages = size_of("index") / PAGE;
	for (i = 0; i + 1 < pages; i++) {
		page_get("index", i, a);
		page_get("index", i + 1, b);
		page_put("index", i, b);
		page_put("index", i + 1, a);
		cr_expect(eq(int, (int)open_fails("index"), ERR_AUTH),
		    "pages %d and the next", (int)i);
		if (i > 0) {
			n = keys_fail(f);
			cr_expect(n > 0 && n < SIZE_MAX);
		}
		page_put("index", i, a);
		page_put("index", i + 1, b);
	}
	cr_expect(eq(int, (int)open_fails("index"), ERR_NONE));
	facts_free(f);
}

/* Same facts, same seed, same places; another generation, or the same number
 * given twice. */
Test(index_tamper, pages_of_two_generations_do_not_mix)
{
	struct facts *f = index_table(1, FACTS);
	unsigned char a[PAGE], b[PAGE];
	uint64_t generation;
	off_t pages, i;
	size_t n;

	for (generation = 1; generation <= 2; generation++) {
		index_put("index", f, 1);
		index_put("other", f, generation);
		pages = size_of("index") / PAGE;
		cr_assert(eq(int, (int)pages, (int)(size_of("other") / PAGE)));
		for (i = 0; i < pages; i++) {
			page_get("index", i, a);
			page_get("other", i, b);
			cr_expect(memcmp(a, b, PAGE) != 0);
			page_put("index", i, b);
			cr_expect(eq(int, (int)open_fails("index"), ERR_AUTH),
			    "page %d", (int)i);
			if (i > 0) {
				n = keys_fail(f);
				cr_expect(n > 0 && n < SIZE_MAX);
			}
			page_put("index", i, a);
		}
	}
	facts_free(f);
}

/* Pages that hold the same, as empty ones do, must not be seen to. */
Test(index_tamper, equal_pages_do_not_look_equal)
{
	struct facts *f = index_table(1, 0);
	unsigned char page[2 * 16][PAGE];
	size_t i, k, equal = 0;

	index_put("index", f, 1);
	index_put("other", f, 1);
	for (i = 0; i < 16; i++) {
		page_get("index", 1 + (off_t)i, page[i]);
		page_get("other", 1 + (off_t)i, page[16 + i]);
	}
	for (i = 0; i < 32; i++)
		for (k = 0; k < i; k++)
			equal += memcmp(page[i], page[k], 64) == 0;
	cr_expect(eq(sz, equal, 0));
	facts_free(f);
}

Test(index_tamper, another_key_opens_nothing)
{
	struct facts *f = index_table(1, 10);
	struct keyring *other;
	struct index *ix;
	struct err err;

	index_put("index", f, 1);
	cr_assert(keyring_create("other.key", &err) == 0 &&
	    keyring_open(&other, "other.key", NULL, &err) == 0);
	cr_expect(index_open(&ix, "index", other, &err) < 0);
	cr_expect(eq(int, (int)err.code, ERR_AUTH));
	cr_expect(ix == NULL);
	cr_expect(strstr(err.text, "index") != NULL);
	/* under its own key and the other's name: the head does not open */
	{
		int fd = open("index", O_WRONLY);

		cr_assert(pwrite(fd, keyring_current(other), 16, 24) == 16);
		close(fd);
	}
	cr_expect(index_open(&ix, "index", other, &err) < 0);
	cr_expect(eq(int, (int)err.code, ERR_AUTH));
	keyring_close(other);
	facts_free(f);
}

Test(index_tamper, an_unknown_version_is_refused_in_so_many_words)
{
	struct facts *f = index_table(1, 10);
	struct index *ix;
	struct err err;
	int fd;

	index_put("index", f, 1);
	fd = open("index", O_RDWR);
	byte_flip(fd, 8, INDEX_VERSION ^ 4);
	close(fd);
	cr_expect(index_open(&ix, "index", index_keys, &err) < 0);
	cr_expect(eq(int, (int)err.code, ERR_AUTH));
	cr_expect(
	    strstr(err.text,
		"format version 4, and this scrub reads version 3") != NULL);
	cr_expect(strstr(err.hint, "scrub refresh") != NULL);
	facts_free(f);
}

Test(index_tamper, what_is_no_index_is_refused)
{
	static const char *const texts[] = { "", "s", "phone\n2025550143\n",
		"scrubidx" };
	struct index *ix;
	struct err err;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		FILE *f = fopen("index", "w");

		fputs(texts[i], f);
		fclose(f);
		cr_expect(index_open(&ix, "index", index_keys, &err) < 0);
		cr_expect(eq(int, (int)err.code, ERR_AUTH), "%s", texts[i]);
	}
	cr_expect(index_open(&ix, ".", index_keys, &err) < 0);
	cr_expect(eq(int, (int)err.code, ERR_AUTH));
	cr_expect(index_open(&ix, "none", index_keys, &err) < 0);
	cr_expect(eq(int, (int)err.code, ERR_LIST));
	cr_expect(strstr(err.hint, "scrub refresh") != NULL);
}
