/* What is asked, read without trust. */
#include "web/web_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- The address ---- */

const char *kin_web_argument(const web_request *request, const char *name)
{
    const char *value = MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
    return value && *value ? value : NULL;
}

int kin_web_argument_number(const web_request *request, const char *name, int64_t least, int64_t most, int64_t *out,
                            kin_error *err)
{
    const char *text = kin_web_argument(request, name);
    char *end = NULL;
    if (!text)
        return KIN_OK;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end || number < least || number > most)
        return kin_fail(err, KIN_E_USAGE, "%s is a whole number from %lld to %lld", name, (long long)least,
                        (long long)most);
    *out = number;
    return KIN_OK;
}

int kin_web_argument_real(const web_request *request, const char *name, double least, double most, double *out,
                          kin_error *err)
{
    const char *text = kin_web_argument(request, name);
    char *end = NULL;
    if (!text)
        return KIN_OK;
    double number = strtod(text, &end);
    if (end == text || *end || !(number >= least && number <= most))
        return kin_fail(err, KIN_E_USAGE, "%s is a number from %g to %g", name, least, most);
    *out = number;
    return KIN_OK;
}

bool kin_web_argument_flag(const web_request *request, const char *name)
{
    const char *text = kin_web_argument(request, name);
    return text && strcmp(text, "0") != 0 && strcmp(text, "false") != 0;
}

int kin_web_unit(const char *name, kin_unit *out, kin_error *err)
{
    if (!name)
        return KIN_OK;
    if (strcmp(name, "asset") != 0 && strcmp(name, "shape") != 0)
        return kin_fail(err, KIN_E_USAGE, "unit is asset or shape");
    *out = name[0] == 'a' ? KIN_UNIT_ASSET : KIN_UNIT_SHAPE;
    return KIN_OK;
}

/* ---- JSON ---- */

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNull(value) ? NULL : value;
}

int kin_web_number(const cJSON *value, const char *name, int64_t least, int64_t most, int64_t *out, kin_error *err)
{
    double number = cJSON_IsNumber(value) ? value->valuedouble : (double)NAN;
    /* Above 2^53 a double skips numbers. */
    if (!(number >= (double)least && number <= (double)most) || number > 9007199254740992.0 || floor(number) != number)
        return kin_fail(err, KIN_E_USAGE, "%s is a whole number from %lld to %lld", name, (long long)least,
                        (long long)most);
    *out = (int64_t)number;
    return KIN_OK;
}

int kin_web_member_number(const cJSON *object, const char *name, int64_t least, int64_t most, int64_t *out,
                          kin_error *err)
{
    const cJSON *value = member(object, name);
    return value ? kin_web_number(value, name, least, most, out, err) : KIN_OK;
}

static bool has_control(const char *text, bool lines)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == 0x7F || (c < 0x20 && !(lines && (c == '\n' || c == '\t' || c == '\r'))))
            return true;
    }
    return false;
}

int kin_web_member_text(const cJSON *object, const char *name, size_t most, bool lines, const char **out,
                        kin_error *err)
{
    const cJSON *value = member(object, name);
    if (!value)
        return KIN_OK;
    const char *text = cJSON_GetStringValue(value);
    if (!text)
        return kin_fail(err, KIN_E_USAGE, "%s is a text", name);
    if (strlen(text) > most)
        return kin_fail(err, KIN_E_LIMIT, "%s is longer than %zu bytes", name, most);
    if (has_control(text, lines))
        return kin_fail(err, KIN_E_USAGE, "%s holds control characters", name);
    *out = *text ? text : NULL;
    return KIN_OK;
}

int kin_web_member_flag(const cJSON *object, const char *name, bool *out, kin_error *err)
{
    const cJSON *value = member(object, name);
    if (value && !cJSON_IsBool(value))
        return kin_fail(err, KIN_E_USAGE, "%s is true or false", name);
    if (value)
        *out = cJSON_IsTrue(value);
    return KIN_OK;
}
