/* The probability that an item's label is wrong in any way: a logistic function of the linear model's margin, the best
 * other label's score minus the given one's. Its two coefficients are the mode under a normal prior, so that few
 * verdicts change them little and many decide.
 *
 * Cross-fitting: for the items of a fold the model comes from the other folds, and so do the verdicts that the
 * coefficients are fitted to; the margins of those come from models that have seen neither their fold nor this one. So
 * no verdict of a fold, directly or through a model, speaks on an item of it. */
#include "base/checked.h"
#include "kinship/kinship_private.h"

#include <math.h>
#include <stdlib.h>

typedef struct logistic {
    double level, slope;
} logistic;

typedef struct reviewed {
    size_t n;
    double *margin, *wrong; /* [n] */
} reviewed;

/* The prior: round numbers between what logistic regression gives on coco256 with planted mistakes (-3.0 and 1.7) and
 * on the demo set (-2.1 and 9.9), with standard deviations that let some thirty verdicts overrule it. */
static const logistic prior = { -2, 4 };
static const double level_variance = 4, slope_variance = 9;
/* Of an item without a label, before any verdict: an error rate that quality agreements start from, worth one
 * verdict. */
static const double usual_rate = 0.05;

typedef struct predicting {
    const kin_kinship *kinship;
    logistic fitted[kin_kinship__folds];
    double unlabelled[kin_kinship__folds];
    double *probability;
} predicting;

static double logit_inverse(double x)
{
    return 1 / (1 + exp(-x));
}

static double log_posterior(const reviewed *seen, logistic at)
{
    double level = at.level - prior.level, slope = at.slope - prior.slope;
    double sum = -level * level / (2 * level_variance) - slope * slope / (2 * slope_variance);
    for (size_t i = 0; i < seen->n; i++) {
        double f = at.level + at.slope * seen->margin[i];
        sum += seen->wrong[i] * f - fmax(f, 0) - log1p(exp(-fabs(f)));
    }
    return sum;
}

/* One step of Newton's method, halved until the posterior does not fall. */
static logistic step_up(const reviewed *seen, logistic at)
{
    double g0 = (prior.level - at.level) / level_variance, g1 = (prior.slope - at.slope) / slope_variance;
    double h00 = 1 / level_variance, h01 = 0, h11 = 1 / slope_variance;
    for (size_t i = 0; i < seen->n; i++) {
        double t = seen->margin[i], p = logit_inverse(at.level + at.slope * t), w = p * (1 - p);
        g0 += seen->wrong[i] - p;
        g1 += (seen->wrong[i] - p) * t;
        h00 += w;
        h01 += w * t;
        h11 += w * t * t;
    }
    double det = h00 * h11 - h01 * h01, d0 = (h11 * g0 - h01 * g1) / det, d1 = (h00 * g1 - h01 * g0) / det;
    double now = log_posterior(seen, at);
    for (double share = 1; share > 1e-4; share /= 2) {
        logistic then = { at.level + share * d0, at.slope + share * d1 };
        if (log_posterior(seen, then) >= now)
            return then;
    }
    return at;
}

/* A slope below 0 would say that the likelier right are the likelier wrong: then the margin tells nothing. */
static logistic fit(const reviewed *seen)
{
    logistic at = prior;
    for (int i = 0; i < 30; i++)
        at = step_up(seen, at);
    if (at.slope < 0)
        at.slope = 0;
    return at;
}

/* Margins of the reviewed items of fold `of` by weights[labels, side], appended to `seen`. */
static void append_margins(const kin_kinship *kinship, size_t of, const float *weights, float *vector, float *scores,
                           reviewed *seen)
{
    size_t side = kinship->side, labels = kinship->items.labels;
    for (size_t i = 0; i < kinship->verdicts_count; i++) {
        uint32_t row = (uint32_t)kinship->verdicts[i].item;
        int32_t given = kinship->items.label[row];
        if (kinship->fold[row] != of || given < 0)
            continue;
        kin_kinship__load(kinship, &row, 1, vector, side);
        vector[side - 1] = 1;
        kin_kinship__linear_scores(kinship, weights, vector, 1, scores);
        int32_t other = kin_kinship__best_other(scores, labels, given);
        seen->margin[seen->n] = (other >= 0 ? (double)scores[other] : 0) - (double)scores[given];
        seen->wrong[seen->n++] = kinship->verdicts[i].mistake;
    }
}

static double rate_outside(const kin_kinship *kinship, size_t fold)
{
    double reviewed_items = 0, wrong = 0;
    for (size_t i = 0; i < kinship->verdicts_count; i++)
        if (kinship->fold[kinship->verdicts[i].item] != fold) {
            reviewed_items++;
            wrong += kinship->verdicts[i].mistake;
        }
    return (wrong + usual_rate) / (reviewed_items + 1);
}

static int calibrate(predicting *p, kin_error *err)
{
    const kin_kinship *kinship = p->kinship;
    size_t side = kinship->side, labels = kinship->items.labels, n = kinship->verdicts_count;
    double *scratch = kin_alloc_array(side + labels, side * sizeof *scratch);
    float *weights = kin_alloc_array(labels + 1, side * sizeof *weights),
          *scores = kin_alloc_array(labels, sizeof *scores);
    double *seen_memory = kin_alloc_array(n, 2 * sizeof *seen_memory);
    int code = scratch && weights && scores && seen_memory ? KIN_OK : kin_fail_memory(err);
    for (size_t f = 0; code == KIN_OK && f < kin_kinship__folds; f++) {
        reviewed seen = { 0, seen_memory, seen_memory + n };
        for (size_t g = 0; n > 0 && code == KIN_OK && g < kin_kinship__folds; g++) {
            if (g == f)
                continue;
            code = kin_kinship__linear_without(kinship, f, g, scratch, weights, err);
            if (code == KIN_OK)
                append_margins(kinship, g, weights, weights + labels * side, scores, &seen);
        }
        p->fitted[f] = fit(&seen);
        p->unlabelled[f] = rate_outside(kinship, f);
    }
    free(scratch);
    free(weights);
    free(scores);
    free(seen_memory);
    return code;
}

static void predict_rows(void *user, const uint32_t *rows, size_t n, const float *scores)
{
    predicting *p = user;
    size_t labels = p->kinship->items.labels;
    for (size_t i = 0; i < n; i++) {
        int32_t given = p->kinship->items.label[rows[i]];
        uint8_t fold = p->kinship->fold[rows[i]];
        if (given < 0) {
            p->probability[rows[i]] = p->unlabelled[fold];
            continue;
        }
        const float *own = scores + i * labels;
        int32_t other = kin_kinship__best_other(own, labels, given);
        double margin = (other >= 0 ? (double)own[other] : 0) - (double)own[given];
        p->probability[rows[i]] = logit_inverse(p->fitted[fold].level + p->fitted[fold].slope * margin);
    }
}

int kin_kinship_predict(const kin_kinship *kinship, double *probability, kin_error *err)
{
    predicting p = { .kinship = kinship };
    int code = calibrate(&p, err);
    p.probability = probability;
    return code == KIN_OK ? kin_kinship__each_scored(kinship, predict_rows, &p, err) : code;
}
