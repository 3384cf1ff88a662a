#include "json/json_writer.h"

#include "base/utf8.h"

#include <stdio.h>

kin_json kin_json_new(void)
{
    kin_json json = { cJSON_CreateObject(), false };
    json.failed = !json.root;
    return json;
}

static void add(kin_json *json, cJSON *object, const char *key, cJSON *value)
{
    if (value && cJSON_AddItemToObject(object ? object : json->root, key, value))
        return;
    cJSON_Delete(value);
    json->failed = true;
}

static cJSON *text_value(kin_json *json, const char *text)
{
    kin_buffer valid = KIN_BUFFER_INIT;
    if (text)
        kin_utf8_valid(&valid, text);
    json->failed |= valid.failed;
    cJSON *value = text ? cJSON_CreateString(valid.data ? valid.data : "") : cJSON_CreateNull();
    kin_buffer_clear(&valid);
    return value;
}

void kin_json_text(kin_json *json, cJSON *object, const char *key, const char *text)
{
    add(json, object, key, text_value(json, text));
}

void kin_json_count(kin_json *json, cJSON *object, const char *key, uint64_t count)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    add(json, object, key, cJSON_CreateRaw(digits));
}

/* cJSON writes NAN and infinity as null. */
void kin_json_number(kin_json *json, cJSON *object, const char *key, double number)
{
    add(json, object, key, cJSON_CreateNumber(number));
}

void kin_json_flag(kin_json *json, cJSON *object, const char *key, bool flag)
{
    add(json, object, key, cJSON_CreateBool(flag));
}

void kin_json_box(kin_json *json, cJSON *object, const char *key, const kin_box *box)
{
    const double numbers[4] = { box ? box->x : 0, box ? box->y : 0, box ? box->w : 0, box ? box->h : 0 };
    add(json, object, key, box ? cJSON_CreateDoubleArray(numbers, 4) : cJSON_CreateNull());
}

cJSON *kin_json_object(kin_json *json, cJSON *object, const char *key)
{
    cJSON *child = cJSON_AddObjectToObject(object ? object : json->root, key);
    json->failed |= !child;
    return child;
}

cJSON *kin_json_list(kin_json *json, cJSON *object, const char *key)
{
    cJSON *child = cJSON_AddArrayToObject(object ? object : json->root, key);
    json->failed |= !child;
    return child;
}

cJSON *kin_json_entry(kin_json *json, cJSON *list)
{
    cJSON *entry = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(list, entry)) {
        cJSON_Delete(entry);
        json->failed = true;
        return NULL;
    }
    return entry;
}

void kin_json_item(kin_json *json, cJSON *list, const char *text)
{
    cJSON *value = text_value(json, text);
    if (cJSON_AddItemToArray(list, value))
        return;
    cJSON_Delete(value);
    json->failed = true;
}

char *kin_json_end(kin_json *json, bool indented)
{
    char *text = json->failed ? NULL : indented ? cJSON_Print(json->root) : cJSON_PrintUnformatted(json->root);
    kin_json_clear(json);
    return text;
}

void kin_json_clear(kin_json *json)
{
    cJSON_Delete(json->root);
    json->root = NULL;
}
