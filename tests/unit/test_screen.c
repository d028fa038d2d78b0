#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/screen.h"
#include "test_verdict.h"

/*
 * Rows are screened as a usual list, and as lists with more columns that hold
 * nothing; what is found must be what number_parse() and judge_number() say of
 * each cell by itself.
 */

enum { ROWS = 700, NUMBERS = 60, FACTS = 300, ROUNDS = 60, TEXT_MAX = 48 };

/* A list's columns. */
struct shape {
	const char *header, *tail; /* behind the phone cell */
	bool usual;
	const char *phone[2];
	size_t phones;
	const char *region, *person, *granted, *expires;
};

static const struct shape shapes[] = {
	{ .header = "id,phone",
	    .tail = "",
	    .usual = true,
	    .phone = { "phone" },
	    .phones = 1 },
	{ .header = "id,phone,name",
	    .tail = ",\"a, b\"",
	    .usual = true,
	    .phone = { "phone" },
	    .phones = 1 },
	{ .header = "id,phone,who",
	    .tail = ",",
	    .phone = { "phone" },
	    .phones = 1,
	    .person = "who" },
	{ .header = "id,phone,in",
	    .tail = ",",
	    .phone = { "phone" },
	    .phones = 1,
	    .region = "in" },
	{ .header = "id,phone,other",
	    .tail = ",",
	    .phone = { "phone", "other" },
	    .phones = 2 },
	{ .header = "id,phone,from,to",
	    .tail = ",,",
	    .phone = { "phone" },
	    .phones = 1,
	    .granted = "from",
	    .expires = "to" },
};

enum { SHAPES = sizeof(shapes) / sizeof(*shapes) };

struct world {
	struct scrub_options o;
	struct lists lists;
	char number[NUMBERS][TEXT_MAX]; /* what facts are about, mostly */
	char cell[ROWS][TEXT_MAX];
	bool malformed[ROWS];
	bool blank[ROWS]; /* a line with nothing in it comes before */
	bool blanks;      /* there are such lines */
	bool prefixes;    /* there are facts about beginnings of numbers */
	char path[32];
};

static struct err err;

/* ---- what there is ---- */

static void
draw_number(char out[TEXT_MAX], uint64_t *state)
{
	static const char *const fronts[] = { "138", "+86138", "+86 170-",
		"177", "8613", "+861010", "+1202555", "+4915", "49151",
		"+49491", "4949", "0086138" };
	const char *front = fronts[draw(state, 12)];

	snprintf(out, TEXT_MAX, "%s%08u", front, draw(state, 100000000));
}

static void
draw_cell(struct world *w, size_t row, uint64_t *state)
{
	static const char *const odd[] = { "", "   ", "110", "1.38E+10", "none",
		"138****5678", "13800138000", "95588", "20251118082310" };
	char *out = w->cell[row];

	switch (draw(state, 12)) {
	case 0:
		snprintf(out, TEXT_MAX, "%s", odd[draw(state, 9)]);
		break;
	case 1:
		snprintf(out, TEXT_MAX, "%s;%s", w->number[draw(state, 20)],
		    w->number[20 + draw(state, 20)]);
		break;
	case 2:
		draw_number(out, state);
		break;
	default:
		memcpy(out, w->number[draw(state, NUMBERS)], TEXT_MAX);
		break;
	}
	w->malformed[row] = draw(state, 40) == 0;
	w->blank[row] = w->blanks && draw(state, 100) == 0;
}

/* Facts about all the readings of the numbers. */
static void
facts_draw(struct world *w, uint64_t *state)
{
	struct facts_appender *a;
	size_t n = draw(state, 4) ? draw(state, FACTS) : 0;

	cr_assert(facts_new(&w->lists.facts, policy_calls_needed(&w->o.policy),
		      &err) == 0);
	cr_assert(facts_appender_new(&a, w->lists.facts, &err) == 0);
	while (n-- > 0) {
		struct fact f = draw_fact(state);
		struct number_cell c;
		uint64_t key, other;

		number_parse(&c, span_str(w->number[draw(state, NUMBERS)]),
		    &w->o.rules);
		if (c.count == 0 || f.kind == FACT_GRANTED)
			continue;
		key = c.number[0].key;
		if (draw(state, 4) == 0 &&
		    (other = number_other_reading(&c.number[0])))
			key = other;
		if (f.kind == FACT_CONSENT && draw(state, 2)) {
			f.n = 0;
			cr_assert(facts_add_consent(a, key, &f,
				      draw_time(state), &err) == 0);
		} else {
			cr_assert(facts_add(a, key, &f, &err) == 0);
		}
	}
	if (w->prefixes) {
		struct fact f = draw_fact(state);

		f.kind = FACT_DNC;
		cr_assert(facts_add_prefix(a, 86138, &f, &err) == 0);
	}
	cr_assert(facts_build(w->lists.facts, &err) == 0);
}

static void
world_draw(struct world *w, struct zone *zone, uint64_t *state)
{
	static const char *const regions[] = { "CN", "CN", "DE", "" };
	size_t i;
	int fd;

	*w = (struct world){ .path = "/tmp/test_screen.XXXXXX" };
	fd = mkstemp(w->path);
	cr_assert(fd >= 0);
	close(fd);
	w->o.rules.region = region_code(span_str(regions[draw(state, 4)]));
	w->o.policy = draw_policy(state, zone);
	w->prefixes = draw(state, 4) == 0;
	w->blanks = draw(state, 2);
	for (i = 0; i < NUMBERS; i++)
		draw_number(w->number[i], state);
	for (i = 0; i < ROWS; i++)
		draw_cell(w, i, state);
	facts_draw(w, state);
}

static void
world_release(struct world *w)
{
	facts_free(w->lists.facts);
	unlink(w->path);
}

static void
list_write(const struct world *w, const struct shape *shape)
{
	FILE *f = fopen(w->path, "w");

	cr_assert(f != NULL);
	fprintf(f, "%s\n", shape->header);
	for (size_t i = 0; i < ROWS; i++)
		fprintf(f, "%s%zu,%s%s%s\n", w->blank[i] ? " \n" : "", i,
		    w->cell[i], shape->tail,
		    w->malformed[i] ? ",too,many" : "");
	cr_assert(fclose(f) == 0);
}

/* ---- what is to be found ---- */

/* What the rows of a block add up to. */
struct sums {
	uint64_t plain; /* rows that plain[] tells of */
	uint64_t numbers, unreadable, flag[SUMMARY_FLAGS];
};

static void
same_expect(const struct screened *b, const struct judged *j,
    const struct verdict *v, size_t row)
{
	cr_assert(j->fired == v->fired && j->priority == v->priority,
	    "row %zu: fired %x, not %x; priority %u, not %u", row, j->fired,
	    v->fired, j->priority, v->priority);
	cr_assert(eq(int, j->detail == SCREEN_NONE, v->fired == 0));
	if (v->fired)
		cr_assert(j->detail < b->detail_n &&
			verdict_same(&b->detail[j->detail], v),
		    "row %zu", row);
}

static void
number_expect(const struct screened *b, const struct judged *j,
    const struct number *n, struct judge *judge, size_t row)
{
	struct verdict v = { 0 };

	cr_assert(judge_number(judge, n, NULL, 0, false, span_of("", 0), NULL,
		      &v, &err) == 0);
	same_expect(b, j, &v, row);
	cr_assert(j->key == n->key && j->region == n->region &&
		j->type == n->type && j->phone == 0 && j->cell == SCREEN_NONE,
	    "row %zu", row);
}

static void
unreadable_expect(const struct screened *b, const struct judged *j,
    const struct number_cell *c, const struct world *w, struct judge *judge,
    size_t row)
{
	const struct screen_cell *cell = &b->cell[j->cell];
	struct verdict v = { 0 };

	cr_assert(judge_unreadable(judge, c, span_of("", 0), &v, &err) == 0);
	same_expect(b, j, &v, row);
	cr_assert(j->key == 0 && j->phone == 0 && j->cell < b->cell_n,
	    "row %zu", row);
	cr_assert(cell->parsed.status == c->status &&
		cell->parsed.count == c->count &&
		cell->parsed.flags == c->flags,
	    "row %zu", row);
	cr_assert(span_eq(cell->text, span_trim(span_str(w->cell[row]))),
	    "row %zu", row);
	cr_assert(
	    eq(int, cell->note != NULL, w->o.rules.region == REGION_NONE));
}

/* A row that is kept as it stands, and the number it is kept for. */
static uint64_t
plain_key(const struct number_cell *c, struct judge *judge)
{
	struct verdict v = { 0 };

	if (!number_readable(c) || c->count != 1)
		return 0;
	cr_assert(judge_number(judge, &c->number[0], NULL, 0, false,
		      span_of("", 0), NULL, &v, &err) == 0);
	return v.fired || v.priority ? 0 : c->number[0].key;
}

/* Does plain[] tell of the row, as it should? */
static bool
plain_expect(const struct screened *b, size_t at, const struct numset *kept,
    uint64_t key, size_t row)
{
	cr_assert(b->plain[at] == (key && kept ? numset_mixed(kept, key) : 0),
	    "row %zu", row);
	return b->plain[at] != 0;
}

static void
row_expect(const struct screened *b, size_t at, const struct world *w,
    struct judge *judge, const struct numset *kept, size_t row,
    struct sums *sums)
{
	const struct screen_row *r = &b->row[at];
	struct number_cell c;
	uint32_t flags;

	if (w->malformed[row]) {
		cr_assert(r->n == 0 && b->plain[at] == 0, "row %zu", row);
		return;
	}
	number_parse(&c, span_str(w->cell[row]), &w->o.rules);
	cr_assert(plain_expect(b, at, kept, plain_key(&c, judge), row) ||
		r->n == (number_readable(&c) ? c.count : 1),
	    "row %zu: %u", row, r->n);
	if (b->plain[at])
		sums->plain++;
	else if (number_readable(&c))
		for (size_t i = 0; i < c.count; i++)
			number_expect(b, &b->judged[r->first + i], &c.number[i],
			    judge, row);
	else
		unreadable_expect(b, &b->judged[r->first], &c, w, judge, row);
	if (c.status == NUMBER_EMPTY)
		return;
	sums->numbers++;
	sums->unreadable += !number_readable(&c) && c.status != NUMBER_SERVICE;
	for (flags = c.flags; flags; flags &= flags - 1)
		sums->flag[__builtin_ctz(flags)]++;
}

/* Rows lie side by side where no blank line is between them: those that are kept
 * are written as one. */
static void
rows_expect(const struct csv_rows *rows)
{
	for (size_t i = 1; i < rows->n && rows->blank == 0; i++) {
		const struct csv_row *row = &rows->row[i - 1];

		cr_assert(row->raw.p + row->raw.n + row->eol == row[1].raw.p);
	}
}

/* Returns of how many rows plain[] tells. */
static uint64_t
block_expect(const struct screened *b, const struct world *w,
    struct judge *judge, const struct numset *kept, size_t first)
{
	struct sums sums = { 0 };

	rows_expect(&b->rows);
	for (size_t i = 0; i < b->rows.n; i++)
		row_expect(b, i, w, judge, kept, first + i, &sums);
	cr_assert(eq(u64, b->numbers, sums.numbers));
	cr_assert(eq(u64, b->unreadable, sums.unreadable));
	cr_assert(memcmp(b->flag, sums.flag, sizeof(sums.flag)) == 0);
	return sums.plain;
}

/* Returns of how many rows plain[] tells; with `kept`, it is asked to. */
static uint64_t
list_expect(struct world *w, const struct shape *shape, size_t block,
    const struct numset *kept)
{
	uint64_t plain = 0;
	struct campaign_columns columns;
	struct screened b = { 0 };
	struct csv_reader *r;
	struct judge judge;
	struct screen s;
	size_t rows = 0;
	int got;

	w->o.csv.block = block;
	w->o.column = shape->phone;
	w->o.columns = shape->phones;
	w->o.region_column = shape->region;
	w->o.person_column = shape->person;
	w->o.granted_column = shape->granted;
	w->o.expires_column = shape->expires;
	list_write(w, shape);
	cr_assert(csv_reader_open(&r, w->path, &w->o.csv, &err) == 0);
	cr_assert(campaign_columns(&columns, r, &w->o, &err) == 0, "%s",
	    err.text);
	cr_assert(screen_init(&s, &w->o, &w->lists, &columns, r, &err) == 0);
	cr_assert(eq(int, s.lone_number &&s.lone_cell &&s.by_facts,
	    shape->usual && !w->prefixes));
	if (kept)
		screen_plain(&s, kept, true);
	judge_init(&judge, &w->o.policy, &w->lists);
	while ((got = csv_reader_next(r, &b.block, &err)) > 0) {
		cr_assert(screen_block(&s, &b, &err) == 0);
		plain += block_expect(&b, w, &judge, kept, rows);
		rows += b.rows.n;
	}
	cr_assert(got == 0 && rows == ROWS);
	judge_release(&judge);
	screened_release(&b);
	screen_release(&s);
	csv_reader_close(r);
	return plain;
}

Test(screen, rows_of_any_list_are_judged_as_their_cells_by_themselves)
{
	static struct world w;
	struct numset kept = { 0 };
	struct zone *zone;
	uint64_t state = 3, plain[SHAPES] = { 0 };

	cr_assert(zone_open(&zone, "UTC", &err) == 0);
	cr_assert(numset_reserve(&kept, 0, &err) == 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		world_draw(&w, zone, &state);
		for (size_t i = 0; i < SHAPES; i++)
			plain[i] += list_expect(&w, &shapes[i],
			    draw(&state, 2) ? 0 : 1 + draw(&state, 5000),
			    draw(&state, 3) ? &kept : NULL);
		world_release(&w);
	}
	for (size_t i = 0; i < SHAPES; i++)
		cr_expect(plain[i] > 100,
		    "plain[] told of %ju rows of shape "
		    "%zu",
		    (uintmax_t)plain[i], i);
	numset_release(&kept);
	zone_close(zone);
}
