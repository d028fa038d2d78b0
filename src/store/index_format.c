#include "store/index_format.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = { 's', 'c', 'r', 'u', 'b', 'i', 'd', 'x' };

/* Of the front. */
enum {
	AT_MAGIC = 0,
	AT_VERSION = 8,
	AT_PAGE = 12,
	AT_GENERATION = 16,
	AT_KEY_ID = 24,
	AT_SALT = 40,
	AT_HEAD = 56,
	AT_PAGES = 64,
	AT_ZERO = 72,
};

_Static_assert(AT_SALT - AT_KEY_ID == KEYRING_ID_TEXT - 1, "room for an id");
_Static_assert(AT_HEAD - AT_SALT == CRYPT_SALT, "room for a salt");

/* ---- integers ---- */

static void
put(unsigned char *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++, v >>= 8)
		p[i] = (unsigned char)v;
}

static uint64_t
get(const unsigned char *p, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | p[bytes];
	return v;
}

void
index_bind(unsigned char out[INDEX_BOUND], uint64_t generation, uint64_t number)
{
	put(out, generation, 8);
	put(out + 8, number, 8);
}

/* ---- the front ---- */

void
index_front_put(unsigned char out[INDEX_FRONT], const struct index_front *f)
{
	memset(out, 0, INDEX_FRONT);
	memcpy(out + AT_MAGIC, magic, sizeof(magic));
	put(out + AT_VERSION, INDEX_VERSION, 4);
	put(out + AT_PAGE, INDEX_PAGE, 4);
	put(out + AT_GENERATION, f->generation, 8);
	memcpy(out + AT_KEY_ID, f->key_id, KEYRING_ID_TEXT - 1);
	memcpy(out + AT_SALT, f->salt, CRYPT_SALT);
	put(out + AT_HEAD, f->head / INDEX_PAGE, 8);
	put(out + AT_PAGES, f->pages, 8);
}

static int
version_check(uint64_t version, struct err *err)
{
	if (version == INDEX_VERSION)
		return 0;
	err_set(err, ERR_AUTH,
	    "an index of format version %" PRIu64
	    ", and this scrub reads version %d",
	    version, INDEX_VERSION);
	return err_hint(err,
	    "%s'scrub refresh --force' builds one of its own out of all lists, "
	    "without a generation to compare them with",
	    version < INDEX_VERSION ? "" : "a newer scrub reads it; ");
}

static int
length_check(const struct index_front *f, uint64_t size, struct err *err)
{
	uint64_t want = (f->head / INDEX_PAGE + f->pages) * INDEX_PAGE;

	if (size < want)
		return err_set(err, ERR_AUTH,
		    "cut short: %" PRIu64 " bytes of %" PRIu64, size, want);
	if (size > want)
		return err_set(err, ERR_AUTH,
		    "longer than what was written: %" PRIu64
		    " bytes, not %" PRIu64,
		    size, want);
	return 0;
}

int
index_front_get(struct index_front *out, const unsigned char *p, size_t n,
    uint64_t size, struct err *err)
{
	uint64_t head;

	*out = (struct index_front){ 0 };
	if (n < INDEX_FRONT || memcmp(p + AT_MAGIC, magic, sizeof(magic)) != 0)
		return err_set(err, ERR_AUTH, "not an index of scrub");
	if (version_check(get(p + AT_VERSION, 4), err) < 0)
		return -1;
	head = get(p + AT_HEAD, 8);
	out->generation = get(p + AT_GENERATION, 8);
	out->pages = get(p + AT_PAGES, 8);
	memcpy(out->key_id, p + AT_KEY_ID, KEYRING_ID_TEXT - 1);
	memcpy(out->salt, p + AT_SALT, CRYPT_SALT);
	if (get(p + AT_PAGE, 4) != INDEX_PAGE || get(p + AT_ZERO, 8) != 0 ||
	    head < 1 || head > INDEX_HEAD_MAX / INDEX_PAGE ||
	    out->pages > (UINT64_MAX >> 1) / INDEX_PAGE - head)
		return err_set(err, ERR_AUTH, "its head was altered");
	out->head = head * INDEX_PAGE;
	return length_check(out, size, err);
}

/* ---- the body: writing ---- */

static void
add(struct buf *b, uint64_t v, unsigned bytes)
{
	unsigned char p[8];

	put(p, v, bytes);
	buf_add(b, p, bytes);
}

static void
add_text(struct buf *b, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	add(b, n, 4);
	buf_add(b, s ? s : "", n + 1);
}

static void
add_list(struct buf *b, const struct index_list *l)
{
	add(b, l->kind, 1);
	add(b, l->in_register, 1);
	buf_add(b, l->digest, sizeof(l->digest));
	buf_add(b, l->settings, sizeof(l->settings));
	add(b, l->source_size, 8);
	add(b, (uint64_t)l->source_mtime_ns, 8);
	add(b, (uint64_t)l->as_of, 8);
	add(b, (uint64_t)l->read_at, 8);
	add(b, (uint64_t)l->max_age, 8);
	add(b, l->sequence, 8);
	add(b, l->lines, 8);
	add(b, l->blank, 8);
	add(b, l->unusable, 8);
	add(b, l->blocking, 8);
	add(b, l->bad_dates, 8);
	add(b, l->wildcards, 8);
	add(b, l->facts, 8);
	add(b, (uint64_t)l->calls_since, 8);
	add(b, l->too_old, 8);
	add_text(b, l->name);
	add_text(b, l->owner);
	add_text(b, l->path);
	add_text(b, l->state);
	add(b, l->covers, 4);
	for (size_t i = 0; i < l->covers; i++)
		add(b, l->coverage[i], 8);
}

static bool
text_fits(const char *s)
{
	return !s || strnlen(s, INDEX_TEXT_MAX + 1) <= INDEX_TEXT_MAX;
}

static int
about_check(const struct index_about *a, struct err *err)
{
	size_t i;

	if (a->lists > INDEX_LISTS_MAX)
		return err_set(err, ERR_USAGE, "%zu lists are more than %d",
		    a->lists, INDEX_LISTS_MAX);
	if (a->scopes > INDEX_SCOPES_MAX)
		return err_set(err, ERR_USAGE,
		    "%zu pairs of topic and campaign are more than %d",
		    a->scopes, INDEX_SCOPES_MAX);
	for (i = 0; i < a->lists; i++) {
		const struct index_list *l = &a->list[i];

		if (!text_fits(l->name) || !text_fits(l->owner) ||
		    !text_fits(l->path) || !text_fits(l->state) ||
		    l->covers > INDEX_COVERAGE_MAX)
			return err_set(err, ERR_USAGE,
			    "list %.64s has more to say than an index holds",
			    l->name ? l->name : "");
	}
	for (i = 0; i < a->scopes; i++)
		if (!text_fits(a->scope[i].topic) ||
		    !text_fits(a->scope[i].campaign))
			return err_set(err, ERR_USAGE,
			    "a topic is longer than an index holds");
	return 0;
}

int
index_body_put(struct buf *b, const struct index_about *a,
    const struct index_part part[FACTS_PARTS], const uint64_t *code,
    size_t codes, struct err *err)
{
	size_t i;

	if (about_check(a, err) < 0)
		return -1;
	add(b, (uint64_t)a->created, 8);
	add(b, a->seed, 8);
	add(b, a->facts, 8);
	for (i = 0; i < INDEX_MARKS; i++)
		add(b, a->mark[i], 8);
	add(b, a->calls_kept, 4);
	add(b, a->prefix_lengths, 4);
	add(b, FACTS_PARTS, 4);
	add(b, a->lists, 4);
	add(b, a->scopes, 4);
	for (i = 0; i < FACTS_PARTS; i++) {
		add(b, part[i].homes, 8);
		add(b, part[i].pages, 8);
		add(b, part[i].entries, 8);
		add(b, part[i].words, 8);
	}
	for (i = 0; i < a->lists; i++)
		add_list(b, &a->list[i]);
	for (i = 0; i < a->scopes; i++) {
		add_text(b, a->scope[i].topic);
		add_text(b, a->scope[i].campaign);
	}
	add(b, codes, 4);
	for (i = 0; i < codes; i++)
		add(b, code[i], 8);
	return buf_check(b, err);
}

/* ---- the body: reading ---- */

/* Where we are in it.  Past the end there are zeros, and `bad` stays. */
struct cursor {
	const unsigned char *p;
	size_t n;
	bool bad;
};

static const unsigned char *
take_bytes(struct cursor *c, size_t n)
{
	const unsigned char *p = c->p;

	if (n > c->n) {
		c->bad = true;
		c->n = 0;
		return NULL;
	}
	c->p += n;
	c->n -= n;
	return p;
}

static uint64_t
take(struct cursor *c, unsigned bytes)
{
	const unsigned char *p = take_bytes(c, bytes);

	return p ? get(p, bytes) : 0;
}

static const char *
take_text(struct cursor *c)
{
	size_t n = (size_t)take(c, 4);
	const unsigned char *p = n <= INDEX_TEXT_MAX ? take_bytes(c, n + 1) :
						       NULL;

	if (!p || memchr(p, '\0', n + 1) != p + n) {
		c->bad = true;
		return "";
	}
	return (const char *)p;
}

static bool
take_flag(struct cursor *c)
{
	uint64_t v = take(c, 1);

	c->bad |= v > 1;
	return v == 1;
}

static void
take_digest(struct cursor *c, unsigned char out[CRYPT_SHA256])
{
	const unsigned char *p = take_bytes(c, CRYPT_SHA256);

	if (p)
		memcpy(out, p, CRYPT_SHA256);
}

/* Coverage is taken by a second walk, when it is known how much there is. */
static void
take_list(struct cursor *c, struct index_list *l, uint64_t *coverage)
{
	l->kind = (uint8_t)take(c, 1);
	l->in_register = take_flag(c);
	take_digest(c, l->digest);
	take_digest(c, l->settings);
	l->source_size = take(c, 8);
	l->source_mtime_ns = (int64_t)take(c, 8);
	l->as_of = (int64_t)take(c, 8);
	l->read_at = (int64_t)take(c, 8);
	l->max_age = (int64_t)take(c, 8);
	l->sequence = take(c, 8);
	l->lines = take(c, 8);
	l->blank = take(c, 8);
	l->unusable = take(c, 8);
	l->blocking = take(c, 8);
	l->bad_dates = take(c, 8);
	l->wildcards = take(c, 8);
	l->facts = take(c, 8);
	l->calls_since = (int64_t)take(c, 8);
	l->too_old = take(c, 8);
	l->name = take_text(c);
	l->owner = take_text(c);
	l->path = take_text(c);
	l->state = take_text(c);
	l->covers = (size_t)take(c, 4);
	l->coverage = coverage;
	if (l->covers > INDEX_COVERAGE_MAX)
		c->bad = true;
	for (size_t i = 0; i < l->covers && !c->bad; i++) {
		uint64_t v = take(c, 8);

		if (coverage)
			coverage[i] = v;
	}
}

/* All lists; returns how many prefixes they cover together. */
static size_t
take_lists(struct cursor *c, struct index_body *b, uint64_t *coverage)
{
	size_t covers = 0;

	for (size_t i = 0; i < b->about.lists && !c->bad; i++) {
		take_list(c, &b->list[i], coverage ? coverage + covers : NULL);
		covers += b->list[i].covers;
	}
	return covers;
}

static void
take_scopes(struct cursor *c, struct index_body *b)
{
	for (size_t i = 0; i < b->about.scopes && !c->bad; i++) {
		b->scope[i].topic = take_text(c);
		b->scope[i].campaign = take_text(c);
	}
}

/* A fact that a dictionary may hold, of a list and a scope that are told. */
static bool
code_holds(const struct index_about *a, uint64_t v)
{
	struct fact f;

	fact_unpack(&f, v);
	return dict_takes(v) && f.list < a->lists && f.scope <= a->scopes;
}

static int
take_codes(struct cursor *c, struct index_body *b, struct err *err)
{
	b->codes = (size_t)take(c, 4);
	if (b->codes >= FACTS_CODES)
		c->bad = true;
	if (c->bad)
		return 0;
	if (!(b->code = calloc(b->codes + 1, sizeof(*b->code))))
		return err_nomem(err);
	for (size_t i = 0; i < b->codes && !c->bad; i++) {
		b->code[i] = take(c, 8);
		c->bad |= !code_holds(&b->about, b->code[i]);
	}
	return 0;
}

/* The numbers at the beginning, and the partitions. */
static void
take_counts(struct cursor *c, struct index_body *b)
{
	struct index_about *a = &b->about;
	size_t i;

	a->created = (int64_t)take(c, 8);
	a->seed = take(c, 8);
	a->facts = take(c, 8);
	for (i = 0; i < INDEX_MARKS; i++)
		a->mark[i] = take(c, 8);
	a->calls_kept = (uint32_t)take(c, 4);
	a->prefix_lengths = (uint32_t)take(c, 4);
	c->bad |= take(c, 4) != FACTS_PARTS;
	a->lists = (size_t)take(c, 4);
	a->scopes = (size_t)take(c, 4);
	for (i = 0; i < FACTS_PARTS; i++) {
		b->part[i].homes = take(c, 8);
		b->part[i].pages = take(c, 8);
		b->part[i].entries = take(c, 8);
		b->part[i].words = take(c, 8);
	}
	c->bad |= a->lists > INDEX_LISTS_MAX || a->scopes > INDEX_SCOPES_MAX;
}

/* Could these be the partitions of a table?  Sets about.pages. */
static bool
parts_hold(struct index_body *b)
{
	const uint64_t most = UINT64_MAX / INDEX_PAGE / FACTS_PARTS;
	uint64_t entries = 0;

	b->about.pages = 0;
	for (size_t i = 0; i < FACTS_PARTS; i++) {
		const struct index_part *p = &b->part[i];

		if (p->homes < 1 || p->pages < p->homes || p->pages > most ||
		    p->words >= p->pages * FACTS_PAGE_WORDS ||
		    p->entries > p->words)
			return false;
		b->about.pages += p->pages;
		entries += p->entries;
	}
	return entries == b->about.facts;
}

static bool
zeros(const struct cursor *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i] != 0)
			return false;
	return true;
}

static int
body_room(struct index_body *b, struct err *err)
{
	b->list = calloc(b->about.lists + 1, sizeof(*b->list));
	b->scope = calloc(b->about.scopes + 1, sizeof(*b->scope));
	b->about.list = b->list;
	b->about.scope = b->scope;
	return b->list && b->scope ? 0 : err_nomem(err);
}

static int
body_get(struct index_body *b, struct cursor *c, struct err *err)
{
	struct cursor lists;
	size_t covers;

	take_counts(c, b);
	if (c->bad || !parts_hold(b))
		goto bad;
	if (body_room(b, err) < 0)
		return -1;
	lists = *c;
	covers = take_lists(c, b, NULL);
	take_scopes(c, b);
	if (take_codes(c, b, err) < 0)
		return -1;
	if (c->bad || !zeros(c))
		goto bad;
	if (!(b->coverage = calloc(covers + 1, sizeof(*b->coverage))))
		return err_nomem(err);
	take_lists(&lists, b, b->coverage);
	return 0;
bad:
	return err_set(err, ERR_AUTH, "its directory does not hold together");
}

int
index_body_get(struct index_body *out, const unsigned char *p, size_t n,
    struct err *err)
{
	struct cursor c = { p, n, false };

	*out = (struct index_body){ 0 };
	if (body_get(out, &c, err) < 0) {
		index_body_release(out);
		return -1;
	}
	return 0;
}

void
index_body_release(struct index_body *b)
{
	free(b->list);
	free(b->scope);
	free(b->coverage);
	free(b->code);
	*b = (struct index_body){ 0 };
}
