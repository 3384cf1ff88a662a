#include "base/buffer.h"
#include "cli/cli.h"
#include "kin/spread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { folder_size = 4096 };

/* Whether the folder lies below the present one. */
static bool is_below(const char *folder)
{
    char *here = realpath(".", NULL), *there = realpath(folder, NULL);
    size_t length = here ? strlen(here) : 0;
    bool below = here && there && strncmp(there, here, length) == 0 && there[length] == '/';
    free(here);
    free(there);
    return below;
}

int cli_dataset(cli_program *cli, const char **folder, kin_error *err)
{
    const char *given = cli->folder ? cli->folder : getenv("KIN_DATASET");
    if (given && *given) {
        *folder = given;
        return KIN_OK;
    }
    char *found = kin_arena_alloc(&cli->arena, folder_size);
    if (!found)
        return kin_fail_memory(err);
    int code = kin_workspace_locate(".", found, folder_size, err);
    if (code != KIN_OK)
        return code;
    if (is_below(found) && isatty(STDERR_FILENO)) /* people want to know, scripts chose it */
        cli_say(cli, "the data set is in %s", found);
    *folder = found;
    return KIN_OK;
}

char *cli_item_name(cli_program *cli, const char *path, const char *shape)
{
    kin_buffer name = KIN_BUFFER_INIT;
    kin_buffer_string(&name, path);
    if (shape)
        kin_buffer_printf(&name, "#%s", shape);
    char *copy = name.failed ? NULL : kin_arena_string(&cli->arena, name.data);
    kin_buffer_clear(&name);
    return copy;
}

const char *cli_model_name(cli_program *cli, const char *name, kin_precision precision)
{
    if (precision != KIN_PRECISION_INT8)
        return name;
    kin_buffer text = KIN_BUFFER_INIT;
    kin_buffer_printf(&text, "%s, 8-bit", name);
    char *copy = text.failed ? NULL : kin_arena_string(&cli->arena, text.data);
    kin_buffer_clear(&text);
    return copy;
}

int cli_open(cli_program *cli, kin_ledger_mode mode, kin_workspace **out, kin_error *err)
{
    const char *folder = NULL;
    kin_workspace *workspace = NULL;
    int code = cli_dataset(cli, &folder, err);
    if (code == KIN_OK)
        code = kin_workspace_open(folder, mode, &workspace, err);
    if (code == KIN_OK && cli->courier)
        code = kin_workspace_spread_attach(workspace, cli->courier, err);
    if (code == KIN_OK)
        *out = workspace;
    else
        kin_workspace_close(workspace);
    return code;
}
