/* What is asked, found in a table by its name. */

#include "kin/ask.h"

#include "json/ask_request.h"

#include <string.h>

static const struct {
    const char *name;
    kin_ask *answer;
} asks[] = {
    { "index", kin_ask__index },
    { "status", kin_ask__status },
    { "unreadable", kin_ask__unreadable },
    { "items", kin_ask__items },
    { "verdict", kin_ask__verdict },
    { "find", kin_ask__find },
    { "audit", kin_ask__audit },
    { "slices", kin_ask__slices },
    { "report", kin_ask__report },
    { "patterns", kin_ask__patterns },
    { "duplicates", kin_ask__duplicates },
    { "jobs", kin_ask__jobs },
    { "job", kin_ask__job },
    { "job_kin", kin_ask__job_kin },
    { "job_mistakes", kin_ask__job_mistakes },
    { "job_suspects", kin_ask__job_suspects },
    { "job_next", kin_ask__job_next },
    { "job_import", kin_ask__job_import },
};

static kin_ask *find_ask(const char *name)
{
    for (size_t i = 0; name && i < sizeof asks / sizeof *asks; i++)
        if (strcmp(asks[i].name, name) == 0)
            return asks[i].answer;
    return NULL;
}

int kin_workspace_ask(kin_workspace *workspace, const char *request, const kin_watch *watch, char **answer,
                      kin_error *err)
{
    cJSON *root = cJSON_Parse(request);
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "ask"));
    kin_ask *ask = cJSON_IsObject(root) ? find_ask(name) : NULL;
    if (!ask) {
        int code = kin_fail(err, KIN_E_USAGE, root ? "nothing can be asked by '%.60s'" : "the request is no JSON%.0s",
                            name ? name : "");
        cJSON_Delete(root);
        return code;
    }
    kin_request reading = { .root = root, .name = name, .watch = watch };
    kin_json json = kin_json_new();
    int code = ask(workspace, &reading, &json, err);
    char *text = code == KIN_OK ? kin_json_end(&json, false) : NULL;
    if (code == KIN_OK && !text)
        code = kin_fail_memory(err);
    if (code == KIN_OK)
        *answer = text;
    kin_json_clear(&json);
    kin_arena_clear(&reading.arena);
    cJSON_Delete(root);
    return code;
}

void kin_ask_free(char *answer)
{
    cJSON_free(answer);
}
