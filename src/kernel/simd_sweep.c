/* The matrix product at the bottom of linear and conv: a register tile of TILE_PIXELS output pixels by TILE_VECS
 * vectors of output channels. Each step loads TILE_VECS vectors of packed weights, broadcasts one input value of
 * every pixel and multiplies: 28 products for 16 loads with AVX-512 (two of each a cycle), 12 for 8 with AVX2. The
 * bias starts the sums; residual and clipping are applied before the only store.
 *
 * Packed weights: the bias of all blocks, then panels of TILE_VECS vectors of output channels, [sum index,
 * channels]; with AVX-512 an odd last block is a panel of one vector. Small images use a panel for a few tiles only
 * and would wait for the next one, so each tile calls for a line of it at every step. */
#include "kernel/simd.h"

enum { LINE = 64 };

typedef struct tile {
    const simd_sweep *s;
    const float *x, *weights, *bias;
    uintptr_t ahead; /* weights to call for meanwhile; an integer, since the last panel's lie behind the end */
    float *y;
    const float *r;
    size_t terms, y_step, y_block, r_step, r_block, lanes; /* lanes of the tile's last block */
    simd_act act;
} tile;

/* Where vector v of a tile lies in a view. */
KIN_INLINE size_t at_vec(size_t v, size_t block_step)
{
    return v / VECS * block_step + v % VECS * VEC;
}

KIN_INLINE void tile_store(const tile *t, vec *sum, size_t pixels, size_t vecs)
{
    const vec low = v_set(t->act.low), high = v_set(t->act.high);
    bool full = t->lanes == KIN_LANES;
#pragma GCC unroll 2
    for (size_t v = 0; v < vecs; v++) {
        bool whole = full || v / VECS + 1 < (vecs + VECS - 1) / VECS;
        vec_mask mask = v_mask_of(whole ? KIN_LANES : t->lanes, v % VECS);
        float *y = t->y + at_vec(v, t->y_block);
        const float *r = t->r ? t->r + at_vec(v, t->r_block) : NULL;
#pragma GCC unroll 14
        for (size_t m = 0; m < pixels; m++) {
            vec value = sum[m * vecs + v];
            if (r)
                value = v_add(value, whole ? v_load(r + m * t->r_step) : v_load_masked(mask, r + m * t->r_step));
            value = v_min(high, v_max(low, value));
            if (whole)
                v_store(y + m * t->y_step, value);
            else
                v_store_masked(y + m * t->y_step, mask, value);
        }
    }
}

KIN_INLINE void tile_run(const tile *t, size_t pixels, size_t vecs, size_t x_pixel)
{
    const simd_sweep *s = t->s;
    const float *w = t->weights;
    uintptr_t ahead = t->ahead;
    vec sum[TILE_PIXELS * TILE_VECS];
#pragma GCC unroll 28
    for (size_t i = 0; i < pixels * vecs; i++)
        sum[i] = v_load(t->bias + i % vecs * VEC);
    for (size_t i = 0; i < s->taps_h; i++)
        for (size_t j = 0; j < s->taps_w; j++) {
            const float *x = t->x + i * s->tap_row + j * s->tap_column;
            for (size_t b = 0; b < s->blocks; b++, x += s->x_block) {
                size_t len = b + 1 < s->blocks ? s->len : s->last;
                for (size_t k = 0; k < len; k++, w += vecs * VEC, ahead += LINE) {
                    __builtin_prefetch((const void *)ahead, 0, 2);
                    vec row[TILE_VECS];
#pragma GCC unroll 2
                    for (size_t v = 0; v < vecs; v++)
                        row[v] = v_load(w + v * VEC);
#pragma GCC unroll 14
                    for (size_t m = 0; m < pixels; m++) {
                        vec value = v_set(x[m * x_pixel + k]);
#pragma GCC unroll 2
                        for (size_t v = 0; v < vecs; v++)
                            sum[m * vecs + v] = v_fma(value, row[v], sum[m * vecs + v]);
                    }
                }
            }
        }
    tile_store(t, sum, pixels, vecs);
}

#define TILE(pixels, vecs)                                                                                             \
    static void tile_##pixels##_##vecs(const tile *t)                                                                  \
    {                                                                                                                  \
        tile_run(t, pixels, vecs, KIN_LANES);                                                                          \
    }                                                                                                                  \
    static void tile_any_##pixels##_##vecs(const tile *t)                                                              \
    {                                                                                                                  \
        tile_run(t, pixels, vecs, t->s->x_pixel);                                                                      \
    }

typedef void (*tile_function)(const tile *t);

#ifdef __AVX512F__
TILE(14, 2)
TILE(7, 2) TILE(4, 2) TILE(2, 2) TILE(1, 2) TILE(14, 1) TILE(7, 1) TILE(4, 1) TILE(2, 1) TILE(1, 1) enum { SIZES = 5 };
static const size_t tile_sizes[SIZES] = { 14, 7, 4, 2, 1 };
/* [one vector, two vectors][size][pixels side by side, any step] */
static const tile_function tiles[2][SIZES][2] = { { { tile_14_1, tile_any_14_1 },
                                                    { tile_7_1, tile_any_7_1 },
                                                    { tile_4_1, tile_any_4_1 },
                                                    { tile_2_1, tile_any_2_1 },
                                                    { tile_1_1, tile_any_1_1 } },
                                                  { { tile_14_2, tile_any_14_2 },
                                                    { tile_7_2, tile_any_7_2 },
                                                    { tile_4_2, tile_any_4_2 },
                                                    { tile_2_2, tile_any_2_2 },
                                                    { tile_1_2, tile_any_1_2 } } };
#else
TILE(6, 2) TILE(5, 2) TILE(4, 2) TILE(3, 2) TILE(2, 2) TILE(1, 2) enum { SIZES = 6 };
static const size_t tile_sizes[SIZES] = { 6, 5, 4, 3, 2, 1 };
static const tile_function tiles[2][SIZES][2] = { { { 0 } },
                                                  { { tile_6_2, tile_any_6_2 },
                                                    { tile_5_2, tile_any_5_2 },
                                                    { tile_4_2, tile_any_4_2 },
                                                    { tile_3_2, tile_any_3_2 },
                                                    { tile_2_2, tile_any_2_2 },
                                                    { tile_1_2, tile_any_1_2 } } };
#endif

/* The largest tile that fits; but what is left for two tiles is halved where there is every size, as a tile of one or
 * two pixels waits for its own sums. */
static size_t largest_tile(size_t pixels)
{
    if ((size_t)SIZES == TILE_PIXELS && pixels > TILE_PIXELS && pixels < 2 * TILE_PIXELS)
        pixels = (pixels + 1) / 2;
    size_t size = 0;
    while (tile_sizes[size] > pixels)
        size++;
    return size;
}

/* One row of output pixels. */
static void sweep_row(tile t, const tile_function (*by_size)[2], size_t blocks)
{
    size_t side_by_side = t.s->x_pixel == KIN_LANES ? 0 : 1;
    const uintptr_t next = t.ahead;
    for (size_t left = t.s->columns; left > 0;) {
        size_t size = largest_tile(left), pixels = tile_sizes[size];
        by_size[size][side_by_side](&t);
        if (t.act.after)
            for (size_t b = 0; b < blocks; b++)
                SIMD(act_rows)(t.act.act, t.y + b * t.y_block, pixels, t.y_step, b + 1 < blocks ? KIN_LANES : t.lanes);
        left -= pixels;
        t.ahead = t.ahead == next ? next + t.terms * LINE : next;
        t.x += pixels * t.s->x_pixel;
        t.y += pixels * t.y_step;
        if (t.r)
            t.r += pixels * t.r_step;
    }
}

void SIMD(sweep)(const simd_sweep *s, const float *x, kin_view residual, kin_view y)
{
    const size_t panel_blocks = TILE_VECS / VECS;
    size_t terms = s->taps_h * s->taps_w * (s->blocks ? (s->blocks - 1) * s->len + s->last : 0);
    const float *bias = s->packed, *weights = s->packed + kin_blocks(s->out) * KIN_LANES;
    tile t = { .s = s,
               .y_step = y.pixel_step,
               .y_block = y.block_step,
               .r_step = residual.pixel_step,
               .r_block = residual.block_step,
               .act = SIMD(act)(s->act) };
    for (size_t done = 0; done < s->count; done += panel_blocks) {
        size_t block = s->first + done;
        size_t blocks = s->count - done < panel_blocks ? s->count - done : panel_blocks;
        t.lanes = simd_lanes(y, s->out, block + blocks - 1);
        t.bias = bias + block * KIN_LANES;
        t.weights = weights + block * KIN_LANES * terms;
        t.ahead = (uintptr_t)(t.weights + blocks * KIN_LANES * terms);
        for (size_t row = 0; row < s->rows; row++) {
            t.x = x + row * s->x_row;
            t.y = y.data + done * y.block_step + row * s->y_row;
            t.r = residual.data ? residual.data + done * residual.block_step + row * s->r_row : NULL;
            sweep_row(t, tiles[blocks * VECS - 1], blocks);
        }
    }
}
