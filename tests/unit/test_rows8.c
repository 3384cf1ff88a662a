/* Every table's products of 8-bit rows equal those of the plain loops to the bit, at any size and alignment. */
#include "kin_test.h"

#include "base/checked.h"
#include "base/rng.h"
#include "kernel/rows8.h"

#include <stdlib.h>
#include <string.h>

enum { most_rows = 50 };

static int8_t *random_bytes(kin_rng *rng, size_t n)
{
    int8_t *bytes = malloc(n + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (int8_t)((int)kin_rng_below(rng, 255) - 127);
    return bytes;
}

/* The hits of a query are the scores that reach its threshold, which here is one of them where there are any. */
static void check_hits(const kin_rows8 *k, kin_products8 op, size_t n)
{
    float *least = kin_alloc_array(op.query_count + 1, sizeof *least);
    uint16_t *hits = kin_alloc_zeroed(op.query_count * op.panel_count + 1, sizeof *hits);
    assert_true(least && hits);
    for (size_t i = 0; i < op.query_count; i++)
        least[i] = n > 0 ? op.scores[i * op.step + i % n] : 0;
    op.least = least;
    op.hits = hits;
    hits[op.query_count * op.panel_count] = 12345;
    k->products(&op);
    assert_int_equal(hits[op.query_count * op.panel_count], 12345);
    for (size_t i = 0; i < op.query_count; i++)
        for (size_t j = 0; j < n; j++)
            assert_int_equal(hits[i * op.panel_count + j / KIN_PANEL_ROWS] >> j % KIN_PANEL_ROWS & 1,
                             op.scores[i * op.step + j] >= least[i]);
    free(hits);
    free(least);
}

/* scores[m, 16 panels], twice: set, and then added to; of those that are set, the hits too. */
static float *score_all(const kin_rows8 *k, const int8_t *queries, size_t m, const int8_t *const *rows, size_t n,
                        size_t dim)
{
    size_t panels = (n + KIN_PANEL_ROWS - 1) / KIN_PANEL_ROWS, step = panels * KIN_PANEL_ROWS + 3;
    uint8_t *packed = kin_alloc_aligned(m + 1, k->query_size(dim) + 64);
    uint8_t *wide = kin_alloc_aligned(panels + 1, k->panel_size(dim) + 64);
    float *scales = kin_alloc_array(step + m, sizeof *scales), *scores = kin_alloc_zeroed((m + 1) * step, sizeof *scores);
    assert_true(packed && wide && scales && scores);
    for (size_t i = 0; i < step + m; i++)
        scales[i] = 1 / (float)(i + 1);
    for (size_t i = 0; i < m; i++)
        k->query_pack(queries + i * dim, dim, packed + i * k->query_size(dim));
    for (size_t p = 0; p < panels; p++) {
        size_t left = n - p * KIN_PANEL_ROWS, some = left < KIN_PANEL_ROWS ? left : KIN_PANEL_ROWS;
        k->panel_pack(rows + p * KIN_PANEL_ROWS, some, dim, wide + p * k->panel_size(dim));
    }
    kin_products8 op = { .dim = dim,
                         .queries = packed,
                         .query_scale = scales + step,
                         .query_count = m,
                         .panels = wide,
                         .row_scale = scales,
                         .panel_count = panels,
                         .scores = scores,
                         .step = step };
    k->products(&op);
    check_hits(k, op, n);
    op.add = true;
    k->products(&op);
    free(scales);
    free(wide);
    free(packed);
    return scores;
}

static void check_products(const kin_rows8 *k, kin_rng *rng, size_t m, size_t n, size_t dim)
{
    int8_t *queries = random_bytes(rng, m * dim), *bytes = random_bytes(rng, most_rows * (dim + 1));
    const int8_t *rows[most_rows];
    for (size_t i = 0; i < most_rows; i++)
        rows[i] = bytes + i * (dim + 1);
    float *wanted = score_all(kin_rows8_named("plain"), queries, m, rows, n, dim);
    float *got = score_all(k, queries, m, rows, n, dim);
    size_t step = (n + KIN_PANEL_ROWS - 1) / KIN_PANEL_ROWS * KIN_PANEL_ROWS + 3;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            if (memcmp(&wanted[i * step + j], &got[i * step + j], sizeof *got) != 0)
                fail_msg("%s: %zu of %zu queries, row %zu of %zu, %zu components: %g, not %g", k->name, i, m, j, n, dim,
                         (double)got[i * step + j], (double)wanted[i * step + j]);
    free(got);
    free(wanted);
    free(bytes);
    free(queries);
}

static void check_dots(const kin_rows8 *k, kin_rng *rng, size_t n, size_t dim)
{
    int8_t *query = random_bytes(rng, dim);
    int8_t *rows[most_rows];
    const int8_t *places[most_rows];
    int32_t sums[most_rows + 1];
    uint8_t *packed = kin_alloc_aligned(1, k->query_size(dim) + 64);
    assert_non_null(packed);
    for (size_t i = 0; i < n; i++) /* each by itself: an address sanitizer sees who reads past its end */
        places[i] = rows[i] = random_bytes(rng, dim);
    sums[n] = 7;
    k->query_pack(query, dim, packed);
    k->dots(packed, places, n, dim, sums);
    assert_int_equal(sums[n], 7);
    for (size_t i = 0; i < n; i++) {
        int32_t wanted = 0;
        for (size_t j = 0; j < dim; j++)
            wanted += query[j] * rows[i][j];
        assert_int_equal(sums[i], wanted);
        free(rows[i]);
    }
    free(packed);
    free(query);
}

static const size_t dims[] = { 1, 3, 4, 7, 8, 15, 16, 31, 33, 63, 64, 65, 128, 252 };

static void each_table(void (*check)(const kin_rows8 *, kin_rng *, size_t))
{
    static const char *const names[] = { "plain", "avx2", "avx512" };
    kin_rng rng;
    kin_rng_seed(&rng, 5);
    for (size_t t = 0; t < 3; t++)
        for (size_t d = 0; kin_rows8_named(names[t]) && d < sizeof dims / sizeof *dims; d++)
            check(kin_rows8_named(names[t]), &rng, dims[d]);
}

static void products_of(const kin_rows8 *k, kin_rng *rng, size_t dim)
{
    static const size_t counts[] = { 0, 1, 3, 4, 5, 11, 12, 13, 29 }, rows[] = { 0, 1, 15, 16, 17, 32, 33, 48, 50 };
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < 9; j++)
            check_products(k, rng, counts[i], rows[j], dim);
}

static void products_equal_the_plain_ones(void **state)
{
    (void)state;
    each_table(products_of);
}

static void dots_of(const kin_rows8 *k, kin_rng *rng, size_t dim)
{
    for (size_t n = 0; n <= 35; n++)
        check_dots(k, rng, n, dim);
}

static void dots_equal_the_sums_and_read_no_further_than_the_rows(void **state)
{
    (void)state;
    each_table(dots_of);
}

static void the_largest_components_do_not_overflow(void **state)
{
    (void)state;
    enum { dim = 4096 };
    static const char *const names[] = { "plain", "avx2", "avx512" };
    static int8_t query[dim], row[dim];
    const int8_t *rows[] = { row };
    memset(query, 127, dim);
    memset(row, -127, dim);
    for (size_t t = 0; t < 3; t++) {
        const kin_rows8 *k = kin_rows8_named(names[t]);
        uint8_t *packed = k ? kin_alloc_aligned(1, k->query_size(dim)) : NULL;
        int32_t sum = 0;
        if (!k)
            continue;
        assert_non_null(packed);
        k->query_pack(query, dim, packed);
        k->dots(packed, rows, 1, dim, &sum);
        assert_int_equal(sum, -127 * 127 * dim);
        free(packed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_equal_the_plain_ones),
        cmocka_unit_test(dots_equal_the_sums_and_read_no_further_than_the_rows),
        cmocka_unit_test(the_largest_components_do_not_overflow),
    };
    return cmocka_run_group_tests_name("8-bit rows", tests, NULL, NULL);
}
