#ifndef KIN_STATS_EXACT_H
#define KIN_STATS_EXACT_H
/* The hypergeometric distribution: X mistakes among n drawn without replacement from N of which K are mistakes.
 * 0 <= n <= N, 0 <= K <= N, N < 2^53. Private to src/stats. */

#include <stdint.h>

double kin_stats__hyper_upper(int64_t k, int64_t n, int64_t K, int64_t N); /* P(X >= k) */
double kin_stats__hyper_lower(int64_t k, int64_t n, int64_t K, int64_t N); /* P(X <= k) */

/* The largest K with P(X <= k) > tail: the one-sided upper bound at confidence 1 - tail. 0 <= k <= n. */
int64_t kin_stats__hyper_most(int64_t k, int64_t n, int64_t N, double tail);

/* The smallest K with P(X >= k) > tail. */
int64_t kin_stats__hyper_least(int64_t k, int64_t n, int64_t N, double tail);

#endif
