/* See number_triage.h. */
#include "text/number_triage.h"

#include <stdlib.h>

/* ---- folding ---- */

#define BLANK (KIND_SPACER | KIND_FRONT | KIND_BACK)

const uint16_t fold_kind[256] = {
	['0' ... '9'] = KIND_DIGIT | KIND_JOINT,
	['a' ... 'd'] = KIND_ASCII_LETTER,
	['e'] = KIND_ASCII_LETTER | KIND_EXPONENT,
	['f' ... 'w'] = KIND_ASCII_LETTER,
	['x'] = KIND_ASCII_LETTER | KIND_MASK,
	['y' ... 'z'] = KIND_ASCII_LETTER,
	['A' ... 'D'] = KIND_ASCII_LETTER,
	['E'] = KIND_ASCII_LETTER | KIND_EXPONENT,
	['F' ... 'W'] = KIND_ASCII_LETTER,
	['X'] = KIND_ASCII_LETTER | KIND_MASK,
	['Y' ... 'Z'] = KIND_ASCII_LETTER,
	[FOLD_INVISIBLE] = KIND_JOINT | KIND_FRONT | KIND_BACK,
	[FOLD_ODD] = KIND_FILLER | BLANK,
	[FOLD_LETTER] = KIND_OTHER_LETTER,
	[FOLD_MASK] = KIND_MASK,
	[FOLD_SYMBOL] = KIND_FRONT | KIND_BACK,
	[FOLD_LIST] = KIND_DIVIDER | KIND_FRONT | KIND_BACK,
	['\t'] = KIND_DIVIDER | BLANK,
	['\n'] = KIND_DIVIDER | BLANK,
	[' '] = KIND_SEPARATOR | KIND_JOINT | BLANK,
	['!'] = KIND_FRONT | KIND_BACK,
	['"'] = KIND_FRONT | KIND_BACK,
	['#'] = KIND_MASK,
	['$'] = KIND_FRONT,
	['%'] = KIND_PERCENT,
	['&'] = KIND_DIVIDER | KIND_FRONT | KIND_BACK,
	['\''] = KIND_FRONT | KIND_BACK,
	['('] = KIND_SEPARATOR | KIND_JOINT | KIND_SPACER,
	[')'] = KIND_SEPARATOR | KIND_JOINT,
	['*'] = KIND_MASK,
	['+'] = KIND_JOINT | KIND_SPACER,
	[','] = KIND_POINT | KIND_DIVIDER | KIND_FRONT | KIND_BACK,
	['-'] = KIND_FILLER | KIND_SEPARATOR | KIND_JOINT | KIND_BACK,
	['.'] = KIND_FILLER | KIND_POINT | KIND_SEPARATOR | KIND_JOINT |
	    KIND_FRONT | KIND_BACK,
	['/'] = KIND_DIVIDER | KIND_SEPARATOR | KIND_JOINT | KIND_BACK,
	[':'] = KIND_COLON | KIND_FRONT | KIND_BACK,
	[';'] = KIND_DIVIDER | KIND_FRONT | KIND_BACK,
	['<'] = KIND_FRONT | KIND_BACK,
	['='] = KIND_FRONT | KIND_BACK,
	['>'] = KIND_FRONT | KIND_BACK,
	['?'] = KIND_MASK,
	['@'] = KIND_AT,
	['['] = KIND_SEPARATOR | KIND_JOINT,
	['\\'] = KIND_DIVIDER | KIND_FRONT | KIND_BACK,
	[']'] = KIND_SEPARATOR | KIND_JOINT,
	['^'] = KIND_FRONT | KIND_BACK,
	['_'] = KIND_FILLER | KIND_FRONT | KIND_BACK,
	['`'] = KIND_FRONT | KIND_BACK,
	['{'] = KIND_FRONT | KIND_BACK,
	['|'] = KIND_DIVIDER | KIND_FRONT | KIND_BACK,
	['}'] = KIND_FRONT | KIND_BACK,
	['~'] = KIND_DIVIDER,
};

/* Code points to classes; the first range that holds one decides. */
static const struct {
	uint32_t lo, hi;
	unsigned char to;
} fold_table[] = {
	{ 0x00, 0x08, FOLD_INVISIBLE },
	{ 0x0b, 0x0d, '\n' },
	{ 0x0e, 0x1f, FOLD_INVISIBLE },
	{ 0x7f, 0x84, FOLD_INVISIBLE },
	{ 0x85, 0x85, '\n' },
	{ 0x86, 0x9f, FOLD_INVISIBLE },
	{ 0xa0, 0xa0, ' ' },
	{ 0xa1, 0xa9, FOLD_SYMBOL },
	{ 0xab, 0xab, '"' },
	{ 0xac, 0xac, FOLD_SYMBOL },
	{ 0xad, 0xad, FOLD_INVISIBLE },
	{ 0xae, 0xb3, FOLD_SYMBOL },
	{ 0xb4, 0xb4, '\'' },
	{ 0xb6, 0xb6, FOLD_SYMBOL },
	{ 0xb7, 0xb7, FOLD_ODD },
	{ 0xb8, 0xb9, FOLD_SYMBOL },
	{ 0xba, 0xba, FOLD_SYMBOL },
	{ 0xbb, 0xbb, '"' },
	{ 0xbc, 0xbf, FOLD_SYMBOL },
	{ 0xd7, 0xd7, FOLD_MASK },
	{ 0xf7, 0xf7, FOLD_SYMBOL },
	{ 0x300, 0x36f, FOLD_INVISIBLE },
	{ 0x60c, 0x60c, FOLD_LIST },
	{ 0x61b, 0x61b, FOLD_LIST },
	{ 0x61c, 0x61c, FOLD_INVISIBLE },
	{ 0x115f, 0x1160, FOLD_INVISIBLE },
	{ 0x1680, 0x1680, FOLD_ODD },
	{ 0x180b, 0x180e, FOLD_INVISIBLE },
	{ 0x2000, 0x200a, FOLD_ODD },
	{ 0x200b, 0x200f, FOLD_INVISIBLE },
	{ 0x2010, 0x2015, '-' },
	{ 0x2018, 0x201b, '\'' },
	{ 0x201c, 0x201f, '"' },
	{ 0x2022, 0x2022, FOLD_ODD },
	{ 0x2024, 0x2024, FOLD_ODD },
	{ 0x2025, 0x2026, FOLD_MASK },
	{ 0x2027, 0x2027, FOLD_ODD },
	{ 0x2028, 0x2029, '\n' },
	{ 0x202a, 0x202e, FOLD_INVISIBLE },
	{ 0x202f, 0x202f, FOLD_ODD },
	{ 0x2032, 0x2033, '\'' },
	{ 0x2039, 0x203a, '"' },
	{ 0x2043, 0x2044, FOLD_ODD },
	{ 0x204e, 0x204e, '*' },
	{ 0x2053, 0x2053, '~' },
	{ 0x205f, 0x205f, FOLD_ODD },
	{ 0x2060, 0x206f, FOLD_INVISIBLE },
	{ 0x2000, 0x206f, FOLD_SYMBOL },
	{ 0x20d0, 0x20ff, FOLD_INVISIBLE },
	{ 0x20a0, 0x20cf, FOLD_SYMBOL },
	{ 0x2212, 0x2212, '-' },
	{ 0x2215, 0x2219, FOLD_ODD },
	{ 0x223c, 0x223c, '~' },
	{ 0x22c5, 0x22c5, FOLD_ODD },
	{ 0x2500, 0x2502, FOLD_ODD },
	{ 0x2580, 0x25ff, FOLD_MASK },
	{ 0x2715, 0x2718, FOLD_MASK },
	{ 0x2731, 0x2732, '*' },
	{ 0x2795, 0x2795, '+' },
	{ 0x2796, 0x2796, '-' },
	{ 0x2b1a, 0x2b1c, FOLD_MASK },
	{ 0x2b55, 0x2b55, FOLD_MASK },
	{ 0x2100, 0x2bff, FOLD_SYMBOL },
	{ 0x3000, 0x3000, ' ' },
	{ 0x3001, 0x3001, FOLD_LIST },
	{ 0x3002, 0x3002, FOLD_ODD },
	{ 0x3007, 0x3007, FOLD_LETTER },
	{ 0x3008, 0x3011, '"' },
	{ 0x3014, 0x301b, '"' },
	{ 0x301c, 0x301c, '~' },
	{ 0x3000, 0x303f, FOLD_SYMBOL },
	{ 0x30fb, 0x30fb, FOLD_ODD },
	{ 0x30fc, 0x30fc, '-' },
	{ 0x3164, 0x3164, FOLD_INVISIBLE },
	{ 0x3251, 0x32bf, FOLD_SYMBOL },
	{ 0xe000, 0xf8ff, FOLD_SYMBOL },
	{ 0xfe00, 0xfe0f, FOLD_INVISIBLE },
	{ 0xfe50, 0xfe51, FOLD_LIST },
	{ 0xfe54, 0xfe54, FOLD_LIST },
	{ 0xfe58, 0xfe58, FOLD_ODD },
	{ 0xfe63, 0xfe63, FOLD_ODD },
	{ 0xfe62, 0xfe62, '+' },
	{ 0xfeff, 0xfeff, FOLD_INVISIBLE },
	{ 0xff0c, 0xff0c, FOLD_LIST },
	{ 0xff1b, 0xff1b, FOLD_LIST },
	{ 0xff61, 0xff61, FOLD_ODD },
	{ 0xff62, 0xff63, '"' },
	{ 0xff64, 0xff64, FOLD_LIST },
	{ 0xff65, 0xff65, FOLD_ODD },
	{ 0xff70, 0xff70, FOLD_ODD },
	{ 0xffa0, 0xffa0, FOLD_INVISIBLE },
	{ 0xffe0, 0xfffc, FOLD_SYMBOL },
	{ 0x1f000, 0x1fbef, FOLD_SYMBOL },
	{ 0xe0000, 0xe0fff, FOLD_INVISIBLE },
};

/*
 * The zero of each run of ten decimal digits (Unicode general category Nd)
 * outside ASCII.
 */
static const uint32_t digit_zero[] = {
	0x660,
	0x6f0,
	0x7c0,
	0x966,
	0x9e6,
	0xa66,
	0xae6,
	0xb66,
	0xbe6,
	0xc66,
	0xce6,
	0xd66,
	0xde6,
	0xe50,
	0xed0,
	0xf20,
	0x1040,
	0x1090,
	0x17e0,
	0x1810,
	0x1946,
	0x19d0,
	0x1a80,
	0x1a90,
	0x1b50,
	0x1bb0,
	0x1c40,
	0x1c50,
	0xa620,
	0xa8d0,
	0xa900,
	0xa9d0,
	0xa9f0,
	0xaa50,
	0xabf0,
	0xff10,
	0x104a0,
	0x10d30,
	0x11066,
	0x110f0,
	0x11136,
	0x111d0,
	0x112f0,
	0x11450,
	0x114d0,
	0x11650,
	0x116c0,
	0x11730,
	0x118e0,
	0x11950,
	0x11c50,
	0x11d50,
	0x11da0,
	0x11f50,
	0x16a60,
	0x16ac0,
	0x16b50,
	0x1d7ce,
	0x1d7d8,
	0x1d7e2,
	0x1d7ec,
	0x1d7f6,
	0x1e140,
	0x1e2f0,
	0x1e4d0,
	0x1e950,
	0x1fbf0,
};

static char
fold_wide(uint32_t cp)
{
	for (size_t i = 0; i < sizeof(digit_zero) / sizeof(*digit_zero); i++)
		if (cp - digit_zero[i] < 10)
			return (char)('0' + (cp - digit_zero[i]));
	for (size_t i = 0; i < sizeof(fold_table) / sizeof(*fold_table); i++)
		if (cp >= fold_table[i].lo && cp <= fold_table[i].hi)
			return (char)fold_table[i].to;
	if (cp >= 0xff01 && cp <= 0xff5e)
		return (char)(cp - 0xfee0);
	return FOLD_LETTER;
}

/* Decode one code point; a byte that is no UTF-8 becomes a letter. */
static uint32_t
utf8_next(const unsigned char **pp, const unsigned char *end)
{
	const unsigned char *p = *pp;
	uint32_t cp = *p;
	int n = cp < 0x80 ? 1 : cp < 0xe0 ? 2 : cp < 0xf0 ? 3 : 4;

	*pp = p + 1;
	if (n == 1)
		return cp;
	if (cp < 0xc2 || cp > 0xf4 || end - p < n)
		return 0xfffd;
	cp &= 0xffu >> (n + 1);
	for (int i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0xfffd;
		cp = cp << 6 | (p[i] & 0x3fu);
	}
	*pp = p + n;
	return cp;
}

void
folded_read(struct folded *f, struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;

	unsigned kinds = 0;
	int n = 0;

	for (; p < end && n < FOLD_MAX; n++) {
		uint32_t cp = *p >= ' ' && *p < 0x7f ? *p++ :
						       utf8_next(&p, end);
		char c = (cp >= ' ' && cp < 0x7f) || cp == '\t' || cp == '\n' ?
		    (char)cp :
		    fold_wide(cp);

		f->cp[n] = cp;
		f->c[n] = c;
		kinds |= fold_kind_of(c);
	}
	f->c[n] = '\0';
	f->cp[n] = 0;
	f->n = n;
	f->kinds = kinds;
	f->cut = p < end;
}

void
folded_slice(struct folded *f, int from, int to)
{
	memmove(f->c, f->c + from, (size_t)(to - from));
	memmove(f->cp, f->cp + from, (size_t)(to - from) * sizeof(f->cp[0]));
	f->n = to - from;
	f->c[f->n] = '\0';
	f->cp[f->n] = 0;
}

void
folded_unwrap(struct folded *f)
{
	int from = 0, to = f->n;

	while (from < to && fold_kind_of(f->c[from]) & KIND_FRONT)
		from++;
	while (to > from && fold_kind_of(f->c[to - 1]) & KIND_BACK)
		to--;
	/* a bullet or a footnote star, but not a run of masks */
	if (to - from > 1 && (f->c[from] == FOLD_MASK || f->c[from] == '*') &&
	    (is_digit(f->c[from + 1]) || f->c[from + 1] == ' ' ||
		f->c[from + 1] == '+'))
		from++;
	while (from < to && f->c[from] == ' ')
		from++;
	if (from > 0 || to < f->n)
		folded_slice(f, from, to);
}

int
digits_in(const char *p, int n)
{
	int d = 0;

	for (int i = 0; i < n; i++)
		d += is_digit(p[i]);
	return d;
}

static uint32_t
lower(uint32_t cp)
{
	if (cp >= 0xff21 && cp <= 0xff5a)
		cp -= 0xfee0;
	return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
}

int
folded_word(const struct folded *f, int at, const char *w)
{
	const unsigned char *p = (const unsigned char *)w;
	const unsigned char *end = p + strlen(w);
	int i = at;

	while (p < end)
		if (i >= f->n || lower(f->cp[i++]) != utf8_next(&p, end))
			return 0;
	return i - at;
}

/* ---- words ---- */

static const char *const list_words[] = {
	"或者",
	"或",
	"以及",
	"和",
	"及",
	"与",
	"跟",
	"又は",
	"または",
	"또는",
	"oder",
	"und",
	"and",
	"or",
	"ou",
	"et",
	"или",
	"и",
	"y",
	"o",
	"e",
};

static const char *const ext_words[] = {
	"转接分机",
	"转分机",
	"转接",
	"转",
	"轉",
	"分机号码",
	"分机号",
	"分机",
	"分機",
	"内线",
	"內線",
	"内線",
	"내선",
	"durchwahl",
	"ramal",
	"poste",
	"interno",
	"dw",
	"option",
	"opt",
};

/* Those libphonenumber knows: no repair. */
static const char *const ext_words_plain[] = {
	"extension",
	"extensión",
	"extn",
	"ext",
	"xtn",
	"ex",
	"anexo",
	"int",
	"доб",
	"x",
};

/* Labels that may touch the digits; anything else there is an identifier. */
static const char *const phone_labels[] = {
	"tel",
	"telephone",
	"phone",
	"mobile",
	"mob",
	"cell",
	"ph",
	"fax",
	"whatsapp",
	"telefon",
	"telefono",
	"celular",
	"handy",
	"hp",
};

/* Labels of what is not a telephone number. */
static const char *const id_labels[] = {
	"id",
	"uid",
	"qq",
	"qq号",
	"qq号码",
	"imei",
	"order",
	"sn",
	"订单",
	"订单号",
	"身份证",
	"身份证号",
	"身份证号码",
	"工号",
	"编号",
	"账号",
	"卡号",
	"银行卡",
	"邮编",
	"zip",
	"iban",
};

static bool
word_in(const struct folded *f, int at, int len, const char *const *list,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (folded_word(f, at, list[i]) == len)
			return true;
	return false;
}

#define WORD_IN(f, at, len, list) \
	word_in(f, at, len, list, sizeof(list) / sizeof(*(list)))

enum word
folded_word_kind(const struct folded *f, int at, int *len)
{
	int n = 0;

	while (is_letter(f->c[at + n]))
		n++;
	*len = n;
	if (WORD_IN(f, at, n, ext_words_plain))
		return WORD_EXT_PLAIN;
	if (WORD_IN(f, at, n, ext_words))
		return WORD_EXT;
	/* one letter is a word only when it stands alone */
	if (n == 1 && f->c[at] != FOLD_LETTER &&
	    ((at > 0 && is_digit(f->c[at - 1])) || is_digit(f->c[at + 1])))
		return WORD_TEXT;
	if (WORD_IN(f, at, n, list_words))
		return WORD_LIST;
	return WORD_TEXT;
}

static int
first_digit(const struct folded *f)
{
	int i = 0;

	while (i < f->n && !is_digit(f->c[i]))
		i++;
	return i;
}

bool
folded_is_identifier(const struct folded *f)
{
	int first = first_digit(f), end = first, from;

	while (end > 0 && f->c[end - 1] == FOLD_INVISIBLE)
		end--;
	from = end;
	while (from > 0 &&
	    (is_ascii_letter(f->c[from - 1]) || f->c[from - 1] == '_'))
		from--;
	if (first == f->n || from == end)
		return false;
	while (from < end && f->c[from] == '_')
		from++;
	return from < end && !WORD_IN(f, from, end - from, phone_labels);
}

bool
folded_is_labelled_id(const struct folded *f)
{
	int end = first_digit(f), from;

	if (end == f->n)
		return false;
	while (end > 0 && !is_letter(f->c[end - 1]))
		end--;
	from = end;
	while (from > 0 && is_letter(f->c[from - 1]))
		from--;
	return from < end && WORD_IN(f, from, end - from, id_labels);
}

/* ---- shapes ---- */

/* The digits at `p` as a number; large ones end at a billion. */
static int
int_at(const char *p)
{
	int v = 0;

	for (; is_digit(*p) && v < 100000000; p++)
		v = v * 10 + (*p - '0');
	return v;
}

/* How many digits stand at p. */
static int
digit_run(const char *p)
{
	int n = 0;

	while (is_digit(p[n]))
		n++;
	return n;
}

static bool
is_error_value(const struct folded *f)
{
	static const char *const values[] = { "#ref!", "#n/a", "#value!",
		"#name?", "#div/0!", "#num!", "#null!", "#spill!", "#calc!",
		"#error!", "#getting_data", "#ref", "#value", "#name", "#div/0",
		"#num", "#null", "#field!", "#unknown!", "#blocked!" };
	int hashes = 0;

	if (f->c[0] != '#')
		return false;
	while (f->c[hashes] == '#')
		hashes++;
	if (hashes >= 2 && hashes == f->n)
		return true;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (f->n > 0 && folded_word(f, 0, values[i]) == f->n)
			return true;
	return false;
}

static bool
is_year(int v)
{
	return v >= 1900 && v <= 2100;
}

/* Three numbers that make a date in one of the orders in use. */
static bool
is_date_triple(const int v[3], const int len[3])
{
	if (len[0] == 4)
		return is_year(v[0]) && len[1] <= 2 && len[2] <= 2 &&
		    v[1] >= 1 && v[1] <= 12 && v[2] >= 1 && v[2] <= 31;
	if (len[0] > 2 || len[1] > 2 || (len[2] != 4 && len[2] != 2))
		return false;
	if (len[2] == 4 && !is_year(v[2]))
		return false;
	if (len[2] == 2 && v[0] > 12 && v[1] >= 1 && v[1] <= 12 && v[2] >= 1 &&
	    v[2] <= 31)
		return true; /* 19-05-12 */
	return v[0] >= 1 && v[1] >= 1 && v[0] <= 31 && v[1] <= 31 &&
	    (v[0] <= 12 || v[1] <= 12);
}

/* What may follow a date: a time, a zone, a weekday; no long digits. */
static bool
is_time(const char *p)
{
	if (*p == '\0')
		return true;
	if (*p != ' ' && *p != 'T' && *p != 't')
		return false;
	for (p++; *p; p++) {
		int n = digit_run(p);

		if (n == 0)
			continue;
		if (n > 2 && p[-1] != '.' && p[-1] != '+' && p[-1] != '-')
			return false;
		p += n - 1;
	}
	return true;
}

static bool
is_date(const struct folded *f)
{
	static const uint32_t marks[] = { 0x5e74, 0x6708, 0x65e5 }; /* 年月日 */
	int v[3], len[3], i = 0;
	char sep = 0;

	for (int k = 0; k < 3; k++) {
		len[k] = digit_run(f->c + i);
		if (len[k] == 0 || len[k] > 4)
			return false;
		v[k] = int_at(f->c + i);
		i += len[k];
		if (f->cp[i] == marks[k]) {
			sep = sep ? sep : FOLD_LETTER;
			i++;
		} else if (k < 2) {
			char c = f->c[i++];

			if (c != '-' && c != '/' && c != '.')
				return false;
			if (sep && c != sep)
				return false;
			sep = c;
		}
	}
	return is_date_triple(v, len) && is_time(f->c + i);
}

/* 20190512103000: a time stamp without separators. */
static bool
is_stamp(const struct folded *f)
{
	int part[6] = { 0 };
	static const int width[6] = { 4, 2, 2, 2, 2, 2 };

	if (f->n != 14 || digit_run(f->c) != 14)
		return false;
	for (int k = 0, i = 0; k < 6; k++)
		for (int w = 0; w < width[k]; w++)
			part[k] = part[k] * 10 + f->c[i++] - '0';
	return is_year(part[0]) && part[1] >= 1 && part[1] <= 12 &&
	    part[2] >= 1 && part[2] <= 31 && part[3] < 24 && part[4] < 60 &&
	    part[5] < 60;
}

/* 12:30, 9:05:00 */
static bool
is_clock(const struct folded *f)
{
	int n = digit_run(f->c);

	return (n == 1 || n == 2) && f->c[n] == ':' &&
	    digit_run(f->c + n + 1) == 2 &&
	    (f->c[n + 3] == '\0' || strchr(": -~", f->c[n + 3]));
}

static bool
is_email(const struct folded *f)
{
	const char *at = f->kinds & KIND_AT ? strchr(f->c, '@') : NULL;

	return at && at > f->c && (is_letter(at[1]) || is_digit(at[1])) &&
	    strchr(at, '.');
}

/*
 * 192.168.1.20.  Danish numbers are written 20.30.40.50: four pairs are not
 * taken for an address.
 */
static bool
is_ip_address(const struct folded *f)
{
	const char *p = f->c;
	bool pairs = true;

	for (int k = 0; k < 4; k++) {
		int n = digit_run(p);

		if (n == 0 || n > 3 || (n > 1 && *p == '0') || int_at(p) > 255)
			return false;
		pairs = pairs && n == 2;
		p += n;
		if (k < 3 && *p++ != '.')
			return false;
	}
	return !pairs && (*p == '\0' || *p == ':' || *p == '/');
}

/* A Chinese citizen id of 17 digits and X, or of 18 with a birth date. */
static bool
is_citizen_id(const struct folded *f)
{
	int n = f->n == 18 ? digit_run(f->c) : 0, year, month, day;

	if (n == 17 && (f->c[17] == 'X' || f->c[17] == 'x'))
		return true;
	if (n != 18 || f->c[0] == '0')
		return false;
	year = (f->c[6] - '0') * 1000 + (f->c[7] - '0') * 100 +
	    (f->c[8] - '0') * 10 + f->c[9] - '0';
	month = (f->c[10] - '0') * 10 + f->c[11] - '0';
	day = (f->c[12] - '0') * 10 + f->c[13] - '0';
	return is_year(year) && month >= 1 && month <= 12 && day >= 1 &&
	    day <= 31;
}

/* [+-]digits[.,digits] E [+-]digits; returns where the E is, 0 when not. */
static int
scientific_mark(const struct folded *f)
{
	int i = f->c[0] == '+' || f->c[0] == '-', n = digit_run(f->c + i), e;

	if (n == 0)
		return 0;
	i += n;
	if (f->c[i] == '.' || f->c[i] == ',')
		i += 1 + digit_run(f->c + i + 1);
	while (f->c[i] == ' ')
		i++;
	if (f->c[i] != 'e' && f->c[i] != 'E')
		return 0;
	e = i++;
	while (f->c[i] == ' ')
		i++;
	if (f->c[i] == '+' || f->c[i] == '-')
		i++;
	while (f->c[i] == ' ')
		i++;
	n = digit_run(f->c + i);
	return n > 0 && n <= 3 && i + n == f->n ? e : 0;
}

bool
scientific_read(struct scientific *out, const struct folded *f)
{
	int e = scientific_mark(f), exponent, whole = 0, i = 0;
	const char *p = f->c + e + 1;
	bool fraction = false;

	memset(out, 0, sizeof(*out));
	out->plus = f->c[0] == '+';
	while (*p == ' ' || *p == '+')
		p++;
	if (*p == '-' || f->c[0] == '-')
		return false;
	exponent = int_at(p);
	for (; i < e; i++) {
		if (is_digit(f->c[i])) {
			out->digits[out->n++] = f->c[i];
			whole += !fraction;
		} else if (f->c[i] == '.' || f->c[i] == ',') {
			fraction = true;
		}
	}
	whole += exponent;
	if (whole > 20)
		return false;
	/* digits past the point of the value: only zeros may be dropped */
	while (out->n > whole && out->digits[out->n - 1] == '0')
		out->n--;
	if (out->n > whole || out->n == 0 || out->digits[0] == '0')
		return false;
	out->digits[out->n] = '\0';
	out->missing = whole - out->n;
	return true;
}

int
float_tail(const struct folded *f)
{
	int i = f->n;

	while (i > 0 && f->c[i - 1] == '0')
		i--;
	return i - 1;
}

/*
 * One point, only zeros after it, at least seven digits before.  Commas may
 * be the point (most of Europe) or group thousands, not both.
 */
static bool
is_float(const struct folded *f)
{
	int tail = float_tail(f), groups = 0;

	if (tail < 7 || tail == f->n - 1)
		return false;
	if (f->c[tail] != '.' && f->c[tail] != ',')
		return false;
	for (int i = f->c[0] == '+'; i < tail; i++) {
		if (f->c[i] == ',' && f->c[tail] == '.')
			groups++;
		else if (!is_digit(f->c[i]))
			return false;
	}
	/* 62345678,0 may not be an extension; ",00" of a price is the same */
	return tail - groups >= 7 && f->n - tail - 1 <= 6;
}

/* 138123456.78: a quantity; no one groups a number like that. */
static bool
is_decimal(const struct folded *f)
{
	int n = digit_run(f->c);

	return n >= 4 && f->c[n] == '.' && f->n - n <= 3 && f->n - n >= 2 &&
	    n + 1 + digit_run(f->c + n + 1) == f->n;
}

static bool
is_percent(const struct folded *f)
{
	return f->n > 1 && f->c[f->n - 1] == '%' && digits_in(f->c, f->n) >= 5;
}

/* A character that people put where a digit was. */
static bool
is_mask(char c)
{
	return fold_kind_of(c) & KIND_MASK;
}

/* What also separates, so that only a run in place of digits is a mask. */
static bool
is_filler(char c)
{
	return fold_kind_of(c) & KIND_FILLER;
}

/* Does the run of masks at [i, j) touch digits, a separator between? */
static bool
touches_digits(const struct folded *f, int i, int j)
{
	int before = i - 1, after = j;

	while (before >= 0 && strchr("- ().", f->c[before]))
		before--;
	while (after < f->n && strchr("- ().", f->c[after]))
		after++;
	if ((i > 0 && is_ascii_letter(f->c[i - 1])) ||
	    (j < f->n && is_ascii_letter(f->c[j])))
		return false;
	return (before >= 0 && is_digit(f->c[before])) ||
	    (after < f->n && is_digit(f->c[after]));
}

/*
 * How many digits runs of mask characters hide.  One glyph may stand for
 * many (an ellipsis); one star or x may be something else.
 */
static int
hidden_digits(const struct folded *f, bool *touching)
{
	int hidden = 0;

	for (int i = 0, j; i < f->n; i = j + (j == i)) {
		for (j = i; j < f->n && is_mask(f->c[i]) && f->c[j] == f->c[i];
		     j++)
			;
		if (j - i < (f->c[i] == FOLD_MASK ? 1 : 2))
			continue;
		hidden += j - i == 1 ? 4 : j - i;
		*touching = *touching || touches_digits(f, i, j);
	}
	return hidden;
}

static bool
is_masked(const struct folded *f)
{
	bool touching = false;
	int hidden = hidden_digits(f, &touching), digits;

	digits = digits_in(f->c, f->n);
	if (digits == 0)
		return hidden >= 7 && hidden == f->n;
	return hidden > 0 && touching && digits + hidden >= 7;
}

/* Separators in a row between digits: 138----5678, 138....5678 */
static bool
is_gapped(const struct folded *f)
{
	for (int i = 1, j; i < f->n; i = j + (j == i)) {
		for (j = i;
		     j < f->n && is_filler(f->c[i]) && f->c[j] == f->c[i]; j++)
			;
		if (j < f->n && j - i >= (strchr(".-", f->c[i]) ? 3 : 2) &&
		    is_digit(f->c[i - 1]) && is_digit(f->c[j]))
			return digits_in(f->c, f->n) + j - i >= 7;
	}
	return false;
}

/* 1381234567X, 1381234567*: the last digit is hidden, or a footnote. */
static bool
is_tail_masked(const struct folded *f)
{
	char c = f->n > 1 ? f->c[f->n - 1] : 0;

	return (c == 'x' || c == 'X' || c == '*' || c == '?' ||
		   c == FOLD_MASK) &&
	    is_digit(f->c[f->n - 2]) && digits_in(f->c, f->n) >= 6;
}

static bool
is_address(const struct folded *f)
{
	if (!(f->kinds & (KIND_AT | KIND_POINT | KIND_COLON)))
		return false;
	return is_email(f) || is_ip_address(f) || strstr(f->c, "://") ||
	    folded_word(f, 0, "www.");
}

/* Digits in parts, or so many that they may be more than a number. */
static bool
is_other(const struct folded *f)
{
	const unsigned parted = KIND_FILLER | KIND_DIVIDER | KIND_OTHER_LETTER;

	return is_address(f) || (f->kinds & parted && is_date(f)) ||
	    (f->kinds & KIND_COLON && is_clock(f)) || is_stamp(f) ||
	    is_citizen_id(f);
}

enum cell_shape
folded_shape(const struct folded *f)
{
	const unsigned kinds = f->kinds;

	if (is_error_value(f))
		return SHAPE_LOST;
	if (is_other(f))
		return SHAPE_OTHER;
	if (kinds & KIND_PERCENT && is_percent(f))
		return SHAPE_PERCENT;
	if (kinds & KIND_EXPONENT && scientific_mark(f))
		return SHAPE_SCIENTIFIC;
	if (kinds & KIND_POINT && is_float(f))
		return SHAPE_FLOAT;
	if (kinds & KIND_POINT && is_decimal(f))
		return SHAPE_DECIMAL;
	if (kinds & KIND_MASK && is_masked(f))
		return SHAPE_MASKED;
	if (kinds & KIND_MASK && is_tail_masked(f))
		return SHAPE_TAIL_MASKED;
	return kinds & KIND_FILLER && is_gapped(f) ? SHAPE_GAPPED : SHAPE_TEXT;
}
