#include "kin/stats.h"

#include "stats/exact.h"
#include "stats/special.h"

#include <math.h>

/* Half of what the interval leaves out. */
static double tail_of(double conf)
{
    return 0.5 * (1 - fmin(fmax(conf, 0.5), 1 - 1e-9));
}

kin_interval kin_clopper_pearson(double k, double n, double conf)
{
    kin_interval all = { 0, 1 };
    if (!(n > 0))
        return all;
    k = fmin(fmax(k, 0), n);
    if (k > 0)
        all.lo = kin_stats__beta_lower(tail_of(conf), k, n - k + 1);
    if (k < n)
        all.hi = kin_stats__beta_upper(tail_of(conf), k + 1, n - k);
    return all;
}

kin_interval kin_wilson(double k, double n, double conf)
{
    kin_interval all = { 0, 1 };
    if (!(n > 0))
        return all;
    k = fmin(fmax(k, 0), n);
    double z = kin_stats__normal(tail_of(conf)), p = k / n;
    double middle = p + z * z / (2 * n), half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    double scale = 1 + z * z / n;
    all.lo = k > 0 ? fmax(0, (middle - half) / scale) : 0;
    all.hi = k < n ? fmin(1, (middle + half) / scale) : 1;
    return all;
}

int kin_hypergeometric(int64_t k, int64_t n, int64_t N, double conf, int64_t *lo, int64_t *hi, kin_error *err)
{
    if (k < 0 || k > n || n > N || N > INT64_C(1) << 52)
        return kin_fail(err, KIN_E_USAGE, "%lld mistakes among %lld drawn from %lld cannot be", (long long)k,
                        (long long)n, (long long)N);
    *lo = kin_stats__hyper_least(k, n, N, tail_of(conf));
    *hi = kin_stats__hyper_most(k, n, N, tail_of(conf));
    return KIN_OK;
}

kin_remaining kin_remaining_of(const kin_estimate *rate, uint64_t population, uint64_t known, uint64_t ok)
{
    double N = (double)population, least = fmin((double)known, N), most = fmax(least, N - (double)ok);
    kin_remaining out = { .known = (double)known, .total = NAN, .total_lo = least, .total_hi = most, .left = NAN };
    if (rate->n > 0) {
        out.total = fmin(fmax(N * rate->rate, least), most);
        out.total_lo = fmin(fmax(N * rate->lo, least), most);
        out.total_hi = fmin(fmax(N * rate->hi, least), most);
        out.left = out.total - least;
    }
    out.left_lo = out.total_lo - least;
    out.left_hi = out.total_hi - least;
    return out;
}
