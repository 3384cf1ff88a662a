#include "cli/index_run.h"

static const cli_option options[] = {
    CLI_INDEX_OPTIONS,
    { 0 },
};

static int index_here(void *user, kin_workspace *workspace, const kin_describe_options *describe,
                      const kin_watch *watch, kin_describe_summary *summary, kin_error *err)
{
    (void)user;
    return kin_workspace_index(workspace, describe, watch, summary, err);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    return cli_index_run(cli, args, index_here, NULL, err);
}

const cli_command cli_cmd_index = {
    .name = "index",
    .summary = "describe the images and shapes of a folder, or what is new in it",
    .usage = "[DIR]",
    .words_most = 1,
    .about = "Brings the workspace DIR/.kin up to date with the images below DIR and with their annotations: new, "
             "changed and vanished files and shapes. Images that cannot be read are recorded and passed over. A "
             "stopped or killed run goes on where it was. With --embeddings the vectors are yours and no picture is "
             "decoded; the next runs read the same files again, until --model is named. Rows need not have length 1; "
             "an item without a row, or with one that is all zeros or not finite, cannot be found by likeness and is "
             "listed by kin status --unreadable.",
    .options = options,
    .example = "index photos --annotations instances.json",
    .example_about = "describes every image below photos/ and every box of instances.json",
    .json = CLI_INDEX_KEYS,
    .run = run,
};
