/* One walk in order of computation. A node that scales, shifts, activates or adds to the output of a convolution (or
 * product with constants) which nobody else reads becomes that convolution, done at the later node's place: there, all
 * that it needs has been computed. So a chain of such nodes is taken up one by one. */
#include "graph.h"

#include "base/checked.h"

#include <stdlib.h>

typedef struct fuser {
    kin_net_graph *graph;
    kin_net_node **producers;
    size_t *uses, *position; /* of each value: readers, index of its node */
    kin_error *err;
} fuser;

/* The convolution or product that makes the value for one reader only, open for more work on its sums. */
static kin_net_node *open_product(const fuser *f, size_t value)
{
    kin_net_node *node = value == KIN_NET_NONE ? NULL : f->producers[value];
    bool product = node && (node->op == KIN_NET_CONV || node->op == KIN_NET_LINEAR);
    return product && f->uses[value] == 1 && node->act.kind == KIN_ACT_NONE ? node : NULL;
}

/* `node` becomes `product`, with the output of its own. */
static void become(fuser *f, kin_net_node *node, kin_net_node *product)
{
    size_t output = node->output;
    const char *name = product->name;
    *node = *product;
    node->name = name;
    node->output = output;
    product->op = KIN_NET_DEAD;
    f->producers[output] = node;
}

static int new_constant(fuser *f, const char *name, size_t rank, const size_t *dims, size_t *id)
{
    int status = kin_net__add_value(f->graph, name, KIN_NET_FLOAT, rank, dims, id, f->err);
    return status ? status : kin_net__make_constant(f->graph, *id, f->err);
}

/* Weights times scale, bias times scale plus shift; each a factor (see kin_net__is_factor) or NULL. */
static int apply_factors(fuser *f, kin_net_node *product, const kin_net_value *scale, bool divide,
                         const kin_net_value *shift, bool subtract)
{
    const kin_net_value *w = f->graph->values[product->inputs[1]];
    const float *old_bias = kin_net__data(f->graph, product, 2);
    size_t out = w->dims[0], terms = w->count / out, ids[3] = { product->inputs[0], product->inputs[1], 0 };
    int status = new_constant(f, product->name, 1, &out, &ids[2]);
    if (!status && scale)
        status = new_constant(f, product->name, w->rank, w->dims, &ids[1]);
    size_t *inputs = kin_arena_alloc(&f->graph->arena, sizeof ids);
    if (status || !inputs)
        return status ? status : kin_fail_memory(f->err);
    float *weights = f->graph->values[ids[1]]->data, *bias = f->graph->values[ids[2]]->data;
    for (size_t o = 0; o < out; o++) {
        float s = scale ? ((const float *)scale->data)[scale->count == 1 ? 0 : o] : 1;
        float t = shift ? ((const float *)shift->data)[shift->count == 1 ? 0 : o] : 0;
        for (size_t i = 0; i < terms && scale; i++) {
            float from = ((const float *)w->data)[o * terms + i];
            weights[o * terms + i] = divide ? from / s : from * s;
        }
        float b = old_bias ? old_bias[o] : 0;
        bias[o] = (divide ? b / s : b * s) + (subtract ? -t : t);
    }
    for (size_t i = 0; i < 3; i++)
        inputs[i] = ids[i];
    product->inputs = inputs;
    product->input_count = 3;
    return KIN_OK;
}

/* Axis along which a product has its outputs. */
static size_t output_axis(const fuser *f, const kin_net_node *product)
{
    return product->op == KIN_NET_CONV ? 1 : f->graph->values[product->output]->rank - 1;
}

static int fuse_affine(fuser *f, kin_net_node *node)
{
    kin_net_node *product = open_product(f, node->inputs[0]);
    if (!product || product->residual != KIN_NET_NONE || output_axis(f, product) != 1)
        return KIN_OK;
    int status =
        apply_factors(f, product, f->graph->values[node->inputs[1]], false, f->graph->values[node->inputs[2]], false);
    if (!status)
        become(f, node, product);
    return status;
}

static int fuse_factor(fuser *f, kin_net_node *node, bool *done)
{
    for (size_t i = 0; i < 2; i++) {
        kin_net_node *product = open_product(f, node->inputs[i]);
        const kin_net_value *factor = f->graph->values[node->inputs[1 - i]], *y = f->graph->values[node->output];
        bool ordered = node->binary == KIN_SUB || node->binary == KIN_DIV;
        if (!product || product->residual != KIN_NET_NONE || (ordered && i == 1) || node->binary > KIN_DIV)
            continue;
        const kin_net_value *x = f->graph->values[product->output];
        size_t axis = output_axis(f, product);
        if (y->count != x->count || y->rank != x->rank || !kin_net__is_factor(factor, y->rank, axis, y->dims[axis]))
            continue;
        bool scales = node->binary == KIN_MUL || node->binary == KIN_DIV;
        int status = apply_factors(f, product, scales ? factor : NULL, node->binary == KIN_DIV, scales ? NULL : factor,
                                   node->binary == KIN_SUB);
        if (!status)
            become(f, node, product);
        *done = true;
        return status;
    }
    return KIN_OK;
}

static bool same_shape(const kin_net_value *a, const kin_net_value *b)
{
    bool same = a->rank == b->rank && a->type == b->type;
    for (size_t i = 0; same && i < a->rank; i++)
        same = a->dims[i] == b->dims[i];
    return same;
}

static bool takes_residual(const fuser *f, const kin_net_node *product)
{
    const kin_net_value *w = f->graph->values[product->inputs[1]];
    bool depthwise = product->op == KIN_NET_CONV && product->groups == w->dims[0] && w->dims[1] == 1;
    return !depthwise && product->residual == KIN_NET_NONE;
}

/* Of two convolutions the later takes the other's output as its residual. */
static void fuse_residual(fuser *f, kin_net_node *node)
{
    size_t a = node->inputs[0], b = node->inputs[1], first = f->position[a] > f->position[b] ? 0 : 1;
    if (node->binary != KIN_ADD || !same_shape(f->graph->values[a], f->graph->values[b]))
        return;
    for (size_t k = 0; k < 2; k++) {
        size_t own = node->inputs[k ? 1 - first : first], other = own == a ? b : a;
        kin_net_node *product = open_product(f, own);
        if (!product || !takes_residual(f, product))
            continue;
        become(f, node, product);
        node->residual = other;
        return;
    }
}

static void fuse_activation(fuser *f, kin_net_node *node)
{
    size_t x = node->inputs[0];
    kin_net_node *from = f->producers[x];
    bool takes = from && (from->op == KIN_NET_CONV || from->op == KIN_NET_LINEAR || from->op == KIN_NET_AFFINE ||
                          from->op == KIN_NET_BINARY);
    if (!takes || f->uses[x] != 1 || from->act.kind != KIN_ACT_NONE)
        return;
    kin_act act = node->act;
    become(f, node, from);
    node->act = act;
}

/* A number behind a product of two computed matrices. */
static bool fuse_number(fuser *f, kin_net_node *node)
{
    for (size_t i = 0; i < 2; i++) {
        kin_net_node *product = f->producers[node->inputs[i]];
        const kin_net_value *number = f->graph->values[node->inputs[1 - i]];
        bool mul = node->binary == KIN_MUL, div = node->binary == KIN_DIV && i == 0;
        if (!product || product->op != KIN_NET_MATMUL || f->uses[product->output] != 1 || !number->data ||
            number->count != 1 || number->rank > f->graph->values[product->output]->rank || (!mul && !div))
            continue;
        float c = *(const float *)number->data;
        become(f, node, product);
        node->alpha = mul ? node->alpha * c : node->alpha / c;
        return true;
    }
    return false;
}

/* Rows by columns of something turned before is rows by rows of it, turned less or not at all. */
static void fuse_turn(fuser *f, kin_net_node *node)
{
    size_t b = node->inputs[1], rank = f->graph->values[b]->rank;
    kin_net_node *turn = f->producers[b];
    if (!turn || turn->op != KIN_NET_TRANSPOSE || f->uses[b] != 1 || node->transposed)
        return;
    size_t *dims = f->graph->values[b]->dims, dim = dims[rank - 1], axis = turn->order[rank - 1];
    ptrdiff_t step = turn->steps[rank - 1];
    dims[rank - 1] = dims[rank - 2];
    dims[rank - 2] = dim;
    turn->order[rank - 1] = turn->order[rank - 2];
    turn->order[rank - 2] = axis;
    turn->steps[rank - 1] = turn->steps[rank - 2];
    turn->steps[rank - 2] = step;
    bool straight = true;
    for (size_t i = 0; i < rank; i++)
        straight = straight && turn->order[i] == i;
    if (straight)
        turn->op = KIN_NET_RESHAPE;
    node->transposed = true;
}

static int fuse_node(fuser *f, kin_net_node *node)
{
    bool done = false;
    int status = KIN_OK;
    switch (node->op) {
    case KIN_NET_AFFINE:
        return fuse_affine(f, node);
    case KIN_NET_UNARY:
        fuse_activation(f, node);
        return KIN_OK;
    case KIN_NET_MATMUL:
        fuse_turn(f, node);
        return KIN_OK;
    case KIN_NET_BINARY:
        if (fuse_number(f, node))
            return KIN_OK;
        status = fuse_factor(f, node, &done);
        if (!status && !done)
            fuse_residual(f, node);
        return status;
    default:
        return KIN_OK;
    }
}

static kin_net_node *pointwise(const fuser *f, kin_net_node *node)
{
    if (!node || node->op != KIN_NET_CONV || node->groups != 1)
        return NULL;
    const kin_window *w = &node->window;
    bool is = w->kernel_h == 1 && w->kernel_w == 1 && w->stride_h == 1 && w->stride_w == 1 && w->in_h == w->out_h &&
              w->in_w == w->out_w && f->graph->values[node->output]->count > 0;
    return is ? node : NULL;
}

/* Expand, depthwise and project, where nobody else reads what lies between. */
static int fuse_inverted(fuser *f, kin_net_node *project)
{
    if (!pointwise(f, project))
        return KIN_OK;
    size_t middle = project->inputs[0];
    kin_net_node *depthwise = f->producers[middle];
    if (!depthwise || depthwise->op != KIN_NET_CONV || f->uses[middle] != 1 || depthwise->residual != KIN_NET_NONE)
        return KIN_OK;
    const kin_net_value *w = f->graph->values[depthwise->inputs[1]];
    const kin_window *window = &depthwise->window;
    if (w->dims[1] != 1 || depthwise->groups != w->dims[0] || depthwise->groups == 1 ||
        window->out_h * window->out_w == 1)
        return KIN_OK;
    size_t wide = depthwise->inputs[0];
    kin_net_node *expand = pointwise(f, f->producers[wide]);
    if (expand && (f->uses[wide] != 1 || expand->residual != KIN_NET_NONE))
        expand = NULL;
    kin_net_node *copies = kin_arena_alloc(&f->graph->arena, 3 * sizeof *copies);
    size_t *inputs = kin_arena_alloc(&f->graph->arena, sizeof *inputs);
    if (!copies || !inputs)
        return kin_fail_memory(f->err);
    kin_net_node *from[3] = { expand, depthwise, project };
    for (size_t i = 0; i < 3; i++) {
        if (from[i])
            copies[i] = *from[i];
        project->parts[i] = from[i] ? &copies[i] : NULL;
    }
    *inputs = expand ? expand->inputs[0] : wide;
    project->op = KIN_NET_INVERTED;
    project->inputs = inputs;
    project->input_count = 1;
    depthwise->op = KIN_NET_DEAD;
    if (expand)
        expand->op = KIN_NET_DEAD;
    return KIN_OK;
}

int kin_net__fuse(kin_net_graph *graph, bool blocks, kin_error *err)
{
    size_t values = graph->value_count;
    fuser f = { .graph = graph, .err = err };
    f.producers = kin_alloc_zeroed(values + 1, sizeof *f.producers);
    f.uses = kin_alloc_zeroed(values + 1, sizeof *f.uses);
    f.position = kin_alloc_zeroed(values + 1, sizeof *f.position);
    int status = f.producers && f.uses && f.position ? KIN_OK : kin_fail_memory(err);
    if (!status)
        kin_net__count_uses(graph, f.producers, f.uses);
    for (size_t i = 0; i < graph->node_count && !status; i++) {
        f.position[graph->nodes[i]->output] = i;
        status = fuse_node(&f, graph->nodes[i]);
    }
    for (size_t i = 0; i < graph->node_count && !status && blocks; i++)
        status = fuse_inverted(&f, graph->nodes[i]);
    free((void *)f.producers);
    free(f.uses);
    free(f.position);
    return status ? status : kin_net__sweep(graph, err);
}
