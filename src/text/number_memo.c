#include "text/number_memo.h"

#include <string.h>

#include "text/number_flags.h"
#include "text/number_triage.h"
#include "text/numplan.h"

void
number_memo_init(struct number_memo *m, uint16_t region)
{
	memset(m, 0, sizeof(*m));
	m->region = region;
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

/*
 * The notes of all numbers from `base` on that differ in the last `tail` digits
 * only, but for what number_is_dummy() says.  False: they are not the same.
 * (None depends on the last seven.)
 */
static bool
notes_of(uint32_t *out, struct numplan_result r, uint64_t base, unsigned tail,
    uint16_t region)
{
	uint32_t notes;

	for (uint64_t i = 0; i < (tail == 8 ? 10 : 1); i++) {
		r.key = base + i * 10000000;
		notes = number_notes(&r, region) & ~(uint32_t)NUMBER_DUMMY;
		if (i > 0 && notes != *out)
			return false;
		*out = notes;
	}
	return true;
}

/* Find out what `slot` is to say for `tag`, of `cell`.  False: what is in front
 * of its last eight digits is not all digits. */
static bool
slot_fill(struct number_memo *m, struct number_memo_slot *slot, uint64_t tag,
    struct span cell)
{
	bool deep = slot >= m->deep && slot < m->deep + NUMBER_MEMO_DEEPS;
	unsigned tail = deep ? 6 : 8, looked;
	size_t plus = cell.p[0] == '+';
	struct numplan_result r;

	if (!digits8_all(digits8_front(digits8_load(cell.p + plus),
		(unsigned)(cell.n - plus) - 8)))
		return false;
	*slot = (struct number_memo_slot){ .tag = tag,
		.known = deep ? NUMBER_MEMO_NOT : NUMBER_MEMO_DEEPER };
	/* known, when the plan has made up its mind before the tail */
	looked = numplan_looked(cell, m->region);
	if (looked == 0 || looked > (unsigned)cell.n - tail ||
	    !numplan_parse(&r, cell, m->region, false))
		return true;
	slot->region = r.region;
	slot->type = r.type;
	slot->base = r.key - r.key % (deep ? NUMBER_MEMO_TAIL : 100000000);
	if (notes_of(&slot->notes, r, slot->base, tail, m->region))
		slot->known = may_have_reading(&r, r.key, tail) ?
		    NUMBER_MEMO_READING :
		    NUMBER_MEMO_PLAIN;
	return true;
}

struct number_memo_found
number_memo_look(struct number_memo *m, struct number_memo_digits d,
    struct span cell)
{
	struct number_memo_slot *slot = &m->front[number_memo_place(d.tag)];
	uint64_t tag = d.tag, tail = digits8_worth_value(d.last);
	struct number_memo_found none = { NULL, 0 };

	if (slot->tag != tag && !slot_fill(m, slot, tag, cell))
		return none;
	if (slot->known == NUMBER_MEMO_DEEPER) {
		/* two digits more, where characters of digits are alike */
		tag ^= tail / NUMBER_MEMO_TAIL << 12 & 0xf000;
		tag ^= tail / NUMBER_MEMO_TAIL / 16 << 20;
		tail %= NUMBER_MEMO_TAIL;
		slot = &m->deep[tag * 0x9e3779b97f4a7c15 >> 52];
		if (slot->tag != tag && !slot_fill(m, slot, tag, cell))
			return none;
	}
	if (slot->known < NUMBER_MEMO_PLAIN)
		return none;
	return (struct number_memo_found){ slot, slot->base + tail };
}

/*
 * The separators of an ordinary cell mean nothing to number_parse(): it asks
 * the plan, to which they mean nothing either, as long as no plus stands behind
 * a digit or a plus; and those that do are left in the text.
 */
bool
number_memo_spelled(struct number_memo *m, struct span cell,
    struct number_plain *out)
{
	struct ordinary o;

	return number_memo_read(m, cell, out) ||
	    (ordinary_read(&o, cell) && o.n < cell.n &&
		number_memo_read(m, span_of(o.text, o.n), out));
}

/* One number of which all is known; `last`, its last eight digits. */
static inline bool
cell_fill(struct number_cell *out, struct number_memo_found f, uint64_t last,
    bool *one_reading)
{
	struct number *n = &out->number[0];

	out->status = NUMBER_OK;
	out->count = 1;
	out->flags = f.slot->notes;
	n->key = f.key;
	n->region = f.slot->region;
	n->type = f.slot->type;
	n->ext[0] = '\0';
	*one_reading = f.slot->known == NUMBER_MEMO_PLAIN;
	/* all eight alike, or the one that is a dummy without that */
	if ((last == (last << 8 | last >> 56) || f.key == NUMBER_HOTLINE) &&
	    number_is_dummy(f.key, n->region))
		out->flags |= NUMBER_DUMMY;
	return true;
}

/* As number_memo_parse(), where it takes more than a look. */
static bool
parse_digits(struct number_memo *m, struct number_cell *out, struct span cell,
    bool *one_reading)
{
	struct number_memo_digits d;
	struct number_memo_found f;

	return number_memo_digits(&d, cell) &&
	    (f = number_memo_find(m, d, cell)).slot &&
	    cell_fill(out, f, d.last, one_reading);
}

static __attribute__((noinline)) bool
parse_spelled(struct number_memo *m, struct number_cell *out, struct span cell,
    bool *one_reading)
{
	struct ordinary o;

	return parse_digits(m, out, cell, one_reading) ||
	    (ordinary_read(&o, cell) && o.n < cell.n &&
		parse_digits(m, out, span_of(o.text, o.n), one_reading));
}

bool
number_memo_parse(struct number_memo *m, struct number_cell *out,
    struct span cell, const struct number_rules *rules, bool *one_reading)
{
	struct number_memo_digits d;
	struct number_memo_found f;

	if (m->region != rules->region)
		return false;
	/* What is not there at once is left to a function of its own, or this
	 * one would save registers for it: a third of its time. */
	if (!number_memo_digits(&d, cell) ||
	    !(f.slot = number_memo_slot(m, &d)))
		return parse_spelled(m, out, cell, one_reading);
	f.key = f.slot->base + digits8_worth_value(d.last);
	return cell_fill(out, f, d.last, one_reading);
}
