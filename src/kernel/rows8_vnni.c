/* rows8.h by the byte products of AVX-512 VNNI, which multiply unsigned bytes with signed ones. Rows become unsigned by
 * adding 128 (a flip of the sign bit), and 128 times the sum of the query's components, kept in its head, is taken off
 * again. A panel holds its 16 rows by fours of components: one step multiplies four components of a query, the same for
 * all lanes, with those of 16 rows. */
#include "kernel/rows8_score.h"

#include <string.h>

enum { head = 64, step_bytes = 64, tile_queries = 12, tile_panels = 2 };

static size_t query_size(size_t dim)
{
    return head + ((dim + 63) & ~(size_t)63);
}

static size_t steps_of(size_t dim)
{
    return (dim + 3) / 4;
}

static size_t panel_size(size_t dim)
{
    return steps_of(dim) * step_bytes;
}

static void query_pack(const int8_t *query, size_t dim, uint8_t *packed)
{
    int32_t sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum -= 128 * query[i];
    memset(packed, 0, query_size(dim));
    memcpy(packed, &sum, sizeof sum);
    memcpy(packed + head, query, dim);
}

KIN_INLINE __m512i flip(__m512i bytes)
{
    return _mm512_xor_si512(bytes, _mm512_set1_epi8((char)-128));
}

/* Up to 64 components from `at` on, zeros past the end: nothing behind a row may be read. */
KIN_INLINE __m512i load_row(const int8_t *row, size_t at, size_t dim)
{
    size_t left = dim - at;
    __mmask64 mask = left >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << left) - 1;
    return _mm512_maskz_loadu_epi8(mask, row + at);
}

/* Transposes a 16 x 16 matrix of fours of bytes. */
KIN_INLINE void transpose(__m512i r[16])
{
    __m512i t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
    }
}

static void panel_pack(const int8_t *const *rows, size_t n, size_t dim, uint8_t *panel)
{
    size_t steps = steps_of(dim);
    for (size_t at = 0; at < dim; at += 64) {
        __m512i r[16];
#pragma GCC unroll 16
        for (size_t i = 0; i < 16; i++)
            r[i] = flip(i < n ? load_row(rows[i], at, dim) : _mm512_setzero_si512());
        transpose(r);
        size_t first = at / 4, some = steps - first < 16 ? steps - first : 16;
#pragma GCC unroll 16
        for (size_t i = 0; i < 16; i++)
            if (i < some)
                _mm512_store_si512(panel + (first + i) * step_bytes, r[i]);
    }
}

/* The sums of 16 vectors' 16 lanes, in order. */
KIN_INLINE __m512i sum_lanes(const __m512i a[16])
{
    __m512i pairs[8], fours[4];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        pairs[i] = _mm512_add_epi32(_mm512_unpacklo_epi32(a[2 * i], a[2 * i + 1]),
                                    _mm512_unpackhi_epi32(a[2 * i], a[2 * i + 1]));
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        fours[i] = _mm512_add_epi32(_mm512_unpacklo_epi64(pairs[2 * i], pairs[2 * i + 1]),
                                    _mm512_unpackhi_epi64(pairs[2 * i], pairs[2 * i + 1]));
    __m512i x = _mm512_add_epi32(_mm512_shuffle_i32x4(fours[0], fours[1], 0x88),
                                 _mm512_shuffle_i32x4(fours[0], fours[1], 0xdd));
    __m512i y = _mm512_add_epi32(_mm512_shuffle_i32x4(fours[2], fours[3], 0x88),
                                 _mm512_shuffle_i32x4(fours[2], fours[3], 0xdd));
    return _mm512_add_epi32(_mm512_shuffle_i32x4(x, y, 0x88), _mm512_shuffle_i32x4(x, y, 0xdd));
}

static void dots(const uint8_t *query, const int8_t *const *rows, size_t n, size_t dim, int32_t *sums)
{
    int32_t correction;
    memcpy(&correction, query, sizeof correction);
    for (size_t first = 0; first < n; first += 16) {
        size_t some = n - first < 16 ? n - first : 16;
        __m512i sum[16];
        for (size_t i = 0; i < 16; i++) {
            const int8_t *row = rows[first + (i < some ? i : 0)];
            __m512i one = _mm512_setzero_si512();
            for (size_t at = 0; at < dim; at += 64)
                one = _mm512_dpbusd_epi32(one, flip(load_row(row, at, dim)), _mm512_load_si512(query + head + at));
            sum[i] = one;
        }
        __m512i all = _mm512_add_epi32(sum_lanes(sum), _mm512_set1_epi32(correction));
        _mm512_mask_storeu_epi32(sums + first, (__mmask16)((1U << some) - 1), all);
    }
}

KIN_INLINE void tile(const kin_products8 *op, size_t query, size_t panel, const size_t m, const size_t n,
                     const bool hits)
{
    size_t size = query_size(op->dim), bytes = panel_size(op->dim);
    const uint8_t *x = op->queries + query * size, *w = op->panels + panel * bytes;
    __m512i sum[tile_queries][tile_panels];
#pragma GCC unroll 12
    for (size_t i = 0; i < m; i++) {
        int32_t correction;
        memcpy(&correction, x + i * size, sizeof correction);
#pragma GCC unroll 2
        for (size_t j = 0; j < n; j++)
            sum[i][j] = _mm512_set1_epi32(correction);
    }
    for (size_t at = 0; at < bytes; at += step_bytes) {
        __m512i rows[tile_panels];
#pragma GCC unroll 2
        for (size_t j = 0; j < n; j++)
            rows[j] = _mm512_load_si512(w + j * bytes + at);
#pragma GCC unroll 12
        for (size_t i = 0; i < m; i++) {
            int32_t four;
            memcpy(&four, x + i * size + head + at / 16, sizeof four);
#pragma GCC unroll 2
            for (size_t j = 0; j < n; j++)
                sum[i][j] = _mm512_dpbusd_epi32(sum[i][j], rows[j], _mm512_set1_epi32(four));
        }
    }
#pragma GCC unroll 12
    for (size_t i = 0; i < m; i++)
#pragma GCC unroll 2
        for (size_t j = 0; j < n; j++) {
            size_t row = (panel + j) * KIN_PANEL_ROWS;
            vec wide = _mm512_cvtepi32_ps(sum[i][j]);
            if (hits)
                op->hits[(query + i) * op->panel_count + panel + j] = (uint16_t)reach_rows(op, query + i, row, wide);
            else
                score_rows(op, query + i, row, wide);
        }
}

KIN_INLINE void column(const kin_products8 *op, size_t panel, const size_t n, const bool hits)
{
    size_t i = 0;
    for (; i + tile_queries <= op->query_count; i += tile_queries)
        tile(op, i, panel, tile_queries, n, hits);
    for (; i + 4 <= op->query_count; i += 4)
        tile(op, i, panel, 4, n, hits);
    for (; i < op->query_count; i++)
        tile(op, i, panel, 1, n, hits);
}

KIN_INLINE void all(const kin_products8 *op, const bool hits)
{
    size_t j = 0;
    for (; j + tile_panels <= op->panel_count; j += tile_panels)
        column(op, j, tile_panels, hits);
    if (j < op->panel_count)
        column(op, j, 1, hits);
}

static void products(const kin_products8 *op)
{
    if (op->hits)
        all(op, true);
    else
        all(op, false);
}

extern const kin_rows8 kin_vnni_rows8;

const kin_rows8 kin_vnni_rows8 = {
    .name = "avx512",
    .query_size = query_size,
    .panel_size = panel_size,
    .query_pack = query_pack,
    .panel_pack = panel_pack,
    .products = products,
    .dots = dots,
};
