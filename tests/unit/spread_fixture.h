#ifndef SPREAD_FIXTURE_H
#define SPREAD_FIXTURE_H
/* A small data set in two folders, one for plain kin and one to be spread over workers in this process. */

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
    const char *shards_in; /* kin_spread_options.folder */
    office office;
    kin_courier courier;
} fixture;

static inline int send_message(void *user, size_t worker, kin_bytes message, kin_error *err)
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

static inline int receive_reply(void *user, size_t *worker, kin_bytes *reply, kin_error *err)
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

static inline void hire(fixture *f, size_t workers)
{
    kin_error err = KIN_ERROR_INIT;
    f->office = (office) { .sent = 0 };
    for (size_t i = 0; i < workers; i++)
        OK(kin_spread_worker_new(&f->office.workers[i], &err));
    f->courier = (kin_courier) { &f->office, workers, send_message, receive_reply };
}

static inline void dismiss(fixture *f)
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

static inline bool is_ball(int picture)
{
    return picture % 3 == 0;
}

static inline void put_file(fixture *f, const char *folder, const char *name, const void *data, size_t size)
{
    const char *path = kin_path_join(&f->arena, folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void put_picture(fixture *f, const char *folder, int picture, uint64_t salt)
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

static inline void put_labels(fixture *f, const char *folder)
{
    kin_buffer csv = KIN_BUFFER_INIT;
    kin_buffer_string(&csv, "path,shape,label,x,y,width,height\n");
    for (int i = 0; i < pictures; i++)
        kin_buffer_printf(&csv, "p%03d.jpg,1,%s,2,2,44,44\n", i, is_ball(i) && i % 10 ? "ball" : "stick");
    put_file(f, folder, "labels.csv", csv.data, csv.size);
    kin_buffer_clear(&csv);
}

static inline void make_set(fixture *f, const char *folder)
{
    for (int i = 0; i < pictures; i++)
        put_picture(f, folder, i, 0);
    put_file(f, folder, "zz.jpg", "no picture", 10);
    put_labels(f, folder);
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline void open_folder(fixture *f, const char *folder)
{
    kin_error err = KIN_ERROR_INIT;
    kin_workspace_close(f->w);
    f->w = NULL;
    OK(kin_workspace_open(folder, KIN_LEDGER_CREATE, &f->w, &err));
}

static inline kin_describe_summary index_plain(fixture *f)
{
    static const kin_describe_options plain = KIN_DESCRIBE_OPTIONS_INIT;
    kin_error err = KIN_ERROR_INIT;
    kin_describe_summary summary;
    open_folder(f, f->plain);
    OK(kin_workspace_index(f->w, &plain, NULL, &summary, &err));
    return summary;
}

static inline int try_spread(fixture *f, size_t shards, bool anew, const kin_watch *watch, kin_describe_summary *summary,
                      kin_error *err)
{
    kin_describe_options describe = KIN_DESCRIBE_OPTIONS_INIT;
    const kin_spread_options options = { shards, anew, f->shards_in };
    describe.threads = 1;
    open_folder(f, f->spread);
    return kin_workspace_spread(f->w, &describe, &options, &f->courier, watch, summary, err);
}

static inline kin_describe_summary index_spread(fixture *f, size_t shards)
{
    kin_error err = KIN_ERROR_INIT;
    kin_describe_summary summary;
    OK(try_spread(f, shards, false, NULL, &summary, &err));
    return summary;
}

/* ---- What is found ---- */

static inline void judge(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    const kin_verdict wrong = { .grade = KIN_GRADE_CRITICAL, .should_be = "ball" };
    const kin_verdict right = { .grade = KIN_GRADE_OK };
    OK(kin_workspace_verdict(f->w, "p030.jpg#1", &wrong, NULL, NULL, NULL, &err));
    OK(kin_workspace_verdict(f->w, "p031.jpg#1", &right, NULL, NULL, NULL, &err));
}

static inline kin_matches find(fixture *f, const char *like, kin_ranking by)
{
    kin_error err = KIN_ERROR_INIT;
    const kin_query query = { .likes = &like, .likes_count = 1, .by = by, .k = 40 };
    kin_matches matches;
    OK(kin_workspace_find(f->w, &query, &matches, &err));
    return matches;
}

static inline void assert_same(const kin_matches *a, const kin_matches *b)
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

static inline answers ask(fixture *f)
{
    return (answers) { find(f, "p090.jpg#1", KIN_BY_LOOKS), find(f, "p030.jpg#1", KIN_BY_MISTAKE),
                       find(f, "p001.jpg", KIN_BY_LOOKS) };
}

static inline void clear(answers *a)
{
    kin_matches_clear(&a->looks);
    kin_matches_clear(&a->mistake);
    kin_matches_clear(&a->asset);
}

static inline answers ask_plain(fixture *f)
{
    index_plain(f);
    judge(f);
    return ask(f);
}

/* The open workspace answers as the plain one did. */
static inline void assert_answers(fixture *f, const answers *want)
{
    answers got = ask(f);
    assert_true(want->mistake.count > 20);
    assert_same(&want->looks, &got.looks);
    assert_same(&want->mistake, &got.mistake);
    assert_same(&want->asset, &got.asset);
    clear(&got);
}

#endif
