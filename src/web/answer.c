/* Answers and their headers. */
#include "web/web_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The page is built of files of its own: no inline script or style, nothing from elsewhere. blob: is for a picture that
 * was dropped on it. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

int kin_web_answer_json(web_request *request, kin_json *json, kin_error *err)
{
    char *text = kin_json_end(json, false);
    if (!text)
        return kin_fail_memory(err);
    request->answer.text = text;
    request->answer.size = strlen(text);
    return KIN_OK;
}

static unsigned status_of(int code)
{
    switch (code) {
    case KIN_E_USAGE:
        return MHD_HTTP_BAD_REQUEST;
    case KIN_E_NOTFOUND:
        return MHD_HTTP_NOT_FOUND;
    case KIN_E_FORMAT:
        return 422; /* Unprocessable Content: its name in MHD changes with the version */
    case KIN_E_LIMIT:
        return 413; /* Content Too Large, likewise */
    case KIN_E_BUSY:
    case KIN_E_MEMORY:
    case KIN_E_STOPPED:
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    default:
        return MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
}

static const char *word_of(unsigned status)
{
    switch (status) {
    case MHD_HTTP_UNAUTHORIZED:
        return "token";
    case MHD_HTTP_FORBIDDEN:
        return "forbidden";
    case MHD_HTTP_NOT_FOUND:
        return "not_found";
    case MHD_HTTP_METHOD_NOT_ALLOWED:
        return "method";
    case 413:
        return "limit";
    case 422:
        return "data";
    case MHD_HTTP_SERVICE_UNAVAILABLE:
        return "busy";
    case MHD_HTTP_INTERNAL_SERVER_ERROR:
        return "system";
    default:
        return "request";
    }
}

static char *error_json(unsigned status, const kin_error *err)
{
    kin_json json = kin_json_new();
    cJSON *error = kin_json_object(&json, NULL, "error");
    kin_json_text(&json, error, "code", word_of(status));
    kin_json_text(&json, error, "message", err->message);
    return kin_json_end(&json, false);
}

static void answer_error(web_request *request, int code, unsigned status, const kin_error *err)
{
    web_answer *answer = &request->answer;
    answer->status = status ? status : status_of(code);
    free(answer->text);
    answer->text = request->opens ? strdup(err->message) : error_json(answer->status, err);
    answer->size = answer->text ? strlen(answer->text) : 0;
    answer->constant = NULL;
    answer->type = request->opens ? "text/plain; charset=utf-8" : NULL;
    answer->file_name = NULL;
    answer->lasting = false;
}

typedef struct lent_blob {
    kin_web_cache *cache;
    kin_web_blob *blob;
} lent_blob;

static void return_blob(void *user)
{
    lent_blob *lent = user;
    kin_web_blob_release(lent->cache, lent->blob);
    free(lent);
}

static struct MHD_Response *respond_with_blob(web_request *request)
{
    lent_blob *lent = malloc(sizeof *lent);
    kin_web_blob *blob = request->answer.blob;
    struct MHD_Response *response = NULL;
    if (lent) {
        *lent = (lent_blob) { &request->web->cache, blob };
        response = MHD_create_response_from_buffer_with_free_callback_cls(blob->size, blob->data, return_blob, lent);
    }
    if (response)
        request->answer.blob = NULL; /* the response's now */
    else
        free(lent);
    return response;
}

static struct MHD_Response *make_response(web_request *request)
{
    static char nothing[] = "";
    web_answer *answer = &request->answer;
    if (answer->blob)
        return respond_with_blob(request);
    if (answer->constant) {
        union {
            const char *in;
            void *out; /* MHD takes no const, and does not write */
        } constant = { answer->constant };
        return MHD_create_response_from_buffer(answer->size, constant.out, MHD_RESPMEM_PERSISTENT);
    }
    if (!answer->text)
        return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *response = MHD_create_response_from_buffer(answer->size, answer->text, MHD_RESPMEM_MUST_FREE);
    if (response)
        answer->text = NULL;
    return response;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value);
}

static void add_headers(const web_request *request, struct MHD_Response *response)
{
    const web_answer *answer = &request->answer;
    char text[512];
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type ? answer->type : "application/json");
    add_header(response, "Content-Security-Policy", policy);
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, "Referrer-Policy", "no-referrer");
    add_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    add_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
               answer->lasting ? "private, max-age=604800, immutable" : "no-store");
    if (answer->allow)
        add_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow);
    if (answer->file_name) {
        (void)snprintf(text, sizeof text, "attachment; filename=\"%s\"", answer->file_name);
        add_header(response, "Content-Disposition", text);
    }
    if (answer->sets_cookie) {
        (void)snprintf(text, sizeof text, "%s=%s; Path=/; HttpOnly; SameSite=Strict", request->web->cookie,
                       request->web->token);
        add_header(response, MHD_HTTP_HEADER_SET_COOKIE, text);
    }
}

enum MHD_Result kin_web_send(web_request *request, int code, unsigned status, const kin_error *err)
{
    if (code != KIN_OK)
        answer_error(request, code, status, err);
    struct MHD_Response *response = make_response(request);
    if (!response)
        return MHD_NO;
    add_headers(request, response);
    enum MHD_Result sent = MHD_queue_response(request->connection,
                                              request->answer.status ? request->answer.status : MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return sent;
}

/* ---- Kept answers ---- */

int kin_web_cached(web_request *request, const char *key, int (*make)(web_request *request, kin_error *err),
                   kin_error *err)
{
    uint64_t stamp;
    kin_buffer full = KIN_BUFFER_INIT;
    int code = kin_workspace_stamp(request->workspace, &stamp, err);
    if (code != KIN_OK)
        return code;
    kin_buffer_printf(&full, "%016llx %s", (unsigned long long)stamp, key);
    web_answer *answer = &request->answer;
    answer->blob = full.failed ? NULL : kin_web_cache_get(&request->web->cache, full.data);
    if (!answer->blob) {
        code = full.failed ? kin_fail_memory(err) : make(request, err);
        if (code == KIN_OK) {
            char *text = answer->text;
            answer->text = NULL;
            code = kin_web_cache_put(&request->web->cache, full.data, text, answer->size, &answer->blob, err);
        }
    }
    kin_buffer_clear(&full);
    return code;
}
