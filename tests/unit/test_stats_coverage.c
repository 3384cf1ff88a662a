/* The intervals against made-up data sets whose truth is known; bench/coverage.c is the long form with the whole table.
 * Seeds are fixed, so that these counts repeat to the world. */

#include "kin_test.h"

#include "stats_worlds.h"

#define WORLDS 1000
#define HELD 0.935 /* of a 95 % interval */

static void assert_holds(const char *what, outcome o)
{
    printf("             %-56s held %.3f, width %.4f\n", what, coverage_of(&o), o.width / o.worlds);
    if (coverage_of(&o) < HELD)
        fail_msg("%s: held in %d of %d worlds", what, o.covered, o.worlds);
}

static void simple_samples_hold(void **state)
{
    (void)state;
    assert_holds("300 of 10,000, rate 1 %", simple_worlds(10000, 300, 0.01, PREDICTOR_NONE, WORLDS, 1));
    assert_holds("300 of 1,000, rate 5 %", simple_worlds(1000, 300, 0.05, PREDICTOR_NONE, WORLDS, 2));
}

static void stratified_samples_hold(void **state)
{
    (void)state;
    strata_plan even = {
        4, { 0.02, 0.05, 0.1, 0.3 }, { 5000, 3000, 1500, 500 }, { 75, 75, 75, 75 }, PREDICTOR_NONE, 0
    };
    assert_holds("4 strata, equal numbers", strata_worlds(&even, WORLDS, 3));
    even.slice = true;
    assert_holds("4 strata, a slice across them", strata_worlds(&even, WORLDS, 4));
    even.slice = false;
    even.kind = PREDICTOR_GOOD;
    assert_holds("4 strata, good predictions", strata_worlds(&even, WORLDS, 5));
    /* a mistake in the large stratum is seen in four worlds of ten */
    strata_plan thin = { 2, { 0.05, 0.05 }, { 9000, 1000 }, { 10, 290 }, PREDICTOR_NONE, 0 };
    assert_holds("2 strata, 10 of 9,000 and 290 of 1,000", strata_worlds(&thin, WORLDS, 6));
}

static void cluster_samples_hold(void **state)
{
    (void)state;
    cluster_plan bad = { 2500, 150, 0.05, 0.7, 0.01, false, false, PREDICTOR_NONE };
    assert_holds("150 assets, 5 % of them bad", cluster_worlds(&bad, WORLDS, 7));
    cluster_plan few = { 2500, 150, 0.02, 1, 0, false, false, PREDICTOR_NONE };
    assert_holds("150 assets, 2 % of them all wrong", cluster_worlds(&few, WORLDS, 8));
    bad.slice = true;
    assert_holds("150 assets, a slice of their shapes", cluster_worlds(&bad, WORLDS, 9));
    bad.slice = false;
    bad.kind = PREDICTOR_GOOD;
    assert_holds("150 assets, good predictions", cluster_worlds(&bad, WORLDS, 10));
    bad.kind = PREDICTOR_NONE;
    bad.pooled = true;
    outcome pooled = cluster_worlds(&bad, WORLDS, 11);
    assert_true(coverage_of(&pooled) < 0.8);
}

static void predictions_cannot_mislead(void **state)
{
    (void)state;
    outcome plain = simple_worlds(10000, 300, 0.05, PREDICTOR_NONE, WORLDS, 12);
    outcome useless = simple_worlds(10000, 300, 0.05, PREDICTOR_USELESS, WORLDS, 12);
    outcome good = simple_worlds(10000, 300, 0.05, PREDICTOR_GOOD, WORLDS, 12);
    outcome sharp = simple_worlds(10000, 300, 0.05, PREDICTOR_SHARP, WORLDS, 12);
    outcome blind = simple_worlds(10000, 300, 0.05, PREDICTOR_BLIND, WORLDS, 12);
    outcome wrong = simple_worlds(10000, 300, 0.05, PREDICTOR_WRONG, WORLDS, 12);
    assert_holds("no predictions", plain);
    assert_holds("useless predictions", useless);
    assert_holds("good predictions", good);
    assert_holds("sharp predictions", sharp);
    assert_holds("predictions blind to a quarter", blind);
    assert_holds("wrong predictions", wrong);
    assert_true(good.width < 0.95 * plain.width && sharp.width < 0.7 * plain.width);
    assert_true(useless.width < 1.02 * plain.width && wrong.width < 1.02 * plain.width);
    outcome all[] = { plain, useless, good, sharp, blind, wrong };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_true(fabs(all[i].bias / all[i].worlds) < 0.0015);
}

static void kin_jobs_in_between_do_no_harm(void **state)
{
    (void)state;
    review_outcome r = review_worlds(5000, 300, 0.04, 0, 400, 13);
    assert_holds("kin jobs in between: the audit", r.audit);
    assert_holds("kin jobs in between: confidence sequence", r.sequence);
    /* the same simulation can tell: all verdicts taken together are far off */
    assert_true(coverage_of(&r.naive) < 0.05 && r.naive.bias / r.naive.worlds > 0.05);
    r = review_worlds(5000, 300, 0.052, 0.05, 400, 14);
    assert_holds("stopped when it looks good: confidence sequence", r.sequence);
}

static void the_agreement_is_seldom_wrongly_certified(void **state)
{
    (void)state;
    static const agreement_plan below[] = { { 400, 399, 0.95, 0.9499, 0, 0.05 },
                                            { 5000, 1500, 0.95, 0.9499, 0, 0.05 },
                                            { 2000, 1500, 0.95, 0.9499, 0.9, 0.05 },
                                            { 100, 99, 0.8, 0.799, 0.5, 0.05 } };
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        agreement_outcome o = agreement_worlds(&below[i], false, WORLDS, 15 + i);
        printf("             just below, %zu tasks: passed %d of %d\n", below[i].tasks, o.passed, o.worlds);
        assert_true(o.passed <= 0.05 * o.worlds);
        agreement_plan at = below[i];
        at.mean = at.threshold;
        o = agreement_worlds(&at, false, WORLDS, 25 + i);
        printf("             exactly at, %zu tasks: failed %d of %d\n", at.tasks, o.failed, o.worlds);
        assert_true(o.failed <= 0.05 * o.worlds);
    }
    agreement_plan well = { 5000, 2000, 0.95, 0.97, 0, 0.05 };
    agreement_outcome o = agreement_worlds(&well, true, 100, 35);
    assert_true(o.passed >= 95 && o.covered >= 90);
    well.mean = 0.9;
    o = agreement_worlds(&well, true, 100, 36);
    assert_true(o.failed >= 95 && o.covered >= 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_samples_hold),
        cmocka_unit_test(stratified_samples_hold),
        cmocka_unit_test(cluster_samples_hold),
        cmocka_unit_test(predictions_cannot_mislead),
        cmocka_unit_test(kin_jobs_in_between_do_no_harm),
        cmocka_unit_test(the_agreement_is_seldom_wrongly_certified),
    };
    return cmocka_run_group_tests_name("stats: coverage", tests, NULL, NULL);
}
