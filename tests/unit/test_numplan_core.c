/*
 * The numbering-plan core.  Expected values come from the plans themselves:
 * the example numbers of the metadata, and the rules written above each group below.  tests/parity compares a million more with Google's own
 * program.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/numplan.h"
#include "text/numplan_tables.h"
#include "text/numplan_text.h"

struct reading {
	const char *in, *region;
	uint64_t key; /* 0: not valid */
	enum number_type type;
	const char *owner; /* region of the number */
	const char *ext;
};

#define IS(key, type, owner) key, type, owner, ""
#define NOT_VALID 0, NUMBER_UNKNOWN, "", ""
#define US_NUMBER 12015550123, NUMBER_FIXED_LINE_OR_MOBILE, "US"

static void
expect_readings(const struct reading *c, size_t n, bool vanity)
{
	for (; n > 0; n--, c++) {
		struct numplan_result r;
		char name[4], ext[32];

		cr_expect(numplan_parse(&r, span_str(c->in),
			      region_code(span_str(c->region)),
			      vanity) == (c->key != 0),
		    "input: %s (%s)", c->in, c->region);
		if (c->key == 0 || !r.valid)
			continue;
		region_name(name, r.region);
		numplan_ext_digits(ext, sizeof(ext), r.ext);
		cr_expect(r.key == c->key, "input: %s gives +%llu", c->in,
		    (unsigned long long)r.key);
		cr_expect(r.type == c->type, "input: %s is %s", c->in,
		    number_type_name(r.type));
		cr_expect(strcmp(name, c->owner) == 0, "input: %s is of %s",
		    c->in, name);
		cr_expect(strcmp(ext, c->ext) == 0,
		    "input: %s has extension %s", c->in, ext);
	}
}

#define EXPECT_READINGS(cases, vanity) \
	expect_readings(cases, sizeof(cases) / sizeof(*(cases)), vanity)

/* The examples of the metadata, read at home. */
Test(numplan_core, knows_every_type)
{
	static const struct reading cases[] = {
		{ "01012345678", "CN",
		    IS(861012345678, NUMBER_FIXED_LINE, "CN") },
		{ "13123456789", "CN", IS(8613123456789, NUMBER_MOBILE, "CN") },
		{ "4001234567", "CN",
		    IS(864001234567, NUMBER_SHARED_COST, "CN") },
		{ "16812345", "CN", IS(8616812345, NUMBER_PREMIUM_RATE, "CN") },
		{ "01212345678", "GB",
		    IS(441212345678, NUMBER_FIXED_LINE, "GB") },
		{ "07400123456", "GB", IS(447400123456, NUMBER_MOBILE, "GB") },
		{ "07012345678", "GB",
		    IS(447012345678, NUMBER_PERSONAL_NUMBER, "GB") },
		{ "05612345678", "GB", IS(445612345678, NUMBER_VOIP, "GB") },
		{ "07640123456", "GB", IS(447640123456, NUMBER_PAGER, "GB") },
		{ "05512345678", "GB", IS(445512345678, NUMBER_UAN, "GB") },
		{ "0177991234567", "DE",
		    IS(49177991234567, NUMBER_VOICEMAIL, "DE") },
		{ "2015550123", "US",
		    IS(12015550123, NUMBER_FIXED_LINE_OR_MOBILE, "US") },
		{ "8002345678", "US", IS(18002345678, NUMBER_TOLL_FREE, "US") },
		{ "02000", "NO", IS(4702000, NUMBER_UAN, "NO") },
	};

	EXPECT_READINGS(cases, false);
}

/* Regions that share a calling code; the number decides. */
Test(numplan_core, finds_the_region_of_a_shared_code)
{
	static const struct reading cases[] = {
		{ "+441481256789", "ZZ",
		    IS(441481256789, NUMBER_FIXED_LINE, "GG") },
		{ "01481 256789", "GB",
		    IS(441481256789, NUMBER_FIXED_LINE, "GG") },
		{ "+77710009998", "ZZ", IS(77710009998, NUMBER_MOBILE, "KZ") },
		{ "+390669812345", "ZZ",
		    IS(390669812345, NUMBER_FIXED_LINE, "VA") },
		{ "+4779123456", "ZZ",
		    IS(4779123456, NUMBER_FIXED_LINE, "SJ") },
		{ "+358181234567", "ZZ",
		    IS(358181234567, NUMBER_FIXED_LINE, "AX") },
		{ "+12684601234", "US",
		    IS(12684601234, NUMBER_FIXED_LINE, "AG") },
		{ "+80012345678", "ZZ",
		    IS(80012345678, NUMBER_TOLL_FREE, "001") },
		{ "+979123456789", "CN",
		    IS(979123456789, NUMBER_PREMIUM_RATE, "001") },
		{ "+881612345678", "ZZ",
		    IS(881612345678, NUMBER_MOBILE, "001") },
	};

	EXPECT_READINGS(cases, false);
}

/* Prefixes: international, own code, national, carrier, transforms. */
Test(numplan_core, strips_prefixes)
{
	static const struct reading cases[] = {
		{ "008613123456789", "DE",
		    IS(8613123456789, NUMBER_MOBILE, "CN") },
		{ "0118613123456789", "US",
		    IS(8613123456789, NUMBER_MOBILE, "CN") },
		{ "8~10 44 7400 123456", "RU",
		    IS(447400123456, NUMBER_MOBILE, "GB") },
		{ "17951 00 1 201 555 0123", "CN",
		    IS(12015550123, NUMBER_FIXED_LINE_OR_MOBILE, "US") },
		/* no country code starts with 0 */
		{ "0086013123456789", "CN",
		    IS(8613123456789, NUMBER_MOBILE, "CN") },
		{ "000 13123456789", "CN", NOT_VALID },
		/* the own code, without plus */
		{ "8613123456789", "CN",
		    IS(8613123456789, NUMBER_MOBILE, "CN") },
		{ "12015550123", "US",
		    IS(12015550123, NUMBER_FIXED_LINE_OR_MOBILE, "US") },
		{ "4407400123456", "GB",
		    IS(447400123456, NUMBER_MOBILE, "GB") },
		/* a plus that should not be there */
		{ "+0086 13123456789", "CN",
		    IS(8613123456789, NUMBER_MOBILE, "CN") },
		{ "+0086 13123456789", "ZZ", NOT_VALID },
		/* national prefix inside */
		{ "+44 (0)7400 123456", "ZZ",
		    IS(447400123456, NUMBER_MOBILE, "GB") },
		{ "+86-(0)10-12345678", "ZZ",
		    IS(861012345678, NUMBER_FIXED_LINE, "CN") },
		/* carrier codes and transforms */
		{ "17951 13123456789", "CN",
		    IS(8613123456789, NUMBER_MOBILE, "CN") },
		{ "0 11 15 2345 6789", "AR",
		    IS(5491123456789, NUMBER_MOBILE, "AR") },
		{ "0 15 11 96123 4567", "BR",
		    IS(5511961234567, NUMBER_MOBILE, "BR") },
		{ "4601234", "AG", IS(12684601234, NUMBER_FIXED_LINE, "AG") },
		{ "4601234", "US", NOT_VALID },
	};

	EXPECT_READINGS(cases, false);
}

/* Italian zeros belong to the number. */
Test(numplan_core, keeps_leading_zeros)
{
	static const struct reading cases[] = {
		{ "02 1234 5678", "IT",
		    IS(390212345678, NUMBER_FIXED_LINE, "IT") },
		{ "+39 02 1234 5678", "ZZ",
		    IS(390212345678, NUMBER_FIXED_LINE, "IT") },
		{ "+39 3123456789", "ZZ",
		    IS(393123456789, NUMBER_MOBILE, "IT") },
		{ "+39 03123456789", "ZZ",
		    IS(3903123456789, NUMBER_FIXED_LINE, "IT") },
	};

	EXPECT_READINGS(cases, false);
}

Test(numplan_core, reads_punctuation_and_other_scripts)
{
	static const struct reading cases[] = {
		{ "(201) 555-0123", "US",
		    IS(12015550123, NUMBER_FIXED_LINE_OR_MOBILE, "US") },
		{ "Tel.: (201) 555-0123.", "US",
		    IS(12015550123, NUMBER_FIXED_LINE_OR_MOBILE, "US") },
		{ "(+86) 131[2345]6789", "US",
		    IS(8613123456789, NUMBER_MOBILE, "CN") },
		{ "131\xe2\x80\x8b"
		  "2345\xc2\xa0"
		  "6789",
		    "CN", IS(8613123456789, NUMBER_MOBILE, "CN") },
		{ "\xef\xbc\x8b\xef\xbc\x98\xef\xbc\x96\xef\xbc\x8d"
		  "13123456789",
		    "ZZ", IS(8613123456789, NUMBER_MOBILE, "CN") },
		{ "\xd9\xa0\xd9\xa7\xd9\xa4\xd9\xa0\xd9\xa0 123456", "GB",
		    IS(447400123456, NUMBER_MOBILE, "GB") },
		/* Devanagari 9, as in Java and C++ */
		{ "+\xe0\xa5\xaf\xe0\xa5\xaf 812345 6789", "ZZ", NOT_VALID },
		{ "+\xe0\xa5\xaf"
		  "1 812345 6789",
		    "ZZ", IS(918123456789, NUMBER_MOBILE, "IN") },
		/* a plus is only a plus in front */
		{ "131+23456789", "CN", NOT_VALID },
		/* characters that are not in numbers */
		{ "131\t23456789", "CN", NOT_VALID },
		{ "131\xe2\x80\x8c"
		  "23456789",
		    "CN", NOT_VALID },
		{ "131\xff"
		  "23456789",
		    "CN", NOT_VALID },
		/* a second number */
		{ "(201) 555-0123 / x302", "US",
		    IS(12015550123, NUMBER_FIXED_LINE_OR_MOBILE, "US") },
		{ "", "US", NOT_VALID },
		{ "+", "US", NOT_VALID },
		{ "1", "US", NOT_VALID },
		{ "1 2", "US", NOT_VALID },
	};

	EXPECT_READINGS(cases, false);
}

/* Extensions: 20 digits behind a word, 15 behind ";" or ",,", else 9 or 6. */
Test(numplan_core, takes_extensions_off)
{
	static const struct reading cases[] = {
		{ "201-555-0123 x456", "US", US_NUMBER, "456" },
		{ "201-555-0123 ext. 456", "US", US_NUMBER, "456" },
		{ "201-555-0123 Extension: 456#", "US", US_NUMBER, "456" },
		{ "201-555-0123 extensi\xc3\xb3n 456", "US", US_NUMBER, "456" },
		{ "201-555-0123 \xd0\xb4\xd0\xbe\xd0\xb1. 456", "US", US_NUMBER,
		    "456" },
		{ "201-555-0123,456", "US", US_NUMBER, "456" },
		{ "201-555-0123;456", "US", US_NUMBER, "456" },
		{ "201-555-0123 - 456#", "US", US_NUMBER, "456" },
		{ "201-555-0123#456", "US", US_NUMBER, "456" },
		{ "201-555-0123 ext 12345678901234567890", "US", US_NUMBER,
		    "12345678901234567890" },
		{ "201-555-0123 ext 123456789012345678901", "US", NOT_VALID },
		{ "201-555-0123 x1234567890", "US", NOT_VALID },
		{ "201-555-0123 - 1234567#", "US", NOT_VALID },
		{ "tel:+1-201-555-0123;ext=456", "ZZ", US_NUMBER, "456" },
		{ "201-555-0123 x\xef\xbc\x94\xef\xbc\x95", "US", US_NUMBER,
		    "45" },
	};

	EXPECT_READINGS(cases, false);
}

Test(numplan_core, reads_tel_uris)
{
	static const struct reading cases[] = {
		{ "tel:201-555-0123;phone-context=+1", "ZZ", US_NUMBER, "" },
		{ "tel:201-555-0123;phone-context=example.com", "US", US_NUMBER,
		    "" },
		{ "tel:201-555-0123;phone-context=example.com", "ZZ",
		    NOT_VALID },
		{ "tel:201-555-0123;phone-context=", "US", NOT_VALID },
		{ "tel:201-555-0123;phone-context=-a.com", "US", NOT_VALID },
		{ "tel:201-555-0123;phone-context=+1-2x", "US", NOT_VALID },
		{ "tel:+1-201-555-0123;isub=99", "ZZ", US_NUMBER, "" },
		{ "tel:201-555-0123;isub=99;phone-context=+1", "ZZ", US_NUMBER,
		    "" },
	};

	EXPECT_READINGS(cases, false);
}

/* FLOWERS is 3569377; fewer than three letters are dropped. */
Test(numplan_core, letters_are_digits_only_when_asked)
{
	static const struct reading vanity[] = {
		{ "1-800-FLOWERS", "US",
		    IS(18003569377, NUMBER_TOLL_FREE, "US") },
		{ "1-800-flowers", "US",
		    IS(18003569377, NUMBER_TOLL_FREE, "US") },
		{ "201-555-0123 ab", "US", US_NUMBER, "" },
		{ "1381234XXXX", "CN", IS(8613812349999, NUMBER_MOBILE, "CN") },
	};
	static const struct reading plain[] = {
		{ "1-800-FLOWERS", "US", NOT_VALID },
		{ "201-555-0123 ab", "US", NOT_VALID },
		{ "201x555x0123", "US", NOT_VALID },
		{ "1381234XXXX", "CN", NOT_VALID },
		{ "Call 201-555-0123", "US", US_NUMBER, "" },
		{ "201-555-0123 ext 45", "US", US_NUMBER, "45" },
	};

	EXPECT_READINGS(vanity, true);
	EXPECT_READINGS(plain, false);
}

/* 250 UTF-16 units are read, one more is not. */
Test(numplan_core, reads_250_units)
{
	char in[260];
	struct numplan_result r;

	memset(in, '-', sizeof(in));
	memcpy(in, "+12015550123", 12);
	in[249] = '3';
	in[11] = '-';
	cr_expect(numplan_parse(&r, span_of(in, 250), 0, false));
	cr_expect(eq(u64, r.key, 12015550123));
	cr_expect(not(numplan_parse(&r, span_of(in, 251), 0, false)));
	cr_expect(eq(u64, r.key, 0));
}

Test(numplan_core, extension_points_into_the_input)
{
	static const char in[] = "(201) 555-0123 ext. 456#";
	struct numplan_result r;

	cr_assert(numplan_parse(&r, SPAN(in), region_code(SPAN("US")), false));
	cr_expect(eq(ptr, (void *)r.ext.p, (void *)(in + 20)));
	cr_expect(eq(sz, r.ext.n, 3));
}

Test(numplan_core, an_invalid_number_keeps_its_key_but_no_region)
{
	struct numplan_result r;

	cr_expect(not(numplan_parse(&r, SPAN("+86 138 1234"), 0, false)));
	cr_expect(eq(u64, r.key, 861381234));
	cr_expect(eq(u8, r.cc_digits, 2));
	cr_expect(eq(u16, r.region, REGION_NONE));
	cr_expect(eq(u8, r.type, NUMBER_UNKNOWN));
}

/* Country code and national number in one integer lose no zeros. */
Test(numplan_core, keys_are_judged_by_themselves)
{
	static const struct {
		uint64_t key;
		bool valid;
		enum number_type type;
	} cases[] = {
		{ 8613123456789, true, NUMBER_MOBILE },
		{ 390212345678, true, NUMBER_FIXED_LINE },
		{ 39212345678, false, NUMBER_UNKNOWN },
		{ 12015550123, true, NUMBER_FIXED_LINE_OR_MOBILE },
		{ 80012345678, true, NUMBER_TOLL_FREE },
		{ 8613812345, false, NUMBER_UNKNOWN },
		{ 86, false, NUMBER_UNKNOWN },
		{ 0, false, NUMBER_UNKNOWN },
		{ UINT64_MAX, false, NUMBER_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct numplan_result r;

		cr_expect(numplan_valid_key(&r, cases[i].key) == cases[i].valid,
		    "key %llu", (unsigned long long)cases[i].key);
		cr_expect(r.type == cases[i].type, "key %llu",
		    (unsigned long long)cases[i].key);
	}
}

/* As dialled inside the country. */
Test(numplan_core, writes_the_national_form)
{
	static const struct {
		uint64_t key;
		const char *national;
	} cases[] = {
		{ 861062345678, "01062345678" },
		{ 8613812345678, "13812345678" },
		{ 864001234567, "4001234567" }, { 12025550143, "2025550143" },
		{ 442079460958, "02079460958" }, { 390612345678, "0612345678" },
		{ 5491123456789, "0111523456789" },
		{ 79161234567, "89161234567" }, { 3612345678, "0612345678" },
		{ 80012345678, "12345678" }, { 0, "" }, { 1, "" },
		{ 2015550123, "015550123" }, /* Egypt, +20 */
	};
	char out[NUMPLAN_NATIONAL_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t n = numplan_national(out, sizeof(out), cases[i].key,
		    NUMBER_UNKNOWN);

		cr_expect(n == strlen(cases[i].national), "key %llu",
		    (unsigned long long)cases[i].key);
		if (n > 0)
			cr_expect(eq(str, out, (char *)cases[i].national));
	}
	cr_expect(eq(sz, numplan_national(out, 5, 8613812345678, 0), 0));
}

Test(numplan_core, regions_have_names_and_codes)
{
	char name[4];

	cr_expect(eq(u16, region_code(SPAN("CN")), 'C' << 8 | 'N'));
	cr_expect(eq(u16, region_code(SPAN("cn")), 'C' << 8 | 'N'));
	cr_expect(eq(u16, region_code(SPAN("ZZ")), REGION_NONE));
	cr_expect(eq(u16, region_code(SPAN("C")), REGION_NONE));
	cr_expect(eq(u16, region_code(SPAN("#.")), REGION_NONE));
	cr_expect(eq(u16, region_code(SPAN("001")), REGION_NONE));
	cr_expect(eq(u16, region_of_calling_code(86), 'C' << 8 | 'N'));
	cr_expect(eq(u16, region_of_calling_code(1), 'U' << 8 | 'S'));
	cr_expect(eq(u16, region_of_calling_code(7), 'R' << 8 | 'U'));
	cr_expect(eq(u16, region_of_calling_code(852), 'H' << 8 | 'K'));
	cr_expect(eq(u16, region_of_calling_code(800), REGION_WORLD));
	cr_expect(eq(u16, region_of_calling_code(0), REGION_NONE));
	cr_expect(eq(u16, region_of_calling_code(10), REGION_NONE));
	cr_expect(eq(u16, region_of_calling_code(860), REGION_NONE));
	cr_expect(eq(u16, region_of_calling_code(4294967295u), REGION_NONE));
	cr_expect(eq(uint, region_calling_code('G' << 8 | 'G'), 44));
	cr_expect(eq(uint, region_calling_code(REGION_NONE), 0));
	cr_expect(eq(uint, region_calling_code(REGION_WORLD), 0));
	region_name(name, 'C' << 8 | 'N');
	cr_expect(eq(str, name, "CN"));
	region_name(name, REGION_WORLD);
	cr_expect(eq(str, name, "001"));
	region_name(name, REGION_NONE);
	cr_expect(eq(str, name, ""));
	cr_expect(eq(str, (char *)number_type_name(NUMBER_UAN), "UAN"));
	cr_expect(eq(str, (char *)number_type_name(NUMBER_TYPES), "UNKNOWN"));
}

static bool
has_zone(const char **zones, size_t n, const char *name)
{
	while (n > 0 && strcmp(zones[n - 1], name) != 0)
		n--;
	return n > 0;
}

/* A fixed line by its area; others by the country, with all its zones. */
Test(numplan_core, zones_go_by_prefix)
{
	static const struct {
		uint64_t key;
		enum number_type type;
		size_t n;
		const char *zone;
	} cases[] = {
		{ 8613812345678, NUMBER_MOBILE, 1, "Asia/Shanghai" },
		{ 861062345678, NUMBER_FIXED_LINE, 1, "Asia/Shanghai" },
		{ 12025550143, NUMBER_FIXED_LINE_OR_MOBILE, 1,
		    "America/New_York" },
		{ 13105550143, NUMBER_FIXED_LINE_OR_MOBILE, 1,
		    "America/Los_Angeles" },
		{ 18002345678, NUMBER_TOLL_FREE, 42, "America/New_York" },
		{ 493012345678, NUMBER_FIXED_LINE, 1, "Europe/Berlin" },
		{ 61392345678, NUMBER_FIXED_LINE, 1, "Australia/Sydney" },
		{ 80012345678, NUMBER_TOLL_FREE, 0, NULL },
		{ 0, NUMBER_UNKNOWN, 0, NULL },
	};
	const char *zones[NUMPLAN_ZONES_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t n = numplan_zones(zones, cases[i].key, cases[i].type);

		cr_expect(n == cases[i].n, "key %llu has %zu zones",
		    (unsigned long long)cases[i].key, n);
		cr_expect(n == 0 || has_zone(zones, n, cases[i].zone),
		    "key %llu: %s", (unsigned long long)cases[i].key,
		    n ? zones[0] : "");
	}
}

/* Every number a table walk calls valid, made once for each leaf reached. */
static void
expect_round_trip(const struct numplan_code *code, unsigned n,
    uint64_t national)
{
	uint64_t key = code->value;
	struct numplan_result r, again;
	char text[32], name[4];

	for (unsigned i = 0; i < n; i++)
		key *= 10;
	key += national;
	if (!numplan_valid_key(&r, key))
		return;
	snprintf(text, sizeof(text), "+%llu", (unsigned long long)key);
	region_name(name, r.region);
	/* Some valid numbers start with what is a national prefix there. */
	if (numplan_parse(&again, span_str(text), REGION_NONE, false) &&
	    again.key == key)
		cr_expect(again.type == r.type && again.region == r.region,
		    "%s of %s", text, name);
}

Test(numplan_core, key_and_text_give_the_same_answer)
{
	uint64_t seed = 7;

	for (unsigned c = 0; c < 200; c++) {
		const struct numplan_code *code = &numplan_codes[c];

		for (unsigned n = NUMPLAN_LEN_MIN; n <= 12; n++) {
			uint64_t top = 1;

			for (unsigned i = 0; i < n; i++)
				top *= 10;
			for (unsigned k = 0; k < 50; k++) {
				seed = seed * 6364136223846793005u + 1;
				expect_round_trip(code, n, (seed >> 8) % top);
			}
		}
	}
}

/* Fixed and mobile are one: examples of either may be of both. */
static enum number_type
kind(enum number_type type)
{
	return type == NUMBER_MOBILE || type == NUMBER_FIXED_LINE ?
	    NUMBER_FIXED_LINE_OR_MOBILE :
	    type;
}

static enum number_type
type_named(const char *name)
{
	enum number_type type = NUMBER_UNKNOWN;

	while (type < NUMBER_TYPES && strcmp(number_type_name(type), name) != 0)
		type++;
	return type;
}

/* Public examples, where the project's data is at hand. */
Test(numplan_core, reads_the_public_examples)
{
	FILE *f = fopen("../shared/data/facts/example_numbers.csv", "r");
	char line[128], region[3], type[32], national[24];
	unsigned cc, read = 0;

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		struct numplan_result r;
		char text[40];

		if (sscanf(line, "%u,%2[A-Z],%31[A-Z_],\"%23[0-9]\"", &cc,
			region, type, national) != 4)
			continue;
		snprintf(text, sizeof(text), "+%u%s", cc, national);
		cr_expect(numplan_parse(&r, span_str(text), 0, false), "%s",
		    text);
		cr_expect(kind(r.type) == kind(type_named(type)),
		    "%s is not %s", text, type);
		read++;
	}
	fclose(f);
	cr_expect(read > 200, "only %u examples were read", read);
}

/* decided.tsv: Google leaves them out, for the sake of 10800 and 21800, which
 * are toll-free prefixes of longer numbers. */
Test(numplan, beijing_and_shanghai_have_lines_that_begin_with_800)
{
	static const struct {
		const char *text;
		uint64_t key; /* 0: invalid */
		enum number_type type;
	} cases[] = {
		{ "010-8003-1505", 861080031505, NUMBER_FIXED_LINE },
		{ "021 8007 9240", 862180079240, NUMBER_FIXED_LINE },
		{ "+86 10 8000 0000", 861080000000, NUMBER_FIXED_LINE },
		{ "020-8003-1505", 862080031505, NUMBER_FIXED_LINE },
		{ "10800 7112345", 86108007112345, NUMBER_TOLL_FREE },
		{ "010-1003-1505", 0, NUMBER_UNKNOWN },
		{ "021-1003-1505", 0, NUMBER_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct numplan_result r;
		bool valid = numplan_parse(&r, span_str(cases[i].text),
		    region_code(span_str("CN")), false);

		cr_expect(valid == (cases[i].key != 0), "%s", cases[i].text);
		if (!valid)
			continue;
		cr_expect(r.key == cases[i].key, "%s", cases[i].text);
		cr_expect(r.type == cases[i].type, "%s", cases[i].text);
	}
}

/* ---- how much of a number decides ---- */

static uint64_t
draw(uint64_t *state, uint64_t below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (*state >> 33) % below;
}

/*
 * Digits that stand behind the first `looked` characters are only digits: the
 * first two of them are tried out, the others drawn.
 */
static void
expect_tail_free(const char *text, unsigned looked, uint16_t region,
    uint64_t *state)
{
	struct numplan_result a, b;
	size_t n = strlen(text);
	uint64_t scale = 1, step;
	char varied[48];

	cr_expect(looked <= n, "looked too far: %s", text);
	cr_expect(numplan_parse(&a, span_str(text), region, false),
	    "not valid: %s", text);
	for (size_t i = looked; i < n; i++)
		scale *= 10;
	step = scale < 100 ? 1 : scale / 100;
	for (uint64_t k = 0; k < 100 && scale > 1; k++) {
		uint64_t tail = (draw(state, step) + k * step) % scale;

		snprintf(varied, sizeof(varied), "%.*s%0*" PRIu64, (int)looked,
		    text, (int)(n - looked), tail);
		cr_expect(numplan_parse(&b, span_str(varied), region, false) &&
			a.region == b.region && a.type == b.type &&
			a.cc_digits == b.cc_digits,
		    "%s and %s differ", text, varied);
		cr_expect(a.key / scale == b.key / scale &&
			b.key % scale == tail,
		    "keys of %s and %s", text, varied);
	}
}

/* A valid key of this calling code; 0 when none is found. */
static uint64_t
draw_key(unsigned cc, uint64_t *state)
{
	struct numplan_result r;
	uint64_t scale, key;

	for (int tries = 0; tries < 30; tries++) {
		scale = 10000;
		for (uint64_t n = draw(state, 8); n > 0; n--)
			scale *= 10;
		key = cc * scale + draw(state, scale);
		if (numplan_valid_key(&r, key))
			return key;
	}
	return 0;
}

/*
 * A text for numplan_looked(): numbers of everywhere with what people put in
 * front, and any digits.
 */
static void
draw_number(char out[48], unsigned cc, uint64_t *state)
{
	static const char *const fronts[] = { "", "", "", "", "+", "+", "+",
		"00", "011", "0", "1", "8", "810", "001", "0011", "86", "010" };
	const char
	    *front = fronts[draw(state, sizeof(fronts) / sizeof(*fronts))];
	char national[NUMPLAN_NATIONAL_MAX];
	uint64_t key = draw_key(cc, state);

	if (key == 0 || draw(state, 3) == 0) {
		snprintf(out, 48, "%s%0*" PRIu64, front,
		    5 + (int)draw(state, 4), draw(state, 100000000));
		snprintf(out + strlen(out), 48 - strlen(out), "%" PRIu64,
		    draw(state, 1000000));
	} else if (draw(state, 2)) {
		numplan_national(national, sizeof(national), key, 0);
		snprintf(out, 48, "%s%s", front, national);
	} else {
		snprintf(out, 48, "%s%" PRIu64, front, key);
	}
}

Test(numplan_core, knows_how_many_digits_it_looks_at)
{
	uint64_t state = 1;
	unsigned looked, known = 0;
	char text[48];

	for (unsigned k = 0; k < 254 * 600; k++) {
		uint16_t region = numplan_regions[k % 254].name;
		uint16_t of = draw(&state, 4) ?
		    region :
		    numplan_regions[draw(&state, 254)].name;

		draw_number(text, region_calling_code(of), &state);
		looked = numplan_looked(span_str(text), region);
		known += looked > 0;
		if (looked > 0)
			expect_tail_free(text, looked, region, &state);
	}
	cr_expect(known > 10000, "of 152,400 it knows %u", known);
}
