#ifndef KIN_PLAIN_H
#define KIN_PLAIN_H
/* The plain kernels, private to src/kernel: one obvious loop each. See kernel.h for what each one computes. */

#include "kernel/kernel.h"

extern const kin_kernels kin_plain_kernels;
extern const kin_kernels kin_blas_kernels;

float kin_plain_act(kin_act act, float x);

static inline size_t kin_lanes_of(size_t channels, size_t block)
{
    size_t left = channels - block * KIN_LANES;
    return left < KIN_LANES ? left : KIN_LANES;
}

static inline float *kin_view_channel(kin_view view, size_t pixel, size_t channel)
{
    return view.data + (channel / KIN_LANES) * view.block_step + pixel * view.pixel_step + channel % KIN_LANES;
}

/* Zeroes the lanes beyond `channels` where they exist, as every kernel has to leave them finite. */
void kin_plain_pad(kin_view y, size_t channels, size_t pixels);

/* Taps i of a window's axis that fall inside: position * stride - pad + i * dilation in 0 .. size - 1. */
typedef struct kin_taps {
    size_t first, end; /* empty: first == end */
    size_t input;      /* where tap `first` falls */
} kin_taps;

kin_taps kin_taps_inside(size_t position, size_t stride, size_t pad, size_t dilation, size_t kernel, size_t size);

static inline kin_taps kin_taps_rows(const kin_window *w, size_t y)
{
    return kin_taps_inside(y, w->stride_h, w->pad_top, w->dilation_h, w->kernel_h, w->in_h);
}

static inline kin_taps kin_taps_columns(const kin_window *w, size_t x)
{
    return kin_taps_inside(x, w->stride_w, w->pad_left, w->dilation_w, w->kernel_w, w->in_w);
}

/* Those that the "blas" table shares. */
void kin_plain_depthwise(const kin_depthwise *op, size_t first, size_t count, kin_view x, size_t x_rows, kin_view y,
                         size_t row0, size_t row1);
size_t kin_plain_depthwise_size(const kin_depthwise *op);
void kin_plain_depthwise_pack(const kin_depthwise *op, const float *weights, const float *bias, float *packed);
size_t kin_plain_linear_size(size_t in, size_t out);
void kin_plain_linear_pack(size_t in, size_t out, const float *weights, size_t out_step, size_t in_step,
                           const float *bias, float *packed);
void kin_plain_pool(const kin_pool *op, kin_view x, kin_view y);
void kin_plain_global_mean(kin_view x, size_t channels, size_t pixels, float *mean);
void kin_plain_affine(kin_view x, size_t channels, size_t pixels, const float *scale, const float *shift, kin_act act,
                      kin_view y);
void kin_plain_activate(kin_act act, const float *x, size_t n, float *y);
void kin_plain_binary(kin_binary kind, kin_act act, const float *a, size_t a_step, const float *b, size_t b_step,
                      size_t n, float *y);
void kin_plain_softmax(const float *x, size_t rows, size_t n, float *y);
void kin_plain_layer_norm(const float *x, size_t rows, size_t n, const float *gamma, const float *beta, float epsilon,
                          float *y);

/* How many pixels mean pooling divides by when the padding counts: those of the window inside image and pads. */
size_t kin_pool_padded_count(const kin_pool *op, size_t y, size_t x);

#endif
