#ifndef KIN_KERNEL8_H
#define KIN_KERNEL8_H
/* The 8-bit kernels: unsigned activations, signed weights with a scale for each output channel, exact 32-bit sums. All
 * tables give the same bytes. What is said in kernel.h about allocation, threads, scratch and sizes holds here too.
 *
 *     real value = scale (byte - zero)
 *     y = clip(round(sum * multiplier[c] + addend[c] + residual), low, high)
 *
 * where the packing functions fold scales, zero points and the real bias into multiplier and addend. A ReLU6 output is
 * best kept as zero 0, scale 6/255, low 0, high 255; a linear one as zero 128. Other activations stay float. */

#include "kernel/feature.h"

#include <stdint.h>

typedef struct kin_quant {
    float scale;
    int32_t zero; /* 0 .. 255 */
} kin_quant;

/* Channels-last bytes: channel c of pixel p is data[p * pixel_step + c]. pixel_step is at least the channels rounded up
 * to 16 (the bytes between are written with anything and never matter), except for the input of a convolution, which
 * may be as tight as RGB. KIN_SLACK8 bytes behind the last pixel can be read. */
typedef struct kin_view8 {
    uint8_t *data;
    size_t pixel_step;
} kin_view8;

enum { KIN_SLACK8 = 64 };

#define KIN_NO_VIEW8 ((kin_view8) { NULL, 0 })

static inline size_t kin_step8(size_t channels)
{
    return kin_blocks(channels) * KIN_LANES;
}

/* What a layer does with its sums. The residual's part is residual_scale * (byte - residual_zero), where
 * residual_scale is its scale over that of y. */
typedef struct kin_finish8 {
    uint8_t low, high;
    float residual_scale, residual_zero;
} kin_finish8;

typedef struct kin_linear8 {
    size_t in, out;
    const uint8_t *packed;
    kin_finish8 finish;
} kin_linear8;

/* x_zero is what lies around the image. kernel_h is at most 16. */
typedef struct kin_depthwise8 {
    kin_window window;
    size_t channels;
    const uint8_t *packed;
    uint8_t x_zero;
    kin_finish8 finish;
} kin_depthwise8;

/* Without groups. */
typedef struct kin_conv8 {
    kin_window window;
    size_t in, out;
    const uint8_t *packed;
    uint8_t x_zero;
    kin_finish8 finish;
} kin_conv8;

/* Quantized weights and what is needed to fold them: weights[out, terms] in the order of kernel.h, weight_scale[out],
 * bias[out] in real numbers or NULL, input and output. */
typedef struct kin_weights8 {
    const int8_t *weights;
    const float *weight_scale, *bias;
    kin_quant x, y;
} kin_weights8;

typedef struct kin_kernels8 {
    const char *name; /* "plain", "avx2", "avx512" (VNNI), "amx" */
    bool fast;        /* several times faster than float on the same processor */
    /* Sizes are bytes; packed and scratch are 64-byte aligned. */
    size_t (*linear_size)(size_t in, size_t out);
    void (*linear_pack)(size_t in, size_t out, const kin_weights8 *from, uint8_t *packed);
    void (*linear)(const kin_linear8 *op, kin_view8 x, kin_view8 residual, kin_view8 y, size_t pixels);

    size_t (*depthwise_size)(const kin_depthwise8 *op);
    void (*depthwise_pack)(const kin_depthwise8 *op, const kin_weights8 *from, uint8_t *packed);
    /* Output rows row0 .. row1 - 1 from a ring of x_rows rows, as in kernel.h. */
    void (*depthwise)(const kin_depthwise8 *op, kin_view8 x, size_t x_rows, kin_view8 y, size_t row0, size_t row1);

    size_t (*conv_size)(const kin_conv8 *op);
    void (*conv_pack)(const kin_conv8 *op, const kin_weights8 *from, uint8_t *packed);
    size_t (*conv_scratch)(const kin_conv8 *op);
    void (*conv)(const kin_conv8 *op, kin_view8 x, kin_view8 residual, kin_view8 y, uint8_t *scratch);

    /* mean[channels] in real numbers. */
    void (*global_mean)(kin_view8 x, kin_quant quant, size_t channels, size_t pixels, float *mean);
} kin_kernels8;

/* As kin_kernels_get and kin_kernels_named. KIN_KERNEL=blas means plain here, avx512 needs VNNI, and amx, the
 * fastest where the processor and the operating system offer it, can be named too. With AVX2 alone 8 bits gain
 * little speed over float: see dot.h. */
const kin_kernels8 *kin_kernels8_get(void);
const kin_kernels8 *kin_kernels8_named(const char *name);

/* The inverted residual block in strips; see inverted.h. */
typedef struct kin_inverted8 {
    const kin_linear8 *expand; /* NULL: none */
    kin_depthwise8 depthwise;
    kin_linear8 project;
    size_t strip;
} kin_inverted8;

size_t kin_inverted8_strip(const kin_inverted8 *op);
size_t kin_inverted8_scratch(const kin_inverted8 *op); /* bytes */
void kin_inverted8_run(const kin_kernels8 *kernels, const kin_inverted8 *op, kin_view8 x, kin_view8 residual,
                       kin_view8 y, uint8_t *scratch);

/* Symmetric weights: scale[o] = max |weight| / 127 over the row; 1 where the row is 0. */
void kin_quantize_weights(const float *weights, size_t out, size_t terms, int8_t *quantized, float *scale);

/* Between float views and bytes. */
void kin_quantize_view(kin_view x, size_t channels, size_t pixels, kin_quant quant, kin_view8 y);
void kin_dequantize_view(kin_view8 x, size_t channels, size_t pixels, kin_quant quant, kin_view y);

#endif
