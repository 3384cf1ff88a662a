/* Asked for numbers. */

#include "json/ask_request.h"

#include <string.h>

static kin_slices_options read_slices(kin_request *request)
{
    double pair[2];
    const char *rule = kin_request_text(request, "score");
    kin_slices_options out = { .pairs = kin_request_flag(request, "pairs"),
                               .plain = kin_request_flag(request, "plain"),
                               .conf = kin_request_number(request, "conf", 0.5, 0.999999, 0.95),
                               .sla = kin_request_number(request, "sla", 0.015, 1, 0),
                               .risk = kin_request_number(request, "risk", 0.001, 0.5, 0.05),
                               .weights = KIN_SCORE_WEIGHTS_INIT };
    out.by = kin_request_texts(request, "by", &out.by_count);
    if (rule && !kin_score_rule_from(rule, &out.rule))
        kin_request_fail(request, "'score' is share or opportunity; not '%.60s'", rule);
    if (kin_request_numbers(request, "weights", pair, 2)) {
        if (pair[0] < 0 || pair[1] <= 0)
            kin_request_fail(request, "'weights' are minor, at least 0, and critical, above 0");
        out.weights = (kin_score_weights) { .minor = pair[0], .critical = pair[1] };
    }
    return out;
}

int kin_ask__slices(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    kin_report report = { 0 };
    kin_slices_options options = read_slices(request);
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_slices(workspace, &options, &report, err);
    if (code == KIN_OK)
        kin_json_report(json, &report, &options);
    kin_report_clear(&report);
    return code;
}

int kin_ask__report(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    kin_report report = { 0 };
    kin_advices advices = { 0 };
    kin_slices_options options = read_slices(request);
    const char *page = kin_request_text(request, "html");
    options.full = true;
    options.sla = options.sla > 0 ? options.sla : 0.95;
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_slices(workspace, &options, &report, err);
    if (code == KIN_OK)
        code = kin_report_advice(&report, &advices, err);
    if (code == KIN_OK && page)
        code = kin_workspace_report_page(workspace, &report, page, err);
    if (code == KIN_OK) {
        kin_json_report(json, &report, &options);
        kin_json_history(json, &report, &advices);
        kin_json_text(json, NULL, "page", page);
    }
    kin_advices_clear(&advices);
    kin_report_clear(&report);
    return code;
}

int kin_ask__patterns(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    kin_patterns patterns = { 0 };
    kin_unit unit = kin_request_unit(request);
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_patterns(workspace, unit, &patterns, err);
    if (code == KIN_OK)
        kin_json_patterns(json, &patterns);
    kin_patterns_clear(&patterns);
    return code;
}

int kin_ask__duplicates(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    static const kin_watch silent = { NULL, NULL, NULL, NULL };
    kin_duplicates found = { 0 };
    int64_t made = 0;
    const char *only = kin_request_text(request, "only");
    bool all = kin_request_flag(request, "all"), job = kin_request_flag(request, "job");
    kin_duplicates_options options = { .split = kin_request_text(request, "split"),
                                       .unit = kin_request_unit(request),
                                       .threshold = kin_request_number(request, "threshold", 0.5, 1, 0),
                                       .threads = (size_t)kin_request_count(request, "threads", 1, 1024, 0),
                                       .wanted = all ? KIN_DUPLICATES_ALL : KIN_DUPLICATES_DISAGREE };
    if (only && strcmp(only, "labels") == 0)
        options.wanted = KIN_DUPLICATES_LABELS;
    else if (only && strcmp(only, "splits") == 0)
        options.wanted = KIN_DUPLICATES_SPLITS;
    else if (only)
        kin_request_fail(request, "'only' is labels or splits; not '%.60s'", only);
    if (all && (only || job))
        kin_request_fail(request, "'all' does not go with '%s'", only ? "only" : "job");
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_duplicates(workspace, &options, request->watch ? request->watch : &silent, &found, err);
    if (code == KIN_OK && job)
        code = kin_workspace_job_duplicates(workspace, &found, &made, err);
    if (code == KIN_OK)
        kin_json_duplicates(json, &found, made);
    kin_duplicates_clear(&found);
    return code;
}
