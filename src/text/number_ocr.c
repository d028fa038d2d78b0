/* Letters and numerals among digits; see number_triage.h. */
#include "text/number_triage.h"

#include <string.h>

/* Letters that a reader or a scanner takes for a digit. */
static const struct {
	uint32_t cp;
	char digit;
} lookalikes[] = {
	{ 'O', '0' },
	{ 'o', '0' },
	{ 'D', '0' },
	{ 'Q', '0' },
	{ 0x41e, '0' },
	{ 0x43e, '0' },
	{ 0x3007, '0' },
	{ 0x39f, '0' },
	{ 0x3bf, '0' },
	{ 'I', '1' },
	{ 'i', '1' },
	{ 'l', '1' },
	{ 'L', '1' },
	{ 0x406, '1' },
	{ 0x456, '1' },
	{ 'Z', '2' },
	{ 'z', '2' },
	{ 0x417, '3' },
	{ 0x437, '3' },
	{ 'A', '4' },
	{ 0x427, '4' },
	{ 'S', '5' },
	{ 's', '5' },
	{ 'G', '6' },
	{ 'b', '6' },
	{ 0x431, '6' },
	{ 'T', '7' },
	{ 'B', '8' },
	{ 'g', '9' },
	{ 'q', '9' },
};

static char
lookalike(uint32_t cp)
{
	for (size_t i = 0; i < sizeof(lookalikes) / sizeof(*lookalikes); i++)
		if (lookalikes[i].cp == cp)
			return lookalikes[i].digit;
	return 0;
}

bool
folded_ocr(char *out, const struct folded *f)
{
	int replaced = 0;

	if (!(f->kinds & KIND_LETTER))
		return false;
	for (int i = 0; i < f->n; i++) {
		char c = f->c[i];

		if (is_letter(c)) {
			bool glued = (i > 0 &&
					 (is_digit(f->c[i - 1]) ||
					     (is_letter(f->c[i - 1]) &&
						 replaced > 0))) ||
			    is_digit(f->c[i + 1]) ||
			    (is_letter(f->c[i + 1]) && is_digit(f->c[i + 2]));

			c = lookalike(f->cp[i]);
			if (!glued || !c || ++replaced > 3)
				return false;
		}
		out[i] = c;
	}
	out[f->n] = '\0';
	return replaced > 0 && digits_in(f->c, f->n) >= 5;
}

bool
folded_letter_inside(const struct folded *f)
{
	if (!(f->kinds & KIND_LETTER))
		return false;
	for (int i = 1; i + 1 < f->n; i++)
		if (is_letter(f->c[i]) && is_digit(f->c[i - 1]) &&
		    is_digit(f->c[i + 1]))
			return true;
	return false;
}

int
folded_numerals(char *out, const struct folded *f)
{
	/* zero to nine; 幺 is how a telephone's one is read aloud */
	static const uint32_t numeral[] = { 0x96f6, 0x4e00, 0x4e8c, 0x4e09,
		0x56db, 0x4e94, 0x516d, 0x4e03, 0x516b, 0x4e5d };
	int n = 0;

	if (!(f->kinds & KIND_OTHER_LETTER))
		return 0;
	for (int i = 0; i < f->n; i++) {
		int v = 0;

		if (f->c[i] == '-' || f->c[i] == ' ')
			continue;
		while (v < 10 && f->cp[i] != numeral[v])
			v++;
		if (f->cp[i] == 0x3007)
			v = 0;
		if (f->cp[i] == 0x5e7a)
			v = 1;
		if (v == 10)
			return 0;
		out[n++] = (char)('0' + v);
	}
	out[n] = '\0';
	return n >= 7 ? n : 0;
}
