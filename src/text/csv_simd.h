/*
 * csv_simd.h - many bytes at a time, for text/csv_*.c and number_memo.c only.
 *
 * SSE2 is part of every x86-64 machine; AVX2 is asked for at run time.
 */
#ifndef SCRUB_TEXT_CSV_SIMD_H
#define SCRUB_TEXT_CSV_SIMD_H

#ifdef __SSE2__

#include <immintrin.h>
#include <stdbool.h>

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

/* AVX2, and what machines that have it have besides. */
#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,pclmul")))

/* May functions that are marked AVX2 be called? */
static inline bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
	    __builtin_cpu_supports("popcnt") &&
	    __builtin_cpu_supports("pclmul");
}

static inline AVX2 __m256i
load32(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

#endif

#endif
