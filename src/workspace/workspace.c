/* Opening a workspace. The ledger is the authority: it says which generation of vectors.bin counts and how many of its
 * rows do; the index is opened with just those, so that a reader beside a writing `kin index` sees one moment. */
#include "workspace/corpus.h"
#include "kin/browse.h"
#include "kin/spread.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/hash.h"
#include "kernel/blas.h"
#include "kernel/kernel.h"
#include "kernel/kernel8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_parts(kin_workspace *w, const char *folder, kin_ledger_mode mode, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    int code = KIN_OK;
    w->mode = mode;
    w->folder = strdup(folder);
    char *kin_folder = kin_path_join(&arena, strcmp(folder, ".") == 0 ? "./" : folder, ".kin");
    w->kin_folder = kin_folder ? strdup(kin_folder) : NULL;
    char *ledger = w->kin_folder ? kin_path_join(&arena, w->kin_folder, "ledger.db") : NULL;
    if (!w->folder || !ledger) {
        code = kin_fail_memory(err);
        goto out;
    }
    if (!kin_file_exists(folder)) {
        code = kin_fail(err, KIN_E_NOTFOUND, "there is no folder %s; check the spelling", folder);
        goto out;
    }
    if (!kin_file_is_folder(folder)) {
        code = kin_fail(err, KIN_E_USAGE, "%s is a file; give the folder that holds the images", folder);
        goto out;
    }
    if (mode == KIN_LEDGER_CREATE) {
        code = kin_file_make_folder(w->kin_folder, err);
    } else if (!kin_file_exists(ledger)) {
        code = kin_fail(err, KIN_E_NOTFOUND, "%s is not indexed yet; run: kin index %s", folder, folder);
    }
    if (code == KIN_OK)
        code = kin_ledger_open(ledger, mode, &w->ledger, err);
out:
    kin_arena_clear(&arena);
    return code;
}

int kin_workspace_open(const char *folder, kin_ledger_mode mode, kin_workspace **out, kin_error *err)
{
    kin_workspace *w = kin_alloc_zeroed(1, sizeof *w);
    if (!w)
        return kin_fail_memory(err);
    /* One worker a core with single-threaded libraries inside: see src/README.md. */
    kin_blas_threads(1);
    int code = open_parts(w, folder, mode, err);
    if (code != KIN_OK) {
        kin_workspace_close(w);
        return code;
    }
    *out = w;
    return KIN_OK;
}

void kin_workspace__forget(kin_workspace *workspace)
{
    for (size_t i = 0; i < 2; i++) {
        kin_workspace__corpus_free(workspace->corpora[i]);
        workspace->corpora[i] = NULL;
    }
    kin_index_close(workspace->index);
    workspace->index = NULL;
    kin_model_free(workspace->model);
    workspace->model = NULL;
}

int kin_workspace_start_decoders(kin_workspace *owner, size_t count, kin_error *err)
{
    const kin_decoders_options options = { .count = count, .max_bytes = KIN_DEFAULT_MAX_BYTES };
    return owner->decoders ? KIN_OK : kin_decoders_start(&options, &owner->decoders, err);
}

void kin_workspace_share_decoders(kin_workspace *workspace, const kin_workspace *owner)
{
    if (!workspace->shares_decoders)
        kin_decoders_stop(workspace->decoders);
    workspace->decoders = owner->decoders;
    workspace->shares_decoders = true;
}

kin_decoders *kin_workspace__decoders(kin_workspace *workspace)
{
    (void)kin_workspace_start_decoders(workspace, 1, NULL);
    return workspace->decoders;
}

void kin_workspace_close(kin_workspace *workspace)
{
    if (!workspace)
        return;
    kin_workspace_spread_detach(workspace);
    kin_workspace__forget(workspace);
    if (!workspace->shares_decoders)
        kin_decoders_stop(workspace->decoders);
    kin_ledger_close(workspace->ledger);
    free(workspace->folder);
    free(workspace->kin_folder);
    free(workspace);
}

const char *kin_workspace_folder(const kin_workspace *workspace)
{
    return workspace->folder;
}

const char *kin_workspace_build(void)
{
    static _Thread_local char text[256];
    (void)snprintf(text, sizeof text, "kernels %s (8 bits: %s), %s, %s", kin_kernels_get()->name,
                   kin_kernels8_get()->name, kin_blas_name(), kin_index_engine());
    return text;
}

const char *kin_workspace_default_model(kin_precision *precision)
{
    static _Thread_local char name[64];
    kin_model *model = NULL;
    if (kin_model_default(KIN_PRECISION_DEFAULT, &model, NULL, NULL) == KIN_OK) {
        (void)snprintf(name, sizeof name, "%s", kin_model_about(model)->name);
        if (precision)
            *precision = kin_model_about(model)->precision;
    }
    kin_model_free(model);
    return name;
}

/* ---- Settings and parts ---- */

int kin_workspace__number(kin_workspace *workspace, const char *name, uint64_t missing, uint64_t *value, kin_error *err)
{
    const char *text;
    int code = kin_ledger_setting(workspace->ledger, name, &text, err);
    if (code != KIN_OK)
        return code;
    char *end = NULL;
    unsigned long long number = text ? strtoull(text, &end, 10) : missing;
    if (text && (end == text || *end))
        return kin_fail(err, KIN_E_FORMAT,
                        "%s: the setting %s of the ledger is damaged; restore the ledger from a copy",
                        workspace->kin_folder, name);
    *value = number;
    return KIN_OK;
}

int kin_workspace__end(kin_ledger *ledger, int code, kin_error *err)
{
    if (code == KIN_OK)
        return kin_ledger_commit(ledger, err);
    kin_ledger_rollback(ledger);
    return code;
}

int kin_workspace__number_put(kin_workspace *workspace, const char *name, uint64_t value, kin_error *err)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return kin_ledger_setting_put(workspace->ledger, name, text, err);
}

int kin_workspace__embeddings(kin_workspace *workspace, const char **file, kin_error *err)
{
    return kin_ledger_setting(workspace->ledger, KIN_SETTING_EMBEDDINGS, file, err);
}

static int fail_embedded(kin_workspace *w, kin_error *err)
{
    const char *name;
    int code = kin_ledger_setting(w->ledger, KIN_SETTING_MODEL, &name, err);
    return code == KIN_OK ? kin_fail(err, KIN_E_USAGE,
                                     "%s cannot describe pictures: ask for an item that has a row there, or describe "
                                     "all items with kin index --model classic",
                                     name ? name : "embeddings")
                          : code;
}

int kin_workspace__model_setting(kin_workspace *workspace, const char **name, kin_precision *precision, kin_error *err)
{
    const char *text;
    int code = kin_ledger_setting(workspace->ledger, KIN_SETTING_PRECISION, &text, err);
    if (code == KIN_OK)
        *precision = text ? kin_precision_from(text) : KIN_PRECISION_DEFAULT;
    return code == KIN_OK ? kin_ledger_setting(workspace->ledger, KIN_SETTING_MODEL, name, err) : code;
}

static int fail_not_indexed(const kin_workspace *w, kin_error *err)
{
    return kin_fail(err, KIN_E_NOTFOUND, "%s is not indexed yet; run: kin index %s", w->folder, w->folder);
}

uint64_t kin_workspace__vectors(uint64_t model, double margin)
{
    return kin_hash_more(model, &margin, sizeof margin);
}

static int check_vectors(kin_workspace *w, const kin_model_info *info, kin_error *err)
{
    uint64_t vectors = 0;
    double margin = 0;
    int code = kin_workspace__number(w, KIN_SETTING_VECTORS, 0, &vectors, err);
    if (code == KIN_OK)
        code = kin_workspace__margin(w, &margin, err);
    if (code == KIN_OK && vectors != kin_workspace__vectors(info->id, margin))
        code =
            kin_fail(err, KIN_E_USAGE, "the model %.100s has changed since %.60s was described; run: kin index %.60s",
                     info->name, w->folder, w->folder);
    return code;
}

/* Notes the state in which the first of model and index is opened: a later refresh compares with it. */
static int note_state(kin_workspace *w, kin_error *err)
{
    return w->model || w->index ? KIN_OK : kin_workspace_refresh(w, err);
}

int kin_workspace__model(kin_workspace *workspace, const kin_model **out, kin_error *err)
{
    if (!workspace->model) {
        const char *name, *embeddings;
        kin_precision precision = KIN_PRECISION_FLOAT;
        kin_model *model = NULL;
        int code = note_state(workspace, err);
        if (code == KIN_OK)
            code = kin_workspace__embeddings(workspace, &embeddings, err);
        if (code == KIN_OK && embeddings)
            code = fail_embedded(workspace, err);
        if (code == KIN_OK)
            code = kin_workspace__model_setting(workspace, &name, &precision, err);
        if (code == KIN_OK && !name)
            code = fail_not_indexed(workspace, err);
        if (code == KIN_OK)
            code = kin_model_open(name, precision, &model, err);
        if (code == KIN_OK)
            code = check_vectors(workspace, kin_model_about(model), err);
        if (code != KIN_OK) {
            kin_model_free(model);
            return code;
        }
        workspace->model = model;
    }
    *out = workspace->model;
    return KIN_OK;
}

int kin_workspace__margin(kin_workspace *workspace, double *margin, kin_error *err)
{
    const char *text;
    int code = kin_ledger_setting(workspace->ledger, KIN_SETTING_MARGIN, &text, err);
    if (code == KIN_OK)
        *margin = text ? strtod(text, NULL) : KIN_DEFAULT_MARGIN;
    return code;
}

int kin_workspace__index_options(kin_workspace *workspace, kin_index_options *out, kin_error *err)
{
    uint64_t generation = 0, rows = 0, vectors = 0, dim = 0;
    int code = kin_workspace__number(workspace, KIN_SETTING_GENERATION, 0, &generation, err);
    if (code == KIN_OK)
        code = kin_workspace__number(workspace, KIN_SETTING_ROWS, 0, &rows, err);
    if (code == KIN_OK)
        code = kin_workspace__number(workspace, KIN_SETTING_VECTORS, 0, &vectors, err);
    if (code == KIN_OK)
        code = kin_workspace__number(workspace, KIN_SETTING_DIM, 0, &dim, err);
    if (code == KIN_OK && dim == 0)
        code = vectors ? kin_fail(err, KIN_E_USAGE, "%s was indexed by an earlier kin; run: kin index %s",
                                  workspace->folder, workspace->folder)
                       : fail_not_indexed(workspace, err);
    if (code == KIN_OK)
        *out = (kin_index_options) {
            .dim = (size_t)dim, .type = KIN_VECTOR_I8, .model = vectors, .generation = generation, .rows = rows
        };
    return code;
}

int kin_workspace__whole(kin_workspace *workspace, kin_error *err)
{
    uint64_t shards = 0;
    int code = kin_workspace__number(workspace, KIN_SETTING_SHARDS, 0, &shards, err);
    return code == KIN_OK && shards
               ? kin_fail(err, KIN_E_USAGE, "the vectors of %s are spread over %llu shards: kin-mpi works on those, and "
                                            "kin-mpi gather brings them together",
                          workspace->folder, (unsigned long long)shards)
               : code;
}

static int open_index_once(kin_workspace *w, kin_error *err)
{
    kin_index_options options;
    bool begun;
    int code = kin_ledger_begin_reading(w->ledger, &begun, err); /* all numbers of one moment */
    if (code != KIN_OK)
        return code;
    code = kin_workspace__whole(w, err);
    if (code == KIN_OK)
        code = kin_workspace__index_options(w, &options, err);
    if (begun)
        kin_ledger_rollback(w->ledger);
    if (code == KIN_OK)
        code = kin_index_open(w->kin_folder, &options, &w->index, err);
    return code;
}

/* A compaction may put another file in the place of the one that the settings named a moment ago. */
static int open_index(kin_workspace *w, kin_error *err)
{
    enum { attempts = 3 };
    kin_error why = KIN_ERROR_INIT;
    int code = KIN_E_USAGE;
    for (int i = 0; i < attempts && (code == KIN_E_USAGE || code == KIN_E_NOTFOUND || code == KIN_E_FORMAT); i++)
        code = open_index_once(w, &why);
    return code == KIN_OK ? KIN_OK : kin_fail(err, code, "%s", why.message);
}

int kin_workspace__index(kin_workspace *workspace, const kin_index **out, kin_error *err)
{
    int code = note_state(workspace, err);
    if (code == KIN_OK && !workspace->index)
        code = open_index(workspace, err);
    if (code == KIN_OK)
        *out = workspace->index;
    return code;
}

char *kin_workspace__name(kin_arena *arena, const char *path, const char *shape)
{
    if (!shape)
        return kin_arena_string(arena, path);
    size_t a = strlen(path), b = strlen(shape);
    char *name = kin_arena_alloc(arena, a + b + 2);
    if (!name)
        return NULL;
    memcpy(name, path, a);
    name[a] = '#';
    memcpy(name + a + 1, shape, b + 1);
    return name;
}

char *kin_workspace__file(const kin_workspace *workspace, kin_arena *arena, const char *path)
{
    return kin_path_join(arena, workspace->folder, path);
}
