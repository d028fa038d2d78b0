#include "store/facts_impl.h"

enum { SLOTS = 2 * FACTS_CODES };

/* Where it stands, or would. */
static uint16_t *
slot_of(struct facts_dict *d, uint64_t fact)
{
	size_t i = (size_t)hash_reduce(fact * UINT64_C(0x9e3779b97f4a7c15),
	    SLOTS);

	while (d->slot[i] && d->fact[d->slot[i]] != fact)
		i = (i + 1) % SLOTS;
	return &d->slot[i];
}

unsigned
dict_code(struct facts_dict *d, uint64_t fact)
{
	uint16_t *slot;
	unsigned code;

	pthread_mutex_lock(&d->lock);
	slot = slot_of(d, fact);
	if (!*slot && d->n + 1 < FACTS_CODES) {
		d->fact[++d->n] = fact;
		*slot = (uint16_t)d->n;
	}
	code = *slot;
	pthread_mutex_unlock(&d->lock);
	return code;
}
