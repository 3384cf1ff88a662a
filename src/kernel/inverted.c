/* For each strip of output rows: expand the input rows that are new to it, two blocks of channels at a time, into a
 * ring of rows; run the depthwise on those blocks at once, while they are in the first-level cache; project the
 * strip. A strip that is the whole image needs no ring beyond the two blocks, so they are used again for every
 * pair. */
#include "kernel/inverted.h"

#include <unistd.h>

/* Blocks of channels in a panel of packed weights. */
enum { PANEL = 2 };

/* Floats that may live in the second-level cache between two layers: three fifths of it, the rest is for weights, input
 * and output. Measured flat around that; with less, a map of 14 x 14 is cut into strips that are not worth it. */
static size_t cache_floats(void)
{
    long bytes = 0;
#ifdef _SC_LEVEL2_CACHE_SIZE
    bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
    size_t size = bytes > 0 ? (size_t)bytes : (size_t)1 << 20;
    return size / sizeof(float) / 5 * 3;
}

static bool whole_image(const kin_inverted *op)
{
    return kin_window_ring(&op->depthwise.window, op->strip) == op->depthwise.window.in_h &&
           op->strip >= op->depthwise.window.out_h;
}

static size_t ring_floats(const kin_inverted *op)
{
    size_t blocks = kin_blocks(op->depthwise.channels);
    if (!op->expand)
        return 0;
    if (whole_image(op) && blocks > PANEL)
        blocks = PANEL;
    return blocks * kin_window_ring(&op->depthwise.window, op->strip) * op->depthwise.window.in_w * KIN_LANES;
}

size_t kin_inverted_strip(const kin_inverted *op)
{
    const kin_window *w = &op->depthwise.window;
    size_t row = kin_blocks(op->depthwise.channels) * KIN_LANES, cache = cache_floats();
    if (w->out_h * w->out_w * row <= cache || w->out_h <= 2)
        return w->out_h ? w->out_h : 1;
    return kin_window_strip(w, cache, w->in_w * row, w->out_w * row);
}

size_t kin_inverted_scratch(const kin_inverted *op)
{
    const kin_window *w = &op->depthwise.window;
    size_t strip = op->strip < w->out_h ? op->strip : w->out_h;
    return ring_floats(op) + kin_blocked_size(op->depthwise.channels, strip * w->out_w);
}

/* Rows from .. end - 1 of the expanded tensor, for two blocks, into the ring. */
static void expand_rows(const kin_kernels *kernels, const kin_inverted *op, size_t block, size_t count, kin_view x,
                        size_t from, size_t end, kin_view ring, size_t rows)
{
    size_t width = op->depthwise.window.in_w;
    while (from < end) {
        size_t slot = from % rows, run = end - from < rows - slot ? end - from : rows - slot;
        kernels->linear(op->expand, block, count, kin_view_at(x, from * width), KIN_NO_VIEW,
                        kin_view_at(ring, slot * width), run * width);
        from += run;
    }
}

static kin_view from_block(kin_view view, size_t block)
{
    view.data += block * view.block_step;
    return view;
}

void kin_inverted_run(const kin_kernels *kernels, const kin_inverted *op, kin_view x, kin_view residual, kin_view y,
                      float *scratch)
{
    const kin_window *w = &op->depthwise.window;
    size_t blocks = kin_blocks(op->depthwise.channels), strip_end = 0, filled = 0;
    size_t rows = op->expand ? kin_window_ring(&op->depthwise.window, op->strip) : w->in_h;
    bool reused = whole_image(op);
    kin_view ring = op->expand ? kin_view_blocked(scratch, rows * w->in_w) : x;
    float *middle = scratch + ring_floats(op);
    for (size_t row = 0; row < w->out_h; row = strip_end) {
        strip_end = w->out_h - row < op->strip ? w->out_h : row + op->strip;
        kin_view strip = kin_view_blocked(middle, (strip_end - row) * w->out_w);
        size_t needed = kin_window_inputs(w, strip_end);
        for (size_t b = 0; b < blocks; b += PANEL) {
            size_t count = blocks - b < PANEL ? blocks - b : PANEL;
            kin_view hidden = from_block(ring, reused && op->expand ? 0 : b);
            if (op->expand)
                expand_rows(kernels, op, b, count, x, filled, needed, hidden, rows);
            kernels->depthwise(&op->depthwise, b, count, hidden, rows, from_block(strip, b), row, strip_end);
        }
        filled = needed > filled ? needed : filled;
        kernels->linear(&op->project, 0, kin_blocks(op->project.out), strip, kin_view_at(residual, row * w->out_w),
                        kin_view_at(y, row * w->out_w), (strip_end - row) * w->out_w);
    }
}
