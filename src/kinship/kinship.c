#include "kin/kinship.h"

#include <math.h>

static const double unlike_weight = 0.5;

static double mean_at(const float *vectors, size_t n, size_t dim, size_t at)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += vectors[i * dim + at];
    return n ? sum / (double)n : 0;
}

int kin_kinship_query(const float *likes, size_t n, const float *unlikes, size_t m, size_t dim, float *query,
                      kin_error *err)
{
    double square = 0;
    for (size_t d = 0; d < dim; d++) {
        double x = mean_at(likes, n, dim, d) - unlike_weight * mean_at(unlikes, m, dim, d);
        square += x * x;
    }
    double length = sqrt(square);
    if (!(length > 1e-6))
        return kin_fail(err, KIN_E_USAGE,
                        "what to be like and what to be unlike cancel each other out; leave some out");
    for (size_t d = 0; d < dim; d++)
        query[d] = (float)((mean_at(likes, n, dim, d) - unlike_weight * mean_at(unlikes, m, dim, d)) / length);
    return KIN_OK;
}
