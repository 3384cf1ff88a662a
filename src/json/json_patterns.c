#include "json/json_answers.h"

void kin_json_patterns(kin_json *json, const kin_patterns *patterns)
{
    kin_json_text(json, NULL, "unit", kin_unit_name(patterns->unit));
    kin_json_count(json, NULL, "mistakes", patterns->mistakes);
    kin_json_count(json, NULL, "unnamed", patterns->unnamed);
    cJSON *list = kin_json_list(json, NULL, "patterns");
    for (size_t i = 0; i < patterns->count; i++) {
        const kin_pattern *p = &patterns->list[i];
        cJSON *entry = kin_json_entry(json, list);
        kin_json_text(json, entry, "pattern", p->name);
        kin_json_text(json, entry, "given", p->given);
        kin_json_text(json, entry, "right", p->right);
        kin_json_count(json, entry, "known", p->count);
        kin_json_count(json, entry, "reviewed", p->reviewed);
        kin_json_count(json, entry, "left", p->left);
        kin_json_number(json, entry, "predicted", p->predicted);
        cJSON *tight = kin_json_object(json, entry, "tightness");
        kin_json_number(json, tight, "inside", p->tightness.inside);
        kin_json_number(json, tight, "outside", p->tightness.outside);
        kin_json_number(json, tight, "p", p->tightness.p);
        cJSON *enriched = kin_json_object(json, entry, "enriched");
        kin_json_count(json, enriched, "near_reviewed", p->enriched.near_reviewed);
        kin_json_count(json, enriched, "near_mistakes", p->enriched.near_mistakes);
        kin_json_count(json, enriched, "far_reviewed", p->enriched.far_reviewed);
        kin_json_count(json, enriched, "far_mistakes", p->enriched.far_mistakes);
        kin_json_number(json, enriched, "p", p->enriched.p);
        kin_json_name(json, entry, "medoid", p->path, p->shape);
    }
}
