#include "cli/cli.h"
#include "cli/job_text.h"
#include "cli/query.h"
#include "kin/report.h"

static const cli_option options[] = {
    { "unit", 0, "asset|shape", "draw assets (images, with all their shapes; default) or shapes" },
    { "stratify", 0, "KEY", "label or an attribute: see that no value of it is left out" },
    { "floor", 0, "N", "at least so many of each value (default: half an even share, no less than 10)" },
    { "label", 0, "L", "only items with this label" },
    { "seed", 0, "S", "of the draw (default: from the clock; recorded with the job)" },
    { 0 },
};

static int read_options(const cli_args *args, kin_audit_options *out, kin_error *err)
{
    uint64_t count = 0, floor = 0;
    *out = (kin_audit_options) { .stratify = cli_text(args, "stratify"), .label = cli_text(args, "label") };
    int code = cli_unit(args, &out->unit, err);
    if (code == KIN_OK)
        code = cli_count_word(args->words[0], "the size of an audit", 1, 10000000, &count, err);
    if (code == KIN_OK)
        code = cli_count(args, "floor", 1, 1000000, &floor, err);
    if (code == KIN_OK)
        code = cli_count(args, "seed", 1, INT64_MAX, &out->seed, err);
    if (code == KIN_OK && floor > 0 && !out->stratify)
        code = kin_fail(err, KIN_E_USAGE, "--floor goes with --stratify KEY");
    out->count = (size_t)count;
    out->floor = (size_t)floor;
    return code;
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_audit_options chosen;
    kin_workspace *workspace = NULL;
    int64_t job = 0;
    int code = read_options(args, &chosen, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_WRITE, &workspace, err);
    if (code == KIN_OK)
        code = kin_workspace_audit(workspace, &chosen, &job, err);
    if (code == KIN_OK)
        code = cli_job_made(cli, workspace, job, chosen.count, err);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_audit = {
    .name = "audit",
    .summary = "draw a random job: what error rates rest on",
    .usage = "N",
    .words_least = 1,
    .words_most = 1,
    .about = "Draws N items at random, without those that an earlier audit drew, and makes a job of them. Error rates, "
             "the quality score and the agreement rest on audits alone. Review a job from its start: what lies behind "
             "the first gap waits.",
    .options = options,
    .example = "audit 300 --stratify label --floor 20",
    .example_about = "300 random items, and of each label at least 20",
    .json = CLI_JOB_KEYS,
    .run = run,
};
