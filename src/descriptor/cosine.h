#ifndef KIN_DESCRIPTOR_COSINE_H
#define KIN_DESCRIPTOR_COSINE_H

#include <math.h>
#include <stddef.h>

/* Of a[n] and b[n], of any length; 0 where it is not to be had. */
static inline double kin_cosine(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    double value = ab / sqrt(aa * bb);
    return isfinite(value) ? fmin(fmax(value, -1), 1) : 0;
}

#endif
