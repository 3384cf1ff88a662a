#ifndef KIN_STATS_SPECIAL_H
#define KIN_STATS_SPECIAL_H
/* Special functions that libm lacks. Private to src/stats. */

#include <stdint.h>

/* log(Gamma(n + 1) / (sqrt(2 pi n) (n/e)^n)) for n > 0. */
double kin_stats__stirling(double n);

/* log of C(n, k) p^k q^(n-k), the binomial probability with factorials read as gamma functions: n > 0, 0 <= k <= n,
 * 0 < p < 1, q = 1 - p. */
double kin_stats__binomial(double k, double n, double p, double q);

/* The regularised incomplete beta function I_x(a, b) and its complement, each to full relative precision; y = 1 - x,
 * given apart so that it may be tiny. a, b > 0. */
void kin_stats__beta(double x, double y, double a, double b, double *lower, double *upper);

/* x with I_x(a, b) = tail, and x with 1 - I_x(a, b) = tail; 0 < tail < 1. */
double kin_stats__beta_lower(double tail, double a, double b);
double kin_stats__beta_upper(double tail, double a, double b);

/* The value that a standard normal, and a Student t with df > 0 degrees of freedom, exceeds with probability `tail`,
 * 0 < tail <= 1/2. */
double kin_stats__normal(double tail);
double kin_stats__student(double tail, double df);

#endif
