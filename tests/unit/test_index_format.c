#include "test_index.h"

#include "store/index_format.h"

/* Bytes as scrub-index(5) has them; another reader's must not change. */
TestSuite(index_format);

static void
hex(char *out, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
}

Test(index_format, the_front_lies_as_it_is_described)
{
	static const unsigned char want[INDEX_FRONT] = "scrubidx"
						       "\3\0\0\0"
						       "\0\x10\0\0"
						       "\x07\x06\5\4\3\2\1\0"
						       "0123456789abcdef"
						       "ABCDEFGHIJKLMNOP"
						       "\2\0\0\0\0\0\0\0"
						       "\x11\x22\0\0\0\0\0\0";
	struct index_front front = { .generation = 0x01020304050607,
		.key_id = "0123456789abcdef",
		.salt = "ABCDEFGHIJKLMNO", /* and P */
		.head = 2 * 4096,
		.pages = 0x2211 };
	unsigned char got[INDEX_FRONT];
	struct index_front back;
	struct err err;

	front.salt[15] = 'P';
	index_front_put(got, &front);
	cr_expect(memcmp(got, want, INDEX_FRONT) == 0);
	cr_assert(index_front_get(&back, want, INDEX_FRONT,
		      (2 + 0x2211) * UINT64_C(4096), &err) == 0,
	    "%s", err.text);
	cr_expect(eq(u64, back.generation, front.generation));
	cr_expect(eq(u64, back.head, front.head));
	cr_expect(eq(u64, back.pages, front.pages));
	cr_expect(eq(str, back.key_id, front.key_id));
}

/* The numbers of the body, one list, one scope; each with a value of its own. */
Test(index_format, the_body_lies_as_it_is_described)
{
	static const uint64_t covers[] = { 0x55 };
	static const struct index_list list = { .kind = 3,
		.in_register = true,
		.digest = { 0xaa },
		.settings = { 0xbb },
		.source_size = 0x10,
		.source_mtime_ns = -1,
		.as_of = 0x12,
		.read_at = 0x13,
		.max_age = 0x14,
		.sequence = 0x15,
		.lines = 0x16,
		.blank = 0x17,
		.unusable = 0x18,
		.blocking = 0x19,
		.bad_dates = 0x1a,
		.wildcards = 0x1b,
		.facts = 0x1c,
		.calls_since = 0x1d,
		.too_old = 0x1e,
		.name = "nn",
		.owner = "o",
		.path = "p",
		.state = "",
		.coverage = covers,
		.covers = 1 };
	static const struct index_scope scope = { "t", "" };
	const struct index_about about = { .created = 1,
		.seed = 2,
		.facts = 3,
		.mark = { 4, 5, 6, 7 },
		.calls_kept = 8,
		.prefix_lengths = 9,
		.list = &list,
		.lists = 1,
		.scope = &scope,
		.scopes = 1 };
	static const unsigned char texts[] = "\2\0\0\0nn\0"
					     "\1\0\0\0o\0"
					     "\1\0\0\0p\0"
					     "\0\0\0\0\0"
					     "\1\0\0\0\x55\0\0\0\0\0\0\0"
					     "\1\0\0\0t\0"
					     "\0\0\0\0\0"
					     "\1\0\0\0\xff\xff\xff\xff"
					     "\0\1\x40"; /* and its NUL */
	/* do not call, of list 0 and scope 1, without an end */
	static const uint64_t code[] = { 0x00400100ffffffff };
	struct index_part part[FACTS_PARTS] = { { 0x21, 0x22, 0x23, 0x24 } };
	struct buf b = BUF_INIT(1 << 16);
	const unsigned char *p;
	struct err err;

	cr_assert(index_body_put(&b, &about, part, code, 1, &err) == 0);
	p = (const unsigned char *)b.p;
	for (size_t i = 0; i < 7; i++, p += 8)
		cr_expect(eq(int, p[0], (int)i + 1), "u64 number %zu", i);
	cr_expect(memcmp(p, "\x08\0\0\0\x09\0\0\0\x10\0\0\0\1\0\0\0\1\0\0\0",
		      20) == 0);
	p += 20;
	cr_expect(eq(int, p[0], 0x21));
	cr_expect(eq(int, p[8], 0x22));
	cr_expect(eq(int, p[16], 0x23));
	cr_expect(eq(int, p[24], 0x24));
	p += 16 * 32;
	cr_expect(eq(int, p[0], 3));
	cr_expect(eq(int, p[1], 1));
	cr_expect(eq(int, p[2], 0xaa));
	cr_expect(eq(int, p[34], 0xbb));
	p += 2 + 2 * 32;
	for (size_t i = 0; i < 15; i++, p += 8)
		cr_expect(eq(int, p[0], i == 1 ? 0xff : 0x10 + (int)i));
	cr_expect(eq(sz, (size_t)((const unsigned char *)b.p + b.n - p),
	    sizeof(texts)));
	cr_expect(memcmp(p, texts, sizeof(texts)) == 0);
	buf_release(&b);
}

/* A body with this dictionary: is it taken? */
static bool
dict_taken(const uint64_t *code, size_t codes)
{
	static const struct index_list list = { .name = "a" };
	static const struct index_scope scope;
	const struct index_about about = { .list = &list,
		.lists = 1,
		.scope = &scope,
		.scopes = 1 };
	struct index_part part[FACTS_PARTS];
	struct buf b = BUF_INIT(1 << 16);
	struct index_body body;
	struct err err;
	int ret;

	for (size_t i = 0; i < FACTS_PARTS; i++)
		part[i] = (struct index_part){ .homes = 1, .pages = 1 };
	cr_assert(index_body_put(&b, &about, part, code, codes, &err) == 0);
	ret = index_body_get(&body, (const unsigned char *)b.p, b.n, &err);
	cr_expect(ret == 0 || err.code == ERR_AUTH);
	if (ret == 0) {
		cr_expect(eq(sz, body.codes, codes));
		cr_expect(memcmp(body.code, code, codes * sizeof(*code)) == 0);
		index_body_release(&body);
	}
	buf_release(&b);
	return ret == 0;
}

Test(index_format, a_dictionary_holds_facts_that_many_may_share)
{
	static const struct {
		struct fact fact;
		bool taken;
	} cases[] = {
		{ { FACT_FOREVER, 0, FACT_DNC, 0, 0, 0 }, true },
		{ { FACT_FOREVER, 0, FACT_LISTED, 1, 4, 8 }, true },
		{ { FACT_FOREVER, 0, FACT_ALLOW, 0, 0, 0 }, true },
		{ { FACT_FOREVER, 0, FACT_CONSENT, 0, 0, 0 }, true },
		{ { FACT_FOREVER, 0, FACT_CONSENT, 0, 0, 1 }, true },
		{ { FACT_FOREVER, 0, FACT_CONSENT, 0, 0, 2 }, false },
		{ { FACT_FOREVER - 1, 0, FACT_DNC, 0, 0, 0 }, false },
		{ { FACT_FOREVER, 1, FACT_DNC, 0, 0, 0 }, false },
		{ { FACT_FOREVER, 0, FACT_DNC, 2, 0, 0 }, false },
		{ { FACT_FOREVER, 0, FACT_NONE, 0, 0, 0 }, false },
		{ { FACT_FOREVER, 0, FACT_GRANTED, 0, 0, 0 }, false },
		{ { FACT_FOREVER, 0, FACT_WITHDRAWN, 0, 0, 0 }, false },
		{ { FACT_FOREVER, 0, FACT_CALL, 0, 0, 0 }, false },
		{ { FACT_FOREVER, 0, FACT_KINDS, 0, 0, 0 }, false },
	};
	static uint64_t many[FACTS_CODES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t code[2] = { fact_pack(&cases[0].fact),
			fact_pack(&cases[i].fact) };

		cr_expect(dict_taken(code, 2) == cases[i].taken, "case %zu", i);
	}
	for (size_t i = 0; i < FACTS_CODES; i++)
		many[i] = fact_pack(&cases[0].fact);
	cr_expect(dict_taken(many, FACTS_CODES - 1));
	cr_expect(not(dict_taken(many, FACTS_CODES)));
}

/* Worked out with another implementation of BLAKE2b and XChaCha20-Poly1305,
 * from the manual page. */
Test(index_format, keys_and_seals_are_those_of_the_manual)
{
	static const char text[] = "facts of a number, twenty-five bytes or so";
	unsigned char master[CRYPT_KEY], salt[CRYPT_SALT], key[CRYPT_KEY];
	unsigned char bound[INDEX_BOUND], out[sizeof(text)], tag[CRYPT_TAG];
	const uint64_t generation = 0x0102030405060708;
	char got[2 * sizeof(text) + 1];
	struct crypt *c;
	struct err err;

	for (size_t i = 0; i < CRYPT_KEY; i++)
		master[i] = (unsigned char)i;
	for (size_t i = 0; i < CRYPT_SALT; i++)
		salt[i] = (unsigned char)(0x40 + i);
	cr_assert(crypt_new(&c, master, &err) == 0);
	crypt_index_key(c, generation, salt, key);
	hex(got, key, CRYPT_KEY);
	cr_expect(eq(str, got,
	    "972ced54e46cdca1d9e9a9cd6b3f6f7fd8a88bbe68073a28c7f84ce75121a483"));
	index_bind(bound, generation, 0x1122);
	crypt_page_seal(out, tag, text, sizeof(text) - 1, 0x1122, bound,
	    sizeof(bound), key);
	hex(got, out, sizeof(text) - 1);
	cr_expect(eq(str, got,
	    "0ed054f793fe7423aa3cdfe0fc18007bdc07a5d5e58b985a1b6390948fceb6620fd195ed011260d5b96d"));
	hex(got, tag, CRYPT_TAG);
	cr_expect(eq(str, got, "5a0cb1ecb1d616024cfec5199d991fe7"));
	crypt_free(c);
}
