#include "kernel/quant8.h"

#include <math.h>
#include <string.h>

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

void kin_quantize_view(kin_view x, size_t channels, size_t pixels, kin_quant quant, kin_view8 y)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < channels; c++) {
            float value = *kin_view_channel(x, p, c) / quant.scale + (float)quant.zero;
            y.data[p * y.pixel_step + c] = kin_to_byte(value, 0, 255);
        }
}

void kin_dequantize_view(kin_view8 x, size_t channels, size_t pixels, kin_quant quant, kin_view y)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < channels; c++)
            *kin_view_channel(y, p, c) = quant.scale * (float)(x.data[p * x.pixel_step + c] - quant.zero);
    kin_plain_pad(y, channels, pixels);
}
