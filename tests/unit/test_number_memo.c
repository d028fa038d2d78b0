#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
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

/*
 * A cell and others, which have its length, other digits or any other bytes:
 * by its form a slot is found where number_memo_digits() finds the same one.
 */
Test(number_memo, finds_by_the_form_of_another_cell_what_it_finds_without)
{
	static struct number_memo m;
	static const char *const fronts[] = { "+86138", "86138", "138", "+1202",
		"1202", "+44207", "+4915", "15" };
	uint64_t state = 3;
	size_t found = 0, none = 0;

	number_memo_init(&m, region_code(SPAN("CN")));
	for (int k = 0; k < 300000; k++) {
		const struct number_memo_slot *by_form, *by_digits = NULL;
		char cell[32] = { 0 }, other[32] = { 0 };
		size_t n = 9 + draw(&state, 9), changes = draw(&state, 3);
		struct number_memo_form form;
		struct number_memo_digits d;
		struct number_plain plain;
		const char *front = fronts[draw(&state, 8)];

		for (size_t i = 0; i < n; i++)
			cell[i] = other[i] = (char)('0' + draw(&state, 10));
		memcpy(cell, front, strlen(front));
		if (draw(&state, 4) == 0)
			memcpy(other, "+86138" + draw(&state, 4), 3);
		else
			memcpy(other, front, strlen(front));
		for (; changes > 0; changes--)
			other[draw(&state, n)] = (char)draw(&state, 256);
		number_memo_read(&m, span_of(cell, n), &plain);
		number_memo_read(&m, span_of(other, n), &plain);
		if (!number_memo_form(&form, span_of(cell, n))) {
			cr_assert(n < 10 || n > 15 ||
			    !number_memo_digits(&d, span_of(cell, n)));
			cr_assert(form.n == NUMBER_MEMO_NO_FORM &&
			    (number_memo_form_tag(&form, other) & 0xff) ==
				0xff &&
			    !number_memo_form_slot(&m, &form, cell) &&
			    !number_memo_form_slot(&m, &form, other));
			none++;
			continue;
		}
		cr_assert(form.n == n);
		if (!digits8_all(digits8_load(other + n - 8)))
			continue; /* the caller's */
		by_form = number_memo_form_slot(&m, &form, other);
		if ((*other == '+') == (*cell == '+') &&
		    number_memo_digits(&d, span_of(other, n)))
			by_digits = number_memo_slot(&m, &d);
		cr_assert(by_form == by_digits, "%.*s as %.*s", (int)n, other,
		    (int)n, cell);
		found += by_form != NULL;
	}
	cr_expect(found > 4000, "%zu found", found);
	cr_expect(none > 20000, "%zu without a form", none);
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

/* ---- numbers as people write them ---- */

/* What number_memo_parse() says of a cell is all of what number_parse() says. */
static void
expect_alike(const struct number_cell *memo, bool one_reading, struct span s,
    const struct number_rules *rules)
{
	struct number_cell full;
	const struct number *a = &memo->number[0], *b = &full.number[0];

	number_parse(&full, s, rules);
	cr_expect(memo->status == full.status && memo->count == full.count &&
		memo->count == 1,
	    "status of: %.*s", (int)s.n, s.p);
	cr_expect(memo->flags == full.flags, "flags of: %.*s", (int)s.n, s.p);
	cr_expect(a->key == b->key && a->region == b->region &&
		a->type == b->type && strcmp(a->ext, b->ext) == 0,
	    "number of: %.*s", (int)s.n, s.p);
	cr_expect(one_reading == false || number_other_reading(b) == 0,
	    "one reading of: %.*s", (int)s.n, s.p);
}

/*
 * What number_memo_run() says of cells, with traits and without, is all of what
 * number_parse() says; it names those that it says nothing of.  Returns of how
 * many it said something.
 */
static size_t
run_alike(const struct number_memo *m, const struct span *cell, size_t step,
    size_t n, const struct number_rules *rules)
{
	struct number_traits traits[NUMBER_MEMO_RUN];
	uint64_t key[NUMBER_MEMO_RUN], keys[NUMBER_MEMO_RUN];
	uint16_t other[NUMBER_MEMO_RUN], others[NUMBER_MEMO_RUN];
	size_t left = number_memo_run(m, cell, step, n, key, traits, other);
	size_t lefts = number_memo_run(m, cell, step, n, keys, NULL, others);
	size_t next = 0, nexts = 0;

	for (size_t i = 0; i < n; i++, cell += step) {
		bool told = next == left || other[next] != i;
		bool named = nexts == lefts || others[nexts] != i;
		struct number_cell c = { .status = NUMBER_OK, .count = 1 };

		next += !told;
		nexts += !named;
		cr_expect(told == (key[i] != 0) && named == (keys[i] != 0) &&
			(!told || keys[i] == key[i]),
		    "keys of: %.*s", (int)cell->n, cell->p);
		if (named) {
			struct number_cell full;

			number_parse(&full, *cell, rules);
			cr_expect(full.number[0].key == keys[i], "key of: %.*s",
			    (int)cell->n, cell->p);
		}
		if (!told)
			continue;
		c.flags = traits[i].notes;
		c.number[0] = (struct number){ .key = key[i],
			.region = traits[i].region,
			.type = traits[i].type };
		expect_alike(&c, true, *cell, rules);
	}
	cr_expect(next == left && nexts == lefts, "each is named once");
	return n - left;
}

/* Both ways to look at a cell know it, or neither does; what they say is what
 * number_parse() says, and number_memo_spelled() says the same. */
static bool
span_alike(struct number_memo *m, struct span s,
    const struct number_rules *rules)
{
	const bool shapes = m->shapes;
	struct number_cell memo;
	const struct number *n = &memo.number[0];
	struct number_plain plain;
	bool one_reading = false, known = false;

	for (int way = 0; way < 2; way++) {
		bool before = known;

		m->shapes = shapes && way == 1;
		memset(&memo, 0xff, sizeof(memo));
		known = number_memo_parse(m, &memo, s, rules, &one_reading);
		cr_expect(way == 0 || known == before, "known: %.*s", (int)s.n,
		    s.p);
		if (known)
			expect_alike(&memo, one_reading, s, rules);
		cr_expect(number_memo_spelled(m, s, &plain) == known,
		    "spelled: %.*s", (int)s.n, s.p);
		cr_expect(known == false ||
			(plain.key == n->key && plain.region == n->region &&
			    plain.type == n->type &&
			    plain.one_reading == one_reading),
		    "spelled number: %.*s", (int)s.n, s.p);
		run_alike(m, &s, 1, 1, rules);
	}
	m->shapes = shapes;
	return known;
}

static bool
parses_alike(struct number_memo *m, const char *text,
    const struct number_rules *rules)
{
	struct span s = { malloc(strlen(text)), strlen(text) };
	bool known;

	/* of just its size, so that reading past it is seen */
	memcpy((char *)s.p, text, s.n);
	known = span_alike(m, s, rules);
	free((char *)s.p);
	return known;
}

static uint32_t
flags_of(const char *text, const struct number_rules *rules)
{
	struct number_cell full;

	number_parse(&full, span_str(text), rules);
	return full.flags;
}

/*
 * Notes depend on more digits than what a number is does: on the fourth of a
 * Chinese mobile, and on the last eight or nine where they are all the same.
 */
Test(number_memo, notes_what_number_parse_notes)
{
	static const char *const fronts[] = { "134", "1349", "1348", "174",
		"1740", "1741", "162", "165", "167", "170", "171", "172", "138",
		"1380", "13800138", "1381111", "181111", "0755", "021",
		"+86138", "+861380013", "+861340", "+861349", "+8617400",
		"+86755", "+861111", "+120255", "202555", "+4420", "+8816",
		"+87077", "+88213", "+8835", "+7999", "+3906" };
	static struct number_memo m;
	uint64_t state = 6;
	char text[64];
	uint32_t seen = 0;

	for (size_t i = 0; i < sizeof(regions) / sizeof(*regions); i++) {
		struct number_rules rules = { .region = region_code(
						  span_str(regions[i])) };

		number_memo_init(&m, rules.region);
		for (int k = 0; k < 20000; k++) {
			const char *front = fronts[draw(&state,
			    sizeof(fronts) / sizeof(*fronts))];
			int n = snprintf(text, sizeof(text), "%s", front);
			int digits = (*front == '+' ? 11 : 10) +
			    (int)draw(&state, 4);
			char same = (char)('0' + draw(&state, 10));

			while (n < digits)
				text[n++] = draw(&state, 40) ?
				    same :
				    (char)('0' + draw(&state, 10));
			text[n] = '\0';
			seen |= parses_alike(&m, text, &rules) ?
			    flags_of(text, &rules) :
			    0;
		}
		cr_expect(parses_alike(&m, "13800138000", &rules) ||
			rules.region != region_code(SPAN("CN")),
		    "the hotline is plain");
	}
	cr_expect(eq(u32, seen,
	    NUMBER_FOREIGN | NUMBER_MVNO | NUMBER_SATELLITE | NUMBER_DUMMY));
}

static const char *const usual[] = { " ", " ", " ", "-", "-", "-", "(", ")" };

static const char *const unusual[] = { ".", "/", "+", "--", "---", "  ", "...",
	"\t", "~", "*", "x", ",", ";", ":", "[", "#", "E+", "_", "\xc2\xa0",
	"\xe2\x80\x8b", "\xe2\x80\x91", "\xef\xbc\x8d", "\xef\xbc\x8b", "\n" };

#define DRAW_OF(state, list) list[draw(state, sizeof(list) / sizeof(*(list)))]

struct text {
	char p[96];
	size_t n;
};

static void
add(struct text *t, const char *s, size_t n)
{
	if (n >= sizeof(t->p) - t->n)
		return;
	memcpy(t->p + t->n, s, n);
	t->n += n;
	t->p[t->n] = '\0';
}

static void
add_separator(struct text *t, uint64_t *state)
{
	const char *s = draw(state, 12) ? DRAW_OF(state, usual) :
					  DRAW_OF(state, unusual);

	add(t, s, strlen(s));
}

/* Digits with a plus or not, `gaps` of ten places with something in them. */
static void
draw_spelled(struct text *t, uint64_t *state, unsigned gaps)
{
	static const char *const fronts[] = { "86", "861", "00861", "0086", "1",
		"13", "010", "0", "021", "44", "0044", "01144", "49", "0049",
		"151", "1202", "91", "8610", "001", "81", "0081", "52", "54",
		"54911", "39", "390", "33", "0033", "06", "7", "8", "8107" };
	const char *front = draw(state, 4) ? DRAW_OF(state, fronts) : "";
	size_t digits = draw(state, 2) ? 10 + draw(state, 4) :
					 5 + draw(state, 14);

	t->n = 0;
	add(t, "+", draw(state, 3) == 0);
	for (size_t i = 0; i <= digits; i++) {
		char c = (char)('0' + draw(state, 10));

		while (draw(state, 10) < gaps)
			add_separator(t, state);
		add(t, *front ? front : &c, i < digits);
		front += *front != '\0';
	}
}

Test(number_memo, parses_spelled_numbers_as_number_parse_does)
{
	static struct number_memo m;
	uint64_t state = 3;
	struct text t;
	int known = 0;

	for (size_t i = 0; i < sizeof(regions) / sizeof(*regions); i++) {
		struct number_rules rules = { .region = region_code(
						  span_str(regions[i])) };

		number_memo_init(&m, rules.region);
		for (int k = 0; k < 4000; k++) {
			draw_spelled(&t, &state, (unsigned)draw(&state, 5));
			known += parses_alike(&m, t.p, &rules);
		}
	}
	cr_expect(known > 2000, "of 68,000 it knows %d", known);
}

/* A cell and the region that it is read in. */
struct written {
	const char *region, *text;
};

/* These it must know. */
static const struct written everyday[] = {
	{ "CN", "+86 177-4647-5724" },
	{ "CN", "196-2914-8258" },
	{ "CN", "158 7467 2383" },
	{ "CN", "008617696385783" },
	{ "CN", "0086 176 5606 1068" },
	{ "CN", "8618668685019" },
	{ "CN", "027-26078825" },
	{ "CN", "+86 10 6026 2035" },
	{ "CN", "(029) 4574 9854" },
	{ "CN", "(0571) 7094 4162" },
	{ "CN", "(+86) 138 0013 8000" },
	{ "CN", " 17012345678 " },
	{ "CN", "+1 (202) 555-0143" },
	{ "US", "(202) 555-0143" },
	{ "US", "1-202-555-0143" },
	{ "US", "12025550143" },
	{ "US", "011 44 20 7946 0958" },
	{ "GB", "020 7946 0958" },
	{ "GB", "+44 (20) 7946 0958" },
	{ "DE", "0151 12345678" },
	{ "DE", "0049 151 12345678" },
	{ "FR", "06 12 34 56 78" },
	{ "IN", "098765 43210" },
	{ "NO", "+47 406 12 345" },
	{ "NO", "0047 406 12 345" },
	{ "", "+86 138 1234 5678" },
};

/* Where a character may change what the cell is: a date, two numbers... */
static const struct written other[] = {
	{ "CN", "2025-11-18 08:23" },
	{ "CN", "2025-11-18 082310" },
	{ "CN", "2025-11-18-08-23-10" },
	{ "CN", "20251118 082310" },
	{ "CN", "138----5678" },
	{ "CN", "138---12345678" },
	{ "CN", "13812345678-802" },
	{ "CN", "13812345678-13912345678" },
	{ "CN", "1.38E+10" },
	{ "CN", "1.3812345678E+10" },
	{ "CN", "13812345678.0" },
	{ "CN", "138123456.78" },
	{ "CN", "138.1234.5678" },
	{ "CN", "192.168.100.200" },
	{ "CN", "138+12345678" },
	{ "CN", "++86 13812345678" },
	{ "CN", "+(86)13812345678+" },
	{ "CN", "17951 138 1234 5678" },
	{ "CN", "0138 1234 5678" },
	{ "CN", "86 86 138 1234 5678" },
	{ "CN", "(802) 010-62345678" },
	{ "CN", "010-62345678 (802)" },
	{ "CN", "010-6234-5678/79" },
	{ "CN", "138\t1234\t5678" },
	{ "CN", "400-800-8000" },
	{ "CN", "110 119 120 122" },
	{ "CN", "--------" },
	{ "CN", "( ) - ( ) -" },
	{ "US", "202.555.0143" },
	{ "US", "1 (202) 555-0143 x12" },
	{ "CA", "3/10/1984 00:00" },
	{ "DE", "030-123456-0" },
	{ "DE", "20121118082310" },
	{ "DE", "2012 1118 082310" },
	{ "AR", "0 11 15 2345-6789" },
	{ "BR", "0 15 21 98765-4321" },
	{ "MX", "044 55 1234 5678" },
	{ "IT", "06 1234 5678" },
	{ "GG", "01481 960194" },
	{ "JP", "090-1234-5678" },
	{ "KZ", "8 (701) 234-56-78" },
	{ "SM", "0549 886377" },
};

/* A character is struck out, doubled or written over, or one is put in. */
static void
mutate(struct text *t, uint64_t *state)
{
	struct text old = *t;
	size_t at = draw(state, old.n + 1), had = at < old.n;
	char digit = (char)('0' + draw(state, 10));

	t->n = at;
	switch (draw(state, 5)) {
	case 0:
		at += had;
		break;
	case 1:
		add(t, old.p + at, had);
		break;
	case 2:
		add(t, &digit, 1);
		at += had;
		break;
	case 3:
		add_separator(t, state);
		at += had;
		break;
	default:
		add_separator(t, state);
	}
	add(t, old.p + at, old.n - at);
	t->p[t->n] = '\0';
}

static void
expect_mutations_alike(const struct written *w, size_t count, uint64_t state)
{
	static struct number_memo m;

	for (size_t i = 0; i < count; i++) {
		struct number_rules rules = { .region = region_code(
						  span_str(w[i].region)) };

		number_memo_init(&m, rules.region);
		for (int k = 0; k < 1000; k++) {
			struct text t = { .n = 0 };

			add(&t, w[i].text, strlen(w[i].text));
			for (uint64_t c = draw(&state, 4); c > 0; c--)
				mutate(&t, &state);
			parses_alike(&m, t.p, &rules);
		}
	}
}

Test(number_memo, parses_what_people_write_as_number_parse_does)
{
	expect_mutations_alike(everyday, sizeof(everyday) / sizeof(*everyday),
	    4);
	expect_mutations_alike(other, sizeof(other) / sizeof(*other), 5);
}

Test(number_memo, knows_numbers_with_everyday_separators)
{
	static struct number_memo m;

	for (size_t i = 0; i < sizeof(everyday) / sizeof(*everyday); i++) {
		struct number_rules rules = { .region = region_code(span_str(
						  everyday[i].region)) };

		number_memo_init(&m, rules.region);
		cr_expect(parses_alike(&m, everyday[i].text, &rules),
		    "first: %s", everyday[i].text);
		cr_expect(parses_alike(&m, everyday[i].text, &rules),
		    "again: %s", everyday[i].text);
	}
}

/* A shape is made of the cell's own characters: any other is another. */
Test(number_memo, takes_no_other_character_for_one_of_a_shape)
{
	static struct number_memo m;

	for (size_t i = 0; i < sizeof(everyday) / sizeof(*everyday); i++) {
		struct number_rules rules = { .region = region_code(span_str(
						  everyday[i].region)) };
		const char *text = everyday[i].text;
		struct span s = { malloc(strlen(text)), strlen(text) };
		char *p = (char *)s.p;

		number_memo_init(&m, rules.region);
		for (size_t at = 0; at < s.n; at++)
			for (int c = 0; c < 256; c++) {
				memcpy(p, text, s.n);
				cr_expect(span_alike(&m, s, &rules), "cell: %s",
				    text);
				p[at] = (char)c;
				span_alike(&m, s, &rules);
			}
		free(p);
	}
}

/* Of any length, and with the separators anywhere. */
Test(number_memo, parses_cells_of_any_shape_as_number_parse_does)
{
	static const char *const fronts[] = { "+86138", "0086138", "138", "010",
		"0755", "86138", "+1202", "202" };
	static const char between[] = "- ()-. -";
	static struct number_memo m;
	const struct number_rules rules = { .region = region_code(SPAN("CN")) };
	uint64_t state = 7;
	char text[64];
	size_t known = 0;

	number_memo_init(&m, rules.region);
	for (int k = 0; k < 60000; k++) {
		const char *front = DRAW_OF(&state, fronts);
		size_t n = 0, digits = 0, most = 10 + draw(&state, 4);
		unsigned gaps = (unsigned)draw(&state, 8);

		while (digits < most) {
			char c = draw(&state, 10) < gaps && n < 50 ?
			    between[draw(&state, 8)] :
			    *front ? *front++ :
				     (char)('0' + draw(&state, 10));

			text[n++] = c;
			digits += c >= '0' && c <= '9';
		}
		text[n] = '\0';
		known += parses_alike(&m, text, &rules);
	}
	cr_expect(known > 5000, "of 60,000 it knows %zu", known);
}

/* Runs of cells, not all of which are numbers, with others between them. */
Test(number_memo, reads_runs_as_it_reads_their_cells)
{
	static const char *const fronts[] = { "+86138", "138", "+86 177-",
		"010-", "86 ", "8613", "x", "" };
	static char text[3 * NUMBER_MEMO_RUN][24];
	static struct span cell[3 * NUMBER_MEMO_RUN];
	static struct number_memo m;
	const struct number_rules rules = { .region = region_code(SPAN("CN")) };
	uint64_t state = 8;
	size_t told = 0, cells = 0;

	number_memo_init(&m, rules.region);
	for (int k = 0; k < 400; k++) {
		size_t step = 1 + draw(&state, 3);
		size_t n = draw(&state, NUMBER_MEMO_RUN + 1);
		struct number_cell c;
		bool one_reading;

		for (size_t i = 0; i < n * step; i++) {
			uint64_t tail = draw(&state, 50) ?
			    10000000 + draw(&state, 90000000) :
			    11111111 * draw(&state, 9);

			snprintf(text[i], sizeof(text[i]), "%s%08u",
			    DRAW_OF(&state, fronts), (unsigned)tail);
			cell[i] = span_str(text[i]);
		}
		told += run_alike(&m, cell, step, n, &rules);
		cells += n;
		for (size_t i = 0; i < n; i++)
			number_memo_parse(&m, &c, cell[i * step], &rules,
			    &one_reading);
	}
	cr_expect(m.shapes == false || told > cells / 4, "of %zu it knows %zu",
	    cells, told);
}
