/* The matrix product at the bottom of linear and conv: a register tile of TILE_PIXELS output pixels by TILE_VECS
 * vectors of output channels. Each step loads TILE_VECS vectors of packed weights, broadcasts one input value of
 * every pixel and multiplies: 28 products for 16 loads with AVX-512 (two of each a cycle), 12 for 8 with AVX2. The
 * bias starts the sums; residual and clipping are applied before the only store.
 *
 * Packed weights: the bias of all blocks, then panels of TILE_VECS vectors of output channels, [sum index,
 * channels]; with AVX-512 an odd last block is a panel of one vector. Of a last block of 8 channels or fewer only that
 * half is computed, in the vectors of AVX2, two of which go where one of AVX-512 does. Small images use a panel for a
 * few tiles only and would wait for the next one, so each tile calls for a line of it at every step. */
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

/* halved: no more than half of the last block is in use; wide: the vectors before it. All but t and ahead are constants
 * once inlined. */
KIN_INLINE void tile_run(const tile *t, size_t pixels, size_t vecs, bool halved, size_t x_pixel)
{
    const simd_sweep *s = t->s;
    const size_t wide = halved ? vecs - VECS : vecs;
    const float *w = t->weights;
    uintptr_t ahead = t->ahead;
    vec sum[TILE_PIXELS * TILE_VECS];
    vec_half half[TILE_PIXELS];
#pragma GCC unroll 28
    for (size_t i = 0; i < pixels * vecs; i++)
        sum[i] = v_load(t->bias + i % vecs * VEC);
#pragma GCC unroll 14
    for (size_t m = 0; halved && m < pixels; m++)
        half[m] = h_load(t->bias + wide * VEC);
    for (size_t i = 0; i < s->taps_h; i++)
        for (size_t j = 0; j < s->taps_w; j++) {
            const float *x = t->x + i * s->tap_row + j * s->tap_column;
            for (size_t b = 0; b < s->blocks; b++, x += s->x_block) {
                size_t len = b + 1 < s->blocks ? s->len : s->last;
                for (size_t k = 0; k < len; k++, w += vecs * VEC, ahead += LINE) {
                    __builtin_prefetch((const void *)ahead, 0, 2);
                    vec row[TILE_VECS];
#pragma GCC unroll 2
                    for (size_t v = 0; v < wide; v++)
                        row[v] = v_load(w + v * VEC);
#pragma GCC unroll 14
                    for (size_t m = 0; m < pixels; m++) {
                        vec value = v_set(x[m * x_pixel + k]);
#pragma GCC unroll 2
                        for (size_t v = 0; v < wide; v++)
                            sum[m * vecs + v] = v_fma(value, row[v], sum[m * vecs + v]);
                        if (halved)
                            half[m] = h_fma(h_set(x[m * x_pixel + k]), h_load(w + wide * VEC), half[m]);
                    }
                }
            }
        }
#pragma GCC unroll 14
    for (size_t m = 0; halved && m < pixels; m++)
        sum[m * vecs + wide] = v_of_half(half[m]);
    tile_store(t, sum, pixels, vecs);
}

#define TILE(pixels, vecs)                                                                                             \
    static void tile_##pixels##_##vecs(const tile *t)                                                                  \
    {                                                                                                                  \
        tile_run(t, pixels, vecs, false, KIN_LANES);                                                                   \
    }                                                                                                                  \
    static void tile_half_##pixels##_##vecs(const tile *t)                                                             \
    {                                                                                                                  \
        tile_run(t, pixels, vecs, true, KIN_LANES);                                                                    \
    }                                                                                                                  \
    static void tile_any_##pixels##_##vecs(const tile *t)                                                              \
    {                                                                                                                  \
        tile_run(t, pixels, vecs, false, t->s->x_pixel);                                                               \
    }

typedef void (*tile_function)(const tile *t);

/* How a tile sees its input and its outputs. */
enum { SIDE_BY_SIDE, HALVED, ANY_STEP, KINDS };

#define KINDS_OF(pixels, vecs)                                                                                         \
    {                                                                                                                  \
        tile_##pixels##_##vecs, tile_half_##pixels##_##vecs, tile_any_##pixels##_##vecs                                \
    }

#ifdef __AVX512F__
TILE(14, 2)
TILE(7, 2) TILE(4, 2) TILE(2, 2) TILE(1, 2) TILE(14, 1) TILE(7, 1) TILE(4, 1) TILE(2, 1) TILE(1, 1) enum { SIZES = 5 };
static const size_t tile_sizes[SIZES] = { 14, 7, 4, 2, 1 };
/* By vectors less one, then by size. */
static const tile_function tiles[2][SIZES][KINDS] = {
    { KINDS_OF(14, 1), KINDS_OF(7, 1), KINDS_OF(4, 1), KINDS_OF(2, 1), KINDS_OF(1, 1) },
    { KINDS_OF(14, 2), KINDS_OF(7, 2), KINDS_OF(4, 2), KINDS_OF(2, 2), KINDS_OF(1, 2) }
};
#else
TILE(6, 2) TILE(5, 2) TILE(4, 2) TILE(3, 2) TILE(2, 2) TILE(1, 2) enum { SIZES = 6 };
static const size_t tile_sizes[SIZES] = { 6, 5, 4, 3, 2, 1 };
static const tile_function tiles[2][SIZES][KINDS] = {
    { { 0 } }, { KINDS_OF(6, 2), KINDS_OF(5, 2), KINDS_OF(4, 2), KINDS_OF(3, 2), KINDS_OF(2, 2), KINDS_OF(1, 2) }
};
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
static void sweep_row(tile t, const tile_function (*by_size)[KINDS], size_t kind, size_t blocks)
{
    const uintptr_t next = t.ahead;
    for (size_t left = t.s->columns; left > 0;) {
        size_t size = largest_tile(left), pixels = tile_sizes[size];
        by_size[size][kind](&t);
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
        bool halved = kin_lanes_of(s->out, block + blocks - 1) <= KIN_LANES / 2;
        t.lanes = simd_lanes(y, s->out, block + blocks - 1);
        t.bias = bias + block * KIN_LANES;
        t.weights = weights + block * KIN_LANES * terms;
        t.ahead = (uintptr_t)(t.weights + blocks * KIN_LANES * terms);
        for (size_t row = 0; row < s->rows; row++) {
            t.x = x + row * s->x_row;
            t.y = y.data + done * y.block_step + row * s->y_row;
            t.r = residual.data ? residual.data + done * residual.block_step + row * s->r_row : NULL;
            sweep_row(t, tiles[blocks * VECS - 1], s->x_pixel != KIN_LANES ? ANY_STEP : halved ? HALVED : SIDE_BY_SIDE,
                      blocks);
        }
    }
}
