/* Exporters write some operators as several: these are found again by following a node back to its inputs. The last
 * node of a pattern becomes the whole operator and keeps its output; what nobody else needs is swept away. */
#include "graph.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>

typedef struct finder {
    kin_net_graph *graph;
    kin_net_node **producers;
    size_t *uses;
} finder;

static const kin_net_node *producer(const finder *f, size_t value, kin_net_op op)
{
    const kin_net_node *node = value == KIN_NET_NONE ? NULL : f->producers[value];
    return node && node->op == op ? node : NULL;
}

static bool scalar(const finder *f, size_t value, double *out)
{
    const kin_net_value *v = f->graph->values[value];
    if (!v->data || v->type != KIN_NET_FLOAT || v->count != 1)
        return false;
    *out = (double)*(const float *)v->data;
    return true;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-4 * fabs(b);
}

/* The value is x op c (or c op x where the order does not matter). */
static bool with_scalar(const finder *f, size_t value, kin_binary kind, size_t *x, double *c)
{
    const kin_net_node *node = producer(f, value, KIN_NET_BINARY);
    if (!node || node->binary != kind || node->act.kind != KIN_ACT_NONE)
        return false;
    bool either = kind == KIN_ADD || kind == KIN_MUL;
    *x = node->inputs[0];
    if (scalar(f, node->inputs[1], c))
        return true;
    *x = node->inputs[1];
    return either && scalar(f, node->inputs[0], c);
}

/* The value is a multiple of *x. */
static bool scaled(const finder *f, size_t value, size_t *x, double *c)
{
    if (with_scalar(f, value, KIN_MUL, x, c))
        return true;
    if (!with_scalar(f, value, KIN_DIV, x, c) || *c == 0)
        return false;
    *c = 1 / *c;
    return true;
}

/* A product of values and one number, taken apart. */
typedef struct product {
    size_t factors[2], count;
    double number;
} product;

static bool take_apart(const finder *f, size_t value, unsigned depth, product *p)
{
    double c = 0;
    size_t x = 0;
    if (scalar(f, value, &c)) {
        p->number *= c;
        return true;
    }
    if (depth > 0 && scaled(f, value, &x, &c)) {
        p->number *= c;
        return take_apart(f, x, depth - 1, p);
    }
    const kin_net_node *node = producer(f, value, KIN_NET_BINARY);
    if (depth > 0 && node && node->binary == KIN_MUL)
        return take_apart(f, node->inputs[0], depth - 1, p) && take_apart(f, node->inputs[1], depth - 1, p);
    if (p->count == 2)
        return false;
    p->factors[p->count++] = value;
    return true;
}

/* The activation that is number * x * gate, where gate is computed from x. */
static kin_act gated(const finder *f, size_t x, size_t gate, double number)
{
    size_t from = 0, inner = 0;
    double c = 0;
    if (with_scalar(f, gate, KIN_ADD, &from, &c) && c == 1 && near(number, 0.5)) {
        const kin_net_node *erf = producer(f, from, KIN_NET_UNARY);
        if (erf && erf->act.kind == KIN_ACT_ERF && scaled(f, erf->inputs[0], &inner, &c) && inner == x &&
            near(c, 0.70710678118654752))
            return (kin_act) { KIN_ACT_GELU, 0, 0 };
    }
    const kin_net_node *node = producer(f, gate, KIN_NET_UNARY);
    if (!node)
        return KIN_NO_ACT;
    kin_act act = node->act;
    from = node->inputs[0];
    if (act.kind == KIN_ACT_SIGMOID && near(number, 1)) {
        if (from == x)
            return (kin_act) { KIN_ACT_SILU, 1, 0 };
        if (scaled(f, from, &inner, &c) && inner == x)
            return (kin_act) { KIN_ACT_SILU, (float)c, 0 };
    }
    if (act.kind == KIN_ACT_HARD_SIGMOID && from == x && near(number, 1))
        return (kin_act) { KIN_ACT_HARD_SWISH, act.a, act.b };
    if (act.kind == KIN_ACT_CLIP && act.a == 0 && near((double)act.b * number, 1) &&
        with_scalar(f, from, KIN_ADD, &inner, &c) && inner == x)
        return (kin_act) { KIN_ACT_HARD_SWISH, (float)number, (float)(c * number) };
    return KIN_NO_ACT;
}

static void find_activation(const finder *f, kin_net_node *node)
{
    if (node->op != KIN_NET_BINARY || (node->binary != KIN_MUL && node->binary != KIN_DIV))
        return;
    /* x may be a product itself, so no deeper than need be. */
    for (size_t i = 0; i < 8; i++) {
        product p = { .number = 1 };
        if (!take_apart(f, node->output, (unsigned)(i / 2 + 1), &p) || p.count != 2)
            continue;
        kin_act act = gated(f, p.factors[i % 2], p.factors[1 - i % 2], p.number);
        if (act.kind == KIN_ACT_NONE)
            continue;
        node->op = KIN_NET_UNARY;
        node->act = act;
        node->inputs[0] = p.factors[i % 2];
        node->input_count = 1;
        return;
    }
}

/* clip(x + c, 0, 1 / s) * s, a hard sigmoid; not where a hard swish takes it. */
static void find_hard_sigmoid(const finder *f, kin_net_node *node)
{
    size_t clipped = 0, x = 0;
    double s = 0, c = 0;
    if (node->op != KIN_NET_BINARY || !scaled(f, node->output, &clipped, &s))
        return;
    const kin_net_node *clip = producer(f, clipped, KIN_NET_UNARY);
    if (!clip || clip->act.kind != KIN_ACT_CLIP || clip->act.a != 0 || !near((double)clip->act.b * s, 1) ||
        !with_scalar(f, clip->inputs[0], KIN_ADD, &x, &c))
        return;
    node->op = KIN_NET_UNARY;
    node->act = (kin_act) { KIN_ACT_HARD_SIGMOID, (float)s, (float)(c * s) };
    node->inputs[0] = x;
    node->input_count = 1;
}

/* The mean of *x over its last axis, which stays as 1. */
static bool row_mean(const finder *f, size_t value, size_t *x)
{
    const kin_net_node *node = producer(f, value, KIN_NET_MEAN);
    if (!node)
        return false;
    *x = node->inputs[0];
    size_t rank = f->graph->values[*x]->rank;
    return node->axes == 1u << (rank - 1) && f->graph->values[value]->rank == rank;
}

/* (x - mean) / sqrt(mean((x - mean)^2) + epsilon) */
static void find_norm(const finder *f, kin_net_node *node)
{
    size_t x = 0, squares = 0, variance = 0;
    double epsilon = 0;
    if (node->op != KIN_NET_BINARY || node->binary != KIN_DIV)
        return;
    const kin_net_node *centred = producer(f, node->inputs[0], KIN_NET_BINARY);
    const kin_net_node *root = producer(f, node->inputs[1], KIN_NET_UNARY);
    if (!centred || centred->binary != KIN_SUB || !row_mean(f, centred->inputs[1], &x) || x != centred->inputs[0] ||
        !root || root->act.kind != KIN_ACT_SQRT || !with_scalar(f, root->inputs[0], KIN_ADD, &variance, &epsilon) ||
        !row_mean(f, variance, &squares))
        return;
    const kin_net_node *square = producer(f, squares, KIN_NET_BINARY);
    if (!square || square->binary != KIN_MUL || square->inputs[0] != square->inputs[1])
        return;
    const kin_net_node *again = producer(f, square->inputs[0], KIN_NET_BINARY);
    size_t same = 0;
    if (again != centred && !(again && again->binary == KIN_SUB && again->inputs[0] == x &&
                              row_mean(f, again->inputs[1], &same) && same == x))
        return;
    const kin_net_value *v = f->graph->values[x];
    node->op = KIN_NET_NORM;
    node->inner = v->dims[v->rank - 1];
    node->alpha = (float)epsilon;
    node->inputs[0] = x;
    node->inputs[1] = KIN_NET_NONE;
}

/* Factor and bias behind a normalisation. */
static int find_norm_factor(const finder *f, kin_net_node *node, kin_error *err)
{
    if (node->op != KIN_NET_BINARY || (node->binary != KIN_MUL && node->binary != KIN_ADD))
        return KIN_OK;
    for (size_t i = 0; i < 2; i++) {
        const kin_net_node *norm = producer(f, node->inputs[i], KIN_NET_NORM);
        size_t other = node->inputs[1 - i];
        if (!norm || f->uses[norm->output] != 1 || kin_net__input(norm, 2) != KIN_NET_NONE)
            continue;
        const kin_net_value *factor = f->graph->values[other], *y = f->graph->values[node->output];
        bool mul = node->binary == KIN_MUL;
        if (factor->count != norm->inner || !kin_net__is_factor(factor, y->rank, y->rank - 1, norm->inner) ||
            y->dims[y->rank - 1] != norm->inner || (mul && kin_net__input(norm, 1) != KIN_NET_NONE))
            continue;
        size_t *inputs = kin_arena_alloc(&f->graph->arena, 3 * sizeof *inputs);
        if (!inputs)
            return kin_fail_memory(err);
        inputs[0] = norm->inputs[0];
        inputs[1] = mul ? other : kin_net__input(norm, 1);
        inputs[2] = mul ? KIN_NET_NONE : other;
        node->op = KIN_NET_NORM;
        node->inner = norm->inner;
        node->alpha = norm->alpha;
        node->inputs = inputs;
        node->input_count = 3;
        return KIN_OK;
    }
    return KIN_OK;
}

int kin_net__find_patterns(kin_net_graph *graph, kin_error *err)
{
    finder f = { graph, kin_alloc_zeroed(graph->value_count + 1, sizeof *f.producers),
                 kin_alloc_zeroed(graph->value_count + 1, sizeof *f.uses) };
    int status = f.producers && f.uses ? KIN_OK : kin_fail_memory(err);
    if (!status)
        kin_net__count_uses(graph, f.producers, f.uses);
    for (size_t i = 0; i < graph->node_count && !status; i++) {
        find_activation(&f, graph->nodes[i]);
        find_hard_sigmoid(&f, graph->nodes[i]);
        find_norm(&f, graph->nodes[i]);
        status = find_norm_factor(&f, graph->nodes[i], err);
    }
    free((void *)f.producers);
    free(f.uses);
    return status ? status : kin_net__sweep(graph, err);
}
