#include "kinship/kinship_private.h"

#include <math.h>
#include <string.h>

/* splitmix64's mixing, so that assets numbered one after another fall into folds as if at random. */
uint8_t kin_kinship__fold_of(int64_t asset)
{
    uint64_t x = (uint64_t)asset + 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return (uint8_t)((x ^ (x >> 31)) % kin_kinship__folds);
}

static void store_one(const float *vector, size_t dim, int8_t *components, float *scale)
{
    float most = 0, sum = 0;
    for (size_t d = 0; d < dim; d++) {
        float size = fabsf(vector[d]);
        most = size > most ? size : most;
        sum += size;
    }
    if (!isfinite(sum) || !(most > 0)) {
        memset(components, 0, dim);
        *scale = 0;
        return;
    }
    double square = 0;
    for (size_t d = 0; d < dim; d++) {
        components[d] = (int8_t)lrintf(vector[d] / most * 127);
        square += (double)components[d] * components[d];
    }
    *scale = (float)(1 / sqrt(square));
}

void kin_kinship__store(kin_kinship *kinship, size_t first, size_t n, const float *vectors)
{
    size_t dim = kinship->items.dim;
    for (size_t i = 0; i < n; i++)
        store_one(vectors + i * dim, dim, kinship->components + (first + i) * dim, &kinship->scale[first + i]);
}

void kin_kinship__load(const kin_kinship *kinship, const uint32_t *rows, size_t n, float *vectors, size_t step)
{
    size_t dim = kinship->items.dim;
    for (size_t i = 0; i < n; i++) {
        const int8_t *from = kinship->components + rows[i] * dim;
        float *to = vectors + i * step, scale = kinship->scale[rows[i]];
        for (size_t d = 0; d < dim; d++)
            to[d] = scale * (float)from[d];
    }
}

const kin_kinship_verdict *kin_kinship__verdict_of(const kin_kinship *kinship, size_t item)
{
    size_t low = 0, high = kinship->verdicts_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (kinship->verdicts[middle].item < item)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < kinship->verdicts_count && kinship->verdicts[low].item == item;
    return found ? &kinship->verdicts[low] : NULL;
}
