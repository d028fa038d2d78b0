/*
 * genlists - a made-up campaign list and the lists to screen it by.
 *
 *	genlists [--OPTION VALUE]... FOLDER
 *
 * Development only.  It writes campaign.csv, dnc.csv, consent.csv, calls.csv
 * and truth.txt (what a right answer must count to) into FOLDER; a list with
 * no lines is not written.  Options and what they begin with: `genlists`
 * without arguments.  Same options, same bytes.
 *
 * Nothing is remembered: every line is computed from its place.  What ties
 * the files together are shuffles, one-to-one maps of 0..n-1 onto itself.
 * They say which row is about whom, which number somebody has, and who the
 * first, second, ... person on the do-not-call list is.  So shares are exact
 * and a file of any size costs no memory.
 *
 * People are 0..persons-1, who stand in the campaign; those behind them are
 * strangers, who stand only in lists.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chance.h"
#include "out.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* 2026-03-01T00:00:00Z, when the calls are planned. */
#define AS_OF INT64_C(1772323200)

enum { CALL_DAYS = 30 };

/* --- Chance --- */

static double seed = 1;

/* One purpose of chance each, so that none repeats another. */
enum purpose {
	FOR_ROWS = 1,
	FOR_NUMBERS,
	FOR_ON_DNC,
	FOR_WITH_CONSENT,
	FOR_CALLED,
	FOR_DNC_ORDER,
	FOR_CONSENT_ORDER,
	FOR_CALL_ORDER, /* and the two behind it */
	FOR_TEXT = FOR_CALL_ORDER + 3,
	FOR_WHERE,
	FOR_REST,
	FOR_PHONE,
	FOR_REPEATS,
	FOR_DATES,
};

static uint64_t
key_of(enum purpose purpose)
{
	return (uint64_t)seed * 64 + purpose;
}

/* 64 random bits about line `at`. */
static uint64_t
luck(enum purpose purpose, uint64_t at)
{
	return chance_at(key_of(purpose), at);
}

static struct shuffle
shuffle_for(uint64_t n, enum purpose purpose)
{
	return shuffle_of(n, key_of(purpose));
}

/* --- What is asked for --- */

static double rows = 100e3, dnc_lines = 100e3, consent_lines = 80e3,
	      call_lines = 200e3;
static double invalid = 2, duplicate = 5, landline = 3, quoted = 8, on_dnc = 5,
	      repeated = 0.5, with_consent = 85, expired = 8, capped = 4,
	      called = 30;
static double quote_all, narrow, plain, asked;

static const struct option {
	const char *name;
	double *value, max;
	const char *help;
} options[] = {
	{ "seed", &seed, 1e9, "another seed gives other lists" },
	{ "rows", &rows, 4e8, "rows of the campaign" },
	{ "dnc", &dnc_lines, 1e9, "lines of the do-not-call list" },
	{ "consents", &consent_lines, 1e9, "lines of the consent list" },
	{ "calls", &call_lines, 1e9, "lines of the call log" },
	{ "invalid", &invalid, 100, "% of rows without a number" },
	{ "duplicate", &duplicate, 90, "% of rows that repeat a person" },
	{ "landline", &landline, 15, "% of numbers" },
	{ "quoted", &quoted, 100, "% of rows that need quotes" },
	{ "on-dnc", &on_dnc, 100, "% of persons" },
	{ "repeated", &repeated, 90, "% of do-not-call lines given twice" },
	{ "with-consent", &with_consent, 100, "% of persons" },
	{ "expired", &expired, 100, "% of consents" },
	{ "capped", &capped, 100, "% of persons called too often" },
	{ "called", &called, 100, "% of persons called, not too often" },
	{ "quote-all", &quote_all, 1, "1: every cell is quoted" },
	{ "narrow", &narrow, 1, "1: the campaign has only id and phone" },
	{ "plain", &plain, 1,
	    "1: also numbers.txt and dnc.txt, a +number a line" },
	{ "asked", &asked, 1e6,
	    "also asked.txt: so many persons, every other one on dnc" },
};

static const struct size {
	const char *name;
	double rows, dnc, consents, calls;
} sizes[] = {
	{ "S", 100e3, 100e3, 80e3, 200e3 },
	{ "M", 1e6, 5e6, 1e6, 2e6 },
	{ "L", 10e6, 20e6, 9e6, 20e6 },
};

static uint64_t
percent(double share, uint64_t of)
{
	return (uint64_t)(share * (double)of / 100);
}

/* --- Numbers --- */

/*
 * The three digits that mobile numbers of China begin with, and area codes
 * with subscriber numbers of eight digits.
 */
static const short mobile_prefixes[] = { 130, 131, 132, 133, 134, 135, 136, 137,
	138, 139, 145, 147, 150, 151, 152, 153, 155, 156, 157, 158, 159, 162,
	165, 166, 167, 170, 171, 172, 173, 175, 176, 177, 178, 180, 181, 182,
	183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 195, 196, 197,
	198, 199 };
static const short areas[] = { 10, 20, 21, 22, 23, 24, 25, 27, 28, 29, 311, 371,
	411, 431, 451, 512, 531, 532, 551, 571, 574, 591, 731, 755, 757, 769,
	791, 871 };
enum { MOBILES_EACH = 100000000, LANDLINES_EACH = 60000000 };

struct number {
	char digits[16]; /* national, without the 0 of area codes */
	unsigned n;
	unsigned area; /* digits of its area code; 0: a mobile number */
};

static struct shuffle numbers;
static uint64_t mobiles;

static void
numbers_init(void)
{
	uint64_t landlines;

	mobiles = COUNT(mobile_prefixes) * (uint64_t)MOBILES_EACH;
	landlines = (uint64_t)((double)mobiles * landline / (100 - landline));
	if (landlines > COUNT(areas) * (uint64_t)LANDLINES_EACH)
		landlines = COUNT(areas) * (uint64_t)LANDLINES_EACH;
	numbers = shuffle_for(mobiles + landlines, FOR_NUMBERS);
}

/* The number of a person or stranger; two never share one. */
static struct number
number_of(uint64_t who)
{
	uint64_t at = shuffled(&numbers, who), v;
	struct number r = { .n = 11 };

	if (at < mobiles) {
		v = at % MOBILES_EACH +
		    (uint64_t)mobile_prefixes[at / MOBILES_EACH] * MOBILES_EACH;
	} else {
		short area = areas[(at - mobiles) % COUNT(areas)];

		r.area = area < 100 ? 2 : 3;
		r.n = r.area + 8;
		v = 20000000 + (at - mobiles) / COUNT(areas);
		v += (uint64_t)area * 100000000;
	}
	for (unsigned i = r.n; i-- > 0; v /= 10)
		r.digits[i] = (char)('0' + v % 10);
	return r;
}

static void
put_e164(struct out *o, uint64_t who)
{
	struct number number = number_of(who);

	text(o, "+86");
	memcpy(o->buf + o->n, number.digits, number.n);
	o->n += number.n;
}

/* Spellings: # is the next digit, @ the area code.  Weights in thousandths. */
struct spelling {
	unsigned weight;
	const char *pattern;
};

static const struct spelling mobile_spellings[] = {
	{ 700, "###########" },
	{ 90, "+86###########" },
	{ 60, "+86 ### #### ####" },
	{ 20, "+86-###-####-####" },
	{ 35, "###-####-####" },
	{ 35, "### #### ####" },
	{ 25, "86###########" },
	{ 20, "0086###########" },
	{ 15, "0086 ###-####-####" },
};
static const struct spelling landline_spellings[] = {
	{ 400, "0@-########" },
	{ 200, "0@########" },
	{ 150, "(0@)########" },
	{ 100, "0@ #### ####" },
	{ 80, "+86 @ #### ####" },
	{ 70, "0086-@-########" },
};
/* Here # is any digit. */
static const struct spelling invalid_spellings[] = {
	{ 250, "" },
	{ 150, "N/A" },
	{ 100, "unknown" },
	{ 100, "\xe6\x97\xa0" },
	{ 150, "138######" },
	{ 100, "1##" },
	{ 50, "139####****" },
	{ 50, "1.39E+10" },
	{ 50, "000000000000" },
};

static const char *
spelling_drawn(const struct spelling *s, uint64_t *bits)
{
	uint64_t at = draw(bits, 1000);

	while (at >= s->weight)
		at -= s++->weight;
	return s->pattern;
}

static void
put_number(struct out *o, uint64_t who, uint64_t bits)
{
	struct number number = number_of(who);
	const char *digit = number.digits;
	const char *p = spelling_drawn(number.area ? landline_spellings :
						     mobile_spellings,
	    &bits);

	for (; *p; p++) {
		if (*p == '#') {
			put(o, *digit++);
		} else if (*p == '@') {
			for (unsigned i = 0; i < number.area; i++)
				put(o, *digit++);
		} else {
			put(o, *p);
		}
	}
}

static void
put_invalid(struct out *o, uint64_t bits)
{
	for (const char *p = spelling_drawn(invalid_spellings, &bits); *p; p++)
		put(o, *p == '#' ? (char)('0' + draw(&bits, 10)) : *p);
}

/* --- The campaign --- */

static const char *const families[] = { "陈", "李", "王", "张", "林", "黄",
	"吴", "刘", "蔡", "杨", "许", "郑", "谢", "洪", "曾", "邱", "周", "叶",
	"廖", "徐", "欧阳", "司马", "Li", "Zhang" };
static const char *const given[] = { "伟", "静", "强", "敏", "磊", "洋", "艳",
	"勇", "娟", "涛", "明", "秀英", "桂兰", "志强", "建军", "晓燕", "海波",
	"雪梅", "子涵", "浩然", "一诺", "欣怡", "宇轩", "梓萱" };
static const char *const towns[] = { "上海", "北京", "深圳", "广州", "成都",
	"杭州", "重庆", "武汉", "苏州", "西安", "南京", "长沙", "天津", "郑州",
	"东莞", "青岛", "昆明", "宁波", "合肥", "佛山", "Xiamen", "Dalian" };
static const char *const roads[] = { "人民路", "解放路", "中山北路", "建设大道",
	"文化路", "新华街", "和平路", "长安西街", "滨江大道", "科技南路" };
static const char *const english_roads[] = { "Renmin Road", "Jiefang Avenue",
	"Zhongshan Road North", "Xinhua Street", "Binjiang Avenue" };
static const char *const segments[] = { "gold", "silver", "bronze", "trial",
	"churned", "b2b" };
static const char *const notes[] = { "", "", "", "", "", "", "ok", "晚上联系",
	"call back in May", "email only?", "已成交", "from the fair", "老会员",
	"no answer", "asked for prices", "generic lead; see CRM" };

#define PICK(table, bits) ((table)[draw((bits), COUNT(table))])

/* What a row is quoted for. */
enum odd {
	ODD_NOT,
	ODD_ADDRESS, /* commas in the address */
	ODD_NOTE,    /* quotes in the note */
	ODD_NAME,
	ODD_LINES, /* a note of two lines */
};

static enum odd
odd_drawn(uint64_t *bits)
{
	uint64_t kind;

	if ((double)draw(bits, 100000) >= quoted * 1000)
		return ODD_NOT;
	kind = draw(bits, 100);
	if (kind < 75)
		return ODD_ADDRESS;
	if (kind < 92)
		return ODD_NOTE;
	return kind < 98 ? ODD_NAME : ODD_LINES;
}

/* A cell's quote, at both of its ends. */
static void
quote(struct out *o, bool needed)
{
	if (needed || quote_all > 0)
		put(o, '"');
}

/* Between two cells that need no quotes. */
static void
next(struct out *o)
{
	text(o, quote_all > 0 ? "\",\"" : ",");
}

static void
put_name(struct out *o, uint64_t *bits, enum odd odd)
{
	quote(o, odd == ODD_NAME);
	text(o, PICK(families, bits));
	text(o, odd == ODD_NAME ? ", \"\"" : "");
	text(o, PICK(given, bits));
	text(o, odd == ODD_NAME ? "\"\"" : "");
	quote(o, odd == ODD_NAME);
}

static void
put_address(struct out *o, uint64_t *bits, enum odd odd)
{
	quote(o, odd == ODD_ADDRESS);
	if (odd == ODD_ADDRESS) {
		text(o, "Flat ");
		decimal(o, 101 + draw(bits, 3200), 1);
		text(o, ", ");
		decimal(o, 1 + draw(bits, 1200), 1);
		put(o, ' ');
		text(o, PICK(english_roads, bits));
	} else {
		text(o, PICK(roads, bits));
		decimal(o, 1 + draw(bits, 1200), 1);
		text(o, "号");
		decimal(o, 1 + draw(bits, 40), 1);
		text(o, "幢");
		decimal(o, 101 + draw(bits, 3200), 1);
	}
	quote(o, odd == ODD_ADDRESS);
}

static void
put_note(struct out *o, uint64_t *bits, enum odd odd)
{
	bool needed = odd == ODD_NOTE || odd == ODD_LINES;

	quote(o, needed);
	if (odd == ODD_NOTE)
		text(o, "asked: \"\"who, and why?\"\"");
	else if (odd == ODD_LINES)
		text(o, "rang twice\nthen, on Monday, again");
	else
		text(o, PICK(notes, bits));
	quote(o, needed);
}

/* Who stands in which row. */
struct campaign {
	struct shuffle order;
	uint64_t rows, invalid, duplicates, persons;
};

static struct campaign
campaign_of(void)
{
	struct campaign c = { .rows = (uint64_t)rows };

	c.order = shuffle_for(c.rows, FOR_ROWS);
	c.invalid = percent(invalid, c.rows);
	c.duplicates = percent(duplicate, c.rows);
	if (c.invalid + c.duplicates >= c.rows) {
		fputs("genlists: nobody is left to repeat\n", stderr);
		exit(2);
	}
	c.persons = c.rows - c.invalid - c.duplicates;
	return c;
}

/* Returns false when the row has no number; *again: the person has two. */
static bool
row_person(const struct campaign *c, uint64_t row, uint64_t *who, bool *again)
{
	uint64_t place = shuffled(&c->order, row);

	*again = place >= c->persons && place < c->persons + c->duplicates;
	*who = place;
	if (*again) {
		uint64_t bits = luck(FOR_REPEATS, place);

		*who = draw(&bits, c->persons);
	}
	return *who < c->persons;
}

static void
put_phone(struct out *o, const struct campaign *c, uint64_t row)
{
	uint64_t bits = luck(FOR_PHONE, row), who;
	bool again;

	if (row_person(c, row, &who, &again))
		put_number(o, who, bits);
	else
		put_invalid(o, bits);
}

static void
put_row(struct out *o, const struct campaign *c, uint64_t row)
{
	uint64_t bits = luck(FOR_TEXT, row);
	enum odd odd = odd_drawn(&bits);

	quote(o, false);
	decimal(o, row + 1, 1);
	if (narrow > 0) {
		next(o);
		put_phone(o, c, row);
		quote(o, false);
		line_end(o);
		return;
	}
	quote(o, false);
	put(o, ',');
	put_name(o, &bits, odd);
	put(o, ',');
	quote(o, false);
	put_phone(o, c, row);
	next(o);
	bits = luck(FOR_WHERE, row);
	text(o, PICK(towns, &bits));
	quote(o, false);
	put(o, ',');
	put_address(o, &bits, odd);
	put(o, ',');
	quote(o, false);
	bits = luck(FOR_REST, row);
	text(o, PICK(segments, &bits));
	next(o);
	decimal(o, draw(&bits, 20000), 1);
	put(o, '.');
	decimal(o, draw(&bits, 100), 2);
	quote(o, false);
	put(o, ',');
	put_note(o, &bits, odd);
	put(o, ',');
	quote(o, false);
	timestamp(o, AS_OF - 1 - (int64_t)draw(&bits, 200 * DAY), ' ', "");
	quote(o, false);
	line_end(o);
}

static void
write_campaign(struct out *o, const char *folder, const struct campaign *c)
{
	out_open(o, folder, "campaign.csv");
	text(o,
	    narrow > 0 ? "id,phone" :
			 "id,name,phone,city,address,segment,amount,notes,"
			 "created_at");
	line_end(o);
	for (uint64_t row = 0; row < c->rows; row++)
		put_row(o, c, row);
	out_close(o);
}

/* Everybody's number once, in the order of the campaign. */
static void
write_numbers(struct out *o, const char *folder, const struct campaign *c)
{
	out_open(o, folder, "numbers.txt");
	for (uint64_t row = 0; row < c->rows; row++) {
		uint64_t who;
		bool again;

		if (row_person(c, row, &who, &again) && !again) {
			put_e164(o, who);
			line_end(o);
		}
	}
	out_close(o);
}

/* --- The lists --- */

/* What the lists say of a person, for truth.txt. */
enum { ON_DNC = 1, CONSENTED = 2, OVER_CAP = 4 };

static uint64_t
at_most(uint64_t n, uint64_t max)
{
	return n < max ? n : max;
}

/* The do-not-call list's lines: persons, then strangers, some of them twice. */
struct dnc {
	struct shuffle order, members;
	uint64_t lines, distinct, hits, persons;
};

static struct dnc
dnc_of(const struct campaign *c)
{
	struct dnc d = { .lines = (uint64_t)dnc_lines, .persons = c->persons };

	d.order = shuffle_for(d.lines, FOR_DNC_ORDER);
	d.members = shuffle_for(c->persons, FOR_ON_DNC);
	d.distinct = d.lines - percent(repeated, d.lines);
	d.hits = at_most(percent(on_dnc, c->persons), d.distinct);
	return d;
}

static uint64_t
dnc_who(const struct dnc *d, uint64_t line)
{
	uint64_t place = shuffled(&d->order, line);

	if (place >= d->distinct)
		place -= d->distinct;
	return place < d->hits ? shuffled(&d->members, place) :
				 d->persons + place - d->hits;
}

static void
write_dnc(struct out *o, const char *folder, const struct dnc *d)
{
	static const char *const reasons[] = { "opt_out", "complaint",
		"regulator", "wrong number" };

	out_open(o, folder, "dnc.csv");
	text(o, "number,reason,added_at");
	line_end(o);
	for (uint64_t line = 0; line < d->lines; line++) {
		uint64_t bits = luck(FOR_DATES, line);

		put_e164(o, dnc_who(d, line));
		put(o, ',');
		text(o, PICK(reasons, &bits));
		put(o, ',');
		date(o, AS_OF / DAY - 1 - (int64_t)draw(&bits, 2000));
		line_end(o);
	}
	out_close(o);
}

static void
write_plain_dnc(struct out *o, const char *folder, const struct dnc *d)
{
	out_open(o, folder, "dnc.txt");
	for (uint64_t line = 0; line < d->lines; line++) {
		put_e164(o, dnc_who(d, line));
		line_end(o);
	}
	out_close(o);
}

/* Numbers to look up and what is right to answer; fewer when persons end. */
static void
write_asked(struct out *o, const char *folder, const struct dnc *d)
{
	uint64_t pairs = at_most((uint64_t)asked / 2,
	    at_most(d->hits, d->persons - d->hits));

	out_open(o, folder, "asked.txt");
	for (uint64_t i = 0; i < 2 * pairs; i++) {
		bool on = i % 2 == 0;

		put_e164(o,
		    shuffled(&d->members, on ? i / 2 : d->hits + i / 2));
		text(o, on ? " dnc" : " ok");
		line_end(o);
	}
	out_close(o);
}

/* Consents: persons, the first of them with one that has ended; strangers. */
static void
write_consents(struct out *o, const char *folder, const struct campaign *c,
    unsigned char *known)
{
	uint64_t lines = (uint64_t)consent_lines;
	uint64_t hits = at_most(percent(with_consent, c->persons), lines);
	uint64_t ended = percent(expired, hits);
	uint64_t strangers = c->persons + (uint64_t)dnc_lines;
	struct shuffle order = shuffle_for(lines, FOR_CONSENT_ORDER);
	struct shuffle members = shuffle_for(c->persons, FOR_WITH_CONSENT);

	out_open(o, folder, "consent.csv");
	text(o, "number,granted_at,expires_at");
	line_end(o);
	for (uint64_t line = 0; line < lines; line++) {
		uint64_t place = shuffled(&order, line), who;
		uint64_t bits = luck(FOR_DATES, line + (uint64_t)dnc_lines);
		int64_t t = AS_OF - 1 - (int64_t)draw(&bits, 360 * DAY);

		who = place < hits ? shuffled(&members, place) :
				     strangers + place - hits;
		if (place < hits && place >= ended)
			known[who] |= CONSENTED;
		put_e164(o, who);
		put(o, ',');
		timestamp(o, place < ended ? t - 365 * DAY : t, 'T', "Z");
		put(o, ',');
		if (place < ended)
			timestamp(o, t, 'T', "Z");
		else if (draw(&bits, 8))
			timestamp(o, t + 365 * DAY, 'T', "Z");
		line_end(o);
	}
	out_close(o);
}

/*
 * The call log runs through the 30 days before AS_OF in order.  Its last day,
 * the six days before that and what is older are zones; persons have fixed
 * places in each, at which their calls stand:
 *
 *	called too often, one half	2 in the last day, 1 older
 *	called too often, other half	3 in the six days
 *	called, but not too often	1 in the six days, 1 older
 *
 * and strangers have the rest.
 */
enum zone { OLDER, SIX_DAYS, LAST_DAY, ZONES };

struct zone_places {
	uint64_t first, lines; /* of the log */
	struct shuffle order;
};

struct calls {
	uint64_t lines, by_day, by_week, harmless, strangers;
	struct shuffle members;
	struct zone_places zone[ZONES];
};

/* Seconds before AS_OF, from just under 30 days down to 1. */
static int64_t
call_age(const struct calls *k, uint64_t line)
{
	return 1 +
	    (int64_t)((unsigned __int128)(k->lines - 1 - line) *
		(CALL_DAYS * DAY - 2) / k->lines);
}

static enum zone
zone_of(int64_t age)
{
	return age < DAY ? LAST_DAY : age < 7 * DAY ? SIX_DAYS : OLDER;
}

/* The person whose call stands at a zone's place; false: a stranger's. */
static bool
place_person(const struct calls *k, enum zone zone, uint64_t place,
    uint64_t *member)
{
	uint64_t harmless = k->by_day + k->by_week;

	if (zone == LAST_DAY) {
		*member = place / 2;
		return place < 2 * k->by_day;
	}
	if (zone == SIX_DAYS && place < 3 * k->by_week) {
		*member = k->by_day + place / 3;
		return true;
	}
	if (zone == SIX_DAYS)
		place -= 3 * k->by_week;
	else if (place < k->by_day) {
		*member = place;
		return true;
	} else
		place -= k->by_day;
	*member = harmless + place;
	return place < k->harmless;
}

static bool
zones_hold(const struct calls *k)
{
	return k->zone[LAST_DAY].lines >= 2 * k->by_day &&
	    k->zone[SIX_DAYS].lines >= 3 * k->by_week + k->harmless &&
	    k->zone[OLDER].lines >= k->by_day + k->harmless;
}

static struct calls
calls_of(const struct campaign *c)
{
	struct calls k = { .lines = (uint64_t)call_lines };
	uint64_t too_often = percent(capped, c->persons);

	k.by_day = too_often / 2;
	k.by_week = too_often - k.by_day;
	k.harmless = percent(called, c->persons);
	k.strangers = c->persons + (uint64_t)(dnc_lines + consent_lines);
	k.members = shuffle_for(c->persons, FOR_CALLED);
	for (uint64_t line = 0; line < k.lines; line++)
		k.zone[zone_of(call_age(&k, line))].lines++;
	for (int z = 0; z < ZONES; z++) {
		struct zone_places *zone = &k.zone[z];

		if (z > 0)
			zone->first = zone[-1].first + zone[-1].lines;
		zone->order = shuffle_for(zone->lines,
		    (enum purpose)(FOR_CALL_ORDER + z));
	}
	if (!zones_hold(&k)) {
		fputs("genlists: too few calls for so many persons\n", stderr);
		exit(2);
	}
	return k;
}

static void
write_calls(struct out *o, const char *folder, const struct calls *k,
    unsigned char *known)
{
	out_open(o, folder, "calls.csv");
	text(o, "number,called_at");
	line_end(o);
	for (uint64_t line = 0; line < k->lines; line++) {
		int64_t age = call_age(k, line);
		enum zone z = zone_of(age);
		const struct zone_places *zone = &k->zone[z];
		uint64_t place = shuffled(&zone->order, line - zone->first);
		uint64_t who, member;

		if (place_person(k, z, place, &member)) {
			who = shuffled(&k->members, member);
			if (member < k->by_day + k->by_week)
				known[who] |= OVER_CAP;
		} else {
			uint64_t bits = luck(FOR_DATES, ~line);

			who = k->strangers + draw(&bits, k->lines / 3 + 1);
		}
		put_e164(o, who);
		put(o, ',');
		timestamp(o, AS_OF - age, 'T', "Z");
		line_end(o);
	}
	out_close(o);
}

/* --- All of it --- */

static void
write_truth(struct out *o, const char *folder, const struct campaign *c,
    const unsigned char *known)
{
	uint64_t kept = 0, not_dnc = 0;
	unsigned wanted = consent_lines > 0 ? CONSENTED : 0;
	char line[256];

	for (uint64_t who = 0; who < c->persons; who++) {
		kept += known[who] == wanted;
		not_dnc += !(known[who] & ON_DNC);
	}
	out_open(o, folder, "truth.txt");
	snprintf(line, sizeof(line),
	    "rows %" PRIu64 "\ninvalid %" PRIu64 "\npersons %" PRIu64
	    "\nkept %" PRIu64 "\nnot_on_dnc %" PRIu64,
	    c->rows, c->invalid, c->persons, kept, not_dnc);
	text(o, line);
	line_end(o);
	out_close(o);
}

static void
write_all(const char *folder)
{
	struct campaign c = campaign_of();
	unsigned char *known = calloc(c.persons, 1);
	struct out *o = malloc(sizeof(*o));

	if (!known || !o)
		die("memory");
	numbers_init();
	write_campaign(o, folder, &c);
	if (plain > 0)
		write_numbers(o, folder, &c);
	if (dnc_lines >= 1) {
		struct dnc d = dnc_of(&c);

		write_dnc(o, folder, &d);
		if (plain > 0)
			write_plain_dnc(o, folder, &d);
		if (asked > 0)
			write_asked(o, folder, &d);
		for (uint64_t i = 0; i < d.hits; i++)
			known[shuffled(&d.members, i)] |= ON_DNC;
	}
	if (consent_lines >= 1)
		write_consents(o, folder, &c, known);
	if (call_lines >= 1) {
		struct calls k = calls_of(&c);

		write_calls(o, folder, &k, known);
	}
	write_truth(o, folder, &c, known);
	free(o);
	free(known);
}

static int
usage(void)
{
	fputs("usage: genlists [--OPTION VALUE]... FOLDER\n"
	      "  --size S|M|L     rows, dnc, consents and calls at once\n",
	    stderr);
	for (size_t i = 0; i < COUNT(options); i++)
		fprintf(stderr, "  --%-14s %s (%.10g)\n", options[i].name,
		    options[i].help, *options[i].value);
	return 2;
}

static bool
take_size(const char *name)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		if (strcmp(sizes[i].name, name) != 0)
			continue;
		rows = sizes[i].rows;
		dnc_lines = sizes[i].dnc;
		consent_lines = sizes[i].consents;
		call_lines = sizes[i].calls;
		return true;
	}
	return false;
}

static bool
take_option(const char *name, const char *value)
{
	if (strncmp(name, "--", 2) != 0)
		return false;
	if (strcmp(name, "--size") == 0)
		return take_size(value);
	for (size_t i = 0; i < COUNT(options); i++) {
		char *end;
		double v = strtod(value, &end);

		if (strcmp(options[i].name, name + 2) != 0)
			continue;
		*options[i].value = v;
		return end > value && !*end && v >= 0 && v <= options[i].max;
	}
	return false;
}

int
main(int argc, char **argv)
{
	int i = 1;

	for (; i + 1 < argc; i += 2) {
		if (!take_option(argv[i], argv[i + 1])) {
			fprintf(stderr, "genlists: %s %s?\n", argv[i],
			    argv[i + 1]);
			return usage();
		}
	}
	if (i + 1 != argc || rows < 1)
		return usage();
	if (mkdir(argv[i], 0755) < 0 && errno != EEXIST)
		die(argv[i]);
	write_all(argv[i]);
	return 0;
}
