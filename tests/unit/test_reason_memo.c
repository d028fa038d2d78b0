#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/reason_memo.h"

static unsigned
draw(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)((*state >> 33) % below);
}

/* What each slot was filled in for. */
struct filled {
	char text[REASON_MEMO_TEXT];
	size_t n;
};

/* The place of a text that may be short, with some byte or other behind it. */
static const struct reason_memo_slot *
ask_short(struct reason_memo *m, const char *text, size_t n)
{
	char *own = malloc(16);
	const struct reason_memo_slot *slot;

	memset(own, (int)n * 11, 16);
	memcpy(own, text, n);
	slot = reason_memo_short(m, own, n);
	free(own);
	return slot;
}

/* Ask for a text as its users do, in memory of its own size. */
static void
ask(struct reason_memo *m, struct filled *filled, const char *text, size_t n)
{
	char *own = malloc(n);
	struct reason_memo_slot *slot;
	const struct reason_memo_slot *known;
	struct filled *f;

	memcpy(own, text, n);
	known = n <= 16 ? ask_short(m, text, n) : NULL;
	slot = reason_memo_at(m, span_of(own, n));
	if (n <= 16)
		cr_assert(known == (slot->n ? slot : NULL), "%.*s", (int)n,
		    text);
	f = &filled[slot - m->slot];
	if (slot->n)
		cr_assert(f->n == n && memcmp(f->text, text, n) == 0,
		    "%.*s was taken for %.*s", (int)n, text, (int)f->n,
		    f->text);
	slot->n = (uint8_t)n;
	memcpy(f->text, text, n);
	f->n = n;
	cr_assert(reason_memo_at(m, span_of(own, n)) == slot && slot->n == n,
	    "%.*s is not remembered", (int)n, text);
	if (n <= 16)
		cr_assert(ask_short(m, text, n) == slot, "%.*s", (int)n, text);
	free(own);
}

/* Few letters, and texts that differ in one place: whoever leaves a byte out
 * takes one for the other. */
Test(reason_memo, no_text_is_taken_for_another)
{
	struct reason_memo m = { 0 };
	static struct filled filled[REASON_MEMO_SLOTS];
	uint64_t state = 9;
	char text[REASON_MEMO_TEXT];

	for (int i = 0; i < 100000; i++) {
		size_t n = 1 + draw(&state, REASON_MEMO_TEXT);

		memset(text, i % 2 ? 'a' : '\0', sizeof(text));
		for (unsigned k = draw(&state, 4); k > 0; k--)
			text[draw(&state, (unsigned)n)] = "\0ab"[draw(&state,
			    3)];
		ask(&m, filled, text, n);
	}
}

Test(reason_memo, every_byte_of_a_text_matters)
{
	static struct filled filled[REASON_MEMO_SLOTS];
	static const char text[] = "customer asked us never to call.";
	struct reason_memo m = { 0 };
	char other[REASON_MEMO_TEXT];

	for (size_t n = 1; n <= REASON_MEMO_TEXT; n++)
		for (size_t at = 0; at < n; at++)
			for (int c = 0; c < 256; c++) {
				memcpy(other, text, n);
				other[at] = (char)c;
				ask(&m, filled, text, n);
				ask(&m, filled, other, n);
			}
}
