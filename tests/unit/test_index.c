#include "index_fixture.h"

#include "index/index_codec.h"
#include "index/index_pool.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { head = 64, k_most = 50 };

/* The oracle: every vector as the index says it is stored, products in double, all pairs, sorted. */

typedef struct pair {
    double score;
    int64_t id;
} pair;

static int by_score(const void *left, const void *right)
{
    const pair *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static size_t oracle(const kin_index *index, const float *query, size_t dim, const int64_t *ids, size_t n, pair *out)
{
    float *vector = malloc(dim * sizeof *vector);
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (kin_index_get(index, ids[i], vector, NULL) != KIN_OK)
            continue;
        double sum = 0;
        for (size_t j = 0; j < dim; j++)
            sum += (double)vector[j] * (double)query[j];
        out[found++] = (pair) { sum, ids[i] };
    }
    free(vector);
    qsort(out, found, sizeof *out, by_score);
    return found;
}

/* Scores agree with the oracle's at every place, and each id has the score it is given. Where neighbours differ by
 * more than `close` the ids are the oracle's. */
static void assert_matches(const pair *want, size_t found, const int64_t *ids, const float *scores, size_t k,
                           double close)
{
    for (size_t i = 0; i < k; i++) {
        if (i >= found) {
            assert_int_equal(ids[i], -1);
            assert_true(isinf(scores[i]) && scores[i] < 0);
            continue;
        }
        assert_true(fabs((double)scores[i] - want[i].score) <= close);
        bool alone = (i == 0 || want[i - 1].score - want[i].score > 2 * close) &&
                     (i + 1 == found || want[i].score - want[i + 1].score > 2 * close);
        if (alone)
            assert_int_equal(ids[i], want[i].id);
        assert_true(i == 0 || scores[i - 1] > scores[i] || (scores[i - 1] == scores[i] && ids[i - 1] < ids[i]));
    }
}

static const double closeness[] = { 0, 2e-7, 3e-4, 2e-7 }; /* by type; halves are not brought to length 1 for scores */

static void check_against_oracle(kin_vector_type type, size_t n, size_t dim, size_t queries)
{
    start_anew();
    kin_index_options options = { .dim = dim, .type = type, .rows = KIN_INDEX_ALL };
    kin_index *index = open_with(writing(options));
    float *vectors = random_units(n + dim, n, dim), *query = random_units(99, queries, dim);
    int64_t *ids = malloc((n + 1) * sizeof *ids);
    for (size_t i = 0; i < n; i++)
        ids[i] = 1 + (int64_t)((i * 7919) % 100003) * 1000003; /* ids in no order */
    assert_int_equal(kin_index_add(index, ids, vectors, n, NULL), KIN_OK);
    assert_int_equal(kin_index_count(index), n);
    static const size_t depths[] = { 1, 5, k_most };
    int64_t *got = malloc(queries * k_most * sizeof *got);
    float *scores = malloc(queries * k_most * sizeof *scores);
    pair *want = malloc((n + 1) * sizeof *want);
    for (size_t d = 0; d < 3; d++) {
        size_t k = depths[d];
        assert_int_equal(kin_index_search(index, query, queries, k, got, scores, NULL), KIN_OK);
        for (size_t q = 0; q < queries; q++) {
            size_t found = oracle(index, query + q * dim, dim, ids, n, want);
            assert_int_equal(found, n);
            assert_matches(want, found, got + q * k, scores + q * k, k, closeness[type]);
            int64_t one[k_most];
            float score[k_most];
            assert_int_equal(kin_index_search(index, query + q * dim, 1, k, one, score, NULL), KIN_OK);
            assert_memory_equal(one, got + q * k, k * sizeof *one); /* alone or in a batch: the same to the bit */
            assert_memory_equal(score, scores + q * k, k * sizeof *score);
        }
    }
    free(want);
    free(scores);
    free(got);
    free(ids);
    free(query);
    free(vectors);
    kin_index_close(index);
}

static void nearest_are_those_of_the_oracle(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 7, 33, 1000, 5000 }, dims[] = { 1, 7, 64, 128, 130 };
    for (kin_vector_type type = KIN_VECTOR_F32; type <= KIN_VECTOR_I8; type++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (size_t j = 0; j < sizeof dims / sizeof *dims; j++)
                check_against_oracle(type, sizes[i], dims[j], 7);
}

static void vectors_come_back(void **state)
{
    (void)state;
    static const double off[] = { 0, 1e-7, 6e-4, 1.2e-2 };
    static const size_t dims[] = { 1, 3, 4, 9, 31, 512 };
    for (kin_vector_type type = KIN_VECTOR_F32; type <= KIN_VECTOR_I8; type++)
        for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
            size_t dim = dims[d];
            start_anew();
            kin_index *index =
                open_with((kin_index_options) { .dim = dim, .type = type, .rows = KIN_INDEX_ALL, .write = true });
            float *vector = random_units(dim, 1, dim), *back = malloc(dim * sizeof *back);
            if (dim == 9) {
                memset(vector, 0, dim * sizeof *vector);
                vector[2] = -1;
                vector[3] = 1e-6F; /* a subnormal half */
                vector[4] = 1e-9F; /* no half at all */
            }
            add_one(index, 5, vector);
            assert_int_equal(kin_index_get(index, 5, back, NULL), KIN_OK);
            double squares = 0;
            for (size_t i = 0; i < dim; i++) {
                assert_true(fabs((double)back[i] - (double)vector[i]) <= off[type]);
                squares += (double)back[i] * (double)back[i];
            }
            assert_true(fabs(sqrt(squares) - 1) < 1e-6);
            assert_int_equal(kin_index_get(index, 6, back, NULL), KIN_E_NOTFOUND);
            kin_index_close(index);
            free(back);
            free(vector);
        }
}

/* Every other row is the same vector, so that twins meet every edge of a BLAS's blocks; dim is odd for its tails. */
static void equal_scores_come_by_ascending_id(void **state)
{
    (void)state;
    for (kin_vector_type type = KIN_VECTOR_F32; type <= KIN_VECTOR_I8; type++) {
        enum { n = 5003, dim = 37, asked = 9 };
        start_anew();
        kin_index *index =
            open_with((kin_index_options) { .dim = dim, .type = type, .rows = KIN_INDEX_ALL, .write = true });
        float *vectors = random_units(1, n, dim), *queries = random_units(2, asked, dim);
        int64_t *ids = malloc(n * sizeof *ids), got[asked * k_most];
        float scores[asked * k_most];
        for (size_t i = 0; i < n; i++) {
            ids[i] = (int64_t)(n - i);
            if (i % 2 == 0)
                memcpy(vectors + i * dim, vectors, dim * sizeof *vectors);
        }
        for (size_t i = 0; i < asked; i++)
            for (size_t j = 0; j < dim; j++) /* near the twins, each in its way */
                queries[i * dim + j] = vectors[j] + 0.1F * queries[i * dim + j];
        assert_int_equal(kin_index_add(index, ids, vectors, n, NULL), KIN_OK);
        for (size_t some = 1; some <= asked; some++) {
            assert_int_equal(kin_index_search(index, queries, some, k_most, got, scores, NULL), KIN_OK);
            for (size_t i = 0; i < some * k_most; i++) {
                assert_int_equal(got[i], 1 + 2 * (i % k_most));
                assert_true(scores[i] == scores[i - i % k_most]);
            }
        }
        kin_index_close(index);
        free(ids);
        free(queries);
        free(vectors);
    }
}

static void a_later_row_replaces_and_tombstones_hide(void **state)
{
    (void)state;
    start_anew();
    kin_index *index = open_with(writing(plain));
    float *v = random_units(4, 6, 8), back[8], score[4];
    int64_t got[4], both[] = { 2, 2 }, gone[] = { 1, 1, 77, -5, 0 };
    for (int64_t id = 1; id <= 4; id++)
        add_one(index, id, v + (id - 1) * 8);
    assert_int_equal(kin_index_add(index, both, v + 32, 2, NULL), KIN_OK); /* 2 is now v[5] */
    assert_int_equal(kin_index_rows(index), 6);
    assert_int_equal(kin_index_dim(index), 8);
    assert_int_equal(kin_index_count(index), 4);
    assert_int_equal(kin_index_remove(index, gone, 5, NULL), KIN_OK);
    assert_int_equal(kin_index_rows(index), 7);
    assert_int_equal(kin_index_count(index), 3);
    assert_false(kin_index_has(index, 1));
    assert_false(kin_index_has(index, -2));
    for (int round = 0; round < 2; round++) { /* as written, and as read again */
        assert_true(kin_index_has(index, 2));
        assert_int_equal(kin_index_get(index, 2, back, NULL), KIN_OK);
        for (size_t i = 0; i < 8; i++)
            assert_true(fabs((double)back[i] - (double)v[40 + i]) < 1e-6);
        assert_int_equal(kin_index_search(index, v, 1, 4, got, score, NULL), KIN_OK);
        assert_int_equal(got[3], -1);
        for (size_t i = 0; i < 3; i++)
            assert_true(got[i] >= 2 && got[i] <= 4);
        kin_index_close(index);
        index = open_with(writing(plain));
        assert_int_equal(kin_index_count(index), 3);
    }
    add_one(index, 1, v + 8); /* back again, with another vector */
    assert_int_equal(kin_index_search(index, v + 8, 1, 1, got, score, NULL), KIN_OK);
    assert_int_equal(got[0], 1);
    assert_int_equal(kin_index_count(index), 4);
    kin_index_close(index);
    free(v);
}

static void searching_among_ids_is_exact(void **state)
{
    (void)state;
    enum { n = 4000, dim = 8, k = 20 };
    for (kin_vector_type type = KIN_VECTOR_F32; type <= KIN_VECTOR_I8; type++) {
        start_anew();
        kin_index *index =
            open_with((kin_index_options) { .dim = dim, .type = type, .rows = KIN_INDEX_ALL, .write = true });
        add_many(index, 1, n, dim, 5);
        add_many(index, 100, 300, dim, 6);
        int64_t gone[] = { 11, 12, 13 }, *among = malloc(2 * n * sizeof *among), got[2 * k];
        assert_int_equal(kin_index_remove(index, gone, 3, NULL), KIN_OK);
        float *query = random_units(7, 2, dim), scores[2 * k];
        pair *want = malloc(n * sizeof *want);
        static const size_t steps[] = { 1, 3, 100, 2000 };
        for (size_t s = 0; s < 4; s++) {
            size_t m = 0, distinct;
            for (size_t i = 0; i < n; i += steps[s])
                among[m++] = 1 + (int64_t)i;
            distinct = m;
            for (size_t i = 0; i < distinct / 2; i++)
                among[m++] = among[i]; /* twice */
            among[m++] = n + 5;        /* not there */
            among[m++] = -3;
            among[m++] = 0;
            assert_int_equal(kin_index_search_among(index, query, 2, among, m, k, got, scores, NULL), KIN_OK);
            for (size_t q = 0; q < 2; q++) {
                size_t found = oracle(index, query + q * dim, dim, among, distinct, want);
                assert_matches(want, found, got + q * k, scores + q * k, k, closeness[type]);
            }
        }
        assert_int_equal(kin_index_search_among(index, query, 2, NULL, 0, k, got, scores, NULL), KIN_OK);
        for (size_t i = 0; i < 2 * (size_t)k; i++)
            assert_int_equal(got[i], -1);
        free(want);
        free(query);
        free(among);
        kin_index_close(index);
    }
}

static void wrong_calls_are_refused(void **state)
{
    (void)state;
    start_anew();
    kin_index *index = open_with(writing(plain));
    kin_error err = KIN_ERROR_INIT;
    float *v = random_units(8, 2, 8), scores[2] = { 5, 5 };
    int64_t ids[] = { 1, 0 }, got[2] = { 9, 9 };
    assert_int_equal(kin_index_add(index, ids, v, 2, &err), KIN_E_USAGE);
    ids[1] = 2;
    v[9] = NAN;
    assert_int_equal(kin_index_add(index, ids, v, 2, &err), KIN_E_USAGE);
    for (size_t i = 0; i < 8; i++)
        v[8 + i] = 0;
    assert_int_equal(kin_index_add(index, ids, v, 2, &err), KIN_E_USAGE);
    assert_int_equal(kin_index_rows(index), 0);
    assert_int_equal(size_of(vectors_path), head);
    add_one(index, 1, v);
    v[3] = INFINITY;
    assert_int_equal(kin_index_search(index, v, 1, 2, got, scores, &err), KIN_E_USAGE);
    v[3] = NAN;
    assert_int_equal(kin_index_search(index, v, 1, 2, got, scores, &err), KIN_E_USAGE);
    assert_int_equal(got[0], 9);
    assert_true(scores[1] == 5);
    assert_int_equal(kin_index_search(index, v + 8, 1, 2, got, scores, &err), KIN_OK); /* a query of zeros */
    assert_int_equal(got[0], 1);
    assert_true(scores[0] == 0);
    assert_int_equal(kin_index_search(index, NULL, 0, 2, NULL, NULL, &err), KIN_OK);
    assert_int_equal(kin_index_search(index, v, 1, 0, NULL, NULL, &err), KIN_OK);
    kin_index_close(index);
    kin_index_options options = writing(plain);
    options.dim = 0;
    assert_int_equal(try_open(options), KIN_E_USAGE);
    options.dim = SIZE_MAX;
    assert_int_equal(try_open(options), KIN_E_USAGE);
    options.dim = 8;
    options.type = (kin_vector_type)9;
    assert_int_equal(try_open(options), KIN_E_USAGE);
    index = open_with(plain);
    assert_int_equal(kin_index_add(index, ids, v, 1, &err), KIN_E_USAGE);
    assert_int_equal(kin_index_remove(index, ids, 1, &err), KIN_E_USAGE);
    assert_int_equal(kin_index_sync(index, &err), KIN_E_USAGE);
    assert_int_equal(kin_index_build_base(index, NULL, &err), KIN_E_USAGE);
    kin_index_close(index);
    kin_index_close(NULL);
    free(v);
}

static void a_missing_file_is_empty_or_not_found(void **state)
{
    (void)state;
    start_anew();
    start_anew();
    kin_index_options options = plain;
    assert_int_equal(try_open(options), KIN_E_NOTFOUND);
    options.rows = 3;
    assert_int_equal(try_open(options), KIN_E_NOTFOUND);
    assert_int_equal(try_open(writing(options)), KIN_E_NOTFOUND);
    options.rows = 0;
    kin_index *index = open_with(options);
    float v[8] = { 1 }, score;
    int64_t got;
    assert_int_equal(kin_index_search(index, v, 1, 1, &got, &score, NULL), KIN_OK);
    assert_int_equal(got, -1);
    got = 5;
    assert_int_equal(kin_index_search_among(index, v, 1, &got, 1, 1, &got, &score, NULL), KIN_OK);
    assert_int_equal(got, -1);
    assert_int_equal(kin_index_get(index, 1, v, NULL), KIN_E_NOTFOUND);
    assert_int_equal(kin_index_covered(index), 0);
    kin_index_close(index);
    assert_int_equal(try_open(writing(options)), KIN_OK);
    assert_int_equal(size_of(vectors_path), head);
}

static void a_damaged_or_foreign_file_is_refused(void **state)
{
    (void)state;
    start_anew();
    kin_index *index = open_with(writing(plain));
    add_many(index, 1, 10, 8, 9);
    kin_index_close(index);
    kin_index_options other = plain;
    other.model = 8;
    assert_int_equal(try_open(other), KIN_E_USAGE);
    other = plain;
    other.generation = 4;
    assert_int_equal(try_open(other), KIN_E_USAGE);
    other = plain;
    other.dim = 9;
    assert_int_equal(try_open(other), KIN_E_USAGE);
    other = plain;
    other.type = KIN_VECTOR_I8;
    assert_int_equal(try_open(other), KIN_E_USAGE);
    other = plain;
    other.rows = 11;
    assert_int_equal(try_open(other), KIN_E_FORMAT);
    assert_int_equal(try_open(writing(other)), KIN_E_FORMAT);
    for (size_t byte = 0; byte < head; byte++)
        for (int bit = 0; bit < 8; bit++) {
            flip_bit(vectors_path, byte, bit);
            assert_int_equal(try_open(plain), KIN_E_FORMAT);
            flip_bit(vectors_path, byte, bit);
        }
    assert_int_equal(try_open(plain), KIN_OK);
    assert_int_equal(truncate(vectors_path, head + 9 * 40 + 39), 0);
    other.rows = 10;
    assert_int_equal(try_open(other), KIN_E_FORMAT);
    assert_int_equal(truncate(vectors_path, head - 1), 0);
    assert_int_equal(try_open(plain), KIN_E_FORMAT);
    assert_int_equal(try_open(writing(plain)), KIN_E_FORMAT);
    assert_int_equal(truncate(vectors_path, 0), 0);
    assert_int_equal(try_open(writing(plain)), KIN_E_FORMAT);
}

static void a_row_without_an_id_is_damage(void **state)
{
    (void)state;
    static const int64_t bad[] = { 0, INT64_MIN };
    for (size_t i = 0; i < 2; i++) {
        start_anew();
        kin_index_close(open_with(writing(plain)));
        int64_t row[5] = { bad[i] };
        append_bytes(vectors_path, row, sizeof row);
        assert_int_equal(try_open(plain), KIN_E_FORMAT);
    }
    start_anew(); /* components that are no numbers: never found, never in the way */
    kin_index *index = open_with(writing(plain));
    add_many(index, 1, 40, 8, 10);
    kin_index_close(index);
    int64_t row[5] = { 77, -1, -1, -1, -1 };
    append_bytes(vectors_path, row, sizeof row);
    index = open_with(plain);
    float *v = random_units(11, 1, 8), scores[41];
    int64_t got[41];
    assert_int_equal(kin_index_count(index), 41);
    assert_int_equal(kin_index_search(index, v, 1, 41, got, scores, NULL), KIN_OK);
    for (size_t i = 0; i < 41; i++)
        assert_true(got[i] != 77 && !isnan(scores[i]));
    assert_int_equal(got[40], -1);
    free(v);
    kin_index_close(index);
}

static void rows_of_a_crash_are_dropped(void **state)
{
    (void)state;
    start_anew();
    kin_index *index = open_with(writing(plain));
    add_many(index, 1, 10, 8, 12);
    assert_int_equal(kin_index_sync(index, NULL), KIN_OK);
    kin_index_close(index);
    append_bytes(vectors_path, "half a row", 10);
    kin_index_options options = plain;
    index = open_with(options); /* a reader does not mind, and changes nothing */
    assert_int_equal(kin_index_rows(index), 10);
    kin_index_close(index);
    assert_int_equal(size_of(vectors_path), head + 10 * 40 + 10);
    options.rows = 8;
    index = open_with(options);
    assert_int_equal(kin_index_rows(index), 8);
    assert_false(kin_index_has(index, 9));
    kin_index_close(index);
    index = open_with(writing(options));
    assert_int_equal(size_of(vectors_path), head + 8 * 40);
    add_many(index, 21, 1, 8, 13);
    kin_index_close(index);
    index = open_with(plain);
    assert_int_equal(kin_index_rows(index), 9);
    assert_true(kin_index_has(index, 21) && kin_index_has(index, 8) && !kin_index_has(index, 9));
    kin_index_close(index);
}

static void a_reader_runs_beside_a_writer(void **state)
{
    (void)state;
    start_anew();
    kin_index *writer = open_with(writing(plain));
    add_many(writer, 1, 500, 8, 14);
    kin_index *reader = open_with(plain);
    float *v = random_units(15, 1, 8), before[10], after[10];
    int64_t first[10], second[10], gone = 0;
    assert_int_equal(kin_index_search(reader, v, 1, 10, first, before, NULL), KIN_OK);
    gone = first[0];
    for (int64_t i = 0; i < 60; i++) /* past what was mapped ahead, more than once */
        add_many(writer, 501 + i * 2000, 2000, 8, 16 + (uint64_t)i);
    assert_int_equal(kin_index_remove(writer, &gone, 1, NULL), KIN_OK);
    assert_int_equal(kin_index_search(reader, v, 1, 10, second, after, NULL), KIN_OK);
    assert_memory_equal(first, second, sizeof first);
    assert_memory_equal(before, after, sizeof before);
    kin_index_close(reader);
    reader = open_with(plain);
    assert_int_equal(kin_index_rows(reader), 120501);
    assert_false(kin_index_has(reader, gone));
    assert_int_equal(kin_index_search(reader, v, 1, 10, first, before, NULL), KIN_OK);
    assert_int_equal(kin_index_search(writer, v, 1, 10, second, after, NULL), KIN_OK);
    assert_memory_equal(first, second, sizeof first);
    kin_index_close(reader);
    kin_index_close(writer);
    free(v);
}

/* A limit on the size of files stands in for a full disk. */
static int fill_disk(void)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = { head + 1000 * 40 + 17, RLIM_INFINITY };
    kin_index *index = open_with(writing(plain));
    add_many(index, 1, 900, 8, 17);
    setrlimit(RLIMIT_FSIZE, &limit);
    kin_error err = KIN_ERROR_INIT;
    float *v = random_units(18, 200, 8), score;
    int64_t ids[200], got;
    for (size_t i = 0; i < 200; i++)
        ids[i] = 1000 + (int64_t)i;
    if (kin_index_add(index, ids, v, 200, &err) != KIN_E_IO || kin_index_rows(index) != 900 ||
        kin_index_has(index, 1000) || size_of(vectors_path) != head + 900 * 40)
        return 1;
    if (kin_index_add(index, ids, v, 50, &err) != KIN_OK || kin_index_count(index) != 950 ||
        kin_index_search(index, v, 1, 1, &got, &score, &err) != KIN_OK || got != 1000)
        return 2;
    free(v);
    kin_index_close(index);
    return 0;
}

static void a_full_disk_leaves_the_index_usable(void **state)
{
    (void)state;
    start_anew();
    pid_t child = fork();
    if (child == 0)
        _exit(fill_disk());
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    kin_index *index = open_with(plain);
    assert_int_equal(kin_index_count(index), 950);
    kin_index_close(index);
}

static void a_folder_for_reading_only_can_be_searched(void **state)
{
    (void)state;
    start_anew();
    kin_index *index = open_with(writing(plain));
    add_many(index, 1, 10, 8, 19);
    kin_index_close(index);
    assert_int_equal(chmod(vectors_path, 0444), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    index = open_with(plain);
    assert_int_equal(kin_index_count(index), 10);
    kin_index_close(index);
    if (geteuid() == 0)
        print_message("permissions do not bind root: the refusal of writing is not tried\n");
    else
        assert_int_equal(try_open(writing(plain)), KIN_E_IO);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(vectors_path, 0644), 0);
}

static void every_half_is_read_and_written_alike(void **state)
{
    (void)state;
    enum { n = 0x7c00 }; /* the finite ones */
    kin_index__format best, simple;
    assert_int_equal(kin_index__format_init(&best, n, KIN_VECTOR_F16, NULL), KIN_OK);
    const char *kernel = getenv("KIN_KERNEL");
    setenv("KIN_KERNEL", "plain", 1);
    assert_int_equal(kin_index__format_init(&simple, n, KIN_VECTOR_F16, NULL), KIN_OK);
    if (!kernel)
        unsetenv("KIN_KERNEL");
    uint16_t *halves = malloc(n * sizeof *halves), *again;
    float *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    unsigned char *row = malloc(best.stride);
    for (unsigned sign = 0; sign <= 0x8000; sign += 0x8000) {
        for (unsigned i = 0; i < n; i++)
            halves[i] = (uint16_t)(sign | i);
        best.halves(halves, a, n);
        simple.halves(halves, b, n);
        assert_memory_equal(a, b, n * sizeof *a);
        assert_true(a[0x3c00] == (sign ? -1.0F : 1.0F) && a[1] == (sign ? -0x1p-24F : 0x1p-24F));
        kin_index__encode(&best, 1, a, row);
        again = (void *)(row + kin_index__row_head);
        assert_memory_equal(halves, again, n * sizeof *halves);
        for (size_t i = 0; i + 1 < n; i++) /* half way to the next: to the even one */
            b[i] = (a[i] + a[i + 1]) / 2;
        kin_index__encode(&best, 1, b, row);
        for (size_t i = 0; i + 1 < n; i++)
            assert_int_equal(again[i], halves[i] + halves[i] % 2);
    }
    int8_t bytes[9] = { -127, -1, 0, 1, 2, 3, 50, 126, 127 };
    best.bytes(bytes, 0.01F, a, 9);
    simple.bytes(bytes, 0.01F, b, 9);
    assert_memory_equal(a, b, 9 * sizeof *a);
    free(row);
    free(b);
    free(a);
    free(halves);
}

static int falling(const void *left, const void *right)
{
    const float *a = left, *b = right;
    return *a > *b ? -1 : *a < *b;
}

static void a_pool_keeps_the_best_and_what_is_close(void **state)
{
    (void)state;
    enum { n = 20000 };
    static const size_t depths[] = { 1, 2, 50, 999, n, 2 * n };
    float *scores = malloc(n * sizeof *scores);
    for (size_t d = 0; d < 6; d++)
        for (uint64_t coarse = 8; coarse <= 1000000; coarse *= 50) { /* from hardly any different scores to all */
            kin_index__pool pool;
            kin_rng rng;
            kin_rng_seed(&rng, coarse);
            kin_index__pool_init(&pool, depths[d], 0.125F);
            for (uint32_t i = 0; i < n; i++) {
                scores[i] = (float)kin_rng_below(&rng, coarse) / (float)coarse;
                kin_index__pool_put(&pool, scores[i], i);
                kin_index__pool_put(&pool, NAN, i);
            }
            for (size_t i = 0; i < pool.size; i++)
                assert_true(pool.hits[i].score == scores[pool.hits[i].row]);
            qsort(scores, n, sizeof *scores, falling);
            size_t close = depths[d] < n ? depths[d] : n, found = 0;
            float least = scores[close - 1] - 0.125F;
            while (close < n && scores[close] >= least)
                close++;
            for (size_t i = 0; i < pool.size; i++)
                found += pool.hits[i].score >= least;
            assert_int_equal(found, close);
            assert_false(pool.failed);
            kin_index__pool_clear(&pool);
        }
    free(scores);
}

typedef struct searcher {
    const kin_index *index;
    const float *query;
    int64_t ids[20];
    float scores[20];
} searcher;

static void *search_often(void *user)
{
    searcher *s = user;
    for (int i = 0; i < 20; i++)
        if (kin_index_search(s->index, s->query, 1, 20, s->ids, s->scores, NULL) != KIN_OK)
            return NULL;
    return s;
}

static void threads_search_side_by_side(void **state)
{
    (void)state;
    start_anew();
    kin_index *index = open_with(writing(plain));
    add_many(index, 1, 20000, 8, 21);
    kin_index_close(index);
    index = open_with(plain);
    float *queries = random_units(22, 4, 8), scores[20];
    int64_t ids[20];
    searcher searchers[4];
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        searchers[i] = (searcher) { .index = index, .query = queries + i * 8 };
        assert_int_equal(pthread_create(&threads[i], NULL, search_often, &searchers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *done = NULL;
        assert_int_equal(pthread_join(threads[i], &done), 0);
        assert_non_null(done);
        assert_int_equal(kin_index_search(index, queries + i * 8, 1, 20, ids, scores, NULL), KIN_OK);
        assert_memory_equal(ids, searchers[i].ids, sizeof ids);
        assert_memory_equal(scores, searchers[i].scores, sizeof scores);
    }
    free(queries);
    kin_index_close(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_are_those_of_the_oracle),
        cmocka_unit_test(vectors_come_back),
        cmocka_unit_test(equal_scores_come_by_ascending_id),
        cmocka_unit_test(a_later_row_replaces_and_tombstones_hide),
        cmocka_unit_test(searching_among_ids_is_exact),
        cmocka_unit_test(wrong_calls_are_refused),
        cmocka_unit_test(a_missing_file_is_empty_or_not_found),
        cmocka_unit_test(a_damaged_or_foreign_file_is_refused),
        cmocka_unit_test(a_row_without_an_id_is_damage),
        cmocka_unit_test(rows_of_a_crash_are_dropped),
        cmocka_unit_test(a_reader_runs_beside_a_writer),
        cmocka_unit_test(a_full_disk_leaves_the_index_usable),
        cmocka_unit_test(a_folder_for_reading_only_can_be_searched),
        cmocka_unit_test(every_half_is_read_and_written_alike),
        cmocka_unit_test(a_pool_keeps_the_best_and_what_is_close),
        cmocka_unit_test(threads_search_side_by_side),
    };
    return cmocka_run_group_tests_name("index", tests, make_test_folder, remove_test_folder);
}
