/* The products are formed in blocks of block_rows x block_rows, a band of blocks at a time over all workers. A data set
 * of stills from a fixed camera has nearly as many pairs as it has products, so pairs are not kept: each worker joins
 * them at once in a forest of its own, without locks, and the forests are laid together at the end. */
#include "kin/groups.h"

#include "base/checked.h"
#include "base/parallel.h"
#include "kernel/blas.h"

#include <stdlib.h>
#include <string.h>

enum { block_rows = 512, look_ahead = 64 };

static const float rounding = 1e-6F; /* of a product of two vectors of length 1 */

int kin_groups_init(kin_groups *groups, size_t count, kin_error *err)
{
    if (count >= UINT32_MAX)
        return kin_fail(err, KIN_E_LIMIT, "%zu items are more than can be compared; split the data set", count);
    kin_groups made = { count, kin_alloc_array(count, sizeof *made.parent),
                        kin_alloc_array(count, sizeof *made.nearest) };
    if (!made.parent || !made.nearest) {
        kin_groups_clear(&made);
        return kin_fail_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        made.parent[i] = (uint32_t)i;
        made.nearest[i] = -1;
    }
    *groups = made;
    return KIN_OK;
}

void kin_groups_clear(kin_groups *groups)
{
    free(groups->parent);
    free(groups->nearest);
    *groups = (kin_groups)KIN_GROUPS_INIT;
}

uint32_t kin_groups_root(kin_groups *groups, uint32_t row)
{
    while (groups->parent[row] != row) {
        groups->parent[row] = groups->parent[groups->parent[row]];
        row = groups->parent[row];
    }
    return row;
}

void kin_groups_join(kin_groups *groups, uint32_t a, uint32_t b, float cosine)
{
    cosine = cosine > 1 ? 1 : cosine;
    groups->nearest[a] = cosine > groups->nearest[a] ? cosine : groups->nearest[a];
    groups->nearest[b] = cosine > groups->nearest[b] ? cosine : groups->nearest[b];
    uint32_t x = kin_groups_root(groups, a), y = kin_groups_root(groups, b);
    if (x < y)
        groups->parent[y] = x;
    else if (y < x)
        groups->parent[x] = y;
}

/* ---- All pairs ---- */

typedef struct worker {
    kin_groups groups; /* of the n rows, by their place */
    float *products;   /* [block_rows, block_rows] */
} worker;

typedef struct comparison {
    const float *vectors;
    size_t n, dim, band; /* band: the block of rows that is compared with itself and all later blocks */
    float least;
    worker *workers;
} comparison;

/* Of a fixed number, so that compilers make vector code of it. */
static bool any_at_least(const float *x, float least)
{
    int hits = 0;
    for (int j = 0; j < look_ahead; j++)
        hits += x[j] >= least;
    return hits > 0;
}

static void join_row(kin_groups *groups, size_t row, const float *products, size_t first, size_t from, size_t to,
                     float least)
{
    for (size_t j = from; j < to; j++)
        if (products[j] >= least)
            kin_groups_join(groups, (uint32_t)row, (uint32_t)(first + j), products[j]);
}

static size_t rows_of(const comparison *c, size_t block)
{
    size_t left = c->n - block * block_rows;
    return left < block_rows ? left : block_rows;
}

static void compare_block(void *user, size_t who, size_t i)
{
    const comparison *c = user;
    worker *w = &c->workers[who];
    size_t first = c->band * block_rows, second = (c->band + i) * block_rows;
    size_t m = rows_of(c, c->band), n = rows_of(c, c->band + i);
    kin_gemm_nt(m, n, c->dim, 1, c->vectors + first * c->dim, c->dim, c->vectors + second * c->dim, c->dim, 0,
                w->products, block_rows);
    for (size_t a = 0; a < m; a++) {
        const float *row = w->products + a * block_rows;
        size_t j = i == 0 ? a + 1 : 0; /* a block with itself: the upper half */
        for (; j + look_ahead <= n; j += look_ahead)
            if (any_at_least(row + j, c->least))
                join_row(&w->groups, first + a, row, second, j, j + look_ahead, c->least);
        join_row(&w->groups, first + a, row, second, j, n, c->least);
    }
}

static int compare_bands(comparison *c, size_t threads, const kin_watch *watch, kin_error *err)
{
    size_t blocks = (c->n + block_rows - 1) / block_rows;
    for (size_t b = 0; b < blocks; b++) {
        if (watch && watch->stop && watch->stop(watch->user))
            return kin_fail(err, KIN_E_STOPPED, "stopped while comparing; nothing was kept");
        c->band = b;
        kin_parallel(threads, blocks - b, compare_block, c);
        if (watch && watch->progress) /* so that rate and time left are even though later bands are shorter */
            watch->progress(watch->user, "compare", (uint64_t)(b + 1) * (2 * blocks - b) / 2,
                            (uint64_t)blocks * (blocks + 1) / 2);
    }
    return KIN_OK;
}

static void lay_together(kin_groups *groups, const uint32_t *rows, kin_groups *of)
{
    for (size_t i = 0; i < of->count; i++) {
        if (of->nearest[i] < 0)
            continue;
        kin_groups_join(groups, rows[i], rows[kin_groups_root(of, (uint32_t)i)], -1);
        if (of->nearest[i] > groups->nearest[rows[i]])
            groups->nearest[rows[i]] = of->nearest[i];
    }
}

int kin_groups_join_all(kin_groups *groups, const uint32_t *rows, const float *vectors, size_t n, size_t dim,
                        float threshold, size_t threads, const kin_watch *watch, kin_error *err)
{
    size_t most = threads ? threads : kin_parallel_cores();
    comparison c = { .vectors = vectors, .n = n, .dim = dim, .least = threshold - rounding };
    int code = KIN_OK;
    c.workers = kin_alloc_zeroed(most, sizeof *c.workers);
    if (!c.workers)
        return kin_fail_memory(err);
    for (size_t w = 0; code == KIN_OK && w < most; w++) {
        code = kin_groups_init(&c.workers[w].groups, n, err);
        c.workers[w].products = kin_alloc_aligned((size_t)block_rows * block_rows, sizeof(float));
        if (code == KIN_OK && !c.workers[w].products)
            code = kin_fail_memory(err);
    }
    if (code == KIN_OK)
        code = compare_bands(&c, most, watch, err);
    for (size_t w = 0; w < most; w++) {
        if (code == KIN_OK)
            lay_together(groups, rows, &c.workers[w].groups);
        kin_groups_clear(&c.workers[w].groups);
        free(c.workers[w].products);
    }
    free(c.workers);
    return code;
}
