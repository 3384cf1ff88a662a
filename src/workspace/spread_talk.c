#include "workspace/spread_talk.h"

#include "base/checked.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Settings ---- */

int kin_spread__shards(kin_workspace *workspace, size_t *shards, kin_error *err)
{
    uint64_t number = 0;
    int code = kin_workspace__number(workspace, KIN_SETTING_SHARDS, 0, &number, err);
    if (code == KIN_OK && number > kin_spread__most_shards)
        return kin_fail(err, KIN_E_FORMAT, "%s: the number of shards in the ledger is damaged; restore it from a copy",
                        workspace->kin_folder);
    if (code == KIN_OK)
        *shards = (size_t)number;
    return code;
}

static const char *rows_setting(size_t shard, char name[64])
{
    (void)snprintf(name, 64, KIN_SETTING_SHARD_ROWS "%zu", shard);
    return name;
}

int kin_spread__rows(kin_workspace *workspace, size_t shard, uint64_t *rows, kin_error *err)
{
    char name[64];
    return kin_workspace__number(workspace, rows_setting(shard, name), 0, rows, err);
}

int kin_spread__rows_put(kin_workspace *workspace, size_t shard, uint64_t rows, kin_error *err)
{
    char name[64];
    return kin_workspace__number_put(workspace, rows_setting(shard, name), rows, err);
}

/* ---- Asking ---- */

int kin_spread__open_reply(const kin_bytes *reply, size_t worker, kin_spread_reader *rest, kin_error *err)
{
    *rest = kin_spread__read(reply);
    int code = (int)(int64_t)kin_spread__get(rest);
    if (rest->failed)
        return kin_spread__fail(err);
    if (code == KIN_OK)
        return KIN_OK;
    kin_arena arena = KIN_ARENA_INIT;
    const char *text = kin_spread__get_text(rest, &arena);
    code = kin_fail(err, code < 0 ? code : KIN_E_FORMAT, "process %zu: %s", worker, text ? text : "out of memory");
    kin_arena_clear(&arena);
    return code;
}

void kin_spread__drop(kin_bytes *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].data);
        list[i] = (kin_bytes) { NULL, 0 };
    }
}

static int send_all(const kin_courier *courier, kin_bytes *messages, size_t *sent, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < courier->workers; i++) {
        if (!messages[i].data)
            continue;
        code = courier->send(courier->user, i, messages[i], err);
        messages[i] = (kin_bytes) { NULL, 0 };
        *sent += code == KIN_OK;
    }
    return code;
}

int kin_spread__ask(const kin_courier *courier, kin_bytes *messages, kin_bytes *replies, kin_error *err)
{
    size_t sent = 0;
    for (size_t i = 0; i < courier->workers; i++)
        replies[i] = (kin_bytes) { NULL, 0 };
    int code = send_all(courier, messages, &sent, err);
    for (; sent > 0; sent--) {
        size_t worker = 0;
        kin_bytes reply = { NULL, 0 };
        kin_spread_reader rest;
        int received = courier->receive(courier->user, &worker, &reply, code == KIN_OK ? err : NULL);
        if (received != KIN_OK)
            return code == KIN_OK ? received : code;
        free(replies[worker].data);
        replies[worker] = reply;
        int replied = kin_spread__open_reply(&reply, worker, &rest, code == KIN_OK ? err : NULL);
        code = code == KIN_OK ? replied : code;
    }
    kin_spread__drop(messages, courier->workers);
    return code;
}

/* ---- Opening shards ---- */

typedef struct terms {
    kin_workspace *workspace;
    kin_index_options index;
    kin_arena arena;
    const char *folder, *shards_folder, *model; /* the arena's */
    kin_precision precision;
    double margin;
    size_t shards;
} terms;

/* The data set's folder is one for all processes, wherever they were started. */
static int read_folders(terms *t, kin_error *err)
{
    const char *kept;
    char *whole = realpath(t->workspace->folder, NULL);
    if (!whole)
        return kin_fail_errno(err, "open", t->workspace->folder);
    t->folder = kin_arena_string(&t->arena, whole);
    free(whole);
    int code = kin_ledger_setting(t->workspace->ledger, KIN_SETTING_SHARDS_FOLDER, &kept, err);
    if (code != KIN_OK)
        return code;
    t->shards_folder = kept        ? kin_arena_string(&t->arena, kept)
                       : t->folder ? kin_path_join(&t->arena, t->folder, ".kin/shards")
                                   : NULL;
    return t->folder && t->shards_folder ? KIN_OK : kin_fail_memory(err);
}

static int read_terms(terms *t, kin_error *err)
{
    const char *model = NULL;
    int code = read_folders(t, err);
    if (code == KIN_OK)
        code = kin_workspace__index_options(t->workspace, &t->index, err);
    if (code == KIN_OK)
        code = kin_workspace__margin(t->workspace, &t->margin, err);
    if (code == KIN_OK)
        code = kin_workspace__model_setting(t->workspace, &model, &t->precision, err);
    t->model = code == KIN_OK ? kin_arena_string(&t->arena, model) : NULL;
    return code == KIN_OK && !t->model ? kin_fail_memory(err) : code;
}

static int put_shards(const terms *t, size_t worker, size_t workers, kin_buffer *message, kin_error *err)
{
    size_t count = worker < t->shards ? (t->shards - worker - 1) / workers + 1 : 0;
    int code = KIN_OK;
    kin_spread__put(message, count);
    for (size_t shard = worker; code == KIN_OK && shard < t->shards; shard += workers) {
        uint64_t rows = 0;
        code = kin_spread__rows(t->workspace, shard, &rows, err);
        kin_spread__put(message, shard);
        kin_spread__put(message, rows);
    }
    return code;
}

static int put_open(const terms *t, size_t worker, size_t workers, bool write, const kin_describe_options *describe,
                    kin_bytes *out, kin_error *err)
{
    kin_buffer message = KIN_BUFFER_INIT;
    kin_spread__put(&message, KIN_SPREAD_OPEN);
    kin_spread__put(&message, kin_spread__version);
    kin_spread__put_text(&message, t->folder);
    kin_spread__put_text(&message, t->shards_folder);
    kin_spread__put(&message, write);
    kin_spread__put(&message, t->index.generation);
    kin_spread__put(&message, t->index.model);
    kin_spread__put(&message, t->index.dim);
    kin_spread__put_text(&message, t->model);
    kin_spread__put(&message, t->precision);
    kin_spread__put_real(&message, t->margin);
    kin_spread__put(&message, describe ? describe->max_pixels : 0);
    kin_spread__put(&message, describe && describe->max_bytes ? describe->max_bytes : KIN_DEFAULT_MAX_BYTES);
    kin_spread__put(&message, describe ? describe->threads : 0);
    int code = put_shards(t, worker, workers, &message, err);
    if (code == KIN_OK)
        return kin_spread__finish(&message, out, err);
    kin_buffer_clear(&message);
    return code;
}

int kin_spread__open_shards(kin_workspace *workspace, const kin_courier *courier, size_t shards, bool write,
                            const kin_describe_options *describe, size_t *threads, kin_error *err)
{
    terms t = { .workspace = workspace, .shards = shards, .arena = KIN_ARENA_INIT };
    kin_bytes *messages = kin_alloc_zeroed(courier->workers, sizeof *messages);
    kin_bytes *replies = kin_alloc_zeroed(courier->workers, sizeof *replies);
    int code = messages && replies ? read_terms(&t, err) : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < courier->workers; i++)
        code = put_open(&t, i, courier->workers, write, describe, &messages[i], err);
    if (code == KIN_OK)
        code = kin_spread__ask(courier, messages, replies, err);
    for (size_t i = 0; code == KIN_OK && threads && i < courier->workers; i++) {
        kin_spread_reader rest;
        code = kin_spread__open_reply(&replies[i], i, &rest, err);
        threads[i] = code == KIN_OK ? (size_t)kin_spread__get(&rest) : 0;
    }
    if (messages && replies) {
        kin_spread__drop(messages, courier->workers);
        kin_spread__drop(replies, courier->workers);
    }
    free(messages);
    free(replies);
    kin_arena_clear(&t.arena);
    return code;
}
