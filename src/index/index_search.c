/* Which rows a search looks at. Up to kin_index__exact_items, or without a base, all of them. Else those in the lists
 * nearest to each query, and all rows newer than the base. Rows are scored in place, from vectors.bin: against FAISS's
 * own lists of vectors this costs a single query no more time, saves their memory and disk, knows at once which rows
 * are gone, and serves a batch several times faster, since a list is scored for all queries that look into it by one
 * GEMM (Debian's FAISS has neither AVX nor that). */
#include "index/index_search.h"

#include "index/index_scan.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>

size_t kin_index__probes(const kin_index *index, size_t k, size_t among)
{
    size_t count = index->map.count;
    if (!index->base || count <= kin_index__exact_items || among == 0)
        return 0;
    const kin_index__base_about *about = kin_index__base_about_of(index->base);
    double depth = (double)k * ((double)count / (double)among); /* among all, the k-th of some of them is about there */
    for (size_t i = 0; i < kin_index__depths; i++)
        if (depth <= (double)kin_index__depth[i]) /* rows of a list lie scattered and cost about three times as much */
            return about->probes[i] < about->lists / 3 ? (size_t)about->probes[i] : 0;
    return 0;
}

/* Turns the lists of each query, lists[n, probes], into the queries of each list: those of list l are
 * which[starts[l] .. starts[l + 1]), ascending. */
static void queries_of_lists(const uint32_t *lists, size_t n, size_t probes, size_t list_count, size_t *starts,
                             uint32_t *which)
{
    for (size_t i = 0; i < n * probes; i++)
        starts[lists[i] + 2]++;
    for (size_t l = 0; l < list_count; l++)
        starts[l + 2] += starts[l + 1];
    for (size_t i = 0; i < n * probes; i++)
        which[starts[lists[i] + 1]++] = (uint32_t)(i / probes);
}

/* margin[n], zeros at first: twice the live rows that a query met, less all rows of its lists. */
static int scan_lists(kin_index__scan *scan, const kin_index__base *base, size_t probes, int64_t *margin,
                      kin_error *err)
{
    size_t list_count = (size_t)kin_index__base_about_of(base)->lists, cells;
    if (!kin_size_mul(scan->n, probes, &cells))
        return kin_fail_memory(err);
    uint32_t *lists = kin_alloc_array(cells, sizeof *lists);
    uint32_t *which = kin_alloc_array(cells, sizeof *which);
    size_t *starts = kin_alloc_zeroed(list_count + 2, sizeof *starts);
    int code = KIN_OK;
    if (!lists || !which || !starts)
        code = kin_fail_memory(err);
    else
        code = kin_index__base_nearest(base, scan->queries, scan->n, probes, lists, err);
    if (code == KIN_OK)
        queries_of_lists(lists, scan->n, probes, list_count, starts, which);
    for (size_t l = 0; l < list_count && code == KIN_OK; l++) {
        size_t count;
        const uint32_t *rows = kin_index__base_list(base, l, &count);
        if (starts[l] == starts[l + 1])
            continue;
        size_t live = kin_index__scan_list(scan, rows, count, which + starts[l], starts[l + 1] - starts[l]);
        for (size_t i = starts[l]; i < starts[l + 1]; i++)
            margin[which[i]] += 2 * (int64_t)live - (int64_t)count;
    }
    free(starts);
    free(which);
    free(lists);
    return code;
}

static const uint64_t *mask_of(const kin_index__plan *plan)
{
    return plan->mask ? plan->mask : plan->index->map.live;
}

static int search_exactly(const kin_index__plan *plan, const float *queries, size_t n, int64_t *ids, float *scores,
                          kin_error *err)
{
    const kin_index *index = plan->index;
    kin_index__scan scan;
    int code = kin_index__scan_init(&scan, index, queries, n, plan->k, err);
    if (code != KIN_OK)
        return code;
    kin_index__scan_rows(&scan, mask_of(plan), 0, index->map.rows);
    code = kin_index__scan_finish(&scan, plan->places, ids, scores, err);
    kin_index__scan_clear(&scan);
    return code;
}

/* A query is searched again, exactly, where its lists hold fewer than k live rows between them, or more rows that are
 * gone than live ones: how many lists to look into was found when all were alive. Where only some rows are asked for, that is no sign. */
static int search_lists(const kin_index__plan *plan, const float *queries, size_t n, int64_t *ids, float *scores,
                        kin_error *err)
{
    const kin_index *index = plan->index;
    size_t dim = index->file.format.dim;
    kin_index__scan scan;
    int code = kin_index__scan_init(&scan, index, queries, n, plan->k, err);
    if (code != KIN_OK)
        return code;
    scan.mask = mask_of(plan);
    int64_t *margin = kin_alloc_zeroed(n, sizeof *margin);
    code = margin ? scan_lists(&scan, index->base, plan->probes, margin, err) : kin_fail_memory(err);
    if (code != KIN_OK)
        goto out;
    kin_index__scan_rows(&scan, scan.mask, (size_t)kin_index__base_about_of(index->base)->covered,
                         index->map.rows);
    code = kin_index__scan_finish(&scan, plan->places, ids, scores, err);
    for (size_t i = 0; i < n && code == KIN_OK; i++)
        if (scan.pools[i].size < plan->k || (!plan->mask && margin[i] < 0))
            code = search_exactly(plan, queries + i * dim, 1, ids + i * plan->places, scores + i * plan->places, err);
out:
    free(margin);
    kin_index__scan_clear(&scan);
    return code;
}

static void find_nothing(size_t places, int64_t *ids, float *scores)
{
    for (size_t i = 0; i < places; i++) {
        ids[i] = -1;
        scores[i] = -INFINITY;
    }
}

/* In groups that bound the memory for candidates. */
int kin_index__search(const kin_index__plan *plan, const float *queries, size_t n, int64_t *ids, float *scores,
                      kin_error *err)
{
    size_t dim = plan->index->file.format.dim, places = plan->places, most, cells;
    if (!kin_size_mul(n, places, &cells) || !kin_size_mul(n, dim, &most))
        return kin_fail(err, KIN_E_USAGE, "%zu neighbours of %zu queries are more than can be numbered", places, n);
    if (plan->k == 0) {
        find_nothing(cells, ids, scores);
        return KIN_OK;
    }
    most = kin_index__scan_most(plan->k);
    for (size_t i = 0; i < n; i += most) {
        size_t some = n - i < most ? n - i : most;
        int code = (plan->probes ? search_lists : search_exactly)(plan, queries + i * dim, some, ids + i * places,
                                                                  scores + i * places, err);
        if (code != KIN_OK)
            return code;
    }
    return KIN_OK;
}

int kin_index_search(const kin_index *index, const float *queries, size_t n, size_t k, int64_t *ids, float *scores,
                     kin_error *err)
{
    size_t count = index->map.count;
    kin_index__plan all = { index, NULL, k < count ? k : count, k, 0 };
    all.probes = kin_index__probes(index, all.k, count);
    return kin_index__search(&all, queries, n, ids, scores, err);
}

int kin_index__mask(const kin_index *index, const int64_t *ids, size_t m, uint64_t **out, size_t *known, kin_error *err)
{
    const kin_index__map *map = &index->map;
    uint64_t *mask = kin_alloc_zeroed(map->rows / 64 + 1, sizeof *mask);
    if (!mask)
        return kin_fail_memory(err);
    size_t row, count = 0;
    for (size_t i = 0; i < m; i++) {
        if (!kin_index__map_find(map, ids[i], &row) || kin_index__bit(mask, row))
            continue;
        kin_index__bit_set(mask, row);
        count++;
    }
    *known = count;
    *out = mask;
    return KIN_OK;
}

int kin_index_search_among(const kin_index *index, const float *queries, size_t n, const int64_t *among, size_t m,
                           size_t k, int64_t *ids, float *scores, kin_error *err)
{
    uint64_t *mask = NULL;
    size_t known = 0;
    int code = kin_index__mask(index, among, m, &mask, &known, err);
    if (code != KIN_OK)
        return code;
    const kin_index__plan some = { index, mask, k < known ? k : known, k, 0 };
    code = kin_index__search(&some, queries, n, ids, scores, err);
    free(mask);
    return code;
}
