#include "cli/job_text.h"
#include "cli/query.h"
#include "cli/values.h"

static const cli_option options[] = {
    { "by", 0, "kin|selfclean|simifeat|margin", "how to rank (default: kin)" },
    { "label", 0, "L", "only items with this label" },
    { "where", 0, "KEY=VALUE", "only items with this attribute (several: all must hold)" },
    { "assets", 0, NULL, "whole images" },
    { "shapes", 0, NULL, "annotated shapes (default: what has labels)" },
    { "n", 'n', "K", "how many (default: 100)" },
    { 0 },
};

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_item_filter only;
    kin_error wrong = KIN_ERROR_INIT;
    kin_workspace *workspace = NULL;
    const char *text = cli_text(args, "by");
    kin_ranking by = kin_ranking_from(text);
    uint64_t k = 0;
    int64_t job = 0;
    if (text && by < KIN_BY_KIN)
        return kin_fail(err, KIN_E_USAGE, "--by is kin, selfclean, simifeat or margin; not '%s'", text);
    int code = cli_filter(cli, args, &only, err);
    if (code == KIN_OK)
        code = cli_count(args, "n", 1, 1000000, &k, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_WRITE, &workspace, err);
    if (code == KIN_OK) {
        code = kin_workspace_job_suspects(workspace, by, &only, (size_t)k, &job, err);
        if (code == KIN_E_NOTFOUND && cli_filter_check(cli, workspace, &only, &wrong) != KIN_OK) {
            *err = wrong;
            code = wrong.code;
        }
    }
    if (code == KIN_OK)
        code = cli_job_made(cli, workspace, job, (size_t)k, err);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_job_suspects = {
    .name = "suspects",
    .summary = "make a job of the labels that look wrong, with no mistake to start from",
    .usage = "",
    .about = "Makes a job of the items whose label fits them least, worst first, and needs no verdict to start from. "
             "kin: probability by a linear model, neighbours and verdicts so far; selfclean: nearest other label "
             "against nearest same label (Groeger et al. 2024); simifeat: vote of the nearest (Zhu et al. 2022); "
             "margin: normalised margin of the linear model (Northcutt et al. 2021). Their verdicts count as known "
             "mistakes, never in a rate.",
    .options = options,
    .example = "job suspects --label pedestrian -n 50",
    .example_about = "the 50 pedestrians that look least like pedestrians",
    .json = CLI_JOB_KEYS,
    .run = run,
};
