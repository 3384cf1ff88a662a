#ifndef KIN_CLI_JSON_H
#define KIN_CLI_JSON_H
/* JSON on stdout: one object a command. Text that is absent and numbers that are not known are null; whole numbers are
 * written with all their digits; bytes that are no UTF-8 become U+FFFD. */

#include "kin/types.h"

#include <cjson/cJSON.h>

typedef struct cli_json {
    cJSON *root; /* an object */
    bool failed; /* no memory; cli_json_print says so */
} cli_json;

cli_json cli_json_new(void);

/* Adds to `object`; NULL: to the root. */
void cli_json_text(cli_json *json, cJSON *object, const char *key, const char *text);
void cli_json_count(cli_json *json, cJSON *object, const char *key, uint64_t count);
void cli_json_number(cli_json *json, cJSON *object, const char *key, double number);
void cli_json_flag(cli_json *json, cJSON *object, const char *key, bool flag);
void cli_json_box(cli_json *json, cJSON *object, const char *key, const kin_box *box); /* [x, y, w, h]; NULL: null */
cJSON *cli_json_object(cli_json *json, cJSON *object, const char *key);
cJSON *cli_json_list(cli_json *json, cJSON *object, const char *key);
/* A new object at the end of a list. */
cJSON *cli_json_entry(cli_json *json, cJSON *list);

/* Prints and frees. */
int cli_json_print(cli_json *json, kin_error *err);
void cli_json_clear(cli_json *json);

#endif
