#include "cli/job_text.h"

#include "base/clock.h"

cli_tint cli_grade_tint(kin_grade grade)
{
    static const cli_tint tints[] = { [KIN_GRADE_NONE] = CLI_PLAIN,
                                      [KIN_GRADE_OK] = CLI_GOOD,
                                      [KIN_GRADE_MINOR] = CLI_DOUBTFUL,
                                      [KIN_GRADE_CRITICAL] = CLI_BAD };
    return tints[grade];
}

void cli_job_facts(cli_grid *grid, const kin_job *job)
{
    char created[32];
    kin_clock_format(job->created, created);
    cli_grid_fact(grid, "job");
    cli_grid_format(grid, "%lld", (long long)job->id);
    cli_grid_fact(grid, "kind");
    cli_grid_text(grid, kin_job_kind_name(job->kind));
    cli_grid_fact(grid, "title");
    cli_grid_text(grid, job->title);
    cli_grid_fact(grid, "items");
    cli_grid_count(grid, job->items);
    cli_grid_fact(grid, "reviewed");
    cli_grid_count(grid, job->reviewed);
    cli_grid_fact(grid, "mistakes");
    cli_grid_count(grid, job->mistakes);
    cli_grid_fact(grid, "population");
    cli_grid_count(grid, (uint64_t)job->population);
    if (job->kind == KIN_JOB_AUDIT) {
        cli_grid_fact(grid, "seed");
        cli_grid_format(grid, "%llu", (unsigned long long)job->seed);
    }
    cli_grid_fact(grid, "created");
    cli_grid_text(grid, created);
}

int cli_job_made(cli_program *cli, kin_workspace *workspace, int64_t id, size_t asked, kin_error *err)
{
    kin_job job;
    int code = kin_workspace_job(workspace, id, &job, err);
    if (code != KIN_OK)
        return code;
    if (job.items < asked)
        cli_say(cli, "%zu were asked for; there are no more than %zu", asked, job.items);
    if (cli->json) {
        kin_json json = kin_json_new();
        kin_json_job(&json, NULL, &job);
        return cli_json_print(&json, err);
    }
    cli_grid grid = cli_grid_facts();
    cli_job_facts(&grid, &job);
    code = cli_grid_print(&grid, err);
    cli_hint(cli, "next: kin job export %lld -o job%lld.csv, fill in its column verdict, kin job import job%lld.csv",
             (long long)id, (long long)id, (long long)id);
    return code;
}
