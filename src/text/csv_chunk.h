/*
 * csv_chunk.h - a list, 64 bytes at a time; for text/csv_*.c only.
 *
 * What stands where in a chunk of 64 bytes is said by words of 64 bits, one a
 * byte, the first byte's being the lowest.  What is within quotes is told by
 * counting them.  That is right as long as a quote stands only where a field
 * begins or ends, or beside another: quoting_step() says where it does not, and
 * from there on nothing is known.
 *
 * Functions are there twice: name_usual() for every machine, and name_avx2().
 */
#ifndef SCRUB_TEXT_CSV_CHUNK_H
#define SCRUB_TEXT_CSV_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/csv_simd.h"

enum { CHUNK = 64 };

struct chunk {
	uint64_t delimiter;
	uint64_t lf;
	uint64_t quote;
	uint64_t cr;
};

/* The lowest bits of `word`, up to and with the first of `bits`; without any,
 * all. */
static inline uint64_t
bits_through(uint64_t bits)
{
	return bits ^ (bits - 1);
}

/* CRs without an LF.  For a CR that is the chunk's last byte that takes `next`,
 * the one behind it. */
static inline uint64_t
chunk_lone_crs(const struct chunk *c, char next)
{
	return c->cr & ~(c->lf >> 1 | (uint64_t)(next == '\n') << 63);
}

/* Only the first n bytes, of fewer than 64, count. */
static inline void
chunk_keep(struct chunk *c, size_t n)
{
	uint64_t keep = ((uint64_t)1 << n) - 1;

	c->delimiter &= keep;
	c->lf &= keep;
	c->quote &= keep;
	c->cr &= keep;
}

/* ---- quotes ---- */

/* What is known of the byte in front of a chunk.  Zeroed: it is outside. */
struct quoting {
	uint64_t inside; /* all ones when the chunk begins within quotes */
	uint64_t closed; /* 1 when it is a quote that closes */
};

/* Of a chunk's bytes. */
struct quoted {
	uint64_t in;   /* within quotes, opening ones being, closing ones not */
	uint64_t open; /* opening quotes */
	uint64_t again; /* those of them that make a "" with the one before */
	uint64_t bad;   /* what must not stand there */
};

/*
 * Go on over a chunk.  `parity` says of which bytes the quotes up to and with
 * them, counted from the chunk's first, are odd.  `begins`: a field may begin
 * with its first byte.
 */
static inline struct quoted
quoting_step(struct quoting *q, const struct chunk *c, uint64_t parity,
    bool begins)
{
	uint64_t in = parity ^ q->inside, open = c->quote & in;
	uint64_t close = c->quote & ~in, behind = close << 1 | q->closed;
	uint64_t begin = (c->delimiter | c->lf) << 1 | begins;
	uint64_t special = c->delimiter | c->lf | c->quote | c->cr;

	q->inside = -(in >> 63);
	q->closed = close >> 63;
	return (struct quoted){ .in = in,
		.open = open,
		.again = open & behind,
		.bad = (open & ~(begin | behind)) | (behind & ~special) };
}

/* ---- for every machine ---- */

/* Is a bit set for each byte with an odd number of quotes up to it? */
static inline uint64_t
parity_usual(uint64_t quotes)
{
	for (unsigned i = 1; i < 64; i *= 2)
		quotes ^= quotes << i;
	return quotes;
}

#ifdef __SSE2__

static inline uint64_t
mask_sse2(__m128i bytes, __m128i byte, int i)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(
		   _mm_cmpeq_epi8(bytes, byte))
	    << (16 * i);
}

static inline void
chunk_all_usual(struct chunk *c, const char *p, char delimiter)
{
	const __m128i d = _mm_set1_epi8(delimiter), q = _mm_set1_epi8('"');
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');

	*c = (struct chunk){ 0 };
	for (int i = 0; i < 4; i++) {
		__m128i bytes = load16(p + 16 * i);

		c->delimiter |= mask_sse2(bytes, d, i);
		c->lf |= mask_sse2(bytes, lf, i);
		c->quote |= mask_sse2(bytes, q, i);
		c->cr |= mask_sse2(bytes, cr, i);
	}
}

#else

static inline uint64_t
bytes_usual(const char *p, char byte)
{
	uint64_t mask = 0;

	for (int i = 0; i < CHUNK; i++)
		mask |= (uint64_t)(p[i] == byte) << i;
	return mask;
}

static inline void
chunk_all_usual(struct chunk *c, const char *p, char delimiter)
{
	c->delimiter = bytes_usual(p, delimiter);
	c->lf = bytes_usual(p, '\n');
	c->quote = bytes_usual(p, '"');
	c->cr = bytes_usual(p, '\r');
}

#endif

/* A chunk without quotes and CRs; false: it has some. */
static inline bool
chunk_plain_usual(struct chunk *c, const char *p, char delimiter)
{
	chunk_all_usual(c, p, delimiter);
	return !(c->quote | c->cr);
}

/* Which bit is the n-th that is set, from 0; 64 when there are not so many. */
static inline unsigned
bit_at_usual(uint64_t bits, unsigned n)
{
	for (; n > 0; n--)
		bits &= bits - 1;
	return bits ? (unsigned)__builtin_ctzll(bits) : 64;
}

/* ---- with AVX2 ---- */

#ifdef __SSE2__

static inline AVX2 uint64_t
bytes_avx2(__m256i a, __m256i b, char byte)
{
	const __m256i c = _mm256_set1_epi8(byte);
	unsigned low = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, c));
	unsigned high = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, c));

	return low | (uint64_t)high << 32;
}

/*
 * Are there quotes or CRs?  A byte is one of them when it is what stands in the
 * table at its own four lower bits.
 */
static inline AVX2 bool
odd_avx2(__m256i a, __m256i b)
{
	const __m256i table = _mm256_setr_epi8(1, 0, '"', 0, 0, 0, 0, 0, 0, 0,
	    0, 0, 0, '\r', 0, 0, 1, 0, '"', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '\r',
	    0, 0);
	__m256i odd =
	    _mm256_or_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, a), a),
		_mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, b), b));

	return !_mm256_testz_si256(odd, odd);
}

static inline AVX2 bool
chunk_plain_avx2(struct chunk *c, const char *p, char delimiter)
{
	__m256i a = load32(p), b = load32(p + 32);

	c->delimiter = bytes_avx2(a, b, delimiter);
	c->lf = bytes_avx2(a, b, '\n');
	return !odd_avx2(a, b);
}

static inline AVX2 void
chunk_all_avx2(struct chunk *c, const char *p, char delimiter)
{
	__m256i a = load32(p), b = load32(p + 32);

	c->delimiter = bytes_avx2(a, b, delimiter);
	c->lf = bytes_avx2(a, b, '\n');
	c->quote = bytes_avx2(a, b, '"');
	c->cr = bytes_avx2(a, b, '\r');
}

static inline AVX2 uint64_t
parity_avx2(uint64_t quotes)
{
	__m128i ones = _mm_set1_epi8(-1);

	return (uint64_t)_mm_cvtsi128_si64(
	    _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)quotes), ones,
		0));
}

static inline AVX2 unsigned
bit_at_avx2(uint64_t bits, unsigned n)
{
	return (unsigned)_tzcnt_u64(_pdep_u64((uint64_t)1 << n, bits));
}

#endif

#endif
