#ifndef KIN_SIMD8_H
#define KIN_SIMD8_H
/* The 8-bit kernels of one instruction set; see dot.h. Private to src/kernel/simd8_*.c. */

#include "kernel/dot.h"
#include "kernel/quant8.h"

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
