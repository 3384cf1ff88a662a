#ifndef KIN_KERNEL_H
#define KIN_KERNEL_H
/* The compute kernels of an image encoder: one table of functions, chosen once by what the processor can do.
 *
 * All float32. A kernel never allocates, prints or fails: whoever makes the plan has checked the shapes, packed the
 * weights with the packing functions of the same table, and set aside the scratch memory asked for. Any size may be
 * 0. Outputs overlap neither inputs nor scratch, unless said; y may be the residual itself. All functions may run
 * in several threads at once on different outputs; each thread has scratch of its own. Packed weights are opaque,
 * read-only, and 64-byte aligned.
 *
 * Everywhere y = activation(sum + bias + residual). A residual is a view of the output's shape and layout, or
 * KIN_NO_VIEW. */

#include "kernel/feature.h"

/* y[pixels, out] = x[pixels, in] W^T: 1x1 convolution, fully connected layer, a product with constant weights. */
typedef struct kin_linear {
    size_t in, out;
    const float *packed;
    kin_act act;
} kin_linear;

/* Each channel by its own kernel. */
typedef struct kin_depthwise {
    kin_window window;
    size_t channels;
    const float *packed;
    kin_act act;
} kin_depthwise;

/* Any other convolution. `groups` divides `in` and `out`: outputs of group g see the inputs of group g only. */
typedef struct kin_conv {
    kin_window window;
    size_t in, out, groups;
    const float *packed;
    kin_act act;
} kin_conv;

typedef enum kin_pool_kind {
    KIN_POOL_MAX,        /* the padding is ignored; a window of padding only gives -infinity */
    KIN_POOL_MEAN,       /* divided by the pixels seen (ONNX count_include_pad = 0); padding only gives 0 */
    KIN_POOL_MEAN_PADDED /* divided by those inside in_h + pads: see pad_bottom */
} kin_pool_kind;

typedef struct kin_pool {
    kin_window window;
    size_t channels, pad_bottom, pad_right; /* the pads are needed for KIN_POOL_MEAN_PADDED only */
    kin_pool_kind kind;
} kin_pool;

typedef enum kin_binary { KIN_ADD, KIN_SUB, KIN_MUL, KIN_DIV, KIN_MIN, KIN_MAX } kin_binary;

typedef struct kin_kernels {
    const char *name; /* "plain", "blas", "avx2", "avx512" */
    bool blocked;     /* the blocked layout is the faster one for convolutions (both always work) */

    /* Weight of output o and input i is weights[o * out_step + i * in_step], so that both orders of a matrix can be
     * packed. bias[out] or NULL. size: floats of `packed`. */
    size_t (*linear_size)(size_t in, size_t out);
    void (*linear_pack)(size_t in, size_t out, const float *weights, size_t out_step, size_t in_step, const float *bias,
                        float *packed);
    /* Computes output blocks first .. first + count - 1 (of kin_blocks(out)) only; y and residual are views from
     * block `first` on. `first` is even, and so is `count` where it does not end with the last block. Whole layer:
     * 0, kin_blocks(op->out). */
    void (*linear)(const kin_linear *op, size_t first, size_t count, kin_view x, kin_view residual, kin_view y,
                   size_t pixels);

    /* weights[channels, kernel_h, kernel_w], bias[channels] or NULL. */
    size_t (*depthwise_size)(const kin_depthwise *op);
    void (*depthwise_pack)(const kin_depthwise *op, const float *weights, const float *bias, float *packed);
    /* Output rows row0 .. row1 - 1 of blocks first .. first + count - 1. x holds a ring of x_rows rows: input row r is
     * at row r % x_rows of it; y is the view from row0 and block `first` on, x from block `first` on.
     * Whole layer: 0, kin_blocks(channels), in_h, 0, out_h. */
    void (*depthwise)(const kin_depthwise *op, size_t first, size_t count, kin_view x, size_t x_rows, kin_view y,
                      size_t row0, size_t row1);

    /* weights[out, in / groups, kernel_h, kernel_w], bias[out] or NULL. scratch: floats for each thread. */
    size_t (*conv_size)(const kin_conv *op);
    void (*conv_pack)(const kin_conv *op, const float *weights, const float *bias, float *packed);
    size_t (*conv_scratch)(const kin_conv *op);
    void (*conv)(const kin_conv *op, kin_view x, kin_view residual, kin_view y, float *scratch);

    void (*pool)(const kin_pool *op, kin_view x, kin_view y);
    /* mean[channels] over all pixels: GlobalAveragePool. */
    void (*global_mean)(kin_view x, size_t channels, size_t pixels, float *mean);
    /* y = activation(x * scale[c] + shift[c]): squeeze-excite, lone batch normalisation. scale or shift may be NULL.
     * y may be x. */
    void (*affine)(kin_view x, size_t channels, size_t pixels, const float *scale, const float *shift, kin_act act,
                   kin_view y);

    /* The rest is on plain arrays. y may be x (or an a or b of step 1). */
    void (*activate)(kin_act act, const float *x, size_t n, float *y);
    /* y[i] = act(a[i * a_step] op b[i * b_step]), steps 0 (a scalar) or 1. Also adds whole maps of equal layout. */
    void (*binary)(kin_binary kind, kin_act act, const float *a, size_t a_step, const float *b, size_t b_step, size_t n,
                   float *y);
    /* Each row of x[rows, n]: exp(x - max) / sum. */
    void (*softmax)(const float *x, size_t rows, size_t n, float *y);
    /* Each row of x[rows, n]: (x - mean) / sqrt(variance + epsilon) * gamma[n] + beta[n]; gamma, beta may be NULL. */
    void (*layer_norm)(const float *x, size_t rows, size_t n, const float *gamma, const float *beta, float epsilon,
                       float *y);
} kin_kernels;

/* The table for this process: the fastest that the processor can run, or what KIN_KERNEL=plain|blas|avx2|avx512 in the
 * environment names, where it can be run. The first call decides. */
const kin_kernels *kin_kernels_get(void);

/* The named table; NULL where this processor cannot run it or the name is unknown. "plain" always works: simple loops,
 * what the others are tested against. "blas" is plain loops with OpenBLAS for the products: for other processors. */
const kin_kernels *kin_kernels_named(const char *name);

#endif
