/* Asked of the data set as a whole, and of single items. */

#include "base/clock.h"
#include "json/ask_request.h"
#include "kin/browse.h"

#include <string.h>

/* ---- index ---- */

static void read_index(kin_request *request, kin_describe_options *out)
{
    const char *format = kin_request_text(request, "format"), *precision = kin_request_text(request, "precision");
    *out = (kin_describe_options)KIN_DESCRIBE_OPTIONS_INIT;
    out->import = (kin_import_options)KIN_IMPORT_OPTIONS_INIT;
    out->annotations = kin_request_texts(request, "annotations", &out->annotations_count);
    out->no_annotations = kin_request_flag(request, "no_annotations");
    out->import.strict = kin_request_flag(request, "strict");
    out->import.label_column = kin_request_text(request, "label_column");
    out->model = kin_request_text(request, "model");
    out->embeddings = kin_request_text(request, "embeddings");
    out->embedding_rows = kin_request_text(request, "rows");
    out->margin = kin_request_number(request, "margin", 0, 2, out->margin);
    out->threads = (size_t)kin_request_count(request, "threads", 0, 1024, 0);
    out->max_pixels = kin_request_count(request, "max_pixels", 1, INT64_MAX, 0);
    out->max_bytes = kin_request_count(request, "max_bytes", 1, INT64_MAX, 0);
    if (format && (out->import.format = kin_annotation_format_from(format)) == KIN_ANNOTATIONS_UNKNOWN)
        kin_request_fail(request, "there is no format '%.60s'", format);
    if (precision && (out->precision = kin_precision_from(precision)) == KIN_PRECISION_DEFAULT)
        kin_request_fail(request, "'precision' is float or int8; not '%.60s'", precision);
    if (out->no_annotations && out->annotations_count > 0)
        kin_request_fail(request, "'annotations' and 'no_annotations' exclude each other");
}

int kin_ask__index(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    kin_describe_options options;
    kin_describe_summary summary = { 0 };
    read_index(request, &options);
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_index(workspace, &options, request->watch, &summary, err);
    if (code == KIN_OK)
        kin_json_index(json, kin_workspace_folder(workspace), &summary);
    return code;
}

/* ---- status ---- */

int kin_ask__status(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    kin_status status = { 0 };
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_status(workspace, &status, err);
    if (code != KIN_OK)
        return code;
    kin_json_text(json, NULL, "folder", kin_workspace_folder(workspace));
    kin_json_status(json, &status);
    return KIN_OK;
}

typedef struct listing {
    kin_json *json;
    cJSON *list;
} listing;

static int take_failed(void *user, const kin_item *item, kin_error *err)
{
    listing *out = user;
    (void)err;
    cJSON *entry = kin_json_entry(out->json, out->list);
    kin_json_name(out->json, entry, "item", item->path, item->shape);
    kin_json_text(out->json, entry, "reason", item->reason);
    return KIN_OK;
}

int kin_ask__unreadable(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    listing out = { json, kin_json_list(json, NULL, "unreadable") };
    int code = kin_request_end(request, err);
    return code == KIN_OK ? kin_workspace_each_failed(workspace, take_failed, &out, err) : code;
}

/* ---- items ---- */

static int take_item(void *user, const kin_sight *sight, kin_error *err)
{
    listing *out = user;
    const kin_item *item = &sight->item;
    (void)err;
    cJSON *entry = kin_json_entry(out->json, out->list);
    kin_json_count(out->json, entry, "id", (uint64_t)item->id);
    kin_json_name(out->json, entry, "item", item->path, item->shape);
    kin_json_text(out->json, entry, "path", item->path);
    kin_json_text(out->json, entry, "shape", item->shape);
    kin_json_text(out->json, entry, "label", item->label);
    kin_json_box(out->json, entry, "box", item->shape ? &item->box : NULL);
    kin_json_flag(out->json, entry, "described", item->state == KIN_ITEM_DESCRIBED);
    return KIN_OK;
}

int kin_ask__items(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    listing out = { json, kin_json_list(json, NULL, "items") };
    kin_item_filter filter = kin_request_filter(request);
    filter.after = (int64_t)kin_request_count(request, "after", 0, INT64_MAX, 0);
    filter.most = (size_t)kin_request_count(request, "most", 1, 100000, 1000);
    int code = kin_request_end(request, err);
    return code == KIN_OK ? kin_workspace_each_sight(workspace, &filter, take_item, &out, err) : code;
}

/* ---- verdict ---- */

static kin_verdict read_verdict(kin_request *request)
{
    const char *grade = kin_request_text(request, "verdict"), *time = kin_request_text(request, "time");
    kin_verdict verdict = { .should_be = kin_request_text(request, "should_be"),
                            .kind = kin_request_text(request, "kind"),
                            .note = kin_request_text(request, "note"),
                            .reviewer = kin_request_text(request, "reviewer"),
                            .count = (int64_t)kin_request_count(request, "count", 1, 1000000, 1),
                            .job = kin_request_job(request) };
    kin_request_need(request, "verdict", grade != NULL);
    verdict.grade = grade ? kin_grade_from(grade) : KIN_GRADE_NONE;
    bool none = grade && strcmp(grade, "none") == 0;
    if (grade && verdict.grade == KIN_GRADE_NONE && !none)
        kin_request_fail(request, "'verdict' is ok, minor, critical, or none to take it back; not '%.60s'", grade);
    if (none && (verdict.should_be || verdict.kind || time))
        kin_request_fail(request, "none takes back what was said: leave should_be, kind and time away");
    if (verdict.grade == KIN_GRADE_OK && verdict.should_be)
        kin_request_fail(request, "an item that is ok has its right label: leave should_be away");
    if (time && (kin_clock_parse(time, &verdict.time) != 0 || verdict.time == 0))
        kin_request_fail(request, "'time' is a time such as 2026-02-28T13:45:10Z; not '%.60s'", time);
    return verdict;
}

int kin_ask__verdict(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err)
{
    const char *item = kin_request_text(request, "item");
    kin_verdict verdict = read_verdict(request);
    bool added = false, new_label = false;
    uint64_t implied = 0;
    kin_request_need(request, "item", item != NULL);
    int code = kin_request_end(request, err);
    if (code == KIN_OK)
        code = kin_workspace_verdict(workspace, item, &verdict, &added, &implied, &new_label, err);
    if (code == KIN_OK)
        kin_json_verdict(json, item, &verdict, added, implied, new_label);
    return code;
}
