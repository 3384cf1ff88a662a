#include "stats_reference.h"

#include "base/rng.h"
#include "kin/slices.h"
#include "kin/stats.h"
#include "stats/special.h"

#include <string.h>

static kin_design *design_of(const kin_sample *sample)
{
    kin_design *d = NULL;
    kin_error err = KIN_ERROR_INIT;
    if (kin_design_new(sample, &d, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return d;
}

static void one_by_one_is_clopper_pearson(void **state)
{
    (void)state;
    double y[300] = { 0 };
    int64_t unit[300];
    for (int i = 0; i < 300; i++)
        unit[i] = 1000 - i;
    static const int counts[] = { 0, 1, 2, 7, 150, 299, 300 };
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        int k = counts[c];
        for (int i = 0; i < 300; i++)
            y[i] = (i * 7) % 300 < k;
        kin_interval in = kin_clopper_pearson(k, 300, 0.95);
        kin_design *d = design_of(&(kin_sample) { .n = 300, .y = y, .unit = c % 2 ? unit : NULL });
        kin_estimate e = kin_rate(d, NULL, 0, 0.95);
        assert_string_equal(e.method, "Clopper-Pearson");
        assert_true(e.rate == k / 300.0 && e.lo == in.lo && e.hi == in.hi && e.n == 300);
        assert_int_equal(e.mistakes, k);
        assert_near(e.effective_n, 300, 1e-9);
        /* s^2 / n */
        assert_near(e.variance, e.rate * (1 - e.rate) / 299, 1e-15);
        e = kin_rate(d, NULL, 6001, 0.95);
        assert_string_equal(e.method, "Clopper-Pearson");
        int64_t lo = 0, hi = 0;
        e = kin_rate(d, NULL, 2000, 0.95);
        assert_int_equal(kin_hypergeometric(k, 300, 2000, 0.95, &lo, &hi, NULL), KIN_OK);
        assert_string_equal(e.method, "hypergeometric");
        assert_true(e.lo == (double)lo / 2000 && e.hi == (double)hi / 2000);
        kin_design_free(d);
    }
}

static void the_general_path_meets_the_simple_one(void **state)
{
    (void)state;
    double y[200], weight[200];
    uint8_t mask[200];
    for (int i = 0; i < 200; i++) {
        y[i] = i % 13 == 0;
        weight[i] = 5;
        mask[i] = i % 3 == 0;
    }
    /* a hair of difference in one weight, and the simple case is no more */
    kin_design *plain = design_of(&(kin_sample) { .n = 200, .y = y, .weight = weight });
    weight[17] *= 1 + 1e-7;
    kin_design *general = design_of(&(kin_sample) { .n = 200, .y = y, .weight = weight });
    for (int part = 0; part < 2; part++) {
        weight[17] = 5;
        if (part)
            mask[17] = 1;
        kin_estimate a = kin_rate(plain, part ? mask : NULL, 0, 0.95);
        kin_estimate b = kin_rate(general, part ? mask : NULL, 0, 0.95);
        assert_string_equal(a.method, "Clopper-Pearson");
        assert_string_equal(b.method, "Korn-Graubard");
        assert_near(a.lo, b.lo, 1e-6);
        assert_near(a.hi, b.hi, 1e-6);
        assert_near(a.effective_n, b.effective_n, 1e-3);
        assert_near(a.variance, b.variance, 1e-9);
    }
    kin_design_free(plain);
    kin_design_free(general);
}

static void nothing_reviewed_is_not_audited(void **state)
{
    (void)state;
    double y[2] = { 1, 0 };
    uint8_t none[2] = { 0, 0 };
    kin_design *d = design_of(&(kin_sample) { .n = 2, .y = y });
    kin_design *empty = design_of(&(kin_sample) { .n = 0 });
    kin_estimate all[] = { kin_rate(d, none, 50, 0.95), kin_rate(empty, NULL, 0, 0.95),
                           kin_rate_helped(empty, NULL, 0, 0.5, 0.95) };
    for (int i = 0; i < 3; i++) {
        assert_string_equal(all[i].method, "not audited");
        assert_true(all[i].n == 0 && isnan(all[i].rate) && all[i].lo == 0 && all[i].hi == 1);
    }
    kin_remaining r = kin_remaining_of(&all[0], 50, 3, 7);
    assert_true(isnan(r.total) && isnan(r.left) && r.left_lo == 0 && r.left_hi == 40 && r.known == 3);
    kin_design_free(d);
    kin_design_free(empty);
    kin_design_free(NULL);
}

static void wrong_samples_are_refused(void **state)
{
    (void)state;
    double y[3] = { 0, 1, 0.5 }, bad[3] = { 0, NAN, 0 }, weight[3] = { 1, 0, 1 };
    uint32_t stratum[3] = { 0, 1, 2 };
    kin_sample_stratum strata[3] = { { 1, 0 }, { 0, 0 }, { 0, 0 } };
    kin_design *d = NULL;
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_design_new(&(kin_sample) { .n = 3, .y = bad }, &d, &err), KIN_E_FORMAT);
    assert_non_null(strstr(err.message, "row 1"));
    assert_int_equal(kin_design_new(&(kin_sample) { .n = 3, .y = y, .weight = weight }, &d, &err), KIN_E_FORMAT);
    assert_int_equal(kin_design_new(&(kin_sample) { .n = 3, .y = y, .stratum = stratum }, &d, &err), KIN_E_FORMAT);
    assert_int_equal(kin_design_new(&(kin_sample) { .n = 3, .y = y, .prediction = bad }, &d, &err), KIN_E_FORMAT);
    assert_int_equal(kin_design_new(&(kin_sample) { .n = 3, .y = y, .strata = strata, .strata_count = 1 }, &d, &err),
                     KIN_E_FORMAT);
    assert_non_null(strstr(err.message, "population"));
    assert_null(d);
}

/* Ratio estimate and linearised variance of a cluster sample, worked by hand: sizes 1, 2, 3 with 1, 0, 3 mistakes. */
static void clusters_have_the_variance_between_them(void **state)
{
    (void)state;
    double y[] = { 1, 0, 1, 0, 1, 1 };
    int64_t unit[] = { 7, 5, 9, 5, 9, 9 };
    kin_design *d = design_of(&(kin_sample) { .n = 6, .y = y, .unit = unit });
    kin_estimate e = kin_rate(d, NULL, 0, 0.95);
    double r = 4.0 / 6, z[] = { 1 * (1 - r), 2 * (0 - r), 3 * (1 - r) };
    double variance = 3.0 / 2 * (z[0] * z[0] + z[1] * z[1] + z[2] * z[2]) / 36;
    assert_near(e.rate, r, 1e-15);
    assert_near(e.variance, variance, 1e-15);
    assert_string_equal(e.method, "Korn-Graubard, clusters");
    assert_true(e.effective_n < 3 && e.lo > 0 && e.lo < r && e.hi > r && e.hi < 1);
    kin_design_free(d);
    /* a fourth asset without a shape was drawn too: it counts for the correction, not for the slice's own variance */
    kin_sample_stratum drawn = { 9, 4 };
    d = design_of(&(kin_sample) { .n = 6, .y = y, .unit = unit, .strata = &drawn, .strata_count = 1 });
    assert_near(kin_rate(d, NULL, 0, 0.95).variance, variance * 5 / 9, 1e-15);
    kin_design_free(d);
    /* 3 of 9: the correction takes a third of the variance */
    kin_sample_stratum stratum = { 9, 0 };
    d = design_of(&(kin_sample) { .n = 6, .y = y, .unit = unit, .strata = &stratum, .strata_count = 1 });
    assert_near(kin_rate(d, NULL, 0, 0.95).variance, variance * 6 / 9, 1e-15);
    kin_design_free(d);
    stratum.population = 3;
    d = design_of(&(kin_sample) { .n = 6, .y = y, .unit = unit, .strata = &stratum, .strata_count = 1 });
    e = kin_rate(d, NULL, 0, 0.95);
    assert_true(e.lo == e.rate && e.hi == e.rate && isinf(e.effective_n));
    kin_design_free(d);
}

static void clusters_without_a_mistake_count_as_clusters(void **state)
{
    (void)state;
    double y[120] = { 0 };
    int64_t unit[120];
    for (int i = 0; i < 120; i++)
        unit[i] = i / 4;
    kin_design *d = design_of(&(kin_sample) { .n = 120, .y = y, .unit = unit });
    kin_estimate e = kin_rate(d, NULL, 0, 0.95);
    double t = kin_stats__student(0.025, 119) / kin_stats__student(0.025, 29);
    assert_true(e.rate == 0 && e.lo == 0);
    assert_near(e.effective_n, 30 * t * t, 1e-9);
    assert_true(e.hi == kin_clopper_pearson(0, e.effective_n, 0.95).hi);
    kin_design_free(d);
    /* half of all assets: as near as can be to what the hypergeometric bound gives */
    kin_sample_stratum stratum = { 60, 30 };
    d = design_of(&(kin_sample) { .n = 120, .y = y, .unit = unit, .strata = &stratum, .strata_count = 1 });
    assert_near(kin_rate(d, NULL, 0, 0.95).effective_n, 30 * t * t * log(2) / 0.5, 1e-9);
    /* 10 of 130 items are left: no more can be wrong */
    e = kin_rate(d, NULL, 130, 0.95);
    assert_true(kin_clopper_pearson(0, e.effective_n, 0.95).hi > 0.09);
    assert_near(e.hi, 10.0 / 130, 1e-15);
    kin_design_free(d);
    for (int i = 0; i < 120; i++)
        unit[i] = 1;
    d = design_of(&(kin_sample) { .n = 120, .y = y, .unit = unit });
    e = kin_rate(d, NULL, 0, 0.95);
    assert_near(e.effective_n, 1, 1e-12);
    kin_design_free(d);
}

static void strata_are_weighted(void **state)
{
    (void)state;
    /* 10 of 900 with 1 mistake, 20 of 100 with 10 */
    double y[30] = { 0 };
    uint32_t stratum[30];
    kin_sample_stratum strata[2] = { { 900, 10 }, { 100, 20 } };
    for (int i = 0; i < 30; i++) {
        stratum[i] = i >= 10;
        y[i] = i == 0 || i >= 20;
    }
    kin_sample sample = { .n = 30, .y = y, .stratum = stratum, .strata = strata, .strata_count = 2 };
    kin_design *d = design_of(&sample);
    kin_estimate e = kin_rate(d, NULL, 1000, 0.95);
    assert_near(e.rate, 0.9 * 0.1 + 0.1 * 0.5, 1e-15);
    double variance = 0.81 * (1 - 10.0 / 900) * 0.1 / 10 + 0.01 * (1 - 20.0 / 100) * (10 * 0.25 * 2 / 19) / 20;
    /* sum (w_h / n_h)^2 n_h / (n_h - 1) * SS_h, and as if the slice were a sample by itself */
    assert_near(e.variance, variance, 1e-12);
    assert_string_equal(e.method, "Korn-Graubard, strata");
    /* the large, thinly audited stratum sets the size */
    assert_true(e.effective_n < 20);
    /* a slice that is a stratum is a simple random sample */
    uint8_t mask[30];
    for (int i = 0; i < 30; i++)
        mask[i] = i >= 10;
    e = kin_rate(d, mask, 100, 0.95);
    assert_string_equal(e.method, "hypergeometric");
    assert_near(e.rate, 0.5, 0);
    kin_design_free(d);
    /* no mistake in the large stratum must not make the answer sure */
    y[0] = 0;
    d = design_of(&sample);
    e = kin_rate(d, NULL, 1000, 0.95);
    assert_true(e.hi > 0.2);
    kin_design_free(d);
    /* the same by weights alone */
    double weight[30];
    for (int i = 0; i < 30; i++)
        weight[i] = i < 10 ? 90 : 5;
    d = design_of(&(kin_sample) { .n = 30, .y = y, .weight = weight });
    e = kin_rate(d, NULL, 1000, 0.95);
    assert_near(e.rate, 0.05, 1e-15);
    assert_true(e.effective_n < 13 && e.hi > 0.2);
    kin_design_free(d);
}

static void a_stratum_of_one_is_set_against_all(void **state)
{
    (void)state;
    double y[] = { 0, 1, 0, 1, 1 };
    uint32_t stratum[] = { 0, 0, 0, 0, 1 };
    kin_sample_stratum strata[2] = { { 0, 0 }, { 0, 0 } };
    kin_design *d =
        design_of(&(kin_sample) { .n = 5, .y = y, .stratum = stratum, .strata = strata, .strata_count = 2 });
    kin_estimate e = kin_rate(d, NULL, 0, 0.95);
    /* stratum 0: 4/3 (sum z^2 - (sum z)^2 / 4) with z = (y - 3/5) / 5; stratum 1: z^2; times 5/4 over 5/4 */
    assert_near(e.variance, 4.0 / 3 * (2 * 0.36 + 2 * 0.16 - 0.16 / 4) / 25 + 0.16 / 25, 1e-15);
    assert_true(e.lo > 0 && e.hi < 1 && isfinite(e.effective_n));
    kin_design_free(d);
}

static void what_was_seen_bounds_the_rate(void **state)
{
    (void)state;
    double y[100] = { 0 }, weight[100];
    for (int i = 0; i < 100; i++) {
        y[i] = i % 2;
        weight[i] = 1 + i % 3;
    }
    kin_design *d = design_of(&(kin_sample) { .n = 100, .y = y, .weight = weight });
    kin_estimate e = kin_rate(d, NULL, 104, 0.95);
    assert_near(e.lo, 50.0 / 104, 1e-15);
    assert_near(e.hi, 54.0 / 104, 1e-15);
    kin_design_free(d);
}

static void the_difference_estimator_matches_the_reference(void **state)
{
    (void)state;
    const cJSON *c = cases_of("difference_estimator");
    size_t N, n, m;
    double *f = numbers_in(c, "f", &N), *picked = numbers_in(c, "sample", &n), *y = numbers_in(c, "y", &m);
    double *predicted = calloc(n, sizeof *predicted), mean = 0;
    assert_non_null(predicted);
    assert_int_equal(n, m);
    for (size_t i = 0; i < N; i++)
        mean += f[i] / (double)N;
    for (size_t i = 0; i < n; i++)
        predicted[i] = f[(size_t)picked[i]];
    kin_sample_stratum stratum = { N, n };
    kin_sample sample = { .n = n, .y = y, .strata = &stratum, .strata_count = 1, .prediction = predicted };
    kin_design *d = design_of(&sample);
    kin_estimate e = kin_rate_helped(d, NULL, N, mean, 0.95), plain = kin_rate(d, NULL, N, 0.95);
    assert_near(e.lambda, number_in(c, "L"), 1e-9);
    assert_near(e.rate, number_in(c, "rate"), 1e-9);
    assert_near(e.variance, number_in(c, "variance"), 1e-12);
    assert_near(plain.rate, number_in(c, "plain_rate"), 1e-12);
    assert_near(plain.variance, number_in(c, "plain_variance"), 1e-12);
    assert_string_equal(e.method, "difference estimator");
    assert_true(e.effective_n > plain.effective_n && e.hi - e.lo < plain.hi - plain.lo);
    assert_true(e.lo < number_in(c, "true_rate") && e.hi > number_in(c, "true_rate"));
    kin_design_free(d);
    /* useless predictions: the plain estimate */
    for (size_t i = 0; i < n; i++)
        predicted[i] = 0.3;
    d = design_of(&sample);
    e = kin_rate_helped(d, NULL, N, 0.3, 0.95);
    assert_true(e.rate == plain.rate && e.lo == plain.lo && e.hi == plain.hi && e.lambda == 0);
    kin_design_free(d);
    free(f);
    free(picked);
    free(y);
    free(predicted);
}

static void help_needs_enough_to_learn_from(void **state)
{
    (void)state;
    double y[40] = { 0 }, f[40];
    for (int i = 0; i < 40; i++)
        f[i] = 0.02 * (i % 7);
    for (int i = 0; i < 4; i++)
        y[7 * i + 6] = 1;
    kin_design *d = design_of(&(kin_sample) { .n = 40, .y = y, .prediction = f });
    assert_string_equal(kin_rate_helped(d, NULL, 0, 0.05, 0.95).method, "Clopper-Pearson");
    kin_design_free(d);
    y[34] = 1;
    d = design_of(&(kin_sample) { .n = 40, .y = y, .prediction = f });
    assert_string_equal(kin_rate_helped(d, NULL, 0, 0.05, 0.95).method, "difference estimator");
    assert_string_equal(kin_rate_helped(d, NULL, 0, NAN, 0.95).method, "Clopper-Pearson");
    kin_design_free(d);
    d = design_of(&(kin_sample) { .n = 29, .y = y + 6, .prediction = f + 6 });
    assert_string_equal(kin_rate_helped(d, NULL, 0, 0.05, 0.95).method, "Clopper-Pearson");
    kin_design_free(d);
}

static void the_order_of_rows_does_not_matter(void **state)
{
    (void)state;
    enum { n = 90 };
    double y[2][n], w[2][n], f[2][n];
    int64_t unit[2][n], place[n];
    uint32_t stratum[2][n];
    uint8_t mask[2][n];
    kin_rng rng;
    kin_rng_seed(&rng, 5);
    for (int i = 0; i < n; i++) {
        place[i] = i;
        y[0][i] = kin_rng_uniform(&rng) < 0.2;
        f[0][i] = 0.3 * y[0][i] + 0.5 * kin_rng_uniform(&rng);
        unit[0][i] = i / 3;
        stratum[0][i] = i >= 45;
        w[0][i] = 1.5 + stratum[0][i];
        mask[0][i] = i % 4 != 0;
    }
    kin_rng_sample(&rng, place, n, n);
    for (int i = 0; i < n; i++) {
        y[1][i] = y[0][place[i]];
        f[1][i] = f[0][place[i]];
        w[1][i] = w[0][place[i]];
        unit[1][i] = unit[0][place[i]];
        stratum[1][i] = stratum[0][place[i]];
        mask[1][i] = mask[0][place[i]];
    }
    kin_sample_stratum strata[2] = { { 100, 0 }, { 0, 30 } };
    kin_estimate e[2];
    for (int k = 0; k < 2; k++) {
        kin_design *d = design_of(&(kin_sample) { n, y[k], w[k], unit[k], stratum[k], strata, 2, f[k] });
        e[k] = kin_rate_helped(d, mask[k], 0, 0.5, 0.95);
        kin_design_free(d);
    }
    assert_string_equal(e[0].method, "difference estimator, strata and clusters");
    assert_near(e[0].lo, e[1].lo, 1e-12);
    assert_near(e[0].hi, e[1].hi, 1e-12);
    assert_near(e[0].rate, e[1].rate, 1e-12);
}

static void known_and_remaining_add_up(void **state)
{
    (void)state;
    kin_estimate e = { .n = 300, .rate = 0.05, .lo = 0.041, .hi = 0.06, .method = "" };
    kin_remaining r = kin_remaining_of(&e, 10000, 310, 800);
    assert_near(r.total, 500, 1e-9);
    assert_near(r.total_lo, 410, 1e-9);
    assert_near(r.total_hi, 600, 1e-9);
    assert_near(r.left, 190, 1e-9);
    assert_near(r.left_lo, 100, 1e-9);
    assert_near(r.left_hi, 290, 1e-9);
    r = kin_remaining_of(&e, 10000, 550, 9420);
    assert_true(r.left == 0 && r.left_lo == 0 && r.total == 550);
    assert_near(r.left_hi, 30, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_by_one_is_clopper_pearson),
        cmocka_unit_test(the_general_path_meets_the_simple_one),
        cmocka_unit_test(nothing_reviewed_is_not_audited),
        cmocka_unit_test(wrong_samples_are_refused),
        cmocka_unit_test(clusters_have_the_variance_between_them),
        cmocka_unit_test(clusters_without_a_mistake_count_as_clusters),
        cmocka_unit_test(strata_are_weighted),
        cmocka_unit_test(a_stratum_of_one_is_set_against_all),
        cmocka_unit_test(what_was_seen_bounds_the_rate),
        cmocka_unit_test(the_difference_estimator_matches_the_reference),
        cmocka_unit_test(help_needs_enough_to_learn_from),
        cmocka_unit_test(the_order_of_rows_does_not_matter),
        cmocka_unit_test(known_and_remaining_add_up),
    };
    return cmocka_run_group_tests_name("stats: rates", tests, load_reference, drop_reference);
}
