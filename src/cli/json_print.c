#include "cli/json.h"

#include <stdio.h>

int cli_json_print(kin_json *json, kin_error *err)
{
    char *text = kin_json_end(json, true);
    if (!text)
        return kin_fail_memory(err);
    puts(text);
    cJSON_free(text);
    return KIN_OK;
}
