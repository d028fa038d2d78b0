/* See number_repair.h. */
#include "text/number_repair.h"

#include <string.h>

#include "text/number_flags.h"
#include "text/number_triage.h"

enum { R_CN = 'C' << 8 | 'N', R_MX = 'M' << 8 | 'X' };

enum {
	EXT_TYPED_MAX = 6, /* a longer "extension" is a second number */
	CUTS_MAX = 96,
	PART_MIN = 7, /* digits of a number in a run of several */
	PART_MAX = 17,
	GLUED_MIN = 20,    /* bank cards and citizen ids end below */
	PARSES_MAX = 1500, /* per cell, in search of a split */
	WAYS_MAX = 32,
};

/* A stretch of text and its digits. */
struct stretch {
	const char *p;
	int n;
	char digits[FOLD_MAX + 1];
	int nd;
	bool plus; /* a plus stands before the first digit */
};

static void
stretch_read(struct stretch *s, const char *p, int n)
{
	s->p = p;
	s->n = n;
	s->nd = 0;
	s->plus = false;
	for (int i = 0; i < n; i++) {
		if (is_digit(p[i]))
			s->digits[s->nd++] = p[i];
		else if (p[i] == '+' && s->nd == 0)
			s->plus = true;
	}
	s->digits[s->nd] = '\0';
}

void
number_settle(struct number_cell *out, enum number_status status)
{
	out->status = (uint8_t)status;
	out->count = 0;
	out->flags = 0;
}

bool
number_add(struct number_cell *out, const struct number *num)
{
	for (int i = 0; i < out->count; i++)
		if (out->number[i].key == num->key)
			return true;
	if (out->count == NUMBER_MAX)
		return false;
	out->number[out->count++] = *num;
	return true;
}

static void
number_from(struct number *num, const struct numplan_result *r)
{
	num->key = r->key;
	num->region = r->region;
	num->type = r->type;
	num->ext[0] = '\0';
	if (r->ext.n > 0)
		numplan_ext_digits(num->ext, sizeof(num->ext), r->ext);
}

/* Ask the plan about digits; *num is written when they are valid. */
static bool
plan_digits(struct number *num, uint32_t *notes, const char *digits, int n,
    bool plus, uint16_t region)
{
	char text[FOLD_MAX + 2] = "+";
	struct numplan_result r;

	if (n < 2 || n > 40)
		return false;
	memcpy(text + plus, digits, (size_t)n);
	if (!numplan_parse(&r, span_of(text, (size_t)(n + plus)), region,
		false))
		return false;
	number_from(num, &r);
	if (notes)
		*notes = number_notes(&r, region);
	return true;
}

static bool
key_number(struct number *num, uint64_t key)
{
	struct numplan_result r;

	if (!numplan_valid_key(&r, key))
		return false;
	number_from(num, &r);
	num->ext[0] = '\0';
	return true;
}

static uint64_t
digits_key(const char *digits, int n)
{
	uint64_t key = 0;

	if (n < 5 || n > 19 || digits[0] == '0')
		return 0;
	for (int i = 0; i < n; i++)
		key = key * 10 + (uint64_t)(digits[i] - '0');
	return key;
}

/* Take a single number as the answer. */
static void
take(struct number_cell *out, enum number_status status,
    const struct number *num, uint32_t flags)
{
	out->status = (uint8_t)status;
	out->flags = flags;
	out->number[0] = *num;
	out->count = 1;
}

/* ---- the plain reading ---- */

/* An extension that is a number of its own is a second number. */
static bool
ext_is_number(const struct numplan_result *r, uint16_t region)
{
	struct numplan_result second;

	if (r->ext.n == 0)
		return false;
	if (r->ext.n > EXT_TYPED_MAX)
		return true;
	return r->ext.p[0] == '0' &&
	    numplan_parse(&second, r->ext, region, false);
}

/* Was an IP-dial prefix in front of what the plan made of the digits? */
static bool
had_ip_prefix(const struct stretch *s, const struct number *num)
{
	char text[NUMBER_TEXT_MAX];
	int national = (int)number_e164(text, num->key) - 3;
	int n = s->nd - (int)strlen(num->ext);
	const char *p = s->digits;

	if (strncmp(text, "+86", 3) != 0)
		return false;
	if (s->plus || strncmp(p, "00", 2) == 0)
		p += s->plus ? 2 : 4;
	n -= (int)(p - s->digits);
	return n - 5 >= national && number_ip_prefix(p, n) == 5;
}

bool
number_read_plain(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules)
{
	char text[FOLD_MAX + 1];
	struct numplan_result r;
	struct number num;
	struct stretch s;
	uint32_t flags = 0;
	int k = 0, digits = 0;

	number_settle(out, NUMBER_INVALID);
	for (int i = 0; i < n; i++) {
		/* in front or behind it is dirt, inside a separator */
		if (p[i] == FOLD_INVISIBLE) {
			if (digits > 0 && digits_in(p + i, n - i) > 0)
				flags = NUMBER_ODD_SEPARATOR;
			continue;
		}
		if (p[i] == '*' || p[i] == FOLD_ODD)
			return false;
		digits += is_digit(p[i]);
		text[k++] = p[i];
	}
	if (!numplan_parse(&r, span_of(text, (size_t)k), rules->region,
		false) ||
	    ext_is_number(&r, rules->region))
		return false;
	number_from(&num, &r);
	stretch_read(&s, p, n);
	if (had_ip_prefix(&s, &num))
		flags |= NUMBER_IP_PREFIX;
	take(out, flags & NUMBER_REPAIRS ? NUMBER_REPAIRED : NUMBER_OK, &num,
	    flags | number_notes(&r, rules->region));
	return true;
}

/* ---- separators ---- */

/* 1,234,567.89: an amount, not a number with separators */
static bool
is_amount(const char *p, int n)
{
	int tail = 0;

	while (tail < n && is_digit(p[n - 1 - tail]))
		tail++;
	return tail > 0 && tail < 3 && tail < n - 1 && p[n - 1 - tail] == '.' &&
	    memchr(p, ',', (size_t)n);
}

bool
number_read_joined(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules)
{
	struct number num;
	struct stretch s;
	uint32_t notes;

	number_settle(out, NUMBER_INVALID);
	stretch_read(&s, p, n);
	if (is_amount(p, n) ||
	    !plan_digits(&num, &notes, s.digits, s.nd, s.plus, rules->region))
		return false;
	if (had_ip_prefix(&s, &num))
		notes |= NUMBER_IP_PREFIX;
	take(out, NUMBER_REPAIRED, &num, notes | NUMBER_ODD_SEPARATOR);
	return true;
}

/* Does the text hold a separator that the plan does not know? */
static bool
has_odd_separator(const char *p, int n)
{
	bool digit = false;

	for (int i = 0; i < n; i++) {
		if (is_digit(p[i]))
			digit = true;
		else if (digit && !(fold_kind_of(p[i]) & KIND_SEPARATOR))
			return true;
	}
	return false;
}

/* ---- repairs of digits ---- */

/* The readings that repairs have found. */
struct findings {
	struct number_cell *out;
	const struct number_rules *rules;
};

static void
found(struct findings *f, const struct number *num, uint32_t flags)
{
	if (number_add(f->out, num))
		f->out->flags |= flags; /* matters when it stays the only */
}

/* The calling code at the front of digits: its length, 0 when none. */
static int
calling_code(const char *digits, int n, unsigned *cc)
{
	*cc = 0;
	for (int i = 0; i < 3 && i < n; i++) {
		*cc = *cc * 10 + (unsigned)(digits[i] - '0');
		if (region_of_calling_code(*cc) != REGION_NONE)
			return i + 1;
	}
	return 0;
}

static int
zeros(const char *digits)
{
	int n = 0;

	while (digits[n] == '0')
		n++;
	return n;
}

/* National digits under a country code, and nothing else. */
static bool
plan_national(struct number *num, const char *digits, int n, unsigned cc)
{
	char want[NUMBER_TEXT_MAX], text[NUMBER_TEXT_MAX];

	if (!plan_digits(num, NULL, digits, n, false,
		region_of_calling_code(cc)))
		return false;
	number_e164(want, cc);
	number_e164(text, num->key);
	return strncmp(want, text, strlen(want)) == 0;
}

/*
 * The country code twice, or with a trunk zero before it: +86 86 138...,
 * 086 138..., 0086 0086 138...
 */
static void
repair_dup_cc(struct findings *f, const struct stretch *s)
{
	int z = zeros(s->digits), at = z, k;
	unsigned cc, again;
	struct number num;

	k = calling_code(s->digits + at, s->nd - at, &cc);
	if (z > 4 || k == 0 ||
	    (!s->plus && z < 2 && cc != region_calling_code(f->rules->region)))
		return;
	for (int round = 0; round < 4; round++) {
		at += k;
		/* once is the plain reading, unless a zero garbled it */
		if ((round > 0 || z == 1) && s->nd - at >= 6 &&
		    plan_national(&num, s->digits + at, s->nd - at, cc)) {
			found(f, &num, NUMBER_DUP_CC);
			return;
		}
		if (zeros(s->digits + at) <= 2)
			at += zeros(s->digits + at);
		k = calling_code(s->digits + at, s->nd - at, &again);
		if (k == 0 || again != cc)
			return;
	}
}

/* The digits inside China: without plus, IDD and country code. */
static const char *
china_digits(const struct stretch *s, const struct number_rules *rules,
    bool *coded)
{
	const char *p = s->digits + zeros(s->digits);
	bool abroad = s->plus || p - s->digits >= 2;
	bool home = region_calling_code(rules->region) == 86;

	*coded = (abroad || (home && s->nd >= 12)) && strncmp(p, "86", 2) == 0;
	if (*coded) {
		p += 2;
		return p + zeros(p);
	}
	return home && !s->plus ? p : NULL;
}

/* 17951 before 0138..., 010-... or 86138...; prefixes the plan lacks. */
static void
repair_ip_prefix(struct findings *f, const struct stretch *s)
{
	bool coded;
	const char *p = china_digits(s, f->rules, &coded);
	int n = p ? s->nd - (int)(p - s->digits) : 0, k;
	struct number num;

	if (!p || (k = number_ip_prefix(p, n)) == 0 || n - k < 9)
		return;
	if (plan_digits(&num, NULL, p + k, n - k, false, R_CN) &&
	    num.key / 10000000000 > 0)
		found(f, &num,
		    NUMBER_IP_PREFIX |
			(zeros(p + k) > 0 || p[k] == '8' ?
				(uint32_t)NUMBER_NP_AFTER_IP :
				0));
}

/*
 * Mexico until 2019: 01 before long distance, 044 and 045 before mobiles at
 * home, 1 after +52 from abroad.
 */
static void
repair_legacy_mx(struct findings *f, const struct stretch *s)
{
	static const char *const fronts[] = { "044", "045", "01", "1" };
	const char *p = s->digits;
	bool abroad = s->plus || strncmp(p, "00", 2) == 0, coded = false;
	struct number num;

	if (!s->plus && abroad)
		p += 2;
	if (strncmp(p, "52", 2) == 0 && (abroad || f->rules->region == R_MX)) {
		p += 2;
		coded = true;
	} else if (abroad || f->rules->region != R_MX) {
		return;
	}
	for (int i = 0; i < 4; i++) {
		int k = (int)strlen(fronts[i]);

		if (strncmp(p, fronts[i], (size_t)k) != 0 ||
		    s->nd - (int)(p - s->digits) != k + 10 ||
		    (i == 3 && !coded))
			continue;
		if (plan_digits(&num, NULL, p + k, 10, false, R_MX))
			found(f, &num, NUMBER_LEGACY_MX);
	}
}

/* Where the leading zero is part of the number, a spreadsheet lost it. */
static void
repair_lost_zero(struct findings *f, const struct stretch *s)
{
	static const uint16_t codes[] = { 39, 225, 241, 242 };
	unsigned home = region_calling_code(f->rules->region);
	char text[24] = "0";
	struct number num;

	if (s->plus || s->nd > 18 || s->nd < 6 || s->digits[0] == '0')
		return;
	memcpy(text + 1, s->digits, (size_t)s->nd);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == home &&
		    plan_digits(&num, NULL, text, s->nd + 1, false,
			f->rules->region))
			found(f, &num, NUMBER_LOST_ZERO);
}

static bool
read_repaired(struct number_cell *out, const struct stretch *s,
    const struct number_rules *rules)
{
	struct findings f = { .out = out, .rules = rules };

	number_settle(out, NUMBER_INVALID);
	repair_dup_cc(&f, s);
	repair_ip_prefix(&f, s);
	repair_legacy_mx(&f, s);
	repair_lost_zero(&f, s);
	if (out->count == 0)
		return false;
	out->status = out->count == 1 ? NUMBER_REPAIRED : NUMBER_AMBIGUOUS;
	if (out->count > 1)
		out->flags = 0;
	else if (has_odd_separator(s->p, s->n))
		out->flags |= NUMBER_ODD_SEPARATOR;
	if (out->count == 1) {
		struct numplan_result r;

		numplan_valid_key(&r, out->number[0].key);
		out->flags |= number_notes(&r, rules->region);
	}
	return true;
}

/* ---- what is left: local, service, machine, abroad ---- */

static bool
settle_local(struct number_cell *out, const struct stretch *s,
    const struct number_rules *rules)
{
	struct number num;
	uint64_t key;
	uint32_t notes;
	char text[FOLD_MAX + 16];
	int k;

	if (s->plus)
		return false;
	for (int i = 0;; i++) {
		key = number_local_probe(s->digits, s->nd, rules->region, i);
		if (key == 0)
			return false;
		if (key_number(&num, key))
			break;
	}
	number_settle(out, NUMBER_LOCAL);
	k = (int)strnlen(rules->area, sizeof(rules->area));
	memcpy(text, rules->area, (size_t)k);
	memcpy(text + k, s->digits, (size_t)s->nd);
	if (k > 0 &&
	    plan_digits(&num, &notes, text, k + s->nd, false, rules->region))
		take(out, NUMBER_REPAIRED, &num, NUMBER_AREA_ADDED | notes);
	return true;
}

/* Readings under another country's code, or under our own after all. */
static void
settle_abroad(struct number_cell *out, const struct stretch *s,
    const struct number_rules *rules)
{
	static const char *const idds[] = { "00", "011", "0011", "010", "810" };
	struct number num;
	const char *d = s->digits;
	int n = s->nd;

	number_settle(out, NUMBER_INVALID);
	if (n < 8)
		return;
	if (s->plus && plan_digits(&num, NULL, d, n, false, rules->region))
		number_add(out, &num);
	if (!s->plus && n >= 9 && key_number(&num, digits_key(d, n)))
		number_add(out, &num);
	for (size_t i = 0; i < sizeof(idds) / sizeof(idds[0]); i++) {
		int k;

		if (s->plus || d[0] != idds[i][0])
			continue;
		k = (int)strlen(idds[i]);
		if (strncmp(d, idds[i], (size_t)k) != 0)
			continue;
		if (n - k >= 9 && key_number(&num, digits_key(d + k, n - k)))
			number_add(out, &num);
		if (d[k] != '0' &&
		    plan_digits(&num, NULL, d + k, n - k, false, rules->region))
			number_add(out, &num);
	}
	if (out->count > 0)
		out->flags = NUMBER_SUGGEST;
}

/* The digits as they would be dialled at home, without the own code. */
static bool
is_service(const struct stretch *s, const struct number_rules *rules)
{
	unsigned cc, home = region_calling_code(rules->region);
	int z = s->plus ? 0 : zeros(s->digits), k;

	if (!s->plus && number_is_service(s->digits, s->nd, rules->region))
		return true;
	if (!s->plus && z < 2)
		return false;
	k = calling_code(s->digits + z, s->nd - z, &cc);
	return k > 0 && cc == home &&
	    number_is_service(s->digits + z + k, s->nd - z - k, rules->region);
}

static void
settle_rest(struct number_cell *out, const struct stretch *s,
    const struct number_rules *rules)
{
	bool coded;
	const char *cn = china_digits(s, rules, &coded);

	if (is_service(s, rules)) {
		number_settle(out, NUMBER_SERVICE);
		return;
	}
	if (settle_local(out, s, rules))
		return;
	settle_abroad(out, s, rules);
	/* a card in a machine: nothing to suggest, but a reading to block */
	if (cn && number_is_iot(cn, s->nd - (int)(cn - s->digits)))
		out->flags = NUMBER_IOT;
}

/* ---- several numbers in one run ---- */

void
number_settle_multi(struct number_cell *out)
{
	out->flags |= NUMBER_SPLIT;
	out->status = out->count > 1 ? NUMBER_MULTI : NUMBER_REPAIRED;
}

bool
number_sibling(struct number *out, const struct number *first,
    const char *digits, int n)
{
	uint64_t key = first->key, scale = 1, tail = 0;

	/* mobiles share no area and stand in no row */
	if (n > 8 || (n > 4 && first->type == NUMBER_MOBILE))
		return false;
	for (int i = 0; i < n; i++) {
		tail = tail * 10 + (uint64_t)(digits[i] - '0');
		scale *= 10;
	}
	if (key / scale < 100 || key % scale == tail)
		return false;
	return key_number(out, key - key % scale + tail);
}

/* A search for the ways to cut a text into valid numbers. */
struct search {
	const struct number_rules *rules;
	const char *p;
	int cut[CUTS_MAX + 1];
	int cuts;   /* cut[0] is the start, cut[cuts - 1] the end */
	bool plain; /* parts are text, not bare digits */
	int parses, ways, tidy;
	struct number part[NUMBER_MAX];
	int part_digits[NUMBER_MAX];
	bool part_marked[NUMBER_MAX];
	uint32_t part_flags[NUMBER_MAX];
	struct number_cell first, tidied, all;
};

/* Do the parts look alike: as many digits, or each with 0 or + in front? */
static bool
is_tidy(const struct search *s, int parts)
{
	bool same = true, marked = true;

	for (int i = 0; i < parts; i++) {
		same = same && s->part_digits[i] == s->part_digits[0];
		marked = marked && s->part_marked[i];
	}
	return same || marked;
}

static void
search_found(struct search *s, int parts)
{
	struct number_cell way;
	bool tidy = is_tidy(s, parts);

	number_settle(&way, NUMBER_MULTI);
	for (int i = 0; i < parts; i++) {
		number_add(&way, &s->part[i]);
		number_add(&s->all, &s->part[i]);
		way.flags |= s->part_flags[i];
	}
	if (s->ways++ == 0)
		s->first = way;
	if (tidy && s->tidy++ == 0)
		s->tidied = way;
}

/* Is the text between two cuts a number?  Then it is part[parts]. */
static bool
search_part(struct search *s, int from, int to, int parts)
{
	struct number_cell c;
	struct stretch t;

	stretch_read(&t, s->p + from, to - from);
	if (t.nd < PART_MIN || t.nd > PART_MAX || ++s->parses > PARSES_MAX)
		return false;
	if (!number_read_plain(&c, t.p, t.n, s->rules) || c.number[0].ext[0])
		return false;
	s->part[parts] = c.number[0];
	s->part_flags[parts] = c.flags;
	s->part_digits[parts] = t.nd;
	s->part_marked[parts] = t.plus || t.digits[0] == '0';
	return true;
}

static void
search_from(struct search *s, int at, int parts)
{
	if (at == s->cuts - 1) {
		if (parts > 1)
			search_found(s, parts);
		return;
	}
	if (parts == NUMBER_MAX)
		return;
	for (int j = at + 1; j < s->cuts && s->ways < WAYS_MAX; j++)
		if (search_part(s, s->cut[at], s->cut[j], parts))
			search_from(s, j, parts + 1);
}

/* The only way, or the only tidy one; several are ambiguous. */
static bool
search_settle(struct search *s, struct number_cell *out, uint32_t flags)
{
	if (s->ways == 0)
		return false;
	if (s->ways == 1 || s->tidy == 1) {
		*out = s->ways == 1 ? s->first : s->tidied;
		out->flags |= flags;
		number_settle_multi(out);
		return true;
	}
	*out = s->all;
	out->status = NUMBER_AMBIGUOUS;
	out->flags = 0;
	return true;
}

static void
search_begin(struct search *s, const char *p, const struct number_rules *rules)
{
	s->rules = rules;
	s->p = p;
	s->cuts = 1;
	s->cut[0] = 0;
	s->parses = s->ways = s->tidy = 0;
	number_settle(&s->all, NUMBER_AMBIGUOUS);
}

/* Cut at `at`, unless only separators stand since the last cut. */
static void
search_cut(struct search *s, int at)
{
	int last = s->cut[s->cuts - 1];

	if (s->cuts < CUTS_MAX && digits_in(s->p + last, at - last) > 0)
		s->cut[s->cuts++] = at;
}

/* The end is a cut, even with separators behind the last digits. */
static void
search_end(struct search *s, int n)
{
	int last = s->cut[s->cuts - 1];

	if (s->cuts > 1 && digits_in(s->p + last, n - last) == 0)
		s->cut[s->cuts - 1] = n;
	else
		search_cut(s, n);
}

/* Two numbers with a blank, a plus or (second try) a dash between. */
static bool
read_spaced(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules)
{
	struct search s;

	if (digits_in(p, n) < 2 * PART_MIN)
		return false;
	for (int dashes = 0; dashes < 2; dashes++) {
		search_begin(&s, p, rules);
		for (int i = 1; i < n; i++)
			if (fold_kind_of(p[i]) & KIND_SPACER ||
			    (dashes && (p[i] == '-' || p[i] == '.')))
				search_cut(&s, i);
		search_end(&s, n);
		search_from(&s, 0, 0);
		if (search_settle(&s, out, 0))
			return true;
	}
	return false;
}

/* 021-50818888 50818889: the second shares the area of the first. */
static bool
read_spaced_local(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules)
{
	struct number_cell first, found;
	struct number second;
	struct stretch rest;
	int ways = 0;

	for (int i = 1; i < n; i++) {
		if (p[i] != ' ' && p[i] != '\t' && p[i] != FOLD_ODD)
			continue;
		stretch_read(&rest, p + i, n - i);
		if (rest.nd < PART_MIN || rest.plus || rest.digits[0] == '0' ||
		    !number_read_plain(&first, p, i, rules) ||
		    !number_sibling(&second, &first.number[0], rest.digits,
			rest.nd))
			continue;
		if (ways++ == 0) {
			found = first;
			number_add(&found, &second);
		}
		while (i + 1 < n && p[i + 1] == ' ')
			i++;
	}
	if (ways != 1)
		return false;
	*out = found;
	number_settle_multi(out);
	return true;
}

/* 22 digits: two mobiles whose separator was lost. */
static bool
read_glued(struct number_cell *out, const struct stretch *t,
    const struct number_rules *rules)
{
	struct search s;

	if (t->nd < GLUED_MIN || t->nd >= CUTS_MAX || t->plus)
		return false;
	search_begin(&s, t->digits, rules);
	for (int i = 1; i <= t->nd; i++)
		search_cut(&s, i);
	search_from(&s, 0, 0);
	return search_settle(&s, out, NUMBER_GLUED);
}

/* ---- text with separators that may divide numbers ---- */

static bool
divides(char c)
{
	return fold_kind_of(c) & KIND_DIVIDER;
}

/*
 * A short or local piece after a number: 010-62345678/62345679 shares the
 * area; 010-62345678/79 is the next line or an extension, who knows.
 */
static bool
read_follower(struct number_cell *out, const struct stretch *s)
{
	struct number num;
	const struct number *last;

	if (out->count == 0 || s->plus)
		return false;
	last = &out->number[out->count - 1];
	if (last->ext[0])
		return s->nd <= EXT_TYPED_MAX; /* its other extension */
	if (!number_sibling(&num, last, s->digits, s->nd))
		return false;
	number_add(out, &num);
	return true;
}

/*
 * Read the pieces between divisions.  True when that settles the cell:
 * all of them are numbers.  Otherwise *out keeps those that are.
 */
static bool
read_divided(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules)
{
	struct number_cell sub;
	struct stretch s;
	int pieces = 0, read = 0, followers = 0, from = 0;
	bool ambiguous = false, room = true;

	number_settle(out, NUMBER_INVALID);
	for (int i = 0; i <= n; i++) {
		if (i < n && !divides(p[i]))
			continue;
		stretch_read(&s, p + from, i - from);
		from = i + 1;
		if (s.nd == 0)
			continue;
		pieces++;
		number_read(&sub, s.p, s.n, rules);
		if (number_readable(&sub)) {
			read++;
			out->status = sub.status;
			out->flags |= sub.flags;
			for (int k = 0; k < sub.count; k++)
				room = number_add(out, &sub.number[k]) && room;
		} else if (read == pieces - 1 && s.nd <= 8 &&
		    (s.nd >= PART_MIN || s.nd <= 4) && read_follower(out, &s)) {
			bool ext = out->number[out->count - 1].ext[0];

			read++;
			followers += ext;
			ambiguous = ambiguous || (s.nd <= 4 && !ext);
		}
	}
	/* a number that is not judged may not pass for one that is */
	if (pieces < 2 || read < pieces || !room)
		return false;
	if (read - followers > 1)
		number_settle_multi(out);
	if (ambiguous) {
		out->status = NUMBER_AMBIGUOUS;
		out->flags = 0;
	}
	return true;
}

/* ---- extensions as people write them ---- */

/* Where "-802", "(802)", "*802" begins at the end; *ext its digits. */
static int
ext_tail(const char *p, int n, struct span *ext)
{
	int end = n, from;
	bool closed = false;

	while (end > 0 &&
	    (p[end - 1] == ' ' || p[end - 1] == ')' || p[end - 1] == ']')) {
		closed = closed || p[end - 1] != ' ';
		end--;
	}
	from = end;
	while (from > 0 && is_digit(p[from - 1]))
		from--;
	*ext = span_of(p + from, (size_t)(end - from));
	if (from == end || end - from > EXT_TYPED_MAX || from < PART_MIN)
		return 0;
	if (closed ? p[from - 1] != '(' && p[from - 1] != '[' :
		     !strchr("-*/:#", p[from - 1]))
		return 0;
	from--;
	while (from > 0 && strchr(" -", p[from - 1]))
		from--;
	return from;
}

static bool
read_ext_style(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules)
{
	struct stretch s;
	struct span ext;
	int base = ext_tail(p, n, &ext);

	if (base == 0)
		return false;
	stretch_read(&s, p, base);
	if (s.nd < PART_MIN)
		return false;
	if (number_read_plain(out, p, base, rules) ?
		out->number[0].ext[0] :
		!(has_odd_separator(p, base) &&
		    number_read_joined(out, p, base, rules)) &&
		    !read_repaired(out, &s, rules)) {
		settle_rest(out, &s, rules);
		/* 62345678-802 is as local as 62345678 */
		if (out->status == NUMBER_INVALID)
			return false;
	}
	if (out->status == NUMBER_OK)
		out->status = NUMBER_REPAIRED;
	if (out->count == 1) {
		memcpy(out->number[0].ext, ext.p, ext.n);
		out->number[0].ext[ext.n] = '\0';
		out->flags |= NUMBER_EXT_STYLE;
	}
	return true;
}

/* ---- all of it ---- */

void
number_read_bare(struct number_cell *out, const char *p, int n, bool tried,
    const struct number_rules *rules)
{
	struct stretch s;

	if (!tried && number_read_plain(out, p, n, rules))
		return;
	s.p = p;
	s.n = n;
	s.plus = p[0] == '+';
	s.nd = n - s.plus;
	memcpy(s.digits, p + s.plus, (size_t)s.nd);
	s.digits[s.nd] = '\0';
	if (!read_glued(out, &s, rules) && !read_repaired(out, &s, rules))
		settle_rest(out, &s, rules);
}

void
number_read(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules)
{
	const unsigned kinds = fold_kinds(p, n);
	const bool divided = kinds & KIND_DIVIDER;
	struct number_cell partial;
	struct stretch s;

	if (!(kinds & KIND_DIGIT)) {
		number_settle(out, NUMBER_INVALID);
		return;
	}
	if (number_read_plain(out, p, n, rules))
		return;
	number_settle(&partial, NUMBER_INVALID);
	if (divided && read_divided(out, p, n, rules))
		return;
	if (divided)
		partial = *out;
	if (read_ext_style(out, p, n, rules))
		return;
	if (has_odd_separator(p, n) && number_read_joined(out, p, n, rules))
		return;
	stretch_read(&s, p, n);
	if ((kinds & (KIND_SPACER | KIND_FILLER) &&
		(read_spaced(out, p, n, rules) ||
		    read_spaced_local(out, p, n, rules))) ||
	    read_glued(out, &s, rules) || read_repaired(out, &s, rules))
		return;
	settle_rest(out, &s, rules);
	if (out->status == NUMBER_INVALID && partial.count > 0) {
		*out = partial;
		out->status = NUMBER_INVALID;
		out->flags = 0;
	}
}
