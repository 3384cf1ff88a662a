/* `kin index`: scan, import, describe. Each stage commits what it has; the next run goes on where this one ended. */
#include "workspace/update_private.h"

#include "base/clock.h"
#include "base/file.h"

#include <stdarg.h>
#include <stdio.h>
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

static int lock_out_others(const kin_workspace *w, int *lock, kin_error *err)
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

/* The model asked for, that of the last run, or the default. */
static int open_model(kin_update *update, const char *old_name, kin_error *err)
{
    const char *name = update->options->model ? update->options->model : old_name;
    if (name)
        return kin_model_open(name, &update->workspace->model, err);
    kin_error note = KIN_ERROR_INIT;
    int code = kin_model_default(&update->workspace->model, &note, err);
    if (code == KIN_OK && note.code != KIN_OK)
        kin_update__note(update, "%s", note.message);
    return code;
}

/* Settles model and margin. Either one new means other vectors: all items become pending under a new generation. The
 * old vectors.bin goes only after the ledger has said so; describe.c removes what a crash left in between. */
static int settle_model(kin_update *update, kin_error *err)
{
    kin_workspace *w = update->workspace;
    const char *old_name;
    double old_margin;
    int code = kin_ledger_setting(w->ledger, KIN_SETTING_MODEL, &old_name, err);
    bool first = code == KIN_OK && !old_name;
    if (code == KIN_OK)
        code = open_model(update, old_name, err);
    if (code == KIN_OK)
        code = kin_workspace__margin(w, &old_margin, err);
    if (code != KIN_OK)
        return code;
    double margin = update->options->margin >= 0 ? update->options->margin : old_margin;
    char text[32];
    (void)snprintf(text, sizeof text, "%.17g", margin);
    code = kin_ledger_setting_put(w->ledger, KIN_SETTING_MODEL, kin_model_about(w->model)->name, err);
    if (code == KIN_OK)
        code = kin_ledger_setting_put(w->ledger, KIN_SETTING_MARGIN, text, err);
    kin_index_options options;
    uint64_t vectors = 0;
    if (code == KIN_OK)
        code = kin_workspace__index_options(w, w->model, &options, err);
    if (code == KIN_OK)
        code = kin_workspace__number(w, KIN_SETTING_VECTORS, 0, &vectors, err);
    if (code != KIN_OK || vectors == options.model)
        return code;
    if (!first)
        code = kin_update__describe_anew(update, options.generation + 1, err);
    if (code == KIN_OK)
        code = kin_workspace__number_put(w, KIN_SETTING_VECTORS, options.model, err);
    return code;
}

static int prepare(kin_update *update, kin_error *err)
{
    kin_workspace *w = update->workspace;
    int code = kin_ledger_begin(w->ledger, err);
    if (code != KIN_OK)
        return code;
    code = settle_model(update, err);
    if (code == KIN_OK)
        return kin_ledger_commit(w->ledger, err);
    kin_ledger_rollback(w->ledger);
    return code;
}

static int run_stages(kin_update *update, kin_error *err)
{
    kin_describe_summary *summary = update->summary;
    double start = kin_clock_seconds();
    int code = prepare(update, err);
    if (code == KIN_OK)
        code = kin_update__scan(update, err);
    double scanned = kin_clock_seconds();
    summary->scan_seconds = scanned - start;
    if (code == KIN_OK)
        code = kin_update__import(update, err);
    double imported = kin_clock_seconds();
    summary->import_seconds = imported - scanned;
    if (code == KIN_OK)
        code = kin_update__describe(update, err);
    summary->describe_seconds = kin_clock_seconds() - imported;
    return code;
}

static int count_at_the_end(kin_update *update, kin_error *err)
{
    kin_status status;
    int code = kin_workspace_status(update->workspace, &status, err);
    if (code != KIN_OK)
        return code;
    update->summary->assets = status.counts.assets;
    update->summary->shapes = status.counts.shapes;
    update->summary->unreadable = status.unreadable;
    if (status.counts.assets + status.unreadable == 0)
        return kin_fail(err, KIN_E_NOTFOUND, "no image in %s; give the folder that holds the images",
                        update->workspace->folder);
    return KIN_OK;
}

int kin_workspace_index(kin_workspace *workspace, const kin_describe_options *options, const kin_watch *watch,
                        kin_describe_summary *summary, kin_error *err)
{
    static const kin_watch silent = { NULL, NULL, NULL, NULL };
    kin_describe_summary local;
    kin_update update = { .workspace = workspace,
                          .options = options,
                          .watch = watch ? watch : &silent,
                          .summary = summary ? summary : &local,
                          .assets = KIN_TABLE_INIT,
                          .base_names = KIN_TABLE_INIT };
    memset(update.summary, 0, sizeof *update.summary);
    int lock = -1;
    int code = lock_out_others(workspace, &lock, err);
    if (code != KIN_OK)
        return code;
    code = run_stages(&update, err);
    if (code == KIN_OK)
        code = count_at_the_end(&update, err);
    kin_file_unlock(lock);
    kin_table_clear(&update.assets);
    kin_table_clear(&update.base_names);
    return code;
}
