#ifndef STATS_WORLDS_H
#define STATS_WORLDS_H
/* Made-up data sets whose truth is known, audited over and over: how often does each interval hold the truth? Shared by
 * tests/unit/test_stats_coverage.c (few worlds) and bench/coverage.c (2,000 each). Every world has its own population;
 * fixed seeds. */

#include "base/rng.h"
#include "kin/agreement.h"
#include "kin/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_ITEMS 10000
#define WORLD_SAMPLE 1500

typedef struct outcome {
    int worlds, covered;
    double width, bias; /* means: of hi - lo, of estimate - truth */
} outcome;

/* A data set: items on assets (in order), in strata, with verdicts and predictions. */
typedef struct world {
    size_t items, assets, strata;
    double y[WORLD_ITEMS], f[WORLD_ITEMS];
    uint8_t slice[WORLD_ITEMS];
    size_t first[WORLD_ITEMS + 1]; /* of each asset */
    size_t stratum_first[9];       /* of each stratum, items in order */
    int64_t order[WORLD_ITEMS];
} world;

/* What was audited. */
typedef struct audit {
    size_t n;
    double y[WORLD_SAMPLE], f[WORLD_SAMPLE];
    int64_t unit[WORLD_SAMPLE];
    uint32_t stratum[WORLD_SAMPLE];
    uint8_t slice[WORLD_SAMPLE];
} audit;

static inline void *world_alloc(size_t size)
{
    void *p = calloc(1, size);
    if (!p)
        abort();
    return p;
}

static inline void tally(outcome *out, double lo, double hi, double estimate, double truth)
{
    out->worlds++;
    out->covered += lo <= truth + 1e-12 && hi >= truth - 1e-12;
    out->width += hi - lo;
    out->bias += estimate - truth;
}

static inline double coverage_of(const outcome *out)
{
    return (double)out->covered / out->worlds;
}

static inline void add_row(audit *a, const world *w, size_t item, int64_t unit, uint32_t stratum)
{
    size_t i = a->n++;
    a->y[i] = w->y[item];
    a->f[i] = w->f[item];
    a->slice[i] = w->slice[item];
    a->unit[i] = unit;
    a->stratum[i] = stratum;
}

static inline double truth_of(const world *w, bool slice, size_t *population, double *mean_f)
{
    double sum = 0, sum_f = 0;
    *population = 0;
    for (size_t i = 0; i < w->items; i++) {
        if (slice && !w->slice[i])
            continue;
        ++*population;
        sum += w->y[i];
        sum_f += w->f[i];
    }
    *mean_f = sum_f / (double)*population;
    return sum / (double)*population;
}

static inline void shuffle_first(kin_rng *rng, world *w, size_t from, size_t to, size_t count)
{
    for (size_t i = from; i < to; i++)
        w->order[i] = (int64_t)i;
    kin_rng_sample(rng, w->order + from, to - from, count);
}

static inline kin_estimate estimate_of(const kin_sample *sample, const uint8_t *mask, size_t population, double mean_f)
{
    kin_design *d = NULL;
    kin_error err = KIN_ERROR_INIT;
    if (kin_design_new(sample, &d, &err) != KIN_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        abort();
    }
    kin_estimate e = kin_rate_helped(d, mask, population, mean_f, 0.95);
    kin_design_free(d);
    return e;
}

/* ---- Simple random samples ---- */

typedef enum predictor {
    PREDICTOR_NONE,
    PREDICTOR_USELESS,
    PREDICTOR_GOOD,
    PREDICTOR_SHARP,
    PREDICTOR_BLIND,
    PREDICTOR_WRONG
} predictor;

/* Each item has its own chance of being wrong; `good` predictions know it, `sharp` ones know nearly all mistakes,
 * `blind` ones know three quarters of the mistakes for sure and nothing of the others, `wrong` ones call oks likely
 * mistakes. */
static inline void make_simple(kin_rng *rng, world *w, size_t items, double rate, predictor kind)
{
    w->items = items;
    for (size_t i = 0; i < items; i++) {
        double u = kin_rng_uniform(rng), chance = fmin(1, u < 0.1 ? 6 * rate : rate * 0.4 / 0.9);
        w->y[i] = kin_rng_uniform(rng) < chance;
        w->slice[i] = 1;
        double noise = kin_rng_uniform(rng);
        w->f[i] = kind == PREDICTOR_USELESS ? noise * 2 * rate
                  : kind == PREDICTOR_GOOD  ? fmin(1, chance * (0.7 + 0.6 * noise))
                  : kind == PREDICTOR_SHARP ? (noise < 0.03 ? 1 - w->y[i] : w->y[i]) * 0.9
                  : kind == PREDICTOR_BLIND ? (noise < 0.75 ? w->y[i] : 0)
                  : kind == PREDICTOR_WRONG ? (1 - w->y[i]) * 0.8 * noise
                                            : 0;
    }
}

static inline outcome simple_worlds(size_t items, size_t n, double rate, predictor kind, int worlds, uint64_t seed)
{
    world *w = world_alloc(sizeof *w);
    audit *a = world_alloc(sizeof *a);
    outcome out = { 0 };
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (int i = 0; i < worlds; i++) {
        size_t population;
        double mean_f;
        make_simple(&rng, w, items, rate, kind);
        shuffle_first(&rng, w, 0, items, n);
        a->n = 0;
        for (size_t k = 0; k < n; k++)
            add_row(a, w, (size_t)w->order[k], w->order[k], 0);
        double truth = truth_of(w, false, &population, &mean_f);
        kin_sample_stratum stratum = { items, n };
        kin_sample sample = { .n = n, .y = a->y, .strata = &stratum, .strata_count = 1 };
        if (kind != PREDICTOR_NONE)
            sample.prediction = a->f;
        kin_estimate e = estimate_of(&sample, NULL, population, mean_f);
        tally(&out, e.lo, e.hi, e.rate, truth);
    }
    free(w);
    free(a);
    return out;
}

/* ---- Strata ---- */

typedef struct strata_plan {
    size_t count;
    double rates[8];
    size_t sizes[8], drawn[8];
    predictor kind;
    bool slice; /* ask for a slice (a third of the items, with 1.5 times the rate) instead of all */
} strata_plan;

static inline void make_strata(kin_rng *rng, world *w, const strata_plan *plan)
{
    w->items = 0;
    for (size_t h = 0; h < plan->count; h++) {
        w->stratum_first[h] = w->items;
        for (size_t i = 0; i < plan->sizes[h]; i++) {
            size_t k = w->items++;
            w->slice[k] = kin_rng_uniform(rng) < 1.0 / 3;
            double chance = plan->rates[h] * (w->slice[k] ? 1.5 : 0.75) * (kin_rng_uniform(rng) < 0.5 ? 1.8 : 0.2);
            w->y[k] = kin_rng_uniform(rng) < chance;
            w->f[k] = plan->kind == PREDICTOR_GOOD ? fmin(1, chance) : kin_rng_uniform(rng);
        }
    }
    w->stratum_first[plan->count] = w->items;
}

static inline outcome strata_worlds(const strata_plan *plan, int worlds, uint64_t seed)
{
    world *w = world_alloc(sizeof *w);
    audit *a = world_alloc(sizeof *a);
    outcome out = { 0 };
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (int i = 0; i < worlds; i++) {
        kin_sample_stratum strata[8];
        size_t population;
        double mean_f;
        make_strata(&rng, w, plan);
        a->n = 0;
        for (size_t h = 0; h < plan->count; h++) {
            strata[h] = (kin_sample_stratum) { plan->sizes[h], plan->drawn[h] };
            shuffle_first(&rng, w, w->stratum_first[h], w->stratum_first[h + 1], plan->drawn[h]);
            for (size_t k = 0; k < plan->drawn[h]; k++) {
                int64_t item = w->order[w->stratum_first[h] + k];
                add_row(a, w, (size_t)item, item, (uint32_t)h);
            }
        }
        double truth = truth_of(w, plan->slice, &population, &mean_f);
        kin_sample sample = {
            .n = a->n, .y = a->y, .stratum = a->stratum, .strata = strata, .strata_count = plan->count
        };
        if (plan->kind != PREDICTOR_NONE)
            sample.prediction = a->f;
        kin_estimate e = estimate_of(&sample, plan->slice ? a->slice : NULL, population, mean_f);
        tally(&out, e.lo, e.hi, e.rate, truth);
    }
    free(w);
    free(a);
    return out;
}

/* ---- Clusters: assets are drawn, every shape on them is reviewed ---- */

typedef struct cluster_plan {
    size_t assets, drawn;
    double bad_assets; /* part of the assets that are bad */
    double bad, good;  /* error rates on bad ones and on the others */
    bool slice;        /* ask for a slice that a fifth of the shapes are in */
    bool pooled;       /* as if shapes had been drawn one by one: what must not be done */
    predictor kind;
} cluster_plan;

static inline void make_clusters(kin_rng *rng, world *w, const cluster_plan *plan)
{
    w->items = 0;
    w->assets = plan->assets;
    for (size_t c = 0; c < plan->assets; c++) {
        double rate = kin_rng_uniform(rng) < plan->bad_assets ? plan->bad : plan->good;
        size_t shapes = 1;
        while (shapes < 16 && kin_rng_uniform(rng) < 0.75)
            shapes++;
        w->first[c] = w->items;
        for (size_t k = 0; k < shapes && w->items < WORLD_ITEMS; k++) {
            w->y[w->items] = kin_rng_uniform(rng) < rate;
            w->f[w->items] = rate * (0.5 + kin_rng_uniform(rng)) * 0.6;
            w->slice[w->items++] = kin_rng_uniform(rng) < 0.2;
        }
    }
    w->first[plan->assets] = w->items;
}

static inline outcome cluster_worlds(const cluster_plan *plan, int worlds, uint64_t seed)
{
    world *w = world_alloc(sizeof *w);
    audit *a = world_alloc(sizeof *a);
    outcome out = { 0 };
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (int i = 0; i < worlds; i++) {
        size_t population;
        double mean_f;
        make_clusters(&rng, w, plan);
        shuffle_first(&rng, w, 0, plan->assets, plan->drawn);
        a->n = 0;
        for (size_t c = 0; c < plan->drawn; c++) {
            size_t asset = (size_t)w->order[c];
            for (size_t k = w->first[asset]; k < w->first[asset + 1] && a->n < WORLD_SAMPLE; k++)
                add_row(a, w, k, (int64_t)asset, 0);
        }
        double truth = truth_of(w, plan->slice, &population, &mean_f);
        kin_sample_stratum stratum = { plan->assets, plan->drawn };
        kin_sample sample = { .n = a->n, .y = a->y, .unit = a->unit, .strata = &stratum, .strata_count = 1 };
        if (plan->pooled)
            sample = (kin_sample) { .n = a->n, .y = a->y };
        if (plan->kind != PREDICTOR_NONE)
            sample.prediction = a->f;
        kin_estimate e = estimate_of(&sample, plan->slice ? a->slice : NULL, plan->pooled ? 0 : population, mean_f);
        tally(&out, e.lo, e.hi, e.rate, truth);
    }
    free(w);
    free(a);
    return out;
}

/* ---- Kin jobs in between, and reviewers who stop when they like the answer ---- */

typedef struct review_outcome {
    outcome audit;    /* Clopper-Pearson or hypergeometric of the audit's verdicts */
    outcome sequence; /* confidence sequence of the same */
    outcome naive;    /* Clopper-Pearson of all verdicts, kin jobs' included */
    double reviewed;  /* mean items of the audit */
} review_outcome;

/* Between looks a kin job reviews the items most alike the mistakes known: those with the largest prediction. With
 * stop_below the reviewer looks after every 25 items and stops as soon as the interval lies below it. */
static inline review_outcome review_worlds(size_t items, size_t most, double rate, double stop_below, int worlds,
                                           uint64_t seed)
{
    world *w = world_alloc(sizeof *w);
    double *score = world_alloc(most * sizeof *score);
    uint8_t *reviewed = world_alloc(WORLD_ITEMS);
    review_outcome out = { 0 };
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (int i = 0; i < worlds; i++) {
        size_t population, n = 0, kin = 0;
        double mean_f, mistakes = 0, all_mistakes = 0;
        kin_interval in = { 0, 1 }, sequence, naive;
        make_simple(&rng, w, items, rate, PREDICTOR_GOOD);
        shuffle_first(&rng, w, 0, items, items);
        memset(reviewed, 0, WORLD_ITEMS);
        while (n < most) {
            for (size_t k = 0; k < 25 && n < most; k++, n++) {
                size_t item = (size_t)w->order[n];
                score[n] = 1 - w->y[item];
                mistakes += w->y[item];
                all_mistakes += reviewed[item] ? 0 : w->y[item];
                kin += !reviewed[item];
                reviewed[item] = 1;
            }
            for (size_t item = (size_t)kin_rng_below(&rng, items), k = 0, seen = 0; k < 25 && seen < items; seen++) {
                item = item + 1 < items ? item + 1 : 0;
                if (reviewed[item] || w->f[item] < 3 * rate)
                    continue;
                reviewed[item] = 1;
                all_mistakes += w->y[item];
                kin++;
                k++;
            }
            double known[WORLD_SAMPLE];
            for (size_t k = 0; k < n; k++)
                known[k] = 1 - score[k];
            kin_sample_stratum stratum = { items, n };
            kin_sample sample = { .n = n, .y = known, .strata = &stratum, .strata_count = 1 };
            kin_estimate e = estimate_of(&sample, NULL, items, NAN);
            in = (kin_interval) { e.lo, e.hi };
            if (in.hi < stop_below)
                break;
        }
        double truth = truth_of(w, false, &population, &mean_f);
        tally(&out.audit, in.lo, in.hi, mistakes / (double)n, truth);
        (void)kin_agreement_interval(score, n, items, 0.95, &sequence, NULL);
        tally(&out.sequence, 1 - sequence.hi, 1 - sequence.lo, mistakes / (double)n, truth);
        naive = kin_clopper_pearson(all_mistakes, (double)kin, 0.95);
        tally(&out.naive, naive.lo, naive.hi, all_mistakes / (double)kin, truth);
        out.reviewed += (double)n;
    }
    free(w);
    free(score);
    free(reviewed);
    return out;
}

/* ---- The agreement ---- */

typedef struct agreement_plan {
    size_t tasks, most; /* in the batch; reviewed at most */
    double threshold, mean;
    double flaw; /* score of a flawed task: 0 all is lost, 0.9 a little */
    double risk;
} agreement_plan;

typedef struct agreement_outcome {
    int worlds, passed, failed, covered; /* covered: by the 90 % confidence sequence when it stopped */
    double draws;                        /* mean, until decided or given up */
} agreement_outcome;

/* Batches whose mean is the largest that is below (or equal to) plan->mean; looked at after every single task. */
static inline agreement_outcome agreement_worlds(const agreement_plan *plan, bool intervals, int worlds, uint64_t seed)
{
    agreement_outcome out = { 0 };
    double *score = world_alloc(plan->tasks * sizeof *score);
    int64_t *order = world_alloc(plan->tasks * sizeof *order);
    size_t flawed = (size_t)ceil((1 - plan->mean) / (1 - plan->flaw) * (double)plan->tasks - 1e-9);
    double mean = 1 - (double)flawed * (1 - plan->flaw) / (double)plan->tasks;
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (int i = 0; i < worlds; i++) {
        kin_agreement a;
        (void)kin_agreement_init(&a, plan->tasks, plan->threshold, plan->risk, NULL);
        for (size_t k = 0; k < plan->tasks; k++)
            order[k] = (int64_t)k;
        kin_rng_sample(&rng, order, plan->tasks, plan->most);
        size_t n = 0;
        while (n < plan->most && a.verdict == KIN_AGREEMENT_UNDECIDED) {
            score[n] = (size_t)order[n] < flawed ? plan->flaw : 1;
            (void)kin_agreement_push(&a, score[n++], NULL);
        }
        out.worlds++;
        out.passed += a.verdict == KIN_AGREEMENT_PASS;
        out.failed += a.verdict == KIN_AGREEMENT_FAIL;
        out.draws += (double)n;
        if (intervals) {
            kin_interval in;
            (void)kin_agreement_interval(score, n, plan->tasks, 0.9, &in, NULL);
            out.covered += in.lo <= mean + 1e-9 && in.hi >= mean - 1e-9;
        }
    }
    free(score);
    free(order);
    return out;
}

#endif
