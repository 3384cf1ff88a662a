#include "graph.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

/* Far more than any encoder has; bounds the time that the passes take. */
enum { MOST_NODES = 20000 };

void kin_net__graph_clear(kin_net_graph *graph)
{
    for (size_t i = 0; i < graph->value_count; i++)
        free(graph->values[i]->data);
    free((void *)graph->values);
    free((void *)graph->nodes);
    kin_arena_clear(&graph->arena);
    *graph = (kin_net_graph) { .arena = KIN_ARENA_INIT };
}

static size_t element_size(kin_net_type type)
{
    return type == KIN_NET_FLOAT ? sizeof(float) : sizeof(int64_t);
}

int kin_net__add_value(kin_net_graph *graph, const char *name, kin_net_type type, size_t rank, const size_t *dims,
                       size_t *id, kin_error *err)
{
    if (rank > KIN_NET_RANK)
        return kin_fail(err, KIN_E_FORMAT, "model: '%s' has %zu dimensions; at most %d are supported", name, rank,
                        KIN_NET_RANK);
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        if (!kin_size_mul(count, dims[i], &count) || count > graph->budget / element_size(type))
            return kin_fail(err, KIN_E_LIMIT, "model: '%s' is larger than the memory limit", name);
    kin_net_value *value = kin_arena_alloc(&graph->arena, sizeof *value);
    if (!value)
        return kin_fail_memory(err);
    *value = (kin_net_value) { .name = name, .type = type, .rank = rank, .count = count };
    for (size_t i = 0; i < rank; i++)
        value->dims[i] = dims[i];
    if (!KIN_GROW(&graph->values, &graph->value_capacity, graph->value_count + 1))
        return kin_fail_memory(err);
    *id = graph->value_count;
    graph->values[graph->value_count++] = value;
    return KIN_OK;
}

int kin_net__make_constant(kin_net_graph *graph, size_t id, kin_error *err)
{
    kin_net_value *value = graph->values[id];
    size_t bytes = 0;
    if (!kin_size_mul(value->count, element_size(value->type), &bytes) || bytes > graph->budget)
        return kin_fail(err, KIN_E_LIMIT, "model: the constants up to '%s' are larger than the memory limit",
                        value->name);
    value->data = kin_alloc_aligned(bytes ? bytes : 1, 1);
    if (!value->data)
        return kin_fail_memory(err);
    memset(value->data, 0, bytes);
    graph->budget -= bytes;
    return KIN_OK;
}

kin_net_node *kin_net__add_node(kin_net_graph *graph, kin_net_op op, const char *name, const size_t *inputs,
                                size_t count)
{
    kin_net_node *node = kin_arena_alloc(&graph->arena, sizeof *node);
    size_t *own = kin_arena_alloc(&graph->arena, (count + 1) * sizeof *own);
    bool grown = graph->node_count < MOST_NODES &&
                 KIN_GROW(&graph->nodes, &graph->node_capacity, graph->node_count + 1);
    if (!node || !own || !grown)
        return NULL;
    *node = (kin_net_node) { .op = op,
                             .name = name,
                             .inputs = own,
                             .input_count = count,
                             .output = KIN_NET_NONE,
                             .residual = KIN_NET_NONE,
                             .groups = 1,
                             .alpha = 1 };
    for (size_t i = 0; i < count; i++)
        own[i] = inputs[i];
    graph->nodes[graph->node_count++] = node;
    return node;
}

bool kin_net__is_factor(const kin_net_value *factor, size_t rank, size_t axis, size_t count)
{
    if (!factor->data || factor->type != KIN_NET_FLOAT || factor->rank > rank)
        return false;
    if (factor->count == 1)
        return true;
    size_t from_end = rank - axis;
    return factor->count == count && factor->rank >= from_end && factor->dims[factor->rank - from_end] == count;
}

void kin_net__count_uses(const kin_net_graph *graph, kin_net_node **producers, size_t *uses)
{
    for (size_t i = 0; i < graph->value_count; i++) {
        producers[i] = NULL;
        uses[i] = i == graph->output;
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        kin_net_node *node = graph->nodes[i];
        if (node->op == KIN_NET_DEAD)
            continue;
        producers[node->output] = node;
        for (size_t k = 0; k < node->input_count; k++)
            if (node->inputs[k] != KIN_NET_NONE)
                uses[node->inputs[k]]++;
        if (node->residual != KIN_NET_NONE)
            uses[node->residual]++;
    }
}

int kin_net__sweep(kin_net_graph *graph, kin_error *err)
{
    bool *needed = kin_alloc_zeroed(graph->value_count + 1, sizeof *needed);
    if (!needed)
        return kin_fail_memory(err);
    needed[graph->output] = true;
    for (size_t i = graph->node_count; i-- > 0;) {
        kin_net_node *node = graph->nodes[i];
        if (node->op == KIN_NET_DEAD || !needed[node->output]) {
            node->op = KIN_NET_DEAD;
            continue;
        }
        for (size_t k = 0; k < node->input_count; k++)
            if (node->inputs[k] != KIN_NET_NONE)
                needed[node->inputs[k]] = true;
        if (node->residual != KIN_NET_NONE)
            needed[node->residual] = true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < graph->node_count; i++)
        if (graph->nodes[i]->op != KIN_NET_DEAD)
            graph->nodes[kept++] = graph->nodes[i];
    graph->node_count = kept;
    free(needed);
    return KIN_OK;
}
