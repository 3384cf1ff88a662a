#ifndef KIN_NET_PLAN_H
#define KIN_NET_PLAN_H
/* Private to src/net: what is run. A list of steps over one workspace; every address is known but for its base. */

#include "graph.h"
#include "kernel/inverted.h"
#include "kernel/kernel8.h"

/* How a value lies in memory. A map [1, channels, ..] of one pixel, and what is no map, is always PLAIN. */
typedef enum kin_net_layout {
    KIN_NET_PLAIN,
    KIN_NET_LAST,
    KIN_NET_BLOCKED,
    KIN_NET_BYTES,
    KIN_NET_LAYOUTS
} kin_net_layout;

typedef struct kin_net_place {
    bool valid;
    kin_net_layout layout;
    float *fixed;  /* a constant; NULL: in the workspace */
    size_t buffer; /* while planning */
    size_t offset; /* floats: from the buffer's start while planning, from the workspace's in a run */
    size_t pixel_step, block_step;
    bool padded;
} kin_net_place;

typedef enum kin_net_step_kind {
    KIN_NET_STEP_LINEAR,
    KIN_NET_STEP_DEPTHWISE,
    KIN_NET_STEP_CONV,
    KIN_NET_STEP_INVERTED,
    KIN_NET_STEP_POOL,
    KIN_NET_STEP_MEAN,        /* in[0] to out[channels] */
    KIN_NET_STEP_AFFINE,      /* in[0], scale in[1], shift in[2] */
    KIN_NET_STEP_COPY,        /* between layouts */
    KIN_NET_STEP_FROM_PLANES, /* PLAIN to a map */
    KIN_NET_STEP_TO_PLANES,
    KIN_NET_STEP_ACTIVATE, /* `count` floats, whatever the layout */
    KIN_NET_STEP_BINARY,   /* the same; steps of a and b 0 or 1 */
    KIN_NET_STEP_EVAL,     /* kin_net__eval of the node */
    KIN_NET_STEP_LINEAR8,  /* the same in bytes */
    KIN_NET_STEP_DEPTHWISE8,
    KIN_NET_STEP_CONV8,
    KIN_NET_STEP_INVERTED8,
    KIN_NET_STEP_MEAN8,
    KIN_NET_STEP_QUANTIZE,
    KIN_NET_STEP_DEQUANTIZE
} kin_net_step_kind;

typedef struct kin_net_step {
    kin_net_step_kind kind;
    const kin_net_node *node;
    kin_net_place *in, out, residual;
    size_t in_count, channels, pixels, count, a_step, b_step;
    kin_linear linear; /* also the expand of INVERTED */
    kin_depthwise depthwise;
    kin_conv conv;
    kin_pool pool;
    kin_inverted inverted;
    kin_linear8 linear8; /* also the expand of INVERTED8 */
    kin_depthwise8 depthwise8;
    kin_conv8 conv8;
    kin_inverted8 inverted8;
    kin_quant quant;
} kin_net_step;

typedef struct kin_net_plan {
    const kin_kernels *kernels;
    const kin_kernels8 *kernels8;
    kin_arena arena;
    kin_net_step **steps;
    size_t step_count, step_capacity;
    float **pieces; /* of weights in the kernels' order, one behind the other; the last has room for so many floats */
    size_t piece_count, piece_capacity, piece_size, piece_left, packed_bytes;
    size_t workspace, scratch; /* floats */
    kin_net_place input, output;
    double flops;
} kin_net_plan;

/* Makes the plan; keeps pointers into the graph. ranges[2 * value_count]: lowest and highest number of each value, for
 * convolutions in 8 bits; NULL: all in float. */
int kin_net__plan(kin_net_graph *graph, const kin_kernels *kernels, const float *ranges, kin_net_plan *plan,
                  kin_error *err);
void kin_net__plan_clear(kin_net_plan *plan);

/* run.c: all steps. in[] of a step of at most KIN_NET_OPERANDS. */
enum { KIN_NET_OPERANDS = 256 };
void kin_net__run(const kin_net_graph *graph, const kin_net_plan *plan, float *workspace, float *scratch);
void kin_net__run_step(const kin_net_graph *graph, const kin_net_plan *plan, const kin_net_step *step, float *workspace,
                       float *scratch);
void kin_net__run_step8(const kin_net_plan *plan, const kin_net_step *step, float *workspace, float *scratch);
kin_view kin_net__view(const kin_net_place *place, float *workspace);

/* ---- Between net_plan.c and plan_map.c ---- */

typedef struct kin_net_buffer {
    size_t size, first, last, at; /* floats; steps that use it; place in the workspace */
} kin_net_buffer;

typedef struct kin_net_planner {
    kin_net_graph *graph;
    kin_net_plan *plan;
    kin_net_buffer *buffers;
    size_t buffer_count, buffer_capacity;
    kin_net_place (*places)[KIN_NET_LAYOUTS]; /* of each value: the layouts there are */
    kin_net_layout *layouts;                  /* of each value: the one it was made in */
    kin_net_place *preset;                    /* of each value: where its concatenation wants it */
    kin_net_node **producers, **consumers;    /* consumer: where there is one only */
    size_t *uses;
    const float *ranges;
    kin_error *err;
} kin_net_planner;

size_t kin_net__channels(const kin_net_value *value);
size_t kin_net__pixels(const kin_net_value *value);
bool kin_net__is_map(const kin_net_value *value);

/* The value in that layout (or PLAIN where it is no map), converted where need be. */
int kin_net__request(kin_net_planner *p, size_t value, kin_net_layout layout, kin_net_place *out);

/* The layout of floats that a map has, or should get. */
kin_net_layout kin_net__float_layout(const kin_net_planner *p, size_t value);

/* The value as a map of floats in the layout it has; a PLAIN one is brought to the kernels' favourite. */
int kin_net__request_map(kin_net_planner *p, size_t value, kin_net_place *out);

/* A new place for the value. */
int kin_net__provide(kin_net_planner *p, size_t value, kin_net_layout layout, kin_net_place *out);

/* Says that the value lies at a place that has it already. */
void kin_net__alias(kin_net_planner *p, size_t value, const kin_net_place *place, kin_net_layout layout);

/* Appends a step; in[count] is copied. */
int kin_net__push(kin_net_planner *p, const kin_net_step *step, const kin_net_place *in, size_t count);

/* plan_map.c: convolutions and all that works on maps. *done stays false where the node is for kin_net__eval. */
int kin_net__plan_map(kin_net_planner *p, const kin_net_node *node, bool *done);

/* Room for packed weights, on the budget; NULL with the error set. */
float *kin_net__new_packed(kin_net_planner *p, size_t floats);

/* plan_bytes.c: the value's bytes as numbers; scale is 0 where it has no range. */
kin_quant kin_net__quant(const kin_net_planner *p, size_t value);

/* Convolutions in 8 bits. *done stays false where the node has to be done in float. */
int kin_net__plan_bytes(kin_net_planner *p, const kin_net_node *node, bool *done);

bool kin_net__is_pointwise(const kin_net_node *node);

#endif
