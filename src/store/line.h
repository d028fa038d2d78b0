/*
 * line.h - looking at eight words at once: a line is what the processor fetches
 * from memory, and tables are made of lines.
 */
#ifndef SCRUB_STORE_LINE_H
#define SCRUB_STORE_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/simd.h"

enum {
	LINE_BYTES = 64,
	LINE_WORDS = LINE_BYTES / 8,
};

/* Which words of a line are the key's, word i as bit 2i. */
static inline unsigned
line_equal(const uint64_t *line, uint64_t key, uint64_t mask)
{
#ifdef __SSE2__
	const __m128i *v = (const __m128i *)(const void *)line;
	const __m128i m = _mm_set1_epi64x((long long)mask);
	const __m128i k = _mm_set1_epi64x((long long)key);
	__m128i a = _mm_cmpeq_epi32(_mm_and_si128(v[0], m), k);
	__m128i b = _mm_cmpeq_epi32(_mm_and_si128(v[1], m), k);
	__m128i c = _mm_cmpeq_epi32(_mm_and_si128(v[2], m), k);
	__m128i d = _mm_cmpeq_epi32(_mm_and_si128(v[3], m), k);
	/* a bit for each half of a word */
	unsigned halves = (unsigned)_mm_movemask_epi8(
	    _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d)));

	return halves & halves >> 1 & 0x5555;
#else
	unsigned equal = 0;

	for (size_t i = 0; i < LINE_WORDS; i++)
		equal |= (unsigned)((line[i] & mask) == key) << 2 * i;
	return equal;
#endif
}

#ifdef __SSE2__

/* A bit for each word that a comparison found. */
static inline AVX2 unsigned
words_avx2(__m256i found)
{
	return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(found));
}

/* As line_equal(), word i as bit i. */
static inline AVX2 unsigned
line_equal_avx2(const uint64_t *line, uint64_t key, uint64_t mask)
{
	const __m256i *v = (const __m256i *)(const void *)line;
	const __m256i m = _mm256_set1_epi64x((long long)mask);
	const __m256i k = _mm256_set1_epi64x((long long)key);

	return words_avx2(_mm256_cmpeq_epi64(_mm256_and_si256(v[0], m), k)) |
	    words_avx2(_mm256_cmpeq_epi64(_mm256_and_si256(v[1], m), k)) << 4;
}

#endif

#endif
