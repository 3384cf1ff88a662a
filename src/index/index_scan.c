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
    block_floats = 1 << 18, /* components scored at once: 1 MB, about a core's second-level cache */
    block_bytes = 512,      /* 8-bit rows scored at once: packed, with 256 queries, they fit a second-level cache */
    ahead = 24              /* rows of a list that are asked for before they are needed */
};

size_t kin_index__scan_most(size_t k)
{
    size_t n = most_hits / (2 * k + 64);
    return n == 0 ? 1 : n < most_queries ? n : most_queries;
}

static bool in_bytes(const kin_index__scan *scan)
{
    return scan->file->format.type == KIN_VECTOR_I8;
}

static size_t block_of(size_t dim, kin_vector_type type)
{
    if (type == KIN_VECTOR_I8)
        return block_bytes;
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
        double slack = 2 * FLT_EPSILON * (double)dim * sqrt(squares);
        if (scan->bytes.error)
            slack += 2.0001 * (double)scan->bytes.error[i];
        kin_index__pool_init(&scan->pools[i], scan->k, (float)slack);
    }
    return KIN_OK;
}

static int init_bytes(kin_index__scan *scan, size_t dim, kin_error *err)
{
    int code = kin_index__queries_init(&scan->bytes, scan->queries, scan->n, dim, err);
    if (code != KIN_OK)
        return code;
    kin_index__queries *some = &scan->some;
    *some = scan->bytes;
    some->error = some->first_error = NULL;
    some->packed = kin_alloc_aligned(scan->n, some->size);
    some->scale = kin_alloc_array(scan->n, sizeof *some->scale);
    scan->places = kin_alloc_array(2 * scan->block, sizeof *scan->places);
    scan->row_scale = kin_alloc_array(2 * scan->block, sizeof *scan->row_scale);
    scan->sums = kin_alloc_array(scan->block, sizeof *scan->sums);
    scan->least = kin_alloc_array(scan->n, sizeof *scan->least);
    scan->hits = kin_alloc_array(scan->n, scan->block / KIN_PANEL_ROWS * sizeof *scan->hits);
    scan->reached = kin_alloc_array(scan->block, sizeof *scan->reached);
    scan->panels = kin_alloc_aligned(scan->block / KIN_PANEL_ROWS, some->kernel->panel_size(dim));
    bool there = some->packed && some->scale && scan->places && scan->row_scale && scan->sums && scan->panels &&
                 scan->least && scan->hits && scan->reached;
    return there ? KIN_OK : kin_fail_memory(err);
}

static int init_floats(kin_index__scan *scan, size_t dim, kin_error *err)
{
    scan->subset = kin_alloc_aligned(scan->n * dim, sizeof *scan->subset);
    return scan->subset ? KIN_OK : kin_fail_memory(err);
}

int kin_index__scan_init(kin_index__scan *scan, const kin_index *index, const float *queries, size_t n, size_t k,
                         kin_error *err)
{
    size_t dim = index->file.format.dim, block = block_of(dim, index->file.format.type);
    *scan = (kin_index__scan) { .file = &index->file, .map = &index->map, .queries = queries, .n = n, .k = k };
    scan->mask = index->map.live;
    scan->block = block;
    scan->pools = kin_alloc_zeroed(n, sizeof *scan->pools);
    scan->vectors = kin_alloc_aligned(in_bytes(scan) ? dim : block * dim, sizeof *scan->vectors);
    scan->scores = kin_alloc_aligned(in_bytes(scan) ? block : n * block, sizeof *scan->scores);
    scan->rows = kin_alloc_array(block, sizeof *scan->rows);
    scan->order = kin_alloc_array(n, sizeof *scan->order);
    int code = KIN_OK;
    if (!scan->pools || !scan->vectors || !scan->scores || !scan->rows || !scan->order)
        code = kin_fail_memory(err);
    else
        code = (in_bytes(scan) ? init_bytes : init_floats)(scan, dim, err);
    if (code == KIN_OK)
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
    kin_index__queries_clear(&scan->bytes);
    kin_index__queries_clear(&scan->some);
    free(scan->places);
    free(scan->row_scale);
    free(scan->sums);
    free(scan->panels);
    free(scan->least);
    free(scan->hits);
    free(scan->reached);
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

/* The queries that a block of rows is scored against: all, or those of one list. */
typedef struct asked {
    const float *queries;            /* [m, dim]; not of 8-bit rows */
    const kin_index__queries *bytes; /* [m]; of 8-bit rows */
    const uint32_t *which;           /* [m] their numbers */
    size_t m;
} asked;

/* Rows reached[count] of the block, by all planes of the query. */
static void put_reached(kin_index__scan *scan, uint32_t query, size_t count)
{
    const int8_t **places = scan->places + scan->block;
    float *row_scale = scan->row_scale + scan->block;
    for (size_t i = 0; i < count; i++) {
        places[i] = scan->places[scan->reached[i]];
        row_scale[i] = scan->row_scale[scan->reached[i]];
    }
    kin_index__queries_dots(&scan->bytes, query, scan->bytes.planes, places, row_scale, count, scan->sums, scan->scores);
    for (size_t i = 0; i < count; i++)
        kin_index__pool_put(&scan->pools[query], scan->scores[i], scan->rows[scan->reached[i]]);
}

static float least_of(const kin_index__scan *scan, uint32_t query)
{
    return scan->pools[query].threshold - scan->bytes.first_error[query];
}

static void put_alone(kin_index__scan *scan, uint32_t query)
{
    float least = least_of(scan, query);
    size_t count = 0;
    kin_index__queries_dots(&scan->bytes, query, 1, scan->places, scan->row_scale, scan->filled, scan->sums,
                            scan->scores);
    for (size_t i = 0; i < scan->filled; i += stripe) {
        size_t end = scan->filled - i < stripe ? scan->filled : i + stripe;
        if (end - i == stripe && none_reach(scan->scores + i, least))
            continue;
        for (size_t j = i; j < end; j++) {
            scan->reached[count] = (uint32_t)j;
            count += scan->scores[j] >= least;
        }
    }
    if (count > 0)
        put_reached(scan, query, count);
}

static void put_hits(kin_index__scan *scan, uint32_t query, const uint16_t *hits, size_t panels)
{
    size_t count = 0;
    for (size_t p = 0; p < panels; p++)
        for (unsigned bits = hits[p], j = 0; bits >> j; j++) {
            scan->reached[count] = (uint32_t)(p * KIN_PANEL_ROWS + j);
            count += bits >> j & 1;
        }
    while (count > 0 && scan->reached[count - 1] >= scan->filled) /* of the last panel's missing rows */
        count--;
    if (count > 0)
        put_reached(scan, query, count);
}

/* Packing costs as much as some four products of a row. */
static void flush_bytes(kin_index__scan *scan, const asked *by)
{
    size_t dim = scan->file->format.dim, panels = (scan->filled + KIN_PANEL_ROWS - 1) / KIN_PANEL_ROWS;
    const kin_rows8 *kernel = scan->bytes.kernel;
    for (size_t i = 0; by->m <= 3 && i < by->m; i++)
        put_alone(scan, by->which[i]);
    if (by->m <= 3)
        return;
    for (size_t p = 0; p < panels; p++) {
        size_t first = p * KIN_PANEL_ROWS, left = scan->filled - first;
        kernel->panel_pack(scan->places + first, left < KIN_PANEL_ROWS ? left : KIN_PANEL_ROWS, dim,
                           scan->panels + p * kernel->panel_size(dim));
    }
    for (size_t i = 0; i < by->m; i++)
        scan->least[i] = least_of(scan, by->which[i]);
    kin_index__queries_reach(by->bytes, scan->panels, scan->row_scale, panels, scan->least, scan->hits);
    for (size_t i = 0; i < by->m; i++)
        put_hits(scan, by->which[i], scan->hits + i * panels, panels);
}

static void flush(kin_index__scan *scan, const asked *by)
{
    if (scan->filled > 0 && in_bytes(scan))
        flush_bytes(scan, by);
    else if (scan->filled > 0) {
        score(scan, by->queries, by->m, scan->vectors, scan->file->format.dim, scan->filled);
        for (size_t i = 0; i < by->m; i++)
            put_block(&scan->pools[by->which[i]], scan->scores + i * scan->filled, scan->filled, scan->rows);
    }
    scan->filled = 0;
}

static void gather(kin_index__scan *scan, size_t row, const asked *by)
{
    const kin_index__format *format = &scan->file->format;
    const unsigned char *data = kin_index__file_row(scan->file, row);
    if (in_bytes(scan))
        scan->places[scan->filled] = kin_index__row_bytes(format, data, &scan->row_scale[scan->filled]);
    else
        kin_index__decode(format, data, scan->vectors + scan->filled * format->dim);
    scan->rows[scan->filled++] = (uint32_t)row;
    if (scan->filled == scan->block)
        flush(scan, by);
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
    const asked all = { scan->queries, &scan->bytes, scan->order, scan->n };
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
        for (size_t i = row; wanted && i < end; i++)
            if (kin_index__bit(mask, i))
                gather(scan, i, &all);
    }
    flush(scan, &all);
}

/* The queries which[m], side by side; of bytes the first planes. */
static asked choose(kin_index__scan *scan, const uint32_t *which, size_t m)
{
    size_t dim = scan->file->format.dim;
    kin_index__queries *some = &scan->some;
    const asked chosen = { scan->subset, some, which, m };
    if (!in_bytes(scan)) {
        for (size_t i = 0; i < m; i++)
            memcpy(scan->subset + i * dim, scan->queries + which[i] * dim, dim * sizeof(float));
        return chosen;
    }
    some->n = m;
    for (size_t i = 0; m > 3 && i < m; i++) {
        memcpy(some->packed + i * some->size, scan->bytes.packed + which[i] * some->size, some->size);
        some->scale[i] = scan->bytes.scale[which[i]];
    }
    return chosen;
}

size_t kin_index__scan_list(kin_index__scan *scan, const uint32_t *rows, size_t count, const uint32_t *which, size_t m)
{
    const asked chosen = choose(scan, which, m);
    size_t live = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + ahead < count)
            kin_prefetch(kin_index__file_row(scan->file, rows[i + ahead]), scan->file->format.stride);
        if (!kin_index__bit(scan->mask, rows[i]))
            continue;
        live++;
        gather(scan, rows[i], &chosen);
    }
    flush(scan, &chosen);
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
