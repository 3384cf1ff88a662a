/* Depthwise convolution, a block of channels and a row of outputs at a time.
 *
 * Kernels of 3, 5 and 7 with stride 1 or 2: a register tile of DEPTH_TILE or 7 neighbouring outputs; every input vector
 * of a row is loaded once and added to all the outputs that it touches. Rows above and below the image are left out;
 * columns beyond its sides are loaded as zeros, in the tiles at the sides only. A last tile that does not fit starts
 * further left and computes some outputs again. Other windows, and channels-last tails: one output after the other.
 *
 * Packed weights: the bias of all blocks, then [block, taps, 16]. */
#include "kernel/simd.h"

#include <string.h>

size_t SIMD(depthwise_size)(const kin_depthwise *op)
{
    return kin_blocks(op->channels) * KIN_LANES * (op->window.kernel_h * op->window.kernel_w + 1);
}

void SIMD(depthwise_pack)(const kin_depthwise *op, const float *weights, const float *bias, float *packed)
{
    size_t taps = op->window.kernel_h * op->window.kernel_w, padded = kin_blocks(op->channels) * KIN_LANES;
    memset(packed, 0, SIMD(depthwise_size)(op) * sizeof *packed);
    for (size_t c = 0; c < op->channels; c++) {
        packed[c] = bias ? bias[c] : 0;
        float *to = packed + padded + c / KIN_LANES * taps * KIN_LANES + c % KIN_LANES;
        for (size_t t = 0; t < taps; t++)
            to[t * KIN_LANES] = weights[c * taps + t];
    }
}

/* Kernels up to LARGEST have tiles; where their rows lie is worked out once for ROWS rows of all blocks. */
enum { LARGEST = 7, ROWS = 16 };

typedef struct row_place {
    kin_taps taps;
    size_t offset[LARGEST]; /* floats, of the input row of each tap inside the image */
} row_place;

/* One row of outputs of one vector of channels. */
typedef struct row_job {
    const kin_window *w;
    const row_place *place;
    const float *x, *weights, *bias; /* x: ring of rows */
    size_t x_rows, x_step;
    float *y;
    size_t y_step;
    simd_act act;
    vec_mask x_mask, y_mask;
} row_job;

static row_place find_place(const kin_window *w, size_t row, size_t x_rows, size_t x_step)
{
    row_place place = { .taps = kin_taps_rows(w, row) };
    size_t slot = place.taps.input % x_rows;
    for (size_t i = place.taps.first; i < place.taps.end && i < LARGEST; i++) {
        place.offset[i] = slot * w->in_w * x_step;
        slot = (slot + w->dilation_h) % x_rows;
    }
    return place;
}

/* `columns` outputs from `column` on; kernel, stride, columns and edge are constants once inlined. */
KIN_INLINE void tile_run(const row_job *job, size_t column, size_t kernel, size_t stride, size_t columns, bool edge,
                         size_t x_step)
{
    const size_t span = (columns - 1) * stride + kernel;
    const size_t start = column * stride, pad = job->w->pad_left, end = pad + job->w->in_w; /* padded columns */
    vec sum[DEPTH_TILE];
#pragma GCC unroll 14
    for (size_t t = 0; t < columns; t++)
        sum[t] = v_load(job->bias);
    for (size_t i = job->place->taps.first; i < job->place->taps.end; i++) {
        /* As an integer, since it may lie before the row; what is not inside is not read. */
        const uintptr_t x = (uintptr_t)(job->x + job->place->offset[i]) + (start - pad) * x_step * sizeof(float);
        const float *weights = job->weights + i * kernel * KIN_LANES;
        vec tap[LARGEST];
#pragma GCC unroll 7
        for (size_t j = 0; j < kernel; j++)
            tap[j] = v_load(weights + j * KIN_LANES);
#pragma GCC unroll 33
        for (size_t p = 0; p < span; p++) {
            const float *from = (const float *)(x + p * x_step * sizeof(float));
            bool border = edge && (p + 1 < kernel || p + kernel > span);
            vec value = border ? v_load_if(start + p >= pad && start + p < end, from) : v_load(from);
            V_HOLD(value);
#pragma GCC unroll 7
            for (size_t j = 0; j < kernel; j++)
                if (p >= j && (p - j) % stride == 0 && (p - j) / stride < columns)
                    sum[(p - j) / stride] = v_fma(value, tap[j], sum[(p - j) / stride]);
        }
    }
    const vec low = v_set(job->act.low), high = v_set(job->act.high);
    const size_t y_step = job->y_step;
    float *y = job->y + column * y_step;
#pragma GCC unroll 14
    for (size_t t = 0; t < columns; t++)
        v_store(y + t * y_step, v_min(high, v_max(low, sum[t])));
}

/* Whether all inputs of outputs column .. column + columns - 1 are on the image. */
static bool is_inner(const kin_window *w, size_t column, size_t columns)
{
    return column * w->stride_w >= w->pad_left &&
           (column + columns - 1) * w->stride_w + w->kernel_w <= w->in_w + w->pad_left;
}

KIN_INLINE void row_run(const row_job *job, size_t kernel, size_t stride, size_t columns, size_t x_step)
{
    size_t out_w = job->w->out_w;
    for (size_t column = 0; column < out_w; column += columns) {
        if (column + columns > out_w)
            column = out_w - columns;
        if (is_inner(job->w, column, columns))
            tile_run(job, column, kernel, stride, columns, false, x_step);
        else
            tile_run(job, column, kernel, stride, columns, true, x_step);
    }
}

#define ROW(kernel, stride, columns)                                                                                   \
    static void row_##kernel##_##stride##_##columns(const row_job *job)                                                \
    {                                                                                                                  \
        if (job->x_step == KIN_LANES)                                                                                  \
            row_run(job, kernel, stride, columns, KIN_LANES);                                                          \
        else                                                                                                           \
            row_run(job, kernel, stride, columns, job->x_step);                                                        \
    }

typedef void (*row_function)(const row_job *job);

#define ROWS(kernel, stride) ROW(kernel, stride, 7) ROW(kernel, stride, 4) ROW(kernel, stride, 1)
ROWS(3, 1)
ROWS(3, 2)
ROWS(5, 1)
ROWS(5, 2)
ROWS(7, 1)
ROWS(7, 2)
#define ROW_NAMES(kernel, stride)                                                                                      \
    {                                                                                                                  \
        row_##kernel##_##stride##_7, row_##kernel##_##stride##_4, row_##kernel##_##stride##_1                          \
    }
static const row_function row_functions[3][2][3] = { { ROW_NAMES(3, 1), ROW_NAMES(3, 2) },
                                                     { ROW_NAMES(5, 1), ROW_NAMES(5, 2) },
                                                     { ROW_NAMES(7, 1), ROW_NAMES(7, 2) } };
#ifdef __AVX512F__
ROW(3, 1, 14)
ROW(5, 1, 14)
#endif

static row_function find_row(const kin_window *w)
{
#ifdef __AVX512F__
    if (w->out_w % 14 == 0 && w->stride_w == 1 && w->kernel_w <= 5)
        return w->kernel_w == 3 ? row_3_1_14 : row_5_1_14;
#endif
    size_t columns = w->out_w >= 7 ? 0 : w->out_w >= 4 ? 1 : 2;
    return row_functions[w->kernel_w / 2 - 1][w->stride_w - 1][columns];
}

/* The tiles take borders of less than a kernel on either side. */
static bool has_tiles(const kin_window *w)
{
    return w->kernel_h <= LARGEST && (w->kernel_w == 3 || w->kernel_w == 5 || w->kernel_w == LARGEST) &&
           w->stride_w <= 2 && w->dilation_w == 1 && w->pad_left < w->kernel_w && w->out_w > 0 &&
           (w->out_w - 1) * w->stride_w < w->in_w + w->pad_left;
}

static void row_of_any_window(const row_job *job)
{
    const kin_window *w = job->w;
    const vec low = v_set(job->act.low), high = v_set(job->act.high);
    for (size_t column = 0; column < w->out_w; column++) {
        kin_taps ty = job->place->taps, tx = kin_taps_columns(w, column);
        vec sum = v_load(job->bias);
        for (size_t i = ty.first, r = ty.input; i < ty.end; i++, r += w->dilation_h) {
            const float *x = job->x + (r % job->x_rows * w->in_w + tx.input) * job->x_step;
            const float *weights = job->weights + (i * w->kernel_w + tx.first) * KIN_LANES;
            for (size_t j = tx.first; j < tx.end; j++, x += w->dilation_w * job->x_step, weights += KIN_LANES)
                sum = v_fma(v_load_masked(job->x_mask, x), v_load(weights), sum);
        }
        v_store_masked(job->y + column * job->y_step, job->y_mask, v_min(high, v_max(low, sum)));
    }
}

/* The rows of `places` of one block. */
static void block_run(const kin_depthwise *op, size_t block, row_function tiled, row_job job, kin_view x, kin_view y,
                      const row_place *places, size_t rows)
{
    const kin_window *w = &op->window;
    size_t padded = kin_blocks(op->channels) * KIN_LANES, taps = w->kernel_h * w->kernel_w;
    size_t x_lanes = simd_lanes(x, op->channels, block), y_lanes = simd_lanes(y, op->channels, block);
    row_function run = tiled && x_lanes == KIN_LANES && y_lanes == KIN_LANES ? tiled : row_of_any_window;
    for (size_t v = 0; v < VECS; v++) {
        job.x = x.data + v * VEC;
        job.weights = op->packed + padded + block * taps * KIN_LANES + v * VEC;
        job.bias = op->packed + block * KIN_LANES + v * VEC;
        job.x_mask = v_mask_of(x_lanes, v);
        job.y_mask = v_mask_of(y_lanes, v);
        for (size_t row = 0; row < rows; row++) {
            job.place = &places[row];
            job.y = y.data + row * w->out_w * y.pixel_step + v * VEC;
            run(&job);
        }
    }
    if (job.act.after)
        SIMD(act_rows)(op->act, y.data, rows * w->out_w, y.pixel_step, y_lanes);
}

void SIMD(depthwise)(const kin_depthwise *op, size_t first, size_t count, kin_view x, size_t x_rows, kin_view y,
                     size_t row0, size_t row1)
{
    const kin_window *w = &op->window;
    row_place places[ROWS];
    row_function tiled = has_tiles(w) ? find_row(w) : NULL;
    row_job job = {
        .w = w, .x_rows = x_rows, .x_step = x.pixel_step, .y_step = y.pixel_step, .act = SIMD(act)(op->act)
    };
    for (size_t row = row0; row < row1; row += ROWS) {
        size_t rows = row1 - row < ROWS ? row1 - row : ROWS;
        kin_view from = x, to = kin_view_at(y, (row - row0) * w->out_w);
        for (size_t i = 0; i < rows; i++)
            places[i] = find_place(w, row + i, x_rows, x.pixel_step);
        for (size_t b = 0; b < count; b++) {
            block_run(op, first + b, tiled, job, from, to, places, rows);
            from.data += x.block_step;
            to.data += y.block_step;
        }
    }
}
