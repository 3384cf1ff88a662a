/* Jobs: handed out as rows, taken back as verdicts. */
#include "kin/search.h"
#include "workspace/workspace_private.h"

#include "base/checked.h"
#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int kin_workspace_job(kin_workspace *workspace, int64_t id, kin_job *out, kin_error *err)
{
    int code = kin_ledger_job(workspace->ledger, id, out, err);
    return code == KIN_E_NOTFOUND ? kin_fail(err, code, "there is no job %lld; kin job list shows them", (long long)id)
                                  : code;
}

int kin_workspace_each_job(kin_workspace *workspace, int (*take)(void *user, const kin_job *job, kin_error *err),
                           void *user, kin_error *err)
{
    return kin_ledger_each_job(workspace->ledger, take, user, err);
}

/* ---- Handing it out ---- */

int kin_workspace__push_place(void *places, const kin_job_item *item, kin_error *err)
{
    kin_place_list *list = places;
    if (!KIN_GROW(&list->list, &list->capacity, list->count + 1))
        return kin_fail_memory(err);
    list->list[list->count++] = *item;
    return KIN_OK;
}

typedef struct row_out {
    kin_workspace *workspace;
    int64_t job;
    kin_arena arena; /* of one row */
    int (*take)(void *user, const kin_job_row *row, kin_error *err);
    void *user;
} row_out;

static void fill_verdict(row_out *out, const kin_verdict *verdict, kin_job_row *row, char time[32])
{
    if (verdict->grade == KIN_GRADE_NONE)
        return;
    kin_clock_format(verdict->time, time);
    row->verdict = kin_grade_name(verdict->grade);
    row->should_be = kin_arena_string(&out->arena, verdict->should_be);
    row->kind = kin_arena_string(&out->arena, verdict->kind);
    row->note = kin_arena_string(&out->arena, verdict->note);
    row->reviewer = kin_arena_string(&out->arena, verdict->reviewer);
    row->count = verdict->count;
    row->time = time;
}

static int put_row(row_out *out, int64_t id, const kin_job_item *drawn, kin_error *err)
{
    kin_item item;
    kin_verdict verdict;
    char time[32];
    kin_arena_reset(&out->arena);
    int code = kin_ledger_item(out->workspace->ledger, id, &item, err);
    if (code != KIN_OK || item.state == KIN_ITEM_GONE)
        return code;
    kin_job_row row = { .job = out->job,
                        .position = drawn->position,
                        .item = kin_workspace__name(&out->arena, item.path, item.shape),
                        .label = kin_arena_string(&out->arena, item.label),
                        .box = item.box,
                        .score = drawn->score,
                        .probability = drawn->probability,
                        .path = kin_arena_string(&out->arena, item.path),
                        .shape = kin_arena_string(&out->arena, item.shape),
                        .image_width = item.width,
                        .image_height = item.height };
    if (!row.item || !row.path)
        return kin_fail_memory(err);
    code = kin_ledger_verdict(out->workspace->ledger, id, &verdict, err);
    if (code != KIN_OK)
        return code;
    fill_verdict(out, &verdict, &row, time);
    return out->take(out->user, &row, err);
}

/* A drawn asset brings its shapes along: all of them are to be looked at. */
static int put_asset(row_out *out, const kin_job_item *drawn, kin_error *err)
{
    kin_item_filter shapes = { .unit = KIN_UNIT_SHAPE, .asset = drawn->item };
    int64_t *ids = NULL;
    size_t n = 0;
    int code = put_row(out, drawn->item, drawn, err);
    if (code == KIN_OK)
        code = kin_ledger_select(out->workspace->ledger, &shapes, &ids, &n, err);
    for (size_t i = 0; code == KIN_OK && i < n; i++)
        code = put_row(out, ids[i], drawn, err);
    free(ids);
    return code;
}

int kin_workspace_job_rows(kin_workspace *workspace, int64_t job,
                           int (*take)(void *user, const kin_job_row *row, kin_error *err), void *user, kin_error *err)
{
    kin_job about;
    row_out out = { .workspace = workspace, .job = job, .arena = KIN_ARENA_INIT, .take = take, .user = user };
    kin_place_list items = { .count = 0 };
    int code = kin_workspace_job(workspace, job, &about, err);
    bool whole_images = code == KIN_OK && about.kind == KIN_JOB_AUDIT && about.unit == KIN_UNIT_ASSET;
    if (code == KIN_OK)
        code = kin_ledger_each_job_item(workspace->ledger, job, kin_workspace__push_place, &items, err);
    for (size_t i = 0; code == KIN_OK && i < items.count; i++)
        code = whole_images ? put_asset(&out, &items.list[i], err)
                            : put_row(&out, items.list[i].item, &items.list[i], err);
    free(items.list);
    kin_arena_clear(&out.arena);
    return code;
}

/* ---- Taking it back ---- */

typedef struct verdict_list {
    kin_verdict *list; /* strings are the arena's */
    size_t count, capacity;
} verdict_list;

typedef struct rows_in {
    kin_workspace *workspace;
    const kin_watch *watch; /* may be NULL */
    kin_verdicts_summary *summary;
    const char *path;
    int64_t job;
    int64_t checked_job; /* the job of the last row that was found to exist */
    kin_arena arena;
    verdict_list shapes, assets;
} rows_in;

static void reject_row(void *user, const char *where, const char *why)
{
    rows_in *in = user;
    in->summary->rejects++;
    if (!in->watch || !in->watch->note)
        return;
    char line[512];
    (void)snprintf(line, sizeof line, "%s: %s: %s", in->path, where, why);
    in->watch->note(in->watch->user, line);
}

static bool job_exists(rows_in *in, int64_t id)
{
    kin_job job;
    if (id != in->checked_job && kin_ledger_job(in->workspace->ledger, id, &job, NULL) != KIN_OK)
        return false;
    in->checked_job = id;
    return true;
}

static int keep_verdict(rows_in *in, const kin_job_row *row, const kin_item *item, int64_t time, kin_error *err)
{
    verdict_list *list = item->id == item->asset ? &in->assets : &in->shapes;
    if (!KIN_GROW(&list->list, &list->capacity, list->count + 1))
        return kin_fail_memory(err);
    list->list[list->count++] = (kin_verdict) { .item = item->id,
                                                .job = in->job ? in->job : row->job,
                                                .grade = kin_grade_from(row->verdict),
                                                .should_be = kin_arena_string(&in->arena, row->should_be),
                                                .kind = kin_arena_string(&in->arena, row->kind),
                                                .note = kin_arena_string(&in->arena, row->note),
                                                .reviewer = kin_arena_string(&in->arena, row->reviewer),
                                                .count = row->count ? row->count : 1,
                                                .time = time };
    return KIN_OK;
}

static int take_row(void *user, const kin_job_row *row, kin_error *err)
{
    rows_in *in = user;
    kin_item item;
    int64_t time = 0;
    int code = kin_workspace__exact_item(in->workspace, row->item, &item, err);
    if (code == KIN_E_NOTFOUND) {
        reject_row(in, row->item, "there is no such item");
        return KIN_OK;
    }
    if (code != KIN_OK)
        return code;
    if (row->time && kin_clock_parse(row->time, &time) != 0)
        reject_row(in, row->item, "its time is not like 2026-02-28T13:45:10Z");
    else if (row->job && !in->job && !job_exists(in, row->job))
        reject_row(in, row->item, "it names a job that is not there");
    else
        code = keep_verdict(in, row, &item, time, err);
    return code;
}

static int judge_all(rows_in *in, const kin_id_list *drawn, const verdict_list *verdicts, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < verdicts->count; i++) {
        bool added = false;
        code = kin_workspace__judge(in->workspace, drawn, &verdicts->list[i], &added, &in->summary->implied, err);
        in->summary->added += added;
    }
    return code;
}

static int import_rows(rows_in *in, kin_job_format format, kin_error *err)
{
    kin_row_sink sink = { take_row, reject_row, in };
    kin_rows_summary rows;
    kin_id_list drawn = { .count = 0 };
    kin_job job;
    int code = in->job ? kin_workspace_job(in->workspace, in->job, &job, err) : KIN_OK;
    if (code == KIN_OK)
        code = kin_rows_read(in->path, format, &sink, &rows, err);
    if (code == KIN_OK)
        code = kin_workspace__drawn_assets(in->workspace, &drawn, err);
    /* Shapes first: what is said of a whole picture speaks for the shapes that nothing was said of. */
    if (code == KIN_OK)
        code = judge_all(in, &drawn, &in->shapes, err);
    if (code == KIN_OK)
        code = judge_all(in, &drawn, &in->assets, err);
    free(drawn.ids);
    if (code == KIN_OK) {
        in->summary->rows = in->shapes.count + in->assets.count;
        in->summary->open = rows.open;
    }
    return code;
}

int kin_workspace_job_import(kin_workspace *workspace, int64_t job, const char *path, kin_job_format format,
                             const kin_watch *watch, kin_verdicts_summary *summary, kin_error *err)
{
    kin_verdicts_summary own = { .rows = 0 };
    rows_in in = {
        .workspace = workspace, .watch = watch, .summary = &own, .path = path, .job = job, .arena = KIN_ARENA_INIT
    };
    int code = kin_ledger_begin(workspace->ledger, err);
    if (code != KIN_OK)
        return code;
    code = import_rows(&in, format, err);
    code = kin_workspace__end(workspace->ledger, code, err);
    free(in.shapes.list);
    free(in.assets.list);
    kin_arena_clear(&in.arena);
    if (code == KIN_OK && summary)
        *summary = own;
    return code;
}
