#include "index_fixture.h"

#include "kin/index_upkeep.h"

/* Clustered rows, enough of them for a base. */

enum { many = 250000, wide = 32, clusters = 1500, asked = 200 };

static float *clustered(uint64_t seed, size_t n)
{
    kin_rng rng;
    kin_rng_seed(&rng, 1);
    float *centres = malloc(clusters * wide * sizeof *centres), *v = malloc(n * wide * sizeof *v);
    assert_non_null(v);
    for (size_t i = 0; i < clusters; i++)
        random_unit(&rng, centres + i * wide, wide);
    kin_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++) {
        const float *centre = centres + kin_rng_below(&rng, clusters) * wide;
        double squares = 0;
        for (size_t j = 0; j < wide; j++) {
            double x = (double)centre[j] + 0.12 * kin_rng_normal(&rng);
            v[i * wide + j] = (float)x;
            squares += x * x;
        }
        for (size_t j = 0; j < wide; j++)
            v[i * wide + j] = (float)((double)v[i * wide + j] / sqrt(squares));
    }
    free(centres);
    return v;
}

static kin_index_options large(kin_vector_type type)
{
    return (kin_index_options) { .dim = wide, .type = type, .model = 1, .rows = KIN_INDEX_ALL };
}

static int64_t *counting_ids(size_t n)
{
    int64_t *ids = malloc(n * sizeof *ids);
    assert_non_null(ids);
    for (size_t i = 0; i < n; i++)
        ids[i] = 1 + (int64_t)i;
    return ids;
}

static void make_large(kin_vector_type type)
{
    start_anew();
    kin_index *index = open_with(writing(large(type)));
    float *v = clustered(2, many);
    int64_t *ids = counting_ids(many);
    assert_int_equal(kin_index_add(index, ids, v, many, NULL), KIN_OK);
    kin_error err = KIN_ERROR_INIT;
    assert_true(kin_index_base_is_due(index));
    if (kin_index_build_base(index, NULL, &err) != KIN_OK)
        fail_msg("%s", err.message);
    assert_int_equal(kin_index_covered(index), many);
    assert_false(kin_index_base_is_due(index));
    free(ids);
    free(v);
    kin_index_close(index);
}

/* The share of the exact neighbours (from a search among all ids) that the search finds. */
static double recall(const kin_index *index, const float *queries, size_t n, size_t k)
{
    int64_t *ids = counting_ids(2 * many), *exact = malloc(n * k * sizeof *exact), *got = malloc(n * k * sizeof *got);
    float *exact_scores = malloc(n * k * sizeof *exact_scores), *scores = malloc(n * k * sizeof *scores);
    assert_int_equal(kin_index_search_among(index, queries, n, ids, 2 * many, k, exact, exact_scores, NULL), KIN_OK);
    assert_int_equal(kin_index_search(index, queries, n, k, got, scores, NULL), KIN_OK);
    size_t hits = 0;
    for (size_t q = 0; q < n; q++)
        for (size_t i = 0, j = 0; i < k && j < k; i++) { /* both are sorted alike, and equal ids have equal scores */
            while (j < k && exact[q * k + j] != got[q * k + i] && exact_scores[q * k + j] >= scores[q * k + i])
                j++;
            if (j < k && exact[q * k + j] == got[q * k + i]) {
                assert_true(exact_scores[q * k + j] == scores[q * k + i]);
                hits++;
                j++;
            }
        }
    free(scores);
    free(exact_scores);
    free(got);
    free(exact);
    free(ids);
    return (double)hits / (double)(n * k);
}

static void a_base_finds_nearly_all_neighbours(void **state)
{
    (void)state;
    make_large(KIN_VECTOR_F32);
    kin_index *index = open_with(large(KIN_VECTOR_F32));
    assert_int_equal(kin_index_covered(index), many);
    assert_null(kin_index_base_note(index));
    float *queries = clustered(3, asked);
    double at_50 = recall(index, queries, asked, 50), at_1000 = recall(index, queries, asked, 1000);
    print_message("recall@50 %.4f, recall@1000 %.4f\n", at_50, at_1000);
    assert_true(at_50 >= 0.95 && at_1000 >= 0.95);
    assert_true(recall(index, queries, 5, 20000) == 1);
    free(queries);
    kin_index_close(index);
}

static void rows_past_the_base_are_found_and_gone_ones_not(void **state)
{
    (void)state;
    kin_index *index = open_with(writing(large(KIN_VECTOR_F32)));
    float *queries = clustered(3, asked), score;
    for (size_t i = 0; i < asked; i++) {
        int64_t nearest, new = many + 1 + (int64_t)i, got;
        const float *query = queries + i * wide;
        assert_int_equal(kin_index_search(index, query, 1, 1, &nearest, &score, NULL), KIN_OK);
        assert_int_equal(kin_index_remove(index, &nearest, 1, NULL), KIN_OK);
        assert_int_equal(kin_index_search(index, query, 1, 1, &got, &score, NULL), KIN_OK);
        assert_int_not_equal(got, nearest);
        add_one(index, new, query);
        assert_int_equal(kin_index_search(index, query, 1, 1, &got, &score, NULL), KIN_OK);
        assert_int_equal(got, new);
    }
    assert_true(recall(index, queries, asked, 50) >= 0.95);
    free(queries);
    kin_index_close(index);
}

static void where_all_neighbours_are_gone_the_next_ones_are_found(void **state)
{
    (void)state;
    enum { around = 60000 };
    kin_index *index = open_with(writing(large(KIN_VECTOR_F32)));
    float *query = clustered(3, 1), *scores = malloc(around * sizeof *scores);
    int64_t *ids = malloc(around * sizeof *ids);
    assert_int_equal(kin_index_search(index, query, 1, around, ids, scores, NULL), KIN_OK);
    assert_int_equal(kin_index_remove(index, ids, around, NULL), KIN_OK);
    assert_true(kin_index_count(index) > 100000 && kin_index_covered(index) == many);
    assert_true(recall(index, query, 1, 50) == 1); /* the lists near the query are empty */
    int64_t *all = counting_ids(many);
    size_t left = 0;
    for (int64_t id = 1; id <= many; id++)
        if (id % 4 && kin_index_has(index, id))
            all[left++] = id;
    assert_int_equal(kin_index_remove(index, all, left, NULL), KIN_OK);
    assert_true(kin_index_count(index) < 100000);
    float *queries = clustered(4, asked);
    assert_true(recall(index, queries, asked, 50) == 1); /* so few items are searched exactly */
    free(queries);
    free(all);
    free(ids);
    free(scores);
    free(query);
    kin_index_close(index);
}

static void a_base_that_does_not_fit_is_left_aside(void **state)
{
    (void)state;
    make_large(KIN_VECTOR_I8);
    kin_index_options options = large(KIN_VECTOR_I8);
    float *queries = clustered(3, asked);
    size_t size = size_of(base_path);
    static const double places[] = { 0, 0.01, 0.3, 0.6, 0.9999 };
    for (size_t i = 0; i < 5; i++) {
        size_t byte = (size_t)((double)size * places[i]);
        flip_bit(base_path, byte, 3);
        kin_index *index = open_with(options);
        assert_int_equal(kin_index_covered(index), 0);
        assert_non_null(kin_index_base_note(index));
        assert_true(recall(index, queries, 3, 50) == 1);
        kin_index_close(index);
        flip_bit(base_path, byte, 3);
    }
    options.rows = many - 1; /* covers a row that does not count, and then rows that are others now */
    kin_index *index = open_with(options);
    assert_int_equal(kin_index_covered(index), 0);
    kin_index_close(index);
    kin_buffer kept = KIN_BUFFER_INIT;
    assert_int_equal(kin_file_read(base_path, SIZE_MAX, &kept, NULL), KIN_OK);
    index = open_with(writing(options));
    assert_false(kin_file_exists(base_path));
    add_one(index, many, queries);
    kin_index_close(index);
    assert_int_equal(kin_file_replace(base_path, kept.data, kept.size, NULL), KIN_OK);
    options.rows = KIN_INDEX_ALL;
    index = open_with(options);
    assert_int_equal(kin_index_covered(index), 0);
    assert_non_null(kin_index_base_note(index));
    kin_index_close(index);
    assert_int_equal(truncate(base_path, 50), 0);
    assert_int_equal(try_open(options), KIN_OK);
    assert_int_equal(unlink(base_path), 0);
    index = open_with(options);
    assert_null(kin_index_base_note(index));
    assert_true(kin_index_base_is_due(index));
    kin_index_close(index);
    kin_buffer_clear(&kept);
    free(queries);
}

static bool stop_at_third(void *user)
{
    int *calls = user;
    return ++*calls == 3;
}

static void building_can_be_stopped(void **state)
{
    (void)state;
    int calls = 0;
    kin_watch watch = { .user = &calls, .stop = stop_at_third };
    kin_index *index = open_with(writing(large(KIN_VECTOR_I8)));
    assert_int_equal(kin_index_build_base(index, &watch, NULL), KIN_E_STOPPED);
    assert_false(kin_file_exists(base_path));
    assert_int_equal(kin_index_covered(index), 0);
    kin_index_close(index);
}

/* What a build did. */
typedef struct watched {
    bool clustered, assigned;
} watched;

static void see_stage(void *user, const char *what, uint64_t done, uint64_t total)
{
    watched *seen = user;
    assert_true(done <= total);
    seen->clustered |= strcmp(what, "cluster") == 0;
    seen->assigned |= strcmp(what, "assign") == 0;
}

static watched rebuild(kin_index *index)
{
    watched seen = { false, false };
    kin_watch watch = { .user = &seen, .progress = see_stage };
    kin_error err = KIN_ERROR_INIT;
    if (kin_index_build_base(index, &watch, &err) != KIN_OK)
        fail_msg("%s", err.message);
    assert_int_equal(kin_index_covered(index), kin_index_rows(index));
    return seen;
}

/* Rounds of a hundredth of new items, replaced ones and gone ones: the lists keep finding, and are not made anew. */
static void a_base_grows_with_its_rows(void **state)
{
    (void)state;
    enum { more = many / 50, each_round = 3 };
    make_large(KIN_VECTOR_I8);
    kin_index *index = open_with(writing(large(KIN_VECTOR_I8)));
    float *queries = clustered(3, asked);
    int64_t next = many + 1, *ids = counting_ids(more);
    for (uint64_t round = 0; round < each_round; round++) {
        float *v = clustered(10 + round, more);
        for (int64_t i = 0; i < more; i++)
            ids[i] = i % 4 == 0 ? 1 + i * 7 : next++;
        assert_int_equal(kin_index_add(index, ids, v, more, NULL), KIN_OK);
        for (int64_t i = 0; i < more / 4; i++)
            ids[i] = 5000 * (int64_t)(round + 1) + i;
        assert_int_equal(kin_index_remove(index, ids, more / 4, NULL), KIN_OK);
        assert_true(kin_index_base_is_due(index));
        watched seen = rebuild(index);
        assert_true(seen.assigned && !seen.clustered);
        assert_false(kin_index_base_is_due(index));
        free(v);
    }
    double grown = recall(index, queries, asked, 50);
    print_message("recall@50 after growing %.4f\n", grown);
    assert_true(grown >= 0.95);
    kin_index_close(index);
    index = open_with(large(KIN_VECTOR_I8)); /* and so does the file */
    assert_int_equal(kin_index_covered(index), kin_index_rows(index));
    assert_true(recall(index, queries, asked, 50) == grown);
    kin_index_close(index);
    free(ids);
    free(queries);
}

/* New rows in one place only: the lists there become far longer than the rest. */
static void a_base_is_made_anew_where_its_lists_no_longer_fit(void **state)
{
    (void)state;
    enum { more = many / 4 };
    kin_index *index = open_with(writing(large(KIN_VECTOR_I8)));
    float *one = clustered(77, 1), *v = malloc((size_t)more * wide * sizeof *v);
    int64_t *ids = counting_ids(more);
    kin_rng rng;
    kin_rng_seed(&rng, 6);
    for (size_t i = 0; i < more; i++) {
        double squares = 0;
        for (size_t j = 0; j < wide; j++) {
            v[i * wide + j] = (float)((double)one[j] + 0.03 * kin_rng_normal(&rng));
            squares += (double)v[i * wide + j] * (double)v[i * wide + j];
        }
        for (size_t j = 0; j < wide; j++)
            v[i * wide + j] = (float)((double)v[i * wide + j] / sqrt(squares));
        ids[i] += 10 * many;
    }
    assert_int_equal(kin_index_add(index, ids, v, more, NULL), KIN_OK);
    watched seen = rebuild(index);
    assert_true(seen.clustered && seen.assigned);
    seen = rebuild(index);
    assert_false(seen.clustered);
    kin_index_close(index);
    free(ids);
    free(v);
    free(one);
}

/* Every few-th item's neighbours, by a full scan. */
typedef struct checked_graph {
    kin_index *index;
    size_t seen, found, wanted;
    int64_t step;
} checked_graph;

enum { graph_k = 10 };

static int check_near(void *user, const kin_index_near *near, kin_error *err)
{
    checked_graph *g = user;
    float query[wide], scores[graph_k + 1];
    static int64_t *every;
    int64_t exact[graph_k + 1];
    assert_int_equal(near->k, graph_k);
    if (!every)
        every = counting_ids(2 * many);
    for (size_t i = 0; i < near->n; i++) {
        const int64_t *got = near->near + i * near->k;
        g->seen++;
        if (near->ids[i] % g->step)
            continue;
        assert_int_equal(kin_index_get(g->index, near->ids[i], query, err), KIN_OK);
        assert_int_equal(kin_index_search_among(g->index, query, 1, every, 2 * many, graph_k + 1, exact, scores, err), 0);
        for (size_t a = 0; a < graph_k; a++) {
            assert_true(got[a] > 0 && got[a] != near->ids[i]);
            assert_true(a == 0 || near->scores[i * graph_k + a - 1] >= near->scores[i * graph_k + a]);
            for (size_t b = 0; b <= graph_k; b++)
                g->found += got[a] == exact[b];
        }
        g->wanted += graph_k;
    }
    return KIN_OK;
}

static void the_graph_has_each_item_once_with_its_neighbours(void **state)
{
    (void)state;
    make_large(KIN_VECTOR_I8);
    kin_index *index = open_with(writing(large(KIN_VECTOR_I8)));
    float *past = clustered(12, 1000); /* rows past the base count, too */
    int64_t *ids = counting_ids(1000);
    for (int64_t i = 0; i < 1000; i++)
        ids[i] += many;
    assert_int_equal(kin_index_add(index, ids, past, 1000, NULL), KIN_OK);
    checked_graph g = { .index = index, .step = 5000 };
    kin_index_graph_options how = { .k = graph_k, .take = check_near, .user = &g };
    kin_error err = KIN_ERROR_INIT;
    if (kin_index_graph(index, &how, NULL, &err) != KIN_OK)
        fail_msg("%s", err.message);
    print_message("recall@10 of the graph %.4f\n", (double)g.found / (double)g.wanted);
    assert_int_equal(g.seen, many + 1000);
    assert_true((double)g.found >= 0.95 * (double)g.wanted);
    int calls = 0;
    kin_watch watch = { .user = &calls, .stop = stop_at_third };
    assert_int_equal(kin_index_graph(index, &how, &watch, NULL), KIN_E_STOPPED);
    kin_index_close(index);
    free(ids);
    free(past);
}

typedef struct near_list {
    size_t n;
    int64_t ids[64], near[64 * 3];
    float scores[64 * 3];
} near_list;

static int keep_near(void *user, const kin_index_near *near, kin_error *err)
{
    (void)err;
    near_list *list = user;
    assert_int_equal(near->k, 3);
    for (size_t i = 0; i < near->n; i++) {
        list->ids[list->n] = near->ids[i];
        memcpy(list->near + 3 * list->n, near->near + 3 * i, 3 * sizeof *near->near);
        memcpy(list->scores + 3 * list->n++, near->scores + 3 * i, 3 * sizeof *near->scores);
    }
    return KIN_OK;
}

static void the_graph_of_some_items_is_among_these(void **state)
{
    (void)state;
    start_anew();
    kin_index *index = open_with(writing(plain));
    add_many(index, 1, 60, 8, 21);
    static const int64_t some[] = { 4, 8, 15, 16, 23, 42, 999 };
    near_list all = { .n = 0 }, few = { .n = 0 };
    kin_index_graph_options how = { .k = 3, .take = keep_near, .user = &all };
    assert_int_equal(kin_index_graph(index, &how, NULL, NULL), KIN_OK);
    assert_int_equal(all.n, 60);
    how = (kin_index_graph_options) { .k = 3, .among = some, .among_count = 7, .take = keep_near, .user = &few };
    assert_int_equal(kin_index_graph(index, &how, NULL, NULL), KIN_OK);
    assert_int_equal(few.n, 6);
    for (size_t i = 0; i < few.n; i++) {
        float query[8], scores[4];
        int64_t near[4];
        assert_int_equal(kin_index_get(index, few.ids[i], query, NULL), KIN_OK);
        assert_int_equal(kin_index_search_among(index, query, 1, some, 7, 4, near, scores, NULL), KIN_OK);
        assert_int_equal(near[0], few.ids[i]);
        assert_memory_equal(near + 1, few.near + 3 * i, 3 * sizeof *near);
    }
    how = (kin_index_graph_options) { .k = 3, .among = some, .among_count = 2, .take = keep_near, .user = &few };
    few.n = 0;
    assert_int_equal(kin_index_graph(index, &how, NULL, NULL), KIN_OK);
    assert_true(few.n == 2 && few.near[0] == 8 && few.near[1] == -1 && few.near[3] == 4);
    kin_index_close(index);
}

static void compaction_lays_the_rows_of_a_list_side_by_side(void **state)
{
    (void)state;
    enum { gone = 1000, more = 500 };
    static float before[wide], after[wide];
    make_large(KIN_VECTOR_I8);
    kin_index_options how = writing(large(KIN_VECTOR_I8));
    kin_index *index = open_with(how), *compacted = NULL;
    float *v = clustered(5, more);
    int64_t *ids = counting_ids(many + more);
    kin_index_compacted rows = { 0 };
    assert_int_equal(kin_index_add(index, ids + many, v, more, NULL), KIN_OK);
    assert_int_equal(kin_index_remove(index, ids, gone, NULL), KIN_OK);
    assert_true(kin_index_scatter(index) > 0.9);
    assert_int_equal(kin_index_compact(index, 1, NULL, &rows, NULL), KIN_OK);
    assert_int_equal(rows.rows, many + more - gone);
    how.generation = 1;
    compacted = open_with(how);
    assert_int_equal(kin_index_rows(compacted), rows.rows);
    assert_int_equal(kin_index_count(compacted), rows.rows);
    for (size_t i = 0; i < many + more; i++) {
        assert_int_equal(kin_index_has(compacted, ids[i]), i >= gone);
        if (i < gone)
            continue;
        assert_int_equal(kin_index_get(index, ids[i], before, NULL), KIN_OK);
        assert_int_equal(kin_index_get(compacted, ids[i], after, NULL), KIN_OK);
        assert_memory_equal(before, after, sizeof before);
    }
    assert_int_equal(kin_index_build_base(compacted, NULL, NULL), KIN_OK);
    assert_true(kin_index_scatter(compacted) < 0.3);
    assert_true(recall(compacted, v, asked, 10) > 0.95);
    kin_index_close(compacted);
    kin_index_close(index);
    free(rows.sums);
    free(ids);
    free(v);
}

static void few_items_need_no_base(void **state)
{
    (void)state;
    start_anew();
    kin_index *index = open_with(writing(plain));
    add_many(index, 1, 100, 8, 20);
    append_bytes(base_path, "left over", 9);
    assert_int_equal(kin_index_build_base(index, NULL, NULL), KIN_OK);
    assert_false(kin_file_exists(base_path));
    assert_int_equal(kin_index_covered(index), 0);
    assert_false(kin_index_base_is_due(index));
    kin_index_close(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_items_need_no_base),
        cmocka_unit_test(a_base_finds_nearly_all_neighbours),
        cmocka_unit_test(rows_past_the_base_are_found_and_gone_ones_not),
        cmocka_unit_test(where_all_neighbours_are_gone_the_next_ones_are_found),
        cmocka_unit_test(a_base_that_does_not_fit_is_left_aside),
        cmocka_unit_test(building_can_be_stopped),
        cmocka_unit_test(a_base_grows_with_its_rows),
        cmocka_unit_test(a_base_is_made_anew_where_its_lists_no_longer_fit),
        cmocka_unit_test(compaction_lays_the_rows_of_a_list_side_by_side),
        cmocka_unit_test(the_graph_has_each_item_once_with_its_neighbours),
        cmocka_unit_test(the_graph_of_some_items_is_among_these),
    };
    return cmocka_run_group_tests_name("index base", tests, make_test_folder, remove_test_folder);
}
