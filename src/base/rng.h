#ifndef KIN_RNG_H
#define KIN_RNG_H
/* xoshiro256** (Blackman & Vigna 2021, ACM TOMS 47(4)), seeded by splitmix64: the same seed gives the same draws on
 * every machine. */

#include <stddef.h>
#include <stdint.h>

typedef struct kin_rng {
    uint64_t state[4];
} kin_rng;

void kin_rng_seed(kin_rng *rng, uint64_t seed);
uint64_t kin_rng_next(kin_rng *rng);

/* Uniform on 0 .. bound-1, without modulo bias; bound > 0. */
uint64_t kin_rng_below(kin_rng *rng, uint64_t bound);

/* Uniform on [0, 1), 53 bits. */
double kin_rng_uniform(kin_rng *rng);

/* Standard normal (Marsaglia's polar method; each call draws anew, so that the sequence has no hidden state). */
double kin_rng_normal(kin_rng *rng);

/* Fisher-Yates: the first `count` of `values[n]` become a simple random sample without replacement, in random order. */
void kin_rng_sample(kin_rng *rng, int64_t *values, size_t n, size_t count);

#endif
