#include <assert.h>

#include "store/facts.h"
#include "store/facts_impl.h"

/* What one part of a table hands on. */
struct taking {
	struct facts_appender *to;
	const struct facts *from;
	const uint8_t *list;   /* here */
	const uint16_t *scope; /* here; NULL: as there */
};

/* As it will be here; false when it is not taken. */
static bool
fact_taken(const struct taking *t, uint64_t v, struct fact *out)
{
	fact_unpack(out, v);
	out->list = t->list[out->list];
	if (t->scope)
		out->scope = t->scope[out->scope];
	return out->list != FACTS_NOT_TAKEN;
}

/*
 * The consent that belongs to a grant: the one of its key with its serial.
 * They were placed one after the other, and stay in this order.
 */
static int
consent_of(const struct taking *t, const uint64_t *grant, uint64_t *out,
    struct err *err)
{
	const uint64_t *w = grant;
	uint64_t key = word_key(*grant);
	struct fact g, c;

	fact_unpack(&g, entry_fact(t->from, grant));
	while (*w) {
		if (word_is_key(*w) && word_key(*w) == key) {
			*out = entry_fact(t->from, w);
			fact_unpack(&c, *out);
			if (c.kind == FACT_CONSENT && c.n == g.n)
				return 0;
		}
		w = word_next(w);
		if (word_begins_page(w) && facts_page_open(t->from, w, err) < 0)
			return -1;
	}
	return err_set(err, ERR_INTERNAL, "a grant without its consent");
}

static int
grant_take(const struct taking *t, const uint64_t *w, uint32_t granted,
    struct err *err)
{
	struct fact consent;
	uint64_t v = 0;

	if (consent_of(t, w, &v, err) < 0)
		return -1;
	if (!fact_taken(t, v, &consent))
		return 0;
	consent.n = 0; /* serials are given out anew */
	return facts_add_consent(t->to, word_key(*w), &consent, granted, err);
}

static int
entry_take(const struct taking *t, const uint64_t *w, struct err *err)
{
	uint64_t key = word_key(*w);
	struct fact fact;

	if (!fact_taken(t, entry_fact(t->from, w), &fact))
		return 0;
	if (fact.kind == FACT_GRANTED)
		return grant_take(t, w, fact.until, err);
	if (fact.kind == FACT_CONSENT && fact.n > 0)
		return 0; /* goes with its grant */
	if (key >> 62 == 2)
		return facts_add_prefix(t->to, key & ~(UINT64_C(1) << 63),
		    &fact, err);
	return facts_add(t->to, key, &fact, err);
}

int
facts_take(struct facts_appender *a, const struct facts *from, unsigned part,
    const uint8_t list[256], const uint16_t scope[FACT_SCOPES_MAX + 1],
    struct err *err)
{
	const struct partition *p = &from->part[part];
	struct taking t = { a, from, list, scope };
	const uint64_t *w;

	/* the lengths of long prefixes cannot be told from their hashes */
	facts_appender_prefixes(a, from->prefix_lengths & ~UINT32_C(0xffff));
	assert(part < FACTS_PARTS && facts_appender_seed(a) == from->seed &&
	    !from->filled);
	for (w = p->page->word; w <= p->last; w = word_next(w)) {
		if (word_begins_page(w) && facts_page_open(from, w, err) < 0)
			return -1;
		if (word_is_key(*w) && entry_take(&t, w, err) < 0)
			return -1;
	}
	return 0;
}
