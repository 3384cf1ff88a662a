/* A tensor of the file becomes floats or 64-bit integers. The data are either raw little-endian bytes or one of the
 * typed lists; both have to hold exactly as many elements as the shape says. */
#include "onnx_import.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float from_half(uint16_t half)
{
    unsigned exponent = half >> 10 & 31, fraction = half & 1023;
    float value = exponent == 31  ? (fraction ? NAN : INFINITY)
                  : exponent == 0 ? ldexpf((float)fraction, -24)
                                  : ldexpf((float)(fraction + 1024), (int)exponent - 25);
    return half >> 15 ? -value : value;
}

static size_t raw_size(int32_t type)
{
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT32:
        return 4;
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
        return 8;
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16:
        return 2;
    case ONNX__TENSOR_PROTO__DATA_TYPE__BOOL:
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT8:
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT8:
        return 1;
    default:
        return 0;
    }
}

static bool is_float(int32_t type)
{
    return type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT || type == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE ||
           type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16;
}

static size_t listed(const Onnx__TensorProto *t)
{
    switch (t->data_type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
        return t->n_float_data;
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
        return t->n_double_data;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
        return t->n_int64_data;
    default:
        return t->n_int32_data;
    }
}

static float float_at(const Onnx__TensorProto *t, size_t i)
{
    bool raw = t->has_raw_data;
    if (t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT) {
        float value = raw ? 0 : t->float_data[i];
        if (raw)
            memcpy(&value, t->raw_data.data + i * 4, 4);
        return value;
    }
    if (t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE) {
        double value = raw ? 0 : t->double_data[i];
        if (raw)
            memcpy(&value, t->raw_data.data + i * 8, 8);
        return (float)value;
    }
    uint16_t half = raw ? 0 : (uint16_t)t->int32_data[i];
    if (raw)
        memcpy(&half, t->raw_data.data + i * 2, 2);
    return from_half(half);
}

static int64_t int_at(const Onnx__TensorProto *t, size_t i)
{
    if (!t->has_raw_data)
        return t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64 ? t->int64_data[i] : t->int32_data[i];
    int64_t wide = 0;
    int32_t narrow = 0;
    switch (t->data_type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
        memcpy(&wide, t->raw_data.data + i * 8, 8);
        return wide;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT32:
        memcpy(&narrow, t->raw_data.data + i * 4, 4);
        return narrow;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT8:
        return (int8_t)t->raw_data.data[i];
    default:
        return t->raw_data.data[i];
    }
}

static int check(kin_net_import *im, const Onnx__TensorProto *t, const char *name, size_t *dims)
{
    if (t->n_external_data || t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL)
        return kin_fail(im->err, KIN_E_FORMAT,
                        "model: tensor '%s' lies in another file; export the model with its weights inside", name);
    if (t->segment || !raw_size(t->data_type))
        return kin_fail(im->err, KIN_E_FORMAT, "model: tensor '%s' is of data type %d, which is not supported", name,
                        t->data_type);
    if (t->n_dims > KIN_NET_RANK)
        return kin_fail(im->err, KIN_E_FORMAT, "model: tensor '%s' has %zu dimensions; at most %d are supported", name,
                        t->n_dims, KIN_NET_RANK);
    size_t count = 1, bytes = 0;
    for (size_t i = 0; i < t->n_dims; i++) {
        if (t->dims[i] < 0 || !kin_size_mul(count, (size_t)t->dims[i], &count))
            return kin_fail(im->err, KIN_E_FORMAT, "model: tensor '%s' has an impossible shape", name);
        dims[i] = (size_t)t->dims[i];
    }
    bool whole = t->has_raw_data ? kin_size_mul(count, raw_size(t->data_type), &bytes) && t->raw_data.len == bytes
                                 : listed(t) == count;
    if (!whole)
        return kin_fail(im->err, KIN_E_FORMAT, "model: tensor '%s' holds another number of elements than its shape",
                        name);
    return KIN_OK;
}

int kin_net__read_tensor(kin_net_import *im, const Onnx__TensorProto *tensor, const char *name, size_t *id)
{
    size_t dims[KIN_NET_RANK];
    kin_net_type type = is_float(tensor->data_type) ? KIN_NET_FLOAT : KIN_NET_INT;
    int status = check(im, tensor, name, dims);
    if (!status)
        status = kin_net__add_value(im->graph, name, type, tensor->n_dims, dims, id, im->err);
    if (!status)
        status = kin_net__make_constant(im->graph, *id, im->err);
    if (status)
        return status;
    kin_net_value *value = im->graph->values[*id];
    for (size_t i = 0; i < value->count; i++) {
        if (type == KIN_NET_FLOAT)
            ((float *)value->data)[i] = float_at(tensor, i);
        else
            ((int64_t *)value->data)[i] = int_at(tensor, i);
    }
    return KIN_OK;
}
