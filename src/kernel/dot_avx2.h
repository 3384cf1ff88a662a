#ifndef KIN_DOT_AVX2_H
#define KIN_DOT_AVX2_H
/* dot.h in AVX2. */

#define SIMD8(name) kin_avx2_##name
#define SIMD8_NAME "avx2"
#define SIMD8_FAST false
#define DEPTHWISE8(name) kin_avx2_##name
enum { STEP_ALIGN = 1 };
enum { DOTS = 2, TILE8_PIXELS = 4, TILE8_DOTS = 2 };
typedef __m256i dot;
typedef struct dot_input {
    __m256i even, odd;
} dot_input;

#define dot_zero _mm256_setzero_si256

KIN_INLINE dot_input dot_spread(const uint8_t *x)
{
    int32_t four;
    memcpy(&four, x, sizeof four);
    __m256i all = _mm256_set1_epi32(four);
    return (dot_input) { _mm256_and_si256(all, _mm256_set1_epi32(0x00FF00FF)), _mm256_srli_epi16(all, 8) };
}

KIN_INLINE dot dot_step(dot sum, dot_input x, const uint8_t *weights)
{
    const __m256i *w = (const __m256i *)(const void *)weights;
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x.even, _mm256_load_si256(w)));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(x.odd, _mm256_load_si256(w + 1)));
}

KIN_INLINE void dot_put(uint8_t *step, size_t lane, size_t k, int8_t weight)
{
    int16_t wide = weight;
    memcpy(step + k % 2 * 32 + 4 * lane + k / 2 * 2, &wide, sizeof wide);
}

typedef struct dot_factors {
    __m256 multiplier[2], addend[2], low, high, residual_scale, residual_zero;
} dot_factors;

KIN_INLINE dot_factors dot_prepare(const float *multiplier, const float *addend, const kin_finish8 *f)
{
    const dot_factors factors = { { _mm256_loadu_ps(multiplier), _mm256_loadu_ps(multiplier + 8) },
                                  { _mm256_loadu_ps(addend), _mm256_loadu_ps(addend + 8) },
                                  _mm256_set1_ps(f->low),
                                  _mm256_set1_ps(f->high),
                                  _mm256_set1_ps(f->residual_scale),
                                  _mm256_set1_ps(f->residual_zero) };
    return factors;
}

KIN_INLINE __m256i finish_vector(dot sum, const dot_factors *f, size_t v, const uint8_t *residual)
{
    __m256 value = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), f->multiplier[v], f->addend[v]);
    if (residual) {
        __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(residual + 8 * v)));
        value = _mm256_fmadd_ps(_mm256_sub_ps(_mm256_cvtepi32_ps(bytes), f->residual_zero), f->residual_scale, value);
    }
    value = _mm256_min_ps(f->high, _mm256_max_ps(f->low, value));
    return _mm256_cvtps_epi32(value);
}

KIN_INLINE void dot_finish(const dot *sum, const dot_factors *f, const uint8_t *residual, uint8_t *y)
{
    __m256i first = finish_vector(sum[0], f, 0, residual), second = finish_vector(sum[1], f, 1, residual);
    __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(first, second), 0xD8);
    __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128((__m128i *)(void *)y, bytes);
}

KIN_INLINE void dot_finish_four(const dot *sum, size_t stride, const dot_factors *f, const uint8_t *residual,
                                size_t r_step, uint8_t *y, size_t y_step)
{
#pragma GCC unroll 4
    for (size_t m = 0; m < 4; m++)
        dot_finish(sum + m * stride, f, residual ? residual + m * r_step : NULL, y + m * y_step);
}

#endif
