/* Jobs: the list, one of them, its items by pages, what has changed in it. */
#include "web/web_private.h"

#include "kin/search.h"

#include <stdio.h>

enum { page_size = 60 };

int kin_web_answer_job(web_request *request, int64_t id, kin_error *err)
{
    kin_job job;
    int code = kin_workspace_job(request->workspace, id, &job, err);
    if (code != KIN_OK)
        return code;
    kin_json json = kin_json_new();
    kin_json_job(&json, NULL, &job);
    return kin_web_answer_json(request, &json, err);
}

typedef struct example_lists {
    kin_json json;
    cJSON *likes, *unlikes;
} example_lists;

static int take_example(void *user, const kin_sight *sight, bool unlike, kin_error *err)
{
    example_lists *lists = user;
    (void)err;
    kin_web_sight_json(&lists->json, unlike ? lists->unlikes : lists->likes, NULL, sight);
    return KIN_OK;
}

int kin_web__job(web_request *request, kin_error *err)
{
    kin_job job;
    int code = kin_workspace_job(request->workspace, request->id, &job, err);
    if (code != KIN_OK)
        return code;
    example_lists lists = { .json = kin_json_new() };
    kin_json_job(&lists.json, NULL, &job);
    lists.likes = kin_json_list(&lists.json, NULL, "likes");
    lists.unlikes = kin_json_list(&lists.json, NULL, "unlikes");
    code = kin_workspace_job_examples(request->workspace, request->id, take_example, &lists, err);
    if (code == KIN_OK)
        return kin_web_answer_json(request, &lists.json, err);
    kin_json_clear(&lists.json);
    return code;
}

/* ---- All of them ---- */

typedef struct listing {
    kin_json json;
    cJSON *list;
} listing;

static int take_job(void *user, const kin_job *job, kin_error *err)
{
    listing *jobs = user;
    (void)err;
    kin_json_job(&jobs->json, kin_json_entry(&jobs->json, jobs->list), job);
    return KIN_OK;
}

static int end_listing(web_request *request, listing *l, int code, kin_error *err)
{
    if (code == KIN_OK)
        return kin_web_answer_json(request, &l->json, err);
    kin_json_clear(&l->json);
    return code;
}

static int make_jobs(web_request *request, kin_error *err)
{
    listing jobs = { .json = kin_json_new() };
    jobs.list = kin_json_list(&jobs.json, NULL, "jobs");
    int code = kin_workspace_each_job(request->workspace, take_job, &jobs, err);
    return end_listing(request, &jobs, code, err);
}

int kin_web__jobs(web_request *request, kin_error *err)
{
    return kin_web_cached(request, "jobs", make_jobs, err);
}

/* ---- Its items ---- */

static int take_row(void *user, const kin_sight *sight, kin_error *err)
{
    listing *rows = user;
    (void)err;
    cJSON *row = kin_json_entry(&rows->json, rows->list);
    kin_json_count(&rows->json, row, "position", (uint64_t)sight->drawn.position);
    kin_json_number(&rows->json, row, "score", sight->drawn.score);
    kin_json_number(&rows->json, row, "probability", sight->drawn.probability);
    kin_web_sight_json(&rows->json, row, "item", sight);
    return KIN_OK;
}

static int read_page(web_request *request, int64_t *after, int64_t *most, kin_error *err)
{
    int code = kin_web_argument_number(request, "after", 0, INT64_MAX, after, err);
    return code == KIN_OK ? kin_web_argument_number(request, "count", 1, KIN_WEB_PAGE_MOST, most, err) : code;
}

/* The rows are read after the cursor was: what is judged in between is told once more by the changes. */
static int make_rows(web_request *request, kin_error *err)
{
    int64_t after = 0, most = page_size, next = 0, cursor = 0;
    listing rows = { .json = kin_json_new() };
    rows.list = kin_json_list(&rows.json, NULL, "rows");
    int code = read_page(request, &after, &most, err);
    if (code == KIN_OK)
        code = kin_workspace_newest_verdict(request->workspace, &cursor, err);
    if (code == KIN_OK)
        code =
            kin_workspace_job_page(request->workspace, request->id, after, (size_t)most, take_row, &rows, &next, err);
    kin_json_count(&rows.json, NULL, "cursor", (uint64_t)cursor);
    if (next)
        kin_json_count(&rows.json, NULL, "next", (uint64_t)next);
    else
        kin_json_text(&rows.json, NULL, "next", NULL);
    return end_listing(request, &rows, code, err);
}

/* Where no row has changed the counts have not either, and are not asked for: this is called all the time. */
static int add_counts(web_request *request, kin_json *json, kin_error *err)
{
    kin_job job;
    int code = kin_workspace_job(request->workspace, request->id, &job, err);
    if (code != KIN_OK)
        return code;
    cJSON *counts = kin_json_object(json, NULL, "job");
    kin_json_count(json, counts, "items", job.items);
    kin_json_count(json, counts, "reviewed", job.reviewed);
    kin_json_count(json, counts, "mistakes", job.mistakes);
    return KIN_OK;
}

int kin_web__job_rows(web_request *request, kin_error *err)
{
    char key[96];
    int64_t after = 0, most = page_size;
    int code = read_page(request, &after, &most, err);
    if (code != KIN_OK)
        return code;
    (void)snprintf(key, sizeof key, "rows %lld %lld %lld", (long long)request->id, (long long)after, (long long)most);
    return kin_web_cached(request, key, make_rows, err);
}

int kin_web__job_changes(web_request *request, kin_error *err)
{
    int64_t since = 0, newest = 0;
    listing rows = { .json = kin_json_new() };
    rows.list = kin_json_list(&rows.json, NULL, "rows");
    int code = kin_web_argument_number(request, "since", 0, INT64_MAX - 1, &since, err);
    if (code == KIN_OK)
        code = kin_workspace_job_changes(request->workspace, request->id, since, take_row, &rows, &newest, err);
    kin_json_count(&rows.json, NULL, "cursor", (uint64_t)newest);
    if (code == KIN_OK && cJSON_GetArraySize(rows.list) > 0)
        code = add_counts(request, &rows.json, err);
    else
        kin_json_text(&rows.json, NULL, "job", NULL);
    return end_listing(request, &rows, code, err);
}

/* ---- New ones ---- */

int kin_web__audit_make(web_request *request, kin_error *err)
{
    kin_audit_options options = { .count = 0 };
    const char *unit = NULL;
    int64_t count = 0, floor = 0, seed = 0, job = 0;
    int code = kin_web_member_number(request->json, "count", 1, 10000000, &count, err);
    if (code == KIN_OK && count == 0)
        code = kin_fail(err, KIN_E_USAGE, "count, the size of the audit, is missing");
    if (code == KIN_OK)
        code = kin_web_member_text(request->json, "unit", 16, false, &unit, err);
    if (code == KIN_OK)
        code = kin_web_unit(unit, &options.unit, err);
    if (code == KIN_OK)
        code = kin_web_member_text(request->json, "stratify", 500, false, &options.stratify, err);
    if (code == KIN_OK)
        code = kin_web_member_number(request->json, "floor", 1, 1000000, &floor, err);
    if (code == KIN_OK)
        code = kin_web_member_text(request->json, "label", 500, false, &options.label, err);
    if (code == KIN_OK)
        code = kin_web_member_number(request->json, "seed", 1, INT64_MAX, &seed, err);
    options.count = (size_t)count;
    options.floor = (size_t)floor;
    options.seed = (uint64_t)seed;
    if (code == KIN_OK)
        code = kin_workspace_audit(request->workspace, &options, &job, err);
    return code == KIN_OK ? kin_web_answer_job(request, job, err) : code;
}
