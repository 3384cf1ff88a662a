/* Which rows a search looks at. Up to kin_index__exact_items, or without a base, all of them. Else those in the lists
 * nearest to each query, and all rows newer than the base. Rows are scored in place, from vectors.bin: against FAISS's
 * own lists of vectors this costs a single query no more time, saves their memory and disk, knows at once which rows
 * are gone, and serves a batch several times faster, since a list is scored for all queries that look into it by one
 * GEMM (Debian's FAISS has neither AVX nor that). */
#include "index/index_scan.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>

/* How many lists to look into for k neighbours; 0: an exact search is as good. */
static size_t probes_for(const kin_index *index, size_t k)
{
    if (!index->base || index->map.count <= kin_index__exact_items)
        return 0;
    const kin_index__base_about *about = kin_index__base_about_of(index->base);
    for (size_t i = 0; i < kin_index__depths; i++)
        if (k <= kin_index__depth[i]) /* rows of a list lie scattered and cost about three times as much each */
            return about->probes[i] < about->lists / 3 ? (size_t)about->probes[i] : 0;
    return 0;
}

/* Turns the lists of each query, lists[n, probes], into the queries of each list: those of list l are
 * which[starts[l] .. starts[l + 1]), ascending. A list of -1 (FAISS: nothing found) is passed over. */
static void queries_of_lists(const int64_t *lists, size_t n, size_t probes, size_t list_count, size_t *starts,
                             uint32_t *which)
{
    for (size_t i = 0; i < n * probes; i++)
        if (lists[i] >= 0)
            starts[lists[i] + 2]++;
    for (size_t l = 0; l < list_count; l++)
        starts[l + 2] += starts[l + 1];
    for (size_t i = 0; i < n * probes; i++)
        if (lists[i] >= 0)
            which[starts[lists[i] + 1]++] = (uint32_t)(i / probes);
}

/* margin[n], zeros at first: twice the live rows that a query met, less all rows of its lists. */
static int scan_lists(kin_index__scan *scan, const kin_index__base *base, size_t probes, int64_t *margin,
                      kin_error *err)
{
    size_t list_count = (size_t)kin_index__base_about_of(base)->lists, cells;
    if (!kin_size_mul(scan->n, probes, &cells))
        return kin_fail_memory(err);
    int64_t *lists = kin_alloc_array(cells, sizeof *lists);
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

/* Which rows count in a search: all live ones where mask is NULL. */
typedef struct search_plan {
    const kin_index *index;
    const uint64_t *mask;
    size_t k, places, probes; /* k <= places; probes of 0: exact */
} search_plan;

static int search_exactly(const search_plan *plan, const float *queries, size_t n, int64_t *ids, float *scores,
                          kin_error *err)
{
    const kin_index *index = plan->index;
    kin_index__scan scan;
    int code = kin_index__scan_init(&scan, index, queries, n, plan->k, err);
    if (code != KIN_OK)
        return code;
    kin_index__scan_rows(&scan, plan->mask ? plan->mask : index->map.live, 0, index->map.rows);
    code = kin_index__scan_finish(&scan, plan->places, ids, scores, err);
    kin_index__scan_clear(&scan);
    return code;
}

/* A query is searched again, exactly, where its lists hold fewer than k live rows between them, or more rows that are
 * gone than live ones: how many lists to look into was found when all were alive. */
static int search_lists(const search_plan *plan, const float *queries, size_t n, int64_t *ids, float *scores,
                        kin_error *err)
{
    const kin_index *index = plan->index;
    size_t dim = index->file.format.dim;
    kin_index__scan scan;
    int code = kin_index__scan_init(&scan, index, queries, n, plan->k, err);
    if (code != KIN_OK)
        return code;
    int64_t *margin = kin_alloc_zeroed(n, sizeof *margin);
    code = margin ? scan_lists(&scan, index->base, plan->probes, margin, err) : kin_fail_memory(err);
    if (code != KIN_OK)
        goto out;
    kin_index__scan_rows(&scan, index->map.live, (size_t)kin_index__base_about_of(index->base)->covered,
                         index->map.rows);
    code = kin_index__scan_finish(&scan, plan->places, ids, scores, err);
    for (size_t i = 0; i < n && code == KIN_OK; i++)
        if (scan.pools[i].size < plan->k || margin[i] < 0)
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
static int search_all(const search_plan *plan, const float *queries, size_t n, int64_t *ids, float *scores,
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
    search_plan all = { index, NULL, k < index->map.count ? k : index->map.count, k, 0 };
    all.probes = probes_for(index, all.k);
    return search_all(&all, queries, n, ids, scores, err);
}

int kin_index_search_among(const kin_index *index, const float *queries, size_t n, const int64_t *among, size_t m,
                           size_t k, int64_t *ids, float *scores, kin_error *err)
{
    const kin_index__map *map = &index->map;
    uint64_t *mask = kin_alloc_zeroed(map->rows / 64 + 1, sizeof *mask);
    if (!mask)
        return kin_fail_memory(err);
    size_t row, known = 0;
    for (size_t i = 0; i < m; i++) {
        if (!kin_index__map_find(map, among[i], &row) || kin_index__bit(mask, row))
            continue;
        kin_index__bit_set(mask, row);
        known++;
    }
    search_plan some = { index, mask, k < known ? k : known, k, 0 };
    int code = search_all(&some, queries, n, ids, scores, err);
    free(mask);
    return code;
}
