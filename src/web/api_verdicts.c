/* Verdicts, and their undoing. When the answer is sent they are on the disk. */
#include "web/web_private.h"

#include <string.h>

enum { most_verdicts = 1000, most_label = 500, most_note = 10000, most_reviewer = 200 };

static int read_verdict(const cJSON *object, kin_verdict *out, kin_error *err)
{
    const char *grade = NULL;
    int code = cJSON_IsObject(object) ? KIN_OK : kin_fail(err, KIN_E_USAGE, "verdicts is a list of objects");
    if (code == KIN_OK)
        code = kin_web_member_number(object, "item", 1, INT64_MAX, &out->item, err);
    if (code == KIN_OK)
        code = kin_web_member_text(object, "verdict", 16, false, &grade, err);
    if (code == KIN_OK)
        code = kin_web_member_text(object, "should_be", most_label, false, &out->should_be, err);
    if (code == KIN_OK)
        code = kin_web_member_text(object, "kind", most_label, false, &out->kind, err);
    if (code == KIN_OK)
        code = kin_web_member_text(object, "note", most_note, true, &out->note, err);
    if (code == KIN_OK)
        code = kin_web_member_number(object, "count", 1, 1000000, &out->count, err);
    if (code != KIN_OK)
        return code;
    out->grade = kin_grade_from(grade);
    if (out->item == 0 || (out->grade == KIN_GRADE_NONE && (!grade || strcmp(grade, "none") != 0)))
        return kin_fail(err, KIN_E_USAGE,
                        "each verdict has an item (its id) and a verdict: ok, minor, critical or none");
    if (out->grade == KIN_GRADE_OK && out->should_be)
        return kin_fail(err, KIN_E_USAGE, "an item that is ok has its right label: leave should_be away");
    return KIN_OK;
}

static int read_reviewer(const web_request *request, const char **reviewer, kin_error *err)
{
    *reviewer = request->web->options->reviewer;
    return kin_web_member_text(request->json, "reviewer", most_reviewer, false, reviewer, err);
}

static int read_verdicts(web_request *request, kin_verdict **out, size_t *count, kin_error *err)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(request->json, "verdicts"), *one;
    const char *reviewer = NULL;
    int64_t job = 0;
    int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    if (n < 1 || n > most_verdicts)
        return kin_fail(err, KIN_E_USAGE, "verdicts is a list of 1 to %d", most_verdicts);
    kin_verdict *verdicts = kin_arena_alloc(&request->arena, (size_t)n * sizeof *verdicts);
    int code = verdicts ? read_reviewer(request, &reviewer, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        code = kin_web_member_number(request->json, "job", 1, INT64_MAX, &job, err);
    size_t i = 0;
    cJSON_ArrayForEach(one, list)
    {
        if (code != KIN_OK)
            break;
        verdicts[i] = (kin_verdict) { .job = job, .reviewer = reviewer };
        code = read_verdict(one, &verdicts[i++], err);
    }
    *out = verdicts;
    *count = i;
    return code;
}

static int answer_judged(web_request *request, const kin_judged *judged, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_count(&json, NULL, "added", judged->added);
    kin_json_count(&json, NULL, "implied", judged->implied);
    kin_json_count(&json, NULL, "gone", judged->gone);
    kin_json_count(&json, NULL, "kept", judged->kept);
    if (judged->first) {
        cJSON *undo = kin_json_object(&json, NULL, "undo");
        kin_json_count(&json, undo, "first", (uint64_t)judged->first);
        kin_json_count(&json, undo, "last", (uint64_t)judged->last);
    } else
        kin_json_text(&json, NULL, "undo", NULL);
    return kin_web_answer_json(request, &json, err);
}

int kin_web__verdicts(web_request *request, kin_error *err)
{
    kin_verdict *verdicts = NULL;
    kin_judged judged;
    size_t n = 0;
    int code = read_verdicts(request, &verdicts, &n, err);
    if (code == KIN_OK)
        code = kin_workspace_verdicts(request->workspace, verdicts, n, &judged, err);
    return code == KIN_OK ? answer_judged(request, &judged, err) : code;
}

int kin_web__undo(web_request *request, kin_error *err)
{
    const char *reviewer = NULL;
    kin_judged judged;
    int64_t first = 0, last = 0;
    int code = read_reviewer(request, &reviewer, err);
    if (code == KIN_OK)
        code = kin_web_member_number(request->json, "first", 1, INT64_MAX, &first, err);
    if (code == KIN_OK)
        code = kin_web_member_number(request->json, "last", 1, INT64_MAX, &last, err);
    if (code == KIN_OK)
        code = kin_workspace_undo(request->workspace, first, last, reviewer, &judged, err);
    return code == KIN_OK ? answer_judged(request, &judged, err) : code;
}
