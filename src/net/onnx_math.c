/* Readers of arithmetic: one value at a time, products, normalisation, means. */
#include "onnx_import.h"

#include <math.h>
#include <string.h>

static int emit_unary(kin_net_import *im, kin_act act)
{
    size_t in = kin_net__operand(im, 0);
    const kin_net_value *x = kin_net__value(im, in);
    if (x->type != KIN_NET_FLOAT)
        return kin_net__refuse(im, "needs floats");
    kin_net_node *node = NULL;
    int status = kin_net__emit(im, KIN_NET_UNARY, &in, 1, x->rank, x->dims, &node);
    if (status)
        return status;
    node->act = act;
    return kin_net__finish(im, node);
}

static int read_relu(kin_net_import *im)
{
    return emit_unary(im, (kin_act) { KIN_ACT_CLIP, 0, INFINITY });
}

static int read_leaky(kin_net_import *im)
{
    float alpha = 0.01f;
    int status = kin_net__attribute_float(im, "alpha", &alpha);
    return status ? status : emit_unary(im, (kin_act) { KIN_ACT_LEAKY, alpha, 0 });
}

static int read_sigmoid(kin_net_import *im)
{
    return emit_unary(im, (kin_act) { KIN_ACT_SIGMOID, 0, 0 });
}

static int read_hard_sigmoid(kin_net_import *im)
{
    kin_act act = { KIN_ACT_HARD_SIGMOID, 0.2f, 0.5f };
    int status = kin_net__attribute_float(im, "alpha", &act.a);
    if (!status)
        status = kin_net__attribute_float(im, "beta", &act.b);
    return status ? status : emit_unary(im, act);
}

static int read_hard_swish(kin_net_import *im)
{
    return emit_unary(im, (kin_act) { KIN_ACT_HARD_SWISH, 1.0f / 6, 0.5f });
}

static int read_gelu(kin_net_import *im)
{
    const char *kind = "none";
    int status = kin_net__attribute_string(im, "approximate", &kind);
    bool by_tanh = strcmp(kind, "tanh") == 0;
    return status ? status : emit_unary(im, (kin_act) { by_tanh ? KIN_ACT_GELU_TANH : KIN_ACT_GELU, 0, 0 });
}

static int read_tanh(kin_net_import *im)
{
    return emit_unary(im, (kin_act) { KIN_ACT_TANH, 0, 0 });
}

static int read_erf(kin_net_import *im)
{
    return emit_unary(im, (kin_act) { KIN_ACT_ERF, 0, 0 });
}

static int read_exp(kin_net_import *im)
{
    return emit_unary(im, (kin_act) { KIN_ACT_EXP, 0, 0 });
}

static int read_sqrt(kin_net_import *im)
{
    return emit_unary(im, (kin_act) { KIN_ACT_SQRT, 0, 0 });
}

/* The bounds are attributes up to opset 10, inputs from 11 on. */
static int read_clip(kin_net_import *im)
{
    kin_act act = { KIN_ACT_CLIP, -INFINITY, INFINITY };
    int status = kin_net__attribute_float(im, "min", &act.a);
    if (!status)
        status = kin_net__attribute_float(im, "max", &act.b);
    if (!status && kin_net__operand(im, 1) != KIN_NET_NONE)
        status = kin_net__constant_float(im, 1, &act.a);
    if (!status && kin_net__operand(im, 2) != KIN_NET_NONE)
        status = kin_net__constant_float(im, 2, &act.b);
    return status ? status : emit_unary(im, act);
}

int kin_net__broadcast_shape(kin_net_import *im, const kin_net_value *a, const kin_net_value *b, size_t *rank,
                             size_t *dims)
{
    *rank = a->rank > b->rank ? a->rank : b->rank;
    for (size_t i = 0; i < *rank; i++) {
        size_t from_a = i < a->rank ? a->dims[a->rank - 1 - i] : 1, from_b = i < b->rank ? b->dims[b->rank - 1 - i] : 1;
        if (from_a != from_b && from_a != 1 && from_b != 1)
            return kin_net__refuse(im, "its inputs' shapes do not fit each other");
        dims[*rank - 1 - i] = from_a == 1 ? from_b : from_a;
    }
    return KIN_OK;
}

static int emit_binary(kin_net_import *im, kin_net_op op, kin_binary kind, const size_t in[2])
{
    const kin_net_value *a = kin_net__value(im, in[0]), *b = kin_net__value(im, in[1]);
    size_t rank = 0, dims[KIN_NET_RANK];
    if (a->type != b->type)
        return kin_net__refuse(im, "its inputs are of different types");
    int status = kin_net__broadcast_shape(im, a, b, &rank, dims);
    kin_net_node *node = NULL;
    if (!status)
        status = kin_net__emit(im, op, in, 2, rank, dims, &node);
    if (status)
        return status;
    node->binary = kind;
    return kin_net__finish(im, node);
}

static int read_binary(kin_net_import *im, kin_binary kind)
{
    const kin_net_value *b = kin_net__value(im, kin_net__operand(im, 1));
    for (size_t i = 0; kind == KIN_DIV && b->data && b->type == KIN_NET_INT && i < b->count; i++)
        if (((const int64_t *)b->data)[i] == 0)
            return kin_net__refuse(im, "divides by 0");
    return emit_binary(im, KIN_NET_BINARY, kind, (size_t[]) { kin_net__operand(im, 0), kin_net__operand(im, 1) });
}

static int read_add(kin_net_import *im)
{
    return read_binary(im, KIN_ADD);
}

static int read_sub(kin_net_import *im)
{
    return read_binary(im, KIN_SUB);
}

static int read_mul(kin_net_import *im)
{
    return read_binary(im, KIN_MUL);
}

static int read_div(kin_net_import *im)
{
    return read_binary(im, KIN_DIV);
}

static int read_min(kin_net_import *im)
{
    return read_binary(im, KIN_MIN);
}

static int read_max(kin_net_import *im)
{
    return read_binary(im, KIN_MAX);
}

static int read_equal(kin_net_import *im)
{
    if (kin_net__value(im, kin_net__operand(im, 0))->type != KIN_NET_INT)
        return kin_net__refuse(im, "compares floats, which is not supported");
    return emit_binary(im, KIN_NET_EQUAL, KIN_SUB, (size_t[]) { kin_net__operand(im, 0), kin_net__operand(im, 1) });
}

static int read_pow(kin_net_import *im)
{
    float exponent = 1;
    size_t in = kin_net__operand(im, 0);
    const kin_net_value *x = kin_net__value(im, in);
    int status = kin_net__constant_float(im, 1, &exponent);
    if (status)
        return status;
    if (x->type != KIN_NET_FLOAT)
        return kin_net__refuse(im, "needs floats");
    if (exponent == 0.5f)
        return emit_unary(im, (kin_act) { KIN_ACT_SQRT, 0, 0 });
    if (exponent == 2)
        return emit_binary(im, KIN_NET_BINARY, KIN_MUL, (size_t[]) { in, in });
    kin_net_node *node = NULL;
    status = kin_net__emit(im, KIN_NET_POWER, &in, 1, x->rank, x->dims, &node);
    if (status)
        return status;
    node->alpha = exponent;
    return kin_net__finish(im, node);
}

/* Before opset 13 the input is seen as a matrix split at `axis` (1 where not said); later the axis alone counts. */
static int read_softmax(kin_net_import *im)
{
    size_t in = kin_net__operand(im, 0), axis = 0, id = in;
    const kin_net_value *x = kin_net__value(im, in);
    int64_t wanted = im->opset < 13 ? 1 : -1;
    int status = kin_net__attribute_int(im, "axis", &wanted);
    if (!status)
        status = kin_net__axis(im, wanted, x->rank, &axis);
    if (status)
        return status;
    if (x->type != KIN_NET_FLOAT)
        return kin_net__refuse(im, "needs floats");
    size_t order[KIN_NET_RANK], inner = 1;
    for (size_t i = 0; i < x->rank; i++) {
        order[i] = i == axis ? x->rank - 1 : i == x->rank - 1 ? axis : i;
        inner *= i < axis ? 1 : x->dims[i];
    }
    bool turn = im->opset >= 13 && axis + 1 < x->rank;
    if (turn)
        status = kin_net__emit_transpose(im, in, order, &id);
    const kin_net_value *rows = kin_net__value(im, id);
    kin_net_node *node = NULL;
    if (!status)
        status = kin_net__emit(im, KIN_NET_SOFTMAX, &id, 1, rows->rank, rows->dims, &node);
    if (status)
        return status;
    node->inner = im->opset < 13 ? inner : rows->dims[rows->rank - 1];
    if (!turn)
        return kin_net__finish(im, node);
    status = kin_net__settle(im, node, &id);
    if (!status)
        status = kin_net__emit_transpose(im, id, order, &id);
    return status ? status : kin_net__name_output(im, 0, id);
}

static int read_layer_norm(kin_net_import *im)
{
    size_t in[3] = { kin_net__operand(im, 0), kin_net__operand(im, 1), kin_net__operand(im, 2) }, axis = 0, inner = 1;
    const kin_net_value *x = kin_net__value(im, in[0]);
    int64_t wanted = -1;
    float epsilon = 1e-5f;
    int status = kin_net__attribute_int(im, "axis", &wanted);
    if (!status)
        status = kin_net__attribute_float(im, "epsilon", &epsilon);
    if (!status)
        status = kin_net__axis(im, wanted, x->rank, &axis);
    if (status)
        return status;
    for (size_t i = axis; i < x->rank; i++)
        inner *= x->dims[i];
    for (size_t i = 1; i < 3; i++) {
        const kin_net_value *v = in[i] == KIN_NET_NONE ? NULL : kin_net__value(im, in[i]);
        if (x->type != KIN_NET_FLOAT || (v && (!v->data || v->type != KIN_NET_FLOAT || v->count != inner)))
            return kin_net__refuse(im, "its scale and bias have to be constants of the normalised size");
    }
    kin_net_node *node = NULL;
    status = kin_net__emit(im, KIN_NET_NORM, in, 3, x->rank, x->dims, &node);
    if (status)
        return status;
    node->inner = inner;
    node->alpha = epsilon;
    return kin_net__finish(im, node);
}

/* The axes are an attribute up to opset 17, an input from 18 on; none means all. */
static int read_reduce_mean(kin_net_import *im)
{
    size_t in = kin_net__operand(im, 0), count = 0, rank = 0, dims[KIN_NET_RANK];
    const kin_net_value *x = kin_net__value(im, in);
    int64_t axes[KIN_NET_RANK], keep = 1;
    unsigned mask = 0;
    int status = kin_net__attribute_int(im, "keepdims", &keep);
    if (!status)
        status = kin_net__attribute_ints(im, "axes", KIN_NET_RANK, axes, &count);
    if (!status && kin_net__operand(im, 1) != KIN_NET_NONE)
        status = kin_net__constant_ints(im, 1, KIN_NET_RANK, axes, &count);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++) {
        size_t axis = 0;
        status = kin_net__axis(im, axes[i], x->rank, &axis);
        if (status)
            return status;
        mask |= 1u << axis;
    }
    mask = count ? mask : (1u << x->rank) - 1;
    for (size_t i = 0; i < x->rank; i++) {
        if (!(mask >> i & 1) || keep)
            dims[rank++] = mask >> i & 1 ? 1 : x->dims[i];
    }
    if (x->type != KIN_NET_FLOAT || x->count == 0)
        return kin_net__refuse(im, "needs floats");
    bool global = !x->data && x->rank == 4 && x->dims[0] == 1 && (mask & ~1u) == 12;
    kin_net_node *node = NULL;
    status = kin_net__emit(im, global ? KIN_NET_GLOBAL_MEAN : KIN_NET_MEAN, &in, 1, rank, dims, &node);
    if (status)
        return status;
    node->axes = mask;
    return kin_net__finish(im, node);
}

/* x W for constant W[in, out] (or [out, in] where `turned`), scaled; `bias` is a constant [out] or none. */
static int emit_linear(kin_net_import *im, size_t x, size_t weights, bool turned, float factor, size_t bias,
                       float bias_factor)
{
    const kin_net_value *w = kin_net__value(im, weights), *from = kin_net__value(im, x);
    size_t n_in = w->dims[turned ? 1 : 0], n_out = w->dims[turned ? 0 : 1], ids[3] = { x, 0, KIN_NET_NONE };
    size_t dims[KIN_NET_RANK];
    int status =
        kin_net__add_value(im->graph, im->label, KIN_NET_FLOAT, 2, (size_t[]) { n_out, n_in }, &ids[1], im->err);
    if (!status)
        status = kin_net__make_constant(im->graph, ids[1], im->err);
    if (status)
        return status;
    float *packed = kin_net__value(im, ids[1])->data;
    for (size_t o = 0; o < n_out; o++)
        for (size_t i = 0; i < n_in; i++)
            packed[o * n_in + i] = factor * ((const float *)w->data)[turned ? o * n_in + i : i * n_out + o];
    if (bias != KIN_NET_NONE) {
        const kin_net_value *b = kin_net__value(im, bias);
        status = kin_net__add_value(im->graph, im->label, KIN_NET_FLOAT, 1, &n_out, &ids[2], im->err);
        if (!status)
            status = kin_net__make_constant(im->graph, ids[2], im->err);
        if (status)
            return status;
        for (size_t o = 0; o < n_out; o++)
            ((float *)kin_net__value(im, ids[2])->data)[o] =
                bias_factor * ((const float *)b->data)[b->count == 1 ? 0 : o];
    }
    memcpy(dims, from->dims, sizeof dims);
    dims[from->rank - 1] = n_out;
    kin_net_node *node = NULL;
    status = kin_net__emit(im, KIN_NET_LINEAR, ids, 3, from->rank, dims, &node);
    return status ? status : kin_net__finish(im, node);
}

static int read_gemm(kin_net_import *im)
{
    size_t x = kin_net__operand(im, 0), w = kin_net__operand(im, 1), c = kin_net__operand(im, 2);
    int64_t turn_a = 0, turn_b = 0;
    float alpha = 1, beta = 1;
    int status = kin_net__attribute_int(im, "transA", &turn_a);
    if (!status)
        status = kin_net__attribute_int(im, "transB", &turn_b);
    if (!status)
        status = kin_net__attribute_float(im, "alpha", &alpha);
    if (!status)
        status = kin_net__attribute_float(im, "beta", &beta);
    if (!status && turn_a)
        status = kin_net__emit_transpose(im, x, (size_t[]) { 1, 0 }, &x);
    if (status)
        return status;
    const kin_net_value *a = kin_net__value(im, x), *b = kin_net__value(im, w);
    const kin_net_value *bias = c == KIN_NET_NONE ? NULL : kin_net__value(im, c);
    if (a->rank != 2 || b->rank != 2 || !b->data || a->type != KIN_NET_FLOAT || b->type != KIN_NET_FLOAT ||
        b->dims[turn_b ? 1 : 0] != a->dims[1])
        return kin_net__refuse(im, "needs two matrices that fit, the second constant");
    size_t out = b->dims[turn_b ? 0 : 1];
    bool fits = !bias || (bias->data && bias->type == KIN_NET_FLOAT && bias->rank <= 2 &&
                          (bias->count == 1 || (bias->count == out && bias->dims[bias->rank - 1] == out)));
    if (!fits)
        return kin_net__refuse(im, "its third input has to be a constant row");
    return emit_linear(im, x, w, turn_b != 0, alpha, c, beta);
}

static int read_matmul(kin_net_import *im)
{
    size_t in[2] = { kin_net__operand(im, 0), kin_net__operand(im, 1) }, rank = 0, dims[KIN_NET_RANK];
    const kin_net_value *a = kin_net__value(im, in[0]), *b = kin_net__value(im, in[1]);
    if (a->rank < 2 || b->rank < 2 || a->type != KIN_NET_FLOAT || b->type != KIN_NET_FLOAT ||
        a->dims[a->rank - 1] != b->dims[b->rank - 2])
        return kin_net__refuse(im, "needs two arrays of matrices that fit");
    if (a->count == 0 || b->count == 0)
        return kin_net__refuse(im, "has nothing to multiply");
    if (!a->data && b->data && b->rank == 2)
        return emit_linear(im, in[0], in[1], false, 1, KIN_NET_NONE, 0);
    kin_net_value x = *a, z = *b;
    x.rank -= 2;
    z.rank -= 2;
    int status = kin_net__broadcast_shape(im, &x, &z, &rank, dims);
    if (status)
        return status;
    if (rank + 2 > KIN_NET_RANK)
        return kin_net__refuse(im, "has too many dimensions");
    dims[rank] = a->dims[a->rank - 2];
    dims[rank + 1] = b->dims[b->rank - 1];
    kin_net_node *node = NULL;
    status = kin_net__emit(im, KIN_NET_MATMUL, in, 2, rank + 2, dims, &node);
    return status ? status : kin_net__finish(im, node);
}

const kin_net_reader kin_net__math_readers[] = {
    { "Relu", 1, 1, read_relu },
    { "LeakyRelu", 1, 1, read_leaky },
    { "Sigmoid", 1, 1, read_sigmoid },
    { "HardSigmoid", 1, 1, read_hard_sigmoid },
    { "HardSwish", 1, 1, read_hard_swish },
    { "Gelu", 1, 1, read_gelu },
    { "Tanh", 1, 1, read_tanh },
    { "Erf", 1, 1, read_erf },
    { "Exp", 1, 1, read_exp },
    { "Sqrt", 1, 1, read_sqrt },
    { "Clip", 1, 3, read_clip },
    { "Add", 2, 2, read_add },
    { "Sub", 2, 2, read_sub },
    { "Mul", 2, 2, read_mul },
    { "Div", 2, 2, read_div },
    { "Min", 2, 2, read_min },
    { "Max", 2, 2, read_max },
    { "Equal", 2, 2, read_equal },
    { "Pow", 2, 2, read_pow },
    { "Softmax", 1, 1, read_softmax },
    { "LayerNormalization", 2, 3, read_layer_norm },
    { "ReduceMean", 1, 2, read_reduce_mean },
    { "Gemm", 2, 3, read_gemm },
    { "MatMul", 2, 2, read_matmul },
    { NULL, 0, 0, NULL },
};
