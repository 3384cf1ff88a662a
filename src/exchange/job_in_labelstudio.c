/* What Label Studio exports as "JSON": an array of tasks, each with its annotations. Only tasks with data.kin_item are
 * kin's. An annotation that was made from kin's prediction (parent_prediction) and has not its region any more says
 * that the shape was deleted; one that was begun from nothing never had the region, and says nothing of it. */
#include "exchange/input_file.h"
#include "exchange/job_in.h"
#include "exchange/tool_text.h"
#include "exchange/json_scan.h"
#include "exchange/json_value.h"

#include "base/checked.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct task {
    kin_exchange__rows_in *in;
    const cJSON *data;
    const char *item, *label; /* as kin wrote them */
    char region[kin_exchange__region_size];
    kin_box box; /* width 0: none */
} task;

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_member(const cJSON *object, const char *name)
{
    const cJSON *value = member(object, name);
    return cJSON_IsString(value) && value->valuestring[0] ? value->valuestring : NULL;
}

static bool has_name(const cJSON *result, const char *name)
{
    const char *own = text_member(result, "from_name");
    return own && strcmp(own, name) == 0;
}

/* The first text of a list in the result's value. */
static const char *first_of(const cJSON *result, const char *list)
{
    const cJSON *texts = member(member(result, "value"), list);
    const cJSON *first = cJSON_IsArray(texts) ? texts->child : texts;
    return cJSON_IsString(first) && first->valuestring[0] ? first->valuestring : NULL;
}

/* The texts of a text field, a line each. */
static const char *note_of(kin_arena *arena, const cJSON *result)
{
    const cJSON *texts = member(member(result, "value"), "text"), *text;
    kin_buffer all = KIN_BUFFER_INIT;
    if (cJSON_IsString(texts))
        return texts->valuestring[0] ? texts->valuestring : NULL;
    cJSON_ArrayForEach(text, texts) if (cJSON_IsString(text))
    {
        kin_buffer_string(&all, all.size ? "\n" : "");
        kin_buffer_string(&all, text->valuestring);
    }
    const char *note = all.size && !all.failed ? kin_arena_string(arena, all.data) : NULL;
    kin_buffer_clear(&all);
    return note;
}

static bool is_box(const cJSON *result)
{
    const char *type = text_member(result, "type");
    return type && (strcmp(type, "rectanglelabels") == 0 || strcmp(type, "rectangle") == 0);
}

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *value = member(object, name);
    return cJSON_IsNumber(value) ? value->valuedouble : NAN;
}

/* A box in percent against the one in pixels that was sent out. */
static bool was_moved(const task *t, const cJSON *result)
{
    const cJSON *value = member(result, "value");
    double width = number_of(result, "original_width"), height = number_of(result, "original_height");
    double rotation = number_of(value, "rotation");
    const kin_box now = { number_of(value, "x") * width / 100, number_of(value, "y") * height / 100,
                          number_of(value, "width") * width / 100, number_of(value, "height") * height / 100 };
    return (!isnan(rotation) && rotation != 0) || kin_exchange__moved(now, t->box, width, height);
}

static void read_result(const task *t, const cJSON *result, kin_exchange__touch *touch, bool *found)
{
    const char **values = t->in->values;
    const char *id = text_member(result, "id"), *label = first_of(result, "rectanglelabels");
    kin_arena *arena = &t->in->scratch;
    if (is_box(result) && id && strcmp(id, t->region) == 0) {
        *found = true;
        touch->moved |= t->box.w > 0 && was_moved(t, result);
        if (label && (!t->label || strcmp(label, t->label) != 0))
            touch->label = label;
    } else if (is_box(result) && t->box.w == 0 && !(id && strncmp(id, "kin-", 4) == 0))
        touch->added++;
    else if (has_name(result, "verdict"))
        values[JOB_VERDICT] = first_of(result, "choices");
    else if (has_name(result, "should_be") && !values[JOB_SHOULD_BE])
        values[JOB_SHOULD_BE] = first_of(result, "choices");
    else if (has_name(result, "other_label") && note_of(arena, result))
        values[JOB_SHOULD_BE] = note_of(arena, result);
    else if (has_name(result, "kind"))
        values[JOB_KIND] = first_of(result, "choices");
    else if (has_name(result, "count"))
        values[JOB_COUNT] = kin_exchange__json_text(arena, member(member(result, "value"), "number"));
    else if (has_name(result, "note"))
        values[JOB_NOTE] = note_of(arena, result);
}

/* Who completed it: a number, or with more about the person the e-mail address. */
static const char *reviewer_of(kin_arena *arena, const cJSON *annotation)
{
    const cJSON *who = member(annotation, "completed_by");
    const char *mail = text_member(who, "email");
    if (mail)
        return mail;
    const char *text = kin_exchange__json_text(arena, cJSON_IsObject(who) ? member(who, "id") : who);
    return text && text[0] ? text : NULL;
}

static void begin_row(const task *t)
{
    kin_exchange__rows_in *in = t->in;
    memset(in->values, 0, sizeof in->values);
    in->place++;
    in->values[JOB_ITEM] = t->item;
    in->values[JOB_LABEL] = t->label;
    in->values[JOB_JOB] = kin_exchange__json_text(&in->scratch, member(t->data, "kin_job"));
}

static int take_annotation(const task *t, const cJSON *annotation, kin_error *err)
{
    kin_exchange__rows_in *in = t->in;
    kin_exchange__touch touch = { .label = NULL };
    char count[32];
    bool found = false;
    const cJSON *result;
    begin_row(t);
    if (cJSON_IsTrue(member(annotation, "was_cancelled")))
        return kin_exchange__row_take(in, err);
    cJSON_ArrayForEach(result, member(annotation, "result")) read_result(t, result, &touch, &found);
    bool from_ours = !kin_exchange__json_is_absent(member(annotation, "parent_prediction"));
    touch.deleted = t->box.w > 0 && !found && from_ours;
    const char *time = text_member(annotation, "updated_at");
    in->values[JOB_TIME] = time ? time : text_member(annotation, "created_at");
    in->values[JOB_REVIEWER] = reviewer_of(&in->scratch, annotation);
    return kin_exchange__row_touch(in, &touch, count) ? kin_exchange__row_take(in, err) : KIN_OK;
}

static kin_box box_of(const cJSON *data)
{
    const cJSON *sides = member(data, "kin_box"), *side;
    double v[4] = { 0, 0, 0, 0 };
    int n = 0;
    cJSON_ArrayForEach(side, sides)
    {
        if (!cJSON_IsNumber(side) || n == 4)
            return (kin_box) { 0, 0, 0, 0 };
        v[n++] = side->valuedouble;
    }
    return n == 4 && v[2] > 0 ? (kin_box) { v[0], v[1], v[2], v[3] } : (kin_box) { 0, 0, 0, 0 };
}

static int take_task(kin_exchange__rows_in *in, const cJSON *element, kin_error *err)
{
    task t = { .in = in, .data = member(element, "data") };
    const cJSON *annotations = member(element, "annotations"), *annotation;
    const char *key = text_member(t.data, "kin_item");
    int code = KIN_OK;
    if (!key) {
        kin_exchange__row_reject(in, "data.kin_item", "a task that kin job export wrote is expected", NULL);
        return KIN_OK;
    }
    t.item = kin_exchange__item_of_key(&in->scratch, key);
    if (!t.item)
        return kin_fail_memory(err);
    in->ours = true;
    t.label = text_member(t.data, "kin_label");
    t.box = box_of(t.data);
    kin_exchange__region_id(t.item, t.region);
    if (!cJSON_IsArray(annotations) || !annotations->child) {
        begin_row(&t);
        return kin_exchange__row_take(in, err);
    }
    cJSON_ArrayForEach(annotation, annotations)
    {
        code = take_annotation(&t, annotation, err);
        if (code != KIN_OK)
            break;
    }
    return code;
}

/* ---- The file ---- */

static bool wanted(void *user, const char *key)
{
    (void)user;
    return key[0] == '\0';
}

static int take_element(void *user, const char *key, uint64_t number, const char *text, size_t size, kin_error *err)
{
    (void)key;
    kin_exchange__rows_in *in = user;
    const char *fault;
    int code = KIN_OK;
    cJSON *element = kin_exchange__json_parse(text, size, &fault);
    in->line = number + 1;
    kin_arena_reset(&in->scratch);
    if (!cJSON_IsObject(element))
        kin_exchange__row_reject(in, "", element ? "an object {...} is expected" : fault,
                                 element ? kin_exchange__json_kind(element) : NULL);
    else
        code = take_task(in, element, err);
    cJSON_Delete(element);
    return code;
}

static int pass_over(void *user, const char *key, uint64_t number, const char *why, kin_error *err)
{
    (void)key, (void)err;
    kin_exchange__rows_in *in = user;
    in->line = number + 1;
    kin_exchange__row_reject(in, "", why, NULL);
    return KIN_OK;
}

int kin_exchange__labelstudio_rows(kin_exchange__rows_in *in, FILE *file, kin_error *err)
{
    const kin_exchange__json_visitor visitor = { wanted, take_element, pass_over, in };
    bool broken;
    in->unit = "task";
    in->line = 0;
    int code = kin_exchange__rewind(file, in->path, err);
    if (code == KIN_OK)
        code = kin_exchange__json_scan(file, in->path, &visitor, &broken, err);
    if (code == KIN_OK && !in->ours && in->line)
        code = kin_fail(
            err, KIN_E_FORMAT,
            "%s is a JSON array without a task that kin job export wrote; JSON Lines have one object a line", in->path);
    return code;
}
