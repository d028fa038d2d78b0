#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "text/number_memo.h"

/* A small generator of its own: the same numbers in every run. */
static uint64_t
draw(uint64_t *state, uint64_t below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (*state >> 33) % below;
}

/* What the memo says is what number_parse() says.  Returns whether it said. */
static bool
agrees(struct number_memo *m, const char *text, const struct number_rules *r)
{
	char cell[64] = { 0 };
	struct span s = { cell, strlen(text) };
	struct number_plain plain;
	struct number_cell full;

	memcpy(cell, text, s.n);
	if (!number_memo_read(m, s, &plain))
		return false;
	number_parse(&full, s, r);
	cr_expect(full.status == NUMBER_OK && full.count == 1, "cell: %s",
	    text);
	cr_expect(full.number[0].key == plain.key, "key of: %s", text);
	cr_expect(full.number[0].region == plain.region, "region of: %s", text);
	cr_expect(full.number[0].type == plain.type, "type of: %s", text);
	cr_expect(full.number[0].ext[0] == '\0', "extension of: %s", text);
	cr_expect(number_other_reading(&full.number[0]) == 0 ||
		plain.one_reading == false,
	    "one reading of: %s", text);
	return true;
}

static const char *const regions[] = { "", "CN", "US", "DE", "IT", "GB", "JP",
	"IN", "BR", "MX", "AR", "FR", "SG", "AU", "KZ", "GG", "SM" };

Test(number_memo, says_what_number_parse_says_of_any_digits)
{
	static struct number_memo m;
	uint64_t state = 1;
	char text[64];

	for (size_t i = 0; i < sizeof(regions) / sizeof(*regions); i++) {
		struct number_rules rules = { .region = region_code(
						  span_str(regions[i])) };

		number_memo_init(&m, rules.region);
		for (int k = 0; k < 60000; k++) {
			int digits = 8 + (int)draw(&state, 9), n = 0;

			if (draw(&state, 2))
				text[n++] = '+';
			/* beginnings come again and again, so that slots are
			 * asked for other numbers than they were filled with */
			n += snprintf(text + n, sizeof(text) - (size_t)n,
			    "%03u", (unsigned)draw(&state, 1000));
			while (n < digits)
				text[n++] = (char)('0' + draw(&state, 10));
			text[n] = '\0';
			agrees(&m, text, &rules);
		}
	}
}

Test(number_memo, says_what_number_parse_says_of_numbers_with_few_beginnings)
{
	static const char *const fronts[] = { "+8613", "13", "+86174", "174",
		"+1202", "1202", "202", "+8686", "+491511", "491511", "+39066",
		"+44207", "+8101", "010", "+861080", "+8610", "+12025550",
		"+65656", "+5215" };
	static struct number_memo m;
	uint64_t state = 2;
	char text[64];

	for (size_t i = 0; i < sizeof(regions) / sizeof(*regions); i++) {
		struct number_rules rules = { .region = region_code(
						  span_str(regions[i])) };

		number_memo_init(&m, rules.region);
		for (int k = 0; k < 60000; k++) {
			const char *front = fronts[draw(&state,
			    sizeof(fronts) / sizeof(*fronts))];
			int digits = 10 + (int)draw(&state, 5);
			int n = snprintf(text, sizeof(text), "%s", front);

			while (n < digits)
				text[n++] = (char)('0' + draw(&state, 10));
			text[n] = '\0';
			agrees(&m, text, &rules);
		}
	}
}

Test(number_memo, knows_the_numbers_that_most_lists_are_made_of)
{
	static const char *const known[] = { "13812345678", "+8613812345678",
		"+12025550143", "2025550143", "+442079460958",
		"+8616512345678" };
	static struct number_memo m;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct number_rules rules = { .region = known[i][0] == '2' ?
			    region_code(span_str("US")) :
			    region_code(span_str("CN")) };

		number_memo_init(&m, rules.region);
		cr_expect(agrees(&m, known[i], &rules), "first: %s", known[i]);
		cr_expect(agrees(&m, known[i], &rules), "again: %s", known[i]);
	}
}

Test(number_memo, leaves_everything_else_to_number_parse)
{
	static const char *const cells[] = { "", "+", "110", "138 1234 5678",
		"138-1234-5678", "20251118082310", "01062345678,8",
		"1381234567a", "+8613812345678 ", "1.3812345E10",
		"138123456781381234567", "86138123456789012" };
	static struct number_memo m;
	struct number_rules rules = { .region = region_code(span_str("CN")) };

	number_memo_init(&m, rules.region);
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++)
		cr_expect(agrees(&m, cells[i], &rules) == false, "cell: %s",
		    cells[i]);
}

/* A tag is made of the cell's own characters: none but digits may pass. */
Test(number_memo, takes_no_other_character_for_a_digit)
{
	static const char *const known[] = { "13812345678", "+8613812345678",
		"021800712345", "+8602180071234", "442079460958123" };
	static struct number_memo m;
	struct number_rules rules = { .region = region_code(span_str("CN")) };
	char text[64];

	number_memo_init(&m, rules.region);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
			for (size_t at = 0; at < strlen(known[i]); at++)
				for (int c = 1; c < 256; c++) {
					bool digit = c >= '0' && c <= '9';

					agrees(&m, known[i], &rules);
					snprintf(text, sizeof(text), "%s",
					    known[i]);
					text[at] = (char)c;
					if (agrees(&m, text, &rules))
						cr_expect(digit ||
							(at == 0 && c == '+'),
						    "%02x at %zu of %s",
						    (unsigned)c, at, known[i]);
				}
}
