/* The 8-bit product: register tiles of TILE8_PIXELS pixels by TILE8_DOTS vectors of sums, as in simd_sweep.c. Weights,
 * behind multipliers and addends: panels of TILE8_DOTS vectors [steps, vectors, STEP_BYTES]; with VNNI an odd last
 * block is a panel of one vector.
 *
 * A tile register of AMX holds 16 rows of 64 bytes: 16 pixels' inputs of 16 steps, those steps' weights of 16 outputs
 * (which is how they are packed anyway), or the sums of 16 pixels and 16 outputs. Two by two of them make a tile of 32
 * pixels by 32 outputs; the sums go through memory to be finished. Pixels beyond a multiple of 16 are VNNI's. */
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
    const size_t blocks = dots / DOTS, y_step = t->y_step, r_step = t->r_step;
#pragma GCC unroll 2
    for (size_t b = 0; b < blocks; b++) {
        const dot_factors factors =
            dot_prepare(t->multiplier + b * KIN_LANES, t->addend + b * KIN_LANES, &t->s->finish);
        const uint8_t *r = residual ? t->residual + b * KIN_LANES : NULL;
        uint8_t *y = t->y + b * KIN_LANES;
        const size_t fours = pixels / 4 * 4;
#pragma GCC unroll 3
        for (size_t m = 0; m < fours; m += 4)
            dot_finish_four(sum + m * dots + b * DOTS, dots, &factors, residual ? r + m * r_step : NULL, r_step,
                            y + m * y_step, y_step);
#pragma GCC unroll 3
        for (size_t m = fours; m < pixels; m++)
            dot_finish(sum + m * dots + b * DOTS, &factors, residual ? r + m * r_step : NULL, y + m * y_step);
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
    if (t->residual)
        tile8_store(t, sum, pixels, dots, true);
    else
        tile8_store(t, sum, pixels, dots, false);
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

static void advance(tile8 *t, size_t pixels)
{
    t->x += pixels * t->s->x_pixel;
    t->y += pixels * t->y_step;
    if (t->residual)
        t->residual += pixels * t->r_step;
}

#ifdef __AMX_INT8__

enum { AMX_ROWS = 16, AMX_SUMS = AMX_ROWS * 16 };

/* Eight tiles of 16 rows of 64 bytes: sums 0 .. 3, inputs 4 and 5, weights 6 and 7. */
static void amx_start(void)
{
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } config = { .palette = 1 };
    for (size_t i = 0; i < 8; i++) {
        config.row_bytes[i] = 64;
        config.rows[i] = AMX_ROWS;
    }
    /* gcc 12 believes that the instruction reads eight bytes. */
    __asm__ volatile("" : : "r"(&config) : "memory");
    _tile_loadconfig(&config);
}

static void amx_stop(void)
{
    _tile_release();
}

/* `pairs` (1 or 2) times 16 pixels by `dots` (1 or 2) times 16 outputs; sum (m, v) of the tile to sums[2 m + v]. */
KIN_INLINE void amx_multiply(const tile8 *t, size_t pairs, size_t dots, int32_t *sums)
{
    const simd8_sweep *s = t->s;
    const uint8_t *w = t->weights;
    const size_t w_step = dots * STEP_BYTES;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t i = 0; i < s->taps_h; i++)
        for (size_t j = 0; j < s->taps_w; j++) {
            const uint8_t *x = t->x + i * s->tap_row + j * s->tap_column;
            for (size_t k = 0; k < s->steps; k += AMX_ROWS, x += 4 * AMX_ROWS, w += AMX_ROWS * w_step) {
                _tile_loadd(4, x, s->x_pixel);
                _tile_loadd(6, w, w_step);
                _tile_dpbusd(0, 4, 6);
                if (dots > 1) {
                    _tile_loadd(7, w + STEP_BYTES, w_step);
                    _tile_dpbusd(1, 4, 7);
                }
                if (pairs > 1) {
                    _tile_loadd(5, x + AMX_ROWS * s->x_pixel, s->x_pixel);
                    _tile_dpbusd(2, 5, 6);
                    if (dots > 1)
                        _tile_dpbusd(3, 5, 7);
                }
            }
        }
    _tile_stored(0, sums, 64);
    if (dots > 1)
        _tile_stored(1, sums + AMX_SUMS, 64);
    if (pairs > 1)
        _tile_stored(2, sums + 2 * AMX_SUMS, 64);
    if (pairs > 1 && dots > 1)
        _tile_stored(3, sums + 3 * AMX_SUMS, 64);
}

KIN_INLINE void amx_finish(const tile8 *t, const int32_t *sums, size_t pixels, size_t dots, bool residual)
{
    const size_t y_step = t->y_step, r_step = t->r_step;
    for (size_t v = 0; v < dots; v++) {
        const dot_factors factors =
            dot_prepare(t->multiplier + v * KIN_LANES, t->addend + v * KIN_LANES, &t->s->finish);
        const uint8_t *r = residual ? t->residual + v * KIN_LANES : NULL;
        uint8_t *y = t->y + v * KIN_LANES;
        for (size_t m = 0; m < pixels; m += 4) {
            const int32_t *at = sums + (m / AMX_ROWS * 2 + v) * AMX_SUMS + m % AMX_ROWS * 16;
            dot four[4];
#pragma GCC unroll 4
            for (size_t i = 0; i < 4; i++)
                four[i] = _mm512_load_si512(at + i * 16);
            dot_finish_four(four, 1, &factors, residual ? r + m * r_step : NULL, r_step, y + m * y_step, y_step);
        }
    }
}

static void finish_tile(const tile8 *t, const int32_t *sums, size_t pixels, size_t dots)
{
    if (t->residual)
        amx_finish(t, sums, pixels, dots, true);
    else
        amx_finish(t, sums, pixels, dots, false);
}

/* Whole tiles of a row; returns how many pixels are left. A tile is finished while the next one is multiplied. */
static size_t wide_tiles(tile8 *t, size_t dots)
{
    _Alignas(64) int32_t sums[2][4 * AMX_SUMS];
    size_t left = t->s->columns, waiting = 0, turn = 0;
    tile8 last = *t;
    while (left >= AMX_ROWS) {
        size_t pixels = left >= 2 * AMX_ROWS ? 2 * AMX_ROWS : AMX_ROWS;
        if (dots > 1)
            amx_multiply(t, pixels / AMX_ROWS, 2, sums[turn]);
        else
            amx_multiply(t, pixels / AMX_ROWS, 1, sums[turn]);
        if (waiting)
            finish_tile(&last, sums[1 - turn], waiting, dots);
        waiting = pixels;
        last = *t;
        turn = 1 - turn;
        left -= pixels;
        advance(t, pixels);
    }
    if (waiting)
        finish_tile(&last, sums[1 - turn], waiting, dots);
    return left;
}

#else

static void amx_start(void)
{
}

static void amx_stop(void)
{
}

static size_t wide_tiles(tile8 *t, size_t dots)
{
    (void)dots;
    return t->s->columns;
}

#endif

static void sweep8_row(tile8 t, size_t dots, const tile8_function *by_size)
{
    for (size_t left = wide_tiles(&t, dots); left > 0;) {
        size_t size = 0;
        while (tile8_sizes[size] > left)
            size++;
        size_t pixels = tile8_sizes[size];
        by_size[size](&t);
        left -= pixels;
        advance(&t, pixels);
    }
}

void SIMD8(sweep8)(const simd8_sweep *s, const uint8_t *x, kin_view8 residual, kin_view8 y)
{
    const size_t blocks = kin_blocks(s->out), panel_blocks = TILE8_DOTS / DOTS;
    const size_t block_bytes = s->taps_h * s->taps_w * s->steps * DOTS * STEP_BYTES;
    const float *multiplier = (const float *)(const void *)s->packed;
    tile8 t = { .s = s, .y_step = y.pixel_step, .r_step = residual.pixel_step };
    amx_start();
    for (size_t block = 0; block < blocks; block += panel_blocks) {
        size_t dots = (blocks - block < panel_blocks ? 1 : panel_blocks) * DOTS, channel = block * KIN_LANES;
        t.multiplier = multiplier + channel;
        t.addend = multiplier + kin_step8(s->out) + channel;
        t.weights = s->packed + kin_head8(s->out) + block * block_bytes;
        for (size_t row = 0; row < s->rows; row++) {
            t.x = x + row * s->x_row;
            t.y = y.data + row * s->y_row + channel;
            t.residual = residual.data ? residual.data + row * s->r_row + channel : NULL;
            sweep8_row(t, dots, tiles8[dots - 1]);
        }
    }
    amx_stop();
}
