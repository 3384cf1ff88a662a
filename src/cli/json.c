#include "cli/json.h"

#include "cli/text.h"

#include <stdio.h>

cli_json cli_json_new(void)
{
    cli_json json = { cJSON_CreateObject(), false };
    json.failed = !json.root;
    return json;
}

static void add(cli_json *json, cJSON *object, const char *key, cJSON *value)
{
    if (value && cJSON_AddItemToObject(object ? object : json->root, key, value))
        return;
    cJSON_Delete(value);
    json->failed = true;
}

void cli_json_text(cli_json *json, cJSON *object, const char *key, const char *text)
{
    kin_buffer valid = KIN_BUFFER_INIT;
    if (text)
        cli_text_valid(&valid, text);
    json->failed |= valid.failed;
    add(json, object, key, text ? cJSON_CreateString(valid.data ? valid.data : "") : cJSON_CreateNull());
    kin_buffer_clear(&valid);
}

void cli_json_count(cli_json *json, cJSON *object, const char *key, uint64_t count)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    add(json, object, key, cJSON_CreateRaw(digits));
}

/* cJSON writes NAN and infinity as null. */
void cli_json_number(cli_json *json, cJSON *object, const char *key, double number)
{
    add(json, object, key, cJSON_CreateNumber(number));
}

void cli_json_flag(cli_json *json, cJSON *object, const char *key, bool flag)
{
    add(json, object, key, cJSON_CreateBool(flag));
}

void cli_json_box(cli_json *json, cJSON *object, const char *key, const kin_box *box)
{
    const double numbers[4] = { box ? box->x : 0, box ? box->y : 0, box ? box->w : 0, box ? box->h : 0 };
    add(json, object, key, box ? cJSON_CreateDoubleArray(numbers, 4) : cJSON_CreateNull());
}

cJSON *cli_json_object(cli_json *json, cJSON *object, const char *key)
{
    cJSON *child = cJSON_AddObjectToObject(object ? object : json->root, key);
    json->failed |= !child;
    return child;
}

cJSON *cli_json_list(cli_json *json, cJSON *object, const char *key)
{
    cJSON *child = cJSON_AddArrayToObject(object ? object : json->root, key);
    json->failed |= !child;
    return child;
}

cJSON *cli_json_entry(cli_json *json, cJSON *list)
{
    cJSON *entry = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(list, entry)) {
        cJSON_Delete(entry);
        json->failed = true;
        return NULL;
    }
    return entry;
}

int cli_json_print(cli_json *json, kin_error *err)
{
    char *text = json->failed ? NULL : cJSON_Print(json->root);
    if (text)
        puts(text);
    cJSON_free(text);
    cli_json_clear(json);
    return text ? KIN_OK : kin_fail_memory(err);
}

void cli_json_clear(cli_json *json)
{
    cJSON_Delete(json->root);
    json->root = NULL;
}
