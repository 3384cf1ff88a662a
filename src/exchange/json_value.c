#include "exchange/json_value.h"

#include "exchange/exchange_text.h"
#include "exchange/json_scan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { most_pixels_a_side = 10000000 };

/* Looks for the escape of NUL; a backslash that is itself escaped does not begin one. */
static bool has_nul(const char *text, size_t size)
{
    const char *end = text + size;
    if (memchr(text, '\0', size))
        return true;
    for (const char *at = text; (at = memchr(at, '\\', (size_t)(end - at))); at += 2) {
        if (end - at >= 6 && memcmp(at + 1, "u0000", 5) == 0)
            return true;
        if (end - at <= 2)
            return false;
    }
    return false;
}

cJSON *kin_exchange__json_parse(const char *text, size_t size, const char **fault)
{
    const char *end = NULL;
    *fault = "no sound JSON";
    if (has_nul(text, size)) {
        *fault = "a text with a NUL character in it";
        return NULL;
    }
    cJSON *value = cJSON_ParseWithLengthOpts(text, size, &end, 0);
    while (value && end < text + size && (*end == ' ' || *end == '\t' || *end == '\r' || *end == '\n'))
        end++;
    if (value && end != text + size) {
        cJSON_Delete(value);
        value = NULL;
    }
    return value;
}

bool kin_exchange__json_is_absent(const cJSON *value)
{
    return !value || cJSON_IsNull(value);
}

const char *kin_exchange__json_kind(const cJSON *value)
{
    if (kin_exchange__json_is_absent(value))
        return "nothing";
    if (cJSON_IsNumber(value))
        return "a number";
    if (cJSON_IsString(value))
        return "text";
    if (cJSON_IsArray(value))
        return "an array";
    return cJSON_IsObject(value) ? "an object" : "true or false";
}

const char *kin_exchange__json_text(kin_arena *arena, const cJSON *value)
{
    char number[32];
    if (cJSON_IsString(value))
        return value->valuestring;
    if (cJSON_IsBool(value))
        return cJSON_IsTrue(value) ? "true" : "false";
    if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble))
        return NULL;
    kin_exchange__number(value->valuedouble, number);
    return kin_arena_string(arena, number);
}

bool kin_exchange__json_id(const cJSON *object, const char *key, const char *text, size_t size,
                           char id[kin_exchange__id_size])
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    if (cJSON_IsString(value)) {
        size_t length = strlen(value->valuestring);
        if (length == 0 || length >= kin_exchange__id_size)
            return false;
        memcpy(id, value->valuestring, length + 1);
        return true;
    }
    if (!cJSON_IsNumber(value))
        return false;
    if (fabs(value->valuedouble) < 9007199254740992.0) { /* 2^53, which more than one number reads as */
        bool whole = value->valuedouble == floor(value->valuedouble);
        (void)snprintf(id, kin_exchange__id_size, whole ? "%.0f" : "%.17g", value->valuedouble);
        return true;
    }
    size_t length;
    const char *digits = kin_exchange__json_member(text, size, key, &length);
    if (!digits || length >= kin_exchange__id_size)
        return false;
    memcpy(id, digits, length);
    id[length] = '\0';
    return true;
}

int kin_exchange__json_side(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(value) || !(value->valuedouble >= 1 && value->valuedouble <= most_pixels_a_side))
        return 0;
    return (int)value->valuedouble;
}
