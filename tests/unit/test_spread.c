#include "spread_fixture.h"

static void finds_the_same(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_describe_summary plain = index_plain(f);
    judge(f);
    answers want = ask(f);
    hire(f, 3);
    kin_describe_summary spread = index_spread(f, 0);
    assert_int_equal(spread.described, plain.described);
    assert_int_equal(spread.failed, plain.failed);
    assert_int_equal(spread.unreadable, 1);
    judge(f);
    OK(kin_workspace_spread_attach(f->w, &f->courier, &err));
    assert_answers(f, &want);
    clear(&want);
}

/* Of every item, of some that are not there between them, and of one twice: vectors[n, *dim], malloc'ed. */
static float *read_vectors(fixture *f, size_t n, size_t *dim)
{
    kin_error err = KIN_ERROR_INIT;
    int64_t *items = malloc(n * sizeof *items);
    OK(kin_workspace_dim(f->w, dim, &err));
    float *vectors = malloc(n * *dim * sizeof *vectors);
    assert_true(items && vectors);
    for (size_t i = 0; i < n; i++)
        items[i] = i % 9 == 4 ? 100000 + (int64_t)i : 1 + (int64_t)(i * 11) % (2 * pictures + 1);
    items[n - 1] = items[n - 2];
    OK(kin_workspace_vectors(f->w, items, n, vectors, &err));
    free(items);
    return vectors;
}

static void vectors_are_the_same(void **state)
{
    enum { n = 4998 };
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    size_t plain_dim = 0, dim = 0, none = 0;
    index_plain(f);
    float *plain = read_vectors(f, n, &plain_dim);
    hire(f, 3);
    index_spread(f, 0);
    assert_int_equal(kin_workspace_dim(f->w, &dim, &err), KIN_E_USAGE); /* nobody is there to ask yet */
    OK(kin_workspace_spread_attach(f->w, &f->courier, &err));
    float *spread = read_vectors(f, n, &dim);
    assert_int_equal(dim, plain_dim);
    for (size_t i = 0; i < n; i++) {
        const float *a = plain + i * dim, *b = spread + i * dim;
        assert_true(isnan(*a) ? isnan(*b) : memcmp(a, b, dim * sizeof *a) == 0);
        none += isnan(*a) != 0;
        assert_true(i % 9 != 4 || isnan(*a));
    }
    assert_true(none > n / 9 && none < n / 8); /* and of the file that is no picture */
    free(plain);
    free(spread);
}

static void every_shard_has_its_share(void **state)
{
    fixture *f = *state;
    hire(f, 2);
    index_spread(f, 4);
    for (int i = 0; i < 4; i++) {
        char name[32];
        int64_t bytes = 0, time;
        (void)snprintf(name, sizeof name, ".kin/shards/%d/vectors.bin", i);
        assert_int_equal(kin_file_stamp(kin_path_join(&f->arena, f->spread, name), &bytes, &time, NULL), KIN_OK);
        assert_true(bytes > 20 * 264); /* of 302 rows */
    }
}

static void gathered_is_an_ordinary_workspace(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    static const kin_describe_options plain = KIN_DESCRIBE_OPTIONS_INIT;
    kin_describe_summary summary;
    answers want = ask_plain(f);
    hire(f, 3);
    index_spread(f, 0);
    judge(f);
    OK(kin_workspace_gather(f->w, &f->courier, NULL, &err));
    dismiss(f);
    assert_answers(f, &want);
    OK(kin_workspace_index(f->w, &plain, NULL, &summary, &err));
    assert_int_equal(summary.described, 0);
    clear(&want);
}

static void plain_kin_says_what_to_do(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    static const kin_describe_options plain = KIN_DESCRIBE_OPTIONS_INIT;
    const char *like = "p090.jpg#1";
    const kin_query query = { .likes = &like, .likes_count = 1, .by = KIN_BY_LOOKS };
    kin_matches matches;
    kin_status status;
    hire(f, 2);
    index_spread(f, 0);
    assert_int_equal(kin_workspace_find(f->w, &query, &matches, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "kin-mpi gather"));
    assert_int_equal(kin_workspace_index(f->w, &plain, NULL, NULL, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "2 shards"));
    OK(kin_workspace_status(f->w, &status, &err));
    assert_non_null(strstr(status.model_note, "kin-mpi gather"));
}

static void spreading_what_is_described_has_to_be_asked_for(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_describe_summary summary;
    answers want = ask_plain(f);
    hire(f, 2);
    open_folder(f, f->spread);
    static const kin_describe_options plain = KIN_DESCRIBE_OPTIONS_INIT;
    OK(kin_workspace_index(f->w, &plain, NULL, NULL, &err));
    assert_int_equal(try_spread(f, 0, false, NULL, &summary, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "--anew"));
    OK(try_spread(f, 0, true, NULL, &summary, &err));
    assert_int_equal(summary.described, 2 * pictures);
    assert_int_equal(try_spread(f, 3, false, NULL, &summary, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "2 shards, not 3"));
    judge(f);
    OK(kin_workspace_spread_attach(f->w, &f->courier, &err));
    assert_answers(f, &want);
    clear(&want);
}

/* Workers die, in two runs one after the other. What was finished is not described again, also not by another number of
 * workers, and in the end all is as it should be. */
static void goes_on_after_deaths(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_describe_summary summary;
    uint64_t described = 0;
    static const long deaths[] = { 6, 5 };
    answers want = ask_plain(f);
    for (size_t i = 0; i < 2; i++) {
        hire(f, 3);
        f->office.breaks_after = deaths[i];
        assert_int_equal(try_spread(f, 3, false, NULL, &summary, &err), KIN_E_IO);
        assert_true(summary.described > 0);
        described += summary.described;
        dismiss(f);
    }
    assert_true(described < 2 * pictures);
    hire(f, 2);
    summary = index_spread(f, 0);
    assert_int_equal(described + summary.described, 2 * pictures);
    judge(f);
    OK(kin_workspace_spread_attach(f->w, &f->courier, &err));
    assert_answers(f, &want);
    clear(&want);
}

static void see_progress(void *user, const char *what, uint64_t done, uint64_t total)
{
    bool *describing = user;
    *describing = strcmp(what, "describe images") == 0 && done < total;
}

static bool stop_when_seen(void *user)
{
    const bool *describing = user;
    return *describing;
}

static void stops_and_goes_on(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    bool describing = false;
    const kin_watch watch = { .user = &describing, .progress = see_progress, .stop = stop_when_seen };
    kin_describe_summary first, second;
    hire(f, 1);
    assert_int_equal(try_spread(f, 0, false, &watch, &first, &err), KIN_E_STOPPED);
    assert_true(first.described > 0 && first.described < 2 * pictures);
    second = index_spread(f, 0);
    assert_int_equal(first.described + second.described, 2 * pictures);
}

static void follows_changes(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    index_plain(f);
    hire(f, 3);
    index_spread(f, 0);
    for (int i = 0; i < 2; i++) {
        const char *folder = i ? f->spread : f->plain;
        put_picture(f, folder, 40, 99);
        assert_int_equal(remove(kin_path_join(&f->arena, folder, "p120.jpg")), 0);
    }
    index_plain(f);
    judge(f);
    answers want = ask(f);
    kin_describe_summary summary = index_spread(f, 0);
    assert_int_equal(summary.described, 2);
    kin_check check;
    OK(kin_workspace_check(f->w, false, NULL, &check, &err));
    assert_int_equal(check.rows, 2 * pictures + 2 + 2); /* the new ones, and those that say who is gone */
    assert_int_equal(check.count, 0);
    kin_check_clear(&check);
    judge(f);
    OK(kin_workspace_spread_attach(f->w, &f->courier, &err));
    assert_answers(f, &want);
    clear(&want);
}

static void embeddings_are_not_spread(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    const kin_spread_options options = { .shards = 0 };
    kin_describe_options describe = KIN_DESCRIBE_OPTIONS_INIT;
    float row[2] = { 1, 0 };
    kin_buffer fvecs = KIN_BUFFER_INIT;
    const int32_t dim = 2;
    kin_buffer_append(&fvecs, &dim, sizeof dim);
    kin_buffer_append(&fvecs, row, sizeof row);
    put_file(f, f->spread, "v.fvecs", fvecs.data, fvecs.size);
    put_file(f, f->spread, "rows.csv", "path\np001.jpg\n", 14);
    kin_buffer_clear(&fvecs);
    describe.embeddings = kin_path_join(&f->arena, f->spread, "v.fvecs");
    describe.embedding_rows = kin_path_join(&f->arena, f->spread, "rows.csv");
    hire(f, 2);
    open_folder(f, f->spread);
    assert_int_equal(kin_workspace_spread(f->w, &describe, &options, &f->courier, NULL, NULL, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "nothing to spread"));
}

/* Any bytes at all are answered, with an error where they make no sense. */
static void any_message_is_answered(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_rng rng;
    kin_rng_seed(&rng, 11);
    hire(f, 1);
    index_spread(f, 0);
    for (int round = 0; round < 3000; round++) {
        uint64_t words[40];
        size_t n = 1 + (size_t)kin_rng_below(&rng, 40);
        for (size_t i = 0; i < n; i++)
            words[i] = kin_rng_below(&rng, 4) ? kin_rng_below(&rng, 6) : kin_rng_next(&rng);
        const kin_bytes message = { words, n * sizeof *words - (size_t)kin_rng_below(&rng, 8) };
        kin_bytes reply = { NULL, 0 };
        OK(kin_spread_worker_answer(f->office.workers[0], &message, &reply, &err));
        assert_true(reply.size >= sizeof(uint64_t));
        free(reply.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(vectors_are_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_shard_has_its_share, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gathered_is_an_ordinary_workspace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(plain_kin_says_what_to_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spreading_what_is_described_has_to_be_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_after_deaths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stops_and_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(follows_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(embeddings_are_not_spread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_message_is_answered, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
