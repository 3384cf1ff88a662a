/* Steps in order, nothing else: shapes, layouts and addresses were settled by the plan. */
#include "net_plan.h"

#include "kernel/layout.h"

static float *address(const kin_net_place *place, float *workspace)
{
    if (!place->valid)
        return NULL;
    return place->fixed ? place->fixed : workspace + place->offset;
}

kin_view kin_net__view(const kin_net_place *place, float *workspace)
{
    return (kin_view) { address(place, workspace), place->pixel_step, place->block_step, place->padded };
}

static void run_eval(const kin_kernels *kernels, const kin_net_graph *graph, const kin_net_step *s, float *workspace)
{
    const void *in[KIN_NET_OPERANDS];
    for (size_t i = 0; i < s->in_count; i++)
        in[i] = address(&s->in[i], workspace);
    kin_net__eval(kernels, graph, s->node, in, address(&s->out, workspace));
}

static void run_inverted(const kin_kernels *kernels, const kin_net_step *s, kin_view x, kin_view residual, kin_view y,
                         float *scratch)
{
    kin_inverted op = s->inverted;
    op.expand = op.expand ? &s->linear : NULL;
    kin_inverted_run(kernels, &op, x, residual, y, scratch);
}

void kin_net__run_step(const kin_net_graph *graph, const kin_net_plan *plan, const kin_net_step *s, float *workspace,
                       float *scratch)
{
    const kin_kernels *kernels = plan->kernels;
    kin_view x = kin_net__view(&s->in[0], workspace), y = kin_net__view(&s->out, workspace);
    kin_view residual = kin_net__view(&s->residual, workspace);
    switch (s->kind) {
    case KIN_NET_STEP_LINEAR:
        kernels->linear(&s->linear, 0, kin_blocks(s->linear.out), x, residual, y, s->pixels);
        return;
    case KIN_NET_STEP_DEPTHWISE:
        kernels->depthwise(&s->depthwise, 0, kin_blocks(s->depthwise.channels), x, s->depthwise.window.in_h, y, 0,
                           s->depthwise.window.out_h);
        return;
    case KIN_NET_STEP_CONV:
        kernels->conv(&s->conv, x, residual, y, scratch);
        return;
    case KIN_NET_STEP_INVERTED:
        run_inverted(kernels, s, x, residual, y, scratch);
        return;
    case KIN_NET_STEP_POOL:
        kernels->pool(&s->pool, x, y);
        return;
    case KIN_NET_STEP_MEAN:
        kernels->global_mean(x, s->channels, s->pixels, y.data);
        return;
    case KIN_NET_STEP_AFFINE:
        kernels->affine(x, s->channels, s->pixels, address(&s->in[1], workspace), address(&s->in[2], workspace),
                        s->node->act, y);
        return;
    case KIN_NET_STEP_COPY:
        kin_view_copy(x, y, s->channels, s->pixels);
        return;
    case KIN_NET_STEP_FROM_PLANES:
        kin_view_from_planes(x.data, s->channels, s->pixels, y);
        return;
    case KIN_NET_STEP_TO_PLANES:
        kin_view_to_planes(x, s->channels, s->pixels, y.data);
        return;
    case KIN_NET_STEP_ACTIVATE:
        kernels->activate(s->node->act, x.data, s->count, y.data);
        return;
    case KIN_NET_STEP_BINARY:
        kernels->binary(s->node->binary, s->node->act, x.data, s->a_step, address(&s->in[1], workspace), s->b_step,
                        s->count, y.data);
        return;
    case KIN_NET_STEP_EVAL:
        run_eval(kernels, graph, s, workspace);
        return;
    default:
        kin_net__run_step8(plan, s, workspace, scratch);
        return;
    }
}

void kin_net__run(const kin_net_graph *graph, const kin_net_plan *plan, float *workspace, float *scratch)
{
    for (size_t i = 0; i < plan->step_count; i++)
        kin_net__run_step(graph, plan, plan->steps[i], workspace, scratch);
}
