#include "cli/job_text.h"
#include "cli/query.h"
#include "cli/values.h"

static const cli_option options[] = {
    CLI_QUERY_OPTIONS,
    { "n", 'n', "K", "how many (default: 100)" },
    { 0 },
};

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_query query;
    kin_box box;
    kin_error wrong = KIN_ERROR_INIT;
    kin_workspace *workspace = NULL;
    int64_t job = 0;
    int code = cli_query(cli, args, &query, &box, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_WRITE, &workspace, err);
    if (code == KIN_OK) {
        code = kin_workspace_job_kin(workspace, &query, &job, err);
        /* Nothing fits: where that is a matter of spelling, say so instead. */
        if (code == KIN_E_NOTFOUND && cli_filter_check(cli, workspace, &query.only, &wrong) != KIN_OK) {
            *err = wrong;
            code = wrong.code;
        }
    }
    if (code == KIN_OK)
        code = cli_job_made(cli, workspace, job, query.k, err);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_job_kin = {
    .name = "kin",
    .summary = "make a job of the kin of a mistake",
    .usage = "ITEM|FILE...",
    .words_most = 1000,
    .about = "Makes a job of the items without a verdict that look most like ITEM, best first. Their verdicts count as "
             "known mistakes, never in a rate.",
    .options = options,
    .example = "job kin 'img_0042.jpg#3' --same-label -n 100",
    .example_about = "the 100 most likely to carry the same mistake as shape 3 of img_0042.jpg",
    .json = CLI_JOB_KEYS,
    .run = run,
};
