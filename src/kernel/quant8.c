#include "kernel/quant8.h"

#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

void kin_pack_head8(const kin_weights8 *from, size_t out, size_t terms, uint8_t *packed)
{
    memset(packed, 0, kin_head8(out));
    for (size_t o = 0; o < out; o++) {
        double sum = 0, scale = (double)from->x.scale * (double)from->weight_scale[o] / (double)from->y.scale;
        for (size_t t = 0; t < terms; t++)
            sum += from->weights[o * terms + t];
        double bias = from->bias ? (double)from->bias[o] / (double)from->y.scale : 0;
        float multiplier = (float)scale, addend = (float)(bias - scale * from->x.zero * sum + from->y.zero);
        memcpy(packed + o * sizeof(float), &multiplier, sizeof multiplier);
        memcpy(packed + (kin_step8(out) + o) * sizeof(float), &addend, sizeof addend);
    }
}

uint8_t kin_to_byte(float value, uint8_t low, uint8_t high)
{
    float whole = rintf(value);
    if (!(whole > (float)low))
        return low;
    return whole < (float)high ? (uint8_t)whole : high;
}

void kin_quantize_weights(const float *weights, size_t out, size_t terms, int8_t *quantized, float *scale)
{
    for (size_t o = 0; o < out; o++, weights += terms, quantized += terms) {
        float highest = 0;
        for (size_t t = 0; t < terms; t++)
            highest = fabsf(weights[t]) > highest ? fabsf(weights[t]) : highest;
        scale[o] = highest > 0 ? highest / 127 : 1;
        for (size_t t = 0; t < terms; t++) {
            float value = rintf(weights[t] / scale[o]);
            value = value > 127 ? 127 : value;
            quantized[t] = (int8_t)(value > -127 ? value : -127);
        }
    }
}

/* kin_to_byte(x * factor + zero, 0, 255) of 16 numbers. SSE2 is what every x86-64 has; compilers make no vectors of it by
 * themselves, as comparisons may trap. */
static void block_to_bytes(const float *x, float factor, float zero, uint8_t *y)
{
#ifdef __SSE2__
    __m128i whole[4];
    for (size_t i = 0; i < 4; i++) {
        __m128 value = _mm_mul_ps(_mm_loadu_ps(x + 4 * i), _mm_set1_ps(factor));
        value = _mm_max_ps(_mm_add_ps(value, _mm_set1_ps(zero)), _mm_setzero_ps()); /* 0 where it is no number */
        whole[i] = _mm_cvtps_epi32(_mm_min_ps(value, _mm_set1_ps(255)));
    }
    __m128i words = _mm_packs_epi32(whole[0], whole[1]), more = _mm_packs_epi32(whole[2], whole[3]);
    _mm_storeu_si128((__m128i *)(void *)y, _mm_packus_epi16(words, more));
#else
    for (size_t i = 0; i < KIN_LANES; i++)
        y[i] = kin_to_byte(x[i] * factor + zero, 0, 255);
#endif
}

static void run_to_bytes(const float *x, size_t n, float factor, float zero, uint8_t *y)
{
    size_t done = 0;
    for (; done + KIN_LANES <= n; done += KIN_LANES)
        block_to_bytes(x + done, factor, zero, y + done);
    for (; done < n; done++)
        y[done] = kin_to_byte(x[done] * factor + zero, 0, 255);
}

/* Inlined with the channels known for what is most common. */
static inline void spread(const uint8_t *from, size_t channels, size_t pixels, kin_view8 y)
{
    uint8_t *to = y.data;
    for (size_t p = 0; p < pixels; p++, from += channels, to += y.pixel_step)
        for (size_t c = 0; c < channels; c++)
            to[c] = from[c];
}

/* Pixels of few channels without gaps are one run of numbers, made bytes in pieces of 16 pixels. */
static void narrow_to_bytes(const float *x, size_t channels, size_t pixels, float factor, float zero, kin_view8 y)
{
    uint8_t piece[KIN_LANES * KIN_LANES];
    for (size_t p = 0; p < pixels; p += KIN_LANES) {
        size_t here = pixels - p < KIN_LANES ? pixels - p : KIN_LANES;
        run_to_bytes(x + p * channels, here * channels, factor, zero, piece);
        if (channels == 3)
            spread(piece, 3, here, y);
        else
            spread(piece, channels, here, y);
        y.data += here * y.pixel_step;
    }
}

void kin_quantize_view(kin_view x, size_t channels, size_t pixels, kin_quant quant, kin_view8 y)
{
    const float factor = 1 / quant.scale, zero = (float)quant.zero;
    if (channels < KIN_LANES && x.pixel_step == channels) {
        narrow_to_bytes(x.data, channels, pixels, factor, zero, y);
        return;
    }
    for (size_t b = 0; b < kin_blocks(channels); b++) {
        const float *from = x.data + b * x.block_step;
        uint8_t *to = y.data + b * KIN_LANES;
        for (size_t p = 0; p < pixels; p++, from += x.pixel_step, to += y.pixel_step)
            run_to_bytes(from, kin_lanes_of(channels, b), factor, zero, to);
    }
}

void kin_dequantize_view(kin_view8 x, size_t channels, size_t pixels, kin_quant quant, kin_view y)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < channels; c++)
            *kin_view_channel(y, p, c) = quant.scale * (float)(x.data[p * x.pixel_step + c] - quant.zero);
    kin_plain_pad(y, channels, pixels);
}
