#include "kernel/rows8.h"

#include <string.h>

static size_t rounded(size_t dim)
{
    return (dim + 63) & ~(size_t)63;
}

static size_t panel_size(size_t dim)
{
    return KIN_PANEL_ROWS * rounded(dim);
}

static void query_pack(const int8_t *query, size_t dim, uint8_t *packed)
{
    memset(packed, 0, rounded(dim));
    memcpy(packed, query, dim);
}

static void panel_pack(const int8_t *const *rows, size_t n, size_t dim, uint8_t *panel)
{
    memset(panel, 0, panel_size(dim));
    for (size_t i = 0; i < n; i++)
        memcpy(panel + i * rounded(dim), rows[i], dim);
}

static int32_t dot(const int8_t *a, const int8_t *b, size_t dim)
{
    int32_t sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum += a[i] * b[i];
    return sum;
}

static void dots(const uint8_t *query, const int8_t *const *rows, size_t n, size_t dim, int32_t *sums)
{
    for (size_t i = 0; i < n; i++)
        sums[i] = dot((const int8_t *)query, rows[i], dim);
}

static void products(const kin_products8 *op)
{
    size_t size = rounded(op->dim);
    if (op->hits)
        memset(op->hits, 0, op->query_count * op->panel_count * sizeof *op->hits);
    for (size_t i = 0; i < op->query_count; i++)
        for (size_t j = 0; j < op->panel_count * KIN_PANEL_ROWS; j++) {
            const int8_t *query = (const int8_t *)(op->queries + i * size);
            int32_t sum = dot(query, (const int8_t *)(op->panels + j * size), op->dim);
            float score = (float)sum * (op->query_scale[i] * op->row_scale[j]);
            if (op->hits)
                op->hits[(i * op->panel_count) + j / KIN_PANEL_ROWS] |=
                    (uint16_t)((unsigned)(score >= op->least[i]) << j % KIN_PANEL_ROWS);
            else
                op->scores[i * op->step + j] = op->add ? op->scores[i * op->step + j] + score : score;
        }
}

extern const kin_rows8 kin_plain_rows8;

const kin_rows8 kin_plain_rows8 = {
    .name = "plain",
    .query_size = rounded,
    .panel_size = panel_size,
    .query_pack = query_pack,
    .panel_pack = panel_pack,
    .products = products,
    .dots = dots,
};
