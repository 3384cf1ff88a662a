/* Convolutions in 8 bits, where input, output and residual have ranges and the activation is a clip or none: then all
 * of it is in the finishing of exact integer sums. Weights are symmetric, a scale for each output channel. Whatever
 * else reads such a value gets it back as floats; the global mean reads the bytes. */
#include "net_plan.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>

kin_quant kin_net__quant(const kin_net_planner *p, size_t value)
{
    kin_quant none = { 0, 0 };
    if (!p->ranges || value == KIN_NET_NONE)
        return none;
    float low = p->ranges[2 * value], high = p->ranges[2 * value + 1];
    if (!(low <= 0 && high >= 0 && high - low > 1e-20f && high - low < 1e20f))
        return none;
    float scale = (high - low) / 255;
    return (kin_quant) { scale, (int32_t)lrintf(fminf(-low / scale, 255)) };
}

static uint8_t to_byte(float value, kin_quant q)
{
    float byte = rintf(value / q.scale) + (float)q.zero;
    return (uint8_t)(byte > 255 ? 255 : byte > 0 ? byte : 0);
}

static kin_finish8 finish_of(const kin_net_planner *p, const kin_net_node *node)
{
    kin_quant y = kin_net__quant(p, node->output), residual = kin_net__quant(p, node->residual);
    kin_finish8 finish = { 0, 255, residual.scale / y.scale, (float)residual.zero };
    if (node->act.kind == KIN_ACT_CLIP) {
        finish.low = to_byte(node->act.a, y);
        finish.high = to_byte(node->act.b, y);
    }
    return finish;
}

static bool is_depthwise(const kin_net_planner *p, const kin_net_node *node)
{
    const kin_net_value *w = p->graph->values[node->inputs[1]];
    return w->dims[1] == 1 && node->groups == w->dims[0] && node->groups > 1 && node->residual == KIN_NET_NONE &&
           node->window.kernel_h <= 16;
}

static bool fits(const kin_net_planner *p, const kin_net_node *node)
{
    bool act = node->act.kind == KIN_ACT_NONE || node->act.kind == KIN_ACT_CLIP;
    return act && kin_net__is_map(p->graph->values[node->output]) && kin_net__quant(p, node->inputs[0]).scale > 0 &&
           kin_net__quant(p, node->output).scale > 0 && (node->groups == 1 || is_depthwise(p, node)) &&
           (node->residual == KIN_NET_NONE || kin_net__quant(p, node->residual).scale > 0);
}

/* Quantized weights while they are packed. */
typedef struct weights {
    int8_t *bytes;
    float *scale;
    kin_weights8 from;
} weights;

static int quantize(kin_net_planner *p, const kin_net_node *node, weights *w)
{
    const kin_net_value *v = p->graph->values[node->inputs[1]];
    size_t out = v->dims[0];
    w->bytes = kin_alloc_array(v->count, 1);
    w->scale = kin_alloc_array(out, sizeof *w->scale);
    if (!w->bytes || !w->scale)
        return kin_fail_memory(p->err);
    kin_quantize_weights(v->data, out, v->count / out, w->bytes, w->scale);
    w->from = (kin_weights8) { w->bytes, w->scale, kin_net__data(p->graph, node, 2), kin_net__quant(p, node->inputs[0]),
                               kin_net__quant(p, node->output) };
    return KIN_OK;
}

static void release(weights *w)
{
    free(w->bytes);
    free(w->scale);
}

static uint8_t *new_bytes(kin_net_planner *p, size_t bytes)
{
    return (uint8_t *)kin_net__new_packed(p, bytes / sizeof(float) + 1);
}

static int make_linear8(kin_net_planner *p, const kin_net_node *node, kin_linear8 *op)
{
    const kin_kernels8 *kernels = p->plan->kernels8;
    const kin_net_value *v = p->graph->values[node->inputs[1]];
    weights w = { 0 };
    int status = quantize(p, node, &w);
    uint8_t *packed = status ? NULL : new_bytes(p, kernels->linear_size(v->dims[1], v->dims[0]));
    if (packed)
        kernels->linear_pack(v->dims[1], v->dims[0], &w.from, packed);
    *op = (kin_linear8) { v->dims[1], v->dims[0], packed, finish_of(p, node) };
    p->plan->flops += 2 * (double)p->graph->values[node->output]->count * (double)v->dims[1];
    release(&w);
    return status ? status : packed ? KIN_OK : KIN_E_LIMIT;
}

static int make_depthwise8(kin_net_planner *p, const kin_net_node *node, kin_depthwise8 *op)
{
    const kin_kernels8 *kernels = p->plan->kernels8;
    weights w = { 0 };
    int status = quantize(p, node, &w);
    *op = (kin_depthwise8) { node->window, node->groups, NULL, (uint8_t)w.from.x.zero, finish_of(p, node) };
    uint8_t *packed = status ? NULL : new_bytes(p, kernels->depthwise_size(op));
    if (packed)
        kernels->depthwise_pack(op, &w.from, packed);
    op->packed = packed;
    p->plan->flops +=
        2 * (double)p->graph->values[node->output]->count * (double)(node->window.kernel_h * node->window.kernel_w);
    release(&w);
    return status ? status : packed ? KIN_OK : KIN_E_LIMIT;
}

/* Scratch is counted in floats. */
static void need_scratch(kin_net_planner *p, size_t bytes)
{
    if (bytes / sizeof(float) + 1 > p->plan->scratch)
        p->plan->scratch = bytes / sizeof(float) + 1;
}

static int make_conv8(kin_net_planner *p, const kin_net_node *node, kin_conv8 *op)
{
    const kin_kernels8 *kernels = p->plan->kernels8;
    const kin_net_value *v = p->graph->values[node->inputs[1]];
    weights w = { 0 };
    int status = quantize(p, node, &w);
    *op = (kin_conv8) { node->window, v->dims[1], v->dims[0], NULL, (uint8_t)w.from.x.zero, finish_of(p, node) };
    uint8_t *packed = status ? NULL : new_bytes(p, kernels->conv_size(op));
    if (packed) {
        kernels->conv_pack(op, &w.from, packed);
        op->packed = packed;
        need_scratch(p, kernels->conv_scratch(op));
    }
    p->plan->flops += 2 * (double)p->graph->values[node->output]->count * (double)(v->count / v->dims[0]);
    release(&w);
    return status ? status : packed ? KIN_OK : KIN_E_LIMIT;
}

static int push_bytes(kin_net_planner *p, const kin_net_node *node, kin_net_step *step)
{
    kin_net_place x;
    int status = kin_net__request(p, node->inputs[0], KIN_NET_BYTES, &x);
    if (!status && node->residual != KIN_NET_NONE)
        status = kin_net__request(p, node->residual, KIN_NET_BYTES, &step->residual);
    if (!status)
        status = kin_net__provide(p, node->output, KIN_NET_BYTES, &step->out);
    return status ? status : kin_net__push(p, step, &x, 1);
}

static int plan_conv8(kin_net_planner *p, const kin_net_node *node)
{
    kin_net_step step = { .node = node, .pixels = kin_net__pixels(p->graph->values[node->output]) };
    int status = KIN_OK;
    if (kin_net__is_pointwise(node)) {
        step.kind = KIN_NET_STEP_LINEAR8;
        status = make_linear8(p, node, &step.linear8);
    } else if (is_depthwise(p, node)) {
        step.kind = KIN_NET_STEP_DEPTHWISE8;
        status = make_depthwise8(p, node, &step.depthwise8);
    } else {
        step.kind = KIN_NET_STEP_CONV8;
        status = make_conv8(p, node, &step.conv8);
    }
    return status ? status : push_bytes(p, node, &step);
}

static int plan_inverted8(kin_net_planner *p, const kin_net_node *node)
{
    kin_net_step step = { .kind = KIN_NET_STEP_INVERTED8, .node = node };
    int status = node->parts[0] ? make_linear8(p, node->parts[0], &step.linear8) : KIN_OK;
    if (!status)
        status = make_depthwise8(p, node->parts[1], &step.inverted8.depthwise);
    if (!status)
        status = make_linear8(p, node->parts[2], &step.inverted8.project);
    if (status)
        return status;
    step.inverted8.expand = node->parts[0] ? &step.linear8 : NULL;
    step.inverted8.strip = kin_inverted8_strip(&step.inverted8);
    need_scratch(p, kin_inverted8_scratch(&step.inverted8));
    return push_bytes(p, node, &step);
}

static int plan_mean8(kin_net_planner *p, const kin_net_node *node)
{
    kin_net_place x;
    const kin_net_value *from = p->graph->values[node->inputs[0]];
    kin_net_step step = { .kind = KIN_NET_STEP_MEAN8,
                          .node = node,
                          .channels = kin_net__channels(from),
                          .pixels = kin_net__pixels(from),
                          .quant = kin_net__quant(p, node->inputs[0]) };
    int status = kin_net__request(p, node->inputs[0], KIN_NET_BYTES, &x);
    if (!status)
        status = kin_net__provide(p, node->output, KIN_NET_PLAIN, &step.out);
    return status ? status : kin_net__push(p, &step, &x, 1);
}

int kin_net__plan_bytes(kin_net_planner *p, const kin_net_node *node, bool *done)
{
    *done = true;
    if (node->op == KIN_NET_CONV && fits(p, node))
        return plan_conv8(p, node);
    if (node->op == KIN_NET_GLOBAL_MEAN && p->layouts[node->inputs[0]] == KIN_NET_BYTES)
        return plan_mean8(p, node);
    bool whole = node->op == KIN_NET_INVERTED && (!node->parts[0] || fits(p, node->parts[0])) &&
                 fits(p, node->parts[1]) && fits(p, node->parts[2]) && is_depthwise(p, node->parts[1]);
    if (whole)
        return plan_inverted8(p, node);
    *done = false;
    return KIN_OK;
}

static kin_view8 view8(const kin_net_place *place, float *workspace)
{
    if (!place->valid)
        return KIN_NO_VIEW8;
    return (kin_view8) { (uint8_t *)(workspace + place->offset), place->pixel_step };
}

void kin_net__run_step8(const kin_net_plan *plan, const kin_net_step *s, float *workspace, float *scratch)
{
    const kin_kernels8 *kernels = plan->kernels8;
    kin_view8 x = view8(&s->in[0], workspace), y = view8(&s->out, workspace);
    kin_view8 residual = view8(&s->residual, workspace);
    uint8_t *bytes = (uint8_t *)scratch;
    kin_inverted8 block = s->inverted8;
    switch (s->kind) {
    case KIN_NET_STEP_LINEAR8:
        kernels->linear(&s->linear8, x, residual, y, s->pixels);
        return;
    case KIN_NET_STEP_DEPTHWISE8:
        kernels->depthwise(&s->depthwise8, x, s->depthwise8.window.in_h, y, 0, s->depthwise8.window.out_h);
        return;
    case KIN_NET_STEP_CONV8:
        kernels->conv(&s->conv8, x, residual, y, bytes);
        return;
    case KIN_NET_STEP_INVERTED8:
        block.expand = block.expand ? &s->linear8 : NULL;
        kin_inverted8_run(kernels, &block, x, residual, y, bytes);
        return;
    case KIN_NET_STEP_MEAN8:
        kernels->global_mean(x, s->quant, s->channels, s->pixels, workspace + s->out.offset);
        return;
    case KIN_NET_STEP_QUANTIZE:
        kin_quantize_view(kin_net__view(&s->in[0], workspace), s->channels, s->pixels, s->quant, y);
        return;
    case KIN_NET_STEP_DEQUANTIZE:
        kin_dequantize_view(x, s->channels, s->pixels, s->quant, kin_net__view(&s->out, workspace));
        return;
    default:
        return;
    }
}
