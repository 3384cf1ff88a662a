/* The parts of kinship against plain oracles in double precision. */
#include "kinship_fixture.h"

#include "kinship/neighbour_vote.h"
#include "kinship/verdict_evidence.h"

/* Solves A x = b by Gauss-Jordan elimination with pivoting, in place; b becomes x. */
static void eliminate(double *a, double *b, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        size_t pivot = c;
        for (size_t r = c + 1; r < n; r++)
            if (fabs(a[r * n + c]) > fabs(a[pivot * n + c]))
                pivot = r;
        for (size_t k = 0; k < n; k++) {
            double kept = a[c * n + k];
            a[c * n + k] = a[pivot * n + k];
            a[pivot * n + k] = kept;
        }
        double kept = b[c];
        b[c] = b[pivot];
        b[pivot] = kept;
        for (size_t r = 0; r < n; r++) {
            double factor = r == c ? 0 : a[r * n + c] / a[c * n + c];
            for (size_t k = 0; k < n; k++)
                a[r * n + k] -= factor * a[c * n + k];
            b[r] -= factor * b[c];
        }
    }
    for (size_t c = 0; c < n; c++)
        b[c] /= a[c * n + c];
}

/* weights[side] of one label without the items of two folds, item by item. */
static void ridge(const kin_kinship *kinship, size_t fold, size_t also, int32_t label, double *weights)
{
    size_t side = kinship->side;
    double *a = calloc(side * side, sizeof *a), trace = 0;
    float *x = malloc(side * sizeof *x);
    memset(weights, 0, side * sizeof *weights);
    for (uint32_t i = 0; i < kinship->items.count; i++) {
        bool reviewed = kin_kinship__verdict_of(kinship, i) != NULL;
        if (kinship->fold[i] == fold || kinship->fold[i] == also || kinship->label[i] < 0)
            continue;
        kin_kinship__load(kinship, &i, 1, x, side);
        x[side - 1] = 1;
        for (size_t r = 0; r < side; r++) {
            weights[r] += (reviewed ? 3 : 1) * (kinship->label[i] == label ? (double)x[r] : 0);
            for (size_t c = 0; c < side; c++)
                a[r * side + c] += (reviewed ? 3 : 1) * (double)x[r] * (double)x[c];
        }
    }
    for (size_t d = 0; d + 1 < side; d++)
        trace += a[d * side + d] / (double)(side - 1);
    for (size_t d = 0; d < side; d++)
        a[d * side + d] += trace * (d + 1 < side ? kinship->penalty : 1e-6);
    eliminate(a, weights, side);
    free(a);
    free(x);
}

static void the_linear_model_is_a_ridge_regression_out_of_fold(void **state)
{
    (void)state;
    world w = world_new(700, 12, 3, 6, 0.9, 3);
    world_plant(&w, 4, 0, 0.5, 1);
    w.given[10] = w.given[11] = -1;
    kin_kinship *kinship = world_kinship(&w, 2);
    kin_kinship_verdict verdicts[40];
    double scratch[13 * 13 + 3 * 13];
    float without[3 * 13];
    for (size_t round = 0; round < 3; round++) { /* none, then verdicts, then others in their place */
        size_t n = round * 20;
        for (size_t i = 0; i < n; i++)
            verdicts[i] = world_verdict(&w, 10 * round + 13 * i);
        if (n > 0)
            verdicts[n - 1] = (kin_kinship_verdict) { 11, true, round == 1 ? -1 : 2 };
        assert_int_equal(kin_kinship_judge(kinship, verdicts, n, NULL), KIN_OK);
        for (size_t f = 0; f < kin_kinship__folds; f++)
            for (int32_t label = 0; label < 3; label++) {
                double expected[13];
                ridge(kinship, f, f, label, expected);
                for (size_t d = 0; d < 13; d++)
                    assert_true(fabs((double)kinship->weights[(f * 3 + (size_t)label) * 13 + d] - expected[d]) < 1e-4);
                ridge(kinship, f, 1, label, expected);
                assert_int_equal(kin_kinship__linear_without(kinship, f, 1, scratch, without, NULL), KIN_OK);
                for (size_t d = 0; d < 13; d++)
                    assert_true(fabs((double)without[(size_t)label * 13 + d] - expected[d]) < 1e-4);
            }
    }
    kin_kinship_free(kinship);
    world_free(&w);
}

/* The nearest voter of another asset that is not in taken[n]; -1: none. */
static int64_t next_nearest(const world *w, const float *vectors, size_t item, const int64_t *taken, size_t n)
{
    int64_t best = -1;
    double highest = -2;
    for (size_t i = 0; i < w->count; i++) {
        double s = 0;
        bool out = w->given[i] < 0 || w->asset[i] == w->asset[item];
        for (size_t j = 0; j < n; j++)
            out = out || taken[j] == (int64_t)i;
        for (size_t d = 0; d < w->dim; d++)
            s += (double)vectors[i * w->dim + d] * (double)vectors[item * w->dim + d];
        if (!out && s > highest) {
            highest = s;
            best = (int64_t)i;
        }
    }
    return best;
}

/* More of both than are looked at together. */
static void the_vote_is_that_of_the_nearest_items(void **state)
{
    (void)state;
    world w = world_new(2300, 10, 4, 8, 1.0, 8);
    w.given[5] = -1;
    kin_kinship *kinship = world_kinship(&w, 1);
    float *vectors = malloc(w.count * w.dim * sizeof *vectors);
    kin_voters voters;
    assert_int_equal(kin_voters_alloc(&voters, kinship, 0, 1, NULL), KIN_OK);
    assert_int_equal(voters.n, 2299);
    float *scratch = malloc(kin_voters_scratch(&voters, w.count) * sizeof *scratch);
    uint32_t *rows = malloc(w.count * sizeof *rows);
    kin_vote *votes = malloc(w.count * sizeof *votes);
    for (uint32_t i = 0; i < w.count; i++)
        rows[i] = i;
    kin_kinship__load(kinship, rows, w.count, vectors, w.dim);
    kin_voters_ask(&voters, 0, 1, rows, vectors, w.count, scratch, votes);
    for (uint32_t i = 0; i < w.count; i += 97) {
        int64_t near[20];
        double first = 0, all = 0, margin = 0;
        int a = 0, b = 0;
        for (size_t n = 0; n < 20; n++) {
            near[n] = next_nearest(&w, vectors, i, near, n);
            double s = 0;
            for (size_t d = 0; d < w.dim; d++)
                s += (double)vectors[i * w.dim + d] * (double)vectors[(size_t)near[n] * w.dim + d];
            first = n == 0 ? s : first;
            double weight = exp(10 * (s - first));
            all += weight;
            a += w.given[near[n]] == 0;
            b += w.given[near[n]] == 1;
            margin += w.given[near[n]] == 1 ? weight : w.given[near[n]] == 0 ? -weight : 0;
        }
        assert_true(votes[i].looked_at == 20 && votes[i].a == a && votes[i].b == b);
        assert_true(fabs(votes[i].margin - margin / all) < 1e-4);
        kin_vote alone;
        kin_voters_ask(&voters, 0, 1, &i, vectors + i * w.dim, 1, scratch, &alone);
        assert_true(alone.a == a && alone.b == b && fabs(alone.margin - votes[i].margin) < 1e-4);
    }
    free(scratch);
    free(rows);
    free(votes);
    free(vectors);
    kin_voters_clear(&voters);
    kin_kinship_free(kinship);
    world_free(&w);
}

/* Above 16,384 items a sample votes, with a floor for the two labels of the question. */
static void a_sample_votes_where_items_are_many(void **state)
{
    (void)state;
    world w = world_new(40000, 4, 50, 50, 0.5, 8);
    kin_kinship *kinship = world_kinship(&w, 2);
    kin_voters voters;
    size_t votes[50] = { 0 };
    assert_int_equal(kin_voters_alloc(&voters, kinship, 3, 7, NULL), KIN_OK);
    for (size_t i = 0; i < voters.n; i++)
        votes[w.given[voters.rows[i]]]++;
    assert_true(voters.n > 16384 && voters.n < 18000);
    assert_int_equal(votes[3], 800); /* all there are: fewer than the floor */
    assert_int_equal(votes[7], 800);
    assert_true(votes[0] > 250 && votes[0] < 400);
    kin_voters_clear(&voters);
    kin_kinship_free(kinship);
    world_free(&w);
}

static void fitted_evidence_is_at_the_mode(void **state)
{
    (void)state;
    enum { n = 60, dim = 8 };
    kin_evidence e = { .n = 0 };
    kin_rng rng;
    kin_rng_seed(&rng, 4);
    assert_int_equal(kin_evidence_alloc(&e, n, dim, NULL), KIN_OK);
    e.n = n;
    for (size_t i = 0; i < n; i++) {
        double square = 0;
        for (size_t d = 0; d < dim; d++) {
            e.vectors[i * dim + d] = (float)kin_rng_normal(&rng);
            square += (double)e.vectors[i * dim + d] * (double)e.vectors[i * dim + d];
        }
        for (size_t d = 0; d < dim; d++)
            e.vectors[i * dim + d] /= (float)sqrt(square);
        e.points[i] = (kin_evidence_point) { kin_rng_uniform(&rng) - 0.5, kin_rng_uniform(&rng) - 0.5, i < 2, -1 };
        e.y[i] = i % 7 == 0 ? 0.5 : e.vectors[i * dim] > 0;
        e.weight[i] = i % 5 == 0 ? 40 : 1;
    }
    e.centre[0] = 0.3F;
    assert_int_equal(kin_evidence_fit(&e, NULL), KIN_OK);
    for (size_t i = 0; i < n; i++) {
        double f = kin_evidence_prior(e.points[i].model, e.points[i].vote);
        f += kin_evidence_slopes(&e, e.points[i].model, e.points[i].vote);
        f -= e.points[i].chosen ? kin_evidence_slopes(&e, 0, 0) : 0;
        for (size_t j = 0; j < n; j++) {
            double s = 0;
            for (size_t d = 0; d < dim; d++)
                s += (double)e.vectors[i * dim + d] * (double)e.vectors[j * dim + d];
            f += e.alpha[j] * kin_evidence_looks(s, e.to_centre[i], e.to_centre[j], e.centre_square);
        }
        double gradient = e.weight[i] * (e.y[i] - 1 / (1 + exp(-f)));
        assert_true(fabs(e.alpha[i] - gradient) < 1e-3);
    }
    kin_evidence_clear(&e);
}

/* A known mistake that the model reads as rightly labelled: trust the model less. Of how frequent it is it says nothing,
 * since it was picked for being one. */
static void a_mistake_that_the_model_misses_lowers_its_weight(void **state)
{
    (void)state;
    for (int way = -1; way <= 1; way += 2) {
        kin_evidence e = { .n = 0 };
        assert_int_equal(kin_evidence_alloc(&e, 1, 2, NULL), KIN_OK);
        e.n = 1;
        e.vectors[0] = 1;
        e.points[0] = (kin_evidence_point) { 0.5 * way, 0.25 * way, true, -1 };
        e.y[0] = 1;
        e.weight[0] = 4;
        assert_int_equal(kin_evidence_fit(&e, NULL), KIN_OK);
        assert_true(e.alpha[0] > 0 && kin_evidence_slopes(&e, 0, 0) == 0);
        assert_true(way * kin_evidence_slopes(&e, 1, 0) > 0.1 && way * kin_evidence_slopes(&e, 0, 1) > 0.05);
        kin_evidence_clear(&e);
    }
}

/* Cross-fitting, to the bit: verdicts of a fold say nothing of that fold's items, but something of the others'. */
static void no_verdict_of_a_fold_speaks_on_its_items(void **state)
{
    (void)state;
    world w = world_new(600, 12, 3, 6, 1.0, 2);
    world_plant(&w, 4, 0, 0.5, 1);
    w.given[30] = w.given[31] = -1;
    kin_kinship *kinship = world_kinship(&w, 2);
    kin_kinship_verdict verdicts[120];
    double *before = malloc(w.count * sizeof *before), *after = malloc(w.count * sizeof *after);
    for (size_t i = 0; i < 120; i++)
        verdicts[i] = world_verdict(&w, 5 * i);
    assert_int_equal(kin_kinship_judge(kinship, verdicts, 120, NULL), KIN_OK);
    assert_int_equal(kin_kinship_predict(kinship, before, NULL), KIN_OK);
    for (size_t i = 0; i < 120; i++)
        if (kinship->fold[verdicts[i].item] == 2) {
            verdicts[i].mistake = !verdicts[i].mistake;
            verdicts[i].right = verdicts[i].mistake ? 2 : -1;
        }
    assert_int_equal(kin_kinship_judge(kinship, verdicts, 120, NULL), KIN_OK);
    assert_int_equal(kin_kinship_predict(kinship, after, NULL), KIN_OK);
    size_t same = 0, others = 0, changed = 0;
    for (size_t i = 0; i < w.count; i++) {
        assert_true(before[i] > 0 && before[i] < 1);
        if (kinship->fold[i] == 2) {
            assert_true(before[i] == after[i]);
            same++;
        } else {
            changed += before[i] != after[i];
            others++;
        }
    }
    assert_true(same > 50 && changed == others);
    free(before);
    free(after);
    kin_kinship_free(kinship);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_linear_model_is_a_ridge_regression_out_of_fold),
        cmocka_unit_test(the_vote_is_that_of_the_nearest_items),
        cmocka_unit_test(a_sample_votes_where_items_are_many),
        cmocka_unit_test(fitted_evidence_is_at_the_mode),
        cmocka_unit_test(a_mistake_that_the_model_misses_lowers_its_weight),
        cmocka_unit_test(no_verdict_of_a_fold_speaks_on_its_items),
    };
    return cmocka_run_group_tests_name("kinship parts", tests, NULL, NULL);
}
