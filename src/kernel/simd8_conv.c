/* 8-bit linear layers and convolutions as sweeps. A convolution always reads a copy of its input, strip by strip, with
 * the border (the byte that stands for 0) in place; a row of the kernel is then one run of bytes, padded to fours by
 * zero weights. */
#include "kernel/simd8.h"

/* Input and output of a chunk of pixels should stay in the first-level cache while all panels of weights pass: a panel
 * writes half a line of each pixel. At least CHUNK8_PIXELS, so that weights are not read too often. */
enum { CHUNK8_BYTES = 28 * 1024, CHUNK8_PIXELS = 64, STRIP8_BYTES = 128 * 1024 };

static size_t steps_of(size_t bytes)
{
    return (bytes + 4 * STEP_ALIGN - 1) / (4 * STEP_ALIGN) * STEP_ALIGN;
}

/* The step and the place in it of output `o`, where a sum takes `steps` steps in all. */
static void put_weight(uint8_t *packed, size_t out, size_t steps, size_t o, size_t step, size_t k, int8_t weight)
{
    const size_t panel_blocks = TILE8_DOTS / DOTS, lanes = KIN_LANES / DOTS;
    size_t panel = o / KIN_LANES / panel_blocks * panel_blocks;
    size_t in_panel = kin_blocks(out) - panel < panel_blocks ? DOTS : TILE8_DOTS;
    size_t within = o - panel * KIN_LANES;
    uint8_t *at = packed + panel * steps * DOTS * STEP_BYTES + (step * in_panel + within / lanes) * STEP_BYTES;
    dot_put(at, within % lanes, k, weight);
}

size_t SIMD8(linear8_size)(size_t in, size_t out)
{
    return kin_head8(out) + kin_blocks(out) * DOTS * STEP_BYTES * steps_of(in);
}

void SIMD8(linear8_pack)(size_t in, size_t out, const kin_weights8 *from, uint8_t *packed)
{
    memset(packed, 0, SIMD8(linear8_size)(in, out));
    kin_pack_head8(from, out, in, packed);
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++)
            put_weight(packed + kin_head8(out), out, steps_of(in), o, i / 4, i % 4, from->weights[o * in + i]);
}

void SIMD8(linear8)(const kin_linear8 *op, kin_view8 x, kin_view8 residual, kin_view8 y, size_t pixels)
{
    size_t chunk = CHUNK8_BYTES / (x.pixel_step + y.pixel_step) / CHUNK8_PIXELS * CHUNK8_PIXELS;
    if (chunk < CHUNK8_PIXELS)
        chunk = CHUNK8_PIXELS;
    simd8_sweep s = { .rows = 1,
                      .x_pixel = x.pixel_step,
                      .taps_h = 1,
                      .taps_w = 1,
                      .steps = steps_of(op->in),
                      .out = op->out,
                      .packed = op->packed,
                      .finish = op->finish };
    for (size_t pixel = 0; pixel < pixels; pixel += chunk) {
        s.columns = pixels - pixel < chunk ? pixels - pixel : chunk;
        SIMD8(sweep8)(&s, x.data, residual, y);
        x.data += s.columns * x.pixel_step;
        y.data += s.columns * y.pixel_step;
        if (residual.data)
            residual.data += s.columns * residual.pixel_step;
    }
}

/* How the kernel's taps lie in the copy: bytes a pixel, and taps and bytes of a run. */
typedef struct runs {
    size_t pixel, taps_w, steps;
} runs;

static runs conv8_runs(const kin_conv8 *op)
{
    runs r = { op->in < KIN_LANES ? op->in : kin_step8(op->in), op->window.kernel_w, 0 };
    r.steps = steps_of(r.pixel);
    if (op->window.dilation_w == 1) {
        r.taps_w = 1;
        r.steps = steps_of(r.pixel * op->window.kernel_w);
    }
    return r;
}

size_t SIMD8(conv8_size)(const kin_conv8 *op)
{
    runs r = conv8_runs(op);
    return kin_head8(op->out) + kin_blocks(op->out) * DOTS * STEP_BYTES * op->window.kernel_h * r.taps_w * r.steps;
}

void SIMD8(conv8_pack)(const kin_conv8 *op, const kin_weights8 *from, uint8_t *packed)
{
    const kin_window *w = &op->window;
    runs r = conv8_runs(op);
    size_t taps = w->kernel_h * w->kernel_w, steps = w->kernel_h * r.taps_w * r.steps;
    memset(packed, 0, SIMD8(conv8_size)(op));
    kin_pack_head8(from, op->out, op->in * taps, packed);
    for (size_t o = 0; o < op->out; o++)
        for (size_t c = 0; c < op->in; c++)
            for (size_t t = 0; t < taps; t++) {
                size_t i = t / w->kernel_w, j = t % w->kernel_w, run = i * r.taps_w + (r.taps_w == 1 ? 0 : j);
                size_t byte = (r.taps_w == 1 ? j * r.pixel : 0) + c;
                put_weight(packed + kin_head8(op->out), op->out, steps, o, run * r.steps + byte / 4, byte % 4,
                           from->weights[(o * op->in + c) * taps + t]);
            }
}

static size_t copied8_columns(const kin_window *w)
{
    return (w->out_w - 1) * w->stride_w + (w->kernel_w - 1) * w->dilation_w + 1;
}

static size_t copied8_rows(const kin_window *w, size_t rows)
{
    return (rows - 1) * w->stride_h + (w->kernel_h - 1) * w->dilation_h + 1;
}

static size_t strip8_rows(const kin_window *w, size_t pixel)
{
    size_t rows = STRIP8_BYTES / (pixel * copied8_columns(w) * w->stride_h + 1);
    rows = rows < 1 ? 1 : rows;
    return rows < w->out_h ? rows : w->out_h;
}

size_t SIMD8(conv8_scratch)(const kin_conv8 *op)
{
    const kin_window *w = &op->window;
    size_t pixel = conv8_runs(op).pixel;
    if (w->out_h == 0 || w->out_w == 0)
        return 0;
    return copied8_rows(w, strip8_rows(w, pixel)) * copied8_columns(w) * pixel + KIN_SLACK8;
}

static void copy8_row(const kin_conv8 *op, kin_view8 x, size_t row, size_t pixel, size_t columns, uint8_t *to)
{
    const kin_window *w = &op->window;
    size_t pad = w->pad_left < columns ? w->pad_left : columns;
    size_t end = pad + w->in_w < columns ? pad + w->in_w : columns;
    if (row < w->pad_top || row - w->pad_top >= w->in_h)
        pad = end = columns;
    memset(to, op->x_zero, pad * pixel);
    memset(to + end * pixel, op->x_zero, (columns - end) * pixel);
    if (pad == end)
        return;
    const uint8_t *from = x.data + (row - w->pad_top) * w->in_w * x.pixel_step;
    if (x.pixel_step == pixel)
        memcpy(to + pad * pixel, from, (end - pad) * pixel);
    else
        for (size_t c = pad; c < end; c++, from += x.pixel_step)
            memcpy(to + c * pixel, from, pixel);
}

void SIMD8(conv8)(const kin_conv8 *op, kin_view8 x, kin_view8 residual, kin_view8 y, uint8_t *scratch)
{
    const kin_window *w = &op->window;
    if (w->out_h == 0 || w->out_w == 0)
        return;
    runs r = conv8_runs(op);
    size_t columns = copied8_columns(w), strip = strip8_rows(w, r.pixel), width = columns * r.pixel;
    simd8_sweep s = { .columns = w->out_w,
                      .x_row = w->stride_h * width,
                      .x_pixel = w->stride_w * r.pixel,
                      .y_row = w->out_w * y.pixel_step,
                      .r_row = w->out_w * residual.pixel_step,
                      .taps_h = w->kernel_h,
                      .taps_w = r.taps_w,
                      .steps = r.steps,
                      .tap_row = w->dilation_h * width,
                      .tap_column = w->dilation_w * r.pixel,
                      .out = op->out,
                      .packed = op->packed,
                      .finish = op->finish };
    for (size_t row = 0; row < w->out_h; row += strip) {
        s.rows = w->out_h - row < strip ? w->out_h - row : strip;
        for (size_t i = 0; i < copied8_rows(w, s.rows); i++)
            copy8_row(op, x, row * w->stride_h + i, r.pixel, columns, scratch + i * width);
        memset(scratch + copied8_rows(w, s.rows) * width, 0, KIN_SLACK8);
        SIMD8(sweep8)(&s, scratch, residual, y);
        y.data += s.rows * s.y_row;
        if (residual.data)
            residual.data += s.rows * s.r_row;
    }
}

/* Bytes of 16 channels summed in 32 bits. */
void SIMD8(global_mean8)(kin_view8 x, kin_quant quant, size_t channels, size_t pixels, float *mean)
{
    for (size_t b = 0; b < kin_blocks(channels); b++) {
        uint32_t sum[KIN_LANES] = { 0 };
        size_t lanes = kin_lanes_of(channels, b);
        for (size_t p = 0; p < pixels; p++)
            for (size_t c = 0; c < KIN_LANES; c++)
                sum[c] += x.data[p * x.pixel_step + b * KIN_LANES + c];
        for (size_t c = 0; c < lanes; c++) {
            double average = pixels ? (double)sum[c] / (double)pixels : quant.zero;
            mean[b * KIN_LANES + c] = (float)((double)quant.scale * (average - quant.zero));
        }
    }
}
