#include "text/numplan.h"

#include <string.h>

#include "base/digits8.h"
#include "text/numplan_tables.h"
#include "text/numplan_text.h"

/*
 * Digits of a number, with room to read a word behind them, and the integer
 * they make, modulo 2^64: it is exact again once few enough are left.
 */
struct digits {
	const uint8_t *d;
	unsigned n;
	uint64_t value;
};

enum {
	NO_CODE = 0,
	TEN_TO_MAX = 19,
	KEY_DIGITS_MAX = 19, /* what fits any 64-bit integer */
	E164_DIGITS_MAX = 20,
	ABROAD_MIN = 2 /* as few digits are never a number from abroad */
};

/* ---- digits and values --------------------------------------------------- */

static const uint64_t ten_to[TEN_TO_MAX + 1] = { 1, 10, 100, 1000, 10000,
	100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
	100000000000, 1000000000000, 10000000000000, 100000000000000,
	1000000000000000, 10000000000000000, 100000000000000000,
	1000000000000000000, 10000000000000000000u };

static inline void
store(void *p, uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	memcpy(p, &w, sizeof(w));
}

static inline uint64_t
digits_value(const uint8_t *d, unsigned n)
{
	uint64_t value = 0;

	for (; n >= 8; d += 8, n -= 8)
		value = value * 100000000 + digits8_value(digits8_load(d));
	if (n == 0)
		return value;
	return value * ten_to[n] +
	    digits8_value(digits8_load(d) << 8 * (8 - n));
}

static inline struct digits
digits_of(const uint8_t *d, unsigned n)
{
	return (struct digits){ d, n, digits_value(d, n) };
}

/* What follows the first `n` digits, which make `value`. */
static inline struct digits
digits_after(struct digits s, unsigned n, uint64_t value)
{
	unsigned rest = s.n - n;

	if (rest > TEN_TO_MAX)
		return digits_of(s.d + n, rest);
	return (struct digits){ s.d + n, rest, s.value - value * ten_to[rest] };
}

/* The digits of a key; returns how many. */
static unsigned
key_digits(uint8_t d[E164_DIGITS_MAX + NUMPLAN_PAD], uint64_t key)
{
	char text[DIGITS_MAX];
	unsigned n = key > 0 ? (unsigned)digits_text(text, key) : 0;

	for (unsigned i = 0; i < n; i++)
		d[i] = (uint8_t)(text[i] - '0');
	return n;
}

/* ---- walks --------------------------------------------------------------- */

static inline unsigned
walk(unsigned cell, const uint8_t *d)
{
	while (!(cell & NUMPLAN_LEAF))
		cell = numplan_pool[cell][*d++];
	return cell & ~NUMPLAN_LEAF;
}

static inline bool
possible_length(unsigned n)
{
	return n - NUMPLAN_LEN_MIN < NUMPLAN_LENS;
}

/* Region and type of a national number, 0 when invalid. */
static inline unsigned
judge(const struct numplan_code *code, const uint8_t *d, unsigned n)
{
	if (!possible_length(n))
		return 0;
	return walk(code->valid[n - NUMPLAN_LEN_MIN], d);
}

static bool
fits_general(const struct numplan_region *r, struct digits s)
{
	return possible_length(s.n) &&
	    walk(r->general[s.n - NUMPLAN_LEN_MIN], s.d) != 0;
}

static const struct numplan_strip *
find_prefix(unsigned cell, struct digits s)
{
	unsigned i = 0;

	while (!(cell & NUMPLAN_LEAF)) {
		cell = numplan_strip_pool[cell][i < s.n ? s.d[i] : 10];
		i++;
	}
	return &numplan_strips[cell & ~NUMPLAN_LEAF];
}

/* ---- parsing: what the digits are ---------------------------------------- */

/* A place for the digits of a number whose prefix was rewritten. */
struct scratch {
	uint8_t d[NUMPLAN_DIGITS_MAX + 4 + NUMPLAN_PAD];
};

/* What is left when a prefix is taken off or rewritten. */
static struct digits
rewrite(struct scratch *to, struct digits s, const struct numplan_strip *strip)
{
	unsigned n = 0;

	if (!strip->inserted && strip->from == strip->to)
		return digits_of(s.d + strip->end, s.n - strip->end);
	for (; n < strip->inserted; n++)
		to->d[n] = (uint8_t)(strip->insert[n] - '0');
	for (unsigned i = strip->from; i < strip->to; i++)
		to->d[n++] = s.d[i];
	memcpy(to->d + n, s.d + strip->end, s.n - strip->end);
	return digits_of(to->d, n + s.n - strip->end);
}

/*
 * Of a number with and one without its national prefix: one that fits the
 * general pattern of its region keeps what only looks like a prefix, when
 * without it the rest would not fit.
 */
static struct digits
choose(const struct numplan_region *r, struct digits s, struct digits rest)
{
	return fits_general(r, s) && !fits_general(r, rest) ? s : rest;
}

/* Has what a prefix left a length that numbers of the region have? */
static inline bool
usable(const struct numplan_region *r, unsigned n)
{
	return n > r->max || r->usable >> n & 1;
}

static inline unsigned
guard(const struct numplan_region *r, const uint8_t *d)
{
	unsigned pair = d[0] * 10u + d[1];

	return r->guard[pair / 2] >> 4 * (pair & 1) & 15;
}

/* Write the result down: this country code, this national number. */
static inline bool
finish(struct numplan_result *out, const struct numplan_code *code,
    struct digits s, unsigned leaf)
{
	if (!possible_length(s.n) || code->digits + s.n > KEY_DIGITS_MAX)
		return false;
	out->key = code->value * ten_to[s.n] + s.value;
	out->cc_digits = code->digits;
	if (leaf == 0)
		return false;
	out->region = numplan_regions[leaf >> 4].name;
	out->type = leaf & 15;
	return out->valid = true;
}

static inline bool
finish_judged(struct numplan_result *out, const struct numplan_code *code,
    struct digits s)
{
	return finish(out, code, s, judge(code, s.d, s.n));
}

/* A national number that `rest` is without its prefix. */
static inline bool
finish_stripped(struct numplan_result *out, const struct numplan_region *r,
    struct digits s, struct digits rest)
{
	const struct numplan_code *code = &numplan_codes[r->code];
	unsigned leaf;

	if (!usable(r, rest.n))
		return finish_judged(out, code, s);
	/* A valid number of the region fits its general pattern: take it. */
	leaf = judge(code, rest.d, rest.n);
	if (leaf && &numplan_regions[leaf >> 4] == r)
		return finish(out, code, rest, leaf);
	return finish_judged(out, code, choose(r, s, rest));
}

/* With a prefix that only the machine understands. */
static bool
read_prefixed(struct numplan_result *out, const struct numplan_region *r,
    struct digits s)
{
	const struct numplan_strip *strip = find_prefix(r->national, s);
	struct scratch scratch;

	if (strip == numplan_strips)
		return finish_judged(out, &numplan_codes[r->code], s);
	return finish_stripped(out, r, s, rewrite(&scratch, s, strip));
}

/*
 * A national number, perhaps with its national prefix, which is stripped as
 * region `r` does; `hint` is what the guard says.
 */
static inline bool
read_national(struct numplan_result *out, const struct numplan_region *r,
    struct digits s, unsigned hint)
{
	/*
	 * Branches on purpose: they are guessed, and the walk starts at once.
	 * Choosing the digits without them takes half as long again.
	 */
	if (hint & NUMPLAN_PREFIXED)
		return read_prefixed(out, r, s);
	if (hint & NUMPLAN_ONE_DIGIT)
		return finish_stripped(out, r, s, digits_after(s, 1, s.d[0]));
	return finish_judged(out, &numplan_codes[r->code], s);
}

/*
 * The main region of the country code that three digits or more start with,
 * which is taken off; NULL when there is none.
 */
static inline const struct numplan_region *
take_country(struct digits *s)
{
	unsigned
	    at = numplan_code_by_digits[s->d[0] * 100 + s->d[1] * 10 + s->d[2]];
	const struct numplan_code *code;

	if (at == NO_CODE)
		return NULL;
	code = &numplan_codes[at - 1];
	*s = digits_after(*s, code->digits, code->value);
	return &numplan_regions[code->main];
}

/*
 * Does the number start with the country code of `r`?  *rest is what follows,
 * without a national prefix.
 */
static bool
after_own_code(const struct numplan_region *r, struct digits s,
    struct scratch *scratch, struct digits *rest)
{
	const struct numplan_code *code = &numplan_codes[r->code];
	const struct numplan_strip *strip;

	if (s.n < code->digits ||
	    digits_value(s.d, code->digits) != code->value)
		return false;
	*rest = digits_after(s, code->digits, code->value);
	strip = find_prefix(r->national, *rest);
	if (strip != numplan_strips)
		*rest = choose(r, *rest, rewrite(scratch, *rest, strip));
	return true;
}

/*
 * A number in international form without a plus: behind an international
 * prefix, or with the country code of `r`.  That is believed when the number
 * is too long for `r`, or makes sense only without the code.  *found is false
 * when the number is in national form.
 */
static __attribute__((noinline)) bool
read_abroad(struct numplan_result *out, const struct numplan_region *r,
    struct digits s, bool *found)
{
	const struct numplan_strip *idd = find_prefix(r->idd, s);
	struct scratch scratch;
	struct digits rest;

	*found = true;
	/* No country code starts with 0: such a prefix is something else. */
	if (idd->end > 0 && !(idd->end < s.n && s.d[idd->end] == 0)) {
		rest = digits_of(s.d + idd->end, s.n - idd->end);
		r = rest.n > ABROAD_MIN ? take_country(&rest) : NULL;
	} else if (after_own_code(r, s, &scratch, &rest) &&
	    (s.n > r->max || (!fits_general(r, s) && fits_general(r, rest)))) {
		/* Once more, as the code's main region does. */
		r = &numplan_regions[numplan_codes[r->code].main];
	} else {
		*found = false;
	}
	return *found && r && rest.n >= NUMPLAN_LEN_MIN &&
	    read_national(out, r, rest, guard(r, rest.d));
}

/* The digits of a whole number, with + in front or not. */
static inline bool
read_digits(struct numplan_result *out, struct digits s, bool plus,
    const struct numplan_region *r)
{
	const struct numplan_region *home = r;
	bool done;

	if (plus) {
		if (s.n <= ABROAD_MIN)
			return false;
		/* No such country: perhaps the plus should not be there. */
		if (!(r = take_country(&s)))
			return home && read_abroad(out, home, s, &done);
	} else if (r && s.n >= NUMPLAN_LEN_MIN &&
	    guard(r, s.d) & NUMPLAN_ABROAD) {
		read_abroad(out, r, s, &done);
		if (done)
			return out->valid;
	}
	return r && s.n >= NUMPLAN_LEN_MIN &&
	    read_national(out, r, s, guard(r, s.d));
}

/* ---- text ---------------------------------------------------------------- */

enum { PUNCT = 16, OTHER = 32 };

/*
 * The bytes the quick reading knows: digits are their value.  'x', '~' and
 * '*' are punctuation, too, but may begin an extension or be a letter.
 */
static const uint8_t byte_class[256] = {
#define O8 OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER
	O8, O8, O8, O8, PUNCT, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER,
	PUNCT, PUNCT, OTHER, OTHER, OTHER, PUNCT, PUNCT, PUNCT, 0, 1, 2, 3, 4,
	5, 6, 7, 8, 9, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, O8, O8, O8,
	OTHER, OTHER, OTHER, PUNCT, OTHER, PUNCT, OTHER, OTHER, O8, O8, O8, O8,
	O8, O8, O8, O8, O8, O8, O8, O8, O8, O8, O8, O8, O8, O8, O8, O8
#undef O8
};

/*
 * Eight to 16 digits and nothing else: two words that overlap.  Their value
 * is made from the registers, for what was just stored in two pieces cannot
 * be loaded in one without waiting.
 */
static inline bool
read_bare(struct numplan_digits *text, const char *p, size_t n,
    struct digits *out)
{
	uint64_t first = digits8_load(p), last = digits8_load(p + n - 8);

	if (!digits8_all(first) || !digits8_all(last))
		return false;
	first &= 0x0f0f0f0f0f0f0f0f;
	last &= 0x0f0f0f0f0f0f0f0f;
	store(text->d, first);
	store(text->d + n - 8, last);
	/* Of the last word, what the first does not have. */
	last = n == 8 ? 0 : last >> 8 * (16 - n) << 8 * (16 - n);
	*out = (struct digits){ text->d, (unsigned)n,
		digits8_value(first) * ten_to[n - 8] + digits8_value(last) };
	return true;
}

/*
 * Read a number of ASCII digits and punctuation.  False when there are fewer
 * than three digits or the text needs the exact reading.
 */
static inline bool
read_plain(struct numplan_digits *text, struct span s, struct digits *out)
{
	const char *p = s.p, *end = s.p + s.n;
	unsigned n = 0;

	while (p < end && byte_class[(unsigned char)*p] == PUNCT)
		p++;
	text->plus = p < end && *p == '+';
	p += text->plus;
	if (end - p >= 8 && end - p <= 16 &&
	    read_bare(text, p, (size_t)(end - p), out))
		return true;
	while (p < end) {
		unsigned class = byte_class[(unsigned char)*p++];

		if (class == OTHER)
			return false;
		text->d[n] = (uint8_t) class;
		n += class < 10;
	}
	if (n < 3)
		return false;
	*out = digits_of(text->d, n);
	return true;
}

static const struct numplan_region *
region_find(uint16_t region)
{
	unsigned a = (region >> 8) - 'A', b = (region & 255) - 'A', at;

	if (a >= 26 || b >= 26)
		return NULL;
	at = numplan_region_by_letters[a * 26 + b];
	return at == NUMPLAN_NO_REGION ? NULL : &numplan_regions[at];
}

bool
numplan_parse(struct numplan_result *out, struct span s, uint16_t region,
    bool vanity)
{
	const struct numplan_region *r = region_find(region);
	struct numplan_digits text;
	struct digits digits;

	memset(out, 0, sizeof(*out));
	if (s.n <= NUMPLAN_DIGITS_MAX && read_plain(&text, s, &digits))
		return read_digits(out, digits, text.plus, r);
	if (!numplan_text_read(&text, s, vanity))
		return false;
	read_digits(out, digits_of(text.d, text.n), text.plus, r);
	if (out->key)
		out->ext = text.ext;
	return out->valid;
}

/* ---- how far a number is looked at --------------------------------------- */

static inline unsigned
most(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* The digits a walk reads until it ends at a leaf, which is stored. */
static unsigned
walk_length(unsigned cell, const uint8_t *d, unsigned *leaf)
{
	unsigned n = 0;

	while (!(cell & NUMPLAN_LEAF))
		cell = numplan_pool[cell][d[n++]];
	*leaf = cell & ~NUMPLAN_LEAF;
	return n;
}

/*
 * As find_prefix(), where *looked is to grow to the digits it reads; false
 * when it reads them to the end.
 */
static bool
looked_prefix(unsigned cell, struct digits s,
    const struct numplan_strip **strip, unsigned *looked)
{
	unsigned n = 0;

	while (!(cell & NUMPLAN_LEAF)) {
		if (n == s.n)
			return false;
		cell = numplan_strip_pool[cell][s.d[n++]];
	}
	*strip = &numplan_strips[cell & ~NUMPLAN_LEAF];
	*looked = most(*looked, n);
	return true;
}

/* The same for fits_general(), which it answers. */
static bool
looked_general(const struct numplan_region *r, struct digits s,
    unsigned *looked)
{
	unsigned leaf, n;

	if (!possible_length(s.n))
		return false;
	n = walk_length(r->general[s.n - NUMPLAN_LEN_MIN], s.d, &leaf);
	*looked = most(*looked, n);
	return leaf != 0;
}

/*
 * The digits read_national() looks at, if it finds a valid number the short
 * way, perhaps behind a prefix that it takes off; else 0.
 */
static unsigned
looked_national(const struct numplan_region *r, struct digits s)
{
	const struct numplan_code *code = &numplan_codes[r->code];
	const struct numplan_strip *strip;
	unsigned hint, looked = 2, skip = 0, leaf, n;

	if (s.n < NUMPLAN_LEN_MIN)
		return 0;
	hint = guard(r, s.d);
	if (hint & NUMPLAN_PREFIXED) {
		if (!looked_prefix(r->national, s, &strip, &looked) ||
		    strip->inserted || strip->from != strip->to)
			return 0;
		skip = strip->end;
	} else if (hint & NUMPLAN_ONE_DIGIT) {
		skip = 1;
	}
	if (!usable(r, s.n - skip))
		skip = 0;
	s = digits_of(s.d + skip, s.n - skip);
	if (!possible_length(s.n))
		return 0;
	n = walk_length(code->valid[s.n - NUMPLAN_LEN_MIN], s.d, &leaf);
	if (leaf == 0 || (skip && &numplan_regions[leaf >> 4] != r))
		return 0;
	return most(looked, skip + n);
}

/* All the digits looked at: `before`, and of those behind `n` so many; 0 when
 * there it is not known. */
static unsigned
looked_behind(unsigned before, unsigned n, unsigned looked)
{
	return looked ? most(before, n + looked) : 0;
}

/* The digits looked at of a number that begins with its country code. */
static unsigned
looked_country(struct digits s)
{
	unsigned n = s.n;
	const struct numplan_region *r = n > ABROAD_MIN ? take_country(&s) :
							  NULL;

	return r ? looked_behind(3, n - s.n, looked_national(r, s)) : 0;
}

/* The digits looked at of a number that may begin with the code of `r`. */
static unsigned
looked_own_code(const struct numplan_region *r, struct digits s)
{
	const struct numplan_code *code = &numplan_codes[r->code];
	const struct numplan_strip *strip;
	unsigned n = code->digits, looked = n, more = 0;
	struct digits rest;
	bool own;

	if (s.n < n || digits_value(s.d, n) != code->value)
		return looked_behind(n, 0, looked_national(r, s));
	rest = digits_after(s, n, code->value);
	if (!looked_prefix(r->national, rest, &strip, &more) ||
	    strip != numplan_strips)
		return 0;
	own = s.n > r->max ||
	    (!looked_general(r, s, &looked) && looked_general(r, rest, &more));
	looked = most(looked, n + more);
	if (!own)
		return looked_behind(looked, 0, looked_national(r, s));
	return looked_behind(looked, n,
	    looked_national(&numplan_regions[code->main], rest));
}

/* The digits looked at where read_abroad() is asked first. */
static unsigned
looked_abroad(const struct numplan_region *r, struct digits s)
{
	const struct numplan_strip *idd;
	unsigned looked = 0, n;

	if (!looked_prefix(r->idd, s, &idd, &looked))
		return 0;
	n = idd->end;
	if (n == 0)
		return looked_behind(looked, 0, looked_own_code(r, s));
	return looked_behind(looked, n,
	    looked_country(digits_of(s.d + n, s.n - n)));
}

unsigned
numplan_looked(struct span s, uint16_t region)
{
	const struct numplan_region *r = region_find(region);
	struct numplan_digits text;
	struct digits digits;

	if (s.n > NUMPLAN_DIGITS_MAX || !read_plain(&text, s, &digits) ||
	    digits.n + text.plus != s.n)
		return 0;
	if (text.plus)
		return looked_behind(0, 1, looked_country(digits));
	if (!r || digits.n < NUMPLAN_LEN_MIN)
		return 0;
	return guard(r, digits.d) & NUMPLAN_ABROAD ? looked_abroad(r, digits) :
						     looked_national(r, digits);
}

/* ---- keys ---------------------------------------------------------------- */

/* Split the digits of a key; NULL when it has no country code. */
static const struct numplan_code *
split_key(struct digits *s)
{
	unsigned at = s->n < 3 ?
	    NO_CODE :
	    numplan_code_by_digits[s->d[0] * 100 + s->d[1] * 10 + s->d[2]];
	const struct numplan_code *code;

	if (at == NO_CODE)
		return NULL;
	code = &numplan_codes[at - 1];
	*s = digits_after(*s, code->digits, code->value);
	return code;
}

bool
numplan_valid_key(struct numplan_result *out, uint64_t key)
{
	uint8_t d[E164_DIGITS_MAX + NUMPLAN_PAD];
	struct digits s = { d, key_digits(d, key), key };
	const struct numplan_code *code = split_key(&s);

	memset(out, 0, sizeof(*out));
	return code && finish_judged(out, code, s);
}

size_t
numplan_national(char *out, size_t cap, uint64_t key, uint8_t type)
{
	uint8_t d[E164_DIGITS_MAX + NUMPLAN_PAD];
	struct digits s = { d, key_digits(d, key), key };
	const struct numplan_code *code = split_key(&s);
	const struct numplan_format *f = numplan_formats;
	size_t n = 0;

	(void)type; /* the plan's formats go by digits alone */
	if (cap > 0)
		out[0] = '\0';
	if (!code || s.n == 0 || cap < NUMPLAN_NATIONAL_MAX)
		return 0;
	if (possible_length(s.n))
		f += walk(code->format[s.n - NUMPLAN_LEN_MIN], s.d);
	for (const char *p = f->first; *p; p++)
		out[n++] = *p;
	for (unsigned i = f->from; i < f->to; i++)
		out[n++] = (char)('0' + s.d[i]);
	for (const char *p = f->second; *p; p++)
		out[n++] = *p;
	for (unsigned i = f->rest; i < s.n; i++)
		out[n++] = (char)('0' + s.d[i]);
	out[n] = '\0';
	return n;
}

size_t
numplan_ext_digits(char *out, size_t cap, struct span ext)
{
	size_t n = 0, at = 0;

	while (at < ext.n && n + 1 < cap) {
		int d = numplan_text_digit(numplan_text_next(ext, &at));

		if (d >= 0)
			out[n++] = (char)('0' + d);
	}
	if (cap > 0)
		out[n] = '\0';
	return n;
}

/* ---- regions and names --------------------------------------------------- */

uint16_t
region_code(struct span name)
{
	uint16_t code;

	if (name.n != 2)
		return REGION_NONE;
	code = (uint16_t)((name.p[0] & 0xdf) << 8 | (name.p[1] & 0xdf));
	return region_find(code) ? code : REGION_NONE;
}

uint16_t
region_of_calling_code(unsigned cc)
{
	const struct numplan_code *code;
	unsigned at = cc;

	if (cc == 0 || cc > 999)
		return REGION_NONE;
	while (at < 100)
		at *= 10; /* no other code starts with the digits of one */
	at = numplan_code_by_digits[at];
	if (at == NO_CODE)
		return REGION_NONE;
	code = &numplan_codes[at - 1];
	return code->value == cc ? numplan_regions[code->main].name :
				   REGION_NONE;
}

unsigned
region_calling_code(uint16_t region)
{
	const struct numplan_region *r = region_find(region);

	return r ? numplan_codes[r->code].value : 0;
}

void
region_name(char out[4], uint16_t region)
{
	memset(out, 0, 4);
	if (region == REGION_WORLD) {
		memcpy(out, "001", 3);
	} else if (region != REGION_NONE) {
		out[0] = (char)(region >> 8);
		out[1] = (char)(region & 255);
	}
}

const char *
number_type_name(enum number_type type)
{
	static const char *const names[NUMBER_TYPES] = {
		[NUMBER_UNKNOWN] = "UNKNOWN",
		[NUMBER_MOBILE] = "MOBILE",
		[NUMBER_FIXED_LINE] = "FIXED_LINE",
		[NUMBER_FIXED_LINE_OR_MOBILE] = "FIXED_LINE_OR_MOBILE",
		[NUMBER_TOLL_FREE] = "TOLL_FREE",
		[NUMBER_PREMIUM_RATE] = "PREMIUM_RATE",
		[NUMBER_SHARED_COST] = "SHARED_COST",
		[NUMBER_VOIP] = "VOIP",
		[NUMBER_PERSONAL_NUMBER] = "PERSONAL_NUMBER",
		[NUMBER_PAGER] = "PAGER",
		[NUMBER_UAN] = "UAN",
		[NUMBER_VOICEMAIL] = "VOICEMAIL"
	};

	return (unsigned)type < NUMBER_TYPES ? names[type] : "UNKNOWN";
}

const char *
numplan_version(void)
{
	return numplan_source;
}
