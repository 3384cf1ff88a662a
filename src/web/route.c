/* The table of routes; README.md beside says what each of them takes and gives. */
#include "web/web_private.h"

#include <ctype.h>
#include <string.h>

static const web_route routes[] = {
    { "GET", "/", KIN_WEB_NO_HANDLE, WEB_TAKES_NOTHING, kin_web__page },
    { "GET", "/page/*", KIN_WEB_NO_HANDLE, WEB_TAKES_NOTHING, kin_web__page },
    { "GET", "/api/status", KIN_WEB_FIND, WEB_TAKES_NOTHING, kin_web__status },
    { "GET", "/api/labels", KIN_WEB_READ, WEB_TAKES_NOTHING, kin_web__labels },
    { "GET", "/api/attributes", KIN_WEB_READ, WEB_TAKES_NOTHING, kin_web__attributes },
    { "GET", "/api/jobs", KIN_WEB_READ, WEB_TAKES_NOTHING, kin_web__jobs },
    { "POST", "/api/jobs", KIN_WEB_MAKE, WEB_TAKES_JSON, kin_web__job_make },
    { "GET", "/api/jobs/#", KIN_WEB_READ, WEB_TAKES_NOTHING, kin_web__job },
    { "GET", "/api/jobs/#/rows", KIN_WEB_READ, WEB_TAKES_NOTHING, kin_web__job_rows },
    { "GET", "/api/jobs/#/changes", KIN_WEB_READ, WEB_TAKES_NOTHING, kin_web__job_changes },
    { "GET", "/api/jobs/#/hunt", KIN_WEB_FIND, WEB_TAKES_NOTHING, kin_web__hunt },
    { "POST", "/api/jobs/#/next", KIN_WEB_MAKE, WEB_TAKES_JSON, kin_web__job_next },
    { "POST", "/api/jobs/#/control", KIN_WEB_MAKE, WEB_TAKES_JSON, kin_web__job_control },
    { "POST", "/api/audits", KIN_WEB_MAKE, WEB_TAKES_JSON, kin_web__audit_make },
    { "GET", "/api/items", KIN_WEB_READ, WEB_TAKES_NOTHING, kin_web__items },
    { "GET", "/api/mistakes", KIN_WEB_READ, WEB_TAKES_NOTHING, kin_web__mistakes },
    { "GET", "/api/items/#", KIN_WEB_READ, WEB_TAKES_NOTHING, kin_web__item },
    { "GET", "/api/items/#/picture", KIN_WEB_NO_HANDLE, WEB_TAKES_NOTHING, kin_web__picture },
    { "POST", "/api/find", KIN_WEB_FIND, WEB_TAKES_JSON, kin_web__find },
    { "POST", "/api/uploads", KIN_WEB_NO_HANDLE, WEB_TAKES_PICTURE, kin_web__upload },
    { "POST", "/api/verdicts", KIN_WEB_WRITE, WEB_TAKES_JSON, kin_web__verdicts },
    { "POST", "/api/undo", KIN_WEB_WRITE, WEB_TAKES_JSON, kin_web__undo },
    { "GET", "/api/patterns", KIN_WEB_FIND, WEB_TAKES_NOTHING, kin_web__patterns },
    { "GET", "/api/report", KIN_WEB_FIND, WEB_TAKES_NOTHING, kin_web__report },
    { "GET", "/api/report.html", KIN_WEB_FIND, WEB_TAKES_NOTHING, kin_web__report_html },
    { "GET", "/api/report.csv", KIN_WEB_FIND, WEB_TAKES_NOTHING, kin_web__report_csv },
};

/* Reads a positive number of at most 18 digits, so that it fits. */
static const char *read_number(const char *path, int64_t *id)
{
    int64_t number = 0;
    int digits = 0;
    for (; isdigit((unsigned char)*path) && digits < 18; path++, digits++)
        number = 10 * number + (*path - '0');
    if (digits == 0 || number == 0)
        return NULL;
    *id = number;
    return path;
}

static bool fits(const char *pattern, const char *path, int64_t *id, const char **rest)
{
    for (; *pattern; pattern++) {
        if (*pattern == '#') {
            path = read_number(path, id);
            if (!path)
                return false;
        } else if (*pattern == '*') {
            size_t length = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
            *rest = path;
            path += length;
            if (length == 0)
                return false;
        } else if (*path++ != *pattern)
            return false;
    }
    return *path == '\0';
}

int kin_web_route(const char *method, const char *path, const web_route **out, int64_t *id, const char **rest,
                  const char **allow, kin_error *err)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    const web_route *other = NULL;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!fits(routes[i].pattern, path, id, rest))
            continue;
        if (strcmp(routes[i].method, wanted) == 0) {
            *out = &routes[i];
            return KIN_OK;
        }
        other = &routes[i];
    }
    if (!other)
        return kin_fail(err, KIN_E_NOTFOUND, "there is nothing at this address");
    *allow = strcmp(other->method, "GET") == 0 ? "GET, HEAD" : other->method;
    return kin_fail(err, KIN_E_USAGE, "this address takes %s only", *allow);
}
