#include "cli/job_text.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>

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

/* ---- Hunts ---- */

static void put_mistake(cli_grid *grid, const kin_hunt *hunt)
{
    cli_grid_fact(grid, "mistake");
    if (hunt->given)
        cli_grid_format(grid, "%s->%s, %llu known", hunt->given, hunt->should_be ? hunt->should_be : "?",
                        (unsigned long long)hunt->known);
    else
        cli_grid_format(grid, "any, %llu known", (unsigned long long)hunt->known);
}

static void put_last(cli_grid *grid, const kin_hunt *hunt)
{
    char expected[48] = "";
    if (hunt->last.expected > 0)
        (void)snprintf(expected, sizeof expected, ", %.1f expected", hunt->last.expected);
    cli_grid_fact(grid, "last batch");
    if (hunt->last.reviewed < hunt->last.items)
        cli_grid_format(grid, "job %lld: %llu of %llu reviewed, %llu mistakes%s", (long long)hunt->last.job,
                        (unsigned long long)hunt->last.reviewed, (unsigned long long)hunt->last.items,
                        (unsigned long long)hunt->last.mistakes, expected);
    else
        cli_grid_format(grid, "job %lld: %llu of %llu are this mistake%s", (long long)hunt->last.job,
                        (unsigned long long)hunt->last.mistakes, (unsigned long long)hunt->last.items, expected);
}

static void put_next(cli_grid *grid, const kin_hunt *hunt)
{
    cli_grid_fact(grid, "left");
    cli_grid_format(grid, "%llu in question without a verdict", (unsigned long long)hunt->left);
    if (hunt->next == 0)
        return;
    cli_grid_fact(grid, "next batch");
    if (isnan(hunt->expected))
        cli_grid_format(grid, "%zu items", hunt->next);
    else
        cli_grid_format(grid, "about %.1f mistakes in %zu items", hunt->expected, hunt->next);
}

static void put_control(cli_grid *grid, const kin_hunt *hunt)
{
    if (hunt->control.job) {
        cli_grid_fact(grid, "control");
        /* rounded down: "at least" has to stay true */
        cli_grid_format(grid, "%llu of %llu at random, %llu mistakes: at least %.0f %% of this mistake found (95 %%)",
                        (unsigned long long)hunt->control.items, (unsigned long long)hunt->control.population,
                        (unsigned long long)hunt->control.mistakes, floor(100 * hunt->control.share + 1e-9));
    }
    cli_grid_fact(grid, "to say 95 %");
    if (hunt->control.job && hunt->control.share >= 0.95)
        cli_grid_text(grid, "no more is needed");
    else if (hunt->control_size < 0)
        cli_grid_text(grid, "review all that is left");
    else
        cli_grid_format(grid, "a control of %lld that finds none", (long long)hunt->control_size);
}

void cli_hunt_facts(cli_grid *grid, const kin_hunt *hunt)
{
    put_mistake(grid, hunt);
    put_last(grid, hunt);
    put_next(grid, hunt);
    put_control(grid, hunt);
    cli_grid_fact(grid, "advice");
    switch (hunt->advice) {
    case KIN_STEP_REVIEW:
        cli_grid_format(grid, "review: job %lld has rows without a verdict", (long long)hunt->open);
        break;
    case KIN_STEP_NEXT:
        cli_grid_format(grid, "next: kin job next %lld", (long long)hunt->origin);
        break;
    case KIN_STEP_CONTROL:
        cli_grid_format(grid, "control: few are left to find; kin job next %lld --control tells how many at most",
                        (long long)hunt->origin);
        break;
    default:
        cli_grid_text(grid, "stop: the next batch is not worth its while");
    }
}
