#include "text/number_memo.h"

#include <string.h>

#include "base/digits8.h"
#include "text/number_flags.h"
#include "text/numplan.h"

/*
 * Numbers are looked up without their last eight digits, and where those of
 * one beginning differ without their last six.
 */
enum known {
	KNOWN_NOT,     /* only number_parse() knows */
	KNOWN_DEEPER,  /* look with two digits more */
	KNOWN_NUMBER,  /* a valid number */
	KNOWN_READING, /* that, and there may be another reading */
};

enum {
	LONG_TAIL = 1000000,   /* of six digits */
	DIGITS_MIN = 10,       /* two in front of the tail */
	DIGITS_MAX = 15,       /* of a number in any plan */
	DIGITS_OF_A_TIME = 14, /* 20251118082310 */
};

void
number_memo_init(struct number_memo *m, uint16_t region)
{
	memset(m, 0, sizeof(*m));
	m->region = region;
}

static inline struct number_memo_slot *
slot_at(struct number_memo *m, uint64_t tag)
{
	return &m->slot[tag * 0x9e3779b97f4a7c15 >> 54];
}

/*
 * Does the country code stand once more behind the country code?  Only then
 * can the digits be read another way.  The first `known` of the key's digits
 * are given, the others are not.
 */
static bool
may_have_reading(const struct numplan_result *r, uint64_t key, unsigned tail)
{
	struct number n = { .key = key, .region = r->region };
	unsigned digits = 0;
	uint64_t v, cc, next;

	if (r->region <= REGION_WORLD)
		return number_other_reading(&n) != 0;
	for (v = key; v; v /= 10)
		digits++;
	if (digits - tail < 2u * r->cc_digits)
		return true;
	for (v = key; digits > 2u * r->cc_digits; digits--)
		v /= 10;
	cc = next = v;
	for (unsigned i = 0; i < r->cc_digits; i++)
		cc /= 10;
	for (v = cc, digits = 0; digits < r->cc_digits; digits++)
		v *= 10;
	return next - v == cc;
}

/* Find out about a cell, for all that differ from it in the tail only. */
static void
slot_fill(struct number_memo *m, struct number_memo_slot *slot, uint64_t tag,
    struct span cell, unsigned tail, bool last)
{
	struct numplan_result r;
	unsigned front = (unsigned)cell.n - tail, looked;
	uint64_t scale = tail == 8 ? 100000000 : LONG_TAIL;

	slot->tag = tag;
	slot->known = last ? KNOWN_NOT : KNOWN_DEEPER;
	looked = numplan_looked(cell, m->region);
	if (looked == 0 || looked > front ||
	    !numplan_parse(&r, cell, m->region, false))
		return;
	slot->region = r.region;
	slot->type = r.type;
	slot->cc_digits = r.cc_digits;
	slot->base = r.key - r.key % scale;
	slot->known = may_have_reading(&r, r.key, tail) ? KNOWN_READING :
							  KNOWN_NUMBER;
}

bool
number_memo_read(struct number_memo *m, struct span cell,
    struct number_plain *out)
{
	bool plus = cell.n > 0 && cell.p[0] == '+';
	const char *p = cell.p + plus;
	size_t n = cell.n - plus;
	struct number_memo_slot *slot;
	uint64_t first, last, front, tail, tag;

	if (n < DIGITS_MIN || n > DIGITS_MAX || n == DIGITS_OF_A_TIME)
		return false;
	first = digits8_front(digits8_load(p), (unsigned)n - 8);
	last = digits8_load(p + n - 8);
	if (!digits8_all(first) || !digits8_all(last))
		return false;
	front = digits8_value(first);
	tail = digits8_value(last);

	tag = front << 8 | n << 4 | (uint64_t)plus << 3 | 1;
	slot = slot_at(m, tag);
	if (slot->tag != tag)
		slot_fill(m, slot, tag, cell, 8, false);
	if (slot->known == KNOWN_DEEPER) {
		tag = (front * 100 + tail / LONG_TAIL) << 8 | n << 4 |
		    (uint64_t)plus << 3 | 3;
		tail %= LONG_TAIL;
		slot = slot_at(m, tag);
		if (slot->tag != tag)
			slot_fill(m, slot, tag, cell, 6, true);
	}
	out->key = slot->base + tail;
	out->region = slot->region;
	out->type = slot->type;
	out->cc_digits = slot->cc_digits;
	out->one_reading = slot->known == KNOWN_NUMBER;
	return slot->known >= KNOWN_NUMBER;
}

void
number_memo_parse(struct number_memo *m, struct number_cell *out,
    struct span cell, const struct number_rules *rules, bool *one_reading)
{
	struct number_plain n;
	struct numplan_result r;

	if (m->region != rules->region || !number_memo_read(m, cell, &n)) {
		*one_reading = false;
		number_parse(out, cell, rules);
		return;
	}
	r = (struct numplan_result){ .key = n.key,
		.region = n.region,
		.type = n.type,
		.cc_digits = n.cc_digits };
	out->status = NUMBER_OK;
	out->count = 1;
	out->flags = number_notes(&r, rules->region);
	out->number[0].key = n.key;
	out->number[0].region = n.region;
	out->number[0].type = n.type;
	out->number[0].ext[0] = '\0';
	*one_reading = n.one_reading;
}
