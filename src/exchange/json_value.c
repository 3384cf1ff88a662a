#include "exchange/json_value.h"

#include "exchange/exchange_text.h"

#include <math.h>
#include <string.h>

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
