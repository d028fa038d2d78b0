/*
 * bench_number - nanoseconds a number, by country and way of writing.
 *
 *	bench_number         measure numplan_parse(), best of 25 rounds
 *	bench_number list    print "country<TAB>style<TAB>region<TAB>text" of
 *	                     some of the numbers, for bench_oracle.mjs
 *
 * The numbers are drawn evenly from all that are valid, fixed or mobile.
 * "mix" takes the nine countries in turn, each read for its own region.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text/numplan.h"
#include "text/numplan_tables.h"

enum { NUMBERS = 9000, LISTED = 300, ROUNDS = 25, TEXT_MAX = 40 };
enum style { PLAIN, PUNCTUATED, E164, STYLES };

static const char *const style_names[] = { "plain", "punctuated", "e164" };
static const char *const countries[] = { "CN", "US", "GB", "DE", "ES", "IT",
	"AR", "MX", "BR" };
enum { COUNTRIES = sizeof(countries) / sizeof(*countries) };

struct item {
	char text[TEXT_MAX];
	uint16_t region;
	uint8_t n;
};

static uint64_t seed = 1;

static unsigned
draw(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static bool
is_drawn(unsigned leaf)
{
	unsigned type = leaf & 15;

	return type >= NUMBER_MOBILE && type <= NUMBER_FIXED_LINE_OR_MOBILE;
}

/* How many numbers with `left` more digits there are below a cell. */
static double
count(unsigned cell, unsigned left)
{
	double n = 0;

	if (cell & NUMPLAN_LEAF) {
		for (n = is_drawn(cell); left > 0; left--)
			n *= 10;
		return n;
	}
	for (unsigned d = 0; d < 10; d++)
		n += count(numplan_pool[cell][d], left - 1);
	return n;
}

/* The length of a number drawn evenly from all of a calling code. */
static unsigned
draw_length(const struct numplan_code *code)
{
	static const struct numplan_code *of;
	static double counts[NUMPLAN_LENS], total;
	double at;
	unsigned i = 0;

	if (of != code) {
		of = code;
		total = 0;
		for (i = 0; i < NUMPLAN_LENS; i++)
			total += counts[i] = count(code->valid[i],
			    i + NUMPLAN_LEN_MIN);
	}
	at = total * draw(1000000) / 1000000;
	for (i = 0; i < NUMPLAN_LENS - 1 && at >= counts[i]; i++)
		at -= counts[i];
	return i + NUMPLAN_LEN_MIN;
}

static uint64_t
draw_number(const struct numplan_code *code)
{
	unsigned n = draw_length(code);

	for (;;) {
		unsigned cell = code->valid[n - NUMPLAN_LEN_MIN];
		uint64_t key = code->value;

		for (unsigned i = 0; i < n; i++) {
			unsigned d = draw(10);

			if (!(cell & NUMPLAN_LEAF))
				cell = numplan_pool[cell][d];
			key = key * 10 + d;
		}
		if (is_drawn(cell))
			return key;
	}
}

static const struct numplan_code *
code_of(uint16_t region)
{
	unsigned value = region_calling_code(region);
	const struct numplan_code *code = numplan_codes;

	while (code->value != value)
		code++;
	return code;
}

/* "(010) 6234-5678": groups of three or four. */
static void
punctuate(char *out, const char *digits)
{
	static const char *const marks[] = { " ", "-", " ", ".", ") " };
	size_t n = strlen(digits), at = 0;
	unsigned group = 3;

	if (draw(3) == 0)
		out[at++] = '(';
	for (size_t i = 0; i < n; i++) {
		if (group-- == 0) {
			const char *mark = marks[draw(5)];

			while (*mark)
				out[at++] = *mark++;
			group = 2 + draw(2);
		}
		out[at++] = digits[i];
	}
	out[at] = '\0';
}

static void
make(struct item *item, uint16_t region, uint64_t key, enum style style)
{
	char national[NUMPLAN_NATIONAL_MAX];

	numplan_national(national, sizeof(national), key, 0);
	item->region = region;
	if (style == PLAIN)
		snprintf(item->text, TEXT_MAX, "%s", national);
	else if (style == E164)
		snprintf(item->text, TEXT_MAX, "+%llu",
		    (unsigned long long)key);
	else
		punctuate(item->text, national);
	item->n = (uint8_t)strlen(item->text);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double
measure(const struct item *items, unsigned *valid)
{
	double best = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double start = now(), took;
		struct numplan_result r;

		*valid = 0;
		for (unsigned i = 0; i < NUMBERS; i++)
			*valid += numplan_parse(&r,
			    span_of(items[i].text, items[i].n), items[i].region,
			    false);
		took = (now() - start) / NUMBERS;
		if (round == 0 || took < best)
			best = took;
	}
	return best;
}

static void
list(const struct item *items, const char *country, enum style style)
{
	char region[4];

	for (unsigned i = 0; i < LISTED; i++) {
		region_name(region, items[i].region);
		printf("%s\t%s\t%s\t%s\n", country, style_names[style], region,
		    items[i].text);
	}
}

/* One country's numbers, or those of all in turn. */
static void
make_all(struct item *items, unsigned country, enum style style)
{
	static uint64_t keys[COUNTRIES][NUMBERS];
	uint16_t regions[COUNTRIES];

	for (unsigned c = 0; c < COUNTRIES; c++) {
		regions[c] = region_code(span_str(countries[c]));
		for (unsigned i = 0; i < NUMBERS && !keys[c][NUMBERS - 1]; i++)
			keys[c][i] = draw_number(code_of(regions[c]));
	}
	for (unsigned i = 0; i < NUMBERS; i++) {
		unsigned c = country < COUNTRIES ? country : i % COUNTRIES;

		make(&items[i], regions[c], keys[c][i], style);
	}
}

int
main(int argc, char **argv)
{
	static struct item items[NUMBERS];
	bool listing = argc > 1 && strcmp(argv[1], "list") == 0;

	for (unsigned c = 0; c <= COUNTRIES; c++) {
		const char *name = c < COUNTRIES ? countries[c] : "mix";

		for (int style = 0; style < STYLES; style++) {
			unsigned valid;
			double ns;

			make_all(items, c, (enum style)style);
			if (listing) {
				list(items, name, (enum style)style);
				continue;
			}
			ns = measure(items, &valid);
			printf("%s\t%s\t%.1f ns\t%.1f%% valid\n", name,
			    style_names[style], ns, 100.0 * valid / NUMBERS);
		}
	}
	return fflush(stdout) != 0;
}
