#include "kin_test.h"

#include "base/rng.h"
#include "kin/slices.h"

#include <math.h>
#include <string.h>

static void assert_close(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g (within %g)", value, expected, tolerance);
}

static kin_design *design_of(const kin_sample *sample)
{
    kin_design *d = NULL;
    kin_error err = KIN_ERROR_INIT;
    if (kin_design_new(sample, &d, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return d;
}

static void a_slice_is_set_against_the_rest(void **state)
{
    (void)state;
    double y[300] = { 0 };
    uint8_t mask[300];
    int64_t unit[300];
    /* 5 of 10 wrong in the slice, 10 of 290 elsewhere */
    for (int i = 0; i < 300; i++) {
        mask[i] = i % 30 == 0;
        y[i] = i < 150 && (i % 30 == 0 || i % 15 == 1);
        unit[i] = i;
    }
    kin_design *d = design_of(&(kin_sample) { .n = 300, .y = y, .unit = unit });
    kin_slice_figures s = kin_slice_measure(d, mask, 1000, 30000, 0.95);
    assert_int_equal(s.slice.n, 10);
    assert_int_equal(s.slice.mistakes, 5);
    assert_int_equal(s.rest.n, 290);
    assert_int_equal(s.rest.mistakes, 10);
    assert_close(s.p, kin_fisher_greater(5, 5, 10, 280), 1e-15);
    double elsewhere = 29000 * 10.0 / 290;
    assert_close(s.share, 500 / (500 + elsewhere), 1e-12);
    assert_close(s.lift, 0.5 / ((500 + elsewhere) / 30000), 1e-12);
    /* populations not known: as the sample has it */
    s = kin_slice_measure(d, mask, 0, 0, 0.95);
    assert_close(s.share, 1.0 / 3, 1e-12);
    assert_close(s.lift, 10, 1e-9);
    memset(mask, 0, sizeof mask);
    s = kin_slice_measure(d, mask, 10, 30000, 0.95);
    assert_true(s.slice.n == 0 && s.p == 1 && isnan(s.lift) && isnan(s.share));
    memset(mask, 1, sizeof mask);
    s = kin_slice_measure(d, mask, 30000, 30000, 0.95);
    assert_true(s.rest.n == 0 && s.p == 1 && s.lift == 1 && s.share == 1);
    kin_design_free(d);
}

static void errors_of_one_picture_are_no_proof(void **state)
{
    (void)state;
    /* all five mistakes of the slice on one asset */
    double y[300] = { 0 };
    uint8_t mask[300];
    int64_t unit[300];
    for (int i = 0; i < 300; i++) {
        unit[i] = i / 5;
        mask[i] = i < 100;
        y[i] = i < 5;
    }
    kin_design *one_by_one = design_of(&(kin_sample) { .n = 300, .y = y });
    kin_design *clusters = design_of(&(kin_sample) { .n = 300, .y = y, .unit = unit });
    assert_true(kin_slice_measure(one_by_one, mask, 0, 0, 0.95).p < 0.01);
    assert_true(kin_slice_measure(clusters, mask, 0, 0, 0.95).p > 0.2);
    kin_design_free(clusters);
    for (int i = 0; i < 300; i += 11)
        y[i] = 1;
    clusters = design_of(&(kin_sample) { .n = 300, .y = y, .unit = unit });
    kin_slice_figures s = kin_slice_measure(clusters, mask, 0, 0, 0.95);
    double a = floor(s.slice.rate * s.slice.effective_n), b = ceil(s.slice.effective_n) - a;
    double c = ceil(s.rest.rate * s.rest.effective_n), d = floor(s.rest.effective_n) - c;
    assert_true(s.slice.effective_n < 99 && s.rest.rate * s.rest.effective_n < c);
    assert_close(s.p, kin_fisher_greater((int64_t)a, (int64_t)b, (int64_t)c, (int64_t)d), 1e-15);
    kin_design_free(one_by_one);
    kin_design_free(clusters);
}

static void slices_are_ranked_by_their_lower_bound(void **state)
{
    (void)state;
    kin_slice_figures s[4] = { 0 };
    size_t order[4];
    static const double lower[] = { 0.1, 0.3, 0.3, 0 }, rates[] = { 0.9, 0.4, 0.5, NAN }, p[] = { 0.04, 0.01, 0.02, 1 };
    for (int i = 0; i < 4; i++) {
        s[i].slice = (kin_estimate) { .n = i < 3 ? 10 : 0, .lo = lower[i], .rate = rates[i] };
        s[i].p = p[i];
    }
    assert_int_equal(kin_slices_judge(s, 4, order, NULL), KIN_OK);
    static const size_t expected[] = { 2, 1, 0, 3 };
    assert_memory_equal(order, expected, sizeof expected);
    assert_close(s[1].q, 0.04, 1e-15);
    assert_close(s[2].q, 0.04, 1e-15);
    assert_close(s[0].q, 0.04 * 4 / 3, 1e-15);
    assert_true(s[3].q == 1);
}

static void thin_audits_say_how_much_more_would_tell(void **state)
{
    (void)state;
    /* half-wrong motorcycles at 1 % of annotations */
    assert_close(kin_chance_of_none(1000000, 5000, 300), 0.22224209593419224, 1e-12);
    assert_true(kin_chance_of_none(100, 0, 50) == 1);
    assert_true(kin_chance_of_none(100, 60, 50) == 0);
    assert_true(kin_chance_of_none(0, 0, 0) == 1);
    int64_t n = kin_audit_to_see_one(1000000, 5000, 0.95);
    assert_true(kin_chance_of_none(1000000, 5000, n) <= 0.05 && kin_chance_of_none(1000000, 5000, n - 1) > 0.05);
    assert_int_equal(kin_audit_to_see_one(10, 10, 0.95), 1);
    assert_int_equal(kin_audit_to_see_one(10, 0, 0.95), -1);
    int64_t tell = kin_audit_to_tell(0.5, 0.05, 0.95, 0.8);
    assert_in_range(tell, 6, 14);
    assert_true(kin_audit_to_tell(0.06, 0.05, 0.95, 0.8) > 3000);
    assert_true(kin_audit_to_tell(0.3, 0.05, 0.95, 0.8) >= tell);
    assert_int_equal(kin_audit_to_tell(0.05, 0.05, 0.95, 0.8), -1);
    assert_int_equal(kin_audit_to_tell(1, 0, 0.95, 0.8), 1);
    assert_int_equal(kin_audit_to_tell(NAN, 0.1, 0.95, 0.8), -1);
}

/* Points on a circle: the first ten within a few degrees, the rest anywhere. */
static void tight_patterns_stand_out(void **state)
{
    (void)state;
    enum { n = 120, k = 10 };
    static float similarity[n * n];
    double angle[n];
    uint32_t tight[k], loose[k];
    kin_rng rng;
    kin_rng_seed(&rng, 11);
    for (int i = 0; i < n; i++)
        angle[i] = kin_rng_uniform(&rng) * (i < k ? 0.05 : 6.28);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            similarity[i * n + j] = (float)cos(angle[i] - angle[j]);
    for (uint32_t i = 0; i < k; i++) {
        tight[i] = i;
        loose[i] = n - 1 - i;
    }
    kin_tightness t, again;
    assert_int_equal(kin_pattern_tightness(similarity, n, tight, k, 999, 1, &t, NULL), KIN_OK);
    assert_close(t.p, 0.001, 1e-12);
    assert_true(t.inside > 0.999 && t.outside < t.inside);
    assert_int_equal(kin_pattern_tightness(similarity, n, tight, k, 999, 1, &again, NULL), KIN_OK);
    assert_memory_equal(&t, &again, sizeof t);
    assert_int_equal(kin_pattern_tightness(similarity, n, loose, k, 999, 1, &t, NULL), KIN_OK);
    assert_true(t.p > 0.05);
    uint32_t all[n];
    for (uint32_t i = 0; i < n; i++)
        all[i] = i;
    assert_int_equal(kin_pattern_tightness(similarity, n, all, n, 99, 1, &t, NULL), KIN_OK);
    assert_true(t.p == 1);
    assert_int_equal(kin_pattern_tightness(similarity, n, tight, 1, 99, 1, &t, NULL), KIN_E_USAGE);
    tight[3] = n;
    assert_int_equal(kin_pattern_tightness(similarity, n, tight, k, 99, 1, &t, NULL), KIN_E_USAGE);
}

static void a_control_bounds_what_is_left(void **state)
{
    (void)state;
    /* 0 of 59 from a large pool: at most 5 % of it, one-sided */
    kin_found f = kin_found_at_least(100, 100000, 59, 0, 0.95);
    assert_in_range(f.left, 4900, 4999);
    assert_close(f.share, 100.0 / (100 + (double)f.left), 1e-15);
    f = kin_found_at_least(100, 500, 500, 2, 0.95);
    assert_true(f.left == 0 && f.share == 1);
    f = kin_found_at_least(0, 0, 0, 0, 0.95);
    assert_true(f.left == 0 && f.share == 1);
    f = kin_found_at_least(7, 50, 0, 0, 0.95);
    assert_int_equal(f.left, 50);
    f = kin_found_at_least(-3, 50, 90, 70, 0.95);
    assert_int_equal(f.left, 0);
    for (int64_t mistakes = 0; mistakes < 4; mistakes++) {
        int64_t m = kin_control_size(88, 2000, mistakes, 0.95, 0.95);
        assert_in_range(m, 1, 2000);
        assert_true(kin_found_at_least(88 + mistakes, 2000, m, mistakes, 0.95).share >= 0.95);
        assert_true(kin_found_at_least(88 + mistakes, 2000, m - 1, mistakes, 0.95).share < 0.95);
        assert_true(mistakes == 0 || m > kin_control_size(88, 2000, mistakes - 1, 0.95, 0.95));
    }
    assert_int_equal(kin_control_size(88, 2000, 3000, 0.95, 0.95), -1);
    assert_int_equal(kin_control_size(88, -5, 0, 0.95, 0.95), -1);
    /* counts beyond any data set are no trap */
    f = kin_found_at_least(INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, 0.95);
    assert_true(f.left == 0 && f.share == 1);
    assert_true(kin_fisher_greater(INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX) > 0.4);
    assert_true(kin_chance_of_none(INT64_MAX, INT64_MAX, INT64_MAX) == 0);
}

/* In 2,000 worlds the true number left is above the bound in at most 5 %. */
static void the_bound_holds(void **state)
{
    (void)state;
    kin_rng rng;
    kin_rng_seed(&rng, 23);
    static int64_t pool[400];
    int missed = 0;
    for (int world = 0; world < 2000; world++) {
        int64_t wrong = (int64_t)kin_rng_below(&rng, 60), seen = 0;
        for (int i = 0; i < 400; i++)
            pool[i] = i < wrong;
        kin_rng_sample(&rng, pool, 400, 80);
        for (int i = 0; i < 80; i++)
            seen += pool[i];
        missed += wrong - seen > kin_found_at_least(50, 400, 80, seen, 0.95).left;
    }
    assert_in_range(missed, 20, 110);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slice_is_set_against_the_rest),
        cmocka_unit_test(errors_of_one_picture_are_no_proof),
        cmocka_unit_test(slices_are_ranked_by_their_lower_bound),
        cmocka_unit_test(thin_audits_say_how_much_more_would_tell),
        cmocka_unit_test(tight_patterns_stand_out),
        cmocka_unit_test(a_control_bounds_what_is_left),
        cmocka_unit_test(the_bound_holds),
    };
    return cmocka_run_group_tests_name("stats: slices and patterns", tests, NULL, NULL);
}
