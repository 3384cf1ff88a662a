#include "index/index_query.h"

#include "base/checked.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Replaces left[dim] by what a plane of bytes leaves of it; returns the plane's scale. */
static float take_plane(double *left, size_t dim, double most, int8_t *plane)
{
    float scale = (float)(most / 127);
    for (size_t i = 0; i < dim; i++) {
        double value = scale > 0 ? rint(left[i] / (double)scale) : 0;
        value = value > 127 ? 127 : value < -127 ? -127 : isnan(value) ? 0 : value;
        plane[i] = (int8_t)value;
        left[i] -= (double)scale * value;
    }
    return scale;
}

static double length_of(const double *x, size_t dim)
{
    double squares = 0;
    for (size_t i = 0; i < dim; i++)
        squares += x[i] * x[i];
    return sqrt(squares);
}

static double largest(const double *x, size_t dim)
{
    double most = 0;
    for (size_t i = 0; i < dim; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/* planes[2, n, dim], scale[2, n]. */
static void quantize(kin_index__queries *out, const float *queries, double *left, int8_t *planes)
{
    size_t n = out->n, dim = out->dim;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < dim; j++)
            left[j] = (double)queries[i * dim + j];
        double length = length_of(left, dim);
        out->scale[i] = take_plane(left, dim, largest(left, dim), planes + i * dim);
        double rest = length_of(left, dim), first = rest;
        out->scale[n + i] = 0;
        memset(planes + (n + i) * dim, 0, dim);
        if (rest > 1e-6 * length) {
            out->planes = 2;
            out->scale[n + i] = take_plane(left, dim, largest(left, dim), planes + (n + i) * dim);
            rest = length_of(left, dim);
        }
        out->error[i] = (float)(rest * 1.000001);
        /* The second plane is as long as what the first leaves, and what it leaves itself; and products are rounded. */
        out->first_error[i] = (float)((first + rest) * 1.000001 + length * 4 * (double)FLT_EPSILON);
    }
}

int kin_index__queries_init(kin_index__queries *out, const float *queries, size_t n, size_t dim, kin_error *err)
{
    *out = (kin_index__queries) { .kernel = kin_rows8_get(), .n = n, .dim = dim, .planes = 1 };
    out->size = out->kernel->query_size(dim);
    int8_t *planes = kin_alloc_array(2 * n, dim);
    double *left = kin_alloc_array(dim, sizeof *left);
    out->scale = kin_alloc_array(2 * n, sizeof *out->scale);
    out->error = kin_alloc_array(n, sizeof *out->error);
    out->first_error = kin_alloc_array(n, sizeof *out->first_error);
    int code = planes && left && out->scale && out->error && out->first_error ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK) {
        quantize(out, queries, left, planes);
        out->packed = kin_alloc_aligned(out->planes * n, out->size);
        code = out->packed ? KIN_OK : kin_fail_memory(err);
    }
    for (size_t i = 0; code == KIN_OK && i < out->planes * n; i++)
        out->kernel->query_pack(planes + i * dim, dim, out->packed + i * out->size);
    free(left);
    free(planes);
    if (code != KIN_OK)
        kin_index__queries_clear(out);
    return code;
}

void kin_index__queries_clear(kin_index__queries *queries)
{
    free(queries->packed);
    free(queries->scale);
    free(queries->error);
    free(queries->first_error);
    *queries = (kin_index__queries) { .kernel = NULL };
}

void kin_index__queries_score(const kin_index__queries *queries, const uint8_t *panels, const float *row_scale,
                              size_t panel_count, float *scores, size_t step)
{
    for (size_t p = 0; p < queries->planes; p++) {
        const kin_products8 op = { .dim = queries->dim,
                                   .queries = queries->packed + p * queries->n * queries->size,
                                   .query_scale = queries->scale + p * queries->n,
                                   .query_count = queries->n,
                                   .panels = panels,
                                   .row_scale = row_scale,
                                   .panel_count = panel_count,
                                   .add = p > 0,
                                   .scores = scores,
                                   .step = step };
        queries->kernel->products(&op);
    }
}

void kin_index__queries_reach(const kin_index__queries *queries, const uint8_t *panels, const float *row_scale,
                              size_t panel_count, const float *least, uint16_t *hits)
{
    const kin_products8 op = { .dim = queries->dim,
                               .queries = queries->packed,
                               .query_scale = queries->scale,
                               .query_count = queries->n,
                               .panels = panels,
                               .row_scale = row_scale,
                               .panel_count = panel_count,
                               .least = least,
                               .hits = hits };
    queries->kernel->products(&op);
}

void kin_index__queries_dots(const kin_index__queries *queries, size_t query, size_t planes, const int8_t *const *rows,
                             const float *row_scale, size_t count, int32_t *sums, float *scores)
{
    for (size_t p = 0; p < planes; p++) {
        size_t place = p * queries->n + query;
        float scale = queries->scale[place];
        if (p > 0 && scale == 0)
            continue;
        queries->kernel->dots(queries->packed + place * queries->size, rows, count, queries->dim, sums);
        if (p == 0)
            for (size_t i = 0; i < count; i++)
                scores[i] = (float)sums[i] * (scale * row_scale[i]);
        else
            for (size_t i = 0; i < count; i++)
                scores[i] += (float)sums[i] * (scale * row_scale[i]);
    }
}
