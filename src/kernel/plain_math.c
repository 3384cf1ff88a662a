#include "kernel/plain.h"

#include <math.h>

static float clip(float x, float low, float high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

static float gelu_tanh(float x)
{
    const float root = 0.797884560802865F; /* sqrt(2 / pi) */
    return 0.5F * x * (1 + tanhf(root * (x + 0.044715F * x * x * x)));
}

float kin_plain_act(kin_act act, float x)
{
    switch (act.kind) {
    case KIN_ACT_NONE:
        return x;
    case KIN_ACT_CLIP:
        return clip(x, act.a, act.b);
    case KIN_ACT_LEAKY:
        return x < 0 ? act.a * x : x;
    case KIN_ACT_HARD_SIGMOID:
        return clip(act.a * x + act.b, 0, 1);
    case KIN_ACT_HARD_SWISH:
        return x * clip(act.a * x + act.b, 0, 1);
    case KIN_ACT_SIGMOID:
        return 1 / (1 + expf(-x));
    case KIN_ACT_SILU:
        return x / (1 + expf(-act.a * x));
    case KIN_ACT_GELU:
        return 0.5F * x * (1 + erff(x * 0.707106781186548F));
    case KIN_ACT_GELU_TANH:
        return gelu_tanh(x);
    case KIN_ACT_TANH:
        return tanhf(x);
    case KIN_ACT_ERF:
        return erff(x);
    case KIN_ACT_EXP:
        return expf(x);
    case KIN_ACT_SQRT:
        return sqrtf(x);
    }
    return x;
}

/* The clip has a loop of its own: compilers make vectors of it, and the "blas" table lives on it. */
void kin_plain_activate(kin_act act, const float *x, size_t n, float *y)
{
    if (act.kind == KIN_ACT_CLIP) {
        for (size_t i = 0; i < n; i++)
            y[i] = clip(x[i], act.a, act.b);
        return;
    }
    for (size_t i = 0; i < n; i++)
        y[i] = kin_plain_act(act, x[i]);
}

static float combine(kin_binary kind, float a, float b)
{
    switch (kind) {
    case KIN_ADD:
        return a + b;
    case KIN_SUB:
        return a - b;
    case KIN_MUL:
        return a * b;
    case KIN_DIV:
        return a / b;
    case KIN_MIN:
        return a < b ? a : b;
    case KIN_MAX:
        return a > b ? a : b;
    }
    return a;
}

void kin_plain_binary(kin_binary kind, kin_act act, const float *a, size_t a_step, const float *b, size_t b_step,
                      size_t n, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = kin_plain_act(act, combine(kind, a[i * a_step], b[i * b_step]));
}

void kin_plain_softmax(const float *x, size_t rows, size_t n, float *y)
{
    for (size_t row = 0; row < rows; row++, x += n, y += n) {
        float highest = -INFINITY;
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            highest = x[i] > highest ? x[i] : highest;
        for (size_t i = 0; i < n; i++) {
            y[i] = expf(x[i] - highest);
            sum += (double)y[i];
        }
        for (size_t i = 0; i < n; i++)
            y[i] = (float)((double)y[i] / sum);
    }
}

void kin_plain_layer_norm(const float *x, size_t rows, size_t n, const float *gamma, const float *beta, float epsilon,
                          float *y)
{
    for (size_t row = 0; row < rows; row++, x += n, y += n) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < n; i++)
            mean += (double)x[i] / (double)n;
        for (size_t i = 0; i < n; i++)
            variance += ((double)x[i] - mean) * ((double)x[i] - mean) / (double)n;
        double scale = 1 / sqrt(variance + (double)epsilon);
        for (size_t i = 0; i < n; i++) {
            double value = ((double)x[i] - mean) * scale;
            y[i] = (float)(value * (gamma ? (double)gamma[i] : 1) + (beta ? (double)beta[i] : 0));
        }
    }
}
