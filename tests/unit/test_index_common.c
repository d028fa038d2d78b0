#include "test_index.h"

static char folder[] = "/tmp/scrub-index.XXXXXX";

struct keyring *index_keys;

void
index_enter(void)
{
	struct err err;

	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
	cr_assert(keyring_create("scrub.key", &err) == 0 &&
		keyring_open(&index_keys, "scrub.key", NULL, &err) == 0,
	    "%s", err.text);
}

void
index_leave(void)
{
	char command[100];

	keyring_close(index_keys);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	cr_expect(chdir("/") == 0 && system(command) == 0);
}

static const uint64_t covered[] = { 86755, 1212 };

static const struct index_list plain_lists[] = {
	{ .name = "internal",
	    .kind = 1,
	    .in_register = true,
	    .as_of = -1,
	    .max_age = -1 },
	{ .name = "national",
	    .owner = "compliance",
	    .path = "feeds/national.csv",
	    .state = "a b\nc",
	    .kind = 2,
	    .digest = { 1, 2, 3 },
	    .settings = { 4, 5 },
	    .source_size = 12345,
	    .source_mtime_ns = -7,
	    .as_of = 1700000000,
	    .read_at = 1700000100,
	    .max_age = 31 * 86400,
	    .sequence = 17,
	    .lines = 1,
	    .blank = 2,
	    .unusable = 3,
	    .blocking = 4,
	    .bad_dates = 5,
	    .wildcards = 6,
	    .facts = 7,
	    .coverage = covered,
	    .covers = 2 },
};

static const struct index_scope plain_scopes[] = {
	{ "loans", "" },
	{ "", "spring" },
};

const struct index_about index_plain = {
	.generation = 1,
	.created = 1750000000,
	.list = plain_lists,
	.lists = 2,
	.scope = plain_scopes,
	.scopes = 2,
	.mark = { 11, 12, 13, 14 },
};

static uint64_t
mixed(uint64_t v)
{
	v ^= v >> 31;
	v *= UINT64_C(0x9e3779b97f4a7c15);
	v ^= v >> 29;
	v *= UINT64_C(0xbf58476d1ce4e5b9);
	return v ^ v >> 32;
}

/* Every third fact is about a key that had one before. */
uint64_t
index_key(unsigned seed, size_t i)
{
	uint64_t v = mixed((uint64_t)seed << 40 | (i % 3 == 2 ? i / 2 : i));

	switch (v % 16) {
	case 0:
		return UINT64_C(3) << 62 | v >> 2;
	case 1:
		return subject_prefix(86000 + v / 16 % 1000);
	default:
		return 1 + v / 16 % UINT64_C(99999999999999);
	}
}

static void
one_add(struct facts_appender *a, uint64_t key, uint64_t v)
{
	struct fact f = { .until = v >> 40 & 1 ? FACT_FOREVER :
						 (uint32_t)(v >> 8),
		.list = v & 1,
		.scope = (uint16_t)(v >> 1 & 3) % 3,
		.channel = (uint8_t)(v >> 3 & 1),
		.kind = (uint8_t)(1 + (v >> 4) % (FACT_KINDS - 1)) };
	struct err err;
	int ret;

	if (f.kind == FACT_GRANTED || f.kind == FACT_CONSENT) {
		f.kind = FACT_CONSENT;
		ret = facts_add_consent(a, key, &f, (uint32_t)(v >> 32), &err);
	} else if (key >> 62 == 2) {
		ret = facts_add_prefix(a, key & ~(UINT64_C(1) << 63), &f, &err);
	} else {
		ret = facts_add(a, key, &f, &err);
	}
	cr_assert(ret == 0, "%s", err.text);
}

struct facts *
index_table(unsigned seed, size_t n)
{
	struct facts_appender *a;
	struct facts *f;
	struct err err;

	cr_assert(facts_new(&f, 3, &err) == 0 &&
	    facts_appender_new(&a, f, &err) == 0);
	for (size_t i = 0; i < n; i++)
		one_add(a, index_key(seed, i), mixed(i + 1));
	cr_assert(facts_build(f, &err) == 0);
	return f;
}

void
index_put(const char *path, const struct facts *f, uint64_t generation)
{
	struct index_about about = index_plain;
	struct err err;

	about.generation = generation;
	cr_assert(index_write(path, f, &about, index_keys, 2, &err) == 0, "%s",
	    err.text);
}

static int
u64_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int
index_sorted(const struct facts *f, uint64_t key, struct facts_found *out,
    struct err *err)
{
	int got;

	out->n = 0;
	got = facts_find(f, key, facts_home(f, key), out, err);
	if (got > 0)
		qsort(out->fact, out->n, sizeof(*out->fact), u64_compare);
	return got;
}

size_t
index_differences(const struct facts *a, const struct facts *b, unsigned seed,
    size_t n)
{
	struct facts_found x = { 0 }, y = { 0 };
	size_t differ = 0;
	struct err err = { 0 };

	for (size_t i = 0; i < 2 * n; i++) {
		uint64_t key = index_key(i < n ? seed : seed + 1000, i);
		int got = index_sorted(b, key, &y, &err);

		cr_assert(got >= 0, "%s", err.text);
		differ += index_sorted(a, key, &x, &err) != got || x.n != y.n ||
		    (x.n > 0 &&
			memcmp(x.fact, y.fact, x.n * sizeof(*x.fact)) != 0);
	}
	facts_found_release(&x);
	facts_found_release(&y);
	return differ;
}
