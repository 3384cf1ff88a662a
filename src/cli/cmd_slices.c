#include "cli/json.h"
#include "cli/slices_options.h"
#include "cli/slices_text.h"

static const cli_option options[] = {
    { "sla", 0, "PERCENT", "does the quality score meet this agreement, such as 95?" },
    CLI_SLICES_OPTIONS,
    { "all", 0, NULL, "every slice, also those not audited yet" },
    { "n", 'n', "ROWS", "how many slices (default: 20)" },
    { 0 },
};

static int print_json(const kin_report *report, const kin_slices_options *chosen, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_report(&json, report, chosen);
    return cli_json_print(&json, err);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_slices_options chosen;
    kin_workspace *workspace = NULL;
    kin_report report = { 0 };
    uint64_t rows = 20;
    int code = cli_slices_options(cli, args, &chosen, err);
    if (code == KIN_OK)
        code = cli_count(args, "n", 1, 1000000, &rows, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code == KIN_OK)
        code = kin_workspace_slices(workspace, &chosen, &report, err);
    if (code == KIN_OK && cli->json)
        code = print_json(&report, &chosen, err);
    else if (code == KIN_OK)
        code = cli_slices_print(cli, &report, (size_t)rows, cli_flag(args, "all"), err);
    kin_report_clear(&report);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_slices = {
    .name = "slices",
    .summary = "report where the mistakes are, and how sure that is",
    .usage = "",
    .about = "Quality score, agreement, error rate, and the error rate of every slice with its interval, the surest "
             "noise first. Rates rest on random audits alone (kin audit); known counts every mistake however found. q: "
             "the share of false alarms to expect among slices at least as noisy, corrected for all that were tested. "
             "lift: the slice's rate over that of all.",
    .options = options,
    .example = "slices --by label,annotator --sla 95",
    .example_about = "the rates of each label and each annotator, and whether the score meets 95 %",
    .json = CLI_SLICES_KEYS,
    .run = run,
};
