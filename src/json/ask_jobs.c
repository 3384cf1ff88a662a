/* Asked of jobs that are there, and to go on with them. */

#include "json/ask_request.h"

int kin_ask__made(kin_workspace *workspace, int64_t id, kin_json *json, kin_error *err)
{
    kin_job job;
    int code = kin_workspace_job(workspace, id, &job, err);
    if (code == KIN_OK)
        kin_json_job(json, NULL, &job);
    return code;
}

typedef struct listing {
    kin_json *json;
    cJSON *list;
} listing;

static int take_job(void *user, const kin_job *job, kin_error *err)
{
    listing *out = user;
    (void)err;
    kin_json_job(out->json, kin_json_entry(out->json, out->list), job);
    return KIN_OK;
}

int kin_ask__jobs(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    listing out = { json, kin_json_list(json, NULL, "jobs") };
    int code = kin_request_end(request, err);
    return code == KIN_OK ? kin_workspace_each_job(workspace, take_job, &out, err) : code;
}

static int take_row(void *user, const kin_job_row *row, kin_error *err)
{
    listing *out = user;
    (void)err;
    kin_json_row(out->json, kin_json_entry(out->json, out->list), row);
    return KIN_OK;
}

/* A job that is no part of a hunt has none. */
static int put_hunt(kin_json *json, kin_workspace *workspace, int64_t job, kin_error *err)
{
    kin_hunt hunt = { .origin = 0 };
    kin_error why = KIN_ERROR_INIT;
    int code = kin_workspace_hunt(workspace, job, 0, &hunt, &why);
    if (code == KIN_E_USAGE || code == KIN_E_NOTFOUND) {
        kin_json_text(json, NULL, "hunt", NULL);
        return KIN_OK;
    }
    if (code != KIN_OK)
        return kin_fail(err, code, "%s", why.message);
    kin_json_hunt(json, kin_json_object(json, NULL, "hunt"), &hunt);
    kin_hunt_clear(&hunt);
    return KIN_OK;
}

int kin_json_job_whole(kin_json *json, kin_workspace *workspace, int64_t id, kin_error *err)
{
    int code = kin_ask__made(workspace, id, json, err);
    if (code == KIN_OK)
        code = put_hunt(json, workspace, id, err);
    listing out = { json, kin_json_list(json, NULL, "rows") };
    return code == KIN_OK ? kin_workspace_job_rows(workspace, id, take_row, &out, err) : code;
}

int kin_ask__job(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    int64_t id = kin_request_job(request);
    kin_request_need(request, "job", id > 0);
    int code = kin_request_end(request, err);
    return code == KIN_OK ? kin_json_job_whole(json, workspace, id, err) : code;
}

int kin_ask__audit(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    int64_t job = 0;
    kin_audit_options options = { .count = (size_t)kin_request_count(request, "n", 1, 10000000, 0),
                                  .unit = kin_request_unit(request),
                                  .stratify = kin_request_text(request, "stratify"),
                                  .floor = (size_t)kin_request_count(request, "floor", 1, 1000000, 0),
                                  .seed = kin_request_count(request, "seed", 1, INT64_MAX, 0),
                                  .label = kin_request_text(request, "label") };
    kin_request_need(request, "n", options.count > 0);
    if (options.floor > 0 && !options.stratify)
        kin_request_fail(request, "'floor' goes with 'stratify'");
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_audit(workspace, &options, &job, err);
    return code == KIN_OK ? kin_ask__made(workspace, job, json, err) : code;
}

int kin_ask__job_next(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    enum { batch = 20 };
    kin_hunt hunt = { .memory = NULL };
    int64_t origin = kin_request_job(request), made = 0;
    size_t n = (size_t)kin_request_count(request, "n", 1, 1000000, 0);
    uint64_t seed = kin_request_count(request, "seed", 1, INT64_MAX, 0);
    bool control = kin_request_flag(request, "control"), dry = kin_request_flag(request, "dry_run");
    kin_request_need(request, "job", origin > 0);
    if (seed && !control)
        kin_request_fail(request, "'seed' goes with 'control'");
    if (control && dry)
        kin_request_fail(request, "'control' and 'dry_run' exclude each other");
    int code = kin_request_end(request, err);
    /* How far it is before the new job, which nobody has reviewed yet. */
    if (code == KIN_OK)
        code = kin_workspace_hunt(workspace, origin, n && !control ? n : batch, &hunt, err);
    if (code == KIN_OK && control)
        code = kin_workspace_job_control(workspace, origin, n, seed, &made, err);
    else if (code == KIN_OK && !dry)
        code = kin_workspace_job_next(workspace, origin, n ? n : batch, &made, err);
    if (code == KIN_OK && made)
        code = kin_ask__made(workspace, made, json, err);
    if (code == KIN_OK)
        kin_json_hunt(json, kin_json_object(json, NULL, "hunt"), &hunt);
    kin_hunt_clear(&hunt);
    return code;
}

int kin_ask__job_import(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    static const kin_watch silent = { NULL, NULL, NULL, NULL };
    kin_verdicts_summary summary = { 0 };
    const char *path = kin_request_text(request, "path"), *text = kin_request_text(request, "format");
    kin_job_format format = text ? kin_job_format_from(text) : KIN_JOB_UNKNOWN;
    int64_t job = kin_request_job(request);
    kin_request_need(request, "path", path != NULL);
    if (text && format == KIN_JOB_UNKNOWN)
        kin_request_fail(request, "there is no format '%.60s'", text);
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_job_import(workspace, job, path, format, request->watch ? request->watch : &silent,
                                        &summary, err);
    if (code == KIN_OK)
        kin_json_import(json, job, &summary);
    return code;
}
