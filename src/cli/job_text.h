#ifndef KIN_CLI_JOB_TEXT_H
#define KIN_CLI_JOB_TEXT_H
/* A job as it is shown by the commands that make or list one. */

#include "cli/grid.h"
#include "cli/json.h"
#include "kin/hunt.h"

/* What kin_json_job gives. */
#define CLI_JOB_KEYS                                                                                                   \
    "job, kind, unit, title, items, reviewed, mistakes, population, stratify, seed, created, ranking, label, given, "  \
    "should_be, origin, expected"

/* What kin_json_hunt gives. */
#define CLI_HUNT_KEYS                                                                                                  \
    "{origin, by, given, should_be, batches, items, reviewed, mistakes, known, left, fresh, open, last: {job, items, " \
    "reviewed, mistakes, expected}, control: {job, items, mistakes, population, left, share}, control_size, next, "    \
    "expected, advice}"

/* Adds the facts of a job to a grid of facts. */
void cli_job_facts(cli_grid *grid, const kin_job *job);

/* Adds how far a hunt is, in sentences. */
void cli_hunt_facts(cli_grid *grid, const kin_hunt *hunt);

/* Prints a job that was just made, and on a terminal the next step; says so where it holds fewer than `asked` (0: does
 * not matter) items. */
int cli_job_made(cli_program *cli, kin_workspace *workspace, int64_t job, size_t asked, kin_error *err);

/* The run of a command that makes a job for each pattern of known mistakes, with the options label, where, by, assets,
 * shapes and n. */
int cli_jobs_of_all_mistakes(cli_program *cli, const cli_args *args, kin_error *err);

cli_tint cli_grade_tint(kin_grade grade);

#endif
