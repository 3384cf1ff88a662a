#include "stats_reference.h"

#include "kin/slices.h"
#include "kin/stats.h"
#include "stats/exact.h"
#include "stats/special.h"

#include <string.h>

static void special_functions_have_full_precision(void **state)
{
    (void)state;
    /* mpmath, 40 digits */
    static const double beta[][5] = {
        { 0.5, 0.5, 0.3, 0.36901011956554538, 0.63098988043445462 },
        { 1, 1, 0.25, 0.25, 0.75 },
        { 2.5, 7.25, 0.1, 0.10841578583098449, 0.89158421416901551 },
        { 300, 5701, 0.05, 0.50827091448863289, 0.49172908551136711 },
        { 300, 5701, 0.04, 7.5731451996341905e-5, 0.99992426854800366 },
        { 0.003, 40, 0.0001, 0.98522097440359462, 0.014779025596405384 },
        { 1e6, 3e6, 0.2501, 0.67797066616991447, 0.32202933383008553 },
        { 5e5, 1e7, 0.048, 0.99999999631727141, 3.6827285881896749e-9 },
        { 1, 400, 0.001, 0.32981409399325964, 0.67018590600674036 },
        { 20, 1, 0.99, 0.81790693759723072, 0.18209306240276928 },
    };
    for (size_t i = 0; i < sizeof beta / sizeof *beta; i++) {
        const double *b = beta[i];
        double lower, upper;
        kin_stats__beta(b[2], 1 - b[2], b[0], b[1], &lower, &upper);
        assert_near(lower, b[3], 1e-12 * b[3] + 1e-15);
        assert_near(upper, b[4], 1e-12 * b[4] + 1e-15);
        kin_stats__beta(1 - b[2], b[2], b[1], b[0], &lower, &upper);
        assert_near(lower, b[4], 1e-12);
    }
    static const double student[][3] = {
        { 0.025, 1, 12.706204736174705 },  { 0.025, 2, 4.3026527297494637 },   { 0.025, 5.5, 2.5018586175892392 },
        { 0.005, 30, 2.7499956535672259 }, { 0.025, 299, 1.9679296690656698 }, { 0.05, 1e6, 1.6448551507220406 },
    };
    for (size_t i = 0; i < sizeof student / sizeof *student; i++)
        assert_near(kin_stats__student(student[i][0], student[i][1]), student[i][2], 1e-12 * student[i][2]);
    static const double normal[][2] = {
        { 0.4, 0.25334710313579972 },  { 0.05, 1.6448536269514729 }, { 0.025, 1.9599639845400545 },
        { 0.005, 2.5758293035489008 }, { 1e-9, 5.9978070150076865 },
    };
    for (size_t i = 0; i < sizeof normal / sizeof *normal; i++)
        assert_near(kin_stats__normal(normal[i][0]), normal[i][1], 1e-13);
    assert_near(kin_stats__stirling(0.003),
                lgamma(1.003) - (0.5 * log(2 * 3.14159265358979323846 * 0.003) + 0.003 * log(0.003) - 0.003), 1e-14);
}

static void beta_quantiles_invert(void **state)
{
    (void)state;
    static const double known[][5] = {
        { 0.025, 0.3, 40, 8.0343053722110901e-08, 0.046792912372851464 },
        { 0.025, 3.7, 1000.5, 0.00093869480840768813, 0.0082633083693234056 },
        { 0.005, 15, 286, 0.02325580338503231, 0.087545492980358949 },
        { 0.025, 500000, 9500001, 0.049864999091156118, 0.050135161396365292 },
        { 0.025, 1, 1e9, 2.5317807983969379e-11, 3.6888794473100202e-09 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const double *k = known[i];
        assert_near(kin_stats__beta_lower(k[0], k[1], k[2]), k[3], 1e-11 * k[3]);
        assert_near(kin_stats__beta_upper(k[0], k[1], k[2]), k[4], 1e-11 * k[4]);
    }
    static const double shapes[] = { 0.01, 0.5, 1, 3.3, 40, 1000, 123456 };
    static const double tails[] = { 1e-9, 0.005, 0.025, 0.3, 0.5, 0.9, 0.999 };
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++)
            for (size_t t = 0; t < 7; t++) {
                double lower, upper, a = shapes[i], b = shapes[j];
                double x = kin_stats__beta_lower(tails[t], a, b);
                assert_true(x >= 0 && x <= 1);
                kin_stats__beta(x, 1 - x, a, b, &lower, &upper);
                /* 1 - x has lost its digits, or x itself is below the smallest number */
                if (x > 1e-300 && x < 1 - 1e-3)
                    assert_near(lower, tails[t], 1e-9 * tails[t]);
                if (t > 0)
                    assert_true(kin_stats__beta_lower(tails[t - 1], a, b) <= x);
            }
}

static void intervals_match_the_reference(void **state)
{
    (void)state;
    const cJSON *c;
    cJSON_ArrayForEach(c, cases_of("clopper_pearson"))
    {
        kin_interval in = kin_clopper_pearson(number_in(c, "k"), number_in(c, "n"), number_in(c, "conf"));
        assert_near(in.lo, number_in(c, "lo"), 1e-12);
        assert_near(in.hi, number_in(c, "hi"), 1e-12);
    }
    cJSON_ArrayForEach(c, cases_of("wilson"))
    {
        kin_interval in = kin_wilson(number_in(c, "k"), number_in(c, "n"), number_in(c, "conf"));
        assert_near(in.lo, number_in(c, "lo"), 1e-12);
        assert_near(in.hi, number_in(c, "hi"), 1e-12);
    }
    cJSON_ArrayForEach(c, cases_of("hypergeometric"))
    {
        int64_t lo = -1, hi = -1;
        kin_error err = KIN_ERROR_INIT;
        assert_int_equal(kin_hypergeometric((int64_t)number_in(c, "k"), (int64_t)number_in(c, "n"),
                                            (int64_t)number_in(c, "N"), number_in(c, "conf"), &lo, &hi, &err),
                         KIN_OK);
        assert_int_equal(lo, (int64_t)number_in(c, "lo"));
        assert_int_equal(hi, (int64_t)number_in(c, "hi"));
    }
}

static void intervals_hold_at_the_edges(void **state)
{
    (void)state;
    kin_interval in = kin_clopper_pearson(0, 0, 0.95);
    assert_true(in.lo == 0 && in.hi == 1);
    in = kin_wilson(0, 0, 0.95);
    assert_true(in.lo == 0 && in.hi == 1);
    in = kin_clopper_pearson(7, 5, NAN);
    assert_true(in.lo > 0 && in.lo < 1 && in.hi == 1);
    int64_t lo = 7, hi = 7;
    assert_int_equal(kin_hypergeometric(3, 2, 10, 0.95, &lo, &hi, NULL), KIN_E_USAGE);
    assert_int_equal(kin_hypergeometric(1, 3, 2, 0.95, &lo, &hi, NULL), KIN_E_USAGE);
    assert_int_equal(lo, 7);
    assert_int_equal(kin_hypergeometric(3, 10, 10, 0.95, &lo, &hi, NULL), KIN_OK);
    assert_true(lo == 3 && hi == 3);
    assert_int_equal(kin_hypergeometric(0, 0, 10, 0.95, &lo, &hi, NULL), KIN_OK);
    assert_true(lo == 0 && hi == 10);
    for (int n = 1; n < 40; n++)
        for (int k = 0; k <= n; k++) {
            kin_interval a = kin_clopper_pearson(k, n, 0.95), b = kin_clopper_pearson(n - k, n, 0.95);
            assert_near(a.lo, 1 - b.hi, 1e-14);
            assert_true(a.lo <= (double)k / n && a.hi >= (double)k / n);
            if (k > 0)
                assert_true(kin_clopper_pearson(k - 1, n, 0.95).hi < a.hi);
            assert_true(kin_clopper_pearson(k, n, 0.99).lo <= a.lo);
        }
}

static void exact_tests_match_the_reference(void **state)
{
    (void)state;
    const cJSON *c;
    cJSON_ArrayForEach(c, cases_of("fisher_greater"))
    {
        double p = number_in(c, "p");
        assert_near(kin_fisher_greater((int64_t)number_in(c, "a"), (int64_t)number_in(c, "b"),
                                       (int64_t)number_in(c, "c"), (int64_t)number_in(c, "d")),
                    p, 1e-9 * p);
    }
    /* mpmath: the same sums in 40 digits */
    assert_near(kin_stats__hyper_upper(30, 1000, 20000, 1000000), 0.020642081053959522, 1e-14);
    assert_near(kin_stats__hyper_lower(30, 1000, 20000, 1000000), 0.98739214589125215, 1e-14);
    assert_near(kin_stats__hyper_upper(60, 1000, 40000, 1000000), 0.0015072135768953928, 1e-15);
    for (int64_t N = 1; N <= 9; N++)
        for (int64_t K = 0; K <= N; K++)
            for (int64_t n = 0; n <= N; n++)
                for (int64_t k = 0; k <= n; k++)
                    assert_near(kin_stats__hyper_upper(k, n, K, N) + kin_stats__hyper_lower(k - 1, n, K, N), 1, 1e-12);
    assert_true(kin_fisher_greater(-1, 2, 3, 4) == 1);
    assert_true(kin_fisher_greater(0, 0, 0, 0) == 1);
    assert_true(kin_fisher_greater(100000, 0, 0, 100000000) >= 0);
}

static void false_discovery_matches_the_reference(void **state)
{
    (void)state;
    size_t n, m;
    double *p = numbers_in(cases_of("benjamini_hochberg"), "p", &n);
    double *q = numbers_in(cases_of("benjamini_hochberg"), "q", &m);
    assert_int_equal(n, m);
    assert_int_equal(kin_false_discovery(p, n, p, NULL), KIN_OK);
    for (size_t i = 0; i < n; i++)
        assert_near(p[i], q[i], 1e-12);
    assert_int_equal(kin_false_discovery(p, 0, p, NULL), KIN_OK);
    free(p);
    free(q);
}

static void scores_match_the_worked_example(void **state)
{
    (void)state;
    const cJSON *c;
    double scores[8];
    size_t n = 0;
    kin_score_weights weights = KIN_SCORE_WEIGHTS_INIT;
    cJSON_ArrayForEach(c, cJSON_GetObjectItemCaseSensitive(cases_of("task_scores"), "tasks"))
    {
        kin_task task = { (int64_t)number_in(c, "shapes"), 0, (int64_t)number_in(c, "minor"),
                          (int64_t)number_in(c, "critical") };
        scores[n] = kin_task_score(KIN_SCORE_SHARE, weights, task);
        assert_near(scores[n++], number_in(c, "score"), 1e-15);
    }
    assert_near(kin_batch_score(scores, n), 0.9675, 1e-15);
    assert_true(kin_batch_score(scores, n) >= 0.95);
    assert_true(isnan(kin_batch_score(scores, 0)));
}

static void scores_hold_at_the_edges(void **state)
{
    (void)state;
    kin_score_weights w = KIN_SCORE_WEIGHTS_INIT;
    assert_true(kin_task_score(KIN_SCORE_SHARE, w, (kin_task) { 0, 0, 0, 0 }) == 1);
    assert_true(kin_task_score(KIN_SCORE_SHARE, w, (kin_task) { 0, 0, 0, 1 }) == 0);
    assert_true(kin_task_score(KIN_SCORE_SHARE, w, (kin_task) { 2, 0, 0, 5 }) == 0);
    assert_near(kin_task_score(KIN_SCORE_OPPORTUNITY, w, (kin_task) { 10, 9, 0, 1 }), 0.9, 1e-15);
    /* a missing shape adds an opportunity */
    assert_near(kin_task_score(KIN_SCORE_OPPORTUNITY, w, (kin_task) { 3, 3, 0, 1 }), 0.75, 1e-15);
    assert_near(kin_task_score(KIN_SCORE_OPPORTUNITY, w, (kin_task) { 0, 0, 1, 0 }), 0.8, 1e-15);
    kin_score_weights even = { 1, 1 };
    assert_near(kin_task_score(KIN_SCORE_SHARE, even, (kin_task) { 10, 0, 1, 1 }), 0.8, 1e-15);
    kin_score_rule rule = KIN_SCORE_SHARE;
    assert_true(kin_score_rule_from("opportunity", &rule) && rule == KIN_SCORE_OPPORTUNITY);
    assert_string_equal(kin_score_rule_name(rule), "opportunity");
    assert_false(kin_score_rule_from("best", &rule));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(special_functions_have_full_precision),
        cmocka_unit_test(beta_quantiles_invert),
        cmocka_unit_test(intervals_match_the_reference),
        cmocka_unit_test(intervals_hold_at_the_edges),
        cmocka_unit_test(exact_tests_match_the_reference),
        cmocka_unit_test(false_discovery_matches_the_reference),
        cmocka_unit_test(scores_match_the_worked_example),
        cmocka_unit_test(scores_hold_at_the_edges),
    };
    return cmocka_run_group_tests_name("stats", tests, load_reference, drop_reference);
}
