/* Items by the names people type, and verdicts on them. */
#include "workspace/workspace_private.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/ids.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_shape_id = 255 };

/* ---- Items by name ---- */

/* Both paths and shape ids may hold a '#': each place that leaves an id of a length that there is is tried, the last
 * first. */
int kin_workspace__exact_item(kin_workspace *workspace, const char *name, kin_item *out, kin_error *err)
{
    int code = kin_ledger_item_find(workspace->ledger, name, NULL, out, err);
    kin_arena arena = KIN_ARENA_INIT;
    size_t length = strlen(name), least = length > most_shape_id ? length - most_shape_id - 1 : 0;
    for (size_t at = length; code == KIN_E_NOTFOUND && at-- > least;) {
        if (name[at] != '#')
            continue;
        kin_arena_reset(&arena);
        char *path = kin_arena_copy(&arena, name, at);
        code = path ? kin_ledger_item_find(workspace->ledger, path, name + at + 1, out, err) : kin_fail_memory(err);
    }
    kin_arena_clear(&arena);
    return code;
}

/* The name as seen from the present folder, in the data set's spelling; NULL where it leads elsewhere. */
static char *seen_from_here(const kin_workspace *w, kin_arena *arena, const char *name)
{
    char real[PATH_MAX], folder[PATH_MAX];
    const char *hash = strrchr(name, '#');
    char *path = kin_arena_string(arena, name);
    if (path && !realpath(path, real)) {
        if (!hash)
            return NULL;
        path[hash - name] = '\0';
        if (!realpath(path, real))
            return NULL;
    } else
        hash = NULL;
    if (!path || !realpath(w->folder, folder))
        return NULL;
    size_t n = strlen(folder);
    if (strncmp(real, folder, n) != 0 || real[n] != '/')
        return NULL;
    return kin_workspace__name(arena, real + n + 1, hash ? hash + 1 : NULL);
}

typedef struct name_search {
    const char *base; /* file name looked for */
    size_t length;    /* of it, before any '#' */
    char path[PATH_MAX];
    size_t found;
} name_search;

static int compare_base(void *user, const kin_item *item, kin_error *err)
{
    (void)err;
    name_search *search = user;
    const char *base = kin_path_base(item->path);
    if (strlen(base) == search->length && strncmp(base, search->base, search->length) == 0 && search->found++ == 0)
        (void)snprintf(search->path, sizeof search->path, "%s", item->path);
    return KIN_OK;
}

/* By file name alone, where just one image has it. */
static int by_base_name(kin_workspace *w, const char *name, kin_item *out, kin_error *err)
{
    const char *hash = strrchr(name, '#');
    name_search search = { .base = name, .length = hash ? (size_t)(hash - name) : strlen(name) };
    kin_item_filter assets = { .unit = KIN_UNIT_ASSET };
    if (memchr(name, '/', search.length))
        return KIN_E_NOTFOUND;
    int code = kin_ledger_each_item(w->ledger, &assets, compare_base, &search, err);
    if (code != KIN_OK)
        return code;
    if (search.found > 1)
        return kin_fail(err, KIN_E_USAGE, "%zu images are called %s; say which with its folder", search.found, name);
    return search.found ? kin_ledger_item_find(w->ledger, search.path, hash ? hash + 1 : NULL, out, NULL)
                        : KIN_E_NOTFOUND;
}

int kin_workspace_item(kin_workspace *workspace, const char *name, kin_item *out, kin_error *err)
{
    int code = kin_workspace__exact_item(workspace, name, out, err);
    if (code != KIN_E_NOTFOUND)
        return code;
    kin_arena arena = KIN_ARENA_INIT;
    char *own = seen_from_here(workspace, &arena, name);
    if (own)
        code = kin_workspace__exact_item(workspace, own, out, err);
    kin_arena_clear(&arena);
    if (code == KIN_E_NOTFOUND)
        code = by_base_name(workspace, name, out, err);
    if (code == KIN_E_NOTFOUND)
        code = kin_fail(err, KIN_E_NOTFOUND,
                        "no item %s in %s; an item is path or path#shape as kin find and kin job show print it", name,
                        workspace->folder);
    return code;
}

/* ---- Verdicts ---- */

int kin_workspace__push_id(kin_id_list *list, int64_t id, kin_error *err)
{
    if (!KIN_GROW(&list->ids, &list->capacity, list->count + 1))
        return kin_fail_memory(err);
    list->ids[list->count++] = id;
    return KIN_OK;
}

static int collect_drawn(void *user, int64_t item, kin_error *err)
{
    return kin_workspace__push_id(user, item, err);
}

/* Looked for while others wait to write: of the jobs themselves, which count their verdicts, nothing is read. */
int kin_workspace__drawn_assets(kin_workspace *workspace, kin_id_list *out, kin_error *err)
{
    kin_id_list drawn = { .count = 0 };
    int code = kin_ledger_each_drawn(workspace->ledger, KIN_UNIT_ASSET, collect_drawn, &drawn, err);
    if (code != KIN_OK) {
        free(drawn.ids);
        return code;
    }
    *out = drawn;
    return KIN_OK;
}

/* Shapes of the asset without a verdict become ok by the verdict on the whole picture. */
static int imply_ok(kin_workspace *w, const kin_verdict *verdict, uint64_t *implied, kin_error *err)
{
    kin_item_filter shapes = { .unit = KIN_UNIT_SHAPE, .asset = verdict->item };
    int64_t *ids = NULL;
    size_t n = 0;
    int code = kin_ledger_select(w->ledger, &shapes, &ids, &n, err);
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        kin_verdict latest, ok = { .item = ids[i],
                                   .job = verdict->job,
                                   .grade = KIN_GRADE_OK,
                                   .reviewer = verdict->reviewer,
                                   .count = 1,
                                   .time = verdict->time };
        code = kin_ledger_verdict(w->ledger, ids[i], &latest, err);
        if (code != KIN_OK || latest.grade != KIN_GRADE_NONE)
            continue;
        bool added = false; /* it may be there, taken back since */
        code = kin_ledger_verdict_add(w->ledger, &ok, &added, err);
        *implied += added;
    }
    free(ids);
    return code;
}

int kin_workspace__judge(kin_workspace *workspace, const kin_id_list *drawn, const kin_verdict *verdict, bool *added,
                         uint64_t *implied, kin_error *err)
{
    if (verdict->grade == KIN_GRADE_NONE)
        return kin_ledger_verdict_withdraw(workspace->ledger, verdict, added, err);
    int code = kin_ledger_verdict_add(workspace->ledger, verdict, added, err);
    if (code != KIN_OK || kin_ids_find(drawn->ids, drawn->count, sizeof *drawn->ids, verdict->item) == drawn->count)
        return code;
    return imply_ok(workspace, verdict, implied, err);
}

static int label_is_new(kin_workspace *w, const char *label, bool *is_new, kin_error *err)
{
    kin_item_filter with_label = { .label = label, .states = ~0u };
    int64_t *ids = NULL;
    size_t n = 0;
    int code = label ? kin_ledger_select(w->ledger, &with_label, &ids, &n, err) : KIN_OK;
    *is_new = label && n == 0;
    free(ids);
    return code;
}

int kin_workspace_verdict(kin_workspace *workspace, const char *name, const kin_verdict *verdict, bool *added,
                          uint64_t *implied, bool *new_label, kin_error *err)
{
    kin_id_list drawn = { .count = 0 };
    kin_verdict own = *verdict;
    kin_item item;
    bool was_added = false, is_new = false;
    uint64_t more = 0;
    int code = kin_ledger_begin(workspace->ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace_item(workspace, name, &item, err);
    own.item = code == KIN_OK ? item.id : 0;
    kin_job job;
    if (code == KIN_OK && own.job && kin_ledger_job(workspace->ledger, own.job, &job, err) != KIN_OK)
        code = kin_fail(err, KIN_E_NOTFOUND, "there is no job %lld; kin job list shows them", (long long)own.job);
    if (code == KIN_OK)
        code = kin_workspace__drawn_assets(workspace, &drawn, err);
    if (code == KIN_OK)
        code = label_is_new(workspace, own.should_be, &is_new, err);
    if (code == KIN_OK)
        code = kin_workspace__judge(workspace, &drawn, &own, &was_added, &more, err);
    code = kin_workspace__end(workspace->ledger, code, err);
    free(drawn.ids);
    if (code != KIN_OK)
        return code;
    if (added)
        *added = was_added;
    if (implied)
        *implied = more;
    if (new_label)
        *new_label = is_new;
    return KIN_OK;
}
