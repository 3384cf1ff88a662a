/* The server: one thread a connection (libmicrohttpd's), a bounded number of them, each bounded in memory and time. A
 * request is looked at in three steps: as soon as its head is there everything that can be refused is refused; its body
 * is gathered; then its route runs with a workspace lent for just that long. */
#include "web/web_private.h"

#include "base/checked.h"
#include "base/utf8.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    usual_port = 8750,
    default_connections = 256,
    default_cache = 64 << 20,
    memory_of_connection = 32 << 10,
    stack_of_connection = 1 << 21,
    pixels_at_once = 64 << 20,
    least_token = 16,
    idle_seconds = 30
};

static const double default_patience = 20, drain_seconds = 30;

/* ---- One request ---- */

/* What the log of addresses says of one, until its request is made. */
static char sound_address, unsound_address;

/* No route has a character that would need escaping in its path; and a NUL would hide what follows it. */
static void *look_at_address(void *user, const char *uri, struct MHD_Connection *connection)
{
    (void)user;
    (void)connection;
    size_t path = strcspn(uri, "?");
    bool sound = memchr(uri, '%', path) == NULL && strstr(uri, "%00") == NULL && uri[0] == '/';
    return sound ? &sound_address : &unsound_address;
}

static kin_web_connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void is_at(web_request *request, kin_web_phase phase)
{
    kin_web_connection_is_at(&request->web->connections, connection_of(request->connection), phase);
}

static enum MHD_Result answer_now(web_request *request, int code, unsigned status, const kin_error *err)
{
    request->answered = true;
    is_at(request, KIN_WEB_SENDS);
    return kin_web_send(request, code, status, err);
}

static bool has_type(const web_request *request, const char *const *types)
{
    const char *type = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    size_t length = type ? strcspn(type, "; ") : 0;
    for (; type && *types; types++)
        if (strncasecmp(type, *types, length) == 0 && strlen(*types) == length)
            return true;
    return false;
}

/* The head of a request with a body: its type, and its size beforehand. */
static int check_body(const web_request *request, unsigned *status, kin_error *err)
{
    static const char *const json[] = { "application/json", NULL };
    static const char *const pictures[] = {
        "application/octet-stream", "image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif",
        "image/x-portable-anymap",  "image/tiff", NULL
    };
    web_takes takes = request->route->takes;
    size_t most = takes == WEB_TAKES_JSON ? KIN_WEB_JSON_MOST : takes == WEB_TAKES_PICTURE ? KIN_WEB_UPLOAD_MOST : 0;
    const char *length =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    bool chunked =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
    char *end = NULL;
    errno = 0;
    unsigned long long size = length ? strtoull(length, &end, 10) : 0;
    if (chunked || (takes != WEB_TAKES_NOTHING && !length)) {
        *status = MHD_HTTP_LENGTH_REQUIRED;
        return kin_fail(err, KIN_E_USAGE, "a body comes with its Content-Length");
    }
    if (length && (errno != 0 || end == length || *end || size > most)) {
        *status = 413;
        return kin_fail(err, KIN_E_LIMIT, "a body here has %zu bytes at most", most);
    }
    if (takes == WEB_TAKES_NOTHING || has_type(request, takes == WEB_TAKES_JSON ? json : pictures))
        return KIN_OK;
    *status = MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
    return kin_fail(err, KIN_E_USAGE, "a body here is of type %s",
                    takes == WEB_TAKES_JSON ? "application/json" : "image/jpeg, image/png or the like");
}

static int check_head(web_request *request, const char *method, const char *path, bool sound, unsigned *status,
                      kin_error *err)
{
    bool opens = request->opens = strcmp(path, "/") == 0 && strcmp(method, "GET") == 0;
    int code =
        kin_web_allow(request->web, request->connection, method, opens, &request->answer.sets_cookie, status, err);
    if (code != KIN_OK)
        return code;
    *status = 0;
    if (!sound)
        return kin_fail(err, KIN_E_USAGE, "addresses here have no escaped characters in their path");
    code = kin_web_route(method, path, &request->route, &request->id, &request->rest, &request->answer.allow, err);
    if (code == KIN_E_USAGE)
        *status = MHD_HTTP_METHOD_NOT_ALLOWED;
    return code == KIN_OK ? check_body(request, status, err) : code;
}

static enum MHD_Result begin(kin_web *web, struct MHD_Connection *connection, const char *path, const char *method,
                             void **context)
{
    bool sound = *context == &sound_address;
    kin_error err = KIN_ERROR_INIT;
    unsigned status = 0;
    web_request *request = kin_alloc_zeroed(1, sizeof *request);
    *context = request;
    if (!request)
        return MHD_NO;
    request->web = web;
    request->connection = connection;
    is_at(request, KIN_WEB_READS);
    int code = check_head(request, method, path, sound, &status, &err);
    return code == KIN_OK ? MHD_YES : answer_now(request, code, status, &err);
}

static bool is_utf8(const kin_buffer *body)
{
    uint32_t c;
    size_t length;
    if (!body->data || memchr(body->data, '\0', body->size))
        return false;
    for (const char *at = body->data; (length = kin_utf8_next(at, &c)) > 0; at += length)
        if (c == 0xFFFD && length == 1)
            return false;
    return true;
}

static int read_json(web_request *request, kin_error *err)
{
    const kin_buffer *body = &request->body;
    const char *end = NULL;
    if (is_utf8(body))
        request->json = cJSON_ParseWithLengthOpts(body->data, body->size + 1, &end, true);
    return cJSON_IsObject(request->json) ? KIN_OK : kin_fail(err, KIN_E_USAGE, "the body is no JSON object in UTF-8");
}

static int run_route(web_request *request, kin_error *err)
{
    const web_route *route = request->route;
    int code = KIN_OK;
    if (request->body.failed)
        return kin_fail_memory(err);
    if (route->takes == WEB_TAKES_JSON)
        code = read_json(request, err);
    if (code == KIN_OK && route->handle != KIN_WEB_NO_HANDLE)
        code = kin_web_lend(&request->web->handles, route->handle, &request->workspace, err);
    if (code == KIN_OK)
        code = route->run(request, err);
    if (request->workspace)
        kin_web_return(&request->web->handles, request->workspace);
    request->workspace = NULL;
    return code;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **context)
{
    (void)version;
    if (*context == &sound_address || *context == &unsound_address)
        return begin(user, connection, path, method, context);
    web_request *request = *context;
    if (*upload_size > 0) {
        /* MHD ends a body where its Content-Length says, so this cannot grow beyond what was allowed. */
        kin_buffer_append(&request->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    /* A daemon that is being stopped takes an answer as if it sent it, keeps nothing of it, and asks again. */
    if (request->answered)
        return MHD_NO;
    kin_error err = KIN_ERROR_INIT;
    is_at(request, KIN_WEB_COMPUTES);
    int code = run_route(request, &err);
    return answer_now(request, code, 0, &err);
}

static void completed(void *user, struct MHD_Connection *connection, void **context,
                      enum MHD_RequestTerminationCode how)
{
    kin_web *web = user;
    web_request *request = *context;
    (void)how;
    kin_web_connection_is_at(&web->connections, connection_of(connection), KIN_WEB_WAITS);
    *context = NULL;
    if (!request || (char *)request == &sound_address || (char *)request == &unsound_address)
        return;
    cJSON_Delete(request->json);
    kin_buffer_clear(&request->body);
    kin_arena_clear(&request->arena);
    free(request->answer.text);
    kin_web_blob_release(&web->cache, request->answer.blob);
    free(request);
}

static void connection_changes(void *user, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode what)
{
    kin_web *web = user;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (what == MHD_CONNECTION_NOTIFY_STARTED && info)
        *context = kin_web_connection_opened(&web->connections, info->connect_fd);
    else if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        kin_web_connection_closed(&web->connections, *context);
        *context = NULL;
    }
}

/* ---- Listening ---- */

static int listen_at(const struct addrinfo *where)
{
    int one = 1, fd = socket(where->ai_family, where->ai_socktype | SOCK_CLOEXEC, where->ai_protocol);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, 128) == 0)
        return fd;
    int problem = errno;
    (void)close(fd);
    errno = problem;
    return -1;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage where;
    socklen_t size = sizeof where;
    char port[8] = "0";
    if (getsockname(fd, (struct sockaddr *)&where, &size) == 0)
        (void)getnameinfo((struct sockaddr *)&where, size, NULL, 0, port, sizeof port, NI_NUMERICSERV);
    return (uint16_t)strtoul(port, NULL, 10);
}

static int open_port(const char *address, unsigned port, int *fd, kin_error *err)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *where = NULL;
    char service[8];
    (void)snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(address, service, &hints, &where) != 0 || !where)
        return kin_fail(err, KIN_E_USAGE, "this machine knows no address %s to listen on", address);
    *fd = listen_at(where);
    int problem = errno;
    freeaddrinfo(where);
    if (*fd >= 0)
        return KIN_OK;
    return kin_fail(err, problem == EADDRINUSE ? KIN_E_BUSY : KIN_E_IO, "cannot listen on %s port %u: %s", address,
                    port, strerror(problem));
}

static int listen_somewhere(kin_web *web, int *fd, kin_error *err)
{
    const char *address = web->options->address ? web->options->address : "127.0.0.1";
    unsigned wanted = web->options->port;
    int code = open_port(address, wanted ? wanted : usual_port, fd, err);
    if (code == KIN_E_BUSY && wanted == 0)
        code = open_port(address, 0, fd, err);
    if (code != KIN_OK)
        return code;
    web->port = port_of(*fd);
    bool brackets = strchr(address, ':') != NULL;
    (void)snprintf(web->cookie, sizeof web->cookie, "kin%u", (unsigned)web->port);
    (void)snprintf(web->address, sizeof web->address, "http://%s%s%s:%u/?token=%s", brackets ? "[" : "", address,
                   brackets ? "]" : "", (unsigned)web->port, web->token);
    return KIN_OK;
}

/* ---- Start and stop ---- */

static int settle_token(kin_web *web, kin_error *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const char *given = web->options->token;
    if (!given)
        return kin_web_random(web->token, 16, err);
    size_t length = strlen(given);
    if (length < least_token || length >= sizeof web->token || strspn(given, letters) != length)
        return kin_fail(err, KIN_E_USAGE, "a token has %d to %zu letters, digits, '-' or '_'", least_token,
                        sizeof web->token - 1);
    memcpy(web->token, given, length + 1);
    return KIN_OK;
}

static int start_daemon(kin_web *web, int fd, kin_error *err)
{
    const kin_web_options *options = web->options;
    unsigned connections = options->connections ? (unsigned)options->connections : default_connections;
    web->daemon =
        MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC,
                         0, NULL, NULL, handle, web, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                         connections, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)idle_seconds,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)memory_of_connection, MHD_OPTION_THREAD_STACK_SIZE,
                         (size_t)stack_of_connection, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
                         look_at_address, NULL, MHD_OPTION_NOTIFY_COMPLETED, completed, web,
                         MHD_OPTION_NOTIFY_CONNECTION, connection_changes, web, MHD_OPTION_END);
    return web->daemon ? KIN_OK : kin_fail(err, KIN_E_IO, "the server does not start: %s", strerror(errno));
}

static int start_parts(kin_web *web, double patience, kin_error *err)
{
    const kin_web_options *options = web->options;
    int fd = -1, code = settle_token(web, err);
    if (code == KIN_OK)
        code = kin_web_handles_open(&web->handles, options->folder, err);
    if (code != KIN_OK)
        return code;
    if ((code = kin_web_gate_init(&web->pixels, pixels_at_once, err)) != KIN_OK)
        goto no_gate;
    if ((code = kin_web_cache_init(&web->cache, options->cache_bytes ? options->cache_bytes : default_cache, err)) !=
        KIN_OK)
        goto no_cache;
    if ((code = kin_web_uploads_init(&web->uploads, err)) != KIN_OK)
        goto no_uploads;
    if ((code = kin_web_connections_start(&web->connections, patience, err)) != KIN_OK)
        goto no_connections;
    code = listen_somewhere(web, &fd, err);
    if (code == KIN_OK)
        code = start_daemon(web, fd, err);
    if (code == KIN_OK)
        return KIN_OK;
    if (fd >= 0)
        (void)close(fd);
    kin_web_connections_stop(&web->connections);
no_connections:
    kin_web_uploads_clear(&web->uploads);
no_uploads:
    kin_web_cache_clear(&web->cache);
no_cache:
    kin_web_gate_clear(&web->pixels);
no_gate:
    kin_web_handles_close(&web->handles);
    return code;
}

int kin_web_start(const kin_web_options *options, kin_web **out, kin_error *err)
{
    kin_web *web = kin_alloc_zeroed(1, sizeof *web);
    if (!web)
        return kin_fail_memory(err);
    web->options = options;
    int code = start_parts(web, options->patience > 0 ? options->patience : default_patience, err);
    if (code == KIN_OK)
        *out = web;
    else
        free(web);
    return code;
}

const char *kin_web_address(const kin_web *web)
{
    return web->address;
}

const char *kin_web_token(const kin_web *web)
{
    return web->token;
}

uint16_t kin_web_port(const kin_web *web)
{
    return web->port;
}

void kin_web_stop(kin_web *web)
{
    if (!web)
        return;
    MHD_socket listening = MHD_quiesce_daemon(web->daemon);
    kin_web_connections_drain(&web->connections, drain_seconds);
    MHD_stop_daemon(web->daemon);
    if (listening != MHD_INVALID_SOCKET)
        (void)close(listening);
    kin_web_connections_stop(&web->connections);
    kin_web_uploads_clear(&web->uploads);
    kin_web_cache_clear(&web->cache);
    kin_web_gate_clear(&web->pixels);
    kin_web_handles_close(&web->handles);
    free(web);
}
