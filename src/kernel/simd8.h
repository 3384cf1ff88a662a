#ifndef KIN_SIMD8_H
#define KIN_SIMD8_H
/* The 8-bit product, compiled once with VNNI and once for AVX2. A `dot` vector holds 16 or 8 sums; DOTS of them make a
 * block of 16 outputs. One step adds the products of four input bytes, the same for all sums, with four weights a sum.
 *
 * VNNI does that in one instruction. With AVX2 the bytes are spread to 16 bits, even and odd ones apart, and multiplied
 * with 16-bit weights: a step more than the byte multiply, whose 16-bit sums saturate and would change results. Either
 * way a step's weights for a vector are 64 bytes. A run of steps is
 * padded to STEP_ALIGN with zero weights. Private to src/kernel/simd8_*.c. */

#include "kernel/quant8.h"

#include <immintrin.h>
#include <string.h>

#define KIN_INLINE static inline __attribute__((always_inline))

enum { STEP_BYTES = 64 };

/* Ends the life of a sum in the loop and begins another after it: else gcc 12 keeps the sums of the largest tile in
 * memory all through the loop, for the sake of registers that the code behind it wants. */
#define dot_settle(sum) __asm__("" : "+v"(sum))

#ifdef __AVX512VNNI__

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

#else

#define SIMD8(name) kin_avx2_##name
#define SIMD8_NAME "avx2"
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

size_t SIMD8(linear8_size)(size_t in, size_t out);
void SIMD8(linear8_pack)(size_t in, size_t out, const kin_weights8 *from, uint8_t *packed);
void SIMD8(linear8)(const kin_linear8 *op, kin_view8 x, kin_view8 residual, kin_view8 y, size_t pixels);
size_t SIMD8(conv8_size)(const kin_conv8 *op);
void SIMD8(conv8_pack)(const kin_conv8 *op, const kin_weights8 *from, uint8_t *packed);
size_t SIMD8(conv8_scratch)(const kin_conv8 *op);
void SIMD8(conv8)(const kin_conv8 *op, kin_view8 x, kin_view8 residual, kin_view8 y, uint8_t *scratch);
size_t DEPTHWISE8(depthwise8_size)(const kin_depthwise8 *op);
void DEPTHWISE8(depthwise8_pack)(const kin_depthwise8 *op, const kin_weights8 *from, uint8_t *packed);
void DEPTHWISE8(depthwise8)(const kin_depthwise8 *op, kin_view8 x, size_t x_rows, kin_view8 y, size_t row0,
                            size_t row1);
void SIMD8(global_mean8)(kin_view8 x, kin_quant quant, size_t channels, size_t pixels, float *mean);

/* As simd_sweep in simd.h, in bytes: a tap's inputs are `steps` groups of four. */
typedef struct simd8_sweep {
    size_t rows, columns, x_row, x_pixel, y_row, r_row;
    size_t taps_h, taps_w, steps, tap_row, tap_column;
    size_t out;
    const uint8_t *packed;
    kin_finish8 finish;
} simd8_sweep;

void SIMD8(sweep8)(const simd8_sweep *sweep, const uint8_t *x, kin_view8 residual, kin_view8 y);

/* Depthwise: where the input rows of an output row lie; DEPTH8_ROWS bounds the kernel. */
enum { DEPTH8_ROWS = 16 };

#endif
