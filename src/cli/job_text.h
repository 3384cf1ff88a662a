#ifndef KIN_CLI_JOB_TEXT_H
#define KIN_CLI_JOB_TEXT_H
/* A job as it is shown by the commands that make or list one. */

#include "cli/grid.h"
#include "cli/json.h"
#include "kin/search.h"

#define CLI_JOB_KEYS "job, kind, unit, title, items, reviewed, mistakes, population, stratify, seed, created"

/* Adds the keys above; `object` NULL: to the root. */
void cli_job_json(cli_json *json, cJSON *object, const kin_job *job);

/* Adds the facts of a job to a grid of facts. */
void cli_job_facts(cli_grid *grid, const kin_job *job);

/* Prints a job that was just made, and on a terminal the next step; says so where it holds fewer than `asked` (0: does
 * not matter) items. */
int cli_job_made(cli_program *cli, kin_workspace *workspace, int64_t job, size_t asked, kin_error *err);

const char *cli_unit_name(kin_unit unit); /* "asset", "shape", "item" */
cli_tint cli_grade_tint(kin_grade grade);

#endif
