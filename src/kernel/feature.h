#ifndef KIN_FEATURE_H
#define KIN_FEATURE_H
/* How the kernels see a feature map, an activation and a sliding window. */

#include <stdbool.h>
#include <stddef.h>

/* Channels are handled in blocks of 16: one AVX-512 register, two of AVX2. */
enum { KIN_LANES = 16 };

static inline size_t kin_blocks(size_t channels)
{
    return channels / KIN_LANES + (channels % KIN_LANES != 0);
}

/* A feature map of one image. Channel c of pixel p (p = row * width + column) is
 *     data[(c / 16) * block_step + p * pixel_step + c % 16]
 * which covers both layouts in use:
 *     channels-last  [pixels, channels]                pixel_step = channels, block_step = 16
 *     blocked        [ceil(channels / 16), pixels, 16] pixel_step = 16, block_step = pixels * 16
 * and slices of them: a concatenation is written by giving each producer a view at its channel offset (in the blocked
 * layout the offset is a multiple of 16). No alignment is demanded; 64 bytes are faster. Kernels touch the named
 * channels only, except where `padded` says that the lanes of the last block beyond the channel count exist: these are
 * then written too (with anything finite that an activation makes of 0) and never reach a named channel. */
typedef struct kin_view {
    float *data;
    size_t pixel_step;
    size_t block_step;
    bool padded;
} kin_view;

static inline kin_view kin_view_last(float *data, size_t channels)
{
    return (kin_view) { data, channels, KIN_LANES, false };
}

static inline kin_view kin_view_blocked(float *data, size_t pixels)
{
    return (kin_view) { data, KIN_LANES, pixels * KIN_LANES, true };
}

/* The same map from `pixel` on. */
static inline kin_view kin_view_at(kin_view view, size_t pixel)
{
    if (view.data)
        view.data += pixel * view.pixel_step;
    return view;
}

/* Floats of a map in the blocked layout. */
static inline size_t kin_blocked_size(size_t channels, size_t pixels)
{
    return kin_blocks(channels) * pixels * KIN_LANES;
}

/* Where an operator has no residual. */
#define KIN_NO_VIEW ((kin_view) { NULL, 0, 0, false })

/* y = f(x); not a number stays so. */
typedef enum kin_act_kind {
    KIN_ACT_NONE,         /* x */
    KIN_ACT_CLIP,         /* min(max(x, a), b); ReLU is 0 .. infinity, ReLU6 is 0 .. 6 */
    KIN_ACT_LEAKY,        /* x >= 0 ? x : a x */
    KIN_ACT_HARD_SIGMOID, /* min(max(a x + b, 0), 1) */
    KIN_ACT_HARD_SWISH,   /* x min(max(a x + b, 0), 1); a = 1/6, b = 1/2 in MobileNetV3 */
    KIN_ACT_SIGMOID,      /* 1 / (1 + exp(-x)) */
    KIN_ACT_SILU,         /* x / (1 + exp(-a x)); a = 1; 1.702 is CLIP's QuickGELU */
    KIN_ACT_GELU,         /* x (1 + erf(x / sqrt 2)) / 2 */
    KIN_ACT_GELU_TANH,    /* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
    KIN_ACT_TANH,
    KIN_ACT_ERF,
    KIN_ACT_EXP,
    KIN_ACT_SQRT
} kin_act_kind;

typedef struct kin_act {
    kin_act_kind kind;
    float a, b;
} kin_act;

#define KIN_NO_ACT ((kin_act) { KIN_ACT_NONE, 0, 0 })

/* A window sliding over an image of in_h x in_w pixels with zeros around it. Output pixel (y, x) sees input rows
 * y stride_h - pad_top + i dilation_h, i < kernel_h, and columns alike. Bottom and right padding follow from out_h and
 * out_w. Kernel sizes, strides and dilations are at least 1. */
typedef struct kin_window {
    size_t in_h, in_w, out_h, out_w;
    size_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
} kin_window;

/* Input rows that one output row looks at. */
static inline size_t kin_window_reach(const kin_window *w)
{
    return (w->kernel_h - 1) * w->dilation_h + 1;
}

/* Input rows that `strip` output rows look at: what a ring of rows must hold; all of them for the whole image. */
static inline size_t kin_window_ring(const kin_window *w, size_t strip)
{
    size_t rows = kin_window_reach(w) + (strip - 1) * w->stride_h;
    return strip < w->out_h && rows < w->in_h ? rows : w->in_h;
}

/* Where the input rows end that the output rows before `row_end`, at least one, look at. */
static inline size_t kin_window_inputs(const kin_window *w, size_t row_end)
{
    size_t end = (row_end - 1) * w->stride_h + kin_window_reach(w);
    end = end > w->pad_top ? end - w->pad_top : 0;
    return end < w->in_h ? end : w->in_h;
}

/* The output rows of a strip whose inputs and outputs fit a cache, where the image as a whole does not: two at least,
 * and all strips about alike. `in` and `out`: what a row of either takes of the cache. */
static inline size_t kin_window_strip(const kin_window *w, size_t cache, size_t in, size_t out)
{
    size_t fixed = kin_window_reach(w) * in, each = w->stride_h * in + out;
    size_t strip = fixed < cache ? (cache - fixed) / each : 1;
    if (strip < 2)
        strip = 2;
    size_t strips = (w->out_h + strip - 1) / strip;
    return (w->out_h + strips - 1) / strips;
}

#endif
