/* Items are asked for list by list: those of one list look into nearly the same lists, so that a list's rows are packed
 * once for hundreds of queries. Workers search blocks of items side by side; the caller's thread hands them over in
 * order, so that what comes of it does not depend on the number of threads. */
#include "index/index_search.h"

#include "base/checked.h"
#include "base/parallel.h"
#include "index/index_codec.h"

#include <math.h>
#include <stdlib.h>

enum { block_items = 256, blocks_each = 4 };

typedef struct graph {
    const kin_index_graph_options *how;
    kin_index__plan plan; /* for k + 1: an item finds itself */
    size_t threads;
    uint32_t *order; /* [count] rows, list by list */
    size_t count, at; /* at: where the present round begins */
    float *queries;   /* [threads, block_items, dim] */
    int64_t *ids, *near; /* [threads * blocks_each * block_items], the same times k + 1 */
    float *scores;
    kin_error *errors; /* [threads] */
} graph;

/* Takes the item itself out of its neighbours; where it is not among them, the last of them. */
static void leave_out(int64_t id, int64_t *near, float *scores, size_t places)
{
    size_t to = 0;
    for (size_t i = 0; i < places && to + 1 < places; i++)
        if (near[i] != id) {
            near[to] = near[i];
            scores[to++] = scores[i];
        }
    for (; to + 1 < places; to++) {
        near[to] = -1;
        scores[to] = -INFINITY;
    }
}

static size_t items_of(const graph *g, size_t block)
{
    size_t left = g->count - g->at - block * block_items;
    return left < block_items ? left : block_items;
}

static void search_block(void *user, size_t worker, size_t block)
{
    const graph *g = user;
    const kin_index *index = g->plan.index;
    const kin_index__format *format = &index->file.format;
    size_t first = block * block_items, n = items_of(g, block), places = g->plan.places;
    float *queries = g->queries + worker * block_items * format->dim;
    int64_t *near = g->near + first * places;
    float *scores = g->scores + first * places;
    for (size_t i = 0; i < n; i++) {
        size_t row = g->order[g->at + first + i];
        g->ids[first + i] = index->map.ids[row];
        kin_index__decode(format, kin_index__file_row(&index->file, row), queries + i * format->dim);
    }
    if (kin_index__search(&g->plan, queries, n, near, scores, &g->errors[worker]) != KIN_OK)
        return;
    for (size_t i = 0; i < n; i++)
        leave_out(g->ids[first + i], near + i * places, scores + i * places, places);
}

/* Neighbours come with k + 1 places; without the last they are moved together. */
static int hand_over(const graph *g, size_t block, kin_error *err)
{
    size_t first = block * block_items, n = items_of(g, block), k = g->how->k, places = g->plan.places;
    int64_t *near = g->near + first * places;
    float *scores = g->scores + first * places;
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < k; j++) {
            near[i * k + j] = near[i * places + j];
            scores[i * k + j] = scores[i * places + j];
        }
    const kin_index_near found = { n, k, g->ids + first, near, scores };
    return g->how->take(g->how->user, &found, err);
}

static int search_round(graph *g, size_t blocks, kin_error *err)
{
    kin_parallel(g->threads, blocks, search_block, g);
    int code = kin_parallel_error(g->errors, g->threads, err);
    for (size_t i = 0; i < blocks && code == KIN_OK; i++)
        code = hand_over(g, i, err);
    return code;
}

static int search_rounds(graph *g, const kin_watch *watch, kin_error *err)
{
    size_t most = g->threads * blocks_each * block_items;
    int code = KIN_OK;
    for (g->at = 0; code == KIN_OK && g->at < g->count; g->at += most) {
        size_t some = g->count - g->at < most ? g->count - g->at : most;
        if (watch && watch->stop && watch->stop(watch->user))
            return kin_fail(err, KIN_E_STOPPED, "stopped while comparing; nothing was kept");
        code = search_round(g, (some + block_items - 1) / block_items, err);
        if (code == KIN_OK && watch && watch->progress)
            watch->progress(watch->user, "compare", g->at + some, g->count);
    }
    return code;
}

static int prepare(graph *g, size_t among, kin_error *err)
{
    const kin_index *index = g->plan.index;
    size_t dim = index->file.format.dim, round = g->threads * blocks_each * block_items, places = g->plan.places, cells;
    if (!kin_size_mul(round, places, &cells))
        return kin_fail(err, KIN_E_USAGE, "%zu neighbours of each item are too many", g->how->k);
    g->order = kin_alloc_array(among, sizeof *g->order);
    g->queries = kin_alloc_aligned(g->threads * block_items, dim * sizeof *g->queries);
    g->ids = kin_alloc_array(round, sizeof *g->ids);
    g->near = kin_alloc_array(cells, sizeof *g->near);
    g->scores = kin_alloc_array(cells, sizeof *g->scores);
    g->errors = kin_alloc_zeroed(g->threads, sizeof *g->errors);
    bool there = g->order && g->queries && g->ids && g->near && g->scores && g->errors;
    return there ? KIN_OK : kin_fail_memory(err);
}

int kin_index_graph(const kin_index *index, const kin_index_graph_options *options, const kin_watch *watch,
                    kin_error *err)
{
    uint64_t *mask = NULL;
    size_t among = index->map.count;
    int code = KIN_OK;
    if (options->among)
        code = kin_index__mask(index, options->among, options->among_count, &mask, &among, err);
    if (code != KIN_OK)
        return code;
    graph g = { .how = options, .threads = options->threads ? options->threads : kin_parallel_cores() };
    size_t k = options->k < among ? options->k + 1 : among;
    g.plan = (kin_index__plan) { index, mask, k, options->k + 1, 0 };
    if (!options->exact)
        g.plan.probes = kin_index__probes(index, options->k, among);
    code = prepare(&g, among, err);
    if (code == KIN_OK) {
        g.count = kin_index__in_order(index, mask ? mask : index->map.live, g.plan.probes ? index->base : NULL, g.order);
        code = search_rounds(&g, watch, err);
    }
    free(g.order);
    free(g.queries);
    free(g.ids);
    free(g.near);
    free(g.scores);
    free(g.errors);
    free(mask);
    return code;
}
