#include "cli/job_text.h"
#include "cli/options.h"

#include <math.h>

/* ---- kin job list ---- */

static int take_json(void *user, const kin_job *job, kin_error *err)
{
    kin_json *json = user;
    (void)err;
    kin_json_job(json, kin_json_entry(json, cJSON_GetObjectItem(json->root, "jobs")), job);
    return KIN_OK;
}

static int take_row(void *user, const kin_job *job, kin_error *err)
{
    cli_grid *grid = user;
    (void)err;
    cli_grid_format(grid, "%lld", (long long)job->id);
    cli_grid_text(grid, kin_job_kind_name(job->kind));
    cli_grid_count(grid, job->items);
    cli_grid_count(grid, job->reviewed);
    cli_grid_count(grid, job->mistakes);
    cli_grid_text(grid, job->title);
    return KIN_OK;
}

static int run_list(cli_program *cli, const cli_args *args, kin_error *err)
{
    static const cli_column columns[] = { { "job", true, false, false },      { "kind", false, false, false },
                                          { "items", true, false, false },    { "reviewed", true, false, false },
                                          { "mistakes", true, false, false }, { "title", false, true, false } };
    kin_workspace *workspace = NULL;
    (void)args;
    int code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code != KIN_OK)
        return code;
    if (cli->json) {
        kin_json json = kin_json_new();
        (void)kin_json_list(&json, NULL, "jobs");
        code = kin_workspace_each_job(workspace, take_json, &json, err);
        if (code == KIN_OK)
            code = cli_json_print(&json, err);
        kin_json_clear(&json);
    } else {
        cli_grid grid = cli_grid_new(columns, 6);
        code = kin_workspace_each_job(workspace, take_row, &grid, err);
        if (code == KIN_OK)
            code = cli_grid_print(&grid, err);
        cli_grid_clear(&grid);
    }
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_job_list = {
    .name = "list",
    .summary = "list the jobs",
    .usage = "",
    .about = "Lists every job: how it was drawn, how many items it has, how many of them are reviewed and how many of "
             "these are mistakes.",
    .example = "job list",
    .example_about = "which jobs there are, and how far they are",
    .json = "jobs: [{" CLI_JOB_KEYS "}]",
    .run = run_list,
};

/* ---- kin job show ---- */

static int show_row(void *user, const kin_job_row *row, kin_error *err)
{
    cli_grid *grid = user;
    const char *verdict = row->verdict ? row->verdict : "";
    (void)err;
    cli_grid_format(grid, "%lld", (long long)row->position);
    cli_grid_text(grid, row->item);
    cli_grid_text(grid, row->label);
    cli_grid_number(grid, "%.3f", row->score);
    cli_grid_tinted(grid, cli_grade_tint(kin_grade_from(verdict)), verdict);
    cli_grid_text(grid, row->should_be);
    return KIN_OK;
}

/* How far the hunt is that a job belongs to; without one origin is 0. A look at the next batch is left to job next. */
static int read_hunt(kin_workspace *workspace, int64_t job, kin_hunt *hunt, kin_error *err)
{
    kin_error none = KIN_ERROR_INIT;
    int code = kin_workspace_hunt(workspace, job, 0, hunt, &none);
    if (code != KIN_OK)
        *hunt = (kin_hunt) { .origin = 0 };
    return code == KIN_OK || code == KIN_E_USAGE || code == KIN_E_NOTFOUND ? KIN_OK
                                                                           : kin_fail(err, code, "%s", none.message);
}

static int show_job_json(kin_workspace *workspace, int64_t id, kin_error *err)
{
    kin_json json = kin_json_new();
    int code = kin_json_job_whole(&json, workspace, id, err);
    if (code == KIN_OK)
        code = cli_json_print(&json, err);
    kin_json_clear(&json);
    return code;
}

/* On a pipe the rows alone, so that they can be read as a table. */
static int show_job_table(kin_workspace *workspace, const kin_job *job, kin_error *err)
{
    static const cli_column columns[] = { { "position", true, false, false }, { "item", false, true, false },
                                          { "label", false, true, false },    { "score", true, false, false },
                                          { "verdict", false, false, false }, { "should_be", false, true, false } };
    kin_hunt hunt = { .origin = 0 };
    cli_grid facts = cli_grid_facts(), rows = cli_grid_new(columns, 6);
    int code = KIN_OK, terminal = facts.terminal;
    int64_t id = job->id;
    if (terminal) {
        cli_job_facts(&facts, job);
        code = read_hunt(workspace, id, &hunt, err);
        if (hunt.origin)
            cli_hunt_facts(&facts, &hunt);
        cli_grid_fact(&facts, "");
        cli_grid_text(&facts, "");
    }
    if (terminal && code == KIN_OK)
        code = cli_grid_print(&facts, err);
    if (code == KIN_OK)
        code = kin_workspace_job_rows(workspace, id, show_row, &rows, err);
    if (code == KIN_OK)
        code = cli_grid_print(&rows, err);
    kin_hunt_clear(&hunt);
    cli_grid_clear(&facts);
    cli_grid_clear(&rows);
    return code;
}

static int run_show(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_workspace *workspace = NULL;
    kin_job job;
    uint64_t id = 0;
    int code = cli_count_word(args->words[0], "the number of a job", 1, INT64_MAX, &id, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code == KIN_OK)
        code = kin_workspace_job(workspace, (int64_t)id, &job, err);
    if (code == KIN_OK)
        code = cli->json ? show_job_json(workspace, job.id, err) : show_job_table(workspace, &job, err);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_job_show = {
    .name = "show",
    .summary = "show one job with its items and their verdicts",
    .usage = "N",
    .words_least = 1,
    .words_most = 1,
    .about = "Shows how job N was drawn, how far the hunt is that it belongs to, and its items by position, with the "
             "latest verdict of each.",
    .example = "job show 7",
    .example_about = "how far job 7 is, item by item",
    .json = CLI_JOB_KEYS
    ", hunt: " CLI_HUNT_KEYS
    " (or null), rows: [{position, item, label, box, score, probability, verdict, should_be, kind, note, "
    "reviewer}]",
    .run = run_show,
};
