#include "kin_test.h"

#include "base/checked.h"
#include "base/rng.h"
#include "kin/groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { dim = 16, most = 1300 }; /* three blocks, the last one not full */

static void normalise(float *vector)
{
    double square = 0;
    for (int d = 0; d < dim; d++)
        square += (double)vector[d] * (double)vector[d];
    for (int d = 0; d < dim; d++)
        vector[d] = (float)((double)vector[d] / sqrt(square));
}

/* Every third row is a blurred copy of one before it. */
static void make_rows(float *vectors, size_t n, uint64_t seed)
{
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++) {
        float *row = vectors + i * dim;
        const float *from = i % 3 == 2 ? vectors + kin_rng_below(&rng, i) * dim : NULL;
        for (int d = 0; d < dim; d++)
            row[d] = (from ? from[d] : 0) + (float)kin_rng_normal(&rng) * (from ? 0.05F : 1);
        normalise(row);
    }
}

/* Labels spread until nothing changes any more: slow, and plainly right. */
static void plain_groups(const float *vectors, size_t n, float threshold, uint32_t *root, float *nearest)
{
    for (size_t i = 0; i < n; i++) {
        root[i] = (uint32_t)i;
        nearest[i] = -1;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double dot = 0;
                for (int d = 0; i != j && d < dim; d++)
                    dot += (double)vectors[i * dim + (size_t)d] * (double)vectors[j * dim + (size_t)d];
                if (i == j || dot < (double)threshold)
                    continue;
                nearest[i] = fmaxf(nearest[i], (float)dot);
                if (root[j] < root[i]) {
                    root[i] = root[j];
                    changed = true;
                }
            }
    }
}

static kin_groups join(const float *vectors, size_t n, float threshold, size_t threads)
{
    kin_groups groups = KIN_GROUPS_INIT;
    uint32_t *rows = kin_alloc_array(n, sizeof *rows);
    assert_non_null(rows);
    assert_int_equal(kin_groups_init(&groups, n, NULL), KIN_OK);
    for (uint32_t i = 0; i < n; i++)
        rows[i] = i;
    assert_int_equal(kin_groups_join_all(&groups, rows, vectors, n, dim, threshold, threads, NULL, NULL), KIN_OK);
    free(rows);
    return groups;
}

static void all_pairs_are_found_whatever_the_number_of_rows(void **state)
{
    static const size_t sizes[] = { 0, 1, 2, 7, 63, 64, 65, 129, 511, 512, 513 };
    static float vectors[513 * dim], nearest[513];
    static uint32_t root[513];
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        make_rows(vectors, sizes[s], 7 + s);
        plain_groups(vectors, sizes[s], 0.93F, root, nearest);
        kin_groups groups = join(vectors, sizes[s], 0.93F, 2);
        for (uint32_t i = 0; i < sizes[s]; i++) {
            assert_int_equal(kin_groups_root(&groups, i), root[i]);
            assert_true(fabsf(groups.nearest[i] - nearest[i]) < 1e-5F);
        }
        kin_groups_clear(&groups);
    }
}

static void the_number_of_threads_does_not_matter(void **state)
{
    float *vectors = kin_alloc_array(most * dim, sizeof *vectors);
    (void)state;
    assert_non_null(vectors);
    make_rows(vectors, most, 5);
    kin_groups one = join(vectors, most, 0.9F, 1);
    size_t joined = 0;
    for (size_t threads = 2; threads < 6; threads++) {
        kin_groups some = join(vectors, most, 0.9F, threads);
        for (uint32_t i = 0; i < most; i++) {
            assert_int_equal(kin_groups_root(&some, i), kin_groups_root(&one, i));
            joined += kin_groups_root(&one, i) != i;
        }
        assert_memory_equal(some.nearest, one.nearest, most * sizeof *one.nearest);
        kin_groups_clear(&some);
    }
    assert_true(joined > 100);
    kin_groups_clear(&one);
    free(vectors);
}

static void the_same_vector_everywhere_is_one_group(void **state)
{
    float *vectors = kin_alloc_array(most * dim, sizeof *vectors);
    (void)state;
    assert_non_null(vectors);
    make_rows(vectors, 1, 3);
    for (size_t i = 1; i < most; i++)
        memcpy(vectors + i * dim, vectors, dim * sizeof *vectors);
    kin_groups groups = join(vectors, most, 1, 2);
    for (uint32_t i = 0; i < most; i++) {
        assert_int_equal(kin_groups_root(&groups, i), 0);
        assert_true(groups.nearest[i] > 0.99999F && groups.nearest[i] <= 1);
    }
    kin_groups_clear(&groups);
    free(vectors);
}

/* Rows 1 and 3 of five are compared; 0 and 1 were joined before. */
static void only_the_given_rows_are_compared(void **state)
{
    float vectors[2 * dim];
    kin_groups groups = KIN_GROUPS_INIT;
    const uint32_t rows[2] = { 1, 3 };
    (void)state;
    make_rows(vectors, 1, 3);
    memcpy(vectors + dim, vectors, dim * sizeof *vectors);
    assert_int_equal(kin_groups_init(&groups, 5, NULL), KIN_OK);
    kin_groups_join(&groups, 1, 0, 0.5F);
    assert_int_equal(kin_groups_join_all(&groups, rows, vectors, 2, dim, 0.9F, 1, NULL, NULL), KIN_OK);
    static const uint32_t expected[5] = { 0, 0, 2, 0, 4 };
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(kin_groups_root(&groups, i), expected[i]);
    assert_true(groups.nearest[0] == 0.5F && groups.nearest[2] == -1);
    kin_groups_clear(&groups);
}

static bool stop_now(void *user)
{
    (void)user;
    return true;
}

static void stops_when_asked(void **state)
{
    float vectors[2 * dim];
    kin_groups groups = KIN_GROUPS_INIT;
    kin_error err = KIN_ERROR_INIT;
    const uint32_t rows[2] = { 0, 1 };
    const kin_watch watch = { .stop = stop_now };
    (void)state;
    make_rows(vectors, 2, 3);
    assert_int_equal(kin_groups_init(&groups, 2, NULL), KIN_OK);
    assert_int_equal(kin_groups_join_all(&groups, rows, vectors, 2, dim, -1, 1, &watch, &err), KIN_E_STOPPED);
    assert_int_equal(kin_groups_root(&groups, 1), 1);
    kin_groups_clear(&groups);
    if (SIZE_MAX > UINT32_MAX)
        assert_int_equal(kin_groups_init(&groups, (size_t)UINT32_MAX, &err), KIN_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest groups[] = {
        cmocka_unit_test(all_pairs_are_found_whatever_the_number_of_rows),
        cmocka_unit_test(the_number_of_threads_does_not_matter),
        cmocka_unit_test(the_same_vector_everywhere_is_one_group),
        cmocka_unit_test(only_the_given_rows_are_compared),
        cmocka_unit_test(stops_when_asked),
    };
    return cmocka_run_group_tests_name("rows that are nearly the same", groups, NULL, NULL);
}
