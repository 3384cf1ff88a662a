#ifndef KIN_WEB_PRIVATE_H
#define KIN_WEB_PRIVATE_H
/* What the files of the server share: the running server, one request, its answer. */

#include "base/arena.h"
#include "base/buffer.h"
#include "kin/browse.h"
#include "web/blob_cache.h"
#include "web/connections.h"
#include "web/handles.h"
#include "web/uploads.h"
#include "web/web.h"
#include "json/json_answers.h"

#include <microhttpd.h>

enum {
    KIN_WEB_JSON_MOST = 1 << 20,    /* bytes of a JSON body */
    KIN_WEB_UPLOAD_MOST = 32 << 20, /* bytes of a picture */
    KIN_WEB_PAGE_MOST = 500         /* items of one answer */
};

struct kin_web {
    const kin_web_options *options;
    struct MHD_Daemon *daemon;
    kin_web_connections connections;
    kin_web_handles handles;
    kin_web_gate pixels; /* being decoded at once */
    kin_web_cache cache;
    kin_web_uploads uploads;
    char token[257];
    char cookie[32]; /* its name: cookies know no ports */
    char address[512];
    uint16_t port;
};

/* Zero-initialised it is an empty JSON answer of status 200. */
typedef struct web_answer {
    unsigned status;      /* 0: 200 */
    const char *type;     /* NULL: application/json */
    char *text;           /* malloc'ed, the answer's; or */
    kin_web_blob *blob;   /* shared, the answer's reference; or */
    const char *constant; /* of the program */
    size_t size;
    const char *file_name; /* to be saved under this name; NULL */
    const char *allow;     /* methods, with status 405 */
    bool lasting;          /* its address changes when its content does */
    bool sets_cookie;
} web_answer;

typedef struct web_request {
    kin_web *web;
    struct MHD_Connection *connection;
    const struct web_route *route;
    int64_t id;       /* the number in the path */
    const char *rest; /* the word in the path */
    kin_buffer body;
    cJSON *json;              /* the body, where the route takes JSON: an object */
    kin_workspace *workspace; /* of the kind that the route asks for; NULL */
    kin_arena arena;          /* until it is answered */
    web_answer answer;
    bool opens; /* the page, in a browser: a refusal is read as it is */
    bool answered; /* nothing more is to be done for it, see handle() */
} web_request;

/* ---- Routes ---- */

typedef enum web_takes { WEB_TAKES_NOTHING, WEB_TAKES_JSON, WEB_TAKES_PICTURE } web_takes;

typedef struct web_route {
    const char *method;  /* GET serves HEAD too */
    const char *pattern; /* "/api/jobs/#/rows": # is a number, * a word of letters, digits, '.', '-' and '_' */
    kin_web_handle_kind handle;
    web_takes takes;
    int (*run)(web_request *request, kin_error *err);
} web_route;

/* The route of a request. KIN_E_NOTFOUND where no pattern fits; KIN_E_USAGE where one does, but not the method: *allow
 * then is the one that does. *rest points into path. */
int kin_web_route(const char *method, const char *path, const web_route **out, int64_t *id, const char **rest,
                  const char **allow, kin_error *err);

int kin_web__status(web_request *request, kin_error *err);
int kin_web__labels(web_request *request, kin_error *err);
int kin_web__attributes(web_request *request, kin_error *err);
int kin_web__jobs(web_request *request, kin_error *err);
int kin_web__job(web_request *request, kin_error *err);
int kin_web__job_rows(web_request *request, kin_error *err);
int kin_web__job_changes(web_request *request, kin_error *err);
int kin_web__job_make(web_request *request, kin_error *err);
int kin_web__audit_make(web_request *request, kin_error *err);
int kin_web__hunt(web_request *request, kin_error *err);
int kin_web__job_next(web_request *request, kin_error *err);
int kin_web__job_control(web_request *request, kin_error *err);
int kin_web__items(web_request *request, kin_error *err);
int kin_web__mistakes(web_request *request, kin_error *err);
int kin_web__item(web_request *request, kin_error *err);
int kin_web__picture(web_request *request, kin_error *err);
int kin_web__find(web_request *request, kin_error *err);
int kin_web__upload(web_request *request, kin_error *err);
int kin_web__verdicts(web_request *request, kin_error *err);
int kin_web__undo(web_request *request, kin_error *err);
int kin_web__patterns(web_request *request, kin_error *err);
int kin_web__report(web_request *request, kin_error *err);
int kin_web__report_html(web_request *request, kin_error *err);
int kin_web__report_csv(web_request *request, kin_error *err);
int kin_web__page(web_request *request, kin_error *err);

/* ---- Who may ---- */

/* Whether the request comes with the token, for a host that is ours, from our own page or no page at all. *status is
 * what to answer where not. `opens`: a page is opened, so that the token may stand in the address. */
int kin_web_allow(const kin_web *web, struct MHD_Connection *connection, const char *method, bool opens,
                  bool *sets_cookie, unsigned *status, kin_error *err);

/* ---- What is asked ---- */

/* Arguments of the address. Numbers: *out stays where there is none. */
const char *kin_web_argument(const web_request *request, const char *name);
int kin_web_argument_number(const web_request *request, const char *name, int64_t least, int64_t most, int64_t *out,
                            kin_error *err);
int kin_web_argument_real(const web_request *request, const char *name, double least, double most, double *out,
                          kin_error *err);
bool kin_web_argument_flag(const web_request *request, const char *name);

/* Members of a JSON object; *out stays where it is missing or null. Texts are borrowed from the request, at most `most`
 * bytes, and without control characters unless `lines`. */
int kin_web_member_number(const cJSON *object, const char *name, int64_t least, int64_t most, int64_t *out,
                          kin_error *err);
int kin_web_member_text(const cJSON *object, const char *name, size_t most, bool lines, const char **out,
                        kin_error *err);
int kin_web_member_flag(const cJSON *object, const char *name, bool *out, kin_error *err);
int kin_web_number(const cJSON *value, const char *name, int64_t least, int64_t most, int64_t *out, kin_error *err);

/* "asset", "shape" or NULL. */
int kin_web_unit(const char *name, kin_unit *out, kin_error *err);

/* ---- What is answered ---- */

/* The JSON becomes the answer, and is freed. */
int kin_web_answer_json(web_request *request, kin_json *json, kin_error *err);

/* An item as the API shows it, into a member or, `key` NULL, a list. */
void kin_web_sight_json(kin_json *json, cJSON *parent, const char *key, const kin_sight *sight);
void kin_web_verdict_json(kin_json *json, cJSON *parent, const char *key, const kin_verdict *verdict);

/* A job as the API shows it becomes the answer. */
int kin_web_answer_job(web_request *request, int64_t id, kin_error *err);

/* From the cache, under `key` and the workspace's present stamp: else `make` answers the request in JSON, which is
 * kept. */
int kin_web_cached(web_request *request, const char *key, int (*make)(web_request *request, kin_error *err),
                   kin_error *err);

/* Sends the answer, or what went wrong (code other than KIN_OK; status 0: by the code). */
enum MHD_Result kin_web_send(web_request *request, int code, unsigned status, const kin_error *err);

#endif
