/* The incomplete beta function by the continued fraction of DiDonato & Morris (1992, Algorithm 708, ACM TOMS 18(3),
 * eq. 9), evaluated with the modified Lentz method (Thompson & Barnett 1986); the power term before it by Loader's
 * saddle-point form (2000, "Fast and accurate computation of binomial probabilities"), which keeps full precision where
 * differences of log-gammas would lose it (n = 10^6: seven digits). Quantiles by Newton steps on the logarithm of the
 * tail, kept inside a shrinking bracket. */

#include "stats/special.h"

#include <math.h>
#include <stdbool.h>

#define LOG_2PI 1.8378770664093454836
#define SQRT_2PI 2.5066282746310005024
#define EPS 2.220446049250313e-16

double kin_stats__stirling(double n)
{
    double product = 1, m = n;
    /* Gamma(n + 1) = Gamma(m + 1) / ((n + 1) ... m), until the series converges */
    while (m < 15)
        product *= m += 1;
    double r = 1 / (m * m);
    double series =
        (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188 - r * 691.0 / 360360))))) / m;
    if (m > n)
        series += (m + 0.5) * log(m) - (n + 0.5) * log(n) - (m - n) - log(product);
    return series;
}

/* x log(x/m) + m - x without cancellation for x near m (Loader's bd0). */
static double deviance(double x, double m)
{
    if (fabs(x - m) >= 0.1 * (x + m))
        return x * log(x / m) + m - x;
    double v = (x - m) / (x + m);
    double sum = (x - m) * v, term = 2 * x * v;
    for (int j = 1; j < 1000; j++) {
        term *= v * v;
        double next = sum + term / (2 * j + 1);
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

double kin_stats__binomial(double k, double n, double p, double q)
{
    if (k <= 0)
        return q > 0.5 ? n * log1p(-p) : n * log(q);
    if (k >= n)
        return p > 0.5 ? n * log1p(-q) : n * log(p);
    double c = kin_stats__stirling(n) - kin_stats__stirling(k) - kin_stats__stirling(n - k) - deviance(k, n * p) -
               deviance(n - k, n * q);
    return c - 0.5 * (LOG_2PI + log(k) + log1p(-k / n));
}

/* x^a y^b / B(a, b) */
static double power_term(double x, double y, double a, double b)
{
    return a * b / (a + b) * exp(kin_stats__binomial(a, a + b, x, y));
}

/* power_term / I_x(a, b) for x <= a / (a + b) */
static double fraction(double x, double y, double a, double b)
{
    const double tiny = 1e-300;
    double f = a * (a * y - b * x + 1) / (a + 1);
    if (f == 0)
        f = tiny;
    double c = f, d = 0;
    for (int m = 1; m < 1000000; m++) {
        double s = a + 2.0 * m - 1;
        double an = (a + m - 1) / s * (a + b + m - 1) / s * m * (b - m) * x * x;
        double bn = m + m * (b - m) * x / s + (a + m) * (a * y - b * x + 1 + m * (1 + y)) / (s + 2);
        d = bn + an * d;
        c = bn + an / c;
        d = 1 / (d == 0 ? tiny : d);
        if (c == 0)
            c = tiny;
        f *= c * d;
        if (fabs(c * d - 1) <= EPS)
            break;
    }
    return f;
}

void kin_stats__beta(double x, double y, double a, double b, double *lower, double *upper)
{
    if (x <= 0 || y <= 0) {
        *lower = x <= 0 ? 0 : 1;
        *upper = x <= 0 ? 1 : 0;
    } else if (a * y >= b * x) {
        *lower = fmin(1, power_term(x, y, a, b) / fraction(x, y, a, b));
        *upper = 1 - *lower;
    } else {
        *upper = fmin(1, power_term(x, y, a, b) / fraction(y, x, b, a));
        *lower = 1 - *upper;
    }
}

/* Newton on log(tail probability) - log(tail) from the mean on, halving the bracket where a step leaves it. */
static double beta_quantile(double tail, double a, double b, bool is_upper)
{
    double left = 0, right = 1, x = a / (a + b);
    for (int i = 0; i < 1100; i++) {
        double lower, upper;
        kin_stats__beta(x, 1 - x, a, b, &lower, &upper);
        double at = is_upper ? upper : lower;
        if ((at > tail) == is_upper)
            left = x;
        else
            right = x;
        double slope = power_term(x, 1 - x, a, b) / (x * (1 - x));
        double step = at > 0 && slope > 0 ? log(at / tail) * at / slope : INFINITY;
        double next = is_upper ? x + step : x - step;
        if (!(next > left && next < right))
            next = 0.5 * (left + right);
        if (fabs(next - x) <= EPS * x || right - left <= EPS * left)
            return next;
        x = next;
    }
    return x;
}

double kin_stats__beta_lower(double tail, double a, double b)
{
    return beta_quantile(tail, a, b, false);
}

double kin_stats__beta_upper(double tail, double a, double b)
{
    return beta_quantile(tail, a, b, true);
}

double kin_stats__normal(double tail)
{
    if (tail >= 0.5)
        return 0;
    /* Abramowitz & Stegun 26.2.23, error below 4.5e-4, then Halley steps on erfc */
    double t = sqrt(-2 * log(tail));
    double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    for (int i = 0; i < 3; i++) {
        double u = (0.5 * erfc(z / sqrt(2.0)) - tail) * SQRT_2PI * exp(0.5 * z * z);
        z += u / (1 - 0.5 * z * u);
    }
    return z;
}

double kin_stats__student(double tail, double df)
{
    if (tail >= 0.5)
        return 0;
    /* t^2 / (df + t^2) is beta(1/2, df/2) */
    double v = kin_stats__beta_upper(2 * tail, 0.5, 0.5 * df);
    return sqrt(df * v / (1 - v));
}
