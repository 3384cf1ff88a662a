/* Nodes become steps. Each value gets a place in a buffer; a buffer lives from the first to the last step that touches
 * it, and buffers that do not live together share memory: largest first, each at the lowest address that is free for
 * its life. Values change layout only where an operator cannot take the one they have. */
#include "net_plan.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

size_t kin_net__channels(const kin_net_value *value)
{
    return value->rank >= 2 ? value->dims[1] : value->count;
}

size_t kin_net__pixels(const kin_net_value *value)
{
    size_t channels = kin_net__channels(value);
    return channels ? value->count / channels : 0;
}

bool kin_net__is_map(const kin_net_value *value)
{
    return value->rank >= 3 && value->dims[0] == 1 && kin_net__pixels(value) > 1;
}

static int new_buffer(kin_net_planner *p, size_t size, size_t *id)
{
    if (!KIN_GROW(&p->buffers, &p->buffer_capacity, p->buffer_count + 1))
        return kin_fail_memory(p->err);
    *id = p->buffer_count++;
    p->buffers[*id] = (kin_net_buffer) { (size + KIN_LANES - 1) / KIN_LANES * KIN_LANES, SIZE_MAX, 0, 0 };
    return KIN_OK;
}

static void touch(kin_net_planner *p, const kin_net_place *place, size_t step)
{
    if (!place->valid || place->fixed)
        return;
    kin_net_buffer *b = &p->buffers[place->buffer];
    b->first = step < b->first ? step : b->first;
    b->last = step > b->last ? step : b->last;
}

int kin_net__push(kin_net_planner *p, const kin_net_step *step, const kin_net_place *in, size_t count)
{
    kin_net_plan *plan = p->plan;
    kin_net_step *own = kin_arena_alloc(&plan->arena, sizeof *own);
    kin_net_place *places = kin_arena_alloc(&plan->arena, (count + 1) * sizeof *places);
    bool grown = KIN_GROW(&plan->steps, &plan->step_capacity, plan->step_count + 1);
    if (!own || !places || !grown)
        return kin_fail_memory(p->err);
    *own = *step;
    own->in = places;
    own->in_count = count;
    for (size_t i = 0; i < count; i++) {
        places[i] = in[i];
        touch(p, &in[i], plan->step_count);
    }
    touch(p, &own->out, plan->step_count);
    touch(p, &own->residual, plan->step_count);
    plan->steps[plan->step_count++] = own;
    return KIN_OK;
}

static void set_steps(kin_net_place *place, const kin_net_value *value, kin_net_layout layout)
{
    bool blocked = layout == KIN_NET_BLOCKED;
    place->layout = layout;
    place->padded = blocked;
    if (layout == KIN_NET_BYTES) {
        place->pixel_step = kin_step8(kin_net__channels(value));
        place->block_step = 0;
        return;
    }
    place->pixel_step = blocked ? KIN_LANES : kin_net__channels(value);
    place->block_step = blocked ? kin_net__pixels(value) * KIN_LANES : KIN_LANES;
}

void kin_net__alias(kin_net_planner *p, size_t value, const kin_net_place *place, kin_net_layout layout)
{
    kin_net_place own = *place;
    set_steps(&own, p->graph->values[value], layout);
    p->places[value][layout] = own;
    p->layouts[value] = layout;
}

static int place_new(kin_net_planner *p, size_t value, kin_net_layout layout, kin_net_place *out)
{
    const kin_net_value *v = p->graph->values[value];
    size_t channels = kin_net__channels(v), pixels = kin_net__pixels(v), size = v->count;
    if (layout == KIN_NET_BLOCKED)
        size = kin_blocked_size(channels, pixels);
    else if (layout == KIN_NET_BYTES)
        size = (kin_step8(channels) * pixels + KIN_SLACK8) / sizeof(float) + 1;
    *out = (kin_net_place) { .valid = true };
    set_steps(out, v, layout);
    return new_buffer(p, size, &out->buffer);
}

int kin_net__provide(kin_net_planner *p, size_t value, kin_net_layout layout, kin_net_place *out)
{
    int status = KIN_OK;
    if (!kin_net__is_map(p->graph->values[value]))
        layout = KIN_NET_PLAIN;
    if (p->preset[value].valid)
        *out = p->preset[value];
    else
        status = place_new(p, value, layout, out);
    p->places[value][out->layout] = *out;
    p->layouts[value] = out->layout;
    return status;
}

int kin_net__request(kin_net_planner *p, size_t value, kin_net_layout layout, kin_net_place *out)
{
    const kin_net_value *v = p->graph->values[value];
    if (v->data) {
        *out = (kin_net_place) { .valid = true, .fixed = v->data };
        set_steps(out, v, KIN_NET_PLAIN);
        if (layout == KIN_NET_PLAIN || !kin_net__is_map(v))
            return KIN_OK;
        p->places[value][KIN_NET_PLAIN] = *out;
        p->layouts[value] = KIN_NET_PLAIN;
    }
    layout = kin_net__is_map(v) ? layout : KIN_NET_PLAIN;
    *out = p->places[value][layout];
    if (out->valid)
        return KIN_OK;
    kin_net_place from = p->places[value][p->layouts[value]];
    int status = KIN_OK;
    /* Between bytes and planes the way leads over a map of floats. */
    if ((layout == KIN_NET_BYTES && from.layout == KIN_NET_PLAIN) ||
        (layout == KIN_NET_PLAIN && from.layout == KIN_NET_BYTES))
        status = kin_net__request(p, value, kin_net__float_layout(p, value), &from);
    if (!status)
        status = place_new(p, value, layout, out);
    if (status)
        return status;
    p->places[value][layout] = *out;
    kin_net_step step = { .kind = layout == KIN_NET_BYTES        ? KIN_NET_STEP_QUANTIZE
                                  : from.layout == KIN_NET_BYTES ? KIN_NET_STEP_DEQUANTIZE
                                  : layout == KIN_NET_PLAIN      ? KIN_NET_STEP_TO_PLANES
                                  : from.layout == KIN_NET_PLAIN ? KIN_NET_STEP_FROM_PLANES
                                                                 : KIN_NET_STEP_COPY,
                          .out = *out,
                          .channels = kin_net__channels(v),
                          .pixels = kin_net__pixels(v),
                          .quant = kin_net__quant(p, value) };
    return kin_net__push(p, &step, &from, 1);
}

kin_net_layout kin_net__float_layout(const kin_net_planner *p, size_t value)
{
    kin_net_layout layout = p->layouts[value];
    if (layout == KIN_NET_LAST || layout == KIN_NET_BLOCKED)
        return layout;
    return p->plan->kernels->blocked ? KIN_NET_BLOCKED : KIN_NET_LAST;
}

int kin_net__request_map(kin_net_planner *p, size_t value, kin_net_place *out)
{
    return kin_net__request(p, value, kin_net__float_layout(p, value), out);
}

static int plan_eval(kin_net_planner *p, const kin_net_node *node)
{
    kin_net_place in[KIN_NET_OPERANDS] = { 0 };
    kin_net_step step = { .kind = KIN_NET_STEP_EVAL, .node = node };
    const kin_net_value *y = p->graph->values[node->output];
    if (node->input_count > KIN_NET_OPERANDS)
        return kin_fail(p->err, KIN_E_FORMAT, "model: %s has too many inputs", node->name);
    for (size_t i = 0; i < node->input_count; i++) {
        int status = KIN_OK;
        if (node->inputs[i] != KIN_NET_NONE)
            status = kin_net__request(p, node->inputs[i], KIN_NET_PLAIN, &in[i]);
        if (status)
            return status;
    }
    if (node->op == KIN_NET_RESHAPE) {
        kin_net__alias(p, node->output, &in[0], KIN_NET_PLAIN);
        return KIN_OK;
    }
    if (node->op == KIN_NET_MATMUL) {
        const kin_net_value *a = p->graph->values[node->inputs[0]];
        p->plan->flops += 2 * (double)y->count * (double)a->dims[a->rank - 1];
    }
    int status = kin_net__provide(p, node->output, KIN_NET_PLAIN, &step.out);
    return status ? status : kin_net__push(p, &step, in, node->input_count);
}

/* Where all producers of a concatenation along the channels can write into it, they do. In the blocked layout a part
 * starts at a whole block. */
static int preset_concat(kin_net_planner *p, const kin_net_node *node)
{
    const kin_net_value *y = p->graph->values[node->output];
    bool fits = !p->ranges && node->op == KIN_NET_CONCAT && node->axis == 1 && kin_net__is_map(y), aligned = true;
    for (size_t i = 0; fits && i < node->input_count; i++) {
        size_t id = node->inputs[i];
        const kin_net_node *from = p->producers[id];
        fits = from && p->uses[id] == 1 &&
               (from->op == KIN_NET_CONV || from->op == KIN_NET_POOL || from->op == KIN_NET_INVERTED) &&
               from->residual == KIN_NET_NONE && !p->preset[id].valid;
        aligned = aligned && (i + 1 == node->input_count || kin_net__channels(p->graph->values[id]) % KIN_LANES == 0);
    }
    if (!fits)
        return KIN_OK;
    kin_net_place whole;
    bool blocked = aligned && p->plan->kernels->blocked;
    int status = place_new(p, node->output, blocked ? KIN_NET_BLOCKED : KIN_NET_LAST, &whole);
    p->preset[node->output] = whole;
    for (size_t i = 0, at = 0; i < node->input_count; i++) {
        kin_net_place part = whole;
        part.offset += blocked ? at / KIN_LANES * whole.block_step : at;
        p->preset[node->inputs[i]] = part;
        at += kin_net__channels(p->graph->values[node->inputs[i]]);
    }
    return status;
}

static int plan_node(kin_net_planner *p, const kin_net_node *node)
{
    bool done = false;
    if (node->op == KIN_NET_CONCAT && p->preset[node->output].valid) {
        kin_net__alias(p, node->output, &p->preset[node->output], p->preset[node->output].layout);
        return KIN_OK;
    }
    int status = p->ranges ? kin_net__plan_bytes(p, node, &done) : KIN_OK;
    if (!status && !done)
        status = kin_net__plan_map(p, node, &done);
    return status || done ? status : plan_eval(p, node);
}

static int by_size(const void *a, const void *b)
{
    const kin_net_buffer *x = *(kin_net_buffer *const *)a, *y = *(kin_net_buffer *const *)b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return x < y ? -1 : x > y;
}

/* Moves b up over all placed buffers of its time until it lies free. `order` is sorted by address up to n. */
static void put(kin_net_buffer *b, kin_net_buffer **order, size_t n)
{
    b->at = 0;
    for (size_t i = 0; i < n; i++) {
        bool together = b->first <= order[i]->last && order[i]->first <= b->last;
        if (!together || order[i]->at + order[i]->size <= b->at)
            continue;
        if (order[i]->at >= b->at + b->size)
            break;
        b->at = order[i]->at + order[i]->size;
    }
}

static int place_buffers(kin_net_planner *p)
{
    kin_net_buffer **sizes = kin_alloc_array(p->buffer_count + 1, sizeof *sizes);
    kin_net_buffer **order = kin_alloc_array(p->buffer_count + 1, sizeof *order);
    size_t end = 0, limit = p->graph->budget / sizeof(float);
    int status = sizes && order ? KIN_OK : kin_fail_memory(p->err);
    for (size_t i = 0; !status && i < p->buffer_count; i++)
        sizes[i] = &p->buffers[i];
    if (!status)
        qsort((void *)sizes, p->buffer_count, sizeof *sizes, by_size);
    for (size_t n = 0; !status && n < p->buffer_count; n++) {
        put(sizes[n], order, n);
        size_t to = n;
        for (; to > 0 && order[to - 1]->at > sizes[n]->at; to--)
            order[to] = order[to - 1];
        order[to] = sizes[n];
        end = sizes[n]->at + sizes[n]->size > end ? sizes[n]->at + sizes[n]->size : end;
        if (end > limit || p->plan->scratch > limit - end)
            status = kin_fail(p->err, KIN_E_LIMIT, "model: its workspace is larger than the memory limit");
    }
    p->plan->workspace = end;
    free((void *)sizes);
    free((void *)order);
    return status;
}

static void settle_place(const kin_net_planner *p, kin_net_place *place)
{
    if (place->valid && !place->fixed)
        place->offset += p->buffers[place->buffer].at;
}

static void settle_places(kin_net_planner *p)
{
    kin_net_plan *plan = p->plan;
    for (size_t i = 0; i < plan->step_count; i++) {
        kin_net_step *s = plan->steps[i];
        for (size_t k = 0; k < s->in_count; k++)
            settle_place(p, &s->in[k]);
        settle_place(p, &s->out);
        settle_place(p, &s->residual);
    }
    settle_place(p, &plan->input);
    settle_place(p, &plan->output);
}

static int plan_all(kin_net_planner *p)
{
    kin_net_graph *graph = p->graph;
    for (size_t i = 0; i < graph->node_count; i++)
        for (size_t k = 0; k < graph->nodes[i]->input_count; k++)
            if (graph->nodes[i]->inputs[k] != KIN_NET_NONE)
                p->consumers[graph->nodes[i]->inputs[k]] = graph->nodes[i];
    int status = kin_net__provide(p, graph->input, KIN_NET_LAST, &p->plan->input);
    if (!status)
        touch(p, &p->plan->input, 0);
    for (size_t i = 0; i < graph->node_count && !status; i++)
        status = preset_concat(p, graph->nodes[i]);
    for (size_t i = 0; i < graph->node_count && !status; i++)
        status = plan_node(p, graph->nodes[i]);
    if (!status)
        status = kin_net__request(p, graph->output, KIN_NET_PLAIN, &p->plan->output);
    if (status)
        return status;
    touch(p, &p->plan->output, p->plan->step_count);
    status = place_buffers(p);
    if (!status)
        settle_places(p);
    return status;
}

int kin_net__plan(kin_net_graph *graph, const kin_kernels *kernels, const float *ranges, kin_net_plan *plan,
                  kin_error *err)
{
    size_t n = graph->value_count + 1;
    plan->kernels = kernels;
    plan->kernels8 = kin_kernels8_get();
    kin_net_planner p = { .graph = graph, .plan = plan, .ranges = ranges, .err = err };
    p.places = kin_alloc_zeroed(n, sizeof *p.places);
    p.layouts = kin_alloc_zeroed(n, sizeof *p.layouts);
    p.preset = kin_alloc_zeroed(n, sizeof *p.preset);
    p.producers = kin_alloc_zeroed(n, sizeof *p.producers);
    p.consumers = kin_alloc_zeroed(n, sizeof *p.consumers);
    p.uses = kin_alloc_zeroed(n, sizeof *p.uses);
    bool memory = p.places && p.layouts && p.preset && p.producers && p.consumers && p.uses;
    int status = memory ? KIN_OK : kin_fail_memory(err);
    if (!status) {
        kin_net__count_uses(graph, p.producers, p.uses);
        status = plan_all(&p);
    }
    free(p.buffers);
    free(p.places);
    free(p.layouts);
    free(p.preset);
    free((void *)p.producers);
    free((void *)p.consumers);
    free(p.uses);
    return status;
}

void kin_net__plan_clear(kin_net_plan *plan)
{
    for (size_t i = 0; i < plan->piece_count; i++)
        free(plan->pieces[i]);
    free((void *)plan->pieces);
    free((void *)plan->steps);
    kin_arena_clear(&plan->arena);
    *plan = (kin_net_plan) { .arena = KIN_ARENA_INIT };
}
