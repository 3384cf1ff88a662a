/* Patterns, each with some of its known mistakes to look at. */
#include "web/web_private.h"

#include "kin/patterns.h"

#include <stdio.h>

enum { usual_strip = 8, most_strip = 60 };

typedef struct strip {
    kin_json *json;
    cJSON *list;
    int64_t medoid; /* is there already */
} strip;

static int take_medoid(void *user, const kin_sight *sight, kin_error *err)
{
    strip *s = user;
    (void)err;
    kin_web_sight_json(s->json, s->list, NULL, sight);
    return KIN_OK;
}

static int take_member(void *user, const kin_sight *sight, kin_error *err)
{
    const strip *s = user;
    return sight->item.id == s->medoid ? KIN_OK : take_medoid(user, sight, err);
}

/* Its medoid, then others by id. */
static int add_strip(web_request *request, kin_json *json, cJSON *entry, const kin_pattern *pattern, size_t most,
                     kin_error *err)
{
    strip s = { json, kin_json_list(json, entry, "items"), pattern->medoid };
    int code = kin_workspace_sight(request->workspace, pattern->medoid, take_medoid, &s, err);
    if (code == KIN_OK)
        code = kin_workspace_mistakes(request->workspace, pattern->given, pattern->right, most, take_member, &s, err);
    return code;
}

typedef struct wish {
    kin_unit unit;
    int64_t strip;
} wish;

static int read_wish(const web_request *request, wish *out, kin_error *err)
{
    *out = (wish) { KIN_UNIT_ANY, usual_strip };
    int code = kin_web_unit(kin_web_argument(request, "unit"), &out->unit, err);
    return code == KIN_OK ? kin_web_argument_number(request, "strip", 1, most_strip, &out->strip, err) : code;
}

static int make_patterns(web_request *request, kin_error *err)
{
    wish w;
    kin_patterns patterns = { .list = NULL };
    int code = read_wish(request, &w, err);
    if (code == KIN_OK)
        code = kin_workspace_patterns(request->workspace, w.unit, &patterns, err);
    if (code != KIN_OK)
        return code;
    kin_json json = kin_json_new();
    kin_json_patterns(&json, &patterns);
    cJSON *entry = cJSON_GetObjectItem(json.root, "patterns");
    entry = entry ? entry->child : NULL;
    for (size_t i = 0; code == KIN_OK && entry && i < patterns.count; i++, entry = entry->next)
        code = add_strip(request, &json, entry, &patterns.list[i], (size_t)w.strip, err);
    kin_patterns_clear(&patterns);
    if (code == KIN_OK)
        return kin_web_answer_json(request, &json, err);
    kin_json_clear(&json);
    return code;
}

int kin_web__patterns(web_request *request, kin_error *err)
{
    wish w;
    char key[64];
    int code = read_wish(request, &w, err);
    if (code != KIN_OK)
        return code;
    (void)snprintf(key, sizeof key, "patterns %d %d", (int)w.unit, (int)w.strip);
    return kin_web_cached(request, key, make_patterns, err);
}
