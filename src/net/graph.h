#ifndef KIN_NET_GRAPH_H
#define KIN_NET_GRAPH_H
/* Private to src/net: the graph between the file and the plan. Every value has a fixed shape, every node one output;
 * nodes are in an order in which they can be computed. What does not depend on the image is a constant. */

#include "base/arena.h"
#include "kernel/kernel.h"
#include "kin/status.h"

#include <stdint.h>

enum { KIN_NET_RANK = 8 };
#define KIN_NET_NONE SIZE_MAX

typedef enum kin_net_type { KIN_NET_FLOAT, KIN_NET_INT } kin_net_type; /* float and int64_t */

typedef struct kin_net_value {
    const char *name;
    kin_net_type type;
    size_t rank, dims[KIN_NET_RANK], count;
    void *data; /* a constant's elements, malloc'ed; NULL: computed in a run */
} kin_net_value;

typedef enum kin_net_op {
    KIN_NET_DEAD,
    KIN_NET_CONV,        /* x, weights[out, in / groups, kh, kw], bias or none; [residual] */
    KIN_NET_LINEAR,      /* x[.., in], weights[out, in], bias or none; [residual] */
    KIN_NET_INVERTED,    /* x, [residual]; made from three convolutions */
    KIN_NET_POOL,        /* x */
    KIN_NET_GLOBAL_MEAN, /* x[1, channels, ..] -> channels values */
    KIN_NET_AFFINE,      /* x[1, channels, ..], scale[channels] or none, shift[channels] or none */
    KIN_NET_RESHAPE,     /* x */
    KIN_NET_UNARY,       /* x */
    KIN_NET_BINARY,      /* a, b; broadcast as in numpy */
    KIN_NET_POWER,       /* x; the exponent is in `alpha` */
    KIN_NET_MATMUL,      /* a[.., m, k], b[.., k, n] (b[.., n, k] where `transposed`) */
    KIN_NET_SOFTMAX,     /* x, rows of `inner` */
    KIN_NET_NORM,        /* x, rows of `inner`; gamma or none, beta or none */
    KIN_NET_MEAN,        /* x, over the axes in `axes` */
    KIN_NET_MOVE,        /* x by `steps` from `offset`: slice, expand */
    KIN_NET_TRANSPOSE,   /* the same, with `order` kept */
    KIN_NET_CONCAT,      /* any number, along `axis` */
    KIN_NET_GATHER,      /* x, indices: constant, 0 .. dims[axis] - 1 */
    KIN_NET_WHERE,       /* condition, a, b; constants only, as the next two */
    KIN_NET_EQUAL,
    KIN_NET_CAST
} kin_net_op;

typedef struct kin_net_node {
    kin_net_op op;
    const char *name; /* "Conv '/features/0'": for messages */
    size_t *inputs, input_count, output;
    size_t residual; /* value added before the activation, or KIN_NET_NONE */
    kin_act act;
    kin_window window;
    size_t groups, pad_bottom, pad_right;
    kin_pool_kind pool;
    kin_binary binary;
    size_t axis, inner;
    unsigned axes; /* bit i: axis i */
    float alpha;   /* POWER: exponent; NORM: epsilon; MATMUL: factor */
    bool transposed;
    size_t order[KIN_NET_RANK];
    ptrdiff_t steps[KIN_NET_RANK], offset;
    struct kin_net_node *parts[3]; /* INVERTED: expand (or NULL), depthwise, project */
} kin_net_node;

typedef struct kin_net_graph {
    kin_arena arena;
    kin_net_value **values;
    kin_net_node **nodes;
    size_t value_count, value_capacity, node_count, node_capacity;
    size_t input, output;
    size_t budget; /* bytes that may still be taken */
} kin_net_graph;

void kin_net__graph_clear(kin_net_graph *graph);

/* Checks the shape against rank and budget and adds a value of it; *id. `name` is kept as it is. */
int kin_net__add_value(kin_net_graph *graph, const char *name, kin_net_type type, size_t rank, const size_t *dims,
                       size_t *id, kin_error *err);

/* Gives the value zeroed data, on the budget. */
int kin_net__make_constant(kin_net_graph *graph, size_t id, kin_error *err);

/* A node with `count` inputs, from the arena, at the end of the order; inputs are copied. NULL: no memory. */
kin_net_node *kin_net__add_node(kin_net_graph *graph, kin_net_op op, const char *name, const size_t *inputs,
                                size_t count);

static inline size_t kin_net__input(const kin_net_node *node, size_t i)
{
    return i < node->input_count ? node->inputs[i] : KIN_NET_NONE;
}

/* The constant elements of an input; NULL where there is none. */
static inline const void *kin_net__data(const kin_net_graph *graph, const kin_net_node *node, size_t i)
{
    size_t id = kin_net__input(node, i);
    return id == KIN_NET_NONE ? NULL : graph->values[id]->data;
}

/* onnx_graph.c: from the file's bytes. input_size and output as in kin_net_options. */
int kin_net__read(const void *bytes, size_t size, size_t input_size, const char *output, kin_net_graph *graph,
                  kin_error *err);

/* wire.c: refuses bytes whose messages nest without end, before protobuf-c recurses over them. */
int kin_net__check_wire(const uint8_t *bytes, size_t size, kin_error *err);

/* eval.c: computes a node on plain row-major tensors; in[i] belongs to inputs[i]. Not for CONV, LINEAR, INVERTED, POOL,
 * AFFINE and GLOBAL_MEAN, which work on feature maps. */
void kin_net__eval(const kin_kernels *kernels, const kin_net_graph *graph, const kin_net_node *node,
                   const void *const *in, void *out);

/* net_pattern.c: several nodes that are one in truth: GELU, SiLU, hard swish, layer normalisation. */
int kin_net__find_patterns(kin_net_graph *graph, kin_error *err);

/* fuse.c: factors, bias, activation and residual into convolutions and products; inverted residual blocks where
 * `blocks`. */
int kin_net__fuse(kin_net_graph *graph, bool blocks, kin_error *err);

/* A float constant with one number for each index of `axis` of a value of `rank` axes, or a single number, when
 * broadcast to it. */
bool kin_net__is_factor(const kin_net_value *factor, size_t rank, size_t axis, size_t count);

/* producers[value]: the node that computes it, or NULL; uses[value]. Both of value_count elements. */
void kin_net__count_uses(const kin_net_graph *graph, kin_net_node **producers, size_t *uses);

/* Kills what the output does not need, and closes up. */
int kin_net__sweep(kin_net_graph *graph, kin_error *err);

#endif
