#include "test_kernel_maps.h"

#include "base/checked.h"
#include "kernel/inverted.h"

#include <stdio.h>

static const kin_act acts[] = { { KIN_ACT_NONE, 0, 0 },        { KIN_ACT_CLIP, 0, 6 },
                                { KIN_ACT_CLIP, 0, INFINITY }, { KIN_ACT_HARD_SWISH, 1.0F / 6, 0.5F },
                                { KIN_ACT_SILU, 1, 0 },        { KIN_ACT_GELU, 0, 0 } };
enum { ACTS = sizeof acts / sizeof acts[0] };

static float *packed_floats(size_t n)
{
    float *packed = kin_alloc_aligned(n, sizeof(float));
    assert_non_null(packed);
    return packed;
}

typedef struct linear_case {
    size_t in, out, pixels;
    map_layout x, y;
    kin_act act;
    bool residual, bias, transposed;
} linear_case;

static map run_linear(const kin_kernels *k, const linear_case *c, const float *weights, const float *bias, map x,
                      map residual)
{
    float *packed = packed_floats(k->linear_size(c->in, c->out));
    size_t out_step = c->transposed ? 1 : c->in, in_step = c->transposed ? c->out : 1;
    k->linear_pack(c->in, c->out, weights, out_step, in_step, c->bias ? bias : NULL, packed);
    kin_linear op = { c->in, c->out, packed, c->act };
    map y = map_new(c->y, c->out, c->pixels);
    size_t blocks = kin_blocks(c->out), half = blocks / 2 / 2 * 2;
    kin_view rest = y.view, rest_residual = residual.view;
    rest.data += half * rest.block_step;
    if (c->residual)
        rest_residual.data += half * rest_residual.block_step;
    kin_view first_residual = c->residual ? residual.view : KIN_NO_VIEW;
    rest_residual = c->residual ? rest_residual : KIN_NO_VIEW;
    if (half)
        k->linear(&op, 0, half, x.view, first_residual, y.view, c->pixels);
    k->linear(&op, half, blocks - half, x.view, rest_residual, rest, c->pixels);
    free(packed);
    return y;
}

static void check_linear(kin_rng *rng, const linear_case *c)
{
    char what[200];
    const kin_kernels *tables[3];
    size_t count = fast_tables(tables);
    float *weights = random_floats(rng, c->in * c->out, 1 / sqrtf((float)c->in + 1));
    float *bias = random_floats(rng, c->out, 1);
    map x = map_random(rng, c->x, c->in, c->pixels), residual = map_random(rng, c->y, c->out, c->pixels);
    map wanted = run_linear(kin_kernels_named("plain"), c, weights, bias, x, residual);
    for (size_t i = 0; i < count; i++) {
        map got = run_linear(tables[i], c, weights, bias, x, residual);
        (void)snprintf(what, sizeof what, "%s linear %zu -> %zu, %zu pixels, layouts %d %d, act %d", tables[i]->name,
                       c->in, c->out, c->pixels, (int)c->x, (int)c->y, (int)c->act.kind);
        assert_maps_near(&got, &wanted, c->out, c->pixels, what);
        free(got.memory);
    }
    free(wanted.memory);
    free(residual.memory);
    free(x.memory);
    free(bias);
    free(weights);
}

static void linear_layers_equal_the_plain_ones(void **state)
{
    (void)state;
    static const size_t channels[] = { 0, 1, 3, 7, 8, 9, 16, 24, 31, 33, 40, 64, 80 };
    static const size_t pixels[] = { 0, 1, 7, 8, 9, 14, 31, 33, 49 };
    enum { CHANNELS = sizeof channels / sizeof channels[0], PIXELS = sizeof pixels / sizeof pixels[0] };
    kin_rng rng;
    kin_rng_seed(&rng, 1);
    size_t turn = 0;
    for (size_t i = 0; i < CHANNELS; i++)
        for (size_t o = 0; o < CHANNELS; o++)
            for (size_t p = 0; p < PIXELS; p++, turn++) {
                linear_case c = { channels[i],       channels[o],   pixels[p],     turn % LAYOUTS, turn / 3 % LAYOUTS,
                                  acts[turn % ACTS], turn % 2 == 0, turn % 5 != 0, turn % 7 == 0 };
                check_linear(&rng, &c);
            }
    linear_case large = { 1152, 192, 700, BLOCKED, BLOCKED, KIN_NO_ACT, true, true, false };
    check_linear(&rng, &large);
}

/* y may be the residual itself: the same sums as with the residual apart. */
static void a_residual_may_be_the_output(void **state)
{
    (void)state;
    enum { IN = 24, OUT = 40, PIXELS = 45 };
    kin_rng rng;
    kin_rng_seed(&rng, 9);
    const kin_kernels *tables[3];
    size_t count = fast_tables(tables);
    for (size_t i = 0; i < count; i++)
        for (int layout = LAST; layout <= BLOCKED; layout++) {
            float *weights = random_floats(&rng, (size_t)IN * OUT, 0.2F);
            float *packed = packed_floats(tables[i]->linear_size(IN, OUT));
            tables[i]->linear_pack(IN, OUT, weights, IN, 1, NULL, packed);
            kin_linear op = { IN, OUT, packed, acts[2] };
            map x = map_random(&rng, (map_layout)layout, IN, PIXELS), y = map_new((map_layout)layout, OUT, PIXELS);
            map residual = map_random(&rng, (map_layout)layout, OUT, PIXELS);
            residual.memory[residual.floats] = GUARD;
            tables[i]->linear(&op, 0, kin_blocks(OUT), x.view, residual.view, y.view, PIXELS);
            tables[i]->linear(&op, 0, kin_blocks(OUT), x.view, residual.view, residual.view, PIXELS);
            assert_maps_near(&residual, &y, OUT, PIXELS, tables[i]->name);
            free(residual.memory);
            free(y.memory);
            free(x.memory);
            free(packed);
            free(weights);
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

static map run_depthwise(const kin_kernels *k, kin_depthwise op, const float *weights, const float *bias, map x,
                         map_layout layout)
{
    float *packed = packed_floats(k->depthwise_size(&op));
    k->depthwise_pack(&op, weights, bias, packed);
    op.packed = packed;
    map y = map_new(layout, op.channels, op.window.out_h * op.window.out_w);
    size_t blocks = kin_blocks(op.channels), half = blocks / 2, rows = op.window.out_h / 2;
    kin_view rest_x = x.view, rest_y = y.view;
    rest_x.data += half * rest_x.block_step;
    rest_y.data += half * rest_y.block_step;
    if (half)
        k->depthwise(&op, 0, half, x.view, op.window.in_h, y.view, 0, op.window.out_h);
    k->depthwise(&op, half, blocks - half, rest_x, op.window.in_h, rest_y, 0, rows);
    k->depthwise(&op, half, blocks - half, rest_x, op.window.in_h, kin_view_at(rest_y, rows * op.window.out_w), rows,
                 op.window.out_h);
    free(packed);
    return y;
}

static void check_depthwise(kin_rng *rng, kin_window window, size_t channels, map_layout x_layout, map_layout y_layout,
                            kin_act act)
{
    char what[200];
    const kin_kernels *tables[3];
    size_t count = fast_tables(tables), taps = window.kernel_h * window.kernel_w;
    size_t pixels = window.out_h * window.out_w;
    kin_depthwise op = { window, channels, NULL, act };
    float *weights = random_floats(rng, channels * taps, 1 / sqrtf((float)taps));
    float *bias = random_floats(rng, channels, 1);
    map x = map_random(rng, x_layout, channels, window.in_h * window.in_w);
    map wanted = run_depthwise(kin_kernels_named("plain"), op, weights, bias, x, y_layout);
    for (size_t i = 0; i < count; i++) {
        map got = run_depthwise(tables[i], op, weights, bias, x, y_layout);
        (void)snprintf(what, sizeof what,
                       "%s depthwise %zu, %zux%zu, kernel %zu stride %zu dilation %zu pad %zu, %d %d", tables[i]->name,
                       channels, window.in_h, window.in_w, window.kernel_w, window.stride_w, window.dilation_w,
                       window.pad_left, (int)x_layout, (int)y_layout);
        assert_maps_near(&got, &wanted, channels, pixels, what);
        free(got.memory);
    }
    free(wanted.memory);
    free(x.memory);
    free(bias);
    free(weights);
}

static void depthwise_equals_the_plain_one(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 3, 4, 7, 8, 9, 14, 15, 28, 31, 33 };
    static const size_t channels[] = { 1, 3, 16, 24, 33, 40 };
    enum { SIZES = sizeof sizes / sizeof sizes[0], CHANNELS = sizeof channels / sizeof channels[0] };
    kin_rng rng;
    kin_rng_seed(&rng, 2);
    size_t turn = 0;
    for (size_t s = 0; s < SIZES; s++)
        for (size_t kernel = 1; kernel <= 9; kernel++)
            for (size_t stride = 1; stride <= 3; stride++)
                for (size_t pad = 0; pad <= kernel; pad++, turn++) {
                    kin_window w =
                        window_of(sizes[s], sizes[(s + turn) % SIZES], kernel, stride, turn % 5 == 4 ? 2 : 1, pad);
                    check_depthwise(&rng, w, channels[turn % CHANNELS], turn % LAYOUTS, turn / 2 % LAYOUTS,
                                    acts[turn % ACTS]);
                }
}

/* TensorFlow's "same" padding: nothing before, one behind. */
static void depthwise_takes_uneven_padding(void **state)
{
    (void)state;
    kin_rng rng;
    kin_rng_seed(&rng, 3);
    for (size_t kernel = 3; kernel <= 7; kernel += 2)
        for (size_t size = 8; size <= 56; size += 8) {
            kin_window w = window_of(size, size, kernel, 2, 1, 0);
            w.out_h = w.out_w = size / 2;
            w.pad_top = w.pad_left = (kernel - 2) / 2;
            check_depthwise(&rng, w, 32, BLOCKED, BLOCKED, acts[1]);
            check_depthwise(&rng, w, 32, LAST, BLOCKED, acts[1]);
        }
}

typedef struct conv_case {
    kin_window window;
    size_t in, out, groups;
    map_layout x, y;
    kin_act act;
    bool residual;
} conv_case;

static map run_conv(const kin_kernels *k, const conv_case *c, const float *weights, const float *bias, map x,
                    map residual)
{
    kin_conv op = { c->window, c->in, c->out, c->groups, NULL, c->act };
    float *packed = packed_floats(k->conv_size(&op)), *scratch = packed_floats(k->conv_scratch(&op));
    k->conv_pack(&op, weights, bias, packed);
    op.packed = packed;
    map y = map_new(c->y, c->out, c->window.out_h * c->window.out_w);
    k->conv(&op, x.view, c->residual ? residual.view : KIN_NO_VIEW, y.view, scratch);
    free(scratch);
    free(packed);
    return y;
}

static void check_conv(kin_rng *rng, const conv_case *c)
{
    char what[200];
    const kin_kernels *tables[3];
    const kin_window *w = &c->window;
    size_t count = fast_tables(tables), terms = c->in / c->groups * w->kernel_h * w->kernel_w;
    float *weights = random_floats(rng, c->out * terms, 1 / sqrtf((float)terms + 1));
    float *bias = random_floats(rng, c->out, 1);
    map x = map_random(rng, c->x, c->in, w->in_h * w->in_w);
    map residual = map_random(rng, c->y, c->out, w->out_h * w->out_w);
    map wanted = run_conv(kin_kernels_named("plain"), c, weights, bias, x, residual);
    for (size_t i = 0; i < count; i++) {
        map got = run_conv(tables[i], c, weights, bias, x, residual);
        (void)snprintf(
            what, sizeof what,
            "%s conv %zu -> %zu in %zu groups, %zux%zu, kernel %zux%zu stride %zu dilation %zu pad %zu, %d %d",
            tables[i]->name, c->in, c->out, c->groups, w->in_h, w->in_w, w->kernel_h, w->kernel_w, w->stride_w,
            w->dilation_w, w->pad_left, (int)c->x, (int)c->y);
        assert_maps_near(&got, &wanted, c->out, w->out_h * w->out_w, what);
        free(got.memory);
    }
    free(wanted.memory);
    free(residual.memory);
    free(x.memory);
    free(bias);
    free(weights);
}

static void convolutions_equal_the_plain_ones(void **state)
{
    (void)state;
    static const size_t shapes[][3] = { { 3, 32, 1 },  { 1, 1, 1 },   { 8, 9, 1 },   { 16, 24, 1 }, { 24, 40, 1 },
                                        { 33, 31, 1 }, { 4, 4, 2 },   { 16, 16, 4 }, { 64, 64, 4 }, { 32, 32, 8 },
                                        { 6, 6, 6 },   { 48, 96, 3 }, { 10, 15, 5 }, { 40, 48, 8 } };
    enum { SHAPES = sizeof shapes / sizeof shapes[0] };
    kin_rng rng;
    kin_rng_seed(&rng, 4);
    size_t turn = 0;
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t kernel = 1; kernel <= 5; kernel += 2)
            for (size_t stride = 1; stride <= 2; stride++)
                for (size_t pad = 0; pad <= kernel / 2; pad++)
                    for (size_t dilation = 1; dilation <= 2; dilation++, turn++) {
                        conv_case c = { window_of(7 + turn % 3, 14 + turn % 5, kernel, stride, dilation, pad),
                                        shapes[s][0],
                                        shapes[s][1],
                                        shapes[s][2],
                                        turn % LAYOUTS,
                                        turn / 3 % LAYOUTS,
                                        acts[turn % ACTS],
                                        turn % 2 == 0 };
                        check_conv(&rng, &c);
                    }
}

static void convolutions_take_strips_and_odd_windows(void **state)
{
    (void)state;
    kin_rng rng;
    kin_rng_seed(&rng, 5);
    conv_case c = { window_of(30, 60, 3, 1, 1, 1), 64, 33, 1, BLOCKED, BLOCKED, acts[1], true };
    check_conv(&rng, &c);
    c = (conv_case) { window_of(224, 224, 3, 2, 1, 1), 3, 16, 1, LAST, BLOCKED, acts[1], false };
    check_conv(&rng, &c);
    c = (conv_case) { window_of(42, 42, 14, 14, 1, 0), 3, 48, 1, LAST, LAST, KIN_NO_ACT, false };
    check_conv(&rng, &c);
    c = (conv_case) { window_of(5, 5, 3, 1, 1, 7), 20, 20, 1, LAST, BLOCKED, acts[1], false };
    check_conv(&rng, &c);
    c.window = window_of(1, 40, 3, 1, 1, 1);
    c.window.kernel_h = 1;
    c.window.pad_top = 0;
    check_conv(&rng, &c);
    c.window = window_of(2, 2, 5, 1, 1, 0);
    check_conv(&rng, &c);
}

static void check_pool(kin_rng *rng, const kin_pool *op, map_layout x_layout, map_layout y_layout)
{
    const kin_kernels *tables[3];
    size_t count = fast_tables(tables), pixels = op->window.out_h * op->window.out_w;
    map x = map_random(rng, x_layout, op->channels, op->window.in_h * op->window.in_w);
    map wanted = map_new(y_layout, op->channels, pixels);
    kin_kernels_named("plain")->pool(op, x.view, wanted.view);
    for (size_t i = 0; i < count; i++) {
        map got = map_new(y_layout, op->channels, pixels);
        tables[i]->pool(op, x.view, got.view);
        assert_maps_near(&got, &wanted, op->channels, pixels, "pool");
        free(got.memory);
    }
    free(wanted.memory);
    free(x.memory);
}

static void pools_equal_the_plain_ones(void **state)
{
    (void)state;
    static const size_t channels[] = { 0, 1, 7, 8, 9, 16, 31, 33 };
    kin_rng rng;
    kin_rng_seed(&rng, 6);
    size_t turn = 0;
    for (size_t size = 1; size < 20; size += 3)
        for (size_t kernel = 1; kernel <= 3; kernel++)
            for (size_t stride = 1; stride <= 2; stride++)
                for (size_t pad = 0; pad <= kernel; pad++, turn++) {
                    kin_pool op = { window_of(size, size + 1, kernel, stride, 1, pad), channels[turn % 8], pad, pad,
                                    (kin_pool_kind)(turn % 3) };
                    check_pool(&rng, &op, turn % LAYOUTS, turn / 2 % LAYOUTS);
                }
}

/* 2x2 pixels 1 2 / 3 4, window 2, stride 1, one ring of padding: by hand. */
static void a_pool_by_hand(void **state)
{
    (void)state;
    float x[] = { 1, 2, 3, 4 }, y[9];
    kin_pool op = { window_of(2, 2, 2, 1, 1, 1), 1, 1, 1, KIN_POOL_MAX };
    static const float highest[] = { 1, 2, 2, 3, 4, 4, 3, 4, 4 };
    static const float mean[] = { 1, 1.5F, 2, 2, 2.5F, 3, 3, 3.5F, 4 };
    static const float padded[] = { 0.25F, 0.75F, 0.5F, 1, 2.5F, 1.5F, 0.75F, 1.75F, 1 };
    static const float *const wanted[] = { highest, mean, padded };
    const kin_kernels *k = kin_kernels_named("plain");
    for (int kind = 0; kind < 3; kind++) {
        op.kind = (kin_pool_kind)kind;
        k->pool(&op, kin_view_last(x, 1), kin_view_last(y, 1));
        for (int i = 0; i < 9; i++)
            assert_near(y[i], wanted[kind][i], "pool by hand");
    }
}

static void means_and_scales_equal_the_plain_ones(void **state)
{
    (void)state;
    kin_rng rng;
    kin_rng_seed(&rng, 7);
    const kin_kernels *tables[3], *plain = kin_kernels_named("plain");
    size_t count = fast_tables(tables);
    for (size_t channels = 0; channels <= 40; channels++)
        for (size_t pixels = 0; pixels <= 33; pixels += 3) {
            map_layout layout = (channels + pixels / 3) % LAYOUTS;
            kin_act act = acts[channels % ACTS];
            map x = map_random(&rng, layout, channels, pixels), wanted = map_new(layout, channels, pixels);
            float *scale = random_floats(&rng, channels, 1), *shift = random_floats(&rng, channels, 1);
            float mean[40], wanted_mean[40];
            plain->affine(x.view, channels, pixels, scale, pixels % 2 ? shift : NULL, act, wanted.view);
            plain->global_mean(x.view, channels, pixels, wanted_mean);
            for (size_t i = 0; i < count; i++) {
                map got = map_new(layout, channels, pixels);
                tables[i]->affine(x.view, channels, pixels, scale, pixels % 2 ? shift : NULL, act, got.view);
                assert_maps_near(&got, &wanted, channels, pixels, "affine");
                tables[i]->global_mean(x.view, channels, pixels, mean);
                for (size_t c = 0; c < channels; c++)
                    assert_near(mean[c], wanted_mean[c], "global mean");
                free(got.memory);
            }
            free(shift);
            free(scale);
            free(wanted.memory);
            free(x.memory);
        }
}

typedef struct inverted_case {
    size_t in, hidden, out, size, kernel, stride;
    bool expand, residual;
} inverted_case;

typedef struct inverted_net {
    kin_linear expand;
    kin_inverted op;
    float *weights[3];
} inverted_net;

static inverted_net make_inverted(const kin_kernels *k, kin_rng *rng, const inverted_case *c)
{
    inverted_net net = { 0 };
    kin_act relu6 = acts[1];
    net.expand = (kin_linear) { c->in, c->hidden, NULL, relu6 };
    net.op.depthwise = (kin_depthwise) { window_of(c->size, c->size + 3, c->kernel, c->stride, 1, c->kernel / 2),
                                         c->hidden, NULL, relu6 };
    net.op.project = (kin_linear) { c->hidden, c->out, NULL, KIN_NO_ACT };
    size_t taps = c->kernel * c->kernel;
    float *source = random_floats(rng, (c->in + c->out + taps + 3) * c->hidden + c->out, 0.3F);
    net.weights[0] = packed_floats(k->linear_size(c->in, c->hidden));
    net.weights[1] = packed_floats(k->depthwise_size(&net.op.depthwise));
    net.weights[2] = packed_floats(k->linear_size(c->hidden, c->out));
    k->linear_pack(c->in, c->hidden, source, c->in, 1, source, net.weights[0]);
    k->depthwise_pack(&net.op.depthwise, source + c->in * c->hidden, source, net.weights[1]);
    k->linear_pack(c->hidden, c->out, source, c->hidden, 1, source, net.weights[2]);
    net.expand.packed = net.weights[0];
    net.op.depthwise.packed = net.weights[1];
    net.op.project.packed = net.weights[2];
    free(source);
    return net;
}

/* The three layers one after the other. */
static map run_layers(const kin_kernels *k, const inverted_case *c, const inverted_net *net, map x, kin_view residual)
{
    const kin_window *w = &net->op.depthwise.window;
    map hidden = map_new(BLOCKED, c->hidden, w->in_h * w->in_w);
    map middle = map_new(BLOCKED, c->hidden, w->out_h * w->out_w), y = map_new(BLOCKED, c->out, w->out_h * w->out_w);
    if (c->expand)
        k->linear(&net->expand, 0, kin_blocks(c->hidden), x.view, KIN_NO_VIEW, hidden.view, w->in_h * w->in_w);
    k->depthwise(&net->op.depthwise, 0, kin_blocks(c->hidden), c->expand ? hidden.view : x.view, w->in_h, middle.view,
                 0, w->out_h);
    k->linear(&net->op.project, 0, kin_blocks(c->out), middle.view, residual, y.view, w->out_h * w->out_w);
    free(hidden.memory);
    free(middle.memory);
    return y;
}

static void check_inverted(const kin_kernels *k, kin_rng *rng, const inverted_case *c)
{
    inverted_net net = make_inverted(k, rng, c);
    const kin_window *w = &net.op.depthwise.window;
    size_t pixels = w->out_h * w->out_w;
    map x = map_random(rng, BLOCKED, c->expand ? c->in : c->hidden, w->in_h * w->in_w);
    map residual = map_random(rng, BLOCKED, c->out, pixels);
    kin_view added = c->residual ? residual.view : KIN_NO_VIEW;
    map wanted = run_layers(k, c, &net, x, added);
    net.op.expand = c->expand ? &net.expand : NULL;
    size_t natural = kin_inverted_strip(&net.op);
    assert_true(natural >= 1 && natural <= w->out_h);
    for (size_t strip = 1; strip <= w->out_h; strip++) {
        char what[100];
        net.op.strip = strip;
        (void)snprintf(what, sizeof what, "%s strips of %zu of %zu", k->name, strip, w->out_h);
        float *scratch = packed_floats(kin_inverted_scratch(&net.op));
        map got = map_new(BLOCKED, c->out, pixels);
        kin_inverted_run(k, &net.op, x.view, added, got.view, scratch);
        assert_maps_near(&got, &wanted, c->out, pixels, what);
        free(got.memory);
        free(scratch);
    }
    for (int i = 0; i < 3; i++)
        free(net.weights[i]);
    free(wanted.memory);
    free(residual.memory);
    free(x.memory);
}

static void strips_equal_the_layers(void **state)
{
    (void)state;
    static const inverted_case cases[] = { { 16, 96, 24, 14, 3, 2, true, false }, { 24, 144, 24, 15, 3, 1, true, true },
                                           { 9, 40, 33, 11, 5, 2, true, false },  { 0, 32, 16, 13, 3, 1, false, false },
                                           { 16, 48, 16, 9, 7, 1, true, true },   { 8, 16, 8, 12, 3, 4, true, false },
                                           { 40, 80, 40, 7, 5, 1, true, true },   { 0, 24, 8, 9, 3, 2, false, false } };
    kin_rng rng;
    kin_rng_seed(&rng, 8);
    const kin_kernels *tables[3];
    size_t count = fast_tables(tables);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_inverted(kin_kernels_named("plain"), &rng, &cases[i]);
        for (size_t t = 0; t < count; t++)
            check_inverted(tables[t], &rng, &cases[i]);
    }
}

static void a_table_is_chosen(void **state)
{
    (void)state;
    const char *wanted = getenv("KIN_KERNEL");
    assert_non_null(kin_kernels_get());
    assert_ptr_equal(kin_kernels_get(), kin_kernels_get());
    if (wanted && kin_kernels_named(wanted))
        assert_string_equal(kin_kernels_get()->name, wanted);
    else
        assert_string_not_equal(kin_kernels_get()->name, "plain");
    assert_null(kin_kernels_named("sse9"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_layers_equal_the_plain_ones),
        cmocka_unit_test(a_residual_may_be_the_output),
        cmocka_unit_test(depthwise_equals_the_plain_one),
        cmocka_unit_test(depthwise_takes_uneven_padding),
        cmocka_unit_test(convolutions_equal_the_plain_ones),
        cmocka_unit_test(convolutions_take_strips_and_odd_windows),
        cmocka_unit_test(pools_equal_the_plain_ones),
        cmocka_unit_test(a_pool_by_hand),
        cmocka_unit_test(means_and_scales_equal_the_plain_ones),
        cmocka_unit_test(strips_equal_the_layers),
        cmocka_unit_test(a_table_is_chosen),
    };
    return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
