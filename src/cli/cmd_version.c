#include "cli/grid.h"
#include "cli/json.h"

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    (void)args;
    kin_precision precision = KIN_PRECISION_FLOAT;
    const char *model = kin_workspace_default_model(&precision);
    if (cli->json) {
        kin_json json = kin_json_new();
        kin_json_text(&json, NULL, "version", KIN_VERSION);
        kin_json_text(&json, NULL, "build", kin_workspace_build());
        kin_json_text(&json, NULL, "model", model);
        kin_json_text(&json, NULL, "precision", kin_precision_name(precision));
        return cli_json_print(&json, err);
    }
    cli_grid grid = cli_grid_facts();
    cli_grid_fact(&grid, "kin");
    cli_grid_text(&grid, KIN_VERSION);
    cli_grid_fact(&grid, "computes with");
    cli_grid_text(&grid, kin_workspace_build());
    cli_grid_fact(&grid, "default model");
    cli_grid_text(&grid, cli_model_name(cli, model, precision));
    return cli_grid_print(&grid, err);
}

const cli_command cli_cmd_version = {
    .name = "version",
    .summary = "say which version this is and what it computes with",
    .usage = "",
    .about = "Prints the version, the kernels and libraries that do the arithmetic and the search on this processor, and the "
             "default descriptor. kin --version says the same.",
    .example = "version",
    .example_about = "what to put into a report of a fault",
    .json = "version, build, model, precision",
    .run = run,
};
