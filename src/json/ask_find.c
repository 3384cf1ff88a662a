/* Asked for kin, and for jobs of them. */

#include "json/ask_request.h"

static kin_query read_query(kin_request *request, kin_box *box)
{
    double sides[4];
    const char *by = kin_request_text(request, "by");
    kin_query query = { .same_label = kin_request_flag(request, "same_label"),
                        .any_label = kin_request_flag(request, "any_label"),
                        .unreviewed = kin_request_flag(request, "unreviewed"),
                        .by = kin_ranking_from(by),
                        .should_be = kin_request_text(request, "should_be"),
                        .pattern = kin_request_text(request, "pattern"),
                        .only = kin_request_filter(request),
                        .k = (size_t)kin_request_count(request, "n", 1, 1000000, 0) };
    query.likes = kin_request_texts(request, "items", &query.likes_count);
    query.unlikes = kin_request_texts(request, "unlike", &query.unlikes_count);
    if (query.pattern && query.likes_count > 0)
        kin_request_fail(request, "'pattern' stands for its known mistakes: leave items away");
    kin_request_need(request, "items", query.likes_count > 0 || query.pattern);
    if (query.same_label + query.any_label + (query.only.label != NULL) > 1)
        kin_request_fail(request, "same_label, any_label and label exclude each other");
    if (by && query.by != KIN_BY_MISTAKE && query.by != KIN_BY_LOOKS)
        kin_request_fail(request, "'by' is mistake or looks; not '%.60s'", by);
    if (kin_request_numbers(request, "box", sides, 4)) {
        if (!(sides[2] > 0 && sides[3] > 0))
            kin_request_fail(request, "'box' needs a width and a height above 0");
        *box = (kin_box) { sides[0], sides[1], sides[2], sides[3] };
        query.box = box;
    }
    return query;
}

int kin_ask__find(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    kin_box box;
    kin_matches matches = { 0 };
    kin_query query = read_query(request, &box);
    const char *page = kin_request_text(request, "html");
    query.reviewed = kin_request_flag(request, "reviewed");
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_find(workspace, &query, &matches, err);
    if (code == KIN_OK && page)
        code = kin_workspace_find_page(workspace, &query, &matches, page, err);
    if (code == KIN_OK)
        kin_json_matches(json, &matches);
    kin_matches_clear(&matches);
    return code;
}

int kin_ask__job_kin(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    kin_box box;
    int64_t job = 0;
    kin_query query = read_query(request, &box);
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_job_kin(workspace, &query, &job, err);
    return code == KIN_OK ? kin_ask__made(workspace, job, json, err) : code;
}

int kin_ask__job_suspects(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    const char *text = kin_request_text(request, "by");
    kin_ranking by = kin_ranking_from(text);
    kin_item_filter only = kin_request_filter(request);
    size_t k = (size_t)kin_request_count(request, "n", 1, 1000000, 0);
    int64_t job = 0;
    if (text && by < KIN_BY_KIN)
        kin_request_fail(request, "'by' is kin, selfclean, simifeat or margin; not '%.60s'", text);
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_job_suspects(workspace, by, &only, k, &job, err);
    return code == KIN_OK ? kin_ask__made(workspace, job, json, err) : code;
}

typedef struct many {
    kin_workspace *workspace;
    kin_json *json;
    cJSON *list;
} many;

static int take_job(void *user, int64_t id, kin_error *err)
{
    many *out = user;
    kin_job job;
    int code = kin_workspace_job(out->workspace, id, &job, err);
    if (code == KIN_OK)
        kin_json_job(out->json, kin_json_entry(out->json, out->list), &job);
    return code;
}

int kin_ask__job_mistakes(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    kin_item_filter only = kin_request_filter(request);
    size_t k = (size_t)kin_request_count(request, "n", 1, 1000000, 0);
    many out = { workspace, json, kin_json_list(json, NULL, "jobs") };
    int code = kin_request_end(request, err);
    return code == KIN_OK ? kin_workspace_job_mistakes(workspace, &only, KIN_BY_MISTAKE, k, take_job, &out, err) : code;
}
