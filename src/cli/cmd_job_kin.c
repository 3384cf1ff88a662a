#include "cli/job_text.h"
#include "cli/query.h"
#include "cli/values.h"

#include <math.h>

static const cli_option options[] = {
    CLI_QUERY_OPTIONS,
    { "all-mistakes", 0, NULL, "one job for each pattern of known mistakes; no item is in two of them" },
    { "n", 'n', "K", "how many in a job (default: 100)" },
    { 0 },
};

/* ---- One job ---- */

static int make_one(cli_program *cli, const cli_args *args, kin_error *err)
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

/* ---- A job for each pattern ---- */

static int check_alone(const cli_args *args, kin_error *err)
{
    static const char *const others[] = { "like", "unlike", "box", "pattern", "should-be" };
    bool alone = args->words_count == 0 && !cli_flag(args, "any-label") && !cli_flag(args, "same-label");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        alone = alone && !cli_text(args, others[i]);
    return alone ? KIN_OK
                 : kin_fail(err, KIN_E_USAGE, "--all-mistakes goes with --label, --where, --assets, --shapes and -n");
}

typedef struct jobs_out {
    kin_workspace *workspace;
    bool as_json;
    kin_json json;
    cli_grid grid;
} jobs_out;

static int take_job(void *user, int64_t id, kin_error *err)
{
    jobs_out *out = user;
    kin_job job;
    int code = kin_workspace_job(out->workspace, id, &job, err);
    if (code == KIN_OK && out->as_json)
        kin_json_job(&out->json, kin_json_entry(&out->json, cJSON_GetObjectItem(out->json.root, "jobs")), &job);
    if (code != KIN_OK || out->as_json)
        return code;
    cli_grid_format(&out->grid, "%lld", (long long)job.id);
    cli_grid_count(&out->grid, job.items);
    cli_grid_number(&out->grid, "%.1f", job.expected > 0 ? job.expected : NAN);
    cli_grid_text(&out->grid, job.title);
    return code;
}

int cli_jobs_of_all_mistakes(cli_program *cli, const cli_args *args, kin_error *err)
{
    static const cli_column columns[] = { { "job", true, false, false },
                                          { "items", true, false, false },
                                          { "expected", true, false, false },
                                          { "title", false, true, false } };
    kin_item_filter only;
    kin_ranking by;
    uint64_t k = 0;
    jobs_out out = { .as_json = cli->json };
    int code = cli_ranking(args, &by, err);
    if (code == KIN_OK)
        code = cli_filter(cli, args, &only, err);
    if (code == KIN_OK)
        code = cli_count(args, "n", 1, 1000000, &k, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_WRITE, &out.workspace, err);
    if (code != KIN_OK)
        return code;
    out.json = kin_json_new();
    out.grid = cli_grid_new(columns, 4);
    (void)kin_json_list(&out.json, NULL, "jobs");
    code = kin_workspace_job_mistakes(out.workspace, &only, by, (size_t)k, take_job, &out, err);
    if (code == KIN_OK)
        code = cli->json ? cli_json_print(&out.json, err) : cli_grid_print(&out.grid, err);
    if (code == KIN_OK)
        cli_hint(cli, "next: kin job export each, fill in its column verdict, kin job import, kin job next");
    kin_json_clear(&out.json);
    cli_grid_clear(&out.grid);
    kin_workspace_close(out.workspace);
    return code;
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    if (!cli_flag(args, "all-mistakes"))
        return make_one(cli, args, err);
    int code = check_alone(args, err);
    return code == KIN_OK ? cli_jobs_of_all_mistakes(cli, args, err) : code;
}

const cli_command cli_cmd_job_kin = {
    .name = "kin",
    .summary = "make a job of the kin of a mistake",
    .usage = "ITEM|FILE...",
    .words_most = 1000,
    .about = "Makes a job of the items without a verdict that most likely carry the same mistake as ITEM, best first; "
             "of ITEMs whose right label nobody said, and with --by looks, of those that look most like it. With "
             "--pattern, the kin of all known mistakes of one kind; with --all-mistakes, a job for each kind. Their "
             "verdicts count as known mistakes, never in a rate. kin job next goes on where a job ends.",
    .options = options,
    .example = "job kin 'img_0042.jpg#3' --same-label -n 100",
    .example_about = "the 100 most likely to carry the same mistake as shape 3 of img_0042.jpg",
    .json = CLI_JOB_KEYS "; with --all-mistakes jobs: [{the same}]",
    .run = run,
};
