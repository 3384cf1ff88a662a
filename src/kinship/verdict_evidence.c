/* The kernel between two items x and z with the model's scores m, n and the neighbours' votes v, w:
 *
 *     level + slope (m n + v w) + wide (x - c).(z - c) + local exp(-4 (1 - x.z))
 *
 * level and slope let verdicts correct how frequent the mistake is and how far model and neighbours can be trusted;
 * wide is a linear classifier of right against wrong, whose direction every verdict turns; local is heard near a
 * verdict only, and can overrule the rest there: all other evidence is wrong where a whole cluster is wrong the same
 * way. The mistake that the question started from was chosen for being one, so it says nothing of the level; but where
 * the model reads even that one as rightly labelled, the model is to be trusted less, and looks more: it takes part in
 * slope, as sampling by the outcome biases a logistic regression's level only (Prentice & Pyke 1979).
 *
 * The prior's slopes are about half of what logistic regression finds on coco256 with planted consistent noise (6.3 and
 * 3.1): people's confusions are less clean than planted ones. Its level: where b and a are equally likely, most labels
 * are still right. The variances are round numbers that were chosen on flowers-noisy and on clothing with planted
 * mistakes; half or twice as much of wide or local changes what is found on flowers-noisy by less than 0.02. */
#include "kinship/verdict_evidence.h"

#include "base/checked.h"
#include "kernel/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double prior_level = -1, prior_model = 3, prior_vote = 1.5;
static const double level_variance = 1, slope_variance = 2, wide_variance = 8, local_variance = 4, local_rate = 4;

int kin_evidence_alloc(kin_evidence *e, size_t most, size_t dim, kin_error *err)
{
    e->dim = dim;
    e->points = kin_alloc_zeroed(most, sizeof *e->points);
    e->vectors = kin_alloc_zeroed(most, dim * sizeof *e->vectors);
    e->y = kin_alloc_zeroed(most, sizeof *e->y);
    e->weight = kin_alloc_zeroed(most, sizeof *e->weight);
    e->centre = kin_alloc_zeroed(dim, sizeof *e->centre);
    e->alpha = kin_alloc_zeroed(most, sizeof *e->alpha);
    e->to_centre = kin_alloc_zeroed(most, sizeof *e->to_centre);
    e->pull = kin_alloc_zeroed(dim, sizeof *e->pull);
    bool all = e->points && e->vectors && e->y && e->weight && e->centre && e->alpha && e->to_centre && e->pull;
    return all ? KIN_OK : kin_fail_memory(err);
}

void kin_evidence_clear(kin_evidence *e)
{
    free(e->points);
    free(e->vectors);
    free(e->y);
    free(e->weight);
    free(e->centre);
    free(e->alpha);
    free(e->to_centre);
    free(e->pull);
    *e = (kin_evidence) { 0 };
}

double kin_evidence_prior(double model, double vote)
{
    return prior_level + prior_model * model + prior_vote * vote;
}

static double local(double similarity)
{
    return local_variance * exp(-local_rate * (1 - similarity));
}

double kin_evidence_wide(const kin_evidence *e, double towards)
{
    return wide_variance * (towards - e->pull_centre);
}

static double slopes(const kin_evidence_point *a, const kin_evidence_point *b)
{
    double level = a->chosen || b->chosen ? 0 : level_variance;
    return level + slope_variance * (a->model * b->model + a->vote * b->vote);
}

double kin_evidence_looks(double similarity, double to_centre, double other_to_centre, double centre_square)
{
    return wide_variance * (similarity - to_centre - other_to_centre + centre_square) + local(similarity);
}

double kin_evidence_slopes(const kin_evidence *e, double model, double vote)
{
    return level_variance * e->level + slope_variance * (model * e->model + vote * e->vote);
}

/* ---- fitting: Newton's method for the mode (Rasmussen & Williams, algorithm 3.1), with halved steps ---- */

typedef struct newton {
    const kin_evidence *e;
    size_t n;
    double *kernel, *matrix; /* [n, n] */
    double *prior, *f;       /* [n] */
    double *root, *step;     /* [n] */
    double *alpha, *next;    /* [n] */
} newton;

static void fill_kernel(newton *t)
{
    const kin_evidence *e = t->e;
    size_t n = t->n;
    for (size_t i = 0; i < n; i++) {
        const float *x = e->vectors + i * e->dim;
        for (size_t j = 0; j <= i; j++) {
            double similarity = kin_dot(x, e->vectors + j * e->dim, e->dim);
            double looks = kin_evidence_looks(similarity, e->to_centre[i], e->to_centre[j], e->centre_square);
            t->kernel[i * n + j] = t->kernel[j * n + i] = slopes(&e->points[i], &e->points[j]) + looks;
        }
        t->prior[i] = kin_evidence_prior(e->points[i].model, e->points[i].vote);
    }
}

/* f = prior + K alpha; returns the log posterior: weighted log likelihood - alpha.K.alpha / 2. */
static double posterior(newton *t, const double *alpha)
{
    double sum = 0;
    for (size_t i = 0; i < t->n; i++) {
        double add = 0;
        for (size_t j = 0; j < t->n; j++)
            add += t->kernel[i * t->n + j] * alpha[j];
        t->f[i] = t->prior[i] + add;
        double softplus = fmax(t->f[i], 0) + log1p(exp(-fabs(t->f[i])));
        sum += t->e->weight[i] * (t->e->y[i] * t->f[i] - softplus) - alpha[i] * add / 2;
    }
    return sum;
}

/* Where Newton's step from the present f leads: next[n]. */
static bool newton_target(newton *t)
{
    size_t n = t->n;
    for (size_t i = 0; i < n; i++) {
        double p = 1 / (1 + exp(-t->f[i])), curvature = t->e->weight[i] * p * (1 - p);
        t->root[i] = sqrt(curvature);
        t->next[i] = curvature * (t->f[i] - t->prior[i]) + t->e->weight[i] * (t->e->y[i] - p);
    }
    for (size_t i = 0; i < n; i++) {
        double add = 0;
        for (size_t j = 0; j < n; j++) {
            add += t->kernel[i * n + j] * t->next[j];
            t->matrix[i * n + j] = t->root[i] * t->kernel[i * n + j] * t->root[j] + (i == j ? 1 : 0);
        }
        t->step[i] = t->root[i] * add;
    }
    if (!kin_cholesky(n, t->matrix, n))
        return false;
    kin_cholesky_solve(n, t->matrix, n, 1, t->step, n);
    for (size_t i = 0; i < n; i++)
        t->next[i] -= t->root[i] * t->step[i];
    return true;
}

/* Goes towards next[n] as far as the posterior grows. Returns by how much it grew. */
static double advance(newton *t, double now)
{
    double share = 1;
    for (int halvings = 0; halvings < 12; halvings++, share /= 2) {
        for (size_t i = 0; i < t->n; i++)
            t->step[i] = t->alpha[i] + share * (t->next[i] - t->alpha[i]);
        double then = posterior(t, t->step);
        if (then >= now) {
            memcpy(t->alpha, t->step, t->n * sizeof(double));
            return then - now;
        }
    }
    (void)posterior(t, t->alpha);
    return 0;
}

static bool climb(newton *t)
{
    enum { most_steps = 40 };
    fill_kernel(t);
    double now = posterior(t, t->alpha);
    for (int i = 0; i < most_steps; i++) {
        if (!newton_target(t))
            return false;
        double grown = advance(t, now);
        now += grown;
        if (grown < 1e-9 * (1 + fabs(now)))
            break;
    }
    return true;
}

static void sum_up(kin_evidence *e)
{
    e->level = e->model = e->vote = 0;
    memset(e->pull, 0, e->dim * sizeof *e->pull);
    for (size_t i = 0; i < e->n; i++) {
        const kin_evidence_point *point = &e->points[i];
        for (size_t d = 0; d < e->dim; d++)
            e->pull[d] += (float)e->alpha[i] * (e->vectors[i * e->dim + d] - e->centre[d]);
        e->level += point->chosen ? 0 : e->alpha[i];
        e->model += e->alpha[i] * point->model;
        e->vote += e->alpha[i] * point->vote;
    }
    e->pull_centre = kin_dot(e->pull, e->centre, e->dim);
}

int kin_evidence_fit(kin_evidence *e, kin_error *err)
{
    size_t n = e->n;
    e->centre_square = kin_dot(e->centre, e->centre, e->dim);
    for (size_t i = 0; i < n; i++)
        e->to_centre[i] = kin_dot(e->vectors + i * e->dim, e->centre, e->dim);
    newton t = { .e = e, .n = n, .alpha = e->alpha };
    memset(e->alpha, 0, n * sizeof *e->alpha);
    t.kernel = kin_alloc_array(n * n, sizeof(double));
    t.matrix = kin_alloc_array(n * n, sizeof(double));
    double *rows = kin_alloc_zeroed(5 * n, sizeof(double));
    int code = t.kernel && t.matrix && rows ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK) {
        t.prior = rows;
        t.f = rows + n;
        t.root = rows + 2 * n;
        t.step = rows + 3 * n;
        t.next = rows + 4 * n;
        if (n > 0 && !climb(&t))
            code =
                kin_fail(err, KIN_E_FORMAT, "the descriptors of the verdicts are not finite; index the data set anew");
        sum_up(e);
    }
    free(t.kernel);
    free(t.matrix);
    free(rows);
    return code;
}
