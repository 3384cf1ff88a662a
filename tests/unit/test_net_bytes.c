/* 8 bits beside float on the same net: near it, the same every time, and float again where a range is missing. */
#include "test_net_model.h"

enum { CHANNELS = 8, SIDE = 12, IMAGES = 4, EACH = CHANNELS * SIDE * SIDE, OUT = 40 };

static float weights[3][4096];

/* A stem, an inverted block with a residual, a concatenation and pooling in float between, a head. */
static void make_net(model *m)
{
    static float zero = 0, six = 6;
    for (size_t i = 0; i < 4096; i++)
        for (size_t k = 0; k < 3; k++)
            weights[k][i] = noise(i + 5000 * k) / 4;
    model_init(m, CHANNELS, SIDE, SIDE);
    model_floats(m, "w3", 4, (int64_t[]) { 16, CHANNELS, 3, 3 }, weights[0]);
    model_floats(m, "we", 4, (int64_t[]) { 48, 16, 1, 1 }, weights[1]);
    model_floats(m, "wd", 4, (int64_t[]) { 48, 1, 3, 3 }, weights[2]);
    model_floats(m, "wp", 4, (int64_t[]) { 16, 48, 1, 1 }, weights[0]);
    model_floats(m, "wh", 4, (int64_t[]) { OUT, 32, 1, 1 }, weights[1]);
    model_floats(m, "b", 1, (int64_t[]) { 16 }, weights[2]);
    model_floats(m, "zero", 0, NULL, &zero);
    model_floats(m, "six", 0, NULL, &six);
    model_node(m, "Conv", "x w3 b", "a");
    model_node(m, "Identity", "a", "a0"); /* below 0 too: its zero point counts where it is a residual */
    model_node(m, "Conv", "a0 we", "e");
    model_node(m, "Clip", "e zero six", "e6");
    Onnx__NodeProto *node = model_node(m, "Conv", "e6 wd", "d");
    model_int(m, node, "group", 48);
    model_ints(m, node, "pads", 4, (int64_t[]) { 1, 1, 1, 1 });
    model_node(m, "Clip", "d zero six", "d6");
    model_node(m, "Conv", "d6 wp b", "p");
    model_node(m, "Add", "p a0", "r");
    model_int(m, model_node(m, "Concat", "r a0", "c"), "axis", 1);
    node = model_node(m, "MaxPool", "c", "q");
    model_ints(m, node, "kernel_shape", 2, (int64_t[]) { 2, 2 });
    model_node(m, "Conv", "q wh", "h");
    model_node(m, "Relu", "h", "h0");
    model_node(m, "GlobalAveragePool", "h0", "y");
    model_pack(m);
}

static void run(const model *m, const kin_net_options *options, const float *image, float *y)
{
    kin_error err = KIN_ERROR_INIT;
    kin_net *net = NULL;
    kin_runner *runner = NULL;
    if (kin_net_open(m->bytes, m->size, options, &net, &err))
        fail_msg("%s", err.message);
    assert_int_equal(kin_net_about(net)->output_count, OUT);
    assert_int_equal(kin_runner_new(net, &runner, &err), KIN_OK);
    kin_runner_run(runner, image, y);
    kin_runner_free(runner);
    kin_net_free(net);
}

static float largest_difference(const float *a, const float *b)
{
    float most = 0, scale = 0;
    for (size_t i = 0; i < OUT; i++) {
        most = fmaxf(most, fabsf(a[i] - b[i]));
        scale = fmaxf(scale, fabsf(b[i]));
    }
    return most / scale;
}

static float *make_images(void)
{
    float *images = malloc(IMAGES * EACH * sizeof *images);
    for (size_t i = 0; i < IMAGES * EACH; i++)
        images[i] = noise(i + 77);
    return images;
}

static void bytes_are_near_float(void **state)
{
    (void)state;
    model m;
    make_net(&m);
    float *images = make_images(), exact[OUT], y[OUT], again[OUT];
    kin_error err = KIN_ERROR_INIT;
    kin_net_options options = KIN_NET_OPTIONS_INIT;
    kin_net_ranges ranges;
    assert_int_equal(kin_net_calibrate(m.bytes, m.size, NULL, images, IMAGES, &ranges, &err), KIN_OK);
    options.ranges = &ranges;
    for (size_t i = 0; i < IMAGES; i++) {
        run(&m, NULL, images + i * EACH, exact);
        run(&m, &options, images + i * EACH, y);
        run(&m, &options, images + i * EACH, again);
        assert_memory_equal(y, again, sizeof y);
        assert_true(largest_difference(y, exact) < 0.05f);
        assert_true(largest_difference(y, exact) > 0); /* it was 8 bits indeed */
    }
    kin_net_ranges_clear(&ranges);
    free(images);
    model_clear(&m);
}

static kin_net_ranges calibrate(const model *m, const float *images, size_t n)
{
    kin_net_ranges ranges;
    kin_error err = KIN_ERROR_INIT;
    if (kin_net_calibrate(m->bytes, m->size, NULL, images, n, &ranges, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return ranges;
}

static void ranges_are_means_but_those_of_the_input(void **state)
{
    (void)state;
    model m;
    make_net(&m);
    float *images = make_images();
    for (size_t i = 0; i < EACH; i++) {
        images[i] *= 0.25f;
        images[EACH + i] *= 2;
    }
    kin_net_ranges one = calibrate(&m, images, 1), other = calibrate(&m, images + EACH, 1);
    kin_net_ranges both = calibrate(&m, images, 2);
    size_t known = 0;
    for (size_t i = 1; i < 2 * both.count; i++) {
        float a = one.bounds[i], b = other.bounds[i], mean = (a + b) / 2;
        known += a != b;
        assert_true(i == 1 ? both.bounds[i] == fmaxf(a, b) : fabsf(both.bounds[i] - mean) <= 1e-5f * fabsf(mean));
    }
    assert_true(both.bounds[0] == fminf(one.bounds[0], other.bounds[0]) && known > 6);
    kin_net_ranges_clear(&one);
    kin_net_ranges_clear(&other);
    kin_net_ranges_clear(&both);
    free(images);
    model_clear(&m);
}

static void ranges_that_make_no_sense(void **state)
{
    (void)state;
    model m;
    make_net(&m);
    float *images = make_images(), exact[OUT], y[OUT];
    kin_error err = KIN_ERROR_INIT;
    kin_net_options options = KIN_NET_OPTIONS_INIT;
    kin_net_ranges ranges;
    kin_net *net = NULL;
    assert_int_equal(kin_net_calibrate(m.bytes, m.size, NULL, images, 0, &ranges, &err), KIN_E_USAGE);
    assert_int_equal(kin_net_calibrate(m.bytes, m.size, NULL, images, IMAGES, &ranges, &err), KIN_OK);
    options.ranges = &ranges;
    run(&m, NULL, images, exact);
    static const float odd[][2] = { { NAN, NAN }, { 0, 0 }, { 1, -1 }, { -INFINITY, INFINITY }, { 5, 6 } };
    for (size_t k = 0; k < sizeof odd / sizeof *odd; k++) {
        for (size_t i = 0; i < ranges.count; i++) {
            ranges.bounds[2 * i] = odd[k][0];
            ranges.bounds[2 * i + 1] = odd[k][1];
        }
        run(&m, &options, images, y);
        assert_true(largest_difference(y, exact) < 1e-4f);
    }
    ranges.count--;
    assert_int_equal(kin_net_open(m.bytes, m.size, &options, &net, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "calibrate again"));
    kin_net_ranges_clear(&ranges);
    free(images);
    model_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_near_float),
        cmocka_unit_test(ranges_are_means_but_those_of_the_input),
        cmocka_unit_test(ranges_that_make_no_sense),
    };
    return cmocka_run_group_tests_name("net_bytes", tests, NULL, NULL);
}
