#include "index/index_pool.h"

#include "base/checked.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

void kin_index__pool_init(kin_index__pool *pool, size_t k, float slack)
{
    *pool = (kin_index__pool) { .k = k, .threshold = -FLT_MAX, .slack = slack };
}

void kin_index__pool_clear(kin_index__pool *pool)
{
    free(pool->hits);
    *pool = (kin_index__pool) { .hits = NULL };
}

static void swap(kin_index__hit *a, kin_index__hit *b)
{
    kin_index__hit t = *a;
    *a = *b;
    *b = t;
}

static float median(float a, float b, float c)
{
    return fmaxf(fminf(a, b), fminf(fmaxf(a, b), c));
}

/* Quickselect, three-way so that equal scores cost nothing extra: the k best of hits[n] come first, k <= n. Returns
 * the k-th best score. */
static float select_best(kin_index__hit *hits, size_t n, size_t k)
{
    size_t from = 0, to = n;
    for (;;) {
        float pivot = median(hits[from].score, hits[from + (to - from) / 2].score, hits[to - 1].score);
        size_t better = from, worse = to, i = from;
        while (i < worse) {
            if (hits[i].score > pivot)
                swap(&hits[i++], &hits[better++]);
            else if (hits[i].score < pivot)
                swap(&hits[i], &hits[--worse]);
            else
                i++;
        }
        if (k <= better)
            to = better;
        else if (k <= worse)
            return pivot;
        else
            from = worse;
    }
}

static bool grow(kin_index__pool *pool, size_t need)
{
    bool grown = KIN_GROW(&pool->hits, &pool->capacity, need);
    pool->failed = pool->failed || !grown;
    return grown;
}

bool kin_index__pool_room(kin_index__pool *pool)
{
    if (pool->capacity < pool->k)
        return grow(pool, pool->size + pool->size + 64);
    float worst = select_best(pool->hits, pool->size, pool->k) - pool->slack;
    size_t kept = pool->k;
    for (size_t i = pool->k; i < pool->size; i++)
        if (pool->hits[i].score >= worst)
            pool->hits[kept++] = pool->hits[i];
    pool->size = kept;
    pool->threshold = worst;
    /* Cutting back costs as much as the pool is long: at least half of it must be free again. */
    return kept <= pool->capacity / 2 || grow(pool, 2 * kept + 64);
}
