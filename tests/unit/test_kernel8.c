#include "test_kernel_maps.h"

#include "base/checked.h"
#include "kernel/kernel8.h"

#include <stdio.h>

typedef struct bytes8 {
    uint8_t *memory;
    kin_view8 view;
    size_t size;
} bytes8;

/* Every byte random: those between the pixels must not matter. Slack, and a guard, behind. */
static bytes8 bytes_random(kin_rng *rng, size_t pixels, size_t step)
{
    bytes8 b = { .size = pixels * step };
    b.memory = malloc(b.size + KIN_SLACK8);
    assert_non_null(b.memory);
    for (size_t i = 0; i < b.size + KIN_SLACK8; i++)
        b.memory[i] = (uint8_t)kin_rng_next(rng);
    b.view = (kin_view8) { b.memory, step };
    return b;
}

static bytes8 bytes_new(size_t pixels, size_t step)
{
    bytes8 b = { .size = pixels * step };
    b.memory = malloc(b.size + 1);
    assert_non_null(b.memory);
    memset(b.memory, 77, b.size + 1);
    b.view = (kin_view8) { b.memory, step };
    return b;
}

typedef struct random_weights {
    kin_weights8 from;
    int8_t *weights;
    float *scale, *bias;
} random_weights;

/* Outputs spread over the bytes and somewhat beyond. */
static random_weights weights_random(kin_rng *rng, size_t out, size_t terms)
{
    random_weights w = { .weights = malloc(out * terms + 1) };
    assert_non_null(w.weights);
    for (size_t i = 0; i < out * terms; i++)
        w.weights[i] = (int8_t)((int)kin_rng_below(rng, 255) - 127);
    w.scale = random_floats(rng, out, 0.1F);
    w.bias = random_floats(rng, out, 1);
    for (size_t o = 0; o < out; o++)
        w.scale[o] = 0.11F + w.scale[o];
    w.from = (kin_weights8) { w.weights, w.scale, w.bias, { 0.01F, 0 }, { 0.1F * sqrtf((float)terms + 1), 128 } };
    w.from.x.zero = (int32_t)kin_rng_below(rng, 200);
    return w;
}

static void weights_free(random_weights *w)
{
    free(w->weights);
    free(w->scale);
    free(w->bias);
}

static size_t fast8(const kin_kernels8 *tables[3])
{
    static const char *const names[] = { "avx2", "avx512", "amx" };
    size_t count = 0;
    for (size_t i = 0; i < 3; i++)
        if (kin_kernels8_named(names[i]))
            tables[count++] = kin_kernels8_named(names[i]);
    return count;
}

static uint8_t *packed_bytes(size_t n)
{
    uint8_t *packed = kin_alloc_aligned(n, 1);
    assert_non_null(packed);
    return packed;
}

static void assert_bytes_equal(const bytes8 *got, const bytes8 *wanted, size_t channels, size_t pixels,
                               const char *what)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < channels; c++) {
            int a = got->memory[p * got->view.pixel_step + c], b = wanted->memory[p * wanted->view.pixel_step + c];
            if (a != b)
                fail_msg("%s: pixel %zu channel %zu: got %d, wanted %d", what, p, c, a, b);
        }
    assert_int_equal(got->memory[got->size], 77);
}

static const kin_finish8 finishes[] = { { 0, 255, 0.7F, 128 }, { 0, 200, 1.3F, 3 }, { 128, 255, 0, 0 } };

static bytes8 run_linear8(const kin_kernels8 *k, size_t in, size_t out, size_t pixels, const random_weights *w,
                          kin_finish8 finish, bytes8 x, kin_view8 residual)
{
    uint8_t *packed = packed_bytes(k->linear_size(in, out));
    k->linear_pack(in, out, &w->from, packed);
    kin_linear8 op = { in, out, packed, finish };
    bytes8 y = bytes_new(pixels, kin_step8(out) + (out % 3 ? 0 : 16));
    k->linear(&op, x.view, residual, y.view, pixels);
    free(packed);
    return y;
}

static void check_linear8(kin_rng *rng, size_t in, size_t out, size_t pixels, size_t turn)
{
    char what[160];
    const kin_kernels8 *tables[3], *plain = kin_kernels8_named("plain");
    size_t count = fast8(tables);
    random_weights w = weights_random(rng, out, in);
    bytes8 x = bytes_random(rng, pixels, kin_step8(in)), r = bytes_random(rng, pixels, kin_step8(out));
    kin_view8 residual = turn % 2 ? r.view : KIN_NO_VIEW8;
    bytes8 wanted = run_linear8(plain, in, out, pixels, &w, finishes[turn % 3], x, residual);
    for (size_t t = 0; t < count; t++) {
        bytes8 got = run_linear8(tables[t], in, out, pixels, &w, finishes[turn % 3], x, residual);
        (void)snprintf(what, sizeof what, "%s linear8 %zu -> %zu, %zu pixels", tables[t]->name, in, out, pixels);
        assert_bytes_equal(&got, &wanted, out, pixels, what);
        free(got.memory);
        if (!residual.data)
            continue;
        bytes8 both = bytes_new(pixels, kin_step8(out));
        memcpy(both.memory, r.memory, both.size);
        uint8_t *packed = packed_bytes(tables[t]->linear_size(in, out));
        tables[t]->linear_pack(in, out, &w.from, packed);
        kin_linear8 op = { in, out, packed, finishes[turn % 3] };
        tables[t]->linear(&op, x.view, both.view, both.view, pixels);
        assert_bytes_equal(&both, &wanted, out, pixels, "residual in place");
        free(packed);
        free(both.memory);
    }
    free(wanted.memory);
    free(x.memory);
    free(r.memory);
    weights_free(&w);
}

static void linear_layers_give_the_same_bytes(void **state)
{
    (void)state;
    static const size_t channels[] = { 1, 3, 7, 8, 9, 16, 24, 31, 33, 40, 64, 80, 130 };
    static const size_t pixels[] = { 0, 1, 7, 8, 9, 16, 31, 33, 49 };
    kin_rng rng;
    kin_rng_seed(&rng, 21);
    size_t turn = 0;
    for (size_t i = 0; i < 13; i++)
        for (size_t o = 0; o < 13; o++)
            for (size_t p = 0; p < 9; p++, turn++)
                check_linear8(&rng, channels[i], channels[o], pixels[p], turn);
    check_linear8(&rng, 0, 20, 9, 0);
    check_linear8(&rng, 1152, 320, 49, 1);
}

/* All inputs 255 and all weights 127: where a 16-bit sum of two products would saturate. */
static void extreme_products_do_not_saturate(void **state)
{
    (void)state;
    const kin_kernels8 *tables[3];
    size_t count = fast8(tables);
    int8_t weights[64];
    uint8_t x[64 + KIN_SLACK8], y[17];
    memset(weights, 127, sizeof weights);
    memset(x, 255, sizeof x);
    float scale = 1;
    kin_weights8 from = { weights, &scale, NULL, { 1, 0 }, { 255.0F * 127 * 64 / 200, 0 } };
    for (size_t t = 0; t < count; t++) {
        uint8_t *packed = packed_bytes(tables[t]->linear_size(64, 1));
        tables[t]->linear_pack(64, 1, &from, packed);
        kin_linear8 op = { 64, 1, packed, finishes[0] };
        tables[t]->linear(&op, (kin_view8) { x, 64 }, KIN_NO_VIEW8, (kin_view8) { y, 16 }, 1);
        assert_int_equal(y[0], 200);
        free(packed);
    }
}

static kin_window window_of(size_t in_h, size_t in_w, size_t kernel, size_t stride, size_t dilation, size_t pad)
{
    kin_window w = { in_h, in_w, 0, 0, kernel, kernel, stride, stride, dilation, dilation, pad, pad };
    size_t reach = (kernel - 1) * dilation + 1;
    w.out_h = in_h + 2 * pad >= reach ? (in_h + 2 * pad - reach) / stride + 1 : 0;
    w.out_w = in_w + 2 * pad >= reach ? (in_w + 2 * pad - reach) / stride + 1 : 0;
    return w;
}

static bytes8 run_depthwise8(const kin_kernels8 *k, kin_depthwise8 op, const random_weights *w, bytes8 x)
{
    uint8_t *packed = packed_bytes(k->depthwise_size(&op));
    k->depthwise_pack(&op, &w->from, packed);
    op.packed = packed;
    size_t rows = op.window.out_h / 2;
    bytes8 y = bytes_new(op.window.out_h * op.window.out_w, kin_step8(op.channels));
    kin_view8 rest = { y.memory + rows * op.window.out_w * y.view.pixel_step, y.view.pixel_step };
    k->depthwise(&op, x.view, op.window.in_h, y.view, 0, rows);
    k->depthwise(&op, x.view, op.window.in_h, rest, rows, op.window.out_h);
    free(packed);
    return y;
}

static void check_depthwise8(kin_rng *rng, kin_window window, size_t channels, size_t turn)
{
    char what[160];
    const kin_kernels8 *tables[3];
    size_t count = fast8(tables);
    random_weights w = weights_random(rng, channels, window.kernel_h * window.kernel_w);
    bytes8 x = bytes_random(rng, window.in_h * window.in_w, kin_step8(channels));
    kin_depthwise8 op = { window, channels, NULL, (uint8_t)w.from.x.zero, finishes[turn % 3] };
    bytes8 wanted = run_depthwise8(kin_kernels8_named("plain"), op, &w, x);
    for (size_t t = 0; t < count; t++) {
        bytes8 got = run_depthwise8(tables[t], op, &w, x);
        (void)snprintf(what, sizeof what, "%s depthwise8 %zu, %zux%zu, kernel %zu stride %zu dilation %zu pad %zu",
                       tables[t]->name, channels, window.in_h, window.in_w, window.kernel_w, window.stride_w,
                       window.dilation_w, window.pad_left);
        assert_bytes_equal(&got, &wanted, channels, window.out_h * window.out_w, what);
        free(got.memory);
    }
    free(wanted.memory);
    free(x.memory);
    weights_free(&w);
}

static void depthwise_gives_the_same_bytes(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 3, 7, 8, 9, 14, 15, 28, 31, 33 };
    static const size_t channels[] = { 1, 16, 24, 33, 64, 96, 144 };
    kin_rng rng;
    kin_rng_seed(&rng, 22);
    size_t turn = 0;
    for (size_t s = 0; s < 10; s++)
        for (size_t kernel = 1; kernel <= 7; kernel++)
            for (size_t stride = 1; stride <= 3; stride++)
                for (size_t pad = 0; pad <= kernel; pad++, turn++)
                    check_depthwise8(
                        &rng, window_of(sizes[s], sizes[(s + turn) % 10], kernel, stride, turn % 5 == 4 ? 2 : 1, pad),
                        channels[turn % 7], turn);
}

static bytes8 run_conv8(const kin_kernels8 *k, kin_conv8 op, const random_weights *w, bytes8 x, kin_view8 residual)
{
    uint8_t *packed = packed_bytes(k->conv_size(&op)), *scratch = packed_bytes(k->conv_scratch(&op));
    k->conv_pack(&op, &w->from, packed);
    op.packed = packed;
    bytes8 y = bytes_new(op.window.out_h * op.window.out_w, kin_step8(op.out));
    k->conv(&op, x.view, residual, y.view, scratch);
    free(scratch);
    free(packed);
    return y;
}

static void check_conv8(kin_rng *rng, kin_window window, size_t in, size_t out, size_t turn)
{
    char what[160];
    const kin_kernels8 *tables[3];
    size_t count = fast8(tables), pixels = window.out_h * window.out_w;
    random_weights w = weights_random(rng, out, in * window.kernel_h * window.kernel_w);
    bytes8 x = bytes_random(rng, window.in_h * window.in_w, in < 16 ? in : kin_step8(in));
    bytes8 r = bytes_random(rng, pixels, kin_step8(out));
    kin_view8 residual = turn % 2 ? r.view : KIN_NO_VIEW8;
    kin_conv8 op = { window, in, out, NULL, (uint8_t)w.from.x.zero, finishes[turn % 3] };
    bytes8 wanted = run_conv8(kin_kernels8_named("plain"), op, &w, x, residual);
    for (size_t t = 0; t < count; t++) {
        bytes8 got = run_conv8(tables[t], op, &w, x, residual);
        (void)snprintf(what, sizeof what, "%s conv8 %zu -> %zu, %zux%zu, kernel %zu stride %zu dilation %zu pad %zu",
                       tables[t]->name, in, out, window.in_h, window.in_w, window.kernel_w, window.stride_w,
                       window.dilation_w, window.pad_left);
        assert_bytes_equal(&got, &wanted, out, pixels, what);
        free(got.memory);
    }
    free(wanted.memory);
    free(x.memory);
    free(r.memory);
    weights_free(&w);
}

static void convolutions_give_the_same_bytes(void **state)
{
    (void)state;
    static const size_t shapes[][2] = { { 3, 32 }, { 1, 1 }, { 9, 20 }, { 16, 24 }, { 33, 31 }, { 64, 48 } };
    kin_rng rng;
    kin_rng_seed(&rng, 23);
    size_t turn = 0;
    for (size_t s = 0; s < 6; s++)
        for (size_t kernel = 1; kernel <= 5; kernel += 2)
            for (size_t stride = 1; stride <= 2; stride++)
                for (size_t pad = 0; pad <= kernel / 2; pad++)
                    for (size_t dilation = 1; dilation <= 2; dilation++, turn++)
                        check_conv8(&rng, window_of(7 + turn % 3, 14 + turn % 5, kernel, stride, dilation, pad),
                                    shapes[s][0], shapes[s][1], turn);
    check_conv8(&rng, window_of(160, 224, 3, 2, 1, 1), 3, 32, 0);
}

static float any_number(kin_rng *rng, size_t i)
{
    static const float odd[] = { NAN, INFINITY, -INFINITY, 0.5F, 1.5F, 254.5F, 255.5F, -0.5F, 1e9F, -1e9F };
    return i % 3 == 0 ? odd[i / 3 % (sizeof odd / sizeof *odd)] : (float)(300 * kin_rng_uniform(rng) - 20);
}

/* Rounded to even, held to a byte, 0 where there is no number; in every layout, and nothing beside. */
static void floats_become_bytes_of_any_layout(void **state)
{
    (void)state;
    enum { MOST = 35, PIXELS = 21, STEP = 48 };
    kin_rng rng;
    kin_rng_seed(&rng, 25);
    for (size_t channels = 1; channels <= MOST; channels++)
        for (size_t layout = 0; layout < LAYOUTS; layout++) {
            uint8_t bytes[PIXELS * STEP];
            memset(bytes, 77, sizeof bytes);
            map x = map_random(&rng, (map_layout)layout, channels, PIXELS);
            for (size_t i = 0; i < PIXELS * channels; i++)
                *map_at(x.view, i / channels, i % channels) = any_number(&rng, i + channels);
            kin_quantize_view(x.view, channels, PIXELS, (kin_quant) { 0.5F, 7 }, (kin_view8) { bytes, STEP });
            for (size_t i = 0; i < PIXELS * STEP; i++) {
                size_t c = i % STEP;
                float value = c < channels ? *map_at(x.view, i / STEP, c) / 0.5F + 7 : 77;
                value = isnan(value) ? 0 : fminf(fmaxf(rintf(value), 0), 255);
                assert_int_equal(bytes[i], (int)value);
            }
            free(x.memory);
        }
}

/* Quantized layers keep near the float layer that they stand for. */
static void a_quantized_layer_is_near_the_float_one(void **state)
{
    (void)state;
    enum { IN = 64, OUT = 32 };
    kin_rng rng;
    kin_rng_seed(&rng, 24);
    float *weights = random_floats(&rng, IN * OUT, 0.2F), *bias = random_floats(&rng, OUT, 1);
    float x[IN], scale[OUT], back[OUT];
    int8_t quantized[IN * OUT];
    uint8_t bytes[IN + KIN_SLACK8] = { 0 }, y[OUT];
    for (int i = 0; i < IN; i++)
        x[i] = (float)(6 * kin_rng_uniform(&rng));
    kin_quantize_weights(weights, OUT, IN, quantized, scale);
    kin_quant from = { 6.0F / 255, 0 }, to = { 0.1F, 128 };
    kin_quantize_view(kin_view_last(x, IN), IN, 1, from, (kin_view8) { bytes, IN });
    const kin_kernels8 *k = kin_kernels8_get();
    uint8_t *packed = packed_bytes(k->linear_size(IN, OUT));
    kin_weights8 source = { quantized, scale, bias, from, to };
    k->linear_pack(IN, OUT, &source, packed);
    kin_linear8 op = { IN, OUT, packed, { 0, 255, 0, 0 } };
    k->linear(&op, (kin_view8) { bytes, IN }, KIN_NO_VIEW8, (kin_view8) { y, OUT }, 1);
    kin_dequantize_view((kin_view8) { y, OUT }, OUT, 1, to, kin_view_last(back, OUT));
    for (int o = 0; o < OUT; o++) {
        float wanted = bias[o];
        for (int i = 0; i < IN; i++)
            wanted += weights[o * IN + i] * x[i];
        assert_true(fabsf(back[o] - wanted) < 0.15F);
    }
    free(packed);
    free(bias);
    free(weights);
}

static void means_are_in_real_numbers(void **state)
{
    (void)state;
    const kin_kernels8 *tables[3], *plain = kin_kernels8_named("plain");
    size_t count = fast8(tables);
    kin_rng rng;
    kin_rng_seed(&rng, 25);
    kin_quant quant = { 0.5F, 3 };
    for (size_t channels = 1; channels <= 40; channels += 3) {
        bytes8 x = bytes_random(&rng, 49, kin_step8(channels));
        float wanted[40], got[40];
        plain->global_mean(x.view, quant, channels, 49, wanted);
        for (size_t t = 0; t < count; t++) {
            tables[t]->global_mean(x.view, quant, channels, 49, got);
            assert_memory_equal(got, wanted, channels * sizeof *got);
        }
        double sum = 0;
        for (size_t p = 0; p < 49; p++)
            sum += 0.5 * (x.memory[p * x.view.pixel_step] - 3);
        assert_near(wanted[0], (float)(sum / 49), "mean");
        free(x.memory);
    }
}

typedef struct inverted_case {
    size_t in, hidden, out, size, kernel, stride;
    bool expand, residual;
} inverted_case;

static void check_inverted8(const kin_kernels8 *k, kin_rng *rng, const inverted_case *c)
{
    kin_window w = window_of(c->size, c->size + 3, c->kernel, c->stride, 1, c->kernel / 2);
    random_weights e = weights_random(rng, c->hidden, c->in), d = weights_random(rng, c->hidden, c->kernel * c->kernel);
    random_weights p = weights_random(rng, c->out, c->hidden);
    kin_inverted8 op = { NULL, { w, c->hidden, NULL, 9, finishes[1] }, { c->hidden, c->out, NULL, finishes[0] }, 1 };
    uint8_t *packed[] = { packed_bytes(k->linear_size(c->in, c->hidden)),
                          packed_bytes(k->depthwise_size(&op.depthwise)),
                          packed_bytes(k->linear_size(c->hidden, c->out)) };
    k->linear_pack(c->in, c->hidden, &e.from, packed[0]);
    k->depthwise_pack(&op.depthwise, &d.from, packed[1]);
    k->linear_pack(c->hidden, c->out, &p.from, packed[2]);
    kin_linear8 expand = { c->in, c->hidden, packed[0], finishes[0] };
    op.expand = c->expand ? &expand : NULL;
    op.depthwise.packed = packed[1];
    op.project.packed = packed[2];
    size_t pixels = w.in_h * w.in_w, out_pixels = w.out_h * w.out_w;
    bytes8 x = bytes_random(rng, pixels, kin_step8(c->expand ? c->in : c->hidden));
    bytes8 r = bytes_random(rng, out_pixels, kin_step8(c->out)),
           hidden = bytes_random(rng, pixels, kin_step8(c->hidden));
    bytes8 middle = bytes_random(rng, out_pixels, kin_step8(c->hidden)),
           wanted = bytes_new(out_pixels, kin_step8(c->out));
    kin_view8 residual = c->residual ? r.view : KIN_NO_VIEW8;
    if (c->expand)
        k->linear(&expand, x.view, KIN_NO_VIEW8, hidden.view, pixels);
    k->depthwise(&op.depthwise, c->expand ? hidden.view : x.view, w.in_h, middle.view, 0, w.out_h);
    k->linear(&op.project, middle.view, residual, wanted.view, out_pixels);
    size_t natural = kin_inverted8_strip(&op);
    assert_true(natural >= 1 && natural <= w.out_h);
    for (op.strip = 1; op.strip <= w.out_h; op.strip++) {
        char what[100];
        (void)snprintf(what, sizeof what, "%s strips of %zu of %zu", k->name, op.strip, w.out_h);
        uint8_t *scratch = packed_bytes(kin_inverted8_scratch(&op));
        bytes8 got = bytes_new(out_pixels, kin_step8(c->out));
        kin_inverted8_run(k, &op, x.view, residual, got.view, scratch);
        assert_bytes_equal(&got, &wanted, c->out, out_pixels, what);
        free(got.memory);
        free(scratch);
    }
    uint8_t *all[] = {
        packed[0], packed[1], packed[2], x.memory, r.memory, hidden.memory, middle.memory, wanted.memory
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
    weights_free(&e);
    weights_free(&d);
    weights_free(&p);
}

static void strips_give_the_same_bytes(void **state)
{
    (void)state;
    static const inverted_case cases[] = { { 16, 96, 24, 14, 3, 2, true, false }, { 24, 144, 24, 15, 3, 1, true, true },
                                           { 9, 40, 33, 11, 5, 2, true, false },  { 8, 32, 16, 13, 3, 1, false, false },
                                           { 16, 48, 16, 9, 7, 1, true, true },   { 8, 16, 8, 12, 3, 4, true, false } };
    kin_rng rng;
    kin_rng_seed(&rng, 26);
    const kin_kernels8 *tables[3];
    size_t count = fast8(tables);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_inverted8(kin_kernels8_named("plain"), &rng, &cases[i]);
        for (size_t t = 0; t < count; t++)
            check_inverted8(tables[t], &rng, &cases[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_layers_give_the_same_bytes),
        cmocka_unit_test(extreme_products_do_not_saturate),
        cmocka_unit_test(depthwise_gives_the_same_bytes),
        cmocka_unit_test(convolutions_give_the_same_bytes),
        cmocka_unit_test(floats_become_bytes_of_any_layout),
        cmocka_unit_test(a_quantized_layer_is_near_the_float_one),
        cmocka_unit_test(means_are_in_real_numbers),
        cmocka_unit_test(strips_give_the_same_bytes),
    };
    return cmocka_run_group_tests_name("kernel8", tests, NULL, NULL);
}
