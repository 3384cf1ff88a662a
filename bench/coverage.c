/* How often the intervals hold the truth, and how often the agreement is wrongly certified: 2,000 worlds each.
 *
 *     coverage [worlds]
 *
 * Columns: part of the worlds in which the 95 % interval held the truth, mean width, mean error of the estimate. */

#include "../tests/unit/stats_worlds.h"

static void show(const char *name, outcome o)
{
    printf("%-58s %7.4f %9.5f %+9.5f\n", name, coverage_of(&o), o.width / o.worlds, o.bias / o.worlds);
    (void)fflush(stdout);
}

static void show_simple(int worlds)
{
    show("300 of 10,000, rate 0.2 %", simple_worlds(10000, 300, 0.002, PREDICTOR_NONE, worlds, 1));
    show("300 of 10,000, rate 1 %", simple_worlds(10000, 300, 0.01, PREDICTOR_NONE, worlds, 2));
    show("300 of 10,000, rate 5 %", simple_worlds(10000, 300, 0.05, PREDICTOR_NONE, worlds, 3));
    show("300 of 1,000 (hypergeometric), rate 5 %", simple_worlds(1000, 300, 0.05, PREDICTOR_NONE, worlds, 4));
    show("900 of 1,000 (hypergeometric), rate 5 %", simple_worlds(1000, 900, 0.05, PREDICTOR_NONE, worlds, 5));
}

static void show_helped(int worlds)
{
    static const struct {
        const char *name;
        predictor kind;
        double rate;
        size_t n;
    } cases[] = {
        { "useless predictions, 300, rate 5 %", PREDICTOR_USELESS, 0.05, 300 },
        { "good predictions, 300, rate 2 %", PREDICTOR_GOOD, 0.02, 300 },
        { "good predictions, 300, rate 5 %", PREDICTOR_GOOD, 0.05, 300 },
        { "good predictions, 1,000, rate 5 %", PREDICTOR_GOOD, 0.05, 1000 },
        { "sharp predictions, 300, rate 2 %", PREDICTOR_SHARP, 0.02, 300 },
        { "sharp predictions, 300, rate 5 %", PREDICTOR_SHARP, 0.05, 300 },
        { "sharp predictions, 1,000, rate 5 %", PREDICTOR_SHARP, 0.05, 1000 },
        { "predictions blind to a quarter, 300, rate 2 %", PREDICTOR_BLIND, 0.02, 300 },
        { "predictions blind to a quarter, 300, rate 5 %", PREDICTOR_BLIND, 0.05, 300 },
        { "predictions blind to a quarter, 1,000, rate 5 %", PREDICTOR_BLIND, 0.05, 1000 },
        { "wrong predictions, 300, rate 5 %", PREDICTOR_WRONG, 0.05, 300 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        show(cases[i].name, simple_worlds(10000, cases[i].n, cases[i].rate, cases[i].kind, worlds, 20 + i));
}

static void show_strata(int worlds)
{
    static const struct {
        const char *name;
        strata_plan plan;
    } cases[] = {
        { "4 strata, proportional",
          { 4, { 0.02, 0.05, 0.1, 0.3 }, { 5000, 3000, 1500, 500 }, { 150, 90, 45, 15 }, PREDICTOR_NONE, false } },
        { "4 strata, equal numbers",
          { 4, { 0.02, 0.05, 0.1, 0.3 }, { 5000, 3000, 1500, 500 }, { 75, 75, 75, 75 }, PREDICTOR_NONE, false } },
        { "4 strata, equal numbers, rare",
          { 4, { 0.01, 0.002, 0.01, 0.03 }, { 5000, 3000, 1500, 500 }, { 75, 75, 75, 75 }, PREDICTOR_NONE, false } },
        { "2 strata, 10 of 9,000 and 290 of 1,000",
          { 2, { 0.05, 0.05 }, { 9000, 1000 }, { 10, 290 }, PREDICTOR_NONE, false } },
        { "2 strata, 30 of 8,000 and all of 300",
          { 2, { 0.03, 0.3 }, { 8000, 300 }, { 30, 300 }, PREDICTOR_NONE, false } },
        { "4 strata, equal numbers, a slice across them",
          { 4, { 0.02, 0.05, 0.1, 0.3 }, { 5000, 3000, 1500, 500 }, { 75, 75, 75, 75 }, PREDICTOR_NONE, true } },
        { "4 strata, equal numbers, good predictions",
          { 4, { 0.02, 0.05, 0.1, 0.3 }, { 5000, 3000, 1500, 500 }, { 75, 75, 75, 75 }, PREDICTOR_GOOD, false } },
        { "4 strata, equal numbers, good predictions, slice",
          { 4, { 0.04, 0.05, 0.1, 0.3 }, { 5000, 3000, 1500, 500 }, { 75, 75, 75, 75 }, PREDICTOR_GOOD, true } },
        { "4 strata, equal numbers, useless predictions",
          { 4, { 0.02, 0.05, 0.1, 0.3 }, { 5000, 3000, 1500, 500 }, { 75, 75, 75, 75 }, PREDICTOR_USELESS, false } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        show(cases[i].name, strata_worlds(&cases[i].plan, worlds, 40 + i));
}

static void show_clusters(int worlds)
{
    static const struct {
        const char *name;
        cluster_plan plan;
    } cases[] = {
        { "150 assets, errors independent, 5 %", { 2500, 150, 0, 0, 0.05, false, false, PREDICTOR_NONE } },
        { "150 assets, errors independent, 0.5 %", { 2500, 150, 0, 0, 0.005, false, false, PREDICTOR_NONE } },
        { "150 assets, 5 % of them bad", { 2500, 150, 0.05, 0.7, 0.01, false, false, PREDICTOR_NONE } },
        { "150 assets, 2 % of them bad", { 2500, 150, 0.02, 0.7, 0.01, false, false, PREDICTOR_NONE } },
        { "150 assets, 2 % of them all wrong", { 2500, 150, 0.02, 1, 0, false, false, PREDICTOR_NONE } },
        { "150 assets, 10 % of them all wrong", { 2500, 150, 0.1, 1, 0, false, false, PREDICTOR_NONE } },
        { "40 assets, 5 % of them bad", { 2500, 40, 0.05, 0.7, 0.01, false, false, PREDICTOR_NONE } },
        { "20 assets, 20 % of them bad", { 2500, 20, 0.2, 0.5, 0.05, false, false, PREDICTOR_NONE } },
        { "150 of 300 assets, 5 % of them bad", { 300, 150, 0.05, 0.7, 0.01, false, false, PREDICTOR_NONE } },
        { "150 assets, 5 % of them bad, a slice", { 2500, 150, 0.05, 0.7, 0.01, true, false, PREDICTOR_NONE } },
        { "150 assets, 20 % of them bad, good predictions",
          { 2500, 150, 0.2, 0.5, 0.02, false, false, PREDICTOR_GOOD } },
        { "150 assets, 5 % of them bad, good predictions",
          { 2500, 150, 0.05, 0.7, 0.01, false, false, PREDICTOR_GOOD } },
        { "pooled shapes (must not be done), 5 % bad", { 2500, 150, 0.05, 0.7, 0.01, false, true, PREDICTOR_NONE } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        show(cases[i].name, cluster_worlds(&cases[i].plan, worlds, 60 + i));
}

static void show_reviews(int worlds)
{
    review_outcome r = review_worlds(5000, 300, 0.04, 0, worlds, 80);
    show("kin jobs in between: the audit", r.audit);
    show("kin jobs in between: confidence sequence", r.sequence);
    show("kin jobs in between: all verdicts (must not be done)", r.naive);
    r = review_worlds(5000, 300, 0.04, 0.05, worlds, 81);
    show("stopping below 5 %, truth 4 %: the audit", r.audit);
    show("stopping below 5 %, truth 4 %: confidence sequence", r.sequence);
    r = review_worlds(5000, 300, 0.052, 0.05, worlds, 82);
    show("stopping below 5 %, truth 5.2 %: the audit", r.audit);
    show("stopping below 5 %, truth 5.2 %: confidence sequence", r.sequence);
}

static void show_agreement(const char *name, agreement_plan plan, int worlds)
{
    agreement_outcome o = agreement_worlds(&plan, false, worlds, 90);
    printf("%-58s %7.4f %7.4f %9.1f\n", name, (double)o.passed / o.worlds, (double)o.failed / o.worlds,
           o.draws / o.worlds);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    int worlds = argc > 1 ? atoi(argv[1]) : 2000;
    if (worlds < 1) {
        (void)fprintf(stderr, "usage: coverage [worlds]\n");
        return 2;
    }
    printf("%-58s %7s %9s %9s\n", "95 % intervals", "held", "width", "error");
    show_simple(worlds);
    show_helped(worlds);
    show_strata(worlds);
    show_clusters(worlds);
    show_reviews(worlds);
    printf("\n%-58s %7s %7s %9s\n", "agreement at 95 %, risk 5 %, looked at after every task", "passed", "failed",
           "tasks");
    show_agreement("just below, whole tasks lost, 400 tasks", (agreement_plan) { 400, 399, 0.95, 0.9499, 0, 0.05 },
                   worlds);
    show_agreement("just below, whole tasks lost, 5,000 tasks", (agreement_plan) { 5000, 2000, 0.95, 0.9499, 0, 0.05 },
                   worlds);
    show_agreement("just below, many small flaws, 2,000 tasks",
                   (agreement_plan) { 2000, 1500, 0.95, 0.9499, 0.9, 0.05 }, worlds);
    show_agreement("exactly at, whole tasks lost, 400 tasks", (agreement_plan) { 400, 399, 0.95, 0.95, 0, 0.05 },
                   worlds);
    show_agreement("exactly at, small flaws, 2,000 tasks", (agreement_plan) { 2000, 1500, 0.95, 0.95, 0.9, 0.05 },
                   worlds);
    show_agreement("at 97 %, whole tasks lost, 5,000 tasks", (agreement_plan) { 5000, 2000, 0.95, 0.97, 0, 0.05 },
                   worlds);
    show_agreement("at 98 %, small flaws, 5,000 tasks", (agreement_plan) { 5000, 2000, 0.95, 0.98, 0.9, 0.05 }, worlds);
    show_agreement("at 90 %, whole tasks lost, 5,000 tasks", (agreement_plan) { 5000, 2000, 0.95, 0.9, 0, 0.05 },
                   worlds);
    return 0;
}
