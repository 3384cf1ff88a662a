#ifndef KIN_JSON_ASK_REQUEST_H
#define KIN_JSON_ASK_REQUEST_H
/* A request being read. The first thing that is wrong with it is kept, and what is read after that is empty: so a reader
 * asks for all it wants and then looks once, by kin_request_end. */

#include "base/arena.h"
#include "json/json_answers.h"

enum { kin_request_most_keys = 40 };

typedef struct kin_request {
    const cJSON *root;
    const char *name; /* what is asked */
    const kin_watch *watch;
    kin_arena arena;
    const char *keys[kin_request_most_keys]; /* that were asked for */
    size_t keys_count;
    int code;
    kin_error error;
} kin_request;

/* Strings are borrowed from the request. A list may be given as one text. Limits are inclusive. */
const char *kin_request_text(kin_request *request, const char *key); /* NULL: not given */
bool kin_request_flag(kin_request *request, const char *key);
uint64_t kin_request_count(kin_request *request, const char *key, uint64_t least, uint64_t most, uint64_t missing);
double kin_request_number(kin_request *request, const char *key, double least, double most, double missing);
const char *const *kin_request_texts(kin_request *request, const char *key, size_t *count);
bool kin_request_numbers(kin_request *request, const char *key, double *out, size_t n); /* exactly n; false: not given */
const kin_attribute *kin_request_pairs(kin_request *request, const char *key, size_t *count);
kin_unit kin_request_unit(kin_request *request); /* "unit"; ANY */
int64_t kin_request_job(kin_request *request);   /* "job"; 0 */

/* Wrong in a way of its own; the first one counts. */
void kin_request_fail(kin_request *request, const char *format, ...) KIN_PRINTF(2, 3);
/* What must be there. */
void kin_request_need(kin_request *request, const char *key, bool there);

/* KIN_OK where nothing is wrong and every member was asked for. */
int kin_request_end(kin_request *request, kin_error *err);

/* One use case: reads the request, does it, and puts its answer into json's root. */
typedef int kin_ask(kin_workspace *workspace, kin_request *request, kin_json *json, kin_error *err);

kin_ask kin_ask__index, kin_ask__status, kin_ask__unreadable, kin_ask__items, kin_ask__verdict, kin_ask__find,
    kin_ask__audit, kin_ask__slices, kin_ask__report, kin_ask__patterns, kin_ask__duplicates, kin_ask__jobs,
    kin_ask__job, kin_ask__job_kin, kin_ask__job_mistakes, kin_ask__job_suspects, kin_ask__job_next,
    kin_ask__job_import;

/* A job that was just made, into the root. */
int kin_ask__made(kin_workspace *workspace, int64_t job, kin_json *json, kin_error *err);

/* label, where, unit. */
kin_item_filter kin_request_filter(kin_request *request);

#endif
