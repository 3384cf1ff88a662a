#include "base/rng.h"

#include <math.h>

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void kin_rng_seed(kin_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        rng->state[i] = z ^ (z >> 31);
    }
}

uint64_t kin_rng_next(kin_rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t kin_rng_below(kin_rng *rng, uint64_t bound)
{
    uint64_t reject = (0 - bound) % bound; /* 2^64 mod bound: the short last round is thrown away */
    uint64_t value;
    do
        value = kin_rng_next(rng);
    while (value < reject);
    return value % bound;
}

double kin_rng_uniform(kin_rng *rng)
{
    return (double)(kin_rng_next(rng) >> 11) * 0x1p-53;
}

double kin_rng_normal(kin_rng *rng)
{
    double u, v, s;
    do {
        u = 2 * kin_rng_uniform(rng) - 1;
        v = 2 * kin_rng_uniform(rng) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    return u * sqrt(-2 * log(s) / s);
}

void kin_rng_sample(kin_rng *rng, int64_t *values, size_t n, size_t count)
{
    if (count > n)
        count = n;
    for (size_t i = 0; i < count; i++) {
        size_t j = i + (size_t)kin_rng_below(rng, n - i);
        int64_t swap = values[i];
        values[i] = values[j];
        values[j] = swap;
    }
}
