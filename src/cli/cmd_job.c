#include "cli/job_text.h"
#include "cli/options.h"

static const cli_command *const children[] = { &cli_cmd_job_kin,    &cli_cmd_job_suspects,
                                               &cli_cmd_job_next,   &cli_cmd_job_list,
                                               &cli_cmd_job_show,   &cli_cmd_job_export,
                                               &cli_cmd_job_import, NULL };

const cli_command cli_cmd_job = {
    .name = "job",
    .summary = "make jobs of kin and suspects, go on with them, list them, hand them out and take verdicts back",
    .children = children,
    .example = "job export 7 -o job7.csv",
    .example_about = "hands out job 7; kin help job COMMAND tells more of each",
};
