#ifndef KIN_CLI_JSON_H
#define KIN_CLI_JSON_H
/* JSON on stdout: one object a command. */

#include "json/json_answers.h"

/* Prints and frees. */
int cli_json_print(kin_json *json, kin_error *err);

#endif
