/* Items and verdicts as the API shows them. */
#include "web/web_private.h"

#include "base/clock.h"

#include <stdio.h>

static const char *state_name(kin_item_state state)
{
    static const char *const names[] = { "pending", "described", "failed", "gone" };
    return (unsigned)state <= KIN_ITEM_GONE ? names[state] : "";
}

void kin_web_verdict_json(kin_json *json, cJSON *parent, const char *key, const kin_verdict *verdict)
{
    char time[32];
    if (key && verdict->grade == KIN_GRADE_NONE) {
        kin_json_text(json, parent, key, NULL);
        return;
    }
    cJSON *object = key ? kin_json_object(json, parent, key) : kin_json_entry(json, parent);
    kin_clock_format(verdict->time, time);
    kin_json_count(json, object, "id", (uint64_t)verdict->id);
    kin_json_text(json, object, "verdict", verdict->grade ? kin_grade_name(verdict->grade) : NULL);
    kin_json_text(json, object, "should_be", verdict->should_be);
    kin_json_text(json, object, "kind", verdict->kind);
    kin_json_text(json, object, "note", verdict->note);
    kin_json_text(json, object, "reviewer", verdict->reviewer);
    kin_json_count(json, object, "count", (uint64_t)verdict->count);
    kin_json_text(json, object, "time", time);
    if (verdict->job)
        kin_json_count(json, object, "job", (uint64_t)verdict->job);
    else
        kin_json_text(json, object, "job", NULL);
}

void kin_web_sight_json(kin_json *json, cJSON *parent, const char *key, const kin_sight *sight)
{
    const kin_item *item = &sight->item;
    cJSON *object = key ? kin_json_object(json, parent, key) : kin_json_entry(json, parent);
    char version[20];
    (void)snprintf(version, sizeof version, "%016llx", (unsigned long long)sight->version);
    kin_json_count(json, object, "id", (uint64_t)item->id);
    kin_json_count(json, object, "asset", (uint64_t)item->asset);
    kin_json_text(json, object, "unit", kin_unit_name(item->shape ? KIN_UNIT_SHAPE : KIN_UNIT_ASSET));
    kin_json_name(json, object, "name", item->path, item->shape);
    kin_json_text(json, object, "label", item->label);
    kin_json_box(json, object, "box", item->shape ? &item->box : NULL);
    kin_json_count(json, object, "width", (uint64_t)(item->width > 0 ? item->width : 0));
    kin_json_count(json, object, "height", (uint64_t)(item->height > 0 ? item->height : 0));
    kin_json_box(json, object, "crop", item->width > 0 ? &sight->crop : NULL);
    kin_json_text(json, object, "v", version);
    kin_json_text(json, object, "state", state_name(item->state));
    kin_json_text(json, object, "reason", item->reason);
    kin_web_verdict_json(json, object, "verdict", &sight->verdict);
}
