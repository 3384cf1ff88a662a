/* Linear layers and general convolutions as sweeps.
 *
 * A convolution sees its input through a copy with the zero border in place, made for a strip of output rows at a time
 * so that it stays in the second-level cache; where the window never leaves the image the copy is not needed. The copy
 * is blocked, except for inputs of few channels (an RGB image), which lie side by side, so that the taps of a row are
 * one run. Groups narrower than a block are joined until their outputs fill blocks, with zero weights between them: the
 * lanes would be idle otherwise. */
#include "kernel/simd.h"

#include <string.h>

/* Half of a second-level cache of 1 MiB, for what is swept once for each panel of outputs; and the copied strip. */
enum { CHUNK_FLOATS = 128 * 1024, STRIP_FLOATS = 48 * 1024 };

static size_t panel_width(size_t out, size_t channel)
{
    size_t first = channel / (TILE_VECS * VEC) * (TILE_VECS * VEC);
    size_t left = kin_blocks(out) * KIN_LANES - first;
    return left < TILE_VECS * VEC ? left : TILE_VECS * VEC;
}

/* Where the packed weight of output `o` and sum index `k` lies, behind the bias. */
static size_t packed_at(size_t out, size_t terms, size_t o, size_t k)
{
    size_t panel = o / (TILE_VECS * VEC) * (TILE_VECS * VEC);
    return panel * terms + k * panel_width(out, o) + (o - panel);
}

static void pack_bias(size_t out, const float *bias, float *packed)
{
    for (size_t o = 0; o < kin_blocks(out) * KIN_LANES; o++)
        packed[o] = bias && o < out ? bias[o] : 0;
}

size_t SIMD(linear_size)(size_t in, size_t out)
{
    return kin_blocks(out) * KIN_LANES * (in + 1);
}

void SIMD(linear_pack)(size_t in, size_t out, const float *weights, size_t out_step, size_t in_step, const float *bias,
                       float *packed)
{
    size_t padded = kin_blocks(out) * KIN_LANES;
    pack_bias(out, bias, packed);
    packed += padded;
    for (size_t o = 0; o < padded; o++)
        for (size_t i = 0; i < in; i++)
            packed[packed_at(out, in, o, i)] = o < out ? weights[o * out_step + i * in_step] : 0;
}

/* Pixels go in chunks whose inputs stay in the cache while all panels of weights pass over them. */
void SIMD(linear)(const kin_linear *op, size_t first, size_t count, kin_view x, kin_view residual, kin_view y,
                  size_t pixels)
{
    size_t blocks = kin_blocks(op->in);
    size_t chunk = CHUNK_FLOATS / (op->in + 1) / TILE_PIXELS * TILE_PIXELS;
    if (chunk < 4 * TILE_PIXELS)
        chunk = 4 * TILE_PIXELS;
    simd_sweep sweep = { .rows = 1,
                         .x_pixel = x.pixel_step,
                         .taps_h = 1,
                         .taps_w = 1,
                         .blocks = blocks,
                         .len = KIN_LANES,
                         .last = blocks ? op->in - (blocks - 1) * KIN_LANES : 0,
                         .x_block = x.block_step,
                         .out = op->out,
                         .first = first,
                         .count = count,
                         .packed = op->packed,
                         .act = op->act };
    for (size_t pixel = 0; pixel < pixels; pixel += chunk) {
        sweep.columns = pixels - pixel < chunk ? pixels - pixel : chunk;
        SIMD(sweep)(&sweep, x.data + pixel * x.pixel_step, kin_view_at(residual, pixel), kin_view_at(y, pixel));
    }
}

typedef struct sweep_shape {
    size_t joined, sweeps; /* groups in a sweep, and how many sweeps */
    size_t in, out;        /* channels of a sweep */
    size_t terms;
} sweep_shape;

static sweep_shape conv_shape(const kin_conv *op)
{
    sweep_shape s = { .joined = 1 };
    size_t out = op->out / op->groups;
    while (s.joined < op->groups && (s.joined * out % KIN_LANES != 0 || op->groups % s.joined != 0))
        s.joined++;
    s.sweeps = op->groups / s.joined;
    s.in = op->in / op->groups * s.joined;
    s.out = out * s.joined;
    s.terms = s.in * op->window.kernel_h * op->window.kernel_w;
    return s;
}

size_t SIMD(conv_size)(const kin_conv *op)
{
    sweep_shape s = conv_shape(op);
    return s.sweeps * kin_blocks(s.out) * KIN_LANES * (s.terms + 1);
}

/* Sums run over kernel rows, kernel columns, channels. */
void SIMD(conv_pack)(const kin_conv *op, const float *weights, const float *bias, float *packed)
{
    sweep_shape s = conv_shape(op);
    size_t taps = op->window.kernel_h * op->window.kernel_w, in = op->in / op->groups, out = op->out / op->groups;
    memset(packed, 0, SIMD(conv_size)(op) * sizeof *packed);
    for (size_t sweep = 0; sweep < s.sweeps; sweep++) {
        pack_bias(s.out, bias ? bias + sweep * s.out : NULL, packed);
        packed += kin_blocks(s.out) * KIN_LANES;
        for (size_t o = 0; o < s.out; o++) {
            const float *from = weights + (sweep * s.out + o) * in * taps;
            for (size_t i = 0; i < in; i++)
                for (size_t t = 0; t < taps; t++)
                    packed[packed_at(s.out, s.terms, o, t * s.in + o / out * in + i)] = from[i * taps + t];
        }
        packed += kin_blocks(s.out) * KIN_LANES * s.terms;
    }
}

/* The window stays inside the image, so that the input can be read where it is. */
static bool never_leaves(const kin_window *w)
{
    return w->pad_top == 0 && w->pad_left == 0 && w->out_h > 0 && w->out_w > 0 &&
           (w->out_h - 1) * w->stride_h + (w->kernel_h - 1) * w->dilation_h < w->in_h &&
           (w->out_w - 1) * w->stride_w + (w->kernel_w - 1) * w->dilation_w < w->in_w;
}

static size_t copied_columns(const kin_window *w)
{
    return (w->out_w - 1) * w->stride_w + (w->kernel_w - 1) * w->dilation_w + 1;
}

static size_t copied_rows(const kin_window *w, size_t rows)
{
    return (rows - 1) * w->stride_h + (w->kernel_h - 1) * w->dilation_h + 1;
}

static size_t copied_pixel(size_t in)
{
    return in < KIN_LANES ? in : kin_blocks(in) * KIN_LANES;
}

static size_t strip_rows(const kin_window *w, size_t in)
{
    size_t rows = STRIP_FLOATS / (copied_pixel(in) * copied_columns(w) * w->stride_h + 1);
    if (rows < 1)
        rows = 1;
    return rows < w->out_h ? rows : w->out_h;
}

size_t SIMD(conv_scratch)(const kin_conv *op)
{
    const kin_window *w = &op->window;
    sweep_shape s = conv_shape(op);
    if (w->out_h == 0 || w->out_w == 0)
        return 0;
    return copied_rows(w, strip_rows(w, s.in)) * copied_columns(w) * copied_pixel(s.in);
}

/* Up to 16 channels from `channel` on, of one row of `columns` pixels, the first of which is image column -pad_left. */
static void copy_row(const kin_window *w, kin_view x, size_t row, size_t channel, size_t lanes, float *to, size_t step,
                     size_t columns)
{
    size_t pad = w->pad_left < columns ? w->pad_left : columns;
    size_t end = pad + w->in_w < columns ? pad + w->in_w : columns;
    bool inside = row >= w->pad_top && row - w->pad_top < w->in_h;
    if (!inside)
        pad = end = columns;
    for (size_t c = 0; c < pad; c++)
        memset(to + c * step, 0, lanes * sizeof *to);
    for (size_t c = end; c < columns; c++)
        memset(to + c * step, 0, lanes * sizeof *to);
    if (pad == end)
        return;
    const float *from = kin_view_channel(x, (row - w->pad_top) * w->in_w, channel);
    if (step == lanes && x.pixel_step == lanes) {
        memcpy(to + pad * step, from, (end - pad) * step * sizeof *to);
        return;
    }
    size_t here = KIN_LANES - channel % KIN_LANES; /* channels before the view's next block */
    if (lanes == KIN_LANES && here >= lanes) {
        for (size_t c = pad; c < end; c++, from += x.pixel_step)
            for (size_t v = 0; v < VECS; v++)
                v_store(to + c * step + v * VEC, v_load(from + v * VEC));
        return;
    }
    if (here > lanes || x.block_step == KIN_LANES)
        here = lanes;
    for (size_t c = pad; c < end; c++, from += x.pixel_step) {
        for (size_t lane = 0; lane < here; lane++)
            to[c * step + lane] = from[lane];
        for (size_t lane = here; lane < lanes; lane++)
            to[c * step + lane] = from[x.block_step + lane - KIN_LANES];
    }
}

static void copy_strip(const kin_window *w, kin_view x, size_t channel, size_t in, size_t row0, size_t rows,
                       float *scratch)
{
    size_t columns = copied_columns(w), step = in < KIN_LANES ? in : KIN_LANES;
    for (size_t b = 0; b < kin_blocks(in); b++)
        for (size_t row = 0; row < rows; row++, scratch += columns * step)
            copy_row(w, x, row0 + row, channel + b * KIN_LANES, kin_lanes_of(in, b), scratch, step, columns);
}

/* A view as the taps of a window walk over it: `width` pixels a row. */
static void aim(simd_sweep *s, const kin_window *w, size_t in, size_t pixel, size_t block, size_t width)
{
    s->x_row = w->stride_h * width * pixel;
    s->x_pixel = w->stride_w * pixel;
    s->taps_h = w->kernel_h;
    s->taps_w = w->kernel_w;
    s->tap_row = w->dilation_h * width * pixel;
    s->tap_column = w->dilation_w * pixel;
    s->x_block = block;
    s->blocks = kin_blocks(in);
    s->len = KIN_LANES;
    s->last = in ? in - (s->blocks - 1) * KIN_LANES : 0;
    if (pixel == in && w->dilation_w == 1 && (in <= KIN_LANES || block == KIN_LANES)) {
        s->taps_w = 1;
        s->blocks = 1;
        s->last = in * w->kernel_w;
    }
}

static void conv_strip(const kin_conv *op, const sweep_shape *shape, simd_sweep *s, kin_view x, kin_view residual,
                       kin_view y, size_t row, float *scratch)
{
    const kin_window *w = &op->window;
    bool direct = shape->sweeps == 1 && never_leaves(w);
    size_t rows = copied_rows(w, s->rows), columns = copied_columns(w);
    y = kin_view_at(y, row * w->out_w);
    residual = kin_view_at(residual, row * w->out_w);
    s->packed = op->packed;
    if (direct)
        aim(s, w, shape->in, x.pixel_step, x.block_step, w->in_w);
    else
        aim(s, w, shape->in, shape->in < KIN_LANES ? shape->in : KIN_LANES, rows * columns * KIN_LANES, columns);
    for (size_t sweep = 0; sweep < shape->sweeps; sweep++) {
        const float *from = direct ? x.data + row * s->x_row : scratch;
        if (!direct)
            copy_strip(w, x, sweep * shape->in, shape->in, row * w->stride_h, rows, scratch);
        SIMD(sweep)(s, from, residual, y);
        s->packed += kin_blocks(shape->out) * KIN_LANES * (shape->terms + 1);
        y.data += s->count * y.block_step;
        if (residual.data)
            residual.data += s->count * residual.block_step;
    }
}

void SIMD(conv)(const kin_conv *op, kin_view x, kin_view residual, kin_view y, float *scratch)
{
    const kin_window *w = &op->window;
    if (w->out_h == 0 || w->out_w == 0 || op->out == 0)
        return;
    sweep_shape shape = conv_shape(op);
    size_t strip = strip_rows(w, shape.in);
    simd_sweep s = { .columns = w->out_w,
                     .y_row = w->out_w * y.pixel_step,
                     .r_row = w->out_w * residual.pixel_step,
                     .out = shape.out,
                     .count = kin_blocks(shape.out),
                     .act = op->act };
    for (size_t row = 0; row < w->out_h; row += strip) {
        s.rows = w->out_h - row < strip ? w->out_h - row : strip;
        conv_strip(op, &shape, &s, x, residual, y, row, scratch);
    }
}
