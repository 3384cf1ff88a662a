#include "index/index_scan.h"

#include "base/checked.h"
#include "kernel/blas.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    most_queries = 256,
    most_hits = 1 << 24,   /* candidates of all queries together */
    block_floats = 1 << 18 /* components scored at once: 1 MB, about a core's second-level cache */
};

size_t kin_index__scan_most(size_t k)
{
    size_t n = most_hits / (2 * k + 64);
    return n == 0 ? 1 : n < most_queries ? n : most_queries;
}

static size_t block_of(size_t dim)
{
    size_t block = block_floats / dim;
    return block < 64 ? 64 : block > 4096 ? 4096 : block;
}

/* A dot product of dim products sums their absolute values, at most |q| for rows of length 1, with a relative error
 * below dim * 2^-24 in any order (Higham 2002, section 3.1). Two scores may err towards each other, and a half's row
 * may be a little longer than 1: 4 times that is room enough. */
static int init_pools(kin_index__scan *scan, size_t dim, kin_error *err)
{
    for (size_t i = 0; i < scan->n; i++) {
        double squares = 0;
        for (size_t j = 0; j < dim; j++) {
            double x = (double)scan->queries[i * dim + j];
            squares += x * x;
        }
        if (!(squares <= FLT_MAX))
            return kin_fail(err, KIN_E_USAGE, "query %zu is no vector: a component is not finite or very large", i);
        kin_index__pool_init(&scan->pools[i], scan->k, (float)(2 * FLT_EPSILON * (double)dim * sqrt(squares)));
    }
    return KIN_OK;
}

int kin_index__scan_init(kin_index__scan *scan, const kin_index *index, const float *queries, size_t n, size_t k,
                         kin_error *err)
{
    size_t dim = index->file.format.dim, block = block_of(dim);
    *scan = (kin_index__scan) { .file = &index->file, .map = &index->map, .queries = queries, .n = n, .k = k };
    scan->block = block;
    scan->pools = kin_alloc_zeroed(n, sizeof *scan->pools);
    scan->subset = kin_alloc_aligned(n * dim, sizeof *scan->subset);
    scan->vectors = kin_alloc_aligned(block * dim, sizeof *scan->vectors);
    scan->scores = kin_alloc_aligned(n * block, sizeof *scan->scores);
    scan->rows = kin_alloc_array(block, sizeof *scan->rows);
    scan->order = kin_alloc_array(n, sizeof *scan->order);
    int code = KIN_OK;
    if (!scan->pools || !scan->subset || !scan->vectors || !scan->scores || !scan->rows || !scan->order)
        code = kin_fail_memory(err);
    else
        code = init_pools(scan, dim, err);
    for (size_t i = 0; code == KIN_OK && i < n; i++)
        scan->order[i] = (uint32_t)i;
    if (code != KIN_OK)
        kin_index__scan_clear(scan);
    return code;
}

void kin_index__scan_clear(kin_index__scan *scan)
{
    for (size_t i = 0; scan->pools && i < scan->n; i++)
        kin_index__pool_clear(&scan->pools[i]);
    free(scan->pools);
    free(scan->subset);
    free(scan->vectors);
    free(scan->scores);
    free(scan->rows);
    free(scan->order);
    *scan = (kin_index__scan) { .file = NULL };
}

/* scores[m, count] of queries[m, dim] and vectors of `step` floats each. Few queries do not pay for the copies that a
 * GEMM makes of the rows first. */
static void score(kin_index__scan *scan, const float *queries, size_t m, const float *vectors, size_t step,
                  size_t count)
{
    size_t dim = scan->file->format.dim;
    if (m > 3)
        kin_gemm_nt(m, count, dim, 1, queries, dim, vectors, step, 0, scan->scores, count);
    else
        for (size_t i = 0; i < m; i++)
            kin_gemv(count, dim, 1, vectors, step, queries + i * dim, 0, scan->scores + i * count);
}

enum { stripe = 16 };

static bool none_reach(const float *scores, float threshold)
{
    int reach = 0;
    for (int i = 0; i < stripe; i++)
        reach |= scores[i] >= threshold;
    return !reach;
}

/* Almost no row is among the best so far: a stripe of scores is passed over by one vectorised comparison. */
static void put_block(kin_index__pool *pool, const float *scores, size_t count, const uint32_t *rows)
{
    for (size_t i = 0; i < count; i += stripe) {
        size_t end = count - i < stripe ? count : i + stripe;
        if (end - i == stripe && none_reach(scores + i, pool->threshold))
            continue;
        for (size_t j = i; j < end; j++)
            kin_index__pool_put(pool, scores[j], rows[j]);
    }
}

/* The same for rows from, from + 1, .. of which only those in the mask count. */
static void put_masked(kin_index__pool *pool, const float *scores, size_t count, size_t from, const uint64_t *mask)
{
    for (size_t i = 0; i < count; i += stripe) {
        size_t end = count - i < stripe ? count : i + stripe;
        if (end - i == stripe && none_reach(scores + i, pool->threshold))
            continue;
        for (size_t j = i; j < end; j++)
            if (kin_index__bit(mask, from + j))
                kin_index__pool_put(pool, scores[j], (uint32_t)(from + j));
    }
}

static void flush(kin_index__scan *scan, const float *queries, const uint32_t *which, size_t m)
{
    if (scan->filled == 0)
        return;
    score(scan, queries, m, scan->vectors, scan->file->format.dim, scan->filled);
    for (size_t i = 0; i < m; i++)
        put_block(&scan->pools[which[i]], scan->scores + i * scan->filled, scan->filled, scan->rows);
    scan->filled = 0;
}

static void gather(kin_index__scan *scan, size_t row)
{
    const kin_index__format *format = &scan->file->format;
    kin_index__decode(format, kin_index__file_row(scan->file, row), scan->vectors + scan->filled * format->dim);
    scan->rows[scan->filled++] = (uint32_t)row;
}

static size_t count_bits(const uint64_t *mask, size_t from, size_t to)
{
    size_t count = 0;
    for (size_t i = from; i < to; i++)
        count += kin_index__bit(mask, i);
    return count;
}

void kin_index__scan_rows(kin_index__scan *scan, const uint64_t *mask, size_t from, size_t to)
{
    const kin_index__format *format = &scan->file->format;
    for (size_t row = from; row < to; row += scan->block) {
        size_t end = to - row < scan->block ? to : row + scan->block;
        size_t wanted = count_bits(mask, row, end);
        if (format->type == KIN_VECTOR_F32 && wanted > (end - row) / 2) {
            const void *first = kin_index__file_row(scan->file, row) + kin_index__row_head;
            score(scan, scan->queries, scan->n, first, format->stride / sizeof(float), end - row);
            for (size_t i = 0; i < scan->n; i++)
                put_masked(&scan->pools[i], scan->scores + i * (end - row), end - row, row, mask);
            continue;
        }
        for (size_t i = row; wanted && i < end; i++) {
            if (!kin_index__bit(mask, i))
                continue;
            gather(scan, i);
            if (scan->filled == scan->block)
                flush(scan, scan->queries, scan->order, scan->n);
        }
    }
    flush(scan, scan->queries, scan->order, scan->n);
}

size_t kin_index__scan_list(kin_index__scan *scan, const uint32_t *rows, size_t count, const uint32_t *which, size_t m)
{
    size_t dim = scan->file->format.dim;
    const float *queries = scan->subset;
    if (m == 1)
        queries = scan->queries + which[0] * dim;
    else
        for (size_t i = 0; i < m; i++)
            memcpy(scan->subset + i * dim, scan->queries + which[i] * dim, dim * sizeof *queries);
    size_t live = 0;
    for (size_t i = 0; i < count; i++) {
        if (!kin_index__bit(scan->map->live, rows[i]))
            continue;
        live++;
        gather(scan, rows[i]);
        if (scan->filled == scan->block)
            flush(scan, queries, which, m);
    }
    flush(scan, queries, which, m);
    return live;
}

/* Eight sums side by side, for the vector unit, in double: nearly always the true dot product to a float's last bit. */
static float exact_dot(const float *a, const float *b, size_t dim)
{
    double sums[8] = { 0 };
    size_t i = 0;
    for (; i + 8 <= dim; i += 8)
        for (size_t j = 0; j < 8; j++)
            sums[j] += (double)a[i + j] * (double)b[i + j];
    for (; i < dim; i++)
        sums[i % 8] += (double)a[i] * (double)b[i];
    return (float)(((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7])));
}

typedef struct found {
    int64_t id;
    float score;
} found;

static int best_first(const void *left, const void *right)
{
    const found *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static size_t score_again(kin_index__scan *scan, size_t query, found *out)
{
    const kin_index__format *format = &scan->file->format;
    const kin_index__pool *pool = &scan->pools[query];
    size_t n = 0;
    for (size_t i = 0; i < pool->size; i++) {
        size_t row = pool->hits[i].row;
        kin_index__decode(format, kin_index__file_row(scan->file, row), scan->vectors);
        float exact = exact_dot(scan->queries + query * format->dim, scan->vectors, format->dim);
        if (isfinite(exact))
            out[n++] = (found) { scan->map->ids[row], exact };
    }
    qsort(out, n, sizeof *out, best_first);
    return n;
}

int kin_index__scan_finish(kin_index__scan *scan, size_t places, int64_t *ids, float *scores, kin_error *err)
{
    size_t most = 0;
    for (size_t i = 0; i < scan->n; i++) {
        if (scan->pools[i].failed)
            return kin_fail_memory(err);
        most = scan->pools[i].size > most ? scan->pools[i].size : most;
    }
    found *best = kin_alloc_array(most, sizeof *best);
    if (!best)
        return kin_fail_memory(err);
    for (size_t i = 0; i < scan->n; i++) {
        size_t n = score_again(scan, i, best);
        for (size_t j = 0; j < places; j++) {
            ids[i * places + j] = j < n ? best[j].id : -1;
            scores[i * places + j] = j < n ? best[j].score : -INFINITY;
        }
    }
    free(best);
    return KIN_OK;
}
