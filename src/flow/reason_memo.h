/*
 * reason_memo.h - what texts in a reason column mean: they repeat from line to
 * line, so each is worked out once.
 *
 * Zero a struct reason_memo to begin; it serves one thread.
 */
#ifndef SCRUB_FLOW_REASON_MEMO_H
#define SCRUB_FLOW_REASON_MEMO_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/span.h"

enum { REASON_MEMO_SLOTS = 64, REASON_MEMO_TEXT = 32 };

/* A text, and zeros behind it. */
struct reason_memo_text {
	uint64_t word[REASON_MEMO_TEXT / 8];
};

struct reason_memo_slot {
	struct reason_memo_text text;
	uint8_t n; /* its bytes; 0: free */
	uint8_t reason;
};

struct reason_memo {
	struct reason_memo_slot slot[REASON_MEMO_SLOTS];
};

static inline struct reason_memo_slot *
reason_memo_place(struct reason_memo *m, const struct reason_memo_text *t,
    size_t n)
{
	uint64_t mix = t->word[0] ^ t->word[1] << 1 ^ t->word[2] << 2 ^
	    t->word[3] << 3;

	return &m->slot[(mix + n) * 0x9e3779b97f4a7c15 >> 58];
}

/*
 * Where a text of 1 to REASON_MEMO_TEXT bytes has its place.  When the slot's n
 * is 0, it is there for the text, and the caller fills in `reason` and `n`.
 */
static inline struct reason_memo_slot *
reason_memo_at(struct reason_memo *m, struct span s)
{
	struct reason_memo_text text = { 0 };
	struct reason_memo_slot *slot;

	memcpy(&text, s.p, s.n);
	slot = reason_memo_place(m, &text, s.n);
	if (slot->n != s.n || memcmp(&slot->text, &text, sizeof(text)) != 0) {
		slot->text = text;
		slot->n = 0;
	}
	return slot;
}

/*
 * The slot of a text of up to 16 bytes that is remembered, or NULL.  Sixteen
 * bytes are read, whatever they are.
 */
static inline const struct reason_memo_slot *
reason_memo_short(struct reason_memo *m, const char *p, size_t n)
{
	/* n bytes of ones, and zeros behind them, are at ones + 16 - n */
	static const uint64_t ones[4] = { UINT64_MAX, UINT64_MAX, 0, 0 };
	struct reason_memo_text text = { 0 }, mask;
	const struct reason_memo_slot *slot;

	memcpy(text.word, p, 16);
	memcpy(mask.word, (const char *)ones + 16 - n, 16);
	text.word[0] &= mask.word[0];
	text.word[1] &= mask.word[1];
	slot = reason_memo_place(m, &text, n);
	return slot->n == n && slot->text.word[0] == text.word[0] &&
		slot->text.word[1] == text.word[1] ?
	    slot :
	    NULL;
}

#endif
