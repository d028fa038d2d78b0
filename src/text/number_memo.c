#include "text/number_memo.h"

#include <assert.h>
#include <string.h>

#include "base/simd.h"
#include "text/number_flags.h"
#include "text/number_triage.h"
#include "text/numplan.h"

enum { TAIL8 = 100000000 }; /* eight digits */

void
number_memo_init(struct number_memo *m, uint16_t region)
{
	memset(m, 0, sizeof(*m));
	m->region = region;
#ifdef __SSE2__
	m->shapes = has_avx2();
#endif
	for (size_t i = 0; i < NUMBER_MEMO_LENGTHS * NUMBER_MEMO_SHAPES; i++)
		m->shape[i].rest[0] = '9'; /* free */
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

/* Is what stands in front of the cell's last eight digits all digits? */
static bool
front_is_digits(struct span cell)
{
	size_t plus = cell.p[0] == '+';

	return digits8_all(digits8_front(digits8_load(cell.p + plus),
	    (unsigned)(cell.n - plus) - 8));
}

/* Find out what `slot` is to say for `tag`, of `cell`.  False: its digits are
 * none. */
static bool
slot_fill(struct number_memo *m, struct number_memo_slot *slot, uint64_t tag,
    struct span cell)
{
	bool deep = slot >= m->deep && slot < m->deep + NUMBER_MEMO_DEEPS;
	unsigned tail = deep ? 6 : 8, looked;
	struct numplan_result r;

	if (!front_is_digits(cell))
		return false;
	*slot = (struct number_memo_slot){ .tag = tag | NUMBER_MEMO_NONE,
		.known = deep ? NUMBER_MEMO_NOT : NUMBER_MEMO_DEEPER };
	/* known, when the plan has made up its mind before the tail */
	looked = numplan_looked(cell, m->region);
	if (looked == 0 || looked > (unsigned)cell.n - tail ||
	    !numplan_parse(&r, cell, m->region, false))
		return true;
	slot->region = r.region;
	slot->type = r.type;
	slot->base = r.key - r.key % (deep ? NUMBER_MEMO_TAIL : TAIL8);
	if (!notes_of(&slot->notes, r, slot->base, tail, m->region))
		return true;
	slot->tag = tag;
	slot->known = may_have_reading(&r, r.key, tail) ? NUMBER_MEMO_READING :
							  NUMBER_MEMO_PLAIN;
	return true;
}

/*
 * In front of the digits a tag is zero, but for the first byte; so what stands
 * there must be, too, once a plus has been taken away.  With sixteen characters
 * the plus would be in the first byte.
 */
bool
number_memo_form(struct number_memo_form *f, struct span cell)
{
	struct number_memo_digits d;

	*f = (struct number_memo_form){ NUMBER_MEMO_NO_FORM, 8, 0xff };
	if (cell.n > 15 || !number_memo_digits(&d, cell))
		return false;
	f->n = (unsigned)cell.n;
	f->shift = 8 * (16 - f->n);
	f->sign = d.tag & 0xff;
	if (cell.p[0] == '+')
		f->sign |= (uint64_t)'+' << f->shift;
	return true;
}

/* Is it about these digits, whatever they are? */
static bool
slot_is_of(const struct number_memo_slot *slot, uint64_t tag)
{
	return (slot->tag & ~(uint64_t)NUMBER_MEMO_NONE) == tag;
}

struct number_memo_found
number_memo_look(struct number_memo *m, struct number_memo_digits d,
    struct span cell)
{
	struct number_memo_slot *slot = &m->front[number_memo_place(d.tag)];
	uint64_t tag = d.tag, tail = digits8_worth_value(d.last);
	struct number_memo_found none = { NULL, 0 };

	if (!slot_is_of(slot, tag) && !slot_fill(m, slot, tag, cell))
		return none;
	if (slot->known == NUMBER_MEMO_DEEPER) {
		/* two digits more, where characters of digits are alike */
		tag ^= tail / NUMBER_MEMO_TAIL << 12 & 0xf000;
		tag ^= tail / NUMBER_MEMO_TAIL / 16 << 20;
		tail %= NUMBER_MEMO_TAIL;
		slot = &m->deep[tag * 0x9e3779b97f4a7c15 >> 52];
		if (!slot_is_of(slot, tag) && !slot_fill(m, slot, tag, cell))
			return none;
	}
	if (slot->known < NUMBER_MEMO_PLAIN)
		return none;
	return (struct number_memo_found){ slot, slot->base + tail };
}

/* Are the last eight digits all alike, or those of the one that is a dummy
 * without that? */
static inline bool
may_be_dummy(uint32_t last)
{
	return last % 11111111 == 0 || last == NUMBER_HOTLINE % TAIL8;
}

/* A function of its own, or those that need it seldom would save registers for
 * it. */
static __attribute__((noinline)) bool
dummy_note(struct number_cell *out)
{
	if (number_is_dummy(out->number[0].key, out->number[0].region))
		out->flags |= NUMBER_DUMMY;
	return true;
}

/* Write down a number of which all is known; `last`: its last eight digits. */
static inline bool
cell_fill(struct number_cell *out, struct number_memo_found f, uint32_t last,
    bool *one_reading)
{
	struct number *n = &out->number[0];
	uint16_t region = f.slot->region;
	uint8_t type = f.slot->type;

	out->status = NUMBER_OK;
	out->count = 1;
	out->flags = f.slot->notes;
	n->key = f.key;
	n->region = region;
	n->type = type;
	n->ext[0] = '\0';
	*one_reading = f.slot->known == NUMBER_MEMO_PLAIN;
	return __builtin_expect(may_be_dummy(last), 0) ? dummy_note(out) : true;
}

static inline bool
plain_fill(struct number_plain *out, struct number_memo_found f)
{
	out->key = f.key;
	out->region = f.slot->region;
	out->type = f.slot->type;
	out->one_reading = f.slot->known == NUMBER_MEMO_PLAIN;
	return true;
}

/* ---- a cell at a time ---- */

/*
 * The digits of a cell, which becomes that of the plain number it spells.  The
 * separators of an ordinary cell mean nothing to number_parse(): it asks the
 * plan, to which they mean nothing either, as long as no plus stands behind a
 * digit or a plus; and those that do are left in the text.
 */
static bool
digits_read(struct number_memo_digits *d, struct ordinary *o, struct span *cell)
{
	if (number_memo_digits(d, *cell) && front_is_digits(*cell))
		return true;
	if (!ordinary_read(o, *cell) || o->n == cell->n)
		return false;
	*cell = span_of(o->text, o->n);
	return number_memo_digits(d, *cell) && front_is_digits(*cell);
}

static struct number_memo_found
spelled_find(struct number_memo *m, struct span cell)
{
	struct number_memo_digits d;
	struct ordinary o;

	return digits_read(&d, &o, &cell) ? number_memo_find(m, d, cell) :
					    (struct number_memo_found){ 0 };
}

/* ---- the same by the cell's shape ---- */

#ifdef __SSE2__

/* The text of a cell of ten bytes to 32: its first 16 and its last, or of a
 * shorter one the first eight and the last, and zeros. */
static inline AVX2 __m256i
text_load(struct span s)
{
	if (s.n > 16)
		return _mm256_inserti128_si256(_mm256_castsi128_si256(
						   load16(s.p)),
		    load16(s.p + s.n - 16), 1);
	return _mm256_zextsi128_si256(
	    _mm_unpacklo_epi64(load8(s.p), load8(s.p + s.n - 8)));
}

/* What is to be known of a cell to look its shape up. */
struct text {
	__m256i bytes;
	__m256i rest;
	const struct number_memo_shape *shape;
};

/*
 * The text without its digits.  A digit is what is found where its lower half
 * points to; and a digit, which no other byte is, takes its place, always the
 * same one.
 */
static inline AVX2 __m256i
text_rest(__m256i bytes)
{
	const __m256i digits = _mm256_setr_epi8('0', '1', '2', '3', '4', '5',
	    '6', '7', '8', '9', '0', '0', '0', '0', '0', '0', '0', '1', '2',
	    '3', '4', '5', '6', '7', '8', '9', '0', '0', '0', '0', '0', '0');
	__m256i found = _mm256_shuffle_epi8(digits, bytes);

	return _mm256_blendv_epi8(bytes, digits,
	    _mm256_cmpeq_epi8(found, bytes));
}

/*
 * Ways to write a number that are of the same length differ in where the first
 * separators are, and in which.  By this factor, 88 of 89 ways that are in use
 * have places of their own.
 */
#define SHAPE_FACTOR UINT64_C(0xc9e3a8606600d823)

static inline AVX2 struct text
text_read(const struct number_memo *m, struct span cell)
{
	__m256i bytes = text_load(cell), rest = text_rest(bytes);
	uint64_t first = (uint64_t)_mm_cvtsi128_si64(
	    _mm256_castsi256_si128(rest));
	size_t at = (cell.n - NUMBER_MEMO_CELL_MIN) * NUMBER_MEMO_SHAPES +
	    (first * SHAPE_FACTOR >> 59);

	return (struct text){ bytes, rest, &m->shape[at] };
}

static inline AVX2 bool
text_has_shape(const struct text *t)
{
	__m256i differs = _mm256_xor_si256(t->rest, load32(t->shape->rest));

	return _mm256_testz_si256(differs, differs);
}

/* The digits of a text that has its shape, behind zero bytes. */
static inline AVX2 __m128i
text_digits(const struct text *t)
{
	__m256i halves = _mm256_shuffle_epi8(t->bytes, load32(t->shape->take));

	return _mm_or_si128(_mm256_castsi256_si128(halves),
	    _mm256_extracti128_si256(halves, 1));
}

static inline AVX2 uint64_t
digits_tag(__m128i digits, const struct number_memo_shape *shape)
{
	return (uint64_t)_mm_cvtsi128_si64(digits) | digits8_load(&shape->tag);
}

/* The integer that the last eight make: pairs, fours, all. */
static inline AVX2 uint32_t
digits_last(__m128i digits)
{
	__m128i v = _mm_and_si128(digits,
	    _mm_set_epi64x(0x0f0f0f0f0f0f0f0f, 0));

	v = _mm_maddubs_epi16(v, _mm_set1_epi16(1 << 8 | 10));
	v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 100));
	v = _mm_packus_epi32(v, v);
	v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 10000));
	return (uint32_t)_mm_extract_epi32(v, 1);
}

/* Is it known at once what the cell holds? */
static inline AVX2 bool
shaped_find(const struct number_memo *m, struct span cell,
    struct number_memo_found *f, uint32_t *last)
{
	struct number_memo_digits d;
	struct text t;
	__m128i digits;

	if (cell.n - NUMBER_MEMO_CELL_MIN >= NUMBER_MEMO_LENGTHS)
		return false;
	t = text_read(m, cell);
	if (!text_has_shape(&t))
		return false;
	digits = text_digits(&t);
	d.tag = digits_tag(digits, t.shape);
	if (!(f->slot = number_memo_slot(m, &d)))
		return false;
	*last = digits_last(digits);
	f->key = f->slot->base + *last;
	return true;
}

/* Where each of the digits is; they are `n`. */
static void
take_fill(char take[32], struct span cell, size_t n)
{
	size_t half = cell.n > 16 ? 16 : 8, to = 16 - n, at;

	memset(take, 0x80, 32); /* from nowhere: a zero */
	for (size_t i = 0; i < cell.n; i++) {
		if (!is_digit(cell.p[i]))
			continue;
		at = i < half ? i : i + 2 * half - cell.n;
		take[(at & 16) + to++] = (char)(at & 15);
	}
}

/* Find out what shape a cell has that spells `plain`. */
static AVX2 void
shape_fill(struct number_memo *m, const struct text *t, struct span cell,
    struct span plain)
{
	struct number_memo_shape *shape = &m->shape[t->shape - m->shape];
	size_t plus = plain.p[0] == '+', n = plain.n - plus;

	_mm256_storeu_si256((__m256i *)(void *)shape->rest, t->rest);
	take_fill(shape->take, cell, n);
	shape->tag = 2 * n + plus;
}

/* As spelled_find(), which it spares itself where the cell's shape is known. */
static AVX2 struct number_memo_found
shaped_look(struct number_memo *m, struct span cell)
{
	struct span plain = cell;
	struct number_memo_digits d;
	struct ordinary o;
	struct text t;
	char text[17];
	__m128i digits;

	if (cell.n - NUMBER_MEMO_CELL_MIN >= NUMBER_MEMO_LENGTHS)
		return spelled_find(m, cell);
	t = text_read(m, cell);
	if (!text_has_shape(&t)) {
		if (!digits_read(&d, &o, &plain))
			return (struct number_memo_found){ 0 };
		shape_fill(m, &t, cell, plain);
		return number_memo_find(m, d, plain);
	}
	digits = text_digits(&t);
	d.tag = digits_tag(digits, t.shape);
	d.last = digits8_worth((uint64_t)_mm_extract_epi64(digits, 1));
	_mm_storeu_si128((__m128i *)(void *)(text + 1), digits);
	plain.n = (t.shape->tag & 0xff) / 2;
	plain.p = text + 17 - plain.n;
	if (t.shape->tag & 1) {
		text[16 - plain.n++] = '+';
		plain.p--;
	}
	return number_memo_look(m, d, plain);
}

/* Functions of their own, or those that call them would save registers. */
static AVX2 __attribute__((noinline)) bool
shaped_parse_look(struct number_memo *m, struct number_cell *out,
    struct span cell, bool *one_reading)
{
	struct number_memo_found f = shaped_look(m, cell);

	return f.slot &&
	    cell_fill(out, f, (uint32_t)(f.key % TAIL8), one_reading);
}

static AVX2 __attribute__((noinline)) bool
shaped_read_look(struct number_memo *m, struct span cell,
    struct number_plain *out)
{
	struct number_memo_found f = shaped_look(m, cell);

	return f.slot && plain_fill(out, f);
}

static AVX2 bool
shaped_parse(struct number_memo *m, struct number_cell *out, struct span cell,
    bool *one_reading)
{
	struct number_memo_found f;
	uint32_t last;

	return shaped_find(m, cell, &f, &last) ?
	    cell_fill(out, f, last, one_reading) :
	    shaped_parse_look(m, out, cell, one_reading);
}

static AVX2 bool
shaped_read(struct number_memo *m, struct span cell, struct number_plain *out)
{
	struct number_memo_found f;

	uint32_t last;

	return shaped_find(m, cell, &f, &last) ? plain_fill(out, f) :
						 shaped_read_look(m, cell, out);
}

/* number_memo_run(): nothing is called, so that what is the same for all cells
 * stays in registers. */
static inline AVX2 size_t
shaped_run(const struct number_memo *m, const struct span *cell, size_t step,
    size_t n, uint64_t *key, struct number_traits *traits, uint16_t *other)
{
	struct number_memo_found f;
	size_t others = 0;
	uint32_t last;

	for (size_t i = 0; i < n; i++, cell += step) {
		if (!shaped_find(m, *cell, &f, &last) ||
		    f.slot->known != NUMBER_MEMO_PLAIN ||
		    (traits && may_be_dummy(last))) {
			key[i] = 0;
			other[others++] = (uint16_t)i;
			continue;
		}
		key[i] = f.key;
		if (traits)
			traits[i] = (struct number_traits){ f.slot->notes,
				f.slot->region, f.slot->type };
	}
	return others;
}

static AVX2 __attribute__((noinline)) size_t
shaped_keys(const struct number_memo *m, const struct span *cell, size_t step,
    size_t n, uint64_t *key, uint16_t *other)
{
	return shaped_run(m, cell, step, n, key, NULL, other);
}

static AVX2 __attribute__((noinline)) size_t
shaped_traits(const struct number_memo *m, const struct span *cell, size_t step,
    size_t n, uint64_t *key, struct number_traits *traits, uint16_t *other)
{
	return shaped_run(m, cell, step, n, key, traits, other);
}

#endif

size_t
number_memo_run(const struct number_memo *m, const struct span *cell,
    size_t step, size_t n, uint64_t *key, struct number_traits *traits,
    uint16_t *other)
{
	assert(n <= NUMBER_MEMO_RUN);
#ifdef __SSE2__
	if (m->shapes)
		return traits ?
		    shaped_traits(m, cell, step, n, key, traits, other) :
		    shaped_keys(m, cell, step, n, key, other);
#endif
	memset(key, 0, n * sizeof(*key));
	for (size_t i = 0; i < n; i++)
		other[i] = (uint16_t)i;
	return n;
}

static __attribute__((noinline)) bool
usual_read(struct number_memo *m, struct span cell, struct number_plain *out)
{
	struct number_memo_found f = spelled_find(m, cell);

	return f.slot && plain_fill(out, f);
}

static __attribute__((noinline)) bool
usual_parse(struct number_memo *m, struct number_cell *out, struct span cell,
    bool *one_reading)
{
	struct number_memo_found f = spelled_find(m, cell);

	return f.slot &&
	    cell_fill(out, f, (uint32_t)(f.key % TAIL8), one_reading);
}

bool
number_memo_spelled(struct number_memo *m, struct span cell,
    struct number_plain *out)
{
#ifdef __SSE2__
	if (m->shapes)
		return shaped_read(m, cell, out);
#endif
	return usual_read(m, cell, out);
}

bool
number_memo_parse(struct number_memo *m, struct number_cell *out,
    struct span cell, const struct number_rules *rules, bool *one_reading)
{
	if (m->region != rules->region)
		return false;
#ifdef __SSE2__
	if (m->shapes)
		return shaped_parse(m, out, cell, one_reading);
#endif
	return usual_parse(m, out, cell, one_reading);
}
