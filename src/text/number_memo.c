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

bool
number_memo_fill(struct number_memo *m, struct number_memo_slot *slot,
    uint64_t tag, struct span cell)
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
	slot->cc_digits = r.cc_digits;
	slot->base = r.key - r.key % (deep ? NUMBER_MEMO_TAIL : 100000000);
	slot->known = may_have_reading(&r, r.key, tail) ? NUMBER_MEMO_READING :
							  NUMBER_MEMO_PLAIN;
	return true;
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

bool
number_memo_parse(struct number_memo *m, struct number_cell *out,
    struct span cell, const struct number_rules *rules, bool *one_reading)
{
	struct number_plain n;
	struct numplan_result r;

	if (m->region != rules->region || !number_memo_spelled(m, cell, &n))
		return false;
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
	return true;
}
