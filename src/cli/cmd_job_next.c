#include "cli/job_text.h"
#include "cli/options.h"

enum { batch = 20 };

static const cli_option options[] = {
    { "n", 'n', "K", "how many (default: 20; of a control 60)" },
    { "control", 0, NULL, "a random sample of what is left instead: how much of the mistake is found?" },
    { "seed", 0, "S", "of the control's draw (default: from the clock; recorded with the job)" },
    { "dry-run", 0, NULL, "make no job: only say how far it is, and what to do next" },
    { 0 },
};

typedef struct wish {
    int64_t job;
    uint64_t n, seed;
    bool control, dry;
} wish;

static int read_wish(const cli_args *args, wish *out, kin_error *err)
{
    uint64_t id = 0;
    *out = (wish) { .control = cli_flag(args, "control"), .dry = cli_flag(args, "dry-run") };
    int code = cli_count_word(args->words[0], "the number of a job", 1, INT64_MAX, &id, err);
    if (code == KIN_OK)
        code = cli_count(args, "n", 1, 1000000, &out->n, err);
    if (code == KIN_OK)
        code = cli_count(args, "seed", 1, INT64_MAX, &out->seed, err);
    if (code == KIN_OK && out->seed && !out->control)
        code = kin_fail(err, KIN_E_USAGE, "--seed goes with --control");
    if (code == KIN_OK && out->control && out->dry)
        code = kin_fail(err, KIN_E_USAGE, "--control and --dry-run exclude each other");
    out->job = (int64_t)id;
    return code;
}

/* made 0: none. */
static int print(cli_program *cli, kin_workspace *workspace, const kin_hunt *hunt, int64_t made, kin_error *err)
{
    kin_job job;
    kin_json json = kin_json_new();
    cli_grid grid = cli_grid_facts();
    int code = made ? kin_workspace_job(workspace, made, &job, err) : KIN_OK;
    if (code == KIN_OK && cli->json) {
        if (made)
            kin_json_job(&json, NULL, &job);
        kin_json_hunt(&json, kin_json_object(&json, NULL, "hunt"), hunt);
        code = cli_json_print(&json, err);
    } else if (code == KIN_OK) {
        if (made)
            cli_job_facts(&grid, &job);
        cli_hunt_facts(&grid, hunt);
        code = cli_grid_print(&grid, err);
    }
    if (code == KIN_OK && made)
        cli_hint(cli,
                 "next: kin job export %lld -o job%lld.csv, fill in its column verdict, kin job import job%lld.csv",
                 (long long)made, (long long)made, (long long)made);
    kin_json_clear(&json);
    cli_grid_clear(&grid);
    return code;
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    wish asked;
    kin_workspace *workspace = NULL;
    kin_hunt hunt = { .memory = NULL };
    int64_t made = 0;
    int code = read_wish(args, &asked, err);
    if (code == KIN_OK)
        code = cli_open(cli, asked.dry ? KIN_LEDGER_READ : KIN_LEDGER_WRITE, &workspace, err);
    /* How far it is before the new job, which nobody has reviewed yet. */
    if (code == KIN_OK)
        code =
            kin_workspace_hunt(workspace, asked.job, asked.n && !asked.control ? (size_t)asked.n : batch, &hunt, err);
    if (code == KIN_OK && hunt.open && !asked.dry)
        cli_say(cli, "job %lld has rows without a verdict; what they show is not taken into account",
                (long long)hunt.open);
    if (code == KIN_OK && asked.control)
        code = kin_workspace_job_control(workspace, asked.job, (size_t)asked.n, asked.seed, &made, err);
    else if (code == KIN_OK && !asked.dry)
        code = kin_workspace_job_next(workspace, asked.job, asked.n ? (size_t)asked.n : batch, &made, err);
    if (code == KIN_OK)
        code = print(cli, workspace, &hunt, made, err);
    kin_hunt_clear(&hunt);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_job_next = {
    .name = "next",
    .summary = "go on with a job of kin or suspects, or see whether that is worth it",
    .usage = "N",
    .words_least = 1,
    .words_most = 1,
    .about =
        "Makes the next batch of job N: what is left is ranked anew with all verdicts so far, and the best become a "
        "job of their own, which belongs to the same hunt. It says how many of the last batch were mistakes, how "
        "many to expect of the next one, and what to do: review what is open, go on (next), draw a control, or "
        "stop. A control is a random sample of what is left; reviewed whole it shows what share of the mistake is "
        "found at least. It is no audit: its verdicts enter no rate.",
    .options = options,
    .example = "job next 3 --control -n 60",
    .example_about = "60 random items of what job 3 and its batches left",
    .json = CLI_JOB_KEYS " (not with --dry-run), hunt: " CLI_HUNT_KEYS " (before this job)",
    .run = run,
};
