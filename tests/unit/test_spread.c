#include "kin_test.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/rng.h"
#include "kin/kin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 150 small pictures, each with a box, so that their ids fill several blocks; every third is called "ball" and looks
 * like one, the others are called "stick", but for five balls that are called so too. */
enum { pictures = 150, side = 48, most_workers = 4, queue_size = 64 };

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        if ((call) != KIN_OK)                                                                                          \
            fail_msg("%s: %s", #call, err.message);                                                                    \
    } while (0)

/* A courier without a way to go: the answer is made when the message is sent, and waits. `breaks_after`: the message
 * that the worker it is for does not survive, counted over all; the reply never comes. */
typedef struct office {
    kin_spread_worker *workers[most_workers];
    struct {
        size_t worker;
        kin_bytes reply;
    } queue[queue_size];
    size_t first, count;
    long sent, breaks_after;
} office;

typedef struct fixture {
    char plain[64], spread[64]; /* the same pictures in two folders */
    kin_arena arena;
    kin_workspace *w;
    office office;
    kin_courier courier;
} fixture;

static int send_message(void *user, size_t worker, kin_bytes message, kin_error *err)
{
    office *o = user;
    kin_bytes reply = { NULL, 0 };
    int code = KIN_E_IO;
    assert_true(o->count < queue_size);
    if (o->breaks_after == 0 || ++o->sent < o->breaks_after)
        code = kin_spread_worker_answer(o->workers[worker], &message, &reply, err);
    free(message.data);
    if (code != KIN_OK)
        return kin_fail(err, KIN_E_IO, "the worker is gone");
    size_t last = (o->first + o->count++) % queue_size;
    o->queue[last].worker = worker;
    o->queue[last].reply = reply;
    return KIN_OK;
}

static int receive_reply(void *user, size_t *worker, kin_bytes *reply, kin_error *err)
{
    office *o = user;
    if (o->count == 0)
        return kin_fail(err, KIN_E_IO, "nobody answers");
    *worker = o->queue[o->first].worker;
    *reply = o->queue[o->first].reply;
    o->first = (o->first + 1) % queue_size;
    o->count--;
    return KIN_OK;
}

static void hire(fixture *f, size_t workers)
{
    kin_error err = KIN_ERROR_INIT;
    f->office = (office) { .sent = 0 };
    for (size_t i = 0; i < workers; i++)
        OK(kin_spread_worker_new(&f->office.workers[i], &err));
    f->courier = (kin_courier) { &f->office, workers, send_message, receive_reply };
}

static void dismiss(fixture *f)
{
    for (; f->office.count; f->office.count--) {
        free(f->office.queue[f->office.first].reply.data);
        f->office.first = (f->office.first + 1) % queue_size;
    }
    for (size_t i = 0; i < f->courier.workers; i++)
        kin_spread_worker_free(f->office.workers[i]);
    f->courier.workers = 0;
}

/* ---- The data set ---- */

static bool is_ball(int picture)
{
    return picture % 3 == 0;
}

static void put_file(fixture *f, const char *folder, const char *name, const void *data, size_t size)
{
    const char *path = kin_path_join(&f->arena, folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void put_picture(fixture *f, const char *folder, int picture, uint64_t salt)
{
    uint8_t rgb[side * side * 3], *bytes = NULL;
    size_t size = 0;
    char name[32];
    kin_rng rng;
    kin_rng_seed(&rng, (uint64_t)picture + salt);
    double r = 12 + (double)kin_rng_below(&rng, 8), at = 16 + (double)kin_rng_below(&rng, 16);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            bool on = is_ball(picture) ? hypot(x - at, y - at) < r : fabs(x - at) < 4;
            for (int c = 0; c < 3; c++)
                rgb[3 * (y * side + x) + c] = (uint8_t)((on ? 200 : 60 + 20 * c) + (int)kin_rng_below(&rng, 40));
        }
    assert_int_equal(kin_image_encode_jpeg(rgb, side, side, 90, &bytes, &size, NULL), KIN_OK);
    (void)snprintf(name, sizeof name, "p%03d.jpg", picture);
    put_file(f, folder, name, bytes, size);
    free(bytes);
}

static void put_labels(fixture *f, const char *folder)
{
    kin_buffer csv = KIN_BUFFER_INIT;
    kin_buffer_string(&csv, "path,shape,label,x,y,width,height\n");
    for (int i = 0; i < pictures; i++)
        kin_buffer_printf(&csv, "p%03d.jpg,1,%s,2,2,44,44\n", i, is_ball(i) && i % 10 ? "ball" : "stick");
    put_file(f, folder, "labels.csv", csv.data, csv.size);
    kin_buffer_clear(&csv);
}

static void make_set(fixture *f, const char *folder)
{
    for (int i = 0; i < pictures; i++)
        put_picture(f, folder, i, 0);
    put_file(f, folder, "zz.jpg", "no picture", 10);
    put_labels(f, folder);
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    (void)snprintf(f->plain, sizeof f->plain, "/tmp/kin_test_plain_XXXXXX");
    (void)snprintf(f->spread, sizeof f->spread, "/tmp/kin_test_spread_XXXXXX");
    if (!mkdtemp(f->plain) || !mkdtemp(f->spread))
        return -1;
    make_set(f, f->plain);
    make_set(f, f->spread);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char command[192];
    dismiss(f);
    kin_workspace_close(f->w);
    (void)snprintf(command, sizeof command, "rm -rf '%s' '%s'", f->plain, f->spread);
    int code = system(command);
    kin_arena_clear(&f->arena);
    free(f);
    return code;
}

static void open_folder(fixture *f, const char *folder)
{
    kin_error err = KIN_ERROR_INIT;
    kin_workspace_close(f->w);
    f->w = NULL;
    OK(kin_workspace_open(folder, KIN_LEDGER_CREATE, &f->w, &err));
}

static kin_describe_summary index_plain(fixture *f)
{
    static const kin_describe_options plain = KIN_DESCRIBE_OPTIONS_INIT;
    kin_error err = KIN_ERROR_INIT;
    kin_describe_summary summary;
    open_folder(f, f->plain);
    OK(kin_workspace_index(f->w, &plain, NULL, &summary, &err));
    return summary;
}

static int try_spread(fixture *f, size_t shards, bool anew, const kin_watch *watch, kin_describe_summary *summary,
                      kin_error *err)
{
    kin_describe_options describe = KIN_DESCRIBE_OPTIONS_INIT;
    const kin_spread_options options = { shards, anew, NULL };
    describe.threads = 1;
    open_folder(f, f->spread);
    return kin_workspace_spread(f->w, &describe, &options, &f->courier, watch, summary, err);
}

static kin_describe_summary index_spread(fixture *f, size_t shards)
{
    kin_error err = KIN_ERROR_INIT;
    kin_describe_summary summary;
    OK(try_spread(f, shards, false, NULL, &summary, &err));
    return summary;
}

/* ---- What is found ---- */

static void judge(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    const kin_verdict wrong = { .grade = KIN_GRADE_CRITICAL, .should_be = "ball" };
    const kin_verdict right = { .grade = KIN_GRADE_OK };
    OK(kin_workspace_verdict(f->w, "p030.jpg#1", &wrong, NULL, NULL, NULL, &err));
    OK(kin_workspace_verdict(f->w, "p031.jpg#1", &right, NULL, NULL, NULL, &err));
}

static kin_matches find(fixture *f, const char *like, kin_ranking by)
{
    kin_error err = KIN_ERROR_INIT;
    const kin_query query = { .likes = &like, .likes_count = 1, .by = by, .k = 40 };
    kin_matches matches;
    OK(kin_workspace_find(f->w, &query, &matches, &err));
    return matches;
}

static void assert_same(const kin_matches *a, const kin_matches *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->searched, b->searched);
    for (size_t i = 0; i < a->count; i++) {
        assert_string_equal(a->list[i].path, b->list[i].path);
        assert_true(a->list[i].score == b->list[i].score);
        assert_true(a->list[i].probability == b->list[i].probability || isnan(b->list[i].probability));
    }
}

typedef struct answers {
    kin_matches looks, mistake, asset;
} answers;

static answers ask(fixture *f)
{
    return (answers) { find(f, "p090.jpg#1", KIN_BY_LOOKS), find(f, "p030.jpg#1", KIN_BY_MISTAKE),
                       find(f, "p001.jpg", KIN_BY_LOOKS) };
}

static void clear(answers *a)
{
    kin_matches_clear(&a->looks);
    kin_matches_clear(&a->mistake);
    kin_matches_clear(&a->asset);
}

static answers ask_plain(fixture *f)
{
    index_plain(f);
    judge(f);
    return ask(f);
}

/* The open workspace answers as the plain one did. */
static void assert_answers(fixture *f, const answers *want)
{
    answers got = ask(f);
    assert_true(want->mistake.count > 20);
    assert_same(&want->looks, &got.looks);
    assert_same(&want->mistake, &got.mistake);
    assert_same(&want->asset, &got.asset);
    clear(&got);
}

/* ---- Tests ---- */

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
