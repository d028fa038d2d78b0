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

#include "base/digits8.h"
#include "base/span.h"

enum { REASON_MEMO_SLOTS = 64, REASON_MEMO_TEXT = 32 };

/* The whole text: its first 16 bytes and its last 16 (or fewer, of a short
 * one), and how many there are. */
struct reason_memo_slot {
	uint64_t word[4];
	uint8_t n; /* 0: free */
	uint8_t reason;
};

struct reason_memo {
	struct reason_memo_slot slot[REASON_MEMO_SLOTS];
};

/* Up to eight bytes, all of them, without reading any other. */
static inline uint64_t
reason_memo_short(const char *p, size_t n)
{
	uint32_t a, b;

	if (n >= 8)
		return digits8_load(p);
	if (n >= 4) {
		memcpy(&a, p, sizeof(a));
		memcpy(&b, p + n - 4, sizeof(b));
		return (uint64_t)a << 32 | b;
	}
	return (uint64_t)(unsigned char)p[0] << 16 |
	    (uint64_t)(unsigned char)p[n / 2] << 8 | (unsigned char)p[n - 1];
}

/*
 * Where a text of 1 to REASON_MEMO_TEXT bytes has its place.  When the slot's n
 * is 0, it is there for the text, and the caller fills in `reason` and `n`.
 */
static inline struct reason_memo_slot *
reason_memo_at(struct reason_memo *m, struct span s)
{
	uint64_t word[4] = { reason_memo_short(s.p, s.n) }, mix;
	struct reason_memo_slot *slot;

	if (s.n > 8)
		word[1] = digits8_load(s.p + s.n - 8);
	if (s.n > 16) {
		word[2] = digits8_load(s.p + 8);
		word[3] = digits8_load(s.p + s.n - 16);
	}
	mix = (word[0] ^ word[1] << 1 ^ word[2] << 2) + s.n;
	slot = &m->slot[mix * 0x9e3779b97f4a7c15 >> 58];
	if (slot->n != s.n || memcmp(slot->word, word, sizeof(word)) != 0) {
		memcpy(slot->word, word, sizeof(word));
		slot->n = 0;
	}
	return slot;
}

#endif
