#include "kernel/simd.h"

#include <math.h>

/* One output pixel of one vector of channels. */
static vec pool_pixel(const kin_pool *op, const float *x, size_t x_step, vec_mask mask, kin_taps ty, kin_taps tx,
                      size_t padded_count)
{
    const kin_window *w = &op->window;
    bool highest = op->kind == KIN_POOL_MAX;
    vec result = highest ? v_set(-INFINITY) : v_zero();
    for (size_t i = ty.first, r = ty.input; i < ty.end; i++, r += w->dilation_h) {
        const float *from = x + (r * w->in_w + tx.input) * x_step;
        for (size_t j = tx.first; j < tx.end; j++, from += w->dilation_w * x_step) {
            vec value = v_load_masked(mask, from);
            result = highest ? v_max(result, value) : v_add(result, value);
        }
    }
    size_t count = (ty.end - ty.first) * (tx.end - tx.first);
    if (highest || count == 0)
        return result;
    return v_div(result, v_set((float)(op->kind == KIN_POOL_MEAN_PADDED ? padded_count : count)));
}

void SIMD(pool)(const kin_pool *op, kin_view x, kin_view y)
{
    const kin_window *w = &op->window;
    for (size_t b = 0; b < kin_blocks(op->channels); b++) {
        size_t x_lanes = simd_lanes(x, op->channels, b), y_lanes = simd_lanes(y, op->channels, b);
        for (size_t pixel = 0; pixel < w->out_h * w->out_w; pixel++) {
            size_t row = pixel / w->out_w, column = pixel % w->out_w;
            kin_taps ty = kin_taps_rows(w, row), tx = kin_taps_columns(w, column);
            size_t padded = op->kind == KIN_POOL_MEAN_PADDED ? kin_pool_padded_count(op, row, column) : 0;
            for (size_t v = 0; v < VECS; v++) {
                const float *from = x.data + b * x.block_step + v * VEC;
                float *to = y.data + b * y.block_step + pixel * y.pixel_step + v * VEC;
                vec value = pool_pixel(op, from, x.pixel_step, v_mask_of(x_lanes, v), ty, tx, padded);
                v_store_masked(to, v_mask_of(y_lanes, v), value);
            }
        }
    }
}

/* Four sums side by side: one addition a cycle, and less rounding than a single long sum. */
void SIMD(global_mean)(kin_view x, size_t channels, size_t pixels, float *mean)
{
    for (size_t b = 0; b < kin_blocks(channels); b++) {
        size_t lanes = kin_lanes_of(channels, b);
        for (size_t v = 0; v < VECS; v++) {
            vec_mask mask = v_mask_of(lanes, v);
            const float *from = x.data + b * x.block_step + v * VEC;
            vec sum[4] = { v_zero(), v_zero(), v_zero(), v_zero() };
            size_t p = 0;
            for (; p + 4 <= pixels; p += 4)
                for (size_t i = 0; i < 4; i++)
                    sum[i] = v_add(sum[i], v_load_masked(mask, from + (p + i) * x.pixel_step));
            for (; p < pixels; p++)
                sum[0] = v_add(sum[0], v_load_masked(mask, from + p * x.pixel_step));
            vec all = v_add(v_add(sum[0], sum[1]), v_add(sum[2], sum[3]));
            vec result = pixels ? v_div(all, v_set((float)pixels)) : v_zero();
            v_store_masked(mean + b * KIN_LANES + v * VEC, mask, result);
        }
    }
}

void SIMD(affine)(kin_view x, size_t channels, size_t pixels, const float *scale, const float *shift, kin_act act,
                  kin_view y)
{
    simd_act ready = SIMD(act)(act);
    const vec low = v_set(ready.low), high = v_set(ready.high);
    for (size_t b = 0; b < kin_blocks(channels); b++) {
        size_t lanes = kin_lanes_of(channels, b), x_lanes = simd_lanes(x, channels, b);
        size_t y_lanes = simd_lanes(y, channels, b);
        for (size_t v = 0; v < VECS; v++) {
            size_t channel = b * KIN_LANES + v * VEC;
            vec_mask mask = v_mask_of(lanes, v), x_mask = v_mask_of(x_lanes, v), y_mask = v_mask_of(y_lanes, v);
            const vec factor = scale ? v_load_masked(mask, scale + channel) : v_set(1);
            const vec added = shift ? v_load_masked(mask, shift + channel) : v_zero();
            const float *from = x.data + b * x.block_step + v * VEC;
            float *to = y.data + b * y.block_step + v * VEC;
            for (size_t p = 0; p < pixels; p++) {
                vec value = v_fma(v_load_masked(x_mask, from + p * x.pixel_step), factor, added);
                v_store_masked(to + p * y.pixel_step, y_mask, v_min(high, v_max(low, value)));
            }
        }
        if (ready.after)
            SIMD(act_rows)(act, y.data + b * y.block_step, pixels, y.pixel_step, y_lanes);
    }
}
