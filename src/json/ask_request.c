#include "json/ask_request.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const double most_whole = 9007199254740992.0; /* 2^53: whole numbers up to it are exact in JSON */

void kin_request_fail(kin_request *request, const char *format, ...)
{
    char text[sizeof request->error.message];
    if (request->code != KIN_OK)
        return;
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    request->code = kin_fail(&request->error, KIN_E_USAGE, "%s: %s", request->name, text);
}

void kin_request_need(kin_request *request, const char *key, bool there)
{
    if (!there)
        kin_request_fail(request, "'%s' is missing", key);
}

/* The member of a key that was not left out or null. */
static const cJSON *member(kin_request *request, const char *key)
{
    if (request->keys_count < kin_request_most_keys)
        request->keys[request->keys_count++] = key;
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(request->root, key);
    return request->code == KIN_OK && !cJSON_IsNull(value) ? value : NULL;
}

const char *kin_request_text(kin_request *request, const char *key)
{
    const cJSON *value = member(request, key);
    if (value && !cJSON_IsString(value))
        kin_request_fail(request, "'%s' is a text", key);
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

bool kin_request_flag(kin_request *request, const char *key)
{
    const cJSON *value = member(request, key);
    if (value && !cJSON_IsBool(value))
        kin_request_fail(request, "'%s' is true or false", key);
    return cJSON_IsTrue(value);
}

uint64_t kin_request_count(kin_request *request, const char *key, uint64_t least, uint64_t most, uint64_t missing)
{
    const cJSON *value = member(request, key);
    if (!value)
        return missing;
    double top = (double)most < most_whole ? (double)most : most_whole;
    if (!cJSON_IsNumber(value) || !(value->valuedouble >= (double)least && value->valuedouble <= top) ||
        floor(value->valuedouble) != value->valuedouble) {
        kin_request_fail(request, "'%s' is a whole number from %llu to %.0f", key, (unsigned long long)least, top);
        return missing;
    }
    return (uint64_t)value->valuedouble;
}

double kin_request_number(kin_request *request, const char *key, double least, double most, double missing)
{
    const cJSON *value = member(request, key);
    if (!value)
        return missing;
    if (!cJSON_IsNumber(value) || !(value->valuedouble >= least && value->valuedouble <= most)) {
        kin_request_fail(request, "'%s' is a number from %g to %g", key, least, most);
        return missing;
    }
    return value->valuedouble;
}

const char *const *kin_request_texts(kin_request *request, const char *key, size_t *count)
{
    const cJSON *value = member(request, key), *array = cJSON_IsArray(value) ? value : NULL, *entry = NULL;
    *count = 0;
    if (!value)
        return NULL;
    size_t n = array ? (size_t)cJSON_GetArraySize(array) : 1;
    const char **list = kin_arena_alloc(&request->arena, (n + 1) * sizeof *list);
    if (!list) {
        request->code = kin_fail_memory(&request->error);
        return NULL;
    }
    if (cJSON_IsString(value))
        list[(*count)++] = value->valuestring;
    else if (!array)
        kin_request_fail(request, "'%s' is a list of texts", key);
    cJSON_ArrayForEach(entry, array)
    {
        if (!cJSON_IsString(entry))
            kin_request_fail(request, "'%s' is a list of texts", key);
        else
            list[(*count)++] = entry->valuestring;
    }
    return list;
}

bool kin_request_numbers(kin_request *request, const char *key, double *out, size_t n)
{
    const cJSON *value = member(request, key), *entry = NULL;
    size_t i = 0;
    if (!value)
        return false;
    bool fits = cJSON_IsArray(value) && (size_t)cJSON_GetArraySize(value) == n;
    value = fits ? value : NULL;
    cJSON_ArrayForEach(entry, value)
    {
        fits = fits && cJSON_IsNumber(entry) && isfinite(entry->valuedouble);
        out[i++] = entry->valuedouble;
    }
    if (!fits)
        kin_request_fail(request, "'%s' is a list of %zu numbers", key, n);
    return fits;
}

const kin_attribute *kin_request_pairs(kin_request *request, const char *key, size_t *count)
{
    const cJSON *value = member(request, key), *entry = NULL;
    *count = 0;
    if (!value)
        return NULL;
    if (!cJSON_IsObject(value)) {
        kin_request_fail(request, "'%s' is an object of texts", key);
        return NULL;
    }
    kin_attribute *list = kin_arena_alloc(&request->arena, ((size_t)cJSON_GetArraySize(value) + 1) * sizeof *list);
    if (!list) {
        request->code = kin_fail_memory(&request->error);
        return NULL;
    }
    cJSON_ArrayForEach(entry, value)
    {
        if (!cJSON_IsString(entry))
            kin_request_fail(request, "'%s' is an object of texts", key);
        else
            list[(*count)++] = (kin_attribute) { .key = entry->string, .value = entry->valuestring };
    }
    return list;
}

kin_unit kin_request_unit(kin_request *request)
{
    const char *text = kin_request_text(request, "unit");
    for (int unit = KIN_UNIT_ASSET; text && unit <= KIN_UNIT_SHAPE; unit++)
        if (strcmp(text, kin_unit_name((kin_unit)unit)) == 0)
            return (kin_unit)unit;
    if (text)
        kin_request_fail(request, "'unit' is asset or shape; not '%s'", text);
    return KIN_UNIT_ANY;
}

int64_t kin_request_job(kin_request *request)
{
    return (int64_t)kin_request_count(request, "job", 1, INT64_MAX, 0);
}

kin_item_filter kin_request_filter(kin_request *request)
{
    kin_item_filter filter = { .label = kin_request_text(request, "label"), .unit = kin_request_unit(request) };
    filter.where = kin_request_pairs(request, "where", &filter.where_count);
    return filter;
}

int kin_request_end(kin_request *request, kin_error *err)
{
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, request->root)
    {
        bool known = strcmp(entry->string, "ask") == 0;
        for (size_t i = 0; i < request->keys_count && !known; i++)
            known = strcmp(entry->string, request->keys[i]) == 0;
        if (!known)
            kin_request_fail(request, "there is no '%.60s'", entry->string);
    }
    return request->code == KIN_OK ? KIN_OK : kin_fail(err, request->code, "%s", request->error.message);
}
