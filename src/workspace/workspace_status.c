#include "workspace/workspace_private.h"

#include <stdio.h>

static int count_verdict(void *user, const kin_verdict *verdict, kin_error *err)
{
    (void)err;
    kin_status *status = user;
    status->reviewed++;
    status->mistakes += verdict->grade > KIN_GRADE_OK;
    return KIN_OK;
}

static int count_unreadable(void *user, const kin_item *item, kin_error *err)
{
    (void)err;
    kin_status *status = user;
    status->unreadable += item->id == item->asset;
    return KIN_OK;
}

static void join_lines(const char *lines, char *out, size_t size)
{
    size_t used = 0;
    for (const char *c = lines; c && *c && used + 3 < size; c++) {
        if (*c == '\n' && !c[1])
            break;
        out[used++] = *c == '\n' ? ',' : *c;
        if (*c == '\n')
            out[used++] = ' ';
    }
    out[used] = '\0';
}

static int read_status(kin_workspace *w, kin_status *status, kin_error *err)
{
    const char *text;
    int code = kin_ledger_count(w->ledger, &status->counts, err);
    if (code == KIN_OK)
        code = kin_ledger_each_verdict(w->ledger, true, count_verdict, status, err);
    if (code == KIN_OK)
        code = kin_workspace_each_failed(w, count_unreadable, status, err);
    if (code == KIN_OK)
        code = kin_workspace__model_setting(w, &text, &status->precision, err);
    if (code != KIN_OK)
        return code;
    (void)snprintf(status->model, sizeof status->model, "%s", text ? text : "");
    code = kin_ledger_setting(w->ledger, KIN_SETTING_ANNOTATIONS, &text, err);
    if (code == KIN_OK)
        join_lines(text, status->annotations, sizeof status->annotations);
    return code;
}

/* What the index adds. An index that cannot be read as the settings say is no reason to keep the rest back. */
static int read_index(kin_workspace *w, kin_status *status, kin_error *err)
{
    const kin_index *index;
    kin_error why = KIN_ERROR_INIT;
    int code = kin_workspace__index(w, &index, &why);
    if (code == KIN_E_USAGE) {
        (void)snprintf(status->model_note, sizeof status->model_note, "%s", why.message);
        return KIN_OK;
    }
    if (code != KIN_OK)
        return kin_fail(err, code, "%s", why.message);
    status->indexed = kin_index_count(index);
    status->rows = kin_index_rows(index);
    status->covered = kin_index_covered(index);
    return KIN_OK;
}

/* Whether the model still is what the vectors were made by: told by a hash of its files, for opening it takes much
 * longer. A model that is gone or has changed takes nothing from what is indexed. */
static int check_model(kin_workspace *w, kin_status *status, kin_error *err)
{
    uint64_t id = 0, vectors = 0;
    double margin = 0;
    const char *embeddings;
    kin_error why = KIN_ERROR_INIT;
    int code = kin_workspace__embeddings(w, &embeddings, err);
    if (code != KIN_OK || embeddings)
        return code;
    code = kin_workspace__number(w, KIN_SETTING_VECTORS, 0, &vectors, err);
    if (code == KIN_OK)
        code = kin_workspace__margin(w, &margin, err);
    if (code != KIN_OK)
        return code;
    if (w->model)
        id = kin_model_about(w->model)->id;
    else if (kin_model_identify(status->model, status->precision, &id, &why) != KIN_OK)
        (void)snprintf(status->model_note, sizeof status->model_note, "%s", why.message);
    if (why.code == KIN_OK && vectors != kin_workspace__vectors(id, margin))
        (void)snprintf(status->model_note, sizeof status->model_note,
                       "the model has changed since; kin index describes all anew");
    return KIN_OK;
}

int kin_workspace_status(kin_workspace *workspace, kin_status *out, kin_error *err)
{
    kin_status status = { .rows = 0 };
    int code = kin_ledger_begin(workspace->ledger, err);
    if (code != KIN_OK)
        return code;
    code = read_status(workspace, &status, err);
    kin_ledger_rollback(workspace->ledger);
    if (code == KIN_OK && status.model[0])
        code = read_index(workspace, &status, err);
    if (code == KIN_OK && status.model[0] && !status.model_note[0])
        code = check_model(workspace, &status, err);
    if (code == KIN_OK)
        *out = status;
    return code;
}

int kin_workspace_each_failed(kin_workspace *workspace, int (*take)(void *user, const kin_item *item, kin_error *err),
                              void *user, kin_error *err)
{
    kin_item_filter failed = { .states = 1u << KIN_ITEM_FAILED };
    return kin_ledger_each_item(workspace->ledger, &failed, take, user, err);
}
