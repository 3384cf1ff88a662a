#include "kin/slices.h"

#include "base/checked.h"
#include "stats/design.h"
#include "stats/special.h"

#include <math.h>
#include <stdlib.h>

typedef struct ranked {
    double first, second; /* larger ones come first */
    size_t index;
} ranked;

static int compare_ranked(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    if (a->first != b->first)
        return a->first > b->first ? -1 : 1;
    if (a->second != b->second)
        return a->second > b->second ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

int kin_false_discovery(const double *p, size_t n, double *q, kin_error *err)
{
    ranked *order = kin_alloc_array(n, sizeof *order);
    if (!order)
        return kin_fail_memory(err);
    for (size_t i = 0; i < n; i++)
        order[i] = (ranked) { isnan(p[i]) ? 1 : p[i], 0, i };
    qsort(order, n, sizeof *order, compare_ranked);
    double least = 1;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, order[i].first * (double)n / (double)(n - i));
        q[order[i].index] = least;
    }
    free(order);
    return KIN_OK;
}

/* Mistakes and oks that a simple random sample of the effective size would hold; `up` rounds the mistakes up. */
static void effective_counts(const kin_estimate *e, bool up, int64_t *mistakes, int64_t *oks)
{
    /* a correction that makes n* larger than n would count evidence that Fisher's test does not know of */
    double size = fmin(e->effective_n, (double)e->n), k = size * e->rate;
    double whole = up ? ceil(k - 1e-6) : floor(k + 1e-6);
    *mistakes = (int64_t)whole;
    *oks = (int64_t)fmax(0, up ? floor(size + 1e-6) - whole : ceil(size - 1e-6) - whole);
}

static double slice_p(const kin_estimate *slice, const kin_estimate *rest)
{
    int64_t a, b, c, d;
    if (slice->n == 0 || rest->n == 0)
        return 1;
    effective_counts(slice, false, &a, &b);
    effective_counts(rest, true, &c, &d);
    return kin_fisher_greater(a, b, c, d);
}

kin_slice_figures kin_slice_measure(const kin_design *design, const uint8_t *mask, uint64_t population, uint64_t total,
                                    double conf)
{
    uint64_t others = total > population ? total - population : 0;
    kin_slice_figures out = { .slice = kin_rate(design, mask, population, conf), .lift = NAN, .share = NAN, .q = 1 };
    out.rest = kin_stats__rate_outside(design, mask, others, conf);
    out.p = slice_p(&out.slice, &out.rest);
    if (out.slice.n == 0 || (out.rest.n == 0 && others > 0))
        return out;
    double N = (double)population, M = (double)others;
    if (total == 0)
        kin_stats__weights(design, mask, &N, &M);
    double here = N * out.slice.rate, elsewhere = out.rest.n > 0 ? M * out.rest.rate : 0;
    if (here + elsewhere > 0 && N > 0) {
        out.share = here / (here + elsewhere);
        out.lift = out.share * (N + M) / N;
    }
    return out;
}

int kin_slices_judge(kin_slice_figures *slices, size_t n, size_t *order, kin_error *err)
{
    ranked *places = kin_alloc_array(n, sizeof *places);
    double *p = kin_alloc_array(n, sizeof *p);
    int rc = KIN_OK;
    if (!places || !p) {
        rc = kin_fail_memory(err);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        p[i] = slices[i].p;
        places[i] = (ranked) { slices[i].slice.lo, slices[i].slice.n > 0 ? slices[i].slice.rate : -1, i };
    }
    rc = kin_false_discovery(p, n, p, err);
    if (rc != KIN_OK)
        goto out;
    qsort(places, n, sizeof *places, compare_ranked);
    for (size_t i = 0; i < n; i++) {
        slices[i].q = p[i];
        order[i] = places[i].index;
    }
out:
    free(places);
    free(p);
    return rc;
}

/* P(K >= k) of a binomial K: I_p(k, n - k + 1). */
static double binomial_upper(int64_t k, int64_t n, double p)
{
    double lower, upper;
    if (k <= 0)
        return 1;
    kin_stats__beta(p, 1 - p, (double)k, (double)(n - k) + 1, &lower, &upper);
    return lower;
}

/* The chance that an audit of n tells: the least count k whose lower bound is above the baseline, P(K >= k). */
static double power_of(int64_t n, double rate, double baseline, double tail)
{
    int64_t least = 1, most = n + 1;
    while (least < most) {
        int64_t k = least + (most - least) / 2;
        if (binomial_upper(k, n, baseline) < tail)
            most = k;
        else
            least = k + 1;
    }
    return least > n ? 0 : binomial_upper(least, n, rate);
}

int64_t kin_audit_to_tell(double rate, double baseline, double conf, double power)
{
    const int64_t limit = 10000000;
    double tail = 0.5 * (1 - fmin(fmax(conf, 0.5), 1 - 1e-9));
    if (!(rate > baseline && rate <= 1 && baseline >= 0 && power > 0 && power < 1))
        return -1;
    int64_t most = 1;
    while (most <= limit && power_of(most, rate, baseline, tail) < power)
        most *= 2;
    if (most > limit)
        return -1;
    /* power climbs in saw teeth; the least n from which bisection sees it reached is within a tooth of the first */
    int64_t least = most / 2 + 1;
    while (least < most) {
        int64_t n = least + (most - least) / 2;
        if (power_of(n, rate, baseline, tail) >= power)
            most = n;
        else
            least = n + 1;
    }
    return least;
}
