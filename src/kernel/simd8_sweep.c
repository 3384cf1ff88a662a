/* The 8-bit product: register tiles of TILE8_PIXELS pixels by TILE8_DOTS vectors of sums, as in simd_sweep.c. Weights,
 * behind multipliers and addends: panels of TILE8_DOTS vectors [steps, vectors, STEP_BYTES]; with VNNI an odd last
 * block is a panel of one vector. */
#include "kernel/simd8.h"

typedef struct tile8 {
    const simd8_sweep *s;
    const uint8_t *x, *weights, *residual;
    const float *multiplier, *addend;
    uint8_t *y;
    size_t y_step, r_step;
} tile8;

KIN_INLINE void tile8_store(const tile8 *t, const dot *sum, size_t pixels, size_t dots, bool residual)
{
    const size_t blocks = dots / DOTS;
#pragma GCC unroll 28
    for (size_t i = 0; i < pixels * blocks; i++) {
        size_t m = i / blocks, channel = i % blocks * KIN_LANES;
        const uint8_t *r = residual ? t->residual + m * t->r_step + channel : NULL;
        dot_finish(sum + i * DOTS, t->multiplier + channel, t->addend + channel, &t->s->finish, r,
                   t->y + m * t->y_step + channel);
    }
}

KIN_INLINE void tile8_run(const tile8 *t, size_t pixels, size_t dots)
{
    const simd8_sweep *s = t->s;
    const uint8_t *w = t->weights;
    const size_t x_pixel = s->x_pixel;
    dot sum[TILE8_PIXELS * TILE8_DOTS];
#pragma GCC unroll 28
    for (size_t i = 0; i < pixels * dots; i++)
        sum[i] = dot_zero();
    for (size_t i = 0; i < s->taps_h; i++)
        for (size_t j = 0; j < s->taps_w; j++) {
            const uint8_t *x = t->x + i * s->tap_row + j * s->tap_column;
            for (size_t k = 0; k < s->steps; k++, x += 4, w += dots * STEP_BYTES) {
#pragma GCC unroll 14
                for (size_t m = 0; m < pixels; m++) {
                    dot_input value = dot_spread(x + m * x_pixel);
#pragma GCC unroll 2
                    for (size_t v = 0; v < dots; v++)
                        sum[m * dots + v] = dot_step(sum[m * dots + v], value, w + v * STEP_BYTES);
                }
            }
        }
#pragma GCC unroll 28
    for (size_t i = 0; i < pixels * dots; i++)
        dot_settle(sum[i]);
    tile8_store(t, sum, pixels, dots, t->residual != NULL);
}

#define TILE8(pixels, dots)                                                                                            \
    static void tile8_##pixels##_##dots(const tile8 *t)                                                                \
    {                                                                                                                  \
        tile8_run(t, pixels, dots);                                                                                    \
    }

typedef void (*tile8_function)(const tile8 *t);

#ifdef __AVX512VNNI__
TILE8(14, 2)
TILE8(7, 2)
TILE8(4, 2) TILE8(2, 2) TILE8(1, 2) TILE8(14, 1) TILE8(7, 1) TILE8(4, 1) TILE8(2, 1) TILE8(1, 1) enum { SIZES8 = 5 };
static const size_t tile8_sizes[SIZES8] = { 14, 7, 4, 2, 1 };
static const tile8_function tiles8[2][SIZES8] = { { tile8_14_1, tile8_7_1, tile8_4_1, tile8_2_1, tile8_1_1 },
                                                  { tile8_14_2, tile8_7_2, tile8_4_2, tile8_2_2, tile8_1_2 } };
#else
TILE8(4, 2) TILE8(3, 2) TILE8(2, 2) TILE8(1, 2) enum { SIZES8 = 4 };
static const size_t tile8_sizes[SIZES8] = { 4, 3, 2, 1 };
static const tile8_function tiles8[2][SIZES8] = { { 0 }, { tile8_4_2, tile8_3_2, tile8_2_2, tile8_1_2 } };
#endif

static void sweep8_row(tile8 t, const tile8_function *by_size)
{
    for (size_t left = t.s->columns; left > 0;) {
        size_t size = 0;
        while (tile8_sizes[size] > left)
            size++;
        size_t pixels = tile8_sizes[size];
        by_size[size](&t);
        left -= pixels;
        t.x += pixels * t.s->x_pixel;
        t.y += pixels * t.y_step;
        if (t.residual)
            t.residual += pixels * t.r_step;
    }
}

void SIMD8(sweep8)(const simd8_sweep *s, const uint8_t *x, kin_view8 residual, kin_view8 y)
{
    const size_t blocks = kin_blocks(s->out), panel_blocks = TILE8_DOTS / DOTS;
    const size_t block_bytes = s->taps_h * s->taps_w * s->steps * DOTS * STEP_BYTES;
    const float *multiplier = (const float *)(const void *)s->packed;
    tile8 t = { .s = s, .y_step = y.pixel_step, .r_step = residual.pixel_step };
    for (size_t block = 0; block < blocks; block += panel_blocks) {
        size_t dots = (blocks - block < panel_blocks ? 1 : panel_blocks) * DOTS, channel = block * KIN_LANES;
        t.multiplier = multiplier + channel;
        t.addend = multiplier + kin_step8(s->out) + channel;
        t.weights = s->packed + kin_head8(s->out) + block * block_bytes;
        for (size_t row = 0; row < s->rows; row++) {
            t.x = x + row * s->x_row;
            t.y = y.data + row * s->y_row + channel;
            t.residual = residual.data ? residual.data + row * s->r_row + channel : NULL;
            sweep8_row(t, tiles8[dots - 1]);
        }
    }
}
