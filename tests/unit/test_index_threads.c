#include "index_fixture.h"

#include "base/hash.h"
#include "base/parallel.h"

#include <pthread.h>

/* What several threads do with one index, for ThreadSanitizer: rows just enough for a base, of few numbers each, since
 * it slows them by twenty times. That the answers are good is test_index_base's. */

enum { items = 101000, past = 600, wide = 8, k = 5, crew = 4, asked = 40, places = 20 };

static const kin_index_options narrow = {
    .dim = wide, .type = KIN_VECTOR_I8, .model = 1, .rows = KIN_INDEX_ALL
};

static void count_stages(void *user, const char *what, uint64_t done, uint64_t total)
{
    size_t *stages = user;
    assert_true(done <= total);
    stages[strcmp(what, "cluster") == 0]++;
}

static void workers_build_a_base(void **state)
{
    (void)state;
    start_anew();
    size_t stages[2] = { 0, 0 };
    kin_watch watch = { .user = stages, .progress = count_stages };
    kin_error err = KIN_ERROR_INIT;
    kin_index *index = open_with(writing(narrow));
    add_many(index, 1, items, wide, 31);
    if (kin_parallel_cores() < 2)
        print_message("skipped: one core alone builds a base without a second thread\n");
    if (kin_index_build_base(index, &watch, &err) != KIN_OK)
        fail_msg("%s", err.message);
    assert_true(stages[0] > 0 && stages[1] > 0);
    add_many(index, 1 + items, past, wide, 32); /* which searches look at as well */
    assert_int_equal(kin_index_covered(index), items);
    kin_index_close(index);
}

typedef struct searcher {
    const kin_index *index;
    const float *queries; /* [asked, wide] */
    const int64_t *among; /* [items / 2] */
    int64_t ids[asked * places], few[asked * places], got[wide];
    float scores[asked * places];
} searcher;

/* All that a reading index may be asked. */
static void *ask_all(void *user)
{
    searcher *s = user;
    float vector[wide], few_scores[places];
    for (size_t i = 0; i < asked; i++)
        if (kin_index_search(s->index, s->queries + i * wide, 1, places, s->ids + i * places, s->scores + i * places,
                             NULL) != KIN_OK ||
            !kin_index_has(s->index, s->ids[i * places]) ||
            kin_index_get(s->index, s->ids[i * places], vector, NULL) != KIN_OK)
            return NULL;
    for (size_t i = 0; i < asked; i += 8)
        if (kin_index_search_among(s->index, s->queries + i * wide, 1, s->among, items / 2, places, s->few + i * places,
                                   few_scores, NULL) != KIN_OK)
            return NULL;
    return s;
}

static void threads_search_one_index_with_a_base(void **state)
{
    (void)state;
    kin_index *index = open_with(narrow);
    assert_int_equal(kin_index_covered(index), items);
    float *queries = random_units(34, asked, wide);
    int64_t *among = malloc(items / 2 * sizeof *among);
    searcher *searchers = calloc(crew + 1, sizeof *searchers);
    assert_true(among && searchers);
    for (int64_t i = 0; i < items / 2; i++)
        among[i] = 2 * i + 1;
    pthread_t threads[crew];
    for (size_t i = 0; i <= crew; i++) {
        searchers[i] = (searcher) { .index = index, .queries = queries, .among = among };
        if (i < crew)
            assert_int_equal(pthread_create(&threads[i], NULL, ask_all, &searchers[i]), 0);
    }
    for (size_t i = 0; i < crew; i++) {
        void *done = NULL;
        assert_int_equal(pthread_join(threads[i], &done), 0);
        assert_non_null(done);
    }
    assert_non_null(ask_all(&searchers[crew]));
    for (size_t i = 0; i < crew; i++) {
        assert_memory_equal(searchers[i].ids, searchers[crew].ids, sizeof searchers[i].ids);
        assert_memory_equal(searchers[i].scores, searchers[crew].scores, sizeof searchers[i].scores);
        assert_memory_equal(searchers[i].few, searchers[crew].few, sizeof searchers[i].few);
    }
    free(searchers);
    free(among);
    free(queries);
    kin_index_close(index);
}

enum { enough = 8192 }; /* several rounds of blocks, a dozenth of the items */

typedef struct near_sum {
    size_t seen;
    uint64_t ids, scores; /* of what came one after another, so that another order gives others */
} near_sum;

static int add_near(void *user, const kin_index_near *near, kin_error *err)
{
    near_sum *sum = user;
    sum->seen += near->n;
    sum->ids = kin_hash_more(sum->ids, near->ids, near->n * sizeof *near->ids);
    sum->ids = kin_hash_more(sum->ids, near->near, near->n * near->k * sizeof *near->near);
    sum->scores = kin_hash_more(sum->scores, near->scores, near->n * near->k * sizeof *near->scores);
    return sum->seen < enough ? KIN_OK : kin_fail(err, KIN_E_STOPPED, "that is enough");
}

static near_sum graph_of(const kin_index *index, size_t threads, const int64_t *among, size_t m, bool exact)
{
    near_sum sum = { 0, 0, 0 };
    kin_index_graph_options how = { .k = k, .among = among, .among_count = m, .exact = exact, .threads = threads,
                                    .take = add_near, .user = &sum };
    kin_error err = KIN_ERROR_INIT;
    int code = kin_index_graph(index, &how, NULL, &err);
    if (code != KIN_OK && code != KIN_E_STOPPED)
        fail_msg("%s", err.message);
    return sum;
}

static void a_graph_is_the_same_whatever_the_number_of_threads(void **state)
{
    (void)state;
    enum { some = 5000 };
    kin_index *index = open_with(narrow);
    int64_t *among = malloc(some * sizeof *among);
    assert_non_null(among);
    for (int64_t i = 0; i < some; i++)
        among[i] = 1 + 20 * i;
    near_sum one = graph_of(index, 1, NULL, 0, false), many = graph_of(index, crew, NULL, 0, false);
    assert_int_equal(one.seen, enough);
    assert_memory_equal(&one, &many, sizeof one);
    one = graph_of(index, 1, among, some, true);
    many = graph_of(index, crew, among, some, true);
    assert_int_equal(one.seen, some);
    assert_memory_equal(&one, &many, sizeof one);
    free(among);
    kin_index_close(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_build_a_base),
        cmocka_unit_test(threads_search_one_index_with_a_base),
        cmocka_unit_test(a_graph_is_the_same_whatever_the_number_of_threads),
    };
    return cmocka_run_group_tests_name("index threads", tests, make_test_folder, remove_test_folder);
}
