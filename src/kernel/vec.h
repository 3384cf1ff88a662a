#ifndef KIN_VEC_H
#define KIN_VEC_H
/* Vectors of 16 floats (AVX-512) or 8 (AVX2), by what the file is compiled for: the names below are all that differs
 * between the two. VECS of them make a block of 16 channels. Private to src/kernel/simd_*.c and rows8_*.c. */

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>

#define KIN_INLINE static inline __attribute__((always_inline))

#ifdef __AVX512F__

#define SIMD(name) kin_avx512_##name
#define SIMD_NAME "avx512"
enum { VEC = 16, VECS = 1, TILE_PIXELS = 14, TILE_VECS = 2, DEPTH_TILE = 14 };

typedef __m512 vec;
typedef __mmask16 vec_mask;

KIN_INLINE vec_mask v_mask(size_t lanes)
{
    return (vec_mask)((1U << lanes) - 1U);
}

#define v_load _mm512_loadu_ps
#define v_store _mm512_storeu_ps
#define v_load_masked(mask, from) _mm512_maskz_loadu_ps(mask, from)
#define v_store_masked(to, mask, v) _mm512_mask_storeu_ps(to, mask, v)
#define v_set _mm512_set1_ps
#define v_zero _mm512_setzero_ps
#define v_add _mm512_add_ps
#define v_sub _mm512_sub_ps
#define v_mul _mm512_mul_ps
#define v_div _mm512_div_ps
#define v_min _mm512_min_ps
#define v_max _mm512_max_ps
#define v_sqrt _mm512_sqrt_ps
#define v_fma _mm512_fmadd_ps
#define v_round(x) _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define v_scale _mm512_scalef_ps
#define v_sum _mm512_reduce_add_ps
#define v_highest _mm512_reduce_max_ps

KIN_INLINE vec v_load_if(bool wanted, const float *from)
{
    return _mm512_maskz_loadu_ps((__mmask16)(0U - (unsigned)wanted), from);
}

/* A bit for each lane of a that is at least b's. */
KIN_INLINE unsigned v_reach(vec a, vec b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ);
}

/* Half a block, and the vector that begins with it. */
#define v_of_half _mm512_zextps256_ps512

#else

#define SIMD(name) kin_avx2_##name
#define SIMD_NAME "avx2"
enum { VEC = 8, VECS = 2, TILE_PIXELS = 6, TILE_VECS = 2, DEPTH_TILE = 7 };

typedef __m256 vec;
typedef __m256i vec_mask;

KIN_INLINE vec_mask v_mask(size_t lanes)
{
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)lanes), index);
}

#define v_load _mm256_loadu_ps
#define v_store _mm256_storeu_ps
#define v_load_masked(mask, from) _mm256_maskload_ps(from, mask)
#define v_store_masked(to, mask, v) _mm256_maskstore_ps(to, mask, v)
#define v_set _mm256_set1_ps
#define v_zero _mm256_setzero_ps
#define v_add _mm256_add_ps
#define v_sub _mm256_sub_ps
#define v_mul _mm256_mul_ps
#define v_div _mm256_div_ps
#define v_min _mm256_min_ps
#define v_max _mm256_max_ps
#define v_sqrt _mm256_sqrt_ps
#define v_fma _mm256_fmadd_ps
#define v_round(x) _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)

/* x 2^n for whole n of -300 .. 300: in two steps, since 2^n alone may be no float where the product is one. */
KIN_INLINE vec v_scale(vec x, vec n)
{
    const __m256i bias = _mm256_set1_epi32(127);
    __m256i whole = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(whole, 1);
    __m256i rest = _mm256_sub_epi32(whole, half);
    vec first = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23));
    vec second = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23));
    return v_mul(v_mul(x, first), second);
}

KIN_INLINE float v_sum(vec x)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

KIN_INLINE float v_highest(vec x)
{
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

KIN_INLINE unsigned v_reach(vec a, vec b)
{
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GE_OQ));
}

KIN_INLINE vec v_load_if(bool wanted, const float *from)
{
    return wanted ? v_load(from) : v_zero();
}

#define v_of_half

#endif

/* The vector stays in a register; else the compiler loads it again for each product, and loads are what is short. */
#ifdef __AVX512F__
#define V_HOLD(v) __asm__("" : "+v"(v))
#else
#define V_HOLD(v) __asm__("" : "+x"(v))
#endif

typedef __m256 vec_half;

#define h_load _mm256_loadu_ps
#define h_set _mm256_set1_ps
#define h_fma _mm256_fmadd_ps

#endif
