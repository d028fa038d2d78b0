/*
 * fuzz_number.c - whatever a cell holds, its numbers are numbers.
 *
 * Properties, for any bytes under any rules:
 *  - the result is in its bounds: a status, as many numbers as it says,
 *    each a key, the keys distinct, flags that have names;
 *  - the key and the E.164 text of a number say the same, digit for digit;
 *  - a number of a readable cell, written as E.164 and read without a home
 *    region, is the same number, and needs no repair;
 *  - blanks around the cell change nothing; parsing twice gives the same;
 *  - what a memo knows of the cell is what parsing says.
 *
 * The first two bytes of an input choose the rules, the rest is the cell.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "text/number.h"
#include "text/number_memo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const regions[] = { "CN", "US", "GB", "DE", "FR", "IT", "ES",
	"AR", "MX", "BR", "JP", "HK", "TW", "IN", "RU", "ZZ" };

static void
check_text(const struct number *num)
{
	char text[NUMBER_TEXT_MAX], national[NUMBER_TEXT_MAX];
	size_t n = number_e164(text, num->key);
	uint64_t key = 0;

	assert(n == strlen(text) && n > 1 && n < sizeof(text));
	assert(text[0] == '+' && text[1] != '0');
	for (size_t i = 1; i < n; i++) {
		assert(text[i] >= '0' && text[i] <= '9');
		key = key * 10 + (uint64_t)(text[i] - '0');
	}
	assert(key == num->key);
	n = number_national(national, num);
	assert(n > 0 && n == strlen(national));
}

static void
check_round_trip(const struct number *num)
{
	static const struct number_rules nowhere = { .region = REGION_NONE };
	struct number_cell again;
	char text[NUMBER_TEXT_MAX];
	size_t n = number_e164(text, num->key);

	number_parse(&again, span_of(text, n), &nowhere);
	assert(again.status == NUMBER_OK && again.count == 1);
	assert(again.number[0].key == num->key);
	assert(again.number[0].type == num->type);
	assert(again.number[0].region == num->region);
}

static void
check_cell(const struct number_cell *c)
{
	char text[NUMBER_FLAGS_MAX];

	assert(c->status < NUMBER_STATUSES && c->count <= NUMBER_MAX);
	assert((c->flags & ~(uint32_t)(NUMBER_REPAIRS | NUMBER_NOTES)) == 0);
	assert(number_flags_text(text, c) == strlen(text));
	assert(!number_readable(c) || c->count > 0);
	assert(c->status != NUMBER_OK ||
	    (c->count == 1 && !(c->flags & NUMBER_REPAIRS)));
	assert(c->status != NUMBER_REPAIRED || c->count == 1);
	assert(c->status != NUMBER_MULTI || c->count > 1);
	assert(c->status != NUMBER_EMPTY || c->count == 0);
	for (int i = 0; i < c->count; i++) {
		const struct number *num = &c->number[i];

		assert(num->key != 0 && num->type < NUMBER_TYPES);
		assert(strnlen(num->ext, sizeof(num->ext)) < sizeof(num->ext));
		check_text(num);
		check_round_trip(num);
		for (int k = 0; k < i; k++)
			assert(c->number[k].key != num->key);
	}
}

/* The same cell in every respect that its reader may look at. */
static void
check_same(const struct number_cell *a, const struct number_cell *b)
{
	assert(a->status == b->status && a->count == b->count &&
	    a->flags == b->flags);
	for (int i = 0; i < a->count; i++)
		assert(a->number[i].key == b->number[i].key &&
		    strcmp(a->number[i].ext, b->number[i].ext) == 0);
}

/*
 * A memo that has seen the cell with other digits at its end answers as
 * parsing does, or not at all.
 */
static void
check_memo(const struct number_cell *c, struct span s,
    const struct number_rules *rules)
{
	static struct number_memo memo;
	struct number_traits traits;
	struct number_cell known;
	uint16_t other;
	uint64_t key;
	bool one_reading;
	char *p = malloc(s.n + !s.n);
	int changed = 0;

	assert(p);
	memcpy(p, s.p, s.n);
	for (size_t i = s.n; i > 0 && changed < 6; i--) {
		if (p[i - 1] < '0' || p[i - 1] > '9')
			continue;
		p[i - 1] = (char)('0' + (p[i - 1] - '0' + 3 + changed++) % 10);
	}
	number_memo_init(&memo, rules->region);
	number_memo_parse(&memo, &known, span_of(p, s.n), rules, &one_reading);
	memcpy(p, s.p, s.n);
	if (number_memo_parse(&memo, &known, span_of(p, s.n), rules,
		&one_reading)) {
		check_same(&known, c);
		assert(known.number[0].region == c->number[0].region &&
		    known.number[0].type == c->number[0].type);
		assert(
		    !one_reading || number_other_reading(&c->number[0]) == 0);
	}
	s = span_of(p, s.n);
	if (number_memo_run(&memo, &s, 1, 1, &key, &traits, &other) == 0)
		assert(c->status == NUMBER_OK && c->count == 1 &&
		    key == c->number[0].key && traits.notes == c->flags &&
		    traits.region == c->number[0].region &&
		    traits.type == c->number[0].type);
	free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct number_rules rules = { 0 };
	struct number_cell cell, again;
	uint64_t prefix[2];
	char *padded;
	struct span s;

	if (size < 2)
		return 0;
	rules.region = region_code(span_str(regions[data[0] % 16]));
	rules.vanity = data[1] & 1;
	if (data[1] & 2)
		memcpy(rules.area, "010", 4);
	s = span_of((const char *)data + 2, size - 2);

	memset(&cell, 0xff, sizeof(cell));
	number_parse(&cell, s, &rules);
	check_cell(&cell);
	check_memo(&cell, s, &rules);

	/* in a block of its own, so that reading past it is seen */
	padded = malloc(s.n + 2);
	assert(padded);
	padded[0] = padded[s.n + 1] = ' ';
	memcpy(padded + 1, s.p, s.n);
	number_parse(&again, span_of(padded, s.n + 2), &rules);
	if (s.n < 200) /* blanks count towards the longest cell */
		check_same(&cell, &again);
	free(padded);

	assert(number_wildcard(prefix, s, &rules) <= 2);
	return 0;
}
