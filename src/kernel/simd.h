#ifndef KIN_SIMD_H
#define KIN_SIMD_H
/* One set of vector kernels, compiled once for AVX2 and once for AVX-512 (see CMakeLists.txt): the names below are all
 * that differs. `vec` is 16 floats or 8, VECS of them make a block of 16 channels. Private to src/kernel/simd_*.c. */

#include "kernel/plain.h"

#include <immintrin.h>
#include <stdint.h>

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

KIN_INLINE vec v_load_if(bool wanted, const float *from)
{
    return wanted ? v_load(from) : v_zero();
}

#endif

/* The lanes of vector `v` of a block of which `lanes` are in use. */
KIN_INLINE vec_mask v_mask_of(size_t lanes, size_t v)
{
    size_t before = v * VEC;
    size_t left = lanes > before ? lanes - before : 0;
    return v_mask(left < VEC ? left : VEC);
}

/* How many lanes of block `block` a kernel writes. */
KIN_INLINE size_t simd_lanes(kin_view view, size_t channels, size_t block)
{
    return view.padded ? KIN_LANES : kin_lanes_of(channels, block);
}

/* An activation made ready: KIN_ACT_NONE is a clip to the whole line, so that the common kinds are one minimum and one
 * maximum and the rest a function on what was just stored. */
typedef struct simd_act {
    kin_act act;
    float low, high;
    bool after; /* call SIMD(act_rows) on the stored values */
} simd_act;

simd_act SIMD(act)(kin_act act);

/* Puts `rows` runs of `lanes` floats, `step` apart, through an activation, in place. */
void SIMD(act_rows)(kin_act act, float *y, size_t rows, size_t step, size_t lanes);

size_t SIMD(linear_size)(size_t in, size_t out);
void SIMD(linear_pack)(size_t in, size_t out, const float *weights, size_t out_step, size_t in_step, const float *bias,
                       float *packed);
void SIMD(linear)(const kin_linear *op, size_t first, size_t count, kin_view x, kin_view residual, kin_view y,
                  size_t pixels);
size_t SIMD(depthwise_size)(const kin_depthwise *op);
void SIMD(depthwise_pack)(const kin_depthwise *op, const float *weights, const float *bias, float *packed);
void SIMD(depthwise)(const kin_depthwise *op, size_t first, size_t count, kin_view x, size_t x_rows, kin_view y,
                     size_t row0, size_t row1);
size_t SIMD(conv_size)(const kin_conv *op);
void SIMD(conv_pack)(const kin_conv *op, const float *weights, const float *bias, float *packed);
size_t SIMD(conv_scratch)(const kin_conv *op);
void SIMD(conv)(const kin_conv *op, kin_view x, kin_view residual, kin_view y, float *scratch);
void SIMD(pool)(const kin_pool *op, kin_view x, kin_view y);
void SIMD(global_mean)(kin_view x, size_t channels, size_t pixels, float *mean);
void SIMD(affine)(kin_view x, size_t channels, size_t pixels, const float *scale, const float *shift, kin_act act,
                  kin_view y);
void SIMD(activate)(kin_act act, const float *x, size_t n, float *y);
void SIMD(binary)(kin_binary kind, kin_act act, const float *a, size_t a_step, const float *b, size_t b_step, size_t n,
                  float *y);
void SIMD(softmax)(const float *x, size_t rows, size_t n, float *y);
void SIMD(layer_norm)(const float *x, size_t rows, size_t n, const float *gamma, const float *beta, float epsilon,
                      float *y);

/* The product that linear and conv share. For each of rows x columns output pixels: the sum over taps (taps_h x taps_w)
 * and input channel blocks of x times the packed weights, which lie in that very order. */
typedef struct simd_sweep {
    size_t rows, columns;                     /* output pixels; input pixels as far apart as these steps say */
    size_t x_row, x_pixel, y_row, r_row;      /* floats */
    size_t taps_h, taps_w, blocks, len, last; /* channels of a block, and of the last block */
    size_t tap_row, tap_column, x_block;      /* floats */
    size_t out;                               /* output channels in all, of which blocks from `first` on are made */
    size_t first, count;
    const float *packed;
    kin_act act;
} simd_sweep;

void SIMD(sweep)(const simd_sweep *sweep, const float *x, kin_view residual, kin_view y);

#endif
