/* The plain 8-bit kernels. Weights stay in their order behind the multipliers and addends. */
#include "kernel/quant8.h"

#include <math.h>
#include <string.h>

static uint8_t finish(const kin_finish8 *f, const uint8_t *packed, size_t out, size_t o, int32_t sum,
                      const uint8_t *residual)
{
    float multiplier, addend;
    memcpy(&multiplier, packed + o * sizeof(float), sizeof multiplier);
    memcpy(&addend, packed + (kin_step8(out) + o) * sizeof(float), sizeof addend);
    float value = fmaf((float)sum, multiplier, addend);
    if (residual)
        value = fmaf((float)*residual - f->residual_zero, f->residual_scale, value);
    return kin_to_byte(value, f->low, f->high);
}

static const uint8_t *residual_at(kin_view8 residual, size_t pixel, size_t channel)
{
    return residual.data ? residual.data + pixel * residual.pixel_step + channel : NULL;
}

static size_t linear_size(size_t in, size_t out)
{
    return kin_head8(out) + in * out;
}

static void linear_pack(size_t in, size_t out, const kin_weights8 *from, uint8_t *packed)
{
    kin_pack_head8(from, out, in, packed);
    memcpy(packed + kin_head8(out), from->weights, in * out);
}

static int32_t weight_at(const uint8_t *weights, size_t i)
{
    int8_t weight;
    memcpy(&weight, weights + i, 1);
    return weight;
}

static void linear(const kin_linear8 *op, kin_view8 x, kin_view8 residual, kin_view8 y, size_t pixels)
{
    const uint8_t *weights = op->packed + kin_head8(op->out);
    for (size_t p = 0; p < pixels; p++)
        for (size_t o = 0; o < op->out; o++) {
            int32_t sum = 0;
            for (size_t i = 0; i < op->in; i++)
                sum += weight_at(weights, o * op->in + i) * x.data[p * x.pixel_step + i];
            y.data[p * y.pixel_step + o] =
                finish(&op->finish, op->packed, op->out, o, sum, residual_at(residual, p, o));
        }
}

static size_t depthwise_size(const kin_depthwise8 *op)
{
    return kin_head8(op->channels) + op->channels * op->window.kernel_h * op->window.kernel_w;
}

static void depthwise_pack(const kin_depthwise8 *op, const kin_weights8 *from, uint8_t *packed)
{
    size_t taps = op->window.kernel_h * op->window.kernel_w;
    kin_pack_head8(from, op->channels, taps, packed);
    memcpy(packed + kin_head8(op->channels), from->weights, op->channels * taps);
}

/* The byte that tap (i, j) of an output pixel sees. */
static uint8_t tap_byte(const kin_window *w, kin_view8 x, size_t x_rows, size_t row, size_t column, size_t i, size_t j,
                        size_t channel, uint8_t zero)
{
    size_t r = row * w->stride_h + i * w->dilation_h, c = column * w->stride_w + j * w->dilation_w;
    if (r < w->pad_top || r - w->pad_top >= w->in_h || c < w->pad_left || c - w->pad_left >= w->in_w)
        return zero;
    size_t pixel = (r - w->pad_top) % x_rows * w->in_w + c - w->pad_left;
    return x.data[pixel * x.pixel_step + channel];
}

static void depthwise(const kin_depthwise8 *op, kin_view8 x, size_t x_rows, kin_view8 y, size_t row0, size_t row1)
{
    const kin_window *w = &op->window;
    const uint8_t *weights = op->packed + kin_head8(op->channels);
    size_t taps = w->kernel_h * w->kernel_w;
    for (size_t row = row0; row < row1; row++)
        for (size_t column = 0; column < w->out_w; column++)
            for (size_t c = 0; c < op->channels; c++) {
                int32_t sum = 0;
                for (size_t t = 0; t < taps; t++)
                    sum += weight_at(weights, c * taps + t) *
                           tap_byte(w, x, x_rows, row, column, t / w->kernel_w, t % w->kernel_w, c, op->x_zero);
                y.data[((row - row0) * w->out_w + column) * y.pixel_step + c] =
                    finish(&op->finish, op->packed, op->channels, c, sum, NULL);
            }
}

static size_t conv_terms(const kin_conv8 *op)
{
    return op->in * op->window.kernel_h * op->window.kernel_w;
}

static size_t conv_size(const kin_conv8 *op)
{
    return kin_head8(op->out) + op->out * conv_terms(op);
}

static void conv_pack(const kin_conv8 *op, const kin_weights8 *from, uint8_t *packed)
{
    kin_pack_head8(from, op->out, conv_terms(op), packed);
    memcpy(packed + kin_head8(op->out), from->weights, op->out * conv_terms(op));
}

static size_t conv_scratch(const kin_conv8 *op)
{
    (void)op;
    return 0;
}

static void conv(const kin_conv8 *op, kin_view8 x, kin_view8 residual, kin_view8 y, uint8_t *scratch)
{
    (void)scratch;
    const kin_window *w = &op->window;
    size_t terms = conv_terms(op), taps = w->kernel_h * w->kernel_w;
    for (size_t pixel = 0; pixel < w->out_h * w->out_w; pixel++)
        for (size_t o = 0; o < op->out; o++) {
            const uint8_t *weights = op->packed + kin_head8(op->out) + o * terms;
            int32_t sum = 0;
            for (size_t t = 0; t < terms; t++)
                sum += weight_at(weights, t) * tap_byte(w, x, w->in_h, pixel / w->out_w, pixel % w->out_w,
                                                        t % taps / w->kernel_w, t % w->kernel_w, t / taps, op->x_zero);
            y.data[pixel * y.pixel_step + o] =
                finish(&op->finish, op->packed, op->out, o, sum, residual_at(residual, pixel, o));
        }
}

static void global_mean(kin_view8 x, kin_quant quant, size_t channels, size_t pixels, float *mean)
{
    for (size_t c = 0; c < channels; c++) {
        int64_t sum = 0;
        for (size_t p = 0; p < pixels; p++)
            sum += x.data[p * x.pixel_step + c];
        double average = pixels ? (double)sum / (double)pixels : quant.zero;
        mean[c] = (float)((double)quant.scale * (average - quant.zero));
    }
}

const kin_kernels8 kin_plain_kernels8 = {
    .name = "plain",
    .linear_size = linear_size,
    .linear_pack = linear_pack,
    .linear = linear,
    .depthwise_size = depthwise_size,
    .depthwise_pack = depthwise_pack,
    .depthwise = depthwise,
    .conv_size = conv_size,
    .conv_pack = conv_pack,
    .conv_scratch = conv_scratch,
    .conv = conv,
    .global_mean = global_mean,
};
