/* The inverted residual block in bytes: strips as in inverted.c, all channels of a strip at a time, since even the
 * expanded rows of a whole small image fit the cache. */
#include "kernel/kernel8.h"
#include "kernel/quant8.h"

enum { CACHE8_BYTES = 256 * 1024 };

static size_t ring_bytes(const kin_inverted8 *op)
{
    if (!op->expand)
        return 0;
    return kin_window_ring(&op->depthwise.window, op->strip) * op->depthwise.window.in_w *
               kin_step8(op->depthwise.channels) +
           KIN_SLACK8;
}

size_t kin_inverted8_strip(const kin_inverted8 *op)
{
    const kin_window *w = &op->depthwise.window;
    size_t pixel = kin_step8(op->depthwise.channels);
    if (w->out_h <= 2 || (w->in_h * w->in_w + w->out_h * w->out_w) * pixel <= 2 * CACHE8_BYTES)
        return w->out_h ? w->out_h : 1;
    return kin_window_strip(w, CACHE8_BYTES, w->in_w * pixel, w->out_w * pixel);
}

size_t kin_inverted8_scratch(const kin_inverted8 *op)
{
    const kin_window *w = &op->depthwise.window;
    size_t strip = op->strip < w->out_h ? op->strip : w->out_h;
    return (ring_bytes(op) + 63) / 64 * 64 + strip * w->out_w * kin_step8(op->depthwise.channels) + KIN_SLACK8;
}

static kin_view8 at_pixel(kin_view8 view, size_t pixel)
{
    if (view.data)
        view.data += pixel * view.pixel_step;
    return view;
}

static void expand_rows(const kin_kernels8 *kernels, const kin_inverted8 *op, kin_view8 x, size_t from, size_t end,
                        kin_view8 ring, size_t rows)
{
    size_t width = op->depthwise.window.in_w;
    while (from < end) {
        size_t slot = from % rows, run = end - from < rows - slot ? end - from : rows - slot;
        kernels->linear(op->expand, at_pixel(x, from * width), KIN_NO_VIEW8, at_pixel(ring, slot * width), run * width);
        from += run;
    }
}

void kin_inverted8_run(const kin_kernels8 *kernels, const kin_inverted8 *op, kin_view8 x, kin_view8 residual,
                       kin_view8 y, uint8_t *scratch)
{
    const kin_window *w = &op->depthwise.window;
    size_t step = kin_step8(op->depthwise.channels),
           rows = op->expand ? kin_window_ring(&op->depthwise.window, op->strip) : w->in_h;
    kin_view8 ring = op->expand ? (kin_view8) { scratch, step } : x;
    kin_view8 middle = { scratch + (ring_bytes(op) + 63) / 64 * 64, step };
    size_t filled = 0, end = 0;
    for (size_t row = 0; row < w->out_h; row = end) {
        end = w->out_h - row < op->strip ? w->out_h : row + op->strip;
        size_t needed = kin_window_inputs(w, end);
        if (op->expand && needed > filled) {
            expand_rows(kernels, op, x, filled, needed, ring, rows);
            filled = needed;
        }
        kernels->depthwise(&op->depthwise, ring, rows, middle, row, end);
        kernels->linear(&op->project, middle, at_pixel(residual, row * w->out_w), at_pixel(y, row * w->out_w),
                        (end - row) * w->out_w);
    }
}
