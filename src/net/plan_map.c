/* Steps on feature maps. A convolution takes its input in the layout it has; its output is in the kernels' favourite
 * one, except where the residual has another, or where all that follows is a reordering that wants channels last. */
#include "net_plan.h"

#include "base/checked.h"

#include <stdlib.h>

static kin_net_layout favourite(const kin_net_planner *p)
{
    return p->plan->kernels->blocked ? KIN_NET_BLOCKED : KIN_NET_LAST;
}

static kin_net_layout output_layout(const kin_net_planner *p, const kin_net_node *node)
{
    const kin_net_node *next = p->uses[node->output] == 1 ? p->consumers[node->output] : NULL;
    if (node->residual != KIN_NET_NONE && p->layouts[node->residual] != KIN_NET_PLAIN)
        return kin_net__float_layout(p, node->residual);
    return next && (next->op == KIN_NET_TRANSPOSE || next->op == KIN_NET_RESHAPE) ? KIN_NET_LAST : favourite(p);
}

/* Pieces double, so that all but a small net's lie on a few huge pages: a net walks through all its weights for each
 * picture, which is more than small pages' addresses are remembered for. */
static bool new_piece(kin_net_plan *plan, size_t floats)
{
    enum { LEAST = (1 << 20) / sizeof(float) };
    size_t size = plan->packed_bytes / sizeof(float);
    size = size < LEAST ? LEAST : size;
    size = size < floats ? floats : size;
    bool grown = KIN_GROW(&plan->pieces, &plan->piece_capacity, plan->piece_count + 1);
    float *piece = grown ? kin_alloc_large(size, sizeof *piece) : NULL;
    if (!piece)
        return false;
    plan->pieces[plan->piece_count++] = piece;
    plan->piece_size = plan->piece_left = size;
    return true;
}

float *kin_net__new_packed(kin_net_planner *p, size_t floats)
{
    kin_net_plan *plan = p->plan;
    bool allowed = floats <= p->graph->budget / sizeof(float);
    size_t taken = kin_blocks(floats) * KIN_LANES; /* so that the next one is aligned as well */
    if (!allowed || (taken > plan->piece_left && !new_piece(plan, taken))) {
        kin_fail(p->err, KIN_E_LIMIT, "model: its weights are larger than the memory limit");
        return NULL;
    }
    p->graph->budget -= floats * sizeof(float);
    plan->packed_bytes += floats * sizeof(float);
    float *packed = plan->pieces[plan->piece_count - 1] + (plan->piece_size - plan->piece_left);
    plan->piece_left -= taken;
    return packed;
}

static void need_scratch(kin_net_planner *p, size_t floats)
{
    if (floats > p->plan->scratch)
        p->plan->scratch = floats;
}

static int make_linear(kin_net_planner *p, const kin_net_node *node, kin_linear *op)
{
    const kin_kernels *kernels = p->plan->kernels;
    const kin_net_value *w = p->graph->values[node->inputs[1]];
    size_t in = w->dims[1], out = w->dims[0];
    float *packed = kin_net__new_packed(p, kernels->linear_size(in, out));
    if (!packed)
        return KIN_E_LIMIT;
    kernels->linear_pack(in, out, w->data, in, 1, kin_net__data(p->graph, node, 2), packed);
    *op = (kin_linear) { in, out, packed, node->act };
    p->plan->flops += 2 * (double)p->graph->values[node->output]->count * (double)in;
    return KIN_OK;
}

static int make_depthwise(kin_net_planner *p, const kin_net_node *node, kin_depthwise *op)
{
    const kin_kernels *kernels = p->plan->kernels;
    *op = (kin_depthwise) { node->window, node->groups, NULL, node->act };
    float *packed = kin_net__new_packed(p, kernels->depthwise_size(op));
    if (!packed)
        return KIN_E_LIMIT;
    kernels->depthwise_pack(op, kin_net__data(p->graph, node, 1), kin_net__data(p->graph, node, 2), packed);
    op->packed = packed;
    p->plan->flops +=
        2 * (double)p->graph->values[node->output]->count * (double)(node->window.kernel_h * node->window.kernel_w);
    return KIN_OK;
}

static int make_conv(kin_net_planner *p, const kin_net_node *node, kin_conv *op)
{
    const kin_kernels *kernels = p->plan->kernels;
    const kin_net_value *w = p->graph->values[node->inputs[1]];
    *op = (kin_conv) { node->window, w->dims[1] * node->groups, w->dims[0], node->groups, NULL, node->act };
    float *packed = kin_net__new_packed(p, kernels->conv_size(op));
    if (!packed)
        return KIN_E_LIMIT;
    kernels->conv_pack(op, w->data, kin_net__data(p->graph, node, 2), packed);
    op->packed = packed;
    need_scratch(p, kernels->conv_scratch(op));
    p->plan->flops += 2 * (double)p->graph->values[node->output]->count * (double)(w->count / w->dims[0]);
    return KIN_OK;
}

bool kin_net__is_pointwise(const kin_net_node *node)
{
    const kin_window *w = &node->window;
    return node->groups == 1 && w->kernel_h == 1 && w->kernel_w == 1 && w->stride_h == 1 && w->stride_w == 1 &&
           w->out_h == w->in_h && w->out_w == w->in_w;
}

static bool is_depthwise(const kin_net_planner *p, const kin_net_node *node)
{
    const kin_net_value *w = p->graph->values[node->inputs[1]];
    return w->dims[1] == 1 && node->groups == w->dims[0] && node->residual == KIN_NET_NONE;
}

/* Output and residual of a convolution, in one layout, then the step. */
static int push_conv(kin_net_planner *p, const kin_net_node *node, kin_net_step *step, const kin_net_place *x)
{
    kin_net_layout layout = output_layout(p, node);
    int status = KIN_OK;
    if (node->residual != KIN_NET_NONE)
        status = kin_net__request(p, node->residual, layout, &step->residual);
    if (!status)
        status = kin_net__provide(p, node->output, layout, &step->out);
    return status ? status : kin_net__push(p, step, x, 1);
}

static int plan_conv(kin_net_planner *p, const kin_net_node *node)
{
    kin_net_place x;
    kin_net_step step = { .node = node, .pixels = kin_net__pixels(p->graph->values[node->output]) };
    int status = kin_net__request_map(p, node->inputs[0], &x);
    if (status)
        return status;
    if (kin_net__is_pointwise(node)) {
        step.kind = KIN_NET_STEP_LINEAR;
        status = make_linear(p, node, &step.linear);
    } else if (is_depthwise(p, node)) {
        step.kind = KIN_NET_STEP_DEPTHWISE;
        status = make_depthwise(p, node, &step.depthwise);
    } else {
        step.kind = KIN_NET_STEP_CONV;
        status = make_conv(p, node, &step.conv);
    }
    return status ? status : push_conv(p, node, &step, &x);
}

static int plan_inverted(kin_net_planner *p, const kin_net_node *node)
{
    kin_net_place x;
    kin_net_step step = { .kind = KIN_NET_STEP_INVERTED, .node = node };
    int status = kin_net__request_map(p, node->inputs[0], &x);
    if (!status && node->parts[0])
        status = make_linear(p, node->parts[0], &step.linear);
    if (!status)
        status = make_depthwise(p, node->parts[1], &step.inverted.depthwise);
    if (!status)
        status = make_linear(p, node->parts[2], &step.inverted.project);
    if (status)
        return status;
    /* The step moves into the arena; run.c points at its own `linear`. Any non-NULL pointer serves the sizes here. */
    step.inverted.expand = node->parts[0] ? &step.linear : NULL;
    step.inverted.strip = kin_inverted_strip(&step.inverted);
    need_scratch(p, kin_inverted_scratch(&step.inverted));
    return push_conv(p, node, &step, &x);
}

static int plan_linear(kin_net_planner *p, const kin_net_node *node)
{
    kin_net_place x;
    kin_net_step step = { .kind = KIN_NET_STEP_LINEAR, .node = node };
    int status = kin_net__request(p, node->inputs[0], KIN_NET_PLAIN, &x);
    if (!status)
        status = make_linear(p, node, &step.linear);
    if (!status && node->residual != KIN_NET_NONE)
        status = kin_net__request(p, node->residual, KIN_NET_PLAIN, &step.residual);
    if (!status)
        status = kin_net__provide(p, node->output, KIN_NET_PLAIN, &step.out);
    if (status)
        return status;
    step.pixels = p->graph->values[node->inputs[0]]->count / step.linear.in;
    x.pixel_step = step.linear.in;
    step.out.pixel_step = step.residual.pixel_step = step.linear.out;
    return kin_net__push(p, &step, &x, 1);
}

static int plan_pool(kin_net_planner *p, const kin_net_node *node)
{
    kin_net_place x;
    size_t channels = kin_net__channels(p->graph->values[node->output]);
    kin_net_step step = { .kind = KIN_NET_STEP_POOL,
                          .node = node,
                          .pool = { node->window, channels, node->pad_bottom, node->pad_right, node->pool } };
    int status = kin_net__request_map(p, node->inputs[0], &x);
    if (!status)
        status = kin_net__provide(p, node->output, x.layout == KIN_NET_PLAIN ? favourite(p) : x.layout, &step.out);
    return status ? status : kin_net__push(p, &step, &x, 1);
}

static int plan_global_mean(kin_net_planner *p, const kin_net_node *node)
{
    kin_net_place x;
    const kin_net_value *from = p->graph->values[node->inputs[0]];
    kin_net_step step = {
        .kind = KIN_NET_STEP_MEAN, .node = node, .channels = kin_net__channels(from), .pixels = kin_net__pixels(from)
    };
    int status = kin_net__request_map(p, node->inputs[0], &x);
    if (!status)
        status = kin_net__provide(p, node->output, KIN_NET_PLAIN, &step.out);
    return status ? status : kin_net__push(p, &step, &x, 1);
}

/* scale and shift: values of [channels], or KIN_NET_NONE. */
static int plan_affine(kin_net_planner *p, const kin_net_node *node, size_t x_id, size_t scale, size_t shift)
{
    kin_net_place in[3] = { 0 };
    const kin_net_value *x = p->graph->values[x_id];
    kin_net_step step = {
        .kind = KIN_NET_STEP_AFFINE, .node = node, .channels = kin_net__channels(x), .pixels = kin_net__pixels(x)
    };
    int status = kin_net__request_map(p, x_id, &in[0]);
    if (!status && scale != KIN_NET_NONE)
        status = kin_net__request(p, scale, KIN_NET_PLAIN, &in[1]);
    if (!status && shift != KIN_NET_NONE)
        status = kin_net__request(p, shift, KIN_NET_PLAIN, &in[2]);
    if (!status)
        status = kin_net__provide(p, node->output, in[0].layout, &step.out);
    return status ? status : kin_net__push(p, &step, in, 3);
}

static bool in_map_layout(const kin_net_planner *p, size_t value)
{
    const kin_net_value *v = p->graph->values[value];
    return !v->data && kin_net__is_map(v) && p->layouts[value] != KIN_NET_PLAIN;
}

/* Lanes that fill the last block hold anything finite: where a function of these may not be finite, no blocks. */
static kin_net_layout elementwise_layout(const kin_net_planner *p, size_t value, bool risky)
{
    kin_net_layout layout = p->layouts[value] == KIN_NET_PLAIN ? KIN_NET_PLAIN : kin_net__float_layout(p, value);
    bool filled = kin_net__channels(p->graph->values[value]) % KIN_LANES != 0;
    return risky && filled && layout == KIN_NET_BLOCKED ? KIN_NET_LAST : layout;
}

static size_t floats_of(const kin_net_value *v, kin_net_layout layout)
{
    return layout == KIN_NET_BLOCKED ? kin_blocked_size(kin_net__channels(v), kin_net__pixels(v)) : v->count;
}

static int plan_unary(kin_net_planner *p, const kin_net_node *node)
{
    kin_net_place x;
    bool risky = node->act.kind == KIN_ACT_SQRT || node->act.kind == KIN_ACT_EXP;
    kin_net_layout layout = elementwise_layout(p, node->inputs[0], risky);
    kin_net_step step = { .kind = KIN_NET_STEP_ACTIVATE, .node = node };
    step.count = floats_of(p->graph->values[node->output], layout);
    int status = kin_net__request(p, node->inputs[0], layout, &x);
    if (!status)
        status = kin_net__provide(p, node->output, layout, &step.out);
    return status ? status : kin_net__push(p, &step, &x, 1);
}

/* [1, channels, 1, 1]: one number a channel of the map `v`. */
static bool is_channel_vector(const kin_net_value *vector, const kin_net_value *v)
{
    size_t count = kin_net__channels(v), from_end = v->rank - 1;
    return vector->count == count && vector->rank >= from_end && vector->rank <= v->rank &&
           vector->dims[vector->rank - from_end] == count;
}

static bool same_shape(const kin_net_value *a, const kin_net_value *b)
{
    bool same = a->rank == b->rank;
    for (size_t i = 0; same && i < a->rank; i++)
        same = a->dims[i] == b->dims[i];
    return same;
}

static int plan_binary(kin_net_planner *p, const kin_net_node *node, bool *done)
{
    size_t a = node->inputs[0], b = node->inputs[1], main = in_map_layout(p, a) ? a : b, other = main == a ? b : a;
    const kin_net_value *x = p->graph->values[main], *z = p->graph->values[other];
    kin_net_place in[2];
    if (!in_map_layout(p, main) || !same_shape(x, p->graph->values[node->output]))
        return KIN_OK;
    bool mul = node->binary == KIN_MUL, add = node->binary == KIN_ADD;
    if (is_channel_vector(z, x) && (mul || add)) {
        *done = true;
        return plan_affine(p, node, main, mul ? other : KIN_NET_NONE, mul ? KIN_NET_NONE : other);
    }
    bool scalar = z->count == 1;
    if (!scalar && !same_shape(x, z))
        return KIN_OK;
    *done = true;
    kin_net_layout layout = elementwise_layout(p, main, node->binary == KIN_DIV);
    kin_net_step step = { .kind = KIN_NET_STEP_BINARY,
                          .node = node,
                          .count = floats_of(x, layout),
                          .a_step = a == other && scalar ? 0 : 1,
                          .b_step = b == other && scalar ? 0 : 1 };
    int status = kin_net__request(p, a, a == other && scalar ? KIN_NET_PLAIN : layout, &in[0]);
    if (!status)
        status = kin_net__request(p, b, b == other && scalar ? KIN_NET_PLAIN : layout, &in[1]);
    if (!status)
        status = kin_net__provide(p, node->output, layout, &step.out);
    return status ? status : kin_net__push(p, &step, in, 2);
}

/* Whether the order takes channels to the end (1), from the end to the front (-1), or does something else (0). */
static int channel_turn(const kin_net_node *node, const kin_net_value *x)
{
    bool last = x->rank >= 3 && x->dims[0] == 1 && node->order[0] == 0, first = last;
    for (size_t i = 1; i < x->rank; i++) {
        last = last && node->order[i] == (i + 1 < x->rank ? i + 1 : 1);
        first = first && node->order[i] == (i == 1 ? x->rank - 1 : i - 1);
    }
    return last ? 1 : first ? -1 : 0;
}

/* A map with channels last is, number for number, the plain tensor with its channels moved to the end. */
static int plan_transpose(kin_net_planner *p, const kin_net_node *node, bool *done)
{
    size_t x_id = node->inputs[0];
    const kin_net_value *x = p->graph->values[x_id];
    kin_net_place place;
    int turn = channel_turn(node, x), status = KIN_OK;
    if (turn > 0 && in_map_layout(p, x_id)) {
        status = kin_net__request(p, x_id, KIN_NET_LAST, &place);
        kin_net__alias(p, node->output, &place, KIN_NET_PLAIN);
        *done = true;
    } else if (turn < 0 && !x->data && p->layouts[x_id] == KIN_NET_PLAIN &&
               kin_net__is_map(p->graph->values[node->output])) {
        status = kin_net__request(p, x_id, KIN_NET_PLAIN, &place);
        kin_net__alias(p, node->output, &place, KIN_NET_LAST);
        *done = true;
    }
    return status;
}

/* A reshape that keeps the channels keeps the layout. */
static void plan_reshape(kin_net_planner *p, const kin_net_node *node, bool *done)
{
    const kin_net_value *x = p->graph->values[node->inputs[0]], *y = p->graph->values[node->output];
    if (!in_map_layout(p, node->inputs[0]) || !kin_net__is_map(y) || kin_net__channels(x) != kin_net__channels(y))
        return;
    kin_net_layout layout = p->layouts[node->inputs[0]];
    if (layout == KIN_NET_BYTES)
        return;
    kin_net__alias(p, node->output, &p->places[node->inputs[0]][layout], layout);
    *done = true;
}

int kin_net__plan_map(kin_net_planner *p, const kin_net_node *node, bool *done)
{
    *done = true;
    switch (node->op) {
    case KIN_NET_CONV:
        return plan_conv(p, node);
    case KIN_NET_INVERTED:
        return plan_inverted(p, node);
    case KIN_NET_LINEAR:
        return plan_linear(p, node);
    case KIN_NET_POOL:
        return plan_pool(p, node);
    case KIN_NET_GLOBAL_MEAN:
        return plan_global_mean(p, node);
    case KIN_NET_AFFINE:
        return plan_affine(p, node, node->inputs[0], node->inputs[1], node->inputs[2]);
    case KIN_NET_UNARY:
        return plan_unary(p, node);
    default:
        break;
    }
    *done = false;
    if (node->op == KIN_NET_BINARY)
        return plan_binary(p, node, done);
    if (node->op == KIN_NET_TRANSPOSE)
        return plan_transpose(p, node, done);
    if (node->op == KIN_NET_RESHAPE)
        plan_reshape(p, node, done);
    return KIN_OK;
}
