#include "json/json_answers.h"

#include <math.h>

static void add_item(kin_json *json, cJSON *list, const kin_duplicate *item)
{
    cJSON *entry = kin_json_entry(json, list);
    kin_json_name(json, entry, "item", item->path, item->shape);
    kin_json_text(json, entry, "path", item->path);
    kin_json_text(json, entry, "shape", item->shape);
    kin_json_text(json, entry, "label", item->label);
    kin_json_text(json, entry, "split", item->split);
    kin_json_box(json, entry, "box", item->shape ? &item->box : NULL);
    kin_json_number(json, entry, "nearest", item->nearest);
    kin_json_text(json, entry, "verdict", item->grade == KIN_GRADE_NONE ? NULL : kin_grade_name(item->grade));
    kin_json_text(json, entry, "should_be", item->should_be);
}

void kin_json_duplicates(kin_json *json, const kin_duplicates *found, int64_t job)
{
    kin_json_text(json, NULL, "unit", kin_unit_name(found->unit));
    kin_json_number(json, NULL, "threshold", found->threshold);
    kin_json_text(json, NULL, "split", found->split);
    kin_json_count(json, NULL, "compared", found->compared);
    kin_json_count(json, NULL, "found", found->found);
    kin_json_number(json, NULL, "job", job > 0 ? (double)job : NAN);
    cJSON *list = kin_json_list(json, NULL, "groups");
    for (size_t g = 0; g < found->count; g++) {
        const kin_duplicate_group *group = &found->list[g];
        cJSON *entry = kin_json_entry(json, list);
        kin_json_number(json, entry, "similarity", group->similarity);
        kin_json_flag(json, entry, "labels_differ", group->labels_differ);
        kin_json_flag(json, entry, "splits_differ", group->splits_differ);
        kin_json_flag(json, entry, "same_files", group->same_files);
        kin_json_flag(json, entry, "one_image", group->one_image);
        cJSON *items = kin_json_list(json, entry, "items");
        for (size_t i = 0; i < group->count; i++)
            add_item(json, items, &group->items[i]);
    }
}
