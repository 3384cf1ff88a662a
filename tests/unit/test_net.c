/* Each operator against plain loops written here, on every table of kernels that this processor has. */
#include "test_net_model.h"

static const char *const tables[] = { "plain", "blas", "avx2", "avx512" };

/* Packs m, runs it on noise with every table, and compares with want[count]. */
static void expect(model *m, const float *want, size_t count)
{
    model_pack(m);
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        kin_net_options options = KIN_NET_OPTIONS_INIT;
        kin_error err = KIN_ERROR_INIT;
        kin_net *net = NULL;
        kin_runner *runner = NULL;
        options.kernels = kin_kernels_named(tables[t]);
        if (!options.kernels)
            continue;
        if (kin_net_open(m->bytes, m->size, &options, &net, &err))
            fail_msg("%s", err.message);
        const kin_net_info *info = kin_net_about(net);
        assert_int_equal(info->output_count, count);
        assert_int_equal(kin_runner_new(net, &runner, &err), KIN_OK);
        size_t n = info->channels * info->height * info->width;
        float *x = malloc(n * sizeof *x), *y = malloc(count * sizeof *y);
        for (size_t i = 0; i < n; i++)
            x[i] = noise(i);
        kin_runner_run(runner, x, y);
        kin_runner_run(runner, x, y);
        for (size_t i = 0; i < count; i++)
            if (!(fabsf(y[i] - want[i]) <= 2e-5f * (1 + fabsf(want[i]))))
                fail_msg("%s: output %zu is %g, not %g", tables[t], i, (double)y[i], (double)want[i]);
        free(x);
        free(y);
        kin_runner_free(runner);
        kin_net_free(net);
    }
    model_clear(m);
}

typedef struct conv_case {
    int64_t in, out, groups, size, kernel, stride, dilation, pads[4];
} conv_case;

static float *conv_reference(const conv_case *c, const float *w, const float *bias, int64_t *out_size)
{
    int64_t n = (c->size + c->pads[0] + c->pads[2] - (c->kernel - 1) * c->dilation - 1) / c->stride + 1;
    int64_t each = c->in / c->groups, k = c->kernel;
    float *y = malloc((size_t)(c->out * n * n) * sizeof *y);
    for (int64_t o = 0; o < c->out; o++)
        for (int64_t p = 0; p < n * n; p++) {
            double sum = (double)bias[o];
            for (int64_t t = 0; t < each * k * k; t++) {
                int64_t row = p / n * c->stride - c->pads[0] + t / k % k * c->dilation;
                int64_t col = p % n * c->stride - c->pads[1] + t % k * c->dilation;
                int64_t from = o / (c->out / c->groups) * each + t / (k * k);
                if (row >= 0 && row < c->size && col >= 0 && col < c->size)
                    sum += (double)w[o * each * k * k + t] *
                           (double)noise((size_t)((from * c->size + row) * c->size + col));
            }
            y[o * n * n + p] = (float)sum;
        }
    *out_size = n;
    return y;
}

static void add_conv(model *m, const conv_case *c, float *w, float *bias, const char *out)
{
    model_floats(m, "w", 4, (int64_t[]) { c->out, c->in / c->groups, c->kernel, c->kernel }, w);
    model_floats(m, "b", 1, (int64_t[]) { c->out }, bias);
    Onnx__NodeProto *node = model_node(m, "Conv", "x w b", out);
    model_ints(m, node, "strides", 2, (int64_t[]) { c->stride, c->stride });
    model_ints(m, node, "dilations", 2, (int64_t[]) { c->dilation, c->dilation });
    model_ints(m, node, "pads", 4, c->pads);
    model_int(m, node, "group", c->groups);
}

static const conv_case conv_cases[] = {
    { 3, 20, 1, 9, 3, 2, 1, { 0, 1, 1, 0 } },
    { 20, 33, 1, 7, 1, 1, 1, { 0 } },
    { 20, 20, 20, 8, 3, 1, 1, { 1, 1, 1, 1 } },
    { 17, 17, 17, 9, 5, 2, 1, { 2, 2, 2, 2 } },
    { 8, 12, 4, 6, 3, 1, 1, { 1, 1, 1, 1 } },
    { 4, 5, 1, 11, 3, 1, 2, { 2, 2, 2, 2 } },
    { 16, 8, 1, 8, 1, 2, 1, { 0 } },
    { 3, 6, 3, 7, 3, 1, 1, { 1, 1, 1, 1 } },
};

static void convolutions_with_what_follows_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4 * sizeof conv_cases / sizeof *conv_cases; i++) {
        const conv_case *c = &conv_cases[i / 4];
        float w[2000], bias[64], scale[4][64];
        for (size_t k = 0; k < 2000; k++)
            w[k] = noise(k + 9000);
        for (size_t k = 0; k < 64; k++) {
            bias[k] = noise(k + 700);
            for (size_t q = 0; q < 4; q++)
                scale[q][k] = 1.5f + noise(k + 100 * q);
        }
        int64_t n = 0;
        float *want = conv_reference(c, w, bias, &n);
        size_t count = (size_t)(c->out * n * n);
        model m;
        model_init(&m, c->in, c->size, c->size);
        add_conv(&m, c, w, bias, i % 4 ? "a" : "y");
        if (i % 4 == 1) { /* batch normalisation, then a residual, then an activation */
            const char *names[] = { "s0", "s1", "s2", "s3" };
            for (size_t q = 0; q < 4; q++)
                model_floats(&m, names[q], 1, (int64_t[]) { c->out }, scale[q]);
            model_node(&m, "BatchNormalization", "a s0 s1 s2 s3", "n");
            model_node(&m, "Add", "n a", "r");
            model_node(&m, "Relu", "r", "y");
        } else if (i % 4 == 2) { /* x sigmoid(x), behind a factor for each channel */
            model_floats(&m, "s0", 3, (int64_t[]) { c->out, 1, 1 }, scale[0]);
            model_node(&m, "Mul", "s0 a", "n");
            model_node(&m, "Sigmoid", "n", "g");
            model_node(&m, "Mul", "g n", "y");
        } else if (i % 4 == 3) { /* divided and shifted for each channel */
            model_floats(&m, "s0", 4, (int64_t[]) { 1, c->out, 1, 1 }, scale[0]);
            model_floats(&m, "s1", 4, (int64_t[]) { 1, c->out, 1, 1 }, scale[1]);
            model_node(&m, "Div", "a s0", "n");
            model_node(&m, "Sub", "n s1", "y");
        }
        for (size_t k = 0; k < count; k++) {
            size_t o = k / (size_t)(n * n);
            float v = want[k], f = scale[0][o] / sqrtf(scale[3][o] + 1e-5f);
            if (i % 4 == 1)
                want[k] = fmaxf((v - scale[2][o]) * f + scale[1][o] + v, 0);
            else if (i % 4 == 2)
                want[k] = v * scale[0][o] / (1 + expf(-v * scale[0][o]));
            else if (i % 4 == 3)
                want[k] = v / scale[0][o] - scale[1][o];
        }
        expect(&m, want, count);
        free(want);
    }
}

static float relu6f(float v)
{
    return fminf(fmaxf(v, 0), 6);
}

static void an_inverted_block(void **state)
{
    (void)state;
    enum { IN = 12, WIDE = 40, SIDE = 9, PIXELS = SIDE * SIDE };
    static float expand[WIDE * IN], deep[WIDE * 9], project[IN * WIDE], a[WIDE * PIXELS], b[WIDE * PIXELS];
    float want[IN * PIXELS], six = 6, zero = 0;
    for (size_t i = 0; i < WIDE * IN; i++) {
        expand[i] = noise(i + 50);
        project[i] = noise(i + 5000) / 6;
        deep[i % (WIDE * 9)] = noise(i + 900);
    }
    for (size_t i = 0; i < WIDE * PIXELS; i++) {
        float sum = 0;
        for (size_t c = 0; c < IN; c++)
            sum += expand[i / PIXELS * IN + c] * noise(c * PIXELS + i % PIXELS);
        a[i] = relu6f(sum);
    }
    for (size_t i = 0; i < WIDE * PIXELS; i++) {
        float sum = 0;
        for (size_t t = 0; t < 9; t++) {
            size_t row = i % PIXELS / SIDE + t / 3 - 1, col = i % SIDE + t % 3 - 1;
            if (row < SIDE && col < SIDE)
                sum += deep[i / PIXELS * 9 + t] * a[i / PIXELS * PIXELS + row * SIDE + col];
        }
        b[i] = relu6f(sum);
    }
    for (size_t i = 0; i < IN * PIXELS; i++) {
        want[i] = noise(i);
        for (size_t c = 0; c < WIDE; c++)
            want[i] += project[i / PIXELS * WIDE + c] * b[c * PIXELS + i % PIXELS];
    }
    model m;
    model_init(&m, IN, SIDE, SIDE);
    model_floats(&m, "e", 4, (int64_t[]) { WIDE, IN, 1, 1 }, expand);
    model_floats(&m, "d", 4, (int64_t[]) { WIDE, 1, 3, 3 }, deep);
    model_floats(&m, "p", 4, (int64_t[]) { IN, WIDE, 1, 1 }, project);
    model_floats(&m, "zero", 0, NULL, &zero);
    model_floats(&m, "six", 0, NULL, &six);
    model_node(&m, "Conv", "x e", "a");
    model_node(&m, "Clip", "a zero six", "a6");
    Onnx__NodeProto *node = model_node(&m, "Conv", "a6 d", "b");
    model_int(&m, node, "group", WIDE);
    model_ints(&m, node, "pads", 4, (int64_t[]) { 1, 1, 1, 1 });
    model_node(&m, "Clip", "b zero six", "b6");
    model_node(&m, "Conv", "b6 p", "c");
    model_node(&m, "Add", "x c", "y");
    expect(&m, want, IN * PIXELS);
}

static float hard_sigmoidf(float v)
{
    return fminf(fmaxf(v * 0.2f + 0.5f, 0), 1);
}

static float unary_reference(size_t i, float v)
{
    switch (i) {
    case 0:
        return fmaxf(v, 0);
    case 1:
        return 1 / (1 + expf(-v));
    case 2:
        return hard_sigmoidf(v);
    case 3:
        return v * fminf(fmaxf(v / 6 + 0.5f, 0), 1);
    case 4:
        return v * (1 + erff(v / sqrtf(2))) / 2;
    case 5:
        return tanhf(v);
    case 6:
        return erff(v);
    case 7:
        return expf(v);
    case 8:
        return v < 0 ? 0.01f * v : v;
    default:
        return v;
    }
}

static void functions_of_one_number(void **state)
{
    (void)state;
    static const char *const ops[] = { "Relu", "Sigmoid", "HardSigmoid", "HardSwish", "Gelu",    "Tanh",
                                       "Erf",  "Exp",     "LeakyRelu",   "Identity",  "Dropout", "Cast" };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        float want[3 * 35];
        for (size_t k = 0; k < 105; k++)
            want[k] = unary_reference(i, noise(k));
        model m;
        model_init(&m, 3, 5, 7);
        Onnx__NodeProto *node = model_node(&m, ops[i], "x", "y");
        if (strcmp(ops[i], "Cast") == 0)
            model_int(&m, node, "to", ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
        model_node(&m, "Identity", "y", "unused");
        expect(&m, want, 105);
    }
}

static void gelu_by_tanh(void **state)
{
    (void)state;
    float want[105];
    for (size_t k = 0; k < 105; k++) {
        double v = (double)noise(k);
        want[k] = (float)(v / 2 * (1 + tanh(sqrt(2 / acos(-1)) * (v + 0.044715 * v * v * v))));
    }
    model m;
    model_init(&m, 3, 5, 7);
    model_text(&m, model_node(&m, "Gelu", "x", "y"), "approximate", "tanh");
    expect(&m, want, 105);
}

static float gated_reference(size_t i, float v)
{
    const float results[] = { v * (1 + erff(v / sqrtf(2))) / 2,  v * (1 + erff(v / sqrtf(2))) / 2,
                              v / (1 + expf(-1.702f * v)),       v * hard_sigmoidf(v),
                              v * fminf(fmaxf(v + 3, 0), 6) / 6, fminf(fmaxf(v + 3, 0), 6) / 6,
                              v * fminf(fmaxf(v + 3, 0), 6) / 3 };
    return results[i];
}

/* GELU, QuickGELU, hard swish and hard sigmoid as exporters spell them out; the last is no hard swish. */
static void functions_of_several_nodes(void **state)
{
    (void)state;
    static float numbers[] = { 1.41421356f, 1, 0.5f, 0.70710678f, 1.702f, 3, 0, 6 };
    static const char *const names[] = { "root2", "one", "half", "root_half", "quick", "three", "zero", "six" };
    for (size_t i = 0; i < 7; i++) {
        float want[105];
        for (size_t k = 0; k < 105; k++)
            want[k] = gated_reference(i, 4 * noise(k));
        static float four = 4;
        model m;
        model_init(&m, 3, 5, 7);
        for (size_t k = 0; k < 8; k++)
            model_floats(&m, names[k], 0, NULL, &numbers[k]);
        model_floats(&m, "four", 0, NULL, &four);
        model_node(&m, "Mul", "x four", "v");
        if (i < 2) {
            model_node(&m, i ? "Mul" : "Div", i ? "v root_half" : "v root2", "a");
            model_node(&m, "Erf", "a", "b");
            model_node(&m, "Add", i ? "one b" : "b one", "c");
            model_node(&m, "Mul", i ? "half v" : "v c", "d");
            model_node(&m, "Mul", i ? "d c" : "d half", "y");
        } else if (i == 2) {
            model_node(&m, "Mul", "v quick", "a");
            model_node(&m, "Sigmoid", "a", "b");
            model_node(&m, "Mul", "v b", "y");
        } else if (i == 3) {
            model_node(&m, "HardSigmoid", "v", "a");
            model_node(&m, "Mul", "a v", "y");
        } else {
            model_node(&m, "Add", "v three", "a");
            model_node(&m, "Clip", "a zero six", "b");
            model_node(&m, i == 5 ? "Identity" : "Mul", i == 5 ? "b" : "v b", "c");
            model_node(&m, "Div", i == 6 ? "c three" : "c six", "y");
        }
        expect(&m, want, 105);
    }
}

static float binary_reference(size_t op, float a, float b)
{
    const float results[] = { a + b, a - b, a * b, a / b, fminf(a, b), fmaxf(a, b) };
    return results[op];
}

/* The second operand in every shape that broadcasts to [1, 3, 5, 7], on both sides, on a map and on a plain tensor. */
static void arithmetic_broadcasts(void **state)
{
    (void)state;
    static const char *const ops[] = { "Add", "Sub", "Mul", "Div", "Min", "Max" };
    static const int64_t shapes[][4] = { { 1, 3, 5, 7 }, { 1, 1, 1, 1 }, { 1, 3, 1, 1 },
                                         { 1, 1, 5, 1 }, { 1, 1, 1, 7 }, { 1, 3, 1, 7 } };
    for (size_t i = 0; i < 6 * 6 * 4; i++) {
        size_t op = i / 24, turned = i & 1, plain = i >> 1 & 1;
        const int64_t *s = shapes[i / 4 % 6];
        float other[105], want[105];
        for (size_t k = 0; k < 105; k++)
            other[k] = 1.5f + noise(k + 333);
        for (size_t k = 0; k < 105; k++) {
            size_t c = k / 35 % (size_t)s[1], h = k / 7 % 5 % (size_t)s[2], w = k % 7 % (size_t)s[3];
            float o = other[(c * (size_t)s[2] + h) * (size_t)s[3] + w], v = noise(k) + 3;
            want[k] = turned ? binary_reference(op, o, v) : binary_reference(op, v, o);
        }
        float three = 3;
        model m;
        model_init(&m, 3, 5, 7);
        model_floats(&m, "three", 0, NULL, &three);
        model_floats(&m, "o", 4, s, other);
        model_node(&m, "Add", "x three", "a");
        if (plain) { /* there and back, so that the tensor is in ONNX's own order */
            model_list(&m, "flat", 2, (int64_t[]) { 5, -1 });
            model_list(&m, "full", 4, (int64_t[]) { 1, 3, 5, 7 });
            model_node(&m, "Reshape", "a flat", "f");
            model_node(&m, "Reshape", "f full", "p");
        }
        model_node(&m, ops[op], turned ? (plain ? "o p" : "o a") : (plain ? "p o" : "a o"), "y");
        expect(&m, want, 105);
    }
}

static void pools(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        bool max = i < 2, ceil_mode = i & 1, padded = i >= 4;
        float want[5 * 16];
        size_t n = ceil_mode ? 4 : 3, count = 0;
        for (size_t p = 0; p < 5 * n * n; p++) {
            float best = -INFINITY, sum = 0;
            size_t seen = 0, inside = 0;
            for (size_t t = 0; t < 9; t++) {
                size_t row = p / n % n * 2 + t / 3, col = p % n * 2 + t % 3;
                inside += row < 9 && col < 9; /* the image and its padding of 1 */
                if (row < 1 || col < 1 || row > 7 || col > 7)
                    continue;
                float v = noise(p / (n * n) * 49 + (row - 1) * 7 + col - 1);
                best = fmaxf(best, v);
                sum += v;
                seen++;
            }
            want[count++] = max ? best : sum / (float)(padded ? inside : seen);
        }
        model m;
        model_init(&m, 5, 7, 7);
        Onnx__NodeProto *node = model_node(&m, max ? "MaxPool" : "AveragePool", "x", "y");
        model_ints(&m, node, "kernel_shape", 2, (int64_t[]) { 3, 3 });
        model_ints(&m, node, "strides", 2, (int64_t[]) { 2, 2 });
        model_ints(&m, node, "pads", 4,
                   (int64_t[]) { 1, 1, (int64_t)(ceil_mode ? 1 : 0), (int64_t)(ceil_mode ? 1 : 0) });
        if (padded)
            model_int(&m, node, "count_include_pad", 1);
        expect(&m, want, count);
    }
}

static void means_and_rows(void **state)
{
    (void)state;
    static const unsigned masks[] = { 12, 8, 2, 10, 14, 15 };
    for (size_t i = 0; i < 12; i++) {
        unsigned mask = masks[i / 2];
        size_t dims[4] = { 1, 3, 5, 7 }, out[4], n = 1;
        int64_t axes[4];
        size_t named = 0;
        for (size_t k = 0; k < 4; k++) {
            out[k] = mask >> k & 1 ? 1 : dims[k];
            n *= out[k];
            if (mask >> k & 1)
                axes[named++] = (int64_t)k - (k & 1 ? 4 : 0);
        }
        float want[105] = { 0 };
        for (size_t k = 0; k < 105; k++) {
            size_t at[4] = { 0, k / 35, k / 7 % 5, k % 7 };
            want[((at[1] % out[1]) * out[2] + at[2] % out[2]) * out[3] + at[3] % out[3]] += noise(k) * (float)n / 105;
        }
        model m;
        model_init(&m, 3, 5, 7);
        Onnx__NodeProto *node = model_node(&m, "ReduceMean", "x", "y");
        model_ints(&m, node, "axes", named, axes);
        model_int(&m, node, "keepdims", i & 1);
        expect(&m, want, n);
    }
}

/* Softmax along each axis; LayerNormalization as one operator and spelled out. */
static void normalised_rows(void **state)
{
    (void)state;
    static const size_t inner[] = { 105, 35, 7, 1 }, sizes[] = { 1, 3, 5, 7 };
    for (size_t axis = 1; axis < 4; axis++) {
        float want[105];
        size_t step = inner[axis], n = sizes[axis];
        for (size_t k = 0; k < 105; k++) {
            size_t first = k / (step * n) * step * n + k % step;
            float sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += expf(noise(first + i * step));
            want[k] = expf(noise(k)) / sum;
        }
        model m;
        model_init(&m, 3, 5, 7);
        model_int(&m, model_node(&m, "Softmax", "x", "y"), "axis", (int64_t)axis - 4);
        expect(&m, want, 105);
    }
    for (size_t spelled = 0; spelled < 2; spelled++) {
        float want[105], gamma[7], beta[7], two = 2, epsilon = 1e-5f;
        for (size_t k = 0; k < 7; k++) {
            gamma[k] = noise(k + 70);
            beta[k] = noise(k + 80);
        }
        for (size_t k = 0; k < 105; k++) {
            float mean = 0, square = 0;
            for (size_t i = 0; i < 7; i++)
                mean += noise(k / 7 * 7 + i) / 7;
            for (size_t i = 0; i < 7; i++)
                square += (noise(k / 7 * 7 + i) - mean) * (noise(k / 7 * 7 + i) - mean) / 7;
            want[k] = (noise(k) - mean) / sqrtf(square + epsilon) * gamma[k % 7] + beta[k % 7];
        }
        model m;
        model_init(&m, 3, 5, 7);
        m.opset.version = 17;
        model_floats(&m, "g", 1, (int64_t[]) { 7 }, gamma);
        model_floats(&m, "b", 1, (int64_t[]) { 7 }, beta);
        model_floats(&m, "two", 0, NULL, &two);
        model_floats(&m, "e", 0, NULL, &epsilon);
        if (!spelled) {
            model_node(&m, "LayerNormalization", "x g b", "y");
        } else {
            model_ints(&m, model_node(&m, "ReduceMean", "x", "m"), "axes", 1, (int64_t[]) { -1 });
            model_node(&m, "Sub", "x m", "d");
            model_node(&m, "Pow", "d two", "q");
            model_ints(&m, model_node(&m, "ReduceMean", "q", "v"), "axes", 1, (int64_t[]) { 3 });
            model_node(&m, "Add", "e v", "ve");
            model_node(&m, "Sqrt", "ve", "r");
            model_node(&m, "Div", "d r", "n");
            model_node(&m, "Mul", "n g", "ng");
            model_node(&m, "Add", "ng b", "y");
        }
        expect(&m, want, 105);
    }
}

/* [3, 35] seen as a matrix times constants, and times its own transpose. */
static void products(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        float w[35 * 6], c[6], want[18];
        for (size_t k = 0; k < 35 * 6; k++)
            w[k] = noise(k + 400);
        for (size_t k = 0; k < 6; k++)
            c[k] = noise(k + 40);
        size_t n = i < 3 ? 6 : 3;
        for (size_t k = 0; k < 3 * n; k++) {
            want[k] = 0;
            for (size_t t = 0; t < 35; t++) {
                float b = i >= 3 ? noise(k % n * 35 + t) : i == 2 ? w[k % n * 35 + t] : w[t * 6 + k % n];
                want[k] += noise(k / n * 35 + t) * b;
            }
            want[k] /= i == 4 ? 4.0f : 1.0f;
            want[k] = i == 1 || i == 2 ? 0.5f * want[k] + 2 * c[k % n] : want[k];
        }
        model m;
        model_init(&m, 3, 5, 7);
        model_list(&m, "rows", 2, (int64_t[]) { 3, 35 });
        model_node(&m, "Reshape", "x rows", "a");
        model_floats(&m, "w", 2, i == 2 ? (int64_t[]) { 6, 35 } : (int64_t[]) { 35, 6 }, w);
        model_floats(&m, "c", 1, (int64_t[]) { 6 }, c);
        if (i >= 3)
            model_ints(&m, model_node(&m, "Transpose", "a", "t"), "perm", 2, (int64_t[]) { 1, 0 });
        Onnx__NodeProto *node = i == 0   ? model_node(&m, "MatMul", "a w", "y")
                                : i >= 3 ? model_node(&m, "MatMul", "a t", i == 3 ? "y" : "p")
                                         : model_node(&m, "Gemm", "a w c", "y");
        if (i == 1 || i == 2) {
            model_float(&m, node, "alpha", 0.5f);
            model_float(&m, node, "beta", 2);
            model_int(&m, node, "transB", i == 2);
        }
        float four = 4;
        model_floats(&m, "four", 0, NULL, &four);
        if (i == 4)
            model_node(&m, "Div", "p four", "y");
        expect(&m, want, 3 * n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_with_what_follows_them),
        cmocka_unit_test(an_inverted_block),
        cmocka_unit_test(functions_of_one_number),
        cmocka_unit_test(gelu_by_tanh),
        cmocka_unit_test(functions_of_several_nodes),
        cmocka_unit_test(arithmetic_broadcasts),
        cmocka_unit_test(pools),
        cmocka_unit_test(means_and_rows),
        cmocka_unit_test(normalised_rows),
        cmocka_unit_test(products),
    };
    return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
