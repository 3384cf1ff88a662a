#ifndef KIN_DOT_VNNI_H
#define KIN_DOT_VNNI_H
/* dot.h in AVX-512 with VNNI. */

#define SIMD8_FAST true
#ifdef __AMX_INT8__
/* With tile registers, the VNNI tiles finish what does not fill one. Depthwise is VNNI's. */
#define SIMD8(name) kin_amx_##name
#define SIMD8_NAME "amx"
#define DEPTHWISE8(name) kin_vnni_##name
enum { STEP_ALIGN = 16 };
#else
#define SIMD8(name) kin_vnni_##name
#define SIMD8_NAME "avx512"
#define DEPTHWISE8(name) kin_vnni_##name
enum { STEP_ALIGN = 1 };
#endif
enum { DOTS = 1, TILE8_PIXELS = 14, TILE8_DOTS = 2 };
typedef __m512i dot;
typedef __m512i dot_input;

#define dot_zero _mm512_setzero_si512

KIN_INLINE dot_input dot_spread(const uint8_t *x)
{
    int32_t four;
    memcpy(&four, x, sizeof four);
    return _mm512_set1_epi32(four);
}

KIN_INLINE dot dot_step(dot sum, dot_input x, const uint8_t *weights)
{
    return _mm512_dpbusd_epi32(sum, x, _mm512_load_si512(weights));
}

/* Where weight `k` (0 .. 3) of sum `lane` goes in a step. */
KIN_INLINE void dot_put(uint8_t *step, size_t lane, size_t k, int8_t weight)
{
    memcpy(step + 4 * lane + k, &weight, 1);
}

/* What sums of a block are finished with, in registers: bytes stored may alias anything in memory. */
typedef struct dot_factors {
    __m512 multiplier, addend, residual_scale, residual_zero;
    __m512i low, high; /* bytes */
} dot_factors;

KIN_INLINE dot_factors dot_prepare(const float *multiplier, const float *addend, const kin_finish8 *f)
{
    const dot_factors factors = { _mm512_loadu_ps(multiplier),       _mm512_loadu_ps(addend),
                                  _mm512_set1_ps(f->residual_scale), _mm512_set1_ps(f->residual_zero),
                                  _mm512_set1_epi8((char)f->low),    _mm512_set1_epi8((char)f->high) };
    return factors;
}

KIN_INLINE __m512i finish_vector(dot sum, const dot_factors *f, const uint8_t *residual)
{
    __m512 value = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), f->multiplier, f->addend);
    if (residual) {
        __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)residual));
        value = _mm512_fmadd_ps(_mm512_sub_ps(_mm512_cvtepi32_ps(bytes), f->residual_zero), f->residual_scale, value);
    }
    return _mm512_cvtps_epi32(value);
}

/* Sums of a block to bytes. */
KIN_INLINE void dot_finish(const dot *sum, const dot_factors *f, const uint8_t *residual, uint8_t *y)
{
    __m512i whole = _mm512_max_epi32(finish_vector(sum[0], f, residual), _mm512_setzero_si512());
    __m128i bytes = _mm_max_epu8(_mm512_cvtusepi32_epi8(whole), _mm512_castsi512_si128(f->low));
    _mm_storeu_si128((__m128i *)(void *)y, _mm_min_epu8(bytes, _mm512_castsi512_si128(f->high)));
}

/* The same for four pixels, `stride` sums apart: two saturating packs leave fours of channels of each pixel in every
 * 128-bit lane, and one permutation brings a pixel's together. */
KIN_INLINE void dot_finish_four(const dot *sum, size_t stride, const dot_factors *f, const uint8_t *residual,
                                size_t r_step, uint8_t *y, size_t y_step)
{
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i whole[4];
#pragma GCC unroll 4
    for (size_t m = 0; m < 4; m++)
        whole[m] = finish_vector(sum[m * stride], f, residual ? residual + m * r_step : NULL);
    __m512i bytes = _mm512_packus_epi16(_mm512_packs_epi32(whole[0], whole[1]), _mm512_packs_epi32(whole[2], whole[3]));
    bytes = _mm512_permutexvar_epi32(order, _mm512_min_epu8(_mm512_max_epu8(bytes, f->low), f->high));
    _mm_storeu_si128((__m128i *)(void *)y, _mm512_castsi512_si128(bytes));
    _mm_storeu_si128((__m128i *)(void *)(y + y_step), _mm512_extracti32x4_epi32(bytes, 1));
    _mm_storeu_si128((__m128i *)(void *)(y + 2 * y_step), _mm512_extracti32x4_epi32(bytes, 2));
    _mm_storeu_si128((__m128i *)(void *)(y + 3 * y_step), _mm512_extracti32x4_epi32(bytes, 3));
}

#endif
