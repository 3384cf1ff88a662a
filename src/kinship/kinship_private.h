#ifndef KIN_KINSHIP_PRIVATE_H
#define KIN_KINSHIP_PRIVATE_H
/* What the files of src/kinship share.
 *
 * A row is kept as 8-bit components and a scale. Every asset belongs to one of `kin_kinship__folds` folds; what the
 * linear model says of an item comes from the other folds' items only. */

#include "kin/kinship.h"

enum {
    kin_kinship__folds = 5,
    kin_kinship__most_dim = 2048,
    kin_kinship__block = 256 /* rows decoded and multiplied at a time */
};

/* How much more than a label as given a reviewed one counts in the linear model. */
#define KIN_KINSHIP__REVIEWED 3.0

/* The sums that a ridge regression needs, by fold, over vectors with a constant 1 behind them (side = dim + 1). */
typedef struct kin_kinship__sums {
    double *gram;  /* [folds, side, side], lower triangles: weighted sums of x x^T */
    double *label; /* [folds, labels, side]: weighted sums of x over the items of a label */
} kin_kinship__sums;

struct kin_kinship {
    kin_kinship_items items;
    size_t threads, side;
    int8_t *components;                        /* [count, dim] */
    float *scale;                              /* [count] */
    int32_t *label;                            /* [count] corrected by verdicts; -1: none or not known */
    uint8_t *fold;                             /* [count] */
    uint32_t *by_fold;                         /* [count] rows, fold by fold */
    size_t fold_start[kin_kinship__folds + 1]; /* into by_fold */
    kin_kinship__sums given, judged;           /* with labels as given; with verdicts */
    double penalty;                            /* of the ridge, as a share of the mean square of a component */
    float *weights;                            /* [folds, labels, side]: the model for the items of each fold */
    kin_kinship_verdict *verdicts;             /* by item */
    size_t verdicts_count;
};

/* ---- rows (kinship_rows.c) ---- */

/* Which fold an asset is in. */
uint8_t kin_kinship__fold_of(int64_t asset);

/* Stores vectors[n, dim] as the rows from `first` on. One with a component that is not finite becomes zeros. */
void kin_kinship__store(kin_kinship *kinship, size_t first, size_t n, const float *vectors);

/* vectors[n, step]: dim components of each of rows[n]; step >= dim. */
void kin_kinship__load(const kin_kinship *kinship, const uint32_t *rows, size_t n, float *vectors, size_t step);

/* The verdict of an item, or NULL. */
const kin_kinship_verdict *kin_kinship__verdict_of(const kin_kinship *kinship, size_t item);

/* ---- linear model (linear_model.c) ---- */

/* Memory of the sums and weights; the caller frees them, also after a failure. */
int kin_kinship__linear_alloc(kin_kinship *kinship, kin_error *err);

/* Sums of all rows with labels as given, and the penalty that predicts left-out folds best. */
int kin_kinship__linear_sum(kin_kinship *kinship, kin_error *err);

/* Judged sums and weights out of the given ones and the verdicts. */
int kin_kinship__linear_solve(kin_kinship *kinship, kin_error *err);

/* weights[labels, side] of the judged sums without the folds `out` and `also` (may be the same). scratch:
 * [side * side + labels * side]. */
int kin_kinship__linear_without(const kin_kinship *kinship, size_t out, size_t also, double *scratch, float *weights,
                                kin_error *err);

/* scores[n, labels] of vectors[n, side] (the constant at their end) by weights[labels, side]. */
void kin_kinship__linear_scores(const kin_kinship *kinship, const float *weights, const float *vectors, size_t n,
                                float *scores);

/* The label with the highest of scores[labels] but `given`; -1 where there is none. */
int32_t kin_kinship__best_other(const float *scores, size_t labels, int32_t given);

/* Calls take(user, rows, n, scores[n, labels]) for all rows, in blocks of one fold each, from several threads at
 * once. */
typedef void (*kin_kinship__take_scores)(void *user, const uint32_t *rows, size_t n, const float *scores);
int kin_kinship__each_scored(const kin_kinship *kinship, kin_kinship__take_scores take, void *user, kin_error *err);

#endif
