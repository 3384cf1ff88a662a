#ifndef KIN_SIMD_H
#define KIN_SIMD_H
/* One set of vector kernels, compiled once for AVX2 and once for AVX-512 (see CMakeLists.txt). Private to
 * src/kernel/simd_*.c. */

#include "kernel/plain.h"
#include "kernel/vec.h"

#include <stdint.h>

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
