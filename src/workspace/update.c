/* `kin index`: scan, import, settle, describe. Each stage commits what it has; the next run goes on where this one ended. */
#include "workspace/spread_talk.h"

#include "base/clock.h"
#include "base/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kin_update__note(const kin_update *update, const char *format, ...)
{
    if (!update->watch->note)
        return;
    char line[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    update->watch->note(update->watch->user, line);
}

uint64_t kin_update__max_bytes(const kin_update *update)
{
    return update->options->max_bytes ? update->options->max_bytes : KIN_DEFAULT_MAX_BYTES;
}

int kin_update__each_ids(const kin_update *update, kin_item_filter filter, kin_update__take_ids *take, void *user,
                         kin_error *err)
{
    int code = KIN_OK;
    filter.most = 65536;
    for (size_t n = filter.most; code == KIN_OK && n == filter.most;) {
        int64_t *ids = NULL;
        n = 0;
        code = kin_ledger_select(update->workspace->ledger, &filter, &ids, &n, err);
        if (n > 0) {
            filter.after = ids[n - 1];
            code = take(user, ids, n, err);
        }
        free(ids);
    }
    return code;
}

int kin_update__each_out_of_use(const kin_update *update, kin_update__take_ids *take, void *user, kin_error *err)
{
    const kin_item_filter out_of_use = { .states = 1u << KIN_ITEM_GONE | 1u << KIN_ITEM_FAILED };
    return kin_update__each_ids(update, out_of_use, take, user, err);
}

int kin_workspace__lock(const kin_workspace *w, int *lock, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    char *path = kin_path_join(&arena, w->kin_folder, "lock");
    long holder = 0;
    int code = path ? kin_file_lock(path, lock, &holder, err) : kin_fail_memory(err);
    if (code == KIN_E_BUSY)
        code = kin_fail(err, KIN_E_BUSY, "another kin index (process %ld) works on %s; wait until it has finished",
                        holder, w->folder);
    kin_arena_clear(&arena);
    return code;
}

/* The model of the last run and its precision; NULL where there was none, or embeddings. */
static int old_model(const kin_update *update, const char **name, kin_precision *precision, kin_error *err)
{
    const char *embeddings;
    int code = kin_workspace__embeddings(update->workspace, &embeddings, err);
    *name = NULL;
    return code == KIN_OK && !embeddings ? kin_workspace__model_setting(update->workspace, name, precision, err) : code;
}

/* The model asked for, that of the last run, or the default. A precision that was settled once stays with its model. */
static int open_model(kin_update *update, kin_error *err)
{
    kin_model **model = &update->workspace->model;
    kin_precision precision = update->options->precision, old_precision = KIN_PRECISION_DEFAULT;
    const char *name = update->options->model, *old_name;
    kin_error note = KIN_ERROR_INIT;
    int code = old_model(update, &old_name, &old_precision, err);
    if (code != KIN_OK)
        return code;
    if (!name)
        name = old_name;
    if (precision == KIN_PRECISION_DEFAULT && old_name && strcmp(name, old_name) == 0)
        precision = old_precision;
    code = name ? kin_model_open(name, precision, model, err) : kin_model_default(precision, model, &note, err);
    if (code == KIN_OK && note.code != KIN_OK)
        kin_update__note(update, "%s", note.message);
    if (code == KIN_OK && kin_model_about(*model)->note)
        kin_update__note(update, "%s", kin_model_about(*model)->note);
    return code;
}

/* Embeddings or a model. */
static int open_source(kin_update *update, kin_error *err)
{
    int code = kin_update__embeddings_open(update, err);
    if (code == KIN_OK && update->embeddings)
        return update->options->precision == KIN_PRECISION_DEFAULT
                   ? KIN_OK
                   : kin_fail(err, KIN_E_USAGE, "--precision is of models; embeddings are as they are");
    if (code == KIN_OK)
        code = open_model(update, err);
    if (code == KIN_OK)
        update->vectors = *kin_model_about(update->workspace->model);
    return code;
}

/* Writes down what gives the vectors; *meaning: what they mean by it. */
static int keep_settings(kin_update *update, uint64_t *meaning, kin_error *err)
{
    kin_workspace *w = update->workspace;
    const kin_model_info *vectors = &update->vectors;
    double margin;
    char text[32];
    int code = kin_workspace__margin(w, &margin, err);
    if (code != KIN_OK)
        return code;
    margin = update->options->margin >= 0 ? update->options->margin : margin;
    *meaning = update->embeddings ? vectors->id : kin_workspace__vectors(vectors->id, margin);
    (void)snprintf(text, sizeof text, "%.17g", margin);
    code = kin_ledger_setting_put(w->ledger, KIN_SETTING_MODEL, vectors->name, err);
    if (code == KIN_OK)
        code = kin_ledger_setting_put(w->ledger, KIN_SETTING_PRECISION,
                                      update->embeddings ? NULL : kin_precision_name(vectors->precision), err);
    if (code == KIN_OK)
        code = kin_ledger_setting_put(w->ledger, KIN_SETTING_MARGIN, text, err);
    if (code == KIN_OK)
        code = kin_workspace__number_put(w, KIN_SETTING_DIM, vectors->dim, err);
    return code == KIN_OK ? kin_update__embeddings_keep(update, err) : code;
}

/* Settles what the vectors mean: model, precision and margin, or the embeddings. Anything new in that means other
 * vectors: all items become pending under a new generation. The old vectors.bin goes only after the ledger has said so;
 * describe.c removes what a crash left in between. */
static int settle_vectors(kin_update *update, kin_error *err)
{
    kin_workspace *w = update->workspace;
    const char *old_name;
    uint64_t old_meaning = 0, meaning = 0, generation = 0;
    int code = kin_ledger_setting(w->ledger, KIN_SETTING_MODEL, &old_name, err);
    bool first = code == KIN_OK && !old_name;
    if (code == KIN_OK)
        code = kin_workspace__number(w, KIN_SETTING_VECTORS, 0, &old_meaning, err);
    if (code == KIN_OK)
        code = kin_workspace__number(w, KIN_SETTING_GENERATION, 0, &generation, err);
    if (code == KIN_OK)
        code = keep_settings(update, &meaning, err);
    if (code != KIN_OK || meaning == old_meaning)
        return code;
    if (!first)
        code = kin_update__describe_anew(update, generation + 1, err);
    return code == KIN_OK ? kin_workspace__number_put(w, KIN_SETTING_VECTORS, meaning, err) : code;
}

/* Whether the workspace may be described the way that is asked for: here, or spread over workers. */
static int check_spread(const kin_update *update, kin_error *err)
{
    kin_workspace *w = update->workspace;
    size_t shards = 0;
    uint64_t rows = 0;
    if (!update->spread)
        return kin_workspace__whole(w, err);
    int code = kin_spread__shards(w, &shards, err);
    if (code == KIN_OK)
        code = kin_workspace__number(w, KIN_SETTING_ROWS, 0, &rows, err);
    if (code != KIN_OK)
        return code;
    if (update->spread->shards > kin_spread__most_shards)
        return kin_fail(err, KIN_E_LIMIT, "%zu shards are more than %d", update->spread->shards,
                        kin_spread__most_shards);
    if (shards && update->spread->shards && shards != update->spread->shards)
        return kin_fail(err, KIN_E_USAGE, "%s is spread over %zu shards, not %zu; kin-mpi gather ends that", w->folder,
                        shards, update->spread->shards);
    const char *folder = NULL;
    if (update->spread->folder && shards)
        code = kin_ledger_setting(w->ledger, KIN_SETTING_SHARDS_FOLDER, &folder, err);
    if (code == KIN_OK && update->spread->folder && shards && (!folder || strcmp(folder, update->spread->folder) != 0))
        return kin_fail(err, KIN_E_USAGE, "the shards of %s lie in %s; kin-mpi gather ends that", w->folder,
                        folder ? folder : "its .kin/shards");
    if (code == KIN_OK && !shards && rows && !update->spread->anew)
        return kin_fail(err, KIN_E_USAGE,
                        "%s was described on one machine, and kin index goes on there; to spread it, say --anew: all "
                        "images are described again",
                        w->folder);
    return code;
}

/* A first spread run settles over how many shards, and leaves the rows of `kin index` behind. */
static int settle_shards(kin_update *update, kin_error *err)
{
    kin_workspace *w = update->workspace;
    size_t shards = 0;
    uint64_t rows = 0, generation = 0;
    int code = kin_spread__shards(w, &shards, err);
    if (code != KIN_OK || shards)
        return code;
    shards = update->spread->shards ? update->spread->shards : update->courier->workers;
    code = kin_workspace__number(w, KIN_SETTING_ROWS, 0, &rows, err);
    if (code == KIN_OK)
        code = kin_workspace__number(w, KIN_SETTING_GENERATION, 0, &generation, err);
    if (code == KIN_OK && rows)
        code = kin_update__describe_anew(update, generation + 1, err);
    if (code == KIN_OK)
        code = kin_ledger_setting_put(w->ledger, KIN_SETTING_SHARDS_FOLDER, update->spread->folder, err);
    return code == KIN_OK ? kin_workspace__number_put(w, KIN_SETTING_SHARDS, shards, err) : code;
}

static int settle(kin_update *update, kin_error *err)
{
    kin_ledger *ledger = update->workspace->ledger;
    int code = update->embeddings ? kin_update__embeddings_read(update, err) : KIN_OK;
    if (code == KIN_OK)
        code = kin_ledger_begin(ledger, err);
    if (code != KIN_OK)
        return code;
    code = update->spread ? settle_shards(update, err) : KIN_OK;
    if (code == KIN_OK)
        code = settle_vectors(update, err);
    return kin_workspace__end(ledger, code, err);
}

/* The vectors are settled after the import: only then it is known which items the rows of embeddings are. */
static int run_stages(kin_update *update, kin_error *err)
{
    kin_describe_summary *summary = update->summary;
    double start = kin_clock_seconds();
    int code = check_spread(update, err);
    if (code == KIN_OK)
        code = open_source(update, err);
    if (code == KIN_OK && update->spread && update->embeddings)
        code = kin_fail(err, KIN_E_USAGE, "embeddings are read, not described: there is nothing to spread");
    if (code == KIN_OK)
        code = kin_update__scan(update, err);
    double scanned = kin_clock_seconds();
    summary->scan_seconds = scanned - start;
    if (code == KIN_OK)
        code = kin_update__import(update, err);
    if (code == KIN_OK)
        code = settle(update, err);
    double imported = kin_clock_seconds();
    summary->import_seconds = imported - scanned;
    if (code == KIN_OK)
        code = update->spread ? kin_spread__describe(update, err) : kin_update__describe(update, err);
    summary->describe_seconds = kin_clock_seconds() - imported;
    return code;
}

static int count_unreadable(void *user, const kin_item *item, kin_error *err)
{
    (void)err;
    kin_describe_summary *summary = user;
    summary->unreadable += item->id == item->asset;
    return KIN_OK;
}

static int count_at_the_end(kin_update *update, kin_error *err)
{
    kin_ledger_counts counts;
    int code = kin_ledger_count(update->workspace->ledger, &counts, err);
    if (code == KIN_OK)
        code = kin_workspace_each_failed(update->workspace, count_unreadable, update->summary, err);
    if (code != KIN_OK)
        return code;
    update->summary->assets = counts.assets;
    update->summary->shapes = counts.shapes;
    (void)snprintf(update->summary->model, sizeof update->summary->model, "%s", update->vectors.name);
    update->summary->precision = update->vectors.precision;
    if (counts.assets + update->summary->unreadable == 0)
        return kin_fail(err, KIN_E_NOTFOUND, "no image in %s; give the folder that holds the images",
                        update->workspace->folder);
    return KIN_OK;
}

static int run(kin_update *update, kin_error *err)
{
    int lock = -1;
    int code = kin_workspace__lock(update->workspace, &lock, err);
    if (code != KIN_OK)
        return code;
    code = run_stages(update, err);
    if (code == KIN_OK)
        code = count_at_the_end(update, err);
    kin_file_unlock(lock);
    kin_update__embeddings_close(update);
    return code;
}

int kin_workspace_spread(kin_workspace *workspace, const kin_describe_options *describe,
                         const kin_spread_options *options, const kin_courier *courier, const kin_watch *watch,
                         kin_describe_summary *summary, kin_error *err)
{
    static const kin_watch silent = { NULL, NULL, NULL, NULL };
    kin_describe_summary local;
    kin_update update = { .workspace = workspace,
                          .options = describe,
                          .watch = watch ? watch : &silent,
                          .summary = summary ? summary : &local,
                          .courier = courier,
                          .spread = options };
    memset(update.summary, 0, sizeof *update.summary);
    return run(&update, err);
}

int kin_workspace_index(kin_workspace *workspace, const kin_describe_options *options, const kin_watch *watch,
                        kin_describe_summary *summary, kin_error *err)
{
    return kin_workspace_spread(workspace, options, NULL, NULL, watch, summary, err);
}
