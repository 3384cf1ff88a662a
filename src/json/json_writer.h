#ifndef KIN_JSON_WRITER_H
#define KIN_JSON_WRITER_H
/* One JSON object, built up and written at the end. Text that is absent and numbers that are not known are null; whole
 * numbers are written with all their digits; bytes that are no UTF-8 become U+FFFD. */

#include "kin/types.h"

#include <cjson/cJSON.h>

typedef struct kin_json {
    cJSON *root; /* an object */
    bool failed; /* no memory; kin_json_end says so */
} kin_json;

kin_json kin_json_new(void);

/* Adds to `object`; NULL: to the root. */
void kin_json_text(kin_json *json, cJSON *object, const char *key, const char *text);
void kin_json_count(kin_json *json, cJSON *object, const char *key, uint64_t count);
void kin_json_number(kin_json *json, cJSON *object, const char *key, double number);
void kin_json_flag(kin_json *json, cJSON *object, const char *key, bool flag);
void kin_json_box(kin_json *json, cJSON *object, const char *key, const kin_box *box); /* [x, y, w, h]; NULL: null */
cJSON *kin_json_object(kin_json *json, cJSON *object, const char *key);
cJSON *kin_json_list(kin_json *json, cJSON *object, const char *key);
/* A new object, or a text, at the end of a list. */
cJSON *kin_json_entry(kin_json *json, cJSON *list);
/* A text at the end of a list. */
void kin_json_item(kin_json *json, cJSON *list, const char *text);

/* The text, the caller's, to be freed by cJSON_free; NULL: no memory. The object is freed in any case. */
char *kin_json_end(kin_json *json, bool indented);
void kin_json_clear(kin_json *json);

#endif
