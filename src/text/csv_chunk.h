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

#include "base/simd.h"

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

/*
 * CRs that no LF follows.  One that is the chunk's last byte is among them,
 * whatever follows.
 */
static inline uint64_t
chunk_lone_crs(const struct chunk *c)
{
	return c->cr & ~(c->lf >> 1);
}

/* ---- quotes ---- */

/* What is known of the byte in front of a chunk. */
struct quoting {
	uint64_t inside; /* all ones when it is within quotes */
	uint64_t closed; /* 1 when it is a quote that closes */
	uint64_t begins; /* 1 when a field may begin behind it */
};

/* Of a chunk's bytes. */
struct quoted {
	uint64_t in; /* within quotes; opening ones are, closing ones are not */
	uint64_t again; /* quotes that make a "" with the one before */
	uint64_t open;  /* all that open, those included */
	uint64_t bad;   /* what must not stand there */
};

/*
 * Go on over a chunk.  `parity` says of which bytes the quotes up to and with
 * them, counted from the chunk's first, are odd.
 */
static inline struct quoted
quoting_step(struct quoting *q, const struct chunk *c, uint64_t parity)
{
	uint64_t in = parity ^ q->inside, open = c->quote & in;
	uint64_t close = c->quote & ~in, behind = close << 1 | q->closed;
	uint64_t begin = c->delimiter | c->lf,
		 special = begin | c->quote | c->cr;
	struct quoted out = { in, open & behind, open, 0 };

	out.bad = (open & ~(begin << 1 | q->begins | behind)) |
	    (behind & ~special);
	q->inside = -(in >> 63);
	q->closed = close >> 63;
	q->begins = begin >> 63;
	return out;
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

/* The delimiters and LFs of a chunk.  True: there is no quote and no CR. */
static inline bool
chunk_plain_usual(struct chunk *c, const char *p, char delimiter)
{
	chunk_all_usual(c, p, delimiter);
	return !(c->quote | c->cr);
}

/* The delimiters of a chunk.  True: there is no LF, either. */
static inline bool
chunk_inner_usual(struct chunk *c, const char *p, char delimiter)
{
	chunk_all_usual(c, p, delimiter);
	return !(c->lf | c->quote | c->cr);
}

/* Of one where that is false: are there only CRs, in front of LFs? */
static inline bool
chunk_crlf_usual(struct chunk *c, const char *p)
{
	(void)p;
	return !c->quote && !chunk_lone_crs(c);
}

/*
 * Of the bits that are set, which is the n-th from 0, `nth` being 1 << n; 64 when
 * there are not so many.
 */
static inline uint64_t
bit_at_usual(uint64_t bits, uint64_t nth)
{
	for (; nth > 1; nth >>= 1)
		bits &= bits - 1;
	return bits ? (uint64_t)__builtin_ctzll(bits) : 64;
}

/* ---- with AVX2 ---- */

#ifdef __SSE2__

static inline AVX2 uint64_t
mask_avx2(__m256i a, __m256i b)
{
	return (uint64_t)(unsigned)_mm256_movemask_epi8(a) |
	    (uint64_t)(unsigned)_mm256_movemask_epi8(b) << 32;
}

static inline AVX2 uint64_t
bytes_avx2(__m256i a, __m256i b, char byte)
{
	const __m256i c = _mm256_set1_epi8(byte);

	return mask_avx2(_mm256_cmpeq_epi8(a, c), _mm256_cmpeq_epi8(b, c));
}

static inline AVX2 bool
any_avx2(__m256i a, __m256i b)
{
	__m256i any = _mm256_or_si256(a, b);

	return !_mm256_testz_si256(any, any);
}

static inline AVX2 bool
chunk_plain_avx2(struct chunk *c, const char *p, char delimiter)
{
	__m256i a = load32(p), b = load32(p + 32);

	c->delimiter = bytes_avx2(a, b, delimiter);
	c->lf = bytes_avx2(a, b, '\n');
	return !any_avx2(odd_avx2(a), odd_avx2(b));
}

static inline AVX2 bool
chunk_inner_avx2(struct chunk *c, const char *p, char delimiter)
{
	__m256i a = load32(p), b = load32(p + 32);

	c->delimiter = bytes_avx2(a, b, delimiter);
	return !any_avx2(odd_or_lf_avx2(a), odd_or_lf_avx2(b));
}

static inline AVX2 bool
chunk_crlf_avx2(struct chunk *c, const char *p)
{
	const __m256i quote = _mm256_set1_epi8('"');
	__m256i a = load32(p), b = load32(p + 32);

	c->cr = mask_avx2(odd_avx2(a), odd_avx2(b));
	return !chunk_lone_crs(c) &&
	    !any_avx2(_mm256_cmpeq_epi8(a, quote), _mm256_cmpeq_epi8(b, quote));
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

static inline AVX2 uint64_t
bit_at_avx2(uint64_t bits, uint64_t nth)
{
	return _tzcnt_u64(_pdep_u64(nth, bits));
}

#endif

#endif
