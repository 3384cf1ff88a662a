#include "kin/check.h"

#include "cli/grid.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/progress.h"

static int print_json(const kin_compacted *done, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_count(&json, NULL, "rows_before", done->rows_before);
    kin_json_count(&json, NULL, "rows", done->rows);
    kin_json_flag(&json, NULL, "rewritten", done->rewritten);
    kin_json_flag(&json, NULL, "vacuumed", done->vacuumed);
    return cli_json_print(&json, err);
}

static int print_facts(const kin_compacted *done, kin_error *err)
{
    cli_grid grid = cli_grid_facts();
    cli_grid_fact(&grid, "rows before");
    cli_grid_count(&grid, done->rows_before);
    cli_grid_fact(&grid, "rows");
    cli_grid_count(&grid, done->rows);
    cli_grid_fact(&grid, "ledger rewritten");
    cli_grid_text(&grid, done->vacuumed ? "yes" : "no");
    return cli_grid_print(&grid, err);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    (void)args;
    kin_workspace *workspace = NULL;
    kin_compacted done = { 0 };
    cli_progress progress;
    int code = cli_open(cli, KIN_LEDGER_WRITE, &workspace, err);
    if (code != KIN_OK)
        return code;
    kin_watch watch = cli_progress_begin(&progress, cli);
    code = kin_workspace_compact(workspace, &watch, &done, err);
    cli_progress_end(&progress);
    kin_workspace_close(workspace);
    if (code == KIN_OK)
        code = cli->json ? print_json(&done, err) : print_facts(&done, err);
    return code;
}

const cli_command cli_cmd_compact = {
    .name = "compact",
    .summary = "rewrite the workspace without what is no longer in use",
    .usage = "",
    .about = "An image that changes or goes leaves its old rows in vectors.bin. They are never found, but take room "
             "and time: kin status says when a fifth of the rows is such. This rewrites the file without them, and the "
             "ledger where a quarter of it is unused. Of more than 100,000 items it also lays those side by side that a "
             "search looks at together, which pays where there are millions. It may be stopped or killed at any time, "
             "and others may read meanwhile.",
    .example = "compact",
    .example_about = "makes vectors.bin as small as it can be",
    .json = "rows_before, rows, rewritten, vacuumed",
    .run = run,
};
