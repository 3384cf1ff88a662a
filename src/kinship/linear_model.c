/* Ridge regression from descriptors to labels, one output a label (1 where an item has it, else 0), out of fold: the
 * model that scores a fold has seen the other folds only. It needs nothing of the items but two sums a fold, x x^T and
 * the sum of x over each label; so a verdict changes a few rank-one terms, and solving anew after a batch of verdicts
 * costs the same for a thousand items and for a million.
 *
 * The penalty is the one of a small grid with the least squared error on left-out folds, which the same sums give:
 * sum over y of |y|^2 - 2 w.b + w^T G w, with b and G of the fold left out. The constant is not penalised (but for what
 * keeps the matrix positive definite where a fold is empty). */
#include "base/checked.h"
#include "base/parallel.h"
#include "kernel/blas.h"
#include "kinship/kinship_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { most_weights = 1 << 23, parts_of_narrow = 4, narrow_side = 513, rows_of_gram = 2048 };

static const double penalties[] = { 0.01, 0.03, 0.1, 0.3, 1, 3, 10 };

static double *gram_of(const kin_kinship *kinship, const kin_kinship__sums *sums, size_t fold)
{
    return sums->gram + fold * kinship->side * kinship->side;
}

static double *label_sums_of(const kin_kinship *kinship, const kin_kinship__sums *sums, size_t fold)
{
    return sums->label + fold * kinship->items.labels * kinship->side;
}

int kin_kinship__linear_alloc(kin_kinship *kinship, kin_error *err)
{
    size_t side = kinship->side, labels = kinship->items.labels;
    if (labels > most_weights / side)
        return kin_fail(err, KIN_E_LIMIT, "%zu labels of %zu components are more than kinship takes (%d together)",
                        labels, side, most_weights);
    size_t squares = kin_kinship__folds * side * side, weights = kin_kinship__folds * labels * side;
    kin_kinship__sums *sums[] = { &kinship->given, &kinship->judged };
    for (int i = 0; i < 2; i++) {
        sums[i]->gram = kin_alloc_zeroed(squares, sizeof(double));
        sums[i]->label = kin_alloc_zeroed(weights, sizeof(double));
        if (!sums[i]->gram || !sums[i]->label)
            return kin_fail_memory(err);
    }
    kinship->weights = kin_alloc_zeroed(weights, sizeof(float));
    return kinship->weights ? KIN_OK : kin_fail_memory(err);
}

/* ---- sums ---- */

/* A fold's rows are summed in parts, and parts in their order: the same bits whatever the number of threads. */
typedef struct summing {
    kin_kinship *kinship;
    size_t parts;
    double *grams;  /* [folds, parts, side, side] */
    float *vectors; /* [threads, rows_of_gram, side] */
    float *squares; /* [threads, side, side] */
} summing;

/* Fills vectors[?, side] with the labelled ones of by_fold[*at .. end - 1]; returns how many. */
static size_t gather(const kin_kinship *kinship, size_t *at, size_t end, float *vectors)
{
    size_t n = 0, side = kinship->side;
    for (; *at < end && n < rows_of_gram; (*at)++) {
        uint32_t row = kinship->by_fold[*at];
        if (kinship->items.label[row] < 0)
            continue;
        kin_kinship__load(kinship, &row, 1, vectors + n * side, side);
        vectors[n * side + side - 1] = 1;
        n++;
    }
    return n;
}

static void sum_gram(void *user, size_t worker, size_t i)
{
    summing *s = user;
    kin_kinship *kinship = s->kinship;
    size_t side = kinship->side, fold = i / s->parts, part = i % s->parts;
    size_t first = kinship->fold_start[fold], rows = kinship->fold_start[fold + 1] - first;
    size_t at = first + rows * part / s->parts, end = first + rows * (part + 1) / s->parts;
    float *vectors = s->vectors + worker * rows_of_gram * side, *square = s->squares + worker * side * side;
    double *gram = s->grams + i * side * side;
    while (at < end) {
        size_t n = gather(kinship, &at, end, vectors);
        if (n == 0)
            break;
        kin_syrk_tn(n, side, vectors, side, 0, square, side);
        for (size_t r = 0; r < side; r++)
            for (size_t c = 0; c <= r; c++)
                gram[r * side + c] += (double)square[r * side + c];
    }
}

static void add_vector(double *to, const float *vector, size_t n, double weight)
{
    for (size_t d = 0; d < n; d++)
        to[d] += weight * (double)vector[d];
}

static void sum_labels(void *user, size_t worker, size_t fold)
{
    summing *s = user;
    kin_kinship *kinship = s->kinship;
    size_t side = kinship->side;
    float *vector = s->vectors + worker * rows_of_gram * side;
    double *sums = label_sums_of(kinship, &kinship->given, fold);
    for (size_t at = kinship->fold_start[fold]; at < kinship->fold_start[fold + 1]; at++) {
        int32_t label = kinship->items.label[kinship->by_fold[at]];
        if (label < 0)
            continue;
        kin_kinship__load(kinship, &kinship->by_fold[at], 1, vector, side);
        vector[side - 1] = 1;
        add_vector(sums + (size_t)label * side, vector, side, 1);
    }
}

static int sum_all(kin_kinship *kinship, kin_error *err)
{
    size_t side = kinship->side, square = side * side;
    summing s = { .kinship = kinship, .parts = side <= narrow_side ? parts_of_narrow : 1 };
    s.grams = kin_alloc_zeroed(kin_kinship__folds * s.parts * square, sizeof(double));
    s.vectors = kin_alloc_array(kinship->threads * rows_of_gram * side, sizeof(float));
    s.squares = kin_alloc_array(kinship->threads * square, sizeof(float));
    int code = s.grams && s.vectors && s.squares ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK) {
        kin_parallel(kinship->threads, kin_kinship__folds * s.parts, sum_gram, &s);
        kin_parallel(kinship->threads, kin_kinship__folds, sum_labels, &s);
        for (size_t i = 0; i < kin_kinship__folds * s.parts; i++)
            for (size_t j = 0; j < square; j++)
                gram_of(kinship, &kinship->given, i / s.parts)[j] += s.grams[i * square + j];
    }
    free(s.grams);
    free(s.vectors);
    free(s.squares);
    return code;
}

/* ---- solving ---- */

/* Solves with the folds but two: solution[labels, side]; matrix: [side, side]. */
static int solve(const kin_kinship *kinship, const kin_kinship__sums *sums, size_t out, size_t also, double penalty,
                 double *matrix, double *solution, kin_error *err)
{
    size_t side = kinship->side, labels = kinship->items.labels, dim = side - 1;
    memset(matrix, 0, side * side * sizeof *matrix);
    memset(solution, 0, labels * side * sizeof *solution);
    for (size_t f = 0; f < kin_kinship__folds; f++) {
        if (f == out || f == also)
            continue;
        const double *gram = gram_of(kinship, sums, f), *label = label_sums_of(kinship, sums, f);
        for (size_t i = 0; i < side * side; i++)
            matrix[i] += gram[i];
        for (size_t i = 0; i < labels * side; i++)
            solution[i] += label[i];
    }
    double trace = 0;
    for (size_t d = 0; d < dim; d++)
        trace += matrix[d * side + d];
    /* Where verdicts took out all there was, rounding is left. The constant counts the items, and exactly. */
    double mean = trace > 0 && matrix[side * side - 1] >= 0.5 ? trace / (double)dim : 1;
    for (size_t d = 0; d < side; d++)
        matrix[d * side + d] += mean * (d < dim ? penalty : 1e-6);
    if (!kin_cholesky(side, matrix, side))
        return kin_fail(err, KIN_E_FORMAT, "the descriptors are too large or not finite; index the data set anew");
    kin_cholesky_solve(side, matrix, side, labels, solution, side);
    return KIN_OK;
}

/* w^T G w from the lower triangle. */
static double quadratic(const double *gram, const double *w, size_t side)
{
    double sum = 0;
    for (size_t r = 0; r < side; r++) {
        double inner = 0;
        for (size_t c = 0; c < r; c++)
            inner += gram[r * side + c] * w[c];
        sum += w[r] * (2 * inner + gram[r * side + r] * w[r]);
    }
    return sum;
}

/* The squared error on the fold left out, without the constant sum of |y|^2. */
static double left_out_error(const kin_kinship *kinship, size_t fold, const double *solution)
{
    size_t side = kinship->side;
    const double *gram = gram_of(kinship, &kinship->given, fold);
    const double *label = label_sums_of(kinship, &kinship->given, fold);
    double error = 0;
    for (size_t l = 0; l < kinship->items.labels; l++) {
        const double *w = solution + l * side;
        error += quadratic(gram, w, side);
        for (size_t d = 0; d < side; d++)
            error -= 2 * w[d] * label[l * side + d];
    }
    return error;
}

typedef struct choosing {
    const kin_kinship *kinship;
    double *scratch; /* [threads, side * side + labels * side] */
    double errors[sizeof penalties / sizeof *penalties][kin_kinship__folds];
    int codes[sizeof penalties / sizeof *penalties * kin_kinship__folds];
} choosing;

static size_t scratch_size(const kin_kinship *kinship)
{
    return (kinship->side + kinship->items.labels) * kinship->side;
}

static void try_penalty(void *user, size_t worker, size_t i)
{
    choosing *c = user;
    size_t side = c->kinship->side, fold = i % kin_kinship__folds, p = i / kin_kinship__folds;
    double *matrix = c->scratch + worker * scratch_size(c->kinship), *solution = matrix + side * side;
    c->codes[i] = solve(c->kinship, &c->kinship->given, fold, fold, penalties[p], matrix, solution, NULL);
    c->errors[p][fold] = c->codes[i] == KIN_OK ? left_out_error(c->kinship, fold, solution) : INFINITY;
}

static int choose_penalty(kin_kinship *kinship, kin_error *err)
{
    choosing c = { .kinship = kinship };
    c.scratch = kin_alloc_array(kinship->threads, scratch_size(kinship) * sizeof(double));
    if (!c.scratch)
        return kin_fail_memory(err);
    size_t count = sizeof penalties / sizeof *penalties;
    kin_parallel(kinship->threads, count * kin_kinship__folds, try_penalty, &c);
    free(c.scratch);
    double least = INFINITY;
    kinship->penalty = penalties[count - 1];
    for (size_t p = 0; p < count; p++) {
        double sum = 0;
        for (size_t f = 0; f < kin_kinship__folds; f++)
            sum += c.errors[p][f];
        if (sum < least) {
            least = sum;
            kinship->penalty = penalties[p];
        }
    }
    return KIN_OK;
}

int kin_kinship__linear_sum(kin_kinship *kinship, kin_error *err)
{
    int code = sum_all(kinship, err);
    return code == KIN_OK ? choose_penalty(kinship, err) : code;
}

static void add_outer(double *gram, const float *vector, size_t side, double weight)
{
    for (size_t r = 0; r < side; r++)
        for (size_t c = 0; c <= r; c++)
            gram[r * side + c] += weight * (double)vector[r] * (double)vector[c];
}

/* Takes an item out as it was given and puts it in as it was judged. */
static void correct(kin_kinship *kinship, const kin_kinship_verdict *verdict, float *vector)
{
    size_t side = kinship->side, fold = kinship->fold[verdict->item];
    uint32_t row = (uint32_t)verdict->item;
    int32_t before = kinship->items.label[row], after = kinship->label[row];
    double *labels = label_sums_of(kinship, &kinship->judged, fold);
    kin_kinship__load(kinship, &row, 1, vector, side);
    vector[side - 1] = 1;
    if (before >= 0)
        add_vector(labels + (size_t)before * side, vector, side, -1);
    if (after >= 0)
        add_vector(labels + (size_t)after * side, vector, side, KIN_KINSHIP__REVIEWED);
    double weight = (after >= 0 ? KIN_KINSHIP__REVIEWED : 0) - (before >= 0 ? 1 : 0);
    add_outer(gram_of(kinship, &kinship->judged, fold), vector, side, weight);
}

int kin_kinship__linear_without(const kin_kinship *kinship, size_t out, size_t also, double *scratch, float *weights,
                                kin_error *err)
{
    size_t side = kinship->side;
    double *solution = scratch + side * side;
    int code = solve(kinship, &kinship->judged, out, also, kinship->penalty, scratch, solution, err);
    for (size_t i = 0; code == KIN_OK && i < kinship->items.labels * side; i++)
        weights[i] = (float)solution[i];
    return code;
}

typedef struct solving {
    kin_kinship *kinship;
    double *scratch; /* [threads, side * side + labels * side] */
    int codes[kin_kinship__folds];
    kin_error errors[kin_kinship__folds];
} solving;

static void solve_fold(void *user, size_t worker, size_t fold)
{
    solving *s = user;
    kin_kinship *kinship = s->kinship;
    s->codes[fold] =
        kin_kinship__linear_without(kinship, fold, fold, s->scratch + worker * scratch_size(kinship),
                                    kinship->weights + fold * kinship->items.labels * kinship->side, &s->errors[fold]);
}

int kin_kinship__linear_solve(kin_kinship *kinship, kin_error *err)
{
    size_t side = kinship->side, labels = kinship->items.labels;
    solving s = { .kinship = kinship };
    s.scratch = kin_alloc_array(kinship->threads, scratch_size(kinship) * sizeof(double));
    float *vector = kin_alloc_array(side, sizeof *vector);
    int code = s.scratch && vector ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK) {
        memcpy(kinship->judged.gram, kinship->given.gram, kin_kinship__folds * side * side * sizeof(double));
        memcpy(kinship->judged.label, kinship->given.label, kin_kinship__folds * labels * side * sizeof(double));
        for (size_t i = 0; i < kinship->verdicts_count; i++)
            correct(kinship, &kinship->verdicts[i], vector);
        kin_parallel(kinship->threads, kin_kinship__folds, solve_fold, &s);
    }
    for (size_t f = 0; code == KIN_OK && f < kin_kinship__folds; f++)
        if (s.codes[f] != KIN_OK)
            code = kin_fail(err, s.codes[f], "%s", s.errors[f].message);
    free(s.scratch);
    free(vector);
    return code;
}

/* ---- scoring ---- */

void kin_kinship__linear_scores(const kin_kinship *kinship, const float *weights, const float *vectors, size_t n,
                                float *scores)
{
    size_t side = kinship->side, labels = kinship->items.labels;
    kin_gemm_nt(n, labels, side, 1, vectors, side, weights, side, 0, scores, labels);
}

int32_t kin_kinship__best_other(const float *scores, size_t labels, int32_t given)
{
    int32_t best = -1;
    for (size_t l = 0; l < labels; l++)
        if ((int32_t)l != given && (best < 0 || scores[l] > scores[best]))
            best = (int32_t)l;
    return best;
}

typedef struct scoring {
    const kin_kinship *kinship;
    kin_kinship__take_scores take;
    void *user;
    float *scratch; /* [threads, block, side + labels] */
    size_t first_block[kin_kinship__folds + 1];
} scoring;

static void score_block(void *user, size_t worker, size_t i)
{
    scoring *s = user;
    const kin_kinship *kinship = s->kinship;
    size_t side = kinship->side, labels = kinship->items.labels, fold = 0;
    while (i >= s->first_block[fold + 1])
        fold++;
    size_t at = kinship->fold_start[fold] + (i - s->first_block[fold]) * kin_kinship__block;
    size_t left = kinship->fold_start[fold + 1] - at, n = left < kin_kinship__block ? left : kin_kinship__block;
    float *vectors = s->scratch + worker * kin_kinship__block * (side + labels);
    float *scores = vectors + kin_kinship__block * side;
    kin_kinship__load(kinship, kinship->by_fold + at, n, vectors, side);
    for (size_t r = 0; r < n; r++)
        vectors[r * side + side - 1] = 1;
    kin_kinship__linear_scores(kinship, kinship->weights + fold * labels * side, vectors, n, scores);
    s->take(s->user, kinship->by_fold + at, n, scores);
}

int kin_kinship__each_scored(const kin_kinship *kinship, kin_kinship__take_scores take, void *user, kin_error *err)
{
    scoring s = { .kinship = kinship, .take = take, .user = user };
    s.scratch =
        kin_alloc_array(kinship->threads * kin_kinship__block, (kinship->side + kinship->items.labels) * sizeof(float));
    if (!s.scratch)
        return kin_fail_memory(err);
    for (size_t f = 0; f < kin_kinship__folds; f++) {
        size_t rows = kinship->fold_start[f + 1] - kinship->fold_start[f];
        s.first_block[f + 1] = s.first_block[f] + (rows + kin_kinship__block - 1) / kin_kinship__block;
    }
    kin_parallel(kinship->threads, s.first_block[kin_kinship__folds], score_block, &s);
    free(s.scratch);
    return KIN_OK;
}
