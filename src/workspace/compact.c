/* Compaction: new rows on disk, then one transaction that names them, then they take the old ones' place, by opening
 * the index for writing (index_compact.c). A transaction that failed may have been written all the same, so what it
 * would name stays until the next writer sees which it was. */
#include "workspace/check_parts.h"

#include "base/file.h"

#include <stdlib.h>

static const double most_scatter = 0.5;

static int name_rows(kin_workspace *w, uint64_t generation, const kin_index_compacted *rows, kin_error *err)
{
    int code = kin_ledger_begin(w->ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace__rows_anew(w, generation, rows->rows, rows->sums, rows->blocks, err);
    return kin_workspace__end(w->ledger, code, err);
}

static int rewrite(kin_workspace *w, const kin_index *index, const kin_watch *watch, kin_error *err)
{
    kin_index_compacted rows = { 0 };
    uint64_t generation = 0;
    int code = kin_workspace__number(w, KIN_SETTING_GENERATION, 0, &generation, err);
    if (code == KIN_OK)
        code = kin_index_compact(index, generation + 1, watch, &rows, err);
    if (code == KIN_OK)
        code = name_rows(w, generation + 1, &rows, err);
    free(rows.sums);
    return code;
}

/* Puts the new rows in their place, and builds their base where one is due. */
static int take_over(kin_workspace *w, const kin_watch *watch, kin_index **index, kin_error *err)
{
    kin_index_close(*index);
    *index = NULL;
    int code = kin_workspace__index_to_write(w, index, err);
    return code == KIN_OK && kin_index_base_is_due(*index) ? kin_index_build_base(*index, watch, err) : code;
}

int kin_workspace__compact(kin_workspace *w, const kin_watch *watch, kin_compacted *out, kin_error *err)
{
    kin_index *index = NULL;
    int code = kin_workspace__whole(w, err);
    if (code == KIN_OK)
        code = kin_workspace__index_to_write(w, &index, err);
    if (code == KIN_OK) {
        *out = (kin_compacted) { .rows_before = kin_index_rows(index), .rows = kin_index_count(index) };
        out->rewritten = out->rows < out->rows_before || kin_index_scatter(index) > most_scatter;
    }
    if (code == KIN_OK && out->rewritten) {
        code = rewrite(w, index, watch, err);
        if (code == KIN_OK)
            code = take_over(w, watch, &index, err);
    }
    kin_index_close(index);
    return code == KIN_OK ? kin_ledger_vacuum(w->ledger, &out->vacuumed, err) : code;
}

int kin_workspace_compact(kin_workspace *workspace, const kin_watch *watch, kin_compacted *out, kin_error *err)
{
    kin_compacted done = { 0 };
    int lock = -1;
    int code = kin_workspace__lock(workspace, &lock, err);
    if (code != KIN_OK)
        return code;
    kin_workspace__forget(workspace);
    code = kin_workspace__compact(workspace, watch, &done, err);
    kin_file_unlock(lock);
    if (code == KIN_OK)
        *out = done;
    return code;
}
