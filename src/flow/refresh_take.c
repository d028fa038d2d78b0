/*
 * refresh_take.c - facts out of feeds and the register into the new table.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/refresh_impl.h"

/* ---- scopes ---- */

int
scopes_init(struct scopes *s, const struct index_about *from, struct err *err)
{
	uint16_t id;
	size_t i;

	*s = (struct scopes){ .lock = PTHREAD_MUTEX_INITIALIZER };
	s->scope = calloc(INDEX_SCOPES_MAX, sizeof(*s->scope));
	if (!s->scope)
		return err_nomem(err);
	/* those of the present generation keep their ids */
	for (i = 0; from && i < from->scopes; i++)
		if (scopes_id(s, span_str(from->scope[i].topic),
			span_str(from->scope[i].campaign), &id, err) < 0)
			return -1;
	return 0;
}

void
scopes_release(struct scopes *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free((char *)s->scope[i].topic);
		free((char *)s->scope[i].campaign);
	}
	free(s->scope);
	*s = (struct scopes){ 0 };
}

static int
scope_add(struct scopes *s, struct span topic, struct span campaign,
    struct err *err)
{
	struct index_scope *new = &s->scope[s->n];

	if (s->n == INDEX_SCOPES_MAX) {
		err_set(err, ERR_LIST,
		    "there are more than %d topics and campaigns",
		    INDEX_SCOPES_MAX);
		return err_hint(err,
		    "leave topic, purpose and campaign columns out that do not "
		    "matter; 'scrub refresh --force' forgets those of old");
	}
	new->topic = span_dup(topic);
	new->campaign = span_dup(campaign);
	if (!new->topic || !new->campaign) {
		free((char *)new->topic);
		free((char *)new->campaign);
		return err_nomem(err);
	}
	s->n++;
	return 0;
}

int
scopes_id(struct scopes *s, struct span topic, struct span campaign,
    uint16_t *out, struct err *err)
{
	int ret = 0;
	size_t i;

	*out = 0;
	if (topic.n == 0 && campaign.n == 0)
		return 0;
	pthread_mutex_lock(&s->lock);
	for (i = 0; i < s->n; i++)
		if (span_eq(topic, span_str(s->scope[i].topic)) &&
		    span_eq(campaign, span_str(s->scope[i].campaign)))
			break;
	if (i == s->n)
		ret = scope_add(s, topic, campaign, err);
	pthread_mutex_unlock(&s->lock);
	*out = (uint16_t)(i + 1);
	return ret;
}

/* ---- facts ---- */

static bool
is_prefix(uint64_t key)
{
	return key >> 62 == 2;
}

static uint64_t
key_of(const struct feed_fact *f, uint64_t seed)
{
	return f->key ? f->key : subject_person(f->person, seed);
}

static int
fact_put(struct taker *t, uint64_t key, const struct fact *fact,
    uint32_t granted, struct err *err)
{
	if (!t->appender)
		return 0;
	if (is_prefix(key))
		return facts_add_prefix(t->appender, key & ~(UINT64_C(1) << 63),
		    fact, err);
	if (fact->kind == FACT_CONSENT && granted)
		return facts_add_consent(t->appender, key, fact, granted, err);
	return facts_add(t->appender, key, fact, err);
}

static bool
same_text(const char *a, struct span b)
{
	return a && span_eq(span_str(a), b);
}

/* The scope of a fact; asked for under a lock only when it is another. */
static int
taker_scope(struct taker *t, const struct feed_fact *f, uint16_t *out,
    struct err *err)
{
	*out = 0;
	if (f->topic.n == 0 && f->campaign.n == 0)
		return 0;
	if (!same_text(t->topic, f->topic) ||
	    !same_text(t->campaign, f->campaign)) {
		free(t->topic);
		free(t->campaign);
		t->campaign = NULL;
		if (!(t->topic = span_dup(f->topic)) ||
		    !(t->campaign = span_dup(f->campaign)))
			return err_nomem(err);
		if (scopes_id(t->scopes, f->topic, f->campaign, &t->scope,
			err) < 0)
			return -1;
	}
	*out = t->scope;
	return 0;
}

int
taker_add(void *taker, const struct feed_fact *f, struct err *err)
{
	struct taker *t = taker;
	uint64_t key = key_of(f, t->seed);
	struct fact fact = f->fact;

	if (fact.kind == FACT_CALL && fact.until < t->calls_from) {
		t->too_old++;
		return 0;
	}
	if (t->except && numset_find(&t->except->place, key)) {
		t->left_out++;
		return 0;
	}
	fact.list = t->list;
	if (taker_scope(t, f, &fact.scope, err) < 0)
		return -1;
	return fact_put(t, key, &fact, f->granted, err);
}

/* ---- change lists ---- */

static int
changes_grow(struct changes *c, struct err *err)
{
	size_t cap = c->cap ? 2 * c->cap : 1024;
	struct change *p;

	if (c->n < c->cap)
		return 0;
	if (!(p = reallocarray(c->change, cap, sizeof(*p))))
		return err_nomem(err);
	c->change = p;
	c->cap = cap;
	return 0;
}

int
changes_add(void *changes, const struct feed_fact *f, struct err *err)
{
	struct changes *c = changes;
	uint64_t key = key_of(f, c->seed);
	uint32_t place;
	struct feed_fact fact = *f;

	if (!f->remove &&
	    scopes_id(c->scopes, f->topic, f->campaign, &fact.fact.scope, err) <
		0)
		return -1;
	fact.person = fact.topic = fact.campaign = span_of("", 0);
	if (c->n == UINT32_MAX - 1)
		return err_nomem(err);
	if (changes_grow(c, err) < 0 ||
	    numset_add(&c->place, key, (uint32_t)c->n + 1, &place, err) < 0)
		return -1;
	if (!place)
		place = (uint32_t)++c->n;
	c->change[place - 1] = (struct change){ key, fact };
	return 0;
}

int
changes_take(const struct changes *c, struct taker *t, uint64_t *added,
    struct err *err)
{
	size_t i;

	*added = 0;
	for (i = 0; i < c->n; i++) {
		const struct change *ch = &c->change[i];
		struct fact fact = ch->fact.fact;

		if (ch->fact.remove)
			continue;
		fact.list = t->list;
		if (fact_put(t, ch->key, &fact, ch->fact.granted, err) < 0)
			return -1;
		++*added;
	}
	return 0;
}

void
changes_release(struct changes *c)
{
	numset_release(&c->place);
	free(c->change);
	*c = (struct changes){ 0 };
}
