/* Operators on plain row-major tensors, by walks with a step for each axis: what lies outside of the chains of
 * convolutions, and the shape arithmetic at load. Inner loops are the kernels' or whole runs of memory. */
#include "graph.h"

#include "kernel/blas.h"

#include <math.h>
#include <string.h>

enum { RANK = KIN_NET_RANK };

/* Several operands walked together over one shape. */
typedef struct walk {
    size_t rank, dims[RANK], at[RANK];
    ptrdiff_t steps[2][RANK], offset[2];
} walk;

/* Moves on by one in axis `rank - 1`; false after the last. */
static bool walk_next(walk *w, size_t rank)
{
    while (rank-- > 0) {
        w->offset[0] += w->steps[0][rank];
        w->offset[1] += w->steps[1][rank];
        if (++w->at[rank] < w->dims[rank])
            return true;
        w->offset[0] -= (ptrdiff_t)w->dims[rank] * w->steps[0][rank];
        w->offset[1] -= (ptrdiff_t)w->dims[rank] * w->steps[1][rank];
        w->at[rank] = 0;
    }
    return false;
}

/* Joins axes that can be walked as one, so that the last is as long as can be. */
static void walk_merge(walk *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->rank; i++) {
        if (w->dims[i] == 1)
            continue;
        ptrdiff_t n = (ptrdiff_t)w->dims[i];
        bool joins =
            kept > 0 && w->steps[0][kept - 1] == n * w->steps[0][i] && w->steps[1][kept - 1] == n * w->steps[1][i];
        size_t to = joins ? kept - 1 : kept++;
        w->dims[to] = joins ? w->dims[to] * w->dims[i] : w->dims[i];
        w->steps[0][to] = w->steps[0][i];
        w->steps[1][to] = w->steps[1][i];
    }
    w->rank = kept;
}

/* Steps by which a value is walked when it is broadcast to a shape of `rank` axes. */
static void broadcast_steps(const kin_net_value *value, size_t rank, ptrdiff_t *steps)
{
    ptrdiff_t step = 1;
    for (size_t i = 0; i < rank; i++) {
        size_t axis = rank - 1 - i;
        size_t dim = i < value->rank ? value->dims[value->rank - 1 - i] : 1;
        steps[axis] = dim == 1 ? 0 : step;
        step *= (ptrdiff_t)dim;
    }
}

static walk broadcast(const kin_net_value *y, const kin_net_value *a, const kin_net_value *b)
{
    walk w = { .rank = y->rank };
    for (size_t i = 0; i < y->rank; i++)
        w.dims[i] = y->dims[i];
    broadcast_steps(a, y->rank, w.steps[0]);
    broadcast_steps(b, y->rank, w.steps[1]);
    return w;
}

static int64_t int_binary(kin_binary kind, int64_t a, int64_t b)
{
    switch (kind) {
    case KIN_ADD:
        return (int64_t)((uint64_t)a + (uint64_t)b);
    case KIN_SUB:
        return (int64_t)((uint64_t)a - (uint64_t)b);
    case KIN_MUL:
        return (int64_t)((uint64_t)a * (uint64_t)b);
    case KIN_DIV:
        if (b == 0)
            return 0;
        return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
    case KIN_MIN:
        return a < b ? a : b;
    case KIN_MAX:
        return a > b ? a : b;
    }
    return 0;
}

static void run_binary(const kin_kernels *kernels, const kin_net_node *node, walk *w, bool ints, const void *a,
                       const void *b, void *out)
{
    walk_merge(w);
    size_t outer = w->rank ? w->rank - 1 : 0, n = w->rank ? w->dims[outer] : 1, done = 0;
    ptrdiff_t a_step = w->rank ? w->steps[0][outer] : 0, b_step = w->rank ? w->steps[1][outer] : 0;
    do {
        if (!ints) {
            kernels->binary(node->binary, node->act, (const float *)a + w->offset[0], (size_t)a_step,
                            (const float *)b + w->offset[1], (size_t)b_step, n, (float *)out + done);
        } else {
            const int64_t *p = (const int64_t *)a + w->offset[0], *q = (const int64_t *)b + w->offset[1];
            for (size_t i = 0; i < n; i++)
                ((int64_t *)out)[done + i] =
                    node->op == KIN_NET_EQUAL
                        ? p[(ptrdiff_t)i * a_step] == q[(ptrdiff_t)i * b_step]
                        : int_binary(node->binary, p[(ptrdiff_t)i * a_step], q[(ptrdiff_t)i * b_step]);
        }
        done += n;
    } while (walk_next(w, outer));
}

static void run_move(walk *w, size_t size, const char *x, char *out)
{
    for (size_t i = 0; i < w->rank; i++)
        w->steps[1][i] = 0;
    ptrdiff_t step = 1; /* of the output, so that only axes contiguous there are joined */
    for (size_t i = w->rank; i-- > 0; step *= (ptrdiff_t)w->dims[i])
        w->steps[1][i] = step;
    walk_merge(w);
    size_t outer = w->rank ? w->rank - 1 : 0, n = w->rank ? w->dims[outer] : 1;
    ptrdiff_t inner = w->rank ? w->steps[0][outer] : 1;
    do {
        const char *from = x + w->offset[0] * (ptrdiff_t)size;
        if (inner == 1) {
            memcpy(out, from, n * size);
        } else if (size == sizeof(float)) {
            for (size_t i = 0; i < n; i++)
                ((float *)(void *)out)[i] = ((const float *)(const void *)from)[(ptrdiff_t)i * inner];
        } else {
            for (size_t i = 0; i < n; i++)
                memcpy(out + i * size, from + (ptrdiff_t)i * inner * (ptrdiff_t)size, size);
        }
        out += n * size;
    } while (walk_next(w, outer));
}

static void eval_move(const kin_net_node *node, const kin_net_value *y, size_t size, const void *x, void *out)
{
    walk w = { .rank = y->rank, .offset = { node->offset, 0 } };
    for (size_t i = 0; i < y->rank; i++) {
        w.dims[i] = y->dims[i];
        w.steps[0][i] = node->steps[i];
    }
    run_move(&w, size, x, out);
}

static size_t product(const size_t *dims, size_t first, size_t end)
{
    size_t n = 1;
    for (size_t i = first; i < end; i++)
        n *= dims[i];
    return n;
}

static void eval_concat(const kin_net_graph *graph, const kin_net_node *node, size_t size, const void *const *in,
                        char *out)
{
    const kin_net_value *y = graph->values[node->output];
    size_t outer = product(y->dims, 0, node->axis), row = product(y->dims, node->axis, y->rank) * size, at = 0;
    for (size_t k = 0; k < node->input_count; k++) {
        const kin_net_value *x = graph->values[node->inputs[k]];
        size_t part = product(x->dims, node->axis, x->rank) * size;
        for (size_t i = 0; i < outer && part; i++)
            memcpy(out + i * row + at, (const char *)in[k] + i * part, part);
        at += part;
    }
}

static void eval_gather(const kin_net_graph *graph, const kin_net_node *node, size_t size, const char *x,
                        const int64_t *indices, char *out)
{
    const kin_net_value *from = graph->values[node->inputs[0]];
    size_t outer = product(from->dims, 0, node->axis), n = graph->values[node->inputs[1]]->count;
    size_t part = product(from->dims, node->axis + 1, from->rank) * size, row = from->dims[node->axis] * part;
    for (size_t i = 0; i < outer; i++)
        for (size_t k = 0; k < n; k++, out += part)
            memcpy(out, x + i * row + (size_t)indices[k] * part, part);
}

static void eval_mean(const kin_net_graph *graph, const kin_net_node *node, const float *x, float *out)
{
    const kin_net_value *from = graph->values[node->inputs[0]];
    size_t count = graph->values[node->output]->count;
    walk w = { .rank = from->rank };
    ptrdiff_t step = 1, own = 1;
    for (size_t i = from->rank; i-- > 0;) {
        bool reduced = node->axes >> i & 1;
        w.dims[i] = from->dims[i];
        w.steps[0][i] = step;
        w.steps[1][i] = reduced ? 0 : own;
        step *= (ptrdiff_t)from->dims[i];
        own *= reduced ? 1 : (ptrdiff_t)from->dims[i];
    }
    walk_merge(&w);
    memset(out, 0, count * sizeof *out);
    size_t outer = w.rank ? w.rank - 1 : 0, n = w.rank ? w.dims[outer] : 1;
    bool row = w.rank && w.steps[1][outer] == 0;
    do {
        const float *from_row = x + w.offset[0];
        float *to = out + w.offset[1];
        double sum = 0;
        for (size_t i = 0; i < n && row; i++)
            sum += (double)from_row[i];
        *to += row ? (float)sum : 0;
        for (size_t i = 0; i < n && !row; i++)
            to[i] += from_row[i];
    } while (walk_next(&w, outer));
    float scale = (float)((double)count / (double)from->count);
    for (size_t i = 0; i < count; i++)
        out[i] *= scale;
}

static void eval_matmul(const kin_net_graph *graph, const kin_net_node *node, const float *a, const float *b,
                        float *out)
{
    kin_net_value x = *graph->values[node->inputs[0]], z = *graph->values[node->inputs[1]];
    kin_net_value y = *graph->values[node->output];
    size_t m = x.dims[x.rank - 2], k = x.dims[x.rank - 1], n = y.dims[y.rank - 1];
    x.rank -= 2;
    z.rank -= 2;
    y.rank -= 2;
    walk w = broadcast(&y, &x, &z);
    do {
        const float *p = a + (size_t)w.offset[0] * m * k, *q = b + (size_t)w.offset[1] * k * n;
        if (node->transposed)
            kin_gemm_nt(m, n, k, node->alpha, p, k, q, k, 0, out, n);
        else
            kin_gemm_nn(m, n, k, node->alpha, p, k, q, n, 0, out, n);
        out += m * n;
    } while (walk_next(&w, w.rank));
}

static void eval_where(const kin_net_graph *graph, const kin_net_node *node, size_t size, const void *const *in,
                       char *out)
{
    const kin_net_value *y = graph->values[node->output], *condition = graph->values[node->inputs[0]];
    walk w = broadcast(y, condition, graph->values[node->inputs[1]]);
    walk other = broadcast(y, condition, graph->values[node->inputs[2]]);
    do {
        bool first = ((const int64_t *)in[0])[w.offset[0]] != 0;
        const char *from = first ? (const char *)in[1] + w.offset[1] * (ptrdiff_t)size
                                 : (const char *)in[2] + other.offset[1] * (ptrdiff_t)size;
        memcpy(out, from, size);
        out += size;
        walk_next(&other, other.rank);
    } while (walk_next(&w, w.rank));
}

static void eval_cast(const kin_net_value *x, const kin_net_value *y, const void *in, void *out)
{
    for (size_t i = 0; i < y->count; i++) {
        if (x->type == y->type && x->type == KIN_NET_FLOAT)
            ((float *)out)[i] = ((const float *)in)[i];
        else if (x->type == y->type)
            ((int64_t *)out)[i] = ((const int64_t *)in)[i];
        else if (y->type == KIN_NET_FLOAT)
            ((float *)out)[i] = (float)((const int64_t *)in)[i];
        else {
            double value = (double)((const float *)in)[i];
            ((int64_t *)out)[i] = value > -9e18 && value < 9e18 ? (int64_t)value : value > 0 ? INT64_MAX : INT64_MIN;
        }
    }
}

static void eval_rows(const kin_kernels *kernels, const kin_net_graph *graph, const kin_net_node *node,
                      const void *const *in, float *out)
{
    size_t count = graph->values[node->output]->count, rows = node->inner ? count / node->inner : 0;
    if (node->op == KIN_NET_SOFTMAX)
        kernels->softmax(in[0], rows, node->inner, out);
    else
        kernels->layer_norm(in[0], rows, node->inner, node->input_count > 1 ? in[1] : NULL,
                            node->input_count > 2 ? in[2] : NULL, node->alpha, out);
}

void kin_net__eval(const kin_kernels *kernels, const kin_net_graph *graph, const kin_net_node *node,
                   const void *const *in, void *out)
{
    const kin_net_value *y = graph->values[node->output], *x = graph->values[node->inputs[0]];
    size_t size = y->type == KIN_NET_FLOAT ? sizeof(float) : sizeof(int64_t);
    if (y->count == 0)
        return;
    switch (node->op) {
    case KIN_NET_UNARY:
        kernels->activate(node->act, in[0], y->count, out);
        return;
    case KIN_NET_BINARY:
    case KIN_NET_EQUAL: {
        walk w = broadcast(y, x, graph->values[node->inputs[1]]);
        run_binary(kernels, node, &w, x->type == KIN_NET_INT, in[0], in[1], out);
        return;
    }
    case KIN_NET_POWER:
        for (size_t i = 0; i < y->count; i++)
            ((float *)out)[i] = powf(((const float *)in[0])[i], node->alpha);
        return;
    case KIN_NET_MATMUL:
        eval_matmul(graph, node, in[0], in[1], out);
        return;
    case KIN_NET_SOFTMAX:
    case KIN_NET_NORM:
        eval_rows(kernels, graph, node, in, out);
        return;
    case KIN_NET_MEAN:
        eval_mean(graph, node, in[0], out);
        return;
    case KIN_NET_MOVE:
    case KIN_NET_TRANSPOSE:
        eval_move(node, y, size, in[0], out);
        return;
    case KIN_NET_CONCAT:
        eval_concat(graph, node, size, in, out);
        return;
    case KIN_NET_GATHER:
        eval_gather(graph, node, size, in[0], in[1], out);
        return;
    case KIN_NET_WHERE:
        eval_where(graph, node, size, in, out);
        return;
    case KIN_NET_CAST:
        eval_cast(x, y, in[0], out);
        return;
    case KIN_NET_RESHAPE:
        memcpy(out, in[0], y->count * size);
        return;
    default:
        return;
    }
}
