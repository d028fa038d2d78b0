/*
 * simd.h - many bytes at a time.
 *
 * SSE2 is part of every x86-64 machine; AVX2, and what machines that have it have
 * besides, is asked for at run time.  What uses it has a path of the same
 * meaning beside it.
 */
#ifndef SCRUB_BASE_SIMD_H
#define SCRUB_BASE_SIMD_H

#include <stdbool.h>

#ifdef __SSE2__

#include <immintrin.h>

/* What functions may use that are called where has_avx2(). */
#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,pclmul")))

static inline __m128i
load16(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i
load8(const char *p)
{
	return _mm_loadl_epi64((const __m128i *)(const void *)p);
}

static inline AVX2 __m256i
load32(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/*
 * Where quotes and CRs are: a byte is one of them when it is what stands in the
 * table at its own four lower bits.
 */
static inline AVX2 __m256i
odd_avx2(__m256i bytes)
{
	const __m256i table = _mm256_setr_epi8(1, 0, '"', 0, 0, 0, 0, 0, 0, 0,
	    0, 0, 0, '\r', 0, 0, 1, 0, '"', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '\r',
	    0, 0);

	return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, bytes), bytes);
}

/* And where LFs are. */
static inline AVX2 __m256i
odd_or_lf_avx2(__m256i bytes)
{
	const __m256i table = _mm256_setr_epi8(1, 0, '"', 0, 0, 0, 0, 0, 0, 0,
	    '\n', 0, 0, '\r', 0, 0, 1, 0, '"', 0, 0, 0, 0, 0, 0, 0, '\n', 0, 0,
	    '\r', 0, 0);

	return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, bytes), bytes);
}

#endif

static inline bool
has_avx2(void)
{
#ifdef __SSE2__
	return __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
	    __builtin_cpu_supports("popcnt") &&
	    __builtin_cpu_supports("pclmul");
#else
	return false;
#endif
}

#endif
