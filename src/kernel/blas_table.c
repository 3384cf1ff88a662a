/* The table for processors without kernels of their own: products by OpenBLAS, the rest plain loops that compilers
 * vectorise. A view is a matrix to BLAS where its channels lie side by side; a blocked one is a matrix for each block.
 * Convolutions are im2col in tiles of pixels that stay in the cache. */
#include "kernel/blas.h"
#include "kernel/plain.h"

#include <string.h>

enum { TILE_FLOATS = 64 * 1024 };

/* Channels of a view that BLAS can take at once, and its step from row to row: a single pixel in the blocked layout is
 * side by side too. */
static size_t run_of(kin_view view, size_t channels)
{
    return view.block_step == KIN_LANES ? channels : KIN_LANES;
}

static size_t step_of(kin_view view, size_t run)
{
    return view.pixel_step > run ? view.pixel_step : run;
}

/* Pixel by pixel, in runs of channels that lie side by side. */
static void start_sums(kin_view y, kin_view residual, const float *bias, size_t channels, size_t pixels)
{
    size_t run = run_of(y, channels);
    for (size_t c = 0; c < channels; c += run)
        for (size_t p = 0; p < pixels; p++) {
            size_t lanes = channels - c < run ? channels - c : run;
            float *to = kin_view_channel(y, p, c);
            if (residual.data)
                kin_plain_binary(KIN_ADD, KIN_NO_ACT, bias + c, 1, kin_view_channel(residual, p, c), 1, lanes, to);
            else
                memcpy(to, bias + c, lanes * sizeof *to);
        }
}

static void finish_sums(kin_view y, kin_act act, size_t channels, size_t pixels)
{
    size_t run = run_of(y, channels);
    kin_plain_pad(y, channels, pixels);
    if (act.kind == KIN_ACT_NONE)
        return;
    for (size_t c = 0; c < channels; c += run)
        for (size_t p = 0; p < pixels; p++) {
            float *at = kin_view_channel(y, p, c);
            kin_plain_activate(act, at, channels - c < run ? channels - c : run, at);
        }
}

static void blas_linear(const kin_linear *op, size_t first, size_t count, kin_view x, kin_view residual, kin_view y,
                        size_t pixels)
{
    size_t begin = first * KIN_LANES, end = (first + count) * KIN_LANES;
    end = end < op->out ? end : op->out;
    size_t n = end > begin ? end - begin : 0;
    start_sums(y, residual, op->packed + op->in * op->out + begin, n, pixels);
    size_t out_run = run_of(y, n), in_run = run_of(x, op->in);
    for (size_t o = 0; o < n && pixels > 0; o += out_run)
        for (size_t i = 0; i < op->in; i += in_run) {
            size_t outs = n - o < out_run ? n - o : out_run, ins = op->in - i < in_run ? op->in - i : in_run;
            kin_gemm_nt(pixels, outs, ins, 1, kin_view_channel(x, 0, i), step_of(x, in_run),
                        op->packed + (begin + o) * op->in + i, op->in, 1, kin_view_channel(y, 0, o),
                        step_of(y, out_run));
        }
    finish_sums(y, op->act, n, pixels);
}

static size_t group_terms(const kin_conv *op)
{
    return op->in / op->groups * op->window.kernel_h * op->window.kernel_w;
}

static size_t blas_conv_size(const kin_conv *op)
{
    return op->out * (group_terms(op) + 1);
}

/* [out, kernel_h, kernel_w, in / groups], so that im2col copies runs of channels; then the bias. */
static void blas_conv_pack(const kin_conv *op, const float *weights, const float *bias, float *packed)
{
    size_t in = op->in / op->groups, taps = op->window.kernel_h * op->window.kernel_w;
    for (size_t o = 0; o < op->out; o++)
        for (size_t c = 0; c < in; c++)
            for (size_t t = 0; t < taps; t++)
                packed[(o * taps + t) * in + c] = weights[(o * in + c) * taps + t];
    for (size_t o = 0; o < op->out; o++)
        packed[op->out * in * taps + o] = bias ? bias[o] : 0;
}

static size_t tile_pixels(const kin_conv *op)
{
    size_t pixels = TILE_FLOATS / (group_terms(op) + 1);
    return pixels < 16 ? 16 : pixels;
}

static size_t blas_conv_scratch(const kin_conv *op)
{
    return tile_pixels(op) * (group_terms(op) + op->out / op->groups);
}

/* The inputs that one output pixel sees: [kernel_h, kernel_w, channels from `channel` on], zeros outside. */
static void gather_pixel(const kin_conv *op, kin_view x, size_t channel, size_t pixel, float *to)
{
    const kin_window *w = &op->window;
    size_t in = op->in / op->groups;
    kin_taps ty = kin_taps_rows(w, pixel / w->out_w), tx = kin_taps_columns(w, pixel % w->out_w);
    memset(to, 0, group_terms(op) * sizeof *to);
    for (size_t i = ty.first, r = ty.input; i < ty.end; i++, r += w->dilation_h)
        for (size_t j = tx.first, c = tx.input; j < tx.end; j++, c += w->dilation_w) {
            float *tap = to + (i * w->kernel_w + j) * in;
            if (x.block_step == KIN_LANES)
                memcpy(tap, x.data + (r * w->in_w + c) * x.pixel_step + channel, in * sizeof *tap);
            else
                for (size_t k = 0; k < in; k++)
                    tap[k] = *kin_view_channel(x, r * w->in_w + c, channel + k);
        }
}

static void conv_tile(const kin_conv *op, kin_view x, size_t pixel, size_t pixels, size_t group, kin_view y,
                      float *scratch)
{
    size_t terms = group_terms(op), out = op->out / op->groups;
    float *sums = scratch + tile_pixels(op) * terms;
    for (size_t p = 0; p < pixels; p++)
        gather_pixel(op, x, op->in / op->groups * group, pixel + p, scratch + p * terms);
    kin_gemm_nt(pixels, out, terms, 1, scratch, terms, op->packed + group * out * terms, terms, 0, sums, out);
    for (size_t p = 0; p < pixels; p++)
        for (size_t o = 0; o < out; o++)
            *kin_view_channel(y, p, group * out + o) += sums[p * out + o];
}

static void blas_conv(const kin_conv *op, kin_view x, kin_view residual, kin_view y, float *scratch)
{
    const float *bias = op->packed + op->out * group_terms(op);
    size_t all = op->window.out_h * op->window.out_w, tile = tile_pixels(op);
    for (size_t pixel = 0; pixel < all; pixel += tile) {
        size_t pixels = all - pixel < tile ? all - pixel : tile;
        kin_view to = kin_view_at(y, pixel);
        start_sums(to, kin_view_at(residual, pixel), bias, op->out, pixels);
        for (size_t group = 0; group < op->groups && op->out > 0; group++)
            conv_tile(op, x, pixel, pixels, group, to, scratch);
        finish_sums(to, op->act, op->out, pixels);
    }
}

const kin_kernels kin_blas_kernels = {
    .name = "blas",
    .blocked = false,
    .linear_size = kin_plain_linear_size,
    .linear_pack = kin_plain_linear_pack,
    .linear = blas_linear,
    .depthwise_size = kin_plain_depthwise_size,
    .depthwise_pack = kin_plain_depthwise_pack,
    .depthwise = kin_plain_depthwise,
    .conv_size = blas_conv_size,
    .conv_pack = blas_conv_pack,
    .conv_scratch = blas_conv_scratch,
    .conv = blas_conv,
    .pool = kin_plain_pool,
    .global_mean = kin_plain_global_mean,
    .affine = kin_plain_affine,
    .activate = kin_plain_activate,
    .binary = kin_plain_binary,
    .softmax = kin_plain_softmax,
    .layer_norm = kin_plain_layer_norm,
};
