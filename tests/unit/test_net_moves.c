/* What moves numbers, against where they have to end up; and shapes computed in the graph. */
#include "test_net_model.h"

/* Output i has to be noise(from[i]). */
static void expect_from(model *m, const size_t *from, size_t count)
{
    model_pack(m);
    kin_error err = KIN_ERROR_INIT;
    kin_net *net = NULL;
    kin_runner *runner = NULL;
    if (kin_net_open(m->bytes, m->size, NULL, &net, &err))
        fail_msg("%s", err.message);
    const kin_net_info *info = kin_net_about(net);
    assert_int_equal(info->output_count, count);
    assert_int_equal(kin_runner_new(net, &runner, &err), KIN_OK);
    size_t n = info->channels * info->height * info->width;
    float *x = malloc(n * sizeof *x), *y = malloc(count * sizeof *y);
    for (size_t i = 0; i < n; i++)
        x[i] = noise(i);
    kin_runner_run(runner, x, y);
    for (size_t i = 0; i < count; i++)
        assert_true(y[i] == noise(from[i]));
    free(x);
    free(y);
    kin_runner_free(runner);
    kin_net_free(net);
    model_clear(m);
}

enum { C = 18, H = 3, W = 5, ALL = C * H * W };

static size_t at(size_t c, size_t h, size_t w)
{
    return (c * H + h) * W + w;
}

static void transposes_in_every_order(void **state)
{
    (void)state;
    static const size_t dims[4] = { 1, C, H, W };
    for (size_t code = 0; code < 256; code++) {
        size_t o[4] = { code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 }, from[ALL], place[4];
        if ((1u << o[0] | 1u << o[1] | 1u << o[2] | 1u << o[3]) != 15)
            continue;
        for (size_t i = 0; i < ALL; i++) {
            size_t rest = i;
            for (size_t k = 4; k-- > 0; rest /= dims[o[k]])
                place[o[k]] = rest % dims[o[k]];
            from[i] = at(place[1], place[2], place[3]);
        }
        model m;
        model_init(&m, C, H, W);
        model_ints(&m, model_node(&m, "Transpose", "x", "y"), "perm", 4,
                   (int64_t[]) { (int64_t)o[0], (int64_t)o[1], (int64_t)o[2], (int64_t)o[3] });
        expect_from(&m, from, ALL);
    }
}

/* To channels last and back, with a reshape between that keeps or breaks them. */
static void layouts_turn_and_return(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t from[ALL];
        for (size_t k = 0; k < ALL; k++)
            from[k] = k;
        model m;
        model_init(&m, C, H, W);
        model_list(&m, "flat", 3, (int64_t[]) { 0, i ? C / 2 : C, -1 });
        model_list(&m, "map", 4, (int64_t[]) { 1, C, H, W });
        model_node(&m, "Reshape", "x flat", "f");
        model_ints(&m, model_node(&m, "Transpose", "f", "t"), "perm", 3, (int64_t[]) { 0, 2, 1 });
        model_ints(&m, model_node(&m, "Transpose", "t", "b"), "perm", 3, (int64_t[]) { 0, 2, 1 });
        model_node(&m, "Reshape", "b map", "y");
        expect_from(&m, from, ALL);
    }
}

static void slices_and_splits(void **state)
{
    (void)state;
    size_t from[ALL], n = 0;
    for (size_t c = 15; c >= 3 && c < C; c -= 4)
        for (size_t h = 0; h < H; h++)
            for (size_t w = 1; w < 4; w++)
                from[n++] = at(c, h, w);
    model m;
    model_init(&m, C, H, W);
    model_list(&m, "s", 2, (int64_t[]) { -3, 1 });
    model_list(&m, "e", 2, (int64_t[]) { -1000, -1 });
    model_list(&m, "a", 2, (int64_t[]) { 1, -1 });
    model_list(&m, "t", 2, (int64_t[]) { -4, 1 });
    model_node(&m, "Slice", "x s e a t", "y");
    expect_from(&m, from, n);

    n = 0;
    for (size_t c = 0; c < C; c++)
        for (size_t h = 0; h < H; h++) {
            from[n++] = at(c, h, 3);
            from[n++] = at(c, h, 4);
            for (size_t w = 0; w < 3; w++)
                from[n++] = at(c, h, w);
        }
    model_init(&m, C, H, W);
    model_list(&m, "parts", 2, (int64_t[]) { 3, 2 });
    model_int(&m, model_node(&m, "Split", "x parts", "p q"), "axis", 3);
    model_int(&m, model_node(&m, "Concat", "q p", "y"), "axis", -1);
    expect_from(&m, from, ALL);
}

static void gathers_and_expands(void **state)
{
    (void)state;
    static const size_t picked[] = { 2, 17, 0, 17 };
    size_t from[ALL * 2], n = 0;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < H * W; k++)
            from[n++] = picked[i] * H * W + k;
    model m;
    model_init(&m, C, H, W);
    model_list(&m, "i", 4, (int64_t[]) { 2, -1, 0, 17 });
    model_int(&m, model_node(&m, "Gather", "x i", "y"), "axis", 1);
    expect_from(&m, from, n);

    for (size_t i = 0; i < 2 * ALL; i++)
        from[i] = i % ALL;
    model_init(&m, C, H, W);
    model_list(&m, "shape", 4, (int64_t[]) { 2, 1, 1, 1 });
    model_node(&m, "Expand", "x shape", "y");
    expect_from(&m, from, 2 * ALL);
}

static void concatenations_in_place(void **state)
{
    (void)state;
    for (size_t axis = 1; axis < 4; axis++) {
        size_t from[2 * ALL], n = 0, outer = axis == 1 ? 1 : axis == 2 ? C : C * H, part = ALL / outer;
        for (size_t o = 0; o < outer; o++)
            for (size_t i = 0; i < 2 * part; i++)
                from[n++] = o * part + i % part;
        float one[C * C] = { 0 };
        for (size_t c = 0; c < C; c++)
            one[c * C + c] = 1;
        model m;
        model_init(&m, C, H, W);
        model_floats(&m, "w", 4, (int64_t[]) { C, C, 1, 1 }, one);
        model_node(&m, "Conv", "x w", "a");
        model_node(&m, "Conv", "x w", "b");
        model_int(&m, model_node(&m, "Concat", "a b", "y"), "axis", (int64_t)axis);
        expect_from(&m, from, n);
    }
}

/* Parts of whole blocks of channels, a third from elsewhere, pooled parts: written where they belong or copied. */
static void concatenations_of_blocks(void **state)
{
    (void)state;
    enum { WIDE = 32, PIXELS = 4 };
    static float one[WIDE * WIDE];
    size_t from[3 * WIDE * PIXELS];
    for (size_t c = 0; c < WIDE; c++)
        one[c * WIDE + c] = 1;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < 3 * WIDE * PIXELS; i++)
            from[i] = i % (WIDE * PIXELS);
        model m;
        model_init(&m, WIDE, 2, 2);
        model_floats(&m, "w", 4, (int64_t[]) { WIDE, WIDE, 1, 1 }, one);
        model_node(&m, "Conv", "x w", "a");
        model_ints(&m, model_node(&m, "MaxPool", "x", "b"), "kernel_shape", 2, (int64_t[]) { 1, 1 });
        model_int(&m, model_node(&m, "Concat", k ? "a b" : "a b x", "c"), "axis", 1);
        model_node(&m, "Identity", "c", "y");
        expect_from(&m, from, (k ? 2 : 3) * WIDE * PIXELS);
    }
}

/* The shape [1, -1, last] put together as exporters do it, with Where, Equal, Cast and arithmetic on the way. */
static void shapes_are_computed(void **state)
{
    (void)state;
    size_t from[ALL];
    for (size_t i = 0; i < ALL; i++)
        from[i] = i;
    model m;
    model_init(&m, C, H, W);
    model_list(&m, "three", 1, (int64_t[]) { 3 });
    model_list(&m, "minus", 1, (int64_t[]) { -1 });
    model_list(&m, "axis", 1, (int64_t[]) { 0 });
    model_node(&m, "Shape", "x", "s");
    model_node(&m, "Gather", "s three", "w");
    model_node(&m, "Squeeze", "w axis", "w0");
    model_node(&m, "Unsqueeze", "w0 axis", "w1");
    model_int(&m, model_node(&m, "Cast", "w1", "f"), "to", ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    model_node(&m, "Mul", "f f", "ff");
    model_node(&m, "Div", "ff f", "g");
    model_int(&m, model_node(&m, "Cast", "g", "w2"), "to", ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
    model_node(&m, "Equal", "w2 w1", "same");
    model_node(&m, "Where", "same w2 minus", "last");
    model_int(&m, model_node(&m, "Concat", "minus last", "shape"), "axis", 0);
    model_node(&m, "Reshape", "x shape", "r");
    model_int(&m, model_node(&m, "Flatten", "r", "y"), "axis", 0);
    expect_from(&m, from, ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transposes_in_every_order), cmocka_unit_test(layouts_turn_and_return),
        cmocka_unit_test(slices_and_splits),         cmocka_unit_test(gathers_and_expands),
        cmocka_unit_test(concatenations_in_place),   cmocka_unit_test(concatenations_of_blocks),
        cmocka_unit_test(shapes_are_computed),
    };
    return cmocka_run_group_tests_name("net_moves", tests, NULL, NULL);
}
