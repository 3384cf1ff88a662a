#include "kin_test.h"

#include "base/rng.h"
#include "kernel/blas.h"

#include <math.h>
#include <stdlib.h>

static const size_t sizes[] = { 1, 2, 7, 47, 48, 49, 95, 97, 130 };
enum { sizes_count = sizeof sizes / sizeof *sizes };

/* A = B B^T + 0.1 I, in rows `step` apart, whose gaps and upper triangle hold 7. */
static double *positive_definite(size_t n, size_t step)
{
    double *a = malloc(n * step * sizeof *a), *b = malloc(n * n * sizeof *b);
    kin_rng rng;
    kin_rng_seed(&rng, n);
    assert_true(a && b);
    for (size_t i = 0; i < n * n; i++)
        b[i] = kin_rng_normal(&rng);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < step; j++) {
            double sum = i == j ? 0.1 : 0;
            for (size_t k = 0; k < n && j <= i; k++)
                sum += b[i * n + k] * b[j * n + k];
            a[i * step + j] = j <= i ? sum : 7;
        }
    free(b);
    return a;
}

static void cholesky_gives_the_matrix_back(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizes_count; s++) {
        size_t n = sizes[s], step = n + 3;
        double *a = positive_definite(n, step), *l = positive_definite(n, step);
        assert_true(kin_cholesky(n, l, step));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < step; j++) {
                double sum = j <= i ? 0 : l[i * step + j];
                for (size_t k = 0; k <= j && j <= i; k++)
                    sum += l[i * step + k] * l[j * step + k];
                assert_true(fabs(sum - a[i * step + j]) < 1e-9 * (double)n);
            }
        free(a);
        free(l);
    }
}

static void cholesky_solves(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizes_count; s++) {
        size_t n = sizes[s], m = 3;
        double *a = positive_definite(n, n), *l = positive_definite(n, n), *x = malloc(m * n * sizeof *x);
        for (size_t i = 0; i < m * n; i++)
            x[i] = sin((double)i);
        assert_true(kin_cholesky(n, l, n));
        kin_cholesky_solve(n, l, n, m, x, n);
        for (size_t r = 0; r < m; r++)
            for (size_t i = 0; i < n; i++) {
                double sum = 0;
                for (size_t j = 0; j < n; j++)
                    sum += (j <= i ? a[i * n + j] : a[j * n + i]) * x[r * n + j];
                assert_true(fabs(sum - sin((double)(r * n + i))) < 1e-6);
            }
        free(a);
        free(l);
        free(x);
    }
}

static void cholesky_refuses_what_has_no_factor(void **state)
{
    (void)state;
    double indefinite[4] = { 1, 0, 2, 1 }, nothing[1] = { 0 }, lost[1] = { NAN };
    assert_false(kin_cholesky(2, indefinite, 2));
    assert_false(kin_cholesky(1, nothing, 1));
    assert_false(kin_cholesky(1, lost, 1));
    double *late = positive_definite(97, 97);
    late[96 * 97 + 96] = -1;
    assert_false(kin_cholesky(97, late, 97));
    free(late);
}

static void syrk_multiplies_columns_with_columns(void **state)
{
    (void)state;
    const float a[6] = { 1, 2, 3, 4, 5, 6 }; /* [3, 2] */
    float c[4] = { 1, 9, 1, 1 };
    kin_syrk_tn(3, 2, a, 2, 1, c, 2);
    assert_true(c[0] == 36 && c[1] == 9 && c[2] == 45 && c[3] == 57);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cholesky_gives_the_matrix_back),
        cmocka_unit_test(cholesky_solves),
        cmocka_unit_test(cholesky_refuses_what_has_no_factor),
        cmocka_unit_test(syrk_multiplies_columns_with_columns),
    };
    return cmocka_run_group_tests_name("blas", tests, NULL, NULL);
}
