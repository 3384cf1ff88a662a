#include "test_kernel_maps.h"

#include <stdio.h>

/* Sizes that end anywhere in a vector. */
static const size_t lengths[] = { 0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 100 };
enum { LENGTHS = sizeof lengths / sizeof lengths[0] };

static const kin_act acts[] = { { KIN_ACT_NONE, 0, 0 },
                                { KIN_ACT_CLIP, -1, 2 },
                                { KIN_ACT_LEAKY, 0.1F, 0 },
                                { KIN_ACT_HARD_SIGMOID, 0.2F, 0.5F },
                                { KIN_ACT_HARD_SWISH, 1.0F / 6, 0.5F },
                                { KIN_ACT_SIGMOID, 0, 0 },
                                { KIN_ACT_SILU, 1.702F, 0 },
                                { KIN_ACT_GELU, 0, 0 },
                                { KIN_ACT_GELU_TANH, 0, 0 },
                                { KIN_ACT_TANH, 0, 0 },
                                { KIN_ACT_ERF, 0, 0 },
                                { KIN_ACT_EXP, 0, 0 },
                                { KIN_ACT_SQRT, 0, 0 } };
enum { ACTS = sizeof acts / sizeof acts[0] };

/* In double precision, so that the plain kernels are tested too. */
static double exact(kin_act act, double x)
{
    double a = (double)act.a, b = (double)act.b;
    switch (act.kind) {
    case KIN_ACT_NONE:
        return x;
    case KIN_ACT_CLIP:
        return fmin(fmax(x, a), b);
    case KIN_ACT_LEAKY:
        return x < 0 ? a * x : x;
    case KIN_ACT_HARD_SIGMOID:
        return fmin(fmax(a * x + b, 0), 1);
    case KIN_ACT_HARD_SWISH:
        return x * fmin(fmax(a * x + b, 0), 1);
    case KIN_ACT_SIGMOID:
        return 1 / (1 + exp(-x));
    case KIN_ACT_SILU:
        return x / (1 + exp(-a * x));
    case KIN_ACT_GELU:
        return x * erfc(-x / sqrt(2)) / 2;
    case KIN_ACT_GELU_TANH:
        return x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x))) / 2;
    case KIN_ACT_TANH:
        return tanh(x);
    case KIN_ACT_ERF:
        return erf(x);
    case KIN_ACT_EXP:
        return exp(x);
    case KIN_ACT_SQRT:
        return sqrt(x);
    }
    return x;
}

static void check_act(const kin_kernels *k, kin_act act)
{
    enum { POINTS = 4001 };
    float x[POINTS], y[POINTS];
    for (int i = 0; i < POINTS; i++)
        x[i] = (float)(i - 2000) / 100;
    k->activate(act, x, POINTS, y);
    for (int i = 0; i < POINTS; i++) {
        double wanted = exact(act, (double)x[i]);
        double tolerance = 1e-6 + 2e-6 * fabs(wanted);
        if (isnan(wanted) ? !isnan(y[i]) : !(fabs((double)y[i] - wanted) <= tolerance))
            fail_msg("%s activation %d of %g: got %.9g, wanted %.9g", k->name, (int)act.kind, (double)x[i],
                     (double)y[i], wanted);
    }
}

static void activations_are_right_in_every_table(void **state)
{
    (void)state;
    const kin_kernels *tables[3];
    size_t count = fast_tables(tables);
    for (size_t a = 0; a < ACTS; a++) {
        check_act(kin_kernels_named("plain"), acts[a]);
        for (size_t t = 0; t < count; t++)
            check_act(tables[t], acts[a]);
    }
}

static void exp_reaches_zero_and_infinity(void **state)
{
    (void)state;
    const kin_kernels *tables[3];
    size_t count = fast_tables(tables);
    for (size_t t = 0; t < count; t++) {
        float x[] = { -INFINITY, -200, -110, 88.5F, 90, INFINITY, NAN, -87.2F, 0 }, y[9];
        tables[t]->activate((kin_act) { KIN_ACT_EXP, 0, 0 }, x, 9, y);
        assert_true(y[0] == 0 && y[1] == 0 && y[2] == 0);
        assert_true(isinf(y[4]) && isinf(y[5]) && isnan(y[6]));
        assert_true(fabsf(y[3] / expf(88.5F) - 1) < 1e-6F && fabsf(y[7] / expf(-87.2F) - 1) < 1e-6F);
        assert_true(y[8] == 1);
    }
}

static void no_number_stays_no_number(void **state)
{
    (void)state;
    const kin_kernels *tables[3];
    size_t count = fast_tables(tables);
    for (size_t t = 0; t < count; t++)
        for (size_t a = 0; a < ACTS; a++) {
            float x[20], y[20];
            for (int i = 0; i < 20; i++)
                x[i] = NAN;
            tables[t]->activate(acts[a], x, 20, y);
            for (int i = 0; i < 20; i++)
                assert_true(isnan(y[i]));
        }
}

static void element_wise_kernels_keep_to_their_length(void **state)
{
    (void)state;
    kin_rng rng;
    kin_rng_seed(&rng, 11);
    const kin_kernels *tables[3], *plain = kin_kernels_named("plain");
    size_t count = fast_tables(tables);
    for (size_t l = 0; l < LENGTHS; l++)
        for (size_t offset = 0; offset < 4; offset++)
            for (size_t t = 0; t < count; t++)
                for (int kind = KIN_ADD; kind <= KIN_MAX; kind++) {
                    size_t n = lengths[l], a_step = offset != 1, b_step = offset != 2;
                    float *a = random_floats(&rng, n + offset + 1, 2), *b = random_floats(&rng, n + offset + 1, 2);
                    float *got = random_floats(&rng, n + offset, 1), *wanted = random_floats(&rng, n + offset, 1);
                    got[n + offset] = GUARD;
                    kin_act act = acts[(l + (size_t)kind) % 6];
                    tables[t]->binary((kin_binary)kind, act, a + offset, a_step, b + offset, b_step, n, got + offset);
                    plain->binary((kin_binary)kind, act, a + offset, a_step, b + offset, b_step, n, wanted + offset);
                    for (size_t i = 0; i < n; i++)
                        assert_near(got[offset + i], wanted[offset + i], "binary");
                    tables[t]->binary((kin_binary)kind, act, a + offset, 1, b + offset, 1, n, a + offset);
                    assert_true(got[n + offset] == GUARD);
                    tables[t]->activate(act, got + offset, n, got + offset);
                    assert_true(got[n + offset] == GUARD);
                    free(a);
                    free(b);
                    free(got);
                    free(wanted);
                }
}

static void row_kernels_equal_the_plain_ones(void **state)
{
    (void)state;
    kin_rng rng;
    kin_rng_seed(&rng, 12);
    const kin_kernels *tables[3], *plain = kin_kernels_named("plain");
    size_t count = fast_tables(tables), rows = 3;
    for (size_t l = 0; l < LENGTHS; l++)
        for (size_t t = 0; t < count; t++) {
            size_t n = lengths[l];
            float *x = random_floats(&rng, rows * n, 8), *gamma = random_floats(&rng, n, 1);
            float *beta = random_floats(&rng, n, 1), *got = random_floats(&rng, rows * n, 1);
            float *wanted = random_floats(&rng, rows * n, 1);
            got[rows * n] = GUARD;
            tables[t]->softmax(x, rows, n, got);
            plain->softmax(x, rows, n, wanted);
            for (size_t i = 0; i < rows * n; i++)
                assert_near(got[i], wanted[i], "softmax");
            tables[t]->layer_norm(x, rows, n, l % 2 ? gamma : NULL, l % 3 ? beta : NULL, 1e-5F, got);
            plain->layer_norm(x, rows, n, l % 2 ? gamma : NULL, l % 3 ? beta : NULL, 1e-5F, wanted);
            for (size_t i = 0; i < rows * n; i++)
                assert_near(got[i], wanted[i], "layer norm");
            assert_true(got[rows * n] == GUARD);
            free(x);
            free(gamma);
            free(beta);
            free(got);
            free(wanted);
        }
}

static void layouts_go_there_and_back(void **state)
{
    (void)state;
    kin_rng rng;
    kin_rng_seed(&rng, 13);
    for (size_t channels = 0; channels <= 40; channels += 3)
        for (size_t pixels = 0; pixels <= 33; pixels += 11)
            for (int layout = LAST; layout < LAYOUTS; layout++)
                for (int second = LAST; second < LAYOUTS; second++) {
                    float *planes = random_floats(&rng, channels * pixels, 1);
                    float *back = random_floats(&rng, channels * pixels, 1);
                    map a = map_new((map_layout)layout, channels, pixels);
                    map b = map_new((map_layout)second, channels, pixels);
                    kin_view_from_planes(planes, channels, pixels, a.view);
                    for (size_t p = 0; p < pixels; p++)
                        for (size_t c = 0; c < channels; c++)
                            assert_true(*map_at(a.view, p, c) == planes[c * pixels + p]);
                    kin_view_copy(a.view, b.view, channels, pixels);
                    assert_maps_near(&b, &a, channels, pixels, "view copy");
                    kin_view_to_planes(b.view, channels, pixels, back);
                    assert_memory_equal(back, planes, channels * pixels * sizeof *back);
                    free(planes);
                    free(back);
                    free(a.memory);
                    free(b.memory);
                }
}

/* Against indexing by hand, for every order of four axes, some of length 1. */
static void axes_can_be_permuted(void **state)
{
    (void)state;
    static const size_t shapes[][4] = {
        { 2, 3, 4, 5 }, { 1, 17, 1, 33 }, { 3, 1, 2, 1 }, { 1, 1, 1, 1 }, { 2, 0, 3, 4 }
    };
    kin_rng rng;
    kin_rng_seed(&rng, 14);
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        for (size_t code = 0; code < 256; code++) {
            size_t order[4] = { code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 };
            if (((1U << order[0]) | (1U << order[1]) | (1U << order[2]) | (1U << order[3])) != 15)
                continue;
            const size_t *n = shapes[s];
            size_t all = n[0] * n[1] * n[2] * n[3], step[4] = { n[1] * n[2] * n[3], n[2] * n[3], n[3], 1 };
            float *x = random_floats(&rng, all, 1), *y = random_floats(&rng, all, 1);
            kin_permute(x, 4, n, order, y);
            for (size_t i = 0; i < all; i++) {
                size_t rest = i, from = 0;
                for (size_t axis = 4; axis-- > 0; rest /= n[order[axis]])
                    from += rest % n[order[axis]] * step[order[axis]];
                assert_true(y[i] == x[from]);
            }
            free(x);
            free(y);
        }
    size_t order[] = { 2, 0, 3, 1, 4 }, shape[] = { 3, 2, 4, 5, 2 };
    float *x = random_floats(&rng, 240, 1), *y = random_floats(&rng, 240, 1);
    kin_permute(x, 5, shape, order, y);
    assert_true(y[1] == x[1] && y[2] == x[40] && y[4] == x[2] && y[20] == x[80] && y[60] == x[10]);
    free(x);
    free(y);
}

static void bytes_become_normalised_floats(void **state)
{
    (void)state;
    static const unsigned char bytes[] = { 0, 128, 255, 1, 2, 3 };
    static const float scale[] = { 1, 2, 0.5F }, shift[] = { 0, -1, 1 };
    map y = map_new(BLOCKED, 3, 2);
    kin_view_from_bytes(bytes, 3, 2, scale, shift, y.view);
    static const float wanted[] = { 0, 255, 128.5F, 1, 3, 2.5F };
    for (size_t i = 0; i < 6; i++)
        assert_true(*map_at(y.view, i / 3, i % 3) == wanted[i]);
    assert_true(*map_at(y.view, 0, 3) == 0);
    free(y.memory);
}

/* Maps without gaps are made a run of pixels at a time: every number as in the blocked layout, nothing behind. */
static void bytes_of_any_count_become_the_same_floats(void **state)
{
    (void)state;
    unsigned char bytes[5 * 53];
    float scale[5], shift[5];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    for (size_t c = 0; c < 5; c++) {
        scale[c] = 0.25F * (float)(c + 1);
        shift[c] = (float)c - 2;
    }
    for (size_t channels = 1; channels <= 5; channels++)
        for (size_t pixels = 0; pixels <= 53; pixels++) {
            map last = map_new(LAST, channels, pixels), blocked = map_new(BLOCKED, channels, pixels);
            kin_view_from_bytes(bytes, channels, pixels, scale, shift, last.view);
            kin_view_from_bytes(bytes, channels, pixels, scale, shift, blocked.view);
            for (size_t i = 0; i < channels * pixels; i++)
                assert_true(*map_at(last.view, i / channels, i % channels) ==
                            *map_at(blocked.view, i / channels, i % channels));
            assert_true(last.memory[last.floats] == GUARD);
            free(last.memory);
            free(blocked.memory);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_are_right_in_every_table),
        cmocka_unit_test(exp_reaches_zero_and_infinity),
        cmocka_unit_test(no_number_stays_no_number),
        cmocka_unit_test(element_wise_kernels_keep_to_their_length),
        cmocka_unit_test(row_kernels_equal_the_plain_ones),
        cmocka_unit_test(layouts_go_there_and_back),
        cmocka_unit_test(axes_can_be_permuted),
        cmocka_unit_test(bytes_become_normalised_floats),
        cmocka_unit_test(bytes_of_any_count_become_the_same_floats),
    };
    return cmocka_run_group_tests_name("kernel math", tests, NULL, NULL);
}
