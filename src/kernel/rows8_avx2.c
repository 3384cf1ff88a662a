/* rows8.h in AVX2: bytes are widened to 16 bits, once for queries and panels, since the byte multiply saturates. A panel
 * holds its 16 rows by pairs of components: one step multiplies a pair of a query, the same for all lanes, with those of
 * 16 rows. */
#include "kernel/rows8_score.h"

#include <string.h>

enum { step_bytes = 64, tile_queries = 4, chunk = 16 };

static size_t query_size(size_t dim)
{
    return (dim * 2 + 63) & ~(size_t)63;
}

static size_t panel_size(size_t dim)
{
    return (dim + 1) / 2 * step_bytes;
}

static void widen(const int8_t *in, size_t dim, uint8_t *out)
{
    for (size_t i = 0; i < dim; i++) {
        int16_t wide = in[i];
        memcpy(out + 2 * i, &wide, sizeof wide);
    }
}

static void query_pack(const int8_t *query, size_t dim, uint8_t *packed)
{
    memset(packed, 0, query_size(dim));
    widen(query, dim, packed);
}

static void panel_pack(const int8_t *const *rows, size_t n, size_t dim, uint8_t *panel)
{
    for (size_t i = 0; i < KIN_PANEL_ROWS; i++)
        for (size_t k = 0; k < dim + dim % 2; k++) {
            int16_t wide = i < n && k < dim ? rows[i][k] : 0;
            memcpy(panel + k / 2 * step_bytes + 4 * i + k % 2 * 2, &wide, sizeof wide);
        }
}

KIN_INLINE int32_t sum_lanes(__m256i sum)
{
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1));
    return _mm_cvtsi128_si32(four);
}

KIN_INLINE __m256i step_of(const uint8_t *query, const int8_t *row, size_t at)
{
    __m256i wide = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(row + at)));
    return _mm256_madd_epi16(wide, _mm256_load_si256((const __m256i *)(const void *)(query + 2 * at)));
}

static void dots(const uint8_t *query, const int8_t *const *rows, size_t n, size_t dim, int32_t *sums)
{
    size_t whole = dim - dim % chunk;
    for (size_t i = 0; i < n; i++) {
        __m256i sum = _mm256_setzero_si256();
        for (size_t at = 0; at < whole; at += chunk)
            sum = _mm256_add_epi32(sum, step_of(query, rows[i], at));
        if (whole < dim) { /* nothing behind a row may be read */
            int8_t rest[chunk] = { 0 };
            memcpy(rest, rows[i] + whole, dim - whole);
            sum = _mm256_add_epi32(sum, step_of(query + 2 * whole, rest, 0));
        }
        sums[i] = sum_lanes(sum);
    }
}

KIN_INLINE void tile(const kin_products8 *op, size_t query, size_t panel, const size_t m)
{
    size_t size = query_size(op->dim), bytes = panel_size(op->dim);
    const uint8_t *x = op->queries + query * size, *w = op->panels + panel * bytes;
    __m256i sum[tile_queries][2];
#pragma GCC unroll 4
    for (size_t i = 0; i < m; i++)
        sum[i][0] = sum[i][1] = _mm256_setzero_si256();
    for (size_t at = 0; at < bytes; at += step_bytes) {
        __m256i low = _mm256_load_si256((const __m256i *)(const void *)(w + at));
        __m256i high = _mm256_load_si256((const __m256i *)(const void *)(w + at + 32));
#pragma GCC unroll 4
        for (size_t i = 0; i < m; i++) {
            int32_t pair;
            memcpy(&pair, x + i * size + at / 16, sizeof pair);
            sum[i][0] = _mm256_add_epi32(sum[i][0], _mm256_madd_epi16(low, _mm256_set1_epi32(pair)));
            sum[i][1] = _mm256_add_epi32(sum[i][1], _mm256_madd_epi16(high, _mm256_set1_epi32(pair)));
        }
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < m; i++) {
        size_t row = panel * KIN_PANEL_ROWS;
        vec low = _mm256_cvtepi32_ps(sum[i][0]), high = _mm256_cvtepi32_ps(sum[i][1]);
        if (op->hits) {
            unsigned bits = reach_rows(op, query + i, row, low) | reach_rows(op, query + i, row + VEC, high) << VEC;
            op->hits[(query + i) * op->panel_count + panel] = (uint16_t)bits;
        } else {
            score_rows(op, query + i, row, low);
            score_rows(op, query + i, row + VEC, high);
        }
    }
}

static void products(const kin_products8 *op)
{
    for (size_t j = 0; j < op->panel_count; j++) {
        size_t i = 0;
        for (; i + tile_queries <= op->query_count; i += tile_queries)
            tile(op, i, j, tile_queries);
        for (; i < op->query_count; i++)
            tile(op, i, j, 1);
    }
}

extern const kin_rows8 kin_avx2_rows8;

const kin_rows8 kin_avx2_rows8 = {
    .name = "avx2",
    .query_size = query_size,
    .panel_size = panel_size,
    .query_pack = query_pack,
    .panel_pack = panel_pack,
    .products = products,
    .dots = dots,
};
