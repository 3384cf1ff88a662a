/* Functions of every element, and those of rows.
 *
 * exp: 2^n e^r with |r| <= ln 2 / 2, the polynomial of Cephes' expf (Moshier), 1e-7 relative. erf and tanh: the
 * rational approximations of Eigen's generic packet math (odd polynomial over even polynomial on a clamped range),
 * within a few units of the last place. Minimum and maximum hand on their second operand where one is not a number:
 * x stands there. */
#include "kernel/simd.h"

#include <math.h>

simd_act SIMD(act)(kin_act act)
{
    simd_act ready = { act, -INFINITY, INFINITY, act.kind != KIN_ACT_NONE && act.kind != KIN_ACT_CLIP };
    if (act.kind == KIN_ACT_CLIP) {
        ready.low = act.a;
        ready.high = act.b;
    }
    return ready;
}

KIN_INLINE vec v_clip(vec x, float low, float high)
{
    return v_min(v_set(high), v_max(v_set(low), x));
}

KIN_INLINE vec v_exp(vec x)
{
    x = v_clip(x, -105.0F, 89.0F); /* beyond: 0 and infinity */
    vec n = v_round(v_mul(x, v_set(1.44269504088896341F)));
    vec r = v_fma(n, v_set(-0.693359375F), x);
    r = v_fma(n, v_set(2.12194440e-4F), r);
    vec p = v_set(1.9875691500e-4F);
    p = v_fma(p, r, v_set(1.3981999507e-3F));
    p = v_fma(p, r, v_set(8.3334519073e-3F));
    p = v_fma(p, r, v_set(4.1665795894e-2F));
    p = v_fma(p, r, v_set(1.6666665459e-1F));
    p = v_fma(p, r, v_set(5.0000001201e-1F));
    p = v_fma(p, v_mul(r, r), v_add(r, v_set(1)));
    return v_scale(p, n);
}

/* Coefficients from the highest power on. */
KIN_INLINE vec v_polynomial(vec x, const float *coefficients, size_t n)
{
    vec p = v_set(coefficients[0]);
    for (size_t i = 1; i < n; i++)
        p = v_fma(p, x, v_set(coefficients[i]));
    return p;
}

KIN_INLINE vec v_erf(vec x)
{
    static const float over[] = { -2.72614225801306e-10F, 2.77068142495902e-08F,  -2.10102402082508e-06F,
                                  -5.69250639462346e-05F, -7.34990630326855e-04F, -2.95459980854025e-03F,
                                  -1.60960333262415e-02F };
    static const float under[] = { -1.45660718464996e-05F, -2.13374055278905e-04F, -1.68282697438203e-03F,
                                   -7.37332916720468e-03F, -1.42647390514189e-02F };
    x = v_clip(x, -4, 4);
    vec square = v_mul(x, x);
    return v_div(v_mul(x, v_polynomial(square, over, 7)), v_polynomial(square, under, 5));
}

KIN_INLINE vec v_tanh(vec x)
{
    static const float over[] = { -2.76076847742355e-16F, 2.00018790482477e-13F, -8.60467152213735e-11F,
                                  5.12229709037114e-08F,  1.48572235717979e-05F, 6.37261928875436e-04F,
                                  4.89352455891786e-03F };
    static const float under[] = { 1.19825839466702e-06F, 1.18534705686654e-04F, 2.26843463243900e-03F,
                                   4.89352518554385e-03F };
    x = v_clip(x, -7.90531110763549805F, 7.90531110763549805F);
    vec square = v_mul(x, x);
    return v_div(v_mul(x, v_polynomial(square, over, 7)), v_polynomial(square, under, 4));
}

KIN_INLINE vec v_sigmoid(vec x)
{
    return v_div(v_set(1), v_add(v_set(1), v_exp(v_sub(v_zero(), x))));
}

/* (1 + tanh(u)) / 2 is sigmoid(2 u), which loses nothing where tanh nears -1. */
KIN_INLINE vec v_gelu_tanh(vec x)
{
    vec inner = v_fma(v_mul(v_mul(x, x), x), v_set(0.044715F), x);
    return v_mul(x, v_sigmoid(v_mul(inner, v_set(2 * 0.797884560802865F))));
}

KIN_INLINE vec v_act(kin_act_kind kind, kin_act act, vec x)
{
    switch (kind) {
    case KIN_ACT_NONE:
        return x;
    case KIN_ACT_CLIP:
        return v_clip(x, act.a, act.b);
    case KIN_ACT_LEAKY:
        return v_fma(v_min(v_zero(), x), v_set(act.a), v_max(v_zero(), x));
    case KIN_ACT_HARD_SIGMOID:
        return v_clip(v_fma(v_set(act.a), x, v_set(act.b)), 0, 1);
    case KIN_ACT_HARD_SWISH:
        return v_mul(x, v_clip(v_fma(v_set(act.a), x, v_set(act.b)), 0, 1));
    case KIN_ACT_SIGMOID:
        return v_sigmoid(x);
    case KIN_ACT_SILU:
        return v_mul(x, v_sigmoid(v_mul(v_set(act.a), x)));
    case KIN_ACT_GELU:
        return v_mul(v_mul(v_set(0.5F), x), v_add(v_set(1), v_erf(v_mul(x, v_set(0.707106781186548F)))));
    case KIN_ACT_GELU_TANH:
        return v_gelu_tanh(x);
    case KIN_ACT_TANH:
        return v_tanh(x);
    case KIN_ACT_ERF:
        return v_erf(x);
    case KIN_ACT_EXP:
        return v_exp(x);
    case KIN_ACT_SQRT:
        return v_sqrt(x);
    }
    return x;
}

KIN_INLINE void rows_of_kind(kin_act_kind kind, kin_act act, const float *x, float *y, size_t rows, size_t step,
                             size_t lanes)
{
    size_t whole = lanes / VEC * VEC;
    vec_mask mask = v_mask(lanes - whole);
    for (size_t row = 0; row < rows; row++, x += step, y += step) {
        for (size_t i = 0; i < whole; i += VEC)
            v_store(y + i, v_act(kind, act, v_load(x + i)));
        if (whole < lanes)
            v_store_masked(y + whole, mask, v_act(kind, act, v_load_masked(mask, x + whole)));
    }
}

static void act_runs(kin_act act, const float *x, float *y, size_t rows, size_t step, size_t lanes)
{
#define KIND(kind)                                                                                                     \
    case kind:                                                                                                         \
        rows_of_kind(kind, act, x, y, rows, step, lanes);                                                              \
        return;
    switch (act.kind) {
        KIND(KIN_ACT_NONE)
        KIND(KIN_ACT_CLIP)
        KIND(KIN_ACT_LEAKY)
        KIND(KIN_ACT_HARD_SIGMOID)
        KIND(KIN_ACT_HARD_SWISH)
        KIND(KIN_ACT_SIGMOID)
        KIND(KIN_ACT_SILU)
        KIND(KIN_ACT_GELU)
        KIND(KIN_ACT_GELU_TANH)
        KIND(KIN_ACT_TANH)
        KIND(KIN_ACT_ERF)
        KIND(KIN_ACT_EXP)
        KIND(KIN_ACT_SQRT)
    }
#undef KIND
}

void SIMD(act_rows)(kin_act act, float *y, size_t rows, size_t step, size_t lanes)
{
    act_runs(act, y, y, rows, step, lanes);
}

void SIMD(activate)(kin_act act, const float *x, size_t n, float *y)
{
    act_runs(act, x, y, 1, 0, n);
}

KIN_INLINE vec v_combine(kin_binary kind, vec a, vec b)
{
    switch (kind) {
    case KIN_ADD:
        return v_add(a, b);
    case KIN_SUB:
        return v_sub(a, b);
    case KIN_MUL:
        return v_mul(a, b);
    case KIN_DIV:
        return v_div(a, b);
    case KIN_MIN:
        return v_min(a, b);
    case KIN_MAX:
        return v_max(a, b);
    }
    return a;
}

KIN_INLINE void binary_of_kind(kin_binary kind, simd_act act, const float *a, size_t a_step, const float *b,
                               size_t b_step, size_t n, float *y)
{
    const vec low = v_set(act.low), high = v_set(act.high);
    if (n == 0)
        return;
    const vec a0 = v_set(a[0]), b0 = v_set(b[0]);
    for (size_t i = 0; i < n; i += VEC) {
        size_t lanes = n - i < VEC ? n - i : VEC;
        vec_mask mask = v_mask(lanes);
        vec value = v_combine(kind, a_step ? v_load_masked(mask, a + i) : a0, b_step ? v_load_masked(mask, b + i) : b0);
        v_store_masked(y + i, mask, v_min(high, v_max(low, value)));
    }
}

void SIMD(binary)(kin_binary kind, kin_act act, const float *a, size_t a_step, const float *b, size_t b_step, size_t n,
                  float *y)
{
    simd_act ready = SIMD(act)(act);
#define KIND(kind)                                                                                                     \
    case kind:                                                                                                         \
        binary_of_kind(kind, ready, a, a_step, b, b_step, n, y);                                                       \
        break;
    switch (kind) {
        KIND(KIN_ADD)
        KIND(KIN_SUB)
        KIND(KIN_MUL)
        KIND(KIN_DIV)
        KIND(KIN_MIN)
        KIND(KIN_MAX)
    }
#undef KIND
    if (ready.after)
        act_runs(act, y, y, 1, 0, n);
}

static float row_highest(const float *x, size_t n)
{
    vec highest = v_set(-INFINITY);
    size_t i = 0;
    for (; i + VEC <= n; i += VEC)
        highest = v_max(highest, v_load(x + i));
    float result = v_highest(highest);
    for (; i < n; i++)
        result = x[i] > result ? x[i] : result;
    return result;
}

void SIMD(softmax)(const float *x, size_t rows, size_t n, float *y)
{
    for (size_t row = 0; row < rows; row++, x += n, y += n) {
        vec highest = v_set(row_highest(x, n)), sums = v_zero();
        size_t i = 0;
        for (; i + VEC <= n; i += VEC) {
            vec value = v_exp(v_sub(v_load(x + i), highest));
            sums = v_add(sums, value);
            v_store(y + i, value);
        }
        vec_mask mask = v_mask(n - i);
        if (i < n)
            v_store_masked(y + i, mask, v_exp(v_sub(v_load_masked(mask, x + i), highest)));
        sums = v_add(sums, i < n ? v_load_masked(mask, y + i) : v_zero());
        const vec scale = v_set(1 / v_sum(sums));
        for (i = 0; i + VEC <= n; i += VEC)
            v_store(y + i, v_mul(scale, v_load(y + i)));
        if (i < n)
            v_store_masked(y + i, mask, v_mul(scale, v_load_masked(mask, y + i)));
    }
}

/* The sum of (x - mean)^power, power 1 or 2. */
KIN_INLINE float row_moment(const float *x, size_t n, float mean, bool squared)
{
    const vec centre = v_set(mean);
    vec sum[2] = { v_zero(), v_zero() };
    size_t i = 0;
    for (; i + VEC <= n; i += VEC) {
        vec value = v_sub(v_load(x + i), centre);
        sum[i / VEC % 2] = squared ? v_fma(value, value, sum[i / VEC % 2]) : v_add(sum[i / VEC % 2], value);
    }
    float total = v_sum(v_add(sum[0], sum[1]));
    for (; i < n; i++)
        total += squared ? (x[i] - mean) * (x[i] - mean) : x[i] - mean;
    return total;
}

void SIMD(layer_norm)(const float *x, size_t rows, size_t n, const float *gamma, const float *beta, float epsilon,
                      float *y)
{
    for (size_t row = 0; row < rows; row++, x += n, y += n) {
        float mean = row_moment(x, n, 0, false) / (float)n;
        float variance = row_moment(x, n, mean, true) / (float)n;
        const vec centre = v_set(mean), scale = v_set(1 / sqrtf(variance + epsilon));
        for (size_t i = 0; i < n; i += VEC) {
            vec_mask mask = v_mask(n - i < VEC ? n - i : VEC);
            vec value = v_mul(v_sub(v_load_masked(mask, x + i), centre), scale);
            vec factor = gamma ? v_load_masked(mask, gamma + i) : v_set(1);
            vec added = beta ? v_load_masked(mask, beta + i) : v_zero();
            v_store_masked(y + i, mask, v_fma(value, factor, added));
        }
    }
}
