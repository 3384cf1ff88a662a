#include "exchange/studio_image.h"

#include "base/file.h"
#include "exchange/image_names.h"

#include <ctype.h>
#include <string.h>

enum { most_parts = 8 };

static bool names_an_image(const char *text)
{
    char base[512];
    size_t length = strcspn(text, "?#");
    const char *local = strstr(text, "?d=");
    if (local) {
        text = local + 3;
        length = strcspn(text, "&#");
    }
    if (length >= sizeof base)
        return false;
    memcpy(base, text, length);
    base[length] = '\0';
    return kin_exchange__is_image_name(base) || kin_exchange__is_image_name(text);
}

const cJSON *kin_exchange__studio_image_of(const cJSON *data)
{
    static const char *const usual[] = { "image", "img", "image_url", "url", "photo", "picture", "file", "path" };
    const cJSON *member;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        member = cJSON_GetObjectItemCaseSensitive(data, usual[i]);
        if (cJSON_IsString(member) && member->valuestring[0])
            return member;
    }
    cJSON_ArrayForEach(member, data)
    {
        if (cJSON_IsString(member) && names_an_image(member->valuestring))
            return member;
    }
    return NULL;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Resolves %XX in place; what stands for NUL stays as it is. */
static void decode(char *text)
{
    char *out = text;
    for (const char *at = text; *at; at++) {
        int high = at[0] == '%' ? hex_digit(at[1]) : -1, low = high >= 0 ? hex_digit(at[2]) : -1;
        if (low >= 0 && high * 16 + low != 0) {
            *out++ = (char)(high * 16 + low);
            at += 2;
        } else
            *out++ = *at;
    }
    *out = '\0';
}

/* The path in an address: behind the host or bucket, or what ?d= names; a plain path as it is. */
static char *path_of(kin_arena *arena, const char *name)
{
    const char *scheme = strstr(name, "://"), *local = strstr(name, "?d=");
    bool served = scheme || strncmp(name, "/data/", 6) == 0;
    const char *start = name;
    size_t length;
    if (local && strstr(name, "/local-files/")) {
        start = local + 3;
        length = strcspn(start, "&");
    } else {
        if (scheme) {
            start = scheme + 3 + strcspn(scheme + 3, "/");
            start += *start == '/';
        }
        length = served ? strcspn(start, "?#") : strlen(start);
    }
    char *path = kin_arena_copy(arena, start, length);
    if (path && served)
        decode(path);
    return path;
}

/* The file name behind the eight hexadecimal digits and '-' that an upload puts before it; NULL for others. */
static const char *before_upload(const char *name, const char *base)
{
    if (!strstr(name, "/upload/"))
        return NULL;
    for (size_t i = 0; i < 8; i++)
        if (hex_digit(base[i]) < 0)
            return NULL;
    return base[8] == '-' && base[9] ? base + 9 : NULL;
}

static bool climbs(const char *path)
{
    for (const char *part = path; *part;) {
        size_t n = strcspn(part, "/\\");
        if (n == 2 && part[0] == '.' && part[1] == '.')
            return true;
        part += n + (part[n] != '\0');
    }
    return false;
}

int kin_exchange__studio_path(kin_exchange__import *im, const char *name, const char *where, const char **out,
                              kin_error *err)
{
    const char *names[most_parts + 1];
    size_t n = 0, parts = 0;
    *out = NULL;
    if (strlen(name) >= PATH_MAX)
        return kin_exchange__reject(im, err, where, "a path of %zu bytes is too long", strlen(name));
    char *path = path_of(&im->scratch, name);
    if (!path)
        return kin_fail_memory(err);
    if (climbs(path))
        return kin_exchange__reject(im, err, where, "%.100s is not in the data set's folder", name);
    const char *base = kin_path_base(path), *own = before_upload(name, base);
    for (const char *c = path; *c; c++)
        parts += *c == '/';
    for (const char *at = path; at && n < most_parts; at = strchr(at, '/')) {
        at += *at == '/';
        if (parts-- < most_parts && *at)
            names[n++] = at;
    }
    if (own)
        names[n++] = own;
    const char *otherwise = own ? own : base;
    return kin_exchange__image_among(im, names, n, otherwise, where, out, err);
}
