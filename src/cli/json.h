#ifndef KIN_CLI_JSON_H
#define KIN_CLI_JSON_H
/* JSON on stdout: one object a command. */

#include "json/json_answers.h"

/* The names of before the writer was shared. */
#define cli_json kin_json
#define cli_json_new kin_json_new
#define cli_json_text kin_json_text
#define cli_json_count kin_json_count
#define cli_json_number kin_json_number
#define cli_json_flag kin_json_flag
#define cli_json_box kin_json_box
#define cli_json_object kin_json_object
#define cli_json_list kin_json_list
#define cli_json_entry kin_json_entry
#define cli_json_clear kin_json_clear

/* Prints and frees. */
int cli_json_print(kin_json *json, kin_error *err);

#endif
