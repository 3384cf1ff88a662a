#include "kinship_fixture.h"

#include "kernel/blas.h"

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
    world w = world_new(1800, 24, 3, 18, 1.2, 5);
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

/* ---- odd data ---- */

/* Everything a kinship can be asked, of whatever world: nothing but finite numbers comes back. */
static void ask_everything(world *w, const kin_kinship_verdict *verdicts, size_t n)
{
    kin_kinship *kinship = world_kinship(w, 3);
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_kinship_judge(kinship, verdicts, n, &err), KIN_OK);
    double *probability = malloc((w->count + 1) * sizeof *probability);
    float *score = malloc((w->count + 1) * sizeof *score);
    int32_t *right = malloc((w->count + 1) * sizeof *right);
    uint32_t *candidates = malloc((w->count + 1) * sizeof *candidates);
    kin_kinship_hit *hits = malloc((w->count + 1) * sizeof *hits);
    assert_int_equal(kin_kinship_predict(kinship, probability, &err), KIN_OK);
    for (size_t i = 0; i < w->count; i++) {
        assert_true(probability[i] >= 0 && probability[i] <= 1);
        candidates[i] = (uint32_t)(w->count - 1 - i);
    }
    for (int how = KIN_SUSPECT_KIN; how <= KIN_SUSPECT_MARGIN; how++) {
        assert_int_equal(kin_kinship_suspects(kinship, (kin_suspicion)how, score, right, &err), KIN_OK);
        for (size_t i = 0; i < w->count; i++)
            assert_true(isfinite(score[i]) && right[i] >= -1 && right[i] < (int32_t)w->labels &&
                        (right[i] < 0 || right[i] != w->given[i]));
    }
    float *like = calloc(w->dim, sizeof *like);
    like[w->dim - 1] = 1; /* from outside */
    for (int32_t b = -1; b < (int32_t)w->labels; b++)
        for (size_t likes = 0; likes < 2 && b != 0 && w->labels > 0; likes++) {
            size_t count = 99;
            kin_kinship_question question = { like, likes, 0, b, candidates, w->count, w->count };
            assert_int_equal(kin_kinship_rank(kinship, &question, hits, &count, &err), KIN_OK);
            assert_int_equal(count, w->count);
            for (size_t i = 0; i < count; i++) {
                assert_true(hits[i].probability >= 0 && hits[i].probability <= 1 && isfinite(hits[i].model));
                assert_true(hits[i].similarity >= -1 && hits[i].similarity <= 1);
                assert_true(b < 0 || w->given[hits[i].item] != b || hits[i].probability == 0);
                assert_true(i == 0 || hits[i].probability > 0 || hits[i - 1].probability > 0 ||
                            hits[i].item > hits[i - 1].item);
            }
        }
    free(probability);
    free(score);
    free(right);
    free(candidates);
    free(hits);
    free(like);
    kin_kinship_free(kinship);
}

static void worlds_of_next_to_nothing(void **state)
{
    (void)state;
    for (size_t count = 0; count < 4; count++)
        for (size_t labels = 0; labels < 3; labels++)
            for (size_t dim = 1; dim < 4; dim += 2) {
                world w = world_new(count, dim, labels ? labels : 1, 1, 0.5, 7);
                w.labels = labels;
                for (size_t i = 0; i < count && labels == 0; i++)
                    w.given[i] = -1;
                ask_everything(&w, NULL, 0);
                for (size_t i = 0; i < count; i++)
                    w.asset[i] = (int64_t)i * 1000003;
                kin_kinship_verdict verdict = { 0, true, labels > 1 ? 1 : -1 };
                ask_everything(&w, &verdict, count > 0);
                world_free(&w);
            }
}

static void every_item_reviewed_right_label_or_not(void **state)
{
    (void)state;
    world w = world_new(300, 6, 3, 6, 0.7, 3);
    world_plant(&w, 4, 0, 0.5, 1);
    kin_kinship_verdict verdicts[300];
    for (size_t i = 0; i < 300; i++) {
        verdicts[299 - i] = world_verdict(&w, i);
        if (i % 4 == 0) /* a mistake whose right label nobody said, or that is not the label's */
            verdicts[299 - i] = (kin_kinship_verdict) { i, true, i % 8 ? -1 : w.given[i] };
    }
    ask_everything(&w, verdicts, 300);
    for (size_t i = 0; i < 300; i++)
        verdicts[i].mistake = true;
    ask_everything(&w, verdicts, 300);
    world_free(&w);
}

static void vectors_that_are_no_vectors(void **state)
{
    (void)state;
    world w = world_new(200, 6, 3, 6, 0.7, 3);
    w.vectors[0] = NAN;
    w.vectors[2 * 6 + 1] = INFINITY;
    w.vectors[4 * 6] = -INFINITY;
    memset(w.vectors + 5 * 6, 0, 6 * sizeof(float));
    for (size_t i = 20; i < 60; i++) /* all alike */
        memcpy(w.vectors + i * 6, w.vectors + 19 * 6, 6 * sizeof(float));
    w.given[7] = w.given[8] = -1;
    kin_kinship_verdict verdicts[30];
    for (size_t i = 0; i < 30; i++)
        verdicts[i] = world_verdict(&w, i);
    verdicts[7] = verdicts[8] = (kin_kinship_verdict) { 7, true, 1 };
    verdicts[8].item = 8;
    ask_everything(&w, verdicts, 30);
    world_free(&w);
}

/* More verdicts and mistakes in question than are weighed one by one. */
static void more_verdicts_than_there_is_room_for(void **state)
{
    (void)state;
    world w = world_new(4200, 8, 2, 2, 0.8, 3);
    world_plant(&w, 1, 0, 0.5, 1);
    kin_kinship_verdict *verdicts = malloc(w.count * sizeof *verdicts);
    size_t n = 0, count = 0, wrong = 0;
    for (size_t i = 0; i < 4000; i++)
        verdicts[n++] = world_verdict(&w, i);
    kin_kinship *kinship = world_kinship(&w, 2);
    assert_int_equal(kin_kinship_judge(kinship, verdicts, n, NULL), KIN_OK);
    uint32_t candidates[200];
    for (size_t i = 0; i < 200; i++)
        candidates[i] = (uint32_t)(4000 + i);
    kin_kinship_hit hits[200];
    kin_kinship_question question = { w.vectors, 3000, 0, 1, candidates, 200, 200 };
    assert_int_equal(kin_kinship_rank(kinship, &question, hits, &count, NULL), KIN_OK);
    assert_int_equal(count, 200);
    for (size_t i = 0; i < 200 && hits[i].probability > 0.5; i++)
        wrong += w.given[hits[i].item] != w.right[hits[i].item];
    assert_true(wrong >= 45 && wrong <= 60);
    free(verdicts);
    kin_kinship_free(kinship);
    world_free(&w);
}

static int read_some(void *user, size_t first, size_t n, float *vectors, kin_error *err)
{
    (void)user;
    memset(vectors, 0, n * 4 * sizeof *vectors);
    return first < 2048 ? KIN_OK : kin_fail(err, KIN_E_IO, "row %zu is gone", first);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    world w = world_new(5000, 4, 2, 2, 0.5, 1);
    kin_kinship_items items = *world_items(&w);
    kin_error err = KIN_ERROR_INIT;
    kin_kinship *kinship = NULL;
    items.read = read_some;
    assert_int_equal(kin_kinship_new(&items, 4, &kinship, &err), KIN_E_IO);
    assert_string_equal(err.message, "row 2048 is gone");
    items = *world_items(&w);
    items.labels = 1;
    assert_int_equal(kin_kinship_new(&items, 4, &kinship, &err), KIN_E_USAGE);
    items.labels = 4000000;
    assert_int_equal(kin_kinship_new(&items, 4, &kinship, &err), KIN_E_LIMIT);
    items.dim = 4096;
    assert_int_equal(kin_kinship_new(&items, 4, &kinship, &err), KIN_E_LIMIT);
    assert_null(kinship);
    kinship = world_kinship(&w, 1);
    const kin_kinship_verdict twice[2] = { { 3, false, -1 }, { 3, true, 0 } }, far = { 5000, false, -1 },
                              odd = { 1, true, 2 };
    assert_int_equal(kin_kinship_judge(kinship, twice, 2, &err), KIN_E_USAGE);
    assert_int_equal(kin_kinship_judge(kinship, &far, 1, &err), KIN_E_USAGE);
    assert_int_equal(kin_kinship_judge(kinship, &odd, 1, &err), KIN_E_USAGE);
    const uint32_t row = 5000;
    const float lost[4] = { NAN, 0, 0, 0 };
    const kin_kinship_question questions[] = { { w.vectors, 1, 0, 0, NULL, 0, 1 },
                                               { w.vectors, 1, -1, 1, NULL, 0, 1 },
                                               { w.vectors, 1, 0, 2, NULL, 0, 1 },
                                               { w.vectors, 1, 0, 1, &row, 1, 1 },
                                               { lost, 1, 0, 1, NULL, 0, 1 } };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        size_t count = 77;
        assert_int_equal(kin_kinship_rank(kinship, &questions[i], NULL, &count, &err), KIN_E_USAGE);
        assert_int_equal(count, 77);
    }
    kin_kinship_free(kinship);
    kin_kinship_free(NULL);
    world_free(&w);
}

/* ---- suspects ---- */

/* On a circle: item i at the angle of degree[i]. */
static void suspects_by_the_papers_formulas(void **state)
{
    (void)state;
    const double degree[5] = { 0, 10, 20, 100, 110 };
    world w = world_new(5, 2, 2, 2, 0.5, 1);
    const int32_t given[5] = { 0, 0, 1, 1, 1 };
    for (size_t i = 0; i < 5; i++) {
        w.vectors[2 * i] = (float)cos(degree[i] * acos(-1) / 180);
        w.vectors[2 * i + 1] = (float)sin(degree[i] * acos(-1) / 180);
        w.given[i] = given[i];
    }
    kin_kinship *kinship = world_kinship(&w, 1);
    float score[5];
    int32_t right[5];
    assert_int_equal(kin_kinship_suspects(kinship, KIN_SUSPECT_SELFCLEAN, score, right, NULL), KIN_OK);
    double same = 1 - cos(80 * acos(-1) / 180), other = 1 - cos(10 * acos(-1) / 180); /* of item 2 */
    assert_true(fabs((double)score[2] - same * same / (same * same + other * other)) < 0.01);
    assert_true(right[2] == 0 && score[2] > score[1] && score[1] > score[0] && score[3] < 0.1F);
    assert_int_equal(kin_kinship_suspects(kinship, KIN_SUSPECT_SIMIFEAT, score, right, NULL), KIN_OK);
    assert_true(fabsf(score[0] - 0.5F) < 1e-6F && fabsf(score[2]) < 1e-6F && fabsf(score[3]) < 1e-6F);
    kin_kinship_free(kinship);
    world_free(&w);
}

/* Exact neighbours, `most` of them at most, in two blocks. */
typedef struct neighbourhood {
    const world *w;
    size_t most, asked;
} neighbourhood;

static int world_read_of_neighbourhood(void *user, size_t first, size_t n, float *vectors, kin_error *err)
{
    const neighbourhood *of = user;
    (void)err;
    memcpy(vectors, of->w->vectors + first * of->w->dim, n * of->w->dim * sizeof *vectors);
    return KIN_OK;
}

static int nearest_of_all(void *user, size_t k, kin_kinship_take take, void *taker, kin_error *err)
{
    neighbourhood *n = user;
    const world *w = n->w;
    uint32_t *rows = malloc(w->count * sizeof *rows), *nearest = malloc(w->count * k * sizeof *nearest);
    float *cosines = malloc(w->count * k * sizeof *cosines);
    n->asked = k;
    for (size_t i = 0; i < w->count; i++) {
        size_t found = 0;
        rows[i] = (uint32_t)i;
        for (size_t j = 0; j < k; j++)
            nearest[i * k + j] = UINT32_MAX;
        for (size_t j = 0; j < w->count; j++) {
            float cosine = 0;
            for (size_t d = 0; d < w->dim; d++)
                cosine += w->vectors[i * w->dim + d] * w->vectors[j * w->dim + d];
            size_t at = found < n->most ? found : n->most;
            for (; j != i && at > 0 && cosines[i * k + at - 1] < cosine; at--)
                if (at < n->most) {
                    cosines[i * k + at] = cosines[i * k + at - 1];
                    nearest[i * k + at] = nearest[i * k + at - 1];
                }
            if (j == i || at == n->most)
                continue;
            cosines[i * k + at] = cosine;
            nearest[i * k + at] = (uint32_t)j;
            found += found < n->most;
        }
    }
    size_t half = w->count / 2;
    const kin_kinship_near first = { half, k, rows, nearest, cosines };
    const kin_kinship_near second = { w->count - half, k, rows + half, nearest + half * k, cosines + half * k };
    int code = take(taker, &first, err);
    if (code == KIN_OK)
        code = take(taker, &second, err);
    free(cosines);
    free(nearest);
    free(rows);
    return code;
}

/* 45 items, so that 50 neighbours are all others; then 12, of which some labels have none. */
static void suspects_by_a_graph_are_those_of_all_pairs(void **state)
{
    (void)state;
    enum { count = 45 };
    world w = world_new(count, 16, 3, 5, 0.9, 4);
    neighbourhood all = { &w, count - 1, 0 };
    kin_kinship *pairs = world_kinship(&w, 1), *graph = NULL;
    kin_kinship_items items = *world_items(&w);
    float exact[count], score[count];
    int32_t exact_right[count], right[count];
    items.all_pairs = count - 1;
    assert_int_equal(kin_kinship_new(&items, 1, &graph, NULL), KIN_OK);
    assert_int_equal(kin_kinship_suspects(graph, KIN_SUSPECT_SELFCLEAN, score, right, NULL), KIN_E_LIMIT);
    kin_kinship_free(graph);
    kin_kinship_items helped = items;
    helped.graph = nearest_of_all;
    for (int how = KIN_SUSPECT_SELFCLEAN; how <= KIN_SUSPECT_SIMIFEAT; how++) {
        assert_int_equal(kin_kinship_suspects(pairs, (kin_suspicion)how, exact, exact_right, NULL), KIN_OK);
        for (all.most = count - 1; all.most >= 12; all.most = all.most > 12 ? 12 : 0) {
            helped.user = &all;
            helped.read = world_read_of_neighbourhood;
            assert_int_equal(kin_kinship_new(&helped, 1, &graph, NULL), KIN_OK);
            assert_int_equal(kin_kinship_suspects(graph, (kin_suspicion)how, score, right, NULL), KIN_OK);
            assert_int_equal(all.asked, 50);
            for (size_t i = 0; i < count; i++) {
                bool known = all.most > 12 || how == KIN_SUSPECT_SIMIFEAT;
                assert_true(!known || (fabsf(score[i] - exact[i]) < 0.02F && right[i] == exact_right[i]));
                assert_true(score[i] >= -1 && score[i] <= 1 && (right[i] < 0 || right[i] == exact_right[i]));
            }
            kin_kinship_free(graph);
        }
    }
    kin_kinship_free(pairs);
    world_free(&w);
}

static void planted_mistakes_are_the_most_suspicious(void **state)
{
    (void)state;
    world w = world_new(1200, 24, 3, 9, 0.6, 1);
    world_plant(&w, 4, 0, 0.2, 2);
    kin_kinship *kinship = world_kinship(&w, 2);
    float *score = malloc(w.count * sizeof *score);
    int32_t *right = malloc(w.count * sizeof *right);
    for (int how = KIN_SUSPECT_KIN; how <= KIN_SUSPECT_MARGIN; how++) {
        double wrong = 0, ok = 0, lower = 0;
        assert_int_equal(kin_kinship_suspects(kinship, (kin_suspicion)how, score, right, NULL), KIN_OK);
        for (size_t i = 0; i < w.count; i++)
            for (size_t j = 0; j < w.count && w.given[i] != w.right[i]; j++)
                if (w.given[j] == w.right[j])
                    lower += score[j] < score[i] ? 1 : score[j] == score[i] ? 0.5 : 0;
        for (size_t i = 0; i < w.count; i++) {
            wrong += w.given[i] != w.right[i];
            ok += w.given[i] == w.right[i];
            assert_true(w.given[i] == w.right[i] || how == KIN_SUSPECT_SELFCLEAN || right[i] == 1);
        }
        assert_true(wrong > 10 && lower / (wrong * ok) > (how == KIN_SUSPECT_SELFCLEAN ? 0.9 : 0.98));
    }
    free(score);
    free(right);
    kin_kinship_free(kinship);
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
        cmocka_unit_test(worlds_of_next_to_nothing),
        cmocka_unit_test(every_item_reviewed_right_label_or_not),
        cmocka_unit_test(vectors_that_are_no_vectors),
        cmocka_unit_test(more_verdicts_than_there_is_room_for),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(suspects_by_the_papers_formulas),
        cmocka_unit_test(suspects_by_a_graph_are_those_of_all_pairs),
        cmocka_unit_test(planted_mistakes_are_the_most_suspicious),
    };
    kin_blas_threads(1);
    return cmocka_run_group_tests_name("kinship", tests, NULL, NULL);
}
