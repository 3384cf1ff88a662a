#include "kin/slices.h"

#include "base/checked.h"
#include "base/rng.h"
#include "stats/exact.h"

#include <math.h>
#include <stdlib.h>

/* Mean over the k items of the similarity to their nearest among the others. */
static double tightness(const float *similarity, size_t n, const int64_t *items, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < k; i++) {
        const float *row = similarity + (size_t)items[i] * n;
        float nearest = -INFINITY;
        for (size_t j = 0; j < k; j++)
            if (j != i && row[items[j]] > nearest)
                nearest = row[items[j]];
        sum += (double)nearest;
    }
    return sum / (double)k;
}

int kin_pattern_tightness(const float *similarity, size_t n, const uint32_t *members, size_t k, size_t sets,
                          uint64_t seed, kin_tightness *out, kin_error *err)
{
    if (k < 2 || k > n)
        return kin_fail(err, KIN_E_USAGE, "a pattern of %zu in a pool of %zu: at least 2 and no more than the pool", k,
                        n);
    int64_t *items = kin_alloc_array(n, sizeof *items);
    if (!items)
        return kin_fail_memory(err);
    int rc = KIN_OK;
    for (size_t i = 0; i < k; i++) {
        if (members[i] >= n) {
            rc = kin_fail(err, KIN_E_USAGE, "pattern member %u is not in the pool of %zu", (unsigned)members[i], n);
            goto out;
        }
        items[i] = members[i];
    }
    kin_tightness result = { .inside = tightness(similarity, n, items, k), .outside = NAN, .p = 1 };
    for (size_t i = 0; i < n; i++)
        items[i] = (int64_t)i;
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    double sum = 0;
    size_t as_tight = 0;
    for (size_t s = 0; s < sets; s++) {
        kin_rng_sample(&rng, items, n, k);
        double t = tightness(similarity, n, items, k);
        sum += t;
        as_tight += t >= result.inside - 1e-12; /* the same items in another order count */
    }
    if (sets > 0) {
        result.outside = sum / (double)sets;
        result.p = (1 + (double)as_tight) / (1 + (double)sets);
    }
    *out = result;
out:
    free(items);
    return rc;
}

static int64_t into(int64_t x, int64_t lo, int64_t hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

kin_found kin_found_at_least(int64_t found, int64_t pool, int64_t control, int64_t mistakes, double conf)
{
    pool = into(pool, 0, INT64_C(1) << 52);
    control = into(control, 0, pool);
    mistakes = into(mistakes, 0, control);
    found = into(found, mistakes, INT64_C(1) << 52);
    double tail = 1 - fmin(fmax(conf, 0.5), 1 - 1e-9);
    kin_found out = { .left = kin_stats__hyper_most(mistakes, control, pool, tail) - mistakes, .share = 1 };
    if (found + out.left > 0)
        out.share = (double)found / (double)(found + out.left);
    return out;
}

int64_t kin_control_size(int64_t found, int64_t pool, int64_t mistakes, double share, double conf)
{
    pool = into(pool, -1, INT64_C(1) << 52);
    found = into(found, 0, INT64_C(1) << 52);
    int64_t least = into(mistakes, 0, pool), most = pool;
    if (pool < 0 || mistakes < 0 || mistakes > pool ||
        kin_found_at_least(found + mistakes, pool, pool, mistakes, conf).share < share)
        return -1;
    while (least < most) {
        int64_t control = least + (most - least) / 2;
        if (kin_found_at_least(found + mistakes, pool, control, mistakes, conf).share >= share)
            most = control;
        else
            least = control + 1;
    }
    return least;
}
