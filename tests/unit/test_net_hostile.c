/* Files that are wrong: refused with a message that says what, and never a crash, whatever the bytes. */
#include "test_net_model.h"

#include "base/rng.h"

static float ones[256], factors[4];

/* A net with a bit of everything: convolutions, an inverted block, concatenation, attention, shape arithmetic. */
static void make_mixed(model *m)
{
    for (size_t i = 0; i < 256; i++)
        ones[i] = noise(i) / 4;
    for (size_t i = 0; i < 4; i++)
        factors[i] = 1 + noise(i) / 2;
    model_init(m, 3, 6, 6);
    model_floats(m, "w1", 4, (int64_t[]) { 4, 3, 3, 3 }, ones);
    model_floats(m, "w2", 4, (int64_t[]) { 4, 1, 3, 3 }, ones);
    model_floats(m, "w3", 4, (int64_t[]) { 4, 4, 1, 1 }, ones);
    model_floats(m, "s", 1, (int64_t[]) { 4 }, factors);
    model_list(m, "shape", 3, (int64_t[]) { 1, 8, -1 });
    model_list(m, "starts", 1, (int64_t[]) { 1 });
    model_list(m, "ends", 1, (int64_t[]) { 9 });
    model_list(m, "axes", 1, (int64_t[]) { 1 });
    Onnx__NodeProto *node = model_node(m, "Conv", "x w1 s", "a");
    model_ints(m, node, "pads", 4, (int64_t[]) { 1, 1, 1, 1 });
    model_node(m, "BatchNormalization", "a s s s s", "b");
    model_node(m, "Relu", "b", "c");
    node = model_node(m, "Conv", "c w2", "d");
    model_int(m, node, "group", 4);
    model_ints(m, node, "pads", 4, (int64_t[]) { 1, 1, 1, 1 });
    model_node(m, "Conv", "d w3", "e");
    model_node(m, "Add", "e c", "f");
    node = model_node(m, "MaxPool", "f", "g");
    model_ints(m, node, "kernel_shape", 2, (int64_t[]) { 2, 2 });
    model_int(m, model_node(m, "Concat", "g g", "h"), "axis", 1);
    model_node(m, "Reshape", "h shape", "i");
    model_ints(m, model_node(m, "Transpose", "i", "j"), "perm", 3, (int64_t[]) { 0, 2, 1 });
    model_node(m, "MatMul", "j i", "k");
    model_int(m, model_node(m, "Softmax", "k", "l"), "axis", -1);
    model_node(m, "MatMul", "l j", "n");
    model_node(m, "Slice", "n starts ends axes", "o");
    model_ints(m, model_node(m, "ReduceMean", "o", "y"), "axes", 1, (int64_t[]) { 1 });
}

static void refused(model *m, int code, const char *a, const char *b)
{
    kin_error err = KIN_ERROR_INIT;
    kin_net *net = NULL;
    model_pack(m);
    assert_int_equal(kin_net_open(m->bytes, m->size, NULL, &net, &err), code);
    assert_null(net);
    if (!strstr(err.message, a) || !strstr(err.message, b))
        fail_msg("'%s' says nothing of '%s' and '%s'", err.message, a, b);
    model_clear(m);
}

static void unknown_operators_are_named_at_once(void **state)
{
    (void)state;
    model m;
    model_init(&m, 3, 4, 4);
    model_node(&m, "Einsum", "x", "a");
    model_node(&m, "Relu", "a", "b");
    model_node(&m, "NonZero", "b", "y");
    model_node(&m, "Unneeded", "b", "z");
    refused(&m, KIN_E_FORMAT, "Einsum 'a', NonZero 'y'", "not supported");
}

static void broken_graphs(void **state)
{
    (void)state;
    model m;
    model_init(&m, 3, 4, 4);
    model_node(&m, "Relu", "later", "y");
    model_node(&m, "Relu", "x", "later");
    refused(&m, KIN_E_FORMAT, "later", "nothing before it makes");
    model_init(&m, 3, 4, 4);
    model_node(&m, "Relu", "x", "y");
    model_node(&m, "Relu", "x", "y");
    refused(&m, KIN_E_FORMAT, "Relu 'y'", "there already");
    model_init(&m, 3, 4, 4);
    model_node(&m, "Relu", "x", "z");
    refused(&m, KIN_E_FORMAT, "'y'", "no node makes");
    model_init(&m, 3, 4, 4);
    m.inputs[1] = m.inputs[0];
    m.graph.n_input = 2;
    model_node(&m, "Relu", "x", "y");
    refused(&m, KIN_E_FORMAT, "several inputs", "one image");
    model_init(&m, 3, 4, 4);
    m.opset.version = 99;
    model_node(&m, "Relu", "x", "y");
    refused(&m, KIN_E_FORMAT, "opset 99", "7 to 25");
}

static void what_still_trains(void **state)
{
    (void)state;
    static float one = 1;
    for (size_t i = 0; i < 2; i++) {
        model m;
        model_init(&m, 1, 4, 4);
        model_floats(&m, "one", 1, (int64_t[]) { 1 }, &one);
        Onnx__NodeProto *node = i ? model_node(&m, "BatchNormalization", "x one one one one", "y")
                                  : model_node(&m, "Dropout", "x one one", "y");
        if (i)
            model_int(&m, node, "training_mode", 1);
        refused(&m, KIN_E_FORMAT, i ? "BatchNormalization 'y'" : "Dropout 'y'", "training mode");
    }
}

static void broken_tensors(void **state)
{
    (void)state;
    static const char *const says[] = { "another file", "another number", "impossible shape", "data type",
                                        "fit",          "another number", "another number" };
    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        model m;
        model_init(&m, 3, 4, 4);
        Onnx__TensorProto *t = model_floats(&m, "w", 4, (int64_t[]) { 2, i == 4 ? 2 : 3, 1, 1 }, ones);
        if (i == 0) {
            t->has_data_location = 1;
            t->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
        } else if (i == 1) {
            t->n_float_data = 5;
        } else if (i == 2) {
            t->dims[0] = INT64_MAX;
            t->dims[1] = 8;
        } else if (i == 3) {
            t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__COMPLEX64;
        } else if (i == 5) {
            t->dims[0] = (int64_t)1 << 40;
        } else if (i == 6) {
            t->n_float_data = 0;
            t->has_raw_data = 1;
            t->raw_data.data = (uint8_t *)ones;
            t->raw_data.len = 23;
        }
        model_node(&m, "Conv", "x w", "y");
        refused(&m, KIN_E_FORMAT, says[i], "w");
    }
}

static void greed_meets_a_limit(void **state)
{
    (void)state;
    model m;
    model_init(&m, 3, 60000, 60000);
    model_node(&m, "Relu", "x", "y");
    refused(&m, KIN_E_LIMIT, "memory limit", "input");
    model_init(&m, 3, 4, 4);
    model_list(&m, "s", 4, (int64_t[]) { 1 << 20, 3, 1 << 20, 4 });
    model_node(&m, "Expand", "x s", "a");
    model_node(&m, "Relu", "a", "y");
    refused(&m, KIN_E_FORMAT, "Expand", "fit");
    model_init(&m, 3, 4, 4);
    model_list(&m, "s", 4, (int64_t[]) { 1 << 20, 3, 4, 4 });
    model_node(&m, "ConstantOfShape", "s", "a");
    model_node(&m, "Expand", "x s", "b");
    model_node(&m, "Add", "a b", "y");
    kin_error err = KIN_ERROR_INIT;
    kin_net_options options = KIN_NET_OPTIONS_INIT;
    kin_net *net = NULL;
    options.memory_limit = 100 << 20;
    model_pack(&m);
    assert_int_equal(kin_net_open(m.bytes, m.size, &options, &net, &err), KIN_E_LIMIT);
    model_clear(&m);
}

/* Graphs in attributes nest as deep as a file is long. */
static void nesting_is_refused(void **state)
{
    (void)state;
    model m;
    model_init(&m, 3, 4, 4);
    Onnx__GraphProto inner = ONNX__GRAPH_PROTO__INIT;
    model_attribute(&m, model_node(&m, "If", "x", "y"), "then_branch")->g = &inner;
    refused(&m, KIN_E_FORMAT, "graph inside a node", "not supported");
    kin_error err = KIN_ERROR_INIT;
    kin_net *net = NULL;
    assert_int_equal(kin_net_open("", 0, NULL, &net, &err), KIN_E_FORMAT);
    assert_int_equal(kin_net_open("GIF89a...", 9, NULL, &net, &err), KIN_E_FORMAT);
}

static void open_size_has_to_be_said(void **state)
{
    (void)state;
    model m;
    model_init(&m, 3, 4, 4);
    Onnx__TensorShapeProto *shape = m.inputs[0]->type->tensor_type->shape;
    for (size_t i = 0; i < 4; i++) {
        shape->dim[i]->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        shape->dim[i]->dim_param = "n";
    }
    model_node(&m, "GlobalAveragePool", "x", "y");
    model_pack(&m);
    kin_error err = KIN_ERROR_INIT;
    kin_net_options options = KIN_NET_OPTIONS_INIT;
    kin_net *net = NULL;
    assert_int_equal(kin_net_open(m.bytes, m.size, &options, &net, &err), KIN_E_USAGE);
    options.input_size = 8;
    assert_int_equal(kin_net_open(m.bytes, m.size, &options, &net, &err), KIN_OK);
    assert_int_equal(kin_net_about(net)->height, 8);
    kin_net_free(net);
    model_clear(&m);
}

/* Bytes and planes give the same, again and again, whoever runs it. */
static void runs_repeat(void **state)
{
    (void)state;
    model m;
    make_mixed(&m);
    model_pack(&m);
    kin_error err = KIN_ERROR_INIT;
    kin_net *net = NULL;
    kin_runner *runners[2] = { NULL, NULL };
    if (kin_net_open(m.bytes, m.size, NULL, &net, &err))
        fail_msg("%s", err.message);
    uint8_t bytes[108];
    float planes[108], y[3][8] = { { 0 } };
    const float scale[3] = { 0.01f, 0.02f, 0.03f }, shift[3] = { -1, 0, 1 };
    for (size_t i = 0; i < 108; i++) {
        bytes[i] = (uint8_t)(i * 7);
        planes[i % 3 * 36 + i / 3] = (float)bytes[i] * scale[i % 3] + shift[i % 3];
    }
    assert_int_equal(kin_net_about(net)->output_count, 8);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(kin_runner_new(net, &runners[i], &err), KIN_OK);
    kin_runner_run_bytes(runners[0], bytes, scale, shift, y[0]);
    kin_runner_run_bytes(runners[0], bytes, scale, shift, y[1]);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    kin_runner_run_bytes(runners[1], bytes, scale, shift, y[1]);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    kin_runner_run(runners[1], planes, y[2]);
    for (size_t i = 0; i < 8; i++)
        assert_true(fabsf(y[2][i] - y[0][i]) <= 1e-4f * (1 + fabsf(y[0][i])));
    kin_runner_free(runners[0]);
    kin_runner_free(runners[1]);
    kin_net_free(net);
    model_clear(&m);
}

static void any_bytes_are_survived(void **state)
{
    (void)state;
    model m;
    make_mixed(&m);
    model_pack(&m);
    uint8_t *bytes = malloc(m.size);
    kin_rng rng;
    kin_rng_seed(&rng, 7);
    size_t opened = 0, refusals = 0;
    for (size_t round = 0; round < 6000; round++) {
        memcpy(bytes, m.bytes, m.size);
        size_t size = round % 5 == 0 ? (size_t)kin_rng_below(&rng, m.size) : m.size;
        for (size_t flips = kin_rng_below(&rng, 4) + 1; flips > 0; flips--)
            bytes[kin_rng_below(&rng, m.size)] ^= (uint8_t)(1u << kin_rng_below(&rng, 8));
        kin_error err = KIN_ERROR_INIT;
        kin_net_options options = KIN_NET_OPTIONS_INIT;
        kin_net *net = NULL;
        kin_runner *runner = NULL;
        options.memory_limit = 16 << 20;
        if (kin_net_open(bytes, size, &options, &net, &err)) {
            assert_true(err.message[0] != '\0');
            refusals++;
            continue;
        }
        const kin_net_info *info = kin_net_about(net);
        float *x = calloc(info->channels * info->height * info->width, sizeof *x);
        float *y = malloc(info->output_count * sizeof *y);
        if (info->flops < 1e8 && kin_runner_new(net, &runner, &err) == KIN_OK)
            kin_runner_run(runner, x, y);
        opened++;
        free(x);
        free(y);
        kin_runner_free(runner);
        kin_net_free(net);
    }
    assert_true(opened > 100 && refusals > 100);
    free(bytes);
    model_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_operators_are_named_at_once),
        cmocka_unit_test(broken_graphs),
        cmocka_unit_test(what_still_trains),
        cmocka_unit_test(broken_tensors),
        cmocka_unit_test(greed_meets_a_limit),
        cmocka_unit_test(nesting_is_refused),
        cmocka_unit_test(open_size_has_to_be_said),
        cmocka_unit_test(runs_repeat),
        cmocka_unit_test(any_bytes_are_survived),
    };
    return cmocka_run_group_tests_name("net_hostile", tests, NULL, NULL);
}
