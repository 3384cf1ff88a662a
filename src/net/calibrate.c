/* What 8 bits have to cover: the model is run in float, layer by layer so that no value stays hidden inside a block,
 * and each feature map is looked through. The mean of the images' extremes is taken: one strange image does not make
 * the steps coarse for all. Of the input itself the extremes of all images: pixels are bytes already, and between their
 * own ends 8 bits hold them as they are. */
#include "net_private.h"

#include "base/checked.h"
#include "kernel/layout.h"

#include <stdlib.h>

void kin_net_ranges_clear(kin_net_ranges *ranges)
{
    free(ranges->bounds);
    *ranges = (kin_net_ranges) { 0, NULL };
}

/* Lowest and highest number of a map, no higher and no lower than 0. */
static void find_extremes(const kin_net_value *value, kin_view x, float extremes[2])
{
    size_t channels = kin_net__channels(value), pixels = kin_net__pixels(value);
    float low = 0, high = 0;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++) {
            float v = x.data[c / KIN_LANES * x.block_step + i * x.pixel_step + c % KIN_LANES];
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
    extremes[0] = low;
    extremes[1] = high;
}

static void observe(kin_runner *runner, const float *planes, size_t n, float *bounds)
{
    const kin_net_graph *graph = &runner->net->graph;
    const kin_net_plan *plan = &runner->net->plan;
    const kin_net_value *input = graph->values[graph->input];
    kin_view x = kin_net__view(&plan->input, runner->workspace);
    kin_view_from_planes(planes, kin_net__channels(input), kin_net__pixels(input), x);
    float extremes[2], *whole = bounds + 2 * graph->input;
    find_extremes(input, x, extremes);
    whole[0] = extremes[0] < whole[0] ? extremes[0] : whole[0];
    whole[1] = extremes[1] > whole[1] ? extremes[1] : whole[1];
    for (size_t i = 0; i < plan->step_count; i++) {
        const kin_net_step *s = plan->steps[i];
        kin_net__run_step(graph, plan, s, runner->workspace, runner->scratch);
        if (!s->node || s->node->op != KIN_NET_CONV || s->out.layout == KIN_NET_PLAIN)
            continue;
        find_extremes(graph->values[s->node->output], kin_net__view(&s->out, runner->workspace), extremes);
        for (size_t k = 0; k < 2; k++)
            bounds[2 * s->node->output + k] += extremes[k] / (float)n;
    }
}

int kin_net_calibrate(const void *bytes, size_t size, const kin_net_options *options, const float *images, size_t n,
                      kin_net_ranges *out, kin_error *err)
{
    kin_net_options plain = options ? *options : (kin_net_options)KIN_NET_OPTIONS_INIT;
    kin_net *net = NULL;
    kin_runner *runner = NULL;
    plain.ranges = NULL;
    if (n == 0)
        return kin_fail(err, KIN_E_USAGE, "model: calibration needs at least one image");
    int status = kin_net__open(bytes, size, &plain, false, &net, err);
    if (!status)
        status = kin_runner_new(net, &runner, err);
    if (!status) {
        kin_net_ranges ranges = { net->graph.value_count, NULL };
        size_t each = net->info.channels * net->info.height * net->info.width;
        ranges.bounds = kin_alloc_zeroed(2 * ranges.count, sizeof *ranges.bounds);
        status = ranges.bounds ? KIN_OK : kin_fail_memory(err);
        for (size_t i = 0; i < n && !status; i++)
            observe(runner, images + i * each, n, ranges.bounds);
        if (!status)
            *out = ranges;
    }
    kin_runner_free(runner);
    kin_net_free(net);
    return status;
}
