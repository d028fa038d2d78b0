/* See number.h. */
#include "text/number.h"

#include "base/digits8.h"
#include "text/number_flags.h"
#include "text/number_repair.h"
#include "text/number_triage.h"

/* ---- formatting ---- */

const char *
number_status_name(enum number_status status)
{
	static const char *const names[NUMBER_STATUSES] = {
		"ok",
		"repaired",
		"multi",
		"empty",
		"invalid",
		"damaged",
		"local",
		"service",
		"ambiguous",
	};

	return (unsigned)status < NUMBER_STATUSES ? names[status] : "invalid";
}

size_t
number_e164(char out[NUMBER_TEXT_MAX], uint64_t key)
{
	size_t n;

	out[0] = '+';
	n = 1 + digits_text(out + 1, key);
	out[n] = '\0';
	return n;
}

size_t
number_national(char out[NUMBER_TEXT_MAX], const struct number *n)
{
	return numplan_national(out, NUMBER_TEXT_MAX, n->key, n->type);
}

/* ---- readings of a cell that cannot be read ---- */

/* May the byte stand inside one written number? */
static bool
joins(char c)
{
	return fold_kind_of(c) & KIND_JOINT;
}

static void
collect_run(struct number_cell *out, const char *p, int n,
    const struct number_rules *rules)
{
	struct number_cell sub;

	if (digits_in(p, n) < 7)
		return;
	number_read(&sub, p, n, rules);
	for (int k = 0; k < sub.count; k++)
		number_add(out, &sub.number[k]);
}

/*
 * Collect every number in the text, for a do-not-call list to block: the
 * longest runs first, their words when those are none.  `read`: all of the text
 * was read as one, and is none.
 */
static void
collect(struct number_cell *out, const struct folded *f, bool read,
    const struct number_rules *rules)
{
	for (int i = 0, j, k; i < f->n; i = j + (j == i)) {
		int before = out->count;

		for (j = i; j < f->n && joins(f->c[j]); j++)
			;
		if (!read || j - i < f->n)
			collect_run(out, f->c + i, j - i, rules);
		for (k = i; k < j && out->count == before; k++) {
			int from = k;

			while (k < j && f->c[k] != ' ')
				k++;
			if (k - from < j - i)
				collect_run(out, f->c + from, k - from, rules);
		}
	}
}

/* Settle for a status, with whatever can be read in the cell. */
static void
settle_with_readings(struct number_cell *out, enum number_status status,
    const struct folded *f, const struct number_rules *rules)
{
	number_settle(out, status);
	collect(out, f, false, rules);
}

/* Add what `digits` would be as one number. */
static void
add_reading(struct number_cell *out, const char *digits,
    const struct number_rules *rules)
{
	struct number_cell sub;

	if (number_read_plain(&sub, digits, (int)strlen(digits), rules))
		number_add(out, &sub.number[0]);
}

/* ---- shapes ---- */

/*
 * Could digits with `missing` more behind them be a number?  Tried with a
 * hundred endings: enough to find one in any range that is in use.
 */
static bool
could_grow(const struct scientific *sci, const struct number_rules *rules)
{
	struct number_cell c;
	char text[64] = "+";
	int at = sci->plus + sci->n;

	memcpy(text + sci->plus, sci->digits, (size_t)sci->n);
	memset(text + at, '5', (size_t)sci->missing);
	for (int v = 0; v < 100; v++) {
		text[at] = (char)('0' + v / 10);
		if (sci->missing > 1)
			text[at + 1] = (char)('0' + v % 10);
		if (number_read_plain(&c, text, at + sci->missing, rules))
			return true;
	}
	return false;
}

static void
read_scientific(struct number_cell *out, const struct folded *f,
    const struct number_rules *rules)
{
	struct scientific sci;
	char text[FOLD_MAX + 2] = "+";

	number_settle(out, NUMBER_INVALID);
	if (!scientific_read(&sci, f))
		return;
	if (sci.missing > 0) {
		struct number_rules any = { 0 };
		struct scientific abroad = sci;

		abroad.plus = true;
		if (could_grow(&sci, rules) ||
		    (rules->region == REGION_NONE && could_grow(&abroad, &any)))
			out->status = NUMBER_DAMAGED;
		return;
	}
	memcpy(text + sci.plus, sci.digits, (size_t)sci.n + 1);
	number_read(out, text, sci.plus + sci.n, rules);
	if (out->status == NUMBER_OK)
		out->status = NUMBER_REPAIRED;
	if (number_readable(out))
		out->flags |= NUMBER_SCI_EXACT;
}

/* The number as it stands, and with the factor of a hundred taken off. */
static void
read_percent(struct number_cell *out, const struct folded *f,
    const struct number_rules *rules)
{
	char digits[FOLD_MAX + 1];
	int n = 0;

	for (int i = 0; i < f->n; i++)
		if (is_digit(f->c[i]))
			digits[n++] = f->c[i];
	digits[n] = '\0';
	number_settle(out, NUMBER_DAMAGED);
	add_reading(out, digits, rules);
	if (n > 2 && digits[n - 1] == '0' && digits[n - 2] == '0') {
		digits[n - 2] = '\0';
		add_reading(out, digits, rules);
	}
}

/* ---- text with words and several numbers ---- */

/* A stretch without words, and what stands before it. */
struct segment {
	int from, to, digits;
	enum word before;
	bool words; /* some letters stand before it */
};

enum { SEGMENTS_MAX = 32 };

struct segments {
	struct segment s[SEGMENTS_MAX];
	int n;
	bool tail;  /* words after the last digits */
	bool words; /* words between digits */
	bool many;  /* more than there is room for */
};

static void
segment_end(struct segments *g, const struct folded *f, struct segment *s,
    int to)
{
	s->to = to;
	s->digits = digits_in(f->c + s->from, to - s->from);
	if (s->digits == 0)
		return;
	if (g->n == SEGMENTS_MAX) {
		g->many = true;
		return;
	}
	g->words = g->words || (g->n > 0 && s->words);
	g->s[g->n++] = *s;
	s->words = false;
	s->before = WORD_TEXT;
}

/* "ext. 12; 2025550144": does what follows an extension's digits end it? */
static bool
ends_ext(const struct folded *f, const struct segment *s, int at)
{
	return strchr(",;/|&", f->c[at]) &&
	    digits_in(f->c + s->from, at - s->from) > 0 &&
	    digits_in(f->c + at, f->n - at) > 0;
}

static void
segments_read(struct segments *g, const struct folded *f)
{
	struct segment s = { .before = WORD_TEXT };

	g->n = 0;
	g->tail = g->words = g->many = false;
	for (int i = 0, len; i < f->n;) {
		char c = f->c[i];

		if (is_letter(c)) {
			enum word kind = folded_word_kind(f, i, &len);

			segment_end(g, f, &s, i);
			/* "ext" or "or" outranks text beside it */
			s.before = kind > s.before ? kind : s.before;
			s.words = true;
			s.from = i += len;
		} else if (c == FOLD_LIST || c == '\n' || c == '\t' ||
		    (s.before >= WORD_EXT && ends_ext(f, &s, i))) {
			segment_end(g, f, &s, i);
			s.before = WORD_LIST;
			s.from = ++i;
		} else {
			i++;
		}
	}
	segment_end(g, f, &s, f->n);
	g->tail = s.words;
}

/* The digits of an extension after its label: nothing else may follow. */
static int
ext_digits(char *ext, const struct folded *f, const struct segment *s)
{
	int n = 0;

	for (int i = s->from; i < s->to; i++) {
		if (is_digit(f->c[i]) && n < NUMBER_EXT_MAX)
			ext[n++] = f->c[i];
		else if (!strchr(":.-#()=; ", f->c[i]))
			return 0;
	}
	ext[n] = '\0';
	return n;
}

/*
 * "1. 13812345678", "(2) 138...", "1:138...": a number of the list or of
 * its label stands before the telephone number.  Returns where that begins.
 */
static int
after_bullet(const char *p, int n)
{
	int i = 0, d = 0;

	while (i < n && strchr(" (", p[i]))
		i++;
	while (i < n && is_digit(p[i])) {
		i++;
		d++;
	}
	if (d == 0 || d > 2 || i == n || !strchr(".:)", p[i]))
		return 0;
	return i + 1;
}

static void
read_segment(struct number_cell *out, const struct folded *f,
    const struct segment *s, const struct number_rules *rules)
{
	struct number_cell sub;
	const char *p = f->c + s->from;
	int n = s->to - s->from, k;

	number_read(out, p, n, rules);
	if (number_readable(out) || (k = after_bullet(p, n)) == 0)
		return;
	number_read(&sub, p + k, n - k, rules);
	if (!number_readable(&sub))
		return;
	*out = sub;
	out->flags |= NUMBER_NAME_TAIL;
	if (out->status == NUMBER_OK)
		out->status = NUMBER_REPAIRED;
}

/* How the reading of a cell stands after some of its segments. */
struct tally {
	struct number_cell *out;
	int read;  /* segments that are numbers */
	bool note; /* short digits in text behind a number */
	bool ambiguous;
	bool failed;
	enum number_status status; /* of the first that is none */
	uint32_t flags;            /* of that one */
};

static void
tally_cell(struct tally *t, const struct number_cell *sub)
{
	if (number_readable(sub)) {
		t->read++;
		t->out->flags |= sub->flags;
		if (t->read == 1)
			t->out->status = sub->status;
	} else {
		if (!t->failed) {
			t->status = sub->status;
			t->flags = sub->flags;
		} else if (t->status != sub->status) {
			t->status = NUMBER_INVALID;
			t->flags = 0;
		}
		t->failed = true;
	}
	/* a number that is not judged may not pass for one that is */
	for (int k = 0; k < sub->count; k++)
		if (!number_add(t->out, &sub->number[k]))
			t->failed = true;
}

/* "; ext 12": the plan knows ";ext=12" and ", ext 12" but not this. */
static bool
is_odd_label(const struct folded *f, const struct segment *s)
{
	int end = s[-1].to;

	while (end > 0 && f->c[end - 1] == ' ')
		end--;
	return end > 0 && f->c[end - 1] == ';' && f->c[s->from] != '=';
}

/*
 * Set an extension aside; false when the segment is none.  `s` is not the
 * first: something was read, or failed, before it.
 */
static bool
tally_ext(struct tally *t, const struct folded *f, const struct segment *s)
{
	struct number *last;
	char ext[NUMBER_EXT_MAX + 1];
	int n;

	if (s->before < WORD_EXT ||
	    s->digits > (s->before == WORD_EXT_PLAIN ? 9 : 6) ||
	    (t->out->count == 0 && !t->failed))
		return false;
	n = ext_digits(ext, f, s);
	if (n == 0)
		return false;
	if (t->out->count == 0)
		return true; /* of a local or service number */
	last = &t->out->number[t->out->count - 1];
	if (last->ext[0] || n > 6)
		return false;
	memcpy(last->ext, ext, sizeof(ext));
	if (s->before == WORD_EXT || is_odd_label(f, s))
		t->out->flags |= NUMBER_EXT_STYLE;
	return true;
}

/* 9:00-18:00: hours behind a number, whose digits run in pairs. */
static bool
is_hours(const struct folded *f, const struct segment *s)
{
	bool colon = false;
	int run = 0;

	for (int i = s->from; i < s->to; i++) {
		run = is_digit(f->c[i]) ? run + 1 : 0;
		if (run > 2)
			return false;
		colon = colon || f->c[i] == ':';
	}
	return colon;
}

/* A short piece after a number: its sibling, or a note; else false. */
static bool
tally_short(struct tally *t, const struct folded *f, const struct segment *s)
{
	struct number num;
	char digits[16];
	int n = 0;

	if (t->read == 0)
		return false;
	if (s->before == WORD_TEXT && s->words &&
	    (s->digits <= 6 || is_hours(f, s))) {
		t->note = true;
		return true;
	}
	if (s->digits > 8)
		return false;
	if (s->before == WORD_LIST && s->digits <= 6 &&
	    t->out->number[t->out->count - 1].ext[0]) {
		t->out->flags |= NUMBER_EXT_STYLE; /* another one */
		return true;
	}
	for (int i = s->from; i < s->to; i++)
		if (is_digit(f->c[i]))
			digits[n++] = f->c[i];
	if (s->before == WORD_LIST && (n >= 7 || n <= 4) &&
	    number_sibling(&num, &t->out->number[t->out->count - 1], digits,
		n)) {
		if (!number_add(t->out, &num))
			t->failed = true;
		t->read++;
		/* without a word it may as well be an extension */
		t->ambiguous = t->ambiguous || (n <= 4 && !s->words);
		return true;
	}
	return false;
}

static void
tally_settle(struct tally *t, const struct segments *g)
{
	struct number_cell *out = t->out;

	if (t->failed || t->read == 0) {
		out->status = (uint8_t)t->status;
		out->flags = t->flags;
		if (t->read > 0) {
			out->status = NUMBER_INVALID;
			out->flags = 0;
		}
		return;
	}
	if (t->ambiguous) {
		out->status = NUMBER_AMBIGUOUS;
		out->flags = 0;
		return;
	}
	if (t->read > 1)
		number_settle_multi(out);
	if (out->status != NUMBER_MULTI && (g->tail || t->note))
		out->flags |= NUMBER_NAME_TAIL;
	if (out->status == NUMBER_OK && (out->flags & NUMBER_REPAIRS))
		out->status = NUMBER_REPAIRED;
}

static void
read_segments(struct number_cell *out, const struct folded *f,
    const struct segments *g, const struct number_rules *rules)
{
	struct tally t = { .out = out, .status = NUMBER_INVALID };
	struct number_cell sub;

	number_settle(out, NUMBER_INVALID);
	for (int i = 0; i < g->n; i++) {
		const struct segment *s = &g->s[i];

		if (tally_ext(&t, f, s))
			continue;
		/* "1、138...", "line 2: 138..." */
		if (i == 0 && s->digits <= 2 && g->n > 1 &&
		    g->s[1].digits >= 5) {
			t.note = true;
			continue;
		}
		read_segment(&sub, f, s, rules);
		if (!number_readable(&sub) && tally_short(&t, f, s))
			continue;
		tally_cell(&t, &sub);
	}
	tally_settle(&t, g);
}

/* tel:+1-202-555-0143;phone-context=...: the plan knows RFC 3966. */
static bool
read_uri(struct number_cell *out, struct span s,
    const struct number_rules *rules)
{
	struct number_cell c;

	s = span_trim(s);
	if (s.n < 4 || !span_eq_nocase(span_of(s.p, 4), SPAN("tel:")))
		return false;
	if (!memmem(s.p, s.n, ";phone-context=", 15) &&
	    !memmem(s.p, s.n, ";isub=", 6))
		return false;
	if (s.n > FOLD_MAX || !number_read_plain(&c, s.p, (int)s.n, rules))
		return false;
	*out = c;
	return true;
}

/* Letters as keypad digits: 1-800-FLOWERS. */
static bool
read_vanity(struct number_cell *out, const struct folded *f,
    const struct number_rules *rules)
{
	struct numplan_result r;
	struct number num;
	int letters = 0;

	if (!(f->kinds & KIND_ASCII_LETTER))
		return false;
	for (int i = 0; i < f->n; i++) {
		if (f->c[i] == FOLD_LETTER)
			return false;
		letters += is_ascii_letter(f->c[i]);
	}
	if (letters < 3 ||
	    !numplan_parse(&r, span_of(f->c, (size_t)f->n), rules->region,
		true))
		return false;
	num = (struct number){ .key = r.key,
		.region = r.region,
		.type = r.type };
	numplan_ext_digits(num.ext, sizeof(num.ext), r.ext);
	out->flags |= number_notes(&r, rules->region);
	number_add(out, &num);
	return true;
}

/*
 * The text could not be read: say why, with what a person might mean.
 * `out` holds the reading so far.
 */
static void
explain(struct number_cell *out, const struct folded *f,
    const struct segments *g, const struct number_rules *rules)
{
	struct number_cell joined;

	/* 138，1234，5678: list commas inside one number */
	if (!g->words && g->n > 1 &&
	    number_read_joined(&joined, f->c, f->n, rules)) {
		*out = joined;
		if (g->tail)
			out->flags |= NUMBER_NAME_TAIL;
		return;
	}
	if (out->status != NUMBER_INVALID || (out->flags & NUMBER_IOT))
		return;
	if (folded_letter_inside(f) && digits_in(f->c, f->n) >= 7 &&
	    out->count == 0)
		out->status = NUMBER_DAMAGED;
	if (out->count == 0)
		collect(out, f, g->n == 1 && g->s[0].to - g->s[0].from == f->n,
		    rules);
	if (!rules->vanity && out->count == 0)
		read_vanity(out, f, rules);
}

static void
read_text(struct number_cell *out, const struct folded *f,
    const struct number_rules *rules)
{
	struct segments g;
	char text[FOLD_MAX + 1];

	if (rules->vanity) {
		number_settle(out, NUMBER_OK);
		if (read_vanity(out, f, rules))
			return;
	}
	if (digits_in(f->c, f->n) == 0) {
		number_settle(out, NUMBER_INVALID);
		return;
	}
	if (folded_ocr(text, f)) {
		number_settle(out, NUMBER_DAMAGED);
		add_reading(out, text, rules);
		if (out->count > 0)
			return;
	}
	if (f->kinds & KIND_LETTER &&
	    (folded_is_identifier(f) || folded_is_labelled_id(f))) {
		settle_with_readings(out, NUMBER_INVALID, f, rules);
		if (folded_letter_inside(f) && out->count == 0 &&
		    is_digit(f->c[0]))
			out->status = NUMBER_DAMAGED;
		return;
	}
	segments_read(&g, f);
	read_segments(out, f, &g, rules);
	if (g.many)
		out->status = NUMBER_INVALID;
	if (!number_readable(out))
		explain(out, f, &g, rules);
}

static void
read_float(struct number_cell *out, struct folded *f,
    const struct number_rules *rules)
{
	folded_slice(f, 0, float_tail(f));
	read_text(out, f, rules);
	if (!number_readable(out))
		return;
	out->flags |= NUMBER_FLOAT_TAIL;
	if (out->status == NUMBER_OK)
		out->status = NUMBER_REPAIRED;
}

/* Chinese numerals are not read, but what they say can be blocked. */
static bool
read_numerals(struct number_cell *out, const struct folded *f,
    const struct number_rules *rules)
{
	char digits[FOLD_MAX + 1];

	if (folded_numerals(digits, f) == 0)
		return false;
	number_settle(out, NUMBER_INVALID);
	add_reading(out, digits, rules);
	return true;
}

/*
 * One mark behind the digits hides the last of them, unless the number is
 * whole without it and no digit more would fit.
 */
static void
read_tail_masked(struct number_cell *out, struct folded *f,
    const struct number_rules *rules)
{
	struct number_cell sub;

	for (char d = '0'; d <= '9'; d++) {
		f->c[f->n - 1] = d;
		if (number_read_plain(&sub, f->c, f->n, rules)) {
			number_settle(out, NUMBER_DAMAGED);
			return;
		}
	}
	folded_slice(f, 0, f->n - 1);
	read_text(out, f, rules);
	if (!number_readable(out))
		out->status = NUMBER_DAMAGED;
}

static void
read_shape(struct number_cell *out, struct folded *f,
    const struct number_rules *rules)
{
	switch (folded_shape(f)) {
	case SHAPE_LOST:
		number_settle(out, NUMBER_DAMAGED);
		return;
	case SHAPE_PERCENT:
		read_percent(out, f, rules);
		return;
	case SHAPE_OTHER:
	case SHAPE_DECIMAL:
		settle_with_readings(out, NUMBER_INVALID, f, rules);
		return;
	case SHAPE_SCIENTIFIC:
		read_scientific(out, f, rules);
		return;
	case SHAPE_FLOAT:
		read_float(out, f, rules);
		return;
	case SHAPE_MASKED:
		settle_with_readings(out, NUMBER_DAMAGED, f, rules);
		return;
	case SHAPE_TAIL_MASKED:
		read_tail_masked(out, f, rules);
		return;
	case SHAPE_GAPPED:
		read_text(out, f, rules);
		if (!number_readable(out))
			out->status = NUMBER_DAMAGED;
		return;
	case SHAPE_TEXT:
		if (!read_numerals(out, f, rules))
			read_text(out, f, rules);
		return;
	}
}

static bool
is_blank(const struct folded *f)
{
	for (int i = 0; i < f->n; i++)
		if (f->c[i] != ' ' && f->c[i] != '\t' && f->c[i] != '\n' &&
		    f->c[i] != FOLD_INVISIBLE &&
		    !(f->c[i] == FOLD_ODD && f->cp[i] >= 0x1680 &&
			f->cp[i] <= 0x205f && f->cp[i] != 0x2022))
			return false;
	return true;
}

static void
parse_slow(struct number_cell *out, struct span s,
    const struct number_rules *rules)
{
	struct folded f;

	folded_read(&f, s);
	if (is_blank(&f)) {
		number_settle(out, NUMBER_EMPTY);
		return;
	}
	if (read_uri(out, s, rules))
		return;
	if (f.cut) {
		settle_with_readings(out, NUMBER_INVALID, &f, rules);
		return;
	}
	folded_unwrap(&f);
	if (f.n == 0)
		number_settle(out, NUMBER_INVALID);
	else
		read_shape(out, &f, rules);
}

/* ---- the fast path ---- */

/*
 * What the bytes of an ordinary cell add to one sum: bytes count in its
 * lowest eight bits, then those that are kept, digits, dots and dashes.  Other
 * bytes add nothing, so that the bytes counted fall short of the length.
 */
#define BYTE 1ull
#define PLUS (1ull << 8 | BYTE)
#define DIGIT (1ull << 16 | PLUS)
#define DOT (1ull << 24 | BYTE)
#define DASH (1ull << 32 | BYTE)

static const uint64_t weight[256] = {
	['0' ... '9'] = DIGIT,
	['+'] = PLUS,
	[' '] = BYTE,
	['('] = BYTE,
	[')'] = BYTE,
	['.'] = DOT,
	['-'] = DASH,
};

bool
ordinary_read(struct ordinary *out, struct span s)
{
	uint64_t sum = 0;
	unsigned dots, dashes;

	if (s.n > ORDINARY_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		out->text[sum >> 8 & 0xff] = s.p[i];
		sum += weight[(unsigned char)s.p[i]];
	}
	if ((sum & 0xff) != s.n)
		return false;
	out->n = sum >> 8 & 0xff;
	out->digits = sum >> 16 & 0xff;
	dots = sum >> 24 & 0xff;
	dashes = sum >> 32 & 0xff;
	if (dots == 0 && dashes == 0)
		return out->digits != 14;
	if (out->digits <= 8 || dots == 1 || dots == 3)
		return false;
	return !(dashes >= 3 && memmem(s.p, s.n, "---", 3)) &&
	    !(dots >= 3 && memmem(s.p, s.n, "...", 3));
}

/*
 * Digits, perhaps with a plus in front, and so many that they are no time stamp
 * and nobody's id: what parse_slow() makes of them is what number_read() does.
 */
static bool
is_bare(const struct ordinary *o, struct span s)
{
	return o->digits > 0 && o->digits != 18 &&
	    o->digits + (s.p[0] == '+') == s.n;
}

void
number_parse(struct number_cell *out, struct span s,
    const struct number_rules *rules)
{
	struct numplan_result r;
	struct ordinary o;
	bool ordinary, tried;

	if (s.n == 0) {
		number_settle(out, NUMBER_EMPTY);
		return;
	}
	ordinary = ordinary_read(&o, s);
	/* more digits than a number has: perhaps an IP-dial prefix */
	tried = ordinary && o.digits <= 15;
	if (!tried || !numplan_parse(&r, s, rules->region, false)) {
		if (ordinary && is_bare(&o, s))
			number_read_bare(out, s.p, (int)s.n, tried, rules);
		else
			parse_slow(out, s, rules);
		return;
	}
	out->status = NUMBER_OK;
	out->count = 1;
	out->flags = number_notes(&r, rules->region);
	out->number[0].key = r.key;
	out->number[0].region = r.region;
	out->number[0].type = r.type;
	out->number[0].ext[0] = '\0';
}

/* ---- wildcards ---- */

/* Split a wildcard into its front and how many X stand behind; -1: any. */
static bool
wildcard_read(char *front, int *n, int *hidden, const struct folded *f)
{
	int end = f->n, masks;

	while (end > 0 &&
	    (strchr("*xX?#", f->c[end - 1]) || f->c[end - 1] == FOLD_MASK ||
		f->c[end - 1] == ' ' || f->c[end - 1] == '-'))
		end--;
	masks = 0;
	for (int i = end; i < f->n; i++)
		masks += f->c[i] != ' ' && f->c[i] != '-';
	*n = 0;
	for (int i = 0; i < end; i++) {
		if (is_digit(f->c[i]) || (f->c[i] == '+' && *n == 0))
			front[(*n)++] = f->c[i];
		else if (!strchr(" -().", f->c[i]))
			return false;
	}
	if (masks == 0 || *n > 19 || digits_in(front, *n) == 0)
		return false;
	*hidden = masks == 1 && f->c[f->n - 1] == '*' ? -1 : masks;
	return true;
}

static size_t
add_prefix(uint64_t prefix[2], size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (prefix[i] == value)
			return n;
	if (n < 2)
		prefix[n++] = value;
	return n;
}

/*
 * The front of the valid numbers that begin with it and have `k` more.  All k
 * must be of the number: where the reading drops one of them, as the 0 behind
 * a country code, the front it leaves would be shorter than what was written.
 */
static size_t
wildcard_grow(uint64_t prefix[2], size_t count, const char *front, int n, int k,
    const struct number_rules *rules)
{
	struct numplan_result r;
	uint64_t scale = 1, hidden;
	char text[48];

	memcpy(text, front, (size_t)n);
	memset(text + n, '5', (size_t)k);
	for (int i = 0; i < k; i++)
		scale *= 10;
	for (int v = 0; v < (k > 1 ? 100 : 10); v++) {
		text[n] = (char)('0' + v % 10);
		if (k > 1)
			text[n + 1] = (char)('0' + v / 10);
		hidden = 0;
		for (int i = n; i < n + k; i++)
			hidden = 10 * hidden + (uint64_t)(text[i] - '0');
		if (numplan_parse(&r, span_of(text, (size_t)(n + k)),
			rules->region, false) &&
		    r.key % scale == hidden && r.key / scale > 0)
			count = add_prefix(prefix, count, r.key / scale);
	}
	return count;
}

size_t
number_wildcard(uint64_t prefix[2], struct span s,
    const struct number_rules *rules)
{
	struct folded f;
	char front[FOLD_MAX + 1];
	int n, hidden;
	size_t count = 0;

	folded_read(&f, span_trim(s));
	if (f.cut || f.n < 2 || !wildcard_read(front, &n, &hidden, &f))
		return 0;
	if (hidden > 0)
		return hidden > 15 ?
		    0 :
		    wildcard_grow(prefix, 0, front, n, hidden, rules);
	for (int k = 1; k <= 12; k++)
		count = wildcard_grow(prefix, count, front, n, k, rules);
	return count;
}

/* Ten to the n, n below 20. */
static const uint64_t power10[] = { 1, 10, 100, 1000, 10000, 100000, 1000000,
	10000000, 100000000, 1000000000, 10000000000, 100000000000,
	1000000000000, 10000000000000, 100000000000000, 1000000000000000,
	10000000000000000, 100000000000000000, 1000000000000000000,
	10000000000000000000u };

/* How many digits; v above 0.  (1233/4096 is the logarithm of 2, nearly.) */
static unsigned
digits_of(uint64_t v)
{
	unsigned n = ((64 - (unsigned)__builtin_clzll(v)) * 1233) >> 12;

	return n + (v >= power10[n]);
}

uint64_t
number_other_reading(const struct number *n)
{
	unsigned cc = region_calling_code(n->region), length, cc_digits;
	struct numplan_result r;
	uint64_t rest;

	if (cc == 0)
		return 0;
	cc_digits = 1 + (cc >= 10) + (cc >= 100);
	length = digits_of(n->key);
	if (length < 2 * cc_digits)
		return 0;
	/* does the country code stand there once more? */
	rest = n->key - cc * power10[length - cc_digits];
	if (rest - cc * power10[length - 2 * cc_digits] >=
	    power10[length - 2 * cc_digits])
		return 0; /* also where the difference is below 0 */
	return numplan_valid_key(&r, rest) ? rest : 0;
}
