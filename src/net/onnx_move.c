/* Readers of what moves numbers or makes shapes. Most become one walk with a step for each axis (KIN_NET_MOVE); what
 * depends on shapes only is a constant at once. */
#include "onnx_import.h"

#include <math.h>
#include <string.h>

int kin_net__axis(kin_net_import *im, int64_t axis, size_t rank, size_t *out)
{
    if (axis < -(int64_t)rank || axis >= (int64_t)rank)
        return kin_net__refuse(im, "axis %lld is outside of its %zu dimensions", (long long)axis, rank);
    *out = (size_t)(axis < 0 ? axis + (int64_t)rank : axis);
    return KIN_OK;
}

void kin_net__row_steps(size_t rank, const size_t *dims, ptrdiff_t *steps)
{
    ptrdiff_t step = 1;
    for (size_t i = rank; i-- > 0;) {
        steps[i] = step;
        step *= dims[i] ? (ptrdiff_t)dims[i] : 1;
    }
}

int kin_net__constant_ints(kin_net_import *im, size_t i, size_t most, int64_t *out, size_t *count)
{
    size_t id = kin_net__operand(im, i);
    const kin_net_value *v = id == KIN_NET_NONE ? NULL : kin_net__value(im, id);
    if (!v || !v->data || v->type != KIN_NET_INT || v->rank > 1 || v->count > most)
        return kin_net__refuse(im, "input %zu has to be at most %zu constant integers", i, most);
    for (size_t k = 0; k < v->count; k++)
        out[k] = ((const int64_t *)v->data)[k];
    *count = v->count;
    return KIN_OK;
}

int kin_net__constant_float(kin_net_import *im, size_t i, float *out)
{
    size_t id = kin_net__operand(im, i);
    const kin_net_value *v = id == KIN_NET_NONE ? NULL : kin_net__value(im, id);
    if (!v || !v->data || v->count != 1)
        return kin_net__refuse(im, "input %zu has to be one constant number", i);
    *out = v->type == KIN_NET_FLOAT ? *(const float *)v->data : (float)*(const int64_t *)v->data;
    return KIN_OK;
}

int kin_net__emit_reshape(kin_net_import *im, size_t x, size_t rank, const size_t *dims, size_t *id)
{
    kin_net_node *node = NULL;
    int status = kin_net__emit(im, KIN_NET_RESHAPE, &x, 1, rank, dims, &node);
    if (!status && kin_net__value(im, node->output)->count != kin_net__value(im, x)->count)
        status = kin_net__refuse(im, "its new shape has another number of elements");
    return status ? status : kin_net__settle(im, node, id);
}

int kin_net__emit_transpose(kin_net_import *im, size_t x, const size_t *order, size_t *id)
{
    const kin_net_value *from = kin_net__value(im, x);
    size_t dims[KIN_NET_RANK];
    ptrdiff_t steps[KIN_NET_RANK];
    if (from->rank < 2)
        return kin_net__refuse(im, "needs a matrix");
    kin_net__row_steps(from->rank, from->dims, steps);
    for (size_t i = 0; i < from->rank; i++)
        dims[i] = from->dims[order[i]];
    kin_net_node *node = NULL;
    int status = kin_net__emit(im, KIN_NET_TRANSPOSE, &x, 1, from->rank, dims, &node);
    if (status)
        return status;
    for (size_t i = 0; i < from->rank; i++) {
        node->order[i] = order[i];
        node->steps[i] = steps[order[i]];
    }
    return kin_net__settle(im, node, id);
}

/* A constant list of integers as output 0. */
static int finish_ints(kin_net_import *im, const int64_t *values, size_t rank, size_t count)
{
    size_t id = 0;
    int status = kin_net__add_value(im->graph, im->label, KIN_NET_INT, rank, &count, &id, im->err);
    if (!status)
        status = kin_net__make_constant(im->graph, id, im->err);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        ((int64_t *)kin_net__value(im, id)->data)[i] = values[i];
    return kin_net__name_output(im, 0, id);
}

static int read_shape(kin_net_import *im)
{
    const kin_net_value *x = kin_net__value(im, kin_net__operand(im, 0));
    int64_t dims[KIN_NET_RANK], rank = (int64_t)x->rank, start = 0, end = rank;
    int status = kin_net__attribute_int(im, "start", &start);
    if (!status)
        status = kin_net__attribute_int(im, "end", &end);
    if (status)
        return status;
    start = start < -rank ? 0 : start < 0 ? start + rank : start > rank ? rank : start;
    end = end < -rank ? 0 : end < 0 ? end + rank : end > rank ? rank : end;
    size_t count = 0;
    for (int64_t i = start; i < end; i++)
        dims[count++] = (int64_t)x->dims[i];
    return finish_ints(im, dims, 1, count);
}

static int read_constant(kin_net_import *im)
{
    const Onnx__TensorProto *tensor = kin_net__attribute_tensor(im, "value");
    size_t id = 0, count = SIZE_MAX;
    int64_t ints[64];
    if (tensor) {
        int status = kin_net__read_tensor(im, tensor, im->label, &id);
        return status ? status : kin_net__name_output(im, 0, id);
    }
    float number = NAN;
    int status = kin_net__attribute_ints(im, "value_ints", 64, ints, &count);
    if (!status && count != SIZE_MAX)
        return finish_ints(im, ints, 1, count);
    ints[0] = INT64_MIN;
    if (!status)
        status = kin_net__attribute_int(im, "value_int", ints);
    if (!status && ints[0] != INT64_MIN)
        return finish_ints(im, ints, 0, 1);
    if (!status)
        status = kin_net__attribute_float(im, "value_float", &number);
    if (!status && isnan(number))
        status = kin_net__refuse(im, "has no value of a supported kind");
    if (!status)
        status = kin_net__add_value(im->graph, im->label, KIN_NET_FLOAT, 0, NULL, &id, im->err);
    if (!status)
        status = kin_net__make_constant(im->graph, id, im->err);
    if (status)
        return status;
    *(float *)kin_net__value(im, id)->data = number;
    return kin_net__name_output(im, 0, id);
}

/* A shape given as constant input i. */
static int constant_shape(kin_net_import *im, size_t i, size_t *rank, size_t *dims)
{
    int64_t wanted[KIN_NET_RANK];
    int status = kin_net__constant_ints(im, i, KIN_NET_RANK, wanted, rank);
    for (size_t k = 0; !status && k < *rank; k++) {
        if (wanted[k] < 0)
            return kin_net__refuse(im, "its shape has a negative dimension");
        dims[k] = (size_t)wanted[k];
    }
    return status;
}

/* x repeated along axes of size 1 until it has the shape of (broadcast with) `shape`. */
static int emit_expand(kin_net_import *im, size_t x, const kin_net_value *shape)
{
    const kin_net_value *from = kin_net__value(im, x);
    size_t rank = 0, dims[KIN_NET_RANK];
    ptrdiff_t steps[KIN_NET_RANK];
    int status = kin_net__broadcast_shape(im, from, shape, &rank, dims);
    kin_net_node *node = NULL;
    if (!status)
        status = kin_net__emit(im, KIN_NET_MOVE, &x, 1, rank, dims, &node);
    if (status)
        return status;
    kin_net__row_steps(from->rank, from->dims, steps);
    for (size_t i = 0; i < from->rank; i++)
        node->steps[rank - 1 - i] = from->dims[from->rank - 1 - i] == 1 ? 0 : steps[from->rank - 1 - i];
    return kin_net__finish(im, node);
}

static int read_expand(kin_net_import *im)
{
    kin_net_value shape = { 0 };
    int status = constant_shape(im, 1, &shape.rank, shape.dims);
    return status ? status : emit_expand(im, kin_net__operand(im, 0), &shape);
}

static int read_constant_of_shape(kin_net_import *im)
{
    kin_net_value shape = { 0 };
    const Onnx__TensorProto *tensor = kin_net__attribute_tensor(im, "value");
    size_t id = 0;
    int status = constant_shape(im, 0, &shape.rank, shape.dims);
    if (!status && tensor)
        status = kin_net__read_tensor(im, tensor, im->label, &id);
    else if (!status)
        status = kin_net__add_value(im->graph, im->label, KIN_NET_FLOAT, 0, NULL, &id, im->err);
    if (!status && !tensor)
        status = kin_net__make_constant(im->graph, id, im->err);
    if (!status && kin_net__value(im, id)->count != 1)
        status = kin_net__refuse(im, "its value has to be one number");
    return status ? status : emit_expand(im, id, &shape);
}

static int read_identity(kin_net_import *im)
{
    return kin_net__name_output(im, 0, kin_net__operand(im, 0));
}

int kin_net__refuse_training(kin_net_import *im)
{
    return kin_net__refuse(im, "is in training mode; export the model for inference");
}

static int read_dropout(kin_net_import *im)
{
    float training = 0;
    int status = kin_net__operand(im, 2) == KIN_NET_NONE ? KIN_OK : kin_net__constant_float(im, 2, &training);
    if (!status && training != 0)
        status = kin_net__refuse_training(im);
    return status ? status : read_identity(im);
}

static int read_cast(kin_net_import *im)
{
    size_t in = kin_net__operand(im, 0);
    const kin_net_value *x = kin_net__value(im, in);
    int64_t to = 0;
    int status = kin_net__attribute_int(im, "to", &to);
    if (status)
        return status;
    bool to_float = to == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT || to == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE ||
                    to == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16;
    bool to_int = to == ONNX__TENSOR_PROTO__DATA_TYPE__INT64 || to == ONNX__TENSOR_PROTO__DATA_TYPE__INT32 ||
                  to == ONNX__TENSOR_PROTO__DATA_TYPE__BOOL;
    if (!to_float && !to_int)
        return kin_net__refuse(im, "to data type %lld is not supported", (long long)to);
    if (to_float == (x->type == KIN_NET_FLOAT))
        return read_identity(im);
    kin_net_node *node = NULL;
    status = kin_net__emit(im, KIN_NET_CAST, &in, 1, x->rank, x->dims, &node);
    if (status)
        return status;
    im->graph->values[node->output]->type = to_float ? KIN_NET_FLOAT : KIN_NET_INT;
    return kin_net__finish(im, node);
}

static int read_where(kin_net_import *im)
{
    size_t in[3] = { kin_net__operand(im, 0), kin_net__operand(im, 1), kin_net__operand(im, 2) };
    const kin_net_value *condition = kin_net__value(im, in[0]), *a = kin_net__value(im, in[1]);
    const kin_net_value *b = kin_net__value(im, in[2]);
    kin_net_value both = { 0 };
    size_t rank = 0, dims[KIN_NET_RANK];
    if (condition->type != KIN_NET_INT || a->type != b->type)
        return kin_net__refuse(im, "its inputs are of types that do not fit");
    int status = kin_net__broadcast_shape(im, a, b, &both.rank, both.dims);
    if (!status)
        status = kin_net__broadcast_shape(im, condition, &both, &rank, dims);
    kin_net_node *node = NULL;
    if (!status)
        status = kin_net__emit(im, KIN_NET_WHERE, in, 3, rank, dims, &node);
    if (status)
        return status;
    im->graph->values[node->output]->type = a->type;
    return kin_net__finish(im, node);
}

static int read_reshape(kin_net_import *im)
{
    size_t in = kin_net__operand(im, 0), rank = 0, dims[KIN_NET_RANK], open = SIZE_MAX, known = 1, id = 0;
    const kin_net_value *x = kin_net__value(im, in);
    int64_t wanted[KIN_NET_RANK], keep_zero = 0;
    int status = kin_net__constant_ints(im, 1, KIN_NET_RANK, wanted, &rank);
    if (!status)
        status = kin_net__attribute_int(im, "allowzero", &keep_zero);
    for (size_t i = 0; !status && i < rank; i++) {
        bool copied = wanted[i] == 0 && !keep_zero;
        if (wanted[i] < -1 || (wanted[i] == -1 && open != SIZE_MAX) || (copied && i >= x->rank) ||
            wanted[i] > (int64_t)x->count)
            return kin_net__refuse(im, "its new shape is impossible");
        if (wanted[i] == -1) {
            open = i;
            continue;
        }
        dims[i] = copied ? x->dims[i] : (size_t)wanted[i];
        if (dims[i] && known > x->count / dims[i])
            return kin_net__refuse(im, "its new shape has another number of elements");
        known *= dims[i];
    }
    if (status)
        return status;
    if (open != SIZE_MAX)
        dims[open] = known ? x->count / known : 0;
    status = kin_net__emit_reshape(im, in, rank, dims, &id);
    return status ? status : kin_net__name_output(im, 0, id);
}

static int read_flatten(kin_net_import *im)
{
    size_t in = kin_net__operand(im, 0), dims[2] = { 1, 1 }, id = 0;
    const kin_net_value *x = kin_net__value(im, in);
    int64_t axis = 1, rank = (int64_t)x->rank;
    int status = kin_net__attribute_int(im, "axis", &axis);
    if (status)
        return status;
    if (axis < -rank || axis > rank)
        return kin_net__refuse(im, "axis %lld is outside of its %zu dimensions", (long long)axis, x->rank);
    axis = axis < 0 ? axis + rank : axis;
    for (size_t i = 0; i < x->rank; i++)
        dims[i >= (size_t)axis] *= x->dims[i];
    status = kin_net__emit_reshape(im, in, 2, dims, &id);
    return status ? status : kin_net__name_output(im, 0, id);
}

/* The axes are an attribute up to opset 12, an input from 13 on; marked among `rank`. */
static int read_axes(kin_net_import *im, int64_t *axes, size_t *count)
{
    *count = SIZE_MAX;
    int status = kin_net__attribute_ints(im, "axes", KIN_NET_RANK, axes, count);
    if (!status && kin_net__operand(im, 1) != KIN_NET_NONE)
        status = kin_net__constant_ints(im, 1, KIN_NET_RANK, axes, count);
    return status;
}

static int mark_axes(kin_net_import *im, const int64_t *axes, size_t count, size_t rank, unsigned *mask)
{
    *mask = 0;
    for (size_t i = 0; i < count; i++) {
        size_t axis = 0;
        int status = kin_net__axis(im, axes[i], rank, &axis);
        if (status)
            return status;
        if (*mask >> axis & 1)
            return kin_net__refuse(im, "names an axis twice");
        *mask |= 1u << axis;
    }
    return KIN_OK;
}

static int read_squeeze(kin_net_import *im)
{
    size_t in = kin_net__operand(im, 0), count = 0, rank = 0, dims[KIN_NET_RANK], id = 0;
    const kin_net_value *x = kin_net__value(im, in);
    int64_t axes[KIN_NET_RANK];
    unsigned mask = 0;
    int status = read_axes(im, axes, &count);
    if (!status && count != SIZE_MAX)
        status = mark_axes(im, axes, count, x->rank, &mask);
    if (status)
        return status;
    for (size_t i = 0; i < x->rank; i++) {
        bool drop = count == SIZE_MAX ? x->dims[i] == 1 : mask >> i & 1;
        if (!drop)
            dims[rank++] = x->dims[i];
    }
    status = kin_net__emit_reshape(im, in, rank, dims, &id);
    return status ? status : kin_net__name_output(im, 0, id);
}

static int read_unsqueeze(kin_net_import *im)
{
    size_t in = kin_net__operand(im, 0), count = 0, dims[KIN_NET_RANK], id = 0, at = 0;
    const kin_net_value *x = kin_net__value(im, in);
    int64_t axes[KIN_NET_RANK];
    unsigned mask = 0;
    int status = read_axes(im, axes, &count);
    if (!status && (count == SIZE_MAX || x->rank + count > KIN_NET_RANK))
        status = kin_net__refuse(im, "its axes are missing or too many");
    if (!status)
        status = mark_axes(im, axes, count, x->rank + count, &mask);
    if (status)
        return status;
    for (size_t i = 0; i < x->rank + count; i++)
        dims[i] = mask >> i & 1 ? 1 : x->dims[at++];
    status = kin_net__emit_reshape(im, in, x->rank + count, dims, &id);
    return status ? status : kin_net__name_output(im, 0, id);
}

static int read_transpose(kin_net_import *im)
{
    size_t in = kin_net__operand(im, 0), count = SIZE_MAX, order[KIN_NET_RANK], id = 0;
    const kin_net_value *x = kin_net__value(im, in);
    int64_t wanted[KIN_NET_RANK];
    unsigned seen = 0;
    int status = kin_net__attribute_ints(im, "perm", KIN_NET_RANK, wanted, &count);
    if (status)
        return status;
    if (count != SIZE_MAX && count != x->rank)
        return kin_net__refuse(im, "perm has %zu axes, its input %zu", count, x->rank);
    for (size_t i = 0; i < x->rank; i++) {
        int64_t axis = count == SIZE_MAX ? (int64_t)(x->rank - 1 - i) : wanted[i];
        if (axis < 0 || axis >= (int64_t)x->rank || seen >> axis & 1)
            return kin_net__refuse(im, "perm is no order of its axes");
        seen |= 1u << axis;
        order[i] = (size_t)axis;
    }
    if (x->rank < 2)
        return read_identity(im);
    status = kin_net__emit_transpose(im, in, order, &id);
    return status ? status : kin_net__name_output(im, 0, id);
}

static int read_concat(kin_net_import *im)
{
    enum { MOST = 256 };
    size_t in[MOST], n = im->node->n_input, axis = 0, dims[KIN_NET_RANK];
    int64_t wanted = 0;
    if (n > MOST)
        return kin_net__refuse(im, "has more than %d inputs", MOST);
    for (size_t i = 0; i < n; i++) {
        in[i] = kin_net__operand(im, i);
        if (in[i] == KIN_NET_NONE)
            return kin_net__refuse(im, "input %zu is missing", i);
    }
    const kin_net_value *first = kin_net__value(im, in[0]);
    int status = kin_net__attribute_int(im, "axis", &wanted);
    if (!status)
        status = kin_net__axis(im, wanted, first->rank, &axis);
    if (status)
        return status;
    memcpy(dims, first->dims, sizeof dims);
    dims[axis] = 0;
    for (size_t i = 0; i < n; i++) {
        const kin_net_value *x = kin_net__value(im, in[i]);
        bool fits = x->rank == first->rank && x->type == first->type && x->dims[axis] < SIZE_MAX / 512;
        for (size_t k = 0; fits && k < x->rank; k++)
            fits = k == axis || x->dims[k] == first->dims[k];
        if (!fits)
            return kin_net__refuse(im, "its inputs do not fit each other");
        dims[axis] += x->dims[axis];
    }
    kin_net_node *node = NULL;
    status = kin_net__emit(im, KIN_NET_CONCAT, in, n, first->rank, dims, &node);
    if (status)
        return status;
    node->axis = axis;
    return kin_net__finish(im, node);
}

static int emit_slice(kin_net_import *im, size_t x, size_t axis, size_t start, size_t count, int64_t step, size_t *id)
{
    const kin_net_value *from = kin_net__value(im, x);
    size_t dims[KIN_NET_RANK];
    memcpy(dims, from->dims, sizeof dims);
    dims[axis] = count;
    kin_net_node *node = NULL;
    int status = kin_net__emit(im, KIN_NET_MOVE, &x, 1, from->rank, dims, &node);
    if (status)
        return status;
    kin_net__row_steps(from->rank, from->dims, node->steps);
    node->offset = (ptrdiff_t)start * node->steps[axis];
    node->steps[axis] *= (ptrdiff_t)step;
    return kin_net__settle(im, node, id);
}

/* One axis of ONNX Slice: clamped as numpy does. */
static int slice_axis(kin_net_import *im, size_t *x, int64_t axis_wanted, int64_t start, int64_t end, int64_t step)
{
    size_t axis = 0;
    const kin_net_value *from = kin_net__value(im, *x);
    int status = kin_net__axis(im, axis_wanted, from->rank, &axis);
    if (status)
        return status;
    int64_t n = (int64_t)from->dims[axis], low = step > 0 ? 0 : -1, high = step > 0 ? n : n - 1;
    if (step == 0 || step < -INT32_MAX || step > INT32_MAX)
        return kin_net__refuse(im, "its step is impossible");
    start = start < -n ? low : start < 0 ? start + n : start > high ? high : start;
    end = end < -n ? low : end < 0 ? end + n : end > high ? high : end;
    start = start < low ? low : start;
    end = end < low ? low : end;
    int64_t span = step > 0 ? end - start : start - end, stride = step > 0 ? step : -step;
    size_t count = span > 0 ? (size_t)((span + stride - 1) / stride) : 0;
    return emit_slice(im, *x, axis, count ? (size_t)start : 0, count, count > 1 ? step : 1, x);
}

static int read_slice(kin_net_import *im)
{
    size_t x = kin_net__operand(im, 0), n = 0, ends = 0, named = SIZE_MAX, stepped = SIZE_MAX;
    int64_t start[KIN_NET_RANK], end[KIN_NET_RANK], axes[KIN_NET_RANK], steps[KIN_NET_RANK];
    bool inputs = im->opset >= 10;
    int status = inputs ? kin_net__constant_ints(im, 1, KIN_NET_RANK, start, &n)
                        : kin_net__attribute_ints(im, "starts", KIN_NET_RANK, start, &n);
    if (!status)
        status = inputs ? kin_net__constant_ints(im, 2, KIN_NET_RANK, end, &ends)
                        : kin_net__attribute_ints(im, "ends", KIN_NET_RANK, end, &ends);
    if (!status && !inputs)
        status = kin_net__attribute_ints(im, "axes", KIN_NET_RANK, axes, &named);
    if (!status && inputs && kin_net__operand(im, 3) != KIN_NET_NONE)
        status = kin_net__constant_ints(im, 3, KIN_NET_RANK, axes, &named);
    if (!status && inputs && kin_net__operand(im, 4) != KIN_NET_NONE)
        status = kin_net__constant_ints(im, 4, KIN_NET_RANK, steps, &stepped);
    if (status)
        return status;
    if (ends != n || (named != SIZE_MAX && named != n) || (stepped != SIZE_MAX && stepped != n))
        return kin_net__refuse(im, "its starts, ends, axes and steps are not equally many");
    for (size_t i = 0; i < n && !status; i++)
        status = slice_axis(im, &x, named == SIZE_MAX ? (int64_t)i : axes[i], start[i], end[i],
                            stepped == SIZE_MAX ? 1 : steps[i]);
    return status ? status : kin_net__name_output(im, 0, x);
}

/* Sizes of the parts: attribute or input, or equal ones. */
static int read_split(kin_net_import *im)
{
    enum { MOST = 64 };
    size_t x = kin_net__operand(im, 0), axis = 0, n = SIZE_MAX, at = 0, outputs = im->node->n_output;
    const kin_net_value *from = kin_net__value(im, x);
    int64_t wanted = 0, parts[MOST];
    int status = kin_net__attribute_int(im, "axis", &wanted);
    if (!status)
        status = kin_net__axis(im, wanted, from->rank, &axis);
    if (!status)
        status = kin_net__attribute_ints(im, "split", MOST, parts, &n);
    if (!status && kin_net__operand(im, 1) != KIN_NET_NONE)
        status = kin_net__constant_ints(im, 1, MOST, parts, &n);
    if (status)
        return status;
    size_t dim = from->dims[axis], each = (dim + outputs - 1) / outputs;
    if (outputs > MOST || (n != SIZE_MAX && n != outputs))
        return kin_net__refuse(im, "its parts are not as many as its outputs");
    for (size_t k = 0; k < outputs && !status; k++) {
        size_t size = n != SIZE_MAX ? (size_t)parts[k] : each < dim - at ? each : dim - at, id = 0;
        if ((n != SIZE_MAX && parts[k] < 0) || size > dim - at)
            return kin_net__refuse(im, "its parts are larger than its input");
        status = emit_slice(im, x, axis, size ? at : 0, size, 1, &id);
        if (!status)
            status = kin_net__name_output(im, k, id);
        at += size;
    }
    if (!status && at != dim)
        return kin_net__refuse(im, "its parts are smaller than its input");
    return status;
}

static int read_gather(kin_net_import *im)
{
    size_t in[2] = { kin_net__operand(im, 0), kin_net__operand(im, 1) }, axis = 0, rank = 0;
    size_t dims[2 * KIN_NET_RANK];
    const kin_net_value *x = kin_net__value(im, in[0]), *indices = kin_net__value(im, in[1]);
    int64_t wanted = 0;
    int status = kin_net__attribute_int(im, "axis", &wanted);
    if (!status)
        status = kin_net__axis(im, wanted, x->rank, &axis);
    if (status)
        return status;
    if (!indices->data || indices->type != KIN_NET_INT)
        return kin_net__refuse(im, "needs constant indices");
    /* A copy, because negative indices are counted from the end of this axis. */
    size_t own = 0;
    status = kin_net__add_value(im->graph, im->label, KIN_NET_INT, indices->rank, indices->dims, &own, im->err);
    if (!status)
        status = kin_net__make_constant(im->graph, own, im->err);
    if (status)
        return status;
    int64_t n = (int64_t)x->dims[axis], *to = kin_net__value(im, own)->data;
    for (size_t i = 0; i < indices->count; i++) {
        int64_t index = ((const int64_t *)indices->data)[i];
        if (index < -n || index >= n)
            return kin_net__refuse(im, "index %lld is outside of the axis of %lld", (long long)index, (long long)n);
        to[i] = index < 0 ? index + n : index;
    }
    for (size_t i = 0; i < x->rank; i++) {
        for (size_t k = 0; i == axis && k < indices->rank; k++)
            dims[rank++] = indices->dims[k];
        if (i != axis)
            dims[rank++] = x->dims[i];
    }
    kin_net_node *node = NULL;
    status = kin_net__emit(im, KIN_NET_GATHER, (size_t[]) { in[0], own }, 2, rank, dims, &node);
    if (status)
        return status;
    node->axis = axis;
    return kin_net__finish(im, node);
}

const kin_net_reader kin_net__move_readers[] = {
    { "Shape", 1, 1, read_shape },
    { "Constant", 0, 0, read_constant },
    { "ConstantOfShape", 1, 1, read_constant_of_shape },
    { "Expand", 2, 2, read_expand },
    { "Identity", 1, 1, read_identity },
    { "Dropout", 1, 3, read_dropout },
    { "Cast", 1, 1, read_cast },
    { "Where", 3, 3, read_where },
    { "Reshape", 2, 2, read_reshape },
    { "Flatten", 1, 1, read_flatten },
    { "Squeeze", 1, 2, read_squeeze },
    { "Unsqueeze", 1, 2, read_unsqueeze },
    { "Transpose", 1, 1, read_transpose },
    { "Concat", 1, SIZE_MAX, read_concat },
    { "Slice", 1, 5, read_slice },
    { "Split", 1, 2, read_split },
    { "Gather", 2, 2, read_gather },
    { NULL, 0, 0, NULL },
};
