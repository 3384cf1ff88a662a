/* Tails are summed from the edge outwards by the ratio of neighbours, starting at a term in Loader's form (see
 * special.c): away from the mode terms only fall, so the sum ends after a few hundred of them at any table size. */

#include "stats/exact.h"

#include "kin/slices.h"
#include "stats/special.h"

#include <math.h>

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Sums of four counts stay exact in a double. */
static int64_t countable(int64_t x)
{
    return least_of(x, INT64_C(1) << 50);
}

static double term(int64_t k, int64_t n, int64_t K, int64_t N)
{
    double p = (double)n / (double)N, q = (double)(N - n) / (double)N;
    return exp(kin_stats__binomial((double)k, (double)K, p, q) +
               kin_stats__binomial((double)(n - k), (double)(N - K), p, q) -
               kin_stats__binomial((double)n, (double)N, p, q));
}

/* Sum of the terms k, k + 1, ... relative to the first. */
static double sum_up(int64_t k, int64_t n, int64_t K, int64_t N)
{
    double sum = 1, t = 1;
    for (int64_t i = k; i < least_of(n, K); i++) {
        t *= (double)(K - i) / (double)(i + 1) * ((double)(n - i) / (double)(N - K - n + i + 1));
        double next = sum + t;
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

/* Sum of the terms k, k - 1, ... relative to the first. */
static double sum_down(int64_t k, int64_t n, int64_t K, int64_t N)
{
    double sum = 1, t = 1;
    for (int64_t i = k; i > 0 && N - K - n + i > 0; i--) {
        t *= (double)i / (double)(K - i + 1) * ((double)(N - K - n + i) / (double)(n - i + 1));
        double next = sum + t;
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

double kin_stats__hyper_upper(int64_t k, int64_t n, int64_t K, int64_t N)
{
    if (k <= 0 || k <= n + K - N)
        return 1;
    if (k > least_of(n, K))
        return 0;
    double mode = (double)(n + 1) * ((double)(K + 1) / (double)(N + 2));
    if ((double)k > mode)
        return fmin(1, term(k, n, K, N) * sum_up(k, n, K, N));
    return fmax(0, 1 - term(k - 1, n, K, N) * sum_down(k - 1, n, K, N));
}

double kin_stats__hyper_lower(int64_t k, int64_t n, int64_t K, int64_t N)
{
    return kin_stats__hyper_upper(n - k, n, N - K, N);
}

int64_t kin_stats__hyper_most(int64_t k, int64_t n, int64_t N, double tail)
{
    int64_t least = k, most = N - (n - k);
    while (least < most) {
        int64_t K = most - (most - least) / 2;
        if (kin_stats__hyper_lower(k, n, K, N) > tail)
            least = K;
        else
            most = K - 1;
    }
    return least;
}

int64_t kin_stats__hyper_least(int64_t k, int64_t n, int64_t N, double tail)
{
    return N - kin_stats__hyper_most(n - k, n, N, tail);
}

double kin_fisher_greater(int64_t a, int64_t b, int64_t c, int64_t d)
{
    if (a < 0 || b < 0 || c < 0 || d < 0)
        return 1;
    a = countable(a);
    b = countable(b);
    c = countable(c);
    d = countable(d);
    return kin_stats__hyper_upper(a, a + b, a + c, a + b + c + d);
}

double kin_chance_of_none(int64_t population, int64_t mistakes, int64_t drawn)
{
    if (population <= 0 || mistakes <= 0 || drawn <= 0)
        return 1;
    population = countable(population);
    return kin_stats__hyper_lower(0, least_of(drawn, population), least_of(mistakes, population), population);
}

int64_t kin_audit_to_see_one(int64_t population, int64_t mistakes, double conf)
{
    if (population <= 0 || mistakes <= 0)
        return -1;
    int64_t least = 0, most = population;
    while (least < most) {
        int64_t n = least + (most - least) / 2;
        if (kin_chance_of_none(population, mistakes, n) <= 1 - conf)
            most = n;
        else
            least = n + 1;
    }
    return least;
}
