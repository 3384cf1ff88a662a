#include "net_private.h"

#include "base/checked.h"
#include "kernel/layout.h"

#include <stdlib.h>
#include <string.h>

static void fill_info(kin_net *net)
{
    const kin_net_value *in = net->graph.values[net->graph.input];
    net->info = (kin_net_info) { in->dims[1],
                                 in->dims[2],
                                 in->dims[3],
                                 net->graph.values[net->graph.output]->count,
                                 net->plan.step_count,
                                 net->plan.flops,
                                 net->plan.packed_bytes,
                                 (net->plan.workspace + net->plan.scratch) * sizeof(float) };
}

/* Constants that no step reads, such as weights that are packed by now. */
static void drop_constants(kin_net *net)
{
    kin_net_graph *graph = &net->graph;
    for (size_t v = 0; v < graph->value_count; v++) {
        bool read = false;
        for (size_t i = 0; graph->values[v]->data && !read && i < net->plan.step_count; i++) {
            const kin_net_step *s = net->plan.steps[i];
            for (size_t k = 0; k < s->in_count; k++)
                read = read || (s->in[k].valid && (void *)s->in[k].fixed == graph->values[v]->data);
        }
        if (!read) {
            free(graph->values[v]->data);
            graph->values[v]->data = NULL;
        }
    }
}

int kin_net__open(const void *bytes, size_t size, const kin_net_options *options, bool blocks, kin_net **out,
                  kin_error *err)
{
    kin_net_options chosen = options ? *options : (kin_net_options)KIN_NET_OPTIONS_INIT;
    kin_net *net = kin_alloc_zeroed(1, sizeof *net);
    if (!net)
        return kin_fail_memory(err);
    const kin_kernels *kernels = chosen.kernels ? chosen.kernels : kin_kernels_get();
    net->graph.budget = chosen.memory_limit ? chosen.memory_limit : (size_t)4 << 30;
    int status = kin_net__read(bytes, size, chosen.input_size, chosen.output, &net->graph, err);
    if (!status)
        status = kin_net__find_patterns(&net->graph, err);
    if (!status)
        status = kin_net__fuse(&net->graph, blocks, err);
    if (!status && chosen.ranges && chosen.ranges->count != net->graph.value_count)
        status = kin_fail(err, KIN_E_USAGE, "model: the ranges were taken on another model; calibrate again");
    if (!status)
        status = kin_net__plan(&net->graph, kernels, chosen.ranges ? chosen.ranges->bounds : NULL, &net->plan, err);
    if (status) {
        kin_net_free(net);
        return status;
    }
    drop_constants(net);
    fill_info(net);
    *out = net;
    return KIN_OK;
}

int kin_net_open(const void *bytes, size_t size, const kin_net_options *options, kin_net **out, kin_error *err)
{
    const kin_kernels *kernels = options && options->kernels ? options->kernels : kin_kernels_get();
    bool bytewise = options && options->ranges;
    return kin_net__open(bytes, size, options, kernels->blocked || bytewise, out, err);
}

void kin_net_free(kin_net *net)
{
    if (!net)
        return;
    kin_net__plan_clear(&net->plan);
    kin_net__graph_clear(&net->graph);
    free(net);
}

const kin_net_info *kin_net_about(const kin_net *net)
{
    return &net->info;
}

int kin_runner_new(const kin_net *net, kin_runner **out, kin_error *err)
{
    kin_runner *runner = kin_alloc_zeroed(1, sizeof *runner);
    if (!runner)
        return kin_fail_memory(err);
    runner->net = net;
    runner->workspace = kin_alloc_large(net->plan.workspace + KIN_LANES, sizeof(float));
    runner->scratch = kin_alloc_aligned(net->plan.scratch + KIN_LANES, sizeof(float));
    if (!runner->workspace || !runner->scratch) {
        kin_runner_free(runner);
        return kin_fail_memory(err);
    }
    memset(runner->workspace, 0, (net->plan.workspace + KIN_LANES) * sizeof(float));
    memset(runner->scratch, 0, (net->plan.scratch + KIN_LANES) * sizeof(float));
    *out = runner;
    return KIN_OK;
}

void kin_runner_free(kin_runner *runner)
{
    if (!runner)
        return;
    free(runner->workspace);
    free(runner->scratch);
    free(runner);
}

static void finish(kin_runner *runner, float *output)
{
    const kin_net *net = runner->net;
    kin_net__run(&net->graph, &net->plan, runner->workspace, runner->scratch);
    memcpy(output, kin_net__view(&net->plan.output, runner->workspace).data, net->info.output_count * sizeof *output);
}

void kin_runner_run(kin_runner *runner, const float *planes, float *output)
{
    const kin_net_info *info = &runner->net->info;
    kin_view_from_planes(planes, info->channels, info->height * info->width,
                         kin_net__view(&runner->net->plan.input, runner->workspace));
    finish(runner, output);
}

void kin_runner_run_bytes(kin_runner *runner, const uint8_t *bytes, const float *scale, const float *shift,
                          float *output)
{
    const kin_net_info *info = &runner->net->info;
    kin_view_from_bytes(bytes, info->channels, info->height * info->width, scale, shift,
                        kin_net__view(&runner->net->plan.input, runner->workspace));
    finish(runner, output);
}
