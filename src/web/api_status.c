/* What there is: counts, labels, attributes. */
#include "web/web_private.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

enum { values_of_key = 200 };

static int answer_status(web_request *request, const kin_status *status, kin_error *err)
{
    char *folder = realpath(kin_workspace_folder(request->workspace), NULL);
    kin_json json = kin_json_new();
    kin_json_text(&json, NULL, "name", folder ? kin_path_base(folder) : NULL);
    kin_json_text(&json, NULL, "reviewer", request->web->options->reviewer);
    if (status)
        kin_json_status(&json, status);
    free(folder);
    return kin_web_answer_json(request, &json, err);
}

static int make_status(web_request *request, kin_error *err)
{
    kin_status status = { .rows = 0 };
    int code = kin_workspace_status(request->workspace, &status, err);
    return code == KIN_OK ? answer_status(request, &status, err) : code;
}

/* The page opens with the brief one: a million items are not counted for it. */
int kin_web__status(web_request *request, kin_error *err)
{
    int64_t brief = 0;
    int code = kin_web_argument_number(request, "brief", 0, 1, &brief, err);
    if (code != KIN_OK)
        return code;
    return brief ? answer_status(request, NULL, err) : kin_web_cached(request, "status", make_status, err);
}

/* ---- Labels ---- */

typedef struct label_list {
    kin_json json;
    cJSON *list;
} label_list;

static int take_label(void *user, const char *label, uint64_t items, kin_error *err)
{
    label_list *labels = user;
    (void)err;
    cJSON *entry = kin_json_entry(&labels->json, labels->list);
    kin_json_text(&labels->json, entry, "label", label);
    kin_json_count(&labels->json, entry, "items", items);
    return KIN_OK;
}

static int make_labels(web_request *request, kin_error *err)
{
    label_list labels = { .json = kin_json_new() };
    labels.list = kin_json_list(&labels.json, NULL, "labels");
    int code = kin_workspace_each_label(request->workspace, take_label, &labels, err);
    if (code == KIN_OK)
        return kin_web_answer_json(request, &labels.json, err);
    kin_json_clear(&labels.json);
    return code;
}

int kin_web__labels(web_request *request, kin_error *err)
{
    return kin_web_cached(request, "labels", make_labels, err);
}

/* ---- Attributes ---- */

typedef struct key_list {
    kin_json json;
    cJSON *list, *values; /* of the present key */
    char key[256];
    size_t count;
} key_list;

static void end_key(key_list *keys)
{
    cJSON *entry = cJSON_GetArrayItem(keys->list, cJSON_GetArraySize(keys->list) - 1);
    if (entry)
        kin_json_count(&keys->json, entry, "count", keys->count);
}

/* They come by key, then value. */
static int take_value(void *user, const kin_attribute *attribute, kin_error *err)
{
    key_list *keys = user;
    (void)err;
    if (strlen(attribute->key) >= sizeof keys->key)
        return KIN_OK;
    if (!keys->values || strcmp(keys->key, attribute->key) != 0) {
        end_key(keys);
        memcpy(keys->key, attribute->key, strlen(attribute->key) + 1);
        keys->count = 0;
        cJSON *entry = kin_json_entry(&keys->json, keys->list);
        kin_json_text(&keys->json, entry, "key", keys->key);
        keys->values = kin_json_list(&keys->json, entry, "values");
    }
    if (keys->count++ < values_of_key)
        kin_json_item(&keys->json, keys->values, attribute->value);
    return KIN_OK;
}

static int make_attributes(web_request *request, kin_error *err)
{
    key_list keys = { .json = kin_json_new() };
    keys.list = kin_json_list(&keys.json, NULL, "attributes");
    int code = kin_workspace_each_value(request->workspace, take_value, &keys, err);
    end_key(&keys);
    if (code == KIN_OK)
        return kin_web_answer_json(request, &keys.json, err);
    kin_json_clear(&keys.json);
    return code;
}

int kin_web__attributes(web_request *request, kin_error *err)
{
    return kin_web_cached(request, "attributes", make_attributes, err);
}
