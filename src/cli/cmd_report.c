#include "cli/json.h"
#include "cli/slices_options.h"
#include "cli/slices_text.h"

static const cli_option options[] = {
    { "html", 0, "FILE", "also write it as a page, with plots, that stands alone" },
    { "sla", 0, "PERCENT", "the agreement that the quality score is to meet (default: 95)" },
    CLI_SLICES_OPTIONS,
    { "n", 'n', "ROWS", "how many slices in the text (default: 10)" },
    { 0 },
};

static int print_json(const kin_report *report, const kin_slices_options *chosen, const kin_advices *advices,
                      const char *page, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_report(&json, report, chosen);
    kin_json_history(&json, report, advices);
    kin_json_text(&json, NULL, "page", page);
    return cli_json_print(&json, err);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_slices_options chosen;
    kin_workspace *workspace = NULL;
    kin_report report = { 0 };
    kin_advices advices = { 0 };
    const char *page = cli_text(args, "html");
    uint64_t rows = 10;
    int code = cli_slices_options(cli, args, &chosen, err);
    if (code == KIN_OK)
        code = cli_count(args, "n", 1, 1000000, &rows, err);
    chosen.full = true;
    chosen.sla = chosen.sla > 0 ? chosen.sla : 0.95;
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code == KIN_OK)
        code = kin_workspace_slices(workspace, &chosen, &report, err);
    if (code == KIN_OK)
        code = kin_report_advice(&report, &advices, err);
    if (code == KIN_OK && page)
        code = kin_workspace_report_page(workspace, &report, page, err);
    if (code == KIN_OK && cli->json)
        code = print_json(&report, &chosen, &advices, page, err);
    else if (code == KIN_OK)
        code = cli_report_print(&report, &advices, (size_t)rows, err);
    if (code == KIN_OK && page)
        cli_say(cli, "the page is in %s", page);
    kin_advices_clear(&advices);
    kin_report_clear(&report);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_report = {
    .name = "report",
    .summary = "tell how good the annotations are and what to do next",
    .usage = "",
    .about =
        "Quality score, agreement, error rate, the noisiest slices and the next steps: as text, and with --html as a "
        "page that stands alone, with plots, every slice and the history of audits. The numbers are those of kin "
        "slices.",
    .options = options,
    .example = "report --html report.html",
    .example_about = "the same as a page to look at or to hand on",
    .json = CLI_SLICES_KEYS
    "; next: [{kind, text, commands}], confusions: [{given, right, count, examples}], audits: [{job, title, created, "
    "seed, "
    "stratify, unit, population, drawn, reviewed, counted, mistakes}], course: [{tasks, score, lo, hi, p_pass, "
    "p_fail}], page",
    .run = run,
};
