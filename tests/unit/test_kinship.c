#include "kinship_fixture.h"

static void one_like_is_its_own_query(void **state)
{
    (void)state;
    const float like[3] = { 0.6F, 0, 0.8F };
    float query[3];
    assert_int_equal(kin_kinship_query(like, 1, NULL, 0, 3, query, NULL), KIN_OK);
    for (int i = 0; i < 3; i++)
        assert_true(fabsf(query[i] - like[i]) < 1e-6F);
}

static void several_likes_meet_in_the_middle_and_unlikes_push_away(void **state)
{
    (void)state;
    const float likes[4] = { 1, 0, 0, 1 }, unlike[2] = { 0, 1 };
    float query[2];
    assert_int_equal(kin_kinship_query(likes, 2, NULL, 0, 2, query, NULL), KIN_OK);
    assert_true(fabsf(query[0] - sqrtf(0.5F)) < 1e-6F && fabsf(query[1] - sqrtf(0.5F)) < 1e-6F);
    /* (0.5, 0.5) - 0.5 (0, 1) = (0.5, 0) */
    assert_int_equal(kin_kinship_query(likes, 2, unlike, 1, 2, query, NULL), KIN_OK);
    assert_true(fabsf(query[0] - 1) < 1e-6F && fabsf(query[1]) < 1e-6F);
}

static void what_cancels_out_is_refused(void **state)
{
    (void)state;
    const float likes[4] = { 1, 0, -1, 0 };
    float query[2] = { 7, 7 };
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_kinship_query(likes, 2, NULL, 0, 2, query, &err), KIN_E_USAGE);
    assert_true(query[0] == 7 && query[1] == 7);
    assert_non_null(strstr(err.message, "cancel"));
}

/* ---- ranking ---- */

static size_t first_where(const world *w, int32_t a, int32_t b)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->given[i] == a && w->right[i] == b)
            return i;
    fail();
    return 0;
}

/* Hits of the mistake a -> b that `seed` shows, among all other items labelled a without a verdict. */
static size_t ask(const world *w, const kin_kinship *kinship, size_t seed, const bool *reviewed, size_t k,
                  kin_kinship_hit *hits)
{
    uint32_t *candidates = malloc((w->count + 1) * sizeof *candidates);
    size_t n = world_candidates(w, w->given[seed], seed, candidates), kept = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if (!reviewed || !reviewed[candidates[i]])
            candidates[kept++] = candidates[i];
    kin_kinship_question question = {
        w->vectors + seed * w->dim, 1, w->given[seed], w->right[seed], candidates, kept, k
    };
    kin_error err = KIN_ERROR_INIT;
    if (kin_kinship_rank(kinship, &question, hits, &count, &err) != KIN_OK)
        fail_msg("%s", err.message);
    assert_int_equal(count, k < kept ? k : kept);
    for (size_t i = 0; i < count; i++) {
        assert_true(hits[i].probability >= 0 && hits[i].probability <= 1);
        assert_true(isfinite(hits[i].similarity) && isfinite(hits[i].model));
        assert_true(i == 0 || hits[i].probability <= hits[i - 1].probability);
        assert_true(hits[i].nearest_verdict >= -1 && hits[i].nearest_verdict < (int64_t)w->count);
    }
    free(candidates);
    return count;
}

static double precision(const world *w, const kin_kinship_hit *hits, size_t n, int32_t b)
{
    double right = 0;
    for (size_t i = 0; i < n; i++)
        right += w->right[hits[i].item] == b;
    return right / (double)n;
}

static void one_mistake_finds_the_rest_of_its_cluster(void **state)
{
    (void)state;
    world w = world_new(1200, 24, 3, 9, 0.6, 1);
    world_plant(&w, 4, 0, 0.4, 2); /* class 1 called 0 */
    world_plant(&w, 5, 0, 0.4, 3); /* class 2 called 0: a mistake, but another */
    kin_kinship *kinship = world_kinship(&w, 2);
    kin_kinship_hit hits[20];
    assert_int_equal(ask(&w, kinship, first_where(&w, 0, 1), NULL, 20, hits), 20);
    assert_true(precision(&w, hits, 20, 1) >= 0.95);
    assert_true(hits[0].probability > 0.5 && hits[0].neighbours == 20 && hits[0].neighbours_right > 0);
    assert_int_equal(hits[0].nearest_verdict, -1);
    kin_kinship_free(kinship);
    world_free(&w);
}

/* All of a cluster has the wrong label: model and neighbours agree with it, only verdicts can tell. */
static void verdicts_break_a_cluster_that_is_wrong_as_a_whole(void **state)
{
    (void)state;
    world w = world_new(1800, 24, 3, 18, 1.0, 5);
    world_plant(&w, 4, 0, 1, 2);
    kin_kinship *kinship = world_kinship(&w, 2);
    kin_kinship_verdict verdicts[200];
    bool *reviewed = calloc(w.count, sizeof *reviewed);
    size_t n = 0, seed = first_where(&w, 0, 1), wrong = 0;
    kin_kinship_hit hits[60];
    assert_int_equal(ask(&w, kinship, seed, reviewed, 20, hits), 20);
    double first = hits[0].probability;
    assert_true(first < 0.8 &&
                precision(&w, hits, 20, 1) < 0.7); /* one mistake alone proves little against the model */
    for (size_t i = 0; i < 20; i++) {
        verdicts[n] = world_verdict(&w, hits[i].item);
        reviewed[hits[i].item] = true;
        wrong += verdicts[n++].mistake;
    }
    assert_true(wrong >= 5 && wrong < 20);
    assert_int_equal(kin_kinship_judge(kinship, verdicts, n, NULL), KIN_OK);
    assert_int_equal(ask(&w, kinship, seed, reviewed, 40, hits), 40);
    assert_true(precision(&w, hits, 40, 1) >= 0.95);
    assert_true(hits[0].probability > 0.8 && hits[0].probability > first);
    assert_true(hits[0].reason == KIN_REASON_VERDICTS && hits[0].nearest_verdict >= 0 && hits[0].nearest_mistake);
    free(reviewed);
    kin_kinship_free(kinship);
    world_free(&w);
}

static void the_same_with_any_number_of_threads(void **state)
{
    (void)state;
    world w = world_new(3000, 40, 4, 12, 0.8, 9);
    world_plant(&w, 5, 0, 0.5, 4);
    size_t seed = first_where(&w, 0, 1);
    kin_kinship_verdict verdicts[60];
    for (size_t i = 0; i < 60; i++)
        verdicts[i] = world_verdict(&w, i * 40);
    kin_kinship_hit hits[2][100];
    double *predicted[2];
    for (size_t i = 0; i < 2; i++) {
        kin_kinship *kinship = world_kinship(&w, i ? 7 : 1);
        predicted[i] = malloc(w.count * sizeof(double));
        memset(hits[i], 0, sizeof hits[i]);
        assert_int_equal(kin_kinship_judge(kinship, verdicts, 60, NULL), KIN_OK);
        ask(&w, kinship, seed, NULL, 100, hits[i]);
        assert_int_equal(kin_kinship_predict(kinship, predicted[i], NULL), KIN_OK);
        kin_kinship_free(kinship);
    }
    assert_memory_equal(hits[0], hits[1], sizeof hits[0]);
    assert_memory_equal(predicted[0], predicted[1], w.count * sizeof(double));
    free(predicted[0]);
    free(predicted[1]);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_like_is_its_own_query),
        cmocka_unit_test(several_likes_meet_in_the_middle_and_unlikes_push_away),
        cmocka_unit_test(what_cancels_out_is_refused),
        cmocka_unit_test(one_mistake_finds_the_rest_of_its_cluster),
        cmocka_unit_test(verdicts_break_a_cluster_that_is_wrong_as_a_whole),
        cmocka_unit_test(the_same_with_any_number_of_threads),
    };
    return cmocka_run_group_tests_name("kinship", tests, NULL, NULL);
}
