#ifndef TEST_NET_MODEL_H
#define TEST_NET_MODEL_H
/* Small ONNX models made by hand: nodes and constants are added one by one, then packed. */

#include "kin_test.h"

#include "base/arena.h"
#include "net/net.h"
#include "onnx/onnx.pb-c.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_MOST = 64 };

typedef struct model {
    kin_arena arena;
    Onnx__ModelProto proto;
    Onnx__GraphProto graph;
    Onnx__OperatorSetIdProto opset, *opsets[1];
    Onnx__NodeProto *nodes[MODEL_MOST];
    Onnx__TensorProto *tensors[MODEL_MOST];
    Onnx__ValueInfoProto *inputs[2], *outputs[1];
    uint8_t *bytes;
    size_t size;
} model;

#define MAKE(m, type, init)                                                                                            \
    type *made = kin_arena_alloc(&(m)->arena, sizeof *made);                                                           \
    assert_non_null(made);                                                                                             \
    init(made)

static inline Onnx__ValueInfoProto *model_value(model *m, const char *name, const int64_t *dims, size_t rank)
{
    Onnx__TensorShapeProto *shape = kin_arena_alloc(&m->arena, sizeof *shape);
    onnx__tensor_shape_proto__init(shape);
    shape->n_dim = rank;
    shape->dim = kin_arena_alloc(&m->arena, (rank + 1) * sizeof *shape->dim);
    for (size_t i = 0; i < rank; i++) {
        Onnx__TensorShapeProto__Dimension *d = kin_arena_alloc(&m->arena, sizeof *d);
        onnx__tensor_shape_proto__dimension__init(d);
        d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        d->dim_value = dims[i];
        shape->dim[i] = d;
    }
    Onnx__TypeProto__Tensor *tensor = kin_arena_alloc(&m->arena, sizeof *tensor);
    onnx__type_proto__tensor__init(tensor);
    tensor->has_elem_type = 1;
    tensor->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->shape = shape;
    Onnx__TypeProto *type = kin_arena_alloc(&m->arena, sizeof *type);
    onnx__type_proto__init(type);
    type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type->tensor_type = tensor;
    MAKE(m, Onnx__ValueInfoProto, onnx__value_info_proto__init);
    made->name = kin_arena_string(&m->arena, name);
    made->type = type;
    return made;
}

/* A model with input "x" [1, c, h, w] and output "y". */
static inline void model_init(model *m, int64_t c, int64_t h, int64_t w)
{
    *m = (model) { .arena = KIN_ARENA_INIT };
    onnx__model_proto__init(&m->proto);
    onnx__graph_proto__init(&m->graph);
    onnx__operator_set_id_proto__init(&m->opset);
    m->opset.has_version = 1;
    m->opset.version = 13;
    m->opsets[0] = &m->opset;
    m->proto.n_opset_import = 1;
    m->proto.opset_import = m->opsets;
    m->proto.graph = &m->graph;
    m->graph.node = m->nodes;
    m->graph.initializer = m->tensors;
    m->graph.input = m->inputs;
    m->graph.output = m->outputs;
    m->graph.n_input = m->graph.n_output = 1;
    m->inputs[0] = model_value(m, "x", (int64_t[]) { 1, c, h, w }, 4);
    m->outputs[0] = model_value(m, "y", NULL, 0);
}

/* inputs: names between spaces; "-" is an omitted one. Likewise outputs. */
static inline char **model_names(model *m, const char *names, size_t *count)
{
    char **list = kin_arena_alloc(&m->arena, 16 * sizeof *list), *copy = kin_arena_string(&m->arena, names);
    *count = 0;
    for (char *at = strtok(copy, " "); at; at = strtok(NULL, " ")) {
        if (*at == '-')
            *at = '\0';
        list[(*count)++] = at;
    }
    return list;
}

static inline Onnx__NodeProto *model_node(model *m, const char *op, const char *inputs, const char *outputs)
{
    MAKE(m, Onnx__NodeProto, onnx__node_proto__init);
    made->op_type = kin_arena_string(&m->arena, op);
    made->input = model_names(m, inputs, &made->n_input);
    made->output = model_names(m, outputs, &made->n_output);
    made->attribute = kin_arena_alloc(&m->arena, 8 * sizeof *made->attribute);
    assert_true(m->graph.n_node < MODEL_MOST);
    m->nodes[m->graph.n_node++] = made;
    return made;
}

static inline Onnx__AttributeProto *model_attribute(model *m, Onnx__NodeProto *node, const char *name)
{
    MAKE(m, Onnx__AttributeProto, onnx__attribute_proto__init);
    made->name = kin_arena_string(&m->arena, name);
    node->attribute[node->n_attribute++] = made;
    return made;
}

static inline void model_ints(model *m, Onnx__NodeProto *node, const char *name, size_t n, const int64_t *values)
{
    Onnx__AttributeProto *a = model_attribute(m, node, name);
    a->n_ints = n;
    a->ints = kin_arena_alloc(&m->arena, (n + 1) * sizeof *values);
    for (size_t i = 0; i < n; i++)
        a->ints[i] = values[i];
}

static inline void model_int(model *m, Onnx__NodeProto *node, const char *name, int64_t value)
{
    Onnx__AttributeProto *a = model_attribute(m, node, name);
    a->has_i = 1;
    a->i = value;
}

static inline void model_float(model *m, Onnx__NodeProto *node, const char *name, float value)
{
    Onnx__AttributeProto *a = model_attribute(m, node, name);
    a->has_f = 1;
    a->f = value;
}

/* `value` has to outlive the model. */
static inline void model_text(model *m, Onnx__NodeProto *node, const char *name, const char *value)
{
    Onnx__AttributeProto *made = model_attribute(m, node, name);
    made->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
    made->has_s = 1;
    made->s = (ProtobufCBinaryData) { strlen(value), (uint8_t *)(uintptr_t)value };
}

static inline Onnx__TensorProto *model_tensor(model *m, const char *name, size_t rank, const int64_t *dims)
{
    MAKE(m, Onnx__TensorProto, onnx__tensor_proto__init);
    made->name = kin_arena_string(&m->arena, name);
    made->has_data_type = 1;
    made->n_dims = rank;
    made->dims = kin_arena_alloc(&m->arena, (rank + 1) * sizeof *dims);
    for (size_t i = 0; i < rank; i++)
        made->dims[i] = dims[i];
    assert_true(m->graph.n_initializer < MODEL_MOST);
    m->tensors[m->graph.n_initializer++] = made;
    return made;
}

/* `data` is borrowed until the model is packed. */
static inline Onnx__TensorProto *model_floats(model *m, const char *name, size_t rank, const int64_t *dims, float *data)
{
    Onnx__TensorProto *t = model_tensor(m, name, rank, dims);
    t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    t->n_float_data = 1;
    for (size_t i = 0; i < rank; i++)
        t->n_float_data *= (size_t)dims[i];
    t->float_data = data;
    return t;
}

/* The same as raw bytes: a list of integers. */
static inline void model_list(model *m, const char *name, size_t n, const int64_t *values)
{
    Onnx__TensorProto *t = model_tensor(m, name, 1, (int64_t[]) { (int64_t)n });
    t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    t->has_raw_data = 1;
    t->raw_data.len = n * sizeof *values;
    t->raw_data.data = (uint8_t *)kin_arena_copy(&m->arena, (const char *)values, n * sizeof *values);
}

static inline void model_pack(model *m)
{
    m->size = onnx__model_proto__get_packed_size(&m->proto);
    m->bytes = malloc(m->size);
    assert_non_null(m->bytes);
    assert_int_equal(onnx__model_proto__pack(&m->proto, m->bytes), m->size);
}

static inline void model_clear(model *m)
{
    free(m->bytes);
    kin_arena_clear(&m->arena);
}

/* Numbers without pattern in -1 .. 1. */
static inline float noise(size_t i)
{
    uint32_t x = (uint32_t)i * 2654435761u + 12345u;
    x ^= x >> 15;
    x *= 2246822519u;
    x ^= x >> 13;
    return (float)(x % 20001) / 10000.0f - 1;
}

#endif
