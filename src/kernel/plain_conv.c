/* The plain convolutions and poolings: what the fast ones are tested against. Weights stay in ONNX's order, the bias
 * behind them. */
#include "kernel/plain.h"

#include <math.h>
#include <string.h>

void kin_plain_pad(kin_view y, size_t channels, size_t pixels)
{
    if (!y.padded || channels % KIN_LANES == 0)
        return;
    float *data = y.data + (channels / KIN_LANES) * y.block_step;
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = channels % KIN_LANES; c < KIN_LANES; c++)
            data[p * y.pixel_step + c] = 0;
}

kin_taps kin_taps_inside(size_t position, size_t stride, size_t pad, size_t dilation, size_t kernel, size_t size)
{
    size_t start = position * stride; /* tap i falls on start + i * dilation - pad */
    size_t first = start < pad ? (pad - start + dilation - 1) / dilation : 0;
    size_t end = size + pad > start ? (size + pad - start + dilation - 1) / dilation : 0;
    if (end > kernel)
        end = kernel;
    if (first >= end)
        return (kin_taps) { 0, 0, 0 };
    return (kin_taps) { first, end, start + first * dilation - pad };
}

static void put(kin_view y, kin_view residual, size_t pixel, size_t channel, kin_act act, float sum)
{
    if (residual.data)
        sum += *kin_view_channel(residual, pixel, channel);
    *kin_view_channel(y, pixel, channel) = kin_plain_act(act, sum);
}

static void copy_bias(const float *bias, size_t n, float *to)
{
    if (bias)
        memcpy(to, bias, n * sizeof *to);
    else
        memset(to, 0, n * sizeof *to);
}

size_t kin_plain_linear_size(size_t in, size_t out)
{
    return in * out + out;
}

void kin_plain_linear_pack(size_t in, size_t out, const float *weights, size_t out_step, size_t in_step,
                           const float *bias, float *packed)
{
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++)
            packed[o * in + i] = weights[o * out_step + i * in_step];
    copy_bias(bias, out, packed + in * out);
}

static void plain_linear(const kin_linear *op, size_t first, size_t count, kin_view x, kin_view residual, kin_view y,
                         size_t pixels)
{
    const float *bias = op->packed + op->in * op->out;
    size_t begin = first * KIN_LANES, end = (first + count) * KIN_LANES;
    if (end > op->out)
        end = op->out;
    for (size_t p = 0; p < pixels; p++)
        for (size_t o = begin; o < end; o++) {
            float sum = bias[o];
            for (size_t i = 0; i < op->in; i++)
                sum += op->packed[o * op->in + i] * *kin_view_channel(x, p, i);
            put(y, residual, p, o - begin, op->act, sum);
        }
    kin_plain_pad(y, end - begin, pixels);
}

size_t kin_plain_depthwise_size(const kin_depthwise *op)
{
    return op->channels * (op->window.kernel_h * op->window.kernel_w + 1);
}

void kin_plain_depthwise_pack(const kin_depthwise *op, const float *weights, const float *bias, float *packed)
{
    size_t taps = op->window.kernel_h * op->window.kernel_w;
    for (size_t c = 0; c < op->channels; c++)
        for (size_t t = 0; t < taps; t++)
            packed[t * op->channels + c] = weights[c * taps + t];
    copy_bias(bias, op->channels, packed + taps * op->channels);
}

/* One output pixel: all taps of `lanes` channels, which lie side by side. */
static void depthwise_pixel(const kin_depthwise *op, const float *packed, size_t lanes, const float *x, size_t x_step,
                            size_t x_rows, size_t row, size_t column, float *y)
{
    const kin_window *w = &op->window;
    kin_taps ty = kin_taps_rows(w, row), tx = kin_taps_columns(w, column);
    memcpy(y, packed + w->kernel_h * w->kernel_w * op->channels, lanes * sizeof *y);
    for (size_t i = ty.first, r = ty.input; i < ty.end; i++, r += w->dilation_h)
        for (size_t j = tx.first, c = tx.input; j < tx.end; j++, c += w->dilation_w) {
            const float *restrict tap = packed + (i * w->kernel_w + j) * op->channels;
            const float *restrict from = x + (r % x_rows * w->in_w + c) * x_step;
            float *restrict sum = y;
            for (size_t lane = 0; lane < lanes; lane++)
                sum[lane] += tap[lane] * from[lane];
        }
    kin_plain_activate(op->act, y, lanes, y);
}

void kin_plain_depthwise(const kin_depthwise *op, size_t first, size_t count, kin_view x, size_t x_rows, kin_view y,
                         size_t row0, size_t row1)
{
    size_t out_w = op->window.out_w, begin = first * KIN_LANES, end = (first + count) * KIN_LANES;
    end = end < op->channels ? end : op->channels;
    size_t side_by_side = x.block_step == KIN_LANES && y.block_step == KIN_LANES ? op->channels : KIN_LANES;
    for (size_t c = begin; c < end; c += side_by_side) {
        size_t lanes = end - c < side_by_side ? end - c : side_by_side;
        const float *from = kin_view_channel(x, 0, c - begin);
        for (size_t row = row0; row < row1; row++)
            for (size_t column = 0; column < out_w; column++)
                depthwise_pixel(op, op->packed + c, lanes, from, x.pixel_step, x_rows, row, column,
                                kin_view_channel(y, (row - row0) * out_w + column, c - begin));
    }
    kin_plain_pad(y, end > begin ? end - begin : 0, (row1 - row0) * out_w);
}

static size_t plain_conv_size(const kin_conv *op)
{
    return op->groups ? op->out * (op->in / op->groups * op->window.kernel_h * op->window.kernel_w + 1) : 0;
}

static void plain_conv_pack(const kin_conv *op, const float *weights, const float *bias, float *packed)
{
    size_t count = plain_conv_size(op) - op->out;
    memcpy(packed, weights, count * sizeof *packed);
    copy_bias(bias, op->out, packed + count);
}

static size_t plain_conv_scratch(const kin_conv *op)
{
    (void)op;
    return 0;
}

/* Without the bias: the sum of output channel `o` at one pixel. */
static float conv_sum(const kin_conv *op, kin_view x, kin_taps ty, kin_taps tx, size_t o)
{
    const kin_window *w = &op->window;
    size_t in = op->in / op->groups, base = o / (op->out / op->groups) * in;
    float sum = 0;
    for (size_t c = 0; c < in; c++) {
        const float *taps = op->packed + (o * in + c) * w->kernel_h * w->kernel_w;
        for (size_t i = ty.first, r = ty.input; i < ty.end; i++, r += w->dilation_h)
            for (size_t j = tx.first, q = tx.input; j < tx.end; j++, q += w->dilation_w)
                sum += taps[i * w->kernel_w + j] * *kin_view_channel(x, r * w->in_w + q, base + c);
    }
    return sum;
}

static void plain_conv(const kin_conv *op, kin_view x, kin_view residual, kin_view y, float *scratch)
{
    (void)scratch;
    const kin_window *w = &op->window;
    const float *bias = op->packed + plain_conv_size(op) - op->out;
    for (size_t row = 0; row < w->out_h; row++)
        for (size_t column = 0; column < w->out_w; column++) {
            kin_taps ty = kin_taps_rows(w, row), tx = kin_taps_columns(w, column);
            for (size_t o = 0; o < op->out; o++)
                put(y, residual, row * w->out_w + column, o, op->act, bias[o] + conv_sum(op, x, ty, tx, o));
        }
    kin_plain_pad(y, op->out, w->out_h * w->out_w);
}

/* Taps of one axis that fall on the image or on its padding. */
static size_t padded_taps(size_t position, size_t stride, size_t dilation, size_t kernel, size_t padded_size)
{
    return kin_taps_inside(position, stride, 0, dilation, kernel, padded_size).end;
}

size_t kin_pool_padded_count(const kin_pool *op, size_t y, size_t x)
{
    const kin_window *w = &op->window;
    return padded_taps(y, w->stride_h, w->dilation_h, w->kernel_h, w->pad_top + w->in_h + op->pad_bottom) *
           padded_taps(x, w->stride_w, w->dilation_w, w->kernel_w, w->pad_left + w->in_w + op->pad_right);
}

static float pool_value(const kin_pool *op, kin_view x, size_t row, size_t column, size_t channel)
{
    const kin_window *w = &op->window;
    kin_taps ty = kin_taps_rows(w, row), tx = kin_taps_columns(w, column);
    float best = -INFINITY, sum = 0;
    size_t count = (ty.end - ty.first) * (tx.end - tx.first);
    for (size_t i = ty.first, r = ty.input; i < ty.end; i++, r += w->dilation_h)
        for (size_t j = tx.first, q = tx.input; j < tx.end; j++, q += w->dilation_w) {
            float value = *kin_view_channel(x, r * w->in_w + q, channel);
            sum += value;
            best = value > best ? value : best;
        }
    if (op->kind == KIN_POOL_MAX)
        return best;
    if (op->kind == KIN_POOL_MEAN_PADDED)
        count = kin_pool_padded_count(op, row, column);
    return count ? sum / (float)count : 0;
}

void kin_plain_pool(const kin_pool *op, kin_view x, kin_view y)
{
    const kin_window *w = &op->window;
    for (size_t row = 0; row < w->out_h; row++)
        for (size_t column = 0; column < w->out_w; column++)
            for (size_t c = 0; c < op->channels; c++)
                *kin_view_channel(y, row * w->out_w + column, c) = pool_value(op, x, row, column, c);
    kin_plain_pad(y, op->channels, w->out_h * w->out_w);
}

void kin_plain_global_mean(kin_view x, size_t channels, size_t pixels, float *mean)
{
    for (size_t c = 0; c < channels; c++) {
        double sum = 0;
        for (size_t p = 0; p < pixels; p++)
            sum += (double)*kin_view_channel(x, p, c);
        mean[c] = pixels ? (float)(sum / (double)pixels) : 0;
    }
}

void kin_plain_affine(kin_view x, size_t channels, size_t pixels, const float *scale, const float *shift, kin_act act,
                      kin_view y)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < channels; c++) {
            float value = *kin_view_channel(x, p, c) * (scale ? scale[c] : 1) + (shift ? shift[c] : 0);
            *kin_view_channel(y, p, c) = kin_plain_act(act, value);
        }
    kin_plain_pad(y, channels, pixels);
}

const kin_kernels kin_plain_kernels = {
    .name = "plain",
    .blocked = false,
    .linear_size = kin_plain_linear_size,
    .linear_pack = kin_plain_linear_pack,
    .linear = plain_linear,
    .depthwise_size = kin_plain_depthwise_size,
    .depthwise_pack = kin_plain_depthwise_pack,
    .depthwise = kin_plain_depthwise,
    .conv_size = plain_conv_size,
    .conv_pack = plain_conv_pack,
    .conv_scratch = plain_conv_scratch,
    .conv = plain_conv,
    .pool = kin_plain_pool,
    .global_mean = kin_plain_global_mean,
    .affine = kin_plain_affine,
    .activate = kin_plain_activate,
    .binary = kin_plain_binary,
    .softmax = kin_plain_softmax,
    .layer_norm = kin_plain_layer_norm,
};
