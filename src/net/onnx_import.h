#ifndef KIN_NET_ONNX_IMPORT_H
#define KIN_NET_ONNX_IMPORT_H
/* Private to the onnx_*.c files, which alone see protobuf: from ONNX nodes to the graph. */

#include "base/table.h"
#include "graph.h"

#include <onnx/onnx.pb-c.h>

typedef struct kin_net_import {
    kin_net_graph *graph;
    const Onnx__GraphProto *file;
    const Onnx__NodeProto *node; /* the one being read */
    const char *label;           /* "Conv '/features/0'" */
    int64_t opset;
    kin_table values;       /* name -> value id */
    kin_table initializers; /* name -> index in the file; read when a node asks */
    kin_error *err;
} kin_net_import;

/* One row for each operator: reads im->node, adds to the graph, names its outputs. */
typedef struct kin_net_reader {
    const char *op;
    size_t least, most; /* inputs */
    int (*read)(kin_net_import *im);
} kin_net_reader;

/* Each ends with a row of NULL. onnx_conv.c, onnx_math.c, onnx_move.c. */
extern const kin_net_reader kin_net__conv_readers[], kin_net__math_readers[], kin_net__move_readers[];

/* Fails with the label of the node in front. */
#define kin_net__refuse(im, ...) kin_net__refuse_node((im), __VA_ARGS__)
int kin_net__refuse_node(kin_net_import *im, const char *format, ...) KIN_PRINTF(2, 3);

/* For a node whose training mode is on: what it gives then depends on a batch, or on chance. */
int kin_net__refuse_training(kin_net_import *im);

/* onnx_attribute.c. Each leaves *out alone where the attribute is missing and fails where it is of another kind. */
int kin_net__attribute_int(kin_net_import *im, const char *name, int64_t *out);
int kin_net__attribute_float(kin_net_import *im, const char *name, float *out);
/* A copy from the arena of the graph. */
int kin_net__attribute_string(kin_net_import *im, const char *name, const char **out);
/* At most `most` numbers; *count stays alone where missing. */
int kin_net__attribute_ints(kin_net_import *im, const char *name, size_t most, int64_t *out, size_t *count);
const Onnx__TensorProto *kin_net__attribute_tensor(kin_net_import *im, const char *name);

/* onnx_tensor.c: a constant from the file. */
int kin_net__read_tensor(kin_net_import *im, const Onnx__TensorProto *tensor, const char *name, size_t *id);

/* The value of input i: KIN_NET_NONE where the node has none, or an empty name. Checked before the reader is called. */
size_t kin_net__operand(const kin_net_import *im, size_t i);
static inline const kin_net_value *kin_net__value(const kin_net_import *im, size_t id)
{
    return im->graph->values[id];
}

/* Input i as a list of at most `most` constant numbers (integers, or floats that are whole). */
int kin_net__constant_ints(kin_net_import *im, size_t i, size_t most, int64_t *out, size_t *count);

/* Input i as one constant float. */
int kin_net__constant_float(kin_net_import *im, size_t i, float *out);

/* Output k of the node has this value. */
int kin_net__name_output(kin_net_import *im, size_t k, size_t id);

/* Adds a node with an output of the type of its first input; *node for filling in. */
int kin_net__emit(kin_net_import *im, kin_net_op op, const size_t *inputs, size_t count, size_t rank,
                  const size_t *dims, kin_net_node **node);

/* After filling in: where all inputs are constants the node is computed now. *id: its output. */
int kin_net__settle(kin_net_import *im, kin_net_node *node, size_t *id);

/* Settles, and names output 0. */
int kin_net__finish(kin_net_import *im, kin_net_node *node);

/* x with another shape of equally many elements. */
int kin_net__emit_reshape(kin_net_import *im, size_t x, size_t rank, const size_t *dims, size_t *id);

/* Axes of x in another order. */
int kin_net__emit_transpose(kin_net_import *im, size_t x, const size_t *order, size_t *id);

/* An axis as ONNX counts it (negative from the end) among `rank`. */
int kin_net__axis(kin_net_import *im, int64_t axis, size_t rank, size_t *out);

/* Row-major steps of a shape. */
void kin_net__row_steps(size_t rank, const size_t *dims, ptrdiff_t *steps);

/* numpy's broadcasting of two shapes. */
int kin_net__broadcast_shape(kin_net_import *im, const kin_net_value *a, const kin_net_value *b, size_t *rank,
                             size_t *dims);

#endif
